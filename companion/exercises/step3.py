"""Exercises of step 3, add the layers: what is between input and output, and which layer comes last.

The models that are handed in are tried with weights drawn here, beside their own, so that what is said of
them holds for any training. They are called in a `StatelessScope`, which leaves the learner's weights alone.
"""

import functools
import inspect
from collections.abc import Iterator
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import numpy as np

from companion import datasets, expect, messages
from companion.expect import Unexpected
from companion.feedback import Exercise, Misconception

MEASUREMENTS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
SPECIES = len(datasets.PENGUIN_SPECIES)
HIDDEN_UNITS = 16
HOURS, COLUMNS = 24, 4
MOST_RENTALS = 651

OUTPUT_LESSON = "3.12 The output layer follows from the task"
BEND_LESSON = "3.5 Without a bend, deep is shallow"
TRAINING_LESSON = "3.10 Layers that behave differently in training"
PREPARE_LESSON = "3.7 Layers that prepare"

# Below this share of an answer's spread, what no straight line explains is rounding. ReLU leaves about 0.3.
NO_BEND = 1e-3

# --- Trying a model with weights drawn here ---


def _model(value: object, name: str, shape: tuple[int, ...]) -> Any:
    """Return a model that has its weights; refuses what is no model, never saw a shape, or saw another one."""
    _graph.cache_clear()
    model = expect.model(value, name)
    if not model.built:
        raise Unexpected(
            f"`{name}` to know the shape of its input",
            "a model without weights",
            "Without that shape, Keras cannot make a single weight.",
            f"Let it begin with `keras.Input(shape={_written(shape)})`.",
            "2.6 Sequential: one tensor in, one tensor out",
        )
    inputs = getattr(model, "inputs", None)
    wanted = [tuple(known for known in one.shape[1:]) for one in inputs or []]
    fits = len(wanted) == 1 and len(wanted[0]) == len(shape)
    if inputs and not (fits and all(one in (None, other) for one, other in zip(wanted[0], shape, strict=True))):
        raise Unexpected(
            f"`{name}` to take one input of shape `{_written(shape)}`",
            "a model for " + " and ".join(f"`{_written(one)}`" for one in wanted),
            "The shape in `keras.Input` is that of one example, axis for axis; the number of examples is left out.",
            "Compare it with the task.",
            "2.4 Input, hidden, output",
        )
    return model


def _written(shape: tuple[int | None, ...]) -> str:
    return str(shape)


def _answer(model: Any, x: np.ndarray, name: str) -> np.ndarray:
    """Call the model on `x` with its own weights, and return the one array that comes out."""
    result = expect.output(model, x, name)
    if isinstance(result, np.ndarray) and result.ndim and len(result) == len(x):
        return expect.array(result, f"{name}(...)")
    several = not isinstance(result, np.ndarray)
    raise Unexpected(
        f"`{name}` to give one tensor, with a row for each of {len(x)} examples",
        f"{len(result)} outputs" if several else messages.of(result),
        "Each example needs its own answer.",
        "Look at `output_shape`: its first entry is `None`, for the examples.",
    )


def _weights(model: Any, seed: int, scale: float = 1, positive: bool = False) -> list[np.ndarray]:
    """Draw values for everything that training may change in a layer or model.

    Positive weights keep a narrow ReLU network awake, whose few neurons might all be silent otherwise.
    """
    rng = np.random.default_rng(seed)
    drawn = []
    for variable in model.trainable_variables:
        inputs = float(np.prod(variable.shape[:-1])) or 1.0
        spread = 0.5 if len(variable.shape) < 2 else 1 / inputs if positive else 1 / np.sqrt(inputs)
        values = rng.normal(0, scale * spread, variable.shape)
        drawn.append((np.abs(values) if positive else values).astype("float32"))
    return drawn


def _tried(
    model: Any, weights: list[np.ndarray], x: np.ndarray, training: bool | None = False, times: int = 1
) -> list[np.ndarray]:
    """Return what a layer or model gives with other weights, called `times` one after the other.

    With `training=None` nothing is said about it, as in a plain call.
    """
    call = _graph(model, training, x.shape[1:]) if _is_recurrent(model) else functools.partial(_call, model, training)
    state, results = [np.asarray(variable) for variable in model.non_trainable_variables], []
    for _ in range(times):
        result, state = call(weights, state, x)
        results.append(np.asarray(result))
    return results


def _call(model: Any, training: bool | None, weights: list[Any], state: list[Any], x: Any) -> tuple[Any, list[Any]]:
    """Call a model with these values in place of its own; return its answers, and its state afterwards."""
    import keras

    said = {} if training is None else expect.as_when(model, training)
    values = [*zip(model.trainable_variables, weights, strict=True), *zip(model.non_trainable_variables, state, strict=True)]
    with keras.StatelessScope(state_mapping=values) as scope:
        result = model(x, **said)
    return result, [scope.get_current_value(variable) for variable in model.non_trainable_variables]


@functools.lru_cache(maxsize=4)
def _graph(model: Any, training: bool | None, shape: tuple[int, ...]) -> Any:
    """Return `_call` for a model as a graph, in which recurrent layers take their steps ten times as fast."""
    import tensorflow as tf

    weights = [tf.TensorSpec(variable.shape, tf.float32) for variable in model.trainable_variables]
    state = [tf.TensorSpec(variable.shape, variable.dtype) for variable in model.non_trainable_variables]
    signature = (weights, state, tf.TensorSpec((None, *shape), tf.float32))
    return tf.function(functools.partial(_call, model, training), input_signature=signature, autograph=False)


def _is_recurrent(model: Any) -> bool:
    """Whether a model goes through its input step by step, in layers whose order is known."""
    import keras

    layers = _in_order(model) if isinstance(model, keras.Model) else []
    return any(isinstance(layer, (keras.layers.RNN, keras.layers.Bidirectional)) for layer in layers)


def _drawn(model: Any, x: np.ndarray, both_signs: bool = False) -> list[np.ndarray]:
    """Return what a model gives with several draws of weights, as (rows, numbers).

    It stops at the first answers that are bent; with `both_signs`, that also run from below −1 to above 1.
    """
    drawn = []
    for draw in _DRAWS:
        answers = _tried(model, _weights(model, **draw), x)[0].reshape(len(x), -1)
        drawn.append(answers)
        if _bend([answers], x) > NO_BEND and not (both_signs and (answers.min() > -1 or answers.max() < 1)):
            break
    return drawn


# Wide draws wake what saturates, narrow ones keep probabilities off 0 and 1.
_DRAWS = [{"seed": seed, "scale": scale} for seed, scale in enumerate((1, 1, 3, 3, 10))]
_DRAWS += [{"seed": seed, "positive": True} for seed in (5, 6)]


def _bend(drawn: list[np.ndarray], x: np.ndarray) -> float:
    """Return how far answers are from those of one straight layer with the same kind of output: 0 if they are its.

    It is the share of the answers' spread that no weighted sum of the inputs explains, at the most over
    the draws. Probabilities are first turned back into the scores that softmax or sigmoid was given.
    NaN if the answers never differ.
    """
    rows = x.reshape(len(x), -1)
    probable = all(answers.min() >= 0 and answers.max() <= 1 for answers in drawn)
    shares = [np.nan]
    for answers in drawn:
        scores = _scores(answers.astype("float64")) if probable else answers.astype("float64")
        usable = np.isfinite(scores).all(axis=1)
        scores = scores[usable]
        if len(scores) < 2 * (rows.shape[1] + 1):
            continue
        straight = _straight(rows[usable].tobytes(), rows.dtype.str, rows.shape[1])
        rest = scores - straight @ (straight.T @ scores)
        spread = scores.std(axis=0)
        shares += list(rest.std(axis=0)[spread > 1e-4] / spread[spread > 1e-4])
    return float(np.nanmax(shares)) if np.isfinite(shares).any() else float("nan")


