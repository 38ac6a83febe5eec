"""Rules about a notebook's words: how it opens and closes, and what stands in bold."""

import re

from rules.markdown import (
    bullets_under,
    find,
    glossary_terms,
    headings,
    jupyter_anchor,
    text_of,
)
from rules.notebook import Notebook

OPENING_CELLS = 3
FEWEST_PROMISES, MOST_PROMISES = 3, 5
SHORTEST_ALT_TEXT = 20
COMMON_WORDS = {
    "does", "each", "from", "have", "into", "know", "that", "their", "them", "then", "they", "this",
    "until", "what", "when", "which", "will", "with", "without", "your", "yourself",
}  # fmt: skip


def opening(notebook: Notebook) -> str:
    """Return the Markdown of the cells that open a notebook."""
    first = notebook.node.cells[:OPENING_CELLS]
    return "\n\n".join(cell.source for cell in first if cell.cell_type == "markdown")


def closing(notebook: Notebook) -> str:
    """Return the Markdown of the last cell, or nothing when that is code."""
    last = notebook.node.cells[-1]
    return last.source if last.cell_type == "markdown" else ""


def opens_with_its_title(notebook: Notebook) -> list[str]:
    """03_add_the_layers.ipynb opens with `# 3. Add the layers`, and no other cell has a title."""
    title = re.compile(rf"# {int(notebook.path.name[:2])}\. \S.*")
    first_line = notebook.node.cells[0].source.partition("\n")[0]
    problems = []
    if notebook.node.cells[0].cell_type != "markdown" or not title.fullmatch(first_line):
        problems.append(notebook.problem(1, f"expected '# {int(notebook.path.name[:2])}. Title'"))
    problems += [
        notebook.problem(number, f"{text!r} is a second title; use ## or ###")
        for number, cell in notebook.markdown_cells[1:]
        for level, text in headings(cell.source)
        if level == 1
    ]
    return problems


def says_how_long_it_takes(notebook: Notebook) -> list[str]:
    """The opening tells the minutes that the notebook asks for."""
    if re.search(r"\b\d+ minutes\b", opening(notebook)):
        return []
    return [notebook.problem(1, "say in the opening how long it takes ('60 minutes')")]


def leads_to_its_neighbours(notebook: Notebook) -> list[str]:
    """The opening links back, to the contents and on; the closing links on."""
    order = sorted(path.name for path in notebook.path.parent.glob("*.ipynb"))
    place = order.index(notebook.path.name)
    before, after = order[:place][-1:], order[place + 1 :][:1]
    contents = order[:1] if place else []
    wanted = [(opening(notebook), 1, name) for name in dict.fromkeys(before + contents + after)]
    wanted += [(closing(notebook), len(notebook.node.cells), name) for name in after]
    return [
        notebook.problem(number, f"expected a link to {name} here")
        for source, number, name in wanted
        if name not in {it["attrs"]["url"].partition("#")[0] for it in find(source, "link")}
    ]


def keeps_its_promises(notebook: Notebook) -> list[str]:
    """Each bullet of "You will" returns, done, in the same place of "You now know"."""
    promised = bullets_under(opening(notebook), "You will")
    kept = bullets_under(closing(notebook), "You now know")
    last = len(notebook.node.cells)
    if not promised or not FEWEST_PROMISES <= len(promised) <= MOST_PROMISES:
        return [
            notebook.problem(
                1,
                f"expected **You will** in the opening, followed by {FEWEST_PROMISES} to "
                f"{MOST_PROMISES} bullets, received {len(promised or [])}",
            )
        ]
    if kept is None or len(kept) != len(promised):
        return [
            notebook.problem(
                last,
                f"expected **You now know** in the last cell, followed by {len(promised)} bullets, "
                f"one for each of 'You will', received {len(kept or [])}",
            )
        ]
    return [
        notebook.problem(last, f"{done!r} does not answer {will!r}: they share too few words")
        for will, done in zip(promised, kept)
        if not answers(will, done)
    ]


def answers(will: str, done: str) -> bool:
    """Whether two bullets are about the same: the shorter shares half its telling words or more."""
    first, second = telling_words(will), telling_words(done)
    return 2 * len(first & second) >= max(1, min(len(first), len(second)))


def telling_words(text: str) -> set[str]:
    """Return the beginnings of the words of four letters or more that are not mere grammar."""
    words = set(re.findall(r"[a-z]{4,}", text.lower())) - COMMON_WORDS
    return {word[:5] for word in words}


def keeps_bold_for_terms(notebook: Notebook) -> list[str]:
    """Bold is a term, linked to the glossary, or a label with a capital; emphasis is italic."""
    terms = forms_of(glossary_terms(notebook.path.parent))
    problems = []
    for number, cell in notebook.markdown_cells:
        linked = [id(bold) for link in find(cell.source, "link") for bold in link["children"]]
        for bold in find(cell.source, "strong"):
            text = text_of(bold)
            if id(bold) in linked:
                continue
            if text.lower() in terms:
                link = f"[**{text}**](glossary.md#{jupyter_anchor(terms[text.lower()])})"
                problems.append(notebook.problem(number, f"make it a link: {link}"))
            elif text[:1].islower():
                problems.append(
                    notebook.problem(
                        number, f"**{text}** is no glossary term: add it there, or write *{text}*"
                    )
                )
    return problems


def forms_of(terms: list[str]) -> dict[str, str]:
    """Return each term's singular and plural, with the term itself."""
    return {term + ending: term for term in terms for ending in ("", "s", "es")}


def describes_its_pictures(notebook: Notebook) -> list[str]:
    """Each picture in Markdown has alt text that says what it shows."""
    problems = []
    for number, cell in notebook.markdown_cells:
        alts = [text_of(image) for image in find(cell.source, "image")]
        for tag in re.findall(r"<img\b[^>]*>", cell.source):
            alts.append((re.search(r'alt="([^"]*)"', tag) or [None, ""])[1])
        problems += [
            notebook.problem(number, f"a picture with the alt text {alt!r}; say what it shows")
            for alt in alts
            if len(alt.strip()) < SHORTEST_ALT_TEXT
        ]
    return problems


RULES = (
    opens_with_its_title,
    says_how_long_it_takes,
    leads_to_its_neighbours,
    keeps_its_promises,
    keeps_bold_for_terms,
    describes_its_pictures,
)
