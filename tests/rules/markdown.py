"""What the rules need to see in a piece of Markdown: headings, links, bold text, lists."""

import functools
import pathlib
import re
from collections.abc import Iterator

import mistune
import nbformat

_parse = mistune.create_markdown(renderer=None, plugins=["table", "math", "strikethrough"])


@functools.cache
def tokens(source: str) -> list[dict]:
    """Return the blocks of a Markdown text."""
    return _parse(source)


def walk(blocks: list[dict]) -> Iterator[dict]:
    """Yield every token of a text, outer ones first."""
    for token in blocks:
        yield token
        yield from walk(token.get("children", []))


def find(source: str, kind: str) -> list[dict]:
    """Return all tokens of one kind ("heading", "link", "image", "strong")."""
    return [token for token in walk(tokens(source)) if token["type"] == kind]


def text_of(token: dict) -> str:
    """Return a token's text as a reader sees it."""
    if token["type"] in ("softbreak", "linebreak"):
        return " "
    if "children" in token:
        return "".join(text_of(child) for child in token["children"])
    return token.get("raw", "")


def headings(source: str) -> list[tuple[int, str]]:
    """Return the headings, each with its level."""
    return [(it["attrs"]["level"], text_of(it)) for it in find(source, "heading")]


def bullets_under(source: str, label: str) -> list[str] | None:
    """Return the items of the list that follows the bold label, or None without such a label."""
    blocks = [token for token in tokens(source) if token["type"] != "blank_line"]
    for block, following in zip(blocks, [*blocks[1:], None]):
        first = (block.get("children") or [{"type": ""}])[0]
        if first["type"] == "strong" and text_of(first).rstrip(":") == label:
            if following is None or following["type"] != "list":
                return []
            return [text_of(item).strip() for item in following["children"]]
    return None


def jupyter_anchor(heading: str) -> str:
    """Return the fragment that leads to a heading in JupyterLab."""
    return heading.replace(" ", "-")


def github_anchor(heading: str) -> str:
    """Return the fragment that leads to a heading on GitHub."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def markdown_of(path: pathlib.Path) -> str:
    """Return the Markdown of a document: a `.md` file, or a notebook's Markdown cells."""
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=nbformat.NO_CONVERT).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def glossary_terms(folder: pathlib.Path) -> list[str]:
    """Return the terms of the glossary in a folder of notebooks, in its order."""
    path = folder / "glossary.md"
    if not path.exists():
        return []
    return [text for level, text in headings(markdown_of(path)) if level == 2]
