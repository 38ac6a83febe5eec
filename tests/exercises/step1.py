"""Answers to the exercises of step 1."""

from companion.feedback import NOT_EXPECTED, STOPPED
from exercises.answers import Answers

SETUP = """
from companion import datasets
from companion.exercises import step1
import numpy as np
import keras
import tensorflow as tf

keras.utils.set_random_seed(0)

table = datasets.load_penguins()
columns = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
penguin_table = np.stack([table[column] for column in columns], axis=1)
complete_rows = np.isfinite(penguin_table).all(axis=1)

penguin_features = penguin_table[complete_rows]
penguin_species = table["species"][complete_rows]
"""

NUMBERS = """
numbers = np.array([datasets.PENGUIN_SPECIES.index(name) for name in penguin_species])
rows_ds = tf.data.Dataset.from_tensor_slices((penguin_features, numbers))
"""

TO_NEW_ISLAND = """
on_dream = table["island"][complete_rows] == "Dream"
known_penguins, new_penguins = penguin_features[~on_dream], penguin_features[on_dream]
"""

CLOTHES = """
(clothes, kinds), _ = datasets.load_fashion_mnist()
clothes, kinds = clothes[:24, :, :, np.newaxis], kinds[:24]
clothes_ds = tf.data.Dataset.from_tensor_slices((clothes, kinds))
"""

SCALE_AND_FLIP = """
flip = keras.layers.RandomFlip("horizontal")
def scale(picture, kind):
    return tf.cast(picture, "float32") / 255, kind
def mirror(pictures, kinds):
    return flip(pictures), kinds
"""

MIXED_TEST = """
species_numbers = np.array([datasets.PENGUIN_SPECIES.index(name) for name in penguin_species])
mixed_test = tf.data.Dataset.from_tensor_slices((penguin_features, species_numbers))
mixed_test = mixed_test.shuffle(342).batch(32)

def guess_species(measurements):
    long_flippers, long_bill = measurements[:, 2] > 206, measurements[:, 0] > 44
    return np.where(long_flippers, 2, np.where(long_bill, 1, 0))
"""

READ_ONCE = """
labels, guesses = [], []
for measurements, species in mixed_test:
    labels.append(species.numpy())
    guesses.append(guess_species(measurements))
"""

SPLIT = {
    "the other end": """
order = np.random.default_rng(7).permutation(342)
penguin_train_rows, penguin_val_rows = np.split(order, [272])
""",
    "tensors, each species by itself": """
rng = np.random.default_rng(3)
val, train = [], []
for name in datasets.PENGUIN_SPECIES:
    rows = rng.permutation(np.flatnonzero(penguin_species == name))
    cut = len(rows) // 5
    val.append(rows[:cut]); train.append(rows[cut:])
penguin_val_rows, penguin_train_rows = tf.constant(np.concatenate(val)), tf.constant(np.concatenate(train))
""",
    "drawn without replacement": """
penguin_val_rows = set(np.random.default_rng(5).choice(342, 68, replace=False).tolist())
penguin_train_rows = [row for row in range(342) if row not in penguin_val_rows]
""",
    "datasets that keep one order": """
numbers = tf.data.Dataset.range(342).shuffle(342, reshuffle_each_iteration=False)
penguin_val_rows, penguin_train_rows = numbers.take(68), numbers.skip(68).batch(32)
""",
    "Keras splits": """
left, right = keras.utils.split_dataset(np.arange(342), left_size=274, shuffle=True, seed=1)
penguin_train_rows, penguin_val_rows = left, right
""",
    "a mask": """
penguin_val_rows = np.isin(np.arange(342), np.random.default_rng(2).permutation(342)[:70])
penguin_train_rows = ~penguin_val_rows
""",
    "what np.where returns": """
chosen = np.zeros(342, bool)
chosen[np.random.default_rng(4).permutation(342)[:66]] = True
penguin_val_rows, penguin_train_rows = np.where(chosen), np.nonzero(~chosen)
""",
    "sorted, counted from the end": """
order = np.random.default_rng(1).permutation(342)
penguin_val_rows, penguin_train_rows = np.sort(order[:68]) - 342, np.sort(order[68:]).astype("int16")
""",
}

ORDER = "order = np.random.default_rng(1).permutation(342)\n"

