"""Replay, without a container engine, what Binder does with this course, and run its notebooks within Binder's limits.

    python tests/binder_replay.py                               build, start, and run every notebook
    python tests/binder_replay.py --notebooks 00 03             these alone
    python tests/binder_replay.py --notebooks 00 --sizes        sizes, and seconds from the click to the first cell
    python tests/binder_replay.py --keep FOLDER --json FILE     keep the environment for the next time; write figures

repo2docker says what it would do with `binder/` (`binder_choice.py`); its recipe is read, and its steps run in an
empty environment which holds the Jupyter of Binder's image. The server starts as Binder starts it. It and its kernels
get 2 GB together and one CPU; before that, the cap is exceeded on purpose, to see that it bites. Linux only; asks the
package index that pip is set up for; takes some minutes and 2 GB in the temporary folder (with `--sizes` 5 GB).
Exit code 1: something failed.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from string import Template
from urllib.parse import parse_qs, urlsplit

import nbformat

import binder_link
import refresh
from build_lock import TOO_OLD_ON_BINDER
from distant_kernel import DistantKernel, DistantServer, ServerProblem
from memory_cap import MB, CapError, MemoryCap, holds
from notebook_guards import unexpected_stderr

ROOT = Path(__file__).resolve().parent.parent
CAP_MB = 2 * 10**9 // MB  # 2 GB in the strictest reading: 1,907 MB of 2**20 bytes
START_SECONDS = 120
LONELY_SECONDS = 600
BASE_PATH = "/user/learner/"

# What Binder must choose; the reasons stand in the tests.
EXPECTED = {
    "pack": "PythonBuildPack",
    "folder": "binder",
    "packages": [],
    "copied_first": ["binder/requirements.txt"],
    "before_the_copy": ['${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"'],
    "after_the_copy": [],
    "post_build": ["binder/postBuild"],
    "start": "${REPO_DIR}/binder/start",
}
# Names of the image's packages that differ between conda, where Binder gets them, and pip, where we do.
PIP_NAMES = {
    "brotli-python": "brotli",
    "jupyterhub-base": "jupyterhub",
    "nbconvert-core": "nbconvert",
    "python-fastjsonschema": "fastjsonschema",
}
NOT_OF_PIP = {"cpython"}  # Python itself, under another name
# tensorflow-cpu is tensorflow under another name, which pip cannot know.
SAID_OF_THE_CPU_BUILD = re.compile(r"tensorflow-in-six-steps \S+ requires tensorflow, which is not installed\.")
JUPYTER = re.compile(r"jupyter.*|ipy.*|notebook.*|nb.*|tornado|traitlets|pyzmq")


class ReplayProblem(Exception):
    """A step went wrong; nothing after it makes sense."""


@dataclasses.dataclass
class Row:
    """What one notebook took under the cap."""

    notebook: str
    result: str = "ok"
    seconds: float = 0.0
    start_seconds: float = 0.0
    first_cell_seconds: float = 0.0
    slowest_cell_seconds: float = 0.0
    peak_mb: int = 0

    def __str__(self) -> str:
        figures = f"{self.seconds:7.1f} {self.slowest_cell_seconds:7.1f} {self.peak_mb:7d}"
        return f"{self.notebook:<30} {figures}  {self.result}"


# What Binder chooses


def read_choice(python: str, work: Path) -> dict:
    """Return what repo2docker makes of this folder, from an environment of its own in `work`."""
    scratch = new_environment(python, work / "repo2docker")
    if not list((work / "repo2docker").rglob("repo2docker/app.py")):
        call([scratch, "-m", "pip", "install", "--quiet", "jupyter-repo2docker"])
    script = str(ROOT / "tests" / "binder_choice.py")
    return json.loads(call([scratch, script, str(ROOT)]))


def wrong_choices(choice: dict, expected: dict = EXPECTED) -> list[str]:
    """Return in words what repo2docker chose otherwise than expected."""
    python = (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    return [
        f"{name}: expected {wanted!r}, received {choice.get(name)!r}"
        for name, wanted in {"python": python, **expected}.items()
        if choice.get(name) != wanted
    ]


def image_pins(lock: str) -> list[str]:
    """Return the Python packages of Binder's image, as pip writes them, from its conda lock."""
    pins = []
    for line in lock.splitlines():
        found = re.search(r"/(?P<name>[^/]+)-(?P<version>[^/-]+)-py[^/-]*_\d+\.(conda|tar\.bz2)", line)
        if found and found["name"] not in NOT_OF_PIP:
            pins.append(f"{PIP_NAMES.get(found['name'], found['name'])}=={found['version']}")
    return pins


