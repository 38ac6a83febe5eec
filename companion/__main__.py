"""The course's commands, typed in the folder that holds this course:

    python -m companion lab              open the course in JupyterLab
    python -m companion verify FOLDER    measure the claims of a portfolio again
    python -m companion test             run every test and every notebook

For authors:

    python -m companion refresh          run the notebooks again and store their outputs

The first run makes an environment of its own in the folder .venv. Whatever follows the command
is handed on: lab --no-browser, test -k penguins, refresh 03.
"""

# Standard library only, because this file runs before anything is installed; and no syntax newer
# than Python 3.7, so that an old Python can still say that it is too old.
from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import time
import venv
from pathlib import Path
from typing import Callable, Iterator

COURSE = Path(__file__).resolve().parent.parent
SUPPORTED_PYTHONS = ((3, 11), (3, 12), (3, 13))
FIRST_NOTEBOOK = "my_notebooks/00_start_here.ipynb"
ENCRYPTED = "--KernelManager.transport_encryption=auto"  # else each kernel warns of eavesdroppers in the terminal
LAB_SETTINGS = Path("binder", "default_setting_overrides.json")
# What is installed, in this order: for learners, and on top of it for the tests.
LOCKS = (Path("companion", "lock.txt"), Path("tests", "lock.txt"))
NEED_THE_TESTS_PACKAGES = ("test", "refresh")
STAMP = "course-stamp.txt"
GUARD = "course-guard.lock"
NEEDED_GIGABYTES = 3
PULSE, LOG_PULSE = 5, 30  # seconds between two signs of life: on a terminal, and in a file
TWO_PROCESSES = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]  # each with whole files
COMMANDS = ("lab", "verify", "test", "refresh")

# What pip says when it fails, and what that means to a learner; the first match counts.
PIP_FAILURES = (
    ("No space left on device", "The disk, or the one for temporary files, is full. Make room"),
    ("not enough space", "The disk, or the one for temporary files, is full. Make room"),
    ("Long Path", "The folder's path is too long for Windows. Move the folder to C:\\course, say"),
    ("DO NOT MATCH THE HASHES", "A download arrived damaged, or was altered on its way"),
    ("Retrying", "The package index cannot be reached. Check the network and the proxy, if any"),
    ("No matching distribution", "The package index that pip asks has no such package"),
)


class SetUpError(Exception):
    """The environment cannot be made; the message says why and what to do."""


def main(arguments: list[str]) -> int:
    """Set the environment up if need be, then run the command; return its exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        asked_for_help = arguments[:1] in (["-h"], ["--help"], ["help"])
        print(__doc__.strip(), file=sys.stdout if asked_for_help else sys.stderr)
        return 0 if asked_for_help else 2
    try:
        require_course_folder(COURSE)
        set_up(COURSE, with_tests=arguments[0] in NEED_THE_TESTS_PACKAGES)
        copy_lab_settings(COURSE)
        if arguments[0] == "lab":
            copy_notebooks(COURSE)
    except SetUpError as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"The set-up stopped: {problem}. The same command starts it again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command starts the set-up again.", file=sys.stderr)
        return 130
    command = tool_command(COURSE, arguments[0], arguments[1:])
    return run_tool(command, COURSE, tool_environment(COURSE))


# Before the set-up: is this the right place, and the right Python?


def require_course_folder(course: Path) -> None:
    """Raise SetUpError where the package was installed without the course's folder."""
    if not (course / "notebooks").is_dir() or not (course / "pyproject.toml").is_file():
        raise SetUpError(
            "The notebooks are not beside this package. Type the command inside the course's "
            "folder, the one that holds notebooks/ and companion/."
        )


def unfit_python(version: tuple[int, ...], is_64_bit: bool, build: str, machine: str) -> str | None:
    """Say in one line why TensorFlow does not run on such a Python, or return None.

    `build` is a value of sysconfig.get_platform(), `machine` one of platform.machine().
    """
    if tuple(version[:2]) not in SUPPORTED_PYTHONS:
        shortcoming = ""
    elif not is_64_bit:
        shortcoming = ", a 32-bit one"
    elif build.startswith("macosx") and machine == "x86_64":
        shortcoming = " for Intel Macs, which TensorFlow has left"
    elif build == "win-arm64":
        shortcoming = " for ARM, for which TensorFlow has no Windows version; take the x86-64 one"
    else:
        return None
    number = ".".join(str(part) for part in version[:3])
    return (
        "The course needs a 64-bit Python 3.11, 3.12 or 3.13; "
        f"this is Python {number}{shortcoming} ({sys.executable})."
    )


