"""Measure the claims of a portfolio again: `python -m companion verify FOLDER`.

For each claim it says confirmed or denied, with what was claimed, what was measured and by how much they may differ;
for each file, whether it is unchanged. Exit code 0: all is confirmed. 1: something is denied, or the folder is refused,
with the reason. 2: the command was typed wrongly.

The folder is treated as a stranger's: it is read once, file by file, each of a name and size that is expected; nothing
of it is run or imported; the model is looked at, then loaded and asked in a process of its own. This is no sandbox.
"""

import functools
import hashlib
import json
import math
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from companion import form_checks, form_process, messages, portfolio, verify_model, verify_reader

TO_DO = (
    "What to do: mend what is named here, and type the command again. A portfolio that somebody gave you is theirs to "
    "mend: ask for it once more, and open none of its files by other means."
)
UNCHANGED, CHANGED, MISSING, EXTRA = "unchanged", "changed", "missing", "extra"
CONFIRMED, DENIED, NOT_MEASURED = "confirmed", "denied", "not measured"
SECONDS = 300  # for the model to be loaded and to answer
MOST_ENTRIES = 1_000  # in the folder
SIZES = {portfolio.MODEL: form_checks.MOST_BYTES, portfolio.ROWS: portfolio.MOST_DATA + 1_000_000}
KEYS = {"format", "made_on", "versions", "claims", "files"}
DIGITS = 18  # of a whole number in portfolio.json
USAGE = "usage: python -m companion verify FOLDER"


class FileState(NamedTuple):
    """What is said of one file of a portfolio.

    Attributes:
        name: Its name.
        state: UNCHANGED, CHANGED, MISSING or EXTRA.
        note: What was expected and what was received.
    """

    name: str
    state: str
    note: str = ""


class ClaimState(NamedTuple):
    """What is said of one claim.

    Attributes:
        metric: One of `portfolio.METRICS`.
        claimed: The number in portfolio.json.
        measured: The number that came out here; None if none did.
        tolerance: By how much the two may differ.
        state: CONFIRMED, DENIED or NOT_MEASURED.
        note: How it was measured, or why it is denied.
    """

    metric: str
    claimed: float
    measured: float | None
    tolerance: float
    state: str
    note: str = ""


class Report(NamedTuple):
    """What is said of a portfolio.

    Attributes:
        files: One for each file that portfolio.json lists or the folder holds.
        claims: One for each claim.
        refused: Why the claims were not measured; None if they were.
        notes: With what the claims were measured.
    """

    files: tuple[FileState, ...] = ()
    claims: tuple[ClaimState, ...] = ()
    refused: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def confirmed(self) -> bool:
        """Whether nothing is denied, changed, missing or refused."""
        good = all(claim.state == CONFIRMED for claim in self.claims)
        return self.refused is None and good and not any(_counts(file) for file in self.files)


class Measured(NamedTuple):
    """What the model was found to be and to answer.

    Attributes:
        answers: float64, shape (rows,) or (rows, numbers).
        parameters: How many numbers the model holds.
        last: Its last activation, such as "sigmoid"; "" where that cannot be told.
    """

    answers: np.ndarray
    parameters: int
    last: str


def main(arguments: Sequence[str]) -> int:
    """Verify the portfolio that a command line names, print what is found, and return the exit code.

    Args:
        arguments: What follows `verify`: one folder.

    Returns:
        0 if all is confirmed, 1 if not, 2 for a wrong command, 130 if it was interrupted.
    """
    if list(arguments) in (["-h"], ["--help"]):
        print(__doc__.strip())
        return 0
    if len(arguments) != 1 or arguments[0].startswith("-") or not arguments[0].strip() or "\0" in arguments[0]:
        print(f"{USAGE}\nExpected one folder, received {len(arguments)} arguments.", file=sys.stderr)
        return 2
    try:
        report = check(arguments[0])
    except KeyboardInterrupt:
        print("Stopped. Nothing was confirmed.", file=sys.stderr)
        return 130
    print(as_text(report, arguments[0]))
    return 0 if report.confirmed else 1


