"""The one way onto Binder that the README names, built from one line of pyproject.toml.

    python tests/binder_link.py             write it into the README
    python tests/binder_link.py --check     only say whether it stands there

A fork sets `published` in `[tool.course]` and gives this command: then the README carries a badge. As long
as the line is empty, the README says how to open any address by hand.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BINDER = "https://mybinder.org"
OPENS = "lab/tree/my_notebooks/00_start_here.ipynb"
PARAGRAPH = re.compile(r"^No Python at hand\?.*?(?=\n\n)", re.MULTILINE | re.DOTALL)
BY_HAND = f"""\
No Python at hand? Open the course on Binder, in the browser:
put the address of this repository into the form at [mybinder.org]({BINDER}), choose *URL* instead of *File*,
and give `{OPENS}` as the URL to open."""
BY_BADGE = """\
No Python at hand? Open the course on Binder, in the browser:
[![Open the course on Binder]({binder}/badge_logo.svg)]({link})"""


def published(project: str) -> str:
    """Return where the course is published, from the text of a pyproject.toml: "gh/OWNER/NAME" or "".

    Raises:
        ValueError: If the line holds something else.
    """
    place = tomllib.loads(project)["tool"]["course"]["published"]
    if place and not re.fullmatch(r"(gh/[\w.-]+/[\w.-]+|gl/[\w.-]+(/[\w.-]+)+)", place):
        raise ValueError(
            f'[tool.course] published: expected "gh/OWNER/NAME" (GitHub), "gl/GROUP/NAME" (GitLab) or "", '
            f"received {place!r}. Write it as Binder does, without the host."
        )
    return place


def launch_address(place: str) -> str:
    """Return the address that starts a session and opens notebook 0."""
    host, path = place.split("/", 1)
    path = quote(path, safe="") if host == "gl" else path  # Binder takes a GitLab path as one word
    return f"{BINDER}/v2/{host}/{path}/HEAD?urlpath={quote(OPENS, safe='')}"


def paragraph(place: str) -> str:
    """Return the README's words on Binder: with a badge, once the course is published somewhere."""
    return BY_BADGE.format(binder=BINDER, link=launch_address(place)) if place else BY_HAND


def with_paragraph(readme: str, words: str) -> str:
    """Return a README with these words on Binder.

    Raises:
        ValueError: If the place for them is not found exactly once.
    """
    if len(PARAGRAPH.findall(readme)) != 1:
        raise ValueError('README.md: expected one paragraph that begins with "No Python at hand?". Put it back.')
    return PARAGRAPH.sub(lambda _: words, readme)


def main(arguments: list[str]) -> int:
    """Run the command line; return 1 when `--check` finds a difference."""
    old = README.read_text(encoding="utf-8")
    new = with_paragraph(old, paragraph(published((ROOT / "pyproject.toml").read_text(encoding="utf-8"))))
    if old == new:
        print("README.md: as it should be")
        return 0
    if "--check" in arguments:
        print("README.md: another way onto Binder than pyproject.toml says; give: python tests/binder_link.py")
        return 1
    README.write_text(new, encoding="utf-8", newline="\n")
    print("README.md: written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
