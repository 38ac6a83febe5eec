"""How long the whole course keeps you waiting, and what its kernels need: every cell of every notebook, in turn.

On one core and on two, where the system can hold a process to some of its cores; elsewhere on all of them.
"""

from __future__ import annotations

import os
import pathlib
from typing import Any

from benchmarks.measuring import ROOT, How, Report, in_turn, median, ratio, tell

NOTEBOOKS = ROOT / "notebooks"
ALL = 0  # cores: as many as there are


def once(notebook: str, cores: int) -> dict[str, float]:
    """Run all cells of a notebook in a new kernel, on so many cores; its file stays as it is."""
    import nbformat
    import refresh

    path = pathlib.Path(notebook)
    allowed = os.sched_getaffinity(0) if cores else set()
    if cores:
        os.sched_setaffinity(0, sorted(allowed)[:cores])
    try:
        cost = refresh.execute(nbformat.read(path, as_version=4), path.parent, keep_settings=False)
    finally:
        if cores:
            os.sched_setaffinity(0, allowed)
    return {
        "seconds": cost.seconds,
        "slowest_cell": cost.slowest_cell_seconds,
        "peak_megabytes": cost.peak_memory_mb,
    }


def core_counts() -> list[int]:
    """Return the numbers of cores to try."""
    if not hasattr(os, "sched_getaffinity"):
        return [ALL]
    return [1, 2] if len(os.sched_getaffinity(0)) > 1 else [1]


def run_all(how: How, counts: list[int], folder: pathlib.Path) -> dict[str, dict[str, list[dict[str, float]]]]:
    """Run each notebook on each number of cores, in turn; return what it took, by notebook and by cores."""
    paths = sorted(folder.glob("*.ipynb"))[: 1 if how.tiny else None]
    taken: dict[str, dict[str, list[dict[str, float]]]] = {}
    for path in paths:
        tell(path.name)
        taken[path.name] = {str(count): [] for count in counts}
        for _, count in in_turn([str(count) for count in counts], how.repetitions):
            cost = how.run("course", {"notebook": str(path), "cores": int(count)})
            taken[path.name][count].append(cost)
    return taken


def measure(how: How, folder: pathlib.Path = NOTEBOOKS) -> Report:
    """Measure the seconds of all cells."""
    counts = core_counts()
    return report(run_all(how, counts, folder), counts)


def report(taken: dict[str, dict[str, list[dict[str, float]]]], counts: list[int]) -> Report:
    """Return the table of what `run_all` returned."""
    names = [str(count) for count in counts]
    table = []
    for notebook, runs in taken.items():
        seconds = [median([run["seconds"] for run in runs[count]]) for count in names]
        slowest = [median([run["slowest_cell"] for run in runs[count]]) for count in names]
        memory = max(run["peak_megabytes"] for count in names for run in runs[count])
        table.append([notebook, *seconds, ratio(seconds[0], seconds[-1]), *slowest, memory])
    places = range(1, len(names) + 1)
    sums = [sum(row[place] for row in table) for place in places]
    table.append(["all", *sums, ratio(sums[0], sums[-1]), *[max(row[len(names) + 2 + at] for row in table) for at in range(len(names))],
                  max(row[-1] for row in table)])  # fmt: skip
    cores = ["all cores" if count == ALL else f"{count} core{'s' * (count > 1)}" for count in counts]
    columns = ["notebook", *[f"s on {each}" for each in cores], "ratio", *[f"slowest cell, {each}" for each in cores], "peak MB"]
    return Report("The whole course: seconds of all cells", columns, table, ["Medians; the peak is the largest of all runs."], taken)
