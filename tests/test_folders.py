"""What will hurt in training is found in a folder, nothing else is; Keras' loaders themselves are asked what they do."""

import io
import os
import shutil
import struct
import sys
import threading
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from companion import datasets, folders

POSIX = sys.platform != "win32"
RATE = 8000
CANNOT_LINK = pytest.mark.skipif(not POSIX, reason="links need special rights on Windows")


def noise(seed, width=16, height=12):
    """A picture that looks like no other one."""
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype="uint8")
    return Image.fromarray(levels)


def encoded(image, format="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, format=format, **options)
    return stream.getvalue()


def samples(seed, seconds=0.5, rate=RATE):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, round(seconds * rate)).astype("float32")


def wav(values, rate=RATE, subtype="PCM_16", format="WAV"):
    stream = io.BytesIO()
    soundfile.write(stream, values, rate, subtype=subtype, format=format)
    return stream.getvalue()


def put(folder, **contents):
    """Write files; "__" in a name stands for a folder, and what is no bytes is a picture."""
    for name, content in contents.items():
        write(folder / name.replace("__", "/").replace("_dot_", "."), content)


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else encoded(content))


@pytest.fixture
def pets(tmp_path):
    """Twenty pictures of cats and of dogs, without fault."""
    for number in range(20):
        write(tmp_path / "pets" / "cat" / f"{number:02}.png", noise(number))
        write(tmp_path / "pets" / "dog" / f"{number:02}.png", noise(100 + number))
    return tmp_path / "pets"


@pytest.fixture
def words(tmp_path):
    """Twenty recordings of two words, without fault."""
    for number in range(20):
        write(tmp_path / "words" / "no" / f"{number:02}.wav", wav(samples(number)))
        write(tmp_path / "words" / "yes" / f"{number:02}.wav", wav(samples(100 + number, 0.7)))
    return tmp_path / "words"


def kinds(folder):
    return [finding.kind for finding in folders.look(folder).findings]


def only(folder, kind, number=1):
    """The text of the only finding, which must be of this kind and hold at most four sentences."""
    findings = folders.look(folder).findings
    assert [finding.kind for finding in findings] == [kind] * number, findings
    return findings[0].text


# --- A folder without fault ---


def test_a_good_folder_of_pictures(pets):
    found = folders.look(pets)
    assert found.kind == "pictures" and found.classes == {"cat": 20, "dog": 20}
    assert found.sizes == {(16, 12): 40} and found.rates == {} and found.seconds is None
    assert found.findings == ()
    assert repr(found) == "<40 pictures in 2 classes, 16 × 12 pixels; 0 findings>"


def test_a_good_folder_of_sounds(words):
    found = folders.look(str(words))
    assert found.kind == "sounds" and found.classes == {"no": 20, "yes": 20}
    assert found.rates == {8000: 40} and found.seconds == (0.5, 0.6, 0.7) and found.sizes == {}
    assert found.findings == ()
    assert repr(found) == "<40 sounds in 2 classes, 0.50 to 0.70 seconds, 8,000 samples a second; 0 findings>"


def test_nothing_in_the_folder_is_changed(pets):
    write(pets / "cat" / "bad.png", b"no picture")
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in pets.rglob("*")}
    folders.look(pets)
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in pets.rglob("*")} == before


def test_files_and_labels(pets):
    write(pets / "cat" / "00a.png", b"damaged")
    write(pets / "cat" / "in" / "1.png", noise(500))
    files, labels = folders.labeled_files(pets)
    assert labels.dtype == np.int64 and labels.tolist() == [0] * 21 + [1] * 20
    assert files[:3] == [str(pets / "cat" / f"{number:02}.png") for number in range(3)]
    assert files[20] == str(pets / "cat" / "in" / "1.png") and files[21] == str(pets / "dog" / "00.png")
    again = folders.labeled_files(folders.look(pets))
    assert again[0] == files and again[1].tolist() == labels.tolist()


def test_without_a_file_that_can_be_read_there_is_no_list(tmp_path):
    put(tmp_path, a__1_dot_png=b"x", b__1_dot_png=b"y")
    assert folders.look(tmp_path).classes == {"a": 0, "b": 0}
    with pytest.raises(ValueError, match="received none. Call `folders.show"):
        folders.labeled_files(tmp_path)


# --- Keras is asked ---


def test_classes_labels_and_order_are_those_of_keras(tmp_path):
    import keras

    names = ["b/1.png", "b/in/2.PNG", "b/in-2/3.jpeg", "b/.cache/1.png", "b/._1.png", "__MACOSX/b/._1.png", ".hidden/1.png",
             "a/1.png", "10/1.png", "2/B.png", "2/a.png", "É/1.png", "Z/1.png", "loose.png", "b/x.txt", "b/y.webp"]  # fmt: skip
    for name in names:
        write(tmp_path / name, noise(len(name)))
    (tmp_path / "nothing").mkdir()
    if POSIX:
        (tmp_path / "link").symlink_to("a")
        (tmp_path / "b" / "link").symlink_to("../a")
        (tmp_path / "b" / "0.png").symlink_to("../a/1.png")
    loaded = keras.utils.image_dataset_from_directory(tmp_path, shuffle=False, verbose=False)
    found = folders.look(tmp_path)
    assert list(found.classes) == loaded.class_names
    left_out = ("/.", "__MACOSX", "/link/", "b/0.png")
    expected = [path for path in loaded.file_paths if not any(part in path.replace(os.sep, "/") for part in left_out)]
    assert list(found.files) == expected and len(expected) == 9
    for path, label in zip(found.files, found.labels, strict=True):
        assert loaded.class_names[label] == os.path.relpath(path, tmp_path).split(os.sep)[0]


