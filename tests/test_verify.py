"""A portfolio is confirmed, or denied with the number, or refused with the reason; a hostile one does no harm.

What is refused before another process starts is tried with a process that must not start.
"""

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import form_process, form_reader, portfolio, verify, verify_model, verify_reader
from companion.form_checks import Refused

# Keras 3.15 copies its variables in a way that NumPy 2.4 calls old.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
layers = keras.layers
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 3)).astype("float32")
ROWS = np.arange(40)
HISTORY = {"loss": [1.5, 0.75], "val_loss": [1.25, 1.0]}


@pytest.fixture(scope="module")
def model():
    """Three classes, 12 parameters; untrained, because a claim may be low."""
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((3,)), layers.Dense(3, activation="softmax", name="last")])


@pytest.fixture(scope="module")
def good(model, tmp_path_factory):
    """A portfolio whose claims hold; to be copied, not changed."""
    folder = tmp_path_factory.mktemp("good")
    model.save(folder / "model.keras")
    y = model(X).numpy().argmax(axis=1)
    y[:8] = (y[:8] + 1) % 3  # 32 of 40 are right
    counts = np.bincount(y)
    right = model(X).numpy().argmax(axis=1) == y
    balanced = np.mean([right[y == label].mean() for label in np.flatnonzero(counts)])
    claims = {
        "accuracy": 0.8, "balanced_accuracy": balanced, "baseline_accuracy": counts.max() / 40, "parameters": 12,
        "rows": 40,
    }  # fmt: skip
    return portfolio.pack(
        folder / "portfolio", model_file=folder / "model.keras", held_out=(X, y), claims=claims, history=HISTORY,
        card="# My model\n\nRight in 80 of 100 cases.", include_progress=False,
    )  # fmt: skip


@pytest.fixture
def folder(good, tmp_path):
    """A copy of the good portfolio, to be spoiled."""
    return Path(shutil.copytree(good, tmp_path / "folder"))


@pytest.fixture
def no_process(monkeypatch):
    """Nothing may be loaded: what is tried must be refused before."""
    monkeypatch.setattr(form_process, "start", lambda *_, **__: pytest.fail("a process was started"))


def told(folder, change=lambda told: None):
    """Read portfolio.json, change it, and write it."""
    path = folder / "portfolio.json"
    description = json.loads(path.read_text(encoding="utf-8"))
    change(description)
    path.write_text(json.dumps(description), encoding="utf-8")
    return description


def reseal(folder):
    """Give each file the check sum that it has now, as a forger would."""
    seals = {name: (folder / name) for name in portfolio.FILES}
    told(folder, lambda it: it["files"].update({name: seal(path) for name, path in seals.items() if path.exists()}))


def seal(path):
    import hashlib

    return {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def states(report):
    return {file.name: file.state for file in report.files}


def refusal(folder):
    """Why a folder is refused; nothing is confirmed then, and nothing in the folder has changed."""
    before = {path.name: path.lstat().st_mtime_ns for path in folder.iterdir()} if folder.is_dir() else None
    report = verify.check(folder, timeout=60)
    after = {path.name: path.lstat().st_mtime_ns for path in folder.iterdir()} if folder.is_dir() else None
    assert before == after
    assert report.refused and not report.confirmed
    assert {claim.state for claim in report.claims} <= {verify.NOT_MEASURED}
    assert report.refused.endswith(".") and len(report.refused) < 600 and "Traceback" not in report.refused
    assert "compare again" not in report.refused
    assert "Reason: " in verify.as_text(report, folder)
    return report.refused


# --- What holds is confirmed ---


def test_a_good_portfolio_is_confirmed_by_the_command(good, tmp_path):
    before = sorted((path.name, path.stat().st_mtime_ns) for path in good.iterdir())
    command = [sys.executable, "-m", "companion.verify", str(good)]
    done = subprocess.run(command, cwd=Path(verify.__file__).parent.parent, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    assert "confirmed     accuracy: claimed 0.8, measured 0.8, may differ by 0.025." in done.stdout
    assert "The largest of 3 answers is the class." in done.stdout
    assert "confirmed     parameters: claimed 12, measured 12, must be equal." in done.stdout
    assert "unchanged     curves.png" in done.stdout
    assert "Result: confirmed. 5 of 5 claims confirmed, every file unchanged." in done.stdout
    assert "evidence, no certificate" in done.stdout and "no program can tell" in done.stdout
    assert f"keras {keras.__version__}" in done.stdout and "Claimed, it is said" not in done.stdout
    assert sorted((path.name, path.stat().st_mtime_ns) for path in good.iterdir()) == before


def in_a_shell(folder):
    """Verify a folder while standing in it, as its maker may hope."""
    command = [sys.executable, "-P", "-m", "companion.verify", "."]
    environment = {**os.environ, "PYTHONPATH": str(Path(verify.__file__).parent.parent), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")


IMPORTED = ("json.py", "keras.py", "numpy.py", "companion.py", "sitecustomize.py", "conftest.py")


def test_changed_missing_and_extra_files_and_wrong_claims_are_named_and_nothing_is_imported(folder):
    (folder / "model_card.md").write_text("# My model\n\nRight in 90 of 100 cases.\n", encoding="utf-8", newline="\n")
    table = (folder / "history.csv").read_text().replace("0.75", "0.05")
    (folder / "history.csv").write_text(table, newline="\n")
    (folder / "learned.md").unlink()
    (folder / "note\x1b[2J\u202e.txt").write_text("x")
    (folder / ".DS_Store").write_text("x")
    for name in IMPORTED:
        (folder / name).write_text("raise SystemExit('imported')")

    def change(description):
        description["claims"]["accuracy"]["claimed"] = 0.9
        description["claims"]["parameters"]["claimed"] = 13
        description["claims"]["baseline_accuracy"]["tolerance"] = 1.0
        description["versions"]["keras"] = "3.0\x1b[31m"

    told(folder, change)
    done = in_a_shell(folder)
    said = done.stdout

    assert (done.returncode, done.stderr) == (1, "")
    assert "extra         json.py: portfolio.json does not list it; it was not read." in said
    assert "changed       model_card.md: Expected 38 bytes, received 38, of another content." in said
    assert "changed       history.csv" in said and "missing       learned.md" in said
    assert "extra         note?[2J?.txt: portfolio.json does not list it; it was not read." in said
    assert "extra         .DS_Store: Systems leave such files" in said
    assert "\x1b" not in said and "\u202e" not in said
    assert "denied        accuracy: claimed 0.9, measured 0.8, may differ by 0.025." in said
    assert "denied        parameters: claimed 13, measured 12, must be equal." in said
    assert "denied        baseline_accuracy" in said and "lets it differ by 1, the rule is 0.0005" in said
    assert "confirmed     balanced_accuracy" in said
    assert "Claimed, it is said, with keras 3.0?[31m." in said
    assert "Result: not confirmed. 2 of 5 claims confirmed, 10 files not as listed." in said


def test_another_model_is_noticed_with_and_without_its_check_sum(folder, monkeypatch):
    keras.utils.set_random_seed(7)
    other = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="softmax")])
    other.save(folder / "model.keras")
    with monkeypatch.context() as patch:
        patch.setattr(verify, "_measured", lambda *_: (_ for _ in ()).throw(Refused("Far enough.")))
        assert states(verify.check(folder))["model.keras"] == verify.CHANGED
    reseal(folder)
    report = verify.check(folder)
    assert set(states(report).values()) == {verify.UNCHANGED}
    assert not report.confirmed and report.refused is None
    denied = {claim.metric for claim in report.claims if claim.state == verify.DENIED}
    assert {"accuracy", "parameters"} <= denied and "rows" not in denied


