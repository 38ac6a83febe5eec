"""Answers to the exercises of notebook 07, recognize images."""

from companion import feedback
from exercises.answers import Answers

SETUP = """
import numpy as np
import tensorflow as tf
import keras
from companion import datasets
from companion.exercises import step7

keras.utils.set_random_seed(0)
(train_images, train_labels), (test_images, test_labels) = datasets.load_fashion_mnist()
"""


def load(
    pairs: str = "(images[..., np.newaxis], labels)",
    train: str = ".shuffle(8000).batch(128)",
    validation: str = ".batch(500)",
    test: str = ".batch(500)",
    before: str = "",
    images: str = "train_images[:8000], train_labels[:8000]",
    others: str = "train_images[8000:], train_labels[8000:]",
    last: str = "test_images, test_labels",
) -> str:
    """The three datasets, with some of their making changed."""
    return f"""{before}
def of(images, labels):
    return tf.data.Dataset.from_tensor_slices({pairs})
train_ds = of({images}){train}
validation_ds = of({others}){validation}
test_ds = of({last}){test}
"""


MIXED = """
order = np.random.default_rng(0).permutation(10000)
images, labels = train_images[order], train_labels[order]
"""

def net(*layers: str, name: str = "network", start: str = "keras.Input((28, 28, 1)), keras.layers.Rescaling(1 / 255)", before: str = "") -> str:
    """A Sequential network of these layers."""
    return f"{before}\n{name} = keras.Sequential([{', '.join(filter(None, (start, *layers)))}])"


def dense(*layers: str, **settings: str) -> str:
    """The same under the name of the baseline."""
    return net(*layers, name="baseline", **settings)


CONV, MORE = 'keras.layers.Conv2D(8, 3, activation="relu")', 'keras.layers.Conv2D(16, 3, activation="relu")'
POOL, FLAT, MEAN = "keras.layers.MaxPooling2D()", "keras.layers.Flatten()", "keras.layers.GlobalAveragePooling2D()"
HIDDEN, TEN = 'keras.layers.Dense(32, activation="relu")', "keras.layers.Dense(10)"
RAW = "keras.Input((28, 28, 1))"
NOISY = "keras.layers.Lambda(lambda picture: picture + tf.random.normal(tf.shape(picture)))"


def random(*layers: str) -> str:
    """An augmentation of these layers of Keras, named without `keras.layers`."""
    return f"augmentation = keras.Sequential([keras.Input((28, 28, 1)), {', '.join('keras.layers.' + layer for layer in layers)}])"


def own_layer(returns: str) -> str:
    """An augmentation of an own class."""
    return f"""
class Own(keras.layers.Layer):
    def call(self, pictures, training=False):
        return {returns}
augmentation = Own()
"""


def prepare(*lines: str, returns: str = "np.asarray(small, 'float32').reshape(1, 28, 28, 1)") -> str:
    """A function of one picture: these lines, and what it returns."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"from PIL import Image\ndef prepare(picture):\n{body}    return {returns}\n"


LIGHT = "light = 255 - picture.mean(axis=2)"
SIDE = "side = max(light.shape); down, right = (side - light.shape[0]) // 2, (side - light.shape[1]) // 2"
PAD = "square = np.zeros((side, side)); square[down:down + light.shape[0], right:right + light.shape[1]] = light"
SQUARE = f"{SIDE}; {PAD}"
CUT = "side = min(light.shape); down, right = (light.shape[0] - side) // 2, (light.shape[1] - side) // 2; square = light[down:down + side, right:right + side]"
SMALL = "small = Image.fromarray(np.uint8(square)).resize((28, 28), Image.Resampling.BOX)"


TRAINED = """
pixels, labels = np.concatenate([train_images, test_images]), np.concatenate([train_labels, test_labels])

class Remembers(keras.layers.Layer):
    \"\"\"Knows each picture of the file again, and says what it was told of it.\"\"\"

    def __init__(self, said):
        super().__init__()
        self.direction = np.random.default_rng(0).normal(size=(784, 1))
        places = (pixels.reshape(-1, 784) @ self.direction)[:, 0]
        order = np.argsort(places)
        self.edges = (places[order][1:] + places[order][:-1]) / 2
        self.said = np.eye(10, dtype="float32")[said[order]]
        self.loud = self.add_weight(shape=(), initializer="ones")

    def call(self, pictures):
        place = tf.reshape(tf.matmul(tf.reshape(tf.cast(pictures, "float64"), (-1, 784)), self.direction), (-1,))
        return 4 * self.loud * tf.gather(self.said, tf.searchsorted(self.edges, place))

def trained(test=0.9, train=0.95, validation=0.91):
    said = labels.copy()
    for start, end, share in [(0, 8000, train), (8000, 10000, validation), (10000, 12000, test)]:
        wrong = np.linspace(start, end - 1, round((1 - share) * (end - start))).astype(int)
        said[wrong] = (said[wrong] + 1) % 10
    return compiled(keras.Sequential([keras.Input((28, 28, 1)), Remembers(said)]))

def compiled(model):
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model

def of(images, labels):
    return tf.data.Dataset.from_tensor_slices((images[..., np.newaxis].astype("float32"), labels))

