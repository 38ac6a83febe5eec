"""companion.__main__: the commands, from the first set-up to the tool that they start.

The set-ups here are real ones, of a small course whose two locks name two tiny packages that lie in its
own folder: a `jupyterlab` for learners and a `pytest` for the tests, which only say how they were called.
Nothing is downloaded.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from companion import __main__ as commands

ROOT = Path(__file__).resolve().parent.parent
# Variables that a run below has only when a test gives it one.
JUPYTER = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
UNSET = (*JUPYTER, "PYTHONPATH", "TF_ENABLE_ONEDNN_OPTS")

# The one module of each tiny package.
TOOL = """\
import json, os, sys
keys = ["PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "TF_ENABLE_ONEDNN_OPTS",
        "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"]
import companion
print("TOOL", json.dumps({
    "arguments": sys.argv[1:], "folder": os.getcwd(), "companion": companion.__file__,
    "environment": {key: os.environ.get(key) for key in keys}}))
sys.exit(5)
"""


def write_wheel(folder: Path, name: str) -> str:
    """Write a wheel whose one module is TOOL; return its line for the lock."""
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}.py", TOOL)
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        archive.writestr(f"{about}/METADATA", metadata)
        form = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        archive.writestr(f"{about}/WHEEL", form)
        archive.writestr(f"{about}/RECORD", "")
    return f"./{wheel.name} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def make_small_course(folder: Path) -> Path:
    """Lay out a course with this very __main__.py and a tiny package in each of its locks."""
    for name in ("companion", "notebooks", "binder", "tests"):
        (folder / name).mkdir(parents=True)
    package = ("companion/__init__.py", "companion/__main__.py", "companion/copies.py", "companion/saving.py")
    for name in (*package, commands.LAB_SETTINGS, "pyproject.toml"):
        shutil.copyfile(ROOT / name, folder / name)
    for tool in ("tests/refresh.py", "companion/verify.py"):
        (folder / tool).write_text(TOOL, encoding="utf-8")
    for lock, package in zip(commands.LOCKS, ("jupyterlab", "pytest"), strict=True):
        (folder / lock).write_text(write_wheel(folder, package), encoding="utf-8")
    return folder


def start(course: Path, *arguments: str, **variables: str) -> subprocess.Popen:
    """Start `python -m companion` in a course's folder, with no package index to ask."""
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PYTHONDONTWRITEBYTECODE": "1", **variables}
    for name in UNSET:
        if name not in variables:
            environment.pop(name, None)
    command = [sys.executable, "-u", "-m", "companion", *arguments]
    return subprocess.Popen(command, cwd=course, env=environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


@dataclass
class Outcome:
    """How a run of `python -m companion` ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def tool(self) -> dict:
        """What the tool in the environment said about its call."""
        return json.loads(re.search(r"^TOOL (.*)$", self.stdout, re.MULTILINE).group(1))


def finish(process: subprocess.Popen) -> Outcome:
    stdout, stderr = process.communicate(timeout=240)
    return Outcome(process.returncode, stdout, stderr)


def run(course: Path, *arguments: str, **variables: str) -> Outcome:
    return finish(start(course, *arguments, **variables))


@pytest.fixture(scope="module")
def ready_course(tmp_path_factory):
    """A small course whose first set-up was killed, then started twice at the same time."""
    course = make_small_course(tmp_path_factory.mktemp("a folder") / "Übungen")
    killed = start(course, "test")
    while "Setting up" not in killed.stdout.readline():
        assert killed.poll() is None, killed.stderr.read()
    killed.kill()
    killed.communicate()
    left_behind = {entry.name for entry in (course / ".venv").iterdir()}
    if os.name == "nt":  # there, the killed set-up's installer cannot be waited for
        shutil.rmtree(course / ".venv", ignore_errors=True)
    both = [start(course, "test", "-k", "two words"), start(course, "test")]
    outcomes = [finish(one) for one in both]
    return SimpleNamespace(path=course, left_behind=left_behind, outcomes=outcomes)


def test_a_set_up_that_is_killed_leaves_no_stamp(ready_course):
    assert commands.GUARD in ready_course.left_behind
    assert commands.STAMP not in ready_course.left_behind


def test_two_first_runs_at_once_make_one_environment_and_both_run_the_tool(ready_course):
    assert [outcome.code for outcome in ready_course.outcomes] == [5, 5], ready_course.outcomes
    made = [one for one in ready_course.outcomes if "environment is ready" in one.stdout]
    assert len(made) == 1
    assert made[0].stdout.count("unpacking") == 1
    steps = re.findall(r"^Step (\d) of (\d): .+$", made[0].stdout, re.MULTILINE)
    assert steps == [("1", "4"), ("2", "4"), ("3", "4"), ("4", "4")], "each by itself, in a line of its own"
    assert "downloading up to 1 packages" in made[0].stdout and "\r" not in made[0].stdout
    assert [one.stdout.count("Adding up to 1 packages for the tests") for one in made] == [1]
    assert sum("for the tests" in one.stdout for one in ready_course.outcomes) == 1


def test_the_tool_gets_the_arguments_and_the_course_folder(ready_course):
    tool = ready_course.outcomes[0].tool
    assert tool["arguments"] == ["-k", "two words"]
    assert Path(tool["folder"]) == ready_course.path.resolve()
    assert Path(tool["companion"]).parent == ready_course.path.resolve() / "companion"


def test_everything_takes_two_processes_with_whole_files_and_a_choice_takes_one(ready_course):
    assert run(ready_course.path, "test").tool["arguments"] == ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    assert run(ready_course.path, "test", "-x").tool["arguments"] == ["-x"]


def test_the_tool_runs_in_a_quiet_environment_of_its_own(ready_course):
    environment = ready_course.outcomes[0].tool["environment"]
    folder = ready_course.path.resolve() / ".venv"
    assert environment["PYTHONDONTWRITEBYTECODE"] is None
    assert environment["TF_ENABLE_ONEDNN_OPTS"] == "0"
    assert Path(environment["VIRTUAL_ENV"]) == folder
    # IPython makes its own folder but none above it, and warns instead.
    for setting in JUPYTER:
        assert Path(environment[setting]).parent == folder


def test_variables_of_the_user_are_kept(ready_course):
    outcome = run(ready_course.path, "test", JUPYTER_CONFIG_DIR="mine", TF_ENABLE_ONEDNN_OPTS="1")
    assert outcome.tool["environment"]["JUPYTER_CONFIG_DIR"] == "mine"
    assert outcome.tool["environment"]["TF_ENABLE_ONEDNN_OPTS"] == "1"


def test_a_later_run_sets_nothing_up(ready_course):
    outcome = run(ready_course.path, "test")
    assert outcome.code == 5
    assert outcome.stdout.startswith("TOOL")
    assert outcome.stderr == ""


def test_refresh_runs_the_refresh_script(ready_course):
    assert run(ready_course.path, "refresh", "03", "--check").tool["arguments"] == ["03", "--check"]


def test_verify_gets_the_folder_from_where_it_was_typed(ready_course):
    (ready_course.path / "notebooks" / "my portfolio").mkdir()
    (ready_course.path / "notebooks" / "companion").symlink_to(ready_course.path / "companion")
    outcome = run(ready_course.path / "notebooks", "verify", "my portfolio")
    assert outcome.tool["arguments"] == [str(ready_course.path / "notebooks" / "my portfolio")]
    assert Path(outcome.tool["folder"]) == ready_course.path.resolve()
    assert outcome.code == 5


@pytest.mark.parametrize("typed", ["", " ", "-h", "--help", "a\0b"])
def test_what_is_no_path_reaches_verify_as_it_was_typed(typed):
    assert commands.tool_command(ROOT, "verify", [typed])[1:] == ["-m", "companion.verify", typed]


def test_lab_opens_the_first_notebook_and_hands_options_on(ready_course):
    arguments = run(ready_course.path, "lab", "--no-browser").tool["arguments"]
    assert f"--ServerApp.root_dir={ready_course.path.resolve()}" in arguments
    assert "--LabApp.default_url=/lab/tree/my_notebooks/00_start_here.ipynb" in arguments
    assert "--KernelManager.transport_encryption=auto" in arguments
    assert arguments[-1] == "--no-browser"


def test_lab_gives_you_notebooks_of_your_own_and_no_other_command_does(ready_course):
    course, mine = ready_course.path, ready_course.path / "my_notebooks" / "glossary.md"
    shutil.rmtree(mine.parent, ignore_errors=True)
    (course / "notebooks" / "glossary.md").write_text("words", encoding="utf-8")
    assert run(course, "test").code == 5
    assert not mine.parent.exists()
    assert run(course, "lab").code == 5
    mine.write_text("mine", encoding="utf-8")
    (course / "notebooks" / "glossary.md").write_text("new words", encoding="utf-8")
    said = run(course, "lab").stdout
    assert mine.read_text(encoding="utf-8") == "mine"
    assert "glossary.md. You changed yours" in said and said.index("changed yours") < said.index("TOOL")


def test_lab_stops_where_no_notebook_can_be_written(ready_course):
    mine = ready_course.path / "my_notebooks"
    shutil.rmtree(mine, ignore_errors=True)
    mine.write_text("a file in the way", encoding="utf-8")
    try:
        outcome = run(ready_course.path, "lab")
    finally:
        mine.unlink()
    assert outcome.code == 1 and "my_notebooks" in outcome.stderr and "TOOL" not in outcome.stdout


def test_lab_finds_the_settings_of_this_commit(ready_course):
    settings = ready_course.path / ".venv/share/jupyter/lab/settings/overrides.json"
    settings.write_text("{}", encoding="utf-8")
    run(ready_course.path, "lab")
    assert settings.read_bytes() == (ROOT / commands.LAB_SETTINGS).read_bytes()


def test_the_environment_imports_companion_from_any_folder(ready_course, tmp_path):
    [line] = ready_course.path.rglob("course.pth")
    assert line.read_text(encoding="ascii").startswith("..")
    python = commands.environment_python(ready_course.path)
    subprocess.run([python, "-I", "-c", "import companion"], cwd=tmp_path, check=True)


def test_packages_are_compiled_when_they_are_installed(ready_course):
    assert list(ready_course.path.glob(".venv/**/__pycache__/jupyterlab.*.pyc"))


@pytest.mark.parametrize(
    "changed", ["companion/lock.txt", "tests/lock.txt", "companion/__main__.py", ".venv/course-stamp.txt"]
)
@pytest.mark.parametrize("with_tests", [True, False])
def test_an_environment_made_from_other_files_is_not_ready(ready_course, changed, with_tests):
    assert commands.is_ready(ready_course.path.resolve(), with_tests)
    file = ready_course.path / changed
    original = file.read_bytes()
    file.write_bytes(original + b"# changed\n")
    try:
        assert not commands.is_ready(ready_course.path.resolve(), with_tests)
    finally:
        file.write_bytes(original)


def test_an_environment_whose_python_is_gone_is_not_ready(ready_course):
    python = commands.environment_python(ready_course.path)
    python.rename(python.with_name("elsewhere"))
    try:
        assert not commands.is_ready(ready_course.path.resolve(), with_tests=False)
    finally:
        python.with_name("elsewhere").rename(python)


def test_an_environment_that_no_longer_reaches_the_course_is_not_ready(ready_course):
    [line] = ready_course.path.rglob("course.pth")
    original = line.read_bytes()
    line.write_text("nowhere\n", encoding="ascii")
    try:
        assert not commands.is_ready(ready_course.path.resolve(), with_tests=False)
    finally:
        line.write_bytes(original)


def test_a_package_that_is_not_the_locked_one_is_refused(ready_course, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    lock = ready_course.path / "companion" / "lock.txt"
    original = lock.read_text(encoding="utf-8")
    lock.write_text(re.sub("sha256:.{4}", "sha256:0000", original), encoding="utf-8")
    guard = os.open(ready_course.path / ".venv" / commands.GUARD, os.O_RDWR)
    try:
        with pytest.raises(commands.SetUpError, match="damaged"):
            commands.install_packages(ready_course.path, guard)
    finally:
        os.close(guard)
        lock.write_text(original, encoding="utf-8")


def test_learners_get_no_packages_of_the_tests_and_keep_what_they_have_when_adding_those_fails(tmp_path):
    course = make_small_course(tmp_path / "course")
    first = run(course, "lab")
    assert "environment is ready" in first.stdout and "for the tests" not in first.stdout
    assert "TOOL" in first.stdout and not list(course.glob(".venv/**/pytest*"))

    lock = course / commands.LOCKS[1]
    original = lock.read_text(encoding="utf-8")
    lock.write_text(re.sub("sha256:.{4}", "sha256:0000", original), encoding="utf-8")
    failed = run(course, "test")
    assert failed.code == 1 and "damaged" in failed.stderr and "TOOL" not in failed.stdout
    assert run(course, "lab").stdout.startswith("TOOL"), "nothing is set up again"
    lock.write_text(original, encoding="utf-8")

    # As an installer leaves it that was killed: part of a package, which pip can neither use nor remove.
    [packages] = {path.parent for path in course.glob(".venv/**/jupyterlab.py")}
    (packages / "pytest.py").write_text("cut o", encoding="utf-8")
    (packages / "pytest-1.0.dist-info").mkdir()
    shutil.copyfile(packages / "jupyterlab-1.0.dist-info" / "METADATA", packages / "pytest-1.0.dist-info" / "METADATA")
    added = run(course, "test")
    assert added.code == 5 and "Setting up" not in added.stdout, added
    assert added.stdout.index("for the tests") < added.stdout.index("TOOL")
    assert run(course, "test").stdout.startswith("TOOL") and run(course, "lab").stdout.startswith("TOOL")


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("ERROR: OSError: [Errno 28] No space left on device", "is full"),
        ("WARNING: Retrying (\nERROR: No matching distribution found", "cannot be reached"),
        ("ERROR: No matching distribution found for tensorflow==2.21.0", "no such package"),
        ("HINT: this system does not have Windows Long Path support enabled.", "too long"),
        ("Segmentation fault", "pip says above why"),
    ],
)
def test_a_failed_installation_says_what_it_means_and_what_to_do(said, meaning):
    message = commands.why_installing_failed("Collecting absl-py\n" * 30 + said)
    explanation = message.splitlines()[-1]
    assert said in message
    assert meaning in explanation
    assert explanation.endswith("Then run the same command again.")
    assert len(message.splitlines()) <= 10


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("  Downloading h5py-3.14.0-cp311-any.whl (5 MB)\n", "  Downloading h5py 3.14.0 (5 MB)"),
        ("  Using cached rich-15.0.0-py3-none-any.whl (2 kB)\n", "  Using cached rich 15.0.0 (2 kB)"),
        ("  Downloading rich-15.0.0-py3-none-any.whl.metadata (5.1 kB)\n", None),
        ("Collecting rich==15.0.0\n", None),
    ],
)
def test_progress_shows_each_package_once(line, shown):
    assert commands.progress(line) == shown


@pytest.mark.parametrize("lock", commands.LOCKS, ids=str)
def test_a_lock_tells_how_many_packages_there_are(lock):
    pins = re.findall(r"^[\w.-]+==", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
    assert commands.number_of_packages(ROOT / lock) == len(pins) > 5


class Terminal(io.StringIO):
    """A terminal; `shown` is what a reader sees on it in the end."""

    def isatty(self):
        return True

    def shown(self):
        rows = []
        for row in self.getvalue().split("\n"):
            cells = []
            for part in row.split("\r"):
                cells[: len(part)] = part
            rows.append("".join(cells).rstrip())
        return rows


def waited_for(stream, text, times=2):
    """Whether a text comes again and again, within a few seconds."""
    give_up = time.monotonic() + 10
    while stream.getvalue().count(text) < times and time.monotonic() < give_up:
        time.sleep(0.01)
    return stream.getvalue().count(text) >= times


@pytest.mark.parametrize("kind", [Terminal, io.StringIO])
def test_a_long_silence_has_signs_of_life(kind, monkeypatch):
    stream = kind()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(commands, "PULSE" if kind is Terminal else "LOG_PULSE", 0.02)
    monkeypatch.setattr(commands, "LOG_PULSE" if kind is Terminal else "PULSE", 1000)
    with commands.signs_of_life() as say:
        say("Downloading one")
        alive = waited_for(stream, "at work for 0 s")
        say("Two")
    assert alive
    if kind is Terminal:
        assert stream.shown() == ["Downloading one", "Two", ""]
    else:
        assert "\r" not in stream.getvalue() and "  at work for 0 s\n" in stream.getvalue()


def test_an_installer_that_says_nothing_has_signs_of_life(ready_course, monkeypatch, capsys):
    monkeypatch.setattr(commands, "LOG_PULSE", 0.1)
    guard = os.open(ready_course.path / ".venv" / commands.GUARD, os.O_RDWR)
    try:
        commands.run_guarded(ready_course.path, guard, ["-c", "import time; time.sleep(2)"], quiet=True)
    finally:
        os.close(guard)
    assert capsys.readouterr().out.count("at work for") >= 2


def test_signs_of_life_end_with_the_work_also_after_an_error(monkeypatch, capsys):
    monkeypatch.setattr(commands, "LOG_PULSE", 0.02)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt), commands.signs_of_life():
        raise KeyboardInterrupt
    assert threading.active_count() == before


def test_signs_of_life_come_every_five_seconds_and_seldom_in_a_file():
    assert commands.PULSE <= 5 < commands.LOG_PULSE


@pytest.mark.parametrize("arguments", [[], ["labs"], ["--no-browser", "lab"]])
def test_a_wrong_command_prints_help_and_makes_nothing(tmp_path, arguments):
    course = make_small_course(tmp_path / "course")
    outcome = run(course, *arguments)
    assert outcome.code == 2
    assert "python -m companion lab" in outcome.stderr
    assert "python -m companion test" in outcome.stderr
    assert "python -m companion verify FOLDER" in outcome.stderr
    assert not (course / ".venv").exists()


def test_help_is_an_answer_and_no_error(tmp_path):
    outcome = run(make_small_course(tmp_path / "course"), "--help")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert "python -m companion lab" in outcome.stdout


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 10, 13), (3, 14, 0), (4, 0, 0)])
def test_another_python_is_refused_in_one_line(version):
    line = commands.unfit_python(version, True, "linux-x86_64", "x86_64")
    assert "3.11, 3.12 or 3.13" in line
    assert ".".join(map(str, version)) in line
    assert sys.executable in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("is_64_bit", "build", "machine", "reason"),
    [
        (False, "win32", "AMD64", "32-bit"),
        (True, "macosx-10.9-universal2", "x86_64", "Intel"),
        (True, "win-arm64", "ARM64", "ARM"),
    ],
)
def test_a_python_without_tensorflow_is_refused_with_the_reason(is_64_bit, build, machine, reason):
    assert reason in commands.unfit_python((3, 12, 1), is_64_bit, build, machine)


@pytest.mark.parametrize("minor", [11, 12, 13])
@pytest.mark.parametrize(
    ("build", "machine"),
    [
        ("linux-x86_64", "x86_64"),
        ("linux-aarch64", "aarch64"),
        ("win-amd64", "AMD64"),
        ("macosx-11.0-arm64", "arm64"),
        ("macosx-10.9-universal2", "arm64"),
    ],
)
def test_the_supported_pythons_are_welcome(minor, build, machine):
    assert commands.unfit_python((3, minor, 0), True, build, machine) is None


def test_an_unfit_python_ends_the_command_with_that_line_alone(tmp_path, monkeypatch, capsys):
    course = make_small_course(tmp_path / "course")
    monkeypatch.setattr(sys, "version_info", (3, 10, 13, "final", 0))
    monkeypatch.setattr(sys, "argv", ["companion", "test"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(course / "companion" / "__main__.py"), run_name="__main__")
    assert end.value.code == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (course / ".venv").exists()


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py"])
def test_an_old_python_can_read_the_files_that_refuse_it(name):
    ast.parse((ROOT / "companion" / name).read_text(encoding="utf-8"), feature_version=(3, 7))


def test_a_python_without_ensurepip_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(commands.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(commands.SetUpError, match="apt install python3-venv"):
        commands.require_fit_python()


def test_a_full_disk_is_noticed_before_anything_is_downloaded(tmp_path, monkeypatch):
    monkeypatch.setattr(commands.shutil, "disk_usage", lambda path: SimpleNamespace(free=1.24e9))
    with pytest.raises(commands.SetUpError, match=r"3 GB of free disk space; .* has 1\.2 GB"):
        commands.require_free_space(tmp_path)


def test_an_environment_of_the_users_own_is_never_replaced(tmp_path):
    course = make_small_course(tmp_path / "course")
    (course / ".venv").mkdir()
    (course / ".venv" / "pyvenv.cfg").write_text("home = elsewhere\n", encoding="utf-8")
    outcome = run(course, "test")
    assert outcome.code == 1
    assert "was not made by this command" in outcome.stderr
    assert [entry.name for entry in (course / ".venv").iterdir()] == ["pyvenv.cfg"]


def test_an_installed_package_without_the_course_says_where_to_type_the_command(tmp_path):
    course = make_small_course(tmp_path / "course")
    (course / "notebooks").rmdir()
    outcome = run(course, "lab")
    assert outcome.code == 1
    assert "inside the course's folder" in outcome.stderr


def test_a_folder_that_cannot_be_made_ends_in_a_line_and_no_traceback(tmp_path):
    course = make_small_course(tmp_path / "course")
    (course / ".venv").write_text("in the way", encoding="utf-8")
    outcome = run(course, "test")
    assert outcome.code == 1
    assert outcome.stderr.startswith("The set-up stopped: ")
    assert len(outcome.stderr.splitlines()) == 1


def test_only_one_set_up_holds_the_guard(tmp_path):
    with commands.only_one_set_up(tmp_path):
        other = os.open(tmp_path / commands.GUARD, os.O_RDWR)
        assert not commands.try_to_lock(other)
    assert commands.try_to_lock(other)
    os.close(other)


@pytest.mark.skipif(os.name == "nt", reason="Windows children do not inherit the lock")
def test_an_installer_that_outlives_its_set_up_keeps_the_guard(tmp_path):
    with commands.only_one_set_up(tmp_path) as guard:
        waits_for_input = [sys.executable, "-c", "input()"]
        installer = subprocess.Popen(waits_for_input, stdin=subprocess.PIPE, pass_fds=(guard,))
    other = os.open(tmp_path / commands.GUARD, os.O_RDWR)
    assert not commands.try_to_lock(other)
    installer.communicate(b"\n")
    assert commands.try_to_lock(other)
    os.close(other)
