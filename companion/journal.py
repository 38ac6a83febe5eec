"""Remember what the learner did: one record a line, in one file that only ever grows, on this machine.

    append(kind, name, …)  add a record               records()  every record, oldest first
    folder()               where the journal lies     notices()  what went wrong meanwhile, in words

A record is one flat JSON object with an id, a time, a kind and a name. Several notebooks may write at
once: each takes a lock, and adds whole lines in one write. Readers take no lock. What a crash or
another program left in the file that is no record is moved to a file of its own. A record that no disk
takes waits in memory, and the next `append` tries again.
"""

import atexit
import contextlib
import errno
import io
import itertools
import json
import os
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import filelock
import platformdirs

FILE = "journal.jsonl"
# For how many seconds a notebook waits while another one writes.
PATIENCE = 3.0

# What disks and locks raise; a lock that is taken for too long raises an OSError as well.
PROBLEMS = (OSError, NotImplementedError)

_KEYS = ("id", "time", "kind", "name")

_unsaved: list[dict] = []
_notices: list[str] = []
_told: set[str] = set()


def folder() -> Path:
    """Return the folder of the journal: `COMPANION_PROGRESS` if it is set, else the user's data folder."""
    chosen = os.environ.get("COMPANION_PROGRESS", "").strip()
    if chosen:
        return Path(os.path.expanduser(chosen))
    return platformdirs.user_data_path("tensorflow-in-six-steps", appauthor=False)


def append(kind: str, name: str, **details: object) -> None:
    """Add a record; where the disk or the lock refuses, keep it in memory and say so in `notices`.

    Args:
        kind: What happened, such as "attempt" or "hint".
        name: What it happened to, such as "step1.batch_the_penguins".
        **details: What else there is to say, in the types of JSON; others are stored as their `str`.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    record = {"id": uuid.uuid4().hex, "time": now, "kind": kind, "name": name, **details}
    _unsaved.append(json.loads(json.dumps(record, default=str)))
    _save()


def merge(others: Iterable[dict]) -> int:
    """Add the records whose ids are not in the journal yet, as `append` does; return how many those are."""
    known = {record["id"] for record in records()}
    new = {record["id"]: record for record in others if record["id"] not in known}
    _unsaved.extend(new.values())
    _save()
    return len(new)


def records() -> list[dict]:
    """Return every record once, oldest first, with those that still wait in memory.

    Lines that are no records are first moved to a file `journal.damaged-….jsonl` beside the journal.
    """
    saved, damaged = [], []
    try:
        saved, damaged = parse(_read())
        if damaged:
            saved = _set_damage_aside()
    except PROBLEMS as problem:
        what = "holds lines that are damaged and cannot be moved out" if damaged else "cannot be read"
        _tell(
            f"The journal of your progress {what}: {_reason(problem)}. Nothing in it was changed, and the course "
            f"goes on. Have a look at the folder {folder()}."
        )
    once: dict[str, dict] = {}
    for record in saved + _unsaved:
        once.setdefault(record["id"], record)
    return sorted(once.values(), key=lambda record: record["time"])


def notices() -> list[str]:
    """Return what the learner should know about the journal; each notice is returned once."""
    new = list(_notices)
    _notices.clear()
    return new


def parse(data: bytes) -> tuple[list[dict], list[bytes]]:
    """Return the records in the bytes of a journal, and the lines that are neither records nor blank."""
    found, damaged = [], []
    for line in io.BytesIO(data):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict) and all(isinstance(record.get(key), str) for key in _KEYS):
            found.append(record)
        elif line.strip():
            damaged.append(line)
    return found, damaged


def put_away() -> Path:
    """Begin a new journal; return the file to which the old one was moved, with all its records.

    Raises:
        OSError: If the file cannot be moved; then nothing has changed.
    """
    with _lock():
        _write_unsaved()
        kept = _new_name("before-reset")
        os.rename(folder() / FILE, kept)
    return kept


def _save() -> None:
    """Write the records that wait, or say why they wait on."""
    if not _unsaved:
        return
    try:
        with _lock():
            _write_unsaved()
    except PROBLEMS as problem:
        _tell(
            f"Your progress cannot be saved just now: {_reason(problem)}. It is kept in this notebook's memory, and "
            f"your next answer tries again. Leave this notebook open until then, and have a look at the folder "
            f"{folder()}."
        )
    else:
        _told.clear()


# The last chance of a record that still waits when the notebook is closed.
atexit.register(_save)


def _write_unsaved() -> None:
    """Add the records that wait to the file; the lock is held."""
    waiting = list(_unsaved)
    if not waiting:
        return
    lines = "".join(json.dumps(record) + "\n" for record in waiting).encode("ascii")
    if _read()[-1:] not in (b"", b"\n"):
        lines = b"\n" + lines  # the last write was cut short, and nothing may be glued to its stump
    _put(folder() / FILE, lines, os.O_APPEND)
    del _unsaved[: len(waiting)]


def _set_damage_aside() -> list[dict]:
    """Move what is no record to a file of its own, with a notice, and return the records."""
    with _lock():
        data = _read()  # again: what looked damaged may have been a line that was just being written
        found, damaged = parse(data)
        if not damaged:
            return found
        bad = set(damaged)
        intact = b"".join(line for line in io.BytesIO(data) if line not in bad)
        kept, repaired = _new_name("damaged"), folder() / "journal.new"
        try:
            _put(kept, b"".join(damaged), os.O_EXCL)
            _put(repaired, intact, os.O_TRUNC)
            os.replace(repaired, folder() / FILE)
        except OSError:
            kept.unlink(missing_ok=True)
            raise
    _tell(
        f"Lines of the journal of your progress that were damaged, by a crash perhaps: {len(damaged)}. They are kept "
        f"in {kept}; every other line is as it was."
    )
    return found


def _read() -> bytes:
    try:
        return (folder() / FILE).read_bytes()
    except FileNotFoundError:
        return b""


def _put(path: Path, data: bytes, how: int) -> None:
    """Write bytes at the end of a file in one go, all or none, and wait until the disk has them."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | how, 0o666)
    try:
        size = os.lseek(file, 0, os.SEEK_END)
        try:
            if os.write(file, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(file, size)
            raise
    finally:
        os.close(file)


def _lock() -> filelock.BaseFileLock:
    """The one lock of all writers, whose folder is made if need be."""
    folder().mkdir(parents=True, exist_ok=True)
    return filelock.FileLock(folder() / "journal.lock", timeout=PATIENCE)


def _new_name(why: str) -> Path:
    """A name beside the journal that no file has yet, such as `journal.damaged-20261122T183000Z-1.jsonl`."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    names = (folder() / f"journal.{why}-{now}-{number}.jsonl" for number in itertools.count(1))
    return next(name for name in names if not name.exists())


def _reason(problem: Exception) -> str:
    if isinstance(problem, filelock.Timeout):
        return "another notebook has been writing to it for too long"
    return getattr(problem, "strerror", None) or str(problem) or type(problem).__name__


def _tell(notice: str) -> None:
    """Keep a notice for the learner, unless the same one was given since the last record was saved."""
    if notice not in _told:
        _told.add(notice)
        _notices.append(notice)
