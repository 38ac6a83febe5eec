"""Rules about links: each leads to a file and a heading that exist, in JupyterLab and on the web.

Nothing here goes online: of a link to another site only the form is checked.
"""

import difflib
import pathlib
import re
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from rules.markdown import find, github_anchor, headings, jupyter_anchor, markdown_of
from rules.notebook import Notebook


def leads_somewhere(notebook: Notebook) -> list[str]:
    """Every link and picture of a notebook resolves."""
    return [
        notebook.problem(number, problem)
        for number, cell in notebook.markdown_cells
        for problem in broken_links(cell.source, notebook.path, jupyter_anchor)
    ]


def document_problems(path: pathlib.Path) -> list[str]:
    """Return what is wrong with the links of a Markdown file.

    Beside notebooks it is read in JupyterLab, elsewhere on GitHub, whose fragments differ.
    """
    anchor = jupyter_anchor if path.parent.name == "notebooks" else github_anchor
    problems = broken_links(markdown_of(path), path, anchor)
    return [f"{path.name}: {problem}" for problem in problems]


def broken_links(source: str, path: pathlib.Path, anchor: Callable[[str], str]) -> list[str]:
    """Return what is wrong with each link of a text that stands in the file `path`."""
    urls = [token["attrs"]["url"] for kind in ("link", "image") for token in find(source, kind)]
    urls += re.findall(r'(?:href|src)="([^"]*)"', source)
    return [problem for url in urls if (problem := why_broken(url, path, anchor))]


def why_broken(url: str, path: pathlib.Path, anchor: Callable[[str], str]) -> str:
    """Say why a link cannot be followed; return an empty string when it can."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        return f"the link {url!r} is malformed: {error}"
    if parts.scheme or parts.netloc:
        # Some sources that a licence makes the data's README name have no other address.
        schemes = ("https",) if path.suffix == ".ipynb" else ("https", "http")
        well_formed = re.fullmatch(r"[\w-]+(\.[\w-]+)+", parts.netloc) and parts.scheme in schemes
        return "" if well_formed else f"the link {url!r} is neither https:// nor a relative path"
    if parts.path.startswith("/"):
        return f"the link {url!r} starts at the root of a disk; make it relative"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.exists():
        return f"the link {url!r} leads to a file that does not exist"
    if not parts.fragment:
        return "" if parts.path else "an empty link"
    if target.suffix not in (".md", ".ipynb"):
        return f"the link {url!r} has a fragment, but only .md and .ipynb files have headings"
    anchors = {anchor(text) for _, text in headings(markdown_of(target))}
    if unquote(parts.fragment) not in anchors:
        nearest = difflib.get_close_matches(unquote(parts.fragment), anchors, n=1, cutoff=0)
        advice = f"; did you mean #{nearest[0]}?" if nearest else ""
        return f"the link {url!r} leads to no heading of {target.name}{advice}"
    return ""


RULES = (leads_somewhere,)
