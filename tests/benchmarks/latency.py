"""How long from a key on a slider to the new picture on the screen, beside a plain `interact`.

    python tests/benchmarks/latency.py                      every explorable of every notebook
    python tests/benchmarks/latency.py 00 04 --moves 20     those notebooks, fewer moves
    python tests/benchmarks/latency.py --json latency.json  also as a file

JupyterLab runs a copy of each notebook with one cell more: it makes, for each explorable, a slider of
ipywidgets' `interact` which draws the same pictures anew with matplotlib. The two sliders are moved in
turn, by keyboard. Both clocks run in the page, from the key to the end of the frame in which the new
picture is painted; whether the pixels did change is looked at afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import sys
from dataclasses import asdict, dataclass, field

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from browser.explorables import ExplorableOnPage  # noqa: E402
from browser.lab import ROOT, TWO_FRAMES, Lab, LabProblem, OpenNotebook, launched_chromium  # noqa: E402
from browser.sources import explorables_shown  # noqa: E402

MOVES = 50
LIMITS = {"median": 80.0, "p95": 200.0, "ratio": 2.5}  # milliseconds, and times faster than interact
ANSWER_SECONDS = 20
SLIDERS = ("Slider", "Scale")

# The plain way, over the very functions and positions of an explorable.
INTERACT_CELL = """\
import gc
import ipywidgets, matplotlib.pyplot as plt
from IPython.display import display
from companion.explore.explorable import Explorable
from companion.explore.picture import figure

def plain(it):
    control = next(each for each in it.controls if type(each).__name__ in ("Slider", "Scale"))
    start = {**it.values}

    def replot(position):
        figure(it.view(start | {control.name: position}).picture)
        plt.show()

    slider = ipywidgets.SelectionSlider(options=control.positions(), value=start[control.name])
    box = ipywidgets.interactive(replot, position=slider)
    box.add_class("plain-interact")
    display(box)

shown = [it for it in gc.get_objects() if issubclass(type(it), Explorable)]
for each in MODELS:
    plain(next(it for it in shown if it.comm is not None and it.model_id == each))
