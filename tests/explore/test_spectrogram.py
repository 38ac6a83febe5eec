"""The spectrogram: against TensorFlow, at every position of its controls, in words, and to hear."""

import io

import numpy as np
import pytest
import soundfile
import tensorflow as tf
from explore import moves
from hypothesis import given, settings
from hypothesis import strategies as st

from companion import datasets
from companion.explore import spectrogram
from companion.explore.picture import Box, Raster

RATE = 8000


def tone(hertz, seconds=0.5, rate=RATE):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


@pytest.fixture
def shown():
    explorable = spectrogram.make({"low": tone(500), "high": tone(2500)})
    yield explorable
    explorable.close()


def heat(explorable):
    [raster] = [mark for mark in explorable.picture.plots[1].marks if isinstance(mark, Raster)]
    return raster


# --- The computation ---


@pytest.mark.parametrize("window", spectrogram.WINDOWS)
@pytest.mark.parametrize("hop", spectrogram.HOPS)
def test_it_is_the_transform_of_tensorflow(window, hop):
    samples = np.random.default_rng(0).uniform(-1, 1, 3001)
    expected = tf.abs(tf.signal.stft(samples, frame_length=window, frame_step=hop, fft_length=window)).numpy()
    np.testing.assert_allclose(spectrogram.magnitudes(samples, window, hop), expected, atol=1e-9)


