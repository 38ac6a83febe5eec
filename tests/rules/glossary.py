"""Rules about the glossary that stands beside the notebooks."""

import pathlib
import re

from rules.markdown import find, glossary_terms, jupyter_anchor, markdown_of


def badly_listed_terms(folder: pathlib.Path) -> list[str]:
    """Return what keeps the terms from being sorted, each once, in a form that links reach."""
    terms = glossary_terms(folder)
    problems = [] if terms else ["glossary.md: expected terms as headings (## neuron)"]
    problems += [
        f"glossary.md: {after!r} stands after {before!r}; sort the terms, each of them once"
        for before, after in zip(terms, terms[1:])
        if before >= after
    ]
    problems += [
        f"glossary.md: write {term!r} in lower-case letters, digits, spaces and hyphens"
        for term in terms
        if not re.fullmatch(r"[a-z0-9]+([ -][a-z0-9]+)*", term)
    ]
    return problems


def unlinked_terms(folder: pathlib.Path) -> list[str]:
    """Return the terms that no notebook of the folder links to."""
    links = {
        token["attrs"]["url"]
        for path in folder.glob("*.ipynb")
        for token in find(markdown_of(path), "link")
    }
    return [
        f"glossary.md: no notebook links to {term!r}; link its first mention or drop the term"
        for term in glossary_terms(folder)
        if f"glossary.md#{jupyter_anchor(term)}" not in links
    ]
