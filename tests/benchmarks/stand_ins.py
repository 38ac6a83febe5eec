"""What each explorable can be made of in a moment: small data, and functions that stand for training.

    neuron.show(*ARGUMENTS["neuron"]())
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from companion import datasets, ink
from companion.explore import pipeline, watch

Y = np.arange(80) % 2
X = np.random.default_rng(0).normal(Y[:, None] * 2.0 - 1.0, 0.6, (80, 2)).astype("float32")


def for_capacity() -> tuple[Any, ...]:
    """Polynomials of growing degree in place of models of growing size."""
    x = np.linspace(0.0, 10.0, 40)
    y = np.sin(x) * 100 + np.random.default_rng(0).normal(0, 20, 40)
    train, validation = slice(None, None, 2), slice(1, None, 2)
    fits = {size: np.polynomial.Polynomial.fit(x[train], y[train], size) for size in (1, 4, 9, 16)}
    return fits, (x[train], y[train]), (x[validation], y[validation])


def for_descent() -> tuple[Any, ...]:
    """A bowl that is steeper in one direction, its lowest point at (1, 0.5)."""
    return lambda w, b: (w - 1) ** 2 + 4 * (b - 0.5) ** 2, lambda w, b: [2 * (w - 1), 8 * (b - 0.5)]


def for_filters() -> tuple[Any, ...]:
    """Two of the course's digits."""
    (x, _), _ = datasets.load_digits()
    return ({"a digit": x[0], "another digit": x[1]},)


def for_layers() -> tuple[Any, ...]:
    """A training that always finds the same slope."""

    def train(hidden: Any, activation: str, x: np.ndarray, y: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        return lambda points: 1 / (1 + np.exp(-3 * points.sum(axis=1, keepdims=True)))

    return train, {"two clouds": (X, Y, X[::-1], Y[::-1])}


def for_own_picture() -> tuple[Any, ...]:
    """A namer that knows light from dark."""

    def name_it(picture: np.ndarray) -> dict[str, float]:
        light = float(picture.mean()) / 255
        return {"light": light, "dark": 1 - light}

    return name_it, np.full((60, 40, 3), 200, "uint8")


def for_own_sound() -> tuple[Any, ...]:
    """A namer that knows long from short, and a tone."""

    def name_it(samples: np.ndarray, rate: int) -> dict[str, float]:
        share = min(1.0, len(samples) / rate)
        return {"long": share, "short": 1 - share}

    return name_it, np.sin(2 * np.pi * 440 * np.arange(4000) / 8000) / 2, 8000


def for_pad() -> tuple[Any, ...]:
    """A reader that is sure of the digit whose number is the ink's tens of pixels."""

    def read(pictures: np.ndarray) -> np.ndarray:
        return np.eye(10)[[int(picture.astype(int).sum() / 2550) % 10 for picture in pictures]]

    return {"centred as MNIST": ink.like_mnist}, read


def for_pipeline() -> tuple[Any, ...]:
    """Times as they were measured once; the real run takes none."""
    times = pipeline.Times(
        read=0.00033, read_in_batch=0.0004, step={1: 0.0015, 8: 0.0019, 16: 0.0026, 32: 0.0044}, cores=1.8
    )
    return times, np.repeat(np.arange(10), 16), lambda *choice: (0.060, 0.030)


def for_spectrogram() -> tuple[Any, ...]:
    """A rising tone, and two steady ones."""
    time = np.arange(6000) / 8000
    return {"rising": np.sin(2 * np.pi * (300 + 900 * time) * time) / 2, "two": (np.sin(3000 * time) + np.sin(9000 * time)) / 3}, 8000


def for_watch() -> tuple[Any, ...]:
    """A training of twelve epochs that has ended."""

    def model(points: np.ndarray, training: bool = False) -> np.ndarray:
        return 1 / (1 + np.exp(-np.asarray(points).sum(axis=1, keepdims=True)))

    live = watch.live(boundary=(X, Y))
    live.watcher.begin(model, 12, 3)
    for epoch in range(12):
        live.watcher.begin_epoch(epoch)
        live.watcher.end_epoch({"loss": 1 / (epoch + 1), "val_loss": 0.2 + abs(epoch - 6) / 10})
    return (live,)


# By the module of the explorable: makes the arguments of its `make` and of its `show`.
ARGUMENTS: dict[str, Callable[[], tuple[Any, ...]]] = {
    "capacity": for_capacity,
    "descent": for_descent,
    "filters": for_filters,
    "layers": for_layers,
    "neuron": tuple,
    "own_picture": for_own_picture,
    "own_sound": for_own_sound,
    "pad": for_pad,
    "pipeline": for_pipeline,
    "spectrogram": for_spectrogram,
    "watch": for_watch,
}
