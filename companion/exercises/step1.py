"""Exercises of step 1, collect and load data: the penguins become datasets that a model can learn from."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from companion import expect, messages
from companion.expect import Unexpected
from companion.feedback import Exercise, Misconception

# --- Batch the penguins ---

ROWS, BATCH = 342, 32


def _observe_batches(penguins_train: object) -> SimpleNamespace:
    """Two passes over the dataset: what a batch holds, and whether its rows travel together."""
    first = expect.batches(penguins_train, "penguins_train", most=2 * ROWS + 2)
    features, labels = expect.pair(first[0], "penguins_train")
    features = expect.array(features, "penguins_train, features")
    return SimpleNamespace(
        elements=len(first),
        rank=features.ndim,
        endless=len(first) > 2 * ROWS,
    )


batch_the_penguins = Exercise(
    name="step1.batch_the_penguins",
    title="Batch the penguins",
    task="Make `penguins_train`, which hands out the rows in a new order at each pass, 32 at a time.",
    answers=["penguins_train"],
    lesson="1.5 Order matters",
    observe=_observe_batches,
    misconceptions=[
        Misconception(
            name="no batch",
            seen=lambda it: it.rank == 1,
            did="Your dataset hands out one penguin at a time.",
            follows="A model takes a whole batch: it would read the measurements of one penguin as that many examples.",
            change="Gather the rows before you hand them out.",
            lesson="1.5 Order matters",
        ),
    ],
    check_observed=lambda it: None,
    hints=["…", "…", "…"],
    solution_code="penguins_train = tf.data.Dataset.from_tensor_slices((measurements, species)).shuffle(342).batch(32)",
    right="…",
)
