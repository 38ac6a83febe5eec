"""Watching a training: what it costs by a clock that stands still, what it says, and what Keras makes of it."""

import math

import keras
import numpy as np
import pytest
from explore import moves
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from companion.explore import watch
from companion.explore.picture import Dots, Line, Raster
from companion.plots import COLORS

NAN = math.nan
MOST_WORDS = 220
WIDGET = "application/vnd.jupyter.widget-view+json"


class Clock:
    """A clock that moves only when it is told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def page(monkeypatch):
    """What a notebook would display, one bundle after the other."""
    shown, shell = [], InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr("IPython.display.display", lambda data, raw, metadata=None: shown.append(data))
    return shown


def a_run(training, validation=None, **more):
    """A training that has made some epochs."""
    run = watch.Run(**more)
    for place, value in enumerate(training):
        run.add(value, None if validation is None else validation[place], 0.5)
    return run


# --- The budget ---


def test_a_budget_allows_a_drawing_when_there_is_time_for_one_more(clock):
    budget = watch.Budget(share=0.04, clock=clock)
    assert budget.allows(), "nothing has been spent yet"

    budget.spend(lambda: clock.wait(0.02))
    clock.wait(0.97)
    assert not budget.allows(), "0.04 s of 0.99 s would be over 4 %"
    clock.wait(0.02)
    assert budget.allows(), "0.04 s of 1.01 s"
    assert (budget.spent, budget.last) == pytest.approx((0.02, 0.02))


def test_a_drawing_that_fails_is_counted_too(clock):
    budget = watch.Budget(clock=clock)

    def fails():
        clock.wait(3)
        raise KeyError("no pen")

    with pytest.raises(KeyError):
        budget.spend(fails)
    assert budget.spent == pytest.approx(3)


@given(
    epochs=st.lists(st.floats(0.001, 5), min_size=1, max_size=60),
    cost=st.floats(0.001, 0.5),
)
def test_whatever_the_epochs_take_the_drawings_between_stay_within_the_share(epochs, cost):
    clock = Clock()
    budget = watch.Budget(share=0.04, clock=clock)
    budget.spend(lambda: clock.wait(cost))
    for seconds in epochs:
        clock.wait(seconds)
        if budget.allows():
            budget.spend(lambda: clock.wait(cost))
            assert budget.spent <= 0.04 * budget.elapsed() + 1e-9


# --- What is known of a run ---


def test_the_best_epoch_is_that_of_the_validation():
    run = a_run([5, 4, 3, 2], [9, 6, 7, 8])

    assert [run.best(epoch) for epoch in (1, 2, 3, 4)] == [1, 2, 2, 2]
    assert run.best(0) is None


@pytest.mark.parametrize(
    ("training", "validation", "metric", "best"),
    [
        ([5, 4, 3], None, "loss", 3),
        ([5, 4, 3], [None, 2, None], "loss", 2),
        ([0.5, 0.9, 0.7], None, "accuracy", 2),
        ([0.5, 0.6, 0.7], [0.5, 0.4, 0.3], "sparse_categorical_accuracy", 1),
        ([3, NAN, NAN], [4, NAN, NAN], "loss", 1),
        ([NAN, NAN], None, "loss", None),
        ([2, 2, 2], None, "mean_absolute_error", 1),
    ],
)
def test_the_best_epoch_of(training, validation, metric, best):
    assert a_run(training, validation, metric=metric).best(len(training)) == best


def test_epochs_go_on_where_an_earlier_training_stopped():
    run = a_run([3, 2, 4], start=10)

    assert (run.last, run.best(13), run.at(12)[0]) == (13, 12, 2)


def test_the_first_epoch_without_a_number_is_kept_in_mind():
    run = a_run([3, 2, NAN, NAN, 1], [3, math.inf, 1, 1, 1])

    assert run.failed == 2
    assert np.isfinite(run.training).tolist() == [True, True, False, False, True]


def test_seconds_left_leave_the_first_epoch_out():
    assert watch.seconds_left([], 80) is None
    assert watch.seconds_left([4.0], 3) == 12
    assert watch.seconds_left([4.0, 1.0], 3) == 3
    assert watch.seconds_left([4.0, 9, 9, 1, 1, 1, 2, 2], 10) == pytest.approx(14), "by the last five"
    assert watch.seconds_left([4.0, 1.0], -2) == 0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "less than a second"), (0.99, "less than a second"), (1, "about 1 s"), (8.4, "about 8 s"), (150, "about 2 min")],
)
def test_a_time_in_words(seconds, said):
    assert watch.spoken(seconds) == said


@given(st.lists(st.integers(1, 30), min_size=1, max_size=300))
def test_of_many_boundaries_some_are_kept_the_first_and_the_last_among_them(steps):
    run, colors = watch.Run(), np.zeros((2, 2, 3), "uint8")
    epochs = np.concatenate([[0], np.cumsum(steps)]).tolist()
    for epoch in epochs:
        run.keep(watch.Boundary(epoch, colors))

    kept = [it.epoch for it in run.boundaries]
    assert len(kept) == min(len(epochs), watch.MOST_KEPT)
    assert (kept[0], kept[-1]) == (0, epochs[-1]) and kept == sorted(set(kept))


def test_the_boundaries_kept_are_spread_over_the_whole_training():
    run = watch.Run()
    for epoch in range(1001):
        run.keep(watch.Boundary(epoch, np.zeros((2, 2, 3), "uint8")))

    kept = [it.epoch for it in run.boundaries]
    assert (kept[0], kept[-1], len(kept)) == (0, 1000, watch.MOST_KEPT)
    assert np.diff(kept).max() <= 4 * 1000 / watch.MOST_KEPT


def test_the_boundary_of_an_epoch_is_the_latest_that_was_seen_until_then():
    run = watch.Run()
    assert run.boundary(3) is None
    for epoch in (2, 5, 9):
        run.keep(watch.Boundary(epoch, np.zeros((2, 2, 3), "uint8")))

    assert [run.boundary(epoch).epoch for epoch in (0, 2, 4, 5, 8, 9, 20)] == [2, 2, 2, 5, 5, 9, 9]


# --- Colors of a boundary ---


def nearest_class(colors):
    """Which of the palette's colors lies in the direction of each, as seen from the page."""
    paper = np.array([255, 253, 248])
    palette = np.array([[int(it[i : i + 2], 16) for i in (1, 3, 5)] for it in COLORS]) - paper
    away = colors.astype(float) - paper
    return (away @ palette.T / np.linalg.norm(palette, axis=1)).argmax(axis=1)


