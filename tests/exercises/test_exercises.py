"""Each exercise is tried with right answers, wrong answers, none at all, and nonsense."""

import functools
import importlib
import pathlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

import companion.exercises
from companion import course, feedback, journal
from companion.feedback import NOT_ATTEMPTED, NOT_RIGHT, RIGHT, Exercise, Verdict
from exercises.answers import Answers, handed_in, run
from exercises.nonsense import NONSENSE
from rules.notebook import numbered_sections

STEPS = sorted(found.name for found in pkgutil.iter_modules(companion.exercises.__path__))
NOTEBOOKS = pathlib.Path(__file__).resolve().parents[2] / "notebooks"
LONGEST = 5  # sentences of a diagnosis


def exercises() -> Iterator[tuple[str, Exercise]]:
    """Yield each exercise with its name, "step1.batch_the_penguins"."""
    for step in STEPS:
        module = importlib.import_module(f"companion.exercises.{step}")
        for name, value in vars(module).items():
            if isinstance(value, Exercise):
                yield f"{step}.{name}", value


def answers_to(name: str) -> tuple[str, Answers]:
    """Return the step's preparations and the answers written down for an exercise."""
    step, _, exercise = name.partition(".")
    module = importlib.import_module(f"exercises.{step}")
    answers = module.ANSWERS[exercise]
    return module.SETUP + answers.setup, answers


def has_answers(name: str) -> bool:
    try:
        return bool(answers_to(name))
    except (ImportError, KeyError):
        return False


ALL = dict(exercises())
EXERCISES = {name: exercise for name, exercise in ALL.items() if has_answers(name)}


@pytest.mark.parametrize("name", ALL)
def test_exercise_has_answers_written_down(name: str) -> None:
    assert has_answers(name), f"write answers to {name} in tests/exercises/{name.partition('.')[0]}.py"


def verdict_on(name: str, code: str) -> Verdict:
    """Run an answer after the preparations, and judge it."""
    setup, _ = answers_to(name)
    return EXERCISES[name].judge(*handed_in(EXERCISES[name], run(setup, code)))


def every(kind: str) -> list[Any]:
    """Return (exercise, key, code) for each right or wrong answer, as parameters of a test."""
    cases = []
    for name, exercise in EXERCISES.items():
        _, answers = answers_to(name)
        if kind == "right":
            some = [("the solution", exercise.solution_code), *answers.right.items()]
        else:
            some = answers.wrong_ones()
        cases += [pytest.param(name, key, code, id=f"{name}-{key}") for key, code in some]
    return cases


