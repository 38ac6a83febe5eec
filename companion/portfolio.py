"""Pack what you made and what you claim about it into one folder that anyone can check.

    portfolio.pack("my_portfolio", model_file="model.keras", held_out=(x_test, y_test),
                   claims={"accuracy": 0.91, "rows": 69}, history=history.history, card="# My model …")

Then `python -m companion verify my_portfolio` has the model answer the held-out rows once more, and compares. Such a
folder is evidence, no certificate: it shows that these numbers come out of this model on these data. Nothing is
computed here: the claims are yours.
"""

import csv
import hashlib
import io
import json
import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from companion import feedback, form_checks, journal, messages, plots, saving, verify_model

FORMAT = 1
DESCRIPTION, MODEL, ROWS = "portfolio.json", "model.keras", "held_out.npz"
README, CARD, LEARNED, HISTORY, CURVES = "README.md", "model_card.md", "learned.md", "history.csv", "curves.png"
FILES = (README, MODEL, ROWS, CARD, LEARNED, HISTORY, CURVES)  # what portfolio.json lists
OPTIONAL = (HISTORY, CURVES)
LITTER = (".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints")  # what systems leave in any folder
PACKAGES = ("tensorflow", "keras", "numpy")

ROUNDING = 0.0005  # a share that is given with three digits is off by so much
RELATIVE = 0.001  # of an amount: what another machine and three digits may change
SHARES = ("accuracy", "balanced_accuracy", "baseline_accuracy")
AMOUNTS = ("mean_absolute_error", "root_mean_squared_error", "baseline_mean_absolute_error")
COUNTS = ("parameters", "rows")
METRICS = (*SHARES, *AMOUNTS, *COUNTS)

MOST_DATA = 50_000_000  # bytes of the held-out rows in memory
MOST_TEXT = 5_000_000  # bytes of a text, a table or a picture
MOST_INPUTS = 1_000
MOST_CLASSES = 100_000
LARGEST = 1e18  # of a claimed number; what is no number is not below it either
ROW_KINDS = "biufU"  # of NumPy: yes or no, whole numbers, numbers, text


def pack(
    folder: str | os.PathLike[str],
    *,
    model_file: str | os.PathLike[str],
    held_out: tuple[Any, Any],
    claims: Mapping[str, float],
    card: str,
    history: Mapping[str, Sequence[float]] | None = None,
    learned: str = "",
    include_progress: bool = True,
    overwrite: bool = False,
) -> Path:
    """Write a portfolio: one folder with your model, the rows it never saw, and what you claim about it.

    Args:
        folder: The folder to make.
        model_file: The `.keras` file of your model; it is copied as it is.
        held_out: `(x, y)`, at most 50 MB. `x` is what the model takes: an array, rows first, of numbers or text; or a
            dictionary from the names of its inputs to such arrays. `y` has shape (rows,): whole numbers are classes,
            counted from 0; other numbers are amounts.
        claims: What you measured: from `METRICS` to a number. Shares are from 0 to 1.
        card: The model card, in Markdown.
        history: The `history` dictionary of what `fit` returns, if you want its curves in it.
        learned: What you predicted and learned, in your own words, in Markdown.
        include_progress: Whether to add what the course's journal counts: exercises, predictions, hints, both tests.
        overwrite: Replace the folder, if it is a portfolio.

    Returns:
        The folder. It is written whole, or not at all.

    Raises:
        TypeError: If an argument is of the wrong kind.
        ValueError: If one does not fit; nothing was written then.
        OSError: If a file cannot be read, or the disk is full.
    """
    place = _place(folder, overwrite)
    model = _model_file(model_file)
    x, y = _held_out(held_out)
    claimed = checked_claims(claims, y)
    texts = {CARD: _text("card", card), LEARNED: _learned(learned, include_progress)}
    if history is not None:
        texts[HISTORY] = _history_table(history)
    with saving.whole(place) as part:
        part.mkdir()
        shutil.copyfile(model, part / MODEL)
        _write_rows(part / ROWS, x, y)
        for name, text in texts.items():
            _write(part / name, text)
        in_words = "" if history is None else _draw(part / CURVES, history)
        _write(part / README, _readme(claimed, y, in_words))
        _write(part / DESCRIPTION, json.dumps(_description(part, claimed, y), indent=2) + "\n")
    return place


