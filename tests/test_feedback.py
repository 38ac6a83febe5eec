"""The engine: three states, one message each, hints one by one, and never a traceback."""

import html.parser
import linecache
import warnings
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from companion import course, expect, feedback, journal
from companion.feedback import NOT_ATTEMPTED, NOT_RIGHT, RIGHT, Exercise, Misconception


@pytest.fixture(autouse=True)
def own_journal(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPANION_PROGRESS", str(tmp_path))


def observe(total):
    """Look at a number; call it first if it is a function."""
    if callable(total):
        with expect.using("`total` was called"):
            total = total()
    return SimpleNamespace(total=int(expect.array(total, "total")))


def must_be_five(observed):
    if observed.total != 5:
        raise expect.Unexpected("a total of 5", f"{observed.total}", "Else the sum is wrong.", "Add again.", "1.2 A dataset from arrays")


ADD = Exercise(
    name="step1.add",
    title="Add",
    task="Add 2 and 3.",
    answers=["total"],
    lesson="1.1 Tensors",
    observe=observe,
    misconceptions=[
        Misconception("product", lambda it: it.total == 6, "You multiplied; {total} is the product.", "A sum is smaller.",
                      "Add.", "1.5 Order matters"),
        Misconception("even", lambda it: it.total % 2 == 0, "Your {total} is even.", "The sum is odd.", "Look again.",
                      "1.1 Tensors"),
    ],
    check_observed=must_be_five,
    hints=["Think.", "Use `+`.", "Write `2 + 3`."],
    solution_code="total = 2 + 3",
    right="{total} it is.",
)  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "state", "diagnosis", "words"),
    [
        (..., NOT_ATTEMPTED, "", "Replace the `...` of `total`"),
        (5, RIGHT, "", "5 it is."),
        (6, NOT_RIGHT, "product", "You multiplied; 6 is the product. A sum is smaller. Add."),
        (8, NOT_RIGHT, "even", "Your 8 is even."),
        (7, NOT_RIGHT, feedback.NOT_EXPECTED, "Expected a total of 5; received 7. Else the sum is wrong. Add again."),
        ("five", NOT_RIGHT, feedback.NOT_EXPECTED, "received the text `'five'`"),
        (lambda: 5, RIGHT, "", "5 it is."),
    ],
)
def test_each_answer_gets_its_state_and_its_words(answer, state, diagnosis, words):
    verdict = ADD.judge(answer)

    assert (verdict.state, verdict.diagnosis) == (state, diagnosis)
    assert words in verdict.says


def test_an_exercise_may_say_how_to_begin():
    begun = replace(ADD, attempted=lambda total: total not in (0, ...), begin="Add above the check")
    assert begun.judge(0).says.startswith("Add above the check, then run this cell again. Stuck?")
    assert begun.judge(...).says.startswith("Replace the `...` of `total` with your own code, then run")


def test_the_first_misconception_that_is_seen_is_the_diagnosis():
    assert ADD.judge(6).lesson == "1.5 Order matters"  # even, too, but that comes second


def test_a_message_may_name_a_lesson_of_its_own():
    assert ADD.judge(7).lesson == "1.2 A dataset from arrays"
    assert ADD.judge("five").lesson == ADD.lesson


def test_judging_notes_nothing_and_checking_does(capsys):
    ADD.judge(6)
    assert journal.records() == []
    for answer in (..., 6, 5):
        ADD.check(answer)

    noted = [(it["kind"], it["name"], it["state"], it["diagnosis"]) for it in journal.records()]
    assert noted == [("attempt", "step1.add", NOT_RIGHT, "product"), ("attempt", "step1.add", RIGHT, "")]
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.startswith(("○", "↻", "✔"))] == [
        "○ Add: not attempted yet.", "↻ Add: not right yet.", "✔ Add: right.",
    ]  # fmt: skip
    assert "Read: 1.5 Order matters" in out


@pytest.mark.parametrize("answers", [(), (5, 5)])
def test_too_few_or_too_many_answers_are_explained(answers):
    verdict = ADD.judge(*answers)

    assert verdict.state == NOT_RIGHT
    assert "check(total)" in verdict.says


def test_only_what_is_untouched_is_asked_for():
    of_three = replace(ADD, answers=["total", "half", "double"])

    assert "the `...` of `half` and `double` with" in of_three.judge(5, ..., ...).says
    assert "the `...` of `total`, `half` and `double` with" in of_three.judge(..., ..., ...).says


# --- Errors in the learner's own object ---


def learners(source, monkeypatch):
    """A function that a learner wrote in a cell."""
    file = "cell-of-the-learner"
    monkeypatch.setitem(linecache.cache, file, (len(source), None, source.splitlines(True), file))
    names = {}
    exec(compile(source, file, "exec"), names)
    return names["total"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def total():\n    return 1 / 0\n", ["`ZeroDivisionError`: “division by zero”", "your line `return 1 / 0`"]),
        ("def total(x):\n    return x\n", ["`TypeError`", "other arguments than it takes"]),
        ("def total():\n    return tottal\n", ["`NameError`", "look for a misspelling", "`return tottal`"]),
        ("def total():\n    return None.shape\n", ["`None`: often a function without `return`"]),
        ("def total():\n    raise SystemExit\n", ["`SystemExit`, without a message"]),
        ("import numpy as np\ndef total():\n    return np.ones((2, 3)) @ np.ones((2, 3))\n",
         ["`ValueError`", "your line `return np.ones((2, 3)) @ np.ones((2, 3))`", "made for"]),
        ("import numpy as np\ndef total():\n    return np.ones((2, 3)) + np.ones(2)\n", ["is not the shape that this"]),
        ("import numpy as np\ndef total():\n    return 1 if np.ones(2) > 0 else 0\n", ["needs one yes or no"]),
        ("def total():\n    five = 5\n    return five()\n", ["another thing than you think"]),
        ("def total():\n    none = None\n    return none()\n", ["`None`: often a function without `return`"]),
    ],
)  # fmt: skip
def test_an_error_of_the_learners_is_explained_with_its_line(source, words, monkeypatch):
    verdict = ADD.judge(learners(source, monkeypatch))

    assert (verdict.state, verdict.diagnosis) == (NOT_RIGHT, feedback.STOPPED)
    assert "Your code stopped with an error while `total` was called." in verdict.says
    for some in words:
        assert some in verdict.says


