"""Read saved models in a process of its own, and say what each answers: `python -m companion.form_reader FOLDER 0`.

A damaged model may end or block the Python that opens it; this module is the Python that may be lost.
`companion.form_process` starts it, with what to do in FOLDER, and starts it again behind the file that ended it. It is
no sandbox: a SavedModel can do whatever TensorFlow can, also read and write files, so load only what comes from people
you trust.
"""

import importlib
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from companion import form_checks, messages

JOB, PICTURES = "job.json", "pictures.bin"
STARTED, READING = "started", "reading"  # what the process says once, and when the clock of a form starts
MOST_MEMORY = 2_000_000_000  # bytes that a file may take, where the system can be told so
TIMES = 20  # single predictions, of which the median counts
OUT_OF_MEMORY = "OOM when allocating"  # how TensorFlow says it
AT_ONCE = 250  # pictures that Keras and TensorFlow get in one call
Answer = Callable[[np.ndarray], Any]


def main(folder: Path, first: int) -> None:
    """Read the forms of a job, one after the other, and write a line of JSON about each.

    Args:
        folder: Holds the job, as `companion.form_process` wrote it.
        first: The number of the form to begin with.
    """
    say = only_lines()
    job = json.loads((folder / JOB).read_text(encoding="utf-8"))
    pictures = np.fromfile(folder / PICTURES, dtype=np.float32).reshape(job["shape"])
    say(STARTED)
    for files in job["forms"][first:]:
        paths = [Path(file) for file in files]
        say(json.dumps(read(paths, pictures[1:], pictures[:1], job["classes"], partial(say, READING))))


def only_lines() -> Callable[[str], None]:
    """Silence this process, and return a function that writes a line for the process that started it."""
    lines = os.fdopen(os.dup(1), "w", encoding="ascii")
    for stream in (1, 2):  # what a model prints must not mix with the lines, nor fill the disk
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    warnings.simplefilter("ignore")
    return partial(print, file=lines, flush=True)


