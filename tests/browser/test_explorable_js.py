"""explorable.js in an empty page: its controls, its keyboard, its picture, its words, light and dark."""

import numpy as np
import pytest

from browser.bare import BarePage
from browser.explorables import expected_stops, role_and_name, tab_stops
from browser.lab import TWO_FRAMES
from companion.explore.explorable import Button, Choice, Explorable, Numbers, Order, Scale, Slider, Switch
from companion.explore.picture import WIDTH, Arrow, Box, Dots, Line, Picture, Plot, Raster, Text, View

pytestmark = pytest.mark.browser

CONTROLS = [
    Slider("far", "how far", -2, 2, 0.5, 1.0),
    Scale("rate", "learning rate", (0.001, 0.1, 5.0), 0.1),
    Choice("shade", "shade", ("red", "green", "blue"), "green"),
    Switch("shown", "show the box", False),
    Button("steps", "one more step"),
    Numbers("kernel", "kernel", ((1.0, 2.0), (3.0, 4.0)), -9, 9, 0.5),
    Order("calls", "calls", ("shuffle", "batch", "prefetch"), ("batch", "shuffle")),
]
COLORS = {"red": "#ff0000", "green": "#00ff00", "blue": "#0000ff"}
BARE = {"x_ticks": (), "y_ticks": ()}


def view(values):
    """A picture of one shade, a box if it is wanted; all values as words."""
    marks = [Raster(np.full((2, 2, 3), 200, "uint8"), (0, 10), (0, 10))]
    marks += [Box(0, 0, 10, 5, fill=COLORS[values["shade"]], edge="")] if values["shown"] else []
    marks += [Line([0, 10], [5, 5], color=COLORS[values["shade"]], width=12)]
    marks += [Dots([5 + values["far"]], [8], color="#000000", size=14), Arrow(1, 1, 2, 2), Text(5, 2, "a text")]
    code = f"# {values['calls']}" if values["steps"] else ""
    return View(Picture([Plot(marks, (0, 10), (0, 10), **BARE)]), as_words(values), code)


def as_words(values):
    return "; ".join(f"{name} {value}" for name, value in values.items())


def fails_at_the_end(values):
    if values["far"] == 2:
        raise ZeroDivisionError("no picture here")
    return view(values)


@pytest.fixture
def shown(browser):
    """An explorable with one control of each kind; afterwards nothing may have gone wrong on the page."""
    with BarePage(browser, Explorable("One of each", CONTROLS, view)) as bare:
        yield bare
        assert bare.watch.problems == []


def field(shown, name):
    return shown.page.locator(f'.explorable-controls [name="{name}"]')


def press(shown, name, *keys):
    field(shown, name).first.focus()
    for key in keys:
        shown.page.keyboard.press(key)
    shown.settle()


def stops(page):
    """Role and name of all that can have the focus."""
    fields = page.locator(".explorable-controls :is(input, select, button)")
    return [role_and_name(each) for each in fields.all()]


# --- Controls ---


def test_each_kind_becomes_a_native_control_with_its_label(shown):
    controls = [{"kind": type(each).__name__, **vars(each)} for each in CONTROLS]
    assert stops(shown.page) == expected_stops(controls)
    for group in ("kernel", "calls"):
        assert shown.page.get_by_role("group", name=group).count() == 1


def test_tab_meets_all_controls_in_their_order_and_then_the_code(shown):
    press(shown, "steps", "Enter")
    met = tab_stops(shown.page.locator("section.explorable"))
    controls = [{"kind": type(each).__name__, **vars(each)} for each in CONTROLS]
    assert met[:-2] == expected_stops(controls)
    assert met[-2:] == ['region "the code that this stands for"', 'button "Copy the code"']


def test_controls_begin_where_python_put_them(shown):
    assert field(shown, "far").input_value() == "1"
    assert field(shown, "rate").get_attribute("aria-valuetext") == "0.1"
    assert field(shown, "shade").input_value() == "green"
    assert not field(shown, "shown").is_checked()
    assert [each.input_value() for each in field(shown, "kernel").all()] == ["1", "2", "3", "4"]
    assert shown.page.locator(".explorable-order li label").all_inner_texts() == ["batch", "shuffle", "prefetch"]
    assert [each.is_checked() for each in field(shown, "calls").all()] == [True, True, False]


