"""fashion_mnist.npz: 12,000 of Fashion-MNIST's 70,000 pictures of clothes.

Source package: Debian's dataset-fashion-mnist 0.0~git20200523.55506a9-1, the four original IDX files.
Changes: of each class 1,000 training and 200 test pictures, chosen by hash and shuffled; training and
test set stay apart as their authors parted them.
"""

import gzip
from pathlib import Path

import numpy as np
from arrays import choose, shuffled, write_npz
from sources import debian_file

FILES = ["fashion_mnist.npz"]
SOURCE = "/usr/share/datasets/fashion-mnist"
PER_CLASS = {"train": 1000, "t10k": 200}


def read_idx(path: Path) -> np.ndarray:
    """Read an IDX file of bytes: two zeros, type 8, rank, then the sizes as big-endian int32."""
    content = gzip.decompress(path.read_bytes())
    zeros, kind, rank = content[:2], content[2], content[3]
    if zeros != b"\0\0" or kind != 8:
        raise ValueError(f"expected an IDX file of unsigned bytes, received {content[:4]!r} in {path}")
    start = 4 + 4 * rank
    sizes = np.frombuffer(content[4:start], dtype=">i4")
    return np.frombuffer(content[start:], dtype=np.uint8).reshape(sizes)


def subset(prefix: str) -> tuple[np.ndarray, np.ndarray]:
    images = read_idx(debian_file("dataset-fashion-mnist", f"{SOURCE}/{prefix}-images-idx3-ubyte.gz"))
    labels = read_idx(debian_file("dataset-fashion-mnist", f"{SOURCE}/{prefix}-labels-idx1-ubyte.gz"))
    chosen = choose(images, labels, PER_CLASS[prefix])
    return shuffled(images[chosen], labels[chosen])


def build(folder: Path) -> None:
    x_train, y_train = subset("train")
    x_test, y_test = subset("t10k")
    write_npz(folder / FILES[0], x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
