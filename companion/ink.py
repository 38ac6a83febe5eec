"""What a pen left on the pad, as a picture, and in the form of MNIST's digits.

    picture(strokes)       the pad with its ink: (280, 280)
    like_mnist(drawing)    cropped, scaled and centred as MNIST's digits are: (28, 28)

A stroke is a list of points `[x, y]` in pixels of the pad, x to the right and y down.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from companion import messages

SIDE = 280  # pixels: the pad's height and width
PEN = 18  # pixels: the width of a line
DIGIT_SIDE = 28  # pixels: a digit of MNIST
LONGER_SIDE = 20  # pixels: the longer side of its ink
MIDDLE = 14  # row and column, counted from 0, of its centre of mass
_FINER = 2  # drawn so many times as large, then reduced, which softens the edges

Stroke = Sequence[Sequence[float]]


def picture(strokes: Sequence[Stroke]) -> np.ndarray:
    """Draw strokes with a round pen.

    Args:
        strokes: Lists of points (x, y), each from 0 to 280; what lies outside is not drawn. One point is a dot.

    Returns:
        Grey levels from 0 (paper) to 255 (ink), shape (280, 280), uint8.
    """
    sheet = Image.new("L", (SIDE * _FINER, SIDE * _FINER))
    pen = ImageDraw.Draw(sheet)
    radius = PEN * _FINER / 2
    for stroke in strokes:
        points = [(x * _FINER, y * _FINER) for x, y in stroke]
        pen.line(points, fill=255, width=PEN * _FINER)
        for x, y in points:  # round ends and joints
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.array(sheet.reduce(_FINER))


def like_mnist(drawing: np.ndarray) -> np.ndarray:
    """Bring a drawing into the form of MNIST's digits: crop, scale, centre.

    Args:
        drawing: Grey levels from 0 (paper) to 255 (ink), shape (rows, columns), uint8.

    Returns:
        The ink 20 pixels long on its longer side, its centre of mass nearest to row 14, column 14, where it fits: shape
        (28, 28), uint8. An empty drawing stays empty.

    Raises:
        TypeError: It is no array of uint8.
        ValueError: It has another number of axes.

    Source: Yann LeCun, Corinna Cortes, Christopher Burges, "The MNIST database of handwritten digits", which tells how the
    digits were scaled and centred; and the digits themselves, which all keep to it.
    """
    _expect_grey(drawing)
    centred = np.zeros((DIGIT_SIDE, DIGIT_SIDE), "uint8")
    if not drawing.any():
        return centred
    cropped = drawing[_extent(drawing.any(axis=1)), _extent(drawing.any(axis=0))]
    height, width = [max(1, round(side * LONGER_SIDE / max(cropped.shape))) for side in cropped.shape]
    scaled = np.asarray(Image.fromarray(cropped).resize((width, height), Image.Resampling.BOX))
    row, column = [round(MIDDLE - centre) for centre in _centre_of_mass(scaled)]
    row, column = min(max(row, 0), DIGIT_SIDE - height), min(max(column, 0), DIGIT_SIDE - width)
    centred[row : row + height, column : column + width] = scaled
    return centred


def _extent(has_ink: np.ndarray) -> slice:
    """From the first line with ink to the last."""
    [lines] = np.nonzero(has_ink)
    return slice(lines[0], lines[-1] + 1)


def _centre_of_mass(grey: np.ndarray) -> tuple[float, float]:
    """The row and the column in which the ink would balance."""
    rows, columns = np.indices(grey.shape)
    return (rows * grey).sum() / grey.sum(), (columns * grey).sum() / grey.sum()


def _expect_grey(drawing: np.ndarray) -> None:
    if not isinstance(drawing, np.ndarray) or drawing.dtype != np.uint8:
        received = f"{drawing.dtype}" if isinstance(drawing, np.ndarray) else messages.of(drawing)
        raise TypeError(f"drawing: expected an array of uint8, received {received}. Use .astype('uint8').")
    if drawing.ndim != 2 or 0 in drawing.shape:
        raise ValueError(f"drawing: expected shape (rows, columns), received {drawing.shape}. Hand in one drawing, in grey.")
