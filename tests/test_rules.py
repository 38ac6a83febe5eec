"""Each rule of `rules/` finds nothing in a good notebook, and the mistake it is there for."""

import copy
import re
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from refresh import NOTEBOOK_METADATA
from rules import RULES, Notebook, code, links, outputs, prose
from rules.glossary import badly_listed_terms, unlinked_terms
from rules.links import document_problems

OPENING = """# 3. Add the layers

Layers in a row make a network. 60 minutes.

[Back](02_build.ipynb) · [Contents](00_start.ipynb) · [Next](04_compile.ipynb)

**You will**

- stack layers with `.add()`
- choose the activation of each layer
- count the parameters by hand
"""
PROSE = """## Order matters

A [**layer**](glossary.md#layer) has *many* neurons, see [below](#Order-matters) and
[the source](source.py). ![Two layers of three circles, joined by lines](layers.png)
"""
CLOSING = """## Where you stand

**You now know**

- how to stack layers with `.add()`
- how to choose an activation for a layer
- how to count parameters by hand

Next: [compile the model](04_compile.ipynb#First-things), or read <https://keras.io/api/>.
"""
GLOSSARY = "# Glossary\n\n## layer\n\nNeurons side by side.\n\n## neuron\n\nA weighted sum.\n"
PICTURE = {"image/png": "iVBORw0KGgo=", "text/plain": "A line that falls from left to right"}


def code_cell(source, *cell_outputs, tag=None):
    metadata = {"tags": [tag]} if tag else {}
    return new_code_cell(source, outputs=list(cell_outputs), metadata=metadata)


def printed(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def raised(message):
    return new_output("error", ename="ZeroDivisionError", evalue=message, traceback=[message])


def show(*, alt="A line that falls from left to right", **data):
    return new_output("display_data", data=data or PICTURE, metadata={"image/png": {"alt": alt}})


def good_cells():
    return [
        new_markdown_cell(OPENING),
        code_cell("from companion import plots\nimport keras"),
        new_markdown_cell(PROSE),
        code_cell("history = model.fit(x, y, verbose=0)"),
        code_cell("plots.show(figure)", show()),
        code_cell("history", printed("0.913"), tag="nbval-ignore-output"),
        code_cell("1 / 0", raised("division by zero"), tag="raises-exception"),
        code_cell("print(accuracy > 0.9)", printed("True\n")),
        new_markdown_cell(CLOSING),
    ]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "glossary.md").write_text(GLOSSARY, encoding="utf-8")
    (tmp_path / "source.py").touch()
    (tmp_path / "layers.png").touch()
    neighbour = new_markdown_cell("## First things\n\nA [**neuron**](glossary.md#neuron) adds.")
    for name in ("00_start", "02_build", "04_compile"):
        nbformat.write(new_notebook(cells=[neighbour]), tmp_path / f"{name}.ipynb")
    return tmp_path


@pytest.fixture
def notebook(folder):
    cells = good_cells()
    executed = [cell for cell in cells if cell.cell_type == "code"]
    for count, cell in enumerate(executed, start=1):
        cell.execution_count = count
    node = new_notebook(cells=cells, metadata=copy.deepcopy(NOTEBOOK_METADATA))
    path = folder / "03_add_the_layers.ipynb"
    nbformat.write(node, path)
    return Notebook.read(path)


def write(number, source):
    """Replace the source of a cell."""

    def change(node):
        node.cells[number - 1].source = source

    return change


def store(number, *cell_outputs):
    """Replace the outputs of a cell."""

    def change(node):
        node.cells[number - 1].outputs = list(cell_outputs)

    return change


def edit(number, old, new):
    """Replace a piece of the source of a cell."""

    def change(node):
        assert old in node.cells[number - 1].source
        node.cells[number - 1].source = node.cells[number - 1].source.replace(old, new)

    return change


def retag(number, *names):
    """Replace the tags of a cell."""

    def change(node):
        node.cells[number - 1].metadata["tags"] = list(names)

    return change


def count(number, value):
    """Set the execution count of a cell."""

    def change(node):
        node.cells[number - 1].execution_count = value

    return change


LONG = "\n".join(f"row_{number} = {number}" for number in range(21))
LONGISH = "\n".join(f"row_{number} = {number}" for number in range(11))

