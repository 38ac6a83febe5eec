"""A pipeline of tf.data: which words, in which order, who waits for whom, and what is in a batch.

`two_epochs` computes who works when, from the seconds that one call of map and one training step take. The notebook
measures these, and runs the real pipeline beside it.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isfinite, log10
from typing import Any, NamedTuple

import numpy as np
from matplotlib.colors import to_hex
from numpy.typing import ArrayLike

from companion import messages
from companion.explore import explorable
from companion.explore.explorable import Button, Explorable, Order, Scale
from companion.explore.picture import Box, Dots, Line, Mark, Picture, Plot, Raster, Text, View, tints
from companion.plots import COLORS, INK, QUIET

WORDS = ("map", "cache", "shuffle", "batch", "prefetch")
CALLS = (1, 2, 4)
EPOCHS = (1, 2)

Example = tuple[int, ...]  # the numbers of the files in an element: one, or those of a batch
Pull = Callable[[], Generator[Any, Any, Example | None]]
Run = Callable[[tuple[str, ...], int, int, int], Sequence[float]]


# --- The words as code ---


def code(order: Sequence[str], batch_size: int, buffer_size: int, calls: int) -> str:
    """Return the lines of tf.data that an order of words stands for.

    They start from a dataset `files_ds` of pairs of a file's name and its label, and map the function
    `read_and_shrink` over it. A single call of map at a time is what map does when it is told nothing.
    """
    written = {
        "map": f".map(read_and_shrink, num_parallel_calls={calls})" if calls > 1 else ".map(read_and_shrink)",
        "cache": ".cache()",
        "shuffle": f".shuffle({buffer_size})",
        "batch": f".batch({batch_size})",
        "prefetch": ".prefetch(tf.data.AUTOTUNE)",
    }
    if not order:
        return "train_ds = files_ds"
    return "\n".join(["train_ds = (", "    files_ds", *(f"    {written[word]}" for word in order), ")"])


# --- Who works when ---


@dataclass(frozen=True)
class Times:
    """How long one thing takes when nothing else runs, in seconds, as measured.

    Attributes:
        read: One call of map for a single file.
        read_in_batch: The same for each file, when a call gets a whole batch of them.
        step: One training step, by the size of its batch, with taking the batch out of the dataset. For sizes in
            between the seconds are interpolated.
        cores: How much gets done at once: how many times as fast two calls side by side are as one after the other.
            1 where a single core does everything, near 2 where two are free; it need not be whole.

    Raises:
        ValueError: If a time is not finite and above 0, or a size or `cores` is below 1.
    """

    read: float
    read_in_batch: float
    step: Mapping[int, float]
    cores: float = 2.0

    def __post_init__(self) -> None:
        for name, seconds in [("read", self.read), ("read_in_batch", self.read_in_batch)]:
            _check_seconds(name, seconds)
        if not self.step or any(not _is_whole(size) or size < 1 for size in self.step):
            raise ValueError(
                f"step: expected seconds by the size of the batch, as {{32: 0.002}}, received {messages.of(self.step)}. "
                "Measure a step for each size."
            )
        for size, seconds in self.step.items():
            _check_seconds(f"step[{size}]", seconds)
        if not _is_number(self.cores) or self.cores < 1:
            expected = "a finite number, at least 1"
            raise ValueError(f"cores: expected {expected}, received {messages.of(self.cores)}. One core is the least.")

    def of_call(self, files: int, together: bool) -> float:
        """Seconds of one call of map for so many files."""
        return files * (self.read_in_batch if together else self.read)

    def of_step(self, examples: int) -> float:
        """Seconds of a training step on so many examples."""
        sizes = sorted(self.step)
        return float(np.interp(examples, sizes, [self.step[size] for size in sizes]))


class Work(NamedTuple):
    """Something that was done: from when to when, in seconds, and with the files of which numbers."""

    start: float
    end: float
    files: Example


@dataclass(frozen=True)
class Timeline:
    """Who works when in one epoch, in seconds from its beginning.

    Attributes:
        calls: The calls of map, by their ends.
        steps: The training steps. The files of the first step are the first batch.
    """

    calls: tuple[Work, ...]
    steps: tuple[Work, ...]

    @property
    def total(self) -> float:
        """When the last step ends."""
        return self.steps[-1].end

    @property
    def waits(self) -> list[tuple[float, float]]:
        """When the training waits for data: from, to."""
        ends = [0.0, *(step.end for step in self.steps)]
        return [(end, step.start) for end, step in zip(ends, self.steps) if step.start > end]

    @property
    def waited(self) -> float:
        """How long the training waits, in all."""
        return sum(end - start for start, end in self.waits)

    @property
    def files_read(self) -> int:
        """How many files the calls of map read."""
        return sum(len(call.files) for call in self.calls)

    @property
    def overlap(self) -> float:
        """How long reading and training go on at the same time, in all."""
        waiting = sum(
            max(0.0, min(end, call_end) - max(start, call_start))
            for start, end in [*self.waits, (self.total, float("inf"))]
            for call_start, call_end in _united(self.calls)
        )
        return sum(end - start for start, end in _united(self.calls)) - waiting


def two_epochs(
    order: Sequence[str], times: Times, files: int, batch_size: int, buffer_size: int, calls: int = 1
) -> tuple[Timeline, Timeline]:
    """Return who works when in two epochs of training on files that pass through a pipeline.

    The second epoch differs from the first if there is a cache, which is full then, or a shuffle. Later ones are like
    the second.

    A small simulation with these assumptions. Reading (the calls of map) and training take time, everything else
    none. Work that goes on at once shares the cores evenly, and each piece uses one core at most. A word takes
    elements from the word before it when it is asked for one; but prefetch works ahead without end, in a thread of
    its own, and so does map with more than one call at a time, by as many elements as there are calls (never more
    calls than cores). Shuffle fills its buffer before it hands out anything. TensorFlow's own improvements, such as
    a prefetch that nobody wrote, are off. Without batch, each example has a step of its own.

    Args:
        order: Different words out of `WORDS`, the first nearest to the files.
        times: How long one call and one step take.
        files: How many there are, at least 1.
        batch_size: For batch, at least 1.
        buffer_size: For shuffle, at least 1.
        calls: How many files, or batches of files, map reads at once.

    Raises:
        ValueError: If a word is unknown or stands twice, or a number is out of range.
    """
    if len(set(order)) < len(order) or not set(order) <= set(WORDS):
        expected = f"different words out of {', '.join(WORDS)}"
        raise ValueError(f"order: expected {expected}, received {messages.of(order)}. Name each at most once.")
    sizes = {"files": files, "batch_size": batch_size, "buffer_size": buffer_size, "calls": calls}
    for name, size in sizes.items():
        if not _is_whole(size) or size < 1:
            raise ValueError(f"{name}: expected a whole number from 1, received {messages.of(size)}. One is the least.")
    first = _Epoch(tuple(order), times, sizes, 1, [])
    second = _Epoch(tuple(order), times, sizes, 2, first.remembered)
    return first.timeline, second.timeline


class _Cores:
    """Lets processes run side by side. A process is a generator: it yields seconds of work, after which it is sent
    when that began and ended, or a list of processes that wait for the same thing, to wait among them."""

    def __init__(self, number: float) -> None:
        self.number, self.now = number, 0.0
        self.ready: deque[tuple[Generator, Any]] = deque()
        self.jobs: list[list] = []  # seconds of work left, begin, process

    def start(self, process: Generator) -> None:
        """Let a process run."""
        self.ready.append((process, None))

    def wake(self, waiting: list) -> None:
        """Let those that wait look whether they can go on."""
        self.ready.extend((process, None) for process in waiting)
        waiting.clear()

    def run(self) -> None:
        """Go on until nobody has anything to do."""
        while self.ready or self.jobs:
            while self.ready:
                self._go_on(*self.ready.popleft())
            if self.jobs:
                self._work()

    def _go_on(self, process: Generator, answer: Any) -> None:
        """Let one process run until it wants to work or to wait."""
        try:
            wish = process.send(answer)
        except StopIteration:
            return
        if isinstance(wish, list):
            wish.append(process)
        else:
            self.jobs.append([wish, self.now, process])

    def _work(self) -> None:
        """Let time pass until the next piece of work is done."""
        least = min(job[0] for job in self.jobs)
        self.now += least * max(1.0, len(self.jobs) / self.number)
        for job in self.jobs:
            job[0] -= least
        self.ready.extend((process, (begin, self.now)) for left, begin, process in self.jobs if left <= 0)
        self.jobs = [job for job in self.jobs if job[0] > 0]


class _Epoch:
    """One epoch: the words of the pipeline, each as a function that gets the next element, and the training."""

    def __init__(
        self, order: tuple[str, ...], times: Times, sizes: Mapping[str, int], number: int, remembered: list[Example]
    ) -> None:
        self.times, self.sizes, self.remembered = times, sizes, remembered
        self.in_batches = "batch" in order and "map" in order and order.index("batch") < order.index("map")
        self.rng = np.random.default_rng(number)
        self.cores = _Cores(times.cores)
        self.calls: list[Work] = []
        self.steps: list[Work] = []
        words = {name: getattr(self, name) for name in WORDS}
        self.pull = _from([(number,) for number in range(sizes["files"])])
        for word in order:
            self.pull = words[word](self.pull)
        self.cores.start(self._training())
        self.cores.run()
        self.timeline = Timeline(tuple(self.calls), tuple(self.steps))

    def _training(self) -> Generator:
        while (batch := (yield from self.pull())) is not None:
            began, ended = yield self.times.of_step(len(batch))
            self.steps.append(Work(began, ended, batch))

    def _call(self, files: Example) -> Generator:
        """One call of map."""
        began, ended = yield self.times.of_call(len(files), self.in_batches)
        self.calls.append(Work(began, ended, files))

    def map(self, before: Pull) -> Pull:
        """Read when asked; or, with several calls at once, ahead of being asked."""
        if self.sizes["calls"] > 1:
            return self._map_at_once(before, min(self.sizes["calls"], ceil(self.times.cores)))

        def pull() -> Generator:
            files = yield from before()
            if files is not None:
                yield from self._call(files)
            return files

        return pull

    def _map_at_once(self, before: Pull, at_once: int) -> Pull:
        """Each element has a place in the row, in which it waits to be read and then to be taken."""
        row: deque[list] = deque()
        waiting: list = []

        def one(place: list) -> Generator:
            yield from self._call(place[0])
            place[1] = True
            self.cores.wake(waiting)

        def manager() -> Generator:
            while True:
                while len(row) >= at_once:
                    yield waiting
                files = yield from before()
                row.append([files, files is None])
                if files is None:
                    return self.cores.wake(waiting)
                self.cores.start(one(row[-1]))

        return self._ahead(row, waiting, manager())

    def prefetch(self, before: Pull) -> Pull:
        """Take all that comes, whether or not somebody asks."""
        row: deque[list] = deque()
        waiting: list = []

        def collector() -> Generator:
            files: Example | None = ()
            while files is not None:
                files = yield from before()
                row.append([files, True])
                self.cores.wake(waiting)

        return self._ahead(row, waiting, collector())

    def _ahead(self, row: deque[list], waiting: list, process: Generator) -> Pull:
        """Take from the front of a row that a process fills, which starts when the first element is asked for."""
        started = False

        def pull() -> Generator:
            nonlocal started
            if not started:
                started = True
                self.cores.start(process)
            while not (row and row[0][1]):
                yield waiting
            if row[0][0] is None:
                return None
            files, _ = row.popleft()
            self.cores.wake(waiting)
            return files

        return pull

    def cache(self, before: Pull) -> Pull:
        """Remember everything; if it is remembered already, ask nobody."""
        if self.remembered:
            return _from(self.remembered)

        def pull() -> Generator:
            files = yield from before()
            if files is not None:
                self.remembered.append(files)
            return files

        return pull

    def shuffle(self, before: Pull) -> Pull:
        """Fill a buffer, and hand out one of it at random; fill the gap when asked again."""
        buffer: list[Example] = []
        ended = False

        def pull() -> Generator:
            nonlocal ended
            while not ended and len(buffer) < self.sizes["buffer_size"]:
                files = yield from before()
                if files is None:
                    ended = True
                else:
                    buffer.append(files)
            return buffer.pop(int(self.rng.integers(len(buffer)))) if buffer else None

        return pull

    def batch(self, before: Pull) -> Pull:
        """Put several in one; the last may hold fewer."""

        def pull() -> Generator:
            files: Example = ()
            while len(files) < self.sizes["batch_size"] and (one := (yield from before())) is not None:
                files += one
            return files or None

        return pull


def _from(elements: Sequence[Example]) -> Pull:
    """Hand out what is in memory."""
    rest = iter(list(elements))

    def pull() -> Generator:
        yield from ()
        return next(rest, None)

    return pull


def _united(calls: Sequence[Work]) -> list[tuple[float, float]]:
    """The stretches of time in which at least one call goes on."""
    stretches: list[list[float]] = []
    for start, end, _ in sorted(calls):
        if stretches and start <= stretches[-1][1] + 1e-12:
            stretches[-1][1] = max(end, stretches[-1][1])
        else:
            stretches.append([start, end])
    return [(start, end) for start, end in stretches]


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _check_seconds(name: str, value: object) -> None:
    if not _is_number(value) or value <= 0:
        expected = "a finite number of seconds above 0"
        raise ValueError(f"{name}: expected {expected}, received {messages.of(value)}. Measure it anew.")


# --- What is seen ---

FIRST_BATCHES = 6  # as many are counted
MOST_BARS = 60  # in a lane; more are painted as one strip
STRIP = 400  # columns of such a strip
LONGEST_WORDS = 300  # characters


class Watched:
    """A pipeline under the controls: what is computed, and what was measured, of each choice."""

    def __init__(self, times: Times, digits: np.ndarray, run: Run) -> None:
        """Watch the pipelines of files whose classes are `digits`; `run` as in `make`."""
        self.times, self.digits, self.run = times, digits, run
        self.measured: dict[tuple, tuple[float, ...]] = {}
        self.pressed = 0

    def view(self, values: dict[str, Any]) -> View:
        """Return timeline, batches and words of one choice; run it for real if the button was pressed.

        Args:
            values: The words in "order", "batch_size", "buffer_size", "calls", "epoch", and how often "run" was pressed.
        """
        choice = tuple(values[name] for name in ("order", "batch_size", "buffer_size", "calls"))
        order, epoch = choice[0], values["epoch"]
        pressed_again, self.pressed = values["run"] > self.pressed, values["run"]
        if pressed_again and _trains(order):
            self.measured[choice] = _two_times(self.run(*choice))
        measured = self.measured[choice][epoch - 1] if choice in self.measured else None
        both = two_epochs(order, self.times, len(self.digits), *choice[1:])
        done = both[epoch - 1]
        in_turns = len(self.digits) * self.times.read + sum(self.times.of_step(len(it.files)) for it in done.steps)
        longest = _round_up(1000 * max(in_turns, both[0].total, measured or 0))  # the same for every order, as a rule
        batches = [self.digits[list(step.files)] for step in done.steps[:FIRST_BATCHES]]
        picture = Picture([_lanes(order, done, epoch, measured, longest), _counts(order, batches)], widths=(1.75, 1), height=250)
        return View(picture, _words(choice, epoch, done, batches, len(self.digits), measured), code(*choice))


def _trains(order: Sequence[str]) -> bool:
    """Whether a model can train on what comes out: pictures, in batches."""
    return "map" in order and "batch" in order


def _two_times(seconds: Sequence[float]) -> tuple[float, ...]:
    """What was measured of two epochs."""
    measured = tuple(float(it) for it in seconds)
    if len(measured) != 2 or not all(isfinite(it) and it > 0 for it in measured):
        raise ValueError(f"run: expected the seconds of two epochs, received {messages.of(seconds)}. Return both.")
    return measured


def _lanes(order: Sequence[str], done: Timeline, epoch: int, measured: float | None, longest: float) -> Plot:
    """A lane for reading and one for training, over the milliseconds of the epoch."""
    names = ((0.5, "reading"), (1.5, "training"))
    if not _trains(order):
        stop = Text(0.5, 1, "no training: the model wants pictures in batches", color=QUIET)
        return Plot([stop], (0, 1), (2.2, 0), "No epoch", x_ticks=(), y_ticks=names)
    batch_of = {file: number for number, step in enumerate(done.steps, start=1) for file in step.files}
    marks: list[Mark] = []
    rows = _rows(done.calls)
    mixed_later = not _ascends([batch_of[call.files[0]] for call in sorted(done.calls)])
    for number, row in enumerate(rows):
        bars = _bars(row, None if mixed_later else batch_of)
        marks += _lane(bars, 0.1 + 0.8 * number / len(rows), 0.8 / len(rows), COLORS[0], longest)
    steps = [(step.start, step.end, str(number)) for number, step in enumerate(done.steps, start=1)]
    marks += _lane(steps, 1.1, 0.8, COLORS[1], longest)
    marks += [
        Text(500 * (start + end), 1.5, f"waits {_time(end - start)}", color=QUIET, size=11)
        for start, end in done.waits
        if _pixels(1000 * (end - start), longest) > 80
    ]
    marks.append(Line([1000 * done.total] * 2, [0, 2], color=INK, width=1.5, dash="dashed", label="end, computed"))
    title = f"Epoch {epoch}: {_time(done.total)} computed"
    if measured:
        title += f", {_time(measured)} measured"
        marks.append(Dots([1000 * measured], [2.1], color=COLORS[3], marker="diamond", size=10, label="end, measured"))
    return Plot(marks, (0, longest), (2.25, 0), title, "milliseconds", y_ticks=names)


def _rows(calls: Sequence[Work]) -> list[list[Work]]:
    """Calls that go on at the same time, in rows of their own."""
    rows: list[list[Work]] = []
    for call in sorted(calls):
        free = [row for row in rows if row[-1].end <= call.start + 1e-12]
        if free:
            free[0].append(call)
        else:
            rows.append([call])
    return rows


def _bars(row: Sequence[Work], batch_of: Mapping[int, int] | None) -> list[tuple[float, float, str]]:
    """Calls as bars: those for the same batch are one bar; if a shuffle follows, all that go on without a break."""
    bars: list[list] = []  # start, end, batch, files
    for start, end, files in row:
        batch = batch_of[files[0]] if batch_of else 0
        if bars and bars[-1][2] == batch and start <= bars[-1][1] + 1e-12:
            bars[-1][1] = end
            bars[-1][3] += len(files)
        else:
            bars.append([start, end, batch, len(files)])
    return [(start, end, str(batch) if batch_of else _files(files)) for start, end, batch, files in bars]


def _lane(
    bars: Sequence[tuple[float, float, str]], top: float, height: float, color: str, longest: float
) -> Iterator[Mark]:
    """Bars with their names, where there is room for them."""
    fill = to_hex(tints(color, 0.3) / 255)
    if len(bars) > MOST_BARS:
        edges = np.linspace(0, longest / 1000, STRIP + 1)
        busy = sum(np.clip((edges - start) / (end - start), 0, 1) * (end - start) for start, end, _ in bars)
        share = np.clip(np.diff(busy) * STRIP / (longest / 1000), 0, 1)[None, :]
        yield Raster(tints(color, 0.55 * share), (0, longest), (top, top + height))
        return
    for start, end, name in bars:
        start, end = 1000 * start, 1000 * end
        yield Box(start, top, end - start, height, fill, color, line=1)
        if _pixels(end - start, longest) > 6 * len(name) + 2:
            yield Text((start + end) / 2, top + height / 2, name, size=10)


def _pixels(milliseconds: float, longest: float) -> float:
    """How wide something is drawn, about."""
    return 380 * milliseconds / longest


def _counts(order: Sequence[str], batches: Sequence[np.ndarray]) -> Plot:
    """How often each digit is in each of the first batches."""
    counts = np.array([np.bincount(batch, minlength=10) for batch in batches])
    share = counts / counts.sum(axis=1, keepdims=True)
    shades = tints(COLORS[5], 0.8 * share**0.7)
    marks = [Raster(shades, (-0.5, 9.5), (-0.5, len(counts) - 0.5))]
    marks += [Text(digit, row, str(counts[row, digit]), size=11) for row, digit in np.argwhere(counts).tolist()]
    what = "batches" if "batch" in order else "elements"
    return Plot(
        marks, (-0.5, 9.5), (FIRST_BATCHES - 0.5, -0.5), f"Digits in the first {what}", "digit", "",
        x_ticks=[(digit, str(digit)) for digit in range(10)],
        y_ticks=[(row, f"{what[:5] if what == 'batches' else 'element'} {row + 1}") for row in range(len(counts))],
    )  # fmt: skip


def _round_up(value: float) -> float:
    """The next of 1, 2, 3, 5, 10, 20 and so on: an axis that stays while its contents change a little."""
    power = 10.0 ** np.floor(log10(value))
    return float(next(step * power for step in (1, 2, 3, 5, 10) if value <= step * power * (1 + 1e-9)))


# --- The same in words ---


def _words(
    choice: tuple, epoch: int, done: Timeline, batches: Sequence[np.ndarray], files: int, measured: float | None
) -> str:
    """What is to be seen, the gravest first, as much as fits into a few lines."""
    order = choice[0]
    if "map" not in order:
        return "Without map, names of files come out and no pictures, so the model cannot train on them."
    if "batch" not in order:
        return "Without batch, single pictures come out. The model expects batches, even of one, and stops with an error."
    said = [_who_waits(order, choice[2], epoch, done)]
    said += _in_vain(order)
    said.append(_how_mixed(order, choice[1:3], files, batches))
    if measured:
        said.append(_compared(done.total, measured))
    words = ""
    for sentence in said:
        if not words or len(words) + len(sentence) < LONGEST_WORDS:
            words += " " + sentence if words else sentence
    return words


def _who_waits(order: Sequence[str], buffer_size: int, epoch: int, done: Timeline) -> str:
    takes = f"Epoch {epoch} takes {_time(done.total)}, computed"
    if not done.calls:
        return f"{takes}: the cache holds all the pictures, no file is read, and the training never waits."
    fills = _before(order, "map", "shuffle") and buffer_size > 1
    first = done.steps[0].start
    ready = sum(len(call.files) for call in done.calls if call.end <= first + 1e-12)
    if fills and first > 0.5 * done.waited and ready > len(done.steps[0].files):
        return f"{takes}: the training waits {_time(first)} for its first batch, until shuffle has got {_files(ready)}."
    if done.overlap > 0.2 * min(done.waited + done.overlap, sum(end - start for start, end, _ in done.steps)):
        return f"{takes}: files are read while the model trains; the training waits {_time(done.waited)}."
    return f"{takes}: reading and training take turns; the training waits {_time(done.waited)}."


def _compared(computed: float, measured: float) -> str:
    """The measured time, and why it may be another."""
    ratio = measured / computed
    if ratio > 1.25:
        return f"Measured: {_time(measured)}; the cores may be busy elsewhere, and threads have a cost of their own."
    if ratio < 0.8:
        return f"Measured: {_time(measured)}; the machine may have been busier when the single times were taken."
    return f"Measured: {_time(measured)}, close to the computed time."


def _how_mixed(order: Sequence[str], sizes: tuple[int, int], files: int, batches: Sequence[np.ndarray]) -> str:
    batch_size, buffer_size = sizes
    kinds = sorted({len(set(batch.tolist())) for batch in batches})
    span = f"{kinds[0]}" if len(kinds) == 1 else f"{kinds[0]} {'or' if kinds[-1] - kinds[0] == 1 else 'to'} {kinds[-1]}"
    held = f"each of the first batches holds {'a single digit' if kinds[-1] == 1 else f'{span} different digits'}"
    if batch_size == 1:
        held = "each batch is a single picture"
    if "shuffle" not in order:
        return f"Not shuffled: {held}."
    if buffer_size == 1:
        return f"A buffer of 1 shuffles nothing: {held}."
    if _before(order, "batch", "shuffle") and batch_size > 1:
        return f"Shuffle moves whole batches only: {held}."
    if buffer_size < files:
        return f"A buffer of {buffer_size} mixes only files that lie close together: {held}."
    return f"Well mixed: {held}."


def _in_vain(order: Sequence[str]) -> Iterator[str]:
    """What does not do what one would expect of it."""
    if _before(order, "shuffle", "cache"):
        yield "The cache remembers one order, the same in every epoch."
    if _before(order, "cache", "map"):
        yield "The cache keeps only names: each epoch reads all files."
    if _before(order, "prefetch", "map"):
        yield "Prefetch before map fetches names ahead, not pictures."


def _before(order: Sequence[str], one: str, other: str) -> bool:
    return one in order and other in order and order.index(one) < order.index(other)


def _time(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{1000 * seconds:.0f} ms" if seconds >= 0.01 else f"{1000 * seconds:.1f} ms"


def _files(number: int) -> str:
    return f"{number} file" if number == 1 else f"{number} files"


def _ascends(numbers: Sequence[int]) -> bool:
    return all(one <= other for one, other in zip(numbers, numbers[1:]))


# --- On the page ---


def make(times: Times, digits: ArrayLike, run: Run) -> Explorable:
    """Return the explorable, not yet displayed.

    Args:
        times: How long one call of map and one training step take. The sizes of `times.step` are the sizes to choose
            from.
        digits: The class of each file, 0 to 9, in the order of the files; shape (files,).
        run: Called as `run(order, batch_size, buffer_size, calls)` when the button is pressed; builds that pipeline,
            trains for two epochs, and returns the seconds of both.

    Raises:
        TypeError: If `times` are no `Times`, or `run` cannot be called.
        ValueError: If `digits` are not whole numbers from 0 to 9 in one row.
    """
    if not isinstance(times, Times):
        raise TypeError(f"times: expected Times, received {messages.of(times)}. Write pipeline.Times(read=…, …).")
    if not callable(run):
        raise TypeError(f"run: expected a function, received {messages.of(run)}. Pass one that times the real pipeline.")
    digits = np.asarray(digits)
    right = digits.ndim == 1 and digits.size and np.issubdtype(digits.dtype, np.integer)
    if not right or digits.min() < 0 or digits.max() > 9:
        expected = "a row of whole numbers from 0 to 9"
        raise ValueError(f"digits: expected {expected}, received {messages.of(digits)}. Pass the labels of the files.")
    files, sizes = len(digits), tuple(sorted(times.step))
    controls = [
        Order("order", "in this order", WORDS, ("map", "batch", "prefetch")),
        Scale("batch_size", "batch size", sizes, min(sizes, key=lambda size: abs(size - 16))),
        Scale("buffer_size", "shuffle buffer", tuple(sorted({1, min(10, files), max(1, files // 4), files})), files),
        Scale("calls", "num_parallel_calls", CALLS, 1),
        Scale("epoch", "epoch", EPOCHS, 1),
        Button("run", "Run it for real"),
    ]
    return Explorable("A pipeline: who waits for whom", controls, Watched(times, digits.copy(), run).view)


def show(times: Times, digits: ArrayLike, run: Run, alt: str = "") -> None:
    """Display the words of a pipeline in any order: the code, who works when, and what is in the first batches.

    Args:
        times: As for `make`.
        digits: As for `make`.
        run: As for `make`.
        alt: What the still picture shows. Give one: the words hold times, which differ from machine to machine.

    Raises:
        TypeError: As `make`.
        ValueError: As `make`.
    """
    explorable.show(make(times, digits, run), alt)
