"""Controls, a picture, and the same in words: what every explorable is made of.

    sliders = [Slider("x", "a number", low=-3, high=3, step=0.5, value=1)]
    squares = Explorable("Squares", sliders, view)     # view({"x": 1.0}) returns a View
    show(squares)

A control moves in the browser, `view` computes in Python, and the browser draws what comes back. The controls are the
browser's own, so that keyboards and screen readers know them.
"""

import base64
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from companion import messages, plots
from companion.explore.picture import WIDTH, Picture, View, figure, strokes

_HERE = Path(__file__).parent
MOST_IN_A_LINE = 108  # characters below a still picture

Strokes = Sequence[Sequence[Sequence[float]]]


# --- Controls ---


@dataclass(frozen=True)
class Slider:
    """A number from `low` to `high` in steps. Whole numbers stay whole."""

    name: str
    label: str
    low: float
    high: float
    step: float
    value: float

    def clean(self, value: object) -> float:
        """Return the nearest position, or raise ValueError if `value` is no number in the range."""
        number = _number(self.name, value, self.low, self.high)
        position = min(self.low + round((number - self.low) / self.step) * self.step, self.high)
        return position if _is_whole(self.low, self.step) else round(position, 9)

    def positions(self) -> list[float]:
        """Every position, from one end to the other."""
        count = math.floor((self.high - self.low) / self.step + 1e-9)
        return [self.clean(self.low + place * self.step) for place in range(count + 1)]


@dataclass(frozen=True)
class Scale:
    """A slider over given numbers, which may lie at any distance from one another."""

    name: str
    label: str
    options: tuple[float, ...]
    value: float

    def clean(self, value: object) -> float:
        """Return the option, or raise ValueError if it is none."""
        return _one_of(self.name, value, self.options)

    def positions(self) -> list[float]:
        """Every position, from one end to the other."""
        return list(self.options)


@dataclass(frozen=True)
class Choice:
    """One of several texts."""

    name: str
    label: str
    options: tuple[str, ...]
    value: str

    def clean(self, value: object) -> str:
        """Return the option, or raise ValueError if it is none."""
        return _one_of(self.name, value, self.options)

    def positions(self) -> list[str]:
        """Every option."""
        return list(self.options)


@dataclass(frozen=True)
class Switch:
    """On or off."""

    name: str
    label: str
    value: bool

    def clean(self, value: object) -> bool:
        """Return the position, or raise ValueError if it is none."""
        return _one_of(self.name, value, (False, True))

    def positions(self) -> list[bool]:
        """Off and on."""
        return [False, True]


@dataclass(frozen=True)
class Button:
    """Something to press; its value is how often it was pressed."""

    name: str
    label: str
    value: int = 0

    def clean(self, value: object) -> int:
        """Return the count, or raise ValueError if it is none."""
        return int(_number(self.name, value, 0, 1e9))

    def positions(self) -> list[int]:
        """Before the first press, and after the first and the second."""
        return [self.value, self.value + 1, self.value + 2]


@dataclass(frozen=True)
class Numbers:
    """A table of numbers from `low` to `high`, each in a field of its own."""

    name: str
    label: str
    value: tuple[tuple[float, ...], ...]
    low: float
    high: float
    step: float

    def clean(self, value: object) -> tuple[tuple[float, ...], ...]:
        """Return the table, or raise ValueError if it has another shape or a number out of range."""
        shape = [len(row) for row in self.value]
        if not _is_listing(value) or [len(row) if _is_listing(row) else -1 for row in value] != shape:
            expected = f"a table of {len(shape)} rows of {shape[0]} numbers"
            raise ValueError(f"{self.name}: expected {expected}, received {messages.of(value)}. Give a list of rows.")
        return tuple(tuple(_number(self.name, it, self.low, self.high) for it in row) for row in value)

    def positions(self) -> list[tuple[tuple[float, ...], ...]]:
        """As it starts, all at the low end, all at the high end, and one at each end in turn."""
        lowest, highest = (tuple(tuple(end for _ in row) for row in self.value) for end in (self.low, self.high))
        return [self.value, lowest, highest, *(self._with(i, end) for i in range(9) for end in (self.low, self.high))]

    def _with(self, place: int, number: float) -> tuple[tuple[float, ...], ...]:
        across = len(self.value[0])
        row, column = divmod(place % (across * len(self.value)), across)
        return tuple(
            tuple(number if (r, c) == (row, column) else it for c, it in enumerate(line))
            for r, line in enumerate(self.value)
        )