def test_probabilities_of_one_class_are_split_at_one_half():
    colors = watch.class_colors(np.array([[0.0], [0.4], [0.6], [1.0]]))

    assert (colors.dtype, colors.shape) == ("uint8", (4, 3))
    assert nearest_class(colors).tolist() == [0, 0, 1, 1]
    assert colors[0].sum() < colors[1].sum() and colors[3].sum() < colors[2].sum(), "the surer, the stronger"


def test_scores_are_split_at_zero():
    assert nearest_class(watch.class_colors([[-9.0], [-0.2], [0.2], [9.0]])).tolist() == [0, 0, 1, 1]


def test_of_several_classes_the_largest_wins_in_probabilities_and_in_scores():
    shares = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.2, 0.7]])

    np.testing.assert_array_equal(watch.class_colors(shares), watch.class_colors(np.log(shares)))
    assert nearest_class(watch.class_colors(shares)).tolist() == [0, 1, 2]


def test_answers_that_are_no_numbers_do_not_stop_a_training():
    assert watch.class_colors([[NAN], [math.inf], [-math.inf]]).shape == (3, 3)
    assert watch.class_colors([[NAN, 1], [1e30, -1e30]]).shape == (2, 3)


@pytest.mark.parametrize("answers", [np.zeros(4), np.zeros((4, 0)), np.zeros((2, 2, 2))])
def test_answers_of_another_shape(answers):
    with pytest.raises(ValueError, match=r"answers: expected shape \(n, 1\)"):
        watch.class_colors(answers)


# --- Words ---


def test_the_words_while_it_runs():
    run = a_run([5, 4, 3], [5, 2, 3], epochs=80)

    assert watch.live_words(run) == "Epoch 3 of 80, about 38 s left. Best epoch so far: 2, with 2.00 in validation."


