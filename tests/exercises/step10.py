"""Answers to the exercises of step 10: on tables, pictures, sounds and amounts, since nobody knows what a learner brings."""

from companion import feedback
from exercises.answers import Answers

SETUP = """
import tempfile
from pathlib import Path

import numpy as np
from companion import datasets, tables
from companion.exercises import step10
import keras
import tensorflow as tf

table = tables.read(datasets.path("penguin_field_notes.csv"))
folder = Path(tempfile.mkdtemp())
"""

# A table of two amounts and a word, from which the class follows; few rows, so that a training is short.
SMALL = """
rng = np.random.default_rng(0)
height, width = rng.normal(170, 10, (300, 1)), rng.normal(0.5, 0.1, (300, 1))
place = rng.choice(["north", "south", "west"], (300, 1))
kind = ((height[:, 0] > 170) ^ (place[:, 0] == "north")).astype("int64")
rows = {"height": height, "width": width, "place": place}

def some(first, end, labels=kind):
    return tf.data.Dataset.from_tensor_slices(({name: part[first:end] for name, part in rows.items()}, labels[first:end]))

train_ds = some(0, 200).shuffle(200, seed=0).batch(32)
validation_ds = some(200, 250).batch(50)
test_ds = some(250, 300).batch(50)
"""
PREPARED = """
keras.utils.set_random_seed(0)
inputs, encoded = {}, []
for name in rows:
    inputs[name] = keras.Input((1,), name=name, dtype="string" if name == "place" else "float32")
    layer = keras.layers.StringLookup(output_mode="one_hot") if name == "place" else keras.layers.Normalization()
    layer.adapt(train_ds.map(lambda part, label: part[name]))
    encoded.append(layer(inputs[name]))
preprocessing = keras.Model(inputs, keras.layers.Concatenate()(encoded))
"""
MODEL = """
hidden = keras.layers.Dense(8, activation="relu")(preprocessing.output)
model = keras.Model(preprocessing.input, keras.layers.Dense(2, activation="softmax")(hidden))
"""
COMPILED = """
model.compile(optimizer=keras.optimizers.Adam(0.02), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
"""
TRAINED = """
import warnings

warnings.simplefilter("ignore")  # Keras warns while it saves: of NumPy's newer ways
model.fit(train_ds, epochs=2, shuffle=False, verbose=0)
"""
# Other kinds of data, and a model for each.
PICTURES = """
images, kinds = np.random.default_rng(0).integers(0, 256, (120, 8, 8, 1), dtype="uint8"), np.arange(120) % 3
images[np.arange(120), kinds, kinds] = 255
train_ds = tf.data.Dataset.from_tensor_slices((images[:80], kinds[:80])).shuffle(80, seed=0).batch(16)
validation_ds = tf.data.Dataset.from_tensor_slices((images[80:100], kinds[80:100])).batch(20)
test_ds = tf.data.Dataset.from_tensor_slices((images[100:], kinds[100:])).batch(20)
"""
AMOUNTS = """
measured = np.random.default_rng(0).normal(size=(200, 3)).astype("float32")
price = (100 + 20 * measured[:, 0] - 5 * measured[:, 1] ** 2).astype("float32")
train_ds = tf.data.Dataset.from_tensor_slices((measured[:120], price[:120])).shuffle(120, seed=0).batch(20)
validation_ds = tf.data.Dataset.from_tensor_slices((measured[120:160], price[120:160])).batch(40)
test_ds = tf.data.Dataset.from_tensor_slices((measured[160:], price[160:])).batch(40)
"""
SOUNDS = """
waves, words = np.random.default_rng(0).normal(0, 0.1, (60, 800)).astype("float32"), np.arange(60) % 4
train_ds = tf.data.Dataset.from_tensor_slices((waves[:40], words[:40])).shuffle(40, seed=0).batch(8)
validation_ds = tf.data.Dataset.from_tensor_slices((waves[40:50], words[40:50])).batch(10)
test_ds = tf.data.Dataset.from_tensor_slices((waves[50:], words[50:])).batch(10)
"""
ONE_HOT = """
train_ds = some(0, 200, np.eye(2, dtype="float32")[kind]).shuffle(200, seed=0).batch(32)
"""


def layers(*lines: str, start: str = "preprocessing.output") -> str:
    """A Functional model behind the preprocessing: each line is a layer."""
    steps = "\n".join(f"x = {line}(x)" for line in lines)
    return f"x = {start}\n{steps}\nmodel = keras.Model(preprocessing.input, x)"


def compiled(loss: str, optimizer: str = '"adam"', metrics: str = '["accuracy"]') -> str:
    return f"model.compile(optimizer={optimizer}, loss={loss}, metrics={metrics})"


def ends_in(*lines: str, labels: str = "") -> str:
    """A model of another output, to be compiled."""
    return f"{labels}\n{layers(*lines)}\n"


def fit(arguments: str, *, model: str = "") -> str:
    return f"{model}history = model.fit(train_ds, shuffle=False, verbose=0, {arguments})"


