"""Figures hold the right marks, refuse bad input with advice, and are shown with their words."""

import base64
import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython import get_ipython
from IPython.testing.globalipapp import start_ipython
from IPython.utils.capture import capture_output
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import FancyBboxPatch
from PIL import Image

from companion import plots

ALT = "A line that rises from left to right."


@pytest.fixture(autouse=True)
def _drawing() -> Iterator[None]:
    """No window, and no figure left behind."""
    with mpl.rc_context():
        backend = mpl.get_backend()
        plt.switch_backend("agg")
        yield
        plt.close("all")
        plt.switch_backend(backend)


@pytest.fixture
def ax() -> Axes:
    return plt.subplots()[1]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def legend(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def drawn(ax: Axes) -> None:
    """Really draw: layout and text problems appear only then."""
    ax.figure.canvas.draw()


# --- The style ---


def test_importing_plots_applies_the_style_and_not_tensorflow() -> None:
    code = (
        "import sys, matplotlib, companion.plots as p;"
        "assert not {'tensorflow', 'keras'} & set(sys.modules);"
        "print(matplotlib.rcParams['figure.facecolor'], len(p.COLORS))"
    )
    result = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == [plots.PAPER, "7"]
    assert result.stderr == ""


def _luminance(color: str) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_words_and_lines_stand_out_from_the_page() -> None:
    assert _contrast(plots.INK, plots.PAPER) > 7
    assert _contrast(plots.QUIET, plots.PAPER) > 4.5
    assert min(_contrast(color, plots.PAPER) for color in plots.COLORS) > 3


@pytest.mark.parametrize(
    "matrix",
    [
        np.eye(3),
        np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
        np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    ],
    ids=["all cones", "deuteranopia", "protanopia"],
)
def test_the_first_three_colors_differ_for_every_eye(matrix: np.ndarray) -> None:
    """Simulated with the matrices of Machado, Oliveira and Fernandes (2009)."""
    seen = [np.clip(matrix @ np.array(to_rgb(color)) ** 2.2, 0, 1) ** (1 / 2.2) for color in plots.COLORS[:3]]
    pairs = [np.linalg.norm(seen[i] - seen[j]) for i in range(3) for j in range(i)]
    assert min(pairs) > 0.2


def test_letters_are_large_enough() -> None:
    sizes = [mpl.rcParams[f"{part}.labelsize"] for part in ("axes", "xtick", "ytick")]
    assert min(*sizes, mpl.rcParams["legend.fontsize"], mpl.rcParams["font.size"], plots.SMALL) >= 9


# --- show ---


@pytest.fixture(scope="module")
def shell() -> Iterator[Any]:
    """An interactive Python, as a notebook has one."""
    hooks = sys.displayhook, sys.excepthook
    shell = start_ipython() or get_ipython()
    yield shell
    type(shell).clear_instance()  # for the tests of other files there is none
    sys.displayhook, sys.excepthook = hooks


@pytest.fixture
def notebook(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)


def outputs(alt: str, draw: Callable[[Axes], Any] = lambda ax: ax.plot([0, 1])) -> list[Any]:
    fig, ax = plt.subplots()
    draw(ax)
    with capture_output() as captured:
        assert plots.show(fig, alt) is None
    assert captured.stdout == captured.stderr == ""
    return captured.outputs


def test_show_gives_a_picture_with_alt_text_then_its_words(notebook: None) -> None:
    picture, words = outputs(ALT)
    assert set(picture.data) == {"image/png", "text/plain"}
    assert picture.data["text/plain"] == ALT
    assert picture.metadata["image/png"]["alt"] == ALT
    assert words.data["text/html"] == f"<details><summary>Figure in words</summary><p>{ALT}</p></details>"
    assert len(words.data["text/plain"]) < 20


def test_show_draws_twice_the_pixels_it_occupies(notebook: None) -> None:
    picture, _ = outputs(ALT)
    png = Image.open(io.BytesIO(base64.b64decode(picture.data["image/png"])))
    width = picture.metadata["image/png"]["width"]
    assert png.width in (2 * width, 2 * width + 1)
    assert 600 <= width <= 660
    corner = np.array(png.convert("RGB").getpixel((2, 2)))
    assert np.abs(corner - 255 * np.array(to_rgb(plots.PAPER))).max() <= 2  # opaque, in the page's color


def test_show_closes_the_figure_and_no_other(notebook: None) -> None:
    other = plt.figure().number
    outputs(ALT)
    assert plt.get_fignums() == [other]


def test_show_escapes_what_html_would_take_for_a_tag(notebook: None) -> None:
    alt = 'Where x < 0 & y > 0, the <b>line</b> is "flat".'
    picture, words = outputs(alt)
    assert picture.metadata["image/png"]["alt"] == alt
    assert "x &lt; 0 &amp; y &gt; 0, the &lt;b&gt;line&lt;/b&gt;" in words.data["text/html"]


def test_show_writes_the_words_on_one_line(notebook: None) -> None:
    picture, _ = outputs("A line that rises\n        from left to right.")
    assert picture.data["text/plain"] == ALT


def test_the_largest_pictures_stay_small(notebook: None) -> None:
    noise = np.random.default_rng(0).random((4, 200, 300, 3))
    for draw in (lambda ax: plots.connections(ax, [784, 128, 64, 10]), lambda ax: plots.image_grid(ax, noise)):
        picture, _ = outputs(ALT, draw)
        assert len(picture.data["image/png"]) < 200_000


def test_outside_a_notebook_show_prints_the_words(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    plots.show(plt.figure(), ALT)
    assert capsys.readouterr().out == ALT + "\n"
    assert plt.get_fignums() == []


@pytest.mark.parametrize("fig", ["figure", None, np.zeros(3)])
def test_show_wants_a_figure(fig: Any) -> None:
    with pytest.raises(TypeError, match="fig: expected a Figure, received .*Pass the fig"):
        plots.show(fig, ALT)


def test_show_wants_the_figure_and_not_its_axes(ax: Axes) -> None:
    with pytest.raises(TypeError, match="fig: expected a Figure, received Axes"):
        plots.show(ax, ALT)


def test_show_wants_words_that_describe(ax: Axes) -> None:
    with pytest.raises(TypeError, match="alt: expected a string, received NoneType"):
        plots.show(ax.figure, None)
    for alt in ("", "a plot", " " * 40):
        with pytest.raises(ValueError, match="alt: expected at least 20 characters"):
            plots.show(ax.figure, alt)
    assert plt.get_fignums()  # a refused figure stays open, to be shown again


# --- image_grid ---


def test_image_grid_keeps_order_and_orientation(ax: Axes) -> None:
    images = np.zeros((3, 28, 28), dtype="uint8")
    images[0, 0, 0] = images[1, 0, 27] = images[2, 27, 0] = 255
    plots.image_grid(ax, images, columns=2)
    mosaic = ax.images[0].get_array()
    ink = np.argwhere(np.ma.filled(mosaic, 0) == 1)
    step = 28 + 2
    assert ink.tolist() == [[0, 0], [0, step + 27], [step + 27, 0]]


def test_image_grid_leaves_missing_places_as_page(ax: Axes) -> None:
    plots.image_grid(ax, np.ones((3, 28, 28)), columns=2)
    drawn_places = ~np.ma.getmaskarray(np.ma.masked_invalid(ax.images[0].get_array()))
    assert drawn_places[:28, 30:].all() and drawn_places[30:, :28].all() and not drawn_places[30:, 30:].any()
    drawn(ax)


def test_image_grid_writes_each_title_above_its_picture(ax: Axes) -> None:
    plots.image_grid(ax, np.zeros((3, 28, 28)), titles=["a", "b", "c"], columns=2)
    assert texts(ax) == ["a", "b", "c"]
    (left, top), (right, same), (below, low) = (text.get_position() for text in ax.texts)
    assert top == same < low
    assert (left, right) == (below, left + 30) == (13.5, 43.5)


def test_image_grid_with_one_channel_is_the_same_as_without(ax: Axes) -> None:
    images = np.random.default_rng(0).random((2, 28, 28))
    plots.image_grid(ax, images)
    plots.image_grid(ax, images[..., None])
    np.testing.assert_array_equal(ax.images[0].get_array(), ax.images[1].get_array())


@pytest.mark.parametrize(
    ("images", "limits"),
    [
        (np.full((1, 2, 2), 255, "uint8"), (0, 1)),
        (np.full((1, 2, 2), 3, "int64"), (0, 1)),
        (np.full((1, 2, 2), 0.5), (0, 1)),
        (np.full((1, 2, 2), 7.0), (0, 7)),
        (np.array([[[-0.5, 0.25]]]), (-0.5, 0.5)),
    ],
)
def test_image_grid_spans_the_color_map(ax: Axes, images: np.ndarray, limits: tuple[float, float]) -> None:
    plots.image_grid(ax, images)
    assert ax.images[0].get_clim() == limits


def test_image_grid_draws_color_as_it_is(ax: Axes) -> None:
    images = np.zeros((2, 30, 30, 3), dtype="uint8")
    images[1, ..., 0] = 255
    plots.image_grid(ax, images)
    mosaic = ax.images[0].get_array()
    assert mosaic[0, 0].tolist() == [0, 0, 0] and mosaic[0, -1].tolist() == [1, 0, 0]
    np.testing.assert_allclose(mosaic[0, 30], to_rgb(plots.PAPER), atol=1e-6)


def test_image_grid_makes_room_only_in_a_figure_of_its_own() -> None:
    fig, ax = plt.subplots()
    plots.image_grid(ax, np.zeros((100, 28, 28)))
    assert fig.get_figheight() > 6
    fig, (left, _) = plt.subplots(1, 2)
    plots.image_grid(left, np.zeros((100, 28, 28)))
    assert fig.get_figheight() == 3.2


@pytest.mark.parametrize(
    ("images", "options", "error", "message"),
    [
        (np.zeros((28, 28)), {}, ValueError, r"images: expected shape \(n, h, w\).*received shape \(28, 28\)"),
        (np.zeros((0, 28, 28)), {}, ValueError, r"received shape \(0, 28, 28\).*not empty"),
        (np.full((1, 2, 2), np.nan), {}, ValueError, "received 4 NaN or infinite"),
        (np.zeros((1, 2, 2, 4)), {}, ValueError, "1 or 3 channels"),
        (np.full((1, 2, 2), 256), {}, ValueError, "from 256 to 256"),
        (np.full((1, 2, 2, 3), 1.5), {}, ValueError, r"floats in 0\.\.1"),
        (np.array([["a"]]), {}, TypeError, "images: expected numbers"),
        ([[[1, 2], [3]]], {}, ValueError, "rows of different lengths"),
        (np.zeros((2, 9, 9)), {"titles": ["a"]}, ValueError, "titles: expected 2 names, received 1"),
        (np.zeros((2, 9, 9)), {"titles": [0.5, 2]}, TypeError, "titles: expected a list of names or whole numbers"),
        (np.zeros((2, 9, 9)), {"titles": "ab"}, TypeError, "titles: expected a list of names"),
        (np.zeros((2, 9, 9)), {"columns": 0}, ValueError, "columns: expected at least 1, received 0"),
        (np.zeros((2, 9, 9)), {"columns": 2.5}, TypeError, "columns: expected a whole number"),
        (np.zeros((2, 9, 9)), {"cmap": "inky"}, ValueError, "inky"),
    ],
)
def test_image_grid_refuses(ax: Axes, images: Any, options: dict, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        plots.image_grid(ax, images, **options)


# --- class_scatter ---


def test_class_scatter_gives_each_class_its_points_color_and_marker(ax: Axes) -> None:
    x = np.arange(20).reshape(10, 2)
    plots.class_scatter(ax, x, np.arange(10), [str(i) for i in range(10)])
    for i, line in enumerate(ax.lines):
        np.testing.assert_array_equal(line.get_xydata(), x[i : i + 1])
    assert len({line.get_marker() for line in ax.lines}) == 10
    assert legend(ax) == [str(i) for i in range(10)]
    drawn(ax)


def test_class_scatter_keeps_a_class_without_points_in_the_legend(ax: Axes) -> None:
    plots.class_scatter(ax, [[0.0, 0.0]], [1], ["cat", "dog"])
    assert legend(ax) == ["cat", "dog"]
    assert [len(line.get_xdata()) for line in ax.lines] == [0, 1]


@pytest.mark.parametrize(
    ("x", "y", "names", "error", "message"),
    [
        (np.zeros((3, 4)), [0, 0, 0], ["a"], ValueError, r"x: expected points of shape \(n, 2\).*\(3, 4\)"),
        ([[0.0, np.nan]], [0], ["a"], ValueError, "x: expected finite numbers.*1 NaN"),
        (np.zeros((3, 2)), [0, 0], ["a"], ValueError, "y: expected 3 values, one a point, received 2"),
        (np.zeros((1, 2)), [0.0], ["a"], TypeError, "y: expected integers, received dtype float64"),
        (np.zeros((1, 2)), ["cat"], ["cat"], TypeError, "y: expected numbers"),
        (np.zeros((1, 2)), [-1], ["a"], ValueError, "y: expected integers from 0, received -1"),
        (np.zeros((1, 2)), [1], ["a"], ValueError, "names: expected 2, one a class in y, received 1"),
        (np.zeros((1, 2)), [0], list("abcdefghijk"), ValueError, "at most 10 classes, received 11"),
        (np.zeros((1, 2)), [0], 3, TypeError, "names: expected a list of names or whole numbers, received 3"),
        (np.zeros((0, 2)), [], [], ValueError, "not empty"),
    ],
)
def test_class_scatter_refuses(ax: Axes, x: Any, y: Any, names: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        plots.class_scatter(ax, x, y, names)


# --- layer_diagram ---


@pytest.fixture(scope="module")
def keras() -> Any:
    import companion  # noqa: F401  (quiets TensorFlow)
    import keras

    return keras


@pytest.fixture(scope="module")
def penguins(keras: Any) -> Any:
    """Two inputs, two outputs."""
    layers = keras.layers
    measurements, island = keras.Input((4,), name="measurements"), keras.Input((3,), name="island")
    joined = layers.Concatenate()([layers.Normalization()(measurements), island])
    hidden = layers.Dense(1200, activation="relu")(joined)
    outputs = [layers.Dense(3, activation="softmax", name="species")(hidden), layers.Dense(1, name="mass")(hidden)]
    return keras.Model([measurements, island], outputs)


def boxes(ax: Axes) -> list[FancyBboxPatch]:
    return [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]


def arrows(ax: Axes) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Start and end of each arrow."""
    return [(text.xyann, text.xy) for text in ax.texts if getattr(text, "arrow_patch", None)]


def inside(ax: Axes, box: FancyBboxPatch) -> list[str]:
    """The lines written in a box."""
    low_x, low_y = box.get_x(), box.get_y()
    return [
        text.get_text()
        for text in ax.texts
        if hasattr(text, "xy") and text.get_text()
        and low_x < text.xy[0] < low_x + box.get_width() and low_y < text.xy[1] < low_y + box.get_height()
    ]  # fmt: skip


def test_layer_diagram_of_a_chain_is_a_table_from_input_to_output(keras: Any, ax: Axes) -> None:
    layers = keras.layers
    stack = [keras.Input((28, 28, 1)), layers.Conv2D(8, (3, 5), activation="relu"), layers.MaxPooling2D()]
    plots.layer_diagram(ax, keras.Sequential([*stack, layers.Flatten(), layers.Dropout(0.25), layers.Dense(1)]))
    rows: dict[float, list[str]] = {}
    for text in ax.texts[3:-2]:
        rows.setdefault(text.get_position()[1], []).append(text.get_text())
    assert [list(filter(None, row)) for _, row in sorted(rows.items()) if any(row)] == [
        ["Input", "(batch, 28, 28, 1)", "–"],
        ["Conv2D", "8 filters, 3×5, relu", "(batch, 26, 24, 8)", "128"],
        ["MaxPooling2D", "2×2", "(batch, 13, 12, 8)", "–"],
        ["Flatten", "(batch, 1248)", "–"],
        ["Dropout", "rate 0.25", "(batch, 1248)", "–"],
        ["Dense", "1 unit", "(batch, 1)", "1,249"],
    ]
    assert texts(ax)[-2:] == ["Shaded layers have parameters.", "1,377 parameters in all"]
    assert len(arrows(ax)) == 5


def test_layer_diagram_shades_layers_that_have_parameters(keras: Any, ax: Axes) -> None:
    plots.layer_diagram(ax, keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.ReLU()]))
    shaded = [to_hex(box.get_facecolor()) != to_hex(plots.PAPER) for box in boxes(ax)]
    assert shaded == [False, True, False]


def test_layer_diagram_follows_add_and_pop(keras: Any, ax: Axes) -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8)])
    model.add(keras.layers.Dense(5))
    model.pop()
    model.add(keras.layers.Dense(2, activation="softmax"))
    plots.layer_diagram(ax, model)
    assert len(boxes(ax)) == 3
    assert "2 units, softmax" in texts(ax) and "5 units" not in texts(ax)


def test_layer_diagram_names_unknown_lengths(keras: Any, ax: Axes) -> None:
    plots.layer_diagram(ax, keras.Sequential([keras.Input((None, 13)), keras.layers.GlobalMaxPooling1D()]))
    assert "(batch, any, 13)" in texts(ax)


def test_layer_diagram_draws_branches_with_their_arrows(penguins: Any, ax: Axes) -> None:
    plots.layer_diagram(ax, penguins)
    written = [inside(ax, box) for box in boxes(ax)]
    assert sorted(written) == sorted(
        [
            ['Input "measurements"', "(batch, 4)"],
            ['Input "island"', "(batch, 3)"],
            ["Normalization", "(batch, 4) · 9 parameters"],
            ["Concatenate", "(batch, 7)"],
            ["Dense", "1,200 units, relu", "(batch, 1200) · 9,600 parameters"],
            ['Dense "species"', "3 units, softmax", "(batch, 3) · 3,603 parameters"],
            ['Dense "mass"', "1 unit", "(batch, 1) · 1,201 parameters"],
        ]
    )
    assert len(arrows(ax)) == 6
    assert all(start[1] < end[1] for start, end in arrows(ax))  # downwards
    assert not any("missing" in text for text in texts(ax))


def test_layer_diagram_joins_the_right_boxes(penguins: Any, ax: Axes) -> None:
    plots.layer_diagram(ax, penguins)

    def at(point: tuple[float, float], bottom: bool) -> str:
        """The first line of the box whose upper or lower edge has its middle at the point."""
        return next(
            inside(ax, box)[0]
            for box in boxes(ax)
            if point == pytest.approx((box.get_x() + box.get_width() / 2, box.get_y() + bottom * box.get_height()))
        )

    joined = {(at(start, bottom=True), at(end, bottom=False)) for start, end in arrows(ax)}
    assert joined == {
        ('Input "measurements"', "Normalization"), ("Normalization", "Concatenate"), ('Input "island"', "Concatenate"),
        ("Concatenate", "Dense"), ("Dense", 'Dense "species"'), ("Dense", 'Dense "mass"'),
    }  # fmt: skip


def test_layer_diagram_boxes_do_not_overlap_and_hold_their_text(penguins: Any, ax: Axes) -> None:
    plots.layer_diagram(ax, penguins)
    drawn(ax)
    frames = [box.get_window_extent() for box in boxes(ax)]
    assert not any(one.overlaps(other) for i, one in enumerate(frames) for other in frames[:i])
    lines = [text.get_window_extent() for text in ax.texts if hasattr(text, "xy") and text.get_text()]
    for line in lines:
        assert any(f.x0 < line.x0 and line.x1 < f.x1 and f.y0 < line.y0 and line.y1 < f.y1 for f in frames)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, when it saves
def test_layer_diagram_of_a_reloaded_model_is_the_same(keras: Any, penguins: Any, tmp_path: Any) -> None:
    penguins.save(tmp_path / "model.keras")
    _, (first, second) = plt.subplots(1, 2)
    plots.layer_diagram(first, penguins)
    plots.layer_diagram(second, keras.models.load_model(tmp_path / "model.keras"))
    assert texts(first) == texts(second)
    assert arrows(first) == arrows(second)


def test_layer_diagram_shows_a_model_inside_as_one_layer(keras: Any, ax: Axes) -> None:
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5), keras.layers.ReLU()])
    inputs = keras.Input((4,))
    plots.layer_diagram(ax, keras.Model(inputs, keras.layers.Softmax()(inner(inputs))))
    assert "model of 2 layers" in texts(ax) and "25" in texts(ax)
    assert len(boxes(ax)) == 3


def test_layer_diagram_leads_a_shortcut_around_the_boxes_between(keras: Any, ax: Axes) -> None:
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(4)(keras.layers.Dense(4)(inputs))
    plots.layer_diagram(ax, keras.Model(inputs, keras.layers.Add()([inputs, hidden])))
    assert len(arrows(ax)) == 4
    drawn(ax)
    edge = boxes(ax)[0].get_window_extent().x1
    right_ends = [text.arrow_patch.get_window_extent().x1 for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert sum(end > edge + 10 for end in right_ends) == 1


def test_layer_diagram_has_inputs_in_the_first_row_and_outputs_in_the_last(keras: Any, ax: Axes) -> None:
    early, late = keras.Input((4,), name="early"), keras.Input((4,), name="late")
    hidden = keras.layers.Dense(4)(early)
    soon = keras.layers.Dense(1, name="soon")(hidden)
    total = keras.layers.Add(name="sum")([keras.layers.ReLU()(hidden), late])
    plots.layer_diagram(ax, keras.Model([early, late], [soon, total]))
    rows = {inside(ax, box)[0]: round(box.get_y()) for box in boxes(ax)}
    assert rows == {
        'Input "early"': 0, 'Input "late"': 0, "Dense": 1, "ReLU": 2, 'Dense "soon"': 3, 'Add "sum"': 3
    }  # fmt: skip


def test_layer_diagram_says_when_arrows_are_missing(keras: Any) -> None:
    first, second = keras.Input((4,)), keras.Input((4,))
    shared = keras.layers.Dense(5)
    siamese = keras.Model([first, second], keras.layers.Add()([shared(first), shared(second)]))
    plain = keras.Model(first, keras.ops.exp(first))
    early, deep = shared(keras.layers.Dense(4)(first)), keras.layers.Dense(4)(keras.layers.Dense(4)(shared(first)))
    tangled = keras.Model(first, keras.layers.Concatenate()([early, deep]))
    hidden = keras.layers.Dense(4)(first)
    half_plain = keras.Model(first, [hidden, keras.ops.exp(hidden)])
    second_row = [box.get_y() > 0 for box in boxes(plots.layer_diagram(plt.subplots()[1], siamese))]
    assert second_row.count(False) == 2  # an input without an arrow still stands with the other
    for model in (siamese, plain, half_plain, tangled):
        ax = plots.layer_diagram(plt.subplots()[1], model)
        assert any("Arrows are missing" in text for text in texts(ax))
        assert len(boxes(ax)) == len(model.layers)
        drawn(ax)


def test_a_long_model_stays_legible(keras: Any) -> None:
    model = keras.Sequential([keras.Input((8,)), *(keras.layers.Dense(8) for _ in range(14))])
    fig, ax = plt.subplots()
    plots.layer_diagram(ax, model)
    drawn(ax)
    kinds = [text.get_window_extent() for text in ax.texts if text.get_text() == "Dense"]
    assert len(kinds) == 14 and fig.get_figheight() > 5
    assert not any(one.overlaps(other) for i, one in enumerate(kinds) for other in kinds[:i])


def test_layer_diagram_refuses_a_model_without_shapes(keras: Any, ax: Axes) -> None:
    class Subclassed(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(2)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    called = Subclassed()
    called(np.zeros((1, 3), "float32"))
    for model in (keras.Sequential([keras.layers.Dense(2)]), keras.Sequential([]), called):
        with pytest.raises(ValueError, match=r"model: expected a Sequential or Functional.*Start it with keras\.Input"):
            plots.layer_diagram(ax, model)


@pytest.mark.parametrize("model", [None, "model", np.zeros(3)])
def test_layer_diagram_refuses_what_is_no_model(ax: Axes, model: Any) -> None:
    with pytest.raises(TypeError, match="model: expected a Keras model, received"):
        plots.layer_diagram(ax, model)


# --- connections ---


def lines(ax: Axes) -> list[tuple]:
    """Each line as ((layer, height), (layer, height))."""
    groups = [group.get_segments() for group in ax.collections if isinstance(group, LineCollection)]
    return [tuple(map(tuple, line)) for group in groups for line in group]


def test_connections_joins_every_neuron_with_every_neuron_of_the_next_layer(ax: Axes) -> None:
    plots.connections(ax, [3, 4, 2])
    assert len(lines(ax)) == len(set(lines(ax))) == 3 * 4 + 4 * 2
    assert texts(ax) == ["input layer\n3", "hidden layer\n4", "output layer\n2"]
    assert [len(line.get_xdata()) for line in ax.lines if line.get_color() == plots.PAPER] == [3, 4, 2]


@pytest.mark.parametrize(("units", "local"), [([7, 5], 3), ([7, 7], 3), ([8, 4], 2), ([5, 9], 3), ([6, 6], 1)])
def test_local_connections_reach_neighbors_only(ax: Axes, units: list[int], local: int) -> None:
    plots.connections(ax, units, local=local)
    assert len(lines(ax)) == units[1] * local
    seen: dict[float, list[float]] = {}
    for (_, before), (_, after) in lines(ax):
        seen.setdefault(after, []).append(before)
    for heights in seen.values():
        assert max(heights) - min(heights) == local - 1
    tops = [max(seen[after]) for after in sorted(seen)]
    assert tops == sorted(tops)  # neighbors of a higher neuron lie higher
    middle = [(min(heights) + max(heights)) / 2 for heights in seen.values()]
    assert np.mean(middle) == pytest.approx(0, abs=0.5)  # not shifted to one side


def test_a_large_layer_is_drawn_shortened_with_its_number(ax: Axes) -> None:
    plots.connections(ax, [784, 10])
    assert "input layer\n784" in texts(ax) and texts(ax).count("⋮") == 1
    assert [len(line.get_xdata()) for line in ax.lines if line.get_color() == plots.PAPER] == [6, 10]


def test_connections_takes_labels(ax: Axes) -> None:
    plots.connections(ax, [2, 1], labels=["pixels", "score"])
    assert texts(ax) == ["pixels\n2", "score\n1"]


@pytest.mark.parametrize(
    ("units", "options", "error", "message"),
    [
        ([3], {}, ValueError, r"units: expected at least two layers.*received \[3\]"),
        ([3, 0], {}, ValueError, r"at least 1 neuron, received \[3, 0\]"),
        ([3.0, 2.0], {}, TypeError, "units: expected integers"),
        ([3, 2], {"local": 4}, ValueError, "local: expected at most 3 neighbors"),
        ([3, 2], {"local": 0}, ValueError, "local: expected at least 1"),
        ([3, 2], {"local": 1.5}, TypeError, "local: expected a whole number"),
        ([784, 10], {"local": 3}, ValueError, "layers of at most 10 neurons"),
        ([3, 2], {"labels": ["in"]}, ValueError, "labels: expected 2 names, received 1"),
    ],
)
def test_connections_refuses(ax: Axes, units: Any, options: dict, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        plots.connections(ax, units, **options)


# --- learning_curves ---

HISTORY = {"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 2.5, 2.0], "accuracy": [0.1, 0.5, 0.9]}


def test_learning_curves_start_at_epoch_1_and_tell_training_from_validation(ax: Axes) -> None:
    plots.learning_curves(ax, HISTORY)
    training, validation = ax.lines
    np.testing.assert_array_equal(training.get_xydata(), [[1, 3], [2, 2], [3, 1]])
    np.testing.assert_array_equal(validation.get_ydata(), HISTORY["val_loss"])
    assert (training.get_linestyle(), validation.get_linestyle()) == ("-", "--")
    assert texts(ax) == ["training", "validation"]
    assert [text.xy for text in ax.texts] == [(3, 1.0), (3, 2.0)]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")


def test_learning_curves_of_a_metric_without_validation(ax: Axes) -> None:
    plots.learning_curves(ax, HISTORY, "accuracy")
    assert texts(ax) == ["training"] and ax.get_ylabel() == "accuracy"


@pytest.mark.parametrize("last", [(1.0, 1.0), (1.0, 1.001), (1.001, 1.0), (0.9, 1.1)])
def test_labels_of_close_lines_do_not_overlap(ax: Axes, last: tuple[float, float]) -> None:
    plots.learning_curves(ax, {"loss": [5.0, last[0]], "val_loss": [5.0, last[1]]})
    drawn(ax)
    one, other = (text.get_window_extent() for text in ax.texts)
    assert not one.overlaps(other)
    if last[0] != last[1]:
        assert (one.y0 > other.y0) == (last[0] > last[1])


@pytest.mark.parametrize(
    ("history", "metric", "error", "message"),
    [
        (SimpleNamespace(history=HISTORY), "loss", TypeError, r"history: expected a dictionary.*history\.history"),
        (HISTORY, "acc", ValueError, r"metric: expected one of \['loss', 'accuracy'\], received 'acc'"),
        (HISTORY, "val_loss", ValueError, "metric: expected one of"),
        ({"loss": []}, "loss", ValueError, "not empty"),
        ({"loss": [1.0, float("nan")]}, "loss", ValueError, r"history\['loss'\].*1 NaN"),
    ],
)
def test_learning_curves_refuses(ax: Axes, history: Any, metric: str, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        plots.learning_curves(ax, history, metric)


# --- descent_path ---


def test_descent_path_draws_the_visited_points_over_the_loss(ax: Axes) -> None:
    path = [[3.0, 1.0], [1.0, 0.5], [0.5, 0.0]]
    plots.descent_path(ax, lambda w, b: w**2 + 4 * b**2, path, w_range=(-1, 4), b_range=(-2, 2))
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), path)
    assert [(text.get_text(), *text.xy) for text in ax.texts] == [("start", 3, 1), ("end", 0.5, 0)]
    assert (ax.get_xlim(), ax.get_ylim()) == ((-1, 4), (-2, 2))
    levels = ax.collections[0].levels
    assert (levels[0], levels[-1]) == (pytest.approx(0, abs=0.01), 32)


def test_descent_path_gives_w_to_the_right_and_b_upwards(ax: Axes) -> None:
    seen = []
    plots.descent_path(ax, lambda w, b: seen.append((w, b)) or w, [[0.0, 10.0], [1.0, 20.0]])
    assert np.ptp([w for w, _ in seen]) == pytest.approx(1.4)
    assert np.ptp([b for _, b in seen]) == pytest.approx(14)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("w", "b")


@pytest.mark.parametrize("step", [(1, 1), (1, -1), (-1, 1), (-1, -1)])
def test_descent_path_keeps_its_labels_off_the_path(ax: Axes, step: tuple[int, int]) -> None:
    start, end = np.zeros(2), np.array(step, float)
    plots.descent_path(ax, lambda w, b: w**2 + b**2, [start, end])
    for text, sign in zip(ax.texts, (-1, 1)):
        np.testing.assert_array_equal(np.sign(text.xyann), sign * end)


def test_descent_path_of_one_point_or_a_flat_loss(ax: Axes) -> None:
    plots.descent_path(ax, lambda w, b: 1.0, [[0.0, 0.0]])
    assert texts(ax) == ["start"]
    drawn(ax)


@pytest.mark.parametrize(
    ("loss", "path", "options", "error", "message"),
    [
        (lambda w, b: w, [1.0, 2.0], {}, ValueError, r"path: expected points of shape \(n, 2\)"),
        (lambda w, b: w, [[np.inf, 2.0]], {}, ValueError, "path: expected finite"),
        (lambda w: w, [[0.0, 0.0]], {}, ValueError, r"loss: expected a function.*Try loss\(0\.0, 0\.0\)"),
        (lambda w, b: [w, b], [[0.0, 0.0]], {}, ValueError, "loss: expected a function"),
        (lambda w, b: np.nan, [[0.0, 0.0]], {}, ValueError, "loss: .* received NaN or infinity"),
        (lambda w, b: w, [[0.0, 0.0]], {"w_range": (1, 0)}, ValueError, "w_range: .*low < high"),
        (lambda w, b: w, [[0.0, 0.0]], {"b_range": (1, 2, 3)}, ValueError, "b_range: "),
    ],
)
def test_descent_path_refuses(ax: Axes, loss: Callable, path: Any, options: dict, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        plots.descent_path(ax, loss, path, **options)


# --- function_curves ---


def test_function_curves_draws_each_function_in_its_own_dash(ax: Axes) -> None:
    functions = {"relu": lambda x: np.maximum(x, 0), "tanh": np.tanh, "square": np.square}
    plots.function_curves(ax, functions, low=-2, high=3)
    assert legend(ax) == list(functions)
    assert len({line.get_color() for line in ax.lines}) == 3
    assert [line.is_dashed() for line in ax.lines] == [False, True, True]
    for line, function in zip(ax.lines, functions.values()):
        x, y = line.get_data()
        assert (x[0], x[-1], x.dtype) == (-2, 3, np.float32)
        np.testing.assert_allclose(y, function(x))


def test_six_functions_are_six_dashes(ax: Axes) -> None:
    plots.function_curves(ax, {str(i): np.tanh for i in range(6)})
    assert len({str(dash) for dash in plots.DASHES}) == len(ax.lines) == 6
    drawn(ax)


@pytest.mark.parametrize(
    ("functions", "options", "error", "message"),
    [
        ([np.tanh], {}, TypeError, "functions: expected a dictionary name -> function, received list"),
        ({"tanh": "tanh"}, {}, TypeError, "functions: expected a dictionary"),
        ({}, {}, ValueError, "functions: expected 1 to 6, received 0"),
        ({str(i): np.tanh for i in range(7)}, {}, ValueError, "functions: expected 1 to 6, received 7"),
        ({"mean": np.mean}, {}, ValueError, r"mean\(x\): expected finite numbers of shape \(401,\)"),
        ({"half": lambda x: x[::2]}, {}, ValueError, r"half\(x\): expected shape \(401,\), .* received \(201,\)"),
        ({"gap": lambda x: np.where(x > 0, np.nan, x)}, {}, ValueError, r"gap\(x\): .*200 NaN"),
        ({"tanh": np.tanh}, {"low": 2, "high": 2}, ValueError, "low, high: .*low < high"),
    ],
)
def test_function_curves_refuses(ax: Axes, functions: Any, options: dict, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        plots.function_curves(ax, functions, **options)


# --- decision_boundary ---

POINTS, CLASSES = np.array([[-1.0, 0.0], [1.0, 2.0]]), np.array([0, 1])


def is_right(points: np.ndarray) -> np.ndarray:
    """Class 1 where the first coordinate is above 0.2, as a probability."""
    return 1 / (1 + np.exp(-50 * (points[:, 0] - 0.2)))


ANSWERS = {
    "probability": is_right,
    "column of probabilities": lambda points: is_right(points)[:, None],
    "a probability a class": lambda points: np.stack([1 - is_right(points), is_right(points)], axis=1),
    "a score a class": lambda points: np.stack([0 * points[:, 0], 100 * (points[:, 0] - 0.2)], axis=1),
    "class": lambda points: (points[:, 0] > 0.2).astype("int64"),
    "truth": lambda points: points[:, 0] > 0.2,
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_decision_boundary_runs_where_the_class_changes(ax: Axes, answer: str) -> None:
    plots.decision_boundary(ax, ANSWERS[answer], POINTS, CLASSES)
    boundary = ax.collections[0].get_paths()[0].vertices
    np.testing.assert_allclose(boundary[:, 0], 0.2, atol=0.02)
    shades = ax.images[0].get_array()
    for column, color in ((0, plots.COLORS[0]), (-1, plots.COLORS[1])):
        np.testing.assert_allclose(shades[100, column], plots._tint(color, 0.38), atol=0.01)


def test_decision_boundary_asks_once_for_float32_points_around_all_data(ax: Axes) -> None:
    asked = []
    plots.decision_boundary(ax, lambda points: asked.append(points) or is_right(points), POINTS, CLASSES)
    (points,) = asked
    assert points.dtype == np.float32 and points.ndim == 2 and points.shape[1] == 2
    np.testing.assert_allclose([points.min(axis=0), points.max(axis=0)], [[-1.16, -0.16], [1.16, 2.16]], rtol=1e-5)
    np.testing.assert_allclose([*ax.get_xlim(), *ax.get_ylim()], [-1.16, 1.16, -0.16, 2.16])


def test_decision_boundary_puts_up_at_the_top(ax: Axes) -> None:
    plots.decision_boundary(ax, lambda points: (points[:, 1] > 1).astype(int), POINTS, CLASSES)
    left, right, bottom, top = ax.images[0].get_extent()
    assert (bottom < top, ax.images[0].origin) == (True, "lower")
    np.testing.assert_allclose(ax.images[0].get_array()[-1, 0], plots._tint(plots.COLORS[1], 0.38))


def test_decision_boundary_is_pale_where_the_model_is_unsure(ax: Axes) -> None:
    plots.decision_boundary(ax, lambda points: np.full(len(points), 0.5, "float32"), POINTS, CLASSES)
    np.testing.assert_allclose(ax.images[0].get_array()[0, 0], plots._tint(plots.COLORS[0], 0.08), atol=1e-6)
    assert len(ax.collections) == 0  # it never changes its mind


def test_decision_boundary_of_three_classes(ax: Axes) -> None:
    thirds = lambda points: np.digitize(points[:, 0], [-0.5, 0.5])  # noqa: E731
    plots.decision_boundary(ax, thirds, POINTS, CLASSES, ["a", "b", "c"])
    assert legend(ax) == ["a", "b", "c"]
    row = ax.images[0].get_array()[100]
    assert len(np.unique(row, axis=0)) == 3
    drawn(ax)


def test_decision_boundary_without_names_has_no_legend_but_all_points(ax: Axes) -> None:
    plots.decision_boundary(ax, is_right, POINTS, CLASSES)
    assert ax.get_legend() is None
    np.testing.assert_array_equal(np.concatenate([line.get_xydata() for line in ax.lines]), POINTS)


@pytest.mark.parametrize(
    ("predict", "error", "message"),
    [
        (lambda points: points[:3, 0] > 0, ValueError, r"predict\(points\): .*received shape \(3,\).*one answer"),
        (lambda points: 5 * points[:, 0], ValueError, r"probabilities from 0 to 1, received -5.*\(sigmoid\)"),
        (lambda points: np.full(len(points), np.nan), ValueError, "NaN"),
        (lambda points: np.zeros((len(points), 2, 2)), ValueError, r"received shape \(40000, 2, 2\)"),
        (lambda points: np.full(len(points), "cat"), TypeError, "expected numbers"),
        (lambda points: None, TypeError, "expected numbers"),
    ],
)
def test_decision_boundary_refuses_answers(ax: Axes, predict: Callable, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        plots.decision_boundary(ax, predict, POINTS, CLASSES)


def test_decision_boundary_refuses_points_without_classes(ax: Axes) -> None:
    with pytest.raises(ValueError, match="y: expected 2 values, one a point, received 1"):
        plots.decision_boundary(ax, is_right, POINTS, CLASSES[:1])
    with pytest.raises(ValueError, match="names: expected 2, one a class in y, received 1"):
        plots.decision_boundary(ax, is_right, POINTS, CLASSES, ["a"])


# --- confusion_matrix ---


def test_confusion_matrix_writes_rows_as_true_and_columns_as_predicted(ax: Axes) -> None:
    matrix = np.array([[50, 1, 0], [2, 30, 8], [0, 0, 20]])
    plots.confusion_matrix(ax, matrix, ["cat", "dog", "bee"])
    written = {text.get_position(): text.get_text() for text in ax.texts}
    assert written == {(column, row): str(matrix[row, column]) for row in range(3) for column in range(3)}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "true")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat", "dog", "bee"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["cat", "dog", "bee"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first class on top


def test_confusion_matrix_tells_right_from_wrong_and_marks_the_worst_mistake(ax: Axes) -> None:
    plots.confusion_matrix(ax, [[9, 1], [0, 5]], ["a", "b"])
    cells = ax.images[0].get_array()
    np.testing.assert_allclose(cells[1, 1], to_rgb(plots.COLORS[0]))
    np.testing.assert_allclose(cells[0, 1], to_rgb(plots.COLORS[1]))
    np.testing.assert_allclose(cells[1, 0], to_rgb(plots.PAPER))


@pytest.mark.parametrize("matrix", [np.diag([3, 0, 5]), np.ones((3, 3), int), np.arange(9).reshape(3, 3) ** 3])
def test_every_count_is_legible(ax: Axes, matrix: np.ndarray) -> None:
    plots.confusion_matrix(ax, matrix, ["a", "b", "c"])
    cells = ax.images[0].get_array()
    for text in ax.texts:
        column, row = text.get_position()
        assert _contrast(text.get_color(), to_hex(cells[row, column])) > 4


@pytest.mark.parametrize(
    ("matrix", "names", "error", "message"),
    [
        ([[1, 2, 3], [4, 5, 6]], ["a", "b"], ValueError, r"as many rows as columns, received shape \(2, 3\)"),
        ([[1, 2], [3, 4]], ["a"], ValueError, "class_names: expected 2 names, received 1"),
        ([[0.5, 0.5], [0.0, 1.0]], ["a", "b"], TypeError, "matrix: expected integers"),
        ([[1, -2], [3, 4]], ["a", "b"], ValueError, "integers from 0, received -2"),
        ([1, 2], ["a", "b"], ValueError, r"received shape \(2,\)"),
        (np.zeros((0, 0), int), [], ValueError, "not empty"),
    ],
)
def test_confusion_matrix_refuses(ax: Axes, matrix: Any, names: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        plots.confusion_matrix(ax, matrix, names)


# --- probabilities ---


def test_probabilities_draws_one_bar_a_class_and_marks_the_largest(ax: Axes) -> None:
    plots.probabilities(ax, np.array([0.2, 0.7, 0.1], "float32"), ["cat", "dog", "bee"])
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([0.2, 0.7, 0.1])
    assert texts(ax) == ["0.20", "0.70", "0.10"]
    weights = {label.get_text(): label.get_fontweight() for label in ax.get_yticklabels()}
    assert [name for name, weight in weights.items() if weight == "bold"] == ["dog"]
    assert [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"] == ["0.70"]
    assert len({to_hex(bar.get_facecolor()) for bar in ax.patches}) == 2
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first class on top
    assert ax.get_xlim() == (0, 1)


@pytest.mark.parametrize("names", [range(2), np.array([0, 1]), ["0", "1"]])
def test_whole_numbers_are_names_too(ax: Axes, names: Any) -> None:
    plots.probabilities(ax, [0.25, 0.75], names)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0", "1"]


@pytest.mark.parametrize(
    ("p", "names", "error", "message"),
    [
        ([[0.5, 0.5]], ["a", "b"], ValueError, r"p: expected shape \(classes,\), one .* received shape \(1, 2\)"),
        ([2.0, -1.0], ["a", "b"], ValueError, r"sum to 1, received -1 to 2.*\(softmax\)"),
        ([0.9, 0.9], ["a", "b"], ValueError, r"sum 1\.8"),
        ([np.nan, 1.0], ["a", "b"], ValueError, "p: expected finite numbers.*1 NaN"),
        ([0.5, 0.5], ["a", "b", "c"], ValueError, "class_names: expected 2 names, received 3"),
        ([], [], ValueError, "not empty"),
    ],
)
def test_probabilities_refuses(ax: Axes, p: Any, names: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        plots.probabilities(ax, p, names)


# --- What holds for all of them ---

CALLS = {
    "image_grid": (np.zeros((2, 9, 9)),),
    "class_scatter": (POINTS, CLASSES, ["a", "b"]),
    "layer_diagram": (None,),
    "connections": ([3, 2],),
    "learning_curves": (HISTORY,),
    "descent_path": (lambda w, b: w**2, [[0.0, 0.0]]),
    "function_curves": ({"tanh": np.tanh},),
    "decision_boundary": (is_right, POINTS, CLASSES),
    "confusion_matrix": ([[1, 2], [3, 4]], ["a", "b"]),
    "probabilities": ([0.5, 0.5], ["a", "b"]),
}


def test_every_public_function_is_listed_here() -> None:
    functions = [name for name, value in vars(plots).items() if getattr(value, "__module__", "") == plots.__name__]
    public = {name for name in functions if not name.startswith("_")}
    assert public == set(CALLS) | {"show", "mix"}


@pytest.mark.parametrize("name", CALLS)
def test_plots_refuse_several_axes_at_once(name: str) -> None:
    several = plt.subplots(1, 2)[1]
    with pytest.raises(TypeError, match=r"ax: expected one Axes, received ndarray of shape \(2,\)"):
        getattr(plots, name)(several, *CALLS[name])


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"layer_diagram"}))
def test_plots_return_their_axes_and_start_no_figure(name: str, ax: Axes) -> None:
    assert getattr(plots, name)(ax, *CALLS[name]) is ax
    assert plt.get_fignums() == [ax.figure.number]
    drawn(ax)


def test_layer_diagram_returns_its_axes(keras: Any, ax: Axes) -> None:
    assert plots.layer_diagram(ax, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])) is ax


def test_errors_read_expected_received_and_advice(ax: Axes) -> None:
    with pytest.raises(ValueError) as caught:
        plots.probabilities(ax, [0.9, 0.9], ["a", "b"])
    assert re.fullmatch(r"p: expected .+, received .+\. .+\.", str(caught.value))


def test_a_color_is_mixed_into_the_page_by_its_strength() -> None:
    mixed = plots.mix([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], [0.0, 1.0])

    np.testing.assert_allclose(mixed, [to_rgb(plots.PAPER), (0, 0, 1)])
