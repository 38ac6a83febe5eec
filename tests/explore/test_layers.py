"""Layers to add and to remove: counted as Keras counts, code that runs, and only what the notebook trained."""

import inspect
import itertools

import keras
import numpy as np
import pytest
from explore import moves
from hypothesis import given, settings

from companion.explore import layers
from companion.explore.picture import Dots, Line, Raster, Text

NETWORKS = [
    hidden for depth in range(layers.MOST_LAYERS + 1) for hidden in itertools.product(layers.UNITS, repeat=depth)
]
MOST_WORDS = 220


def ring(points=200, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(points) % 2
    angle, radius = rng.uniform(0, 2 * np.pi, points), rng.uniform(0.1, 0.4, points) + 0.6 * y
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), y


def disc(points):
    """The probability of lying outside of a circle of radius 0.5: a model that needs no training."""
    return 1 / (1 + np.exp(-8 * (np.hypot(*points.T) - 0.5)))[:, None]


def slope(points):
    """A straight boundary, and every answer wrong on the left of it."""
    return (points[:, :1] > 0.1) * 0.8 + 0.1


class Trainer:
    """Stands for the notebook's function; notes what it was called with, and how often its models were asked."""

    def __init__(self, model=disc):
        self.model, self.calls, self.asked = model, [], 0

    def __call__(self, hidden, activation, x, y):
        self.calls.append((hidden, activation, x, y))
        return self.ask

    def ask(self, points):
        self.asked += 1
        assert points.dtype == "float32" and points.ndim == 2
        return self.model(points)


@pytest.fixture
def toys():
    return {"ring": (*ring(seed=0), *ring(seed=1)), "pair": ([[0, 0], [1, 2]], [0, 1], [[0, 1]], [1])}


@pytest.fixture
def trainer():
    return Trainer()


@pytest.fixture
def shown(trainer, toys):
    explorable = layers.make(trainer, toys)
    yield explorable
    explorable.close()


def press(explorable, **values):
    explorable.values = values | {"train": explorable.values["train"] + 1}


def marks(explorable, kind, plot=1):
    return [mark for mark in explorable.picture.plots[plot].marks if isinstance(mark, kind)]


def texts(explorable):
    return [mark.text for mark in marks(explorable, Text, plot=0)]


# --- The diagram and the code ---


@pytest.mark.parametrize("activation", layers.ACTIVATIONS)
def test_the_code_makes_the_model_that_the_diagram_counts(activation):
    """Every network that the controls can stand for: a quarter of them with each activation."""
    for hidden in NETWORKS[layers.ACTIVATIONS.index(activation) :: len(layers.ACTIVATIONS)]:
        names = {}
        exec(layers.keras_code(hidden, activation), names)
        drawn, *dense = layers.stack(hidden, activation)

        model = names["model"]
        assert [layer.units for layer in model.layers] == [*hidden, 1]
        assert drawn.shape == model.input_shape and drawn.parameters == 0
        assert [layer.shape for layer in dense] == [layer.output.shape for layer in model.layers]
        assert [layer.parameters for layer in dense] == [layer.count_params() for layer in model.layers]
        assert [layer.activation for layer in dense] == [layer.activation.__name__ for layer in model.layers]


def test_all_networks_are_tried():
    assert len(NETWORKS) == 1 + 7 + 49 + 343


def test_the_diagram_writes_shapes_and_sums(shown):
    shown.values = {"layers": 2, "units_1": 16, "units_2": 1, "activation": "tanh"}

    said = texts(shown)
    assert [it for it in said if "batch" in it] == ["(batch, 2)", "(batch, 16)", "(batch, 1)", "(batch, 1)"]
    assert [it for it in said if "=" in it] == ["2 × 16 + 16 = 48", "16 × 1 + 1 = 17", "1 × 1 + 1 = 2"]
    assert "16 units, tanh" in said and "1 unit, tanh" in said and "1 unit, sigmoid" in said
    assert shown.picture.plots[0].title == "the network: 67 parameters in all"
    assert [len(dots.x) for dots in marks(shown, Dots, plot=0)] == [2, 16, 1, 1]
    assert shown.words.startswith("67 parameters.")


def test_units_of_layers_that_are_not_there_do_not_count(shown):
    shown.values = {"layers": 1}
    before = (shown.words, shown.code, shown.drawing)

    shown.values = {"units_2": 32, "units_3": 1}

    assert (shown.words, shown.code, shown.drawing) == before


