"""Explorables as someone at the keyboard meets them: what they show, and how their controls are moved.

What a control is called, and which positions it has, is asked of the kernel: the page must agree.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
import time
import typing
from collections.abc import Iterator
from dataclasses import dataclass

from browser.lab import LabProblem, OpenNotebook
from browser.sources import Shown

if typing.TYPE_CHECKING:
    from playwright.sync_api import Locator

ELEMENT = "section.explorable"
# The widgets that a cell shows, in their order.
MODEL_IDS = """cell => window.jupyterapp.shell.currentWidget.content.widgets[cell].model.outputs.toJSON()
    .map(output => (output.data || {})['application/vnd.jupyter.widget-view+json'])
    .filter(Boolean).map(view => view.model_id)"""
# Run in the kernel, where weak references keep nothing alive.
FIND_THEM = """\
import gc, weakref
from companion.explore.explorable import Explorable
_explorables = weakref.WeakValueDictionary(
    (it.model_id, it) for it in gc.get_objects() if issubclass(type(it), Explorable) and it.comm is not None
)
def _as_plain(control):
    from dataclasses import asdict
    return {"kind": type(control).__name__, "positions": control.positions(), **asdict(control)}
"""
ROLE_AND_NAME = re.compile(r"""(?:- )?'?(\w+( "[^"]*")?)""")  # as a line of YAML, which may be quoted
ANSWER_SECONDS = 60  # a button may train a model
PICTURE = "canvas => canvas.toDataURL()"


@dataclass(frozen=True)
class Seen:
    """What one position of the controls shows on the page."""

    picture: str
    words: str


class ExplorableOnPage:
    """One explorable of an open notebook.

    Args:
        notebook: The notebook, run.
        shown: Which one of the notebook's.

    Attributes:
        heading: What it is called.
        controls: Its controls as the kernel has them, in order: kind, name, label, positions and the rest.

    Raises:
        LabProblem: If the cell shows no such explorable.
    """

    def __init__(self, notebook: OpenNotebook, shown: Shown) -> None:
        self.notebook, self.page = notebook, notebook.page
        cell = self.page.locator(f'.jp-Cell[data-windowed-list-index="{shown.cell}"]')
        cell.scroll_into_view_if_needed()
        notebook.execute(FIND_THEM)
        known = notebook.execute("", "[*_explorables]")
        here = [model for model in self.page.evaluate(MODEL_IDS, shown.cell) if model in known]
        if not shown.place < len(here) == cell.locator(ELEMENT).count():
            raise LabProblem(f"{notebook.name}, cell {shown.cell + 1}: {shown.module} is not where it should be")
        self.model = here[shown.place]
        self.root = cell.locator(ELEMENT).nth(shown.place)
        self.heading = self.root.get_attribute("aria-label")
        self.controls = self.ask("[_as_plain(each) for each in it.controls]")

    def ask(self, expression: str) -> typing.Any:
        """Return the value of an expression about `it`, the explorable in the kernel."""
        return self.notebook.execute("", f"(lambda it: {expression})(_explorables[{self.model!r}])")

    def fields(self, control: dict) -> Locator:
        """Return the elements that a control consists of."""
        return self.root.locator(f'.explorable-controls [name="{control["name"]}"]')

    def seen(self) -> Seen:
        """Wait for the kernel's answer; return what the page then shows.

        Raises:
            LabProblem: If the page goes on showing other words, or another picture, than the kernel has sent.
        """
        words, canvas = self.root.locator(".explorable-words"), self.root.locator("canvas[role=img]")
        end = time.monotonic() + ANSWER_SECONDS
        while True:
            self.notebook.settle()
            *sent, answered = self.ask("[it.words, str(it.answered), it.values == it.shown]")
            shown = [words.text_content(), canvas.get_attribute("data-drawn")]
            if answered and shown == sent:
                return Seen(hashlib.sha256(canvas.evaluate(PICTURE).encode()).hexdigest(), shown[0])
            if time.monotonic() > end:
                raise LabProblem(f"{self.heading}: the page shows {shown}, the kernel has sent {sent}")

    def value(self, control: dict) -> typing.Any:
        """Return a control's value as the kernel has it."""
        return self.ask(f"it.values[{control['name']!r}]")

    def set_others(self, control: dict) -> None:
        """Put all other sliders to their far ends, all other switches on, and press each button once."""
        far = {each["name"]: each["positions"][-1] for each in self.controls if each["kind"] in ("Slider", "Scale")}
        far |= {each["name"]: True for each in self.controls if each["kind"] == "Switch"}
        far |= {each["name"]: self.value(each) + 1 for each in self.controls if each["kind"] == "Button"}
        self.set({name: value for name, value in far.items() if name != control["name"]})

    def set(self, values: dict) -> None:
        """Move controls from the kernel."""
        self.ask(f"it.set_trait('values', it.values | {values!r})")

    def moves(self, control: dict) -> Iterator[tuple[typing.Any, typing.Any]]:
        """Move a control by keyboard: to its ends, or through all it offers, and back to where it was.

        Yields:
            After each move, the value that is expected, and the one that the kernel has got.
        """
        for expected in MOVES[control["kind"]](self, control):
            end = time.monotonic() + ANSWER_SECONDS
            while not same(received := self.value(control), expected) and time.monotonic() < end:
                self.notebook.settle()
            yield expected, received

    def press(self, field: Locator, *keys: str) -> None:
        """Give an element the focus and press keys."""
        field.focus()
        for key in keys:
            self.page.keyboard.press(key)


