"""A learner who does everything: predicts with certainty, errs, takes each hint, and gets there.

Each notebook is copied and run from top to bottom in a kernel of its own, like a learner's, with one
journal for the whole course. Below each exercise the learner hands in a wrong answer, takes the three
hints, asks for the solution too early, hands in a right answer and looks at the solution; below each
prompt, a prediction; where questions come back, the right answer. What the journal holds afterwards is
what must have happened.
"""

import importlib
import os
import re

import nbclient
import nbformat
import pytest
from nbformat.v4 import new_code_cell

import refresh
from companion import course, exercises, feedback, journal, predict
from notebook_guards import unexpected_stderr

CHECK = re.compile(r"^(step\d+)\.(\w+)\.check\((.*)\)$", re.MULTILINE)
PROMPT = re.compile(r"^(\w+) = predict\.(choice|number)\(\s*\"([^\"]+)\"", re.MULTILINE)
AGAIN = re.compile(r"^predict\.again\((\d+)\)$", re.MULTILINE)


def wrong_answer(step: str, name: str) -> tuple[str, str]:
    """The first wrong answer that is written down, with its diagnosis."""
    return importlib.import_module(f"exercises.{step}").ANSWERS[name].wrong_ones()[0]


def exercise_of(step: str, name: str) -> feedback.Exercise:
    return getattr(importlib.import_module(f"{exercises.__name__}.{step}"), name)


def what_the_learner_types(cell: nbformat.NotebookNode) -> list[str]:
    """The cells that the learner adds below one of the notebook's, and runs."""
    typed = []
    for variable, kind, _ in PROMPT.findall(cell.source):
        typed.append(f'{variable}.commit({"1" if kind == "number" else repr("a")}, "certain")')
    for number in AGAIN.findall(cell.source):
        typed.append(
            "from companion import journal\n"
            f'predict.again({number}, answers=[it["actual"] for it in predict.due(journal.records(), {number})])'
        )
    for step, name, answers in CHECK.findall(cell.source):
        call = f"{step}.{name}"
        check = f"{call}.check({answers})"
        typed += [f"{wrong_answer(step, name)[1]}\n{check}"]
        typed += [f"{call}.hint()"] * 3
        typed += [f"{call}.solution()", f"{exercise_of(step, name).solution_code}\n{check}", f"{call}.solution()"]
    return typed


def with_a_learner(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with what the learner types, and a look at the map of the course at the end."""
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type == "code":
            cells += [new_code_cell(source) for source in what_the_learner_types(cell)]
    notebook.cells = [*cells, new_code_cell("from companion import progress\nprogress.show()")]
    return notebook


def run(notebook: nbformat.NotebookNode, folder: str, journal_folder: str) -> None:
    """Run every cell in a new kernel; fail on an error or on stderr."""
    client = nbclient.NotebookClient(
        notebook, kernel_name="python3", timeout=refresh.CELL_TIMEOUT_S, store_widget_state=False,
        extra_arguments=["--log-level=ERROR"], resources={"metadata": {"path": folder}},
    )  # fmt: skip
    client.create_kernel_manager().kernel_spec_manager = refresh.KernelSpecManager(kernel_dirs=[])
    client.execute(env=refresh.kernel_environment(True, journal_folder))
    assert [unexpected_stderr(cell.outputs) for cell in notebook.cells if cell.cell_type == "code"].count("") == len(
        [cell for cell in notebook.cells if cell.cell_type == "code"]
    )


def said(cell: nbformat.NotebookNode) -> str:
    """What a cell put on the page, as plain text."""
    shown = [output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return "\n".join(shown)


@pytest.fixture(scope="module")
def journal_folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("progress"))


@pytest.mark.parametrize("notebook", course.NOTEBOOKS, ids=lambda it: it.file)
def test_the_learner_gets_through(notebook, journal_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPANION_PROGRESS", journal_folder)
    before = journal.records()
    page = nbformat.read(refresh.NOTEBOOKS / notebook.file, as_version=4)
    source = "\n".join(cell.source for cell in page.cells if cell.cell_type == "code")
    checks, prompts = CHECK.findall(source), [(kind, name) for _, kind, name in PROMPT.findall(source)]
    assert len(checks) >= (3 if notebook.number else 1) and len(prompts) >= 5

    run(with_a_learner(page), str(tmp_path), journal_folder)
    new = [it for it in journal.records() if it not in before]

    of = lambda kind, name: [it for it in new if it["kind"] == kind and it["name"] == name]  # noqa: E731
    for step, name, _ in checks:
        exercise = f"{step}.{name}"
        tries = [(it["state"], it["diagnosis"]) for it in of("attempt", exercise)]
        assert tries == [(feedback.NOT_RIGHT, wrong_answer(step, name)[0]), (feedback.RIGHT, "")]
        assert [it["rung"] for it in of("hint", exercise)] == [1, 2, 3]
        assert len(of("solution", exercise)) == 1, "too early it is not shown, after the pass it is"
    for kind, name in prompts:
        (record,) = of("prediction", name)
        assert record["sure"] == "certain" and record["predicted"] == ("1" if kind == "number" else record["choices"][0])
    came_back = [it["name"] for it in predict.due(before, notebook.number)[: predict.MOST_AGAIN]]
    returned = [it for it in new if it["kind"] == "return"]
    assert [it["name"] for it in returned][: len(came_back)] == came_back and all(it["right"] for it in returned)
    assert len(returned) == len(came_back) or AGAIN.findall(source) == [str(notebook.number), str(notebook.number + 1)]
    assert {it["kind"] for it in new} <= {"attempt", "hint", "solution", "prediction", "return"}
    map_of_the_course = said(page.cells[-1])
    for step, name, _ in checks:
        assert f"{exercise_of(step, name).title}: done" in map_of_the_course
    assert os.listdir(tmp_path) == [], "the notebook left files behind"
