"""Every notebook of the course, and every document beside it, keeps the rules of `rules/`."""

import pathlib
import re

import pytest

from rules import RULES, Notebook
from rules.glossary import badly_listed_terms, unlinked_terms
from rules.links import document_problems

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
DOCUMENTS = [
    path
    for pattern in ("*.md", "notebooks/*.md", "companion/**/*.md", "tests/**/*.md", "binder/*.md")
    for path in sorted(ROOT.glob(pattern))
]


def expect_none(problems: list[str]) -> None:
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def test_there_are_notebooks_and_each_has_its_own_number():
    numbers = [path.name[:3] for path in NOTEBOOKS]

    assert numbers == [f"{number:02d}_" for number in range(len(NOTEBOOKS))] != []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_notebook(path, rule):
    expect_none(rule(Notebook.read(path)))


def minutes_in_table(table: str) -> dict[str, str]:
    """The minutes that the rows `| [N. Title](…) | minutes | …` of a table of contents promise."""
    return dict(re.findall(r"^\| \[?(\d+)\. [^|]*\| (\d+) \|", table, re.MULTILINE))


def test_tables_of_contents_give_the_minutes_that_each_notebook_gives():
    openings = {path.name[:2]: Notebook.read(path).node.cells[0].source for path in NOTEBOOKS}
    stated = {
        str(int(number)): re.search(r"\*\*Takes\*\* (\d+) minutes", opening)[1]
        for number, opening in openings.items()
    }
    start = Notebook.read(NOTEBOOKS[0])
    contents = "\n".join(cell.source for _, cell in start.markdown_cells)

    assert minutes_in_table(contents) == stated
    assert minutes_in_table((ROOT / "README.md").read_text(encoding="utf-8")) == stated


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_of_a_document(path):
    expect_none(document_problems(path))


def test_glossary_is_sorted_and_linkable():
    expect_none(badly_listed_terms(ROOT / "notebooks"))


def test_each_glossary_term_is_linked_from_a_notebook():
    expect_none(unlinked_terms(ROOT / "notebooks"))