"""
# Resolves with milliseconds. `after` is told when the new picture is there, before it is painted.
CLOCK = """([root, plain]) => {
    const until = (after) => new Promise((resolve, reject) => {
        let pressed = null;
        const key = (event) => { pressed = pressed || event.timeStamp; };
        document.addEventListener('keydown', key, true);
        const end = setTimeout(() => { stop(); reject(new Error('no new picture')); }, LIMIT);
        const stop = after(() => {
            clearTimeout(end);
            document.removeEventListener('keydown', key, true);
            // The frame that is painted next ends when this message arrives.
            requestAnimationFrame(() => {
                const channel = new MessageChannel();
                channel.port1.onmessage = () => { stop(); resolve(performance.now() - pressed); };
                channel.port2.postMessage(null);
            });
        });
    });
    const watch = (element, what, seen) => {
        const observer = new MutationObserver(seen);
        observer.observe(element, what);
        return () => observer.disconnect();
    };
    window.moved = plain
        ? until((done) => watch(root, {childList: true, subtree: true}, (changes) => {
              for (const node of changes.flatMap((change) => [...change.addedNodes])) {
                  const image = node.querySelector && (node.matches('img') ? node : node.querySelector('img'));
                  if (image) image.decode().then(done);
              }
          }))
        : until((done) => watch(root.querySelector('canvas'), {attributeFilter: ['data-drawn']}, done));
}""".replace("LIMIT", str(ANSWER_SECONDS * 1000))
PIXELS = """root => {
    const canvas = root.querySelector('canvas');
    return canvas ? canvas.toDataURL() : root.querySelector('img').src;
}"""


@dataclass
class Measured:
    """Milliseconds of each move of one explorable's first slider, and of the same slider by `interact`."""

    notebook: str
    explorable: str
    slider: str
    explore: list[float] = field(default_factory=list)
    interact: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How many times as fast as `interact`, by the medians."""
        return statistics.median(self.interact) / statistics.median(self.explore)


# Measuring


def measure_notebook(lab: Lab, browser, path: pathlib.Path, moves: int) -> list[Measured]:
    """Run one notebook and measure each of its explorables that has a slider."""
    with OpenNotebook(lab, browser, path.name) as notebook:
        notebook.run_all()
        explorables = [ExplorableOnPage(notebook, shown) for shown in explorables_shown(path)]
        with_slider = [it for it in explorables if first_slider(it)]
        run_one_more_cell(notebook, with_slider)
        plain = notebook.page.locator(".plain-interact")
        measured = [measure(it, plain.nth(place), moves) for place, it in enumerate(with_slider)]
        if problems := notebook.problems():
            print(f"{path.name}: {problems}", file=sys.stderr)
    return measured


def first_slider(explorable: ExplorableOnPage) -> dict | None:
    """Return the first control that is a slider."""
    return next((control for control in explorable.controls if control["kind"] in SLIDERS), None)


def run_one_more_cell(notebook: OpenNotebook, explorables: list[ExplorableOnPage]) -> None:
    """Type the cell with the plain sliders below the notebook, and run it."""
    source = f"MODELS = {[it.model for it in explorables]!r}\n{INTERACT_CELL}"
    notebook.page.evaluate(
        """async (source) => {
            const {commands, shell} = window.jupyterapp;
            const content = shell.currentWidget.content;
            content.activeCellIndex = content.widgets.length - 1;
            await commands.execute('notebook:insert-cell-below');
            content.activeCell.model.sharedModel.setSource(source);
            await commands.execute('notebook:run-cell');
        }""",
        source,
    )
    notebook.page.wait_for_function(
        "count => document.querySelectorAll('.plain-interact img').length === count", arg=len(explorables)
    )
    notebook.settle()


def measure(explorable: ExplorableOnPage, plain, moves: int) -> Measured:
    """Move the slider of an explorable and the plain one in turn, after two moves each to warm up."""
    control = first_slider(explorable)
    measured = Measured(explorable.notebook.name, explorable.heading, control["label"])
    explore, interact = Mover(explorable, explorable.root, False), Mover(explorable, plain, True)
    keys = there_and_back(len(control["positions"]), moves + 2)
    for count, key in enumerate(keys):
        turns = [(explore, measured.explore), (interact, measured.interact)]
        for mover, results in turns if count % 2 else reversed(turns):
            took = mover.move(key)
            if count >= 2:
                results.append(took)
    if not (explore.changed and interact.changed):
        raise LabProblem(f"{explorable.heading}: {control['label']} never changed the picture")
    return measured


def there_and_back(positions: int, moves: int) -> list[str]:
    """Return keys that take a slider from its left end to the right one and back, as often as it takes."""
    once = ["ArrowRight"] * (positions - 1) + ["ArrowLeft"] * (positions - 1)
    return (once * (moves // len(once) + 1))[:moves]


class Mover:
    """A slider under measurement; it starts at its left end."""

    def __init__(self, explorable: ExplorableOnPage, root, plain: bool) -> None:
        self.notebook, self.page, self.root, self.plain = explorable.notebook, explorable.page, root, plain
        self.changed = 0  # moves after which the pixels differed
        if plain:
            self.handle = root.locator(".noUi-handle")
        else:
            self.handle = explorable.fields(first_slider(explorable))
        self._into_view()
        self.handle.press("Home")
        self.notebook.settle()

    def move(self, key: str) -> float:
        """Press a key; return the milliseconds until the new picture was painted."""
        self._into_view()
        before = self.root.evaluate(PIXELS)
        self.handle.focus()
        self.page.evaluate(TWO_FRAMES)
        self.page.evaluate(CLOCK, [self.root.element_handle(), self.plain])
        self.page.keyboard.press(key)
        took = self.page.evaluate("window.moved")
        self.notebook.settle()
        self.changed += self.root.evaluate(PIXELS) != before
        return took

    def _into_view(self) -> None:
        self.root.evaluate("root => (root.querySelector('canvas, img') || root).scrollIntoView({block: 'center'})")
        self.page.evaluate(TWO_FRAMES)


# Reporting


def percentile_95(values: list[float]) -> float:
    """Return the value that 95 in 100 do not exceed."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def as_row(measured: Measured) -> str:
    """Return a line of the table, with * at each number beyond its limit."""
    medians = [statistics.median(each) for each in (measured.explore, measured.interact)]
    beyond = {
        "median": medians[0] > LIMITS["median"],
        "p95": percentile_95(measured.explore) > LIMITS["p95"],
        "ratio": measured.ratio < LIMITS["ratio"],
    }
    star = {name: "*" if is_beyond else " " for name, is_beyond in beyond.items()}
    return (
        f"{measured.notebook[:2]}  {measured.explorable[:34]:34}  {measured.slider[:18]:18}"
        f"{medians[0]:8.0f}{star['median']}{percentile_95(measured.explore):7.0f}{star['p95']}"
        f"{medians[1]:10.0f}{percentile_95(measured.interact):8.0f}{measured.ratio:9.1f}{star['ratio']}"
    )


def report(results: list[Measured], moves: int) -> str:
    """Return the table."""
    head = f"{'':40}{'':18}   explorable, ms     interact, ms     times"
    columns = f"{'nb  explorable':40}{'slider':18}  median     p95     median     p95    faster"
    limits = f"limits: median {LIMITS['median']:g} ms, p95 {LIMITS['p95']:g} ms, {LIMITS['ratio']:g} times; * is beyond"
    load = " ".join(f"{each:.1f}" for each in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    note = f"{limits}. {moves} moves each, in turn; load of the machine {load}."
    return "\n".join([head, columns, *map(as_row, results), note])


def main(arguments: list[str]) -> int:
    """Measure what was asked for, print the table, write the file."""
    options = read_options(arguments)
    notebooks = notebooks_with_explorables(options.notebooks)
    results = []
    with Lab(notebooks) as lab, launched_chromium() as browser:
        for notebook in notebooks:
            print(f"{notebook.name} …", file=sys.stderr, flush=True)
            results += measure_notebook(lab, browser, notebook, options.moves)
    print(report(results, options.moves))
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in results], indent=1) + "\n", encoding="utf-8")
    return 0


def notebooks_with_explorables(numbers: list[str]) -> list[pathlib.Path]:
    """Return the notebooks that show an explorable; of these numbers, if any are given."""
    every = sorted((ROOT / "notebooks").glob("*.ipynb"))
    chosen = [path for path in every if not numbers or path.name[:2] in numbers]
    return [path for path in chosen if explorables_shown(path)]


def read_options(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("notebooks", nargs="*", help="numbers, such as 00 04; default: all with explorables")
    parser.add_argument("--moves", type=int, default=MOVES, help="of each slider")
    parser.add_argument("--json", type=pathlib.Path, help="a file for every single time")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
