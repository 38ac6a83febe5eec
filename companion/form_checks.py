"""What can be said of a saved model before it is loaded: its kind, its size, and what would harm.

A model file is something to run, and a damaged or hostile one may fill the memory while it is being loaded. So each
file is looked at first, by means that unpack and build nothing:

    kind = kind_of([folder / "digit_reader.keras"])     # ".keras"
    check(kind, [folder / "digit_reader.keras"])        # raises Refused, in plain words
"""

import io
import json
import math
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from companion import messages

KERAS, JSON_AND_WEIGHTS, SAVED_MODEL = ".keras", "JSON + weights", "SavedModel"
LITERT, LITERT_INT8 = "LiteRT", "LiteRT, int8"
# Far above every model of the course, and little enough for any machine that it runs on.
MOST_BYTES = 500_000_000  # of a form, also unpacked
MOST_JSON_BYTES = 10_000_000
MOST_MEMBERS = 1_000  # files in an archive
MOST_NUMBERS = 100_000_000  # parameters of a model, or one size in its description
AGAIN = "Save the model once more, and compare again."

# How files begin. The number is the place of the mark.
MARKS = (
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (4, b"TFL3", "a LiteRT model"),
    (0, b"\x89PNG", "a picture (PNG)"),
    (0, b"\xff\xd8\xff", "a picture (JPEG)"),
    (0, b"%PDF", "a PDF"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"\x93NUMPY", "a NumPy array"),
)
PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
EXPECTED = {".keras": "a zip archive", ".h5": "an HDF5 file", ".tflite": "a LiteRT model", ".json": "JSON"}
# What a damaged zip archive raises.
DAMAGE = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error)
# What stands in a description and is no size.
NO_SIZES = {"seed", "shared_object_id"}
SIZES = ("units", "filters", "input_dim", "output_dim", "num_heads", "key_dim", "kernel_size")


class Refused(ValueError):
    """A file that is not loaded; its words say what was expected, what was received and what to do."""


def kind_of(paths: Sequence[Path]) -> str:
    """Return the form of a saved model, told from its files: KERAS, JSON_AND_WEIGHTS, SAVED_MODEL or LITERT.

    Args:
        paths: One file or folder, or the two files of JSON + weights in any order.

    Raises:
        Refused: If something is missing, or no form that is compared here.
    """
    for path in paths:
        if not path.exists():
            raise Refused(f"There is no file or folder `{path.name}`. Save the model there first.")
    suffixes = sorted(_suffix(path) for path in paths)
    if suffixes == [".json", ".weights.h5"]:
        return JSON_AND_WEIGHTS
    if len(paths) == 1 and suffixes[0] in (".keras", ".tflite"):
        return KERAS if suffixes[0] == ".keras" else LITERT
    if len(paths) == 1 and paths[0].is_dir():
        if (paths[0] / "saved_model.pb").is_file():
            return SAVED_MODEL
        raise Refused(f"The folder `{paths[0].name}` holds no `saved_model.pb`, so it is no SavedModel. {AGAIN}")
    raise Refused(_unknown(paths, suffixes))


def check(kind: str, paths: Sequence[Path]) -> None:
    """Look at the files of a form without loading them.

    Args:
        kind: What `kind_of` says of them.
        paths: The files.

    Raises:
        Refused: If a file is empty, too large, of another kind than its name says, damaged, or a danger.
        OSError: If a file cannot be read.
    """
    size = bytes_of(paths)
    if size > MOST_BYTES:
        most = _megabytes(MOST_BYTES)
        raise Refused(f"Expected at most {most}, received {_megabytes(size)}. Compare a smaller model.")
    if kind == SAVED_MODEL:
        _check_content(paths[0] / "saved_model.pb", expected=None)
        return
    for path in paths:
        if not path.is_file():
            raise Refused(f"`{path.name}` is not a file but a folder or a device. Give the path of the saved file.")
        _check_content(path, EXPECTED["." + path.name.rpartition(".")[2]])
    if kind == KERAS:
        _check_archive(paths[0])
    elif kind == JSON_AND_WEIGHTS:
        description, weights = in_order(paths)
        if description.stat().st_size > MOST_JSON_BYTES:
            raise Refused(_too_long(description.name, description.stat().st_size))
        check_description(description.read_bytes(), description.name)
        with weights.open("rb") as file:
            _check_weights(file, weights.name)


