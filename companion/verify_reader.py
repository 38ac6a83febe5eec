"""Have the model of a portfolio answer its held-out rows: `python -m companion.verify_reader FOLDER`.

`companion.verify` starts it as a process of its own, with copies of the files in FOLDER, and listens by
`form_process.listen`. It works in an empty folder, with limits of memory and time, and may be lost. It is no sandbox.
"""

import json
import math
import sys
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from companion import form_checks, form_reader, messages, portfolio

ANSWERS = "answers.bin"  # float64, what the model says of each row
MOST_ANSWERS = 500_000_000  # bytes of them
HEADER = 10_000  # bytes; the longest description of an array that NumPy reads
# Of a single number for each row: from where on it means class 1.
THRESHOLDS = {"sigmoid": 0.5, "hard_sigmoid": 0.5, "linear": 0.0, "tanh": 0.0, "softsign": 0.0}
SHAPE_ONLY = {"Flatten", "Reshape", "Dropout", "Identity", "Squeeze", "GetItem"}  # they pass the numbers on as they are
Rows = tuple[np.ndarray | dict[str, np.ndarray], np.ndarray]


def main(folder: Path) -> None:
    """Measure the model in a folder, and write a line of JSON about it.

    Args:
        folder: Holds the copies of the model and of the rows; the answers are written there.
    """
    say = form_reader.only_lines()
    say(form_reader.STARTED)
    say(json.dumps(measure(folder, partial(say, form_reader.READING))))


def measure(folder: Path, ready: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Load the model, have it answer the rows, and write its answers to a file.

    Args:
        folder: Holds the copies of the model and of the rows; the answers are written there.
        ready: Called when all libraries are loaded and the model is about to be.

    Returns:
        `{"problem": text}`, or the "shape" of the answers, the number of "parameters" and the "last" activation.
    """
    try:
        path = folder / portfolio.MODEL
        form_checks.check(form_checks.KERAS, [path])
        x, _ = rows_of(folder / portfolio.ROWS)
        form_reader.LIBRARIES[form_checks.KERAS]()
        ready()
        form_reader.cap_memory()
        import keras

        model = keras.saving.load_model(path, compile=False, safe_mode=True)
        answers = ask(model, x)
        answers.tofile(folder / ANSWERS)
        return {"shape": answers.shape, "parameters": int(model.count_params()), "last": last_activation(model)}
    except form_checks.Refused as error:
        return {"problem": str(error)}
    except Exception as error:
        return {"problem": form_reader.why_not(error)}


def ask(model: Any, x: np.ndarray | dict[str, np.ndarray]) -> np.ndarray:
    """Return what a model answers, float64, shape (rows,) or (rows, numbers).

    Args:
        model: Takes a batch of rows.
        x: The rows, as `rows_of` gives them.

    Raises:
        Refused: If the answers are not one array of finite numbers, one row for each row.
    """
    import tensorflow as tf

    rows = len(next(iter(x.values())) if isinstance(x, dict) else x)
    answers = []
    for start in range(0, rows, form_reader.AT_ONCE):
        part = slice(start, start + form_reader.AT_ONCE)
        by_name = isinstance(x, dict)
        batch = {name: tf.constant(column[part]) for name, column in x.items()} if by_name else tf.constant(x[part])
        answers.append(_checked(model(batch, training=False), len(range(rows)[part]), rows))
    return np.concatenate(answers)


def _checked(result: Any, expected: int, rows: int) -> np.ndarray:
    """An answer for a batch as an array, if it is one."""
    if isinstance(result, (dict, list, tuple)):
        raise form_checks.Refused(f"Expected a model with one output, received {len(result)}. Give one with one.")
    array = np.asarray(result)
    if array.ndim not in (1, 2) or len(array) != expected or array.dtype.kind not in "biuf" or not array.size:
        raise form_checks.Refused(
            f"Expected an answer of one or several numbers for each of {expected} rows, received {array.dtype} of "
            f"shape {array.shape}. Give a model that answers so."
        )
    if array[0].size * rows * 8 > MOST_ANSWERS:
        raise form_checks.Refused(f"Its answers of {array[0].size:,} numbers a row are too many. Give fewer rows.")
    if not np.isfinite(array).all():
        raise form_checks.Refused("Its answers are no numbers (NaN or infinite), so nothing can be measured on them.")
    return array.astype(np.float64)


def last_activation(model: Any) -> str:
    """Return what turns the last sums of a model into its answers, such as "sigmoid"; "" if that cannot be told.

    Args:
        model: A Keras model.
    """
    for part in reversed(getattr(model, "operations", None) or model.layers):
        kind = type(part).__name__
        if hasattr(part, "layers"):
            return last_activation(part)
        if kind not in SHAPE_ONLY:
            return str(getattr(getattr(part, "activation", None), "__name__", "") or kind.lower())
    return ""


# --- The held-out rows ---


def rows_of(path: Path) -> Rows:
    """Return the held-out rows and their labels, read without pickle, each array looked at before it is read.

    Args:
        path: The `.npz` file, as `portfolio.pack` writes it.

    Returns:
        `(x, y)`: an array, or a dictionary from input names to arrays; and the labels, int64 or float64.

    Raises:
        Refused: If it is not such a file. Its words say why.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive)
            arrays = {name.removesuffix(".npy"): _array(archive, name) for name in members}
    except form_checks.Refused:
        raise
    except (*form_checks.DAMAGE, OSError, OverflowError, MemoryError) as error:
        raise form_checks.Refused(f"`{path.name}` cannot be read: {messages.of_error(error).rstrip('.')}.") from error
    y = arrays.pop("y", None)
    names = arrays.pop("names", None)
    if y is None or y.ndim != 1 or not len(y) or y.dtype not in (np.int64, np.float64) or not np.isfinite(y).all():
        raise form_checks.Refused(f"`{path.name}` holds no labels `y` of shape (rows,), finite, int64 or float64.")
    x = arrays.get("x") if names is None and set(arrays) == {"x"} else _by_name(arrays, names, path.name)
    for column in x.values() if isinstance(x, dict) else [x]:
        if not column.ndim or not column.size or len(column) != len(y) or column.dtype.kind not in portfolio.ROW_KINDS:
            raise form_checks.Refused(
                f"`{path.name}` holds {column.dtype} of shape {column.shape}, expected {len(y)} rows of numbers or "
                "text."
            )
    return x, y