def recipe_variables(recipe: str, given: dict[str, str]) -> dict[str, str]:
    """Return the environment that a Dockerfile sets up, in its order.

    Args:
        recipe: The Dockerfile.
        given: Where this replay puts things: these win over what the recipe says.
    """
    variables = dict(given)
    joined = re.sub(r"\\\n\s*", "", recipe)
    for kind, rest in re.findall(r"^(ENV|ARG) (.+)$", joined, re.MULTILINE):
        for name, text in re.findall(r"(\w+)=(\"[^\"]*\"|\S+)", rest):
            if name not in given or name == "PATH":
                variables[name] = Template(text.strip('"')).safe_substitute(variables)
    return variables


# The image


def find_python(version: str) -> tuple[str, str]:
    """Return a Python of this version ("3.12") on this machine, or else the one that runs; and its full version."""
    near = sorted(Path.home().glob(f".*/versions/{version}*/bin/python"))
    for candidate in [sys.executable, shutil.which(f"python{version}"), *map(str, near)]:
        with contextlib.suppress(OSError, subprocess.CalledProcessError, TypeError):
            command = [candidate, "-c", "import platform; print(platform.python_version())"]
            full = subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL).strip()
            if full.startswith(f"{version}."):
                return candidate, full
    return sys.executable, ".".join(map(str, sys.version_info[:3]))


def new_environment(python: str, folder: Path) -> str:
    """Make an environment if there is none yet, and return its Python."""
    if not (folder / "bin" / "python").exists():
        call([python, "-m", "venv", str(folder)])
    return str(folder / "bin" / "python")


def variables_of_the_image(choice: dict, work: Path) -> dict[str, str]:
    """Return the environment of a Binder session whose files lie below `work`."""
    kept = re.compile(r"PIP_.*|.*_proxy", re.IGNORECASE)  # how this machine reaches a package index
    pip = {name: text for name, text in os.environ.items() if kept.fullmatch(name)}
    places = {"APP_BASE": str(work / "srv"), "HOME": str(work / "home"), "REPO_DIR": str(work / "home"),
              "NB_USER": "jovyan", "NB_UID": str(os.getuid()), "PATH": "/usr/local/bin:/usr/bin:/bin",
              "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **pip}
    return recipe_variables(choice["recipe"], places)


def build(choice: dict, python: str, variables: dict[str, str]) -> dict:
    """Do what the recipe does, step by step; return how long each took, and what the image held before."""
    home, prefix = Path(variables["REPO_DIR"]), Path(variables["NB_PYTHON_PREFIX"])
    home.mkdir(parents=True)
    took = {}
    with timed(took, "the image's Jupyter (Binder has it ready)"):
        own = new_environment(python, prefix)
        call([own, "-m", "pip", "install", "--quiet", "--no-deps", *image_pins(choice["image"])], env=variables)
    before = versions(own)
    for file in choice["copied_first"]:
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, home / file)
    with timed(took, "binder/requirements.txt"):
        for step in choice["before_the_copy"]:
            call(["bash", "-c", step], env=variables, cwd=home)
    copy_course(home)
    with timed(took, "binder/postBuild"):
        for step in [*choice["after_the_copy"], *(f"./{it}" for it in choice["post_build"])]:
            call(["bash", "-c", step], env=variables, cwd=home)
    return {"seconds": took, "image": before}


def check_build(variables: dict[str, str], image: dict[str, str]) -> list[str]:
    """Return in words what the build left wrong: something missing, or the image's Jupyter replaced."""
    own = str(Path(variables["NB_PYTHON_PREFIX"]) / "bin" / "python")
    check = subprocess.run([own, "-m", "pip", "check"], capture_output=True, text=True, check=False, env=variables)
    lines = [line for line in check.stdout.splitlines() if line and not SAID_OF_THE_CPU_BUILD.fullmatch(line)]
    wrong = [f"pip check: {line}" for line in lines if line != "No broken requirements found."]
    return wrong + [f"our requirements replace the image's {it}" for it in replaced(image, versions(own))]


