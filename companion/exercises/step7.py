"""Exercises of notebook 07, recognize images: from arrays to a network that names clothes, and a picture of your own."""

import functools
from types import SimpleNamespace
from typing import Any

import numpy as np

from companion import datasets, expect, messages
from companion.expect import Stopped, Unexpected
from companion.feedback import Exercise, Misconception

LOAD = "7.2 Step 1: collect and load the pictures"
BASELINE = "7.3 Step 2: build a baseline"
NEIGHBOURS = "7.4 Step 3: add layers that look at neighbours"
AUGMENT = "7.5 Step 3, once more: augmentation"
COMPILE = "7.6 Step 4: compile"
TRAIN = "7.7 Step 5: train, and compare"
TEST = "7.9 Test once, and look at the errors"
OWN = "7.10 Step 6: a picture of your own"
PAIRS, SPLIT, ORDER = "1.2 A dataset from arrays", "1.3 Split before anything else", "1.5 Order matters"
BEND, PREPARE = "3.5 Without a bend, deep is shallow", "3.7 Layers that prepare"
CONVOLUTION, POOLING = "3.8 Not every layer is fully connected: convolution", "3.9 Pooling"
IN_TRAINING, OUTPUT = "3.10 Layers that behave differently in training", "3.12 The output layer follows from the task"
ONE_PICTURE, INSIDE = "6.2 Pass in data, get results", "6.4 Put the preprocessing inside"

SIDE, KINDS = 28, 10
TRAINING, TEST_PICTURES = 10_000, 2_000
VALIDATION = (1_000, 3_000)
LONGEST_PASS = TRAINING + TEST_PICTURES  # pictures that are read before a dataset is taken to go on for ever


@functools.cache
def _pictures() -> SimpleNamespace:
    """The pictures of the file, those of the test behind those of the training, and how to find one by its pixels."""
    (train, train_labels), (test, test_labels) = datasets.load_fashion_mnist()
    pixels = np.concatenate([train, test])
    return SimpleNamespace(
        pixels=pixels,
        labels=np.concatenate([train_labels, test_labels]),
        number_of={hash(picture.tobytes()): number for number, picture in enumerate(pixels)},  # no two are the same
        some=pixels[:20, ..., np.newaxis].astype("float32"),
    )


def _numbers_of(pictures: np.ndarray) -> np.ndarray:
    """Which pictures of the file these are, -1 for others; `pictures` has values from 0 to 255."""
    whole = np.round(np.clip(pictures, 0, 255)).astype("uint8")
    found = np.array([_pictures().number_of.get(hash(each.tobytes()), -1) for each in whole], "int64")
    near = np.abs(pictures - whole).reshape(len(pictures), -1).max(axis=1) < 0.01
    return np.where(near, found, -1)


# --- Load the pictures ---


def _read(value: object, name: str, most: int = LONGEST_PASS) -> SimpleNamespace:
    """One pass over a dataset: which pictures of the file it hands out, in which batches, with which labels.

    `form` says in a word what is wrong with the elements, "" if nothing is.
    """
    it = SimpleNamespace(name=name, form="", shape="", label_shape="", low=0.0, high=0.0, batches=[], labels=[])
    data = expect.dataset(value, name)
    it.form = _wrong_form(expect.batches(data, name, most=1)[0], it)
    if not it.form and expect.is_endless(data):
        it.form = "endless"
    if it.form:
        return it
    count = 0
    with expect.using(f"`{name}` was read"):
        for element in data.as_numpy_iterator():
            pictures = np.asarray(element[0])[..., 0]
            it.batches.append(_numbers_of(pictures))
            it.labels.append(np.asarray(element[1]))
            count += len(pictures)
            if -1 in it.batches[-1]:
                it.form = "changed"
                it.low, it.high = float(pictures.min()), float(pictures.max())
                return it
            if count > most:
                it.form = "endless"
                return it
    it.rows, it.labels = np.concatenate(it.batches), np.concatenate(it.labels)
    it.again = len(it.rows) - len(np.unique(it.rows))
    it.wrong_labels = int(np.sum(it.labels != _pictures().labels[it.rows]))
    return it


def _wrong_form(element: Any, it: SimpleNamespace) -> str:
    """What is wrong with the first element of a dataset, in a word; its shapes are noted, too."""
    pictures, labels = (np.asarray(part) for part in expect.pair(element, it.name))
    it.shape, it.label_shape = str(pictures.shape), str(labels.shape)
    if SIDE in labels.shape:
        return "labels first"
    pictures = expect.array(pictures, f"{it.name}, the pictures")
    it.low, it.high = float(pictures.min()), float(pictures.max())
    form = _form_of_shape(pictures.shape)
    if form:
        return form
    if it.high <= 1.001 or it.low < 0:
        return "scaled"
    if labels.shape == (len(pictures), KINDS) and np.all(np.sum(labels != 0, axis=1) == 1):
        return "one-hot"
    if labels.shape != (len(pictures),) or labels.dtype.kind not in "iu":
        raise Unexpected(
            f"one whole number for each picture as the label in `{it.name}`",
            f"labels of shape `{it.label_shape}` and dtype `{labels.dtype}` for {len(pictures)} pictures",
            "The loss looks up the score of the right kind by that number.",
            "Hand on the labels as the file has them, one for each picture.",
            PAIRS,
        )
    return ""


def _form_of_shape(shape: tuple[int, ...]) -> str:
    """What is wrong with the shape of a batch of pictures, in a word; "" if it is right."""
    if shape[1:] == (SIDE, SIDE, 1):
        return ""
    if shape in ((SIDE, SIDE), (SIDE, SIDE, 1)):
        return "single"
    if shape[1:] == (SIDE, SIDE):
        return "no channel"
    if len(shape) == 5 and shape[2:4] == (SIDE, SIDE):
        return "twice"
    if len(shape) in (1, 2) and shape[-1] == SIDE * SIDE:
        return "flat"
    raise Unexpected(
        f"pictures of shape `(batch, {SIDE}, {SIDE}, 1)`",
        f"shape `{shape}`",
        "The layers of the network count on it: the examples first, then rows, columns and the one channel.",
        "Print the shape after each of your steps.",
    )


def _observe_pictures(train_ds: object, validation_ds: object, test_ds: object) -> SimpleNamespace:
    """What the three datasets hand out in one pass, and the training set in a second one."""
    values = {"train_ds": train_ds, "validation_ds": validation_ds, "test_ds": test_ds}
    read = []
    for name, value in values.items():
        read.append(_read(value, name))
        if read[-1].form:
            return read[-1]
    again = _read(train_ds, "train_ds")
    if again.form:
        return again
    train, validation, test = read
    it = SimpleNamespace(form="", name="", wrong_labels=0)
    for each in read:
        if each.wrong_labels and not it.wrong_labels:
            it.name, it.wrong_labels, it.count = each.name, each.wrong_labels, len(each.rows)
    it.again = next((each.again for each in read if each.again), 0)
    it.repeated = next((each.name for each in read if each.again), "")
    seen = [set(some.rows.tolist()) for some in (train, validation, test, again)]
    from_test = {row for row in seen[1] | seen[0] if row >= TRAINING}
    it.from_test, it.chosen_by_test = len(from_test), len({row for row in seen[1] if row >= TRAINING})
    it.not_of_test = len({row for row in seen[2] if row < TRAINING})
    it.both, it.wanders = len((seen[0] | seen[3]) & seen[1]), len(seen[3] - seen[0]) > 0
    it.test_missing = TEST_PICTURES - len({row for row in seen[2] if row >= TRAINING})
    it.train, it.validation, it.size = len(seen[0]), len(seen[1]), len(train.batches[0])
    it.missing = TRAINING - len(seen[0] | seen[1] | seen[3])
    it.left_out = it.missing > (it.size - 1 if {len(batch) for batch in train.batches} == {it.size} else 0)
    it.one_batch = len(train.batches) == 1
    it.same_order = np.array_equal(train.rows, again.rows)
    it.in_file_order = it.same_order and bool(np.all(np.diff(train.rows) > 0))
    it.fixed_company = it.size > 1 and _company(train.batches) == _company(again.batches)
    it.mixed_test = not np.array_equal(test.rows, np.sort(test.rows))
    return it


def _company(batches: list[np.ndarray]) -> set[frozenset[int]]:
    return {frozenset(batch.tolist()) for batch in batches}


def _check_pictures(it: SimpleNamespace) -> None:
    if not VALIDATION[0] <= it.validation <= VALIDATION[1]:
        raise Unexpected(
            f"{VALIDATION[0]:,} to {VALIDATION[1]:,} pictures in `validation_ds`, and the rest in `train_ds`",
            f"{it.validation:,} and {it.train:,}",
            "With few pictures the validation accuracy is a matter of luck, and with many little is left to learn from.",
            "Cut the 10,000 pictures at another place.",
            SPLIT,
        )


