"""generated_digits.npz: the English words zero to nine, spoken by the 86 voices of a speech synthesizer.

Source package: `pip install --no-deps espeakng-loader==0.2.4`, which carries espeak-ng 1.52 with its voices.
Changes: each voice says each digit twice, in two of eight English accents, at a rate, pitch and range that the hash of
voice, digit and take decides. The sound is brought from 22,050 to 8,000 samples a second, cut to the word and to one
second at most, brought to a peak of 0.9 and stored as 8-bit mu-law. Voices that whisper, croak or play robots are left out.
"""

import ctypes
import hashlib
from pathlib import Path

import numpy as np
import soxr
from arrays import write_npz
from sources import package_file

FILES = ["generated_digits.npz"]
PACKAGE = ("espeakng-loader", "0.2.4")
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ACCENTS = ("en-us", "en", "en-gb-x-rp", "en-gb-scotland", "en-029", "en-gb-x-gbcwmd", "en-gb-x-gbclan", "en-us-nyc")
NO_PERSON = {
    *("whisper", "whisperf", "croak", "Demonic", "Tweaky", "UniRobot", "anikaRobot", "Storm", "fast", "serious"),
    *("Mr serious", "AnxiousAnndy", "robosoft", *(f"robosoft{number}" for number in range(2, 9))),
}
TAKES = 2
RATE, MADE_AT = 8_000, 22_050  # samples a second
SILENT = 0.02  # of the peak: what is quieter at both ends is cut off, but for a margin
MARGIN_BEFORE, MARGIN_AFTER = 160, 240  # samples
PEAK = 0.9
# Numbers of the synthesizer's interface (speak_lib.h).
SYNCHRONOUS, WORDS_A_MINUTE, PITCH, PITCH_RANGE = 2, 1, 3, 4
NOTHING_WRONG = 0

Sound = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Synthesizer:
    """espeak-ng, by way of its own interface in C."""

    def __init__(self, library: Path, data: Path) -> None:
        self._library = ctypes.CDLL(str(library))
        self._pieces: list[np.ndarray] = []
        self._heard = Sound(self._keep)  # the library calls it, so it must outlive each call
        rates = [self._library.espeak_Initialize(SYNCHRONOUS, 0, str(place).encode(), 0) for place in (data.parent, data)]
        if MADE_AT not in rates:
            raise ValueError(f"expected {MADE_AT} samples a second, received {rates}")
        self._library.espeak_SetSynthCallback(self._heard)
        self._library.espeak_ng_SetRandSeed.argtypes = [ctypes.c_long]

    def _keep(self, samples, number: int, events) -> int:
        if samples and number > 0:
            self._pieces.append(np.ctypeslib.as_array(samples, (number,)).copy())
        return 0

    def say(self, word: str, voice: str, **settings: int) -> np.ndarray:
        """One word as samples from -1 to 1."""
        self._pieces.clear()
        if self._library.espeak_SetVoiceByName(voice.encode()) != NOTHING_WRONG:
            raise ValueError(f"expected a voice of the synthesizer, received {voice}")
        for name, number in {"rate": WORDS_A_MINUTE, "pitch": PITCH, "pitch_range": PITCH_RANGE}.items():
            self._library.espeak_SetParameter(number, settings[name], 0)
        self._library.espeak_ng_SetRandSeed(1)  # the noise in s and f is random, and would differ each time
        text = word.encode() + b"\0"
        self._library.espeak_Synth(text, len(text), 0, 1, 0, 1, None, None)
        self._library.espeak_Synchronize()
        return np.concatenate(self._pieces).astype("float64") / 32_768


def between(low: int, high: int, *key: object) -> int:
    """A number from `low` to `high` that depends on the key alone."""
    digest = hashlib.sha256(" ".join(map(str, key)).encode()).digest()
    return low + int.from_bytes(digest[:8], "big") % (high - low + 1)


def cut_to_the_word(sound: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(sound) > SILENT * np.abs(sound).max())
    word = sound[max(0, loud[0] - MARGIN_BEFORE) : loud[-1] + MARGIN_AFTER]
    return word / np.abs(word).max() * PEAK


def mu_law(sound: np.ndarray) -> np.ndarray:
    """Samples from -1 to 1 as 8 bits: fine steps for what is quiet, coarse ones for what is loud (ITU-T G.711, as a formula)."""
    return np.round((np.sign(sound) * np.log1p(255 * np.abs(sound)) / np.log(256) + 1) * 127.5).astype(np.uint8)


def build(folder: Path) -> None:
    home = package_file(*PACKAGE, "espeakng_loader")
    data = home / "espeak-ng-data"
    synthesizer = Synthesizer(next(home.glob("*espeak-ng.*")), data)
    voices = sorted(file.name for file in (data / "voices" / "!v").iterdir() if file.name not in NO_PERSON)
    clips, rows = [], []
    for number, voice in enumerate(voices):
        for digit, word in enumerate(WORDS):
            for take in range(TAKES):
                key = (voice, digit, take)
                accent = (between(0, len(ACCENTS) - 1, "accent", voice, digit) + take) % len(ACCENTS)
                settings = {
                    "rate": between(110, 229, "rate", *key),
                    "pitch": between(20, 80, "pitch", *key),
                    "pitch_range": between(20, 89, "range", *key),
                }
                said = synthesizer.say(word, f"{ACCENTS[accent]}+{voice}", **settings)
                clips.append(mu_law(cut_to_the_word(soxr.resample(said, MADE_AT, RATE))[:RATE]))
                rows.append((digit, number, accent))
    digits, who, how = np.array(rows, dtype=np.uint8).T
    write_npz(
        folder / FILES[0],
        sound=np.concatenate(clips),
        length=np.array([len(clip) for clip in clips], dtype=np.uint16),
        digit=digits,
        voice=who,
        accent=how,
        voices=np.array(voices),
        accents=np.array(ACCENTS),
    )
