"""The shipped data is what its documentation says, and a loader notices when it is not."""

import csv
import hashlib
import inspect
import os
import shutil
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from companion import datasets, ink

DATA = datasets.FOLDER
REPOSITORY = DATA.parents[1]
BUILDERS = [
    *("digits", "fashion_mnist", "penguins", "field_notes", "bike_rentals"),
    *("spoken_digits", "generated_digits", "people_digits", "drawings", "clothes"),
]
LOADERS = [
    datasets.load_digits,
    datasets.load_fashion_mnist,
    datasets.load_penguins,
    datasets.load_bike_rentals,
    datasets.load_generated_digits,
    datasets.load_people_digits,
]
PICTURES = [(datasets.load_digits, 400, 100), (datasets.load_fashion_mnist, 1000, 200)]


def arrays_of(answer) -> dict[str, np.ndarray]:
    """The arrays of any loader's answer, by name."""
    if isinstance(answer, dict):
        return answer
    (x_train, y_train), (x_test, y_test) = answer
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return one.dtype == other.dtype and one.tobytes() == other.tobytes()


@pytest.fixture
def copied_data(tmp_path, monkeypatch):
    """The loaders read a copy that a test may damage."""
    shutil.copytree(DATA, tmp_path / "data")
    monkeypatch.setattr(datasets, "FOLDER", tmp_path / "data")
    return tmp_path / "data"


# Pictures


@pytest.mark.parametrize(("load", "train", "test"), PICTURES)
def test_pictures_have_the_documented_shapes_types_and_balance(load, train, test):
    (x_train, y_train), (x_test, y_test) = load()
    for x, y, per_class in [(x_train, y_train, train), (x_test, y_test, test)]:
        assert x.shape == (10 * per_class, 28, 28) and x.dtype == np.uint8
        assert y.shape == (10 * per_class,) and y.dtype == np.int64
        assert np.bincount(y).tolist() == [per_class] * 10
        assert x.min() == 0 and x.max() == 255
        assert x.reshape(len(x), -1).any(axis=1).all(), "a picture is empty"


@pytest.mark.parametrize(("load", "train", "test"), PICTURES)
def test_no_picture_occurs_twice(load, train, test):
    (x_train, _), (x_test, _) = load()
    assert len({x.tobytes() for x in (*x_train, *x_test)}) == 10 * (train + test)


@pytest.mark.parametrize(("load", "train", "test"), PICTURES)
def test_the_order_tells_nothing_about_the_class(load, train, test):
    for _, y in load():
        # Chi-squared over ten blocks and ten classes: 81 degrees of freedom, 99.99 % below 137.
        blocks = np.stack([np.bincount(block, minlength=10) for block in np.split(y, 10)])
        expected = len(y) / 100
        assert ((blocks - expected) ** 2 / expected).sum() < 137


def test_the_labels_belong_to_the_pictures():
    """Each training class looks like its own test class: the nearest mean picture is right."""
    for load, least in [(datasets.load_digits, 0.75), (datasets.load_fashion_mnist, 0.65)]:
        (x_train, y_train), (x_test, y_test) = load()
        means = np.stack([x_train[y_train == label].mean(axis=0).ravel() for label in range(10)])
        distances = ((x_test.reshape(len(x_test), 1, -1) - means) ** 2).sum(axis=2)
        assert (distances.argmin(axis=1) == y_test).mean() > least


def test_class_names_stand_at_their_labels():
    (x, y), _ = datasets.load_fashion_mnist()
    ink = {name: x[y == label].mean() for label, name in enumerate(datasets.FASHION_CLASSES)}
    assert len(ink) == 10
    assert min(ink, key=ink.get) == "Sandal"
    widths = {
        name: (x[y == label] > 64).any(axis=1).sum(axis=1).mean()
        for label, name in enumerate(datasets.FASHION_CLASSES)
    }
    assert min(widths, key=widths.get) == "Trouser"


def test_the_clothes_are_colour_pictures_of_dark_things_on_a_light_ground():
    names = sorted(file.stem for file in datasets.path("clothes").iterdir())
    assert names == ["ankle_boot", "bag", "dress", "pullover", "sneaker", "t_shirt", "trousers"]
    shapes = set()
    for file in datasets.path("clothes").iterdir():
        with Image.open(file) as picture:
            pixels = np.asarray(picture)
        assert pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3
        edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        assert edge.min() > 190, "a piece is cut off"
        assert 0.08 < (pixels.mean(axis=2) < 150).mean() < 0.5
        shapes.add(pixels.shape[0] > pixels.shape[1])
    assert shapes == {True, False}, "tall and wide ones"


