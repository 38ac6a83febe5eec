"""Answers to the warm-up of notebook 0."""

from companion import feedback
from exercises.answers import Answers

SETUP = """
import numpy as np
import keras
import tensorflow as tf
"""

ANSWERS = {
    "compute_a_neuron": Answers(
        starter="neuron_output = ...",
        right={
            "with NumPy": "neuron_output = np.maximum(0, np.dot([1, 2], [0.5, -2]) + 1)",
            "with Keras": "neuron_output = keras.activations.relu(tf.constant([[1.0, 2.0]]) @ [[0.5], [-2.0]] + 1)",
            "in words of Python": "total = -2.5\nneuron_output = total if total > 0 else 0.0",
            "a whole number": "neuron_output = 0",
        },
        wrong={
            "no activation": ["neuron_output = 1 * 0.5 + 2 * -2 + 1", "neuron_output = np.array([-2.5])"],
            "no bias, no activation": "neuron_output = 1 * 0.5 + 2 * -2",
            "activation before the sum": "neuron_output = max(0, 1 * 0.5) + max(0, 2 * -2) + 1",
            "sigmoid": ["neuron_output = 1 / (1 + np.exp(2.5))", "neuron_output = keras.activations.sigmoid(-2.5)"],
            "sign turned": "neuron_output = abs(1 * 0.5 + 2 * -2 + 1)",
            feedback.NOT_EXPECTED: ["neuron_output = 2.0", "neuron_output = [0.5, -4.0]", "neuron_output = '0'"],
        },
    ),
}
