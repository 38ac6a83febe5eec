"""What a convolution sees: a picture, nine weights to change, and what they answer at each place.

    filters.show({"a four": picture})      # pictures in shades of grey, 8 to 64 pixels high and wide

`slide` is the whole convolution; the rest shows one window of it at work.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib.colors import to_hex
from numpy.typing import ArrayLike

from companion import messages, plots
from companion.explore import explorable
from companion.explore.explorable import Choice, Explorable, Numbers, Slider, Switch
from companion.explore.picture import Box, Picture, Plot, Raster, Text, View

SIZE = 3  # the kernel has so many rows and columns
SMALLEST, LARGEST = 8, 64  # pixels
OWN = "your own numbers"
LIMIT = 5.0  # the largest weight of your own


class Filter(NamedTuple):
    """Nine weights, and what a sum above and below 0 says about a window; "" if there is no short word for it."""

    kernel: np.ndarray
    above: str = ""
    below: str = ""


FILTERS = {
    "upright edges": Filter(
        np.array([[1.0, 0, -1], [1, 0, -1], [1, 0, -1]]),
        "from left to right, ink gives way to paper",
        "from left to right, paper gives way to ink",
    ),
    "lying edges": Filter(
        np.array([[1.0, 1, 1], [0, 0, 0], [-1, -1, -1]]),
        "from top to bottom, ink gives way to paper",
        "from top to bottom, paper gives way to ink",
    ),
    "every edge": Filter(
        np.array([[0.0, -1, 0], [-1, 4, -1], [0, -1, 0]]),
        "the middle is darker than its four neighbours on average",
        "the middle is paler than its four neighbours on average",
    ),
    "blur": Filter(np.full((3, 3), 1 / 9), "it is the mean of the nine pixels"),
    "sharpen": Filter(np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]])),
}


# --- The convolution ---


def slide(picture: ArrayLike, kernel: ArrayLike, padding: str = "valid", strides: int = 1) -> np.ndarray:
    """Return what a filter answers at each window of a picture, as `keras.layers.Conv2D` does without bias.

    Args:
        picture: Shape (rows, columns), numbers.
        kernel: Shape (3, 3), numbers: the weights.
        padding: "valid": the window stays inside; "same": a frame of zeros lets it reach over the edge.
        strides: How many pixels the window moves at a time.

    Returns:
        The sums of the products, shape (rows out, columns out), float64.
    """
    framed = np.pad(np.asarray(picture, dtype="float64"), _frame(np.shape(picture), padding, strides))
    windows = np.lib.stride_tricks.sliding_window_view(framed, (SIZE, SIZE))[::strides, ::strides]
    return np.einsum("rcij,ij->rc", windows, np.asarray(kernel, dtype="float64"))


def _frame(shape: tuple[int, ...], padding: str, strides: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows of zeros above and below, and columns left and right; an odd one goes below and to the right."""
    if padding == "valid":
        return (0, 0), (0, 0)
    needed = [max((-(-length // strides) - 1) * strides + SIZE - length, 0) for length in shape]
    (down, across) = [(total // 2, total - total // 2) for total in needed]
    return down, across


def nearest_window(middle: int, length: int, padding: str, strides: int) -> tuple[int, int]:
    """Return the window whose middle is nearest to a pixel, along one axis.

    Args:
        middle: The pixel, from 0.
        length: How many pixels there are.
        padding: "valid" or "same".
        strides: How many pixels the window moves at a time.

    Returns:
        Which window it is, from 0, and its first pixel, which is −1 if it reaches over the edge.
    """
    before, after = _frame((length, length), padding, strides)[0]
    last = (length + before + after - SIZE) // strides
    window = int(np.clip(round((middle - 1 + before) / strides), 0, last))
    return window, window * strides - before


# --- The picture ---

_WIDTHS = (232, 256, 232)
_HEIGHT = 254
_CELL_WIDTH, _CELL_HEIGHT = 76, 50
_GREY = matplotlib.colormaps["gray_r"]
_SIGNED = matplotlib.colormaps["PuOr"]


def view(values: Mapping[str, Any], pictures: Mapping[str, np.ndarray]) -> View:
    """Draw a picture, one window of it with its nine products, and what the filter answers everywhere.

    Args:
        values: "picture" and "filter" (names), "kernel" (3 × 3 numbers, used if the filter is "your own numbers"),
            "row" and "column" (the pixel in the middle of the window), "relu" (whether negative sums become 0),
            "padding" ("valid" or "same") and "strides" ("1" or "2").
        pictures: Name -> shape (rows, columns), floats from 0 (paper) to 1 (ink).
    """
    picture, name, relu = pictures[values["picture"]], values["filter"], values["relu"]
    padding, strides = values["padding"], int(values["strides"])
    kernel = np.array(values["kernel"], dtype="float64") if name == OWN else FILTERS[name].kernel
    sums = slide(picture, kernel, padding, strides)
    answers = np.maximum(sums, 0) if relu else sums
    row, top = nearest_window(values["row"], picture.shape[0], padding, strides)
    column, left = nearest_window(values["column"], picture.shape[1], padding, strides)
    seen = np.pad(picture, 1)[top + 1 : top + 1 + SIZE, left + 1 : left + 1 + SIZE]
    reach = float(np.abs(sums).max()) or 1.0
    plots_ = [
        _input(picture, values["picture"], top, left, padding == "same"),
        _products(seen, kernel, name, sums[row, column], relu),
        _output(answers, reach, row, column, relu),
    ]
    words = _words(seen, kernel, sums[row, column], relu, (top + 1, left + 1))
    if name != OWN:
        words += f" Its weights: {'; '.join(' '.join(map(_weight, line)) for line in kernel)}."
    return View(Picture(plots_, widths=_WIDTHS, height=_HEIGHT), words)


def _input(picture: np.ndarray, name: str, top: int, left: int, framed: bool) -> Plot:
    """The picture, with a frame around it if the window reaches over the edge, and the window."""
    rows, columns = picture.shape
    marks: list[Any] = [Raster(_colored(_GREY, picture), (0, columns), (0, rows))]
    if framed:
        marks.append(Box(-1, -1, columns + 2, rows + 2, edge=plots.QUIET, line=1, dash="dotted"))
    marks += [Box(0, 0, columns, rows, edge=plots.QUIET, line=1), *_outlined(left, top, SIZE, picture.shape)]
    return _square(marks, f"{name}, {rows} × {columns}", picture.shape)


def _output(answers: np.ndarray, reach: float, row: int, column: int, relu: bool) -> Plot:
    """What the filter answers, and the pixel that belongs to the window."""
    rows, columns = answers.shape
    colors = _colored(_SIGNED, (answers / reach + 1) / 2)
    marks = [Raster(colors, (0, columns), (0, rows)), Box(0, 0, columns, rows, edge=plots.QUIET, line=1)]
    title = f"{'after ReLU' if relu else 'answers'}, {rows} × {columns}"
    return _square([*marks, *_outlined(column, row, 1, answers.shape)], title, answers.shape)


def _outlined(x: int, y: int, side: int, shape: tuple[int, ...]) -> list[Box]:
    """The outline of a square of pixels, to be seen on light and on dark; it leaves the pixels themselves free."""
    gap = 0.012 * max(shape)
    place = (x - gap, y - gap, side + 2 * gap, side + 2 * gap)
    return [Box(*place, edge=plots.PAPER, line=5.5), Box(*place, edge=plots.COLORS[5], line=2.5)]


def _square(marks: list[Any], title: str, shape: tuple[int, ...]) -> Plot:
    """A plot of pixels, row 0 on top, with room for a frame around them."""
    rows, columns = shape
    room = 1 + 0.03 * max(shape)
    return Plot(marks, (-room, columns + room), (rows + room, -room), title, x_ticks=(), y_ticks=(), equal=True)


def _products(seen: np.ndarray, kernel: np.ndarray, name: str, total: float, relu: bool) -> Plot:
    """Nine cells, each with pixel × weight and their product, and the sum below."""
    products = seen * kernel
    reach = float(np.abs(products).max()) or 1.0
    marks: list[Any] = []
    for (row, column), product in np.ndenumerate(products):
        x, y = column * _CELL_WIDTH, row * _CELL_HEIGHT
        middle = x + _CELL_WIDTH / 2
        fill = to_hex(_SIGNED((product / reach / 2 + 1) / 2))  # pale, so that one can read on it
        marks += [
            Box(x, y, _CELL_WIDTH, _CELL_HEIGHT, fill=fill, edge=plots.QUIET, line=1),
            Text(middle, y + 16, f"{number(seen[row, column])} × {_weight(kernel[row, column])}", size=11),
            Text(middle, y + 35, number(product), bold=True),
        ]
    middle, below = 1.5 * _CELL_WIDTH, 3 * _CELL_HEIGHT
    told = f"sum: {number(total)}" + f", after ReLU: {number(max(total, 0.0))}" * relu
    marks.append(Text(middle, below + 20, told, size=14, bold=True))
    note = "pixel × weight, and their product" if name == OWN else "(your own numbers are not in use)"
    marks.append(Text(middle, below + 42, note, size=11, color=plots.QUIET))
    return Plot(marks, (0, 3 * _CELL_WIDTH), (below + 54, 0), title=name, x_ticks=(), y_ticks=(), equal=True)


def _colored(colors: Any, shares: np.ndarray) -> np.ndarray:
    """Numbers from 0 to 1 as red, green, blue."""
    return colors(np.clip(shares, 0, 1), bytes=True)[..., :3]


def _weight(value: float) -> str:
    return "1/9" if np.isclose(value, 1 / 9) else number(value)


def number(value: float) -> str:
    """Return a number with at most two places and a true minus sign: "−1.5", "0.11", "0"."""
    return f"{round(float(value), 2) + 0.0:.2f}".rstrip("0").rstrip(".").replace("-", "−")


# --- In words ---


def _words(seen: np.ndarray, kernel: np.ndarray, total: float, relu: bool, middle: tuple[int, int]) -> str:
    """The sum at the window, and what it says."""
    place, products = f"Around row {middle[0]}, column {middle[1]}", seen * kernel
    if not kernel.any():
        return f"{place} the sum is 0, as everywhere: all nine weights are 0."
    if not seen.any():
        return f"{place} there is nothing but paper: nine products of 0, whatever the weights, and the sum is 0."
    if not products.any():
        return f"{place} ink lies only where the weights are 0, so the sum is 0 and the answer is blank."
    if abs(total) < 0.005:
        mixed = products.min() < 0 < products.max()
        why = "the products above and below 0 cancel out" if mixed else "each product is next to nothing"
        return f"{place} {why}: the sum is about 0, and the answer is blank."
    says = f"{place} the nine products add up to {number(total)}"
    if relu and total < 0:
        return f"{says}: {_meaning(products, kernel, total)}. ReLU makes it 0, and the answer is blank."
    return f"{says}, {'purple' if total > 0 else 'orange'}: {_meaning(products, kernel, total)}."


def _meaning(products: np.ndarray, kernel: np.ndarray, total: float) -> str:
    """What a sum that is not 0 says about the window."""
    for known in FILTERS.values():
        times = float(np.sum(kernel * known.kernel) / np.sum(known.kernel**2))
        if known.below and np.allclose(kernel, times * known.kernel):
            return known.above if times * total > 0 else known.below
        if known.above and np.allclose(kernel, known.kernel):
            return known.above
    side, other = ("above", "below") if total > 0 else ("below", "above")
    one_sided = products.min() >= 0 or products.max() <= 0
    return f"none of them lies {other} 0" if one_sided else f"those {side} 0 outweigh those {other}"


# --- On the page ---


def make(pictures: Mapping[str, ArrayLike]) -> Explorable:
    """Return the explorable; the window begins where the filter for upright edges answers most in the first picture.

    Args:
        pictures: Name -> shape (rows, columns) or (rows, columns, 1), 8 to 64 pixels each way; whole numbers from 0
            (paper) to 255 (ink), or floats from 0 to 1 or to 255. The first is shown first.

    Raises:
        TypeError: If `pictures` is no dictionary, or a picture holds no numbers.
        ValueError: If there is no picture, or one has another shape or other values.
    """
    given = explorable.named("pictures", pictures, "Write {'a four': picture}.")
    checked = {name: _picture(f"pictures[{name!r}]", picture) for name, picture in given.items()}
    names, start = tuple(checked), FILTERS["upright edges"].kernel
    strongest = np.abs(slide(checked[names[0]], start))
    row, column = np.unravel_index(strongest.argmax(), strongest.shape)
    rows, columns = (max(picture.shape[axis] for picture in checked.values()) for axis in (0, 1))
    controls = [
        Choice("picture", "Picture", names, names[0]),
        Choice("filter", "Filter", (OWN, *FILTERS), OWN),
        Slider("row", "Window row", 0, rows - 1, 1, int(row) + 1),
        Slider("column", "Window column", 0, columns - 1, 1, int(column) + 1),
        Choice("padding", "Padding", ("valid", "same"), "valid"),
        Choice("strides", "Strides", ("1", "2"), "1"),
        Numbers("kernel", "Your own numbers", tuple(map(tuple, start.tolist())), -LIMIT, LIMIT, 0.5),
        Switch("relu", "ReLU", False),
    ]
    return Explorable("What a filter sees", controls, lambda values: view(values, checked))


def show(pictures: Mapping[str, ArrayLike]) -> None:
    """Display the explorable once; `pictures` as in `make`."""
    explorable.show(make(pictures))


def _picture(name: str, picture: ArrayLike) -> np.ndarray:
    """A picture in floats from 0 to 1, of shape (rows, columns)."""
    picture = np.asarray(picture)
    if picture.dtype.kind not in "iuf":
        raise TypeError(f"{name}: expected numbers, received {messages.of(picture)}. Give the picture as an array.")
    if picture.ndim == 3 and picture.shape[2] == 1:
        picture = picture[:, :, 0]
    if picture.ndim != 2 or not all(SMALLEST <= length <= LARGEST for length in picture.shape):
        expected = f"shape (rows, columns), each from {SMALLEST} to {LARGEST}"
        raise ValueError(f"{name}: expected {expected}, received {picture.shape}. Hand in a single picture, in grey.")
    if not np.isfinite(picture).all() or picture.min() < 0 or picture.max() > 255:
        received = f"{picture.min()} to {picture.max()}"
        raise ValueError(f"{name}: expected numbers from 0 to 255 or to 1, received {received}. Rescale them first.")
    scale = 255 if picture.dtype.kind in "iu" or picture.max() > 1 else 1
    return picture.astype("float64") / scale
