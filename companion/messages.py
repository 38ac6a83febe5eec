"""Say something to the learner: in a notebook as a web page with real headings and lists, elsewhere as text.

Texts are written in one small markup: `code` stands between backticks, everything else is plain.
"""

import html
import re
import reprlib
from typing import NamedTuple

import numpy as np


class Mark(NamedTuple):
    """How a message is marked: by an icon, a form of line and a color, never by the color alone."""

    icon: str
    line: str
    color: str


# Blue, orange and grey differ for every eye, and the icon and the line's form differ too.
FINE = Mark("✔", "solid", "#0072b2")
AGAIN = Mark("↻", "dashed", "#d55e00")
OPEN = Mark("○", "dotted", "#888888")
ASIDE = Mark("→", "dotted", "#888888")


def show(html_text: str, text: str) -> None:
    """Display a message once, in the form that the screen can show.

    Args:
        html_text: The message as HTML, for a notebook.
        text: The same message as plain text, for a terminal and for a notebook's text form.
    """
    from IPython import get_ipython  # here, because plain Python can do without

    if get_ipython() is None:
        print(text)
        return
    from IPython.display import display

    display({"text/html": html_text, "text/plain": text}, raw=True)


def as_html(text: str) -> str:
    """Return a text as HTML: every special character escaped, `code` between backticks marked as code.

    >>> as_html("write `x < 3`")
    'write <code>x &lt; 3</code>'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=True))


# Colors, and the names of TensorFlow's own nodes.
_NOISE = re.compile(r"\x1b\[[0-9;]*m|\{\{[^}]*\}\}\s*|\s*\[Op:\w+\].*")


_SHORT = reprlib.Repr()  # `repr`, cut to a readable length, of anything at all
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxlevel = 3


def boxed(mark: Mark, heading: str, inner: str) -> str:
    """Return a message as HTML: a marked part of the page, named for screen readers, with a heading.

    Args:
        mark: FINE, AGAIN, OPEN or ASIDE.
        heading: What the message says first, in the markup of this module.
        inner: The rest, as HTML.
    """
    style = f"padding: 0.2em 1em; margin: 0.4em 0; max-width: 46em; border-left: 0.4em {mark.line} {mark.color}"
    return (
        f'<div role="status" aria-label="{html.escape(heading)}" style="{style}">'
        f"<p><span aria-hidden='true'>{mark.icon}</span> <strong>{as_html(heading)}</strong></p>{inner}</div>"
    )


def of(value: object) -> str:
    """Describe any value in a few words, whatever it is: never raises, never runs long.

    >>> of([1, 2]), of(None), of(int), of("tea")
    ('the list `[1, 2]`', '`None`', 'the class `int` itself', 'the text `\\'tea\\'`')
    """
    if value is None or value is ... or isinstance(value, bool):
        return f"`{'...' if value is ... else value}`"
    name = one_line(type(value).__name__)
    if isinstance(value, type):
        return f"the class `{one_line(value.__name__)}` itself"
    shape = _shape(value)
    if shape == "()" and isinstance(value, np.generic):
        return f"the number `{one_line(_SHORT.repr(value.item()))}`"
    if shape is not None:
        return f"{_article(name)} `{name}` of shape `{shape}`"
    if not isinstance(value, (str, int, float, complex, list, tuple, dict, set)):
        return f"{_article(name)} `{name}`"
    try:
        shown = one_line(_SHORT.repr(value))
    except Exception:
        return f"{_article(name)} `{name}` that cannot be printed"
    kind = {"str": "text", "int": "number", "float": "number", "complex": "number"}.get(name, name)
    return f"the {kind} `{shown}`"


def _shape(value: object) -> str | None:
    """The shape of an array or tensor, in words; None for what has none."""
    try:
        return str(tuple(value.shape))
    except Exception:
        return None


def one_line(text: str, most: int = 160) -> str:
    """Return a text without line breaks and without backticks, which would end the code it stands in.

    Args:
        text: Any text.
        most: The most characters to keep; a longer text ends in "…".
    """
    line = " ".join(str(text).replace("`", "'").split())
    return line if len(line) <= most else line[: most - 1] + "…"


def of_error(error: BaseException) -> str:
    """Return what an exception says, in one line: without what only leads up to it."""
    try:
        lines = _NOISE.sub("", str(error)).splitlines()
    except Exception:
        return ""
    telling = [line for line in lines if line.strip() and not line.startswith("Exception encountered when calling")]
    return one_line(telling[0], most=240) if telling else ""


def _article(name: str) -> str:
    return "an" if name[:1].lower() in "aeiou" or name.startswith("nd") else "a"
