"""A recording as a wave and as a spectrogram: how long the window is, and how far it hops.

    spectrogram.show({"a spoken three": samples}, rate=8000)

`magnitudes` is the whole computation; the rest draws it.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import soundfile
from numpy.typing import ArrayLike

from companion import messages, plots
from companion.explore import explorable
from companion.explore.explorable import Choice, Explorable, Scale
from companion.explore.picture import Box, Line, Picture, Plot, Raster, View, tints

WINDOWS = (32, 64, 128, 256, 512, 1024)  # samples
HOPS = (16, 32, 64, 128, 256)
SHORTEST, LONGEST = 1024, 60_000  # samples of a recording
QUIETEST = -70.0  # decibels below the loudest: what is shown as nothing
_WIDTHS = (300, 420)
_HEIGHT = 270
_WAVE_POINTS = 600


# --- The spectrogram ---


def magnitudes(samples: ArrayLike, window: int, hop: int) -> np.ndarray:
    """Return how strong each frequency is in each window, as `tf.signal.stft` does with `fft_length=window`.

    Args:
        samples: Shape (samples,), numbers.
        window: How many samples are looked at together; a Hann window fades them in and out.
        hop: How many samples later the next window begins.

    Returns:
        Shape (windows, window / 2 + 1), float64: frequencies from 0 to half the rate. What does not fill a window is left out.
    """
    pieces = np.lib.stride_tricks.sliding_window_view(np.asarray(samples, dtype="float64"), window)[::hop]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    return np.abs(np.fft.rfft(pieces * hann))


def decibels(strengths: np.ndarray) -> np.ndarray:
    """Return magnitudes as decibels below the largest, at least −70.

    Args:
        strengths: Magnitudes, any shape, none below 0.

    Returns:
        The same shape, from −70 to 0; −70 everywhere if all are 0.
    """
    loudest = strengths.max(initial=0.0)
    if loudest == 0:
        return np.full(strengths.shape, QUIETEST)
    with np.errstate(divide="ignore"):
        return np.maximum(20 * np.log10(strengths / loudest), QUIETEST)


# --- The picture ---


def view(values: Mapping[str, Any], recordings: Mapping[str, np.ndarray], rate: int) -> View:
    """Draw the wave, with three windows on it, and the spectrogram; the sound comes in `make`.

    Args:
        values: "recording" (a name), "window" and "hop" (samples).
        recordings: Name -> samples from -1 to 1, shape (samples,).
        rate: Samples a second.
    """
    samples, window, hop = recordings[values["recording"]], int(values["window"]), int(values["hop"])
    strengths = magnitudes(samples, window, hop)
    plots_ = [_wave(samples, window, hop, rate), _heat(decibels(strengths), len(samples) / rate, window, hop, rate)]
    words = _words(strengths.shape, window, hop, rate)
    return View(Picture(plots_, _WIDTHS, _HEIGHT), words, _code(window, hop))


def _wave(samples: np.ndarray, window: int, hop: int, rate: int) -> Plot:
    """The wave over time, and three neighbouring windows around its loudest place."""
    reach = max(0.05, float(np.abs(samples).max()))
    x, y = outline(samples, rate, _WAVE_POINTS)
    marks: list[Any] = [Line(x, y, color=plots.COLORS[0], width=1)]
    first = int(np.clip(int(np.abs(samples).argmax()) - window // 2 - hop, 0, max(0, len(samples) - window - 2 * hop)))
    for place in range(3):
        low, height = -reach * (0.97 - 0.12 * place), reach * (1.94 - 0.24 * place)
        start = (first + place * hop) / rate
        marks.append(Box(start, low, window / rate, height, edge=plots.COLORS[1], line=1.5, dash=("solid", "dashed", "dotted")[place]))
    return Plot(marks, (0, len(samples) / rate), (-reach, reach), "the wave, and three windows", "seconds", "")


def outline(samples: np.ndarray, rate: int, points: int) -> tuple[Sequence[float], Sequence[float]]:
    """Return a wave in few points: seconds and samples, the lowest and the highest of each of `points` equal parts."""
    shares = np.array_split(samples, min(points, len(samples)))
    times = np.cumsum([0, *map(len, shares[:-1])]) / rate
    x, y = zip(*(each for part, time in zip(shares, times) for each in ((time, part.min()), (time, part.max()))), strict=True)
    return x, y


def _heat(levels: np.ndarray, seconds: float, window: int, hop: int, rate: int) -> Plot:
    """Frequencies from low to high over time: dark is strong."""
    colors = tints(plots.COLORS[0], 1 - levels.T[::-1] / QUIETEST)
    half = rate / 2000
    first, last = window / 2 / rate, (window / 2 + (len(levels) - 1) * hop) / rate  # the middles of the windows
    left, right = first - hop / 2 / rate, last + hop / 2 / rate
    ticks = tuple((kilohertz, f"{kilohertz:g}") for kilohertz in np.linspace(0, half, 5))
    title = f"spectrogram, {len(levels)} × {levels.shape[1]}"
    marks = [Raster(colors, (left, right), (half, 0))]
    return Plot(marks, (0, seconds), (0, half), title, "seconds", "kilohertz", y_ticks=ticks)


def _words(shape: tuple[int, ...], window: int, hop: int, rate: int) -> str:
    """How fine the picture is, in time and in pitch, and what is lost."""
    long, apart = 1000 * window / rate, rate / window
    says = (
        f"A window of {window} samples lasts {_round(long)} ms and tells {shape[1]} frequencies apart, {_round(apart)} hertz "
        f"from one to the next; a new one every {_round(1000 * hop / rate)} ms makes {shape[0]} columns."
    )
    if hop > window:
        return f"{says} It hops further than it is long: {_round(100 * (1 - window / hop))} % of the sound is never looked at."
    if long < 12:
        return f"{says} So short a window shows when something happens, and blurs how high it is."
    if long > 50:
        return f"{says} So long a window shows how high a sound is, and blurs when it comes."
    return f"{says} Dark is strong."


def _round(number: float) -> str:
    return f"{number:.0f}" if number >= 10 or number == int(number) else f"{number:.1f}"


def _code(window: int, hop: int) -> str:
    return f"tf.abs(tf.signal.stft(samples, frame_length={window}, frame_step={hop}, fft_length={window}))"


def as_wav(samples: np.ndarray, rate: int) -> bytes:
    """Return samples from -1 to 1, shape (samples,), as a WAV file of 16 bits."""
    stream = io.BytesIO()
    soundfile.write(stream, np.clip(samples, -1, 1), rate, format="WAV", subtype="PCM_16")
    return stream.getvalue()


# --- On the page ---


def make(recordings: Mapping[str, ArrayLike], rate: int = 8000) -> Explorable:
    """Return the explorable.

    Args:
        recordings: Name -> samples from -1 to 1, shape (samples,), 1,024 to 60,000 of them. The first is shown first.
        rate: Samples a second.

    Raises:
        TypeError: If `recordings` is no dictionary of arrays of numbers, or `rate` no whole number.
        ValueError: If one has another shape, length or range, or the rate is below 1,000.
    """
    given = explorable.named("recordings", recordings, "Write {'a word': samples}.")
    check_rate(rate)
    checked = {name: recording(f"recordings[{name!r}]", samples) for name, samples in given.items()}
    names = tuple(checked)
    controls = [
        Choice("recording", "Recording", names, names[0]),
        Scale("window", "Window, samples", WINDOWS, 256),
        Scale("hop", "Hop, samples", HOPS, 128),
    ]
    sounds = {name: as_wav(samples, rate) for name, samples in checked.items()}  # once, not at each move

    def seen(values: Mapping[str, Any]) -> View:
        return replace(view(values, checked, rate), sound=sounds[values["recording"]])

    return Explorable("From the wave to the spectrogram", controls, seen)


def show(recordings: Mapping[str, ArrayLike], rate: int = 8000) -> None:
    """Display the explorable once; arguments as in `make`."""
    explorable.show(make(recordings, rate))


def check_rate(rate: object) -> None:
    """Raise TypeError or ValueError unless `rate` is a whole number of samples a second, 1,000 to 192,000."""
    if not isinstance(rate, int) or isinstance(rate, bool):
        raise TypeError(f"rate: expected a whole number of samples a second, received {messages.of(rate)}. Write 8000.")
    if not 1000 <= rate <= 192_000:
        raise ValueError(f"rate: expected 1,000 to 192,000 samples a second, received {rate:,}. Write 8000.")


def recording(name: str, samples: ArrayLike) -> np.ndarray:
    """Return samples as float64 of shape (samples,); raises as `make` does. `name` is the argument's."""
    samples = np.asarray(samples)
    if samples.dtype.kind not in "f":
        expected = "samples as floats from -1 to 1"
        raise TypeError(f"{name}: expected {expected}, received {messages.of(samples)}. Divide 16-bit samples by 32768.")
    if samples.ndim == 2 and samples.shape[1] == 1:
        samples = samples[:, 0]
    if samples.ndim != 1 or not SHORTEST <= len(samples) <= LONGEST:
        expected = f"shape (samples,), {SHORTEST:,} to {LONGEST:,} of them"
        raise ValueError(f"{name}: expected {expected}, received {samples.shape}. Hand in one recording of one channel.")
    if not np.isfinite(samples).all() or np.abs(samples).max() > 1.001:
        received = f"{samples.min()} to {samples.max()}"
        raise ValueError(f"{name}: expected samples from -1 to 1, received {received}. Scale them first.")
    return samples.astype("float64")