# Tables


def test_penguins_have_the_documented_columns_and_gaps():
    penguins = datasets.load_penguins()
    kinds = {column: values.dtype.kind for column, values in penguins.items()}
    assert kinds == {
        "species": "U",
        "island": "U",
        "bill_length_mm": "f",
        "bill_depth_mm": "f",
        "flipper_length_mm": "f",
        "body_mass_g": "f",
        "sex": "U",
    }
    assert all(values.shape == (344,) for values in penguins.values())
    for column, low, high in [
        ("bill_length_mm", 30, 60),
        ("bill_depth_mm", 13, 22),
        ("flipper_length_mm", 170, 235),
        ("body_mass_g", 2500, 6500),
    ]:
        values = penguins[column]
        assert values.dtype == np.float32 and np.isnan(values).sum() == 2
        assert low < np.nanmin(values) and np.nanmax(values) < high
    sexes, counts = np.unique(penguins["sex"], return_counts=True)
    assert dict(zip(sexes.tolist(), counts.tolist(), strict=True)) == {
        "": 11,
        "FEMALE": 165,
        "MALE": 168,
    }
    species = penguins["species"].tolist()
    assert [species.count(name) for name in datasets.PENGUIN_SPECIES] == [152, 68, 124]
    assert tuple(np.unique(penguins["island"])) == datasets.PENGUIN_ISLANDS


def test_a_penguin_is_read_as_it_was_written():
    first = {column: values[0] for column, values in datasets.load_penguins().items()}
    assert first == {
        "species": "Adelie",
        "island": "Torgersen",
        "bill_length_mm": np.float32(39.1),
        "bill_depth_mm": np.float32(18.7),
        "flipper_length_mm": 181,
        "body_mass_g": 3750,
        "sex": "MALE",
    }


def test_bike_rentals_have_the_documented_columns_and_ranges():
    bikes = datasets.load_bike_rentals()
    kinds = {column: values.dtype for column, values in bikes.items()}
    words = {column for column, kind in kinds.items() if kind.kind == "U"}
    measures = {column for column, kind in kinds.items() if kind == np.float32}
    counts = {column for column, kind in kinds.items() if kind == np.int64}
    assert words == {"season", "weather"}
    assert measures == {"temperature", "feels_like", "humidity", "wind_speed"}
    assert len(counts) == 9 and len(bikes) == 15
    assert all(values.shape == (8645,) for values in bikes.values())
    assert not any(np.isnan(bikes[column]).any() for column in measures)
    ranges = {column: (bikes[column].min(), bikes[column].max()) for column in counts}
    assert ranges == {
        "month": (1, 12),
        "day_of_year": (1, 365),
        "hour": (0, 23),
        "holiday": (0, 1),
        "weekday": (0, 6),
        "working_day": (0, 1),
        "casual": (0, 272),
        "registered": (0, 567),
        "bikers": (1, 651),
    }
    assert set(bikes["season"].tolist()) == {"winter", "spring", "summer", "autumn"}
    assert set(bikes["weather"].tolist()) == {
        "clear",
        "cloudy/misty",
        "light rain/snow",
        "heavy rain/snow",
    }


def test_bike_rentals_agree_with_the_calendar_of_2011():
    bikes = datasets.load_bike_rentals()
    dates = np.datetime64("2011-01-01") + (bikes["day_of_year"] - 1)
    assert (dates.astype("datetime64[M]").astype(int) % 12 + 1 == bikes["month"]).all()
    assert ((dates.astype(int) + 4) % 7 == bikes["weekday"]).all()  # 1970-01-01 was a Thursday
    weekend = np.isin(bikes["weekday"], [0, 6])
    assert (bikes["working_day"] == (~weekend & (bikes["holiday"] == 0))).all()
    hours = bikes["day_of_year"] * 24 + bikes["hour"]
    assert (np.diff(hours) > 0).all(), "the rows are not in time order"


