"""A portfolio is packed whole or not at all, and what cannot be verified later is refused with words that help."""

import csv
import hashlib
import json
import re
from collections import UserDict
from datetime import UTC, datetime
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from companion import journal, portfolio

# Keras 3.15 copies its variables in a way that NumPy 2.4 calls old.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
X, Y = np.arange(24.0).reshape(8, 3), np.array([0, 1, 2, 0, 1, 2, 0, 1])
HISTORY = {"accuracy": [0.25, 0.5], "loss": [1.5, 0.75], "val_loss": [1.25, 1.0]}


@pytest.fixture(autouse=True)
def own_journal(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPANION_PROGRESS", str(tmp_path / "journal"))


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "my_model.keras"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, activation="softmax")]).save(path)
    return path


@pytest.fixture
def pack(model_file, tmp_path):
    """Pack a small portfolio, with some of its arguments changed."""

    def packed(folder=tmp_path / "mine", **changes):
        given = {
            "model_file": model_file, "held_out": (X, Y), "claims": {"accuracy": 0.5}, "card": "# My model",
            "include_progress": False,
        }  # fmt: skip
        return portfolio.pack(folder, **{**given, **changes})

    return packed


def told(folder):
    return json.loads((folder / "portfolio.json").read_text(encoding="utf-8"))


# --- What is written ---


def test_every_file_is_there_and_listed_with_its_check_sum(pack):
    folder = pack(history=HISTORY)

    files = told(folder)["files"]
    assert {path.name for path in folder.iterdir()} == {*files, "portfolio.json"}
    assert set(files) == set(portfolio.FILES)
    for name, seal in files.items():
        content = (folder / name).read_bytes()
        assert seal == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_the_model_is_copied_as_it_is(pack, model_file):
    assert (pack() / "model.keras").read_bytes() == model_file.read_bytes()


def test_the_description_names_versions_and_day_but_no_machine_and_no_person(pack, monkeypatch):
    monkeypatch.setattr("platform.node", lambda: "ada-laptop")
    folder = pack()

    description = told(folder)
    assert description["format"] == 1
    assert description["versions"]["keras"] == keras.__version__
    assert description["versions"]["numpy"] == np.__version__
    assert description["versions"]["tensorflow"] == tf.__version__
    assert set(description["versions"]) == {"python", "platform", "tensorflow", "keras", "numpy"}
    assert description["made_on"] == datetime.now(UTC).date().isoformat()
    texts = "".join(path.read_text("utf-8") for path in folder.iterdir() if path.suffix in (".json", ".md", ".csv"))
    assert "ada-laptop" not in texts
    assert str(folder.parent) not in texts and str(Path.home().name) + "/" not in texts


def test_claims_stand_there_as_given_with_their_tolerance(pack):
    claims = {"rows": np.int64(8), "accuracy": np.float32(0.5), "mean_absolute_error": 2}
    assert told(pack(claims=claims))["claims"] == {
        "accuracy": {"claimed": 0.5, "tolerance": 0.125},
        "mean_absolute_error": {"claimed": 2.0, "tolerance": 0.002},
        "rows": {"claimed": 8, "tolerance": 0.0},
    }


def test_nothing_is_measured(pack, monkeypatch):
    monkeypatch.setattr(keras.saving, "load_model", lambda *_, **__: pytest.fail("the model was loaded"))
    assert told(pack(claims={"accuracy": 0.123}))["claims"]["accuracy"]["claimed"] == 0.123


@pytest.mark.parametrize(
    ("metric", "claimed", "y", "expected"),
    [
        ("accuracy", 0.9, np.zeros(50, int), 0.02),
        ("accuracy", 0.9, np.zeros(10_000, int), 0.0005),
        ("balanced_accuracy", 0.9, np.array([0] * 9 + [1]), 0.5),
        ("balanced_accuracy", 0.9, np.zeros(10_000, int), 0.0005),
        ("baseline_accuracy", 0.9, np.zeros(2, int), 0.0005),
        ("mean_absolute_error", 40.0, np.zeros(2), 0.04),
        ("root_mean_squared_error", 40.0, np.zeros(2), 0.04),
        ("baseline_mean_absolute_error", 40.0, np.zeros(2), 0.04),
        ("parameters", 1_000_000, np.zeros(2), 0),
        ("rows", 2, np.zeros(2), 0),
    ],
)
def test_the_tolerance_is_one_row_or_the_rounding(metric, claimed, y, expected):
    assert portfolio.tolerance(metric, claimed, y) == pytest.approx(expected)


def test_rows_are_written_without_pickle(pack):
    folder = pack(held_out=(X.astype(">f4"), Y.astype(np.uint8)))
    with np.load(folder / "held_out.npz", allow_pickle=False) as rows:
        assert set(rows) == {"x", "y"}
        np.testing.assert_array_equal(rows["x"], X)
        np.testing.assert_array_equal(rows["y"], Y)
        assert (rows["x"].dtype, rows["y"].dtype) == (np.float32, np.int64)


