"""What all parts of the benchmark share: fresh processes, taking turns, medians, tables.

A part is a module with `measure(how) -> Report`. What it runs in a fresh process is a function of a module here,
`once(**settings)`, which returns what JSON can hold.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

TESTS = pathlib.Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
for place in (str(ROOT), str(TESTS)):
    if place not in sys.path:
        sys.path.insert(0, place)

REPETITIONS = 5
LAST_LINES = 40  # of what a process that failed has said
MARK = "measured: "  # before the JSON in what a fresh process prints


class Failed(Exception):
    """A process that was to measure something did not come to its end."""


@dataclass
class Report:
    """What one part measured.

    Attributes:
        title: What the table shows, in one line.
        columns: Names of the columns.
        rows: Texts and numbers; None is what was not reached or cannot be measured here.
        notes: Lines below the table.
        samples: Every single measurement, in the part's own form.
    """

    title: str
    columns: list[str]
    rows: list[list[Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    samples: Any = None


def fresh(module: str, settings: dict[str, Any]) -> Any:
    """Call `once(**settings)` of a module of this folder in a Python of its own; return what it returns.

    A process that fails is started once more, with a word about it, so that hours of measuring are not lost.

    Raises:
        Failed: Both ended without a result; the last words of the second are in the message.
    """
    try:
        return _fresh(module, settings)
    except Failed as error:
        tell(f"{error}\nOnce more ...")
        return _fresh(module, settings)


def _fresh(module: str, settings: dict[str, Any]) -> Any:
    command = [sys.executable, "-m", "benchmarks.measuring", module, json.dumps(settings)]
    done = subprocess.run(command, cwd=TESTS, env=environment(), capture_output=True, text=True, encoding="utf-8")
    lines = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode or not lines:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-LAST_LINES:])
        raise Failed(f"{module} with {settings} ended with code {done.returncode}:\n{said}")
    return json.loads(lines[-1].removeprefix(MARK))


def environment() -> dict[str, str]:
    """Return the environment of a fresh process: none of this shell's settings of TensorFlow, bytecode kept."""
    dropped = ("TF_", "KERAS_", "XLA_", "MPL", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return kept | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(TESTS)])}


def here(module: str, settings: dict[str, Any]) -> Any:
    """Do what `fresh` does in this process, so that a test need not wait for new ones."""
    result = importlib.import_module(f"benchmarks.{module}").once(**settings)
    return json.loads(json.dumps(result))


@dataclass(frozen=True)
class How:
    """How much is measured.

    Attributes:
        repetitions: How often each thing is measured.
        tiny: Whether data are cut to what a test has time for; such figures say nothing.
        run: `fresh`, or `here`.
    """

    repetitions: int = REPETITIONS
    tiny: bool = False
    run: Callable[[str, dict[str, Any]], Any] = fresh


def in_turn(names: Sequence[str], repetitions: int) -> Iterator[tuple[int, str]]:
    """Yield each name in each round; each round begins with another one, so that none is always the first."""
    for number in range(repetitions):
        start = number % len(names)
        for name in [*names[start:], *names[:start]]:
            tell(f"  round {number + 1} of {repetitions}: {name}")
            yield number, name


def tell(line: str) -> None:
    """Say what is being measured, beside the tables."""
    print(line, file=sys.stderr, flush=True)


def median(values: Sequence[float | None]) -> float | None:
    """Return the median, None where more than half were not reached (None) or where there are no values."""
    if not values:
        return None
    middle = statistics.median(math.inf if value is None else value for value in values)
    return middle if math.isfinite(middle) else None


def ratio(of: float | None, to: float | None) -> float | None:
    """Return of / to, None where one of them is None or `to` is 0."""
    return None if of is None or not to else of / to


def peak_megabytes() -> float:
    """Return the most memory (resident, in MB) that this process has held until now.

    Linux and Windows keep the peak; elsewhere this is what it holds at this moment. (`refresh` has the same for another
    process; importing it here would be counted.)
    """
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) / 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    import psutil

    memory = psutil.Process().memory_info()
    return getattr(memory, "peak_wset", memory.rss) / 2**20


def as_text(report: Report) -> str:
    """Return a report as a table: texts to the left, numbers to the right."""
    cells = [report.columns, *[[_cell(value) for value in row] for row in report.rows]]
    widths = [max(len(row[place]) for row in cells) for place in range(len(report.columns))]
    is_text = [all(isinstance(row[place], str) for row in report.rows) for place in range(len(report.columns))]
    lines = [
        "  ".join(
            cell.ljust(width) if text else cell.rjust(width)
            for cell, width, text in zip(row, widths, is_text, strict=True)
        ).rstrip()
        for row in cells
    ]
    rule = "-" * max(map(len, lines))
    return "\n".join([report.title, rule, lines[0], rule, *lines[1:], *report.notes])


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4
    return f"{value:,.{digits}f}"


if __name__ == "__main__":
    print(MARK + json.dumps(importlib.import_module(f"benchmarks.{sys.argv[1]}").once(**json.loads(sys.argv[2]))))