def test_bike_rentals_are_in_their_units():
    bikes = datasets.load_bike_rentals()
    july, january = (bikes["temperature"][bikes["month"] == month].mean() for month in (7, 1))
    assert 27 < july < 32 and -1 < january < 4  # Washington: about 27 and 2 degrees Celsius
    assert bikes["humidity"].max() == 100
    assert 30 < bikes["wind_speed"].max() < 80
    assert (bikes["casual"] + bikes["registered"] == bikes["bikers"]).all()


@pytest.mark.parametrize(
    ("file", "load"),
    [("penguins.csv", datasets.load_penguins), ("bike_rentals.csv", datasets.load_bike_rentals)],
)
def test_every_cell_of_a_table_is_the_file_s(file, load):
    table = load()
    with open(datasets.path(file), encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert list(table) == list(rows[0])
    for column, values in table.items():
        cells = [row[column] for row in rows]
        if values.dtype.kind == "f":
            expected = np.array([float(cell) if cell else np.nan for cell in cells], np.float32)
            np.testing.assert_array_equal(values, expected)
        else:
            assert [str(value) for value in values] == cells


def test_a_quoted_cell_is_read_whole(copied_data):
    file = copied_data / "penguins.csv"
    text = file.read_text("utf-8").replace("Adelie,Torgersen,", 'Adelie,"Torgersen, west",', 1)
    file.write_bytes(text.encode())
    listed = copied_data / "checksums.txt"
    lines = listed.read_text().splitlines()
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    lines = [f"{digest}  penguins.csv" if line.endswith("  penguins.csv") else line for line in lines]
    listed.write_text("\n".join(lines) + "\n")
    penguins = datasets.load_penguins()
    assert penguins["island"][0] == "Torgersen, west"
    assert penguins["bill_length_mm"][0] == np.float32(39.1)


def test_the_field_notes_are_about_the_penguins_of_the_tidy_table():
    with open(datasets.path("penguin_field_notes.csv"), encoding="utf-8", newline="") as lines:
        notes = sorted(csv.DictReader(lines), key=lambda row: row["Species"])  # the file begins Adelie, Gentoo
    penguins = datasets.load_penguins()
    assert [row["Species"].partition(" ")[0] for row in notes] == penguins["species"].tolist()
    assert [row["Island"] for row in notes] == penguins["island"].tolist()
    masses = [float(row["Body Mass (g)"].replace("NA", "nan")) for row in notes]
    np.testing.assert_array_equal(np.array(masses, np.float32), penguins["body_mass_g"])
    assert {row["Region"] for row in notes} == {"Anvers"} and {row["Stage"] for row in notes} == {"Adult, 1 Egg Stage"}
    assert all(row["Clutch Completion"] == "No" for row in notes if row["Comments"].startswith("Nest never observed"))


# Sounds


def test_spoken_digits_are_ten_folders_of_four_short_sounds():
    folder = datasets.path("spoken_digits")
    assert sorted(each.name for each in folder.iterdir()) == [str(digit) for digit in range(10)]
    for digit in folder.iterdir():
        voices = sorted(sound.stem for sound in digit.iterdir())
        assert voices == ["en_allison", "fr_june", "it_carlo", "ru_ivrvoice"]


@pytest.mark.parametrize(
    "sound",
    sorted(DATA.glob("sharealike/spoken_digits/*/*.wav")),
    ids=lambda sound: f"{sound.parent.name}-{sound.stem}",
)
def test_a_spoken_digit_is_audible_and_in_the_documented_format(sound):
    with wave.open(str(sound)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, 8000)
        samples = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2")
    assert 0.2 < len(samples) / 8000 < 1.0
    assert 5000 < np.abs(samples.astype(int)).max() < 32767, "silent or clipped"
    assert sound.stat().st_size == 44 + 2 * len(samples), "more than the plain header"


def test_keras_reads_the_folder_of_sounds():
    import keras

    sounds = keras.utils.audio_dataset_from_directory(
        datasets.path("spoken_digits"),
        batch_size=None,
        output_sequence_length=8000,
        shuffle=False,
        verbose=False,
    )
    assert sounds.class_names == [str(digit) for digit in range(10)]
    clips, labels = zip(*sounds.as_numpy_iterator(), strict=True)
    assert np.bincount(labels).tolist() == [4] * 10
    assert {clip.shape for clip in clips} == {(8000, 1)}
    assert all(0.1 < np.abs(clip).max() <= 1 for clip in clips)


# Digits that a synthesizer says


def test_generated_digits_have_the_documented_shapes_and_order():
    clips = datasets.load_generated_digits()
    assert {name: (values.shape, values.dtype.kind) for name, values in clips.items()} == {
        "sound": ((1720, 8000), "f"),
        "digit": ((1720,), "i"),
        "voice": ((1720,), "U"),
        "accent": ((1720,), "U"),
    }
    assert clips["sound"].dtype == np.float32 and clips["digit"].dtype == np.int64
    assert clips["digit"].tolist() == [digit for _ in range(86) for digit in range(10) for _ in range(2)]
    voices = clips["voice"].reshape(86, 20)
    assert (voices == voices[:, :1]).all() and sorted(voices[:, 0].tolist()) == voices[:, 0].tolist()
    assert len(set(voices[:, 0].tolist())) == 86 and len(set(clips["accent"].tolist())) == 8


def test_a_generated_digit_is_a_word_and_then_silence():
    sound = datasets.load_generated_digits()["sound"]
    peaks = np.abs(sound).max(axis=1)
    assert (0.85 < peaks).all() and (peaks < 0.95).all()
    ends = sound.shape[1] - (sound[:, ::-1] != 0).argmax(axis=1)
    assert 0.1 * 8000 < ends.min() and (ends < 8000).mean() > 0.99
    assert all(not row[end:].any() for row, end in zip(sound, ends, strict=True))
    assert all(np.abs(row[:400]).max() > 0.01 for row in sound), "a word begins late"


def test_no_generated_digit_occurs_twice_and_takes_differ_in_accent():
    clips = datasets.load_generated_digits()
    assert len({row.tobytes() for row in clips["sound"]}) == 1720
    assert (clips["accent"][::2] != clips["accent"][1::2]).all()


def test_the_stored_sound_is_unpacked_by_the_formula_of_mu_law():
    with np.load(datasets.path("generated_digits.npz")) as stored:
        packed, lengths = stored["sound"], stored["length"].astype(int)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    sound = datasets.load_generated_digits()["sound"]
    for row in (0, 1, 777, 1719):
        level = packed[starts[row] : starts[row + 1]] / 127.5 - 1
        expected = np.sign(level) * np.expm1(np.abs(level) * np.log(256)) / 255
        np.testing.assert_allclose(sound[row, : lengths[row]], expected, atol=1e-6)


# Digits that people say


def test_people_digits_have_the_documented_shapes_and_balance():
    people = datasets.load_people_digits()
    assert {name: (values.shape, values.dtype.name) for name, values in people.items()} == {
        "mfcc": ((3000, 41, 13), "float32"),
        "frames": ((3000,), "int64"),
        "digit": ((3000,), "int64"),
        "person": ((3000,), "int64"),
    }
    table = np.zeros((10, 6), int)
    np.add.at(table, (people["digit"], people["person"]), 1)
    assert (table == 50).all()
    assert (people["frames"].min(), people["frames"].max()) == (6, 41)


def test_after_a_person_s_word_comes_silence_80_decibels_below_its_peak():
    people = datasets.load_people_digits()
    angles = np.pi * np.arange(13) * (np.arange(128)[:, None] + 0.5) / 128
    cosines = np.cos(angles) * np.sqrt(np.where(np.arange(13) == 0, 1, 2) / 128)
    for row in (0, 1, 1234, 2999):
        decibels = people["mfcc"][row] @ cosines.T
        frames = people["frames"][row]
        assert frames < 41
        np.testing.assert_allclose(decibels[frames:], decibels[:frames].max() - 80, atol=0.01)


def test_recordings_of_one_person_sound_alike():
    """The nearest other recording of the same digit, by the average of its frames, is nearly always of the same person."""
    people = datasets.load_people_digits()
    inside = np.arange(41) < people["frames"][:, None]
    averages = (people["mfcc"] * inside[..., None]).sum(axis=1) / people["frames"][:, None]
    for digit in range(10):
        rows = people["digit"] == digit
        marks, who = averages[rows] / averages[rows].std(axis=0), people["person"][rows]
        away = ((marks[:, None] - marks) ** 2).sum(axis=2)
        np.fill_diagonal(away, np.inf)
        assert (who[away.argmin(axis=1)] == who).mean() > 0.95


# Loading


@pytest.mark.parametrize("load", LOADERS)
def test_what_a_learner_changes_never_reaches_the_next_call(load):
    before = {name: values.copy() for name, values in arrays_of(load()).items()}
    for values in arrays_of(load()).values():
        values[:] = "x" if values.dtype.kind == "U" else 7
    after = arrays_of(load())
    assert list(before) == list(after)
    assert all(same(before[name], after[name]) for name in before)


@pytest.mark.parametrize("load", LOADERS)
def test_loading_again_is_quick(load):
    load()
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        load()
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.05


def test_importing_the_loaders_imports_neither_tensorflow_nor_pandas():
    code = (
        "import sys; from companion import datasets; datasets.load_digits(); datasets.load_penguins(); "
        "print(sorted({'tensorflow', 'keras', 'pandas', 'matplotlib'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY, check=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("digits.npz", "sharealike/digits.npz"),
        ("fashion_mnist.npz", "fashion_mnist.npz"),
        ("penguins.csv", "penguins.csv"),
        ("penguin_field_notes.csv", "penguin_field_notes.csv"),
        ("bike_rentals.csv", "bike_rentals.csv"),
        ("spoken_digits", "sharealike/spoken_digits"),
        ("clothes", "clothes"),
        ("generated_digits.npz", "generated_digits.npz"),
        ("people_digits.npz", "sharealike/people_digits.npz"),
    ],
)
def test_path_leads_to_the_shipped_file(name, place):
    assert datasets.path(name) == DATA / place
    assert datasets.path(name).exists()