@functools.lru_cache(maxsize=4)
def _straight(rows: bytes, dtype: str, columns: int) -> np.ndarray:
    """Return an orthonormal basis of all that weighted sums of these inputs, and a bias, can give."""
    x = np.frombuffer(rows, dtype).reshape(-1, columns)
    table = np.hstack([x, np.ones((len(x), 1))])
    return np.linalg.qr(table / np.maximum(np.abs(table).max(axis=0), 1e-12))[0]


def _scores(answers: np.ndarray) -> np.ndarray:
    """Return what softmax or sigmoid was given, up to a constant; NaN where too few digits are left."""
    with np.errstate(all="ignore"):
        kept = np.where(answers > 1e-30, answers, np.nan)
        if answers.shape[1] > 1:
            return np.log(kept[:, 1:]) - np.log(kept[:, :1])
        return np.where(kept < 0.999, np.log(kept) - np.log1p(-kept), np.nan)


# --- Looking at layers, through public names ---


def _layers(model: Any) -> Iterator[Any]:
    """Yield the layers of a model in their order, with those inside its models and its layers of own classes."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield from _inside(layer)
            yield layer


def _inside(layer: Any) -> list[Any]:
    """The layers that a layer of the learner's own class keeps."""
    import keras

    if type(layer).__module__.partition(".")[0] == "keras":
        return []
    return [it for it in vars(layer).values() if isinstance(it, keras.layers.Layer)]


def _in_order(model: Any) -> list[Any]:
    """The layers in the order in which data passes them; [] where the order is hidden in a `call`."""
    layers = list(_layers(model)) if getattr(model, "inputs", None) else []
    return [] if any(_inside(layer) for layer in layers) else layers


def _place_of_the_output(layers: list[Any]) -> int:
    """The place of the last layer that has a table of weights, which is the output layer; -1 if there is none."""
    return max((place for place, layer in enumerate(layers) if _kernels(layer)), default=-1)


def _kernels(model: Any) -> int:
    """How many tables of weights a layer has, or a model, where they lie one behind the other."""
    return sum(len(variable.shape) > 1 for variable in model.weights)


def _dropouts(layers: list[Any]) -> list[int]:
    """The places of the layers that drop values."""
    import keras

    kinds = (keras.layers.Dropout, keras.layers.AlphaDropout, keras.layers.GaussianDropout)
    return [place for place, layer in enumerate(layers) if isinstance(layer, kinds)]


def _lets_nothing_through(layers: list[Any]) -> bool:
    """Whether a layer drops all of its inputs in training. Some versions of Keras stop with an error there."""
    return any(layers[place].rate >= 1 for place in _dropouts(layers))


def _wipes_out_answers(model: Any, x: np.ndarray) -> bool:
    """Whether answers are dropped in training.

    Where the layers that drop and their order are known, the order says it. Elsewhere there are zeros in
    training that are not there in use: with 500 rows and any rate above 0.03, the chance that none is
    dropped is below 1e-6. Small weights keep probabilities off 0 even where dropout enlarges what it leaves.
    """
    layers = _in_order(model) or [model]
    if _dropouts(layers):
        return any(place > _place_of_the_output(layers) for place in _dropouts(layers))
    weights = _weights(model, seed=0, scale=0.01)
    in_use, in_training = _tried(model, weights, x)[0], _tried(model, weights, x, training=True)[0]
    return bool(np.all(in_use != 0) and np.any(in_training == 0))


def _refuse_dropped_answers(wiped: bool, name: str) -> None:
    """Nothing may come after the output layer that wipes out answers while the model learns."""
    if wiped:
        raise Unexpected(
            f"each answer of `{name}` to arrive while it learns",
            "answers of which some are dropped at random in training",
            "The loss would then punish the model for answers that it never gave.",
            "Let nothing drop values after the output layer.",
            TRAINING_LESSON,
        )


def _refuse_full_dropout(shut: bool, name: str) -> None:
    """Something must get through while the model learns."""
    if shut:
        raise Unexpected(
            f"`{name}` to keep some of what its layers say while it learns",
            "a layer that drops all of it",
            "The rate of a `Dropout` is the share that is set to zero: behind a rate of 1, each example looks the same.",
            "Say which share may go, and keep most.",
            TRAINING_LESSON,
        )


def _refuse_squeezed_scores(highest: float, name: str) -> None:
    """A class must be able to get nearly all of the belief."""
    if highest < 0.6:
        raise Unexpected(
            f"`{name}` to be able to give one class nearly all of the belief",
            f"at most {highest:.2f} for a class, whatever the weights were",
            "The scores that softmax gets are squeezed, as by a sigmoid or another softmax before it, so they are never far apart.",
            "Look at what happens to the scores, and keep one activation at the end.",
            OUTPUT_LESSON,
        )


def _highest(model: Any, x: np.ndarray) -> float:
    """The highest number that a model gives with wide draws of weights; NaN if it gives none."""
    answers = np.concatenate([_tried(model, _weights(model, seed, scale=100), x)[0].ravel() for seed in range(4)])
    return float(max(answers[np.isfinite(answers)], default=np.nan))


# --- Bend the model ---


def _observe_species(species_model: object) -> SimpleNamespace:
    """What the model gives for standardised measurements, and whether it is more than one straight layer."""
    model = _model(species_model, "species_model", (len(MEASUREMENTS),))
    x = np.random.default_rng(0).normal(0, 2, (600, len(MEASUREMENTS))).astype("float32")
    answer = _answer(model, x, "species_model")
    if answer.ndim != 2:
        raise Unexpected(
            f"`species_model` to give {SPECIES} probabilities a penguin",
            f"an output of shape `{answer.shape}` for {len(x)} penguins",
            "One axis counts the penguins and one the species.",
            "Look at `species_model.output_shape`.",
            OUTPUT_LESSON,
        )
    layers, drawn = _in_order(model), _drawn(model, x)
    given = np.concatenate([answer, *drawn])
    given = given[np.isfinite(given).all(axis=1)]
    return SimpleNamespace(
        units=answer.shape[1],
        kernels=_kernels(model),
        bend=_bend(drawn, x),
        low=f"{given.min():.2f}",
        high=f"{given.max():.2f}",
        adds_up=bool(given.min() >= 0 and np.allclose(given.sum(axis=1), 1, atol=1e-2)),
        highest=_highest(model, x),
        shut=_lets_nothing_through(list(_layers(model))),
        softmax_inside=_has_softmax_inside(layers),
        flat_layer=_units_of_a_flat_layer(model, layers),
        wiped=_wipes_out_answers(model, x),
    )


def _has_softmax_inside(layers: list[Any]) -> bool:
    """Whether a layer before the output layer ends in softmax."""
    import keras

    inside = layers[: max(_place_of_the_output(layers), 0)]
    kinds = (keras.layers.Dense, keras.layers.Activation)
    return any(
        isinstance(it, keras.layers.Softmax) or (isinstance(it, kinds) and _acts_as(it.activation, keras.activations.softmax))
        for it in inside
    )


def _acts_as(activation: Any, known: Any) -> bool:
    """Whether an activation gives what a known one gives, in whatever way it is written."""
    import keras

    if activation is known or isinstance(activation, keras.layers.Layer):
        return activation is known
    sums = np.random.default_rng(7).normal(0, 2, (3, 5)).astype("float32")
    try:
        return bool(np.allclose(activation(keras.ops.convert_to_tensor(sums)), known(sums), atol=1e-5))
    except Exception:
        return False


