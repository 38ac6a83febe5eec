"""The engine of the explorables: controls that take what fits, one answer a move, and what the page shows."""

import io
import re
from base64 import b64decode

import matplotlib.pyplot as plt
import pytest
import traitlets
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

from companion.explore import explorable
from companion.explore.explorable import Button, Choice, Explorable, Numbers, Order, Scale, Slider, Switch
from companion.explore.picture import Line, Picture, Plot, View

CONTROLS = [
    Slider("whole", "a whole number", 0, 10, 2, 4),
    Slider("broken", "a broken number", -1, 1, 0.1, 0.3),
    Scale("rate", "a rate", (0.001, 0.1, 1), 0.1),
    Choice("color", "a color", ("red", "green"), "green"),
    Switch("on", "on or off", False),
    Button("go", "Go"),
    Numbers("table", "a table", ((1, 2), (3, 4)), -5, 5, 0.5),
    Order("chain", "a chain", ("map", "cache", "batch"), ("batch", "map")),
]


def view(values):
    """A line whose end depends on one control, and words that hold all."""
    plot = Plot([Line([0, 1], [0, values.get("broken", 0.0)])], x=(0, 1), y=(-1, 1))
    return View(Picture([plot]), f"These are the values: {values}.", code=f"x = {values.get('whole', 0)}")


@pytest.fixture
def made():
    it = Explorable("A try", CONTROLS, view)
    yield it
    it.close()


