"""Exercises of step 9, beyond one machine: who reads what, who is who, what is added up, and what it costs."""

import ast
import functools
import json
import re
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from companion import expect, messages
from companion.expect import Unexpected
from companion.feedback import Exercise, Misconception

BY_HAND, SHARES = "9.2 Half a batch each, by hand", "9.4 A share for each worker"
PROCESSES, COSTS = "9.5 Two workers, two processes", "9.9 What a step costs"



def _is_function_begun(arguments: Callable[[], tuple], function: object) -> bool:
    """Whether a function gives anything but the starter's `...`."""
    return expect.is_written(function, lambda: function(*arguments()))


# --- Share the rows ---

GLOBAL_BATCH = 64
ROWS = 205  # a number that neither the workers nor the batches divide
TEAMS = (2, 3, 4)


def _is_sharing_begun(rows_for: Any, numbered_rows: object) -> bool:
    return expect.is_written(rows_for, lambda: rows_for(numbered_rows, 2, 0))


def _numbered(rows: Any) -> Any:
    """The dataset of numbered rows that the notebook makes, if it is as it was."""
    values = expect.batches(rows, "numbered_rows", most=ROWS + 1)
    if not all(np.shape(value) == () for value in values) or [int(value) for value in values] != list(range(ROWS)):
        raise Unexpected(
            f"`numbered_rows` to be the numbers 0 to {ROWS - 1}, each an element",
            f"a dataset of {len(values)} elements, or of others" if len(values) <= ROWS else "a longer one",
            "The check tells by these numbers which worker got which row.",
            "Run the cell above that makes it once more.",
        )
    return rows


def _share(rows_for: Callable, rows: Any, workers: int, worker: int) -> Any:
    """The batches of one worker, or a word for the error that stands in their place."""
    call = f"rows_for(numbered_rows, workers={workers}, worker={worker})"
    try:
        with expect.using(f"`{call}` was called and its rows were read"):
            share = expect.dataset(rows_for(rows, workers, worker), call)
            if expect.is_endless(share):
                return "endless"
            return [np.asarray(batch) for batch in expect.batches(share, call, most=4 * ROWS)]
    except expect.Stopped as stopped:
        said = str(stopped.__cause__)
        if re.search(r"num_shards|[Nn]umber of shards", said):
            return "swapped"
        if re.search(r"[Ii]ndex must be", said):
            return "no such shard"
        raise


def _observe_shares(rows_for: Any, numbered_rows: Any) -> SimpleNamespace:
    function, rows = expect.function(rows_for, "rows_for"), _numbered(numbered_rows)
    teams = {workers: [_share(function, rows, workers, worker) for worker in range(workers)] for workers in TEAMS}
    every = [share for team in teams.values() for share in team]
    problem = next((share for share in every if isinstance(share, str)), "")
    found = SimpleNamespace(problem=problem, batched=False, teams={}, batches={}, rows=ROWS)
    if problem:
        return found
    found.batched = all(batch.ndim == 1 for share in every for batch in share)
    if not found.batched:
        return found
    found.batches = teams
    found.teams = {workers: [np.concatenate(share) for share in team] for workers, team in teams.items()}
    _count(found)
    return found


def _count(found: SimpleNamespace) -> None:
    """How often the rows of a team of two, the first that is looked at, go to somebody, and in which order."""
    found.doubled, found.lost = 0, 0
    found.uneven, found.most, found.fewest = False, 0, 0
    for team in found.teams.values():
        times = Counter(int(row) for share in team for row in share)
        doubled, lost = sum(count > 1 for count in times.values()), ROWS - len(times)
        found.doubled, found.lost = max(found.doubled, doubled), max(found.lost, lost)
        sizes = [len(share) for share in team]
        if max(sizes) - min(sizes) > 1 and not found.uneven:
            found.uneven, found.most, found.fewest = True, max(sizes), min(sizes)
    every = [share for team in found.teams.values() for share in team]
    found.in_order = any(np.all(np.diff(share) > 0) for share in every)
    whole = [batch for team in found.batches.values() for share in team for batch in share if len(batch) > 2]
    found.batches_in_order = bool(whole) and all(np.all(np.diff(batch) > 0) for batch in whole)
    found.batch_of = {workers: max(len(batch) for share in team for batch in share) for workers, team in found.batches.items()}
    found.batch_of_two = found.batch_of[2]


