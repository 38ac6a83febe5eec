"""drawings.json: twenty digits drawn on the pad, as strokes.

Source: none but this file. Each digit is drawn by points of the pen's way, in a box 100 wide and 140 high; a smooth curve
goes through them, and each piece of a stroke begins where the one before ended, with a corner between them.
"""

import json
from pathlib import Path

FILES = ["drawings.json"]
STEPS = 6  # points of the curve from one point of the way to the next

# Digit -> strokes -> pieces -> points (x, y).
FIRST_HAND = {
    0: [[[(50, 2), (22, 14), (6, 48), (4, 88), (20, 128), (50, 138), (80, 126), (96, 88), (94, 46), (78, 14), (48, 3)]]],
    1: [[[(50, 2), (51, 45), (48, 92), (49, 138)]]],
    2: [[[(8, 34), (22, 10), (52, 2), (82, 14), (86, 42), (66, 74), (36, 104), (6, 134)], [(6, 134), (40, 131), (98, 136)]]],
    3: [
        [
            [(10, 16), (34, 3), (66, 6), (80, 28), (66, 52), (40, 64)],
            [(40, 64), (74, 72), (92, 98), (76, 128), (42, 138), (8, 122)],
        ]
    ],
    4: [[[(34, 4), (22, 40), (8, 78)], [(8, 78), (40, 80), (96, 76)]], [[(66, 2), (66, 50), (62, 138)]]],
    5: [
        [[(28, 6), (23, 34), (18, 60)], [(18, 60), (46, 50), (80, 64), (90, 94), (72, 126), (40, 138), (8, 124)]],
        [[(28, 6), (58, 8), (90, 4)]],
    ],
    6: [
        [[(72, 4), (40, 26), (16, 66), (10, 104), (26, 134), (56, 138), (82, 118), (80, 88), (54, 74), (26, 86), (14, 106)]]
    ],
    7: [[[(6, 10), (40, 8), (92, 6)], [(92, 6), (70, 50), (52, 92), (40, 138)]]],
    8: [
        [
            [
                *[(80, 22), (54, 4), (24, 14), (22, 40), (50, 64), (82, 92), (80, 124)],
                *[(48, 138), (18, 122), (20, 92), (50, 66), (78, 42), (82, 24)],
            ]
        ]
    ],
    9: [
        [
            [(84, 30), (60, 6), (28, 10), (12, 38), (26, 64), (56, 66), (80, 46), (86, 24)],
            [(86, 24), (84, 70), (76, 138)],
        ]
    ],
}
SECOND_HAND = {
    0: [[[(60, 4), (30, 20), (14, 64), (20, 112), (44, 136), (74, 120), (92, 76), (88, 30), (64, 6), (50, 10)]]],
    1: [[[(26, 34), (40, 22), (54, 4)], [(54, 4), (52, 70), (48, 138)]]],
    2: [[[(14, 30), (34, 6), (66, 6), (82, 30), (70, 62), (44, 94), (14, 128)], [(14, 128), (40, 122), (72, 134), (98, 128)]]],
    3: [[[(12, 10), (46, 8), (80, 8)], [(80, 8), (58, 34), (42, 56)], [(42, 56), (74, 62), (92, 92), (74, 126), (38, 136), (8, 120)]]],
    4: [[[(70, 4), (40, 46), (8, 92)], [(8, 92), (50, 92), (98, 90)]], [[(70, 4), (70, 70), (68, 138)]]],
    5: [
        [
            [(86, 8), (54, 8), (26, 10)],
            [(26, 10), (22, 36), (18, 58)],
            [(18, 58), (50, 48), (84, 66), (88, 102), (64, 132), (34, 136), (8, 124)],
        ]
    ],
    6: [[[(60, 2), (36, 38), (20, 80), (20, 116), (44, 138), (74, 126), (82, 98), (62, 78), (36, 84), (22, 104)]]],
    7: [[[(6, 14), (40, 8), (90, 8)], [(90, 8), (68, 56), (54, 96), (46, 138)]], [[(32, 76), (56, 72), (84, 72)]]],
    8: [
        [
            [
                *[(54, 66), (28, 46), (26, 18), (50, 4), (76, 18), (74, 44), (50, 66)],
                *[(22, 92), (22, 122), (50, 138), (80, 122), (80, 94), (54, 66)],
            ]
        ]
    ],
    9: [
        [
            [(82, 22), (54, 4), (24, 16), (16, 44), (36, 64), (66, 54), (82, 24)],
            [(82, 24), (86, 70), (74, 112), (44, 136), (20, 128)],
        ]
    ],
}
# Height in pixels, the middle of the digit on the pad, and how far it leans (0.2: by a fifth of its height).
LARGE = [
    *[(170, 140, 142, 0.0), (165, 138, 140, 0.12), (172, 144, 138, 0.05), (168, 140, 144, 0.0), (170, 142, 140, 0.08)],
    *[(174, 138, 140, 0.1), (168, 142, 138, 0.0), (170, 140, 142, 0.05), (172, 138, 142, 0.08), (170, 144, 140, 0.1)],
]
SMALL = [
    *[(92, 70, 66, 0.05), (96, 215, 70, 0.0), (94, 72, 205, 0.1), (90, 205, 208, 0.05), (96, 66, 140, 0.0)],
    *[(94, 210, 140, 0.08), (92, 140, 64, 0.05), (90, 208, 66, 0.1), (96, 140, 212, 0.05), (94, 68, 74, 0.0)],
]


def smooth(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A Catmull-Rom curve through the points."""
    ends = [points[0], *points, points[-1]]
    curve = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:]):
        for step in range(STEPS):
            t = step / STEPS
            curve.append(tuple(_between(*numbers, t) for numbers in zip(a, b, c, d)))
    return [*curve, points[-1]]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def placed(strokes: list, height: int, x: int, y: int, lean: float) -> list[list[list[float]]]:
    """Strokes in pixels of the pad."""
    return [
        [
            [round(x + (px - 50 + lean * (70 - py)) * height / 140, 1), round(y + (py - 70) * height / 140, 1)]
            for piece in pieces
            for px, py in smooth(piece)
        ]
        for pieces in strokes
    ]


def build(folder: Path) -> None:
    """Write the ten digits of the first hand, large, and those of the second, small."""
    hands = [(FIRST_HAND, LARGE), (SECOND_HAND, SMALL)]
    drawings = [
        {"digit": digit, "strokes": placed(hand[digit], *places[digit])} for hand, places in hands for digit in range(10)
    ]
    lines = ",\n".join(json.dumps(drawing, separators=(",", ":")) for drawing in drawings)
    (folder / FILES[0]).write_bytes(f"[\n{lines}\n]\n".encode("ascii"))
