"""Watch a training while it runs, and go back through it when it has ended.

    live = watch.live()                        # or watch.live(boundary=(x, y)), for points in the plane
    model.fit(x, y, epochs=80, callbacks=[live], verbose=0)
    watch.show(live)                           # the same picture with a slider: back to any epoch

While `fit` runs the curves grow, with the time that is left and the best epoch so far. Drawing takes at most a share
of the time (`SHARE`): where epochs are short, several pass between two pictures.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion import messages
from companion.explore import explorable
from companion.explore.explorable import Explorable, Slider
from companion.explore.picture import Dots, Line, Picture, Plot, Raster, View
from companion.plots import COLORS, INK, PAPER, QUIET

SHARE = 0.01  # of the time of a training, at most, is spent on drawing; sending a picture costs more than drawing it
LOOKS = 0.02  # another share, for asking the model about the plane between two pictures, so that the replay has them
PAUSE = 1.0  # seconds; in an epoch that is longer, the words are brought up to date within it
CELLS = 40  # of the picture of a boundary, across and up
MOST_KEPT = 40  # pictures of a boundary, spread over the whole training
MOST_POINTS = 300  # of a curve or of the data in the picture
WAITING = "Here curves grow while the training runs. When it has ended, watch.show(…) goes back through it."
MARKERS = ("circle", "triangle", "square", "diamond")

Labelled = tuple[ArrayLike, ArrayLike]


# --- How much may be drawn ---


class Budget:
    """Counts the seconds spent on drawing, and allows more as long as they stay a small share of all.

    Args:
        share: The largest share of the time elapsed, such as 0.02.
        clock: Gives the time in seconds.
    """

    def __init__(self, share: float = SHARE, clock: Callable[[], float] = time.perf_counter) -> None:
        self.share, self.clock = share, clock
        self.began, self.spent, self.last = clock(), 0.0, 0.0

    def elapsed(self) -> float:
        """Return the seconds since this budget was made."""
        return self.clock() - self.began

    def allows(self) -> bool:
        """Return whether one more drawing, if it takes as long as the last, stays within the share."""
        return self.spent + self.last <= self.share * self.elapsed()

    def spend(self, work: Callable[[], None]) -> None:
        """Do some drawing, and count its seconds, whatever comes of it."""
        start = self.clock()
        try:
            work()
        finally:
            self.last = self.clock() - start
            self.spent += self.last


# --- What is known of a training ---


class Boundary(NamedTuple):
    """How the plane was divided at one moment.

    Attributes:
        epoch: Counted from 1; 0 before the first.
        colors: uint8 of shape (CELLS, CELLS, 3); the first row is the lowest.
        at_end: Whether it was seen when `fit` ended, after all that other callbacks do then.
    """

    epoch: int
    colors: np.ndarray
    at_end: bool = False


@dataclass
class Run:
    """One training, as far as it has come.

    Attributes:
        metric: The metric that is watched; for validation "val_" stands in front of it.
        epochs: The number of the last epoch that was asked for; None if that is unknown.
        start: How many epochs had been made before (`initial_epoch`).
        training: The metric after each epoch; NaN where it was no number.
        validation: The same for the validation set; NaN also where it was not measured.
        seconds: How long each epoch took.
        boundaries: Some moments of the boundary, the first and the last among them.
        ended: Whether `fit` came to its end, early or not.
        failed: The first epoch whose metric was no finite number, or None.
    """

    metric: str = "loss"
    epochs: int | None = None
    start: int = 0
    training: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    boundaries: list[Boundary] = field(default_factory=list)
    ended: bool = False
    failed: int | None = None

    def add(self, training: float | None, validation: float | None, seconds: float) -> None:
        """Note one more epoch; None is a number that was not measured."""
        measured = [value for value in (training, validation) if value is not None]
        if self.failed is None and not all(map(math.isfinite, measured)):
            self.failed = self.last + 1
        self.training.append(_number_or_nan(training))
        self.validation.append(_number_or_nan(validation))
        self.seconds.append(seconds)

    @property
    def last(self) -> int:
        """The number of the last epoch that is complete."""
        return self.start + len(self.training)

    def best(self, epoch: int) -> int | None:
        """Return the best epoch up to one: on the validation set, if it was measured; None without any number."""
        values = np.array(self.watched()[: epoch - self.start])
        if not np.isfinite(values).any():
            return None
        place = np.nanargmax(values) if larger_is_better(self.metric) else np.nanargmin(values)
        return self.start + int(place) + 1

    def watched(self) -> list[float]:
        """The values that decide which epoch is best."""
        return self.validation if np.isfinite(self.validation).any() else self.training

    def at(self, epoch: int) -> tuple[float, float]:
        """Return training and validation after an epoch."""
        return self.training[epoch - self.start - 1], self.validation[epoch - self.start - 1]

    def keep(self, boundary: Boundary) -> None:
        """Keep a moment of the boundary; of too many, let go of the one whose neighbours are nearest."""
        self.boundaries.append(boundary)
        if len(self.boundaries) > MOST_KEPT:
            epochs = [it.epoch for it in self.boundaries]
            gaps = [after - before for before, after in zip(epochs, epochs[2:], strict=False)]
            del self.boundaries[1 + int(np.argmin(gaps))]

    def boundary(self, epoch: int) -> Boundary | None:
        """Return the latest boundary that was seen up to an epoch, or the first one; None if there is none."""
        seen = [it for it in self.boundaries if it.epoch <= epoch]
        return seen[-1] if seen else next(iter(self.boundaries), None)


def larger_is_better(metric: str) -> bool:
    """Return whether a metric grows as a model gets better: "accuracy" does, "loss" does not."""
    return any(part in metric.lower() for part in ("acc", "auc", "precision", "recall", "f1", "iou"))


def seconds_left(seconds: Sequence[float], epochs: int) -> float | None:
    """Return how long some more epochs will take, by the last five; None before the first has ended.

    The very first epoch counts only as long as there is no other: `fit` prepares its step in it.
    """
    known = list(seconds[1:] or seconds)[-5:]
    return float(np.mean(known)) * max(epochs, 0) if known else None


def spoken(seconds: float) -> str:
    """Return a time in words: "less than a second", "about 8 s", "about 3 min"."""
    if seconds < 1:
        return "less than a second"
    return f"about {seconds:.0f} s" if seconds < 100 else f"about {seconds / 60:.0f} min"


def class_colors(answers: ArrayLike) -> np.ndarray:
    """Return answers of a model as colors: of the class that wins, paler where it hardly does.

    Args:
        answers: Shape (n, 1), the probability of class 1, or a score that is above 0 for class 1; or (n, classes),
            one probability or score a class. Scores are told from probabilities by their size.

    Returns:
        uint8, shape (n, 3).

    Raises:
        ValueError: If the answers have another shape.
    """
    answers = np.asarray(answers, dtype="float64")
    if answers.ndim != 2 or answers.shape[1] < 1:
        raise ValueError(f"answers: expected shape (n, 1) or (n, classes), received {answers.shape}. Give a row a point.")
    answers = np.nan_to_num(answers, nan=0.5, posinf=1e3, neginf=-1e3)
    if answers.shape[1] == 1:
        inside = answers.min() >= 0 and answers.max() <= 1
        one = answers[:, 0] if inside else 0.5 * (1 + np.tanh(answers[:, 0] / 2))
        shares = np.stack([1 - one, one], axis=1)
    elif answers.min() >= 0 and np.allclose(answers.sum(axis=1), 1, atol=1e-3):
        shares = answers
    else:
        powers = np.exp(answers - answers.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
    classes = shares.shape[1]
    sure = np.clip((shares.max(axis=1) * classes - 1) / (classes - 1), 0, 1)[:, None]
    palette = np.array([_rgb(COLORS[k % len(COLORS)]) for k in range(classes)])
    strength = 0.1 + 0.35 * sure
    return (palette[shares.argmax(axis=1)] * strength + _rgb(PAPER) * (1 - strength)).round().astype("uint8")


def _number_or_nan(value: float | None) -> float:
    return float(value) if value is not None and math.isfinite(value) else math.nan


def _rgb(color: str) -> np.ndarray:
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], dtype="float64")


# --- Points in the plane, whose boundary is watched ---


class Plane:
    """Points of several classes, and the places across the plane where a model is asked for its answer.

    Args:
        x: Shape (n, 2), finite numbers, as the model gets them.
        y: Shape (n,), integers from 0: the classes.

    Raises:
        TypeError: If `x` or `y` holds no numbers, or `y` no integers.
        ValueError: If a shape does not fit, or a number is not finite or below 0.
    """

    def __init__(self, x: ArrayLike, y: ArrayLike) -> None:
        self.x, self.y = _points(x), _classes(y)
        if len(self.x) != len(self.y):
            received = f"{len(self.x)} points and {len(self.y)} classes"
            raise ValueError(f"boundary: expected as many classes as points, received {received}. Take both from the same rows.")
        self.across, self.up = (_span(self.x[:, column], 0.08) for column in (0, 1))
        cells = np.meshgrid(*(_middles(*ends) for ends in (self.across, self.up)))
        self.grid = np.stack([it.ravel() for it in cells], axis=1).astype("float32")

    def ask(self, model: Callable[..., Any]) -> np.ndarray:
        """Call a model once, on the whole grid; return the colors of its answers, (CELLS, CELLS, 3).

        Raises:
            ValueError: If the model takes no points of shape (n, 2), or gives anything but a row for each.
        """
        advice = "boundary=(x, y) is for a model that takes points of shape (n, 2); leave it out for another."
        try:
            answers = np.asarray(model(self.grid, training=False))
        except Exception as error:
            raise ValueError(f"boundary: the model was asked about points of shape {self.grid.shape} and raised "
                             f"{type(error).__name__}: {messages.of_error(error)}. {advice}") from error  # fmt: skip
        if answers.ndim != 2 or len(answers) != len(self.grid):
            expected = f"answers of shape ({len(self.grid)}, 1) or ({len(self.grid)}, classes)"
            raise ValueError(f"boundary: expected {expected}, received {answers.shape}. {advice}")
        return class_colors(answers).reshape(CELLS, CELLS, 3)

    def plot(self, boundary: Boundary | None) -> Plot:
        """Return the points, over the boundary if one was seen."""
        marks: list[Any] = [] if boundary is None else [Raster(boundary.colors, self.across, self.up)]
        shown = np.linspace(0, len(self.x) - 1, min(len(self.x), MOST_POINTS)).round().astype(int)
        for number in np.unique(self.y).tolist():
            rows = shown[self.y[shown] == number]
            look = {"color": COLORS[number % len(COLORS)], "marker": MARKERS[number % len(MARKERS)]}
            marks.append(Dots(self.x[rows, 0], self.x[rows, 1], **look, size=6.5, label=f"class {number}"))
        spans = [high - low for low, high in (self.across, self.up)]
        title = "boundary" if boundary is None else f"boundary {_moment(boundary)}"
        return Plot(marks, self.across, self.up, title, equal=max(spans) < 2 * min(spans))


def _moment(boundary: Boundary) -> str:
    if boundary.at_end:
        return "at the end"
    return f"after epoch {boundary.epoch}" if boundary.epoch else "before the training"


def _middles(low: float, high: float) -> np.ndarray:
    """The middles of CELLS cells from end to end."""
    return low + (high - low) * (np.arange(CELLS) + 0.5) / CELLS


def _span(values: np.ndarray, margin: float) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    extra = (high - low) * margin or 1.0
    return low - extra, high + extra


def _points(x: ArrayLike) -> np.ndarray:
    points = np.asarray(x)
    if points.dtype.kind not in "iufb":
        raise TypeError(f"boundary: expected numbers of shape (n, 2), received dtype {points.dtype}. Convert them first.")
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(f"boundary: expected points of shape (n, 2), received {points.shape}. Choose two columns.")
    if not np.isfinite(points).all():
        raise ValueError("boundary: expected finite points, received NaN or infinite ones. Remove them first.")
    return points.astype("float64")


def _classes(y: ArrayLike) -> np.ndarray:
    classes = np.asarray(y)
    if classes.ndim == 2 and classes.shape[1] == 1:
        classes = classes[:, 0]
    if classes.dtype.kind not in "iufb":
        raise TypeError(f"boundary: expected classes as integers, received dtype {classes.dtype}. Number them from 0.")
    whole = classes.ndim == 1 and np.isfinite(classes).all() and (classes >= 0).all() and (classes == classes.astype(int)).all()
    if not whole:
        raise ValueError(f"boundary: expected classes 0, 1, … of shape (n,), received {messages.of(classes)}. Number them from 0.")
    return classes.astype("int64")


# --- What is shown ---


def view(run: Run, epoch: int, words: str, plane: Plane | None = None) -> View:
    """Return the picture of a training up to an epoch: its curves and, for points in the plane, the boundary.

    Args:
        run: The training.
        epoch: The last epoch to show; `run.start` shows none.
        words: What stands below.
        plane: The points whose boundary was kept, or None.
    """
    plots = [curves(run, epoch)] + ([] if plane is None else [plane.plot(run.boundary(epoch))])
    return View(Picture(plots, widths=(1.35, 1)[: len(plots)], height=280), words)


def curves(run: Run, epoch: int) -> Plot:
    """Return the metric over the epochs, up to one: training solid, validation dashed, the best epoch marked."""
    count = epoch - run.start
    numbers = run.start + 1 + np.arange(count)
    marks: list[Any] = []
    looks = (("training", run.training, 0, "solid", "circle"), ("validation", run.validation, 1, "dashed", "triangle"))
    for label, values, color, dash, marker in looks:
        known = np.flatnonzero(np.isfinite(values[:count]))
        if not np.isfinite(values).any() and (label == "validation" or run.training):
            continue
        known = known[np.linspace(0, len(known) - 1, min(len(known), MOST_POINTS)).round().astype(int)]
        x, y = numbers[known], np.array(values)[known] if len(known) else []
        marks.append(Line(x, y, color=COLORS[color], dash=dash, label=label))
        if len(known) <= 20:
            marks.append(Dots(x, y, color=COLORS[color], marker=marker, size=6))
    low, high = _heights(run)
    if (best := run.best(epoch) if count else None) is not None:
        value = run.watched()[best - run.start - 1]
        marks.append(Line([best, best], [low, value], color=QUIET, width=1, dash="dotted"))
        marks.append(Dots([best], [value], color=INK, marker="diamond", size=10, label="best epoch"))
    last = max(run.last if run.ended else run.epochs or 0, run.last, run.start + 1)
    ends = (float(run.start), last + 0.02 * (last - run.start))
    return Plot(marks, ends, (low, high), "", "epoch", run.metric.replace("_", " "), x_ticks=_whole_ticks(run.start, last))


def _whole_ticks(first: int, last: int) -> list[tuple[float, str]]:
    """At most nine whole numbers from end to end, at round distances."""
    steps = (digit * 10**power for power in range(9) for digit in (1, 2, 5))
    step = next(it for it in steps if (last - first) / it <= 8)
    return [(tick, f"{tick:,}") for tick in range(-(-first // step) * step, last + 1, step)]


def _heights(run: Run) -> tuple[float, float]:
    """The ends of the vertical axis; a start that lies far above all the rest is cut off."""
    values = np.array([run.training, run.validation])
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    settled = values[:, values.shape[1] // 10 + 1 :]
    settled = settled[np.isfinite(settled)]
    low, high = float(finite.min()), float(finite.max())
    if len(settled) and not larger_is_better(run.metric):
        high = min(high, 2.5 * float(settled.max())) if settled.max() > 0 else high
    low = 0.0 if 0 <= low <= 0.6 * high else low
    extra = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    return low - (extra if low else 0.0), high + extra


def live_words(run: Run, batch: int = 0, batches: int | None = None) -> str:
    """Return how far a training has come: the epoch, the time that is left, the best epoch so far.

    Args:
        run: The training.
        batch: Batches of the present epoch that are done; 0 between two epochs.
        batches: How many an epoch has, if that is known.
    """
    if run.ended:
        return f"The training has ended after {_epoch_of(run, run.last)}. {_best_so_far(run)}"
    if not run.training and not batch:
        return "The training begins. (Its first epoch takes longer, because the step is prepared in it.)"
    if batch:
        within = f", batch {batch:,}" + (f" of {batches:,}" if batches else "")
        return f"In {_epoch_of(run, run.last + 1)}{within}{_time_left(run)}. {_best_so_far(run)}".strip()
    return f"{_epoch_of(run, run.last).capitalize()}{_time_left(run)}. {_best_so_far(run)}"


def _epoch_of(run: Run, epoch: int) -> str:
    return f"epoch {epoch}" + (f" of {run.epochs}" if run.epochs else "")


def _time_left(run: Run) -> str:
    left = seconds_left(run.seconds, run.epochs - run.last) if run.epochs else None
    return "" if left is None else f", {spoken(left)} left"


def _best_so_far(run: Run) -> str:
    if run.failed is not None:
        return f"{_failure(run)} Nothing after that is worth waiting for."
    if (best := run.best(run.last)) is None:
        return ""
    source = "validation" if run.watched() is run.validation else "training"
    so_far = "" if run.ended else " so far"
    return f"Best epoch{so_far}: {best}, with {_short(run.watched()[best - run.start - 1])} in {source}."


def _failure(run: Run) -> str:
    return f"In epoch {run.failed} the {run.metric.replace('_', ' ')} was no finite number."


def replay_words(run: Run, epoch: int) -> str:
    """Return what the curves say at an epoch: both numbers, and what has become of the best one since."""
    training, validation = run.at(epoch)
    name = run.metric.replace("_", " ").capitalize()
    head = f"{name} after epoch {epoch}: training {_short(training)}"
    head += f", validation {_short(validation)}. " if math.isfinite(validation) else ". "
    best = run.best(epoch)
    if run.failed is not None and epoch >= run.failed:
        return head + _failure(run)
    if best is None:
        return head + "The validation set has not been measured yet." if math.isnan(validation) and math.isfinite(training) else head + "No number has been measured yet."
    by_validation = run.watched() is run.validation
    source = "validation" if by_validation else "training"
    if best == epoch:
        return head + f"The best {source} {run.metric.replace('_', ' ')} so far."
    ago = epoch - best
    tail = f"The best {source} was {_short(run.watched()[best - run.start - 1])}, {ago} epoch{'s' * (ago > 1)} ago"
    if not by_validation:
        return f"{head}{tail}."
    before = run.at(best)[0]
    better = training > before if larger_is_better(run.metric) else training < before
    return f"{head}{tail}{'; training is better now than it was then' if better else ''}."


def _short(value: float) -> str:
    """A number with about three digits."""
    if not math.isfinite(value):
        return "not a number"
    if abs(value) >= 100:
        text = f"{value:,.0f}"
    elif abs(value) >= 10:
        text = f"{value:.1f}"
    else:
        text = f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}" if abs(value) >= 0.001 or value == 0 else f"{value:.0e}"
    return text.replace("-", "−")


# --- While fit runs ---


class Watcher:
    """Follows a training, and draws it as often as the budget allows; `live` hangs it on Keras.

    Args:
        metric: What to watch.
        plane: Points whose boundary is drawn, too, or None.
        clock: Gives the time in seconds.

    Attributes:
        run: The latest training; None before the first.
        shown: The picture of the latest training on the page; None before the first, and outside a notebook.
    """

    def __init__(
        self, metric: str = "loss", plane: Plane | None = None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.metric, self.plane, self.clock = metric, plane, clock
        self.run: Run | None = None
        self.shown: Explorable | None = None
        self._ready = self._blank() if _in_notebook() else None

    def begin(self, model: Callable[..., Any], epochs: int | None, batches: int | None) -> None:
        """Start anew: a new training, a new picture."""
        self.model, self.batches = model, batches
        self.run, self.budget = Run(self.metric, epochs), Budget(clock=self.clock)
        self.looks = Budget(LOOKS, self.clock)
        self.began = self.drawn = self.clock()
        if _in_notebook():
            self.shown, self._ready = self._ready or self._blank(), None
        self.budget.spend(self._first)
        self.looks.last = self.budget.last  # about what a look costs, until one has been timed

    def begin_epoch(self, epoch: int) -> None:
        """An epoch begins; the first one says how many were made before."""
        if not self.run.training:
            self.run.start = epoch
        self.began = self.clock()

    def begin_batch(self, batch: int) -> None:
        """In a long epoch, bring the words up to date."""
        if batch and self.shown and self.clock() - self.drawn > PAUSE and self.budget.allows():
            self.budget.spend(lambda: self._draw(live_words(self.run, batch, self.batches)))

    def end_epoch(self, logs: Mapping[str, Any]) -> None:
        """Note what an epoch gave, and draw it if there is time for it."""
        if self.metric not in logs:
            known = ", ".join(name for name in logs if not name.startswith("val_"))
            raise ValueError(f"metric: expected one of {known}, received {self.metric!r}. Watch what the model was compiled with.")
        self.run.add(logs[self.metric], logs.get(f"val_{self.metric}"), self.clock() - self.began)
        if self.budget.allows():
            self.budget.spend(self._see)
        elif self.looks.allows() or self.run.last == self.run.epochs:  # the last epoch is drawn when `fit` ends
            self.looks.spend(self._look)

    def end(self) -> None:
        """`fit` has come to its end: draw the last picture."""
        self.run.ended = True
        self.budget.spend(self._last)
        self.model = None

    def _blank(self) -> Explorable:
        return Explorable(_heading(self.metric, self.plane, "live"), [], lambda _: self._view(Run(self.metric), WAITING))

    def _first(self) -> None:
        self._look()  # which shows, too, whether the model can be asked at all
        if self.shown is not None:
            from IPython.display import display

            self._draw(live_words(self.run))
            widget = {"application/vnd.jupyter.widget-view+json": self.shown.get_view_spec(), "text/plain": WAITING}
            display(widget, raw=True)

    def _see(self) -> None:
        self._look()
        self._draw(live_words(self.run))

    def _look(self, at_end: bool = False) -> None:
        """Keep the boundary as it is now, unless that was done already."""
        seen = self.run.boundaries[-1].epoch if self.run.boundaries else -1
        if self.plane is not None and seen < self.run.last:
            self.run.keep(Boundary(self.run.last, self.plane.ask(self.model), at_end))

    def _last(self) -> None:
        self._look(at_end=True)
        self._draw(live_words(self.run))

    def _draw(self, words: str) -> None:
        if self.shown is not None:
            self.shown.draw(self._view(self.run, words))
        self.drawn = self.clock()

    def _view(self, run: Run, words: str) -> View:
        return view(run, run.last, words, self.plane)


def _in_notebook() -> bool:
    from IPython import get_ipython

    return get_ipython() is not None


def _heading(metric: str, plane: Plane | None, how: str) -> str:
    return f"Training, {how}: {metric.replace('_', ' ')}{'' if plane is None else ' and boundary'}"


def live(metric: str = "loss", boundary: Labelled | None = None) -> Any:
    """Return a callback that draws a training while it runs: `model.fit(..., callbacks=[live])`.

    Each call of `fit` starts a new picture; `watch.show` then shows the latest one. Outside a notebook it draws
    nothing and only takes notes.

    Args:
        metric: Which curve to draw: "loss", or the name of a metric that the model is compiled with. The best epoch is
            chosen by it: on the validation set, if `fit` measures one.
        boundary: (x, y), to see the boundary between the classes, too: points of shape (n, 2) as the model gets them,
            and their classes, integers from 0 of shape (n,).

    Returns:
        A `keras.callbacks.Callback`.

    Raises:
        TypeError: If `metric` is no text, or `boundary` no pair of numbers.
        ValueError: If the points have another shape; from within `fit`, if the model has no such metric, or cannot be
            asked about points of the plane.
    """
    import keras

    if not isinstance(metric, str):
        raise TypeError(f"metric: expected a text such as 'loss', received {messages.of(metric)}. Name one metric.")
    watcher = Watcher(metric.removeprefix("val_"), _plane(boundary))

    class Live(keras.callbacks.Callback):
        """Hands on to `watcher` what `fit` says."""

        def __init__(self) -> None:
            super().__init__()
            self.watcher = watcher

        def on_train_begin(self, logs: Any = None) -> None:
            watcher.begin(self.model, self.params.get("epochs"), self.params.get("steps"))

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            watcher.begin_epoch(epoch)

        # (Not at its end: Keras would then wait for the numbers of every batch.)
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            watcher.begin_batch(batch)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            watcher.end_epoch(logs or {})

        def on_train_end(self, logs: Any = None) -> None:
            watcher.end()

    return Live()


def _plane(boundary: Labelled | None) -> Plane | None:
    if boundary is None:
        return None
    if not isinstance(boundary, tuple | list) or len(boundary) != 2:
        raise TypeError(f"boundary: expected a pair (x, y), received {messages.of(boundary)}. Write boundary=(x, y).")
    return Plane(*boundary)


# --- Back through it ---


def make(live: Any) -> Explorable:
    """Return the explorable of the latest training that a callback of `live` has seen, not yet displayed.

    Args:
        live: What `watch.live()` returned.

    Raises:
        TypeError: If it is anything else.
        ValueError: If it has not seen an epoch yet.
    """
    watcher = getattr(live, "watcher", None)
    if not isinstance(watcher, Watcher):
        raise TypeError(f"live: expected what watch.live() returns, received {messages.of(live)}. Pass the callback.")
    run, plane = watcher.run, watcher.plane
    if run is None or not run.training:
        advice = "Train first: model.fit(..., callbacks=[live])."
        raise ValueError(f"live: expected a callback that has seen an epoch, received one that has seen none. {advice}")
    first, last = run.start + 1, run.last

    def see(values: Mapping[str, Any]) -> View:
        epoch = int(values.get("epoch", last))
        return view(run, epoch, replay_words(run, epoch), plane)

    # (A single epoch leaves nothing to choose.)
    sliders = [Slider("epoch", "epoch", first, last, 1, last)] if last > first else []
    return Explorable(_heading(watcher.metric, plane, "epoch by epoch"), sliders, see)


def show(live: Any, alt: str = "") -> None:
    """Display the latest training once more, with a slider over its epochs; the live picture moves here.

    Args:
        live: What `watch.live()` returned, after `fit`.
        alt: What the curves show, without any number that was trained: such numbers differ from machine to machine.

    Raises:
        TypeError: If `live` is anything else.
        ValueError: If it has not seen an epoch yet.
    """
    replay = make(live)
    if live.watcher.shown is not None:
        live.watcher.shown.close()
    explorable.show(replay, alt)
