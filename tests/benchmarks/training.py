"""Seconds to an accuracy: the recipe that tutorials teach, the one that notebook 05 teaches, and the floor.

The same network (784-128-10 with dropout, Adam), the same 60,000 rows, the same test digits, which no recipe sees.
The rows are the course's 4,000 training digits and small turned, sheared and moved copies of them. The clock starts
with the arrays of bytes in memory, TensorFlow imported and awake, and ends with the first epoch after which the test
accuracy is reached: scaling, dataset, model, compilation and tracing count, testing does not.
"""

from __future__ import annotations

import pathlib
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.measuring import How, Report, in_turn, median, peak_megabytes, ratio

import numpy as np
from PIL import Image

ROWS = 60_000
GOALS = (0.95, 0.97)
TURN, SCALE, SHEAR, MOVE = 0.2, 0.1, 0.15, 2.0  # at most: radians, shares, shares, pixels
HIDDEN, DROPOUT = 128, 0.2
EPOCHS = 5  # of each recipe; one with a constant rate goes on until the last goal is reached
MOST_EPOCHS = 12


@dataclass
class Data:
    """Digits as bytes, (rows, 28, 28), and what they are."""

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    def save(self, path: pathlib.Path) -> None:
        """Write them to a file of NumPy's, not compressed."""
        np.savez(path, **vars(self))

    @classmethod
    def load(cls, path: str | pathlib.Path) -> Data:
        """Read what `save` wrote."""
        with np.load(path) as file:
            return cls(**{name: file[name] for name in file.files})


def grown(x: np.ndarray, y: np.ndarray, rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return `rows` pictures in mixed order: those in `x`, and small affine copies of them, with their labels."""
    rng = np.random.default_rng(seed)
    source = np.arange(rows) % len(x)
    pictures = [x[row] if place < len(x) else moved(x[row], rng) for place, row in enumerate(source)]
    mixed = rng.permutation(rows)
    return np.stack(pictures)[mixed], y[source][mixed]


def moved(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a copy of a picture that is turned, scaled, sheared and moved a little."""
    angle, scale = rng.uniform(-TURN, TURN), rng.uniform(1 - SCALE, 1 + SCALE)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1, rng.uniform(-SHEAR, SHEAR)], [0, 1]]) / scale
    middle = (np.array(picture.shape) - 1) / 2
    offset = middle - matrix @ (middle + rng.uniform(-MOVE, MOVE, 2))
    coefficients = (*matrix[0], offset[0], *matrix[1], offset[1])
    image = Image.fromarray(picture)
    return np.asarray(image.transform(image.size, Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR))


def digits(rows: int) -> Data:
    """Return the course's digits, the training rows grown to `rows`."""
    from companion import datasets

    (x, y), (x_test, y_test) = datasets.load_digits()
    return Data(*grown(x, y, rows), x_test, y_test)


@dataclass
class Clock:
    """Counts the seconds of a training, and stands still while the model is tested.

    Attributes:
        epochs: After each: seconds since the start, seconds since `fit` began, accuracy on the test digits.
        weights: The model's at the end.
    """

    data: Data
    epochs: list[dict[str, float]] = field(default_factory=list)
    weights: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._start = self._fit = time.perf_counter()
        self._stood_still = 0.0

    def fit_begins(self) -> None:
        """Say that what comes now is training, no longer preparation."""
        self._fit = time.perf_counter()

    def end_of_epoch(self, weights: list[np.ndarray]) -> bool:
        """Note down an epoch; tell whether the last goal has been reached."""
        now = time.perf_counter()
        self.weights = [np.asarray(each) for each in weights]
        accuracy = share_right(self.weights, self.data)
        seconds = {"seconds": now - self._start, "fit_seconds": now - self._fit}
        self.epochs.append({name: each - self._stood_still for name, each in seconds.items()} | {"accuracy": accuracy})
        self._stood_still += time.perf_counter() - now
        return self.reached(GOALS[-1]) is not None

    def reached(self, goal: float, clock: str = "seconds") -> float | None:
        """Return the seconds until the first epoch that ended at this accuracy or above, None if none did."""
        return next((epoch[clock] for epoch in self.epochs if epoch["accuracy"] >= goal), None)


