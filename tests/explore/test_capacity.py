"""Models of growing size: their errors by hand, the verdict on each, and every position of the slider."""

import keras
import numpy as np
import pytest
from explore import moves

from companion.explore import capacity
from companion.explore.picture import Dots, Line

RNG = np.random.default_rng(0)
X_TRAIN, X_VAL = np.linspace(0, 10, 12), RNG.uniform(0, 10, 60)
Y_TRAIN, Y_VAL = (np.sin(x) * 100 + RNG.normal(0, 10, len(x)) for x in (X_TRAIN, X_VAL))
MOST_WORDS = 220


def flat(x):
    return np.full(len(x), Y_TRAIN.mean())


def right(x):
    return np.sin(x) * 100


def by_heart(x):
    """Through every training point, and wild between them."""
    return np.interp(x, X_TRAIN, Y_TRAIN) + 200 * np.sin(np.pi * 1.1 * x) ** 2


MODELS = {1: flat, 4: right, 16: by_heart}


def make(models=MODELS, **more):
    return capacity.make(models, (X_TRAIN, Y_TRAIN), (X_VAL, Y_VAL), **more)


@pytest.fixture
def shown():
    explorable = make(unit="bicycles")
    yield explorable
    explorable.close()


# --- What is computed ---


def test_the_error_is_what_it_is_by_hand():
    assert capacity.mean_absolute_error([1, 5, 0], [2, 2, 0]) == pytest.approx((1 + 3 + 0) / 3)


def test_the_error_is_that_of_keras():
    true, predicted = RNG.normal(size=(2, 50))
    assert capacity.mean_absolute_error(predicted, true) == pytest.approx(
        float(keras.losses.mean_absolute_error(true, predicted)), rel=1e-5
    )


@pytest.mark.parametrize(
    ("training", "validation", "expected"),
    [
        ([9, 5, 1], [9, 6, 8], ["under-fits", "fits", "over-fits"]),
        # Within 5 % of the lowest is as good as the lowest, on either side.
        ([9, 5.5, 5, 4, 1], [9, 6.3, 6, 6.3, 6.31], ["under-fits", "fits", "fits", "fits", "over-fits"]),
        ([3, 2, 1], [3, 2, 1], ["under-fits", "under-fits", "fits"]),
        ([1, 2, 3], [1, 5, 9], ["fits", "over-fits", "over-fits"]),
        # Larger, and worse in both ways: with no wider a gap, or a little wider by chance, its size is not to blame.
        ([9, 5, 8], [9, 6, 9], ["under-fits", "fits", "trained badly"]),
        ([9, 5, 8], [9, 6, 9.5], ["under-fits", "fits", "trained badly"]),
        # A training error that is no lower, by chance, beside a gap that is far wider.
        ([9, 5, 5.1], [9, 6, 9], ["under-fits", "fits", "over-fits"]),
        # Smaller, yet better on the training points alone: by heart.
        ([1, 5, 2], [9, 6, 9], ["over-fits", "fits", "over-fits"]),
        ([0, 0], [0, 0], ["fits", "fits"]),
    ],
)
def test_the_verdicts(training, validation, expected):
    assert capacity.verdicts(training, validation) == expected


def test_both_sets_are_measured_and_none_is_mistaken_for_the_other():
    known = capacity.survey({2: right, 1: flat}, (X_TRAIN, Y_TRAIN), (X_VAL, Y_VAL))

    assert known.sizes == (1, 2)
    assert known.training_errors == pytest.approx(
        [np.abs(flat(X_TRAIN) - Y_TRAIN).mean(), np.abs(right(X_TRAIN) - Y_TRAIN).mean()], rel=1e-5
    )
    assert known.validation_errors == pytest.approx(
        [np.abs(flat(X_VAL) - Y_VAL).mean(), np.abs(right(X_VAL) - Y_VAL).mean()], rel=1e-5
    )
    np.testing.assert_allclose(known.drawn[1], right(known.line), atol=1e-3)
    assert known.line[[0, -1]].tolist() == [min(X_TRAIN.min(), X_VAL.min()), max(X_TRAIN.max(), X_VAL.max())]