load_the_pictures = Exercise(
    name="step7.load_the_pictures",
    title="Load the pictures",
    task="Make three datasets of pairs (pictures, labels), in batches: `train_ds`, the first 8,000 of the 10,000 "
    "training pictures, shuffled anew in each epoch; `validation_ds`, the other 2,000; `test_ds`, the 2,000 test "
    "pictures, in their order. Pictures have the shape `(batch, 28, 28, 1)` and values from 0 to 255 as in the file, "
    "labels are whole numbers.",
    answers=["train_ds", "validation_ds", "test_ds"],
    lesson=LOAD,
    observe=_observe_pictures,
    misconceptions=[
        Misconception(
            name="labels first",
            seen=lambda it: it.form == "labels first",
            did="Your `{name}` hands out the labels first and the pictures second.",
            follows="`fit` takes the first of a pair for the input: the network would be given a label, and asked for "
            "a picture.",
            change="Turn the pair round.",
            lesson=PAIRS,
        ),
        Misconception(
            name="no batches",
            seen=lambda it: it.form == "single",
            did="Your `{name}` hands out one picture at a time, of shape `{shape}`.",
            follows="A network counts the examples along the first axis, so it would take the 28 rows of one picture "
            "for 28 examples.",
            change="Gather the pictures into batches before you hand them out.",
            lesson=PAIRS,
        ),
        Misconception(
            name="no channel axis",
            seen=lambda it: it.form == "no channel",
            did="Your `{name}` hands out pictures of shape `{shape}`, without an axis for the channel.",
            follows="A colour picture has three numbers at each place, a grey one has one. A convolution wants that "
            "axis even if its length is 1, and refuses the batch without it.",
            change="Give the pictures one more axis, behind rows and columns.",
            lesson=LOAD,
        ),
        Misconception(
            name="batched twice",
            seen=lambda it: it.form == "twice",
            did="Your `{name}` hands out elements of shape `{shape}`: one axis in front too many.",
            follows="Batches that were batched once more look like this, and so does a whole array that is handed "
            "over as one example. The network expects one axis in front of rows, columns and channel.",
            change="Cut the arrays into pictures once, and gather these into batches once.",
            lesson=PAIRS,
        ),
        Misconception(
            name="pictures laid flat",
            seen=lambda it: it.form == "flat",
            did="Your `{name}` hands out rows of 784 numbers, shape `{shape}`.",
            follows="Which pixel lies above which can no longer be seen in them, and the convolution of 7.4 lives on "
            "that. A dense network can flatten its input by a layer of its own.",
            change="Leave rows and columns on an axis each.",
            lesson=LOAD,
        ),
        Misconception(
            name="scaled already",
            seen=lambda it: it.form == "scaled",
            did="Your `{name}` has values from {low:.3g} to {high:.3g}, where the file has 0 to 255.",
            follows="The model is to scale its input by a layer, so that whoever uses it later can hand in plain "
            "pixels. Scaled here and there, the values would nearly vanish.",
            change="Leave the values as they are in the file.",
            lesson=INSIDE,
        ),
        Misconception(
            name="one-hot labels",
            seen=lambda it: it.form == "one-hot",
            did="Your `{name}` has one-hot labels, ten numbers for each picture.",
            follows="They say the same as the number of the kind, but another loss goes with them; the one for whole "
            "numbers, which this page uses, stops with an error.",
            change="Leave the labels as the file has them.",
            lesson="4.4 Integer labels or one-hot",
        ),
        Misconception(
            name="the same pictures again and again",
            seen=lambda it: it.form == "endless",
            did="Your `{name}` does not end after its pictures, but begins again.",
            follows="`fit` takes the end of the data for the end of an epoch and would wait for it; `evaluate` would "
            "never return.",
            change="Leave it to `fit` to count the epochs.",
            lesson=ORDER,
        ),
        Misconception(
            name="pictures changed",
            seen=lambda it: it.form == "changed",
            did="Your `{name}` holds pictures that are not in the file: mirrored, shifted, turned or changed in their "
            "values, which now run from {low:.3g} to {high:.3g}.",
            follows="Augmentation comes later on this page, as layers that work in training only. In validation and "
            "test a changed picture would measure another task than yours.",
            change="Hand on the pixels untouched.",
            lesson=ORDER,
        ),
        Misconception(
            name="pictures and labels apart",
            seen=lambda it: it.wrong_labels > 0,
            did="Your `{name}` gives {wrong_labels:,} of its {count:,} pictures a label that is not theirs.",
            follows="Pictures and labels that are shuffled each by itself, or cut at different places, look like "
            "this. There is no error, and nothing can be learned from such pairs.",
            change="Tie each picture to its label first, and mix and cut the pairs.",
            lesson=PAIRS,
        ),
        Misconception(
            name="pictures that come twice",
            seen=lambda it: it.again > 0,
            did="Your `{repeated}` hands out {again:,} pictures that it has handed out before in the same pass.",
            follows="They count several times, in the training or in the accuracy, and what `fit` calls an epoch is "
            "then more than one.",
            change="Hand out each picture once in a pass.",
            lesson=ORDER,
        ),
        Misconception(
            name="validation by the test pictures",
            seen=lambda it: it.chosen_by_test > 0,
            did="Your `validation_ds` holds {chosen_by_test:,} pictures of the test set.",
            follows="You look at the validation accuracy again and again, and choose by it. A test on pictures that "
            "had a say in the choice can no longer surprise you.",
            change="Take the validation pictures out of the 10,000 training pictures.",
            lesson="5.11 Choose, then test once",
        ),
        Misconception(
            name="trained on the test pictures",
            seen=lambda it: it.from_test > 0,
            did="Your `train_ds` holds {from_test:,} pictures of the test set.",
            follows="The network may learn them by heart, and the test would only ask whether it remembers.",
            change="Keep the 2,000 test pictures for `test_ds` alone.",
            lesson=SPLIT,
        ),
        Misconception(
            name="tested on the training pictures",
            seen=lambda it: it.not_of_test > 0,
            did="Your `test_ds` holds {not_of_test:,} of the training pictures.",
            follows="A test is to tell how the network does on pictures that had no part in its making.",
            change="Make `test_ds` from `test_images` and `test_labels`.",
            lesson=SPLIT,
        ),
        Misconception(
            name="shuffled before the split",
            seen=lambda it: it.both > 0 and it.wanders,
            did="Your `train_ds` holds other pictures in its second pass than in its first, and {both:,} of them are "
            "in `validation_ds` as well.",
            follows="`shuffle` draws a new order at each pass, and `take` and `skip` behind it cut that new order. "
            "After some epochs the network has seen nearly every picture that it is to be judged by.",
            change="Split first, while the order is fixed, and shuffle only what is left for the training.",
            lesson=SPLIT,
        ),
        Misconception(
            name="validation pictures in the training",
            seen=lambda it: it.both > 0,
            did="Your `train_ds` and your `validation_ds` share {both:,} pictures.",
            follows="What the network has learned from, it may know by heart, and the validation accuracy promises "
            "too much.",
            change="Let the one part begin where the other ends.",
            lesson=SPLIT,
        ),
        Misconception(
            name="test pictures left out",
            seen=lambda it: it.test_missing > 0,
            did="Your `test_ds` leaves out {test_missing:,} of the 2,000 test pictures.",
            follows="The accuracy is then that of other pictures than you think. `drop_remainder=True` does this, and "
            "so does a number in `take`.",
            change="Hand out all of them, and let the last batch be smaller.",
            lesson=ORDER,
        ),
        Misconception(
            name="test pictures in another order",
            seen=lambda it: it.mixed_test,
            did="Your `test_ds` hands out the test pictures in another order than the file has them.",
            follows="The accuracy is the same. But soon you will set what the network says beside `test_labels`, row "
            "by row, and then each answer would stand beside the label of another picture.",
            change="Leave the test set in its order.",
            lesson=ORDER,
        ),
        Misconception(
            name="training pictures left out",
            seen=lambda it: it.left_out,
            did="Your `train_ds` and your `validation_ds` leave out {missing:,} of the 10,000 pictures.",
            follows="Each of them is one example less to learn from, or to choose by.",
            change="Count the pictures of both, and find where the others are lost.",
            lesson=SPLIT,
        ),
        Misconception(
            name="one batch for everything",
            seen=lambda it: it.one_batch,
            did="Your `train_ds` hands out all of its {size:,} pictures as one batch.",
            follows="The optimizer makes one step a batch, so an epoch would be a single step, where batches of 128 "
            "give it more than sixty.",
            change="Choose a batch size of some dozens up to a few hundred.",
            lesson="5.8 What an epoch costs",
        ),
        Misconception(
            name="not shuffled",
            seen=lambda it: it.in_file_order,
            did="Your `train_ds` hands out its pictures in the order of the file, at each pass.",
            follows="Each epoch then consists of the same batches, one after the other, and the network can get used "
            "to that order.",
            change="Have the training pictures mixed before they are gathered into batches.",
            lesson=ORDER,
        ),
        Misconception(
            name="one order for every epoch",
            seen=lambda it: it.same_order,
            did="Your `train_ds` hands out its pictures in exactly the same order at each of two passes.",
            follows="Arrays that are mixed beforehand keep that order, and so does what is cached after `shuffle`. "
            "Every epoch then repeats the same batches.",
            change="Let the dataset itself draw a new order at each pass.",
            lesson=ORDER,
        ),
        Misconception(
            name="batches shuffled, not pictures",
            seen=lambda it: it.fixed_company,
            did="Your `train_ds` shuffles whole batches: their order changes, but each holds the same {size} pictures "
            "at every pass.",
            follows="The mean over a batch is what the optimizer follows, and these means would be the same in every "
            "epoch.",
            change="Look at which of the two words, `shuffle` and `batch`, comes first.",
            lesson=ORDER,
        ),
    ],
    check_observed=_check_pictures,
    hints=[
        "Three times the same chain: arrays with a channel axis, cut into pairs, gathered into batches. One of the "
        "three needs one word more.",
        "`train_images[..., np.newaxis]` has a channel axis. `tf.data.Dataset.from_tensor_slices((images, labels))` "
        "makes the pairs; cut the arrays with `[:8000]` and `[8000:]` before that.",
        "For the training `.shuffle(8000).batch(128)` behind it; for validation and test `.batch(...)` alone.",
    ],
    solution_code="""
def pairs(images, labels):
    return tf.data.Dataset.from_tensor_slices((images[..., np.newaxis], labels))

train_ds = pairs(train_images[:8000], train_labels[:8000]).shuffle(8000).batch(128)
validation_ds = pairs(train_images[8000:], train_labels[8000:]).batch(500)
test_ds = pairs(test_images, test_labels).batch(500)
""",
    right="{train:,} pictures to learn from, in an order that is new at each pass, {validation:,} to choose by, and "
    "2,000 for the test that nobody has touched.",
)

# --- Layers that look at neighbours, and the baseline without them ---

MOST_WEIGHTS = 500_000
LARGE = 20  # the root of the mean square of what reaches the first weights: 115 for plain pixels, below 2 if scaled
SMALL = 0.005  # scaled twice it is 0.002
WIDE_APART = 60  # of ten scores: 0.5 to 5 from a new network, 10 to 40 from a trained one, above 100 without scaling
STRAIGHT = (
    "InputLayer", "Permute", "Reshape", "Flatten", "Dense", "EinsumDense", "Conv1D", "Conv2D", "SeparableConv1D",
    "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D", "Normalization", "BatchNormalization", "Rescaling",
    "AveragePooling2D", "GlobalAveragePooling2D", "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout",
    "ZeroPadding2D", "Cropping2D", "UpSampling2D", "Activation", "Softmax", "Identity", "RandomFlip", "RandomRotation",
    "RandomTranslation", "RandomZoom", "RandomContrast", "RandomBrightness",
)  # fmt: skip
UNBENT = ("linear", "softmax")


def _bends(layer: Any) -> bool:
    """Whether a layer does more than weighted sums, so far as its kind and its activation tell."""
    activation = getattr(layer, "activation", None)
    bent = activation is not None and getattr(activation, "__name__", "") not in UNBENT
    return bent or type(layer).__name__ not in STRAIGHT or not expect.is_of_keras(layer)


def _has_weights(layer: Any) -> bool:
    """Whether a layer makes weighted sums with weights of its own; one that only normalizes does not."""
    kind = type(layer).__name__
    return bool(layer.weights) and "Normalization" not in kind and not kind.startswith("Random")


def _walk(model: Any, pictures: np.ndarray, answer: np.ndarray) -> list[SimpleNamespace]:
    """Each layer of a plain chain with what goes in; [] for a model that is no plain chain, or does not show it."""
    if not expect.shows_its_steps(model):
        return []
    steps, passed = [], pictures
    try:
        for layer in expect.layers_of(model):
            steps.append(SimpleNamespace(layer=layer, given=passed))
            passed = expect.output(layer, passed, "a layer")
        fine = passed.shape == answer.shape and np.allclose(passed, answer, atol=1e-3, rtol=1e-3)
    except Exception:
        fine = False
    return steps if fine else []


def _observe_network(value: object, name: str) -> tuple[SimpleNamespace, Any]:
    """What a network makes of some pictures, and what its layers tell; and the network, if it can be judged further."""
    model = expect.model(value, name)
    it = SimpleNamespace(form="", shape="", weights=0, input=next((str(each) for each in expect.input_shapes(model)), ""))
    if any(len(shape) == 5 or shape[:1] not in ((), (None,)) for shape in expect.input_shapes(model)):
        it.form = "batch in input"
        return it, None
    if any(shape[1:] not in ((SIDE, SIDE, 1), (SIDE, SIDE), (None, None, 1)) for shape in expect.input_shapes(model)):
        raise Unexpected(
            f"`{name}` to be made for pictures of shape `(batch, {SIDE}, {SIDE}, 1)`",
            f"an input of shape `{it.input}`",
            "Your datasets hand out rows, columns and one channel, and all else is done inside the model.",
            "Look at its `keras.Input`.",
        )
    pictures = _pictures().some
    answer = _answers(model, pictures, name)
    it.shape = str(("batch", *answer.shape[1:])).replace("'", "")
    it.layers = expect.layers_of(model)
    it.form = _form_of_scores(answer, it.layers)
    if it.form:
        return it, None
    it.weights = sum(int(np.prod(weight.shape)) for weight in model.weights)
    it.random = not np.allclose(_answers(model, pictures, name), answer, rtol=1e-3, atol=1e-4)
    it.chain = _walk(model, pictures, answer) if not it.random else []
    it.hidden_from_view = not expect.shows_its_steps(model)
    it.given = _reaches_the_weights(it.chain)
    scores = _as_scores(answer)
    it.apart = float(np.ptp(scores, axis=1).mean())
    it.unscaled = it.given > LARGE if it.given >= 0 else it.apart > WIDE_APART
    it.same = bool(np.ptp(scores, axis=0).max() <= 1e-7) and not it.unscaled
    it.affine = not it.same and _is_affine(model, name, scores)
    it.learns = bool(model.trainable_weights)
    it.dropout_last = _ends_in_dropout(it.layers)
    it.convolutions = [layer for layer in it.layers if "Conv" in type(layer).__name__ and hasattr(layer, "kernel_size")]
    return it, model