def test_inputs_with_names_keep_them_whatever_they_are(pack):
    island = np.array(["Dream", "Biscoe"] * 4, dtype=object)
    columns = {"bill (mm)/x": X[:, 0], "../island": island, "y": tf.constant(["é", ""] * 4), "z": X[:, :1]}
    folder = pack(held_out=(columns, Y))
    with np.load(folder / "held_out.npz", allow_pickle=False) as rows:
        assert set(rows) == {"names", "y", "x_0", "x_1", "x_2", "x_3"}
        assert rows["names"].tolist() == list(columns)
        assert rows["x_1"].dtype == "<U6" and rows["x_1"].tolist() == island.tolist()
        assert rows["x_2"].tolist() == ["é", ""] * 4
        assert rows["x_3"].shape == (8, 1)


@pytest.mark.parametrize(
    ("y", "expected"), [([True, False], np.int64), ([1.0, 2.5], np.float64), ([[1], [0]], np.int64)]
)
def test_labels_are_whole_numbers_or_amounts(pack, y, expected):
    folder = pack(held_out=(np.zeros((2, 3)), y), claims={"rows": 2})
    with np.load(folder / "held_out.npz") as rows:
        assert rows["y"].dtype == expected
        assert rows["y"].tolist() == np.ravel(y).tolist()


