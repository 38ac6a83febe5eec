"""Exercises of step 5, train the model: curves, early stopping, fair comparisons, and one test."""

import functools
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np

from companion import datasets, expect, messages
from companion.expect import Unexpected
from companion.feedback import Exercise, Misconception, everything_is_filled_in

CURVES, VALIDATION = "5.5 Under- and over-fitting", "5.4 Validation: a number for choosing"
FIT, STOP, TEST = (
    "5.2 What fit does, and what it returns",
    "5.6 Stop at the right time",
    "5.11 Choose, then test once",
)

# --- Read the curves ---

FITS, TOO_FEW, TOO_MANY, TOO_SMALL = WORDS = ("fits well", "too few epochs", "too many epochs", "model too small")
TRUE_FINDINGS = {"A": FITS, "B": TOO_MANY, "C": TOO_SMALL, "D": TOO_FEW}
# Of panel B: the epoch with the lowest validation loss, and what other rules would choose.
BEST, BEFORE_FIRST_RISE, SMALLEST_GAP, EPOCHS_SHOWN = 7, 3, 2, 12


def _curves_are_read(findings: object, best_of_b: object) -> bool:
    inner = findings.values() if isinstance(findings, dict) else [findings]
    return everything_is_filled_in(best_of_b, *inner)


def _observe_findings(findings: object, best_of_b: object) -> SimpleNamespace:
    """What was found in each panel, in lower case, and the epoch as a number."""
    if not isinstance(findings, dict):
        raise Unexpected(
            "`findings` to be a dictionary with the keys A, B, C and D",
            messages.of(findings),
            "The check looks up what you say of each panel.",
            "Keep the form of the first line and replace its `...`.",
        )
    said = {}
    for panel in TRUE_FINDINGS:
        word = findings.get(panel)
        said[panel] = " ".join(word.lower().split()) if isinstance(word, str) else ""
        if said[panel] not in WORDS:
            raise Unexpected(
                f"`findings['{panel}']` to be one of " + ", ".join(f"`'{word}'`" for word in WORDS),
                messages.of(word),
                "Other words may say the same, but the check knows these four.",
                "Copy the words from the task.",
            )
    epoch = _one_number(best_of_b)
    if epoch is None:
        raise Unexpected(
            "`best_of_b` to be one number",
            messages.of(best_of_b),
            "It says after which epoch you would have liked the training to end.",
            "Count the epochs of panel B from 1.",
        )
    return SimpleNamespace(**{panel.lower(): word for panel, word in said.items()}, epoch=epoch)


def _one_number(value: object) -> float | None:
    """The finite number that a value is, or holds alone; None for anything else."""
    try:
        numbers = expect.array(value, "the number")
    except Unexpected:
        return None
    return float(numbers.reshape(())) if numbers.size == 1 and numbers.dtype.kind != "b" else None


def _check_findings(it: SimpleNamespace) -> None:
    if it.a != FITS:
        raise Unexpected(
            "panel A to stay as it was given, `'fits well'`",
            f"`'{it.a}'`",
            "Its two losses end low and close to each other, and both are level.",
            "Set it back, and compare the other panels with it.",
        )
    if it.epoch != BEST:
        raise Unexpected(
            "the epoch of panel B with the lowest validation loss",
            f"epoch {it.epoch:g}",
            "The weights of that epoch did best on penguins that the model was not trained on.",
            "Look for the lowest number in `panels['B']['val_loss']` and count its place from 1.",
            STOP,
        )


read_the_curves = Exercise(
    name="step5.read_the_curves",
    title="Read the curves",
    task=(
        "Say in `findings` what each of the four panels shows: 'fits well', 'too few epochs', 'too many epochs' or "
        "'model too small'. Then say in `best_of_b` which epoch of panel B was the best, counted from 1."
    ),
    answers=["findings", "best_of_b"],
    lesson=CURVES,
    attempted=_curves_are_read,
    observe=_observe_findings,
    misconceptions=[
        Misconception(
            name="over-fitting taken for a good fit",
            seen=lambda it: it.b == FITS,
            did=(
                "You say that the training in panel B fits well, as its training loss would let one think: it ends "
                "near 0."
            ),
            follows=(
                "Its validation loss ends at 0.55, though it had been at 0.34. On new penguins this model is by "
                "now far worse than it was, and the low training loss hides it."
            ),
            change="Judge by the dashed curve, and by where it turns.",
            lesson=CURVES,
        ),
        Misconception(
            name="a falling training loss taken for a reason to go on",
            seen=lambda it: it.b == TOO_FEW,
            did="You say that panel B had too few epochs; its training loss is indeed still falling.",
            follows=(
                "The validation loss rises over the last five epochs, from 0.34 to 0.55. More epochs would "
                "lower the loss on what the model knows already, and nothing else."
            ),
            change="Ask of each panel where the validation loss is going when the training ends.",
            lesson=CURVES,
        ),
        Misconception(
            name="over-fitting taken for a small model",
            seen=lambda it: it.b == TOO_SMALL,
            did="You say that the model of panel B is too small.",
            follows=(
                "A model that is too small cannot even learn the examples it is shown; this one brings their loss "
                "down to 0.04. It has room enough to learn them by heart, so a larger model would be no cure."
            ),
            change="Look at the training loss first: it says whether the model can learn these penguins at all.",
            lesson=CURVES,
        ),
        Misconception(
            name="two close curves taken for a good fit",
            seen=lambda it: FITS in (it.c, it.d),
            did="You say of a panel besides A that it fits well, perhaps because its two curves lie close together.",
            follows=(
                "A small gap says only that the model does as badly on new penguins as on the known ones. In C both "
                "losses end near 0.6 and in D near 0.45, where those of A get down to 0.3."
            ),
            change="Compare the heights at which the curves end, too.",
            lesson=CURVES,
        ),
        Misconception(
            name="a high loss taken for too many epochs",
            seen=lambda it: TOO_MANY in (it.c, it.d),
            did="You say of C or D that it had too many epochs.",
            follows=(
                "Too many epochs show in a validation loss that turns and rises while the training loss falls on. In "
                "C and D no curve ever rises; stopping earlier would leave a loss that is as high or higher."
            ),
            change="Ask whether there is an earlier epoch with a clearly lower validation loss.",
            lesson=CURVES,
        ),
        Misconception(
            name="a small model taken for too few epochs",
            seen=lambda it: it.c == TOO_FEW,
            did="You say that panel C had too few epochs.",
            follows=(
                "Its training loss has been level at 0.59 for six epochs, so more of the same will not bring it down. "
                "The training is over, and this model can do no better."
            ),
            change="Look at the last epochs: are the curves still going down, or have they come to rest?",
            lesson=CURVES,
        ),
        Misconception(
            name="too few epochs taken for a small model",
            seen=lambda it: it.d == TOO_SMALL,
            did="You say that the model of panel D is too small.",
            follows=(
                "Both of its losses fall by two or three hundredths in every epoch, also in the last ones. A model "
                "that is too small comes to rest on a high level; this one was stopped on its way down."
            ),
            change="Look at the last epochs: are the curves still going down, or have they come to rest?",
            lesson=CURVES,
        ),
        Misconception(
            name="the loss instead of its epoch",
            seen=lambda it: 0 < it.epoch < 1,
            did="Your `best_of_b` is {epoch:g}, which is a loss and no epoch.",
            follows="A loss says how good a model was, but not when, so nobody could go back to that epoch.",
            change="Give the place of the lowest validation loss in its list.",
            lesson=STOP,
        ),
        Misconception(
            name="counted from 0",
            seen=lambda it: it.epoch == BEST - 1,
            did="Your `best_of_b` is 6, which is the place of the lowest loss when the first place is called 0.",
            follows=(
                "Python counts places from 0, and `argmin` does too, but the figure and this task call the first epoch "
                "1. In epoch 6 the validation loss was 0.36, and the next epoch was better."
            ),
            change="Translate the place in the list into the number of the epoch.",
            lesson=STOP,
        ),
        Misconception(
            name="the last epoch",
            seen=lambda it: it.epoch == EPOCHS_SHOWN,
            did="Your `best_of_b` is 12, the last one, which has the lowest training loss.",
            follows=(
                "There the validation loss is 0.55, higher than in any epoch since the first. The training loss "
                "nearly always says that the last epoch is the best, so it cannot help to choose one."
            ),
            change="Look for the lowest point of the other curve.",
            lesson=STOP,
        ),
        Misconception(
            name="stopped at the first rise",
            seen=lambda it: it.epoch in (BEFORE_FIRST_RISE, BEFORE_FIRST_RISE + 1),
            did=(
                "Your `best_of_b` lies at the small bump, where the validation loss rises for the first time, from "
                "0.42 to 0.44."
            ),
            follows=(
                "One worse epoch is often chance: the next ones get down to 0.34. A rule that gives up at the "
                "first rise would have missed them."
            ),
            change="Follow the curve past the bump before you decide.",
            lesson=STOP,
        ),
        Misconception(
            name="the smallest gap",
            seen=lambda it: it.epoch == SMALLEST_GAP,
            did="Your `best_of_b` is 2, where the two curves lie closest to each other.",
            follows=(
                "The gap tells over-fitting, but a model may be close on both sets and bad on both: the validation "
                "loss is 0.51 there, and gets much lower later."
            ),
            change="Choose by the height of one curve, not by the distance of two.",
            lesson=STOP,
        ),
        Misconception(
            name="the first epoch that is worse",
            seen=lambda it: it.epoch == BEST + 1,
            did="Your `best_of_b` is 8, the first epoch after the turn.",
            follows=(
                "There the validation loss has already risen to 0.37, so the best weights are those of an earlier "
                "epoch."
            ),
            change="Go back to the point before the rise.",
            lesson=STOP,
        ),
    ],
    check_observed=_check_findings,
    hints=[
        "Ask two questions of each panel: where does the training loss end, and does the validation loss follow it?",
        "One of B, C and D is level and high, one is still falling at the end, and in one the dashed curve turns and rises.",
        "For the epoch: `np.argmin(panels['B']['val_loss'])` finds the lowest validation loss, and counts from 0.",
    ],
    solution_code="""
findings = {"A": "fits well", "B": "too many epochs", "C": "model too small", "D": "too few epochs"}
best_of_b = np.argmin(panels["B"]["val_loss"]) + 1
""",
    right=(
        "B learned by heart after epoch 7, C can do no better, D was stopped on its way down. The training loss says "
        "whether a model can learn, the validation loss what it is worth, and when to stop."
    ),
)

