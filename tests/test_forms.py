"""Every form of a saved model side by side: the good ones agree, and a bad one costs its own row and nothing else."""

import io
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import textwrap
import types
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import datasets, form_process, form_reader, forms

# Keras 3.15 copies its variables in a way that NumPy 2.4 calls old.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
RANDOM = np.random.default_rng(0)
SEVERAL = 24  # damaged files of each kind, read by one process


def export_all(model, folder, pictures=None):
    """Write a model in the forms that a notebook writes."""
    level = tf.get_logger().level
    tf.get_logger().setLevel("ERROR")
    model.save(folder / "model.keras")
    (folder / "model.json").write_text(model.to_json(), encoding="utf-8")
    model.save_weights(folder / "model.weights.h5")
    model.export(folder / "exported", verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder / "exported"))
    (folder / "model.tflite").write_bytes(converter.convert())
    if pictures is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([each[np.newaxis].astype("float32")] for each in pictures[:200])
        converter.experimental_new_quantizer = False
        (folder / "int8.tflite").write_bytes(converter.convert())
    tf.get_logger().setLevel(level)


@pytest.fixture(scope="session")
def digits():
    """The 1,000 test digits."""
    return datasets.load_digits()[1][0]


@pytest.fixture(scope="session")
def reader():
    """The model of notebook 6, trained for a moment: pictures as they come in, probabilities out."""
    (x_train, y_train), _ = datasets.load_digits()
    keras.utils.set_random_seed(0)
    model = keras.Sequential([
        keras.Input((28, 28)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"), keras.layers.Dense(10), keras.layers.Softmax(),
    ])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.002), keras.losses.SparseCategoricalCrossentropy())
    model.fit(x_train, y_train, batch_size=128, epochs=10, verbose=0)
    return model


@pytest.fixture(scope="session")
def saved(reader, tmp_path_factory):
    """A folder with the model in all its forms; to be read, not changed."""
    folder = tmp_path_factory.mktemp("saved")
    export_all(reader, folder, datasets.load_digits()[0][0])
    return folder


def good(folder):
    """The forms in a folder, as a notebook gives them."""
    return {
        ".keras": folder / "model.keras",
        "JSON + weights": (folder / "model.json", folder / "model.weights.h5"),
        "SavedModel": folder / "exported",
        "LiteRT": folder / "model.tflite",
        "LiteRT, int8": folder / "int8.tflite",
    }


@pytest.fixture(scope="session")
def rows(reader, saved, digits):
    """The rows of the good forms."""
    return forms.compare(reader, good(saved), digits, digits[0])


@pytest.fixture(scope="session")
def compared(reader, saved, digits):
    """Compare files with the model, and a good form behind them, which must still answer; name -> row."""

    def rows_of(files, **options):
        behind = {"behind": options.pop("behind", saved / "model.tflite")}
        _, *found, last = forms.compare(reader, {**files, **behind}, digits[:50], digits[0], **options)
        assert [row.name for row in found] == list(files)
        assert last.agrees, last.note
        return {row.name: row for row in found}

    return rows_of


def note_of(row):
    """The note of a row of a form that could not be read; it is words for a learner, and the rest is empty."""
    assert {type(value) for value in row[1:-1]} == {type(None)}, row
    assert row.note[0].isupper() or row.note[0] == "`"
    assert row.note.endswith(".") and len(row.note) < 500 and "Traceback" not in row.note
    return row.note


# --- What good forms say ---


def test_the_forms_come_in_their_order(rows):
    names = ["in memory", ".keras", "JSON + weights", "SavedModel", "LiteRT", "LiteRT, int8"]
    assert [row.name for row in rows] == names


def test_all_forms_agree_on_a_thousand_digits(rows, digits):
    assert len(digits) == 1000
    for row in rows:
        assert row.agrees is True, row
        assert row.same_labels == 1 if row.name != "LiteRT, int8" else 0.99 <= row.same_labels < 1
    assert all(row.largest_difference <= 1e-5 for row in rows[:4])
    assert 0 < rows[4].largest_difference <= 1e-4 < rows[5].largest_difference < 0.1


def test_the_figures_are_those_of_the_model(rows, reader, digits):
    expected = reader.predict(digits[:1], verbose=0)[0]
    for row in rows[:5]:
        np.testing.assert_allclose(row.probabilities, expected, atol=1e-5)
        assert row.answer == str(expected.argmax())
        assert row.probability == row.probabilities.max()
    assert np.abs(rows[5].probabilities - expected).max() > 1e-5


def test_int8_counts_by_the_labels(rows, reader, saved, digits):
    interpreter = tf_interpreter(saved / "int8.tflite")
    every = np.concatenate([interpreter(each[np.newaxis].astype("float32")) for each in digits])
    expected = reader.predict(digits, verbose=0)

    assert rows[5].same_labels == (every.argmax(axis=1) == expected.argmax(axis=1)).mean()
    assert rows[5].largest_difference == pytest.approx(np.abs(every - expected).max(), abs=1e-5)


