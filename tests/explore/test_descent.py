"""A walk down a loss surface: against Keras' optimizers, at every position of its controls, and in words."""

import math
import re

import keras
import numpy as np
import pytest
from explore import moves
from hypothesis import given, settings
from hypothesis import strategies as st

from companion import datasets
from companion.explore import descent
from companion.explore.picture import Arrow, Dots, Line
from companion.plots import COLORS, QUIET

OPTIMIZERS = {
    "plain SGD": lambda rate, momentum: keras.optimizers.SGD(rate),
    "momentum": lambda rate, momentum: keras.optimizers.SGD(rate, momentum=momentum),
    "Adam": lambda rate, momentum: keras.optimizers.Adam(rate),
}


def twelve_noons():
    """The temperatures and rentals of notebook 04."""
    rentals = datasets.load_bike_rentals()
    noons = np.flatnonzero((rentals["hour"] == 12) & (rentals["working_day"] == 1))
    twelve = noons[np.unique(rentals["month"][noons], return_index=True)[1]]
    return rentals["temperature"][twelve].astype("float64") / 10, rentals["bikers"][twelve] / 100


WARMTH, RENTED = twelve_noons()
CURVATURE = 2 * np.array([[np.mean(WARMTH**2), np.mean(WARMTH)], [np.mean(WARMTH), 1.0]])
LOWEST = np.linalg.lstsq(np.stack([WARMTH, np.ones(12)], axis=1), RENTED, rcond=None)[0]


def loss_at(w, b):
    return np.mean((w * WARMTH + b - RENTED) ** 2)


def gradient_at(w, b):
    error = w * WARMTH + b - RENTED
    return np.array([2 * np.mean(error * WARMTH), 2 * np.mean(error)])


def bowl(w, b):
    return w**2 + 4 * b**2


def bowl_gradient(w, b):
    return [2 * w, 8 * b]


VALLEY = descent.survey(loss_at, gradient_at)
BOWL = descent.survey(bowl, bowl_gradient)


def at(optimizer="plain SGD", rate=0.1, momentum=0.7, w=0.0, b=0.0, steps=20):
    """Values of the controls."""
    return {"optimizer": optimizer, "rate": rate, "momentum": momentum, "w": w, "b": b, "steps": steps}


def behaviour(surface=VALLEY, **values):
    values = at(**values)
    return descent.behaviour(surface, descent.walked(surface, values), values["steps"])


@pytest.fixture
def shown():
    explorable = descent.make(loss_at, gradient_at)
    yield explorable
    explorable.close()


# --- The walk ---


def by_keras(gradient, start, optimizer, rate, momentum, steps):
    """The same walk, each step by the optimizer itself."""
    weights = keras.Variable(np.array(start), dtype="float64")
    optimizer = OPTIMIZERS[optimizer](rate, momentum)
    path = [weights.numpy()]
    for _ in range(steps):
        optimizer.apply([np.asarray(gradient(*path[-1]), dtype="float64")], [weights])
        path.append(weights.numpy())
    return np.array(path)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("rate", [0.001, 0.02, 0.2, 0.22, 1.0])
@pytest.mark.parametrize("momentum", [0.0, 0.7, 0.99])
def test_a_walk_is_that_of_keras(optimizer, rate, momentum):
    settings = (gradient_at, (-0.5, 1.2), optimizer, rate, momentum)
    expected = by_keras(*settings, steps=30)

    path = descent.walk(*settings, steps=30)

    near = np.abs(expected).max(axis=1) < 1e8  # farther out the walk is stopped
    assert near.sum() > 5
    np.testing.assert_allclose(path[near], expected[near], rtol=1e-4, atol=1e-5)  # Keras: 32 bits