# --- The penguins of the next two exercises ---

COLUMNS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
TRAIN_ROWS, VALIDATION_ROWS = 120, 100


@functools.cache
def _penguins() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The rows of the notebook's preparations: measurements (rows, 4), and 1 for a male, 0 for a female."""
    penguins = datasets.load_penguins()
    known = penguins["sex"] != ""
    order = np.random.default_rng(0).permutation(int(known.sum()))
    x = np.stack([penguins[name] for name in COLUMNS], axis=1)[known][order]
    y = (penguins["sex"] == "MALE")[known][order].astype("float32")
    x = (x - x[:TRAIN_ROWS].mean(axis=0)) / x[:TRAIN_ROWS].std(axis=0)
    first, last = TRAIN_ROWS, TRAIN_ROWS + VALIDATION_ROWS
    parts = {"train": slice(0, first), "validation": slice(first, last), "test": slice(last, None)}
    return {part: (x[rows], y[rows]) for part, rows in parts.items()}


def _losses(model: Any, name: str) -> dict[str, float]:
    """The model's loss on each part, penalties included, computed by its loss function so that nothing in it changes."""
    import keras

    loss_function, found = getattr(model, "loss", None), {}
    if not (isinstance(loss_function, str) or callable(loss_function)):
        loss_function = "binary_crossentropy"  # none at all, or a list of them
    loss_function = keras.losses.get(loss_function)
    for part, (x, y) in _penguins().items():
        p = np.asarray(expect.output(model, x, name))
        if p.shape not in ((len(x), 1), (len(x),)) or not np.all(np.isfinite(p)):
            raise Unexpected(
                f"`{name}` to give one number for each penguin",
                f"an output of shape {p.shape} for {len(x)} penguins" if p.size != len(x) else "NaN or infinite numbers",
                "The check compares its loss with the numbers in the history.",
                "Make the model with `new_penguin_model()`.",
            )
        penalties = sum(float(penalty) for penalty in model.losses)
        with expect.using(f"the loss of `{name}` was computed for {len(x)} penguins"):
            loss = loss_function(keras.ops.convert_to_tensor(y.reshape(p.shape)), keras.ops.convert_to_tensor(p))
            found[part] = float(np.mean(loss)) + penalties
    return found


def _is_cross_entropy(model: Any) -> bool:
    """Whether the loss is the one of the notebook, of which it is known where a new model begins."""
    import keras

    loss = getattr(model, "loss", None)
    return loss in ("binary_crossentropy", "bce", keras.losses.binary_crossentropy) or isinstance(
        loss, keras.losses.BinaryCrossentropy
    )


def _on_one_set(history: dict[str, list[float]], steps: object) -> bool:
    """Whether training and validation used the same rows.

    With one batch an epoch the training loss is measured before the step, so it is the validation loss of the epoch before.
    """
    loss, falls = np.array(history["loss"]), np.array(history.get("val_loss", []))
    same = len(falls) == len(loss) > 2 and np.allclose(loss[1:], falls[:-1], rtol=1e-3, atol=1e-4)
    return bool(steps == 1 and same and np.ptp(loss) > 0.01)


def _close(a: float, b: float) -> bool:
    """Whether two losses are the same number, computed in two ways."""
    return abs(a - b) <= 1e-4 + 1e-3 * abs(b)


def _is_dictionary(value: object) -> bool:
    """Whether a run is handed in as `history.history`, or as a copy of it."""
    return isinstance(value, dict) and "loss" in value


def _run(value: object, name: str) -> Any:
    """Return what `fit` returned; refuses anything else, and a history without an epoch."""
    import keras

    if not isinstance(value, keras.callbacks.History):
        raise Unexpected(
            f"`{name}` to be the history that `fit` returns",
            messages.of(value),
            "It holds the losses of every epoch, by which a training is judged.",
            f"Write `{name} = ...` in front of the call of `fit`.",
            FIT,
        )
    losses = getattr(value, "history", {}).get("loss", [])
    if not losses or not np.all(np.isfinite(np.concatenate([np.ravel(each) for each in value.history.values()]))):
        raise Unexpected(
            f"`{name}` to hold a finite loss for each epoch",
            "losses that are NaN or infinite" if losses else "a history without any epoch",
            "There is nothing in it that a training could be judged by.",
            "Make a new model, look at its data, and fit it again.",
            FIT,
        )
    return value


def _model_of_run(run: Any, model: Any) -> SimpleNamespace:
    """What a history says of its training, and where its model stands."""
    steps, epochs = run.params.get("steps"), len(run.epoch)
    optimizer = getattr(model, "optimizer", None)
    return SimpleNamespace(
        epochs=epochs,
        own_steps=steps * epochs if isinstance(steps, int) else None,
        all_steps=int(optimizer.iterations) if optimizer is not None else 0,
        first=float(run.history["loss"][0]),
        # With many steps an epoch a new model gets far within the first, so then its loss says nothing.
        telling=isinstance(steps, int) and steps <= 2 and _is_cross_entropy(model),
    )


# The mean loss of the first epoch of two steps: about 0.63 (rate 0.03) to 0.69 (rate 0.003) for the given model, whose
# seed is set, and below 0.5 for one that has had some epochs before. The lower limit is for runs whose count of steps
# shows nothing: below it, a new model would have to lose half of its loss in its first step.
NEW_ABOVE, SURELY_NEW_ABOVE = 0.45, 0.57

# --- Stop at the right time ---

ALLOWED, PATIENCE = 40, 5
LEAST_PATIENCE = 3