# Bad input


@pytest.mark.parametrize("function", [datasets.path, datasets.source])
@pytest.mark.parametrize("name", ["penguin", "", "../datasets.py", "PENGUINS.CSV"])
def test_an_unknown_name_is_answered_with_the_known_ones(function, name):
    with pytest.raises(ValueError) as error:
        function(name)
    message = str(error.value)
    assert "expected one of" in message and f'received "{name}"' in message
    assert "penguins" in message and "spoken_digits" in message


@pytest.mark.parametrize("function", [datasets.path, datasets.source])
@pytest.mark.parametrize("name", [None, 3, ["penguins"], Path("penguins.csv")])
def test_a_name_that_is_no_text_is_refused(function, name):
    with pytest.raises(TypeError, match=r"expected a name \(str\), received .*; use one of"):
        function(name)


@pytest.mark.parametrize("load", LOADERS[:2])
@pytest.mark.parametrize("full", ["yes", 1, None, np.array([True, False])])
def test_full_is_true_or_false(load, full):
    with pytest.raises(TypeError, match="expected True or False, received .*full=True"):
        load(full=full)


# Damage


def damage_nothing_but_one_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def empty(file: Path) -> None:
    file.write_bytes(b"")


READERS = [
    ("sharealike/digits.npz", datasets.load_digits),
    ("fashion_mnist.npz", datasets.load_fashion_mnist),
    ("penguins.csv", datasets.load_penguins),
    ("bike_rentals.csv", datasets.load_bike_rentals),
    ("drawings.json", datasets.load_drawings),
    ("drawings.json", datasets.drawing_strokes),
    ("penguins.csv", lambda: datasets.path("penguins.csv")),
    ("sharealike/spoken_digits/7/it_carlo.wav", lambda: datasets.path("spoken_digits")),
]


