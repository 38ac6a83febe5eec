"""Exercises of step 4, compile the model: losses for penguins and bicycles, by name, by hand and in `compile`."""

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np

from companion import expect, messages
from companion.expect import Unexpected
from companion.feedback import Exercise, Misconception

Measure = Callable[[Any, Any], Any]  # (labels, outputs) -> loss: one number, or one a row

# --- What the checks know: a few penguins, and what is right for them ---

MEASUREMENTS, SPECIES, HOUR = 4, 3, 27  # numbers in a penguin's row, classes, numbers in an hour's row
LABELS = np.array([0, 1, 2, 0, 1, 0])
SCORES = np.array(
    [[1.2, -0.4, 0.3], [-0.7, 0.9, 0.1], [0.5, 0.2, 1.4], [-0.6, 0.8, -1.1], [0.4, 1.0, -0.2], [0.7, 1.5, -0.3]],
    dtype="float32",
)  # the largest score is the right one in four rows of six
ONE_HOT = np.eye(SPECIES, dtype="float32")[LABELS]
RENTED = np.array([[16.0], [1.0], [200.0], [32.0], [90.0]], dtype="float32")  # bicycles
FORECAST = np.array([[20.0], [0.9], [180.0], [35.0], [100.0]], dtype="float32")
MEDIAN_ERROR = 104  # bicycles: the error of always answering the median, see notebook 4.9


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores)
    return powers / powers.sum(axis=-1, keepdims=True)


PROBABILITIES = _softmax(SCORES)
ACCURACY = float(np.mean(SCORES.argmax(axis=1) == LABELS))
CROSS_ENTROPY = float(-np.log(PROBABILITIES[np.arange(len(LABELS)), LABELS]).mean())

# --- What a loss is: found out by calling it ---

DISTANCE, YES_NO, INTEGER, ONE_HOT_ROWS, ANOTHER, ERROR = "distance", "yes or no", "integer", "one-hot", "another", "error"
OF_SCORES, OF_PROBABILITIES = "scores", "probabilities"


def _tensors(*arrays: Any) -> list[Any]:
    """Labels and outputs as Keras hands them to a loss: tensors of 32 bits, which remember no softmax."""
    import tensorflow as tf

    return [tf.convert_to_tensor(np.asarray(array, dtype="float32")) for array in arrays]


def _value(measure: Measure, labels: Any, outputs: Any) -> float | None:
    """The loss as one number; None if it stops with an error or is no finite number."""
    try:
        value = float(np.mean(np.asarray(measure(*_tensors(labels, outputs)), dtype="float64")))
    except Exception:
        return None
    return value if np.isfinite(value) else None


