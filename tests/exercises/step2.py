"""Answers to the exercises of step 2."""

from companion.feedback import NOT_EXPECTED, STOPPED
from exercises.answers import Answers

SETUP = """
import numpy as np
import keras
from companion import datasets
keras.utils.set_random_seed(0)
penguins = datasets.load_penguins()
def numbers_for(words, names):
    return np.array([names.index(word) for word in words])
four = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
birds = np.stack([penguins[name] for name in four], axis=1)
measured = ~np.isnan(birds).any(axis=1)
birds = birds[measured]
bills = birds[:, :2]
islands = numbers_for(penguins["island"][measured], datasets.PENGUIN_ISLANDS)
bird_islands = keras.utils.to_categorical(islands, num_classes=3)
L = keras.layers
batch, biases = np.ones((5, 3), "float32"), np.ones(4, "float32")
"""

COUNTED = "hidden_parameters, output_parameters, all_parameters = {}"


def by_hand(expression: str, before: str = "") -> str:
    """A function that returns an expression of x, kernel and bias."""
    return f"def relu_layer(x, kernel, bias):\n    {before}return {expression}"


def row(*layers: str, shape: str = "shape=(4,)", after: str = "") -> str:
    """A Sequential classifier."""
    return f"species_model = keras.Sequential([keras.Input({shape}), {', '.join(layers)}])\n{after}"


RELU, SOFTMAX = 'L.Dense(16, activation="relu")', 'L.Dense(3, activation="softmax")'


def two(
    bill: str = "shape=(2,)",
    island: str = "shape=(3,)",
    joined: str = "L.Concatenate()([bill, island])",
    hidden: str = f"{RELU}(joined)",
    species: str = f"{SOFTMAX}(hidden)",
    mass: str = "L.Dense(1)(hidden)",
    model: str = "[bill, island], [species, mass]",
    after: str = "",
) -> str:
    """A Functional model with two heads."""
    return f"""
bill, island = keras.Input({bill}), keras.Input({island})
joined = {joined}
hidden = {hidden}
species = {species}
mass = {mass}
two_headed_model = keras.Model({model})
{after}"""


NAMED = ('(2,), name="bill"', '(3,), name="island"')
TWO_CLASS = f"""
class TwoHeads(keras.Model):
    def __init__(self):
        super().__init__()
        self.join, self.hidden = L.Concatenate(), {RELU}
        self.species, self.mass = {SOFTMAX}, L.Dense(1)

    def call(self, inputs):
        hidden = self.hidden(self.join([%s]))
        return %s

two_headed_model = TwoHeads()
"""
BY_NAME, BY_PLACE = 'inputs["bill"], inputs["island"]', "inputs[0], inputs[1]"


def reader(
    init: str = f'super().__init__(); self.hidden = L.Dense(units, activation="relu"); self.answer = {SOFTMAX}',
    call: str = "return self.answer(self.hidden(x))",
    base: str = "(keras.Model)",
    units: str = "self, units",
    x: str = "self, x",
    name: str = "call",
) -> str:
    """A class of models."""
    return f"""
class PenguinReader{base}:
    def __init__({units}):
        {init}

    def {name}({x}):
        {call}
"""