def tolerance(metric: str, claimed: float, y: np.ndarray) -> float:
    """Return by how much what is measured may differ from what is claimed.

    Another processor rounds other digits, so that a row between two classes may change sides: one row is let pass.
    What is counted must be equal.

    Args:
        metric: One of `METRICS`.
        claimed: What is claimed.
        y: The labels of the held-out rows, shape (rows,).
    """
    if metric in COUNTS:
        return 0.0
    if metric in AMOUNTS:
        return RELATIVE * abs(claimed)
    if metric == "accuracy":
        return max(ROUNDING, 1 / len(y))
    if metric == "balanced_accuracy":  # a row of the rarest class counts most
        _, counts = np.unique(y, return_counts=True)
        return max(ROUNDING, 1 / (len(counts) * int(counts.min())))
    return ROUNDING  # the baseline is counted among the labels, without the model


def progress_in_words(records: Sequence[dict[str, Any]]) -> str:
    """Return what a journal counts, in Markdown: exercises, predictions, hints, and both tests.

    Args:
        records: As `journal.records` returns them. What is damaged is passed over.
    """
    exercises: dict[str, bool] = {}
    guesses: dict[str, bool] = {}
    hints = set()
    for record in records:
        kind, name = record["kind"], record["name"]
        if kind == "attempt":
            exercises[name] = exercises.get(name, False) or record.get("state") == feedback.RIGHT
        elif kind == "prediction":
            guesses.setdefault(name, record.get("right") is True)  # the first answer counts
        elif kind == "hint":
            hints.add((name, str(record.get("rung"))))
    lines = [
        f"Exercises done: {sum(exercises.values())} of {len(exercises)} tried.",
        f"Predictions right: {sum(guesses.values())} of {len(guesses)}.",
        f"Hints taken: {len(hints)}.",
    ]
    for title, start in (("Test before the course", "0.before_"), ("Test after the course", "10.after_")):
        answers = [right for name, right in guesses.items() if name.startswith(start)]
        if answers:
            lines.append(f"{title}: {sum(answers)} right of {len(answers)} questions answered.")
    return "## What the course's journal counts\n\n" + "".join(f"- {line}\n" for line in lines)


# --- What the learner gives ---


def _place(folder: Any, overwrite: bool) -> Path:
    """The folder to make; it does not exist, or is a portfolio that may be replaced."""
    path = _path("folder", folder, "the name of the folder to make")
    if not path.name or not path.parent.is_dir():
        raise ValueError(
            f"folder: expected a folder to make, in one that exists, received {str(folder)!r}. Name a new one, such as "
            '"my_portfolio".'
        )
    if not os.path.lexists(path):
        return path
    if not overwrite:
        raise ValueError(
            f"folder: expected a new folder, received {str(folder)!r}, which exists. Choose another name, or say "
            "overwrite=True if it is an earlier portfolio."
        )
    if problem := _not_ours(path):
        raise ValueError(
            f"folder: expected an earlier portfolio to replace, received {str(folder)!r}, {problem}. Choose another "
            "name."
        )
    return path


def _not_ours(path: Path) -> str:
    """Why a folder may not be replaced; "" if it is a portfolio and nothing else."""
    if path.is_symlink() or not path.is_dir():
        return "which is no folder of its own"
    others = sorted({entry.name for entry in path.iterdir()} - {*FILES, DESCRIPTION, *LITTER})
    if others:
        return f"which holds {messages.of(others[0])}, and this would be lost"
    try:
        made = json.loads((path / DESCRIPTION).read_bytes())
    except (OSError, ValueError, RecursionError):
        made = None
    is_ours = isinstance(made, dict) and made.get("format") == FORMAT
    return "" if is_ours else f"which holds no `{DESCRIPTION}` that was packed here"