@dataclass(frozen=True)
class Order:
    """Words in an order; each may be left out. Its value is the words in use."""

    name: str
    label: str
    options: tuple[str, ...]
    value: tuple[str, ...]

    def clean(self, value: object) -> tuple[str, ...]:
        """Return the words, or raise ValueError if one is unknown or stands twice."""
        known = _is_listing(value) and all(word in self.options for word in value)
        if not known or len(set(value)) < len(value):
            expected = f"different words out of {', '.join(self.options)}"
            raise ValueError(f"{self.name}: expected {expected}, received {messages.of(value)}. Name each at most once.")
        return tuple(value)

    def positions(self) -> list[tuple[str, ...]]:
        """None, all in both directions, each alone, each left out, and neighbours that changed places."""
        every = self.options
        swapped = [every[:i] + (every[i + 1], every[i]) + every[i + 2 :] for i in range(len(every) - 1)]
        left_out = [tuple(word for word in every if word != other) for other in every]
        return [(), every, every[::-1], self.value, *((word,) for word in every), *left_out, *swapped]


@dataclass(frozen=True)
class Pad:
    """A sheet to draw on with a pen. Its value is the strokes, each the points (x, y) that the pen passed.

    Attributes:
        samples: Drawings to choose from instead, by name.
        side: Its height and width in pixels; y runs down.
        pen: The width of a line in pixels.
        most_strokes: How many it holds.
        most_points: How many it holds, in all strokes.
    """

    name: str
    label: str
    samples: Mapping[str, Strokes]
    value: Strokes
    side: int
    pen: int
    most_strokes: int = 100
    most_points: int = 5000

    def clean(self, value: object) -> Strokes:
        """Return the strokes, or raise ValueError if there are too many, or a point is none on the sheet."""
        if not _is_listing(value) or not all(_is_listing(stroke) and stroke for stroke in value):
            raise ValueError(f"{self.name}: expected a list of strokes, received {messages.of(value)}. Give lists of points.")
        points = sum(len(stroke) for stroke in value)
        if len(value) > self.most_strokes or points > self.most_points:
            most = f"at most {self.most_strokes} strokes and {self.most_points:,} points"
            raise ValueError(f"{self.name}: expected {most}, received {len(value)} and {points:,}. Clear the pad.")
        return tuple(tuple(self._point(point) for point in stroke) for stroke in value)

    def _point(self, point: object) -> tuple[float, float]:
        if not _is_listing(point) or len(point) != 2:
            raise ValueError(f"{self.name}: expected a point (x, y), received {messages.of(point)}.")
        x, y = (_number(self.name, number, 0, self.side) for number in point)
        return x, y

    def sample_of(self, value: Strokes) -> str:
        """Return the name of the sample that a value is, or ""."""
        return next((name for name, strokes in self.samples.items() if self.clean(strokes) == value), "")

    def positions(self) -> list[Strokes]:
        """Nothing, each sample, a dot in each corner, a line around the edge, and a scribble over everything."""
        far = self.side
        corners = [(0, 0), (far, 0), (far, far), (0, far)]
        scribble = tuple((far * (place % 2), far * place / 40) for place in range(41))
        samples = [self.clean(strokes) for strokes in self.samples.values()]
        return [(), *samples, tuple((corner,) for corner in corners), ((*corners, corners[0]),), (scribble,)]


