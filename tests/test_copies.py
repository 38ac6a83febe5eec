"""A learner's own notebooks: made without results, renewed while untouched, and never overwritten once changed."""

import json
import runpy
import shutil
import tomllib

import nbformat
import pytest

from companion import copies, course, saving
from companion.copies import FOLDER, RECORD, bring_up_to_date
from test_binder import ROOT

PAGE = "03_add_the_layers.ipynb"


@pytest.fixture
def small(tmp_path):
    """A course of one notebook, with a stored result, and its glossary."""
    (tmp_path / "notebooks" / "workers").mkdir(parents=True)
    write(tmp_path / "notebooks" / PAGE, "print(1)")
    (tmp_path / "notebooks" / "glossary.md").write_text("# Glossary\n", encoding="utf-8")
    (tmp_path / "notebooks" / "table.csv").write_text("mine", encoding="utf-8")
    return tmp_path


def write(path, source):
    """A notebook of a text and a cell that was run."""
    said = nbformat.v4.new_output("stream", text="1\n")
    cell = nbformat.v4.new_code_cell(source, outputs=[said], execution_count=1, id="one")
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Größe", id="text"), cell], metadata={"widgets": {}}), path)


def source(path):
    return nbformat.read(path, as_version=4).cells[1].source


def test_every_notebook_comes_without_results_and_otherwise_whole(tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    assert bring_up_to_date(tmp_path) == []
    names = {path.name for path in (tmp_path / FOLDER).iterdir()}
    assert names >= {RECORD, "glossary.md", "on_a_cluster.md", *(notebook.file for notebook in course.NOTEBOOKS)}
    for notebook in course.NOTEBOOKS:
        original, copy = (nbformat.read(tmp_path / where / notebook.file, as_version=4) for where in ("notebooks", FOLDER))
        nbformat.validate(copy)
        assert any(cell.get("outputs") for cell in original.cells)
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in copy.cells)
        kept = [(cell.id, cell.cell_type, cell.source, cell.metadata) for cell in original.cells]
        assert [(cell.id, cell.cell_type, cell.source, cell.metadata) for cell in copy.cells] == kept
        assert copy.metadata.kernelspec == original.metadata.kernelspec
    assert (tmp_path / FOLDER / "glossary.md").read_bytes() == (ROOT / "notebooks" / "glossary.md").read_bytes()


def test_a_copy_is_written_as_jupyter_writes_it(small):
    bring_up_to_date(small)
    copy = small / FOLDER / PAGE
    assert copy.read_text(encoding="utf-8") == nbformat.writes(nbformat.read(copy, as_version=4)) + "\n"
    assert "Größe" in copy.read_text(encoding="utf-8") and "widgets" not in copy.read_text(encoding="utf-8")
    assert not (small / FOLDER / "workers").exists() and not (small / FOLDER / "table.csv").exists()


def test_the_second_time_nothing_is_written(small):
    bring_up_to_date(small)
    before = {path: path.stat().st_mtime_ns for path in (small / FOLDER).iterdir()}
    assert bring_up_to_date(small) == []
    assert {path: path.stat().st_mtime_ns for path in (small / FOLDER).iterdir()} == before


def test_what_was_typed_stays_and_nothing_is_said_while_the_course_is_the_same(small):
    bring_up_to_date(small)
    write(small / FOLDER / PAGE, "print('mine')")
    assert bring_up_to_date(small) == []
    assert source(small / FOLDER / PAGE) == "print('mine')"


def test_an_untouched_copy_follows_the_course(small):
    bring_up_to_date(small)
    write(small / "notebooks" / PAGE, "print('new')")
    assert bring_up_to_date(small) == []
    assert source(small / FOLDER / PAGE) == "print('new')"


def test_a_changed_copy_that_is_older_than_the_course_stays_and_is_named_each_time(small):
    bring_up_to_date(small)
    write(small / FOLDER / PAGE, "print('mine')")
    write(small / "notebooks" / PAGE, "print('new')")
    assert bring_up_to_date(small) == bring_up_to_date(small) == [PAGE]
    assert source(small / FOLDER / PAGE) == "print('mine')"
    assert PAGE in copies.advice([PAGE]) and "Rename it" in copies.advice([PAGE]) and copies.advice([]) == ""

    (small / FOLDER / PAGE).rename(small / FOLDER / "mine.ipynb")
    assert bring_up_to_date(small) == []
    assert source(small / FOLDER / PAGE) == "print('new')" and source(small / FOLDER / "mine.ipynb") == "print('mine')"


def test_a_deleted_copy_comes_back(small):
    bring_up_to_date(small)
    write(small / FOLDER / PAGE, "print('mine')")
    (small / FOLDER / PAGE).unlink()
    assert bring_up_to_date(small) == []
    assert source(small / FOLDER / PAGE) == "print(1)"


@pytest.mark.parametrize("record", [None, "", "[1]", "{", '{"03_add_the_layers.ipynb": 7}'])
def test_without_a_record_that_can_be_read_nothing_is_overwritten(small, record):
    bring_up_to_date(small)
    write(small / FOLDER / PAGE, "print('mine')")
    (small / FOLDER / RECORD).unlink() if record is None else (small / FOLDER / RECORD).write_text(record, encoding="utf-8")
    assert bring_up_to_date(small) == [PAGE]
    assert source(small / FOLDER / PAGE) == "print('mine')"
    assert json.loads((small / FOLDER / RECORD).read_bytes())["glossary.md"]


def test_a_stop_while_writing_leaves_the_old_copy(small, monkeypatch):
    bring_up_to_date(small)
    write(small / "notebooks" / PAGE, "print('new')")

    def stop(*_):
        raise OSError("no space left")

    monkeypatch.setattr(saving.os, "replace", stop)
    with pytest.raises(OSError, match="no space"):
        bring_up_to_date(small)
    assert source(small / FOLDER / PAGE) == "print(1)"
    assert {path.name for path in (small / FOLDER).iterdir()} == {PAGE, "glossary.md", RECORD}, "nothing half written is left"
    monkeypatch.undo()
    assert bring_up_to_date(small) == [] and source(small / FOLDER / PAGE) == "print('new')"


def test_without_the_course_nothing_is_made(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected the course's notebooks in .*found no such folder"):
        bring_up_to_date(tmp_path)
    assert not list(tmp_path.iterdir())


def test_git_and_pytest_pass_the_copies_by():
    assert f"{FOLDER}/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert settings["testpaths"] == ["tests", "notebooks"]


def test_the_command_says_what_it_found(small, monkeypatch, capsys):
    monkeypatch.setattr("pathlib.Path.resolve", lambda self: small / "companion" / "copies.py")
    runpy.run_path(copies.__file__, run_name="__main__")
    assert str(small / FOLDER) in capsys.readouterr().out
    write(small / FOLDER / PAGE, "print('mine')")
    write(small / "notebooks" / PAGE, "print('new')")
    runpy.run_path(copies.__file__, run_name="__main__")
    assert f"Newer in the course than in {FOLDER}: {PAGE}." in capsys.readouterr().out
