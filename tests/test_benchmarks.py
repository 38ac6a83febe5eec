"""The benchmarks: they compare like with like, never train on test rows, and reckon rightly. No time is judged here."""

import json
import math

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import course, growth, imports, measuring, orders, training
from benchmarks.measuring import How, Report
from companion import datasets

ONE_NETWORK = [[784, 128], [128], [128, 10], [10]]


# Reckoning


@pytest.mark.parametrize(
    ("values", "middle"),
    [([3, 1, 2], 2), ([1, 2], 1.5), ([1, None, 2], 2), ([None, None, 1], None), ([], None), ([None], None)],
)
def test_a_median_counts_what_was_not_reached_as_later_than_all(values, middle):
    assert measuring.median(values) == middle


def test_a_ratio_is_none_where_there_is_nothing_to_divide():
    assert measuring.ratio(6, 2) == 3
    assert [measuring.ratio(None, 2), measuring.ratio(1, None), measuring.ratio(1, 0)] == [None] * 3


def test_all_take_turns_and_each_is_first_once(capsys):
    turns = list(measuring.in_turn(["a", "b", "c"], 3))
    assert [number for number, _ in turns] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert ["".join(name for number, name in turns if number == at) for at in range(3)] == ["abc", "bca", "cab"]
    assert "round 2 of 3: b" in capsys.readouterr().err


def test_a_table_shows_what_was_not_reached_as_a_dash():
    text = measuring.as_text(Report("Title", ["what", "s"], [["first", 0.123], ["second", None]], ["a note"]))
    assert text.splitlines()[0] == "Title" and text.splitlines()[-1] == "a note"
    assert "first   0.12" in text and "second     -" in text


def test_a_process_that_ends_badly_is_told_with_its_last_words():
    with pytest.raises(measuring.Failed, match="no_such_argument"):
        measuring.fresh("imports", {"no_such_argument": 1})


def test_a_process_that_fails_is_started_once_more(monkeypatch, capsys):
    ends = iter([measuring.Failed("the kernel died"), {"seconds": 1.0}])

    def ended(module, settings):
        if isinstance(end := next(ends), Exception):
            raise end
        return end

    monkeypatch.setattr(measuring, "_fresh", ended)
    assert measuring.fresh("imports", {}) == {"seconds": 1.0}
    assert "the kernel died" in capsys.readouterr().err


