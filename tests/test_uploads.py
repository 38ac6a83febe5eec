"""Pictures and recordings of any sane kind are read right; anything else gets a clear message; memory stays small."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from companion import datasets, uploads

ROOT = Path(__file__).resolve().parent.parent
RAMP = np.stack([*np.meshgrid(np.arange(40), np.arange(24)), np.full((24, 40), 90)], axis=-1).astype("uint8") * 2


def saved(image, **options):
    stream = io.BytesIO()
    image.save(stream, **options)
    return stream.getvalue()


def tone(rate=8000, seconds=0.5, hertz=440, loud=0.5):
    return (loud * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype("float32")


def wav(samples, rate=8000, subtype="PCM_16", format="WAV"):
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate, subtype=subtype, format=format)
    return stream.getvalue()


# --- Pictures ---


@pytest.mark.parametrize(("kind", "most"), [("PNG", 0), ("BMP", 0), ("TIFF", 0), ("WEBP", 40), ("JPEG", 24)])
def test_usual_kinds_give_the_pixels(kind, most):
    options = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    read = uploads.picture(saved(Image.fromarray(RAMP), format=kind, **options))
    assert read.shape == (24, 40, 3) and read.dtype == np.uint8
    assert np.abs(read.astype(int) - RAMP).max() <= most


def test_a_path_is_read_whatever_its_name(tmp_path):
    file = tmp_path / "holiday.wav"
    file.write_bytes(saved(Image.fromarray(RAMP), format="PNG"))
    assert np.array_equal(uploads.picture(file), RAMP)
    assert np.array_equal(uploads.picture(str(file)), RAMP)
    assert np.array_equal(uploads.picture(memoryview(file.read_bytes())), RAMP)


def test_a_turned_photograph_is_turned_back():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    read = uploads.picture(saved(Image.fromarray(RAMP), format="PNG", exif=exif))
    assert np.array_equal(read, np.rot90(RAMP, -1))


def test_what_is_transparent_becomes_white():
    clear = np.dstack([RAMP, np.zeros((24, 40), "uint8")])
    clear[:, 20:, 3] = 255
    read = uploads.picture(saved(Image.fromarray(clear), format="PNG"))
    assert (read[:, :20] == 255).all() and np.array_equal(read[:, 20:], RAMP[:, 20:])
    grey = np.dstack([np.full((8, 8), 7, "uint8"), np.full((8, 8), 0, "uint8")])
    assert (uploads.picture(saved(Image.fromarray(grey), format="PNG")) == 255).all()


def test_a_palette_is_looked_up_and_its_transparent_color_is_white():
    image = Image.new("P", (8, 8), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(0, (0, 0, 4, 8))
    assert uploads.picture(saved(image, format="PNG"))[0, [0, 7]].tolist() == [[255, 0, 0], [0, 0, 255]]
    assert uploads.picture(saved(image, format="PNG", transparency=0))[0, [0, 7]].tolist() == [[255, 255, 255], [0, 0, 255]]


def test_a_palette_whose_colors_are_half_transparent_is_mixed_with_white():
    image = Image.new("P", (8, 8), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    read = uploads.picture(saved(image, format="PNG", transparency=bytes([0, 128])))
    assert read[0, 0].tolist() == [127, 127, 255]


def test_sixteen_bits_become_eight():
    levels = np.linspace(0, 65535, 256).round().astype("uint16").reshape(16, 16)
    read = uploads.picture(saved(Image.fromarray(levels), format="PNG"))
    assert np.array_equal(read[..., 0].ravel(), np.arange(256)) and (read[..., 0] == read[..., 2]).all()


def test_cmyk_grey_and_black_and_white_become_red_green_blue():
    ink = Image.new("CMYK", (4, 4), (0, 255, 255, 0))
    assert uploads.picture(saved(ink, format="TIFF"))[0, 0].tolist() == [255, 0, 0]
    assert uploads.picture(saved(Image.new("L", (4, 4), 77), format="PNG"))[0, 0].tolist() == [77, 77, 77]
    assert uploads.picture(saved(Image.new("1", (4, 4), 1), format="PNG"))[0, 0].tolist() == [255, 255, 255]


def test_of_an_animation_the_first_picture_counts():
    frames = [Image.new("RGB", (6, 6), color) for color in ("red", "blue")]
    animation = saved(frames[0], format="GIF", save_all=True, append_images=frames[1:])
    assert uploads.picture(animation)[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_picture_is_reduced(kind):
    wide = np.zeros((300, 5000, 3), "uint8")
    wide[:, 2500:] = 255
    read = uploads.picture(saved(Image.fromarray(wide), format=kind))
    assert max(read.shape) <= 2000 and read.shape[1] / read.shape[0] == pytest.approx(5000 / 300, rel=0.03)
    assert read[5, 5].max() < 10 and read[5, -5].min() > 245


def png_header(width, height):
    """A PNG that says how large it is, and holds next to nothing."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


