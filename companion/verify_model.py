"""What may stand in the model file of someone you do not know, told without loading it: `look(path)`.

A `.keras` file is an archive: a description (JSON) that names the classes to build the model from, their weights, and
the vocabularies of text layers. Keras loads it with `safe_mode`, which refuses Python code; here, before that, nothing
is let through but what Keras itself writes for a model of its own layers. `form_checks` looks at sizes and weights.
"""

import builtins
import re
import stat
import zipfile
from pathlib import Path
from typing import Any

from companion import form_checks, messages

MEMBERS = ("metadata.json", "config.json", "model.weights.h5")
VOCABULARY = re.compile(r"assets/(?:[\w-]+/)+vocabulary\.txt", re.ASCII)
MOST_VOCABULARY = 50_000_000  # bytes, of all vocabularies
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the two that Keras uses; others may take much memory

# Where the classes and functions of a model come from. Not among them is what loads, saves or downloads:
# keras.models, keras.saving, keras.utils, keras.export, keras.preprocessing.
PLACES = re.compile(
    r"keras\.(?:layers|initializers|regularizers|constraints|activations|losses|metrics|optimizers"
    r"|optimizers\.schedules|ops|ops\.\w+|random|dtype_policies|quantizers)"
    r"|keras\.src\.ops\.\w+|keras\.src\.models\.(?:functional|sequential)"
    r"|keras\.src\.layers\.preprocessing\.feature_space",
    re.ASCII,
)
FUNCTIONS = re.compile(
    r"builtins|keras\.(?:activations|losses|metrics|initializers|regularizers|constraints|ops|ops\.\w+)", re.ASCII
)
OF_KERAS = {"Sequential", "Functional", "Model", "DTypePolicy", "FloatDTypePolicy", "QuantizedDTypePolicy"}
PLAIN = {
    "__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__", "__tuple__"
}  # fmt: skip
# Layers that run code of other kinds, or read a model from another file.
REFUSED_LAYERS = {"Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"}
MAKERS = {"get", "serialize", "deserialize"}  # functions beside the classes, which would make others
WORD = re.compile(r"\w+", re.ASCII)
FROM_FILES = ("vocabulary", "idf_weights")  # lists of words and numbers; as text they would be the path of a file
ONLY_KERAS = "A portfolio's model is made of what Keras brings"


def look(path: Path) -> None:
    """Look at a `.keras` file by means of the standard library alone.

    Args:
        path: A file.

    Raises:
        Refused: If it is no such file, or holds anything but a model made of Keras' own classes. Its words say why.
        OSError: If the file cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive.infolist())
            text = archive.read("config.json")
    except form_checks.DAMAGE as error:
        if isinstance(error, form_checks.Refused):
            raise
        said = messages.of_error(error).rstrip(".")
        raise form_checks.Refused(f"`{path.name}` is no `.keras` file that can be read: {said}.") from error
    for part in form_checks.parts(text, "config.json"):
        _check_part(part)
    form_checks.check_description(text, "config.json")


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    """Whether an archive holds the files that Keras writes, each once, and no others."""
    if len(members) > form_checks.MOST_MEMBERS:
        raise form_checks.Refused(f"The model file holds {len(members):,} files: too many to be a model.")
    names = [member.filename for member in members]
    for member in members:
        if problem := _member_problem(member, names):
            raise form_checks.Refused(f"The model file holds {messages.of(member.filename)}, {problem}.")
    missing = [name for name in MEMBERS if name not in names]
    if missing:
        raise form_checks.Refused(f"The model file holds no `{missing[0]}`: it is no `.keras` file of Keras 3.")
    sizes = {member.filename: member.file_size for member in members}
    words = sum(size for name, size in sizes.items() if name not in MEMBERS)
    for name, size, most in (
        ("config.json", sizes["config.json"], form_checks.MOST_JSON_BYTES),
        ("metadata.json", sizes["metadata.json"], form_checks.MOST_JSON_BYTES),
        ("all vocabularies", words, MOST_VOCABULARY),
        ("model.weights.h5", sizes["model.weights.h5"], form_checks.MOST_BYTES),
    ):
        if size > most:
            raise form_checks.Refused(
                f"The model file unpacks to too much: expected at most {most:,} bytes for {name}, received {size:,}."
            )


def _member_problem(member: zipfile.ZipInfo, names: list[str]) -> str:
    """What is wrong with one file of an archive; "" if nothing is."""
    if member.orig_filename != member.filename or not (
        member.filename in MEMBERS or VOCABULARY.fullmatch(member.filename)
    ):
        return "which is no part of a model that Keras writes: a name may climb out of its folder, or hide a program"
    if names.count(member.filename) > 1:
        return "twice: it could show one model and load another"
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "which is a link or a device and no file"
    if member.compress_type not in METHODS:
        return "packed in a way that Keras does not use"
    return ""


def _check_part(part: dict[str, Any]) -> None:
    """Whether one object of a description names nothing but classes and functions of Keras."""
    for name in FROM_FILES:
        if isinstance(part.get(name), str):
            raise form_checks.Refused(
                f"The model would read a file while it is loaded: `{name}` is {messages.of(part[name])}, expected a "
                "list. Give the layer the words themselves."
            )
    if isinstance(part.get("fn"), str) and not WORD.fullmatch(part["fn"]):
        raise form_checks.Refused(f"The model names a function that is not of Keras: {messages.of(part['fn'])}.")
    if "class_name" in part or "module" in part or "registered_name" in part:
        _check_class(part)


def _check_class(part: dict[str, Any]) -> None:
    """Whether an object of a description that names a class or a function names one of Keras."""
    name, module, registered = (part.get(key) for key in ("class_name", "module", "registered_name"))
    called = part.get("config") if name == "function" else name
    if isinstance(called, str) and called in REFUSED_LAYERS:
        raise form_checks.Refused(
            f"The model holds a layer `{called}`, which runs code of its author or reads another file, so it is not "
            f"loaded. {ONLY_KERAS}: use another layer of Keras in its place."
        )
    if module is None and registered is None and isinstance(name, str) and name in PLAIN:
        return
    is_named = isinstance(called, str) and isinstance(module, str)
    if not is_named or not _is_known(called, module) or (name == "function" and not FUNCTIONS.fullmatch(module)):
        raise form_checks.Refused(
            f"The model names {messages.of(called)} of {messages.of(module)}, so it is not loaded. {ONLY_KERAS}, "
            "without classes and functions of one's own: replace them, also in `compile`, and save the model once more."
        )
    if registered not in (None, called):
        raise form_checks.Refused(
            f"The model calls `{called}` by another name, {messages.of(registered)}, so it is not loaded. {ONLY_KERAS}."
        )


def _is_known(name: str, module: str) -> bool:
    """Whether a class or function of a module is one that models are made of."""
    if not WORD.fullmatch(name):
        return False
    if module == "keras":
        return name in OF_KERAS
    if module == "builtins":  # Keras writes so for functions of its own, such as losses; never one of Python's
        return not hasattr(builtins, name)
    return PLACES.fullmatch(module) is not None and name not in MAKERS
