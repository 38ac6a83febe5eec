"""A folder of the learner's own pictures or sounds, one sub-folder a class, looked at before Keras loads it.

    found = folders.look("my_pictures")     # opens each file, changes none
    folders.show(found)                     # the classes in Keras' order, and what will hurt in training
    files, labels = folders.labeled_files(found)

Each file is read by the functions of TensorFlow that Keras' loaders call, so that what is told is what they will meet.
"""

import contextlib
import difflib
import hashlib
import io
import itertools
import os
import re
import stat
import warnings
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import soundfile
from PIL import Image

from companion import messages, uploads, wording

# What Keras' two loaders take, told by the end of the name.
TAKEN = {"pictures": (".bmp", ".gif", ".jpeg", ".jpg", ".png"), "sounds": (".wav",)}
OTHERS = {
    "pictures": (".webp", ".tif", ".tiff", ".avif", ".jfif", ".ico", ".heic", ".heif", ".jxl", ".svg", ".psd", ".dng"),
    "sounds": (".mp3", ".flac", ".ogg", ".opus", ".aif", ".aiff", ".m4a", ".aac", ".wma", ".amr", ".3gp"),
}
# Of these, what `uploads` cannot read.
FOREIGN = (".heic", ".heif", ".jxl", ".svg", ".psd", ".dng", ".m4a", ".aac", ".wma", ".amr", ".3gp")
FORMS = {kind: TAKEN[kind] + OTHERS[kind] for kind in TAKEN}
ONE = {"pictures": "picture", "sounds": "sound"}
SAVED_AS = {"pictures": "JPEG", "sounds": "WAV"}

MOST_COUNTED = 500_000  # files; more than that is no folder of examples
MOST_OPENED = 20_000  # files
MOST_BYTES = 100_000_000  # of a file that is opened
AT_ONCE = 2  # files that are in memory at the same time
FEW = 20  # files in a class
LOPSIDED = 3  # times as many files as in the smallest class
MOST_MIXED = 0.1  # the share of sounds that a folder of pictures may hold, and the other way round
STRETCHED = 1.1  # a proportion of sides that many times another is seen by eye
UNEVEN = 4  # times as long
LARGE = 2_000_000  # pixels: far more than a network of this course is given
LONG = 30  # seconds
SIDE = 8  # pixels, of the small copies that are compared
ALIKE = 0.999  # correlation of small copies; of 10,000 pictures of clothes it joins 3, and all 3 are the same article
FLAT = 4  # grey levels: with less contrast there is nothing to compare
BLOCK = 512  # pictures that are compared with all others at once
SHOWN_CLASSES = 20
GROUPED = 0.8  # the share of files that must fall into groups, before names are taken for groups
DAY = r"(19|20)\d{6}"  # 20261123
RECIPES = {
    "pictures": "`Image.fromarray(uploads.picture(old)).save(new)`, with `Image` of `PIL` and a `new` ending in .png",
    "sounds": "`soundfile.write(new, uploads.sound(old, rate=8000), 8000)`, with a `new` ending in .wav",
}

HIDDEN = ("thumbs.db", "desktop.ini", "icon\r")
MADE_BY_MACOS = "__MACOSX"
PARTS = {"train", "training", "val", "valid", "validation", "dev", "test", "testing", "eval"}
# Words in the names of files that tell nothing of who or what is in them.
COMMON_WORDS = {
    "img", "image", "pic", "picture", "photo", "dsc", "dscn", "dscf", "pxl", "vid", "mvi", "screenshot", "scan",
    "frame", "file", "sample", "example", "item", "clip", "rec", "record", "recording", "audio", "sound", "voice",
    "wav", "take", "copy", "new", "whatsapp", "at", "train", "test", "val", "png", "jpg",
}  # fmt: skip
# How files begin whose names promise something else.
MARKS = {
    b"WEBP": "a WebP picture, transparent, moving or damaged", b"II*\0": "a TIFF picture", b"MM\0*": "a TIFF picture",
    b"ftyphei": "a HEIC picture", b"ftypmif1": "a HEIC picture", b"ftypavif": "an AVIF picture",
    b"ftyp": "an MP4 or M4A file", b"ID3": "an MP3 recording", b"\xff\xfb": "an MP3 recording",
    b"fLaC": "a FLAC recording", b"OggS": "an OGG recording", b"FORM": "an AIFF recording",
    b"\x1aE\xdf\xa3": "a WebM file", b"%PDF": "a PDF", b"<!DOCTYPE": "a web page", b"<html": "a web page",
}  # fmt: skip

_COLUMNS = ("Label", "Class", "Files that can be read")


class Finding(NamedTuple):
    """Something in a folder that will hurt in training, or that is good to know before it.

    Attributes:
        kind: One word or two, such as "unreadable" or "doubled".
        where: The class or the file that it begins with, with "/" between folders; "" for the whole folder.
        text: What was found, what follows, what to do; `code` stands between backticks.
    """

    kind: str
    where: str
    text: str


@dataclass(frozen=True, repr=False)
class Look:
    """What `look` saw in a folder.

    Attributes:
        folder: The path, as it was given.
        kind: "pictures" or "sounds".
        classes: Class name to the number of its files that Keras can read, in the order in which Keras numbers them
            from 0.
        sizes: Of pictures: (width, height) in pixels to the number of files, the commonest first. Empty for sounds.
        rates: Of sounds: samples a second to the number of files, the commonest first. Empty for pictures.
        seconds: Of sounds: the length of the shortest, the middle and the longest one. None for pictures.
        findings: The worst first.
        files: The paths of those files, in Keras' order.
        labels: Their labels, as Keras numbers them.
    """

    folder: str
    kind: str
    classes: dict[str, int]
    sizes: dict[tuple[int, int], int]
    rates: dict[int, int]
    seconds: tuple[float, float, float] | None
    findings: tuple[Finding, ...]
    files: tuple[str, ...]
    labels: tuple[int, ...]

    def __repr__(self) -> str:
        """Return one short line, however large the folder."""
        return f"<{_summary(self)}; {wording.count(len(self.findings), 'finding')}>"


