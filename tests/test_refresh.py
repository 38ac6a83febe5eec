"""The refresh stores what a clean run prints, the same each time, and leaves failures unwritten."""

import base64
import io

import matplotlib.image
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import refresh

DRAWING = """\
from IPython.display import Image, display
import base64
png = base64.b64decode({png!r})
display(Image(png), metadata={{"image/png": {{"alt": "Four grey squares in a row"}}}})"""


def png_of(pixels, **text):
    """Encode a picture; other metadata gives other bytes for the same pixels."""
    file = io.BytesIO()
    matplotlib.image.imsave(file, pixels, cmap="gray", format="png", metadata=text)
    return base64.b64encode(file.getvalue()).decode()


PICTURE = np.eye(4)


@pytest.fixture
def path(tmp_path):
    """A notebook as an editor leaves it: unrun, with metadata of its own."""
    cells = [
        new_markdown_cell("# 0. Numbers"),
        new_code_cell("import sys\nprint(1)\nprint(2)", metadata={"scrolled": True}),
        new_code_cell("6 * 7", metadata={"tags": ["nbval-ignore-output"]}),
        new_code_cell("import json\njson.loads('{')", metadata={"tags": ["raises-exception"]}),
        new_code_cell(DRAWING.format(png=png_of(PICTURE))),
    ]
    metadata = {"kernelspec": {"name": "my-env", "display_name": "Mine"}, "widgets": {}}
    path = tmp_path / "00_numbers.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)
    return path


def change(path, number, **fields):
    """Edit one cell of a notebook's file."""
    node = nbformat.read(path, as_version=4)
    node.cells[number].update(fields)
    nbformat.write(node, path)


def test_a_refresh_stores_outputs_and_a_second_one_changes_nothing(path, capsys):
    ids = [cell.id for cell in nbformat.read(path, as_version=4).cells]

    assert refresh.main([str(path)]) == 0
    first = path.read_bytes()
    assert refresh.main([str(path)]) == 0

    assert path.read_bytes() == first
    assert "slowest cell" in capsys.readouterr().out
    node = nbformat.read(path, as_version=4)
    code = [cell for cell in node.cells if cell.cell_type == "code"]
    assert [cell.id for cell in node.cells] == ids
    assert [cell.execution_count for cell in code] == [1, 2, 3, 4]
    assert [output.text for output in code[0].outputs] == ["1\n2\n"]
    assert code[1].outputs[0].data["text/plain"] == "42"
    assert node.metadata == refresh.NOTEBOOK_METADATA
    assert [cell.metadata for cell in code[:2]] == [{}, {"tags": ["nbval-ignore-output"]}]
    (error,) = code[2].outputs
    traceback = refresh.plain("\n".join(error.traceback))
    assert error.ename == "JSONDecodeError"
    assert "json.loads('{')" in traceback and "decoder.py" not in traceback


CLOCK = "import time\nprint(f'{time.perf_counter():9.6f} s')"


def test_a_measured_time_alone_is_no_change(path):
    change(path, 2, source=CLOCK)
    assert refresh.main([str(path)]) == 0
    first = path.read_bytes()

    assert refresh.main([str(path)]) == 0
    assert path.read_bytes() == first

    change(path, 1, source="print(3)")
    assert refresh.main([str(path)]) == 0
    before, after = (nbformat.reads(text, as_version=4).cells[2] for text in (first.decode(), path.read_text()))
    assert before.outputs != after.outputs


def test_other_words_beside_a_time_are_a_change(path):
    change(path, 2, source=CLOCK)
    assert refresh.main([str(path)]) == 0
    change(path, 2, source=CLOCK.replace("} s", "} seconds"))

    assert refresh.main([str(path)]) == 0

    [output] = nbformat.read(path, as_version=4).cells[2].outputs
    assert output.text.endswith(" seconds\n")


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import os\n_ = os.write(2, b'from C++')", "from C++"),
        ("import os\nos._exit(1)", "Kernel died"),
        ("import socket\nsocket.create_connection(('192.0.2.1', 80))", "the tests run offline"),
    ],
)
def test_a_notebook_that_does_not_run_cleanly_is_left_as_it_was(path, capsys, source, complaint):
    change(path, 2, source=source, metadata={})
    before = path.read_bytes()

    assert refresh.main([str(path)]) == 1

    report = capsys.readouterr().out
    assert "code cell 2" in report and complaint in report
    assert path.read_bytes() == before
    assert [it.name for it in path.parent.iterdir()] == [path.name]


def test_one_failure_does_not_keep_other_notebooks_from_their_refresh(path):
    broken = path.with_name("01_broken.ipynb")
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0")]), broken)

    assert refresh.main([str(broken), str(path)]) == 1
    assert nbformat.read(path, as_version=4).cells[1].execution_count == 1


def test_a_check_measures_and_writes_nothing(path, capsys):
    before = path.read_bytes()

    assert refresh.main(["--check", str(path)]) == 0

    assert path.read_bytes() == before
    assert "peak memory" in capsys.readouterr().out