def test_it_begins_with_the_values_that_its_controls_name(made):
    assert made.values == {it.name: it.value for it in CONTROLS}
    assert made.words == f"These are the values: {made.values}."
    assert made.code == "x = 4"


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("whole", 6, 6),
        ("whole", 6.9, 6),
        ("whole", 10.0, 10),
        ("broken", 0.30000000000000004, 0.3),
        ("broken", -1, -1.0),
        ("rate", 1.0, 1),
        ("color", "red", "red"),
        ("on", True, True),
        ("go", 3, 3),
        ("table", [[0, -5], [5, 0.5]], ((0, -5), (5, 0.5))),
        ("chain", [], ()),
        ("chain", ["cache", "map"], ("cache", "map")),
    ],
)
def test_a_control_takes_what_fits_and_the_others_stay(made, name, given, kept):
    before = made.values

    made.values = {name: given}

    assert made.values == before | {name: kept}
    assert type(made.values[name]) is type(kept)
    assert made.words == f"These are the values: {made.values}."


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("whole", 11, "whole: expected a number from 0 to 10, received the number `11`"),
        ("whole", True, "expected a number from 0 to 10, received `True`"),
        ("broken", float("nan"), "expected a number from -1 to 1"),
        ("broken", "0.5", "received the text"),
        ("rate", 0.5, "expected one of 0.001, 0.1, 1"),
        ("rate", True, "expected one of 0.001, 0.1, 1"),
        ("rate", None, "expected one of 0.001, 0.1, 1"),
        ("color", "blue", "expected one of red, green"),
        ("on", 1, "expected one of False, True"),
        ("go", -1, "expected a number from 0"),
        ("table", [[1, 2]], "expected a table of 2 rows of 2 numbers"),
        ("table", [[1, 2], 3], "expected a table of 2 rows of 2 numbers"),
        ("table", [[1, 2], [3, 40]], "expected a number from -5 to 5"),
        ("chain", ["map", "map"], "expected different words out of map, cache, batch"),
        ("chain", ["fit"], "expected different words out of"),
        ("chain", "map", "expected different words out of"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_lost(made, name, given, said):
    before = (made.values, made.words, made.answered)

    with pytest.raises((ValueError, traitlets.TraitError), match=re.escape(said)):
        made.values = {name: given}

    assert (made.values, made.words, made.answered) == before


def test_a_name_that_no_control_has_is_left_out(made):
    made.values = {"other": 1}

    assert "other" not in made.values


@pytest.mark.parametrize("control", CONTROLS, ids=lambda it: it.name)
def test_every_position_of_a_control_is_one_that_it_takes(control):
    positions = control.positions()

    assert len(positions) >= 2
    assert [control.clean(it) for it in positions] == positions
    assert control.value in positions


def test_a_slider_reaches_both_ends():
    assert Slider("a", "a", -3, 3, 0.1, 0).positions()[::60] == [-3.0, 3.0]
    assert Slider("a", "a", 0, 7, 3, 0).positions() == [0, 3, 6]


def test_each_move_is_answered_once_and_in_one_message(made, monkeypatch):
    sent = []
    monkeypatch.setattr(made.comm, "send", lambda data, **_: sent.append(data.get("state", {})))

    made.values = {"broken": 0.5}

    assert made.answered == 1
    [answer] = [state for state in sent if "answered" in state]
    assert answer["words"] == made.words and "strokes" in answer["drawing"]


def test_two_controls_need_two_names():
    with pytest.raises(ValueError, match="expected different names, received"):
        Explorable("A try", [CONTROLS[0], CONTROLS[0]], view)


def test_a_view_that_fails_keeps_the_picture_and_says_so():
    def fails(values):
        if values["whole"] > 4:
            raise ZeroDivisionError("nothing to divide by")
        return view(values)

    it = Explorable("A try", CONTROLS, fails)
    before = it.drawing

    it.values = {"whole": 6}
    assert it.words == "This could not be drawn. ZeroDivisionError: nothing to divide by"
    assert (it.drawing, it.answered) == (before, 1)

    it.values = {"whole": 2}
    assert it.words.startswith("These are the values")
    it.close()


def test_other_controls_can_take_the_place_of_the_first(made):
    made.place([Slider("epoch", "epoch", 1, 9, 1, 9)])

    assert made.values == {"epoch": 9}
    assert [it.name for it in made.controls] == ["epoch"]
    assert made.get_state("controls")["controls"][0]["kind"] == "Slider"


def test_a_picture_can_come_from_elsewhere(made):
    made.draw(view({"broken": -1.0}))

    assert made.words == "These are the values: {'broken': -1.0}."
    assert made.values["broken"] == 0.3


@pytest.mark.parametrize(("content", "lets_go"), [({"kind": "gone"}, True), ({"kind": "other"}, False), ({}, False)])
def test_it_lets_go_when_the_browser_says_that_no_one_looks(made, content, lets_go):
    message = {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}

    made.comm.handle_msg(message)

    assert (made.comm is None) == lets_go


# --- On the page ---


@pytest.fixture
def page(monkeypatch):
    """What a notebook would display: (data, metadata) of each output."""
    shown = []
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr(
        "IPython.display.display", lambda data, raw, metadata=None: shown.append((data, metadata)) if raw else None
    )
    return shown


def test_one_output_holds_the_widget_a_picture_and_the_words(made, page):
    explorable.show(made)

    (data, metadata), (fold, _) = page
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == made.model_id
    assert data["text/plain"] == made.words
    assert metadata["image/png"]["alt"] == made.words
    assert Image.open(io.BytesIO(b64decode(data["image/png"]))).size[0] > 1400
    assert "as it begins" in fold["text/html"] and "&#x27;whole&#x27;: 4" in fold["text/html"]
    assert plt.get_fignums() == []


def test_words_with_trained_numbers_stay_out_of_the_stored_text(made, page):
    explorable.show(made, alt="A line that goes up or down, as far as the slider says.")

    (data, _), (fold, _) = page
    assert "These are the values" not in data["text/plain"] + fold["text/html"]


def test_the_still_picture_tells_the_settings(made, page, monkeypatch):
    notes = []
    monkeypatch.setattr(explorable, "figure", lambda picture, note: notes.append(note) or plt.figure())

    explorable.show(made)

    [note] = notes
    for told in ("a whole number 4", "a broken number 0.3", "a color green", "on or off: off", "[Go]", "a table 1 2; 3 4",
                 "a chain batch, map", "A still picture"):
        assert told in note.replace("\n", " ")


def test_outside_a_notebook_the_words_are_printed(made, capsys):
    explorable.show(made)

    assert capsys.readouterr().out.strip() == made.words


def test_closing_lets_go_of_its_layout_too():
    it = Explorable("A try", CONTROLS, view)
    layout = it.layout

    it.close()
    it.close()

    assert (it.comm, layout.comm) == (None, None)


def test_it_tells_which_values_have_been_answered():
    seen = []
    it = Explorable("A try", CONTROLS, lambda values: seen.append(values) or view(values))
    assert it.shown == it.values == seen[0]

    during = []
    it.view = lambda values: during.append(it.shown) or view(values)
    it.values = {"whole": 8}

    assert during == [seen[0]]
    assert it.shown == it.values and it.shown["whole"] == 8
    it.close()