def same(received: typing.Any, expected: typing.Any) -> bool:
    """Tell whether a control has a value; numbers may differ by what is lost on the way through text."""
    if isinstance(expected, int | float) and not isinstance(expected, bool):
        return math.isclose(received, expected, abs_tol=1e-9)
    return received == expected


def role_and_name(element: Locator) -> str:
    """Return what a screen reader would call an element, such as: slider "weight 1"."""
    if element.evaluate("it => it.tagName") == "AUDIO":  # of which the snapshot says nothing
        return f'audio "{element.get_attribute("aria-label")}"'
    return ROLE_AND_NAME.match(element.aria_snapshot())[1]


def tab_stops(root: Locator) -> list[str]:
    """Press Tab from the first control of an explorable on until the focus leaves; return what it met."""
    stops = []
    root.locator("input, select, button, canvas[tabindex]").first.focus()
    while root.locator(":focus").count():
        stops.append(role_and_name(root.locator(":focus")))
        root.page.keyboard.press("Tab")
    return stops


# How each kind of control is moved; each yields the value that it should then have.


def move_slider(it: ExplorableOnPage, control: dict) -> Iterator[float]:
    """To both ends, and from the low one step by step back to where it was."""
    positions, field = control["positions"], it.fields(control)
    start = it.value(control)
    for key, expected in (("Home", positions[0]), ("End", positions[-1])):
        it.press(field, key)
        yield expected
    steps = min(range(len(positions)), key=lambda place: abs(positions[place] - start))
    it.press(field, "Home", *["ArrowRight"] * steps)
    yield start


def move_choice(it: ExplorableOnPage, control: dict) -> Iterator[str]:
    """Through all options from the first, and back to the one that it was."""
    options, field = control["options"], it.fields(control)
    start = it.value(control)
    it.press(field, "Home")
    yield options[0]
    for option in options[1:]:
        it.press(field, "ArrowDown")
        yield option
    it.press(field, *["ArrowUp"] * (len(options) - 1 - options.index(start)))
    yield start


def move_switch(it: ExplorableOnPage, control: dict) -> Iterator[bool]:
    """On and off, or off and on."""
    start = it.value(control)
    for expected in (not start, start):
        it.press(it.fields(control), "Space")
        yield expected


def press_button(it: ExplorableOnPage, control: dict) -> Iterator[int]:
    """By the space bar, and by Enter."""
    start = it.value(control)
    for count, key in enumerate(("Space", "Enter"), start=1):
        it.press(it.fields(control), key)
        yield start + count


def type_numbers(it: ExplorableOnPage, control: dict) -> Iterator[list[list[float]]]:
    """The two limits into each field in turn, and what stood there."""
    table = [list(row) for row in it.value(control)]
    places = [(row, column) for row, line in enumerate(table) for column, _ in enumerate(line)]
    for field, (row, column) in zip(it.fields(control).all(), places, strict=True):
        start = table[row][column]
        for number in (control["low"], control["high"], start):
            it.press(field, "ControlOrMeta+a")
            it.page.keyboard.type(f"{number:g}")
            table[row][column] = number
            yield [list(line) for line in table]


