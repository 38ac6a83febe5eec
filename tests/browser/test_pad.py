"""The pad: drawn on with the mouse and by touch in an empty page; in JupyterLab, how soon the model's answer follows."""

import statistics

import numpy as np
import pytest

from browser.bare import BarePage
from browser.explorables import ExplorableOnPage
from browser.lab import OpenNotebook
from browser.sources import explorables_shown
from browser.conftest import NOTEBOOKS
from companion import datasets, ink
from companion.explore import pad

pytestmark = pytest.mark.browser

SEVEN = [(80, 60), (200, 60), (130, 230)]
# What the page does between the end of a stroke and the painted answer.
TIME_IT = """root => {
    window.took = [];
    const sheet = root.querySelector('canvas[tabindex]');
    let lifted = null;
    sheet.addEventListener('pointerup', () => (lifted = performance.now()), {capture: true});
    new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => {
        if (lifted !== null) window.took.push(performance.now() - lifted);
        lifted = null;
    }))).observe(root.querySelector('canvas[role=img]'), {attributes: true, attributeFilter: ['data-drawn']});
}"""


def read(pictures):
    """Sure of the digit that the number of inked rows ends in."""
    return np.eye(10)[[int(picture.any(axis=1).sum()) % 10 for picture in np.asarray(pictures)]]


@pytest.fixture
def shown(browser):
    """An empty pad; afterwards nothing may have gone wrong on the page."""
    explorable = pad.make({"centred": ink.like_mnist}, read, start=None)
    with BarePage(browser, explorable, has_touch=True) as bare:
        yield bare
        assert bare.watch.problems == []


def sheet_of(root):
    return root.locator("canvas[tabindex]")


def draw(page, sheet, points, release=True):
    """Draw a line with the mouse, in pixels of the pad."""
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    for place, (x, y) in enumerate(points):
        page.mouse.move(box["x"] + x + 1, box["y"] + y + 1, steps=8)
        if place == 0:
            page.mouse.down()
    if release:
        page.mouse.up()


def strokes(shown):
    return shown.explorable.values["pad"]


def is_dark(shown, x, y):
    """Whether the sheet in the browser has ink at a place."""
    return shown.page.evaluate(
        """([x, y]) => {
            const sheet = document.querySelector('canvas[tabindex]');
            const sharp = sheet.width / 280;
            return sheet.getContext('2d').getImageData(x * sharp, y * sharp, 1, 1).data[0] < 128;
        }""",
        [x, y],
    )


def test_a_stroke_of_the_mouse_reaches_python_where_it_was_drawn(shown):
    draw(shown.page, sheet_of(shown.page), SEVEN)
    shown.settle()

    [stroke] = strokes(shown)
    assert stroke[0] == pytest.approx(SEVEN[0], abs=2) and stroke[-1] == pytest.approx(SEVEN[-1], abs=2)
    assert len(stroke) > 10
    drawing = pad.drawn(shown.explorable)
    for x, y in [(80, 60), (140, 60), (200, 60), (165, 145), (130, 230)]:
        assert drawing[y, x] == 255 and is_dark(shown, x, y)
    for x, y in [(20, 20), (100, 140), (250, 200)]:
        assert drawing[y, x] == 0 and not is_dark(shown, x, y)
    assert "the model reads a" in shown.words()


def test_the_line_is_there_before_the_pen_is_lifted_and_python_is_asked_after(shown):
    draw(shown.page, sheet_of(shown.page), SEVEN, release=False)
    shown.settle()
    assert is_dark(shown, 140, 60) and strokes(shown) == ()
    shown.page.mouse.up()
    shown.settle()
    assert len(strokes(shown)) == 1


def test_a_line_that_leaves_the_sheet_ends_at_its_edge(shown):
    draw(shown.page, sheet_of(shown.page), [(140, 140), (400, 140), (400, -200)])
    shown.settle()
    [stroke] = strokes(shown)
    assert max(x for x, _ in stroke) == 280 and min(y for _, y in stroke) == 0


def test_only_the_first_button_draws(shown):
    sheet = sheet_of(shown.page)
    sheet.click(button="right", position={"x": 50, "y": 50})
    sheet.click(button="middle", position={"x": 50, "y": 50})
    shown.settle()
    assert strokes(shown) == ()


