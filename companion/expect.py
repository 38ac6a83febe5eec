"""What an answer must be before it can be judged: each function returns it, or says what is missing.

    train = expect.dataset(train, "penguins_train")

Everything goes through public names of TensorFlow and Keras. Nothing here builds or trains anything.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from itertools import islice
from typing import Any

import numpy as np

from companion import messages


class Unexpected(Exception):
    """An answer is not what the task asks for.

    Args:
        expected: What the task asks for: a noun phrase, such as "a batched dataset".
        received: What was handed in, as a noun phrase; `messages.of(value)` describes anything.
        why: One sentence: what follows from it.
        change: One sentence: what to do.
        lesson: The section that explains it, such as "1.5 Order matters"; the exercise's own if empty.
    """

    def __init__(self, expected: str, received: str, why: str = "", change: str = "", lesson: str = "") -> None:
        super().__init__(f"expected {expected}, received {received}")
        self.expected, self.received, self.why, self.change, self.lesson = expected, received, why, change, lesson


class Stopped(Exception):
    """The learner's own object ended in an error while the check used it; that error is the cause."""


@contextmanager
def using(doing: str) -> Iterator[None]:
    """Surround the use of a learner's object, so that an error of it is explained as theirs.

    Args:
        doing: The end of "Your code stopped with an error while …": "`penguins_model` was called on 8 rows".
    """
    try:
        yield
    except (Unexpected, Stopped):
        raise
    except (Exception, SystemExit) as error:
        raise Stopped(doing) from error


def dataset(value: object, name: str) -> Any:
    """Return `value` if it is a `tf.data.Dataset`; `name` is the learner's variable."""
    import tensorflow as tf

    if isinstance(value, tf.data.Dataset):
        return value
    raise Unexpected(
        f"`{name}` to be a `tf.data.Dataset`",
        messages.of(value),
        "Only a dataset has words such as `shuffle`, `batch` and `prefetch`.",
        "Make one with `tf.data.Dataset.from_tensor_slices(...)`.",
        "1.2 A dataset from arrays",
    )


def batches(value: object, name: str, most: int) -> list[Any]:
    """Return the first `most` elements of a dataset as NumPy arrays, in the dataset's own structure.

    Refuses what is no dataset, and an empty one. `most` keeps an endless dataset from hanging the check.
    """
    with using(f"the first elements of `{name}` were read"):
        elements = list(islice(dataset(value, name).take(most).as_numpy_iterator(), most))
    if not elements:
        raise Unexpected(
            f"`{name}` to hold examples",
            "a dataset without a single element",
            "A model would have nothing to learn from, and `fit` would stop with an error.",
            "Look at its length, `len(list(...))`, after each step that makes it.",
        )
    return elements


def pair(element: Any, name: str) -> tuple[Any, Any]:
    """Return features and label of one element of a dataset, refusing another structure."""
    if isinstance(element, tuple) and len(element) == 2:
        return element
    received = f"a tuple of {len(element)}" if isinstance(element, tuple) else messages.of(element)
    raise Unexpected(
        f"each element of `{name}` to be a pair: features, label",
        received,
        "`fit` takes what comes first as the input and what comes second as the right answer.",
        "Hand both on as one tuple, `(features, label)`, where the dataset is made and in every `map` after it.",
        "1.2 A dataset from arrays",
    )


def array(value: object, name: str) -> np.ndarray:
    """Return numbers as a NumPy array; refuses text, ragged lists, objects and NaN."""
    try:
        numbers = np.asarray(value)
        if numbers.dtype.name == "bfloat16":  # which NumPy does not know by itself
            numbers = numbers.astype("float32")
        fine = numbers.dtype.kind in "biuf" and numbers.size > 0
    except Exception:
        fine = False
    if not fine:
        raise Unexpected(
            f"`{name}` to be an array of numbers",
            messages.of(value),
            "The check, like a model, can only compute with numbers.",
            f"Print `{name}` and see what is in it.",
        )
    if not np.all(np.isfinite(numbers)):
        raise Unexpected(
            f"`{name}` to hold finite numbers only",
            f"{int(np.sum(~np.isfinite(numbers)))} that are NaN or infinite",
            "One NaN is enough to make a loss, and from then on every weight, NaN.",
            "Find where they come in: missing values, a division by 0, a logarithm of 0.",
        )
    return numbers


def is_written(function: object, call: Callable[[], object]) -> bool:
    """Return whether the starter's `return ...` was replaced; a function that stops with an error was.

    Args:
        function: The learner's answer.
        call: Calls it once, as the check will; what it prints is left to the call that counts.
    """
    if not callable(function) or isinstance(function, type):
        return function is not ...
    try:
        with redirect_stdout(StringIO()):
            return call() is not ...
    except Exception:
        return True


