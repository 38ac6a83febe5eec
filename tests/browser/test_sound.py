"""The sound of an explorable, in an empty page: there if there is one, and undisturbed while other controls move."""

import numpy as np
import pytest

from browser.bare import BarePage
from browser.explorables import expected_stops, tab_stops
from companion.explore import neuron, spectrogram

pytestmark = pytest.mark.browser

READY = "() => document.querySelector('audio').readyState >= 1"


def tone(hertz, seconds):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * 8000)) / 8000)


@pytest.fixture
def shown(browser):
    """Two recordings; afterwards nothing may have gone wrong on the page."""
    with BarePage(browser, spectrogram.make({"short": tone(500, 0.25), "long": tone(900, 1.5)})) as bare:
        yield bare
        assert bare.watch.problems == []


def source(shown):
    return shown.page.evaluate("document.querySelector('audio').src")


def seconds(shown):
    shown.page.wait_for_function(READY)
    return shown.page.evaluate("document.querySelector('audio').duration")


def test_what_is_shown_can_be_heard(shown):
    assert shown.page.locator("audio").is_visible()
    assert seconds(shown) == pytest.approx(0.25, abs=0.01)
    shown.page.get_by_label("Recording").select_option("long")
    shown.settle()
    assert seconds(shown) == pytest.approx(1.5, abs=0.01)


def test_other_controls_leave_the_sound_alone(shown):
    before = source(shown)
    shown.page.get_by_label("Hop, samples").press("ArrowRight")
    shown.settle()
    assert "a new one every 32 ms" in shown.words()
    assert source(shown) == before != ""


def test_without_a_sound_there_is_no_player(browser):
    with BarePage(browser, neuron.make()) as bare:
        assert not bare.page.locator("audio").is_visible()
        assert bare.watch.problems == []


def test_tab_meets_the_controls_first_and_then_the_player(shown):
    controls = [{"kind": type(each).__name__, **vars(each)} for each in shown.explorable.controls]
    stops = tab_stops(shown.page.locator("section.explorable"))
    assert stops[: len(controls)] == expected_stops(controls)
    assert stops[len(controls)] == 'audio "the sound"'


def test_what_is_gone_holds_no_sound(shown):
    address = source(shown)
    shown.page.evaluate("() => { window.stop(); }")
    gone = "address => fetch(address).then(() => 'still there', () => 'gone')"
    shown.page.on("console", lambda message: None)
    assert shown.page.evaluate(gone, address) == "gone"
    shown.watch.problems.clear()  # the page reports the address that leads nowhere
