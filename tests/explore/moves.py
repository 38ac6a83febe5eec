"""Move the controls of an explorable, as a learner in a hurry would."""

import json
import math
from typing import Any

from hypothesis import strategies as st

from companion.explore.explorable import Explorable, Numbers, Order
from companion.explore.picture import WIDTH, strokes

MOST_WORDS = 330  # characters


def every_position(explorable: Explorable) -> list[dict[str, Any]]:
    """Return each position of each control, one control at a time: what to set `values` to."""
    return [{control.name: position} for control in explorable.controls for position in control.positions()]


def settings(explorable: Explorable) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for positions of all controls at once."""
    return st.fixed_dictionaries({control.name: _position(control) for control in explorable.controls})


def _position(control: Any) -> st.SearchStrategy[Any]:
    if isinstance(control, Numbers):
        number = st.floats(control.low, control.high, allow_subnormal=False)
        return st.tuples(*(st.tuples(*(number for _ in row)) for row in control.value))
    if isinstance(control, Order):
        some = st.lists(st.sampled_from(control.options), unique=True)
        return some.map(tuple)
    return st.sampled_from(control.positions())


def move(explorable: Explorable, values: dict[str, Any]) -> None:
    """Set controls, and assert that the explorable answered with a sound picture and sound words."""
    before = explorable.answered
    explorable.values = explorable.values | values
    assert explorable.answered > before or values.items() <= explorable.values.items()
    assert_sound(explorable)


def assert_sound(explorable: Explorable) -> None:
    """Assert that what is shown can be drawn and read."""
    words = explorable.words
    assert "could not be drawn" not in words, words
    assert 20 <= len(words) <= MOST_WORDS, words
    assert not {"nan", "inf", "-inf"} & {word.strip(".,;:()").lower() for word in words.split()}, words
    assert "  " not in words and words[-1] in ".?!)", words
    drawing = explorable.drawing
    assert drawing["width"] == WIDTH and drawing["strokes"] == strokes(explorable.picture)
    numbers = [it for stroke in drawing["strokes"] for it in _numbers(stroke)]
    assert all(math.isfinite(it) for it in numbers)
    json.dumps([it for stroke in drawing["strokes"] for it in stroke if not isinstance(it, bytes)])


def _numbers(value: Any) -> list[float]:
    if isinstance(value, list):
        return [number for it in value for number in _numbers(it)]
    return [value] if isinstance(value, int | float) else []
