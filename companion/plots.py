"""Figures of the course: each function draws on an Axes and returns it; `mix` makes their pale colors.

    fig, ax = plt.subplots()
    plots.learning_curves(ax, history.history)
    plots.show(fig, alt="Training and validation loss fall together, then level off.")

Importing this module applies the course's style sheet (`course.mplstyle`) to every figure
drawn afterwards. Nothing here imports TensorFlow: models and tensors come in as arguments.
Bad input gets a TypeError or ValueError that says what was expected, what was received and
what to do.
"""

import html
import io
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from PIL import Image

Names = Sequence[str | int]  # also a range or an array of labels

plt.style.use(Path(__file__).with_name("course.mplstyle"))

PAPER, INK, QUIET = (plt.rcParams[key] for key in ("figure.facecolor", "text.color", "axes.edgecolor"))
COLORS = tuple(plt.rcParams["axes.prop_cycle"].by_key()["color"])
MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*", "<", ">")
DASHES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)), (0, (8, 2)), (0, (3, 1, 1, 1, 1, 1)))
SMALL = 9  # points; the least that reads well on the screen

# --- Showing a figure ---

PIXELS_PER_INCH = 100  # on the screen; the picture holds twice as many, for sharp displays
LARGEST_PNG = 100_000  # bytes; a larger picture gets fewer colors
SHORTEST_ALT = 20  # characters


def show(fig: Figure, alt: str, live: Mapping[str, Any] | None = None) -> None:
    """Display a figure with a text that says the same in words, and close it.

    The text is attached to the picture, and stands below it in a fold "Figure in words" for
    screen readers and everyone who cannot see the picture. In plain Python, outside a notebook,
    the text is printed.

    Args:
        fig: The figure, as `plt.subplots()` gives it.
        alt: What the figure shows and what to see in it: at least 20 characters. State nothing
            that differs between machines.
        live: The view of a widget, which takes the picture's place where a kernel runs.

    Raises:
        TypeError: If `fig` is not a Figure or `alt` not a string.
        ValueError: If `alt` is too short to describe anything.
    """
    if not isinstance(fig, Figure):
        raise _wrong("fig", "a Figure", _kind(fig), "Pass the fig of fig, ax = plt.subplots().", TypeError)
    if not isinstance(alt, str):
        raise _wrong("alt", "a string", _kind(alt), "Say in words what the figure shows.", TypeError)
    alt = " ".join(alt.split())
    if len(alt) < SHORTEST_ALT:
        raise _wrong("alt", f"at least {SHORTEST_ALT} characters", repr(alt), "Say in words what the figure shows.")
    from IPython import get_ipython  # here, because plain Python can do without

    if get_ipython() is None:
        print(alt)
    else:
        _display(*_png(fig), alt, live)
    plt.close(fig)


def _png(fig: Figure) -> tuple[bytes, int]:
    """The figure as a PNG of few colors, to keep notebooks small, and its width on the screen."""
    drawn = io.BytesIO()
    uncompressed = {"compress_level": 0}  # it is packed below
    fig.savefig(
        drawn, format="png", dpi=2 * PIXELS_PER_INCH, bbox_inches="tight", pad_inches=0.06, pil_kwargs=uncompressed
    )
    picture = Image.open(drawn).convert("RGB")
    for colors in (256, 64, 16):
        packed = io.BytesIO()
        picture.quantize(colors).save(packed, format="png", optimize=True)
        if packed.tell() <= LARGEST_PNG:
            break
    return packed.getvalue(), picture.width // 2


def _display(png: bytes, width: int, alt: str, live: Mapping[str, Any] | None) -> None:
    """Two outputs: the picture with its alt text, then the same text in a fold.

    The fold is there because JupyterLab gives the alt text to no one.
    """
    from IPython.display import display

    picture: dict[str, Any] = {"image/png": b64encode(png).decode(), "text/plain": alt}
    if live is not None:
        picture["application/vnd.jupyter.widget-view+json"] = live
    name = "Figure in words" if live is None else "Figure in words, as it begins"
    fold = f"<details><summary>{name}</summary><p>{html.escape(alt)}</p></details>"
    display(picture, raw=True, metadata={"image/png": {"alt": alt, "width": width}})
    display({"text/html": fold, "text/plain": f"<{name}>"}, raw=True)


# --- Data ---


