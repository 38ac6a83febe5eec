"""A file or a recording of the learner's own, in an empty page: chosen, recorded, refused."""

import io

import numpy as np
import pytest
import soundfile
from PIL import Image

from browser.bare import BarePage
from browser.explorables import expected_stops, tab_stops
from companion.explore import own_picture, own_sound
from companion.explore.explorable import Upload

pytestmark = pytest.mark.browser

# A microphone that hears a tone.
TONE = """() => Object.defineProperty(navigator, 'mediaDevices', {configurable: true, value: {getUserMedia: async () => {
    const context = new AudioContext();
    const tone = context.createOscillator();
    tone.frequency.value = 440;
    const heard = context.createMediaStreamDestination();
    tone.connect(heard);
    tone.start();
    window.tracks = heard.stream.getTracks();
    return heard.stream;
}}})"""
REFUSED = """() => Object.defineProperty(navigator, 'mediaDevices', {configurable: true, value: {
    getUserMedia: async () => { throw new Error('Permission denied'); }
}})"""


@pytest.fixture
def heard():
    return []


@pytest.fixture
def sound(browser, heard):
    """A recording of one's own; afterwards nothing may have gone wrong on the page."""

    def name_it(samples, rate):
        heard.append((samples, rate))
        return {"tone": 1.0}

    start = 0.5 * np.sin(2 * np.pi * 300 * np.arange(4000) / 8000)
    with BarePage(browser, own_sound.make(name_it, start)) as bare:
        yield bare
        assert bare.watch.problems == []


@pytest.fixture
def picture(browser):
    """A picture of one's own, named by its strongest colour."""

    def name_it(pixels):
        return {("red", "green", "blue")[pixels.reshape(-1, 3).mean(axis=0).argmax()]: 1.0}

    with BarePage(browser, own_picture.make(name_it, np.full((30, 40, 3), (200, 9, 9), "uint8"))) as bare:
        yield bare
        assert bare.watch.problems == []


def status(bare):
    return bare.page.locator(".explorable-upload [role=status]").inner_text()


def png(color, side=50):
    stream = io.BytesIO()
    Image.new("RGB", (side, side), color).save(stream, "PNG")
    return {"name": "mine.png", "mimeType": "image/png", "buffer": stream.getvalue()}


def test_a_chosen_picture_is_named(picture):
    assert "40 by 30 pixels. The model says red" in picture.words()
    picture.page.get_by_label("A picture", exact=True).set_input_files(png((0, 0, 250)))
    picture.page.wait_for_function("document.querySelector('.explorable-words').textContent.includes('blue')")
    assert "50 by 50 pixels. The model says blue, with probability 1.00." in picture.words()


def test_what_is_no_picture_is_said_so(picture):
    page = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": b"<html>saved from the web</html>"}
    picture.page.get_by_label("A picture", exact=True).set_input_files(page)
    picture.page.wait_for_function("document.querySelector('.explorable-words').textContent.includes('web page')")
    picture.page.get_by_label("A picture", exact=True).set_input_files(png((0, 250, 0)))
    picture.page.wait_for_function("document.querySelector('.explorable-words').textContent.includes('green')")


def test_a_file_that_is_too_large_never_leaves_the_browser(picture):
    before = picture.words()
    large = {"name": "large.png", "mimeType": "image/png", "buffer": bytes(Upload("f", "f", "image/*").most_bytes + 1)}
    picture.page.get_by_label("A picture", exact=True).set_input_files(large)
    assert status(picture) == "This file is too large: at most 5 MB come through the browser."
    picture.settle()
    assert picture.words() == before and picture.explorable.values == {"file": ""}


def test_a_chosen_recording_is_heard_and_can_be_played(sound, heard):
    stream = io.BytesIO()
    soundfile.write(stream, 0.5 * np.sin(2 * np.pi * 700 * np.arange(44_100) / 44_100), 44_100, format="WAV")
    sound.page.get_by_label("A recording", exact=True).set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": stream.getvalue()})
    sound.page.wait_for_function("document.querySelector('.explorable-words').textContent.startsWith('1.0 seconds at 16,000')")
    assert len(heard) == 2 and strongest(*heard[-1]) == pytest.approx(700, abs=5)
    sound.page.wait_for_function("document.querySelector('audio').readyState >= 1")
    assert sound.page.evaluate("document.querySelector('audio').duration") == pytest.approx(1, abs=0.02)


def strongest(samples, rate):
    return np.abs(np.fft.rfft(samples)).argmax() * rate / len(samples)


def test_the_microphone_is_recorded_and_then_let_go(sound, heard):
    sound.page.evaluate(TONE)
    button = sound.page.get_by_role("button", name="Record 2 seconds")
    button.click()
    sound.page.wait_for_function("document.querySelector('.explorable-upload [role=status]').textContent === 'Speak now …'")
    assert button.is_disabled()
    sound.page.wait_for_function("document.querySelector('.explorable-words').textContent.includes('16,000')", timeout=15_000)
    samples, rate = heard[-1]
    assert rate == 16_000 and 1.5 < len(samples) / rate < 3
    assert strongest(samples, rate) == pytest.approx(440, abs=10)
    assert button.is_enabled() and status(sound) == ""
    assert sound.page.evaluate("window.tracks.map(track => track.readyState)") == ["ended"]


@pytest.mark.parametrize(
    ("microphone", "says"),
    [(REFUSED, "Permission denied"), ("() => 0", "the browser allows it on safe pages only")],
)
def test_without_a_microphone_the_page_says_so_and_goes_on(sound, heard, microphone, says):
    sound.page.evaluate(microphone)
    sound.page.get_by_role("button", name="Record 2 seconds").press("Enter")
    sound.page.wait_for_function("document.querySelector('.explorable-upload [role=status]').textContent.includes('instead')")
    assert status(sound) == f"The microphone cannot be used here ({says}). Choose a file instead."
    assert len(heard) == 1 and sound.page.get_by_role("button", name="Record 2 seconds").is_enabled()


@pytest.mark.parametrize("which", ["sound", "picture"])
def test_tab_meets_the_chooser_and_the_microphone(which, request):
    bare = request.getfixturevalue(which)
    controls = [{"kind": type(each).__name__, **vars(each)} for each in bare.explorable.controls]
    stops = tab_stops(bare.page.locator("section.explorable"))
    assert stops[: len(expected_stops(controls))] == expected_stops(controls)
