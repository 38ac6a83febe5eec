"""Exercises of step 10, your own data: the six steps once more, judged by what they do with data that nobody knows."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from companion import expect, messages
from companion.expect import Stopped, Unexpected
from companion.feedback import Exercise, Misconception

LOAD, NUMBERS, ADD = "10.1 Collect and load", "10.2 From raw data to numbers", "10.3 Add the layers"
COMPILE, TRAIN, USE = "10.4 Compile", "10.5 Train", "10.6 Use it"

MOST_ROWS = 5_000  # of a dataset that are looked at
MOST_BYTES = 100_000_000
MOST_AT_ONCE = 10_000_000  # bytes of rows that a model is asked about in one go
MOST_CLASSES = 50  # whole numbers up to here are taken for classes, larger ones for amounts
FEW = 20  # rows; with fewer nothing is said about columns
NUMBER_LIKE = "biuf"


# --- What the datasets hold ---


class _Rows:
    """The first rows of a dataset, batch by batch as they came.

    Attributes:
        features: One array, or the name of an input -> its array; rows first.
        labels: Rows first.
        batches: The fingerprints of the rows, a tuple for each batch.
        whole: Whether these are all rows.
    """

    def __init__(self, batches: list[tuple[Any, Any]], whole: bool) -> None:
        import tensorflow as tf

        self.whole = whole
        self.features = tf.nest.map_structure(lambda *parts: _joined(parts), *[features for features, _ in batches])
        self.labels = _joined([labels for _, labels in batches])
        self.batches = [_fingerprints(features, labels) for features, labels in batches]

    @property
    def rows(self) -> list[int]:
        """The fingerprints of all rows, in their order."""
        return [row for batch in self.batches for row in batch]


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Batches, one below the other; `padded_batch` makes them of different lengths, so the shorter ones get zeros."""
    longest = np.max([part.shape[1:] for part in parts], axis=0)
    if all(part.shape[1:] == tuple(longest) for part in parts):
        return np.concatenate(parts)
    blank = {"constant_values": b""} if parts[0].dtype == object else {}
    gaps = [[(0, 0), *((0, int(most) - have) for most, have in zip(longest, part.shape[1:], strict=True))] for part in parts]
    return np.concatenate([np.pad(part, gap, **blank) for part, gap in zip(parts, gaps, strict=True)])


def _expect_tensors(dataset: Any, name: str) -> None:
    """Refuse pairs whose label is not one tensor, and tensors whose rows differ in length."""
    import tensorflow as tf

    features, label = expect.pair(dataset.element_spec, name)
    if isinstance(label, (Mapping, tuple)):
        raise Unexpected(
            f"the label in `{name}` to be one tensor",
            f"{len(label)} of them" if not isinstance(label, Mapping) else f"a dictionary of {len(label)}",
            "This page asks for one answer for each row.",
            "Hand on the one label that you want to tell.",
        )
    if not all(isinstance(spec, tf.TensorSpec) for spec in [*tf.nest.flatten(features), label]):
        raise Unexpected(
            f"`{name}` to give plain tensors",
            "ragged or sparse ones",
            "A dense layer has a weight for each place, so each row needs the same number of them.",
            "Bring the rows to one length, by cutting and padding; `padded_batch` does it for you.",
        )


def _fingerprints(features: Any, labels: np.ndarray) -> tuple[int, ...]:
    """A number for each row of a batch; equal rows have equal ones."""
    import tensorflow as tf

    columns = [np.asarray(part) for part in [*tf.nest.flatten(features), labels]]
    return tuple(hash(tuple(column[row].tobytes() if column.dtype != object else str(column[row]) for column in columns))
                 for row in range(len(labels)))  # fmt: skip


def _read(dataset: Any, name: str) -> _Rows:
    """The first rows of a dataset of pairs: as many as fit into what a check may take."""
    import tensorflow as tf

    found, rows, size, whole = [], 0, 0, True
    dataset = expect.dataset(dataset, name)
    _expect_tensors(dataset, name)
    with expect.using(f"`{name}` was read"):
        for element in dataset.as_numpy_iterator():
            features, labels = expect.pair(element, name)
            labels = np.asarray(labels)
            parts = tf.nest.flatten(features)
            if not len(labels) or any(len(part) != len(labels) for part in parts):
                raise Unexpected(
                    f"a batch of `{name}` to hold as many rows as labels",
                    f"features of {' and '.join(str(len(part)) for part in parts[:3])} rows with {len(labels)} labels",
                    "Row and label of the same place belong together.",
                    "Make the dataset of both at once.",
                )
            found.append((features, labels))
            rows += len(labels)
            size += sum(part.nbytes for part in parts)
            if rows >= MOST_ROWS or size >= MOST_BYTES:
                whole = False  # perhaps; it does not matter for a dataset that ends right here
                break
    if not found:
        expect.batches(dataset, name, most=1)  # says that it is empty
    return _Rows(found, whole)


def _is_batched(dataset: Any) -> bool:
    """Whether a dataset of pairs hands out many rows at a time: the first axis of all its tensors is the same."""
    import tensorflow as tf

    shapes = [tf.TensorShape(spec.shape) for spec in tf.nest.flatten(dataset.element_spec)]
    if any(shape.rank is None for shape in shapes):
        return True  # it does not tell
    return all(shape.rank for shape in shapes) and len({shape[0] for shape in shapes}) == 1 and not _is_one_row(dataset)


def _is_one_row(dataset: Any) -> bool:
    """Whether an element is a single row with a label of several numbers, as one-hot labels are."""
    import tensorflow as tf

    *features, labels = tf.nest.flatten(dataset.element_spec)
    if labels.shape.rank != 1 or labels.shape[0] in (None, 1) or any(part.shape.rank != 1 for part in features):
        return False
    with expect.using("the first row of a dataset was read"):
        values = [np.sort(label) for _, label in dataset.take(1).as_numpy_iterator()]
    return bool(values) and np.array_equal(values[0], [0] * (len(values[0]) - 1) + [1])


def _kind_of_labels(labels: np.ndarray) -> str:
    """ "one-hot", "classes" (whole numbers, few of them or hardly one left out; as floats, 0 and 1 alone) or "amounts"."""
    if labels.ndim == 2 and labels.shape[1] > 1:
        return "one-hot"
    values = np.unique(labels)
    if labels.dtype.kind not in "iub":
        return "classes" if set(values.tolist()) <= {0.0, 1.0} else "amounts"
    values = values.astype(int)
    if values.min() == 0 and len(values) > 0.9 * (values.max() + 1):
        return "classes"
    is_counted = values.min() <= 1 or len(values) <= 20  # ages and years are whole numbers, too
    return "classes" if is_counted and len(values) <= MOST_CLASSES and abs(values).max() <= 2 * MOST_CLASSES else "amounts"


def _classes(labels: np.ndarray) -> np.ndarray:
    """Labels as whole numbers, shape (rows,)."""
    if _kind_of_labels(labels) == "one-hot":
        return labels.argmax(axis=1)
    return labels.reshape(len(labels), -1)[:, 0].astype(int)


def _columns(features: Any) -> dict[str, np.ndarray]:
    """The columns of a table, each of shape (rows,); {} for pictures, sounds and wide matrices."""
    several = dict(enumerate(features)) if isinstance(features, (tuple, list)) else {"": features}
    named = features if isinstance(features, Mapping) else several
    found = {}
    for name, values in named.items():
        values = np.asarray(values)
        flat = values.reshape(len(values), -1)
        if values.ndim > 2 or flat.shape[1] > 200:
            continue
        for place in range(flat.shape[1]):
            found[str(name) if flat.shape[1] == 1 and name != "" else f"{name}[{place}]"] = flat[:, place]
    return found


def _form(dataset: Any) -> Any:
    """What the three datasets must have in common: names, types, and shapes without the batch."""
    import tensorflow as tf

    return tf.nest.map_structure(lambda spec: (spec.dtype, str(tf.TensorShape(spec.shape)[1:])), dataset.element_spec)


def _first(features: Any, rows: int) -> Any:
    """The first rows of features."""
    import tensorflow as tf

    return tf.nest.map_structure(lambda part: part[:rows], features)


def _tensors(features: Any) -> Any:
    """Features as tensors: text reaches Keras as nothing else."""
    import tensorflow as tf

    return tf.nest.map_structure(tf.convert_to_tensor, features)


# --- 1. Load your data ---

NAMES = ("train_ds", "validation_ds", "test_ds")


def _observe_data(*datasets: Any) -> SimpleNamespace:
    import tensorflow as tf

    found = SimpleNamespace(endless="", unbatched="", text=False, several=0, gaps="", order="", travels=False, moving="", shared=0, of=0,
                            where="", first=0, unused=0, missing=0, leak="", key="", small=False, rows=0, other=0, of_test=False,
                            floats=False, counted=0, least=0, most=0, blank="", read_as="", of_columns="")  # fmt: skip
    for name, dataset in zip(NAMES, datasets, strict=True):
        spec = expect.dataset(dataset, name).element_spec
        _expect_tensors(dataset, name)
        if expect.is_endless(dataset):
            found.endless = name
            return found
        if not _is_batched(dataset):
            found.unbatched = name
            return found
        if spec[1].dtype == tf.string:
            found.text = True
            return found
    _expect_one_form(*datasets)
    parts = [_read(dataset, name) for name, dataset in zip(NAMES, datasets, strict=True)]
    _look_for_gaps(found, parts)
    if not found.gaps:
        _look_for_empty_words(found, parts)
        _look_at_splits(found, parts)
        _look_at_order(found, parts, datasets)
        _look_at_labels(found, parts)
        _look_at_columns(found, parts)
    return found