def image_grid(
    ax: Axes, images: ArrayLike, titles: Names | None = None, columns: int = 10, cmap: str = "gray_r"
) -> Axes:
    """Draw pictures side by side, with a short title above each.

    A figure that holds only this Axes grows taller if the pictures need it.

    Args:
        ax: Where to draw.
        images: Shape (n, height, width) or (n, height, width, 1) in shades, or
            (n, height, width, 3) in red, green, blue; integers 0..255, or floats. Floats in color
            lie in 0..1. Floats in shades span the color map from 0 to 1 if they lie there, else from
            0 to the largest; if some are negative, 0 is in the middle of the color map.
        titles: One string or whole number a picture, or None.
        columns: Pictures in a row.
        cmap: The color map of pictures in shades; "gray_r" draws 0 as paper and 255 as ink.

    Returns:
        ax

    Raises:
        TypeError: If `images` holds no numbers.
        ValueError: If `images` has another shape, is empty or holds NaN, if the number of titles
            differs, or if `columns` is below 1.
    """
    _check_axes(ax)
    images, low, high = _pictures(images)
    titles = [""] * len(images) if titles is None else _names("titles", titles, len(images))
    columns = min(_whole("columns", columns), len(images))
    rows = -(-len(images) // columns)
    height, width = images.shape[1:3]
    pixel = ax.get_figure().get_figwidth() / (columns * width)  # inches, about
    lines = max(title.count("\n") + 1 if title else 0 for title in titles)
    gap, head = max(1, round(width * 0.08)), round(lines * 0.18 / pixel)
    down, across = height + gap + head, width + gap
    _grow(ax, rows * down * pixel * width / across)
    mosaic = np.full((rows * down - gap, columns * across - gap, *images.shape[3:]), np.nan, dtype="float32")
    for index, (picture, title) in enumerate(zip(images, titles)):
        top, left = index // columns * down + head, index % columns * across
        mosaic[top : top + height, left : left + width] = picture
        place = {"ha": "center", "va": "bottom", "size": SMALL}
        ax.text(left + (width - 1) / 2, top - 0.5 - gap / 2, title, **place)
    if mosaic.ndim == 3:
        mosaic = np.where(np.isnan(mosaic), to_rgb(PAPER), mosaic)
    ax.imshow(mosaic, cmap=cmap, vmin=low, vmax=high, interpolation="nearest")
    ax.set_axis_off()
    return ax


def class_scatter(ax: Axes, x: ArrayLike, y: ArrayLike, names: Names) -> Axes:
    """Draw points in a plane, one color and one marker a class, with a legend.

    Args:
        ax: Where to draw; name its axes yourself.
        x: Shape (n, 2), numbers: the two coordinates of each point.
        y: Shape (n,), integers from 0: the class of each point.
        names: The name of class 0, 1, ...; at most 10.

    Returns:
        ax

    Raises:
        TypeError: If `x` holds no numbers, `y` no integers or `names` no names.
        ValueError: If shapes do not fit, values are missing, or a class has no name.
    """
    _check_axes(ax)
    x = _points("x", x)
    y, names = _integers("y", y, len(x)), _names("names", names)
    if len(names) > len(MARKERS):
        raise _wrong("names", f"at most {len(MARKERS)} classes", len(names), "Draw fewer classes at once.")
    if y.max() >= len(names):
        raise _wrong("names", f"{y.max() + 1}, one a class in y", len(names), "Name every class.")
    for index, name in enumerate(names):
        style = {"marker": MARKERS[index], "color": COLORS[index % len(COLORS)], "markersize": 6.5}
        edge = {"markeredgecolor": PAPER, "markeredgewidth": 0.6}
        ax.plot(*x[y == index].T, linestyle="", label=name, **style, **edge)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), handletextpad=0.2, markerscale=1.2)
    return ax


# --- Models ---


@dataclass
class _Box:
    """One layer in a diagram. `parents` are the indices of the boxes whose output it takes."""

    kind: str
    detail: str
    shape: str
    parameters: int
    parents: list[int]
    name: str = ""


def layer_diagram(ax: Axes, model: Any) -> Axes:
    """Draw a model from input to output: each layer, the shape it gives out, its parameters.

    Layers that have parameters are shaded. A model inside the model is one box. A figure that
    holds only this Axes grows taller if the layers need it.

    Args:
        ax: Where to draw.
        model: A Keras Sequential or Functional model whose shapes are known, that is, which starts
            with an Input or has been called.

    Returns:
        ax

    Raises:
        TypeError: If `model` has no layers.
        ValueError: If its shapes are not known, or if it is a subclassed model: Keras knows its
            layers, but not the way from one to the next.
    """
    _check_axes(ax)
    boxes, complete = _boxes(model)
    rows = _rows(boxes)
    ax.set_axis_off()
    ax.set_xlim(-0.005, 1.005)
    if all(box.parents == [i - 1] for i, box in enumerate(boxes) if i) and not boxes[0].parents:
        _draw_chain(ax, boxes)
    else:
        _draw_graph(ax, boxes, rows)
    note = "Shaded layers have parameters."
    if not complete:
        note += "\nArrows are missing: a layer is used twice, or a step is no layer."
    below = {"transform": ax.transAxes, "va": "top", "size": SMALL}
    ax.text(0, 0, note, color=QUIET, **below)
    ax.text(1, 0, f"{model.count_params():,} parameters in all", ha="right", **below)
    return ax


def _boxes(model: Any) -> tuple[list[_Box], bool]:
    """The layers of a model as boxes, and whether the way of every tensor could be traced."""
    if not hasattr(model, "layers"):
        raise _wrong("model", "a Keras model", _kind(model), "Pass the model itself.", TypeError)
    try:
        inputs, layers = _leaves(model.inputs), model.layers
        outputs = [id(tensor) for tensor in _leaves(model.outputs)]
        if hasattr(model, "add"):  # Sequential: one layer after the other
            first = _Box("Input", "", _shape(inputs), 0, [])
            return [first] + [_box(layer, [i]) for i, layer in enumerate(layers)], True
        makers = {id(tensor): i for i, layer in enumerate(layers) for tensor in _leaves(layer.output)}
        takes = [[id(tensor) for tensor in _leaves(layer.input)] for layer in layers]
    except AttributeError as error:
        expected = "a Sequential or Functional model whose shapes are known"
        raise _wrong("model", expected, _kind(model), "Start it with keras.Input(shape=...).") from error
    boxes = [
        _box(layer, sorted({makers[id_] for id_ in ids if makers.get(id_, i) < i}))
        for i, (layer, ids) in enumerate(zip(layers, takes))
    ]
    ends = [makers[id_] for id_ in outputs if id_ in makers]
    for i in ends + [i for i, box in enumerate(boxes) if not box.parents]:
        boxes[i].name = _given_name(layers[i])
    traced = all(makers.get(id_, i) < i for i, ids in enumerate(takes) for id_ in ids)
    used = set(ends).union(*(box.parents for box in boxes))
    return boxes, traced and len(ends) == len(outputs) and len(used) == len(boxes)