def _path(name: str, value: Any, expected: str) -> Path:
    """A path, as it was given."""
    if not isinstance(value, (str, os.PathLike)) or not str(value).strip() or "\0" in str(value):
        raise TypeError(f"{name}: expected {expected}, received {messages.of(value)}. Give its path.")
    return Path(os.path.abspath(os.path.expanduser(value)))


def _model_file(model_file: Any) -> Path:
    """The file of the model, if it is one that can be verified."""
    advice = 'Save your model with model.save("model.keras"), and give this path.'
    if callable(model_file):
        raise TypeError(f"model_file: expected the path of a `.keras` file, received the model itself. {advice}")
    path = _path("model_file", model_file, "the path of a `.keras` file")
    try:
        if form_checks.kind_of([path]) == form_checks.KERAS:
            if path.is_file() and 0 < path.stat().st_size <= form_checks.MOST_BYTES:
                verify_model.look(path)
            form_checks.check(form_checks.KERAS, [path])
            return path
    except form_checks.Refused as problem:
        words = str(problem).replace(form_checks.AGAIN, "Save the model once more, and pack again.")
        raise ValueError(f"model_file: expected a model that others can verify. {words}") from problem
    raise ValueError(f"model_file: expected a `.keras` file, received {path.name!r}. {advice}")


def _held_out(held_out: Any) -> tuple[dict[str, np.ndarray] | np.ndarray, np.ndarray]:
    """The rows and their labels as arrays that can be written without pickle."""
    if not isinstance(held_out, (tuple, list)) or len(held_out) != 2:
        raise TypeError(
            f"held_out: expected (x, y), two arrays, received {messages.of(held_out)}. Of a dataset, join the batches: "
            "np.concatenate([y for x, y in test_ds])."
        )
    x, y = held_out[0], _labels(held_out[1])
    inputs = x if isinstance(x, Mapping) else {"": x}
    if not 1 <= len(inputs) <= MOST_INPUTS:
        raise ValueError(
            f"held_out: expected 1 to {MOST_INPUTS:,} inputs in x, received {len(inputs):,}. Give each input of the "
            "model its array."
        )
    arrays = {}
    for name, values in inputs.items():
        where = f"x[{_input_name(name)!r}]" if isinstance(x, Mapping) else "x"
        arrays[name] = _rows(where, values, len(y))
    size = sum(array.nbytes for array in arrays.values()) + y.nbytes
    if size > MOST_DATA:
        raise ValueError(
            f"held_out: expected at most {MOST_DATA / 1e6:.0f} MB, received {size / 1e6:,.1f} MB. Take fewer rows, "
            "drawn at random, and measure your claims on these."
        )
    return (arrays if isinstance(x, Mapping) else arrays[""]), y


def _input_name(name: Any) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= 200 or not name.isprintable():
        raise TypeError(
            f"held_out: expected the names of the model's inputs in x, received {messages.of(name)}. Use those that "
            "its keras.Input layers have."
        )
    return name


def _rows(where: str, values: Any, rows: int) -> np.ndarray:
    """An array of numbers or text, rows first."""
    array = _array(where, values)
    if array.dtype.kind in "OST":
        array = _as_text(where, array)
    if array.dtype.kind not in ROW_KINDS or array.ndim < 1 or not array.size:
        raise TypeError(
            f"held_out: expected numbers or text in {where}, rows first, received {array.dtype} of shape "
            f"{array.shape}. Give what the model takes; a table as a dictionary of its columns."
        )
    if len(array) != rows:
        raise ValueError(
            f"held_out: expected as many rows in {where} as labels in y, received {len(array):,} and {rows:,}. Take "
            "both from the same rows."
        )
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _array(where: str, values: Any) -> np.ndarray:
    try:
        return np.asarray(values)
    except Exception as error:
        raise TypeError(
            f"held_out: expected an array for {where}, received {messages.of(values)}. Give rows of equal length."
        ) from error


