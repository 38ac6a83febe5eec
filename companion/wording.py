"""How the messages about the learner's own data are put: counts, lists of names, and a table as text and as HTML."""

import html
from collections.abc import Iterable, Sequence, Sized

MOST_NAMED = 3  # of a list; of the others it is said how many they are
_CELL = "text-align: left; vertical-align: top; padding: 0.3em 0.6em"


def listed(words: Iterable[str]) -> str:
    """Return at most three words, and how many more there are: "a, b, c and 4 more"."""
    words = list(words)
    if len(words) > MOST_NAMED:
        return f"{', '.join(words[:MOST_NAMED])} and {len(words) - MOST_NAMED:,} more"
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def count(number: int, one: str, many: str | None = None) -> str:
    """Return "1 row", "2 rows", "3 classes"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def it(them: Sized) -> str:
    """Return "it" or "them"."""
    return "it" if len(them) == 1 else "them"


def has(them: Sized) -> str:
    """Return "has" or "have"."""
    return "has" if len(them) == 1 else "have"


def findings(number: int) -> str:
    """Return the line above a list of findings."""
    return f"{number:,} findings, the worst first:" if number > 1 else "1 finding:"


def table_as_text(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table, its columns below each other."""
    lines = [titles, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def table_as_html(caption: str, titles: Sequence[str], rows: Iterable[Sequence[str]], names_in: int = 0) -> str:
    """Return a table in the page's own colors; the cells of the column `names_in` are headings of their rows."""
    head = "".join(f'<th scope="col" style="{_CELL}">{title}</th>' for title in titles)
    body = "".join(f"<tr>{''.join(_cell(text, place == names_in) for place, text in enumerate(row))}</tr>" for row in rows)
    return (
        f'<table><caption style="{_CELL}"><strong>{caption}</strong></caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _cell(text: str, is_name: bool) -> str:
    tag, scope = ("th", ' scope="row"') if is_name else ("td", "")
    return f'<{tag}{scope} style="{_CELL}">{html.escape(text)}</{tag}>'
