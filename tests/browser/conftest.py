"""One JupyterLab and one Chromium for all tests of this folder; without a browser they are deselected."""

import pathlib

import pytest

from browser.lab import ROOT, Lab, launched_chromium, what_is_missing

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LEFT_OUT = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what needs a browser where there is none."""
    if not what_is_missing():
        return
    without = [item for item in items if item.get_closest_marker("browser")]
    config.stash[LEFT_OUT] = len(without)
    config.hook.pytest_deselected(items=without)
    items[:] = [item for item in items if not item.get_closest_marker("browser")]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say so in one line."""
    if left_out := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(
            f"{left_out} browser tests were left out: {what_is_missing()}. CONTRIBUTING.md says how to get it."
        )


# Package scope, not session scope: while Playwright is open, no other test of the session can run
# an event loop of its own.
@pytest.fixture(scope="package")
def browser():
    """A Chromium without a window."""
    with launched_chromium() as chromium:
        yield chromium


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory):
    """JupyterLab over the course's notebooks, and over small ones that are made for a test."""
    with Lab(NOTEBOOKS) as server:
        yield server