def require_fit_python() -> None:
    """Raise SetUpError when this Python cannot make the environment or run TensorFlow."""
    is_64_bit = sys.maxsize > 2**32
    build, machine = sysconfig.get_platform(), platform.machine()
    problem = unfit_python(sys.version_info[:3], is_64_bit, build, machine)
    if problem:
        raise SetUpError(problem)
    if importlib.util.find_spec("ensurepip") is None:
        raise SetUpError(
            "This Python cannot make environments, because its module ensurepip is missing. "
            "On Debian and Ubuntu: sudo apt install python3-venv"
        )


def require_own_folder(folder: Path) -> None:
    """Raise SetUpError rather than replace an environment that somebody made by other means."""
    if (folder / "pyvenv.cfg").exists() and not (folder / GUARD).exists():
        raise SetUpError(
            f"{folder} was not made by this command, which would replace it. "
            "Delete or rename that folder, or use it yourself as the README describes."
        )


def require_free_space(course: Path) -> None:
    """Raise SetUpError when the environment does not fit on the disk."""
    free = shutil.disk_usage(str(course)).free / 1e9
    if free < NEEDED_GIGABYTES:
        raise SetUpError(
            f"The set-up needs {NEEDED_GIGABYTES} GB of free disk space; "
            f"{course} has {free:.1f} GB. Make room, then run the same command again."
        )


# The environment: what it is, whether it stands, how it is made


def environment_folder(course: Path) -> Path:
    """Return the folder of the course's own environment."""
    return course / ".venv"


def environment_python(course: Path) -> Path:
    """Return the Python inside the course's own environment."""
    inside = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    return environment_folder(course) / inside


def expected_stamp(course: Path, locks: tuple[Path, ...]) -> list[str]:
    """Return what the stamp says once these are installed: digests of all it depends on, a line for each lock."""
    digest = hashlib.sha256(os.fsencode(str(course)))
    digest.update((course / "companion" / "__main__.py").read_bytes())
    lines = []
    for lock in locks:
        digest.update((course / lock).read_bytes())
        lines.append(digest.hexdigest())
    return lines


