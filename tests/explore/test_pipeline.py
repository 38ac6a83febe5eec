"""A pipeline: times computed by hand, what real tf.data reads and hands out, the code, and the words."""

import itertools
import math

import companion  # noqa: F401  before TensorFlow, which it keeps quiet
import keras
import numpy as np
import pytest
import tensorflow as tf
from explore import moves
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.explore import pipeline
from companion.explore.picture import Box, Dots, Line, Raster, Text
from companion.explore.pipeline import Times, two_epochs
from companion.plots import PAPER

BY_HAND = Times(read=3.0, read_in_batch=2.0, step={2: 4.0}, cores=4.0)
REAL = Times(read=0.00033, read_in_batch=0.0004, step={1: 0.0015, 8: 0.0019, 16: 0.0026, 32: 0.0044}, cores=1.8)
DIGITS = np.repeat(np.arange(10), 16)
ORDERS = [order for size in range(6) for order in itertools.permutations(pipeline.WORDS, size)]
WITHOUT_THREADS = [order for order in ORDERS if "map" in order and "prefetch" not in order]


def not_to_be_run(*choice):
    raise AssertionError(f"nobody pressed the button, and yet {choice} was run")


@pytest.fixture
def shown():
    explorable = pipeline.make(REAL, DIGITS, not_to_be_run)
    yield explorable
    explorable.close()


@pytest.fixture
def measured():
    """An explorable, and the choices that it has run."""
    runs = []
    explorable = pipeline.make(REAL, DIGITS, lambda *choice: runs.append(choice) or (0.060, 0.030))
    yield explorable, runs
    explorable.close()


def by_hand(order, files=6, buffer_size=6, calls=1, times=BY_HAND):
    """Batches of two; a file takes 3 s, or 2 s in a call for the whole batch; a step takes 4 s."""
    return two_epochs(tuple(order.split()), times, files, 2, buffer_size, calls)


def starts(timeline):
    return [step.start for step in timeline.steps]


def marks(explorable, kind, plot=0):
    return [mark for mark in explorable.picture.plots[plot].marks if isinstance(mark, kind)]


# Times by hand: three batches, of which each takes 6 s to read and 4 s to train on


def test_without_prefetch_reading_and_training_take_turns():
    first, second = by_hand("map batch")

    assert starts(first) == starts(second) == [6, 16, 26]
    assert (first.total, first.waited, first.overlap) == (30, 18, 0)
    assert first.waits == [(0, 6), (10, 16), (20, 26)]


def test_with_prefetch_a_slow_reader_is_always_at_work():
    first, _ = by_hand("map batch prefetch")

    assert starts(first) == [6, 12, 18]
    assert first.total == 6 + 2 * max(6, 4) + 4
    assert (first.waited, first.overlap) == (10, 8)


def test_with_prefetch_a_slow_training_never_waits_after_the_first_batch():
    first, _ = by_hand("map batch prefetch", times=Times(3.0, 2.0, {2: 10.0}, 4.0))

    assert first.total == 6 + 3 * max(6, 10)
    assert first.waits == [(0, 6)]


def test_with_a_cache_the_second_epoch_reads_nothing():
    first, second = by_hand("map cache batch")

    assert first.total == 30
    assert (second.total, second.waited, second.files_read) == (12, 0, 0)


def test_a_cache_before_map_spares_no_reading():
    _, second = by_hand("cache map batch")

    assert (second.total, second.files_read) == (30, 6)


def test_after_batch_there_is_one_call_for_a_batch():
    first, _ = by_hand("batch map")

    assert [call.files for call in first.calls] == [(0, 1), (2, 3), (4, 5)]
    assert first.total == 3 * (2 * 2 + 4)


def test_two_calls_at_once_halve_the_reading_and_read_ahead():
    first, _ = by_hand("map batch", calls=2)

    assert starts(first) == [3, 7, 11]  # the next two files are read during a step of 4 s
    assert first.total == 15


def test_calls_and_training_share_the_cores():
    first, _ = by_hand("map batch", calls=2, times=Times(3.0, 2.0, {2: 4.0}, 2.0))

    # From 3 s on two calls and a step share two cores: 4.5 s for the calls, then 1 s for what is left of the step.
    assert starts(first) == [3, 8.5, 14]
    assert first.total == 18