def _as_text(where: str, array: np.ndarray) -> np.ndarray:
    """Objects or bytes that are all text, as an array of text."""
    flat = [each.decode("utf-8", "replace") if isinstance(each, bytes) else each for each in array.ravel().tolist()]
    wrong = [each for each in flat if not isinstance(each, str)]
    if wrong:
        raise TypeError(
            f"held_out: expected text alone in {where}, received {messages.of(wrong[0])} among its objects. Write a "
            'missing text as "", a missing number as nan, and give each column of a table by itself.'
        )
    width = max(map(len, flat), default=0)
    size = 4 * width * len(flat)
    if size > MOST_DATA:
        raise ValueError(
            f"held_out: expected at most {MOST_DATA / 1e6:.0f} MB, received {size / 1e6:,.1f} MB in {where}, because "
            f"each of its texts takes as much as the longest, of {width:,} letters. Take fewer rows, or shorten it."
        )
    return np.array(flat, dtype=f"<U{max(width, 1)}").reshape(array.shape)


def _labels(values: Any) -> np.ndarray:
    """The labels: int64 for classes, float64 for amounts."""
    y = _array("y", values)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    advice = "Give classes as whole numbers from 0 (of one-hot labels: y.argmax(axis=1)), or amounts as they are."
    if y.ndim != 1 or y.dtype.kind not in "biuf" or not y.size:
        raise ValueError(
            f"held_out: expected numbers of shape (rows,) in y, received {y.dtype} of shape {y.shape}. {advice}"
        )
    if not (np.isfinite(y) & (np.abs(y.astype(np.float64)) < LARGEST)).all():
        raise ValueError(f"held_out: expected finite numbers in y, received NaN or infinite ones. {advice}")
    return y.astype(np.float64 if y.dtype.kind == "f" else np.int64)


def checked_claims(claims: Any, y: np.ndarray) -> dict[str, float | int]:
    """Return claims in the order of `METRICS`, if each can be measured on such labels.

    Args:
        claims: From `METRICS` to numbers.
        y: The labels, shape (rows,): int64 for classes, float64 for amounts.

    Raises:
        TypeError: If it is no dictionary, or empty.
        ValueError: If a name or a number does not fit.
    """
    known = ", ".join(METRICS)
    if not isinstance(claims, Mapping) or not claims:
        raise TypeError(
            f"claims: expected a dictionary from names to numbers, received {messages.of(claims)}. Give at least one "
            f"of: {known}."
        )
    unknown = [name for name in claims if name not in METRICS]
    if unknown:
        raise ValueError(
            f"claims: expected names of what can be measured again, received {messages.of(unknown[0])}. Choose among: "
            f"{known}."
        )
    found = {name: _claim(name, claims[name]) for name in METRICS if name in claims}
    for name in found:
        if name in SHARES and (problem := _no_classes(y)):
            raise ValueError(f"claims: {name} counts classes, {problem}.")
    return found


def _claim(name: str, value: Any) -> float | int:
    """One claimed number."""
    if isinstance(value, (bool, np.bool)) or not isinstance(value, Real) or not abs(value) < LARGEST:
        raise ValueError(
            f"claims: expected a finite number for {name}, received {messages.of(value)}. Give what you measured, as a "
            "number: float(…)."
        )
    if name in COUNTS and not isinstance(value, Integral):
        raise ValueError(
            f"claims: expected a whole number for {name}, received {messages.of(value)}. Count once more."
        )
    if name in SHARES and not 0 <= value <= 1:
        raise ValueError(
            f"claims: expected a share from 0 to 1 for {name}, received {messages.of(value)}. Divide percent by 100."
        )
    if value < 0:
        raise ValueError(
            f"claims: expected no negative number for {name}, received {messages.of(value)}. Give its size."
        )
    return int(value) if name in COUNTS else float(value)