def _answers(model: Any, pictures: np.ndarray, name: str) -> np.ndarray:
    """What a model makes of pictures, as decimal numbers; refuses what is no array with a row for each picture."""
    answer = expect.output(model, pictures, name)
    if not isinstance(answer, np.ndarray) or answer.shape[:1] != (len(pictures),):
        shown = f"shape `{answer.shape}`" if isinstance(answer, np.ndarray) else messages.of(answer)
        raise Unexpected(
            f"`{name}` to give one array, with a row for each picture",
            f"{shown} for {len(pictures)} pictures",
            "The first axis counts the examples, from the first layer to the last.",
            f"Call `{name}` on two pictures, and follow the shape from layer to layer.",
        )
    return expect.array(answer, f"{name}(pictures)").astype("float32")


def _form_of_scores(answer: np.ndarray, layers: list[Any]) -> str:
    """What answers look like that are no ten scores, in a word."""
    if answer.ndim > 2:
        return "maps"
    if answer.shape[1:] == (1,) and np.allclose(answer, 1):
        return "one unit"
    if answer.shape[1:] != (KINDS,):
        return "width"
    if np.allclose(answer.sum(axis=1), 1, atol=1e-3) and answer.min() >= 0:
        return ""
    last = getattr(getattr(layers[-1] if layers else None, "activation", None), "__name__", "")
    if last == "relu" or last != "sigmoid" and answer.min() == 0 < answer.max() and np.mean(answer == 0) > 0.05:
        return "cut off"
    return "yes or no" if last == "sigmoid" or answer.min() > 0 and answer.max() < 1 else ""


def _as_scores(answer: np.ndarray) -> np.ndarray:
    """Scores as they are, and probabilities as the scores that they were made from, up to a number for each picture."""
    if answer.min() >= 0 and np.allclose(answer.sum(axis=1), 1, atol=1e-3):
        answer = np.log(np.maximum(answer, 1e-38))
    return answer - answer.mean(axis=1, keepdims=True)


def _is_affine(model: Any, name: str, scores: np.ndarray) -> bool:
    """Whether the scores of the mean of two pictures are the means of their scores: then nothing bends in between."""
    pictures, half = _pictures().some, len(scores) // 2
    between = _as_scores(_answers(model, (pictures[:half] + pictures[half:]) / 2, name))
    spread = max(float(np.ptp(scores)), 1e-9)
    return float(np.abs(between - (scores[:half] + scores[half:]) / 2).max()) < 1e-3 * spread


def _reaches_the_weights(chain: list[SimpleNamespace]) -> float:
    """How large the numbers are that reach the first weights; -1 if nobody can tell."""
    for step in chain:
        if type(step.layer).__name__ == "BatchNormalization":
            return 1.0  # in training it scales by what comes in
        if _has_weights(step.layer):
            return float(np.sqrt(np.mean(step.given.astype("float64") ** 2)))
    return -1.0


def _ends_in_dropout(layers: list[Any]) -> bool:
    last = max((place for place, layer in enumerate(layers) if _has_weights(layer)), default=len(layers))
    return any("Dropout" in type(layer).__name__ for layer in layers[last + 1 :])


def _check_network(it: SimpleNamespace, name: str) -> None:
    """Refuse what can be wrong with any network, and has no diagnosis of its own."""
    if not it.learns:
        raise Unexpected(
            f"`{name}` to have weights that can be trained",
            "a network without",
            "`fit` would have nothing to change.",
            "Add layers with weights, and see that they are not frozen.",
        )
    if it.same:
        raise Unexpected(
            "scores that differ from picture to picture",
            "the same ten numbers for twenty pictures of clothes",
            "Whatever comes in, nothing of it arrives at the end.",
            "Call the layers one after the other on two pictures, and find where the difference is lost.",
        )
    if 0 <= it.given < SMALL:
        raise Unexpected(
            "pixels that are scaled once, to about 0 to 1",
            f"values of about {it.given:.2g} in front of the first weights",
            "Scaled twice they nearly vanish, and the network learns slowly.",
            "Scale them at one place.",
            INSIDE,
        )


def _of_any_network(name: str, lesson: str) -> list[Misconception]:
    """What can be wrong with the input and the output of both networks."""
    return [
        Misconception(
            name="batch size inside Input",
            seen=lambda it: it.form == "batch in input",
            did=f"Your `{name}` was made for an input of shape `{{input}}`: the number of pictures in a batch is part "
            "of it.",
            follows="`Input` takes the shape of a single picture and leaves the batch open. Named there, the number is "
            f"either one axis too many, or it binds `{name}` to batches of exactly this size.",
            change="Tell `Input` rows, columns and channels only.",
            lesson="2.4 Input, hidden, output",
        ),
        Misconception(
            name="never flattened",
            seen=lambda it: it.form == "maps",
            did=f"Your `{name}` gives an array of shape `{{shape}}`: rows and columns are still there.",
            follows="A dense layer works along the last axis only, here the channels, and does the same at each place "
            f"of the picture. So `{name}` names each place by itself, and never the whole garment.",
            change="Bring all places of a picture together before the dense layers.",
            lesson=lesson,
        ),
        Misconception(
            name="softmax over one unit",
            seen=lambda it: it.form == "one unit",
            did=f"Your `{name}` gives a single number for each picture, and it is always 1.",
            follows="Softmax divides what there is among the units so that they add up to 1; a single unit gets all of "
            f"it, and `{name}` can learn nothing.",
            change="Give each kind of clothes a unit of its own.",
            lesson=OUTPUT,
        ),
        Misconception(
            name="another number of kinds",
            seen=lambda it: it.form == "width",
            did=f"Your `{name}` gives `{{shape}}`, where ten scores for each picture were asked for.",
            follows="The labels run from 0 to 9, and the loss looks up the score of each kind by its number: with "
            f"fewer units it is missing, and units without a kind would only distract `{name}`.",
            change="Count the units of the output layer.",
            lesson=OUTPUT,
        ),
        Misconception(
            name="ten times yes or no",
            seen=lambda it: it.form == "yes or no",
            did=f"Your `{name}` answers ten questions by themselves: its numbers lie between 0 and 1 and do not add up "
            "to 1, as with a sigmoid.",
            follows="A picture shows exactly one kind. Numbers that do not compete may all be high at once, and the "
            f"loss that will train `{name}` expects scores, or shares of one whole.",
            change="Choose an output in which the ten kinds compete.",
            lesson=OUTPUT,
        ),
        Misconception(
            name="scores cut off at 0",
            seen=lambda it: it.form == "cut off",
            did=f"Your `{name}` gives 0 in place of every negative score, as ReLU in the output layer does.",
            follows="A score below 0 says that a kind is unlikely, and softmax needs it. Where ReLU is flat, no "
            f"correction gets through to the rest of `{name}`.",
            change="Leave the output layer without that bend.",
            lesson=OUTPUT,
        ),
    ]


def _unscaled(name: str) -> Misconception:
    return Misconception(
        name="not scaled",
        seen=lambda it: it.unscaled,
        did=f"Your `{name}` takes the pixels as they come, from 0 to 255.",
        follows="Weights begin small, made for inputs of about 0 to 1. With values a hundred times as large the "
        f"first scores of `{name}` lie far apart, so that training begins with a huge loss and jumps about.",
        change="Let its first layer bring the values to about 0 to 1.",
        lesson=PREPARE,
    )


def _dropped(name: str) -> Misconception:
    return Misconception(
        name="dropout behind the output",
        seen=lambda it: it.dropout_last,
        did=f"Your `{name}` has a dropout layer behind its last weights.",
        follows="In training it sets some of the ten answers themselves to 0, now and then that of the right kind, and "
        f"`{name}` is blamed for it.",
        change="Drop hidden numbers, and leave the ten scores whole.",
        lesson=IN_TRAINING,
    )


def _random(name: str) -> Misconception:
    return Misconception(
        name="random when it predicts",
        seen=lambda it: it.random,
        did=f"Your `{name}` gives other scores when it is shown the same pictures a second time.",
        follows="Noise and random changes help while it trains; one that is used must give one answer to one picture. "
        f"Keras' own layers know the difference; something random in `{name}` does not.",
        change="Let chance act only while `training` is true.",
        lesson=IN_TRAINING,
    )


def _observe_convolution(network: object) -> SimpleNamespace:
    """What a network with convolutions makes of pictures, and how its convolutions are used."""
    it, model = _observe_network(network, "network")
    if model is None:
        return it
    it.largest = max((max(layer.kernel_size) for layer in it.convolutions), default=0)
    planes = [step.given.shape[1:-1] for step in it.chain if any(step.layer is layer for layer in it.convolutions)]
    it.flattened = bool(planes) and (len(planes[0]) < 2 or min(planes[0]) == 1)
    it.reduced = it.hidden_from_view or any(_makes_smaller(layer) for layer in it.layers)
    it.unbent = _has_two_sums_in_a_row([step.layer for step in it.chain]) if it.chain else it.affine
    return it


def _makes_smaller(layer: Any) -> bool:
    """Whether a layer leaves out or brings together places of a map."""
    strides = getattr(layer, "strides", 1)
    strides = max(strides) if isinstance(strides, (tuple, list)) else strides
    own = not expect.is_of_keras(layer) or type(layer).__name__ in ("Resizing", "MultiHeadAttention")
    return "Pooling" in type(layer).__name__ or "Conv" in type(layer).__name__ and strides > 1 or own


def _has_two_sums_in_a_row(layers: list[Any]) -> bool:
    """Whether a convolution is followed by further weights without a bend between; 1 x 1 filters may be."""
    before = None
    for layer in layers:
        if _has_weights(layer):
            if before is not None and not (_mixes_channels_only(layer) or _mixes_channels_only(before)):
                return True
            before = layer if "Conv" in type(layer).__name__ else None
        if _bends(layer):
            before = None
    return False


def _mixes_channels_only(layer: Any) -> bool:
    return max(getattr(layer, "kernel_size", (0,))) == 1


def _check_convolution(it: SimpleNamespace) -> None:
    _check_network(it, "network")


convolution = Exercise(
    name="step7.convolution",
    title="Look at neighbours",
    task="Build `network`, a Keras model from pictures of shape `(batch, 28, 28, 1)` with values 0 to 255 to ten "
    "scores (or probabilities). It scales its input, has at least one convolution whose filters are larger than 1 × 1, "
    "with an activation, makes the maps smaller by pooling or strides, and has fewer than 500,000 parameters.",
    answers=["network"],
    lesson=NEIGHBOURS,
    observe=_observe_convolution,
    misconceptions=[
        *_of_any_network("network", POOLING),
        _random("network"),
        Misconception(
            name="no convolution",
            seen=lambda it: not it.convolutions,
            did="Your `network` has no convolution.",
            follows="Dense layers do not know which pixels are neighbours, as the scrambled pictures of 7.3 have "
            "shown. That is what this network is to have ahead of the baseline.",
            change="Put a layer in front that slides small filters over the picture.",
            lesson=CONVOLUTION,
        ),
        Misconception(
            name="filters of one pixel",
            seen=lambda it: it.largest == 1,
            did="Your filters are 1 × 1: each sees a single pixel.",
            follows="An edge is a difference between neighbours, and a filter that sees no neighbour cannot find any.",
            change="Let the filters reach over the next pixels, too.",
            lesson=CONVOLUTION,
        ),
        Misconception(
            name="flattened before the convolution",
            seen=lambda it: it.flattened,
            did="Your `network` lays the picture out in one row before the convolution.",
            follows="In that row the pixel above stands 28 places away, so a small filter never sees it beside its "
            "neighbour below.",
            change="Let the convolutions work on rows and columns, and flatten after them.",
            lesson=CONVOLUTION,
        ),
        _unscaled("network"),
        Misconception(
            name="the maps keep their size",
            seen=lambda it: not it.reduced,
            did="Your `network` never makes its maps smaller, neither by pooling nor by strides; it has {weights:,} "
            "parameters.",
            follows="Each filter then looks at a few pixels of the full picture only, and a dense layer behind has a "
            "weight for each place of each map. That is slow, and learns by heart.",
            change="Bring neighbouring places together between the convolutions.",
            lesson=POOLING,
        ),
        Misconception(
            name="far too many parameters",
            seen=lambda it: it.weights >= MOST_WEIGHTS,
            did="Your `network` has {weights:,} parameters, where fewer than 500,000 were asked for.",
            follows="Most of them usually sit in the first dense layer, one for each place of each map and each unit. "
            "With 8,000 pictures such a network learns by heart, and it takes minutes.",
            change="Look in the summary where the parameters are, and hand that layer less.",
            lesson=POOLING,
        ),
        Misconception(
            name="no bend behind a convolution",
            seen=lambda it: it.unbent,
            did="Your `network` has a convolution without an activation, and the next weights follow at once.",
            follows="A weighted sum of weighted sums is a single weighted sum, so both layers can do no more than one "
            "of them.",
            change="Give each hidden layer an activation.",
            lesson=BEND,
        ),
        _dropped("network"),
    ],
    check_observed=_check_convolution,
    hints=[
        "Four parts: scale, then convolutions that become smaller on the way, then one row of numbers, then ten scores.",
        "`keras.layers.Conv2D(32, 3, activation=\"relu\")` slides 32 filters of 3 × 3; `keras.layers.MaxPooling2D()` "
        "halves rows and columns. Two such pairs are enough.",
        "In `keras.Sequential`: `keras.Input((28, 28, 1))`, `Rescaling(1 / 255)`, twice `Conv2D` and `MaxPooling2D`, "
        "then `Flatten()` and a `Dense` with ten units.",
    ],
    solution_code="""
network = keras.Sequential([
    keras.Input((28, 28, 1)),
    keras.layers.Rescaling(1 / 255),
    keras.layers.Conv2D(32, 5, strides=2, padding="same", activation="relu"),
    keras.layers.MaxPooling2D(),
    keras.layers.Conv2D(64, 3, padding="same", activation="relu"),
    keras.layers.Flatten(),
    keras.layers.Dropout(0.4),
    keras.layers.Dense(96, activation="relu"),
    keras.layers.Dense(10),
])
""",
    right="From plain pixels to ten scores with {weights:,} parameters. What a filter learns at one place of the "
    "picture, it knows at every other one.",
)


