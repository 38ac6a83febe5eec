"""Exercises of step 2, build the model: from one layer by hand to models with two inputs and two outputs."""

import dis
import inspect
import random
import re
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from companion import expect, messages
from companion.expect import Unexpected
from companion.feedback import Exercise, Misconception

# What the notebook says too: 342 birds with four measurements; two of the bill, three islands, three species.
BIRDS, MEASUREMENTS, BILL, ISLANDS, SPECIES = 342, 4, 2, 3, 3
PROBES = 8  # rows that a model is tried with

# --- What was handed in ---

MODEL, CLASS, LIST, TENSOR, LAYER, NOTHING = "a model", "a class", "a list", "a tensor", "a layer", "nothing"


def _kind(value: object, name: str) -> str:
    """Say which of the things that Keras code makes `value` is; refuse everything else."""
    import keras

    if isinstance(value, keras.Model):
        return MODEL
    if value is None:
        return NOTHING
    if isinstance(value, type) and issubclass(value, keras.layers.Layer):
        return CLASS
    if isinstance(value, (list, tuple)) and value and all(isinstance(each, keras.layers.Layer) for each in value):
        return LIST
    if isinstance(value, keras.KerasTensor):
        return TENSOR
    if isinstance(value, (list, tuple, dict)) and value:
        each = value.values() if isinstance(value, dict) else value
        if all(isinstance(one, keras.KerasTensor) for one in each):
            return TENSOR
    if isinstance(value, keras.layers.Layer):
        return LAYER
    return expect.model(value, name)


def _slips(name: str) -> list[Misconception]:
    """What may be handed in in place of a model with weights; `name` is the learner's variable."""
    return [
        Misconception(
            name="a class instead of a model",
            seen=lambda it: it.kind == CLASS,
            did=f"You hand in a class, and `{name}` should be a model that was made from it.",
            follows="A class is the plan of a model: it has no weights and cannot be called on birds.",
            change="Call the class, with round brackets and what it needs between them.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="a list of layers",
            seen=lambda it: it.kind == LIST,
            did=f"Your `{name}` is a plain Python list or tuple of layers.",
            follows="A list does not know that the tensor of one layer goes into the next, and it cannot be called "
            "or trained.",
            change="Hand the list to something that makes a model of it.",
            lesson="2.6 Sequential: one tensor in, one tensor out",
        ),
        Misconception(
            name="a tensor instead of a model",
            seen=lambda it: it.kind == TENSOR,
            did=f"Your `{name}` is what comes out of the last layer: a placeholder, and not yet a model.",
            follows="A placeholder remembers which layers it came through, but it cannot be called on birds, "
            "compiled or trained.",
            change="Tell `keras.Model` where the way begins and where it ends.",
            lesson="2.7 Functional: any graph of layers",
        ),
        Misconception(
            name="a layer instead of a model",
            seen=lambda it: it.kind == LAYER,
            did=f"Your `{name}` is a single layer.",
            follows="A layer computes, but it has no `compile` and no `fit`, and no layer before or after it.",
            change="Put the layers that the task names into one model.",
            lesson="2.6 Sequential: one tensor in, one tensor out",
        ),
        Misconception(
            name="nothing was kept",
            seen=lambda it: it.kind == NOTHING,
            did=f"Your `{name}` is `None`.",
            follows="Methods such as `add`, `build`, `compile` and `summary` do their work on the model and return "
            "nothing, "
            "so a name that is set to their result loses the model.",
            change="Give the name to the model itself, and call the method on a line of its own.",
            lesson="2.6 Sequential: one tensor in, one tensor out",
        ),
        Misconception(
            name="no layers",
            seen=lambda it: it.empty,
            did=f"Your `{name}` is a `Sequential` without a layer: at most an `Input` stands in it.",
            follows="An `Input` says what comes in and computes nothing, so there is no answer and no weight.",
            change="Add the layers that the task names.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="never built",
            seen=lambda it: not it.built,
            did=f"Your `{name}` has no `Input`, and no data has gone through it yet.",
            follows="So no layer knows how many numbers come in: there is not one weight to count, to draw or to save.",
            change="State the shape of one example at the beginning of the model; only a model of a class of your "
            "own is called on data instead.",
            lesson="2.6 Sequential: one tensor in, one tensor out",
        ),
    ]


# --- What a model is like, through its public names ---


def _is_sequential(model: Any) -> bool:
    import keras

    return isinstance(model, keras.Sequential)


def _shapes(tensors: Sequence[Any]) -> list[tuple[int | None, ...]]:
    return [tuple(tensor.shape) for tensor in tensors]


def _parts(layer: Any) -> Iterator[Any]:
    """Yield the layers inside a model, in their order; models inside it are opened."""
    inside = getattr(layer, "layers", None)
    if not isinstance(inside, (list, tuple)):
        yield layer
        return
    for each in inside:
        yield from _parts(each)


def _kernels(model: Any) -> int:
    """How many tables of weights a model has: one for each layer of neurons."""
    return sum(len(weight.shape) >= 2 for weight in model.weights)


def _activation(layer: Any) -> str:
    """The name of a layer's activation, or of the activation that the layer is; "" if it has none."""
    import keras

    if isinstance(layer, keras.layers.ReLU):
        return "leaky_relu" if layer.negative_slope else "relu"
    if isinstance(layer, (keras.layers.LeakyReLU, keras.layers.PReLU, keras.layers.ELU)):
        return "elu" if isinstance(layer, keras.layers.ELU) else "leaky_relu"
    activation = getattr(layer, "activation", None)
    if isinstance(activation, keras.layers.Layer):
        return _activation(activation)
    return str(getattr(activation, "__name__", ""))


def _last_layer(model: Any, width: int, head: str | int = 0) -> Any:
    """The layer that gives one of a model's outputs, of `width` numbers; None where that is not certain."""
    tensor = _output(model, head)
    for layer in model.layers if tensor is not None else []:
        try:
            found = layer.output is tensor
        except (AttributeError, ValueError):
            found = False  # called more than once, or never by itself
        if found:
            return _last_layer(layer, width) if hasattr(layer, "layers") else layer
    fitting = [
        layer
        for layer in _parts(model)
        if any(len(weight.shape) >= 2 and weight.shape[-1] == width for weight in layer.weights)
    ]
    own = sum(len(weight.shape) >= 2 and weight.shape[-1] == width for weight in model.weights)  # of no layer, too
    return fitting[0] if len(fitting) == own == 1 else None


def _output(model: Any, head: str | int) -> Any:
    """The placeholder of one output, by its name or place; None for a model that keeps none."""
    try:
        structure = model.output
    except (AttributeError, ValueError):  # Sequential, or a class of one's own
        structure = getattr(model, "outputs", None)
    if isinstance(structure, dict):
        return structure.get(head, next(iter(structure.values())))
    if isinstance(structure, (list, tuple)):
        place = head if isinstance(head, int) else list(HEADS).index(head)
        return structure[place] if place < len(structure) else None
    return structure


def _has_no_bend(model: Any, last: Sequence[Any]) -> bool:
    """Whether every layer but the `last` ones passes on sums as they are, as far as its public names tell."""
    import keras

    straight = (
        keras.layers.InputLayer, keras.layers.Dense, keras.layers.Normalization, keras.layers.Rescaling,
        keras.layers.BatchNormalization, keras.layers.Concatenate, keras.layers.Flatten, keras.layers.Dropout,
        keras.layers.Softmax, keras.layers.Activation, keras.layers.Reshape,
    )  # fmt: skip
    return all(
        layer in last or (isinstance(layer, straight) and _activation(layer) in ("", "linear", "softmax"))
        for layer in _parts(model)
    )


SMALL, LARGE = 1.0, 100.0  # of both signs: whatever a layer scales, a unit with a bend shows it on some of the rows
PAIRS = 64


def _random(*shape: int) -> np.ndarray:
    """Numbers of both signs, the same at each call."""
    return np.random.default_rng(seed=2).normal(size=shape).astype("float32")


def _is_straight(values: Callable[[np.ndarray], np.ndarray], width: int) -> bool:
    """Whether a function of `width` numbers is a sum of multiples of them: f(a + b) = f(a) + f(b) − f(0).

    A constant function counts as not straight, because it tells nothing. A layer with ReLU looks straight only if
    each pair of random rows lies on one side of every neuron: 2⁻⁶⁴ for one neuron without bias.
    """
    pairs = _random(2, PAIRS, width)
    a, b = np.concatenate([SMALL * pairs, LARGE * pairs], axis=1)
    outputs = values(np.concatenate([a, b, a + b, np.zeros((1, width), "float32")]))
    at_a, at_b, at_sum = outputs[:-1].reshape(3, 2 * PAIRS, -1)
    size = np.abs(at_a) + np.abs(at_b) + np.abs(at_sum) + np.abs(outputs[-1])
    off = np.abs(at_sum - at_a - at_b + outputs[-1])
    told = np.isfinite(size)  # a probability of 0 has no logarithm
    if told.sum() < PAIRS or np.ptp(outputs[np.isfinite(outputs)]) == 0:
        return False
    return bool(np.all(off[told] <= 1e-3 * size[told]))


def _scores(answer: np.ndarray) -> np.ndarray:
    """Scores behind probabilities, around 0 in each row; other numbers as they are."""
    if answer.shape[-1] == 1 or answer.min() < 0 or not np.allclose(answer.sum(axis=-1), 1, atol=1e-4):
        return answer
    logs = np.log(np.where(answer > 1e-30, answer, np.nan))
    return logs - logs.mean(axis=-1, keepdims=True)


def _only(value: Any) -> Any:
    """What stands in a list or dictionary of one; anything else as it is."""
    if isinstance(value, (list, tuple, dict)) and len(value) == 1:
        return next(iter(value.values() if isinstance(value, dict) else value))
    return value


def _array(value: Any, name: str) -> np.ndarray:
    """Return the one tensor that a model answers with; refuses several, and what is no number."""
    value = _only(value)
    if isinstance(value, (list, tuple, dict)):
        raise Unexpected(
            f"`{name}` to answer with one tensor",
            f"{len(value)} of them",
            "One question needs one output.",
            "Let the model end in one layer, with one number for each species.",
        )
    return expect.array(value, f"{name}(birds)")


# --- Compute a layer by hand ---


