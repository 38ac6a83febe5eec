"""One neuron over two inputs: its weights, its bias, its activation, and the surface of its outputs."""

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import ArrayLike

from companion.explore import explorable
from companion.explore.explorable import Choice, Explorable, Slider
from companion.explore.picture import Dots, Line, Picture, Plot, Raster, View, tints
from companion.plots import COLORS, INK, QUIET

REACH = 3.0  # both inputs go from -REACH to REACH
ACTIVATIONS = ("relu", "sigmoid", "tanh", "linear")
FAR = 1000.0  # from the middle: well outside of the picture
CELLS = 61  # of the surface, in each direction


def activate(activation: str, total: ArrayLike) -> np.ndarray:
    """Return what an activation makes of a weighted sum.

    Args:
        activation: "relu", "sigmoid", "tanh" or "linear".
        total: The sum or sums, any shape.

    Returns:
        float64, the same shape.

    Raises:
        ValueError: If there is no such activation.
    """
    total = np.asarray(total, dtype="float64")
    match activation:
        case "relu":
            return np.maximum(total, 0.0)
        case "sigmoid":
            return 0.5 * (1.0 + np.tanh(total / 2))  # 1 / (1 + exp(-total)), for any total
        case "tanh":
            return np.tanh(total)
        case "linear":
            return total
    raise ValueError(f"activation: expected one of {', '.join(ACTIVATIONS)}, received {activation!r}. Choose one of them.")


def output(x: ArrayLike, weights: ArrayLike, bias: float, activation: str) -> np.ndarray:
    """Return the output of a neuron with two inputs.

    Args:
        x: Inputs, shape (..., 2).
        weights: Shape (2,).
        bias: Added to the sum of the products.
        activation: "relu", "sigmoid", "tanh" or "linear".

    Returns:
        float64 of shape (...).
    """
    return activate(activation, np.asarray(x) @ np.asarray(weights) + bias)


def border(w1: float, w2: float, bias: float) -> list[tuple[list[float], list[float]]]:
    """Return the line on which the weighted sum is 0: input 1 and input 2 of two points on it, far apart.

    Returns:
        [([x1, x1], [x2, x2])], or [] if both weights are 0 and there is no such line.
    """
    length = float(np.hypot(w1, w2))
    if length == 0:
        return []
    across, up = w1 / length, w2 / length
    x1, x2 = -bias / length * across, -bias / length * up
    return [([x1 - FAR * up, x1 + FAR * up], [x2 + FAR * across, x2 - FAR * across])]


def view(values: dict[str, float | str]) -> View:
    """Return the picture and the words of one neuron.

    Args:
        values: The inputs "x1" and "x2", the weights "w1" and "w2", the "bias", and the name of the "activation".
    """
    x1, x2, w1, w2, bias, activation = (values[name] for name in ("x1", "x2", "w1", "w2", "bias", "activation"))
    total = x1 * w1 + x2 * w2 + bias
    answer = float(activate(activation, total))
    words = (
        f"{_term(x1, w1)} + {_term(x2, w2)} + {_signed(bias)} = {_number(total)}, "
        f"and {activation} makes {_number(answer)} of it. {_behaviour(w1, w2, bias, activation)}"
    )
    return View(Picture([_surface(values), _curve(activation, total, answer)], widths=(1.15, 1), height=300), words)


# What the surface shows where all sums are negative, and where all are positive.
_ONE_SIDED = {
    "relu": ("the neuron is silent", "the bend is out of sight"),
    "sigmoid": ("the output stays below 0.5", "the output stays above 0.5"),
    "tanh": ("the output stays below 0", "the output stays above 0"),
    "linear": ("the output is negative, too", "the output is positive, too"),
}


def _behaviour(w1: float, w2: float, bias: float, activation: str) -> str:
    """What the surface looks like, in words."""
    if w1 == w2 == 0:
        return "Both weights are 0, so the inputs have no say: the output is the same everywhere."
    steepest = REACH * (abs(w1) + abs(w2))
    if abs(bias) > steepest:
        side = "positive" if bias > 0 else "negative"
        return f"The sum is {side} everywhere in this picture, so {_ONE_SIDED[activation][bias > 0]}."
    lowest, highest = (_number(float(activate(activation, bias + end))) for end in (-steepest, steepest))
    climbs = f"across it the output climbs, in this picture from {lowest} to {highest}"
    beyond = {
        "relu": f"{_dark_side(w1, w2)} the neuron responds, and beyond the line it is silent",
        "sigmoid": climbs,
        "tanh": climbs,
        "linear": "without a bend the output is a slope that never ends",
    }
    return f"The dashed line, where the sum is 0, {_course(w1, w2, bias)}; {beyond[activation]}."