def _units_of_a_flat_layer(model: Any, layers: list[Any]) -> int:
    """The units of a dense layer without activation straight before another one; 0 if there is none."""
    import keras

    row = [layer for layer in layers if not _hands_on(layer)]
    if isinstance(model, keras.Sequential):
        pairs = list(zip(row, row[1:], strict=False))
    else:
        pairs = [(layer, after) for layer in row for after in row if _is_read_by_one(model, layers, layer, after)]
    for layer, after in pairs:
        if type(layer) is type(after) is keras.layers.Dense and _acts_as(layer.activation, keras.activations.linear):
            return int(layer.units)
    return 0


def _hands_on(layer: Any) -> bool:
    """Whether a layer bends nothing in use, and weighs each number by itself."""
    import keras

    if isinstance(layer, keras.layers.Activation):
        return _acts_as(layer.activation, keras.activations.linear)
    return isinstance(layer, (keras.layers.Dropout, keras.layers.BatchNormalization))


def _is_read_by_one(model: Any, layers: list[Any], layer: Any, after: Any) -> bool:
    """Whether what a layer gives reaches another one unbent, and nothing else; False where that is not known."""
    import tensorflow as tf

    try:
        tensor, sources = after.input, {id(one.output): one for one in layers}
        while tensor is not layer.output:
            source = sources.get(id(tensor))
            if source is None or not _hands_on(source):
                return False
            tensor = source.input
        readers = [it for it in model.operations if any(one is tensor for one in tf.nest.flatten(it.input))]
        return len(readers) == 1
    except (AttributeError, ValueError):
        return False


def _check_species(it: SimpleNamespace) -> None:
    """Three probabilities that differ from penguin to penguin, in use and while it learns."""
    if not it.adds_up:
        raise Unexpected(
            "three probabilities for each penguin, which add up to 1",
            f"numbers from {it.low} to {it.high}, whose rows do not",
            "A penguin belongs to exactly one species, so the three share what is certain.",
            "Keep the output layer that the task gives.",
            OUTPUT_LESSON,
        )
    if not it.bend > NO_BEND:
        raise Unexpected(
            "answers that differ from penguin to penguin",
            "the same answer for every penguin",
            "Such a model does not look at what it is given.",
            "Call it on a few random rows, and follow the numbers from layer to layer.",
        )
    if it.kernels < 2:
        raise Unexpected(
            "a hidden layer between the measurements and the output layer",
            "a model with one table of weights, that of its output layer",
            "A bend of the inputs or of the outputs alone leaves nothing in between that could learn.",
            "Put a layer of its own there, and let that one bend.",
            "3.1 What layers can do",
        )
    _refuse_squeezed_scores(it.highest, "species_model")
    _refuse_dropped_answers(it.wiped, "species_model")
    _refuse_full_dropout(it.shut, "species_model")


bend_the_model = Exercise(
    name="step3.bend_the_model",
    title="Bend the model",
    task="Build `species_model`: 4 standardised measurements in, 3 probabilities out (one for each species). In "
    "between, one or more hidden layers of any width, each with a bend of each neuron's own.",
    answers=["species_model"],
    lesson=BEND_LESSON,
    observe=_observe_species,
    misconceptions=[
        Misconception(
            name="wrong number of classes",
            seen=lambda it: it.units != SPECIES,
            did="Your output layer has {units} units, and there are three species.",
            follows="Each class needs a place of its own in the output: with fewer places some penguins can never be "
            "named, and with more the model spreads its belief over species that do not exist.",
            change="Compare the last layer with the number of species.",
            lesson=OUTPUT_LESSON,
        ),
        Misconception(
            name="softmax in a hidden layer",
            seen=lambda it: it.softmax_inside,
            did="Your model has a softmax before its output layer.",
            follows="There it ties the neurons together: their values must add up to 1, so one can only say more if "
            "the others say less, and together they say little. Making shares of 1 is a task for the end.",
            change="Give the hidden layers an activation that works on each neuron by itself.",
            lesson="3.4 Activations",
        ),
        Misconception(
            name="no hidden layer",
            seen=lambda it: it.kernels < 2 and it.bend <= NO_BEND,
            did="Your model goes from the 4 measurements to the 3 outputs in a single step.",
            follows="It then draws straight lines between the species and nothing else. For some problems that is "
            "enough; here you are to build one that can do more.",
            change="Put a layer of its own between input and output.",
            lesson="3.1 What layers can do",
        ),
        Misconception(
            name="linear layers stacked",
            seen=lambda it: it.kernels >= 2 and it.bend <= NO_BEND,
            did="Your model has {kernels} layers with weights, and none before the output bends anything.",
            follows="Whatever their weights are, the layers can be multiplied out into a single one: the boundaries "
            "between the species stay straight, and the additional weights buy nothing.",
            change="Look at what each hidden layer does after its sum.",
            lesson=BEND_LESSON,
        ),
        Misconception(
            name="one layer without a bend",
            seen=lambda it: it.flat_layer > 0,
            did="Your model bends, but one dense layer, of {flat_layer} units, hands its sums on as they are.",
            follows="That layer and the dense layer after it can be multiplied out into one, so the model has one "
            "layer less than it seems. Keras puts no activation in by itself.",
            change="Find the hidden layer that says nothing about its activation.",
            lesson="3.4 Activations",
        ),
    ],
    check_observed=_check_species,
    hints=[
        "Each hidden layer does two things: a weighted sum, and then something that no weighted sum can do.",
        "`keras.layers.Dense(units)` alone does the sum only. Section 3.4 lists what can come after it, and which to "
        "begin with.",
        "A hidden layer such as `keras.layers.Dense(16, activation=...)` stands between `keras.Input(shape=(4,))` and "
        '`keras.layers.Dense(3, activation="softmax")`; only the name of the activation is missing.',
    ],
    solution_code="""
species_model = keras.Sequential([
    keras.Input(shape=(4,)),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(3, activation="softmax"),
])
""",
    right="With whatever weights, no single layer could give the same answers. So the boundaries between the species "
    "may bend, and each penguin gets {units} probabilities that add up to 1.",
)

# --- Choose the outputs ---


def _layer(value: object, name: str) -> Any:
    """Return a copy of a layer that has weights for HIDDEN_UNITS inputs; the learner's own stays as it is."""
    import keras

    if not isinstance(value, keras.layers.Layer):
        raise Unexpected(
            f"`{name}` to be a layer",
            messages.of(value),
            "The check puts it behind a hidden layer and looks at what comes out.",
            "Hand in the layer itself, before it is called on anything."
            if hasattr(value, "shape")
            else "Write for instance `keras.layers.Dense(...)`; put several layers into one `keras.Sequential([...])`.",
            "3.3 Units",
        )
    inputs = getattr(value, "inputs", None) or []
    if [it.shape[-1] for it in inputs] not in ([], [HIDDEN_UNITS]):
        raise Unexpected(
            f"`{name}` to take the {HIDDEN_UNITS} numbers of a hidden layer",
            "a model for " + " and ".join(f"`{_written(it.shape[1:])}`" for it in inputs),
            "The hidden layer is there already, and only what comes last is asked for.",
            "Leave the layers before it out.",
            OUTPUT_LESSON,
        )
    layer = _copied(value, name)
    hidden = np.ones((2, HIDDEN_UNITS), "float32")
    answer = _answer(layer, hidden, name)
    if answer.ndim != 2:
        raise Unexpected(
            f"`{name}` to give a row of numbers for each example",
            f"an output of shape `{answer.shape}` for 2 examples",
            "A loss compares one row of numbers, or one number, with each label.",
            "Choose a layer that turns 16 numbers into as many as the task asks for.",
            "3.3 Units",
        )
    return layer