def _by_name(arrays: dict[str, np.ndarray], names: np.ndarray | None, file: str) -> dict[str, np.ndarray]:
    """The inputs of a model that has several, by their names."""
    if names is None or names.ndim != 1 or names.dtype.kind != "U" or len(set(names.tolist())) != len(names):
        raise form_checks.Refused(f"`{file}` holds neither one array `x` nor several with their `names`.")
    columns = [f"x_{number}" for number in range(len(names))]
    if not columns or set(columns) != set(arrays):
        raise form_checks.Refused(f"`{file}` holds other arrays than its {len(names)} `names` call for.")
    return {str(name): arrays[column] for name, column in zip(names, columns, strict=True)}


def _members(archive: zipfile.ZipFile) -> list[str]:
    """The files of an archive, if they are few arrays of a bounded size, each once."""
    members = archive.infolist()
    names = [member.filename for member in members]
    size = sum(member.file_size for member in members)
    most = portfolio.MOST_DATA + HEADER * len(members)
    if len(members) > portfolio.MOST_INPUTS + 2 or size > most:
        raise form_checks.Refused(
            f"The held-out rows unpack to {len(members):,} files of {size:,} bytes, expected at most {most:,}. Use no "
            "file from a stranger."
        )
    for member in members:
        known = member.filename in ("x.npy", "y.npy", "names.npy") or (
            member.filename.startswith("x_") and member.filename[2:].removesuffix(".npy").isdecimal()
        )
        if not known or names.count(member.filename) > 1 or member.compress_type not in (0, zipfile.ZIP_DEFLATED):
            raise form_checks.Refused(f"The held-out rows hold {messages.of(member.filename)}, expected arrays alone.")
    return names


def _array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """One array of an archive; what its head promises is compared with its size first."""
    with archive.open(name) as file:
        shape, dtype = _head(file, name)
        promised, rest = math.prod(shape) * dtype.itemsize, archive.getinfo(name).file_size - file.tell()
        if promised != rest:
            raise form_checks.Refused(f"`{name}` promises {promised:,} bytes of numbers and holds {rest:,}.")
    with archive.open(name) as file:
        return npy.read_array(file, allow_pickle=False, max_header_size=HEADER)


def _head(file: BinaryIO, name: str) -> tuple[tuple[int, ...], np.dtype]:
    """What an array says of itself, if it is made of numbers or text."""
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    read = readers.get(npy.read_magic(file))
    if read is None:
        raise form_checks.Refused(f"`{name}` is an array of a form that is not read here.")
    shape, _, dtype = read(file, max_header_size=HEADER)
    if dtype.hasobject:
        raise form_checks.Refused(
            f"`{name}` holds Python objects (a pickle), which can run any code while they are read; they are not read."
        )
    if dtype.kind not in portfolio.ROW_KINDS or not dtype.itemsize or dtype.shape or any(size < 0 for size in shape):
        raise form_checks.Refused(f"`{name}` holds {messages.one_line(str(dtype), 60)}, expected numbers or text.")
    return shape, dtype


if __name__ == "__main__":
    main(Path(sys.argv[1]))