def test_what_the_loaders_take_by_name():
    from keras.src.utils import audio_dataset_utils, image_dataset_utils

    assert tuple(image_dataset_utils.ALLOWLIST_FORMATS) == folders.TAKEN["pictures"]
    assert tuple(audio_dataset_utils.ALLOWED_FORMATS) == folders.TAKEN["sounds"]


def picture_cases():
    image, flat = noise(1, 60, 40), noise(1).convert("RGB").quantize(16)
    whole = {form: encoded(image, form) for form in ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "ICO", "PPM")}
    yield from whole.items()
    for mode in ("L", "LA", "RGBA", "P", "1"):
        yield f"{mode} PNG", encoded(image.convert(mode))
    yield "16 bits", encoded(Image.fromarray(np.arange(2400, dtype="uint16").reshape(40, 60) * 27))
    yield "CMYK", encoded(image.convert("CMYK"), "JPEG")
    yield "progressive", encoded(image, "JPEG", progressive=True)
    yield "several pictures", encoded(image, "MPO", save_all=True, append_images=[noise(2, 60, 40)])
    yield "moving GIF", encoded(image, "GIF", save_all=True, append_images=[noise(2, 60, 40)])
    yield "clear WebP", encoded(Image.merge("RGBA", (*image.split(), image.split()[0])), "WEBP")
    yield "moving WebP", encoded(image, "WEBP", save_all=True, append_images=[noise(2, 60, 40)])
    for mode in ("1", "L", "RGBA"):
        yield f"{mode} BMP", encoded(image.convert(mode), "BMP")
    for form in ("PNG", "JPEG", "GIF", "BMP"):
        yield f"half of a {form}", whole[form][: len(whole[form]) // 2]
        yield f"{form} but the end", whole[form][:-2]
        yield f"head of a {form}", whole[form][:20]
    yield "PNG without its last part", whole["PNG"][:-12]
    yield "PNG with a flipped bit", whole["PNG"][:200] + bytes([whole["PNG"][200] ^ 255]) + whole["PNG"][201:]
    yield "JPEG and more", whole["JPEG"] + b"more" * 20
    yield "PNG and more", whole["PNG"] + b"more" * 20
    yield "BMP and more", whole["BMP"] + b"more"
    yield "text", b"hello"
    yield "page", b"<!DOCTYPE html><html></html>"
    yield "small palette", encoded(flat)


def sound_cases():
    values = samples(1)
    for subtype in ("PCM_16", "PCM_24", "PCM_32", "PCM_U8", "FLOAT", "DOUBLE", "ULAW", "IMA_ADPCM"):
        yield subtype, wav(values, subtype=subtype)
    yield "extensible", wav(values, format="WAVEX")
    yield "stereo", wav(np.stack([values, values], 1))
    for form in ("FLAC", "AIFF"):
        yield form, wav(values, format=form)
    good = wav(values)
    yield "cut", good[:-100]
    yield "head", good[:44]
    yield "half a head", good[:20]
    yield "three bytes more", good + b"abc"
    yield "a whole part more", good + part(b"LIST", b"x" * 26)
    yield "an odd part", good + part(b"LIST", b"x" * 25) + b"\0"
    described, data = part(b"fmt ", described_as()), part(b"data", bytes(200))
    yield "a part before", riff(part(b"JUNK", bytes(28)), described, data)
    yield "an odd part before", riff(described, part(b"LIST", b"x" * 25) + b"\0", data)
    yield "two sounds", riff(described, data, data)
    yield "no sound part", riff(described)
    yield "an odd number of bytes", riff(described, part(b"data", bytes(201)))
    yield "18 bytes of description", riff(part(b"fmt ", described_as() + b"\0\0"), data)
    yield "no channels", riff(part(b"fmt ", described_as(channels=0)), data)
    yield "wrong bytes a second", riff(part(b"fmt ", described_as(a_second=1)), data)
    yield "wrong bytes a sample", riff(part(b"fmt ", described_as(frame=4)), data)
    yield "an endless promise", riff(described, b"data\xff\xff\xff\xff" + bytes(200))


def described_as(channels=1, rate=RATE, a_second=2 * RATE, frame=2):
    return struct.pack("<HHIIHH", 1, channels, rate, a_second, frame, 16)


def part(name, content):
    return name + struct.pack("<I", len(content)) + content


def riff(*parts):
    body = b"WAVE" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(("end", "cases"), [(".png", picture_cases), (".wav", sound_cases)])
def test_what_tensorflow_reads_counts_as_readable_and_nothing_else(tmp_path, end, cases):
    import tensorflow as tf

    def reads(content):
        try:
            if end == ".wav":
                tf.audio.decode_wav(content)
            else:
                tf.image.decode_image(content, channels=3, expand_animations=False)
        except (tf.errors.OpError, UnicodeDecodeError):
            return False
        return True

    contents = dict(cases())
    for name, content in contents.items():
        write(tmp_path / "a" / f"{name}{end}", content)
    write(tmp_path / "b" / f"good{end}", contents["PCM_16" if end == ".wav" else "PNG"])
    read = {os.path.basename(path).removesuffix(end) for path in folders.look(tmp_path).files} - {"good"}
    assert read == {name for name, content in contents.items() if reads(content)}


def test_what_keras_does_with_sounds_is_what_the_findings_say(tmp_path):
    import keras
    import tensorflow as tf

    def batch(**options):
        return next(iter(keras.utils.audio_dataset_from_directory(tmp_path, shuffle=False, verbose=False, **options)))[0]

    write(tmp_path / "a" / "1.wav", wav(samples(1)))
    write(tmp_path / "b" / "1.wav", wav(samples(2, 0.7, 16000), 16000))
    assert batch().shape == (2, 11200, 1), "rates: nothing is converted; lengths: the shorter one is filled up"
    assert not batch()[0, 4000:].numpy().any()
    both = samples(2)
    write(tmp_path / "b" / "1.wav", wav(np.stack([both, both], 1)))
    assert batch().shape == (2, 4000, 2) and not batch()[0, :, 1].numpy().any()
    with pytest.raises(tf.errors.InvalidArgumentError):
        batch(output_sequence_length=100)


def test_what_keras_does_with_pictures_is_what_the_findings_say(tmp_path):
    import keras

    see_through = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    turn = Image.Exif()
    turn[0x0112] = 6
    halves = Image.new("RGB", (60, 40), "white")
    halves.paste("black", (0, 0, 30, 40))
    write(tmp_path / "a" / "1.png", see_through)
    write(tmp_path / "b" / "1.jpg", encoded(halves, "JPEG", exif=turn))
    loaded = keras.utils.image_dataset_from_directory(tmp_path, shuffle=False, image_size=(40, 60), verbose=False)
    clear, turned = next(iter(loaded))[0].numpy()
    assert clear.max() == 0, "transparency shows the color underneath"
    assert turned[:, :25].max() < 20 and turned[:, 35:].min() > 235, "the mark of the camera is not heeded"


# --- Findings: what lies in the folder ---


def test_damaged_files_are_named_with_what_they_are(pets):
    put(pets, cat__x_dot_jpg=encoded(noise(1, 60, 40), "JPEG")[:-300], cat__y_dot_png=b"%PDF-1.7 etc", dog__z_dot_png=b"")
    write(pets / "dog" / "zz.jpg", b"\0\0\0\x18ftypheic" + bytes(50))
    found = folders.look(pets)
    assert found.classes == {"cat": 20, "dog": 20}
    text = only(pets, "unreadable")
    assert text.startswith(
        "4 pictures cannot be used: `cat/x.jpg` (damaged), `cat/y.png` (a PDF), `dog/z.png` (empty) and 1 more."
    )
    assert found.findings[0].where == "cat/x.jpg"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0\0\0\x18ftypheic" + bytes(50), "a HEIC picture"),
        (encoded(noise(1), "TIFF"), "a TIFF picture"),
        (b"<html>", "a web page"),
        (b"\x89PNG\r\n", "damaged"),
        (encoded(noise(1))[:-12], "damaged"),
        (b"", "empty"),
        (encoded(Image.new("RGBA", (9, 9)), "WEBP"), "a WebP picture, transparent"),
    ],
)
def test_what_is_behind_a_name(pets, content, words):
    write(pets / "cat" / "x.png", content)
    assert f"1 picture cannot be used: `cat/x.png` ({words}" in only(pets, "unreadable")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (wav(samples(1), format="FLAC"), "a FLAC recording"),
        (b"ID3\x04" + bytes(90), "an MP3 recording"),
        (wav(samples(1))[:-40], "cut off, or with odd bytes in it"),
        (b"RIFF\0\0\0\0WAVE", "damaged"),
        (riff(part(b"fmt ", described_as()), part(b"data", b"")), "without any sound"),
    ],
)
def test_what_is_behind_the_name_of_a_recording(words, content, said):
    write(words / "no" / "x.wav", content)
    assert f"1 sound cannot be used: `no/x.wav` ({said}" in only(words, "unreadable")


