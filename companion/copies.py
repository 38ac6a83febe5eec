"""Notebooks of your own: copies of the course's, without the stored results, in the folder my_notebooks.

    python -m companion.copies           make them, or bring them up to date

You write into a copy, so the course's own notebooks stay as they are, and no result stands below a question before you
have answered it. A copy that you changed is never touched again: delete or rename it to get a new one.
"""

# Standard library only, and no syntax newer than Python 3.7: `python -m companion lab` runs this before TensorFlow is needed.
from __future__ import annotations

import hashlib
import json
from pathlib import Path

from companion import saving

FOLDER = "my_notebooks"
RECORD = ".course.json"  # name of a file -> digest of what was last written there
COURSE = Path(__file__).resolve().parent.parent


def bring_up_to_date(course: Path) -> list[str]:
    """Make the copies that are missing, renew those that nobody changed, and leave the others alone.

    Args:
        course: The course's folder; the copies go into its folder `my_notebooks`.

    Returns:
        The names of the files that differ from what the course has now, but were changed here and so stay, sorted.

    Raises:
        FileNotFoundError: There is no folder `notebooks` to copy from.
        OSError: A file cannot be read or written; those before it are complete.
    """
    if not (course / "notebooks").is_dir():
        raise FileNotFoundError(f"expected the course's notebooks in {course / 'notebooks'}, found no such folder. Use the course's own folder.")
    folder = course / FOLDER
    folder.mkdir(exist_ok=True)
    before = _read_record(folder / RECORD)
    written, kept = dict(before), []
    for source in sorted((course / "notebooks").iterdir()):
        if source.suffix not in (".ipynb", ".md"):
            continue
        page = _cleared(source.read_bytes()) if source.suffix == ".ipynb" else source.read_bytes()
        target, digest = folder / source.name, _digest(page)
        there = target.read_bytes() if target.exists() else None
        is_untouched = there is None or _digest(there) == before.get(source.name)
        if there != page and is_untouched:
            _write(target, page)
        elif there != page and before.get(source.name) != digest:
            kept.append(source.name)
            continue  # the record stays, so that it is said again next time
        written[source.name] = digest
    if written != before:
        _write(folder / RECORD, (json.dumps(written, indent=1) + "\n").encode("ascii"))
    return kept


def advice(kept: list[str]) -> str:
    """Say which copies are older than the course, and what can be done; "" if none is."""
    if not kept:
        return ""
    return (
        f"Newer in the course than in {FOLDER}: {', '.join(kept)}. You changed yours, so it stays as it is. "
        "Rename it, and the next start brings the new one."
    )


def _cleared(page: bytes) -> bytes:
    """Return a notebook without outputs, as Jupyter would write it."""
    notebook = json.loads(page)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    notebook["metadata"].pop("widgets", None)  # the state of sliders that were moved
    return (json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read_record(path: Path) -> dict[str, str]:
    """Return the record; an empty one where there is none, or none that can be read: then nothing is overwritten."""
    try:
        record = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _write(path: Path, content: bytes) -> None:
    """Write a file all at once, so that a stop on the way leaves the old one."""
    with saving.whole(path) as part:
        part.write_bytes(content)


if __name__ == "__main__":
    print(advice(bring_up_to_date(COURSE)) or f"The notebooks in {COURSE / FOLDER} are as the course has them.")