def in_order(paths: Sequence[Path]) -> tuple[Path, Path]:
    """Return the two files of JSON + weights with the JSON first."""
    description, weights = sorted(paths, key=lambda path: path.suffix != ".json")
    return description, weights


def bytes_of(paths: Sequence[Path]) -> int:
    """Return what files and folders take on the disk, in bytes."""
    every = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path])]
    return sum(file.stat().st_size for file in every if file.is_file())


def looks_like(start: bytes) -> str:
    """Return in words what a file is, judged by its first bytes.

    >>> looks_like(b"PK\\x03\\x04..."), looks_like(b"<!DOCTYPE html>"), looks_like(b"")
    ('a zip archive', 'a web page', 'an empty file')
    """
    for place, mark, words in MARKS:
        if start[place:].startswith(mark):
            return words
    if not start:
        return "an empty file"
    if start.startswith(PICKLES):
        return "a pickle, which can run any code while it is being opened"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith((b"{", b"[")):
        return "JSON"
    if text.startswith(b"<"):
        return "a web page"
    return "text" if text.isascii() and text.replace(b"\n", b" ").decode().isprintable() else "something unknown"


def _suffix(path: Path) -> str:
    return ".weights.h5" if path.name.endswith(".weights.h5") else path.suffix


def _unknown(paths: Sequence[Path], suffixes: list[str]) -> str:
    """What to say of files that are no form."""
    names = " and ".join(f"`{path.name}`" for path in paths) or "no file at all"
    if suffixes == [".json"]:
        return f"{names} holds the architecture alone. Give it with its weights: `(json_file, weights_file)`."
    if suffixes == [".weights.h5"]:
        return f"{names} holds weights alone. Give them with their architecture: `(json_file, weights_file)`."
    if suffixes == [".h5"]:
        return f"{names} is named like the older form of Keras, HDF5. Save the model as `.keras`."
    looks = ""
    if len(paths) == 1 and paths[0].is_file():
        with paths[0].open("rb") as file:
            looks = f", which looks like {looks_like(file.read(64))}"
    return (
        "Expected `.keras`, `.tflite`, a folder with `saved_model.pb`, or the pair of `.json` and `.weights.h5`, "
        f"received {names}{looks}."
    )


def _check_content(path: Path, expected: str | None) -> None:
    """Whether a file begins as its name says."""
    with path.open("rb") as file:
        received = looks_like(file.read(64))
    if received == "an empty file" or (expected and received != expected):
        wanted = f"Expected {expected or 'the operations of a model'} in `{path.name}`"
        raise Refused(f"{wanted}, received {received}. {AGAIN}")


