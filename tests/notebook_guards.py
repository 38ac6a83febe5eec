"""What nbval leaves unguarded when it runs the notebooks; a pytest plugin (`-p notebook_guards`).

nbval runs a cell that was never executed without comparing anything, and says nothing about what
an ignored cell writes to stderr. Here both fail, and every kernel and test runs offline.
"""

import os
import pathlib
import re
import runpy

import pytest

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