def _observe_stop(stopper: object, stopped_model: object, stopped_run: object) -> SimpleNamespace:
    """The callback's public settings, the history, and the model's own losses on the three parts."""
    import keras

    if isinstance(stopper, (list, tuple)) and len(stopper) == 1:
        stopper = stopper[0]
    if not isinstance(stopper, keras.callbacks.EarlyStopping):
        raise Unexpected(
            "`stopper` to be an `EarlyStopping` callback",
            messages.of(stopper),
            "`fit` asks it after each epoch whether to go on.",
            "Make one with `keras.callbacks.EarlyStopping(...)`.",
        )
    model = _built(stopped_model)
    if _is_dictionary(stopped_run):
        return SimpleNamespace(dictionary=True)
    run = _run(stopped_run, "stopped_run")
    falls = [float(loss) for loss in run.history.get("val_loss", [])]
    monitored = stopper.monitor in run.history
    it = SimpleNamespace(
        **vars(_model_of_run(run, model)),
        dictionary=False,
        used=stopper.model is not None,
        of_this_run=stopper.model is run.model,
        validated=bool(falls),
        monitor=messages.one_line(stopper.monitor, most=40),
        monitored=monitored,
        names=" and ".join(f"`{name}`" for name in run.history),
        upside_down=stopper.mode == "max",
        patience=stopper.patience,
        min_delta=abs(stopper.min_delta),
        baseline=stopper.baseline,
        stopped=stopper.stopped_epoch > 0,
        same_model=run.model is model,
        has_best=False,
        has_last=False,
        trained_on_test=False,
        on_one_set=_on_one_set(run.history, run.params.get("steps")),
    )
    more = it.same_model and it.own_steps and it.all_steps > it.own_steps
    it.trained_before = it.same_model and (
        it.first < SURELY_NEW_ABOVE if more and it.telling else it.first < NEW_ABOVE and it.telling
    )
    it.trained_more = more and not it.trained_before
    if falls:
        on, best = _losses(model, "stopped_model"), int(np.argmin(falls))
        it.lowest, it.last, it.best, it.now = falls[best], falls[-1], best + 1, on["validation"]
        it.has_best, it.has_last = _close(it.now, it.lowest), _close(it.now, it.last)
        known = float(stopper.best) if monitored and stopper.best is not None else it.lowest
        it.noted = known
        it.has_noted = _close(it.now, known)
        # Exact only if the right rows do not fit: then one of the other parts gives the same number to four digits.
        other = not (it.has_best or it.has_last)
        it.on_train = other and any(_close(on["train"], loss) for loss in (it.lowest, it.last))
        it.on_test = other and any(_close(on["test"], loss) for loss in (it.lowest, it.last))
        it.other_rows = it.on_train or it.on_test
        # With one batch an epoch, the training loss after the best one is that of the weights that were put back.
        if run.params.get("steps") == 1 and it.has_best and it.best < it.epochs:
            then = float(run.history["loss"][it.best])
            it.trained_on_test = _close(on["test"], then) and not _close(on["train"], then)
    return it


def _built(model: object) -> Any:
    """Return the learner's model if it can be called without building it."""
    found = expect.model(model, "stopped_model")
    if not found.built:
        raise Unexpected(
            "`stopped_model` to be a trained model",
            "a model that has no weights yet",
            "`fit` gives a model its weights at the latest, so this one never saw a penguin.",
            "Hand in the model whose `fit` you called.",
            FIT,
        )
    return found


def _check_stop(it: SimpleNamespace) -> None:
    if not it.of_this_run:
        raise Unexpected(
            "`stopper` to be the callback of this training",
            "a callback that watched the training of another model",
            "What it remembers belongs to the other training.",
            "Run the whole cell again, from the line that makes `stopper`.",
        )
    if it.monitor != "val_loss":
        raise Unexpected(
            "a callback that watches the validation loss, `val_loss`",
            f"one that watches `{it.monitor}`",
            "The task is to stop when the validation loss has not got better for a while.",
            "Change what it monitors.",
        )
    if not it.stopped:
        raise Unexpected(
            "a training that the callback ended",
            f"one that made all of its {it.epochs} epochs",
            "A callback that never stops a training has no effect, and the epochs after the best one are wasted.",
            "Compare the best epoch with the number of epochs, and see that you train on `penguins_train` alone.",
        )
    if it.patience != PATIENCE:
        raise Unexpected(
            f"a callback that waits for {PATIENCE} epochs",
            f"one with a patience of {it.patience}",
            "A longer wait costs more epochs, a shorter one may miss a better one; the task names the number.",
            f"Set the patience to {PATIENCE}.",
        )
    if not (it.has_best or (it.min_delta > 0 and it.has_noted)):
        raise Unexpected(
            f"`stopped_model` to have the lowest validation loss of its history, {it.lowest:.3f} in epoch {it.best}",
            f"a model with a loss of {it.now:.3f} on the 100 validation penguins",
            "Either it is not in the state of its best epoch, or the history was measured on other rows.",
            "Hand `penguins_val` to `fit`, and the model to the check as `fit` leaves it.",
        )


