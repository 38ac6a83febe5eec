"""Measure what the course claims: how fast it trains, answers, loads, and what it needs.

    python tests/benchmarks                          everything; hours, on a machine that has nothing else to do
    python tests/benchmarks training import          these parts
    python tests/benchmarks --quick                  each thing twice
    python tests/benchmarks --json benchmarks.json   also as a file, with every single measurement

Each part prints a table. What is compared is measured in turn, in one run, and reported as medians. On a shared machine
read the ratios.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import importlib.metadata
import json
import os
import pathlib
import platform
import sys
from dataclasses import asdict
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from benchmarks.measuring import REPETITIONS, Failed, How, Report, as_text, tell  # noqa: E402

PARTS = {
    "training": "training",
    "pipeline": "orders",
    "slider": "slider",
    "import": "imports",
    "memory": "memory",
    "growth": "growth",
    "course": "course",
}
QUICK = 2
PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "jupyterlab")


def machine() -> dict[str, Any]:
    """Return where and when this is measured, as far as the figures depend on it."""
    load = os.getloadavg() if hasattr(os, "getloadavg") else None
    return {
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": load and [round(each, 1) for each in load],
        "python": platform.python_version(),
        **{name: version for name in PACKAGES if (version := version_of(name))},
    }


def version_of(package: str) -> str | None:
    """Return a package's version, None if it is not installed (TensorFlow comes as one of two packages)."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def run(parts: list[str], how: How) -> dict[str, Report]:
    """Measure the parts and print each table as soon as it is there; a part that fails says so in its place."""
    reports = {}
    for part in parts:
        tell(f"{part} ...")
        try:
            reports[part] = importlib.import_module(f"benchmarks.{PARTS[part]}").measure(how)
        except Failed as error:
            reports[part] = Report(f"{part}: failed", ["what happened"], [[str(error)]])
        print(as_text(reports[part]) + "\n", flush=True)
    return reports


def main(arguments: list[str]) -> int:
    """Measure what was asked for, print the tables, write the file."""
    options = read_options(arguments)
    began = machine()
    print(", ".join(f"{name} {value}" for name, value in began.items()) + "\n", flush=True)
    how = How(repetitions=QUICK if options.quick else options.repetitions)
    reports = run(options.parts or list(PARTS), how)
    if options.json:
        found = {"machine": began, "load_at_the_end": machine()["load"], "repetitions": how.repetitions}
        found |= {"parts": {name: asdict(each) for name, each in reports.items()}}
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return int(any(report.title.endswith(": failed") for report in reports.values()))


def read_options(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, help=f"of each thing; default: {REPETITIONS}")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} repetitions")
    parser.add_argument("--json", type=pathlib.Path, help="a file for every single measurement")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"expected parts among {', '.join(PARTS)}, received {', '.join(sorted(unknown))}.")
    if options.repetitions < 1:
        parser.error(f"--repetitions: expected 1 or more, received {options.repetitions}.")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
