"""Answers to the exercises of step 3."""

from companion.feedback import NOT_EXPECTED, STOPPED
from exercises.answers import Answers

SETUP = """
from companion import datasets
import numpy as np
import keras
import tensorflow as tf

penguins = datasets.load_penguins()
names = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
known = penguins["sex"] != ""
measurements = np.stack([penguins[name] for name in names], axis=1)[known]
measurements_train = measurements[np.arange(len(measurements)) % 3 > 0]

rentals = datasets.load_bike_rentals()
columns = ["bikers", "temperature", "humidity", "wind_speed"]
hours = np.stack([rentals[name] for name in columns], axis=1)[:6000]
hours = (hours - hours.mean(axis=0)) / hours.std(axis=0)
views = np.lib.stride_tricks.sliding_window_view(hours, 24, axis=0)
windows = views[:-1].transpose(0, 2, 1)
next_bikers = hours[24:, 0]
"""


def _row(name: str, *layers: str, inputs: int | str = "(4,)") -> str:
    """A Sequential model of these layers, as source code; `L` stands for `keras.layers`."""
    rows = [f"keras.Input(shape={inputs})", *layers] if inputs else list(layers)
    return f"L = keras.layers\n{name} = keras.Sequential([{', '.join(rows)}])"


def _species(*layers: str, inputs: int | str = "(4,)") -> str:
    return _row("species_model", *layers, inputs=inputs)


def _window(*layers: str, inputs: int | str = "(24, 4)") -> str:
    return _row("window_model", *layers, inputs=inputs)


def _outputs(
    species: str = 'L.Dense(3, activation="softmax")',
    sex: str = 'L.Dense(1, activation="sigmoid")',
    rentals: str = "L.Dense(1)",
) -> str:
    return f"L = keras.layers\nspecies_output = {species}\nsex_output = {sex}\nrentals_output = {rentals}"


ADAPTED = "normalization = keras.layers.Normalization()\nnormalization.adapt(measurements_train)\n"
_FRONT = ("normalization", 'L.Dense(32, activation="relu")')
_SIGMOID = 'L.Dense(1, activation="sigmoid")'


def _careful(*layers: str, before: str = ADAPTED) -> str:
    return before + _row("careful_model", *layers)


