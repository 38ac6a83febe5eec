"""Exercises of step 1, collect and load data: rows and pictures become datasets that a model can learn from."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from companion import datasets, expect, messages
from companion.expect import Unexpected
from companion.feedback import Exercise, Misconception

COLUMNS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
NEW_ISLAND = "Dream"
CLOTHES = 24
ROWS = 342


@functools.cache
def _penguins() -> SimpleNamespace:
    """The complete rows of the file, in its order: features, species as numbers, and who lives on the new island."""
    table = datasets.load_penguins()
    features = np.stack([table[column] for column in COLUMNS], axis=1)
    complete = np.isfinite(features).all(axis=1)
    species = np.array([datasets.PENGUIN_SPECIES.index(name) for name in table["species"][complete]])
    return SimpleNamespace(
        features=features[complete],
        species=species,
        new=table["island"][complete] == NEW_ISLAND,
        number_of={row.tobytes(): number for number, row in enumerate(features[complete])},  # no two rows are the same
    )


@dataclass(frozen=True)
class _Step:
    """One word of a pipeline: "shuffle" with its buffer, "map" with whether chance plays a part in it, …"""

    name: str
    size: int = 0
    chance: str = ""  # "", "seeded" (TensorFlow's own random functions), "fresh" (a Keras layer) or "python"
    whole: bool = False  # whether what it hands on begins with tables of whole numbers, such as unscaled pictures


def _steps(dataset: Any) -> list[_Step]:
    """Return the steps of a dataset, first to last; [] where TensorFlow does not tell.

    They serve to name the cause of what was seen; whether an answer is right never depends on them alone.
    """
    import tensorflow as tf

    describe = tf.data.experimental.to_variant
    try:
        graph = tf.compat.v1.GraphDef()
        text = tf.raw_ops.DatasetToGraphV2(input_dataset=describe(dataset), external_state_policy=1)
        graph.ParseFromString(text.numpy())
    except Exception:
        return []
    nodes = {node.name: node for node in graph.node}
    functions = {function.signature.name: function for function in graph.library.function}
    found = []
    for node in graph.node:
        word = re.fullmatch(r"(?:Parallel)?([A-Za-z]+)Dataset(?:V\d+)?", node.op)
        if word and word[1] == "Shuffle":
            found.append(_Step("shuffle", int(tf.make_ndarray(nodes[node.input[1]].attr["value"].tensor))))
        elif word and word[1] == "Map":
            found.append(_Step("map", chance=_chance(set(_operations(node, functions)))))
        elif word:
            found.append(_Step(word[1].lower(), whole=_hands_on_whole_numbers(node)))
    return found


def _hands_on_whole_numbers(node: Any) -> bool:
    import tensorflow as tf

    attributes = dict(node.attr.items())
    types = (attributes.get("output_types") or attributes.get("Toutput_types") or node.attr["output_types"]).list.type
    shapes = node.attr["output_shapes"].list.shape
    is_number = bool(shapes) and not shapes[0].unknown_rank and not shapes[0].dim
    return bool(types) and not is_number and tf.dtypes.as_dtype(types[0]).is_integer


def _operations(node: Any, functions: dict[str, Any]) -> Iterator[str]:
    """The operations that a node of a graph calls, through all its functions."""
    waiting, known = [node], set()
    while waiting:
        called = {value.func.name for value in waiting.pop().attr.values() if value.func.name}
        for name in called & functions.keys() - known:
            known.add(name)
            waiting += functions[name].node_def
            yield from (inner.op for inner in functions[name].node_def)


def _chance(operations: set[str]) -> str:
    if any("PyFunc" in it for it in operations):
        return "python"
    if any("StatelessRandom" in it for it in operations):
        return "fresh"
    return "seeded" if any("Random" in it for it in operations) else ""


def _counted(number: int, word: str) -> str:
    """Say how many: "1 batch", "3 batches"."""
    return f"{number} {word}" + ("es" if word.endswith("ch") else "s") * (number != 1)


# --- Split the penguins ---

FEWEST, MOST = 65, 72  # rows for validation; about a fifth, since a split of each species may round


def _row_numbers(value: object, name: str) -> np.ndarray:
    """Return row numbers in whatever form they were handed in: an array, a list, a set, a dataset, a mask."""
    import tensorflow as tf

    if isinstance(value, tf.data.Dataset):
        elements = expect.batches(value, name, most=2 * ROWS)
        if not all(isinstance(element, (np.ndarray, np.generic)) for element in elements):
            elements = [expect.array(element, f"{name}, one element") for element in elements]
        value = np.concatenate([np.ravel(element) for element in elements])
    if isinstance(value, (set, frozenset, range)):
        value = list(value)
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]  # what `np.where` and `np.nonzero` return; it picks the same rows
    if _is_empty(value):
        return np.zeros(0, int)
    if _is_words(value):
        return np.asarray(value)
    numbers = expect.array(value, name)
    if numbers.dtype == bool and numbers.shape == (ROWS,):
        return np.flatnonzero(numbers)
    if numbers.ndim == 2 and numbers.shape[1] == len(COLUMNS) and numbers.dtype.kind == "f":
        return numbers
    if numbers.ndim == 0 and numbers.dtype.kind in "iu":
        return numbers
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        raise Unexpected(
            f"`{name}` to be a row of whole numbers, the numbers of rows",
            f"an array of shape `{numbers.shape}` and dtype `{numbers.dtype}`",
            "Only whole numbers on one axis can pick rows: `penguin_features[numbers]`.",
            "Cut them out of `order` with a slice.",
            "1.3 Split before anything else",
        )
    numbers = numbers.astype("int64")
    outside = (numbers < -ROWS) | (numbers >= ROWS)
    if outside.any():
        raise Unexpected(
            f"row numbers from 0 to {ROWS - 1} in `{name}`",
            f"the number {numbers[outside][0]}",
            "There is no such row, so `penguin_features[numbers]` would stop with an error.",
            "Take the numbers from `order`, which holds each row once.",
            "1.3 Split before anything else",
        )
    return numbers % ROWS


def _is_empty(value: object) -> bool:
    try:
        return np.size(value) == 0
    except Exception:
        return False


def _is_words(value: object) -> bool:
    """Whether a value is the names of species, in whatever form."""
    try:
        return np.ndim(value) == 1 and set(np.asarray(value).tolist()) <= set(datasets.PENGUIN_SPECIES)
    except Exception:
        return False


def _observe_split(penguin_train_rows: object, penguin_val_rows: object) -> SimpleNamespace:
    """Which rows are on which side, and which on both, twice, or on none."""
    both_sides = []
    for value, name in [(penguin_train_rows, "penguin_train_rows"), (penguin_val_rows, "penguin_val_rows")]:
        first, second = _row_numbers(value, name), _row_numbers(value, name)
        both_sides.append((first, set(first.ravel().tolist()) != set(second.ravel().tolist())))
    (train, train_moves), (val, val_moves) = both_sides
    it = SimpleNamespace(cut_out="", single="", empty="")
    for side, name in [(train, "penguin_train_rows"), (val, "penguin_val_rows")]:
        it.cut_out = it.cut_out or ("measurements" if side.ndim == 2 else "species" if side.dtype.kind not in "iu" else "")
        it.single = it.single or name * (side.ndim == 0)
        it.empty = it.empty or name * (side.size == 0)
    if it.cut_out or it.single or it.empty:
        return it
    held = sorted(set(val.tolist()))
    species = _penguins().species
    missing = [name for number, name in enumerate(datasets.PENGUIN_SPECIES) if number not in set(species[held])]
    gaps = np.diff(held)
    vars(it).update(
        moves=train_moves or val_moves,
        train=len(train),
        val=len(val),
        twice=len(train) + len(val) - len(set(train.tolist())) - len(held),
        both=len(set(train.tolist()) & set(held)),
        neither=ROWS - len(set(train.tolist()) | set(held)),
        missing=" and no ".join(missing),
        gaps=set(gaps.tolist()),
        gap=int(gaps[0]) if len(gaps) else 0,
    )
    return it


def _check_split(it: SimpleNamespace) -> None:
    if not FEWEST <= it.val <= MOST:
        raise Unexpected(
            f"about a fifth of the {ROWS} rows, {FEWEST} to {MOST}, in `penguin_val_rows`",
            f"{it.val} rows there and {it.train} in `penguin_train_rows`",
            "Fewer make the validation a matter of luck; more are missing from training.",
            "Choose another place for the cut.",
        )


split_the_penguins = Exercise(
    name="step1.split_the_penguins",
    title="Split the penguins",
    task="Divide the row numbers 0 to 341 at random: `penguin_val_rows`, about a fifth of them (65 to 72), for "
    "validation, and `penguin_train_rows`, all the others, for training.",
    answers=["penguin_train_rows", "penguin_val_rows"],
    lesson="1.3 Split before anything else",
    observe=_observe_split,
    misconceptions=[
        Misconception(
            name="rows instead of row numbers",
            seen=lambda it: bool(it.cut_out),
            did="You hand in the {cut_out} themselves, not the numbers of their rows.",
            follows="With the numbers you can pick measurements, species and anything else of the same penguins, "
            "and see at once whether a row is on both sides.",
            change="Leave the table aside for now and cut `order` alone.",
            lesson="1.3 Split before anything else",
        ),
        Misconception(
            name="one number in place of a slice",
            seen=lambda it: bool(it.single),
            did="Your `{single}` is a single number, not a row of numbers.",
            follows="`order[68]` picks the one number that stands there, and one penguin is no set to learn from or to "
            "validate with.",
            change="Use a slice, with a colon: it cuts out a whole piece.",
            lesson="1.3 Split before anything else",
        ),
        Misconception(
            name="nothing on one side",
            seen=lambda it: bool(it.empty),
            did="Your `{empty}` is empty.",
            follows="There are 342 rows, so a slice that begins at 342 or later, as `order[800:]`, holds nothing, and NumPy does "
            "not complain.",
            change="Work out how many a fifth of 342 is, and cut there.",
            lesson="1.3 Split before anything else",
        ),
        Misconception(
            name="a new split at each reading",
            seen=lambda it: it.moves,
            did="Your split is a dataset that is shuffled anew whenever somebody reads it, so it held other rows when "
            "the check read it a second time.",
            follows="The two sides are read at different times and in different orders: rows of one turn up in the "
            "other, and over several epochs the model sees all of them.",
            change="Draw the order once, as an array, and cut that.",
            lesson="1.3 Split before anything else",
        ),
        Misconception(
            name="drawn with replacement",
            seen=lambda it: it.twice > 0,
            did="You draw some rows more than once: {twice} places are taken by a row that is already on the same side.",
            follows="A row that comes twice counts twice, and for each of them another row is left out.",
            change="Put all the numbers in random order and cut that order, in place of drawing them one by one.",
            lesson="1.3 Split before anything else",
        ),
        Misconception(
            name="validation rows also in train",
            seen=lambda it: it.both > 0,
            did="Your two sides overlap: rows that are both in `penguin_train_rows` and in `penguin_val_rows`: {both}.",
            follows="The model may learn those answers by heart, and then the validation praises its memory and tells little "
            "about penguins that it has never seen.",
            change="Let one side begin exactly where the other ends, and cut both from one and the same order.",
            lesson="1.3 Split before anything else",
        ),
        Misconception(
            name="the sides changed places",
            seen=lambda it: FEWEST <= it.train <= MOST and it.neither == 0,
            did="Your split is the wrong way round: {train} rows to learn from, {val} to validate with.",
            follows="A model learns from the training rows only, and with a fifth of them it has seen far less than "
            "you could show it.",
            change="Give the larger part to training.",
            lesson="1.3 Split before anything else",
        ),
        Misconception(
            name="split in file order",
            # At random, a species is missing from 65 rows with a probability far below 1e-6.
            seen=lambda it: bool(it.missing) and it.val >= FEWEST,
            did="Your validation rows come from one part of the file, and hold no {missing}.",
            follows="The file is sorted by species, so the model is never tested on what is missing there, and the training "
            "rows hold too few of what was taken away.",
            change="Let chance choose the rows.",
            lesson="1.3 Split before anything else",
        ),
        Misconception(
            name="every so many rows",
            seen=lambda it: len(it.gaps) == 1 and it.val >= FEWEST,
            did="You take rows at equal distances, each {gap} after the one before, so chance has no part in it.",
            follows="A file may have a rhythm of its own: in this one more than eight in ten neighbours are a male and a "
            "female, and a step that meets such a rhythm picks one kind only.",
            change="Use the random `order` in place of the order of the file.",
            lesson="1.3 Split before anything else",
        ),
        Misconception(
            name="pieces of the file",
            # 65 rows drawn at random have no more than three different distances with a probability below 1e-15.
            seen=lambda it: len(it.gaps) <= 3 and it.val >= FEWEST,
            did="You take your validation rows in whole pieces of the file, or at equal distances, and chance has no part "
            "in it.",
            follows="What stands together in a file often has more in common than its species: here neighbours nearly always "
            "come from the same island, so the pieces may stand for a part of the birds only.",
            change="Let `order` decide which rows are taken.",
            lesson="1.3 Split before anything else",
        ),
        Misconception(
            name="rows on neither side",
            seen=lambda it: it.neither > 0 and FEWEST <= it.val <= MOST,
            did="Your two sides leave out {neither} of the 342 rows.",
            follows="Nobody learns from them and nobody is tested with them, and no error message will ever tell you.",
            change="Check that the two lengths add up to 342: the end of one slice is the beginning of the other.",
            lesson="1.3 Split before anything else",
        ),
    ],
    check_observed=_check_split,
    hints=[
        "`order` holds each row number once, in random order. One cut is enough to make two parts of it.",
        "A slice without a beginning starts at the front, one without an end goes to the back: `order[:k]` and "
        "`order[k:]` share nothing and leave nothing out. Section 1.3 does it with 800 of 4,000.",
        "A fifth of 342 is about 68. The first 68 of `order` are for validation; which slice holds the rest?",
    ],
    solution_code="""