ANSWERS = {
    "compute_a_layer": Answers(
        starter="def relu_layer(x, kernel, bias):\n    # np.maximum(0, ___ @ ___ + ___)\n    return ...            # "
        "your turn",
        right={
            "np.dot": by_hand("np.maximum(np.dot(x, kernel) + bias, 0)"),
            "one number after the other": by_hand(
                "np.array([[max(0, sum(a * b for a, b in zip(row, column)) + c) for column, c in zip(kernel.T, "
                "bias)] for row in x])"
            ),
            "np.where": by_hand("np.where(sums > 0, sums, 0)", "sums = bias + x @ kernel; "),
            "Keras operations": by_hand("keras.ops.relu(keras.ops.matmul(x, kernel) + bias)"),
            "a layer of Keras": by_hand(
                "layer(x)",
                'layer = L.Dense(kernel.shape[1], activation="relu"); layer.build(x.shape); layer.set_weights([kernel, bias]); ',
            ),
            "a lambda": "relu_layer = lambda x, kernel, bias: (x @ kernel + bias) * (x @ kernel + bias > 0)",
            "a list of lists": by_hand("np.maximum(0, x @ kernel + bias).tolist()"),
            "arguments with other names": "def relu_layer(batch, weights, biases):\n    return np.maximum(0, batch @ weights + biases)",
            "names swapped, and used so": "def relu_layer(kernel, x, bias):\n    return np.maximum(0, kernel @ x + bias)",
            "np.clip": by_hand("np.clip(x @ kernel + bias, 0, None)"),
            "a variable": "import tensorflow as tf\n" + by_hand("tf.Variable(tf.nn.relu(tf.matmul(x, kernel) + bias))"),
            "in place": by_hand("x", "x = x @ kernel; x += bias; x[x < 0] = 0; "),
        },
        wrong={
            "no return": "def relu_layer(x, kernel, bias):\n    np.maximum(0, x @ kernel + bias)",
            "no activation": [by_hand("x @ kernel + bias"), by_hand("np.dot(x, kernel) + bias")],
            "no bias": by_hand("np.maximum(0, x @ kernel)"),
            "only the product": by_hand("x @ kernel"),
            "bias after the activation": by_hand("np.maximum(0, x @ kernel) + bias"),
            "bias subtracted": by_hand("np.maximum(0, x @ kernel - bias)"),
            "the wrong side kept": by_hand("np.minimum(0, x @ kernel + bias)"),
            "absolute value": by_hand("np.abs(x @ kernel + bias)"),
            "rows and columns swapped": by_hand("np.maximum(0, kernel.T @ x.T + bias.reshape(3, 1))"),
            "one number for a bird": by_hand("np.maximum(0, x @ kernel + bias).sum(axis=1)"),
            "another batch": [
                by_hand("np.maximum(0, batch @ kernel + bias)"),
                by_hand("np.maximum(0, x @ kernel + biases)"),
                by_hand("np.maximum(0, birds[:5] @ kernel + bias)"),
            ],
            "kernel before the batch": [
                by_hand("np.maximum(0, kernel @ x + bias)"),
                by_hand("np.dot(kernel, x) + bias"),
            ],
            "each number times one": [
                by_hand("np.maximum(0, x * kernel + bias)"),
                by_hand("x * kernel"),
                by_hand("np.sum(x * kernel) + bias"),
                by_hand("np.maximum(0, np.sum(x * kernel, axis=1) + bias)"),
            ],
            "the largest of all": [by_hand("np.max(0, x @ kernel + bias)"), by_hand("max(0, x @ kernel + bias)")],
            "arguments in another order": [
                "def relu_layer(kernel, x, bias):\n    return np.maximum(0, x @ kernel + bias)",
                "def relu_layer(bias, x, kernel):\n    return np.maximum(0, x @ kernel + bias)",
            ],
            "columns in front": [by_hand("np.maximum(0, kernel.T @ x.T + bias)"), by_hand("kernel.T @ x.T + bias")],
            "one question for all": [
                by_hand("0 if x @ kernel + bias < 0 else x @ kernel + bias"),
                "def relu_layer(x, kernel, bias):\n    sums = x @ kernel + bias\n    if sums < 0:\n        return 0\n    "
                "return sums",
            ],
            "one maximum for many": [
                by_hand("np.max(x @ kernel + bias, 0)"),
                by_hand("np.max(x @ kernel + bias)"),
                by_hand("(x @ kernel + bias).max(axis=1)"),
            ],
            "weights of its own": [
                by_hand('keras.layers.Dense(3, activation="relu")(x)'),
                by_hand("layer(x)", "layer = L.Dense(4); "),
                by_hand("np.maximum(0, x @ np.random.normal(size=(4, 3)) + bias)"),
            ],
            "bias added to the weights": by_hand("np.maximum(0, x @ (kernel + bias))"),
            STOPPED: [
                "def relu_layer(x, kernel):\n    return np.maximum(0, x @ kernel)",
                by_hand("np.maximum(0, x @ kernels + bias)"),
                by_hand("np.maximum(0, x @ kernel.T + bias)"),
            ],
            NOT_EXPECTED: [
                "relu_layer = np.maximum(0, birds[:5] @ np.ones((4, 3)) + np.ones(3))",
                by_hand("1 / (1 + np.exp(-(x @ kernel + bias)))"),
                by_hand("np.maximum(0, x)"),
                "relu_layer = L.Dense",
            ],
        },
    ),
    "count_the_parameters": Answers(
        starter="hidden_parameters = ...\noutput_parameters = ...\nall_parameters = ...",
        right={
            "numbers": COUNTED.format("80, 51, 131"),
            "NumPy": COUNTED.format("np.int64(80), np.array(51), np.sum([80, 51])"),
            "neuron by neuron": COUNTED.format("(4 + 1) * 16, (16 + 1) * 3, 5 * 16 + 17 * 3"),
            "floats": COUNTED.format("80.0, 51.0, 131.0"),
            "asked of Keras": f"""
model = keras.Sequential([keras.Input(shape=(4,)), {RELU}, {SOFTMAX}])
hidden_parameters, output_parameters = [layer.count_params() for layer in model.layers]
all_parameters = model.count_params()
""",
            "one element": COUNTED.format("np.array([80]), keras.ops.convert_to_tensor(51), 131"),
        },
        wrong={
            "layers swapped": COUNTED.format("51, 80, 131"),
            "no biases": [COUNTED.format("64, 48, 112"), COUNTED.format("80, 48, 128")],
            "sixteen too few": [COUNTED.format("64, 51, 115"), COUNTED.format("3 * 16 + 16, 16 * 3 + 3, 115")],
            "other inputs": [
                COUNTED.format("6 * 16 + 16, 51, 163"),
                COUNTED.format("80, 20 * 3 + 3, 143"),
                COUNTED.format("784 // 98 * 16 + 16, 51, 195"),
            ],
            "bytes counted": [COUNTED.format("320, 204, 524"), COUNTED.format("80, 51, 524")],
            "not the sum": [COUNTED.format("80, 51, 132"), COUNTED.format("80, 51, 141")],
            "one bias for the layer": [COUNTED.format("65, 49, 114"), COUNTED.format("80, 49, 129")],
            "a bias for each input": [COUNTED.format("68, 64, 132"), COUNTED.format("80, 64, 144")],
            "fed by the input": [COUNTED.format("80, 15, 95"), COUNTED.format("80, 12, 92")],
            "neurons counted": [COUNTED.format("16, 3, 19"), COUNTED.format("80, 3, 83")],
            "added, not multiplied": [COUNTED.format("20, 19, 39"), COUNTED.format("80, 19, 99")],
            "two for each pair": COUNTED.format("128, 96, 224"),
            "rows counted": [
                COUNTED.format("342 * 80, 342 * 51, 342 * 131"),
                COUNTED.format("32 * 64 + 16, 51, 0"),
                COUNTED.format("80, 51, 131 * 32"),
                COUNTED.format("342 * 4 * 16 + 16, 51, 131"),
                COUNTED.format("342 * 16 + 16, 51, 5539"),
            ],
            "the input counted": COUNTED.format("80, 51, 135"),
            "neurons in all": [COUNTED.format("80, 51, 19"), COUNTED.format("80, 51, 23")],
            "no biases in all": COUNTED.format("80, 51, 112"),
            "multiplied": COUNTED.format("80, 51, 80 * 51"),
            NOT_EXPECTED: [
                COUNTED.format("81, 51, 132"),
                COUNTED.format("784 * 16 + 16, 51, 12611"),
                COUNTED.format("-80, 51, -29"),
                COUNTED.format('"80", 51, 131'),
                COUNTED.format("80.5, 51, 131"),
                COUNTED.format("[80], [51, 3], 131"),
                COUNTED.format("True, 51, 131"),
                COUNTED.format("(80, 51, 131), (80, 51, 131), (80, 51, 131)"),
            ],
        },
    ),
    "build_the_classifier": Answers(
        starter="species_model = ...",
        right={
            "raw scores": row(RELU, "L.Dense(3)"),
            "deep and wide": row(
                'L.Dense(64, activation="tanh")', 'L.Dense(200, activation="gelu")', 'L.Dense(3, activation="softmax")'
            ),
            "Functional": f"x = keras.Input((4,))\nspecies_model = keras.Model(x, {SOFTMAX}({RELU}(x)))",
            "Functional with names": f'x = keras.Input((4,), name="measurements")\nspecies_model = keras.Model({{"measurements": x}}, {SOFTMAX}({RELU}(x)))',
            "lists of one": f"x = keras.Input((4,))\nspecies_model = keras.Model([x], [{SOFTMAX}({RELU}(x))])",
            "add": f"species_model = keras.Sequential()\nspecies_model.add(keras.Input((4,)))\nspecies_model.add({RELU})\nspecies_model.add({SOFTMAX})",
            "build": f"species_model = keras.Sequential([{RELU}, {SOFTMAX}])\nspecies_model.build((None, 4))",
            "shape of a row": row(RELU, SOFTMAX, shape="birds.shape[1:]"),
            "scaled": "scale = L.Normalization()\nscale.adapt(birds)\n"
            + row("scale", 'L.Dense(1, activation="relu")', "L.Dense(3)"),
            "scaled, softmax": "scale = L.Normalization()\nscale.adapt(birds)\n"
            + row("scale", 'L.Dense(8, activation="sigmoid")', SOFTMAX),
            "activations as layers": row("L.Dense(8)", "L.ReLU()", "L.Dense(3)", "L.Softmax()"),
            "activations as functions": "x = keras.Input((4,))\nh = keras.ops.relu(L.Dense(8)(x))\nspecies_model = keras.Model(x, keras.ops.softmax(L.Dense(3)(h)))",
            "Activation layer": row("L.Dense(8)", 'L.Activation("elu")', "L.Dense(3)", 'L.Activation("softmax")'),
            "one hidden neuron": row('L.Dense(1, activation="sigmoid")', "L.Dense(3)"),
            "dropout": row(RELU, "L.BatchNormalization()", "L.Dropout(0.5)", SOFTMAX),
            "a list for a shape": row(
                "L.Dense(1000, activation=lambda x: x * x)",
                "L.Dense(3)",
                "L.Lambda(keras.ops.softmax)",
                shape="shape=[4]",
            ),
            "InputLayer": f"species_model = keras.models.Sequential([L.InputLayer(shape=(4,), dtype='float64'), {RELU}, {SOFTMAX}])",
            "of TensorFlow": "import tensorflow as tf\nspecies_model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(9, 'elu'), "
            "tf.keras.layers.Dense(3)])",
            "hidden of three": row('L.Dense(3, activation="relu")', SOFTMAX),
            "first weights of 0": row(RELU, 'L.Dense(3, kernel_initializer="zeros")'),
            "a class": """
class Reader(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.answer = L.Dense(8), L.Dense(3)
    def call(self, x):
        return keras.activations.softmax(self.answer(keras.ops.relu(self.hidden(x))))
species_model = Reader()
species_model(birds[:2])
""",
            "a model in a model": row(f"keras.Sequential([{RELU}, {RELU}])", "L.Dense(3)"),
            "a head that is a model": f"x = keras.Input((4,))\nhead = keras.Sequential([keras.Input((16,)), {SOFTMAX}])\nspecies_model = keras.Model(x, head({RELU}(x)))",
            "a connection that skips": f"x = keras.Input((4,))\nspecies_model = keras.Model(x, {SOFTMAX}(L.Concatenate()([x, {RELU}(x)])))",
            "log probabilities": row(RELU, 'L.Dense(3, activation="log_softmax")'),
            "compiled": row(RELU, SOFTMAX, after='species_model.compile(loss="sparse_categorical_crossentropy")'),
            "softmax in the middle": row('L.Dense(16, activation="softmax")', "L.Dense(3)"),
            "a layer as activation": row("L.Dense(16, activation=L.LeakyReLU())", "L.Dense(3, activation=L.Softmax())"),
            "functions of TensorFlow": "import tensorflow as tf\n"
            + row("L.Dense(16, activation=tf.nn.relu)", "L.Dense(3, activation=tf.nn.softmax)"),
            "read from JSON": f"""
{row(RELU, SOFTMAX)}
species_model = keras.models.model_from_json(species_model.to_json())
""",
            "convolution": row("L.Reshape((4, 1))", "L.Conv1D(8, 2, activation='relu')", "L.Flatten()", "L.Dense(3)"),
            "a dictionary of one": f'x = keras.Input((4,), name="birds")\nspecies_model = keras.Model(x, {{"species": {SOFTMAX}({RELU}(x))}})',
            "shape in the first layer": "import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore')  # Keras names a better way\n"
            f"    species_model = keras.Sequential([L.Dense(16, 'relu', input_shape=(4,)), {SOFTMAX}])",
            "probabilities of one's own": f"x = keras.Input((4,))\npositive = L.Dense(3, 'softplus')({RELU}(x))\n"
            "species_model = keras.Model(x, positive / keras.ops.sum(positive, axis=1, keepdims=True))",
            "batch shape left open": row(RELU, SOFTMAX, shape="batch_shape=(None, 4)"),
            "PReLU": row("L.Dense(16)", "L.PReLU()", SOFTMAX),
            "half precision": row(RELU, 'L.Dense(3, dtype="float16")'),
            "another half precision": row(RELU, 'L.Dense(3, activation="softmax", dtype="bfloat16")'),
            "a last table of weights without a layer": """
class Reader(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.kernel = L.Dense(3, "relu"), self.add_weight(shape=(3, 3))
    def call(self, x):
        return self.hidden(x) @ self.kernel
species_model = Reader()
species_model(birds[:2])
""",
            "scores made by a function": """
x = keras.Input((4,))
species_model = keras.Model(x, keras.ops.log_softmax(L.Dense(3)(L.Dense(8, "relu")(x))))
""",
        },
        wrong={
            "a class instead of a model": [
                "species_model = keras.Sequential",
                "class Mine(keras.Model):\n    pass\nspecies_model = Mine",
            ],
            "a list of layers": [f"species_model = [{RELU}, {SOFTMAX}]", f"species_model = ({RELU}, {SOFTMAX})"],
            "a tensor instead of a model": f"x = keras.Input((4,))\nspecies_model = {SOFTMAX}({RELU}(x))",
            "a layer instead of a model": f"species_model = {SOFTMAX}",
            "nothing was kept": [
                f"species_model = keras.Sequential([{RELU}]).add({SOFTMAX})",
                f"species_model = keras.Sequential([{RELU}, {SOFTMAX}]).build((None, 4))",
            ],
            "never built": [
                f"species_model = keras.Sequential([{RELU}, {SOFTMAX}])",
                reader() + "species_model = PenguinReader(8)",
            ],
            "no layers": [
                "species_model = keras.Sequential()",
                "species_model = keras.Sequential([keras.Input((4,))])",
            ],
            "the layer of three is not the last": [row(SOFTMAX, RELU), row("L.Dense(3)", RELU, "L.Dense(4)")],
            "all rows inside Input": [
                row(RELU, SOFTMAX, shape="birds.shape"),
                row(RELU, SOFTMAX, shape="shape=(342, 4)"),
            ],
            "batch inside Input": [
                row(RELU, SOFTMAX, shape="shape=(32, 4)"),
                row(RELU, SOFTMAX, shape="(1, 4)"),
                f"x = keras.Input(shape=(32, 4))\nspecies_model = keras.Model(x, {SOFTMAX}({RELU}(x)))",
                row("L.Flatten()", RELU, SOFTMAX, shape="(32, 4)"),
            ],
            "rows in place of columns": [
                row(RELU, SOFTMAX, shape="shape=(342,)"),
                row(RELU, SOFTMAX, shape="(len(birds),)"),
            ],
            "no columns": row("L.Flatten()", RELU, SOFTMAX, shape="shape=()"),
            "one measurement": row(RELU, SOFTMAX, shape="shape=(1,)"),
            "too few columns": [row(RELU, SOFTMAX, shape="shape=(3,)"), row(RELU, SOFTMAX, shape="shape=(2,)")],
            "too many columns": [
                row(RELU, SOFTMAX, shape="shape=(5,)"),
                row(RELU, SOFTMAX, shape="(32,)"),
                row(RELU, SOFTMAX, shape="(16,)"),
            ],
            "the number of birds fixed": [
                row(RELU, SOFTMAX, shape="batch_shape=(32, 4)"),
                row(RELU, SOFTMAX, shape="(4,), batch_size=32"),
                f"x = keras.Input(batch_shape=birds.shape)\nspecies_model = keras.Model(x, {SOFTMAX}({RELU}(x)))",
                f"species_model = keras.Sequential([{RELU}, {SOFTMAX}])\nspecies_model(birds)",
            ],
            "one number for the species": [row(RELU, "L.Dense(1)"), row(RELU, 'L.Dense(1, activation="softmax")')],
            "sigmoid for one species of three": [
                row(RELU, 'L.Dense(3, activation="sigmoid")'),
                row(RELU, "L.Dense(3)", 'L.Activation("sigmoid")'),
                f"x = keras.Input((4,))\nspecies_model = keras.Model(x, L.Dense(3, activation='sigmoid')({RELU}(x)))",
            ],
            "ReLU on the scores": [
                row(RELU, 'L.Dense(3, activation="relu")'),
                row(RELU, "L.Dense(3)", "L.ReLU()"),
                row(RELU, "L.Dense(3, activation=L.ReLU())"),
            ],
            "a hidden activation on the scores": [
                row(RELU, 'L.Dense(3, activation="gelu")'),
                row(RELU, "L.Dense(3)", "L.LeakyReLU()"),
                row(RELU, 'L.Dense(3, activation="softplus")'),
            ],
            "None inside Input": [
                row(RELU, SOFTMAX, shape="shape=(None, 4)"),
                f"x = keras.Input((None, 4))\nspecies_model = keras.Model(x, {SOFTMAX}({RELU}(x)))",
            ],
            "softmax over the birds": [
                row(RELU, "L.Dense(3)", "L.Softmax(axis=0)"),
                row(RELU, "L.Dense(3, activation=lambda x: keras.activations.softmax(x, axis=0))"),
            ],
            "tanh on the scores": row(RELU, 'L.Dense(3, activation="tanh")'),
            "hidden layer missing": [
                row(SOFTMAX),
                row("L.Dense(3)"),
                row("L.Flatten()", "L.Dropout(0.2)", SOFTMAX),
                f"x = keras.Input((4,))\nhidden = {RELU}(x)\nspecies_model = keras.Model(x, {SOFTMAX}(x))",
            ],
            "no activation": [
                row("L.Dense(16)", SOFTMAX),
                row("L.Dense(16)", "L.Dense(8)", "L.Dense(3)"),
                row("L.Dense(16)", "L.Dense(3)", "L.Softmax()"),
                "scale = L.Normalization()\nscale.adapt(birds)\n"
                + row("scale", "L.Dense(16, activation='linear')", "L.Dense(3)"),
                f"x = keras.Input((4,))\nspecies_model = keras.Model(x, {SOFTMAX}(L.Dense(8)(x)))",
            ],
            STOPPED: "class Reader(keras.Model):\n    def __init__(self):\n        super().__init__()\n        self.answer = L.Dense(3)\n"
            "    def call(self, x):\n        return self.answer(x)\nspecies_model = "
            "Reader()\nspecies_model(birds[:, :3])",
            NOT_EXPECTED: [
                row(RELU, "L.Dense(4)"),
                row(RELU, "L.Dense(342)"),
                row(RELU, SOFTMAX, shape="(8, 8, 4)"),
                row("L.Flatten()", RELU, SOFTMAX, shape="(4, 1)"),
                two(after="species_model = two_headed_model"),
                f"x = keras.Input((4,))\nh = {RELU}(x)\nspecies_model = keras.Model(x, [{SOFTMAX}(h), L.Dense(1)(h)])",
                'species_model = "Sequential"',
                row("L.Softmax()"),
            ],
        },
    ),
    "build_the_two_headed_model": Answers(
        starter="two_headed_model = ...",
        right={
            "dictionaries": two(
                *NAMED, model='{"bill": bill, "island": island}, {"species": species, "body_mass": mass}'
            ),
            "dictionaries in another order": two(
                *NAMED, model='{"island": island, "bill": bill}, {"body_mass": mass, "species": species}'
            ),
            "names in, a list out": two(*NAMED, model='{"bill": bill, "island": island}, [species, mass]'),
            "tuples": two(model="(bill, island), (species, mass)"),
            "raw scores": two(species="L.Dense(3)(hidden)"),
            "one hidden neuron": two(hidden='L.Dense(1, activation="relu")(joined)'),
            "a hidden layer each": two(species=f"{SOFTMAX}({RELU}(joined))", mass=f"L.Dense(1)({RELU}(joined))"),
            "the bill scaled": "scale = L.Normalization()\nscale.adapt(bills)\n"
            + two(joined="L.Concatenate()([scale(bill), island])"),
            "the bill scaled, few neurons": "scale = L.Normalization()\nscale.adapt(bills)\n"
            + two(
                joined="L.Concatenate()([scale(bill), island])",
                hidden='L.Dense(3, "relu", kernel_initializer=keras.initializers.Constant(-0.5))(joined)',
            ),
            "island first inside": two(joined="L.Concatenate()([island, bill])"),
            "branches of their own": two(
                joined=f"L.Add()([{RELU}(bill), L.Dense(16)(island)])", hidden='L.Dense(8, activation="tanh")(joined)'
            ),
            "cut in two": two(
                hidden=f"L.Dense(4)({RELU}(joined))", species="L.Softmax()(hidden[:, :3])", mass="hidden[:, 3:]"
            ),
            "a class, by name": TWO_CLASS
            % (BY_NAME, '{"species": self.species(hidden), "body_mass": self.mass(hidden)}')
            + 'two_headed_model({"bill": bills[:2], "island": bird_islands[:2]})',
            "a class, by place": TWO_CLASS % (BY_PLACE, "self.species(hidden), self.mass(hidden)")
            + "two_headed_model([bills[:2], bird_islands[:2]])",
            "a mass above 0": two(mass='L.Dense(1, activation="softplus")(hidden)'),
            "the mass in grams": two(mass="L.Rescaling(1000.0, 4000.0)(L.Dense(1)(hidden))"),
            "made by a function": """
def make(width):
    x = {"bill": keras.Input((2,), name="bill"), "island": keras.Input((3,), name="island")}
    h = L.Dense(width, activation="swish")(L.concatenate([x["bill"] / 10, x["island"]]))
    return keras.Model(x, {"species": L.Dense(3)(h), "body_mass": L.Dense(1)(h)})
two_headed_model = make(30)
""",
            "models as heads": two(
                species=f"keras.Sequential([keras.Input((16,)), {RELU}, {SOFTMAX}])(hidden)",
                mass="keras.Sequential([keras.Input((16,)), L.Dense(1)])(hidden)",
            ),
            "first weights of 0": two(mass='L.Dense(1, kernel_initializer="zeros")(hidden)'),
            "compiled": two(after='two_headed_model.compile(loss=["sparse_categorical_crossentropy", "mse"])'),
        },
        wrong={
            "a class instead of a model": "two_headed_model = keras.Model",
            "a list of layers": f"two_headed_model = [{RELU}, {SOFTMAX}, L.Dense(1)]",
            "a tensor instead of a model": [
                two(after="two_headed_model = [species, mass]"),
                two(after='two_headed_model = {"species": species, "body_mass": mass}'),
            ],
            "a layer instead of a model": "two_headed_model = L.Concatenate()",
            "nothing was kept": two(after="two_headed_model = two_headed_model.compile(loss='mse')"),
            "no layers": "two_headed_model = keras.Sequential([keras.Input((2,))])",
            "never built": TWO_CLASS % (BY_NAME, "self.species(hidden), self.mass(hidden)"),
            "Sequential for two inputs": [
                row(RELU, SOFTMAX, shape="(5,)", after="two_headed_model = species_model"),
                row(RELU, "L.Dense(4)", shape="(2,)", after="two_headed_model = species_model"),
            ],
            "inputs joined before the model": two(
                bill="(5,)", hidden=f"{RELU}(bill)", model="bill, [species, mass]", joined="bill"
            ),
            "an input missing": [
                two(hidden=f"{RELU}(bill)", model="bill, [species, mass]"),
                two(*NAMED, hidden=f"{RELU}(island)", model='{"island": island}, [species, mass]'),
            ],
            "batch inside Input": [
                two(bill="(32, 2)", island="(32, 3)"),
                two("bills.shape", "bird_islands.shape"),
                two("(1, 2)", "(1, 3)"),
            ],
            "inputs in the wrong order": [
                two(model="[island, bill], [species, mass]"),
                two(
                    '(2,), name="island"',
                    '(3,), name="bill"',
                    model='{"bill": island, "island": bill}, [species, mass]',
                ),
            ],
            "None inside Input": [two("(None, 2)", "(None, 3)"), two(*(f"shape=(None, {n})" for n in (2, 3)))],
            "ReLU on the mass": [
                two(mass='L.Dense(1, activation="relu")(hidden)'),
                two(mass="L.ReLU()(L.Dense(1)(hidden))"),
            ],
            "the island as one number": two(island="(1,)"),
            "three lengths for the bill": two(bill="(3,)"),
            "rows in place of columns": [two(bill="(342,)", island="(342,)"), two(bill="(len(bills),)")],
            "the number of birds fixed": [
                two(bill="(2,), batch_size=32", island="(3,), batch_size=32"),
                two(bill="batch_shape=bills.shape"),
            ],
            "outputs joined": [
                two(model="[bill, island], L.Concatenate()([species, mass])"),
                two(model="[bill, island], L.Dense(4)(hidden)"),
            ],
            "an output missing": [
                two(model="[bill, island], species"),
                two(model="[bill, island], [mass]"),
                two(model='[bill, island], {"species": species}'),
            ],
            "outputs in the wrong order": [
                two(model="[bill, island], [mass, species]"),
                two(model='[bill, island], {"species": mass, "body_mass": species}'),
                TWO_CLASS % (BY_PLACE, "self.mass(hidden), self.species(hidden)")
                + "two_headed_model([bills[:2], bird_islands[:2]])",
            ],
            "one number for the species": two(species="L.Dense(1)(hidden)"),
            "the mass squeezed": [
                two(mass='L.Dense(1, activation="sigmoid")(hidden)'),
                two(mass='L.Dense(1, activation="softmax")(hidden)'),
                two(
                    mass='L.Dense(1, activation="sigmoid")(hidden)',
                    model='[bill, island], {"species": species, "body_mass": mass}',
                ),
            ],
            "sigmoid for one species of three": [
                two(species='L.Dense(3, activation="sigmoid")(hidden)'),
                two(
                    species='L.Dense(3, activation="sigmoid")(hidden)',
                    model='[bill, island], {"species": species, "body_mass": mass}',
                ),
            ],
            "ReLU on the scores": two(species='L.Dense(3, activation="relu")(hidden)'),
            "softmax over the birds": two(species="L.Softmax(axis=0)(L.Dense(3)(hidden))"),
            "a hidden activation on the scores": two(species='L.Dense(3, activation="elu")(hidden)'),
            "tanh on the scores": two(species='L.Dense(3, activation="tanh")(hidden)'),
            "hidden layer missing": [
                two(hidden="joined"),
                two(species=f"{SOFTMAX}(joined)", mass="L.Dense(1)(joined)"),
                two(hidden="joined", species="L.Dense(3)(joined)"),
            ],
            "no activation": [
                two(hidden="L.Dense(16)(joined)"),
                two(hidden="L.Dense(16)(joined)", species="L.Dense(3)(hidden)"),
            ],
            "one head after the other": [
                two(mass="L.Dense(1)(species)"),
                two(after="two_headed_model = keras.Model([bill, island], [L.Dense(3)(mass), mass])"),
                two(
                    *NAMED,
                    mass="L.Dense(1)(species)",
                    model='{"bill": bill, "island": island}, {"species": species, "body_mass": mass}',
                ),
            ],
            "an input not used": [
                two(joined="L.Concatenate()([bill, island])[:, :2]"),
                two(joined="L.Concatenate()([bill, island])[:, 2:]"),
                TWO_CLASS % ('inputs["bill"], inputs["bill"]', "self.species(hidden), self.mass(hidden)")
                + 'two_headed_model({"bill": bills[:2], "island": bird_islands[:2]})',
            ],
            "the inputs never meet": [
                two(species=f"{SOFTMAX}({RELU}(bill))"),
                two(mass=f"L.Dense(1)({RELU}(island))"),
                two(species=f"{SOFTMAX}({RELU}(bill))", mass=f"L.Dense(1)({RELU}(island))"),
            ],
            "a head beside the hidden layer": [
                two(mass="L.Dense(1)(joined)"),
                two(species=f"{SOFTMAX}(joined)"),
                two(species="L.Dense(3)(joined)"),
            ],
            STOPPED: (
                TWO_CLASS % (BY_PLACE, "self.species(hidden), self.mass(hidden)")
                + "two_headed_model([bills[:2], bird_islands[:2, :1]])"
            ),
            NOT_EXPECTED: [
                two('(2,), name="a"', '(3,), name="b"', model='{"a": bill, "b": island}, [species, mass]'),
                two(model='[bill, island], {"kind": species, "mass": mass}'),
                two(species="L.Dense(4)(hidden)"),
                two(mass="L.Dense(3)(hidden)"),
                two(bill="(4,)"),
                two(model="[bill, island], [species, mass, hidden]"),
                two(
                    after="more = keras.Input((4,))\nhidden = L.Dense(4, 'relu')(L.Concatenate()([bill, island, more]))\n"
                    "two_headed_model = keras.Model([bill, island, more], [L.Dense(3)(hidden), L.Dense(1)(hidden)])"
                ),
                two(
                    '(3,), name="measurements"',
                    '(3,), name="island"',
                    model='{"measurements": bill, "island": island}, [species, mass]',
                ),
            ],
        },
    ),
    "write_a_model_class": Answers(
        starter="class PenguinReader(keras.Model):\n    ...            # your turn",
        right={
            "raw scores": reader(
                init="super().__init__(); self.hidden = L.Dense(units, 'tanh'); self.answer = L.Dense(3)"
            ),
            "a model inside": reader(
                init=f"super().__init__(); self.row = keras.Sequential([L.Dense(units, activation='relu'), {SOFTMAX}])",
                call="return self.row(x)",
            ),
            "two hidden layers": reader(
                init=f"super().__init__(); self.parts = [L.Dense(units, 'relu'), {RELU}, {SOFTMAX}]",
                call="for part in self.parts: x = part(x)\n        return x",
            ),
            "layers in build": f"""
class PenguinReader(keras.Model):
    def __init__(self, units=8):
        super().__init__()
        self.units = units
    def build(self, shape):
        self.hidden, self.answer = L.Dense(self.units), {SOFTMAX}
        self.hidden.build(shape)
        self.answer.build((None, self.units))
    def call(self, x, training=False):
        return self.answer(keras.activations.relu(self.hidden(x)))
""",
            "a graph inside": f"""
class PenguinReader(keras.Model):
    def __init__(self, units):
        x = keras.Input((4,))
        super().__init__(x, {SOFTMAX}(L.Dense(units, activation="relu")(x)))
""",
            "a kind of Sequential": f"""
class PenguinReader(keras.Sequential):
    def __init__(self, units):
        super().__init__([L.Dense(units, activation="relu"), {SOFTMAX}])
""",
            "name and options": reader(
                init=f"super().__init__(**options); self.hidden = L.Dense(units, activation='relu'); self.answer = "
                f"{SOFTMAX}",
                units="self, units, **options",
            ),
            "from a class of one's own": reader(base="(keras.Model)").replace("PenguinReader", "Reader")
            + "\n@keras.saving.register_keras_serializable('own')\nclass PenguinReader(Reader):\n    'A reader of penguins.'\n"
            "    def get_config(self):\n        return {}",
            "used only in training": reader(
                init=f"super().__init__(); self.hidden = L.Dense(units, 'relu'); self.drop = L.Dropout(0.5); "
                f"self.answer = {SOFTMAX}",
                call="x = self.hidden(x)\n        if training: x = self.drop(x)\n        return self.answer(x)",
                x="self, x, training=False",
            ),
            "first weights of 0": reader(
                init="super().__init__(); self.hidden = L.Dense(units, 'relu'); "
                "self.answer = L.Dense(3, kernel_initializer='zeros')"
            ),
            "one neuron after the other": reader(
                init=f"super().__init__(); self.hidden = L.Dense(units, 'relu'); self.one = L.Dense(1, 'relu'); "
                f"self.two = L.Dense(1, 'relu'); self.answer = {SOFTMAX}",
                call="return self.answer(self.two(self.one(self.hidden(x))))",
            ),
            "scaled, with a softmax of one's own": reader(
                init="super().__init__(); self.scale = L.Normalization(); self.scale.adapt(birds); "
                "self.hidden = L.Dense(units, 'relu'); self.answer = L.Dense(3)",
                call="e = keras.ops.exp(self.answer(self.hidden(self.scale(x)))); return e / keras.ops.sum(e, -1, True)",
            ),
            "ReLU, then softmax": reader(
                init="super().__init__(); self.hidden = L.Dense(units, 'tanh'); self.answer = L.Dense(3, 'relu')",
                call="return keras.ops.softmax(self.answer(self.hidden(x)))",
            ),
            "a dictionary of one": reader(call='return {"species": self.answer(self.hidden(x))}'),
            "weights without layers": reader(
                init="super().__init__(); self.kernel = self.add_weight(shape=(4, units)); "
                "self.more = self.add_weight(shape=(units, 3))",
                call="return keras.ops.relu(x @ self.kernel) @ self.more",
            ),
            "activations in call": reader(
                init="super().__init__(); self.hidden = L.Dense(units); self.answer = L.Dense(3)",
                call="return keras.ops.softmax(self.answer(keras.ops.maximum(self.hidden(x), 0)))",
            ),
            "dropout": reader(
                init=f"super().__init__(); self.hidden = L.Dense(units, 'relu'); self.drop = L.Dropout(0.5); "
                f"self.answer = {SOFTMAX}",
                call="return self.answer(self.drop(self.hidden(x), training=training))",
                x="self, x, training=False",
            ),
        },
        wrong={
            "a plain class": [
                "class PenguinReader:\n    def __init__(self, units):\n        self.units = units",
                reader(base="", init=f"self.hidden = L.Dense(units, 'relu'); self.answer = {SOFTMAX}"),
            ],
            "a model instead of the class": [
                reader() + "PenguinReader = PenguinReader(16)",
                row(RELU, SOFTMAX, after="PenguinReader = species_model"),
            ],
            "a layer's class": reader(base="(keras.layers.Layer)"),
            "self forgotten": [
                reader(x="data", call="return self.answer(self.hidden(data))"),
                reader(x="x", call="return self.answer(self.hidden(x))"),
                reader(units="units"),
            ],
            "no __init__": [
                f"class PenguinReader(keras.Model):\n    hidden, answer = {RELU}, {SOFTMAX}\n"
                "    def call(self, x):\n        return self.answer(self.hidden(x))",
                reader().replace("def __init__", "def _init_"),
            ],
            "no room for the width": [
                reader(units="self", init=f"super().__init__(); self.hidden = {RELU}; self.answer = {SOFTMAX}"),
                reader(units="self, units, species"),
            ],
            "call under another name": [reader(name="forward"), reader(name="__call__")],
            "no call": [reader().split("    def call")[0], reader(name="calls")],
            "super forgotten": [
                reader(init=f"self.hidden = L.Dense(units, 'relu'); self.answer = {SOFTMAX}"),
                reader(init="self.units = units", call="return x[:, :3]"),
                reader(init=f"super().__init__; self.hidden = L.Dense(units, 'relu'); self.answer = {SOFTMAX}"),
                reader(init=f"super.__init__(); self.hidden = L.Dense(units, 'relu'); self.answer = {SOFTMAX}"),
            ],
            "call without return": [reader(call="self.answer(self.hidden(x))"), reader(call="...")],
            "layers shared by the class": f"class PenguinReader(keras.Model):\n    hidden, answer = {RELU}, {SOFTMAX}\n"
            "    def __init__(self, units):\n        super().__init__()\n    def call(self, x):\n        return "
            "self.answer(self.hidden(x))",
            "layers made in call": [
                reader(
                    init="super().__init__(); self.units = units",
                    call=f"return {SOFTMAX}(L.Dense(self.units, 'relu')(x))",
                ),
                reader(
                    init="super().__init__(); self.units = units",
                    call=f"self.hidden = L.Dense(self.units, 'relu'); self.answer = {SOFTMAX}; return self.answer(self.hidden(x))",
                ),
                reader(
                    init=f"super().__init__(); self.units = units; self.answer = {SOFTMAX}",
                    call="return self.answer(L.Dense(self.units, 'relu')(x))",
                ),
            ],
            "a layer that nothing goes through": [
                reader(call="return self.answer(x)"),
                reader(
                    init=f"super().__init__(); self.hidden = L.Dense(units, 'relu'); self.more = {RELU}; self.answer = {SOFTMAX}"
                ),
            ],
            "units in the wrong layer": [
                reader(init=f"super().__init__(); self.hidden = {RELU}; self.answer = L.Dense(units)"),
                reader(call="return self.hidden(x)", init="super().__init__(); self.hidden = L.Dense(units)"),
            ],
            "one number for the species": reader(
                init="super().__init__(); self.hidden = L.Dense(units, 'relu'); self.answer = L.Dense(1)"
            ),
            "sigmoid for one species of three": reader(
                init="super().__init__(); self.hidden = L.Dense(units, 'relu'); self.answer = L.Dense(3, 'sigmoid')"
            ),
            "ReLU on the scores": reader(
                init="super().__init__(); self.hidden = L.Dense(units, 'relu'); self.answer = L.Dense(3, 'relu')"
            ),
            "softmax over the birds": reader(
                call="return keras.ops.softmax(self.answer(self.hidden(x)), axis=0)",
                init="super().__init__(); self.hidden = L.Dense(units, 'relu'); self.answer = L.Dense(3)",
            ),
            "tanh on the scores": reader(
                init="super().__init__(); self.hidden = L.Dense(units, 'relu'); self.answer = L.Dense(3, 'tanh')"
            ),
            "hidden layer missing": reader(
                init=f"super().__init__(); self.answer = {SOFTMAX}", call="return self.answer(x)"
            ),
            "units not used": reader(init=f"super().__init__(); self.hidden = {RELU}; self.answer = {SOFTMAX}"),
            "no activation": [
                reader(init=f"super().__init__(); self.hidden = L.Dense(units); self.answer = {SOFTMAX}"),
                reader(init="super().__init__(); self.hidden = L.Dense(units); self.answer = L.Dense(3)"),
            ],
            "layers not kept": [
                reader(init="super().__init__(); hidden = L.Dense(units, 'relu'); answer = L.Dense(3)"),
                reader(init="super().__init__(); self.units = units"),
                reader(
                    init="super().__init__(); hidden = L.Dense(units, 'relu'); answer = L.Dense(3)",
                    call="return answer(hidden(x))",
                ),
                "hidden = keras.Input((6,))\n"  # as in the notebook
                + reader(
                    init="super().__init__(); hidden = L.Dense(units, 'relu'); answer = L.Dense(3)",
                    call="x = hidden(x); return answer(x)",
                ),
                reader(init="super().__init__(); self.hidden = L.Dense(units, 'relu'); answer = L.Dense(3)"),
                reader(init=f"super().__init__(); self.answer = {SOFTMAX}", call="return self.answer(L.Dense(units)(x))"),
            ],
            "a hidden activation on the scores": reader(
                init="super().__init__(); self.hidden = L.Dense(units, 'elu'); self.answer = L.Dense(3, 'elu')"
            ),
            "self left out in call": [
                reader(call="return answer(hidden(x))"),
                "hidden = keras.Input((6,))\n" + reader(call="return self.answer(hidden(x))"),
            ],
            "layers called in __init__": [
                reader(
                    init="super().__init__(); x = keras.Input((4,)); self.hidden = L.Dense(units, 'relu')(x); "
                    "self.answer = L.Dense(3)(self.hidden)"
                ),
                reader(
                    init="super().__init__(); x = keras.Input((4,)); self.answer = L.Dense(3)(L.Dense(units, 'relu')(x))",
                    call="return self.answer",
                ),
            ],
            "a name that Keras keeps": [
                reader(init=f"super().__init__(); self.hidden = L.Dense(units, 'relu'); self.output = {SOFTMAX}"),
                reader(init=f"super().__init__(); self.layers = [L.Dense(units, 'relu'), {SOFTMAX}]"),
            ],
            "super with a value": [
                reader(init=f"super().__init__(units); self.hidden = L.Dense(units, 'relu'); self.answer = {SOFTMAX}"),
                reader(init=f"super().__init__(self); self.hidden = L.Dense(units, 'relu'); self.answer = {SOFTMAX}"),
            ],
            "call inside __init__": reader().replace("    def call", "        def call").replace("        return", "            return"),
            "a layer in place of its answer": reader(call="return self.answer(self.hidden)"),
            "other birds": reader(call="return self.answer(self.hidden(birds))"),
            "a layer without effect": [
                reader(call="h = self.hidden(x); return self.answer(x)"),
                reader(call="h = self.hidden(x); a = self.answer(h); return h"),
                reader(call="self.answer(self.hidden(x)); return x"),
            ],
            "the layer of three is not the last": reader(
                init=f"super().__init__(); self.hidden = {SOFTMAX}; self.answer = L.Dense(2 * units)"
            ),
            "call takes no data": reader(x="self"),
            STOPPED: [
                reader(init="super().__init__(); self.hiden = L.Dense(units, 'relu'); self.answer = L.Dense(3)"),
                reader(call="return responses(self.hidden(x))"),
                reader(call="return self.hidden(self.answer(self.hidden(x)))"),
                reader(init="super().__init__(); self.hidden = Dense(units); self.answer = Dense(3)"),
            ],
            NOT_EXPECTED: [
                reader(init="super().__init__(); self.hidden = L.Dense(units, 'relu'); self.answer = L.Dense(4)"),
                reader(init=f"super().__init__(); self.hidden = L.Dense(2 * units, 'relu'); self.answer = {SOFTMAX}"),
                reader(
                    init=f"super().__init__(); self.hidden = L.Dense(min(units, 10), 'relu'); self.answer = {SOFTMAX}"
                ),
                reader(call="return self.answer(self.hidden(x)), x"),
                "def PenguinReader(units):\n    return keras.Sequential()",
                reader(call="return 'Adelie'"),
            ],
        },
    ),
}