def test_history_is_a_table_and_a_picture_with_its_words(pack):
    folder = pack(history={"learning_rate": [0.1, 0.05]} | HISTORY)
    with (folder / "history.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert [float(row["val_loss"]) for row in rows] == [1.25, 1.0]
    assert float(rows[1]["learning_rate"]) == 0.05
    picture = Image.open(folder / "curves.png").convert("RGB")
    assert min(picture.getpixel((2, 2))) > 240  # a light ground
    assert picture.width > 1.5 * picture.height  # loss and accuracy side by side
    readme = (folder / "README.md").read_text(encoding="utf-8")
    words = re.search(r"!\[(.*)\]\(curves\.png\)", readme)[1]
    assert "loss over 2 epochs: training, from 1.5 to 0.75" in words
    assert "validation, dashed, from 1.25 to 1, lowest 1, highest 1.25" in words
    assert "accuracy over 2 epochs" in words and "learning_rate" not in words
    assert readme.count(words) == 2  # once more for those who see the text alone


@pytest.mark.parametrize("history", [{"loss": [0.5]}, {"val_loss": [1.0, 2.0]}, {"mae": (1, 2)}, UserDict(HISTORY)])
def test_any_history_can_be_drawn(pack, history):
    folder = pack(history=history)
    assert (folder / "curves.png").stat().st_size > 1000
    assert next(iter(history)).removeprefix("val_") in (folder / "README.md").read_text(encoding="utf-8")


def test_without_history_nothing_speaks_of_it(pack):
    folder = pack()
    assert not (folder / "history.csv").exists() and not (folder / "curves.png").exists()
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "curves" not in readme and "history" not in readme


def test_the_readme_says_how_to_verify_and_what_that_shows(pack):
    readme = (pack(claims={"accuracy": 0.5, "parameters": 12}) / "README.md").read_text(encoding="utf-8")
    assert "| accuracy | 0.5 | 0.125 |" in readme
    assert "| parameters | 12 | nothing |" in readme
    for words in ("python -m companion verify", "evidence, no certificate", "no program can tell", "no sandbox"):
        assert words in readme
    for name in ("model.keras", "held_out.npz", "model_card.md", "learned.md", "portfolio.json"):
        assert f"- `{name}`" in readme


def test_texts_are_the_same_on_every_system(pack):
    folder = pack(card="# Übung\none\n\n", learned="I learned 学习.")
    assert (folder / "model_card.md").read_bytes() == "# Übung\none\n".encode()
    assert "学习" in (folder / "learned.md").read_text(encoding="utf-8")


# --- What was learned ---


def prediction(name, right):
    return {"kind": "prediction", "name": name, "right": right}


RECORDS = [
    {"kind": "attempt", "name": "step1.a", "state": "not right yet"},
    {"kind": "attempt", "name": "step1.a", "state": "right"},
    {"kind": "attempt", "name": "step1.a", "state": "not right yet"},
    {"kind": "attempt", "name": "step1.b", "state": "not right yet"},
    {"kind": "attempt", "name": "step1.c"},
    {"kind": "hint", "name": "step1.a", "rung": 1},
    {"kind": "hint", "name": "step1.a", "rung": 1},
    {"kind": "hint", "name": "step1.a", "rung": {"damaged": 1}},
    prediction("0.before_load", False), prediction("0.before_load", True), prediction("0.before_use", True),
    prediction("3.bend", "yes"), prediction("10.after_load", True),
]  # fmt: skip


def test_progress_counts_what_was_done_and_first_answers():
    words = portfolio.progress_in_words(RECORDS)
    assert "Exercises done: 1 of 3 tried." in words
    assert "Predictions right: 2 of 4." in words
    assert "Hints taken: 2." in words
    assert "Test before the course: 1 right of 2 questions answered." in words
    assert "Test after the course: 1 right of 1 questions answered." in words


def test_an_empty_journal_has_no_tests():
    assert "Test " not in portfolio.progress_in_words([])


@pytest.mark.parametrize("included", [True, False])
def test_progress_is_included_unless_the_learner_says_no(pack, included):
    journal.append("attempt", "step1.a", state="right")
    learned = (pack(learned="My own words.", include_progress=included) / "learned.md").read_text(encoding="utf-8")
    assert "My own words." in learned
    assert ("Exercises done: 1 of 1 tried." in learned) == included


# --- Where it is written ---


def test_what_stands_there_stays_unless_it_is_a_portfolio_and_may_be_replaced(pack):
    folder = pack(card="first")
    with pytest.raises(ValueError, match="expected a new folder.*overwrite=True"):
        pack(card="second")
    assert (folder / "model_card.md").read_text() == "first\n"
    (folder / ".ipynb_checkpoints").mkdir()
    pack(card="second", overwrite=True)
    assert (folder / "model_card.md").read_text() == "second\n"
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="'thesis.txt'.*would be lost"):
        pack(overwrite=True)
    assert (folder / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("content", [None, "[]", '{"format": 2}', "{", "[" * 100_000])
def test_a_folder_that_is_no_portfolio_is_never_replaced(pack, tmp_path, content):
    (tmp_path / "mine").mkdir()
    if content:
        (tmp_path / "mine" / "portfolio.json").write_text(content)
    with pytest.raises(ValueError, match="expected an earlier portfolio.*holds no `portfolio.json`"):
        pack(overwrite=True)


def test_a_file_and_a_link_are_never_replaced(pack, tmp_path):
    (tmp_path / "file").write_text("text")
    (tmp_path / "link").symlink_to(pack(), target_is_directory=True)
    for name in ("file", "link"):
        with pytest.raises(ValueError, match="which is no folder of its own"):
            pack(tmp_path / name, overwrite=True)
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize(
    ("folder", "error"),
    [
        (None, TypeError), (3, TypeError), ("", TypeError), ("a\0b", TypeError), ("/", ValueError),
        ("no/such", ValueError),
    ],
)
def test_a_place_that_cannot_be_made_is_named(pack, folder, error, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match="^folder: expected .*, received .*\\. "):
        pack(folder)


def test_an_error_on_the_way_leaves_nothing(pack, tmp_path, monkeypatch):
    monkeypatch.setattr(portfolio, "versions", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        pack()
    assert list(tmp_path.iterdir()) == []


def test_a_relative_path_is_one_from_here(pack, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert pack("here").resolve() == (tmp_path / "here").resolve()


# --- What is refused ---


class Odd:
    def __array__(self, *_, **__):
        raise RuntimeError("no array today")


BAD = [
    ({"held_out": X}, TypeError, "held_out: expected .x, y."),
    ({"held_out": (X, Y, Y)}, TypeError, "np.concatenate"),
    ({"held_out": (X, Y[:3])}, ValueError, "received 8 and 3"),
    ({"held_out": ({"a": X, "b": X[:3]}, Y)}, ValueError, r"in x\['b'\] as labels in y, received 3 and 8"),
    ({"held_out": ({}, Y)}, ValueError, "1 to 1,000 inputs"),
    ({"held_out": ({3: X}, Y)}, TypeError, "names of the model's inputs"),
    ({"held_out": ({"a\n": X}, Y)}, TypeError, "names of the model's inputs"),
    ({"held_out": (X, np.eye(3)[Y])}, ValueError, r"shape \(8, 3\).*argmax"),
    ({"held_out": (X, ["cat"] * 8)}, ValueError, "whole numbers from 0"),
    ({"held_out": (X, [])}, ValueError, r"shape \(0,\)"),
    ({"held_out": (X, [1.0] * 7 + [np.nan])}, ValueError, "NaN or infinite"),
    ({"held_out": (X, [2**63] * 8)}, ValueError, "finite numbers"),
    ({"held_out": (X.astype(complex), Y)}, TypeError, "complex"),
    ({"held_out": (3, Y)}, TypeError, "rows first"),
    ({"held_out": (Odd(), Y)}, TypeError, "expected an array for x"),
    ({"held_out": ([[1], [1, 2]] * 4, Y)}, TypeError, "rows of equal length"),
    ({"held_out": (np.array(["a", None] * 4, dtype=object), Y)}, TypeError, 'received `None`.*missing text as ""'),
    ({"held_out": (np.array(["a" * 7_000_000] + ["b"] * 7, dtype=object), Y)}, ValueError, "longest, of 7,000,000"),
    ({"held_out": (np.zeros((8, 800_000)), Y)}, ValueError, "at most 50 MB, received 51.2 MB.*fewer rows"),
    ({"claims": {}}, TypeError, "at least one of: accuracy, balanced_accuracy"),
    ({"claims": [("accuracy", 1)]}, TypeError, "expected a dictionary"),
    ({"claims": {"f1": 0.9}}, ValueError, "'f1'.*accuracy.*parameters, rows"),
    ({"claims": {"accuracy": "0.9"}}, ValueError, "finite number for accuracy"),
    ({"claims": {"accuracy": True}}, ValueError, "finite number"),
    ({"claims": {"accuracy": np.nan}}, ValueError, "finite number"),
    ({"claims": {"mean_absolute_error": np.inf}}, ValueError, "finite number"),
    ({"claims": {"rows": 10**400}}, ValueError, "finite number"),
    ({"claims": {"accuracy": 91.0}}, ValueError, "Divide percent by 100"),
    ({"claims": {"rows": 8.5}}, ValueError, "whole number for rows"),
    ({"claims": {"parameters": -1}}, ValueError, "no negative number"),
    ({"claims": {"mean_absolute_error": -0.1}}, ValueError, "no negative number"),
    ({"held_out": (X, Y + 0.5)}, ValueError, "y holds amounts"),
    ({"held_out": (X, Y - 1)}, ValueError, "y holds -1 to 1"),
    ({"card": ""}, TypeError, "card: expected a text"),
    ({"card": None}, TypeError, "card: expected a text"),
    ({"card": "\ud800"}, ValueError, "letters that UTF-8 has"),
    ({"card": "x" * 5_000_001}, ValueError, "card: expected at most 5 MB"),
    ({"learned": 3}, TypeError, "learned: expected a text"),
    ({"history": [1]}, TypeError, "history.history"),
    ({"history": {}}, TypeError, "history: expected a dictionary"),
    ({"history": {"loss": 3}}, TypeError, "one number an epoch"),
    ({"history": {"loss": ["a"]}}, TypeError, "one number an epoch"),
    ({"history": {"a\nb": [1]}}, TypeError, "one number an epoch"),
    ({"history": {"loss": []}}, ValueError, r"received \[0\]|one number an epoch"),
    ({"history": {"loss": [1, 2], "mae": [1]}}, ValueError, r"\[1, 2\]"),
    ({"history": {"loss": [np.nan]}}, ValueError, "Train anew"),
    ({"model_file": None}, TypeError, "path of a `.keras` file"),
    ({"model_file": "nowhere.keras"}, ValueError, "no file or folder `nowhere.keras`"),
    ({"model_file": "."}, ValueError, "model_file: expected"),
]


@pytest.mark.parametrize(("changes", "error", "words"), BAD)
def test_what_cannot_be_verified_is_refused_with_advice(pack, tmp_path, changes, error, words):
    with pytest.raises(error, match=words) as caught:
        pack(**changes)
    said = str(caught.value)
    assert re.match("(folder|model_file|held_out|claims|history|card|learned): ", said)
    assert len(said) < 600 and said.endswith((".", "…)", "test_ds])", "rows"))
    assert not (tmp_path / "mine").exists()


def test_a_model_in_memory_is_no_file(pack):
    with pytest.raises(TypeError, match="received the model itself.*model.save"):
        pack(model_file=keras.Sequential())


def test_files_that_are_no_model_of_keras_are_refused(pack, tmp_path, model_file):
    exported = tmp_path / "exported"
    exported.mkdir()
    (exported / "saved_model.pb").write_bytes(b"pb")
    (tmp_path / "page.keras").write_text("<html>")
    (tmp_path / "empty.keras").write_bytes(b"")
    (tmp_path / "folder.keras").mkdir()
    (tmp_path / "cut.keras").write_bytes(model_file.read_bytes()[:3000])
    for name in ("exported", "page.keras", "empty.keras", "folder.keras", "cut.keras"):
        with pytest.raises(ValueError, match="^model_file: expected a ") as caught:
            pack(model_file=tmp_path / name)
        assert "compare again" not in str(caught.value)


def test_a_model_with_code_of_its_own_is_refused_before_anything_is_packed(pack, tmp_path):
    own = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x * 2), keras.layers.Dense(3)])
    own.save(tmp_path / "own.keras")
    with pytest.raises(ValueError, match="layer `Lambda`.*use another layer"):
        pack(model_file=tmp_path / "own.keras")
    assert not (tmp_path / "mine").exists()