order = np.random.default_rng(1).permutation(342)

penguin_val_rows = order[:68]
penguin_train_rows = order[68:]
""",
    right="Each row is on one side only: {train} to learn from, {val} to validate with, all three species among them. "
    "What the validation says will hold for penguins that the model has not seen.",
)


# --- Batch the penguins ---

BATCH = 32
LONGEST_PASS = 2 * ROWS  # elements that are read before a pass is taken to be endless
# With a buffer that holds all rows, some row comes more than 187 places early: it fails to with a probability
# below 1e-30. At 187 or less, no Gentoo (rows 219 and up) can be among the first 32 rows.
EARLY_AT_LEAST = 188
FEW_WRONG = 100  # labels of other species; see "labels moved along"


def _observe_batches(penguins_train: object) -> SimpleNamespace:
    """Two passes over the dataset: what a batch holds, in which order the rows come, and who travels together."""
    train = expect.dataset(penguins_train, "penguins_train")
    it = SimpleNamespace(steps=_steps(train), endless=expect.is_endless(train), shape=(), rank=2, labels="")
    spec = train.element_spec
    if isinstance(spec, tuple) and len(spec) == 2 and getattr(getattr(spec[0], "shape", None), "rank", None) == 3:
        it.shape, it.rank = tuple(spec[0].shape), 3
    if it.endless or it.rank == 3:
        return it
    passes = [_one_pass(train) for _ in range(2)]
    features, labels = passes[0][0]
    it.rank, it.shape, it.labels = features.ndim, features.shape, _kind_of_labels(labels, features)
    if it.labels != "features" and it.rank not in (1, 2):
        raise Unexpected(
            "batches of rows of 4 measurements, of shape `(32, 4)`, in `penguins_train`",
            f"elements of shape `{it.shape}`",
            "A model for rows of 4 numbers expects two axes: the penguins and their measurements.",
            "Hand `penguin_features` to `from_tensor_slices` as it is, and batch once.",
            "1.2 A dataset from arrays",
        )
    if it.rank == 2 and it.labels == "other":
        raise _other_labels(f"labels of shape `{labels.shape}` and dtype `{labels.dtype}`")
    if it.rank != 2 or it.labels != "numbers":
        return it
    it.values = sorted({int(label) for _, labels in passes[0] for label in labels})
    rows = [_rows_in_the_file(features) for features, _ in passes[0]]
    again = [_rows_in_the_file(features) for features, _ in passes[1]]
    vars(it).update(_order_of(rows, again), **_agreement(np.concatenate(rows), passes[0]))
    return it


def _other_labels(received: str) -> Unexpected:
    return Unexpected(
        "one of the whole numbers 0, 1 and 2 as the label of each penguin",
        received,
        "A model with three outputs counts them 0, 1 and 2, and finds the right one by that number.",
        "Give each species its place in `datasets.PENGUIN_SPECIES`.",
        "1.6 A table from a CSV file",
    )


def _one_pass(train: Any) -> list[tuple[Any, Any]]:
    """The elements of one pass as pairs of features, which must be numbers, and labels, which may be anything."""
    try:
        elements = expect.batches(train, "penguins_train", most=LONGEST_PASS + 1)
    except Unexpected as found:
        found.why = "In training the dataset is read once for each epoch, from its start, and must hand out rows each time."
        raise
    if len(elements) > LONGEST_PASS:
        raise Unexpected(
            "the end of a pass over `penguins_train`, when each penguin has come once",
            f"more than {LONGEST_PASS} elements, and no end yet",
            "`fit` counts a pass as an epoch, and would wait for its end.",
            "Find what starts the data again and again.",
        )
    pairs = [expect.pair(element, "penguins_train") for element in elements]
    if isinstance(pairs[0][0], dict):
        raise Unexpected(
            "one tensor with the four measurements as the first part of each pair",
            "a dictionary",
            "The measurements would come as tensors apart, and not as a row of four.",
            "Hand `penguin_features` to `from_tensor_slices` as it is.",
            "1.2 A dataset from arrays",
        )
    pairs = [tuple(map(np.asarray, pair)) for pair in pairs]
    if _kind_of_labels(pairs[0][1], pairs[0][0]) == "features":
        return pairs
    return [(expect.array(features, "penguins_train, features"), labels) for features, labels in pairs]


def _kind_of_labels(labels: np.ndarray, features: np.ndarray) -> str:
    """What the labels of one batch look like, in a word."""
    if labels.shape[-1:] == (len(COLUMNS),) and features.shape[-1:] != (len(COLUMNS),):
        return "features"
    if labels.size and isinstance(labels.flat[0], (str, bytes)):
        return "words"
    if labels.dtype.kind not in "biuf":
        return "other"
    if labels.ndim == 2 and labels.shape[1] == 1:
        return "column"
    if labels.ndim == 2 and np.all((labels == 0) | (labels == 1)) and np.all(labels.sum(axis=1) == 1):
        return "one-hot"
    if labels.ndim == 1 and labels.dtype.kind == "f":
        return "decimals"
    return "numbers" if labels.ndim == 1 and labels.dtype.kind in "iu" else "other"


def _rows_in_the_file(features: np.ndarray) -> np.ndarray:
    """The number of each row in the file of penguins."""
    number_of = _penguins().number_of
    found = [number_of.get(row.tobytes(), -1) for row in np.asarray(features, "float32")]
    if -1 in found:
        strange = np.array2string(np.asarray(features)[found.index(-1)], precision=1)
        raise Unexpected(
            "the rows of `penguin_features`, unchanged, in `penguins_train`",
            f"a row `{messages.one_line(strange)}` that is not among them",
            "The measurements are to be mixed and put into batches here, nothing else; preparing them comes next.",
            "Hand `penguin_features` to `from_tensor_slices` as it is.",
            "1.2 A dataset from arrays",
        )
    return np.array(found)


def _order_of(rows: list[np.ndarray], again: list[np.ndarray]) -> dict[str, Any]:
    """What two passes tell of the order of the rows, each given as one array of row numbers a batch."""
    order, second = np.concatenate(rows), np.concatenate(again)
    species = _penguins().species
    together = [frozenset(batch.tolist()) for batch in rows]
    in_one_piece = all(np.all(np.diff(batch) == 1) for batch in rows + again) and max(map(len, rows)) > 1
    in_file_order = bool(np.all(np.diff(order) == 1) and np.all(np.diff(second) == 1))
    return {
        "batches": len(rows),
        "sizes": [len(batch) for batch in rows],
        "handed_out": len(order),
        "rows": len(set(order.tolist())),
        "single": sum(len(set(species[batch])) == 1 for batch in rows),
        "in_file_order": in_file_order,
        "blocks": in_one_piece and not in_file_order and len(rows) > 1,
        "fixed_company": 1 < len(rows) < len(order)
        and set(together) == {frozenset(batch.tolist()) for batch in again}
        and together != [frozenset(batch.tolist()) for batch in again],
        "early": max(int(np.max(one - np.arange(len(one)))) for one in (order, second)),
        "frozen": np.array_equal(order, second),
    }


def _agreement(rows: np.ndarray, elements: list[tuple[Any, Any]]) -> dict[str, Any]:
    """Whether the labels belong to the rows that they come with, perhaps under other numbers."""
    labels, species = np.concatenate([labels for _, labels in elements]), _penguins().species[rows]
    numbers = [set(labels[species == kind].tolist()) for kind in range(len(datasets.PENGUIN_SPECIES))]
    return {
        "one_each": all(len(some) <= 1 for some in numbers),
        "shared": len(set().union(*numbers)) < sum(map(len, numbers)),
        "mislabelled": int(np.sum(labels != species)),
    }


def _check_batches(it: SimpleNamespace) -> None:
    if not set(it.values) <= {0, 1, 2}:
        raise _other_labels(f"numbers from {it.values[0]} to {it.values[-1]}")
    full, rest = divmod(ROWS, BATCH)
    if sorted(it.sizes) not in ([rest] + [BATCH] * full, [BATCH] * full):
        raise Unexpected(
            f"{full} batches of {BATCH} penguins and the {rest} that remain",
            f"{_counted(it.batches, 'batch')}, the first of {_counted(it.sizes[0], 'penguin')}, {it.handed_out} in all",
            "The size of a batch decides how many penguins are behind each step of the training.",
            "Look at the number in `batch`, and at what else takes rows away.",
            "1.2 A dataset from arrays",
        )
    if it.rows != it.handed_out:
        raise Unexpected(
            "each penguin once in a pass",
            f"{it.handed_out} rows, of which {it.rows} are different",
            "A row that comes twice counts twice in training.",
            "Hand each row of `penguin_features` to the dataset once.",
        )


batch_the_penguins = Exercise(
    name="step1.batch_the_penguins",
    title="Batch the penguins",
    task="Make `penguins_train`, a dataset of pairs: all rows of `penguin_features` unchanged, and the species as whole "
    "numbers (0 Adelie, 1 Chinstrap, 2 Gentoo); thoroughly mixed, in a new order at each pass, in batches of 32.",
    answers=["penguins_train"],
    lesson="1.5 Order matters",
    observe=_observe_batches,
    misconceptions=[
        Misconception(
            name="repeat without steps",
            seen=lambda it: it.endless,
            did="Your dataset never ends: `repeat()` starts it again and again.",
            follows="An epoch is over when the data are, so `fit` would stay in its first epoch for ever unless it is "
            "told `steps_per_epoch`; a loop over the dataset hangs in the same way.",
            change="Leave the counting of epochs to `fit`.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="the table in one piece",
            seen=lambda it: it.rank == 3 and it.shape[-2] == ROWS,
            did="Your dataset holds one element only, the whole table of 342 rows, and `batch` puts an axis in front of it.",
            follows="There is one element to shuffle, so nothing is mixed, and a model for rows of 4 numbers is handed "
            "342 × 4 of them as one example.",
            change="Make the dataset with the function that cuts arrays along their first axis.",
            lesson="1.2 A dataset from arrays",
        ),
        Misconception(
            name="batched twice",
            seen=lambda it: it.rank == 3,
            did="You put rows into batches and then batches into batches, so an element has three axes.",
            follows="A model for rows of 4 numbers expects two axes, penguins and measurements, and the last batch, "
            "which is smaller, does not fit in with the others.",
            change="Leave out one `batch`.",
            lesson="1.2 A dataset from arrays",
        ),
        Misconception(
            name="labels first",
            seen=lambda it: it.labels == "features",
            did="You hand out the species first and the measurements second.",
            follows="What comes first in a pair is the input and what comes second the right answer: a model would be "
            "asked to guess measurements from a species.",
            change="Let the two change places.",
            lesson="1.2 A dataset from arrays",
        ),
        Misconception(
            name="no batch",
            seen=lambda it: it.rank == 1,
            did="Your dataset hands out one penguin at a time, of shape `(4,)`.",
            follows="The first axis of what a model gets counts the examples, so it would take the four measurements of "
            "one penguin for four examples, and stop with an error about the shape.",
            change="Gather 32 penguins before you hand them out.",
            lesson="1.2 A dataset from arrays",
        ),
        Misconception(
            name="labels are words",
            seen=lambda it: it.labels == "words",
            did="Your labels are still words, such as `Adelie`.",
            follows="A loss is computed from numbers, so `fit` would stop with an error at the first batch.",
            change="Turn each word into its place in the list of species before you make the dataset.",
            lesson="1.6 A table from a CSV file",
        ),
        Misconception(
            name="one-hot labels",
            seen=lambda it: it.labels == "one-hot",
            did="Your labels are one-hot: a row of zeros with a single 1 in place of each number.",
            follows="That is a right way to write a class, for another loss; the one for whole numbers "
            "(`sparse_categorical_crossentropy`) wants one number a penguin and stops with an error about the shape.",
            change="Hand out the place of the 1 alone.",
            lesson="1.6 A table from a CSV file",
        ),
        Misconception(
            name="labels in a column",
            seen=lambda it: it.labels == "column",
            did="Your labels stand in a column: they have a second axis of size 1, shape `(32, 1)`.",
            follows="Compare a column with the 32 predictions and NumPy sets each against each, 32 × 32 comparisons, so "
            "the share of right ones means nothing; and there is no error message.",
            change="Give each penguin a single number, so that a batch of labels has shape `(32,)`.",
            lesson="1.1 Tensors",
        ),
        Misconception(
            name="labels with decimals",
            seen=lambda it: it.labels == "decimals",
            did="Your labels are decimal numbers (0.0, 1.0, 2.0), a `float` dtype.",
            follows="A decimal number says *how much*, and a species is not more or less than another; some losses put up "
            "with it, but as an index, to look up a name for instance, it ends in an error.",
            change="Make the labels whole numbers, an `int` dtype.",
            lesson="1.1 Tensors",
        ),
        Misconception(
            name="labels begin at 1",
            seen=lambda it: it.values == [1, 2, 3],
            did="Your labels are 1, 2 and 3.",
            follows="A model with three outputs counts them 0, 1 and 2: for label 3 there is no output, and the loss stops "
            "with an error. `StringLookup` begins at 1 if it keeps 0 for unknown words.",
            change="Let the numbers begin at 0.",
            lesson="1.6 A table from a CSV file",
        ),
        Misconception(
            name="repeated within a pass",
            seen=lambda it: it.handed_out > ROWS
            and (it.rows == ROWS and it.handed_out % ROWS == 0 or _has(it.steps, "repeat")),
            did="You repeat the data, so that one pass holds {handed_out} rows in place of 342.",
            follows="`fit` calls a pass an epoch: each of its epochs is then several, and the validation after each epoch "
            "comes too seldom.",
            change="Hand out each penguin once in a pass, and let `fit` count the epochs.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="labels moved along",
            # Labels that are mixed by chance miss about 218 of the 342; fewer than 100 with a probability far below 1e-6.
            seen=lambda it: not it.one_each and set(it.values) <= {0, 1, 2} and it.mislabelled < FEW_WRONG,
            did="Your labels do not all belong to the rows that they come with, and {mislabelled} of the penguins get the name "
            "of another species.",
            follows="Within a species nobody can see it, and there is no error message. It may come of a list of species "
            "in which the two penguins without measurements still stand, or of rows that change places within a batch "
            "without their labels.",
            change="Make the numbers from `penguin_species`, which fits `penguin_features` row by row, and keep pairs together.",
            lesson="1.6 A table from a CSV file",
        ),
        Misconception(
            name="labels apart from their rows",
            seen=lambda it: not it.one_each and set(it.values) <= {0, 1, 2},
            did="Your labels do not belong to the rows that they come with: {mislabelled} penguins get the name of "
            "another species.",
            follows="Features and labels that are shuffled each for itself look like this. From such pairs a model learns nothing "
            "of use, and there is no error message.",
            change="Keep the two together, as one pair, before anything changes their order.",
            lesson="1.2 A dataset from arrays",
        ),
        Misconception(
            name="two species in one number",
            seen=lambda it: it.shared and set(it.values) <= {0, 1, 2},
            did="Your labels give one and the same number to different species.",
            follows="A model cannot learn a difference that its labels do not show; {mislabelled} penguins go under the number "
            "of another species.",
            change="Give each of the three species a number of its own.",
            lesson="1.6 A table from a CSV file",
        ),
        Misconception(
            name="another order of species",
            seen=lambda it: it.mislabelled > 0 and set(it.values) <= {0, 1, 2},
            did="Your labels are whole numbers from 0 to 2, but they belong to other species than the task says.",
            follows="A model would learn with them quite well; then its answer 0 is read as Adelie, and the wrong name "
            "comes out, {mislabelled} times in these rows.",
            change="Number the species in the order of `datasets.PENGUIN_SPECIES`.",
            lesson="1.6 A table from a CSV file",
        ),
        Misconception(
            name="batch before shuffle",
            # No shuffle of single rows leaves each of several batches in one ascending piece.
            seen=lambda it: it.blocks,
            did="You batch first and shuffle after, so whole batches change places but the rows inside one always "
            "travel together.",
            follows="The file is sorted by species: {single} of your {batches} batches hold a single species, and the "
            "model learns one kind at a time.",
            change="Mix single rows, then gather them.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="always the same company",
            seen=lambda it: it.fixed_company,
            did="You let whole batches change places at each pass, while each batch keeps the very same rows for ever.",
            follows="The rows are well mixed, but a penguin always meets the same others, and every epoch repeats the same "
            "{batches} batches; new company costs nothing and is the better mixture.",
            change="Look at which word comes first, the one that mixes or the one that gathers.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="shuffle buffer of 1",
            seen=lambda it: it.in_file_order and any(step.name == "shuffle" and step.size == 1 for step in it.steps),
            did="Your `shuffle` keeps one row at hand and must give out that very row, so nothing is shuffled.",
            follows="The rows come in the order of the file, sorted by species, and {single} of your {batches} batches hold "
            "a single species.",
            change="Make the buffer large enough for any row to come at any place.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="no shuffle",
            seen=lambda it: it.in_file_order,
            did="Your rows come in the order of the file at each pass: nothing mixes them.",
            follows="The file is sorted by species, so in every epoch the model sees the Adelies first and the Gentoos last, and "
            "may lean towards what it saw last.",
            change="Add the word that draws a new order, at the right place.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="shuffle buffer too small",
            seen=lambda it: _stays_near(it) and _has_small_buffer(it.steps),
            did="Your `shuffle` keeps too few rows at hand: no row comes earlier than in the file by more than {early} of "
            "342 places.",
            follows="The file is sorted by species, so that among the first 32 rows of a pass there cannot be a single "
            "Gentoo.",
            change="Give the buffer room for all rows.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="mixed in parts only",
            seen=lambda it: _stays_near(it),
            did="Your rows are mixed in parts only: none comes earlier than in the file by more than {early} of 342 places.",
            follows="With a file that is sorted by species, no Gentoo can then be among the first 32 rows. This comes of "
            "mixing each batch or each species by itself, or of a buffer that is too small.",
            change="Mix all 342 rows in one go, so that any of them may come at any place.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="cache after shuffle",
            seen=lambda it: it.frozen and _comes_before(it.steps, "shuffle", "cache"),
            did="You put `cache` after `shuffle`, so it remembers the first order and hands it out for ever.",
            follows="Every epoch repeats the same batches in the same order, and the model misses the fresh mixture that "
            "`shuffle` would have drawn.",
            change="Let whatever is to differ in each epoch come after the cache.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="one order for ever",
            seen=lambda it: it.frozen,
            did="Your rows come in another order than in the file, but in exactly the same one at each of two passes.",
            follows="Every epoch repeats the same batches. That may come of arrays that are mixed once, before the dataset is "
            "made, of `reshuffle_each_iteration=False`, which tells `shuffle` to keep its first order, or of a random function "
            "of TensorFlow's own inside `map`.",
            change="Let the dataset itself draw a new order at each pass.",
            lesson="1.5 Order matters",
        ),
    ],
    check_observed=_check_batches,
    hints=[
        "Two words are needed after the dataset is made, and section 1.5 begins with their order. The words for the "
        "species must become numbers even before that.",
        "Section 1.6 turns words into numbers with `keras.layers.StringLookup`, without a place for unknown words. Hand "
        "features and numbers to `from_tensor_slices` as one tuple, mix single rows, gather them last.",
        "`tf.data.Dataset.from_tensor_slices((penguin_features, numbers))`, then `.shuffle(…)` with room for all 342 rows, "
        "then `.batch(…)`.",
    ],
    solution_code="""
