"""Trained numbers read the same everywhere while they are near, and speak up when they are not."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.facts import about


def test_a_near_number_reads_as_the_expected_one() -> None:
    assert about(0.9173, 0.92, within=0.02) == "about 0.92"
    assert about(0.9312, 0.92, within=0.02) == "about 0.92"


def test_a_far_number_reads_as_it_is_beside_the_expectation() -> None:
    assert about(0.71, 0.92, within=0.03) == "0.71, expected about 0.92 (± 0.03)"
    assert about(0.99, 0.92, within=0.03) == "0.99, expected about 0.92 (± 0.03)"


@pytest.mark.parametrize(
    ("expected", "within", "text"),
    [
        (0.92, 0.005, "about 0.920"),
        (0.92, 0.03, "about 0.92"),
        (3, 0.5, "about 3.0"),
        (3, 1, "about 3"),
        (12000, 500, "about 12,000"),
        (-3.2, 0.1, "about -3.2"),
    ],
)
def test_decimals_follow_the_tolerance(expected: float, within: float, text: str) -> None:
    assert about(expected, expected, within=within) == text


def test_the_edge_is_near_despite_rounding_errors() -> None:
    assert abs(1.1 - 1.0) > 0.1  # in binary
    assert about(1.1, 1.0, within=0.1) == "about 1.0"


def test_rounding_never_hides_a_miss() -> None:
    assert about(0.8899, 0.92, within=0.03) == "0.8899, expected about 0.92 (± 0.03)"


def test_a_narrow_miss_shows_as_many_decimals_as_it_takes() -> None:
    assert about(0.7369999885559082, 0.80, within=0.06) == "0.737, expected about 0.80 (± 0.06)"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan")])
def test_nan_and_infinity_are_about_nothing(value: float) -> None:
    assert about(value, 0.5, within=0.1) == f"{float(value)}, expected about 0.5 (± 0.1)"


@pytest.mark.parametrize("value", [4, np.int64(4), np.float32(4), np.array(4.0), np.True_ * 4])
def test_numbers_of_every_kind_are_welcome(value: object) -> None:
    assert about(value, 4, within=0.1) == "about 4.0"


def test_anything_that_turns_into_a_float_is_a_number() -> None:
    class Tensor:
        shape = ()

        def __float__(self) -> float:
            return 0.5

    assert about(Tensor(), 0.5, within=0.1) == "about 0.5"


@given(value=st.floats(-1e6, 1e6), expected=st.floats(-1e6, 1e6), within=st.floats(1e-6, 1e6))
def test_about_means_near_and_nothing_else(value: float, expected: float, within: float) -> None:
    text = about(value, expected, within)
    assert text.startswith("about") == (abs(value - expected) <= within * (1 + 1e-9))


@pytest.mark.parametrize("value", ["0.92", None, [0.9, 0.8], np.array([0.9]), 1j])
def test_more_or_less_than_one_number_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match=r"value: expected one number, received .+\. Pick one element"):
        about(value, 0.92, within=0.02)


@pytest.mark.parametrize("within", [0, -0.1, math.nan, math.inf])
def test_a_tolerance_is_finite_and_above_zero(within: float) -> None:
    with pytest.raises(ValueError, match=r"within: expected a finite number above 0, received .+\. Say"):
        about(0.9, 0.92, within=within)


@pytest.mark.parametrize("expected", [math.nan, math.inf])
def test_the_expectation_is_finite(expected: float) -> None:
    with pytest.raises(ValueError, match="expected: expected a finite number"):
        about(0.9, expected, within=0.1)
