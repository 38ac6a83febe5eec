"""Answers to the exercises of step 5."""

from companion.feedback import NOT_EXPECTED, STOPPED
from exercises.answers import Answers

SETUP = """
import keras
import numpy as np
import tensorflow as tf
from companion import datasets

panels = {
    "A": {"loss": [.69, .55, .45, .39, .35, .32, .30, .29, .28, .28, .27, .27],
          "val_loss": [.66, .53, .45, .40, .36, .34, .32, .31, .30, .30, .30, .30]},
    "B": {"loss": [.66, .50, .38, .30, .24, .19, .15, .12, .09, .07, .05, .04],
          "val_loss": [.62, .51, .42, .44, .39, .36, .34, .37, .41, .46, .50, .55]},
    "C": {"loss": [.68, .64, .62, .61, .60, .60, .59, .59, .59, .59, .59, .59],
          "val_loss": [.68, .65, .63, .62, .61, .61, .61, .60, .60, .60, .60, .60]},
    "D": {"loss": [.70, .68, .66, .63, .61, .58, .56, .53, .51, .48, .46, .43],
          "val_loss": [.70, .68, .66, .64, .62, .59, .57, .54, .52, .49, .47, .45]},
}

penguins = datasets.load_penguins()
known = penguins["sex"] != ""
columns = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
penguin_order = np.random.default_rng(0).permutation(333)
x_penguins = np.stack([penguins[name] for name in columns], axis=1)[known][penguin_order]
is_male = (penguins["sex"] == "MALE")[known][penguin_order].astype("float32")

x_scaled = (x_penguins - x_penguins[:120].mean(axis=0)) / x_penguins[:120].std(axis=0)
as_rows = tf.data.Dataset.from_tensor_slices
penguins_train = as_rows((x_scaled[:120], is_male[:120])).shuffle(120, seed=0).batch(60)
penguins_val = as_rows((x_scaled[120:220], is_male[120:220])).batch(100)
penguins_test = as_rows((x_scaled[220:], is_male[220:])).batch(113)

def new_penguin_model(learning_rate=0.03):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(64, activation="relu")])
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    model.compile(optimizer=keras.optimizers.Adam(learning_rate), loss="binary_crossentropy")
    return model

settings = {"validation_data": penguins_val, "shuffle": False, "verbose": 0}

from exercises.step5 import trained_once

def good_stop():
    def train():
        stopper, model = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True), new_penguin_model()
        return stopper, model, model.fit(penguins_train, epochs=40, callbacks=stopper, **settings)
    return trained_once("stop", train)

def fair_runs():
    fit = {"x": penguins_train, "epochs": 30, **settings}
    return trained_once("fair", lambda: [new_penguin_model(rate).fit(**fit) for rate in (0.003, 0.03)])
"""

_TRAINED = {}


def trained_once(name, train):
    """What `train` returns, from its first call; for answers that are wrong in what they do afterwards."""
    if name not in _TRAINED:
        _TRAINED[name] = train()
    return _TRAINED[name]


def findings(b="too many epochs", c="model too small", d="too few epochs", best_of_b="7"):
    """The answer to the curves with one thing changed."""
    return f'findings = {{"A": "fits well", "B": "{b}", "C": "{c}", "D": "{d}"}}\nbest_of_b = {best_of_b}'


# Keras warns, on the page of the notebook, where it can be overlooked.
QUIET = "import warnings\nwarnings.simplefilter('ignore')\n"


AS_EVERYWHERE = "validation_data=penguins_val, shuffle=False, verbose=0"


def stopping(
    callback="monitor='val_loss', patience=5, restore_best_weights=True",
    fit=f"epochs=40, callbacks=[stopper], {AS_EVERYWHERE}",
):
    """The answer to early stopping with one thing changed."""
    return (
        f"stopper = keras.callbacks.EarlyStopping({callback})\n"
        f"stopped_model = new_penguin_model()\nstopped_run = stopped_model.fit(penguins_train, {fit})"
    )


def reading(lowest):
    """Two good runs, from which `lowest` is read."""
    return f"slow_run, fast_run = fair_runs()\nlowest = {lowest}"


def instead(which, rate, fit, lowest="[min(run.history['val_loss']) for run in (slow_run, fast_run)]"):
    """Two good runs, one of which is replaced by another."""
    model = f"new_penguin_model({rate})"
    return f"slow_run, fast_run = fair_runs()\n{which}_run = {model}.fit(penguins_train, {fit})\nlowest = {lowest}"