def share_right(weights: list[np.ndarray], data: Data) -> float:
    """Return the accuracy on the test digits of the network with these weights, by plain arithmetic."""
    into_hidden, of_hidden, into_last, of_last = weights
    x = data.x_test.reshape(len(data.x_test), -1) / np.float32(255)
    scores = np.maximum(x @ into_hidden + of_hidden, 0) @ into_last + of_last
    return float(np.mean(scores.argmax(axis=1) == data.y_test))


# The recipes. Each takes the training rows alone, and tells the clock of each epoch.


def network(*first: Any) -> Any:
    """Return the network that all recipes train, behind the layers of `first`."""
    import keras

    layers = [keras.layers.Flatten(), keras.layers.Dense(HIDDEN, activation="relu")]
    last = [keras.layers.Dropout(DROPOUT), keras.layers.Dense(10, activation="softmax")]
    return keras.Sequential([keras.Input((28, 28)), *first, *layers, *last])


def tell_clock(clock: Clock, until_goal: bool) -> Any:
    """Return a callback that tells the clock of each epoch, and may stop after `EPOCHS` when the goal is reached."""
    import keras

    class Tell(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            reached = clock.end_of_epoch(self.model.get_weights())
            self.model.stop_training = until_goal and reached and epoch + 1 >= EPOCHS

    return Tell()


def tutorial(x: np.ndarray, y: np.ndarray, clock: Clock) -> None:
    """What beginners' tutorials teach: arrays into `fit`, everything else as it comes."""
    x = x / 255.0
    model = network()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    clock.fit_begins()
    model.fit(x, y, epochs=MOST_EPOCHS, verbose=0, callbacks=[tell_clock(clock, until_goal=True)])


def one_argument(x: np.ndarray, y: np.ndarray, clock: Clock) -> None:
    """The tutorial's recipe, and `steps_per_execution`."""
    x = x / 255.0
    model = network()
    model.compile(
        optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"], steps_per_execution=len(x) // 32
    )
    clock.fit_begins()
    model.fit(x, y, epochs=MOST_EPOCHS, verbose=0, callbacks=[tell_clock(clock, until_goal=True)])


BATCH, LOWEST, HIGHEST, MEMORY = 500, 0.001, 0.015, 0.95


def schedule(steps: int) -> Any:
    """Return a learning rate that climbs for half an epoch, then falls along half a wave until the last of `EPOCHS`."""
    import keras

    warm_up = steps // 2
    falling = EPOCHS * steps - warm_up
    return keras.optimizers.schedules.CosineDecay(LOWEST, falling, warmup_target=HIGHEST, warmup_steps=warm_up)


def course(x: np.ndarray, y: np.ndarray, clock: Clock) -> None:
    """What notebook 05 teaches."""
    import keras
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH).cache()
    steps = len(batches)
    batches = batches.shuffle(steps).prefetch(tf.data.AUTOTUNE)
    model = network(keras.layers.Rescaling(1 / 255))
    model.compile(
        optimizer=keras.optimizers.Adam(schedule(steps), beta_2=MEMORY),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=steps,
    )
    model.optimizer.build(model.trainable_variables)
    clock.fit_begins()
    model.fit(batches, epochs=EPOCHS, shuffle=False, verbose=0, callbacks=[tell_clock(clock, until_goal=False)])