def _box(layer: Any, parents: list[int]) -> _Box:
    kind = type(layer).__name__.replace("InputLayer", "Input")
    return _Box(kind, _detail(layer), _shape(_leaves(layer.output)), layer.count_params(), parents)


def _detail(layer: Any) -> str:
    """What a layer was made with, as far as it says: "32 filters, 3×3, relu"."""
    if hasattr(layer, "layers"):
        return f"model of {len(layer.layers)} layers"
    parts = [_count(getattr(layer, word), word[:-1]) for word in ("units", "filters") if hasattr(layer, word)]
    for size in (getattr(layer, "kernel_size", None), getattr(layer, "pool_size", None)):
        if isinstance(size, tuple):
            parts.append("×".join(map(str, size)))
    if isinstance(getattr(layer, "rate", None), float):
        parts.append(f"rate {layer.rate:g}")
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    return ", ".join(parts + [activation] * (activation != "linear"))


def _count(number: int, word: str) -> str:
    """ "1 unit", "1,280 units"."""
    return f"{number:,} {word}" + "s" * (number != 1)


def _shape(tensors: Iterable[Any]) -> str:
    """ "(batch, 28, 28)"; a length that may differ from batch to batch is "any"."""
    sizes = (["batch", *("any" if size is None else str(size) for size in tensor.shape[1:])] for tensor in tensors)
    return " + ".join(f"({', '.join(size)})" for size in sizes)


def _given_name(layer: Any) -> str:
    """The name of a layer in quotes, or "" if Keras made it up ("dense_3" for a Dense)."""
    made_up = type(layer).__name__.lower().rstrip("0123456789")
    return "" if layer.name.replace("_", "").rstrip("0123456789") == made_up else f'"{layer.name}"'


def _leaves(tree: Any) -> list[Any]:
    """The tensors in nested lists, tuples and dicts."""
    if isinstance(tree, Mapping):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        return [leaf for branch in tree for leaf in _leaves(branch)]
    return [tree]


def _rows(boxes: list[_Box]) -> list[list[int]]:
    """Indices of the boxes, row by row: each below all of its parents, the last ones side by side."""
    depth: list[int] = []
    for box in boxes:
        depth.append(1 + max((depth[parent] for parent in box.parents), default=-1))
    parents = {parent for box in boxes for parent in box.parents}
    depth = [level if i in parents or not boxes[i].parents else max(depth) for i, level in enumerate(depth)]
    return [[i for i, level in enumerate(depth) if level == row] for row in range(max(depth) + 1)]


def _draw_chain(ax: Axes, boxes: list[_Box]) -> None:
    """One row a layer: a box, then columns for shape and parameters."""
    _grow(ax, 0.36 * len(boxes) + 0.7)
    ax.set_ylim(len(boxes) - 0.35, -0.95)
    for x, align, head in ((0, "left", "layer"), (0.57, "left", "output shape"), (1, "right", "parameters")):
        ax.text(x, -0.55, head, ha=align, va="bottom", size=SMALL, color=QUIET)
    for row, box in enumerate(boxes):
        _draw_box(ax, 0.27, row, 0.54, 0.66, bool(box.parameters))
        parameters = f"{box.parameters:,}" if box.parameters else "–"
        ax.text(0.02, row, box.kind, va="center", weight="bold")
        ax.text(0.52, row, box.detail, va="center", ha="right", size=SMALL)
        ax.text(0.57, row, box.shape, va="center", size=SMALL)
        ax.text(1, row, parameters, va="center", ha="right", size=SMALL)
        if row:
            _draw_arrow(ax, (0.27, row - 0.67), (0.27, row - 0.33))


def _draw_graph(ax: Axes, boxes: list[_Box], rows: list[list[int]]) -> None:
    """Layers of the same depth side by side, arrows from each to those that take its output."""
    most = max(map(len, rows))
    width, half = min(0.6, 0.94 / most), 0.36
    _grow(ax, (0.95 if most < 3 else 1.15) * len(rows) + 0.3)
    ax.set_ylim(len(rows) - 0.58, -0.42)
    places = _places(boxes, rows)
    for box, (x, y) in zip(boxes, places):
        _draw_box(ax, x, y, width, 2 * half, bool(box.parameters))
        _write_lines(ax, x, y, _lines(box, narrow=most > 2))
        for parent in box.parents:
            from_x, from_y = places[parent]
            if abs(from_x - x) < width / 2 and y - from_y > 1:  # around the boxes between
                _draw_arrow(ax, (from_x + width / 2, from_y), (x + width / 2, y), bend=-0.5 / (y - from_y))
            else:
                _draw_arrow(ax, (from_x, from_y + half), (x, y - half))