NOT_SPLIT = {
    "rows instead of row numbers": [
        ORDER + "penguin_train_rows, penguin_val_rows = penguin_features[order[68:]], penguin_features[order[:68]]",
        ORDER + "penguin_train_rows, penguin_val_rows = penguin_species[order[68:]], penguin_species[order[:68]]",
    ],
    "one number in place of a slice": [
        ORDER + "penguin_train_rows, penguin_val_rows = order[68:], order[68]",
        ORDER + "penguin_train_rows, penguin_val_rows = 274, 68",
    ],
    "nothing on one side": [
        ORDER + "penguin_train_rows, penguin_val_rows = order[800:], order[:800]",
        ORDER + "penguin_train_rows, penguin_val_rows = order[...], order[...][:0]",
        ORDER + "penguin_train_rows, penguin_val_rows = order, []",
    ],
    "pieces of the file": [
        "penguin_val_rows = np.r_[0:23, 151:174, 219:242]\n"
        "penguin_train_rows = np.setdiff1d(np.arange(342), penguin_val_rows)",
        "penguin_val_rows = np.r_[0:151:5, 151:219:5, 219:342:5]\n"
        "penguin_train_rows = np.setdiff1d(np.arange(342), penguin_val_rows)",
    ],
    "a new split at each reading": """
numbers = tf.data.Dataset.range(342).shuffle(342)
penguin_val_rows, penguin_train_rows = numbers.take(68), numbers.skip(68)
""",
    "drawn with replacement": [
        "rng = np.random.default_rng(0)\npenguin_train_rows, penguin_val_rows = rng.integers(0, 342, 274), rng.integers(0, 342, 68)",
        ORDER + "penguin_train_rows, penguin_val_rows = order[68:].astype('uint8'), order[:68].astype('uint8')",
        "rng = np.random.default_rng(0)\npenguin_val_rows = rng.choice(342, 68)\n"
        "penguin_train_rows = np.setdiff1d(np.arange(342), penguin_val_rows)",
    ],
    "validation rows also in train": [
        ORDER + "penguin_train_rows, penguin_val_rows = order[:274], order[68:136]",
        ORDER + "penguin_train_rows, penguin_val_rows = order, order[:68]",
        "rng = np.random.default_rng(1)\n"
        "penguin_train_rows, penguin_val_rows = rng.permutation(342)[68:], rng.permutation(342)[:68]",
        ORDER + "penguin_train_rows, penguin_val_rows = order[67:], order[:68]",
        ORDER + "penguin_train_rows, penguin_val_rows = order[67:], order[:68] - 342",
    ],
    "the sides changed places": ORDER + "penguin_train_rows, penguin_val_rows = order[:68], order[68:]",
    "split in file order": [
        "penguin_train_rows, penguin_val_rows = np.arange(342)[68:], np.arange(342)[:68]",
        "penguin_train_rows, penguin_val_rows = range(274), range(274, 342)",
    ],
    "every so many rows": "penguin_val_rows = np.arange(0, 342, 5)\n"
    "penguin_train_rows = np.setdiff1d(np.arange(342), penguin_val_rows)",
    "rows on neither side": [
        ORDER + "penguin_train_rows, penguin_val_rows = order[68:-1], order[:68]",
        ORDER + "penguin_train_rows, penguin_val_rows = order[:200], order[-70:]",
    ],
    NOT_EXPECTED: [
        ORDER + "penguin_train_rows, penguin_val_rows = order[34:], order[:34]",
        ORDER + "penguin_train_rows, penguin_val_rows = order[68:] + 1, order[:68] + 1",
        ORDER + "penguin_train_rows, penguin_val_rows = order[68:] / 1, order[:68] / 1",
        ORDER + "penguin_train_rows, penguin_val_rows = order[70:].reshape(-1, 4), order[:68].reshape(-1, 4)",
        ORDER + "penguin_train_rows, penguin_val_rows = [order[68:]], [order[:68]]",
    ],
}  # fmt: skip

BATCHES = {
    "cache, prefetch, another way to number": NUMBERS
    + "penguins_train = rows_ds.cache().shuffle(len(penguin_features)).batch(32).prefetch(tf.data.AUTOTUNE)",
    "numbers made in map, full batches only": """
lookup = keras.layers.StringLookup(vocabulary=list(datasets.PENGUIN_SPECIES), num_oov_indices=0, output_mode="int")
words_ds = tf.data.Dataset.from_tensor_slices((penguin_features, penguin_species))
penguins_train = words_ds.shuffle(1000, seed=3).batch(32, drop_remainder=True).map(lambda row, word: (row, lookup(word)))
""",
    "zipped, small whole numbers": """
kinds = np.unique(penguin_species, return_inverse=True)[1].astype("uint8")
pairs = tf.data.Dataset.zip(tf.data.Dataset.from_tensor_slices(penguin_features), tf.data.Dataset.from_tensor_slices(kinds))
penguins_train = pairs.shuffle(400).batch(32)
""",
    "a generator": NUMBERS
    + """
rng = np.random.default_rng(0)
def one_by_one():
    for row in rng.permutation(342):
        yield penguin_features[row], numbers[row]
signature = (tf.TensorSpec((4,), tf.float32), tf.TensorSpec((), tf.int32))
penguins_train = tf.data.Dataset.from_generator(one_by_one, output_signature=signature).batch(32)
""",
    "mixed before, and again at each pass": NUMBERS
    + """
order = np.random.default_rng(0).permutation(342)
mixed_ds = tf.data.Dataset.from_tensor_slices((penguin_features[order].astype("float64"), numbers[order]))
penguins_train = mixed_ds.shuffle(342).batch(32).shuffle(11)
""",
    "batched anew": NUMBERS + "penguins_train = rows_ds.shuffle(342).batch(100).rebatch(32).repeat(1)",
    "a generator of a dataset": NUMBERS
    + """
def pairs():
    yield from rows_ds.shuffle(342).as_numpy_iterator()
signature = (tf.TensorSpec(None, tf.float32), tf.TensorSpec(None, tf.int64))
penguins_train = tf.data.Dataset.from_generator(pairs, output_signature=signature).batch(32)
""",
    "from a batch of all": NUMBERS + "penguins_train = rows_ds.batch(342).unbatch().shuffle(342).batch(32)",
}

