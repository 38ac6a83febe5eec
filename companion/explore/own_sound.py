"""A recording of the learner's own, and what a model hears in it.

    own_sound.show(name_it, word, rate=8000)    # name_it(samples, rate) returns {"seven": 0.93, ...}

A file can be chosen, or the browser records. What brings the sound into the form that the model takes, and the model, are
functions of the notebook's own.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from companion import messages, plots, uploads
from companion.explore import chances, explorable, spectrogram
from companion.explore.explorable import Explorable, Upload
from companion.explore.picture import Line, Picture, Plot, View

RATE = 16_000  # samples a second in which a file or a recording is handed on
SECONDS = 2
_WIDTHS, _HEIGHT = (360, 360), 190
_POINTS = 400  # of the drawn wave

Namer = Callable[[np.ndarray, int], Mapping[str, Any]]
CONTROL = Upload("file", "A recording", "audio/*", seconds=SECONDS)


def view(values: Mapping[str, Any], name_it: Namer, start: np.ndarray, rate: int) -> View:
    """Draw the wave and the likeliest names.

    Args:
        values: "file": the content of a sound file in base64; "" for `start`.
        name_it: Takes samples (samples,), float32 from -1 to 1, and their number a second; gives name -> probability.
        start: What is shown as long as no file is chosen: samples.
        rate: Samples a second of `start`.
    """
    try:
        samples, at = (uploads.sound(CONTROL.content(values["file"]), RATE), RATE) if values["file"] else (start, rate)
    except ValueError as error:
        return View(Picture([chances.blank(), chances.blank()], _WIDTHS, _HEIGHT), messages.of_error(error))
    named = chances.checked("name_it", name_it(samples.copy(), at))
    shown = [_wave(samples, at), chances.bars(named, "what it is, by the model")]
    words = f"{len(samples) / at:.1f} seconds at {at:,} samples a second. {chances.in_words(named)}"
    return View(Picture(shown, _WIDTHS, _HEIGHT), words, sound=spectrogram.as_wav(samples, at))


def _wave(samples: np.ndarray, rate: int) -> Plot:
    reach = max(0.05, float(np.abs(samples).max()))
    x, y = spectrogram.outline(samples, rate, _POINTS)
    return Plot([Line(x, y, color=plots.COLORS[0], width=1)], (0, len(samples) / rate), (-reach, reach), "the wave", "seconds")


def make(name_it: Namer, start: ArrayLike, rate: int = 8000) -> Explorable:
    """Return the explorable.

    Args:
        name_it: Takes samples, shape (samples,), float32 from -1 to 1, and how many of them there are in a second; gives a
            dictionary: name -> probability. Files and recordings come at 16,000 samples a second.
        start: What is shown as long as there is no file: samples, as in `spectrogram.make`.
        rate: Samples a second of `start`.

    Raises:
        TypeError: If `name_it` is no function, `start` no array of floats, or `rate` no whole number.
        ValueError: If `start` or `rate` are out of their range, or `name_it` returns something else.
    """
    if not callable(name_it):
        raise TypeError(f"name_it: expected a function, received {messages.of(name_it)}. Write its name, without ().")
    spectrogram.check_rate(rate)
    samples = spectrogram.recording("start", start).astype("float32")
    return Explorable("A recording of your own", [CONTROL], lambda values: view(values, name_it, samples, rate))


def show(name_it: Namer, start: ArrayLike, rate: int = 8000) -> None:
    """Display the explorable once; arguments as in `make`."""
    alt = "The wave at the left; at the right the likeliest names as bars, with the probability of each."
    explorable.show(make(name_it, start, rate), alt)
