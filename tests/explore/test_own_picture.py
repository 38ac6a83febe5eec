"""A picture of one's own: as a file in any state, and what a model says of it."""

import base64
import io

import numpy as np
import pytest
from explore import moves
from PIL import Image

from companion import plots
from companion.explore import chances, explorable, own_picture
from companion.explore.picture import Box, Raster, Text

START = np.full((60, 40, 3), 200, "uint8")


def name_it(picture):
    """Certain of the strongest of the three colours."""
    strongest = picture.reshape(-1, 3).mean(axis=0).argmax()
    return {name: float(place == strongest) * 0.8 + 0.2 / 3 for place, name in enumerate(("red", "green", "blue"))}


def as_file(picture, kind="PNG"):
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, kind)
    return base64.b64encode(stream.getvalue()).decode()


def of(color, rows=30, columns=50):
    return np.broadcast_to(np.array(color, "uint8"), (rows, columns, 3))


@pytest.fixture
def shown():
    explorable = own_picture.make(name_it, START)
    yield explorable
    explorable.close()


def texts(explorable):
    return [mark.text for mark in explorable.picture.plots[1].marks if isinstance(mark, Text)]


def test_the_start_is_shown_until_a_file_is_chosen(shown):
    assert shown.words.startswith("A picture of 40 by 60 pixels. The model says red, with probability 0.87")
    [raster] = [mark for mark in shown.picture.plots[0].marks if isinstance(mark, Raster)]
    assert np.array_equal(raster.colors, START)
    moves.assert_sound(shown)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize(("color", "name"), [((250, 10, 10), "red"), ((10, 250, 10), "green"), ((10, 10, 250), "blue")])
def test_a_chosen_file_is_read_and_named(shown, kind, color, name):
    moves.move(shown, {"file": as_file(of(color), kind)})
    assert f"50 by 30 pixels. The model says {name}, with probability 0.87" in shown.words
    assert texts(shown)[:2] == [name, "0.87"]


def test_the_likeliest_comes_first_and_dark(shown):
    moves.move(shown, {"file": as_file(of((0, 0, 255)))})
    bars = [mark for mark in shown.picture.plots[1].marks if isinstance(mark, Box)]
    assert [round(bar.width, 2) for bar in bars] == [0.87, 0.07, 0.07]
    assert bars[0].fill != bars[1].fill == bars[2].fill


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<html>no</html>", "received a web page"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"just words", "received something else"),
        (b"\n", "expected a picture"),
    ],
)
def test_what_is_no_picture_is_said_so_and_no_model_is_asked(content, says):
    asked = []
    explorable = own_picture.make(lambda picture: asked.append(1) or {"a": 1.0}, START)
    explorable.values = {"file": base64.b64encode(content).decode()}
    assert says in explorable.words and "could not be drawn" not in explorable.words
    assert len(asked) == 1, "for the start alone"
    explorable.close()


def test_a_large_picture_is_drawn_with_fewer_pixels_and_named_whole(shown):
    moves.move(shown, {"file": as_file(of((0, 200, 0), 900, 700))})
    [raster] = [mark for mark in shown.picture.plots[0].marks if isinstance(mark, Raster)]
    assert max(raster.colors.shape[:2]) <= own_picture.LONGEST_SHOWN and "700 by 900" in shown.words


def test_what_the_function_changes_is_its_own_copy():
    def spoils(picture):
        picture[:] = 0
        return {"a": 1.0}

    start = START.copy()
    own_picture.make(spoils, start).close()
    assert np.array_equal(start, START)


def test_an_error_of_the_learner_s_function_is_shown_and_the_page_goes_on():
    broken = own_picture.make(lambda picture: {"a": 1.0} if picture.shape == START.shape else 1 / 0, START)
    broken.values = {"file": as_file(of((1, 2, 3)))}
    assert "ZeroDivisionError" in broken.words
    broken.values = {"file": ""}
    assert "The model says a" in broken.words
    broken.close()


@pytest.mark.parametrize("file", [5, None, b"abc", "not base64!", "a" * 7_000_000])
def test_a_value_that_is_no_file_is_refused(shown, file):
    before = shown.words
    with pytest.raises(ValueError, match="file: expected"):
        shown.values = {"file": file}
    assert shown.words == before


def test_every_position_has_a_sound_picture(shown):
    for position in moves.every_position(shown):
        moves.move(shown, position)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (None, "expected a dictionary"),
        ([0.5, 0.5], "expected a dictionary"),
        ({}, "expected a dictionary"),
        ({"a": 0.5, "b": 0.6}, "with the sum 1.1"),
        ({"a": float("nan"), "b": 1.0}, "expected probabilities"),
        ({"a": -1.0, "b": 2.0}, "from -1 to 2"),
        ({"a": "much", "b": "little"}, "one probability for each name"),
        ({"a": np.ones(3)}, "one probability for each name"),
    ],
)
def test_an_answer_that_holds_no_probabilities_is_refused(answer, says):
    with pytest.raises(ValueError, match="name_it: expected") as error:
        own_picture.make(lambda picture: answer, START)
    assert says in str(error.value)


def test_answers_may_be_tensors_and_names_anything():
    named = chances.checked("f", {3: np.float32(0.25), "x" * 40: np.array([0.75])})
    assert list(named.items()) == [("x" * 20, 0.75), ("3", 0.25)]
    assert chances.in_words({"one": 1.0}) == "The model says one, with probability 1.00."


def test_only_the_likeliest_names_are_drawn():
    many = chances.checked("f", {f"name {place}": place / 45 for place in range(10)})
    drawn = [mark.text for mark in chances.bars(many, "").marks if isinstance(mark, Text)]
    assert drawn[::2] == ["name 9", "name 8", "name 7", "name 6"]


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        (("Bag", START), TypeError, "name_it: expected a function"),
        ((name_it, START.tolist()), TypeError, "start: expected an array of uint8"),
        ((name_it, START / 255), TypeError, "start: expected an array of uint8"),
        ((name_it, START[..., 0]), ValueError, "(rows, columns, 3)"),
        ((name_it, START[:0]), ValueError, "(rows, columns, 3)"),
    ],
)
def test_arguments_are_checked(arguments, kind, says):
    with pytest.raises(kind) as error:
        own_picture.make(*arguments)
    assert says in str(error.value)


def test_the_still_picture_tells_whose_picture_it_is(shown, monkeypatch):
    told = []
    monkeypatch.setattr(explorable, "figure", lambda picture, note: told.append(note))
    monkeypatch.setattr(plots, "show", lambda *_, **__: None)
    explorable.show(shown)
    shown.values = {"file": as_file(of((0, 0, 255)))}
    explorable.show(shown)
    assert [note.split(".")[0] for note in told] == ["A picture: the one to begin with", "A picture: your own"]
