"""The package: its version, what importing it costs, its locks, and what a wheel of it contains."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import build_lock
import companion
import companion.explore
from test_binder import everything_needed_by, pins

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "companion"
LOCKS = (build_lock.LOCK, build_lock.TESTS_LOCK)

SYSTEMS = {
    "Linux x86_64": {"sys_platform": "linux", "os_name": "posix", "platform_machine": "x86_64"},
    "Linux aarch64": {"sys_platform": "linux", "os_name": "posix", "platform_machine": "aarch64"},
    "macOS arm64": {"sys_platform": "darwin", "os_name": "posix", "platform_machine": "arm64"},
    "Windows": {"sys_platform": "win32", "os_name": "nt", "platform_machine": "AMD64"},
}
# What notebooks may use. Taking a name away breaks a learner's copy of a notebook.
PUBLIC_FUNCTIONS = {
    "copies": "advice bring_up_to_date",
    "course": "link",
    "datasets": """drawing_strokes load_bike_rentals load_digits load_drawings load_fashion_mnist load_generated_digits
        load_penguins load_people_digits path source""",
    "exercises": "",
    "explore": "",
    "explore.capacity": "make mean_absolute_error show survey verdicts view words",
    "explore.chances": "bars blank checked in_words",
    "explore.descent": "behaviour make show survey view walk walked",
    "explore.explorable": "named show",
    "explore.filters": "make nearest_window number show slide view",
    "explore.layers": "judge keras_code make name_of show stack",
    "explore.neuron": "activate border make output show view",
    "explore.own_picture": "make show view",
    "explore.own_sound": "make show view",
    "explore.pad": "drawn make prepared probabilities_of show view",
    "explore.picture": "figure strokes tints",
    "explore.pipeline": "code make show two_epochs",
    "explore.spectrogram": "as_wav check_rate decibels magnitudes make outline recording show view",
    "explore.watch": """class_colors curves larger_is_better live live_words make replay_words seconds_left show spoken
        view""",
    "expect": """array as_when batches compile_config dataset function input_shapes is_endless is_of_keras is_written
        layers_of learning_rate model output pair shows_its_steps using""",
    "facts": "about",
    "feedback": "everything_is_filled_in explained is_own_fault learners_line",
    "folders": "labeled_files look show",
    "form_checks": "bytes_of check check_description in_order kind_of looks_like parts",
    "form_process": "listen read_elsewhere start",
    "form_reader": "answers cap_memory main milliseconds only_lines read why_not",
    "forms": "compare show",
    "ink": "like_mnist picture",
    "journal": "append folder merge notices parse put_away records",
    "messages": "as_html boxed of of_error one_line show",
    "other_process": "environment",
    "plots": """class_scatter confusion_matrix connections decision_boundary descent_path
        function_curves image_grid layer_diagram learning_curves mix probabilities show""",
    "portfolio": "checked_claims pack progress_in_words tolerance versions",
    "predict": "again choice contrast due is_right number",
    "progress": "export_to gain import_from reset show test_results where",
    "serving": "latest_version main start",
    "tables": "findings read show",
    "uploads": "picture sound",
    "verify": "as_text check main measure",
    "verify_model": "look",
    "verify_reader": "ask last_activation main measure rows_of",
    "wording": "count findings has it listed table_as_html table_as_text",
    "workers": "free_addresses main start",
    "saving": "whole",
}
PYTHONS = ("3.11.0", "3.11.14", "3.12.1", "3.13.0")


def machine(system: str, python: str) -> dict[str, str]:
    """Return the marker values of a Python on a system."""
    version = ".".join(python.split(".")[:2])
    return {
        **SYSTEMS[system],
        "python_full_version": python,
        "python_version": version,
        "implementation_name": "cpython",
        "extra": "",
    }


def pins_on(system: str, python: str, *locks: Path) -> dict[str, list[Requirement]]:
    """Return name -> the pins that pip takes there; the CPU build counts as tensorflow."""
    taken: dict[str, list[Requirement]] = {}
    for pin in (pin for lock in locks for pin, _ in build_lock.read_pins(lock)):
        if pin.marker is None or pin.marker.evaluate(machine(system, python)):
            taken.setdefault(pin.name.removesuffix("-cpu"), []).append(pin)
    return taken


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_locks_hold_one_fitting_version_of_each_declared_dependency(system, python):
    project = build_lock.read_project()
    learners, everything = pins_on(system, python, build_lock.LOCK), pins_on(system, python, *LOCKS)
    for taken, lines in ((learners, project["dependencies"]), (everything, project["optional-dependencies"]["test"])):
        for needed in map(Requirement, lines):
            [pin] = taken[needed.name]
            [version] = pin.specifier
            assert version.operator == "=="
            assert version.version in needed.specifier, f"{pin} for {needed}"


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_locks_hold_one_version_of_each_package(system, python):
    twice = {name: pins for name, pins in pins_on(system, python, *LOCKS).items() if len(pins) > 1}
    assert twice == {}


@pytest.mark.skipif(sys.platform != "linux", reason="reads the metadata of tensorflow-cpu")
def test_learners_get_what_the_course_needs_and_nothing_for_the_tests():
    declared = {build_lock.project_name(line) for line in build_lock.read_project()["dependencies"]}
    taken = set(pins(build_lock.LOCK))
    assert taken == everything_needed_by([*declared - {"tensorflow"}, "tensorflow-cpu"])
    assert taken.isdisjoint({"pytest", "nbval", "hypothesis", "playwright"})


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parent.name)
def test_each_locked_package_carries_hashes(lock):
    locked = build_lock.read_pins(lock)
    assert len(locked) > 5
    assert [str(pin) for pin, hashes in locked if not hashes] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parent.name)
def test_the_locks_name_no_place_to_download_from(lock):
    text = lock.read_text(encoding="utf-8")
    options = [line for line in text.splitlines() if line.startswith("-")]
    assert options == []
    assert not re.search(r"://|file:| @ |find-links", text)


@pytest.mark.parametrize(
    ("system", "build"),
    [
        ("Linux x86_64", "tensorflow-cpu"),
        ("Windows", "tensorflow-cpu"),
        ("Linux aarch64", "tensorflow"),
        ("macOS arm64", "tensorflow"),
    ],
)
def test_the_lock_takes_the_small_build_of_tensorflow_where_there_is_one(system, build):
    assert [pin.name for pin in pins_on(system, "3.12.1", build_lock.LOCK)["tensorflow"]] == [build]


def test_the_version_is_a_release_number():
    version = Version(companion.__version__)
    assert str(version) == companion.__version__
    assert len(version.release) == 3


def test_the_modules_are_the_public_ones():
    modules = {module.name for module in pkgutil.iter_modules(companion.__path__)}
    assert modules == {"__main__", *(name for name in PUBLIC_FUNCTIONS if "." not in name)}


def test_the_explorables_are_the_public_ones():
    modules = {module.name for module in pkgutil.iter_modules(companion.explore.__path__)}
    assert modules == {name.partition(".")[2] for name in PUBLIC_FUNCTIONS if "." in name}


@pytest.mark.parametrize("module", PUBLIC_FUNCTIONS)
def test_the_functions_are_the_public_ones(module):
    members = inspect.getmembers(importlib.import_module(f"companion.{module}"), inspect.isfunction)
    own = [
        name
        for name, function in members
        if function.__module__ == f"companion.{module}" and not name.startswith("_")
    ]
    assert sorted(own) == sorted(PUBLIC_FUNCTIONS[module].split())


def test_the_package_starts_where_nothing_is_installed():
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import companion.__main__; "
        "print(*{name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names)"
    )
    bare = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    assert bare.stderr == ""
    assert set(bare.stdout.split()) <= {"__main__", "companion"}


@pytest.mark.parametrize("module", sorted({*PUBLIC_FUNCTIONS} - {"__main__"}))
def test_no_module_imports_tensorflow_before_it_is_needed(module):
    code = f"import sys, companion.{module}; print(*{{'tensorflow', 'keras'}} & set(sys.modules))"
    found = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    assert found.split() == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names and the metadata in a wheel built from this folder's files."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, source / name)
    shutil.copytree(PACKAGE, source / "companion", ignore=shutil.ignore_patterns("__pycache__"))
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(target)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    [file] = target.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith("dist-info/METADATA")]
        return set(archive.namelist()), archive.read(metadata).decode("utf-8")


def test_a_wheel_contains_every_file_of_the_package(wheel):
    files = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    names, _ = wheel
    assert {name for name in names if name.startswith("companion/")} == files


def test_a_wheel_contains_the_package_alone(wheel):
    names, _ = wheel
    folders = {name.partition("/")[0].partition("-")[0] for name in names}
    assert folders == {"companion", "tensorflow_in_six_steps"}


def test_a_wheel_says_which_python_and_licences(wheel):
    names, metadata = wheel
    assert f"Version: {companion.__version__}\n" in metadata
    assert "Requires-Python: <3.14,>=3.11\n" in metadata
    assert "License-Expression: MIT AND CC-BY-4.0" in metadata
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/companion/data/README.md") for name in names)