stop_at_the_right_time = Exercise(
    name="step5.stop_at_the_right_time",
    title="Stop at the right time",
    task=(
        "Make `stopper`, a callback that stops when `val_loss` has not got better for 5 epochs, and leaves the model"
        " with its "
        "best weights. Fit `stopped_model` on `penguins_train` with it, at most 40 epochs, validating on "
        "`penguins_val`; "
        "keep what `fit` returns in `stopped_run`."
    ),
    answers=["stopper", "stopped_model", "stopped_run"],
    lesson=STOP,
    observe=_observe_stop,
    misconceptions=[
        Misconception(
            name="the dictionary instead of the history",
            seen=lambda it: it.dictionary,
            did="Your `stopped_run` is the dictionary inside the history, `stopped_run.history`.",
            follows=(
                "The losses are there, but not which model they belong to, how many epochs were allowed, and how many "
                "steps were made."
            ),
            change="Keep the whole object that `fit` returns; its `.history` can be looked up later.",
            lesson=FIT,
        ),
        Misconception(
            name="the callback is not handed to fit",
            seen=lambda it: not it.used,
            did="You made the callback `stopper`, but `fit` never got it.",
            follows=(
                "A callback does nothing by itself; `fit` has to call it after each epoch. So this one could neither "
                "stop the training, which made {epochs} epochs, nor put the best weights back."
            ),
            change="Hand it over in the call of `fit`.",
            lesson=STOP,
        ),
        Misconception(
            name="no validation data",
            seen=lambda it: not it.validated,
            did="You called `fit` without validation data, and the history holds {names} only.",
            follows=(
                "There is no validation loss to watch, so nothing in this training can tell learning from learning "
                "by heart."
            ),
            change="Tell `fit` which rows to validate on.",
            lesson=VALIDATION,
        ),
        Misconception(
            name="a model that was not trained in this run",
            seen=lambda it: not (it.same_model or it.has_best or it.has_last or it.other_rows),
            did="You hand in a model, but `stopped_run` is the history of another one.",
            follows=(
                "Each call of `new_penguin_model()` makes a model with fresh weights. Yours has a loss of {now:.3f} on "
                "the validation penguins, which is neither the best loss of the run, {lowest:.3f}, nor its last."
            ),
            change="Keep the model in `stopped_model` first, then fit that same variable.",
            lesson=FIT,
        ),
        Misconception(
            name="stopping on the training loss",
            seen=lambda it: it.monitor == "loss",
            did="Your callback watches `loss`, the loss on the training rows.",
            follows=(
                "While a model learns by heart its training loss goes on falling, so the callback stops too late or "
                "never: {epochs} epochs were trained, though the validation loss was lowest in epoch {best}."
            ),
            change="Let it watch the number that shows over-fitting.",
            lesson=STOP,
        ),
        Misconception(
            name="a name that is not in the history",
            seen=lambda it: not it.monitored,
            did="Your callback watches `{monitor}`, and this training has no number of that name: it has {names}.",
            follows=(
                "When the name is missing Keras only warns and goes on, so the callback could never stop anything, "
                "and {epochs} epochs were trained."
            ),
            change="Compare the spelling with the names in the history.",
            lesson=STOP,
        ),
        Misconception(
            name="a loss taken for something to raise",
            seen=lambda it: it.upside_down,
            did="Your callback has `mode='max'`, so it takes a higher loss for a better one.",
            follows=(
                "It noted {noted:.3f} as the best value, while the loss went down to {lowest:.3f} and counted as worse "
                "and worse. So it stops a training because it goes well, and would keep bad weights."
            ),
            change="Say that lower is better, or leave the mode to Keras, which knows it for a loss.",
            lesson=STOP,
        ),
        Misconception(
            name="validating on the training rows",
            seen=lambda it: it.on_train,
            did="Your `val_loss` was measured on `penguins_train`, the rows that the model was trained on.",
            follows=(
                "It follows the training loss down and cannot show over-fitting, so the callback watches the "
                "training loss under another name. On `penguins_val` the model has a loss of {now:.3f}, and the "
                "history "
                "says {lowest:.3f}."
            ),
            change="Validate on rows that the model is not trained on.",
            lesson=VALIDATION,
        ),
        Misconception(
            name="training on the validation rows",
            seen=lambda it: it.on_one_set and (it.has_best or it.has_last),
            did="You trained the model on `penguins_val`, the rows that it is validated on.",
            follows=(
                "In your history the training loss of each epoch is the validation loss of the epoch before, which "
                "happens only if both come from the same rows. So over-fitting cannot show, and the callback watches "
                "the training loss under another name."
            ),
            change="Look at the first thing that you hand to `fit`.",
            lesson=VALIDATION,
        ),
        Misconception(
            name="training on the test rows",
            seen=lambda it: it.trained_on_test,
            did="You trained the model on `penguins_test`, the rows that are kept for the test.",
            follows=(
                "What a model has learned from cannot test it any more: a low loss on these rows now says nothing of "
                "new penguins."
            ),
            change="Look at the first thing that you hand to `fit`.",
            lesson=TEST,
        ),
        Misconception(
            name="validating on the test rows",
            seen=lambda it: it.on_test,
            did="Your `val_loss` was measured on the test rows.",
            follows=(
                "The epoch is then chosen by the test set, and the test loss of that epoch flatters the model. No "
                "rows are left that had no say in it."
            ),
            change="Keep the test rows closed, and validate on those that are there for it.",
            lesson=TEST,
        ),
        Misconception(
            name="fitting a model that was fitted before",
            seen=lambda it: it.trained_before,
            did=(
                "You fitted a model that had been trained before: this run began with a loss of {first:.2f}, and a "
                "new model begins near 0.69."
            ),
            follows=(
                "`fit` goes on where the weights stand, and compiling again does not change them. So the epochs of "
                "this "
                "history are not the whole training, and its best epoch may have passed before it began."
            ),
            change="Make a new model in the line before, and fit that one once.",
            lesson=FIT,
        ),
        Misconception(
            name="fitting once more than the history tells",
            seen=lambda it: it.trained_more and not it.has_best,
            did=(
                "Your `stopped_model` counts {all_steps} steps, and `stopped_run` tells of {own_steps} only: `fit` "
                "was called more than once."
            ),
            follows=(
                "Each call goes on where the weights stand and returns a history of its own. So this history does "
                "not describe the "
                "state that the model is in, a loss of {now:.3f} on the validation rows."
            ),
            change="Make a new model, fit it once, and hand in both.",
            lesson=FIT,
        ),
        Misconception(
            name="hardly any patience",
            seen=lambda it: it.stopped and it.patience < LEAST_PATIENCE,
            did="Your callback has a patience of {patience}, and it ended the training after {epochs} epochs.",
            follows=(
                "Measured on so few rows, the validation loss goes up a little by chance now and then. An "
                "impatient callback takes such a wobble for the end, and may miss better epochs behind it."
            ),
            change="Let it wait for as many epochs as the task says.",
            lesson=STOP,
        ),
        Misconception(
            name="too few epochs allowed",
            seen=lambda it: not it.stopped and it.epochs < ALLOWED,
            did="Your limit for the epochs is {epochs}, and it was reached before the callback could stop anything.",
            follows=(
                "The lowest validation loss is that of epoch {best}, and nobody knows what the next ones would have "
                "brought. With early stopping the number of epochs is only an upper limit; the validation loss decides."
            ),
            change="Be generous with the limit: the task allows 40.",
            lesson=STOP,
        ),
        Misconception(
            name="more patience than the training has epochs for",
            seen=lambda it: not it.stopped and it.patience > PATIENCE and it.best + it.patience >= it.epochs,
            did=(
                "Your callback waits for {patience} epochs, and after the best one, epoch {best}, fewer than that "
                "were left."
            ),
            follows=(
                "So it could not stop anything: all {epochs} epochs were trained, though the validation loss was "
                "never again "
                "as low as in epoch {best}."
            ),
            change="Make the wait short beside the number of epochs.",
            lesson=STOP,
        ),
        Misconception(
            name="small gains do not count",
            seen=lambda it: it.min_delta > 0 and it.noted > it.lowest + 0.01,
            did=(
                "Your callback counts an epoch as better only if its loss is lower than the best one by more than "
                "{min_delta:g}."
            ),
            follows=(
                "The last gains were smaller than that: the loss got down to {lowest:.3f}, but for the callback "
                "{noted:.3f} was still the best when it stopped."
            ),
            change="Let every gain count, or at least much smaller ones.",
            lesson=STOP,
        ),
        Misconception(
            name="a baseline that is not reached",
            seen=lambda it: it.baseline is not None and it.stopped and it.epochs - it.best < it.patience,
            did=(
                "Your callback has a baseline, {baseline:g}, and the training stopped because the loss did not get "
                "below it soon enough."
            ),
            follows=(
                "The patience then runs from the first epoch on, even while the loss falls: the best epoch of the "
                "{epochs} "
                "is number {best}."
            ),
            change="Leave the baseline out, so that each new best begins the wait anew.",
            lesson=STOP,
        ),
        Misconception(
            name="best weights not restored",
            seen=lambda it: it.has_last and not it.has_best and not it.has_noted,
            did="Your model keeps the weights of its last epoch, number {epochs}, though the best was number {best}.",
            follows=(
                "The callback has to see some worse epochs before it stops, and they have changed the weights: the "
                "validation "
                "loss of your model is {now:.3f} instead of {lowest:.3f}."
            ),
            change="Tell the callback to put the best weights back at the end.",
            lesson=STOP,
        ),
    ],
    check_observed=_check_stop,
    hints=[
        "The callback needs three things: what to watch, how long to wait, and what to do with the weights at the end.",
        "5.6 has such a callback; look at its three arguments. `fit` takes it in a list, and the validation rows as `validation_data`.",
        "`stopper = keras.callbacks.EarlyStopping(monitor=\"val_loss\", patience=..., restore_best_weights=...)`, "
        "and then "
        "`stopped_run = stopped_model.fit(penguins_train, epochs=40, validation_data=..., callbacks=[stopper], ...)`.",
    ],
    solution_code="""
stopper = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)
stopped_model = new_penguin_model()
stopped_run = stopped_model.fit(penguins_train, epochs=40, validation_data=penguins_val,
                                callbacks=[stopper], shuffle=False, verbose=0)
""",
    right=(
        "The training ended after {epochs} epochs, and your model is back in the state of epoch {best}, with a "
        "validation loss "
        "of {lowest:.2f}. That loss flatters a little, because it was chosen as the lowest; the test set would tell "
        "by how much."
    ),
)

# --- Train from scratch, twice ---

ENOUGH = 30
ROUNDED = 0.006