def read(
    paths: list[Path], pictures: np.ndarray, drawing: np.ndarray, classes: int, ready: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Load one form and return its answers, or why there are none.

    Args:
        paths: The file, the folder, or the two files of JSON + weights.
        pictures: What all forms are compared on, float32, shape (n, ...).
        drawing: One more, of shape (1, ...).
        classes: How many probabilities an answer has.
        ready: Called when all libraries are loaded and the reading begins.

    Returns:
        `{"problem": text}`, or the values of "form", "bytes", "load_ms", "predict_ms", "note", and the probabilities
        "answers" of shape (n, classes) and "example" of shape (classes,) as lists.
    """
    try:
        kind = form_checks.kind_of(paths)
        form_checks.check(kind, paths)
        LIBRARIES[kind]()
        ready()
        cap_memory()
        start = time.perf_counter()
        form, note, answer = LOADERS[kind](paths, pictures.shape[1:])
        load_ms = (time.perf_counter() - start) * 1000
        return {
            "form": form, "note": note, "bytes": form_checks.bytes_of(paths), "load_ms": load_ms,
            **answers(answer, pictures, drawing, classes),
        }  # fmt: skip
    except form_checks.Refused as error:
        return {"problem": str(error)}
    except PermissionError:
        return {"problem": f"There is no permission to read `{paths[0].name}`. Change its permissions, or copy it."}
    except Exception as error:
        return {"problem": why_not(error)}


def why_not(error: Exception) -> str:
    """Return what to say of a model that raised an error while it was loaded or asked.

    Args:
        error: What Keras or TensorFlow raised.
    """
    if isinstance(error, MemoryError) or OUT_OF_MEMORY in str(error):
        return "It needs more memory than there is for it. Use a smaller model."
    return f"It cannot be loaded and asked: {_said(error)}. {form_checks.AGAIN}"


def _said(error: Exception) -> str:
    """What the library said, in one line."""
    said = messages.of_error(error)
    if said.startswith("Graph execution error"):  # the reason stands at the end, behind all that led to it
        said = messages.of_error(ValueError(str(error).strip().splitlines()[-1]))
    return said.rstrip(".:") or type(error).__name__


def answers(answer: Answer, pictures: np.ndarray, drawing: np.ndarray, classes: int) -> dict[str, Any]:
    """Return what a loaded form answers, and its time for one picture.

    Args:
        answer: Takes a batch of at most `AT_ONCE` pictures and returns the probabilities.
        pictures: What all forms are compared on, float32, shape (n, ...).
        drawing: One more, of shape (1, ...).
        classes: How many probabilities an answer has.

    Raises:
        Refused: If the answers are no finite numbers of shape (n, classes).
    """
    example = _checked(answer(drawing), 1, classes)[0]
    batches = [pictures[start : start + AT_ONCE] for start in range(0, len(pictures), AT_ONCE)]
    every = np.concatenate([_checked(answer(batch), len(batch), classes) for batch in batches])
    return {"predict_ms": milliseconds(answer, drawing), "answers": every.tolist(), "example": example.tolist()}


def milliseconds(answer: Answer, drawing: np.ndarray) -> float:
    """Return the median time of a prediction for one picture, after a first one that does not count."""
    times = []
    for _ in range(TIMES + 1):
        start = time.perf_counter()
        answer(drawing)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:]) * 1000


def cap_memory(more: int | None = MOST_MEMORY) -> None:
    """Limit what the process may take beyond what it has, where the system has such a limit (Linux).

    Args:
        more: Bytes of memory; None for as much as there is.
    """
    try:
        import resource  # POSIX alone

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (ImportError, OSError):
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = most if more is None else pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))


def _import_tensorflow() -> None:
    if "tensorflow" not in sys.modules:
        cap_memory(None)  # the import takes much of the address space
        import keras
        import tensorflow as tf

        keras.ops.sum(tf.zeros(1))  # what TensorFlow sets up at its first sum is no part of a form's time


def _import_interpreter() -> None:
    try:
        importlib.import_module("ai_edge_litert.interpreter")
    except ImportError:
        _import_tensorflow()


# --- The loaders: each returns the exact form, a note, and a function of a batch of pictures ---


def _load_keras(paths: list[Path], shape: tuple[int, ...]) -> tuple[str, str, Answer]:
    import keras

    model = keras.saving.load_model(paths[0], compile=False)  # safe_mode stays on: no code from the file
    return form_checks.KERAS, "", _called(model, shape)


def _load_json(paths: list[Path], shape: tuple[int, ...]) -> tuple[str, str, Answer]:
    import keras

    description, weights = form_checks.in_order(paths)
    model = keras.saving.deserialize_keras_object(json.loads(description.read_bytes()))  # as model_from_json does
    model.load_weights(weights)
    return form_checks.JSON_AND_WEIGHTS, "", _called(model, shape)


def _called(model: Any, shape: tuple[int, ...]) -> Answer:
    """A Keras model as a function of a batch."""
    _check_shape(model.input_shape, shape)
    return lambda batch: model(batch, training=False)


def _load_saved_model(paths: list[Path], shape: tuple[int, ...]) -> tuple[str, str, Answer]:
    import tensorflow as tf

    loaded = tf.saved_model.load(paths[0])
    serve = getattr(loaded, "serve", None)
    if serve is None:
        raise form_checks.Refused(
            "Expected a SavedModel with the function `serve`, received one without. Write it by `model.export`."
        )
    # `loaded` must live as long as its function, or the weights go.
    return form_checks.SAVED_MODEL, "", lambda batch, keep=loaded: serve(tf.constant(batch))


def _load_litert(paths: list[Path], shape: tuple[int, ...]) -> tuple[str, str, Answer]:
    """A LiteRT file, by the interpreter of its own package or else by TensorFlow's."""
    try:
        interpreter_class = importlib.import_module("ai_edge_litert.interpreter").Interpreter
        note = "by ai-edge-litert"
    except ImportError:
        import tensorflow as tf

        interpreter_class = tf.lite.Interpreter
        note = "by TensorFlow's own interpreter, because ai-edge-litert is not installed here"
    interpreter = interpreter_class(model_content=paths[0].read_bytes())
    interpreter.allocate_tensors()
    received, given = interpreter.get_input_details(), interpreter.get_output_details()
    if len(received) != 1 or len(given) != 1:
        raise form_checks.Refused(_one_of_each(len(received), len(given)))
    _check_shape(tuple(received[0]["shape"]), shape)
    kinds = {np.dtype(tensor["dtype"]) for tensor in interpreter.get_tensor_details()}
    form = form_checks.LITERT_INT8 if np.dtype(np.int8) in kinds else form_checks.LITERT

    def answer(batch: np.ndarray) -> np.ndarray:
        singles = [batch[row : row + 1] for row in range(len(batch))]
        return np.concatenate([_one(interpreter, received[0], given[0], single) for single in singles])

    return form, note, answer


def _one(interpreter: Any, received: dict[str, Any], given: dict[str, Any], picture: np.ndarray) -> np.ndarray:
    """The answer for one picture, turned into and out of whole numbers where the file works with these throughout."""
    interpreter.set_tensor(received["index"], _quantized(picture, received))
    interpreter.invoke()
    result = interpreter.get_tensor(given["index"])
    scale, zero = given["quantization"]
    return (result.astype(np.float32) - zero) * scale if scale else result


def _quantized(picture: np.ndarray, details: dict[str, Any]) -> np.ndarray:
    kind, (scale, zero) = np.dtype(details["dtype"]), details["quantization"]
    if not scale:
        return picture.astype(kind)
    limits = np.iinfo(kind)
    return np.clip(np.round(picture / scale + zero), limits.min, limits.max).astype(kind)


def _check_shape(expected: Any, shape: tuple[int, ...]) -> None:
    """Whether a model is made for a batch of such pictures; None in `expected` stands for any size."""
    if not isinstance(expected, tuple):  # Keras gives a list or a dictionary of shapes for several inputs
        raise form_checks.Refused(_one_of_each(len(expected), 1))
    sizes = expected[1:]
    if len(sizes) != len(shape) or any(want not in (None, size) for want, size in zip(sizes, shape, strict=True)):
        wanted = tuple(None if size is None else int(size) for size in sizes)
        raise form_checks.Refused(
            f"The model expects pictures of shape {wanted}, received {tuple(shape)}. Give the file of the same model."
        )


def _one_of_each(inputs: int, outputs: int) -> str:
    return f"Expected a model with one input and one output, received {inputs} and {outputs}. Give another model."


def _checked(result: Any, rows: int, classes: int) -> np.ndarray:
    """An answer as an array, if it is one."""
    if isinstance(result, (dict, list, tuple)):
        raise form_checks.Refused(_one_of_each(1, len(result)))
    array = np.asarray(result, dtype=np.float32)
    if array.shape != (rows, classes):
        raise form_checks.Refused(
            f"Expected answers of shape {(rows, classes)}, received {array.shape}. Give the file of the same model."
        )
    if not np.isfinite(array).all():
        raise form_checks.Refused(
            "Its answers are no numbers (NaN or infinite), so its weights are damaged, or were so when it was saved. "
            "Look at the model in memory, and save it once more."
        )
    return array


LIBRARIES = {
    form_checks.KERAS: _import_tensorflow,
    form_checks.JSON_AND_WEIGHTS: _import_tensorflow,
    form_checks.SAVED_MODEL: _import_tensorflow,
    form_checks.LITERT: _import_interpreter,
}
LOADERS = {
    form_checks.KERAS: _load_keras,
    form_checks.JSON_AND_WEIGHTS: _load_json,
    form_checks.SAVED_MODEL: _load_saved_model,
    form_checks.LITERT: _load_litert,
}

if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