@pytest.fixture(autouse=True)
def _own_journal(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPANION_PROGRESS", str(tmp_path))


@pytest.mark.parametrize(("name", "key", "code"), every("right"))
def test_right_answer_passes(name: str, key: str, code: str) -> None:
    verdict = verdict_on(name, code)
    assert verdict.state == RIGHT, f"{verdict.diagnosis}: {verdict.says}"


@pytest.mark.parametrize(("name", "diagnosis", "code"), every("wrong"))
def test_wrong_answer_gets_its_own_diagnosis(name: str, diagnosis: str, code: str) -> None:
    verdict = verdict_on(name, code)
    assert (verdict.state, verdict.diagnosis) == (NOT_RIGHT, diagnosis), verdict.says
    assert verdict.lesson


@pytest.mark.parametrize("name", EXERCISES)
def test_untouched_starter_is_not_attempted(name: str) -> None:
    _, answers = answers_to(name)
    verdict = verdict_on(name, answers.starter)
    assert (verdict.state, verdict.diagnosis) == (NOT_ATTEMPTED, "")
    assert (EXERCISES[name].begin or "`...`") in verdict.says
    named = [each for each in EXERCISES[name].answers if f"`{each}`" in verdict.says]
    given = [each for each in named if not re.search(rf"^((def|class) {each}\b|{each}\s*=)", answers.starter, re.MULTILINE)]
    assert given == [], "the learner is sent to replace what the notebook has made"


@functools.cache
def right_names(name: str) -> dict[str, Any]:
    """What the solution leaves behind; made once an exercise, since nonsense replaces one name at a time."""
    setup, _ = answers_to(name)
    return run(setup, EXERCISES[name].solution_code)


@pytest.mark.parametrize("kind", NONSENSE)
@pytest.mark.parametrize(("name", "answer"), [(name, answer) for name in EXERCISES for answer in EXERCISES[name].answers])
def test_nonsense_neither_passes_nor_raises(
    name: str, answer: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    values = {**right_names(name), answer: NONSENSE[kind]()}
    exercise = EXERCISES[name]
    verdict = exercise.judge(*handed_in(exercise, values))
    assert verdict.state == NOT_RIGHT
    assert verdict.diagnosis != feedback.UNJUDGED, "the check itself failed on this"
    exercise.check(*handed_in(exercise, values))
    assert f"{exercise.title}: not right yet." in capsys.readouterr().out
    assert [note["state"] for note in journal.records()] == [NOT_RIGHT]


@pytest.mark.parametrize("name", EXERCISES)
def test_answers_are_complete(name: str) -> None:
    """Three right variants, four wrong ones, and each misconception is triggered by one of them."""
    exercise = EXERCISES[name]
    _, answers = answers_to(name)
    assert exercise.name == name
    assert len(answers.right) >= 3 and len(answers.wrong) >= 4
    codes = [exercise.solution_code, *answers.right.values(), *(code for _, code in answers.wrong_ones())]
    assert len({code.strip() for code in codes}) == len(codes), "an answer is there twice"
    misconceptions = [misconception.name for misconception in exercise.misconceptions]
    assert len(set(misconceptions)) == len(misconceptions)
    assert set(misconceptions) <= set(answers.wrong), "a misconception that no wrong answer triggers"
    assert set(answers.wrong) <= {*misconceptions, feedback.NOT_EXPECTED, feedback.STOPPED}


@pytest.mark.parametrize("name", EXERCISES)
def test_texts_keep_to_the_house_style(name: str) -> None:
    """Three hints, each new; a diagnosis of at most five sentences; no internals; lessons that exist."""
    exercise = EXERCISES[name]
    assert len(set(exercise.hints)) == 3 and all(len(hint.split()) >= 5 for hint in exercise.hints)
    texts = [exercise.task, exercise.right, *exercise.hints]
    for it in exercise.misconceptions:
        says = f"{it.did} {it.follows} {it.change}"
        assert len(re.findall(r"[.!?](?= |$)", re.sub(r"`[^`]*`", "", says))) <= LONGEST, says
        assert it.did.split()[0].strip("`") in ("You", "Your") or it.did.startswith("`"), it.did
        assert len(it.follows.split()) >= 6 and len(it.change.split()) >= 3, says
        texts.append(says)
    for text in texts:
        assert text.count("`") % 2 == 0, text
        assert not re.search(r"\bcompanion\b|\bobserve|\bmisconception|\bverdict|student|stupid|obviously|simply|just ", text), text
    for lesson in [exercise.lesson, *(it.lesson for it in exercise.misconceptions)]:
        assert lesson in headings(), lesson


def test_each_diagnosis_has_its_own_words() -> None:
    said = [f"{it.did} {it.follows}" for exercise in EXERCISES.values() for it in exercise.misconceptions]
    assert len(set(said)) == len(said)


def test_the_readme_quotes_a_diagnosis_as_it_is() -> None:
    name, wrong = "step1.batch_the_penguins", "batch before shuffle"
    _, answers = answers_to(name)
    says = verdict_on(name, dict(answers.wrong_ones())[wrong]).says
    readme = (NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")
    assert says in " ".join(readme.replace("\n> ", " ").split())


@functools.cache
def headings() -> frozenset[str]:
    """Every numbered section of the notebooks."""
    return numbered_sections([NOTEBOOKS / notebook.file for notebook in course.NOTEBOOKS])
