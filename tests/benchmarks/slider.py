"""From a key on a slider to the new picture on the screen, beside a plain `interact`: the table of `latency.py`."""

from __future__ import annotations

from dataclasses import asdict

from benchmarks.measuring import How, Report, median, tell

MOVES = 10  # of each slider, for each repetition


def measure(how: How) -> Report:
    """Measure every explorable that has a slider, as `latency.py` does."""
    from benchmarks import latency
    from browser.lab import Lab, launched_chromium, what_is_missing

    notebooks = latency.notebooks_with_explorables([])
    if how.tiny or (missing := what_is_missing()):
        return report([], 0, "Left out: a browser takes too long for a test." if how.tiny else f"Left out: {missing}")
    results, moves = [], MOVES * how.repetitions
    with Lab(notebooks) as lab, launched_chromium() as browser:
        for notebook in notebooks:
            tell(f"  {notebook.name}")
            results += latency.measure_notebook(lab, browser, notebook, moves)
    return report(results, moves, f"{moves} moves of each, in turn, from the key to the end of the frame that shows it.")


def report(results: list, moves: int, note: str) -> Report:
    """Return the table of what `latency.measure_notebook` returned."""
    from benchmarks import latency

    table = [
        [each.notebook[:2], each.explorable, each.slider, median(each.explore), latency.percentile_95(each.explore),
         median(each.interact), latency.percentile_95(each.interact), each.ratio]
        for each in results
    ]  # fmt: skip
    columns = ["nb", "explorable", "slider", "ms", "95 in 100", "interact ms", "95 in 100", "times faster"]
    return Report("Sliders: milliseconds to the new picture", columns, table, [note], [asdict(each) for each in results])