def test_a_fresh_process_measures_without_settings_of_this_one(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")
    assert not [name for name in measuring.environment() if name.startswith(("TF_", "KERAS_"))]
    taken = measuring.fresh("imports", {"before": ["json"], "counted": ["csv"]})
    assert taken["seconds"] > 0 and 0 < taken["before"] <= taken["after"]


# Training


def test_rows_grow_out_of_training_rows_alone_and_keep_their_labels():
    (x, y), (x_test, _) = datasets.load_digits()
    grown_x, grown_y = training.grown(x[:50], y[:50], 200)
    assert grown_x.shape == (200, 28, 28) and grown_x.dtype == np.uint8
    assert np.array_equal(np.bincount(grown_y, minlength=10), 4 * np.bincount(y[:50], minlength=10))
    known = {picture.tobytes(): label for picture, label in zip(x[:50], y[:50])}
    as_they_are = [(picture.tobytes(), label) for picture, label in zip(grown_x, grown_y) if picture.tobytes() in known]
    assert len(as_they_are) >= 50 and all(known[picture] == label for picture, label in as_they_are)
    data = training.digits(4200)
    assert np.array_equal(data.x_test, x_test)
    assert not {picture.tobytes() for picture in data.x} & {picture.tobytes() for picture in x_test}


def test_a_copy_is_moved_a_little_and_no_more():
    (x, _), _ = datasets.load_digits()
    rng = np.random.default_rng(0)
    copies = [(picture, training.moved(picture, rng)) for picture in x[:40]]
    assert all(not np.array_equal(one, other) for one, other in copies)
    assert np.mean([np.corrcoef(one.ravel(), other.ravel())[0, 1] for one, other in copies]) > 0.4


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Each recipe once, on few rows, in this process; it ends after the epochs of the schedule, or early at the goal."""
    path = tmp_path_factory.mktemp("digits") / "digits.npz"
    training.digits(1000).save(path)
    return {name: measuring.here("training", {"recipe": name, "data": str(path), "seed": 1}) for name in training.RECIPES}


@pytest.mark.parametrize("recipe", training.RECIPES)
def test_every_recipe_trains_the_same_network_and_learns(recipe, runs):
    run = runs[recipe]
    assert run["shapes"] == ONE_NETWORK
    assert len(run["epochs"]) >= training.EPOCHS
    seconds = [epoch["seconds"] for epoch in run["epochs"]]
    assert seconds == sorted(seconds) and 0 < run["epochs"][0]["fit_seconds"] <= seconds[0]
    assert run["epochs"][-1]["accuracy"] > (0.3 if "05" in recipe or recipe == "floor" else 0.7)


def test_accuracy_by_plain_arithmetic_is_that_of_keras():
    import keras

    data = training.digits(60)
    keras.utils.set_random_seed(0)
    model = training.network(keras.layers.Rescaling(1 / 255))
    by_keras = np.mean(np.asarray(model(data.x_test)).argmax(axis=1) == data.y_test)
    assert math.isclose(training.share_right(model.get_weights(), data), by_keras, abs_tol=2 / len(data.y_test))


def test_the_clock_finds_the_first_epoch_that_reaches_a_goal():
    clock = training.Clock(training.digits(60))
    clock.epochs = [{"seconds": at, "fit_seconds": at / 2, "accuracy": reached} for at, reached in [(1.0, 0.9), (2.0, 0.96), (3.0, 0.94)]]
    assert clock.reached(0.95) == 2.0 and clock.reached(0.95, "fit_seconds") == 1.0 and clock.reached(0.97) is None


def test_the_table_divides_medians_of_the_same_goal():
    def ran(seconds, reaches=True):
        epochs = [{"seconds": seconds, "fit_seconds": seconds, "accuracy": 0.98 if reaches else 0.9}]
        reached = {goal: seconds if reaches else None for goal in ("0.95", "0.97")}
        return {"epochs": epochs, "reached": reached, "import_seconds": 3.0, "peak_megabytes": 800.0}

    made = {"tutorial": [ran(12.0), ran(10.0), ran(50.0)], "tutorial + steps_per_execution": [ran(1.0, False)] * 3,
            "notebook 05": [ran(2.0)] * 3, "floor": [ran(1.5)] * 3}  # fmt: skip
    table = {row[0]: dict(zip(training.report(made).columns, row)) for row in training.report(made).rows}
    assert table["notebook 05"]["times faster"] == 6 and table["notebook 05"]["times the floor"] == pytest.approx(4 / 3)
    assert table["notebook 05"]["for the same epochs"] == pytest.approx(4 / 3) and table["floor"]["% right then"] == 98
    assert table["tutorial"]["s to 0.97"] == 12 and table["tutorial"]["times faster"] == 1
    assert table["tutorial + steps_per_execution"]["s to 0.97"] is None
    assert table["tutorial + steps_per_execution"]["reached 0.97"] == "0 of 3"


# The other parts


def test_every_order_hands_out_the_same_rows():
    x, y = np.arange(12 * 784, dtype="uint8").reshape(12, 28, 28), np.arange(12)
    for name, make in orders.orders(x, y, 5).items():
        batches = list(make())
        assert [len(labels) for _, labels in batches] in ([5, 5, 2], [5, 2, 5], [2, 5, 5]), name
        assert sorted(np.concatenate([labels for _, labels in batches])) == list(range(12)), name
        assert max(float(np.max(pictures)) for pictures, _ in batches) == 1, name
    report = orders.measure(How(repetitions=1, tiny=True, run=measuring.here))
    assert [row[0] for row in report.rows] == list(orders.orders(x, y, 5)) and all(row[2] > 0 for row in report.rows)
    assert next(row for row in report.rows if row[0] == orders.NAIVE)[3] == 1


@pytest.mark.parametrize("case", ["read a table and look for faults", "look through a folder of pictures",
                                  "journal: read all, add one", "progress.show"])  # fmt: skip
def test_growth_measures_more_of_the_same(case, monkeypatch):
    monkeypatch.setenv("COMPANION_PROGRESS", "as it was")
    taken = measuring.here("growth", {"case": case, "times": 2})
    assert taken["seconds"] > 0 and taken["megabytes"] >= 0
    import os

    assert os.environ["COMPANION_PROGRESS"] == "as it was"


@pytest.mark.parametrize("case", [case for case in growth.CASES if case.startswith("explorable")])
def test_an_explorable_takes_a_hundred_times_the_data(case):
    taken = measuring.here("growth", {"case": case, "times": max(growth.TIMES)})
    assert taken["seconds"] > 0


def test_growth_reports_every_size():
    samples = {next(iter(growth.CASES)): {str(times): [{"seconds": times / 10, "megabytes": 1.0}] for times in growth.TIMES}}
    (row,) = growth.report(samples).rows
    assert row[2:6] == [0.1, 1.0, 10.0, 10.0] and len(growth.report(samples).columns) == len(row)
    assert len(growth.every_exercise()) > 50


def test_the_whole_course_is_added_up():
    def ran(seconds):
        return [{"seconds": seconds, "slowest_cell": seconds / 4, "peak_megabytes": 100 * seconds}]

    report = course.report({"a.ipynb": {"1": ran(8.0), "2": ran(4.0)}, "b.ipynb": {"1": ran(4.0), "2": ran(2.0)}}, [1, 2])
    assert report.rows[-1] == ["all", 12.0, 6.0, 2.0, 2.0, 1.0, 800.0] and len(report.columns) == 7


def test_each_import_counts_only_what_comes_on_top():
    assert imports.CASES["companion, on top of tensorflow and keras"] == (["tensorflow", "keras"], ["companion"])


# The command


def test_the_command_prints_tables_and_writes_them(tmp_path, monkeypatch, capsys):
    made = lambda how: Report("A table", ["what", "times"], [["this", how.repetitions]], samples=[1.0])  # noqa: E731
    monkeypatch.setattr(imports, "measure", made)
    file = tmp_path / "figures.json"
    assert command.main(["import", "--quick", "--json", str(file)]) == 0
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["parts"]["import"]["rows"] == [["this", command.QUICK]] and written["parts"]["import"]["samples"] == [1.0]
    assert written["machine"]["python"] and written["repetitions"] == command.QUICK
    assert "A table" in capsys.readouterr().out


def test_a_part_that_fails_says_so_and_the_code_too(monkeypatch, capsys):
    def fails(how):
        raise measuring.Failed("no memory left")

    monkeypatch.setattr(imports, "measure", fails)
    assert command.main(["import"]) == 1
    assert "import: failed" in (out := capsys.readouterr().out) and "no memory left" in out


@pytest.mark.parametrize(("line", "says"), [(["speed"], "received speed"), (["import", "--repetitions", "0"], "1 or more")])
def test_what_is_no_part_is_refused(line, says, capsys):
    with pytest.raises(SystemExit):
        command.main(line)
    assert says in capsys.readouterr().err


def test_every_part_is_a_module_with_a_measure():
    import importlib

    for name in command.PARTS.values():
        assert callable(importlib.import_module(f"benchmarks.{name}").measure)