@settings(max_examples=30, deadline=None)
@given(
    optimizer=st.sampled_from(list(OPTIMIZERS)),
    rate=st.floats(1e-3, 0.3),
    momentum=st.floats(0, 0.99),
    start=st.tuples(st.floats(-3, 3), st.floats(-3, 3)),
    steep=st.floats(0.1, 5),
)
def test_a_walk_on_any_bowl_is_that_of_keras(optimizer, rate, momentum, start, steep):
    def gradient(w, b):
        return np.array([steep * w + b, w + 2 * b])

    expected = by_keras(gradient, start, optimizer, rate, momentum, steps=12)
    path = descent.walk(gradient, start, optimizer, rate, momentum, 12)
    np.testing.assert_allclose(path, expected, rtol=1e-4, atol=1e-4 * (np.abs(expected).max() + 1e-3))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_walk_is_that_of_a_dense_neuron(optimizer):
    neuron = keras.Sequential([keras.Input(shape=(1,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    neuron.compile(optimizer=OPTIMIZERS[optimizer](0.05, 0.7), loss="mean_squared_error")
    neuron.fit(WARMTH[:, None], RENTED, batch_size=12, epochs=15, verbose=0)

    path = descent.walk(gradient_at, (0.0, 0.0), optimizer, 0.05, 0.7, steps=15)

    np.testing.assert_allclose(path[-1], [it.item() for it in neuron.get_weights()], rtol=1e-4)


@pytest.mark.parametrize("optimizer", ["plain SGD", "Adam"])
def test_only_momentum_has_momentum(optimizer):
    slow, fast = (descent.walk(gradient_at, (0.0, 0.0), optimizer, 0.1, momentum, 9) for momentum in (0.0, 0.9))
    assert slow.tolist() == fast.tolist()


def test_no_step_is_the_start_alone():
    assert descent.walk(gradient_at, (0.5, -0.5), "Adam", 0.1, 0.0, 0).tolist() == [[0.5, -0.5]]


def test_a_walk_that_diverges_stops_on_its_way_out():
    def steep(w, b):  # far out, this overflows
        return [np.float64(w) ** 99, -2 * np.float64(w) ** 99]

    path = descent.walk(steep, (2.0, 1.0), "plain SGD", 1.0, 0.0, 60)

    assert np.isfinite(path).all()
    assert np.abs(path).max() == pytest.approx(descent.FAR)
    assert path[1] == pytest.approx([-descent.FAR / 2, descent.FAR])  # straight on, only not as far
    assert (path[2:] == path[1]).all()


@pytest.mark.parametrize("broken", [lambda w, b: [math.exp(1000 * w), 0.0], lambda w, b: [math.nan, 0.0]])
def test_a_walk_ends_where_the_gradient_is_no_number(broken):
    path = descent.walk(lambda w, b: [-1.0, 0.0] if w < 1 else broken(w, b), (0.0, 0.0), "momentum", 0.5, 0.0, 9)
    assert path[:, 0].tolist() == [0.0, 0.5, *[1.0] * 8]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optimizer": "sgd"}, r"optimizer: expected one of plain SGD, momentum, Adam, received the text `'sgd'`"),
        ({"learning_rate": 0}, r"learning_rate: expected a number above 0, received the number `0`"),
        ({"learning_rate": math.nan}, "learning_rate: expected a number above 0"),
        ({"momentum": 1.0}, r"momentum: expected a number from 0 up to, not including, 1, received the number `1.0`"),
        ({"momentum": -0.1}, "momentum: expected"),
        ({"steps": -1}, r"steps: expected a whole number from 0, received the number `-1`"),
        ({"steps": 2.5}, "steps: expected a whole number"),
        ({"start": (1.0, 2.0, 3.0)}, "start: expected two numbers, w and b"),
        ({"start": (math.nan, 0.0)}, "start: expected two numbers"),
        ({"start": "here"}, r"start: expected two numbers, w and b, received the text `'here'`. Write, say, \(0.0, 0.0\)"),
    ],
)
def test_a_bad_setting_is_named(change, message):
    fine = {"start": (0.0, 0.0), "optimizer": "momentum", "learning_rate": 0.1, "momentum": 0.5, "steps": 3}
    with pytest.raises(ValueError, match=message):
        descent.walk(gradient_at, **(fine | change))


# --- The surface ---


def test_the_lowest_point_is_that_of_linear_algebra():
    np.testing.assert_allclose(VALLEY.lowest, LOWEST, atol=2e-4)
    assert VALLEY.low == pytest.approx(loss_at(*LOWEST), abs=1e-7)


def test_the_surface_is_darker_where_the_loss_is_larger():
    colors = VALLEY.ground[0].colors.astype(int).sum(axis=2)
    middles = VALLEY.heights[:-1, :-1]
    assert VALLEY.heights[0, -1] == loss_at(2.0, -0.6)  # b in rows, w in columns
    assert np.corrcoef(colors.ravel(), np.sqrt(middles - VALLEY.low).ravel())[0, 1] < -0.95
    assert colors[0, 0] < colors[0, -1] < colors[30, 30]  # colors[0, 0] lies at w = -1, b = -0.6


def test_a_contour_line_joins_points_of_equal_loss():
    lines = [mark for mark in VALLEY.ground if isinstance(mark, Line)]
    assert len(lines) >= 10
    heights = np.unique([round(loss_at(line.x[0], line.y[0]), 1) for line in lines])
    assert (np.diff(heights, 2) > 0).all()  # closer together where the loss is low
    for line in lines:
        losses = [loss_at(w, b) for w, b in zip(line.x, line.y, strict=True)]
        assert np.ptp(losses) < 0.05 * max(losses)


def raising(w, b):
    raise KeyError("no such column")


FINE, NAN = (loss_at, gradient_at), lambda w, b: math.nan if w > 1 else 1.0


@pytest.mark.parametrize(
    ("functions", "ranges", "error", "message"),
    [
        ((3, gradient_at), {}, TypeError, r"loss_at: expected a function of w and b, received the number `3`. Pass loss_at"),
        ((loss_at, gradient_at(0, 0)), {}, TypeError, r"gradient_at: expected a function of w and b, received an `ndarray`"),
        ((raising, gradient_at), {}, ValueError, r"loss_at\(-1, -0.6\): expected one finite number.*received an error: 'no such"),
        ((loss_at, raising), {}, ValueError, r"gradient_at\(-1, -0.6\): expected two finite.*an error: 'no such column'. Call"),
        ((loss_at, lambda w: w), {}, ValueError, r"gradient_at\(-1, -0.6\): .*received an error: .*takes 1 positional"),
        ((lambda w, b: w * WARMTH, gradient_at), {}, ValueError, r"loss_at.*received an array of shape \(12,\). Call loss_at"),
        ((loss_at, loss_at), {}, ValueError, r"gradient_at.*expected two finite.*received an array of shape \(\)"),
        ((loss_at, lambda w, b: [1, 2, 3]), {}, ValueError, r"gradient_at.*received an array of shape \(3,\)"),
        ((lambda w, b: "low", gradient_at), {}, ValueError, r"loss_at.*expected one finite number, .*values of type <U3"),
        ((lambda w, b: None, gradient_at), {}, ValueError, r"loss_at.*received values of type object"),
        ((NAN, gradient_at), {}, ValueError, r"loss_at\(1.05, -0.6\): expected one finite number.*received nan.*smaller w_range"),
        ((loss_at, lambda w, b: [math.inf, 0]), {}, ValueError, r"gradient_at.*received \[inf  ?0.\]"),
        (FINE, {"optimizer": "adam"}, ValueError, "optimizer: expected one of plain SGD, momentum, Adam, received the text `'adam'`"),
        (FINE, {"w_range": (2, 3)}, ValueError, r"expected a lowest point inside .* at its edge, at w = 2, b = .* Widen w_range"),
        ((bowl, bowl_gradient), {"w_range": (1, 2)}, ValueError, "at its edge, at w = 1, b = "),
        ((bowl, bowl_gradient), {"b_range": (1, 2)}, ValueError, "at its edge, at w = .*, b = 1. "),
        ((lambda w, b: 1.0, gradient_at), {}, ValueError, "expected a lowest point inside the picture"),
        (FINE, {"w_range": (2, -1)}, ValueError, r"w_range: expected two numbers, the lower first, received the tuple `\(2, -1\)`"),
        (FINE, {"b_range": (0, math.inf)}, ValueError, "b_range: expected two numbers"),
        (FINE, {"b_range": 3}, TypeError, r"b_range: expected two numbers, the lower first, received the number `3`. Write"),
        (FINE, {"b_range": (1, 2, 3)}, TypeError, "b_range: expected two numbers"),
    ],
)
@pytest.mark.parametrize("begin", [descent.make, descent.show])
def test_what_cannot_be_surveyed_is_refused_at_once(begin, functions, ranges, error, message):
    with pytest.raises(error, match=message):
        begin(*functions, **ranges)


# --- What a walk does ---


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"steps": 0}, "starts"),
        ({"rate": 0.001, "steps": 60}, "creeps"),
        ({"rate": 0.01}, "creeps"),  # notebook 04: too short to arrive
        ({"rate": 0.1}, "descends"),
        ({"rate": 0.1, "steps": 30}, "descends"),  # low, but still some way from the lowest point
        ({"rate": 0.1, "steps": 60}, "arrived"),
        ({"rate": 0.2}, "leaps"),
        ({"rate": 0.21}, "leaps"),
        ({"rate": 0.22, "steps": 1}, "diverges"),
        ({"rate": 0.22}, "diverges"),
        ({"rate": 1.0, "steps": 60}, "diverges"),
        ({"rate": 0.25, "w": 0.7, "b": 0.1, "steps": 5}, "leaps"),  # still lower than its start
        ({"rate": 0.25, "w": 0.7, "b": 0.1, "steps": 20}, "diverges"),
        ({"optimizer": "momentum", "rate": 0.02, "momentum": 0.9, "steps": 30}, "swings"),
        ({"optimizer": "momentum", "rate": 0.05, "momentum": 0.7, "steps": 40}, "arrived"),
        ({"optimizer": "momentum", "rate": 0.5, "momentum": 0.7, "steps": 3}, "diverges"),
        ({"optimizer": "Adam", "rate": 0.01}, "creeps"),
        ({"optimizer": "Adam", "rate": 1.0, "steps": 10}, "swings"),
        ({"optimizer": "Adam", "rate": 0.1, "steps": 60}, "arrived"),
    ],
)
def test_a_walk_of_known_kind_is_called_so(values, what):
    assert behaviour(**values) == what


