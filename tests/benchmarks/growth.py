"""What ten and a hundred times the examples cost: seconds, and memory beyond what the process held before.

Every size in a process of its own. The examples are the course's own, repeated.
"""

from __future__ import annotations

import csv
import gc
import json
import pathlib
import tempfile
import time
from collections.abc import Callable
from typing import Any

from benchmarks.measuring import How, Report, in_turn, median, peak_megabytes, ratio

import numpy as np

TIMES = (1, 10, 100)
PICTURES, TABLE_ROWS, TRAINED, RECORDS = 40, 344, 600, 1000


def load_table(times: int, folder: pathlib.Path) -> Callable[[], Any]:
    """The penguins as a CSV file, with all that `tables` finds in it."""
    from companion import datasets, tables

    with open(datasets.path("penguins.csv"), newline="", encoding="utf-8") as file:
        head, *rows = list(csv.reader(file))
    with open(folder / "table.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows * times])
    return lambda: tables.findings(tables.read(folder / "table.csv"), head[0])


def load_pictures(times: int, folder: pathlib.Path) -> Callable[[], Any]:
    """A folder for each digit, with picture files in it."""
    from PIL import Image

    from companion import datasets, folders

    (x, y), _ = datasets.load_digits()
    for number in range(PICTURES * times):
        home = folder / "pictures" / str(y[number % len(y)])
        home.mkdir(parents=True, exist_ok=True)
        Image.fromarray(x[number % len(x)]).save(home / f"{number:05}.png")
    return lambda: folders.look(folder / "pictures")


def train(times: int, folder: pathlib.Path) -> Callable[[], Any]:
    """The recipe of notebook 05, its five epochs."""
    import tensorflow as tf

    from benchmarks import training

    _ = tf.constant(1) + 1  # TensorFlow is awake before the clock starts
    data = training.digits(TRAINED * times)
    return lambda: training.course(data.x, data.y, training.Clock(data))


def explore(name: str) -> Callable[[int, pathlib.Path], Callable[[], Any]]:
    """Return the case of one explorable: making it, its first picture, and that of every slider's far end."""

    def case(times: int, folder: pathlib.Path) -> Callable[[], Any]:
        import importlib

        from benchmarks.stand_ins import ARGUMENTS

        module = importlib.import_module(f"companion.explore.{name}")
        arguments = (more_of if name in ("filters", "spectrogram") else repeated)(ARGUMENTS[name](), times)

        def make_and_move() -> None:
            made = module.make(*arguments)
            for control in made.controls:
                if hasattr(control, "positions") and type(control).__name__ != "Button":
                    made.values = {control.name: control.positions()[-1]}
                if made.words.startswith("This could not be drawn"):
                    raise AssertionError(f"{name}: {made.words}")

        return make_and_move

    return case


def repeated(value: Any, times: int) -> Any:
    """Return a value of `stand_ins` with each array in it repeated."""
    if isinstance(value, np.ndarray):
        return np.concatenate([value] * times)
    if isinstance(value, tuple):
        return tuple(repeated(each, times) for each in value)
    if isinstance(value, dict):
        return {name: repeated(each, times) for name, each in value.items()}
    return value


def more_of(arguments: tuple[Any, ...], times: int) -> tuple[Any, ...]:
    """Return arguments of `stand_ins` with each named picture or recording in them so many times: their length is limited."""
    named, *others = arguments
    copies = {f"{name} {number}": value for number in range(times) for name, value in named.items()}
    return (copies, *others)


def remember(times: int, folder: pathlib.Path) -> Callable[[], Any]:
    """A journal of so many records: read it, and add one."""
    from companion import journal

    write_journal(RECORDS * times)

    def read_and_add() -> None:
        if len(journal.records()) != RECORDS * times:
            raise AssertionError("the journal lost records")
        journal.append("attempt", "step1.batch_the_penguins", right=True)

    return read_and_add


def show_progress(times: int, folder: pathlib.Path) -> Callable[[], Any]:
    """The map of `progress.show` from a journal of so many records."""
    from companion import progress

    write_journal(RECORDS * times)
    return progress.show


def write_journal(records: int) -> None:
    """Write a journal of attempts at every exercise, as `journal.append` would in the course of years."""
    from companion import journal

    names = [exercise.name for exercise in every_exercise()]
    journal.folder().mkdir(parents=True, exist_ok=True)
    with open(journal.folder() / journal.FILE, "w", encoding="ascii") as file:
        for number in range(records):
            when = f"2025-01-{number // 86400 % 28 + 1:02}T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}+00:00"
            record = {"id": f"{number:032x}", "time": when, "kind": "attempt", "name": names[number % len(names)]}
            file.write(json.dumps(record | {"state": "right" if number % 3 else "wrong"}) + "\n")


def every_exercise() -> list[Any]:
    """Return the exercises of all steps."""
    import importlib
    import pkgutil

    from companion import exercises
    from companion.feedback import Exercise

    steps = [importlib.import_module(f"{exercises.__name__}.{found.name}") for found in pkgutil.iter_modules(exercises.__path__)]
    return [value for step in steps for value in vars(step).values() if isinstance(value, Exercise)]


CASES: dict[str, tuple[str, Callable[[int, pathlib.Path], Callable[[], Any]]]] = {
    "read a table and look for faults": (f"{TABLE_ROWS} rows", load_table),
    "look through a folder of pictures": (f"{PICTURES} files", load_pictures),
    "train, recipe of 05": (f"{TRAINED} digits", train),
    "explorable capacity": ("40 points", explore("capacity")),
    "explorable layers": ("80 points", explore("layers")),
    "explorable filters": ("2 pictures", explore("filters")),
    "explorable spectrogram": ("2 recordings", explore("spectrogram")),
    "journal: read all, add one": (f"{RECORDS:,} records", remember),
    "progress.show": (f"{RECORDS:,} records", show_progress),
}


def once(case: str, times: int) -> dict[str, float]:
    """Prepare one case, then do it; return what doing it took."""
    import contextlib
    import io
    import os

    import companion  # noqa: F401

    with tempfile.TemporaryDirectory() as name, contextlib.redirect_stdout(io.StringIO()):
        kept = os.environ.get("COMPANION_PROGRESS")
        os.environ["COMPANION_PROGRESS"] = name
        try:
            do = CASES[case][1](times, pathlib.Path(name))
            gc.collect()
            before, began = peak_megabytes(), time.perf_counter()
            do()
            return {"seconds": time.perf_counter() - began, "megabytes": peak_megabytes() - before}
        finally:
            os.environ.pop("COMPANION_PROGRESS")
            if kept is not None:
                os.environ["COMPANION_PROGRESS"] = kept


def measure(how: How) -> Report:
    """Measure each case at each size, in turn."""
    sizes = [str(times) for times in (TIMES[:2] if how.tiny else TIMES)]
    samples: dict[str, dict[str, list[dict[str, float]]]] = {}
    for case in CASES:
        samples[case] = {size: [] for size in sizes}
        for _, size in in_turn(sizes, how.repetitions):
            samples[case][size].append(how.run("growth", {"case": case, "times": int(size)}))
    return report(samples)


def report(samples: dict[str, dict[str, list[dict[str, float]]]]) -> Report:
    """Return the table of what `once` returned, by case and size."""
    table = []
    for case, by_size in samples.items():
        seconds, megabytes = (
            [median([run[what] for run in runs]) for runs in by_size.values()] for what in ("seconds", "megabytes")
        )
        table.append([case, CASES[case][0], *seconds, ratio(seconds[-1], seconds[-2]), *megabytes])
    sizes = [f"{size}x" for size in next(iter(samples.values()))]
    columns = ["what", "1x is", *[f"s {size}" for size in sizes], f"{sizes[-1]} / {sizes[-2]}"]
    columns += [f"MB {size}" for size in sizes]
    notes = ["Medians; each in a fresh process. MB: how much the peak of the process's memory rose meanwhile."]
    return Report("Growth: ten and a hundred times the examples", columns, table, notes, samples)