def _copied(layer: Any, name: str) -> Any:
    """Return a layer like this one with weights of its own, or itself where calling it changes nothing."""
    import keras

    if isinstance(layer, keras.layers.Lambda) or (isinstance(layer, keras.Model) and layer.built):
        return layer
    if isinstance(layer, keras.Sequential):
        return type(layer)([_copied(each, name) for each in layer.layers])
    try:
        if type(layer) is keras.layers.Dense:
            return type(layer)(layer.units, activation=layer.activation, use_bias=layer.use_bias)
        return type(layer).from_config(_taken(layer.get_config(), type(layer)))
    except Exception:
        if layer.built:
            return layer
    raise Unexpected(
        f"`{name}` to be a layer of Keras, or a row of them",
        f"{messages.of(layer)} that cannot be copied",
        "The check tries a copy, so as to leave yours untouched.",
        f"Let it begin with `keras.Input(shape=({HIDDEN_UNITS},))`, or use layers of Keras alone.",
        OUTPUT_LESSON,
    )


def _taken(config: dict[str, Any], kind: type) -> dict[str, Any]:
    """The settings that a class takes: one of the learner's own need not know `name` or `dtype`."""
    known = inspect.signature(kind.__init__).parameters
    if any(it.kind is it.VAR_KEYWORD for it in known.values()):
        return config
    return {key: value for key, value in config.items() if key in known}


def _seen_of(layer: Any, scale: float, far: float) -> np.ndarray:
    """What an output layer says over several draws of weights: `scale` for those, `far` for the inputs."""
    x = np.random.default_rng(1).normal(0, far, (200, HIDDEN_UNITS)).astype("float32")
    return np.concatenate([_tried(layer, _weights(layer, seed, scale), x)[0] for seed in range(6)])


def _observe_outputs(species_output: object, sex_output: object, rentals_output: object) -> SimpleNamespace:
    """What each output layer can say: how many numbers, in which range, whether they add up."""
    given = {"species_output": species_output, "sex_output": sex_output, "rentals_output": rentals_output}
    layers = {name: _layer(value, name) for name, value in given.items()}
    rentals_layer = layers["rentals_output"]
    hidden = np.random.default_rng(1).normal(0, 1, (500, HIDDEN_UNITS)).astype("float32")
    species, sex = _seen_of(layers["species_output"], 1, 2), _seen_of(layers["sex_output"], 1, 2)
    # A range that does not grow with the weights, up to thousands of them, is that of the layer itself.
    rentals, rentals_far = _seen_of(rentals_layer, 1, 2), np.abs(_seen_of(rentals_layer, 1e4, 100))
    top = float(max(rentals_far[~np.isnan(rentals_far)], default=np.inf))
    cut_off = bool(rentals.min() == 0 and np.mean(rentals == 0) > 0.1)
    return SimpleNamespace(
        species=_said(species),
        sex=_said(sex),
        rentals=_said(rentals),
        species_units=species.shape[1],
        sex_units=sex.shape[1],
        rentals_low=f"{rentals.min():.2f}",
        rentals_high=f"{rentals.max():.2f}",
        rentals_top=f"{top:g}",
        rentals_squeezed=top < MOST_RENTALS and not (cut_off and top > 1),
        rentals_cut_off=cut_off,
        highest=_highest(layers["species_output"], hidden),
        wiped=[name for name, layer in layers.items() if _wipes_out_answers(layer, hidden)],
        shut=[name for name, layer in layers.items() if _lets_nothing_through(_parts(layer))],
    )


def _parts(layer: Any) -> list[Any]:
    """The layers of a model, or the layer and what is inside it."""
    return list(_layers(layer)) if hasattr(layer, "layers") else [*_inside(layer), layer]


def _said(answers: np.ndarray) -> SimpleNamespace:
    """Facts about numbers that an output layer gave."""
    return SimpleNamespace(
        units=answers.shape[1],
        low=float(answers.min()),
        high=float(answers.max()),
        adds_up=bool(np.allclose(answers.sum(axis=1), 1, atol=1e-3)),
        probable=bool(answers.min() >= 0 and answers.max() <= 1),
        always_one=bool(np.all(np.abs(answers - 1) < 1e-6)),
        range=f"numbers from {answers.min():.2f} to {answers.max():.2f}",
    )


def _check_outputs(it: SimpleNamespace) -> None:
    """Probabilities of three species, one probability, one number that nothing holds back."""
    if not (it.species.probable and it.species.adds_up):
        raise Unexpected(
            "`species_output` to give probabilities that add up to 1",
            it.species.range,
            "Each penguin belongs to exactly one of the three species.",
            "Find the row of the table in 3.12 for one of many.",
            OUTPUT_LESSON,
        )
    if it.sex.units != 1:
        raise Unexpected(
            "`sex_output` to give one probability",
            f"{it.sex.units} numbers for each penguin",
            "There is one question, with yes or no for an answer.",
            "Count the units.",
            OUTPUT_LESSON,
        )
    if not it.sex.probable or it.sex.high - it.sex.low < 1e-3:
        raise Unexpected(
            "`sex_output` to give probabilities, between 0 and 1, that differ from penguin to penguin",
            it.sex.range,
            "Only such a number can be read as the chance that the penguin is a male.",
            "Find the row of the table in 3.12 for yes or no.",
            OUTPUT_LESSON,
        )
    if it.rentals.units != 1:
        raise Unexpected(
            "`rentals_output` to give one number for each hour",
            f"{it.rentals.units} numbers",
            "There is one label for each hour: how many bicycles were rented.",
            "Count the units.",
            OUTPUT_LESSON,
        )
    _refuse_squeezed_scores(it.highest, "species_output")
    for name in it.wiped:
        _refuse_dropped_answers(True, name)
    for name in it.shut:
        _refuse_full_dropout(True, name)


