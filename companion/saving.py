"""Write a model so that it is there as a whole, or not at all.

    with saving.whole(folder / "digit_reader.keras") as part:
        digit_reader.save(part)

`part` is a path of the same name in a hidden folder beside it. Only when all is written does it take its place, in one
step. On a full disk, after an error or an interrupt, what stood there before still does, and nothing else is left.
"""

# `python -m companion lab` writes the learner's notebooks with it, under whatever Python that is typed with.
from __future__ import annotations

import contextlib
import errno
import gc
import os
import shutil
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG}
REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
# What the libraries that write models say, each in its own type of error.
FULL_WORDS = (
    "no space left on device", "not enough space on the disk", "disk quota exceeded", "file too large",
    f"errno = {errno.ENOSPC},",
)  # fmt: skip
REFUSED_WORDS = ("permission denied", "read-only file system", "operation not permitted", "access is denied")
UNTOUCHED = "Nothing was left behind; what stood there before is untouched."


@contextlib.contextmanager
def whole(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path to write to, and put what was written in its place when all of it is there.

    Args:
        target: The file or folder to make, or to replace by a new one.

    Yields:
        Where to write: the same name, in a hidden folder beside `target`.

    Raises:
        FileNotFoundError: If the folder of `target` does not exist, or nothing was written.
        OSError: If the disk is full, or the folder may not be written to. Other errors pass unchanged.
    """
    place = Path(os.path.realpath(target))
    if not place.parent.is_dir():
        raise FileNotFoundError(
            errno.ENOENT, f"Expected the folder of `{place.name}` to exist, received `{place.parent}`; make it first."
        )
    hidden = None
    try:
        hidden = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        part = hidden / place.name
        yield part
        _check_written(part)
        _put(part, place, hidden)
    except Exception as error:
        number = _reason(error)
        if number is None:
            raise
        _let_go(error, hidden)
        raise OSError(number, _words(number, place)) from error
    finally:
        if hidden is not None:
            shutil.rmtree(hidden, ignore_errors=True)


def _check_written(part: Path) -> None:
    """Whether something stands where it was to be written."""
    if part.is_dir() and any(part.iterdir()) or part.is_file() and part.stat().st_size:
        return
    raise FileNotFoundError(
        errno.ENOENT, f"Expected a file or folder `{part.name}` to be written to the path that `whole` gives, received "
        f"nothing there; write to this path, within the `with`. {UNTOUCHED}",
    )  # fmt: skip


def _put(part: Path, place: Path, hidden: Path) -> None:
    """Move what was written into its place; a folder that stands there is moved aside first, and back if that fails."""
    if not place.is_dir() and not part.is_dir():
        os.replace(part, place)
        return
    before = hidden / "before"
    if place.exists():
        os.replace(place, before)
    try:
        os.replace(part, place)
    except BaseException:
        if before.exists():
            os.replace(before, place)
        raise


def _let_go(error: BaseException, hidden: Path | None) -> None:
    """Close the files that the frames of an error still hold open, on a disk that has room to close them.

    HDF5 writes once more when it closes a file, and ends Python where the disk is full then. And on Windows an open
    file cannot be removed.
    """
    for file in hidden.rglob("*") if hidden else ():
        with contextlib.suppress(OSError):
            os.truncate(file, 0)
    for each in _chain(error):
        traceback.clear_frames(each.__traceback__)
    gc.collect()


def _reason(error: BaseException) -> int | None:
    """ENOSPC for an error of a full disk, EACCES for one of a closed folder, None for any other."""
    chain = list(_chain(error))
    if any(_is(each, FULL, FULL_WORDS) for each in chain):
        return errno.ENOSPC
    return errno.EACCES if any(_is(each, REFUSED, REFUSED_WORDS) for each in chain) else None


def _words(number: int, place: Path) -> str:
    """What to say of a full disk or a closed folder."""
    if number == errno.ENOSPC:
        left = shutil.disk_usage(place.parent).free / 1e6
        return (
            f"`{place.parent}` is full: expected room for all of `{place.name}`, beside what stands there, received a "
            f"disk with {left:,.1f} MB left (or a limit on what you may use); free some, or choose another folder. "
            f"{UNTOUCHED}"
        )
    return (
        f"Expected a folder that may be written to, received `{place.parent}`, which refuses `{place.name}` (it is "
        f"read-only, or belongs to someone else, or the file is in use); choose another folder. {UNTOUCHED}"
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that led to it."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__


def _is(error: BaseException, numbers: set[int], words: tuple[str, ...]) -> bool:
    """Whether an error has one of these numbers, or says one of these words."""
    said = str(error).lower()
    return getattr(error, "errno", None) in numbers or any(each in said for each in words)