def test_a_finger_draws(shown):
    box = sheet_of(shown.page).bounding_box()
    shown.page.touchscreen.tap(box["x"] + 100, box["y"] + 120)
    shown.settle()
    [stroke] = strokes(shown)
    assert stroke[0] == pytest.approx((100, 120), abs=2)
    assert pad.drawn(shown.explorable)[120, 100] == 255 and is_dark(shown, 100, 120)


def test_undo_takes_the_last_stroke_and_clear_takes_all(shown):
    sheet = sheet_of(shown.page)
    for points in (SEVEN, [(90, 150), (190, 150)]):
        draw(shown.page, sheet, points)
        shown.settle()
    shown.page.get_by_role("button", name="Undo").click()
    shown.settle()
    assert len(strokes(shown)) == 1 and not is_dark(shown, 95, 150)
    shown.page.get_by_role("button", name="Clear").click()
    shown.settle()
    assert strokes(shown) == () and "empty" in shown.words()
    for name in ("Undo", "Clear"):  # of nothing
        shown.page.get_by_role("button", name=name).click()
    shown.settle()
    assert strokes(shown) == ()


def test_a_drawing_of_the_list_is_shown_and_named_until_one_draws(shown):
    choose = shown.page.get_by_role("combobox")
    choose.select_option("4, small")
    shown.settle()
    place = [*shown.explorable.controls[0].samples].index("4, small")
    assert np.array_equal(pad.drawn(shown.explorable), datasets.load_drawings()[0][place])
    draw(shown.page, sheet_of(shown.page), SEVEN)
    shown.settle()
    assert choose.input_value() == "your own"
    shown.page.get_by_role("button", name="Undo").click()
    shown.settle()
    assert choose.input_value() == "4, small"


def with_example(shown):
    """The page with a drawing of the course on its pad; return it."""
    shown.page.get_by_role("combobox").select_option("4, small")
    shown.settle()
    assert len(strokes(shown)) == 2
    return strokes(shown)


def test_the_first_stroke_clears_the_example_and_the_second_does_not(shown):
    [[(x, y), *_], *_] = with_example(shown)
    assert is_dark(shown, x, y)
    draw(shown.page, sheet_of(shown.page), SEVEN, release=False)
    assert not is_dark(shown, x, y), "the example is gone while the first stroke is being drawn"
    shown.page.mouse.up()
    shown.settle()
    assert len(strokes(shown)) == 1 and strokes(shown)[0][0] == pytest.approx(SEVEN[0], abs=2)
    draw(shown.page, sheet_of(shown.page), [(90, 150), (190, 150)])
    shown.settle()
    assert len(strokes(shown)) == 2


def test_the_first_stroke_of_the_keyboard_clears_the_example(shown):
    example = with_example(shown)
    sheet_of(shown.page).focus()
    for key in ("Space", "ArrowLeft", "Backspace"):
        shown.page.keyboard.press(key)
    shown.settle()
    assert strokes(shown) == example and shown.page.get_by_role("combobox").input_value() == "4, small"
    for key in ("Space", "ArrowLeft", "Space"):
        shown.page.keyboard.press(key)
    shown.settle()
    assert strokes(shown) == (((126, 140), (112, 140)),)


def test_undo_brings_the_example_back_that_the_first_stroke_cleared(shown):
    example = with_example(shown)
    for points in (SEVEN, [(90, 150), (190, 150)]):
        draw(shown.page, sheet_of(shown.page), points)
        shown.settle()
    undo = shown.page.get_by_role("button", name="Undo")
    for left in (1, 2):
        undo.click()
        shown.settle()
        assert len(strokes(shown)) == left
    assert strokes(shown) == example
    undo.click()
    shown.settle()
    assert len(strokes(shown)) == 1, "now of the example itself"


@pytest.mark.parametrize("how", ["Clear", "Python"])
def test_what_came_after_the_example_does_not_bring_it_back(shown, how):
    with_example(shown)
    draw(shown.page, sheet_of(shown.page), SEVEN)
    shown.settle()
    if how == "Clear":
        shown.page.get_by_role("button", name="Clear").click()
        shown.settle()
        draw(shown.page, sheet_of(shown.page), SEVEN)
    else:
        shown.set(pad=[[[10, 10], [270, 10]]])
    shown.settle()
    shown.page.get_by_role("button", name="Undo").click()
    shown.settle()
    assert strokes(shown) == ()