@pytest.mark.parametrize(
    ("form", "words_for_it"),
    [
        ({"subtype": "PCM_24"}, "WAV, Signed 24 bit PCM"),
        ({"subtype": "FLOAT"}, "WAV, 32 bit float"),
        ({"format": "WAVEX"}, "WAVEX, Signed 16 bit PCM"),
    ],
)
def test_other_forms_of_wav(words, form, words_for_it):
    write(words / "no" / "x.wav", wav(samples(7), **form))
    text = only(words, "bits")
    assert f"`no/x.wav` ({words_for_it})" in text and "uploads.sound" in text


def test_the_recipes_make_what_keras_reads(tmp_path, words, pets):
    from companion import uploads

    old, new = words / "no" / "x.wav", words / "yes" / "new.wav"
    write(old, wav(samples(7), rate=44100, subtype="PCM_24"))
    soundfile.write(new, uploads.sound(old, rate=8000), 8000)
    old.unlink()
    assert not kinds(words) and "soundfile.write(new, uploads.sound(old, rate=8000), 8000)" in folders.RECIPES["sounds"]
    old, new = pets / "cat" / "x.webp", pets / "cat" / "new.png"
    write(old, encoded(noise(70), "WEBP"))
    Image.fromarray(uploads.picture(old)).save(new)
    old.unlink()
    assert not kinds(pets) and "Image.fromarray(uploads.picture(old)).save(new)" in folders.RECIPES["pictures"]