def test_a_shape_error_of_keras_is_put_in_plain_words():
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    verdict = ADD.judge(lambda: expect.output(model, np.zeros((8, 3), "float32"), "model"))

    assert verdict.diagnosis == feedback.STOPPED
    assert "`model` was called on an input of shape (8, 3)" in verdict.says
    assert "is not the shape that this layer or operation was made for" in verdict.says


def test_an_error_of_the_check_is_not_blamed_on_the_learner():
    verdict = replace(ADD, observe=lambda total: course.link("nowhere")).judge(5)

    assert (verdict.state, verdict.diagnosis) == (NOT_RIGHT, feedback.UNJUDGED)
    assert "please report it" in verdict.says


class Leaving:
    """A learner's object that ends the program when it is looked at."""

    def __len__(self):
        raise SystemExit


def test_an_object_that_would_end_the_program_is_explained():
    verdict = replace(ADD, observe=lambda total: len(total)).judge(Leaving())

    assert (verdict.state, verdict.diagnosis) == (NOT_RIGHT, feedback.STOPPED)
    assert "while the check used `total`" in verdict.says


def test_ctrl_c_is_the_learners_right():
    def endless():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ADD.judge(endless)


def test_warnings_of_the_learners_object_do_not_disturb_the_check():
    def total():
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        return 5

    assert ADD.judge(total).state == RIGHT


# --- Hints and the solution ---


def test_hints_come_one_by_one_and_the_earlier_ones_stay(capsys):
    shown = []
    for _ in range(4):
        ADD.hint()
        shown.append(capsys.readouterr().out)

    assert [text.count("Hint ") for text in shown] == [1, 2, 3, 3]
    assert "Write `2 + 3`." in shown[2] and "Write `2 + 3`." not in shown[1]
    assert "solution(now=True)" in shown[2] and "solution(now=True)" not in shown[1]
    assert [it["rung"] for it in journal.records()] == [1, 2, 3, 3]


def test_the_solution_opens_after_three_tries(capsys):
    for tries in range(3):
        ADD.solution()
        out = capsys.readouterr().out
        assert "2 + 3" not in out and f"tried {tries} time" in out
        ADD.check(6)
        capsys.readouterr()
    ADD.solution()

    assert "total = 2 + 3" in capsys.readouterr().out
    assert [it["kind"] for it in journal.records()].count("solution") == 1


def test_the_solution_opens_after_a_pass(capsys):
    ADD.check(5)
    ADD.solution()

    assert "total = 2 + 3" in capsys.readouterr().out


def test_the_solution_opens_at_once_for_whoever_asks(capsys):
    ADD.solution(now=True)

    assert "total = 2 + 3" in capsys.readouterr().out


def test_records_from_elsewhere_that_lack_something_do_no_harm(capsys):
    journal.append("attempt", "step1.add")
    journal.append("hint", "step1.add", rung="tea")
    ADD.hint()
    ADD.solution()

    out = capsys.readouterr().out
    assert "Hint 2 of 3" in out and "tried 1 time" in out


# --- On the page ---


class Page(html.parser.HTMLParser):
    """The tags and the text of a page."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def pages(monkeypatch):
    """The pages that a notebook would show, with the plain text of each."""
    shown = []
    monkeypatch.setattr(feedback.messages, "show", lambda page, text: shown.append((page, text)))
    return shown


@pytest.mark.parametrize("answer", [..., 5, 6, "<script>alert(1)</script>", "`</code>`", type("<b>", (), {})()])
def test_a_message_is_sound_html_that_runs_nothing(answer, pages):
    ADD.check(answer)
    (page, text), read = pages[0], Page()
    read.feed(page)

    assert read.open == []
    assert {tag for tag, _ in read.tags} <= {"div", "p", "span", "strong", "code", "a", "small"}
    box = read.tags[0][1]
    assert box["role"] == "status" and box["aria-label"].startswith("Add: ")
    assert box["aria-label"] in read.text and box["aria-label"] in text
    assert {"aria-hidden": "true"} in [attributes for tag, attributes in read.tags if tag == "span"]
    links = [attributes["href"] for tag, attributes in read.tags if tag == "a"]
    assert all(link.startswith(course.NOTEBOOKS[1].file) for link in links)


def test_the_three_states_differ_in_icon_words_and_line(pages):
    for answer in (..., 6, 5):
        ADD.check(answer)

    assert len({text[0] for _, text in pages}) == 3
    assert len({word for page, _ in pages for word in ("dotted", "dashed", "solid") if word in page}) == 3


def test_what_went_wrong_with_the_journal_is_told_once(pages, monkeypatch):
    monkeypatch.setattr(journal, "notices", iter([["The folder is read-only."], []]).__next__)
    ADD.check(5)
    ADD.check(5)

    assert ["read-only" in page and "read-only" in text for page, text in pages] == [True, False]
