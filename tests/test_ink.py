"""Strokes as a picture, and a drawing in the form of MNIST's digits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion import datasets, ink

SQUARE = [[[100, 100], [180, 100], [180, 180], [100, 180], [100, 100]]]


def middle_of(picture):
    """Row and column of the centre of mass, by a sum over the pixels."""
    total = row = column = 0.0
    for (r, c), grey in np.ndenumerate(picture):
        total, row, column = total + grey, row + r * float(grey), column + c * float(grey)
    return row / total, column / total


def extent(picture):
    rows, columns = np.nonzero(picture)
    return np.ptp(rows) + 1, np.ptp(columns) + 1


def test_a_line_is_as_wide_as_the_pen_and_has_round_ends():
    picture = ink.picture([[[60, 140], [220, 140]]])

    assert picture.shape == (280, 280) and picture.dtype == np.uint8
    inked = np.flatnonzero(picture[:, 140] > 127)
    assert len(inked) == pytest.approx(ink.PEN, abs=1)
    assert inked.mean() == pytest.approx(140, abs=1)
    assert picture[140, 60 - ink.PEN // 2 + 2] == 255 and picture[140, 60 - ink.PEN // 2 - 2] == 0
    corner = ink.PEN // 2 - 1
    assert picture[140 - corner, 60 - corner] == 0  # a square end would reach there


def test_x_runs_to_the_right_and_y_down():
    picture = ink.picture([[[250, 30]]])
    assert picture[30, 250] == 255 and picture[250, 30] == 0


def test_a_single_point_is_a_round_dot():
    picture = ink.picture([[[140, 140]]])
    assert (picture > 127).sum() == pytest.approx(np.pi * (ink.PEN / 2) ** 2, rel=0.1)


def test_edges_are_soft():
    shades = np.unique(ink.picture([[[20, 30], [250, 200]]]))
    assert len(shades) > 3 and shades.min() == 0 and shades.max() == 255


def test_a_corner_has_no_gap():
    picture = ink.picture(SQUARE)
    assert all(picture[y, x] == 255 for y, x in [(100, 100), (100, 180), (180, 180), (180, 100)])
    outer = 100 - ink.PEN // 2 + 3
    assert picture[140, outer] == 255


def test_no_stroke_leaves_the_paper_empty():
    assert not ink.picture([]).any()


def test_a_drawing_becomes_twenty_pixels_long_with_its_mass_in_the_middle():
    for strokes in ([[[20, 20], [20, 90], [60, 90]]], SQUARE, [[[10, 250], [200, 240]]], [[[100, 20], [60, 260], [90, 260]]]):
        small = ink.like_mnist(ink.picture(strokes))
        assert small.shape == (28, 28) and small.dtype == np.uint8
        assert max(extent(small)) == 20
        assert [round(place) for place in middle_of(small)] == [14, 14]


def test_the_proportions_stay():
    small = ink.like_mnist(ink.picture([[[50, 100], [230, 100], [230, 160], [50, 160], [50, 100]]]))
    height, width = extent(small)
    assert width == 20 and height == round(20 * (60 + ink.PEN) / (180 + ink.PEN))


def test_position_and_size_hardly_matter():
    small = ink.like_mnist(ink.picture(SQUARE))
    moved = ink.like_mnist(ink.picture([[[x - 80, y + 70] for x, y in SQUARE[0]]]))
    assert np.array_equal(small, moved)
    enlarged = np.kron(ink.picture(SQUARE), np.ones((2, 2), "uint8"))
    assert np.array_equal(small, ink.like_mnist(enlarged))


@pytest.mark.parametrize("which", ["train", "test"])
def test_mnist_itself_stays_as_it_is(which):
    """Its digits keep to the same rule: so each comes out as it went in."""
    train, test = datasets.load_digits()
    pictures = (train if which == "train" else test)[0]
    long_enough = [picture for picture in pictures if max(extent(picture)) == 20]
    assert len(long_enough) >= len(pictures) - 1
    assert all(np.array_equal(ink.like_mnist(picture), picture) for picture in long_enough)


def test_what_would_stick_out_stays_on_the_picture():
    heavy = np.zeros((100, 100), "uint8")
    heavy[:, :2] = 255
    heavy[0, :] = 1
    small = ink.like_mnist(heavy)
    assert max(extent(small)) == 20 and small.astype(int).sum() > 0


def test_an_empty_drawing_stays_empty():
    assert not ink.like_mnist(np.zeros((280, 280), "uint8")).any()


def test_what_is_handed_in_stays_as_it_is():
    drawing = ink.picture(SQUARE)
    before = drawing.copy()
    ink.like_mnist(drawing)[:] = 7
    assert np.array_equal(drawing, before)


points = st.tuples(st.floats(0, 280), st.floats(0, 280))


@given(st.lists(st.lists(points, min_size=1, max_size=8), min_size=1, max_size=5))
def test_every_drawing_fits(strokes):
    small = ink.like_mnist(ink.picture(strokes))
    assert max(extent(small)) == 20


@pytest.mark.parametrize(
    ("drawing", "error", "says"),
    [
        ([[0, 1]], TypeError, "expected an array of uint8"),
        (np.zeros((9, 9)), TypeError, "received float64"),
        (np.zeros((9, 9, 1), "uint8"), ValueError, "(9, 9, 1)"),
        (np.zeros((0, 9), "uint8"), ValueError, "(0, 9)"),
        (None, TypeError, "received `None`"),
    ],
)
def test_what_is_no_drawing_is_refused(drawing, error, says):
    with pytest.raises(error) as refusal:
        ink.like_mnist(drawing)
    assert says in str(refusal.value)