def _course(w1: float, w2: float, bias: float) -> str:
    """How the line runs on which the sum is 0."""
    if w2 == 0:
        return f"stands upright at input 1 = {_number(-bias / w1)}"
    if w1 == 0:
        return f"lies level at input 2 = {_number(-bias / w2)}"
    return f"{'rises' if w1 * w2 < 0 else 'falls'} to the right, through input 2 = {_number(-bias / w2)} at input 1 = 0"


def _dark_side(w1: float, w2: float) -> str:
    """The side of the line on which the sum is positive."""
    if w2 == 0:
        return "to its right" if w1 > 0 else "to its left"
    return "above it" if w2 > 0 else "below it"


def _surface(values: dict[str, float | str]) -> Plot:
    """The output over the plane of the two inputs, from above."""
    side = np.linspace(-REACH, REACH, CELLS)
    x = np.stack(np.meshgrid(side, side), axis=-1)
    weights, bias = (values["w1"], values["w2"]), values["bias"]
    heights = output(x, weights, bias, values["activation"])
    marks = [Raster(_shades(heights), (-REACH, REACH), (-REACH, REACH), smooth=True)]
    marks += [Line(*ends, color=INK, width=1.5, dash="dashed") for ends in border(*weights, bias)]
    here = Dots([values["x1"]], [values["x2"]], color=COLORS[1], marker="diamond", size=12, label="the input")
    ends = (-REACH, REACH)
    return Plot([*marks, here], ends, ends, "output: dark is high", "input 1", "input 2", equal=True)


def _shades(heights: np.ndarray) -> np.ndarray:
    """Outputs as colors: 0 is the page, positive ones are blue, negative ones orange, as strong as they are large."""
    strength = 0.85 * np.abs(heights) / max(1.0, np.abs(heights).max())
    color = np.where(heights[..., None] > 0, to_rgb(COLORS[0]), to_rgb(COLORS[1]))
    return tints(color, strength)


def _curve(activation: str, total: float, answer: float) -> Plot:
    """The activation as a curve, with the point at which this neuron stands."""
    reach = max(4.0, 1.1 * abs(total))
    sums = np.linspace(-reach, reach, 121)
    outputs = activate(activation, sums)
    low, high = min(-0.25, 1.1 * float(outputs.min())), max(1.25, 1.05 * float(outputs.max()))
    marks = [
        Line([total, total, -reach], [low, answer, answer], color=QUIET, width=1, dash="dotted"),
        Line(sums, outputs, color=COLORS[0]),
        Dots([total], [answer], color=COLORS[1], marker="diamond", size=12),
    ]
    return Plot(marks, (-reach, reach), (low, high), f"activation: {activation}", "weighted sum", "output")


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−").replace("−0.00", "0.00")


def _signed(value: float) -> str:
    """A number with parentheses if it is negative, to stand after a sign."""
    return f"({_short(value)})" if value < 0 else _short(value)


def _short(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _term(x: float, w: float) -> str:
    return f"{_signed(x)} · {_signed(w)}"


def make() -> Explorable:
    """Return the explorable, not yet displayed."""
    controls = [
        Slider("w1", "weight 1", -3, 3, 0.1, 1.5),
        Slider("x1", "input 1", -REACH, REACH, 0.1, 1.0),
        Slider("w2", "weight 2", -3, 3, 0.1, -1.0),
        Slider("x2", "input 2", -REACH, REACH, 0.1, 0.5),
        Slider("bias", "bias", -5, 5, 0.1, 0.5),
        Choice("activation", "activation", ACTIVATIONS, "relu"),
    ]
    return Explorable("One neuron with two inputs", controls, view)


def show() -> None:
    """Display one neuron with two inputs: weights, bias, activation, and what it makes of every input."""
    explorable.show(make())
