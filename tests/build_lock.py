"""Rebuild companion/lock.txt, tests/lock.txt and binder/requirements.txt from pyproject.toml.

Run it after a change of dependencies; it needs `uv` on the path:

    python tests/build_lock.py              keeps the locked versions that still fit
    python tests/build_lock.py --upgrade    takes the newest ones

The lock serves Linux, Windows and macOS on arm64, Python 3.11 to 3.13. Where TensorFlow has a
build without GPU libraries, the lock takes it: 0.3 GB less to download, 0.6 GB less on the disk.
What only the tests need stands in a lock of its own, which learners never install.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "companion" / "lock.txt"
TESTS_LOCK = ROOT / "tests" / "lock.txt"  # what is added to it
BINDER = ROOT / "binder" / "requirements.txt"

HAS_CPU_BUILD = (
    "sys_platform == 'win32' or (sys_platform == 'linux' and platform_machine == 'x86_64')"
)
NO_CPU_BUILD = (
    "sys_platform != 'win32' and (sys_platform != 'linux' or platform_machine != 'x86_64')"
)

# Binder's image brings JupyterLab and what belongs to it; replacing these there breaks its server.
BROUGHT_BY_BINDER = {"ipython", "ipywidgets", "jupyterlab", "traitlets"}
# Only the kernel is replaced: the image's, 7.0, may leave a cell unanswered for good. With it comes what a newer one
# needs and the image lacks, or has in an older version.
TOO_OLD_ON_BINDER = {"ipykernel", "jupyter-client", "nest-asyncio2", "tornado"}
STANDS_ON_IPYWIDGETS = {"anywidget"}  # asks for what the image brings

# uv does not look at the newest Python that a package admits; pip does, and would refuse these.
TOO_NEW = ["backports-strenum<1.3"]  # 1.3 is for Python 3.10 and older only; ai-edge-litert asks for it everywhere

LOCK_HEADER = "# Made by tests/build_lock.py from pyproject.toml: do not edit.\n"
TESTS_LOCK_HEADER = LOCK_HEADER + "# What the tests need on top of companion/lock.txt.\n"
BINDER_HEADER = """\
# Made by tests/build_lock.py from companion/lock.txt: do not edit.
# JupyterLab, ipywidgets and IPython come with Binder's image and are not listed on purpose; its kernel is too old.
"""


def read_project() -> dict:
    """Return the table [project] of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def read_pins(file: Path) -> list[tuple[Requirement, list[str]]]:
    """Return each requirement of a file made by this script, with its SHA-256 hashes."""
    entries = split_entries(file.read_text(encoding="utf-8"))[1:]
    hashes = r"--hash=sha256:([0-9a-f]{64})\b"
    return [
        (Requirement(entry.split("\\")[0].strip()), re.findall(hashes, entry)) for entry in entries
    ]


def split_entries(text: str) -> list[str]:
    """Return the entries of a lock, each with its lines of hashes; comments at its head are the first."""
    return re.split(r"\n(?=[a-z])", text.rstrip("\n"))


def project_name(requirement: str) -> str:
    """Return the name at the head of a requirement: "keras" of "keras>=3.12"."""
    return re.match(r"[A-Za-z0-9._-]+", requirement).group().lower()


def with_cpu_build(requirements: list[str]) -> list[str]:
    """Ask for tensorflow-cpu instead of tensorflow wherever that build exists."""
    result = []
    for requirement in requirements:
        if project_name(requirement) != "tensorflow":
            result.append(requirement)
            continue
        bounds = requirement[len("tensorflow"):]
        result.append(f"tensorflow-cpu{bounds} ; {HAS_CPU_BUILD}")
        result.append(f"tensorflow{bounds} ; {NO_CPU_BUILD}")
    return result


def resolve(requirements: list[str], target: Path, *options: str) -> str:
    """Return the pinned lines that `uv pip compile` finds, preferring the versions in `target`."""
    command = ["uv", "--no-config", "pip", "compile", "-", "--output-file", str(target), "--quiet",
               "--no-annotate", "--no-header", *options]
    subprocess.run(command, input="\n".join(requirements), text=True, check=True, cwd=ROOT)
    return target.read_text(encoding="utf-8")


def write(target: Path, text: str) -> None:
    """Write `text` with the same line ends on every system."""
    target.write_text(text, encoding="utf-8", newline="\n")
    print(target.relative_to(ROOT))


def main(options: list[str]) -> None:
    """Build the three files; `options` go to `uv pip compile` for the locks."""
    project = read_project()
    needed = with_cpu_build(project["dependencies"])
    for_tests = project["optional-dependencies"]["test"]
    universal = ["--universal", "--python-version", "3.11", "--generate-hashes", "--only-binary", ":all:"]
    with tempfile.TemporaryDirectory() as folder:
        too_new, everything, course = (Path(folder) / name for name in ("too_new.txt", "everything.txt", "course.txt"))
        too_new.write_text("\n".join(TOO_NEW), encoding="utf-8")
        # What the file holds already is preferred.
        held = [lock.read_text(encoding="utf-8") for lock in (LOCK, TESTS_LOCK) if lock.exists()]
        everything.write_text("".join(held), encoding="utf-8")
        options = ["--constraint", str(too_new), *options]
        found = split_entries(resolve(needed + for_tests, everything, *universal, *options))
        for_learners = split_entries(resolve(needed, course, *universal, "--constraint", str(everything)))
    names = {project_name(entry) for entry in for_learners}
    write(LOCK, LOCK_HEADER + "".join(f"{entry}\n" for entry in found if project_name(entry) in names))
    write(TESTS_LOCK, TESTS_LOCK_HEADER + "".join(f"{entry}\n" for entry in found if project_name(entry) not in names))
    write(BINDER, BINDER_HEADER + binder_pins(needed))


def binder_pins(needed: list[str]) -> str:
    """Return the pinned lines for Binder: all that is needed, without what its image brings, unless that is too old."""
    brought = {name for line in needed if (name := project_name(line)) in BROUGHT_BY_BINDER}
    installed = [line for line in needed if project_name(line) not in brought | TOO_OLD_ON_BINDER]
    alone = [line for line in installed if project_name(line) not in STANDS_ON_IPYWIDGETS]
    image = {project_name(pin) for pin in resolve_on_binder(sorted(brought))}
    ours = {project_name(pin) for pin in resolve_on_binder(alone)}
    pins = [pin for pin in resolve_on_binder(installed) if project_name(pin) not in (image - ours) | TOO_OLD_ON_BINDER]
    pins += [pin for pin in resolve_on_binder(["ipykernel"]) if project_name(pin) in TOO_OLD_ON_BINDER]
    return "".join(f"{pin}\n" for pin in sorted(pins, key=project_name))


def resolve_on_binder(requirements: list[str]) -> list[str]:
    """Return the pins that these take on Binder's machine, in the versions of the lock."""
    with tempfile.TemporaryDirectory() as folder:
        text = resolve(requirements, Path(folder) / "pins.txt", "--python-version", "3.12",
                       "--only-binary", ":all:", "--python-platform", "x86_64-manylinux_2_28",
                       "--constraint", str(LOCK))
    return text.splitlines()


if __name__ == "__main__":
    main(sys.argv[1:])