NOT_BATCHES = {
    "repeat without steps": [
        NUMBERS + "penguins_train = rows_ds.shuffle(342).batch(32).repeat()",
        NUMBERS + "penguins_train = rows_ds.repeat().shuffle(342).batch(32)",
    ],
    "the table in one piece": NUMBERS
    + "penguins_train = tf.data.Dataset.from_tensors((penguin_features, numbers)).shuffle(342).batch(32)",
    "batched twice": NUMBERS + "penguins_train = rows_ds.batch(32).shuffle(342).batch(32)",
    "labels first": [
        NUMBERS + "penguins_train = tf.data.Dataset.from_tensor_slices((numbers, penguin_features)).shuffle(342).batch(32)",
        "penguins_train = tf.data.Dataset.from_tensor_slices((penguin_species, penguin_features)).shuffle(342)",
    ],
    "no batch": [
        NUMBERS + "penguins_train = rows_ds.shuffle(342)",
        NUMBERS + "penguins_train = rows_ds.shuffle(342)\npenguins_train.batch(32)",
        "penguins_train = tf.data.Dataset.from_tensor_slices((penguin_features, penguin_species))",
    ],
    "labels are words":
        "penguins_train = tf.data.Dataset.from_tensor_slices((penguin_features, penguin_species)).shuffle(342).batch(32)",
    "one-hot labels": NUMBERS + """
one_hot = keras.utils.to_categorical(numbers)
penguins_train = tf.data.Dataset.from_tensor_slices((penguin_features, one_hot)).shuffle(342).batch(32)
""",
    "labels in a column": NUMBERS + """
column = numbers[:, np.newaxis]
penguins_train = tf.data.Dataset.from_tensor_slices((penguin_features, column)).shuffle(342).batch(32)
""",
    "labels with decimals": NUMBERS + """
decimals = numbers.astype("float32")
penguins_train = tf.data.Dataset.from_tensor_slices((penguin_features, decimals)).shuffle(342).batch(32)
""",
    "labels begin at 1": """
lookup = keras.layers.StringLookup(vocabulary=datasets.PENGUIN_SPECIES)
penguins_train = tf.data.Dataset.from_tensor_slices((penguin_features, lookup(penguin_species))).shuffle(342).batch(32)
""",
    "repeated within a pass": [
        NUMBERS + "penguins_train = rows_ds.repeat(3).shuffle(342 * 3).batch(32)",
        NUMBERS + "penguins_train = rows_ds.shuffle(342).batch(32, drop_remainder=True).repeat(2)",
    ],
    "labels apart from their rows": [NUMBERS + """
features_ds = tf.data.Dataset.from_tensor_slices(penguin_features).shuffle(342)
labels_ds = tf.data.Dataset.from_tensor_slices(numbers).shuffle(342)
penguins_train = tf.data.Dataset.zip((features_ds, labels_ds)).batch(32)
""", NUMBERS + """
mixed_numbers = np.random.default_rng(0).permutation(numbers)
penguins_train = tf.data.Dataset.from_tensor_slices((penguin_features, mixed_numbers)).shuffle(342).batch(32)
"""],
    "labels moved along": [
        """
all_numbers = np.array([datasets.PENGUIN_SPECIES.index(name) for name in table["species"]])
penguins_train = tf.data.Dataset.from_tensor_slices((penguin_features, all_numbers[:342])).shuffle(342).batch(32)
""",
        NUMBERS + "penguins_train = rows_ds.batch(32).map(lambda rows, labels: (tf.random.shuffle(rows), labels))",
    ],
    "two species in one number": NUMBERS + """
is_gentoo = (numbers == 2).astype("int64")
penguins_train = tf.data.Dataset.from_tensor_slices((penguin_features, is_gentoo)).shuffle(342).batch(32)
""",
    "another order of species": NUMBERS + """
penguins_train = tf.data.Dataset.from_tensor_slices((penguin_features, 2 - numbers)).shuffle(342).batch(32)
""",
    "batch before shuffle": [
        NUMBERS + "penguins_train = rows_ds.batch(32).shuffle(342)",
        NUMBERS + "penguins_train = rows_ds.batch(32, drop_remainder=True).shuffle(342).prefetch(1)",
        NUMBERS + "penguins_train = rows_ds.cache().batch(64).shuffle(11)",
        NUMBERS + "penguins_train = rows_ds.batch(32).shuffle(11).cache()",
    ],
    "always the same company": NUMBERS + """
order = np.random.default_rng(0).permutation(342)
mixed_ds = tf.data.Dataset.from_tensor_slices((penguin_features[order], numbers[order]))
penguins_train = mixed_ds.batch(32).shuffle(11)
""",
    "shuffle buffer of 1": NUMBERS + "penguins_train = rows_ds.shuffle(1).batch(32)",
    "no shuffle": [
        NUMBERS + "penguins_train = rows_ds.batch(32)",
        NUMBERS + "penguins_train = rows_ds.batch(342)",
        NUMBERS + "penguins_train = rows_ds.batch(342).shuffle(342)",
        NUMBERS + "rows_ds.shuffle(342)\npenguins_train = rows_ds.batch(32)",
    ],
    "shuffle buffer too small": [
        NUMBERS + "penguins_train = rows_ds.shuffle(10).batch(32)",
        NUMBERS + "penguins_train = rows_ds.shuffle(32).batch(32)",
        NUMBERS + "penguins_train = rows_ds.shuffle(100).batch(32)",
        NUMBERS + "penguins_train = rows_ds.shuffle(2).batch(32)",
        NUMBERS + "penguins_train = rows_ds.shuffle(188).batch(32)",
    ],
    "mixed in parts only": [
        NUMBERS + """
each = [rows_ds.filter(lambda row, number, kind=kind: number == kind).shuffle(200) for kind in range(3)]
penguins_train = each[0].concatenate(each[1]).concatenate(each[2]).batch(32)
""",
        NUMBERS + """
each = [rows_ds.filter(lambda row, number, kind=kind: number == kind).shuffle(100) for kind in range(3)]
penguins_train = each[0].concatenate(each[1]).concatenate(each[2]).batch(32)
""",
        NUMBERS + """
def mix(rows, labels):
    order = tf.random.shuffle(tf.range(tf.shape(labels)[0]))
    return tf.gather(rows, order), tf.gather(labels, order)
penguins_train = rows_ds.batch(32).map(mix)
""",
    ],
    "cache after shuffle": [
        NUMBERS + "penguins_train = rows_ds.shuffle(342).cache().batch(32)",
        NUMBERS + "penguins_train = rows_ds.shuffle(342).batch(32).cache().prefetch(2)",
    ],
    "one order for ever": [
        NUMBERS + "penguins_train = rows_ds.shuffle(342, reshuffle_each_iteration=False).batch(32)",
        NUMBERS + "penguins_train = rows_ds.cache().shuffle(342, 0, False).batch(32)",
        NUMBERS + """
order = np.random.default_rng(0).permutation(342)
penguins_train = tf.data.Dataset.from_tensor_slices((penguin_features[order], numbers[order])).batch(32)
""",
    ],
    NOT_EXPECTED: [
        NUMBERS + "penguins_train = rows_ds.shuffle(342).batch(64)",
        NUMBERS + "penguins_train = rows_ds.shuffle(342).batch(1)",
        NUMBERS + "penguins_train = rows_ds.shuffle(342).take(300).batch(32)",
        NUMBERS + "penguins_train = tf.data.Dataset.from_tensor_slices(penguin_features).shuffle(342).batch(32)",
        NUMBERS + "penguins_train = (penguin_features, numbers)",
        NUMBERS + """
parts = dict(zip(columns, penguin_features.T))
penguins_train = tf.data.Dataset.from_tensor_slices((parts, numbers)).shuffle(342).batch(32)
""",
        NUMBERS + """
normalized = (penguin_features - penguin_features.mean(axis=0)) / penguin_features.std(axis=0)
penguins_train = tf.data.Dataset.from_tensor_slices((normalized, numbers)).shuffle(342).batch(32)
""",
        "penguins_train = tf.data.Dataset.from_tensor_slices((penguin_features, np.arange(342))).shuffle(342).batch(32)",
        NUMBERS + """
pairs = zip(penguin_features, numbers)
signature = (tf.TensorSpec((4,), tf.float32), tf.TensorSpec((), tf.int32))
penguins_train = tf.data.Dataset.from_generator(lambda: pairs, output_signature=signature).shuffle(342).batch(32)
""",
        NUMBERS + """
def on_and_on():
    while True:
        yield penguin_features[:32], numbers[:32]
signature = (tf.TensorSpec((32, 4), tf.float32), tf.TensorSpec((32,), tf.int32))
penguins_train = tf.data.Dataset.from_generator(on_and_on, output_signature=signature)
""",
        """
numbers = np.array([datasets.PENGUIN_SPECIES.index(name) for name in table["species"]])
penguins_train = tf.data.Dataset.from_tensor_slices((penguin_table, numbers)).shuffle(344).batch(32)
""",
    ],
}  # fmt: skip

