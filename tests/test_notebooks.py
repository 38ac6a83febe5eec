"""Every notebook of the course, and every document beside it, keeps the rules of `rules/`."""

import pathlib

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


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_of_a_document(path):
    expect_none(document_problems(path))


def test_glossary_is_sorted_and_linkable():
    expect_none(badly_listed_terms(ROOT / "notebooks"))


def test_each_glossary_term_is_linked_from_a_notebook():
    expect_none(unlinked_terms(ROOT / "notebooks"))