PNG = saved(Image.fromarray(RAMP), format="PNG")
NO_PICTURES = {
    "empty": (b"", "an empty file"),
    "text": (b"my holiday", "something else"),
    "a web page": (b"\n<!DOCTYPE html><html>not found</html>", "a web page"),
    "a PDF": (b"%PDF-1.7 ...", "a PDF"),
    "a recording": (wav(tone()), "WAV"),
    "cut off": (PNG[: len(PNG) // 2], "damaged"),
    "cut off early": (PNG[:40], "damaged"),
    "51 million pixels": (png_header(51_000, 1000), "at most 50,000,000 pixels"),
    "100 million pixels": (png_header(10_000, 10_000), "at most 50,000,000 pixels"),
    "a bomb": (png_header(60_000, 60_000), "at most 50,000,000 pixels"),
    "an empty promise": (png_header(900, 900), "damaged"),
}


def refuses(read, content, word):
    """Assert that a file is refused in a sentence that says what it is."""
    with pytest.raises(ValueError) as refusal:
        read(content)
    assert word in str(refusal.value) and str(refusal.value).endswith(".")


@pytest.mark.parametrize("kind", NO_PICTURES)
def test_what_is_no_picture_is_named(kind):
    refuses(uploads.picture, *NO_PICTURES[kind])


def test_damage_of_which_pillow_speaks_in_errors_of_its_own_is_named():
    content = bytearray(saved(Image.fromarray(RAMP), format="BMP"))
    content[30] = 1  # says how it is packed
    with pytest.raises(ValueError, match="the picture is damaged"):
        uploads.picture(bytes(content))


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_flipped_bytes_give_a_picture_or_a_message(data):
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "TIFF"]))
    content = bytearray(saved(Image.fromarray(RAMP), format=kind))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert uploads.picture(bytes(content)).ndim == 3
    except ValueError as refusal:
        assert str(refusal).endswith(".")


# --- Recordings ---


def loudest_hertz(samples, rate=8000):
    return np.abs(np.fft.rfft(samples)).argmax() * rate / len(samples)


@pytest.mark.parametrize(
    ("subtype", "most"),
    [("PCM_U8", 0.02), ("PCM_16", 1e-3), ("PCM_24", 1e-4), ("PCM_32", 1e-4), ("FLOAT", 1e-6), ("DOUBLE", 1e-6),
     ("ULAW", 0.03), ("ALAW", 0.03)],
)  # fmt: skip
def test_every_depth_gives_the_samples(subtype, most):
    read = uploads.sound(wav(tone(), subtype=subtype))
    assert read.dtype == np.float32 and read.shape == (4000,)
    assert np.abs(read - tone()).max() <= most


@pytest.mark.parametrize("format", ["FLAC", "AIFF", "OGG"])
def test_other_formats_are_read_as_well(format):
    subtype = "VORBIS" if format == "OGG" else "PCM_16"
    read = uploads.sound(wav(tone(), subtype=subtype, format=format))
    assert loudest_hertz(read) == pytest.approx(440, abs=4)


@pytest.mark.parametrize("rate", [4000, 11025, 16000, 44100, 48000, 96000, 192000])
def test_another_rate_is_converted(rate):
    read = uploads.sound(wav(tone(rate), rate))
    assert len(read) == pytest.approx(4000, abs=2)
    assert loudest_hertz(read) == pytest.approx(440, abs=4)
    assert np.abs(read[500:-500]).max() == pytest.approx(0.5, abs=0.02)


def test_what_the_lower_rate_cannot_hold_is_left_out():
    high = tone(48000, hertz=15000) + tone(48000, hertz=440)
    read = uploads.sound(wav(high / 2, 48000))
    spectrum = np.abs(np.fft.rfft(read * np.hanning(len(read))))
    assert np.sort(spectrum)[-8] < spectrum.max() / 20  # one tone: the other has not come back at a wrong place


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_channels_become_their_mean(channels):
    many = np.stack([tone() * (place + 1) / channels for place in range(channels)], axis=1)
    read = uploads.sound(wav(many))
    assert np.abs(read - many.mean(axis=1)).max() < 1e-3


def test_a_clipped_recording_stays_inside_the_range():
    read = uploads.sound(wav(np.clip(tone(48000, loud=3.0), -1, 1), 48000))
    assert np.abs(read).max() <= 1 and np.abs(read).max() > 0.99


def test_floats_beyond_the_range_and_no_numbers_are_made_whole():
    strange = tone()
    strange[:4] = [5, -7, np.nan, np.inf]
    read = uploads.sound(wav(strange, subtype="FLOAT"))
    assert read[:4].tolist() == [1, -1, 0, 1] and np.isfinite(read).all()


