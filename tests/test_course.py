"""The list of notebooks is the folder's, and a lesson leads to its heading."""

import pathlib
import re

import nbformat
import pytest

from companion import course
from rules.notebook import numbered_sections

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
CITED = re.compile(r'"(\d+\.\d+ [^"]*[^".])"')  # a sentence that begins with a number ends in a full stop


def test_the_list_is_the_folder():
    assert [it.file for it in course.NOTEBOOKS] == sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
    for number, notebook in enumerate(course.NOTEBOOKS):
        title = nbformat.read(NOTEBOOKS / notebook.file, as_version=4).cells[0].source.splitlines()[0]
        assert (notebook.number, title) == (number, f"# {number}. {notebook.title}")


def test_a_lesson_becomes_a_link():
    assert course.link("1.5 Order matters") == "01_collect_and_load_data.ipynb#1.5-Order-matters"


@pytest.mark.parametrize("lesson", ["Order matters", "99.1 Beyond", "1.5", "", None])
def test_what_is_no_lesson_is_refused(lesson):
    with pytest.raises(ValueError, match="expected the number and title of a section"):
        course.link(lesson)


def test_every_lesson_that_the_companion_cites_exists():
    headings = numbered_sections([NOTEBOOKS / notebook.file for notebook in course.NOTEBOOKS])
    cited = {
        (path.name, lesson)
        for path in (ROOT / "companion").rglob("*.py")
        for lesson in CITED.findall(path.read_text(encoding="utf-8"))
        if path.name not in ("course.py",)
    }
    assert len(cited) > 10
    assert {it for it in cited if it[1] not in headings} == set()
