"""One neuron over two inputs: against Keras, at every position of its controls, and in words."""

import keras
import numpy as np
import pytest
from explore import moves
from hypothesis import given
from hypothesis import strategies as st

from companion.explore import neuron

NUMBERS = st.floats(-100, 100)


@pytest.fixture
def shown():
    explorable = neuron.make()
    yield explorable
    explorable.close()


@pytest.mark.parametrize("activation", neuron.ACTIVATIONS)
def test_an_activation_is_that_of_keras(activation):
    sums = np.linspace(-20, 20, 401)
    expected = keras.activations.get(activation)(sums.astype("float32"))
    np.testing.assert_allclose(neuron.activate(activation, sums), expected, atol=1e-6)


@pytest.mark.parametrize("activation", neuron.ACTIVATIONS)
def test_the_output_is_that_of_a_dense_layer(activation):
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(5, 2)).astype("float32"), rng.normal(size=(2, 1)).astype("float32")
    layer = keras.layers.Dense(1, activation=activation)
    layer.build((None, 2))
    layer.set_weights([weights, np.array([0.25], dtype="float32")])

    np.testing.assert_allclose(neuron.output(x, weights[:, 0], 0.25, activation), layer(x)[:, 0], atol=1e-6)


def test_no_sum_is_too_large_for_an_activation():
    for activation in neuron.ACTIVATIONS:
        assert np.isfinite(neuron.activate(activation, [-1e300, 1e300])).all()
    assert neuron.activate("sigmoid", [-1e300, 0, 1e300]).tolist() == [0, 0.5, 1]


def test_an_unknown_activation_is_named():
    with pytest.raises(ValueError, match=r"expected one of relu, .*received 'swish'"):
        neuron.activate("swish", 1.0)


def test_the_words_do_the_sum():
    at = {"x1": 1.0, "x2": 0.5, "w1": 2.0, "w2": -1.0, "bias": -0.3, "activation": "relu"}

    words = neuron.view(at).words

    assert words.startswith("1 · 2 + 0.5 · (−1) + (−0.3) = 1.20, and relu makes 1.20 of it.")
    assert "silent" in words


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"w1": 0.0, "w2": 0.0}, "the same everywhere"),
        ({"bias": -5.0, "w1": 0.5, "w2": 0.5}, "negative everywhere"),
        ({"bias": 5.0, "w1": 0.5, "w2": 0.5}, "positive everywhere"),
        ({"activation": "sigmoid"}, "climbs, in this picture from 0.00 to 1.00"),
        ({"activation": "tanh", "w1": 0.1, "w2": 0.0, "bias": 0.0}, "from −0.29 to 0.29"),
        ({"activation": "linear"}, "never ends"),
        ({}, "rises to the right, through input 2 = 0.50 at input 1 = 0; below it the neuron responds"),
        ({"w1": -1.5}, "falls to the right"),
        ({"w1": 0.0}, "lies level at input 2 = 0.50; below it"),
        ({"w2": 0.0}, "stands upright at input 1 = −0.33; to its right the neuron responds"),
        ({"w2": 2.0}, "above it the neuron responds, and beyond the line it is silent"),
        ({"w1": -1.5, "w2": 0.0}, "stands upright at input 1 = 0.33; to its left"),
    ],
)
def test_the_words_say_what_the_surface_looks_like(shown, change, said):
    shown.values = change

    assert said in shown.words


@given(w1=NUMBERS, w2=NUMBERS, bias=NUMBERS)
def test_the_dashed_line_is_where_the_sum_is_zero(w1, w2, bias):
    ends = neuron.border(w1, w2, bias)
    if w1 == w2 == 0:
        assert ends == []
        return
    assert neuron.REACH < 1000
    for x1, x2 in zip(*ends[0], strict=True):
        size = abs(x1 * w1) + abs(x2 * w2) + abs(bias)
        assert abs(x1 * w1 + x2 * w2 + bias) <= 1e-9 * size + 1e-300


def test_every_position_of_every_control(shown):
    for position in moves.every_position(shown):
        moves.move(shown, position)


def test_any_combination_of_positions():
    shown = neuron.make()

    @given(moves.settings(shown))
    def tried(values):
        moves.move(shown, values)

    tried()
    shown.close()


def test_two_of_them_share_nothing(shown):
    other = neuron.make()
    before = (other.words, other.values)

    shown.values = {"w1": -3.0, "activation": "tanh"}

    assert (other.words, other.values) == before
    other.close()