HAVE_THEM = " No column gives the answer away by itself. What only you can know: whether you will have each column when you need the answer."


def _expect_one_form(*datasets: Any) -> None:
    """Refuse datasets of different names, types or shapes."""
    first = _form(datasets[0])
    for name, dataset in zip(NAMES[1:], datasets[1:], strict=False):
        if _form(dataset) != first:
            raise Unexpected(
                f"`{name}` to give rows of the same form as `train_ds`",
                "other names, types or shapes",
                "One model takes them all.",
                "Print the `element_spec` of each, and send all three through the same code.",
            )


def _look_for_gaps(found: SimpleNamespace, parts: list[_Rows]) -> None:
    import tensorflow as tf

    for name, part in zip(NAMES, parts, strict=True):
        for values in [*tf.nest.flatten(part.features), part.labels]:
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                found.gaps, found.other = name, int((~np.isfinite(values)).sum())
                return


def _look_for_empty_words(found: SimpleNamespace, parts: list[_Rows]) -> None:
    """Text of no letters: `StringLookup` takes it for a gap, and Keras cannot load what was adapted on it."""
    for part in parts:
        for name, column in _columns(part.features).items():
            empty = column == b"" if column.dtype == object else np.zeros(0, bool)
            if np.any(empty) and not found.blank:
                found.blank, found.other = name, int(np.sum(empty))


def _look_at_splits(found: SimpleNamespace, parts: list[_Rows]) -> None:
    """Rows that stand in two of the three; as many as the data repeat anyway are let pass."""
    train, validation = [set(part.rows) for part in parts[:2]]
    twins = 1 - len(train) / len(parts[0].rows)
    for one, there, other, rows in (
        ("validation_ds", validation, "test_ds", parts[2].rows),
        ("train_ds", train, "test_ds", parts[2].rows),
        ("train_ds", train, "validation_ds", parts[1].rows),
    ):
        shared = sum(row in there for row in rows)
        if shared > (0.05 + 3 * twins) * len(rows):
            found.shared, found.of, found.where, found.other = shared, len(rows), one, other
            found.of_test = one == "validation_ds"
            return
    found.rows = len(parts[0].rows)
    larger = max(parts[1:], key=lambda part: len(part.rows))
    found.other = len(larger.rows)
    found.small = parts[0].whole and found.rows < found.other


def _look_at_order(found: SimpleNamespace, parts: list[_Rows], datasets: tuple[Any, ...]) -> None:
    again = _read(datasets[0], NAMES[0])
    if again.rows == parts[0].rows and len(again.rows) > 1:
        found.order = "sorted" if _is_sorted(parts[0].labels) else "fixed"
    found.travels = not found.order and len(parts[0].batches) > 2 and len(parts[0].batches[0]) > 1 and _travel_together(parts[0], again)
    found.moving = next((name for name, dataset, part in zip(NAMES[1:], datasets[1:], parts[1:], strict=True) if _read(dataset, name).rows != part.rows), "")


def _travel_together(once: _Rows, again: _Rows) -> bool:
    """Whether the batches of two passes hold the same rows, wherever they have a row in common.

    Of a dataset larger than what is read, the two passes bring different batches, and only some of them twice.
    """
    at = {row: place for place, batch in enumerate(once.batches) for row in batch}
    met = [(frozenset(batch), {at[row] for row in batch if row in at}) for batch in again.batches]
    same = [len(places) == 1 and batch == frozenset(once.batches[min(places)]) for batch, places in met if places]
    return len(same) > 1 and sum(same) > 0.8 * len(same)


def _is_sorted(labels: np.ndarray) -> bool:
    flat = labels.reshape(len(labels), -1)[:, 0]
    return len(np.unique(flat)) > 1 and bool(np.all(np.diff(flat.astype(float)) >= 0))


def _look_at_labels(found: SimpleNamespace, parts: list[_Rows]) -> None:
    every = np.concatenate([part.labels for part in parts])
    kind = _kind_of_labels(every)
    if kind == "one-hot":
        found.several = every.shape[1] * (not np.all(np.sort(every, axis=1) == [0] * (every.shape[1] - 1) + [1]))
        found.read_as = f"{every.shape[1]} classes, one-hot"
        return
    found.least, found.most = every.min().item(), every.max().item()
    if kind == "amounts":
        found.counted = len(np.unique(every)) * (every.dtype.kind in "iu")
        found.read_as = f"amounts, from {found.least:g} to {found.most:g}"
        return
    found.floats, found.read_as = every.dtype.kind == "f", f"{found.most + 1} classes"
    train, *others = [set(_classes(part.labels).tolist()) for part in parts]
    found.first = min(train | set().union(*others))
    gaps = set(range(int(found.most))) - train.union(*others) if all(part.whole for part in parts) else set()
    found.unused = min(gaps, default=0)  # 0 is told by `first`
    unseen = set().union(*others) - train
    found.missing = min(unseen) if unseen and parts[0].whole else ""


def _look_at_columns(found: SimpleNamespace, parts: list[_Rows]) -> None:
    """A column that is the answer, or that numbers the rows."""
    every, labels = [_columns(part.features) for part in parts], parts[0].labels
    if len(labels) < FEW:
        return
    found.of_columns = HAVE_THEM if every[0] else ""
    kind = _kind_of_labels(labels)
    answers = _classes(labels) if kind != "amounts" else labels.reshape(len(labels), -1)[:, 0].astype(float)
    for name, column in every[0].items():
        told = _tells_class(column, answers) if kind != "amounts" else _tells_amount(column, answers)
        if told and not found.leak:
            found.leak = f"the column `{name}` alone tells"
        if not found.key and _numbers_rows(np.concatenate([part[name] for part in every])):
            found.key = name
    if kind == "amounts" and not found.leak and (names := _adds_up_to(every[0], answers)):
        found.leak = f"the columns {' and '.join(f'`{name}`' for name in names)} together tell"


def _tells_class(column: np.ndarray, classes: np.ndarray) -> bool:
    """Whether each value of a column belongs to one class; many different values prove nothing."""
    values = np.unique(column)
    kinds = len(np.unique(classes))
    return 1 < kinds <= len(values) <= 2 * kinds and all(len(np.unique(classes[column == value])) == 1 for value in values)


def _tells_amount(column: np.ndarray, amounts: np.ndarray) -> bool:
    if column.dtype.kind not in "iuf" or np.ptp(column) == 0 or np.ptp(amounts) == 0:
        return False
    return abs(np.corrcoef(column.astype(float), amounts)[0, 1]) > 0.99999


def _adds_up_to(columns: dict[str, np.ndarray], amounts: np.ndarray) -> list[str]:
    """The few columns that the amounts are a weighted sum of, as a total is of its parts; [] if they are not."""
    names = [name for name, column in columns.items() if column.dtype.kind in "iuf" and np.ptp(column) > 0]
    if not names or len(amounts) < 10 * len(names) or np.ptp(amounts) == 0:
        return []
    table = np.stack([columns[name].astype(float) for name in names], axis=1)
    table = (table - table.mean(axis=0)) / table.std(axis=0)
    wanted = (amounts - amounts.mean()) / amounts.std()
    weights = np.linalg.lstsq(table, wanted, rcond=None)[0]
    parts = [name for name, weight in zip(names, weights, strict=True) if abs(weight) > 1e-3]
    return parts if np.abs(table @ weights - wanted).max() < 1e-4 and len(parts) <= 5 else []


def _numbers_rows(column: np.ndarray) -> bool:
    """Whether a column gives each row a name or a number of its own, as nothing measured does."""
    values = np.unique(column)
    if len(values) < len(column):
        return False
    if column.dtype.kind not in NUMBER_LIKE:
        return np.mean([len(str(value).split()) for value in values[:100]]) < 3  # sentences are no names
    values = values.astype(float)
    return bool(np.all(values == np.round(values))) and values[-1] - values[0] < 1.2 * len(values)


