"""How much `companion.explore.watch` slows a training down, in a real kernel whose messages go out.

    python tests/benchmarks/watch.py                    six pairs of each training
    python tests/benchmarks/watch.py --pairs 12 --json watch.json

Two trainings: the bicycles of notebook 05 with their curves, and a ring in the plane with its boundary. Each is run
without and with the callback, in turn, from the same weights. What counts is the median of the seconds. On a machine
that has other work to do look at the computing time instead: all threads of the kernel added up.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import sys

import nbclient
from jupyter_client.kernelspec import KernelSpecManager
from nbformat.v4 import new_code_cell, new_notebook

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from refresh import TESTS, kernel_environment  # noqa: E402

LIMIT = 5.0  # per cent
PAIRS = 6
SET_UP = """\
from companion import datasets
import json, time
import keras, numpy as np, tensorflow as tf
from companion.explore import watch

rentals = datasets.load_bike_rentals()
one_hot = [np.eye(24)[rentals["hour"]], np.eye(7)[rentals["weekday"]]]
weather = [rentals["temperature"] / 40, rentals["humidity"] / 100, rentals["wind_speed"] / 60]
calendar = [rentals["working_day"], rentals["day_of_year"] / 365]
mixed = np.random.default_rng(0).permutation(8645)
x_bikes = np.column_stack([*one_hot, *weather, *calendar]).astype("float32")[mixed]
y_bikes = rentals["bikers"].astype("float32")[mixed]
bikes = tf.data.Dataset.from_tensor_slices((x_bikes[:300], y_bikes[:300])).shuffle(300, seed=0).batch(50)
bikes_val = tf.data.Dataset.from_tensor_slices((x_bikes[-2000:], y_bikes[-2000:])).batch(2000)

rng = np.random.default_rng(0)
y_ring = np.arange(400) % 2
angle, radius = rng.uniform(0, 2 * np.pi, 400), rng.normal(1 + y_ring, 0.25)
x_ring = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype("float32")
ring = tf.data.Dataset.from_tensor_slices((x_ring[:300], y_ring[:300])).shuffle(300, seed=0).batch(10)
ring_val = tf.data.Dataset.from_tensor_slices((x_ring[300:], y_ring[300:])).batch(100)

def network(inputs, hidden, activation, loss, **more):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((inputs,))])
    for units in hidden:
        model.add(keras.layers.Dense(units, activation="relu"))
    model.add(keras.layers.Dense(1, activation=activation))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss, **more)
    return model

def train_bikes(callbacks):
    model = network(36, [256, 256], None, "mean_squared_error", metrics=["mean_absolute_error"], steps_per_execution=6)
    model.fit(bikes, epochs=80, validation_data=bikes_val, shuffle=False, verbose=0, callbacks=callbacks)

def train_ring(callbacks):
    model = network(2, [16], "sigmoid", "binary_crossentropy")
    model.fit(ring, epochs=40, validation_data=ring_val, shuffle=False, verbose=0, callbacks=callbacks)

def timed(train, callbacks):
    start, start_computing = time.perf_counter(), time.process_time()
    train(callbacks)
    return time.perf_counter() - start, time.process_time() - start_computing

CASES = {
    "bicycles, 80 epochs": (train_bikes, lambda: watch.live("mean_absolute_error")),
    "ring, 40 epochs, boundary": (train_ring, lambda: watch.live(boundary=(x_ring, y_ring))),
}
"""
MEASURE = """\
seen = {{}}
for name, (train, new) in CASES.items():
    train([]), train([new()])
    runs = []
    for pair in range({pairs}):
        live = new()
        turns = [("without", []), ("with", [live])]
        run = {{}}
        for kind, callbacks in turns[:: 1 if pair % 2 else -1]:
            run[kind], run[kind + ", computing"] = timed(train, callbacks)
        runs.append(run | {{"drawing": live.watcher.budget.spent, "pictures": live.watcher.shown.answered}})
    seen[name] = runs
print("measured:", json.dumps(seen))
"""


def measured(pairs: int) -> dict[str, list[dict[str, float]]]:
    """Run all pairs in a new kernel; return the seconds of each training by its name."""
    notebook = new_notebook(cells=[new_code_cell(SET_UP), new_code_cell(MEASURE.format(pairs=pairs))])
    client = nbclient.NotebookClient(
        notebook, kernel_name="python3", timeout=3600, store_widget_state=False, extra_arguments=["--log-level=ERROR"],
        coalesce_streams=True, resources={"metadata": {"path": str(TESTS.parent)}},
    )  # fmt: skip
    client.create_kernel_manager().kernel_spec_manager = KernelSpecManager(kernel_dirs=[])
    client.execute(env=kernel_environment(True, str(TESTS / "no journal is written")))
    (line,) = (it.text for it in notebook.cells[-1].outputs if it.get("name") == "stdout")
    return json.loads(line.removeprefix("measured:"))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return 0 when no training is slowed down by more than the limit."""
    parser = argparse.ArgumentParser(prog="watch", description="Measure what watching a training costs.")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="with and without, so many times each")
    parser.add_argument("--json", help="also write every measurement to this file")
    options = parser.parse_args(arguments)
    cases = measured(options.pairs)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(cases, indent=1), encoding="utf-8")

    slowest = 0.0
    for name, runs in cases.items():
        median = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        print(f"{name} ({len(runs)} pairs, medians)")
        for what, more in (("waited", ""), ("computed", ", computing")):
            without, with_it = median[f"without{more}"], median[f"with{more}"]
            print(f"  {what:<9} {without:6.2f} s without, {with_it:6.2f} s with: {100 * (with_it / without - 1):+5.1f} %")
        slowest = max(slowest, 100 * (median["with"] / median["without"] - 1))
        print(f"  drawing   {median['drawing']:6.3f} s, {median['pictures']:.0f} pictures")
    print(f"limit: +{LIMIT:.1f} % of the time waited")
    return 1 if slowest > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
