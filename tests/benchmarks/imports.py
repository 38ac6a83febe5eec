"""What importing the companion costs: alone, and on top of TensorFlow. Each in a Python of its own, in turn."""

from __future__ import annotations

import importlib
import time
from typing import Any

from benchmarks.measuring import How, Report, in_turn, median, peak_megabytes

FIRST_CELLS = [f"companion.{name}" for name in ("datasets", "plots", "predict", "progress", "facts")]
# What is imported before the clock starts, and what it counts.
CASES: dict[str, tuple[list[str], list[str]]] = {
    "companion": ([], ["companion"]),
    "companion and what 00 imports of it": ([], FIRST_CELLS),
    "tensorflow and keras": (["companion"], ["tensorflow", "keras"]),
    "companion, on top of tensorflow and keras": (["tensorflow", "keras"], ["companion"]),
    "what 00 imports of it, on top of these": (["tensorflow", "keras"], FIRST_CELLS),
    "all of it, in the order of 00": ([], [*FIRST_CELLS, "tensorflow", "keras"]),
}


def once(before: list[str], counted: list[str]) -> dict[str, float]:
    """Import modules; return the seconds of the counted ones and the process's peak of memory, before and after."""
    for name in before:
        importlib.import_module(name)
    megabytes = peak_megabytes()
    began = time.perf_counter()
    for name in counted:
        importlib.import_module(name)
    return {"seconds": time.perf_counter() - began, "before": megabytes, "after": peak_megabytes()}


def measure(how: How) -> Report:
    """Measure each case in turn; one round more comes first, which fills the disk's cache and counts nowhere."""
    samples: dict[str, list[dict[str, float]]] = {name: [] for name in CASES}
    for number, name in in_turn(list(CASES), how.repetitions + 1):
        before, counted = CASES[name]
        taken = how.run("imports", {"before": before, "counted": counted})
        if number:
            samples[name].append(taken)
    table = [
        [name, median([run["seconds"] for run in runs]), median([run["after"] - run["before"] for run in runs]),
         median([run["after"] for run in runs])]
        for name, runs in samples.items()
    ]  # fmt: skip
    columns = ["imported", "seconds", "MB more", "MB at the peak"]
    return Report("Import", columns, table, ["Medians; each in a fresh process, files already in memory."], samples)
