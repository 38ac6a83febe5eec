"""A walk down a loss surface of two weights: what optimizer, learning rate, momentum and start make of it.

    path = walk(gradient_at, (0.0, 0.0), "momentum", 0.02, 0.7, steps=30)     # shape (31, 2)
    show(loss_at, gradient_at)

The surface is the caller's: `loss_at(w, b)` gives one number, `gradient_at(w, b)` an array of two.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from companion import messages
from companion.explore import explorable
from companion.explore.explorable import Choice, Explorable, Scale, Slider
from companion.explore.picture import Arrow, Dots, Line, Mark, Picture, Plot, Range, Raster, View, tints
from companion.plots import COLORS, INK, PAPER, QUIET

Loss = Callable[[float, float], float]
Gradient = Callable[[float, float], ArrayLike]

OPTIMIZERS = ("plain SGD", "momentum", "Adam")
RATES = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.18, 0.19,
    0.2, 0.205, 0.21, 0.215, 0.22, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0,
)  # fmt: skip
MOMENTA = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99)
MOST_STEPS = 60
FAR = 1e9  # a walk ends where a weight gets this large
BANDS = 14  # contour lines of the surface, and one


# --- The walk ---


def walk(
    gradient_at: Gradient, start: ArrayLike, optimizer: str, learning_rate: float, momentum: float, steps: int
) -> np.ndarray:
    """Return the points that a descent visits, as Keras' optimizers take it (source: Keras' SGD and Adam).

    Args:
        gradient_at: Takes w and b, gives the two slopes of the loss.
        start: w and b, two numbers.
        optimizer: "plain SGD", "momentum" or "Adam" (with the shares 0.9 and 0.999, and epsilon 1e-7).
        learning_rate: Above 0.
        momentum: From 0 up to, not including, 1. Only the optimizer "momentum" uses it.
        steps: How many, from 0.

    Returns:
        float64 of shape (steps + 1, 2), the start first, always finite. A walk ends where a weight would get larger
        than 1e9 (it is cut there) or where the gradient is no number; the points after that repeat the last one.

    Raises:
        ValueError: If an argument lies outside of what is said above.
    """
    _check_optimizer(optimizer)
    if not 0 < learning_rate < np.inf:
        _refuse("learning_rate", "a number above 0", messages.of(learning_rate), "Write, say, 0.1.")
    if not 0 <= momentum < 1:
        _refuse("momentum", "a number from 0 up to, not including, 1", messages.of(momentum), "Write, say, 0.9.")
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 0:
        _refuse("steps", "a whole number from 0", messages.of(steps), "Write, say, 20.")
    path = np.empty((steps + 1, 2))
    path[0] = _point(start)
    m = v = np.zeros(2)
    for t in range(1, steps + 1):
        path[t] = path[t - 1]
        gradient = _slopes(gradient_at, *path[t])
        if np.abs(path[t]).max() >= FAR or not np.isfinite(gradient).all():
            continue  # the walk has ended
        if optimizer == "Adam":
            m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
            move = -learning_rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-7)
        else:
            m = (momentum if optimizer == "momentum" else 0.0) * m - learning_rate * gradient
            move = m
        reached = path[t] + move
        path[t] = reached * min(1.0, FAR / np.abs(reached).max(initial=1.0))
    return path


def _check_optimizer(optimizer: str) -> None:
    if optimizer not in OPTIMIZERS:
        _refuse("optimizer", f"one of {', '.join(OPTIMIZERS)}", messages.of(optimizer), "Choose one of them.")


def _point(start: ArrayLike) -> np.ndarray:
    """Two finite weights."""
    try:
        point = np.asarray(start, dtype="float64")
    except (TypeError, ValueError):
        point = np.empty(0)
    if point.shape != (2,) or not np.isfinite(point).all():
        _refuse("start", "two numbers, w and b", messages.of(start), "Write, say, (0.0, 0.0).")
    return point.clip(-FAR, FAR)


def _slopes(gradient_at: Gradient, w: float, b: float) -> np.ndarray:
    """The gradient, at most 1e100 long so that its square is a number; NaN where arithmetic fails."""
    try:
        with np.errstate(all="ignore"):
            slopes = np.asarray(gradient_at(w, b), dtype="float64")
    except ArithmeticError:
        return np.full(2, np.nan)
    return np.clip(slopes, -1e100, 1e100)


def _height(loss_at: Loss, w: float, b: float) -> float:
    """The loss, at most 1e100; that too where arithmetic fails."""
    try:
        with np.errstate(all="ignore"):
            return float(np.nan_to_num(float(loss_at(w, b)), nan=1e100).clip(-1e100, 1e100))
    except ArithmeticError:
        return 1e100


# --- The surface ---


@dataclass(frozen=True)
class Surface:
    """A loss over two weights, surveyed once.

    Attributes:
        loss_at: Takes w and b, gives the loss.
        gradient_at: Takes w and b, gives the two slopes of the loss.
        w_range: The ends of the picture.
        b_range: The ends of the picture.
        heights: The loss on a grid over the picture, shape (61, 61): b in rows, w in columns.
        lowest: The point of the picture with the lowest loss, (w, b).
        low: The loss there.
        ground: What stands still in the picture: shades, contour lines.
    """

    loss_at: Loss
    gradient_at: Gradient
    w_range: Range
    b_range: Range
    heights: np.ndarray
    lowest: np.ndarray
    low: float
    ground: tuple[Mark, ...]


def survey(loss_at: Loss, gradient_at: Gradient, w_range: Range = (-1.0, 2.0), b_range: Range = (-0.6, 1.4)) -> Surface:
    """Return the surface of a loss: its shades, its contour lines and its lowest point.

    Args:
        loss_at: Takes w and b, gives one number; called about 6,000 times.
        gradient_at: Takes w and b, gives two numbers: how much the loss rises with each.
        w_range: The lowest and the highest w of the picture.
        b_range: The lowest and the highest b of the picture.

    Raises:
        TypeError: If one of the first two is no function, or a range does not hold two numbers.
        ValueError: If a range is empty, if a function fails, gives another shape, or NaN somewhere in the picture, or
            if the surface has no lowest point inside the picture.
    """
    for name, function in (("loss_at", loss_at), ("gradient_at", gradient_at)):
        if not callable(function):
            _refuse(name, "a function of w and b", messages.of(function), f"Pass {name} itself, without ().", TypeError)
    w_range, b_range = _ends("w_range", w_range), _ends("b_range", b_range)
    for w in np.linspace(*w_range, 5).tolist():
        for b in np.linspace(*b_range, 5).tolist():
            _called("gradient_at", gradient_at, w, b, (2,))
    across, up = np.linspace(*w_range, 61), np.linspace(*b_range, 61)
    heights = _heights(loss_at, across, up)
    row, column = np.unravel_index(heights.argmin(), heights.shape)
    if row in (0, 60) or column in (0, 60):
        received = f"the lowest loss at its edge, at w = {across[column]:g}, b = {up[row]:g}"
        _refuse("loss_at", "a lowest point inside the picture", received, "Widen w_range and b_range.")
    lowest = _lowest(loss_at, (across[column], up[row]), (across[1] - across[0], up[1] - up[0]))
    ground = (Raster(_shades(heights), w_range, b_range, smooth=True), *_contours(across, up, heights))
    return Surface(loss_at, gradient_at, w_range, b_range, heights, lowest, float(loss_at(*lowest)), ground)


def _ends(name: str, ends: Range) -> Range:
    """Two finite numbers, the lower first."""
    try:
        low, high = (float(end) for end in ends)
    except (TypeError, ValueError):
        _refuse(name, "two numbers, the lower first", messages.of(ends), "Write, say, (-1, 2).", TypeError)
    if not -FAR < low < high < FAR:
        _refuse(name, "two numbers, the lower first", messages.of(ends), "Write, say, (-1, 2).")
    return low, high


def _called(name: str, function: Callable, w: float, b: float, shape: tuple[int, ...]) -> np.ndarray:
    """What a function gives for one point of the picture, checked."""
    expected = "two finite numbers, the slopes for w and b" if shape else "one finite number, the loss"
    call = f"{name}({w:g}, {b:g})"
    advice = f"Call {call} in a cell of its own, and mend it there."
    try:
        with np.errstate(all="ignore"):
            value = np.asarray(function(w, b))
    except Exception as error:
        said = f"an error: {messages.of_error(error) or type(error).__name__}"
        raise ValueError(f"{call}: expected {expected}, received {said}. {advice}") from error
    if value.dtype.kind not in "iuf":
        _refuse(call, expected, f"values of type {value.dtype}", advice)
    if value.shape != shape:
        _refuse(call, expected, f"an array of shape {value.shape}", advice)
    if not np.isfinite(value).all():
        _refuse(call, expected, f"{value}", f"{advice} Or draw a smaller w_range and b_range.")
    return value


def _refuse(name: str, expected: str, received: str, advice: str, kind: type[Exception] = ValueError) -> NoReturn:
    raise kind(f"{name}: expected {expected}, received {received}. {advice}")


def _heights(loss_at: Loss, across: np.ndarray, up: np.ndarray) -> np.ndarray:
    """The loss on a grid, shape (len(up), len(across))."""
    rows = ([_called("loss_at", loss_at, w, b, ()) for w in across.tolist()] for b in up.tolist())
    return np.array(list(rows), dtype="float64")


def _lowest(loss_at: Loss, point: ArrayLike, cell: ArrayLike) -> np.ndarray:
    """The lowest point within a cell around `point`, on ever finer grids."""
    point, reach = np.asarray(point, dtype="float64"), np.asarray(cell, dtype="float64")
    for _ in range(5):
        across, up = (np.linspace(it - by, it + by, 21) for it, by in zip(point, reach, strict=True))
        row, column = divmod(int(_heights(loss_at, across, up).argmin()), 21)
        point, reach = np.array([across[column], up[row]]), reach / 8
    return point


def _shades(heights: np.ndarray) -> np.ndarray:
    """Colors for the cells between the points of the grid, darker where the loss is larger."""
    low, high = heights.min(), heights.max()
    middles = (heights[1:, 1:] + heights[1:, :-1] + heights[:-1, 1:] + heights[:-1, :-1]) / 4
    strength = np.sqrt((middles - low) / (high - low))  # the shades change fast where the loss is low
    return tints(colormaps["Blues"](strength)[..., :3], np.full(strength.shape, 0.75))


def _contours(across: np.ndarray, up: np.ndarray, heights: np.ndarray) -> list[Line]:
    """Lines of equal loss, closer together where the loss is low."""
    levels = heights.min() + (heights.max() - heights.min()) * np.linspace(0, 1, BANDS + 1)[1:-1] ** 2
    drawn = Figure().subplots().contour(across, up, heights, levels=levels)
    return [Line(*points.T, color=PAPER, width=1) for level in drawn.allsegs for points in level if len(points) > 1]


# --- What a walk does ---


@dataclass(frozen=True)
class Walked:
    """A walk of 60 steps over a surface.

    Attributes:
        path: The points, shape (61, 2), the start first.
        losses: The loss at each.
        slopes: The gradient at each, shape (61, 2).
    """

    path: np.ndarray
    losses: np.ndarray
    slopes: np.ndarray


def walked(surface: Surface, values: dict[str, Any]) -> Walked:
    """Return the walk that the controls ask for, in full length.

    Args:
        surface: Where.
        values: The start "w" and "b", the name of the "optimizer", its "rate" and "momentum".
    """
    start, settings = (values["w"], values["b"]), (values["optimizer"], values["rate"], values["momentum"])
    path = walk(surface.gradient_at, start, *settings, steps=MOST_STEPS)
    losses = np.array([_height(surface.loss_at, *point) for point in path.tolist()])
    slopes = np.array([_slopes(surface.gradient_at, *point) for point in path.tolist()])
    return Walked(path, losses, slopes)


def behaviour(surface: Surface, walk: Walked, step: int) -> str:
    """Return in one word what a walk is doing when it has taken some steps.

    Returns:
        "starts": before the first step;
        "ends": where the gradient is no number;
        "diverges": the loss is above its start, and the peaks of the loss grow from the first 40 steps to the last 20;
        "arrived": the last points lie at the lowest point of the picture;
        "leaps": each of the last steps, at most four, crossed the valley: its gradient points against the one before;
        "swings": some of the last ten steps landed higher;
        "creeps": the way to the lowest point is 30 or more times as long as the last step;
        "descends": none of these.
    """
    path, losses = walk.path[: step + 1], walk.losses[: step + 1]
    if step == 0:
        return "starts"
    if not np.isfinite(walk.slopes[step]).all():
        return "ends"
    if losses[-1] > losses[0] and _grows(surface, walk):
        return "diverges"
    if all(_is_there(surface, point, loss) for point, loss in zip(path[-5:], losses[-5:], strict=True)):
        return "arrived"
    last = walk.slopes[max(0, step - 4) : step + 1]
    if (last[1:] * last[:-1]).sum(axis=1).max() < 0:
        return "leaps"
    if (np.diff(losses[-11:]) > 0).any():
        return "swings"
    return "creeps" if _steps_left(surface, path) >= 30 else "descends"


def _grows(surface: Surface, walk: Walked) -> bool:
    """Whether the peaks of the loss are higher at the end of a walk than before."""
    above = walk.losses - surface.low
    return bool(np.abs(walk.path).max() >= FAR or above[41:].max() > 1.02 * above[:41].max())


def _is_there(surface: Surface, point: np.ndarray, loss: float) -> bool:
    """Whether a point is hard to tell from the lowest one, by its place and by its loss."""
    spans = np.array([np.ptp(surface.w_range), np.ptp(surface.b_range)])
    near = np.abs(point - surface.lowest) < 0.02 * spans
    return bool(near.all() and loss - surface.low < 0.0005 * (surface.heights.max() - surface.low))


def _steps_left(surface: Surface, path: np.ndarray) -> float:
    """How many times as long as the last step the way to the lowest point is; infinite after no step at all."""
    length = float(np.hypot(*(path[-1] - path[-2])))
    return float(np.hypot(*(path[-1] - surface.lowest))) / length if length else np.inf


# --- In words ---


def _words(surface: Surface, walk: Walked, step: int) -> str:
    """Where a walk stands, and what it does."""
    loss, low = _short(walk.losses[step]), _short(surface.low)
    what = behaviour(surface, walk, step)
    if what == "starts":
        return f"No step yet: the loss is {loss} at the start, and {low} at the lowest point, the cross. Take steps."
    where = f"After {_count(step, 'step')} the loss is {loss}; the lowest in the picture is {low}."
    return " ".join([where, _sentence(surface, walk, step, what), *_outside(surface, walk.path[: step + 1])])


def _sentence(surface: Surface, walk: Walked, step: int, what: str) -> str:
    rises = np.diff(walk.losses[: step + 1])
    match what:
        case "ends":
            return "Here the gradient is no number, so the walk ends."
        case "diverges" if step == 1:
            return "The step overshoots and lands higher: this walk diverges."
        case "diverges" if (rises >= 0).all():  # 0 after the walk was stopped
            return "The steps overshoot: each lands higher than the last. The walk diverges."
        case "diverges":
            return "The steps overshoot, and on the whole the loss grows: the walk diverges."
        case "arrived":
            return "The walk has arrived."
        case "leaps":
            return _leaps(rises[-4:])
        case "swings":
            return f"It swings: {_of_the_last(int((rises[-10:] > 0).sum()), len(rises[-10:]))} landed higher."
        case "creeps":
            return _creeps(_steps_left(surface, walk.path[: step + 1]))
    many = len(rises[-10:])
    return "The step landed lower." if many == 1 else f"It walks downhill: each of the last {many} steps landed lower."


def _leaps(rises: np.ndarray) -> str:
    if (rises > 0).any() and (rises < 0).any():
        together = "higher" if rises.sum() > 0 else "lower"
        return f"Each of the last {len(rises)} steps leaps across the valley; together they land {together}."
    lands = "lower" if (rises < 0).any() else "higher" if (rises > 0).any() else "no lower"
    return f"{'The' if len(rises) == 1 else 'Each'} step leaps across the valley and lands {lands}."


def _creeps(times: float) -> str:
    if not np.isfinite(times):
        return "It stands still, and not at the lowest point."
    times = "more than 1,000" if times > 1000 else f"{float(f'{times:.2g}'):.0f}"
    return f"It creeps: the way that is left is {times} times as long as the last step."


def _of_the_last(some: int, many: int) -> str:
    """ "2 of the last 10 steps", "the last step"."""
    return "the last step" if many == 1 else f"{some} of the last {many} steps"


def _outside(surface: Surface, path: np.ndarray) -> list[str]:
    """A sentence for a walk that has left the picture."""
    if np.abs(path[-1]).max() >= FAR:
        end = int((np.abs(path).max(axis=1) >= FAR).argmax())
        return [f"In step {end} a weight passed a billion, and the walk stopped there."]
    return [] if _holds(surface, path[-1]) else ["It is outside of the picture, where the arrow points."]


def _holds(surface: Surface, point: np.ndarray) -> bool:
    (left, right), (bottom, top) = surface.w_range, surface.b_range
    return bool(left <= point[0] <= right and bottom <= point[1] <= top)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + "s" * (number != 1)


def _short(loss: float) -> str:
    """ "0.142", "32.7", "3,789", "over a million"."""
    if abs(loss) >= 1e6:
        return "over a million" if loss > 0 else "below minus a million"
    text = f"{loss:.3f}" if abs(loss) < 10 else f"{loss:.1f}" if abs(loss) < 1000 else f"{loss:,.0f}"
    return text.replace("-", "−").replace("−0.000", "0.000")


# --- The picture ---


def view(surface: Surface, values: dict[str, Any]) -> View:
    """Return the picture and the words of one walk.

    Args:
        surface: Where.
        values: The start "w" and "b", the name of the "optimizer", its "rate" and "momentum", and the "steps" taken.
    """
    walk, step = walked(surface, values), values["steps"]
    plots = [_map(surface, walk.path[: step + 1]), _curve(surface, walk.losses[: step + 1])]
    return View(Picture(plots, widths=(1.1, 1), height=330), _words(surface, walk, step), _code(values))


def _code(values: dict[str, Any]) -> str:
    """The optimizer as Keras makes it."""
    kind, settings = ("Adam" if values["optimizer"] == "Adam" else "SGD"), f"learning_rate={float(values['rate'])}"
    if values["optimizer"] == "momentum":
        settings += f", momentum={float(values['momentum'])}"
    return f"keras.optimizers.{kind}({settings})"


def _map(surface: Surface, path: np.ndarray) -> Plot:
    """The surface from above, with the points that were visited; the lowest point shows through."""
    pieces = (_cut(a, b, surface.w_range, surface.b_range) for a, b in zip(path[:-1], path[1:], strict=True))
    seen = path[[_holds(surface, point) for point in path]]
    marks = [
        *surface.ground,
        *(Line(*piece.T, color=COLORS[1], width=1.5) for piece in pieces if piece is not None),
        Dots(*seen.T, color=COLORS[1], size=5),
        Dots(*path[:1].T, marker="square", size=9, label="start"),
        Dots(*path[-1:].T, color=COLORS[1], marker="diamond", size=11, label="now"),
        Dots(*surface.lowest[:, None], marker="cross", size=8, label="lowest point"),
    ]
    if not _holds(surface, path[-1]):
        marks.append(_pointer(surface, path[-1]))
    return Plot(marks, surface.w_range, surface.b_range, "loss surface from above: dark is high", "w", "b")


def _cut(a: np.ndarray, b: np.ndarray, w_range: Range, b_range: Range) -> np.ndarray | None:
    """The part of the way from `a` to `b` that lies in the picture, as its two ends; None if it misses it.

    Source: Y.-D. Liang and B. A. Barsky, A New Concept and Method for Line Clipping, 1984.
    """
    first, last = 0.0, 1.0
    for here, there, (low, high) in zip(a.tolist(), b.tolist(), (w_range, b_range), strict=True):
        if here == there:
            if not low <= here <= high:
                return None
            continue
        enters, leaves = sorted(((low - here) / (there - here), (high - here) / (there - here)))
        first, last = max(first, enters), min(last, leaves)
    return a + np.array([[first], [last]]) * (b - a) if first < last else None


def _pointer(surface: Surface, point: np.ndarray) -> Arrow:
    """An arrow at the edge of the picture, towards a point outside."""
    edge = _cut(surface.lowest, point, surface.w_range, surface.b_range)[1]
    return Arrow(*(surface.lowest + 0.8 * (edge - surface.lowest)), *edge, color=INK, width=3)


def _curve(surface: Surface, losses: np.ndarray) -> Plot:
    """The loss after each step, on a scale of powers unless it can be negative."""
    high = float(surface.heights.max())
    powers = surface.low >= 0
    top = 1.5 * high if powers else high + 0.1 * (high - surface.low)
    bottom = max(surface.low, top * 1e-4) / 1.3 if powers else surface.low - 0.1 * (high - surface.low)

    def level(loss: ArrayLike) -> np.ndarray:
        loss = np.clip(loss, bottom, None)
        return np.log10(loss) if powers else np.minimum(loss, top + 10 * (top - bottom))

    lowest = [float(level(surface.low))] * 2
    steps, ends = np.arange(len(losses)), (float(level(bottom)), float(level(top)))
    edge = ends[1] - 0.03 * (ends[1] - ends[0])
    fits = losses <= top
    now = level(losses[-1:]) if fits[-1] else [edge]
    marks = [
        Line([-2, MOST_STEPS + 2], lowest, color=QUIET, width=1.5, dash="dashed", label="lowest"),
        Line(steps, level(losses), color=COLORS[1], width=1.5),
        Dots(steps[fits], level(losses[fits]), color=COLORS[1], size=5),
        Dots(steps[-1:], now, color=COLORS[1], marker="diamond", size=11, label="now"),
    ]
    if not fits.all():
        above = steps[~fits]
        marks.insert(3, Dots(above, np.full(len(above), edge), marker="triangle", size=7, label="above the scale"))
    ticks = _powers(bottom, top) if powers else None
    tens = tuple((ten, str(ten)) for ten in range(0, MOST_STEPS + 1, 10))
    return Plot(marks, (-2, MOST_STEPS + 2), ends, "loss after each step", "step", x_ticks=tens, y_ticks=ticks)


def _powers(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """Ticks at 1, 2, 5, 10 ... or, where those were too many, at powers of ten."""
    tens = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    values = [digit * 10.0**ten for ten in tens for digit in (1, 2, 5)]
    if np.log10(high / low) > 2.8:
        values = [10.0**ten for ten in tens]
    return tuple((float(np.log10(value)), f"{value:g}") for value in values if low <= value <= high)


# --- On the page ---


def make(
    loss_at: Loss, gradient_at: Gradient, optimizer: str = "plain SGD", w_range: Range = (-1.0, 2.0),
    b_range: Range = (-0.6, 1.4),
) -> Explorable:  # fmt: skip
    """Return the explorable, not yet displayed.

    Args:
        loss_at: Takes w and b, gives one number; called about 6,000 times, once for all.
        gradient_at: Takes w and b, gives two numbers: how much the loss rises with each.
        optimizer: "plain SGD", "momentum" or "Adam": which one is chosen at first.
        w_range: The lowest and the highest w of the picture.
        b_range: The lowest and the highest b of the picture.

    Raises:
        TypeError: If one of the first two is no function, or a range does not hold two numbers.
        ValueError: If there is no such optimizer, if a range is empty, if a function fails, gives another shape, or NaN
            somewhere in the picture, or if the surface has no lowest point inside the picture.
    """
    _check_optimizer(optimizer)
    surface = survey(loss_at, gradient_at, w_range, b_range)
    controls = [
        Choice("optimizer", "optimizer", OPTIMIZERS, optimizer),
        Scale("rate", "learning rate", RATES, 0.1),
        Scale("momentum", "momentum (others ignore it)", MOMENTA, 0.7),
        _start("w", surface.w_range),
        _start("b", surface.b_range),
        Slider("steps", "steps taken", 0, MOST_STEPS, 1, 20),
    ]
    return Explorable(f"A walk down the loss surface, beginning with {optimizer}", controls, lambda values: view(surface, values))


def _start(name: str, ends: Range) -> Slider:
    """A slider with 20 to 50 positions, at the one next to 0."""
    low, high = ends
    unit = 10.0 ** np.floor(np.log10((high - low) / 20))
    step = float(max(unit * digit for digit in (1, 2, 5) if unit * digit <= (high - low) / 20))
    slider = Slider(name, f"start: {name}", low, high, round(step, 12), low)
    return replace(slider, value=slider.clean(min(max(0.0, low), high)))


def show(
    loss_at: Loss, gradient_at: Gradient, optimizer: str = "plain SGD", w_range: Range = (-1.0, 2.0),
    b_range: Range = (-0.6, 1.4),
) -> None:  # fmt: skip
    """Display a walk down a loss surface, step by step, for a choice of optimizers and settings.

    For the arguments, and what is raised, see `make`.
    """
    explorable.show(make(loss_at, gradient_at, optimizer, w_range, b_range))
