"""How likely a model takes each name to be: checked, drawn as bars, and put into words."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from companion import messages, plots
from companion.explore.picture import Box, Plot, Text

MOST_BARS = 4  # the likeliest names that are drawn
LONGEST_NAME = 20  # characters


def checked(name: str, answer: object) -> dict[str, float]:
    """Return what a learner's function answered, the likeliest name first.

    Args:
        name: What the function is called.
        answer: A dictionary: name -> probability.

    Raises:
        ValueError: If it is something else, or the probabilities do not add up to 1.
    """
    if not isinstance(answer, Mapping) or not answer:
        received = messages.of(answer)
        raise ValueError(f"{name}: expected a dictionary of names and probabilities, received {received}. Return one.")
    try:
        numbers = np.array([float(np.asarray(number).reshape(())) for number in answer.values()])
    except (TypeError, ValueError):
        received = messages.of(next(iter(answer.values())))
        raise ValueError(f"{name}: expected one probability for each name, received {received}. Return numbers.") from None
    if not (numbers.min() >= -1e-6 and abs(numbers.sum() - 1) < 0.01):  # (which no NaN is)
        received = f"numbers from {numbers.min():.3g} to {numbers.max():.3g} with the sum {numbers.sum():.3g}"
        raise ValueError(f"{name}: expected probabilities, which add up to 1, received {received}. Put a softmax behind them.")
    order = np.argsort(-numbers, kind="stable")
    names = [str(each)[:LONGEST_NAME] for each in answer]
    return {names[place]: float(numbers[place]) for place in order}


def bars(chances: Mapping[str, float], title: str) -> Plot:
    """Draw the likeliest names, the first on top and dark; `chances` as `checked` returns them."""
    marks: list[Any] = []
    for row, (name, chance) in enumerate(list(chances.items())[:MOST_BARS]):
        color = plots.QUIET if row else plots.COLORS[0]
        marks.append(Text(-0.04, row, name, align="right", size=12, bold=not row))
        marks.append(Box(0, row - 0.3, max(chance, 0.004), 0.6, fill=color, edge=color, line=0.5))
        marks.append(Text(chance + 0.02, row, f"{chance:.2f}", align="left", size=12, bold=not row))
    return Plot(marks, (-0.75, 1.2), (MOST_BARS - 0.4, -0.6), title, x_ticks=(), y_ticks=())


def blank() -> Plot:
    """Draw an empty frame, where there is nothing to judge."""
    marks = [Box(0, 0, 1, 1, edge=plots.QUIET, line=1, dash="dotted")]
    return Plot(marks, (-0.02, 1.02), (1.02, -0.02), x_ticks=(), y_ticks=())


def in_words(chances: Mapping[str, float]) -> str:
    """Return one sentence; `chances` as `checked` returns them."""
    (first, chance), *others = chances.items()
    after = f"; next comes {others[0][0]}, with {others[0][1]:.2f}" if others else ""
    return f"The model says {first}, with probability {chance:.2f}{after}."
