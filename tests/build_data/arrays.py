"""Order pictures reproducibly and write arrays so that a rebuild gives the same bytes."""

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np


def in_hash_order(images: np.ndarray, purpose: str) -> np.ndarray:
    """Indices that sort pictures by the SHA-256 of the purpose and their pixels.

    The order looks random, so it shuffles, and it depends on the pictures alone: no seed, and no
    random generator whose stream could change with a release of NumPy. Choosing rows and ordering
    the chosen ones take two purposes: in one and the same order, a class whose rows are soon chosen
    would be missing from the last of the chosen rows.
    """
    digests = [hashlib.sha256(purpose.encode() + image.tobytes()).digest() for image in images]
    return np.array(sorted(range(len(images)), key=digests.__getitem__))


def shuffled(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same pictures and labels in an order that tells nothing about the class."""
    order = in_hash_order(images, "shuffle")
    return images[order], labels[order]


def choose(images: np.ndarray, labels: np.ndarray, per_class: int) -> np.ndarray:
    """A mask with `per_class` rows of every class."""
    order = in_hash_order(images, "choose")
    chosen = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        rows = order[labels[order] == label]
        if len(rows) < per_class:
            raise ValueError(f"expected {per_class} rows of class {label}, received {len(rows)}")
        chosen[rows[:per_class]] = True
    return chosen


def write_npz(path: Path, **arrays: np.ndarray) -> None:
    """Write a compressed .npz whose bytes depend on nothing but the arrays and the zlib in use.

    Clock, operating system and Python version leave no trace: every member of the archive carries
    the same date (1980-01-01, the earliest that a zip file knows) and the same attributes.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o644 << 16
            stream = io.BytesIO()
            np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(member, stream.getvalue(), compresslevel=9)