def _no_classes(y: np.ndarray) -> str:
    """Why labels are no classes, and what to do; "" if they are."""
    if y.dtype.kind == "f":
        return "and y holds amounts; claim a mean_absolute_error, or give classes as whole numbers: y.astype(int)"
    if y.min() < 0 or y.max() >= MOST_CLASSES:
        return f"and y holds {int(y.min())} to {int(y.max())}; number the classes from 0, as the model does"
    return ""


def _text(name: str, text: Any) -> str:
    """A text, with one line break at its end."""
    if not isinstance(text, str) or not text.strip():
        raise TypeError(f"{name}: expected a text in Markdown, received {messages.of(text)}. Write a few sentences.")
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise ValueError(f"{name}: expected letters that UTF-8 has, received others. Type the text anew.") from error
    if size > MOST_TEXT:
        raise ValueError(
            f"{name}: expected at most {MOST_TEXT / 1e6:.0f} MB, received {size / 1e6:.1f} MB. Shorten it."
        )
    return f"{text.rstrip()}\n"


def _learned(learned: Any, include_progress: bool) -> str:
    """What goes into learned.md: the learner's words, and what the journal counts."""
    own = "" if isinstance(learned, str) and not learned.strip() else _text("learned", learned)
    counted = progress_in_words(journal.records()) if include_progress else ""
    return "\n".join(["# What I learned\n", *filter(None, (own, counted))])


# --- What is written ---


def _write(path: Path, text: str) -> None:
    """A text file that is the same on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_rows(path: Path, x: dict[str, np.ndarray] | np.ndarray, y: np.ndarray) -> None:
    """The held-out rows: `y`, and `x`, or `x_0`, `x_1`, … with their `names`."""
    if isinstance(x, np.ndarray):
        np.savez_compressed(path, x=x, y=y)
        return
    columns = {f"x_{number}": column for number, column in enumerate(x.values())}
    np.savez_compressed(path, names=np.array(list(x), dtype=np.str_), y=y, **columns)


def _history_table(history: Any) -> str:
    """The history as a CSV: one row an epoch."""
    advice = "Pass history.history, where history is what fit() returned."
    if not isinstance(history, Mapping) or not history:
        raise TypeError(f"history: expected a dictionary, received {messages.of(history)}. {advice}")
    columns = {name: _epochs(name, values, advice) for name, values in history.items()}
    lengths = sorted({len(column) for column in columns.values()})
    if len(lengths) != 1 or lengths == [0]:
        raise ValueError(f"history: expected as many epochs for each name, received {lengths}. {advice}")
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["epoch", *columns])
    writer.writerows([epoch, *row] for epoch, row in enumerate(zip(*columns.values(), strict=True), start=1))
    return _text("history", table.getvalue())


def _epochs(name: Any, values: Any, advice: str) -> list[float]:
    """The numbers of one metric, one an epoch."""
    try:
        column = np.asarray(values)
        good = isinstance(name, str) and name.isprintable() and column.ndim == 1 and column.dtype.kind in "biuf"
    except Exception:
        good = False
    if not good:
        what = f"{messages.of(values)} for {messages.of(name)}"
        raise TypeError(f"history: expected one number an epoch, received {what}. {advice}")
    if not np.isfinite(column).all():
        raise ValueError(
            f"history: expected finite numbers, received NaN or infinite ones for {name!r}. Train anew, or leave the "
            "history out: history=None."
        )
    return column.tolist()


def _draw(path: Path, history: Mapping[str, Sequence[float]]) -> str:
    """Draw the curves: the loss, and the first other metric beside it. Return the picture in words."""
    trained = [name for name in history if not name.startswith("val_") and name != "learning_rate"]
    drawn = sorted(trained, key=lambda name: name != "loss")[:2] or list(history)[:1]
    figure = Figure(figsize=(4.2 * len(drawn), 3.2))
    for ax, name in zip(np.atleast_1d(figure.subplots(1, len(drawn))), drawn, strict=True):
        if name in trained:
            plots.learning_curves(ax, history, name)
        else:  # no more than a validation, or a learning rate
            plots.learning_curves(ax, {"values": history[name]}, "values").set_ylabel(name)
    figure.savefig(path, format="png", dpi=150, metadata={"Software": None})
    return " ".join(_curve_in_words(name, history) for name in drawn)


def _curve_in_words(name: str, history: Mapping[str, Sequence[float]]) -> str:
    """What one drawn curve shows, with its validation."""
    said = []
    for key, label in ((name, "training"), (f"val_{name}", "validation, dashed")):
        if key in history:
            values = [float(value) for value in history[key]]
            ends = f"from {values[0]:.4g} to {values[-1]:.4g}"
            said.append(f"{label}, {ends}, lowest {min(values):.4g}, highest {max(values):.4g}")
    return f"{name} over {len(history[name])} epochs: {'; '.join(said)}."


def _description(part: Path, claims: Mapping[str, float], y: np.ndarray) -> dict[str, Any]:
    """What portfolio.json says: the claims, what they were made with, and the check sums of the files."""
    allowed = {name: tolerance(name, claim, y) for name, claim in claims.items()}
    return {
        "format": FORMAT,
        "made_on": datetime.now(UTC).date().isoformat(),
        "versions": versions(),
        "claims": {name: {"claimed": claim, "tolerance": allowed[name]} for name, claim in claims.items()},
        "files": {name: _seal(part / name) for name in FILES if (part / name).exists()},
    }


def versions() -> dict[str, str]:
    """Return what the claims depend on: Python, its packages, and the kind of machine, without its name."""
    found = {"python": platform.python_version(), "platform": f"{platform.system()} {platform.machine()}"}
    for package in PACKAGES:
        found[package] = _version(package) or _version(f"{package}-cpu") or "not installed"
    return found


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _seal(path: Path) -> dict[str, Any]:
    """The size and the check sum of a file."""
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


PROVES = (
    "It shows that these numbers come out of this model on these data. It is evidence, no certificate: who made it, "
    "whether the model has seen the held-out rows before, and whether the data are honest, no program can tell."
)
_ABOUT = {
    DESCRIPTION: "the claims, the versions they were measured with, and the check sum of each file below",
    MODEL: "the model, as its author saved it with Keras",
    ROWS: "the held-out rows (`x`, or `x_0`, `x_1`, … with their `names`) and their labels (`y`), as NumPy arrays",
    CARD: "the model card: what the model is for, and what it is not for",
    LEARNED: "what its author predicted and learned",
    HISTORY: "the numbers of each epoch of training",
    CURVES: "the same numbers as a picture",
}
_README = """# A portfolio: a model, the rows it never saw, and what is claimed about it

