"""Every form of a saved model side by side: what each answers, how large and how fast it is, and whether all agree.

    rows = forms.compare(
        digit_reader,
        {
            ".keras": folder / "digit_reader.keras",
            "JSON + weights": (folder / "digit_reader.json", folder / "digit_reader.weights.h5"),
            "SavedModel": folder / "exported",
            "LiteRT": folder / "digit_reader.tflite",
        },
        x_test,
        drawing,
    )
    forms.show(rows)

The files are read in another Python process, so a damaged one costs its own row and nothing else. That process is no
sandbox: load only what comes from people you trust.
"""

import html
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from companion import form_checks, form_process, form_reader, messages


class Tolerance(NamedTuple):
    """How far a form may be from the model in memory.

    Attributes:
        difference: The largest difference that a probability may have.
        same_labels: The least share of the pictures that must get the same label.
        why: The reason, in a sentence.
    """

    difference: float
    same_labels: float
    why: str


_ROUNDING = "the same numbers and operations; only the order of the sums may differ"
TOLERANCES = {
    form_checks.KERAS: Tolerance(1e-5, 1.0, _ROUNDING),
    form_checks.JSON_AND_WEIGHTS: Tolerance(1e-5, 1.0, _ROUNDING),
    form_checks.SAVED_MODEL: Tolerance(1e-5, 1.0, _ROUNDING),
    form_checks.LITERT: Tolerance(1e-4, 1.0, "the same numbers, in the operations of another library"),
    form_checks.LITERT_INT8: Tolerance(1.0, 0.99, "each number is rounded to one of 256 steps; close calls change"),
}
IN_MEMORY = "in memory"
Files = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


class Row(NamedTuple):
    """What one form of a model answers; where it could not be read, `note` says why and the rest is None.

    Attributes:
        name: What the form is called.
        answer: The class that it gives to the drawing, as text.
        probability: The probability of this class.
        probabilities: All probabilities for the drawing, shape (classes,).
        bytes: What its files take on the disk; None for the model in memory.
        load_ms: Milliseconds to load it; None for the model in memory.
        predict_ms: Median milliseconds of a prediction for one picture.
        same_labels: The share of the pictures that get the same label as from the model in memory.
        largest_difference: The largest difference of any probability from that of the model in memory.
        agrees: Whether both are within the tolerance of its form.
        note: Which interpreter answered, or what went wrong and what to do.
    """

    name: str
    answer: str | None = None
    probability: float | None = None
    probabilities: np.ndarray | None = None
    bytes: int | None = None
    load_ms: float | None = None
    predict_ms: float | None = None
    same_labels: float | None = None
    largest_difference: float | None = None
    agrees: bool | None = None
    note: str = ""


def compare(
    model: Callable[[np.ndarray], Any],
    files: Mapping[str, Files],
    pictures: np.ndarray,
    drawing: np.ndarray,
    class_names: Sequence[object] = range(10),
    timeout: float = 60,
) -> list[Row]:
    """Ask a model in memory and its saved forms for the same pictures.

    Args:
        model: The model in memory, or any function that takes pictures and returns probabilities, shape (n, classes).
        files: Name -> a file, a folder, or the pair of a `.json` and a `.weights.h5` file.
        pictures: What all forms are compared on, shape (n, ...), at least one; they get it as float32.
        drawing: One example like these, shape (...), whose answer is shown.
        class_names: The name of each class, in the order of the probabilities.
        timeout: How many seconds one form may take.

    Returns:
        A row for the model in memory, and one for each of `files`, in their order.

    Raises:
        TypeError, ValueError: If the arguments are not as described. What is wrong with a file never raises:
            its row says it.
    """
    pictures, drawing = _as_pictures(pictures, drawing)
    if not isinstance(files, Mapping):
        raise TypeError(f"files: expected a dictionary, name -> path, received {messages.of(files)}.")
    if not callable(model):
        raise TypeError(f"model: expected a model or a function of pictures, received {messages.of(model)}.")
    names = [str(name) for name in class_names]
    job = [_paths(each) for each in files.values()]
    told = _asked(model, pictures, drawing[np.newaxis], len(names))
    expected = _array(told["answers"])
    in_memory = Row(
        IN_MEMORY, *_answer(_array(told["example"]), names), predict_ms=told["predict_ms"], same_labels=1.0,
        largest_difference=0.0, agrees=True,
    )  # fmt: skip
    every = np.concatenate([drawing[np.newaxis], pictures])
    found = form_process.read_elsewhere(job, every, len(names), timeout)
    return [in_memory, *(_row(name, each, expected, names) for name, each in zip(files, found, strict=True))]


def show(rows: Sequence[Row]) -> None:
    """Display the rows as a table: as a page in a notebook, as text elsewhere.

    Args:
        rows: What `compare` returned.

    Raises:
        TypeError: If these are no such rows.
    """
    wrong = [row for row in rows if not isinstance(row, Row)] if isinstance(rows, Sequence) else [rows]
    if wrong:
        raise TypeError(f"rows: expected what `compare` returned, received {messages.of(wrong[0])}.")
    messages.show(_as_page(rows), _as_text(rows))