def test_without_a_hidden_layer_the_activation_does_not_count(shown):
    press(shown, layers=0)
    before = (shown.words, shown.code, shown.drawing)

    shown.values = {"activation": "tanh"}

    assert (shown.words, shown.code, shown.drawing) == before
    assert shown.picture.plots[1].title == "boundary: no hidden layer"


@pytest.mark.parametrize("hidden", [(), (32, 32, 32)])
def test_the_diagram_stays_on_its_paper(shown, hidden):
    shown.values = {"layers": len(hidden)} | {f"units_{i + 1}": units for i, units in enumerate(hidden)}

    plot = shown.picture.plots[0]
    for mark in plot.marks:
        if not isinstance(mark, Dots):
            assert 0 <= mark.x <= plot.x[1] and 0 <= mark.y <= plot.y[0] - 6
    for dots in marks(shown, Dots, plot=0):
        assert dots.x.max() < layers.stack((), "")[0].units + 190


# --- What a model says ---


def test_a_model_is_judged_by_its_answers():
    x, y = np.array([[0.1, 0], [0, 0.9], [0.2, 0.2], [0.3, 0]]), np.array([0, 1, 0, 1])
    toy = layers.Toy(x.astype("float32"), y, x[:2].astype("float32"), np.array([1, 1]))

    result = layers.judge(disc, toy)

    assert (result.own, result.new) == (0.75, 0.5)


@pytest.mark.parametrize("shaped", [lambda answers: answers, lambda answers: answers[:, 0]])
def test_the_boundary_of_a_disc_is_a_circle(shaped):
    toy = layers.Toy(*(np.asarray(it) for it in (*ring(), *ring(seed=1))))

    result = layers.judge(lambda points: shaped(disc(points)), toy)

    assert len(result.lines) == 1 and result.closed
    np.testing.assert_allclose(np.hypot(*result.lines[0].T), 0.5, atol=0.005)
    assert result.own == result.new == 1.0
    blue, orange = result.colors[30, 30].astype(int), result.colors[0, 0].astype(int)
    assert blue[2] > blue[0] + 20 and orange[0] > orange[2] + 20
    assert result.colors[30, 30].sum() < result.colors[30, 45].sum()  # paler near the boundary


def test_the_first_row_of_colors_is_the_lowest():
    toy = layers.Toy(*(np.asarray(it) for it in (*ring(), *ring(seed=1))))

    result = layers.judge(lambda points: (points[:, 1:] > 0.2) * 0.8 + 0.1, toy)

    top, bottom = result.colors[-1, 30].astype(int), result.colors[0, 30].astype(int)
    assert top[0] > top[2] and bottom[2] > bottom[0]
    assert not result.closed
    np.testing.assert_allclose(result.lines[0][:, 1], 0.2, atol=0.03)


def test_a_model_without_a_boundary_has_no_line():
    toy = layers.Toy(*(np.asarray(it) for it in (*ring(), *ring(seed=1))))

    result = layers.judge(lambda points: np.full(len(points), 0.3), toy)

    assert result.lines == () and not result.closed


def test_the_shades_are_those_of_a_keras_model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(shape=(2,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1, "sigmoid")])
    toy = layers.Toy(*(np.asarray(it, dtype="float32") for it in (*ring(), *ring(seed=1))))

    result = layers.judge(model, toy)

    assert result.own == pytest.approx(np.mean((model(toy.x).numpy()[:, 0] > 0.5) == toy.y))
    assert result.new == pytest.approx(np.mean((model(toy.x_new).numpy()[:, 0] > 0.5) == toy.y_new))


# --- Training ---


def test_it_begins_with_the_network_trained_once(shown, trainer, toys):
    assert [call[:2] for call in trainer.calls] == [([8], "relu")]
    assert trainer.asked == 1
    np.testing.assert_allclose(trainer.calls[0][2], toys["ring"][0], atol=1e-6)
    np.testing.assert_array_equal(trainer.calls[0][3], toys["ring"][1])
    assert "100.0% of its own points right, and 100.0% of new ones" in shown.words
    assert "a closed line" in shown.words
    assert shown.picture.plots[1].title == "boundary: [8] relu"
    assert shown.picture.plots[1].x_label == "that of the network beside it"


def test_no_slider_trains_or_asks_a_model(shown, trainer):
    for position in moves.every_position(shown):
        if "train" not in position:
            shown.values = position

    assert len(trainer.calls) == trainer.asked == 1