def _observe_baseline(baseline: object) -> SimpleNamespace:
    """What a dense network makes of pictures, and whether anything in it bends."""
    it, model = _observe_network(baseline, "baseline")
    if model is None:
        return it
    weighted = [layer for layer in it.layers if _has_weights(layer)]
    visible = not it.hidden_from_view and all(map(expect.is_of_keras, it.layers))
    it.no_hidden = len(weighted) < 2 and (visible or it.affine)
    hidden = it.layers[: it.layers.index(weighted[-1])] if weighted else []
    it.straight = not any(map(_bends, hidden)) if it.chain else it.affine  # deep sigmoids hardly bend, and do bend
    first = next((step for step in it.chain if _has_weights(step.layer) and "Dense" in type(step.layer).__name__), None)
    it.flat_too_late = first is not None and first.given.ndim > 2 and first.given.shape[-1] == 1
    return it


def _check_baseline(it: SimpleNamespace) -> None:
    _check_network(it, "baseline")


dense_baseline = Exercise(
    name="step7.dense_baseline",
    title="Build a baseline",
    task="Build `baseline`, a Keras model from pictures of shape `(batch, 28, 28, 1)` with values 0 to 255 to ten "
    "scores (or probabilities). It scales its input, flattens it, and has at least one hidden layer of dense neurons "
    "with an activation; no convolution yet.",
    answers=["baseline"],
    lesson=BASELINE,
    observe=_observe_baseline,
    misconceptions=[
        *_of_any_network("baseline", BASELINE),
        _random("baseline"),
        Misconception(
            name="a convolution already",
            seen=lambda it: bool(it.convolutions),
            did="Your `baseline` has a convolution.",
            follows="That may well be the better network. But a baseline is there to show what the clever part is "
            "worth, and with it inside there is nothing to compare.",
            change="Leave it out here, and keep it for 7.4.",
            lesson=BASELINE,
        ),
        Misconception(
            name="flattened too late",
            seen=lambda it: it.flat_too_late,
            did="Your `baseline` flattens the pictures only behind its first dense layer.",
            follows="A dense layer works along the last axis, which is the single channel here: each of its neurons "
            "sees one pixel, and does the same at every place. No neuron in it sees the whole picture.",
            change="Look at the order of the two layers.",
            lesson=BASELINE,
        ),
        Misconception(
            name="no hidden layer",
            seen=lambda it: it.no_hidden,
            did="Your `baseline` goes from the pixels to the ten scores in one step.",
            follows="Then each pixel has one fixed weight for each kind: a light pixel in the middle always speaks for "
            "the same kinds, whatever surrounds it.",
            change="Put a dense layer between the pixels and the scores.",
            lesson="2.4 Input, hidden, output",
        ),
        _unscaled("baseline"),
        Misconception(
            name="a hidden layer without a bend",
            seen=lambda it: it.straight,
            did="Your `baseline` has hidden layers without an activation.",
            follows="A weighted sum of weighted sums is a weighted sum: however many of these layers you stack, they "
            "can do what a single one does.",
            change="Give the hidden layers an activation.",
            lesson=BEND,
        ),
        _dropped("baseline"),
    ],
    check_observed=_check_baseline,
    hints=[
        "Four layers behind the input: one scales, one makes a row of each picture, one is hidden, one gives the scores.",
        "`keras.layers.Rescaling(1 / 255)` and `keras.layers.Flatten()` come first; a `Dense` layer is bent by its "
        "`activation`.",
        "In `keras.Sequential`: `keras.Input((28, 28, 1))`, then these two, then `Dense(64, activation=\"relu\")`, and "
        "last a `Dense` layer with a unit for each kind.",
    ],
    solution_code="""
baseline = keras.Sequential([
    keras.Input((28, 28, 1)),
    keras.layers.Rescaling(1 / 255),
    keras.layers.Flatten(),
    keras.layers.Dense(128, activation="relu"),
    keras.layers.Dense(10),
])
""",
    right="A plain network with {weights:,} parameters. What it reaches is the number to beat, and it costs a few "
    "seconds to find out.",
)

# --- Augmentation ---

COPIES, CALLS = 96, 3
SLENDER = 0.25  # half as wide as high: a triangle that is wider looks turned round when it is stretched
TURNED_FAR, UPSIDE_DOWN = 50, 130  # degrees
MOVED_FAR = 7.5  # pixels, more than a quarter of the picture
SIZES = (0.6, 2.1)  # of a figure, beside its own
RARE = 0.03  # of the copies; rounding and noise may mislead the measurement now and then
INK = 0.7
OVERLAP = 0.7  # of a figure and what it is taken for, as a share of both together
FAINT = 1.0  # of 255 grey levels, in the mean over all pixels