def test_files_that_the_loader_does_not_take(pets, words):
    put(pets, cat__x_dot_webp=encoded(noise(60), "WEBP"), cat__y_dot_HEIC=b"?", cat__z_dot_webp=b"?")
    text = only(pets, "not loaded")
    assert text.startswith("Keras passes over 3 files: .webp (2) and .heic (1). Its loader takes .bmp, .gif, .jpeg, .jpg")
    assert "Convert .webp: `Image" in text and "Export .heic as JPEG" in text
    put(words, no__x_dot_mp3=b"?")
    assert "Export" not in only(words, "not loaded") and "Convert" in only(words, "not loaded")
    (words / "no" / "x.mp3").rename(words / "no" / "x.m4a")
    assert "Convert" not in only(words, "not loaded") and "Export .m4a as WAV" in only(words, "not loaded")


def test_a_folder_of_another_form_alone_is_no_empty_class(tmp_path):
    put(tmp_path, a__1_dot_mp3=b"?", b__1_dot_mp3=b"?")
    found = folders.look(tmp_path)
    assert [finding.kind for finding in found.findings] == ["not loaded"] and found.classes == {"a": 0, "b": 0}


def test_files_of_other_kinds_are_told_once(pets):
    put(pets, cat__notes_dot_txt=b"hello", dog__data_dot_csv=b"a,b")
    write(pets / "dog" / "picture", noise(60))
    text = only(pets, "not loaded")
    assert text.startswith("Keras passes over 3 files: .txt (1), .csv (1) and without an ending (1). Its loader takes")
    assert "Convert" not in text and "Export" not in text


def test_loose_files(pets):
    put(pets, x_dot_png=noise(60), readme_dot_txt=b"hello")
    assert only(pets, "loose").startswith("1 picture lies beside the class folders: `x.png`.")


def test_folders_within_class_folders(pets):
    write(pets / "cat" / "home" / "x.png", noise(60))
    assert only(pets, "nested").startswith("1 file lies in folders within class folders: `cat/home`.")
    assert folders.look(pets).classes == {"cat": 21, "dog": 20}


@pytest.mark.parametrize(("names", "found"), [(("train", "test"), 1), (("Train", "Validation"), 1), (("train", "bus"), 0)])
def test_parts_of_a_split_are_no_classes(pets, names, found):
    for old, new in zip(("cat", "dog"), names, strict=True):
        (pets / old).rename(pets / new)
    assert kinds(pets) == ["nested"] * found
    assert not found or "parts of a split" in only(pets, "nested")


def test_an_empty_class(pets):
    (pets / "bird").mkdir()
    put(pets, fish__notes_dot_txt=b"none yet")
    found = folders.look(pets)
    assert found.classes == {"bird": 0, "cat": 20, "dog": 20, "fish": 0}
    assert found.findings[0].kind == "empty class"
    assert found.findings[0].text.startswith("Without any picture: `bird` and `fish`.")


def test_one_class(pets):
    shutil.rmtree(pets / "dog")
    assert only(pets, "one class").startswith("There is one class folder, `cat`.")


def test_one_class_around_the_real_ones(pets, tmp_path):
    (tmp_path / "around").mkdir()
    pets.rename(tmp_path / "around" / "pets")
    text = next(finding.text for finding in folders.look(tmp_path / "around").findings if finding.kind == "one class")
    assert "If `cat` and `dog` inside it are the classes, name that folder." in text


def test_hidden_files_that_keras_takes_for_examples(pets):
    write(pets / "cat" / "._00.png", b"\0\5\x16\7")
    write(pets / "cat" / ".cache" / "00.png", encoded(noise(0)))
    found = folders.look(pets)
    assert found.classes == {"cat": 20, "dog": 20} and not any("/." in file for file in found.files)
    assert only(pets, "hidden").startswith("Keras loads 2 hidden files, too: ")


def test_the_folder_that_macos_leaves_behind_is_a_class_to_keras(pets):
    put(pets, __MACOSX__cat__x=b"")
    write(pets / "__MACOSX" / "cat" / "._x", b"?")
    found = folders.look(pets)
    assert list(found.classes.items())[0] == ("__MACOSX", 0)
    assert "It counts `__MACOSX`" in found.findings[0].text and found.findings[0].kind == "hidden"


def test_harmless_hidden_files_are_passed_over(pets):
    for name in ("cat/.DS_Store", "dog/Thumbs.db", "dog/desktop.ini", ".DS_Store", ".hidden/1.png"):
        write(pets / name, b"?")
    assert folders.look(pets).findings == ()


@CANNOT_LINK
def test_links_are_told_and_not_followed(pets, tmp_path):
    outside = tmp_path / "outside"
    write(outside / "1.png", noise(90))
    (pets / "cat" / "link.png").symlink_to(outside / "1.png")
    (pets / "cat" / "broken.png").symlink_to("nowhere")
    (pets / "dog" / "more").symlink_to(outside)
    (pets / "dog" / "around").symlink_to(pets)
    found = folders.look(pets)
    assert found.classes == {"cat": 20, "dog": 20}
    assert only(pets, "links").startswith("4 files or folders are links: `cat/broken.png`, `cat/link.png`, `dog/")