def _has_shares(found: SimpleNamespace) -> bool:
    return bool(found.teams)


def _all_have_all(found: SimpleNamespace) -> bool:
    return _has_shares(found) and all(len(set(share.tolist())) == ROWS for share in found.teams[2])


def _all_have_the_same(found: SimpleNamespace) -> bool:
    return _has_shares(found) and len({frozenset(share.tolist()) for share in found.teams[3]}) == 1


def _check_shares(found: SimpleNamespace) -> None:
    if found.doubled:
        raise Unexpected(
            "each row with exactly one worker",
            f"{found.doubled} of {ROWS} rows that go to several, or several times to one",
            "What is seen twice in an epoch counts twice in what the model learns.",
            "Let every row belong to a single share.",
        )
    wanted = {workers: GLOBAL_BATCH // workers for workers in TEAMS}
    if found.batch_of != wanted:
        raise Unexpected(
            f"batches of {wanted[2]}, {wanted[3]} and {wanted[4]} rows for 2, 3 and 4 workers",
            f"batches of {found.batch_of[2]}, {found.batch_of[3]} and {found.batch_of[4]}",
            "The global batch is what all workers take in one step together, and it should hold about 64 rows however many they are.",
            "Divide 64 by the number of workers, without a remainder.",
        )


share_the_rows = Exercise(
    name="step9.share_the_rows",
    title="Share the rows",
    task="Write rows_for(dataset, workers, worker): the share of one worker, shuffled, in batches of 64 // workers.",
    answers=("rows_for", "numbered_rows"),
    lesson=SHARES,
    attempted=_is_sharing_begun,
    begin="Replace the `...` in `rows_for` with your own code",
    observe=_observe_shares,
    misconceptions=(
        Misconception(
            "endless",
            lambda found: found.problem == "endless",
            "Your dataset repeats its rows without end.",
            "The task asks for one epoch; nobody can count whether an endless dataset holds each row once.",
            "Leave `repeat()` out; where steps are counted, whoever trains can add it.",
            SHARES,
        ),
        Misconception(
            "arguments swapped",
            lambda found: found.problem == "swapped",
            "You ask for a shard of which there are none, as `shard` gets the worker's number where it expects how many workers there are.",
            "For worker 0 that means a division into 0 parts, and TensorFlow stops.",
            "Look at the order: first into how many parts, then which of them.",
            SHARES,
        ),
        Misconception(
            "counted from one",
            lambda found: found.problem == "no such shard",
            "You ask for a shard that does not exist, because workers are counted from 0 here and you count from 1.",
            "Of two shards the numbers are 0 and 1; the last worker asks for number 2, and stops.",
            "Use the worker's number as it comes.",
            SHARES,
        ),
        Misconception(
            "not batched",
            lambda found: not found.problem and not found.batched,
            "Your dataset gives single rows, not batches of rows.",
            "Each step would learn from one row per worker, with a message over the network for each.",
            "Add batches as the last step, of the size that the task names.",
            SHARES,
        ),
        Misconception(
            "everybody has everything",
            _all_have_all,
            "Your function gives every worker all {rows} rows.",
            "All workers then compute the same, and a second machine brings nothing but cost: each row is learned from once per worker in every epoch.",
            "Give each worker a part of its own, by its number.",
            SHARES,
        ),
        Misconception(
            "always the same share",
            _all_have_the_same,
            "Your function gives all workers the same part of the rows, whatever their number.",
            "The other rows are never seen by anybody, and these several times.",
            "Let `worker`, the second argument of your division, choose the part.",
            SHARES,
        ),
        Misconception(
            "everybody shuffles for themselves",
            lambda found: _has_shares(found) and found.doubled > 0 and found.lost > 0,
            "You shuffle first, in an order that differs from worker to worker, and take every second place of it.",
            "Each worker deals out another pack of cards: in a team of yours {doubled} of {rows} rows go to several workers and {lost} to none, and nothing tells you.",
            "Take the share first and shuffle it afterwards, or make all workers shuffle in the same order.",
            SHARES,
        ),
        Misconception(
            "rows left out",
            lambda found: _has_shares(found) and found.lost > 0,
            "Your shares leave rows out: in a team of yours {lost} of {rows} go to nobody.",
            "What is left out in this way is left out in every epoch, and if it is the end of a sorted file, a whole class may go.",
            "Look at what becomes of the rows that do not fill a batch, or that the number of workers does not divide.",
            SHARES,
        ),
        Misconception(
            "batch of everybody",
            lambda found: _has_shares(found) and found.batch_of[2] == found.batch_of[3] == GLOBAL_BATCH,
            "Your workers take batches of 64 each, however many of them there are.",
            "64 is the global batch: two workers would take 128 rows in a step and four 256, so the training is another one, with fewer steps in an epoch.",
            "Divide the batch among the workers.",
            SHARES,
        ),
        Misconception(
            "uneven shares",
            lambda found: _has_shares(found) and found.uneven,
            "Your shares differ: in a team of yours one worker gets {most} rows and another {fewest}.",
            "In each step the workers wait for one another; when the first has no rows left, the others wait for it in vain, and the training stops with an error.",
            "Deal out single rows before you make batches, so that the shares differ by one row at most.",
            SHARES,
        ),
        Misconception(
            "not shuffled",
            lambda found: _has_shares(found) and found.in_order,
            "Your shares, or one of them, come in the order of the file.",
            "If the file is sorted, the first batches hold a single class, on every worker at once.",
            "Shuffle each share before you make batches.",
            SHARES,
        ),
        Misconception(
            "batches shuffled",
            lambda found: _has_shares(found) and found.batches_in_order,
            "You shuffle the batches, but inside each batch the rows stay in the order of the file.",
            "Neighbours of the file always travel together, so in a sorted file a batch still shows few classes.",
            "Shuffle the rows, then make batches.",
            SHARES,
        ),
    ),
    check_observed=_check_shares,
    hints=(
        "Three steps, each a method of the dataset. The order of the first two decides whether every row is seen once.",
        "`shard(how_many, which)` keeps every `how_many`-th row. What is shuffled after it needs no agreement with the others.",
        "`dataset.shard(workers, worker)`, then `.shuffle(...)` with a buffer as large as the share, then `.batch(...)` of 64 // workers.",
    ),
    solution_code="""
def rows_for(dataset, workers, worker):
    return dataset.shard(workers, worker).shuffle(1000).batch(64 // workers)
""",
    right="With 2, 3 and 4 workers each of the {rows} rows goes to exactly one of them, in another order than the file's, and all take equal parts of the global batch.",
)

# --- Write the cluster ---

MACHINES = ["10.0.0.1:2222", "10.0.0.2:2222", "10.0.0.3:2222"]


def _observe_cluster(tf_config: Any) -> SimpleNamespace:
    given, quotes = tf_config, False
    if isinstance(given, str | bytes):
        given, quotes = _parsed(given)
    if isinstance(given, dict) and set(given) == {"TF_CONFIG"}:
        return _observe_cluster(given["TF_CONFIG"])
    if not isinstance(given, dict):
        raise Unexpected(
            "`tf_config` to be a dictionary, or the JSON text of one",
            messages.of(tf_config),
            "TensorFlow looks in it for the keys `cluster` and `task`.",
            "Compare with the one that `tf_configs` prints in 9.5.",
        )
    cluster, task = given.get("cluster"), given.get("task")
    cluster, task = cluster if isinstance(cluster, dict) else None, task if isinstance(task, dict) else None
    addresses = (cluster or {}).get("worker")
    machines = [str(each) for each in addresses] if isinstance(addresses, list | tuple) else []
    return SimpleNamespace(
        quotes=quotes, cluster=cluster, task=task, addresses=addresses, machines=machines, many=len(machines),
        index=(task or {}).get("index"), type=(task or {}).get("type"), told=messages.of((task or {}).get("index")),
    )  # fmt: skip


def _parsed(text: str | bytes) -> tuple[Any, bool]:
    """A dictionary from its text, and whether that text is Python's and not JSON."""
    try:
        return json.loads(text), False
    except ValueError:
        pass
    try:
        return ast.literal_eval(text if isinstance(text, str) else text.decode()), True
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        raise Unexpected(
            "`tf_config` to be a dictionary, or the JSON text of one",
            messages.of(text),
            "TensorFlow reads the variable as JSON.",
            "Make a dictionary first; `json.dumps` turns it into text.",
        ) from None


def _hosts(found: SimpleNamespace) -> list[str]:
    return [machine.partition(":")[0] for machine in found.machines]


def _check_cluster(found: SimpleNamespace) -> None:
    if found.machines != MACHINES or list(found.cluster) != ["worker"] or found.index != 2 or found.type != "worker":
        raise Unexpected(
            "the three addresses with port 2222 as workers, and the task of the third machine",
            messages.one_line(f"cluster {found.cluster}, task {found.task}"),
            "Workers that do not agree on the addresses never find each other.",
            "Compare each address and its port with the task.",
        )


_AS_GIVEN = [machine.partition(":")[0] for machine in MACHINES]

write_the_cluster = Exercise(
    name="step9.write_the_cluster",
    title="Write the cluster",
    task="Write tf_config for the machine 10.0.0.3, the third of three workers that listen on port 2222.",
    answers=("tf_config",),
    lesson=PROCESSES,
    observe=_observe_cluster,
    misconceptions=(
        Misconception(
            "Python's quotes",
            lambda found: found.quotes,
            "Your text is a dictionary as Python prints it, with single quotes or round brackets.",
            "TensorFlow reads the variable as JSON, which knows double quotes only, so it stops before it starts.",
            "Let `json.dumps` write the text.",
            PROCESSES,
        ),
        Misconception(
            "no cluster",
            lambda found: found.cluster is None,
            "Your dictionary has no `cluster` that says who takes part.",
            "The worker then trains alone and waits for nobody: three machines train three separate models, and nothing tells you.",
            "Put the addresses under `cluster`, beside `task`.",
            PROCESSES,
        ),
        Misconception(
            "no task",
            lambda found: found.task is None,
            "Your dictionary has no `task` that says which of the workers this machine is.",
            "All three machines would read the same variable, and none would know whether it is the first or the last.",
            "Add `task`, with its two entries, beside `cluster`.",
            PROCESSES,
        ),
        Misconception(
            "a chief of its own",
            lambda found: "chief" in found.cluster,
            "You name a `chief` besides the workers.",
            "TensorFlow allows that: the chief is worker 0 under another name, and the others are counted anew. But our script reads its number from the list of workers alone, so two machines would take the same share.",
            "List all three machines as workers; the first of them does what a chief does.",
            PROCESSES,
        ),
        Misconception(
            "no workers",
            lambda found: "worker" not in found.cluster,
            "Your `cluster` has no entry `worker`.",
            "The names are fixed: under another one, such as `workers`, TensorFlow looks for another kind of process and finds none of ours.",
            "Call the entry `worker`, in the singular, although it holds several.",
            PROCESSES,
        ),
        Misconception(
            "not a list",
            lambda found: not found.machines,
            "Your entry `worker` is no list of addresses.",
            "A worker's number is its place in this list, so a single text, or a dictionary, gives nobody a place.",
            "Write the three addresses as three texts in square brackets.",
            PROCESSES,
        ),
        Misconception(
            "http in front",
            lambda found: any("//" in machine for machine in found.machines),
            "Your addresses begin with the name of a protocol, as a web page's do.",
            "TensorFlow speaks a protocol of its own here, and takes `http` for the name of a machine.",
            "Write machine and port alone, with a colon between them.",
            PROCESSES,
        ),
        Misconception(
            "no port",
            lambda found: any(":" not in machine for machine in found.machines),
            "Your list has an address without a port.",
            "The port is the door at which a machine waits for the others; without one they have nowhere to knock, and TensorFlow stops.",
            "Add the port to each address, after a colon.",
            PROCESSES,
        ),
        Misconception(
            "someone is missing",
            lambda found: len(set(found.machines)) < 3 and set(_hosts(found)) <= set(_AS_GIVEN),
            "Your list names {many} addresses, and not each of the three machines once.",
            "Every worker needs the whole list, itself included: its own address tells it where to listen, and its number is a place in this list.",
            "List all three, each once, in the same way on every machine.",
            PROCESSES,
        ),
        Misconception(
            "another order",
            lambda found: sorted(_hosts(found)) == _AS_GIVEN and _hosts(found) != _AS_GIVEN,
            "Your list has the three machines in another order than the task gives.",
            "The order decides who is worker 0. If two machines hold different orders, two of them take the same place, and nobody the third.",
            "Write them in the order of the task, on all machines alike.",
            PROCESSES,
        ),
        Misconception(
            "another type",
            lambda found: found.type != "worker",
            "Your `task` does not say that this machine is a `worker`.",
            "TensorFlow looks for the machine in the part of `cluster` that `type` names, and finds no such part.",
            "Give `task` a `type`: the same word as in `cluster`.",
            PROCESSES,
        ),
        Misconception(
            "number as text",
            lambda found: isinstance(found.index, str),
            "Your worker's number is {told}, which is no number.",
            "TensorFlow would forgive it, but our script hands it to `shard`, which counts with it and stops.",
            "Write it without quotes.",
            PROCESSES,
        ),
        Misconception(
            "counted from one",
            lambda found: found.index == 3,
            "You count the workers from 1, so the third is number 3.",
            "There are only the places 0, 1 and 2: the machine finds no address of its own and stops.",
            "Count from 0, as everywhere in Python.",
            PROCESSES,
        ),
        Misconception(
            "another machine's number",
            lambda found: type(found.index) is int and found.index in (0, 1),
            "Your `task` says that this machine is number {index}, which is the place of another one.",
            "Two machines would claim the same place, and nobody the third: all wait for a worker that never comes.",
            "Find `10.0.0.3` in your list, and count its place from 0.",
            PROCESSES,
        ),
    ),
    check_observed=_check_cluster,
    hints=(
        "Two questions have to be answered: who takes part, and which of them am I?",
        "`cluster` has one entry, `worker`, with the list of all addresses; `task` has two, `type` and `index`.",
        'Three texts such as "10.0.0.1:2222" under `worker`; in `task` the type "worker", and as index the place of 10.0.0.3, counted from 0.',
    ),
    solution_code="""
tf_config = {
    "cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222", "10.0.0.3:2222"]},
    "task": {"type": "worker", "index": 2},
}
""",
    right="The other two machines get the same dictionary with index 0 and 1. Everything else must be equal, to the order of the list.",
)

# --- Scale the loss ---

# The losses on two replicas, first unequal and then equal parts of a global batch of 8.
PARTS = ((1.0, 2.0, 6.0), (0.5, 1.5, 3.0, 0.25, 4.0)), ((2.0, 1.0, 0.5, 3.0), (0.25, 5.0, 1.0, 2.5))
WHOLE = 8


def _shares_of_loss(losses: np.ndarray) -> dict[str, float]:
    """What a function may return for the losses on one replica, by name; the right answer first."""
    return {
        "right": losses.sum() / WHOLE,
        "own mean": losses.mean(),
        "sum": losses.sum(),
        "divided twice": losses.mean() / WHOLE,
        "number of replicas": losses.mean() / 2,
        "multiplied": losses.sum() * WHOLE,
        "mean times batch": losses.mean() * WHOLE,
    }


def _observe_loss(share_of_loss: Any) -> SimpleNamespace:
    import tensorflow as tf

    function = expect.function(share_of_loss, "share_of_loss")
    replicas = [np.asarray(part, "float32") for parts in PARTS for part in parts]
    returned, moves = [], True
    for losses in replicas:
        given = tf.constant(losses)
        with expect.using(f"`share_of_loss` was called with {len(losses)} losses and a global batch of {WHOLE}"):
            with tf.autodiff.ForwardAccumulator(given, tf.ones_like(given)) as changes:
                result = function(given, WHOLE)
        moves &= isinstance(result, tf.Tensor) and changes.jvp(result) is not None
        returned.append(expect.array(result, "share_of_loss(losses, global_batch)"))
    one_number = all(each.ndim == 0 for each in returned)
    every = [_shares_of_loss(losses.astype("float64")) for losses in replicas]
    names = [
        name for name in every[0]
        if one_number and np.allclose([float(each) for each in returned], [known[name] for known in every], rtol=1e-4)
    ]  # fmt: skip
    shape = str(returned[0].shape)
    return SimpleNamespace(is_a=names[0] if names else "", moves=moves, one_number=one_number, shape=shape)


def _check_loss(found: SimpleNamespace) -> None:
    if found.is_a != "right":
        raise Unexpected(
            "shares that add up to the mean loss of the global batch",
            "numbers that do not",
            "With replicas of 3 and 5 examples the two shares together must be the mean of all 8 losses.",
            "Work it out for two replicas by hand: what must each contribute?",
        )


scale_the_loss = Exercise(
    name="step9.scale_the_loss",
    title="Scale the loss",
    task="Write share_of_loss(losses, global_batch): numbers whose sum over all replicas is the mean loss of the global batch.",
    answers=("share_of_loss",),
    lesson=BY_HAND,
    attempted=functools.partial(_is_function_begun, lambda: (np.ones(2, "float32"), WHOLE)),
    observe=_observe_loss,
    misconceptions=(
        Misconception(
            "not one number",
            lambda found: not found.one_number,
            "You return numbers of shape {shape}, one for each example.",
            "The replicas add up what they return, and may have different numbers of examples; only single numbers can be added.",
            "Bring the losses of the examples down to one number.",
            BY_HAND,
        ),
        Misconception(
            "mean of its own",
            lambda found: found.is_a == "own mean",
            "You take the mean over the examples of this replica alone.",
            "The replicas are added, so two means give twice the mean, and eight give eight times: the step is as long as if somebody had raised the learning rate. With unequal parts the examples of the smaller one weigh more, too.",
            "Divide by the size of the batch that all replicas share.",
            BY_HAND,
        ),
        Misconception(
            "not divided",
            lambda found: found.is_a == "sum",
            "You add up the losses and do not divide.",
            "The loss then grows with the batch, and so does every gradient: here the step is 8 times as long as it should be.",
            "Use the second argument.",
            BY_HAND,
        ),
        Misconception(
            "divided twice",
            lambda found: found.is_a == "divided twice",
            "You divide twice: a mean has already divided by the number of examples, and then comes the global batch.",
            "The step is many times too short, and the training seems to stand still.",
            "Begin with the sum instead of the mean.",
            BY_HAND,
        ),
        Misconception(
            "by the number of replicas",
            lambda found: found.is_a == "number of replicas",
            "You divide the mean of this replica by 2, the number of replicas.",
            "That is right as long as there are two of them with equally many examples. With 3 and 5, as in the last batch of an epoch, an example of the smaller part weighs more than one of the larger; and with three replicas it is wrong throughout.",
            "Divide something that does not depend on how many examples this replica happens to have.",
            BY_HAND,
        ),
        Misconception(
            "multiplied",
            lambda found: found.is_a in ("multiplied", "mean times batch"),
            "You multiply by the size of the global batch.",
            "The loss becomes larger the more examples there are, and the step with it.",
            "A mean is a sum, divided.",
            BY_HAND,
        ),
        Misconception(
            "no gradient",
            lambda found: found.is_a == "right" and not found.moves,
            "Your number is right, but it is computed outside TensorFlow, by Python or NumPy.",
            "The tape sees nothing of it, so every gradient is `None` and no weight moves.",
            "Stay with TensorFlow's functions until the end, and do not turn the tensor into a number.",
            BY_HAND,
        ),
    ),
    check_observed=_check_loss,
    hints=(
        "The mean of eight losses is their sum, divided by 8. Which part of this can a replica contribute that knows three of them?",
        "Add up what this replica has, and divide by what all have.",
        "`tf.reduce_sum` of the losses, divided by `global_batch`.",
    ),
    solution_code="""
def share_of_loss(losses, global_batch):
    return tf.reduce_sum(losses) / global_batch
""",
    right="The shares add up to the mean of the whole, even when the replicas have different numbers of examples.",
)

# --- Predict the step ---

# compute, megabytes, megabytes per second, latency
NETWORKS = ((0.9, 24.0, 120.0, 0.003), (0.05, 400.0, 1000.0, 0.0005), (2.0, 1.0, 10.0, 0.02))
SIZES = (1, 2, 3, 6)


def _costs(workers: int, compute: float, megabytes: float, speed: float, latency: float) -> dict[str, float]:
    """The seconds of one step, by name: the right formula first, then what it is mistaken for."""
    rounds, part, own = 2 * (workers - 1), megabytes / workers / speed, compute / workers
    return {
        "right": own + rounds * (part + latency),
        "not shared": compute + rounds * (part + latency),
        "no sending": own,
        "to itself": own + 2 * workers * (part + latency),
        "half the rounds": own + (workers - 1) * (part + latency),
        "no latency": own + rounds * part,
        "latency once": own + rounds * part + latency,
        "two latencies": own + rounds * part + 2 * latency,
        "whole gradients": own + rounds * (megabytes / speed + latency),
        "to each other": own + (workers - 1) * (megabytes / speed + latency),
        "multiplied": own + rounds * (megabytes / workers * speed + latency),
        "milliseconds": 1000 * (own + rounds * (part + latency)),
        "bits": own + rounds * (8 * part + latency),
        "whole seconds": compute // workers + rounds * (part + latency),
        "one round": own + part + latency if workers > 1 else own,
    }


def _observe_step(step_seconds: Any) -> SimpleNamespace:
    function = expect.function(step_seconds, "step_seconds")
    cases = [(workers, *network) for network in NETWORKS for workers in SIZES]
    returned = []
    for case in cases:
        with expect.using(f"`step_seconds{case}` was called"):
            result = function(*case)
        returned.append(expect.array(result, f"step_seconds{case}"))
    if any(each.ndim for each in returned):
        raise Unexpected(
            "one number", f"an array of shape {returned[0].shape}", "A step takes one time.", "Return a single number of seconds."
        )
    known = [_costs(*case) for case in cases]
    matches = [name for name in known[0] if _are_near(returned, [each[name] for each in known])]
    alone = float(returned[0])
    return SimpleNamespace(is_a=matches[0] if matches else "", alone=f"{alone:.4g}")


def _are_near(returned: list[np.ndarray], wanted: list[float]) -> bool:
    return np.allclose([float(each) for each in returned], wanted, rtol=1e-6, atol=1e-9)


def _check_step(found: SimpleNamespace) -> None:
    if found.is_a != "right":
        raise Unexpected(
            "the seconds of one step for 1, 2, 3 and 6 workers",
            f"other numbers; for one worker that computes for 0.9 s it is {found.alone}",
            "A step is the computing, divided among the workers, and then the rounds, each with its sending and its latency.",
            "Work out two workers by hand, and compare.",
        )


def _step_is(*names: str) -> Callable[[SimpleNamespace], bool]:
    return lambda found: found.is_a in names


predict_the_step = Exercise(
    name="step9.predict_the_step",
    title="Predict the step",
    task="Write step_seconds(workers, compute, megabytes, megabytes_per_second, latency): the seconds of one step.",
    answers=("step_seconds",),
    lesson=COSTS,
    attempted=functools.partial(_is_function_begun, lambda: (2, *NETWORKS[0])),
    observe=_observe_step,
    misconceptions=(
        Misconception(
            "computing not shared",
            _step_is("not shared"),
            "Your computing takes as long with six workers as with one.",
            "The global batch stays the same, so each worker computes a part of it only; otherwise more workers could never be faster.",
            "Divide the time of the computing.",
            COSTS,
        ),
        Misconception(
            "no sending",
            _step_is("no sending"),
            "You count the computing alone.",
            "By that rule a thousand workers are a thousand times as fast, and none of them ever tells the others what it found.",
            "Add the rounds in which the gradients travel.",
            COSTS,
        ),
        Misconception(
            "sending to oneself",
            _step_is("to itself"),
            "You count 2 rounds for each worker.",
            "A single worker would then send its gradients to itself; it needs no round at all, and two workers need two.",
            "Look at the number of rounds again, and try it with one worker.",
            COSTS,
        ),
        Misconception(
            "half the rounds",
            _step_is("half the rounds"),
            "You count as many rounds as there are other workers.",
            "After these each worker holds the sum of one part only; it takes as many again to hand the finished parts around.",
            "Count both trips around the ring.",
            COSTS,
        ),
        Misconception(
            "one round",
            _step_is("one round"),
            "You count a single round, however many workers there are.",
            "A part of the gradients has to pass every worker before it is complete, so a larger ring takes more rounds.",
            "Multiply what a round takes by the number of rounds.",
            COSTS,
        ),
        Misconception(
            "no latency",
            _step_is("no latency"),
            "You count the time for the bytes, and leave out the latency.",
            "With many workers the parts become small, and then the delay at the beginning of each round is nearly all that a round takes.",
            "Add the latency to every round.",
            COSTS,
        ),
        Misconception(
            "latency once",
            _step_is("latency once", "two latencies"),
            "You add the latency a fixed number of times, however many rounds there are.",
            "Each round is a message of its own and begins with the same delay, so six workers wait ten times.",
            "Count the latency once in every round.",
            COSTS,
        ),
        Misconception(
            "whole gradients",
            _step_is("whole gradients", "to each other"),
            "Your workers send all of the gradients each time.",
            "In the ring they travel in as many parts as there are workers, and a round carries a single part; that is why the bytes hardly grow with the number of workers.",
            "Divide the megabytes of a round.",
            COSTS,
        ),
        Misconception(
            "multiplied by the speed",
            _step_is("multiplied"),
            "You multiply the megabytes by the speed of the network.",
            "A faster network would then need longer; megabytes times megabytes per second are no seconds.",
            "Look at the units: which of the two must be divided by the other?",
            COSTS,
        ),
        Misconception(
            "milliseconds",
            _step_is("milliseconds"),
            "Your numbers are a thousand times too large.",
            "All that comes in is in seconds, and the task asks for seconds.",
            "Leave the factor out.",
            COSTS,
        ),
        Misconception(
            "bits",
            _step_is("bits"),
            "You turn bytes into bits, with a factor of 8.",
            "Networks are often sold by the bit, but here both numbers are in megabytes.",
            "Leave the factor out.",
            COSTS,
        ),
        Misconception(
            "whole seconds",
            _step_is("whole seconds"),
            "You divide with `//`, which throws away what is behind the point.",
            "A computing time below one second becomes 0, and the workers seem to cost nothing.",
            "Divide with `/`.",
            COSTS,
        ),
    ),
    check_observed=_check_step,
    hints=(
        "Two parts, added: what is shared among the workers, and what comes on top because there are several.",
        "A round takes the time for its bytes, plus the latency. How many rounds are there, and how many megabytes has one?",
        "`compute / workers`, plus `2 * (workers - 1)` rounds, each of `megabytes / workers / megabytes_per_second + latency`.",
    ),
    solution_code="""
def step_seconds(workers, compute, megabytes, megabytes_per_second, latency):
    one_round = megabytes / workers / megabytes_per_second + latency
    return compute / workers + 2 * (workers - 1) * one_round
""",
    right="One worker sends nothing, and gives the time of the computing alone. With more workers the computing shrinks, the bytes stay nearly the same, and the latency grows: so there is a best number of workers.",
)