class _Entry(NamedTuple):
    """A file, not opened yet."""

    path: str
    inside: str  # the path within the folder, with "/"
    label: int
    form: str  # ".png"


class _File(NamedTuple):
    """A file after it was opened, or that is not opened."""

    entry: _Entry
    fault: str = ""  # "" for one that Keras can read; else a kind of finding
    words: str = ""  # what is wrong with it
    digest: bytes = b""
    size: tuple[int, int] = (0, 0)
    grey: bool = False
    clear: bool = False  # some of it is transparent
    turned: bool = False
    small: np.ndarray | None = None  # shape (8, 8, 3)
    rate: int = 0
    channels: int = 0
    seconds: float = 0.0
    silent: bool = False


@dataclass
class _Tree:
    """What lies in a folder, by name alone."""

    root: str
    classes: list[str]
    entries: list[_Entry] = field(default_factory=list)
    hidden: list[_Entry] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    nested: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


class _Fault(Exception):
    """Why Keras cannot read a file: a kind of finding, and words."""


# --- What the learner calls ---


def look(path: str | os.PathLike[str]) -> Look:
    """Open each picture or sound of a folder and say what will hurt in training. Nothing is changed.

    Sub-folders are classes, as for `keras.utils.image_dataset_from_directory` and `audio_dataset_from_directory`. Of
    more than 20,000 files, 20,000 are opened, evenly spread; a file of more than 100 MB is not opened; links are
    not followed.

    Args:
        path: A folder with one sub-folder a class.

    Raises:
        TypeError: `path` is no path.
        FileNotFoundError: There is nothing at `path`.
        ValueError: It is no folder, cannot be opened, holds no class folders, nothing to learn from, or pictures and
            sounds mixed.
    """
    tree = _walk(_folder(path))
    kind = _kind(tree)
    files = _opened([entry for entry in tree.entries if entry.form in TAKEN[kind]], kind)
    good = [file for file in files if not file.fault]
    known = [file for file in good if file.digest]
    per_class = Counter(file.entry.label for file in good)
    lengths = sorted(file.seconds for file in known)
    return Look(
        folder=tree.root,
        kind=kind,
        classes={name: per_class[label] for label, name in enumerate(tree.classes)},
        sizes=dict(Counter(file.size for file in known).most_common()) if kind == "pictures" else {},
        rates=dict(Counter(file.rate for file in known).most_common()) if kind == "sounds" else {},
        seconds=(lengths[0], median(lengths), lengths[-1]) if kind == "sounds" and lengths else None,
        findings=tuple(_findings(tree, kind, files)),
        files=tuple(file.entry.path for file in good),
        labels=tuple(file.entry.label for file in good),
    )


def labeled_files(path: str | os.PathLike[str] | Look) -> tuple[list[str], np.ndarray]:
    """The files that Keras can read, with their labels, so that you can split by person or session yourself.

    Args:
        path: A folder with one sub-folder a class, or what `look` returned for it, which is faster.

    Returns:
        `(files, labels)`: paths in the order that Keras gives them without shuffling, and int64 of shape (files,): the
        class as Keras numbers it. Hidden and damaged files are left out. Of more than 20,000, those not opened are in.

    Raises:
        TypeError, FileNotFoundError, ValueError: As `look`; or none of the files can be read.
    """
    found = path if isinstance(path, Look) else look(path)
    if not found.files:
        raise ValueError(
            f"{_path(found.folder)}: expected {found.kind} that Keras can read, received none. "
            "Call `folders.show(folders.look(path))`: it says of each why."
        )
    return list(found.files), np.array(found.labels, dtype=np.int64)