@dataclass(frozen=True)
class Upload:
    """A file of the learner's own; a sound can be recorded instead. Its value is the content in base64, "" for none.

    Attributes:
        accept: What the browser offers: "image/*" or "audio/*".
        seconds: How long a recording lasts; 0 if the microphone has no part in it.
        most_bytes: The largest file that can come through the browser.
    """

    name: str
    label: str
    accept: str
    seconds: float = 0
    value: str = ""
    most_bytes: int = 5_000_000  # (Jupyter passes on messages of at most 10 MB)

    def clean(self, value: object) -> str:
        """Return the content, or raise ValueError if it is too large, or not in base64."""
        if not isinstance(value, str):
            raise ValueError(f"{self.name}: expected a text in base64, received {messages.of(value)}. Choose a file.")
        if len(value) > self.most_bytes * 4 / 3 + 4:
            raise ValueError(f"{self.name}: expected at most {self.most_bytes:,} bytes, received more. Choose a smaller file.")
        self.content(value)
        return value

    def content(self, value: str) -> bytes:
        """Return the bytes of the file."""
        try:
            return base64.b64decode(value, validate=True)
        except ValueError:
            raise ValueError(f"{self.name}: expected a text in base64, received {messages.of(value)}. Choose a file.") from None

    def positions(self) -> list[str]:
        """No file, an empty line, and a few bytes that are neither picture nor sound."""
        return ["", *(base64.b64encode(bytes_).decode() for bytes_ in (b"\n", b"<html>", bytes(range(256))))]


Control = Slider | Scale | Choice | Switch | Button | Numbers | Order | Pad | Upload


def _number(name: str, value: object, low: float, high: float) -> float:
    """A finite number from `low` to `high`."""
    right = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not right:
        raise ValueError(f"{name}: expected a number from {low:g} to {high:g}, received {messages.of(value)}.")
    return value


def _is_whole(*numbers: float) -> bool:
    return all(float(number).is_integer() for number in numbers)


def _is_listing(value: object) -> bool:
    return isinstance(value, list | tuple)


def _one_of(name: str, value: object, options: Sequence[Any]) -> Any:
    if isinstance(value, bool | int | float | str):
        for option in options:
            if value == option and isinstance(value, bool) == isinstance(option, bool):
                return option
    raise ValueError(f"{name}: expected one of {', '.join(map(str, options))}, received {messages.of(value)}.")


# --- The widget ---


class Explorable(anywidget.AnyWidget):
    """Controls, and the picture and the words that `view` makes of their values.

    Attributes:
        values: The value of each control by its name. Set it, or a part of it, to move controls.
        shown: The values that have been answered last: others than `values` while the answer is on its way. (A kernel may
            work on it in a thread of its own, beside the cell that runs.)
        words: The picture in words, or what went wrong.
        code: The code that the values stand for, or "".
        sound: What there is to hear, a WAV file, or b"".
        picture: The picture that is shown.
        view: Makes the picture and the words of the values.
    """

    _esm = (_HERE / "explorable.js").read_text(encoding="utf-8")
    _css = (_HERE / "explorable.css").read_text(encoding="utf-8")

    heading = traitlets.Unicode().tag(sync=True)
    controls = traitlets.List().tag(sync=True, to_json=lambda controls, _: [_as_json(it) for it in controls])
    values = traitlets.Dict().tag(sync=True, echo_update=False)
    drawing = traitlets.Dict().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)
    sound = traitlets.Bytes().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)  # counts up with each answer; the browser draws when it changes

    def __init__(self, heading: str, controls: Sequence[Control], view: Callable[[dict[str, Any]], View]) -> None:
        """Make an explorable, and its first picture.

        Args:
            heading: What it is called.
            controls: In the order in which Tab goes through them; names differ.
            view: Takes the values of all controls by name, and makes picture and words of them.

        Raises:
            ValueError: If two controls have the same name.
        """
        names = [control.name for control in controls]
        if len(set(names)) < len(names):
            raise ValueError(f"controls: expected different names, received {names}. Rename one.")
        self.view = view
        values = {control.name: control.value for control in controls}
        super().__init__(heading=heading, controls=list(controls), values=values, **self._seen(view(values)))
        self.shown = self.values
        self.observe(self._moved, "values")
        self.on_msg(self._told)

    def place(self, controls: Sequence[Control]) -> None:
        """Show other controls, at the values that they name."""
        with self.hold_sync():
            self.controls = list(controls)
            self.values = {control.name: control.value for control in controls}

    def draw(self, view: View) -> None:
        """Show a picture and its words, whatever the controls say."""
        self._answer(**self._seen(view))

    def _seen(self, view: View) -> dict[str, Any]:
        """What the browser needs to show a view."""
        self.picture = view.picture
        drawing = {"width": WIDTH, "height": view.picture.height, "strokes": strokes(view.picture)}
        return {"drawing": drawing, "words": view.words, "code": view.code, "sound": view.sound}

    def _answer(self, **shown: Any) -> None:
        """Send what is to be shown, in one message."""
        with self.hold_sync():
            for name, value in shown.items():
                self.set_trait(name, value)
            self.answered += 1

    @traitlets.validate("values")
    def _cleaned(self, proposal: Mapping[str, Any]) -> dict[str, Any]:
        """The values of all controls: those that were given, and the others as they are."""
        given = proposal["value"]
        present = {control.name: self.values.get(control.name, control.value) for control in self.controls}
        return present | {it.name: it.clean(given[it.name]) for it in self.controls if it.name in given}

    def _moved(self, _: Mapping[str, Any]) -> None:
        """Draw what the new values stand for; if that fails, say so, and keep the old picture."""
        values = self.values
        try:
            self.draw(self.view(values))
        except Exception as error:
            self._answer(words=f"This could not be drawn. {type(error).__name__}: {messages.of_error(error)}")
        self.shown = values

    def close(self) -> None:
        """Let go of it, here and in the browser."""
        if self.comm is not None:
            self.layout.close()
        super().close()

    def _told(self, _: Any, content: Mapping[str, Any], __: Any) -> None:
        """The browser says that no one looks at this explorable any more: let go of it."""
        if content == {"kind": "gone"}:
            self.close()