choose_the_outputs = Exercise(
    name="step3.choose_the_outputs",
    title="Choose the outputs",
    task="Three last layers, each behind a hidden layer of 16: `species_output` gives a probability for each of 3 "
    "species, of which exactly one is right; `sex_output` gives one number, the probability that the penguin is a "
    "male; `rentals_output` gives how many bicycles are rented in an hour, 1 to 651, as one number that is neither "
    "squeezed into a small range nor cut off at 0.",
    answers=["species_output", "sex_output", "rentals_output"],
    lesson=OUTPUT_LESSON,
    observe=_observe_outputs,
    misconceptions=[
        Misconception(
            name="wrong number of classes",
            seen=lambda it: it.species_units != SPECIES,
            did="Your `species_output` gives rows of length {species_units}, and the penguins belong to three species.",
            follows="The output needs one place for each class, no fewer and no more. A label that has no place "
            "cannot be learned: training stops with an error, or gives a loss of NaN.",
            change="Count the classes, not the measurements and not the neurons before.",
            lesson=OUTPUT_LESSON,
        ),
        Misconception(
            name="sigmoid for one of many",
            seen=lambda it: it.species.probable and not it.species.adds_up,
            did="Your `species_output` gives three numbers between 0 and 1 that do not add up to 1, as three separate sigmoids do.",
            follows="Each of them answers for itself, so the model may call a penguin surely an Adelie and surely a "
            "Gentoo at once. That fits several labels that may all be true, and here exactly one is.",
            change="Take an activation that looks at all three scores together.",
            lesson=OUTPUT_LESSON,
        ),
        Misconception(
            name="scores instead of probabilities",
            seen=lambda it: it.species.low < -1 and it.species.high > 1,
            did="Your `species_output` hands on its sums as they are: numbers below 0 and above 1 come out.",
            follows="They are scores (logits), and the task asks for probabilities. The largest still marks the "
            "likeliest species, but nobody can read from it how likely that is.",
            change="Let an activation turn the three scores into shares of 1.",
            lesson="3.4 Activations",
        ),
        Misconception(
            name="softmax over one unit",
            seen=lambda it: it.sex.units == 1 and it.sex.always_one,
            did="Your `sex_output` says 1 for every penguin, as softmax over a single unit does.",
            follows="Softmax divides each number by the sum of its row, and in a row of one that is the number itself. "
            "No training can change this 1.",
            change="For a single unit, choose an activation that squeezes it without comparing it to others.",
            lesson=OUTPUT_LESSON,
        ),
        Misconception(
            name="two numbers for yes or no",
            seen=lambda it: it.sex.units == 2,
            did="Your `sex_output` gives two numbers for each penguin, and the task asks for one.",
            follows="The probability of a female is 1 minus that of a male, so one number says it all. (Two units with "
            "softmax do work, with another loss and no gain.)",
            change="Keep the number for *yes*, and let the other go.",
            lesson=OUTPUT_LESSON,
        ),
        Misconception(
            name="a score for yes or no",
            seen=lambda it: it.sex.units == 1 and it.sex.low < -1 and it.sex.high > 1,
            did="Your `sex_output` has the right number of units, but it can say numbers below 0 and above 1.",
            follows="A probability of 2.5 or of −3 means nothing, so nobody could tell how sure the model is. A sum "
            "without an activation has no limits.",
            change="Choose the activation that turns any number into one between 0 and 1.",
            lesson="3.4 Activations",
        ),
        Misconception(
            name="tanh for yes or no",
            seen=lambda it: it.sex.units == 1 and -1 <= it.sex.low < 0 and it.sex.high <= 1,
            did="Your `sex_output` gives numbers between −1 and 1, as tanh does.",
            follows="Half of that range is negative, and no probability is. A loss that takes the logarithm of a "
            "probability cannot use a negative number.",
            change="Among the curves of 3.4, choose the S that runs from 0 to 1.",
            lesson="3.4 Activations",
        ),
        Misconception(
            name="a number squeezed",
            seen=lambda it: it.rentals.units == 1 and it.rentals_squeezed,
            did="Your `rentals_output` never gets past {rentals_top}, however large its sums are.",
            follows="Up to 651 bicycles are rented in an hour. The model would say {rentals_top} at most, so for busy "
            "hours its answers would be far too small.",
            change="Ask what the activation of that layer is good for when a plain number is wanted.",
            lesson=OUTPUT_LESSON,
        ),
        Misconception(
            name="ReLU for a number",
            seen=lambda it: it.rentals.units == 1 and it.rentals_cut_off,
            did="Your `rentals_output` says exactly 0 wherever its sum is negative, as ReLU does.",
            follows="It is true that no hour has fewer than 0 rentals. But where ReLU is flat no correction gets "
            "through, so an hour for which it says 0 by mistake teaches it nothing, and at worst it says 0 for ever.",
            change="Let the sum out as it is, or through a curve that is flat nowhere.",
            lesson=OUTPUT_LESSON,
        ),
    ],
    check_observed=_check_outputs,
    hints=[
        "Go through the three tasks and ask of each: is it one of many, yes or no, or a number?",
        "The table in 3.12 has a row for each of the three: first the units, then the activation.",
        "All three are `keras.layers.Dense(units, activation=...)`: 3 units that compete, 1 unit between 0 and 1, and 1 "
        "unit that needs no activation at all.",
    ],
    solution_code="""
species_output = keras.layers.Dense(3, activation="softmax")
sex_output = keras.layers.Dense(1, activation="sigmoid")
rentals_output = keras.layers.Dense(1)
""",
    right="Three numbers that share 1, one number between 0 and 1, one number without a fence: with any weights, these "
    "layers can say what their tasks ask for, and the loss of step 4 can be chosen to match.",
)

# --- Read a window ---


def _observe_window(window_model: object) -> SimpleNamespace:
    """What comes out for windows of hours, which hours matter, and what numbers it can say."""
    model = _model(window_model, "window_model", (HOURS, COLUMNS))
    rng = np.random.default_rng(2)
    x = rng.normal(size=(240, HOURS, COLUMNS)).astype("float32")
    answer = _answer(model, x, "window_model")
    one_each = answer.shape in ((len(x),), (len(x), 1))
    seen = SimpleNamespace(
        rank=answer.ndim,
        shape=str(("None", *answer.shape[1:])).replace("'", ""),
        numbers=int(np.prod(answer.shape[1:])),
        one_each=one_each,
        one_per_hour=answer.ndim == 2 and answer.shape[1] > 1 and _is_local(model, x[:64]),
    )
    if not one_each:
        return seen
    wide = rng.normal(0, 2, (300, HOURS, COLUMNS)).astype("float32")
    drawn = _drawn(model, wide, both_signs=True)
    numbers = np.concatenate(drawn)
    if numbers.min() >= 0:
        # With an output that can take both signs, at most about half of the draws are all positive: twelve more.
        more = [_tried(model, _weights(model, seed), wide)[0].reshape(-1, 1) for seed in range(10, 22)]
        numbers = np.concatenate([numbers, *more])
    seen.bend = _bend(drawn, wide)
    seen.unseen = _unseen_hours(model, x[:12])
    seen.unseen_list = _in_runs(seen.unseen)
    seen.order_blind = _is_order_blind(model, x[:32])
    seen.low, seen.high = f"{numbers.min():.2f}", f"{numbers.max():.2f}"
    seen.squeezed = bool(np.nanmax(np.abs(numbers)) <= 1 + 1e-6)
    seen.cut_off = bool(numbers.min() == 0 and np.mean(numbers == 0) > 0.1)
    seen.positive = bool(numbers.min() >= 0)
    seen.varies = bool(np.isfinite(seen.bend))
    seen.wiped = _wipes_out_answers(model, np.concatenate([x, x]))
    seen.shut = _lets_nothing_through(list(_layers(model)))
    return seen


def _is_local(model: Any, x: np.ndarray) -> bool:
    """Whether the first of several outputs takes no notice of the last hour."""
    other = x.copy()
    other[:, -1] += 3
    pairs = [_tried(model, weights, np.concatenate([x, other]))[0] for weights in _some_weights(model)]
    return all(np.allclose(both[: len(x), 0], both[len(x) :, 0], atol=1e-6) for both in pairs)


def _some_weights(model: Any) -> list[list[np.ndarray]]:
    return [_weights(model, **draw) for draw in (_DRAWS[0], _DRAWS[2], _DRAWS[-1])]


def _unseen_hours(model: Any, x: np.ndarray) -> list[int]:
    """The hours whose values change no answer. [] where an early hour may fade: in recurrent layers."""
    import keras

    layers = _in_order(model)
    fading = (keras.layers.RNN, keras.layers.Bidirectional)
    if not layers or any(isinstance(layer, fading) for layer in layers):
        return []
    variants = np.repeat(x[None], HOURS + 1, axis=0)
    for hour in range(HOURS):
        variants[hour, :, hour] = -variants[hour, :, hour] - 1
    matters = np.zeros(HOURS, bool)
    for weights in _some_weights(model):
        answers = _tried(model, weights, variants.reshape(-1, HOURS, COLUMNS))[0].reshape(HOURS + 1, len(x))
        matters |= np.abs(answers[:-1] - answers[-1]).max(axis=1) > 1e-6 * max(np.abs(answers).max(), 1e-6)
    return [int(hour) for hour in np.flatnonzero(~matters)]