def show(found: Look) -> None:
    """Display the classes and the findings: in a notebook as a table and a list, elsewhere as text.

    Args:
        found: What `look` returned.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(found, Look):
        raise TypeError(
            f"expected what `look` returned, received {messages.of(found)}. Write folders.show(folders.look(path))."
        )
    messages.show(_as_page(found), _as_text(found))


# --- The folder, by names alone ---


def _folder(path: str | os.PathLike[str]) -> str:
    """The path as text, once a folder is there."""
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise TypeError(f"expected the path of a folder, received {messages.of(path)}. Write 'my_pictures'.")
    root = os.fspath(path)
    if not root.strip():
        raise ValueError("expected the path of a folder, received an empty text. Write 'my_pictures'.")
    if os.path.isdir(root):
        return root
    if not os.path.exists(root):
        raise FileNotFoundError(f"expected a folder, received {_path(root)}, which is not there. {_advice(root)}")
    with contextlib.suppress(OSError):
        if os.path.isfile(root) and zipfile.is_zipfile(root):
            raise ValueError(
                f"{_path(root)}: expected a folder, received a zip archive. Unpack it first, for example by "
                "`shutil.unpack_archive(file, 'my_data')`, and name the folder."
            )
    raise ValueError(
        f"{_path(root)}: expected a folder with one sub-folder a class, received a file. Name the folder around it."
    )


def _advice(root: str) -> str:
    """What a path that leads nowhere may have been meant to be."""
    parent, name = os.path.split(os.path.normpath(root))
    with contextlib.suppress(OSError):
        alike = {each.casefold(): each for each in os.listdir(parent or os.curdir)}
        near = difflib.get_close_matches(name.casefold(), alike, n=3, cutoff=0.6)
        if near:
            return f"There is {_some(alike[each] for each in near)}: look at the spelling."
    home = "Write the whole path: Keras does not know `~`. " if root.startswith("~") else ""
    return f"{home}The notebook looks from {_path(os.getcwd())}: look at the name and the folders before it."


def _walk(root: str) -> _Tree:
    """Everything in the folder, in Keras' order; links are noted and not followed."""
    top = _listed_in(root, root)
    # As Keras does it: a link to a folder counts as a class, a folder that begins with a dot does not.
    tree = _Tree(root, [entry.name for entry in top if os.path.isdir(entry.path) and not entry.name.startswith(".")])
    tree.loose = [entry.name for entry in top if not os.path.isdir(entry.path) and not _is_hidden(entry.name)]
    for label, name in enumerate(tree.classes):
        for entries in _folders_below(tree, os.path.join(root, name)):
            for entry in entries:
                _put(tree, label, entry)
        if len(tree.entries) > MOST_COUNTED:
            raise ValueError(
                f"{_path(root)}: expected at most {MOST_COUNTED:,} files, received more. "
                "Name the folder that holds the class folders, and nothing else."
            )
    return tree