@pytest.mark.parametrize(
    ("name", "keys", "expected"),
    [
        ("far", ["End"], 2),
        ("far", ["Home"], -2),
        ("far", ["ArrowLeft"], 0.5),
        ("rate", ["End"], 5.0),
        ("rate", ["Home"], 0.001),
        ("shade", ["ArrowDown"], "blue"),
        ("shown", ["Space"], True),
        ("shown", ["Space", "Space"], False),
        ("steps", ["Enter"], 1),
        ("steps", ["Space", "Space"], 2),
        ("kernel", ["ControlOrMeta+a", "-", "9"], ((-9, 2), (3, 4))),
        ("kernel", ["ArrowUp"], ((1.5, 2), (3, 4))),
        ("calls", ["Space"], ("shuffle",)),
        ("calls", ["Tab", "Tab", "Enter"], ("shuffle", "batch")),  # "batch later"
        ("calls", ["Tab", "Enter"], ("batch", "shuffle")),  # "batch earlier": it is the first
    ],
)
def test_keys_move_a_control(shown, name, keys, expected):
    press(shown, name, *keys)
    values = shown.explorable.values
    assert values[name] == expected
    others = {each.name: each.value for each in CONTROLS if each.name != name}
    assert values == others | {name: expected}
    assert shown.words() == as_words(values)


@pytest.mark.parametrize(("typed", "kept"), [("10", 1), ("-", 1), ("1e9", 1), ("0.3", 0)])
def test_a_number_that_does_not_fit_is_not_sent(shown, typed, kept):
    """Out of range, not yet a number, or between the steps: Python keeps the last that did fit."""
    field(shown, "kernel").first.focus()
    shown.page.keyboard.press("ControlOrMeta+a")
    shown.page.keyboard.type(typed)
    shown.settle()
    assert shown.explorable.values["kernel"] == ((kept, 2), (3, 4))
    assert shown.words() == as_words(shown.explorable.values)


def test_a_button_that_moves_its_word_keeps_the_focus(shown):
    press(shown, "calls", "Tab", "Tab", "Enter", "Enter")
    focused = shown.page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused == "batch later"
    assert shown.page.locator(".explorable-order li label").all_inner_texts() == ["shuffle", "prefetch", "batch"]


def test_jupyterlab_leaves_the_keys_to_the_controls(shown):
    elements = shown.page.locator(".explorable :is(input, select, button, pre)")
    marked = [each.get_attribute("data-lm-suppress-shortcuts") for each in elements.all()]
    assert marked == ["true"] * len(marked)


def test_values_set_in_python_show_on_the_controls(shown):
    shown.set(far=-1.5, rate=5.0, shade="red", shown=True, kernel=((9, 8), (7, 6)), calls=("prefetch",))
    assert field(shown, "far").input_value() == "-1.5"
    assert shown.page.locator("output").all_inner_texts() == ["−1.5", "5"]
    assert field(shown, "shade").input_value() == "red"
    assert field(shown, "shown").is_checked()
    assert [each.input_value() for each in field(shown, "kernel").all()] == ["9", "8", "7", "6"]
    checked = shown.page.locator(".explorable-order li").filter(has=shown.page.locator(":checked"))
    assert checked.locator("label").all_inner_texts() == ["prefetch"]
    assert shown.words() == as_words(shown.explorable.values)


def test_other_controls_can_take_their_place(shown):
    shown.explorable.place([Slider("far", "another slider", 0, 9, 1, 3)])
    shown.push()
    assert stops(shown.page) == ['slider "another slider"']
    assert field(shown, "far").input_value() == "3"


# --- The picture and the words ---


def canvas_size(shown):
    return shown.page.evaluate(
        "() => { const it = document.querySelector('canvas'); return [it.width, it.height]; }"
    )


def place_of(x, y):
    """Pixels of a point in the units of the one plot, whose frame is read from what is drawn."""
    marked = Explorable("", [Slider("a", "a", 0, 1, 1, 0)], lambda _: View(
        Picture([Plot([Dots([x], [y])], (0, 10), (0, 10), **BARE)]), ""
    ))  # fmt: skip
    dots = next(stroke for stroke in marked.drawing["strokes"] if stroke[0] == "dots")
    marked.close()
    return dots[1]


def test_the_picture_is_drawn_where_python_says(shown):
    assert shown.color_at(*place_of(9, 9)) == (200, 200, 200)  # the raster
    assert shown.color_at(*place_of(9, 5)) == (0, 255, 0)  # the line
    assert shown.color_at(*place_of(6, 8)) == (0, 0, 0)  # the dot
    assert shown.color_at(*place_of(9, 3)) == (200, 200, 200)
    shown.set(shown=True, shade="red", far=-1)
    assert shown.color_at(*place_of(9, 3)) == (255, 0, 0)  # the box
    assert shown.color_at(*place_of(9, 5)) == (255, 0, 0)
    assert shown.color_at(*place_of(4, 8)) == (0, 0, 0)
    assert shown.color_at(*place_of(6, 8)) == (200, 200, 200)  # the dot has gone


def test_each_answer_is_drawn_and_counted(shown):
    canvas = shown.page.locator("canvas")
    before = int(canvas.get_attribute("data-drawn"))
    for count in (1, 2, 3):
        press(shown, "far", "ArrowLeft")
        assert int(canvas.get_attribute("data-drawn")) == before + count