def copy_course(target: Path) -> None:
    """Copy what a clone would hold: the files that git knows, or would take in."""
    listed = call(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def versions(python: str) -> dict[str, str]:
    """Return name -> version of what an environment holds."""
    listed = json.loads(call([python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]))
    return {it["name"].lower().replace("_", "-"): it["version"] for it in listed}


def replaced(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return which of the image's Jupyter packages have another version now, or are gone; its kernel is too old to stay."""
    return [
        f"{name} {version} -> {after.get(name, 'gone')}"
        for name, version in sorted(before.items())
        if JUPYTER.fullmatch(name) and name not in TOO_OLD_ON_BINDER and after.get(name) != version
    ]


def call(command: list[str], **options: object) -> str:
    """Run a command; return what it prints, or raise `ReplayProblem` with the end of what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise ReplayProblem(f"{' '.join(command[:6])} … failed:\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
    return done.stdout


@contextlib.contextmanager
def timed(took: dict[str, float], what: str) -> Iterator[None]:
    """Note how many seconds a block takes."""
    start = time.monotonic()
    yield
    took[what] = round(time.monotonic() - start, 2)


# The session


def forget_pages(folder: Path) -> None:
    """Have the system forget what it has read of an environment, as on a machine that has never run it.

    Pages that somebody else has read count for nobody in a control group; so TensorFlow would seem small.
    """
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@contextlib.contextmanager
def session(cap: MemoryCap, variables: dict[str, str], log: Path, took: dict[str, float]) -> Iterator[DistantServer]:
    """Start the server inside the cap, as Binder does, and end it afterwards."""
    port, token = free_port(), secrets.token_hex(16)
    lab = ["jupyter", "lab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
           "--ServerApp.port_retries=0", f"--ServerApp.base_url={BASE_PATH}", f"--IdentityProvider.token={token}",
           # Should this be killed, what it leaves behind ends by itself.
           f"--MappingKernelManager.cull_idle_timeout={LONELY_SECONDS}",
           f"--ServerApp.shutdown_no_activity_timeout={LONELY_SECONDS}"]
    server = DistantServer(f"http://127.0.0.1:{port}{BASE_PATH}", token)
    with log.open("wb") as written, timed(took, "the server answers"):
        process = cap.start([variables["R2D_ENTRYPOINT"], *lab], env=variables, cwd=variables["REPO_DIR"],
                            stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT)
        wait_for(server, process, log)
    try:
        yield server
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(server: DistantServer, process: subprocess.Popen, log: Path) -> None:
    """Wait until the server answers, or raise `ReplayProblem` with the end of its log."""
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        with contextlib.suppress(OSError):
            if server.ask("GET", "api/status")[0] == 200:
                return
        time.sleep(0.1)
    raise ReplayProblem(f"the server did not start; its log ends so:\n{log.read_text()[-2000:]}")


def free_port() -> int:
    """Return a port of the loopback interface on which nobody listens now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def opened_by_the_badge() -> str:
    """Return the path that the README's link opens on the server, read from the link itself."""
    place = binder_link.published((ROOT / "pyproject.toml").read_text(encoding="utf-8")) or "gh/OWNER/NAME"
    [path] = parse_qs(urlsplit(binder_link.launch_address(place)).query)["urlpath"]
    return path


def check_page(server: DistantServer, took: dict[str, float]) -> list[str]:
    """Open what the badge names, and look whether the course's settings hold; return what is wrong."""
    wrong, path = [], opened_by_the_badge()
    with timed(took, "the page of notebook 0"):
        status, page = server.ask("GET", path)
    if status != 200 or b"jupyter-config-data" not in page:
        wrong.append(f"{path}: expected the page of JupyterLab, received status {status}")
    listed = server.ask_json("GET", f"api/contents/{path.removeprefix('lab/tree/')}?content=0")
    if listed["type"] != "notebook":
        wrong.append(f"{path}: expected a notebook, received a {listed['type']}")
    ours = json.loads((ROOT / "binder" / "default_setting_overrides.json").read_text(encoding="utf-8"))
    for plugin, values in ours.items():
        known = server.ask_json("GET", f"lab/api/settings/{plugin}")["schema"]["properties"]
        differ = [name for name, value in values.items() if not overridden(known[name], value)]
        wrong += [f"{plugin}: {name} is not {values[name]!r}" for name in differ]
    return wrong


def overridden(known: dict, value: object) -> bool:
    """Tell whether a setting's default is now `value`; of a table, whether it holds ours."""
    default = known.get("default")
    return value.items() <= default.items() if isinstance(value, dict) else default == value


def run_notebook(server: DistantServer, cap: MemoryCap, path: Path) -> Row:
    """Run every cell of a notebook in a kernel of its own, and say what it took."""
    row = Row(path.stem)
    cap.restart_peak()
    killed = cap.kills()
    opened = PurePosixPath(opened_by_the_badge().removeprefix("lab/tree/"))
    try:
        with DistantKernel(server, str(opened.with_name(path.name))) as kernel:
            row.start_seconds = round(kernel.seconds_to_start, 2)
            row.result = run_cells(kernel, nbformat.read(path, as_version=4), row)
            row.peak_mb = cap.peak_mb
    except ServerProblem as problem:
        row.result, row.peak_mb = f"FAILED: {problem}", cap.peak_mb
    if cap.kills() > killed:
        row.result = f"FAILED: more than the cap's memory ({cap.kills() - killed} ended)"
    return row


def run_cells(kernel: DistantKernel, notebook: nbformat.NotebookNode, row: Row) -> str:
    """Run the cells; return "ok" or what went wrong."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for number, cell in enumerate(cells, start=1):
        answer = kernel.run(cell.source)
        row.seconds += answer.seconds
        row.first_cell_seconds = row.first_cell_seconds or round(answer.seconds, 2)
        row.slowest_cell_seconds = max(row.slowest_cell_seconds, answer.seconds)
        if answer.error and "raises-exception" not in cell.metadata.get("tags", []):
            return f"FAILED: code cell {number}: {answer.error}"
        if stray := unexpected_stderr(answer.outputs):
            return f"FAILED: code cell {number} wrote to stderr: {stray[:200]}"
    return "ok"


def show_that_the_cap_bites() -> str:
    """Exceed the cap on purpose, then stay below it; return what happened, or raise `ReplayProblem`."""
    if holds(CAP_MB, 1.1) != (False, 1):
        raise ReplayProblem("a tenth more than the cap was held, and nothing ended it")
    if holds(CAP_MB, 0.85) != (True, 0):
        raise ReplayProblem("less than the cap was ended")
    return f"the cap bites: 110 % of {CAP_MB} MB was ended, 85 % was not"


# The command line


def replay(options: argparse.Namespace, work: Path) -> dict:
    """Do all of it; return the figures, with what failed under "failures"."""
    python, full = find_python((ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8").strip()[7:])
    choice = read_choice(python, work)
    figures: dict = {"python": full, "repo2docker": choice["repo2docker"], "failures": wrong_choices(choice)}
    chosen = f"{choice['pack']}, Python {choice['python']}"
    print(f"repo2docker {choice['repo2docker']} chooses: {chosen}; replayed with Python {full}", flush=True)
    variables = variables_of_the_image(choice, work)
    built = work / "built.json"
    if not built.exists():
        shutil.rmtree(work / "srv", ignore_errors=True)
        shutil.rmtree(work / "home", ignore_errors=True)
        built.write_text(json.dumps(build(choice, python, variables)), encoding="utf-8")
    done = json.loads(built.read_text(encoding="utf-8"))
    copy_course(Path(variables["REPO_DIR"]))
    took = figures["seconds"] = done["seconds"]
    figures["failures"] += check_build(variables, done["image"])
    print(show_that_the_cap_bites(), flush=True)
    forget_pages(Path(variables["NB_PYTHON_PREFIX"]))
    with MemoryCap(CAP_MB, one_cpu=True) as cap, session(cap, variables, work / "lab.log", took) as server:
        figures["cap"] = {"mb": CAP_MB, "kind": cap.kind, "cpus": 1}
        figures["failures"] += check_page(server, took)
        figures["server_mb"] = cap.peak_mb
        figures["notebooks"] = [dataclasses.asdict(row) for row in run_all(server, cap, options.notebooks)]
    figures["failures"] += [f"{it['notebook']}: {it['result']}" for it in figures["notebooks"] if it["result"] != "ok"]
    if options.sizes:
        import binder_sizes

        figures["sizes"] = binder_sizes.report(variables, python, work, figures)
    return figures


def run_all(server: DistantServer, cap: MemoryCap, names: list[str]) -> list[Row]:
    """Run notebooks one after the other, and print a line for each."""
    rows = []
    paths = [] if names == ["none"] else refresh.find_notebooks(names)
    print(f"\n{'notebook':<30} seconds slowest peak MB  result   ({cap.kind}, one CPU; the server counts too)")
    for path in paths:
        rows.append(run_notebook(server, cap, path))
        print(rows[-1], flush=True)
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return 0 when all went well."""
    parser = argparse.ArgumentParser(prog="binder_replay", description="Replay what Binder does with this course.")
    parser.add_argument("--notebooks", nargs="*", default=[], help='numbers; none means all, "none" none')
    parser.add_argument("--sizes", action="store_true", help="compare sizes too, and show seconds until the first cell")
    parser.add_argument("--json", type=Path, help="write the figures into this file")
    parser.add_argument("--keep", type=Path, help="build in this folder, or use what was built there")
    options = parser.parse_args(arguments)
    if sys.platform != "linux":
        parser.error("Binder's image is a Linux: run this on one")
    try:
        with tempfile.TemporaryDirectory(prefix="binder-") as folder:
            work = (options.keep or Path(folder)).resolve()
            work.mkdir(parents=True, exist_ok=True)
            figures = replay(options, work)
    except (ReplayProblem, ServerProblem, CapError, refresh.RefreshError) as problem:
        figures = {"failures": [str(problem)]}
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(*(f"FAILED: {it}" for it in figures["failures"]), "failed" if figures["failures"] else "all well", sep="\n")
    return 1 if figures["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