def test_of_a_long_recording_the_first_minute_counts():
    read = uploads.sound(wav(np.tile(tone(1000, 1, 50), 70), 1000), rate=1000)
    assert len(read) == 60_000


@pytest.mark.parametrize("digit", ["0/en_allison", "9/it_carlo"])
def test_the_shipped_recordings_are_read(digit):
    file = datasets.path("spoken_digits") / f"{digit}.wav"
    read = uploads.sound(file)
    expected, rate = soundfile.read(file)
    assert rate == 8000 and np.abs(read - expected).max() < 1e-4


WAV = wav(tone())
NO_SOUNDS = {
    "empty": (b"", "an empty file"),
    "text": (b"one two three", "something else"),
    "a web page": (b"<html><body>404</body></html>", "a web page"),
    "a picture": (PNG, "a PNG picture"),
    "a header alone": (WAV[:44], "without any sound"),
    "half a header": (WAV[:20], "expected a recording"),
    "silence": (wav(np.zeros(4000)), "silence"),
    "next to silence": (wav(tone(loud=3e-5), subtype="PCM_24"), "silence"),
    "33 channels": (wav(np.tile(tone()[:, np.newaxis], (1, 33))), "33 channels"),
    "ten samples a second": (wav(tone(), 10), "10 samples a second"),
}


@pytest.mark.parametrize("kind", NO_SOUNDS)
def test_what_is_no_recording_is_named(kind):
    refuses(uploads.sound, *NO_SOUNDS[kind])


def test_a_recording_that_was_cut_off_gives_what_is_there():
    read = uploads.sound(WAV[: 44 + 2000])
    assert np.abs(read - tone()[:1000]).max() < 1e-3


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_flipped_bytes_give_a_recording_or_a_message(data):
    content = bytearray(data.draw(st.sampled_from([WAV, wav(tone(), format="FLAC"), wav(tone(), subtype="FLOAT")])))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, min(len(content) - 1, 200)))] = data.draw(st.integers(0, 255))
    try:
        read = uploads.sound(bytes(content))
        assert np.isfinite(read).all() and np.abs(read).max() <= 1
    except ValueError as refusal:
        assert str(refusal).endswith(".")


# --- Files ---


@pytest.mark.parametrize("read", [uploads.picture, uploads.sound])
def test_a_file_that_is_none_is_named(read, tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a file, received"):
        read(tmp_path / "missing.wav")
    with pytest.raises(ValueError, match="received a folder"):
        read(tmp_path)
    for nothing in (None, 3, [b"RIFF"], {"content": b""}):
        with pytest.raises(TypeError, match="expected a path or the bytes"):
            read(nothing)


@pytest.mark.parametrize(("rate", "error"), [(8000.0, TypeError), (True, TypeError), (0, ValueError), (10**7, ValueError)])
def test_a_rate_that_is_none_is_refused(rate, error):
    with pytest.raises(error, match="rate: expected"):
        uploads.sound(WAV, rate=rate)


def test_a_file_that_is_too_large_is_not_even_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))
    file = tmp_path / "huge.wav"
    with file.open("wb") as sparse:
        sparse.truncate(uploads.LARGEST_FILE + 1)
    for read in (uploads.picture, uploads.sound):
        with pytest.raises(ValueError, match="expected at most 250,000,000 bytes"):
            read(file)


def test_bytes_that_are_too_many_are_refused(monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST_FILE", 1000)
    with pytest.raises(ValueError, match="expected at most 1,000 bytes"):
        uploads.sound(WAV)


MOST_MEGABYTES = 500
MEASURE = """
import resource, sys
from companion import uploads
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    print(getattr(uploads, sys.argv[1])(sys.argv[2]).shape)
except ValueError as refusal:
    print(refusal)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory as Linux counts it")
@pytest.mark.parametrize("kind", ["a recording of 200 MB", "192 kHz in 8 channels", "49 million pixels", "49 million see-through"])
def test_large_files_take_little_memory(kind, tmp_path):
    file = tmp_path / "large"
    if kind == "a recording of 200 MB":
        soundfile.write(file, np.tile(tone(48000, 1), 2100), 48000, format="WAV")
    elif kind == "192 kHz in 8 channels":
        soundfile.write(file, np.tile(tone(192000, 1)[:, np.newaxis], (60, 8)), 192000, format="WAV")
    else:
        mode = "RGBA" if "through" in kind else "RGB"
        Image.new(mode, (7000, 7000), (200, 10, 10, 128)[: len(mode)]).save(file, format="PNG", compress_level=1)
    done = subprocess.run([sys.executable, "-c", MEASURE, "picture" if "pixels" in kind or "see" in kind else "sound", file],
                          cwd=ROOT, capture_output=True, text=True, check=True)  # fmt: skip
    shape, megabytes = done.stdout.splitlines()
    assert shape in {"(480000,)", "(1750, 1750, 3)"}
    assert int(megabytes) <= MOST_MEGABYTES