def _observe_two_runs(slow_run: object, fast_run: object, lowest: object) -> SimpleNamespace:
    """Where each run began, what it was measured on, and which numbers were read from it."""
    if _is_dictionary(slow_run) or _is_dictionary(fast_run):
        return SimpleNamespace(dictionary=True)
    runs = {"slow": _run(slow_run, "slow_run"), "fast": _run(fast_run, "fast_run")}
    of = {name: _model_of_run(run, run.model) for name, run in runs.items()}
    # A run that goes on from another begins lower, so it is the one to speak of.
    old = min(of, key=lambda name: of[name].first)
    same_model, run = runs["slow"].model is runs["fast"].model, of[old]
    more = bool(run.own_steps and run.all_steps > run.own_steps)
    it = SimpleNamespace(
        dictionary=False,
        same_history=slow_run is fast_run,
        same_model=same_model,
        # A model may be trained on after its run, which does no harm to the history; so its count of steps is not enough.
        fitted_again=more and (run.first < SURELY_NEW_ABOVE if run.telling else same_model),
        old=old,
        old_first=run.first,
        old_all=run.all_steps,
        old_own=run.own_steps,
        looks_new=not run.telling or run.first > NEW_ABOVE,
        slow_epochs=of["slow"].epochs,
        fast_epochs=of["fast"].epochs,
        unvalidated=" and ".join(f"`{name}_run`" for name, run in runs.items() if "val_loss" not in run.history),
    )
    if it.unvalidated:
        return it
    it.slow_rate, it.fast_rate = (_learning_rate(run.model) for run in runs.values())
    # Only a model that stands where its run left it can be compared with the losses of the run.
    as_left = [name for name, each in of.items() if not same_model and each.all_steps == each.own_steps]
    rows = {name: _rows_of(runs[name], name) for name in as_left}
    it.on_train, it.on_test, it.elsewhere = (
        " and ".join(f"`{name}_run`" for name in rows if rows[name] == part) for part in ("train", "test", "")
    )
    validated = [name for name in rows if rows[name] == "validation"]
    one_set = [name for name in validated if _on_one_set(runs[name].history, runs[name].params.get("steps"))]
    it.on_one_set = f"{one_set[0]}_run" if one_set else ""
    losses = {name: [np.array(run.history[key]) for key in ("loss", "val_loss")] for name, run in runs.items()}
    it.still_falling = losses["slow"][1].argmin() == it.slow_epochs - 1
    readings = {
        "low": lambda loss, val: val.min(),
        "last": lambda loss, val: val[-1],
        "first": lambda loss, val: val[0],
        "train": lambda loss, val: loss.min(),
        "place": lambda loss, val: val.argmin(),
    }
    for reading, how in readings.items():
        for name, both in losses.items():
            setattr(it, f"{name}_{reading}", float(how(*both)))
    it.read_slow, it.read_fast = _two_numbers(lowest)
    return it


def _learning_rate(model: Any) -> float:
    """The learning rate of a compiled model; NaN if it has none."""
    try:
        return float(model.optimizer.learning_rate)
    except (AttributeError, TypeError, ValueError):
        return float("nan")


def _rows_of(run: Any, name: str) -> str:
    """On which rows the validation loss of a run was measured: the part whose loss it is, to three digits, or ""."""
    on, found = _losses(run.model, f"{name}_run.model"), run.history["val_loss"]
    parts = ("validation", "train", "test")
    return next((part for part in parts if any(_close(on[part], loss) for loss in (found[-1], min(found)))), "")


def _two_numbers(lowest: object) -> tuple[float, float]:
    if isinstance(lowest, dict):
        lowest = list(lowest.values())
    numbers = expect.array(lowest, "lowest")
    if numbers.size != 2:
        raise Unexpected(
            "`lowest` to be a list of two numbers",
            messages.of(lowest),
            "It holds the lowest validation loss of the slow run and that of the fast run, by which the two are compared.",
            "Take one number from each history.",
        )
    return tuple(float(number) for number in numbers.reshape(-1))


def _reads(it: SimpleNamespace, reading: str, shift: float = 0, swapped: bool = False) -> bool:
    """Whether the two numbers handed in are these of the histories, give or take rounding."""
    slow, fast = getattr(it, f"slow_{reading}") + shift, getattr(it, f"fast_{reading}") + shift
    wanted = (fast, slow) if swapped else (slow, fast)
    return all(abs(a - b) <= ROUNDED for a, b in zip((it.read_slow, it.read_fast), wanted, strict=True))


def _check_two_runs(it: SimpleNamespace) -> None:
    if it.same_history:
        raise Unexpected(
            "two different histories",
            "the same one twice",
            "A run cannot be compared with itself.",
            "Keep what each call of `fit` returns under a name of its own.",
        )
    if not it.same_model and not (_close(it.slow_rate, 0.003) and _close(it.fast_rate, 0.03)):
        raise Unexpected(
            "a learning rate of 0.003 for `slow_run` and of 0.03 for `fast_run`",
            f"{it.slow_rate:g} and {it.fast_rate:g}",
            "The task compares these two.",
            "Hand the rate to `new_penguin_model`.",
        )
    if it.elsewhere:
        raise Unexpected(
            f"the validation loss of {it.elsewhere} to be measured on `penguins_val`",
            "a loss on other rows",
            "Two runs can be compared only on the same rows, and on rows that neither was trained on.",
            "Hand `penguins_val` to both calls of `fit`.",
            VALIDATION,
        )
    if it.slow_epochs < ENOUGH:
        raise Unexpected(
            "30 epochs in each run",
            f"{it.slow_epochs}",
            "The task gives both the same 30.",
            "Change `epochs` in both calls of `fit`.",
        )
    if not _reads(it, "low"):
        raise Unexpected(
            f"`lowest` to be the lowest validation losses, {it.slow_low:.3f} (slow) and {it.fast_low:.3f} (fast)",
            f"{it.read_slow:g} and {it.read_fast:g}",
            "Whoever chooses by other numbers may choose the wrong learning rate.",
            "Compute both from the two histories that you hand in, after the last call of `fit`.",
        )


