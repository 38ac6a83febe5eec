"""One slider from under- to over-fitting: models of growing size on the same points, and their errors.

    capacity.show({1: small, 2: medium, 3: large}, (x_train, y_train), (x_val, y_val))

The models come trained. Each is called here once, before the first picture; then moving the slider only draws.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from companion import messages
from companion.explore import explorable
from companion.explore.explorable import Explorable, Scale
from companion.explore.picture import Dots, Line, Picture, Plot, View
from companion.plots import COLORS, INK, QUIET

STEPS = 241  # of the drawn function
SHOWN = 240  # points of a set in the picture; more would hide the function
NEAR = 1.05  # a validation error up to so many times the lowest counts as good as the lowest

UNDER, FITS, OVER, FAILED = "under-fits", "fits", "over-fits", "trained badly"

Model = Callable[[np.ndarray], ArrayLike]
Points = tuple[ArrayLike, ArrayLike]


def mean_absolute_error(predicted: ArrayLike, true: ArrayLike) -> float:
    """Return how far predictions are off on average.

    Args:
        predicted: Shape (n,).
        true: Shape (n,).
    """
    return float(np.abs(np.asarray(predicted, dtype="float64") - np.asarray(true, dtype="float64")).mean())


def verdicts(training: Sequence[float], validation: Sequence[float]) -> list[str]:
    """Say of models of growing size whether each under-fits, fits or over-fits.

    The lowest validation error decides. A model fits if its own is at most 5 % above that. Of the others, a smaller one
    under-fits if it is also worse on the training points; if it is better on these alone, it has learned them by heart,
    and over-fits. A larger one over-fits if its validation error is so high because it lies far above its training
    error, which is the gap that grows with size. Where instead the training error is what has grown, it was trained
    badly.

    Args:
        training: The error on the training points, the smallest model first.
        validation: The error on the validation points.

    Returns:
        "under-fits", "fits", "over-fits" or "trained badly" for each.
    """
    best = int(np.argmin(validation))
    said = []
    for place, (train, val) in enumerate(zip(training, validation, strict=True)):
        if val <= NEAR * validation[best]:
            said.append(FITS)
        elif place < best:
            said.append(UNDER if train > training[best] else OVER)
        else:
            more_gap = (val - train) - (validation[best] - training[best])
            said.append(OVER if more_gap > train - training[best] else FAILED)
    return said


@dataclass(frozen=True)
class Models:
    """Models of growing size, and what they make of the same points.

    Attributes:
        sizes: Growing.
        training: The training points, two arrays of shape (n,).
        validation: The validation points.
        line: Where the functions are drawn, shape (STEPS,).
        drawn: What each model gives there.
        training_errors: The mean absolute error of each on the training points.
        validation_errors: On the validation points.
        x_label: What the points' x is.
        y_label: What their y is.
        unit: What errors are counted in, with a space before it, or "".
    """

    sizes: tuple[float, ...]
    training: tuple[np.ndarray, np.ndarray]
    validation: tuple[np.ndarray, np.ndarray]
    line: np.ndarray
    drawn: tuple[np.ndarray, ...]
    training_errors: tuple[float, ...]
    validation_errors: tuple[float, ...]
    x_label: str = "x"
    y_label: str = "y"
    unit: str = ""

    @property
    def best(self) -> int:
        """The place of the model with the lowest validation error."""
        return int(np.argmin(self.validation_errors))


def survey(
    models: Mapping[float, Model], training: Points, validation: Points, x_label: str = "x", y_label: str = "y", unit: str = ""
) -> Models:
    """Call each model once, on a grid and on all points, and measure its errors.

    Args:
        models: Size -> model or function. Each takes x as the points have it, shape (n,) or (n, 1), float32, and gives
            finite numbers of shape (n,) or (n, 1).
        training: (x, y): numbers of shape (n,) or (n, 1).
        validation: The same for points that no model was trained on.
        x_label: What x is.
        y_label: What y is.
        unit: What errors are counted in ("bicycles"), or "".

    Raises:
        TypeError: If `models` is no dictionary of functions by numbers, or the points are no numbers.
        ValueError: If there are fewer than two models, if points are missing or do not fit, or if a model fails, gives
            another shape, or NaN.
    """
    if not isinstance(models, Mapping):
        raise TypeError(f"models: expected a dictionary, received {messages.of(models)}. Write {{1: small, 2: large}}.")
    sizes = sorted(_size(it) for it in models)
    if len(sizes) < 2:
        raise ValueError(f"models: expected at least two sizes, received {len(sizes)}. Train one more, of another size.")
    sets = _points("training", training), _points("validation", validation)
    if sets[0][0].ndim != sets[1][0].ndim:
        shapes = f"{sets[0][0].shape} and {sets[1][0].shape}"
        raise ValueError(f"points: expected x of the same form in both sets, received {shapes}. Give both as (n,) or both as (n, 1).")
    everything = np.concatenate([x for x, _ in sets])
    line = np.linspace(everything.min(), everything.max(), STEPS).reshape((-1, 1)[: everything.ndim])
    asked = np.concatenate([line, everything]).astype("float32")
    answers = [_answers(size, models[size], asked) for size in sizes]
    ends = STEPS, STEPS + len(sets[0][0])
    parts = [np.split(each, ends) for each in answers]
    return Models(
        tuple(sizes),
        *((x.ravel(), y) for x, y in sets),
        line.ravel(),
        tuple(part[0] for part in parts),
        tuple(mean_absolute_error(part[1], sets[0][1]) for part in parts),
        tuple(mean_absolute_error(part[2], sets[1][1]) for part in parts),
        x_label, y_label, f" {unit}" if unit else "",
    )  # fmt: skip


def _size(size: Any) -> float:
    if isinstance(size, bool) or not isinstance(size, int | float | np.number) or not np.isfinite(size):
        raise TypeError(f"models: expected a number as the size of each, received {messages.of(size)}. Write {{1: small, 2: large}}.")
    return size.item() if isinstance(size, np.number) else size


def _points(name: str, points: Points) -> tuple[np.ndarray, np.ndarray]:
    """x as it is, and y of shape (n,): finite, as many of the one as of the other."""
    if not isinstance(points, tuple | list) or len(points) != 2:
        raise TypeError(f"{name}: expected a pair (x, y), received {messages.of(points)}. Write (x_train, y_train).")
    x, y = (np.asarray(it) for it in points)
    for letter, array in (("x", x), ("y", y)):
        if array.dtype.kind not in "iufb":
            raise TypeError(f"{name}: expected numbers as {letter}, received dtype {array.dtype}. Convert them first.")
        if array.shape not in ((len(x),), (len(x), 1)) or len(x) == 0:
            received = f"x of shape {x.shape} and y of shape {y.shape}"
            raise ValueError(f"{name}: expected x and y of shape (n,) or (n, 1), received {received}. Take one column of each.")
        if not np.isfinite(array).all():
            raise ValueError(f"{name}: expected finite numbers, received NaN or infinite ones. Remove these points first.")
    if x.min() == x.max():
        raise ValueError(f"{name}: expected different x, received {x.min()} alone. Give points that lie side by side.")
    return x.astype("float64"), y.astype("float64").ravel()


def _answers(size: float, model: Any, x: np.ndarray) -> np.ndarray:
    """What one model gives, shape (n,)."""
    name = f"the model of size {size:g}"
    if not callable(model):
        raise TypeError(f"models: expected a model or a function, received {messages.of(model)}. Pass it itself, not its answers.")
    advice = f"It must take x of shape {x.shape} as the points have it."
    try:
        given = np.asarray(model(x))
    except Exception as error:
        raise ValueError(f"{name}: expected answers, received an error: {messages.of_error(error)}. {advice}") from error
    if given.shape not in (x.shape, (len(x),), (len(x), 1)) or given.dtype.kind not in "iufb":
        expected = f"numbers of shape ({len(x)},) or ({len(x)}, 1)"
        raise ValueError(f"{name}: expected {expected}, received {messages.of(given)}. {advice}")
    if not np.isfinite(given).all():
        raise ValueError(f"{name}: expected finite answers, received NaN or infinite ones. Look at its training first.")
    return given.astype("float64").ravel()


# --- What is shown ---


def view(models: Models, size: float) -> View:
    """Return the function that the model of one size has learned, and the errors of all.

    Args:
        models: What `survey` returned.
        size: One of the sizes.
    """
    place = models.sizes.index(size)
    return View(Picture([_fitted(models, place), _errors(models, place)], widths=(1.3, 1), height=300), words(models, place))


def words(models: Models, place: int) -> str:
    """Return what the picture says of the model at a place: which way it fails, if it does, and both errors."""
    said = verdicts(models.training_errors, models.validation_errors)[place]
    train, val = models.training_errors[place], models.validation_errors[place]
    size, best = models.sizes[place], models.sizes[models.best]
    off = f"off by {_short(train)}{models.unit} on the training points and by {_short(val)} on the others"
    if place == models.best:
        return f"Size {size:g} fits best: {off}. No other size does better on points that it was not trained on."
    why = {
        UNDER: "Too stiff for what there is to learn; a larger size is better on both.",
        FITS: f"On the others that is about as good as size {best:g}, the best.",
        OVER: "It bends towards single points, and what it learns by heart does not hold for the others.",
        FAILED: f"It is larger than size {best:g}, yet worse: its training went badly.",
    }[said]
    return f"Size {size:g} {'was ' * (said == FAILED)}{said}: {off}. {why}"


def _fitted(models: Models, place: int) -> Plot:
    """The points, and the function over them."""
    marks = []
    looks = (("validation", models.validation, COLORS[1], "triangle", 4.5), ("training", models.training, COLORS[0], "circle", 8))
    for label, (x, y), color, marker, size in looks:
        rows = np.linspace(0, len(x) - 1, min(len(x), SHOWN)).round().astype(int)
        marks.append(Dots(x[rows], y[rows], color=color, marker=marker, size=size, label=label))
    marks.append(Line(models.line, models.drawn[place], color=INK, width=2.5, label=f"size {models.sizes[place]:g}"))
    heights = np.concatenate([models.training[1], models.validation[1]])
    x, y = (_span(values, margin) for values, margin in ((models.line, 0.02), (heights, 0.08)))
    return Plot(marks, x, y, "what it has learned", models.x_label, models.y_label)


def _errors(models: Models, place: int) -> Plot:
    """Both errors over the sizes, which stand at equal distances; those that are far too high are cut off."""
    places = np.arange(len(models.sizes))
    bearable = max(6 * models.validation_errors[models.best], 1.2 * models.training_errors[0])
    top = 1.1 * min(max(models.training_errors + models.validation_errors), bearable) or 1.0
    marks: list[Any] = [Line([place, place], [0, top], color=QUIET, width=1.5, dash="dotted")]
    curves = (
        ("training", models.training_errors, COLORS[0], "solid", "circle"),
        ("validation", models.validation_errors, COLORS[1], "dashed", "triangle"),
    )
    for label, errors, color, dash, marker in curves:
        marks.append(Line(places, errors, color=color, dash=dash, label=label))
        marks.append(Dots(places, errors, color=color, marker=marker, size=6))
        marks.append(Dots([place], [errors[place]], color=color, marker=marker, size=12))
    ticks = tuple((int(it), f"{size:g}") for it, size in zip(places, models.sizes, strict=True))
    ends = (-0.4, len(places) - 0.6)
    return Plot(marks, ends, (0.0, top), "mean absolute error", "size", x_ticks=ticks)


def _span(values: np.ndarray, margin: float) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    extra = (high - low) * margin or 1.0
    return low - extra, high + extra


def _short(value: float) -> str:
    """An error with about two or three digits."""
    if 0 < value < 0.001:
        return "less than 0.001"
    return f"{value:,.0f}" if value >= 20 else f"{value:.1f}" if value >= 2 else f"{value:.2g}"


def make(
    models: Mapping[float, Model], training: Points, validation: Points, x_label: str = "x", y_label: str = "y", unit: str = ""
) -> Explorable:
    """Return the explorable of models of growing size, not yet displayed: for the arguments see `survey`.

    Raises:
        TypeError: As `survey`.
        ValueError: As `survey`.
    """
    known = survey(models, training, validation, x_label, y_label, unit)
    control = Scale("size", "size", known.sizes, known.sizes[known.best])
    return Explorable("From under- to over-fitting", [control], lambda values: view(known, values["size"]))


def show(
    models: Mapping[float, Model],
    training: Points,
    validation: Points,
    x_label: str = "x",
    y_label: str = "y",
    unit: str = "",
    alt: str = "",
) -> None:
    """Display models of growing size on the same points, with a slider over the sizes.

    Args:
        models: Size -> model or function; see `survey`.
        training: (x, y).
        validation: (x, y).
        x_label: What x is.
        y_label: What y is.
        unit: What errors are counted in, or "".
        alt: What the first picture shows, without any number that was trained: such numbers differ from machine to
            machine.

    Raises:
        TypeError: As `survey`.
        ValueError: As `survey`.
    """
    explorable.show(make(models, training, validation, x_label, y_label, unit), alt)