ADAPTED = "penguin_scaler = keras.layers.Normalization()\npenguin_scaler.adapt(known_penguins)\n"

NORMALIZED = {
    "by hand": """
mean, deviation = known_penguins.mean(axis=0), known_penguins.std(axis=0)
def penguin_scaler(rows):
    return (rows - mean) / deviation
new_scaled = penguin_scaler(new_penguins)
""",
    "numbers handed to the layer": """
penguin_scaler = keras.layers.Normalization(mean=known_penguins.mean(axis=0), variance=known_penguins.var(axis=0))
new_scaled = (new_penguins - known_penguins.mean(axis=0)) / known_penguins.std(axis=0)
""",
    "adapted on a dataset, results from a dataset": """
penguin_scaler = keras.layers.Normalization(axis=-1)
penguin_scaler.adapt(tf.data.Dataset.from_tensor_slices(known_penguins).batch(32))
new_ds = tf.data.Dataset.from_tensor_slices(new_penguins).batch(50).map(penguin_scaler)
new_scaled = np.concatenate(list(new_ds))
""",
    "a model around the layer": """
layer = keras.layers.Normalization()
layer.adapt(known_penguins)
penguin_scaler = keras.Sequential([keras.Input((4,)), layer])
new_scaled = penguin_scaler(new_penguins).numpy().tolist()
""",
    "another layer": """
mean, deviation = known_penguins.mean(axis=0), known_penguins.std(axis=0)
penguin_scaler = keras.layers.Rescaling(scale=1 / deviation, offset=-mean / deviation)
new_scaled = penguin_scaler(new_penguins)
""",
    "a dataset of single rows": ADAPTED + """
new_scaled = tf.data.Dataset.from_tensor_slices(new_penguins).batch(1).map(penguin_scaler).unbatch()
""",
    "a dataset of batches": ADAPTED + """
new_scaled = tf.data.Dataset.from_tensor_slices(new_penguins).batch(32).map(penguin_scaler)
""",
    "a function that changes what it is given": """
mean, deviation = known_penguins.mean(axis=0), known_penguins.std(axis=0)
def penguin_scaler(rows):
    rows -= mean
    rows /= deviation
    return rows
new_scaled = penguin_scaler(new_penguins.copy())
""",
    "the deviation of a sample": """
mean, deviation = known_penguins.mean(axis=0), known_penguins.std(axis=0, ddof=1)
penguin_scaler = lambda rows: (tf.cast(rows, "float32") - mean) / deviation
new_scaled = penguin_scaler(new_penguins)
""",
}

