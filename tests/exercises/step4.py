"""Answers to the exercises of step 4."""

from companion.feedback import NOT_EXPECTED, STOPPED
from exercises.answers import Answers

SETUP = """
from companion import datasets, plots
import numpy as np
import keras
import tensorflow as tf

def new_penguin_model():
    hidden = keras.layers.Dense(16, activation="relu")
    return keras.Sequential([keras.Input(shape=(4,)), hidden, keras.layers.Dense(3)])

def new_bike_model():
    hidden = keras.layers.Dense(64, activation="relu")
    return keras.Sequential([keras.Input(shape=(27,)), hidden, keras.layers.Dense(1)])
"""


def choices(
    species: str = "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
    island: str = '"categorical_crossentropy"',
    sex: str = '"binary_crossentropy"',
    bikers: str = '"mse"',
) -> str:
    """Four losses, right unless another one is given."""
    return f"species_loss = {species}\nisland_loss = {island}\nsex_loss = {sex}\nbikers_loss = {bikers}"


SPARSE = "keras.losses.SparseCategoricalCrossentropy(from_logits=True)"
WITH_SOFTMAX = """
keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(3, activation="softmax")])
"""


def classifier(arguments: str, model: str = "new_penguin_model()") -> str:
    """A penguins' model, compiled with these arguments."""
    return f"penguin_model = {model.strip()}\npenguin_model.compile({arguments})"


def regressor(arguments: str, model: str = "new_bike_model()") -> str:
    """A bicycles' model, compiled with these arguments."""
    return f"bike_model = {model.strip()}\nbike_model.compile({arguments})"


def by_hand(*lines: str) -> str:
    """A function for the cross-entropy, with these lines after e and p are there."""
    start = ["def penguin_loss(labels, scores):", "e = np.exp(scores)", "p = e / e.sum(axis=1, keepdims=True)"]
    return "\n    ".join([*start, "rows = np.arange(len(labels))", *lines])


def alone(*lines: str) -> str:
    """A function for the cross-entropy, with nothing but these lines."""
    return "\n    ".join(["def penguin_loss(labels, scores):", *lines])


ADAM = "keras.optimizers.Adam(0.01)"
RATE = "optimizer=keras.optimizers.{}, loss={}, metrics=[{}]"