def _listed_in(root: str, folder: str) -> list[os.DirEntry]:
    """What lies in a folder, sorted by name."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise ValueError(
            f"{_path(root)}: expected a folder that can be read, received in {_name(_inside(root, folder))}: "
            f"{error.strerror}. Look at the permissions."
        ) from None


def _folders_below(tree: _Tree, top: str) -> list[list[os.DirEntry]]:
    """The files of a class folder and of all folders in it, in the order of their paths, sorted by name."""
    found, waiting, home = {}, [top], os.path.realpath(tree.root)
    while waiting:
        folder = waiting.pop()
        expected = os.path.join(home, os.path.relpath(folder, tree.root))
        if os.path.normcase(os.path.realpath(folder)) != os.path.normcase(expected):  # a link, whatever its kind
            tree.links.append(_inside(tree.root, folder) + "/")
            continue
        listed = _listed_in(tree.root, folder)
        below = {entry.path for entry in listed if os.path.isdir(entry.path)}
        waiting += below
        found[folder] = [entry for entry in listed if entry.path not in below]
    return [found[folder] for folder in sorted(found)]


def _put(tree: _Tree, label: int, file: os.DirEntry) -> None:
    """One file, in its place of the tree."""
    entry = _Entry(file.path, _inside(tree.root, file.path), label, _form(file.name))
    if file.is_symlink():
        tree.links.append(entry.inside)
    elif any(map(_is_hidden, entry.inside.split("/"))):
        tree.hidden.append(entry)
    else:
        tree.entries.append(entry)
        if entry.inside.count("/") > 1:
            tree.nested.append(entry.inside)


def _form(name: str) -> str:
    """The end of a name, as Keras looks at it: ".png" alone is a picture, too."""
    lower = name.lower()
    taken = (form for forms in TAKEN.values() for form in forms if lower.endswith(form))
    return next(taken, os.path.splitext(lower)[1])


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == MADE_BY_MACOS or name.lower() in HIDDEN


def _inside(root: str, path: str) -> str:
    return os.path.relpath(path, root).replace(os.sep, "/")


def _kind(tree: _Tree) -> str:
    """Pictures or sounds; or what keeps the folder from being loaded."""
    of_kind = {kind: [entry.inside for entry in tree.entries if entry.form in FORMS[kind]] for kind in TAKEN}
    pictures, sounds = map(len, of_kind.values())
    if not pictures + sounds:
        raise ValueError(_nothing(tree))
    if min(pictures, sounds) > MOST_MIXED * (pictures + sounds):
        raise ValueError(
            f"{_path(tree.root)}: expected pictures or sounds, received {wording.count(pictures, 'picture')} and "
            f"{wording.count(sounds, 'sound')}. A loader takes one of the two: give the sounds a folder of their own, "
            f"beginning with {_some(of_kind['sounds'])}."
        )
    return "pictures" if pictures > sounds else "sounds"


def _nothing(tree: _Tree) -> str:
    """What to say of a folder without pictures or sounds in class folders."""
    expected = f"{_path(tree.root)}: expected one sub-folder a class with pictures or sounds in it, received"
    loose = [name for name in tree.loose if _form(name) in FORMS["pictures"] + FORMS["sounds"]]
    if loose:
        return (
            f"{expected} {wording.count(len(loose), 'file')} without class folders: {_some(loose)}. The name of a sub-folder "
            "is the label: make one for each class and move the files there. If this folder is a class itself, name "
            "the folder around it."
        )
    if tree.links:
        return f"{expected} links to other places, {_some(tree.links)}. Copy the files themselves into the folder."
    if not tree.entries and not tree.loose:
        what = "empty folders" if tree.classes else "an empty folder"
        return f"{expected} {what}. Look whether the files went to another place."
    forms = Counter(_form(name) or "no ending" for name in [*tree.loose, *(entry.inside for entry in tree.entries)])
    return (
        f"{expected} files of other kinds: {_some(form for form, _ in forms.most_common())}. Export pictures as PNG or "
        "JPEG and sounds as WAV; a table is read by `tables.read`."
    )


# --- The files, opened ---


def _opened(entries: Sequence[_Entry], kind: str) -> list[_File]:
    """Each file, opened; of very many an even sample, the others as they are."""
    chosen = set(np.linspace(0, len(entries) - 1, min(len(entries), MOST_OPENED)).astype(int).tolist())
    reader = {"pictures": _read_picture, "sounds": _read_sound}[kind]

    def opened(place: int) -> _File:
        return _file(entries[place], reader) if place in chosen else _File(entries[place])

    with warnings.catch_warnings(), ThreadPoolExecutor(AT_ONCE) as pool:
        warnings.simplefilter("ignore")  # of small damage that does not keep anyone from reading
        return list(pool.map(opened, range(len(entries))))


def _file(entry: _Entry, reader: Callable[[_Entry, bytes], _File]) -> _File:
    """What one file holds, or what is wrong with it."""
    content = b""
    try:
        status = os.stat(entry.path)
        if not stat.S_ISREG(status.st_mode):
            raise _Fault("unreadable", "no file but a device")
        if status.st_size > MOST_BYTES:
            raise _Fault("size", f"{status.st_size / 1e6:,.0f} MB")
        content = Path(entry.path).read_bytes()
        return reader(entry, content)._replace(digest=hashlib.sha256(content).digest())
    except _Fault as fault:
        return _File(entry, *fault.args)
    except MemoryError:
        return _File(entry, "size", "too large for this machine's memory")
    except OSError as error:
        return _File(entry, "unreadable", error.strerror or _what_it_is(content))
    except Exception:  # damage meets TensorFlow and Pillow in many places, and each has errors of its own
        return _File(entry, "unreadable", _what_it_is(content))


def _what_it_is(content: bytes) -> str:
    """What a file looks like that is not what its name says."""
    start = content[:16]
    return next((what for mark, what in MARKS.items() if mark in start), "damaged" if content else "empty")


def _read_picture(entry: _Entry, content: bytes) -> _File:
    """What a picture holds: first its head is looked at, which takes no memory, then TensorFlow reads the whole."""
    import tensorflow as tf

    try:
        image = Image.open(io.BytesIO(content))
    except Image.DecompressionBombError:
        raise _Fault("size", "hundreds of millions of pixels") from None
    with image:
        if image.width * image.height > uploads.MOST_PIXELS:
            raise _Fault("size", f"{image.width:,} × {image.height:,} pixels")
        if image.format in ("JPEG", "MPO"):  # a large one is read at a half, a quarter or an eighth
            ratio = next((ratio for ratio in (8, 4, 2) if min(image.size) >= ratio * 8 * SIDE), 1)
            pixels = tf.io.decode_jpeg(content, channels=3, ratio=ratio)
        else:
            pixels = tf.io.decode_image(content, channels=3, expand_animations=False)
        small = Image.fromarray(pixels.numpy()).resize((SIDE, SIDE), Image.Resampling.BOX)
        return _File(
            entry, size=image.size, small=np.asarray(small), clear=_is_clear(image), turned=_is_turned(image),
            grey=image.mode.startswith(("1", "L", "I", "F")),
        )  # fmt: skip


def _is_turned(image: Image.Image) -> bool:
    """Whether the camera noted that it was held upright or upside down."""
    try:
        return image.getexif().get(0x0112, 1) in range(2, 9)
    except Exception:  # a damaged note does not keep TensorFlow from reading the picture
        return False


def _is_clear(image: Image.Image) -> bool:
    """Whether some of a PNG is transparent. Of a GIF it does no harm, and TensorFlow takes no other such picture."""
    if image.format != "PNG" or not ("transparency" in image.info or image.mode in ("RGBA", "LA", "PA")):
        return False
    return image.convert("RGBA").getextrema()[3][0] < 255


def _read_sound(entry: _Entry, content: bytes) -> _File:
    """What a WAV recording holds; TensorFlow reads one of plain 16 bits, with no byte too few or too many."""
    import tensorflow as tf

    try:
        samples, rate = (it.numpy() for it in tf.audio.decode_wav(content))
    except Exception:
        if content.startswith(b"RIFF"):
            raise _other_wav(content) from None
        raise
    if not samples.size:
        raise _Fault("unreadable", "without any sound in it")
    return _File(
        entry, rate=int(rate), channels=samples.shape[1], seconds=len(samples) / int(rate),
        silent=bool(np.abs(samples).max() <= uploads.QUIET),
    )  # fmt: skip


def _other_wav(content: bytes) -> _Fault:
    """What kind of WAV it is that others read and TensorFlow does not."""
    try:
        info = soundfile.info(io.BytesIO(content))
    except Exception:
        return _Fault("unreadable", "damaged")
    if (info.format, info.subtype) == ("WAV", "PCM_16"):
        return _Fault("unreadable", "cut off, or with odd bytes in it")
    return _Fault("bits", f"{info.format}, {info.subtype_info}")


# --- Findings, the worst first ---


def _findings(tree: _Tree, kind: str, files: list[_File]) -> Iterator[Finding]:
    """All of them."""
    good = [file for file in files if not file.fault]
    opened = [file for file in good if file.digest]
    yield from _of_classes(tree, kind)
    yield from _of_faults(kind, files)
    yield from _of_names(tree, kind)
    yield from _of_doubles(kind, opened)
    yield from _of_groups(tree, kind, good)
    yield from (_of_pictures if kind == "pictures" else _of_sounds)(tree, opened)
    yield from _of_counts(tree, kind, good)
    yield from _of_places(tree, kind)
    if len(files) > MOST_OPENED:
        yield _finding(
            "many", "",
            f"There are {len(files):,} {kind}; {MOST_OPENED:,} of them, evenly spread, were opened.",
            "The others are counted as if they could be read; a damaged one among them is not seen.",
        )  # fmt: skip


def _finding(kind: str, where: str, *sentences: str) -> Finding:
    return Finding(kind, _printable(where), " ".join(filter(None, sentences)))


def _of_classes(tree: _Tree, kind: str) -> Iterator[Finding]:
    """One class alone, parts of a split in place of classes, and classes without any file."""
    real = [name for name in tree.classes if name != MADE_BY_MACOS]
    if len(real) == 1:
        below = sorted({inside.split("/")[1] for inside in tree.nested})
        inner = f"If {_some(below)} inside it {_is(below)} the classes, name that folder." if below else ""
        yield _finding(
            "one class", real[0],
            f"There is one class folder, {_name(real[0])}.",
            "There is nothing to tell apart: the network gives the same answer to everything, and is always right.",
            inner or "Add the folder of a second class.",
        )  # fmt: skip
    elif all(name.casefold() in PARTS for name in real):
        yield _finding(
            "nested", real[0],
            f"The folders {_some(real)} are named like the parts of a split, and Keras takes them for classes.",
            f"Load each part by itself, and look at each by itself: begin with {_name(real[0])}.",
        )  # fmt: skip
    filled = {entry.label for entry in tree.entries if entry.form in FORMS[kind]}
    linked = {link.rstrip("/") for link in tree.links}
    unfilled = [name for label, name in enumerate(tree.classes) if label not in filled]
    empty = [name for name in unfilled if name in real and name not in linked]
    if empty:
        yield _finding(
            "empty class", empty[0],
            f"Without any {ONE[kind]}: {_some(empty)}.",
            "Keras counts such a folder as a class, and the network gets an output that is never right.",
            f"Fill {wording.it(empty)} or delete {wording.it(empty)}.",
        )  # fmt: skip


def _of_faults(kind: str, files: list[_File]) -> Iterator[Finding]:
    """Files that Keras takes by their names, and cannot read or should not."""
    bad, bits, large = [[file for file in files if file.fault == fault] for fault in ("unreadable", "bits", "size")]
    if bad:
        yield _finding(
            "unreadable", bad[0].entry.inside,
            f"{wording.count(len(bad), ONE[kind])} cannot be used: {_with_words(bad)}.",
            "Keras does not look beforehand: training ends with an error in its midst.",
            f"Save {wording.it(bad)} again from where {'it' if len(bad) == 1 else 'they'} came from, or delete {wording.it(bad)}.",
        )  # fmt: skip
    if bits:
        yield _finding(
            "bits", bits[0].entry.inside,
            f"{wording.count(len(bits), 'recording')} {_is(bits)} WAV in a form that Keras cannot read: {_with_words(bits)}.",
            "It reads plain 16 bits alone, and training would end with an error.",
            f"Write {wording.it(bits)} anew: {RECIPES['sounds']}.",
        )  # fmt: skip
    if large:
        yield _finding(
            "size", large[0].entry.inside,
            f"Too large to be opened here: {_with_words(large)}.",
            "Keras would hold several of that size in memory at once.",
            f"{'Make smaller pictures' if kind == 'pictures' else 'Cut shorter examples'} of {wording.it(large)}; until then",
            f"{'it counts' if len(large) == 1 else 'they count'} as unread.",
        )  # fmt: skip


def _of_names(tree: _Tree, kind: str) -> Iterator[Finding]:
    """Names that stop Keras or mislead it."""
    yield from _of_hidden(tree, kind)
    if tree.links:
        yield _finding(
            "links", tree.links[0],
            f"{wording.count(len(tree.links), 'file or folder is a link', 'files or folders are links')}:"
            f" {_some(tree.links)}.",
            "They are not followed here. Keras follows those to files and folders, and stops where one is broken.",
            "Copy the files themselves into the class folders.",
        )  # fmt: skip
    odd = [entry.inside for entry in tree.entries if not _is_utf8(entry.path)]
    if odd:
        yield _finding(
            "names", odd[0],
            f"{wording.count(len(odd), 'name is', 'names are')} not in UTF-8: {_some(odd)}.",
            "TensorFlow cannot take such a name, and loading ends with an error. Rename the files or their folders.",
        )  # fmt: skip


def _of_hidden(tree: _Tree, kind: str) -> Iterator[Finding]:
    """Hidden files that Keras takes for examples, and a hidden folder that it takes for a class."""
    junk = [entry.inside for entry in tree.hidden if entry.form in TAKEN[kind]]
    listed = MADE_BY_MACOS in tree.classes
    if junk or listed:
        yield _finding(
            "hidden", junk[0] if junk else MADE_BY_MACOS,
            f"Keras loads {wording.count(len(junk), 'hidden file')}, too: {_some(junk)}." if junk else "",
            f"It counts `{MADE_BY_MACOS}`, a leftover of zip archives, as a class." if listed else "",
            "Hidden files are copies, or something else that ends training with an error; here they are left out.",
            "Delete them.",
        )  # fmt: skip


def _of_doubles(kind: str, files: list[_File]) -> Iterator[Finding]:
    """The same content twice, and pictures that look alike."""
    first, twins = {}, []
    for file in files:
        earlier = first.setdefault(file.digest, file)
        if earlier is not file:
            twins.append((earlier, file))
    yield from _of_pairs(twins, "has the content of", "have the content of", kind)
    if kind == "pictures":
        yield from _of_pairs(_alike(list(first.values())), "looks like", "look like", kind)


def _of_pairs(pairs: list[tuple[_File, _File]], one: str, many: str, kind: str) -> Iterator[Finding]:
    """Pairs of different classes, and pairs of one class."""
    exact = one.startswith("has")
    told = "" if exact else "This is told from small copies, so look yourself."
    wrong = "One of the two labels is wrong" if exact else "If two show the same, one label is wrong"
    across = [pair for pair in pairs if pair[0].entry.label != pair[1].entry.label]
    within = [pair for pair in pairs if pair[0].entry.label == pair[1].entry.label]
    if across:
        number = wording.count(len(across), f"{ONE[kind]} {one}", f"{kind} {many}")
        yield _finding(
            "doubled", across[0][1].entry.inside,
            f"{number} one of another class: {_pairs(across)}.",
            told,
            f"{wrong}, and training is told both: delete or move one.",
        )  # fmt: skip
    if within:
        number = wording.count(len(within), f"{ONE[kind]} {one}", f"{kind} {many}")
        yield _finding(
            "doubled", within[0][1].entry.inside,
            f"{number} one of the same class: {_pairs(within)}.",
            told,
            "A random split can put one into training and its twin into the test, which then measures memory: leakage.",
            "Keep one of each, or all on one side of the split.",
        )  # fmt: skip


def _alike(files: list[_File]) -> list[tuple[_File, _File]]:
    """Each picture that looks like an earlier one, behind that one: their small copies correlate."""
    if not files:
        return []
    small = np.stack([file.small for file in files]).astype("float32")
    small = (small - small.mean(axis=(1, 2), keepdims=True)).reshape(len(files), -1)  # without the color of the whole
    contrast = small.std(axis=1, keepdims=True)
    small = np.where(contrast >= FLAT, small / (np.maximum(contrast, FLAT) * np.sqrt(small.shape[1])), 0)
    pairs = []
    for start in range(0, len(files), BLOCK):
        rows = small[start : start + BLOCK]
        likeness = np.tril(rows @ small[: start + len(rows)].T, start - 1)  # with earlier pictures alone
        nearest = likeness.argmax(axis=1)
        pairs += [(files[nearest[row]], files[start + row]) for row in np.flatnonzero(likeness.max(axis=1) >= ALIKE)]
    return pairs


def _of_groups(tree: _Tree, kind: str, files: list[_File]) -> Iterator[Finding]:
    """Names that seem to say who or what is in several files."""
    groups, inside = Counter(), defaultdict(set)
    for file in files:
        group = _group(file.entry.inside, tree.classes[file.entry.label])
        groups[group] += 1
        inside[file.entry.label].add(group)
    shared = {group: number for group, number in groups.most_common() if group and number > 1}
    several = sum(len(names & shared.keys()) > 1 for names in inside.values())
    if 2 * several <= len(inside) or sum(shared.values()) < GROUPED * len(files):
        return
    named = wording.listed(f"{_name(group)} ({n})" for group, n in shared.items())
    yield _finding(
        "groups", "",
        f"The names fall into {len(shared):,} groups: {named}.",
        f"If a group is one person, one thing or one session, a split by file puts {kind} of it on both sides, and the",
        "test flatters: section 8.7 shows by how much.",
        "Split by group then; `folders.labeled_files` gives the files and labels for it.",
    )  # fmt: skip


def _group(inside: str, class_name: str) -> str:
    """Who or what a file's name seems to name: "anna" of "3/anna_01.wav"; "" if nothing."""
    stem = os.path.splitext(inside.rpartition("/")[2])[0].casefold()
    words = [word for word in re.split(r"[\W_]+", stem) if word]
    if len(words) == 1:
        words = [re.sub(r"\d+$", "", words[0])]
    empty = {"", class_name.casefold(), *COMMON_WORDS}
    return "_".join(word for word in words if re.fullmatch(DAY, word) or not {word, re.sub(r"\d+$", "", word)} & empty)