def test_the_words_before_the_first_epoch_and_within_one():
    assert watch.live_words(watch.Run(epochs=5)).startswith("The training begins.")
    run = a_run([5.0], epochs=5)
    assert watch.live_words(run, 300, 1875) == (
        "In epoch 2 of 5, batch 300 of 1,875, about 2 s left. Best epoch so far: 1, with 5.00 in training."
    )
    assert "batch 300, " in watch.live_words(run, 300) + ", "
    assert watch.live_words(watch.Run(), 7) == "In epoch 1, batch 7."


def test_without_a_number_of_epochs_no_time_is_promised():
    assert watch.live_words(a_run([5.0])) == "Epoch 1. Best epoch so far: 1, with 5.00 in training."


def test_the_words_when_it_stopped_before_the_last_epoch():
    run = a_run([5, 4, 3], [5, 2, 3], epochs=80, ended=True)

    assert watch.live_words(run) == (
        "The training has ended after epoch 3 of 80. Best epoch: 2, with 2.00 in validation."
    )


def test_the_words_of_a_loss_that_is_no_number():
    run = a_run([5, NAN, NAN], epochs=9)

    assert "In epoch 2 the loss was no finite number." in watch.live_words(run)
    assert "no longer" not in watch.replay_words(run, 1)
    assert watch.replay_words(run, 3).startswith("Loss after epoch 3: training not a number. In epoch 2 the loss was no")


@pytest.mark.parametrize(
    ("epoch", "said"),
    [
        (1, "Loss after epoch 1: training 5.00, validation 6.00. The best validation loss so far."),
        (3, "training 3.00, validation 5.00. The best validation was 4.00, 1 epoch ago; training is better now than it was then."),
        (4, "The best validation was 4.00, 2 epochs ago."),
    ],
)
def test_the_words_of_going_back(epoch, said):
    run = a_run([5, 4, 3, 4.5], [6, 4, 5, 5])

    assert watch.replay_words(run, epoch).endswith(said)


def test_the_words_of_going_back_where_validation_is_measured_now_and_then():
    run = a_run([5, 4, 3], [None, 4, None])

    assert watch.replay_words(run, 1) == "Loss after epoch 1: training 5.00. The validation set has not been measured yet."
    assert watch.replay_words(run, 3) == (
        "Loss after epoch 3: training 3.00. The best validation was 4.00, 1 epoch ago; training is better now than it was then."
    )


def test_for_an_accuracy_more_is_better():
    run = a_run([0.6, 0.7, 0.8], [0.6, 0.7, 0.65], metric="accuracy")

    assert watch.replay_words(run, 3).endswith("The best validation was 0.700, 1 epoch ago; training is better now than it was then.")


# --- Curves ---


def lines(plot):
    return {mark.label: mark for mark in plot.marks if isinstance(mark, Line) and mark.label}


def test_the_curves_end_at_the_epoch_and_differ_in_more_than_color():
    run = a_run([5, 4, 3], [5, 2, 3], ended=True)
    drawn = lines(watch.curves(run, 2))

    assert [list(drawn[name].x) for name in ("training", "validation")] == [[1, 2], [1, 2]]
    assert list(drawn["validation"].y) == [5, 2]
    assert (drawn["training"].dash, drawn["validation"].dash) == ("solid", "dashed")
    (best,) = (mark for mark in watch.curves(run, 3).marks if isinstance(mark, Dots) and mark.label)
    assert (best.x, best.y, best.marker) == ([2], [2], "diamond")


def test_validation_now_and_then_is_one_line_through_what_was_measured():
    drawn = lines(watch.curves(a_run([5, 4, 3, 2], [None, 4, None, 3]), 4))

    assert list(drawn["validation"].x) == [2, 4]
    assert list(drawn["training"].x) == [1, 2, 3, 4]


def test_without_validation_there_is_one_line():
    assert set(lines(watch.curves(a_run([5, 4]), 2))) == {"training"}


