"""The pad: what a model gets of a drawing, what it answers, in words and as a picture; and the control itself."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from explore import moves
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text as Text_

from companion import datasets, ink, plots
from companion.explore import neuron, pad
from companion.explore.explorable import Pad, show
from companion.explore.picture import Box, Raster, Text

LINE = [[[100, 40], [100, 240]]]


def ten(best, probability):
    """Ten probabilities, one of them given."""
    answer = np.full(10, (1 - probability) / 9)
    answer[best] = probability
    return answer[np.newaxis]


def read(pictures):
    """A 1 if the picture is higher than wide, else a 7."""
    rows, columns = np.nonzero(np.asarray(pictures)[0])
    return ten(1, 0.8) if np.ptp(rows) > np.ptp(columns) else ten(7, 0.6)


def shrunk(drawing):
    return drawing.reshape(28, 10, 28, 10).mean(axis=(1, 3)).astype("uint8")


def make(ways=None, reader=read, start=None):
    return pad.make(ways or {"centred": ink.like_mnist}, reader, start)


@pytest.fixture
def shown():
    explorable = make()
    yield explorable
    explorable.close()


def rasters(explorable):
    return [mark for plot in explorable.picture.plots for mark in plot.marks if isinstance(mark, Raster)]


# --- What the model answers ---


def test_the_words_name_way_digit_and_probability(shown):
    shown.values = {"pad": LINE}
    assert shown.words == "Centred, the model reads a 1, with probability 0.80."
    shown.values = {"pad": [[[40, 100], [240, 100]]]}
    assert shown.words == "Centred, the model reads a 7, with probability 0.60."


def test_an_empty_pad_is_not_read():
    def never(_):
        raise AssertionError("the model was asked about an empty pad")

    explorable = make(reader=never)
    assert explorable.words == "The pad is empty: draw a digit, or choose one from the list."
    assert rasters(explorable) == []
    explorable.close()


def test_each_way_gets_the_drawing_and_the_model_what_it_makes():
    seen = []

    def reader(pictures):
        seen.append(np.array(pictures))
        return ten(3, 0.5)

    explorable = make({"only shrunk": shrunk, "centred": ink.like_mnist}, reader, start=12)
    drawing = datasets.load_drawings()[0][12]
    assert [each.shape for each in seen] == [(1, 28, 28)] * 2
    assert np.array_equal(seen[0][0], shrunk(drawing)) and np.array_equal(seen[1][0], ink.like_mnist(drawing))
    assert explorable.words.startswith("Only shrunk, the model reads a 3") and "; centred, the model" in explorable.words
    explorable.close()


def test_the_picture_is_the_one_that_the_model_gets(shown):
    shown.values = {"pad": LINE}
    [raster] = rasters(shown)
    expected = 255 - ink.like_mnist(ink.picture(LINE)).astype(int)
    assert np.abs(raster.colors[..., 0].astype(int) - expected).max() <= 2


def test_the_bars_are_as_long_as_the_probabilities_and_the_largest_is_marked(shown):
    shown.values = {"pad": LINE}
    bars = shown.picture.plots[1]
    heights = [mark.height for mark in bars.marks if isinstance(mark, Box)]
    assert heights == pytest.approx(ten(1, 0.8)[0])
    assert [mark.text for mark in bars.marks if isinstance(mark, Text)] == ["0.80"]
    colors = [mark.fill for mark in bars.marks if isinstance(mark, Box)]
    assert colors[1] == plots.COLORS[0] and set(colors[:1] + colors[2:]) == {plots.QUIET}
    assert bars.title == "it reads: 1"


def test_what_is_drawn_can_be_taken_out(shown):
    with pytest.raises(ValueError, match="Draw a digit"):
        pad.drawn(shown)
    shown.values = {"pad": LINE}
    drawing = pad.drawn(shown)
    assert np.array_equal(drawing, ink.picture(LINE))
    drawing[:] = 0
    assert pad.drawn(shown).any()


def test_it_begins_with_the_drawing_that_was_asked_for():
    drawings, _ = datasets.load_drawings()
    for start in (0, 7, 19):
        explorable = make(start=start)
        assert np.array_equal(pad.drawn(explorable), drawings[start])
        explorable.close()


def test_a_way_cannot_change_the_drawing_of_the_next():
    def spoils(drawing):
        drawing[:] = 0
        return shrunk(drawing)

    seen = []
    explorable = make({"first": spoils, "second": lambda drawing: seen.append(drawing.any()) or drawing}, lambda pictures: ten(0, 1), 3)
    assert seen == [True]
    explorable.close()


def test_two_pads_share_nothing(shown):
    other = make()
    shown.values = {"pad": LINE}
    assert other.values == {"pad": ()} and "empty" in other.words
    other.close()


# --- What goes wrong in the notebook's functions ---


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (np.zeros(10), "shape (1, 10)"),
        (np.zeros((1, 3)), "shape (1, 10)"),
        (np.full((1, 10), np.nan), "add up to 1"),
        (np.arange(10.0)[np.newaxis], "from 0 to 9 with the sum 45"),
        (np.zeros((1, 10)), "sum 0"),
        (np.array([[-0.5, 1.5, *[0.0] * 8]]), "from -0.5 to 1.5 with the sum 1"),
        ("seven", "ten probabilities"),
        (None, "ten probabilities"),
    ],
)
def test_an_answer_that_is_none_is_named(shown, answer, says):
    shown.close()
    explorable = make(reader=lambda pictures: answer)
    explorable.values = {"pad": LINE}
    assert "could not be drawn" in explorable.words and says in explorable.words
    explorable.close()
    with pytest.raises(ValueError, match="read: expected"):
        make(reader=lambda pictures: answer, start=3)


def test_a_model_that_stops_is_named_and_the_next_stroke_is_answered(shown):
    def reader(pictures):
        if np.ptp(np.nonzero(pictures[0])[0]) > 10:
            raise ArithmeticError("no such digit")
        return ten(4, 0.9)

    explorable = make(reader=reader)
    explorable.values = {"pad": LINE}
    assert explorable.words == "This could not be drawn. ArithmeticError: no such digit"
    explorable.values = {"pad": [[[40, 100], [240, 100]]]}
    assert "reads a 4" in explorable.words
    explorable.close()


@pytest.mark.parametrize("made", [None, np.zeros(28), np.zeros((1, 28, 28)), "picture", np.array([["a"]])])
def test_a_way_that_makes_no_picture_is_named(made):
    explorable = make({"mine": lambda drawing: made})
    explorable.values = {"pad": LINE}
    assert "mine: expected a picture of shape (28, 28)" in explorable.words
    explorable.close()


def test_pictures_from_0_to_1_are_shown_as_well():
    explorable = make({"rescaled": lambda drawing: shrunk(drawing) / 255}, start=0)
    [raster] = rasters(explorable)
    assert raster.colors.min() < 30 and raster.colors.max() > 240
    explorable.close()


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ((ink.like_mnist, read), TypeError, "ways: expected a dictionary"),
        (({}, read), ValueError, "ways: expected at least one"),
        ((dict.fromkeys("abc", shrunk), read), ValueError, "at most 2 ways"),
        (({"n" * 21: shrunk}, read), ValueError, "20 characters"),
        (({"a": 3}, read), TypeError, "ways['a']: expected a function"),
        (({"a": shrunk}, np.zeros(3)), TypeError, "read: expected a function"),
        (({"a": shrunk}, read, 20), ValueError, "from 0 to 19"),
        (({"a": shrunk}, read, True), ValueError, "received `True`"),
        (({"a": shrunk}, read, -1), ValueError, "the number `-1`"),
    ],
)
def test_arguments_that_are_none_are_refused(arguments, error, says):
    with pytest.raises(error) as refusal:
        pad.make(*arguments)
    assert says in str(refusal.value)


@pytest.mark.parametrize("what", [None, np.zeros((280, 280)), "neuron"])
def test_only_a_pad_has_a_drawing(what):
    what = neuron.make() if isinstance(what, str) else what
    with pytest.raises(TypeError, match="expected what pad.show returned"):
        pad.drawn(what)


def test_outside_a_notebook_the_pad_is_described(capsys):
    shown = pad.show({"centred": ink.like_mnist}, read, start=2)
    plt.close("all")
    assert '"centred"; beside it ten bars' in capsys.readouterr().out
    assert np.array_equal(pad.drawn(shown), datasets.load_drawings()[0][2])
    shown.close()


# --- The control ---

CONTROL = Pad("pad", "Your digit", {"a dot": [[[5, 5]]]}, (), 280, 18)


@pytest.mark.parametrize(
    "value",
    [
        None, "strokes", 3, [3], [[]], [[[1, 2, 3]]], [[["a", "b"]]], [[[None, 1]]], [[[-1, 5]]], [[[5, 280.5]]],
        [[[float("nan"), 1]]], [[[True, 1]]], [[[1, 1]]] * 101, [[[1, 1]] * 5001], {"x": 1}, [[1, 2]],
    ],
)  # fmt: skip
def test_what_is_no_drawing_never_gets_on_the_pad(shown, value):
    with pytest.raises(ValueError, match="pad: expected"):
        CONTROL.clean(value)
    shown.values = {"pad": LINE}
    with pytest.raises(ValueError):
        shown.values = {"pad": value}
    assert np.array_equal(pad.drawn(shown), ink.picture(LINE))


def test_the_limits_themselves_are_admitted():
    assert len(CONTROL.clean([[[0, 280]]] * 100)) == 100
    assert len(CONTROL.clean([[[1, 1]] * 5000])[0]) == 5000
    assert CONTROL.clean([]) == ()


def test_a_sample_is_known_by_its_name():
    assert CONTROL.sample_of(CONTROL.clean([[[5, 5]]])) == "a dot"
    assert CONTROL.sample_of(CONTROL.clean([[[5, 6]]])) == ""


def test_every_position(shown):
    positions = moves.every_position(shown)
    assert len(positions) == 24  # nothing, twenty drawings, corners, edge, scribble
    for position in positions:
        moves.move(shown, position)


points = st.tuples(st.floats(0, 280), st.floats(0, 280))


@settings(deadline=None)
@given(st.lists(st.lists(points, min_size=1, max_size=6), max_size=4))
def test_every_drawing(strokes):
    explorable = make({"only shrunk": shrunk, "centred": ink.like_mnist}, lambda pictures: ten(5, 0.75))
    moves.move(explorable, {"pad": tuple(map(tuple, strokes))})
    explorable.close()


@pytest.mark.parametrize(("strokes", "named"), [(None, "Your digit: 3, small"), (LINE, "Your digit: 1 stroke")])
def test_the_still_picture_names_the_drawing(monkeypatch, strokes, named):
    stills = []
    monkeypatch.setattr(plots, "show", lambda still, alt, live: stills.append(still))
    explorable = make(start=13)
    explorable.values = {"pad": strokes} if strokes else explorable.values
    show(explorable)
    assert any(named in text.get_text() for text in stills[0].findobj(Text_))
    plt.close("all")
    explorable.close()