def is_ready(course: Path, with_tests: bool) -> bool:
    """Tell whether the environment was completed from these very files and still starts."""
    try:
        stamp = (environment_folder(course) / STAMP).read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return False
    if len(stamp) < (2 if with_tests else 1) or stamp != expected_stamp(course, LOCKS[: len(stamp)]):
        return False
    # Fails when the Python that the environment was made from is gone or was replaced.
    check = [str(environment_python(course)), "-I", "-c", "import companion"]
    try:
        return subprocess.run(check, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def set_up(course: Path, with_tests: bool) -> None:
    """Make the environment, and add what the tests need if they are to run, unless it is ready.

    The stamp is written last: a set-up that was cut off leaves none, and the next one starts
    afresh, with what pip has kept of the downloads.
    """
    if is_ready(course, with_tests):
        return
    folder = environment_folder(course)
    require_fit_python()
    require_own_folder(folder)
    with only_one_set_up(folder) as guard:
        # The set-up that was waited for may have made it.
        if not is_ready(course, with_tests=False):
            make_ready(course, guard)
        if with_tests and not is_ready(course, with_tests):
            add_tests_packages(course, guard)


def make_ready(course: Path, guard: int) -> None:
    """Make the environment with what learners need, in place of whatever is there."""
    folder = environment_folder(course)
    started = time.monotonic()
    remove_all_but(folder, GUARD)
    require_free_space(course)
    print(f"Setting up the course's own environment in {folder}")
    print("Once only: about 0.4 GB to download, 2 GB on disk, 1 to 5 minutes.", flush=True)
    print("Step 1 of 4: making an empty environment, some seconds", flush=True)
    make_environment(course, guard)
    most = number_of_packages(course / LOCKS[0])
    print(f"Step 2 of 4: downloading up to {most} packages, some minutes", flush=True)
    install_packages(course, guard)
    print("Step 4 of 4: leading the environment to the course", flush=True)
    put_course_on_path(course)
    write_stamp(course, LOCKS[:1])
    print(f"The environment is ready after {time.monotonic() - started:.0f} s.", flush=True)


def add_tests_packages(course: Path, guard: int) -> None:
    """Add what only the tests need; until it is all there, the environment stays ready for learners."""
    started = time.monotonic()
    most = number_of_packages(course / LOCKS[1])
    print(f"Adding up to {most} packages for the tests, once only: 55 MB to download, some seconds", flush=True)
    # Beside what is there: no version of it changes. Over what an earlier attempt has left half written.
    install_packages(course, guard, LOCKS[1], "--no-deps", "--ignore-installed", quiet=True)
    write_stamp(course, LOCKS)
    print(f"They are there after {time.monotonic() - started:.0f} s.", flush=True)


def write_stamp(course: Path, locks: tuple[Path, ...]) -> None:
    """Note down that all of this is installed."""
    lines = "".join(f"{line}\n" for line in expected_stamp(course, locks))
    (environment_folder(course) / STAMP).write_text(lines, encoding="ascii")


@contextlib.contextmanager
def only_one_set_up(folder: Path) -> Iterator[int]:
    """Hold the guard file's lock, after waiting for another set-up that holds it.

    The system frees the lock when its last holder ends, however it ends. Yields the file's
    descriptor: a child that inherits it keeps the lock, so that an installer which outlives a
    killed set-up is waited for.
    """
    folder.mkdir(exist_ok=True)
    guard = os.open(str(folder / GUARD), os.O_RDWR | os.O_CREAT)
    try:
        if not try_to_lock(guard):
            print("Another set-up is at work here; waiting for it to end.", flush=True)
            while not try_to_lock(guard):
                time.sleep(0.5)
        yield guard
    finally:
        os.close(guard)


def try_to_lock(descriptor: int) -> bool:
    """Lock an open file if nobody else has; on a disk that knows no locks, go on without."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass
    return True


def remove_all_but(folder: Path, kept: str) -> None:
    """Empty a folder except for one file; the stamp goes first."""
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name != STAMP)
    try:
        for entry in entries:
            if entry.name == kept:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(str(entry))
            else:
                entry.unlink()
    except OSError as problem:
        raise SetUpError(
            f"The unfinished or outdated folder {folder} cannot be removed ({problem}). "
            "Close JupyterLab and whatever else uses it, then run the same command again."
        ) from None


def make_environment(course: Path, guard: int) -> None:
    """Make an empty environment with pip in it."""
    folder = environment_folder(course)
    venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt").create(str(folder))
    ensurepip = ["-I", "-m", "ensurepip", "--default-pip"]
    status, said = run_guarded(course, guard, ensurepip, quiet=True)
    if status != 0:
        raise SetUpError(f"{said.strip()}\n\nPython could not put pip into {folder}.")


def install_packages(
    course: Path, guard: int, lock: Path = LOCKS[0], *options: str, quiet: bool = False
) -> None:
    """Install the locked packages, each checked against its hash."""
    pip = ["-m", "pip", "install", "--disable-pip-version-check", "--compile", *options]
    only_locked = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(course / lock)]
    status, said = run_guarded(course, guard, pip + only_locked, quiet)
    if status != 0:
        raise SetUpError(why_installing_failed(said))


def number_of_packages(lock: Path) -> int:
    """Return how many packages a lock names; each system and each Python leaves out a few."""
    return len(re.findall(r"^[^\s#]", lock.read_text(encoding="utf-8"), re.MULTILINE))


def run_guarded(
    course: Path, guard: int, arguments: list[str], quiet: bool = False
) -> tuple[int, str]:
    """Run the environment's Python, which inherits the lock; return exit code and all it said.

    Unless `quiet`, the few of pip's many lines that show how far it is are printed as they come.
    While none comes, as during a long download, there is a sign of life.
    """
    inherited = {} if os.name == "nt" else {"pass_fds": (guard,)}
    said = []
    with subprocess.Popen(
        [str(environment_python(course)), *arguments],
        cwd=str(course),
        env=installer_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        **inherited,
    ) as process, signs_of_life() as say:
        for line in process.stdout:
            said.append(line)
            if progress(line) and not quiet:
                say(progress(line))
    return process.returncode, "".join(said)


@contextlib.contextmanager
def signs_of_life() -> Iterator[Callable[[str], None]]:
    """Yield a function that prints a line; from time to time, say that the work goes on.

    On a terminal this is one line, written over each time and taken away in the end: by spaces,
    which every terminal knows. A file gets whole lines, and fewer of them.
    """
    started, ended, turn = time.monotonic(), threading.Event(), threading.Lock()
    on_terminal = sys.stdout.isatty()
    blank = "\r" + 40 * " " + "\r" if on_terminal else ""

    def say(line: str) -> None:
        with turn:
            print(blank + line, flush=True)

    def beat() -> None:
        while not ended.wait(PULSE if on_terminal else LOG_PULSE):
            alive = f"  at work for {time.monotonic() - started:.0f} s"
            with turn:
                print(blank + alive, end="" if on_terminal else "\n", flush=True)

    beating = threading.Thread(target=beat, daemon=True)
    beating.start()
    try:
        yield say
    finally:
        ended.set()
        beating.join()
        print(blank, end="", flush=True)


def progress(line: str) -> str | None:
    """Return the short form of a line of pip's that shows how far it is, else None."""
    wheel = r"([^\s/-]+)-([^\s-]+)-\S+\.whl (\(.+\))"
    arrival = re.match(r"\s*(Downloading|Using cached) " + wheel, line)
    if arrival:
        return "  " + " ".join(arrival.groups())
    if line.startswith("Installing collected packages"):
        return "Step 3 of 4: unpacking and compiling all of them, about a minute"
    if line.startswith("WARNING: Retrying"):
        return "  No answer from the package index, trying again"
    return None


def why_installing_failed(said: str) -> str:
    """Return the end of what pip said, followed by what it means and what to do."""
    unknown = "The packages could not be installed; pip says above why"
    meaning = next((meaning for words, meaning in PIP_FAILURES if words in said), unknown)
    end = "".join(said.splitlines(keepends=True)[-8:]).strip()
    return f"{end}\n\n{meaning}. Then run the same command again."


def put_course_on_path(course: Path) -> None:
    """Let the environment's Python import `companion` from the course's folder.

    One line in a .pth file, relative to site-packages: plain ASCII whatever the folder's name.
    """
    folder = str(environment_folder(course))
    packages = sysconfig.get_path("purelib", "venv", {"base": folder, "platbase": folder})
    line = os.path.relpath(str(course), packages) + "\n"
    Path(packages, "course.pth").write_text(line, encoding="ascii")


def copy_lab_settings(course: Path) -> None:
    """Give JupyterLab the course's settings; learners can still change each of them."""
    settings = environment_folder(course) / "share" / "jupyter" / "lab" / "settings"
    settings.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(str(course / LAB_SETTINGS), str(settings / "overrides.json"))


def copy_notebooks(course: Path) -> None:
    """Give the learner notebooks of their own, without results; those that were changed stay as they are."""
    from companion import copies  # here: no other command needs it

    said = copies.advice(copies.bring_up_to_date(course))
    if said:
        print(said, flush=True)


# The tools that run inside the environment


def clean_environment() -> dict[str, str]:
    """Return the environment variables without those that lead Python to other packages, or that
    forbid it to keep compiled files (TensorFlow then takes 12 s to import instead of 4)."""
    unwanted = ("PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "__PYVENV_LAUNCHER__")
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def installer_environment() -> dict[str, str]:
    """Return the variables for pip: the user's own PIP_ settings hold, except PIP_USER."""
    return dict(clean_environment(), PIP_USER="0", PYTHONIOENCODING="utf-8")


def tool_environment(course: Path) -> dict[str, str]:
    """Return the variables for JupyterLab and pytest.

    Their programs come from the course's environment. So do the settings and extensions of Jupyter
    and IPython, unless the user's own variables say otherwise: those in the user's home folder may
    fit other versions or change outputs.
    """
    folder = environment_folder(course)
    variables = clean_environment()
    programs = str(environment_python(course).parent)
    variables["PATH"] = programs + os.pathsep + variables.get("PATH", os.defpath)
    variables["VIRTUAL_ENV"] = str(folder)
    variables["JUPYTER_PREFER_ENV_PATH"] = "1"
    variables.setdefault("JUPYTER_CONFIG_DIR", str(folder / "jupyter-settings"))
    variables.setdefault("JUPYTER_DATA_DIR", str(folder / "jupyter-data"))
    variables.setdefault("IPYTHONDIR", str(folder / "ipython-settings"))
    return variables


def tool_command(course: Path, name: str, arguments: list[str]) -> list[str]:
    """Return the command line that `lab`, `verify`, `test` or `refresh` stands for."""
    python = str(environment_python(course))
    if name == "verify":  # it runs in the course's folder: a path is one from where it was typed
        return [python, "-m", "companion.verify", *map(absolute, arguments)]
    if name == "test":  # everything takes two processes; a choice of tests takes one
        return [python, "-m", "pytest", *(arguments or TWO_PROCESSES)]
    if name == "refresh":
        return [python, str(course / "tests" / "refresh.py"), *arguments]
    options = [
        "--ServerApp.root_dir=" + str(course),
        "--LabApp.default_url=/lab/tree/" + FIRST_NOTEBOOK,
        ENCRYPTED,
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")  # in a container there is often no other user
    return [python, "-m", "jupyterlab", *options, *arguments]


def absolute(argument: str) -> str:
    """Return a path in full; an option as it is."""
    is_path = argument.strip() and not argument.startswith("-") and "\0" not in argument
    return os.path.abspath(os.path.expanduser(argument)) if is_path else argument


def run_tool(command: list[str], folder: Path, variables: dict[str, str]) -> int:
    """Run the command to its end and return its exit code. Ctrl-C is the tool's to answer."""
    sys.stdout.flush()
    if os.name == "posix":  # the tool takes this process's place, with its signals and exit code
        os.chdir(str(folder))
        os.execve(command[0], command, variables)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.run(command, cwd=str(folder), env=variables).returncode


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a path may hold letters that a console lacks
    sys.exit(main(sys.argv[1:]))
