"""A pad to draw a digit on, and what a model reads in it.

    my_pad = pad.show({"centred as MNIST": as_mnist}, digit_reader)
    pad.drawn(my_pad)                  # what is on it now: (280, 280), uint8

What brings the drawing into the form of the model's pictures, and the model, are functions of the notebook's own.
"""

from collections.abc import Callable, Mapping
from typing import Any

import matplotlib
import numpy as np

from companion import datasets, ink, messages, plots
from companion.explore import explorable
from companion.explore.explorable import Explorable, Pad
from companion.explore.picture import WIDTH, Box, Picture, Plot, Raster, Text, View

DIGITS = 10
MOST_WAYS = 2
LONGEST_NAME = 20  # characters of a way's name
_HEIGHT, _SIDE = 190, 156  # pixels: of all, and the width of the model's picture
_GREY = matplotlib.colormaps["gray_r"]

Way = Callable[[np.ndarray], Any]


# --- What the model answers ---


def prepared(name: str, way: Way, drawing: np.ndarray) -> np.ndarray:
    """Return what a way makes of a drawing.

    Args:
        name: What the way is called.
        way: A function from a drawing, (280, 280) uint8, to the picture that the model gets.
        drawing: Shape (280, 280), uint8.

    Returns:
        A picture of shape (rows, columns), numbers.

    Raises:
        ValueError: If it makes something else.
    """
    picture = np.asarray(way(drawing.copy()))
    if picture.ndim != 2 or 0 in picture.shape or picture.dtype.kind not in "iuf":
        received = messages.of(picture)
        raise ValueError(f"{name}: expected a picture of shape (28, 28), received {received}. Return the array of pixels.")
    return picture


def probabilities_of(read: Callable[[np.ndarray], Any], picture: np.ndarray) -> np.ndarray:
    """Return what a model answers for one picture.

    Args:
        read: Takes pictures of shape (1, rows, columns) and gives ten probabilities for each.
        picture: Shape (rows, columns).

    Returns:
        Ten probabilities, shape (10,), float64.

    Raises:
        ValueError: If it answers something else.
    """
    answer = np.asarray(read(picture[np.newaxis]))
    if answer.shape != (1, DIGITS) or answer.dtype.kind not in "iuf":
        received = messages.of(answer)
        raise ValueError(f"read: expected ten probabilities, shape (1, 10), received {received}. Hand in a reader of digits.")
    [answer] = answer.astype("float64")
    if not (answer.min() >= -1e-6 and abs(answer.sum() - 1) < 0.01):  # (which no NaN is)
        received = f"numbers from {answer.min():.3g} to {answer.max():.3g} with the sum {answer.sum():.3g}"
        raise ValueError(f"read: expected probabilities, which add up to 1, received {received}. Put a softmax behind them.")
    return answer


# --- The picture ---