def _in_runs(hours: list[int]) -> str:
    """Write whole numbers in few words: "0 to 5, 9"."""
    starts = [hour for hour in hours if hour - 1 not in hours]
    ends = [hour for hour in hours if hour + 1 not in hours]
    return ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in zip(starts, ends, strict=True))


def _is_order_blind(model: Any, x: np.ndarray) -> bool:
    """Whether the answers stay the same when the hours of each window change places."""
    mixed = x[:, np.random.default_rng(3).permutation(HOURS)]
    for weights in _some_weights(model):
        answers = _tried(model, weights, np.concatenate([x, mixed]))[0].ravel()
        one, other = answers[: len(x)], answers[len(x) :]
        if np.abs(one - other).max() > 1e-3 * max(one.std(), 1e-6):
            return False
    return True


def _check_window(it: SimpleNamespace) -> None:
    """One number for each window, of either sign, that depends on what is in it."""
    if not it.one_each:
        raise Unexpected(
            "`window_model` to give one number for each window, shape `(None, 1)`",
            f"shape `{it.shape}`" + (f", {it.numbers} numbers for each window" if it.numbers > 1 else ""),
            "The label is one number: the rentals of the hour that comes next.",
            "Count the units of the output layer."
            if it.numbers > 1
            else "It is one number already, with an axis too many; lay it flat before it gets there.",
            OUTPUT_LESSON if it.numbers > 1 else PREPARE_LESSON,
        )
    if it.positive:
        raise Unexpected(
            "`window_model` to be able to give negative numbers, too",
            f"numbers from {it.low} to {it.high} with all the weights that were tried",
            "The rentals are standardised here, so all that are below the mean are negative.",
            "Look at the activation of the output layer.",
            OUTPUT_LESSON,
        )
    if not it.bend > NO_BEND:
        raise Unexpected(
            "answers that differ from window to window",
            "the same answer for every window",
            "Such a model does not look at what it is given.",
            "Call it on a few windows, and follow the numbers from layer to layer.",
        )
    _refuse_dropped_answers(it.wiped, "window_model")
    _refuse_full_dropout(it.shut, "window_model")


read_a_window = Exercise(
    name="step3.read_a_window",
    title="Read a window",
    task="Build `window_model`: in comes a window of 24 hours with 4 columns, shape `(24, 4)`; out comes one number, "
    "the standardised rentals of the hour after it, which may be negative. All 24 hours and their order must be able "
    "to matter, and at least one hidden layer must bend. Which layers do that is up to you.",
    answers=["window_model"],
    lesson=PREPARE_LESSON,
    observe=_observe_window,
    misconceptions=[
        Misconception(
            name="Flatten missing",
            seen=lambda it: it.rank > 2 and it.numbers > 1,
            did="Your model's output has the shape `{shape}`: beside the windows, an axis of hours is left in it.",
            follows="A dense layer works on the last axis alone and leaves the others as they are, so each place in "
            "the window gets an answer of its own, {numbers} in all, where one was asked for.",
            change="Somewhere before the output layer, bring the hours of a window together.",
            lesson=PREPARE_LESSON,
        ),
        Misconception(
            name="Flatten after the output",
            seen=lambda it: it.one_per_hour,
            did="Your model gives {numbers} numbers for each window, and the first takes no notice of the last hour.",
            follows="So each comes from a part of the window alone: they were computed place by place, and laid in a "
            "row only afterwards. No neuron ever sees the whole window.",
            change="Look at the order of your layers: what must be in one row before the output layer sums it up?",
            lesson=PREPARE_LESSON,
        ),
        Misconception(
            name="order of the hours lost",
            seen=lambda it: it.one_each and it.order_blind and it.varies,
            did="Your model gives the same answer when the 24 hours of a window change places.",
            follows="Averaging, or taking the largest, over all the hours forgets which was which, unless the layer "
            "before looks at neighbouring hours together. To your model, rentals that rise and rentals that fall are the same.",
            change="Keep the hours apart until a layer with a weight for each has seen them, or let a layer see "
            "several neighbours at once.",
            lesson="3.9 Pooling",
        ),
        Misconception(
            name="hours that nobody sees",
            seen=lambda it: it.one_each and 0 < len(it.unseen) < HOURS,
            did="Your model never looks at some hours of the window; counted from 0 they are: {unseen_list}.",
            follows="Whatever happened then, the answer is the same. Slicing does this, and so may strides and pooling: "
            "where no whole step fits any more, they drop what is left over at the end, the latest hours.",
            change="Follow the number of hours from layer to layer in `window_model.summary()`.",
            lesson="3.8 Not every layer is fully connected: convolution",
        ),
        Misconception(
            name="a number squeezed",
            seen=lambda it: it.one_each and it.squeezed,
            did="Your model cannot get out of the range from −1 to 1: with all weights that were tried it gave "
            "numbers from {low} to {high}.",
            follows="The busiest hours of the standardised rentals lie above 3. Those it could never say, "
            "however long it trains.",
            change="Look for an activation in the output layer that a plain number does not need.",
            lesson=OUTPUT_LESSON,
        ),
        Misconception(
            name="ReLU for a number",
            seen=lambda it: it.one_each and it.cut_off,
            did="Your model says exactly 0 in place of every negative number, as a ReLU in the output layer does.",
            follows="The rentals are standardised: more than half of the hours lie below the mean, so their labels are "
            "negative, and for all of them 0 would be the best that it can say.",
            change="Keep the bend for the hidden layers.",
            lesson=OUTPUT_LESSON,
        ),
        Misconception(
            name="linear layers stacked",
            seen=lambda it: it.one_each and it.bend <= NO_BEND,
            did="Your model reads the whole window, but its answer is one weighted sum of the 96 numbers in it.",
            follows="Sums of sums are sums, also when they come from a convolution: without a bend, such a model cannot "
            "learn that warmth matters at noon and hardly at night.",
            change="Put something between the sums that is not a sum.",
            lesson=BEND_LESSON,
        ),
    ],
    check_observed=_check_window,
    hints=[
        "Write down the shape after each layer. It begins with `(24, 4)` and has to end with `(1,)`.",
        "Section 3.7 shows the layer that lays rows end to end, and what a dense layer does without it.",
        "After `keras.Input(shape=(24, 4))` and `keras.layers.Flatten()` there are 96 numbers in a row. Then come a "
        "hidden layer that bends, such as `keras.layers.Dense(32, activation=...)`, and an output layer for a plain number.",
    ],
    solution_code="""
window_model = keras.Sequential([
    keras.Input(shape=(24, 4)),
    keras.layers.Flatten(),
    keras.layers.Dense(32, activation="relu"),
    keras.layers.Dense(1),
])
""",
    right="One number for each window, of any size and either sign, and each of the 24 hours can change it. You keep "
    "the hours in their order, and the hidden part bends.",
)

# --- Hold it back ---


def _tables() -> tuple[np.ndarray, list[np.ndarray]]:
    """The measurements to learn from, and the tables that hold more: all of known sex, all that were measured.

    Every third penguin of known sex is kept for validation.
    """
    penguins = datasets.load_penguins()
    table = np.stack([penguins[name] for name in MEASUREMENTS], axis=1)
    known = table[penguins["sex"] != ""]
    return known[np.arange(len(known)) % 3 > 0], [known, table[np.isfinite(table).all(axis=1)]]


