"""Move every explorable of the course for half an hour, and see that the kernel stays small.

    python tests/benchmarks/soak.py                             30 minutes, all explorables in one kernel
    python tests/benchmarks/soak.py --seed 7 --json soak.json   other moves; also as a file
    python tests/benchmarks/soak.py 00 04 --minutes 5           the real notebooks, with what they train

Without numbers of notebooks, JupyterLab gets a notebook that is made of all explorables and of small
stand-ins for what they explore. With numbers, each notebook has a page and a kernel of its own, and all
are open at once. Random controls are moved by keyboard, a few seconds in each notebook in turn, as fast as
answers come. The kernels' memory (resident set) is read every ten seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import random
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field

import nbformat
import psutil
from nbformat.v4 import new_code_cell, new_notebook

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from benchmarks.latency import notebooks_with_explorables  # noqa: E402
from benchmarks.stand_ins import ARGUMENTS  # noqa: E402
from browser.explorables import ExplorableOnPage  # noqa: E402
from browser.lab import Lab, OpenNotebook, launched_chromium  # noqa: E402
from browser.sources import explorables_shown  # noqa: E402

LIMIT = 50.0  # MB that a kernel may grow by
SAMPLE_SECONDS = 10
VISIT_SECONDS = 5
PRESS_ONE_IN = 10  # buttons train and run for a while: one pick of a button in so many presses it
COUNT_OBJECTS = """\
import gc as _gc, ipywidgets as _widgets, matplotlib.pyplot as _plt
_gc.collect()
_counted = [len(_plt.get_fignums()), sum(issubclass(type(it), _widgets.Widget) for it in _gc.get_objects())]"""


@dataclass
class Soaked:
    """What one notebook's kernel went through.

    Attributes:
        notebook: Its file's name.
        seconds: When each sample was taken, since the start.
        megabytes: The kernel's memory then.
        moves: Keys pressed, by the heading of the explorable.
        figures, widgets: How many were alive before and after.
    """

    notebook: str
    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    moves: dict[str, int] = field(default_factory=dict)
    figures: list[int] = field(default_factory=list)
    widgets: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """MB from the first sample to the last; both follow a collection of garbage."""
        return self.megabytes[-1] - self.megabytes[0]

    @property
    def late_growth(self) -> float:
        """MB from a third of the time on: what a leak would go on to add."""
        late = [mb for at, mb in zip(self.seconds, self.megabytes, strict=True) if at >= self.seconds[-1] / 3]
        return late[-1] - late[0]


class Soaking:
    """A notebook that is open, with all that is measured of it."""

    def __init__(self, notebook: OpenNotebook, path: pathlib.Path, chance: random.Random) -> None:
        self.notebook, self.chance = notebook, chance
        self.explorables = [ExplorableOnPage(notebook, shown) for shown in explorables_shown(path)]
        self.kernel = psutil.Process(notebook.execute("import os", "os.getpid()"))
        self.soaked = Soaked(notebook.name)

    def sample(self, seconds: float) -> None:
        """Note how much memory the kernel has."""
        self.soaked.seconds.append(round(seconds, 1))
        self.soaked.megabytes.append(round(self.kernel.memory_info().rss / 1e6, 1))

    def count(self) -> None:
        """Collect garbage; note how many figures and widgets are left."""
        figures, widgets = self.notebook.execute(COUNT_OBJECTS, "_counted")
        self.soaked.figures.append(figures)
        self.soaked.widgets.append(widgets)

    def visit(self, seconds: float) -> None:
        """Move random controls of random explorables for a while."""
        self.notebook.page.bring_to_front()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            explorable = self.chance.choice(self.explorables)
            keys = self._move(explorable, self.chance.choice(explorable.controls))
            self.soaked.moves[explorable.heading] = self.soaked.moves.get(explorable.heading, 0) + keys
            self.notebook.settle()

    def _move(self, explorable: ExplorableOnPage, control: dict) -> int:
        """Give a random part of a control the focus and press keys on it; return how many."""
        keys = random_keys(control["kind"], control, self.chance)
        fields = explorable.fields(control).all()
        if not fields or not keys:
            return 0
        explorable.press(self.chance.choice(fields), *keys)
        return len(keys)


def random_keys(kind: str, control: dict, chance: random.Random) -> list[str]:
    """Return keys that move a control of a kind; none at all for most picks of a button."""
    if kind in ("Slider", "Scale"):
        arrows = chance.choice((["ArrowLeft"], ["ArrowRight"])) * chance.randint(1, 12)
        return chance.choice((arrows, arrows, arrows, ["Home"], ["End"], ["PageUp"], ["PageDown"]))
    if kind == "Choice":
        return [chance.choice(("ArrowDown", "ArrowUp", "Home", "End"))]
    if kind == "Numbers":
        number = chance.choice((control["low"], control["high"], 0, 1))
        return ["ControlOrMeta+a", *f"{number:g}", chance.choice(("ArrowUp", "ArrowDown"))]
    if kind == "Order":
        return chance.choice((["Space"], ["Tab", "Enter"], ["Tab", "Tab", "Enter"]))
    if kind == "Button":
        return ["Space"] if chance.randrange(PRESS_ONE_IN) == 0 else []
    return ["Space"]


def write_notebook_of_all(folder: pathlib.Path) -> pathlib.Path:
    """Write a notebook with one cell for each explorable; return its path."""
    cells = [
        f"from benchmarks.stand_ins import ARGUMENTS\nfrom companion.explore import {name}\n"
        f'{name}.show(*ARGUMENTS["{name}"]())'
        for name in ARGUMENTS
    ]
    node = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    node.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "all_explorables.ipynb"
    nbformat.write(node, path)
    return path


def soak(paths: list[pathlib.Path], minutes: float, seed: int) -> list[Soaked]:
    """Open and run the notebooks, move their explorables for so long, and return what was measured."""
    chance = random.Random(seed)
    with contextlib.ExitStack() as stack:
        lab = stack.enter_context(Lab(paths))
        browser = stack.enter_context(launched_chromium())
        soaking = []
        for path in paths:
            print(f"{path.name} runs …", file=sys.stderr, flush=True)
            notebook = stack.enter_context(OpenNotebook(lab, browser, path.name))
            notebook.run_all()
            soaking.append(Soaking(notebook, path, chance))
        for each in soaking:  # the first moves fetch what is fetched once
            each.visit(VISIT_SECONDS)
        keep_moving(soaking, minutes * 60)
        for each in soaking:
            each.soaked.problems += each.notebook.problems()
        return [each.soaked for each in soaking]


def keep_moving(soaking: list[Soaking], seconds: float) -> None:
    """Visit the notebooks in turn, and sample all kernels every ten seconds and at both ends."""
    started = time.monotonic()
    for each in soaking:
        each.count()
        each.sample(0)
    sampled = started
    while time.monotonic() < started + seconds:
        for each in soaking:
            each.visit(VISIT_SECONDS)
            if time.monotonic() - sampled >= SAMPLE_SECONDS:
                sampled = time.monotonic()
                for other in soaking:
                    other.sample(sampled - started)
    for each in soaking:
        each.count()
        each.sample(time.monotonic() - started)


# Reporting


def as_row(soaked: Soaked) -> str:
    """Return a line of the table, with * where the limit is exceeded."""
    star = "*" if soaked.growth > LIMIT else " "
    changes = [f"{before} → {after}" for before, after in (soaked.figures, soaked.widgets)]
    return (
        f"{soaked.notebook[:32]:32}{sum(soaked.moves.values()):8}{len(soaked.megabytes):9}"
        f"{soaked.megabytes[0]:9.0f}{max(soaked.megabytes):8.0f}{soaked.megabytes[-1]:8.0f}"
        f"{soaked.growth:+9.1f}{star}{soaked.late_growth:+9.1f}  {changes[0]:>9}  {changes[1]:>9}"
    )


def report(results: list[Soaked], minutes: float) -> str:
    """Return the table."""
    columns = (
        f"{'notebook':32}{'keys':>8}{'samples':>9}{'MB first':>9}{'most':>8}{'last':>8}"
        f"{'growth':>9} {'late':>9}  {'figures':>9}  {'widgets':>9}"
    )
    load = " ".join(f"{each:.1f}" for each in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    note = (
        f"limit: {LIMIT:g} MB of growth; * is beyond; late: from a third of the time on. "
        f"{minutes:g} minutes; load of the machine {load}."
    )
    problems = [f"{each.notebook}: {problem}" for each in results for problem in each.problems]
    return "\n".join([columns, *map(as_row, results), note, *problems])


def main(arguments: list[str]) -> int:
    """Soak what was asked for, print the table, write the file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("notebooks", nargs="*", help="numbers, such as 00 04; default: stand-ins")
    parser.add_argument("--minutes", type=float, default=30.0, help="of moving, after the notebooks have run")
    parser.add_argument("--seed", type=int, default=0, help="for the choice of the moves")
    parser.add_argument("--json", type=pathlib.Path, help="a file for every sample")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        made = [write_notebook_of_all(pathlib.Path(folder))]
        paths = notebooks_with_explorables(options.notebooks) if options.notebooks else made
        results = soak(paths, options.minutes, options.seed)
    print(report(results, options.minutes))
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in results], indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