def _same(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and bool(np.isclose(one, other, rtol=1e-3, atol=1e-6))


def _grows_with_distance(measure: Measure) -> bool:
    """Whether the loss is smallest where the prediction equals the label, and grows on both sides of it."""
    labels = np.array([[3.0], [40.0], [250.0]], dtype="float32")
    values = [_value(measure, labels, labels * share) for share in (0.5, 0.8, 1, 1.25, 2)]
    if None in values or _value(measure, labels, -labels) is None:
        return False
    return bool(np.all(np.diff(values[:3]) < 0) and np.all(np.diff(values[2:]) > 0))


def _is_of_yes_or_no(measure: Measure) -> str:
    """What a loss for yes-or-no questions reads: a yes at p costs as much as a no at 1 - p, or at the opposite score."""

    def alike(yes: np.ndarray, no: np.ndarray) -> bool:
        pairs = [(_value(measure, [[1.0]], [[one]]), _value(measure, [[0.0]], [[other]])) for one, other in zip(yes, no)]
        if not all(one and other and one > 0 and other > 0 for one, other in pairs):
            return False
        ratios = [one / other for one, other in pairs]  # 1, or another constant if yes and no weigh differently
        return bool(np.allclose(ratios, ratios[0], rtol=1e-3))

    changes = not _same(_value(measure, [[1.0]], [[0.2]]), _value(measure, [[1.0]], [[0.7]]))
    p, scores = np.array([0.2, 0.5, 0.7, 0.9]), np.array([-0.8, 0.3, 0.7])
    if changes and alike(p, 1 - p):
        return OF_PROBABILITIES
    return OF_SCORES if changes and alike(scores, -scores) else ""


def _couples(measure: Measure) -> bool:
    """Whether a loss on three columns is more than the same loss on each column alone, as it is for classes."""
    together = _value(measure, ONE_HOT, PROBABILITIES)
    alone = [_value(measure, ONE_HOT[:, [k]], PROBABILITIES[:, [k]]) for k in range(SPECIES)]
    if together is None or None in alone:
        return False
    return not (_same(together, float(np.mean(alone))) or _same(together, float(np.sum(alone))))


def _reads(measure: Measure, labels: Any) -> str:
    """Whether a loss for classes reads scores or probabilities, given labels in the form that it takes; "" if neither.

    Adding a number to all scores of a row changes nothing after softmax; halving probabilities changes
    nothing in a loss that first makes them add up to 1.
    """
    value = _value(measure, labels, SCORES)
    if value is not None and _same(value, _value(measure, labels, SCORES + 7)):
        return OF_SCORES
    from_p = _value(measure, labels, PROBABILITIES)
    if _same(from_p, CROSS_ENTROPY) or _same(from_p, _value(measure, labels, PROBABILITIES / 2)):
        return OF_PROBABILITIES
    return ""


def _learns(measure: Measure, labels: Any, outputs: np.ndarray) -> bool:
    """Whether more for the right class, and less for another, makes the loss smaller."""
    before = _value(measure, labels, outputs)
    more = _value(measure, labels, outputs + 0.05 * (ONE_HOT - ONE_HOT.mean(axis=1, keepdims=True)))
    return before is not None and more is not None and 0 < more < before


def _kind(measure: Measure) -> tuple[str, str]:
    """What a loss is for, and what it reads: (YES_NO, OF_SCORES), (INTEGER, OF_PROBABILITIES), (DISTANCE, "") …"""
    if _grows_with_distance(measure):
        return DISTANCE, ""
    if (reads := _is_of_yes_or_no(measure)) and not _couples(measure):
        return YES_NO, reads
    forms = {INTEGER: LABELS, ONE_HOT_ROWS: ONE_HOT}
    works = {form: _value(measure, labels, PROBABILITIES) is not None for form, labels in forms.items()}
    for form, labels in forms.items():
        reads = _reads(measure, labels) if works[form] else ""
        if reads and _learns(measure, labels, SCORES if reads == OF_SCORES else PROBABILITIES):
            return form, reads
    return (ANOTHER, "") if any(works.values()) else (ERROR, "")


# --- A loss as it is handed to compile: a name, an object, a class, a function ---

SHORT_FOR = ("ce", "crossentropy")  # `compile` takes these for the cross-entropy that fits the labels' shape
READ_BY_PEOPLE = ("acc", "auc", "precision", "recall", "f1", "rmse")  # parts of metrics' names, of which no loss has one


def _find_loss(value: object) -> Any:
    """Return the loss that Keras takes a name, a class or a function for; None if there is none."""
    import keras

    try:
        return keras.losses.get(value)
    except Exception:
        return None


def _named(value: object) -> str:
    """A loss or a metric in a word, for a message."""
    try:
        name = value if isinstance(value, str) else getattr(value, "__name__", "") or getattr(value, "name", "")
    except Exception:
        name = ""
    return messages.one_line(str(name) or type(value).__name__, most=60)


def _is_no_loss(value: object) -> bool:
    """Whether a value is neither a text nor anything that can be called with labels and outputs."""
    import keras

    if isinstance(value, str):
        return False
    if isinstance(value, type):
        return not issubclass(value, keras.losses.Loss)
    return not callable(value) or isinstance(value, (keras.Layer, keras.optimizers.Optimizer))


def _has_own_name_in(module: Any, value: object) -> bool:
    """Whether a function is one that a module of Keras offers under the function's own name."""
    return isinstance(value, FunctionType) and getattr(module, value.__name__, None) is value


def _is_metric(value: object) -> bool:
    """Whether a value is a metric, or the name of one that is no loss."""
    import keras

    if isinstance(value, str):
        known = value not in SHORT_FOR and _is_known(value)
        return _find_loss(value) is None and (known or any(part in value.lower() for part in READ_BY_PEOPLE))
    if _has_own_name_in(keras.metrics, value) and not _has_own_name_in(keras.losses, value):
        return True
    return isinstance(value, keras.metrics.Metric) or (isinstance(value, type) and issubclass(value, keras.metrics.Metric))


def _is_activation(value: object) -> bool:
    """Whether a value is an activation, or the name of one."""
    import keras

    if not isinstance(value, str):
        return _has_own_name_in(keras.activations, value)
    try:
        return keras.activations.get(value) is not None
    except Exception:
        return False


def _is_call_in_quotes(value: object) -> bool:
    """Whether a text is code that makes an object, not the name of one."""
    return isinstance(value, str) and "(" in value


# --- Choose the loss ---

CHOICES = ("species_loss", "island_loss", "sex_loss", "bikers_loss")
WANTED = dict(
    zip(CHOICES, ((INTEGER, OF_SCORES), (ONE_HOT_ROWS, OF_PROBABILITIES), (YES_NO, OF_PROBABILITIES), (DISTANCE, "")))
)
SHORT_IS = dict(
    zip(CHOICES, ("sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy", "binary_crossentropy"))
)


def _of_a_number(kind: str, measure: Measure) -> str:
    """What a loss for classes makes of a label such as 120; "" for a loss of another kind."""
    if kind == YES_NO:
        below = any((_value(measure, [[120.0]], [[output]]) or 0) < 0 for output in (0.99, 8.0))
        falls = "it can fall far below zero, and" if below else "it"
        return f"It is made for labels of 0 and 1. With a label such as 120 {falls} does not tell how far off a prediction is."
    if kind == INTEGER:
        return "It takes the label for the number of a class. With one output there is only class 0, and `fit` stops at a label such as 120."
    if kind == ONE_HOT_ROWS and (_value(measure, [[120.0]], [[50.0]]) or 0) < 0.01:
        return "It compares several outputs. A single one always gets the whole probability, so the loss is next to 0 whatever the model predicts."
    if kind == ONE_HOT_ROWS:
        return "It compares the probabilities of several classes, and here is a single output that can be any number."
    return ""


def _of_yes_or_no(kind: str, measure: Measure) -> str:
    """What a loss for several classes makes of a single output; "" if it makes something else of it."""
    if kind == ONE_HOT_ROWS and all((_value(measure, [[label]], [[0.3]]) or 0) < 0.001 for label in (0.0, 1.0)):
        return "As the only class it always gets the whole probability here, so the loss is next to 0 whatever the model says."
    if kind == INTEGER and _value(measure, [1], [[0.3]]) is None:
        return "As the only class it has the number 0, so `fit` stops at the label 1, for which there is no output."
    return ""


def _usable(value: object, name: str = "") -> Any:
    """Return what can be called for a loss: itself, or what Keras takes its name or class for; None if nothing."""
    if not isinstance(value, (str, type)):
        return value
    return _find_loss(SHORT_IS.get(name, value) if value in SHORT_FOR else value)


def _observe_choices(*losses: object) -> SimpleNamespace:
    """What each of the four losses is for, and what it reads."""
    given = {  # `compile` takes a list of one loss, too
        name: loss[0] if isinstance(loss, (list, tuple)) and len(loss) == 1 else loss for name, loss in zip(CHOICES, losses)
    }
    it = SimpleNamespace(
        given=given, kinds={}, metric="", activation="", quoted="", misspelt="", variable="", of_a_number="", of_yes_or_no="",
        **{name: _named(given[name]) for name in CHOICES},
    )  # fmt: skip
    for name, value in given.items():
        it.variable = name
        for wrong, is_wrong in {"metric": _is_metric, "quoted": _is_call_in_quotes, "activation": _is_activation}.items():
            if is_wrong(value):
                setattr(it, wrong, _named(value))
                return it
        if _is_no_loss(value):
            raise Unexpected(
                f"`{name}` to be a loss: its name as a text, or an object such as `keras.losses.…(…)`",
                messages.of(value),
                "`compile` hands each batch's labels and outputs to it.",
                "Look up what fits in the table of 4.5.",
            )
    usable = {}
    for name, value in given.items():
        usable[name] = _usable(value, name)
        if usable[name] is None:
            it.variable, it.misspelt = name, _named(value)
            return it
        it.kinds[name] = _kind(usable[name])
    it.of_a_number = _of_a_number(it.kinds["bikers_loss"][0], usable["bikers_loss"])
    it.of_yes_or_no = _of_yes_or_no(it.kinds["sex_loss"][0], usable["sex_loss"])
    it.perfect_island = _value(usable["island_loss"], ONE_HOT, ONE_HOT) or 0.0
    it.perfect_yes, it.perfect_no = (_value(usable["sex_loss"], [[answer]], [[answer]]) or 0.0 for answer in (1.0, 0.0))
    it.variable = next((name for name in ("island_loss", "sex_loss") if it.kinds[name][0] == DISTANCE), "")
    it.squared = _named(given.get(it.variable))
    return it


def _check_choices(it: SimpleNamespace) -> None:
    """The four losses are of the right kind, whatever they are called."""
    import tensorflow as tf

    labels = dict(zip(CHOICES, (LABELS, ONE_HOT, np.array([[1.0], [0.0]]), RENTED)))
    outputs = dict(zip(CHOICES, (SCORES, PROBABILITIES, np.array([[0.9], [0.4]]), FORECAST)))
    for name, kind in WANTED.items():
        loss, batch = _usable(it.given[name], name), _tensors(labels[name], outputs[name])
        with expect.using(f"`{name}` was called with labels and outputs of its task, as `fit` does"):
            if it.kinds[name] != kind:
                loss(*batch)
            elif isinstance(loss, FunctionType):  # one that computes with NumPy stops here
                tf.function(loss, autograph=False).get_concrete_function(*batch)
        if it.kinds[name] != kind:
            raise Unexpected(
                f"`{name}` to compare this task's label with what this last layer gives, as a loss in the table of 4.5 does",
                f"`{_named(it.given[name])}`, which works otherwise",
                "Training makes the loss small, whatever that does to the answers.",
                "Look at the task's label and last layer, and find both in one row of the table.",
            )


def _at(name: str, *kinds: str, reads: str = "") -> Callable[[Any], bool]:
    """Whether the loss of one task is of one of these kinds."""
    return lambda it: it.kinds[name][0] in kinds and (not reads or it.kinds[name][1] == reads)


choose_the_loss = Exercise(
    name="step4.choose_the_loss",
    title="Choose the loss",
    task=(
        "For each of four last layers and labels, give the loss: `species_loss` (`Dense(3)`, a whole number 0 to 2), "
        '`island_loss` (`Dense(3, activation="softmax")`, a one-hot row of three), `sex_loss` '
        '(`Dense(1, activation="sigmoid")`, 0 or 1), `bikers_loss` (`Dense(1)`, how many bicycles).'
    ),
    answers=CHOICES,
    lesson="4.5 Which loss for which output",
    observe=_observe_choices,
    misconceptions=[
        Misconception(
            name="a metric for a loss",
            seen=lambda it: bool(it.metric),
            did="You chose `{metric}` as `{variable}`, and that is a metric.",
            follows="A metric is there for people to read. The optimizer needs a loss with a slope to follow, and a metric gives it none: `compile` would take it without a word, and `fit` would stop with an error.",
            change="Choose a loss for this task, and keep the metric for `metrics=`.",
            lesson="4.9 The metric is not the loss",
        ),
        Misconception(
            name="an object in quotation marks",
            seen=lambda it: bool(it.quoted),
            did="You wrote “{quoted}” in quotation marks for `{variable}`.",
            follows="So it is a text, and Keras would look for a loss that is called like the whole of it, brackets and all; `fit` would stop with “Could not interpret loss identifier”. A name cannot carry arguments, only an object can.",
            change="Make an object of the loss's class, without quotation marks; 4.1 makes one.",
            lesson="4.1 What compile sets",
        ),
        Misconception(
            name="an activation for a loss",
            seen=lambda it: bool(it.activation),
            did="You chose `{activation}` as `{variable}`, and that is an activation.",
            follows="An activation belongs to a layer: it shapes what the layer gives. The loss compares this with the label, and Keras has none of this name.",
            change="Find the task's label and last layer in the table, and take the loss from the last column.",
            lesson="4.5 Which loss for which output",
        ),
        Misconception(
            name="misspelt loss",
            seen=lambda it: bool(it.misspelt),
            did="You wrote `{misspelt}` for `{variable}`, and Keras has no loss of this name.",
            follows="`compile` would take it without a word; only `fit` would stop, with “Could not interpret loss identifier”.",
            change="Compare it letter by letter, spaces too, with the names in the table.",
            lesson="4.10 compile changes no weight",
        ),
        Misconception(
            name="squared error for integer classes",
            seen=_at("species_loss", DISTANCE),
            did="Your `species_loss`, `{species_loss}`, measures how far one number lies from another.",
            follows="But species 2 is not twice species 1: the label is the number of a class. And a batch of 32 labels cannot be subtracted from 32 × 3 scores, so `fit` stops.",
            change="Take a loss that looks at the right class's probability.",
            lesson="4.5 Which loss for which output",
        ),
        Misconception(
            name="squared error for classes",
            seen=lambda it: bool(it.variable),
            did="Your `{variable}`, `{squared}`, treats a probability as a quantity and measures its distance from 0 or 1.",
            follows="It runs, and may even learn; but where the model is sure and wrong it is nearly flat, so the worst mistakes push the weights least.",
            change="Take the loss that grows without limit as the right answer's probability goes to 0.",
            lesson="4.5 Which loss for which output",
        ),
        Misconception(
            name="cross-entropy for a number",
            seen=_at("bikers_loss", YES_NO, INTEGER, ONE_HOT_ROWS),
            did="Your `bikers_loss`, `{bikers_loss}`, is a loss for classes, and the number of bicycles is a quantity.",
            follows="How many bicycles is a question without classes. {of_a_number}",
            change="Take a loss that grows with the distance between prediction and label.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="yes-or-no loss for integer classes",
            seen=_at("species_loss", YES_NO),
            did="Your `species_loss`, `{species_loss}`, is for a single question with the answer yes or no.",
            follows="Here one of three species is right, and the label says which: a whole number does not have the shape of three scores, so `fit` stops.",
            change="Choose the loss for one of several classes.",
            lesson="4.5 Which loss for which output",
        ),
        Misconception(
            name="yes-or-no loss for one-hot rows",
            seen=_at("island_loss", YES_NO),
            did="Your `island_loss`, `{island_loss}`, asks three separate questions, each with its own yes or no.",
            follows="It runs without a word. But a penguin comes from exactly one island, and softmax already makes the three probabilities share one whole; the yes-or-no loss suits answers of which several may be right at once.",
            change="Choose the loss for one of several classes.",
            lesson="4.5 Which loss for which output",
        ),
        Misconception(
            name="classes for yes or no",
            seen=lambda it: bool(it.of_yes_or_no),
            did="Your `sex_loss`, `{sex_loss}`, compares several classes, and the last layer has one output.",
            follows="A yes-or-no answer has a single output, the probability of “yes”. {of_yes_or_no}",
            change="Take the loss that gives one minus the probability to “no”.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="one-hot loss for integer labels",
            seen=_at("species_loss", ONE_HOT_ROWS),
            did="Your `species_loss`, `{species_loss}`, expects each label as a one-hot row of three.",
            follows="The species come as whole numbers, one axis instead of two, so `fit` stops with a message about rank or dimensions.",
            change="Choose the cross-entropy whose name says that labels are whole numbers.",
            lesson="4.4 Integer labels or one-hot",
        ),
        Misconception(
            name="integer loss for one-hot labels",
            seen=_at("island_loss", INTEGER),
            did="Your `island_loss`, `{island_loss}`, expects each label as one whole number.",
            follows="The islands come as one-hot rows, two axes instead of one, so `fit` stops with a message about rank.",
            change="Choose the cross-entropy for one-hot rows.",
            lesson="4.4 Integer labels or one-hot",
        ),
        Misconception(
            name="scores misread as probabilities",
            seen=_at("species_loss", INTEGER, reads=OF_PROBABILITIES),
            did="Your `species_loss` fits the labels, but it expects probabilities, and `Dense(3)` gives raw scores.",
            follows="Keras does not object: it cuts every score to the range from 0 to 1. A score outside gets a gradient of zero, so learning cannot move it; the model often stays close to guessing.",
            change="Tell the loss what it receives; a name alone cannot say it.",
            lesson="4.3 Logits or probabilities",
        ),
        Misconception(
            name="softmax twice",
            seen=lambda it: it.kinds["island_loss"] == (ONE_HOT_ROWS, OF_SCORES) and it.perfect_island > 0.01,
            did="Your `island_loss` is told to expect raw scores, but this last layer has already turned them into probabilities.",
            follows="Keras notices if nothing stands between softmax and loss, and warns. Where it does not notice (a layer between, training in 16 bits, the output of `predict`), softmax is applied twice, and even a perfect answer costs {perfect_island:.2f}, however long you train.",
            change="Let only one of the two apply softmax; the last layer is given here.",
            lesson="4.3 Logits or probabilities",
        ),
        Misconception(
            name="sigmoid twice",
            seen=lambda it: it.kinds["sex_loss"] == (YES_NO, OF_SCORES) and it.perfect_yes > 0.01,
            did="Your `sex_loss` is told to expect a raw score, but sigmoid has already made it a probability.",
            follows="Keras notices if nothing stands between sigmoid and loss, and warns. Where it does not notice, sigmoid is applied twice: a sure and right yes still costs {perfect_yes:.3f}, and a sure and right no {perfect_no:.3f}.",
            change="Let only one of the two apply sigmoid; the last layer is given here.",
            lesson="4.3 Logits or probabilities",
        ),
    ],
    check_observed=_check_choices,
    hints=[
        "Ask of each task: is the answer a number, a yes or no, or one of several classes? The table in 4.5 has a row for each.",
        "Two things must fit: the form of the label (a whole number or a one-hot row) and what the last layer gives (raw scores or probabilities). Which of the four last layers has no activation, though its labels are classes?",
        "Three of the four can be names from the table. The species need an object, since only an object can be told `from_logits=True`.",
    ],
    solution_code="""
species_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
island_loss = "categorical_crossentropy"
sex_loss = "binary_crossentropy"
bikers_loss = "mean_squared_error"
""",
    right=(
        "Each loss fits its label and what its last layer gives. You decided by what they do; `compile` would have "
        "accepted almost any four."
    ),
)


# --- Compute the loss by hand ---

ROWS = np.arange(len(LABELS))
HIGHER = SCORES + 2  # all above zero, and after softmax the same as SCORES
EACH = -np.log(PROBABILITIES[ROWS, LABELS])
SIZES = {3: "three", 4: "four", 6: "six"}  # of batches


def _wrong_losses(scores: np.ndarray) -> dict[str, Any]:
    """What comes out when one step of the cross-entropy goes wrong: the name of the mistake -> the results."""
    p, powers = _softmax(scores), np.exp(scores)
    right, each, cut = p[ROWS, LABELS], -np.log(p[ROWS, LABELS]), np.clip(scores, 1e-7, 1 - 1e-7)
    raw, squeezed = scores[ROWS, LABELS], 1 / (1 + np.exp(-scores))
    yes_or_no = [-(ONE_HOT * np.log(q) + (1 - ONE_HOT) * np.log(1 - q)) for q in (p, squeezed)]
    return {
        "no softmax": [-np.log(raw).mean(), -np.log(raw / scores.sum(axis=1)).mean(),
                       -np.log(cut / cut.sum(axis=1, keepdims=True))[ROWS, LABELS].mean(),
                       *(-np.sum(ONE_HOT * np.log(q)) / len(ROWS) for q in (scores, scores / scores.sum(axis=1, keepdims=True)))],
        "softmax over the wrong axis": [-np.log(powers / powers.sum())[ROWS, LABELS].mean(),
                                        -np.log(powers / powers.sum(axis=0))[ROWS, LABELS].mean()],
        "scores only": [-raw.mean()],
        "softmax twice": [-np.log(_softmax(p)[ROWS, LABELS]).mean()],
        "sigmoid for one of three": [-np.log(squeezed[ROWS, LABELS]).mean()],
        "yes-or-no formula": [average for part in yes_or_no for average in (part.mean(), part.sum(axis=1).mean())],
        "no minus": [-each.mean(), -each.sum()],
        "sum instead of mean": [each.sum(), each.sum() / SPECIES],
        "one row only": [each[0], each[-1]],
        "mean over all classes": [each.mean() / SPECIES, -np.log(p).mean()],
        "every column of every row": [-np.log(p[:, LABELS]).mean()],
        "rows picked by the labels": [-np.log(p[LABELS]).mean()],
        "the likeliest class instead of the right one": [-np.log(p.max(axis=1)).mean()],
        "logarithm of the mean": [-np.log(right.mean())],
        "another logarithm": [each.mean() / np.log(2), each.mean() / np.log(10)],
        "no logarithm": [right.mean(), 1 - right.mean(), -right.mean()],
        "squared error": [np.mean((ONE_HOT - p) ** 2), np.mean(np.sum((ONE_HOT - p) ** 2, axis=1))],
        "rounded": [np.round(each.mean(), digits) for digits in (1, 2, 3)],
    }  # fmt: skip


def _result(function: Callable[..., Any], scores: np.ndarray) -> Any:
    rows = len(scores)
    with expect.using(f"`penguin_loss` was called on {SIZES[rows]} labels and scores of shape ({rows}, 3)"), np.errstate(all="ignore"):
        return function(LABELS[-rows:].copy(), scores.astype("float64"))


def _on_fewer(function: Callable[..., Any], rows: int) -> float | None:
    """What the function gives for the last penguins alone; None if it stops there, or gives no single number."""
    try:
        return float(np.asarray(_result(function, SCORES[-rows:])).item())
    except Exception:
        return None


def _as_numbers(value: object) -> np.ndarray:
    """What the function returned as an array, NaN and all; refuses what is no number."""
    try:
        numbers = np.asarray(value)
        fine = numbers.dtype.kind in "biuf" and numbers.size > 0
    except Exception:
        fine = False
    if fine:
        return numbers
    raise Unexpected(
        "`penguin_loss` to return one number",
        messages.of(value),
        "The optimizer makes one number small, the loss of the batch.",
        "Print what each step of your function gives.",
    )


def _is_written(penguin_loss: object) -> bool:
    """Whether the function does anything but hand back the starter's `...`."""
    return expect.is_written(penguin_loss, lambda: _result(penguin_loss, SCORES))


def _observe_by_hand(penguin_loss: object) -> SimpleNamespace:
    """The loss that the learner's function finds for six penguins, and the mistake that gives the same number."""
    function = expect.function(penguin_loss, "penguin_loss")
    it = SimpleNamespace(mistake="", each=False, loss=np.nan, higher=np.nan, wanted=round(CROSS_ENTROPY, 4), nothing=False, fits="", other="")
    try:
        result, higher = _result(function, SCORES), _result(function, HIGHER)
    except expect.Stopped:
        on_three, powers, rows, labels = _on_fewer(function, 3), np.exp(SCORES[-3:]), ROWS[:3], LABELS[-3:]
        sums_in_a_row = -np.log(powers / powers.sum(axis=1))[rows, labels].mean()
        if on_three is None:
            raise
        if np.isclose(on_three, -np.log(PROBABILITIES[-3:])[labels, rows].mean(), rtol=1e-4):
            it.mistake = "rows and classes swapped"
        elif np.any(np.isclose(on_three, [EACH[-3:].mean(), sums_in_a_row], rtol=1e-4)):
            it.fits, it.other = SIZES[3], SIZES[6]
        else:
            raise
        return it
    if result is None:
        it.nothing = True
        return it
    with np.errstate(all="ignore"):
        wrong = [(_wrong_losses(scores), given) for scores, given in ((SCORES, result), (HIGHER, higher))]
    if not isinstance(result, (float, int)):
        result, higher = (_as_numbers(value) for value in (result, higher))
    it.each = np.shape(result) in ((len(ROWS),), (len(ROWS), 1), (1, len(ROWS)))
    if it.each or np.size(result) != 1:
        it.shape = np.shape(result)
        return it
    it.loss, it.higher = (float(np.asarray(value).item()) for value in (result, higher))
    for name in wrong[0][0]:
        pairs = zip(*(some[name] for some, _ in wrong))
        if any(np.allclose([it.loss, it.higher], pair, rtol=1e-4, equal_nan=True) for pair in pairs):
            it.mistake = name
    if np.allclose([it.loss, it.higher], CROSS_ENTROPY, rtol=1e-4):
        on_four = _on_fewer(function, 4)
        if on_four is None or not np.isclose(on_four, EACH[-4:].mean(), rtol=1e-4):
            it.fits, it.other = SIZES[6], SIZES[4]
    return it


def _check_by_hand(it: SimpleNamespace) -> None:
    """One number, the cross-entropy, and the same when all scores of a row are raised alike."""
    if hasattr(it, "shape"):
        raise Unexpected(
            "`penguin_loss` to return one number",
            f"values of shape `{tuple(it.shape)}`",
            "The optimizer makes one number small, the loss of the batch.",
            "Take the right class's probability of each row, and then the mean over the rows.",
        )
    for loss in (it.loss, it.higher):
        if not np.isclose(loss, CROSS_ENTROPY, rtol=1e-4):
            raise Unexpected(
                f"the loss {it.wanted} for the labels `{LABELS.tolist()}` and scores that begin with `{SCORES[0].astype('float64').round(1).tolist()}`",
                f"`{loss:.4f}`",
                "The cross-entropy is minus the logarithm of the right class's probability, averaged over the rows.",
                "Compute the loss of one row on paper, then print each step of your function for that row.",
            )


def _mistaken(name: str) -> Callable[[Any], bool]:
    return lambda it: it.mistake == name


compute_the_loss = Exercise(
    name="step4.compute_the_loss",
    title="Compute the loss by hand",
    task=(
        "Write `penguin_loss(labels, scores)`: the mean cross-entropy of a batch as one number, from whole-number "
        "labels of shape (n,) and raw scores of shape (n, 3), NumPy arrays both."
    ),
    answers=["penguin_loss"],
    lesson="4.2 The loss, by hand",
    observe=_observe_by_hand,
    misconceptions=[
        Misconception(
            name="nothing returned",
            seen=lambda it: it.nothing,
            did="Your function returns `None`.",
            follows="What it computes, or prints, is lost when it ends; only what stands after `return` comes out.",
            change="Let it return the loss.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="a loss for each row",
            seen=lambda it: it.each,
            did="Your function returns one loss for each penguin of the batch.",
            follows="That is what Keras computes first, too. But the optimizer makes a single number small, so the batch needs one.",
            change="Average over the rows.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="one size of batch only",
            seen=lambda it: bool(it.fits),
            did="Your function fits a batch of {fits} penguins, and not one of {other}.",
            follows="A batch can have any number of rows; the last one of an epoch is often smaller. The usual causes: row numbers or a count written out by hand, or sums of the rows that lie in a row themselves instead of standing in a column.",
            change="Let every number of rows come from `labels` or `scores`, and look at the shape of each step.",
            lesson="4.3 Logits or probabilities",
        ),
        Misconception(
            name="no softmax",
            seen=_mistaken("no softmax"),
            did="Your function takes the raw scores for probabilities.",
            follows="Scores can be below 0 or above 1 and do not add up to 1, so minus their logarithm is no cross-entropy: adding 2 to all scores of a penguin changes your loss, though it changes no answer.",
            change="Turn each row of scores into probabilities first.",
            lesson="4.3 Logits or probabilities",
        ),
        Misconception(
            name="softmax over the wrong axis",
            seen=_mistaken("softmax over the wrong axis"),
            did="Your softmax divides by a sum that runs over several penguins.",
            follows="Then the probabilities of one penguin do not add up to 1, and they depend on which other penguins are in the batch.",
            change="Sum over the classes of each row alone, and keep the axis so that the division fits.",
            lesson="4.3 Logits or probabilities",
        ),
        Misconception(
            name="scores only",
            seen=_mistaken("scores only"),
            did="Your function returns minus the mean score of the right classes.",
            follows="That comes out when the scores are never made probabilities, and also when their exponentials are not divided: the logarithm of an exponential only gives the score back. Such a loss ignores the wrong classes, and has no floor.",
            change="Make each row of exponentials add up to 1 before you take the logarithm.",
            lesson="4.3 Logits or probabilities",
        ),
        Misconception(
            name="softmax twice",
            seen=_mistaken("softmax twice"),
            did="Your function applies softmax twice.",
            follows="The second one takes the probabilities for scores; these lie so close together that even a perfect answer costs 0.55. A loss with `from_logits=True` applies softmax, too.",
            change="Let softmax happen once, in your own lines or in the loss that you call.",
            lesson="4.3 Logits or probabilities",
        ),
        Misconception(
            name="sigmoid for one of three",
            seen=_mistaken("sigmoid for one of three"),
            did="Your function squeezes each score on its own, with a sigmoid.",
            follows="Then the three values of a penguin do not add up to 1, and the scores of the two other species do not count at all: a model could call every penguin all three.",
            change="Share one whole among the scores of each row.",
            lesson="4.3 Logits or probabilities",
        ),
        Misconception(
            name="yes-or-no formula",
            seen=_mistaken("yes-or-no formula"),
            did="Your function computes the binary cross-entropy: a yes or no for each class, with `1 - p` for the wrong ones.",
            follows="That formula is for questions whose answers are independent. Of three species one is right, and the cross-entropy looks at this one's probability only.",
            change="Leave the wrong classes out.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="no minus",
            seen=_mistaken("no minus"),
            did="Your loss is `{loss:.4f}`, below zero.",
            follows="Probabilities are at most 1, so their logarithm is at most 0. An optimizer that made this number small would make the right answers unlikely.",
            change="Turn the sign.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="sum instead of mean",
            seen=_mistaken("sum instead of mean"),
            did="Your function adds up the losses of all rows.",
            follows="A batch of 64 would then count twice as much as one of 32 with the same answers, and so would each of its steps in plain gradient descent.",
            change="Average over the rows.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="one row only",
            seen=_mistaken("one row only"),
            did="Your function returns the loss of a single penguin of the batch.",
            follows="A `return` inside a loop ends the function in the first round, and a name that gets a new value in each round keeps only the last.",
            change="Let all rows take part, and average over them.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="mean over all classes",
            seen=_mistaken("mean over all classes"),
            did="Your mean runs over all classes of each row, not over the rows alone.",
            follows="The cross-entropy looks at one probability a row, that of the right class; the two others belong neither in the sum nor in the count that you divide by.",
            change="Pick the right class's value in each row, then average those.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="every column of every row",
            seen=_mistaken("every column of every row"),
            did="Your indexing with `[:, labels]` picks, in each row, the columns of all the labels.",
            follows="Six labels give a 6 × 6 table: each penguin is compared with the labels of all the others, too.",
            change="Give a row number for each label, as the three pictures in 4.2 do.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="rows picked by the labels",
            seen=_mistaken("rows picked by the labels"),
            did="Your indexing with `[labels]` alone picks rows, and not classes.",
            follows="The first axis counts the penguins, so label 2 fetches all three probabilities of the third penguin, whoever is asked for.",
            change="Give two lists of indices, as the three pictures in 4.2 do: which row, and which class in it.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="rows and classes swapped",
            seen=_mistaken("rows and classes swapped"),
            did="Your indexing names the class first and the row second.",
            follows="The first axis of `(n, 3)` counts the penguins, so from the fourth penguin on there is no such column, and the function stops; before that it gives other penguins' probabilities.",
            change="Compare the order of your two lists with the three pictures in 4.2.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="the likeliest class instead of the right one",
            seen=_mistaken("the likeliest class instead of the right one"),
            did="Your function takes each row's largest probability, whatever the label is.",
            follows="So it measures how sure the model is, and not whether it is right: a model that is sure and always wrong gets a loss near 0.",
            change="Take the probability of the class that the label names.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="logarithm of the mean",
            seen=_mistaken("logarithm of the mean"),
            did="You average the probabilities first and take the logarithm after.",
            follows="A single sure mistake then hardly counts, since it disappears in the mean; the logarithm of each row makes it cost the most.",
            change="Take the logarithm of each row, then average.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="another logarithm",
            seen=_mistaken("another logarithm"),
            did="Your logarithm has the base 2 or 10.",
            follows="The loss falls and rises with the right one, but it is another number than Keras shows: the familiar 2.303 of ten classes would read 3.322 or 1.",
            change="Use the natural logarithm.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="no logarithm",
            seen=_mistaken("no logarithm"),
            did="Your function averages the probabilities of the right classes, without a logarithm.",
            follows="The worst mistake could then cost at most 1, and where the model is sure and wrong the slope is nearly flat.",
            change="Put minus the logarithm of each probability into the mean.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="squared error",
            seen=_mistaken("squared error"),
            did="Your function computes a squared error between probabilities and one-hot labels.",
            follows="That can be a loss, but not the cross-entropy: being sure and wrong costs only a little more than being unsure.",
            change="Take minus the logarithm of the right class's probability.",
            lesson="4.2 The loss, by hand",
        ),
        Misconception(
            name="rounded",
            seen=_mistaken("rounded"),
            did="Your function rounds the loss.",
            follows="A rounded loss moves in jumps and is flat between them, as the accuracy does in 4.9, and where it is flat there is no slope to follow.",
            change="Return the number as it is, and round only what you print.",
            lesson="4.9 The metric is not the loss",
        ),
    ],
    check_observed=_check_by_hand,
    attempted=_is_written,
    hints=[
        "Three steps: scores to probabilities, the probability of the right class in each row, minus the logarithm and its mean. 4.2 and 4.3 show each.",
        "Softmax: `np.exp(scores)`, divided by each row's sum; `keepdims=True` keeps the sum as a column. The right class: two lists of indices, rows and labels.",
        "With `p` for the probabilities, `p[np.arange(len(labels)), labels]` is the probability of the right class in each row. Minus its `np.log`, then `.mean()`.",
    ],
    solution_code="""
def penguin_loss(labels, scores):
    e = np.exp(scores)
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(labels)), labels]).mean()
""",
    right=(
        "This is the number that `SparseCategoricalCrossentropy(from_logits=True)` gives. Keras combines "
        "softmax and logarithm into one formula, so that scores in the hundreds cannot overflow (4.3)."
    ),
)


# --- A compiled model: what compile was told, and what comes of it ---

WRITTEN_SHORT = {"accuracy", "acc", *SHORT_FOR}  # metrics that `compile` makes fit the labels' shape


@dataclass
class _Compiled:
    """What a check finds out about a compiled model; what it did not get to stays as it is here."""

    nothing: bool = False  # the result of `compile`, which is None
    function: bool = False
    compiled: bool = False
    third: str = ""  # text among the loss weights
    loss: str = ""  # the loss's name
    no_loss: bool = False
    metric_as_loss: bool = False
    quoted: bool = False  # the loss is code in quotation marks
    activation: bool = False  # the loss is an activation
    misspelt: bool = False
    is_class: bool = False
    kind: tuple[str, str] = (ERROR, "")
    of_a_number: str = ""
    gives: str = ""  # what the model gives: OF_SCORES, OF_PROBABILITIES or "sigmoid"
    bounded: bool = False  # outputs that stay between -1 and 1, as after tanh
    seen_through: bool = False  # Keras takes the scores from before the softmax
    metric_misspelt: str = ""
    metric_stops: bool = False
    metrics: dict[str, float] | None = None
    tenfold: dict[str, float] | None = None  # the same, where labels and outputs are ten times as large
    perfect: dict[str, float] | None = None  # the same, where the outputs are the labels
    metric: str = ""  # the names of the metrics
    optimizer: str = ""
    rate: float | None = None
    no_rate: bool = False  # a learning rate of 0, below 0, or no finite number
    too_small: bool = False
    too_large: bool = False


def _texts(config: Any) -> list[str]:
    """The texts in a list of metrics or weights, as `compile` was given them, however nested."""
    if isinstance(config, str):
        return [config]
    if isinstance(config, dict):
        return [] if "class_name" in config else [text for part in config.values() for text in _texts(part)]
    return [text for part in config for text in _texts(part)] if isinstance(config, (list, tuple)) else []


def _look(answer: object, name: str, width: int, units: int) -> tuple[_Compiled, Any]:
    """What can be said of any compiled model without knowing its task; and the model, if it can be judged further.

    Args:
        answer: What the learner handed in.
        name: The learner's variable.
        width: How many numbers a row of the model's input has.
        units: How many outputs it has.
    """
    import keras

    it = _Compiled(nothing=answer is None, function=isinstance(answer, FunctionType))
    if it.nothing or it.function:
        return it, None
    if not isinstance(answer, keras.Model):
        raise Unexpected(
            f"`{name}` to be the model that `new_{name}()` makes",
            messages.of(answer),
            "Only a model can be compiled and trained.",
            "Keep the model under this name, and compile it on the next line.",
            "4.1 What compile sets",
        )
    model = answer
    it.compiled = bool(model.compiled)
    if not it.compiled:
        return it, None
    told = expect.compile_config(model)
    it.third = ", ".join(messages.one_line(text, most=40) for text in _texts(told.get("loss_weights")))
    it.metric_misspelt = next((messages.one_line(text, most=40) for text in _texts(told.get("metrics")) if not _is_known(text)), "")
    loss = getattr(model, "loss", None)
    if isinstance(loss, (list, tuple)) and len(loss) == 1:
        loss = loss[0]
    it.no_loss, it.loss, it.is_class = loss is None, _named(loss), isinstance(loss, type)
    it.metric_as_loss = loss is not None and _is_metric(loss)
    it.quoted, it.activation = _is_call_in_quotes(loss), loss is not None and _is_activation(loss)
    it.misspelt = isinstance(loss, str) and not it.metric_as_loss and loss not in SHORT_FOR and _find_loss(loss) is None
    if it.third or it.no_loss or it.metric_as_loss or it.quoted or it.activation or it.misspelt:
        return it, None
    if not model.built:
        raise Unexpected(
            f"`{name}` to be a model with weights",
            "a model that has not seen the shape of its input yet",
            "Without weights the check cannot see what the model gives.",
            "Use the function above, whose model begins with `keras.Input`.",
            "2.6 Sequential: one tensor in, one tensor out",
        )
    outputs = expect.output(model, np.zeros((len(LABELS), width), dtype="float32"), name)
    shape = np.shape(outputs)
    if shape not in ((len(LABELS), units), (len(LABELS),))[: 1 + (units == 1)]:
        raise Unexpected(
            f"`{name}` to give {units} number{'s' * (units > 1)} a row, shape `(6, {units})` for six rows",
            f"outputs of shape `{shape}`",
            "The loss compares labels and outputs of this task.",
            "Use the model that the function above makes.",
        )
    if not np.all(np.isfinite(outputs)):
        raise Unexpected(
            f"`{name}` to give finite numbers",
            "NaN or infinity, whatever goes in",
            "Its weights are broken, as after a training with too large steps, and compiling again changes no weight.",
            f"Make a fresh model with `new_{name}()`, and compile that one.",
            "4.10 compile changes no weight",
        )
    return it, model


def _is_known(metric: str) -> bool:
    """Whether Keras knows a metric of this name."""
    import keras

    try:
        return metric in WRITTEN_SHORT or keras.metrics.get(metric) is not None
    except Exception:
        return False


def _measure(model: Any) -> Measure:
    """The loss as the model was compiled with it."""
    return lambda labels, outputs: model.compute_loss(y=labels, y_pred=outputs) - sum(model.losses)


def _reported(model: Any, labels: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
    """What the model's metrics say of these outputs; afterwards they hold what they held before."""
    held = [np.asarray(variable) for variable in model.metrics_variables]
    try:
        model.reset_metrics()
        reported = model.compute_metrics(None, labels, outputs)
        return {str(name): float(np.asarray(value).mean()) for name, value in reported.items() if name != "loss"}
    finally:
        model.reset_metrics()
        if len(held) == len(model.metrics_variables):
            for variable, value in zip(model.metrics_variables, held):
                variable.assign(value)


def _note_rate(it: _Compiled, optimizer: Any, band: tuple[float, float] | None) -> None:
    """Note the learning rate, and whether it lies outside a band (up to and including its bounds)."""
    it.rate, it.optimizer = expect.learning_rate(optimizer), messages.one_line(type(optimizer).__name__, most=40)
    it.no_rate = it.rate is not None and not 0 < it.rate < np.inf
    if it.rate is not None and band:
        it.too_small, it.too_large = it.rate <= band[0] * (1 + 1e-6), it.rate >= band[1] * (1 - 1e-6)


def _momentum(optimizer: Any) -> float | None:
    """The momentum of plain gradient descent; None for any other optimizer, and where gradients are cut."""
    import keras

    if not isinstance(optimizer, keras.optimizers.SGD):
        return None
    if any(getattr(optimizer, cut, None) for cut in ("clipnorm", "clipvalue", "global_clipnorm")):
        return None
    return float(optimizer.momentum)


def _is_like_adam(optimizer: Any) -> bool:
    """Whether an optimizer divides the gradient by its usual size, so that each step is about the learning rate."""
    import keras

    known = keras.optimizers
    return isinstance(optimizer, (known.Adam, known.AdamW, known.Nadam, known.Adamax, known.RMSprop))


def _far_out(model: Any, width: int, name: str) -> np.ndarray:
    """What a model gives for a few rows, some so far out that raw scores cannot stay between 0 and 1."""
    rows = np.random.default_rng(0).normal(size=(8, width)).astype("float32")
    return np.asarray(expect.output(model, np.concatenate([rows, 1000 * rows]), name))


def _given_by(outputs: np.ndarray) -> str:
    """What a model's outputs are: raw scores, probabilities that add up to 1, or each squeezed on its own."""
    if np.any(outputs < 0) or np.any(outputs > 1 + 1e-6) or not np.any(outputs):
        return OF_SCORES
    return OF_PROBABILITIES if np.allclose(outputs.sum(axis=-1), 1, atol=1e-3) else "sigmoid"


def _common(name: str, maker: str) -> list[Misconception]:
    """What can go wrong in any call of `compile`, in words that name the learner's model.

    Args:
        name: The variable that holds the model.
        maker: The function that makes it.
    """
    return [
        Misconception(
            name="kept what compile returned",
            seen=lambda it: it.nothing,
            did=f"Your `{name}` is `None`.",
            follows="`compile` changes the model in place and returns nothing. If you write `= ….compile(…)`, the model that was compiled is lost, and the name holds what `compile` returned.",
            change="Keep the model first, then call `compile` on a line of its own.",
            lesson="4.1 What compile sets",
        ),
        Misconception(
            name="a function instead of a model",
            seen=lambda it: it.function,
            did=f"Your `{name}` is a function, not a model.",
            follows="A function's name without `()` is the function itself; it was not called, so no model was made that could be compiled.",
            change=f"Call `{maker}()` and keep what it returns.",
            lesson="4.1 What compile sets",
        ),
        Misconception(
            name="never compiled",
            seen=lambda it: not it.compiled,
            did=f"Your `{name}` is a model, but this very model was never compiled.",
            follows=f"Each call of `{maker}()` makes another model: one that you compile and do not keep, or that you replace by a new one afterwards, does not help this one. `fit` would stop with “You must call `compile()` before using the model”.",
            change=f"Call `{name}.compile(…)` after the line that makes `{name}`.",
            lesson="4.1 What compile sets",
        ),
        Misconception(
            name="metrics as the third argument",
            seen=lambda it: bool(it.third),
            did=f"You handed “{{third}}” to `{name}.compile` as its third argument, `loss_weights`.",
            follows="Keras takes it for a number to multiply the loss with. `compile` does not notice; `fit` stops with a message about the type string, and no metric is reported.",
            change="Write every argument of `compile` with its name.",
            lesson="4.10 compile changes no weight",
        ),
        Misconception(
            name="no loss",
            seen=lambda it: it.no_loss,
            did=f"You compiled `{name}` without a loss.",
            follows="Nothing then says what a good answer is, and `fit` stops with “No loss to compute”.",
            change="Give `compile` a loss that fits label and last layer.",
            lesson="4.1 What compile sets",
        ),
        Misconception(
            name="a metric for a loss",
            seen=lambda it: it.metric_as_loss,
            did=f"You compiled `{name}` with `{{loss}}` as the loss, and that is a metric.",
            follows="A metric is there for people to read. The optimizer needs a slope to follow, and a metric gives it none: `compile` took it without a word, and `fit` stops with an error.",
            change="Choose a loss, and keep the metric for `metrics=`.",
            lesson="4.9 The metric is not the loss",
        ),
        Misconception(
            name="an object in quotation marks",
            seen=lambda it: it.quoted,
            did=f"You compiled `{name}` with the loss “{{loss}}” in quotation marks.",
            follows="So it is a text, and Keras looks for a loss that is called like the whole of it, brackets and all; `fit` stops with “Could not interpret loss identifier”. A name cannot carry arguments, only an object can.",
            change="Make an object of the loss's class, without quotation marks; 4.1 makes one.",
            lesson="4.1 What compile sets",
        ),
        Misconception(
            name="an activation for a loss",
            seen=lambda it: it.activation,
            did=f"You compiled `{name}` with `{{loss}}` as the loss, and that is an activation.",
            follows="An activation belongs to a layer, whose output it shapes. The loss compares that output with the label, and Keras has none of this name, so `fit` stops with an error.",
            change="Take a loss from the last column of the table in 4.5.",
            lesson="4.5 Which loss for which output",
        ),
        Misconception(
            name="misspelt loss",
            seen=lambda it: it.misspelt,
            did=f"You compiled `{name}` with the loss `{{loss}}`, and Keras has none of this name.",
            follows="`compile` took it without a word; `fit` stops with “Could not interpret loss identifier”.",
            change="Compare it letter by letter, spaces too, with the names in the table of 4.5.",
            lesson="4.10 compile changes no weight",
        ),
    ]


def _unknown_metrics(name: str) -> list[Misconception]:
    """Metrics that Keras does not know, in words that name the learner's model."""
    return [
        Misconception(
            name="the loss among the metrics",
            seen=lambda it: it.metric_misspelt == "loss",
            did=f"You asked `{name}` for the metric `loss`.",
            follows="The loss is reported anyway, beside all metrics, and Keras has no metric of this name: `compile` took it without a word, and `fit` stops with “Could not interpret metric identifier”.",
            change="Name only what you want to read besides the loss.",
            lesson="4.1 What compile sets",
        ),
        Misconception(
            name="misspelt metric",
            seen=lambda it: bool(it.metric_misspelt),
            did=f"You asked `{name}` for the metric `{{metric_misspelt}}`, and Keras has none of this name.",
            follows="`compile` took it without a word; `fit` stops with “Could not interpret metric identifier”.",
            change="Look for a misspelling, also for spaces or brackets in the name.",
            lesson="4.10 compile changes no weight",
        ),
    ]


def _useless_rate(name: str) -> Misconception:
    """A learning rate that no optimizer can use, in words that name the learner's model."""
    return Misconception(
        name="learning rate of zero, or none",
        seen=lambda it: it.no_rate,
        did=f"You compiled `{name}` with the optimizer `{{optimizer}}` and the learning rate {{rate:g}}.",
        follows="With a rate of 0 the weights stay as they are. Below 0 every step goes uphill, and the loss grows. What is no finite number leaves none in the weights.",
        change="Choose a rate above 0, and small.",
        lesson="4.7 The learning rate",
    )


# --- Compile the classifier ---


def _sees_through(model: Any, measure: Measure) -> bool:
    """Whether Keras finds the scores from before the softmax in the model's own output, as `fit` does."""
    import tensorflow as tf

    rows = np.linspace(-2, 2, len(LABELS) * MEASUREMENTS, dtype="float32").reshape(-1, MEASUREMENTS)
    output = model(tf.convert_to_tensor(rows), training=False)
    try:
        as_in_fit = float(measure(LABELS, output))
    except Exception:
        return False
    return not _same(as_in_fit, _value(measure, LABELS, np.asarray(output)))


def _observe_classifier(penguin_model: object) -> _Compiled:
    """Loss, metric and learning rate of the penguins' model, judged by what they do."""
    import keras

    it, model = _look(penguin_model, "penguin_model", MEASUREMENTS, SPECIES)
    if model is None:
        return it
    measure = _measure(model)
    it.gives = _given_by(_far_out(model, MEASUREMENTS, "penguin_model"))
    _value(measure, LABELS, SCORES)  # the first use settles what a short name stands for: as in `fit`, integer labels
    it.kind = _kind(measure)
    it.seen_through = it.gives == OF_PROBABILITIES and _sees_through(model, measure)
    if it.kind == (ERROR, ""):
        with expect.using("the loss of `penguin_model` was computed for six labels and outputs"):
            measure(LABELS, SCORES)
    if not it.metric_misspelt:
        try:
            it.metrics = _reported(model, LABELS, SCORES if it.gives == OF_SCORES else PROBABILITIES)
        except Exception:
            it.metric_stops = True
    it.metric = ", ".join(messages.one_line(name, most=40) for name in it.metrics or {})
    momentum = _momentum(model.optimizer)
    like_adam = _is_like_adam(model.optimizer)
    band = (2e-5, 10.0) if like_adam else None if momentum is None else (1e-4 * (1 - momentum), 10.0)
    if isinstance(model.optimizer, keras.optimizers.Adadelta):
        band = 1e-3, np.inf
    _note_rate(it, model.optimizer, band)
    return it


def _reads_scores(it: _Compiled) -> bool:
    return it.kind == (INTEGER, OF_SCORES)


def _check_classifier(it: _Compiled) -> None:
    """The loss reads what the model gives, and the accuracy is among the metrics."""
    if it.kind != (INTEGER, it.gives):
        raise Unexpected(
            "a loss for one of three species, given as a whole number, that reads what the last layer gives",
            f"the loss `{it.loss}`",
            "Training makes the loss small, whatever that does to the answers.",
            "Find label and last layer in one row of the table in 4.5.",
            "4.5 Which loss for which output",
        )
    if not any(_same(value, ACCURACY) for value in it.metrics.values()):
        raise Unexpected(
            "the accuracy among the metrics",
            f"`{it.metric}`",
            "The share of right answers is what people can read and compare.",
            "Name it in `metrics=`.",
            "4.9 The metric is not the loss",
        )


compile_the_classifier = Exercise(
    name="step4.compile_the_classifier",
    title="Compile the classifier",
    task=(
        "Make `penguin_model` with `new_penguin_model()` and compile it, so that it can learn which of three species a "
        "penguin is (labels 0, 1 and 2), at a sound learning rate, and reports the accuracy."
    ),
    answers=["penguin_model"],
    lesson="4.1 What compile sets",
    observe=_observe_classifier,
    misconceptions=[
        *_common("penguin_model", "new_penguin_model"),
        Misconception(
            name="squared error for classes",
            seen=lambda it: it.kind[0] == DISTANCE,
            did="You compiled the penguins' model with `{loss}`, which measures how far one number lies from another.",
            follows="Species 2 is not twice species 1. And a batch of 32 labels cannot be subtracted from 32 × 3 outputs: `fit` stops with a long message about shapes.",
            change="Take a loss that looks at the right class's probability.",
            lesson="4.5 Which loss for which output",
        ),
        Misconception(
            name="yes-or-no loss for three classes",
            seen=lambda it: it.kind[0] == YES_NO,
            did="You compiled the penguins' model with `{loss}`, a loss for questions with the answer yes or no.",
            follows="Here one of three species is right. The whole-number labels do not have the shape of the three outputs, so `fit` stops with a message about ranks or shapes.",
            change="Take the cross-entropy for one of several classes.",
            lesson="4.5 Which loss for which output",
        ),
        Misconception(
            name="one-hot loss for integer labels",
            seen=lambda it: it.kind[0] == ONE_HOT_ROWS,
            did="You compiled the penguins' model with `{loss}`, which expects each label as a one-hot row of three.",
            follows="The labels are the whole numbers 0, 1 and 2, one axis instead of two, so `fit` stops with a message about rank or dimensions.",
            change="Take the cross-entropy whose name says that labels are whole numbers.",
            lesson="4.4 Integer labels or one-hot",
        ),
        Misconception(
            name="sigmoid for one of three",
            seen=lambda it: it.gives == "sigmoid",
            did="You compiled a model whose outputs each lie between 0 and 1 but do not add up to 1, as sigmoid gives them.",
            follows="Each output answers a yes-or-no question of its own, so a penguin may be all three species at once, or none.",
            change="Leave the last layer as `new_penguin_model()` makes it, or let softmax share one whole among the three.",
            lesson="3.12 The output layer follows from the task",
        ),
        Misconception(
            name="the loss's class, so scores are misread",
            seen=lambda it: it.is_class and it.gives == OF_SCORES and it.kind == (INTEGER, OF_PROBABILITIES),
            did="You handed in the class `{loss}` itself, without `(…)`.",
            follows="Keras makes an object of it with its default settings, and by default this loss expects probabilities. The last layer gives raw scores, so the loss cuts them to the range from 0 to 1, and the model often stays close to guessing.",
            change="Make the object yourself, and tell it what it receives.",
            lesson="4.3 Logits or probabilities",
        ),
        Misconception(
            name="scores misread as probabilities",
            seen=lambda it: it.gives == OF_SCORES and it.kind == (INTEGER, OF_PROBABILITIES),
            did="Your model's last layer gives raw scores, and your loss expects probabilities (`from_logits=False`, the default).",
            follows="Keras does not object: it cuts every score to the range from 0 to 1. A score outside gets a gradient of zero, so learning cannot move it; the loss starts too high, and the model often stays close to guessing.",
            change="Make last layer and loss agree.",
            lesson="4.3 Logits or probabilities",
        ),
        Misconception(
            name="softmax twice, seen by Keras",
            seen=lambda it: it.gives == OF_PROBABILITIES and _reads_scores(it) and it.seen_through,
            did="Your last layer already turns scores into probabilities (softmax), and the loss is told to expect raw scores (`from_logits=True`).",
            follows="Keras notices it here: `fit` warns and takes the scores from before the softmax. A layer after the softmax, training in 16 bits, or a loss computed from what `predict` returns hide it; then softmax is applied twice, and for three classes the loss cannot fall below 0.55.",
            change="Drop one of the two.",
            lesson="4.3 Logits or probabilities",
        ),
        Misconception(
            name="softmax twice",
            seen=lambda it: it.gives == OF_PROBABILITIES and _reads_scores(it),
            did="Your model already turns scores into probabilities (softmax), and the loss is told to expect raw scores (`from_logits=True`).",
            follows="Something stands between softmax and loss, so Keras does not notice, and softmax is applied twice: for three classes the loss cannot fall below 0.55, however long you train.",
            change="Drop one of the two.",
            lesson="4.3 Logits or probabilities",
        ),
        *_unknown_metrics("penguin_model"),
        Misconception(
            name="a metric of another shape",
            seen=lambda it: it.metric_stops,
            did="You chose a metric that compares each output with a label of its own.",
            follows="There is one whole-number label for three outputs, so the metric cannot be computed, and `fit` stops with a message about shapes.",
            change="Take a metric that finds the largest of the three outputs and compares its place with the label; a plain name lets Keras choose.",
            lesson="4.9 The metric is not the loss",
        ),
        Misconception(
            name="no metric",
            seen=lambda it: it.metrics == {},
            did="You compiled the penguins' model without a metric.",
            follows="It would learn as well, since the optimizer never looks at a metric. But you would only see the loss, and 0.35 tells nobody how many penguins are right.",
            change="Ask for the accuracy by the argument's name.",
            lesson="4.9 The metric is not the loss",
        ),
        Misconception(
            name="accuracy for other labels",
            seen=lambda it: "acc" in it.metric.lower() and not any(_same(value, ACCURACY) for value in it.metrics.values()),
            did="Your metric, `{metric}`, is called an accuracy, and does not report the share of right answers here.",
            follows="On six penguins of which four are right it does not say 0.667. It may be made for labels of another form, such as one-hot rows, or count something else; it runs without a word.",
            change="Take the accuracy for whole-number labels, or the plain name, which lets Keras choose.",
            lesson="4.4 Integer labels or one-hot",
        ),
        _useless_rate("penguin_model"),
        Misconception(
            name="learning rate too small",
            seen=lambda it: it.too_small,
            did="Your optimizer, `{optimizer}`, has the learning rate {rate:g}.",
            follows="With that the weights hardly move: in twenty passes over all penguins the loss falls by a few hundredths at most. Nothing is reported as wrong; it only looks as if the model could not learn.",
            change="Try rates 10, 100 and 1000 times as large.",
            lesson="4.7 The learning rate",
        ),
        Misconception(
            name="learning rate too large",
            seen=lambda it: it.too_large,
            did="Your optimizer, `{optimizer}`, has the learning rate {rate:g}.",
            follows="The first steps throw the weights so far that the loss jumps up a hundredfold or more before it can fall, if it ever does.",
            change="Try rates 10, 100 and 1000 times as small.",
            lesson="4.7 The learning rate",
        ),
    ],
    check_observed=_check_classifier,
    hints=[
        "Three questions: what are the labels, what does the last layer give, what do you want to be told? Then one line with `optimizer=`, `loss=` and `metrics=`.",
        "The labels are whole numbers, and the last layer has no activation. 4.3 has the table of what goes with what; recipe A in 4.1 compiles such a reader.",
        "Keep the model in `penguin_model` first. The loss is `keras.losses.SparseCategoricalCrossentropy(from_logits=True)`; `metrics` takes a list.",
    ],
    solution_code="""
penguin_model = new_penguin_model()
penguin_model.compile(
    optimizer=keras.optimizers.Adam(0.01),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
""",
    right=(
        "The loss reads what the last layer gives and takes labels as they are, and the accuracy is there to read. "
        "`compile` checked none of this; you did."
    ),
)


# --- Compile the regressor ---

BIKE_MODEL = HOUR * 64 + 64 + 64 + 1  # parameters of the network that `new_bike_model()` makes
# Learning rates with which its ten epochs on the hourly rentals, in batches of 64, do not beat always answering
# the median (104 bicycles), measured: up to and including the first, from the second on.
NO_USE_LIKE_ADAM = (3e-4, 5.0)
NO_USE_PLAIN = {2: (2e-6, 0.007), 1: (1e-3, 10.0)}  # SGD, by the power with which the loss grows


def _power(measure: Measure) -> int:
    """2 if the loss grows with the square of the distance, 1 if with the distance; 0 if otherwise, or if rows are summed."""
    near, far = _value(measure, [[100.0]], [[110.0]]), _value(measure, [[100.0]], [[120.0]])
    twice = _value(measure, [[100.0]] * 2, [[120.0]] * 2)
    if not near or not _same(far, twice):
        return 0
    size = {2: 400.0, 1: 20.0}
    for power, expected in size.items():
        if np.isclose(far / near, 2**power, rtol=0.05) and np.isclose(far, expected, rtol=0.1):
            return power
    return 0


def _band(optimizer: Any, measure: Measure) -> tuple[float, float] | None:
    """The learning rates with which this model does not learn enough; None where that was not measured."""
    import keras

    if _is_like_adam(optimizer):
        return NO_USE_LIKE_ADAM
    if isinstance(optimizer, keras.optimizers.Adagrad):
        return 1e-3, np.inf
    if isinstance(optimizer, keras.optimizers.Adadelta):
        return 1e-2, np.inf
    momentum, power = _momentum(optimizer), _power(measure)
    if momentum is None or not power:
        return None
    low, high = NO_USE_PLAIN[power]  # momentum adds up about 1 / (1 - momentum) pushes
    gathered = 1 - momentum
    return low * gathered, (high if not momentum else max(high, 0.02) * gathered)


def _is_as_made(model: Any) -> bool:
    """Whether a model is, by its size, the one that `new_bike_model()` makes, with nothing added."""
    import keras

    added = [layer for layer in model.layers if not layer.weights and not isinstance(layer, keras.layers.InputLayer)]
    return model.count_params() == BIKE_MODEL and not added


def _observe_regressor(bike_model: object) -> _Compiled:
    """Loss, metric and learning rate of the bicycles' model, judged by what they do."""
    it, model = _look(bike_model, "bike_model", HOUR, 1)
    if model is None:
        return it
    measure = _measure(model)
    _value(measure, RENTED, FORECAST)
    it.kind = _kind(measure)
    it.of_a_number = _of_a_number(it.kind[0], measure)
    if it.kind == (ERROR, ""):
        with expect.using("the loss of `bike_model` was computed for five labels and outputs"):
            measure(RENTED, FORECAST)
    if not it.metric_misspelt:
        with expect.using("the metrics of `bike_model` were computed for five labels and outputs"):
            it.metrics = _reported(model, RENTED, FORECAST)
            it.tenfold = _reported(model, 10 * RENTED, 10 * FORECAST)
            it.perfect = _reported(model, RENTED, RENTED)
    it.metric = ", ".join(messages.one_line(name, most=40) for name in it.metrics or {})
    outputs = _far_out(model, HOUR, "bike_model")
    it.gives, it.bounded = _given_by(outputs), bool(np.min(outputs) < 0 and 0.999 < np.max(np.abs(outputs)) <= 1 + 1e-6)
    low, high = _band(model.optimizer, measure) or (-np.inf, np.inf)
    if not _is_as_made(model):  # another network: only what cannot serve any is refused
        low, high = low / 100, high * 100
    _note_rate(it, model.optimizer, (low, high))
    return it


def _growing_by(it: _Compiled, factor: float) -> list[str]:
    """The metrics that are 0 for perfect answers and grow by a factor when everything is ten times as much."""
    return [
        name
        for name, value in (it.metrics or {}).items()
        if value > 0 and abs(it.perfect[name]) < 1e-3 and np.isclose(it.tenfold[name] / value, factor, rtol=0.02)
    ]


def _check_regressor(it: _Compiled) -> None:
    """The loss is for a number, and a metric is in bicycles."""
    if it.kind[0] != DISTANCE:
        raise Unexpected(
            "a loss that is smallest where prediction and label agree, and grows with their distance, for any prediction",
            f"the loss `{it.loss}`, which does not",
            "`Dense(1)` without activation can give any number, also one below 0.",
            "Take a loss from the first row of the table in 4.5.",
            "4.5 Which loss for which output",
        )
    if it.gives != OF_SCORES or it.bounded:
        raise Unexpected(
            "`bike_model` to be able to predict any number of bicycles",
            f"outputs that stay between {-1 if it.bounded else 0} and 1 whatever goes in",
            "Some hours have hundreds of bicycles.",
            "Leave the last layer as `new_bike_model()` makes it.",
            "3.12 The output layer follows from the task",
        )
    if not _growing_by(it, 10):
        raise Unexpected(
            "a metric in bicycles: 0 for perfect answers, and ten times as large if everything is ten times as much",
            f"`{it.metric}`",
            "An error in the label's own unit can be compared with the 104 of always answering the median.",
            "4.9 names such a metric.",
            "4.9 The metric is not the loss",
        )


compile_the_regressor = Exercise(
    name="step4.compile_the_regressor",
    title="Compile the regressor",
    task=(
        "Make `bike_model` with `new_bike_model()` and compile it, so that ten epochs in batches of 64 can bring it below "
        "the 104 bicycles of always answering the median, and it reports its error in bicycles."
    ),
    answers=["bike_model"],
    lesson="4.9 The metric is not the loss",
    observe=_observe_regressor,
    misconceptions=[
        *_common("bike_model", "new_bike_model"),
        Misconception(
            name="cross-entropy for a number",
            seen=lambda it: bool(it.of_a_number),
            did="You compiled the bicycles' model with `{loss}`, a loss for classes.",
            follows="How many bicycles is a quantity, and 41 is nearly as good an answer as 40. {of_a_number}",
            change="Take a loss that grows with the distance between prediction and label.",
            lesson="4.2 The loss, by hand",
        ),
        *_unknown_metrics("bike_model"),
        Misconception(
            name="accuracy for regression",
            seen=lambda it: any("acc" in name.lower() for name in set(it.metrics or {}) - set(_growing_by(it, 10))),
            did="You ask for an accuracy of a model whose answer is a number of bicycles.",
            follows="Keras takes the single output for yes or no, or looks for exact equality. A model that misses by 40 bicycles on average has an accuracy near 0.01, as 4.9 shows, and the number tells nothing of the misses.",
            change="Take a metric that says how far off the predictions are, in bicycles.",
            lesson="4.9 The metric is not the loss",
        ),
        Misconception(
            name="no metric",
            seen=lambda it: it.metrics == {},
            did="You compiled the bicycles' model without a metric.",
            follows="It would learn as well, since the optimizer never looks at a metric. But the task asks for an error in bicycles beside the loss, so that you can set it against the 104 of always answering the median.",
            change="Add one by the argument's name.",
            lesson="4.9 The metric is not the loss",
        ),
        Misconception(
            name="metric in bicycles squared",
            seen=lambda it: bool(_growing_by(it, 100)) and not _growing_by(it, 10),
            did="Your metric, `{metric}`, squares each error and averages the squares.",
            follows="Its unit is bicycles squared: 3,300 of them say nothing to people, and one large miss outweighs many small ones.",
            change="Take a metric that stays in bicycles.",
            lesson="4.2 The loss, by hand",
        ),
        _useless_rate("bike_model"),
        Misconception(
            name="learning rate too small",
            seen=lambda it: it.too_small,
            did="Your optimizer, `{optimizer}`, has the learning rate {rate:g}, too small for this loss and for ten epochs.",
            follows="The output starts near 0 and has to climb to a hundred and more; with such steps it does not get there, and the error stays above the 104 of always answering the median. (A default is not always a good choice.)",
            change="Try rates 10, 100 and 1000 times as large.",
            lesson="4.7 The learning rate",
        ),
        Misconception(
            name="learning rate too large",
            seen=lambda it: it.too_large,
            did="Your optimizer, `{optimizer}`, has the learning rate {rate:g}, too large for this loss.",
            follows="The first steps throw the weights far beyond the valley. The loss may become `nan`, or the hidden neurons may end up giving 0 for every hour; then the model does no better than a single number for all hours.",
            change="Try rates 10, 100 and 1000 times as small.",
            lesson="4.7 The learning rate",
        ),
    ],
    check_observed=_check_regressor,
    hints=[
        "The answer is a number, so the first row of the table in 4.5 has the loss, and 4.9 a metric that people can read.",
        "The unit decides: which of squared and absolute error is in bicycles? And 4.7 tried powers of ten for the learning rate; which were on the valley's floor?",
        'Adam at 0.01 serves well, with `loss="mean_squared_error"`. What is still missing is `metrics=[…]` with an error in bicycles.',
    ],
    solution_code="""
bike_model = new_bike_model()
bike_model.compile(
    optimizer=keras.optimizers.Adam(0.01), loss="mean_squared_error", metrics=["mean_absolute_error"]
)
""",
    right=(
        "A loss for numbers, a learning rate that gets there, and an error in bicycles to read. Any of these could "
        "have been wrong without a message from `compile`."
    ),
)