def check(folder: str | os.PathLike[str], timeout: float = SECONDS) -> Report:
    """Look at a portfolio, have its model answer the held-out rows once more, and compare.

    Args:
        folder: What `portfolio.pack` made. Nothing in it is changed.
        timeout: How many seconds the model may take to be loaded and to answer.

    Returns:
        What is confirmed and what is not; a folder that is refused is a report, too, and no error.
    """
    files: tuple[FileState, ...] = ()
    claims: tuple[ClaimState, ...] = ()
    try:
        found = _entries(Path(os.path.abspath(os.path.expanduser(folder))))
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as own:
            seals = {name: _copy(path, Path(own, name)) for name, path in found.items() if name in _known()}
            told = _description(Path(own, portfolio.DESCRIPTION))
            files = tuple(_files(told["files"], seals, found))
            claims = tuple(_open_claims(told["claims"]))
            for name in (portfolio.MODEL, portfolio.ROWS):
                if name not in seals:
                    raise form_checks.Refused(f"`{name}` is missing, so nothing can be measured.")
            verify_model.look(Path(own, portfolio.MODEL))
            _, y = verify_reader.rows_of(Path(own, portfolio.ROWS))
            _check_claims(told["claims"], y)
            measured = _measured(own, len(y), timeout)
        claims = tuple(_claim(claim, measured, y, told["claims"]) for claim in claims)
        return Report(files, claims, None, _notes(told["versions"]))
    except form_checks.Refused as problem:
        return Report(files, claims, str(problem).replace(form_checks.AGAIN, "").strip())
    except OSError as problem:
        return Report(files, claims, f"It cannot be read: {problem.strerror or messages.of_error(problem)}.")
    except RuntimeError as problem:  # no second process could be started
        return Report(files, claims, messages.of_error(problem))


# --- The folder ---


def _known() -> tuple[str, ...]:
    return (portfolio.DESCRIPTION, *portfolio.FILES)


def _entries(folder: Path) -> dict[str, Path]:
    """The files in a folder by their names; what else lies there is not followed and not opened."""
    if not folder.is_dir():
        what = "is no folder" if os.path.lexists(folder) else "does not exist"
        raise form_checks.Refused(f"Expected the folder of a portfolio, received one that {what}. Type its path.")
    found = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            found[entry.name] = Path(entry.path)
            if len(found) > MOST_ENTRIES:
                raise form_checks.Refused(f"The folder holds more than {MOST_ENTRIES:,} files: it is no portfolio.")
    for name in _known():
        if name in found:
            _check_regular(name, os.lstat(found[name]))
    if portfolio.DESCRIPTION not in found:
        raise form_checks.Refused(
            f"The folder holds no `{portfolio.DESCRIPTION}`, so it is no portfolio. `portfolio.pack` makes one."
        )
    return found


def _check_regular(name: str, status: os.stat_result) -> None:
    """Whether a file is one, and no link to another place, no folder and no device."""
    if stat.S_ISREG(status.st_mode):
        return
    is_link, is_folder = stat.S_ISLNK(status.st_mode), stat.S_ISDIR(status.st_mode)
    what = "a link to another place" if is_link else "a folder" if is_folder else "a device or a pipe"
    raise form_checks.Refused(f"Expected a file `{name}`, received {what}. It is not opened.")