def _as_json(control: Control) -> dict[str, Any]:
    """A control as the browser gets it."""
    return {"kind": type(control).__name__, **asdict(control)}


# --- On the page ---


def show(explorable: Explorable, alt: str = "") -> None:
    """Display an explorable once, with a still picture in its place where no kernel runs.

    In plain Python, outside a notebook, the words are printed.

    Args:
        explorable: What to display.
        alt: What the still picture shows, if its words hold numbers that differ from machine to machine; else the
            words as they are now.
    """
    settings = " · ".join(_setting(control, explorable.values[control.name]) for control in explorable.controls)
    note = textwrap.wrap(f"{settings}. A still picture: run the cell to move the controls.", MOST_IN_A_LINE)
    still = figure(explorable.picture, "\n".join(note))
    plots.show(still, alt or explorable.words, live=explorable.get_view_spec())


def named(name: str, value: object, advice: str) -> dict[str, Any]:
    """Return a dictionary that was handed over as an argument, its keys as texts.

    Args:
        name: The argument's name.
        value: What was received.
        advice: What to write instead.

    Raises:
        TypeError: If it is no dictionary.
        ValueError: If it is empty.
    """
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}: expected a dictionary, received {messages.of(value)}. {advice}")
    if not value:
        raise ValueError(f"{name}: expected at least one, received an empty dictionary. {advice}")
    return {str(key): it for key, it in value.items()}


def _setting(control: Control, value: Any) -> str:
    """How the note below a still picture names one control: "bias −0.5"."""
    match control:
        case Button():
            return f"[{control.label}]"
        case Switch():
            return f"{control.label}: {'on' if value else 'off'}"
        case Numbers():
            return f"{control.label} {'; '.join(' '.join(_short(it) for it in row) for row in value)}"
        case Pad():
            drawn = f"{len(value)} stroke{'s' * (len(value) != 1)}"
            return f"{control.label}: {control.sample_of(value) or drawn}"
        case Upload():
            return f"{control.label}: {'your own' if value else 'the one to begin with'}"
        case Order():
            return f"{control.label} {', '.join(value) or 'none'}"
        case _:
            return f"{control.label} {_short(value)}"


def _short(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:g}".replace("-", "−")
