"""binder/: what Binder installs, which settings it takes, and the environment it starts in."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import build_lock
from build_lock import BROUGHT_BY_BINDER, STANDS_ON_IPYWIDGETS, TOO_OLD_ON_BINDER

ROOT = Path(__file__).resolve().parent.parent
BINDER = ROOT / "binder"

BINDER_MACHINE = {
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "os_name": "posix",
    "python_version": "3.12",
    "python_full_version": "3.12.11",
    "implementation_name": "cpython",
    "extra": "",
}
# The versions in Binder's image for Python 3.12, which no line of ours may replace ...
IMAGE = {"jupyterlab": "4.4.9", "ipywidgets": "8.1.7", "ipython": "9.6.0", "traitlets": "5.14.3"}
# ... and those that must be replaced, or are not there.
IMAGES_KERNEL = {"ipykernel": "7.0.1", "jupyter-client": "8.6.3", "tornado": "6.5.2", "nest-asyncio2": None}

needs_bash = pytest.mark.skipif(
    os.name == "nt" or shutil.which("bash") is None, reason="Binder's scripts are for Linux"
)


def holds_on_binder(requirement: Requirement) -> bool:
    """Tell whether a requirement's marker, if it has one, is true on Binder's machine."""
    return requirement.marker is None or requirement.marker.evaluate(BINDER_MACHINE)


def pins(file: Path) -> dict[str, str]:
    """Return name -> specifier of the requirements that hold on Binder."""
    held = [pin for pin, _ in build_lock.read_pins(file) if holds_on_binder(pin)]
    return {pin.name: str(pin.specifier) for pin in held}


def everything_needed_by(names: list[str]) -> set[str]:
    """Follow the installed packages' own metadata from `names` to all that they need on Binder."""
    found, waiting = set(), [(canonicalize_name(name), "") for name in names]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in found:
            continue
        found.add((name, extra))
        for line in importlib.metadata.requires(name) or []:
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({**BINDER_MACHINE, "extra": extra}):
                waiting += [(canonicalize_name(needed.name), each) for each in ("", *needed.extras)]
    return {name for name, _ in found}


def declared() -> list[str]:
    """Return the names of the dependencies that pyproject.toml declares."""
    project = build_lock.read_project()
    return [build_lock.project_name(line) for line in project["dependencies"]]


def test_binder_installs_the_locked_versions():
    locked = pins(ROOT / "companion" / "lock.txt")
    for name, specifier in pins(BINDER / "requirements.txt").items():
        assert specifier == locked[name], name


def test_binder_takes_tensorflow_without_gpu_libraries():
    names = pins(BINDER / "requirements.txt")
    assert "tensorflow-cpu" in names
    assert "tensorflow" not in names


@pytest.mark.skipif(sys.platform != "linux", reason="reads the metadata of tensorflow-cpu")
def test_binder_installs_all_that_is_declared_but_what_its_image_brings():
    wanted = set(declared()) - BROUGHT_BY_BINDER - TOO_OLD_ON_BINDER - {"tensorflow"}
    image = everything_needed_by([*BROUGHT_BY_BINDER])
    alone = everything_needed_by([*wanted - STANDS_ON_IPYWIDGETS, "tensorflow-cpu"])
    everything = everything_needed_by([*wanted, "tensorflow-cpu"])
    assert set(pins(BINDER / "requirements.txt")) == everything - (image - alone) | TOO_OLD_ON_BINDER
    assert everything >= STANDS_ON_IPYWIDGETS


def test_binder_leaves_the_images_jupyter_alone_but_for_the_kernel():
    names = set(pins(BINDER / "requirements.txt")) - TOO_OLD_ON_BINDER
    assert [name for name in names if "jupyter" in name or name.startswith("ip")] == []
    assert names.isdisjoint({"notebook", "traitlets", "pyzmq", "nbformat"})


@pytest.mark.parametrize("name", sorted(TOO_OLD_ON_BINDER))
def test_what_replaces_the_images_is_needed_by_the_course_or_its_kernel(name):
    """When a newer image, written down in IMAGES_KERNEL, brings one that fits, this fails: then the line may go."""
    needs = build_lock.read_project()["dependencies"] + importlib.metadata.requires("ipykernel")
    found = [one.specifier for one in map(Requirement, needs) if one.name == name and holds_on_binder(one)]
    assert found
    brought = IMAGES_KERNEL[name]
    assert brought is None or any(brought not in specifier for specifier in found)


@pytest.mark.parametrize("name", sorted(BROUGHT_BY_BINDER))
def test_the_images_versions_are_admitted(name):
    needs = [Requirement(line) for line in build_lock.read_project()["dependencies"]]
    [needed] = [one for one in needs if one.name == name]
    assert IMAGE[name] in needed.specifier


def test_binders_python_is_admitted():
    word, version = (BINDER / "runtime.txt").read_text(encoding="utf-8").strip().split("-")
    assert word == "python"
    assert f"{version}.0" in SpecifierSet(build_lock.read_project()["requires-python"])


def test_settings_name_options_that_jupyterlab_has():
    settings = json.loads((BINDER / "default_setting_overrides.json").read_text(encoding="utf-8"))
    schemas = Path(sys.prefix, "share", "jupyter", "lab", "schemas")
    for plugin, values in settings.items():
        package, name = plugin.split(":")
        schema = json.loads((schemas / package / f"{name}.json").read_text(encoding="utf-8"))
        assert set(values) <= set(schema["properties"]), plugin


def test_jupyterlab_asks_no_server_for_news():
    settings = json.loads((BINDER / "default_setting_overrides.json").read_text(encoding="utf-8"))
    notification = settings["@jupyterlab/apputils-extension:notification"]
    assert notification == {"fetchNews": "false", "checkForUpdates": False}


@needs_bash
@pytest.mark.parametrize("script", ["start", "postBuild"])
def test_scripts_may_be_executed(script):
    assert os.access(BINDER / script, os.X_OK)


@needs_bash
def test_a_session_starts_with_the_companions_environment():
    show = "import json, os, sys; print(json.dumps([dict(os.environ), sys.argv[1:]]))"
    bare = {"PATH": os.environ["PATH"]}
    script = [str(BINDER / "start"), sys.executable, "-c", show, "two words"]
    started, arguments = json.loads(subprocess.check_output(script, env=bare))
    companion = [sys.executable, "-c", "import companion; " + show]
    imported, _ = json.loads(subprocess.check_output(companion, env=bare, cwd=ROOT))
    quiet = {name: value for name, value in imported.items() if name.startswith(("TF_", "KERAS_"))}
    assert quiet
    assert quiet.items() <= started.items()
    assert arguments == ["two words"]


@needs_bash
def test_building_installs_the_course_alone_and_copies_the_settings(tmp_path):
    fake_python = tmp_path / "python"
    fake_python.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    fake_python.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    variables = {"PATH": path, "NB_PYTHON_PREFIX": str(tmp_path)}
    said = subprocess.check_output([str(BINDER / "postBuild")], env=variables, cwd=ROOT, text=True)
    assert "pip install --no-deps" in said
    assert said.splitlines()[0].endswith("--editable .")
    assert said.splitlines()[1:] == ["-m companion.copies"]
    copied = tmp_path / "etc" / "jupyter" / "labconfig" / "default_setting_overrides.json"
    assert copied.read_bytes() == (BINDER / "default_setting_overrides.json").read_bytes()