def _of_pictures(tree: _Tree, files: list[_File]) -> Iterator[Finding]:
    """Channels, pictures that lie on their side, sizes."""
    yield from _of_channels(tree, files)
    turned = [file for file in files if file.turned]
    if turned:
        yield _finding(
            "turned", turned[0].entry.inside,
            f"{wording.count(len(turned), 'picture')} {_is(turned)} marked as turned by the camera: {_some_files(turned)}.",
            "Viewers heed the mark and Keras does not: your network sees them on their side or upside down.",
            f"Save {wording.it(turned)} anew, upright: {RECIPES['pictures']}.",
        )  # fmt: skip
    if files:
        yield from _of_sizes(files)


def _of_channels(tree: _Tree, files: list[_File]) -> Iterator[Finding]:
    grey, clear = [file for file in files if file.grey], [file for file in files if file.clear]
    if 0 < len(grey) < len(files):
        yield _finding(
            "channels", grey[0].entry.inside,
            f"{len(grey):,} of {len(files):,} pictures {_is(grey)} stored in grey, the others in color.",
            _apart(tree, files, lambda file: file.grey, "grey"),
            'Keras gives them all three channels; with `color_mode="grayscale"` none is told by its color.',
        )  # fmt: skip
    if clear:
        yield _finding(
            "channels", clear[0].entry.inside,
            f"{wording.count(len(clear), 'picture')} {wording.has(clear)} transparent parts: {_some_files(clear)}.",
            "Keras drops the transparency and shows the color underneath, often black where viewers show white.",
            f"Put {wording.it(clear)} on white: {RECIPES['pictures']}.",
        )  # fmt: skip


