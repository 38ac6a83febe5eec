"""What a filter sees: against Keras, at every position of its controls, and in words."""

import keras
import numpy as np
import pytest
from explore import moves
from hypothesis import given, settings
from hypothesis import strategies as st

from companion import datasets
from companion.explore import filters
from companion.explore.picture import Box, Raster, Text

MOST_WORDS = 220
UPRIGHT = ((1.0, 0.0, -1.0),) * 3
WINDOWS = [(padding, strides) for padding in ("valid", "same") for strides in (1, 2)]


def conv2d(picture, kernel, padding, strides):
    layer = keras.layers.Conv2D(1, 3, strides=strides, padding=padding, use_bias=False)
    layer.build((None, *picture.shape, 1))
    layer.set_weights([np.reshape(kernel, (3, 3, 1, 1)).astype("float32")])
    return layer(picture.reshape(1, *picture.shape, 1).astype("float32")).numpy()[0, :, :, 0]


def blocks():
    """A sheet of 10 × 12 with ink in the columns 4 to 7, from edge to edge."""
    picture = np.zeros((10, 12))
    picture[:, 4:8] = 1
    return picture


@pytest.fixture
def pictures():
    (x, _), _ = datasets.load_digits()
    noise = np.random.default_rng(0).integers(0, 256, (64, 40), dtype="uint8")
    return {"a digit": x[0], "blocks": blocks(), "small": np.eye(8, dtype="float32"), "large": noise}


@pytest.fixture
def shown(pictures):
    explorable = filters.make(pictures)
    yield explorable
    explorable.close()


def texts(explorable, plot=1):
    return [mark.text for mark in explorable.picture.plots[plot].marks if isinstance(mark, Text)]


def colors(explorable, plot=2):
    (raster,) = [mark for mark in explorable.picture.plots[plot].marks if isinstance(mark, Raster)]
    return raster.colors.astype(int)


def outline(explorable, plot):
    """Row, column and side of the outlined square, in pixels of the picture."""
    box = [mark for mark in explorable.picture.plots[plot].marks if isinstance(mark, Box)][-1]
    return round(box.y + box.height / 2, 6), round(box.x + box.width / 2, 6)


# --- The convolution ---


@pytest.mark.parametrize(("padding", "strides"), WINDOWS)
@pytest.mark.parametrize("shape", [(28, 28), (8, 8), (9, 8), (8, 11), (13, 64)])
def test_a_filter_slides_as_conv2d_does(shape, padding, strides):
    rng = np.random.default_rng(0)
    picture, kernel = rng.random(shape), rng.uniform(-5, 5, (3, 3))

    answers = filters.slide(picture, kernel, padding, strides)

    expected = conv2d(picture, kernel, padding, strides)
    assert answers.shape == expected.shape
    np.testing.assert_allclose(answers, expected, atol=1e-4)


def test_a_filter_slides_as_by_hand():
    answers = filters.slide(blocks(), UPRIGHT)

    assert answers.shape == (8, 10)
    assert answers[0].tolist() == [0, 0, -3, -3, 0, 0, 3, 3, 0, 0]


@pytest.mark.parametrize(("padding", "strides"), WINDOWS)
@pytest.mark.parametrize("length", [8, 9, 28, 63])
def test_the_window_is_the_nearest_to_the_pixel(length, padding, strides):
    windows = filters.slide(np.zeros((length, length)), np.zeros((3, 3)), padding, strides).shape[0]
    seen = [filters.nearest_window(middle, length, padding, strides) for middle in range(length)]

    assert {window for window, _ in seen} == set(range(windows))
    start = dict(seen)
    assert [start[window + 1] - start[window] for window in range(windows - 1)] == [strides] * (windows - 1)
    for middle, (_, first) in enumerate(seen):
        assert abs(first + 1 - middle) == min(abs(other + 1 - middle) for other in start.values())
    if padding == "valid":
        assert min(start.values()) == 0 and max(start.values()) + 3 <= length
    else:
        assert min(start.values()) in (0, -1) and length - 1 <= max(start.values()) + 3 - 1 <= length


@pytest.mark.parametrize(("padding", "strides"), WINDOWS)
def test_the_window_that_is_written_out_gives_the_answer_of_conv2d(shown, pictures, padding, strides):
    kernel = np.arange(9).reshape(3, 3) - 4.0
    expected = conv2d(pictures["large"] / 255, kernel, padding, strides)
    shown.values = {"picture": "large", "kernel": kernel.tolist(), "padding": padding, "strides": str(strides)}

    for row, column in [(0, 0), (63, 39), (31, 20), (7, 38)]:
        shown.values = {"row": row, "column": column}
        (down, _), (across, _) = (
            filters.nearest_window(middle, length, padding, strides) for middle, length in ((row, 64), (column, 40))
        )
        written = next(text for text in texts(shown) if text.startswith("sum: "))
        assert float(written[5:].replace("−", "-")) == pytest.approx(expected[down, across], abs=0.006)
        products = [float(text.replace("−", "-")) for text in texts(shown)[1:18:2]]
        assert sum(products) == pytest.approx(expected[down, across], abs=0.05)
        assert outline(shown, 2) == (down + 0.5, across + 0.5)


