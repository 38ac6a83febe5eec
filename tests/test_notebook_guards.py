"""What turns a notebook red: cells broken on purpose, one way a cell, run by nbval all at once."""

import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from notebook_guards import unexpected_stderr

TESTS = pathlib.Path(__file__).resolve().parent

SOURCE = "x = 3\nprint(x * 14)"
NOTICES = (
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
    "I0000 00:00:1700000000.123456    4242 port.cc:153] oneDNN custom operations are on. "
    "You may see slightly different numerical results.\n"
)
IGNORED = "nbval-ignore-output"


def cell(source=SOURCE, stored="42\n", count=1, tag=None, **more):
    outputs = [new_output("stream", name=name, text=text) for name, text in more.items()]
    if stored:
        outputs.append(new_output("stream", name="stdout", text=stored))
    metadata = {"tags": [tag]} if tag else {}
    return new_code_cell(source, outputs=outputs, execution_count=count, metadata=metadata)


def writes(text, **more):
    return cell(f"import sys\nprint({text!r}, end='', file=sys.stderr)\nprint(42)", **more)


def result(value):
    return new_output("execute_result", data={"text/plain": value}, execution_count=1)


def divides(message):
    error = new_output("error", ename="ZeroDivisionError", evalue=message, traceback=[])
    return new_code_cell(
        "1 / 0", outputs=[error], execution_count=1, metadata={"tags": ["raises-exception"]}
    )


GOOD = {
    "clean": cell(),
    "ignored": cell(stored="41\n", tag=IGNORED),
    "raises": divides("division by zero"),
    "start_up_notices": writes(NOTICES),
}
# What is wrong, and what the report has to say of it.
BAD = {
    "number_in_source": (cell(SOURCE.replace("14", "15")), "Cell outputs differ"),
    "number_in_output": (cell(stored="43\n"), "Cell outputs differ"),
    "missing_output": (cell("x = 42"), "Missing output fields"),
    "extra_output": (cell(stored=None), "Unexpected output fields"),
    "second_output": (cell(SOURCE + "\nx"), "Unexpected output fields"),
    "exception": (cell("1 / 0"), "ZeroDivisionError"),
    "other_error": (divides("division by one"), "Cell outputs differ"),
    "no_error": (cell(stored=None, source="1 / 1", tag="raises-exception"), "Unexpected output"),
    "stderr": (writes("hello"), "Cell wrote to stderr"),
    "stderr_ignored": (writes("hello", tag=IGNORED), "Cell wrote to stderr"),
    "stderr_after_notices": (writes(NOTICES + "hello"), "Cell wrote to stderr"),
    "stderr_of_a_library": (cell("import os, time\n_ = os.write(2, b'from C++')\ntime.sleep(1)\nprint(42)"), "from C++"),
    "warning": (cell("import warnings\nwarnings.warn('old')\nprint(42)"), "UserWarning: old"),
    "stored_stderr": (cell(stderr="hello"), "stored with stderr"),
    "stored_stderr_ignored": (cell(stderr="hello", tag=IGNORED), "stored with stderr"),
    "never_run": (cell(count=None, stored=None), "without having been run"),
    "never_run_ignored": (cell(count=None, stored=None, tag=IGNORED), "without having been run"),
    "goes_online": (
        cell("import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=5)"),
        "the tests run offline",
    ),
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Run nbval over all of these cells; return what it says of each, "" for a green one."""
    folder = tmp_path_factory.mktemp("broken_on_purpose")
    cells = GOOD | {name: broken for name, (broken, _) in BAD.items()}
    nbformat.write(new_notebook(cells=list(cells.values())), folder / "cells.ipynb")
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "notebook_guards", "-p", "no:cacheprovider"]
    command += ["--nbval", "--nbval-current-env", "--color=no", "--junitxml=report.xml"]
    path = os.pathsep.join([str(TESTS), os.environ["PYTHONPATH"]])
    environment = os.environ | {"PYTHONPATH": path}
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    cases = xml.etree.ElementTree.parse(folder / "report.xml").iter("testcase")
    said = ["\n".join(f"{it.get('message')}\n{it.text}" for it in case) for case in cases]
    return dict(zip(cells, said, strict=True))


@pytest.mark.parametrize("name", GOOD)
def test_a_good_cell_is_green(name, reports):
    assert reports[name] == ""


@pytest.mark.parametrize("name", BAD)
def test_a_cell_broken_on_purpose_is_red(name, reports):
    assert BAD[name][1] in reports[name]


def test_the_guards_hold_in_this_run(pytestconfig):
    assert pytestconfig.pluginmanager.hasplugin("notebook_guards")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (NOTICES, ""),
        (NOTICES * 2 + "\n", ""),
        ("W0000 oneDNN custom operations are on. Slow.\n", "W0000"),
        (NOTICES.replace("I0000", "E0000").splitlines()[1], "E0000"),
        ("hello\n" + NOTICES, "hello"),
    ],
)
def test_only_the_start_up_notices_are_forgiven(text, expected):
    stray = unexpected_stderr([{"name": "stderr", "text": text}, {"name": "stdout", "text": "1"}])

    assert stray.startswith(expected) and bool(stray) == bool(expected)