def tf_interpreter(path):
    """A LiteRT file as a function, written apart from the companion's."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    run = interpreter.get_signature_runner()
    return lambda picture: next(iter(run(**{next(iter(run.get_input_details())): picture}).values()))


def test_bytes_and_times_are_those_of_the_form(rows, saved):
    files = [saved / "model.keras", None, None, saved / "model.tflite", saved / "int8.tflite"]
    assert [row.bytes for row in rows if row.name != "SavedModel"] == [
        None, files[0].stat().st_size,
        (saved / "model.json").stat().st_size + (saved / "model.weights.h5").stat().st_size,
        files[3].stat().st_size, files[4].stat().st_size,
    ]  # fmt: skip
    assert rows[3].bytes == sum(file.stat().st_size for file in (saved / "exported").rglob("*") if file.is_file())
    assert [row.load_ms is None for row in rows] == [True] + [False] * 5
    assert all(0 < row.predict_ms < 1000 for row in rows)
    assert all(0 < row.load_ms for row in rows[1:])


def test_the_clock_runs_for_loading_and_for_single_predictions(saved, digits, monkeypatch):
    clock, events, seconds = [0.0], [], iter([7, 7, 100, *range(1, 21)])  # two answers, a warm-up, twenty times

    def passes(time, event):
        clock[0] += time
        events.append((event, clock[0]))

    def answer(batch):
        passes(next(seconds), len(batch))
        return np.full((len(batch), 10), 0.1)

    def load(paths, shape):
        passes(5, "load")
        return ".keras", "", answer

    monkeypatch.setattr(form_reader, "time", types.SimpleNamespace(perf_counter=lambda: clock[0]))
    monkeypatch.setitem(form_reader.LIBRARIES, ".keras", lambda: passes(50, "libraries"))
    monkeypatch.setitem(form_reader.LOADERS, ".keras", load)
    monkeypatch.setattr(form_reader, "cap_memory", lambda: passes(3, "cap"))
    told = form_reader.read([saved / "model.keras"], digits[:3], digits[:1], 10, lambda: passes(20, "ready"))

    assert [event for event, _ in events] == ["libraries", "ready", "cap", "load", 1, 3, *[1] * 21]
    assert (told["load_ms"], told["predict_ms"]) == (5000, 10500)


def test_the_note_says_which_interpreter_answered(rows):
    assert [row.note for row in rows] == [""] * 4 + ["by ai-edge-litert"] * 2


def test_without_the_package_tensorflow_answers(compared, saved, tmp_path, monkeypatch, capfd):
    (tmp_path / "ai_edge_litert.py").write_text("raise ImportError", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    row = compared({"LiteRT": saved / "model.tflite"})["LiteRT"]

    assert row.agrees
    assert row.note == "by TensorFlow's own interpreter, because ai-edge-litert is not installed here"
    assert capfd.readouterr() == ("", "")


def test_nothing_is_printed(reader, saved, digits, capfd):
    forms.compare(reader, good(saved) | {"bad": saved}, digits[:3], digits[0])

    assert capfd.readouterr() == ("", "")


def test_any_function_shape_and_names_will_do(tmp_path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    export_all(model, tmp_path)
    measurements = RANDOM.normal(size=(300, 4))  # more than one batch of the reading process
    files = {name: files for name, files in good(tmp_path).items() if name != "LiteRT, int8"}
    kinds = ["Adelie", "Chinstrap", "Gentoo"]
    rows = forms.compare(lambda x: model.predict(x, verbose=0), files, measurements, measurements[7], kinds)

    assert [row.agrees for row in rows] == [True] * 5, rows
    expected = model.predict(measurements[7:8], verbose=0)[0]
    assert {row.answer for row in rows} == {kinds[expected.argmax()]}


def test_relative_paths_and_texts_are_found(reader, saved, digits, monkeypatch):
    monkeypatch.chdir(saved)
    pair = ["model.weights.h5", "model.json"]
    rows = forms.compare(reader, {"text": "model.tflite", "turned round": pair}, digits[:5], digits[0])

    assert [row.agrees for row in rows] == [True] * 3


def test_a_file_beside_the_notebook_does_not_disturb(reader, saved, digits, tmp_path, monkeypatch):
    for name in ("json", "numpy", "companion", "statistics"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(7)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert forms.compare(reader, {"LiteRT": saved / "model.tflite"}, digits[:5], digits[0])[1].agrees


def test_whole_numbers_in_and_out(reader, digits, saved, compared, tmp_path):
    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved / "exported"))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([each[np.newaxis].astype("float32")] for each in digits[:200])
    converter.experimental_new_quantizer = False
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    (tmp_path / "whole.tflite").write_bytes(converter.convert())
    row = compared({"whole": tmp_path / "whole.tflite"})["whole"]

    assert row.agrees and row.same_labels == 1
    assert 1e-4 < row.largest_difference < 0.1


# --- How agreement is judged ---


def found(answers, form, **more):
    """What the reading process says of a form with these answers."""
    values = {"form": form, "answers": answers, "example": answers[0], "bytes": 1, "load_ms": 1.0, "predict_ms": 1.0}
    return {**values, "note": "", **more}


ONE_IN_50 = [[0.6, 0.4]] * 49 + [[0.4, 0.6]]
ALL_SAME = [[0.6, 0.4]] * 50
ONE_IN_200 = [[0.6, 0.4]] * 199 + [[0.4, 0.6]]


@pytest.mark.parametrize(
    ("form", "answers", "agrees"),
    [
        (".keras", ALL_SAME, True),
        (".keras", np.add(ALL_SAME, 2e-5), False),
        ("SavedModel", np.add(ALL_SAME, 2e-5), False),
        ("JSON + weights", np.add(ALL_SAME, 2e-5), False),
        ("LiteRT", np.add(ALL_SAME, 2e-5), True),
        ("LiteRT", np.add(ALL_SAME, 2e-4), False),
        ("LiteRT", ONE_IN_50, False),
        ("LiteRT, int8", np.add(ALL_SAME, 0.1), True),
        ("LiteRT, int8", ONE_IN_50, False),
        ("LiteRT, int8", ONE_IN_200, True),
    ],
)
def test_each_form_has_its_tolerance(form, answers, agrees, monkeypatch):
    said = found(np.array(answers).tolist(), form, note="by x")
    monkeypatch.setattr(form_process, "read_elsewhere", lambda *_: [said])
    reference = lambda pictures: np.tile([0.6, 0.4], (len(pictures), 1))  # noqa: E731
    _, row = forms.compare(reference, {"a form": "x"}, np.ones((len(answers), 2)), np.ones(2), ["no", "yes"])

    assert row.agrees is agrees
    if agrees:
        assert row.note == "by x"
    else:
        few = "at least 99 % of the" if form == "LiteRT, int8" else "all"
        assert row.note.startswith(f"by x. Expected the same label for {few} pictures")


def test_a_label_on_the_border_counts_as_another(monkeypatch):
    said = found([[0.4999999, 0.5000001]], ".keras")
    monkeypatch.setattr(form_process, "read_elsewhere", lambda *_: [said])
    reference = lambda pictures: np.tile([0.5000001, 0.4999999], (len(pictures), 1))  # noqa: E731
    _, row = forms.compare(reference, {"a form": "x"}, np.ones((1, 2)), np.ones(2), ["no", "yes"])

    assert (row.same_labels, row.agrees, row.answer) == (0, False, "yes")


def test_each_tolerance_says_why():
    assert set(forms.TOLERANCES) == {".keras", "JSON + weights", "SavedModel", "LiteRT", "LiteRT, int8"}
    assert all(len(each.why) > 30 for each in forms.TOLERANCES.values())


def test_another_model_does_not_agree(reader, compared, tmp_path):
    other = keras.models.clone_model(reader)
    other.set_weights([weights * 1.01 for weights in reader.get_weights()])
    export_all(other, tmp_path)
    found = compared({name: files for name, files in good(tmp_path).items() if name != "LiteRT, int8"})

    for row in found.values():
        assert row.agrees is False and row.answer == "1", row
        assert re.search(r"the same label for all pictures .* at most 0.0000?1: it is another model, or damaged", row.note)


# --- What does not fit ---


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"pictures": np.zeros((28,))}, ValueError, "at least one picture, received (28,). A single picture"),
        ({"pictures": np.zeros((0, 28, 28))}, ValueError, "at least one picture, received (0, 28, 28)"),
        ({"pictures": "tea"}, ValueError, "expected arrays of numbers"),
        ({"drawing": np.zeros((1, 28, 28))}, ValueError, "of shape (28, 28), like the pictures, received (1, 28, 28)"),
        ({"files": ["model.keras"]}, TypeError, "expected a dictionary, name -> path, received the list"),
        ({"files": {"x": 7}}, TypeError, "expected a path or a pair of paths, received the number `7`"),
        ({"model": "tea"}, TypeError, "expected a model or a function of pictures, received the text `'tea'`"),
        ({"class_names": "abc"}, ValueError, "received (1, 10). Give the file of the same model. `class_names` has 3"),
        ({"model": lambda pictures: pictures}, ValueError, "model: Expected answers of shape (1, 10), received"),
        ({"model": lambda x: np.full((len(x), 10), np.nan)}, ValueError, "model: Its answers are no numbers"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_named(change, error, words, digits):
    uniform = lambda pictures: np.full((len(pictures), 10), 0.1)  # noqa: E731
    arguments = {"model": uniform, "files": {}, "pictures": digits[:2], "drawing": digits[0], **change}
    with pytest.raises(error, match=re.escape(words)):
        forms.compare(**arguments)


def test_no_form_at_all_is_a_table_of_one(reader, digits):
    assert [row.name for row in forms.compare(reader, {}, digits[:2], digits[0])] == ["in memory"]


def dense(shape, classes):
    """A small model that is not trained."""
    return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(classes)])


def test_models_of_another_kind(compared, tmp_path):
    layers = keras.layers
    picture = keras.Input((28, 28))
    two = keras.Model(picture, [layers.Dense(10)(layers.Flatten()(picture)) for _ in range(2)])
    both = keras.Model([picture, keras.Input((28, 28))], layers.Dense(10)(layers.Flatten()(picture)))
    nothing = dense((28, 28), 10)
    nothing.set_weights([weights * np.nan for weights in nothing.get_weights()])
    models = {
        "size": (dense((14, 14), 10), "pictures of shape (14, 14)"),
        "rank": (keras.Sequential([keras.Input((784,)), layers.Dense(10)]), "of shape (784,), received (28, 28)"),
        "classes": (dense((28, 28), 3), "received (1, 3)"),
        "two": (two, "one input and one output, received 1 and 2"),
        "both": (both, "one input and one output, received 2 and 1"),
        "nothing": (nothing, "Its answers are no numbers"),
    }
    expected, files = {}, {}
    for name, (model, words) in models.items():
        (tmp_path / name).mkdir()
        export_all(model, tmp_path / name)
        files |= {f"{name} {form}": path for form, path in good(tmp_path / name).items() if form != "LiteRT, int8"}
        expected |= {f"{name} {form}": words for form in good(tmp_path / name)}
    for name, row in compared(files).items():
        if name.endswith("SavedModel") and name.split()[0] in ("size", "rank", "both"):
            assert "It cannot be loaded and asked" in note_of(row)  # its function says no shape before it is called
        else:
            assert expected[name] in note_of(row), name


def test_a_saved_model_without_serve(compared, tmp_path):
    tf.saved_model.save(tf.Module(), tmp_path / "bare")

    assert "with the function `serve`, received one without" in note_of(compared({"bare": tmp_path / "bare"})["bare"])


# --- Files of the wrong kind ---

SUFFIXES = (".keras", ".tflite", ".weights.h5", ".json")
WRONG = {
    "nothing": (b"", "an empty file"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture (PNG)"),
    "a page": (b"<!DOCTYPE html><html><body>Not found</body></html>", "a web page"),
    "a text": (b"This is a note on my model.\nIt is good.", "text"),
    "a pickle": (pickle.dumps({"weights": [1.0, 2.0]}), "a pickle, which can run any code"),
    "noise": (bytes(range(200, 256)) * 9, "something unknown"),
    "an array": (b"\x93NUMPY\x01\x00v\x00", "a NumPy array"),
}
RIGHT = {".keras": "a zip archive", ".tflite": "a LiteRT model", ".weights.h5": "an HDF5 file", ".json": "JSON"}


def paired(path, saved):
    """A file as a form: a weights file or a description comes with the right other one."""
    if path.name.endswith(".weights.h5"):
        return saved / "model.json", path
    return (path, saved / "model.weights.h5") if path.suffix == ".json" else path


def test_each_wrong_kind_under_each_name(compared, saved, tmp_path):
    contents = {name: content for name, (content, _) in WRONG.items()}
    contents |= {"model" + suffix: (saved / f"model{suffix}").read_bytes() for suffix in SUFFIXES}
    words = {name: said for name, (_, said) in WRONG.items()} | {f"model{it}": said for it, said in RIGHT.items()}
    files = {}
    for name, content in contents.items():
        for suffix in SUFFIXES:
            path = tmp_path / f"{name} as{suffix}"
            path.write_bytes(content)
            if name != f"model{suffix}":
                files[name, suffix] = paired(path, saved)
    rows = compared({" ".join(key): path for key, path in files.items()})

    assert len(rows) == len(files) == 11 * 4 - 4
    for (name, suffix), row in zip(files, rows.values()):
        assert f"Expected {RIGHT[suffix]} in `{name} as{suffix}`, received {words[name]}" in note_of(row)


def test_what_is_no_form_is_told_by_its_name(compared, saved, tmp_path):
    (tmp_path / "model.pkl").write_bytes(pickle.dumps([1]))
    (tmp_path / "model").write_bytes((saved / "model.keras").read_bytes())
    (tmp_path / "model.h5").write_bytes((saved / "model.weights.h5").read_bytes())
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder.keras").mkdir()
    (tmp_path / "folder.json").mkdir()
    shutil.copytree(saved / "exported", tmp_path / "exported.tflite")
    (tmp_path / "gone" / "saved_model.pb").mkdir(parents=True)
    (tmp_path / "hollow").mkdir()
    (tmp_path / "hollow" / "saved_model.pb").touch()
    both = saved / "model.json", saved / "model.weights.h5"
    files = {
        "a pickle": (tmp_path / "model.pkl", "looks like a pickle, which can run any code while it is being opened"),
        "no suffix": (tmp_path / "model", "received `model`, which looks like a zip archive"),
        "old": (tmp_path / "model.h5", "the older form of Keras, HDF5. Save the model as `.keras`"),
        "json alone": (both[0], "`model.json` holds the architecture alone"),
        "weights alone": ([both[1]], "`model.weights.h5` holds weights alone"),
        "twice": ((both[0], both[0]), "the pair of `.json` and `.weights.h5`, received `model.json` and `model.json`"),
        "three": ((*both, both[0]), "received `model.json` and `model.weights.h5` and `model.json`"),
        "none": ((), "received no file at all"),
        "a missing file": (tmp_path / "away.keras", "There is no file or folder `away.keras`"),
        "half missing": ((both[0], tmp_path / "away.weights.h5"), "There is no file or folder `away.weights.h5`"),
        "an empty folder": (tmp_path / "empty", "The folder `empty` holds no `saved_model.pb`"),
        "a folder inside": (tmp_path / "gone", "The folder `gone` holds no `saved_model.pb`"),
        "an empty graph": (tmp_path / "hollow", "the operations of a model in `saved_model.pb`, received an empty"),
        "a folder as file": (tmp_path / "folder.keras", "`folder.keras` is not a file but a folder"),
        "a folder as json": ((tmp_path / "folder.json", both[1]), "`folder.json` is not a file but a folder"),
        "an export as tflite": (tmp_path / "exported.tflite", "`exported.tflite` is not a file but a folder"),
        "a file in a file": (saved / "model.keras" / "saved_model.pb", "There is no file or folder `saved_model.pb`"),
        "a zero byte": (str(tmp_path) + "/\0.keras", "There is no file or folder"),
    }  # fmt: skip
    for name, row in compared({name: path for name, (path, _) in files.items()}).items():
        assert files[name][1] in note_of(row), name


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_a_pipe_does_not_block(compared, tmp_path):
    os.mkfifo(tmp_path / "pipe.keras")

    assert "is not a file but a folder or a device" in note_of(compared({"pipe": tmp_path / "pipe.keras"})["pipe"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows closes files by other means")
def test_a_closed_file_says_so(compared, saved, tmp_path, monkeypatch):
    shutil.copyfile(saved / "model.keras", tmp_path / "closed.keras")
    (tmp_path / "closed.keras").chmod(0)
    if os.geteuid():
        note = note_of(compared({"closed": tmp_path / "closed.keras"})["closed"])
    else:  # nothing is closed to an administrator, so it is done for him
        monkeypatch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
        note = form_reader.read([tmp_path / "closed.keras"], None, None, 10)["problem"]

    assert note.startswith("There is no permission to read `closed.keras`.")


# --- Damaged files ---


def flipped(source, target, times, start=0):
    """Copy a file with some bytes changed."""
    content = bytearray(source.read_bytes())
    for place in RANDOM.integers(start, len(content), times):
        content[place] ^= int(RANDOM.integers(1, 256))
    target.write_bytes(content)
    return target


def is_told(row):
    """Whether a row of a damaged form says what happened: it was not read, and why; it differs; or it agrees."""
    if row.agrees is None:
        return bool(note_of(row))
    return row.agrees or "it is another model, or damaged" in row.note


INNER = ("saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001")
SHARES = (0.001, 0.1, 0.5, 0.9, 0.999)


@pytest.mark.parametrize("name", ["model.keras", "model.tflite", "int8.tflite", "model.weights.h5", "model.json"])
def test_cut_files(name, compared, saved, tmp_path):
    content = (saved / name).read_bytes()
    files = {}
    for share in SHARES:
        folder = tmp_path / str(share)
        folder.mkdir()
        (folder / name).write_bytes(content[: int(len(content) * share)])
        files[str(share)] = paired(folder / name, saved)
    for row in compared(files).values():
        assert re.search("damaged|Expected (a LiteRT model|an HDF5|JSON)|Flatbuffer", note_of(row)), row.note


def test_cut_exports(compared, saved, tmp_path):
    files = {}
    for number, inner in enumerate(INNER):
        for share in (0, *SHARES):
            folder = shutil.copytree(saved / "exported", tmp_path / f"{number} {share}")
            content = (folder / inner).read_bytes()
            (folder / inner).write_bytes(content[: int(len(content) * share)])
            files[f"{number} {share}"] = folder
    for row in compared(files).values():
        assert note_of(row)


def test_flipped_bytes_in_an_archive_are_noticed(compared, saved, tmp_path):
    files = {f"{it}": flipped(saved / "model.keras", tmp_path / f"{it}.keras", 1 + it % 3) for it in range(SEVERAL)}
    rows = compared(files).values()

    assert all(map(is_told, rows))
    assert sum(row.agrees is None for row in rows) >= SEVERAL - 4  # a time stamp may be flipped without harm
    assert not any(row.agrees is False for row in rows)  # a check sum protects what matters


@pytest.mark.parametrize("name", ["model.tflite", "int8.tflite"])
def test_flipped_bytes_in_a_litert_file(name, compared, saved, tmp_path):
    size = (saved / name).stat().st_size
    starts = (0, size - 3000)  # the table of the operations stands at the end
    files = {
        f"{it}": flipped(saved / name, tmp_path / f"{it}.tflite", 1 + it % 9, starts[it % 2]) for it in range(SEVERAL)
    }
    rows = compared(files).values()

    assert all(map(is_told, rows))
    assert any(row.agrees is None for row in rows) and any(row.agrees is not None for row in rows)


def test_flipped_bytes_in_json_and_weights(compared, saved, tmp_path):
    files = {}
    for number in range(SEVERAL):
        if number % 2:
            changed = flipped(saved / "model.json", tmp_path / f"{number}.json", 1)
        else:
            changed = flipped(saved / "model.weights.h5", tmp_path / f"{number}.weights.h5", 1 + number)
        files[str(number)] = paired(changed, saved)
    rows = compared(files).values()

    assert all(map(is_told, rows))
    assert any(row.agrees is None for row in rows) and any(row.agrees is False for row in rows)


def test_flipped_bytes_in_an_export(compared, saved, tmp_path):
    files = {}
    for number in range(SEVERAL):
        folder = shutil.copytree(saved / "exported", tmp_path / str(number))
        inner = INNER[number % 3]
        flipped(folder / inner, folder / inner, 1 + number % 4)
        files[str(number)] = folder
    rows = compared(files).values()

    assert all(map(is_told, rows))
    assert any(row.agrees is None for row in rows)


# --- Files that would do harm ---


def archive(path, saved, **changed):
    """A copy of the `.keras` file with other members: name, with _ for the dot, -> bytes, or None to leave it out."""
    contents = {}
    with zipfile.ZipFile(saved / "model.keras") as source:
        for name in source.namelist():
            contents[name] = source.read(name)
    contents |= {name.replace("__", "."): content for name, content in changed.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in contents.items():
            if content is not None:
                target.writestr(name, content)
    return path


def weights_of(declared):
    """An HDF5 file that declares a number of float32, and holds none."""
    file = io.BytesIO()
    with h5py.File(file, "w") as weights:
        weights.create_dataset("layers/0", shape=(declared,), dtype="float32", chunks=(1,) if declared else None)
    return file.getvalue()


def described(saved, change):
    """The description of the model as JSON, changed."""
    description = json.loads((saved / "model.json").read_text(encoding="utf-8"))
    change(description["config"]["layers"])
    return json.dumps(description)


def units(number):
    return lambda layers: layers[3]["config"].update(units=number)


def test_bombs_are_refused_before_they_are_loaded(compared, saved, tmp_path):
    path = tmp_path / "bomb.keras"
    with zipfile.ZipFile(archive(path, saved), "a", zipfile.ZIP_DEFLATED) as target:
        with target.open("assets/zeros", "w", force_zip64=True) as member:
            for _ in range(6):
                member.write(bytes(100_000_000))
    lying = tmp_path / "5 GB.keras"  # what the directory of the archive says counts
    content = bytearray(path.read_bytes())
    where = content.index(b"PK\x01\x02", content.rindex(b"assets/zeros") - 60)
    content[where + 24 : where + 28] = (4_294_967_000).to_bytes(4, "little")
    lying.write_bytes(content)
    (tmp_path / "wide.weights.h5").write_bytes(weights_of(10**12))
    with (tmp_path / "huge.tflite").open("wb") as huge_file:
        huge_file.write(b"\x1c\0\0\0TFL3")
        huge_file.truncate(600_000_000)
    files = {
        "huge": (tmp_path / "huge.tflite", "Expected at most 500.0 MB, received 600.0 MB"),
        "bomb": (path, "unpacks to 4 files of 60"),
        "lying": (lying, "too much to load"),
        "many": (archive(tmp_path / "many.keras", saved, **{f"{it}": b"" for it in range(1001)}), "1,004 files"),
        "weights": (
            archive(tmp_path / "w.keras", saved, model__weights__h5=weights_of(10**12)), "unpacks to 4,000,000.0 MB",
        ),
        "wide": ((saved / "model.json", tmp_path / "wide.weights.h5"), "unpacks to 4,000,000.0 MB, expected"),
        "description": (
            archive(tmp_path / "d.keras", saved, config__json=b" " * 10_000_001), "`config.json` is 10.0 MB of JSON",
        ),
    }  # fmt: skip
    for name, row in compared({name: path for name, (path, _) in files.items()}).items():
        assert files[name][1] in note_of(row), name


def test_odd_archives(compared, saved, tmp_path):
    files = {
        "no config": (archive(tmp_path / "a.keras", saved, config__json=None), "There is no item named 'config.json'"),
        "no weights": (archive(tmp_path / "b.keras", saved, model__weights__h5=None), "so Keras did not write it"),
        "no weights in it": (
            archive(tmp_path / "c.keras", saved, model__weights__h5=weights_of(0)), "an HDF5 file without any weights",
        ),
        "a text": (archive(tmp_path / "d.keras", saved, config__json=b"model"), "`config.json` is damaged"),
        "other weights": (archive(tmp_path / "e.keras", saved, model__weights__h5=weights_of(3)), "cannot be loaded"),
    }  # fmt: skip
    for name, row in compared({name: path for name, (path, _) in files.items()}).items():
        assert files[name][1] in note_of(row), name


DESCRIPTIONS = {
    "deep": ("[" * 100_000, "is nested too deeply"),
    "deep objects": ('{"a":' * 100_000, "is nested too deeply"),
    "deep and whole": ('{"a":' * 900 + "1" + "}" * 900, "nested too deeply|describes no model"),
    "a list": ("[1, 2]", "describes no model"),
    "another object": ('{"name": "tea"}', "describes no model"),
    "cut": ('{"class_name": "Sequential"', "is damaged"),
    "long": ('{"a": "' + " " * 10_000_001 + '"}', "of JSON, expected at most 10.0 MB"),
    "a large number": ('{"class_name": "Sequential", "x": ' + "9" * 5000 + "}", "is damaged"),
}


def test_descriptions_of_no_model(compared, saved, tmp_path):
    files = {}
    for name, (text, _) in DESCRIPTIONS.items():
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
        files[name] = tmp_path / f"{name}.json", saved / "model.weights.h5"
    for name, row in compared(files).items():
        assert re.search(DESCRIPTIONS[name][1], note_of(row)), name


CHANGES = {
    "giant": (units(10**9), "a layer of about 784,000,000,000 numbers, expected at most 100,000,000"),
    "large": (units(200_000), "about 156,800,000 numbers"),
    "giant padding": (lambda layers: layers[1]["config"].update(padding=[10**9, 1]), "about 1,000,000,000 numbers"),
    "code": (lambda layers: layers[1].update(class_name="Lambda"), "holds Python code (a `Lambda` layer)"),
    "an own class": (
        lambda layers: layers[1].update(module=None, registered_name="course>Invert"),
        "needs a class or function that Keras does not bring: `course>Invert`",
    ),
    "a module": (lambda layers: layers[1].update(module="os", class_name="system"), "cannot be loaded"),
    "no such layer": (lambda layers: layers[1].update(class_name="Tea"), "cannot be loaded"),
}


def test_descriptions_that_are_refused(compared, saved, tmp_path):
    files = {}
    for name, (change, _) in CHANGES.items():
        (tmp_path / f"{name}.json").write_text(described(saved, change), encoding="utf-8")
        files[name] = tmp_path / f"{name}.json", saved / "model.weights.h5"
        files[f"{name}, zipped"] = archive(
            tmp_path / f"{name}.keras", saved, config__json=described(saved, change).encode()
        )
    for name, row in compared(files).items():
        assert CHANGES[name.removesuffix(", zipped")][1] in note_of(row), name


def test_a_seed_is_no_size(compared, saved, tmp_path):
    change = lambda layers: layers[3]["config"]["kernel_initializer"]["config"].update(seed=10**12)  # noqa: E731
    path = archive(tmp_path / "model.keras", saved, config__json=described(saved, change).encode())

    assert compared({"seed": path})["seed"].agrees


class Inverts(keras.layers.Layer):
    """A layer that the reading process does not know."""

    def call(self, inputs):
        return 255 - inputs


def test_code_and_classes_of_the_saver_are_refused_in_plain_words(compared, saved, tmp_path):
    picture = keras.Input((28, 28))
    for name, layer in {"code": keras.layers.Lambda(lambda x: x / 255), "class": Inverts()}.items():
        (tmp_path / name).mkdir()
        scores = keras.layers.Dense(10)(keras.layers.Flatten()(layer(picture)))
        export_all(keras.Model(picture, scores), tmp_path / name)
    rows = compared({
        f"{name} {form}": files
        for name in ("code", "class") for form, files in list(good(tmp_path / name).items())[:3]
    })  # fmt: skip

    for form in (".keras", "JSON + weights"):
        assert "Python code (a `Lambda` layer), which would run while it is loaded" in note_of(rows[f"code {form}"])
        assert "that Keras does not bring: `Inverts`" in note_of(rows[f"class {form}"])
    assert rows["code SavedModel"].agrees is rows["class SavedModel"].agrees is False  # they answer, as another model


# --- Files that end or block the process ---

# Stands in the place of the package's module, and takes the true one from the package's own folder.
DANGEROUS = """
import contextlib, os, sys, time
package, stand_in = sys.modules["ai_edge_litert"], sys.modules.pop("ai_edge_litert.interpreter")
package.__path__[:] = [{origin!r}]
from ai_edge_litert import interpreter as true_one
sys.modules["ai_edge_litert.interpreter"] = package.interpreter = stand_in