# --- Models of every kind, answered in this process ---


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Save a model, pack it, and have it measured as the other process does, without its limits."""
    monkeypatch.setattr(form_reader, "cap_memory", lambda *_: None)

    def measured(model, x, y, claims):
        model.save(tmp_path / "asked.keras")
        packed = portfolio.pack(
            tmp_path / "asked", model_file=tmp_path / "asked.keras", held_out=(x, y), claims=claims, card="# Card",
            include_progress=False, overwrite=True,
        )  # fmt: skip
        verify_model.look(packed / "model.keras")
        monkeypatch.setattr(verify.form_process, "start", lambda _, own, **__: Path(own))
        monkeypatch.setattr(verify.form_process, "listen", lambda own, *_: iter([verify_reader.measure(own)]))
        return verify.check(packed)

    return measured


def confirmed(report):
    assert report.refused is None, report.refused
    assert all(claim.state == verify.CONFIRMED for claim in report.claims), report.claims
    return report


@pytest.mark.parametrize(
    ("end", "border", "words"),
    [
        ([layers.Dense(1, activation="sigmoid")], 0.5, "A probability above 0.5 is class 1."),
        ([layers.Dense(1)], 0.0, "A score above 0 is class 1."),
        ([layers.Dense(1), layers.Activation("sigmoid"), layers.Flatten()], 0.5, "A probability above 0.5"),
        ([layers.Dense(1), layers.Reshape(())], 0.0, "A score above 0"),
        ([keras.Sequential([layers.Dense(2), layers.Dense(1, activation="sigmoid")])], 0.5, "A probability above"),
    ],
)
def test_one_number_is_a_probability_or_a_score_as_the_last_activation_says(asked, end, border, words):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((3,)), *end])
    answers = np.ravel(model(X))
    y = (answers > border).astype(int)
    assert 0 < y.sum() < 40
    y[:10] = 1 - y[:10]
    report = confirmed(asked(model, X, y, {"accuracy": 0.75}))
    assert words in report.claims[0].note


def test_one_number_of_unknown_meaning_is_denied_with_the_reason(asked):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, activation="relu")])
    claim = asked(model, X, ROWS % 2, {"accuracy": 0.5}).claims[0]
    assert claim.state == verify.DENIED and claim.measured is None
    assert "its last layer does not tell" in claim.note and "'relu'" in claim.note


def test_amounts_are_measured(asked):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    off = RANDOM.normal(size=40)
    y = np.ravel(model(X)) + off
    claims = {
        "mean_absolute_error": np.abs(off).mean(),
        "root_mean_squared_error": np.sqrt((off**2).mean()),
        "baseline_mean_absolute_error": np.abs(y - np.median(y)).mean(),
    }
    confirmed(asked(model, X, y, claims))
    report = asked(model, X, y, {name: value * 1.01 for name, value in claims.items()})
    assert {claim.state for claim in report.claims} == {verify.DENIED}


def test_an_amount_of_three_numbers_is_denied(asked, model):
    claim = asked(model, X, ROWS / 2, {"mean_absolute_error": 1.0}).claims[0]
    assert claim.state == verify.DENIED and "3 numbers for each row, expected one amount" in claim.note


def test_a_class_that_the_model_does_not_know_is_denied(asked, model):
    claim = asked(model, X, ROWS % 4, {"accuracy": 0.5}).claims[0]
    assert claim.state == verify.DENIED
    assert "The labels go up to 3, and the model tells 3 classes apart." in claim.note


def named_model():
    """A model of a number and a word, with an operation and with vocabularies beside its weights."""
    inputs = {"mass": keras.Input((1,), name="mass"), "island": keras.Input((1,), name="island", dtype="string")}
    normal, lookup = layers.Normalization(), layers.StringLookup(output_mode="one_hot")
    normal.adapt(np.arange(6.0).reshape(6, 1))
    lookup.adapt(tf.constant(["Dream", "Biscoe"]))
    joined = layers.Concatenate()([normal(inputs["mass"]), lookup(inputs["island"])])
    return keras.Model(inputs, layers.Dense(2)(keras.ops.tanh(joined[:, :3] * 2)))


def table():
    return {"island": np.array(["Dream", "Biscoe", "Mars", "é"] * 10, dtype=object), "mass": ROWS / 10}


def tensors(columns):
    return {name: tf.constant(column.tolist()) for name, column in columns.items()}


def test_a_model_with_named_inputs_and_words_is_confirmed_in_the_other_process(tmp_path):
    model = named_model()
    y = model({name: column[:, None] for name, column in tensors(table()).items()}).numpy().argmax(axis=1)
    model.save(tmp_path / "named.keras")
    packed = portfolio.pack(
        tmp_path / "named", model_file=tmp_path / "named.keras", held_out=(table(), y),
        claims={"accuracy": 1.0, "parameters": model.count_params()}, card="# Card", include_progress=False,
    )  # fmt: skip
    assert len(confirmed(verify.check(packed)).claims) == 2


@pytest.mark.filterwarnings("ignore:The structure of `inputs`:UserWarning")
def test_a_feature_space_and_a_text_layer_are_let_pass(asked):
    space = keras.utils.FeatureSpace
    features = space(
        {"mass": space.float_normalized(), "island": space.string_categorical(), "legs": space.integer_categorical()},
        crosses=[space.cross(("island", "legs"), crossing_dim=8)],
    )
    columns = {**table(), "legs": ROWS % 3}
    features.adapt(tf.data.Dataset.from_tensor_slices(tensors(columns)))
    model = keras.Model(features.get_inputs(), layers.Dense(3)(features.get_encoded_features()))
    y = model(tensors(columns)).numpy().argmax(axis=1)
    confirmed(asked(model, columns, y, {"accuracy": 1}))

    words = layers.TextVectorization(output_mode="tf_idf")
    words.adapt(tf.constant(["a b", "b c"]))
    reader = keras.Sequential([keras.Input((1,), dtype="string"), words, layers.Dense(2)])
    sentences = np.array([["a b"], ["c c"]] * 20)
    y = reader(tf.constant(sentences)).numpy().argmax(axis=1)
    confirmed(asked(reader, sentences, y, {"accuracy": 1}))


def test_pictures_are_asked_in_several_batches(asked, monkeypatch):
    monkeypatch.setattr(form_reader, "AT_ONCE", 7)
    model = keras.Sequential([
        keras.Input((8, 8)), layers.Rescaling(1 / 255), layers.Reshape((8, 8, 1)),
        layers.RandomTranslation(0.3, 0.3), layers.Conv2D(2, 3, activation=keras.activations.gelu),
        layers.BatchNormalization(), layers.Dropout(0.5), layers.Flatten(),
        layers.Dense(10, kernel_regularizer="l2"), layers.Softmax(),
    ])  # fmt: skip
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    accuracy = keras.metrics.SparseTopKCategoricalAccuracy()
    model.compile(keras.optimizers.Adam(schedule), keras.losses.SparseCategoricalCrossentropy(), metrics=[accuracy])
    pictures = RANDOM.integers(0, 256, (40, 8, 8), dtype=np.uint8)
    y = model(pictures, training=False).numpy().argmax(axis=1)
    confirmed(asked(model, pictures, y, {"accuracy": 1}))


def with_weights(value):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    model.set_weights([np.full((3, 2), value), np.zeros(2)])
    return model


def two_answers():
    start = keras.Input((3,))
    return keras.Model(start, [layers.Dense(2)(start), layers.Dense(2)(start)])


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (with_weights(np.nan), "no numbers .NaN or infinite"),
        (with_weights(3e38), "no numbers .NaN or infinite"),
        (two_answers(), "one output, received 2"),
        (keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Reshape((2, 2))]), r"shape \(40, 2, 2\)"),
        (keras.Sequential([keras.Input((5,)), layers.Dense(2)]), "cannot be loaded and asked"),
    ],
)
def test_answers_that_cannot_be_measured_are_refused(asked, model, words):
    report = asked(model, X + np.float32(10), ROWS % 2, {"accuracy": 0.5})
    assert report.refused.startswith("The model is refused. ") and pytest.raises(AssertionError, confirmed, report)
    with pytest.raises(ValueError, match=words):
        raise ValueError(report.refused)


def test_too_many_answers_are_refused(model, monkeypatch):
    monkeypatch.setattr(verify_reader, "MOST_ANSWERS", 40 * 3 * 8 - 1)
    with pytest.raises(Refused, match="answers of 3 numbers a row are too many"):
        verify_reader.ask(model, X)


@pytest.mark.parametrize(
    ("claimed", "y", "state"),
    [(0.3, [0] * 4 + [1] * 6, "confirmed"), (0.39, [0] * 5 + [1] * 5, "denied"), (0.6, [0, 1] * 5, "confirmed")],
)
def test_one_row_may_differ_and_no_more(claimed, y, state):
    y = np.array(y)
    measured = verify.Measured(np.eye(2)[[0] * 10], 0, "softmax")
    assert verify.measure("accuracy", measured, y)[0] == (y == 0).mean()
    told = {"accuracy": {"claimed": claimed, "tolerance": 0.1}}
    claim = next(verify._open_claims(told))
    assert verify._claim(claim, measured, y, told).state == state


def test_metrics_by_hand():
    measured = verify.Measured(np.eye(3)[[0, 0, 0, 1]], 5, "softmax")
    y = np.array([0, 0, 1, 1])
    found = {name: verify.measure(name, measured, y)[0] for name in portfolio.METRICS if "error" not in name}
    assert found == {"accuracy": 0.75, "balanced_accuracy": 0.75, "baseline_accuracy": 0.5, "parameters": 5, "rows": 4}
    assert verify.measure("balanced_accuracy", measured, np.array([0, 0, 0, 0]))[0] == 0.75
    assert verify.measure("balanced_accuracy", measured, np.array([0, 1, 0, 0]))[0] == pytest.approx(1 / 3)
    amounts = verify.Measured(np.array([[1.0], [2.0], [6.0]]), 5, "linear")
    y = np.array([0.0, 2.0, 4.0])
    assert verify.measure("mean_absolute_error", amounts, y)[0] == 1
    assert verify.measure("root_mean_squared_error", amounts, y)[0] == pytest.approx(np.sqrt(5 / 3))
    assert verify.measure("baseline_mean_absolute_error", amounts, y)[0] == pytest.approx(4 / 3)


# --- The folder ---


def test_what_is_no_portfolio_is_refused(tmp_path, no_process):
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "exported").mkdir()
    (tmp_path / "exported" / "saved_model.pb").write_bytes(b"pb")
    assert "is no folder" in refusal(tmp_path / "file")
    assert "does not exist" in refusal(tmp_path / "nowhere")
    assert "holds no `portfolio.json`" in refusal(tmp_path / "empty")
    assert "holds no `portfolio.json`" in refusal(tmp_path / "exported")


@pytest.mark.parametrize(
    "arguments", [[], ["a", "b"], ["--all"], [""], ["a\0b"]], ids=["none", "two", "option", "empty", "null"]
)
def test_a_wrong_command_is_told_how_it_is_typed(arguments, capsys):
    assert verify.main(arguments) == 2
    assert "python -m companion verify FOLDER" in capsys.readouterr().err


def test_help_and_refusals_have_their_exit_codes(tmp_path, capsys):
    assert verify.main(["--help"]) == 0
    assert "Exit code 0" in capsys.readouterr().out
    assert verify.main([str(tmp_path)]) == 1
    assert "Result: refused. No claim was measured." in capsys.readouterr().out


def test_a_refusal_ends_with_the_reason_and_what_to_do(tmp_path, capsys):
    verify.main([str(tmp_path)])
    out = capsys.readouterr().out

    *_, result, reason, advice = out.splitlines()
    assert result == "Result: refused. No claim was measured."
    assert reason.startswith("Reason: The folder holds no `portfolio.json`") and advice == verify.TO_DO
    assert "evidence" not in out, "what a verification shows is said only where something was verified"


def test_an_interrupt_ends_in_a_line(monkeypatch, capsys):
    monkeypatch.setattr(verify, "check", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    assert verify.main(["folder"]) == 130
    assert "Nothing was confirmed" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["model.keras", "held_out.npz", "portfolio.json", "README.md"])
def test_links_are_not_followed(folder, tmp_path, no_process, name):
    shutil.move(folder / name, tmp_path / "elsewhere")
    (folder / name).symlink_to(tmp_path / "elsewhere")
    assert f"Expected a file `{name}`, received a link to another place" in refusal(folder)


def test_a_link_of_another_name_is_not_followed(folder, tmp_path, no_process, monkeypatch):
    (tmp_path / "secret").write_text("secret")
    (folder / "secret").symlink_to(tmp_path / "secret")
    monkeypatch.setattr(verify, "_measured", lambda *_: (_ for _ in ()).throw(Refused("Far enough.")))
    report = verify.check(folder)
    assert states(report)["secret"] == verify.EXTRA


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes in folders")
def test_a_pipe_and_a_folder_do_not_block(folder, no_process):
    (folder / "model.keras").unlink()
    os.mkfifo(folder / "model.keras")
    assert "received a device or a pipe" in refusal(folder)
    (folder / "model.keras").unlink()
    (folder / "model.keras").mkdir()
    (folder / "model.keras" / "saved_model.pb").write_bytes(b"pb")
    assert "received a folder" in refusal(folder)


def test_a_file_that_becomes_a_link_after_the_first_look_is_not_followed(folder, tmp_path, no_process, monkeypatch):
    if not hasattr(os, "O_NOFOLLOW"):
        pytest.skip("the system cannot open without following links")
    (tmp_path / "secret").write_text("secret")
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to(tmp_path / "secret")
    monkeypatch.setattr(verify, "_check_regular", lambda *_: None)
    assert "It cannot be read" in refusal(folder)


@pytest.mark.parametrize("name", ["model.keras", "held_out.npz"])
def test_without_the_model_or_the_rows_nothing_is_measured(folder, no_process, name):
    (folder / name).unlink()
    report = verify.check(folder)
    assert states(report)[name] == verify.MISSING
    assert f"`{name}` is missing" in refusal(folder)


def test_a_file_that_is_too_large_is_not_copied(folder, no_process, monkeypatch):
    with (folder / "README.md").open("r+b") as file:
        file.truncate(10**12)  # it takes no room on the disk
    assert "at most 5,000,000 bytes in `README.md`, received 1,000,000,000,000" in refusal(folder)


def test_too_many_files_are_not_listed(folder, no_process, monkeypatch):
    monkeypatch.setattr(verify, "MOST_ENTRIES", 5)
    assert "more than 5 files" in refusal(folder)


def test_a_closed_file_is_a_reason_and_no_traceback(folder, no_process, monkeypatch):
    opens = os.open

    def closed(path, *others, **options):
        if "dir_fd" in options:  # how Python 3.13 tidies up the temporary folder
            return opens(path, *others, **options)
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(verify.os, "open", closed)
    assert "It cannot be read: Permission denied." in refusal(folder)


# --- portfolio.json ---


def entry(name):
    return lambda it: it["files"].update({name: {"bytes": 1, "sha256": "0" * 64}})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../secret", "climbs out"), ("a/../../b", "climbs out"), ("..\\secret", "climbs out"),
        ("/etc/passwd", "another place"), ("\\\\host\\share", "another place"), ("C:\\secret", "another place"),
        ("c:secret", "another place"), ("~/secret", "another place"), ("NUL", "no file of a portfolio"),
        ("portfolio.json", "no file of a portfolio"), ("model.keras/x", "no file of a portfolio"), ("", "no file"),
        ("MODEL.KERAS", "no file of a portfolio"),
    ],
)  # fmt: skip
def test_a_listed_path_to_another_place_is_refused(folder, no_process, name, words):
    told(folder, entry(name))
    said = refusal(folder)
    assert "`portfolio.json` lists" in said and words in said


def claim(name, claimed, tolerance=0.0):
    return lambda it: it["claims"].update({name: {"claimed": claimed, "tolerance": tolerance}})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda it: it.update(format=2), "has the format the number `2`, expected 1"),
        (lambda it: it.update(format=True), "has the format"),
        (lambda it: it.pop("format"), "has the format `None`"),
        (lambda it: it.update(code="x"), "has other entries.*'code'"),
        (lambda it: it.pop("versions"), "has other entries.*'versions'"),
        (lambda it: it.update(files=[]), "for `files`, expected an object"),
        (lambda it: it.update(claims=3), "for `claims`, expected an object"),
        (lambda it: it.update(versions="3"), "for `versions`, expected an object"),
        (lambda it: it["files"].pop("README.md"), "does not list `README.md`"),
        (lambda it: it["files"].update({"README.md": "x"}), "no size and check sum for `README.md`"),
        (lambda it: it["files"]["README.md"].update(sha256="0" * 63), "no size and check sum"),
        (lambda it: it["files"]["README.md"].update(bytes="9"), "no size and check sum"),
        (lambda it: it["files"]["README.md"].update(path="x"), "no size and check sum"),
        (claim("accuracy", "0.9"), "expected two finite numbers"),
        (claim("accuracy", True), "expected two finite numbers"),
        (claim("accuracy", 0.9, None), "expected two finite numbers"),
        (lambda it: it["claims"].update(accuracy=0.9), "expected two finite numbers"),
        (lambda it: it["claims"]["accuracy"].update(why="x"), "expected two finite numbers"),
        (lambda it: it["claims"].clear(), "at least one of"),
        (claim("f1", 0.5), "names of what can be measured again"),
        (claim("accuracy", 1.5), "share from 0 to 1"),
        (claim("rows", 40.5), "whole number for rows"),
        (claim("rows", 1e18), "finite number for rows"),
        (lambda it: it["versions"].update(keras=3), "a few short texts"),
        (lambda it: it["versions"].update(keras="3" * 300), "a few short texts"),
    ],
)
def test_a_description_of_another_form_is_refused(folder, no_process, change, words):
    told(folder, change)
    with pytest.raises(ValueError, match=words):
        raise ValueError(refusal(folder))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "cannot be read"),
        (b"\xff\xfe{}", "cannot be read"),
        ("{}".encode("utf-16"), "cannot be read"),
        (b"[]", "is the list `[]`, expected an object"),
        (b"3", "expected an object"),
        (b"{", "cannot be read"),
        (b'{"format": NaN}', "NaN is no number"),
        (b'{"format": -Infinity}', "-Infinity is no number"),
        (b'{"format": 1, "format": 1}', "an entry stands there twice"),
        (b'{"format": 1' + b"0" * 5000 + b"}", "a whole number has 5,001 digits"),
        (b'{"format": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
        (b'{"a":' * 200_000 + b"1" + b"}" * 200_000, "nested too deeply"),
        (b" " * 5_000_001, "at most 5,000,000 bytes"),
        (b'{"format": 1e999}', "has the format"),
    ],
    ids=range(14),
)
def test_a_description_that_is_no_such_json_is_refused(folder, no_process, text, words):
    (folder / "portfolio.json").write_bytes(text)
    assert words in refusal(folder)


def places(node, path=()):
    """Every place in a JSON, as the keys that lead to it."""
    yield path
    for key, inner in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(inner, (*path, key))


def with_odd(node, path, odd):
    """A JSON with another value in one place."""
    if not path:
        return odd
    copy = node.copy()
    copy[path[0]] = with_odd(node[path[0]], path[1:], odd)
    return copy


ODD = (None, True, -1, 1.5, 10**17, "", "../x", [], [[]], {}, {"class_name": []})


def test_no_odd_value_anywhere_in_the_description_ends_in_a_traceback(folder):
    description = told(folder)
    for path in places(description):
        for odd in ODD:
            (folder / "portfolio.json").write_text(json.dumps(with_odd(description, path, odd)))
            try:
                verify._description(folder / "portfolio.json")
            except Refused as problem:
                assert len(str(problem)) < 600, (path, odd)


def test_no_odd_value_anywhere_in_a_model_ends_in_a_traceback(folder):
    description = json.loads(contents(folder / "model.keras")["config.json"])
    for path in places(description):
        for odd in ODD:
            text = json.dumps(with_odd(description, path, odd)).encode()
            try:
                for part in verify.form_checks.parts(text, "config.json"):
                    verify_model._check_part(part)
                verify.form_checks.check_description(text, "config.json")
            except Refused as problem:
                assert len(str(problem)) < 600, (path, odd)


# --- The held-out rows ---


class Harm:
    """Whatever unpickles it, runs a command."""

    def __init__(self, sentinel):
        self.sentinel = sentinel

    def __reduce__(self):
        return os.mkdir, (str(self.sentinel),)


def rows(folder, **arrays):
    np.savez_compressed(folder / "held_out.npz", **arrays)
    reseal(folder)


def test_a_pickle_among_the_rows_is_not_opened(folder, tmp_path, no_process):
    sentinel = tmp_path / "sentinel"
    rows(folder, x=np.array([Harm(sentinel)], dtype=object), y=np.array([0]))
    np.load(folder / "held_out.npz", allow_pickle=True)["x"]
    assert sentinel.exists()  # the bait is live
    sentinel.rmdir()

    assert "Python objects (a pickle)" in refusal(folder)
    assert not sentinel.exists()


def member(name, content=b"x", **attributes):
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    for key, value in attributes.items():
        setattr(info, key, value)
    return info, content


def npy(array, shape=None):
    """An array as a file, which may promise another shape than it has."""
    file = io.BytesIO()
    np.lib.format.write_array(file, array)
    text = file.getvalue()
    if shape:
        header = text[10:128]
        changed = header.replace(str(array.shape).encode(), shape.encode()).strip().ljust(117) + b"\n"
        text = text[:10] + changed[:118] + text[128:]
    return text


def zipped(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in members:
            archive.writestr(info, content)


Y_FILE = member("y.npy", npy(np.zeros(40, np.int64)))


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([member("x.npy", npy(X))], "no labels `y`"),
        ([Y_FILE], "neither one array `x` nor several"),
        ([Y_FILE, member("../../x.npy", npy(X))], "hold the text `'../../x.npy'`"),
        ([Y_FILE, member("x.npy", npy(X)), member("run.py")], "'run.py'"),
        ([Y_FILE, member("x.npy", npy(X)), member("x.npy", npy(X))], "expected arrays alone"),
        ([Y_FILE, (SimpleNamespace, b"")], "lzma"),
        ([Y_FILE, member("x.npy", bytes(60_000_000))], "unpack to 2 files of 60,0"),
        ([Y_FILE, member("x.npy", b"nothing")], "cannot be read"),
        ([Y_FILE, member("x.npy", npy(X, "(9999999999, 3)"))], "promises 119,999,999,988 bytes of numbers and holds 4"),
        ([Y_FILE, member("x.npy", npy(X[:3]))], "expected 40 rows"),
        ([Y_FILE, member("x.npy", npy(np.zeros((40, 0))))], "expected 40 rows|holds"),
        ([Y_FILE, member("x.npy", npy(np.zeros(40, "V4")))], "expected numbers or text"),
        ([Y_FILE, member("x.npy", npy(np.zeros(40, "M8[s]")))], "expected numbers or text"),
        ([Y_FILE, member("x.npy", npy(np.zeros(40, [("a", "f4")])))], "expected numbers or text"),
        ([Y_FILE, member("x_0.npy", npy(X))], "neither one array `x` nor several"),
        ([Y_FILE, member("x_0.npy", npy(X)), member("names.npy", npy(np.array(["a", "b"])))], "2 `names` call for"),
        ([Y_FILE, member("x_0.npy", npy(X)), member("x_1.npy", npy(X)), member("names.npy", npy(np.array(["a", "a"])))],
         "neither one array"),
        ([Y_FILE, member("x_0.npy", npy(X)), member("names.npy", npy(np.array([1])))], "neither one array"),
        ([member("y.npy", npy(np.zeros((40, 2), np.int64))), member("x.npy", npy(X))], "no labels `y`"),
        ([member("y.npy", npy(np.array(["a"] * 40))), member("x.npy", npy(X))], "no labels `y`"),
        ([member("y.npy", npy(np.full(40, np.nan))), member("x.npy", npy(X))], "no labels `y`"),
        ([member("y.npy", npy(np.zeros(0))), member("x.npy", npy(X[:0]))], "no labels `y`"),
        ([Y_FILE, member("names.npy", npy(np.array([], dtype="U1")))], "its 0 `names` call for"),
        ([], "no labels `y`"),
    ],
    ids=range(24),
)  # fmt: skip
def test_rows_that_were_not_packed_here_are_refused(folder, no_process, members, words):
    members = [member("x.npy", npy(X), compress_type=zipfile.ZIP_LZMA) if len(it[1]) == 0 else it for it in members]
    zipped(folder / "held_out.npz", members)
    reseal(folder)
    said = refusal(folder)
    words = "expected arrays alone" if words == "lzma" else words
    assert any(each in said for each in words.split("|"))


def test_rows_that_are_no_archive_are_refused(folder, no_process):
    whole = (folder / "held_out.npz").read_bytes()
    flipped = bytes([*whole[:200], 255 - whole[200], *whole[201:]])
    for content in (b"", npy(X), whole[:-200], whole.replace(b"x.npy", b"q.npy"), flipped):
        (folder / "held_out.npz").write_bytes(content)
        assert "held_out.npz` cannot be read" in (said := refusal(folder)) or "expected arrays alone" in said


def test_labels_out_of_range_are_refused(folder, no_process):
    rows(folder, x=X, y=np.full(40, -1))
    assert "y holds -1 to -1" in refusal(folder)
    rows(folder, x=X, y=np.full(40, 10**15))
    assert "y holds 1000000000000000" in refusal(folder)
    rows(folder, x=X, y=np.full(40, 0.5))
    assert "y holds amounts" in refusal(folder)


# --- The model: what is refused before it is loaded ---


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def reforged(folder, change=None, members=(), **replaced):
    """Change the description in the model file, or its members; its check sum fits."""
    parts = contents(folder / "model.keras")
    description = json.loads(parts["config.json"])
    if change:
        change(description)
        parts["config.json"] = json.dumps(description).encode()
    parts |= {name.replace("__", "."): content for name, content in replaced.items()}
    kept = [member(name, each) for name, each in parts.items() if each is not None]
    zipped(folder / "model.keras", [*kept, *members])
    (folder / "model.keras").write_bytes((folder / "model.keras").read_bytes().replace(b"0NUL0", b"\0NUL\0"))
    reseal(folder)


def last(description):
    return description["config"]["layers"][-1]


def function(module, name, registered="", **more):
    return {"module": module, "class_name": "function", "config": name, "registered_name": registered or name, **more}


def activation(value):
    return lambda it: last(it)["config"].update(activation=value)


def layer(**changes):
    return lambda it: last(it).update(changes)


HOSTILE = {
    "os.system": (activation(function("os", "system")), "`'system'` of the text `'os'`"),
    "subprocess": (layer(module="subprocess", class_name="Popen", registered_name=None), "'subprocess'"),
    "eval": (activation(function("builtins", "eval")), "'eval'"),
    "exec as a class": (layer(module="builtins", class_name="exec"), "'exec'"),
    "a function with a path": (activation(function("builtins", "os.system")), "'os.system'"),
    "get_file": (activation(function("keras.utils", "get_file")), "'get_file'"),
    "load_model": (activation(function("keras.models", "load_model")), "'load_model'"),
    "load_model by another way": (activation(function("keras", "saving.load_model")), "'saving.load_model'"),
    "unsafe": (activation(function("keras.config", "enable_unsafe_deserialization")), "'keras.config'"),
    "deserialize": (activation(function("keras.layers", "deserialize")), "'deserialize'"),
    "a class in place of a function": (activation(function("keras.layers", "StringLookup")), "'StringLookup'"),
    "a refused class in place of a function": (activation(function("keras.layers", "TFSMLayer")), "layer `TFSMLayer`"),
    "at the top of keras": (layer(module="keras", class_name="RematScope"), "'RematScope'"),
    "a class that is a list, no module": (layer(module=None, class_name=["x"]), "the list"),
    "inner module": (layer(module="keras.src.utils.torch_utils", class_name="X"), "torch_utils"),
    "inner saving": (layer(module="keras.src.saving.saving_lib"), "saving_lib"),
    "a module like keras": (layer(module="keras_evil.layers"), "keras_evil"),
    "a module like keras, too": (layer(module="keras.layers\n"), "'keras.layers"),
    "keras_nlp": (layer(module="keras_nlp.layers"), "keras_nlp"),
    "no module": (layer(module=None), "of `None`"),
    "a module that is a list": (layer(module=["keras.layers"]), "of the list"),
    "a class that is a list": (layer(class_name=["Dense"]), "the list"),
    "registered": (layer(registered_name="Custom>Evil"), "another name"),
    "registered without module": (layer(module=None, registered_name="Custom>Evil"), "`None`"),
    "Lambda": (layer(class_name="Lambda"), "layer `Lambda`"),
    "lambda": (activation({"class_name": "__lambda__", "config": {"value": "4wEA"}}), "layer `__lambda__`"),
    "TFSMLayer": (layer(class_name="TFSMLayer", config={"filepath": "/tmp"}), "layer `TFSMLayer`"),
    "TorchModuleWrapper": (layer(class_name="TorchModuleWrapper"), "layer `TorchModuleWrapper`"),
    "JaxLayer": (layer(class_name="JaxLayer"), "layer `JaxLayer`"),
    "typespec": (
        lambda it: last(it)["config"].update(x={"class_name": "__typespec__", "module": "os", "spec_name": "system",
                                                "config": [], "registered_name": None}), "__typespec__",
    ),
    "a plain value with a module": (activation({"class_name": "__bytes__", "module": "os", "config": {}}), "__bytes__"),
    "vocabulary": (
        layer(class_name="StringLookup", config={"vocabulary": "/etc/passwd"}), "would read a file.*`vocabulary`",
    ),
    "weights of words": (layer(class_name="TextVectorization", config={"idf_weights": "/x"}), "`idf_weights`"),
    "fn": (lambda it: last(it)["config"].update(fn="os.system"), "function that is not of Keras.*'os.system'"),
    "deep down": (
        lambda it: last(it)["config"].update(a=[{"b": [[{"module": "os", "class_name": "x"}]]}]),
        "'x'` of the text `'os'",
    ),
    "for compile": (
        lambda it: it.update(compile_config={"loss": function("my_losses", "focal")}), "'my_losses'.*also in `compile`",
    ),
    "100 GB": (lambda it: last(it)["config"].update(units=10**9), "asks for a layer of about"),
    "no class": (lambda it: it.pop("class_name"), "describes no model"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_model_that_names_more_than_keras_is_not_loaded(folder, no_process, name):
    change, words = HOSTILE[name]
    reforged(folder, change)
    with pytest.raises(ValueError, match=f"(?s){words}"):
        raise ValueError(refusal(folder))


def test_a_lambda_that_would_do_harm_does_none(folder, tmp_path, no_process, monkeypatch):
    sentinel = str(tmp_path / "sentinel")
    monkeypatch.setenv("SENTINEL", sentinel)

    def harmful(x):
        import os

        os.makedirs(os.environ["SENTINEL"], exist_ok=True)
        return x

    harmful.__name__ = "<lambda>"  # so that Keras stores its code
    harm = keras.Sequential([keras.Input((3,)), layers.Lambda(harmful, output_shape=(3,)), layers.Dense(3)])
    shutil.rmtree(sentinel, ignore_errors=True)  # made while the model was built, perhaps
    harm.save(folder / "model.keras")
    reseal(folder)
    keras.saving.load_model(folder / "model.keras", safe_mode=False)(X)
    assert os.path.exists(sentinel)  # the bait is live
    shutil.rmtree(sentinel)

    assert "layer `Lambda`" in refusal(folder)
    assert not os.path.exists(sentinel)


LINK = (stat.S_IFLNK | 0o777) << 16


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([member("../../x")], "'../../x'`, which is no part"),
        ([member("/tmp/x")], "no part of a model"),
        ([member("C:\\x")], "no part of a model"),
        ([member("assets/../../vocabulary.txt")], "no part of a model"),
        ([member("assets/a\\..\\vocabulary.txt")], "no part of a model"),
        ([member("run.py")], "no part of a model"),
        ([member("assets/a/vocabulary.txt/../../../x")], "no part of a model"),
        ([member("assets/a/vocabulary.txt0NUL0.py")], "no part of a model"),
        ([member("assets/layers/lookup/run.py")], "no part of a model"),
        ([member("assets/layers/lookup/vocabulary.txt", b"/etc/passwd", external_attr=LINK)], "link or a device"),
        ([member("config.json", b"{}")], "twice"),
        ([member("assets/layers/lookup/vocabulary.txt", compress_type=zipfile.ZIP_BZIP2)], "does not use"),
        ([member("assets/layers/lookup/vocabulary.txt", bytes(51_000_000))], "at most 50,000,000 bytes for all voc"),
        ([member(f"assets/x{number}/vocabulary.txt", b"") for number in range(1000)], "holds 1,003 files"),
    ],
    ids=range(14),
)
def test_an_archive_that_holds_more_than_a_model_is_not_loaded(folder, no_process, members, words):
    reforged(folder, members=members)
    assert words in refusal(folder)


def test_files_that_are_no_such_archive_are_not_loaded(folder, no_process):
    whole = (folder / "model.keras").read_bytes()
    for content in (b"", b"text", whole[:-300], whole[:200]):
        (folder / "model.keras").write_bytes(content)
        assert "`model.keras` is no `.keras` file that can be read" in refusal(folder)
    (folder / "model.keras").write_bytes(whole)
    for name in ("config__json", "metadata__json", "model__weights__h5"):
        (folder / "model.keras").write_bytes(whole)
        reforged(folder, **{name: None})
        assert f"holds no `{name.replace('__', '.')}`" in refusal(folder)
    for text, words in ((b"[" * 100_000, "nested too deeply"), (b"\xff", "damaged"), (b"[]", "describes no model")):
        (folder / "model.keras").write_bytes(whole)
        reforged(folder, config__json=text)
        assert words in refusal(folder)


def test_each_size_is_looked_at_before_anything_is_unpacked(folder, no_process, monkeypatch):
    monkeypatch.setattr(verify.form_checks, "MOST_JSON_BYTES", 100)
    assert "at most 100 bytes for config.json" in refusal(folder)


# --- The model: what the other process refuses, and what it survives ---


def external_link(weights, target):
    weights["1"] = h5py.ExternalLink(str(target), "/secret")


def soft_link(weights, target):
    weights["1"] = h5py.SoftLink(f"{weights.name}/0")


def external_table(weights, target):
    weights.create_dataset("1", (3,), "f4", external=[(str(target), 0, 12)])


def virtual_table(weights, target):
    layout = h5py.VirtualLayout((3,), "f4")
    layout[:] = h5py.VirtualSource(str(target), "/secret", (3,))
    weights.create_virtual_dataset("1", layout)


def link_at_the_top(weights, target):
    weights["1"] = np.zeros(3, "f4")
    weights.file["1"] = h5py.ExternalLink(str(target), "/secret")


def with_weights_elsewhere(folder, point, target):
    """Replace the biases in the model file by what lies in another place."""
    with h5py.File(target, "w") as file:
        file["secret"] = np.zeros(3, "f4")
    weights = io.BytesIO(contents(folder / "model.keras")["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        group = file["layers/dense/vars"]
        del group["1"]
        point(group, target)
    reforged(folder, model__weights__h5=weights.getvalue())


@pytest.mark.parametrize("point", [external_link, link_at_the_top, soft_link, external_table, virtual_table])
def test_weights_that_lie_elsewhere_are_refused_before_keras_is_loaded(folder, tmp_path, point):
    with_weights_elsewhere(folder, point, tmp_path / "target")
    said = verify_reader.measure(folder, lambda: pytest.fail("it was about to be loaded"))
    assert "takes numbers from another place than its own" in said["problem"]


def test_the_other_process_says_what_it_refuses(folder, tmp_path):
    with_weights_elsewhere(folder, external_link, tmp_path / "target")
    assert "The model is refused. `model.weights.h5` takes numbers from another place" in refusal(folder)


def giant(last_layers):
    """A model small in its file, which is not so when it answers."""
    return keras.Sequential([keras.Input((3,)), *last_layers])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_a_model_that_takes_all_memory_is_refused(folder):
    giant([layers.RepeatVector(90_000_000), layers.GlobalMaxPooling1D(), layers.Dense(3)]).save(folder / "model.keras")
    reseal(folder)
    assert "needs more memory than there is" in (said := refusal(folder)) or "ended the process" in said


def test_a_model_that_does_not_come_to_an_end_is_stopped(folder):
    giant([layers.RepeatVector(1_000_000), layers.SimpleRNN(1), layers.Dense(3)]).save(folder / "model.keras")
    reseal(folder)
    report = verify.check(folder, timeout=3)
    assert report.refused == "The model is refused. Reading it took over 3 seconds and was stopped."
    assert processes_of_mine() == []


def processes_of_mine():
    import psutil

    return [it for it in psutil.Process().children(recursive=True) if "verify_reader" in " ".join(it.cmdline())]


def process_that(monkeypatch, code):
    """In place of the reader, a process that runs this code."""
    started = []

    def start(module, own, variables, place):
        started.append((own, variables, place, sorted(os.listdir(place))))
        command = [sys.executable, "-c", f"print('started', flush=True); {code}"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, cwd=place)

    monkeypatch.setattr(form_process, "start", start)
    return started


def test_a_model_that_ends_the_process_is_refused(folder, monkeypatch):
    process_that(monkeypatch, "import os; os._exit(3)")
    assert "It ended the process that read it (code 3)" in refusal(folder)


def test_a_model_that_answers_too_few_rows_is_refused(folder, monkeypatch):
    code = (
        "import json; from pathlib import Path; Path('../answers.bin').write_bytes(bytes(24));"
        "print(json.dumps({'shape': [1, 3], 'parameters': 12, 'last': 'softmax'}))"
    )
    process_that(monkeypatch, code)
    assert "answered 1 of 40 rows" in refusal(folder)


def test_the_process_works_in_an_empty_folder_that_is_gone_afterwards(folder, monkeypatch):
    started = process_that(monkeypatch, "pass")
    refusal(folder)
    own, variables, place, listed = started[0]
    assert listed == []
    assert Path(place).parent == Path(own)
    assert variables["KERAS_HOME"] == variables["TMPDIR"] == place
    assert not Path(own).exists()


def test_a_process_that_cannot_start_is_a_reason(folder, tmp_path, monkeypatch):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "h5py.py").write_text("")
    (tmp_path / "other" / "numpy.py").write_text("raise ImportError('no numpy today')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "other"))
    assert "second Python process" in refusal(folder)
