"""State the numbers of a trained model so that they read the same on every machine.

Two processors add numbers in a different order, so the same training ends with slightly
different numbers. `about` prints the number the lesson expects as long as the true one is
close to it, and the true one when it is not.
"""

import math
from typing import SupportsFloat


def about(value: SupportsFloat, expected: float, within: float) -> str:
    """Say "about `expected`" if `value` is near it, and the truth if it is not.

    The numbers are written with the decimals that `within` is precise to: `within=0.02` gives
    two decimals, `within=0.005` three, `within=5` none.

    Args:
        value: The measured number: a Python or NumPy number, an array of shape (), or a tensor
            of shape ().
        expected: The number the lesson states.
        within: The largest distance from `expected` that still counts as "about"; above 0.

    Returns:
        "about 0.92", or "0.71, expected about 0.92 (± 0.03)" when the distance is larger.
        NaN and infinity are never "about" anything.

    Raises:
        TypeError: If an argument is not one number.
        ValueError: If `expected` is not finite, or `within` is not finite and above 0.

    >>> print("test accuracy", about(0.9173, 0.92, within=0.02))
    test accuracy about 0.92
    """
    value, expected, within = _number("value", value), _number("expected", expected), _number("within", within)
    if not math.isfinite(expected):
        raise ValueError(f"expected: expected a finite number, received {expected}. Give the number the lesson states.")
    if not (math.isfinite(within) and within > 0):
        raise ValueError(f"within: expected a finite number above 0, received {within}. Say how far off is still fine.")
    decimals = max(0, -math.floor(math.log10(within)))
    wanted = f"about {expected:,.{decimals}f}"
    if _is_near(value, expected, within):
        return wanted
    return f"{_truth(value, expected, within, decimals)}, expected {wanted} (± {within:g})"


def _truth(value: float, expected: float, within: float, decimals: int) -> str:
    """The number with as many decimals as it takes to see that it is not near enough."""
    for more in range(4):
        shown = f"{value:,.{decimals + more}f}"
        if not _is_near(float(shown.replace(",", "")), expected, within):
            return shown
    return repr(value)


def _is_near(value: float, expected: float, within: float) -> bool:
    """Whether the distance is at most `within`; 0.95 is within 0.03 of 0.92 despite rounding errors."""
    return abs(value - expected) <= within * (1 + 1e-9)


def _number(name: str, value: SupportsFloat) -> float:
    if not isinstance(value, (str, bytes)) and tuple(getattr(value, "shape", ())) == ():
        try:
            return float(value)
        except (TypeError, ValueError):
            pass
    received = f"{type(value).__name__} of shape {tuple(value.shape)}" if hasattr(value, "shape") else repr(value)
    raise TypeError(f"{name}: expected one number, received {received}. Pick one element, or average first.")
