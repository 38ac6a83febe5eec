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
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from companion import form_checks, form_reader, messages


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
ERRORS = "errors.txt"  # what the process that reads writes to its error stream
START_SECONDS = 120  # for Python and TensorFlow to start, on a slow machine
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
    every = _probabilities(model, pictures, len(names))
    measured = form_reader.answers(model, pictures[:1], drawing[np.newaxis], len(names))
    example = np.array(measured["example"], dtype=np.float32)
    in_memory = Row(
        IN_MEMORY, *_answer(example, names), predict_ms=measured["predict_ms"], same_labels=1.0, largest_difference=0.0,
        agrees=True,
    )  # fmt: skip
    job = [_paths(each) for each in files.values()]
    found = _read_elsewhere(job, np.concatenate([drawing[np.newaxis], pictures]), len(names), timeout)
    return [in_memory, *(_row(name, each, every, names) for name, each in zip(files, found, strict=True))]


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


def _probabilities(model: Callable[[np.ndarray], Any], pictures: np.ndarray, classes: int) -> np.ndarray:
    """What the model in memory answers, or an error that names what to change."""
    try:
        return np.array(form_reader.answers(model, pictures, pictures[:1], classes)["answers"], dtype=np.float32)
    except form_checks.Refused as error:
        raise ValueError(f"model: {error} `class_names` has {classes} names.") from error


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
    answers = np.array(found["answers"], dtype=np.float32)
    same_labels = float((answers.argmax(axis=1) == expected.argmax(axis=1)).mean())
    difference = float(np.abs(answers - expected).max())
    tolerance = TOLERANCES[found["form"]]
    agrees = difference <= tolerance.difference and same_labels >= tolerance.same_labels
    note = found["note"] if agrees else f"{found['note']} {_too_far(tolerance)}".strip()
    example = np.array(found["example"], dtype=np.float32)
    return Row(
        str(name), *_answer(example, names), found["bytes"], found["load_ms"], found["predict_ms"], same_labels,
        difference, agrees, note,
    )  # fmt: skip


def _too_far(tolerance: Tolerance) -> str:
    """What to say of a form that answers, but not as the model in memory does."""
    allowed = f"the same label for {_share(tolerance.same_labels)} of the pictures"
    if tolerance.difference < 1:
        allowed += f" and a difference of at most {tolerance.difference:.0e}"
    return f"Expected {allowed}: it is another model, or damaged. {form_checks.AGAIN}"


# --- The process that reads ---


def _read_elsewhere(job: list[list[str]], pictures: np.ndarray, classes: int, timeout: float) -> list[dict[str, Any]]:
    """What the other process found in each form; it is started again behind a form that ended or blocked it."""
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        pictures.tofile(Path(folder, form_reader.PICTURES))
        told = json.dumps({"forms": job, "classes": classes, "shape": pictures.shape})
        Path(folder, form_reader.JOB).write_text(told, encoding="utf-8")
        while len(found) < len(job):
            found.extend(_by_one_process(folder, len(found), len(job), timeout))
    return found


def _by_one_process(folder: str, first: int, end: int, timeout: float) -> Iterator[dict[str, Any]]:
    """What one process finds, from the first form to the last, or to the one that ends or blocks it."""
    process = _start(folder, first)
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_pass_on, args=(process, lines), daemon=True).start()
    try:
        if _next_line(lines, START_SECONDS) != form_reader.STARTED.encode():
            raise RuntimeError(_not_started(folder))
        for _ in range(first, end):
            seconds = START_SECONDS
            said = _next_line(lines, seconds)
            if said == form_reader.READING.encode():
                seconds = timeout
                said = _next_line(lines, seconds)
            if said is None:
                yield {"problem": f"Reading it took over {seconds:g} seconds and was stopped. {form_checks.AGAIN}"}
                return
            if not said:
                yield {"problem": _how_it_ended(process.wait())}
                return
            yield json.loads(said)
    finally:
        process.kill()
        process.wait()


def _not_started(folder: str) -> str:
    """What to say where Python itself cannot start a second time."""
    said = Path(folder, ERRORS).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return (
        "Expected a second Python process to read the files, but it did not start: "
        f"{messages.one_line(said[-1]) if said else 'it said nothing'}. Restart the kernel, and close what needs much memory."
    )


def _start(folder: str, first: int) -> subprocess.Popen[bytes]:
    """Start the process that reads, with this companion, and with nothing of the folder that it stands in (`-P`)."""
    root = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    with Path(folder, ERRORS).open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", form_reader.__name__, folder, str(first)],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )


def _pass_on(process: subprocess.Popen[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    """Put each line that a process writes into a queue, and an empty one when it has ended."""
    with process.stdout as output:
        for line in output:
            lines.put(line.strip())
    lines.put(b"")


def _next_line(lines: queue.SimpleQueue[bytes], seconds: float) -> bytes | None:
    """The next line; None if none comes in time."""
    try:
        return lines.get(timeout=seconds)
    except queue.Empty:
        return None


def _how_it_ended(code: int) -> str:
    try:
        ending = f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"
    except ValueError:
        ending = f"code {code}"
    return (
        f"It ended the process that read it ({ending}): it is damaged, or needs too much memory. {form_checks.AGAIN}"
    )


# --- How it is drawn ---

_COLUMNS = ("Form", "Answer", "Size", "Load", "One prediction", "Same label", "Largest difference", "Agrees")
_CAPTION = "One model, in memory and in its saved forms"
_CELL = "text-align: left; vertical-align: top; padding: 0.3em 0.6em"


def _cells(row: Row) -> list[str]:
    """What the table says of a form that answered, without its name."""
    return [
        f"{row.answer} ({row.probability:.1%})",
        "–" if row.bytes is None else f"{row.bytes / 1000:,.0f} kB",
        "–" if row.load_ms is None else f"{row.load_ms:,.0f} ms",
        f"{row.predict_ms:.2f} ms",
        _share(row.same_labels),
        f"{row.largest_difference:.0e}" if row.largest_difference else "0",
        "✔ yes" if row.agrees else "✘ no",
    ]


def _share(share: float) -> str:
    """A share in percent that says 100 only of all."""
    return "100 %" if share == 1 else f"{min(share, 0.999):.1%}".replace("%", " %")


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
        name += f"<br><small>{note}</small>" if note else ""
        cells = "".join(f'<td style="{_CELL}">{html.escape(cell)}</td>' for cell in _cells(row))
    return f'<tr><th scope="row" style="{_CELL}">{name}</th>{cells}</tr>'
