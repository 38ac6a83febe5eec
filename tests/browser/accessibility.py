"""What axe-core finds on a page that keeps people out, in the parts of it that are the course's own.

JupyterLab's buttons, its editors, the colors of its themes and of Keras' `summary()` and the frame of an exported page are
theirs; what stands in Markdown cells and in outputs is ours. Every finding counts, also those that axe-core calls minor.
"""

from __future__ import annotations

import typing

if typing.TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

THEIR_PARTS = [["pre[style] span[style]"]]  # the colors in which Keras prints `summary()`
OURS = [[".jp-RenderedMarkdown"], [".jp-OutputArea-output"]]
# Links in a text differ from it by their color alone: so both of Jupyter's themes have it.
THEIRS = {"link-in-text-block": {"enabled": False}}
MARK = "data-looked-at"


def findings(page: Page, part: Locator | None = None, *, but: tuple[str, ...] = ()) -> list[str]:
    """Return the findings of axe-core, each in a line with the element that it is about.

    Args:
        page: The page, as the browser shows it now.
        part: An element to look at; all Markdown cells and outputs if there is none.
        but: Rules to leave out.
    """
    from axe_playwright_python.sync_playwright import Axe

    include = OURS
    if part is not None:
        part.evaluate(f"element => element.setAttribute({MARK!r}, '')")
        include = [[f"[{MARK}]"]]
    elif not page.locator(", ".join(selector for [selector] in OURS)).count():
        raise ValueError("expected a page with Markdown cells and outputs, received one without any")
    rules = THEIRS | {rule: {"enabled": False} for rule in but}
    found = Axe().run(page, context={"include": include, "exclude": THEIR_PARTS}, options={"resultTypes": ["violations"], "rules": rules})
    if part is not None:
        part.evaluate(f"element => element.removeAttribute({MARK!r})")
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:200]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]