@CANNOT_LINK
def test_a_class_that_is_a_link(pets, tmp_path):
    write(tmp_path / "outside" / "1.png", noise(90))
    (pets / "bird").symlink_to(tmp_path / "outside")
    assert folders.look(pets).classes == {"bird": 0, "cat": 20, "dog": 20}
    assert only(pets, "links").startswith("1 file or folder is a link: `bird/`.")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep names as Unicode")
def test_a_name_that_is_no_utf8(pets):
    os.rename(pets / "cat" / "00.png", os.fsencode(pets / "cat") + b"/\xff\x1b.png")
    text = only(pets, "names")
    assert text.startswith("1 name is not in UTF-8: `cat/\ufffd\ufffd.png`.") and text.isprintable()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes in folders")
def test_a_pipe_is_not_waited_for(pets, monkeypatch):
    os.mkfifo(pets / "cat" / "x.png")
    read = folders.Path.read_bytes
    monkeypatch.setattr(folders.Path, "read_bytes", lambda path: b"waited" if path.is_fifo() else read(path))
    assert "`cat/x.png` (no file but a device)" in only(pets, "unreadable")


# --- Findings: what the files hold ---


def test_the_same_content_twice(pets):
    shutil.copy(pets / "cat" / "00.png", pets / "cat" / "again.png")
    text = only(pets, "doubled")
    assert text.startswith("1 picture has the content of one of the same class: `cat/again.png` as `cat/00.png`.")
    assert "leakage" in text
    (pets / "cat" / "again.png").rename(pets / "dog" / "again.png")
    text = only(pets, "doubled")
    assert text.startswith("1 picture has the content of one of another class: `dog/again.png` as `cat/00.png`.")
    assert "One of the two labels is wrong" in text


def test_the_same_sound_twice(words):
    for number in range(2):
        shutil.copy(words / "no" / f"{number:02}.wav", words / "no" / f"again {number}.wav")
    assert only(words, "doubled").startswith("2 sounds have the content of one of the same class: `no/again 0.wav` as")


def test_pictures_that_look_alike(tmp_path):
    blurred = [noise(number, 8, 6).resize((320, 240), Image.Resampling.BICUBIC) for number in range(40)]
    for number, image in enumerate(blurred):
        write(tmp_path / ("cat", "dog")[number % 2] / f"{number:02}.png", image)
    assert folders.look(tmp_path).findings == ()
    write(tmp_path / "cat" / "00 copy.jpg", encoded(blurred[0].resize((160, 120)), "JPEG", quality=60))
    write(tmp_path / "dog" / "02 copy.jpg", encoded(blurred[2].point(lambda level: level * 0.8), "JPEG"))
    found = folders.look(tmp_path).findings
    assert [finding.kind for finding in found] == ["doubled", "doubled"]
    assert found[0].text.startswith("1 picture looks like one of another class: `dog/02 copy.jpg` as `cat/02.png`.")
    assert found[1].text.startswith("1 picture looks like one of the same class: `cat/00.png` as `cat/00 copy.jpg`.")
    assert all("look yourself" in finding.text for finding in found) and "If two show the same" in found[0].text


def test_pictures_of_one_color_are_not_compared(pets):
    for number in range(3):
        write(pets / "cat" / f"flat {number}.png", Image.new("RGB", (16, 12), (200, number, 7)).resize((16, 12)))
    assert folders.look(pets).findings == ()


def test_alike_across_blocks(monkeypatch, pets):
    monkeypatch.setattr(folders, "BLOCK", 3)
    write(pets / "dog" / "x.bmp", encoded(noise(0), "BMP"))
    assert only(pets, "doubled").startswith("1 picture looks like one of another class: `dog/x.bmp` as `cat/00.png`.")


@pytest.mark.parametrize(
    "pattern", ["{who}_{number:02}.png", "IMG-{who}-{number}.png", "{who}{number:02}.png", "{label}_{who} ({number}).png"]
)
def test_names_that_group_files(tmp_path, pattern):
    for number in range(20):
        for label in ("cat", "dog"):
            name = pattern.format(who=("Anna", "Ben")[number % 2], number=number, label=label)
            write(tmp_path / label / name, noise(number + 50 * (label == "dog")))
    text = only(tmp_path, "groups")
    assert "fall into 2 groups: `" in text and "(20)" in text and "section 8.7" in text


@pytest.mark.parametrize(
    "pattern",
    ["{label}_{number}", "{number}", "IMG_{number:04}", "{label}.{number}", "photo {number} copy", "{label[0]}{number}x{number}"],
)
def test_names_that_group_nothing(tmp_path, pattern):
    for number in range(20):
        for label in ("cat", "dog"):
            name = pattern.format(label=label, number=number)
            write(tmp_path / label / f"{name}.png", noise(number + 50 * (label == "dog")))
    assert folders.look(tmp_path).findings == ()