def _places(boxes: list[_Box], rows: list[list[int]]) -> list[tuple[float, float]]:
    """The center (x, row) of each box: below its parents if alone in its row, else evenly spread."""
    places = [(0.5, 0.0)] * len(boxes)
    for level, row in enumerate(rows):
        above = {i: [places[parent][0] for parent in boxes[i].parents] or [i / len(boxes)] for i in row}
        for slot, i in enumerate(sorted(row, key=lambda i: np.mean(above[i]))):
            alone = len(row) == 1 and boxes[i].parents
            places[i] = (float(np.mean(above[i])) if alone else (slot + 0.5) / len(row), level)
    return places


def _lines(box: _Box, narrow: bool) -> list[str]:
    """What stands in a box of a graph, one fact a line if the box is narrow."""
    facts = [box.shape, _count(box.parameters, "parameter") if box.parameters else ""]
    tail = facts if narrow else [" · ".join(filter(None, facts))]
    return list(filter(None, [f"{box.kind} {box.name}".strip(), box.detail, *tail]))


def _write_lines(ax: Axes, x: float, y: float, lines: list[str]) -> None:
    """Centered lines, the first bold."""
    middle = {"ha": "center", "va": "center", "size": SMALL}
    for i, line in enumerate(lines):
        offset = (0, 14 * ((len(lines) - 1) / 2 - i))
        weight = "normal" if i else "bold"
        ax.annotate(line, (x, y), xytext=offset, textcoords="offset points", weight=weight, **middle)


def _draw_box(ax: Axes, x: float, y: float, width: float, height: float, shaded: bool) -> None:
    corner, style = (x - width / 2, y - height / 2), "round,pad=0,rounding_size=0.015"
    color = _tint(COLORS[0], 0.16) if shaded else PAPER
    box = FancyBboxPatch(corner, width, height, boxstyle=style, mutation_aspect=8, facecolor=color, edgecolor=INK)
    ax.add_patch(box)


def _draw_arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], bend: float = 0) -> None:
    arrow = {"arrowstyle": "-|>", "color": QUIET, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, xytext=start, arrowprops={**arrow, "connectionstyle": f"arc3,rad={bend}"})


CIRCLES = 10  # a layer with more neurons is drawn shortened


def connections(
    ax: Axes, units: Sequence[int], local: int | None = None, labels: Names | None = None
) -> Axes:
    """Draw neurons as circles and connections as lines; one neuron a layer stands out with its own.

    Args:
        ax: Where to draw.
        units: Neurons in each layer, from input to output; at least two layers. Of a layer with
            more than 10 a few are drawn. The number is written below.
        local: None draws fully connected layers, as `Dense`. A number k connects each neuron with
            only k neighbors in the layer before, as a convolution does.
        labels: One text a layer; None writes input layer, hidden layer, output layer.

    Returns:
        ax

    Raises:
        TypeError: If `units` or `local` are not integers.
        ValueError: If there are fewer than two layers, a layer without neurons, another number of
            labels, `local` is not within a layer, or local layers have more than 10 neurons.
    """
    _check_axes(ax)
    units = _integers("units", units)
    if len(units) < 2 or units.min() < 1:
        expected = "at least two layers of at least 1 neuron"
        raise _wrong("units", expected, units.tolist(), "Write, say, [3, 4, 2].")
    if local is not None and (_whole("local", local) > units[:-1].min() or units.max() > CIRCLES):
        expected = f"at most {units[:-1].min()} neighbors in layers of at most {CIRCLES} neurons"
        raise _wrong("local", expected, f"{local} in {units.tolist()}", "Draw smaller layers or fewer neighbors.")
    hidden = ["hidden layer"] * (len(units) - 2)
    labels = ["input layer", *hidden, "output layer"] if labels is None else _names("labels", labels, len(units))
    columns = [_heights(count) for count in units]
    for layer in range(1, len(units)):
        _draw_lines(ax, layer, columns[layer - 1], columns[layer], local)
    reach = max(1.5, *(heights.max() for heights in columns))
    for layer, (heights, count, label) in enumerate(zip(columns, units, labels)):
        _draw_neurons(ax, layer, heights, shortened=len(heights) < count)
        below = {"xytext": (0, -14), "textcoords": "offset points", "ha": "center", "va": "top"}
        ax.annotate(f"{label}\n{count:,}", (layer, -reach), size=SMALL, **below)
    ax.set(xlim=(-0.4, len(units) - 0.6), ylim=(-reach - 0.4, reach + 0.4))
    ax.set_axis_off()
    return ax


def _heights(count: int) -> np.ndarray:
    """Where the circles of a layer sit, centered on 0; a large layer leaves a gap in the middle."""
    if count <= CIRCLES:
        return (count - 1) / 2 - np.arange(count)
    return np.array([4.5, 3.25, 2, -2, -3.25, -4.5])