ANSWERS = {
    "bend_the_model": Answers(
        starter="species_model = ...",
        right={
            "one wide hidden layer": _species('L.Dense(256, "tanh")', 'L.Dense(3, "softmax")'),
            "functional, with a function between the layers": """
inputs = keras.Input(shape=(4,))
x = keras.layers.Dense(16)(inputs)
x = keras.ops.relu(x)
species_model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
""",
            "activations as layers, and a name for each": _species(
                'L.Dense(8, name="a")', 'L.Activation("gelu")', 'L.Dense(8, name="b")', "L.LeakyReLU()", "L.Dense(3)", "L.Softmax()"
            ),
            "a class": """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5)
        self.out = keras.layers.Dense(3, activation="softmax")
        self.hidden = keras.layers.Dense(12, activation=tf.nn.elu)
    def call(self, x, training=False):
        return self.out(self.drop(self.hidden(x), training=training))
species_model = Net()
_ = species_model(np.zeros((1, 4), "float32"))
""",
            "a class whose call knows no training": """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = keras.layers.Dense(5, "relu"), keras.layers.Dense(3)
    def call(self, x):
        return tf.nn.softmax(self.out(self.hidden(x)))
species_model = Net()
_ = species_model(np.zeros((1, 4), "float32"))
""",
            "as narrow as can be": _species('L.Dense(1, "relu")', 'L.Dense(1, "relu")', 'L.Dense(3, "softmax")'),
            "deep, with sigmoids": _species(*['L.Dense(8, "sigmoid")'] * 5, 'L.Dense(3, "softmax")'),
            "wide and deep": _species(*['L.Dense(300, "relu")'] * 4, 'L.Dense(3, "softmax")'),
            "batch normalisation between sum and bend": _species(
                "L.Dense(16, use_bias=False)", "L.BatchNormalization()", "L.ReLU()", "L.Dropout(0.2)", 'L.Dense(3, "softmax")'
            ),
            "a model within the model": """
body = keras.Sequential([keras.layers.Dense(16, activation="silu"), keras.layers.Dense(8, activation="relu")])
species_model = keras.Sequential([keras.Input((4,)), body, keras.layers.Dense(3, activation="softmax")])
""",
            "a way around the bend": """
inputs = keras.Input(shape=(4,))
bent = keras.layers.Dense(16, activation="relu")(inputs)
both = keras.layers.Concatenate()([inputs, bent])
species_model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(both))
""",
            "a gentle bend": _species("L.Dense(16)", "L.LeakyReLU(0.8)", 'L.Dense(3, "softmax")'),
            "one bent neuron beside many straight ones": """
inputs = keras.Input(shape=(4,))
straight, bent = keras.layers.Dense(64)(inputs), keras.layers.Dense(1, activation="tanh")(inputs)
both = keras.layers.Concatenate()([straight, bent])
species_model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(both))
""",
            "narrow and deep": _species(*['L.Dense(1, "relu")'] * 8, 'L.Dense(3, "softmax")'),
            "a sum that goes two ways": """
inputs = keras.Input(shape=(4,))
x = keras.layers.Dense(8)(inputs)
x = x + keras.layers.Dense(8, activation="relu")(x)
species_model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
""",
            "a hidden layer that stays as it is": _species('L.Dense(16, "relu", trainable=False)', 'L.Dense(3, "softmax")'),
            "large numbers between the layers": _species(
                'L.Dense(64, activation="exponential")', "L.Dropout(0.8)", 'L.Dense(3, "softmax")'
            ),
            "all weights zero at the start": _species(
                'L.Dense(8, "relu", kernel_initializer="zeros")', 'L.Dense(3, "softmax", kernel_initializer="zeros")'
            ),
            "trained weights": _species('L.Dense(8, "relu")', 'L.Dense(3, "softmax")')
            + """
species_model.compile("sgd", "sparse_categorical_crossentropy")
species_model.train_on_batch(np.ones((2, 4)), np.array([0, 2]))
""",
        },
        wrong={
            "wrong number of classes": [
                _species('L.Dense(16, "relu")', 'L.Dense(4, "softmax")'),
                _species('L.Dense(16, "relu")', 'L.Dense(1, "softmax")'),
                _species('L.Dense(16, "relu")', 'L.Dense(16, "relu")'),
                _species('L.Dense(16, "relu")'),
            ],
            "softmax in a hidden layer": [
                _species('L.Dense(16, "softmax")', 'L.Dense(3, "softmax")'),
                _species("L.Dense(16)", "L.Softmax()", 'L.Dense(8, "relu")', 'L.Dense(3, "softmax")'),
                _species('L.Dense(16, "relu")', 'L.Dense(3, "softmax")', 'L.Dense(3, "softmax")'),
                _species("L.Dense(16, tf.nn.softmax)", 'L.Dense(3, "softmax")'),
                _species("L.Dense(16, lambda z: tf.nn.softmax(z))", "L.Dropout(0.2)", 'L.Dense(3, "softmax")'),
            ],
            "no hidden layer": [
                _species('L.Dense(3, "softmax")'),
                _species("L.BatchNormalization()", "L.Dense(3)", 'L.Activation("softmax")'),
            ],
            "linear layers stacked": [
                _species("L.Dense(16)", "L.Dense(16)", 'L.Dense(3, "softmax")'),
                _species('L.Dense(16, activation="linear")', "L.Dropout(0.5)", 'L.Dense(3, "softmax")'),
                """
inputs = keras.Input(shape=(4,))
x = keras.layers.BatchNormalization()(keras.layers.Dense(64)(inputs))
species_model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(keras.layers.Dense(8)(x)))
""",
            ],
            "one layer without a bend": [
                _species('L.Dense(16, "relu")', "L.Dense(16)", 'L.Dense(3, "softmax")'),
                _species('L.Dense(16, "relu")', "L.Dense(3)", 'L.Dense(3, "softmax")'),
                _species("L.Dense(16)", "L.Dropout(0.1)", 'L.Dense(16, "relu")', 'L.Dense(3, "softmax")'),
                _species('L.Dense(16, "relu")', "L.Dense(16, lambda z: z)", 'L.Dense(3, "softmax")'),
                _species('L.Dense(16, "relu")', "L.Dense(16)", "L.BatchNormalization()", 'L.Dense(3, "softmax")'),
                _species('L.Dense(16, "relu")', "L.Dense(9)", 'L.Activation("linear")', 'L.Dense(3, "softmax")'),
                """
inputs = keras.Input(shape=(4,))
x = keras.layers.Dense(16, activation="relu")(inputs)
x = keras.layers.Dropout(0.2)(keras.layers.Dense(8)(x))
species_model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
""",
            ],
            NOT_EXPECTED: [
                _species('L.Dense(16, "relu")', "L.Dense(3)"),
                _species('L.Dense(16, "relu")', 'L.Dense(3, "sigmoid")'),
                _species('L.Dense(16, "relu")', 'L.Dense(3, "relu")'),
                _species('L.Dense(16, "relu")', 'L.Dense(3, "softmax")', inputs=""),
                _species('L.Dense(16, "relu")', 'L.Dense(3, "softmax")', "L.Dropout(0.2)"),
                _species('L.Dense(16, "relu")', "L.Dense(3)", "L.Dropout(0.2)", "L.Softmax()"),
                _species("L.Rescaling(0.0)", 'L.Dense(16, "relu")', 'L.Dense(3, "softmax")'),
                _species('L.Dense(16, "relu")', "L.Dropout(1.0)", 'L.Dense(3, "softmax")'),
                _species('L.Dense(16, "relu")', 'L.Dense(3, "softmax")', "L.Softmax()"),
                _species('L.Dense(16, "relu")', 'L.Dense(3, "softmax")', "L.BatchNormalization()"),
                _species('L.Dense(16, "relu")', 'L.Dense(3, "sigmoid")', "L.Softmax()"),
                _species('L.Dense(3, "relu")', "L.Softmax()"),
                _species("L.ReLU()", 'L.Dense(3, "softmax")'),
                _species('L.Dense(16, "relu")', 'L.Dense(3, "softmax")', inputs="(3,)"),
                _species('L.Dense(16, "relu")', 'L.Dense(3, "softmax")', inputs="(344, 4)"),
                'species_model = [keras.layers.Dense(16, activation="relu"), keras.layers.Dense(3, activation="softmax")]',
                'species_model = keras.layers.Dense(3, activation="softmax")',
                "species_model = keras.Sequential",
                """
inputs = keras.Input(shape=(4,))
x = keras.layers.Dense(16, activation="relu")(inputs)
species_model = keras.Model(inputs, [keras.layers.Dense(1, activation="sigmoid")(x) for _ in range(3)])
""",
            ],
            STOPPED: """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = keras.layers.Dense(5, "relu"), keras.layers.Dense(3, "softmax")
    def call(self, x):
        return self.out(self.hidden(x))
species_model = Net()
_ = species_model(np.zeros((1, 3), "float32"))
""",
        },
    ),
    "choose_the_outputs": Answers(
        starter="species_output = ...\nsex_output = ...\nrentals_output = ...",
        right={
            "activations as layers of their own": _outputs(
                'keras.Sequential([L.Dense(3), L.Activation("softmax")])',
                'keras.Sequential([L.Dense(1), L.Activation("sigmoid")])',
                'L.Dense(1, activation="linear")',
            ),
            "functions for activations": _outputs(
                "L.Dense(3, activation=tf.nn.softmax)",
                "L.Dense(1, activation=lambda z: 1 / (1 + tf.exp(-z)))",
                "L.Dense(units=1, activation=None)",
            ),
            "whole models": _outputs(
                'keras.Sequential([keras.Input((16,)), L.Dense(8, "relu"), L.Dense(3, tf.nn.softmax)])',
                'keras.Sequential([L.Dense(5, "tanh"), L.Dense(1, keras.activations.sigmoid)])',
                'keras.Sequential([keras.Input(shape=(16,)), L.Dense(8, activation="relu"), L.Dropout(0.2), L.Dense(1)])',
            ),
            "a curve that is flat nowhere": _outputs(rentals='L.Dense(1, activation="softplus")'),
            "an exponential": _outputs(rentals='L.Dense(1, activation="exponential")'),
            "zeros to start from": _outputs(
                'L.Dense(3, "softmax", kernel_initializer="zeros")',
                'L.Dense(1, "sigmoid", kernel_initializer="zeros")',
                'L.Dense(1, kernel_initializer="zeros", bias_initializer="ones")',
            ),
            "used before, on other inputs": _outputs() + "\n_ = sex_output(np.ones((3, 8)))\n_ = rentals_output(np.ones((3, 16)))",
            "no bias, and leaky": _outputs(rentals="keras.Sequential([L.Dense(1, use_bias=False), L.LeakyReLU(0.2)])"),
            "narrow in between": _outputs(rentals='keras.Sequential([L.Dense(4, "tanh"), L.Dense(1, use_bias=False)])'),
            "a chance of the busiest hour": _outputs(rentals='keras.Sequential([L.Dense(1, "sigmoid"), L.Rescaling(651)])'),
            "a class": """
class Chance(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.dense = keras.layers.Dense(units)
    def call(self, x):
        z = self.dense(x)
        return tf.sigmoid(z) if z.shape[-1] == 1 else tf.nn.softmax(z)
species_output, sex_output, rentals_output = Chance(3), Chance(1), keras.layers.Dense(1)
""",
        },
        wrong={
            "wrong number of classes": [
                _outputs('L.Dense(1, "softmax")'),
                _outputs('L.Dense(2, "softmax")'),
                _outputs('L.Dense(16, "softmax")'),
                _outputs('L.Activation("softmax")'),
            ],
            "sigmoid for one of many": [
                _outputs('L.Dense(3, "sigmoid")'),
                _outputs("keras.Sequential([L.Dense(3), L.Lambda(tf.nn.sigmoid)])"),
                _outputs('L.Dense(3, "sigmoid", kernel_initializer="zeros")'),
            ],
            "scores instead of probabilities": [
                _outputs("L.Dense(3)"),
                _outputs('keras.Sequential([L.Dense(32, "relu"), L.Dense(3)])', 'L.Dense(1, "softmax")'),
            ],
            "softmax over one unit": [
                _outputs(sex='L.Dense(1, "softmax")'),
                _outputs(sex='L.Dense(1, "softmax")', rentals='L.Dense(1, "relu")'),
                _outputs(sex="keras.Sequential([L.Dense(1), L.Softmax()])"),
            ],
            "two numbers for yes or no": [
                _outputs(sex='L.Dense(2, "softmax")'),
                _outputs(sex='L.Dense(2, "sigmoid")'),
            ],
            "a score for yes or no": _outputs(sex="L.Dense(1)"),
            "tanh for yes or no": _outputs(sex='L.Dense(1, "tanh")'),
            "a number squeezed": [
                _outputs(rentals='L.Dense(1, "sigmoid")'),
                _outputs(rentals='L.Dense(1, "tanh")'),
                _outputs(rentals='L.Dense(1, "softmax")'),
                _outputs(rentals='keras.Sequential([L.Dense(8, "relu"), L.Dense(1), L.Activation("hard_sigmoid")])'),
                _outputs(rentals='keras.Sequential([L.Dense(1, "tanh"), L.Rescaling(3.0)])'),
            ],
            "ReLU for a number": [
                _outputs(rentals='L.Dense(1, "relu")'),
                _outputs(rentals="keras.Sequential([L.Dense(1), L.ReLU()])"),
                _outputs(rentals="keras.Sequential([L.Dense(1), L.Lambda(lambda z: tf.maximum(z, 0.0))])"),
                _outputs(rentals='L.Dense(1, "relu6")'),
            ],
            NOT_EXPECTED: [
                _outputs('L.Dense(3, "relu")'),
                _outputs('L.Dense(3, "tanh")'),
                _outputs(sex='L.Dense(1, "relu")'),
                _outputs(sex='L.Dense(3, "softmax")'),
                _outputs(sex='keras.Sequential([L.Dense(1, "sigmoid"), L.Rescaling(0.0)])'),
                _outputs(rentals="L.Dense(651)"),
                _outputs(sex='keras.Sequential([L.Dense(1, "sigmoid"), L.Dropout(0.5)])'),
                _outputs(rentals="keras.Sequential([keras.Input((16,)), L.Dense(1), L.Dropout(0.1)])"),
                _outputs('keras.Sequential([L.Dense(3, "softmax"), L.Softmax()])'),
                _outputs('keras.Sequential([L.Dropout(1.0), L.Dense(3, "softmax")])'),
                _outputs('keras.Sequential([keras.Input((4,)), L.Dense(3, "softmax")])'),
                _outputs('keras.Sequential([keras.Input((4,)), L.Dense(16, "relu"), L.Dense(3, "softmax")])'),
                _outputs('L.Dense(3, "softmax")(keras.Input(shape=(16,)))'),
                _outputs('"softmax"'),
                _outputs('keras.layers.Dense(3, activation="softmax")(np.ones((4, 16)))'),
                _outputs('[L.Dense(3), L.Activation("softmax")]'),
                _outputs("L.Dense"),
                _outputs("keras.activations.softmax"),
                _outputs("L.Reshape((4, 4))"),
            ],
            STOPPED: _outputs("L.Reshape((3, 7))"),
        },
    ),
    "read_a_window": Answers(
        starter="window_model = ...",
        right={
            "convolution and flatten": _window('L.Conv1D(16, 3, activation="relu")', "L.MaxPooling1D(2)", "L.Flatten()", "L.Dense(1)"),
            "convolution and global pooling": _window(
                'L.Conv1D(16, 5, activation="relu", padding="same")', "L.GlobalAveragePooling1D()", "L.Dense(1)"
            ),
            "a recurrent layer": _window("L.LSTM(16)", "L.Dense(1)"),
            "a small recurrent layer, whose memory fades": _window("L.SimpleRNN(1)", "L.Dense(1)"),
            "recurrent, from both ends": _window("L.Bidirectional(L.GRU(4))", "L.Dropout(0.2)", "L.Dense(1)"),
            "reshape, and one number without an axis": _window(
                "L.Reshape((96,))", 'L.Dense(8, "tanh")', "L.Dense(1)", "L.Reshape(())"
            ),
            "functional, with flatten by hand": """
inputs = keras.Input(shape=(24, 4))
x = keras.ops.reshape(inputs, (-1, 96))
x = keras.layers.Dense(20)(x)
x = keras.layers.ReLU()(x)
window_model = keras.Model(inputs, keras.layers.Dense(1)(x))
""",
            "each hour, then all": _window('L.Dense(8, "relu")', "L.Flatten()", "L.Dense(1)"),
            "each hour without a bend, then all with one": _window("L.Dense(2)", "L.Flatten()", 'L.Dense(9, "elu")', "L.Dense(1)"),
            "windows of any length": _window(
                'L.Conv1D(8, 3, activation="relu")', "L.GlobalMaxPooling1D()", "L.Dense(1)", inputs="(None, 4)"
            ),
            "flatten at the very end": _window(
                'L.Conv1D(8, 24, activation="relu")', "L.Dense(1)", "L.Flatten()"
            ),
            "a class": """
class Reader(keras.Model):
    def __init__(self):
        super().__init__()
        self.out, self.hidden = keras.layers.Dense(1), keras.layers.Dense(32, activation="relu")
    def call(self, windows):
        return self.out(self.hidden(tf.reshape(windows, (-1, 96))))
window_model = Reader()
_ = window_model(windows[:2])
""",
            "attention": """
inputs = keras.Input(shape=(24, 4))
x = keras.layers.Dense(8)(inputs) + keras.layers.Embedding(24, 8)(keras.ops.arange(24))
x = keras.layers.MultiHeadAttention(num_heads=2, key_dim=4)(x, x)
x = keras.layers.GlobalAveragePooling1D()(x)
window_model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dense(8, activation="gelu")(x)))
""",
            "narrow, and much dropped": _window("L.Flatten()", 'L.Dense(4, "tanh")', "L.Dropout(0.9)", "L.Dense(1, use_bias=False)"),
            "narrow": _window("L.Flatten()", 'L.Dense(1, "relu")', "L.Dense(1)"),
        },
        wrong={
            "Flatten missing": [
                _window('L.Dense(32, "relu")', "L.Dense(1)"),
                _window("L.LSTM(16, return_sequences=True)", "L.Dense(1)"),
                _window('L.Conv1D(16, 3, activation="relu")', "L.MaxPooling1D(2)", "L.Dense(1)"),
                _window('L.Dense(32, "relu")', 'L.Dense(1, "relu")'),
            ],
            "Flatten after the output": [
                _window('L.Dense(32, "relu")', "L.Dense(1)", "L.Flatten()"),
                _window('L.Conv1D(16, 3, activation="relu")', "L.Dense(1)", "L.Reshape((22,))"),
                _window("L.GRU(8, return_sequences=True)", "L.Dense(1)", "L.Flatten()"),
            ],
            "order of the hours lost": [
                _window("L.GlobalAveragePooling1D()", 'L.Dense(32, "relu")', "L.Dense(1)"),
                _window('L.Dense(32, "relu")', "L.GlobalMaxPooling1D()", "L.Dense(1)"),
                _window('L.Conv1D(16, 1, activation="relu")', "L.GlobalAveragePooling1D()", "L.Dense(1)"),
                _window('L.Dense(32, "relu")', "L.Dense(1)", "L.GlobalAveragePooling1D()"),
            ],
            "hours that nobody sees": [
                _window("L.Lambda(lambda w: w[:, -1])", 'L.Dense(32, "relu")', "L.Dense(1)"),
                _window("L.Cropping1D((12, 0))", "L.Flatten()", 'L.Dense(32, "relu")', "L.Dense(1)"),
                _window('L.Conv1D(16, 3, strides=2, activation="relu")', "L.Flatten()", "L.Dense(1)"),
                """
inputs = keras.Input(shape=(24, 4))
x = keras.layers.Dense(32, activation="relu")(inputs[:, -1, :])
window_model = keras.Model(inputs, keras.layers.Dense(1)(x))
""",
            ],
            "a number squeezed": [
                _window("L.Flatten()", 'L.Dense(32, "relu")', 'L.Dense(1, "tanh")'),
                _window("L.Flatten()", 'L.Dense(32, "relu")', 'L.Dense(1, "sigmoid")'),
            ],
            "ReLU for a number": [
                _window("L.Flatten()", 'L.Dense(32, "relu")', 'L.Dense(1, "relu")'),
                _window("L.LSTM(8)", "L.Dense(1)", "L.ReLU()"),
                _window('L.LSTM(8, activation="relu")', 'L.Dense(1, "relu")'),
            ],
            "linear layers stacked": [
                _window("L.Flatten()", "L.Dense(32)", "L.Dense(16)", "L.Dense(1)"),
                _window("L.Conv1D(16, 3)", "L.Flatten()", "L.Dense(1)"),
                _window("L.Flatten()", "L.Dropout(0.5)", "L.Dense(1)"),
            ],
            NOT_EXPECTED: [
                _window("L.Flatten()", 'L.Dense(32, "relu")', "L.Dense(24)"),
                _window("L.Flatten()", 'L.Dense(32, "relu")', 'L.Dense(1, "softplus")'),
                _window("L.Flatten()", 'L.Dense(32, "relu")', "L.Dense(1)", "L.Dropout(0.3)"),
                _window("L.Flatten()", 'L.Dense(32, "relu")', "L.Dense(1)", inputs=""),
                _window("L.Flatten()", 'L.Dense(1, "softmax")', "L.Rescaling(9.0)"),
                _window("L.Flatten()", 'L.Dense(32, "relu")', "L.Dropout(1.0)", "L.Dense(1, use_bias=False)"),
                _window('L.Conv1D(8, 24, activation="relu")', "L.Dense(1)"),
                _window("L.LSTM(8)", 'L.Dense(1, "softplus")'),
                _window("L.Flatten()", 'L.Dense(32, "relu")', "L.Dense(1)", inputs="(4, 24)"),
                _window("L.Flatten()", 'L.Dense(32, "relu")', "L.Dense(1)", inputs="(96,)"),
                "window_model = keras.layers.Flatten()",
                """
inputs = keras.Input(shape=(24, 4))
x = keras.layers.Flatten()(inputs)
window_model = keras.Model(inputs, {"next": keras.layers.Dense(1)(x)})
""",
            ],
        },
    ),
    "hold_it_back": Answers(
        starter="careful_model = ...",
        right={
            "functional": ADAPTED
            + """
inputs = keras.Input(shape=(4,))
x = keras.layers.Dense(64, activation="relu")(normalization(inputs))
x = keras.layers.Dropout(0.5)(x)
x = keras.layers.Dense(8, activation="relu")(x)
careful_model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
""",
            "batch normalisation as well, and separate activations": _careful(
                "normalization", "L.Dense(16)", "L.BatchNormalization()", "L.ReLU()", "L.Dropout(0.2)", "L.Dense(1)", 'L.Activation("sigmoid")'
            ),
            "means and variances by hand": _careful(
                *_FRONT,
                "L.Dropout(0.4)",
                _SIGMOID,
                before="m, v = measurements_train.mean(axis=0), measurements_train.var(axis=0)\n"
                "normalization = keras.layers.Normalization(mean=m, variance=v)\n",
            ),
            "divided by one less": _careful(
                *_FRONT,
                "L.Dropout(0.4)",
                _SIGMOID,
                before="m, v = measurements_train.mean(axis=0), measurements_train.var(axis=0, ddof=1)\n"
                "normalization = keras.layers.Normalization(mean=m, variance=v)\n",
            ),
            "a layer for each column": """
inputs, columns = keras.Input(shape=(4,)), []
for column in range(4):
    normalization = keras.layers.Normalization(axis=None)
    normalization.adapt(measurements_train[:, column])
    columns.append(normalization(inputs[:, column:column + 1]))
x = keras.layers.Dense(16, activation="relu")(keras.layers.Concatenate()(columns))
careful_model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(keras.layers.Dropout(0.3)(x)))
""",
            "a layer for the bill, and one for the rest": """
inputs, bill, rest = keras.Input(shape=(4,)), keras.layers.Normalization(), keras.layers.Normalization()
bill.adapt(measurements_train[:, :2])
rest.adapt(measurements_train[:, 2:])
x = keras.layers.Concatenate()([bill(inputs[:, :2]), rest(inputs[:, 2:])])
x = keras.layers.Dropout(0.3)(keras.layers.Dense(16, activation="relu")(x))
careful_model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
""",
            "nearly everything dropped": _careful(*_FRONT, "L.Dropout(0.99)", _SIGMOID),
            "a class that leaves it to Keras to hand `training` on": ADAPTED
            + """
class Careful(keras.Model):
    def __init__(self):
        super().__init__()
        self.row = [normalization, keras.layers.Dense(12, "relu"), keras.layers.Dropout(0.5), keras.layers.Dense(1, "sigmoid")]
    def call(self, x, training=None):
        for layer in self.row:
            x = layer(x)
        return x
careful_model = Careful()
_ = careful_model(measurements_train[:2])
""",
            "a layer that prepares and sums up": ADAPTED
            + """
class Prepared(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.hidden, self.normalization = keras.layers.Dense(16, activation="relu"), normalization
    def call(self, x):
        return self.hidden(self.normalization(x))
careful_model = keras.Sequential([keras.Input(shape=(4,)), Prepared(), keras.layers.Dropout(0.3), keras.layers.Dense(1, "sigmoid")])
""",
            "another kind of dropout": _careful(*_FRONT, "L.GaussianDropout(0.3)", _SIGMOID),
            "dropout behind the normalisation": _careful("normalization", "L.Dropout(0.1)", 'L.Dense(32, "relu")', _SIGMOID),
            "adapted inside the model": """
careful_model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Normalization(), keras.layers.Dense(9, "tanh"),
    keras.layers.Dropout(0.05), keras.layers.Dense(1, "sigmoid")])
careful_model.layers[0].adapt(tf.data.Dataset.from_tensor_slices(measurements_train).batch(32))
""",
            "a class": ADAPTED
            + """
class Careful(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5)
        self.out = keras.layers.Dense(1, activation="sigmoid")
        self.hidden = keras.layers.Dense(12, activation="relu")
        self.normalization = normalization
    def call(self, x, training=False):
        return self.out(self.drop(self.hidden(self.normalization(x)), training=training))
careful_model = Careful()
_ = careful_model(measurements_train[:2])
""",
            "a part that prepares": ADAPTED
            + """
prepare = keras.Sequential([keras.Input(shape=(4,)), normalization])
careful_model = keras.Sequential([keras.Input(shape=(4,)), prepare, keras.layers.Dense(16, activation="relu"),
    keras.layers.Dropout(0.3), keras.layers.Dense(1, activation="sigmoid")])
""",
            "scaled after the answer": _careful(*_FRONT, "L.Dropout(0.3)", "L.Dense(1)", "L.Rescaling(0.5)", 'L.Activation("sigmoid")'),
            "narrow, and much dropped": _careful("normalization", 'L.Dense(2, "relu")', "L.Dropout(0.8)", _SIGMOID),
        },
        wrong={
            "softmax over one unit": [
                _careful(*_FRONT, "L.Dropout(0.3)", 'L.Dense(1, activation="softmax")'),
                _careful(*_FRONT, "L.Dropout(0.3)", "L.Dense(1)", "L.Softmax()"),
            ],
            "Normalization missing": [
                _careful('L.Dense(32, "relu")', "L.Dropout(0.3)", _SIGMOID),
                _careful('L.Dense(32, "relu")', _SIGMOID, "L.Dropout(0.3)"),
            ],
            "Normalization too late": [
                _careful('L.Dense(32, "relu")', "L.Normalization()", "L.Dropout(0.3)", _SIGMOID),
                _careful('L.Dense(4, "relu")', "normalization", "L.Dropout(0.3)", _SIGMOID),
                _careful("L.BatchNormalization()", *_FRONT, "L.Dropout(0.3)", _SIGMOID),
            ],
            "Normalization not adapted": [
                _careful("L.Normalization()", 'L.Dense(32, "relu")', "L.Dropout(0.3)", _SIGMOID),
                _careful("L.Normalization()", 'L.Dense(32, "relu")', _SIGMOID),
                """
inputs = keras.Input(shape=(4,))
columns = [keras.layers.Normalization()(inputs[:, column:column + 1]) for column in range(4)]
x = keras.layers.Dense(16, activation="relu")(keras.layers.Concatenate()(columns))
careful_model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(keras.layers.Dropout(0.3)(x)))
""",
            ],
            "normalised twice": [
                _careful("normalization", *_FRONT, "L.Dropout(0.3)", _SIGMOID),
                _careful("second", *_FRONT, "L.Dropout(0.3)", _SIGMOID, before=ADAPTED + "second = keras.layers.Normalization()\n"
                         "second.adapt(measurements_train)\n"),
            ],
            "one scale for all columns": _careful(
                *_FRONT, "L.Dropout(0.3)", _SIGMOID,
                before="normalization = keras.layers.Normalization(axis=None)\nnormalization.adapt(measurements_train)\n",
            ),
            "adapted on all penguins": [
                _careful(*_FRONT, "L.Dropout(0.3)", _SIGMOID, before=ADAPTED.replace("_train", "")),
                _careful(*_FRONT, "L.Dropout(0.3)", _SIGMOID, before=ADAPTED + "every = np.stack([penguins[name] for name in names], axis=1)\n"
                         "normalization.adapt(every[~np.isnan(every).any(axis=1)])\n"),
            ],
            "dropout after the output": [
                _careful(*_FRONT, _SIGMOID, "L.Dropout(0.3)"),
                _careful(*_FRONT, "L.Dense(1)", "L.Dropout(0.3)", 'L.Activation("sigmoid")'),
                _careful(*_FRONT, "L.Dropout(0.3)", _SIGMOID, "L.Dropout(0.05)"),
                _careful(*_FRONT, _SIGMOID, "L.Dropout(1.0)"),
            ],
            "dropout on the raw measurements": _careful("L.Dropout(0.3)", *_FRONT, _SIGMOID),
            "everything dropped": [
                _careful(*_FRONT, "L.Dropout(1)", _SIGMOID),
                _careful(*_FRONT, "L.Dropout(1.0)", 'L.Dense(8, "relu")', _SIGMOID),
            ],
            "dropout in use": [
                _careful(*_FRONT, "L.Lambda(lambda z: tf.nn.dropout(z, 0.5))", _SIGMOID),
                ADAPTED
                + """
inputs = keras.Input(shape=(4,))
x = keras.layers.Dense(64, activation="relu")(normalization(inputs))
x = keras.layers.Dropout(0.5)(x, training=True)
careful_model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
""",
            ],
            "dropout that drops nothing": [
                _careful(*_FRONT, "L.Dropout(0)", _SIGMOID),
                ADAPTED
                + """
class Careful(keras.Model):
    def __init__(self):
        super().__init__()
        self.normalization, self.drop = normalization, keras.layers.Dropout(0.5)
        self.hidden, self.out = keras.layers.Dense(12, "relu"), keras.layers.Dense(1, "sigmoid")
    def call(self, x, training=False):
        return self.out(self.drop(self.hidden(self.normalization(x)), training=False))
careful_model = Careful()
_ = careful_model(measurements_train[:2])
""",
                ADAPTED
                + """
class Careful(keras.Model):
    def __init__(self):
        super().__init__()
        self.normalization, self.drop = normalization, keras.layers.Dropout(0.5)
        self.hidden, self.out = keras.layers.Dense(12, "relu"), keras.layers.Dense(1, "sigmoid")
    def call(self, x):
        return self.out(self.drop(self.hidden(self.normalization(x))))
careful_model = Careful()
_ = careful_model(measurements_train[:2])
""",
            ],
            "dropout missing": [
                _careful(*_FRONT, _SIGMOID),
                _careful(*_FRONT, "L.BatchNormalization()", _SIGMOID),
            ],
            "linear layers stacked": [
                _careful("normalization", "L.Dense(32)", "L.Dropout(0.3)", _SIGMOID),
                _careful("normalization", "L.Dropout(0.3)", _SIGMOID),
                _careful("normalization", "L.Dense(32)", "L.Dropout(0.3)", "L.Dense(8)", "L.BatchNormalization()", _SIGMOID),
            ],
            NOT_EXPECTED: [
                _careful(*_FRONT, "L.Dropout(0.3)", 'L.Dense(2, activation="softmax")'),
                _careful(*_FRONT, "L.Dropout(0.3)", "L.Dense(1)"),
                _careful(*_FRONT, "L.Dropout(0.3)", 'L.Dense(1, activation="tanh")'),
                _careful("L.BatchNormalization()", 'L.Dense(32, "relu")', "L.Dropout(0.3)", _SIGMOID),
                _careful(*_FRONT, "L.Dropout(0.3)", _SIGMOID, before=ADAPTED.replace("_train", "_train[:50]")),
                _careful(*_FRONT, "L.Dropout(0.3)", _SIGMOID, before=ADAPTED.replace(
                    "measurements_train", "np.stack([penguins[name] for name in names], axis=1)")),
                _careful(*_FRONT, "L.GaussianNoise(0.3)", _SIGMOID),
                _careful(*_FRONT, "L.Dropout(0.3)", _SIGMOID, before="normalization = keras.layers.Normalization(invert=True)\n"
                         "normalization.adapt(measurements_train)\n"),
                """
inputs, normalization = keras.Input(shape=(4,)), keras.layers.Normalization()
normalization.adapt(measurements_train[:, 3:])
x = keras.layers.Concatenate()([inputs[:, :3], normalization(inputs[:, 3:])])
x = keras.layers.Dropout(0.3)(keras.layers.Dense(16, activation="relu")(x))
careful_model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
""",
                _row("careful_model", "L.Normalization()", 'L.Dense(32, "relu")', _SIGMOID, inputs="(6,)"),
                "careful_model = keras.layers.Dropout(0.5)",
                "careful_model = keras.Sequential([keras.layers.Dropout(0.5)])",
            ],
        },
    ),
}
