"""clothes/<name>.png: seven pieces of clothing, drawn in colour on a light ground, as a camera might see them.

Source: none but this file. Outlines are polygons in a box 100 wide and 100 high; Pillow fills them at four times the size,
shades them from one side and makes them smaller, so that edges are soft.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

FINER = 4  # times: drawn that much larger, then reduced
SEAM = 0.72  # of the cloth's colour
WALL = (232, 228, 220)
SHADE = 0.25  # how much darker the right edge of a piece is than its left

# Name -> (columns, rows) of the picture, where the box of the drawing lies in it (left, top, size), colour, outlines, seams.
PIECES = {
    "t_shirt": (
        *((240, 300), (20, 45, 200), (176, 58, 46)),
        [
            [(36, 6), (44, 11), (56, 11), (64, 6), (82, 14), (98, 38), (82, 48), (76, 40), (76, 96), (24, 96), (24, 40), (18, 48), (2, 38), (18, 14)]
        ],
        [[(24, 40), (25, 26)], [(76, 40), (75, 26)], [(36, 6), (43, 15), (50, 17), (57, 15), (64, 6)]],
    ),
    "trousers": (
        *((200, 320), (0, 50, 220), (52, 73, 120)),
        [[(32, 2), (68, 2), (72, 40), (74, 98), (56, 98), (50, 36), (44, 98), (26, 98), (28, 40)]],
        [[(32, 8), (68, 8)], [(50, 8), (50, 36)]],
    ),
    "pullover": (
        *((320, 260), (50, 20, 220), (60, 110, 80)),
        [
            [
                *[(38, 6), (46, 9), (54, 9), (62, 6), (78, 14), (88, 44), (96, 86), (84, 90), (74, 46)],
                *[(75, 94), (25, 94), (26, 46), (16, 90), (4, 86), (12, 44), (22, 14)],
            ]
        ],
        [[(25, 88), (75, 88)], [(26, 46), (27, 30)], [(74, 46), (73, 30)], [(38, 6), (45, 13), (55, 13), (62, 6)]],
    ),
    "dress": (
        *((240, 360), (5, 60, 230), (120, 60, 130)),
        [[(40, 2), (44, 12), (56, 12), (60, 2), (64, 4), (63, 18), (60, 36), (64, 50), (78, 98), (22, 98), (36, 50), (40, 36), (37, 18), (36, 4)]],
        [[(40, 36), (60, 36)], [(45, 40), (38, 97)], [(55, 40), (62, 97)]],
    ),
    "sneaker": (
        *((360, 220), (70, 0, 220), (40, 40, 44)),
        [[(4, 44), (20, 42), (28, 47), (46, 52), (64, 62), (92, 68), (97, 76), (96, 82), (4, 82), (2, 74)]],
        [[(3, 76), (97, 76)], [(34, 50), (44, 58)], [(42, 52), (52, 60)], [(50, 56), (60, 63)]],
    ),
    "bag": (
        *((300, 300), (40, 40, 220), (150, 96, 52)),
        [
            [(10, 36), (90, 36), (96, 92), (4, 92)],
            [(28, 38), (32, 16), (42, 8), (58, 8), (68, 16), (72, 38), (67, 38), (63, 20), (56, 13), (44, 13), (37, 20), (33, 38)],
        ],
        [[(9, 52), (91, 52)], [(44, 48), (56, 48), (56, 58), (44, 58), (44, 48)]],
    ),
    "ankle_boot": (
        *((260, 280), (20, 25, 220), (84, 54, 36)),
        [[(30, 8), (62, 8), (62, 48), (76, 58), (96, 66), (98, 84), (98, 90), (52, 90), (50, 86), (42, 86), (42, 92), (24, 92), (26, 60)]],
        [[(24, 84), (98, 84)], [(30, 16), (62, 16)], [(62, 30), (50, 34), (50, 60)]],
    ),
}
FILES = [f"clothes/{name}.png" for name in PIECES]


def build(folder: Path) -> None:
    for file, (size, box, colour, outlines, seams) in zip(FILES, PIECES.values(), strict=True):
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(drawn(size, box, colour, outlines, seams)).save(target, optimize=True)


def drawn(size: tuple[int, int], box: tuple[int, int, int], colour: tuple[int, int, int], outlines: list, seams: list) -> np.ndarray:
    """The picture, (rows, columns, 3), uint8."""
    cloth, threads = Image.new("L", [side * FINER for side in size]), Image.new("L", [side * FINER for side in size])
    for outline in outlines:
        ImageDraw.Draw(cloth).polygon(placed(outline, box), fill=255)
    for seam in seams:
        ImageDraw.Draw(threads).line(placed(seam, box), fill=255, width=2 * FINER, joint="curve")
    covered, sewn = (np.asarray(mask.resize(size, Image.Resampling.BOX), float)[..., None] / 255 for mask in (cloth, threads))
    across = np.linspace(0, 1, size[0])[None, :, None]
    down = np.linspace(0, 1, size[1])[:, None, None]
    fabric = np.array(colour) * (1 - SHADE * across) * (1 - (1 - SEAM) * sewn)
    wall = np.array(WALL) * (1 - 0.08 * down)
    return np.round(fabric * covered + wall * (1 - covered)).astype(np.uint8)


def placed(points: list[tuple[int, int]], box: tuple[int, int, int]) -> list[tuple[float, float]]:
    left, top, side = box
    return [((left + x * side / 100) * FINER, (top + y * side / 100) * FINER) for x, y in points]
