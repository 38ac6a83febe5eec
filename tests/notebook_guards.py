"""What nbval leaves unguarded when it runs the notebooks; a pytest plugin (`-p notebook_guards`).

nbval runs a cell that was never executed without comparing anything, and says nothing about what
an ignored cell writes to stderr. Here both fail, and every kernel and every test runs offline.

A plugin rather than a `conftest.py`: it has to hold for `pytest notebooks/03_….ipynb` too, which
never looks into `tests/`.
"""

import os
import pathlib
import re
import runpy
import tempfile

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

OFFLINE = pathlib.Path(__file__).resolve().parent / "offline"

# TensorFlow's C++ side says this, before any setting can silence it, to someone who asked for
# oneDNN. Nothing else on stderr is tolerated.
START_UP_NOTICES = re.compile(
    r"WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    r"|I0000 .* oneDNN custom operations are on\. .*"
)


def unexpected_stderr(outputs: list[dict]) -> str:
    """Return what a cell's outputs hold of stderr, without TensorFlow's start-up notices."""
    lines = "".join(out["text"] for out in outputs if out.get("name") == "stderr").splitlines()
    return "\n".join(
        line for line in lines if line.strip() and not START_UP_NOTICES.fullmatch(line.strip())
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take this process, and those that it starts, off the network and away from the progress of
    whoever runs the tests: what they see is an empty journal."""
    journal = tempfile.TemporaryDirectory()
    config.add_cleanup(journal.cleanup)
    os.environ["COMPANION_PROGRESS"] = journal.name
    runpy.run_path(str(OFFLINE / "sitecustomize.py"))
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [str(OFFLINE), *(path for path in inherited if path not in ("", str(OFFLINE)))]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Leave stderr out of nbval's comparison: the guards below are stricter, and know TensorFlow's
    start-up notices."""
    if isinstance(collector, IPyNbFile):
        collector.skip_compare += ("stderr",)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a stored cell that was never run, or that holds stderr."""
    if not isinstance(item, IPyNbCell):
        return
    advice = f"run `python tests/refresh.py {item.path.name}` and commit the result"
    if item.cell.execution_count is None:
        pytest.fail(f"{item.nodeid} is stored without having been run; {advice}", pytrace=False)
    if any(output.get("name") == "stderr" for output in item.cell.outputs):
        pytest.fail(f"{item.nodeid} is stored with stderr; {advice}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """Fail a cell that writes to stderr now, whether or not its outputs are compared."""
    result = yield
    if isinstance(item, IPyNbCell):
        stray = unexpected_stderr(item.test_outputs or [])
        if stray:
            item.raise_cell_error("Cell wrote to stderr", stray)
    return result