def _draw_neurons(ax: Axes, layer: int, heights: np.ndarray, shortened: bool) -> None:
    """The circles of one layer; below the input layer, the one that stands out is filled."""
    circles = {"marker": "o", "linestyle": "", "markersize": 13, "zorder": 3}
    ax.plot([layer] * len(heights), heights, color=PAPER, markeredgecolor=INK, markeredgewidth=1.3, **circles)
    if layer:
        ax.plot(layer, heights[len(heights) // 2], color=COLORS[0], **circles)
    if shortened:
        ax.text(layer, 0, "⋮", ha="center", va="center", size=18)


def _draw_lines(ax: Axes, layer: int, before: np.ndarray, after: np.ndarray, local: int | None) -> None:
    """The lines from one layer to the next; those into the neuron that stands out are dark."""
    lines: dict[bool, list] = {False: [], True: []}
    for j, height in enumerate(after):
        sees = before
        if local is not None:
            center = (j + 0.5) * len(before) / len(after) - 0.5
            start = int(np.clip(np.ceil(center - local / 2), 0, len(before) - local))
            sees = before[start : start + local]
        lines[j == len(after) // 2] += [[(layer - 1, other), (layer, height)] for other in sees]
    ax.add_collection(LineCollection(lines[False], colors=_tint(QUIET, 0.45), linewidths=0.9, zorder=1))
    ax.add_collection(LineCollection(lines[True], colors=COLORS[0], linewidths=1.8, zorder=2))


# --- Training ---


def learning_curves(ax: Axes, history: Mapping[str, Sequence[float]], metric: str = "loss") -> Axes:
    """Draw a metric over the epochs: training solid, validation (if recorded) dashed.

    Args:
        ax: Where to draw.
        history: The `history` dictionary of what `fit` returns: name -> one number an epoch.
        metric: The name to draw, such as "loss" or "accuracy"; "val_" + metric is added if present.

    Returns:
        ax

    Raises:
        TypeError: If `history` is not a mapping.
        ValueError: If `metric` is not in it, has no epochs, or holds NaN.
    """
    _check_axes(ax)
    if not isinstance(history, Mapping):
        advice = "Pass history.history, where history is what fit() returned."
        raise _wrong("history", "a dictionary", _kind(history), advice, TypeError)
    known = [key for key in history if not key.startswith("val_")]
    if metric not in known:
        raise _wrong("metric", f"one of {known}", repr(metric), "Name a metric that the model was compiled with.")
    ends = []
    for key, label, color, dash in ((metric, "training", 0, "-"), (f"val_{metric}", "validation", 1, "--")):
        if key in history:
            values = _numbers(f"history[{key!r}]", history[key], "one number an epoch", (1,))
            style = {"color": COLORS[color], "linestyle": dash, "marker": "o" if len(values) < 3 else None}
            ax.plot(np.arange(1, len(values) + 1), values, label=label, **style)
            ends.append((len(values), values[-1], label))
    ax.set(xlabel="epoch", ylabel=metric.replace("_", " "))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    ax.set_xlim(left=1 - min(0.9, 0.03 * len(values)))
    _label_ends(ax, ends)
    return ax


def _label_ends(ax: Axes, ends: Sequence[tuple[float, float, str]]) -> None:
    """Write each of at most two labels beside the point (x, y) where its line ends, not over the other."""
    low, high = ax.get_ylim()
    points = ax.get_position().height * ax.get_figure().get_figheight() * 72 / (high - low)  # a unit, about
    first, last = ends[0][1], ends[-1][1]
    apart = max(0, 13 - abs(last - first) * points) / 2 if len(ends) > 1 else 0
    place = {"textcoords": "offset points", "va": "center", "size": SMALL, "annotation_clip": False}
    for (x, y, label), sign in zip(ends, (-1, 1) if last >= first else (1, -1)):
        ax.annotate(label, (x, y), xytext=(6, sign * apart), **place)


def descent_path(
    ax: Axes,
    loss: Callable[[float, float], float],
    path: ArrayLike,
    w_range: tuple[float, float] | None = None,
    b_range: tuple[float, float] | None = None,
) -> Axes:
    """Draw the loss over two weights, darker where it is larger, and the points that a descent visited.

    Args:
        ax: Where to draw.
        loss: Takes two numbers w and b, gives one; called 61 × 61 times.
        path: Shape (n, 2), numbers: the visited (w, b), the start first.
        w_range: Lowest and highest w to draw; None fits the path.
        b_range: Lowest and highest b to draw; None fits the path.

    Returns:
        ax

    Raises:
        TypeError: If `path` or a range holds no numbers.
        ValueError: If `path` or a range has another shape or holds NaN, or if `loss` does not give
            one finite number.
    """
    _check_axes(ax)
    path = _points("path", path)
    w_range = _span(path[:, 0], 0.2) if w_range is None else _range("w_range", w_range)
    b_range = _span(path[:, 1], 0.2) if b_range is None else _range("b_range", b_range)
    w, b = np.meshgrid(np.linspace(*w_range, 61), np.linspace(*b_range, 61))
    values = _loss_values(loss, w, b)
    low, high = values.min(), values.max()
    if low < high:
        levels = low + (high - low) * np.linspace(0, 1, 15) ** 2  # closer where the loss is flat
        levels[-1] = high
        ax.contourf(w, b, values, levels=levels, cmap="Blues", alpha=0.75)
        ax.contour(w, b, values, levels=levels[1:-1], colors=PAPER, linewidths=0.8)
    ax.plot(*path.T, "o-", color=COLORS[1], linewidth=1.5, markeredgecolor=PAPER, markeredgewidth=0.7)
    _label_point(ax, "start", path[0], away_from=path[min(1, len(path) - 1)])
    if len(path) > 1:
        _label_point(ax, "end", path[-1], away_from=path[-2])
    ax.set(xlabel="w", ylabel="b", xlim=w_range, ylim=b_range)
    ax.grid(False)
    return ax


def _label_point(ax: Axes, label: str, point: np.ndarray, away_from: np.ndarray) -> None:
    """Write a label diagonally beside a point, on the side that does not face the other point."""
    side = np.where(point < away_from, -1, 1)
    place = {"ha": "left" if side[0] > 0 else "right", "va": "bottom" if side[1] > 0 else "top"}
    halo = [withStroke(linewidth=3, foreground=PAPER)]
    offset = {"xytext": tuple(5 * side), "textcoords": "offset points"}
    ax.annotate(label, point, size=SMALL, weight="bold", path_effects=halo, **offset, **place)


def _loss_values(loss: Callable, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The loss at each pair of w and b, checked."""
    expected = "a function that gives one finite number for each w and b"
    try:
        values = np.vectorize(loss, otypes=[float])(w, b)
    except (TypeError, ValueError) as error:
        raise _wrong("loss", expected, f"an error ({error})", "Try loss(0.0, 0.0).") from error
    if not np.isfinite(values).all():
        raise _wrong("loss", expected, "NaN or infinity", "Draw a smaller w_range and b_range.")
    return values


def function_curves(ax: Axes, functions: Mapping[str, Callable], low: float = -4, high: float = 4) -> Axes:
    """Draw functions of one number, such as activations or losses, each in its own dash and color.

    Args:
        ax: Where to draw; name its axes yourself.
        functions: Name -> function that takes a float32 array of shape (401,) and gives an array or
            tensor of the same shape; at most 6.
        low: Where the curves begin.
        high: Where they end.

    Returns:
        ax

    Raises:
        TypeError: If `functions` is not a mapping, or one of its values cannot be called.
        ValueError: If it is empty or has more than 6, `low` is not below `high`, or a function gives
            another shape, NaN or infinity.
    """
    _check_axes(ax)
    if not isinstance(functions, Mapping) or not all(map(callable, functions.values())):
        advice = 'Write, say, {"tanh": np.tanh}.'
        raise _wrong("functions", "a dictionary name -> function", _kind(functions), advice, TypeError)
    if not 1 <= len(functions) <= len(DASHES):
        raise _wrong("functions", f"1 to {len(DASHES)}", len(functions), "Draw the others on another Axes.")
    low, high = _range("low, high", (low, high))
    x = np.linspace(low, high, 401, dtype="float32")
    for (name, function), color, dash in zip(functions.items(), COLORS, DASHES):
        y = _numbers(f"{name}(x)", function(x), f"finite numbers of shape {x.shape}", (1,))
        if y.shape != x.shape:
            raise _wrong(f"{name}(x)", f"shape {x.shape}, as x has", y.shape, "Let it work on each element.")
        ax.plot(x, y, color=color, linestyle=dash, label=name)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), handlelength=3.2)
    return ax


# --- Predictions ---


def decision_boundary(
    ax: Axes,
    predict: Callable[[np.ndarray], ArrayLike],
    x: ArrayLike,
    y: ArrayLike,
    names: Names | None = None,
) -> Axes:
    """Shade the plane by the class a model predicts there, and draw the points over it.

    The shade is as strong as the model is sure; a dark line runs where it changes its mind.

    Args:
        ax: Where to draw; name its axes yourself.
        predict: Takes points of shape (n, 2), float32, and gives the class of each (integers of
            shape (n,)), the probability of class 1 (floats of shape (n,) or (n, 1)), or one
            probability or score a class (shape (n, classes)). Called once.
        x: Shape (n, 2), numbers: the points to draw.
        y: Shape (n,), integers from 0: their classes.
        names: The name of class 0, 1, ..., for the legend; None draws no legend.

    Returns:
        ax

    Raises:
        TypeError: If an argument holds the wrong kind of values.
        ValueError: If shapes do not fit, values are missing, or `predict` gives another shape or
            a "probability" outside 0..1.
    """
    _check_axes(ax)
    x = _points("x", x)
    y = _integers("y", y, len(x))
    labels = [f"class {i}" for i in range(y.max() + 1)] if names is None else _names("names", names)
    (left, right), (bottom, top) = _span(x[:, 0], 0.08), _span(x[:, 1], 0.08)
    across, up = np.meshgrid(np.linspace(left, right, 200), np.linspace(bottom, top, 200))
    points = np.stack([across.ravel(), up.ravel()], axis=1).astype("float32")
    scores = _class_scores(predict(points), len(points), len(labels)).reshape(200, 200, -1)
    ax.imshow(_shades(scores), extent=(left, right, bottom, top), origin="lower", aspect="auto")
    for index in range(scores.shape[-1] if scores.shape[-1] > 2 else 1):
        lead = scores[..., index] - np.delete(scores, index, axis=-1).max(axis=-1)
        if lead.min() < 0 < lead.max():
            ax.contour(across, up, lead, levels=[0], colors=INK, linewidths=1.4)
    ax.grid(False)
    class_scatter(ax, x, y, labels)
    if names is None:
        ax.get_legend().remove()
    return ax


def _class_scores(predicted: ArrayLike, points: int, classes: int) -> np.ndarray:
    """Bring what `predict` gave into shape (points, classes), the largest score winning."""
    name, expected = "predict(points)", f"shape ({points},), ({points}, 1) or ({points}, classes)"
    predicted = _numbers(name, predicted, expected, (1, 2))
    if len(predicted) != points:
        raise _wrong(name, expected, f"shape {predicted.shape}", "Give one answer for each row of its argument.")
    if predicted.ndim == 2 and predicted.shape[1] > 1:
        return predicted
    predicted = predicted.reshape(points)
    if predicted.dtype.kind in "iub":
        return np.eye(max(classes, int(predicted.max()) + 1, 2))[_integers(name, predicted)]
    if predicted.min() < 0 or predicted.max() > 1:
        received = f"{predicted.min():.3g} to {predicted.max():.3g}"
        advice = "Turn scores into probabilities first (sigmoid), or give integer classes."
        raise _wrong(name, "probabilities from 0 to 1", received, advice)
    return np.stack([1 - predicted, predicted], axis=1)


def _shades(scores: np.ndarray) -> np.ndarray:
    """Scores of shape (rows, columns, classes) as a picture: the winner's color, paler where it is less sure."""
    winner, classes = scores.argmax(axis=-1), scores.shape[-1]
    sure = np.ones(winner.shape)
    if scores.min() >= 0 and np.allclose(scores.sum(axis=-1), 1, atol=1e-3):
        sure = (scores.max(axis=-1) * classes - 1) / (classes - 1)
    colors = np.array([to_rgb(COLORS[i % len(COLORS)]) for i in range(classes)])
    return mix(colors[winner], 0.08 + 0.3 * sure)


def confusion_matrix(ax: Axes, matrix: ArrayLike, class_names: Names) -> Axes:
    """Draw how often each true class (row) was predicted as each class (column).

    Right answers, on the diagonal, are blue by their share of the row; mistakes are orange,
    the darkest for the mistake with the largest share of its row.

    Args:
        ax: Where to draw.
        matrix: Shape (classes, classes), integers from 0: the counts.
        class_names: One string or whole number a class.

    Returns:
        ax

    Raises:
        TypeError: If `matrix` holds no integers or `class_names` no names.
        ValueError: If `matrix` is not square, is empty or has negative counts, or the number of
            names differs.
    """
    _check_axes(ax)
    matrix = _integers("matrix", matrix, dimensions=2)
    if matrix.shape[0] != matrix.shape[1]:
        raise _wrong("matrix", "as many rows as columns", f"shape {matrix.shape}", "Count true against predicted.")
    class_names = _names("class_names", class_names, len(matrix))
    right = np.eye(len(matrix), dtype=bool)
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    share[~right] /= share[~right].max(initial=0) or 1
    cells = mix(np.where(right[..., None], to_rgb(COLORS[0]), to_rgb(COLORS[1])), share)
    ax.imshow(cells)
    light = cells**2.2 @ [0.2126, 0.7152, 0.0722]  # relative luminance: below 0.18 paper reads better than ink
    for (row, column), count in np.ndenumerate(matrix):
        color = PAPER if light[row, column] < 0.18 else INK if count else QUIET
        ax.text(column, row, str(count), ha="center", va="center", size=SMALL, color=color)
    long = max(map(len, class_names)) > 3
    slant = {"rotation": 45, "rotation_mode": "anchor", "ha": "right"} if long else {}
    ax.set_xticks(range(len(matrix)), class_names, **slant)
    ax.set_yticks(range(len(matrix)), class_names)
    ax.set(xlabel="predicted", ylabel="true")
    ax.tick_params(length=0)
    ax.grid(False)
    return ax


def probabilities(ax: Axes, p: ArrayLike, class_names: Names) -> Axes:
    """Draw the probabilities of one prediction as bars, the largest dark and its name bold.

    A figure that holds only this Axes grows taller if the names need it.

    Args:
        ax: Where to draw.
        p: Shape (classes,), floats from 0 to 1 that sum to 1.
        class_names: One string or whole number a class.

    Returns:
        ax

    Raises:
        TypeError: If `p` holds no numbers or `class_names` no names.
        ValueError: If `p` has another shape, holds NaN or is no probability distribution, or the
            number of names differs.
    """
    _check_axes(ax)
    p = _numbers("p", p, "shape (classes,), one prediction", (1,))
    class_names = _names("class_names", class_names, len(p))
    if p.min() < -1e-6 or abs(p.sum() - 1) > 1e-3:
        received = f"{p.min():.3g} to {p.max():.3g}, sum {p.sum():.3g}"
        advice = "Turn scores into probabilities first (softmax)."
        raise _wrong("p", "probabilities that sum to 1", received, advice)
    best, rows = int(p.argmax()), np.arange(len(p))
    _grow(ax, 0.24 * len(p) + 0.5)
    colors = [COLORS[0] if i == best else _tint(COLORS[0], 0.35) for i in rows]
    bars = ax.barh(rows, p, color=colors, height=0.7)
    numbers = ax.bar_label(bars, [f"{value:.2f}" for value in p], padding=4, size=SMALL)
    ax.set_yticks(rows, class_names)
    for text in (ax.get_yticklabels()[best], numbers[best]):
        text.set_fontweight("bold")
    ax.set(xlim=(0, 1), xlabel="probability")
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.grid(False, axis="y")
    return ax


# --- Checks ---


def _wrong(
    name: str, expected: str, received: Any, advice: str, kind: type[Exception] = ValueError
) -> Exception:
    """The error for a bad argument: what was expected, what was received, what to do."""
    return kind(f"{name}: expected {expected}, received {received}. {advice}")


def _kind(value: Any) -> str:
    """How an error names a thing that it received."""
    kind = type(value).__name__
    return f"{kind} of shape {tuple(value.shape)}" if hasattr(value, "shape") else kind


def _check_axes(ax: Axes) -> None:
    if not isinstance(ax, Axes):
        raise _wrong("ax", "one Axes", _kind(ax), "Pass the ax of fig, ax = plt.subplots().", TypeError)


def _numbers(name: str, value: ArrayLike, expected: str, dimensions: Sequence[int]) -> np.ndarray:
    """An array of finite numbers with one of the given numbers of dimensions, not empty."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        advice = "Give every row the same length."
        raise _wrong(name, expected, "rows of different lengths", advice) from error
    if array.dtype.kind not in "iufb":
        raise _wrong(name, f"numbers, {expected}", f"dtype {array.dtype}", "Convert them to numbers first.", TypeError)
    if array.ndim not in dimensions or array.size == 0:
        raise _wrong(name, expected, f"shape {array.shape}", "Check its shape, and that it is not empty.")
    missing = np.count_nonzero(~np.isfinite(array))
    if missing:
        raise _wrong(name, f"finite numbers, {expected}", f"{missing} NaN or infinite", "Remove or replace them first.")
    return array


def _points(name: str, value: ArrayLike) -> np.ndarray:
    """Finite points of shape (n, 2)."""
    points = _numbers(name, value, "points of shape (n, 2)", (2,))
    if points.shape[1] != 2:
        raise _wrong(name, "points of shape (n, 2)", f"shape {points.shape}", "Choose two columns.")
    return points


def _integers(name: str, value: ArrayLike, length: int | None = None, dimensions: int = 1) -> np.ndarray:
    """Integers from 0, as many as `length` if it is given."""
    array = _numbers(name, value, "integers from 0", (dimensions,))
    if array.dtype.kind == "f":
        raise _wrong(name, "integers", f"dtype {array.dtype}", "Convert it with .astype(int).", TypeError)
    if length is not None and len(array) != length:
        raise _wrong(name, f"{length} values, one a point", len(array), "Take both from the same rows.")
    if array.min() < 0:
        raise _wrong(name, "integers from 0", array.min(), "Count from 0.")
    return array.astype("int64")


def _whole(name: str, value: int) -> int:
    """One integer of at least 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise _wrong(name, "a whole number", repr(value), "Write, say, 3.", TypeError)
    if value < 1:
        raise _wrong(name, "at least 1", value, "Write, say, 3.")
    return int(value)


def _range(name: str, value: tuple[float, float]) -> tuple[float, float]:
    """Two finite numbers, the lower first."""
    pair = _numbers(name, value, "two numbers (low, high)", (1,))
    if len(pair) != 2 or not pair[0] < pair[1]:
        raise _wrong(name, "two numbers (low, high) with low < high", pair.tolist(), "Write, say, (-4, 4).")
    return float(pair[0]), float(pair[1])


def _names(name: str, value: Names, length: int | None = None) -> list[str]:
    """Names or whole numbers as strings, as many as `length` if it is given."""
    several = np.iterable(value) and not isinstance(value, str)
    if not several or not all(isinstance(item, str | int | np.integer) for item in value):
        raise _wrong(name, "a list of names or whole numbers", repr(value), "Write, say, ['cat', 'dog'].", TypeError)
    if length is not None and len(value) != length:
        raise _wrong(name, f"{length} names", len(value), "Give exactly one for each.")
    return [str(item) for item in value]


def _pictures(images: ArrayLike) -> tuple[np.ndarray, float, float]:
    """Pictures, at least 24 pixels wide, of shape (n, h, w) or (n, h, w, 3), and the ends of their color map."""
    images = _numbers("images", images, "shape (n, h, w), (n, h, w, 1) or (n, h, w, 3)", (3, 4))
    if images.ndim == 4 and images.shape[3] not in (1, 3):
        raise _wrong("images", "1 or 3 channels", f"shape {images.shape}", "Put the channels last.")
    whole, colored = images.dtype.kind in "iu", images.ndim == 4 and images.shape[3] == 3
    if (whole or colored) and (images.min() < 0 or images.max() > (255 if whole else 1)):
        received = f"{images.dtype} from {images.min()} to {images.max()}"
        raise _wrong("images", "integers in 0..255 or floats in 0..1", received, "Rescale them first.")
    images = images.astype("float32") / (255 if whole else 1)
    if not colored:
        images = images.reshape(images.shape[:3])
    larger = -(-24 // images.shape[2])
    images = images.repeat(larger, axis=1).repeat(larger, axis=2)
    reach = float(np.abs(images).max())
    return images, (-reach if images.min() < 0 else 0.0), (reach if images.min() < 0 else max(1.0, reach))


# --- Small helpers ---


def _span(values: np.ndarray, margin: float) -> tuple[float, float]:
    """From the smallest to the largest value, and a share `margin` of that more on both sides."""
    low, high = float(values.min()), float(values.max())
    extra = (high - low) * margin or 1.0
    return low - extra, high + extra


def mix(colors: ArrayLike, strength: ArrayLike) -> np.ndarray:
    """Return colors mixed into the page.

    Args:
        colors: Red, green and blue from 0 to 1, shape (..., 3).
        strength: From 0, the page, to 1, the color; shape (...).

    Returns:
        Red, green and blue from 0 to 1, shape (..., 3).
    """
    strength = np.asarray(strength)[..., None]
    return strength * np.asarray(colors) + (1 - strength) * np.array(to_rgb(PAPER))


def _tint(color: str, strength: float) -> tuple[float, ...]:
    """One color mixed into the page."""
    return tuple(mix(np.array(to_rgb(color)), strength))


def _grow(ax: Axes, inches: float) -> None:
    """Make the figure at least this tall, if it holds nothing else."""
    figure = ax.get_figure()
    if figure.axes == [ax] and figure.get_figheight() < inches:
        figure.set_figheight(inches)