@pytest.mark.parametrize("damage", [damage_nothing_but_one_byte, cut_short, empty])
@pytest.mark.parametrize(("file", "read"), READERS)
def test_a_damaged_file_is_named_with_the_way_out(copied_data, file, read, damage):
    read()  # also once a sound copy was loaded in the same session
    damage(copied_data / file)
    with pytest.raises(ValueError) as error:
        read()
    message = str(error.value)
    assert str(copied_data / file) in message and "is damaged" in message
    assert "expected SHA-256" in message and "received" in message
    assert "git checkout -- companion/data" in message


@pytest.mark.parametrize(("file", "read"), READERS)
def test_a_missing_file_is_named_with_the_way_out(copied_data, file, read):
    (copied_data / file).unlink()
    with pytest.raises(FileNotFoundError) as error:
        read()
    assert str(copied_data / file) in str(error.value)
    assert "git checkout -- companion/data" in str(error.value)


def test_without_a_readable_list_of_checksums_nothing_is_loaded(copied_data):
    listed = copied_data / "checksums.txt"
    listed.write_bytes(b"\xff\x00 nonsense\n")
    with pytest.raises(ValueError, match="checksums.txt does not list it"):
        datasets.load_digits()
    listed.unlink()
    with pytest.raises(FileNotFoundError, match="checksums.txt"):
        datasets.load_digits()


