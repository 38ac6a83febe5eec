"""A picture or a recording of the learner's own, whatever it was made with, as an array.

    uploads.picture("photo.jpg")            # (rows, columns, 3), uint8
    uploads.sound("word.wav", rate=8000)    # (samples,), float32 from -1 to 1

Both take a path, or the bytes that an upload button hands over. What a file is, its content says and not its name.
"""

import io
import math
import os
import warnings
from pathlib import Path

import numpy as np
import soundfile
import soxr
from PIL import Image, ImageOps, UnidentifiedImageError

from companion import messages

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2000  # pixels: a larger picture is reduced to a half, a third, and so on
MOST_SECONDS = 60
MOST_CHANNELS = 32
LOWEST_RATE, HIGHEST_RATE = 1_000, 768_000  # samples a second
LARGEST_FILE = 250_000_000  # bytes
QUIET = 1e-4  # the loudest sample of what counts as silence: 80 dB below the loudest possible

Source = str | os.PathLike | bytes | bytearray | memoryview


def picture(source: Source) -> np.ndarray:
    """Read a picture of any usual kind.

    A photograph that the camera marked as turned is turned back; what is transparent becomes white; of an animation the
    first picture counts; 16 bits, palettes, CMYK and grey become 8 bits of red, green and blue. A side of more than 2,000
    pixels is reduced to a half, a third, and so on.

    Args:
        source: A path, or the bytes of a file.

    Returns:
        Shape (rows, columns, 3), uint8: 0 is dark, 255 is light.

    Raises:
        TypeError: `source` is neither path nor bytes.
        FileNotFoundError: There is no such file.
        ValueError: It is no picture, is damaged, or has more than 50 million pixels.
    """
    name, stream = _opened(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of small damage that does not keep Pillow from reading
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(stream) as image:
                return _pixels(_checked_size(name, image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(name, "more than that") from None
    except UnidentifiedImageError:
        kind = _kind(stream)
        received = f"{kind} that is damaged" if "picture" in kind else kind
        raise ValueError(f"{name}: expected a picture, received {received}. Save it as PNG or JPEG and try again.") from None
    except MemoryError:
        raise ValueError(f"{name}: the picture is too large for this machine's memory. Make it smaller.") from None
    except _Refused:
        raise
    except Exception as error:  # damage meets Pillow in many places, and each has errors of its own
        raise ValueError(f"{name}: the picture is damaged ({messages.of_error(error)}). Save it again.") from None


def _checked_size(name: str, image: Image.Image) -> Image.Image:
    if image.width * image.height > MOST_PIXELS:
        raise _too_large(name, f"{image.width:,} × {image.height:,}")
    return image


def _too_large(name: str, received: str) -> "_Refused":
    return _Refused(f"{name}: expected at most {MOST_PIXELS:,} pixels, received {received}. Make the picture smaller.")


def _pixels(image: Image.Image) -> np.ndarray:
    """The picture as eyes would see it on white paper."""
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is read at a half, a quarter or an eighth
    see_through = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La")
    if image.mode in ("1", "P", "PA"):
        image = image.convert("RGBA" if see_through else "RGB")
    if image.mode.startswith("I;"):
        image = image.convert("I")
    smaller = math.ceil(max(image.size) / LONGEST_SIDE)
    turned = ImageOps.exif_transpose(image.reduce(smaller) if smaller > 1 else image)
    if turned.mode in ("I", "F"):
        return _from_many_levels(np.asarray(turned))
    if see_through:
        paper = Image.new("RGBA", turned.size, "white")
        turned = Image.alpha_composite(paper, turned.convert("RGBA"))
    return np.array(turned.convert("RGB"))


def _from_many_levels(levels: np.ndarray) -> np.ndarray:
    """Grey levels of 16 bits, or of any other range, as three equal channels of 8 bits."""
    levels = np.nan_to_num(levels.astype("float64"))
    most = 255 if 0 <= levels.min() and levels.max() <= 255 else 65535
    grey = np.clip(np.round(levels * (255 / most)), 0, 255).astype("uint8")
    return np.repeat(grey[..., np.newaxis], 3, axis=2)


def sound(source: Source, rate: int = 8000) -> np.ndarray:
    """Read a recording: WAV of 8, 16, 24 or 32 bits or floats, FLAC, OGG and others, at any rate.

    Several channels become their mean; another rate is converted; of a long recording the first minute counts.

    Args:
        source: A path, or the bytes of a file.
        rate: Samples a second of the result.

    Returns:
        Shape (samples,), float32, from -1 to 1.

    Raises:
        TypeError: `source` is neither path nor bytes, or `rate` no whole number.
        FileNotFoundError: There is no such file.
        ValueError: It is no recording, is damaged, silent, or cannot be read as sound; or the rate is none.
    """
    if not isinstance(rate, int) or isinstance(rate, bool):
        raise TypeError(f"rate: expected a whole number of samples a second, received {messages.of(rate)}. Write 8000.")
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise ValueError(f"rate: expected {LOWEST_RATE:,} to {HIGHEST_RATE:,}, received {rate:,}. Write 8000.")
    name, stream = _opened(source)
    try:
        with soundfile.SoundFile(stream) as file:
            samples, given = _samples(name, file), file.samplerate
    except soundfile.SoundFileError as error:
        raise ValueError(
            f"{name}: expected a recording, received {_kind(stream)} ({messages.of_error(error)}). Save it as WAV."
        ) from None
    if not np.abs(samples).max(initial=0) > QUIET:
        raise ValueError(f"{name}: expected a recording, received silence. Check the microphone and record again.")
    if given != rate:
        samples = soxr.resample(samples, given, rate).astype("float32")
    return np.clip(samples, -1, 1)


def _samples(name: str, file: soundfile.SoundFile) -> np.ndarray:
    """The first minute as one channel."""
    if not LOWEST_RATE <= file.samplerate <= HIGHEST_RATE or file.channels > MOST_CHANNELS:
        received = f"{file.samplerate:,} samples a second in {file.channels} channels"
        expected = f"{LOWEST_RATE:,} to {HIGHEST_RATE:,} samples a second in at most {MOST_CHANNELS} channels"
        raise ValueError(f"{name}: expected {expected}, received {received}. Save it as WAV, 44,100, mono.")
    parts, left = [], MOST_SECONDS * file.samplerate
    while left > 0 and len(part := file.read(min(left, file.samplerate), dtype="float32", always_2d=True)):
        parts.append(part.mean(axis=1))  # a second at a time: many channels would take much memory at once
        left -= len(part)
    if not parts:
        raise ValueError(f"{name}: expected a recording, received a file without any sound in it. Record again.")
    return np.nan_to_num(np.concatenate(parts), posinf=1, neginf=-1)


class _Refused(ValueError):
    """A file that can be read, and is not what is wanted."""


# --- Files ---


def _opened(source: Source) -> tuple[str, io.BytesIO]:
    """What to call it, and its content."""
    if isinstance(source, bytes | bytearray | memoryview):
        return _content("the file", bytes(source))
    if not isinstance(source, str | os.PathLike):
        raise TypeError(f"expected a path or the bytes of a file, received {messages.of(source)}. Write 'photo.jpg'.")
    path = Path(source)
    if path.is_dir():
        raise ValueError(f"{path.name}: expected a file, received a folder. Name a file in it.")
    if not path.is_file():
        raise FileNotFoundError(f"expected a file, received {path}, which is not there. Look at its name and folder.")
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"{path.name}: expected at most {LARGEST_FILE:,} bytes, received {path.stat().st_size:,}. Cut it.")
    return _content(path.name, path.read_bytes())


def _content(name: str, content: bytes) -> tuple[str, io.BytesIO]:
    if not content:
        raise ValueError(f"{name}: expected a picture or a recording, received an empty file. Save or record it again.")
    if len(content) > LARGEST_FILE:
        raise ValueError(f"{name}: expected at most {LARGEST_FILE:,} bytes, received {len(content):,}. Cut it shorter.")
    return name, io.BytesIO(content)


def _kind(stream: io.BytesIO) -> str:
    """What a file looks like that is not what was asked for."""
    start = stream.getvalue()[:512].lstrip().lower()
    known = {
        b"<!doctype html": "a web page", b"<html": "a web page", b"<svg": "a drawing of lines (SVG)", b"<?xml": "XML",
        b"riff": "a damaged WAV file", b"\x89png": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"gif8": "a GIF picture",
        b"%pdf": "a PDF document", b"pk\x03\x04": "a zip archive", b"id3": "an MP3 file", b"oggs": "an OGG file",
    }  # fmt: skip
    return next((what for sign, what in known.items() if start.startswith(sign)), "something else")
