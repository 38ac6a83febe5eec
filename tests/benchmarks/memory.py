"""The most memory that each notebook's kernel ever holds."""

from __future__ import annotations

import pathlib

from benchmarks import course
from benchmarks.measuring import How, Report, median


def measure(how: How, folder: pathlib.Path = course.NOTEBOOKS) -> Report:
    """Run every notebook; report the peak of its kernel's resident memory."""
    taken = course.run_all(how, [course.ALL], folder)
    peaks = {name: [run["peak_megabytes"] for run in runs[str(course.ALL)]] for name, runs in taken.items()}
    table = [[name, median(each), max(each)] for name, each in peaks.items()]
    notes = ["The kernel alone: JupyterLab's server (about 90 MB) and processes that a notebook starts are not in it."]
    return Report("Memory: peak of each notebook's kernel", ["notebook", "median MB", "most MB"], table, notes, taken)
