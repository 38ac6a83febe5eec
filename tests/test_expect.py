"""What an answer must be: each function returns it, or says what was expected, received, and what to do."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import expect
from exercises.nonsense import NONSENSE


def pairs(rows=5, dtype="float32"):
    return tf.data.Dataset.from_tensor_slices((np.zeros((rows, 2), dtype), np.arange(rows)))


def dense():
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, kernel_initializer="ones")])


def test_what_fits_comes_back_as_it_is():
    dataset, model = pairs(), dense()

    assert expect.dataset(dataset, "x") is dataset
    assert expect.model(model, "x") is model
    assert expect.function(len, "x") is len
    assert expect.pair((1, 2), "x") == (1, 2)
    assert expect.array([[1, 2]], "x").shape == (1, 2)


@pytest.mark.parametrize("kind", sorted(NONSENSE.keys() - {"a function that raises", "a function that returns nothing"}))
@pytest.mark.parametrize("what", ["dataset", "model", "function", "array", "batches"])
def test_nonsense_is_refused_or_explained(what, kind):
    value = NONSENSE[kind]()
    fits = {
        "dataset": "dataset" in kind,
        "model": "model" in kind,
        "function": "model" in kind,
        "array": False,
        "batches": kind == "a dataset of high rank",
    }
    arguments = (value, "answer", 3) if what == "batches" else (value, "answer")
    if fits[what]:
        assert getattr(expect, what)(*arguments) is not None
        return
    with pytest.raises((expect.Unexpected, expect.Stopped)) as found:
        getattr(expect, what)(*arguments)
    assert "answer" in str(found.value)
    if isinstance(found.value, expect.Unexpected):
        assert all((found.value.expected, found.value.received, found.value.why, found.value.change))


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_counted(odd):
    with pytest.raises(expect.Unexpected, match="received 2 that are NaN or infinite"):
        expect.array([1.0, odd, odd], "x")


@pytest.mark.parametrize("element", [(1,), (1, 2, 3), [1, 2], np.zeros(2)])
def test_another_structure_than_a_pair_is_refused(element):
    with pytest.raises(expect.Unexpected, match="features, label"):
        expect.pair(element, "x")


@pytest.mark.parametrize(("rows", "most", "read"), [(5, 3, 3), (2, 3, 2), (1, 1, 1)])
def test_no_more_batches_are_read_than_asked_for(rows, most, read):
    assert len(expect.batches(pairs(rows), "x", most)) == read


def test_an_endless_dataset_does_not_hang():
    assert len(expect.batches(pairs().repeat(), "x", 7)) == 7


@pytest.mark.parametrize("shape", [list, tuple, dict])
def test_an_output_keeps_its_structure(shape):
    import keras

    parts = [keras.Input((2,), name="a"), keras.Input((1,), name="b")]
    outputs = shape(parts) if shape is not dict else dict(zip("ab", parts, strict=True))
    model = keras.Model(outputs, outputs)
    given = [np.ones((4, 2), "float32"), np.ones((4, 1), "float32")]
    result = expect.output(model, shape(given) if shape is not dict else dict(zip("ab", given, strict=True)), "x")

    assert isinstance(result, shape)
    some = result["b"] if shape is dict else result[1]
    assert isinstance(some, np.ndarray) and some.shape == (4, 1)


def test_a_model_is_called_as_when_it_predicts():
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.9)])

    assert np.array_equal(expect.output(model, np.ones((9, 2), "float32"), "x"), np.ones((9, 2)))


def test_an_error_says_what_the_check_was_doing_and_keeps_its_cause():
    with pytest.raises(expect.Stopped, match=r"`x` was called on an input of shape \(4, 5\)") as found:
        expect.output(dense(), np.ones((4, 5), "float32"), "x")

    assert isinstance(found.value.__cause__, ValueError)


def test_the_inner_explanation_wins():
    with pytest.raises(expect.Stopped, match="inner"), expect.using("outer"), expect.using("inner"):
        raise OSError
    with pytest.raises(expect.Unexpected), expect.using("outer"):
        raise expect.Unexpected("a", "b")


@pytest.mark.parametrize(
    ("answer", "written"),
    [
        (..., False),
        (lambda: ..., False),
        (lambda: 3, True),
        (lambda: 1 / 0, True),
        (None, True),
        (3, True),
        (int, True),
    ],
)
def test_the_untouched_starter_is_told_from_an_answer(answer, written, capsys):
    def call():
        print("called")
        return answer()

    assert expect.is_written(answer, call) == written
    assert capsys.readouterr().out == ""


# What a model is made of


class Doubled(keras.layers.Layer):
    """A layer of one's own that keeps another one."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = keras.layers.Dense(2)

    def call(self, inputs):
        return 2 * self.inner(inputs)


def test_layers_are_listed_in_their_order_with_what_stands_inside_and_without_inputs():
    inputs = keras.Input((3,))
    inside = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.ReLU()])
    model = keras.Model(inputs, Doubled()(inside(inputs)))
    assert [type(each).__name__ for each in expect.layers_of(model)] == ["Dense", "ReLU", "Doubled", "Dense"]
    alone = keras.layers.Dense(1)
    assert expect.layers_of(alone) == [alone]


def test_a_layer_that_is_used_twice_is_listed_once():
    inputs, shared = keras.Input((3,)), keras.layers.Dense(3)
    assert expect.layers_of(keras.Model(inputs, shared(shared(inputs)))) == [shared]


def test_only_a_model_of_layers_shows_its_steps():
    inputs = keras.Input((3,))
    by_layers = keras.Model(inputs, keras.layers.Dense(2)(inputs))

    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    assert expect.shows_its_steps(keras.Sequential([keras.Input((3,)), by_layers]))
    assert not expect.shows_its_steps(keras.Model(inputs, keras.ops.abs(by_layers(inputs))))
    assert not expect.shows_its_steps(keras.Sequential([keras.Input((3,)), Own()]))
    assert not expect.shows_its_steps(Own())


def test_keras_own_layers_are_told_from_the_learners():
    assert expect.is_of_keras(keras.layers.Dense(1)) and not expect.is_of_keras(Doubled())


def test_a_model_tells_the_shapes_that_it_was_made_for():
    assert expect.input_shapes(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])) == [(None, 3)]
    assert expect.input_shapes(keras.layers.Dense(1)) == []


def test_a_dataset_that_never_ends_says_so():
    data = tf.data.Dataset.range(3)
    assert expect.is_endless(data.repeat()) and not expect.is_endless(data.repeat(2))


# How a model was compiled


@pytest.mark.parametrize(
    ("optimizer", "rate"),
    [
        (keras.optimizers.SGD(0.25), 0.25),
        (keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.125, 100)), 0.125),
        (keras.optimizers.Adam(keras.optimizers.schedules.PiecewiseConstantDecay([5], [0.25, 0.5])), 0.5),
        ("adam", None),
        (None, None),
    ],
)
def test_the_learning_rate_is_the_highest_that_comes(optimizer, rate):
    assert expect.learning_rate(optimizer) == rate


def test_what_compile_was_told_is_repeated_where_it_can_be():
    model = dense()
    assert expect.compile_config(model) == {}
    model.compile(loss="mse", loss_weights=[2.0])
    assert expect.compile_config(model)["loss_weights"] == [2.0]
    assert expect.compile_config("no model") == {}