def test_the_axes_stay_while_the_slider_moves():
    run = a_run([500, 4, 3, 2, 2, 2, 2, 2, 2, 2, 2], ended=True)
    frames = {(watch.curves(run, epoch).x, watch.curves(run, epoch).y) for epoch in range(1, 12)}

    assert len(frames) == 1
    ((_, (low, high)),) = frames
    assert low == 0 and high < 20, "a first loss that is far above the others is cut off"


def test_while_it_runs_the_axis_reaches_to_the_last_epoch():
    assert watch.curves(a_run([5, 4], epochs=80), 2).x[1] >= 80
    assert watch.curves(a_run([5, 4], epochs=80, ended=True), 2).x[1] < 3


@given(st.integers(0, 500), st.integers(1, 5000))
def test_epochs_are_whole_numbers(start, count):
    run = watch.Run(start=start, epochs=start + count)
    ticks = watch.curves(run, start).x_ticks

    assert 1 <= len(ticks) <= 9
    assert all(isinstance(value, int) and start <= value <= start + count for value, _ in ticks)


def test_a_long_training_is_drawn_with_few_points():
    drawn = lines(watch.curves(a_run(list(range(5000, 0, -1))), 5000))

    assert len(drawn["training"].x) == watch.MOST_POINTS and drawn["training"].x[-1] == 5000


# --- The watcher, by a clock that stands still ---


class Model:
    """A model of points in the plane; notes how often it was asked, and how long that takes."""

    def __init__(self, clock, seconds=0.0):
        self.clock, self.seconds, self.asked = clock, seconds, 0

    def __call__(self, points, training):
        assert training is False
        self.asked += 1
        self.clock.wait(self.seconds)
        return 1 / (1 + np.exp(-np.asarray(points)[:, :1]))


X = np.random.default_rng(0).normal(size=(50, 2))
Y = (X[:, 0] > 0).astype(int)


def train(watcher, clock, epochs, seconds=1.0, model=None, asked_for=None, start=0, logs=None):
    """What `fit` would tell the watcher."""
    watcher.begin(model or Model(clock), asked_for or epochs, 10)
    for epoch in range(start, epochs):
        watcher.begin_epoch(epoch)
        clock.wait(seconds)
        watcher.end_epoch(logs(epoch) if logs else {"loss": 1 / (epoch + 1), "val_loss": 0.5})
    watcher.end()


def test_the_time_of_the_epochs_is_measured(clock):
    watcher = watch.Watcher(clock=clock)
    train(watcher, clock, 4, seconds=2.5)

    assert watcher.run.seconds == [2.5] * 4
    assert (watcher.run.last, watcher.run.ended, watcher.run.epochs) == (4, True, 4)


def test_the_boundary_is_looked_at_within_the_budget_and_at_both_ends(clock):
    watcher, model = watch.Watcher("loss", watch.Plane(X, Y), clock), Model(clock, 0.1)
    train(watcher, clock, 50, model=model)

    # Of 50 seconds and a little more, for looks of 0.1 s each; the first and the last are allowed in any case.
    most = (watch.SHARE + watch.LOOKS) * 50 / 0.1
    assert most - 2 <= model.asked <= most + 3
    assert watcher.budget.spent <= watch.SHARE * watcher.budget.elapsed() + 0.1
    assert watcher.looks.spent <= watch.LOOKS * watcher.looks.elapsed() + 0.1
    assert [watcher.run.boundaries[0].epoch, watcher.run.boundaries[-1].epoch] == [0, 50]
    assert not watcher.run.boundaries[-1].at_end


def test_a_training_that_stopped_early_keeps_the_boundary_of_its_end(clock):
    watcher = watch.Watcher("loss", watch.Plane(X, Y), clock)
    train(watcher, clock, 3, seconds=0.01, model=Model(clock, 5.0), asked_for=80)

    assert [(it.epoch, it.at_end) for it in watcher.run.boundaries] == [(0, False), (3, True)]
    assert "at the end" in watch.view(watcher.run, 3, "", watcher.plane).picture.plots[1].title