train_from_scratch_twice = Exercise(
    name="step5.train_from_scratch_twice",
    title="Train from scratch, twice",
    task=(
        "Compare two learning rates fairly: train a model with 0.003 and one with 0.03, each from scratch, for 30 "
        "epochs, on "
        "`penguins_train`, validating on `penguins_val`. Keep the histories in `slow_run` and `fast_run`, and put the "
        "lowest validation loss of each into the list `lowest`, the slow one first."
    ),
    answers=["slow_run", "fast_run", "lowest"],
    lesson=FIT,
    observe=_observe_two_runs,
    misconceptions=[
        Misconception(
            name="the dictionary instead of the history",
            seen=lambda it: it.dictionary,
            did="You hand in the dictionary of losses, `.history`, in place of the history itself.",
            follows=(
                "Whether the two models began from scratch cannot be seen in it, because it does not know its model."
            ),
            change=(
                "Put what `fit` returns into `slow_run` and `fast_run`, and look up its `.history` where you compute"
                " `lowest`."
            ),
            lesson=FIT,
        ),
        Misconception(
            name="fitting again on a trained model",
            seen=lambda it: it.fitted_again and not it.same_history,
            did=(
                "Your `{old}_run` trained a model that had been trained before: its optimizer counts {old_all} "
                "steps, and this run made {old_own}."
            ),
            follows=(
                "`fit` does not start over, it goes on where the weights stand. The run began with a loss of "
                "{old_first:.2f}, "
                "where a new model begins near 0.69, so it shows the effect of two trainings, one after the other."
            ),
            change="Give each run a model of its own.",
            lesson=FIT,
        ),
        Misconception(
            name="compiling again taken for starting over",
            seen=lambda it: it.same_model and not it.same_history and not it.looks_new,
            did="You compiled the same model again between the two runs.",
            follows=(
                "That gives it a new optimizer and leaves its weights as they were: `{old}_run` began with a loss of "
                "{old_first:.2f}, where a new model begins near 0.69. The second run has a head start that the first"
                " had not."
            ),
            change="Make the model anew, and not only its optimizer.",
            lesson=FIT,
        ),
        Misconception(
            name="weights carried over",
            seen=lambda it: not it.looks_new and not it.same_history,
            did=(
                "Your `{old}_run` has a model object of its own, but began with a loss of {old_first:.2f}, where a "
                "new model begins near 0.69."
            ),
            follows=(
                "Its weights had been trained before the run, by an earlier call or by copying, so the comparison is"
                " not fair."
            ),
            change="Let both runs begin with what `new_penguin_model(...)` returns, as it is.",
            lesson=FIT,
        ),
        Misconception(
            name="no validation data",
            seen=lambda it: bool(it.unvalidated),
            did="You left out the validation data; {unvalidated} cannot be judged without.",
            follows="The training loss favours whatever learns by heart the fastest, so it is no ground to choose on.",
            change="Hand the validation rows to both calls of `fit`.",
            lesson=VALIDATION,
        ),
        Misconception(
            name="validating on the training rows",
            seen=lambda it: bool(it.on_train),
            did="Your `val_loss` in {on_train} was measured on `penguins_train`.",
            follows=(
                "Those are the rows that the model learns from, so the faster learner wins even where it learns by "
                "heart. "
                "How well either does on new penguins stays unknown."
            ),
            change="Validate both runs on rows that neither is trained on.",
            lesson=VALIDATION,
        ),
        Misconception(
            name="training on the validation rows",
            seen=lambda it: bool(it.on_one_set),
            did="Your `{on_one_set}` trained a model on `penguins_val`, the rows that it is validated on.",
            follows=(
                "In that history the training loss of each epoch is the validation loss of the epoch before, which "
                "happens only if both come from the same rows. How well the model does on new penguins stays unknown."
            ),
            change="Look at the first thing that you hand to each `fit`.",
            lesson=VALIDATION,
        ),
        Misconception(
            name="comparing on the test rows",
            seen=lambda it: bool(it.on_test),
            did="Your `val_loss` in {on_test} was measured on the test rows.",
            follows=(
                "The learning rate is then chosen by them, and the lower of two losses is partly luck. No rows are left to "
                "say how good the chosen model is on penguins that had no part in the choice."
            ),
            change="Compare on the rows that are there for it, and leave `penguins_test` closed.",
            lesson=TEST,
        ),
        Misconception(
            name="one run longer than the other",
            seen=lambda it: it.slow_epochs != it.fast_epochs,
            did="Your slow run has {slow_epochs} epochs, and your fast run {fast_epochs}.",
            follows=(
                "Two things differ now, the rate and the number of steps. If one run does better, nobody can say "
                "which of "
                "the two it owes that to."
            ),
            change="Give both the same number of epochs.",
            lesson="5.8 What an epoch costs",
        ),
        Misconception(
            name="too few epochs",
            seen=lambda it: it.slow_epochs < ENOUGH and it.still_falling,
            did=(
                "You ended both runs after {slow_epochs} epochs, while the slow one was still getting better in its "
                "last."
            ),
            follows=(
                "So early the larger rate leads because it takes larger steps; whether the smaller one would catch "
                "up cannot be seen."
            ),
            change="Train both as long as the task says.",
            lesson=CURVES,
        ),
        Misconception(
            name="the same learning rate twice",
            seen=lambda it: not it.same_model and _close(it.slow_rate, it.fast_rate),
            did="You trained both models with the same learning rate, {slow_rate:.4g}.",
            follows="Whatever differs between the two runs then comes from chance, and says nothing of learning rates.",
            change="Look at what you hand to `new_penguin_model` in each of the two lines.",
            lesson="4.7 The learning rate",
        ),
        Misconception(
            name="slow and fast swapped",
            seen=lambda it: not it.same_model and _close(it.slow_rate, 0.03) and _close(it.fast_rate, 0.003),
            did="Your `slow_run` has the larger learning rate, 0.03, and your `fast_run` the smaller one.",
            follows=(
                "Every number is right and stands under the wrong name, so whoever reads them would choose the wrong"
                " rate."
            ),
            change="Swap the two names or the two rates.",
            lesson="4.7 The learning rate",
        ),
        Misconception(
            name="the last epoch instead of the best",
            seen=lambda it: _reads(it, "last") and not _reads(it, "low"),
            did="Your `lowest` holds the validation losses of the last epoch, {slow_last:.3f} and {fast_last:.3f}.",
            follows=(
                "At their best they had {slow_low:.3f} and {fast_low:.3f}. Early stopping keeps the best epoch, so "
                "the last one, "
                "after some over-fitting, does not show what a rate can do."
            ),
            change="Take the best epoch of each run.",
            lesson=STOP,
        ),
        Misconception(
            name="the training loss instead of the validation loss",
            seen=lambda it: _reads(it, "train"),
            did="Your `lowest` holds the lowest training losses.",
            follows=(
                "They tell how well each model knows the 120 penguins it was shown. By that measure the faster "
                "learner by heart "
                "wins, and over-fitting counts in its favour."
            ),
            change="Look up the other entry of the history.",
            lesson=VALIDATION,
        ),
        Misconception(
            name="the place instead of the loss",
            seen=lambda it: _reads(it, "place") or _reads(it, "place", shift=1),
            did="Your `lowest` holds the places of the lowest losses in their lists, {read_slow:g} and {read_fast:g}.",
            follows=(
                "They tell when each run was at its best, but not how good it was then, so they cannot decide "
                "between the two."
            ),
            change="Take the value at that place.",
            lesson=FIT,
        ),
        Misconception(
            name="the highest instead of the lowest",
            seen=lambda it: _reads(it, "first") and not _reads(it, "low"),
            did=(
                "Your `lowest` holds the validation losses of the first epoch, when the models had hardly learned "
                "anything."
            ),
            follows="A loss counts mistakes, so lower is better; a run is not judged by where it began.",
            change="Look for the other end of each list of numbers.",
            lesson=FIT,
        ),
        Misconception(
            name="fast before slow",
            seen=lambda it: _reads(it, "low", swapped=True) and not _reads(it, "low"),
            did="Your `lowest` has the two numbers in the other order, the fast one first.",
            follows="Whoever reads the list as the task says takes the worse learning rate for the better one.",
            change="Put the number of the slow run first.",
            lesson=FIT,
        ),
    ],
    check_observed=_check_two_runs,
    hints=[
        "Where does the second model come from: is it new, or the first one once more?",
        "Each run needs a line with `new_penguin_model(...)` of its own and then its `fit`, with everything else the same.",
        "`slow_run = new_penguin_model(0.003).fit(penguins_train, epochs=30, validation_data=penguins_val, ...)`, "
        "the same with "
        "0.03, and `min(slow_run.history[\"val_loss\"])` is the first number.",
    ],
    solution_code="""
settings = {"epochs": 30, "validation_data": penguins_val, "shuffle": False, "verbose": 0}
slow_run = new_penguin_model(0.003).fit(penguins_train, **settings)
fast_run = new_penguin_model(0.03).fit(penguins_train, **settings)
lowest = [min(run.history["val_loss"]) for run in (slow_run, fast_run)]
""",
    right=(
        "Both began from scratch, and the rate is the only difference: {slow_low:.2f} with 0.003, {fast_low:.2f} "
        "with 0.03. In the "
        "last epoch they had {slow_last:.2f} and {fast_last:.2f}; which number you compare can decide which rate you"
        " choose."
    ),
)

# --- Choose, then test once ---