NOT_NORMALIZED = {
    "numbers in place of a scaler": """
mean, deviation = known_penguins.mean(axis=0), known_penguins.std(axis=0)
penguin_scaler, new_scaled = (known_penguins - mean) / deviation, (new_penguins - mean) / deviation
""",
    "right for one group only": [
        "def penguin_scaler(rows):\n"
        "    return (known_penguins - known_penguins.mean(axis=0)) / known_penguins.std(axis=0)\n"
        "new_scaled = penguin_scaler(new_penguins)",
        "def penguin_scaler(rows):\n    return (rows - known_penguins.mean(axis=0)) / rows.std(axis=0)\n"
        "new_scaled = penguin_scaler(new_penguins)",
    ],
    "across the rows": [
        "def penguin_scaler(rows):\n"
        "    return (rows - rows.mean(axis=1, keepdims=True)) / rows.std(axis=1, keepdims=True)\n"
        "new_scaled = penguin_scaler(new_penguins)",
        "penguin_scaler = keras.layers.LayerNormalization()\nnew_scaled = penguin_scaler(new_penguins)",
    ],
    "division before subtraction":
        "mean, deviation = known_penguins.mean(axis=0), known_penguins.std(axis=0)\n"
        "penguin_scaler = lambda rows: rows - mean / deviation\nnew_scaled = penguin_scaler(new_penguins)",
    "never adapted": [
        "penguin_scaler = keras.layers.Normalization()\nnew_scaled = penguin_scaler(new_penguins)",
        "penguin_scaler = keras.layers.Normalization()\nnew_scaled = new_penguins",
        "penguin_scaler = keras.Sequential([keras.layers.Normalization()])\nnew_scaled = penguin_scaler(new_penguins)",
    ],
    "adapted on all data": [
        "penguin_scaler = keras.layers.Normalization()\npenguin_scaler.adapt(penguin_features)\n"
        "new_scaled = penguin_scaler(new_penguins)",
        "mean, deviation = penguin_features.mean(axis=0), penguin_features.std(axis=0)\n"
        "penguin_scaler = lambda rows: (rows - mean) / deviation\nnew_scaled = penguin_scaler(new_penguins)",
    ],
    "adapted on the validation rows": [
        ADAPTED + "penguin_scaler.adapt(new_penguins)\nnew_scaled = penguin_scaler(new_penguins)",
        "penguin_scaler = keras.layers.Normalization()\npenguin_scaler.adapt(new_penguins)\n"
        "new_scaled = penguin_scaler(new_penguins)",
    ],
    "each set by its own numbers":
        "penguin_scaler = lambda rows: (rows - rows.mean(axis=0)) / rows.std(axis=0)\nnew_scaled = penguin_scaler(new_penguins)",
    "one mean for all columns": [
        "penguin_scaler = keras.layers.Normalization(axis=None)\npenguin_scaler.adapt(known_penguins)\n"
        "new_scaled = penguin_scaler(new_penguins)",
        "penguin_scaler = lambda rows: (rows - known_penguins.mean()) / known_penguins.std()\n"
        "new_scaled = penguin_scaler(new_penguins)",
    ],
    "divided by the variance":
        "penguin_scaler = lambda rows: (rows - known_penguins.mean(axis=0)) / known_penguins.var(axis=0)\n"
        "new_scaled = penguin_scaler(new_penguins)",
    "deviation given as variance":
        "penguin_scaler = keras.layers.Normalization(mean=known_penguins.mean(axis=0), variance=known_penguins.std(axis=0))\n"
        "new_scaled = penguin_scaler(new_penguins)",
    "squeezed between 0 and 1": [
        "low, high = known_penguins.min(axis=0), known_penguins.max(axis=0)\n"
        "penguin_scaler = lambda rows: (rows - low) / (high - low)\nnew_scaled = penguin_scaler(new_penguins)",
        "low, high = penguin_features.min(axis=0), penguin_features.max(axis=0)\n"
        "penguin_scaler = lambda rows: (rows - low) / (high - low)\nnew_scaled = penguin_scaler(new_penguins)",
    ],
    "new rows by their own numbers": ADAPTED + """
second = keras.layers.Normalization()
second.adapt(new_penguins)
new_scaled = second(new_penguins)
""",
    "normalised twice": ADAPTED + "new_scaled = penguin_scaler(penguin_scaler(new_penguins))",
    "new rows as they came": ADAPTED + "new_scaled = new_penguins",
    "the other penguins": ADAPTED + "new_scaled = penguin_scaler(known_penguins)",
    STOPPED: "def penguin_scaler(rows):\n    return (rows - avg) / 2\nnew_scaled = new_penguins",
    NOT_EXPECTED: [
        ADAPTED + "new_scaled = penguin_scaler.adapt(new_penguins)",
        "penguin_scaler = keras.layers.Normalization()\nadapted = penguin_scaler.adapt(known_penguins)\n"
        "new_scaled = new_penguins * 0 + 1",
        ADAPTED + "new_scaled = penguin_scaler(new_penguins[:10])",
        "penguin_scaler = keras.layers.Normalization\nnew_scaled = new_penguins",
        "penguin_scaler = keras.layers.Normalization().adapt(known_penguins)\nnew_scaled = new_penguins",
        "penguin_scaler = lambda rows: rows - known_penguins.mean(axis=0)\nnew_scaled = penguin_scaler(new_penguins)",
        """
mean, deviation = known_penguins.mean(axis=0), known_penguins.std(axis=0)
def penguin_scaler(row):
    return [(row[number] - mean[number]) / deviation[number] for number in range(4)]
new_scaled = [penguin_scaler(row) for row in new_penguins]
""",
        "def penguin_scaler(rows):\n    (rows - known_penguins.mean(axis=0)) / known_penguins.std(axis=0)\n"
        "new_scaled = penguin_scaler(new_penguins)",
        "penguin_scaler = keras.layers.BatchNormalization()\nnew_scaled = penguin_scaler(new_penguins)",
    ],
}  # fmt: skip

