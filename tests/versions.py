"""Run the exercises' tests under the oldest and the newest versions that pyproject.toml admits.

    python tests/versions.py                        both, one after the other
    python tests/versions.py oldest -k step4        one of them; what follows goes to pytest

Each set has an environment of its own, `.venv-oldest` and `.venv-newest`, which is made at the first
run and brought up to date at each (some minutes and 2 GB the first time). "Oldest" means each dependency
of the course at its lower bound, "newest" the newest that its bounds admit. The tools that run the tests
are the newest in both.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

from packaging.requirements import Requirement

from build_lock import read_project, with_cpu_build

ROOT = Path(__file__).resolve().parent.parent
SETS = ("oldest", "newest")
# What the exercises stand on; the notebooks' stored outputs hold for the locked versions alone.
TESTS = ["tests/exercises", "tests/test_feedback.py", "tests/test_predict.py", "tests/test_simulated_learner.py"]
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


def environment(which: str) -> Path:
    """Make or update the environment of a set, and return its Python."""
    folder = ROOT / f".venv-{which}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
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
    paths = [] if any(not it.startswith("-") and Path(it.split("::")[0]).exists() for it in arguments) else TESTS
    found = os.environ | {"PYTHONPATH": str(ROOT)}  # the course itself, for the notebooks' kernels
    return subprocess.run([python, "-m", "pytest", "-q", *paths, *arguments], cwd=ROOT, env=found, check=False).returncode


def main(arguments: list[str]) -> int:
    """Run the command line; return 0 when every set passes."""
    chosen = [arguments.pop(0)] if arguments and arguments[0] in SETS else list(SETS)
    codes = [run(which, arguments) for which in chosen]
    for which, code in zip(chosen, codes, strict=True):
        print(f"{which}: {'all passed' if code == 0 else f'FAILED (pytest says {code})'}")
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
