"""Add and remove layers: the diagram, the code it stands for, and what a network of them draws after training.

    toys = {"ring": (x_ring, y_ring, x_new, y_new)}
    layers.show(train_toy, toys)      # train_toy(hidden, activation, x, y) is the notebook's, and gives a model

Diagram and code are made of the controls alone. Whatever was trained comes out of the notebook's own function, and
only when “Train it” is pressed (and once at the start).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from companion import messages, plots
from companion.explore import explorable
from companion.explore.explorable import Button, Choice, Explorable, Scale, Slider
from companion.explore.picture import Arrow, Box, Dots, Line, Picture, Plot, Raster, Text, View, tints

_COUNTED = ("first", "second", "third")
MOST_LAYERS = len(_COUNTED)
UNITS = (1, 2, 3, 4, 8, 16, 32)
ACTIVATIONS = ("linear", "relu", "tanh", "sigmoid")
START: dict[str, Any] = {"hidden": (8,), "activation": "relu"}
SIDE = 61  # a trained network is asked at so many places across the picture, and as many up
SHOWN = 240  # points of a toy in the picture; more would hide the boundary

Train = Callable[[list[int], str, np.ndarray, np.ndarray], Any]
Network = tuple[tuple[int, ...], str]


# --- What Keras would build ---


class Layer(NamedTuple):
    """One layer of a network for points in the plane, as Keras counts it.

    Attributes:
        kind: "Input" or "Dense".
        units: How many numbers it gives out for each example.
        activation: What comes after the sum; "" of the input.
        sees: How many numbers it takes in; 0 of the input.
    """

    kind: str
    units: int
    activation: str
    sees: int

    @property
    def shape(self) -> tuple[None, int]:
        """The output shape; None is the number of examples, which is left open."""
        return (None, self.units)

    @property
    def parameters(self) -> int:
        """A weight for each pair of a number that comes in and a neuron, and a bias for each neuron."""
        return self.sees * self.units + self.units * (self.kind == "Dense")


def stack(hidden: Sequence[int], activation: str) -> tuple[Layer, ...]:
    """Return the layers of a network from input to output: two numbers in, one probability out.

    Args:
        hidden: The units of each hidden layer; () is none.
        activation: Of the hidden layers: "linear", "relu", "tanh" or "sigmoid".
    """
    widths = (2, *hidden, 1)
    names = (*[activation] * len(hidden), "sigmoid")
    dense = [Layer("Dense", units, name, sees) for units, name, sees in zip(widths[1:], names, widths, strict=False)]
    return (Layer("Input", 2, "", 0), *dense)


def keras_code(hidden: Sequence[int], activation: str) -> str:
    """Return the Keras code of the network of `stack`, ready to run."""
    dense = [
        f'    keras.layers.Dense({layer.units}, activation="{layer.activation}"),'
        for layer in stack(hidden, activation)[1:]
    ]
    lines = ["import keras", "", "model = keras.Sequential([", "    keras.Input(shape=(2,)),", *dense, "])"]
    return "\n".join(lines)


def name_of(hidden: Sequence[int], activation: str) -> str:
    """Return how the words call a network: "[8, 8] tanh", or "no hidden layer"."""
    return f"[{', '.join(map(str, hidden))}] {activation}" if hidden else "no hidden layer"


# --- Points, and what a trained network says of them ---


class NoModel(ValueError):
    """What should be a trained model is none, or another one; the text says what it is, after “It gave”."""


class Toy(NamedTuple):
    """Points in the plane, in two groups.

    Attributes:
        x: The points to learn from, shape (n, 2), float32.
        y: The group of each, 0 or 1, shape (n,).
        x_new: Points that no network learns from, shape (m, 2), float32.
        y_new: The group of each, shape (m,).
    """

    x: np.ndarray
    y: np.ndarray
    x_new: np.ndarray
    y_new: np.ndarray

    @property
    def ends(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The ranges of a square picture that all points to learn from lie in: across, and up."""
        low, high = self.x.min(axis=0).astype("float64"), self.x.max(axis=0).astype("float64")
        middle, half = (low + high) / 2, float((high - low).max() or 1.0) * 0.54
        (left, bottom), (right, top) = (middle - half).tolist(), (middle + half).tolist()
        return (left, right), (bottom, top)