def test_more_calls_than_cores_gain_nothing():
    two_cores = Times(3.0, 2.0, {2: 4.0}, 2.0)

    assert by_hand("map batch", calls=4, times=two_cores) == by_hand("map batch", calls=2, times=two_cores)


def test_on_one_core_nothing_is_gained():
    one_core = Times(3.0, 2.0, {2: 4.0}, 1.0)

    for order, calls in [("map batch prefetch", 1), ("map batch", 2), ("map batch prefetch", 4)]:
        assert by_hand(order, calls=calls, times=one_core)[0].total == 30


@pytest.mark.parametrize(("order", "first_step"), [("map shuffle batch", 18), ("shuffle map batch", 6)])
def test_shuffle_fills_its_buffer_before_the_first_batch(order, first_step):
    first, _ = by_hand(order)

    assert starts(first)[0] == first_step
    assert first.total == 30


def test_a_smaller_buffer_is_filled_sooner():
    first, _ = by_hand("map shuffle batch", buffer_size=3)

    assert starts(first)[0] == 12  # three files for the buffer, one in the place of the first to leave it


def test_the_last_batch_may_be_smaller():
    first, _ = by_hand("map batch", files=5)

    assert [len(step.files) for step in first.steps] == [2, 2, 1]


def test_a_step_in_between_is_interpolated():
    times = Times(1.0, 1.0, {8: 1.0, 16: 3.0})

    assert [times.of_step(size) for size in (1, 8, 12, 16, 99)] == [1, 1, 2, 3, 3]


@settings(max_examples=60, deadline=None)
@given(
    order=st.sampled_from(ORDERS),
    files=st.integers(1, 30),
    sizes=st.tuples(st.integers(1, 12), st.integers(1, 40), st.sampled_from(pipeline.CALLS)),
    seconds=st.tuples(*[st.integers(1, 20)] * 3),
    cores=st.sampled_from([1.0, 1.3, 2.0, 3.5]),
)
def test_no_work_is_lost_and_no_core_does_two_things_at_once(order, files, sizes, seconds, cores):
    read, read_in_batch, step = map(float, seconds)
    times = Times(read, read_in_batch, {1: step}, cores)
    for timeline in two_epochs(order, times, files, *sizes):
        together = "batch" in order[: order.index("map")] if "map" in order else False
        work = timeline.files_read * (read_in_batch if together else read) + step * len(timeline.steps)
        assert sorted(file for it in timeline.steps for file in it.files) == list(range(files))
        assert all(one.end <= other.start for one, other in zip(timeline.steps, timeline.steps[1:]))
        assert max(work / cores, step * len(timeline.steps)) <= timeline.total + 1e-6
        assert timeline.total <= work + 1e-6
        assert 0 <= timeline.waited <= timeline.total
        assert -1e-6 <= timeline.overlap <= timeline.total - timeline.waited + 1e-6


# What real tf.data does


def real_dataset(order, read, files, batch_size, buffer_size):
    """The pipeline as it is written, without TensorFlow's own improvements."""
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    words = {
        "map": lambda dataset: dataset.map(read),
        "cache": lambda dataset: dataset.cache(),
        "shuffle": lambda dataset: dataset.shuffle(buffer_size),
        "batch": lambda dataset: dataset.batch(batch_size),
        "prefetch": lambda dataset: dataset.prefetch(tf.data.AUTOTUNE),
    }
    dataset = tf.data.Dataset.range(files)
    for word in order:
        dataset = words[word](dataset)
    return dataset.with_options(options)