def floor(x: np.ndarray, y: np.ndarray, clock: Clock) -> None:
    """The arithmetic of `course` in one compiled function for a whole epoch, with nothing around it."""
    import keras
    import tensorflow as tf

    steps = len(x) // BATCH
    pictures = tf.constant(x[: steps * BATCH].reshape(steps, BATCH, 28, 28))
    labels = tf.constant(y[: steps * BATCH].reshape(steps, BATCH))
    model = network(keras.layers.Rescaling(1 / 255))
    optimizer = keras.optimizers.Adam(schedule(steps), beta_2=MEMORY)
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy()

    def step(place: tf.Tensor, order: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        batch = order[place]
        with tf.GradientTape() as tape:
            loss = loss_of(labels[batch], model(pictures[batch], training=True))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return place + 1, order

    @tf.function(autograph=False)  # under Python 3.13 AutoGraph meets deprecations, which are errors in a test
    def epoch() -> None:
        tf.while_loop(lambda place, _: place < steps, step, (0, tf.random.shuffle(tf.range(steps))))

    clock.fit_begins()
    for _ in range(EPOCHS):
        epoch()
        clock.end_of_epoch(model.get_weights())


RECIPES: dict[str, Callable[[np.ndarray, np.ndarray, Clock], None]] = {
    "tutorial": tutorial,
    "tutorial + steps_per_execution": one_argument,
    "notebook 05": course,
    "floor": floor,
}


def once(recipe: str, data: str, seed: int) -> dict[str, Any]:
    """Train by one recipe; return seconds and accuracies, and what was trained on what."""
    began = time.perf_counter()
    import companion  # noqa: F401  (it sets what TensorFlow reads when it starts)
    import keras
    import tensorflow as tf

    _ = tf.constant(1) + 1  # TensorFlow wakes up with the first computation
    awake = time.perf_counter() - began
    keras.utils.set_random_seed(seed)
    known = Data.load(data)
    clock = Clock(known)
    RECIPES[recipe](known.x, known.y, clock)
    return {
        "recipe": recipe,
        "seed": seed,
        "import_seconds": awake,
        "epochs": clock.epochs,
        "reached": {str(goal): clock.reached(goal) for goal in GOALS},
        "reached_in_fit": {str(goal): clock.reached(goal, "fit_seconds") for goal in GOALS},
        "shapes": [list(each.shape) for each in clock.weights],
        "peak_megabytes": peak_megabytes(),
    }


def measure(how: How) -> Report:
    """Train by each recipe in turn, each time from another seed, and compare the medians."""
    samples: dict[str, list[dict[str, Any]]] = {name: [] for name in RECIPES}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "digits.npz"
        digits(1500 if how.tiny else ROWS).save(path)
        for seed, name in in_turn(list(RECIPES), how.repetitions):
            samples[name].append(how.run("training", {"recipe": name, "data": str(path), "seed": seed}))
    return report(samples)


def report(samples: dict[str, list[dict[str, Any]]]) -> Report:
    """Return the table of what `once` returned, by recipe."""
    rows = []
    fewest, most = (summary(samples[name]) for name in ("floor", "tutorial"))
    for name, runs in samples.items():
        own = summary(runs)
        last = str(GOALS[-1])
        times = [ratio(most[last], own[last]), ratio(own[last], fewest[last]), ratio(own["others"][0], fewest["others"][0])]
        reached = f"{sum(run['reached'][last] is not None for run in runs)} of {len(runs)}"
        rows.append([name, *[own[str(goal)] for goal in GOALS], *times, *own["others"], reached])
    columns = ["recipe", *[f"s to {goal}" for goal in GOALS], "times faster", "times the floor", "for the same epochs"]
    columns += [f"s for {EPOCHS} epochs", "% right then", "s to import", "peak MB", f"reached {GOALS[-1]}"]
    notes = [
        f"Medians. {ROWS:,} rows, network 784-{HIDDEN}-10, dropout {DROPOUT}, Adam; test digits of real people, never trained on.",
        "How soon an accuracy is reached is luck in part; 'for the same epochs' compares the seconds alone with those of the floor.",
        "From the bytes in memory to the end of the first epoch at this test accuracy, tracing included, tests and import not.",
    ]
    return Report("Training: seconds to an accuracy", columns, rows, notes, samples)


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the medians of one recipe's runs."""
    at_end = [run["epochs"][min(EPOCHS, len(run["epochs"])) - 1] for run in runs]
    others = [median([epoch["seconds"] for epoch in at_end]), median([100 * epoch["accuracy"] for epoch in at_end])]
    others += [median([run[what] for run in runs]) for what in ("import_seconds", "peak_megabytes")]
    return {str(goal): median([run["reached"][str(goal)] for run in runs]) for goal in GOALS} | {"others": others}