@dataclass(frozen=True)
class Result:
    """What a trained network says of a toy.

    Attributes:
        own: The share of right answers on the points that it learned from.
        new: The share of right answers on the new points.
        colors: Shape (61, 61, 3), uint8: the plane, blue for group 0 and orange for group 1, paler where less sure;
            the first row is the lowest.
        lines: Where it changes its answer: the corners of each line, shape (corners, 2).
        closed: Whether there is a line, and each ends where it begins.
    """

    own: float
    new: float
    colors: np.ndarray
    lines: tuple[np.ndarray, ...]
    closed: bool


def judge(model: Callable[[np.ndarray], ArrayLike], toy: Toy) -> Result:
    """Ask a trained model, in a single call, about the whole picture and about the points of a toy.

    Args:
        model: Takes points of shape (n, 2), float32; gives the probability of group 1, shape (n,) or (n, 1).
        toy: The points.

    Raises:
        NoModel: If the answers have another shape, or are no probabilities.
    """
    (left, right), (bottom, top) = toy.ends
    across, up = np.linspace(left, right, SIDE), np.linspace(bottom, top, SIDE)
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2).astype("float32")
    asked = np.concatenate([grid, toy.x, toy.x_new])
    plane, own, new = np.split(_probabilities(model(asked), len(asked)), [len(grid), len(grid) + len(toy.x)])
    plane = plane.reshape(SIDE, SIDE)
    lines = _lines(across, up, plane)
    return Result(
        own=float(np.mean((own > 0.5) == toy.y)),
        new=float(np.mean((new > 0.5) == toy.y_new)),
        colors=_shades(plane),
        lines=lines,
        closed=bool(lines) and all(_ends_where_it_begins(line) for line in lines),
    )


def _probabilities(answers: ArrayLike, points: int) -> np.ndarray:
    """The answers in shape (points,), or NoModel."""
    answers = np.asarray(answers)
    if answers.shape not in ((points,), (points, 1)):
        raise NoModel(f"a model that answers in shape {answers.shape} for {points} points, not ({points}, 1)")
    if answers.dtype.kind not in "iufb" or not np.isfinite(answers).all():
        raise NoModel("a model some of whose answers are no numbers")
    answers = answers.reshape(points).astype("float64")
    if answers.min() < 0 or answers.max() > 1:
        received = f"{answers.min():.3g} to {answers.max():.3g}"
        raise NoModel(f"a model that answers {received}, which are no probabilities from 0 to 1".replace("-", "−"))
    return answers


def _lines(across: np.ndarray, up: np.ndarray, plane: np.ndarray) -> tuple[np.ndarray, ...]:
    """Where the probability passes 0.5: one array of corners for each line."""
    drawn = Figure().add_subplot().contour(across, up, plane, levels=[0.5]).get_paths()
    return tuple(line for path in drawn for line in path.to_polygons(closed_only=False) if len(line) > 1)


def _shades(plane: np.ndarray) -> np.ndarray:
    """Probabilities as colors, like those of `plots.decision_boundary`."""
    strength = 0.08 + 0.3 * np.abs(2 * plane - 1)
    color = np.where((plane > 0.5)[..., None], to_rgb(plots.COLORS[1]), to_rgb(plots.COLORS[0]))
    return tints(color, strength)


# --- The picture ---

_SHADED = to_hex(tints(plots.COLORS[0], 0.16) / 255)
_GROUPS = ((plots.COLORS[0], "circle"), (plots.COLORS[1], "triangle"))
_HEIGHT = 310
_WIDTHS = (450, 270)
# The diagram, in pixels: how wide and tall a layer is, from one to the next, and where columns begin and end.
_BOX_WIDTH, _BOX_HEIGHT, _PITCH, _SHAPE_AT, _END = 192, 38, 51, 206, 424


