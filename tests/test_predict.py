"""Predictions: committed before the result, contrasted with it, and asked again where they were certain and wrong."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion import journal, predict
from exercises.nonsense import NONSENSE

CHOICES = ["1", "32", "333"]
QUESTION = "How many rows does a batch hold?"


@pytest.fixture(autouse=True)
def own_journal(tmp_path, monkeypatch):
    """An empty journal, and a kernel in which nothing was answered yet."""
    monkeypatch.setenv("COMPANION_PROGRESS", str(tmp_path))
    monkeypatch.setattr(predict, "_committed", {})
    monkeypatch.setattr(predict, "_came_back", {})


def asked(name="1.rows", answer=None, sure="fairly"):
    return predict.choice(name, QUESTION, CHOICES, answer=answer, sure=sure)


def predicted(name, answer, actual, sure="certain"):
    asked(name, answer, sure).compare(actual, why="`batch(32)` gathers 32.")


# --- Committing ---


@pytest.mark.parametrize("answer", ["32", 32, "b", "B", " b) "])
def test_a_choice_is_named_by_its_words_or_its_letter(answer):
    assert asked(answer=answer).predicted == "32"


def test_words_win_over_letters():
    prompt = predict.choice("1.x", QUESTION, ["b", "a"], answer="a")
    assert prompt.predicted == "a"


@pytest.mark.parametrize(("answer", "kept"), [(1290, "1290"), ("1,290", "1290"), (" 0.5 ", "0.5"), ("1e3", "1000"), ("−2.5", "-2.5")])
def test_a_number_may_be_written_as_one_likes(answer, kept):
    assert predict.number("2.n", "How many?", answer=answer).predicted == kept


@pytest.mark.parametrize("answer", [*(kind() for kind in NONSENSE.values()), "d", "", float("inf")], ids=lambda _: "")
@pytest.mark.parametrize("choices", [(), CHOICES], ids=["number", "choice"])
def test_nonsense_is_explained_and_not_kept(answer, choices):
    prompt = predict.Prompt("1.rows", QUESTION, choices)
    said = prompt.commit(answer)

    assert prompt.predicted is None
    assert said.startswith("Nothing is noted yet: expected ")
    assert ("a number" in said) is (not choices)


@pytest.mark.parametrize("sure", ["very", None, 3, ["certain"]])
def test_how_sure_is_one_of_three(sure):
    prompt = predict.Prompt("1.rows", QUESTION, CHOICES)

    assert '`"certain"`' in prompt.commit("32", sure)
    assert prompt.predicted is None


@given(st.text() | st.integers() | st.floats() | st.none() | st.lists(st.integers()))
def test_whatever_is_committed_is_kept_or_explained(answer):
    prompt = predict.Prompt("1.rows", QUESTION, CHOICES)
    prompt.commit(answer)

    assert prompt.predicted in (None, *CHOICES)


def test_a_later_answer_replaces_an_earlier_one():
    prompt = asked(answer="a")
    prompt.commit("c", "guess")

    assert (prompt.predicted, prompt.sure) == ("333", "guess")


@pytest.mark.parametrize(
    ("name", "choices"),
    [("rows", CHOICES), ("1.", CHOICES), ("1.rows", ["1"]), ("1.rows", ["a", "A"]), ("1.rows", "abc"), ("1.rows", list("abcdefg"))],
)
def test_a_faulty_prompt_is_refused(name, choices):
    with pytest.raises(ValueError, match="expected"):
        predict.choice(name, QUESTION, choices)


@pytest.mark.parametrize("within", [-1, float("nan"), float("inf")])
def test_a_faulty_tolerance_is_refused(within):
    with pytest.raises(ValueError, match="within: expected a number of 0 or above"):
        predict.number("1.rows", QUESTION, within=within)


# --- The prompt's cell run again, in the same kernel ---


def test_an_answer_outlives_another_run_of_the_prompts_cell(capsys):
    asked().commit("b", "guess")
    prompt = asked()
    prompt.compare(32)
    out = capsys.readouterr().out

    assert (prompt.predicted, prompt.sure) == ("32", "guess")
    assert "Noted: 32 (a guess). To change it, choose again and commit." in out
    assert "You guessed 32, and the result is 32." in out and "No prediction made" not in out


def test_a_prompt_that_nobody_answered_says_the_same_each_time(capsys):
    asked()
    first = capsys.readouterr().out
    asked("1.other", answer="a")
    capsys.readouterr()
    asked()

    assert capsys.readouterr().out == first and "Predict, then run the next cells." in first


def test_an_answer_given_after_another_run_replaces_the_earlier_one():
    asked().commit("a", "certain")
    asked().commit("c", "guess")

    assert (asked().predicted, asked().sure) == ("333", "guess")


def test_an_answer_in_the_call_wins_over_an_earlier_one_also_if_it_is_nonsense():
    asked().commit("a")

    assert asked(answer="c").predicted == "333"
    assert asked(answer="tea").predicted is None


def test_another_question_of_the_same_name_does_not_take_the_answer():
    asked().commit("a")

    assert predict.choice("1.rows", QUESTION, ["1", "2"]).predicted is None
    assert predict.choice("1.rows", "And this?", CHOICES).predicted is None
    assert predict.number("1.rows", QUESTION).predicted is None


# --- Contrasting ---


@pytest.mark.parametrize(
    ("answer", "sure", "words"),
    [
        ("32", "guess", ["✔ As predicted", "You guessed 32, and the result is 32."]),
        ("32", "certain", ["✔ As predicted", "You predicted 32 (certain)"]),
        ("1", "fairly", ["↻ Not as predicted", "You predicted 1 (fairly sure). The result is 32."]),
        ("1", "certain", ["↻ Not as predicted", "comes back before the course ends"]),
    ],
)
def test_the_result_is_set_beside_the_prediction(answer, sure, words, capsys):
    predicted("1.rows", answer, 32, sure)
    out = capsys.readouterr().out

    assert all(some in out for some in words)
    assert "`batch(32)` gathers 32." in out
    assert ("comes back" in out) is (answer == "1" and sure == "certain")


def test_without_a_prediction_the_result_stands_alone_and_nothing_is_noted(capsys):
    asked().compare(32, why="So it is.")

    assert capsys.readouterr().out.endswith("○ No prediction made\nThe result: 32. So it is.\n")
    assert journal.records() == []


def test_what_is_noted_is_enough_to_ask_again():
    predicted("1.rows", "1", 32)
    (record,) = journal.records()

    assert {key: record[key] for key in ("kind", "name", "question", "choices", "predicted", "actual", "right", "sure")} == {
        "kind": "prediction", "name": "1.rows", "question": QUESTION, "choices": CHOICES,
        "predicted": "1", "actual": "32", "right": False, "sure": "certain",
    }  # fmt: skip


@pytest.mark.parametrize("actual", [33, None, "", "thirty-two"])
def test_a_result_that_is_no_choice_is_a_fault_of_the_notebook(actual):
    with pytest.raises(ValueError, match="actual: expected one of"):
        asked(answer="32").compare(actual)


@pytest.mark.parametrize(
    ("guess", "actual", "within", "right"),
    [(40, 40, 0, True), (41, 40, 0, False), (41, 40, 1, True), (42, 40, 1, False), (0.3, 0.1 + 0.2, 0, True), (0.4, 0.3, 0.1, True)],
)  # fmt: skip
def test_a_number_may_be_a_little_off(guess, actual, within, right):
    predict.number("2.n", "How many?", within=within, answer=guess).compare(actual)

    assert journal.records()[0]["right"] is right


# --- Coming back ---


def test_only_what_was_certain_and_wrong_comes_back():
    for name, answer, sure in [("1.a", "1", "certain"), ("1.b", "1", "fairly"), ("1.c", "32", "certain"), ("2.d", "1", "certain")]:
        predicted(name, answer, 32, sure)

    assert [it["name"] for it in predict.due(journal.records())] == ["1.a", "2.d"]
    assert [it["name"] for it in predict.due(journal.records(), notebook=2)] == ["1.a"]
    assert predict.due(journal.records(), notebook=1) == []


def test_what_was_predicted_right_since_does_not_come_back():
    predicted("1.a", "1", 32)
    predicted("1.a", "32", 32, "guess")

    assert predict.due(journal.records()) == []


def test_it_is_asked_in_a_later_notebook_until_the_answer_is_right(capsys):
    predicted("1.a", "1", 32)
    capsys.readouterr()
    predict.again(1)
    assert "Nothing comes back" in capsys.readouterr().out
    predict.again(2)
    out = capsys.readouterr().out
    assert QUESTION in out and "You were certain of this in notebook 1" in out and "b) 32" in out

    predict.again(2, answers=["333"])
    out = capsys.readouterr().out
    assert "The result is 32. `batch(32)` gathers 32." in out and "once more" in out
    predict.again(3, answers=["b"])
    assert "Right: 32." in capsys.readouterr().out
    predict.again(4)
    assert "Nothing comes back" in capsys.readouterr().out

    returns = [it for it in journal.records() if it["kind"] == "return"]
    assert [(it["name"], it["notebook"], it["predicted"], it["right"]) for it in returns] == [
        ("1.a", 2, "333", False), ("1.a", 3, "32", True),
    ]  # fmt: skip


@pytest.mark.parametrize(("answer", "words"), [("b", "Right: 32."), ("333", "The result is 32.")])
def test_what_was_said_to_a_question_that_came_back_outlives_another_run_of_its_cell(answer, words, capsys):
    predicted("1.a", "1", 32)
    predict.again(2, answers=[answer])
    capsys.readouterr()
    predict.again(2)
    out = capsys.readouterr().out

    assert QUESTION in out and words in out
    assert "Nothing comes back" not in out and "What do you say today?" not in out


def test_of_two_questions_that_came_back_the_other_one_still_waits(capsys):
    for name in ("1.a", "1.b", "1.c"):
        predicted(name, "1", 32)
    predict.again(2, answers=["b"])
    capsys.readouterr()
    predict.again(2)
    out = capsys.readouterr().out

    assert out.count(QUESTION) == 2, "neither is left out, nor does a third one come"
    assert (out.count("Right: 32."), out.count("What do you say today?")) == (1, 1)


def test_nonsense_to_a_question_that_came_back_is_explained(capsys):
    predicted("1.a", "1", 32)
    predict.again(2, answers=["tea"])

    assert "Nothing is noted yet" in capsys.readouterr().out
    assert [it["kind"] for it in journal.records()] == ["prediction"]


@pytest.mark.parametrize("lacking", ["question", "choices", "actual", "right", "sure", "within", "name"])
def test_a_record_from_elsewhere_that_lacks_something_does_not_come_back(lacking):
    predicted("1.a", "1", 32)
    (record,) = journal.records()
    assert predict.due([record]) == [record]

    assert predict.due([{**record, lacking: "tea" if lacking == "name" else None}]) == []


def test_a_number_comes_back_with_its_tolerance(capsys):
    predict.number("1.n", "How many?", within=2, answer=50, sure="certain").compare(40)
    predict.again(2, answers=[41])

    assert "Right: 40." in capsys.readouterr().out


def test_at_most_two_come_back_at_once(capsys):
    for name in ("1.a", "1.b", "1.c"):
        predicted(name, "1", 32)
    capsys.readouterr()
    predict.again(2)

    assert capsys.readouterr().out.count(QUESTION) == predict.MOST_AGAIN == 2


# --- The form in a notebook ---


@pytest.fixture
def notebook(monkeypatch):
    """What a notebook would display, as (bundle, widgets of the form) for each prompt."""
    import IPython.display
    import ipywidgets

    shown, forms, box = [], [], ipywidgets.VBox
    monkeypatch.setattr(IPython, "get_ipython", lambda: object())
    monkeypatch.setattr(ipywidgets, "VBox", lambda children: forms.append(children) or box(children))
    monkeypatch.setattr(IPython.display, "display", lambda bundle, raw: shown.append((bundle, forms and forms[-1])))
    return shown


def test_the_form_has_labels_and_stands_as_text_without_a_kernel(notebook):
    asked()
    bundle, (question, field, sure, button, _) = notebook[0]

    assert (field.description, sure.description, button.description) == ("Prediction:", "How sure:", "Commit")
    assert QUESTION in question.value
    assert field.index is None and sure.index is None, "nothing is chosen for the learner"
    for form in ("text/html", "text/plain"):
        assert QUESTION in bundle[form] and all(choice in bundle[form] for choice in CHOICES)


def test_the_form_asks_for_what_is_missing_and_keeps_the_rest(notebook):
    prompt = asked()
    _, (_, field, sure, button, said) = notebook[0]

    button.click()
    assert "Choose an answer first." in said.value and prompt.predicted is None
    field.value = "333"
    button.click()
    assert "Choose how sure you are first." in said.value and prompt.predicted is None
    sure.value = "certain"
    button.click()
    assert "Noted: 333 (certain)." in said.value and 'role="status"' in said.value
    assert (prompt.predicted, prompt.sure) == ("333", "certain")


@pytest.mark.parametrize("ask", [asked, lambda: predict.number("1.rows", QUESTION)], ids=["choice", "number"])
def test_the_form_of_another_run_shows_the_answer_as_committed(ask, notebook):
    ask()
    _, (_, field, sure, button, _) = notebook[0]
    field.value, sure.value = "32", "certain"
    button.click()
    prompt = ask()
    bundle, (_, field, sure, button, said) = notebook[1]

    assert (field.value, sure.value) == ("32", "certain")
    assert "Noted: 32 (certain). To change it, choose again and commit." in said.value and 'role="status"' in said.value
    assert all("Noted: 32 (certain)." in bundle[form] for form in ("text/html", "text/plain"))
    field.value, sure.value = "1", "guess"
    button.click()
    assert (prompt.predicted, prompt.sure) == ("1", "guess")


def test_the_form_explains_what_is_no_number(notebook):
    prompt = predict.number("2.n", "How many?")
    _, (_, field, sure, button, said) = notebook[0]
    field.value, sure.value = "<b>many</b>", "guess"
    button.click()

    assert "expected a number" in said.value and "<b>" not in said.value
    assert prompt.predicted is None


def enter(field, *texts):
    """What a browser sends when Enter is pressed in a field: first the key, then the text, if that has changed."""

    async def browser():
        data = {"method": "custom", "content": {"event": "submit"}}
        field._handle_msg({"content": {"data": data}, "buffers": []})
        for text in texts:
            field.value = text
        await asyncio.sleep(2 * predict.WAIT)

    asyncio.run(browser())


def test_enter_in_the_field_of_a_number_commits_what_stands_in_it(notebook):
    prompt = predict.number("2.n", "How many?")
    _, (_, field, sure, _, said) = notebook[0]

    enter(field)
    assert "Choose an answer first." in said.value
    enter(field, "40")
    assert "Choose how sure you are first." in said.value and prompt.predicted is None
    sure.value = "guess"
    assert prompt.predicted is None, "to say how sure is not to commit"
    enter(field)
    assert (prompt.predicted, prompt.sure) == ("40", "guess") and "Noted: 40 (a guess)." in said.value
    enter(field, "41")
    assert prompt.predicted == "41"
    field.value = "42"
    assert prompt.predicted == "41", "to leave the field is not to commit"


def test_enter_commits_once_and_nothing_that_stood_there_before(notebook):
    predict.number("1.n", "How many?", answer=50, sure="certain").compare(40)
    predict.again(2)
    _, (_, field, sure, _, _) = notebook[-1]
    field.value, sure.value = "39", "guess"
    enter(field, "40")

    assert [it["predicted"] for it in journal.records()] == ["50", "40"]


def test_nonsense_after_an_answer_to_a_question_that_came_back_is_not_noted(notebook):
    predict.number("1.n", "How many?", answer=50, sure="certain").compare(40)
    predict.again(2)
    _, (_, field, sure, button, said) = notebook[-1]
    for value in ("40", "tea"):
        field.value, sure.value = value, "guess"
        button.click()

    assert "expected a number" in said.value
    assert [it["kind"] for it in journal.records()] == ["prediction", "return"]


def test_one_form_knows_nothing_of_another(notebook):
    first, second = asked("1.a"), asked("1.b")
    _, (_, field, sure, button, _) = notebook[0]
    field.value, sure.value = "1", "guess"
    button.click()

    assert (first.predicted, second.predicted) == ("1", None)