@pytest.mark.parametrize("start", [(0.0, 0.0), (-1.0, -0.6), (2.0, 1.4), (0.4, 0.8)])
def test_a_walk_is_said_to_diverge_if_and_only_if_it_does(start):
    """On a bowl, gradient descent diverges if and only if its step, as a matrix, has an eigenvalue beyond 1."""
    steep = np.linalg.eigvalsh(CURVATURE).max()
    for rate in descent.RATES:
        for momentum in descent.MOMENTA:
            step = [[1 + momentum - rate * steep, -momentum], [1, 0]]
            diverges = np.abs(np.linalg.eigvals(step)).max() > 1 + 1e-9
            values = at("momentum", rate, momentum, *start)
            walk = descent.walked(VALLEY, values)
            said = {descent.behaviour(VALLEY, walk, step) for step in range(20, 61, 5)}
            assert ("diverges" in said) == diverges, values
            assert ("arrived" in said) <= (not diverges), values


@pytest.mark.parametrize("rate", descent.RATES)
def test_adam_never_diverges(rate):
    walk = descent.walked(VALLEY, at("Adam", rate))
    assert "diverges" not in {descent.behaviour(VALLEY, walk, step) for step in range(61)}


def test_to_pass_the_lowest_point_is_not_to_arrive():
    walk = descent.walked(BOWL, at("momentum", 0.01, 0.99, w=1.0))
    passes = int(np.abs(walk.path).max(axis=1).argmin())

    assert np.abs(walk.path[passes]).max() < 0.05
    assert descent.behaviour(BOWL, walk, passes) != "arrived"