def test_many_moves_at_once_end_at_the_last(shown):
    press(shown, "far", "Home", *["ArrowRight"] * 8, *["ArrowLeft"] * 3)
    assert shown.explorable.values["far"] == 0.5
    assert field(shown, "far").input_value() == "0.5"
    assert shown.words() == as_words(shown.explorable.values)


def test_the_picture_has_the_words_for_a_description(shown):
    canvas = shown.page.get_by_role("img", name="One of each")
    described_by = canvas.get_attribute("aria-describedby")
    assert shown.page.locator(f"[id='{described_by}']").inner_text() == shown.words()
    assert shown.page.locator(".explorable-words").get_attribute("role") == "status"


def test_a_view_that_fails_says_so_and_keeps_the_picture(browser):
    with BarePage(browser, Explorable("It fails", CONTROLS, fails_at_the_end)) as shown:
        before = shown.color_at(*place_of(6, 8))
        press(shown, "far", "End")
        assert "no picture here" in shown.words()
        assert "Traceback" not in shown.words()
        assert shown.color_at(*place_of(6, 8)) == before == (0, 0, 0)
        press(shown, "far", "Home")
        assert shown.words() == as_words(shown.explorable.values)
        assert shown.watch.problems == []


def test_code_is_shown_while_there_is_any(shown):
    block = shown.page.locator(".explorable-code")
    assert not block.is_visible()
    press(shown, "steps", "Enter")
    assert block.locator("code").inner_text() == "# ('batch', 'shuffle')"
    block.get_by_role("button").press("Enter")
    assert shown.page.get_by_role("status").filter(has_text="cop").is_visible()


def test_nothing_listens_after_the_end(shown):
    assert shown.page.evaluate("window.handlers.length") > 0
    shown.page.evaluate("window.stop()")
    assert shown.page.evaluate("window.handlers.length") == 0


@pytest.mark.parametrize(
    ("happens", "messages"),
    [
        ("window.stop()", [{"kind": "gone"}]),  # the cell runs again, or its output is cleared
        ("{ const stop = window.show(); window.stop(); stop(); }", [{"kind": "gone"}]),
        ("{ window.show(); window.stop(); }", []),  # another view is left
        ("{ window.stop(); document.querySelector('.jp-Notebook').remove(); }", []),  # the page closes
        ("{ window.stop(); window.again = window.show(); null; }", []),  # JupyterLab has moved it
    ],
)
def test_python_is_told_when_the_last_view_has_gone_for_good(shown, happens, messages):
    shown.page.clock.install()
    shown.page.evaluate(TWO_FRAMES)
    shown.page.evaluate(happens)
    assert shown.page.evaluate("window.sent") == []
    shown.page.clock.fast_forward(60_000)
    assert shown.page.evaluate("window.sent") == messages


# --- Looks ---

LIGHT = {"color_scheme": "light"}
DARK = {"color_scheme": "dark"}
JUPYTERLAB_DARK = """() => document.documentElement.style.cssText =
    'background: #111; --jp-content-font-color1: #fff; --jp-layout-color1: #111; --jp-layout-color2: #424242;'"""


def brightness(color):
    numbers = [float(it) for it in color[color.index("(") + 1 : -1].split(",")[:3]]
    return sum(share * number for share, number in zip((0.30, 0.59, 0.11), numbers, strict=True))


def test_on_a_dark_page_letters_are_light_and_the_picture_keeps_its_paper(browser):
    with BarePage(browser, Explorable("One of each", CONTROLS, view), color_scheme="dark") as shown:
        paper = shown.color_at(1, 1)
        shown.page.evaluate(JUPYTERLAB_DARK)
        for part in (".explorable-words", "label", "legend", "button", "select", "input[type=number]"):
            color = shown.page.locator(part).first.evaluate("it => getComputedStyle(it).color")
            assert brightness(color) > 200, part
        for part in ("button", "select", "input[type=number]"):
            color = shown.page.locator(part).first.evaluate("it => getComputedStyle(it).backgroundColor")
            assert brightness(color) < 100, part
        assert shown.color_at(1, 1) == paper
        assert brightness(f"rgb({', '.join(map(str, paper))})") > 230


@pytest.mark.parametrize("pixels", [1, 2])
def test_the_canvas_is_as_sharp_as_the_screen(browser, pixels):
    explorable = Explorable("One of each", CONTROLS, view)
    with BarePage(browser, explorable, device_scale_factor=pixels) as shown:
        assert canvas_size(shown) == [WIDTH * pixels, explorable.picture.height * pixels]
        assert shown.color_at(*place_of(9, 5)) == (0, 255, 0)


@pytest.mark.parametrize("width", [360, 700, 1400])
def test_nothing_sticks_out_of_a_narrow_or_a_wide_page(browser, width):
    viewport = {"width": width, "height": 900}
    with BarePage(browser, Explorable("One of each", CONTROLS, view), viewport=viewport) as shown:
        shown.page.evaluate(TWO_FRAMES)
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