PICTURES = {
    "batch first": SCALE_AND_FLIP + "clothes_train = clothes_ds.batch(8).map(scale).cache().map(mirror).prefetch(tf.data.AUTOTUNE)",
    "each picture alone": SCALE_AND_FLIP
    + "clothes_train = clothes_ds.map(scale).cache().map(mirror).shuffle(24).batch(8)",
    "layers for both": """
rescale, flip = keras.layers.Rescaling(1 / 255), keras.layers.RandomFlip("horizontal", seed=1)
clothes_train = clothes_ds.map(lambda x, y: (rescale(x), y)).cache().batch(8).map(lambda x, y: (flip(x, training=True), y))
""",
    "arrays scaled before": SCALE_AND_FLIP + """
scaled = clothes.astype("float32") / 255
clothes_train = tf.data.Dataset.from_tensor_slices((scaled, kinds)).cache().shuffle(24).batch(8).map(mirror)
""",
    "arrays scaled before, which need no cache": SCALE_AND_FLIP + """
scaled = clothes.astype("float32") / 255
clothes_train = tf.data.Dataset.from_tensor_slices((scaled, kinds)).batch(8).map(mirror)
""",
    "the scaled pictures collected once": SCALE_AND_FLIP + """
scaled = np.array([picture for picture, kind in clothes_ds.map(scale)])
apart = tf.data.Dataset.from_tensor_slices(scaled), tf.data.Dataset.from_tensor_slices(kinds)
clothes_train = tf.data.Dataset.zip(apart).shuffle(24).batch(8).map(mirror)
""",
    "a generator around it": SCALE_AND_FLIP + """
inner = clothes_ds.map(scale).cache().batch(8).map(mirror)
signature = (tf.TensorSpec((None, 28, 28, 1)), tf.TensorSpec((None,), tf.int64))
clothes_train = tf.data.Dataset.from_generator(lambda: iter(inner), output_signature=signature)
""",
    "stateless, a new seed each time": SCALE_AND_FLIP + """
generator = tf.random.Generator.from_seed(1)
def mirror_by_seed(picture, kind):
    seed = tf.cast(generator.make_seeds(1)[:, 0], "int32")
    return tf.image.stateless_random_flip_left_right(picture, seed), kind
clothes_train = clothes_ds.map(scale).cache().map(mirror_by_seed).batch(8)
""",
    "Python at work for each picture": SCALE_AND_FLIP + """
rng = np.random.default_rng(0)
def perhaps(picture):
    return picture[:, ::-1] if rng.random() < 0.5 else picture
def mirror_in_python(picture, kind):
    return tf.ensure_shape(tf.numpy_function(perhaps, [picture], "float32"), (28, 28, 1)), kind
clothes_train = clothes_ds.map(scale).cache().map(mirror_in_python).batch(8)
""",
}  # fmt: skip