def test_each_cell_holds_a_pixel_and_its_weight():
    gradient = filters.make({"gradient": np.arange(64).reshape(8, 8) / 100})
    gradient.values = {"row": 4, "column": 3, "kernel": (np.arange(9).reshape(3, 3) - 4.0).tolist()}

    written = [text.replace("−", "-").split(" × ") for text in texts(gradient)[:18:2]]
    assert [float(pixel) for pixel, _ in written] == [0.26, 0.27, 0.28, 0.34, 0.35, 0.36, 0.42, 0.43, 0.44]
    assert [float(weight) for _, weight in written] == [-4, -3, -2, -1, 0, 1, 2, 3, 4]
    places = [(mark.y, mark.x) for mark in gradient.picture.plots[1].marks if isinstance(mark, Text)][:18:2]
    assert places == sorted(places)
    gradient.close()


# --- The picture ---


def test_row_0_is_on_top_and_column_0_on_the_left(shown):
    for plot in shown.picture.plots:
        assert plot.y[0] > plot.y[1] and plot.x[0] < plot.x[1]
    for place in (0, 2):
        (raster,) = [mark for mark in shown.picture.plots[place].marks if isinstance(mark, Raster)]
        assert raster.x[0] == raster.y[0] == 0


def test_it_begins_where_upright_edges_are_strongest(shown, pictures):
    answers = np.abs(conv2d(pictures["a digit"] / 255, UPRIGHT, "valid", 1))
    row, column = shown.values["row"] - 1, shown.values["column"] - 1

    assert answers[row, column] == pytest.approx(answers.max())
    assert outline(shown, 0) == (row + 1.5, column + 1.5)


def test_positive_is_purple_negative_orange_and_nothing_pale(shown):
    shown.values = {"picture": "blocks", "row": 5, "column": 4}

    paper, orange, purple = (colors(shown)[0, column] for column in (0, 2, 6))
    assert paper.min() > 240 and np.ptp(paper) < 12
    assert orange[0] > orange[2] + 80 and purple[2] > purple[1] + 60
    assert shown.picture.plots[2].title == "answers, 8 × 10"


def test_relu_leaves_only_what_is_positive(shown):
    shown.values = {"picture": "blocks", "row": 5, "column": 4}
    before = colors(shown)

    shown.values = {"relu": True}

    assert colors(shown)[0, 2].min() > 240
    assert (colors(shown)[0, 6] == before[0, 6]).all()
    assert "sum: −3, after ReLU: 0" in texts(shown)
    assert shown.picture.plots[2].title == "after ReLU, 8 × 10"


def test_ink_is_dark(shown):
    shown.values = {"picture": "blocks"}
    assert colors(shown, 0)[0, 5].max() == 0 and colors(shown, 0)[0, 0].min() == 255


def test_numbers_of_your_own_wait_while_another_filter_is_chosen(shown):
    shown.values = {"filter": "lying edges"}
    before = (shown.words, shown.drawing)

    shown.values = {"kernel": ((2.0,) * 3,) * 3}
    assert (shown.words, shown.drawing) == before
    assert "(your own numbers are not in use)" in texts(shown)
    assert shown.picture.plots[1].title == "lying edges"

    shown.values = {"filter": filters.OWN}
    assert (shown.words, shown.drawing) != before
    assert "(your own numbers are not in use)" not in texts(shown)
    assert any(text.endswith("× 2") for text in texts(shown))


def test_the_same_picture_in_three_forms_is_one():
    whole = np.random.default_rng(0).integers(0, 256, (9, 9), dtype="uint8")
    forms = [whole, whole / 255, whole.astype("float32"), whole[:, :, None]]
    shown = [filters.make({"p": form}) for form in forms]

    first = colors(shown[0])
    for other in shown[1:]:
        assert np.abs(colors(other) - first).max() <= 1
        assert other.words == shown[0].words
    for explorable in shown:
        explorable.close()