def test_each_model_is_called_once_and_then_never_again():
    calls = []

    def counted(x):
        calls.append(x.dtype)
        return right(x)

    explorable = make({1: counted, 2: flat})
    for position in moves.every_position(explorable):
        moves.move(explorable, position)

    assert calls == ["float32"]
    explorable.close()


def test_a_keras_model_goes_in_as_it_is():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    columns = (X_TRAIN[:, None], Y_TRAIN[:, None]), (X_VAL[:, None], Y_VAL)

    known = capacity.survey({1: model, 2: lambda x: model(x) * 0}, *columns)

    expected = np.abs(model.predict(X_VAL[:, None], verbose=0)[:, 0] - Y_VAL).mean()
    assert known.validation_errors[0] == pytest.approx(expected, rel=1e-5)
    assert known.validation_errors[1] == pytest.approx(np.abs(Y_VAL).mean())


# --- What is said and shown ---


def test_it_begins_with_the_best(shown):
    assert shown.values == {"size": 4}
    assert shown.words.startswith("Size 4 fits best: off by ")


@pytest.mark.parametrize(("size", "said"), [(1, "under-fits"), (4, "fits best"), (16, "over-fits")])
def test_the_words_say_how_each_size_fits_with_both_errors(shown, size, said):
    shown.values = {"size": size}

    off = [np.abs(MODELS[size](x) - y).mean() for x, y in ((X_TRAIN, Y_TRAIN), (X_VAL, Y_VAL))]
    train, val = (f"{it:.0f}" if it >= 20 else f"{it:.1f}" if it > 0.1 else "less than 0.001" for it in off)
    assert f"Size {size} {said}: off by {train} bicycles on the training points and by {val} on the others." in shown.words
    assert len(shown.words) <= MOST_WORDS


def test_a_training_that_went_badly_is_no_over_fitting():
    explorable = make({1: right, 2: lambda x: right(x) + 300})
    explorable.values = {"size": 2}

    assert "Size 2 was trained badly" in explorable.words and "larger than size 1, yet worse" in explorable.words
    explorable.close()


def test_as_good_as_the_best_is_said_so():
    explorable = make({1: flat, 2: right, 3: lambda x: right(x) - 0.5})
    explorable.values = {"size": 3}

    assert "Size 3 fits: off by" in explorable.words and "about as good as size 2" in explorable.words
    explorable.close()


def test_the_picture_shows_the_function_of_this_size_and_marks_its_errors(shown):
    shown.values = {"size": 16}
    fitted, errors = shown.picture.plots

    (line,) = (mark for mark in fitted.marks if isinstance(mark, Line))
    np.testing.assert_allclose(line.y, by_heart(line.x), atol=1e-3)
    assert {mark.marker: len(mark.x) for mark in fitted.marks if isinstance(mark, Dots)} == {"circle": 12, "triangle": 60}
    large = [mark for mark in errors.marks if isinstance(mark, Dots) and len(mark.x) == 1]
    assert [mark.x for mark in large] == [[2], [2]]
    assert large[0].y[0] == pytest.approx(0, abs=1e-4), "by heart"
    assert large[1].y[0] == pytest.approx(np.abs(by_heart(X_VAL) - Y_VAL).mean())


def test_what_is_training_and_what_validation_differs_not_in_color_alone(shown):
    fitted, errors = shown.picture.plots

    for plot in (fitted, errors):
        assert len({mark.marker for mark in plot.marks if isinstance(mark, Dots)}) == 2
    assert {mark.dash for mark in errors.marks if isinstance(mark, Line) and mark.label} == {"solid", "dashed"}


