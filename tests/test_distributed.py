"""What notebook 9 says of TensorFlow's own strategy with several processes, and would have to say otherwise one day."""

import json
import textwrap

import pytest

from companion import workers

SCRIPT = """
    import json, psutil
    import companion
    import keras
    import numpy as np
    import tensorflow as tf

    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    listening = [each.laddr.ip for each in psutil.Process().net_connections("inet") if each.status == psutil.CONN_LISTEN]
    with strategy.scope():
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
    try:
        model.fit(np.zeros((8, 3)), np.zeros((8, 1)), batch_size=4, verbose=0)
        fit = "works"
    except Exception as error:
        fit = f"{type(error).__name__}: {error}"
    print(json.dumps({"listening": listening, "fit": fit, "workers": strategy.num_replicas_in_sync}))
    """


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory):
    path = tmp_path_factory.mktemp("workers") / "job.py"
    path.write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    cluster = {"worker": workers.free_addresses(2)}
    configs = [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}}) for index in range(2)]
    ended = workers.start(path, [{"TF_CONFIG": config} for config in configs]).wait(seconds=120)
    assert [each.code for each in ended] == [0, 0], ended
    return [json.loads(each.said[-1]) for each in ended]


def test_the_two_find_each_other(two_workers):
    assert [found["workers"] for found in two_workers] == [2, 2]


@pytest.mark.xfail(reason="Keras 3's fit cannot do it yet. The day it can, notebook 9 may use it: rewrite 9.5 and the table of 9.10")
def test_fit_works_with_several_workers(two_workers):
    assert [found["fit"] for found in two_workers] == ["works", "works"]


def test_where_fit_does_not_work_it_says_what_the_notebook_quotes(two_workers):
    assert all(found["fit"] == "works" or "PerReplica" in found["fit"] for found in two_workers)


@pytest.mark.xfail(reason="TensorFlow's server knows no other way. The day it does, drop the warnings of 9.5 and 9.8")
def test_the_workers_listen_on_this_machine_alone(two_workers):
    assert all(set(found["listening"]) <= {"127.0.0.1", "::1"} for found in two_workers)


def test_the_server_that_is_meant_is_the_only_one(two_workers):
    assert [len(found["listening"]) for found in two_workers] == [1, 1]
