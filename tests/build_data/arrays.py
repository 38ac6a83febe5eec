"""Order pictures reproducibly and write arrays so that a rebuild gives the same bytes."""

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np


def in_hash_order(images: np.ndarray) -> np.ndarray:
    """Indices that sort pictures by the SHA-256 of their pixels.

    The order looks random, so it shuffles, and it depends on the pictures alone: no seed, and no
    random generator whose stream could change with a release of NumPy.
    """
    digests = [hashlib.sha256(image.tobytes()).digest() for image in images]
    return np.array(sorted(range(len(images)), key=digests.__getitem__))


def first_of_each_class(labels: np.ndarray, count: int) -> np.ndarray:
    """Indices, in ascending order, of the first `count` rows of every class."""
    picked = [np.flatnonzero(labels == label)[:count] for label in np.unique(labels)]
    if any(len(rows) < count for rows in picked):
        raise ValueError(f"expected {count} rows of each class, received {[*map(len, picked)]}")
    return np.sort(np.concatenate(picked))


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