HIDDEN, SOFTMAX = 'keras.layers.Dense(8, activation="relu")', 'keras.layers.Dense(2, activation="softmax")'
STOPPING = "callbacks=[keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)]"
WELL = f"validation_data=validation_ds, epochs=40, {STOPPING}"
MANY = """
several = np.random.default_rng(0).normal(size=(17_000, 2)).astype("float32")
place_of = np.arange(17_000) % 40
place_of[[5990, 7000]] = 40                            # a rare class, far behind
"""


def of_many(first: int = 6000) -> str:
    """Three datasets of more rows than a check reads, in batches of several sizes."""
    return f"""{MANY}
cut = [0, {first}, {first} + (17_000 - {first}) // 2, 17_000]
parts = [tf.data.Dataset.from_tensor_slices((several[a:b], place_of[a:b])) for a, b in zip(cut, cut[1:])]
train_ds, validation_ds, test_ds = parts[0].shuffle(100).batch(32), parts[1].batch(64), parts[2].batch(256)
"""


NUMBERS_IN = "numbers = {name: part for name, part in rows.items() if name != 'place'}"
THREE = "train_ds, validation_ds, test_ds"


def three(split: str = "[200, 250]", *, before: str = "", train: str = ".shuffle(200).batch(32)", test: str = ".batch(50)") -> str:
    """Three datasets of the small table; `before` may change `rows` and `kind`."""
    return f"""{before}
parts = [some(int(a), int(b), kind) for a, b in zip([0, *{split}], [*{split}, 300])]
train_ds, validation_ds, test_ds = parts[0]{train}, parts[1].batch(50), parts[2]{test}"""


