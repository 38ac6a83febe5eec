"""A prediction prompt in JupyterLab, answered by keyboard alone, and as learners do: with clicks, then Shift+Enter."""

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook

from browser.accessibility import findings
from browser.lab import Lab, OpenNotebook

pytestmark = pytest.mark.browser

CHOOSES = """\
from companion import predict
guess = predict.choice("1.rows", "How many rows does the first batch hold?", ["1", "32", "333"])"""
ASKS_NUMBER = """\
from companion import predict
guess = predict.number("1.count", "How many rows do the batches hold?")"""
# How often each cell has run is in the numbers beside them.
COUNTS = "() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.executionCount)"
COMPARES = "# Your prediction beside the result\nguess.compare(32)"


def opened_with(lab: Lab, browser, *sources):
    """A notebook with these cells, open."""
    node = new_notebook(cells=[new_code_cell(source) for source in sources])
    node.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    write(node, lab.folder / "root" / "notebooks" / "prediction.ipynb")
    return OpenNotebook(lab, browser, "prediction.ipynb")


@pytest.fixture
def notebook(lab: Lab, browser):
    """A notebook with one prompt, open and run."""
    with opened_with(lab, browser, CHOOSES) as opened:
        opened.run_all()
        yield opened


def press(notebook, keys):
    """Press keys wherever the focus is, and wait until the kernel has done what follows."""
    notebook.page.keyboard.press(keys)
    notebook.page.wait_for_timeout(300)  # a key that runs a cell does so only after the page has thought about it
    notebook.settle()


def test_a_click_and_then_shift_enter_keep_the_prediction(lab, browser):
    with opened_with(lab, browser, CHOOSES, "rows = 32", COMPARES) as notebook:
        page = notebook.page
        page.locator(".jp-Cell .cm-content").first.click()
        press(notebook, "Shift+Enter")
        for radio in (1, 5):
            page.get_by_role("radio").nth(radio).click()
        page.get_by_role("button", name="Commit").click()
        notebook.settle()
        for _ in range(3):  # the click has made the prompt's cell the active one: the first of these runs it again
            press(notebook, "Shift+Enter")
        assert page.evaluate(COUNTS)[:3] == [2, 3, 4], "the learner did not do what this test is about"
        status = page.get_by_role("status").filter(has_text="Noted")
        assert status.inner_text() == "Noted: 32 (certain). To change it, choose again and commit."
        assert page.get_by_text("You predicted 32 (certain), and the result is 32.").is_visible()
        assert notebook.problems() == []


def test_a_prediction_is_made_by_keyboard(notebook):
    keys = notebook.page.keyboard
    answers = notebook.page.get_by_role("radio")
    assert [radio.aria_snapshot() for radio in answers.all()[:3]] == [
        '- radio "a) 1"', '- radio "b) 32"', '- radio "c) 333"'
    ]  # fmt: skip
    answers.first.focus()
    # The second answer, the first level of certainty, Commit: each choice is a stop of the Tab key.
    for key in ("Tab", "Space", "Tab", "Tab", "Space", "Tab", "Tab", "Tab", "Space"):
        keys.press(key)
        notebook.settle()
    assert notebook.page.get_by_role("status").filter(has_text="Noted").inner_text() == "Noted: 32 (a guess)."
    assert notebook.execute("", "[guess.predicted, guess.sure]") == ["32", "guess"]
    assert notebook.page.evaluate("window.pointed") == 0, "a mouse was used"
    assert notebook.problems() == []


@pytest.mark.parametrize(
    "order", [("number", "sure", "Enter"), ("sure", "number", "Enter")], ids=["sure last", "number last"]
)
def test_enter_in_the_field_of_a_number_commits_what_was_typed(lab, browser, order):
    with opened_with(lab, browser, ASKS_NUMBER) as notebook:
        notebook.run_all()
        field, keys = notebook.page.get_by_label("Prediction:"), notebook.page.keyboard
        for what in order:
            if what == "sure":
                notebook.page.get_by_role("radio", name="certain").check()
                continue
            field.focus()
            keys.type("1290") if what == "number" else keys.press("Enter")
        noted = notebook.page.get_by_role("status").filter(has_text="Noted")
        assert noted.inner_text() == "Noted: 1290 (certain)."
        assert notebook.execute("", "[guess.predicted, guess.sure]") == ["1290", "certain"]
        assert notebook.problems() == []


def test_the_terminal_warns_of_no_eavesdroppers(notebook, lab):
    """A kernel on a plain connection says in the terminal that others might listen, which alarms without need."""
    said = lab.log.read_text(encoding="utf-8")
    assert "Kernel started" in said
    assert "without encryption" not in said


def test_no_barrier_is_found_in_a_prompt(notebook):
    assert findings(notebook.page, notebook.page.locator(".jp-OutputArea-output").last) == []


def test_a_prediction_says_what_is_missing(notebook):
    commit = notebook.page.get_by_role("button", name="Commit")
    for chosen, missing in ((None, "an answer"), (0, "how sure you are")):
        if chosen is not None:
            notebook.page.get_by_role("radio").nth(chosen).press("Space")
        commit.press("Enter")
        notebook.settle()
        assert notebook.page.get_by_text(f"Choose {missing} first.").is_visible()
    assert notebook.execute("", "guess.predicted") is None