class _Candidate:
    """Stands for a trained model: it answers by rote, and notes on which rows it was tried.

    The first column of its inputs is the number of the row, and `misses` says how far off it is there.
    """

    def __init__(self, name: str, misses: np.ndarray, log: list[tuple[str, str]]) -> None:
        self._name, self._misses, self._log = name, misses, log

    def evaluate(self, x: object = None, y: object = None, *_: object, return_dict: bool = False, **__: object) -> Any:
        """Return the mean absolute error on these rows, as a Keras model with this loss does."""
        x, y = _features_and_labels(x, y)
        error = float(np.mean(np.abs(self.predict(x)[:, 0] - y)))
        return {"loss": error} if return_dict else error

    test_on_batch = evaluate

    def predict(self, x: object, *_: object, **__: object) -> np.ndarray:
        """Return the predictions, of shape (rows, 1), and note which rows they were."""
        rows = np.asarray(x)[:, 0].astype(int)
        self._log.append((self._name, "test" if rows.min() >= ROWS else "validation" if rows.max() < ROWS else "both"))
        return (_true(rows) + self._misses[rows]).astype("float32")[:, np.newaxis]

    predict_on_batch = predict

    def __call__(self, x: object, *_: object, **__: object) -> Any:
        """Return the predictions as a tensor."""
        import tensorflow as tf

        return tf.convert_to_tensor(self.predict(x))

    def fit(self, *_: object, **__: object) -> None:
        """Note that somebody trains."""
        self._log.append((self._name, "fit"))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise Unexpected(
            "a choice by what each candidate says of the rows, with `evaluate` or `predict`",
            f"a use of `{messages.one_line(name, most=40)}`",
            "The candidates are trained and compiled already, and the check watches on which rows they are tried.",
            "Do with `model.evaluate(features, labels, verbose=0)` alone.",
        )


NEAR = 0.03  # rounding to a decimal place or two, and the small errors of float32, are forgiven
ROWS = 40  # validation rows, and as many test rows after them
SIGNS = np.where(np.random.default_rng(0).random(2 * ROWS) < 0.5, -1.0, 1.0)  # whether a candidate says too little


def _true(rows: np.ndarray) -> np.ndarray:
    return 100 + 10 * np.sin(rows.astype("float64"))


def _features_and_labels(x: object, y: object) -> tuple[np.ndarray, np.ndarray]:
    """What `evaluate` was given, as arrays: two arrays, or a dataset of batches."""
    if y is None and hasattr(x, "as_numpy_iterator"):
        batches = list(x.as_numpy_iterator())
        x, y = (np.concatenate([batch[part] for batch in batches]) for part in (0, 1))
    if y is None:
        raise Unexpected(
            "`evaluate` to get features and labels",
            messages.of(x) + " alone",
            "Without the labels there is nothing to compare the predictions with.",
            "Take the pair apart: `model.evaluate(*validation, verbose=0)`.",
        )
    return np.asarray(x), np.asarray(y).reshape(-1)


# Name, mean absolute error on the validation rows, and on the test rows. In each probe the best on validation, on test,
# and on both together are three different candidates; and no rule but the right one finds the right one in both probes.
PROBES = (
    (("deep", 5.5, 4.2), ("wide", 4.0, 7.0), ("small", 4.5, 5.0), ("plain", 6.0, 5.6)),
    (("elm", 3.0, 3.9), ("oak", 3.6, 3.2), ("fir", 5.0, 3.0), ("ash", 4.4, 6.0)),
)


def _try(function: Any, probe: Iterable[tuple[str, float, float]]) -> tuple[Any, list[tuple[str, str]]]:
    """Let the learner's function choose among candidates; return its answer, and who was tried on which rows."""
    log: list[tuple[str, str]] = []
    rows = np.arange(2 * ROWS)
    candidates = {name: _Candidate(name, SIGNS * np.repeat([val, test], ROWS), log) for name, val, test in probe}
    pairs = [(np.column_stack([part, np.ones(ROWS)]), _true(part)) for part in (rows[:ROWS], rows[ROWS:])]
    names = ", ".join(candidates)
    with expect.using(f"`choose_and_test` was called with four candidates ({names}), validation rows and test rows"):
        return function(candidates, *pairs), log


def _is_written(choose_and_test: object) -> bool:
    """Whether the function does anything but hand back the starter's `...`."""
    return expect.is_written(choose_and_test, lambda: _try(choose_and_test, PROBES[0])[0])


def _observe_choice(choose_and_test: object) -> SimpleNamespace:
    """What the function answers in both probes, and on which rows it tried which candidates."""
    function = expect.function(choose_and_test, "choose_and_test")
    it = SimpleNamespace(names=[], errors=[], logs=[], numbers=[], swapped=False, model=False)
    for probe in PROBES:
        answer, log = _try(function, probe)
        name, error = _name_and_error(answer)
        it.swapped = it.swapped or (isinstance(error, str) and not isinstance(name, str))
        it.model = it.model or isinstance(name, _Candidate)
        it.names.append(name)
        it.errors.append(error)
        it.logs.append(log)
    it.place = all(isinstance(name, (int, np.integer)) and not isinstance(name, bool) for name in it.names)
    if it.swapped or it.model or it.place:
        return it
    for name, probe in zip(it.names, PROBES, strict=True):
        if not isinstance(name, str) or name not in [each[0] for each in probe]:
            raise Unexpected(
                "one of the names of the candidates, " + ", ".join(f"`'{each[0]}'`" for each in probe),
                messages.of(name),
                "The check hands over candidates and names of its own, so a fixed name will not do.",
                "Return a key of the dictionary `candidates`.",
            )
    it.errors = [_number(error) for error in it.errors]
    it.chosen, it.said = it.names[0], it.errors[0]
    it.end = "first" if it.chosen == min(PROBES[0])[0] else "last"
    it.position = "first" if it.chosen == PROBES[0][0][0] else "last"
    it.tested = len({name for name, rows in it.logs[0] if rows != "validation"})
    it.own = next(test for name, _, test in PROBES[0] if name == it.chosen)
    return it


def _name_and_error(answer: object) -> tuple[Any, Any]:
    if isinstance(answer, (tuple, list)) and len(answer) == 2:
        return answer[0], answer[1]
    raise Unexpected(
        "`choose_and_test` to return two things, a name and an error",
        messages.of(answer),
        "Whoever calls it wants to know which model was chosen, and how good it is on rows that had no say in it.",
        "End the function with `return name, error`.",
    )


def _number(error: object) -> float:
    number = _one_number(error)
    if number is None:
        raise Unexpected(
            "the second thing returned to be one number, the error of the chosen model on the test rows",
            messages.of(error),
            "One model was chosen, and it is tested once.",
            "Return what one call of `evaluate` gives.",
        )
    return number


VAL, BOTH, ON_TEST = (lambda row: row[1]), (lambda row: row[1] + row[2]), (lambda row: row[2])


def _chooses(it: SimpleNamespace, choose: Callable[..., Any], by: Callable[[Any], float]) -> bool:
    """Whether the names are, in both probes, those that this rule finds."""
    return it.names == [choose(probe, key=by)[0] for probe in PROBES]


def _says(it: SimpleNamespace, of: Callable[[Any, Any], float]) -> bool:
    """Whether the errors are, in both probes, these numbers of the chosen row and the probe; rounding is forgiven."""
    chosen = [next(row for row in probe if row[0] == name) for name, probe in zip(it.names, PROBES, strict=True)]
    wanted = [of(row, probe) for row, probe in zip(chosen, PROBES, strict=True)]
    return bool(np.allclose(it.errors, wanted, atol=NEAR, rtol=0))


def _column_minus_row(row: tuple[str, float, float], _: object) -> float:
    """The error that comes out when predictions of shape (rows, 1) are compared with labels of shape (rows,)."""
    test = np.arange(ROWS, 2 * ROWS)
    predicted = _true(test) + SIGNS[ROWS:] * row[2]
    return float(np.mean(np.abs(predicted[:, np.newaxis] - _true(test))))


def _check_choice(it: SimpleNamespace) -> None:
    trials = zip(("first", "second"), it.names, PROBES, strict=True)
    for trial, chosen, best in ((trial, name, min(probe, key=VAL)[0]) for trial, name, probe in trials):
        if chosen == best:
            continue
        raise Unexpected(
            f"the candidate with the lowest error on the validation rows, `'{best}'` in the {trial} trial",
            f"`'{chosen}'`",
            "The validation rows are there for choosing; any other ground is chance, or uses up the test rows.",
            "Print the errors inside your function and follow what becomes of them.",
        )
    for trial, chosen, said, probe in zip(("first", "second"), it.names, it.errors, PROBES, strict=True):
        own = next(test for name, _, test in probe if name == chosen)
        if abs(said - own) <= NEAR:
            continue
        raise Unexpected(
            f"the error of `'{chosen}'` on the test rows, {own:g} in the {trial} trial",
            f"{said:g}",
            "It is the one number that says how good the chosen model is on rows that had no say in the choice.",
            "Call `evaluate` of the chosen model with the features and labels of `test`, and return what it gives.",
        )


