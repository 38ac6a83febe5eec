"""Answers to the exercises of step 6."""

from companion import feedback
from exercises.answers import Answers

# Files go where this process keeps its journal: a folder that the tests give to each answer and clear away.
SETUP = """
import json
import os
import pickle
import tempfile
import warnings
from pathlib import Path

warnings.simplefilter("ignore")  # Keras warns while it saves: of NumPy's newer ways, and of the old .h5

import numpy as np
import tensorflow as tf
import keras
from companion import datasets
from companion.exercises import step6

columns = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
penguins = datasets.load_penguins()
measurements = np.stack([penguins[column] for column in columns], axis=1)
measurements = measurements[~np.isnan(measurements).any(axis=1)]
mean, spread = measurements.mean(axis=0), measurements.std(axis=0)
scaled = (measurements - mean) / spread

penguin_scorer = keras.Sequential([
    keras.Input(shape=(4,)),
    keras.layers.Dense(4, activation="relu"),
    keras.layers.Dense(3),
])
penguin_scorer.set_weights(step6.PENGUIN_WEIGHTS)
six_scores = penguin_scorer(scaled[[330, 30, 167, 171, 188, 237]]).numpy()
penguin_folder = Path(tempfile.mkdtemp(dir=os.environ["COMPANION_PROGRESS"]))
"""


def scores_of(returns: str) -> str:
    """A function of one row, of one line."""
    return f"def scores_of(row):\n    return {returns}"


# After rows of several shapes `predict` no longer says which shape it refuses.
USED = """
for rows in (scaled, scaled[:1], scaled[0], scaled[0][:, None]):
    try:
        penguin_scorer.predict(rows, verbose=0)
    except Exception:
        pass
"""


def species(probabilities: str, names: str = "[datasets.PENGUIN_SPECIES[i] for i in six_scores.argmax(axis=1)]") -> str:
    """Both answers of `from_scores_to_species`, where `softmax` is a right one by hand."""
    return f"""
def softmax(scores):
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
species_probabilities = {probabilities}
species_names = {names}
"""


def reader(*layers: str) -> str:
    """A Sequential model of these layers."""
    return f"raw_reader = keras.Sequential([keras.Input(shape=(4,)), {', '.join(layers)}])"


SCALING = "keras.layers.Normalization(mean=mean, variance=spread**2)"
TRAINED = "*penguin_scorer.layers"
SOFTMAX = "keras.layers.Softmax()"
NEW = """
def new(hidden="relu", last=None):
    return keras.Sequential([
        keras.Input(shape=(4,)), keras.layers.Dense(4, activation=hidden), keras.layers.Dense(3, activation=last),
    ])
"""
SAVED = """
saved_at = penguin_folder / "penguins.keras"
penguin_scorer.save(saved_at)
"""


def saved(*lines: str, loaded: str = "penguin_scorer") -> str:
    """A file at `saved_at`, and a right model beside it."""
    return "\n".join([NEW, *lines, f"from_file = {loaded}"])


REGISTER = '@keras.saving.register_keras_serializable(package="penguins")\n'
INIT = """
    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
"""
CALL = """
    def call(self, numbers):
        return numbers * self.factor
"""
CONFIG = """
    def get_config(self):
        return {**super().get_config(), "factor": self.factor}
"""


def times(init: str = INIT, call: str = CALL, config: str = CONFIG, register: str = REGISTER, after: str = "") -> str:
    """A class `Times`, with some of its parts changed."""
    return f"{register}class Times(keras.layers.Layer):\n{init}{call}{config}\n{after}"