def test_outside_a_notebook_nothing_is_drawn(clock, capsys, monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", lambda: None)  # whatever other tests have left behind
    watcher = watch.Watcher(clock=clock)
    train(watcher, clock, 2)

    assert watcher.shown is None and capsys.readouterr() == ("", "")


def test_in_a_notebook_one_picture_is_displayed_under_words_that_never_change(clock, page):
    watcher = watch.Watcher(clock=clock)
    train(watcher, clock, 3)

    (bundle,) = page
    assert bundle == {WIDGET: watcher.shown.get_view_spec(), "text/plain": watch.WAITING}
    assert watcher.shown.words.startswith("The training has ended after epoch 3 of 3.")
    moves.assert_sound(watcher.shown)
    watcher.shown.close()


def test_a_long_epoch_brings_the_words_up_to_date(clock, page):
    watcher = watch.Watcher(clock=clock)
    watcher.begin(Model(clock), 3, 1875)
    watcher.begin_epoch(0)
    clock.wait(0.5)
    watcher.begin_batch(10)
    assert watcher.shown.words.startswith("The training begins.")
    clock.wait(1)
    watcher.begin_batch(20)
    assert watcher.shown.words == "In epoch 1 of 3, batch 20 of 1,875."
    moves.assert_sound(watcher.shown)
    watcher.shown.close()


def test_each_training_starts_a_picture_of_its_own(clock, page):
    watcher = watch.Watcher(clock=clock)
    train(watcher, clock, 3)
    first, run = watcher.shown, watcher.run
    train(watcher, clock, 2)

    assert watcher.shown is not first and watcher.run is not run
    assert (run.last, watcher.run.last, len(page)) == (3, 2, 2)
    assert first.words.startswith("The training has ended after epoch 3")
    first.close(), watcher.shown.close()


def test_a_training_that_was_cut_off_stays_as_it_was_and_the_next_one_works(clock, page):
    watcher = watch.Watcher(clock=clock)
    watcher.begin(Model(clock), 80, 10)
    for epoch in range(2):
        watcher.begin_epoch(epoch)
        clock.wait(1)
        watcher.end_epoch({"loss": 3.0 - epoch})
    assert watcher.shown.words.startswith("Epoch 2 of 80")  # and here someone pressed stop
    cut_off = watcher.shown
    train(watcher, clock, 3)

    assert cut_off.words.startswith("Epoch 2 of 80")
    assert watcher.run.last == 3
    cut_off.close(), watcher.shown.close()


def test_a_picture_that_nobody_looks_at_any_more_does_not_stop_a_training(clock, page):
    watcher = watch.Watcher(clock=clock)
    watcher.begin(Model(clock), 3, 10)
    watcher.shown.close()
    for epoch in range(3):
        watcher.begin_epoch(epoch)
        clock.wait(1)
        watcher.end_epoch({"loss": 1.0})
    watcher.end()

    assert watcher.run.last == 3


# --- Keras ---


def points(n=60):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, 2)).astype("float32")
    return x, (x[:, 0] * x[:, 1] > 0).astype("float32")


def new_model(outputs=1, metrics=(), steps=1):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(outputs)])
    model.compile(optimizer="adam", loss="mse", metrics=list(metrics), steps_per_execution=steps)
    return model


def fit(model, live, epochs=4, **more):
    x, y = points()
    more = {"validation_data": points(), "verbose": 0, "batch_size": 20, **more}
    return model.fit(x, y, epochs=epochs, callbacks=[live], **more)


def test_what_it_sees_is_the_history_and_the_training_is_not_disturbed():
    live = watch.live(boundary=(X, Y))
    watched = fit(new_model(), live).history
    alone = new_model().fit(*points(), epochs=4, validation_data=points(), verbose=0, batch_size=20).history

    assert watched == alone
    run = live.watcher.run
    assert (run.training, run.validation) == (alone["loss"], alone["val_loss"])
    assert (run.epochs, run.ended) == (4, True)
    assert live.watcher.batches == 3


def test_without_validation_data_and_with_it_now_and_then():
    live = watch.live()
    fit(new_model(), live, validation_data=None)
    assert np.isnan(live.watcher.run.validation).all() and live.watcher.run.best(4) in range(1, 5)

    fit(new_model(), live, validation_freq=2)
    assert np.isfinite(live.watcher.run.validation).tolist() == [False, True, False, True]


def test_another_metric():
    live = watch.live("val_mae")
    history = fit(new_model(metrics=["mae"], steps=3), live).history

    assert live.watcher.run.training == history["mae"] and live.watcher.run.validation == history["val_mae"]