@pytest.mark.parametrize("order", WITHOUT_THREADS, ids=" ".join)
def test_as_many_files_are_read_before_each_step_as_by_tensorflow(order):
    batches_are_shuffled = "batch" in order and "shuffle" in order[order.index("batch") :]
    files, batch_size, buffer_size = 24 if batches_are_shuffled else 23, 4, 7  # a smaller last batch would come anywhere
    read = tf.Variable(0, dtype="int64")

    def count(numbers):
        read.assign_add(tf.size(numbers, out_type="int64"))
        return numbers

    dataset = real_dataset(order, count, files, batch_size, buffer_size)
    handed_out = []
    for computed in two_epochs(order, REAL, files, batch_size, buffer_size):
        read.assign(0)
        real = [(np.size(element), int(read)) for element in dataset.as_numpy_iterator()]
        sizes = [len(step.files) for step in computed.steps]
        before = [sum(len(call.files) for call in computed.calls if call.end <= at) for at in starts(computed)]
        assert list(zip(sizes, before, strict=True)) == real
        handed_out.append([step.files for step in computed.steps])

    real_epochs = [[np.ravel(element).tolist() for element in dataset.as_numpy_iterator()] for _ in range(4)]  # two are the same by chance in 1 of 720 cases
    assert (handed_out[0] == handed_out[1]) == (real_epochs[1:] == real_epochs[:-1]), "a new order each epoch, or the same"
    if "shuffle" not in order:
        assert [list(it) for it in handed_out[0]] == real_epochs[0]


@pytest.mark.parametrize("order", pipeline.make(REAL, DIGITS, len).controls[0].positions(), ids=" ".join)
@pytest.mark.parametrize("calls", pipeline.CALLS)
def test_the_code_runs_and_hands_out_what_is_computed(order, calls):
    files_ds = tf.data.Dataset.range(20).map(lambda number: (tf.strings.as_string(number), number % 10))
    names = {"tf": tf, "files_ds": files_ds, "read_and_shrink": lambda names, labels: (tf.strings.length(names), labels)}

    exec(pipeline.code(order, 8, 20, calls), names)

    elements = [*names["train_ds"].as_numpy_iterator()]
    (computed, _) = two_epochs(order, REAL, 20, 8, 20, calls)
    assert sorted(np.size(labels) for _, labels in elements) == sorted(len(step.files) for step in computed.steps)
    kind = names["train_ds"].element_spec[0].dtype
    assert kind == ("int32" if "map" in order else "string"), "names without map, else what map makes of them"


def test_the_code_says_what_was_chosen_and_nothing_else():
    assert pipeline.code((), 8, 20, 2) == "train_ds = files_ds"
    assert pipeline.code(("shuffle", "map", "batch"), 8, 20, 1).split() == [
        "train_ds", "=", "(", "files_ds", ".shuffle(20)", ".map(read_and_shrink)", ".batch(8)", ")"
    ]  # fmt: skip
    assert ".map(read_and_shrink, num_parallel_calls=4)" in pipeline.code(("map",), 8, 20, 4)
    assert ".prefetch(tf.data.AUTOTUNE)" in pipeline.code(("prefetch",), 8, 20, 1)


@pytest.mark.parametrize("element", [(tf.zeros((28, 28, 1)), 3), (tf.constant(["a", "b"]), tf.constant([1, 2]))])
def test_a_model_stops_at_a_single_picture_and_at_names(element):
    parts = [keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(10)]
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Rescaling(1 / 255), *parts])
    model.compile("adam", "sparse_categorical_crossentropy")

    with pytest.raises(ValueError):
        model.train_on_batch(*element)


# What is seen