load_your_data = Exercise(
    name="step10.load_your_data",
    title="Load your data",
    task="Make three datasets of pairs (raw features, number as label) in batches, with no row in two of them; "
    "train_ds is shuffled anew in each epoch.",
    answers=NAMES,
    lesson=LOAD,
    observe=_observe_data,
    misconceptions=(
        Misconception(
            "endless",
            lambda it: bool(it.endless),
            "Your `{endless}` repeats its rows without end.",
            "`fit` repeats by itself, once an epoch; an endless dataset has no end of an epoch, and an evaluation of it never returns.",
            "Leave `repeat()` out.",
            "1.5 Order matters",
        ),
        Misconception(
            "not batched",
            lambda it: bool(it.unbatched),
            "Your `{unbatched}` gives single rows, not batches of rows.",
            "A model takes a batch and reads the first axis as the rows of it.",
            "Gather rows as the last step, with `batch`.",
            "1.5 Order matters",
        ),
        Misconception(
            "labels in words",
            lambda it: it.text,
            "Your labels are words.",
            "A loss computes with numbers; `fit` would stop at the first batch.",
            "Give each class a number from 0, in a fixed order, before you make the datasets.",
            "1.6 A table from a CSV file",
        ),
        Misconception(
            "several answers in a label",
            lambda it: it.several > 0,
            "Your labels have {several} numbers a row, and these are not a single 1 among zeros.",
            "This page asks for one answer for each row: a class, or an amount.",
            "Hand on the one thing that you want to tell; to tell several, train a model for each of them first.",
            "4.4 Integer labels or one-hot",
        ),
        Misconception(
            "gaps",
            lambda it: bool(it.gaps),
            "Your `{gaps}` holds {other} values that are NaN or infinite, in one column or in the labels.",
            "One of them makes the loss NaN, and from then on every weight.",
            "Leave these rows out, or that column, or fill the gaps with a number that comes from the training rows alone.",
            "1.6 A table from a CSV file",
        ),
        Misconception(
            "empty words",
            lambda it: bool(it.blank),
            "Your column `{blank}` holds {other} empty words, as a table has where nothing was filled in.",
            "`StringLookup` learns the empty word as one of its words, but its file does not keep it: the model that you save could not be loaded.",
            "Give what is missing a name before you make the datasets: `np.where(column == \"\", \"unknown\", column)`.",
            "1.6 A table from a CSV file",
        ),
        Misconception(
            "chosen by the test rows",
            lambda it: it.of_test,
            "You have {shared} of the {of} rows of `{other}` in `{where}`, too.",
            "You will choose by the validation rows what does well on them, so their number flatters; the test is there for a number that nothing was chosen by.",
            "Cut the rows into three parts, once, and give each dataset one of them.",
            "5.11 Choose, then test once",
        ),
        Misconception(
            "trained on what it is tested on",
            lambda it: it.shared > 0,
            "You have {shared} of the {of} rows of `{other}` in `{where}`, too.",
            "The model may know these answers by heart, and nobody will notice: the number is good, and the next row is not like it.",
            "Cut the rows into three parts, once; `take` and `skip` behind a `shuffle` cut other rows at each pass.",
            "1.3 Split before anything else",
        ),
        Misconception(
            "smallest to learn from",
            lambda it: it.small,
            "Your `train_ds` has {rows} rows, and another of the three has {other}.",
            "What the model learns, it learns from the training rows; the others are measured with, and need fewer.",
            "Give the most rows to `train_ds`.",
            "1.3 Split before anything else",
        ),
        Misconception(
            "sorted",
            lambda it: it.order == "sorted",
            "You train on rows that are sorted by their label, in the same order in each epoch.",
            "The model sees one class for a while and forgets it over the next.",
            "Mix single rows with `shuffle`, and a buffer as large as the training rows, before `batch`.",
            "1.5 Order matters",
        ),
        Misconception(
            "never shuffled anew",
            lambda it: it.order == "fixed",
            "Your `train_ds` gives its rows in the same order at each pass.",
            "Each step then sees the same companions in each epoch, and the training learns their mixture, too.",
            "Put `shuffle` before `batch`, and let it make a new order for each epoch, as it does by itself.",
            "1.5 Order matters",
        ),
        Misconception(
            "batches shuffled",
            lambda it: it.travels,
            "You batch first and shuffle after, so batches change places and the rows inside one always travel together.",
            "If the rows come sorted, each batch holds one class.",
            "Mix single rows, then gather them.",
            "1.5 Order matters",
        ),
        Misconception(
            "a test that moves",
            lambda it: bool(it.moving),
            "You shuffle `{moving}` anew at each pass.",
            "Whoever reads the labels in one pass and the predictions in another compares the answer of one row with the label of another.",
            "Leave `shuffle` out where nothing is learned.",
            "5.11 Choose, then test once",
        ),
        Misconception(
            "classes as floats",
            lambda it: it.floats,
            "Your labels are the floats 0.0 and 1.0.",
            "The cells below tell an amount from a class by its type: they would take these for amounts and measure a distance.",
            "If they are classes, make them whole numbers: `labels.astype(\"int64\")`.",
            "4.4 Integer labels or one-hot",
        ),
        Misconception(
            "amounts as whole numbers",
            lambda it: it.counted > 0,
            "Your labels are whole numbers, {counted} different ones from {least} to {most}.",
            "The cells below tell an amount from a class by its type: a model with an output for each number up to {most} would not know that {most} is nearly one less.",
            "If they are amounts, make them floats: `labels.astype(\"float32\")`; if they are classes, number them 0, 1, 2 and so on, without a gap.",
            "4.4 Integer labels or one-hot",
        ),
        Misconception(
            "counted from another number",
            lambda it: it.first not in (0, ""),
            "Your classes are counted from {first}.",
            "Keras takes the label as the place among the outputs, and the first place is 0: the last class would have none.",
            "Subtract the smallest number, or number the classes anew; if they are no classes but amounts, make them floats.",
            "4.4 Integer labels or one-hot",
        ),
        Misconception(
            "a number left out",
            lambda it: it.unused > 0,
            "You have no row of class {unused}, though your classes are numbered up to {most}.",
            "The model gets an output for each number from 0 to {most}: this one could only ever be wrong, and the classes would be counted with one too many.",
            "Number the classes that there are 0, 1, 2 and so on: `np.unique(labels, return_inverse=True)` gives their names and the numbers. If they are amounts, make them floats.",
            "4.4 Integer labels or one-hot",
        ),
        Misconception(
            "a class that is never trained",
            lambda it: it.missing not in (0, ""),
            "Your `train_ds` has no row of class {missing}, and another of the three has one.",
            "Nobody answers with a class that they have never seen.",
            "Mix all rows before you cut them into three parts.",
            "1.3 Split before anything else",
        ),
        Misconception(
            "the answer among the features",
            lambda it: bool(it.leak),
            "You hand the answer in with the question: {leak} every label of the training rows.",
            "The test will be perfect, and where the answer is not known yet, what tells it will be missing, too.",
            "Leave it out; if it is another thing that tells so well, ask when it becomes known.",
            LOAD,
        ),
        Misconception(
            "a number for each row",
            lambda it: bool(it.key),
            "You keep the column `{key}`, which has another value in each row.",
            "With it a network can learn the training rows by heart, and it tells nothing about a new row.",
            "Leave it out of the features.",
            LOAD,
        ),
    ),
    check_observed=lambda found: None,
    hints=(
        "Three arrays of row numbers first, from one mixed order of all rows; then one dataset from each.",
        "`np.random.default_rng(0).permutation(n)` mixes the numbers, `np.split` cuts them. `from_tensor_slices((features, labels))` takes a dictionary of columns, too.",
        "`.shuffle(...)` and then `.batch(32)` for training, `.batch(...)` alone for the two others. Take no column that the findings warn of.",
    ),
    solution_code="""
columns = {"mass": "Body Mass (g)", "bill": "Culmen Depth (mm)", "flipper": "Flipper Length (mm)", "species": "Species"}
sex = table.columns["Sex"]
usable = np.isin(sex, ["FEMALE", "MALE"]) & np.isfinite(table.columns["Body Mass (g)"])
x = {short: table.columns[column][usable, np.newaxis] for short, column in columns.items()}
y = (sex[usable] == "MALE").astype("int64")

mixed = np.random.default_rng(1).permutation(len(y))
splits = [
    tf.data.Dataset.from_tensor_slices(({short: column[rows] for short, column in x.items()}, y[rows]))
    for rows in np.split(mixed, [200, 260])
]
train_ds = splits[0].shuffle(200).batch(32)
validation_ds = splits[1].batch(64)
test_ds = splits[2].batch(64)
""",
    right="Pairs in batches, no row in two of the three, and labels that a loss can take: {read_as}.{of_columns}",
)


# --- 2. Build your preprocessing ---

LARGE, TINY = 20.0, 0.02  # typical size of what comes out; outside of it a network learns slowly, or not
UNSEEN = "a word that was never seen"


def _some_of(every: _Rows, rows: int = 500) -> tuple[Any, np.ndarray]:
    """Features, as tensors, and labels of the first rows."""
    return _tensors(_first(every.features, rows)), every.labels[:rows]


def _batched_rows(dataset: Any, name: str) -> _Rows:
    """The rows of a dataset, as many as may be read, if it gives batches."""
    dataset = expect.dataset(dataset, name)
    expect.pair(dataset.element_spec, name)
    if not _is_batched(dataset):
        raise Unexpected(
            f"`{name}` to give batches of rows",
            "a dataset that gives single rows",
            "A model takes batches.",
            "Get the first check of this page right, then come back.",
            LOAD,
        )
    return _read(dataset, name)