def test_epochs_that_were_made_before_count():
    live, model = watch.live(), new_model()
    fit(model, live, epochs=2)
    fit(model, live, epochs=5, initial_epoch=2)

    run = live.watcher.run
    assert (run.start, run.last, len(run.training)) == (2, 5, 3)
    made = watch.make(live)
    assert (made.controls[0].low, made.controls[0].high) == (3, 5)
    for position in moves.every_position(made):
        moves.move(made, position)
    made.close()


@pytest.mark.parametrize("before", [True, False])
def test_early_stopping(before):
    live = watch.live(boundary=(X, Y))
    early = keras.callbacks.EarlyStopping(patience=1, min_delta=10, restore_best_weights=True)
    fit_with = [early, live] if before else [live, early]
    new_model().fit(*points(), validation_data=points(), epochs=30, verbose=0, callbacks=fit_with)

    assert live.watcher.run.last == 2 and live.watcher.run.ended
    assert live.watcher.run.boundaries[-1].epoch == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_training_that_is_interrupted(error):
    live, model = watch.live(boundary=(X, Y)), new_model()

    class Plug(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.optimizer.iterations == 8:
                raise error("cut off")

    with pytest.raises(error):
        model.fit(*points(), epochs=30, batch_size=20, verbose=0, callbacks=[live, Plug()])

    assert live.watcher.run.last == 2 and not live.watcher.run.ended
    made = watch.make(live)
    assert made.words.startswith("Loss after epoch 2: ")
    made.close()
    fit(model, live)
    assert live.watcher.run.last == 4


def test_a_loss_that_becomes_nan():
    live = watch.live(boundary=(X, Y))
    x, y = points()
    model = new_model()
    model.fit(x, np.where(np.arange(60) < 30, np.nan, y), epochs=3, verbose=0, callbacks=[live])

    assert live.watcher.run.failed == 1
    made = watch.make(live)
    for position in moves.every_position(made):
        moves.move(made, position)
    assert "In epoch 1 the loss was no finite number" in made.words
    made.close()


def test_a_model_that_takes_no_points_of_the_plane_is_refused_before_it_trains():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    live = watch.live(boundary=(X, Y))

    with pytest.raises(ValueError, match=r"boundary: the model was asked about points of shape \(1600, 2\) and raised .*leave it out"):
        model.fit(np.zeros((8, 3)), np.zeros(8), verbose=0, callbacks=[live])
    assert live.watcher.run.training == []


def test_a_metric_that_the_model_does_not_have():
    with pytest.raises(ValueError, match="metric: expected one of loss, received 'accuracy'"):
        fit(new_model(), watch.live("accuracy"))


# --- Back through it ---


@pytest.fixture
def trained():
    clock = Clock()
    live = watch.live(boundary=(X, Y))
    live.watcher.clock = clock
    train(live.watcher, clock, 12, logs=lambda epoch: {"loss": 1 / (epoch + 1), "val_loss": 1 + abs(epoch - 4) / 9})
    return live


@pytest.fixture
def shown(trained):
    made = watch.make(trained)
    yield made
    made.close()


def test_every_epoch(shown):
    seen = set()
    for position in moves.every_position(shown):
        moves.move(shown, position)
        assert len(shown.words) <= MOST_WORDS
        seen.add((shown.words, str(shown.drawing["strokes"])))
    assert len(seen) == 12


def test_it_begins_at_the_last_epoch_with_the_boundary_of_then(shown):
    assert shown.values == {"epoch": 12}
    assert shown.words.startswith("Loss after epoch 12: training 0.083, validation 1.78. The best validation was 1.00, 7 epochs ago")
    boundary = shown.picture.plots[1]
    assert boundary.title == "boundary after epoch 12"
    (raster,) = (mark for mark in boundary.marks if isinstance(mark, Raster))
    left, right = raster.colors[:, 0].astype(int), raster.colors[:, -1].astype(int)
    assert (nearest_class(left) == 0).all() and (nearest_class(right) == 1).all()
    assert {mark.marker for mark in boundary.marks if isinstance(mark, Dots)} == {"circle", "triangle"}


def test_a_model_is_not_asked_again(clock):
    live, model = watch.live(boundary=(X, Y)), Model(clock)
    live.watcher.clock = clock
    train(live.watcher, clock, 5, model=model)
    asked, made = model.asked, watch.make(live)
    for position in moves.every_position(made):
        moves.move(made, position)

    assert model.asked == asked
    made.close()


def test_a_single_epoch_leaves_nothing_to_choose(clock):
    live = watch.live()
    train(live.watcher, clock, 1)
    made = watch.make(live)

    assert made.controls == []
    moves.assert_sound(made)
    made.close()


def test_two_of_them_share_nothing(trained, shown):
    other = watch.make(trained)
    before = (other.words, other.values)

    shown.values = {"epoch": 3}

    assert (other.words, other.values) == before
    other.close()


def test_a_later_training_does_not_change_what_was_made_of_an_earlier_one(trained, shown, clock):
    before = shown.words
    train(trained.watcher, clock, 2)
    shown.values = {"epoch": 1}
    shown.values = {"epoch": 12}

    assert shown.words == before


def test_the_picture_moves_to_where_it_is_shown(clock, page):
    live = watch.live()
    train(live.watcher, clock, 3)
    watch.show(live, alt="Two curves that fall, and no number that was trained.")

    _, still, _ = page
    assert still["text/plain"] == "Two curves that fall, and no number that was trained."
    assert {WIDGET, "image/png"} <= set(still)
    assert live.watcher.shown.comm is None, "the live picture has gone"
    watch.show(live)
    assert page[3]["text/plain"].startswith("Loss after epoch 3")


def test_outside_a_notebook_the_words_are_printed(trained, capsys):
    watch.show(trained)

    assert capsys.readouterr().out.startswith("Loss after epoch 12")


# --- What cannot be watched ---


@pytest.mark.parametrize(
    ("boundary", "error", "said"),
    [
        (X, TypeError, r"boundary: expected a pair \(x, y\), received an `ndarray`"),
        ((X, Y, Y), TypeError, "boundary: expected a pair"),
        ((X[:, :1], Y), ValueError, r"points of shape \(n, 2\), received \(50, 1\)"),
        ((X[:0], Y[:0]), ValueError, r"points of shape \(n, 2\), received \(0, 2\)"),
        ((X, Y[:9]), ValueError, "expected as many classes as points, received 50 points and 9 classes"),
        ((X, Y - 1), ValueError, "expected classes 0, 1, "),
        ((X, Y + 0.5), ValueError, "expected classes 0, 1, "),
        ((X, ["a"] * 50), TypeError, "expected classes as integers, received dtype"),
        ((X * NAN, Y), ValueError, "expected finite points"),
        ((X.astype(str), Y), TypeError, r"expected numbers of shape \(n, 2\)"),
    ],
)
def test_no_points_in_the_plane(boundary, error, said):
    with pytest.raises(error, match=said):
        watch.live(boundary=boundary)


def test_classes_in_a_column_and_as_floats_are_classes():
    assert watch.Plane(X, Y[:, None].astype("float32")).y.tolist() == Y.tolist()


def test_a_metric_that_is_no_text():
    with pytest.raises(TypeError, match="metric: expected a text such as 'loss', received the number `3`"):
        watch.live(metric=3)


@pytest.mark.parametrize("live", [None, "live", keras.callbacks.History()])
def test_nothing_to_show(live):
    with pytest.raises(TypeError, match=r"live: expected what watch.live\(\) returns, received"):
        watch.show(live)


def test_nothing_seen_yet():
    with pytest.raises(ValueError, match=r"received one that has seen none. Train first: model.fit"):
        watch.show(watch.live())


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (lambda x: np.zeros((7, 1)), r"expected answers of shape \(1600, 1\) or \(1600, classes\), received \(7, 1\)"),
        (lambda x: np.zeros(1600), r"received \(1600,\)"),
        (lambda x: x.nothing, "raised AttributeError"),
    ],
)
def test_a_model_with_other_answers(answers, said):
    with pytest.raises(ValueError, match=said):
        watch.Plane(X, Y).ask(lambda points, training: answers(points))