def _observe_by_hand(relu_layer: object) -> SimpleNamespace:
    """What the function makes of a batch, beside what each slip would make of it."""
    import tensorflow as tf

    function = expect.function(relu_layer, "relu_layer")
    numbers = _random(5 + MEASUREMENTS, MEASUREMENTS)
    x, kernel, bias = numbers[:5], numbers[5:, :3], np.array([-0.5, 0.25, 1.0], "float32")
    with expect.using("`relu_layer` was called on 5 birds, a kernel of shape (4, 3) and 3 biases"):
        try:
            answer = function(x.copy(), kernel.copy(), bias.copy())
        except Exception as error:
            slip = _slip_that_stops(function, error)
            if not slip:
                raise
            return SimpleNamespace(nothing=False, slip=slip, stranger=_stranger(function))
        answer = answer.numpy() if isinstance(answer, tf.Tensor) else answer
    sums = x @ kernel
    right = np.maximum(0, sums + bias)
    result = SimpleNamespace(answer=None, shape=(), right=right, nothing=answer is None)
    if not result.nothing:
        result.answer = expect.array(answer, "relu_layer(x, kernel, bias)")
        result.shape = result.answer.shape
    slips = {
        "no activation": sums + bias,
        "no bias": np.maximum(0, sums),
        "only the product": sums,
        "bias after the activation": np.maximum(0, sums) + bias,
        "bias subtracted": np.maximum(0, sums - bias),
        "the wrong side kept": np.minimum(0, sums + bias),
        "absolute value": np.abs(sums + bias),
        "bias added to the weights": np.maximum(0, x @ (kernel + bias)),
        "one maximum for many": (sums + bias).max(axis=0),
        "rows and columns swapped": right.T,
        "one number for a bird": right.sum(axis=1),
    }
    result.slip = next((name for name, value in slips.items() if _same(result.answer, value)), "")
    if any(_same(result.answer, value) for value in ((sums + bias).max(), (sums + bias).max(axis=1))):
        result.slip = "one maximum for many"
    result.stranger = _stranger(function)
    if _mixes_arguments(function) and not _same(result.answer, right):
        result.slip = "arguments in another order"
    if not result.slip and result.stranger and not result.nothing and not _same(result.answer, right):
        result.slip = "another batch"
    if not result.slip and result.answer is not None and not _same(result.answer, right):
        with expect.using("`relu_layer` was called a second time on the same arrays"):
            again = np.asarray(function(x.copy(), kernel.copy(), bias.copy()))
        result.slip = "" if _same(result.answer, again) else "weights of its own"
    return result


def _mixes_arguments(function: Callable[..., Any]) -> bool:
    """Whether a function names the task's three arguments in another order."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return False
    return sorted(names) == ["bias", "kernel", "x"] and names != ["x", "kernel", "bias"]


STRANGERS = ("batch", "biases", "birds", "bills", "penguin", "weights", "lengths", "layer_by_hand")


def _stranger(function: Callable[..., Any]) -> str:
    """An array of the notebook that the function uses in place of its arguments; "" if there is none."""
    names = getattr(getattr(function, "__code__", None), "co_names", ())
    return next((name for name in STRANGERS if name in names), "")


def _slip_that_stops(function: Callable[..., Any], error: Exception) -> str:
    """What made the function end in an error: told by its words, or by what it makes of square arrays."""
    code = getattr(function, "__code__", None)
    if _mixes_arguments(function):
        return "arguments in another order"
    if _stranger(function):
        return "another batch"
    if "max" in getattr(code, "co_names", ()) and ("scalar index" in str(error) or "ambiguous" in str(error)):
        return "the largest of all"
    if "ambiguous" in str(error):
        return "one question for all"
    x, kernel = _random(2, MEASUREMENTS, MEASUREMENTS)
    bias = np.array([-0.5, 0.25, 1.0, 2.0], "float32")
    try:
        answer = np.asarray(function(x.copy(), kernel.copy(), bias.copy()))
    except Exception:
        return ""
    products = {
        "kernel before the batch": [kernel @ x],
        "each number times one": [x * kernel, *(np.sum(x * kernel, axis=axis) for axis in (None, 0, 1))],
        "columns in front": [kernel.T @ x.T],
    }
    for name, made in products.items():
        sums = [each for product in made for each in (product, product + bias)]
        if any(_same(answer, value) for each in sums for value in (each, np.maximum(0, each))):
            return name
    return ""


def _same(answer: np.ndarray | None, value: np.ndarray) -> bool:
    return answer is not None and answer.shape == value.shape and np.allclose(answer, value, rtol=1e-4, atol=1e-5)


def _check_by_hand(it: SimpleNamespace) -> None:
    if it.shape != it.right.shape:
        raise Unexpected(
            f"a result of shape `{it.right.shape}`: a row for each of 5 birds, a column for each of 3 neurons",
            f"one of shape `{it.shape}`",
            "The next layer reads each row as one bird.",
            "Print the shape after each step of the computation.",
        )
    if not _same(it.answer, it.right):
        raise Unexpected(
            "for each bird and each neuron the weighted sum plus the bias, and 0 where that is negative",
            f"{int(np.sum(~np.isclose(it.answer, it.right, rtol=1e-4, atol=1e-5)))} other numbers out of "
            f"{it.right.size}",
            "A layer with other numbers is another layer.",
            "Compute a single number the long way, as in the lesson, and compare.",
        )


def _is_written(relu_layer: object) -> bool:
    """Whether the function does anything but hand back the starter's `...`."""
    return expect.is_written(relu_layer, lambda: relu_layer(_random(1, 1), _random(1, 1), _random(1)))