class Interpreter(true_one.Interpreter):
    def __init__(self, model_content):
        if model_content.endswith(b"END"):
            os.abort()
        if model_content.endswith(b"LEAVE"):
            raise SystemExit(3)
        if model_content.endswith(b"WAIT"):
            time.sleep(600)
        if model_content.endswith(b"TALK"):
            os.write(1, b"reading" + bytes([10]))
            os.write(2, b"x" * 1000)
            print("reading")
        if model_content.endswith(b"HALF"):
            for number in range(3, 20):
                with contextlib.suppress(OSError):
                    os.write(number, b'["cut')
            os.abort()
        super().__init__(model_content=model_content.removesuffix(b"TALK"))
"""


@pytest.fixture
def dangerous(saved, tmp_path, monkeypatch):
    """LiteRT files that end, block or disturb the process that reads them, by an interpreter that obeys them."""
    import ai_edge_litert

    package = tmp_path / "path" / "ai_edge_litert"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    source = DANGEROUS.format(origin=str(Path(ai_edge_litert.__file__).parent))
    (package / "interpreter.py").write_text(source, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    files = {}
    for word in ("END", "LEAVE", "WAIT", "TALK", "HALF"):
        files[word] = tmp_path / f"{word}.tflite"
        files[word].write_bytes((saved / "model.tflite").read_bytes() + word.encode())
    return files


def test_a_file_that_ends_the_process_costs_its_own_row(compared, saved, dangerous):
    rows = compared({
        "good": saved / "model.tflite", "ends": dangerous["END"], "ends too": dangerous["END"],
        "leaves": dangerous["LEAVE"], "good too": saved / "int8.tflite",
    })  # fmt: skip

    for name in ("ends", "ends too"):
        note = note_of(rows[name])
        assert re.match(r"It ended the process that read it \((signal SIGABRT|code \d+)\): it is damaged", note)
    assert "(code 3)" in note_of(rows["leaves"])
    assert rows["good"].agrees and rows["good too"].agrees


def test_a_file_that_blocks_the_process_costs_its_own_row(compared, saved, dangerous):
    rows = compared({"waits": dangerous["WAIT"], "good": saved / "int8.tflite"}, timeout=4)

    assert note_of(rows["waits"]).startswith("Reading it took over 4 seconds and was stopped.")
    assert rows["good"].agrees


def test_a_file_that_prints_does_not_disturb(compared, dangerous, monkeypatch):
    printed, start = [], form_process._start
    monkeypatch.setattr(form_process, "_start", lambda folder, first: printed.append(folder) or start(folder, first))
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)  # keep the folder, to look at what was printed
    assert compared({"talks": dangerous["TALK"]})["talks"].agrees
    monkeypatch.undo()

    assert Path(printed[0], form_process.ERRORS).read_bytes() == b""
    shutil.rmtree(printed[0])


def test_half_a_line_is_none(compared, dangerous):
    assert "It ended the process that read it" in note_of(compared({"half": dangerous["HALF"]})["half"])


def endless(picture):
    return tf.while_loop(lambda x: tf.reduce_sum(x) > -1, lambda x: [x * 1.0], [picture])[0]


def huge(picture):
    return tf.reshape(tf.zeros([tf.shape(picture)[0], 2_000_000_000]), [-1, 10])


def exported_function(function, folder):
    """A SavedModel that serves a function of pictures."""
    module = tf.Module()
    module.serve = tf.function(function, input_signature=[tf.TensorSpec([None, 28, 28], tf.float32)])
    tf.saved_model.save(module, folder)
    return folder


def test_an_endless_export_is_stopped(compared, tmp_path):
    endless_one = exported_function(endless, tmp_path / "endless")
    row = compared({"endless": endless_one}, timeout=4)["endless"]

    assert "took over 4 seconds" in note_of(row)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_an_export_that_takes_all_memory_is_stopped(compared, tmp_path):
    row = compared({"huge": exported_function(huge, tmp_path / "huge")})["huge"]

    assert re.search("needs more memory than there is|ended the process", note_of(row))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_the_memory_is_capped_and_the_cap_is_lifted_for_tensorflow():
    script = """
    import resource
    from companion import form_reader
    resource.setrlimit(resource.RLIMIT_AS, (10**14, 10**14))
    form_reader.cap_memory(10**15)
    assert resource.getrlimit(resource.RLIMIT_AS) == (10**14, 10**14)
    form_reader.cap_memory()
    low, most = resource.getrlimit(resource.RLIMIT_AS)
    assert low < most
    try:
        bytearray(form_reader.MOST_MEMORY + 10**8)
        print("too much was given")
    except MemoryError:
        print("refused")
    bytearray(form_reader.MOST_MEMORY // 2)
    print("given")
    form_reader.cap_memory(1000)
    form_reader.LIBRARIES[".keras"]()
    print("imported")
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(forms.__file__).parent.parent)

    assert done.stdout.split() == ["refused", "given", "imported"], done.stderr