to_number = keras.layers.StringLookup(vocabulary=datasets.PENGUIN_SPECIES, num_oov_indices=0)
penguin_numbers = to_number(penguin_species)

penguins_train = tf.data.Dataset.from_tensor_slices((penguin_features, penguin_numbers))
penguins_train = penguins_train.shuffle(342).batch(32)
""",
    right="{batches} batches, mixed row by row, and another mixture at each pass. Each step of the training sees a "
    "little of every species.",
)


def _has(steps: list[_Step], name: str) -> bool:
    return any(step.name == name for step in steps)


def _stays_near(it: SimpleNamespace) -> bool:
    """Whether no row comes much earlier than in the file, in all the rows of two passes."""
    return it.early < EARLY_AT_LEAST and it.handed_out >= ROWS - ROWS % BATCH


def _has_small_buffer(steps: list[_Step]) -> bool:
    """Whether a shuffle with a small buffer is what mixes the rows."""
    sizes = [step.size for step in steps if step.name == "shuffle"]
    return bool(sizes) and max(sizes) <= EARLY_AT_LEAST and not _has(steps, "concatenate")


def _comes_before(steps: list[_Step], first: str, second: str) -> bool:
    names = [step.name for step in steps]
    return first in names and second in names[names.index(first) :]


# --- Normalise the penguins ---

SAME = 0.02  # normalised values this near are the same; the wrong ones are off by more than 0.1 in some column


def _observe_normalized(penguin_scaler: object, new_scaled: object) -> SimpleNamespace:
    """What the scaler makes of both groups of penguins, beside what it should and what it might have made."""
    table = _penguins()
    known, new = table.features[~table.new], table.features[table.new]
    if isinstance(penguin_scaler, type) or not callable(penguin_scaler):
        if _is_table(penguin_scaler):
            return SimpleNamespace(numbers=True)
        raise Unexpected(
            "`penguin_scaler` to be a layer or a function",
            messages.of(penguin_scaler),
            "It must be there to be called with any penguins; `adapt`, for one, only takes notes and returns nothing.",
            "Make the layer first, keep it in `penguin_scaler`, and let it look at the rows after that.",
        )
    if new_scaled is None:
        raise Unexpected(
            "`new_scaled` to hold the measurements of the new penguins, normalised",
            "`None`",
            "`None` is what a call without a result leaves behind: `adapt` only takes notes, and a function without `return` "
            "hands nothing back.",
            "Call `penguin_scaler` with the measurements, and see that it returns them normalised.",
        )
    given = _collected(new_scaled)
    on_known, on_new = (_scaled(penguin_scaler, rows, group) for rows, group in [(known, "known"), (new, "new")])
    every = np.concatenate([known, new])
    sides = {"known": known, "all": every, "new": new}
    by = {name: _by_numbers_of(rows) for name, rows in sides.items()}
    across = (known - known.mean(axis=1, keepdims=True)) / known.std(axis=1, keepdims=True)
    return SimpleNamespace(
        numbers=False,
        new=len(new),
        unchanged=on_known.shape == known.shape and bool(np.allclose(on_known, known, rtol=1e-6)),
        with_all=_same(on_known, by["all"](known)),
        with_new=_same(on_known, by["new"](known)),
        one_for_all=_same(on_known, (known - known.mean()) / known.std()),
        by_variance=_same(on_known, (known - known.mean(axis=0)) / known.var(axis=0)),
        by_root=_same(on_known, (known - known.mean(axis=0)) / np.sqrt(known.std(axis=0))),
        across_rows=_same(on_known, across),
        no_parentheses=_same(on_known, known - known.mean(axis=0) / known.std(axis=0)),
        right_on_known=_same(on_known, by["known"](known)),
        right=_same(on_known, by["known"](known)) and _same(on_new, by["known"](new)),
        each_its_own=_same(on_known, by["known"](known)) and _same(on_new, by["new"](new)),
        between_0_and_1=any(_same(on_known, (known - rows.min(axis=0)) / np.ptp(rows, axis=0)) for rows in sides.values()),
        shape=on_known.shape,
        given_shape=given.shape,
        given_known=given.shape == known.shape,
        given_raw=_same(given, new),
        given_its_own=_same(given, by["new"](new)),
        given_twice=_same(given, by["known"](by["known"](new))),
        given_right=_same(given, by["known"](new)),
        means=_in_words(on_known.mean(axis=0)) if on_known.ndim == 2 else f"shape {on_known.shape}",
        stds=_in_words(on_known.std(axis=0)) if on_known.ndim == 2 else f"shape {on_known.shape}",
    )


def _is_table(value: object) -> bool:
    """Whether a value is rows of four numbers, as the measurements are."""
    try:
        return np.ndim(value) == 2 and np.shape(value)[1] == len(COLUMNS)
    except Exception:
        return False


def _collected(new_scaled: object) -> np.ndarray:
    """Return the rows of `new_scaled` as one array, also if a dataset hands them out."""
    import tensorflow as tf

    if isinstance(new_scaled, tf.data.Dataset):
        elements = expect.batches(new_scaled, "new_scaled", most=ROWS)
        arrays = [expect.array(element, "new_scaled, one element") for element in elements]
        if all(rows.ndim in (1, 2) and rows.shape[-1] == len(COLUMNS) for rows in arrays):
            return np.concatenate([np.atleast_2d(rows) for rows in arrays])
    return expect.array(new_scaled, "new_scaled")


def _scaled(scaler: Any, rows: np.ndarray, group: str) -> np.ndarray:
    """Call the learner's scaler; a layer that was never shown anything is copied first, so that it stays as it is."""
    import keras

    if isinstance(scaler, keras.layers.Normalization) and not scaler.built:
        scaler = type(scaler).from_config(scaler.get_config())
    with expect.using(f"`penguin_scaler` was called on the {len(rows)} {group} penguins, of shape {rows.shape}"):
        result = scaler(rows.copy())
    return expect.array(result, f"penguin_scaler({group}_penguins)")