def _of_sizes(files: list[_File]) -> Iterator[Finding]:
    widths, shapes = [file.size[0] for file in files], [file.size[0] / file.size[1] for file in files]
    span = f"{min(widths):,} to {max(widths):,} pixels wide"
    if max(shapes) > STRETCHED * min(shapes):
        yield _finding(
            "sizes", "",
            f"The pictures are {span}, and {min(shapes):.2f} to {max(shapes):.2f} times as wide as high.",
            "Keras makes all of one `image_size`, and squeezes what has another shape: a circle becomes an egg.",
            "`crop_to_aspect_ratio=True` cuts them instead, `pad_to_aspect_ratio=True` adds a border.",
        )  # fmt: skip
    pixels = median(width * height for width, height in (file.size for file in files))
    if pixels > LARGE:
        cached = len(files) * 256 * 256 * 3 * 4 / 1e6
        yield _finding(
            "size", "",
            f"Half of the pictures have {pixels / 1e6:,.0f} million pixels or more.",
            "Keras reads every one of them in every epoch, before it makes the picture small.",
            f"Save smaller copies, or `cache()` the dataset: at 256 × 256 pixels it takes {cached:,.0f} MB of memory.",
        )  # fmt: skip


def _of_sounds(tree: _Tree, files: list[_File]) -> Iterator[Finding]:
    """Rates, channels, lengths and silence."""
    rates = Counter(file.rate for file in files).most_common()
    if len(rates) > 1:
        told = wording.listed(f"{rate:,} ({n})" for rate, n in rates)
        yield _finding(
            "rates", "",
            f"The recordings have {len(rates)} different rates, in samples a second: {told}.",
            _apart(tree, files, lambda file: file.rate == rates[0][0], f"at {rates[0][0]:,}"),
            "Keras does not convert them: to your network, the same voice is higher or lower at another rate.",
            f"Write all at one rate: {RECIPES['sounds']}.",
        )  # fmt: skip
    several = [file for file in files if file.channels > 1]
    if several:
        mixed = len({file.channels for file in files}) > 1
        yield _finding(
            "channels", several[0].entry.inside,
            f"{wording.count(len(several), 'recording')} {wording.has(several)} several channels: {_some_files(several)}.",
            "The others get silence for what they lack; with `output_sequence_length`, training ends with an error."
            if mixed else
            f"A batch has the shape (recordings, samples, {several[0].channels}).",
            f"Mix them to one channel: {RECIPES['sounds']}.",
        )  # fmt: skip
    if files:
        yield from _of_lengths(files)
    silent = [file for file in files if file.silent]
    if silent:
        yield _finding(
            "silent", silent[0].entry.inside,
            f"{wording.count(len(silent), 'recording')} {_is(silent)} silent: {_some_files(silent)}.",
            f"Nothing in {wording.it(silent)} tells the class. Record {wording.it(silent)} again or delete {wording.it(silent)}.",
        )  # fmt: skip