def _copy(source: Path, target: Path) -> tuple[int, str]:
    """Copy a file, so that what is looked at is what is used; return its size and its check sum."""
    flags = sum(getattr(os, name, 0) for name in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK"))
    most = SIZES.get(source.name, portfolio.MOST_TEXT)
    with open(os.open(source, os.O_RDONLY | flags), "rb") as file, target.open("xb") as copy:
        status = os.fstat(file.fileno())
        _check_regular(source.name, status)
        digest, size = hashlib.sha256(), 0
        if status.st_size > most:
            raise form_checks.Refused(_too_large(source.name, status.st_size, most))
        for block in _blocks(file):
            size += len(block)
            if size > most:
                raise form_checks.Refused(_too_large(source.name, size, most))  # it grew meanwhile
            digest.update(block)
            copy.write(block)
    return size, digest.hexdigest()


def _too_large(name: str, size: int, most: int) -> str:
    return f"Expected at most {most:,} bytes in `{name}`, received {size:,}."


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    return iter(functools.partial(file.read, 1 << 20), b"")


def _files(
    told: dict[str, dict[str, Any]], seals: dict[str, tuple[int, str]], found: dict[str, Path]
) -> Iterator[FileState]:
    """What is said of each file: first those that are listed, then what else lies in the folder."""
    for name in portfolio.FILES:
        if name in told and name not in seals:
            yield FileState(name, MISSING, "portfolio.json lists it.")
        elif name in told:
            size, digest = seals[name]
            same = (size, digest) == (told[name]["bytes"], told[name]["sha256"])
            sizes = f"Expected {told[name]['bytes']:,} bytes, received {size:,}"
            content = ", of another content" if size == told[name]["bytes"] else ""
            yield FileState(name, UNCHANGED) if same else FileState(name, CHANGED, f"{sizes}{content}.")
    for name in sorted(set(found) - set(told) - {portfolio.DESCRIPTION}):
        about = "Systems leave such files" if name in portfolio.LITTER else "portfolio.json does not list it"
        yield FileState(name, EXTRA, f"{about}; it was not read.")


def _counts(file: FileState) -> bool:
    """Whether what is said of a file keeps a portfolio from being confirmed."""
    return file.state != UNCHANGED and file.name not in portfolio.LITTER


# --- portfolio.json ---


def _description(path: Path) -> dict[str, Any]:
    """What portfolio.json says, if it has the form that `portfolio.pack` gives it."""
    try:
        told = json.loads(
            path.read_bytes().decode("utf-8"), object_pairs_hook=_once, parse_int=_whole, parse_constant=_no_number
        )
    except RecursionError as error:
        raise _bad("is nested too deeply") from error
    except ValueError as error:  # also what is not UTF-8
        raise _bad(f"cannot be read: {messages.of_error(error).rstrip('.')}") from error
    if not isinstance(told, dict):
        raise _bad(f"is {messages.of(told)}, expected an object")
    if type(told.get("format")) is not int or told["format"] != portfolio.FORMAT:
        raise _bad(f"has the format {messages.of(told.get('format'))}, expected {portfolio.FORMAT}")
    if set(told) != KEYS:
        raise _bad(f"has other entries than {sorted(KEYS)}: {messages.of(sorted(set(told) ^ KEYS)[0])}")
    for key in ("versions", "claims", "files"):
        if not isinstance(told[key], dict):
            raise _bad(f"holds {messages.of(told[key])} for `{key}`, expected an object")
    _check_listed(told["files"])
    _check_numbers(told["claims"])
    _check_versions(told["versions"])
    return told


def _bad(what: str) -> form_checks.Refused:
    return form_checks.Refused(f"`{portfolio.DESCRIPTION}` {what}. `portfolio.pack` writes no such file.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The entries of an object, each of which stands there once."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an entry stands there twice")
    return found


def _whole(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError(f"a whole number has {len(text):,} digits")
    return int(text)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _check_listed(files: dict[str, Any]) -> None:
    """Whether only the files of a portfolio are listed, each with its size and check sum."""
    for name, seal in files.items():
        if name not in portfolio.FILES:
            raise _bad(f"lists {messages.of(name)}, {_why_not(name)}")
        good = isinstance(seal, dict) and set(seal) == {"bytes", "sha256"} and type(seal["bytes"]) is int
        if not good or not re.fullmatch("[0-9a-f]{64}", str(seal["sha256"])):
            raise _bad(f"holds no size and check sum for `{name}`")
    missing = [name for name in portfolio.FILES if name not in files and name not in portfolio.OPTIONAL]
    if missing:
        raise _bad(f"does not list `{missing[0]}`")


def _why_not(name: str) -> str:
    """What is wrong with the name of a file."""
    if ".." in re.split(r"[/\\]", name):
        return "a path that climbs out of the folder"
    if name.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", name):
        return "a path to another place"
    return "which is no file of a portfolio"


def _check_numbers(claims: dict[str, Any]) -> None:
    """Whether each claim is a finite number with its tolerance."""
    for name, claim in claims.items():
        values = list(claim.values()) if isinstance(claim, dict) and set(claim) == {"claimed", "tolerance"} else [None]
        if any(type(value) not in (int, float) or not math.isfinite(value) for value in values):
            raise _bad(f"holds {messages.of(claim)} for the claim {messages.of(name)}, expected two finite numbers")


def _check_versions(told: dict[str, Any]) -> None:
    if len(told) > 20 or any(not isinstance(value, str) or len(name + value) > 200 for name, value in told.items()):
        raise _bad("holds other versions than a few short texts")


def _check_claims(claims: dict[str, dict[str, float]], y: np.ndarray) -> None:
    """Whether the claims are such as `portfolio.pack` lets pass, for these labels."""
    try:
        portfolio.checked_claims({name: claim["claimed"] for name, claim in claims.items()}, y)
    except (TypeError, ValueError) as error:
        raise form_checks.Refused(f"`{portfolio.DESCRIPTION}`, {messages.of_error(error)}") from error


# --- The claims ---


def _open_claims(claims: dict[str, dict[str, float]]) -> Iterator[ClaimState]:
    """The claims before anything is measured."""
    for name, claim in claims.items():
        yield ClaimState(name, claim["claimed"], None, claim["tolerance"], NOT_MEASURED)


def _measured(own: str, rows: int, timeout: float) -> Measured:
    """Have another process load the model and ask it; it works in an empty folder."""
    work = tempfile.mkdtemp(dir=own)
    settings = {"KERAS_HOME": work, "KERAS_BACKEND": "tensorflow", **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), work)}
    process = form_process.start(verify_reader.__name__, own, variables=settings, place=work)
    said = next(form_process.listen(process, own, 1, timeout))
    if "problem" in said:
        raise form_checks.Refused(f"The model is refused. {said['problem']}")
    answers = np.fromfile(Path(own, verify_reader.ANSWERS), dtype=np.float64).reshape(said["shape"])
    if len(answers) != rows:
        raise form_checks.Refused(f"The model answered {len(answers):,} of {rows:,} rows.")
    return Measured(answers, said["parameters"], said["last"])


def _claim(claim: ClaimState, measured: Measured, y: np.ndarray, told: dict[str, dict[str, float]]) -> ClaimState:
    """One claim beside what was measured."""
    allowed = portfolio.tolerance(claim.metric, claim.claimed, y)
    if not math.isclose(allowed, told[claim.metric]["tolerance"], rel_tol=1e-6):
        note = f"portfolio.json lets it differ by {claim.tolerance:g}, the rule is {allowed:.3g}."
        return claim._replace(state=DENIED, tolerance=allowed, note=note)
    try:
        value, how = measure(claim.metric, measured, y)
    except form_checks.Refused as problem:
        return claim._replace(state=DENIED, note=str(problem))
    off = abs(value - claim.claimed)
    good = off <= allowed or (allowed > 0 and math.isclose(off, allowed, rel_tol=1e-9))
    return claim._replace(measured=value, tolerance=allowed, state=CONFIRMED if good else DENIED, note=how)


def measure(metric: str, measured: Measured, y: np.ndarray) -> tuple[float, str]:
    """Return the value of a metric, and in words how it was found where there was something to decide.

    Args:
        metric: One of `portfolio.METRICS`.
        measured: What the model answered.
        y: The labels, shape (rows,): int64 for classes, float64 for amounts.

    Raises:
        Refused: If it cannot be measured on these answers.
    """
    if metric == "rows":
        return len(y), ""
    if metric == "parameters":
        return measured.parameters, ""
    if metric == "baseline_accuracy":
        _, counts = np.unique(y, return_counts=True)
        return counts.max() / len(y), "The commonest class of the held-out rows is always said."
    if metric == "baseline_mean_absolute_error":
        return float(np.abs(y - np.median(y)).mean()), "The median of the held-out rows is always said."
    if metric in portfolio.SHARES:
        return _share(metric, measured, y)
    off = _amounts(measured.answers) - y
    mean = np.abs(off).mean() if metric == "mean_absolute_error" else np.sqrt(np.square(off).mean())
    return float(mean), ""


def _share(metric: str, measured: Measured, y: np.ndarray) -> tuple[float, str]:
    """The accuracy, or the mean of the accuracies of the classes."""
    labels, classes, how = _classes(measured)
    if y.max() >= classes:
        raise form_checks.Refused(f"The labels go up to {int(y.max())}, and the model tells {classes} classes apart.")
    right = labels == y
    if metric == "accuracy":
        return float(right.mean()), how
    return float(np.mean([right[y == label].mean() for label in np.unique(y)])), how


def _classes(measured: Measured) -> tuple[np.ndarray, int, str]:
    """The class that is answered for each row, how many classes there are, and how they were told apart."""
    answers = measured.answers
    if answers.ndim == 2 and answers.shape[1] > 1:
        return answers.argmax(axis=1), answers.shape[1], f"The largest of {answers.shape[1]} answers is the class."
    border = verify_reader.THRESHOLDS.get(measured.last)
    if border is None:
        raise form_checks.Refused(
            "The model answers with one number for each row, and its last layer does not tell from where on it means "
            f"class 1 ({messages.of(measured.last)}). A layer with `sigmoid`, or one without activation, does."
        )
    kind = "probability" if border else "score"
    return (answers.reshape(-1) > border).astype(np.int64), 2, f"A {kind} above {border:g} is class 1."


def _amounts(answers: np.ndarray) -> np.ndarray:
    if answers.ndim == 2 and answers.shape[1] > 1:
        raise form_checks.Refused(
            f"The model answers with {answers.shape[1]} numbers for each row, expected one amount. Claim an accuracy."
        )
    return answers.reshape(-1)


# --- What is said ---


def _notes(made_with: dict[str, str]) -> tuple[str, ...]:
    """With what was measured, and with what, as is said, the claims were."""
    here = portfolio.versions()
    said = ", ".join(f"{name} {version}" for name, version in here.items())
    other = ", ".join(f"{name} {version}" for name, version in made_with.items() if here.get(name) != version)
    return (f"Measured here with {said}.", *([f"Claimed, it is said, with {other}."] if other else []))


def as_text(report: Report, folder: str | os.PathLike[str]) -> str:
    """Return a report as plain text; nothing that a folder says can steer the screen that shows it.

    Args:
        report: What `check` returned.
        folder: The folder, as it was typed.
    """
    lines = [f"Portfolio: {folder}"]
    lines += ["", "Files"] * bool(report.files)
    lines += [f"  {file.state:<13} {file.name}{': ' * bool(file.note)}{file.note}" for file in report.files]
    lines += ["", "Claims"] * bool(report.claims)
    lines += [_line(claim) for claim in report.claims]
    lines += ["", *report.notes] * bool(report.notes)
    if report.refused is None:
        lines += ["", _result(report), portfolio.PROVES]
    else:  # nothing was measured, so nothing is shown either: the reason comes last
        lines += ["", _result(report), f"Reason: {report.refused}", TO_DO]
    return "\n".join("".join(sign if sign.isprintable() else "?" for sign in line) for line in lines)


def _line(claim: ClaimState) -> str:
    """One claim in a line."""
    measured = "" if claim.measured is None else f", measured {_number(claim.measured)}"
    allowed = f"may differ by {claim.tolerance:.3g}" if claim.tolerance else "must be equal"
    note = f" {claim.note}" if claim.note else ""
    return f"  {claim.state:<13} {claim.metric}: claimed {_number(claim.claimed)}{measured}, {allowed}.{note}"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"


def _result(report: Report) -> str:
    """What it comes to, in one line."""
    good = sum(claim.state == CONFIRMED for claim in report.claims)
    files = sum(map(_counts, report.files))
    if report.refused is not None:
        return "Result: refused. No claim was measured."
    claims = f"{good} of {len(report.claims)} claims confirmed"
    if report.confirmed:
        return f"Result: confirmed. {claims}, every file unchanged."
    return f"Result: not confirmed. {claims}, {files} file{'s' * (files != 1)} not as listed."


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a path may hold letters that a console lacks
    sys.exit(main(sys.argv[1:]))