def _observe_careful(careful_model: object) -> SimpleNamespace:
    """How the model prepares raw measurements, and how it behaves while it learns and in use."""
    model = _model(careful_model, "careful_model", (len(MEASUREMENTS),))
    train, larger = _tables()
    probes = np.random.default_rng(4).normal(0, 2, (500, len(MEASUREMENTS)))
    x = (train.mean(axis=0) + train.std(axis=0) * probes).astype("float32")
    answer = _answer(model, x, "careful_model")
    layers = list(_layers(model))
    shut = _lets_nothing_through(layers)
    in_use, in_training, plain = [], [], []
    for weights in (_weights(model, seed) for seed in range(3)):
        in_use.append(_tried(model, weights, x, times=2))
        if not shut:
            in_training.append(_tried(model, weights, x, training=True, times=2))
        plain.append(_tried(model, weights, x, training=None, times=2))
    order, dropouts = _in_order(model), _dropouts(layers)
    late = _normalises_late(order)
    return SimpleNamespace(
        shape=answer.shape[1:],
        answers=_said(np.concatenate([one for one, _ in in_use]).reshape(-1, 1)),
        dropouts=len(dropouts),
        others=_other_preparation(layers),
        random_in_use=any(_differ(one, other) for one, other in [*in_use, *plain]),
        random_in_training=any(_differ(one, other) for one, other in in_training),
        all_dropped=shut or _is_flat(in_training) and not _is_flat(in_use),
        noise_only=not dropouts and _is_noise(layers),
        raw_dropped=_drops_before_normalization(order),
        wiped=_wipes_out_answers(model, x),
        bend=_bend(_drawn(model, x), x),
        late=late,
        **_normalised([] if late else _normalizations(layers), train, larger),
    )


def _is_flat(pairs: list[list[np.ndarray]]) -> bool:
    """Whether all rows get the same answer."""
    return all(np.ptp(one) < 1e-6 for one, _ in pairs)


def _is_noise(layers: list[Any]) -> bool:
    import keras

    return any(isinstance(layer, keras.layers.GaussianNoise) for layer in layers)


def _differ(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.abs(one - other).max() > 1e-6)


def _normalizations(layers: list[Any]) -> list[Any]:
    import keras

    return [layer for layer in layers if isinstance(layer, keras.layers.Normalization)]


def _other_preparation(layers: list[Any]) -> bool:
    """Whether layers other than `Normalization` may be meant to bring the columns to one scale."""
    import keras

    kinds = (keras.layers.BatchNormalization, keras.layers.LayerNormalization, keras.layers.Rescaling, keras.layers.Lambda)
    return any(isinstance(layer, kinds) for layer in layers)


def _normalises_late(order: list[Any]) -> bool:
    """Whether a layer with weights stands before the first `Normalization`."""
    normalizations = _normalizations(order)
    other = [place for place, layer in enumerate(order) if layer.weights and layer not in normalizations]
    return bool(normalizations and other and other[0] < order.index(normalizations[0]))


def _drops_before_normalization(order: list[Any]) -> bool:
    places = [place for place, layer in enumerate(order) if layer in _normalizations(order)]
    return bool(places and _dropouts(order) and min(_dropouts(order)) < min(places))


def _normalised(normalizations: list[Any], train: np.ndarray, larger: list[np.ndarray]) -> dict[str, Any]:
    """What the `Normalization` layers make of the training rows: one after the other, or each of its columns."""
    tables, side_by_side = [train, *larger], any(_width(layer) < len(MEASUREMENTS) for layer in normalizations)
    if side_by_side:
        tables = _normalised_side_by_side(normalizations, tables)
    for layer in [] if side_by_side else normalizations:
        with expect.using("your `Normalization` was called on rows of 4 measurements"):
            tables = [np.asarray(layer(table)) for table in tables]
    rows, *larger = tables
    return {
        "normalizations": 1 if side_by_side else len(normalizations),
        "means": ", ".join(f"{mean:.1f}" for mean in rows.mean(axis=0)),
        "spreads": ", ".join(f"{spread:.1f}" for spread in rows.std(axis=0)),
        "standard": _is_standard(rows, axis=0),
        "of_more_rows": any(_is_standard(table, axis=0) for table in larger),
        "one_scale": _is_standard(rows, axis=None),
        "untouched": bool(np.allclose(rows, train, rtol=1e-4)),
    }


def _width(layer: Any) -> int:
    """How many columns come to a layer; all of them where its place is not known."""
    try:
        return int(layer.input.shape[-1])
    except (AttributeError, ValueError, TypeError):
        return len(MEASUREMENTS)


def _normalised_side_by_side(normalizations: list[Any], tables: list[np.ndarray]) -> list[np.ndarray]:
    """Standardise columns with the layers that were adapted on them; those of no layer stay as they are."""
    results, free = [table.copy() for table in tables], list(range(len(MEASUREMENTS)))
    for layer in normalizations:
        choices = [list(some) for some in combinations(free, min(_width(layer), len(free)))]
        with expect.using("your `Normalization` was called on some of the 4 columns"):
            made = [[np.asarray(layer(table[:, some])) for table in tables] for some in choices if some]
        fitting = [place for place, some in enumerate(made) if any(_is_standard(table, axis=0) for table in some)]
        for place in [*fitting, *range(len(made))][:1]:
            for result, part in zip(results, made[place], strict=True):
                result[:, choices[place]] = part
            free = [column for column in free if column not in choices[place]]
    return results


def _is_standard(table: np.ndarray, axis: int | None) -> bool:
    """Whether mean 0 and standard deviation 1 hold.

    Those of the training rows and of all differ by 0.02; division by 221 in place of 222 changes 0.0023.
    """
    return bool(np.all(np.abs(table.mean(axis=axis)) < 0.005) and np.all(np.abs(table.std(axis=axis) - 1) < 0.005))


def _check_careful(it: SimpleNamespace) -> None:
    """Standardised inside, one probability out, random only while it learns."""
    if int(np.prod(it.shape)) != 1:
        raise Unexpected(
            "`careful_model` to give one probability for each penguin, shape `(None, 1)`",
            f"{int(np.prod(it.shape))} numbers for each penguin",
            "The question is yes or no, so one number answers it.",
            "Count the units of the output layer.",
            OUTPUT_LESSON,
        )
    if not it.answers.probable or it.answers.high - it.answers.low < 1e-3:
        raise Unexpected(
            "`careful_model` to give probabilities, between 0 and 1, that differ from penguin to penguin",
            it.answers.range,
            "Only such a number can be read as the chance that the penguin is a male.",
            "Look at the activation of the output layer.",
            OUTPUT_LESSON,
        )
    if not it.standard:
        raise Unexpected(
            "a `Normalization` layer that brings each column of `measurements_train` to mean 0 and spread 1",
            f"columns with means {it.means} and spreads {it.spreads}",
            "Columns on scales of their own make training slow and uneven.",
            "Adapt the layer on `measurements_train`, once, and put it first.",
            PREPARE_LESSON,
        )
    if it.noise_only:
        raise Unexpected(
            "a share of what a hidden layer says to be dropped in training",
            "a model that adds noise to it, and drops nothing",
            "That holds a model back as well, but each neuron still hears all the others.",
            "Take the layer of 3.10 that sets a random share to zero.",
            TRAINING_LESSON,
        )


