"""A prediction prompt in JupyterLab, answered by keyboard alone."""

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook

from browser.accessibility import serious_findings
from browser.lab import Lab, OpenNotebook

pytestmark = pytest.mark.browser

ASKS = """\
from companion import predict
guess = predict.choice("1.rows", "How many rows does the first batch hold?", ["1", "32", "333"])"""


@pytest.fixture
def notebook(lab: Lab, browser):
    """A notebook with one prompt, open and run."""
    node = new_notebook(cells=[new_code_cell(ASKS)])
    node.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    write(node, lab.folder / "root" / "notebooks" / "prediction.ipynb")
    with OpenNotebook(lab, browser, "prediction.ipynb") as opened:
        opened.run_all()
        yield opened


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


def test_no_serious_barrier_is_found_in_a_prompt(notebook):
    assert serious_findings(notebook.page, notebook.page.locator(".jp-OutputArea-output").last) == []


def test_a_prediction_says_what_is_missing(notebook):
    commit = notebook.page.get_by_role("button", name="Commit")
    for chosen, missing in ((None, "an answer"), (0, "how sure you are")):
        if chosen is not None:
            notebook.page.get_by_role("radio").nth(chosen).press("Space")
        commit.press("Enter")
        notebook.settle()
        assert notebook.page.get_by_text(f"Choose {missing} first.").is_visible()
    assert notebook.execute("", "guess.predicted") is None