def test_to_rest_elsewhere_is_not_to_arrive():
    two = descent.survey(  # two hollows, the left one deeper
        lambda w, b: (w**2 - 1) ** 2 + 0.3 * w + b**2, lambda w, b: [4 * w * (w**2 - 1) + 0.3, 2 * b], (-2, 2), (-1, 1)
    )
    assert two.lowest == pytest.approx([-1.0353, 0.0], abs=1e-3)
    assert behaviour(two, w=-0.5, steps=60) == "arrived"
    assert behaviour(two, w=0.5, steps=60) == "creeps"


def test_a_start_without_slope_stands_still():
    plateau = descent.survey(lambda w, b: max(0.0, w**2 + b**2 - 0.1) ** 2 if w < 1.3 else 3.0, lambda w, b: [0.0, 0.0])
    assert "stands still, and not at the lowest" in descent.view(plateau, at(w=1.5)).words


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_whoever_starts_at_the_lowest_point_stays_there(optimizer):
    assert behaviour(BOWL, optimizer=optimizer, rate=0.01, steps=5) == "arrived"


# --- In words ---


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"steps": 0}, "No step yet: the loss is 2.592 at the start, and 0.130 at the lowest point, the cross."),
        ({"steps": 1}, "After 1 step the loss is 0.206; the lowest in the picture is 0.130. The step landed lower."),
        ({}, "After 20 steps the loss is 0.138; .* It walks downhill: each of the last 10 steps landed lower.$"),
        ({"steps": 2}, "each of the last 2 steps landed lower.$"),
        ({"rate": 0.01}, "loss is 0.236; .* It creeps: the way that is left is 45 times as long as the last step.$"),
        ({"rate": 0.2}, "loss is 0.142; .* Each step leaps across the valley and lands lower.$"),
        ({"rate": 0.2, "steps": 1}, "The step leaps across the valley and lands lower.$"),
        ({"rate": 0.22, "steps": 1}, "The step overshoots and lands higher: this walk diverges.$"),
        ({"rate": 0.22, "steps": 12}, "loss is 10.6; .* The steps overshoot: each lands higher than the last. The walk d"),
        ({"rate": 0.22, "steps": 60}, "loss is 3,791; .* It is outside of the picture, where the arrow points.$"),
        ({"rate": 1.0, "steps": 60}, "loss is over a million; .* each lands higher .* In step 10 a weight passed a billion"),
        ({"optimizer": "momentum", "rate": 0.02, "steps": 30}, "loss is 0.138; "),
        ({"optimizer": "momentum", "rate": 0.02, "momentum": 0.9, "steps": 30}, "0.172; .*: 5 of the last 10 steps landed higher"),
        ({"optimizer": "momentum", "rate": 0.5, "momentum": 0.99, "steps": 60}, "The walk diverges. In step .. a weight passed a"),
        ({"rate": 0.1, "steps": 60}, "loss is 0.130; the lowest in the picture is 0.130. The walk has arrived.$"),
    ],
)
def test_the_words_say_what_there_is_to_see(values, words):
    said = descent.view(VALLEY, at(**values)).words
    assert re.search(words, said), said
    assert len(said) <= 220