RIGHT = ("map", "cache", "shuffle", "batch", "prefetch")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"order": ("map", "batch")}, "reading and training take turns; the training waits 53 ms. Not shuffled"),
        ({"order": ("map", "batch", "prefetch")}, "Epoch 1 takes 58 ms, computed: files are read while the model trains"),
        ({"order": RIGHT}, "waits 53 ms for its first batch, until shuffle has got 160 files. Well mixed"),
        ({"order": RIGHT, "epoch": 2}, "Epoch 2 takes 26 ms, computed: the cache holds all the pictures, no file is read"),
        ({"order": ("shuffle", "map", "batch")}, "reading and training take turns; the training waits 53 ms. Well mixed"),
        ({"order": ("map", "batch", "shuffle")}, "whole batches only: each of the first batches holds a single digit."),
        ({"order": ("map", "batch", "shuffle"), "buffer_size": 1}, "A buffer of 1 shuffles nothing"),
        ({"order": ("map", "batch", "shuffle"), "batch_size": 1}, "Well mixed: each batch is a single picture."),
        ({"order": RIGHT, "buffer_size": 1}, "A buffer of 1 shuffles nothing: each of the first batches holds a single digit."),
        ({"order": RIGHT, "buffer_size": 10}, "A buffer of 10 mixes only files that lie close together: each of the first batches holds 2 to 4 different digits."),
        ({"order": RIGHT, "batch_size": 1}, "Well mixed: each batch is a single picture."),
        ({"order": ("map", "shuffle", "cache", "batch")}, "The cache remembers one order, the same in every epoch."),
        ({"order": ("cache", "map", "batch")}, "The cache keeps only names: each epoch reads all files."),
        ({"order": ("prefetch", "map", "batch")}, "Prefetch before map fetches names ahead, not pictures."),
        ({"order": ()}, "Without map, names of files come out and no pictures"),
        ({"order": ("shuffle", "batch")}, "Without map, names of files come out"),
        ({"order": ("map", "cache", "shuffle")}, "Without batch, single pictures come out."),
    ],
)
def test_the_words_say_what_is_seen(shown, change, said):
    shown.values = change

    assert said in shown.words


def test_words_and_title_give_the_same_time(shown):
    for order, epoch in itertools.product([("map", "batch"), RIGHT, RIGHT[::-1]], pipeline.EPOCHS):
        shown.values = {"order": order, "epoch": epoch}

        computed = two_epochs(order, REAL, 160, 16, 160)[epoch - 1]
        assert shown.picture.plots[0].title == f"Epoch {epoch}: {1000 * computed.total:.0f} ms computed"
        assert f"takes {1000 * computed.total:.0f} ms" in shown.words


def test_the_bars_are_the_steps_and_the_reading_for_them(shown):
    computed, _ = two_epochs(("map", "batch", "prefetch"), REAL, 160, 16, 160)
    names = [mark.text for mark in marks(shown, Text)]
    bars = marks(shown, Box)

    assert len(bars) == 10 + 10
    assert [bar.width for bar in bars[10:]] == pytest.approx([1000 * (it.end - it.start) for it in computed.steps])
    assert [bar.x for bar in bars[:10]] == pytest.approx([1000 * it.start for it in computed.calls[::16]])
    assert names.count("1") == names.count("9") == 2
    (end,) = marks(shown, Line)
    assert end.x == [1000 * computed.total] * 2


def test_reading_for_a_shuffle_belongs_to_no_batch(shown):
    shown.values = {"order": RIGHT}

    assert len(marks(shown, Box)) == 1 + 10
    assert "160 files" in [mark.text for mark in marks(shown, Text)]
    assert "waits 53 ms" in [mark.text for mark in marks(shown, Text)]


def test_two_calls_at_once_have_two_rows(shown):
    shown.values = {"calls": 4}

    tops = {bar.y for bar in marks(shown, Box)}
    assert len(tops) == 2 + 1


def test_many_bars_become_a_strip_that_is_as_dark_as_it_is_busy(shown):
    shown.values = {"batch_size": 1}
    computed, _ = two_epochs(("map", "batch", "prefetch"), REAL, 160, 1, 160)

    assert marks(shown, Box) == []
    _, training = marks(shown, Raster)
    paper = np.array([int(PAPER[place : place + 2], 16) for place in (1, 3, 5)])
    busy = (training.colors != paper).any(axis=(0, 2)).mean()
    assert busy == pytest.approx(1000 * sum(it.end - it.start for it in computed.steps) / training.x[1], abs=0.02)


def test_the_axis_stays_so_that_what_is_gained_is_seen():
    measured = pipeline.make(REAL, DIGITS, lambda *choice: (0.1, 0.123))
    for change in [{"order": RIGHT}, {"epoch": 2}, {"order": ("map", "batch"), "calls": 4}, {"batch_size": 8}]:
        measured.values = change
        assert measured.picture.plots[0].x == (0, 100)
    measured.values = {"run": 1}
    assert measured.picture.plots[0].x == (0, 200)
    measured.close()


