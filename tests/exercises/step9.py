"""Answers to the exercises of step 9."""

from companion import feedback
from exercises.answers import Answers

SETUP = """
import json
import numpy as np
import tensorflow as tf
from companion.exercises import step9

numbered_rows = tf.data.Dataset.range(205)
"""


def rows(*lines: str) -> str:
    """The function of the first exercise; the last line is what it returns."""
    *first, last = lines
    return "\n    ".join(["def rows_for(dataset, workers, worker):", *first, f"return {last}"])


def loss(returns: str) -> str:
    return f"def share_of_loss(losses, global_batch):\n    return {returns}"


def seconds(returns: str) -> str:
    return f"def step_seconds(workers, compute, megabytes, megabytes_per_second, latency):\n    return {returns}"


ROUND = "(megabytes / workers / megabytes_per_second + latency)"
THREE = '["10.0.0.1:2222", "10.0.0.2:2222", "10.0.0.3:2222"]'
ME = '{"type": "worker", "index": 2}'


def config(machines: str = THREE, task: str = ME) -> str:
    return f'tf_config = {{"cluster": {{"worker": {machines}}}, "task": {task}}}'


ANSWERS = {
    "share_the_rows": Answers(
        starter="def rows_for(dataset, workers, worker):\n    return ...",
        right={
            "same order for all": rows("dataset.shuffle(1000, seed=3).shard(workers, worker).batch(64 // workers)"),
            "one order for ever": rows(
                "dataset = dataset.shuffle(1000, seed=1, reshuffle_each_iteration=False)",
                "dataset.shard(num_shards=workers, index=worker).batch(64 // workers)",
            ),
            "by enumerate and filter": rows(
                "mine = dataset.enumerate().filter(lambda n, row: n % workers == worker)",
                "mine.map(lambda n, row: row).shuffle(500).batch(64 // workers).prefetch(2)",
            ),
            "an unshuffled remainder is kept": rows(
                "dataset.shard(workers, worker).shuffle(400).batch(int(64 / workers), drop_remainder=False)"
            ),
            "in blocks": rows(
                "rows = int(dataset.cardinality())",
                "first, end = rows * worker // workers, rows * (worker + 1) // workers",
                "dataset.skip(first).take(end - first).shuffle(300).batch(64 // workers)",
            ),
        },
        wrong={
            "everybody shuffles for themselves": [
                rows("dataset.shuffle(1000).shard(workers, worker).batch(64 // workers)"),
                rows("dataset.shuffle(1000, seed=worker).shard(workers, worker).batch(64 // workers)"),
            ],
            "endless": rows("dataset.shard(workers, worker).shuffle(1000).repeat().batch(64 // workers)"),
            "arguments swapped": rows("dataset.shard(worker, workers).shuffle(1000).batch(64 // workers)"),
            "counted from one": rows("dataset.shard(workers, worker + 1).shuffle(1000).batch(64 // workers)"),
            "not batched": rows("dataset.shard(workers, worker).shuffle(1000)"),
            "everybody has everything": rows("dataset.shuffle(1000).batch(64 // workers)"),
            "always the same share": rows("dataset.shard(workers, 0).shuffle(1000).batch(64 // workers)"),
            "rows left out": rows("dataset.shard(workers, worker).shuffle(1000, seed=1).batch(64 // workers, drop_remainder=True)"),
            "batch of everybody": rows("dataset.shard(workers, worker).shuffle(1000).batch(64)"),
            "uneven shares": rows("dataset.shuffle(1000, seed=5).batch(64 // workers).shard(workers, worker)"),
            "not shuffled": [
                rows("dataset.shard(workers, worker).batch(64 // workers)"),
                rows("dataset.shard(workers, worker).shuffle(1).batch(64 // workers)"),
                rows("dataset.shard(workers, worker).shuffle(1000 if worker else 1).batch(64 // workers)"),
            ],
            "batches shuffled": rows("dataset.shard(workers, worker).batch(64 // workers).shuffle(1000)"),
            feedback.NOT_EXPECTED: [
                rows("dataset.shard(workers, worker).shuffle(1000).batch(32)"),
                rows("list(dataset.shard(workers, worker))"),
                rows("dataset.take(0)"),
                rows("dataset.shard(workers, worker).shuffle(1000).batch(64 if workers == 2 else 64 // workers)"),
                rows("dataset.shard(workers, worker).concatenate(dataset.take(3)).shuffle(1000).batch(64 // workers)"),
                "numbered_rows = tf.data.Dataset.range(100)\n" + rows("dataset.shard(workers, worker).shuffle(1000).batch(64 // workers)"),
                "numbered_rows = numbered_rows.batch(5)\n" + rows("dataset.unbatch().shard(workers, worker).shuffle(500).batch(64 // workers)"),
            ],
            feedback.STOPPED: rows("dataset.shard(workers, worker).no_such_method()"),
        },
    ),
    "write_the_cluster": Answers(
        starter="tf_config = ...",
        right={
            "as text": f'tf_config = json.dumps({{"cluster": {{"worker": {THREE}}}, "task": {ME}}})',
            "as the variable": f'tf_config = {{"TF_CONFIG": json.dumps({{"task": {ME}, "cluster": {{"worker": {THREE}}}}})}}',
            "put together": 'machines = [f"10.0.0.{n}:2222" for n in (1, 2, 3)]\n' + config("machines", 'dict(type="worker", index=2)'),
            "a tuple": config(THREE.replace("[", "(").replace("]", ")")),
        },
        wrong={
            "counted from one": config(task='{"type": "worker", "index": 3}'),
            "Python's quotes": f'tf_config = str({{"cluster": {{"worker": {THREE}}}, "task": {ME}}})',
            "no cluster": [f'tf_config = {{"worker": {THREE}, "task": {ME}}}', f'tf_config = {{"cluster": {THREE}, "task": {ME}}}'],
            "no task": [
                f'tf_config = {{"cluster": {{"worker": {THREE}, "task": {ME}}}}}',
                f'tf_config = {{"cluster": {{"worker": {THREE}}}, "type": "worker", "index": 2}}',
            ],
            "a chief of its own": 'tf_config = {"cluster": {"chief": ["10.0.0.1:2222"], "worker": ["10.0.0.2:2222", "10.0.0.3:2222"]}, '
            '"task": {"type": "worker", "index": 1}}',
            "no workers": f'tf_config = {{"cluster": {{"workers": {THREE}}}, "task": {{"type": "workers", "index": 2}}}}',
            "not a list": [config('"10.0.0.1:2222,10.0.0.2:2222,10.0.0.3:2222"'), config('{0: "10.0.0.1:2222"}'), config("[]")],
            "http in front": config('["http://10.0.0.1:2222", "http://10.0.0.2:2222", "http://10.0.0.3:2222"]'),
            "no port": config('["10.0.0.1", "10.0.0.2", "10.0.0.3"]'),
            "someone is missing": [
                config('["10.0.0.3:2222"]', '{"type": "worker", "index": 0}'),
                config('["10.0.0.1:2222", "10.0.0.2:2222"]'),
                config('["10.0.0.1:2222", "10.0.0.1:2222", "10.0.0.3:2222"]'),
            ],
            "another order": config('["10.0.0.3:2222", "10.0.0.1:2222", "10.0.0.2:2222"]', '{"type": "worker", "index": 0}'),
            "another type": [config(task='{"index": 2}'), config(task='{"type": "workers", "index": 2}')],
            "number as text": config(task='{"type": "worker", "index": "2"}'),
            "another machine's number": [config(task='{"type": "worker", "index": 0}'), config(task='{"type": "worker", "index": 1}')],
            feedback.NOT_EXPECTED: [
                config('["10.0.0.1:22", "10.0.0.2:22", "10.0.0.3:22"]'),
                config(task='{"type": "worker"}'),
                config('["10.0.0.4:2222", "10.0.0.5:2222", "10.0.0.6:2222"]'),
                "tf_config = 'worker 2 of 3'",
                "tf_config = 2",
            ],
        },
    ),
    "scale_the_loss": Answers(
        starter="def share_of_loss(losses, global_batch):\n    return ...",
        right={
            "mean of all": loss("tf.reduce_sum(losses / global_batch)"),
            "operators": loss("sum(tf.unstack(losses)) * (1 / global_batch)"),
            "TensorFlow's own": loss("tf.nn.compute_average_loss(losses, global_batch_size=global_batch) * tf.distribute.get_strategy().num_replicas_in_sync"),
            "keras": "import keras\n" + loss("keras.ops.sum(losses) / global_batch"),
            "mean, weighted": loss("tf.reduce_mean(losses) * len(losses) / global_batch"),
        },
        wrong={
            "mean of its own": [loss("tf.reduce_mean(losses)"), loss("tf.reduce_sum(losses) / len(losses)")],
            "not one number": loss("losses / global_batch"),
            "not divided": loss("tf.reduce_sum(losses)"),
            "divided twice": loss("tf.reduce_mean(losses) / global_batch"),
            "by the number of replicas": loss("tf.reduce_mean(losses) / 2"),
            "multiplied": [loss("tf.reduce_sum(losses) * global_batch"), loss("tf.reduce_mean(losses) * global_batch")],
            "no gradient": [loss("float(tf.reduce_sum(losses)) / global_batch"), loss("tf.constant(np.sum(losses.numpy()) / global_batch)")],
            feedback.NOT_EXPECTED: [loss("tf.reduce_max(losses) / global_batch"), loss("None"), loss("'0.5'")],
            feedback.STOPPED: loss("losses.mean() / global_batch"),
        },
    ),
    "predict_the_step": Answers(
        starter="def step_seconds(workers, compute, megabytes, megabytes_per_second, latency):\n    return ...",
        right={
            "in one line": seconds("compute / workers + 2 * (workers - 1) / workers * megabytes / megabytes_per_second + 2 * (workers - 1) * latency"),
            "one by one": seconds(f"compute / workers + sum({ROUND} for _ in range(2 * (workers - 1)))"),
            "NumPy": seconds(f"np.float64(compute) / workers + 2 * (workers - 1) * {ROUND}"),
            "one worker apart": seconds(f"compute if workers == 1 else compute / workers + 2 * (workers - 1) * {ROUND}"),
        },
        wrong={
            "computing not shared": seconds(f"compute + 2 * (workers - 1) * {ROUND}"),
            "no sending": seconds("compute / workers"),
            "sending to oneself": seconds(f"compute / workers + 2 * workers * {ROUND}"),
            "half the rounds": seconds(f"compute / workers + (workers - 1) * {ROUND}"),
            "one round": seconds(f"compute / workers + ({ROUND} if workers > 1 else 0)"),
            "no latency": seconds("compute / workers + 2 * (workers - 1) * megabytes / workers / megabytes_per_second"),
            "latency once": [
                seconds("compute / workers + 2 * (workers - 1) * megabytes / workers / megabytes_per_second + latency"),
                seconds("compute / workers + 2 * (workers - 1) * megabytes / workers / megabytes_per_second + 2 * latency"),
            ],
            "whole gradients": [
                seconds("compute / workers + 2 * (workers - 1) * (megabytes / megabytes_per_second + latency)"),
                seconds("compute / workers + (workers - 1) * (megabytes / megabytes_per_second + latency)"),
            ],
            "multiplied by the speed": seconds("compute / workers + 2 * (workers - 1) * (megabytes / workers * megabytes_per_second + latency)"),
            "milliseconds": seconds(f"1000 * (compute / workers + 2 * (workers - 1) * {ROUND})"),
            "bits": seconds("compute / workers + 2 * (workers - 1) * (8 * megabytes / workers / megabytes_per_second + latency)"),
            "whole seconds": seconds(f"compute // workers + 2 * (workers - 1) * {ROUND}"),
            feedback.NOT_EXPECTED: [seconds("compute * workers"), seconds("[compute / workers, latency]"), seconds("None")],
            feedback.STOPPED: seconds("compute / (workers - 1)"),
        },
    ),
}