def test_days_are_groups(tmp_path):
    for number in range(40):
        name = f"IMG_202611{10 + number % 4}_{120000 + number}.png"
        write(tmp_path / ("cat", "dog")[number // 20] / name, noise(number))
    assert "4 groups: `20261110` (10)" in only(tmp_path, "groups")


def test_grey_among_color(pets):
    write(pets / "cat" / "x.png", noise(60).convert("L"))
    text = only(pets, "channels")
    assert text.startswith("1 of 41 pictures is stored in grey") and "learn that instead" not in text
    for path in (pets / "cat").iterdir():
        write(path, Image.open(path).convert("L"))
    assert "In `cat` all are grey, in `dog` none: the network may learn that" in only(pets, "channels")
    for path in (pets / "dog").iterdir():
        write(path, Image.open(path).convert("L"))
    assert folders.look(pets).findings == ()


def test_transparent_pictures(pets):
    opaque = noise(60).convert("RGBA")
    write(pets / "cat" / "x.png", opaque)
    assert folders.look(pets).findings == ()
    opaque.putpixel((0, 0), (0, 0, 0, 100))
    write(pets / "cat" / "x.png", opaque)
    assert only(pets, "channels").startswith("1 picture has transparent parts: `cat/x.png`.")


@pytest.mark.parametrize(("mark", "found"), [(1, False), (6, True), (3, True), (9, False)])
def test_pictures_on_their_side(pets, mark, found):
    note = Image.Exif()
    note[0x0112] = mark
    write(pets / "cat" / "x.jpg", encoded(noise(60), "JPEG", exif=note))
    assert kinds(pets) == ["turned"] * found


def test_shapes_of_pictures(pets):
    write(pets / "cat" / "x.png", noise(60, 32, 24))
    assert folders.look(pets).findings == (), "twice as large, and of the same shape"
    write(pets / "cat" / "x.png", noise(60, 30, 12))
    assert only(pets, "sizes").startswith("The pictures are 16 to 30 pixels wide, and 1.33 to 2.50 times as wide as high.")
    assert folders.look(pets).sizes == {(16, 12): 40, (30, 12): 1}


def test_large_pictures(pets, monkeypatch):
    monkeypatch.setattr(folders, "LARGE", 16 * 12)
    assert folders.look(pets).findings == ()
    monkeypatch.setattr(folders, "LARGE", 16 * 12 - 1)
    text = only(pets, "size")
    assert "in every epoch" in text and "31 MB of memory" in text


def test_what_is_too_large_is_not_opened(pets, monkeypatch):
    with open(pets / "cat" / "huge.png", "wb") as file:
        file.truncate(folders.MOST_BYTES + 1)  # a hole: it takes no place on most disks
    write(pets / "cat" / "bomb.png", bomb(12_000, 12_000))
    write(pets / "cat" / "larger bomb.png", bomb(60_000, 60_000))
    read = []
    monkeypatch.setattr(folders.Path, "read_bytes", lambda path: read.append(path.name) or open(path, "rb").read())
    found = folders.look(pets)
    assert "huge.png" not in read and "bomb.png" in read and found.classes["cat"] == 20
    assert found.findings[0].kind == "size" and found.findings[0].text.startswith(
        "Too large to be opened here: `cat/bomb.png` (12,000 × 12,000 pixels), `cat/huge.png` (100 MB) and"
        " `cat/larger bomb.png` (hundreds of millions of pixels)."
    )


def bomb(width, height):
    """A small PNG that says it holds many pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n"
    return start + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + b"\0\0\0\4IDAT" + bytes(8)


def test_only_two_files_are_in_memory_at_once(pets, monkeypatch):
    now, most, lock = [], [], threading.Lock()
    read = folders._read_picture

    def counted(entry, content):
        with lock:
            now.append(entry)
            most.append(len(now))
        try:
            return read(entry, content)
        finally:
            with lock:
                now.remove(entry)

    monkeypatch.setattr(folders, "_read_picture", counted)
    assert folders.look(pets).classes == {"cat": 20, "dog": 20} and max(most) <= 2


def test_of_very_many_files_an_even_sample_is_opened(pets, monkeypatch):
    write(pets / "cat" / "00.png", b"damaged, and always opened")
    write(pets / "dog" / "19.png", b"damaged, and always opened")
    write(pets / "cat" / "01.png", b"damaged, and not opened")
    monkeypatch.setattr(folders, "MOST_OPENED", 14)
    found = folders.look(pets)
    assert found.classes == {"cat": 19, "dog": 19} and sum(found.sizes.values()) == 12
    assert [finding.kind for finding in found.findings] == ["unreadable", "few", "many"]
    assert found.findings[-1].text.startswith("There are 40 pictures; 14 of them, evenly spread, were opened.")
    assert len(folders.labeled_files(found)[0]) == 38
    monkeypatch.setattr(folders, "MOST_OPENED", 40)
    assert "many" not in kinds(pets)


def test_rates(words):
    write(words / "no" / "x.wav", wav(samples(60, rate=16000), 16000))
    text = only(words, "rates")
    assert text.startswith("The recordings have 2 different rates, in samples a second: 8,000 (40) and 16,000 (1).")
    assert "In `" not in text and folders.look(words).rates == {8000: 40, 16000: 1}


def test_rates_that_tell_the_classes(words):
    for number, path in enumerate(sorted((words / "no").iterdir())):
        write(path, wav(samples(number, rate=16000), 16000))
    assert "none: the network may learn that instead" in only(words, "rates")


def test_channels_of_sounds(words):
    def stereo(path, seed):
        write(path, wav(np.stack([samples(seed), samples(seed + 300)], 1)))

    stereo(words / "no" / "x.wav", 60)
    text = only(words, "channels")
    assert text.startswith("1 recording has several channels: `no/x.wav`. The others get silence") and "error" in text
    for number, path in enumerate(sorted(words.rglob("*.wav"))):
        stereo(path, number)
    assert "A batch has the shape (recordings, samples, 2)." in only(words, "channels")


def test_lengths(words):
    write(words / "no" / "x.wav", wav(samples(60, 2.3)))
    assert folders.look(words).findings == ()
    write(words / "no" / "x.wav", wav(samples(60, 3)))
    text = only(words, "lengths")
    assert text.startswith("`no/x.wav` lasts 3.0 seconds, half of all at most 0.7.")
    assert "`output_sequence_length=5600`" in text


def test_long_recordings(tmp_path):
    for number in range(20):
        write(tmp_path / "a" / f"{number}.wav", wav(samples(number, 31, 1000), 1000))
        write(tmp_path / "b" / f"{number}.wav", wav(samples(99 + number, 30, 1000), 1000))
    assert only(tmp_path, "lengths").startswith("`a/0.wav` lasts 31.0 seconds")


def test_silence(words):
    write(words / "no" / "x.wav", wav(np.full(4000, 3 / 32768, "float32")))
    assert only(words, "silent").startswith("1 recording is silent: `no/x.wav`. Nothing in it tells the class.")
    write(words / "no" / "x.wav", wav(samples(1) / 100))
    assert folders.look(words).findings == ()


def test_unbalanced_classes(pets):
    for number in range(40):
        write(pets / "cat" / f"more {number}.png", noise(200 + number))
    assert folders.look(pets).findings == (), "three times as many"
    write(pets / "cat" / "one more.png", noise(300))
    text = only(pets, "unbalanced")
    assert text.startswith("`cat` has 61 pictures, `dog` 20. Who always answers `cat` is right in 75 % of all")


def test_few_files(pets):
    (pets / "dog" / "00.png").unlink()
    assert only(pets, "few").startswith("Fewer than 20 pictures: `dog` (19).")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("1", "10", "2"), ("10", "2")),
        (("class 12b", "class 3b", "z"), ("class 12b", "class 3b")),
        (("01", "02", "10"), None),
        (("1", "2", "3"), None),
        (("a10", "b2", "c1"), None),
        (("v1.10", "v1.9", "v2"), ("v1.10", "v1.9")),
    ],
)
def test_numbers_as_names(tmp_path, names, found):
    for place, name in enumerate(names):
        for number in range(20):
            write(tmp_path / name / f"{number}.png", noise(100 * place + number))
    assert kinds(tmp_path) == (["order of classes"] if found else [])
    if found:
        said = f"`{found[0]}` comes before `{found[1]}`, and is label {names.index(found[0])}."
        assert said in only(tmp_path, "order of classes")


# --- What the course ships ---


def test_no_false_alarm_on_the_spoken_digits():
    found = folders.look(datasets.path("spoken_digits"))
    assert found.classes == {str(digit): 4 for digit in range(10)} and found.rates == {8000: 40}
    assert [finding.kind for finding in found.findings] == ["groups", "few"], "four voices, four files a digit: both true"
    assert "4 groups: `en_allison` (10)" in found.findings[0].text


def test_no_false_alarm_on_clothes(tmp_path):
    pictures, labels = datasets.load_fashion_mnist()[0]
    for label, name in enumerate(datasets.FASHION_CLASSES):
        for number in np.flatnonzero(labels == label)[:20]:
            write(tmp_path / name.replace("/", " or ") / f"{number}.png", Image.fromarray(pictures[number]))
    found = folders.look(tmp_path)
    assert found.findings == () and len(found.files) == 200 and found.sizes == {(28, 28): 200}


# --- Bad input ---


@pytest.mark.parametrize("path", [None, 3, b"bytes", ["a"]])
def test_what_is_no_path(path):
    with pytest.raises(TypeError, match="expected the path of a folder, received"):
        folders.look(path)


def test_what_is_not_there(pets, monkeypatch):
    monkeypatch.chdir(pets.parent)
    for path in ("pest", "Pets!", str(pets.parent / "pet")):
        with pytest.raises(FileNotFoundError, match="not there. There is `pets`: look at the spelling"):
            folders.look(path)
    for path in ("something else", "a/b/c"):
        with pytest.raises(FileNotFoundError, match="The notebook looks from"):
            folders.look(path)
    with pytest.raises(FileNotFoundError, match="Keras does not know `~`"):
        folders.look("~/pictures")


@pytest.mark.parametrize("path", ["", "  "])
def test_an_empty_path(path):
    with pytest.raises(ValueError, match="received an empty text"):
        folders.look(path)


def test_a_zero_character_is_no_traceback_of_the_system():
    with pytest.raises((ValueError, FileNotFoundError), match="expected a folder"):
        folders.look("a\0b")


def test_a_file_in_place_of_a_folder(pets, tmp_path):
    with pytest.raises(ValueError, match="received a file. Name the folder around it"):
        folders.look(pets / "cat" / "00.png")
    archive = shutil.make_archive(str(tmp_path / "pets"), "zip", pets)
    with pytest.raises(ValueError, match="received a zip archive. Unpack it first"):
        folders.look(archive)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "received an empty folder"),
        (["a/", "b/"], "received empty folders"),
        (["1.png", "2.png"], "received 2 files without class folders: `1.png` and `2.png`"),
        (["a/1.csv", "b/2.csv", "c.txt"], "received files of other kinds: `.csv` and `.txt`"),
        (["a/1.png", "a/2.png", "b/3.wav"], "received 2 pictures and 1 sound"),
        (["a/.1.png", "a/Thumbs.db"], "received empty folders"),
    ],
)
def test_folders_of_nothing_to_learn_from(tmp_path, names, said):
    for name in names:
        (tmp_path / name).mkdir() if name.endswith("/") else write(tmp_path / name, b"?")
    with pytest.raises(ValueError) as error:
        folders.look(tmp_path)
    assert "expected" in str(error.value) and said in str(error.value)


@CANNOT_LINK
def test_a_folder_of_links_alone(tmp_path, pets):
    (tmp_path / "links" / "cat").mkdir(parents=True)
    (tmp_path / "links" / "cat" / "1.png").symlink_to(pets / "cat" / "00.png")
    with pytest.raises(ValueError, match="received links to other places, `cat/1.png`"):
        folders.look(tmp_path / "links")


def test_a_few_sounds_among_pictures_are_passed_over(pets):
    put(pets, cat__meow_dot_wav=wav(samples(1)))
    assert only(pets, "not loaded").startswith("Keras passes over 1 file: .wav (1).")


def test_a_folder_that_may_not_be_read(pets, monkeypatch):
    scan = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("dog"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(ValueError, match="received in `dog`: Permission denied. Look at the permissions."):
        folders.look(pets)


def test_a_file_that_may_not_be_read(pets, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folders.Path, "read_bytes", refuse)
    assert "`cat/00.png` (Permission denied)" in folders.look(pets).findings[0].text


def test_far_too_many_files(pets, monkeypatch):
    monkeypatch.setattr(folders, "MOST_COUNTED", 40)
    assert folders.look(pets).findings == ()
    monkeypatch.setattr(folders, "MOST_COUNTED", 39)
    with pytest.raises(ValueError, match="expected at most 39 files, received more"):
        folders.look(pets)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=80),
    mark=st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"\xff\xd8\xff", b"RIFF\4\0\0\0WAVEfmt "]),
)
def test_any_bytes_end_in_a_finding(tmp_path, content, mark):
    for end in ("png", "wav"):
        write(tmp_path / end / "a" / f"1.{end}", mark + content)
        write(tmp_path / end / "b" / f"1.{end}", mark + content)
        found = folders.look(tmp_path / end)
        assert [finding.kind for finding in found.findings][0] in ("unreadable", "bits", "size") and not found.files


# --- What is shown ---


class Page(HTMLParser):
    """The tags, their scopes and the text of a page; stops at a tag that is not closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.scopes, self.tags, self.text = [], [], [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.append(tag)
        self.scopes += [value for name, value in attrs if name == "scope"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def shown(monkeypatch):
    messages = []
    monkeypatch.setattr(folders.messages, "show", lambda page, text: messages.append((page, text)))
    return messages


def test_the_page_is_a_real_table_and_says_what_the_text_says(pets, shown):
    write(pets / "a<b>" / "<i>.png", b"?")
    folders.show(folders.look(pets))
    (page, text), = shown
    page = Page(page)
    assert page.scopes == ["col"] * 3 + ["row"] * 3 and page.tags.count("caption") == 1 and page.tags.count("li") == 1
    assert page.tags.count("i") == 0 and "a<b>" in page.text
    assert text.splitlines()[:5] == [
        "40 pictures in 3 classes, 16 × 12 pixels",
        "Label  Class  Files that can be read",
        "0      a<b>   0",
        "1      cat    20",
        "2      dog    20",
    ]
    assert text.splitlines()[5] == "1 finding:" and text.splitlines()[6].startswith("- unreadable: 1 picture cannot be used")
    for part in ("40 pictures in 3 classes", "1 finding:", "unreadable", "cannot be used"):
        assert part in page.text and part in text


def test_no_finding_is_said(words, shown):
    folders.show(folders.look(words))
    (page, text), = shown
    assert text.splitlines()[-1] == "Nothing was found that would hurt in training." and "<ol>" not in page
    assert "0.50 to 0.70 seconds, 8,000 samples a second" in page


def test_of_many_classes_the_first_are_shown(tmp_path, shown):
    for number in range(23):
        write(tmp_path / f"{number:02}" / "1.png", noise(number))
    folders.show(folders.look(tmp_path))
    (page, text), = shown
    assert "… and 3 more classes." in text and "… and 3 more classes." in page and page.count("<tr>") == 21


def test_show_takes_what_look_returns(pets):
    with pytest.raises(TypeError, match="expected what `look` returned, received the text"):
        folders.show(str(pets))


def test_no_finding_is_long(pets):
    """At most four sentences, and at most three names each."""
    for number in range(9):
        write(pets / "cat" / f"bad {number}.png", b"?")
        write(pets / "cat" / f"old {number}.webp", b"?")
        write(pets / "cat" / f"wide {number}.png", noise(400 + number, 64, 12))
        shutil.copy(pets / "dog" / f"{number:02}.png", pets / "cat" / f"same {number}.png")
    found = folders.look(pets).findings
    assert [finding.kind for finding in found] == ["unreadable", "doubled", "sizes", "not loaded"]
    for finding in found:
        assert len(finding.text) < 400 and finding.text.count("bad ") in (0, 3)


def test_findings_come_worst_first(pets):
    write(pets / "cat" / "bad.png", b"?")
    write(pets / "cat" / "in" / "wide.png", noise(400, 64, 12))
    (pets / "empty").mkdir()
    shutil.copy(pets / "dog" / "00.png", pets / "cat" / "same.png")
    assert kinds(pets) == ["empty class", "unreadable", "doubled", "sizes", "nested"]