def processes_of_mine():
    import psutil

    return [it for it in psutil.Process().children(recursive=True) if "companion.form_reader" in " ".join(it.cmdline())]


def test_an_interrupt_ends_the_process_too(reader, digits, dangerous, monkeypatch):
    next_line = form_process._next_line

    def interrupted(lines, seconds):
        if seconds == 60:
            assert processes_of_mine()
            raise KeyboardInterrupt
        return next_line(lines, seconds)

    monkeypatch.setattr(form_process, "_next_line", interrupted)
    with pytest.raises(KeyboardInterrupt):
        forms.compare(reader, {"waits": dangerous["WAIT"]}, digits[:2], digits[0])

    assert processes_of_mine() == []


def test_no_process_and_no_file_is_left(compared, saved, dangerous, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "path"))
    compared({"ends": dangerous["END"], "good": saved / "model.tflite"})

    assert processes_of_mine() == []
    assert [path.name for path in (tmp_path / "path").iterdir()] == ["ai_edge_litert"]


def test_a_process_that_cannot_start_is_no_fault_of_a_file(reader, saved, digits, tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise ImportError('no numpy today')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="a second Python.*did not start.*no numpy today.*Restart the kernel"):
        forms.compare(reader, {"LiteRT": saved / "model.tflite"}, digits[:2], digits[0])


