"""A picture as data: a browser draws it on a canvas, matplotlib on paper, and both show the same.

    plot = Plot([Line([0, 1, 2], [0, 1, 4])], x=(0, 2), y=(0, 4), title="squares")
    strokes(Picture([plot]))      # for the browser: plain lists, numbers, texts and bytes
    figure(Picture([plot]))       # a matplotlib Figure

Marks are given in the units of their plot. What comes out of `strokes` is in pixels, so that neither the
browser nor matplotlib has anything to decide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from companion.plots import INK, PAPER, QUIET, mix

WIDTH = 720  # pixels; the browser scales the whole to its column
TITLE, LABEL, TICK = 13.0, 12.0, 11.0  # heights of text, in pixels
FAR = 1e5  # pixels; nothing is drawn farther out, so that no number grows without bound
DASHES = {"solid": [], "dashed": [7, 4], "dotted": [2, 3]}
MARKERS = {"circle": "o", "triangle": "^", "square": "s", "diamond": "D", "cross": "x"}
ALIGNS = ("left", "center", "right")

Range = tuple[float, float]
Ticks = Sequence[tuple[float, str]] | None
Stroke = list[Any]


@dataclass(frozen=True)
class Raster:
    """Colors of shape (rows, columns, 3), uint8. `colors[0, 0]` lies at the corner (x[0], y[0])."""

    colors: np.ndarray
    x: Range
    y: Range
    smooth: bool = False


@dataclass(frozen=True)
class Line:
    """A line through the points (x, y)."""

    x: ArrayLike
    y: ArrayLike
    color: str = INK
    width: float = 2.0
    dash: str = "solid"
    label: str = ""


@dataclass(frozen=True)
class Dots:
    """A marker at each of the points (x, y); its size is in pixels."""

    x: ArrayLike
    y: ArrayLike
    color: str = INK
    marker: str = "circle"
    size: float = 6.0
    label: str = ""


@dataclass(frozen=True)
class Box:
    """A rectangle from the corner (x, y); without `fill` one sees through it."""

    x: float
    y: float
    width: float
    height: float
    fill: str = ""
    edge: str = INK
    line: float = 1.5
    dash: str = "solid"


@dataclass(frozen=True)
class Text:
    """A line of text at (x, y), its middle at that height; its size is in pixels."""

    x: float
    y: float
    text: str
    align: str = "center"
    size: float = LABEL
    bold: bool = False
    color: str = INK


@dataclass(frozen=True)
class Arrow:
    """An arrow from (x, y) to (to_x, to_y)."""

    x: float
    y: float
    to_x: float
    to_y: float
    color: str = INK
    width: float = 1.5


Mark = Raster | Line | Dots | Box | Text | Arrow


@dataclass(frozen=True)
class Plot:
    """Marks on axes.

    Attributes:
        marks: What is drawn, the first at the bottom. All but texts are cut off at the frame.
        x: The ends of the horizontal axis, left first; may descend.
        y: The ends of the vertical axis, bottom first; may descend.
        title: A line above.
        x_label: What the horizontal axis is.
        y_label: What the vertical axis is.
        x_ticks: (value, text) of each tick; None chooses them, () draws neither ticks nor axis.
        y_ticks: As `x_ticks`.
        equal: Whether one unit is as long across as up.
    """

    marks: Sequence[Mark]
    x: Range
    y: Range
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    x_ticks: Ticks = None
    y_ticks: Ticks = None
    equal: bool = False


@dataclass(frozen=True)
class Picture:
    """Plots side by side.

    Attributes:
        plots: From left to right.
        widths: How the width is shared; () shares it evenly.
        height: Of the whole, in pixels; the width is 720.
    """

    plots: Sequence[Plot]
    widths: Sequence[float] = ()
    height: int = 260


@dataclass(frozen=True)
class View:
    """What one setting of the controls shows: a picture, the same in words, the code that it stands for, a sound (WAV)."""

    picture: Picture
    words: str
    code: str = ""
    sound: bytes = b""


def tints(color: ArrayLike, strength: ArrayLike) -> np.ndarray:
    """Return colors mixed into the page, for a Raster.

    Args:
        color: One color as a text such as "#00549A", or red, green and blue from 0 to 1, shape (..., 3).
        strength: From 0, the page, to 1, the color; shape (...).

    Returns:
        uint8 of shape (..., 3).
    """
    return (255 * mix(to_rgb(color) if isinstance(color, str) else color, strength)).round().astype("uint8")


# --- From units to pixels ---


def strokes(picture: Picture) -> list[Stroke]:
    """Return a picture as what is to be drawn, in order, in pixels from the top left corner.

    Each stroke is a list that begins with its kind: ["clip", left, top, width, height], ["unclip"],
    ["line", points, color, width, dash], ["dots", points, color, marker, size], ["box", left, top, width, height,
    fill, edge, line, dash], ["text", x, y, text, align, size, bold, color, upright], ["arrow", x, y, to_x, to_y, color,
    width] or ["raster", left, top, width, height, rows, columns, smooth, bytes of red, green, blue and 255].
    Points are one list of numbers, x and y in turn.

    Raises:
        ValueError: If a mark holds a number that is not finite, or widths that do not fit the plots.
    """
    widths = tuple(picture.widths) or (1.0,) * len(picture.plots)
    if len(widths) != len(picture.plots) or min(widths) <= 0:
        raise ValueError(f"widths: expected {len(picture.plots)} numbers above 0, received {widths}. Give one a plot.")
    drawn: list[Stroke] = [["box", 0, 0, WIDTH, picture.height, PAPER, "", 0, []]]
    left = 0.0
    for plot, share in zip(picture.plots, widths, strict=True):
        width = WIDTH * share / sum(widths)
        drawn += _Frame(plot, left, width, picture.height).strokes()
        left += width
    return drawn


class _Frame:
    """Where one plot stands on the picture, and how its units become pixels."""

    def __init__(self, plot: Plot, left: float, width: float, height: float) -> None:
        self.plot = plot
        self.x_ticks = _ticks(plot.x, plot.x_ticks, width)
        self.y_ticks = _ticks(plot.y, plot.y_ticks, height)
        self.legend = [mark for mark in plot.marks if isinstance(mark, Line | Dots) and mark.label]
        over = 10 + 22 * bool(plot.title) + 18 * bool(self.legend)
        under = 10 + 18 * bool(self.x_ticks) + 18 * bool(plot.x_label)
        before = 12 + 20 * bool(plot.y_label) + max((6 + 6.8 * len(text) for _, text in self.y_ticks), default=0)
        self.start = left + 12  # where title and legend begin
        self.left, self.top = left + before, float(over)
        self.width, self.height = max(width - before - 14, 10.0), max(height - over - under, 10.0)
        if plot.equal:
            self._make_equal()

    def _make_equal(self) -> None:
        """Shrink the frame, towards the left, so that a unit is as long across as up."""
        across, up = abs(self.plot.x[1] - self.plot.x[0]), abs(self.plot.y[1] - self.plot.y[0])
        pixels = min(self.width / across, self.height / up)
        self.top += (self.height - pixels * up) / 2
        self.width, self.height = pixels * across, pixels * up

    def across(self, x: ArrayLike) -> np.ndarray:
        """Values of the horizontal axis, in pixels."""
        first, last = self.plot.x
        return _pixels(self.left + (_finite(x) - first) / (last - first) * self.width)

    def down(self, y: ArrayLike) -> np.ndarray:
        """Values of the vertical axis, in pixels."""
        first, last = self.plot.y
        return _pixels(self.top + self.height - (_finite(y) - first) / (last - first) * self.height)

    def strokes(self) -> Iterator[Stroke]:
        """Everything that this plot draws."""
        flat = [mark for mark in self.plot.marks if not isinstance(mark, Text)]
        yield from self._grid(any(isinstance(mark, Raster) for mark in flat))
        yield ["clip", *_rounded(self.left, self.top, self.width, self.height)]
        for mark in flat:
            yield self._stroke(mark)
        yield ["unclip"]
        yield from self._axes()
        yield from self._heading()
        for mark in self.plot.marks:
            if isinstance(mark, Text):
                yield self._stroke(mark)

    def _stroke(self, mark: Mark) -> Stroke:
        """One mark, in pixels."""
        match mark:
            case Line():
                return ["line", self._points(mark), mark.color, mark.width, DASHES[mark.dash]]
            case Dots():
                _one_of("marker", mark.marker, MARKERS)
                return ["dots", self._points(mark), mark.color, mark.marker, mark.size]
            case Text():
                _one_of("align", mark.align, ALIGNS)
                place = (float(self.across(mark.x)), float(self.down(mark.y)))
                return _text(*place, mark.text, mark.align, mark.size, mark.bold, mark.color)
            case Arrow():
                ends = (self.across(mark.x), self.down(mark.y), self.across(mark.to_x), self.down(mark.to_y))
                return ["arrow", *_rounded(*ends), mark.color, mark.width]
            case Box():
                sides = self._sides((mark.x, mark.x + mark.width), (mark.y, mark.y + mark.height))
                return ["box", *_rounded(*sides), mark.fill, mark.edge, mark.line, DASHES[mark.dash]]
            case Raster():
                return ["raster", *_rounded(*self._sides(mark.x, mark.y)), *self._colors(mark)]

    def _points(self, mark: Line | Dots) -> list[float]:
        x, y = self.across(mark.x).ravel(), self.down(mark.y).ravel()
        if len(x) != len(y):
            raise ValueError(f"points: expected as many y as x, received {len(x)} x and {len(y)} y. Pair them up.")
        return np.stack([x, y], axis=1).ravel().round(1).tolist()

    def _sides(self, x: Range, y: Range) -> tuple[float, float, float, float]:
        """Left, top, width and height of a region."""
        (left, right), (top, bottom) = sorted(self.across(x).tolist()), sorted(self.down(y).tolist())
        return left, top, right - left, bottom - top

    def _colors(self, raster: Raster) -> list[Any]:
        """Rows, columns, smooth, and the bytes, turned so that the first row is on top and the first column left."""
        colors = np.asarray(raster.colors, dtype=np.uint8)
        if self.down(raster.y[0]) > self.down(raster.y[1]):
            colors = colors[::-1]
        if self.across(raster.x[0]) > self.across(raster.x[1]):
            colors = colors[:, ::-1]
        opaque = np.full((*colors.shape[:2], 1), 255, dtype=np.uint8)
        return [*colors.shape[:2], raster.smooth, np.concatenate([colors, opaque], axis=2).tobytes()]

    def _grid(self, covered: bool) -> Iterator[Stroke]:
        """Thin lines behind the marks, where they would be seen and both axes have a scale."""
        if covered or not self.x_ticks or not self.y_ticks:
            return
        right, bottom = self.left + self.width, self.top + self.height
        for value, _ in self.x_ticks:
            x = float(self.across(value))
            yield ["line", _rounded(x, self.top, x, bottom), plt.rcParams["grid.color"], 1, []]
        for value, _ in self.y_ticks:
            y = float(self.down(value))
            yield ["line", _rounded(self.left, y, right, y), plt.rcParams["grid.color"], 1, []]

    def _axes(self) -> Iterator[Stroke]:
        """The two axes with their ticks and labels."""
        right, bottom = self.left + self.width, self.top + self.height
        if self.x_ticks:
            yield ["line", _rounded(self.left, bottom, right, bottom), QUIET, 1, []]
        for value, text in self.x_ticks:
            yield _text(float(self.across(value)), bottom + 12, text, size=TICK)
        if self.plot.x_label:
            yield _text(self.left + self.width / 2, bottom + 12 + 17 * bool(self.x_ticks), self.plot.x_label)
        if self.y_ticks:
            yield ["line", _rounded(self.left, self.top, self.left, bottom), QUIET, 1, []]
        for value, text in self.y_ticks:
            yield _text(self.left - 6, float(self.down(value)), text, "right", TICK)
        if self.plot.y_label:
            yield _text(self.start + 4, self.top + self.height / 2, self.plot.y_label, upright=True)

    def _heading(self) -> Iterator[Stroke]:
        """The title, and below it each label beside a sample of its mark."""
        if self.plot.title:
            yield _text(self.start, 14, self.plot.title, "left", TITLE, bold=True)
        x, y = self.start, 14.0 + 20 * bool(self.plot.title)
        for mark in self.legend:
            if isinstance(mark, Line):
                yield ["line", _rounded(x, y, x + 24, y), mark.color, mark.width, DASHES[mark.dash]]
            else:
                yield ["dots", _rounded(x + 12, y), mark.color, mark.marker, mark.size]
            yield _text(x + 30, y, mark.label, "left", TICK)
            x += 44 + 6.4 * len(mark.label)


def _ticks(ends: Range, ticks: Ticks, room: float) -> list[tuple[float, str]]:
    """Ticks as asked for, or as many round numbers as there is room for."""
    if ticks is not None:
        return [(float(value), text) for value, text in ticks]
    low, high = sorted(ends)
    if not low < high:
        raise ValueError(f"axis: expected two different ends, received {ends}. Give the axis a length.")
    values = MaxNLocator(nbins=max(2, min(6, int(room / 60)))).tick_values(low, high)
    slack = (high - low) * 1e-9
    return [(v, f"{v:g}".replace("-", "−")) for v in values.tolist() if low - slack <= v <= high + slack]


def _finite(values: ArrayLike) -> np.ndarray:
    array = np.asarray(values, dtype="float64")
    if not np.isfinite(array).all():
        raise ValueError("marks: expected finite numbers, received NaN or infinite ones. Leave them out, or cut them off.")
    return array


def _pixels(values: np.ndarray) -> np.ndarray:
    return np.clip(values, -FAR, FAR)


def _rounded(*pixels: float | np.ndarray) -> list[float]:
    return [round(float(it), 1) for it in pixels]


def _one_of(name: str, value: str, known: Sequence[str] | dict[str, Any]) -> None:
    if value not in known:
        raise ValueError(f"{name}: expected one of {', '.join(known)}, received {value!r}. Choose one of them.")


def _text(
    x: float, y: float, text: str, align: str = "center", size: float = LABEL, bold: bool = False,
    color: str = INK, upright: bool = False,
) -> Stroke:  # fmt: skip
    return ["text", *_rounded(x, y), text, align, size, bold, color, upright]


# --- On paper ---


def figure(picture: Picture, note: str = "") -> Figure:
    """Return a picture as a matplotlib Figure, for a page without a kernel.

    Args:
        picture: What to draw.
        note: Lines of small text below it.
    """
    lines = note.splitlines()
    height = picture.height + 16 * len(lines)
    fig = plt.figure(figsize=(WIDTH / 100, height / 100), layout="none")
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(height, 0))
    ax.set_axis_off()
    clip: Rectangle | None = None
    for order, (kind, *values) in enumerate(strokes(picture)):
        if kind in ("clip", "unclip"):
            clip = Rectangle(values[:2], *values[2:], transform=ax.transData) if values else None
            continue
        artist = _ON_PAPER[kind](ax, *values)
        artist.set_zorder(order)
        if clip is not None:
            artist.set_clip_path(clip)
    for number, line in enumerate(lines):
        _paper_text(ax, 12, picture.height + 8 + 16 * number, line, "left", TICK, False, QUIET, False)
    return fig


def _points_of(pixels: float) -> float:
    """Pixels in points, in which matplotlib measures lines and letters: 100 pixels are an inch."""
    return pixels * 0.72


def _dash(dash: list[float], width: float) -> Any:
    return (0, [it / width for it in dash]) if dash else "solid"


def _paper_line(ax: Any, points: list[float], color: str, width: float, dash: list[float]) -> Any:
    style = {"linewidth": _points_of(width), "linestyle": _dash(dash, width), "solid_joinstyle": "round"}
    return ax.plot(points[::2], points[1::2], color=color, **style)[0]


def _paper_dots(ax: Any, points: list[float], color: str, marker: str, size: float) -> Any:
    edge = {"markeredgecolor": color if marker == "cross" else PAPER, "markeredgewidth": 1.5 if marker == "cross" else 0.6}
    place = {"linestyle": "", "marker": MARKERS[marker], "markersize": _points_of(size * 1.15)}
    return ax.plot(points[::2], points[1::2], color=color, **place, **edge)[0]


def _paper_box(
    ax: Any, left: float, top: float, width: float, height: float, fill: str, edge: str, line: float, dash: list[float]
) -> Any:
    look = {"facecolor": fill or "none", "edgecolor": edge or "none", "linewidth": _points_of(line)}
    return ax.add_patch(Rectangle((left, top), width, height, linestyle=_dash(dash, line or 1), **look))


def _paper_text(
    ax: Any, x: float, y: float, text: str, align: str, size: float, bold: bool, color: str, upright: bool
) -> Any:
    weight = "bold" if bold else "normal"
    place = {"ha": align, "va": "center_baseline" if not upright else "center", "rotation": 90 if upright else 0}
    return ax.text(x, y, text.replace("$", r"\$"), size=_points_of(size), weight=weight, color=color, **place)


def _paper_arrow(ax: Any, x: float, y: float, to_x: float, to_y: float, color: str, width: float) -> Any:
    style = {"arrowstyle": "-|>", "color": color, "linewidth": _points_of(width), "shrinkA": 0, "shrinkB": 0}
    return ax.annotate("", (to_x, to_y), (x, y), arrowprops=style)


def _paper_raster(
    ax: Any, left: float, top: float, width: float, height: float, rows: int, columns: int, smooth: bool, colors: bytes
) -> Any:
    picture = np.frombuffer(colors, dtype=np.uint8).reshape(rows, columns, 4)
    look = {"interpolation": "bilinear" if smooth else "nearest", "aspect": "auto", "origin": "upper"}
    return ax.imshow(picture, extent=(left, left + width, top + height, top), **look)


_ON_PAPER = {
    "line": _paper_line,
    "dots": _paper_dots,
    "box": _paper_box,
    "text": _paper_text,
    "arrow": _paper_arrow,
    "raster": _paper_raster,
}