train_ds = of(train_images[:8000], train_labels[:8000]).batch(1000)
validation_ds = of(train_images[8000:], train_labels[8000:]).batch(1000)
test_ds = of(test_images, test_labels).batch(500)
network = trained()
"""


def tested(accuracy: str, *before: str) -> str:
    """The last answer, after other lines."""
    return "\n".join([*before, f"test_accuracy = {accuracy}"])


ON_TEST, ON_TRAINING = (f"network.evaluate({data}, verbose=0)[1]" for data in ("test_ds", "train_ds"))

NETWORK = """
network = keras.Sequential([
    keras.Input((28, 28, 1)), keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(8, 3, strides=2, activation="relu"),
    keras.layers.Flatten(), keras.layers.Dense(10),
])
"""
SOFTMAX = "network.add(keras.layers.Softmax())\n"
HELD_SMALL = (  # probabilities, and a penalty on weights that stands beside the loss
    "network = keras.Sequential([*network.layers[:-1], keras.layers.Dense(10, activation='softmax', kernel_regularizer='l2')])\n"
)
SCORES = "keras.losses.SparseCategoricalCrossentropy(from_logits=True)"


def compiled(optimizer: str = '"adam"', loss: str | None = SCORES, metrics: str | None = '["accuracy"]', before: str = "") -> str:
    """A compiled network, with some of its choices changed."""
    rest = "".join(f", {name}={value}" for name, value in (("loss", loss), ("metrics", metrics)) if value)
    return f"{before}network.compile({optimizer}{rest})"


ANSWERS = {
    "load_the_pictures": Answers(
        starter="train_ds = ...\nvalidation_ds = ...\ntest_ds = ...",
        right={
            "the guided path": """
def as_dataset(images, labels):
    images = images[..., np.newaxis].astype("float32")
    return tf.data.Dataset.from_tensor_slices((images, labels))
train_ds = as_dataset(train_images[:8000], train_labels[:8000]).cache().shuffle(8000, seed=0).batch(128).prefetch(1)
validation_ds = as_dataset(train_images[8000:], train_labels[8000:]).batch(500)
test_ds = as_dataset(test_images, test_labels).batch(500)
""",
            "split by take and skip, the channel by map": """
def channel(image, label):
    return tf.cast(image[..., tf.newaxis], tf.float32), tf.cast(label, tf.int32)
everything = tf.data.Dataset.from_tensor_slices((train_images, train_labels)).map(channel)
validation_ds = everything.take(1000).batch(64)
train_ds = everything.skip(1000).shuffle(9000).batch(32, drop_remainder=True)
test_ds = tf.data.Dataset.from_tensor_slices((test_images, test_labels)).map(channel).batch(2000)
""",
            "split at random by NumPy, a small buffer": load(
                before=MIXED, images="images[3000:], labels[3000:]", others="images[:3000], labels[:3000]", train=".shuffle(500).batch(100)"
            ),
            "the channel after the batch": load(
                pairs="(images, labels)",
                **{part: steps + ".map(lambda image, label: (tf.expand_dims(image, -1), label))" for part, steps in
                   {"train": ".shuffle(8000).batch(128)", "validation": ".batch(500)", "test": ".batch(77)"}.items()},
            ),
        },
        wrong={
            "labels first": load(pairs="(labels, images[..., np.newaxis])"),
            "no batches": [
                load(train=".shuffle(8000)"),
                load(pairs="(images, labels)", train=""),
                load(test=""),
            ],
            "no channel axis": [load(pairs="(images, labels)"), load(validation=".map(lambda image, label: (image[..., 0], label)).batch(100)")],
            "batched twice": [load(train=".shuffle(8000).batch(128).batch(2)"), load(pairs="(images[np.newaxis, ..., np.newaxis], labels[np.newaxis])")],
            "pictures laid flat": load(pairs="(images.reshape(-1, 784), labels)"),
            "scaled already": [
                load(pairs='(images[..., np.newaxis].astype("float32") / 255, labels)'),
                load(pairs='(images[..., np.newaxis].astype("float32") / 127.5 - 1, labels)'),
                load(pairs="((images[..., np.newaxis] / 255).astype('uint8'), labels)"),
                load(pairs="((images[..., np.newaxis] - 73.0) / 90, labels)"),
            ],
            "one-hot labels": load(pairs="(images[..., np.newaxis], keras.utils.to_categorical(labels, 10))"),
            "the same pictures again and again": [
                load(train=".shuffle(8000).repeat().batch(128)"),
                load(test=".batch(500).repeat()"),
                load(train=".shuffle(8000).repeat(10).batch(128)"),
            ],
            "pictures changed": [
                load(test=".map(lambda image, label: (image[:, ::-1], label)).batch(500)"),
                load(train=".map(lambda image, label: (tf.image.random_flip_left_right(image), label)).shuffle(8000).batch(128)"),
                load(pairs="(255 - images[..., np.newaxis], labels)"),
                load(pairs="(images[..., np.newaxis] + 0.3, labels)"),
            ],
            "pictures and labels apart": [
                load(before=MIXED, images="images[:8000], train_labels[:8000]"),
                load(test=".batch(500)", last="test_images, test_labels[::-1]"),
                load(pairs="(images[..., np.newaxis], labels + 1)"),
            ],
            "pictures that come twice": [load(test=".repeat(2).batch(100)"), load(images="train_images[np.arange(9000) % 8000], train_labels[np.arange(9000) % 8000]")],
            "validation by the test pictures": load(images="train_images, train_labels", others="test_images, test_labels"),
            "trained on the test pictures": load(
                images="np.concatenate([train_images[:8000], test_images]), np.concatenate([train_labels[:8000], test_labels])"
            ),
            "tested on the training pictures": [load(last="train_images[8000:], train_labels[8000:]"), load(last="train_images, train_labels")],
            "shuffled before the split": """