def _of_lengths(files: list[_File]) -> Iterator[Finding]:
    middle, longest = median(file.seconds for file in files), max(files, key=lambda file: file.seconds)
    if longest.seconds > min(LONG, UNEVEN * middle):
        kept = max(1, round(middle * longest.rate))
        yield _finding(
            "lengths", longest.entry.inside,
            f"{_name(longest.entry.inside)} lasts {longest.seconds:,.1f} seconds, half of all at most {middle:,.1f}.",
            "Keras fills each batch with silence up to its longest recording, and the network is given mostly that.",
            f"Cut long ones into examples, or keep the beginning of each by `output_sequence_length={kept}`.",
        )  # fmt: skip


def _of_counts(tree: _Tree, kind: str, files: list[_File]) -> Iterator[Finding]:
    """Classes of very different size, small ones, and their order."""
    ranked = [(tree.classes[label], n) for label, n in Counter(file.entry.label for file in files).most_common()]
    if ranked and ranked[0][1] > LOPSIDED * ranked[-1][1]:
        (large, most), (small, least) = ranked[0], ranked[-1]
        yield _finding(
            "unbalanced", small,
            f"{_name(large)} has {most:,} {kind}, {_name(small)} {least:,}.",
            f"Who always answers {_name(large)} is right in {100 * most / len(files):.0f} % of all: that is what your",
            "network has to beat, and a small class counts little in the loss.",
            "Collect more of it, give `fit` a `class_weight`, and look at the accuracy of each class.",
        )  # fmt: skip
    few = [f"{_name(name)} ({n})" for name, n in reversed(ranked) if n < FEW]
    if few:
        yield _finding(
            "few", ranked[-1][0],
            f"Fewer than {FEW} {kind}: {wording.listed(few)}.",
            "After a split hardly any are left to test with, and a single one more or less moves the accuracy by much.",
            "Collect more, or vary the training examples, and those alone.",
        )  # fmt: skip
    for first, second in itertools.pairwise(tree.classes):
        ahead, behind = re.split(r"(\d+)", first), re.split(r"(\d+)", second)
        if ahead[::2] == behind[::2] and [*map(int, ahead[1::2])] > [*map(int, behind[1::2])]:
            yield _finding(
                "order of classes", first,
                f"Keras numbers the classes by the alphabet: {_name(first)} comes before {_name(second)}, and is label"
                f" {tree.classes.index(first)}.",
                "Take each name from the dataset's `class_names`, or give it `class_names=` in your own order.",
            )  # fmt: skip
            return