def test_a_tone_is_strongest_at_its_frequency():
    strengths = spectrogram.magnitudes(tone(1000), 256, 128)
    assert (strengths.argmax(axis=1) == 1000 * 256 // RATE).all()


def test_decibels_are_counted_from_the_loudest():
    levels = spectrogram.decibels(np.array([[10.0, 1.0], [0.001, 0.0]]))
    assert levels.tolist() == [[0, -20], [-70, -70]]
    assert (spectrogram.decibels(np.zeros((3, 2))) == -70).all()


# --- The picture ---


@pytest.mark.parametrize(("name", "kilohertz"), [("low", 0.5), ("high", 2.5)])
def test_a_tone_is_a_dark_line_at_its_height(shown, name, kilohertz):
    shown.values = {"recording": name}
    raster, plot = heat(shown), shown.picture.plots[1]
    darkest = raster.colors.astype(int).sum(axis=2)[:, 10].argmin() + 0.5
    top, bottom = raster.y
    assert top + (bottom - top) * darkest / len(raster.colors) == pytest.approx(kilohertz, abs=0.04)
    assert plot.y == (0, 4) and plot.x == (0, 0.5)


def test_a_column_stands_at_the_middle_of_its_window():
    click = np.zeros(4096)
    click[2000] = 1.0
    explorable = spectrogram.make({"a click": click})
    for window, hop in ((64, 16), (256, 64), (1024, 128)):
        explorable.values = {"window": window, "hop": hop}
        raster = heat(explorable)
        columns = np.flatnonzero(raster.colors.astype(int).sum(axis=2).min(axis=0) < 600)
        left, right = raster.x
        middle = left + (right - left) * (columns.mean() + 0.5) / raster.colors.shape[1]
        assert middle == pytest.approx(2000 / RATE, abs=hop / RATE)
        count = raster.colors.shape[1]
        assert raster.x == pytest.approx(((window - hop) / 2 / RATE, (window + (2 * count - 1) * hop) / 2 / RATE))
    explorable.close()


def test_the_title_says_how_many_windows_and_frequencies(shown):
    assert shown.picture.plots[1].title == "spectrogram, 30 × 129"
    assert heat(shown).colors.shape == (129, 30, 3)


def test_three_windows_stand_on_the_wave_a_hop_apart(shown):
    for window, hop in ((32, 16), (256, 128), (1024, 256)):
        shown.values = {"window": window, "hop": hop}
        boxes = [mark for mark in shown.picture.plots[0].marks if isinstance(mark, Box)]
        assert len(boxes) == 3 and len({box.dash for box in boxes}) == 3
        assert [box.width * RATE for box in boxes] == pytest.approx([window] * 3)
        assert np.diff([box.x * RATE for box in boxes]) == pytest.approx([hop] * 2)
        assert 0 <= boxes[0].x and boxes[-1].x + boxes[-1].width <= 0.5 + 1e-9


# --- In words, in code, to hear ---


@pytest.mark.parametrize(
    ("window", "hop", "words"),
    [
        (256, 128, "A window of 256 samples lasts 32 ms and tells 129 frequencies apart, 31 hertz from one to the next; "
                   "a new one every 16 ms makes 30 columns. Dark is strong."),
        (32, 16, "blurs how high it is"),
        (1024, 16, "blurs when it comes"),
        (64, 256, "75 % of the sound is never looked at"),
    ],
)  # fmt: skip
def test_the_words_say_how_fine_it_is(shown, window, hop, words):
    shown.values = {"window": window, "hop": hop}
    assert words in shown.words


def test_the_code_gives_the_picture(shown):
    shown.values = {"window": 512, "hop": 64}
    result = eval(shown.code, {"tf": tf, "samples": tone(500)}).numpy()  # noqa: S307  (our own text)
    np.testing.assert_allclose(result, spectrogram.magnitudes(tone(500), 512, 64), atol=1e-9)


def test_what_is_heard_is_what_is_seen(shown):
    for name, hertz in (("low", 500), ("high", 2500)):
        shown.values = {"recording": name}
        samples, rate = soundfile.read(io.BytesIO(shown.sound))
        assert rate == RATE and np.abs(samples - tone(hertz)).max() < 1e-3


def test_every_position_and_any_combination():
    samples, rate = soundfile.read(datasets.path("spoken_digits") / "7" / "en_allison.wav")
    explorable = spectrogram.make({"seven": samples, "short": tone(300, 0.128), "silence": np.zeros(2000)}, rate)
    for position in moves.every_position(explorable):
        moves.move(explorable, position)

    @settings(deadline=None, max_examples=60)
    @given(moves.settings(explorable))
    def any_combination(values):
        moves.move(explorable, values)

    any_combination()
    explorable.close()


@given(st.integers(1024, 3000), st.sampled_from([1000, 8000, 44100]))
@settings(deadline=None, max_examples=20)
def test_any_length_and_rate(length, rate):
    explorable = spectrogram.make({"noise": np.random.default_rng(length).uniform(-1, 1, length)}, rate)
    for position in moves.every_position(explorable):
        moves.move(explorable, position)
    explorable.close()


@pytest.mark.parametrize(
    ("recordings", "rate", "error", "says"),
    [
        (tone(5), 8000, TypeError, "recordings: expected a dictionary"),
        ({}, 8000, ValueError, "at least one"),
        ({"a": tone(5)}, 8000.0, TypeError, "rate: expected a whole number"),
        ({"a": tone(5)}, True, TypeError, "rate: expected"),
        ({"a": tone(5)}, 10, ValueError, "rate: expected 1,000"),
        ({"a": np.zeros(2000, "int16")}, 8000, TypeError, "Divide 16-bit samples"),
        ({"a": tone(5)[:1000]}, 8000, ValueError, "(1000,)"),
        ({"a": np.zeros((2000, 2))}, 8000, ValueError, "(2000, 2)"),
        ({"a": tone(5) * 9}, 8000, ValueError, "from -1 to 1"),
        ({"a": np.full(2000, np.nan)}, 8000, ValueError, "received nan"),
        ({"a": "seven"}, 8000, TypeError, "recordings['a']"),
    ],
)
def test_arguments_that_are_none_are_refused(recordings, rate, error, says):
    with pytest.raises(error) as refusal:
        spectrogram.make(recordings, rate)
    assert says in str(refusal.value)


def test_one_channel_may_have_an_axis_of_its_own():
    explorable = spectrogram.make({"a": tone(500).astype("float32")[:, np.newaxis]})
    assert heat(explorable).colors.shape == (129, 30, 3)
    explorable.close()


def test_two_of_them_share_nothing(shown):
    other = spectrogram.make({"low": tone(500)})
    shown.values = {"window": 32}
    assert other.values["window"] == 256 and "256 samples" in other.words
    other.close()