# The whole public sets


@pytest.mark.parametrize(
    ("load", "keras_name"),
    [(datasets.load_digits, "mnist"), (datasets.load_fashion_mnist, "fashion_mnist")],
)
def test_full_hands_on_the_public_set_with_the_shipped_types(load, keras_name, monkeypatch):
    import keras

    x, y = np.zeros((3, 28, 28), np.uint8), np.array([1, 0, 2], np.uint8)
    monkeypatch.setattr(getattr(keras.datasets, keras_name), "load_data", lambda: ((x, y), (x[:1], y[:1])))
    arrays = arrays_of(load(full=True))
    assert arrays["x_train"].shape == (3, 28, 28) and arrays["x_test"].shape == (1, 28, 28)
    assert arrays["x_train"].dtype == np.uint8 and arrays["y_train"].dtype == np.int64
    assert arrays["y_train"].tolist() == [1, 0, 2] and arrays["y_test"].tolist() == [1]


def test_full_without_the_internet_names_the_shipped_set(tmp_path):
    code = """
import socket
def refuse(*_, **__):
    raise OSError("the network is cut")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from companion import datasets
for load in (datasets.load_digits, datasets.load_fashion_mnist):
    try:
        load(full=True)
    except ConnectionError as error:
        print("ANSWER", error)
"""
    environment = {**os.environ, "KERAS_HOME": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY, env=environment
    )
    answers = [line for line in result.stdout.splitlines() if "ANSWER" in line]
    assert len(answers) == 2, result.stderr
    for answer, loader in zip(answers, ["load_digits", "load_fashion_mnist"], strict=True):
        assert f"{loader}(full=True): expected to download" in answer
        assert "the network is cut" in answer
        assert f"use the shipped set: {loader}()" in answer


def test_a_fault_of_another_kind_is_not_blamed_on_the_internet(monkeypatch):
    import keras

    def fail():
        raise ValueError("something else")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", fail)
    with pytest.raises(ValueError, match="something else"):
        datasets.load_digits(full=True)


# Provenance


def shipped() -> list[str]:
    """Every file of the data folder but the texts about them, as `checksums.txt` writes it."""
    files = (file for file in DATA.rglob("*") if file.is_file())
    return sorted(
        file.relative_to(DATA).as_posix()
        for file in files
        if file.suffix != ".md" and file.name != "checksums.txt"
    )


def listed() -> dict[str, str]:
    lines = (DATA / "checksums.txt").read_text("ascii").splitlines()
    return {file: digest for digest, file in (line.split("  ") for line in lines)}


def test_every_shipped_file_is_listed_and_nothing_else():
    assert list(listed()) == shipped()


@pytest.mark.parametrize("file", listed())
def test_a_shipped_file_has_its_checksum(file):
    assert hashlib.sha256((DATA / file).read_bytes()).hexdigest() == listed()[file]


def test_the_data_stays_small():
    assert sum((DATA / file).stat().st_size for file in shipped()) < 15_000_000


def readme_row(place: str) -> list[str]:
    rows = (DATA / "README.md").read_text("utf-8").splitlines()
    (row,) = [row for row in rows if row.startswith(f"| `{place}` |")]
    return [cell.strip() for cell in row.strip("|").split("|")]


@pytest.mark.parametrize(
    ("place", "name", "licences"),
    [
        ("sharealike/digits.npz", "digits", ["CC BY-SA 3.0"]),
        ("fashion_mnist.npz", "fashion_mnist", ["MIT"]),
        ("penguins.csv", "penguins", ["CC0 1.0"]),
        ("penguin_field_notes.csv", "penguin_field_notes", ["CC0 1.0"]),
        ("bike_rentals.csv", "bike_rentals", ["CC BY 4.0"]),
        ("sharealike/spoken_digits/", "spoken_digits", ["CC BY-SA 3.0", "CC BY 3.0"]),
    ],
)
def test_readme_and_source_give_the_same_licence(place, name, licences):
    _, what, rows, package, authors, licence, changes = readme_row(place)
    assert all([what, rows, package, authors, changes])
    line = datasets.source(name)
    assert "\n" not in line
    for each in licences:
        assert each in licence and each in line
    loader = getattr(datasets, f"load_{name}", None)
    if loader:
        assert f"Licence: {licences[0]}." in inspect.getdoc(loader)