def test_every_position(shown):
    seen = set()
    for position in moves.every_position(shown):
        moves.move(shown, position)
        seen.add((shown.words, str(shown.drawing["strokes"])))
    assert len(seen) == 3


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_any_scale_of_numbers(scale):
    explorable = capacity.make(
        {1: lambda x: np.zeros(len(x)), 2: lambda x: np.full(len(x), 1e9 * scale)},
        (X_TRAIN, Y_TRAIN * scale),
        (X_VAL, Y_VAL * scale),
    )
    for position in moves.every_position(explorable):
        moves.move(explorable, position)
    explorable.close()


def test_models_that_never_err():
    explorable = capacity.make({1: lambda x: x, 2: lambda x: x}, ([0, 1], [0, 1]), ([0, 1], [0, 1]))
    for position in moves.every_position(explorable):
        moves.move(explorable, position)
    explorable.close()


def test_two_of_them_share_nothing(shown):
    other = make({1: flat, 2: right})
    before = (other.words, other.values)

    shown.values = {"size": 16}

    assert (other.words, other.values) == before
    other.close()


def test_it_is_displayed_with_the_words_that_are_given(capsys):
    alt = "An alternative without any trained number."
    capacity.show(MODELS, (X_TRAIN, Y_TRAIN), (X_VAL, Y_VAL), alt=alt)

    assert capsys.readouterr().out == f"{alt}\n"


# --- What is no model, and what are no points ---


@pytest.mark.parametrize(
    ("models", "error", "said"),
    [
        ({}, ValueError, "expected at least two sizes, received 0"),
        ({3: right}, ValueError, "expected at least two sizes, received 1. Train one more"),
        ([right, flat], TypeError, "expected a dictionary, received the list"),
        ({"small": flat, "large": right}, TypeError, "expected a number as the size of each, received the text `'small'`"),
        ({1: flat, True: right, 2: 3}, TypeError, "expected a number|expected a model or a function"),
        ({1: flat, float("nan"): right}, TypeError, "expected a number"),
        ({1: flat, 2: 5.0}, TypeError, "expected a model or a function, received the number `5.0`"),
        ({1: flat, 2: lambda x: x[:3]}, ValueError, "the model of size 2: expected numbers of shape"),
        ({1: flat, 2: lambda x: np.stack([x, x], 1)}, ValueError, "the model of size 2: expected numbers of shape"),
        ({1: flat, 2: lambda x: 4.0}, ValueError, "the model of size 2: expected numbers of shape"),
        ({1: flat, 2: lambda x: x * np.nan}, ValueError, "the model of size 2: expected finite answers"),
        ({1: flat, 2: lambda x: x.nothing}, ValueError, "size 2: expected answers, received an error: .*nothing"),
        ({1: flat, 2: lambda x: ["a"] * len(x)}, ValueError, "the model of size 2: expected numbers"),
    ],
)
def test_models_that_do_not_fit(models, error, said):
    with pytest.raises(error, match=said):
        make(models)


@pytest.mark.parametrize(
    ("training", "error", "said"),
    [
        (X_TRAIN, TypeError, r"training: expected a pair \(x, y\)"),
        ((X_TRAIN, Y_TRAIN[:5]), ValueError, r"training: expected x and y of shape \(n,\) or \(n, 1\), received x of shape \(12,\)"),
        ((np.ones((12, 2)), Y_TRAIN), ValueError, r"received x of shape \(12, 2\)"),
        (([], []), ValueError, "training: expected x and y of shape"),
        ((X_TRAIN, ["a"] * 12), TypeError, "training: expected numbers as y"),
        ((X_TRAIN, Y_TRAIN * np.nan), ValueError, "training: expected finite numbers"),
        ((np.ones(12), Y_TRAIN), ValueError, r"training: expected different x, received 1.0 alone"),
        ((X_TRAIN[:, None], Y_TRAIN), ValueError, "expected x of the same form in both sets"),
    ],
)
def test_points_that_do_not_fit(training, error, said):
    with pytest.raises(error, match=said):
        capacity.make(MODELS, training, (X_VAL, Y_VAL))
