"""What nobody should hand in, and somebody will: none of it may pass, or end in a traceback."""

from collections.abc import Callable
from typing import Any

import numpy as np


class Unprintable:
    """Raises whenever it is looked at."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"no {name}")


def unbuilt_model() -> Any:
    """A model that never saw an input."""
    import keras

    return keras.Sequential([keras.layers.Dense(3)])


def unbuildable_model() -> Any:
    """A model whose own code has a fault."""
    import keras

    class Broken(keras.Model):
        def call(self, inputs: Any) -> Any:
            return inputs / 0 + self.nothing

    return Broken()


def with_html_in_its_name() -> Any:
    """An object whose class is named like a script."""
    return type("<script>alert(1)</script>", (), {})()


def dataset_of(*shape: int) -> Any:
    """A dataset whose elements have one more axis than anyone asked for."""
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((np.zeros((4, *shape), "float32"), np.zeros((4, *shape), "int64")))


def empty_dataset() -> Any:
    """A dataset without an element."""
    return dataset_of(2).take(0)


def dataset_that_stops() -> Any:
    """A dataset that fails when it is read."""
    import tensorflow as tf

    def examples() -> Any:
        yield np.zeros(4, "float32")
        raise OSError("the disk is gone")

    return tf.data.Dataset.from_generator(examples, output_signature=tf.TensorSpec((4,), tf.float32))


def nans() -> np.ndarray:
    """An array of nothing but NaN."""
    return np.full((8, 4), np.nan, "float32")


def raises(*_: Any, **__: Any) -> Any:
    """A function that fails whatever it is given."""
    raise ZeroDivisionError("<b>by zero</b>")


def returns_nothing(*_: Any, **__: Any) -> None:
    """A function without `return`."""


NONSENSE: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "a string": lambda: "<b>three</b> {layers}",
    "a number": lambda: float("nan"),
    "a class": lambda: dict,
    "an empty list": list,
    "a ragged list": lambda: [[1, 2], [3]],
    "a generator": lambda: (row for row in [1, 2, 3]),
    "an unbuilt model": unbuilt_model,
    "a model with a fault": unbuildable_model,
    "a dataset of high rank": lambda: dataset_of(2, 2, 2, 2),
    "an empty dataset": empty_dataset,
    "a dataset that stops": dataset_that_stops,
    "NaNs": nans,
    "an array of objects": lambda: np.array([None, {}, "x"], dtype=object),
    "a function that raises": lambda: raises,
    "a function that returns nothing": lambda: returns_nothing,
    "something unprintable": Unprintable,
    "something with HTML in its name": with_html_in_its_name,
}
