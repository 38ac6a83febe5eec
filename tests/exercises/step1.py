"""Answers to the exercises of step 1."""

from exercises.answers import Answers

SETUP = """
import numpy as np
import tensorflow as tf
from companion import datasets
penguins = datasets.load_penguins()
measurements = np.stack([penguins["bill_length_mm"], penguins["bill_depth_mm"]], axis=1)
species = np.zeros(344)
"""

ANSWERS = {
    "batch_the_penguins": Answers(
        starter="penguins_train = ...",
        right={},
        wrong={"no batch": "penguins_train = tf.data.Dataset.from_tensor_slices((measurements, species))"},
    ),
}