# --- In words ---


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"column": 4}, "Around row 5, column 4 the nine products add up to −3, orange: from left to right, paper gives way to ink."),
        ({"column": 7}, "add up to 3, purple: from left to right, ink gives way to paper."),
        ({"column": 7, "kernel": ((-1, 0, 1),) * 3}, "add up to −3, orange: from left to right, ink gives way to paper."),
        ({"column": 4, "kernel": ((-2, 0, 2),) * 3}, "add up to 6, purple: from left to right, paper gives way to ink."),
        ({"column": 4, "relu": True}, "add up to −3: from left to right, paper gives way to ink. ReLU makes it 0, and the answer is blank."),
        ({"column": 7, "relu": True}, "add up to 3, purple: from left to right, ink gives way to paper."),
        ({"column": 5}, "the products above and below 0 cancel out: the sum is about 0"),
        ({"column": 1}, "there is nothing but paper: nine products of 0"),
        ({"column": 4, "kernel": ((1, 0, 0),) * 3}, "ink lies only where the weights are 0"),
        ({"column": 4, "kernel": ((0, 0, 0),) * 3}, "the sum is 0, as everywhere: all nine weights are 0."),
        ({"column": 4, "filter": "blur"}, "add up to 0.67, purple: it is the mean of the nine pixels."),
        ({"column": 4, "filter": "every edge"}, "add up to 1, purple: the middle is darker than its four neighbours on average."),
        ({"column": 3, "filter": "every edge"}, "add up to −1, orange: the middle is paler than its four neighbours on average."),
        ({"row": 0, "column": 5, "filter": "lying edges", "padding": "same"}, "row 0, column 5 the nine products add up to −3, orange: from top to bottom, paper"),
        ({"row": 9, "column": 5, "filter": "lying edges", "padding": "same"}, "from top to bottom, ink gives way to paper"),
        ({"column": 4, "filter": "sharpen"}, "add up to 2, purple: those above 0 outweigh those below."),
        ({"column": 4, "kernel": ((-5, 1, 1),) * 3}, "add up to 6, purple: none of them lies below 0."),
        ({"column": 4, "kernel": ((1, -1, 0.5),) * 3}, "those below 0 outweigh those above"),
        ({"column": 4, "kernel": ((-0.5,) * 3,) * 3}, "add up to −3, orange: none of them lies above 0."),
    ],
)  # fmt: skip
def test_the_words_say_what_the_sum_means(shown, change, said):
    shown.values = {"picture": "blocks", "row": 5} | change

    assert said in shown.words


def test_a_sum_of_next_to_nothing_is_not_said_to_cancel_out():
    faint = filters.make({"faint": np.full((8, 8), 0.001)})
    faint.values = {"filter": "blur"}
    assert "each product is next to nothing: the sum is about 0" in faint.words
    faint.close()


@given(st.floats(-1e6, 1e6))
def test_a_number_is_short_and_has_a_true_minus_sign(value):
    text = filters.number(value)

    assert float(text.replace("−", "-")) == pytest.approx(value, abs=0.00501)
    assert "-" not in text and text not in ("−0", "") and not text.endswith(".")


# --- All of it ---


def test_every_position_of_every_control(shown, pictures):
    for name in pictures:
        shown.values = {"picture": name}
        for position in moves.every_position(shown):
            moves.move(shown, position)
            assert len(shown.words) <= MOST_WORDS


def test_any_combination_of_positions(pictures):
    shown = filters.make(pictures)

    @settings(deadline=None)
    @given(moves.settings(shown))
    def tried(values):
        moves.move(shown, values)
        assert len(shown.words) <= MOST_WORDS

    tried()
    shown.close()


def test_two_of_them_share_nothing(shown, pictures):
    other = filters.make(pictures)
    before = (other.words, other.values, other.drawing)

    shown.values = {"filter": "blur", "kernel": ((5.0,) * 3,) * 3, "picture": "small"}

    assert (other.words, other.values, other.drawing) == before
    other.close()


@pytest.mark.parametrize(
    ("pictures", "kind", "said"),
    [
        ([blocks()], TypeError, "pictures: expected a dictionary"),
        ({}, ValueError, "pictures: expected at least one"),
        ({"a": [["x"] * 8] * 8}, TypeError, r"pictures\['a'\]: expected numbers"),
        ({"a": np.zeros((7, 8))}, ValueError, "each from 8 to 64, received \\(7, 8\\)"),
        ({"a": np.zeros((65, 8))}, ValueError, "each from 8 to 64"),
        ({"a": np.zeros((8, 8, 3))}, ValueError, "a single picture, in grey"),
        ({"a": np.zeros((2, 28, 28))}, ValueError, "a single picture, in grey"),
        ({"a": np.full((8, 8), np.nan)}, ValueError, "numbers from 0 to 255"),
        ({"a": np.full((8, 8), -0.1)}, ValueError, "received -0.1 to -0.1"),
        ({"a": np.full((8, 8), 256)}, ValueError, "received 256 to 256"),
    ],
)
def test_what_is_no_picture_is_refused(pictures, kind, said):
    with pytest.raises(kind, match=said):
        filters.make(pictures)


def test_it_is_displayed_with_its_words(pictures, capsys):
    filters.show(pictures)

    assert "the nine products add up to" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "weights"),
    [("sharpen", "Its weights: 0 −1 0; −1 5 −1; 0 −1 0."), ("blur", "Its weights: 1/9 1/9 1/9; 1/9 1/9 1/9; 1/9 1/9 1/9.")],
)
def test_the_words_name_the_weights_of_a_ready_made_filter(shown, name, weights):
    assert "Its weights" not in shown.words

    shown.values = {"filter": name}

    assert shown.words.endswith(weights)
