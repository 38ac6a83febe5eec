"""A picture of the learner's own, and what a model says of it.

    own_picture.show(name_it, some_picture)    # name_it(picture) returns {"Bag": 0.93, ...}

What brings the picture into the form of the model's pictures, and the model, are functions of the notebook's own.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from companion import messages, plots, uploads
from companion.explore import chances, explorable
from companion.explore.explorable import Explorable, Upload
from companion.explore.picture import Box, Picture, Plot, Raster, View

LONGEST_SHOWN = 200  # pixels of the longer side, as it is drawn
_WIDTHS, _HEIGHT = (260, 460), 230

Namer = Callable[[np.ndarray], Mapping[str, Any]]


def view(values: Mapping[str, Any], name_it: Namer, start: np.ndarray) -> View:
    """Draw the picture and the likeliest names.

    Args:
        values: "file": the content of a picture file in base64; "" for `start`.
        name_it: Takes a picture (rows, columns, 3), uint8, and gives name -> probability.
        start: What is shown as long as no file is chosen, (rows, columns, 3), uint8.
    """
    try:
        picture = uploads.picture(CONTROL.content(values["file"])) if values["file"] else start
    except ValueError as error:
        return View(Picture([chances.blank(), chances.blank()], _WIDTHS, _HEIGHT), messages.of_error(error))
    named = chances.checked("name_it", name_it(picture.copy()))
    shown = [_pixels(picture), chances.bars(named, "what it is, by the model")]
    rows, columns = picture.shape[:2]
    return View(Picture(shown, _WIDTHS, _HEIGHT), f"A picture of {columns} by {rows} pixels. {chances.in_words(named)}")


def _pixels(picture: np.ndarray) -> Plot:
    """The picture, with fewer pixels if there are many."""
    every = -(-max(picture.shape[:2]) // LONGEST_SHOWN)
    small = picture[::every, ::every]
    rows, columns = small.shape[:2]
    marks = [Raster(small, (0, columns), (0, rows), smooth=True), Box(0, 0, columns, rows, edge=plots.QUIET, line=1)]
    return Plot(marks, (-0.5, columns + 0.5), (rows + 0.5, -0.5), "the picture", x_ticks=(), y_ticks=(), equal=True)


CONTROL = Upload("file", "A picture", "image/*")


def make(name_it: Namer, start: np.ndarray) -> Explorable:
    """Return the explorable.

    Args:
        name_it: Takes a picture (rows, columns, 3), uint8, 0 dark and 255 light, and gives a dictionary: name -> probability.
        start: What is shown as long as no file is chosen: shape (rows, columns, 3), uint8.

    Raises:
        TypeError: If `name_it` is no function, or `start` no array of uint8.
        ValueError: If `start` has another shape, or `name_it` returns something else.
    """
    if not callable(name_it):
        raise TypeError(f"name_it: expected a function, received {messages.of(name_it)}. Write its name, without ().")
    if not isinstance(start, np.ndarray) or start.dtype != np.uint8:
        raise TypeError(f"start: expected an array of uint8, received {messages.of(start)}. Read it with uploads.picture.")
    if start.ndim != 3 or start.shape[2] != 3 or 0 in start.shape:
        raise ValueError(f"start: expected shape (rows, columns, 3), received {start.shape}. Read it with uploads.picture.")
    return Explorable("A picture of your own", [CONTROL], lambda values: view(values, name_it, start))


def show(name_it: Namer, start: np.ndarray) -> None:
    """Display the explorable once; arguments as in `make`."""
    alt = "The picture at the left; at the right the likeliest names as bars, with the probability of each."
    explorable.show(make(name_it, start), alt)