def test_the_words_never_contradict_the_losses():
    for optimizer in descent.OPTIMIZERS:
        for rate in descent.RATES:
            walk = descent.walked(VALLEY, at(optimizer, rate))
            for step in range(1, 61):
                words = descent.view(VALLEY, at(optimizer, rate, steps=step)).words if step in (1, 2, 7, 30) else ""
                last = np.diff(walk.losses[: step + 1])[-10:]
                if "landed lower" in words:
                    assert (last < 0).all()
                if "lands lower." in words and "whole" not in words:
                    assert (last[-4:] < 0).all()
                if "lands higher" in words:
                    assert (last[-4:] >= 0).all()


def test_a_gradient_that_is_no_number_outside_is_told():
    dry = descent.survey(bowl, lambda w, b: [2 * w, 8 * b] if abs(w) < 3 else [math.nan, 0.0])
    words = descent.view(dry, at(rate=1.0, w=1.0, b=1.0, steps=60)).words
    assert "passed a billion" in words or "no number" in words
    pushed = descent.survey(bowl, lambda w, b: [-2.0, 0.0] if w < 4 else [math.nan, 0.0])
    words = descent.view(pushed, at(rate=1.0, w=1.0, steps=60)).words
    assert "Here the gradient is no number, so the walk ends. It is outside" in words


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"rate": 1.0}, "keras.optimizers.SGD(learning_rate=1.0)"),
        ({"optimizer": "momentum"}, "keras.optimizers.SGD(learning_rate=0.1, momentum=0.7)"),
        ({"optimizer": "Adam", "rate": 0.001}, "keras.optimizers.Adam(learning_rate=0.001)"),
    ],
)
def test_the_code_makes_this_optimizer(values, code):
    assert descent.view(VALLEY, at(**values)).code == code
    assert float(eval(code, {"keras": keras}).learning_rate) == pytest.approx(at(**values)["rate"])


# --- The picture ---


def marks_of(plot, kind, **look):
    return [mark for mark in plot.marks if isinstance(mark, kind) and all(getattr(mark, k) == v for k, v in look.items())]