Its author built and trained the model, measured it on held-out rows, and wrote the numbers down. This folder holds all
that is needed to measure them again.

## What is claimed

| metric | claimed | may differ by |
|---|---|---|
{claims}

## How to verify it

In the folder of the course "A neural network in six steps, with TensorFlow" (not inside this one), type

```bash
python -m companion verify path/to/this/folder
```

It compares each file with its check sum, loads the model in a process of its own, has it answer the held-out rows, and
computes each number anew. A model file is something to run. Verifying refuses much, but it is no sandbox: do it with
folders of people you trust, or on a machine that you can do without.

## What that shows, and what not

{proves}

## The files

{files}
"""


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"


def _readme(claims: Mapping[str, float], y: np.ndarray, in_words: str) -> str:
    """The README of a portfolio: what it is, how to verify it, and what this shows."""
    rows = [
        f"| {name} | {_number(claim)} | {f'{allowed:.3g}' if allowed else 'nothing'} |"
        for name, claim in claims.items()
        for allowed in [tolerance(name, claim, y)]
    ]
    files = [f"- `{name}`: {about}" for name, about in _ABOUT.items() if in_words or name not in OPTIONAL]
    text = _README.format(claims="\n".join(rows), proves=PROVES, files="\n".join(files))
    return text + (f"\n## The curves\n\n![{in_words}]({CURVES})\n\nIn words: {in_words}\n" if in_words else "")