@settings(deadline=None)
@given(st.floats(1e-6, 1e9))
def test_an_axis_ends_soon_after_what_it_shows(value):
    shown = pipeline.make(Times(value, value, {1: value}), [0], not_to_be_run)
    longest = shown.picture.plots[0].x[1]
    shown.close()

    assert 1 <= longest / (2000 * value) * (1 + 1e-6) <= 2.01


def test_the_table_counts_the_digits_of_the_first_batches(shown):
    for order in [("map", "batch"), RIGHT, ("batch", "shuffle", "map")]:
        shown.values = {"order": order, "batch_size": 32}
        computed, _ = two_epochs(order, REAL, 160, 32, 160)

        expected = [np.bincount(DIGITS[list(step.files)], minlength=10) for step in computed.steps[:6]]
        counts = np.zeros((5, 10), dtype=int)
        for mark in marks(shown, Text, plot=1):
            counts[int(mark.y), int(mark.x)] = int(mark.text)
        np.testing.assert_array_equal(counts, expected)
        (shades,) = marks(shown, Raster, plot=1)
        darkness = -shades.colors.astype(int).sum(axis=2)
        assert np.unravel_index(darkness.argmax(), darkness.shape) in [*map(tuple, np.argwhere(counts == counts.max()))]


# The button


def test_the_button_runs_the_choice_once_and_shows_what_was_measured(measured):
    explorable, runs = measured
    assert marks(explorable, Dots) == []

    explorable.values = {"run": 1, "batch_size": 8, "calls": 2}

    assert runs == [(("map", "batch", "prefetch"), 8, 160, 2)]
    assert "Measured: 60 ms" in explorable.words
    assert explorable.picture.plots[0].title.endswith("60 ms measured")
    (mark,) = marks(explorable, Dots)
    assert (mark.x, mark.label) == ([60], "end, measured")


def test_what_was_measured_belongs_to_its_choice_and_epoch(measured):
    explorable, runs = measured
    explorable.values = {"run": 1}

    explorable.values = {"calls": 2}
    assert "easured" not in explorable.words and marks(explorable, Dots) == []
    explorable.values = {"calls": 1, "epoch": 2}
    assert "Measured: 30 ms" in explorable.words
    assert len(runs) == 1


def test_what_no_model_can_train_on_is_not_run(measured):
    explorable, runs = measured
    for order in [(), ("map",), ("batch",), ("cache", "shuffle", "batch", "prefetch")]:
        explorable.values = {"order": order, "run": explorable.values["run"] + 1}
    explorable.values = {"order": ("map", "batch")}

    assert runs == []


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.058, "close to the computed"), (0.1, "the cores may be busy elsewhere"), (0.02, "may have been busier when")],
)
def test_the_words_compare_what_was_measured_with_what_was_computed(seconds, said):
    explorable = pipeline.make(REAL, DIGITS, lambda *choice: [seconds, seconds])
    explorable.values = {"run": 1}

    assert f"Measured: {1000 * seconds:.0f} ms" in explorable.words and said in explorable.words
    explorable.close()


@pytest.mark.parametrize("answer", [(0.1,), (0.1, float("nan")), (0.1, -1.0), (1, 2, 3)])
def test_a_run_that_measures_nothing_is_named(answer):
    explorable = pipeline.make(REAL, DIGITS, lambda *choice: answer)
    explorable.values = {"run": 1}

    assert "run: expected the seconds of two epochs, received" in explorable.words
    explorable.values = {"calls": 2}
    assert "takes" in explorable.words
    explorable.close()


def test_a_run_that_fails_is_told_and_not_run_again(shown):
    shown.values = {"run": 1}
    assert "nobody pressed the button" in shown.words

    shown.values = {"calls": 2}
    assert "takes" in shown.words


# All of it


def test_every_position_of_every_control(measured):
    for position in moves.every_position(measured[0]):
        moves.move(measured[0], position)


@pytest.mark.parametrize("times", [REAL, Times(50.0, 60.0, {3: 1e-6}, 1.0), Times(1e-7, 1e-7, {1: 100.0}, 64.0)])
def test_any_combination_of_positions(times):
    explorable = pipeline.make(times, DIGITS[::7], lambda *choice: (1e-5, 3000.0))

    @settings(deadline=None)
    @given(moves.settings(explorable))
    def tried(values):
        moves.move(explorable, values)

    tried()
    explorable.close()