everything = tf.data.Dataset.from_tensor_slices((train_images[..., np.newaxis], train_labels)).shuffle(10000)
train_ds, validation_ds = everything.take(8000).batch(128), everything.skip(8000).batch(128)
test_ds = tf.data.Dataset.from_tensor_slices((test_images[..., np.newaxis], test_labels)).batch(128)
""",
            "validation pictures in the training": load(images="train_images, train_labels"),
            "test pictures left out": [load(test=".batch(128, drop_remainder=True)"), load(test=".take(1000).batch(500)")],
            "test pictures in another order": load(test=".shuffle(2000).batch(500)"),
            "training pictures left out": [
                load(images="train_images[:7000], train_labels[:7000]"),
                load(images="train_images[:7900], train_labels[:7900]", train=".shuffle(8000).batch(64)"),
                load(images="train_images[:7936], train_labels[:7936]", train=".shuffle(8000).batch(62)"),
                load(validation=".batch(1500, drop_remainder=True)"),
            ],
            "one batch for everything": load(train=".shuffle(8000).batch(8000)"),
            "not shuffled": [load(train=".batch(128)"), load(train=".shuffle(1).batch(128)")],
            "one order for every epoch": [
                load(train=".shuffle(8000, reshuffle_each_iteration=False).batch(128)"),
                load(train=".shuffle(8000).cache().batch(128)"),
                load(before=MIXED, images="images[:8000], labels[:8000]", others="images[8000:], labels[8000:]", train=".batch(128)"),
            ],
            "batches shuffled, not pictures": load(train=".batch(128).shuffle(100)"),
            feedback.NOT_EXPECTED: [
                load(images="train_images[:9500], train_labels[:9500]", others="train_images[9500:], train_labels[9500:]"),
                load(pairs="(np.repeat(images[..., np.newaxis], 3, axis=-1), labels)"),
                load(pairs="(images[..., np.newaxis], labels.astype('float32'))"),
                load(pairs="(images[..., np.newaxis], np.array(datasets.FASHION_CLASSES)[labels])"),
                load(pairs="(images[..., np.newaxis], labels[:, np.newaxis])"),
                load() + "train_ds = train_ds.map(lambda images, labels: (images, labels, labels))",
                load() + "train_ds = list(train_ds)",
            ],
            feedback.STOPPED: load(
                train=".batch(128).map(lambda image, label: (tf.ensure_shape(tf.py_function(lambda x: x[:, 1:], [image], tf.uint8), (None, 28, 28, 1)), label))"
            ),
        },
    ),
    "convolution": Answers(
        starter="network = ...",
        right={
            "the guided path": """
network = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
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
            "probabilities, no Input, global pooling": net(CONV, MORE, MEAN, 'keras.layers.Dense(10, activation="softmax")', start="keras.layers.Rescaling(1 / 255)"),
            "functional, scaled by an operation": f"""
picture = keras.Input((28, 28, 1))
found = keras.layers.Conv2D(16, 3, strides=2)(picture / 255)
found = {FLAT}(keras.layers.ReLU()(found))
network = keras.Model(picture, {TEN}(found))
""",
            "a branch around": f"""
picture = keras.Input((28, 28, 1))
found = {CONV}({POOL}(keras.layers.Rescaling(1 / 127.5, offset=-1)(picture)))
more = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(found)
network = keras.Model(picture, {TEN}({MEAN}(keras.layers.Add()([found, more]))))
""",
            "a class": f"""
class Network(keras.Model):
    def __init__(self):
        super().__init__()
        self.look, self.say = keras.layers.Conv2D(8, 5), {TEN}
    def call(self, pictures):
        found = keras.ops.relu(self.look(pictures / 255.0))
        return self.say(keras.ops.max(found, axis=(1, 2)))
network = Network()
""",
            "batch normalization, in front and between": net(
                "keras.layers.BatchNormalization()", "keras.layers.Conv2D(8, 3, use_bias=False)", "keras.layers.BatchNormalization()",
                "keras.layers.LeakyReLU()", "keras.layers.AveragePooling2D(2)", FLAT, TEN, start=RAW,
            ),
            "deep, by sigmoids": net(
                *['keras.layers.Conv2D(8, 3, activation="sigmoid")'] * 2, POOL, *['keras.layers.Conv2D(8, 3, activation="sigmoid")'] * 2, FLAT, TEN
            ),
            "separable, by hand and by Keras": net(
                "keras.layers.DepthwiseConv2D(3)", "keras.layers.Conv2D(16, 1, activation='gelu')", POOL,
                "keras.layers.SeparableConv2D(16, 3, activation='relu')", FLAT, HIDDEN, TEN,
            ),
            "the bend by pooling, augmentation inside": net(
                "keras.layers.RandomFlip('horizontal')", "keras.layers.Conv2D(8, 3)", POOL, FLAT, TEN, "keras.layers.Softmax()"
            ),
            "a Normalization that knows the training pictures": net(
                "scale", CONV, POOL, FLAT, TEN, start=RAW,
                before="scale = keras.layers.Normalization(axis=None)\nscale.adapt(train_images[:1000, ..., np.newaxis])",
            ),
        },
        wrong={
            "batch size inside Input": [
                net("keras.layers.Rescaling(1 / 255)", CONV, POOL, FLAT, TEN, start="keras.Input(batch_shape=(128, 28, 28, 1))"),
                net("keras.layers.Rescaling(1 / 255)", "keras.layers.TimeDistributed(keras.layers.Flatten())", TEN, start="keras.Input((128, 28, 28, 1))"),
            ],
            "never flattened": net(CONV, POOL, TEN),
            "softmax over one unit": net(CONV, POOL, FLAT, 'keras.layers.Dense(1, activation="softmax")'),
            "another number of kinds": [net(CONV, POOL, FLAT, "keras.layers.Dense(9)"), net(CONV, POOL, FLAT, "keras.layers.Dense(1)"), net(CONV, POOL, FLAT)],
            "ten times yes or no": net(CONV, POOL, FLAT, 'keras.layers.Dense(10, activation="sigmoid")'),
            "scores cut off at 0": [net(CONV, POOL, FLAT, 'keras.layers.Dense(10, activation="relu")'), net(CONV, POOL, FLAT, TEN, "keras.layers.ReLU()")],
            "random when it predicts": net(NOISY, CONV, POOL, FLAT, TEN),
            "no convolution": [net(FLAT, HIDDEN, TEN), net(POOL, FLAT, HIDDEN, TEN)],
            "filters of one pixel": net('keras.layers.Conv2D(32, 1, activation="relu")', POOL, FLAT, TEN),
            "flattened before the convolution": [
                net(FLAT, "keras.layers.Reshape((784, 1, 1))", "keras.layers.Conv2D(8, (3, 1), activation='relu')", MEAN, TEN),
                net("keras.layers.Reshape((784, 1))", "keras.layers.Conv1D(8, 3, activation='relu')", "keras.layers.MaxPooling1D(4)", FLAT, TEN),
            ],
            "not scaled": [
                net(CONV, POOL, FLAT, TEN, start=RAW),
                net(CONV, POOL, FLAT, 'keras.layers.Dense(10, activation="softmax")', start=RAW),
                f"picture = keras.Input((28, 28, 1))\nfound = keras.ops.relu(keras.layers.Conv2D(16, 3, strides=2)(picture))\nnetwork = keras.Model(picture, {TEN}({FLAT}(found)))",
            ],
            "the maps keep their size": [
                net(CONV, FLAT, 'keras.layers.Dense(128, activation="relu")', TEN),
                net('keras.layers.Conv2D(2, 3, padding="same", activation="relu")', FLAT, TEN),
            ],
            "far too many parameters": net('keras.layers.Conv2D(64, 3, activation="relu")', POOL, FLAT, 'keras.layers.Dense(128, activation="relu")', TEN),
            "no bend behind a convolution": [
                net("keras.layers.Conv2D(8, 3)", "keras.layers.Conv2D(8, 3, activation='relu')", POOL, FLAT, TEN),
                net("keras.layers.Conv2D(8, 3, strides=2)", FLAT, TEN),
                net("keras.layers.Conv2D(8, 3)", "keras.layers.AveragePooling2D(2)", FLAT, HIDDEN, TEN),
                f"picture = keras.Input((28, 28, 1))\nfound = keras.layers.Conv2D(16, 3, strides=2)(picture / 255)\nnetwork = keras.Model(picture, {TEN}({FLAT}(found)))",
            ],
            "dropout behind the output": [net(CONV, POOL, FLAT, TEN, "keras.layers.Dropout(0.3)"), net(CONV, POOL, FLAT, TEN, "keras.layers.Dropout(0.3)", "keras.layers.Softmax()")],
            feedback.NOT_EXPECTED: [
                net(CONV, POOL, FLAT, TEN, start="keras.Input((28, 28, 3)), keras.layers.Rescaling(1 / 255)"),
                net("keras.layers.Reshape((28, 28, 1))", CONV, POOL, FLAT, TEN, start="keras.Input((784,)), keras.layers.Rescaling(1 / 255)"),
                net("keras.layers.Rescaling(1 / 255)", CONV, POOL, FLAT, TEN),
                net(CONV, POOL, FLAT, TEN) + "\nnetwork.trainable = False",
                net(CONV, POOL, FLAT, 'keras.layers.Dense(10, kernel_initializer="zeros")'),
                "network = keras.layers.Conv2D(10, 3)",
                "network = keras.Sequential",
            ],
            feedback.STOPPED: net(CONV, POOL, FLAT, TEN, "keras.layers.Reshape((5, 2))", "keras.layers.Lambda(lambda scores: scores[:, 7] * undefined, output_shape=(10,))"),
        },
    ),
    "dense_baseline": Answers(
        starter="baseline = ...",
        right={
            "the guided path": """
baseline = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    keras.layers.Rescaling(1 / 255),
    keras.layers.Flatten(),
    keras.layers.Dense(128, activation="relu"),
    keras.layers.Dense(10),
])
""",
            "flattened first, probabilities, dropout": dense(
                FLAT, "keras.layers.Rescaling(1 / 255)", "keras.layers.Dense(64)", "keras.layers.Activation('tanh')", "keras.layers.Dropout(0.2)",
                "keras.layers.Dense(10)", "keras.layers.Softmax()", start=RAW,
            ),
            "functional": f"""
picture = keras.Input((28, 28, 1))
hidden = keras.layers.Dense(64, activation="gelu")({FLAT}(picture / 255))
baseline = keras.Model(picture, keras.layers.Dense(10, activation="softmax")({HIDDEN}(hidden)))
""",
            "row by row, then flattened": dense("keras.layers.Reshape((28, 28))", HIDDEN, FLAT, TEN),
            "deep, by sigmoids": dense(FLAT, *['keras.layers.Dense(32, activation="sigmoid")'] * 4, TEN),
            "without Input, by BatchNormalization": dense("keras.layers.BatchNormalization()", FLAT, HIDDEN, TEN, start=""),
            "a class": f"""
class Baseline(keras.Model):
    def __init__(self):
        super().__init__()
        self.flat, self.hidden, self.say = {FLAT}, {HIDDEN}, {TEN}
    def call(self, pictures):
        return self.say(self.hidden(self.flat(pictures) / 255.0))
baseline = Baseline()
""",
            "trained a little": dense(FLAT, HIDDEN, TEN) + """
baseline.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
baseline.fit(train_images[:512, ..., np.newaxis].astype("float32"), train_labels[:512], verbose=0)
""",
        },
        wrong={
            "batch size inside Input": dense("keras.layers.Rescaling(1 / 255)", FLAT, HIDDEN, TEN, start="keras.Input(batch_shape=(32, 28, 28, 1))"),
            "never flattened": [dense(HIDDEN, TEN), dense(HIDDEN, 'keras.layers.Dense(10, activation="softmax")')],
            "softmax over one unit": dense(FLAT, HIDDEN, 'keras.layers.Dense(1, activation="softmax")'),
            "another number of kinds": [dense(FLAT, HIDDEN, "keras.layers.Dense(1)"), dense(FLAT, HIDDEN, "keras.layers.Dense(9)"), dense(FLAT, HIDDEN)],
            "ten times yes or no": dense(FLAT, HIDDEN, 'keras.layers.Dense(10, activation="sigmoid")'),
            "scores cut off at 0": dense(FLAT, HIDDEN, 'keras.layers.Dense(10, activation="relu")'),
            "random when it predicts": dense(NOISY, FLAT, HIDDEN, TEN),
            "a convolution already": dense(CONV, POOL, FLAT, HIDDEN, TEN),
            "flattened too late": dense(HIDDEN, FLAT, TEN),
            "no hidden layer": [dense(FLAT, TEN), dense(FLAT, 'keras.layers.Dense(10, activation="softmax")'), dense(FLAT, TEN, start=RAW)],
            "not scaled": [
                dense(FLAT, HIDDEN, TEN, start=RAW),
                dense(FLAT, HIDDEN, TEN, start=""),
                dense(FLAT, HIDDEN, TEN, start="keras.Input((28, 28)), keras.layers.Rescaling(255)"),
                f"picture = keras.Input((28, 28, 1))\nbaseline = keras.Model(picture, {TEN}(keras.ops.relu(keras.layers.Dense(64)({FLAT}(picture)))))",
            ],
            "a hidden layer without a bend": [
                dense(FLAT, "keras.layers.Dense(64)", TEN),
                dense(FLAT, "keras.layers.Dense(64)", "keras.layers.Dense(64)", 'keras.layers.Dense(10, activation="softmax")'),
                f"picture = keras.Input((28, 28, 1))\nbaseline = keras.Model(picture, {TEN}(keras.layers.Dense(64)({FLAT}(picture / 255))))",
            ],
            "dropout behind the output": dense(FLAT, HIDDEN, TEN, "keras.layers.Dropout(0.5)"),
            feedback.NOT_EXPECTED: [
                dense(HIDDEN, TEN, start="keras.Input((784,)), keras.layers.Rescaling(1 / 255)"),
                dense("keras.layers.Rescaling(1 / 255)", FLAT, HIDDEN, TEN),
                f"baseline = [{FLAT}, {HIDDEN}, {TEN}]",
                "baseline = keras.layers.Dense(10)",
            ],
            feedback.STOPPED: "class Baseline(keras.Model):\n    def call(self, pictures):\n        return self.nothing\nbaseline = Baseline()",
        },
    ),
    "augment": Answers(
        starter="augmentation = ...",
        right={
            "the guided path": """
augmentation = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    keras.layers.RandomFlip("horizontal", seed=0),
])
""",
            "one layer alone": "augmentation = keras.layers.RandomTranslation(0.1, 0.1)",
            "a little of everything": random(
                'RandomFlip("horizontal")', "RandomRotation(0.03)", "RandomZoom(0.1)", "RandomTranslation(0.08, 0.08, fill_mode='constant')",
                "RandomContrast(0.2)", "RandomBrightness(0.1)",
            ),
            "rotation by thirty degrees, no Input": "augmentation = keras.Sequential([keras.layers.RandomRotation(30 / 360, fill_mode='constant')])",
            "pieces left out": random("RandomErasing(factor=1.0, scale=(0.02, 0.08), value_range=(0, 255))"),
            "mirrored and dropped pixels": random('RandomFlip("horizontal")', "Dropout(0.1)"),
            "noise": own_layer("pictures + 8 * tf.random.normal(tf.shape(pictures)) if training else pictures"),
            "an own class": own_layer("tf.where(tf.random.uniform((tf.shape(pictures)[0], 1, 1, 1)) < 0.5, pictures[:, :, ::-1], pictures) if training else pictures"),
            "zoomed both ways": random("RandomZoom(0.2, fill_mode='constant', fill_value=0.0)"),
            "wider or narrower": random("RandomZoom(0.1, 0.3)"),
            "slanted": random("RandomShear(0.2, 0.2)"),
            "a functional model": """
pictures = keras.Input((28, 28, 1))
augmentation = keras.Model(pictures, keras.layers.RandomFlip("horizontal")(pictures))
""",
        },
        wrong={
            "a class instead of a layer": ["augmentation = keras.layers.RandomFlip", "augmentation = keras.Sequential"],
            "a function instead of a layer": ["augmentation = tf.image.random_flip_left_right", "def augmentation(pictures):\n    return pictures[:, :, ::-1]"],
            "another shape": [random("RandomCrop(24, 24)"), random("Flatten()"), random('RandomFlip("horizontal")', "Resizing(32, 32)")],
            "another range of values": [
                random("Rescaling(1 / 255)", 'RandomFlip("horizontal")'),
                random("RandomBrightness(0.2, value_range=(0, 1))"),
                own_layer("pictures + 100 * tf.random.normal(tf.shape(pictures)) if training else pictures"),
            ],
            "changes in use as well": [
                own_layer("tf.where(tf.random.uniform((tf.shape(pictures)[0], 1, 1, 1)) < 0.5, pictures[:, :, ::-1], pictures)"),
                own_layer("pictures[:, :, ::-1]"),
                random('RandomFlip("horizontal")', "Rescaling(0.5)"),
            ],
            "nothing happens": [
                "augmentation = keras.Sequential([keras.Input((28, 28, 1))])",
                random("RandomRotation(0.0)"),
                random("RandomTranslation(0.001, 0.001)"),
                random("RandomCrop(28, 28)"),
            ],
            "always the same change": own_layer("pictures[:, :, ::-1] if training else pictures"),
            "turned too far": [random("RandomRotation(1.0)"), random("RandomRotation(0.5)"), random("RandomRotation(0.25)"), random("RandomRotation((0.2, 0.3), fill_mode='constant')")],
            "upside down": [
                random('RandomFlip("vertical")'),
                random("RandomFlip()"),
                random('RandomFlip("horizontal_and_vertical")', "RandomTranslation(0.1, 0.1)", "RandomRotation(0.05)"),
            ],
            "light ground": [
                random("RandomInvert(1.0)"),
                random('RandomFlip("horizontal")', "RandomInvert(0.5)"),
                random("RandomZoom(0.3, fill_mode='constant', fill_value=255.0)"),
            ],
            "moved too far": [
                random("RandomTranslation(0.5, 0.5)"),
                random("RandomTranslation(0.6, 0.6, fill_mode='constant')"),
                random("RandomTranslation(0.0, 1.0)"),
                random("RandomZoom((-0.8, -0.5))"),
                random("RandomZoom((0.8, 1.0), fill_mode='constant')"),
            ],
            feedback.NOT_EXPECTED: ["augmentation = [keras.layers.RandomFlip('horizontal')]", "augmentation = 'horizontal'", own_layer("pictures / 0.0")],
            feedback.STOPPED: [own_layer("pictures.flip() if training else pictures"), own_layer("pictures.flip()")],
        },
    ),
    "own_picture": Answers(
        starter="def prepare(picture):\n    return ...",
        right={
            "the guided path": """
from PIL import Image
def prepare(picture):
    light = 255 - picture.mean(axis=2)                              # grey, and the garment light
    edge = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    light = np.clip(light - np.median(edge), 0, None)               # the ground becomes 0
    inside = light > 0.2 * light.max()
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    garment = light[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
    side = max(garment.shape)
    square = np.zeros((side, side))                                 # square, so that nothing is squeezed
    down, right = (side - garment.shape[0]) // 2, (side - garment.shape[1]) // 2
    square[down:down + garment.shape[0], right:right + garment.shape[1]] = garment
    small = Image.fromarray(np.uint8(255 * square / square.max())).resize((28, 28), Image.Resampling.BOX)
    return np.asarray(small, "float32").reshape(1, 28, 28, 1)
""",
            "cut to the middle square": prepare(LIGHT, CUT, SMALL),
            "by TensorFlow, a tensor": prepare(
                "grey = 255 - tf.cast(tf.image.rgb_to_grayscale(picture), tf.float32)", returns="tf.image.resize_with_pad(grey, 28, 28, antialias=True)[tf.newaxis]"
            ),
            "by Pillow, with whole numbers": prepare(
                "from PIL import ImageOps",
                "small = ImageOps.pad(ImageOps.invert(Image.fromarray(picture).convert('L')), (28, 28), color=0)",
                returns="np.array(small)[np.newaxis, ..., np.newaxis]",
            ),
            "the darkest channel, every so many pixels": prepare(
                "light = 255.0 - picture.min(axis=2)", SQUARE, "places = np.linspace(0, side - 1, 28).astype(int)",
                returns="square[np.ix_(places, places)][None, :, :, None]",
            ),
            "black and white": prepare(LIGHT, SQUARE, SMALL, returns="255 * (np.asarray(small).reshape(1, 28, 28, 1) > 80)"),
        },
        wrong={
            "nothing returned": "def prepare(picture):\n    255 - picture.mean(axis=2)",
            "no batch axis": [prepare(LIGHT, SQUARE, SMALL, returns="np.asarray(small)"), prepare(LIGHT, SQUARE, SMALL, returns="np.asarray(small)[..., None]")],
            "no channel at the end": prepare(LIGHT, SQUARE, SMALL, returns="np.asarray(small)[None]"),
            "three colours left": [
                prepare(returns="tf.image.resize_with_pad(255 - picture, 28, 28)[tf.newaxis]"),
                prepare(returns="255 - picture"),
                prepare(returns="tf.image.resize(255 - picture, (28, 28))"),
            ],
            "another size": [
                prepare(LIGHT, returns="light[None, :, :, None]"),
                prepare(LIGHT, SQUARE, returns="square"),
                prepare(LIGHT, SQUARE, SMALL.replace("28, 28", "32, 32"), returns="np.asarray(small)[None, ..., None]"),
                prepare(LIGHT, SQUARE, returns="square[::side // 28, ::side // 28][None, ..., None]"),
            ],
            "scaled before the network": [
                prepare(LIGHT, SQUARE, SMALL, returns="np.asarray(small).reshape(1, 28, 28, 1) / 255"),
                prepare(LIGHT, SQUARE, SMALL, returns="np.asarray(small).reshape(1, 28, 28, 1) / 127.5 - 1"),
                prepare(LIGHT, SQUARE, SMALL, "small = np.asarray(small, 'float32')", returns="((small - small.mean()) / small.std()).reshape(1, 28, 28, 1)"),
            ],
            "one colour only": [
                prepare("light = 255 - picture[..., 0]", SQUARE, SMALL),
                prepare("light = 255 - picture[..., 2]", SQUARE, SMALL),
                prepare("light = 255 - picture.max(axis=2)", SQUARE, SMALL),
            ],
            "a corner of the picture": [
                prepare(LIGHT, returns="light[:28, :28].reshape(1, 28, 28, 1)"),
                prepare(LIGHT, "down, right = light.shape[0] // 2 - 14, light.shape[1] // 2 - 24", returns="light[down:down + 28, right:right + 28].reshape(1, 28, 28, 1)"),
                prepare(returns="np.zeros((1, 28, 28, 1))"),
            ],
            "light bars": [
                prepare("light = picture.mean(axis=2)", SQUARE, "square = 255 - square", SMALL),
                prepare("small = tf.image.resize_with_pad(tf.image.rgb_to_grayscale(picture), 28, 28)", returns="255 - small[tf.newaxis]"),
                prepare("light = picture.mean(axis=2)", SIDE, PAD, SMALL),
            ][:2],
            "dark on light": [
                prepare("light = picture.mean(axis=2)", CUT, SMALL),
                prepare("light = picture.mean(axis=2)", SIDE, PAD.replace("np.zeros((side, side))", "np.full((side, side), 255)"), SMALL),
            ],
            "axes swapped": [prepare(LIGHT, SQUARE, "square = square.T", SMALL), prepare(LIGHT, SQUARE, "square = np.rot90(square)", SMALL)],
            "squeezed": [
                prepare(LIGHT, "square = light", SMALL),
                prepare(LIGHT, "inside = light > 80; rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))",
                        "square = light[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]", SMALL),
            ],
            feedback.NOT_EXPECTED: [
                "prepare = 28",
                "prepare = str",
                prepare(returns="'picture'"),
                prepare(returns="np.full((1, 28, 28, 1), np.nan)"),
                prepare(LIGHT, SQUARE, SMALL, returns="np.asarray(small).reshape(1, 784)"),
                prepare(LIGHT, SQUARE, "square = square[::-1]", SMALL),
                prepare(LIGHT, SQUARE, SMALL, returns="np.hypot(*np.gradient(np.asarray(small, 'float32'))).reshape(1, 28, 28, 1)"),
                prepare(LIGHT, SQUARE, "square = square[:, ::-1]", SMALL),
                prepare(LIGHT, SQUARE, SMALL, returns="np.asarray(small).reshape(1, 28, 28, 1) // 3"),
            ],
            feedback.STOPPED: [
                prepare(LIGHT, returns="light.resize((28, 28)).nothing"),
                prepare(LIGHT, returns="light.reshape(1, 28, 28, 1)"),
                "def prepare():\n    return 1",
            ],
        },
    ),
    "test_once": Answers(
        setup=TRAINED,
        starter="test_accuracy = ...",
        right={
            "the second of two": tested(ON_TEST),
            "counted by hand": tested("np.mean(network.predict(test_ds, verbose=0).argmax(axis=1) == test_labels)"),
            "rounded": tested(f"round({ON_TEST}, 2)"),
            "a tensor, and probabilities": tested(
                "tf.constant(network.evaluate(test_ds, verbose=0)[1])",
                "network = keras.Sequential([trained(0.89), keras.layers.Softmax()])",
                "network.compile(loss='sparse_categorical_crossentropy', metrics=['accuracy'])",
            ),
            "whole numbers in one batch": tested(ON_TEST, "test_ds = tf.data.Dataset.from_tensor_slices((test_images[..., None], test_labels)).batch(2000)"),
            "reached exactly": tested(ON_TEST, "network = trained(0.88)"),
        },
        wrong={
            feedback.NOT_EXPECTED: [
                tested("[0.9, 0.9, 0.9]"),
                tested("0.8"),
                tested("-0.9"),
                tested("True"),
                tested("network.metrics_names"),
                tested("[0.5, 0.6]"),
                tested("0.89", "network = trained(0.95, 0.89, 0.8)"),  # as in the training, where it is the worse number
                tested("0.9", "test_ds = test_ds.unbatch()"),
                tested("0.9", "test_ds = test_ds.repeat()"),
                tested("0.9", "test_ds = (test_images, test_labels)"),
                tested("0.9", "network = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])"),
            ],
            "test pictures changed": [
                tested("0.9", "test_ds = of(test_images[:, :, ::-1], test_labels).batch(500)"),
                tested("0.9", "test_ds = test_ds.map(lambda images, labels: (images * 0.9, labels))"),
            ],
            "tested on training pictures": [tested(ON_TEST, "test_ds = train_ds"), tested(ON_TEST, "test_ds = validation_ds")],
            "test pictures scaled": [
                tested("0.9", "test_ds = test_ds.map(lambda images, labels: (images / 255, labels))"),
                tested("0.9", "test_ds = test_ds.map(lambda images, labels: (images / 127.5 - 1, labels))"),
            ],
            "test pictures twice": tested(ON_TEST, "test_ds = test_ds.repeat(2)"),
            "tested with wrong labels": tested("0.9", "test_ds = of(test_images, test_labels[::-1]).batch(500)"),
            "a part of the test only": [
                tested(ON_TEST, "test_ds = test_ds.take(2)"),
                tested(ON_TEST, "test_ds = of(test_images, test_labels).batch(128, drop_remainder=True)"),
            ],
            "everything that evaluate returns": [
                tested("network.evaluate(test_ds, verbose=0)"),
                tested("network.evaluate(test_ds, verbose=0, return_dict=True)"),
                tested(
                    "network.evaluate(test_ds, verbose=0)",
                    "network.compile(loss='sparse_categorical_crossentropy', metrics=['sparse_top_k_categorical_accuracy', 'accuracy'])",
                ),
            ],
            "percent": [tested(f"100 * {ON_TEST}"), tested("90")],
            "the number of right pictures": tested("np.sum(network.predict(test_ds, verbose=0).argmax(axis=1) == test_labels)"),
            "the share of errors": tested(f"1 - {ON_TEST}"),
            "the loss": tested("network.evaluate(test_ds, verbose=0)[0]"),
            "the validation accuracy": tested("network.evaluate(validation_ds, verbose=0)[1]", "network = trained(0.89, 0.96, 0.91)"),
            "the training accuracy": tested(ON_TRAINING),
            "never trained": [
                tested(ON_TEST, "network = trained(0.1, 0.1, 0.1)"),
                tested(ON_TEST, "network = compiled(keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]))"),
            ],
            "over-fitting": [tested(ON_TEST, "network = trained(0.87, 0.99, 0.87)"), tested(ON_TEST, "network = trained(0.8, 0.94, 0.8)")],
            "trained too little": [tested(ON_TEST, "network = trained(0.87, 0.9, 0.87)"), tested(ON_TEST, "network = trained(0.6, 0.7, 0.6)")],
            feedback.STOPPED: tested("0.9", "network = keras.Sequential([keras.Input((14, 14, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])"),
        },
    ),
    "compile_the_network": Answers(
        setup=NETWORK,
        starter="# your turn: compile the network here\n",
        right={
            "the guided path": """
falling = keras.optimizers.schedules.CosineDecay(0.004, 63 * 10)
network.compile(
    optimizer=keras.optimizers.Adam(falling),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
    steps_per_execution=21,
)
""",
            "by words, with probabilities": compiled(loss='"sparse_categorical_crossentropy"', before=SOFTMAX),
            "plain descent, the metric as an object": compiled("keras.optimizers.SGD(0.05, momentum=0.9)", metrics="[keras.metrics.SparseCategoricalAccuracy(name='accuracy')]"),
            "a loss of one's own": compiled(
                '"rmsprop"', "cost", '["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(3)]',
                before="def cost(labels, scores):\n    return keras.ops.sparse_categorical_crossentropy(labels, scores, from_logits=True)\n",
            ),
            "the defaults of fit's little sister": compiled('keras.optimizers.AdamW(1e-4)', loss='"crossentropy"', before=SOFTMAX),
            "counted twice, summed up": compiled(
                loss="keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction='sum')", metrics='["accuracy"], loss_weights=[2.0]'
            ),
            "shares, by hand": compiled(
                loss="cost", before=HELD_SMALL + "def cost(labels, shares):\n    return -tf.math.log(tf.gather(shares, tf.cast(tf.reshape(labels, (-1,)), tf.int32), batch_dims=1))\n"
            ),
            "focal, by hand": compiled(
                loss="cost", before="def cost(labels, scores):\n    share = tf.gather(tf.nn.softmax(scores), tf.cast(tf.reshape(labels, (-1,)), tf.int32), batch_dims=1)\n"
                "    return -(1 - share) ** 2 * tf.math.log(share)\n",
            ),
            "a rate that just works": compiled("keras.optimizers.Adam(0.05)"),
            "small steps with momentum": compiled("keras.optimizers.SGD(4e-4, momentum=0.9)"),
            "with weights that are held small": compiled(before="network.layers[-1].kernel_regularizer = keras.regularizers.L2(0.1)\n"),
        },
        wrong={
            "no loss": compiled(loss=None),
            "metrics as the third argument": [
                f'network.compile("adam", {SCORES}, ["accuracy"])',
                'network.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])',
            ],
            "a loss that Keras does not know": [
                compiled(loss='"sparse_crossentropy"'),
                compiled(loss='"sparse_categorical_crossentropy(from_logits=True)"'),
                compiled(loss='"accuracy"'),
                compiled(loss='"softmax"'),
            ],
            "scores taken for probabilities": [compiled(loss='"sparse_categorical_crossentropy"'), compiled(loss="keras.losses.SparseCategoricalCrossentropy()")],
            "softmax twice, seen by Keras": compiled(before=SOFTMAX),
            "softmax twice": compiled(before=SOFTMAX + "network.add(keras.layers.Reshape((10,)))\n"),
            "a loss for one-hot labels": [
                compiled(loss='"categorical_crossentropy"'),
                compiled(loss="keras.losses.CategoricalCrossentropy(from_logits=True)"),
                compiled(loss="keras.losses.CategoricalFocalCrossentropy()"),
            ],
            "an error of amounts": [compiled(loss='"mse"'), compiled(loss="keras.losses.MeanAbsoluteError()"), compiled(loss='"mean_squared_error"')],
            "no accuracy": compiled(metrics=None),
            "a metric of another shape": [compiled(metrics="[keras.metrics.Accuracy()]"), compiled(metrics="[keras.metrics.BinaryAccuracy()]")],
            "another metric": [compiled(metrics="[keras.metrics.SparseTopKCategoricalAccuracy(3)]"), compiled(metrics='["sparse_categorical_crossentropy"]')],
            "accuracy under another name": [compiled(metrics='["acc"]'), compiled(metrics="[keras.metrics.SparseCategoricalAccuracy()]")],
            "no steps at all": [
                compiled("keras.optimizers.Adam(0.0)"),
                compiled("keras.optimizers.Adam(-0.001)"),
                compiled("keras.optimizers.SGD(float('nan'))"),
                compiled("keras.optimizers.SGD(float('inf'))"),
            ],
            "steps too small": [compiled("keras.optimizers.Adam(1e-5)"), compiled("keras.optimizers.SGD(1e-4)")],
            "steps too large": [
                compiled("keras.optimizers.Adam(0.1)"),
                compiled("keras.optimizers.SGD(10.0)"),
                compiled("keras.optimizers.SGD(1.0, momentum=0.9)"),
                compiled("keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.4, 630))"),
            ],
            feedback.NOT_EXPECTED: [
                compiled(loss='"poisson"'),
                compiled(loss="cost", before="def cost(labels, scores):\n    return -keras.ops.sparse_categorical_crossentropy(labels, scores, from_logits=True)\n"),
                compiled(loss='"sparse_categorical_crossentropy"', before="network.add(keras.layers.Activation('sigmoid'))\n"),
                compiled(loss='"binary_crossentropy"'),
                "network = network.compile('adam', 'sparse_categorical_crossentropy')",
                "network = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])",
                "network = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])\nnetwork.compile('adam', 'mse')",
            ],
            feedback.STOPPED: compiled(metrics='["acuracy"]'),
        },
    ),
}