def test_start_and_end_and_lowest_differ_in_shape():
    left, right = descent.view(VALLEY, at(w=0.5, b=-0.2)).picture.plots
    end = descent.walk(gradient_at, (0.5, -0.2), "plain SGD", 0.1, 0.0, 20)[-1]

    [start], [now], [lowest] = (marks_of(left, Dots, marker=marker) for marker in ("square", "diamond", "cross"))

    assert (start.x, start.y, start.label) == (0.5, -0.2, "start")
    assert (*now.x, *now.y, now.label) == (*end, "now")
    np.testing.assert_allclose([*lowest.x, *lowest.y], LOWEST, atol=2e-4)
    assert len(marks_of(left, Dots, marker="circle")[0].x) == 21
    [now] = marks_of(right, Dots, marker="diamond")
    assert (*now.x, *now.y) == (20, pytest.approx(math.log10(loss_at(*end))))


def test_the_path_is_drawn_as_far_as_the_picture_reaches():
    values = at(rate=0.25, steps=9)
    path = descent.walked(VALLEY, values).path[:10]
    expected = []
    for a, b in zip(path[:-1], path[1:], strict=True):
        way = a + np.linspace(0, 1, 100_001)[:, None] * (b - a)
        inside = way[(np.abs(way - [0.5, 0.4]) <= [1.5, 1.0]).all(axis=1)]
        if len(inside) > 1:
            expected.append([inside[0], inside[-1]])

    drawn = marks_of(descent.view(VALLEY, values).picture.plots[0], Line, color=COLORS[1])

    assert 1 < len(expected) and not np.abs(path - [0.5, 0.4]).max() < 1.5
    np.testing.assert_allclose([np.stack([line.x, line.y], axis=1) for line in drawn], expected, atol=1e-2)


def test_no_line_is_drawn_for_a_step_outside_of_the_picture():
    pushed = descent.survey(bowl, lambda w, b: [-2.0, 0.0])
    drawn = marks_of(descent.view(pushed, at(rate=0.5, w=0.5, b=0.5, steps=9)).picture.plots[0], Line, color=COLORS[1])
    assert [line.x.tolist() for line in drawn] == [[0.5, 1.5], [1.5, 2.0]]


def test_an_arrow_points_to_a_walk_that_has_left():
    for rate, steps in ((0.22, 20), (0.22, 21), (1.0, 60)):
        values = at(rate=rate, steps=steps)
        [arrow] = marks_of(descent.view(VALLEY, values).picture.plots[0], Arrow)
        along = np.array([arrow.to_x - arrow.x, arrow.to_y - arrow.y])
        towards = descent.walked(VALLEY, values).path[steps] - VALLEY.lowest
        assert along @ towards == pytest.approx(np.hypot(*along) * np.hypot(*towards))
        assert min(abs(arrow.to_x + 1), abs(arrow.to_x - 2), abs(arrow.to_y + 0.6), abs(arrow.to_y - 1.4)) < 1e-9
    assert marks_of(descent.view(VALLEY, at()).picture.plots[0], Arrow) == []


def test_a_walk_may_leave_downwards():
    view = descent.view(BOWL, at(rate=0.3, b=1.0, steps=1))
    [arrow] = marks_of(view.picture.plots[0], Arrow)
    assert view.words.endswith("outside of the picture, where the arrow points.")
    assert (arrow.x, arrow.to_x, arrow.to_y) == pytest.approx((0.0, 0.0, -0.6), abs=1e-3)


def test_losses_above_the_scale_are_marked_at_its_edge():
    right = descent.view(VALLEY, at(rate=0.22, steps=60)).picture.plots[1]
    losses = descent.walked(VALLEY, at(rate=0.22)).losses

    [above], [now] = (marks_of(right, Dots, marker=marker) for marker in ("triangle", "diamond"))

    assert above.label == "above the scale"
    assert above.x.tolist() == np.flatnonzero(np.log10(losses) > right.y[1]).tolist() and len(above.x) > 10
    assert right.y[0] < now.y[0] < right.y[1]


def test_the_lowest_loss_is_a_dashed_line():
    [line] = marks_of(descent.view(VALLEY, at()).picture.plots[1], Line, color=QUIET)
    assert line.dash == "dashed" and line.y == pytest.approx([math.log10(loss_at(*LOWEST))] * 2, abs=1e-6)


