"""What another Python needs to run a part of this companion."""

import os
from pathlib import Path

import companion
from companion import other_process

HOME = str(Path(companion.__file__).resolve().parent.parent)


def test_this_companion_comes_first_and_what_was_there_stays(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("A_SETTING", "kept")
    given = other_process.environment()
    assert given["PYTHONPATH"].split(os.pathsep) == [HOME, "elsewhere"]
    assert given["A_SETTING"] == "kept" and given["CUDA_VISIBLE_DEVICES"] == "-1"


def test_without_a_path_there_is_this_companion_alone(monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert other_process.environment()["PYTHONPATH"] == HOME