def test_the_keyboard_draws_and_says_where_the_pen_is(shown):
    sheet, keys = sheet_of(shown.page), shown.page.keyboard
    sheet.focus()
    keys.press("ArrowUp")
    assert shown.page.get_by_text("Pen up, column 11 of 20, row 10 of 20.").is_visible()
    keys.press("Space")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown"):
        keys.press(key)
    assert shown.page.get_by_text("Pen down, column 13 of 20, row 10 of 20.").is_visible()
    assert strokes(shown) == ()
    keys.press("Space")
    shown.settle()
    assert strokes(shown) == (((140, 126), (154, 126), (168, 126), (168, 129.5)),)
    keys.press("Backspace")
    shown.settle()
    assert strokes(shown) == ()


def test_a_line_of_the_keyboard_ends_where_the_focus_leaves(shown):
    sheet_of(shown.page).focus()
    for key in ("Space", "ArrowLeft", "Tab"):
        shown.page.keyboard.press(key)
    shown.settle()
    assert strokes(shown) == (((140, 140), (126, 140)),)


def test_what_python_sets_is_drawn(shown):
    shown.set(pad=[[[10, 10], [270, 10]]])
    assert is_dark(shown, 140, 10) and not is_dark(shown, 140, 60)


def test_two_views_show_the_same_drawing(shown):
    shown.page.evaluate("() => { window.show(); }")
    draw(shown.page, sheet_of(shown.page).first, SEVEN)
    shown.settle()
    pictures = [sheet.evaluate("it => it.toDataURL()") for sheet in sheet_of(shown.page).all()]
    assert len(pictures) == 2 and pictures[0] == pictures[1]


def test_a_full_pad_says_so(shown):
    shown.set(pad=[[[1, 1]]] * 100)
    draw(shown.page, sheet_of(shown.page), SEVEN)
    shown.settle()
    assert shown.page.get_by_text("The pad holds no more: clear it.").is_visible()
    assert len(strokes(shown)) == 100


def test_a_full_pad_says_so_by_keyboard(shown):
    shown.set(pad=[[[1, 1]]] * 100)
    sheet_of(shown.page).focus()
    shown.page.keyboard.press("Space")
    assert shown.page.get_by_text("The pad holds no more: clear it.").is_visible()


def test_a_very_long_line_goes_on_as_another_stroke(shown):
    sheet = sheet_of(shown.page)
    zigzag = [(20 + 240 * (place % 2), 10 + place) for place in range(140)]
    draw(shown.page, sheet, zigzag)
    shown.settle()
    [first, second, *_] = strokes(shown)
    assert len(first) == 500 and first[-1] == second[0]
    assert strokes(shown)[-1][-1] == pytest.approx(zigzag[-1], abs=2)


def test_the_mouse_draws_although_the_pen_of_the_keyboard_is_down(shown):
    sheet = sheet_of(shown.page)
    sheet.focus()
    for key in ("Space", "ArrowLeft"):
        shown.page.keyboard.press(key)
    draw(shown.page, sheet, SEVEN)
    shown.settle()
    assert len(strokes(shown)) == 2 and strokes(shown)[0] == ((140, 140), (126, 140))


def test_in_jupyterlab_the_answer_follows_the_stroke(lab, browser):
    """00 has a pad and a model that it trains itself."""
    [start_here] = [path for path in NOTEBOOKS if path.name.startswith("00")]
    [shown] = [each for each in explorables_shown(start_here) if each.module == "pad"]
    with OpenNotebook(lab, browser, start_here.name) as notebook:
        notebook.run_all()
        it = ExplorableOnPage(notebook, shown)
        sheet, page = sheet_of(it.root), notebook.page
        it.root.get_by_role("button", name="Clear").click()
        assert "empty" in it.seen().words
        it.root.evaluate(TIME_IT)
        for place in range(20):
            draw(page, sheet, SEVEN if place == 0 else [(90 + 4 * place, 150), (190, 150 - 3 * place)])
            page.wait_for_function("count => window.took.length === count", arg=place + 1)
            if place == 0:
                assert "the model reads a 7" in it.seen().words
                page.evaluate("root => root.scrollIntoView()", it.root.element_handle())
        took = page.evaluate("window.took")
        print(f"\nfrom the end of a stroke to the answer: median {statistics.median(took):.0f} ms, slowest {max(took):.0f} ms")
        assert notebook.problems() == []