ANSWERS = {
    "load_your_data": Answers(
        setup=SMALL + "del train_ds, validation_ds, test_ds\n",
        starter="train_ds = ...\nvalidation_ds = ...\ntest_ds = ...",
        right={
            "a small table": three(),
            "pictures": PICTURES,
            "sounds": SOUNDS,
            "amounts from a plain matrix": AMOUNTS,
            "more rows than are read": of_many(),
            "batches of one row": three(train=".shuffle(200).batch(1)"),
            "columns without a second axis": three(before="rows = {name: part[:, 0] for name, part in rows.items()}", train=".shuffle(200).batch(20, drop_remainder=True)"),
            "one-hot labels for a single column": three(before='rows, kind = {"height": height[:, 0]}, np.eye(2, dtype="float32")[kind]'),
            "several inputs without names": three() + "\ntrain_ds, validation_ds, test_ds = (it.map(lambda part, label: ((part['height'], tf.concat([part['width']] * 2, axis=1)), label)) for it in (train_ds, validation_ds, test_ds))",
            "rows that repeat by themselves": three(before="rows = {'place': place}"),
            "sentences": three(before="rows['told'] = np.array([f'this is note {n} of mine' for n in range(300)])[:, np.newaxis]"),
            "ages as floats": three(before="kind = (20 + np.arange(300) % 45).astype('float32')"),
            "a hundred and twenty classes": of_many().replace("% 40", "% 120").replace("= 40 ", "= 120 "),
            "marks as floats": three(before="kind = 3.0 + np.arange(300) % 7"),
            "a rare class": three(before="kind = np.zeros(300, int); kind[[5, 220, 270]] = 1"),
            "sounds of several lengths": """
def sounds(first, end):
    def each():
        for n in range(first, end):
            yield np.full(10 + n % 7, n / 100, "float32"), n % 2
    return tf.data.Dataset.from_generator(each, output_signature=(tf.TensorSpec((None,), tf.float32), tf.TensorSpec((), tf.int64)))

train_ds, validation_ds, test_ds = sounds(0, 60).shuffle(60).padded_batch(8), sounds(60, 80).padded_batch(8), sounds(80, 100).padded_batch(8)
""",
            "labels one-hot": three(before='kind = np.eye(2, dtype="float32")[kind]'),
            "labels of shape (rows, 1)": three(before="kind = kind[:, np.newaxis]"),
            "batches of one size": three(train=".shuffle(200).batch(50, drop_remainder=True)", test=".batch(50, drop_remainder=True)"),
            "cached and fetched ahead": three(train=".cache().shuffle(200).batch(32).prefetch(1)"),
            "bicycles": """
rentals = datasets.load_bike_rentals()
hours = np.stack([rentals["hour"], rentals["temperature"]], axis=1).astype("float32")[:3000]
mixed = np.random.default_rng(0).permutation(3000)
hours, bikers = hours[mixed] + np.random.default_rng(1).normal(0, 1e-3, (3000, 2)), np.asarray(rentals["bikers"], "float32")[:3000][mixed]
train_ds = tf.data.Dataset.from_tensor_slices((hours[:2000], bikers[:2000])).shuffle(2000).batch(64)
validation_ds = tf.data.Dataset.from_tensor_slices((hours[2000:2500], bikers[2000:2500])).batch(64)
test_ds = tf.data.Dataset.from_tensor_slices((hours[2500:], bikers[2500:])).batch(64)
""",
        },
        wrong={
            "never shuffled anew": [
                """
known = np.flatnonzero(np.isfinite(table.columns["Body Mass (g)"]))
mass, is_male = table.columns["Body Mass (g)"][known, np.newaxis], (table.columns["Sex"][known] == "MALE").astype(int)
train_ds, validation_ds, test_ds = (
    tf.data.Dataset.from_tensor_slices(({"mass": mass[n::3] + n}, is_male[n::3])).batch(32) for n in range(3)
)
""",
                three(train=".batch(32)"),
                three(train=".shuffle(200, reshuffle_each_iteration=False).batch(32)"),
            ],
            "endless": three(train=".shuffle(200).batch(32).repeat()"),
            "not batched": [three(train=".shuffle(200)"),
                            three(before='rows, kind = {"both": np.concatenate([height, width], axis=1)}, np.eye(2, dtype="float32")[kind]', train=".shuffle(200)"),
                            three(before='kind = np.eye(2, dtype="float32")[kind]', train=".shuffle(200)")],
            "labels in words": three(before='kind = np.array(["no", "yes"])[kind]'),
            "gaps": [three(before="rows['height'][7] = np.nan"), three(before="kind = kind.astype('float32'); kind[3] = np.nan")],
            "chosen by the test rows": three() + "\nvalidation_ds = test_ds",
            "trained on what it is tested on": [
                three() + "\ntrain_ds = some(0, 300, kind).shuffle(300).batch(32)",
                three() + "\ntest_ds = some(100, 200, kind).batch(50)",
                three() + "\ntest_ds = some(190, 200, kind).concatenate(some(250, 300, kind)).batch(60)",
                three() + "\nvalidation_ds = some(0, 60, kind).batch(50)",
            ],
            "smallest to learn from": [three("[60, 120]"), of_many(1000)],
            "sorted": three(before="o = np.argsort(kind[:200])\nkind[:200] = kind[:200][o]\nrows = {n: np.concatenate([p[:200][o], p[200:]]) for n, p in rows.items()}", train=".batch(32)"),
            "batches shuffled": [three(train=".batch(20).shuffle(20)"), of_many(12_000).replace(".shuffle(100).batch(32)", ".batch(32).shuffle(400)")],
            "a test that moves": [three(test=".shuffle(50).batch(50)"), three() + "\nvalidation_ds = validation_ds.unbatch().shuffle(50).batch(50)"],
            "several answers in a label": [
                three(before='kind = np.stack([kind, kind, 1 - kind], axis=1).astype("float32")'),
                three(before="kind = rng.normal(size=(300, 2))"),
            ],
            "empty words": [three(before="rows['place'] = np.where(place == 'west', '', place)"), three(before="rows['place'][270] = ''")],
            "classes as floats": three(before="kind = kind.astype('float32')"),
            "amounts as whole numbers": [three(before="kind = 20 + np.arange(300) % 45"), """
rentals = datasets.load_bike_rentals()
warmth, bikers = np.asarray(rentals["temperature"], "float32")[:3000], np.asarray(rentals["bikers"])[:3000]
warmth = np.stack([warmth, np.random.default_rng(1).normal(size=3000)], axis=1)
parts = [tf.data.Dataset.from_tensor_slices((warmth[n], bikers[n])) for n in np.split(np.random.default_rng(0).permutation(3000), [2000, 2500])]
train_ds, validation_ds, test_ds = parts[0].shuffle(2000).batch(64), parts[1].batch(64), parts[2].batch(64)
"""],
            "counted from another number": three(before="kind = kind + 1"),
            "a number left out": [three(before="kind = 2 * kind"), three(before="kind = np.array([0, 1, 2, 4])[np.arange(300) % 4]")],
            "a class that is never trained": three(before="kind[:200] = np.minimum(kind[:200], 0); kind[10] = 1; kind[250:] = 2"),
            "the answer among the features": [
                three(before='rows["answer"] = np.where(kind, "y", "n")[:, np.newaxis]'),
                three(before='rows["answer"] = 5.0 - 2.0 * kind[:, np.newaxis]'),
                AMOUNTS.replace("train_ds =", "measured = np.c_[measured, 3 * price]\ntrain_ds =", 1),
                AMOUNTS.replace("train_ds =", "parts = price * measured[:, 0]\nmeasured = np.c_[measured, parts, price - parts]\ntrain_ds =", 1),
            ],
            "a number for each row": [
                three(before='rows["row"] = np.arange(300.0)[:, np.newaxis]'),
                three(before='rows["row"] = np.array([f"N{n}" for n in range(300)])[:, np.newaxis]'),
            ],
            feedback.NOT_EXPECTED: [
                three() + "\ntest_ds = test_ds.map(lambda part, label: (part['height'], label))",
                three() + "\ntrain_ds = train_ds.map(lambda part, label: part)",
                three() + "\ntest_ds = test_ds.take(0)",
                three() + "\ntrain_ds, validation_ds, test_ds = (it.map(lambda part, label: (part, {'kind': label})) for it in (train_ds, validation_ds, test_ds))",
                three() + "\ntrain_ds, validation_ds, test_ds = (it.map(lambda part, label: (tf.RaggedTensor.from_tensor(part['height']), label)) for it in (train_ds, validation_ds, test_ds))",
                "train_ds, validation_ds, test_ds = rows, rows, rows",
            ],
            feedback.STOPPED: three() + "\ntrain_ds = train_ds.map(lambda part, label: (part, label + tf.strings.to_number('no number', out_type='int64')))",
        },
    ),
    "build_your_preprocessing": Answers(
        setup=SMALL,
        starter="preprocessing = ...",
        right={
            "a table in small": PREPARED,
            "pictures": PICTURES + "preprocessing = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255)])",
            "pictures, around 0": PICTURES + "preprocessing = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 127.5, offset=-1)])",
            "a matrix": AMOUNTS + "norm = keras.layers.Normalization()\nnorm.adapt(measured[:120])\npreprocessing = keras.Sequential([keras.Input((3,)), norm])",
            "sounds": SOUNDS + "preprocessing = keras.Sequential([keras.Input((800,)), keras.layers.MelSpectrogram(fft_length=64, sequence_stride=32, num_mel_bins=8, sampling_rate=800, max_freq=400), keras.layers.Rescaling(1 / 40, offset=1.0)])",
            "what is left of the batches is dropped": PREPARED.replace("inputs, encoded", "train_ds = some(0, 200).shuffle(200).batch(64, drop_remainder=True)\ninputs, encoded"),
            "years": "rows['height'] = np.round(height / 100) + 2007\ntrain_ds = some(0, 200).shuffle(200).batch(32)\n" + PREPARED,
            "a constant column is left alone": "rows['same'] = np.ones((300, 1))\ntrain_ds = some(0, 200).shuffle(200).batch(32)\n" + PREPARED,
            "embedded words": """
where = keras.Input((1,), name="place", dtype="string")
tall, wide = keras.Input((1,), name="height"), keras.Input((1,), name="width")
lookup = keras.layers.StringLookup(vocabulary=["north", "south", "west"])
far = keras.layers.Flatten()(keras.layers.Embedding(4, 2)(lookup(where)))
x = keras.layers.Concatenate()([keras.layers.Rescaling(0.1, offset=-17.0)(tall), keras.layers.Rescaling(2.0)(wide), far])
preprocessing = keras.Model({"place": where, "height": tall, "width": wide}, x)
""",
        },
        wrong={
            "never adapted": [
                """
columns = train_ds.element_spec[0].items()
inputs = {name: keras.Input((1,), name=name, dtype=spec.dtype.name) for name, spec in columns}
amounts = [keras.layers.Normalization()(it) for it in inputs.values() if it.dtype != "string"]
preprocessing = keras.Model(inputs, keras.layers.Concatenate()(amounts))
""",
                PREPARED.replace("    layer.adapt(train_ds.map(lambda part, label: part[name]))\n", "    if name == 'place':\n        layer.adapt(place)\n"),
                AMOUNTS + "measured *= 1000\ntrain_ds = tf.data.Dataset.from_tensor_slices((measured, price)).batch(20)\npreprocessing = keras.Sequential([keras.Input((3,)), keras.layers.Normalization()])",
            ],
            "inputs of other names": PREPARED.replace("for name in rows:", "for name in rows:\n    named = name.upper()").replace("inputs[name]", "inputs[named]").replace("name=name", "name=named"),
            "words stay words": """
word = keras.Input((1,), name="place", dtype="string")
train_ds = train_ds.map(lambda part, label: ({"place": part["place"]}, label))
preprocessing = keras.Model({"place": word}, keras.layers.Reshape((1,))(word))
""",
            "NaN comes out": [
                AMOUNTS + "norm = keras.layers.Normalization(mean=[0.0, 0, 0], variance=[1.0, 1, np.nan])\npreprocessing = keras.Sequential([keras.Input((3,)), norm])",
            ],
            "adapted on other rows": [
                PREPARED.replace("layer.adapt(train_ds.map(lambda part, label: part[name]))", "layer.adapt(rows[name])"),
                PREPARED.replace("layer.adapt(train_ds.", "layer.adapt(test_ds."),
                AMOUNTS + "norm = keras.layers.Normalization()\nnorm.adapt(measured)\npreprocessing = keras.Sequential([keras.Input((3,)), norm])",
            ],
            "adapted on one value": AMOUNTS + "norm = keras.layers.Normalization()\nnorm.adapt(measured[:1])\npreprocessing = keras.Sequential([keras.Input((3,)), norm])",
            "pixels from 0 to 255": PICTURES + "preprocessing = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Rescaling(1.0)])",
            "large numbers": [
                PREPARED.replace('keras.layers.Normalization()', 'keras.layers.Normalization(mean=0.5, variance=0.01)').replace("    layer.adapt", "    name == 'place' and layer.adapt"),
                PREPARED.replace("    layer.adapt", "    if name == 'height':\n        layer = keras.layers.Rescaling(1.0)\n    else:\n        layer.adapt"),
            ],
            "always the same": AMOUNTS + "preprocessing = keras.Sequential([keras.Input((3,)), keras.layers.Rescaling(0.0, offset=1.0)])",
            "scaled twice": PICTURES + "preprocessing = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255), keras.layers.Rescaling(1 / 255)])",
            "a column without effect": [
                PREPARED.replace('keras.layers.StringLookup(output_mode="one_hot")', 'keras.layers.StringLookup(output_mode="one_hot", vocabulary=["North", "South"])').replace("    layer.adapt", "    name == 'place' or layer.adapt"),
                PREPARED.replace("for name in rows:", "for name in ('height', 'width'):"),
            ],
            "words as amounts": PREPARED.replace('(output_mode="one_hot")', "()").replace("encoded.append(layer(inputs[name]))", "encoded.append(keras.layers.Rescaling(1.0)(layer(inputs[name])))"),
            "an unknown word stops it": PREPARED.replace('output_mode="one_hot"', 'output_mode="one_hot", num_oov_indices=0'),
            "rows that know each other": """
class Centred(keras.layers.Layer):
    def call(self, x):
        return x - keras.ops.mean(x, axis=0, keepdims=True)
""" + AMOUNTS + "preprocessing = keras.Sequential([keras.Input((3,)), Centred()])",
            feedback.NOT_EXPECTED: [
                "preprocessing = keras.layers.Rescaling(1 / 255)",
                PREPARED + "\npreprocessing = keras.Model(inputs, encoded)",
                PREPARED + "\ntrain_ds = train_ds.unbatch()",
            ],
            feedback.STOPPED: "preprocessing = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255)])",
        },
    ),
    "add_your_layers": Answers(
        setup=SMALL + PREPARED,
        starter="model = ...",
        right={
            "raw scores": layers(HIDDEN, "keras.layers.Dense(2)"),
            "one sigmoid": layers(HIDDEN, 'keras.layers.Dense(1, activation="sigmoid")'),
            "a bare operation between the layers": layers(HIDDEN, "(lambda x: x / 2)", SOFTMAX),
            "two hidden layers and Dropout": layers(HIDDEN, "keras.layers.Dropout(0.2)", HIDDEN, SOFTMAX),
            "Sequential": f"model = keras.Sequential([preprocessing, {HIDDEN}, {SOFTMAX}])",
            "the preprocessing called": f"x = preprocessing(preprocessing.input)\nx = {SOFTMAX}({HIDDEN}(x))\nmodel = keras.Model(preprocessing.input, x)",
            "activation as a layer": layers("keras.layers.Dense(8)", 'keras.layers.Activation("gelu")', "keras.layers.Dense(2)", "keras.layers.Softmax()"),
            "one-hot labels": ONE_HOT + layers(HIDDEN, SOFTMAX),
            "a hundred classes": MANY + 'train_ds = tf.data.Dataset.from_tensor_slices((several[:3000], np.arange(3000) % 100)).batch(32)\nmodel = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(100)])',
            "a class that comes late": of_many() + """
late = np.where(np.arange(17_000) < 16_990, 0, 1)
train_ds = tf.data.Dataset.from_tensor_slices((several, late)).batch(64)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(2)])
""",
            "a class behind the first batches": AMOUNTS + """
late = np.where(np.arange(2000) < 1500, np.arange(2000) % 2, 2)
train_ds = tf.data.Dataset.from_tensor_slices((np.random.default_rng(0).normal(size=(2000, 3)), late)).batch(50)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3)])
""",
            "marks as floats": AMOUNTS + """
train_ds = tf.data.Dataset.from_tensor_slices((measured, 3.0 + np.arange(200) % 7)).batch(50)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
""",
            "several answers may be true": AMOUNTS + """
train_ds = tf.data.Dataset.from_tensor_slices((measured, np.random.default_rng(0).integers(0, 2, (200, 4)).astype("float32"))).batch(50)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(4, activation="sigmoid")])
""",
            "a layer of one's own": AMOUNTS.replace("price[", "(price > 100)[") + """
class Bend(keras.layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], 8), name="w")

    def call(self, x):
        return keras.ops.relu(keras.ops.matmul(x, self.w))

model = keras.Sequential([keras.Input((3,)), Bend(), keras.layers.Dense(1, activation="sigmoid")])
""",
            "attention": layers("keras.layers.Reshape((-1, 1))", "(lambda x: keras.layers.MultiHeadAttention(1, 4)(x, x))", "keras.layers.Flatten()", SOFTMAX),
            "the largest of each window": layers("keras.layers.Reshape((-1, 1))", "keras.layers.Conv1D(4, 3)", "keras.layers.GlobalMaxPooling1D()", SOFTMAX),
            "pictures": PICTURES + """
model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(4, 3, activation="relu"),
                          keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3)])
""",
            "amounts": AMOUNTS + 'model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])',
            "sounds": SOUNDS + 'model = keras.Sequential([keras.Input((800,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(4)])',
        },
        wrong={
            "softmax over one number": layers(HIDDEN, 'keras.layers.Dense(1, activation="softmax")'),
            "inputs of other names": """
other = keras.Input((1,), name="length")
model = keras.Model({"length": other}, keras.layers.Dense(2)(keras.layers.Dense(4, activation="relu")(other)))
""",
            "too many axes": PICTURES + 'model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3)])',
            "an amount that is a class": AMOUNTS + 'model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(2)])',
            "another number of outputs": [layers(HIDDEN, "keras.layers.Dense(3)"), ONE_HOT + layers(HIDDEN, 'keras.layers.Dense(1, activation="sigmoid")'), PICTURES + 'model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])'],
            "a bounded amount": AMOUNTS + 'model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])',
            "a raw score for yes or no": [layers(HIDDEN, "keras.layers.Dense(1)"), layers(HIDDEN, "(lambda x: x / 2)", "keras.layers.Dense(1)")],
            "relu at the end": [layers(HIDDEN, 'keras.layers.Dense(2, activation="relu")'), layers("(lambda x: x / 2)", HIDDEN, 'keras.layers.Dense(2, activation="relu")')],
            "sigmoid for one of many": [layers(HIDDEN, 'keras.layers.Dense(2, activation="sigmoid")'), PICTURES + 'model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3, activation="sigmoid")])'],
            "dropout behind the output": layers(HIDDEN, SOFTMAX, "keras.layers.Dropout(0.2)"),
            "no hidden layer": [
                layers(SOFTMAX),
                """
word = keras.Input((1,), name="place", dtype="string")
vector = keras.layers.Embedding(4, 2)(keras.layers.StringLookup(vocabulary=["north", "south", "west"])(word))
train_ds = train_ds.map(lambda part, label: ({"place": part["place"]}, label))
model = keras.Model({"place": word}, keras.layers.Dense(2)(keras.layers.Flatten()(vector)))
""",
            ],
            "nothing bends": [layers("keras.layers.Dense(8)", SOFTMAX), layers("keras.layers.Dense(8)", "keras.layers.Dense(8)", "keras.layers.Dense(2)")],
            "raw numbers reach the neurons": PICTURES + """
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(3)])
""",
            feedback.NOT_EXPECTED: ["model = preprocessing.output", "model = keras.layers.Dense(2)"],
            feedback.STOPPED: 'model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(2)])',
        },
    ),
    "compile_your_model": Answers(
        setup=SMALL + PREPARED + MODEL,
        starter="...                                    # your turn: compile the model here",
        right={
            "an object as loss": compiled("keras.losses.SparseCategoricalCrossentropy()", "keras.optimizers.SGD(0.1, momentum=0.9)"),
            "raw scores": ends_in(HIDDEN, "keras.layers.Dense(2)") + compiled("keras.losses.SparseCategoricalCrossentropy(from_logits=True)"),
            "one sigmoid": ends_in(HIDDEN, 'keras.layers.Dense(1, activation="sigmoid")') + compiled('"binary_crossentropy"'),
            "one-hot": ONE_HOT + compiled('"categorical_crossentropy"', metrics='["accuracy", "precision"]'),
            "amounts": AMOUNTS + 'model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])\n'
            + compiled('"mae"', metrics='["mean_absolute_error"]'),
            "amounts without a metric": AMOUNTS + 'model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])\n'
            + compiled("keras.losses.Huber()", metrics="None"),
            "a falling learning rate": compiled('"sparse_categorical_crossentropy"', "keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, 500))"),
            "a loss of one's own": "def loss(right, answer):\n    return -keras.ops.log(keras.ops.take_along_axis(answer, keras.ops.reshape(right, (-1, 1)), axis=1))\n" + compiled("loss"),
        },
        wrong={
            "whole numbers taken for one-hot": compiled('"categorical_crossentropy"'),
            "no loss": compiled("None"),
            "an error of amounts for classes": [compiled('"mse"'), compiled("keras.losses.MeanAbsoluteError()")],
            "a cross-entropy for amounts": AMOUNTS + 'model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])\n' + compiled('"binary_crossentropy"'),
            "one-hot taken for whole numbers": ONE_HOT + compiled('"sparse_categorical_crossentropy"'),
            "yes or no, for several outputs": compiled('"binary_crossentropy"'),
            "many classes, for one output": ends_in(HIDDEN, 'keras.layers.Dense(1, activation="sigmoid")') + compiled('"sparse_categorical_crossentropy"'),
            "probabilities taken for scores": compiled("keras.losses.SparseCategoricalCrossentropy(from_logits=True)"),
            "scores taken for probabilities": ends_in(HIDDEN, "keras.layers.Dense(2)") + compiled('"sparse_categorical_crossentropy"'),
            "accuracy of an amount": AMOUNTS + 'model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])\n' + compiled('"mse"'),
            "no accuracy": [compiled('"sparse_categorical_crossentropy"', metrics="None"), compiled('"sparse_categorical_crossentropy"', metrics='["mean_squared_error"]')],
            "a learning rate too high": compiled('"sparse_categorical_crossentropy"', "keras.optimizers.Adam(1.0)"),
            "a learning rate too low": compiled('"sparse_categorical_crossentropy"', "keras.optimizers.Adam(1e-7)"),
            feedback.NOT_EXPECTED: [
                "model = None",
                "def loss(right, answer):\n    return keras.ops.log(keras.ops.sum(answer) * 0)\n" + compiled("loss")],
            feedback.STOPPED: "def loss(right, answer):\n    return right.no_such_thing\n" + compiled("loss"),
        },
    ),
    "train_your_model": Answers(
        setup=SMALL + PREPARED + MODEL + COMPILED,
        starter="history = ...",
        right={
            "all at once": fit(WELL),
            "the dictionary": fit(WELL) + "\nhistory = history.history",
            "a fixed number of epochs": fit("validation_data=validation_ds, epochs=40"),
            "amounts": AMOUNTS + """
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(0.05), "mse")
""" + fit("validation_data=validation_ds, epochs=120, callbacks=[keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)]"),
            "one raw score": ends_in(HIDDEN, "keras.layers.Dense(1)")
            + 'model.compile(keras.optimizers.Adam(0.02), keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])\n' + fit(WELL),
        },
        wrong={
            "no validation": [fit("epochs=2"), fit("epochs=1")],
            "NaN": "model.compile(keras.optimizers.SGD(1e30), 'sparse_categorical_crossentropy', metrics=['accuracy'])\n" + fit("validation_data=validation_ds, epochs=5"),
            "validated on the training rows": [fit("validation_data=train_ds, epochs=12"), fit("validation_data=train_ds, epochs=2")],
            "another model's history": fit("validation_data=validation_ds, epochs=8") + "\n" + MODEL + COMPILED,
            "the last epoch instead of the best": """
kind = kind.copy()
kind[:200:3] = 1 - kind[:200:3]                        # wrong labels, to be learned by heart
train_ds = some(0, 200, kind).shuffle(200, seed=0).batch(32)
hidden = keras.layers.Dense(256, activation="relu")(preprocessing.output)
model = keras.Model(preprocessing.input, keras.layers.Dense(2, activation="softmax")(keras.layers.Dense(256, activation="relu")(hidden)))
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
""" + fit("validation_data=validation_ds, epochs=60"),
            "stopped too early": [fit("validation_data=validation_ds, epochs=1"), fit("validation_data=validation_ds, epochs=3")],
            "no better than the lazy answer": """
kind = np.random.default_rng(5).integers(0, 2, 300)    # chance
kind[200:250] = np.arange(50) % 10 == 0
kind[:120] = 0
train_ds, validation_ds = some(0, 200, kind).shuffle(200, seed=0).batch(32), some(200, 250, kind).batch(50)
model.compile(keras.optimizers.Adam(0.0001), "sparse_categorical_crossentropy", metrics=["accuracy"])
""" + fit("validation_data=validation_ds, epochs=5"),
            feedback.NOT_EXPECTED: ["history = model.fit", "history = {'accuracy': [1.0]}", "history = {'loss': [], 'val_loss': []}",
                                     fit(WELL) + "\nvalidation_ds = validation_ds.map(lambda part, label: (part['height'], label))"],
            feedback.STOPPED: fit("validation_data=validation_ds, epochs=2")
            + "\ntrain_ds, validation_ds = (it.map(lambda part, label: (part['height'], label)) for it in (train_ds, validation_ds))",
        },
    ),
    "use_your_model": Answers(
        setup=SMALL + PREPARED + MODEL + COMPILED + TRAINED,
        starter="model_file = ...",
        right={
            "as text": 'model_file = str(folder / "mine.keras")\nmodel.save(model_file)',
            "by keras.saving": 'model_file = folder / "mine.keras"\nkeras.saving.save_model(model, model_file)',
            "never compiled": PICTURES + 'model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])\nmodel_file = folder / "p.keras"\nmodel.save(model_file)',
        },
        wrong={
            "no file there": ['model_file = folder / "not_there.keras"', 'model_file = "folder/model.keras"'],
            "a folder": 'model_file = folder / "exported"\nmodel.export(model_file, verbose=False)',
            "weights alone": 'model_file = folder / "mine.weights.h5"\nmodel.save_weights(model_file)',
            "code in the file": 'model = keras.Sequential([preprocessing, keras.layers.Lambda(lambda x: x * 2), keras.layers.Dense(2)])\nmodel_file = folder / "mine.keras"\nmodel.save(model_file)',
            "a class that nobody knows": """
class Mine(keras.layers.Layer):
    def call(self, x):
        return 2 * x

model = keras.Sequential([preprocessing, Mine(), keras.layers.Dense(2)])
model_file = folder / "mine.keras"
model.save(model_file)
""",
            "wants rows that are prepared already": """
tail = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2, activation="softmax")])
model_file = folder / "tail.keras"
tail.save(model_file)
""",
            "another model": 'model_file = folder / "mine.keras"\nmodel.save(model_file)\nmodel.fit(train_ds, epochs=2, shuffle=False, verbose=0)',
            feedback.NOT_EXPECTED: ["model_file = model", 'model_file = folder / "text.keras"\nmodel_file.write_text("no model")'],
        },
    ),
}