def _by_numbers_of(rows: np.ndarray) -> Any:
    return lambda values: (values - rows.mean(axis=0)) / rows.std(axis=0)


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-3, atol=SAME))


def _in_words(numbers: np.ndarray) -> str:
    return ", ".join(f"{number:.2f}" for number in np.ravel(numbers)[:4])


def _check_normalized(it: SimpleNamespace) -> None:
    if it.shape != (ROWS - it.new, len(COLUMNS)):
        raise Unexpected(
            f"`penguin_scaler` to give back as many rows of 4 numbers as it gets: here shape `({ROWS - it.new}, 4)`",
            f"a result of shape `{it.shape}`",
            "A batch goes through in one piece, so a function for one row, or for one column, does not fit.",
            "Compute with all the rows at once, as section 1.7 does by hand.",
        )
    if not it.right:
        raise Unexpected(
            "`penguin_scaler` to bring each column of the known penguins to mean 0 and standard deviation 1",
            f"means {it.means} and standard deviations {it.stds}",
            "Columns on different scales make training slow: the largest numbers drown the others.",
            "Try it on `known_penguins` and look at mean and standard deviation of each column.",
        )
    if not it.given_right:
        raise Unexpected(
            "`new_scaled` to be `new_penguins` as `penguin_scaler` normalises them, of shape `(124, 4)`",
            f"other numbers, of shape `{it.given_shape}`",
            "The model will be asked about exactly these numbers.",
            "Compare with `penguin_scaler(new_penguins)`, called after `adapt`.",
        )