def rearrange(it: ExplorableOnPage, control: dict) -> Iterator[list[str]]:
    """Each word out and in again, and the first one later and earlier."""
    used = list(it.value(control))
    for word in list(control["options"]):
        for _ in range(2):
            it.press(it.root.get_by_role("checkbox", name=word, exact=True), "Space")
            shown = it.root.locator(".explorable-order li").filter(has=it.page.locator(":checked"))
            used = [text.strip() for text in shown.locator("label").all_inner_texts()]
            yield used
    first = it.root.locator(".explorable-order li label").first.inner_text().strip()
    for direction in ("later", "earlier"):
        it.press(it.root.get_by_role("button", name=f"{first} {direction}", exact=True), "Enter")
        shown = it.root.locator(".explorable-order li").filter(has=it.page.locator(":checked"))
        yield [text.strip() for text in shown.locator("label").all_inner_texts()]


def draw(it: ExplorableOnPage, control: dict) -> Iterator[list]:
    """Nothing, each drawing of the list, an angle drawn by keys, that taken back, and what was there at first."""
    samples, field, sheet = control["samples"], it.fields(control), it.root.locator("canvas[tabindex]")
    start = it.value(control)
    it.press(field, "Home")
    yield []
    for strokes in samples.values():
        it.press(field, "ArrowDown")
        yield strokes
    middle, step, last = control["side"] / 2, control["side"] / 20, [*samples.values()][-1]
    it.press(sheet, "Space", "ArrowRight", "ArrowDown", "Space")
    yield [[[middle, middle], [middle + step, middle], [middle + step, middle + step]]]  # in place of the last
    it.press(sheet, "Backspace")
    yield last
    place = [*samples.values()].index(start)
    it.press(field, *["ArrowUp"] * (len(samples) - 1 - place))
    yield start


def upload(it: ExplorableOnPage, control: dict) -> Iterator[str]:
    """An empty file's neighbour: one that is neither picture nor sound. (No dialog of the system opens.)"""
    content = b"<html> neither picture nor sound"
    it.fields(control).set_input_files({"name": "page.wav", "mimeType": "text/html", "buffer": content})
    yield base64.b64encode(content).decode()


MOVES = {
    "Slider": move_slider,
    "Scale": move_slider,
    "Choice": move_choice,
    "Switch": move_switch,
    "Button": press_button,
    "Numbers": type_numbers,
    "Order": rearrange,
    "Pad": draw,
    "Upload": upload,
}


# What Tab should meet


def expected_stops(controls: list[dict]) -> list[str]:
    """Return role and name of each stop of the Tab key, for the controls in their order."""
    return [stop for control in controls for stop in STOPS[control["kind"]](control)]


def of_table(control: dict) -> list[str]:
    """The stops of a table of numbers, row by row."""
    return [
        f'spinbutton "row {row}, column {column}"'
        for row, line in enumerate(control["value"], start=1)
        for column, _ in enumerate(line, start=1)
    ]


def of_order(control: dict) -> list[str]:
    """The stops of a list of words: those in use first."""
    unused = [word for word in control["options"] if word not in control["value"]]
    return [
        stop
        for word in [*control["value"], *unused]
        for stop in (f'checkbox "{word}"', f'button "{word} earlier"', f'button "{word} later"')
    ]


def of_pad(control: dict) -> list[str]:
    """The stops of a pad: the sheet, the list of drawings, and two buttons."""
    return [
        f'application "{control["label"]}"',
        'combobox "A drawing made for the course"',
        'button "Undo"',
        'button "Clear"',
    ]


def of_upload(control: dict) -> list[str]:
    """The stops of an upload: the chooser of files, and the microphone if sound is wanted."""
    recorder = [f'button "Record {control["seconds"]:g} seconds"'] if control["seconds"] else []
    return [f'button "{control["label"]}"', *recorder]


STOPS = {
    "Slider": lambda control: [f'slider "{control["label"]}"'],
    "Scale": lambda control: [f'slider "{control["label"]}"'],
    "Choice": lambda control: [f'combobox "{control["label"]}"'],
    "Switch": lambda control: [f'checkbox "{control["label"]}"'],
    "Button": lambda control: [f'button "{control["label"]}"'],
    "Numbers": of_table,
    "Order": of_order,
    "Pad": of_pad,
    "Upload": of_upload,
}