# --- More answers to 4, 5 and 6: what nearly slipped through, and what was nearly refused ---

FROM_PICTURES = 'keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()'
FROM_AMOUNTS = 'keras.Input((3,)), keras.layers.Dense(8, activation="relu")'
SPARSE = '"sparse_categorical_crossentropy"'
VAL_LOSS = fit(WELL) + "\nnow = model.evaluate(validation_ds, verbose=0)[0]\n"

ANSWERS["compile_your_model"].right.update({
    "a metric of one's own": "def sureness(right, answer):\n    return keras.ops.max(answer, axis=-1)\n" + compiled(SPARSE, metrics='["accuracy", sureness]'),
    "an accuracy of that name": compiled(SPARSE, metrics='[keras.metrics.SparseCategoricalAccuracy(name="accuracy")]'),
    "the loss as a class": compiled("keras.losses.SparseCategoricalCrossentropy"),
    "Adadelta begins at 1": compiled(SPARSE, "keras.optimizers.Adadelta(1.0)"),
    "shares of one, by binary cross-entropy": AMOUNTS.replace("train_ds =", "price = ((price - price.min()) / np.ptp(price)).astype('float32')\ntrain_ds =", 1)
    + f'model = keras.Sequential([{FROM_AMOUNTS}, keras.layers.Dense(1, activation="sigmoid")])\n' + compiled('"binary_crossentropy"', metrics='["mae"]'),
})  # fmt: skip
ANSWERS["compile_your_model"].wrong["no accuracy"] = [
    compiled(SPARSE, metrics="None"),
    compiled(SPARSE, metrics="[keras.metrics.SparseCategoricalAccuracy()]"),
]
ANSWERS["compile_your_model"].wrong[feedback.NOT_EXPECTED].append(
    PICTURES + f'model = keras.Sequential([{FROM_PICTURES}, keras.layers.Dense(2, activation="softmax")])\n' + compiled(SPARSE)
)
ANSWERS["compile_your_model"].wrong[feedback.STOPPED] = [
    ANSWERS["compile_your_model"].wrong[feedback.STOPPED],
    compiled('"sparse_crossentropy"'),
    compiled(SPARSE, metrics='["accuracy", "acuracy"]'),
    compiled(SPARSE, metrics='["accuracy", "precision"]'),
    compiled(SPARSE, metrics='["mean_squared_error"]'),
]
ANSWERS["train_your_model"].right.update({
    "best after a few epochs": VAL_LOSS + "history = {'loss': [0.5, 0.4, 0.3], 'val_loss': [now, now + 0.1, now + 0.2]}",
    "weights restored by another measure": VAL_LOSS + "history = {'loss': [5, 4, 3, 2, 1], 'val_loss': [now / 2, now / 3, now, 2 * now, 3 * now]}",
    "solved, and still falling": VAL_LOSS + "history = {'loss': [5, 4, 3, 2, 1], 'val_loss': [9 * now, 5 * now, 3 * now, 2 * now, now]}",
})  # fmt: skip
ANSWERS["train_your_model"].wrong["NaN"] = [
    ANSWERS["train_your_model"].wrong["NaN"],
    VAL_LOSS + "history = {'loss': [0.5, 0.4], 'val_loss': [now, float('nan')]}",
]
ANSWERS["train_your_model"].wrong["no validation"].append(fit(WELL) + "\nhistory = {'loss': [0.5, 0.4], 'val_loss': []}")
ANSWERS["train_your_model"].wrong["no better than the lazy answer"] = [
    ANSWERS["train_your_model"].wrong["no better than the lazy answer"],
    AMOUNTS + f'model = keras.Sequential([{FROM_AMOUNTS}, keras.layers.Dense(1)])\nmodel.compile("adam", "mse")\n' + fit("validation_data=validation_ds, epochs=6"),
]
ANSWERS["train_your_model"].wrong[feedback.NOT_EXPECTED] += [
    fit(WELL) + "\nvalidation_ds = validation_ds.repeat()",
    fit(WELL) + "\nhistory = {'loss': ['small'], 'val_loss': ['small']}",
]
ANSWERS["use_your_model"].wrong.update({
    "the old format": 'model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])\nmodel_file = folder / "mine.h5"\nmodel.save(model_file)',
    "rows only in one number": PICTURES + 'model = keras.Sequential([keras.Input(batch_shape=(20, 8, 8, 1)), keras.layers.Reshape((64,)), keras.layers.Dense(3)])\n'
    'model_file = folder / "mine.keras"\nmodel.save(model_file)',
    "a class that nobody knows": [
        ANSWERS["use_your_model"].wrong["a class that nobody knows"],
        'def twice(x):\n    return 2 * x\n\nmodel = keras.Sequential([preprocessing, keras.layers.Dense(2, activation=twice)])\n'
        'model_file = folder / "mine.keras"\nmodel.save(model_file)',
    ],
    "wants rows that are prepared already": [
        ANSWERS["use_your_model"].wrong["wants rows that are prepared already"],
        'model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2)])\nmodel_file = folder / "tail.keras"\nmodel.save(model_file)',
    ],
})  # fmt: skip
