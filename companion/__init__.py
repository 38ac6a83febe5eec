"""Companion of the course: it loads data, draws figures, asks, checks, and keeps TensorFlow quiet.

Import it before TensorFlow: the settings below are read once, when TensorFlow starts.
A value that you set yourself beforehand is kept.
"""

import os

__version__ = "0.1.0"

# No start-up chatter from TensorFlow's C++ side; only errors are shown.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# oneDNN reorders sums, so trained numbers would differ between processors.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
# Keras can run on other engines; this course teaches TensorFlow.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# A container sees every core of its host; two threads suit every machine the course runs on.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "2")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "2")