def _check_archive(path: Path) -> None:
    """Whether a `.keras` file unpacks to a model of a size that can be loaded."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.filename: member.file_size for member in archive.infolist()}
            if len(members) > MOST_MEMBERS or sum(members.values()) > MOST_BYTES:
                unpacked = f"{len(members):,} files of {_megabytes(sum(members.values()))}"
                raise Refused(f"`{path.name}` unpacks to {unpacked}: too much to load. Use no file from a stranger.")
            if members.get("config.json", 0) > MOST_JSON_BYTES:
                raise Refused(_too_long("config.json", members["config.json"]))
            # To read a member to its end compares it with its check sum.
            contents = {name: archive.read(name) for name in ("metadata.json", "config.json", "model.weights.h5")}
    except Refused:
        raise
    except KeyError as error:
        raise Refused(f"{error.args[0]} in `{path.name}`, so Keras did not write it. {AGAIN}") from error
    except DAMAGE as error:
        raise Refused(f"`{path.name}` is damaged: {messages.of_error(error)}. {AGAIN}") from error
    check_description(contents["config.json"], "config.json")
    _check_weights(io.BytesIO(contents["model.weights.h5"]), "model.weights.h5")


def parts(text: bytes, name: str) -> list[dict[str, Any]]:
    """Return every object in the JSON that describes a model, the outermost first.

    Args:
        text: The JSON, as it stands in the file.
        name: The name of the file, for the words of an error.

    Raises:
        Refused: If it is damaged, nested too deeply, or describes no model.
    """
    try:
        description = json.loads(text)
        found = list(_parts(description))
    except RecursionError as error:
        raise Refused(f"`{name}` is nested too deeply to be read. Keras writes no such file. {AGAIN}") from error
    except ValueError as error:
        raise Refused(f"`{name}` is damaged: {messages.of_error(error)}. {AGAIN}") from error
    if not isinstance(description, dict) or "class_name" not in description:
        raise Refused(f"`{name}` is JSON, but describes no model: Keras would name its class. {AGAIN}")
    return found


def check_description(text: bytes, name: str) -> None:
    """Whether the JSON of a model describes one that may be built: no code, no class that is unknown, no giant.

    Args:
        text: The JSON, as it stands in the file.
        name: The name of the file, for the words of an error.

    Raises:
        Refused: If it does not.
    """
    found = parts(text, name)
    if any(part.get("class_name") in ("Lambda", "__lambda__") for part in found):
        raise Refused(
            f"`{name}` holds Python code (a `Lambda` layer), which would run while it is loaded; it is refused. "
            "Use a layer or a class in place of the `Lambda`."
        )
    own = [part["registered_name"] for part in found if part.get("registered_name") and not _is_of_keras(part)]
    if own:
        raise Refused(
            f"`{name}` needs a class or function that Keras does not bring: `{own[0]}`, and it is read where yours are "
            "not known. Export the model as a SavedModel, which needs none."
        )
    numbers = max((_numbers(part) for part in found), default=0)
    if numbers > MOST_NUMBERS:
        raise Refused(
            f"`{name}` asks for a layer of about {numbers:,} numbers, expected at most {MOST_NUMBERS:,}. "
            "Use a smaller model, and no file from a stranger."
        )


def _parts(node: Any) -> Iterator[dict[str, Any]]:
    """Yield each object in a JSON, the outermost first."""
    if isinstance(node, dict):
        yield node
    if isinstance(node, (dict, list)):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from _parts(inner)


def _is_of_keras(part: dict[str, Any]) -> bool:
    return str(part.get("module")).partition(".")[0] == "keras"


def _numbers(part: dict[str, Any]) -> int:
    """About how many numbers one part of a description asks for: its largest size, or the product of its sizes."""
    sizes = {name: _whole(value) for name, value in part.items() if name not in NO_SIZES}
    settings = part.get("config")
    inside = settings if isinstance(settings, dict) else {}
    built = part.get("build_config")
    shape = built.get("input_shape") if isinstance(built, dict) else None
    factors = [*_whole(shape)[-1:], *(number for name in SIZES for number in _whole(inside.get(name)))]
    return max([math.prod(factors), *(number for found in sizes.values() for number in found)])


def _whole(value: Any) -> list[int]:
    """The whole numbers above 0 in a value of a description: the number itself, or those in a list."""
    return [each for each in (value if isinstance(value, list) else [value]) if type(each) is int and each > 0]


def _check_weights(file: BinaryIO, name: str) -> None:
    """Whether the weights in an HDF5 file lie in it, and are few enough, unpacked, to be loaded."""
    import h5py  # here, because most pages of the course do without

    sizes = []
    try:
        with h5py.File(file, "r") as weights:
            found = [weights]
            weights.visititems(lambda _, each: found.append(each))  # it follows no link to another place
            elsewhere = [each.name for each in found if _points_elsewhere(each)]
            sizes = [getattr(each, "nbytes", 0) for each in found]
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise Refused(f"`{name}` is damaged: {messages.of_error(error)}. {AGAIN}") from error
    if elsewhere:
        raise Refused(
            f"`{name}` takes numbers from another place than its own (at `{messages.one_line(elsewhere[0], 60)}`: a "
            f"link, or a table that lies in another file). Keras writes no such file. {AGAIN}"
        )
    if not sum(sizes):
        raise Refused(f"`{name}` is an HDF5 file without any weights. {AGAIN}")
    if sum(sizes) > MOST_BYTES:
        raise Refused(
            f"`{name}` unpacks to {_megabytes(sum(sizes))}, expected at most {_megabytes(MOST_BYTES)}. "
            "Use a smaller model, and no file from a stranger."
        )


def _points_elsewhere(found: Any) -> bool:
    """Whether a group of an HDF5 file holds a link by name, or a table is put together from other files."""
    import h5py

    if isinstance(found, h5py.Group):
        links = (found.get(key, getlink=True) for key in found)
        return any(not isinstance(link, h5py.HardLink) for link in links)
    return isinstance(found, h5py.Dataset) and bool(found.external or found.is_virtual)


def _too_long(name: str, size: int) -> str:
    return f"`{name}` is {_megabytes(size)} of JSON, expected at most {_megabytes(MOST_JSON_BYTES)}. {AGAIN}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