def _as_pictures(pictures: np.ndarray, drawing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays of float32 that fit together."""
    try:
        pictures, drawing = np.asarray(pictures, dtype=np.float32), np.asarray(drawing, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise ValueError(f"pictures and drawing: expected arrays of numbers; {messages.of_error(error)}.") from error
    if pictures.ndim < 2 or not len(pictures):
        raise ValueError(
            f"pictures: expected shape (n, ...) with at least one picture, received {pictures.shape}. "
            "A single picture is a batch of one: `picture[np.newaxis]`."
        )
    if drawing.shape != pictures.shape[1:]:
        raise ValueError(
            f"drawing: expected one example of shape {pictures.shape[1:]}, like the pictures, received {drawing.shape}."
        )
    return pictures, drawing


def _asked(
    model: Callable[[np.ndarray], Any], pictures: np.ndarray, drawing: np.ndarray, classes: int
) -> dict[str, Any]:
    """What the model in memory answers, or an error that names what to change."""
    try:
        return form_reader.answers(model, pictures, drawing, classes)
    except form_checks.Refused as error:
        raise ValueError(f"model: {error} `class_names` has {classes} names.") from error


def _array(values: list[Any]) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def _answer(probabilities: np.ndarray, names: list[str]) -> tuple[str, float, np.ndarray]:
    likeliest = int(probabilities.argmax())
    return names[likeliest], float(probabilities[likeliest]), probabilities


def _paths(files: Files) -> list[str]:
    """The paths of one form, whole, because the process that reads them may stand elsewhere."""
    try:
        every = [files] if isinstance(files, (str, os.PathLike)) else list(files)
        return [str(Path(each).absolute()) for each in every]
    except TypeError as error:
        raise TypeError(f"files: expected a path or a pair of paths, received {messages.of(files)}.") from error


def _row(name: str, found: dict[str, Any], expected: np.ndarray, names: list[str]) -> Row:
    """What was found of a form, beside the answers of the model in memory."""
    if "problem" in found:
        return Row(str(name), note=found["problem"])
    answers = _array(found["answers"])
    same_labels = float((answers.argmax(axis=1) == expected.argmax(axis=1)).mean())
    difference = float(np.abs(answers - expected).max())
    tolerance = TOLERANCES[found["form"]]
    agrees = difference <= tolerance.difference and same_labels >= tolerance.same_labels
    note = found["note"] if agrees else ". ".join(filter(None, [found["note"], _too_far(tolerance)]))
    return Row(
        str(name), *_answer(_array(found["example"]), names), found["bytes"], found["load_ms"], found["predict_ms"],
        same_labels, difference, agrees, note,
    )  # fmt: skip


def _too_far(tolerance: Tolerance) -> str:
    """What to say of a form that answers, but not as the model in memory does."""
    share = "all" if tolerance.same_labels == 1 else f"at least {tolerance.same_labels:.0%}".replace("%", " % of the")
    allowed = f"the same label for {share} pictures"
    if tolerance.difference < 1:
        allowed += f" and a difference of at most {_plain(tolerance.difference)}"
    return f"Expected {allowed}: it is another model, or damaged. {form_checks.AGAIN}"


# --- How it is drawn ---

_COLUMNS = ("Form", "Answer", "Size", "Load", "One prediction", "Same label", "Largest difference", "Agrees")
_CAPTION = "One model, in memory and in its saved forms"
_CELL = "text-align: left; vertical-align: top; padding: 0.3em 0.6em"


def _cells(row: Row) -> list[str]:
    """What the table says of a form that answered, without its name."""
    return [
        f"{row.answer} ({_percent(row.probability)})",
        "–" if row.bytes is None else f"{row.bytes / 1000:,.0f} kB",
        "–" if row.load_ms is None else f"{row.load_ms:,.0f} ms",
        f"{row.predict_ms:.2f} ms",
        _share(row.same_labels),
        _plain(row.largest_difference),
        "✔ yes" if row.agrees else "✘ no",
    ]


def _share(share: float) -> str:
    """A share in percent that says 100 only of all."""
    return "100 %" if share == 1 else _percent(min(share, 0.999))


def _plain(number: float) -> str:
    """A number to one digit, without an exponent: 0.00001."""
    return np.format_float_positional(number, precision=1, fractional=False, trim="-")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _as_text(rows: Sequence[Row]) -> str:
    """The table in columns of text."""
    told = [[row.name, *_cells(row)] for row in rows if row.agrees is not None]
    widths = [max(map(len, column)) for column in zip(_COLUMNS, *told, strict=True)]
    widths[0] = max(widths[0], *(len(row.name) for row in rows), 0)
    lines = [_CAPTION, _in_columns(_COLUMNS, widths)]
    for row in rows:
        if row.agrees is None:
            lines.append(f"{row.name.ljust(widths[0])}  ○ not read: {row.note}")
        else:
            note = f"  ({row.note})" if row.note else ""
            lines.append(_in_columns([row.name, *_cells(row)], widths) + note)
    return "\n".join(lines)


def _in_columns(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _as_page(rows: Sequence[Row]) -> str:
    """The table as HTML, in the page's own colors."""
    head = "".join(f'<th scope="col" style="{_CELL}">{column}</th>' for column in _COLUMNS)
    return (
        f'<table style="max-width: 860px"><caption style="{_CELL}"><strong>{_CAPTION}</strong></caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(map(_page_row, rows))}</tbody></table>"
    )


def _page_row(row: Row) -> str:
    name, note = html.escape(row.name), messages.as_html(row.note)
    if row.agrees is None:
        cells = f'<td colspan="{len(_COLUMNS) - 1}" style="{_CELL}">○ not read: {note}</td>'
    else:
        name += f'<br><small style="font-weight: normal">{note}</small>' if note else ""
        cells = "".join(f'<td style="{_CELL}; white-space: nowrap">{html.escape(cell)}</td>' for cell in _cells(row))
    return f'<tr><th scope="row" style="{_CELL}">{name}</th>{cells}</tr>'