NOT_PICTURES = {
    "images left 0–255": [
        SCALE_AND_FLIP + "clothes_train = clothes_ds.cache().batch(8).map(mirror)",
        SCALE_AND_FLIP + """
def cast(picture, kind):
    return tf.cast(picture, "float32"), kind
clothes_train = clothes_ds.map(cast).cache().batch(8).map(mirror)
""",
        SCALE_AND_FLIP + "clothes_ds.map(scale)\nclothes_train = clothes_ds.batch(8)",
    ],
    "whole numbers after scaling": [
        SCALE_AND_FLIP + """
def floor(picture, kind):
    return picture // 255, kind
clothes_train = clothes_ds.map(floor).cache().batch(8).map(mirror)
""",
        SCALE_AND_FLIP + """
def back(picture, kind):
    return tf.cast(picture / 255, "uint8"), kind
clothes_train = clothes_ds.map(back).cache().batch(8)
""",
    ],
    "scaled twice": SCALE_AND_FLIP + "clothes_train = clothes_ds.map(scale).map(scale).cache().batch(8).map(mirror)",
    "upside down too": [
        SCALE_AND_FLIP.replace('"horizontal"', "") + "clothes_train = clothes_ds.map(scale).cache().batch(8).map(mirror)",
        SCALE_AND_FLIP.replace("horizontal", "vertical") + "clothes_train = clothes_ds.map(scale).cache().batch(8).map(mirror)",
    ],
    "no random change": [
        SCALE_AND_FLIP + "clothes_train = clothes_ds.map(scale).cache().batch(8)",
        SCALE_AND_FLIP + "clothes_train = clothes_ds.map(scale).cache().batch(8).map(lambda x, y: (flip(x, training=False), y))",
    ],
    "always mirrored": SCALE_AND_FLIP
    + "clothes_train = clothes_ds.map(scale).cache().map(lambda x, y: (tf.image.flip_left_right(x), y)).batch(8)",
    "cache after random augmentation": [
        SCALE_AND_FLIP + "clothes_train = clothes_ds.map(scale).batch(8).map(mirror).cache()",
        SCALE_AND_FLIP + "clothes_train = clothes_ds.map(scale).map(mirror).cache().batch(8)",
        SCALE_AND_FLIP + "clothes_train = clothes_ds.batch(8).map(mirror).cache().map(scale)",
        SCALE_AND_FLIP + "clothes_train = clothes_ds.map(scale).cache().batch(8).map(mirror).cache()",
        SCALE_AND_FLIP
        + "clothes_train = clothes_ds.map(scale).map(lambda x, y: (tf.image.random_flip_left_right(x), y)).cache().batch(8)",
    ],
    "the same chance in each pass": SCALE_AND_FLIP
    + "clothes_train = clothes_ds.map(scale).cache().map(lambda x, y: (tf.image.random_flip_left_right(x), y)).batch(8)",
    "the choice made once": [
        SCALE_AND_FLIP + """
some = flip(clothes.astype("float32") / 255)
clothes_train = tf.data.Dataset.from_tensor_slices((some, kinds)).cache().batch(8)
""",
        SCALE_AND_FLIP + """
rng = np.random.default_rng(0)
def choose(pictures, kinds):
    coins = rng.random(8) < 0.5
    return tf.where(coins[:, None, None, None], pictures[:, :, ::-1], pictures), kinds
clothes_train = clothes_ds.map(scale).cache().batch(8).map(choose)
""",
    ],
    "no cache": [
        SCALE_AND_FLIP + "clothes_train = clothes_ds.map(scale).batch(8).map(mirror)",
        SCALE_AND_FLIP + """
signature = (tf.TensorSpec((28, 28, 1), tf.uint8), tf.TensorSpec((), tf.int64))
pairs = tf.data.Dataset.from_generator(lambda: zip(clothes, kinds), output_signature=signature)
clothes_train = pairs.map(scale).batch(8).map(mirror)
""",
        SCALE_AND_FLIP + "scaled_ds = clothes_ds.map(scale)\nscaled_ds.cache()\nclothes_train = scaled_ds.batch(8).map(mirror)",
    ],
    "cache before the scaling": [
        SCALE_AND_FLIP + "clothes_train = clothes_ds.cache().map(scale).batch(8).map(mirror)",
        SCALE_AND_FLIP + "clothes_train = clothes_ds.batch(8).cache().map(mirror).map(scale)",
    ],
    STOPPED: SCALE_AND_FLIP + """
def broken(picture):
    raise ValueError("no such picture")
def mirror_in_python(picture, kind):
    return tf.numpy_function(broken, [picture], "float32"), kind
clothes_train = clothes_ds.map(mirror_in_python).batch(8)
""",
    NOT_EXPECTED: [
        SCALE_AND_FLIP + "clothes_train = clothes_ds.map(scale).cache().map(mirror)",
        SCALE_AND_FLIP + """
def no_chance(picture):
    return picture[:, ::-1] if picture.sum() % 2 < 1 else picture
def mirror_in_python(picture, kind):
    return tf.ensure_shape(tf.numpy_function(no_chance, [picture], "float32"), (28, 28, 1)), kind
clothes_train = clothes_ds.map(scale).cache().map(mirror_in_python).batch(8)
""",
        SCALE_AND_FLIP + "clothes_train = clothes_ds.map(scale).cache().batch(12).map(mirror)",
        SCALE_AND_FLIP + """
inner = clothes_ds.map(scale).batch(8).map(mirror).cache()
signature = (tf.TensorSpec((None, 28, 28, 1)), tf.TensorSpec((None,), tf.int64))
clothes_train = tf.data.Dataset.from_generator(lambda: iter(inner), output_signature=signature)
""",
        SCALE_AND_FLIP + "clothes_train = clothes_ds.map(scale).cache().batch(8).map(lambda x, y: flip(x))",
        SCALE_AND_FLIP + "clothes_train = clothes_ds.map(scale).cache().batch(8).map(mirror).repeat()",
        SCALE_AND_FLIP + "clothes_train = clothes_ds.map(scale).cache().batch(8).map(mirror).repeat(2)",
        SCALE_AND_FLIP + "clothes_train = clothes_ds.map(scale).cache().batch(8).map(mirror).map(lambda x, y: (y, x))",
        SCALE_AND_FLIP
        + "clothes_train = clothes_ds.map(scale).cache().batch(8).map(lambda x, y: (tf.cast(flip(x), 'float64'), y))",
        SCALE_AND_FLIP + "clothes_train = clothes_ds.take(16).map(scale).cache().batch(8).map(mirror)",
        SCALE_AND_FLIP + """
def to_both_sides(picture, kind):
    return tf.cast(picture, "float32") / 127.5 - 1, kind
clothes_train = clothes_ds.map(to_both_sides).cache().batch(8).map(mirror)
""",
        SCALE_AND_FLIP + """
turn = keras.layers.RandomRotation(0.2)
clothes_train = clothes_ds.map(scale).cache().batch(8).map(lambda x, y: (turn(x), y))
""",
        SCALE_AND_FLIP + """
clothes_train = tf.data.Dataset.from_tensor_slices((clothes, keras.utils.to_categorical(kinds)))
clothes_train = clothes_train.map(scale).cache().batch(8).map(mirror)
""",
        SCALE_AND_FLIP + """
clothes_train = tf.data.Dataset.from_tensor_slices((clothes, kinds[::-1]))
clothes_train = clothes_train.map(scale).cache().batch(8).map(mirror)
""",
    ],
}  # fmt: skip

