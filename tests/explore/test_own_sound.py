"""A recording of one's own: as a file in any state, to hear, and what a model says of it."""

import base64
import io

import numpy as np
import pytest
import soundfile
from explore import moves

from companion.explore import own_sound
from companion.explore.picture import Line


def tone(hertz=440, seconds=0.5, rate=8000):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype("float32")


def as_file(samples, rate, kind="WAV", **how):
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate, format=kind, **how)
    return base64.b64encode(stream.getvalue()).decode()


@pytest.fixture
def heard():
    """What the learner's function was handed."""
    return []


@pytest.fixture
def shown(heard):
    def name_it(samples, rate):
        heard.append((samples, rate))
        return {"seven": 0.75, "one": 0.25}

    explorable = own_sound.make(name_it, tone(), 8000)
    yield explorable
    explorable.close()


def test_the_start_is_heard_at_its_own_rate(shown, heard):
    [(samples, rate)] = heard
    assert rate == 8000 and samples.dtype == np.float32
    np.testing.assert_allclose(samples, tone(), atol=1e-6)
    assert shown.words == "0.5 seconds at 8,000 samples a second. The model says seven, with probability 0.75; next comes one, with 0.25."
    sound, rate = soundfile.read(io.BytesIO(shown.sound))
    assert rate == 8000 and len(sound) == 4000
    moves.assert_sound(shown)


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG"])
def test_a_file_comes_at_16_000_samples_a_second(shown, heard, rate, kind):
    moves.move(shown, {"file": as_file(tone(500, 1.0, rate), rate, kind)})
    samples, at = heard[-1]
    assert at == 16_000 and len(samples) == pytest.approx(16_000, abs=20)
    strongest = np.abs(np.fft.rfft(samples)).argmax() * at / len(samples)
    assert strongest == pytest.approx(500, abs=3)
    assert shown.words.startswith("1.0 seconds at 16,000 samples a second.")


def test_two_channels_become_one(shown, heard):
    both = np.stack([tone(500), np.zeros(4000, "float32")], axis=1)
    moves.move(shown, {"file": as_file(both, 8000)})
    assert heard[-1][0].ndim == 1 and np.abs(heard[-1][0]).max() == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (base64.b64decode(as_file(np.zeros(8000), 8000)), "received silence"),
        (base64.b64decode(as_file(np.zeros(0), 8000)), "received"),
        (b"<!doctype html><p>hello", "received a web page"),
        (b"RIFF....WAVE", "expected a recording"),
        (base64.b64decode(as_file(tone(), 8000))[:30], "expected a recording"),
    ],
)
def test_what_is_no_sound_is_said_so_and_no_model_is_asked(shown, heard, content, says):
    shown.values = {"file": base64.b64encode(content).decode()}
    assert says in shown.words and "could not be drawn" not in shown.words
    assert len(heard) == 1 and shown.sound == b""


def test_the_wave_is_drawn_over_its_seconds(shown):
    moves.move(shown, {"file": as_file(tone(300, 1.5), 8000)})
    plot = shown.picture.plots[0]
    [line] = [mark for mark in plot.marks if isinstance(mark, Line)]
    assert plot.x == (0, pytest.approx(1.5, abs=0.01)) and max(line.y) == pytest.approx(0.5, abs=0.02)


def test_every_position_has_a_sound_picture(shown):
    for position in moves.every_position(shown):
        moves.move(shown, position)


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        (("seven", tone()), TypeError, "name_it: expected a function"),
        ((lambda samples, rate: {}, tone().astype(int)), TypeError, "start: expected samples as floats"),
        ((lambda samples, rate: {}, tone()[:100]), ValueError, "start: expected shape"),
        ((lambda samples, rate: {}, tone(), 8000.0), TypeError, "rate: expected a whole number"),
        ((lambda samples, rate: {}, tone(), 10), ValueError, "rate: expected 1,000"),
        ((lambda samples, rate: {}, tone()), ValueError, "name_it: expected a dictionary"),
    ],
)
def test_arguments_are_checked(arguments, kind, says):
    with pytest.raises(kind) as error:
        own_sound.make(*arguments)
    assert says in str(error.value)