def test_settings_of_this_shell_reach_a_check_but_no_stored_output(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")

    assert refresh.kernel_environment(True, "")["TF_NUM_INTRAOP_THREADS"] == "7"
    assert "TF_NUM_INTRAOP_THREADS" not in refresh.kernel_environment(False, "")


PROMPT = """\
import os
from companion import journal, predict
guess = predict.choice("0.tea", "Which leaf?", ["green", "black"])
print(len(journal.records()), os.environ["COMPANION_PROGRESS"] == {mine!r})
"""


def test_a_prompt_is_stored_as_text_and_sees_no_progress_of_this_machine(tmp_path, monkeypatch):
    mine = tmp_path / "progress"
    monkeypatch.setenv("COMPANION_PROGRESS", str(mine))
    path = tmp_path / "00_tea.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(PROMPT.format(mine=str(mine)))]), path)

    assert refresh.main([str(path)]) == 0
    first = path.read_bytes()
    prompt, printed = nbformat.read(path, as_version=4).cells[0].outputs
    assert refresh.main([str(path)]) == 0

    assert set(prompt.data) == {"text/html", "text/plain"}
    assert printed.text == "0 False\n"
    assert path.read_bytes() == first


def test_the_answer_to_a_prompt_is_folded():
    cells = [new_code_cell("guess = predict.choice(…)"), new_code_cell("guess.compare(32)")]
    notebook = new_notebook(cells=cells)
    refresh.normalise(notebook)

    assert [cell.metadata for cell in notebook.cells] == [{}, {"jupyter": {"source_hidden": True}}]


@pytest.mark.parametrize(("pixels", "kept"), [(PICTURE, True), (PICTURE[::-1], False)])
def test_a_picture_keeps_its_bytes_while_its_pixels_stay(pixels, kept):
    def notebook(png):
        picture = new_output("display_data", data={"image/png": png})
        return new_notebook(cells=[new_code_cell("draw()", id="drawing", outputs=[picture])])

    stored = png_of(PICTURE, Software="an older one")
    new = notebook(png_of(pixels))
    refresh.keep_equal_pictures(notebook(stored), new)

    assert (new.cells[0].outputs[0].data["image/png"] == stored) is kept


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (refresh.Cost(60, 15, 3, 1200), []),
        (refresh.Cost(61, 15, 3, 1200), ["the notebook takes 61 s, expected at most 60 s"]),
        (refresh.Cost(60, 16, 3, 1200), ["its slowest cell takes 16 s, expected at most 15 s"]),
        (refresh.Cost(60, 15, 3, 1300), ["its kernel needs 1300 MB, expected at most 1200 MB"]),
    ],
)
def test_what_exceeds_a_limit_is_said(cost, said):
    assert cost.warnings() == said


def test_a_capstone_may_take_longer_and_more_memory():
    assert refresh.Cost(90, 15, 3, 1300).warnings("07") == []
    assert len(refresh.Cost(91, 16, 3, 1301).warnings("08")) == 3


def test_the_notebook_that_starts_processes_may_take_longer_but_no_more_memory():
    assert refresh.Cost(120, 15, 3, 1200).warnings("09") == []
    assert len(refresh.Cost(121, 15, 3, 1201).warnings("09")) == 2


def test_the_cost_names_the_slowest_cell_and_the_peak_memory(tmp_path):
    path = tmp_path / "00_costly.ipynb"
    large = "import time\nbig = bytearray(300 * 2**20)\nbig[::4096] = b'x' * (300 * 2**8)"
    sources = ["1", f"{large}\ntime.sleep(0.5)", "del big"]
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in sources]), path)

    cost = refresh.refresh(path)

    assert cost.slowest_cell == 2
    assert 0.5 <= cost.slowest_cell_seconds <= cost.seconds
    assert 300 <= cost.peak_memory_mb < 600


def test_notebooks_are_found_by_number_and_by_path(tmp_path):
    names = ["00_start.ipynb", "03_layers.ipynb", "10_your_data.ipynb"]
    start, layers, data = [tmp_path / name for name in names]
    for path in (start, layers, data):
        path.touch()

    assert refresh.find_notebooks([], tmp_path) == [start, layers, data]
    assert refresh.find_notebooks(["3", "00"], tmp_path) == [layers, start]
    assert refresh.find_notebooks([str(data), "03"], tmp_path) == [data, layers]


@pytest.mark.parametrize("name", ["7", "gone.ipynb"])
def test_an_unknown_notebook_is_named(name, tmp_path, capsys):
    with pytest.raises(refresh.RefreshError, match=f"received '{name}'"):
        refresh.find_notebooks([name], tmp_path)
    with pytest.raises(SystemExit):
        refresh.main([name if name != "7" else "77"])
    assert "expected a notebook's number" in capsys.readouterr().err
