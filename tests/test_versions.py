"""The oldest and the newest set of versions are what pyproject.toml says."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import build_lock
import versions

ROOT = Path(__file__).resolve().parent.parent
WORKFLOW = ROOT / ".github" / "workflows" / "test.yml"


@pytest.mark.parametrize(
    ("line", "pinned"),
    [
        ("keras>=3.12", "keras==3.12"),
        ("numpy>=2.1,<2.5", "numpy==2.1"),
        ("tensorflow-cpu>=2.21 ; sys_platform == 'win32'", 'tensorflow-cpu==2.21 ; sys_platform == "win32"'),
    ],
)
def test_the_oldest_is_the_lower_bound(line, pinned):
    assert versions.at_its_lower_bound(line) == pinned


def test_every_dependency_has_a_lower_bound_and_stands_in_both_sets():
    oldest, newest = (versions.wanted(which) for which in versions.SETS)

    assert len(oldest) == len(newest) > 15
    assert "keras==3.15" in oldest and "keras>=3.15" in newest
    for old, new in zip(map(Requirement, oldest), map(Requirement, newest), strict=True):
        assert old.name == new.name
        assert all(pin.version in new.specifier for pin in old.specifier if pin.operator == "==")


@pytest.mark.parametrize(
    ("arguments", "runs"),
    [([], ["oldest", "newest"]), (["newest", "-k", "step4"], ["newest"]), (["-x"], ["oldest", "newest"])],
)
def test_one_set_or_both(arguments, runs, monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(versions, "run", lambda which, rest: seen.append((which, rest)) or (which == "newest"))

    assert versions.main(list(arguments)) == 1
    assert [which for which, _ in seen] == runs
    assert all(rest == [it for it in arguments if it not in versions.SETS] for _, rest in seen)
    assert "newest: FAILED" in capsys.readouterr().out


def test_the_pythons_are_those_that_the_project_admits():
    admitted = SpecifierSet(build_lock.read_project()["requires-python"])
    minors = [f"3.{minor}" for minor in range(8, 20)]
    assert [it for it in minors if admitted.contains(f"{it}.1")] == list(versions.PYTHONS)


def test_a_command_that_only_says_where_a_python_could_be_had_is_none(tmp_path, monkeypatch):
    here = ".".join(map(str, sys.version_info[:2]))
    for version in versions.PYTHONS:
        shim = tmp_path / f"python{version}"
        shim.write_text("#!/bin/sh\necho not here >&2\nexit 127\n")
        shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert versions.found_pythons() == {here: sys.executable}
    assert versions.answers(sys.executable, here) and not versions.answers(sys.executable, "3.1")


def test_tests_come_first_then_notebooks_without_comparing():
    tests, notebooks = versions.command_lines(["-x"])
    processes = len(versions.TWO_PROCESSES)
    assert tests[:processes] == notebooks[:processes] == versions.TWO_PROCESSES and "loadfile" in versions.TWO_PROCESSES
    tests = tests[processes:]
    assert tests[0] == "tests" and notebooks[-1] == "notebooks"
    assert "--nbval-lax" in versions.WITHOUT_COMPARING and versions.WITHOUT_COMPARING in notebooks
    assert all((ROOT / it.removeprefix("--ignore=")).exists() for it in tests)
    assert versions.command_lines(["tests/test_ink.py", "-x"]) == [[]]
    assert versions.command_lines(["notebooks/02_build_the_model.ipynb"]) == [["-o", versions.WITHOUT_COMPARING]]


@pytest.mark.parametrize(("codes", "told"), [((0, 0), 0), ((1, 0), 1), ((0, 1), 1), ((5, 0), 0), ((5, 5), 5)])
def test_a_set_passes_if_both_do_and_something_was_chosen(codes, told, monkeypatch):
    left = iter(codes)
    monkeypatch.setattr(versions, "environment", lambda which: Path(sys.executable))
    done = lambda line, **_: subprocess.CompletedProcess(line, next(left) if "pytest" in line else 0)  # noqa: E731
    monkeypatch.setattr(subprocess, "run", done)
    assert versions.run("oldest", []) == told


def test_the_workflow_gives_the_readmes_command_under_every_admitted_python():
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    course = workflow["jobs"]["course"]
    assert course["strategy"]["matrix"]["python"] == [versions.PYTHONS[0], versions.PYTHONS[-1]]
    assert {it.split("-")[0] for it in course["strategy"]["matrix"]["system"]} == {"ubuntu", "macos", "windows"}
    assert "python -m companion test" in [step.get("run") for step in course["steps"]]
    assert any("python tests/versions.py" in step.get("run", "") for step in workflow["jobs"]["versions"]["steps"])
    assert all("vars.SCHEDULED_TESTS == 'on'" in job["if"] for job in workflow["jobs"].values())
