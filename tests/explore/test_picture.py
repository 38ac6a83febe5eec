"""A picture as data: where its marks come to stand, and that paper shows what the browser shows."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from companion.explore.picture import (
    FAR, WIDTH, Arrow, Box, Dots, Line, Picture, Plot, Raster, Text, figure, strokes, tints,
)  # fmt: skip
from companion.plots import PAPER

RED_GREEN = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [9, 9, 9]]], dtype="uint8")


def drawn(*marks, kind, **settings):
    """The strokes of one kind in a picture of one plot with axes from 0 to 10 and no ticks."""
    plot = Plot(marks, **({"x": (0, 10), "y": (0, 10), "x_ticks": (), "y_ticks": ()} | settings))
    return [values for name, *values in strokes(Picture([plot])) if name == kind]


def frame(**settings):
    """Left, top, right, bottom of the frame."""
    [[left, top, width, height]] = drawn(kind="clip", **settings)
    return left, top, left + width, top + height


def test_a_line_goes_from_corner_to_corner():
    left, top, right, bottom = frame()

    [[points, color, width, dash]] = drawn(Line([0, 10], [0, 10], color="#123456", width=3, dash="dashed"), kind="line")

    assert points == pytest.approx([left, bottom, right, top], abs=0.1)
    assert (color, width, dash) == ("#123456", 3, [7, 4])


def test_an_axis_that_descends_turns_the_picture_round():
    left, top, right, bottom = frame()

    [[points, *_]] = drawn(Dots([0, 10], [0, 10]), kind="dots", x=(10, 0), y=(10, 0))

    assert points == pytest.approx([right, top, left, bottom], abs=0.1)


def test_equal_units_are_as_long_across_as_up():
    left, top, right, bottom = frame(equal=True, x=(0, 4), y=(0, 2))

    assert (right - left) / 4 == pytest.approx((bottom - top) / 2, abs=0.1)


@pytest.mark.parametrize(
    ("x", "y", "top_left"),
    [((0, 10), (10, 0), [255, 0, 0]), ((10, 0), (10, 0), [0, 255, 0]), ((0, 10), (0, 10), [0, 0, 255])],
)
def test_the_first_color_lies_at_the_corner_that_is_named(x, y, top_left):
    [[*place, rows, columns, smooth, colors]] = drawn(Raster(RED_GREEN, x, y), kind="raster")

    assert list(colors[:4]) == [*top_left, 255]
    assert (rows, columns, smooth, len(colors)) == (2, 2, False, 16)
    assert place == pytest.approx([*frame()[:2], frame()[2] - frame()[0], frame()[3] - frame()[1]], abs=0.1)


def test_a_box_has_its_corner_anywhere():
    [page, one] = drawn(Box(5, 5, -5, 5), kind="box")

    left, top, right, bottom = frame()
    assert one[:4] == pytest.approx([left, top, (right - left) / 2, (bottom - top) / 2], abs=0.1)
    assert page == [0, 0, WIDTH, 260, PAPER, "", 0, []]


def test_an_arrow_and_a_text_stand_where_they_belong():
    left, top, right, bottom = frame()
    [arrow] = drawn(Arrow(0, 0, 10, 10), kind="arrow")
    texts = drawn(Text(10, 0, "here", align="right", bold=True), kind="text")

    assert arrow[:4] == pytest.approx([left, bottom, right, top], abs=0.1)
    [text] = texts
    assert text[:2] == pytest.approx([right, bottom], abs=0.1) and text[2:6] == ["here", "right", 12.0, True]


def test_ticks_are_round_numbers_inside_the_axis():
    texts = [values[2] for values in drawn(kind="text", x=(-1, 1), x_ticks=None)]

    assert texts == ["−1", "−0.5", "0", "0.5", "1"] or texts == ["−0.8", "−0.4", "0", "0.4", "0.8"]


def test_ticks_can_be_named():
    assert [it[2] for it in drawn(kind="text", y_ticks=((0, "low"), (10, "high")))] == ["low", "high"]


def test_title_labels_and_legend_are_written():
    plot = {"title": "A title", "x_label": "across", "y_label": "up"}
    texts = drawn(Line([0], [0], label="a line"), Dots([0], [0], label="dots"), kind="text", **plot)

    assert [it[2] for it in texts] == ["across", "up", "A title", "a line", "dots"]
    assert [it[8 - 1] for it in texts] == [False, True, False, False, False]


def test_plots_share_the_width():
    plot = Plot([], x=(0, 1), y=(0, 1), x_ticks=(), y_ticks=())
    clips = [values for kind, *values in strokes(Picture([plot, plot], widths=(3, 1))) if kind == "clip"]

    assert [round(it[0]) for it in clips] == [12, 540 + 12]


def test_nothing_lies_farther_out_than_can_be_drawn():
    [[points, *_]] = drawn(Line([0, 1e300], [0, -1e300]), kind="line")

    assert points[2:] == [FAR, FAR]


@pytest.mark.parametrize(
    ("mark", "settings", "said"),
    [
        (Line([0, np.nan], [0, 1]), {}, "expected finite numbers"),
        (Dots([np.inf], [0]), {}, "expected finite numbers"),
        (Line([0, 1], [0]), {}, "received 2 x and 1 y"),
        (Dots([0], [0], marker="star"), {}, "expected one of circle"),
        (Text(0, 0, "a", align="top"), {}, "expected one of left"),
        (Box(0, 0, 1, 1), {"x": (1, 1), "x_ticks": None}, "expected two different ends"),
    ],
)
def test_what_cannot_be_drawn_is_named(mark, settings, said):
    with pytest.raises(ValueError, match=said):
        drawn(mark, kind="line", **settings)


def test_widths_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="expected 1 numbers above 0"):
        strokes(Picture([Plot([], (0, 1), (0, 1))], widths=(1, 2)))


def on_paper(picture, note=""):
    """The pixels of a picture on paper: float in 0..1 of shape (height, 720, 3)."""
    fig = figure(picture, note)
    fig.set_dpi(100)
    fig.canvas.draw()
    pixels = np.asarray(fig.canvas.buffer_rgba())[..., :3] / 255
    plt.close(fig)
    return pixels


def test_paper_shows_a_box_where_the_browser_would():
    box = Box(0, 0, 5, 10, fill="#FF0000", edge="")
    picture = Picture([Plot([box], (0, 10), (0, 10), x_ticks=(), y_ticks=())], height=200)
    left, top, right, bottom = (round(it) for it in frame())

    pixels = on_paper(picture)

    assert pixels.shape == (200, WIDTH, 3)
    red = (pixels == [1, 0, 0]).all(axis=-1)
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    assert columns[0] == pytest.approx(left, abs=1) and columns[-1] == pytest.approx((left + right) / 2, abs=1)
    assert rows[0] == pytest.approx(top, abs=1) and red[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()


def test_paper_shows_a_raster_the_right_way_up():
    picture = Picture([Plot([Raster(RED_GREEN, (0, 10), (10, 0))], (0, 10), (0, 10), x_ticks=(), y_ticks=())])
    left, top, right, bottom = (round(it) for it in frame())

    pixels = on_paper(picture)

    assert pixels[top + 5, left + 5].tolist() == [1, 0, 0]
    assert pixels[top + 5, right - 5].tolist() == [0, 1, 0]
    assert pixels[bottom - 5, left + 5].tolist() == [0, 0, 1]


def test_every_mark_reaches_the_paper_and_is_cut_off_at_the_frame():
    marks = [
        Line([-50, 50], [5, 5], color="#FF0000", width=6, dash="dotted"),
        *(Dots([2 + i], [8], marker=marker, size=20) for i, marker in enumerate(("circle", "triangle", "diamond"))),
        Dots([8], [8], marker="cross", size=20), Dots([9], [8], marker="square"), Arrow(1, 1, 9, 1), Text(5, 3, "a $ b"),
    ]  # fmt: skip
    picture = Picture([Plot([mark], (0, 10), (0, 10), x_ticks=(), y_ticks=()) for mark in marks])
    pixels = on_paper(picture)
    paper = np.array([int(PAPER[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    inked = (np.abs(pixels - paper).max(axis=-1) > 0.2).any(axis=0)
    clips = [values for kind, *values in strokes(picture) if kind == "clip"]

    for left, _, width, _ in clips:
        assert inked[round(left) : round(left + width)].any()
    red = ((pixels[..., 0] > 0.9) & (pixels[..., 1] < 0.3)).any(axis=0)
    assert red.any() and np.flatnonzero(red).max() <= clips[0][0] + clips[0][2] + 1


def test_a_note_stands_below():
    picture = Picture([Plot([], (0, 1), (0, 1), x_ticks=(), y_ticks=())], height=100)

    assert on_paper(picture, "one line\nand another").shape == (132, WIDTH, 3)


def test_a_tint_lies_between_the_page_and_the_color():
    paper = [int(PAPER[i : i + 2], 16) for i in (1, 3, 5)]

    assert tints("#FF0080", 0).tolist() == paper
    assert tints("#FF0080", 1).tolist() == [255, 0, 128]
    assert tints(np.zeros((2, 3, 3)), np.full((2, 3), 0.5)).tolist() == [[[round(it / 2) for it in paper]] * 3] * 2