def function(value: object, name: str) -> Callable[..., Any]:
    """Return `value` if it is a function of the learner's: callable, and no class."""
    if callable(value) and not isinstance(value, type):
        return value
    raise Unexpected(
        f"`{name}` to be a function",
        messages.of(value),
        "The check calls it with inputs of its own.",
        f"Define it with `def {name}(...):` and hand it in without calling it.",
    )


def model(value: object, name: str) -> Any:
    """Return `value` if it is a Keras model, built or not; refuses a class, a layer, and what else is none."""
    import keras

    if not isinstance(value, keras.Model):
        raise Unexpected(
            f"`{name}` to be a Keras model",
            messages.of(value),
            "Only a model can be compiled, trained and saved.",
            "Make one with `keras.Sequential([...])` or `keras.Model(inputs, outputs)`.",
            "2.6 Sequential: one tensor in, one tensor out",
        )
    return value


def output(model: Any, inputs: Any, name: str) -> Any:
    """Call a model on `inputs`, as when it predicts, and return what comes out as NumPy arrays.

    Args:
        model: The learner's model.
        inputs: What it is called with: an array, a list or a mapping of arrays.
        name: The learner's variable.

    Returns:
        An array, or a list or mapping of arrays, as the model gives it.
    """
    import tensorflow as tf

    with using(f"`{name}` was called on {_described(inputs)}"):
        result = model(tf.nest.map_structure(tf.convert_to_tensor, inputs), **as_when(model, training=False))
    return tf.nest.map_structure(np.asarray, result)


def as_when(model: Any, training: bool) -> dict[str, bool]:
    """Return the argument that tells a model or layer whether it is training; {} if its `call` knows none."""
    return {"training": training} if "training" in inspect.signature(model.call).parameters else {}


def is_endless(dataset: Any) -> bool:
    """Return whether a `tf.data.Dataset` says of itself that it never ends."""
    import tensorflow as tf

    return int(dataset.cardinality()) == tf.data.INFINITE_CARDINALITY


def is_of_keras(layer: Any) -> bool:
    """Return whether a layer's class is Keras' own, and not the learner's."""
    return type(layer).__module__.partition(".")[0] == "keras"


def layers_of(layer: Any) -> list[Any]:
    """Return a layer, or the layers of a model in their order, with those that layers of an own class keep; no inputs."""
    import keras

    found, waiting = [], [layer]
    while waiting:
        each = waiting.pop(0)
        if any(each is other for other in found):
            continue
        if isinstance(each, keras.Model):
            waiting[:0] = each.layers
        elif not isinstance(each, keras.layers.InputLayer):
            found.append(each)
            if not is_of_keras(each):
                waiting[:0] = [it for it in vars(each).values() if isinstance(it, keras.layers.Layer)]
    return found


def shows_its_steps(model: Any) -> bool:
    """Return whether all that a model does is done by layers to be looked at: no own `call`, and no bare operation."""
    import keras

    if not (isinstance(model, keras.Sequential) or is_of_keras(model)):
        return False
    steps = getattr(model, "operations", model.layers)
    return all(
        shows_its_steps(step) if isinstance(step, keras.Model) else isinstance(step, keras.layers.Layer)
        for step in steps
    )


def input_shapes(model: Any) -> list[tuple[int | None, ...]]:
    """Return the shapes that a model was made for; [] where it does not tell."""
    return [tuple(each.shape) for each in getattr(model, "inputs", None) or []]


def compile_config(model: Any) -> dict[str, Any]:
    """Return what `compile` was told, as far as it can be written down; {} if it cannot."""
    try:
        return model.get_compile_config() or {}
    except Exception:
        return {}


def learning_rate(optimizer: Any) -> float | None:
    """Return the learning rate; of a schedule its highest value; None if that cannot be found out."""
    import keras

    try:
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        rate = optimizer.get_config()["learning_rate"]
        if not isinstance(rate, dict):
            return float(np.asarray(optimizer.learning_rate))
        schedule = keras.saving.deserialize_keras_object(rate)
        return max(float(np.asarray(schedule(step))) for step in (0, 1, 10, 100, 1000))
    except Exception:
        return None


def _described(inputs: Any) -> str:
    """How many rows of what shape, in words."""
    if isinstance(inputs, dict):
        return "a dictionary with " + ", ".join(f"{key!r}: shape {tuple(np.shape(part))}" for key, part in inputs.items())
    if isinstance(inputs, (list, tuple)):
        return "inputs of shapes " + ", ".join(str(tuple(np.shape(part))) for part in inputs)
    return f"an input of shape {tuple(np.shape(inputs))}"