LOWEST = "[min(run.history['val_loss']) for run in (slow_run, fast_run)]"


def choosing(*lines):
    """A function for the last exercise."""
    return "\n    ".join(["def choose_and_test(candidates, validation, test):", *lines])


FIRST = "stopped_model.fit(penguins_train, epochs=9, shuffle=False, verbose=0)"
ERRORS = "errors = {name: model.evaluate(*validation, verbose=0) for name, model in candidates.items()}"
BEST = "best = min(errors, key=errors.get)"
TESTED = "tested = {name: model.evaluate(*test, verbose=0) for name, model in candidates.items()}"

ANSWERS = {
    "read_the_curves": Answers(
        starter='findings = {"A": "fits well", "B": ..., "C": ..., "D": ...}\nbest_of_b = ...',
        right={
            "by hand": findings(),
            "a list's own search": findings(
                best_of_b="1 + panels['B']['val_loss'].index(min(panels['B']['val_loss']))"
            ),
            "other capitals and blanks": findings(b="Too many  epochs ", best_of_b="7.0"),
            "a tensor": findings(best_of_b="tf.argmin(panels['B']['val_loss']) + 1"),
            "an array of one": findings(best_of_b="np.flatnonzero(np.isclose(panels['B']['val_loss'], .34)) + 1"),
        },
        wrong={
            "over-fitting taken for a good fit": [findings(b="fits well"), findings(b="fits well", d="model too small")],
            "a falling training loss taken for a reason to go on": findings(b="too few epochs"),
            "over-fitting taken for a small model": findings(b="model too small"),
            "two close curves taken for a good fit": [findings(c="fits well"), findings(d="fits well")],
            "a high loss taken for too many epochs": [findings(c="too many epochs"), findings(d="too many epochs")],
            "a small model taken for too few epochs": findings(c="too few epochs"),
            "too few epochs taken for a small model": findings(d="model too small"),
            "the loss instead of its epoch": [
                findings(best_of_b="min(panels['B']['val_loss'])"),
                findings(best_of_b="min(panels['B']['loss'])"),
            ],
            "counted from 0": findings(best_of_b="np.argmin(panels['B']['val_loss'])"),
            "the last epoch": [findings(best_of_b="np.argmin(panels['B']['loss']) + 1"), findings(best_of_b="12")],
            "stopped at the first rise": [findings(best_of_b="3"), findings(best_of_b="4")],
            "the smallest gap": findings(best_of_b="2"),
            "the first epoch that is worse": findings(best_of_b="8"),
            NOT_EXPECTED: [
                findings(best_of_b="5"),
                findings(best_of_b="'7'"),
                findings(best_of_b="True"),
                findings(best_of_b="panels['B']['val_loss']"),
                findings(b="over-fitting"),
                findings().replace('"D": "too few epochs"', ""),
                findings().replace('"A": "fits well"', '"A": "too many epochs"'),
                "findings = ['fits well', 'too many epochs', 'model too small', 'too few epochs']\nbest_of_b = 7",
            ],
        },
    ),
    "stop_at_the_right_time": Answers(
        starter="stopper = ...\n\nstopped_model = new_penguin_model()\nstopped_run = ...",
        right={
            "arrays, no list": (
                "stopper = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True, mode='min', min_delta=1e-4)\n"
                "stopped_model = new_penguin_model()\n"
                "stopped_run = stopped_model.fit(x_scaled[:120], is_male[:120], batch_size=2, epochs=40, callbacks=stopper,\n"
                "                                validation_data=(x_scaled[120:220], is_male[120:220]), verbose=0)"
            ),
            "a model of its own, with logits in a functional form": (
                "stopper = [keras.callbacks.EarlyStopping('val_loss', 0, 5, restore_best_weights=True)]\n"
                "inputs = keras.Input((4,))\n"
                "hidden = keras.layers.Dense(32, 'tanh')(inputs)\n"
                "stopped_model = keras.Model(inputs, keras.ops.sigmoid(keras.layers.Dense(1)(hidden)))\n"
                "stopped_model.compile('rmsprop', 'binary_crossentropy', metrics=['accuracy'])\n"
                "stopped_model.optimizer.learning_rate = 0.03\n"
                "stopped_run = stopped_model.fit(penguins_train, epochs=300, callbacks=stopper, **settings)"
            ),
            "a model that gives logits, with a penalty on its weights": (
                "stopper = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)\n"
                "hidden = keras.layers.Dense(16, 'relu', kernel_regularizer='l2')\n"
                "stopped_model = keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(1)])\n"
                "loss = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)\n"
                "stopped_model.compile(keras.optimizers.Adam(0.3), loss)\n"
                "stopped_run = stopped_model.fit(penguins_train, epochs=40, callbacks=[stopper], **settings)"
            ),
            "another loss, which begins lower": (
                "stopper = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)\n"
                "stopped_model = new_penguin_model()\n"
                "stopped_model.compile(keras.optimizers.Adam(0.1), lambda y, p: keras.ops.square(keras.ops.reshape(y, (-1, 1)) - p))\n"
                "stopped_run = stopped_model.fit(penguins_train, epochs=40, callbacks=[stopper], **settings)"
            ),
            "another callback keeps the best": QUIET
            + (
                "import tempfile\n"
                "file = tempfile.mkdtemp() + '/best.weights.h5'\n"
                "stopper = keras.callbacks.EarlyStopping(patience=5)\n"
                "keep = keras.callbacks.ModelCheckpoint(file, save_best_only=True, save_weights_only=True)\n"
                "stopped_run = new_penguin_model().fit(penguins_train, epochs=40, callbacks=[stopper, keep], **settings)\n"
                "stopped_model = new_penguin_model()\n"
                "stopped_model.load_weights(file)"
            ),
        },
        wrong={
            "the callback is not handed to fit": stopping(fit=f"epochs=40, {AS_EVERYWHERE}"),
            "no validation data": QUIET + stopping(fit="epochs=8, callbacks=[stopper], shuffle=False, verbose=0"),
            "the dictionary instead of the history": "stopper, stopped_model, run = good_stop()\nstopped_run = run.history",
            "a model that was not trained in this run": (
                "stopper, _, stopped_run = good_stop()\nstopped_model = new_penguin_model()"
            ),
            "fitting once more than the history tells": f"{stopping()}\n{FIRST}",
            "stopping on the training loss": stopping("monitor='loss', patience=5, restore_best_weights=True"),
            "a name that is not in the history": QUIET + stopping("'val_accuracy', patience=5, mode='max', restore_best_weights=True"),
            "a loss taken for something to raise": stopping("patience=5, mode='max', restore_best_weights=True"),
            "validating on the training rows": stopping(
                fit="epochs=40, callbacks=[stopper], validation_data=penguins_train, shuffle=False, verbose=0"
            ),
            "training on the test rows": stopping().replace("fit(penguins_train", "fit(penguins_test"),
            "training on the validation rows": stopping().replace("fit(penguins_train", "fit(penguins_val"),
            "validating on the test rows": stopping(
                fit="epochs=40, callbacks=[stopper], validation_data=penguins_test, shuffle=False, verbose=0"
            ),
            "fitting a model that was fitted before": [
                stopping().replace("stopped_run", f"{FIRST}\nstopped_run", 1),
                stopping().replace(
                    "stopped_run", f"{FIRST}\nstopped_model.compile('adam', 'binary_crossentropy')\nstopped_run", 1
                ),
            ],
            "hardly any patience": [stopping(""), stopping("patience=1, restore_best_weights=True")],
            "too few epochs allowed": stopping(fit=f"epochs=5, callbacks=[stopper], {AS_EVERYWHERE}"),
            "more patience than the training has epochs for": stopping("patience=40, restore_best_weights=True"),
            "small gains do not count": stopping("patience=5, min_delta=0.2, restore_best_weights=True"),
            "a baseline that is not reached": stopping("patience=5, baseline=0.1, restore_best_weights=True"),
            "best weights not restored": stopping("patience=5"),
            NOT_EXPECTED: [
                "stopper = keras.callbacks.EarlyStopping\nstopped_model = new_penguin_model()\nstopped_run = 3",
                "stopper, stopped_run, stopped_model = good_stop()",
                "stopper, stopped_model, run = good_stop()\nstopped_run = run.history['val_loss']",
                "_, stopped_model, stopped_run = good_stop()\nstopper = keras.callbacks.ModelCheckpoint('best.keras')",
                stopping("patience=5, start_from_epoch=20, restore_best_weights=True"),
                stopping("patience=4, restore_best_weights=True"),
                stopping("patience=7, restore_best_weights=True"),
                "stopper = keras.callbacks.EarlyStopping()\nstopped_model = new_penguin_model()\nstopped_run = keras.callbacks.History()",
            ],
        },
    ),
    "train_from_scratch_twice": Answers(
        starter="slow_run = ...\nfast_run = ...\n\nlowest = ...",
        right={
            "rounded, from an array": reading(
                "np.round(np.min([run.history['val_loss'] for run in (slow_run, fast_run)], axis=1), 2)"
            ),
            "the same model, set back to its first weights": (
                "model = new_penguin_model(0.003)\n"
                "weights = model.get_weights()\n"
                "slow_run = model.fit(penguins_train, epochs=30, **settings)\n"
                "model.set_weights(weights)\n"
                "model.compile(keras.optimizers.Adam(0.03), 'binary_crossentropy')\n"
                "fast_run = model.fit(penguins_train, epochs=30, **settings)\n"
                "lowest = {run.model.name + str(i): min(run.history['val_loss']) for i, run in enumerate([slow_run, fast_run])}"
            ),
            "trained on afterwards": (
                "slow_run, fast_run = fair_runs()\n"
                "fast = new_penguin_model(0.03)\n"
                "fast_run = fast.fit(penguins_train, epochs=30, **settings)\n"
                "fast.fit(penguins_train, epochs=5, **settings)\n"
                f"lowest = {LOWEST}"
            ),
            "models of one's own, with a penalty on the weights, dropout and another loss": (
                "def make(rate, loss):\n"
                "    hidden = keras.layers.Dense(32, 'tanh', kernel_regularizer=keras.regularizers.L1(0.01))\n"
                "    layers = [hidden, keras.layers.Dropout(0.1), keras.layers.Dense(1, 'sigmoid')]\n"
                "    model = keras.Sequential([keras.Input((4,)), *layers])\n"
                "    model.compile(keras.optimizers.Adam(rate), loss)\n"
                "    return model\n"
                "slow_run = make(0.003, 'bce').fit(penguins_train, epochs=30, **settings)\n"
                "fast_run = make(0.03, 'mse').fit(penguins_train, epochs=30, **settings)\n"
                f"lowest = {LOWEST}"
            ),
            "a clone without the weights": (
                "slow_run, _ = fair_runs()\n"
                "fast = keras.models.clone_model(slow_run.model)\n"
                "fast.compile(keras.optimizers.Adam(0.03), 'binary_crossentropy')\n"
                "fast_run = fast.fit(penguins_train, epochs=30, **settings)\n"
                f"lowest = tuple({LOWEST})"
            ),
        },
        wrong={
            "fitting again on a trained model": [
                (
                    "model = new_penguin_model(0.003)\n"
                    f"slow_run = model.fit(penguins_train, epochs=30, {AS_EVERYWHERE})\n"
                    "model.optimizer.learning_rate = 0.03\n"
                    f"fast_run = model.fit(penguins_train, epochs=30, {AS_EVERYWHERE})\n"
                    f"lowest = {LOWEST}"
                ),
                (
                    "model = new_penguin_model(0.003)\n"
                    "model.fit(penguins_train, epochs=20, shuffle=False, verbose=0)\n"
                    "slow_run = model.fit(penguins_train, epochs=30, **settings)\n"
                    "_, fast_run = fair_runs()\n"
                    f"lowest = {LOWEST}"
                ),
            ],
            "compiling again taken for starting over": (
                "model = new_penguin_model(0.03)\n"
                "fast_run = model.fit(penguins_train, epochs=30, **settings)\n"
                "model.compile(keras.optimizers.Adam(0.003), 'binary_crossentropy')\n"
                "slow_run = model.fit(penguins_train, epochs=30, **settings)\n"
                f"lowest = {LOWEST}"
            ),
            "the dictionary instead of the history": "slow_run, fast_run = (run.history for run in fair_runs())\nlowest = [0.3, 0.2]",
            "weights carried over": (
                "slow_run, _ = fair_runs()\n"
                "fast = new_penguin_model(0.03)\n"
                "fast.set_weights(slow_run.model.get_weights())\n"
                "fast_run = fast.fit(penguins_train, epochs=30, **settings)\n"
                f"lowest = {LOWEST}"
            ),
            "no validation data": instead("slow", "0.003", "epochs=2, shuffle=False, verbose=0", lowest="[0.3, 0.2]"),
            "validating on the training rows": instead(
                "fast", "0.03", "epochs=30, validation_data=penguins_train, shuffle=False, verbose=0"
            ),
            "training on the validation rows": instead("slow", "0.003", "epochs=30, **settings").replace(
                "fit(penguins_train", "fit(penguins_val"
            ),
            "comparing on the test rows": instead(
                "slow", "0.003", "epochs=30, validation_data=penguins_test, shuffle=False, verbose=0"
            ),
            "one run longer than the other": instead("fast", "0.03", "epochs=12, **settings"),
            "too few epochs": (
                "slow_run, fast_run = (\n"
                "    new_penguin_model(rate).fit(penguins_train, epochs=3, **settings) for rate in (0.003, 0.03))\n"
                f"lowest = {LOWEST}"
            ),
            "the same learning rate twice": instead("slow", "", "epochs=30, **settings"),
            "slow and fast swapped": f"fast_run, slow_run = fair_runs()\nlowest = {LOWEST}",
            "the last epoch instead of the best": reading("[run.history['val_loss'][-1] for run in (slow_run, fast_run)]"),
            "the training loss instead of the validation loss": reading(
                "[min(slow_run.history['loss']), min(fast_run.history['loss'])]"
            ),
            "the place instead of the loss": [
                reading("[np.argmin(slow_run.history['val_loss']), np.argmin(fast_run.history['val_loss'])]"),
                reading("[1 + np.argmin(run.history['val_loss']) for run in (slow_run, fast_run)]"),
            ],
            "the highest instead of the lowest": reading("[max(run.history['val_loss']) for run in (slow_run, fast_run)]"),
            "fast before slow": reading("[min(run.history['val_loss']) for run in (fast_run, slow_run)]"),
            NOT_EXPECTED: [
                "slow_run = new_penguin_model(0.003)\nfast_run = new_penguin_model(0.03)\nlowest = [0.3, 0.2]",
                "slow_run = fast_run = fair_runs()[0]\nlowest = [0.3, 0.2]",
                instead("fast", "0.03", "epochs=30, validation_data=(x_scaled[:220], is_male[:220]), verbose=0, shuffle=False"),
                reading("[0.3]"),
                reading("[0.12, 0.34]"),
                reading("[run.history['val_loss'] for run in (slow_run, fast_run)]"),
            ],
        },
    ),
    "choose_and_test_once": Answers(
        starter="def choose_and_test(candidates, validation, test):\n    return ...      # your turn",
        right={
            "a loop": choosing(
                "best, lowest = None, float('inf')",
                "for name in candidates:",
                "    error = candidates[name].evaluate(validation[0], validation[1], verbose=0)",
                "    if error < lowest:",
                "        best, lowest = name, error",
                "return best, candidates[best].evaluate(test[0], test[1], verbose=0)",
            ),
            "errors by hand from predictions": choosing(
                "def error(name, x, y):",
                "    return np.abs(candidates[name].predict(x, verbose=0).ravel() - y).mean()",
                "best = min(candidates, key=lambda name: error(name, *validation))",
                "return [best, np.float32(error(best, *test))]",
            ),
            "NumPy and a dataset": choosing(
                "names = np.array(list(candidates))",
                "rows = tf.data.Dataset.from_tensor_slices(validation).batch(16)",
                "errors = [candidates[name].evaluate(rows, verbose=0, return_dict=True)['loss'] for name in names]",
                "best = names[np.argmin(errors)]",
                "return best, round(candidates[best].evaluate(x=test[0], y=test[1], batch_size=10, verbose=0), 2)",
            ),
            "Keras's own metric": choosing(
                "off = {}",
                "for name, model in candidates.items():",
                "    metric = keras.metrics.MeanAbsoluteError()",
                "    metric.update_state(validation[1], model(validation[0]).numpy())",
                "    off[float(metric.result())] = name",
                "best = off[min(off)]",
                "return best, candidates[best].test_on_batch(*test)",
            ),
            "positions in two lists, one of them found by TensorFlow": choosing(
                "names = list(candidates)",
                "i = tf.argmin([candidates[name].evaluate(*validation) for name in names])",
                "return names[i], tf.constant(candidates[names[i]].evaluate(*test))",
            ),
            "called as functions, sorted": (
                "def choose_and_test(models, val, last):\n"
                "    off = lambda model, rows: float(tf.reduce_mean(tf.abs(tf.squeeze(model(rows[0], training=False)) - rows[1])))\n"
                "    ranked = sorted((off(model, val), name) for name, model in models.items())\n"
                "    return ranked[0][1], off(models[ranked[0][1]], last)"
            ),
        },
        wrong={
            "error before name": choosing(ERRORS, BEST, "return candidates[best].evaluate(*test, verbose=0), best"),
            "the model instead of its name": choosing(
                "best = min(candidates.values(), key=lambda model: model.evaluate(*validation, verbose=0))",
                "return best, best.evaluate(*test, verbose=0)",
            ),
            "a place instead of a name": choosing(
                "models = list(candidates.values())",
                "best = np.argmin([model.evaluate(*validation, verbose=0) for model in models])",
                "return best, models[best].evaluate(*test, verbose=0)",
            ),
            "training while choosing": choosing(
                ERRORS, BEST, "candidates[best].fit(*validation, verbose=0)", "return best, candidates[best].evaluate(*test)"
            ),
            "a column minus a row": choosing(
                ERRORS, BEST, "return best, np.abs(candidates[best].predict(test[0], verbose=0) - test[1]).mean()"
            ),
            "choosing on the test set": [
                choosing(TESTED, "best = min(tested, key=tested.get)", "return best, tested[best]"),
                choosing(ERRORS, TESTED, "best = min(tested, key=tested.get)", "return best, errors[best]"),
            ],
            "choosing on validation and test together": [
                choosing(ERRORS, TESTED, "best = min(errors, key=lambda name: errors[name] + tested[name])", "return best, tested[best]"),
                choosing(
                    "x, y = (np.concatenate(both) for both in zip(validation, test))",
                    "best = min(candidates, key=lambda name: candidates[name].evaluate(x, y, verbose=0))",
                    "return best, candidates[best].evaluate(*test, verbose=0)",
                ),
            ],
            "the highest error wins": choosing(
                ERRORS, "best = max(errors, key=errors.get)", "return best, candidates[best].evaluate(*test, verbose=0)"
            ),
            "the alphabet chooses": [
                choosing(ERRORS, "best = min(errors)", "return best, candidates[best].evaluate(*test, verbose=0)"),
                choosing(ERRORS, "best = max(errors)", "return best, candidates[best].evaluate(*test, verbose=0)"),
            ],
            "the choice does not depend on the errors": [
                choosing(
                    "for name, model in candidates.items():",
                    "    error = model.evaluate(*validation, verbose=0)",
                    "return name, model.evaluate(*test, verbose=0)",
                ),
                choosing("name = next(iter(candidates))", "return name, candidates[name].evaluate(*test, verbose=0)"),
            ],
            "the validation error reported as the test error": [
                choosing(ERRORS, BEST, "return best, errors[best]"),
                choosing(ERRORS, BEST, "return best, candidates[best].evaluate(*validation, verbose=0)"),
            ],
            "the lowest test error of all": choosing(ERRORS, BEST, TESTED, "return best, min(tested.values())"),
            "the model left over from the loop": choosing(
                "errors = {}",
                "for name, model in candidates.items():",
                "    errors[name] = model.evaluate(*validation, verbose=0)",
                BEST,
                "return best, model.evaluate(*test, verbose=0)",
            ),
            "every candidate is tested": choosing(ERRORS, TESTED, BEST, "return best, tested[best]"),
            NOT_EXPECTED: [
                choosing(ERRORS, "return min(errors, key=errors.get)"),
                choosing(ERRORS, BEST, "candidates[best].evaluate(*test, verbose=0)"),
                choosing("return 'wide', 7.0"),
                choosing(TESTED, "best = max(tested, key=tested.get)", "return best, tested[best]"),
                choosing(ERRORS, BEST, "return best, np.square(candidates[best].predict(test[0])[:, 0] - test[1]).mean()"),
                choosing("best = min(candidates.values(), key=lambda it: it.evaluate(*validation))", "return best.name, 7"),
                choosing(ERRORS, BEST, "return best, errors"),
                choosing(ERRORS, BEST, "return best, 0.0"),
                choosing(ERRORS, BEST, "return best, round(candidates[best].evaluate(*test, verbose=0))"),
                choosing("return min((model.evaluate(validation), name) for name, model in candidates.items())[::-1]"),
                choosing("best = min(candidates, key=lambda name: candidates[name].history['val_loss'])", "return best, 1.0"),
            ],
            STOPPED: [
                choosing("return candidates[0], 1.0"),
                choosing("return min(candidates, key=lambda model: model.evaluate(*validation)), 1.0"),
                choosing("return min(candidates, key=lambda name: candidates[name].evaluate(*validation)[0]), 1.0"),
            ],
        },
    ),
}