def test_each_press_trains_what_the_controls_say(shown, trainer):
    press(shown, layers=3, units_1=2, units_2=32, units_3=4, activation="tanh", data="pair")
    press(shown, layers=0)

    assert [call[:2] for call in trainer.calls[1:]] == [([2, 32, 4], "tanh"), ([], "tanh")]
    assert all(call[2].tolist() == [[0, 0], [1, 2]] for call in trainer.calls[1:])
    assert trainer.asked == 3


def test_the_boundary_of_another_network_is_marked(shown):
    fresh = marks(shown, Raster)[0].colors
    shown.values = {"units_1": 16}

    assert "that of another network, [8] relu: press “Train it”" in shown.words
    assert shown.words.startswith("65 parameters.")
    assert shown.picture.plots[1].title == "boundary: [8] relu"
    assert shown.picture.plots[1].x_label == "not that of the network beside it"
    assert {line.dash for line in marks(shown, Line)} == {"dashed"}
    assert marks(shown, Raster)[0].colors.mean() > fresh.mean()

    press(shown)

    assert "Trained on ring" in shown.words
    assert shown.picture.plots[1].title == "boundary: [16] relu"
    assert shown.picture.plots[1].x_label == "that of the network beside it"
    assert {line.dash for line in marks(shown, Line)} == {"solid"}


def test_a_network_that_was_trained_is_known_again(shown, trainer):
    press(shown, units_1=16)
    shown.values = {"units_1": 8}

    assert shown.picture.plots[1].title == "boundary: [8] relu"
    assert "Trained on ring" in shown.words and len(trainer.calls) == 2

    shown.values = {"units_1": 2}
    assert "that of another network, [16] relu" in shown.words  # the latest


def test_points_that_nothing_learned_from_have_no_boundary(shown):
    shown.values = {"data": "pair"}

    assert "No network has learned from pair yet" in shown.words
    assert not marks(shown, Raster) and not marks(shown, Line)
    assert sum(len(dots.x) for dots in marks(shown, Dots)) == 2
    assert shown.picture.plots[1].title == "no boundary yet"


@pytest.mark.parametrize(
    ("model", "change", "said"),
    [
        (slope, {"layers": 0}, "one straight line, as nothing bends"),
        (slope, {"activation": "linear", "layers": 3}, "one straight line, as nothing bends"),
        (slope, {"units_1": 4}, "open: it runs out of the picture"),
        (lambda x: np.full((len(x), 1), 0.9), {}, "one and the same answer all over"),
        (lambda x: np.sin(6 * x[:, 0]) * np.sin(6 * x[:, 1]) / 2 + 0.5, {}, "made of several lines: some are closed, some run out of the picture"),
        (lambda x: np.sin(6 * x[:, 0]) / 2 + 0.5, {}, "lines that run out of the picture"),
        (lambda x: np.minimum(disc(2 * x - [1, 0]), disc(2 * x + [1, 0])), {}, "made of closed lines"),
    ],
)
def test_the_words_say_how_the_boundary_runs(shown, trainer, model, change, said):
    trainer.model = model

    press(shown, **change)

    assert said in shown.words


# --- What may go wrong in the notebook's function ---


def stops(hidden, activation, x, y):
    raise ValueError("the learning rate is negative")