class Workbench:
    """A row of layers to change, and the results of those that were trained.

    Attributes:
        trained: The result of each network that was trained, for each toy by its name.
    """

    def __init__(self, train: Train, toys: Mapping[str, Toy]) -> None:
        """Train the network to start with, once, on the first toy.

        Args:
            train: The notebook's function: takes the units of each hidden layer, the activation, points and groups;
                gives a trained model.
            toys: The points by their name.
        """
        self._train, self._toys = train, toys
        self.trained: dict[str, dict[Network, Result]] = {name: {} for name in toys}
        self._latest: dict[str, Network] = {}
        self._presses = 0
        self._failure = self._learn(next(iter(toys)), START["hidden"], START["activation"])

    def view(self, values: Mapping[str, Any]) -> View:
        """Draw the network that the controls stand for; if “Train it” was pressed since, train it first."""
        hidden = tuple(values[f"units_{place + 1}"] for place in range(values["layers"]))
        activation, data = values["activation"], values["data"]
        failure, self._failure = self._failure, ""
        if values["train"] != self._presses:
            self._presses = values["train"]
            failure = self._learn(data, hidden, activation)
        layers = stack(hidden, activation)
        plots_ = [_diagram(layers), self._plane(data, hidden, activation)]
        words = f"{_total(layers):,} parameters. {failure or self._says(data, hidden, activation)}"
        return View(Picture(plots_, widths=_WIDTHS, height=_HEIGHT), words, keras_code(hidden, activation))

    def _learn(self, data: str, hidden: tuple[int, ...], activation: str) -> str:
        """Let the notebook's function train, and keep the result; return what went wrong, or ""."""
        toy, name = self._toys[data], messages.one_line(getattr(self._train, "__name__", "your function"), 30)
        try:
            model = self._train(list(hidden), activation, toy.x.copy(), toy.y.copy())
            _check_model(model, stack(hidden, activation))
            result = judge(model, toy)
        except NoModel as error:
            return f"Training brought no new boundary: {name} gave {error}."
        except Exception as error:
            told = messages.one_line(f"{type(error).__name__}: {messages.of_error(error)}", 110).rstrip(".")
            return f"Training brought no new boundary: it stopped with {told}."
        network = _network(hidden, activation)
        self.trained[data][network] = result
        self._latest[data] = network
        return ""

    def _found(self, data: str, hidden: tuple[int, ...], activation: str) -> tuple[Network, Result | None]:
        """The network whose boundary is shown: this one if it was trained, else the latest that was."""
        network = _network(hidden, activation)
        if network not in self.trained[data]:
            network = self._latest.get(data, network)
        return network, self.trained[data].get(network)

    def _plane(self, data: str, hidden: tuple[int, ...], activation: str) -> Plot:
        """The points, and the boundary if there is one: dashed and pale if it is that of another network."""
        network, result = self._found(data, hidden, activation)
        own, toy = network == _network(hidden, activation), self._toys[data]
        marks: list[Any] = []
        title, below = "no boundary yet", ""
        if result is not None:
            colors = result.colors if own else _paler(result.colors)
            marks.append(Raster(colors, *toy.ends, smooth=True))
            look = {"width": 2.0, "dash": "solid"} if own else {"width": 1.5, "dash": "dashed"}
            marks += [Line(*line.T, **look) for line in result.lines]
            title = f"boundary: {name_of(*network)}"
            below = f"{'that' if own else 'not that'} of the network beside it"
        x, y = toy.x[:SHOWN], toy.y[:SHOWN]
        for group, (color, marker) in enumerate(_GROUPS):
            marks.append(Dots(*x[y == group].T, color=color, marker=marker, size=6, label=f"group {group}"))
        return Plot(marks, *toy.ends, title=title, x_label=below, x_ticks=(), y_ticks=(), equal=True)

    def _says(self, data: str, hidden: tuple[int, ...], activation: str) -> str:
        """What there is to see, in words."""
        network, result = self._found(data, hidden, activation)
        if result is None:
            return f"No network has learned from {data} yet: press “Train it”."
        if network != _network(hidden, activation):
            other = f"The boundary on {data} is that of another network, {name_of(*network)}"
            return f"{other}: press “Train it” for this one."
        own, new = f"{result.own:.1%} of its own points right", f"{result.new:.1%} of new ones"
        return f"Trained on {data}, it gets {own}, and {new}. {_shape_in_words(result, straight=not hidden or activation == 'linear')}"


