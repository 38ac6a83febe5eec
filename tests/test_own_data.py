"""Notebook 10 with data of one's own: amounts, one output for two classes, one-hot labels, pictures, a step left out.

Its checks judge answers; this runs the page around them, down to the portfolio, since a learner with other data must get
through every cell and read true numbers.
"""

import re

import nbformat
import numpy as np
import pytest
from PIL import Image

import refresh
from companion import datasets
from test_simulated_learner import run

NOTEBOOK = refresh.NOTEBOOKS / "10_your_own_data.ipynb"
LAST = "## After the course"

TABLE = """
columns = {"hour": "hour", "warmth": "temperature", "weather": "weather", "workday": "working_day"}
x = {short: table.columns[name][:, np.newaxis] for short, name in columns.items()}
y = table.columns["bikers"].astype("float32")
parts = [
    tf.data.Dataset.from_tensor_slices(({short: column[rows] for short, column in x.items()}, y[rows]))
    for rows in np.split(np.random.default_rng(0).permutation(len(y)), [600, 800])
]
train_ds, validation_ds, test_ds = parts[0].shuffle(600).batch(32), parts[1].batch(100), parts[2].batch(100)
"""
BIRDS = """
known = np.isin(table.columns["Sex"], ["FEMALE", "MALE"]) & np.isfinite(table.columns["Body Mass (g)"])
x = {"mass": table.columns["Body Mass (g)"][known, np.newaxis], "species": table.columns["Species"][known, np.newaxis]}
y = (table.columns["Sex"][known] == "MALE").astype("int64")
LABELS
parts = [
    tf.data.Dataset.from_tensor_slices(({short: column[rows] for short, column in x.items()}, y[rows]))
    for rows in np.split(np.random.default_rng(0).permutation(len(y)), [200, 260])
]
train_ds, validation_ds, test_ds = parts[0].shuffle(200).batch(32), parts[1].batch(100), parts[2].batch(100)
"""
ONE_OUTPUT = """
hidden = keras.layers.Dense(16, activation="relu")(preprocessing.output)
model = keras.Model(preprocessing.input, keras.layers.Dense(1, activation="sigmoid")(hidden))
"""
BINARY = 'model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])'
PICTURES = """
files, kinds = folders.labeled_files(folders.look(data))
images = np.stack([np.asarray(keras.utils.load_img(file, color_mode="grayscale"))[..., np.newaxis] for file in files])
parts = [
    tf.data.Dataset.from_tensor_slices((images[rows], np.asarray(kinds)[rows]))
    for rows in np.split(np.random.default_rng(0).permutation(len(files)), [80, 100])
]
train_ds, validation_ds, test_ds = parts[0].shuffle(80).batch(16), parts[1].batch(20), parts[2].batch(20)
"""
RESCALED = "preprocessing = keras.Sequential([keras.Input(shape=(12, 12, 1)), keras.layers.Rescaling(1 / 255)])"
STARTERS = {
    "load_your_data": "train_ds = ...                         # your turn\nvalidation_ds = ...\ntest_ds = ...",
    "build_your_preprocessing": "preprocessing = ...                    # your turn",
    "add_your_layers": "model = ...                            # your turn",
    "compile_your_model": "...                                    # your turn: compile the model here",
}


def bicycles(folder):
    """A table of 1,000 hours, as a learner would bring it."""
    lines = datasets.path("bike_rentals.csv").read_text().splitlines()
    hours = lines[1:]
    np.random.default_rng(0).shuffle(hours)
    (folder / "bikes.csv").write_text("\n".join([lines[0], *hours[:1000]]))
    return folder / "bikes.csv", "bikers"


def squares(folder):
    """120 pictures of bright and dark squares, in two folders."""
    rng = np.random.default_rng(0)
    for n in range(120):
        kind = ("bright", "dark")[n % 2]
        (folder / "squares" / kind).mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 120, (12, 12)) + 130 * (kind == "bright")
        Image.fromarray(pixels.astype("uint8")).save(folder / "squares" / kind / f"{n}.png")
    return folder / "squares", "kind"


def field_notes(folder):
    """The bundled table, brought as one's own."""
    copy = folder / "notes.csv"
    copy.write_bytes(datasets.path("penguin_field_notes.csv").read_bytes())
    return copy, "Sex"


def page(data, target, answers, last=LAST):
    """The notebook up to the portfolio, with a learner's own data and answers typed in; and what the checks are asked."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    end = next(place for place, cell in enumerate(notebook.cells) if cell.source.startswith(last))
    notebook.cells = notebook.cells[:end]
    typed = {
        "your_data = None ": f"your_data = {str(data)!r} ",
        'target = "Sex"': f"target = {target!r}",
        "card = about_the_penguins ": 'card = "# Mine" ',
        **{STARTERS[name]: answer for name, answer in answers.items()},
    }
    for old, new in typed.items():
        [cell] = [cell for cell in notebook.cells if cell.cell_type == "code" and old in cell.source]
        cell.source = cell.source.replace(old, new)
    return notebook


def shown(notebook):
    """Everything that the cells put on the page, as plain text."""
    return "\n".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "")
        for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
    )  # fmt: skip


WAYS = {
    "amounts": (bicycles, {"load_your_data": TABLE}, "the answer is an amount", "confirmed  mean_absolute_error"),
    "one output": (
        field_notes, {"load_your_data": BIRDS.replace("LABELS", ""), "add_your_layers": ONE_OUTPUT, "compile_your_model": BINARY},
        "the answer is one of 2 classes", "confirmed  accuracy",
    ),
    "one-hot": (
        field_notes, {"load_your_data": BIRDS.replace("LABELS", 'y = np.eye(2, dtype="float32")[y]')},
        "the answer is one of 2 classes", "confirmed  accuracy",
    ),
    "labels in a column": (
        field_notes, {"load_your_data": BIRDS.replace("LABELS", "y = y[:, np.newaxis]")},
        "the answer is one of 2 classes", "confirmed  accuracy",
    ),
    "pictures": (
        squares, {"load_your_data": PICTURES, "build_your_preprocessing": RESCALED},
        "the answer is one of 2 classes", "confirmed  accuracy",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_the_page_goes_through_with_other_data(way, tmp_path):
    bring, answers, kind, confirmed = WAYS[way]
    notebook = page(*bring(tmp_path), answers)
    run(notebook, str(tmp_path), str(tmp_path / "journal"))
    said = shown(notebook)
    assert kind in said and said.count("not right yet") == 0, said[said.find("not right yet") :][:300]
    for title in ("Load your data", "Build your preprocessing", "Add your layers")[: len(answers)]:
        assert f"{title}: right" in said or title.lower().replace(" ", "_") not in answers
    assert "confirmed: True" in said and confirmed in said and "denied     rows" in said
    measured = [line for line in said.splitlines() if re.search("lazy answer|accuracy|lies within", line)]
    assert said.count("better than the lazy answer: True") == 2 and "what you measured lies within: True" in said, measured


@pytest.mark.parametrize(
    ("bring", "answers", "stop"),
    [
        (field_notes, {}, "Write train_ds and validation_ds and test_ds above"),
        (squares, {"load_your_data": PICTURES}, "Write preprocessing above"),
    ],
)
def test_what_the_guided_path_cannot_do_is_said_in_one_sentence(bring, answers, stop, tmp_path):
    notebook = page(*bring(tmp_path), answers)
    with pytest.raises(Exception, match=stop):
        run(notebook, str(tmp_path), str(tmp_path / "journal"))