hold_it_back = Exercise(
    name="step3.hold_it_back",
    title="Hold it back",
    task="Build `careful_model`: the 4 raw measurements in, one probability out, that the penguin is a male. It begins "
    "with a `Normalization` layer that has been adapted on `measurements_train`, has at least one hidden layer with a "
    "bend, and drops a share of what a hidden layer says while it learns, but never in use.",
    answers=["careful_model"],
    lesson=TRAINING_LESSON,
    observe=_observe_careful,
    misconceptions=[
        Misconception(
            name="softmax over one unit",
            seen=lambda it: it.answers.always_one,
            did="Your model says 1, surely a male, for whatever comes in.",
            follows="With one unit, softmax has nothing to compare: it divides a number by itself. So the measurements "
            "never reach the answer, and training changes nothing.",
            change="Choose the activation that the table of 3.12 gives for yes or no.",
            lesson=OUTPUT_LESSON,
        ),
        Misconception(
            name="Normalization missing",
            seen=lambda it: it.normalizations == 0 and not it.late and not it.others,
            did="Your model takes grams and millimetres as they come.",
            follows="From penguin to penguin the body mass varies by about 800, the depth of the bill by about 2. With "
            "weights of the same size, the first sums hear the mass and hardly anything else.",
            change="Add the layer that measures mean and spread of each column, and let it measure before you use it.",
            lesson=PREPARE_LESSON,
        ),
        Misconception(
            name="Normalization too late",
            seen=lambda it: it.late,
            did="Your model has a `Normalization` layer, but another layer with weights stands before it.",
            follows="That first layer gets grams and millimetres as they come. And what `Normalization` has measured, "
            "the columns of a table, is not what reaches it there.",
            change="Think of the order in which a penguin passes the layers: what must happen before the first sum?",
            lesson="3.13 All of it in one model",
        ),
        Misconception(
            name="Normalization not adapted",
            seen=lambda it: it.normalizations > 0 and it.untouched,
            did="Your model has a `Normalization` layer, but it hands the measurements on unchanged: the column means "
            "behind it are still {means}.",
            follows="The layer must measure means and spreads before it can take them out. Training does not do it, "
            "and Keras does not complain.",
            change="Show the layer the training rows once, before the model is used.",
            lesson=PREPARE_LESSON,
        ),
        Misconception(
            name="normalised twice",
            seen=lambda it: it.normalizations > 1 and not it.standard,
            did="Your model has {normalizations} `Normalization` layers, and what comes out of the last has means {means}.",
            follows="The first brings the columns to mean 0, and each further one takes away once more the means that "
            "it measured on data which it never gets to see.",
            change="Keep one of them.",
            lesson=PREPARE_LESSON,
        ),
        Misconception(
            name="one scale for all columns",
            seen=lambda it: it.normalizations == 1 and it.one_scale and not it.standard,
            did="Your `Normalization` measured one mean and one spread for all four columns together.",
            follows="Grams and millimetres share them, so the columns keep their distances: behind the layer their "
            "means are {means}, where each should be 0.",
            change="Let the layer keep an axis for the columns, as it does when nothing is said about `axis`.",
            lesson=PREPARE_LESSON,
        ),
        Misconception(
            name="adapted on all penguins",
            seen=lambda it: it.normalizations == 1 and it.of_more_rows and not it.standard,
            did="Your `Normalization` was adapted on all penguins, those for validation included.",
            follows="Means and spreads then know something of rows that are to be new to the model. Here it is little, "
            "but a score on those rows is no longer a fair one.",
            change="Adapt on the training rows and no others.",
            lesson="1.7 Normalise with the training examples only",
        ),
        Misconception(
            name="dropout after the output",
            seen=lambda it: it.wiped,
            did="Your model drops values after its output layer.",
            follows="While it learns, some of its answers are replaced, whatever it would have said, and the loss "
            "punishes it for them. There is no later layer that could learn to do without them.",
            change="Move the dropout to a place where many numbers pass and none of them is the answer.",
            lesson="3.13 All of it in one model",
        ),
        Misconception(
            name="dropout on the raw measurements",
            seen=lambda it: it.raw_dropped,
            did="Your model drops values before it has normalised them.",
            follows="A dropped body mass is then a penguin of 0 grams, five spreads below the mean, and those that "
            "stay are enlarged as well: such penguins never come again in use.",
            change="Let the measurements pass, and drop what a hidden layer makes of them.",
            lesson=TRAINING_LESSON,
        ),
        Misconception(
            name="everything dropped",
            seen=lambda it: it.all_dropped,
            did="Your model gives one and the same answer to all penguins while it learns, although not in use.",
            follows="Its dropout lets nothing through in training: the rate is the share that is set to zero, and "
            "1 is all of it. The layers before it cannot learn anything.",
            change="Say which share may go, and keep most.",
            lesson=TRAINING_LESSON,
        ),
        Misconception(
            name="dropout in use",
            seen=lambda it: it.random_in_use,
            did="Your model gives two different answers to the same penguin, when it is called twice in use.",
            follows="Something in it is random even then, as a dropout that is always called with `training=True`. "
            "Dropping helps while the model learns; afterwards it only blurs the answers.",
            change="Leave it to `fit` and `predict` to say which is the case.",
            lesson=TRAINING_LESSON,
        ),
        Misconception(
            name="dropout that drops nothing",
            seen=lambda it: it.dropouts > 0 and not it.random_in_training,
            did="Your model has a `Dropout` layer, but called twice in training it gives the same answers both times.",
            follows="So nothing is dropped. A rate of 0 does that, a layer that is always called with "
            "`training=False`, and a model whose own `call` takes no `training`.",
            change="Look at the rate, and at how the layer is called.",
            lesson=TRAINING_LESSON,
        ),
        Misconception(
            name="dropout missing",
            seen=lambda it: it.dropouts == 0 and not it.random_in_training,
            did="Your model has no layer that drops anything: in training it gives the same answers each time.",
            follows="With some 200 penguins to learn from, it is free to learn single ones by heart, through neurons "
            "that rely on each other.",
            change="Add the layer of 3.10 that sets a random share to zero, at a place where it helps.",
            lesson=TRAINING_LESSON,
        ),
        Misconception(
            name="linear layers stacked",
            seen=lambda it: it.answers.probable and it.bend <= NO_BEND,
            did="Your model normalises and drops, but up to the last sigmoid it only adds up weighted measurements.",
            follows="In use it is one straight cut between males and females, whatever the number of layers: dropout "
            "and normalization bend nothing.",
            change="Put something between the measurements and that sigmoid that bends.",
            lesson=BEND_LESSON,
        ),
    ],
    check_observed=_check_careful,
    hints=[
        "Put the layers in the order in which a penguin passes them: prepare, hidden, hold back, answer.",
        "`Normalization` has to be adapted before it helps (3.7); the layer that drops stands behind a hidden layer and "
        "before the output layer (3.10, 3.13).",
        "Make `normalization = keras.layers.Normalization()`, call `normalization.adapt(measurements_train)`, and begin "
        "the list with it, after `keras.Input(shape=(4,))`. Then a dense layer with a bend, a `Dropout` with a rate "
        "such as 0.3, and one unit that gives a probability.",
    ],
    solution_code="""
normalization = keras.layers.Normalization()
normalization.adapt(measurements_train)

careful_model = keras.Sequential([
    keras.Input(shape=(4,)),
    normalization,
    keras.layers.Dense(32, activation="relu"),
    keras.layers.Dropout(0.3),
    keras.layers.Dense(1, activation="sigmoid"),
])
""",
    right="It takes grams and millimetres and standardises them itself, is held back only while it learns, and gives "
    "the same penguin the same probability each time it is asked.",
)
