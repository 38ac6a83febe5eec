"""Exercises of step 6, use the model: from one row to a species, and a model that outlives its notebook."""

import contextlib
import functools
import inspect
import json
import os
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from companion import datasets, expect, messages
from companion.expect import Unexpected
from companion.feedback import Exercise, Misconception

COLUMNS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")

# Of a short training on the scaled penguins, rounded: 4 measurements -> 4 units with ReLU -> 3 scores.
PENGUIN_WEIGHTS = (
    np.array([[-0.11, -1.43, 0.14, -1.32], [0.79, 0.19, -0.39, 0.95], [0.24, -0.74, 1.41, -0.02], [-0.54, 0.36, 1.43, 0.34]]),
    np.array([0.17, 0.15, 0.13, 0.27]),
    np.array([[0.05, 0.04, -0.86], [0.89, -0.49, -1.28], [0.19, -0.30, 1.09], [0.93, -1.06, -1.52]]),
    np.array([-0.62, 0.79, 0.19]),
)  # fmt: skip

# Rows of scaled measurements that no column or species dominates.
PROBES = np.array([[-1.0, 0.8, -1.0, -0.9], [1.0, 0.7, -0.4, -0.6], [0.7, -1.1, 1.2, 1.1], [0.2, 0.3, -0.1, 0.4]])

PREDICT, SCORES = "6.2 Pass in data, get results", "6.3 From scores to a label"
PREPROCESS, SAVE = "6.4 Put the preprocessing inside", "6.6 Save the whole model: .keras"
JSON_ONLY, WEIGHTS_ONLY = "6.7 Only the architecture: JSON", "6.8 Only the weights"
OWN_LAYER, EXPORT = "6.9 A layer of your own", "6.10 Export the computation: SavedModel"

# --- What the model of the preparations says, in NumPy ---


@functools.cache
def _table() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The penguins without gaps: measurements, the mean and spread of each column, and the species' names."""
    penguins = datasets.load_penguins()
    table = np.stack([penguins[column] for column in COLUMNS], axis=1).astype("float64")
    complete = ~np.isnan(table).any(axis=1)
    table = table[complete]
    return table, table.mean(axis=0), table.std(axis=0), penguins["species"][complete]


def _scaled(rows: np.ndarray) -> np.ndarray:
    _, mean, spread, _ = _table()
    return (rows - mean) / spread


def _scores(scaled: np.ndarray) -> np.ndarray:
    kernel, bias, last_kernel, last_bias = PENGUIN_WEIGHTS
    return np.maximum(scaled @ kernel + bias, 0) @ last_kernel + last_bias


def _softmax(scores: np.ndarray, axis: int | None = -1) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _sigmoid(scores: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-scores))


def _near(found: np.ndarray, wanted: np.ndarray, within: float = 1e-3) -> bool:
    return found.shape == wanted.shape and np.allclose(found, wanted, rtol=within, atol=within)


def _first(found: np.ndarray, candidates: Mapping[str, np.ndarray]) -> str:
    """The name of the first candidate that `found` is; "" if it is none of them."""
    return next((name for name, wanted in candidates.items() if _near(found, np.asarray(wanted))), "")


def _some_filled_in(*answers: object) -> bool:
    """Whether the learner has begun: what is still `...` is asked for when the rest is right."""
    return any(answer is not ... for answer in answers)


def _is_trained(model: Any) -> bool:
    """Whether all weights of the preparations' model are among the weights of this one."""
    return all(any(_near(found, wanted) for found in model.get_weights()) for wanted in PENGUIN_WEIGHTS)


# --- Predict one penguin ---

ROWS = (20, 200, 300)  # one of each species


def _one_row_answers(scaled: np.ndarray) -> dict[str, np.ndarray]:
    """What a function of one row may give, by name; the right answer first."""
    scores = _scores(scaled)
    probabilities = _softmax(scores)
    return {
        "scores": scores,
        "probabilities": probabilities,
        "scaled again": _scores(_scaled(scaled)),
        "down the batch": np.zeros(3),
        "rounded": scores.round(2),
        "rounded to tenths": scores.round(1),
        "rounded to whole numbers": scores.round(0),
        "largest": scores.max(),
        "largest probability": probabilities.max(),
        "label": np.asarray(scores.argmax()),
        "first": scores[0],
    }


def _function_is_begun(scores_of: object) -> bool:
    """Whether the function gives anything but the starter's `...`."""
    with contextlib.suppress(Exception):
        return scores_of is not ... and scores_of(_scaled(_table()[0])[ROWS[0]].astype("float32")) is not ...
    return True


def _refused(said: str, function: Callable[[np.ndarray], Any]) -> str:
    """The shape that the model refused, from what it said; "one axis" if it did not say which; "" for other errors.

    `predict` traces the model anew for each kind of shape, and after a few of them no longer names the shape.
    """
    found = re.search(r"(?:incompatible shape|input with shape) (\([\d, ]*\))", said)
    if found:
        return found[1] if found[1] in ("(4,)", "(4, 1)", "(1,)", "()") else ""
    if re.search(r"In\[0\]: \[4,1\], In\[1\]: \[4,4\]", said):
        return "(4, 1)"
    if "unknown rank" in said:
        row = _scaled(_table()[0])[ROWS[0]]
        with contextlib.suppress(Exception):  # does one more axis mend it?
            if _near(np.squeeze(function(row[np.newaxis].astype("float32"))), _scores(row)):
                return "one axis"
    return ""