def test_every_shipped_file_stands_in_the_readme():
    rows = (DATA / "README.md").read_text("utf-8").splitlines()
    places = [row.split("`")[1] for row in rows if row.startswith("| `") and "| CC" in row or "| MIT" in row]
    for file in shipped():
        assert any(file == place or file.startswith(place) for place in places), file


def test_sharealike_files_lie_apart_with_their_licence():
    licence = (DATA / "sharealike" / "LICENSE.md").read_text("utf-8")
    apart = [file.removeprefix("sharealike/") for file in shipped() if file.startswith("sharealike/")]
    for file in apart:
        parts = file.split("/")
        pattern = file if len(parts) == 1 else f"{parts[0]}/*/{parts[2]}"
        assert f"`{pattern}`" in licence, file
    together = [file for file in shipped() if not file.startswith("sharealike/")]
    places = {f"{file.partition('/')[0]}/" if "/" in file else file for file in together}
    assert all("SA" not in readme_row(place)[5] for place in places)


def test_units_of_every_column_are_documented():
    documents = {
        datasets.load_penguins: ["in mm", "in g", "NaN in 2 rows", '"" in 11 rows'],
        datasets.load_bike_rentals: ["degrees Celsius", "per cent", "km/h", "0 to 23", "0 Sunday"],
    }
    for load, units in documents.items():
        text = inspect.getdoc(load)
        assert all(f"| {column} | " in text for column in load())
        assert all(unit in text for unit in units)


@pytest.mark.parametrize("name", BUILDERS)
def test_building_a_set_again_gives_the_same_bytes(name, tmp_path):
    result = subprocess.run(
        [sys.executable, REPOSITORY / "tests" / "build_data", "--into", tmp_path, name],
        capture_output=True,
        text=True,
    )
    if result.returncode == 3:
        pytest.skip(result.stderr.strip())
    assert result.returncode == 0, result.stderr
    built = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert built
    for file in built:
        original = DATA / file.relative_to(tmp_path)
        if file.suffix == ".npz":
            with np.load(file) as new, np.load(original) as old:
                assert list(new) == list(old)
                assert all(same(new[key], old[key]) for key in old)
        if sys.platform == "linux":
            assert file.read_bytes() == original.read_bytes(), file.name


def test_building_an_unknown_set_names_the_known_ones(tmp_path):
    result = subprocess.run(
        [sys.executable, REPOSITORY / "tests" / "build_data", "--into", tmp_path, "cars"],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2
    assert "received cars" in result.stderr and "penguins" in result.stderr


def test_drawings_have_the_documented_shape_and_order():
    drawings, digits = datasets.load_drawings()
    assert drawings.shape == (20, 280, 280) and drawings.dtype == np.uint8
    assert digits.dtype == np.int64 and digits.tolist() == [*range(10), *range(10)]
    heights = [np.ptp(np.flatnonzero(drawing.any(axis=1))) for drawing in drawings]
    assert min(heights[:10]) > 150 and max(heights[10:]) < 125
    assert not drawings[:, [0, -1], :].any() and not drawings[:, :, [0, -1]].any()  # none leaves the pad


def test_the_strokes_are_those_of_the_drawings():
    drawings, digits = datasets.load_drawings()
    drawn = datasets.drawing_strokes()
    assert [digit for digit, _ in drawn] == digits.tolist()
    assert all(np.array_equal(ink.picture(strokes), drawing) for (_, strokes), drawing in zip(drawn, drawings))


def test_a_drawing_is_nearest_to_digits_of_its_own_kind():
    (x, y), _ = datasets.load_digits()
    drawings, digits = datasets.load_drawings()
    centred = np.stack([ink.like_mnist(drawing) for drawing in drawings]).astype("float32").reshape(20, -1)
    rows = x.reshape(len(x), -1).astype("float32")
    distances = (centred**2).sum(1)[:, None] - 2 * centred @ rows.T + (rows**2).sum(1)
    assert (y[distances.argmin(axis=1)] == digits).sum() >= 17
