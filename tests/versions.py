"""Run everything under the oldest and the newest versions that pyproject.toml admits and this machine has.

    python tests/versions.py                        both, one after the other: an hour or two
    python tests/versions.py oldest -k step4        one of them; what follows goes to pytest

Each set has an environment of its own, `.venv-oldest` and `.venv-newest`, which is made at the first
run and brought up to date at each (some minutes and 2 GB the first time). "Oldest" means each dependency
of the course at its lower bound, under the oldest Python that is on the PATH and admitted; "newest" the newest that
the bounds admit, under the newest Python. The tools that run the tests are the newest in both.

The tests run first, then every notebook, in two processes. What the cells print is not compared: the stored outputs
hold for the locked versions alone. Every cell must run, and nothing may stand on the error stream.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement

from build_lock import read_project, with_cpu_build

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from companion.__main__ import TWO_PROCESSES  # noqa: E402

SETS = ("oldest", "newest")
PYTHONS = ("3.11", "3.12", "3.13")
TESTS, NOTEBOOKS = ["tests"], ["notebooks"]
# In place of the options in pyproject.toml: run every cell and watch the error stream, but compare nothing.
WITHOUT_COMPARING = "addopts=--nbval-lax --nbval-current-env --nbval-cell-timeout=300 -p notebook_guards"
# These tests are about the locked versions themselves.
LOCKED = ["tests/test_binder.py", "tests/test_packaging.py"]
SHOWN = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "matplotlib", "ipywidgets")


def wanted(which: str) -> list[str]:
    """Return the requirements of a set: "keras==3.12" or "keras>=3.12"."""
    project = read_project()
    course = with_cpu_build(project["dependencies"])
    pinned = [at_its_lower_bound(line) if which == "oldest" else line for line in course]
    return pinned + project["optional-dependencies"]["test"]


def at_its_lower_bound(line: str) -> str:
    """Return a requirement pinned to the oldest version that it admits."""
    requirement = Requirement(line)
    [bound] = [it.version for it in requirement.specifier if it.operator == ">="]
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    return f"{requirement.name}=={bound}{marker}"


def found_pythons() -> dict[str, str]:
    """Return version -> command of the admitted Pythons that this machine has, the oldest first."""
    found = {".".join(map(str, sys.version_info[:2])): sys.executable}
    for version in PYTHONS:
        command = shutil.which(f"python{version}")
        if version not in found and command and answers(command, version):
            found[version] = command
    return {version: found[version] for version in PYTHONS if version in found}


def answers(command: str, version: str) -> bool:
    """Tell whether a command is the Python that its name says; some only say where one could be had."""
    ask = [command, "-c", "import sys; print('.'.join(map(str, sys.version_info[:2])))"]
    return subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip() == version


def environment(which: str) -> Path:
    """Make or update the environment of a set, and return its Python."""
    folder = ROOT / f".venv-{which}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        pythons = list(found_pythons().values())
        if not pythons:
            raise SystemExit(f"expected one of Python {', '.join(PYTHONS)} on the PATH, found none. Install one.")
        maker = pythons[0] if which == "oldest" else pythons[-1]
        subprocess.run([maker, "-m", "venv", folder], check=True)
    options = ["--quiet", "--disable-pip-version-check", "--upgrade"]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([python, "-m", "pip", "install", *options, *wanted(which)], check=True, env=clean, cwd=ROOT)
    return python


def run(which: str, arguments: list[str]) -> int:
    """Print the versions of a set, run the tests under it, and return pytest's exit code."""
    python = environment(which)
    show = (
        "import importlib.metadata as m, sys; found = {it.name.lower().replace('_', '-'): it.version for it in m.distributions()}; "
        f"print('{which}: Python', sys.version.split()[0], *(f'{{n}} {{found[n]}}' for n in {SHOWN} if n in found), flush=True)"
    )
    subprocess.run([python, "-c", show], check=True, cwd=ROOT)
    found = os.environ | {"PYTHONPATH": str(ROOT)}  # the course itself, for the notebooks' kernels
    codes = [
        subprocess.run([python, "-m", "pytest", "-q", *line, *arguments], cwd=ROOT, env=found, check=False).returncode
        for line in command_lines(arguments)
    ]
    return max(code for code in codes if code != NOTHING_CHOSEN) if set(codes) != {NOTHING_CHOSEN} else NOTHING_CHOSEN


NOTHING_CHOSEN = 5  # as pytest says it


def command_lines(arguments: list[str]) -> list[list[str]]:
    """Return what pytest is given, besides the arguments: the tests, then the notebooks; or what was named."""
    named = [it for it in arguments if not it.startswith("-") and Path(ROOT, it.split("::")[0]).exists()]
    notebooks = ["-o", WITHOUT_COMPARING]
    if named:
        return [notebooks if any(it.startswith(tuple(NOTEBOOKS)) for it in named) else []]
    tests, cells = [*TESTS, *(f"--ignore={it}" for it in LOCKED)], [*notebooks, *NOTEBOOKS]
    return [[*TWO_PROCESSES, *tests], [*TWO_PROCESSES, *cells]]


def main(arguments: list[str]) -> int:
    """Run the command line; return 0 when every set passes."""
    chosen = [arguments.pop(0)] if arguments and arguments[0] in SETS else list(SETS)
    codes = [run(which, arguments) for which in chosen]
    for which, code in zip(chosen, codes, strict=True):
        print(f"{which}: {'all passed' if code == 0 else f'FAILED (pytest says {code})'}")
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