normalize_the_penguins = Exercise(
    name="step1.normalize_the_penguins",
    title="Normalise the penguins",
    task="Make `penguin_scaler`, a layer (or a function) that normalises each column with mean and standard deviation "
    "of the training rows, `known_penguins`; and `new_scaled`, the validation rows `new_penguins` normalised by it.",
    answers=["penguin_scaler", "new_scaled"],
    lesson="1.7 Normalise with the training examples only",
    observe=_observe_normalized,
    misconceptions=[
        Misconception(
            name="numbers in place of a scaler",
            seen=lambda it: it.numbers,
            did="Your `penguin_scaler` is a table of numbers, and cannot be called.",
            follows="Numbers fit the penguins that they were computed for and no others; a layer, or a function, can be called "
            "with any that come.",
            change="Keep what does the computing in `penguin_scaler`, and its result in `new_scaled`.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="never adapted",
            seen=lambda it: it.unchanged,
            did="Your `penguin_scaler` returns the measurements as they came.",
            follows="As long as it has not been shown any data, a `Normalization` layer takes the mean for 0 and the standard "
            "deviation for 1, and complains about nothing, so body masses in the thousands still stand beside bill depths of "
            "about 17.",
            change="Let the layer look at the training rows before you call it.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="adapted on all data",
            seen=lambda it: it.with_all,
            did="You let `penguin_scaler` look at all penguins, the new ones too.",
            follows="Its means hold a trace of the rows that are to be a test with unknown penguins. Here the birds of one "
            "island shift the mean of three columns by about 0.3 standard deviations, a piece of knowledge "
            "that no model has in real use.",
            change="Compute the numbers from the training rows alone.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="adapted on the validation rows",
            seen=lambda it: it.with_new,
            did="Your `penguin_scaler` has mean and standard deviation of `new_penguins`, perhaps because a second `adapt` "
            "replaced the first.",
            follows="The new penguins stand for those that you meet next year; at training time nobody knows their mean.",
            change="Let the layer look at the other group, and only at that one.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="each set by its own numbers",
            seen=lambda it: it.each_its_own,
            did="Your function computes mean and standard deviation anew from whatever it is given.",
            follows="The same penguin then gets other numbers in other company, and one that comes alone becomes 0 divided "
            "by 0. The model learned with one yardstick and is asked with another.",
            change="Compute the numbers once, from the training rows, and keep them.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="right for one group only",
            seen=lambda it: it.right_on_known and not it.right,
            did="Your `penguin_scaler` is right for the known penguins, and gives the new ones other numbers than it should.",
            follows="Either it takes a mean or a deviation anew from the rows that it gets, or it does not use those rows "
            "at all and returns the known penguins whatever it is called with.",
            change="Look at each name in it: which shall follow the call, and which shall stay as it is?",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="across the rows",
            seen=lambda it: it.across_rows,
            did="Your `penguin_scaler` takes mean and standard deviation across each row, from four measurements of one bird.",
            follows="The body mass outweighs the three lengths in every row, so all birds come out nearly alike: the deviations "
            "of the columns are {stds} in place of 1.",
            change="Go down the columns, over all the birds.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="division before subtraction",
            seen=lambda it: it.no_parentheses,
            did="You take away the mean divided by the standard deviation, and leave it at that.",
            follows="Python divides before it subtracts, unless parentheses tell it otherwise; the columns still have means of "
            "{means}.",
            change="Put parentheses around what is to come first.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="one mean for all columns",
            seen=lambda it: it.one_for_all,
            did="You use a single mean and a single standard deviation for all four columns.",
            follows="Millimetres and grams are thrown together, so the three lengths end up as nearly the same number for "
            "every bird, and only the body mass still differs.",
            change="Compute both for each column, down the rows.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="divided by the variance",
            seen=lambda it: it.by_variance,
            did="You divide by the variance, which is the square of the standard deviation.",
            follows="The columns come out with different spreads again, the body mass the smallest of all: {stds} in place "
            "of 1.",
            change="Divide by the standard deviation.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="deviation given as variance",
            seen=lambda it: it.by_root,
            did="You give a `variance` that is the standard deviation.",
            follows="The layer takes the square root of it once more, and the columns come out with spreads of {stds} in "
            "place of 1.",
            change="Give the square of it, or let `adapt` work it out.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="squeezed between 0 and 1",
            seen=lambda it: it.between_0_and_1,
            did="You bring each column to the range from 0 to 1, by its smallest and its largest value.",
            follows="That is a way of scaling, too, but it hangs on two extreme birds, and it is not what was asked: mean 0 "
            "and standard deviation 1.",
            change="Use the mean and the standard deviation in place of the extremes.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="new rows by their own numbers",
            seen=lambda it: it.right and it.given_its_own,
            did="Your `penguin_scaler` is right, but `new_scaled` was made with mean and standard deviation of the new "
            "penguins themselves.",
            follows="Training and validation are then measured with two yardsticks: the new island's lighter birds look as "
            "heavy as the others, and what the model has learned about mass no longer fits.",
            change="Send `new_penguins` through the scaler that knows the training rows.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="normalised twice",
            seen=lambda it: it.right and it.given_twice,
            did="You send `new_penguins` through `penguin_scaler` twice.",
            follows="The second time it takes the mean of millimetres and grams from numbers that have none left, so every "
            "bird comes out far below the others.",
            change="Send the measurements through once.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="new rows as they came",
            seen=lambda it: it.right and it.given_raw,
            did="Your `penguin_scaler` is right, but `new_scaled` holds the raw millimetres and grams.",
            follows="A model that learned from numbers around 0 would be asked about numbers in the thousands.",
            change="Call the layer with `new_penguins` after `adapt`, and keep what it returns.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="the other penguins",
            seen=lambda it: it.right and it.given_known,
            did="Your `new_scaled` holds 218 rows: it was made from `known_penguins`.",
            follows="Those are the rows to learn from; a validation with them would praise what the model has seen.",
            change="Send the other 124 rows through the layer.",
            lesson="1.3 Split before anything else",
        ),
    ],
    check_observed=_check_normalized,
    hints=[
        "Which penguins may have a part in the mean? Those that the model learns from, and no others.",
        "`keras.layers.Normalization()` makes the layer, `adapt` shows it rows, and calling it like a function normalises. "
        "See the second cell of section 1.7.",
        "Make the layer, then `penguin_scaler.adapt(…)` with the training rows, then `new_scaled = penguin_scaler(…)` with "
        "the others.",
    ],
    solution_code="""
penguin_scaler = keras.layers.Normalization()
penguin_scaler.adapt(known_penguins)

new_scaled = penguin_scaler(new_penguins)
""",
    right="The known penguins have mean 0 and standard deviation 1 in each column, and the new ones are measured with the "
    "same yardstick: that their means are off 0 says that the birds of that island are different.",
)