ANSWERS = {
    "choose_the_loss": Answers(
        starter="species_loss = ...\nisland_loss = ...\nsex_loss = ...\nbikers_loss = ...",
        right={
            "objects": choices(
                island="keras.losses.CategoricalCrossentropy()",
                sex="keras.losses.BinaryCrossentropy()",
                bikers="keras.losses.MeanAbsoluteError()",
            ),
            "other names": choices(
                island='"CategoricalCrossentropy"', sex='"bce"', bikers='"mean_absolute_percentage_error"'
            ),
            "functions and classes": choices(
                species="lambda y, s: keras.losses.sparse_categorical_crossentropy(y, s, from_logits=True)",
                island="keras.losses.categorical_crossentropy",
                sex="keras.losses.BinaryCrossentropy",
                bikers="keras.losses.MeanSquaredError",
            ),
            "softer variants": choices(
                island="keras.losses.CategoricalCrossentropy(label_smoothing=0.1)",
                sex="keras.losses.BinaryCrossentropy(label_smoothing=0.1)",
                bikers="keras.losses.Huber()",
            ),
            "focal variants": choices(
                island="keras.losses.CategoricalFocalCrossentropy()",
                sex="keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True)",
                bikers='"log_cosh"',
            ),
            "other reductions": choices(
                species='keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")',
                island="keras.losses.CategoricalCrossentropy(reduction=None)",
                bikers='"mean_squared_logarithmic_error"',
            ),
            "TensorFlow by hand": choices(
                species="lambda y, s: tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(y, tf.int32), s)",
                island="lambda y, p: -tf.reduce_sum(y * tf.math.log(p), axis=-1)",
                bikers="lambda y, p: tf.abs(y - p)",
            ),
            "Keras by hand": choices(
                species="lambda y, s: keras.ops.sparse_categorical_crossentropy(y, s, from_logits=True)",
                island="lambda y, p: keras.ops.categorical_crossentropy(y, p)",
                sex="lambda y, p: keras.ops.binary_crossentropy(y, p)",
                bikers="lambda y, p: keras.ops.mean((y - p) ** 2, axis=-1)",
            ),
            "in lists of one": choices(island='["categorical_crossentropy"]', bikers='("mae",)'),
            "a metric's function that is a loss": choices(bikers="keras.metrics.mean_absolute_error"),
            "kl divergence of one-hot rows, short names": choices(island='"kld"', sex='"crossentropy"', bikers='"mae"'),
        },
        wrong={
            "a metric for a loss": [
                choices(species='"accuracy"'),
                choices(sex="keras.metrics.BinaryAccuracy()"),
                choices(island="keras.metrics.CategoricalAccuracy"),
                choices(species="keras.metrics.sparse_categorical_accuracy"),
                choices(bikers='"root_mean_squared_error"'),
                choices(bikers='"rmse"'),
                choices(bikers="keras.metrics.MeanAbsoluteError()"),
            ],
            "an object in quotation marks": [
                choices(species='"sparse_categorical_crossentropy(from_logits=True)"'),
                choices(species='"keras.losses.SparseCategoricalCrossentropy(from_logits=True)"'),
            ],
            "an activation for a loss": [
                choices(species='"softmax"'),
                choices(sex='"sigmoid"'),
                choices(sex="keras.activations.sigmoid"),
            ],
            "misspelt loss": [
                choices(island='"categorial_crossentropy"'),
                choices(species='"sparse_crossentropy"'),
                choices(bikers='"squared error"'),
                choices(sex='""'),
            ],
            "squared error for integer classes": [
                choices(species='"mean_squared_error"'),
                choices(species='"mse"', island='"mse"', sex='"mse"'),
            ],
            "squared error for classes": [
                choices(island='"mse"'),
                choices(sex="keras.losses.MeanSquaredError()"),
                choices(sex='"mae"'),
            ],
            "cross-entropy for a number": [
                choices(bikers='"binary_crossentropy"'),
                choices(bikers='"sparse_categorical_crossentropy"'),
                choices(bikers='"categorical_crossentropy"'),
                choices(bikers="keras.losses.BinaryCrossentropy(from_logits=True)"),
                choices(bikers='"crossentropy"'),
                choices(bikers='"hinge"'),
                choices(bikers='"kl_divergence"'),
            ],
            "yes-or-no loss for integer classes": [choices(species='"binary_crossentropy"'), choices(species='"hinge"')],
            "yes-or-no loss for one-hot rows": choices(island="keras.losses.BinaryCrossentropy()"),
            "classes for yes or no": [
                choices(sex='"categorical_crossentropy"'),
                choices(sex='"sparse_categorical_crossentropy"'),
                choices(sex="keras.losses.CategoricalCrossentropy(from_logits=True)"),
            ],
            "one-hot loss for integer labels": [
                choices(species='"categorical_crossentropy"'),
                choices(species="keras.losses.CategoricalCrossentropy(from_logits=True)"),
                choices(species="keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)"),
            ],
            "integer loss for one-hot labels": [
                choices(island='"sparse_categorical_crossentropy"'),
                choices(island=SPARSE),
            ],
            "scores misread as probabilities": [
                choices(species='"sparse_categorical_crossentropy"'),
                choices(species="keras.losses.SparseCategoricalCrossentropy"),
                choices(species="keras.losses.SparseCategoricalCrossentropy()"),
            ],
            "softmax twice": [
                choices(island="keras.losses.CategoricalCrossentropy(from_logits=True)"),
                choices(island="keras.losses.CategoricalFocalCrossentropy(from_logits=True)"),
            ],
            "sigmoid twice": [
                choices(sex="keras.losses.BinaryCrossentropy(from_logits=True)"),
                choices(sex="keras.losses.BinaryFocalCrossentropy(from_logits=True)"),
                choices(sex="tf.nn.sigmoid_cross_entropy_with_logits"),
            ],
            NOT_EXPECTED: [
                choices(sex='"hinge"'),
                choices(sex='"kl_divergence"'),
                choices(island='"categorical_hinge"'),
                choices(island='"dice"'),
                choices(bikers='{"loss": "mse"}'),
                choices(bikers='"poisson"'),
                choices(bikers='"cosine_similarity"'),
                choices(species="keras.optimizers.Adam()"),
                choices(species="lambda y, s: 0.0"),
                choices(species="lambda y, s: 1 / keras.losses.sparse_categorical_crossentropy(y, s, from_logits=True)"),
                choices(island="keras.losses.CategoricalCrossentropy()(np.eye(3), np.eye(3))"),
            ],
            STOPPED: [
                choices(bikers="lambda y: y"),
                choices(bikers="lambda y, p: np.mean((y - p) ** 2)"),
                choices(species="tf.nn.sparse_softmax_cross_entropy_with_logits"),
            ],
        },
    ),
    "compute_the_loss": Answers(
        starter="def penguin_loss(labels, scores):\n    return ...",
        right={
            "with a loop": alone(
                "total = 0.0",
                "for label, row in zip(labels, scores):",
                "    total -= np.log(np.exp(row[label]) / sum(np.exp(row)))",
                "return total / len(labels)",
            ),
            "with one-hot rows": by_hand("return -np.sum(np.eye(3)[labels] * np.log(p)) / len(labels)"),
            "safe for large scores": alone(
                "s = scores - scores.max(axis=1, keepdims=True)",
                "log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))",
                "return -np.take_along_axis(log_p, labels[:, None], axis=1).mean()",
            ),
            "Keras": f"penguin_loss = {SPARSE}",
            "TensorFlow": alone(
                "return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores))"
            ),
            "clipped": by_hand("p = np.clip(p, 1e-7, 1 - 1e-7)", "return abs(np.log(p[rows, labels])).mean()"),
            "the diagonal of a table": by_hand("return -np.log(np.diag(p[:, labels])).mean()"),
            "one class after the other": by_hand(
                "return -sum(np.log(p[labels == k, k]).sum() for k in range(3)) / len(labels)"
            ),
            "in an array, in 32 bits": by_hand("return np.array([-np.log(p[rows, labels]).mean()], dtype='float32')"),
        },
        wrong={
            "nothing returned": by_hand("print(-np.log(p[rows, labels]).mean())"),
            "a loss for each row": [by_hand("return -np.log(p[rows, labels])"), by_hand("return list(-np.log(p[rows, labels]))")],
            "no softmax": [
                alone("return -np.log(scores[np.arange(len(labels)), labels]).mean()"),
                alone("p = scores / scores.sum(axis=1, keepdims=True)", "return -np.log(p[np.arange(len(labels)), labels]).mean()"),
                "penguin_loss = keras.losses.SparseCategoricalCrossentropy()",
                alone("p = scores / scores.sum(axis=1, keepdims=True)", "return -np.sum(np.eye(3)[labels] * np.log(p)) / len(labels)"),
            ],
            "one size of batch only": [
                by_hand("return -np.log(p[[0, 1, 2], labels]).mean()"),
                by_hand("return -np.log(p[[0, 1, 2, 3, 4, 5], labels]).mean()"),
                by_hand("return -np.log(p[rows, labels]).sum() / 6"),
                alone("e = np.exp(scores)", "p = e / e.sum(axis=1)", "return -np.log(p[np.arange(len(labels)), labels]).mean()"),
            ],
            "softmax twice": [
                by_hand("e = np.exp(p)", "q = e / e.sum(axis=1, keepdims=True)", "return -np.log(q[rows, labels]).mean()"),
                by_hand("return keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, p)"),
            ],
            "sigmoid for one of three": alone(
                "p = 1 / (1 + np.exp(-scores))", "return -np.log(p[np.arange(len(labels)), labels]).mean()"
            ),
            "yes-or-no formula": [
                by_hand("y = np.eye(3)[labels]", "return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()"),
                by_hand("y = np.eye(3)[labels]", "return -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum(axis=1).mean()"),
                by_hand("p = 1 / (1 + np.exp(-scores))", "y = np.eye(3)[labels]", "return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()"),
            ],
            "rows picked by the labels": by_hand("return -np.log(p[labels]).mean()"),
            "rows and classes swapped": by_hand("return -np.log(p[labels, rows]).mean()"),
            "rounded": [
                by_hand("return round(-np.log(p[rows, labels]).mean(), 3)"),
                by_hand("return -np.log(p[rows, labels]).mean().round(2)"),
            ],
            "softmax over the wrong axis": [
                by_hand("p = e / e.sum()", "return -np.log(p[rows, labels]).mean()"),
                by_hand("p = e / e.sum(axis=0)", "return -np.log(p[rows, labels]).mean()"),
            ],
            "scores only": [
                alone("return -scores[np.arange(len(labels)), labels].mean()"),
                by_hand("return -np.log(e[rows, labels]).mean()"),
            ],
            "no minus": [by_hand("return np.log(p[rows, labels]).mean()"), by_hand("return np.log(p[rows, labels]).sum()")],
            "sum instead of mean": [
                by_hand("return -np.log(p[rows, labels]).sum()"),
                by_hand("return -(np.eye(3)[labels] * np.log(p)).sum(axis=0).mean()"),
            ],
            "one row only": [
                by_hand("for i in rows:", "    return -np.log(p[i, labels[i]])"),
                by_hand("for i in rows:", "    loss = -np.log(p[i, labels[i]])", "return loss"),
            ],
            "mean over all classes": [by_hand("return -np.mean(np.eye(3)[labels] * np.log(p))"), by_hand("return -np.log(p).mean()")],
            "every column of every row": by_hand("return -np.log(p[:, labels]).mean()"),
            "the likeliest class instead of the right one": by_hand("return -np.log(p.max(axis=1)).mean()"),
            "logarithm of the mean": by_hand("return -np.log(p[rows, labels].mean())"),
            "another logarithm": [by_hand("return -np.log2(p[rows, labels]).mean()"), by_hand("return -np.log10(p[rows, labels]).mean()")],
            "no logarithm": [by_hand("return p[rows, labels].mean()"), by_hand("return 1 - p[rows, labels].mean()")],
            "squared error": by_hand("return np.mean((np.eye(3)[labels] - p) ** 2)"),
            NOT_EXPECTED: [
                by_hand("return p"),
                by_hand("return -np.log(p[rows, labels]).mean() + 1"),
                by_hand("return np.nan"),
                by_hand("return -np.log(p[rows, labels]).mean()").replace("scores)\n", "np.minimum(scores, 1.6))\n", 1),
                by_hand("return 'loss'"),
                by_hand("return -np.log(p[labels])"),
                by_hand("return np.mean(p.argmax(axis=1) == labels)"),
                by_hand("return -np.log(p[rows, labels]).mean()").replace("np.exp(scores)", "np.exp(scores - 1e-1 * scores**2)"),
                "penguin_loss = 1.2345",
            ],
            STOPPED: [
                by_hand("return -np.log(p[np.arange(800), labels]).mean()"),
                alone("return np.mean((scores - labels) ** 2)"),
                alone("return -np.log(softmaxx(scores)[labels]).mean()"),
                "def penguin_loss(scores):\n    return 0.0",
            ],
        },
    ),
    "compile_the_classifier": Answers(
        starter="penguin_model = ...",
        right={
            "names and a softmax": classifier(
                'optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]', WITH_SOFTMAX
            ),
            "objects, by position": classifier(f"keras.optimizers.SGD(0.1), {SPARSE}, metrics=[keras.metrics.SparseCategoricalAccuracy()]"),
            "a Functional model, several metrics": (
                "i = keras.Input(shape=(4,))\n"
                + classifier(
                    f'"rmsprop", loss=[{SPARSE}], metrics=["sparse_categorical_crossentropy", "acc"]',
                    "keras.Model(i, keras.layers.Dense(3)(i))",
                )
            ),
            "a function, weighted metrics, a schedule": classifier(
                "loss=lambda y, s: keras.losses.sparse_categorical_crossentropy(y, s, from_logits=True), "
                'weighted_metrics=["accuracy"], '
                "optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.0, 100, warmup_target=0.01, warmup_steps=20))"
            ),
            "class of a loss after softmax": classifier(
                "loss=keras.losses.SparseCategoricalCrossentropy, metrics=[keras.metrics.SparseCategoricalAccuracy]", WITH_SOFTMAX
            ),
            "default optimizer, weights, already trained": classifier(f'loss={SPARSE}, metrics=["accuracy"], loss_weights=[2.0]')
            + "\npenguin_model.fit(np.zeros((8, 4)), np.zeros(8, int), verbose=0)",
            "with a penalty on weights": classifier(
                f'"adamax", {SPARSE}, metrics=["accuracy"]',
                'keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(3, kernel_regularizer="l2")])',
            ),
            "named output, unmeasured optimizer": classifier(
                f'optimizer=keras.optimizers.Lion(0.001), loss={{"species": {SPARSE}}}, metrics={{"species": "accuracy"}}',
                "keras.Model(i := keras.Input(shape=(4,)), keras.layers.Dense(3, name='species')(i))",
            ),
            "a model, a loss and a metric of one's own": """
class Penguins(keras.Model):
    def __init__(self):
        super().__init__()
        self.scores = keras.layers.Dense(3)
    def call(self, inputs):
        return self.scores(inputs)

class Surprise(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)

def share_right(y_true, y_pred):
    return tf.cast(tf.equal(tf.cast(y_true, tf.int64), tf.argmax(y_pred, axis=-1)), "float32")

penguin_model = Penguins()
penguin_model(np.zeros((1, 4)))
penguin_model.compile(keras.optimizers.Adam(lambda: 0.01), Surprise(), metrics=[share_right])
""",
            "small positive scores at first": classifier(
                f'"adam", {SPARSE}, metrics=["accuracy"]',
                'keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(8, activation="relu", kernel_initializer=small), '
                "keras.layers.Dense(3, kernel_initializer=small)])",
            ).replace("penguin_model =", "small = keras.initializers.RandomUniform(0.0, 0.1, seed=1)\npenguin_model =", 1),
            "a layer of its own for softmax, short name": classifier(
                'loss="crossentropy", metrics=["accuracy"], run_eagerly=True',
                "keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(3), keras.layers.Softmax()])",
            ),
        },
        wrong={
            "kept what compile returned": f'penguin_model = new_penguin_model().compile(loss={SPARSE}, metrics=["accuracy"])',
            "a function instead of a model": "penguin_model = new_penguin_model",
            "never compiled": [
                "penguin_model = new_penguin_model()",
                f'penguin_model = new_penguin_model()\nnew_penguin_model().compile("adam", {SPARSE}, metrics=["accuracy"])',
                classifier(f'"adam", {SPARSE}, metrics=["accuracy"]') + "\npenguin_model = new_penguin_model()",
            ],
            "metrics as the third argument": [
                classifier(f'"adam", {SPARSE}, ["accuracy"]'),
                classifier('"adam", "sparse_categorical_crossentropy", ["accuracy"]'),
            ],
            "no loss": classifier('"adam", metrics=["accuracy"]'),
            "a metric for a loss": classifier('"adam", "accuracy", metrics=["accuracy"]'),
            "an object in quotation marks": classifier(
                '"adam", "sparse_categorical_crossentropy(from_logits=True)", metrics=["accuracy"]'
            ),
            "an activation for a loss": classifier('"adam", "softmax", metrics=["accuracy"]'),
            "misspelt loss": classifier('"adam", "sparse_crossentropy", metrics=["accuracy"]'),
            "squared error for classes": [
                classifier('"adam", "mean_squared_error", metrics=["accuracy"]'),
                classifier('"adam", keras.losses.MeanSquaredError(), metrics=["accuracy"]', WITH_SOFTMAX),
            ],
            "yes-or-no loss for three classes": [
                classifier('"adam", "binary_crossentropy", metrics=["accuracy"]'),
                classifier('"adam", keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"]'),
            ],
            "one-hot loss for integer labels": [
                classifier('"adam", "categorical_crossentropy", metrics=["accuracy"]'),
                classifier('"adam", keras.losses.CategoricalCrossentropy(from_logits=True), metrics=["accuracy"]'),
                classifier('"adam", "categorical_crossentropy", metrics=["accuracy"]', WITH_SOFTMAX),
            ],
            "sigmoid for one of three": [
                classifier('"adam", "sparse_categorical_crossentropy", metrics=["accuracy"]', WITH_SOFTMAX.replace("softmax", "sigmoid")),
                classifier(f'"adam", {SPARSE}, metrics=["accuracy"]', WITH_SOFTMAX.replace("softmax", "sigmoid")),
            ],
            "the loss's class, so scores are misread": classifier(
                '"adam", keras.losses.SparseCategoricalCrossentropy, metrics=["accuracy"]'
            ),
            "scores misread as probabilities": [
                classifier('"adam", "sparse_categorical_crossentropy", metrics=["accuracy"]'),
                classifier('"adam", keras.losses.SparseCategoricalCrossentropy(from_logits=False)'),
                classifier('"adam", "crossentropy", metrics=["accuracy"]'),
            ],
            "softmax twice, seen by Keras": classifier(f'"adam", {SPARSE}, metrics=["accuracy"]', WITH_SOFTMAX),
            "softmax twice": classifier(
                f'"adam", {SPARSE}, metrics=["accuracy"]', WITH_SOFTMAX.replace("])", ", keras.layers.Reshape((3,))])")
            ),
            "the loss among the metrics": classifier(f'"adam", {SPARSE}, metrics=["loss", "accuracy"]'),
            "misspelt metric": classifier(f'"adam", {SPARSE}, metrics=["acuracy"]'),
            "a metric of another shape": [
                classifier(f'"adam", {SPARSE}, metrics=["binary_accuracy"]'),
                classifier(f'"adam", {SPARSE}, metrics=[keras.metrics.Accuracy()]'),
                classifier(f'"adam", {SPARSE}, metrics=["mae"]'),
            ],
            "no metric": [classifier(f'"adam", {SPARSE}'), classifier(f'"adam", {SPARSE}, metrics=[]')],
            "accuracy for other labels": [
                classifier(f'"adam", {SPARSE}, metrics=["categorical_accuracy"]'),
                classifier(f'"adam", {SPARSE}, metrics=[keras.metrics.SparseTopKCategoricalAccuracy(k=2)]'),
            ],
            "learning rate too small": [
                classifier(RATE.format("Adam(0.00001)", SPARSE, '"accuracy"')),
                classifier(RATE.format("SGD(0.0001)", SPARSE, '"accuracy"')),
                classifier(f'"adadelta", {SPARSE}, metrics=["accuracy"]'),
            ],
            "learning rate of zero, or none": [
                classifier(RATE.format("Nadam(0.0)", SPARSE, '"accuracy"')),
                classifier(RATE.format("Lion(0.0)", SPARSE, '"accuracy"')),
                classifier(RATE.format("Adam(-0.01)", SPARSE, '"accuracy"')),
                classifier(RATE.format("SGD(float('nan'))", SPARSE, '"accuracy"')),
            ],
            "learning rate too large": [
                classifier(RATE.format("Adam(10.0)", SPARSE, '"accuracy"')),
                classifier(RATE.format("SGD(100.0)", SPARSE, '"accuracy"')),
            ],
            NOT_EXPECTED: [
                classifier(f'"adam", {SPARSE}, metrics=["sparse_categorical_crossentropy"]'),
                classifier(f'"adam", {SPARSE}, metrics=["accuracy"]', "keras.Sequential([keras.layers.Dense(3)])"),
                classifier('"adam", lambda y, s: tf.reduce_mean(s), metrics=["accuracy"]'),
                classifier(f'"adam", {SPARSE}, metrics=["accuracy"]')
                + "\npenguin_model.set_weights([weights * np.nan for weights in penguin_model.get_weights()])",
                classifier(f'"adam", {SPARSE}, metrics=["accuracy"]', "(new_penguin_model(),)").replace("model.compile", "model[0].compile"),
                classifier(f'"adam", {SPARSE}, metrics=["accuracy"]', "keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(2)])"),
            ],
            STOPPED: [
                classifier('"adam", lambda y, s: undefined(s), metrics=["accuracy"]'),
                classifier(f'"adam", {SPARSE}, metrics=["accuracy"]', "new_bike_model()"),
            ],
        },
    ),
    "compile_the_regressor": Answers(
        starter="bike_model = ...",
        right={
            "absolute error": regressor('"adam", "mean_absolute_error", metrics=["mae"]'),
            "root of the squared error": regressor(
                "optimizer=keras.optimizers.RMSprop(0.01), loss=keras.losses.MeanSquaredError(), metrics=[keras.metrics.RootMeanSquaredError()]"
            ),
            "Huber, Nadam, two metrics": regressor(
                'optimizer=keras.optimizers.Nadam(0.05), loss=keras.losses.Huber(), metrics=["mean_squared_error", "mean_absolute_error"]'
            ),
            "plain descent, small steps": regressor('keras.optimizers.SGD(0.0001), "mse", metrics=["mae"]'),
            "plain descent on absolute error": regressor('keras.optimizers.SGD(0.1), "mae", metrics=[keras.metrics.MeanAbsoluteError]'),
            "momentum": regressor('keras.optimizers.SGD(0.001, momentum=0.9), "mse", metrics=["mae"]'),
            "momentum on absolute error": regressor('keras.optimizers.SGD(0.001, momentum=0.9), "mae", metrics=["mae"]'),
            "plain descent on a wide Huber loss": regressor('keras.optimizers.SGD(0.008), keras.losses.Huber(100.0), metrics=["mae"]'),
            "sum over the batch, tiny steps": regressor(
                'keras.optimizers.SGD(0.000001), keras.losses.MeanSquaredError(reduction="sum"), metrics=["mae"]'
            ),
            "a metric with a name of its own": regressor(
                'keras.optimizers.Adam(0.01), "huber", metrics=[keras.metrics.MeanAbsoluteError(name="accuracy_in_bicycles")]'
            ),
            "cut gradients": regressor('keras.optimizers.SGD(0.1, clipnorm=1.0), "mse", metrics=["mae"]'),
            "a schedule": regressor(
                'keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.05, 100, 0.9)), "log_cosh", metrics=["mae"]'
            ),
            "Adagrad, a metric of one's own": regressor(
                'keras.optimizers.Adagrad(0.5), "mse", metrics=[lambda y, p: tf.reduce_mean(tf.abs(y - p))]'
            ),
            "a wide network, small steps": regressor(
                'keras.optimizers.Adam(0.0002), "mse", metrics=["mae"]',
                'keras.Sequential([keras.Input(shape=(27,)), keras.layers.Dense(1024, "relu"), keras.layers.Dense(64, "relu"), keras.layers.Dense(1)])',
            ),
            "an output brought to size, a small rate": regressor(
                'keras.optimizers.Adam(0.0001), "mse", metrics=["mae"]',
                'keras.Sequential([keras.Input(shape=(27,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1), keras.layers.Rescaling(100.0)])',
            ),
            "another network, a large rate": regressor(
                'keras.optimizers.Adam(1.0), "mean_absolute_percentage_error", metrics=["mae"], jit_compile=False',
                'keras.Sequential([keras.Input(shape=(27,)), keras.layers.Dense(1, kernel_regularizer="l2")])',
            ),
        },
        wrong={
            "kept what compile returned": 'bike_model = new_bike_model().compile("adam", "mse", metrics=["mae"])',
            "a function instead of a model": "bike_model = new_bike_model",
            "never compiled": "bike_model = new_bike_model()",
            "metrics as the third argument": regressor('"adam", "mse", ["mae"]'),
            "no loss": regressor('"adam", metrics=["mae"]'),
            "a metric for a loss": [
                regressor('"adam", "accuracy", metrics=["mae"]'),
                regressor('"adam", "root_mean_squared_error", metrics=["mae"]'),
                regressor('"adam", keras.metrics.MeanAbsoluteError(), metrics=["mae"]'),
            ],
            "an object in quotation marks": regressor('"adam", "mean_squared_error()", metrics=["mae"]'),
            "an activation for a loss": regressor('"adam", "linear", metrics=["mae"]'),
            "misspelt loss": [
                regressor('"adam", "mean_square_error", metrics=["mae"]'),
                regressor('"adam", "mean squared error", metrics=["mae"]'),
            ],
            "cross-entropy for a number": [
                regressor('"adam", "binary_crossentropy", metrics=["mae"]'),
                regressor('"adam", "sparse_categorical_crossentropy", metrics=["mae"]'),
                regressor('"adam", keras.losses.CategoricalCrossentropy(from_logits=True), metrics=["mae"]'),
            ],
            "the loss among the metrics": regressor('"adam", "mse", metrics=["loss"]'),
            "misspelt metric": regressor('"adam", "mse", metrics=["mean_abs_error"]'),
            "learning rate of zero, or none": regressor(RATE.format("Ftrl(0.0)", '"mse"', '"mae"')),
            "accuracy for regression": [
                regressor('"adam", "mse", metrics=["accuracy"]'),
                regressor('"adam", "mse", metrics=["mae", "accuracy"]'),
                regressor('"adam", "mse", metrics=[keras.metrics.Accuracy()]'),
            ],
            "no metric": [regressor('"adam", "mse"'), regressor('"adam", "mae"')],
            "metric in bicycles squared": [
                regressor('"adam", "mse", metrics=["mse"]'),
                regressor('"adam", "mae", metrics=[keras.metrics.MeanSquaredError(name="error")]'),
            ],
            "learning rate too small": [
                regressor(RATE.format("Adam(0.0001)", '"mse"', '"mae"')),
                regressor(RATE.format("Adam(0.000001)", '"mae"', '"mae"')),
                regressor(RATE.format("SGD(0.000001)", '"mse"', '"mae"')),
                regressor(RATE.format("SGD(0.001)", '"mae"', '"mae"')),
                regressor(RATE.format("SGD(0.0001, momentum=0.9)", "keras.losses.Huber()", '"mae"')),
                regressor('"adagrad", "mse", metrics=["mae"]'),
                regressor('"adadelta", "mse", metrics=["mae"]'),
            ],
            "learning rate too large": [
                regressor(RATE.format("Adam(10.0)", '"mse"', '"mae"')),
                regressor(RATE.format("SGD(0.1)", '"mse"', '"mae"')),
                regressor('"sgd", "mse", metrics=["mae"]'),
                regressor(RATE.format("SGD(0.01, momentum=0.9)", '"mse"', '"mae"')),
                regressor(RATE.format("SGD(10.0)", '"mae"', '"mae"')),
                regressor(RATE.format("SGD(0.004, momentum=0.9)", '"mse"', '"mae"')),
                regressor(
                    RATE.format("SGD(0.1)", '"mse"', '"mae"'),
                    'keras.Sequential([keras.Input(shape=(27,)), keras.layers.Dense(64, "relu", kernel_regularizer=keras.regularizers.L2(1.0)), '
                    "keras.layers.Dense(1)])",
                ),
            ],
            NOT_EXPECTED: [
                regressor('"adam", "poisson", metrics=["mae"]'),
                regressor('"adam", "mse", metrics=["mape"]'),
                regressor('"adam", "mse", metrics=["mae"]', 'keras.Sequential([keras.Input(shape=(27,)), keras.layers.Dense(1, "sigmoid")])'),
                regressor('"adam", "mse", metrics=["mae"]', 'keras.Sequential([keras.Input(shape=(27,)), keras.layers.Dense(1, "softmax")])'),
                regressor('"adam", "mse", metrics=["mae"]', 'keras.Sequential([keras.Input(shape=(27,)), keras.layers.Dense(1, "tanh")])'),
                regressor('"adam", "mse", metrics=["mae"]', "keras.Sequential([keras.Input(shape=(27,)), keras.layers.Dense(24)])"),
                regressor('"adam", "mse", metrics=["mae"]', "keras.Sequential([keras.layers.Dense(1)])"),
            ],
            STOPPED: [
                regressor('"adam", "mse", metrics=["mae"]', "new_penguin_model()"),
                regressor('"adam", "mse", metrics=[lambda y, p: undefined(y)]'),
            ],
        },
    ),
}