choose_and_test_once = Exercise(
    name="step5.choose_and_test_once",
    title="Choose, then test once",
    task=(
        "Write `choose_and_test(candidates, validation, test)`. `candidates` is a dictionary of trained models by "
        "name; "
        "`validation` and `test` are pairs (features, labels). Return the name of the model that you choose, and its"
        " mean absolute error on the "
        "test rows. `model.evaluate(features, labels, verbose=0)` gives this error, as one number."
    ),
    answers=["choose_and_test"],
    lesson=TEST,
    attempted=_is_written,
    observe=_observe_choice,
    misconceptions=[
        Misconception(
            name="error before name",
            seen=lambda it: it.swapped,
            did="You return the error first and the name second.",
            follows="Whoever writes `name, error = choose_and_test(...)` then finds a number in `name`.",
            change="Swap the two in the line with `return`.",
            lesson=TEST,
        ),
        Misconception(
            name="the model instead of its name",
            seen=lambda it: it.model,
            did="You return the chosen model itself in place of its name.",
            follows=(
                "The model does not know under which name it stands in the dictionary, so a reader cannot tell which"
                " one you chose."
            ),
            change="Keep the key along with the model while you compare.",
            lesson=TEST,
        ),
        Misconception(
            name="a place instead of a name",
            seen=lambda it: it.place,
            did="You return a number in place of the name, probably the place of the lowest error in a list.",
            follows="A dictionary is looked up by its keys, so nobody finds the model by that number.",
            change="Look up which key stands at this place.",
            lesson=TEST,
        ),
        Misconception(
            name="training while choosing",
            seen=lambda it: any(rows == "fit" for log in it.logs for _, rows in log),
            did="You call `fit` inside the function.",
            follows=(
                "The candidates are trained already, and `fit` would go on with them. After that the rows that you "
                "trained on are no longer unseen, and their error tells nothing about new ones."
            ),
            change="Measure the candidates as they are.",
            lesson=FIT,
        ),
        Misconception(
            name="a column minus a row",
            seen=lambda it: _says(it, _column_minus_row),
            did="You subtract labels of shape `(40,)` from predictions of shape `(40, 1)`.",
            follows=(
                "NumPy spreads the two into a table of 40 by 40, so every prediction is compared with every label. "
                "In the "
                "first trial the mean of that table is {said:.1f}, where the error of this model is {own:g}."
            ),
            change="Bring both to the same shape first, or let `evaluate` do it.",
            lesson="2.8 Two tensors in, two tensors out",
        ),
        Misconception(
            name="choosing on the test set",
            seen=lambda it: it.tested > 1 and _chooses(it, min, ON_TEST),
            did="You choose the candidate with the lowest error on the test rows.",
            follows=(
                "The best of several test errors is partly luck, so it flatters the model that you report, and no "
                "rows are "
                "left to tell the truth. In the first trial that is `'{chosen}'`, which is only third on the "
                "validation rows."
            ),
            change="Make the choice before any test row is looked at.",
            lesson=TEST,
        ),
        Misconception(
            name="choosing on validation and test together",
            seen=lambda it: it.tested > 1 and _chooses(it, min, BOTH),
            did="You choose by the errors on the validation rows and the test rows together.",
            follows=(
                "So the test rows have a say in the choice, and the error on them is no longer that of rows the "
                "choice knew "
                "nothing of. It looks like more data, and it costs the only honest number."
            ),
            change="Let one set choose and the other one judge.",
            lesson=TEST,
        ),
        Misconception(
            name="the highest error wins",
            seen=lambda it: _chooses(it, max, VAL),
            did="You choose the candidate with the highest error on the validation rows.",
            follows=(
                "For an accuracy the highest is the best; an error counts how far off the model is, so you get the "
                "worst of all."
            ),
            change="Turn the comparison around.",
            lesson="4.9 The metric is not the loss",
        ),
        Misconception(
            name="the alphabet chooses",
            seen=lambda it: any(it.names == [pick(probe)[0] for probe in PROBES] for pick in (min, max)),
            did="You choose the name that comes {end} in the alphabet, `'{chosen}'` in the first trial.",
            follows=(
                "`min` and `max` of a dictionary compare its keys, and the keys are the names: the errors in it are "
                "never looked at."
            ),
            change="Say by what the names are to be compared.",
            lesson=TEST,
        ),
        Misconception(
            name="the choice does not depend on the errors",
            seen=lambda it: it.names in ([probe[0][0] for probe in PROBES], [probe[-1][0] for probe in PROBES]),
            did="You return the {position} candidate of the dictionary, in every trial and whatever its error.",
            follows=(
                "A loop over the candidates may leave this name behind, but the order of a dictionary says nothing "
                "about quality."
            ),
            change="Compare the errors on the validation rows, and remember the best name while you do.",
            lesson=TEST,
        ),
        Misconception(
            name="the validation error reported as the test error",
            seen=lambda it: _chooses(it, min, VAL) and _says(it, lambda row, probe: row[1]),
            did=(
                "Your choice is right, but the error that you return for `'{chosen}'` is the one on the validation "
                "rows, {said:g}."
            ),
            follows=(
                "It is the lowest of four, and was chosen because it was: part of it is luck. On the test rows this "
                "model is off by {own:g}."
            ),
            change="Measure the chosen model once more, on rows that had no say in the choice.",
            lesson=TEST,
        ),
        Misconception(
            name="the lowest test error of all",
            seen=lambda it: _chooses(it, min, VAL) and _says(it, lambda row, probe: min(map(ON_TEST, probe))),
            did="Your choice is right, but you return the lowest test error of all candidates, {said:g}.",
            follows=(
                "It belongs to another model than the one that you chose; yours, `'{chosen}'`, is off by {own:g} on "
                "the test rows."
            ),
            change="Test the chosen model, and only that one.",
            lesson=TEST,
        ),
        Misconception(
            name="the model left over from the loop",
            seen=lambda it: _chooses(it, min, VAL) and _says(it, lambda row, probe: probe[-1][2]),
            did=(
                "Your choice is right, but the error that you return, {said:g}, is that of the last candidate in the"
                " dictionary."
            ),
            follows=(
                "After a loop its variable still holds the last model it came to, and that is the one you test. The "
                "chosen "
                "one, `'{chosen}'`, is off by {own:g}."
            ),
            change="Look up the chosen model by its name before you test it.",
            lesson=TEST,
        ),
        Misconception(
            name="every candidate is tested",
            seen=lambda it: _chooses(it, min, VAL) and it.tested > 1 and _says(it, lambda row, probe: row[2]),
            did="Your answer is right, but on the way you measured {tested} candidates on the test rows.",
            follows=(
                "Numbers that are on the table are looked at, and the next choice is made with them in mind. Then "
                "the test "
                "rows have become validation rows, and nothing is left to test on."
            ),
            change="Open the test rows after the choice, for the chosen model alone.",
            lesson=TEST,
        ),
    ],
    check_observed=_check_choice,
    hints=[
        "Two sets, two jobs: which one may have a say in the choice?",
        "Compute the validation error of each candidate first, find the name with the lowest, and only then touch `test`.",
        "With `errors = {name: model.evaluate(*validation, verbose=0) for name, model in candidates.items()}`, the "
        "name is "
        "`min(errors, key=errors.get)`.",
    ],
    solution_code="""
def choose_and_test(candidates, validation, test):
    errors = {name: model.evaluate(*validation, verbose=0) for name, model in candidates.items()}
    best = min(errors, key=errors.get)
    return best, candidates[best].evaluate(*test, verbose=0)
""",
    right=(
        "The validation rows chose and the test rows judged, once. In the first trial the choice had a validation "
        "error of 4 "
        "and a test error of {own:g}: the lowest of several numbers flatters, and only rows without a say in the "
        "choice show by how much."
    ),
)