# --- The table ---

GOOD = forms.Row("LiteRT <b>", "3 & more", 0.98765, np.zeros(10), 410168, 1.6, 0.0123, 1.0, 1.4e-6, True, "by `x`")
ROWS = [
    forms.Row("in memory", "3", 0.98, np.zeros(10), None, None, 2.5, 1.0, 0.0, True),
    GOOD,
    forms.Row("int8", "5", 0.5, np.zeros(10), 1000, 1234.0, 0.5, 0.9996, 0.031, False, "Expected <b>."),
    forms.Row("bad", note="`x.keras` is <gone>. Save it."),
]


@pytest.fixture
def shown(monkeypatch):
    """What a notebook gets to show: the page and the text."""
    seen = []
    monkeypatch.setattr("companion.messages.show", lambda page, text: seen.extend((page, text)))
    forms.show(ROWS)
    return seen


def test_the_text_is_an_aligned_table(shown):
    lines = shown[1].splitlines()

    assert lines[0] == "One model, in memory and in its saved forms"
    assert re.split("  +", lines[1]) == [
        "Form", "Answer", "Size", "Load", "One prediction", "Same label", "Largest difference", "Agrees",
    ]  # fmt: skip
    assert re.split("  +", lines[2]) == ["in memory", "3 (98.0 %)", "–", "–", "2.50 ms", "100 %", "0", "✔ yes"]
    assert re.split("  +", lines[3]) == [
        "LiteRT <b>", "3 & more (98.8 %)", "410 kB", "2 ms", "0.01 ms", "100 %", "0.000001", "✔ yes", "(by `x`)",
    ]  # fmt: skip
    assert re.split("  +", lines[4])[5:] == ["99.9 %", "0.03", "✘ no", "(Expected <b>.)"]  # not all, so not 100
    assert lines[5] == "bad         ○ not read: `x.keras` is <gone>. Save it."
    assert len({line.index(cell) for line, cell in zip(lines[1:5], ("Same", "100 %", "100 %", "99.9"))}) == 1


