"""Messages: whatever a learner hands in is described, escaped, and cut to a readable length."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion import messages
from exercises.nonsense import Unprintable, with_html_in_its_name


@pytest.mark.parametrize(
    ("value", "described"),
    [
        (None, "`None`"),
        (..., "`...`"),
        (True, "`True`"),
        (int, "the class `int` itself"),
        ("tea", "the text `'tea'`"),
        (3, "the number `3`"),
        ([1, 2], "the list `[1, 2]`"),
        (np.zeros((2, 3)), "an `ndarray` of shape `(2, 3)`"),
        (np.float32(1), "the number `1.0`"),
                (with_html_in_its_name(), "a `<script>alert(1)</script>`"),
        (len, "a `builtin_function_or_method`"),
    ],
    ids=lambda it: it if isinstance(it, str) else type(it).__name__,
)
def test_any_value_is_described(value, described):
    assert messages.of(value).startswith(described)


def test_what_raises_whenever_it_is_looked_at_is_described():
    assert messages.of(Unprintable()) == "an `Unprintable`"
    assert messages.of([Unprintable()]).startswith("the list `[<Unprintable instance at")


def test_a_long_value_is_cut():
    assert len(messages.of("x" * 10_000)) < 100
    assert len(messages.of(list(range(10_000)))) < 100
    assert "…" in messages.one_line("x" * 500)


@given(st.recursive(st.none() | st.text() | st.floats() | st.binary(), lambda it: st.lists(it) | st.dictionaries(st.text(), it)))
def test_a_description_is_one_short_line_with_paired_backticks(value):
    described = messages.of(value)
    assert "\n" not in described and len(described) < 300
    assert described.count("`") == 2


@given(st.text())
def test_html_is_escaped(text):
    shown = messages.as_html(text)
    assert not {"<", ">"} & set(shown.replace("<code>", "").replace("</code>", ""))


def test_code_stands_between_backticks():
    assert messages.as_html("take `x < 3` & go") == "take <code>x &lt; 3</code> &amp; go"


class Silent(Exception):
    """An exception that cannot even say what it is."""

    def __str__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("first\nsecond"), "first"),
        (ValueError("Exception encountered when calling Dense.call().\n\n\x1b[1mInput 0 is wrong\x1b[0m"), "Input 0 is wrong"),
        (OSError("{{function_node __wrapped__X}} no disk [Op:Read] name: "), "no disk"),
        (ValueError(""), ""),
        (Silent(), ""),
    ],
)
def test_an_error_says_what_matters_in_one_line(error, said):
    assert messages.of_error(error) == said


def test_outside_a_notebook_the_text_is_printed(capsys):
    messages.show("<p>tea</p>", "tea")

    assert capsys.readouterr().out == "tea\n"