compute_a_layer = Exercise(
    name="step2.compute_a_layer",
    title="Compute a layer by hand",
    task="Write the function `relu_layer(x, kernel, bias)`: what a dense layer with ReLU makes of a batch `x`, in "
    "NumPy.",
    answers=["relu_layer"],
    lesson="2.3 A layer is one matrix multiplication",
    observe=_observe_by_hand,
    attempted=_is_written,
    misconceptions=[
        Misconception(
            name="no return",
            seen=lambda it: it.nothing,
            did="Your function computes something and hands nothing back: its result is `None`.",
            follows="Whoever calls it, such as the next layer, receives `None` in place of the numbers.",
            change="End the function with the word that hands a value back.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
        Misconception(
            name="another batch",
            seen=lambda it: it.slip == "another batch",
            did="Your function computes with `{stranger}`, an array of the notebook that is none of its arguments.",
            follows="A layer answers what it is given; this one would answer the same old array, or stop where the "
            "shapes do not fit.",
            change="Use the three names in the first line of the function, and no others.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
        Misconception(
            name="arguments in another order",
            seen=lambda it: it.slip == "arguments in another order",
            did="Your function names its arguments in another order than the task.",
            follows="Python hands values over by their place, so your names would stand for other arrays than they say.",
            change="Let the first line read as the task does: `x`, then `kernel`, then `bias`.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
        Misconception(
            name="kernel before the batch",
            seen=lambda it: it.slip == "kernel before the batch",
            did="Your product has the kernel in front and the batch behind.",
            follows="`@` takes rows of what stands in front and columns of what stands behind; a kernel of shape (4, "
            "3) in front of "
            "5 birds does not fit, and with square arrays it would give wrong numbers without a word.",
            change="Put in front what has a row for each bird.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
        Misconception(
            name="each number times one",
            seen=lambda it: it.slip == "each number times one",
            did="Your function multiplies with `*`, which takes each number of the batch times one number of the "
            "kernel.",
            follows="A neuron needs all four products of a bird added up, and arrays of shape (5, 4) and (4, 3) "
            "cannot be "
            "laid upon each other at all.",
            change="Use the operator for a product of matrices.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
        Misconception(
            name="columns in front",
            seen=lambda it: it.slip == "columns in front",
            did="Your product turns both arrays on their side and has the kernel in front.",
            follows="It has a row for each neuron and a column for each bird, shape (3, 5), and the three biases do not "
            "fit on rows of five.",
            change="Leave both arrays as they are, and let the first axis count the birds.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
        Misconception(
            name="one question for all",
            seen=lambda it: it.slip == "one question for all",
            did="Your function asks one yes-or-no question about a whole array, with `if` or another word that needs a "
            "single answer.",
            follows="Some of the sums are negative and some are not, so Python stops: there is no one answer for all.",
            change="Look up in 2.3 which function of NumPy decides number by number.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
        Misconception(
            name="one maximum for many",
            seen=lambda it: it.slip == "one maximum for many",
            did="Your function keeps the largest of several sums, so the birds or the neurons get mixed up.",
            follows="`np.max` looks for the largest number along an axis, or in the whole array; ReLU compares each "
            "number with 0 and hands on as many as came in.",
            change="Look up in 2.3 which function of NumPy compares number by number.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
        Misconception(
            name="weights of its own",
            seen=lambda it: it.slip == "weights of its own",
            did="Your function gives other answers to the same arrays at each call.",
            follows="A new layer of Keras, for one, draws random weights of its own; here the weights come in as "
            "`kernel` and `bias`.",
            change="Compute with the three arguments and nothing that is drawn by chance.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
        Misconception(
            name="bias added to the weights",
            seen=lambda it: it.slip == "bias added to the weights",
            did="Your function adds the biases to the kernel, before the multiplication.",
            follows="Each bias is then multiplied by the measurements too; a neuron adds it once, to its finished sum.",
            change="Look where the brackets stand.",
            lesson="2.2 One neuron",
        ),
        Misconception(
            name="the largest of all",
            seen=lambda it: it.slip == "the largest of all",
            did="Your function calls `max`, which looks for the one largest thing among many and stops here with an "
            "error.",
            follows="ReLU compares every number of the batch with 0 on its own, and as many numbers come out as go in.",
            change="Look up in 2.3 which function of NumPy compares number by number.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
        Misconception(
            name="no activation",
            seen=lambda it: it.slip == "no activation",
            did="Your layer computes the sums and the biases, and hands negative sums on as they are.",
            follows="That is a dense layer without activation; with ReLU, a neuron whose sum is negative answers 0.",
            change="Put the activation around the whole sum.",
            lesson="2.2 One neuron",
        ),
        Misconception(
            name="no bias",
            seen=lambda it: it.slip == "no bias",
            did="Your layer applies ReLU to the weighted sums and leaves the biases out.",
            follows="Without a bias every neuron switches on at the sum 0 and can never move that point.",
            change="Use all three arguments of the function.",
            lesson="2.2 One neuron",
        ),
        Misconception(
            name="only the product",
            seen=lambda it: it.slip == "only the product",
            did="Your layer stops after the matrix multiplication: `bias` is not used, and negative sums come through.",
            follows="A dense layer takes two more steps after the product, and both change the numbers.",
            change="Look up the formula of a layer in one line, and compare it with yours step by step.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
        Misconception(
            name="bias after the activation",
            seen=lambda it: it.slip == "bias after the activation",
            did="Your layer applies ReLU first and adds the biases afterwards.",
            follows="A negative bias then makes negative answers, which ReLU should have stopped, and the bias no "
            "longer "
            "decides when a neuron switches on.",
            change="Let the activation come last.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
        Misconception(
            name="bias subtracted",
            seen=lambda it: it.slip == "bias subtracted",
            did="Your layer subtracts the biases.",
            follows="Weights taken from Keras would give other answers in your layer, because Keras adds them.",
            change="Look at the sign in front of the bias.",
            lesson="2.2 One neuron",
        ),
        Misconception(
            name="the wrong side kept",
            seen=lambda it: it.slip == "the wrong side kept",
            did="Your layer keeps the negative sums and turns the positive ones into 0.",
            follows="ReLU does the opposite: `np.minimum` picks the smaller of two numbers, `np.maximum` the larger.",
            change="Decide which of the two leaves a positive sum as it is.",
            lesson="2.2 One neuron",
        ),
        Misconception(
            name="absolute value",
            seen=lambda it: it.slip == "absolute value",
            did="Your layer makes negative sums positive.",
            follows="A sum of −3 then answers as strongly as one of 3; ReLU answers 0 to the first.",
            change="Replace negative sums, and do not mirror them.",
            lesson="2.2 One neuron",
        ),
        Misconception(
            name="rows and columns swapped",
            seen=lambda it: it.slip == "rows and columns swapped",
            did="Your numbers are right and lie on their side: shape (3, 5) for 5 birds and 3 neurons.",
            follows="The first axis counts the examples everywhere in Keras, so the next layer would see 3 birds.",
            change="Give each bird a row again.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
        Misconception(
            name="one number for a bird",
            seen=lambda it: it.slip == "one number for a bird",
            did="Your function adds up the answers of the three neurons, and one number is left of each bird.",
            follows="A layer keeps the neurons apart: what they tell the next layer is three numbers a bird.",
            change="Leave out the last sum.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
    ],
    check_observed=_check_by_hand,
    hints=[
        "Section 2.3 does the same with fixed numbers; which line of it computes all neurons of all rows at once?",
        "Three steps in this order: the matrix product of `x` and `kernel`, the biases, the activation.",
        "The product is `x @ kernel`, and ReLU is `np.maximum(0, …)` around everything.",
    ],
    solution_code="""
def relu_layer(x, kernel, bias):
    return np.maximum(0, x @ kernel + bias)
""",
    right='Your function is what `Dense(units, activation="relu")` computes, for any number of rows, inputs and '
    "neurons.",
)


# --- Count the parameters ---

HIDDEN_UNITS = 16  # of the model whose parameters are counted
HIDDEN, OUTPUT = MEASUREMENTS * HIDDEN_UNITS + HIDDEN_UNITS, HIDDEN_UNITS * SPECIES + SPECIES
BATCH = 32  # what many take for a batch
BYTES = 4  # of one parameter
MOST_INPUTS = 40  # above that, a count tells nothing of the inputs any more


def _slips_of_a_count(inputs: int, units: int) -> dict[int, str]:
    """What a wrong count of a dense layer's parameters tells; none of them is the right one."""
    weights, right = inputs * units, inputs * units + units
    slips = {weights: "no biases", weights + 1: "one bias for the layer", weights + inputs: "a bias for each input"}
    slips |= {units: "neurons counted", inputs + units: "added, not multiplied", 2 * weights: "two for each pair"}
    for rows in (BIRDS, BATCH):
        several = (rows * right, rows * weights, rows * weights + units, rows * units + units)
        slips |= dict.fromkeys(several, "rows counted")
    return slips | {BYTES * right: "bytes counted"}


def _observe_counts(hidden_parameters: object, output_parameters: object, all_parameters: object) -> SimpleNamespace:
    """The three counts, and what the first wrong one tells."""
    hidden = _count(hidden_parameters, "hidden_parameters")
    output = _count(output_parameters, "output_parameters")
    total = _count(all_parameters, "all_parameters")
    in_output = {MEASUREMENTS * SPECIES + SPECIES: "fed by the input", MEASUREMENTS * SPECIES: "fed by the input"}
    in_total = {
        HIDDEN + OUTPUT + MEASUREMENTS: "the input counted",
        HIDDEN * OUTPUT: "multiplied",
        HIDDEN_UNITS + SPECIES: "neurons in all",
        MEASUREMENTS + HIDDEN_UNITS + SPECIES: "neurons in all",
        HIDDEN + OUTPUT - HIDDEN_UNITS - SPECIES: "no biases in all",
        BIRDS * (HIDDEN + OUTPUT): "rows counted",
        BATCH * (HIDDEN + OUTPUT): "rows counted",
        BYTES * (HIDDEN + OUTPUT): "bytes counted",
    }
    places = [
        ("hidden_parameters", hidden, HIDDEN, _slips_of_a_count(MEASUREMENTS, HIDDEN_UNITS)),
        ("output_parameters", output, OUTPUT, _slips_of_a_count(HIDDEN_UNITS, SPECIES) | in_output),
        ("all_parameters", total, HIDDEN + OUTPUT, in_total),
    ]
    wrong = next((place for place in places if place[1] != place[2]), None)
    swapped = (hidden, output) == (OUTPUT, HIDDEN)
    if wrong is None:
        return SimpleNamespace(wrong="", value=0, slip="", swapped=False)
    name, value, _, slips = wrong
    it = SimpleNamespace(wrong=name, value=value, slip=slips.get(value, ""), swapped=swapped)
    it.units = HIDDEN_UNITS if name == "hidden_parameters" else SPECIES
    it.inputs, rest = divmod(value - it.units, it.units)
    if name == "all_parameters":
        it.slip = it.slip or "not the sum"
    elif not it.slip and rest == 0 and 0 < it.inputs <= MOST_INPUTS:
        it.slip = "other inputs"
    if (name, value, output) == ("hidden_parameters", MEASUREMENTS * HIDDEN_UNITS, OUTPUT):
        it.slip = "sixteen too few"  # without biases; or with them, from three measurements
    return it


def _count(value: object, name: str) -> int:
    """Return a whole number, however it is written."""
    try:
        number = np.asarray(value)
        fine = number.size == 1 and number.dtype.kind in "iuf" and float(number.item()).is_integer()
    except Exception:
        fine = False
    if not fine:
        raise Unexpected(
            f"`{name}` to be a whole number",
            messages.of(value),
            "Parameters are counted one by one.",
            "Write the sum with `*` and `+`, and let Python work it out.",
        )
    return int(number.item())


def _check_counts(it: SimpleNamespace) -> None:
    if it.wrong:
        raise Unexpected(
            f"`{it.wrong}` to be another number",
            f"{it.value}",
            "A layer's weights are one for each pair of what comes in and a neuron, and its biases one for each "
            "neuron.",
            "Draw the layer with all its lines, and count.",
        )


count_the_parameters = Exercise(
    name="step2.count_the_parameters",
    title="Count the parameters",
    task="How many parameters has a model with 4 inputs, a dense layer of 16 neurons and a dense layer of 3: each "
    "layer, and all?",
    answers=["hidden_parameters", "output_parameters", "all_parameters"],
    lesson="2.5 Count the parameters",
    observe=_observe_counts,
    misconceptions=[
        Misconception(
            name="layers swapped",
            seen=lambda it: it.swapped,
            did="Your two numbers are right and stand in each other's place.",
            follows="The layer of 16 neurons comes first on the way and is hidden between the measurements and the "
            "answer; "
            "the layer of 3 gives the answer.",
            change="Exchange the two.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="sixteen too few",
            seen=lambda it: it.slip == "sixteen too few",
            did="Your `{wrong}`, {value}, is 16 too few, and your `output_parameters` is right.",
            follows="64 are the weights of four measurements without a bias, or all parameters of a layer that only "
            "three measurements come into, as in 2.8.",
            change="Check both: what comes in here, and what each neuron adds to its sum.",
            lesson="2.5 Count the parameters",
        ),
        Misconception(
            name="other inputs",
            seen=lambda it: it.slip == "other inputs",
            did="Your `{wrong}`, {value}, fits a dense layer of {units} neurons that {inputs} numbers come into.",
            follows="In the task another count of numbers comes into this layer, and every one of them has a weight "
            "at each neuron.",
            change="Read in the task what stands right before this layer, and how many numbers it hands on.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="bytes counted",
            seen=lambda it: it.slip == "bytes counted",
            did="Your `{wrong}`, {value}, is four times the number of parameters, which is how many bytes they take.",
            follows="`summary()` names both, the bytes in brackets; training sets the numbers, however many bytes "
            "each is stored in.",
            change="Count the numbers themselves.",
            lesson="2.5 Count the parameters",
        ),
        Misconception(
            name="no biases",
            seen=lambda it: it.slip == "no biases",
            did="Your `{wrong}`, {value}, counts a weight for each pair of input and neuron, and nothing else.",
            follows="Training also sets the number that each neuron adds to its sum, so Keras counts more.",
            change="Add what belongs to each neuron besides its weights.",
            lesson="2.5 Count the parameters",
        ),
        Misconception(
            name="one bias for the layer",
            seen=lambda it: it.slip == "one bias for the layer",
            did="Your `{wrong}`, {value}, has all the weights and a single bias.",
            follows="Neurons that shared a bias would all have to switch on at the same sum; in a dense layer each "
            "has its own.",
            change="Count the biases as you count the neurons.",
            lesson="2.5 Count the parameters",
        ),
        Misconception(
            name="a bias for each input",
            seen=lambda it: it.slip == "a bias for each input",
            did="Your `{wrong}`, {value}, has all the weights and one bias for each number that comes in.",
            follows="The bias is added to a neuron's sum, after the inputs have been multiplied and added up, "
            "so the number of inputs does not matter for it.",
            change="Ask how many sums the layer makes.",
            lesson="2.2 One neuron",
        ),
        Misconception(
            name="fed by the input",
            seen=lambda it: it.slip == "fed by the input",
            did="Your `{wrong}`, {value}, connects the three output neurons with the four measurements.",
            follows="In this model they never see the measurements: what comes in is what the layer before hands on.",
            change="Look up how many numbers leave the hidden layer.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="neurons counted",
            seen=lambda it: it.slip == "neurons counted",
            did="Your `{wrong}`, {value}, is the number of neurons.",
            follows="A neuron is not a number but a small computation, and training sets all the numbers in it.",
            change="Count what one neuron of this layer holds, and take it times the neurons.",
            lesson="2.2 One neuron",
        ),
        Misconception(
            name="added, not multiplied",
            seen=lambda it: it.slip == "added, not multiplied",
            did="Your `{wrong}`, {value}, adds the inputs and the neurons.",
            follows="Every input is connected to every neuron, and each connection has a weight of its own, so the "
            "lines multiply.",
            change="Lay the weights out as a table with a row for each input and a column for each neuron.",
            lesson="2.3 A layer is one matrix multiplication",
        ),
        Misconception(
            name="two for each pair",
            seen=lambda it: it.slip == "two for each pair",
            did="Your `{wrong}`, {value}, takes two parameters for each pair of input and neuron.",
            follows="A line from an input to a neuron carries a weight and no bias of its own; the bias belongs to "
            "the neuron.",
            change="Count the lines first, and then the neurons.",
            lesson="2.2 One neuron",
        ),
        Misconception(
            name="rows counted",
            seen=lambda it: it.slip == "rows counted",
            did="Your `{wrong}`, {value}, grows with the number of birds.",
            follows="Every bird goes through the same weights, one after the other or all at once, "
            "so a model has as many parameters for one bird as for a thousand.",
            change="Leave the number of rows out.",
            lesson="2.5 Count the parameters",
        ),
        Misconception(
            name="the input counted",
            seen=lambda it: it.slip == "the input counted",
            did="Your `{wrong}`, {value}, counts the four measurements as well.",
            follows="They are data and differ from bird to bird: training changes nothing in them, and `Input` has "
            "no weights.",
            change="Add up the layers that compute.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="neurons in all",
            seen=lambda it: it.slip == "neurons in all",
            did="Your two layers are right, and `{wrong}`, {value}, adds up neurons in place of parameters.",
            follows="The circles of a diagram are few; the numbers that training sets sit mostly on its lines.",
            change="Build the sum from the two numbers that you have.",
            lesson="2.5 Count the parameters",
        ),
        Misconception(
            name="no biases in all",
            seen=lambda it: it.slip == "no biases in all",
            did="Your two layers are right, but `{wrong}`, {value}, has lost their 19 biases again.",
            follows="The whole model has every parameter of its layers, and Keras would count more.",
            change="Build the sum from the two numbers that you have.",
            lesson="2.5 Count the parameters",
        ),
        Misconception(
            name="multiplied",
            seen=lambda it: it.slip == "multiplied",
            did="Your `{wrong}`, {value}, is one layer's number times the other's.",
            follows="Inside a layer every input meets every neuron, which multiplies; "
            "but the parameters of two layers lie side by side and never meet.",
            change="Put the two layers together as you would two bags of numbers.",
            lesson="2.5 Count the parameters",
        ),
        Misconception(
            name="not the sum",
            seen=lambda it: it.slip == "not the sum",
            did="Your two layers are right, and `{wrong}`, {value}, is not their sum.",
            follows="A model has the parameters of its layers, each counted once, and no others.",
            change="Let Python put the two numbers together.",
            lesson="2.5 Count the parameters",
        ),
    ],
    check_observed=_check_counts,
    hints=[
        "A dense layer holds two kinds of parameters; section 2.5 counts both for the digits.",
        "Weights: what comes in times neurons. Biases: one for each neuron. What comes into the output layer?",
        "The hidden layer is 4 * 16 + 16. The output layer has 16 numbers coming in and 3 neurons.",
    ],
    solution_code="""
hidden_parameters = 4 * 16 + 16
output_parameters = 16 * 3 + 3
all_parameters = hidden_parameters + output_parameters
""",
    right="80 and 51 make 131, however many birds go through; `count_params()` of this model says the same.",
)


# --- What a model answers about the species ---


def _look_at_species(it: SimpleNamespace, model: Any, answer: np.ndarray, head: str | int = 0) -> None:
    """Note how many numbers stand for the species, and what the last activation is."""
    it.answers = answer.shape[-1] if answer.ndim == 2 else 0
    it.answer_shape = answer.shape
    last = _last_layer(model, SPECIES, head)
    it.early = any(len(weight.shape) >= 2 and weight.shape[-1] == SPECIES for weight in model.weights)
    it.last = [last] if last is not None else []
    adds_up = answer.ndim == 2 and np.allclose(answer.sum(axis=1), 1, atol=1e-3)
    it.activation = "" if adds_up else _activation(last)  # whatever it is, probabilities are made of it
    # Raw scores of random weights add up to 1 in each of three columns by less than one chance in a million.
    it.over_batch = answer.ndim == 2 and answer.min() >= 0 and np.allclose(answer.sum(axis=0), 1, atol=1e-3)
    it.over_batch = it.over_batch and not adds_up


BENDS = ("elu", "selu", "celu", "gelu", "silu", "swish", "mish", "leaky_relu", "softplus")


def _slips_of_species(of: str) -> list[Misconception]:
    """How an answer about the species goes wrong; `of` says whose answer it is."""
    return [
        Misconception(
            name="one number for the species",
            seen=lambda it: it.answers == 1,
            did=f"Your {of} answers with a single number for the species.",
            follows="One number puts the species in a row, with Chinstrap halfway between Adelie and Gentoo, "
            "and it cannot say how sure the model is of each.",
            change="Give each species a neuron of its own.",
            lesson="2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            name="the layer of three is not the last",
            seen=lambda it: it.answers not in (1, SPECIES) and it.early,
            did=f"Your {of} has a layer of three neurons, but it is not the last: {{answers}} numbers come out.",
            follows="The last layer gives the answer, and nobody can tell which of its {answers} numbers stands for "
            "which species.",
            change="Put the layers in the order in which the data should pass them.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="sigmoid for one species of three",
            seen=lambda it: it.answers == SPECIES and it.activation in ("sigmoid", "hard_sigmoid"),
            did=f"Your {of} ends in a sigmoid for each species.",
            follows="Each neuron then answers a yes-or-no question by itself, and the three answers need not add up "
            "to 1: "
            "a bird may come out as surely Adelie and surely Gentoo.",
            change="Take the activation that weighs the species against each other, or none for raw scores.",
            lesson="3.12 The output layer follows from the task",
        ),
        Misconception(
            name="ReLU on the scores",
            seen=lambda it: it.answers == SPECIES and it.activation in ("relu", "relu6"),
            did=f"Your {of} ends in ReLU, which turns every negative score of a species into 0.",
            follows="All three may come out as 0 for the same bird, and where a score is cut off, training gets no "
            "sign of "
            "which way to go.",
            change="Keep ReLU for hidden layers, and end in probabilities or in raw scores.",
            lesson="3.12 The output layer follows from the task",
        ),
        Misconception(
            name="softmax over the birds",
            seen=lambda it: it.over_batch,
            did=f"Your {of} makes probabilities that add up to 1 over the birds of a batch, and not over the species "
            f"of a bird.",
            follows="So what it says of one bird depends on which other birds stand beside it, and a bird alone gets "
            "1 for "
            "each species.",
            change="Let softmax work along the last axis, as it does by itself.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="tanh on the scores",
            seen=lambda it: it.answers == SPECIES and it.activation in ("tanh", "softsign", "hard_tanh"),
            did=f"Your {of} squeezes the scores of the species between −1 and 1.",
            follows="They are no probabilities, which are never negative; and as scores they are too close together: "
            "softmax makes at most 0.79 of them, however sure the model is.",
            change="End in probabilities, or leave the scores as they are.",
            lesson="3.12 The output layer follows from the task",
        ),
        Misconception(
            name="a hidden activation on the scores",
            seen=lambda it: it.answers == SPECIES and it.activation in BENDS,
            did=f"Your {of} ends in `{{activation}}`, an activation for hidden layers.",
            follows="The answers are no probabilities, which add up to 1, and no plain sums either: a score below 0 "
            "is pressed together or cut off, though it tells as much as one above.",
            change="End in probabilities, or in raw scores without any activation.",
            lesson="3.12 The output layer follows from the task",
        ),
    ]


def _check_species(it: SimpleNamespace, name: str) -> None:
    """Refuse what is not three finite numbers for each bird."""
    if it.answer_shape != (PROBES, SPECIES):
        raise Unexpected(
            f"`{name}` to answer {PROBES} birds with shape `{(PROBES, SPECIES)}`: a number for each of three species",
            f"an answer of shape `{it.answer_shape}`",
            "Each species needs one place in the answer, and only one.",
            "Look at the number of neurons in the last layer.",
            "2.4 Input, hidden, output",
        )


def _straight_layers(name: str) -> Misconception:
    """A hidden layer that bends nothing."""
    return Misconception(
        name="no activation",
        seen=lambda it: it.straight,
        did=f"Your `{name}` has a hidden layer without activation.",
        follows="It hands on weighted sums, and weighted sums of weighted sums are weighted sums again: "
        "the model can do no more than without that layer.",
        change="Give the hidden layer an activation such as ReLU.",
        lesson="3.5 Without a bend, deep is shallow",
    )


# --- Build the classifier ---


def _observe_classifier(species_model: object) -> SimpleNamespace:
    """What goes in, what comes out, and what stands between."""
    it = SimpleNamespace(kind=_kind(species_model, "species_model"), built=False, shape=None)
    it.answers, it.answer_shape, it.activation = SPECIES, (PROBES, SPECIES), ""
    it.layers, it.straight, it.over_batch, it.early = 2, False, False, False
    it.empty = it.kind == MODEL and _is_sequential(species_model) and not species_model.layers
    it.built = it.kind == MODEL and species_model.built
    if not it.built:
        return it
    shapes = _shapes(getattr(species_model, "inputs", None) or [])
    if len(shapes) > 1:
        raise Unexpected(
            "one input of four measurements", f"a model with {len(shapes)} inputs",
            "The four measurements of a bird lie side by side in one row.",
            "Begin with a single `Input`.", "2.4 Input, hidden, output",
        )  # fmt: skip
    it.shape = shapes[0] if shapes else None
    it.batch, it.rows, it.columns = _read_shape(it.shape, MEASUREMENTS)
    it.open = it.shape == (None, None, MEASUREMENTS)
    if it.shape not in (None, (None, MEASUREMENTS)):
        return it

    def answer(x: np.ndarray) -> np.ndarray:
        return _array(expect.output(species_model, _arranged(species_model, [x]), "species_model"), "species_model")

    _look_at_species(it, species_model, answer(_random(PROBES, MEASUREMENTS)))
    it.layers = _kernels(species_model)
    it.straight = it.answer_shape == (PROBES, SPECIES) and _is_bare(species_model, it.last, answer)
    return it


def _is_bare(model: Any, last: Sequence[Any], answer: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Whether no layer before the last bends anything, by its name and by what it does."""
    return bool(last) and _has_no_bend(model, last) and _is_straight(lambda x: _scores(answer(x)), MEASUREMENTS)


def _arranged(model: Any, arrays: list[np.ndarray]) -> Any:
    """Arrays in the structure that a model's inputs were declared in."""
    try:
        structure = model.input
    except (AttributeError, ValueError):
        structure = None  # Sequential, or a class of one's own
    if isinstance(structure, dict):
        return dict(zip(structure, arrays, strict=True))
    if isinstance(structure, (list, tuple)):
        return arrays
    return arrays[0] if len(arrays) == 1 else arrays


def _read_shape(shape: tuple[int | None, ...] | None, width: int) -> tuple[int, int, int]:
    """Split an input's shape into what may have gone wrong: a fixed batch, rows inside an example, its columns.

    Each is 0 where there is nothing to say; columns are given whenever one example is a row.
    """
    if shape is None:
        return 0, 0, width
    batch = shape[0] or 0
    rows = (shape[1] or 0) if len(shape) == 3 and shape[2] == width else 0
    columns = (shape[1] or 0) if len(shape) == 2 else 0
    return batch, rows, columns


def _slips_of_shape(name: str) -> list[Misconception]:
    """What may be wrong with the shape of the four measurements."""
    return [
        Misconception(
            name="all rows inside Input",
            seen=lambda it: it.rows == BIRDS,
            did="Your `Input` has the shape of the whole array, (342, 4).",
            follows="It should describe one example: like this, a single bird would be a table of 342 rows, "
            "and the model refuses a batch of birds.",
            change="Keep what describes one bird, and leave the number of birds out.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="batch inside Input",
            seen=lambda it: it.rows > 0 and it.rows != BIRDS,
            did="Your `Input` has the shape ({rows}, 4), with a number of birds in it.",
            follows="`Input` describes one example, so the model waits for batches of shape (batch, {rows}, 4) "
            "and refuses birds of shape (batch, 4).",
            change="Leave the batch out: Keras puts the open axis in front by itself.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="None inside Input",
            seen=lambda it: it.open,
            did="Your `Input` has the shape (None, 4), and `None` keeps a place for the number of birds.",
            follows="Keras puts that place in front by itself, so `input_shape` now reads (None, None, 4): each example "
            "is a whole table of birds.",
            change="Give `Input` the shape of one bird.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="rows in place of columns",
            seen=lambda it: it.columns == BIRDS,
            did="Your model takes 342 numbers for each bird: that is how many birds there are.",
            follows="`Input` asks how long one row is, and not how many rows the table has; "
            "the first batch of birds would be refused.",
            change="Count the measurements of one bird.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="no columns",
            seen=lambda it: it.shape is not None and len(it.shape) == 1,
            did="Your `Input` has the shape (): one number, without an axis.",
            follows="One bird is then a single number and a batch a plain row of numbers, with no room for "
            "measurements.",
            change="Say with a shape of one axis how many numbers describe a bird; a lone number in brackets needs a "
            "comma.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="one measurement",
            seen=lambda it: it.columns == 1,
            did="Your model takes one number for each bird.",
            follows="The shape in `Input` does not count the birds, and not the inputs of the model either: "
            "it says how many numbers belong to one bird, and a row of `birds` has more than one.",
            change="Look at the last axis of `birds.shape`.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="too few columns",
            seen=lambda it: 1 < it.columns < MEASUREMENTS,
            did="Your model takes {columns} numbers for each bird, and a row of `birds` has 4.",
            follows="Keras compares the last axis when data comes, so the model refuses every row. (The model of 2.8 "
            "took "
            "three lengths, because there the mass was an answer; and that there are three species does not matter "
            "here.)",
            change="Count all the columns that come in.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="too many columns",
            seen=lambda it: it.columns > MEASUREMENTS,
            did="Your model takes {columns} numbers for each bird, and a row of `birds` has 4.",
            follows="Keras compares the last axis when data comes, so the model refuses every row. (The species is "
            "the answer "
            "and no column of the input, and neither the batch size nor the number of neurons belongs into `Input`.)",
            change="Count the columns that come in, and only them.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="the number of birds fixed",
            seen=lambda it: it.batch > 0 and it.columns == MEASUREMENTS,
            did=f"Your `{name}` has a number of birds in its `input_shape`: ({{batch}}, 4), where `None` should stand.",
            follows="It came in with `batch_shape` or `batch_size`, or, without an `Input`, with the first data. "
            "Dense layers let other numbers pass, but whoever reads the model is told that exactly {batch} birds "
            "must come.",
            change="State the shape of one bird alone, at the beginning of the model.",
            lesson="2.4 Input, hidden, output",
        ),
    ]


def _check_classifier(it: SimpleNamespace) -> None:
    if it.shape not in (None, (None, MEASUREMENTS)):
        raise Unexpected(
            "a model whose `input_shape` is `(None, 4)`",
            f"one with `{it.shape}`",
            "A batch of birds has two axes: a row for each bird, a column for each measurement.",
            "Compare the two shapes axis by axis; the first is the batch.",
            "2.4 Input, hidden, output",
        )
    _check_species(it, "species_model")


build_the_classifier = Exercise(
    name="step2.build_the_classifier",
    title="Build the classifier",
    task="Make the model `species_model`: any number of birds with 4 measurements in (`input_shape` reads `(None, "
    "4)`), at least one hidden layer with an activation "
    "such as ReLU, and for each bird three numbers out: a probability (or a raw score) for each species.",
    answers=["species_model"],
    lesson="2.6 Sequential: one tensor in, one tensor out",
    observe=_observe_classifier,
    misconceptions=[
        *_slips("species_model"),
        *_slips_of_shape("species_model"),
        *_slips_of_species("`species_model`"),
        Misconception(
            name="hidden layer missing",
            seen=lambda it: it.layers < 2 and it.answers == SPECIES,
            did="Your `species_model` has no hidden layer: the three answers are computed from the measurements "
            "directly.",
            follows="Then each score is one weighted sum of four measurements. A layer that was made but stands on "
            "no way "
            "from input to output does not belong to the model either.",
            change="Let the measurements pass through a layer before the one that answers.",
            lesson="2.4 Input, hidden, output",
        ),
        _straight_layers("species_model"),
    ],
    check_observed=_check_classifier,
    hints=[
        "Section 2.4 builds such a model for digits; which of its numbers belong to digits, and what are they for "
        "penguins?",
        "A list of three: what one bird looks like, a hidden layer with an activation, a layer with a neuron for "
        "each species.",
        '`keras.Sequential([...])` around `keras.Input(shape=(4,))`, a `Dense` with `activation="relu"` and a '
        "`Dense(3, …)`.",
    ],
    solution_code="""
species_model = keras.Sequential([
    keras.Input(shape=(4,)),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(3, activation="softmax"),
])
""",
    right="Your model takes any number of birds, has {layers} layers with neurons, and gives each species a number "
    "of its own. "
    "What it says is still chance, because nothing has been trained.",
)


# --- Build the model with two heads ---

INPUTS, HEADS = {"bill": BILL, "island": ISLANDS}, {"species": SPECIES, "body_mass": 1}
SCALES = (1.0, 10.0, 100.0)


def _observe_two_heads(two_headed_model: object) -> SimpleNamespace:
    """Which inputs and outputs there are, in which order, and which output hears of which input."""
    model = two_headed_model
    it = SimpleNamespace(kind=_kind(model, "two_headed_model"), built=False, row=False, given={}, number=2, joined=0)
    it.out, it.outputs, it.widths, it.layers, it.straight = (), 2, HEADS, 3, []
    it.unheard, it.unused, it.head, it.missing, it.squeezed, it.chained = {}, "", "", "", "", ""
    it.answers, it.activation, it.over_batch, it.early = SPECIES, "", False, False
    it.answer_shape, it.rows, it.batch, it.bill, it.island = (PROBES, SPECIES), 0, 0, BILL, ISLANDS
    it.open = False
    it.empty = it.kind == MODEL and _is_sequential(model) and not model.layers
    it.built = it.kind == MODEL and model.built
    if not it.built:
        return it
    it.row = _is_sequential(model)
    it.given = _declared(model)
    it.number = len(it.given) if it.given else 2
    if it.row or it.number == 1:
        it.joined = next(iter(it.given.values()))[-1] if it.given else 0
        return it
    _read_inputs(it)
    if it.given and [shape for shape in it.given.values()] != [(None, width) for width in INPUTS.values()]:
        return it
    call = _caller(model)
    answers = call([_random(PROBES, BILL), _random(PROBES, ISLANDS)])
    it.outputs, it.out = len(answers), tuple(answer.shape[-1] if answer.ndim == 2 else 0 for answer in answers.values())
    if it.out != tuple(HEADS.values()):
        return it
    _look_at_species(it, model, answers["species"], "species")
    last = {head: _last_layer(model, width, head) for head, width in HEADS.items()}
    it.squeezed = _activation(last["body_mass"])
    it.chained = next((one for one, two in (HEADS, tuple(HEADS)[::-1]) if _is_fed(last[one], _output(model, two))), "")
    it.layers = _kernels(model)
    it.straight = [head for head in HEADS if _is_straight(lambda x, head=head: _head(call, x, head), BILL + ISLANDS)]
    it.unheard = {head: _not_heard(call, head) for head in HEADS}
    it.unused = next((name for name in INPUTS if all(name in unheard for unheard in it.unheard.values())), "")
    it.head, it.missing = next(((head, names[0]) for head, names in it.unheard.items() if names), ("", ""))
    it.bent = " ".join(head for head in HEADS if head not in it.straight)
    it.direct = " ".join(it.straight)
    return it


def _declared(model: Any) -> dict[str, tuple[int | None, ...]]:
    """The shapes of a model's inputs by name, "bill" first; by place where they are not two. {} if Keras knows none."""
    tensors = getattr(model, "inputs", None)
    if not tensors:
        return {}
    structure = getattr(model, "input", None) if not _is_sequential(model) else None
    if not isinstance(structure, dict) or len(structure) != 2:
        names = list(INPUTS) if len(tensors) == 2 else range(len(tensors))
        return dict(zip(names, _shapes(tensors), strict=True))
    if set(structure) != set(INPUTS):
        raise _other_names("inputs", INPUTS, structure)
    return {name: tuple(structure[name].shape) for name in INPUTS}


def _other_names(what: str, wanted: Any, found: Any) -> Unexpected:
    return Unexpected(
        f"{what} named " + " and ".join(f"`{name}`" for name in wanted),
        "the names " + ", ".join(f"`{messages.one_line(name)}`" for name in found),
        "With dictionaries the name decides which array goes where.",
        "Use the task's names as keys, or lists in the task's order.",
        "2.8 Two tensors in, two tensors out",
    )


def _read_inputs(it: SimpleNamespace) -> None:
    """Note what is odd about the shapes of two inputs."""
    if it.number != 2 or not it.given:
        return
    for (name, width), shape in zip(INPUTS.items(), it.given.values(), strict=True):
        batch, rows, columns = _read_shape(shape, width)
        it.batch, it.rows = it.batch or batch, it.rows or rows
        it.open = it.open or shape == (None, None, width)
        setattr(it, name, columns)


def _caller(model: Any) -> Callable[[list[np.ndarray]], dict[str, np.ndarray]]:
    """A function that calls a model with the two arrays, in the form that it takes, and names its answers."""
    declared = getattr(model, "inputs", None)
    forms: list[Callable[[list[np.ndarray]], Any]] = [lambda arrays: _by_name(model, arrays)]
    if not declared:  # a class of one's own: it takes names or places
        forms = [lambda arrays: dict(zip(INPUTS, arrays, strict=True)), lambda arrays: arrays]

    def call(arrays: list[np.ndarray]) -> dict[str, np.ndarray]:
        failures = []
        for form in list(forms):
            try:
                answers = expect.output(model, form(arrays), "two_headed_model")
            except expect.Stopped as stopped:
                failures.append(stopped)
                continue
            forms[:] = [form]
            return _named(answers)
        # A form that the model does not take ends in one of these; the other failure is the telling one.
        telling = [it for it in failures if not isinstance(it.__cause__, (TypeError, KeyError, IndexError))]
        raise (telling or failures)[-1]

    return call


def _by_name(model: Any, arrays: list[np.ndarray]) -> Any:
    """Two arrays in the structure of a Functional model's inputs; a dictionary may be in any order."""
    structure = model.input
    named = dict(zip(INPUTS, arrays, strict=True))
    return {name: named[name] for name in structure} if isinstance(structure, dict) else arrays


def _named(answer: Any) -> dict[str, np.ndarray]:
    """A model's answers by name, or by place where they come in a list."""
    if isinstance(answer, dict):
        if len(answer) == len(HEADS) and set(answer) != set(HEADS):
            raise _other_names("outputs", HEADS, answer)
        parts = {name: answer[name] for name in HEADS} if len(answer) == len(HEADS) else dict(answer)
    elif isinstance(answer, (list, tuple)):
        names = list(HEADS) if len(answer) == len(HEADS) else range(len(answer))
        parts = dict(zip(names, answer, strict=True))
    else:
        parts = {0: answer}
    return {name: expect.array(part, "two_headed_model(...)") for name, part in parts.items()}


def _head(call: Callable[[list[np.ndarray]], dict[str, np.ndarray]], x: np.ndarray, head: str) -> np.ndarray:
    """The scores of one head for rows in which the bill stands before the island."""
    return _scores(call([x[:, :BILL], x[:, BILL:]])[head])


def _is_fed(layer: Any, tensor: Any) -> bool:
    """Whether a layer of a Functional model is called on this very placeholder."""
    try:
        return tensor is not None and layer.input is tensor
    except (AttributeError, ValueError):
        return False


def _not_heard(call: Callable[[list[np.ndarray]], dict[str, np.ndarray]], head: str) -> list[str]:
    """The inputs that may change as they like without any change in a head.

    Tried on rows of both signs and three sizes, so that a neuron with ReLU is at work on some of them. A head that
    never changes at all tells nothing, as when its weights begin at 0.
    """
    rows = np.concatenate([scale * _random(3, PAIRS, BILL + ISLANDS) for scale in SCALES], axis=1)
    bill, island, other = rows[0][:, :BILL], rows[0][:, BILL:], rows[1]
    before = call([bill, island])[head]
    changed = {"bill": call([other[:, :BILL], island])[head], "island": call([bill, other[:, BILL:]])[head]}
    silent = [name for name, after in changed.items() if np.array_equal(before, after, equal_nan=True)]
    return silent if len(silent) < len(changed) else []


SQUEEZING = ("sigmoid", "hard_sigmoid", "softmax", "tanh", "hard_tanh", "softsign")


def _check_two_heads(it: SimpleNamespace) -> None:
    wanted = [(None, width) for width in INPUTS.values()]
    if it.given and list(it.given.values()) != wanted:
        raise Unexpected(
            "two inputs of shapes `(None, 2)` and `(None, 3)`: `bill`, then `island`",
            " and ".join(f"`{shape}`" for shape in it.given.values()),
            "The bill has two measurements, and the island three columns with a single 1.",
            "Compare the shapes axis by axis.",
        )
    if it.out != tuple(HEADS.values()):
        raise Unexpected(
            "two outputs: `species` with 3 numbers for each bird, `body_mass` with 1",
            f"{len(it.out)}, with " + " and ".join(str(width) for width in it.out) + " numbers",
            "Each question of the task has a head of its own.",
            "Look at the number of neurons in each head, and at their order.",
        )
    _check_species(it, "two_headed_model")


build_the_two_headed_model = Exercise(
    name="step2.build_the_two_headed_model",
    title="Build a model with two heads",
    task="Make `two_headed_model`: inputs `bill` (2 numbers) and `island` (3 numbers), outputs `species` (3 "
    "probabilities or scores) and "
    "`body_mass` (1 number, free to take any value), each called on a hidden layer with an activation that sees both "
    "inputs. "
    "Inputs and outputs are lists in this order, or dictionaries with these names.",
    answers=["two_headed_model"],
    lesson="2.8 Two tensors in, two tensors out",
    observe=_observe_two_heads,
    misconceptions=[
        *_slips("two_headed_model"),
        Misconception(
            name="Sequential for two inputs",
            seen=lambda it: it.row,
            did="Your `two_headed_model` is a `Sequential`.",
            follows="It takes exactly one tensor and gives exactly one, so there is no place for the island beside "
            "the bill, "
            "nor for the mass beside the species.",
            change="Choose the way of building that allows a graph of layers.",
            lesson="2.7 Functional: any graph of layers",
        ),
        Misconception(
            name="inputs joined before the model",
            seen=lambda it: it.number == 1 and it.joined == BILL + ISLANDS,
            did="Your model takes one tensor of five numbers: bill and island already side by side.",
            follows="Whoever uses the model must then know how you joined them, and the two can no longer be treated "
            "apart, "
            "such as scaling the millimetres and not the island.",
            change="Give each its own `Input`, and let a layer of the model join them.",
            lesson="2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            name="an input missing",
            seen=lambda it: it.number == 1,
            did="Your model has one input, and the task names two.",
            follows="`keras.Model` takes in only what you name as its inputs; a bird would come without its bill or "
            "without its island.",
            change="Name both inputs, in the task's order.",
            lesson="2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            name="batch inside Input",
            seen=lambda it: it.rows > 0,
            did="Your `Input` has a number of birds in its shape: {rows} of them.",
            follows="`Input` describes one example, so a single bird would be a table of {rows} rows, "
            "and the model refuses the batches that the task speaks of.",
            change="Leave the number of birds out of both shapes.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="None inside Input",
            seen=lambda it: it.open,
            did="Your `Input` has `None` in its shape, as a place for the number of birds.",
            follows="Keras puts that place in front by itself, so the model now has one axis more than `bills` and "
            "`bird_islands`: each example is a whole table.",
            change="Give each `Input` the shape of one bird.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="inputs in the wrong order",
            seen=lambda it: (it.bill, it.island) == (ISLANDS, BILL),
            did="Your inputs are swapped: the one of three numbers stands where `bill` belongs, the one of two where "
            "`island` does.",
            follows="What is handed in as the bill then meets an input of three numbers, and the model refuses it. "
            "Had both the same width, nothing would be refused, and each would be taken for the other.",
            change="Exchange the two.",
            lesson="2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            name="the island as one number",
            seen=lambda it: it.bill == BILL and it.island == 1,
            did="Your `island` takes a single number for each bird.",
            follows="A number puts the three islands in a row, as if Dream lay halfway between the others; "
            "the task's one-hot columns have room for three.",
            change="Count the columns of `bird_islands`.",
            lesson="2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            name="three lengths for the bill",
            seen=lambda it: it.bill == 3 and it.island == ISLANDS,
            did="Your `bill` takes three numbers for each bird, as the measurements of 2.8 did.",
            follows="The flipper is not part of a bill: here come two numbers, and the model refuses them.",
            change="Count the columns of `bills`.",
            lesson="2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            name="rows in place of columns",
            seen=lambda it: BIRDS in (it.bill, it.island),
            did="Your model has an input of 342 numbers: that is how many birds there are.",
            follows="`Input` asks how long one row is, and not how many rows the table has.",
            change="Count the columns of each array, and leave its rows out.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="the number of birds fixed",
            seen=lambda it: it.batch > 0,
            did="Your model has a number of birds, {batch}, in the shape of an input, where `None` should stand.",
            follows="It comes from `batch_shape` or `batch_size`. Dense layers let other numbers pass, "
            "but whoever reads the model is told that exactly {batch} birds must come.",
            change="State the shape of one bird alone.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="outputs joined",
            seen=lambda it: it.outputs == 1 and it.out == (SPECIES + 1,),
            did="Your model answers with one tensor of four numbers: species and mass side by side.",
            follows="Softmax over all four would make the mass a probability, and one loss would have to judge both "
            "questions at once.",
            change="Let the model end in two layers, one for each question, and name both as outputs.",
            lesson="2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            name="an output missing",
            seen=lambda it: it.outputs == 1,
            did="Your model has one output, and the task asks two questions.",
            follows="A layer that you made but do not name among the outputs is left out of the model, with its "
            "weights.",
            change="Name both heads when you make the model.",
            lesson="2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            name="outputs in the wrong order",
            seen=lambda it: it.out == (1, SPECIES),
            did="Your outputs are swapped: where `species` belongs stands one number, where `body_mass` belongs "
            "stand three.",
            follows="Each output is judged by the labels of its place or name, so a mass would be judged as if it "
            "were three species. "
            "Keras may not notice: a loss such as the squared error takes what it gets.",
            change="Exchange the two.",
            lesson="2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            name="one number for the species",
            seen=lambda it: it.out == (1, 1),
            did="Your model answers with a single number for the species and one for the mass.",
            follows="One number puts the species in a row, with Chinstrap between Adelie and Gentoo, and it leaves "
            "no room for a "
            "probability of each.",
            change="Give each species a neuron of its own.",
            lesson="2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            name="the mass squeezed",
            seen=lambda it: it.squeezed in SQUEEZING,
            did="Your `body_mass` ends in `{squeezed}`.",
            follows="No answer of it can be above 1, and with softmax a single neuron always says 1; "
            "the birds weigh 2.7 to 6.3 kg.",
            change="Let the head for the mass pass its sum on as it is.",
            lesson="3.12 The output layer follows from the task",
        ),
        Misconception(
            name="ReLU on the mass",
            seen=lambda it: it.squeezed in ("relu", "relu6"),
            did="Your `body_mass` ends in ReLU, and the task lets it take any value.",
            follows="Where its sum is negative it says 0, and for such a bird training gets no sign of which way to go; "
            "with unlucky first weights that happens for every bird, and the head learns nothing from its mistakes.",
            change="Let the head for the mass pass its sum on as it is.",
            lesson="3.12 The output layer follows from the task",
        ),
        *_slips_of_species("head `species`")[2:],  # other numbers of answers are told apart above
        Misconception(
            name="hidden layer missing",
            seen=lambda it: len(it.straight) == len(HEADS) and it.layers <= len(HEADS),
            did="Your two heads are computed from the inputs directly, without a hidden layer between.",
            follows="Each answer is then one weighted sum of the five numbers. A hidden layer that was made but that "
            "no head "
            "is called on does not belong to the model.",
            change="Send the joined inputs through a layer with an activation, and call both heads on what it gives.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="no activation",
            seen=lambda it: len(it.straight) == len(HEADS),
            did="Your hidden layer has no activation: it hands weighted sums on to both heads.",
            follows="Weighted sums of weighted sums are weighted sums again, so the two heads can do no more than "
            "without that layer.",
            change="Give the hidden layer an activation such as ReLU.",
            lesson="3.5 Without a bend, deep is shallow",
        ),
        Misconception(
            name="one head after the other",
            seen=lambda it: it.chained != "",
            did="Your `{chained}` is computed from the answer of the other head.",
            follows="It learns of a bird only what that answer says, and everything else that the hidden layer found "
            "out is lost to it.",
            change="Call both heads on the same hidden tensor.",
            lesson="2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            name="an input not used",
            seen=lambda it: it.unused != "",
            did="Your model takes `{unused}` in and does nothing with it: whatever comes there, neither answer "
            "changes.",
            follows="Keras need not notice an input that leads nowhere; you only find that the model knows less than "
            "you gave it.",
            change="Check on which tensors each layer is called.",
            lesson="2.7 Functional: any graph of layers",
        ),
        Misconception(
            name="the inputs never meet",
            seen=lambda it: it.missing != "",
            did="Your `{head}` does not depend on `{missing}`: whatever comes there, this answer stays the same.",
            follows="The model is then in part two models side by side, and what one input could tell about the "
            "other question is lost.",
            change="Join the inputs before the hidden layer, and call both heads on what comes after.",
            lesson="2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            name="a head beside the hidden layer",
            seen=lambda it: len(it.straight) == 1,
            did="Your `{direct}` is computed without the bend of a hidden layer, your `{bent}` with one.",
            follows="What the hidden layer finds out about a bird does not reach `{direct}`, which remains one "
            "weighted sum.",
            change="Check which tensor this head is called on.",
            lesson="2.8 Two tensors in, two tensors out",
        ),
    ],
    check_observed=_check_two_heads,
    hints=[
        "The model of 2.8 has the same form. Which shapes differ here?",
        "Two `Input`s, a layer that joins them, a hidden layer, then two layers that are both called on the hidden "
        "one.",
        "`keras.Model([bill, island], [species, body_mass])`, with `Dense(3, …)` and `Dense(1)` as heads, both "
        "called on the hidden tensor.",
    ],
    solution_code="""
bill = keras.Input(shape=(2,), name="bill")
island = keras.Input(shape=(3,), name="island")
joined = keras.layers.Concatenate()([bill, island])
hidden = keras.layers.Dense(16, activation="relu")(joined)
species = keras.layers.Dense(3, activation="softmax", name="species")(hidden)
body_mass = keras.layers.Dense(1, name="body_mass")(hidden)
two_headed_model = keras.Model([bill, island], [species, body_mass])
""",
    right="Two tensors go in, two come out, in an order or under names that leave no doubt, and both answers make "
    "use of both inputs.",
)


# --- Write a model as a class ---

WIDTHS = (5, 12)  # neurons of the hidden layers that the check asks for


def _observe_class(penguin_reader: object) -> SimpleNamespace:
    """What the class says of itself, and how two models behave that are made from it."""
    it = SimpleNamespace(kind=_kind_of_class(penguin_reader), init=True, width=True, call="call", other="", selfless="")
    it.super, it.takes, it.kept, it.steady, it.silent = True, True, True, True, False
    it.nested, it.extra, it.reserved, it.bare, it.uncalled, it.unheard, it.rows = False, False, "", "", False, "", PROBES
    it.placeholder = ""
    it.weights, it.shared, it.idle = 2, False, ""
    it.answers, it.answer_shape, it.activation, it.over_batch, it.early = SPECIES, (PROBES, SPECIES), "", False, False
    it.layers, it.straight, it.params, it.wide = 2, False, (0, 1), True
    if it.kind == MODEL_CLASS:
        state = random.getstate()  # from which Keras draws first weights
        try:
            _read_methods(it, penguin_reader)
            if it.init and it.width and it.call and it.takes and not it.selfless:
                _try_models(it, penguin_reader)
        finally:
            random.setstate(state)
    return it


MODEL_CLASS, LAYER_CLASS, PLAIN_CLASS, INSTANCE = "a model's class", "a layer's class", "a plain class", "an instance"


def _kind_of_class(value: object) -> str:
    """Say what kind of class `value` is, or that it is a model already; refuse everything else."""
    import keras

    if isinstance(value, keras.Model):
        return INSTANCE
    if not isinstance(value, type):
        raise Unexpected(
            "`PenguinReader` to be a class",
            messages.of(value),
            "The check makes models from it, of different widths.",
            "Begin with `class PenguinReader(keras.Model):` and hand in its name, without brackets.",
        )
    if issubclass(value, keras.Model):
        return MODEL_CLASS
    return LAYER_CLASS if issubclass(value, keras.layers.Layer) else PLAIN_CLASS


def _read_methods(it: SimpleNamespace, cls: Any) -> None:
    """Note which methods the class has, and whether they take what they are given."""
    import keras

    it.init = cls.__init__ is not keras.Model.__init__
    it.call = "call" if cls.call is not keras.Model.call or _is_a_graph(cls) else ""
    it.other = next((name for name in ("__call__", "forward", "predict", "run") if name in vars(cls)), "")
    for name in ("__init__", "call"):
        method = vars(cls).get(name)
        if inspect.isfunction(method):
            takes = inspect.signature(method).parameters.values()
            names = [one.name for one in takes if one.kind is not one.VAR_POSITIONAL]
            packed = len(names) < len(takes)
            if name == "call" and names == ["self"] and not packed:
                it.takes = False
            if len(names) == 1 and not packed and names[0] != "self":
                it.selfless = name
    constants = getattr(getattr(cls.__init__, "__code__", None), "co_consts", ())
    it.nested = any(getattr(each, "co_name", "") == "call" for each in constants)
    try:
        inspect.signature(cls.__init__).bind(None, WIDTHS[0])
    except (TypeError, ValueError):
        it.width = False


def _is_a_graph(cls: Any) -> bool:
    """Whether the class hands inputs and outputs to Keras' own `__init__`, so that it needs no `call`."""
    try:
        return bool(getattr(cls(WIDTHS[0]), "outputs", None))
    except Exception:
        return False


def _try_models(it: SimpleNamespace, cls: Any) -> None:
    """Make two models, call them, and note what they answer and keep."""
    birds = _random(PROBES, MEASUREMENTS)
    models = [_made(it, cls, units) for units in WIDTHS]
    if not it.super or it.extra or it.reserved:
        return
    model, name = models[0], f"PenguinReader({WIDTHS[0]})"
    empty = not model.layers
    try:
        answer = expect.output(model, birds, name)
    except (expect.Stopped, ValueError) as stopped:
        cause = stopped.__cause__ or stopped
        if empty and "new elements of state" in str(cause):
            it.steady = False
            return
        it.placeholder = _placeholder(model) if "KerasTensor" in str(cause) else ""
        if it.placeholder:
            return
        _read_names(it, cls, model, cause)
        if it.bare or it.uncalled or not it.kept:
            return
        raise
    it.silent = _is_nothing(answer)
    it.weights = len(model.weights)
    it.shared = _has_layers(vars(cls).values())
    idle = [layer for layer in _parts(model) if not layer.built]
    it.idle = next((key for key, value in vars(model).items() if idle and value is idle[0]), "")
    it.idle = f"self.{it.idle}" if it.idle else "".join(layer.name for layer in idle[:1])
    if it.silent:
        return
    answer, again = _array(answer, name), _array(expect.output(model, birds, name), name)
    it.rows = answer.shape[0] if answer.ndim == 2 else PROBES
    it.steady = answer.shape == again.shape and np.allclose(answer, again, rtol=1e-4, atol=1e-5)
    if not it.steady:
        return
    _look_at_species(it, model, answer)
    it.layers = _kernels(model)
    expect.output(models[1], birds, f"PenguinReader({WIDTHS[1]})")
    it.params = tuple(each.count_params() for each in models)
    it.wide = all(
        any(units in tuple(weight.shape) for weight in each.weights) for units, each in zip(WIDTHS, models, strict=True)
    )
    if it.answer_shape == (PROBES, SPECIES):
        it.straight = _is_bare(model, it.last, lambda x: _array(expect.output(model, x, name), name))
    if not it.idle:
        it.unheard = _unheard_layer(model, name)


def _placeholder(model: Any) -> str:
    """A part of the model that is what a layer gave when it was called in `__init__`; "" if there is none."""
    import keras

    return next((f"self.{key}" for key, value in vars(model).items() if isinstance(value, keras.KerasTensor)), "")


def _read_names(it: SimpleNamespace, cls: Any, model: Any, error: BaseException | None) -> None:
    """Note which names of `__init__` are missing in `call`, after an error that a missing name may have made."""
    import keras

    said, init, call = str(error), vars(cls).get("__init__"), vars(cls).get("call")
    it.uncalled = bool(re.search("Only input tensors may be passed.*<[^>]*built=", said, re.DOTALL))
    if not isinstance(error, (NameError, AttributeError, TypeError)):
        return
    it.kept = not (isinstance(error, AttributeError) and not model.layers)
    if inspect.isfunction(init) and inspect.isfunction(call):
        outside = [each.argval for each in dis.get_instructions(call) if each.opname in ("LOAD_GLOBAL", "LOAD_NAME")]
        layers = {name for name, value in vars(model).items() if isinstance(value, keras.layers.Layer)}
        it.bare = next((name for name in outside if name in layers), "")
        missing = re.findall(r"has no attribute '(\w+)'", said) if isinstance(error, AttributeError) else []
        it.kept = it.kept and not {*outside, *missing} & set(init.__code__.co_varnames[1:])


DRAWS = 20  # of first weights: one neuron with ReLU on another is silent in half of them, in all with 2⁻²⁰


def _unheard_layer(model: Any, name: str) -> str:
    """A layer whose weights may be anything without a change in the answers; "" if there is none.

    The check made the model itself, so it may change the weights for a while: all of them first, lest first weights
    of 0 hide a layer. The rows have both signs and many sizes, so that a neuron with ReLU is at work on some of them.
    """
    rows = np.concatenate([10.0**power * _random(PAIRS, MEASUREMENTS) for power in range(5)]).astype("float32")
    rng = np.random.default_rng(seed=3)
    tables = [
        (layer, weight) for layer in _parts(model) for weight in layer.trainable_weights if len(weight.shape) >= 2
    ]
    unheard, kept = tables, [np.array(weight) for _, weight in tables]
    try:
        for _ in range(DRAWS):
            for _, weight in tables:
                weight.assign(rng.normal(scale=0.2, size=weight.shape))
            before = _only(expect.output(model, rows, name))
            unheard = [each for each in unheard if _is_silent(model, each[1], rows, before, name, rng)]
            if not unheard:
                return ""
    finally:
        for (_, weight), value in zip(tables, kept, strict=True):
            weight.assign(value)  # a layer may be the notebook's, too
    keys = [key for key, value in vars(model).items() if value is unheard[0][0]]
    return f"self.{keys[0]}" if keys else messages.one_line(unheard[0][0].name)


def _is_silent(model: Any, weight: Any, rows: np.ndarray, before: np.ndarray, name: str, rng: Any) -> bool:
    """Whether other numbers in one table of weights leave the answers as they were."""
    kept = np.array(weight)
    weight.assign(rng.normal(scale=0.2, size=weight.shape))
    after = _only(expect.output(model, rows, name))
    weight.assign(kept)
    told = np.isfinite(before) & np.isfinite(after)  # an exponential of one's own may overflow
    return told.sum() >= PAIRS and np.array_equal(before[told], after[told])


def _made(it: SimpleNamespace, cls: Any, units: int) -> Any:
    """Make one model; note if Keras' own preparations were left out."""
    try:
        with expect.using(f"`PenguinReader({units})` was made"):
            model = cls(units)
    except expect.Stopped as stopped:
        error, said = stopped.__cause__, str(stopped.__cause__)
        if isinstance(error, AttributeError) and re.search("no setter|can't set attribute|attribute is reserved", said):
            name = re.search(r"['`](?:\w+\.)?(\w+)['`]", said)
            it.reserved = f"self.{name[1]}" if name else "a part of it"
        elif isinstance(error, TypeError) and "Layer.__init__() takes" in said:
            it.extra = True
        elif "super().__init__" in said or "'__init__' of 'super'" in said:
            it.super = False
        else:
            raise
        return None
    it.super = it.super and hasattr(model, "name")
    return model


def _is_nothing(answer: Any) -> bool:
    return isinstance(answer, np.ndarray) and answer.dtype == object and answer.size == 1 and answer.item() is None


def _has_layers(values: Any) -> bool:
    import keras

    return any(isinstance(value, keras.layers.Layer) for value in values)


def _is_begun(penguin_reader: object) -> bool:
    """Whether the starter's empty class was filled."""
    import keras

    if not (isinstance(penguin_reader, type) and issubclass(penguin_reader, keras.Model)):
        return penguin_reader is not ...
    return penguin_reader.__bases__ != (keras.Model,) or any(
        inspect.isfunction(value) or _has_layers([value]) for value in vars(penguin_reader).values()
    )


def _check_class(it: SimpleNamespace) -> None:
    _check_species(it, "PenguinReader(5)")
    if not it.wide:
        raise Unexpected(
            "a hidden layer of as many neurons as `PenguinReader` is told",
            f"other widths; for 5 and for 12 the models have {it.params[0]} and {it.params[1]} parameters",
            "Whoever writes `PenguinReader(12)` counts on 12 neurons.",
            "Use the number as it is for the width of the hidden layer.",
        )


write_a_model_class = Exercise(
    name="step2.write_a_model_class",
    title="Write a model as a class",
    task="Write the class `PenguinReader`, a `keras.Model`: `PenguinReader(units)` makes a model with a hidden layer "
    "of `units` neurons "
    "and an activation such as ReLU, which turns 4 measurements of each bird into three probabilities (or raw "
    "scores).",
    answers=["PenguinReader"],
    lesson="2.9 Subclassing: a model as a class",
    observe=_observe_class,
    attempted=_is_begun,
    misconceptions=[
        Misconception(
            name="a model instead of the class",
            seen=lambda it: it.kind == INSTANCE,
            did="Your `PenguinReader` is a model already, and no class.",
            follows="A model has its width for good; the class is the plan from which models of any width are made.",
            change="Hand in the name of a class, without brackets behind it.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="a layer's class",
            seen=lambda it: it.kind == LAYER_CLASS,
            did="Your class is a kind of `Layer`.",
            follows="Layers compute and keep weights, but they have no `compile`, `fit` or `predict`.",
            change="Put another class of Keras between the brackets after `PenguinReader`.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="a plain class",
            seen=lambda it: it.kind == PLAIN_CLASS,
            did="Your class has nothing to do with Keras: between the brackets after its name stands no class of "
            "Keras.",
            follows="Then nobody finds the weights of its layers, and it has no `compile`, `fit` or `predict`.",
            change="Let it inherit from the class of all Keras models.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="self forgotten",
            seen=lambda it: it.selfless != "",
            did="Your `{selfless}` takes a single argument, and that is not `self`.",
            follows="Python always puts the model itself in the first place, so nothing is left to receive what "
            "comes in.",
            change="Name the model as the first argument, and what comes in after it.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="no __init__",
            seen=lambda it: not it.init,
            did="Your class has no `__init__` (two underscores on each side).",
            follows="There is then no place that receives `units`, and `PenguinReader(16)` stops with an error.",
            change="Make the layers in `__init__`, where the number of neurons is known.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="no room for the width",
            seen=lambda it: not it.width,
            did="Your `__init__` cannot be called with one number, as in `PenguinReader(16)`.",
            follows="Python refuses the call before a single layer is made.",
            change="Let `__init__` take one argument after `self`.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="call under another name",
            seen=lambda it: not it.call and it.other != "",
            did="Your class says in `{other}` what happens to the data, and has no `call`.",
            follows="Keras does work of its own around the computation, such as building and training, "
            "and looks for the computation under one name only.",
            change="Rename the method.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="call inside __init__",
            seen=lambda it: not it.call and it.nested,
            did="Your `call` stands inside of `__init__`, because it is indented too far.",
            follows="So it is a function that is forgotten when `__init__` ends, and the class itself has no `call`.",
            change="Begin both `def` at the same distance from the margin.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="no call",
            seen=lambda it: not it.call,
            did="Your class makes a model and does not say what it does with data: there is no `call`.",
            follows="Layers in `__init__` stand side by side without an order, and the model stops with an error "
            "when it is called.",
            change="Add the method that sends the data through the layers.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="call takes no data",
            seen=lambda it: not it.takes,
            did="Your `call` takes `self` and nothing else.",
            follows="The measurements of the birds come in as its next argument, so Python refuses every call with "
            "data.",
            change="Give what comes in a name of its own in the first line of `call`.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="super forgotten",
            seen=lambda it: not it.super,
            did="Your `__init__` does not begin with the `__init__` of `keras.Model`.",
            follows="Keras prepares there where it writes down layers and weights; without it the model stops with "
            "an error.",
            change="Call it in the first line, before any layer is made.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="a name that Keras keeps",
            seen=lambda it: it.reserved != "",
            did="Your `__init__` sets `{reserved}`, a name that every Keras model keeps for itself.",
            follows="Keras uses such names for what it knows of a model, such as its `layers`, its `input` and its "
            "`output`, so setting one stops with an error.",
            change="Give what you keep there another name, in `__init__` and in `call`.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="super with a value",
            seen=lambda it: it.extra,
            did="Your `__init__` hands a value on to the `__init__` of `keras.Model`.",
            follows="Python hands on `self` there by itself, and the width is a matter of your own layers, so Keras "
            "refuses the call.",
            change="Leave the brackets of that call empty.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="layers called in __init__",
            seen=lambda it: it.placeholder != "",
            did="Your `{placeholder}` is no layer but a placeholder: an `Input`, or what a layer gave when `__init__` "
            "called it.",
            follows="Placeholders are the way of 2.7. In a class `__init__` only makes the layers, and `call` calls them "
            "on the data that comes in.",
            change="Keep layers in `__init__`, and call them in `call` alone.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="self left out in call",
            seen=lambda it: it.bare != "",
            did="Your `call` uses `{bare}` with nothing in front, and `__init__` has kept that layer as a part of the "
            "model.",
            follows="For a plain name Python looks outside of the class, where it finds nothing or, worse, another thing "
            "of the notebook with the same name.",
            change="Reach every layer in `call` in the same way as `__init__` has kept it.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="layers not kept",
            seen=lambda it: not it.kept,
            did="Your `call` asks for something that `__init__` did not leave behind.",
            follows="What `__init__` receives, or puts into a plain name, is forgotten when `__init__` ends.",
            change="Keep everything that `call` needs as a part of the model itself.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="a layer in place of its answer",
            seen=lambda it: it.uncalled,
            did="Your `call` hands a layer itself on to another layer.",
            follows="A layer computes only when it is called on something; the next one needs the numbers that come out "
            "of it, and stops.",
            change="Call each layer on what comes before it, and hand on the result.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="call without return",
            seen=lambda it: it.silent,
            did="Your `call` computes something and hands nothing back: the model answers with `None`.",
            follows="What the layers found out is thrown away, and there is nothing that a loss could judge.",
            change="Return what the last layer gives.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="layers shared by the class",
            seen=lambda it: it.weights == 0 and it.shared,
            did="Your layers belong to the class, and not to the models that are made from it.",
            follows="After a call the model itself lists no weights, so training would change nothing; "
            "and all models of the class would share one set.",
            change="Make the layers in `__init__` and keep them under `self`.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="layers made in call",
            seen=lambda it: not it.steady,
            did="Your `call` makes layers.",
            follows="Each call then starts with new random weights, so the same birds get other answers, or Keras "
            "stops; "
            "what training sets would be lost at once.",
            change="Make each layer once, in `__init__`, and only use it in `call`.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="a layer that nothing goes through",
            seen=lambda it: it.idle != "",
            did="Your `__init__` makes a layer, `{idle}`, that `call` never uses.",
            follows="It stays without weights and has no part in the answer; "
            "what happens to the data is decided in `call` alone.",
            change="Send the data through it in `call`, or leave it out.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="other birds",
            seen=lambda it: it.rows != PROBES,
            did="Your model was called on 8 birds, and {rows} rows came out.",
            follows="Each bird that comes in needs one row of the answer. A `call` that computes with an array of the "
            "notebook, and not with what comes in, answers for that array every time.",
            change="Check that `call` uses its own argument.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="a layer without effect",
            seen=lambda it: it.unheard != "",
            did="Your model gives the same answers whatever the weights of `{unheard}` are.",
            follows="What this layer makes of the birds is not handed on, so it has no part in the answer, and training "
            "would find nothing to set in it.",
            change="Follow the data through `call` line by line: what comes out of one layer goes into the next.",
            lesson="2.9 Subclassing: a model as a class",
        ),
        Misconception(
            name="units in the wrong layer",
            seen=lambda it: it.answers == WIDTHS[0],
            did="Your model answers with as many numbers as `units`: `PenguinReader(5)` gives five for each bird.",
            follows="The width of the hidden layer is free, and the width of the answer is not: there are three "
            "species.",
            change="Check which layer gets `units`, and which layer comes last.",
            lesson="2.4 Input, hidden, output",
        ),
        *_slips_of_species("`PenguinReader`"),
        Misconception(
            name="hidden layer missing",
            seen=lambda it: it.layers < 2 and it.answers == SPECIES,
            did="Your class makes models without a hidden layer: the answers are computed from the measurements "
            "directly.",
            follows="`units` has no layer to set the width of, and each score is one weighted sum.",
            change="Make one layer more, and let the data pass through it first.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="units not used",
            seen=lambda it: it.params[0] == it.params[1],
            did="Your `PenguinReader(5)` and `PenguinReader(12)` have the same {params[0]} parameters.",
            follows="So the number that `__init__` receives changes nothing, and whoever asks for a wider model does "
            "not get it.",
            change="Use the argument where the hidden layer is made.",
            lesson="2.5 Count the parameters",
        ),
        _straight_layers("PenguinReader"),
    ],
    check_observed=_check_class,
    hints=[
        "`DigitReader` in 2.9 is such a class; what does it fix that is free here, and the other way round?",
        "`__init__(self, units)`: first Keras' own `__init__`, then two layers under `self`. `call(self, "
        "measurements)`: through both, and return.",
        '`super().__init__()`, `self.hidden = keras.layers.Dense(units, activation="relu")`, and a layer of 3 that '
        "`call` uses last.",
    ],
    solution_code="""
class PenguinReader(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.hidden = keras.layers.Dense(units, activation="relu")
        self.answer = keras.layers.Dense(3, activation="softmax")

    def call(self, measurements):
        return self.answer(self.hidden(measurements))
""",
    right="Your class makes models of any width: {params[0]} parameters with 5 hidden neurons, {params[1]} with 12.",
)