ANSWERS = {
    "predict_one_penguin": Answers(
        starter=scores_of("..."),
        right={
            "predict on a slice of length one": scores_of("penguin_scorer.predict(row[np.newaxis], verbose=0)[0]"),
            "the batch axis left on": scores_of("penguin_scorer(np.expand_dims(row, 0))"),
            "predict_on_batch and reshape": scores_of("penguin_scorer.predict_on_batch(row.reshape(1, -1)).ravel()"),
            "TensorFlow throughout": scores_of("tf.squeeze(penguin_scorer(tf.convert_to_tensor(row)[tf.newaxis]))"),
            "a list of Python numbers": scores_of("penguin_scorer(np.array([row])).numpy()[0].tolist()"),
            "a lambda": "scores_of = lambda row: penguin_scorer(row[None])[0]",
            "by hand, layer by layer": """
def scores_of(row):
    first, last = penguin_scorer.layers
    return last(first(row[None]))
""",
            "a batch of two, the first taken": scores_of("penguin_scorer(np.stack([row, row]))[0]"),
        },
        wrong={
            "no batch axis": [
                scores_of("penguin_scorer(row)"),
                scores_of("penguin_scorer.predict(row, verbose=0)"),
                scores_of("penguin_scorer.predict_on_batch(row)[0]"),
                scores_of("penguin_scorer(tf.constant(row))"),
                USED + scores_of("penguin_scorer.predict(row, verbose=0)"),
                USED + scores_of("penguin_scorer.predict(row, verbose=0)[0]"),
            ],
            "a list around the row": [
                scores_of("penguin_scorer([row])"),
                scores_of("penguin_scorer.predict([row], verbose=0)"),
                USED + scores_of("penguin_scorer.predict([row], verbose=0)"),
            ],
            "batch axis at the end": [
                scores_of("penguin_scorer(row[:, np.newaxis])"),
                scores_of("penguin_scorer.predict(row.reshape(-1, 1), verbose=0)"),
                USED + scores_of("penguin_scorer.predict(row.reshape(-1, 1), verbose=0)"),
            ],
            "nothing returned": [
                "def scores_of(row):\n    penguin_scorer(row[None])",
                "def scores_of(row):\n    print(penguin_scorer(row[None]).shape)",
            ],
            "scaled twice": scores_of("penguin_scorer(((row - mean) / spread)[None])[0]"),
            "a part of the row": [
                scores_of("penguin_scorer(row[:1])"),
                scores_of("penguin_scorer.predict(row[:1], verbose=0)"),
                scores_of("penguin_scorer(row[0])"),
            ],
            "argmax along the batch": scores_of("penguin_scorer.predict(row[None], verbose=0).argmax(axis=0)"),
            "label instead of scores": [
                scores_of("penguin_scorer(row[None]).numpy().argmax(axis=1)"),
                scores_of("int(np.argmax(penguin_scorer(row[None])))"),
            ],
            "largest value only": [
                scores_of("penguin_scorer(row[None]).numpy().max()"),
                scores_of("np.max(keras.ops.softmax(penguin_scorer(row[None])))"),
            ],
            "one index too many": scores_of("penguin_scorer(row[None])[0][0]"),
            "rounded scores": [
                scores_of("penguin_scorer(row[None])[0].numpy().round(2)"),
                scores_of("[round(float(score), 1) for score in penguin_scorer(row[None])[0]]"),
                scores_of("penguin_scorer.predict(row[None], verbose=0).round()"),
            ],
            "another shape": [
                scores_of("penguin_scorer(row[None]).numpy().reshape(3, 1)"),
                scores_of("penguin_scorer(np.stack([row, row, row]))"),
            ],
            "probabilities instead of scores": [
                scores_of("keras.ops.softmax(penguin_scorer(row[None]))[0]"),
                scores_of("tf.nn.softmax(penguin_scorer(row[None])[0])"),
            ],
            "same answer for every row": [
                scores_of("penguin_scorer(scaled)"),
                scores_of("penguin_scorer(scaled[:1])[0]"),
            ],
            feedback.NOT_EXPECTED: [
                "scores_of = penguin_scorer.predict(scaled[:1], verbose=0)",
                scores_of("penguin_scorer"),
                scores_of("penguin_scorer(row[None, ::-1])[0]"),
                scores_of("'Gentoo'"),
                scores_of("penguin_scorer.layers[0](row[None])[0]"),
                scores_of("np.argmax(penguin_scorer(row[None])) + 1"),
            ],
            feedback.STOPPED: [
                scores_of("penguin_scorer(rows[None])"),
                scores_of("penguin_scorer(row[None, None])"),
                USED + scores_of("penguin_scorer.predict(row[None, None], verbose=0)"),
                "def scores_of():\n    return penguin_scorer(scaled[:1])",
            ],
        },
    ),
    "from_scores_to_species": Answers(
        starter="species_probabilities = ...\nspecies_names = ...",
        right={
            "by hand": species("softmax(six_scores)"),
            "TensorFlow, names looked up by NumPy": species(
                "tf.nn.softmax(six_scores)", "np.array(datasets.PENGUIN_SPECIES)[tf.argmax(six_scores, axis=-1)]"
            ),
            "names as a tensor": species(
                "keras.activations.softmax(tf.constant(six_scores))",
                "tf.gather(datasets.PENGUIN_SPECIES, tf.argmax(species_probabilities, axis=1))",
            ),
            "a layer, and a tuple of names": species(
                "keras.layers.Softmax()(six_scores)",
                "tuple(datasets.PENGUIN_SPECIES[int(np.argmax(row))] for row in species_probabilities)",
            ),
            "lists of tensors": species(
                "list(keras.ops.softmax(six_scores))",
                "[tf.constant(datasets.PENGUIN_SPECIES[i]) for i in six_scores.argmax(axis=1)]",
            ),
            "one name at a time": species("np.array([softmax(row[None])[0] for row in six_scores])", "[]") + """
for row in species_probabilities:
    species_names.append(np.str_(datasets.PENGUIN_SPECIES[np.argmax(row)]))
""",
            "lists of Python numbers": species("softmax(six_scores.astype('float64')).tolist()"),
            "names as a column": species(
                "softmax(six_scores)", "np.array(datasets.PENGUIN_SPECIES)[six_scores.argmax(axis=1, keepdims=True)]"
            ),
            "rounded to four digits": species("softmax(six_scores).round(4)"),
        },
        wrong={
            "scores taken for probabilities": species("six_scores"),
            "softmax twice": species("softmax(softmax(six_scores))"),
            "softmax down the columns": species("keras.ops.softmax(six_scores, axis=0)"),
            "softmax over the whole table": species("np.exp(six_scores) / np.exp(six_scores).sum()"),
            "sigmoid instead of softmax": species("keras.ops.sigmoid(six_scores)"),
            "exponential without the division": species("np.exp(six_scores)"),
            "division without the exponential": species("six_scores / six_scores.sum(axis=1, keepdims=True)"),
            "logarithms of probabilities": species("keras.ops.log_softmax(six_scores)"),
            "percent": species("100 * softmax(six_scores)"),
            "one-hot rows": [
                species("np.round(softmax(six_scores))"),
                species("np.eye(3)[six_scores.argmax(axis=1)]"),
            ],
            "rounded": [species("softmax(six_scores).round(2)"), species("softmax(six_scores).round(1)")],
            "only the largest probability": [
                species("softmax(six_scores).max(axis=1)"),
                species("np.max(softmax(six_scores), axis=1, keepdims=True)"),
            ],
            "labels instead of probabilities": species("six_scores.argmax(axis=1)"),
            "transposed": species("softmax(six_scores).T"),
            "number instead of a name": [
                species("softmax(six_scores)", "six_scores.argmax(axis=1)"),
                species("softmax(six_scores)", "[str(place) for place in six_scores.argmax(axis=1)]"),
            ],
            "argmax on the wrong axis": [
                species("softmax(six_scores)", "six_scores.argmax(axis=0)"),
                species("softmax(six_scores)", "[datasets.PENGUIN_SPECIES[i] for i in six_scores.argmax(axis=0)]"),
            ],
            "one answer for all": [
                species("softmax(six_scores)", "None") + """
for row in species_probabilities:
    species_names = datasets.PENGUIN_SPECIES[row.argmax()]
""",
                species("softmax(six_scores)", "['Chinstrap']"),
                species("softmax(six_scores)", "six_scores.argmax()"),
                species("softmax(six_scores)", "datasets.PENGUIN_SPECIES[np.argmax(six_scores)]"),
            ],
            "label from the probability's value": [
                species("softmax(six_scores)", "[datasets.PENGUIN_SPECIES[round(p.max())] for p in species_probabilities]"),
                species("softmax(six_scores)", "species_probabilities.max(axis=1)"),
            ],
            "the first name for all": [
                species("softmax(six_scores)", "[datasets.PENGUIN_SPECIES[int(p.max())] for p in species_probabilities]"),
                species("softmax(six_scores)", "[datasets.PENGUIN_SPECIES[s[None].argmax(axis=0)[0]] for s in six_scores]"),
            ],
            "least likely species": [
                species("softmax(six_scores)", "[datasets.PENGUIN_SPECIES[i] for i in six_scores.argmin(axis=1)]"),
                species("softmax(six_scores)", "[datasets.PENGUIN_SPECIES[i] for i in six_scores.argsort(axis=1)[:, 0]]"),
            ],
            "names from the data": species(
                "softmax(six_scores)", "penguins['species'][~np.isnan(penguins['body_mass_g'])][list(step6.SIX)]"
            ),
            "names in another order": [
                species("softmax(six_scores)", "[['Adelie', 'Gentoo', 'Chinstrap'][i] for i in six_scores.argmax(axis=1)]"),
                species("softmax(six_scores)", "[datasets.PENGUIN_SPECIES[i - 1] for i in six_scores.argmax(axis=1)]"),
            ],
            feedback.NOT_EXPECTED: [
                "species_probabilities = keras.ops.softmax(six_scores)\nspecies_names = ...",
                "species_probabilities = ...\nspecies_names = ['Adelie'] * 6",
                species("keras.ops.softmax(six_scores / 2)"),
                species("softmax(six_scores[:1])"),
                species("keras.ops.softmax"),
                species("softmax(six_scores)", "['gentoo', 'adelie', 'chinstrap', 'adelie', 'gentoo', 'gentoo']"),
                species("softmax(six_scores)", "['Gentoo', 'Adelie', 'Adelie', 'Adelie', 'Gentoo', 'Gentoo']"),
            ],
        },
    ),
    "predict_from_raw": Answers(
        starter="raw_reader = ...",
        right={
            "an adapted layer": """
scaling = keras.layers.Normalization()
scaling.adapt(measurements)
raw_reader = keras.Sequential([keras.Input(shape=(4,)), scaling, penguin_scorer, keras.layers.Softmax()])
""",
            "Functional": f"""
raw = keras.Input(shape=(4,), name="raw")
scores = penguin_scorer({SCALING}(raw))
raw_reader = keras.Model(raw, keras.layers.Activation("softmax")(scores))
""",
            "Rescaling": reader("keras.layers.Rescaling(1 / spread, offset=-mean / spread)", TRAINED, SOFTMAX),
            "a subclass": """
class Reader(keras.Model):
    def call(self, rows):
        return keras.ops.softmax(penguin_scorer((rows - mean) / spread))
raw_reader = Reader()
""",
            "a Lambda layer": reader("keras.layers.Lambda(lambda rows: (rows - mean) / spread)", "penguin_scorer", SOFTMAX),
            "without Input, compiled": f"""
raw_reader = keras.Sequential([{SCALING}, {TRAINED}, {SOFTMAX}])
raw_reader.compile(loss="sparse_categorical_crossentropy")
""",
            "the scaling folded into new weights": f"""
kernel, bias, *last = penguin_scorer.get_weights()
folded = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(3)])
folded.set_weights([kernel / spread[:, None], bias - (mean / spread) @ kernel, *last])
raw_reader = keras.Sequential([keras.Input(shape=(4,)), folded, {SOFTMAX}])
""",
            "a copy with its weights": NEW + f"""
copy = new(last="softmax")
copy.set_weights(penguin_scorer.get_weights())
raw_reader = keras.Sequential([keras.Input(shape=(4,)), {SCALING}, copy])
""",
        },
        wrong={
            "no preprocessing": [
                reader(TRAINED, SOFTMAX),
                "raw_reader = penguin_scorer",
                reader("penguin_scorer", "keras.layers.Activation('sigmoid')"),
            ],
            "batch normalization in its place": reader("keras.layers.BatchNormalization()", TRAINED, SOFTMAX),
            "a function instead of a model": [
                "raw_reader = penguin_scorer.predict",
                "def raw_reader(rows):\n    return keras.ops.softmax(penguin_scorer((rows - mean) / spread))",
                "raw_reader = lambda rows: penguin_scorer((rows - mean) / spread)",
            ],
            "answers instead of a model": [
                "raw_reader = keras.ops.softmax(penguin_scorer((measurements - mean) / spread))",
                "raw_reader = penguin_scorer.predict(scaled, verbose=0)",
                "raw_reader = (measurements - mean) / spread",
            ],
            "mean added": [
                reader("keras.layers.Rescaling(1 / spread, offset=mean / spread)", TRAINED, SOFTMAX),
                reader("keras.layers.Rescaling(1 / spread, offset=mean)", "penguin_scorer", SOFTMAX),
                reader("keras.layers.Normalization(mean=-mean, variance=spread**2)", TRAINED),
            ],
            "spread left out": [
                reader("keras.layers.Rescaling(1.0, offset=-mean)", TRAINED, SOFTMAX),
                reader("keras.layers.Normalization(mean=mean, variance=np.ones(4))", TRAINED, SOFTMAX),
            ],
            "multiplied by the spread": reader("keras.layers.Rescaling(spread, offset=-mean)", TRAINED, SOFTMAX),
            "a trained layer is missing": [
                reader(SCALING, "*penguin_scorer.layers[:-1]", SOFTMAX),
                reader(SCALING, SOFTMAX),
                reader("keras.layers.Rescaling(1 / spread, offset=-mean / spread)"),
            ],
            "one more layer with weights": [
                reader(SCALING, TRAINED, "keras.layers.Dense(3, activation='softmax')"),
                reader(SCALING, "penguin_scorer", "keras.layers.Dense(3, activation='softmax')"),
                reader(SCALING, TRAINED, SOFTMAX, "keras.layers.Dense(3)"),
                reader(SCALING, TRAINED, "keras.layers.Dense(3)", SOFTMAX),
            ],
            "a Normalization layer that changes nothing": [
                reader("keras.layers.Normalization()", TRAINED, SOFTMAX),
                "scaling = keras.layers.Normalization()\nscaling.adapt(scaled)\n" + reader("scaling", TRAINED, SOFTMAX),
                reader("keras.Sequential([keras.layers.Normalization(mean=0.0, variance=1.0)])", TRAINED),
            ],
            "preprocessing twice": [
                reader(SCALING, SCALING, TRAINED, SOFTMAX),
                reader("keras.layers.Rescaling(1 / spread, -mean / spread)", SCALING, "penguin_scorer"),
            ],
            "spread in place of the variance": reader(
                "keras.layers.Normalization(mean=mean, variance=spread)", TRAINED, SOFTMAX
            ),
            "mean left out": reader("keras.layers.Rescaling(1 / spread)", TRAINED, SOFTMAX),
            "mean subtracted unscaled": reader("keras.layers.Rescaling(1 / spread, offset=-mean)", TRAINED, SOFTMAX),
            "scaling inverted": [
                reader("keras.layers.Normalization(mean=mean, variance=spread**2, invert=True)", TRAINED, SOFTMAX),
                reader("keras.layers.Rescaling(spread, offset=mean)", "penguin_scorer"),
            ],
            "one mean for all columns": [
                """
scaling = keras.layers.Normalization(axis=None)
scaling.adapt(measurements)
""" + reader("scaling", TRAINED, SOFTMAX),
                reader("keras.layers.Rescaling(1 / measurements.std(), -measurements.mean() / measurements.std())", TRAINED),
            ],
            "the pixels' scaling": [
                reader("keras.layers.Rescaling(1 / 255)", TRAINED, SOFTMAX),
                reader("keras.layers.Rescaling(1 / 255)", TRAINED),
            ],
            "layers without their weights": [
                reader(SCALING, "keras.layers.Dense(4, activation='relu')", "keras.layers.Dense(3, activation='softmax')"),
                reader(SCALING, "keras.models.clone_model(penguin_scorer)", SOFTMAX),
                reader(SCALING, "penguin_scorer.layers[0]", "keras.layers.Dense(3, activation='softmax')"),
            ],
            "scores come out": [reader(SCALING, TRAINED), reader(SCALING, "penguin_scorer")],
            "softmax twice inside": reader(SCALING, TRAINED, SOFTMAX, SOFTMAX),
            "softmax along the batch": reader(SCALING, TRAINED, "keras.layers.Softmax(axis=0)"),
            "sigmoid at the end": reader(SCALING, TRAINED, "keras.layers.Activation('sigmoid')"),
            "labels come out": reader(
                SCALING, TRAINED, SOFTMAX, "keras.layers.Lambda(lambda p: keras.ops.argmax(p, axis=-1), output_shape=())"
            ),
            feedback.NOT_EXPECTED: [
                "raw_reader = keras.Sequential",
                f"raw_reader = {SOFTMAX}(penguin_scorer({SCALING}(keras.Input(shape=(4,)))))",
                reader(SCALING, "penguin_scorer.layers[0]", SOFTMAX, "penguin_scorer.layers[1]"),
                reader(SCALING, TRAINED, "keras.layers.Rescaling(100)"),
                reader("keras.layers.LayerNormalization()", TRAINED, SOFTMAX),
                reader(SCALING, TRAINED, SOFTMAX, "keras.layers.Reshape((3, 1))"),
                """
class Doubled(keras.Model):
    def call(self, rows):
        return keras.ops.softmax(penguin_scorer(2 * rows))
raw_reader = Doubled()
""",
                reader(TRAINED, "keras.layers.Lambda(lambda scores: keras.ops.mean(scores), output_shape=())"),
            ],
            feedback.STOPPED: [
                "raw_reader = keras.Sequential([keras.Input(shape=(3,)), keras.layers.Dense(3)])",
                "raw_reader = keras.Sequential([keras.Input(shape=(342, 4)), keras.layers.Flatten(), keras.layers.Dense(3)])",
            ],
        },
    ),
    "save_the_whole_model": Answers(
        starter="saved_at = ...\nfrom_file = ...",
        right={
            "a path as text, loaded by keras.models": """
saved_at = str(penguin_folder / "mine.keras")
keras.saving.save_model(penguin_scorer, saved_at)
from_file = keras.models.load_model(saved_at)
""",
            "compiled, with its optimizer": SAVED.replace("penguin_scorer.save", """
penguin_scorer.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
penguin_scorer.save""") + "from_file = keras.saving.load_model(saved_at)",
            "from another folder": """
import shutil
penguin_scorer.save(penguin_folder / "draft.keras")
saved_at = shutil.copy(penguin_folder / "draft.keras", penguin_folder / "final.keras")
from_file = keras.saving.load_model(saved_at, compile=False)
""",
            "the same computation as a Functional model": """
rows = keras.Input(shape=(4,))
saved_at = penguin_folder / "functional.keras"
keras.Model(rows, penguin_scorer(rows)).save(saved_at)
from_file = keras.models.load_model(saved_at)
""",
            "a path object of one's own": SAVED + """
class Place:
    def __fspath__(self):
        return str(penguin_folder / "penguins.keras")
saved_at = Place()
from_file = keras.saving.load_model(penguin_folder / "penguins.keras")
""",
            "loaded into a copy": SAVED + """
from_file = keras.models.clone_model(penguin_scorer)
from_file.set_weights(keras.saving.load_model(saved_at).get_weights())
""",
        },
        wrong={
            "what save returns": 'saved_at = penguin_scorer.save(penguin_folder / "penguins.keras")\nfrom_file = ...',
            "the model instead of its path": SAVED + "saved_at = penguin_scorer\nfrom_file = penguin_scorer",
            "no file there": [
                saved('saved_at = penguin_folder / "penguins.keras"'),
                saved('saved_at = "never_saved.keras"'),
                SAVED + "saved_at = saved_at.name\nfrom_file = penguin_scorer",
            ],
            "a SavedModel folder": saved(
                'saved_at = penguin_folder / "penguins"',
                "saved_at.mkdir()",
                '(saved_at / "saved_model.pb").write_bytes(b"as export writes it")',
            ),
            "the folder instead of the file": SAVED + "saved_at = penguin_folder\nfrom_file = ...",
            "only the weights": [
                saved('saved_at = penguin_folder / "penguins.weights.h5"', "penguin_scorer.save_weights(saved_at)"),
                saved(
                    'penguin_scorer.save_weights(penguin_folder / "penguins.weights.h5")',
                    'saved_at = (penguin_folder / "penguins.weights.h5").rename(penguin_folder / "penguins.keras")',
                ),
            ],
            "only the architecture": [
                saved('saved_at = penguin_folder / "penguins.json"', "saved_at.write_text(penguin_scorer.to_json())"),
                saved(
                    'saved_at = penguin_folder / "penguins.keras"',
                    "saved_at.write_text(json.dumps(penguin_scorer.get_config()))",
                ),
            ],
            "arrays without a model": [
                saved('saved_at = penguin_folder / "p.npz"', "np.savez(saved_at, *penguin_scorer.get_weights())"),
                saved('saved_at = penguin_folder / "p.npy"', "np.save(saved_at, penguin_scorer.get_weights()[0])"),
            ],
            "a pickle": saved(
                'saved_at = penguin_folder / "penguins.pkl"',
                "saved_at.write_bytes(pickle.dumps(penguin_scorer.get_weights()))",
            ),
            "the old format": saved('saved_at = penguin_folder / "penguins.h5"', "penguin_scorer.save(saved_at)"),
            "code in the file": saved(
                'saved_at = penguin_folder / "penguins.keras"',
                "keras.Sequential([keras.Input(shape=(4,)), keras.layers.Lambda(lambda x: x), penguin_scorer]).save(saved_at)",
            ),
            "saved without its training": [
                saved('saved_at = penguin_folder / "p.keras"', "keras.models.clone_model(penguin_scorer).save(saved_at)"),
                saved('saved_at = penguin_folder / "p.keras"', "new().save(saved_at)"),
            ],
            "another architecture in the file": [
                saved(
                    'saved_at = penguin_folder / "p.keras"',
                    "keras.Sequential([keras.Input(shape=(4,)), penguin_scorer, keras.layers.Softmax()]).save(saved_at)",
                ),
                saved(
                    'saved_at = penguin_folder / "p.keras"',
                    'other = new("tanh"); other.set_weights(penguin_scorer.get_weights()); other.save(saved_at)',
                ),
            ],
            "a path without its folder": SAVED + """
saved_at = os.path.relpath(saved_at)
from_file = keras.saving.load_model(saved_at)
""",
            "what save and load_weights return": [
                'saved_at = penguin_folder / "p.keras"\nfrom_file = penguin_scorer.save(saved_at)',
                SAVED + """
penguin_scorer.save_weights(penguin_folder / "p.weights.h5")
from_file = penguin_scorer.load_weights(penguin_folder / "p.weights.h5")
""",
            ],
            "a path is no model": SAVED + "from_file = saved_at",
            "weights in another architecture": SAVED + NEW + """
penguin_scorer.save_weights(penguin_folder / "p.weights.h5")
from_file = new("tanh")
from_file.load_weights(penguin_folder / "p.weights.h5")
""",
            "architecture without the weights": [
                SAVED + "from_file = keras.models.model_from_json(penguin_scorer.to_json())",
                SAVED + "from_file = keras.Sequential.from_config(penguin_scorer.get_config())",
                SAVED + """
from_file = keras.saving.load_model(saved_at)
from_file.set_weights([1.01 * weights for weights in from_file.get_weights()])
""",
            ],
            feedback.NOT_EXPECTED: [
                SAVED + "from_file = ...",
                "saved_at = ...\nfrom_file = penguin_scorer",
                SAVED + "from_file = penguin_scorer(scaled[:1])",
                saved('saved_at = penguin_folder / "p.keras"', 'saved_at.write_text("penguin_scorer")'),
                saved('saved_at = penguin_folder / "p.keras"', 'saved_at.write_bytes(b"PK but no archive")'),
                saved('saved_at = penguin_folder / "p.json"', 'saved_at.write_text(json.dumps({"bias": [0, 1, 2]}))'),
                saved(
                    'saved_at = penguin_folder / "p"',
                    "keras.saving.save_model(penguin_scorer, saved_at, zipped=False)",
                ),
                saved(
                    'saved_at = penguin_folder / "p.keras"',
                    "keras.Sequential([keras.Input(shape=(28, 28)), keras.layers.Flatten()]).save(saved_at)",
                ),
                SAVED + "from_file = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(3)])",
            ],
            feedback.STOPPED: saved(
                'saved_at = penguin_folder / "p.keras"',
                "class Mine(keras.layers.Layer):\n    def call(self, x):\n        return x",
                "keras.Sequential([keras.Input(shape=(4,)), Mine(), penguin_scorer]).save(saved_at)",
            ),
        },
    ),
    "register_the_layer": Answers(
        starter="Times = ...",
        right={
            "the settings written by Keras itself": times(config=""),
            "registered under a bare name": times(register="", after="keras.saving.get_custom_objects()['Times'] = Times"),
            "registered after the class, with a default": times(
                init=INIT.replace("factor,", "factor=10,"),
                register="",
                after="keras.saving.register_keras_serializable('mine', name='T')(Times)",
            ),
            "registered without a package, Python numbers": times(
                init=INIT.replace("= factor", "= float(factor)"),
                register="@keras.utils.register_keras_serializable()\n",
            ),
            "a built-in layer's child": f"{REGISTER}class Times(keras.layers.Rescaling):\n    pass",
            "no further arguments, none written": times(
                init=INIT.replace(", **kwargs", "").replace("**kwargs", ""),
                config="\n    def get_config(self):\n        return {'factor': self.factor}\n",
            ),
            "a tensor inside, Keras operations": times(
                init=INIT + "        self.tensor = keras.ops.convert_to_tensor(factor, 'float32')\n",
                call=CALL.replace("numbers * self.factor", "keras.ops.multiply(numbers, self.tensor)"),
            ),
            "the factor as a weight": times(
                init=INIT + """
    def build(self, shape):
        self.by = self.add_weight(shape=(), initializer=keras.initializers.Constant(self.factor), trainable=False)
""",
                call=CALL.replace("self.factor", "self.by"),
            ),
            "with TensorFlow, and further arguments": times(
                call="""
    def call(self, inputs, training=None, mask=None):
        return tf.multiply(inputs, self.factor)
"""
            ),
            "call with defaults only": times(call=CALL.replace("numbers)", "numbers=None, training=None)")),
            "call takes all arguments": times(call="""
    def call(*given):
        return given[1] * given[0].factor
"""),
            "the factor as a weight only, with a default": times(
                init="""
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        start = keras.initializers.Constant(factor)
        self.factor = self.add_weight(shape=(), initializer=start, trainable=False)
""",
                config="\n    def get_config(self):\n        return super().get_config()\n",
            ),
            "made again by its own from_config": times(
                init=INIT.replace("factor,", "by,").replace("= factor", "= by"),
                config=CONFIG + """
    @classmethod
    def from_config(cls, config):
        return cls(config.pop("factor"), **config)
""",
            ),
        },
        wrong={
            "decorator without parentheses": times(register="@keras.saving.register_keras_serializable\n"),
            "a layer instead of its class": [times(after="Times = Times(10)"), "Times = keras.layers.Rescaling(10)"],
            "not a Keras layer": REGISTER + """
class Times:
    def __init__(self, factor):
        self.factor = factor
    def __call__(self, numbers):
        return numbers * self.factor
    def get_config(self):
        return {"factor": self.factor}
""",
            "no setting": [
                times(init="", call=CALL.replace("self.factor", "10"), config=""),
                times(init=INIT.replace("factor,", "*, factor,")),
            ],
            "parent not initialized": times(init="\n    def __init__(self, factor):\n        self.factor = factor\n"),
            "no call method": [times(call=""), times(call=CALL.replace("def call", "def forward"))],
            "self forgotten": [
                times(call=CALL.replace("self, ", "")),
                times(call=CALL.replace("self, numbers", "self")),
            ],
            "the setting is not kept": [
                times(init=INIT.replace("self.factor = factor", "factor = factor")),
                times(init=INIT.replace("self.factor", "self.by"), config=""),
                times(config=CONFIG.replace("self.factor", "self.by")),
            ],
            "the setting as an argument of call": times(
                call=CALL.replace("numbers)", "numbers, factor)").replace("self.factor", "factor")
            ),
            "the setting without self": [
                times(call=CALL.replace("self.factor", "factor")),
                times(init=INIT.replace("self.factor = factor", ""), call=CALL.replace("self.factor", "factor"), config=""),
                times(config=CONFIG.replace("self.factor", "factor")),
            ],
            "only with numbers at hand": [
                times(call=CALL.replace("numbers *", "numbers.numpy() *")),
                times(call=CALL.replace("numbers * self.factor", "np.multiply(numbers, self.factor)")),
                times(call=CALL.replace("numbers * self.factor", "keras.ops.stack([row * self.factor for row in numbers])")),
            ],
            "call returns nothing": times(call=CALL.replace("return ", "")),
            "the setting is not used": [
                times(call=CALL.replace("self.factor", "10")),
                times(call=CALL.replace("numbers * self.factor", "255 - numbers")),
                times(call="\n    @staticmethod\n    def call(numbers):\n        return numbers * 10\n"),
            ],
            "nothing is multiplied": times(call=CALL.replace(" * self.factor", "")),
            "not registered": [times(register=""), times(register="", after="custom_objects = {'Times': Times}")],
            "get_config returns nothing": times(config=CONFIG.replace("return ", "")),
            "a required setting is not written down": [
                times(config="\n    def get_config(self):\n        return super().get_config()\n"),
                times(config=CONFIG.replace('"factor"', '"by"')),
            ],
            "a setting under another name": [
                times(init=INIT.replace("factor,", "factor=10,"), config=CONFIG.replace('"factor"', '"white"')),
                times(
                    init=INIT.replace("factor, **kwargs", "factor=10").replace("**kwargs", ""),
                    config=CONFIG.replace('"factor"', '"white"'),
                ),
            ],
            "the parent's settings are refused": [
                times(init=INIT.replace(", **kwargs", "").replace("**kwargs", "")),
                times(init=INIT.replace(", **kwargs", "").replace("**kwargs", ""), config=""),
            ],
            "the setting is lost": times(
                init=INIT.replace("factor,", "factor=10,"),
                config="\n    def get_config(self):\n        return super().get_config()\n",
            ),
            feedback.NOT_EXPECTED: [
                times(call=CALL.replace("*", "+")),
                "def Times(factor):\n    return keras.layers.Rescaling(factor)",
                "Times = keras.layers.Rescaling",
            ],
            feedback.STOPPED: [
                times(call=CALL.replace("self.factor", "faktor")),
                times(call="\n    def call(self, numbers, training=None):\n        return tf.multiply(numbers)\n"),
                times(init=INIT.replace("__init__(**kwargs)", "__init__(factor, **kwargs)")),
                times(config=CONFIG + "\n    @classmethod\n    def from_config(cls, config):\n        return config\n"),
            ],
        },
    ),
}