def _in_the_triangle(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return (rows >= 4.5) & (rows <= 18.5) & (np.abs(columns - 13.5) <= (rows - 4) * SLENDER)


@functools.cache
def _wedge() -> np.ndarray:
    """A picture with a triangle in its middle that points up: it shows how a picture was turned, moved and sized."""
    return np.where(_in_the_triangle(*np.mgrid[:SIDE, :SIDE]), 255, 0).astype("float32")[..., np.newaxis]


def _is_the_triangle(light: np.ndarray, middle: np.ndarray, degrees: float) -> bool:
    """Whether these pixels are the triangle, turned by so much: noise and holes can look turned, too."""
    own = np.argwhere(_wedge()[..., 0] > 0)
    scale, angle = np.sqrt(light.sum() / len(own)), np.radians(degrees)
    down, right = ((np.mgrid[:SIDE, :SIDE] - middle[:, np.newaxis, np.newaxis]) / scale).astype("float64")
    back = down * np.cos(angle) - right * np.sin(angle), down * np.sin(angle) + right * np.cos(angle)
    expected = _in_the_triangle(*(each + centre for each, centre in zip(back, own.mean(axis=0), strict=True)))
    return float((light & expected).sum() / (light | expected).sum()) > OVERLAP


def _pose(picture: np.ndarray) -> tuple[float, float, float, float]:
    """Where the triangle of `_wedge` is in a picture: row, column, size, and degrees turned; NaN if it is not there."""
    light = picture[..., 0] > (float(picture.min()) + float(picture.max())) / 2
    if not 10 <= light.sum() <= light.size * 0.8:
        return (np.nan,) * 4
    places = np.argwhere(light).astype("float64")
    middle = places.mean(axis=0)
    away = places - middle
    up, right = -((away**2).sum(axis=1)[:, np.newaxis] * away).sum(axis=0) * (1, -1)  # the tip is farthest away
    cut_off = light[[0, -1]].any() or light[:, [0, -1]].any()
    turned = 0.0 if cut_off else float(np.degrees(np.arctan2(right, up)))
    if abs(turned) > TURNED_FAR and not _is_the_triangle(light, middle, turned):
        turned = 0.0
    return middle[0], middle[1], float(np.sqrt(light.sum())), turned


def _in_training(layer: Any, pictures: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    with expect.using(f"`augmentation` was called on {len(pictures)} pictures with `training=True`"):
        changed = layer(tf.constant(pictures), **expect.as_when(layer, training=True))
    return expect.array(changed, "augmentation(pictures)")


def _observe_augmentation(augmentation: object) -> SimpleNamespace:
    """What becomes of pictures of clothes, and of a triangle, in training and in use."""
    import keras

    it = SimpleNamespace(form="", shape="", low=0.0, high=0.0)
    if isinstance(augmentation, type) and issubclass(augmentation, keras.layers.Layer):
        it.form, it.kind = "class", messages.one_line(augmentation.__name__)
        return it
    if not isinstance(augmentation, keras.layers.Layer):
        if callable(augmentation) and not isinstance(augmentation, type):
            it.form = "function"
            return it
        raise Unexpected(
            "`augmentation` to be a Keras model or layer",
            messages.of(augmentation),
            "It is to stand in front of the network as one of its layers.",
            "Put the random layers into `keras.Sequential([...])`.",
        )
    if isinstance(augmentation, keras.Sequential) and not augmentation.layers:
        it.form = "nothing"
        return it
    clothes = np.concatenate([_pictures().some] * 2)
    used = expect.output(augmentation, clothes, "augmentation")
    trained = [_in_training(augmentation, clothes) for _ in range(CALLS)]
    for result in (used, *trained):
        if np.shape(result) != clothes.shape:
            it.form, it.shape = "shape", str(np.shape(result))
            return it
    _compare(it, clothes, expect.array(used, "augmentation(pictures)"), np.stack(trained))
    if not it.form:
        wedges = np.repeat(_wedge()[np.newaxis], COPIES, axis=0)
        turned = np.concatenate([_in_training(augmentation, wedges) for _ in range(CALLS)])
        it.light_ground = float(np.mean(turned[:, [0, 0, -1, -1], [0, -1, 0, -1], 0].min(axis=1) > 128))
        _measure_poses(it, turned)
        it.moved_away = it.moved > 2 * RARE or it.ink < INK
    return it


def _compare(it: SimpleNamespace, clothes: np.ndarray, used: np.ndarray, trained: np.ndarray) -> None:
    """Note what happens to the values, in training and in use."""
    it.low, it.high = float(trained.min()), float(trained.max())
    it.in_use = float(np.abs(used - clothes).max())
    it.ink = float((trained.sum(axis=(2, 3, 4)) / clothes.sum(axis=(1, 2, 3))).mean())
    changes = np.abs(trained - clothes).mean(axis=(2, 3, 4))
    it.always = float(np.abs(trained[1:] - trained[0]).max()) < 1e-4
    if it.high <= 2 or it.low < -64 or it.high > 255 + 64:
        it.form = "range"
    elif it.in_use > 1e-3:
        it.form = "in use"
    elif changes.mean() < FAINT:
        it.form = "nothing"
    elif it.always:
        it.form = "always"


def _measure_poses(it: SimpleNamespace, wedges: np.ndarray) -> None:
    """Note how far the triangle is turned and moved, and how often."""
    row, column, size, _ = _pose(_wedge())
    poses = np.array([_pose(wedge) for wedge in wedges])
    lost = np.isnan(poses[:, 0])
    found = poses[~lost] if not lost.all() else np.array([[row, column, size, 0.0]])
    far = np.hypot(found[:, 0] - row, found[:, 1] - column) > MOVED_FAR
    grown = found[:, 2] / size
    off = far | (grown < SIZES[0]) | (grown > SIZES[1])
    # A triangle that is cut off, or stands beside its mirror image, does not tell how it was turned.
    whole = found[~off] if not off.all() else found[:0]
    turned = np.append(np.abs(whole[:, 3]), 0.0)
    it.sideways = float(np.mean((turned > TURNED_FAR) & (turned < UPSIDE_DOWN)))
    it.down = float(np.mean(turned >= UPSIDE_DOWN))
    it.turned = float(turned.max())
    it.moved = float(lost.mean() + np.mean(off))
    it.too_much = (
        f"of {len(poses)} copies of a figure in the middle, {it.moved:.0%} are far away, cut off, or of another size"
        if it.moved > 2 * RARE
        else f"on average {it.ink:.0%} of the light in a picture remains"
    )


def _check_augmentation(it: SimpleNamespace) -> None:
    """Nothing is left: it changes pictures in training, within bounds, and leaves them alone in use."""


augment = Exercise(
    name="step7.augment",
    title="Augment the pictures",
    task="Build `augmentation`, a Sequential model of Keras' random layers for pictures of shape `(28, 28, 1)` with "
    "values 0 to 255. In training it changes each picture a little, as a photograph of clothes might differ; in use it "
    "leaves each exactly as it is; shape and range of values stay the same.",
    answers=["augmentation"],
    lesson=AUGMENT,
    observe=_observe_augmentation,
    misconceptions=[
        Misconception(
            name="a class instead of a layer",
            seen=lambda it: it.form == "class",
            did="Your `augmentation` is the class `{kind}` itself.",
            follows="A class is the plan by which layers are made. Only a layer that was made from it can stand in a "
            "model and change pictures.",
            change="Call the class, with what it needs in the brackets.",
            lesson="3.2 Two ways to add layers",
        ),
        Misconception(
            name="a function instead of a layer",
            seen=lambda it: it.form == "function",
            did="Your `augmentation` is a function.",
            follows="A function in a `map` can augment, too. But it cannot be put in front of the network as a layer, "
            "and nobody tells it whether the network is training or in use.",
            change="Make it of Keras' random layers.",
            lesson=IN_TRAINING,
        ),
        Misconception(
            name="another shape",
            seen=lambda it: it.form == "shape",
            did="Your `augmentation` changes the shape: forty pictures come out as `{shape}`.",
            follows="The network that follows was made for 28 rows and 28 columns, and stops with an error on any "
            "other number. `RandomCrop`, for one, cuts pictures smaller.",
            change="Use layers that leave the shape as it is.",
            lesson=AUGMENT,
        ),
        Misconception(
            name="another range of values",
            seen=lambda it: it.form == "range",
            did="Your `augmentation` changes the range of the values: in training they run from {low:.3g} to {high:.3g}, "
            "where 0 to 255 came in.",
            follows="The network scales its input itself, by a layer made for 0 to 255. Scaling belongs there alone, "
            "and layers that change brightness must be told for which values they are to work.",
            change="Find the layer that scales, or believes in pixels from 0 to 1.",
            lesson=PREPARE,
        ),
        Misconception(
            name="changes in use as well",
            seen=lambda it: it.form == "in use",
            did="Your `augmentation` changes pictures with `training=False`, too.",
            follows="In `predict` and `evaluate` the network would then see changed pictures. Keras' random layers "
            "stop by themselves there; a layer of another kind, or a random function inside one, goes on.",
            change="Keep only what rests when `training` is false.",
            lesson=IN_TRAINING,
        ),
        Misconception(
            name="nothing happens",
            seen=lambda it: it.form == "nothing",
            did="Your `augmentation` hands on pictures unchanged in training, or so nearly that no eye could tell.",
            follows="A model without layers does this, and so does a random layer with a factor of 0 or nearly 0. The "
            "network would see the same pictures in each epoch.",
            change="Add a random layer, or give yours room to change something.",
            lesson=AUGMENT,
        ),
        Misconception(
            name="always the same change",
            seen=lambda it: it.form == "always",
            did="Your `augmentation` changes pictures in training, but always in the same way.",
            follows="Then there are no more pictures to learn from than before, only other ones; and those that the "
            "network is used on, unchanged, it has never seen.",
            change="Let chance decide anew at each call.",
            lesson=AUGMENT,
        ),
        Misconception(
            name="light ground",
            seen=lambda it: it.light_ground > 2 * RARE,
            did="Your `augmentation` makes the ground light: in {light_ground:.0%} of the copies of a figure on black, all "
            "four corners come out light.",
            follows="Everything that the network will be used on is light on black, and is made so by your `prepare`. What "
            "is learned from the opposite serves no picture that comes.",
            change="Leave light and dark as they are, and fill with black what becomes empty at the edges.",
            lesson=AUGMENT,
        ),
        Misconception(
            name="turned too far",
            seen=lambda it: it.sideways > RARE,
            did="Your `augmentation` turns pictures by up to {turned:.0f} degrees.",
            follows="`RandomRotation` takes its factor as a part of a full turn, so 0.1 is already 36 degrees, and 0.5 "
            "half a turn to either side. Trousers that lie on their side are not what anybody will show the network.",
            change="Choose a factor that stands for some degrees.",
            lesson=AUGMENT,
        ),
        Misconception(
            name="upside down",
            seen=lambda it: it.down > RARE,
            did="Your `augmentation` turns some of the pictures upside down.",
            follows="Nobody photographs a dress standing on its head, so the network would spend weights on pictures "
            "that never come. It makes some kinds harder to tell apart, too.",
            change="Keep the changes that you would expect to meet, such as left and right exchanged.",
            lesson=AUGMENT,
        ),
        Misconception(
            name="moved too far",
            seen=lambda it: it.moved_away,
            did="Your `augmentation` moves or resizes the pictures too much: {too_much}.",
            follows="The factor is a part of the whole width or height, so 0.5 is 14 pixels. What is outside the frame "
            "cannot be learned from, and mirrored scraps in its place belong to no garment.",
            change="Make the factors smaller.",
            lesson=AUGMENT,
        ),
    ],
    check_observed=_check_augmentation,
    hints=[
        "A garment may be photographed from the other side, a little out of the middle, a little askew. Each of these "
        "has its layer in Keras.",
        "All these layers begin with `Random`; look at the values that their first argument takes. One of them alone "
        "is enough, if its change is a sensible one.",
        "`keras.Sequential([keras.Input((28, 28, 1)), ...])` with a `RandomFlip` that exchanges left and right only.",
    ],
    solution_code="""
augmentation = keras.Sequential([
    keras.Input((28, 28, 1)),
    keras.layers.RandomFlip("horizontal"),
])
""",
    right="In training a picture looks a little different each time, in use nothing is touched. So the network learns "
    "what may change without changing the garment.",
)

# --- A picture of your own ---

GROUND = 246
RED, BLUE, GREY = (225, 30, 40), (30, 40, 225), (50, 50, 50)
DRAWINGS = ((300, 200, GREY), (200, 300, GREY), (160, 160, GREY), (64, 64, GREY), (160, 160, RED), (160, 160, BLUE))
SQUEEZED = 1.25  # how far the proportions may be off; squeezing a picture of 300 to 200 gives 1.5
ALIKE = 0.6  # how much of two outlines must agree


def _drawing(rows: int, columns: int, color: tuple[int, int, int]) -> np.ndarray:
    """A picture of a dark figure on light ground, beside the middle, twice as high as wide, narrower below."""
    side = min(rows, columns)
    down, right = np.mgrid[:rows, :columns].astype("float64")
    down = (down - 0.5 * rows - 0.06 * side) / (0.6 * side) + 0.5  # 0 to 1 within the figure
    right = (right - 0.5 * columns + 0.06 * side) / (0.3 * side) + 0.5
    picture = np.full((rows, columns, 3), GROUND, "uint8")
    picture[(down >= 0) & (down < 1) & (right >= 0) & (right < 1 - 0.6 * down)] = color
    return picture


def _prepare_is_written(prepare: object) -> bool:
    return expect.is_written(prepare, lambda: prepare(_drawing(*DRAWINGS[0])))


def _observe_prepare(prepare: object) -> SimpleNamespace:
    """What becomes of six drawings: shape, values, and the outline of the figure."""
    function = expect.function(prepare, "prepare")
    results = []
    for rows, columns, color in DRAWINGS:
        drawing = _drawing(rows, columns, color)
        with expect.using(f"`prepare` was called on a picture of shape {drawing.shape}"):
            result = function(drawing.copy())
        if result is None:
            return SimpleNamespace(form="nothing")
        results.append(_look_at(expect.array(result, "prepare(picture)"), drawing))
        if results[-1].form:
            break
    it = results[-1]
    it.gone = bool(it.form == "lost") and it.drawn not in (GREY,)
    if not it.form:
        upright, lying = results[:2]
        it.upright, it.lying = upright.proportions, lying.proportions
        it.squeezed = max(abs(np.log(each.proportions)) for each in results) > np.log(SQUEEZED)
        it.way, it.agrees = upright.way, min(each.agrees for each in results)
    return it


def _look_at(result: np.ndarray, drawing: np.ndarray) -> SimpleNamespace:
    """What one prepared picture is like; `form` says in a word what is wrong with its shape or its values."""
    it = SimpleNamespace(shape=str(result.shape), picture=str(drawing.shape), form=_form_of_prepared(result.shape))
    it.drawn = tuple(int(level) for level in drawing[drawing.shape[0] // 2, drawing.shape[1] // 2])
    it.low, it.high = float(result.min()), float(result.max())
    if it.form:
        return it
    pixels = result[0, :, :, 0].astype("float64")
    if np.ptp(pixels) > 0.3 and (it.high <= 12 or it.low < -1):
        it.form = "scaled"
        return it
    edges = [float(np.median(edge)) for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])]
    it.ground = min(edges)  # a figure that fills the frame leaves one of them dark at least
    if np.ptp(pixels) < 40:
        it.form = "lost"
    elif max(edges[:2]) < 60 < 180 < min(edges[2:]) or max(edges[2:]) < 60 < 180 < min(edges[:2]):
        it.form = "bars"
    elif it.ground > (it.low + it.high) / 2:
        inverted = SimpleNamespace()
        _compare_outlines(inverted, it.ground - pixels, GROUND - drawing.min(axis=2).astype("float64"))
        whole = inverted.agrees > ALIKE and inverted.way in ("", "swapped", "turned right", "turned left")
        it.form = "dark on light" if whole else "lost"
    else:
        _compare_outlines(it, pixels - it.ground, GROUND - drawing.min(axis=2).astype("float64"))
    return it


def _form_of_prepared(shape: tuple[int, ...]) -> str:
    """What is wrong with the shape of a prepared picture, in a word."""
    if shape == (1, SIDE, SIDE, 1):
        return ""
    if shape in ((SIDE, SIDE), (SIDE, SIDE, 1)):
        return "no batch"
    if shape == (1, SIDE, SIDE):
        return "no channel"
    if shape[-1:] == (3,) and len(shape) in (3, 4):
        return "colors"
    if len(shape) in (2, 3, 4) and max(shape) > 1 and shape[-1] != SIDE * SIDE and SIDE * SIDE != np.prod(shape):
        return "size"
    raise Unexpected(
        f"`prepare` to return one picture of shape `(1, {SIDE}, {SIDE}, 1)`",
        f"shape `{shape}`",
        "The network counts on this order: the examples first, then rows, columns and the one channel.",
        "Print the shape after each of your steps.",
        ONE_PICTURE,
    )


def _compare_outlines(it: SimpleNamespace, light: np.ndarray, drawn: np.ndarray) -> None:
    """Note how a figure's proportions and its outline differ from those that were drawn."""
    outlines = [_outline(light), _outline(drawn)]
    (tall, wide), (drawn_tall, drawn_wide) = (_extent(light), _extent(drawn))
    it.proportions = (tall / wide) / (drawn_tall / drawn_wide)
    ways = {
        "": outlines[0], "upside down": outlines[0][::-1], "mirrored": outlines[0][:, ::-1],
        "turned round": outlines[0][::-1, ::-1],
        "swapped": _outline(light.T), "turned right": _outline(np.rot90(light)), "turned left": _outline(np.rot90(light, 3)),
    }  # fmt: skip
    agree = {way: np.sum(one & outlines[1]) / max(np.sum(one | outlines[1]), 1) for way, one in ways.items()}
    lying = tall < wide * 0.8
    it.way = max(agree, key=lambda way: agree[way] + 0.3 * (lying == (way in ("swapped", "turned right", "turned left"))))
    it.agrees = float(agree[it.way])


def _extent(light: np.ndarray) -> tuple[float, float]:
    """How far a figure spreads over rows and over columns."""
    weight = np.where(light > 0.3 * light.max(), light, 0)
    spreads = []
    for axis in (1, 0):
        along = weight.sum(axis=axis)
        places = np.arange(len(along))
        middle = np.average(places, weights=along)
        spreads.append(max(float(np.sqrt(np.average((places - middle) ** 2, weights=along))), 1e-6))
    return spreads[0], spreads[1]


def _outline(light: np.ndarray) -> np.ndarray:
    """Which places of a frame around a figure belong to it, in 16 rows and 8 columns."""
    inside = light > 0.4 * light.max()
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    down = np.linspace(rows[0], rows[-1], 16).round().astype(int)
    right = np.linspace(columns[0], columns[-1], 8).round().astype(int)
    return inside[np.ix_(down, right)]


def _check_prepare(it: SimpleNamespace) -> None:
    if it.way or it.agrees < ALIKE:
        raise Unexpected(
            "the figure to look as in the picture, only smaller and light on black",
            f"a figure that is {it.way}" if it.way else "another outline",
            "The network knows clothes as they hang, with the collar above.",
            "Show a picture before and after `prepare`, side by side.",
        )
    if it.high < 90:
        raise Unexpected(
            "a light figure, with values up to 150 or more",
            f"values up to {it.high:.0f}",
            "In the training pictures the garment is light.",
            "Show the prepared picture beside one of the training set.",
        )


own_picture = Exercise(
    name="step7.own_picture",
    title="A picture of your own",
    task="Write `prepare(picture)`: `picture` is an array `(rows, columns, 3)` of `uint8` of any size, something dark "
    "on light ground. It returns what the network takes: shape `(1, 28, 28, 1)`, values 0 to 255, light on black, and "
    "nothing squeezed: what is twice as high as wide stays so.",
    answers=["prepare"],
    lesson=OWN,
    attempted=_prepare_is_written,
    observe=_observe_prepare,
    misconceptions=[
        Misconception(
            name="nothing returned",
            seen=lambda it: it.form == "nothing",
            did="Your `prepare` returns nothing, `None`.",
            follows="A function without `return` gives `None`, whatever it has computed, and the network cannot take "
            "that for a picture.",
            change="Return the array at the end of `prepare`.",
            lesson=OWN,
        ),
        Misconception(
            name="no batch axis",
            seen=lambda it: it.form == "no batch",
            did="Your `prepare` returns an array of shape `{shape}`: one picture without a batch.",
            follows="A network counts examples along its first axis, so it would take 28 rows for 28 pictures.",
            change="Put an axis of length 1 in front, and see that there is one for the channel at the end.",
            lesson=ONE_PICTURE,
        ),
        Misconception(
            name="no channel at the end",
            seen=lambda it: it.form == "no channel",
            did="Your `prepare` returns an array of shape `{shape}`, without the channel.",
            follows="Grey pictures have one channel, and the convolution was made for an axis of this length behind "
            "rows and columns.",
            change="Add an axis of length 1 at the end, too.",
            lesson=OWN,
        ),
        Misconception(
            name="three colours left",
            seen=lambda it: it.form == "colors",
            did="Your `prepare` returns an array of shape `{shape}`: red, green and blue are still there.",
            follows="The network has filters for a single channel, since the catalogue is grey.",
            change="Make one grey level of the three numbers of each pixel.",
            lesson=OWN,
        ),
        Misconception(
            name="another size",
            seen=lambda it: it.form == "size",
            did="Your `prepare` makes an array of shape `{shape}` of a picture of shape `{picture}`.",
            follows="The network was made for 28 rows and 28 columns, whatever the size of the photograph was.",
            change="Bring each picture to this size, large and small ones.",
            lesson=OWN,
        ),
        Misconception(
            name="scaled before the network",
            seen=lambda it: it.form == "scaled",
            did="Your `prepare` returns values from {low:.3g} to {high:.3g}.",
            follows="The network scales its input itself, by its first layer. Scaled twice, a picture is all but black "
            "to it, and it answers without having seen anything.",
            change="Leave the values between 0 and 255.",
            lesson=INSIDE,
        ),
        Misconception(
            name="one colour only",
            seen=lambda it: it.gone,
            did="Your `prepare` loses a garment in colour {drawn} on a light ground: hardly anything is left of it.",
            follows="A single one of the three channels is not the brightness: a red thing is as light in the red "
            "channel as the white beside it.",
            change="Let all three channels have a say in the grey level.",
            lesson=OWN,
        ),
        Misconception(
            name="a corner of the picture",
            seen=lambda it: it.form == "lost",
            did="Your `prepare` returns a picture in which the figure cannot be found: its values run from {low:.0f} "
            "to {high:.0f}.",
            follows="Cutting out 28 by 28 pixels takes a small piece of a large picture, here one without the figure "
            "or from the midst of it.",
            change="Make the whole picture smaller in place of cutting a piece out of it.",
            lesson=OWN,
        ),
        Misconception(
            name="light bars",
            seen=lambda it: it.form == "bars",
            did="Your `prepare` puts two light bars beside the figure where it fills a picture of shape `{picture}` up "
            "to a square.",
            follows="Filled up with black while the ground is still white, or the other way round, the bars end up as "
            "light as the garment, and the network takes them for a part of it.",
            change="Look at what is ground at the moment when you fill up: black, or white?",
            lesson=OWN,
        ),
        Misconception(
            name="dark on light",
            seen=lambda it: it.form == "dark on light",
            did="Your `prepare` leaves the ground light, {ground:.0f}, and the figure dark.",
            follows="In the training set 0 is the background. To the network a light ground is a garment that fills "
            "the frame, with a hole in it.",
            change="Exchange light and dark.",
            lesson=OWN,
        ),
        Misconception(
            name="axes swapped",
            seen=lambda it: it.way in ("swapped", "turned right", "turned left"),
            did="Your `prepare` lays the figure on its side: rows have become columns.",
            follows="Pillow counts a size as width, height and NumPy as rows, columns; `reshape` and `.T` do not ask. "
            "The network never saw clothes lying down.",
            change="Follow a picture that is higher than wide through your steps.",
            lesson=OWN,
        ),
        Misconception(
            name="squeezed",
            seen=lambda it: it.squeezed and not it.way,
            did="Your `prepare` squeezes: compared with the picture, the figure comes out {upright:.2f} times as high "
            "for its width from 300 rows and 200 columns, and {lying:.2f} times from 200 rows and 300 columns.",
            follows="By its proportions the network tells a dress from a T-shirt. Resized from any shape to a square, "
            "or stretched until it fills the frame, one becomes the other.",
            change="Make the picture square before you make it small.",
            lesson=OWN,
        ),
    ],
    check_observed=_check_prepare,
    hints=[
        "Five steps: one grey level for each pixel, light and dark exchanged, a square, 28 by 28, and two more axes.",
        "`255 - picture.mean(axis=2)` does the first two. For the square, make an array of zeros as large as the "
        "longer side, and put the picture into its middle.",
        "`Image.fromarray(np.uint8(square)).resize((28, 28), Image.Resampling.BOX)` makes it small; then "
        "`np.asarray(...)` and `.reshape(1, 28, 28, 1)`.",
    ],
    solution_code="""
from PIL import Image

def prepare(picture):
    light = 255 - picture.mean(axis=2)
    rows, columns = light.shape
    side = max(rows, columns)
    square = np.zeros((side, side))
    down, right = (side - rows) // 2, (side - columns) // 2
    square[down:down + rows, right:right + columns] = light
    small = Image.fromarray(np.uint8(square)).resize((28, 28), Image.Resampling.BOX)
    return np.asarray(small, "float32").reshape(1, 28, 28, 1)
""",
    right="Tall and wide, grey and coloured: each becomes 28 by 28 pixels, light on black, in its own proportions. "
    "That is the kind of picture that your network has learned from.",
)

# --- Test once ---

GOAL, BY_CHANCE, LEARNED = 0.88, 0.2, 0.93
ROUNDED = 0.006  # an accuracy may be rounded to two digits
LEARNED_FROM = range(4_000, 6_000)  # training pictures from the middle: few would choose these for the validation
VALIDATED_BY = range(8_000, 10_000)  # as the task of 7.2 has it


def _observe_test(network: object, test_ds: object, test_accuracy: object) -> SimpleNamespace:
    """How many of the test pictures the network gets right, and what the number handed in is."""
    model = expect.model(network, "network")
    read = _read(test_ds, "test_ds")
    if read.form not in ("", "changed", "scaled"):
        raise Unexpected(
            "`test_ds` to be the test dataset of 7.2",
            "pictures that come again and again" if read.form == "endless"
            else f"elements with pictures of shape `{read.shape}` and labels of shape `{read.label_shape}`",
            "The check tests your network on it, and must know each picture again.",
            "Make it once more from `test_images` and `test_labels`.",
            LOAD,
        )
    it = SimpleNamespace(form=read.form, low=read.low, high=read.high, number="", value=0.0, accuracy=0.0, on_training=0.0)
    if it.form:
        return it
    rows = np.unique(read.rows)
    it.of_training, it.again, it.wrong_labels = int(np.sum(rows < TRAINING)), read.again, read.wrong_labels
    it.missing = TEST_PICTURES - int(np.sum(rows >= TRAINING))
    if it.of_training or it.again or it.wrong_labels or it.missing:
        return it
    right, loss = _judge_pictures(model, np.arange(TRAINING, LONGEST_PASS))
    it.accuracy = float(right.mean())
    it.number, it.value = _number_of(test_accuracy, it.accuracy, loss)
    if it.number == "other" or it.accuracy < GOAL:
        it.on_training = float(_judge_pictures(model, np.array(LEARNED_FROM))[0].mean())
        it.on_others = float(_judge_pictures(model, np.array(VALIDATED_BY))[0].mean())
        if it.number == "other" and abs(it.value - it.on_others) < 0.008:
            it.number = "validation"
        elif it.number == "other" and it.value > it.accuracy and abs(it.value - it.on_training) < 0.02:
            it.number = "training"
    return it


def _judge_pictures(model: Any, rows: np.ndarray) -> tuple[np.ndarray, float]:
    """Which of these pictures of the file a network names rightly, and its loss on them."""
    scores = []
    for some in np.array_split(rows, 4):
        answer = _answers(model, _pictures().pixels[some][..., np.newaxis].astype("float32"), "network")
        if answer.shape != (len(some), KINDS):
            raise Unexpected(
                f"`network` to give {KINDS} scores for each picture",
                f"an output of shape `{answer.shape}` for {len(some)} pictures",
                "The largest of the ten says which kind was seen.",
                "Hand in the network that you have trained.",
                NEIGHBOURS,
            )
        scores.append(answer)
    every, labels = np.concatenate(scores).astype("float64"), _pictures().labels[rows]
    if every.min() >= 0 and np.allclose(every.sum(axis=1), 1, atol=1e-3):
        every = np.log(np.maximum(every, 1e-7))
    high = every - every.max(axis=1, keepdims=True)
    logs = high - np.log(np.exp(high).sum(axis=1, keepdims=True))
    return every.argmax(axis=1) == labels, float(-logs[np.arange(len(labels)), labels].mean())


def _number_of(value: object, accuracy: float, loss: float) -> tuple[str, float]:
    """What was handed in as the accuracy, in a word, and the number that it is."""
    if isinstance(value, dict):
        return "everything", 0.0
    numbers = expect.array(value, "test_accuracy")
    off = np.abs(numbers.astype("float64") - accuracy)
    if numbers.ndim == 1 and numbers.size > 1 and off[1:].min() <= ROUNDED < off[0]:
        return "everything", 0.0
    if numbers.size != 1 or numbers.dtype.kind == "b":
        raise Unexpected(
            "`test_accuracy` to be one number",
            messages.of(value),
            "It is the share of the test pictures that the network names rightly.",
            "Look at what `evaluate` returns, and take the accuracy out of it.",
        )
    number = float(numbers.reshape(()))
    ways = {
        "right": (accuracy, ROUNDED),
        "percent": (100 * accuracy, 100 * ROUNDED),
        "count": (TEST_PICTURES * accuracy, 3),
        "errors": (1 - accuracy, ROUNDED / 2),
        "loss": (loss, 0.02 * loss + 1e-4),
    }
    return next((way for way, (wanted, off) in ways.items() if abs(number - wanted) <= off), "other"), number


def _check_test(it: SimpleNamespace) -> None:
    if it.number != "right":
        raise Unexpected(
            f"`test_accuracy` to be the accuracy of `network` on `test_ds`, about {it.accuracy:.3f}",
            f"{it.value:.4g}",
            "A number that was measured before the last training, or with another network, says nothing about this one.",
            "Evaluate `network` on `test_ds` once more, and keep what comes out.",
        )


test_once = Exercise(
    name="step7.test_once",
    title="Test once",
    task="Measure the accuracy of your trained `network` on the 2,000 pictures of `test_ds`, and keep it in "
    "`test_accuracy`, a number from 0 to 1; it should be at least 0.88.",
    answers=["network", "test_ds", "test_accuracy"],
    lesson=TEST,
    observe=_observe_test,
    misconceptions=[
        Misconception(
            name="test pictures scaled",
            seen=lambda it: it.form == "scaled",
            did="Your `test_ds` has values from {low:.3g} to {high:.3g}, where the test set has 0 to 255.",
            follows="The network scales its input itself, by its first layer. To it these pictures are all but black, or all "
            "the same, and what it says of them is a guess.",
            change="Hand it the pixels as they are in the file.",
            lesson=INSIDE,
        ),
        Misconception(
            name="test pictures changed",
            seen=lambda it: it.form == "changed",
            did="Your `test_ds` holds pictures that are not in the file: mirrored, moved, or changed in their values.",
            follows="The accuracy then belongs to other pictures than those of the test set, and cannot be compared "
            "with anything.",
            change="Leave the test pictures as they are; augmentation is for the training.",
            lesson=ORDER,
        ),
        Misconception(
            name="tested on training pictures",
            seen=lambda it: it.of_training > 0,
            did="Your `test_ds` holds {of_training:,} pictures of the training set.",
            follows="The network has learned from most of them or was chosen by them, so that remembering is enough "
            "there.",
            change="Evaluate on the 2,000 pictures that were kept for the test.",
            lesson=SPLIT,
        ),
        Misconception(
            name="test pictures twice",
            seen=lambda it: it.again > 0,
            did="Your `test_ds` hands out {again:,} pictures a second time in the same pass.",
            follows="They count twice in the accuracy, and the rows no longer fit to `test_labels`.",
            change="Let each test picture come once.",
            lesson=ORDER,
        ),
        Misconception(
            name="tested with wrong labels",
            seen=lambda it: it.wrong_labels > 0,
            did="Your `test_ds` gives {wrong_labels:,} of its pictures a label that is not theirs.",
            follows="Measured by wrong labels, the best of networks looks like a guess.",
            change="Tie pictures and labels together in the order of the file.",
            lesson=PAIRS,
        ),
        Misconception(
            name="a part of the test only",
            seen=lambda it: it.missing > 0,
            did="Your `test_ds` leaves out {missing:,} of the 2,000 test pictures.",
            follows="The fewer there are, the more the accuracy is a matter of luck, and which ones are missing "
            "decides, too.",
            change="Test on all of them.",
            lesson=LOAD,
        ),
        Misconception(
            name="everything that evaluate returns",
            seen=lambda it: it.number == "everything",
            did="Your `test_accuracy` holds several numbers.",
            follows="`evaluate` returns the loss first and the metrics behind it; only one of these numbers is the "
            "accuracy.",
            change="Pick the accuracy out.",
            lesson=TEST,
        ),
        Misconception(
            name="percent",
            seen=lambda it: it.number == "percent",
            did="Your `test_accuracy` is {value:.4g}, the accuracy in percent.",
            follows="Keras and this page count it as a share from 0 to 1, and a comparison with 0.88 would always come "
            "out well.",
            change="Leave the share as it is.",
            lesson=TEST,
        ),
        Misconception(
            name="the number of right pictures",
            seen=lambda it: it.number == "count",
            did="Your `test_accuracy` is {value:.0f}, the number of pictures that the network names rightly.",
            follows="Without the number of all test pictures nobody can tell whether that is many.",
            change="Make a share of it.",
            lesson=TEST,
        ),
        Misconception(
            name="the share of errors",
            seen=lambda it: it.number == "errors",
            did="Your `test_accuracy` is {value:.3f}, the share of pictures that the network names wrongly.",
            follows="That is a telling number, and it should be small; the accuracy should be large.",
            change="Count the right ones in place of the wrong ones.",
            lesson=TEST,
        ),
        Misconception(
            name="the loss",
            seen=lambda it: it.number == "loss",
            did="Your `test_accuracy` is {value:.4g}, which is the loss of the network on the test pictures.",
            follows="The loss comes first in what `evaluate` returns. It says how sure the network was of the right "
            "kinds, and not how many pictures it named rightly.",
            change="Take the number behind it.",
            lesson="4.9 The metric is not the loss",
        ),
        Misconception(
            name="the validation accuracy",
            seen=lambda it: it.number == "validation",
            did="Your `test_accuracy` is {value:.3f}, as on the last 2,000 of the training pictures, {on_others:.3f}; "
            "on `test_ds` it is {accuracy:.3f}.",
            follows="If these are your validation pictures, the network was chosen by them, and their accuracy is a "
            "bit flattered.",
            change="Hand `test_ds` to `evaluate`.",
            lesson="5.11 Choose, then test once",
        ),
        Misconception(
            name="the training accuracy",
            seen=lambda it: it.number == "training",
            did="Your `test_accuracy` is {value:.3f}, as on pictures of the training, {on_training:.3f}; on `test_ds` "
            "it is {accuracy:.3f}.",
            follows="What the network has learned from it may know by heart; for new pictures that number promises too "
            "much.",
            change="Measure on `test_ds`, after the training.",
            lesson=TEST,
        ),
        Misconception(
            name="never trained",
            seen=lambda it: it.number == "right" and it.accuracy < BY_CHANCE,
            did="Your `network` names {accuracy:.2f} of the test pictures rightly, about as many as by guessing.",
            follows="It was not trained, or it learned nothing: a network that is built once more after `fit` begins "
            "again with random weights.",
            change="Look at the curves of 7.7, and whether this is the network that they belong to.",
            lesson=TRAIN,
        ),
        Misconception(
            name="over-fitting",
            seen=lambda it: it.number == "right"
            and it.accuracy < GOAL
            and it.on_training > max(LEARNED, it.accuracy + 0.05),
            did="Your `network` names {accuracy:.3f} of the test pictures rightly, and {on_training:.3f} of the "
            "training pictures.",
            follows="So it has learned its training pictures, and in part by heart: that is over-fitting. More epochs "
            "alone will not help.",
            change="Hold it back, by dropout, by augmentation, by fewer parameters or an earlier stop.",
            lesson="5.5 Under- and over-fitting",
        ),
        Misconception(
            name="trained too little",
            seen=lambda it: it.number == "right" and it.accuracy < GOAL,
            did="Your `network` names {accuracy:.3f} of the test pictures rightly, as you say, and {on_training:.3f} "
            "of the training pictures.",
            follows="It has not learned yet what there is to learn: the target is 0.88. Too few epochs, steps that are "
            "too small or too large, or too few filters can be the reason.",
            change="Find out by the validation curves of 7.7 (if they still rise, train on; if not, change the network), "
            "and only then test again.",
            lesson=TRAIN,
        ),
    ],
    check_observed=_check_test,
    hints=[
        "One call gives you loss and accuracy on a dataset; you have used it on the validation pictures.",
        "`network.evaluate(test_ds, verbose=0, return_dict=True)` returns a dictionary.",
        "Take the entry `\"accuracy\"` out of it. If it is below 0.88, go back to 7.7, and look at what training and "
        "validation say there.",
    ],
    solution_code="""
test_accuracy = network.evaluate(test_ds, verbose=0, return_dict=True)["accuracy"]
""",
    right="{accuracy:.3f} on pictures that had no part in the training and no say in any choice. You have opened the "
    "test set; from now on it is used up for this network.",
)

# --- Compile ---

GIVEN = np.random.default_rng(7).normal(0, 2, (16, KINDS)).astype("float32")  # scores that a network might give
# Where the right kind stands among the ten scores, from the lowest: 10 of 16 times it is the highest.
PLACES = [-1, -1, -1, -1, -1, -2, -4, 0] * 2
KIND = GIVEN.argsort(axis=1)[np.arange(16), PLACES]
SHARE_RIGHT = 10 / 16
CHANCES = np.exp(GIVEN) / np.exp(GIVEN).sum(axis=1, keepdims=True)
CROSS_ENTROPY = float(-np.log(CHANCES[np.arange(16), KIND]).mean())
RATES = {"SGD": (5e-4, 3.0), "Adagrad": (1e-4, 5.0), "Adadelta": (1e-2, 50.0), "Ftrl": (1e-4, 5.0)}
RATES_LIKE_ADAM = (1.5e-5, 0.07)  # on the network of 7.4: at 0.05 it still learns, at 0.1 it names one kind only
SHORT_FOR = ("ce", "crossentropy")  # Keras finds the cross-entropy that fits the labels
PLAIN_ERRORS = ("squared", "mse", "mae", "absolute", "huber", "cosh")


def _compile_is_written(network: object) -> bool:
    """Whether `compile` was called; what is no network with ten answers is left to the check."""
    import keras

    if network is ...:
        return False
    if not isinstance(network, keras.Model) or network.compiled:
        return True
    try:
        return np.shape(expect.output(network, _pictures().some[:2], "network")) != (2, KINDS)
    except Stopped:
        return True


def _observe_compiled(network: object) -> SimpleNamespace:
    """What the loss makes of scores and of probabilities, what the metrics report, and how large the steps are."""
    model = expect.model(network, "network")
    answer = _answers(model, _pictures().some, "network")
    if _form_of_scores(answer, expect.layers_of(model)) == "yes or no":
        raise Unexpected(
            "`network` to give ten scores, or ten probabilities that add up to 1",
            "ten numbers between 0 and 1 that do not, as from a sigmoid",
            "No loss for one of ten kinds fits such an output.",
            "Change the last layer first, then compile.",
            OUTPUT,
        )
    if answer.shape[1:] != (KINDS,) or not model.compiled:
        raise Unexpected(
            f"`network` to be the network of 7.4, with {KINDS} scores for each picture",
            f"outputs of shape `{answer.shape}`",
            "Loss and labels belong to this task.",
            "Build the network first, then compile it.",
            NEIGHBOURS,
        )
    loss = getattr(model, "loss", None)
    it = SimpleNamespace(no_loss=loss is None, loss=_named(loss), reported="", others="", metric_stops=False)
    it.third = ", ".join(_texts(expect.compile_config(model).get("loss_weights")))
    it.unknown = messages.one_line(loss, most=60) if isinstance(loss, str) and not _is_a_loss(loss) else ""
    if it.third or it.unknown:
        return it
    it.gives_shares = bool(answer.min() >= 0 and np.allclose(answer.sum(axis=1), 1, atol=1e-3))
    it.reads = "" if it.no_loss else _reads(model)
    it.seen_through = it.gives_shares and it.reads == "scores" and _is_seen_through(model)
    it.categorical = it.reads == "" and "categorical" in it.loss and "sparse" not in it.loss
    it.plain = it.reads == "" and any(part in it.loss for part in PLAIN_ERRORS)
    if it.reads:
        _note_metrics(it, model)
    _note_rate(it, model.optimizer)
    return it


def _named(loss: object) -> str:
    """The name of a loss in small letters, however it was handed in."""
    if isinstance(loss, (list, tuple)) and len(loss) == 1:
        loss = loss[0]
    if isinstance(loss, str):
        return messages.one_line(loss.lower(), most=60)
    name = getattr(loss, "__name__", "") or getattr(loss, "name", "") or type(loss).__name__
    return messages.one_line(str(name).lower(), most=60)


def _texts(weights: Any) -> list[str]:
    """The texts among the weights of the losses, where numbers belong."""
    some = weights if isinstance(weights, (list, tuple)) else [weights]
    return [messages.one_line(each, most=40) for each in some if isinstance(each, str)]


def _is_a_loss(name: str) -> bool:
    """Whether `compile` knows a loss by this name, which it may also find by the labels."""
    import keras

    try:
        return name in SHORT_FOR or keras.losses.get(name) is not None
    except Exception:
        return False


def _loss_of(model: Any, kind: np.ndarray, outputs: Any) -> float:
    """The loss of these outputs as the network was compiled with it; NaN if it cannot be computed."""
    import tensorflow as tf

    try:
        return float(np.mean(np.asarray(model.compute_loss(y=tf.constant(kind), y_pred=outputs) - sum(model.losses))))
    except Exception:
        return np.nan


def _reads(model: Any) -> str:
    """Whether a loss for one of ten kinds takes its input for "scores" or "shares"; "" for any other loss.

    A number added to all scores changes nothing where a softmax follows. All shares halved change nothing where they
    are made to add up to 1 first; elsewhere the logarithm grows by log 2. And more for the right kind costs less.
    """
    import tensorflow as tf

    right = np.eye(KINDS, dtype="float32")[KIND]
    of_scores, moved, better = (
        _loss_of(model, KIND, tf.constant(each)) for each in (GIVEN, GIVEN + 3, GIVEN + 0.1 * right)
    )
    if np.isclose(of_scores, moved, rtol=1e-4) and 0 < better < of_scores * (1 - 1e-4):
        return "scores"
    of_shares, halved, better = (
        _loss_of(model, KIND, tf.constant(each)) for each in (CHANCES, CHANCES / 2, CHANCES + 0.01 * (right - 0.1))
    )
    grown = of_shares * (1 + np.log(2) / CROSS_ENTROPY)
    if np.isclose(halved, [of_shares, grown], rtol=1e-3).any() and 0 < better < of_shares * (1 - 1e-4):
        return "shares"
    return ""


def _is_seen_through(model: Any) -> bool:
    """Whether Keras finds the scores from before the softmax in the network's own output, as `fit` does."""
    import tensorflow as tf

    pictures, kind = _pictures().some, _pictures().labels[: len(_pictures().some)]
    output = model(tf.constant(pictures), **expect.as_when(model, training=False))
    in_fit, of_numbers = (_loss_of(model, kind, each) for each in (output, tf.constant(np.asarray(output))))
    return not np.isclose(in_fit, of_numbers, rtol=1e-4)


def _note_metrics(it: SimpleNamespace, model: Any) -> None:
    """Note what the metrics report of known outputs; afterwards they begin anew, as each epoch lets them."""
    import tensorflow as tf

    try:
        with expect.using("the metrics of `network` were computed"):
            model.reset_metrics()
            reported = model.compute_metrics(None, tf.constant(KIND), tf.constant(CHANCES))
    except Stopped as stopped:
        it.metric_stops = isinstance(stopped.__cause__, tf.errors.InvalidArgumentError)
        if it.metric_stops:
            return
        raise
    model.reset_metrics()
    values = {str(name): float(np.mean(np.asarray(value))) for name, value in reported.items() if name != "loss"}
    right = [name for name, value in values.items() if abs(value - SHARE_RIGHT) < 1e-4]
    it.reported = "accuracy" if "accuracy" in right else next(iter(right), "")
    it.others = messages.one_line(", ".join(values), most=60)


def _note_rate(it: SimpleNamespace, optimizer: Any) -> None:
    """Note the learning rate, of a schedule the highest, and whether it is of no use."""
    it.optimizer, it.rate = messages.one_line(type(optimizer).__name__, most=40), expect.learning_rate(optimizer)
    it.useless = it.small = it.large = False
    if it.rate is None:
        return
    low, high = RATES.get(it.optimizer, RATES_LIKE_ADAM)
    it.useless = not 0 < it.rate < np.inf
    step = it.rate / (1 - min(float(getattr(optimizer, "momentum", 0.0)), 0.99))  # momentum adds steps up
    it.small, it.large = step < low * (1 - 1e-6), step > high * (1 + 1e-6)


def _check_compiled(it: SimpleNamespace) -> None:
    if not it.reads:
        raise Unexpected(
            "a loss for one of ten kinds, with whole numbers as labels",
            f"`{it.loss}`",
            "It must be large where the right kind gets a low score, and take the labels as your datasets have them.",
            "Look up in step 4 which loss goes with such labels.",
            "4.5 Which loss for which output",
        )


compile_the_network = Exercise(
    name="step7.compile_the_network",
    title="Compile the network",
    task="Compile `network`: an optimizer with a usual learning rate, a loss that fits its output and labels that are "
    "whole numbers, and `'accuracy'` as a metric.",
    answers=["network"],
    lesson=COMPILE,
    attempted=_compile_is_written,
    begin="Write `network.compile(...)` above the check",
    observe=_observe_compiled,
    misconceptions=[
        Misconception(
            name="metrics as the third argument",
            seen=lambda it: bool(it.third),
            did="You handed “{third}” to `network.compile` as its third argument, where Keras expects `loss_weights`.",
            follows="It takes the word for a number to multiply the loss with: `compile` lets it pass, and `fit` would "
            "stop with a message about strings.",
            change="Write each argument of `compile` with its name.",
            lesson="4.10 compile changes no weight",
        ),
        Misconception(
            name="a loss that Keras does not know",
            seen=lambda it: bool(it.unknown),
            did="Your loss is the text “{unknown}”, and Keras has no loss of this name.",
            follows="`compile` took it without a word, and `fit` would stop. Names of metrics and activations are no "
            "names of losses, and a name in quotation marks cannot carry brackets.",
            change="Compare it letter by letter with the table in 4.5, or hand in an object.",
            lesson="4.5 Which loss for which output",
        ),
        Misconception(
            name="no loss",
            seen=lambda it: it.no_loss,
            did="Your `network` is compiled without a loss.",
            follows="The loss is what training makes smaller; without one, `fit` stops with an error.",
            change="Name a loss when you compile.",
            lesson="4.1 What compile sets",
        ),
        Misconception(
            name="scores taken for probabilities",
            seen=lambda it: not it.gives_shares and it.reads == "shares",
            did="Your `network` gives scores, and its loss takes them for probabilities.",
            follows="Scores may be negative or larger than 1. The loss cuts them to the range from 0 to 1, and where "
            "it cuts, nothing can be learned; there is no error.",
            change="Tell the loss that scores, logits, come in.",
            lesson="4.3 Logits or probabilities",
        ),
        Misconception(
            name="softmax twice, seen by Keras",
            seen=lambda it: it.seen_through,
            did="Your `network` ends in a softmax, and its loss is told by `from_logits=True` to expect scores.",
            follows="Keras notices: `fit` warns, and takes the scores from before the softmax. With any layer between "
            "the two it could not, and training would creep.",
            change="Say the same in both places: a softmax, or scores.",
            lesson="4.3 Logits or probabilities",
        ),
        Misconception(
            name="softmax twice",
            seen=lambda it: it.gives_shares and it.reads == "scores",
            did="Your `network` gives probabilities, and its loss puts a second softmax over them, as "
            "`from_logits=True` asks for.",
            follows="Of numbers between 0 and 1 that softmax makes ten nearly equal shares: the loss cannot fall below "
            "1.46, and training creeps.",
            change="Let one softmax be enough: in the network or in the loss.",
            lesson="4.3 Logits or probabilities",
        ),
        Misconception(
            name="a loss for one-hot labels",
            seen=lambda it: it.categorical,
            did="Your loss is `{loss}`, which wants one-hot labels.",
            follows="Your labels are whole numbers from 0 to 9, one for each picture, and `fit` would stop with an "
            "error about shapes.",
            change="Take its relative for whole numbers.",
            lesson="4.4 Integer labels or one-hot",
        ),
        Misconception(
            name="an error of amounts",
            seen=lambda it: it.plain,
            did="Your loss is `{loss}`, a measure of how far numbers lie apart.",
            follows="A label is the name of a kind: an ankle boot, 9, is not three dresses, 3. And one label cannot be "
            "subtracted from ten scores, so `fit` would stop with an error about shapes.",
            change="Choose a loss that asks how much the right kind gets.",
            lesson="4.5 Which loss for which output",
        ),
        Misconception(
            name="no accuracy",
            seen=lambda it: bool(it.reads) and not it.metric_stops and not it.reported and not it.others,
            did="Your `network` is compiled without a metric.",
            follows="Training would go well, but all that you see is the loss; the target of 0.88 is an accuracy.",
            change="Add the accuracy to the metrics.",
            lesson="4.9 The metric is not the loss",
        ),
        Misconception(
            name="a metric of another shape",
            seen=lambda it: it.metric_stops,
            did="Your `network` has a metric that compares outputs and labels number by number.",
            follows="Here ten outputs stand beside one label, so it cannot be computed, and `fit` would stop with a "
            "message about shapes.",
            change="Name the accuracy by its plain word, and Keras picks the one that fits.",
            lesson="4.9 The metric is not the loss",
        ),
        Misconception(
            name="another metric",
            seen=lambda it: bool(it.reads) and not it.reported,
            did="Your `network` reports `{others}`, and none of that is the share of pictures that it names rightly.",
            follows="Some metrics compare scores with labels number by number, or are made for yes and no, and report "
            "something that looks like an accuracy.",
            change="Name the metric by the word, and Keras picks the one that fits your labels.",
            lesson="4.9 The metric is not the loss",
        ),
        Misconception(
            name="accuracy under another name",
            seen=lambda it: bool(it.reads) and it.reported != "accuracy",
            did="Your `network` reports its accuracy under the name `{reported}`.",
            follows="That is the right number, but the cells below look it up as `accuracy`, and would stop with a "
            "`KeyError`.",
            change="Let the metric bear that name.",
            lesson=COMPILE,
        ),
        Misconception(
            name="no steps at all",
            seen=lambda it: it.useless,
            did="Your `{optimizer}` has a learning rate of {rate:g}.",
            follows="With 0 the weights stay as they are, below 0 each step goes uphill, and what is no finite number "
            "leaves none in the weights.",
            change="Choose a small number above 0.",
            lesson="4.7 The learning rate",
        ),
        Misconception(
            name="steps too small",
            seen=lambda it: it.small,
            did="Your `{optimizer}` has a learning rate of {rate:g}.",
            follows="Its steps are so small that fifteen epochs hardly bring the weights anywhere: the curves would "
            "rise very slowly.",
            change="Take a learning rate some ten or hundred times as large.",
            lesson="4.7 The learning rate",
        ),
        Misconception(
            name="steps too large",
            seen=lambda it: it.large,
            did="Your `{optimizer}` takes steps with a learning rate of {rate:g}.",
            follows="Steps of that size overshoot: usually the loss jumps up, stays high or becomes NaN, and one kind is "
            "named for all pictures.",
            change="Take a learning rate some ten or hundred times smaller.",
            lesson="4.7 The learning rate",
        ),
    ],
    check_observed=_check_compiled,
    hints=[
        "Three things: who takes the steps, what they make smaller, and what you want to read.",
        "`network.compile(optimizer=..., loss=..., metrics=[...])`. The loss for whole numbers begins with `Sparse`; "
        "does your last layer give scores or probabilities?",
        "`keras.losses.SparseCategoricalCrossentropy(from_logits=True)` for scores, without the argument for "
        "probabilities; `\"adam\"` and `\"accuracy\"` do for the rest.",
    ],
    solution_code="""
network.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.002),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),  # False if it ends in a softmax
    metrics=["accuracy"],
)
""",
    right="The loss fits the output and the labels, and the accuracy will be reported. Compiling has "
    "changed no weight; now the training may begin.",
)