NONSENSE = {
    "stops": (stops, "it stopped with ValueError: the learning rate is negative"),
    "no return": (lambda *_: None, "train_toy gave None instead of a model, as if it did not end with return."),
    "too many answers": (lambda *_: lambda x: np.ones((len(x), 2)), "shape (4"),
    "one answer": (lambda *_: lambda x: 0.5, "shape () for"),
    "not numbers": (lambda *_: lambda x: disc(x) * np.nan, "no numbers"),
    "a long story": (lambda *_: (_ for _ in ()).throw(RuntimeError("so it is. " * 50)), "so it is."),
    "texts": (lambda *_: lambda x: np.array(["yes"] * len(x)), "no numbers"),
    "no probabilities": (lambda *_: lambda x: disc(x) * 4 - 2, "no probabilities from 0 to 1"),
    "a model that fails": (lambda *_: lambda x: x @ x, "ValueError"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_what_brings_no_result_is_said_and_the_boundary_stays(shown, trainer, monkeypatch, name):
    function, said = NONSENSE[name]
    shown.values = {"units_1": 4}
    before = shown.drawing
    monkeypatch.setattr(Trainer, "__call__", lambda self, *given: function(*given))
    monkeypatch.setattr(trainer, "__name__", "train_toy", raising=False)

    press(shown)

    assert said in shown.words and "Training brought no new boundary" in shown.words
    assert len(shown.words) <= MOST_WORDS
    moves.assert_sound(shown)
    assert shown.drawing == before
    monkeypatch.undo()
    shown.values = {"units_1": 8}
    assert "Trained on ring" in shown.words


def test_a_function_that_gives_another_model_is_found_out(shown, monkeypatch):
    disc_of_33 = lambda points: disc(points)  # noqa: E731
    disc_of_33.count_params = lambda: 33
    monkeypatch.setattr(Trainer, "__call__", lambda *_: disc_of_33)

    press(shown, units_1=16)
    assert "your function gave a model of 33 parameters, not of 65." in shown.words

    press(shown, units_1=8)
    assert "Trained on ring" in shown.words


def test_it_begins_even_if_the_function_fails(toys):
    explorable = layers.make(stops, toys)

    assert "stopped with ValueError" in explorable.words
    assert not marks(explorable, Raster)
    moves.assert_sound(explorable)
    explorable.values = {"units_1": 16}
    assert "No network has learned from ring yet" in explorable.words
    explorable.close()


def test_the_function_cannot_change_the_points(toys):
    def spoils(hidden, activation, x, y):
        x[:], y[:] = 0, 1 - y
        hidden.append(3)
        return disc

    explorable = layers.make(spoils, toys)

    assert "100.0% of its own" in explorable.words
    assert all(np.ptp(dots.x) > 0.5 for dots in marks(explorable, Dots))
    assert explorable.picture.plots[1].title == "boundary: [8] relu"
    explorable.close()


# --- All of it ---


def test_every_position_of_every_control(shown):
    for position in moves.every_position(shown):
        moves.move(shown, position)
        assert len(shown.words) <= MOST_WORDS


def test_any_combination_of_positions(toys):
    shown = layers.make(Trainer(), toys)

    @settings(deadline=None)
    @given(moves.settings(shown))
    def tried(values):
        moves.move(shown, values)
        assert len(shown.words) <= MOST_WORDS
        hidden = [values[f"units_{place}"] for place in range(1, values["layers"] + 1)]
        assert shown.code == layers.keras_code(hidden, values["activation"])

    tried()
    shown.close()


def test_two_of_them_share_nothing(shown, toys):
    other = layers.make(Trainer(slope), toys)
    before = (other.words, other.values, other.drawing)

    press(shown, units_1=1, data="pair")

    assert (other.words, other.values, other.drawing) == before
    other.values = {"data": "pair"}
    assert "No network has learned from pair yet" in other.words
    other.close()


@pytest.mark.parametrize(
    ("function", "changed", "kind", "said"),
    [
        (None, {}, TypeError, "train: expected a function, received `None`"),
        (disc, [1], TypeError, "toys: expected a dictionary"),
        (disc, {}, ValueError, "toys: expected at least one"),
        (disc, {"a": 3}, TypeError, r"toys\['a'\]: expected four arrays"),
        (disc, {"a": ring()}, TypeError, "expected four arrays"),
        (disc, {"a": (*ring(4), *ring()[::-1])}, ValueError, r"expected shapes \(n, 2\) and \(n,\)"),
        (disc, {"a": (*ring(4), [], [])}, ValueError, r"expected shapes"),
        (disc, {"a": (*ring(4), np.zeros((0, 2)), [])}, ValueError, r"expected shapes"),
        (disc, {"a": (*ring(4), [[0, np.nan]], [1])}, ValueError, "expected finite points"),
        (disc, {"a": (*ring(4), [[0, 0]], [2])}, ValueError, "groups 0 and 1"),
        (disc, {"a": (*ring(4), [["x", "y"]], [1])}, ValueError, "expected finite points"),
    ],
)
def test_what_cannot_be_shown_is_refused(function, changed, kind, said):
    with pytest.raises(kind, match=said):
        layers.make(function, changed)


def test_it_is_displayed_in_words_that_hold_no_trained_number(trainer, toys, capsys):
    layers.show(trainer, toys)

    said = capsys.readouterr().out
    assert "Dense with 8 numbers, then Dense with 1 number; 33 parameters in all" in said
    assert "the boundary that [8] relu has learned" in said
    assert "%" not in said


def test_nothing_is_trained_here():
    source = inspect.getsource(layers)
    assert "import keras" not in source.replace('"import keras"', "") and ".fit(" not in source