def _network(hidden: tuple[int, ...], activation: str) -> Network:
    """What a network is known by: without a hidden layer no activation is left to choose."""
    return hidden, activation if hidden else ""


def _check_model(model: Any, layers: Sequence[Layer]) -> None:
    """Raise NoModel if the notebook's function gave none, or plainly another one."""
    if not callable(model):
        raise NoModel(f"{messages.of(model)} instead of a model, as if it did not end with return".replace("`", ""))
    count = getattr(model, "count_params", None)
    if callable(count) and count() != _total(layers):
        raise NoModel(f"a model of {count():,} parameters, not of {_total(layers):,}")


def _ends_where_it_begins(line: np.ndarray) -> bool:
    return bool(np.allclose(line[0], line[-1]))


def _shape_in_words(result: Result, straight: bool) -> str:
    """How the boundary runs."""
    if not result.lines:
        return "It gives one and the same answer all over the picture."
    if straight:
        return "Its boundary is one straight line, as nothing bends."
    many = len(result.lines) > 1
    if result.closed:
        return "Its boundary is made of closed lines." if many else "Its boundary is a closed line."
    if any(_ends_where_it_begins(line) for line in result.lines):
        return "Its boundary is made of several lines: some are closed, some run out of the picture."
    if many:
        return f"Its boundary is made of {len(result.lines)} lines that run out of the picture."
    return "Its boundary is open: it runs out of the picture."


def _paler(colors: np.ndarray) -> np.ndarray:
    """The same colors, halfway to the page."""
    return tints(colors / 255, np.full(colors.shape[:2], 0.5))


def _total(layers: Sequence[Layer]) -> int:
    return sum(layer.parameters for layer in layers)


def _diagram(layers: Sequence[Layer]) -> Plot:
    """A box for each layer with a dot for each neuron, and columns for shape and parameters."""
    head = {"align": "left", "size": 11, "color": plots.QUIET}
    marks: list[Any] = [
        Text(0, 6, "layer, and its numbers as dots", **head),
        Text(_SHAPE_AT, 6, "output shape", **head),
        Text(_END, 6, "parameters", **head | {"align": "right"}),
    ]
    for place, layer in enumerate(layers):
        middle = 37 + _PITCH * place
        marks += _row(layer, middle)
        if place > 0:
            below, above = middle - _PITCH + _BOX_HEIGHT / 2, middle - _BOX_HEIGHT / 2
            marks.append(Arrow(_BOX_WIDTH / 2, below, _BOX_WIDTH / 2, above, plots.QUIET))
    title = f"the network: {_total(layers):,} parameters in all"
    return Plot(marks, x=(0, _END), y=(268, 0), title=title, x_ticks=(), y_ticks=())


def _row(layer: Layer, middle: float) -> list[Any]:
    """One layer, its middle at this height."""
    dense = layer.kind == "Dense"
    detail = f"{layer.units} unit{'s' * (layer.units != 1)}, {layer.activation}" if dense else f"{layer.units} numbers"
    count = f"{layer.sees} × {layer.units} + {layer.units} = {layer.parameters:,}" if dense else "–"
    return [
        Box(1, middle - _BOX_HEIGHT / 2, _BOX_WIDTH, _BOX_HEIGHT, fill=_SHADED if dense else plots.PAPER),
        Text(9, middle - 7, layer.kind, "left", bold=True),
        Text(_BOX_WIDTH - 7, middle - 7, detail, "right", size=11),
        Dots(12 + 5.6 * np.arange(layer.units), np.full(layer.units, middle + 9), size=5),
        Text(_SHAPE_AT, middle, f"(batch, {layer.units})", "left"),
        Text(_END, middle, count, "right"),
    ]


