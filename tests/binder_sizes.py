"""How large Binder's environment is, beside the plain install and beside what peers' files ask for today.

`python tests/binder_replay.py --sizes` prints it. What something needs is resolved by `uv` for the machine of Binder,
nothing but wheels, and the sizes of the wheels are added up: that is what has to be downloaded. On the disk only our
two environments are measured, which are really installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

import build_lock
from memory_cap import MB

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Peer:
    """What another course of notebooks tells its learners to install.

    Attributes:
        repository: Where, and in which file.
        python: The Python of that time.
        asks: The requirements, as facts.
    """

    repository: str
    python: str
    asks: tuple[str, ...]


PEERS = (
    Peer("Hvass-Labs/TensorFlow-Tutorials, requirements.txt", "3.12",
         ("numpy", "scipy", "jupyter", "matplotlib", "Pillow", "scikit-learn", "tensorflow")),
    Peer("carpentries-lab/deep-learning-intro, learners/setup.md", "3.11",
         ("jupyter", "seaborn", "scikit-learn", "pandas", "tensorflow", "pydot")),
    Peer("ageron/tf2_course, requirements.txt (2021)", "3.8",
         ("jupyter==1.0.0", "matplotlib==3.3.4", "numpy==1.19.5", "pandas==1.2.2", "scipy==1.6.0",
          "scikit-learn==0.24.1", "tensorflow==2.4.1", "tensorflow-serving-api==2.4.1", "tensorboard==2.4.1",
          "tensorboard-plugin-profile==2.4.0", "tensorflow-datasets==3.0.0", "tensorflow-hub==0.9.0", "Pillow==8.1.2",
          "pydot", "graphviz", "requests==2.25.1", "nbdime==2.1.0")),
    Peer("rasbt/LLMs-from-scratch, requirements.txt", "3.12",
         ("torch>=2.3.0", "jupyterlab>=4.0", "tiktoken>=0.5.1", "matplotlib>=3.7.1", "tensorflow>=2.18.0",
          "tqdm>=4.66.1", "numpy>=1.26,<2.1", "pandas>=2.2.1", "psutil>=5.9.5")),
)


@dataclass(frozen=True)
class Size:
    """What a list of requirements comes to: how many packages, and MB to download; or why it does not resolve."""

    packages: int = 0
    download_mb: int = 0
    problem: str = ""
    reason: str = ""


def download(asks: list[str], python: str = "3.12", *options: str) -> Size:
    """Resolve requirements for Binder's machine, and add up the wheels; `options` go to `uv`."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "pylock.toml"
        command = [uv, "pip", "compile", "-", "--quiet", "--python-version", python, "--python-platform",
                   "x86_64-manylinux_2_28", "--only-binary", ":all:", "--format", "pylock.toml",
                   "--output-file", str(lock), *options]
        said = {"input": "\n".join(asks), "capture_output": True, "text": True, "check": False, "cwd": folder}
        try:
            done = subprocess.run(command, **said)
        except OSError as error:
            return Size(problem="  uv is not on the path", reason=str(error))
        if done.returncode:
            return Size(problem="  does not resolve to wheels", reason=" ".join(done.stderr.split())[:300])
        return added_up(lock.read_text(encoding="utf-8"), python)


def added_up(lock: str, python: str) -> Size:
    """Return the size of what a `pylock.toml` lists: of each package the wheel that fits best."""
    ranks = tag_ranks(python)
    packages = tomllib.loads(lock).get("packages", [])
    sizes = [best_wheel(package, ranks)["size"] for package in packages]
    return Size(len(packages), round(sum(sizes) / MB))


def best_wheel(package: dict, ranks: dict) -> dict:
    """Return a package's wheel that an installer would take."""
    def rank(wheel: dict) -> int:
        name = wheel.get("name") or wheel["url"].rpartition("/")[2]
        return min((ranks[tag] for tag in parse_wheel_filename(name)[3] if tag in ranks), default=len(ranks))
    return min(package["wheels"], key=rank)


def tag_ranks(python: str) -> dict:
    """Return tag -> rank for a Python on Binder's machine, the best first."""
    version = tuple(map(int, python.split(".")))
    machine = [f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)]
    machine += ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64"]
    own = cpython_tags(version, platforms=machine)
    tags = [*own, *compatible_tags(version, f"cp{version[0]}{version[1]}", machine)]
    return {tag: rank for rank, tag in enumerate(tags)}


def on_disk_mb(folder: Path) -> int:
    """Return what the files of an environment take, without its links to elsewhere."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return round(sum(path.stat().st_size for path in files) / MB)


def plain_install(python: str, work: Path) -> Path:
    """Install the course as the README's line for an environment of your own does; return the environment."""
    folder = work / "plain"
    if not (folder / "installed").exists():
        quiet = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        project = build_lock.read_project()
        asks = [*project["dependencies"], *project["optional-dependencies"]["test"]]
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *asks]
        subprocess.run(pip, check=True, env=quiet, capture_output=True)
        (folder / "installed").touch()
    return folder


def report(variables: dict[str, str], python: str, work: Path, figures: dict) -> dict:
    """Print sizes and seconds, and return the sizes."""
    project = build_lock.read_project()
    ours = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    for_tests = [str(pin) for pin, _ in build_lock.read_pins(build_lock.TESTS_LOCK)]
    plain = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    disk = {"binder": on_disk_mb(Path(variables["NB_PYTHON_PREFIX"])), "plain": on_disk_mb(plain_install(python, work))}
    course = round(sum(path.stat().st_size for path in (ROOT / "companion").rglob("*") if path.is_file()) / MB)
    rows = {
        "Binder: binder/requirements.txt (Jupyter is in the image)": download(ours, "3.12", "--no-deps"),
        "the course with JupyterLab, tensorflow-cpu": download(build_lock.with_cpu_build(project["dependencies"])),
        "what the tests need on top of it: tests/lock.txt": download(for_tests, "3.12", "--no-deps"),
        'plain: pip install -e ".[test]"': download(plain),
    }
    rows |= {peer.repository: download(list(peer.asks), peer.python) for peer in PEERS}
    print(f"\n{'what is installed':<58} packages  download")
    for name, size in rows.items():
        print(f"{name:<58} {size.problem or f'{size.packages:8d} {size.download_mb:6d} MB'}")
    print(f"on the disk: Binder's environment with its Jupyter {disk['binder']} MB, the plain one {disk['plain']} MB; "
          f"companion/ {course} MB")
    print_seconds(figures)
    return {"on_disk_mb": disk, "download": {name: vars(size) for name, size in rows.items()}}


def print_seconds(figures: dict) -> None:
    """Print the parts of the way from a click to the first cell that can be measured here."""
    parts = dict(figures["seconds"])
    if figures["notebooks"]:
        first = figures["notebooks"][0]
        parts |= {"the kernel answers": first["start_seconds"], "the first cell": first["first_cell_seconds"]}
    print("\nfrom the click to the first cell (not measured: clone, push and pull of the image, waiting for a place)")
    for name, seconds in parts.items():
        print(f"  {seconds:6.2f} s  {name}")
