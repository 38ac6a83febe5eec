"""Input pipelines: examples a second in the orders that the course teaches, and in the naive ones.

Every order hands out the same pictures, scaled to 0-1, in batches of the same size, in a new order in each epoch. The
first epoch fills the cache where there is one, so it stands in a column of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks.measuring import How, Report, median, ratio

import numpy as np

ROWS, BATCH, EPOCHS = 20_000, 128, 4
NAIVE = "shuffle, map, batch"


def orders(x: np.ndarray, y: np.ndarray, batch: int) -> dict[str, Callable[[], Any]]:
    """Return what makes the dataset of each order."""
    import tensorflow as tf

    def scaled(picture: Any, label: Any) -> Any:
        return tf.cast(picture, tf.float32) / 255, label

    def rows() -> Any:
        return tf.data.Dataset.from_tensor_slices((x, y))

    def generated() -> Any:
        mixed = np.random.default_rng(0).permutation(len(x))
        kinds = tf.TensorSpec((28, 28), tf.float32), tf.TensorSpec((), tf.int64)
        pairs = lambda: ((x[row] / np.float32(255), y[row]) for row in mixed)  # noqa: E731
        return tf.data.Dataset.from_generator(pairs, output_signature=kinds).batch(batch)

    count = -(-len(x) // batch)
    return {
        "a Python generator, batch": generated,
        NAIVE: lambda: rows().shuffle(len(x)).map(scaled).batch(batch),
        "shuffle, batch, map": lambda: rows().shuffle(len(x)).batch(batch).map(scaled),
        "map, cache, shuffle, batch, prefetch": lambda: (
            rows().map(scaled).cache().shuffle(len(x)).batch(batch).prefetch(tf.data.AUTOTUNE)
        ),
        "batch, map, cache, shuffle, prefetch": lambda: (
            rows().batch(batch).map(scaled).cache().shuffle(count).prefetch(tf.data.AUTOTUNE)
        ),
    }


def once(rows: int, batch: int, epochs: int) -> dict[str, list[float]]:
    """Read every order for some epochs, in turn; return the seconds of each epoch."""
    import companion  # noqa: F401

    from benchmarks.training import digits

    data = digits(min(rows, 4000))
    x, y = (np.resize(each, (rows, *each.shape[1:])) for each in (data.x, data.y))
    datasets = {name: make() for name, make in orders(x, y, batch).items()}
    seconds: dict[str, list[float]] = {name: [] for name in datasets}
    for _ in range(epochs):
        for name, dataset in datasets.items():
            began = time.perf_counter()
            handed_out = sum(len(labels) for _, labels in dataset)
            seconds[name].append(time.perf_counter() - began)
            if handed_out != rows:
                raise AssertionError(f"{name}: expected {rows} rows, received {handed_out}.")
    return seconds


def measure(how: How) -> Report:
    """Read all orders in each of the repetitions, each time in a fresh process."""
    rows = 600 if how.tiny else ROWS
    settings = {"rows": rows, "batch": BATCH, "epochs": EPOCHS}
    samples = [how.run("orders", settings) for _ in range(how.repetitions)]
    rates = {name: [rows / median(run[name][1:]) for run in samples] for name in samples[0]}
    firsts = {name: [rows / run[name][0] for run in samples] for name in samples[0]}
    table = [
        [name, median(firsts[name]), median(rates[name]), ratio(median(rates[name]), median(rates[NAIVE]))]
        for name in rates
    ]
    notes = [
        f"Medians. {rows:,} digits of 28 x 28 bytes in memory, batches of {BATCH}; nothing is trained meanwhile.",
        "The last order moves whole batches: only for rows that are in mixed order already.",
    ]
    columns = ["order", "examples/s, first epoch", "later epochs", f"times '{NAIVE}'"]
    return Report("Input pipeline: examples a second", columns, table, notes, samples)