def _in_parts(model: Any, features: Any) -> Any:
    """What a model gives, asked for so few rows at a time that large pictures do not fill the memory."""
    import tensorflow as tf

    parts = tf.nest.flatten(features)
    rows = int(parts[0].shape[0])
    row_bytes = sum(math.prod(part.shape[1:]) for part in parts) * 4
    most = max(16, MOST_AT_ONCE // max(1, row_bytes))
    results = [
        model(tf.nest.map_structure(lambda part: part[first : first + most], features), **expect.as_when(model, training=False))
        for first in range(0, rows, most)
    ]
    if len(results) == 1 or not all(getattr(it, "shape", None) for it in results):
        return results[0]
    return np.concatenate([np.asarray(it) for it in results])


def _answer(model: Any, name: str, features: Any) -> np.ndarray:
    """What a model gives for raw rows, as one array."""
    with expect.using(f"`{name}` was called on rows of your datasets, raw as they are"):
        result = _in_parts(model, features)
    if isinstance(result, (dict, list, tuple)):
        raise Unexpected(
            f"`{name}` to give one tensor",
            messages.of(result),
            "The next layer takes one.",
            "Join them with a `Concatenate` layer.",
            "3.13 All of it in one model",
        )
    return np.asarray(result)


def _other_names(model: Any, features: Any) -> tuple[list[str], list[str]]:
    """Names that only the model has, and names that only the rows have; both empty where there is nothing to compare."""
    import keras

    if not isinstance(features, Mapping) or not isinstance(model, keras.Model) or not isinstance(getattr(model, "input", None), Mapping):
        return [], []
    wanted, given = set(model.input), set(features)
    return sorted(wanted - given), sorted(given - wanted)


def _observe_preprocessing(preprocessing: Any, train_ds: Any) -> SimpleNamespace:
    import keras
    import tensorflow as tf

    preprocessing = expect.model(preprocessing, "preprocessing")
    every = _batched_rows(train_ds, "train_ds")
    features, labels = _some_of(every)
    rows = len(labels)
    found = SimpleNamespace(names="", words=False, nan=0, size=1.0, raw_pictures=False, unadapted=False, one_value=False, rows=rows, shape=(),
                            dead="", numbered="", stops="", mixed=False, same=False, elsewhere="", mean=0.0, wanted=0.0)  # fmt: skip
    missing, ignored = _other_names(preprocessing, features)
    if missing:
        found.names = ", ".join(f"`{name}`" for name in missing)
        return found
    if ignored:
        found.dead = ignored[0]
        return found
    result = _answer(preprocessing, "preprocessing", features)
    found.shape = result.shape
    if result.dtype.kind not in NUMBER_LIKE:
        found.words = True
        return found
    if result.ndim < 2 or len(result) != rows:
        raise Unexpected(
            f"numbers of shape ({rows}, …) for {rows} rows",
            f"the shape {result.shape}",
            "The first axis are the rows, and it has to stay.",
            "Look which layer takes it away.",
        )
    found.nan = int((~np.isfinite(result)).sum())
    if found.nan:
        return found
    table = result.reshape(rows, -1).astype(float)
    found.size = float(np.sqrt(np.square(table).mean(axis=0)).max())
    raw = [np.asarray(part) for part in tf.nest.flatten(features)]
    found.raw_pictures = found.size > LARGE and result.ndim == 4 and result.max() > 100
    layers = [it for it in expect.layers_of(preprocessing) if isinstance(it, keras.layers.Normalization)]
    found.unadapted = any(np.all(np.asarray(it.mean) == 0) and np.all(np.asarray(it.variance) == 1) for it in layers)
    found.one_value = any(np.any(np.asarray(it.variance) < 1e-12) for it in layers)
    found.same = rows > 1 and bool(np.all(np.ptp(table, axis=0) < 1e-9)) and any(len(np.unique(part, axis=0)) > 1 for part in raw if part.dtype != object)
    half = _answer(preprocessing, "preprocessing", _first(features, max(1, rows // 2)))
    found.mixed = not np.allclose(half, result[: len(half)], atol=1e-3, rtol=1e-3)
    _compare_the_means(found, preprocessing, layers, every, train_ds)
    if isinstance(features, Mapping):
        _try_the_columns(found, preprocessing, features, table)
    return found


def _compare_the_means(found: SimpleNamespace, preprocessing: Any, layers: list[Any], every: _Rows, train_ds: Any) -> None:
    """A `Normalization` right behind an input that holds nearly, but not quite, the means of the rows to train on."""
    import keras

    inputs = preprocessing.inputs[0] if isinstance(preprocessing, keras.Sequential) else getattr(preprocessing, "input", None)
    if isinstance(inputs, Mapping) != isinstance(every.features, Mapping) or isinstance(every.features, tuple) or not every.whole:
        return
    pairs = [(name, inputs[name], every.features[name]) for name in inputs] if isinstance(inputs, Mapping) else [("", inputs, every.features)]
    for name, tensor, values in pairs:
        values = np.asarray(values)
        for layer in layers:
            if layer.input is not tensor or values.dtype.kind not in "iuf" or layer.mean is None or layer.mean.shape[-1] != values[..., None].shape[-2]:
                continue
            held, rest = np.asarray(layer.mean).ravel(), tuple(range(values.ndim - 1)) if values.ndim > 1 else 0
            mean, spread = np.ravel(values.astype(float).mean(axis=rest)), np.ravel(values.astype(float).std(axis=rest))
            if held.shape != mean.shape:
                continue
            off = np.abs(held - mean)
            here = np.flatnonzero((off > 0.002 * spread + 1e-5 * np.abs(mean)) & (off < spread))
            if len(here) and sorted(_read(train_ds, "train_ds").rows) == sorted(every.rows):  # each pass brings the same rows
                found.elsewhere = f"`{name}`" if name else "your rows" if len(mean) == 1 else f"place {here[0]} of your rows"
                found.mean, found.wanted = float(held[here[0]]), float(mean[here[0]])
                return


def _try_the_columns(found: SimpleNamespace, model: Any, features: Mapping[str, Any], usual: np.ndarray) -> None:
    """Move each column by itself, and see what moves behind it."""
    import tensorflow as tf

    for name, column in features.items():
        values = np.asarray(column)
        different = len(np.unique(values.astype(str) if values.dtype == object else values, axis=0))
        if different < 2:
            continue
        moved = _answer(model, "preprocessing", {**features, name: tf.convert_to_tensor(values[::-1])}).reshape(usual.shape)
        touched = np.flatnonzero(np.any(np.abs(moved - usual) > 1e-9, axis=0))
        if not len(touched) and not np.array_equal(values, values[::-1]):
            found.dead = found.dead or name
        if column.dtype != tf.string:
            continue
        one_number = usual[:, touched] if len(touched) == 1 else np.zeros((1, 1))
        if different > 2 and len(np.unique(one_number)) == different and np.all(one_number == np.round(one_number)):
            found.numbered = found.numbered or name
        try:
            model({**features, name: tf.fill(tf.shape(column), UNSEEN)})
        except Exception:
            found.stops = found.stops or name


build_your_preprocessing = Exercise(
    name="step10.build_your_preprocessing",
    title="Build your preprocessing",
    task="A Keras model from a batch of raw features, as train_ds gives them, to finite numbers of about -3 to 3 or 0 to 1.",
    answers=("preprocessing", "train_ds"),
    lesson=NUMBERS,
    observe=_observe_preprocessing,
    misconceptions=(
        Misconception(
            "inputs of other names",
            lambda it: bool(it.names),
            "Your model wants inputs that your rows do not have: {names}.",
            "A dictionary of columns finds its way by name, letter by letter.",
            "Give each `keras.Input` the name of its column in `train_ds`.",
            "2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            "words stay words",
            lambda it: it.words,
            "Your model hands words on.",
            "The next layer multiplies, and stops with an error.",
            "Send each column of words through a layer that makes numbers of them.",
            "3.7 Layers that prepare",
        ),
        Misconception(
            "NaN comes out",
            lambda it: it.nan > 0,
            "Your preprocessing gives {nan} values that are NaN or infinite.",
            "From the first step on every weight will be NaN.",
            "Look for a gap in the rows, a division by a spread of 0, or a logarithm of 0.",
            "1.7 Normalise with the training examples only",
        ),
        Misconception(
            "never adapted",
            lambda it: it.unadapted and it.size > LARGE,
            "You have a `Normalization` layer that has not seen a single row, so it takes 0 for the mean and 1 for the spread.",
            "It hands its numbers on as they are: their typical size is {size:,.0f}.",
            "Call `adapt` with that column of the training rows before you use the layer.",
            "1.7 Normalise with the training examples only",
        ),
        Misconception(
            "adapted on one value",
            lambda it: it.one_value and it.size > LARGE,
            "You adapted a `Normalization` layer on a single value, and your rows hold others.",
            "One value has no spread, so whatever differs from it is divided by almost 0: the numbers that come out have a typical size of {size:,.0f}.",
            "Let `adapt` see all rows to train on.",
            "1.7 Normalise with the training examples only",
        ),
        Misconception(
            "pixels from 0 to 255",
            lambda it: it.raw_pictures,
            "Your pictures come out with values up to 255.",
            "Sums of hundreds of such numbers make the first steps of the training far too large.",
            "Put a layer in that brings the pixels to 0 to 1.",
            "3.7 Layers that prepare",
        ),
        Misconception(
            "large numbers",
            lambda it: it.size > LARGE,
            "Your preprocessing gives numbers with a typical size of {size:,.0f}.",
            "They drown smaller ones beside them, and make the first steps of the training far too large.",
            "Bring every amount to about the same size, with what the training rows tell.",
            "1.7 Normalise with the training examples only",
        ),
        Misconception(
            "always the same",
            lambda it: it.same,
            "Your preprocessing gives the same numbers for every row, whatever the row says.",
            "Nothing can be learned from that.",
            "Look at what one layer after the other gives for two different rows.",
            NUMBERS,
        ),
        Misconception(
            "scaled twice",
            lambda it: it.size < TINY,
            "Your numbers come out tiny: the largest column has a typical size of {size:.4f}.",
            "Such small inputs hardly move a sum, and the training crawls.",
            "See whether something is scaled twice, here and where the dataset is made.",
            "3.7 Layers that prepare",
        ),
        Misconception(
            "a column without effect",
            lambda it: bool(it.dead),
            "You give the column `{dead}` to the model, and no number that comes out depends on it.",
            "Either it is left out on the way, or all of its words count as unknown because the vocabulary holds none of them.",
            "Follow this column through its layers; or leave it out of the features.",
            NUMBERS,
        ),
        Misconception(
            "words as amounts",
            lambda it: bool(it.numbered),
            "You give the words of `{numbered}` numbers 0, 1, 2, 3 and pass these on as one amount.",
            "For the network word 3 is then three times word 1, and word 2 lies between them; nobody has said so.",
            "Give each word a place of its own.",
            "3.11 Categories: embedding",
        ),
        Misconception(
            "an unknown word stops it",
            lambda it: bool(it.stops),
            "Your model ends with an error when `{stops}` holds a word that it has not seen.",
            "The test rows may be kind; the first new row with a new word is not.",
            "Keep a place for the unknown: `StringLookup` does so by itself, with `num_oov_indices=1`.",
            NUMBERS,
        ),
        Misconception(
            "adapted on other rows",
            lambda it: bool(it.elsewhere),
            "Your `Normalization` for {elsewhere} holds the mean {mean:.5g}, and the mean of your training rows is {wanted:.5g}.",
            "So it has seen other rows, or you wrote it in by hand. If those of the test are among them, the test has had a say in the training.",
            "Call `adapt` with that column of `train_ds`, and with nothing else.",
            "1.7 Normalise with the training examples only",
        ),
        Misconception(
            "rows that know each other",
            lambda it: it.mixed,
            "Your preprocessing answers differently for one and the same row when other rows stand beside it in the batch.",
            "A single row, later, has no companions: it would get other numbers than in training.",
            "Take means and spreads from the training rows once, by `adapt`, and not from each batch.",
            "1.7 Normalise with the training examples only",
        ),
    ),
    check_observed=lambda found: None,
    hints=(
        "Go column by column: is it an amount or a word? Each gets an input and a layer of its own, and at the end all are joined.",
        "`adapt` takes a dataset of that column alone: `train_ds.map(lambda features, label: features[name])`.",
        "`keras.Input(shape=(1,), name=name)` with `dtype=\"string\"` for words; `Normalization()` or `StringLookup(output_mode=\"one_hot\")`, adapted, called on it; `keras.Model(inputs, Concatenate()(encoded))`.",
    ),
    solution_code="""
inputs, encoded = {}, []
for name, spec in train_ds.element_spec[0].items():
    column = train_ds.map(lambda features, label: features[name])
    if spec.dtype == tf.string:
        inputs[name] = keras.Input(shape=(1,), name=name, dtype="string")
        layer = keras.layers.StringLookup(output_mode="one_hot")
    else:
        inputs[name] = keras.Input(shape=(1,), name=name)
        layer = keras.layers.Normalization()
    layer.adapt(column)
    encoded.append(layer(inputs[name]))
preprocessing = keras.Model(inputs, keras.layers.Concatenate()(encoded))
""",
    right="Raw rows go in, {shape} finite numbers of a size to learn from come out; each row for itself, and a word that was never seen has a place, too.",
)


# --- 3. Add your layers ---


def _activations(layers: list[Any]) -> list[str]:
    """The name of each layer's activation, "" where it has none."""
    import keras

    names = []
    for layer in layers:
        if isinstance(layer, keras.layers.Activation) or hasattr(layer, "activation"):
            names.append(getattr(layer.activation, "__name__", type(layer.activation).__name__))
        else:
            names.append({"ReLU": "relu", "LeakyReLU": "leaky_relu", "Softmax": "softmax", "PReLU": "prelu", "ELU": "elu"}.get(type(layer).__name__, ""))
    return names


def _last_activation(layers: list[Any]) -> str:
    """The activation that the outputs have gone through; "linear" if there is none, "?" if it does not show."""
    if not layers:
        return "?"
    name = _activations(layers)[-1]
    return name or ("linear" if getattr(layers[-1], "kernel", None) is not None else "?")


def _giving_the_output(model: Any) -> list[Any]:
    """The layer that gives what a Functional model returns; [] where an operation does."""
    return [layer for layer in model.layers if expect.layers_of(layer) == [layer] and layer.output is model.outputs[0]][-1:]


def _with_neurons(layers: list[Any]) -> list[Any]:
    """The layers that multiply and add."""
    import keras

    others = (keras.layers.Embedding, keras.layers.Normalization, keras.layers.PReLU)
    return [layer for layer in layers if not isinstance(layer, others) and any(len(it.shape) > 1 for it in layer.weights)]


def _may_bend(layer: Any) -> bool:
    """Whether a layer may do more than multiply and add, as far as it shows."""
    name = type(layer).__name__
    own = not expect.is_of_keras(layer) or name in ("Lambda", "MultiHeadAttention", "GroupQueryAttention", "Attention")
    return own or "MaxPooling" in name or _activations([layer])[0] not in ("", "linear")


def _wanted_outputs(labels: np.ndarray) -> tuple[str, int]:
    """The kind of labels, and how many outputs they ask for."""
    kind = _kind_of_labels(labels)
    if kind == "amounts":
        return kind, 1
    return kind, labels.shape[1] if kind == "one-hot" else int(_classes(labels).max()) + 1


def _costs(result: np.ndarray, labels: np.ndarray, is_share: bool) -> float:
    """The mean cross-entropy of answers, by hand."""
    classes = _classes(labels)
    result = result.astype(float)
    if result.shape[1] == 1:
        scores = np.concatenate([np.zeros_like(result), np.log(np.clip(result, 1e-7, 1)) - np.log(np.clip(1 - result, 1e-7, 1)) if is_share else result], axis=1)
    else:
        scores = np.log(np.clip(result, 1e-7, None)) if is_share else result
    top = scores.max(axis=1, keepdims=True)
    logs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    return float(-logs[np.arange(len(classes)), classes].mean())


def _observe_layers(model: Any, train_ds: Any) -> SimpleNamespace:
    import keras

    model = expect.model(model, "model")
    every = _batched_rows(train_ds, "train_ds")
    features, labels = _some_of(every)
    missing, _ = _other_names(model, features)
    found = SimpleNamespace(names=", ".join(f"`{name}`" for name in missing), kind="", wanted=1, shape=(), outputs=0, rows=len(labels),
                            whole=every.whole, one_each=True,
                            last="?", neurons=2, bends=True, dropout=False, cost=0.0, expected=1.0, parameters=0)  # fmt: skip
    if missing:
        return found
    result = _answer(model, "model", features)
    found.shape = result.shape
    if result.ndim != 2:
        return found
    if len(result) != len(labels) or not np.isfinite(result).all():
        raise Unexpected(
            f"`model` to give finite numbers of shape ({len(labels)}, …) for {len(labels)} rows",
            f"the shape {result.shape}" if len(result) != len(labels) else f"{int((~np.isfinite(result)).sum())} values that are NaN or infinite",
            "Each row needs an answer of its own that a loss can compute with.",
            "Look at what one layer after the other gives.",
        )
    layers = expect.layers_of(model)
    found.outputs, found.parameters = result.shape[1], model.count_params()
    kind, wanted = found.kind, found.wanted = _wanted_outputs(every.labels)
    found.one_each = kind != "one-hot" or bool(np.allclose(every.labels.sum(axis=1), 1))
    found.dropout = bool(layers) and isinstance(layers[-1], keras.layers.Dropout)
    shown = expect.shows_its_steps(model)
    if shown or expect.is_of_keras(model):  # bare operations between its layers hide nothing but a bend
        found.last = _last_activation(layers if shown else _giving_the_output(model))
        neurons = _with_neurons(layers)
        found.neurons = len(neurons)
        before_last = layers[: next((place for place, it in enumerate(layers) if neurons and it is neurons[-1]), 0)]
        found.bends = not shown or found.neurons < 2 or any(_may_bend(layer) for layer in before_last)
    if kind != "amounts" and found.one_each and (found.outputs == wanted or kind == "classes" and found.outputs == 1 and wanted == 2):
        is_share = found.last in ("softmax", "sigmoid") or bool(np.all((result >= 0) & (result <= 1)))
        found.cost = _costs(result, labels, is_share)
        found.expected = math.log(wanted)
    return found


def _is_classes(it: SimpleNamespace) -> bool:
    return it.kind != "amounts"


def _has_another_number(it: SimpleNamespace) -> bool:
    """Whether there are fewer outputs than classes, or more than all rows together ask for."""
    if not _is_classes(it) or (it.kind == "classes" and it.outputs == 1 and it.wanted == 2):
        return False
    return it.outputs < it.wanted or (it.outputs > it.wanted and it.whole)


add_your_layers = Exercise(
    name="step10.add_your_layers",
    title="Add your layers",
    task="A model from raw features to one number for each class (or one for an amount), with your preprocessing and at least one hidden layer.",
    answers=("model", "train_ds"),
    lesson=ADD,
    observe=_observe_layers,
    misconceptions=(
        Misconception(
            "inputs of other names",
            lambda it: bool(it.names),
            "Your model wants inputs that your rows do not have: {names}.",
            "`fit` looks for each of them in the dictionary of columns by its name, and stops at the first batch.",
            "Begin with the inputs of your preprocessing.",
            "2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            "too many axes",
            lambda it: len(it.shape) != 2,
            "Your model gives the shape {shape} for {rows} rows.",
            "A dense layer works on the last axis alone and keeps the others, so there is an answer for each pixel or moment instead of one for the row.",
            "Make one row of numbers of each example before the dense layers, by `Flatten` or by pooling.",
            "3.7 Layers that prepare",
        ),
        Misconception(
            "softmax over one number",
            lambda it: it.last == "softmax" and it.outputs == 1,
            "You have a softmax over a single output.",
            "Softmax divides by the sum, and a number divided by itself is 1: your model answers 1 for every row, whatever it learns.",
            "Take `sigmoid` for one output, or two outputs for two classes; an amount takes no activation.",
            "3.12 The output layer follows from the task",
        ),
        Misconception(
            "an amount that is a class",
            lambda it: not _is_classes(it) and it.outputs != 1,
            "Your labels are amounts, and your model gives {outputs} numbers for each row.",
            "An amount is a single number; with several, the loss would compare each of them with it.",
            "End with one neuron; if your labels are classes, make them whole numbers.",
            "3.12 The output layer follows from the task",
        ),
        Misconception(
            "another number of outputs",
            lambda it: _has_another_number(it),
            "Your labels have {wanted} classes, and your model gives {outputs} numbers for each row.",
            "With fewer outputs than classes some can never be named; with more, some are named that do not exist.",
            "Let the last layer have as many neurons as there are classes; if they are no classes but amounts, make the labels floats.",
            "3.12 The output layer follows from the task",
        ),
        Misconception(
            "a bounded amount",
            lambda it: not _is_classes(it) and it.last in ("sigmoid", "tanh", "softmax"),
            "Your labels are amounts, and the last activation, {last}, never leaves the range up to 1.",
            "No amount beyond it can ever be predicted.",
            "Let the last neuron hand on its sum as it is.",
            "3.12 The output layer follows from the task",
        ),
        Misconception(
            "a raw score for yes or no",
            lambda it: _is_classes(it) and it.outputs == 1 and it.last == "linear",
            "Your model gives one raw score for two classes.",
            "A loss can be told so, but Keras' accuracy and the cells below take an answer above 0.5 for yes, and a raw score means yes from 0 on.",
            "Give the last neuron a sigmoid.",
            "3.12 The output layer follows from the task",
        ),
        Misconception(
            "relu at the end",
            lambda it: it.last == "relu",
            "Your last layer has ReLU.",
            "Whatever is negative becomes 0 there, and a neuron that gives 0 for every row has no gradient any more and never learns again.",
            "Keep ReLU for the hidden layers.",
            "3.12 The output layer follows from the task",
        ),
        Misconception(
            "sigmoid for one of many",
            lambda it: it.last == "sigmoid" and it.outputs > 1 and _is_classes(it) and it.one_each,
            "Your last layer has a sigmoid for each of {outputs} classes.",
            "Each is then asked by itself, and several or none may be true; your rows belong to exactly one.",
            "Let the outputs share one sum, by softmax, or hand on raw scores.",
            "3.12 The output layer follows from the task",
        ),
        Misconception(
            "dropout behind the output",
            lambda it: it.dropout,
            "You have a Dropout behind the last layer.",
            "In training it strikes out answers at random, the right one as well.",
            "Put it between hidden layers.",
            "3.10 Layers that behave differently in training",
        ),
        Misconception(
            "no hidden layer",
            lambda it: it.neurons < 2,
            "You go from the prepared numbers to the output by one layer of neurons.",
            "That is a linear model: a good one to compare with, but it cannot bend a border or let two columns work together.",
            "Add a hidden layer with an activation in front of the last one.",
            "3.5 Without a bend, deep is shallow",
        ),
        Misconception(
            "nothing bends",
            lambda it: not it.bends,
            "Your hidden layers have no activation.",
            "However many they are, together they compute what a single layer could.",
            "Give them an activation that bends, such as ReLU.",
            "3.5 Without a bend, deep is shallow",
        ),
        Misconception(
            "raw numbers reach the neurons",
            lambda it: it.cost > 6 * max(1.0, it.expected),
            "Your model has a cross-entropy of {cost:,.1f} on its first rows, where an undecided one has {expected:.1f}.",
            "It is quite sure before it has learned anything: large raw numbers reach the first neurons.",
            "Put your preprocessing between the inputs and the first dense layer.",
            NUMBERS,
        ),
    ),
    check_observed=lambda found: None,
    hints=(
        "The last layer follows from the labels: count the classes. The first one is your preprocessing.",
        "A Functional model goes on where another ends: call a layer on `preprocessing.output`.",
        "`keras.layers.Dense(16, activation=\"relu\")(preprocessing.output)`, behind it a `Dense` with softmax and as many neurons as classes, and `keras.Model(preprocessing.input, …)`.",
    ),
    solution_code="""
numbers = preprocessing.output
hidden = keras.layers.Dense(16, activation="relu")(numbers)
model = keras.Model(preprocessing.input, keras.layers.Dense(2, activation="softmax")(hidden))
""",
    right="Raw rows go in, and {outputs} number(s) for each come out, as the labels ask; {parameters:,} parameters are to be learned.",
)


# --- 4. Compile your model ---

SPARSE, DENSE, BINARY = "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"
FOR_AMOUNTS = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh", "mean_squared_logarithmic_error", "mean_absolute_percentage_error")
SHORT = {"mse": "mean_squared_error", "mae": "mean_absolute_error", "msle": FOR_AMOUNTS[4], "mape": FOR_AMOUNTS[5]}
HIGH, LOW = 0.1, 0.00001  # learning rates that hardly ever make sense, of Adam and its relatives
LIKE_ADAM = ("Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Lion")


def _is_compile_written(model: Any, train_ds: Any) -> bool:
    """Whether `compile` was called; what cannot be compiled at all is left to the check."""
    import keras

    if model is ... or train_ds is ...:
        return False
    if not isinstance(model, keras.Model) or model.compiled:
        return True
    try:
        features, _ = _some_of(_batched_rows(train_ds, "train_ds"), 2)
        return len(_answer(model, "model", features).shape) != 2
    except (Unexpected, Stopped):
        return True


def _loss_of(model: Any) -> tuple[str, bool]:
    """The name of a compiled model's loss, and whether it expects raw scores; ("?", False) for one of the learner's own."""
    import keras

    loss = model.loss
    if isinstance(loss, keras.Loss) and expect.is_of_keras(loss):
        settings = loss.get_config()
        return _plain_name(type(loss).__name__), bool(settings.get("from_logits", False))
    if callable(loss):
        is_of_keras = getattr(loss, "__module__", "").partition(".")[0] == "keras"
        return _plain_name(loss.__name__) if is_of_keras else "?", False
    if isinstance(loss, str):
        return _plain_name(loss), False
    return "" if loss is None else "?", False


def _plain_name(name: str) -> str:
    """"SparseCategoricalCrossentropy" and "mse" as `mean_squared_error` is written."""
    snake = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name).lstrip("_")
    return SHORT.get(snake, snake)


def _observe_compiled(model: Any, train_ds: Any) -> SimpleNamespace:
    model = expect.model(model, "model")
    every = _batched_rows(train_ds, "train_ds")
    features, labels = _some_of(every, 200)
    result = _answer(model, "model", features)
    kind, wanted = _wanted_outputs(every.labels)
    if result.ndim != 2 or (kind == "amounts" and result.shape[1] != 1):
        raise Unexpected(
            "`model` to give one answer for each row, as its labels ask",
            f"the shape {result.shape} for {len(labels)} rows",
            "No loss fits an output that does not fit the labels.",
            "Get the check of 10.3 right first.",
            ADD,
        )
    if not model.compiled:
        raise Unexpected("`model` to be compiled", "a model that is not", "`fit` would stop.", "Call `model.compile(...)` first.")
    loss, from_scores = _loss_of(model)
    last = _last_activation(expect.layers_of(model))
    rate = expect.learning_rate(model.optimizer)
    optimizer = type(getattr(model.optimizer, "inner_optimizer", model.optimizer)).__name__
    highest = HIGH if optimizer in LIKE_ADAM else 1.0 if optimizer == "SGD" else math.inf
    found = SimpleNamespace(loss=loss, from_scores=from_scores, kind=kind, wanted=wanted, outputs=result.shape[1], last=last, rate=rate or 0.0,
                            high=rate is not None and rate > highest, low=rate is not None and rate < LOW,
                            are_shares=bool(np.all((labels >= 0) & (labels <= 1))), metrics=None, cost=None, failed=None)  # fmt: skip
    try:
        found.cost = _compiled_loss(model, features, labels, result)
        found.metrics = _metric_names(model, features, labels, result)
    except Stopped as error:  # told after the misconceptions, which say more
        found.failed = error
    return found


def _metric_names(model: Any, features: Any, labels: np.ndarray, result: np.ndarray) -> list[str]:
    """What a compiled model's metrics are called in the results, found out by computing them on the first rows."""
    with expect.using("its metrics were computed on the first rows of `train_ds`"):
        names = list(model.compute_metrics(features, labels, result))
        model.reset_metrics()
    return [name for name in names if name != "loss"]


def _compiled_loss(model: Any, features: Any, labels: np.ndarray, result: np.ndarray) -> float:
    """The loss that a model was compiled with, on the first rows."""
    with expect.using("the loss was computed on the first rows of `train_ds`"):
        return float(np.asarray(model.compute_loss(x=features, y=labels, y_pred=result)))


def _check_compiled(it: SimpleNamespace) -> None:
    if it.kind != "amounts" and it.outputs != it.wanted and not (it.outputs == 1 and it.wanted == 2 and it.kind == "classes"):
        raise Unexpected(
            "`model` to give one number for each class",
            f"{it.outputs} for {it.wanted} classes",
            "No loss fits an output that does not fit the labels.",
            "Get the check of 10.3 right first.",
            ADD,
        )
    if it.failed is not None:
        raise it.failed
    if it.cost is not None and not math.isfinite(it.cost):
        raise Unexpected("a loss that is a finite number on the first rows", f"{it.cost}", "Nothing can be learned from it.", "Try your loss on one row by hand.")


def _is_cross_entropy(it: SimpleNamespace) -> bool:
    return it.loss in (SPARSE, DENSE, BINARY)


FITS = "4.5 Which loss for which output"

compile_your_model = Exercise(
    name="step10.compile_your_model",
    title="Compile your model",
    task='Compile model with an optimizer, a loss that fits your labels and the last layer, and, for classes, "accuracy" among the metrics.',
    answers=("model", "train_ds"),
    lesson=COMPILE,
    attempted=_is_compile_written,
    begin="Write `model.compile(...)` above the check",
    observe=_observe_compiled,
    misconceptions=(
        Misconception(
            "no loss",
            lambda it: it.loss == "",
            "Your model is compiled without a loss.",
            "The loss is what training makes smaller; without one `fit` stops.",
            "Name one when you compile.",
            "4.1 What compile sets",
        ),
        Misconception(
            "an error of amounts for classes",
            lambda it: it.kind != "amounts" and it.loss in FOR_AMOUNTS,
            "Your labels are classes, and your loss ({loss}) measures a distance between numbers.",
            "Class 2 is no more wrong for class 0 than class 1 is, and whoever is sure and wrong hardly pays.",
            "Take a cross-entropy.",
            FITS,
        ),
        Misconception(
            "a cross-entropy for amounts",
            lambda it: it.kind == "amounts" and _is_cross_entropy(it) and not (it.loss == BINARY and it.are_shares),
            "Your labels are amounts, and your loss is a cross-entropy, which compares probabilities.",
            "It is meaningless here, and may be NaN.",
            "Take a loss that measures how far two numbers are apart.",
            FITS,
        ),
        Misconception(
            "whole numbers taken for one-hot",
            lambda it: it.kind == "classes" and it.loss == DENSE,
            "Your labels are whole numbers, and your loss expects a row of zeros and a one for each.",
            "The shapes do not fit, and `fit` stops.",
            "Take the loss that is made for the numbers of classes.",
            "4.4 Integer labels or one-hot",
        ),
        Misconception(
            "one-hot taken for whole numbers",
            lambda it: it.kind == "one-hot" and it.loss == SPARSE,
            "Your labels are one-hot, and your loss expects the number of the class.",
            "The shapes do not fit, and `fit` stops.",
            "Take the loss without “sparse”.",
            "4.4 Integer labels or one-hot",
        ),
        Misconception(
            "yes or no, for several outputs",
            lambda it: it.loss == BINARY and it.outputs > 1 and it.kind == "classes",
            "Your model gives {outputs} numbers for each row, and binary cross-entropy asks a yes or no of each of them.",
            "It would compare each output with the number of the class.",
            "Take it for a single output; for one output each class there is another cross-entropy.",
            FITS,
        ),
        Misconception(
            "many classes, for one output",
            lambda it: it.loss in (SPARSE, DENSE) and it.outputs == 1,
            "Your model has a single output, and your loss looks for one output each class.",
            "With one place there is one class, and every answer is right.",
            "One output with a sigmoid goes with binary cross-entropy.",
            FITS,
        ),
        Misconception(
            "probabilities taken for scores",
            lambda it: _is_cross_entropy(it) and it.from_scores and it.last in ("softmax", "sigmoid"),
            "You end in {last}, and tell the loss to expect raw scores (`from_logits=True`).",
            "Where Keras sees the activation right before the loss, it warns and takes the scores from before it. Behind a layer of another kind, or computed from what `predict` gives, the probabilities are squeezed once more, and even a perfect answer costs something.",
            "Say it in one place only: in the layer or in the loss.",
            "4.3 Logits or probabilities",
        ),
        Misconception(
            "scores taken for probabilities",
            lambda it: _is_cross_entropy(it) and not it.from_scores and it.last == "linear",
            "Your last layer gives raw scores, and your loss takes them for probabilities (`from_logits=False`, the default).",
            "A score below 0 counts as no chance at all, and there the gradient is lost.",
            "Tell the loss what it gets.",
            "4.3 Logits or probabilities",
        ),
        Misconception(
            "accuracy of an amount",
            lambda it: it.kind == "amounts" and any("acc" in name for name in it.metrics or ()),
            "You ask for an accuracy, and your labels are amounts.",
            "It counts the rows that are met exactly, to the last digit: 0 for a good model, too.",
            "Take the mean absolute error, which has the unit of your labels.",
            "4.9 The metric is not the loss",
        ),
        Misconception(
            "no accuracy",
            lambda it: it.kind != "amounts" and it.metrics is not None and "accuracy" not in it.metrics,
            "Your model is compiled without the metric “accuracy”.",
            "The loss tells you nothing about how many rows are right, and the cells below look for that name.",
            "Add it to the list of metrics.",
            "4.9 The metric is not the loss",
        ),
        Misconception(
            "a learning rate too high",
            lambda it: it.high,
            "Your learning rate is {rate:g}.",
            "Steps of that size jump over the valley, and the loss goes up and down or becomes NaN.",
            "Begin near 0.01 or 0.001, and change it by factors of 3.",
            "4.7 The learning rate",
        ),
        Misconception(
            "a learning rate too low",
            lambda it: it.low,
            "Your learning rate is {rate:g}.",
            "After a hundred epochs the weights would be about where they began.",
            "Begin near 0.01 or 0.001, and change it by factors of 3.",
            "4.7 The learning rate",
        ),
    ),
    check_observed=_check_compiled,
    hints=(
        "Two facts decide about the loss: what a label looks like, and what the last layer does.",
        "Whole numbers as labels and one output each class: a sparse categorical cross-entropy. Does your last layer have a softmax?",
        "`model.compile(optimizer=keras.optimizers.Adam(0.01), loss=…, metrics=[\"accuracy\"])`, with a loss from the table in 4.5.",
    ),
    solution_code="""
model.compile(
    optimizer=keras.optimizers.Adam(0.01),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
""",
    right="The loss fits the labels and what the last layer gives, and the learning rate is one to begin with.",
)


# --- 5. Train your model ---

NEAR = 0.02  # of a loss that is computed twice


def _curves(history: Any) -> dict[str, list[float]]:
    """What `fit` returned, as lists of numbers."""
    curves = getattr(history, "history", history)
    if not isinstance(curves, Mapping) or "loss" not in curves or not all(_are_numbers(it) for it in curves.values()):
        raise Unexpected(
            "`history` to be what `fit` returns",
            messages.of(history),
            "It holds one number for each epoch, and tells how the training went.",
            "Write `history = model.fit(...)`.",
            "5.2 What fit does, and what it returns",
        )
    return {str(name): [float(value) for value in values] for name, values in curves.items()}


def _are_numbers(values: Any) -> bool:
    return isinstance(values, (list, tuple)) and all(isinstance(value, (int, float, np.number)) for value in values)


def _loss_on(model: Any, dataset: Any, name: str) -> float:
    with expect.using(f"`model` was evaluated on `{name}`"):
        return float(model.evaluate(expect.dataset(dataset, name), verbose=0, return_dict=True)["loss"])


def _is_near(one: float, other: float) -> bool:
    return abs(one - other) <= NEAR * max(abs(one), abs(other)) + 0.002


def _observe_training(model: Any, history: Any, train_ds: Any, validation_ds: Any) -> SimpleNamespace:
    model = expect.model(model, "model")
    curves = _curves(history)
    for name, dataset in (("train_ds", train_ds), ("validation_ds", validation_ds)):
        expect.pair(expect.dataset(dataset, name).element_spec, name)
        if expect.is_endless(dataset):
            raise Unexpected(f"`{name}` to end", "a dataset that repeats its rows without end", "No evaluation of it ever returns.", "Leave `repeat()` out.", LOAD)
    _expect_one_form(train_ds, validation_ds)
    found = SimpleNamespace(validated=bool(curves.get("val_loss")), nan=not all(map(math.isfinite, curves["loss"] + curves.get("val_loss", []))), on_training=False, other=False,
                            over=False, early=False, lazy=0.0, reached=1.0, unit="", epochs=len(curves["loss"]), least=0.0, now=0.0, solved=False)  # fmt: skip
    if not found.epochs:
        raise Unexpected("`history` to hold at least one epoch", "one without any", "Nothing was trained.", "Call `fit` with more epochs.")
    if not found.validated or found.nan:
        return found
    if not model.compiled:
        raise Unexpected("`model` to be compiled and trained", "a model that is not compiled", "", "Compile it, and fit it again.")
    past = curves["val_loss"]
    found.now, found.least = _loss_on(model, validation_ds, "validation_ds"), min(past)
    found.other = not any(_is_near(found.now, loss) for loss in past)
    off, off_in_training = [min(abs(loss - each) for each in past) for loss in (found.now, _loss_on(model, train_ds, "train_ds"))]
    found.on_training = off > 1e-4 * abs(found.now) and off_in_training < (off / 5 if not found.other else NEAR * abs(found.now) + 0.002)
    found.over = _is_near(found.now, past[-1]) and found.now > 1.2 * found.least + 0.02
    _compare_with_the_lazy(found, model, train_ds, validation_ds)
    found.early = _is_still_falling(past) and not (found.solved and len(past) > 3)
    return found


def _is_still_falling(losses: list[float]) -> bool:
    """Whether a training ended while each epoch still brought much: in its best epoch, with 5 % and more in each of the last three."""
    if losses[-1] > min(losses):
        return False
    return len(losses) < 4 or all(after < 0.95 * before for before, after in zip(losses[-4:], losses[-3:]))


def _compare_with_the_lazy(found: SimpleNamespace, model: Any, train_ds: Any, validation_ds: Any) -> None:
    """How the model does on the validation rows, and how the commonest label, or the median, does."""
    known, asked = _read(train_ds, "train_ds").labels, _read(validation_ds, "validation_ds")
    result = _answer(model, "model", _tensors(asked.features))
    if _wanted_outputs(known)[0] == "amounts":
        values = asked.labels.reshape(len(result), -1)[:, 0]
        found.lazy, found.reached, found.unit = np.abs(values - np.median(known)).mean(), np.abs(values - result[:, 0]).mean(), "a mean error of"
        found.beats = found.reached < found.lazy
        return
    classes = _classes(asked.labels)
    found.lazy = np.mean(classes == np.bincount(_classes(known)).argmax())
    chosen = result.argmax(axis=1) if result.shape[1] > 1 else _says_yes(model, result)
    found.reached = np.mean(chosen == classes)
    found.beats, found.solved, found.unit = found.reached > found.lazy, found.reached >= 0.97, "an accuracy of"


def _says_yes(model: Any, result: np.ndarray) -> np.ndarray:
    """The class of a single output: from a half on as a probability, from 0 on as a score."""
    is_share = _last_activation(expect.layers_of(model)) == "sigmoid" or bool(np.all((result >= 0) & (result <= 1)))
    return (result[:, 0] > (0.5 if is_share else 0.0)).astype(int)


train_your_model = Exercise(
    name="step10.train_your_model",
    title="Train your model",
    task="Fit model on train_ds, with validation_data, and keep what fit returns in history; stop at the right time.",
    answers=("model", "history", "train_ds", "validation_ds"),
    lesson=TRAIN,
    observe=_observe_training,
    misconceptions=(
        Misconception(
            "NaN",
            lambda it: it.nan,
            "Your loss became NaN or infinite on the way.",
            "From that step on every weight is NaN, and no epoch mends it.",
            "Look for gaps in the rows first, and then at the learning rate.",
            "5.10 The break-it clinic",
        ),
        Misconception(
            "no validation",
            lambda it: not it.validated,
            "Your training was not validated: `history` has no `val_loss`.",
            "The loss on the training rows falls for a model that learns by heart, too.",
            "Hand your validation rows to `fit`, as `validation_data`.",
            "5.4 Validation: a number for choosing",
        ),
        Misconception(
            "validated on the training rows",
            lambda it: it.on_training,
            "You validated on the rows that you trained on: the losses in `history` are those of `train_ds`.",
            "Such a validation looks good for a model that has learned its rows by heart, and never warns.",
            "Give `fit` the validation dataset as `validation_data`, and train a fresh model.",
            "5.4 Validation: a number for choosing",
        ),
        Misconception(
            "another model's history",
            lambda it: it.other,
            "Your `history` is not that of this model: its loss on the validation rows is {now:.3f} now, and no epoch ended with that.",
            "Perhaps the model was made or trained anew after `fit`, or the validation rows have changed.",
            "Run the cells from where the model is made, and fit it once.",
            "5.2 What fit does, and what it returns",
        ),
        Misconception(
            "the last epoch instead of the best",
            lambda it: it.over,
            "You kept the weights of the last epoch: their loss on the validation rows is {now:.3f}, and it was {least:.3f} before.",
            "Since then the model has learned its training rows by heart.",
            "Let a callback stop in time and bring the best weights back, and train a fresh model.",
            "5.6 Stop at the right time",
        ),
        Misconception(
            "stopped too early",
            lambda it: it.early,
            "You stopped after {epochs} epoch(s), and the last one had the smallest loss on the validation rows so far.",
            "What more epochs would bring, you have not seen.",
            "Allow for many, and let a callback find the end.",
            "5.6 Stop at the right time",
        ),
        Misconception(
            "no better than the lazy answer",
            lambda it: not it.beats,
            "Your model reaches {unit} {reached:.3g} on the validation rows, and the lazy answer {lazy:.3g}.",
            "The lazy answer looks at no column: it always names the commonest class, or the median of the amounts.",
            "Try another learning rate, more columns, a plainer network; if nothing helps, the columns may not hold the answer, and that is a result.",
            "5.10 The break-it clinic",
        ),
    ),
    check_observed=lambda found: None,
    hints=(
        "Three things go into `fit`: rows to learn from, rows to choose by, and something that stops in time.",
        "`keras.callbacks.EarlyStopping` watches `val_loss`; its `patience` says how many epochs without gain it waits for.",
        "`history = model.fit(train_ds, validation_data=validation_ds, epochs=60, shuffle=False, verbose=0, callbacks=[…])`, with `restore_best_weights=True` in the callback.",
    ),
    solution_code="""
stopping = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
history = model.fit(
    train_ds, validation_data=validation_ds, epochs=60, shuffle=False, verbose=0, callbacks=[stopping]
)
""",
    right="Trained for {epochs} epochs and {unit} {reached:.3g} on the validation rows, where the lazy answer has {lazy:.3g}.",
)


# --- 6. Use your model ---


def _observe_file(model_file: Any, model: Any, test_ds: Any) -> SimpleNamespace:
    import keras

    if not isinstance(model_file, (str, Path)):
        raise Unexpected("`model_file` to be a path", messages.of(model_file), "", 'Put the path in it that you gave to `model.save`, such as `"my_model.keras"`.')
    model = expect.model(model, "model")
    path = Path(model_file)
    features, labels = _some_of(_batched_rows(test_ds, "test_ds"))
    found = SimpleNamespace(path=path.name, suffix=path.suffix, old=False, alone="", missing=not path.exists(), folder=path.is_dir(), weights=path.name.endswith(".weights.h5"), refused=False,
                            own="", other=False, wants=False, rows=len(labels))  # fmt: skip
    found.old = path.suffix in (".h5", ".hdf5") and not found.weights
    if found.missing or found.folder or found.weights or found.old:
        return found
    try:
        loaded = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        text = messages.of_error(error)
        found.refused = "lambda" in text.lower()
        found.own = "" if found.refused or "class" not in text.lower() else text
        if found.refused or found.own:
            return found
        raise Unexpected(
            "`model_file` to be a `.keras` file that Keras can load",
            f"`{path.name}`, which it cannot",
            "Whoever gets it has nothing else.",
            "Write it once more with `model.save(...)`, and a name that ends in `.keras`.",
            "6.6 Save the whole model: .keras",
        ) from error
    try:
        given = _answer(loaded, "the loaded model", features)
    except Stopped:
        found.wants = True
        return found
    wanted = _answer(model, "model", features)
    found.other = given.shape != wanted.shape or not np.allclose(given, wanted, atol=1e-3, rtol=1e-3, equal_nan=True)
    try:
        _answer(loaded, "the loaded model", _first(features, 1))
    except Stopped:
        found.alone = "refused"
    fixed = [shape[0] for shape in expect.input_shapes(loaded) if shape and shape[0] is not None]
    found.alone = found.alone or (str(fixed[0]) if fixed and fixed[0] != 1 else "")
    return found


use_your_model = Exercise(
    name="step10.use_your_model",
    title="Use your model",
    task="Save model whole, in a .keras file; model_file is its path.",
    answers=("model_file", "model", "test_ds"),
    lesson=USE,
    observe=_observe_file,
    misconceptions=(
        Misconception(
            "no file there",
            lambda it: it.missing,
            "Your `model_file` names `{path}`, and there is no such file.",
            "A path is a name; only saving writes something there.",
            "Save the model to that path, and check the folder and the spelling.",
            "6.6 Save the whole model: .keras",
        ),
        Misconception(
            "a folder",
            lambda it: it.folder,
            "Your `model_file` is a folder.",
            "An exported model lies in a folder: it can be called, but Keras cannot train it on or look into it.",
            "Write one file, with a name that ends in `.keras`.",
            "6.12 All forms side by side",
        ),
        Misconception(
            "weights alone",
            lambda it: it.weights,
            "Your file holds the weights alone.",
            "Who gets it does not know the layers, and has numbers without a place.",
            "Save the whole model instead.",
            "6.8 Only the weights",
        ),
        Misconception(
            "the old format",
            lambda it: it.old,
            "You saved in the older format, `{suffix}`.",
            "Keras still reads it, but it warns against it and promises nothing for it, and it may not give back every layer.",
            "Save once more, under a name that ends in `.keras`.",
            "6.6 Save the whole model: .keras",
        ),
        Misconception(
            "code in the file",
            lambda it: it.refused,
            "Your model has a Lambda layer, and with it Python code of yours is in the file.",
            "Loading it would run that code, so Keras refuses on every machine but one that trusts you blindly.",
            "Say the same by layers that Keras has, or by a layer class of your own that you hand on openly.",
            "6.15 Whom to trust",
        ),
        Misconception(
            "a class that nobody knows",
            lambda it: bool(it.own),
            "Your model uses a class or a function of yours, and its file holds only the name of it.",
            "Who does not have your code cannot load it.",
            "Register it, with `keras.saving.register_keras_serializable`, and hand its code on with the file.",
            "6.9 A layer of your own",
        ),
        Misconception(
            "wants rows that are prepared already",
            lambda it: it.wants,
            "You saved a model that cannot take the raw rows of `test_ds`.",
            "Who gets the file would have to prepare them exactly as you did, and does not know how.",
            "Save the model that has your preprocessing inside.",
            "6.4 Put the preprocessing inside",
        ),
        Misconception(
            "rows only in one number",
            lambda it: bool(it.alone),
            "Your model was made for batches of one fixed size.",
            "Whoever has a single row cannot ask it, and the last batch of a dataset is often smaller, too.",
            "Give its inputs the shape of one row, and leave the number of rows open.",
            "6.2 Pass in data, get results",
        ),
        Misconception(
            "another model",
            lambda it: it.other,
            "Your file answers {rows} test rows in another way than `model` does.",
            "Perhaps it was written before the training, or it holds another model.",
            "Save once more, as the last thing you do.",
            "6.6 Save the whole model: .keras",
        ),
    ),
    check_observed=lambda found: None,
    hints=(
        "One method of the model writes everything into one file: layers, weights and what `compile` was told.",
        "The name must end in `.keras`. A `Path` can be put together with `folder / \"model.keras\"`.",
        "`model_file = folder / \"model.keras\"`, and then `model.save(model_file)`.",
    ),
    solution_code="""
model_file = folder / "my_model.keras"
model.save(model_file)
""",
    right="The file alone answers {rows} raw test rows as your model does.",
)