# --- On the page ---


def make(train: Train, toys: Mapping[str, Sequence[ArrayLike]]) -> Explorable:
    """Return the explorable; the network to start with is trained once, by the function that is handed in.

    Args:
        train: Takes the units of each hidden layer (a list), the name of their activation, points of shape (n, 2) and
            their groups of shape (n,); gives a trained model, which takes such points and gives the probability of
            group 1.
        toys: Name -> (x, y, x_new, y_new): points to learn from, shape (n, 2), with their groups, 0 or 1, and new
            points with theirs. The first is shown first.

    Raises:
        TypeError: If `train` cannot be called, or `toys` is no dictionary of such points.
        ValueError: If `toys` is empty, or shapes or values do not fit.
    """
    if not callable(train):
        raise TypeError(f"train: expected a function, received {messages.of(train)}. Pass it without brackets.")
    given = explorable.named("toys", toys, "Write {'ring': (x, y, x_new, y_new)}.")
    checked = {name: _toy(f"toys[{name!r}]", toy) for name, toy in given.items()}
    names = tuple(checked)
    controls = [
        Slider("layers", "Hidden layers", 0, MOST_LAYERS, 1, len(START["hidden"])),
        *[Scale(f"units_{i + 1}", f"Units in {word}", UNITS, 8) for i, word in enumerate(_COUNTED)],
        Choice("activation", "Their activation", ACTIVATIONS, START["activation"]),
        Choice("data", "Points", names, names[0]),
        Button("train", "Train it"),
    ]
    return Explorable("Add and remove layers", controls, Workbench(train, checked).view)


def show(train: Train, toys: Mapping[str, Sequence[ArrayLike]]) -> None:
    """Display the explorable once; arguments as those of `make`."""
    made = make(train, toys)
    hidden, activation = START["hidden"], START["activation"]
    layers = stack(hidden, activation)
    shapes = ", then ".join(f"{layer.kind} with {_counted(layer.units)}" for layer in layers)
    drawn = f"Left, the network from input to output: {shapes}; {_total(layers):,} parameters in all."
    beside = f"Right, the points of {next(iter(toys))} and the boundary that {name_of(hidden, activation)} has learned."
    explorable.show(made, alt=f"{drawn} {beside}")


def _counted(units: int) -> str:
    return f"{units} number{'s' * (units != 1)}"


def _toy(name: str, toy: Sequence[ArrayLike]) -> Toy:
    """The four arrays of a toy, checked."""
    if not isinstance(toy, list | tuple) or len(toy) != 4:
        received = messages.of(toy)
        raise TypeError(f"{name}: expected four arrays (x, y, x_new, y_new), received {received}. Give new points, too.")
    x, y, x_new, y_new = map(np.asarray, toy)
    for points, groups in ((x, y), (x_new, y_new)):
        if points.ndim != 2 or points.shape[1] != 2 or groups.shape != (len(points),) or not len(points):
            received = f"{points.shape} and {groups.shape}"
            raise ValueError(f"{name}: expected shapes (n, 2) and (n,), received {received}. Take both from the same rows.")
        if points.dtype.kind not in "iuf" or not np.isfinite(points).all() or not np.isin(groups, (0, 1)).all():
            expected = "finite points, and groups 0 and 1"
            raise ValueError(f"{name}: expected {expected}, received others. Remove or replace them.")
    return Toy(x.astype("float32"), y.astype("int64"), x_new.astype("float32"), y_new.astype("int64"))