# A rule, a mistake, and what the message has to say.
MISTAKES = [
    (outputs.is_valid, lambda node: node.update(nbformat_minor=4), "expected format 4.5"),
    (outputs.is_valid, lambda node: node.cells[0].update(id=node.cells[1].id), "two cells"),
    (outputs.is_valid, lambda node: node.cells[0].pop("source"), "no valid notebook"),
    (outputs.has_plain_metadata, lambda node: node.metadata.update(widgets={}), "widgets"),
    (
        outputs.has_plain_metadata,
        lambda node: node.metadata.language_info.update(version="3.11.7"),
        "refresh",
    ),
    (outputs.ran_from_top_to_bottom, count(2, None), "cell 2 .*expected .* 1, received None"),
    (outputs.ran_from_top_to_bottom, count(5, 7), "cell 5 .*expected .* 3, received 7"),
    (outputs.has_no_empty_cell, write(9, " \n"), "cell 9 .*empty"),
    (outputs.has_no_empty_cell, write(2, ""), "cell 2 .*empty"),
    (outputs.has_no_stderr, store(6, printed("careful", "stderr")), "cell 6 .*'careful'"),
    (outputs.raises_only_on_purpose, store(2, raised("no")), "cell 2 .*stores an error"),
    (outputs.raises_only_on_purpose, store(7), "cell 7 .*raises none"),
    (outputs.is_light, store(2, printed("x" * 200_001)), "cell 2 .*at most 200,000"),
    (outputs.knows_no_machine, store(2, printed("saved\n/home/ada/model.keras")), "/home/ada"),
    (outputs.knows_no_machine, store(2, printed("C:\\Users\\ada")), "C:"),
    (outputs.knows_no_machine, write(2, "open('/tmp/x')"), "/tmp/x"),
    (outputs.knows_no_machine, store(2, show(**{"text/plain": "<A at 0x7f3c2a10>"})), "0x7f3c2a10"),
    (outputs.knows_no_machine, store(7, raised("no /Users/ada/x")), "/Users/ada"),
    (outputs.describes_its_figures, store(5, show(alt="A figure")), "cell 5 .*'A figure'"),
    (outputs.describes_its_figures, store(5, show(alt=" " * 30)), "alt text"),
    (outputs.describes_its_figures, store(5, show(**{"image/svg+xml": "<svg/>"})), "alt text ''"),
    (outputs.backs_ignored_outputs, retag(8, "nbval-ignore-output"), "cell 6 .*\n.*cell 8"),
    (outputs.backs_ignored_outputs, retag(8, "nbval-skip"), "cell 6 .*\n.*cell 8"),
    (
        outputs.backs_ignored_outputs,
        lambda node: (store(7)(node), store(8, show(**{"image/png": "iVBORw0KGgo="}))(node)),
        "cell 6 .*ignored",
    ),
    (code.is_plain_python, write(2, "%matplotlib inline"), "%matplotlib inline"),
    (code.is_plain_python, write(2, "!pip install keras"), "!pip"),
    (code.has_short_cells, write(2, LONG), "cell 2 .*21 lines"),
    (code.has_short_cells, write(2, LONGISH), "1 of 6 code cells"),
    (
        code.has_short_cells,
        lambda node: [write(number, "\n\n".join("abcde"))(node) for number in (2, 4, 5, 6)],
        "median code cell has 5 lines",
    ),
    (code.runs_quietly, write(4, "model.fit(x, y)"), r"\.fit\(…\) verbose=0"),
    (code.runs_quietly, write(8, "print(model.predict(x, verbose=1))"), r"\.predict\(…\)"),
    (code.runs_quietly, write(8, "net.evaluate(x, verbose='auto')"), r"\.evaluate\(…\)"),
    (code.imports_only_what_is_declared, write(4, "import pandas as pd"), "'pandas'"),
    (code.imports_only_what_is_declared, write(4, "from pytest import raises"), "'pytest'"),
    (code.imports_companion_first, write(2, "import keras\nimport companion"), "before 'keras'"),
    (code.imports_companion_first, write(2, "from tensorflow import data"), "before 'tensorflow'"),
    (code.names_its_imports, write(4, "from companion.plots import *"), "companion.plots"),
    (code.marks_cells_by_tags, write(4, "# NBVAL_IGNORE_OUTPUT\nx"), "tag"),
    (code.folds_the_answers, write(2, "guess.compare(3)"), "cell 2 .*gives an answer away"),
    (code.folds_the_answers, write(2, f"{code.COMPARISON}\nguess.compare(3)"), "let the refresh fold it"),
    (prose.opens_with_its_title, edit(1, "# 3. ", "# 4. "), "expected '# 3. Title'"),
    (prose.opens_with_its_title, edit(3, "## Order", "# Order"), "second title"),
    (prose.says_how_long_it_takes, edit(1, "60 minutes", "An hour"), "how long"),
    (prose.leads_to_its_neighbours, edit(1, "02_build", "source"), "cell 1 .*02_build.ipynb"),
    (prose.leads_to_its_neighbours, edit(1, "00_start", "source"), "cell 1 .*00_start.ipynb"),
    (prose.leads_to_its_neighbours, edit(1, "04_compile", "source"), "cell 1 .*04_compile.ipynb"),
    (prose.leads_to_its_neighbours, edit(9, "04_compile", "source"), "cell 9 .*04_compile.ipynb"),
    (prose.keeps_its_promises, edit(1, "**You will**", "Aims"), "You will"),
    (prose.keeps_its_promises, edit(1, "- count the parameters by hand", ""), "received 2"),
    (prose.keeps_its_promises, edit(9, "- how to count parameters by hand", ""), "received 2"),
    (prose.keeps_its_promises, edit(9, "**You now know**", "Done"), "You now know"),
    (prose.keeps_its_promises, edit(9, "count parameters by hand", "go home"), "too few words"),
    (prose.keeps_bold_for_terms, edit(3, "*many*", "**neurons**"), "glossary.md#neuron"),
    (prose.keeps_bold_for_terms, edit(3, "*many*", "**many**"), r"\*many\*"),
    (prose.describes_its_pictures, edit(3, "Two layers of three circles, joined", ""), "by lines"),
    (prose.describes_its_pictures, edit(3, "*many*", '<img src="layers.png">'), "alt text ''"),
    (links.leads_somewhere, edit(3, "layers.png", "gone.png"), "gone.png.*does not exist"),
    (links.leads_somewhere, edit(3, "#Order-matters", "#order-matters"), "Order-matters"),
    (links.leads_somewhere, edit(3, "glossary.md#layer", "glossary.md#leyer"), "mean #layer"),
    (links.leads_somewhere, edit(9, "#First-things", "#Last-things"), "First-things"),
    (links.leads_somewhere, edit(3, "source.py", "source.py#L3"), "have headings"),
    (links.leads_somewhere, edit(3, "source.py", "/source.py"), "relative"),
    (links.leads_somewhere, edit(9, "https://keras.io", "http://keras.io"), "https://"),
    (links.leads_somewhere, edit(9, "https://keras.io/api/", "https://keras"), "neither"),
    (links.leads_somewhere, edit(3, "*many*", '<a href="gone.md">x</a>'), "gone.md"),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_good_notebook_has_no_problems(rule, notebook):
    assert rule(notebook) == []


@pytest.mark.parametrize(("rule", "mistake", "message"), MISTAKES)
def test_a_mistake_is_caught(rule, mistake, message, notebook):
    mistake(notebook.node)

    problems = "\n".join(rule(notebook))

    assert notebook.path.name in problems
    assert re.search(message, problems)


def test_each_rule_has_a_mistake_that_it_catches():
    assert {rule for rule, _, _ in MISTAKES} == set(RULES)


def test_what_may_print_progress_is_tagged(notebook):
    notebook.node.cells[5].source = "model.fit(x, y)"

    assert code.runs_quietly(notebook) == []


def test_a_notebook_that_ends_the_course_needs_no_next_one(notebook):
    (notebook.path.parent / "04_compile.ipynb").unlink()

    assert prose.leads_to_its_neighbours(notebook) == []


def test_a_good_glossary_has_no_problems(notebook):
    assert badly_listed_terms(notebook.path.parent) == []
    assert unlinked_terms(notebook.path.parent) == []


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (["neuron", "layer"], "'layer' stands after 'neuron'"),
        (["layer", "layer"], "each of them once"),
        (["Layer"], "lower-case"),
        (["tf.data"], "lower-case"),
        ([], "expected terms"),
    ],
)
def test_a_bad_glossary_is_caught(terms, message, folder):
    text = "# Glossary\n\n" + "\n\n".join(f"## {term}\n\nText." for term in terms)
    (folder / "glossary.md").write_text(text, encoding="utf-8")

    assert message in "\n".join(badly_listed_terms(folder))


def test_a_term_that_no_notebook_links_is_caught(folder):
    assert unlinked_terms(folder) == [
        "glossary.md: no notebook links to 'layer'; link its first mention or drop the term"
    ]


def test_documents_are_read_as_github_shows_them(folder):
    document = folder / "README.md"
    document.write_text("## What's in it?\n\n[here](#whats-in-it)", encoding="utf-8")
    assert document_problems(document) == []

    document.write_text("## What's in it?\n\n[here](#What's-in-it?)", encoding="utf-8")
    assert "did you mean #whats-in-it?" in document_problems(document)[0]


def test_documents_beside_notebooks_are_read_as_jupyterlab_shows_them(folder):
    (folder / "notebooks").mkdir()
    document = shutil.copy(folder / "glossary.md", folder / "notebooks" / "glossary.md")
    with open(document, "a", encoding="utf-8") as file:
        file.write("\n## One More\n\n[up](#one-more)")

    assert "did you mean #One-More?" in document_problems(document)[0]