# --- Prepare the pictures ---

PICTURE_BATCH = 8
# A fresh coin for each of 24 pictures repeats itself in eight passes with a probability of 2 ** -168, one for each of
# three batches with 2 ** -21.
PASSES = 8
NEAR = 0.01  # of the range 0 to 1; no two of the pictures and their mirror images are nearer than 0.2


@functools.cache
def _clothes() -> SimpleNamespace:
    """The pictures of clothes from 0 to 1, each in four positions: as it is, mirrored, upside down, and both."""
    (pictures, kinds), _ = datasets.load_fashion_mnist()
    plain = pictures[:CLOTHES].astype("float32") / 255
    positions = [plain, plain[:, :, ::-1], plain[:, ::-1], plain[:, ::-1, ::-1]]
    return SimpleNamespace(positions=np.concatenate(positions).reshape(4 * CLOTHES, -1), kinds=kinds[:CLOTHES])


def _observe_pictures(clothes_train: object) -> SimpleNamespace:
    """Eight passes: the range of the pixels, and in which position each picture comes each time."""
    train = expect.dataset(clothes_train, "clothes_train")
    first = _pictures_of_a_pass(train)
    pixels = np.concatenate([np.ravel(pictures) for pictures, _ in first])
    steps = _steps(train)
    names = [step.name for step in steps]
    memories = [number for number, name in enumerate(names) if name in ("cache", "snapshot")]
    it = SimpleNamespace(
        top=float(pixels.max()),
        bottom=float(pixels.min()),
        whole=bool(np.all((pixels == 0) | (pixels == 1))),
        sizes=[len(pictures) for pictures, _ in first],
        shape=first[0][0].shape,
        dtype=first[0][0].dtype,
        readable=bool(steps),
        hidden=bool({"flatmap", "interleave"} & set(names)),  # these may hide a pipeline in a function
        cached=bool(memories),
        cached_whole=bool(memories) and all(steps[number].whole for number in memories),
        # Arrays that were scaled before the dataset was made are remembered without a cache.
        made_before=not any(step.whole for step in steps) and all(step.chance for step in steps if step.name == "map"),
        chances=[step.chance for step in steps[: max(memories, default=0)] if step.chance],
        chance_anywhere=[step.chance for step in steps if step.chance],
    )
    if it.top > 1.5 or it.top < 0.1 or it.whole:
        return it
    passes = [first, *(_pictures_of_a_pass(train) for _ in range(PASSES - 1))]
    positions = np.array([_positions(elements) for elements in passes])
    it.upside_down = int(np.sum(np.any(positions >= 2, axis=0)))
    it.never, it.always = bool(np.all(positions == 0)), bool(np.all(positions == 1))
    it.frozen, it.mirrored = bool(np.all(positions == positions[0])), int(np.sum(positions[0] == 1))
    return it