@pytest.mark.parametrize("files", [1, 2, 5])
def test_few_files(files):
    explorable = pipeline.make(REAL, DIGITS[:files], lambda *choice: (0.01, 0.01))
    for position in moves.every_position(explorable):
        moves.move(explorable, position)
    explorable.close()


def test_every_order_has_words_that_fit(shown):
    for order in ORDERS:
        moves.move(shown, {"order": order})
        assert len(shown.words) <= 300
        assert ("computed" in shown.words) == ("map" in order and "batch" in order)


def test_two_of_them_share_nothing(measured):
    explorable, _ = measured
    other = pipeline.make(REAL, DIGITS, not_to_be_run)
    before = (other.words, other.values)

    explorable.values = {"order": ("batch", "map"), "run": 1}

    assert (other.words, other.values) == before
    other.close()


def test_labels_that_change_later_change_nothing(shown):
    digits = DIGITS.copy()
    explorable = pipeline.make(REAL, digits, not_to_be_run)
    digits[:] = 0
    explorable.values = {"order": RIGHT}

    assert "holds 8 or 9 different digits" in explorable.words
    explorable.close()


def test_outside_a_notebook_it_is_said_in_words(capsys):
    pipeline.show(REAL, DIGITS, not_to_be_run, alt="Two lanes, one for reading and one for training.")

    assert capsys.readouterr().out == "Two lanes, one for reading and one for training.\n"


# Mistakes


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"read": 0.0}, r"read: expected a finite number of seconds above 0, received the number `0\.0`\. Measure"),
        ({"read_in_batch": math.inf}, r"read_in_batch: .*received the number `inf`"),
        ({"step": {}}, r"step: expected seconds by the size of the batch, .*received the dict `\{\}`\. Measure"),
        ({"step": {0: 1.0}}, r"step: expected seconds by the size"),
        ({"step": {8: -1.0}}, r"step\[8\]: expected a finite number of seconds above 0, received the number `-1\.0`"),
        ({"cores": 0.5}, r"cores: expected a finite number, at least 1, received the number `0\.5`\. One"),
        ({"cores": True}, r"cores: expected a finite number, at least 1, received `True`"),
    ],
)
def test_times_that_cannot_be(change, said):
    with pytest.raises(ValueError, match=said):
        Times(**({"read": 1.0, "read_in_batch": 1.0, "step": {8: 1.0}} | change))


@pytest.mark.parametrize(
    ("order", "numbers", "said"),
    [
        (("map", "map"), (4, 2, 2), r"order: expected different words out of map, .*Name each at most once"),
        (("map", "repeat"), (4, 2, 2), "order: expected different words"),
        (("map",), (0, 2, 2), r"files: expected a whole number from 1, received the number `0`\. "),
        (("map",), (4, 2.5, 2), r"batch_size: expected a whole number from 1, received the number `2\.5`"),
        (("map",), (4, 2, 0), "buffer_size: expected a whole number from 1"),
        (("map",), (4, 2, 2, 0), "calls: expected a whole number from 1"),
    ],
)
def test_an_epoch_that_cannot_be(order, numbers, said):
    with pytest.raises(ValueError, match=said):
        two_epochs(order, REAL, *numbers)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (({"read": 1.0}, DIGITS, len), TypeError, r"times: expected Times, received .*Write pipeline\.Times"),
        ((REAL, DIGITS, None), TypeError, r"run: expected a function, received `None`\. Pass one"),
        ((REAL, DIGITS / 2, len), ValueError, r"digits: expected a row of whole numbers from 0 to 9, .*Pass the labels"),
        ((REAL, [[1, 2]], len), ValueError, "digits: expected a row"),
        ((REAL, [], len), ValueError, "digits: expected a row"),
        ((REAL, [1, 10], len), ValueError, "digits: expected a row"),
        ((REAL, [-1, 1], len), ValueError, "digits: expected a row"),
    ],
)
def test_what_cannot_be_shown(arguments, error, said):
    for function in (pipeline.make, pipeline.show):
        with pytest.raises(error, match=said):
            function(*arguments)