SCORED = {
    "the array itself, in file order": "true_species, guessed_species = species_numbers, guess_species(penguin_features)",
    "a list of numbers": """
true_species, guessed_species = [], []
for measurements, species in mixed_test:
    true_species.extend(species.numpy().tolist())
    guessed_species.extend(guess_species(measurements).tolist())
""",
    "one order for both readings": """
still_test = tf.data.Dataset.from_tensor_slices((penguin_features, species_numbers)).batch(100)
true_species = tf.concat([species for _, species in still_test], axis=0)
guessed_species = np.concatenate([guess_species(measurements) for measurements, _ in still_test])
""",
    "all of it in one reading": """
measurements, true_species = next(iter(mixed_test.unbatch().batch(342)))
guessed_species = guess_species(measurements).astype("float32")
""",
    "read once, then kept": """
kept = list(mixed_test.unbatch())
true_species = [species for _, species in kept]
guessed_species = [int(guess_species(measurements[np.newaxis])[0]) for measurements, _ in kept]
""",
    "remembered by a cache": """
kept = mixed_test.cache()
true_species = np.concatenate([species for _, species in kept])
guessed_species = np.concatenate([guess_species(measurements) for measurements, _ in kept])
""",
}

NOT_SCORED = {
    "a list of batches": [
        READ_ONCE + "true_species, guessed_species = labels, guesses",
        READ_ONCE + "true_species, guessed_species = np.concatenate(labels), guesses",
    ],
    "one batch only": [
        "measurements, true_species = next(iter(mixed_test))\nguessed_species = guess_species(measurements)",
        "for measurements, true_species in mixed_test:\n    guessed_species = guess_species(measurements)",
        READ_ONCE + "true_species, guessed_species = np.concatenate(labels), guesses[-1]",
    ],
    "labels twice": READ_ONCE + "true_species = np.concatenate(labels)\nguessed_species = np.concatenate(labels)",
    "guesses twice": READ_ONCE + "true_species = guessed_species = np.concatenate(guesses)",
    "sorted each by itself": [
        READ_ONCE + "true_species, guessed_species = np.sort(np.concatenate(labels)), np.sort(np.concatenate(guesses))",
        READ_ONCE + "true_species = np.sort(np.concatenate(labels))[::-1]\n"
        "guessed_species = np.sort(np.concatenate(guesses))[::-1]",
    ],
    "one turned or moved along": [
        READ_ONCE + "true_species, guessed_species = np.concatenate(labels), np.concatenate(guesses)[::-1]",
        READ_ONCE + "true_species, guessed_species = np.concatenate(labels), np.roll(np.concatenate(guesses), 1)",
        "true_species, guessed_species = species_numbers, guess_species(penguin_features)[::-1]",
    ],
    "guesses handed in as labels": READ_ONCE + "true_species, guessed_species = np.concatenate(guesses), np.concatenate(labels)",
    "file order against shuffled order": [
        "true_species = species_numbers\n"
        "guessed_species = np.concatenate([guess_species(measurements) for measurements, _ in mixed_test])",
        "true_species = np.concatenate([species for _, species in mixed_test])\n"
        "guessed_species = guess_species(penguin_features)",
        READ_ONCE + "true_species, guessed_species = np.sort(np.concatenate(labels)), np.concatenate(guesses)",
    ],
    "test set shuffled between predictions and labels": [
        """
true_species = np.concatenate([species for measurements, species in mixed_test])
guessed_species = np.concatenate([guess_species(measurements) for measurements, species in mixed_test])
""",
        """
one_test = tf.data.Dataset.from_tensor_slices((penguin_features, species_numbers)).batch(32).shuffle(11)
true_species = np.concatenate([species for measurements, species in one_test])
guessed_species = np.concatenate([guess_species(measurements) for measurements, species in one_test])
""",
        READ_ONCE + "true_species, guessed_species = np.concatenate(labels), np.concatenate(guesses[::-1])",
    ],
    NOT_EXPECTED: [
        READ_ONCE + "true_species, guessed_species = np.concatenate(labels), np.concatenate(guesses)[:-1]",
        READ_ONCE + "true_species, guessed_species = np.concatenate(labels)[:, np.newaxis], np.concatenate(guesses)",
        READ_ONCE + "true_species, guessed_species = np.concatenate(labels), np.concatenate(labels) == np.concatenate(guesses)",
        READ_ONCE + "true_species, guessed_species = np.stack(labels[:-1]), np.stack(guesses[:-1])",
        READ_ONCE + "true_species, guessed_species = np.concatenate(labels), np.mean(guesses[0] == labels[0])",
        "true_species, guessed_species = species_numbers, np.zeros(342)",
        "true_species, guessed_species = penguin_species, guess_species(penguin_features)",
        "true_species, guessed_species = mixed_test, guess_species(penguin_features)",
    ],
}  # fmt: skip

ANSWERS = {
    "split_the_penguins": Answers(
        starter=ORDER + "penguin_val_rows = ...\npenguin_train_rows = ...", right=SPLIT, wrong=NOT_SPLIT
    ),
    "batch_the_penguins": Answers(starter="penguins_train = ...", right=BATCHES, wrong=NOT_BATCHES),
    "normalize_the_penguins": Answers(
        starter="penguin_scaler = ...\nnew_scaled = ...", right=NORMALIZED, wrong=NOT_NORMALIZED, setup=TO_NEW_ISLAND
    ),
    "prepare_the_pictures": Answers(
        starter="clothes_train = ...", right=PICTURES, wrong=NOT_PICTURES, setup=CLOTHES
    ),
    "score_in_order": Answers(
        starter="true_species = ...\nguessed_species = ...", right=SCORED, wrong=NOT_SCORED, setup=MIXED_TEST
    ),
}