def test_a_scale_of_powers_says_the_loss_at_its_ticks():
    plot = descent.view(VALLEY, at()).picture.plots[1]
    assert [text for _, text in plot.y_ticks] == ["0.1", "0.2", "0.5", "1", "2", "5", "10", "20"]
    assert [10**value for value, _ in plot.y_ticks] == pytest.approx([0.1, 0.2, 0.5, 1, 2, 5, 10, 20])


def test_a_loss_below_zero_gets_an_even_scale():
    sunk = descent.survey(lambda w, b: bowl(w, b) - 3, bowl_gradient)
    view = descent.view(sunk, at(w=1.0, b=1.0, steps=3))
    now = marks_of(view.picture.plots[1], Dots, marker="diamond")[0]
    assert view.picture.plots[1].y_ticks is None
    assert now.y[0] == pytest.approx(descent.walked(sunk, at(w=1.0, b=1.0)).losses[3])
    assert "the lowest in the picture is −3.000" in view.words


# --- The controls ---


def test_every_position_of_every_control(shown):
    for position in moves.every_position(shown):
        moves.move(shown, position)


SURFACES = {
    "the valley": (FINE, {}),
    "a bowl": ((bowl, bowl_gradient), {}),
    "a gradient that overflows": ((lambda w, b: w**4 + b**4, lambda w, b: [4 * w**3, 4 * b**3]), {}),
    "a loss that fails outside": ((lambda w, b: math.cosh(5 * w) + b**2, lambda w, b: [5 * math.sinh(5 * w), 2 * b]), {}),
    "powers that overflow": ((lambda w, b: np.exp(w**2) + b**2, lambda w, b: [2 * w * np.exp(w**2), 2 * b]), {}),
    "tiny": ((lambda w, b: 1e-12 * bowl(w, b), lambda w, b: [2e-12 * w, 8e-12 * b]), {}),
    "below zero": ((lambda w, b: bowl(w, b) - 5, bowl_gradient), {"w_range": (-30, 7), "b_range": (-1e-3, 2e-3)}),
    "without 0": ((lambda w, b: bowl(w - 5, b), lambda w, b: [2 * (w - 5), 8 * b]), {"w_range": (4.5, 7.7)}),
}


@pytest.mark.parametrize("name", SURFACES)
def test_any_combination_of_positions(name):
    functions, ranges = SURFACES[name]
    shown = descent.make(*functions, **ranges)

    @settings(max_examples=60, deadline=None)
    @given(moves.settings(shown))
    def tried(values):
        moves.move(shown, values)

    tried()
    shown.close()


def test_steps_are_a_slider_and_momentum_says_whose_it_is(shown):
    names = [control.name for control in shown.controls]
    labels = {control.name: control.label for control in shown.controls}

    assert names == ["optimizer", "rate", "momentum", "w", "b", "steps"]
    assert labels["momentum"] == "momentum (others ignore it)"
    assert shown.controls[-1].positions() == list(range(61))
    assert shown.values == at()
    other = descent.make(loss_at, gradient_at, optimizer="Adam")
    assert other.values == at("Adam")
    other.close()


@pytest.mark.parametrize(("ends", "start"), [((-1, 2), 0.0), ((3, 7), 3.0), ((-7, -3), -3.0)])
def test_the_walk_starts_as_near_to_zero_as_the_picture_allows(ends, start):
    middle = sum(ends) / 2
    made = descent.make(lambda w, b: bowl(w - middle, b), lambda w, b: [2 * (w - middle), 8 * b], w_range=ends)
    [control] = [control for control in made.controls if control.name == "w"]
    assert control.value == start and 20 <= len(control.positions()) <= 51
    made.close()


def test_the_functions_are_asked_about_the_surface_only_once():
    calls = []
    made = descent.make(lambda w, b: calls.append(w) or loss_at(w, b), gradient_at)
    before = len(calls)
    made.values = {"steps": 7}
    assert before > 5000 and len(calls) - before <= 61
    made.close()


def test_two_of_them_share_nothing(shown):
    other = descent.make(bowl, bowl_gradient)
    before = (other.words, other.values)

    shown.values = {"rate": 0.22, "steps": 60}

    assert (other.words, other.values) == before
    other.close()