def test_the_page_is_a_table_for_every_reader(shown):
    page = shown[0]

    assert page.count("<tr>") == page.count("</tr>") == 5
    assert "<caption" in page and page.count('<th scope="col"') == 8 and page.count('<th scope="row"') == 4
    assert '<td colspan="7"' in page and page.count("<td") == 3 * 7 + 1
    assert "LiteRT &lt;b&gt;" in page and "3 &amp; more" in page and "<code>x.keras</code> is &lt;gone&gt;" in page
    assert ">by <code>x</code></small>" in page and ">Expected &lt;b&gt;.</small>" in page
    assert page.count("nowrap") == 3 * 7  # a number stays with its unit
    assert not re.search(r"[^-]color|background", page)  # readable on dark and on light


def test_the_table_is_printed_where_there_is_no_notebook(capsys):
    forms.show(ROWS[:1])

    assert capsys.readouterr().out.startswith("One model, in memory and in its saved forms\nForm")


def test_a_table_of_bad_forms_alone(capsys):
    forms.show(ROWS[3:])

    assert capsys.readouterr().out.splitlines()[-1] == "bad   ○ not read: `x.keras` is <gone>. Save it."


@pytest.mark.parametrize("rows", [None, GOOD, ["a"], "rows"], ids=["none", "a row", "texts", "a text"])
def test_only_rows_are_shown(rows):
    with pytest.raises(TypeError, match="rows: expected what `compare` returned, received"):
        forms.show(rows)