def _of_places(tree: _Tree, kind: str) -> Iterator[Finding]:
    """Files that Keras does not load, or loads from where nobody may expect it."""
    yield from _of_forms(tree, kind)
    loose = [name for name in tree.loose if _form(name) in FORMS[kind]]
    if loose:
        yield _finding(
            "loose", loose[0],
            f"{wording.count(len(loose), ONE[kind] + ' lies', kind + ' lie')} beside the class folders: {_some(loose)}.",
            f"Without a folder there is no label, and Keras passes over {wording.it(loose)}.",
            f"Move {wording.it(loose)} into a class folder.",
        )  # fmt: skip
    if tree.nested:
        within = sorted({inside.rpartition("/")[0] for inside in tree.nested})
        yield _finding(
            "nested", within[0],
            f"{wording.count(len(tree.nested), 'file lies', 'files lie')} in folders within class folders: {_some(within)}.",
            "Keras loads these, too, and labels them by the outermost folder. If you want that, leave them there.",
        )  # fmt: skip


def _of_forms(tree: _Tree, kind: str) -> Iterator[Finding]:
    """Files whose names end in a way that Keras does not take."""
    left = [entry for entry in tree.entries if entry.form not in TAKEN[kind]]
    forms = Counter(entry.form or "without an ending" for entry in left)
    foreign, own = sorted(forms.keys() & set(FOREIGN)), forms.keys() & set(FORMS[kind]) - set(FOREIGN)
    told = wording.listed(f"{form} ({n})" for form, n in forms.most_common())
    if left:
        yield _finding(
            "not loaded", left[0].inside,
            f"Keras passes over {wording.count(len(left), 'file')}: {told}.",
            f"Its loader takes {', '.join(TAKEN[kind])}.",
            f"Convert {wording.listed(sorted(own))}: {RECIPES[kind]}." if own else "",
            f"Export {wording.listed(foreign)} as {SAVED_AS[kind]} in the program that made them." if foreign else "",
        )  # fmt: skip


def _apart(tree: _Tree, files: list[_File], has: Callable[[_File], bool], word: str) -> str:
    """A sentence, if something that is no content tells two classes apart."""
    number = Counter(file.entry.label for file in files)
    having = Counter(file.entry.label for file in files if has(file))
    every = next((label for label in number if having[label] == number[label]), None)
    none = next((label for label in number if not having[label]), None)
    if every is None or none is None:
        return ""
    apart = f"In {_name(tree.classes[every])} all are {word}, in {_name(tree.classes[none])} none"
    return f"{apart}: the network may learn that instead of what you mean."


# --- Words ---


def _is_utf8(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _printable(text: str) -> str:
    """A name that any screen can show: what cannot be printed becomes "�"."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _name(text: str) -> str:
    return f"`{messages.one_line(_printable(text), most=60)}`"


def _path(path: str) -> str:
    return messages.one_line(_printable(path), most=120)


def _some(names: Iterable[str]) -> str:
    return wording.listed(map(_name, names))


def _some_files(files: Iterable[_File]) -> str:
    return _some(file.entry.inside for file in files)


def _with_words(files: Iterable[_File]) -> str:
    return wording.listed(f"{_name(file.entry.inside)} ({file.words})" for file in files)


def _pairs(pairs: Iterable[tuple[_File, _File]]) -> str:
    return wording.listed(f"{_name(file.entry.inside)} as {_name(earlier.entry.inside)}" for earlier, file in pairs)


def _is(them: Sequence) -> str:
    return "is" if len(them) == 1 else "are"


# --- The message ---


def _summary(found: Look) -> str:
    """How much there is, in one line."""
    number = sum(found.classes.values())
    line = f"{wording.count(number, ONE[found.kind])} in {wording.count(len(found.classes), 'class', 'classes')}"
    if found.sizes:
        widths, heights = zip(*found.sizes, strict=True)
        line += f", {_range(widths)} × {_range(heights)} pixels"
    if found.seconds:
        line += f", {found.seconds[0]:.2f} to {found.seconds[-1]:.2f} seconds, {_range(found.rates)} samples a second"
    return line


def _range(numbers: Iterable[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _rows(found: Look) -> tuple[list[tuple[str, str, str]], str]:
    """The first classes as rows, and what to say of the others."""
    shown = list(found.classes.items())[:SHOWN_CLASSES]
    rows = [(str(label), _name(name).strip("`"), f"{number:,}") for label, (name, number) in enumerate(shown)]
    more = len(found.classes) - len(shown)
    return rows, f"… and {wording.count(more, 'more class', 'more classes')}." if more else ""


def _heading(found: Look) -> str:
    return wording.findings(len(found.findings)) if found.findings else "Nothing was found that would hurt in training."


def _as_text(found: Look) -> str:
    rows, more = _rows(found)
    findings = [f"- {finding.kind}: {finding.text}" for finding in found.findings]
    table = wording.table_as_text(_COLUMNS, rows)
    return "\n".join([_summary(found), *table, *[more] * bool(more), _heading(found), *findings])


def _as_page(found: Look) -> str:
    """The table and the list as HTML."""
    rows, more = _rows(found)
    items = "".join(f"<li><strong>{it.kind}</strong>: {messages.as_html(it.text)}</li>" for it in found.findings)
    after = [f"<p>{more}</p>" if more else "", f"<p>{_heading(found)}</p>", f"<ol>{items}</ol>" if items else ""]
    table = wording.table_as_html(_summary(found), _COLUMNS, rows, names_in=1)
    return f'<div role="group" aria-label="Your {found.kind}">{table}{"".join(after)}</div>'