def view(values: Mapping[str, Any], ways: Mapping[str, Way], read: Callable[[np.ndarray], Any]) -> View:
    """Draw what the model gets of a drawing, in each way, and the ten probabilities that it answers.

    Args:
        values: "pad": strokes, lists of points (x, y) in pixels of the pad.
        ways: Name -> a function from a drawing, (280, 280) uint8, to the picture that the model gets.
        read: Takes pictures (1, 28, 28) and gives ten probabilities for each.
    """
    drawing = ink.picture(values["pad"])
    widths = tuple(width for _ in ways for width in (_SIDE, WIDTH // len(ways) - _SIDE))
    if not drawing.any():
        blank = [_blank(title) for name in ways for title in (name, "")]
        return View(Picture(blank, widths, _HEIGHT), "The pad is empty: draw a digit, or choose one from the list.")
    shown, says = [], []
    for name, way in ways.items():
        picture = prepared(name, way, drawing)
        answer = probabilities_of(read, picture)
        digit = int(answer.argmax())
        shown += [_pixels(name, picture), _bars(answer)]
        says.append(f"{name}, the model reads a {digit}, with probability {answer[digit]:.2f}")
    words = "; ".join(says)
    return View(Picture(shown, widths, _HEIGHT), f"{words[0].upper()}{words[1:]}.")


def _pixels(name: str, picture: np.ndarray) -> Plot:
    """The picture as the model gets it: dark is ink."""
    rows, columns = picture.shape
    shade = picture / 255 if picture.dtype.kind in "iu" or picture.max() > 1 else picture
    colors = _GREY(np.clip(np.nan_to_num(shade), 0, 1), bytes=True)[..., :3]
    marks = [Raster(colors, (0, columns), (0, rows)), Box(0, 0, columns, rows, edge=plots.QUIET, line=1)]
    return Plot(marks, (-0.5, columns + 0.5), (rows + 0.5, -0.5), name, x_ticks=(), y_ticks=(), equal=True)


def _bars(answer: np.ndarray) -> Plot:
    """A bar for each digit; the largest is dark and carries its number."""
    best = int(answer.argmax())
    marks: list[Any] = []
    for digit, probability in enumerate(answer):
        color = plots.COLORS[0] if digit == best else plots.QUIET
        marks.append(Box(digit - 0.35, 0, 0.7, max(float(probability), 0.004), fill=color, edge=color, line=0.5))
    marks.append(Text(best, float(answer[best]) + 0.09, f"{answer[best]:.2f}", size=12, bold=True))
    ticks = tuple((digit, str(digit)) for digit in range(DIGITS))
    halves = ((0, "0"), (0.5, "0.5"), (1, "1"))
    return Plot(marks, (-0.7, 9.7), (0, 1.2), f"it reads: {best}", "digit", "", x_ticks=ticks, y_ticks=halves)


def _blank(title: str) -> Plot:
    marks = [Box(0, 0, 1, 1, edge=plots.QUIET, line=1, dash="dotted")] if title else []
    return Plot(marks, (-0.02, 1.02), (1.02, -0.02), title, x_ticks=(), y_ticks=(), equal=bool(title))


# --- On the page ---


def make(ways: Mapping[str, Way], read: Callable[[np.ndarray], Any], start: int | None = 7) -> Explorable:
    """Return the explorable.

    Args:
        ways: One or two names -> functions from a drawing, (280, 280) uint8 with 255 for ink, to the (28, 28) picture that
            the model gets.
        read: Takes pictures (1, 28, 28), as the ways return them, and gives ten probabilities for each, such as a model.
        start: Which of the drawings of `datasets.load_drawings` is on the pad at first, 0 to 19; None for an empty pad.

    Raises:
        TypeError: If `ways` is no dictionary of functions, or `read` no function.
        ValueError: If there are more than two ways, a name is long, there is no such drawing, or a function returns
            something else.
    """
    given = explorable.named("ways", ways, "Write {'centred': as_mnist}.")
    if len(given) > MOST_WAYS or max(map(len, given)) > LONGEST_NAME:
        expected = f"at most {MOST_WAYS} ways with names of at most {LONGEST_NAME} characters"
        raise ValueError(f"ways: expected {expected}, received {', '.join(given)[:90]}. Leave some out.")
    for name, function in [*((f"ways[{name!r}]", way) for name, way in given.items()), ("read", read)]:
        if not callable(function):
            raise TypeError(f"{name}: expected a function, received {messages.of(function)}. Write its name, without ().")
    samples = _samples()
    if start is not None and (isinstance(start, bool) or not isinstance(start, int) or not 0 <= start < len(samples)):
        raise ValueError(f"start: expected None or a number from 0 to {len(samples) - 1}, received {messages.of(start)}.")
    begin = () if start is None else [*samples.values()][start]
    control = Pad("pad", "Your digit", samples, begin, ink.SIDE, ink.PEN)
    return Explorable("A pad to draw on", [control], lambda values: view(values, given, read))


def show(ways: Mapping[str, Way], read: Callable[[np.ndarray], Any], start: int | None = 7) -> Explorable:
    """Display the pad once, and return it, so that the notebook can go on with what was drawn; arguments as in `make`."""
    made = make(ways, read, start)
    names = " and ".join(f'"{name}"' for name in ways)
    explorable.show(made, f"A drawing in the form that the model gets: {names}; beside it ten bars, the probability of each digit.")
    return made


def drawn(pad: Explorable) -> np.ndarray:
    """Return what is on the pad now.

    Args:
        pad: What `show` returned.

    Returns:
        Grey levels from 0 (paper) to 255 (ink), shape (280, 280), uint8.

    Raises:
        TypeError: If it is no pad.
        ValueError: If nothing is drawn on it.
    """
    if not isinstance(pad, Explorable) or "pad" not in pad.values:
        raise TypeError(f"pad: expected what pad.show returned, received {messages.of(pad)}. Write my_pad = pad.show(...).")
    if not pad.values["pad"]:
        raise ValueError("pad: expected a drawing, received an empty pad. Draw a digit, or choose one from the list.")
    return ink.picture(pad.values["pad"])


def _samples() -> dict[str, Any]:
    """The shipped drawings by name: "0, large" to "9, small"."""
    every = datasets.drawing_strokes()
    sizes = ["large" if place < len(every) // 2 else "small" for place in range(len(every))]
    return {
        f"{digit}, {size}": tuple(tuple(tuple(point) for point in stroke) for stroke in strokes)
        for (digit, strokes), size in zip(every, sizes, strict=True)
    }