def _pictures_of_a_pass(train: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """The batches of one pass; refuses what is no batch of pictures with their kinds."""
    elements = expect.batches(train, "clothes_train", most=CLOTHES + 1)
    found, handed_out = [], 0
    for element in elements:
        pictures, kinds = expect.pair(element, "clothes_train")
        pictures = expect.array(pictures, "clothes_train, pictures")
        kinds = expect.array(kinds, "clothes_train, kinds")
        if kinds.shape[1:3] == (28, 28) and pictures.ndim == 1:
            raise Unexpected(
                "pictures first and kinds second in each pair of `clothes_train`",
                "kinds first and pictures second",
                "`fit` takes what comes first as the input: a model would have to draw a picture for each kind.",
                "Return the two from `map` in the order in which it gets them.",
                "1.4 Prepare each example with map",
            )
        if pictures.ndim not in (3, 4) or pictures.shape[1:] not in ((28, 28), (28, 28, 1)):
            raise Unexpected(
                f"batches of pictures, of shape `({PICTURE_BATCH}, 28, 28, 1)`, in `clothes_train`",
                f"elements of shape `{pictures.shape}`",
                "The first axis counts the examples: without it a model takes the rows of one picture for pictures.",
                "Gather the pictures with `batch`, once.",
                "1.2 A dataset from arrays",
            )
        if kinds.size != len(pictures):
            raise Unexpected(
                "the kind of each picture as one whole number, as it comes in `clothes_ds`",
                f"labels of shape `{kinds.shape}` for {_counted(len(pictures), 'picture')}",
                "The task changes the pictures only, and a loss for whole numbers wants one for each of them.",
                "Hand the kinds on as they come.",
                "1.4 Prepare each example with map",
            )
        handed_out += len(pictures)
        if handed_out > CLOTHES:
            raise Unexpected(
                f"each of the {CLOTHES} pictures once in a pass over `clothes_train`",
                "a pass without an end" if expect.is_endless(train) else f"more than {CLOTHES} pictures in one pass",
                "`fit` takes a pass for an epoch, and counts the epochs itself.",
                "Look at what makes more of them, such as `repeat` or `concatenate`.",
            )
        found.append((pictures, np.ravel(kinds)))
    return found


def _positions(elements: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """For each of the pictures, whether it came as it is (0), mirrored (1), upside down (2) or both (3)."""
    pictures = np.concatenate([np.reshape(pictures, (len(pictures), -1)) for pictures, _ in elements])
    kinds = np.concatenate([kinds for _, kinds in elements])
    known, found = _clothes(), np.full(CLOTHES, -1)
    for picture, kind in zip(pictures, kinds, strict=True):
        distances = np.max(np.abs(known.positions - picture), axis=1)
        position, number = divmod(int(np.argmin(distances)), CLOTHES)
        if distances.min() > NEAR:
            raise Unexpected(
                "each picture of `clothes` from 0 to 1, as it is or mirrored left to right, in `clothes_train`",
                f"a picture that differs from all of them, with pixels from {picture.min():.2f} to {picture.max():.2f}",
                "Other changes make other pictures, and a model would learn from those.",
                "Divide by 255, mirror at random, and leave out anything else.",
                "1.4 Prepare each example with map",
            )
        if found[number] >= 0 or kind != known.kinds[number]:
            raise Unexpected(
                "each picture once in a pass, with its own kind as the label",
                "a picture twice" if found[number] >= 0 else f"a picture of kind {known.kinds[number]} with the label {kind}",
                "A model learns what stands in the pairs, whether it is right or not.",
                "Let the function in `map` take picture and kind, and return both.",
                "1.4 Prepare each example with map",
            )
        found[number] = position
    if -1 in found:
        raise Unexpected(
            f"all {CLOTHES} pictures in one pass over `clothes_train`",
            f"{int(np.sum(found >= 0))} of them",
            "What a pass leaves out, the model cannot learn from.",
            "Look at what takes pictures away: `take`, `skip`, or a batch that is dropped.",
            "1.2 A dataset from arrays",
        )
    return found


def _check_pictures(it: SimpleNamespace) -> None:
    if it.frozen:
        raise Unexpected(
            "other pictures to be mirrored at each pass",
            f"the same {it.mirrored} in {PASSES} passes",
            "The model would see one fixed set of pictures, epoch after epoch.",
            "Find what keeps the first choice: a cache behind it, or a choice made outside TensorFlow.",
        )
    if it.sizes != [PICTURE_BATCH] * (CLOTHES // PICTURE_BATCH):
        raise Unexpected(
            f"{CLOTHES // PICTURE_BATCH} batches of {PICTURE_BATCH} pictures",
            f"{_counted(len(it.sizes), 'batch')}, the first of {_counted(it.sizes[0], 'picture')}",
            "The size of a batch decides how many pictures are behind each step of the training.",
            "Look at the number in `batch`.",
            "1.2 A dataset from arrays",
        )
    if it.dtype != np.float32:
        raise Unexpected(
            "pixels of dtype `float32` in `clothes_train`",
            f"pixels of dtype `{it.dtype}`",
            "Models normally compute in `float32`: a longer dtype takes more memory for nothing, a shorter one keeps fewer digits.",
            "Look at the dtype that the cast names, and at what comes after it.",
            "1.1 Tensors",
        )


prepare_the_pictures = Exercise(
    name="step1.prepare_the_pictures",
    title="Prepare the pictures",
    task="Make `clothes_train` from `clothes_ds`: pixels as `float32` from 0 to 1, this result remembered, in "
    "batches of 8, each picture mirrored left to right or not, by chance and anew at each pass.",
    answers=["clothes_train"],
    lesson="1.5 Order matters",
    observe=_observe_pictures,
    misconceptions=[
        Misconception(
            name="images left 0–255",
            seen=lambda it: it.top > 1.5,
            did="Your pixels still go up to {top:.0f}.",
            follows="A network usually trains badly on numbers in the hundreds: its first sums are huge, and it takes many "
            "steps to bring them down.",
            change="Cast the pixels to `float32` and bring them to the range from 0 to 1.",
            lesson="1.4 Prepare each example with map",
        ),
        Misconception(
            name="whole numbers after scaling",
            seen=lambda it: it.whole,
            did="Your pixels are 0 or 1 and nothing between: the division gave whole numbers, or a cast made whole numbers of it.",
            follows="Every grey has become black or white, and no later step brings the shades back.",
            change="Cast to `float32` first, divide then, and let it stay so.",
            lesson="1.1 Tensors",
        ),
        Misconception(
            name="scaled twice",
            seen=lambda it: it.top < 0.1,
            did="Your pixels end at {top:.4f}, so they have been divided by 255 more than once.",
            follows="The pictures are all but black to a model, whose sums stay near zero, and it learns very slowly.",
            change="Divide in one place only.",
            lesson="1.4 Prepare each example with map",
        ),
        Misconception(
            name="upside down too",
            seen=lambda it: it.upside_down > 0,
            did="You turn pictures upside down: {upside_down} of the 24 were seen standing on their heads.",
            follows="A change is of use if it makes a picture that might really come. Nobody photographs trousers hanging "
            "upwards, and the model spends its strength on pictures that it will never meet.",
            change="Mirror from left to right only; a layer of Keras does both if it is not told in which direction.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="no random change",
            seen=lambda it: it.never,
            did="You never mirror a picture: all 24 come out as they went in, at each of eight passes.",
            follows="The model sees the very same pictures in every epoch, and learns them by heart sooner. A layer that is made "
            "but not called, or called with `training=False`, does nothing; a choice by Python, made once while `map` records, "
            "may come out like this, too.",
            change="Send the pictures through the layer on their way, and use what it returns.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="always mirrored",
            seen=lambda it: it.always,
            did="You mirror every picture, at each pass.",
            follows="That is another fixed set of pictures, and no more varied than the first. It comes of mirroring without "
            "chance, or of a choice by Python that was made once, while `map` recorded your function.",
            change="Let chance decide for each picture, inside TensorFlow or Keras.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="cache after random augmentation",
            seen=lambda it: it.frozen and bool(it.chances),
            did="You mirror first and put `cache` behind it, so the first choice is remembered for ever.",
            follows="The pictures look augmented, but the same {mirrored} of 24 are mirrored in every epoch, and the model "
            "sees nothing new after the first.",
            change="Remember what is always the same, and let chance come after it.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="the same chance in each pass",
            seen=lambda it: it.frozen and set(it.chance_anywhere) == {"seeded"},
            did="You draw with a random function of TensorFlow's own (`tf.image` or `tf.random`), and it draws the same at each "
            "pass.",
            follows="If a seed is set for the whole program, as on this page, such functions begin anew with each epoch inside "
            "`map`: the same {mirrored} of 24 pictures are mirrored every time.",
            change="Use a layer of Keras for the change.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="the choice made once",
            seen=lambda it: it.frozen and it.readable and not it.hidden and not it.chance_anywhere,
            did="You have the same {mirrored} of 24 pictures mirrored at each pass, because nothing random is left in the "
            "pipeline itself.",
            follows="A choice by Python or NumPy is made once: before the dataset exists, or while `map` records your function.",
            change="Mirror inside `map`, with a layer of Keras that chooses anew each time it is at work.",
            lesson="1.4 Prepare each example with map",
        ),
        Misconception(
            name="no cache",
            seen=lambda it: it.readable and not it.cached and not it.made_before,
            did="You mirror anew at each pass, as you should, but nothing is remembered: there is no `cache` in your pipeline.",
            follows="Whatever comes before the random change is worked out again in every epoch. With 24 pictures in memory "
            "that is nothing; with files to read it is most of the waiting.",
            change="Remember the part that is always the same, and keep what the word returns.",
            lesson="1.13 What the pipeline costs",
        ),
        Misconception(
            name="cache before the scaling",
            seen=lambda it: it.readable and it.cached_whole,
            did="You remember the pictures as they came, as whole numbers from 0 to 255, and scale them after the cache.",
            follows="That saves memory, and is a fair bargain where pictures are many; but casting and dividing are then done "
            "again at each pass, and the task asks for them to be done once.",
            change="Let the cache come after all that is always the same.",
            lesson="1.13 What the pipeline costs",
        ),
    ],
    check_observed=_check_pictures,
    hints=[
        "Which part of the work is the same in each epoch, and which is not? The cache belongs between the two.",
        "The table at the end of 1.5 has all the words in their order. `keras.layers.RandomFlip` mirrors; it needs to be told "
        "in which direction.",
        "`map` with a function that casts and divides, `cache()`, `batch(8)`, and a second `map` with a function that returns "
        '`flip(pictures), kinds`, where `flip = keras.layers.RandomFlip("horizontal")`.',
    ],
    solution_code="""
flip = keras.layers.RandomFlip("horizontal")

def to_unit_range(picture, kind):
    return tf.cast(picture, "float32") / 255, kind

def mirror(pictures, kinds):
    return flip(pictures), kinds

clothes_train = clothes_ds.map(to_unit_range).cache().batch(8).map(mirror)
""",
    right="Pixels from 0 to 1, and at each pass other pictures are mirrored, although what does not change is worked out only "
    "once. Order made both possible.",
)


# --- Score in order ---

TEST_BATCH = 32
ONE_BATCH = (TEST_BATCH, ROWS % TEST_BATCH)  # what a full batch holds, and the last one


def _guesses(measurements: np.ndarray) -> np.ndarray:
    """What the notebook's `guess_species` says of rows of measurements; right for 324 of the 342 penguins."""
    return np.where(measurements[:, 2] > 206, 2, np.where(measurements[:, 0] > 44, 1, 0))


def _pairs(true: np.ndarray, guessed: np.ndarray) -> np.ndarray:
    """How often each pair of a true and a guessed species occurs."""
    counts = np.zeros((3, 3), int)
    np.add.at(counts, (true, guessed), 1)
    return counts


def _one_axis(value: object, name: str) -> np.ndarray | None:
    """Return species numbers as one array; None for a list of batches of different sizes."""
    try:
        parts = [np.asarray(part) for part in value] if isinstance(value, (list, tuple)) else []
    except Exception:
        parts = []
    if parts and all(part.ndim == 1 and part.dtype.kind in "iuf" for part in parts):
        return None
    if _is_words(value) and not _is_empty(value):
        raise Unexpected(
            f"`{name}` to hold the numbers 0, 1 and 2",
            "names of species",
            "A name is never equal to a number, so the comparison with the guesses says that none is right.",
            "Collect what `mixed_test` hands out: its labels are numbers.",
            "1.6 A table from a CSV file",
        )
    numbers = expect.array(value, name)
    if numbers.ndim != 1 or not np.all(np.isin(numbers, (0, 1, 2))):
        raise Unexpected(
            f"`{name}` to hold one of the numbers 0, 1 and 2 for each penguin, on one axis",
            f"an array of shape `{numbers.shape}`, with values from {numbers.min():g} to {numbers.max():g}",
            "Two such rows of numbers can be compared place by place.",
            "Collect the numbers of all batches in one array, for instance with `np.concatenate`.",
            "1.1 Tensors",
        )
    return numbers.astype(int)


def _observe_score(true_species: object, guessed_species: object) -> SimpleNamespace:
    """Which pairs of true and guessed species come out, beside those that should."""
    table = _penguins()
    guesses = _guesses(table.features)
    true, guessed = _one_axis(true_species, "true_species"), _one_axis(guessed_species, "guessed_species")
    it = SimpleNamespace(
        in_pieces=true is None or guessed is None,
        lengths=(),
        right=False,
        twice_true=False,
        twice_guessed=False,
        swapped=False,
        all_there=False,
        out_of_step=False,
        right_share=np.mean(guesses == table.species),
    )
    if it.in_pieces:
        return it
    it.lengths = len(true), len(guessed)
    it.shortest = min(it.lengths)
    short = [f"`{name}`" for name, length in zip(("true_species", "guessed_species"), it.lengths) if length == it.shortest]
    it.where = " and in ".join(short)
    if it.lengths != (ROWS, ROWS):
        return it
    wanted, found = _pairs(table.species, guesses), _pairs(true, guessed)
    it.right, it.swapped = np.array_equal(found, wanted), np.array_equal(found, wanted.T)
    it.twice_true = np.array_equal(true, guessed) and np.array_equal(found.sum(axis=1), wanted.sum(axis=1))
    it.twice_guessed = np.array_equal(true, guessed) and np.array_equal(found.sum(axis=1), wanted.sum(axis=0))
    it.all_there = all(np.array_equal(found.sum(axis=axis), wanted.sum(axis=axis)) for axis in (0, 1))
    it.sorted = any(bool(np.all(np.diff(way * true) >= 0) and np.all(np.diff(way * guessed) >= 0)) for way in (1, -1))
    # Two orders that have nothing to do with each other give these nine counts with a probability far below 1e-6, and
    # still do when one of them is turned and moved in all the 684 ways.
    it.out_of_step = it.all_there and any(
        np.array_equal(_pairs(true, np.roll(turned, places)), wanted)
        for turned in (guessed, guessed[::-1])
        for places in range(ROWS)
    )
    it.one_in_file_order = np.array_equal(true, table.species) or np.array_equal(guessed, guesses)
    it.agree = np.mean(true == guessed)
    return it


def _check_score(it: SimpleNamespace) -> None:
    if it.lengths != (ROWS, ROWS):
        raise Unexpected(
            f"{ROWS} true species and {ROWS} guesses",
            f"{it.lengths[0]} and {it.lengths[1]}",
            "Each penguin of the test needs one of each, at the same place.",
            "Collect both in the same loop, over all batches.",
        )
    if not it.right:
        raise Unexpected(
            "the true species of each penguin, and what `guess_species` makes of the same penguin",
            f"numbers that agree in {it.agree:.0%} of the places, but are not those of the test",
            "The share is then not the share of this test.",
            "Take the species from the dataset, and the guesses from `guess_species`, unchanged.",
        )


score_in_order = Exercise(
    name="step1.score_in_order",
    title="Score in order",
    task="From `mixed_test`, collect `true_species` and `guessed_species`: two arrays of 342 numbers, the label and what "
    "`guess_species` says, so that the same place in both is the same penguin.",
    answers=["true_species", "guessed_species"],
    lesson="1.5 Order matters",
    observe=_observe_score,
    misconceptions=[
        Misconception(
            name="a list of batches",
            seen=lambda it: it.in_pieces,
            did="You hand in a list of arrays, such as the batches gave them, in place of one row of numbers.",
            follows="Comparing two such lists compares whole arrays and not penguins, and gives an error or a single yes or no.",
            change="Join the pieces into one array of 342 numbers.",
            lesson="1.2 A dataset from arrays",
        ),
        Misconception(
            name="one batch only",
            seen=lambda it: min(it.lengths) in ONE_BATCH and max(it.lengths) in (*ONE_BATCH, ROWS),
            did="You kept {shortest} penguins in {where}, those of one batch.",
            follows="Either one batch alone was read, or in a loop each batch took the place of the one before; the other "
            "penguins are not counted.",
            change="Keep what all the batches hand out, one after the other.",
            lesson="1.2 A dataset from arrays",
        ),
        Misconception(
            name="labels twice",
            seen=lambda it: it.twice_true,
            did="Your two arrays are the same: both hold the true species.",
            follows="All 342 agree, and that says nothing about `guess_species`, which is wrong for 18 of them.",
            change="Let `guess_species` see the measurements, and collect what it returns.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="guesses twice",
            seen=lambda it: it.twice_guessed,
            did="Your two arrays are the same: both hold guesses.",
            follows="A rule that is compared with itself is always right, and the share of 100 % says nothing.",
            change="Collect the labels of the dataset, too.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="sorted each by itself",
            seen=lambda it: it.all_there and it.sorted and not it.right,
            did="You sort both arrays, each by itself.",
            follows="Then a place no longer belongs to a penguin: {agree:.0%} agree because the species are about equally "
            "frequent in both, and a rule that mixes them all up could reach as much.",
            change="Leave both in the order in which they come.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="guesses handed in as labels",
            seen=lambda it: it.swapped and not it.right,
            did="Your two arrays have changed places: `true_species` holds the guesses.",
            follows="The share of right ones is the same, but which species is taken for which is told the wrong way round.",
            change="Hand them in the other way round.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="one turned or moved along",
            seen=lambda it: it.out_of_step and not it.right,
            did="You have the right numbers in both arrays, but one of the two is turned round or moved along by some places.",
            follows="No place holds the label and the guess of the same penguin any more, except by accident: {agree:.0%} agree, "
            "although the rule is right for {right_share:.0%}.",
            change="Let both grow at the same end, and leave them in that order.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="file order against shuffled order",
            seen=lambda it: it.all_there and it.one_in_file_order and not it.right,
            did="Your two arrays come in two orders: one in that of the file, which is sorted by species, and the other in "
            "another.",
            follows="A place then belongs to two different penguins: {agree:.0%} agree, although the rule is right for "
            "{right_share:.0%}. Sorting one of the two, or taking it from the arrays in place of the dataset, leads to this.",
            change="Take both from the same place, in one go.",
            lesson="1.5 Order matters",
        ),
        Misconception(
            name="test set shuffled between predictions and labels",
            # 342 pairs that are put together at random give these nine counts with a probability far below 1e-6.
            seen=lambda it: it.all_there and not it.right,
            did="Your two arrays hold the right numbers, but in two different orders.",
            follows="A place then belongs to two different penguins: {agree:.0%} agree, although the rule is right for "
            "{right_share:.0%}. That happens if the shuffled test set is read twice, once for the labels and once for the "
            "guesses, since each reading has an order of its own; or if one of the two is rearranged afterwards.",
            change="Read once, collect both on the way, and leave them in the order in which they come.",
            lesson="1.5 Order matters",
        ),
    ],
    check_observed=_check_score,
    hints=[
        "How often do you read `mixed_test` from its start? Each time it has another order.",
        "A loop `for measurements, species in mixed_test:` gives both of the same penguins. Two lists can grow in it.",
        "In the loop, append `species` to one list and `guess_species(measurements)` to the other; after it, "
        "`np.concatenate` makes one array of each.",
    ],
    solution_code="""
labels_seen, guesses_made = [], []
for measurements_seen, species_seen in mixed_test:
    labels_seen.append(species_seen)
    guesses_made.append(guess_species(measurements_seen))

true_species = np.concatenate(labels_seen)
guessed_species = np.concatenate(guesses_made)
""",
    right="Each place is one penguin: {agree:.0%} agree, and that is what the rule is worth. Two readings would have said "
    "less than half of it.",
)