def _holds_scores(answer: np.ndarray, row: np.ndarray) -> bool:
    """Whether an answer of any shape is the three scores of a row, once or several times."""
    return answer.size % 3 == 0 and _near(answer.reshape(-1, 3), np.tile(_scores(row), (answer.size // 3, 1)))


def _observe_one_row(scores_of: object) -> SimpleNamespace:
    """Call the function with three rows, one at a time: what it gives, or what the model refused."""
    function = expect.function(scores_of, "scores_of")
    rows = _scaled(_table()[0])[list(ROWS)]
    seen = SimpleNamespace(kind="", refused="", in_a_list=False, returned="", shape="")
    try:
        with expect.using("`scores_of` was called with one row, of shape `(4,)`"):
            results = [function(row.astype("float32")) for row in rows]
    except expect.Stopped as stopped:
        said = str(stopped.__cause__)
        seen.refused = _refused(said, function)
        seen.in_a_list = bool(re.search(r"inputs=[(\[]", said))
        if not seen.refused:
            raise
        return seen
    if any(result is None for result in results):
        seen.kind = "nothing"
        return seen
    answers = [expect.array(result, "scores_of(row)") for result in results]
    seen.shape, seen.returned = str(answers[0].shape), messages.one_line(str(np.squeeze(answers[0])))
    if all(answer.shape in ((3,), (1, 3), (), (1,)) for answer in answers):
        pairs = [(np.squeeze(answer), _one_row_answers(row)) for answer, row in zip(answers, rows, strict=True)]
        fits = [kind for kind in pairs[0][1] if all(_near(answer, wanted[kind]) for answer, wanted in pairs)]
        seen.kind = (fits or [""])[0]
    elif all(_holds_scores(answer, row) for answer, row in zip(answers, rows, strict=True)):
        seen.kind = "other shape"
    if not seen.kind and all(_near(answers[0], answer) for answer in answers[1:]):
        seen.kind = "always the same"
    return seen


def _check_one_row(it: SimpleNamespace) -> None:
    if it.kind != "scores":
        raise Unexpected(
            "`scores_of(row)` to give the three scores of `penguin_scorer` for this row, shape `(3,)`",
            f"an answer of shape `{it.shape}`" + " with other numbers" * (it.shape in ("(3,)", "(1, 3)")),
            "The scores of another row, or of another model, say nothing about this penguin.",
            "Hand the row to `penguin_scorer` as a batch of one, and return what it says.",
        )


predict_one_penguin = Exercise(
    name="step6.predict_one_penguin",
    title="Predict one penguin",
    task="Write `scores_of(row)`: `row` is one row of `scaled`, shape `(4,)`; it returns the three scores of "
    "`penguin_scorer` for it, shape `(3,)`.",
    answers=["scores_of"],
    lesson=PREDICT,
    observe=_observe_one_row,
    attempted=_function_is_begun,
    misconceptions=[
        Misconception(
            name="a list around the row",
            seen=lambda it: it.refused in ("(4,)", "one axis") and it.in_a_list,
            did="Your function puts the row into a Python list or tuple before the model sees it.",
            follows="Keras reads a list as several inputs, not as a batch: the model still receives an input of shape "
            "`(4,)`, and refuses it.",
            change="Give the array itself one more axis.",
            lesson=PREDICT,
        ),
        Misconception(
            name="no batch axis",
            seen=lambda it: it.refused in ("(4,)", "one axis"),
            did="Your function hands the model numbers with a single axis, such as the row as it is, with shape `(4,)`.",
            follows="The model takes the first axis for the batch, so it looks for a second one with the four "
            "measurements, finds none, and refuses them.",
            change="One penguin is a batch of one: give the row its batch axis first.",
            lesson=PREDICT,
        ),
        Misconception(
            name="a part of the row",
            seen=lambda it: it.refused in ("(1,)", "()"),
            did="Your function hands the model one number of the row, with shape `{refused}`.",
            follows="`x_test[:1]` keeps the first picture of many; `row` is one penguin already, so `row[:1]` keeps the "
            "first of its four measurements, and `row[0]` is that number alone.",
            change="Take the whole row, and give it the axis that it lacks.",
            lesson=PREDICT,
        ),
        Misconception(
            name="batch axis at the end",
            seen=lambda it: it.refused == "(4, 1)",
            did="Your function adds the new axis at the end, which makes the shape `(4, 1)`.",
            follows="The first axis is the batch, so the model finds four penguins with one measurement each; its "
            "first layer was built for four measurements, and refuses them.",
            change="Put the axis of length 1 in front.",
            lesson=PREDICT,
        ),
        Misconception(
            name="nothing returned",
            seen=lambda it: it.kind == "nothing",
            did="Your function returns `None`.",
            follows="It may compute the scores, or print them; without a `return` they are gone when it ends.",
            change="Let its last line return the scores.",
            lesson=PREDICT,
        ),
        Misconception(
            name="scaled twice",
            seen=lambda it: it.kind == "scaled again",
            did="Your function scales a row that is scaled already.",
            follows="Its numbers are near 0; with the mean subtracted once more, every penguin lands far from "
            "all those of the training, and every one is taken for an Adelie, without complaint.",
            change="Preprocess exactly once; for the rows of `scaled` that was done before.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="argmax along the batch",
            seen=lambda it: it.kind == "down the batch",
            did="Your function looks for the largest score along axis 0, the batch.",
            follows="In a batch of one, the largest of each column stands in row 0, so the answer is `[0 0 0]` for every "
            "penguin there is.",
            change="A label needs the other axis; here, the three scores themselves are asked for.",
            lesson=SCORES,
        ),
        Misconception(
            name="label instead of scores",
            seen=lambda it: it.kind == "label",
            did="Your function returns {returned} for the first row, the number of the species.",
            follows="That is the place of the largest score: it says who wins, and no longer by how much.",
            change="Return the three scores as the model gives them.",
            lesson=SCORES,
        ),
        Misconception(
            name="largest value only",
            seen=lambda it: it.kind in ("largest", "largest probability"),
            did="Your function returns one number, {returned} for the first row: the largest of three.",
            follows="From that number alone nobody can tell which species it belongs to.",
            change="Return all three scores, in the model's order.",
            lesson=SCORES,
        ),
        Misconception(
            name="one index too many",
            seen=lambda it: it.kind == "first",
            did="Your function returns only the first of the three scores.",
            follows="`[0]` takes the one row out of the batch; a second index takes one number out of that row, the score "
            "of Adelie.",
            change="Return the whole row.",
            lesson=PREDICT,
        ),
        Misconception(
            name="rounded scores",
            seen=lambda it: it.kind.startswith("rounded"),
            did="Your function rounds the scores.",
            follows="What follows, such as softmax, then computes with other numbers than the model gave, and two scores that "
            "are close may become equal.",
            change="Return all digits, and round only what you print.",
            lesson=SCORES,
        ),
        Misconception(
            name="another shape",
            seen=lambda it: it.kind == "other shape",
            did="Your function returns the right scores in an array of shape `{shape}`.",
            follows="Whoever expects one row of three numbers finds other rows and columns, and an `argmax` along the usual "
            "axis answers another question.",
            change="Print the shape of what the model gives, and take its one row as it is.",
            lesson=PREDICT,
        ),
        Misconception(
            name="probabilities instead of scores",
            seen=lambda it: it.kind == "probabilities",
            did="Your function applies softmax, and returns probabilities.",
            follows="Raw scores were asked for; whoever takes your numbers for scores will apply softmax a second time, "
            "and every answer will look less certain than it is.",
            change="Return what the model says as it comes.",
            lesson=SCORES,
        ),
        Misconception(
            name="same answer for every row",
            seen=lambda it: it.kind == "always the same",
            did="Your function gives the same answer for three different penguins, an array of shape `{shape}`.",
            follows="So its argument `row` has no influence; it may use something from outside, such as all of "
            "`scaled`, or one row of it.",
            change="Compute the answer from `row`.",
            lesson=PREDICT,
        ),
    ],
    check_observed=_check_one_row,
    hints=[
        "Print `penguin_scorer.input_shape` and `scaled[0].shape`, and compare how many axes they have.",
        "The model wants shape `(1, 4)` and gives shape `(1, 3)`; section 6.2 shows two ways to add the axis in front.",
        "Three steps: `row[np.newaxis]` is the batch of one, `penguin_scorer(...)` gives a table with one row, and "
        "`[0]` takes that row out.",
    ],
    solution_code="""
def scores_of(row):
    batch = row[np.newaxis]
    return penguin_scorer(batch)[0]
""",
    right="One penguin went in as a batch of one, and its three scores came out. They are raw scores, not yet probabilities.",
)

# --- From scores to species ---

# Rows of the table whose scores the exercise hands out. The largest score of each column is in the first three.
SIX = (330, 30, 167, 171, 188, 237)


def _table_answers() -> dict[str, np.ndarray]:
    """What may be taken for the probabilities of the six rows, by name; the right answer first."""
    scores = _scores(_scaled(_table()[0])[list(SIX)])
    probabilities = _softmax(scores)
    one_hot = np.eye(3)[scores.argmax(axis=1)]
    return {
        "probabilities": probabilities,
        "scores": scores,
        "twice": _softmax(probabilities),
        "down the columns": _softmax(scores, axis=0),
        "whole table": _softmax(scores, axis=None),
        "sigmoid": _sigmoid(scores),
        "powers": np.exp(scores),
        "shares": scores / scores.sum(axis=1, keepdims=True),
        "logarithms": np.log(probabilities),
        "percent": 100 * probabilities,
        "rounded": probabilities.round(2),
        "rounded to tenths": probabilities.round(1),
        "one-hot": one_hot,
        "rounded to 0 or 1": probabilities.round(0),
        "largest": probabilities.max(axis=1),
        "largest kept as a column": probabilities.max(axis=1, keepdims=True),
        "labels": scores.argmax(axis=1),
        "transposed": probabilities.T,
    }


def _plain(value: Any) -> Any:
    """A list of tensors as a list of their values; anything else as it is."""
    if not isinstance(value, (list, tuple)):
        return value
    return [each.numpy() if hasattr(each, "numpy") else each for each in value]


def _as_names(value: object) -> np.ndarray:
    """Names as an array of text, or numbers as an array of numbers."""
    try:
        found = np.asarray(_plain(value))
        if found.dtype.kind in "SO":
            decoded = [each.decode() if isinstance(each, bytes) else each for each in found.ravel().tolist()]
            found = np.array(decoded).reshape(found.shape)
        fine = found.dtype.kind in "Uiuf" and found.size > 0
    except Exception:
        fine = False
    if not fine:
        raise Unexpected(
            "`species_names` to be six names, such as a list of texts",
            messages.of(value),
            "A label that a person can read is the end of the way from scores to an answer.",
            "Take each name from `datasets.PENGUIN_SPECIES`.",
            SCORES,
        )
    return found


def _kind_of_names(found: np.ndarray) -> str:
    """How six names, or what stands in their place, came about."""
    table, _, _, true_names = _table()
    scores = _scores(_scaled(table)[list(SIX)])
    best, sure = scores.argmax(axis=1), _softmax(scores).max(axis=1)
    species = np.array(datasets.PENGUIN_SPECIES)
    if found.dtype.kind != "U":
        numbers = {"index": best, "wrong axis": scores.argmax(axis=0), "value": sure, "one for all": scores.argmax()}
        return _first(np.squeeze(found), numbers)
    texts = {
        "right": species[best],
        "labels": true_names[list(SIX)],
        "least": species[scores.argmin(axis=1)],
        "value": species[np.rint(sure).astype(int)],
        "number 0": species[np.zeros(6, int)],
        "wrong axis": species[scores.argmax(axis=0)],
        "index": best.astype(str),
    }
    for kind, wanted in texts.items():
        if np.array_equal(np.squeeze(found), wanted):
            return kind
    if found.size == 1 and found.item() in species:
        return "one for all"
    if np.array_equal(np.char.lower(np.char.strip(np.squeeze(found))), np.char.lower(texts["right"])):
        return "spelling"
    if found.shape == (6,) and set(found.tolist()) <= set(datasets.PENGUIN_SPECIES):
        given = {index: set(found[best == index].tolist()) for index in range(3)}
        if all(len(names) == 1 for names in given.values()) and len(set(found.tolist())) == 3:
            return "other order"
    return ""


def _observe_species(species_probabilities: object, species_names: object) -> SimpleNamespace:
    probabilities = expect.array(species_probabilities, "species_probabilities")
    kind = _first(probabilities, _table_answers())
    seen = SimpleNamespace(
        kind=kind,
        shape=probabilities.shape,
        first_row=messages.one_line(np.array2string(np.atleast_2d(probabilities)[0], precision=2, suppress_small=True)),
        names="todo",
        shown=messages.of(species_names),
    )
    if species_names is not ... and kind == "probabilities":
        seen.names = _kind_of_names(_as_names(species_names))
    return seen


def _check_species(it: SimpleNamespace) -> None:
    if it.kind != "probabilities":
        raise Unexpected(
            "`species_probabilities` of shape `(6, 3)`, each row softmax of the same row of `six_scores`",
            f"an array of shape `{it.shape}` whose first row is `{it.first_row}`",
            "Each row should hold three numbers from 0 to 1 that add up to 1, one for each species.",
            "Compare your numbers with softmax by hand, for the first row.",
            SCORES,
        )
    if it.names != "right":
        why = {
            "todo": "Your probabilities are right.",
            "spelling": "Your probabilities are right, and so are the species; only the spelling differs.",
        }.get(it.names, "Your probabilities are right; the names do not follow from them.")
        raise Unexpected(
            "`species_names` to hold six names, spelled as in `datasets.PENGUIN_SPECIES`, in the order of the rows",
            "`...`" if it.names == "todo" else it.shown,
            why,
            "Take each name from `datasets.PENGUIN_SPECIES` as it stands there."
            if it.names == "spelling"
            else "Find the place of the largest probability in each row, and look up its name.",
            SCORES,
        )


from_scores_to_species = Exercise(
    name="step6.from_scores_to_species",
    title="From scores to species",
    task="`six_scores`, shape `(6, 3)`, holds the scores of six penguins. Make `species_probabilities`, the probabilities "
    "in the same shape, and `species_names`, the six names of the likeliest species, spelled as in "
    "`datasets.PENGUIN_SPECIES`.",
    answers=["species_probabilities", "species_names"],
    lesson=SCORES,
    observe=_observe_species,
    attempted=_some_filled_in,
    misconceptions=[
        Misconception(
            name="scores taken for probabilities",
            seen=lambda it: it.kind == "scores",
            did="Your `species_probabilities` are the scores themselves; the first row reads `{first_row}`.",
            follows="Scores may be negative or above 1 and add up to anything, so they do not say how likely a species is.",
            change="Turn each row of scores into three numbers that add up to 1.",
            lesson=SCORES,
        ),
        Misconception(
            name="softmax twice",
            seen=lambda it: it.kind == "twice",
            did="Your numbers went through softmax twice.",
            follows="The second one takes probabilities for scores, and these lie so close together that even a certain "
            "answer falls to at most 0.58 of three; the order survives, the certainty does not.",
            change="Apply softmax once, to the raw scores.",
            lesson=SCORES,
        ),
        Misconception(
            name="softmax down the columns",
            seen=lambda it: it.kind == "down the columns",
            did="Your softmax runs along axis 0: each of your three columns adds up to 1.",
            follows="So six penguins compete for each species, where three species should compete for each penguin; the "
            "answer for one penguin changes with who else is in the table.",
            change="Let softmax run along each row.",
            lesson=SCORES,
        ),
        Misconception(
            name="softmax over the whole table",
            seen=lambda it: it.kind == "whole table",
            did="Your 18 numbers add up to 1 all together, not row by row.",
            follows="The sum that you divide by is taken over the whole table, as was right for a single row of scores; now no "
            "row adds up to 1, so none says how likely the three species are for one penguin.",
            change="Sum along each row, and keep the axis so that the division fits.",
            lesson=SCORES,
        ),
        Misconception(
            name="sigmoid instead of softmax",
            seen=lambda it: it.kind == "sigmoid",
            did="Your numbers are the sigmoid of each score.",
            follows="Sigmoid answers one yes-or-no question a score, without regard to the others; a penguin has exactly "
            "one species, and your rows do not add up to 1.",
            change="Use the function that divides one whole among the classes.",
            lesson=SCORES,
        ),
        Misconception(
            name="exponential without the division",
            seen=lambda it: it.kind == "powers",
            did="Your numbers are the exponentials of the scores.",
            follows="That makes all of them positive, which is half of softmax; they still add up to anything.",
            change="Divide each by the sum of its row.",
            lesson=SCORES,
        ),
        Misconception(
            name="division without the exponential",
            seen=lambda it: it.kind == "shares",
            did="Your numbers are the scores, divided by the sum of their row.",
            follows="The rows add up to 1, but a negative score or a negative sum gives shares below 0 or above 1, and may "
            "even turn the order around.",
            change="Make the scores positive before you divide, as softmax does.",
            lesson=SCORES,
        ),
        Misconception(
            name="logarithms of probabilities",
            seen=lambda it: it.kind == "logarithms",
            did="Your numbers are the logarithms of the probabilities: none is above 0.",
            follows="A loss computes with them, but a row of them does not add up to 1, and nobody reads `-0.1` as 90 percent.",
            change="Ask for softmax, not for its logarithm.",
            lesson=SCORES,
        ),
        Misconception(
            name="percent",
            seen=lambda it: it.kind == "percent",
            did="Your rows add up to 100: they are percentages.",
            follows="A probability goes from 0 to 1, and code that compares it with 0.9 would take every one of yours "
            "that is above 0.9 percent for certain.",
            change="Leave out the factor of 100.",
            lesson=SCORES,
        ),
        Misconception(
            name="one-hot rows",
            seen=lambda it: it.kind in ("one-hot", "rounded to 0 or 1"),
            did="Your rows hold only zeros and ones.",
            follows="That says which species is likeliest and hides how sure the model is: a penguin at 0.45 looks as "
            "certain as one at 0.99, or gets no species at all.",
            change="Keep the probabilities as softmax gives them, and decide afterwards.",
            lesson=SCORES,
        ),
        Misconception(
            name="rounded",
            seen=lambda it: it.kind.startswith("rounded"),
            did="Your probabilities are rounded.",
            follows="A small one becomes exactly 0, as if it were impossible, and a row may no longer add up to 1.",
            change="Keep all digits, and round only what you print.",
            lesson=SCORES,
        ),
        Misconception(
            name="only the largest probability",
            seen=lambda it: it.kind.startswith("largest"),
            did="Your `species_probabilities` holds one number a penguin, the largest of three.",
            follows="It says how sure the model is, and not of what: the place in the row, which is the species, is lost.",
            change="Keep all three probabilities of each row.",
            lesson=SCORES,
        ),
        Misconception(
            name="labels instead of probabilities",
            seen=lambda it: it.kind == "labels",
            did="Your `species_probabilities` holds one whole number a penguin, the place of its largest score.",
            follows="These are labels: the second half of the task, without the first; how sure the model is cannot be "
            "read from them.",
            change="Make the probabilities of all three species first.",
            lesson=SCORES,
        ),
        Misconception(
            name="transposed",
            seen=lambda it: it.kind == "transposed",
            did="Your table has the species as rows and the penguins as columns, shape `(3, 6)`.",
            follows="In this course, as in Keras, the first axis is the batch: one row an example.",
            change="Keep the shape of `six_scores`.",
            lesson=SCORES,
        ),
        Misconception(
            name="number instead of a name",
            seen=lambda it: it.names == "index",
            did="Your `species_names` holds the numbers of the species, not their names.",
            follows="Whoever reads your answer has to know the order of the classes by heart, and one who has another "
            "order in mind reads a wrong species without noticing.",
            change="Use each number to look up a name.",
            lesson=SCORES,
        ),
        Misconception(
            name="argmax on the wrong axis",
            seen=lambda it: it.names == "wrong axis",
            did="Your `species_names` has three entries for six penguins.",
            follows="`argmax` along axis 0 answers another question: for each species, which row has its largest score; "
            "these row numbers then pass for species without an error.",
            change="Look along the other axis, so that each penguin gets one answer.",
            lesson=SCORES,
        ),
        Misconception(
            name="one answer for all",
            seen=lambda it: it.names == "one for all",
            did="Your `species_names` is a single answer for the whole table.",
            follows="Without an axis, `argmax` reads the table as one long row and gives the place of the largest number "
            "in it; and in a loop, only the last answer is left if each one replaces the one before.",
            change="Let six answers come out, one for each row.",
            lesson=SCORES,
        ),
        Misconception(
            name="label from the probability's value",
            seen=lambda it: it.names == "value",
            did="You use the value of the largest probability, a number such as 0.9, where its place is needed.",
            follows="Made into a whole number it is 0 or 1 for every penguin, so it can never point at the third species.",
            change="Ask where in its row the largest probability stands.",
            lesson=SCORES,
        ),
        Misconception(
            name="the first name for all",
            seen=lambda it: it.names == "number 0",
            did="Your six names are all the first of `datasets.PENGUIN_SPECIES`, as if each place were 0.",
            follows="A probability such as 0.9, cut down to a whole number, is 0; and so is the place of the largest along an "
            "axis of length 1.",
            change="Print the six places before you look them up: each is that of the largest of three.",
            lesson=SCORES,
        ),
        Misconception(
            name="least likely species",
            seen=lambda it: it.names == "least",
            did="Your names are those of the least likely species of each row.",
            follows="`argmin`, or the first place of a sorted row, finds the smallest number.",
            change="Take the place of the largest one.",
            lesson=SCORES,
        ),
        Misconception(
            name="names from the data",
            seen=lambda it: it.names == "labels",
            did="Your names are the species that the table gives, not those that the model predicts.",
            follows="The two differ for one or more of these penguins; and for a penguin that nobody has named yet there "
            "is no such column.",
            change="Find the names from the probabilities alone.",
            lesson=SCORES,
        ),
        Misconception(
            name="names in another order",
            seen=lambda it: it.names == "other order",
            did="You find the right place in each row, and look it up in a list of names that has another order.",
            follows="The model knows no names: output 0 means what label 0 meant in training, so each of your species "
            "carries the name of another one.",
            change="Look the names up in `datasets.PENGUIN_SPECIES`, counting from 0.",
            lesson=SCORES,
        ),
    ],
    check_observed=_check_species,
    hints=[
        "Two steps: scores to probabilities, then probabilities to names. Check the first with a sum along each row.",
        "`keras.ops.softmax` works along the last axis; `argmax` needs to be told its axis, and gives places, not names.",
        "`np.array(datasets.PENGUIN_SPECIES)[places]` looks up six names at once, if `places` holds the six places "
        "along axis 1.",
    ],
    solution_code="""
species_probabilities = keras.ops.softmax(six_scores).numpy()
places = species_probabilities.argmax(axis=1)
species_names = [datasets.PENGUIN_SPECIES[place] for place in places]
""",
    right="Each row adds up to 1, and each name is that of the largest probability. Look at the fifth penguin: its name "
    "is Gentoo, with a probability of 0.45 only; the table calls it a Chinstrap.",
)

# --- Predict from raw measurements ---


def _preparations() -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Ways to prepare raw rows, right or wrong, by name; each as its inverse.

    Raw rows made by such an inverse are the probes once they are prepared in that way, and only then.
    """
    table, mean, spread, _ = _table()
    return {
        "right": lambda rows: rows * spread + mean,
        "none": lambda rows: rows,
        "twice": lambda rows: (rows * spread + mean) * spread + mean,
        "spread for variance": lambda rows: rows * np.sqrt(spread) + mean,
        "without the mean": lambda rows: rows * spread,
        "mean not scaled": lambda rows: (rows + mean) * spread,
        "mean added": lambda rows: rows * spread - mean,
        "mean added unscaled": lambda rows: (rows - mean) * spread,
        "without the spread": lambda rows: rows + mean,
        "inverted": lambda rows: (rows - mean) / spread,
        "multiplied by the spread": lambda rows: (rows + mean) / spread,
        "one for all columns": lambda rows: rows * table.std() + table.mean(),
        "by 255": lambda rows: rows * 255,
    }


HEADS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "probabilities": _softmax,
    "scores": lambda scores: scores,
    "twice": lambda scores: _softmax(_softmax(scores)),
    "down the columns": lambda scores: _softmax(scores, axis=0),
    "sigmoid": _sigmoid,
    "labels": lambda scores: scores.argmax(axis=1),
}


def _layers_of(model: Any) -> list[Any]:
    """Every layer of a model, also those inside the models that it is made of."""
    import keras

    found = []
    for layer in model.layers:
        found += [layer, *(_layers_of(layer) if isinstance(layer, keras.Model) else [])]
    return found


def _is_new(dense: Any) -> bool:
    """Whether a `Dense` layer has other weights than those of the preparations' model."""
    return not any(_near(dense.get_weights()[0], wanted) for wanted in PENGUIN_WEIGHTS)


def _observe_reader(raw_reader: object) -> SimpleNamespace:
    """Call the model on raw rows, and find how it prepares them and what it makes of the scores."""
    import keras

    seen = SimpleNamespace(
        what="model", prepared="", head="", shape="", sums="", trained=True, normalizes=False, batch_norm=False,
        sequential=False, new=False, new_end=False,
    )  # fmt: skip
    if inspect.isroutine(raw_reader):
        seen.what = "function"
        return seen
    if isinstance(raw_reader, np.ndarray) or keras.ops.is_tensor(raw_reader):
        seen.what, seen.shape = "answers", tuple(raw_reader.shape)
        return seen
    model = expect.model(raw_reader, "raw_reader")
    for prepared, undo in _preparations().items():
        answers = expect.array(expect.output(model, undo(PROBES).astype("float32"), "raw_reader"), "raw_reader(rows)")
        if prepared == "right":
            seen.shape = answers.shape
            seen.sums = messages.one_line(str(np.atleast_1d(answers).sum(axis=-1).round(2)))
        for head, made in HEADS.items():
            if _near(answers, made(_scores(PROBES)), within=1e-3 if prepared == "right" else 5e-3):
                seen.prepared, seen.head = prepared, head
        if seen.prepared:
            break
    seen.trained = _is_trained(model)
    layers = _layers_of(model)
    seen.normalizes = any(isinstance(layer, keras.layers.Normalization) for layer in layers)
    seen.batch_norm = any(isinstance(layer, keras.layers.BatchNormalization) for layer in layers)
    dense = [layer for layer in layers if isinstance(layer, keras.layers.Dense)]
    seen.sequential = isinstance(model, keras.Sequential)
    seen.new = any(_is_new(layer) for layer in dense)
    seen.new_end = bool(dense) and _is_new(dense[-1])
    return seen


def _check_reader(it: SimpleNamespace) -> None:
    if (it.prepared, it.head) != ("right", "probabilities"):
        raise Unexpected(
            "`raw_reader` to give the probabilities of `penguin_scorer`, shape `(4, 3)` for four rows of raw measurements",
            f"an output of shape `{it.shape}`"
            + f" with other numbers; along the last axis they add up to `{it.sums}`" * (it.shape == (4, 3)),
            "The trained layers answer sensibly only for rows that are scaled as in training: minus the mean, divided "
            "by the spread.",
            "Compare its answer for `measurements[:1]` with softmax of `penguin_scorer(scaled[:1])`, layer by layer.",
        )


predict_from_raw = Exercise(
    name="step6.predict_from_raw",
    title="Predict from raw measurements",
    task="Make `raw_reader`, a model that takes rows of `measurements` as they are, in millimetres and grams, and gives "
    "the probabilities of the three species. It uses the trained layers of `penguin_scorer`; nothing is trained again.",
    answers=["raw_reader"],
    lesson=PREPROCESS,
    observe=_observe_reader,
    misconceptions=[
        Misconception(
            name="a function instead of a model",
            seen=lambda it: it.what == "function",
            did="Your `raw_reader` is a function, not a model.",
            follows="What it computes may be right, but Keras cannot save it: whoever loads `penguin_scorer` from a file has "
            "to write the other steps anew.",
            change="Put all the steps into one model, as layers.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="answers instead of a model",
            seen=lambda it: it.what == "answers",
            did="Your `raw_reader` holds numbers, an array of shape `{shape}`.",
            follows="Such numbers hold for the penguins that you have already; for the next one they say nothing.",
            change="Make a model that does all the steps itself, and do not call it yet.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="a Normalization layer that changes nothing",
            seen=lambda it: it.prepared == "none" and it.normalizes,
            did="Your model has a `Normalization` layer, but its answers are those for rows that are not scaled at all.",
            follows="The layer works with mean 0 and variance 1: it has seen no data yet, or data that were scaled "
            "already, and so lets 4,200 grams through as 4,200.",
            change="Let the layer know the mean and the variance of the raw measurements.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="batch normalization in its place",
            seen=lambda it: it.prepared == "none" and it.batch_norm,
            did="Your model has a `BatchNormalization` layer, but its answers are those for rows that are not scaled at all.",
            follows="That layer learns its mean and variance during `fit`, and here nothing is trained; it still works "
            "with mean 0 and variance 1, and lets 4,200 grams through as about 4,200.",
            change="Use a layer that takes the mean and the variance, or the scale and the offset, from you.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="no preprocessing",
            seen=lambda it: it.prepared == "none",
            did="Your model hands raw measurements to the trained layers as they are.",
            follows="They were trained on numbers near 0 and now receive 4,200 grams; the scores grow into the "
            "thousands, and every one of the 342 penguins is taken for an Adelie.",
            change="Put the scaling in front of the trained layers, as a layer.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="preprocessing twice",
            seen=lambda it: it.prepared == "twice",
            did="Your model scales the rows twice.",
            follows="The second time, the mean is subtracted from numbers that are near 0 already, so all penguins land "
            "far away, close together, and every one of them is taken for an Adelie.",
            change="Keep one of the two scalings.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="spread in place of the variance",
            seen=lambda it: it.prepared == "spread for variance",
            did="Your model divides by the square root of the spread.",
            follows="`Normalization` asks for the variance and takes its root itself; given the spread, it leaves body "
            "mass about 28 times as large as in training.",
            change="The variance is the square of the spread.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="mean left out",
            seen=lambda it: it.prepared == "without the mean",
            did="Your model divides by the spread and never subtracts the mean.",
            follows="A flipper of average length then arrives as 14 where the trained layers expect 0.",
            change="Move the numbers by the mean as well, in the right order.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="mean subtracted unscaled",
            seen=lambda it: it.prepared == "mean not scaled",
            did="Your model divides by the spread first, and subtracts the whole mean afterwards.",
            follows="`Rescaling` computes `x * scale + offset`: the offset is added after the scaling and has to be in "
            "scaled units; with yours, 4,200 grams become about 5 minus 4,200.",
            change="Divide the offset by the spread as well.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="mean added",
            seen=lambda it: it.prepared.startswith("mean added"),
            did="Your model divides by the spread, and adds the mean where it should be subtracted.",
            follows="Every column then lies far above 0 for every penguin; one of average size should be at 0.",
            change="Turn the sign around; the offset of a `Rescaling` layer is added, and it is in scaled units.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="spread left out",
            seen=lambda it: it.prepared == "without the spread",
            did="Your model subtracts the mean and never divides by the spread.",
            follows="Average penguins arrive at 0, as they should; one that is 800 grams heavier arrives at 800 where the "
            "trained layers expect about 1.",
            change="Divide each column by its spread as well.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="multiplied by the spread",
            seen=lambda it: it.prepared == "multiplied by the spread",
            did="Your model multiplies by the spread, and subtracts the mean.",
            follows="`Rescaling` multiplies by its scale, so 4,200 grams become more than three million.",
            change="Choose the scale and the offset so that `x * scale + offset` is minus the mean, divided by the spread.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="scaling inverted",
            seen=lambda it: it.prepared == "inverted",
            did="Your model multiplies by the spread and adds the mean.",
            follows="That is the way back, from scaled numbers to grams; 4,200 grams become more than three million.",
            change="Turn the scaling around.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="one mean for all columns",
            seen=lambda it: it.prepared == "one for all columns",
            did="Your model subtracts one mean from all four columns, and divides them by one spread.",
            follows="That mean mixes millimetres and grams, about 1,116, so a bill of any length arrives as nearly the same "
            "number.",
            change="Scale each column by its own mean and spread.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="the pixels' scaling",
            seen=lambda it: it.prepared == "by 255",
            did="Your model divides the measurements by 255.",
            follows="That fits pixels, which go from 0 to 255; these trained layers expect each column minus its mean, "
            "divided by its spread.",
            change="Use the preprocessing that this model was trained with.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="layers without their weights",
            seen=lambda it: not it.prepared and not it.trained and it.new,
            did="Your model does not hold all the weights of `penguin_scorer`.",
            follows="New layers, or a copy made by `clone_model` or from a configuration, begin with random weights, "
            "and the answers are guesses, whatever stands in front of them.",
            change="Use the trained layers themselves, or the whole `penguin_scorer`, inside the new model.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="a trained layer is missing",
            seen=lambda it: not it.prepared and not it.trained and it.sequential and not it.new,
            did="Your model leaves out a layer of `penguin_scorer`, or all of them.",
            follows="Scaling and softmax alone know nothing of species; what was learned lies in the weights of the layers "
            "between them.",
            change="Put all trained layers between the two.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="one more layer with weights",
            seen=lambda it: not it.prepared and it.trained and it.sequential and it.new_end,
            did="Your model holds the trained layers, and one more `Dense` layer behind them, whose weights are others.",
            follows="A new layer begins with random weights: it mixes the three scores at random, and any softmax after that "
            "makes probabilities of the mixture.",
            change="End with a layer that only turns scores into probabilities and has no weights of its own.",
            lesson=PREPROCESS,
        ),
        Misconception(
            name="scores come out",
            seen=lambda it: it.head == "scores",
            did="Your model takes raw measurements rightly, and gives raw scores.",
            follows="They are negative or above 1, and whoever reads them as probabilities is misled.",
            change="Add the step that turns scores into probabilities, behind the trained layers.",
            lesson=SCORES,
        ),
        Misconception(
            name="softmax twice inside",
            seen=lambda it: it.head == "twice",
            did="Your model takes raw measurements rightly, and applies softmax twice at its end.",
            follows="No probability of three can then rise above 0.58, however sure the model is.",
            change="Keep one softmax.",
            lesson=SCORES,
        ),
        Misconception(
            name="softmax along the batch",
            seen=lambda it: it.head == "down the columns",
            did="Your softmax runs along axis 0, the batch.",
            follows="The answer for one penguin then depends on which others are in its batch, and for a batch of one it "
            "is `[1 1 1]`.",
            change="Let softmax run along the last axis, over the species.",
            lesson=SCORES,
        ),
        Misconception(
            name="sigmoid at the end",
            seen=lambda it: it.head == "sigmoid",
            did="Your model ends with sigmoid, one score at a time.",
            follows="Its three numbers do not add up to 1: sigmoid suits three separate yes-or-no questions, and a "
            "penguin has exactly one species.",
            change="End with the function that divides one whole among the classes.",
            lesson=SCORES,
        ),
        Misconception(
            name="labels come out",
            seen=lambda it: it.head == "labels",
            did="Your model ends with `argmax`, and gives one label a row.",
            follows="The label hides how sure the model is, and it can be found from the probabilities at any time; the way "
            "back is closed.",
            change="Let the model end with probabilities.",
            lesson=SCORES,
        ),
    ],
    check_observed=_check_reader,
    hints=[
        "Three parts, one after the other: a layer that scales, the trained part, a layer that makes probabilities.",
        "`keras.layers.Normalization` scales by a mean and a variance, which you can hand over or let it find by "
        "`adapt`; section 6.4 shows the other two parts.",
        "`keras.layers.Normalization(mean=mean, variance=spread**2)` comes first, then `penguin_scorer`, then "
        "`keras.layers.Softmax()`.",
    ],
    solution_code="""
raw_reader = keras.Sequential([
    keras.Input(shape=(4,)),
    keras.layers.Normalization(mean=mean, variance=spread**2),
    *penguin_scorer.layers,
    keras.layers.Softmax(),
])
""",
    right="Millimetres and grams go in, probabilities come out. Whoever uses this model can no longer forget the scaling, "
    "or do it twice.",
)

# --- Save the whole model ---

LARGEST = 50_000_000  # bytes; the model of the preparations takes about 20,000


def _kind_of_file(place: Path) -> str:
    """What a file or folder holds, from its first bytes; nothing of it is run."""
    if not place.exists():
        return "missing"
    if place.is_dir():
        kinds = {"saved_model.pb": "exported", "config.json": "unzipped"}
        return next((kind for name, kind in kinds.items() if (place / name).exists()), "folder")
    if not place.is_file():
        return "other"  # such as a device, which may never end
    if place.stat().st_size > LARGEST:
        return "too large"
    data = place.read_bytes()
    if data.startswith(b"\x89HDF"):
        return "legacy" if b"model_config" in data else "weights"
    if data.startswith(b"PK"):
        with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(place) as archive:
            inside = set(archive.namelist())
            arrays = any(name.endswith(".npy") for name in inside)
            return "keras" if {"config.json", "model.weights.h5"} <= inside else "arrays" if arrays else "other"
    if data.startswith(b"\x93NUMPY"):
        return "arrays"
    if data.startswith(b"\x80"):
        return "pickle"
    with contextlib.suppress(ValueError):
        return "json" if isinstance(json.loads(data), (dict, str)) and b"layers" in data else "other"
    return "other"


def _kind_of_model(model: Any, name: str) -> str:
    """What a model that came from a file is, compared with the one of the preparations."""
    try:
        answers = expect.output(model, PROBES.astype("float32"), name)
    except Exception:
        return "another model"  # for other inputs, such as pictures
    if _near(expect.array(answers, f"{name}(rows)"), _scores(PROBES)):
        return "the same"
    if _is_trained(model):
        return "another architecture"
    shapes = [array.shape for array in model.get_weights()]
    return "untrained" if shapes == [array.shape for array in PENGUIN_WEIGHTS] else "another model"


def _kind_of_saved(saved_at: object) -> str:
    """What was handed in as the file's path, and what lies there."""
    import keras

    if saved_at is None:
        return "nothing"
    if isinstance(saved_at, keras.Model):
        return "a model"
    if not isinstance(saved_at, (str, os.PathLike)):
        raise Unexpected(
            "`saved_at` to be the path of a file",
            messages.of(saved_at),
            "The check opens the file and looks at what it holds.",
            "Keep the path in a variable, save to it, and hand in the path.",
        )
    try:
        kind = _kind_of_file(Path(saved_at))
    except (OSError, ValueError):
        return "missing"
    if kind != "keras":
        return kind
    try:
        with expect.using("the file was loaded by `keras.saving.load_model`"):
            loaded = keras.saving.load_model(Path(saved_at), compile=False, safe_mode=True)
    except expect.Stopped as stopped:
        if not (isinstance(stopped.__cause__, ValueError) and "Lambda" in str(stopped.__cause__)):
            raise
        return "code"
    return _kind_of_model(loaded, "the loaded model")


def _kind_of_loaded(from_file: object) -> str:
    """What was handed in as the model loaded from the file."""
    import keras

    if from_file is ... or from_file is None:
        return "todo" if from_file is ... else "nothing"
    if isinstance(from_file, (str, os.PathLike)):
        return "a path"
    return _kind_of_model(from_file, "from_file") if isinstance(from_file, keras.Model) else "no model"


def _observe_saved(saved_at: object, from_file: object) -> SimpleNamespace:
    return SimpleNamespace(
        file=_kind_of_saved(saved_at),
        place=messages.one_line(saved_at) if isinstance(saved_at, (str, os.PathLike)) else "",
        relative=isinstance(saved_at, (str, os.PathLike)) and not Path(saved_at).is_absolute(),
        loaded=_kind_of_loaded(from_file),
        received=messages.of(from_file),
    )


def _check_saved(it: SimpleNamespace) -> None:
    if it.file != "the same":
        what = {
            "another model": "a file with another model, which answers otherwise",
            "too large": "a file far too large for this model",
            "unzipped": "a folder with the parts of such a file",
        }.get(it.file, "a file of another kind")
        raise Unexpected(
            "`saved_at` to lead to one `.keras` file with `penguin_scorer` in it",
            what,
            "The file should answer as `penguin_scorer` does, in another process and in a year.",
            "Save `penguin_scorer` itself, under a name that ends in `.keras`.",
        )
    if it.loaded != "the same":
        todo = it.loaded == "todo"
        raise Unexpected(
            "`from_file` to be the Keras model that was loaded from your file",
            "`...`" if todo else it.received,
            "The file is right." if todo else "The file is right; this is not the model that lies in it.",
            "Load the file with `keras.saving.load_model`, and keep what it returns.",
        )


save_the_whole_model = Exercise(
    name="step6.save_the_whole_model",
    title="Save the whole model",
    task="Save `penguin_scorer` into `penguin_folder` as one `.keras` file that holds architecture and weights. Hand in "
    "`saved_at`, the path of the file, and `from_file`, the model that you loaded from it.",
    answers=["saved_at", "from_file"],
    lesson=SAVE,
    observe=_observe_saved,
    attempted=_some_filled_in,
    misconceptions=[
        Misconception(
            name="what save returns",
            seen=lambda it: it.file == "nothing",
            did="Your `saved_at` is `None`.",
            follows="`save` writes the file and returns nothing, so the variable does not know where the file lies.",
            change="Give the path a name first, and use that name twice.",
            lesson=SAVE,
        ),
        Misconception(
            name="the model instead of its path",
            seen=lambda it: it.file == "a model",
            did="You handed in the model, which is in memory.",
            follows="What outlives this notebook is the file: when the kernel stops, the model in memory is gone.",
            change="Hand in the path that you saved it to.",
            lesson=SAVE,
        ),
        Misconception(
            name="no file there",
            seen=lambda it: it.file == "missing",
            did="Your `saved_at` is `{place}`, and there is no such file.",
            follows="Naming a path writes nothing; or the file was written under another name, or into another folder, "
            "which happens when the folder is left out on one of the two sides.",
            change="Save to exactly this path, and print `Path(saved_at).exists()`.",
            lesson=SAVE,
        ),
        Misconception(
            name="a SavedModel folder",
            seen=lambda it: it.file == "exported",
            did="Your `saved_at` is a folder with a SavedModel, which `export` writes.",
            follows="It holds the computation, ready to use, but no Keras model comes back from it: no layers to look at, "
            "and no `fit` to go on with.",
            change="Save the model in the form that Keras loads as a model again.",
            lesson=EXPORT,
        ),
        Misconception(
            name="the folder instead of the file",
            seen=lambda it: it.file == "folder",
            did="Your `saved_at` is a folder.",
            follows="A folder may hold many files, and `load_model` cannot know which of them you mean.",
            change="Hand in the path of the one file in it, with its name.",
            lesson=SAVE,
        ),
        Misconception(
            name="only the weights",
            seen=lambda it: it.file == "weights",
            did="Your file holds the weights alone.",
            follows="It has the numbers, and nothing says which layers they belong to or which activations stand between; "
            "`load_model` cannot make a model from it, whatever its name ends in.",
            change="Save the whole model, not what `save_weights` writes.",
            lesson=WEIGHTS_ONLY,
        ),
        Misconception(
            name="only the architecture",
            seen=lambda it: it.file == "json",
            did="Your file holds the architecture as JSON.",
            follows="It says which layers there are and knows none of their weights; a model made from it begins with "
            "random ones, as if it had never been trained.",
            change="Save architecture and weights together, in one file.",
            lesson=JSON_ONLY,
        ),
        Misconception(
            name="arrays without a model",
            seen=lambda it: it.file == "arrays",
            did="Your file holds NumPy arrays.",
            follows="They may be the right weights, but no layer and no activation is in the file, and `load_model` "
            "refuses it.",
            change="Let the model write the file itself.",
            lesson=SAVE,
        ),
        Misconception(
            name="a pickle",
            seen=lambda it: it.file == "pickle",
            did="Your file is a pickle.",
            follows="Opening a pickle can run any code that its sender put in, so it was not opened here; nobody should "
            "have to trust you that far to use a model.",
            change="Use the model's own way to save itself.",
            lesson=SAVE,
        ),
        Misconception(
            name="the old format",
            seen=lambda it: it.file == "legacy",
            did="Your file is a whole model in the old HDF5 format, which a name ending in `.h5` asks for.",
            follows="Keras still writes it, and warns that this form is legacy; the task asks for the form that Keras recommends in its place.",
            change="Let the name end in `.keras`.",
            lesson=SAVE,
        ),
        Misconception(
            name="code in the file",
            seen=lambda it: it.file == "code",
            did="Your file holds a `Lambda` layer, and so Python code.",
            follows="`load_model` refuses to load it unless the reader switches the safe mode off, because such code can "
            "do anything.",
            change="Save the model without it; `penguin_scorer` needs no such layer.",
            lesson=SAVE,
        ),
        Misconception(
            name="saved without its training",
            seen=lambda it: it.file == "untrained",
            did="Your file is a whole model with the right layers, but its weights are not those of `penguin_scorer`.",
            follows="It may be a copy made by `clone_model` or from JSON, or a model saved before it got its weights; or "
            "`penguin_scorer` was trained on since the preparations.",
            change="Run the preparations again, and save `penguin_scorer` itself.",
            lesson=JSON_ONLY,
        ),
        Misconception(
            name="another architecture in the file",
            seen=lambda it: it.file == "another architecture",
            did="Your file holds the right weights in a model that gives other answers than `penguin_scorer`.",
            follows="Some other layer or activation stands between them, or one was added at the end, such as softmax; who "
            "expects the three scores will be misled.",
            change="Save `penguin_scorer` itself, without a change.",
            lesson=SAVE,
        ),
        Misconception(
            name="a path without its folder",
            seen=lambda it: it.file == "the same" and it.relative,  # `penguin_folder` is absolute
            did="Your file is right, and its path, `{place}`, does not begin with `penguin_folder`.",
            follows="Such a path starts in the folder in which this Python happens to work: the file is left there, and a "
            "notebook in another folder does not find it.",
            change="Put `penguin_folder` in front of the name, save and load again, and delete the first file.",
            lesson=SAVE,
        ),
        Misconception(
            name="what save and load_weights return",
            seen=lambda it: it.loaded == "nothing",
            did="Your `from_file` is `None`.",
            follows="`save` writes a file, `load_weights` fills the model that it is called on, and both return nothing.",
            change="Use the function that makes a model from the file, and keep what it returns.",
            lesson=SAVE,
        ),
        Misconception(
            name="a path is no model",
            seen=lambda it: it.loaded == "a path",
            did="Your `from_file` is a path, not a model.",
            follows="A path only says where the file lies; nobody has read it yet, and a path predicts nothing.",
            change="Load the file, and keep the model that comes back.",
            lesson=SAVE,
        ),
        Misconception(
            name="weights in another architecture",
            seen=lambda it: it.loaded == "another architecture",
            did="Your `from_file` has the right weights and gives other answers.",
            follows="The shapes of the weights fit, so nothing complains; but an activation differs, or a layer was added, "
            "and the same numbers now mean something else.",
            change="Take the architecture from the file as well, not only the weights.",
            lesson=WEIGHTS_ONLY,
        ),
        Misconception(
            name="architecture without the weights",
            seen=lambda it: it.loaded == "untrained",
            did="Your `from_file` has the layers of `penguin_scorer`, and not its weights.",
            follows="A model made from JSON, from a configuration or by `clone_model` begins with random weights, and its "
            "answers are guesses; one that was changed after loading is no longer what the file holds.",
            change="Load the whole model from your file, and leave it as it comes.",
            lesson=JSON_ONLY,
        ),
    ],
    check_observed=_check_saved,
    hints=[
        "Make a path inside `penguin_folder` first: `penguin_folder / \"…\"`. The end of the name chooses the form.",
        "`penguin_scorer.save(...)` writes, `keras.saving.load_model(...)` reads; only the second returns something.",
        "Three lines: `saved_at = penguin_folder / \"penguin_scorer.keras\"`, then save to it, then load from it.",
    ],
    solution_code="""
saved_at = penguin_folder / "penguin_scorer.keras"
penguin_scorer.save(saved_at)
from_file = keras.saving.load_model(saved_at)
""",
    right="One file holds architecture and weights, loads in safe mode, and gives the same answers as the model in memory.",
)

# --- Register the layer ---

SETTINGS = (2.5, -4.0)  # numbers that nobody chooses as a default
PARENTS_SETTINGS = {"name", "trainable", "dtype"}  # what `get_config` of a layer writes by itself


def _observe_times(Times: object) -> SimpleNamespace:
    """Make two layers, call them, and take one of them through Keras' own way of saving and loading."""
    import keras

    seen = SimpleNamespace(
        what="class", makes="", answers="", lost="", method="", name="", registered=True, comes_back="", missing="", refuses=""
    )
    if inspect.isfunction(Times) and Times.__module__.startswith("keras."):
        seen.what = "decorator"
    elif isinstance(Times, keras.layers.Layer):
        seen.what = "instance"
    elif isinstance(Times, type) and not issubclass(Times, keras.layers.Layer):
        seen.what = "no layer"
    elif not isinstance(Times, type) or Times.__module__.startswith("keras."):
        raise Unexpected(
            "`Times` to be a layer class of your own",
            messages.of(Times),
            "The check makes layers from it, with settings of its own.",
            "Begin with `class Times(keras.layers.Layer):`.",
        )
    if seen.what != "class":
        return seen
    try:
        with expect.using(f"`Times({SETTINGS[0]})` was made"):
            layers = [Times(setting) for setting in SETTINGS]
    except expect.Stopped as stopped:
        if _takes_one_setting(Times):
            raise
        seen.makes = "no setting"
        return seen
    _observe_call(seen, layers)
    name = keras.saving.get_registered_name(Times)
    seen.registered = keras.saving.get_registered_object(name) is Times
    if seen.answers == "right" and seen.registered:
        _observe_round_trip(seen, Times, layers[0])
    return seen


def _takes_one_setting(layer: type) -> bool:
    """Whether `__init__` can be called with one argument besides `self`."""
    try:
        inspect.signature(layer.__init__).bind(None, SETTINGS[0])
    except TypeError:
        return False
    return True


def _settings_of(layer: Any) -> list[str]:
    """The names of the arguments of `__init__`, without `self`."""
    return list(inspect.signature(type(layer).__init__).parameters)[1:]


def _observe_lost(seen: SimpleNamespace, layer: Any, method: str, error: BaseException | None) -> bool:
    """Whether a method did not find the setting where it looked for it, and where that was."""
    not_kept = re.search(rf"'{type(layer).__name__}' object has no attribute '(\w+)'", str(error))
    unknown = re.search(r"name '(\w+)' is not defined", str(error))
    if not_kept:
        seen.lost, seen.name = "not kept", not_kept[1]
    elif unknown and unknown[1] in _settings_of(layer):
        seen.lost, seen.name = "without self", unknown[1]
    seen.method = method
    return bool(seen.lost)


def _observe_arguments(seen: SimpleNamespace, layer: Any, error: BaseException | None) -> bool:
    """Whether `call` ended in an error because it takes too few or too many arguments."""
    arguments = list(inspect.signature(type(layer).call).parameters.values())
    further = [it.name for it in arguments[2:] if it.default is it.empty and it.kind == it.POSITIONAL_OR_KEYWORD]
    if isinstance(error, TypeError) and "argument" in str(error):
        if len(arguments) == 1:
            seen.answers, seen.name = "one argument", arguments[0].name
        elif further:
            seen.answers, seen.name = "an argument too many", further[0]
    return bool(seen.answers)


def _works_in_a_graph(layer: Any) -> bool:
    """Whether the layer computes with tensors that have no numbers yet, as `predict` and `fit` ask of it."""
    import tensorflow as tf

    try:
        tf.function(layer).get_concrete_function(tf.TensorSpec((None, 4), tf.float32))
    except Exception:
        return False
    return True


def _observe_call(seen: SimpleNamespace, layers: list[Any]) -> None:
    """What the two layers make of one table."""
    table = PROBES.astype("float32")
    try:
        with expect.using(f"`Times({SETTINGS[0]})` was called on an array of shape {table.shape}"):
            results = [layer(table) for layer in layers]
    except expect.Stopped as stopped:
        error = stopped.__cause__
        if isinstance(error, NotImplementedError):
            seen.answers = "no call"
        elif isinstance(error, RuntimeError) and "super().__init__()" in str(error):
            seen.answers = "no super"
        elif not (_observe_lost(seen, layers[0], "call", error) or _observe_arguments(seen, layers[0], error)):
            raise
        return
    if any(result is None for result in results):
        seen.answers = "nothing"
        return
    found = [expect.array(result, "Times(…)(table)") for result in results]
    if all(_near(answer, table * setting) for answer, setting in zip(found, SETTINGS, strict=True)):
        seen.answers = "right" if _works_in_a_graph(layers[0]) else "not in a graph"
    elif _near(found[0], found[1]):
        seen.answers = "unchanged" if _near(found[0], table) else "fixed"


def _observe_round_trip(seen: SimpleNamespace, Times: Any, layer: Any) -> None:
    """Whether the layer comes back from its own description, as when a model with it is saved and loaded."""
    import keras

    try:
        with expect.using("`get_config()` of the layer was called"):
            written = layer.get_config()
    except expect.Stopped as stopped:
        if not _observe_lost(seen, layer, "get_config", stopped.__cause__):
            raise
        return
    if not isinstance(written, dict):
        seen.comes_back = "no config"
        return
    with expect.using("the layer was turned into a description, as `save` does"):
        described = keras.saving.serialize_keras_object(layer)
    try:
        with expect.using("the layer was made again from its description, as `load_model` does"):
            again = keras.saving.deserialize_keras_object(described)
    except expect.Stopped as stopped:
        if not isinstance(stopped.__cause__, TypeError):
            raise
        settings = inspect.signature(Times.__init__).parameters.values()
        named = [it for it in list(settings)[1:] if it.kind not in (it.VAR_POSITIONAL, it.VAR_KEYWORD)]
        missing = [it.name for it in named if it.default is it.empty and it.name not in written]
        refused = [key for key in written if key not in {it.name for it in named}]
        unknown = [key for key in refused if key not in PARENTS_SETTINGS]
        if missing:
            seen.comes_back, seen.missing = "setting missing", ", ".join(missing)
        elif unknown:
            seen.comes_back, seen.refuses = "another name", ", ".join(f"`{key}`" for key in unknown)
        elif refused and not any(it.kind == it.VAR_KEYWORD for it in settings):
            seen.comes_back, seen.refuses = "name refused", ", ".join(f"`{key}`" for key in refused)
        else:
            raise
        return
    table = PROBES.astype("float32")
    with expect.using("the layer that came back was called"):
        same = isinstance(again, Times) and _near(np.asarray(again(table)), table * SETTINGS[0])
        if not same and isinstance(again, Times) and layer.get_weights():  # a weight comes back from the file
            again.set_weights(layer.get_weights())
            same = _near(np.asarray(again(table)), table * SETTINGS[0])
    seen.comes_back = "right" if same else "another setting"


def _check_times(it: SimpleNamespace) -> None:
    if it.answers != "right":
        raise Unexpected(
            "`Times(2.5)` to multiply every number that it is given by 2.5",
            "other numbers",
            "The layer is to do to any input what the task says, for any setting.",
            "Call `Times(2.5)` on a small array and compare by hand.",
        )
    if it.comes_back != "right":
        raise Unexpected(
            "the layer to come back from its own description as it was",
            "another one",
            "A saved model with this layer in it would change its answers when it is loaded.",
            "Make the layer again with `Times.from_config(Times(2.5).get_config())`, and compare.",
        )


register_the_layer = Exercise(
    name="step6.register_the_layer",
    title="Register the layer",
    task="Write a layer class `Times` with one setting: `Times(10)` multiplies every number that it is given by 10, "
    "`Times(0.5)` halves it. Register it, so that a model with `Times(10)` in it can be saved and loaded without "
    "`custom_objects`, and the 10 comes back.",
    answers=["Times"],
    lesson=OWN_LAYER,
    observe=_observe_times,
    misconceptions=[
        Misconception(
            name="decorator without parentheses",
            seen=lambda it: it.what == "decorator",
            did="Your decorator has no parentheses, and so `Times` is no class but a function of Keras.",
            follows="`register_keras_serializable` is called first, with a package or nothing, and what it returns "
            "decorates the class; without the call, your class was taken for the name of a package, and is lost.",
            change="Call the decorator.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="a layer instead of its class",
            seen=lambda it: it.what == "instance",
            did="Your `Times` is one layer, with one setting, where the class was asked for.",
            follows="`load_model` has to make the layer again, with the setting from the file; what it needs for that "
            "is the class.",
            change="Hand in the class itself, without calling it.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="not a Keras layer",
            seen=lambda it: it.what == "no layer",
            did="Your `Times` is a class that does not descend from `keras.layers.Layer`.",
            follows="A model refuses to take it among its layers, and Keras would not know how to save it.",
            change="Name its parent class in the first line.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="no setting",
            seen=lambda it: it.makes == "no setting",
            did="Your `Times` cannot be called with one setting: `Times(2.5)` ends in a `TypeError`.",
            follows="The factor has to come in through `__init__`, or each factor would need a class of its own.",
            change="Let `__init__` take the factor right after `self`, and keep it.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="parent not initialized",
            seen=lambda it: it.answers == "no super",
            did="Your `__init__` never calls that of its parent.",
            follows="Keras keeps a layer's name, type and weights in what the parent sets up, and refuses to go on without "
            "it.",
            change="Call `super().__init__` first, and hand it the arguments that are not yours.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="no call method",
            seen=lambda it: it.answers == "no call",
            did="Your class has no method `call`.",
            follows="Keras looks for exactly this name when data come in, whatever else the method might be called.",
            change="Write the computation as `call`.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="self forgotten",
            seen=lambda it: it.answers == "one argument",
            did="Your `call` takes one argument only, `{name}`.",
            follows="Python hands a method two things here: the layer itself, which comes first and is called `self`, and "
            "the numbers; for the second one there is no place.",
            change="Give `call` two arguments, in this order.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="the setting as an argument of call",
            seen=lambda it: it.answers == "an argument too many",
            did="Your `call` cannot do without a further argument, `{name}`.",
            follows="A model hands `call` the data and nothing else; the setting came in when the layer was made.",
            change="Let `__init__` keep the setting in the layer, and let `call` take it from there.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="the setting is not kept",
            seen=lambda it: it.lost == "not kept",
            did="Your `{method}` asks the layer for `{name}`, and the layer has nothing of that name.",
            follows="An argument of `__init__` is gone when `__init__` ends; only what it keeps in `self.…` lasts.",
            change="Keep the setting in `__init__`, and spell its name in the same way in all places.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="the setting without self",
            seen=lambda it: it.lost == "without self",
            did="Your `{method}` uses the bare name `{name}`, which only `__init__` knows.",
            follows="An argument belongs to one method; the others find what it was only through `self`.",
            change="Let `__init__` keep the setting in the layer, and let `{method}` take it from there.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="only with numbers at hand",
            seen=lambda it: it.answers == "not in a graph",
            did="Your layer computes the right thing when it is called, and fails where `predict` or `fit` use it.",
            follows="These two record the steps of `call` first, before there are any numbers: a NumPy function, `.numpy()`, "
            "or a Python loop over the rows has nothing to work on then.",
            change="Compute with the whole input at once, by Python's operators or by functions of `keras.ops`.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="call returns nothing",
            seen=lambda it: it.answers == "nothing",
            did="Your layer computes, but what comes out of it is `None`.",
            follows="The next layer would receive nothing, and the model could not be built.",
            change="Return the product from `call`.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="the setting is not used",
            seen=lambda it: it.answers == "fixed",
            did="Your `Times(2.5)` and `Times(-4.0)` give the same numbers.",
            follows="So nothing in `call` depends on the setting: it is taken in, and changes nothing.",
            change="Multiply by the setting that `__init__` has kept.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="nothing is multiplied",
            seen=lambda it: it.answers == "unchanged",
            did="Your layer gives back what it is given, whatever its setting.",
            follows="The model around it would run and the units would stay wrong, without any message.",
            change="Let `call` return the input times the setting.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="not registered",
            seen=lambda it: it.answers == "right" and not it.registered,
            did="Your class computes the right thing, and is not registered under any name.",
            follows="A file holds the name of a layer, not its code: `save` would work, and `load_model` would refuse the "
            "file unless everybody who loads it hands over `custom_objects`.",
            change="Register the class where it is defined.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="get_config returns nothing",
            seen=lambda it: it.comes_back == "no config",
            did="Your `get_config` does not return a dictionary.",
            follows="`save` asks it for the settings of the layer, and fails without them.",
            change="Return the dictionary that it makes.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="a required setting is not written down",
            seen=lambda it: it.comes_back == "setting missing",
            did="Your `get_config` does not write down `{missing}`, which your `__init__` cannot do without.",
            follows="The layer is saved, and nobody can make it again: loading ends in an error about a missing argument.",
            change="Put each setting into the dictionary, under the name that `__init__` gives it.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="a setting under another name",
            seen=lambda it: it.comes_back == "another name",
            did="Your `get_config` writes down {refuses}, and `__init__` has no argument of that name.",
            follows="When the layer is loaded, Keras hands `__init__` what `get_config` wrote, by the same names, and the "
            "loading ends in an error.",
            change="Use one name in both places.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="the parent's settings are refused",
            seen=lambda it: it.comes_back == "name refused",
            did="Your `__init__` takes the factor and nothing else.",
            follows="A layer is saved with settings of its parent, too, here {refuses}; when Keras makes it again, it hands "
            "over all of them, and your `__init__` refuses.",
            change="Let `__init__` take further named arguments, and pass them to the parent.",
            lesson=OWN_LAYER,
        ),
        Misconception(
            name="the setting is lost",
            seen=lambda it: it.comes_back == "another setting",
            did="Your `Times(2.5)` comes back from its own description with another factor.",
            follows="A setting that `get_config` leaves out falls back to its default when the model is loaded: no error, "
            "and other answers.",
            change="Write the factor into the dictionary of `get_config`.",
            lesson=OWN_LAYER,
        ),
    ],
    check_observed=_check_times,
    hints=[
        "It is the second layer class of section 6.9 once more, with a product in place of the difference.",
        "Four parts: the decorator that registers, `__init__` that keeps the factor, `call`, and `get_config`.",
        "Above the class stands `@keras.saving.register_keras_serializable(package=\"penguins\")`; `__init__(self, factor, "
        "**kwargs)` passes `**kwargs` to `super().__init__`, and `get_config` adds `\"factor\"` to what its parent returns.",
    ],
    solution_code="""
@keras.saving.register_keras_serializable(package="penguins")
class Times(keras.layers.Layer):
    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, numbers):
        return numbers * self.factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}
""",
    right="The class computes, is found by its name, and comes back with its setting: `Times(2.5)` stays `Times(2.5)`.",
)
