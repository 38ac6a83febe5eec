"""Exercises of notebook 08, recognize speech: from sound to digits, on voices that nobody trained on."""

import functools
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from companion import datasets, expect, messages
from companion.expect import Stopped, Unexpected
from companion.feedback import Exercise, Misconception

SPLIT = "8.2 Step 1: hear, see and split the recordings"
DATASETS = "8.3 Step 1, once more: the datasets"
EAR = "8.4 Step 2: an ear"
LAYERS = "8.5 Step 3: add the layers that listen"
TRAIN = "8.6 Steps 4 and 5: compile and train"
FLATTERS = "8.7 A random split flatters"
OWN_WORD = "8.10 Your own word"
ONE_ROW, BEND = "6.2 Pass in data, get results", "3.5 Without a bend, deep is shallow"
PAIRS, ORDER = "1.2 A dataset from arrays", "1.5 Order matters"

CLIPS, RATE, DIGITS, VOICES, EACH = 1720, 8000, 10, 86, 20
FEWEST_VOICES = 10  # for validation and for the test
PARTS = ("train", "validation", "test")


@functools.cache
def _clips() -> SimpleNamespace:
    """What the file says of each clip, voices and accents as numbers, and how to find a clip by its sound."""
    clips = datasets.load_generated_digits()
    names, voice = np.unique(clips["voice"], return_inverse=True)
    accents, accent = np.unique(clips["accent"], return_inverse=True)
    return SimpleNamespace(
        digit=clips["digit"],
        voice=voice,
        names=frozenset(names.tolist()),
        accent=accent,
        accents=frozenset(accents.tolist()),
        number_of={hash(sound.tobytes()): number for number, sound in enumerate(clips["sound"])},  # no two are the same
        peak=float(np.abs(clips["sound"][0]).max()),  # the same for every clip
        some=clips["sound"][200:220],  # one voice, each digit twice
    )


def _count(number: int, word: str) -> str:
    """Say how many: "1 voice", "3 voices"."""
    return f"{number:,} {word}" + "s" * (number != 1)


def _torn(parts: list[np.ndarray]) -> list[int]:
    """The voices that have clips in more than one of these parts, each given by row numbers."""
    voices = [set(_clips().voice[part].tolist()) for part in parts]
    return sorted(voice for voice in range(VOICES) if sum(voice in some for some in voices) > 1)


def _voices_in(rows: np.ndarray) -> int:
    return len(set(_clips().voice[rows].tolist()))


# --- Split by voice ---


def _selection(value: object, name: str) -> tuple[str, np.ndarray]:
    """Return what was handed in, in a word ("rows" if it is right), and the numbers of the rows that it selects."""
    if isinstance(value, slice):
        return "rows", np.arange(CLIPS)[value]
    if isinstance(value, dict):
        return "cut out", np.zeros(0, int)
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]  # what `np.where` and `np.nonzero` return; it selects the same rows
    no_selection = type(value).__name__ if isinstance(value, (set, frozenset, tuple)) else ""
    if no_selection or isinstance(value, range):
        value = list(value)
    words = _words(value)
    if words:
        return words, np.zeros(0, int)
    if no_selection:
        raise Unexpected(
            f"`{name}` to be a mask or an array of row numbers",
            f"a {no_selection}",
            f'A {no_selection} cannot select rows: `clips["sound"][{name}]` would stop with an error.',
            "Make it a list or an array.",
        )
    if isinstance(value, (list, np.ndarray)) and len(np.shape(value)) and np.size(value) == 0:
        return "rows", np.zeros(0, int)
    numbers = expect.array(value, name)
    if numbers.ndim == 2 and numbers.shape[1] == RATE:
        return "cut out", np.zeros(0, int)
    if numbers.dtype == bool and numbers.shape == (VOICES,):
        return "mask of voices", np.zeros(0, int)
    if numbers.dtype == bool and numbers.shape == (CLIPS,):
        return "rows", np.flatnonzero(numbers)
    if numbers.dtype != bool and numbers.shape == (CLIPS,) and set(np.unique(numbers).tolist()) <= {0, 1}:
        return "mask of numbers", np.zeros(0, int)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        raise Unexpected(
            f"`{name}` to be a mask of {CLIPS:,} times `True` or `False`, or an array of row numbers",
            f"an array of shape `{numbers.shape}` and dtype `{numbers.dtype}`",
            'Only these two can select rows: `clips["sound"][train]`.',
            "Print its shape and its dtype, and compare them with those of a mask that you make by hand.",
        )
    if len(numbers) > DIGITS and 0 <= numbers.min() and numbers.max() < DIGITS:
        return "digits", np.zeros(0, int)
    outside = (numbers < -CLIPS) | (numbers >= CLIPS)
    if outside.any():
        raise Unexpected(
            f"row numbers from 0 to {CLIPS - 1} in `{name}`",
            f"the number {numbers[outside][0]}",
            'There is no such clip, so `clips["sound"][train]` would stop with an error.',
            f"Count the rows from 0; the file has {CLIPS:,} of them.",
        )
    return "rows", numbers.astype("int64") % CLIPS


def _words(value: object) -> str:
    """Whether a value is names of voices or of accents, in whatever form; "" for anything else."""
    try:
        said = set(np.ravel(np.asarray(value)).tolist())
    except Exception:
        return ""
    if not said or not all(isinstance(word, (str, bytes)) for word in said):
        return ""
    said = {word.decode(errors="replace") if isinstance(word, bytes) else word for word in said}
    return "voices" if said <= _clips().names else "accents" if said <= _clips().accents else ""


def _observe_split(train: object, validation: object, test: object) -> SimpleNamespace:
    """Which clips are in which part, and what is torn: voices, digits, accents."""
    it = SimpleNamespace(form="rows", name="", empty="", twice=0, voice_numbers=False)
    parts = []
    for name, value in zip(PARTS, (train, validation, test), strict=True):
        form, rows = _selection(value, name)
        if form != "rows":
            it.form, it.name = form, name
            return it
        it.empty = it.empty or name * (len(rows) == 0)
        it.twice += len(rows) - len(set(rows.tolist()))
        parts.append(np.unique(rows))
    if it.empty:
        return it
    clips, sizes = _clips(), [len(part) for part in parts]
    every = np.concatenate(parts)
    it.voice_numbers = len(every) == VOICES and np.array_equal(np.sort(every), np.arange(VOICES))
    it.both = len(every) - len(set(every.tolist()))
    it.one_for_two = np.array_equal(parts[1], parts[2])
    it.neither = CLIPS - len(set(every.tolist()))
    it.torn = len(_torn(parts))
    it.by_digit = _whole(clips.digit, parts) and it.torn > 0
    it.by_accent = _whole(clips.accent, parts) and it.torn > 0
    it.in_pieces = all(len(part) == part[-1] - part[0] + 1 for part in parts) and it.torn > 0
    it.train, it.validation, it.test = (_voices_in(part) for part in parts)
    it.few = next((name for name in PARTS[1:] if getattr(it, name) < FEWEST_VOICES), "")
    it.few_voices = _count(getattr(it, it.few), "voice") if it.few else ""
    it.train_share = sizes[0] / CLIPS
    return it


def _whole(kind: np.ndarray, parts: list[np.ndarray]) -> bool:
    """Whether all clips of one kind are in one part, for every kind."""
    kinds = [set(kind[part].tolist()) for part in parts]
    return sum(map(len, kinds)) == len(set().union(*kinds)) == len(set(kind.tolist()))


def _check_split(it: SimpleNamespace) -> None:
    """Nothing is left: every clip is in one part, every voice in one, and each part has enough of them."""


split_by_voice = Exercise(
    name="step8.split_by_voice",
    title="Split by voice",
    task="Divide the 1,720 clips into three parts: `train`, `validation` and `test`. Each is a mask of `True` and "
    "`False`, or an array of row numbers. Every clip is in exactly one part, and so is every voice, with all its "
    "clips; at least half of the 86 voices are in `train`, at least 10 each in `validation` and in `test`.",
    answers=["train", "validation", "test"],
    lesson=SPLIT,
    observe=_observe_split,
    misconceptions=[
        Misconception(
            name="the clips instead of their rows",
            seen=lambda it: it.form == "cut out",
            did="Your `{name}` holds the clips themselves, not the numbers of their rows.",
            follows="Sound, digit and voice stand in arrays of their own, and only row numbers or a mask can pick the "
            "same clips from all of them.",
            change="Leave the sounds where they are, and divide the rows.",
            lesson=SPLIT,
        ),
        Misconception(
            name="names of voices instead of rows",
            seen=lambda it: it.form == "voices",
            did="Your `{name}` holds names of voices.",
            follows='You divided the right things; but an array cannot be asked for "Alicia". What picks her clips is '
            "a mask that is `True` in her rows.",
            change='Compare `clips["voice"]` with your names: which rows belong to one of them?',
            lesson=SPLIT,
        ),
        Misconception(
            name="numbers of voices instead of rows",
            seen=lambda it: it.voice_numbers,
            did="Your three parts hold the numbers 0 to 85, each once, as if they were to count the 86 voices.",
            follows="Taken for row numbers they pick the first 86 clips of the file, four voices and a piece of a "
            "fifth, and leave 1,634 clips out.",
            change="Go on from the voices in each part to all the rows of these voices.",
            lesson=SPLIT,
        ),
        Misconception(
            name="names of accents instead of rows",
            seen=lambda it: it.form == "accents",
            did="Your `{name}` holds names of accents.",
            follows="They pick no rows; and each voice speaks in five or more of the eight accents, so a split by "
            "accent would put the same voice into several parts.",
            change="Divide the voices, and find the rows of each.",
            lesson=SPLIT,
        ),
        Misconception(
            name="digits instead of rows",
            seen=lambda it: it.form == "digits",
            did="Your `{name}` holds nothing but numbers from 0 to 9: the labels of clips, it seems.",
            follows="Taken for row numbers they pick the first ten clips of the file, all of one voice, again and "
            "again.",
            change="Keep the numbers of the rows, and look the digits up with them later.",
            lesson=SPLIT,
        ),
        Misconception(
            name="a mask of numbers",
            seen=lambda it: it.form == "mask of numbers",
            did="Your `{name}` is a mask of 1,720 numbers, 0 and 1, where `True` and `False` are needed.",
            follows="NumPy takes whole numbers for row numbers, so this would pick rows 0 and 1 again and again, "
            "without any error; decimal numbers it refuses.",
            change="Leave the mask as the comparison made it, or give it back its type `bool`.",
            lesson=SPLIT,
        ),
        Misconception(
            name="a mask of voices",
            seen=lambda it: it.form == "mask of voices",
            did="Your `{name}` is a mask with 86 entries, one for each voice.",
            follows="It says which voices belong to the part, and that is half of the way; the clips have 1,720 rows, "
            "and a mask for them needs an entry for each.",
            change="Give each clip the entry of its voice.",
            lesson=SPLIT,
        ),
        Misconception(
            name="an empty part",
            seen=lambda it: bool(it.empty),
            did="Your `{empty}` selects no clip.",
            follows="Nothing can be learned or measured on an empty part; a name that is spelled differently than in "
            "the file ends like this, and so does a slice behind the end of an array.",
            change="Count the clips of each part with `len` or `sum`, and find where they are lost.",
            lesson=SPLIT,
        ),
        Misconception(
            name="drawn with replacement",
            seen=lambda it: it.twice > 0,
            did="You select some clips more than once: {twice} places in your parts are taken by a clip that the same "
            "part holds already.",
            follows="Such a clip counts twice in training and in the accuracy.",
            change="Put the voices in a random order and cut that order, in place of drawing one after the other.",
            lesson=SPLIT,
        ),
        Misconception(
            name="one part for validation and test",
            seen=lambda it: it.one_for_two,
            did="Your `validation` and your `test` are the same clips.",
            follows="During training you look at the validation again and again, and choose by it. A test on the same "
            "clips can only repeat that number; no voice is left that had no say in your choices.",
            change="Keep some voices for the test alone.",
            lesson=SPLIT,
        ),
        Misconception(
            name="clips in two parts",
            seen=lambda it: it.both > 0,
            did="Your parts overlap: {both} times a clip of one part is in another one, too.",
            follows="What a network has learned from, it may know by heart, and a test with it tells nothing about "
            "new voices.",
            change="Let each part begin where the one before it ends, or draw all three from one order of the voices.",
            lesson=SPLIT,
        ),
        Misconception(
            name="clips in no part",
            seen=lambda it: it.neither > 0,
            did="You leave clips out; in none of the three parts: {neither:,} of 1,720.",
            follows="Training data are precious here, and a voice that nobody hears teaches nothing.",
            change="See that the three parts have 1,720 clips together, and 86 voices.",
            lesson=SPLIT,
        ),
        Misconception(
            name="split by digit",
            seen=lambda it: it.by_digit,
            did="You divide by digit: each of the ten words is in one part only.",
            follows="The network would never hear in training what it is tested on, and cannot know a word that it "
            "has never heard; and each voice stands in several parts.",
            change="Divide those who speak, not what they say.",
            lesson=SPLIT,
        ),
        Misconception(
            name="split by accent",
            seen=lambda it: it.by_accent,
            did="You divide by accent; voices that are in more than one part now: {torn} of 86.",
            follows="An accent is the way a word is pronounced, and each voice speaks in several of them. So the "
            "network knows the voices of the test from its training.",
            change="Divide by the column that says who speaks.",
            lesson=SPLIT,
        ),
        Misconception(
            name="a voice cut in two",
            seen=lambda it: it.in_pieces,
            did="You cut the file into three pieces, and a cut goes right through a voice. Voices with clips on both "
            "sides of a cut: {torn}.",
            follows="The file is sorted by voice, with 20 clips each, so a cut in the middle of them leaks a voice "
            "from training into validation or test.",
            change="Move the cuts to places where one voice ends and the next begins.",
            lesson=SPLIT,
        ),
        Misconception(
            name="clips divided, not voices",
            seen=lambda it: it.torn > 0,
            did="You divide single clips, not voices. Voices that are in more than one part: {torn} of 86.",
            follows="In validation and test the network then meets voices that it was trained on, and its accuracy "
            "there tells more about them than about somebody new: such a split flatters.",
            change="Let chance choose voices, and let each take all its clips along.",
            lesson=FLATTERS,
        ),
        Misconception(
            name="few voices to judge by",
            seen=lambda it: bool(it.few),
            did="Your `{few}` has {few_voices}.",
            follows="Clips of one voice succeed or fail together, so what counts here is the number of voices: with "
            "so few of them the accuracy is a matter of luck.",
            change="Give `validation` and `test` at least 10 voices each.",
            lesson=SPLIT,
        ),
        Misconception(
            name="few voices to learn from",
            seen=lambda it: it.train < VOICES / 2,
            did="Your `train` has {train} of the 86 voices, and the other two parts have {validation} and {test}.",
            follows="The more voices a network hears, the better it tells what is the word and what is the voice; "
            "these could teach it more than they do now.",
            change="Give the largest part to training, at least half of the voices.",
            lesson=SPLIT,
        ),
    ],
    check_observed=_check_split,
    hints=[
        'Forget the clips at first: `np.unique(clips["voice"])` gives 86 names, and these are to be divided.',
        "Put the 86 names in a random order with a seed and cut that order twice. Then ask of each clip whether its "
        "voice is among the names of a part.",
        '`np.isin(clips["voice"], some_names)` is a mask of the 1,720 clips: `True` where the voice is one of '
        "`some_names`.",
    ],
    solution_code="""
voices = np.random.default_rng(0).permutation(np.unique(clips["voice"]))
train = np.isin(clips["voice"], voices[:60])
validation = np.isin(clips["voice"], voices[60:72])
test = np.isin(clips["voice"], voices[72:])
""",
    right="{train} voices to learn from, {validation} to choose by, {test} for the test, and nobody is in two parts. "
    "What the network will say about the test, it says about voices that it has never heard.",
)

# --- Load the clips ---

LONGEST_PASS = 2 * CLIPS  # clips that are read before a dataset is taken to go on for ever
NEAR = 300  # a buffer of this size or less: no clip comes that many places earlier than in the file
MIXED = 0.6  # of the voices that a batch would hold if all clips were mixed: 0.5 with a buffer of 100 clips


def _read(value: object, name: str, use: Callable[[np.ndarray], Any] = len) -> SimpleNamespace:
    """One pass over a dataset of pairs (sound, digit): which clips it hands out, in which batches, with which labels.

    `form` says in a word what is wrong with the elements, "" if nothing is. `use` is called on the sounds of each
    batch; what it returns is kept in `used`.
    """
    it = SimpleNamespace(name=name, form="", shape="", peak=0.0, rows=[], sizes=[], labels=[], used=[])
    data = expect.dataset(value, name)
    it.form = _wrong_form(expect.batches(data, name, most=1)[0], it)
    if it.form:
        return it
    with expect.using(f"`{name}` was read"):
        for element in data.as_numpy_iterator():
            sound = np.ascontiguousarray(element[0], "float32")
            it.rows.append(np.array([_clips().number_of.get(hash(row.tobytes()), -1) for row in sound]))
            it.labels.append(np.asarray(element[1]))
            it.sizes.append(len(sound))
            if -1 in it.rows[-1]:
                it.form, it.peak = "samples", float(np.abs(sound[it.rows[-1] < 0]).max())
                return it
            if sum(it.sizes) > LONGEST_PASS:
                it.form = "endless"
                return it
            it.used.append(use(sound))
    it.batches, it.rows, it.labels = it.rows, np.concatenate(it.rows), np.concatenate(it.labels)
    it.again = len(it.rows) - len(set(it.rows.tolist()))
    return it


def _wrong_form(element: Any, it: SimpleNamespace) -> str:
    """What is wrong with the first element of a dataset, in a word; its shape is noted, too."""
    sound, label = expect.pair(element, it.name)
    if isinstance(sound, dict) or isinstance(label, dict):
        raise Unexpected(
            f"a tensor of sounds and a tensor of digits in each element of `{it.name}`",
            "a dictionary",
            "The network has one input, and takes it as one tensor.",
            'Hand on `clips["sound"]` and `clips["digit"]`, cut to your rows, in place of all of `clips`.',
            PAIRS,
        )
    sound, label = np.asarray(sound), np.asarray(label)
    it.shape, it.label_shape = str(sound.shape), str(label.shape)
    if label.shape[-1:] == (RATE,):
        return "labels first"
    sound = expect.array(sound, f"{it.name}, the sounds")
    forms = {(1, RATE): "single", (2, 1): "single", (3, RATE): "twice", (3, 1): "channel"}
    if sound.ndim != 2 or sound.shape[1] != RATE:
        form = forms.get((sound.ndim, sound.shape[-1] if sound.ndim else 0), "")
        if form and RATE in sound.shape:
            return form
        raise Unexpected(
            f"waveforms of shape `(batch, {RATE})` in `{it.name}`",
            f"shape `{it.shape}`",
            "The network is to hear the clips as they are; whatever is made of them, its first layers will make.",
            'Hand `clips["sound"]` to the dataset, cut to your rows and nothing else.',
        )
    if label.dtype.kind in "OSU":
        return "words"
    if label.shape == (len(sound), DIGITS) and np.all((label == 0) | (label == 1)) and np.all(label.sum(axis=1) == 1):
        return "one-hot"
    if label.shape == (len(sound), 1):
        return "column"
    if label.shape == (len(sound),) and label.dtype.kind == "f":
        return "decimals"
    if label.shape != (len(sound),) or label.dtype.kind not in "iu":
        raise Unexpected(
            f"one whole number for each clip as the label in `{it.name}`",
            f"labels of shape `{it.label_shape}` and dtype `{label.dtype}` for {len(sound)} clips",
            "The loss looks up the score of the right digit by that number.",
            'Hand on `clips["digit"]`, cut to the same rows as the sounds.',
            PAIRS,
        )
    return ""


def _observe_datasets(train_ds: object, validation_ds: object, test_ds: object) -> SimpleNamespace:
    """What the three datasets hand out in one pass, and the training set in a second one."""
    values = dict(zip(("train_ds", "validation_ds", "test_ds"), (train_ds, validation_ds, test_ds), strict=True))
    read = []
    for name, value in values.items():
        if expect.is_endless(expect.dataset(value, name)):
            return SimpleNamespace(form="endless", name=name)
        read.append(_read(value, name))
        if read[-1].form:
            return read[-1]
    again = _read(train_ds, "train_ds")
    if again.form:
        return again
    it = SimpleNamespace(form="", labels=_of_labels(read), name="train_ds")
    it.wrong_labels = sum(int(np.sum(each.labels != _clips().digit[each.rows])) for each in read)
    it.again = sum(each.again for each in read)
    every = [np.unique(each.rows) for each in read]
    together = np.concatenate(every)
    it.both = len(together) - len(set(together.tolist()))
    it.torn = len(_torn(every))
    it.missing = CLIPS - len(set(together.tolist()))
    full = [each for each in read if len(each.sizes) > 1 and len(set(each.sizes)) == 1]
    it.dropped = 0 < it.missing < sum(each.sizes[0] for each in full)
    it.full = ", ".join(f"`{each.name}`" for each in full)
    it.train, it.validation, it.test = map(_voices_in, every)
    it.one_batch = len(read[0].sizes) == 1
    it.size = read[0].sizes[0]
    vars(it).update(_order_of(read[0].batches, again.batches))
    return it


def _of_labels(read: list[SimpleNamespace]) -> str:
    """What labels of the right kind say, in a word; "right" if each is the digit of its clip."""
    rows, labels = (np.concatenate([getattr(each, part) for each in read]) for part in ("rows", "labels"))
    digit, voice = _clips().digit[rows], _clips().voice[rows]
    if np.array_equal(labels, digit):
        return "right"
    if np.array_equal(labels, digit + 1):
        return "from 1"
    pairs = set(zip(voice.tolist(), labels.tolist(), strict=True))
    if labels.max() >= DIGITS and len(pairs) == len(set(voice.tolist())):
        return "voices"
    counted = []
    for each in read:
        place = np.argsort(np.argsort(each.rows))
        counted.append(np.array_equal(each.labels, place % DIGITS) or _is_cut_in_ten(each.labels, place))
    return "counted" if any(counted) else "apart"


def _is_cut_in_ten(labels: np.ndarray, place: np.ndarray) -> bool:
    """Whether the labels rise from 0 to 9 once over all the clips."""
    rising = labels[np.argsort(place)]
    once = np.all(np.diff(rising) >= 0) and set(rising.tolist()) == set(range(DIGITS))
    return bool(once and len(rising) > 3 * DIGITS)


def _order_of(batches: list[np.ndarray], again: list[np.ndarray]) -> dict[str, Any]:
    """What two passes tell of the order of the clips, each given as one array of row numbers a batch."""
    order, second = np.concatenate(batches), np.concatenate(again)
    rank = {int(row): place for place, row in enumerate(np.unique(order))}
    places = [np.array([rank.get(int(row), 0) for row in one]) for one in (order, second)]
    voices = _voices_in(order)
    size = len(batches[0])
    full = [_voices_in(batch) for batch in batches if len(batch) == size]
    early = max(int(np.max(place - np.arange(len(place)))) for place in places)
    mixed = voices * (1 - (1 - 1 / max(voices, 1)) ** size)
    return {
        "in_file_order": all(np.all(np.diff(place) > 0) for place in places),
        "frozen": np.array_equal(order, second),
        "fixed_company": len(batches) > 1 and size > 1
        and {frozenset(batch.tolist()) for batch in batches} == {frozenset(batch.tolist()) for batch in again},
        "voices_a_batch": float(np.mean(full)),
        "if_mixed": mixed,
        "near": early < NEAR or float(np.mean(full)) < MIXED * mixed,
    }


def _check_datasets(it: SimpleNamespace) -> None:
    if min(it.validation, it.test) < FEWEST_VOICES or it.train < VOICES / 2:
        raise Unexpected(
            f"at least half of the {VOICES} voices in `train_ds`, and {FEWEST_VOICES} or more in each of the other two",
            f"{it.train}, {it.validation} and {it.test} voices",
            "Few voices teach little, and few voices judge by luck.",
            "Take the rows of the exercise before, `train`, `validation` and `test`, each for its own dataset.",
            SPLIT,
        )


load_the_clips = Exercise(
    name="step8.load_the_clips",
    title="Load the clips",
    task="Make `train_ds`, `validation_ds` and `test_ds` from your three parts: batches of pairs, the sounds as they "
    "are in the file, shape `(batch, 8000)`, and the digits as whole numbers, shape `(batch,)`. All 1,720 clips come "
    "once in a pass, each voice in one of the three; in `train_ds` they are thoroughly mixed, clip by clip, in a new "
    "order at each pass.",
    answers=["train_ds", "validation_ds", "test_ds"],
    lesson=DATASETS,
    observe=_observe_datasets,
    misconceptions=[
        Misconception(
            name="the same clips again and again",
            seen=lambda it: it.form == "endless",
            did="Your `{name}` does not end after its clips, but begins again.",
            follows="`fit` takes the end of the data for the end of an epoch, and would wait for it; `evaluate` would "
            "never return.",
            change="Leave it to `fit` to count the epochs.",
            lesson=DATASETS,
        ),
        Misconception(
            name="labels first",
            seen=lambda it: it.form == "labels first",
            did="Your `{name}` hands out the digits first and the sounds second.",
            follows="`fit` takes the first of a pair for the input: the network would be asked to say a waveform when "
            "it is given a digit.",
            change="Turn the pair round.",
            lesson=PAIRS,
        ),
        Misconception(
            name="no batches",
            seen=lambda it: it.form == "single",
            did="Your `{name}` hands out one clip at a time, of shape `{shape}`.",
            follows="The first axis counts the examples, so a network would take the 8,000 samples of one clip for "
            "8,000 examples.",
            change="Gather several clips before you hand them out.",
            lesson=DATASETS,
        ),
        Misconception(
            name="batched twice",
            seen=lambda it: it.form == "twice",
            did="Your `{name}` hands out elements of shape `{shape}`: there is one axis before the clips too many.",
            follows="Batches that are batched once more look like this, and so does a whole part that is handed over "
            "as one example. The network expects clips and samples, no third axis.",
            change="Cut the arrays into clips once, and gather them into batches once.",
            lesson=DATASETS,
        ),
        Misconception(
            name="a channel axis",
            seen=lambda it: it.form == "channel",
            did="Your `{name}` hands out sounds of shape `{shape}`, with an axis of one channel at the end.",
            follows="The network takes waveforms of shape `(batch, 8000)`. If one of its layers wants a channel, a "
            "layer in front adds it, and whoever uses the network need not know.",
            change="Hand the sounds on in the shape that they have in the file.",
            lesson=DATASETS,
        ),
        Misconception(
            name="other samples than in the file",
            seen=lambda it: it.form == "samples",
            did="Your `{name}` holds samples that are not in the file; the largest is {peak:,.4f}, in the file it is "
            "0.9164.",
            follows="Whole numbers, rounding, decibels, another scale or another order of the samples: whatever is done to the clips here is "
            "missing when the network hears somebody new, unless it is done there, too, in exactly the same way.",
            change="Hand the samples on untouched, and let the network prepare them.",
            lesson=DATASETS,
        ),
        Misconception(
            name="words for labels",
            seen=lambda it: it.form == "words",
            did="Your `{name}` has texts for labels.",
            follows="The task is to tell which digit is said, not who says it or with which accent; and a loss can "
            "only compute with numbers.",
            change="Take the column that holds the digits.",
            lesson=DATASETS,
        ),
        Misconception(
            name="one-hot digits",
            seen=lambda it: it.form == "one-hot",
            did="Your `{name}` has one-hot labels, ten numbers for each clip.",
            follows="They say the same, but another loss goes with them: `sparse_categorical_crossentropy` wants the "
            "number of the digit and stops with an error.",
            change="Leave the digits as the file has them.",
            lesson=DATASETS,
        ),
        Misconception(
            name="digits in a column",
            seen=lambda it: it.form == "column",
            did="Your `{name}` has labels of shape `{label_shape}`, a column.",
            follows="Compare them with a row of predicted digits, and NumPy sets each against each: the share of "
            "right ones is then a wrong number, without any error.",
            change="Hand on a single number for each clip, without an axis of its own.",
            lesson=DATASETS,
        ),
        Misconception(
            name="digits with decimals",
            seen=lambda it: it.form == "decimals",
            did="Your `{name}` has decimal numbers for labels, such as 3.0.",
            follows="A digit is the name of a class here, and no amount; as the place of a score in a row it must be "
            "a whole number.",
            change="Leave the digits in the type that the file gives them.",
            lesson=DATASETS,
        ),
        Misconception(
            name="voices for labels",
            seen=lambda it: it.labels == "voices",
            did="Your labels say who speaks: each voice has a number of its own, whatever it says.",
            follows="The network would learn to recognize people; and those in the test are none that it could know.",
            change="Take the column that holds the digits.",
            lesson=DATASETS,
        ),
        Misconception(
            name="digits from 1 on",
            seen=lambda it: it.labels == "from 1",
            did="Your labels run from 1 to 10: each is the digit plus 1.",
            follows="The ten scores of the network are counted from 0 to 9, so that there is none for label 10, and "
            "“zero” would be taught as “one”.",
            change="Use the digits as they are.",
            lesson=DATASETS,
        ),
        Misconception(
            name="labels counted in file order",
            seen=lambda it: it.labels == "counted",
            did="Your labels are counted along the file, from 0 to 9, and {wrong_labels} of the 1,720 are not what "
            "the clip says.",
            follows="The file has each digit of a voice twice in a row before the next one comes; a guess at its "
            "order, even a good one, is no label.",
            change="Take the labels from the file, with the same rows as the sounds.",
            lesson=DATASETS,
        ),
        Misconception(
            name="sounds and digits apart",
            seen=lambda it: it.labels == "apart",
            did="Your labels do not belong to their sounds: {wrong_labels} of the 1,720 clips say another digit.",
            follows="Sounds and digits that are mixed each by itself, or cut to different rows, look like this. There "
            "is no error, and from such pairs nothing can be learned.",
            change="Cut both to the same rows, tie them into pairs, and mix only after that.",
            lesson=PAIRS,
        ),
        Misconception(
            name="clips that come twice",
            seen=lambda it: it.again > 0,
            did="Your datasets hand out {again} clips that the same dataset has handed out before in that pass.",
            follows="A clip that comes twice counts twice; and what `fit` calls an epoch is then more than one.",
            change="Hand out each clip once in a pass.",
            lesson=DATASETS,
        ),
        Misconception(
            name="the same clips in two datasets",
            seen=lambda it: it.both > 0,
            did="Your datasets share clips: {both} times a clip of one is in another one, too.",
            follows="A validation or test on clips from the training asks for what the network may know by heart.",
            change="See that each dataset is made from its own part, and from that part only.",
            lesson=SPLIT,
        ),
        Misconception(
            name="the same voices in two datasets",
            seen=lambda it: it.torn > 0,
            did="Your datasets share no clip, but they share voices. In more than one dataset: {torn} of 86.",
            follows="Clips of one voice resemble each other, so a test with known voices promises more than people "
            "whom the network has never heard will find.",
            change="Divide by voice, as in the exercise before, and make each dataset from one part.",
            lesson=FLATTERS,
        ),
        Misconception(
            name="the last batch dropped",
            seen=lambda it: it.dropped,
            did="You get full batches only from {full}, and {missing} of the 1,720 clips do not come in this pass.",
            follows="`drop_remainder=True` does this. In validation and test it makes the accuracy that of other "
            "clips than you think; and nothing in a network needs all batches to be equally large.",
            change="Let the last batch be smaller.",
            lesson=DATASETS,
        ),
        Misconception(
            name="clips left out",
            seen=lambda it: it.missing > 0,
            did="Your three datasets hold {missing} clips too few, out of 1,720.",
            follows="Every voice that is missing in training is one less to learn from; and one that is missing in "
            "the test is one less to be sure by.",
            change="Count the clips of each dataset, and compare with the part that it was made from.",
            lesson=DATASETS,
        ),
        Misconception(
            name="one batch for everything",
            seen=lambda it: it.one_batch,
            did="Your `train_ds` hands out all of its {size:,} clips as one batch.",
            follows="The optimizer makes one step for each batch, so an epoch would be a single step, where batches "
            "of 32 give it forty.",
            change="Choose a batch size of some dozens.",
            lesson=DATASETS,
        ),
        Misconception(
            name="training clips in file order",
            seen=lambda it: it.in_file_order,
            did="Your `train_ds` hands out its clips in the order of the file, at each pass.",
            follows="The file is sorted by voice: a batch holds about {voices_a_batch:.0f} of them, so each step of "
            "the training pulls the network towards one or two people.",
            change="Have the clips mixed before they are gathered into batches.",
            lesson=ORDER,
        ),
        Misconception(
            name="one order for every epoch",
            seen=lambda it: it.frozen,
            did="Your `train_ds` hands out its clips in exactly the same order at each of two passes.",
            follows="Arrays that are mixed before the dataset is made keep their order for ever, and so does what is "
            "cached after `shuffle`. Every epoch then repeats the same batches.",
            change="Let the dataset itself draw a new order at each pass.",
            lesson=ORDER,
        ),
        Misconception(
            name="batches mixed, not clips",
            seen=lambda it: it.fixed_company,
            did="Your `train_ds` mixes whole batches: their order changes, but each holds the same clips at every "
            "pass.",
            follows="A batch of yours holds about {voices_a_batch:.0f} voices, for ever the same; in a mixture of "
            "single clips it would be about {if_mixed:.0f}, and others each time.",
            change="Look at which of the two words comes first.",
            lesson=ORDER,
        ),
        Misconception(
            name="a small shuffle buffer",
            seen=lambda it: it.near,
            did="Your `train_ds` mixes clips only with others that are near in the file: a batch holds about "
            "{voices_a_batch:.0f} voices, where thorough mixing gives about {if_mixed:.0f}.",
            follows="`shuffle` can choose only among the clips in its buffer, and the file is sorted by voice, 20 "
            "clips each, so each step is pulled towards a few people.",
            change="Give the buffer room for all the clips of the training.",
            lesson=ORDER,
        ),
    ],
    check_observed=_check_datasets,
    hints=[
        "Three times the same chain: pairs from two arrays, cut to the rows of one part, then batches. One of the "
        "three needs one word more.",
        '`tf.data.Dataset.from_tensor_slices((clips["sound"][train], clips["digit"][train]))` is the beginning. Mix '
        "the training clips before you gather them.",
        "`.shuffle(...)` with a buffer of 1,720, then `.batch(32)`; for validation and test `.batch(...)` alone.",
    ],
    solution_code="""
voices = np.random.default_rng(0).permutation(np.unique(clips["voice"]))
train = np.isin(clips["voice"], voices[:60])
validation = np.isin(clips["voice"], voices[60:72])
test = np.isin(clips["voice"], voices[72:])

def load(rows):
    return tf.data.Dataset.from_tensor_slices((clips["sound"][rows], clips["digit"][rows]))

train_ds = load(train).shuffle(1720, seed=0).batch(32)
validation_ds = load(validation).batch(128)
test_ds = load(test).batch(128)
""",
    right="{train}, {validation} and {test} voices, and nobody in two of them. A training batch of {size} holds about "
    "{voices_a_batch:.0f} voices, and others in the next epoch.",
)

# --- An ear ---

FRAMES, BANDS = (20, 200), (10, 200)
# Measured on thirty ears: the step from loud to ten times softer is 1.0 times the next one where there is a logarithm,
# 3 for a root of the strength, 10 for the strength, 100 for the power.
LIKE_A_LOGARITHM = 2
NOTHING_LEFT = 1e5  # times as high as the other: beside such a step the other one is none
# How much a tone's picture changes with the moment that it begins: below 0.06 in a spectrogram, about 1 in the samples.
LIKE_SAMPLES = 0.5
# How far apart two tones are, compared with 500 and 1,000 Hz: 0.7 to 1.4, or below 0.05 where no band reaches.
DEAF = 0.3


def _tone(hertz: float, start: float = 0.0) -> np.ndarray:
    """One second of a tone; `start` is where in its wave it begins, in radians."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE + start)).astype("float32")


def _burst(at: float, loud: float = 0.5) -> np.ndarray:
    """One second of silence with a hiss of 30 ms around the moment `at`, in seconds."""
    sound, middle = np.zeros(RATE, "float32"), int(at * RATE)
    sound[middle - 120 : middle + 120] = loud * np.random.default_rng(1).uniform(-1, 1, 240)
    return sound


def _fading() -> np.ndarray:
    """One second of hiss in three steps, each ten times softer than the one before."""
    loud = np.repeat([0.5, 0.05, 0.005], [2700, 2700, 2600])
    return (loud * np.random.default_rng(2).uniform(-1, 1, RATE)).astype("float32")


def _layer(value: object, name: str) -> Any:
    """Return `value` if it is a Keras layer; a model is one, too."""
    import keras

    if isinstance(value, keras.layers.Layer):
        return value
    raise Unexpected(
        f"`{name}` to be a Keras layer, or a Keras model",
        messages.of(value),
        "It is to become the first part of your network, and to be saved with it.",
        f"Put the layers into `{name} = keras.Sequential([...])`.",
    )


def _answers(layer: Any, sounds: np.ndarray, name: str) -> np.ndarray:
    """What a layer makes of some clips, as it comes; refuses what is no single array with a row for each clip."""
    found = expect.output(layer, sounds, name)
    if isinstance(found, np.ndarray) and found.dtype.name == "bfloat16":
        found = found.astype("float32")
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "biufc" or found.shape[:1] != (len(sounds),):
        shown = f"shape `{found.shape}`" if isinstance(found, np.ndarray) else messages.of(found)
        raise Unexpected(
            f"`{name}` to give one array of numbers, with a row for each clip",
            f"{shown} for {len(sounds)} clips",
            "The first axis counts the examples, from the first layer to the last.",
            f"Call `{name}` on two clips, and follow the shape from layer to layer.",
        )
    return found


def _observe_ear(ear: object) -> SimpleNamespace:
    """What becomes of tones, hisses and silence: which axis is time, and what the numbers are."""
    import keras

    layer = _layer(ear, "ear")
    it = SimpleNamespace(form="", shape="", kinds=expect.layers_of(layer))
    it.mel = next((each for each in it.kinds if isinstance(each, keras.layers.MelSpectrogram)), None)
    it.stft = next((each for each in it.kinds if isinstance(each, keras.layers.STFTSpectrogram)), None)
    sounds = np.stack([_tone(500), _burst(0.25)])
    try:
        first = _answers(layer, sounds, "ear")
    except Stopped as stopped:
        if "found ndim=2" not in str(stopped.__cause__):
            raise
        it.form = "wants a channel"
        return it
    it.shape = str(("batch", *first.shape[1:])).replace("'", "")
    it.form = _form_of(first)
    if it.form:
        return it
    if first.ndim != 3:
        raise Unexpected(
            "`ear` to give a picture for each clip, of shape `(batch, frames, bands)`",
            f"shape `{it.shape}`",
            "The layers that follow look at neighbouring frames, so time and bands need an axis each.",
            "Follow the shape from layer to layer.",
        )

    def picture(sound: np.ndarray) -> np.ndarray:
        return _answers(layer, sound[None], "ear")[0]

    silence = picture(np.zeros(RATE, "float32"))
    if not np.all(np.isfinite(silence)):
        it.form = "log of 0"
        return it
    early, late = (picture(_burst(at)) - silence for at in (0.25, 0.75))
    it.time = _axis_of_time(early, late)
    it.frames, it.bands = silence.shape if it.time != 1 else silence.shape[::-1]
    if it.time is None:
        it.form = "" if it.frames >= FRAMES[0] else "few frames"
        return it
    _observe_tones(it, picture, silence)
    it.neighbours = _hears_its_neighbours(layer, "ear")
    return it


def _form_of(first: np.ndarray) -> str:
    """What is wrong with a first answer, in a word."""
    if first.dtype.kind == "c":
        return "complex"
    if not np.all(np.isfinite(first)):
        return "log of 0"
    if first.ndim == 4 and 1 in first.shape[1:]:
        return "channel"
    return "flat" if first.ndim == 2 else ""


def _axis_of_time(early: np.ndarray, late: np.ndarray) -> int | None:
    """The axis along which a hiss at a quarter of the second differs from one at three quarters; None if neither."""
    for axis in (0, 1):
        places = [np.abs(change).mean(axis=1 - axis) for change in (early, late)]
        first, second = ((np.argmax(place) + 0.5) / len(place) for place in places)
        if abs(first - 0.25) < 0.13 and abs(second - 0.75) < 0.13:
            return axis
    return None


def _observe_tones(it: SimpleNamespace, picture: Callable[[np.ndarray], np.ndarray], silence: np.ndarray) -> None:
    """What the numbers of a picture say of steady tones and of loudness."""

    def upright(sound: np.ndarray) -> np.ndarray:
        return picture(sound) if it.time == 0 else picture(sound).T

    tones = {hertz: upright(_tone(hertz)) for hertz in (100, 300, 500, 730.3, 1000, 2000, 2500, 3000, 3500)}
    middle = slice(int(0.15 * it.frames), max(int(0.85 * it.frames), 1))

    def apart(one: np.ndarray, other: np.ndarray) -> float:
        return float(np.sqrt(np.mean((one[middle] - other[middle]) ** 2)))

    scale = max(apart(tones[500], tones[1000]), 1e-12)
    it.moves = apart(tones[730.3], upright(_tone(730.3, np.pi / 2))) / scale
    it.low = apart(tones[300], tones[500]) / scale
    it.high = max(apart(tones[2500], tones[3000]), apart(tones[3000], tones[3500])) / scale
    hiss = upright(_fading())
    it.step = _first_step(hiss)
    every = np.concatenate([*tones.values(), hiss, silence if it.time == 0 else silence.T])
    spread = np.ptp(every, axis=0)
    still = spread <= 1e-6 * max(float(spread.max()), 1e-12)
    it.empty = int(still.sum())
    it.empty_top = int(np.argmin(still[::-1])) if not still.all() else it.bands
    it.taken_for = _taken_for(it, tones[1000][middle])


def _first_step(hiss: np.ndarray) -> float:
    """How many times as high the first of two equal steps in loudness is as the second; 1 for decibels."""
    loud, soft, softest = (
        hiss[int(a * len(hiss)) : max(int(b * len(hiss)), int(a * len(hiss)) + 1)].mean(axis=0)
        for a, b in ((0.06, 0.28), (0.40, 0.61), (0.74, 0.94))
    )
    told = np.abs(loud - softest) > 0.1 * np.abs(loud - softest).max()
    if not told.any():
        return 1.0  # nothing in the picture tells loud from soft
    return float(np.median(np.abs(loud - soft)[told] / np.maximum(np.abs(soft - softest)[told], 1e-12)))


def _taken_for(it: SimpleNamespace, tone: np.ndarray) -> float:
    """For which tone a `MelSpectrogram` takes 1,000 Hz, judged by its band; 0 if nobody can tell."""
    if it.mel is None or it.mel.num_mel_bins != it.bands:
        return 0.0
    low, high = (1127 * np.log1p(hertz / 700) for hertz in (it.mel.min_freq, it.mel.max_freq))
    place = low + (int(tone.mean(axis=0).argmax()) + 1) * (high - low) / (it.bands + 1)
    return float(700 * np.expm1(place / 1127))


def _is_another_rate(it: SimpleNamespace) -> bool:
    """Whether a `MelSpectrogram` was told another sampling rate, and puts tones into other bands because of it."""
    if not it.form and it.mel is not None and it.mel.sampling_rate != RATE and it.taken_for:
        return abs(np.log(it.taken_for * RATE / it.mel.sampling_rate / 1000)) < 0.15
    return False


def _hears_its_neighbours(layer: Any, name: str) -> bool:
    """Whether the answer to a soft clip changes when a loud one stands beside it."""
    soft, loud = _clips().some[3] * 0.003, _clips().some[8]
    alone = _answers(layer, soft[None], name)[0]
    beside = _answers(layer, np.stack([soft, loud]), name)
    spread = max(float(np.ptp(beside)), 1e-9)
    return bool(np.abs(alone - beside[0]).max() > 0.01 * spread)


def _keeps_the_phase(it: SimpleNamespace) -> bool:
    return it.stft is not None and it.stft.mode in ("real", "imag", "angle", "stft")


def _cuts_off(mel: Any) -> bool:
    """Whether a `MelSpectrogram` cuts off what is soft beside the loudest clip."""
    return mel is not None and mel.power_to_db and mel.top_db is not None and mel.top_db < 150


def _check_ear(it: SimpleNamespace) -> None:
    if it.time is None:
        raise Unexpected(
            "an axis in the output of `ear` along which time passes",
            f"shape `{it.shape}`, where a hiss at 0.25 s and one at 0.75 s leave no mark at these places",
            "A layer that follows could not know what came first.",
            "Call `ear` on silence with one loud moment, and look where it turns up.",
        )
    if it.low < DEAF:
        raise Unexpected(
            "a picture in which a tone of 300 Hz differs from one of 500 Hz",
            "two pictures that are nearly the same",
            "The vowels of the ten words differ most between 300 and 3,000 Hz.",
            "Look at the lowest frequency, and at the number of bands.",
        )
    if not BANDS[0] <= it.bands <= BANDS[1]:
        raise Unexpected(
            f"{BANDS[0]} to {BANDS[1]} bands",
            f"{it.bands}",
            "With fewer the words look alike, and more of them make the network large and slow.",
            "Look at the number of bands, or at the length of the Fourier transform.",
        )


ear = Exercise(
    name="step8.ear",
    title="An ear",
    task="Build `ear`, a Keras model or layer: in come waveforms of shape `(batch, 8000)`, with 8,000 samples a "
    "second; out come spectrograms of shape `(batch, frames, bands)`, in decibels or as another logarithm, with 20 to "
    "200 frames and 10 to 200 bands. The bands tell tones from 300 to 3,500 Hz apart, and none of them is always "
    "empty. What comes out for a clip must not depend on the other clips of its batch.",
    answers=["ear"],
    lesson=EAR,
    observe=_observe_ear,
    misconceptions=[
        Misconception(
            name="waveforms with a channel axis",
            seen=lambda it: it.form == "wants a channel",
            did="Your `ear` refuses waveforms of shape `(batch, 8000)`, because one of its layers wants a further "
            "axis.",
            follows="`STFTSpectrogram`, like a convolution, is made for several channels, as of a stereo recording; "
            "the clips have one, and no axis for it.",
            change="Add that axis inside the ear, before the layer that wants it.",
            lesson=EAR,
        ),
        Misconception(
            name="complex numbers",
            seen=lambda it: it.form == "complex",
            did="Your `ear` gives complex numbers, as the Fourier transform does.",
            follows="They hold a strength and a phase in one; the layers of a network compute with real numbers only, "
            "and would stop with an error.",
            change="Go on from the complex numbers to their strength.",
            lesson=EAR,
        ),
        Misconception(
            name="the logarithm of silence",
            seen=lambda it: it.form == "log of 0",
            did="Your `ear` gives numbers that are infinite or NaN for a clip with silence in it.",
            follows="The clips end in zeros; the logarithm of 0 is minus infinity, and a single one makes the loss, "
            "and then every weight, NaN.",
            change="Give the logarithm a floor: nothing below some small number may get to it.",
            lesson=EAR,
        ),
        Misconception(
            name="the channel axis kept",
            seen=lambda it: it.form == "channel",
            did="Your `ear` gives pictures of shape `{shape}`, with an axis of length 1 too many.",
            follows="The task asks for frames and bands alone. An axis of channels is right for layers that look over "
            "a picture in two directions; those that listen along time take the bands for their channels.",
            change="Find which step keeps or adds that axis, and leave it out.",
            lesson=EAR,
        ),
        Misconception(
            name="a picture laid flat",
            seen=lambda it: it.form == "flat",
            did="Your `ear` gives one long row of numbers for each clip, of shape `{shape}`.",
            follows="A layer that looks at neighbouring frames cannot find them in it, since it has no axis that is "
            "time.",
            change="Leave frames and bands on an axis each.",
            lesson=EAR,
        ),
        Misconception(
            name="few frames",
            seen=lambda it: it.form == "few frames" or it.frames < FRAMES[0] and it.time == 0,
            did="Your `ear` cuts a second into {frames} frames only.",
            follows="A sound such as the t of “two” lasts some hundredths of a second. In long windows with wide "
            "steps it is smeared over its neighbours, and little is left of the order of the sounds.",
            change="Take shorter windows, and shorter steps from one to the next: at most 0.05 s each.",
            lesson=EAR,
        ),
        Misconception(
            name="samples instead of a spectrum",
            seen=lambda it: it.time is not None and it.moves > LIKE_SAMPLES and not _keeps_the_phase(it),
            did="Your `ear` gives a picture that changes completely when the same tone begins a quarter of a wave "
            "later.",
            follows="Nobody can hear that difference, and samples that are merely cut into pieces look like this. The "
            "network would have to find out by itself what makes a tone.",
            change="Let a layer measure how strong each frequency is in each short window.",
            lesson=EAR,
        ),
        Misconception(
            name="the phase instead of the strength",
            seen=lambda it: it.time is not None and it.moves > LIKE_SAMPLES,
            did="Your spectrogram was made with `mode='{stft.mode}'`, and changes completely when the same tone "
            "begins a quarter of a wave later.",
            follows="Those numbers hold the phase, where in its wave a tone is at that moment. It differs "
            "each time that somebody says the same word, and no ear hears it.",
            change="Choose a mode that says how strong each frequency is.",
            lesson=EAR,
        ),
        Misconception(
            name="bands first",
            seen=lambda it: it.time == 1,
            did="Your `ear` gives `(batch, bands, frames)`: time passes along the last axis.",
            follows="`MelSpectrogram` hands it out like that. `Conv1D` and the recurrent layers take the first axis "
            "after the batch for time, so they would run from low to high tones, and nothing would warn you.",
            change="Let the two axes change places.",
            lesson=EAR,
        ),
        Misconception(
            name="many frames",
            seen=lambda it: it.time == 0 and it.frames > FRAMES[1],
            did="Your `ear` cuts a second into {frames} frames.",
            follows="A mouth does not move that fast: neighbouring frames would say nearly the same, and each layer "
            "that follows would have as many more of them to compute.",
            change="Take longer steps from one window to the next, about a hundredth of a second or more.",
            lesson=EAR,
        ),
        Misconception(
            name="soft sounds cut off",
            seen=lambda it: it.time == 0 and it.step > NOTHING_LEFT,
            did="Your `ear` tells a hiss from one ten times softer; a third one, ten times softer again, looks to it "
            "like the second.",
            follows="It has a floor, and whatever is softer comes out as that floor. The soft consonants of a word lie "
            "there, and all of a word that is said softly.",
            change="Lower the floor until only silence falls below it.",
            lesson=EAR,
        ),
        Misconception(
            name="no logarithm",
            seen=lambda it: it.time == 0 and it.step > LIKE_A_LOGARITHM,
            did="Your `ear` gives strengths without a logarithm: of two equal steps, each to a hiss ten times softer, "
            "it shows the first {step:.0f} times as high as the second.",
            follows="So soft consonants vanish beside loud vowels, and the same word said softly looks like another "
            "one. In decibels both steps are the same 20.",
            change="Put the logarithm of the strengths into the picture.",
            lesson=EAR,
        ),
        Misconception(
            name="top_db over the whole batch",
            seen=lambda it: it.time == 0 and it.neighbours and _cuts_off(it.mel),
            did="Your `MelSpectrogram` has `top_db={mel.top_db:g}`: it cuts off what lies that far below the loudest "
            "point of the whole batch, not of each clip.",
            follows="A soft clip beside a loud one loses more than when it is alone, so the network may answer "
            "differently, depending on who else is in the batch.",
            change="Make `top_db` so large that it never cuts anything off.",
            lesson=EAR,
        ),
        Misconception(
            name="measured by the whole batch",
            seen=lambda it: it.time == 0 and it.neighbours,
            did="Your `ear` shows a soft clip differently when a loud one stands beside it in the batch.",
            follows="A mean, a spread or a maximum that is taken over the whole batch does this. When the network is "
            "used, on one recording at a time, it would see other pictures than in training.",
            change="Take such a measure along the axes of a single clip, or leave it out.",
            lesson=EAR,
        ),
        Misconception(
            name="another sampling rate",
            seen=_is_another_rate,
            did="Your `MelSpectrogram` believes that a second has {mel.sampling_rate:,} samples, and so it takes a "
            "tone of 1,000 Hz for one of about {taken_for:,.0f}.",
            follows="The clips have 8,000 a second. The bands are laid out for other tones, and too few are left for "
            "the low ones, by which vowels differ.",
            change="Tell the layer the rate of these recordings.",
            lesson=EAR,
        ),
        Misconception(
            name="deaf to high tones",
            seen=lambda it: it.time == 0 and it.high < DEAF and it.high < it.low,
            did="Your `ear` gives nearly the same picture for tones of 2,500, 3,000 and 3,500 Hz.",
            follows="The s of “six” and the f of “five” have most of their sound up there, and your bands end "
            "below.",
            change="Let the highest band reach up to half of the sampling rate.",
            lesson=EAR,
        ),
        Misconception(
            name="empty bands at the top",
            seen=lambda it: it.time == 0 and it.empty_top > 0,
            did="Your topmost bands, {empty_top} of {bands}, are empty for every sound.",
            follows="Recordings with 8,000 samples a second hold tones up to 4,000 Hz and none above; bands for "
            "higher ones can never show anything.",
            change="Let the highest frequency be one that these recordings can hold.",
            lesson=EAR,
        ),
        Misconception(
            name="more bands than the window tells apart",
            seen=lambda it: it.time == 0 and it.empty > 0,
            did="Your `ear` has {bands} bands, and {empty} of them are empty for every sound.",
            follows="A short window can tell only so many frequencies apart. Mel bands lie close together at the low "
            "end, and where they are narrower than the steps of the Fourier transform, some of them catch none.",
            change="Take fewer bands, or a longer Fourier transform.",
            lesson=EAR,
        ),
    ],
    check_observed=_check_ear,
    hints=[
        "Keras has a layer that makes spectrograms on the mel scale, `MelSpectrogram`. Call yours on two clips, and "
        "look at the shape of what comes out.",
        "`MelSpectrogram` must be told the sampling rate, a window of about 0.05 s (400 samples) and a step of half "
        "of it. It gives decibels by itself, but bands before frames, and its `top_db` looks at the whole batch.",
        "In `keras.Sequential`: `keras.Input((8000,))`, then the `MelSpectrogram` with `top_db=300`, then "
        "`keras.layers.Permute(...)`, which counts the axes after the batch from 1.",
    ],
    solution_code="""
ear = keras.Sequential([
    keras.Input((8000,)),
    keras.layers.MelSpectrogram(
        fft_length=400, sequence_stride=200, sampling_rate=8000, num_mel_bins=40, min_freq=60, top_db=300,
    ),
    keras.layers.Permute((2, 1)),
])
""",
    right="{frames} frames of {bands} bands for each second: time first, loudness as a logarithm, and each clip for "
    "itself. As a part of the network it is saved with it, and whoever uses the network hands in plain sound.",
)

# --- Layers that listen ---

MOST_WEIGHTS = 500_000
LINEAR = (
    "InputLayer", "MelSpectrogram", "STFTSpectrogram", "Permute", "Reshape", "Flatten", "Dense", "EinsumDense",
    "Conv1D", "Conv2D", "SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D",
    "Normalization", "BatchNormalization", "Rescaling", "AveragePooling1D", "AveragePooling2D",
    "GlobalAveragePooling1D", "GlobalAveragePooling2D", "Dropout", "SpatialDropout1D", "SpatialDropout2D",
    "GaussianNoise", "ZeroPadding1D", "ZeroPadding2D", "Cropping1D", "Cropping2D", "Activation", "Softmax", "Identity",
)  # fmt: skip


def _is_straight(model: Any) -> bool:
    """Whether nothing between the spectrogram and the scores bends, as far as a model's layers tell."""
    import keras

    if not expect.shows_its_steps(model):
        return False
    layers = expect.layers_of(model)
    straight = (keras.activations.linear, keras.activations.softmax)
    known = all(type(layer).__name__ in LINEAR and expect.is_of_keras(layer) for layer in layers)
    return known and all(getattr(layer, "activation", straight[0]) in straight for layer in layers[:-1])


def _observe_recognizer(recognizer: object) -> SimpleNamespace:
    """What comes out for some clips, alone and together, and for the same clips with all signs changed."""
    model = expect.model(recognizer, "recognizer")
    sounds, it = _clips().some, SimpleNamespace(form="", shape="", weights=0)
    try:
        answer = _answers(model, sounds, "recognizer")
    except Stopped as stopped:
        found = re.search(r"(found ndim=2|(found shape=|incompatible shape )\(\d+, 8000\))", str(stopped.__cause__))
        if not found or any(RATE in shape for shape in expect.input_shapes(model)):
            raise
        it.form = "no ear"
        return it
    if any(shape[1:] not in ((RATE,), (RATE, 1), (None,), (None, 1)) for shape in expect.input_shapes(model)):
        raise Unexpected(
            f"`recognizer` to be made for waveforms of shape `(batch, {RATE})`",
            f"an input of shape `{expect.input_shapes(model)[0]}`",
            "A second of these recordings has 8,000 samples.",
            "Look at its `keras.Input`.",
        )
    it.shape = str(("batch", *answer.shape[1:])).replace("'", "")
    it.weights = model.count_params()
    it.form = _form_of_scores(answer)
    if not it.form and answer.shape[1:] != (DIGITS,):
        raise Unexpected(
            f"`recognizer` to give {DIGITS} scores for each clip, shape `(batch, {DIGITS})`",
            f"shape `{it.shape}`",
            "Each of the ten digits needs one score, which the loss compares with the others.",
            "Look at the last layer, and at what comes before it.",
        )
    if it.form in ("silence", "frames", "one unit", "width"):
        return it
    spread = max(float(np.ptp(answer)), 1e-9)
    # Untrained, a softmax may be sure of the same digit for every clip.
    sure = np.allclose(answer.sum(axis=1), 1, atol=1e-3) and answer.max() > 0.99
    it.same = bool(np.ptp(answer, axis=0).max() <= 1e-7) and not sure
    it.random = bool(np.abs(_answers(model, sounds, "recognizer") - answer).max() > 1e-3 * spread)
    it.turned = float(np.abs(_answers(model, -sounds, "recognizer") - answer).max()) / spread
    it.neighbours = _hears_its_neighbours(model, "recognizer")
    it.straight = _is_straight(model)
    it.learns = bool(model.trainable_weights)
    return it


def _form_of_scores(answer: np.ndarray) -> str:
    """What answers look like that are no ten scores, in a word."""
    if answer.dtype.kind == "c" or not np.all(np.isfinite(answer)):
        return "silence"
    if answer.ndim == 3 and answer.shape[2] == DIGITS:
        return "frames"
    if answer.shape[1:] == (1,) and np.allclose(answer, 1):
        return "one unit"
    if answer.ndim == 2 and answer.shape[1] != DIGITS:
        return "width"
    if answer.shape[1:] != (DIGITS,) or np.allclose(answer.sum(axis=1), 1, atol=1e-3):
        return ""
    if answer.min() == 0 < answer.max() and np.mean(answer == 0) > 0.05:
        return "cut off"
    return "yes or no" if answer.min() > 0 and answer.max() < 1 else ""


def _check_recognizer(it: SimpleNamespace) -> None:
    if not it.learns:
        raise Unexpected(
            "a network with weights that can be trained",
            "one without",
            "`fit` would have nothing to change.",
            "Add layers with weights, and see that they are not frozen.",
        )
    if it.same:
        raise Unexpected(
            "answers that differ from clip to clip",
            "the same answer for twenty clips of ten different words",
            "Whatever comes in, nothing of it arrives at the end.",
            "Call the layers one after the other on two clips, and find where the difference is lost.",
        )


recognizer = Exercise(
    name="step8.recognizer",
    title="Add the layers that listen",
    task="Build `recognizer`, a Keras model: in come waveforms of shape `(batch, 8000)`, out come ten scores (or "
    "probabilities) for each. The spectrogram is made inside; after it comes at least one hidden layer that bends, "
    "such as a convolution along time with an activation. It has fewer than 500,000 weights, and its answer to a clip "
    "does not depend on the other clips of the batch.",
    answers=["recognizer"],
    lesson=LAYERS,
    observe=_observe_recognizer,
    misconceptions=[
        Misconception(
            name="no ear",
            seen=lambda it: it.form == "no ear",
            did="Your `recognizer` refuses waveforms of shape `(batch, 8000)`: its first layer is made for "
            "spectrograms.",
            follows="Then everybody who uses it has to make the same spectrogram first, with the same windows, bands "
            "and decibels; one difference, and the answers are wrong without any error.",
            change="Let the network begin with your ear.",
            lesson=LAYERS,
        ),
        Misconception(
            name="scores that are no numbers",
            seen=lambda it: it.form == "silence",
            did="Your `recognizer` gives scores that are infinite, NaN or complex for some clips of the file.",
            follows="Nearly all clips end in silence, and a logarithm without a floor makes minus infinity of it; so "
            "the first step of the training would spoil all weights.",
            change="Call the ear alone on a clip, and look for the layer after which the numbers are no longer finite.",
            lesson=EAR,
        ),
        Misconception(
            name="an answer for each frame",
            seen=lambda it: it.form == "frames",
            did="Your `recognizer` gives ten scores for each frame: its output has the shape `{shape}`.",
            follows="A clip holds one word and has one label; a dense layer after a convolution works at each moment "
            "by itself and leaves the axis of time as it is.",
            change="Bring the frames together before the output layer.",
            lesson=LAYERS,
        ),
        Misconception(
            name="softmax over one unit",
            seen=lambda it: it.form == "one unit",
            did="Your `recognizer` gives a single number for each clip, and it is always 1.",
            follows="Softmax divides what there is among the units so that they add up to 1; a single unit always "
            "gets all of it, and can learn nothing.",
            change="Give each digit a unit of its own.",
            lesson=LAYERS,
        ),
        Misconception(
            name="another number of classes",
            seen=lambda it: it.form == "width",
            did="Your `recognizer` gives `{shape}`, where ten scores for each clip were asked for.",
            follows="The labels run from 0 to 9, and the score of each is looked up by its number: with fewer units "
            "it is missing, and units without a digit only distract.",
            change="Count the units of the output layer.",
            lesson=LAYERS,
        ),
        Misconception(
            name="random when it predicts",
            seen=lambda it: it.random,
            did="Your `recognizer` gives other scores when it hears the same clips a second time.",
            follows="Noise, shifts and dropout help while it trains; a network that is used must give one answer to "
            "one recording. Keras layers for that know the difference, own random functions do not.",
            change="Let chance act only while `training` is true.",
            lesson=LAYERS,
        ),
        Misconception(
            name="no spectrogram",
            seen=lambda it: it.turned > 1e-2,
            did="Your `recognizer` works on the samples themselves: when the sign of all samples changes, which "
            "nobody can hear, its scores change.",
            follows="In the waveform the same word looks different each time, since the waves begin elsewhere. A "
            "network would need far more than 1,720 clips to see through that by itself.",
            change="Put the ear between the input and the layers that learn.",
            lesson=EAR,
        ),
        Misconception(
            name="far too many weights",
            seen=lambda it: it.weights >= MOST_WEIGHTS,
            did="Your `recognizer` has {weights:,} weights.",
            follows="A dense layer on all frames and bands laid in one row has a weight for each of them and each "
            "unit, and learns a word anew for each moment at which it may begin. With about 1,200 training clips it "
            "learns them by heart.",
            change="Look in the summary where the weights are, and bring the frames together before that layer.",
            lesson=LAYERS,
        ),
        Misconception(
            name="the neighbours have a say",
            seen=lambda it: it.neighbours,
            did="Your `recognizer` gives a soft clip other scores when a loud one stands beside it in the batch.",
            follows="Somewhere a maximum or a mean is taken over the whole batch, as `MelSpectrogram` does with its "
            "default `top_db`. So one and the same recording may be understood or not, depending on its company.",
            change="Test the ear alone first: a clip by itself, and the same clip beside a loud one.",
            lesson=EAR,
        ),
        Misconception(
            name="scores cut off at 0",
            seen=lambda it: it.form == "cut off",
            did="Your `recognizer` gives 0 in place of every negative score, as ReLU in the output layer does.",
            follows="A score below 0 says that a digit is unlikely, and softmax needs it. Where ReLU is flat, no "
            "correction gets through.",
            change="Leave the output layer without that bend.",
            lesson=LAYERS,
        ),
        Misconception(
            name="ten times yes or no",
            seen=lambda it: it.form == "yes or no",
            did="Your `recognizer` answers ten questions by themselves: each number lies between 0 and 1, and the ten "
            "do not add up to 1, as with a sigmoid.",
            follows="A clip holds exactly one digit. Numbers that do not compete may all be high at once, and the "
            "loss for one of many expects scores, or shares of one whole.",
            change="Choose an output in which the ten digits compete.",
            lesson=LAYERS,
        ),
        Misconception(
            name="nothing bends",
            seen=lambda it: it.straight,
            did="Your `recognizer` has no bend between the spectrogram and the scores: all of its layers are weighted "
            "sums.",
            follows="Sums of sums are one sum, however many layers they fill: each digit gets one fixed weight for "
            "each place of the picture. What a sound means after another one, such a sum cannot ask.",
            change="Give the hidden layers an activation.",
            lesson=BEND,
        ),
    ],
    check_observed=_check_recognizer,
    hints=[
        "Three parts: the ear of the exercise before, layers that find sounds in neighbouring frames, and an output "
        "layer for ten digits.",
        "`Conv1D` slides along time and sees all bands at once; pooling makes the frames fewer; one kind of pooling "
        "brings all that are left together.",
        "In `keras.Sequential`: `keras.Input((8000,))`, the layers of the ear, two or three times `Conv1D(..., "
        'activation="relu")` and `MaxPooling1D()`, then `GlobalAveragePooling1D()`, then `Dense` with ten units.',
    ],
    solution_code="""
recognizer = keras.Sequential([
    keras.Input((8000,)),
    keras.layers.MelSpectrogram(
        fft_length=400, sequence_stride=200, sampling_rate=8000, num_mel_bins=40, min_freq=60,
        min_power=0.001, top_db=300,
    ),
    keras.layers.Permute((2, 1)),
    keras.layers.Rescaling(1 / 60, offset=0.5),
    keras.layers.Conv1D(64, 5, padding="same", activation="relu"),
    keras.layers.MaxPooling1D(),
    keras.layers.Dropout(0.2),
    keras.layers.Conv1D(96, 5, padding="same", activation="relu"),
    keras.layers.MaxPooling1D(),
    keras.layers.Dropout(0.2),
    keras.layers.Conv1D(96, 3, padding="same", activation="relu"),
    keras.layers.GlobalMaxPooling1D(),
    keras.layers.Dropout(0.2),
    keras.layers.Dense(10),
])
""",
    right="From 8,000 samples to ten scores with {weights:,} weights, and the ear is inside: whoever loads this "
    "network hands it plain sound, and nothing can be prepared in another way than in training.",
)

# --- Test on new voices ---

GOAL, BY_CHANCE, LEARNED = 0.95, 0.2, 0.9
ROUNDED = 0.006  # an accuracy may be rounded to two digits, and a clip on the edge may tip over


def _observe_test(recognizer: object, test_ds: object, test_accuracy: object) -> SimpleNamespace:
    """Which voices are tested, how many of their clips the network gets right, and what the number handed in is."""
    model = expect.model(recognizer, "recognizer")
    it = SimpleNamespace(number="", value=0.0, accuracy=0.0)
    if expect.is_endless(expect.dataset(test_ds, "test_ds")):
        raise _unfit("an endless dataset")
    read = _read(test_ds, "test_ds", use=lambda sound: _scores(model, sound))
    if read.form:
        raise _unfit({"samples": "samples that are not in the file", "endless": "clips that come again and again"}.get(
            read.form, f"elements with sounds of shape `{read.shape}` and labels of shape `{read.label_shape}`"
        ))
    scores, digit = np.concatenate(read.used), _clips().digit[read.rows]
    rows = np.unique(read.rows)
    it.voices, it.clips, it.again = _voices_in(rows), len(rows), read.again
    it.voices_tested = _count(it.voices, "voice")
    full = np.bincount(_clips().voice[rows], minlength=VOICES)
    it.torn = int(np.sum((full > 0) & (full < EACH)))
    it.missing = int(np.sum(EACH - full[full > 0]))
    it.dropped = len(set(read.sizes)) == 1 < len(read.sizes) and it.torn <= 2 and it.missing < read.sizes[0]
    it.mislabelled = int(np.sum(read.labels != digit))
    if it.again or it.torn or it.mislabelled or not FEWEST_VOICES <= it.voices <= VOICES / 2:
        return it
    it.accuracy = float(np.mean(scores.argmax(axis=1) == digit))
    it.number, it.value = _number_of(test_accuracy, it.accuracy, _loss(scores, digit), it.clips)
    if it.number == "other" or BY_CHANCE < it.accuracy < GOAL:
        it.others = _accuracy_elsewhere(model, rows)
        if it.number == "other" and abs(it.value - it.others) < 0.015:
            it.number = "of the others"
    return it


def _unfit(received: str) -> Unexpected:
    return Unexpected(
        "`test_ds` to be the dataset of the test voices, as in the exercise before",
        received,
        "The check tests your network on it, and must know each clip again.",
        "Make it once more from the rows of the test.",
        DATASETS,
    )


def _scores(model: Any, sound: np.ndarray) -> np.ndarray:
    scores = _answers(model, sound, "recognizer")
    if scores.shape != (len(sound), DIGITS) or scores.dtype.kind != "f" or not np.all(np.isfinite(scores)):
        raise Unexpected(
            f"`recognizer` to give {DIGITS} finite scores for each clip",
            f"an output of shape `{scores.shape}` for {len(sound)} clips"
            if scores.shape != (len(sound), DIGITS) else "scores that are NaN, infinite or no decimal numbers",
            "The largest of the ten says which digit was heard.",
            "Hand in the network that you have trained.",
            LAYERS,
        )
    return scores


def _loss(scores: np.ndarray, digit: np.ndarray) -> float:
    """The mean cross-entropy, whether the network gives probabilities or scores."""
    if scores.min() >= 0 and np.allclose(scores.sum(axis=1), 1, atol=1e-3):
        logs = np.log(np.clip(scores, 1e-7, 1))
    else:
        high = scores.astype("float64") - scores.max(axis=1, keepdims=True)
        logs = high - np.log(np.exp(high).sum(axis=1, keepdims=True))
    return float(-logs[np.arange(len(digit)), digit].mean())


def _number_of(value: object, accuracy: float, loss: float, clips: int) -> tuple[str, float]:
    """What was handed in as the accuracy, in a word, and the number that it is."""
    if isinstance(value, dict):
        return "everything", 0.0
    numbers = expect.array(value, "test_accuracy")
    if numbers.size == 2 and numbers.ndim == 1:
        return "everything", 0.0
    if numbers.size != 1 or numbers.dtype.kind == "b":
        raise Unexpected(
            "`test_accuracy` to be one number",
            messages.of(value),
            "It is the share of the test clips that the network gets right.",
            "Look at what `evaluate` returns, and take the accuracy out of it.",
        )
    number = float(numbers.reshape(()))
    if abs(number - accuracy) <= ROUNDED:
        return "right", number
    if abs(number / 100 - accuracy) <= ROUNDED:
        return "percent", number
    if abs(number - accuracy * clips) < 0.5 + ROUNDED * clips and number == int(number):
        return "count", number
    if abs(number - (1 - accuracy)) <= ROUNDED / 2:
        return "errors", number
    if abs(number - loss) <= 0.02 * loss + 1e-4:
        return "loss", number
    return "other", number


def _accuracy_elsewhere(model: Any, tested: np.ndarray) -> float:
    """The share of right answers on the clips that are not in the test."""
    clips = datasets.load_generated_digits()
    others = np.setdiff1d(np.arange(CLIPS), tested)
    right = [
        _scores(model, clips["sound"][some]).argmax(axis=1) == clips["digit"][some]
        for some in np.array_split(others, len(others) // 128 + 1)
    ]
    return float(np.mean(np.concatenate(right)))


def _check_test(it: SimpleNamespace) -> None:
    if it.number != "right":
        raise Unexpected(
            f"`test_accuracy` to be the accuracy of `recognizer` on `test_ds`, about {it.accuracy:.3f}",
            f"{it.value:.4g}",
            "A number that was measured before the last training, or with another network or other clips, says "
            "nothing about this one.",
            "Evaluate `recognizer` on `test_ds` once more, and keep what comes out.",
        )


test_on_new_voices = Exercise(
    name="step8.test_on_new_voices",
    title="Test on new voices",
    task="Train your `recognizer` on `train_ds`, then evaluate it on `test_ds`, which holds all 20 clips of each of "
    "at least 10 voices that are in no other dataset. Keep the share of clips that it gets right in `test_accuracy`, "
    "a number from 0 to 1; it should be at least 0.95.",
    answers=["recognizer", "test_ds", "test_accuracy"],
    lesson=TRAIN,
    observe=_observe_test,
    misconceptions=[
        Misconception(
            name="clips tested twice",
            seen=lambda it: it.again > 0,
            did="Your `test_ds` hands out {again} clips that it has handed out before in the same pass.",
            follows="They count several times in the accuracy, and make it that of a test which you did not plan.",
            change="Let each test clip come once.",
            lesson=DATASETS,
        ),
        Misconception(
            name="tested with wrong labels",
            seen=lambda it: it.mislabelled > 0,
            did="Your `test_ds` gives {mislabelled} of its clips another digit than the one that is said.",
            follows="No network could do well on it, and one that seems to has learned the same mistake.",
            change="Cut sounds and digits to the same rows.",
            lesson=DATASETS,
        ),
        Misconception(
            name="tested on the training voices",
            seen=lambda it: it.voices > VOICES / 2 and it.torn <= 2,
            did="Your `test_ds` holds {voices} of the 86 voices, so most of them are voices that the network was "
            "trained on.",
            follows="On them it only has to remember. How it does with somebody whom it has never heard, this number "
            "cannot tell.",
            change="Evaluate on the dataset of the voices that were kept for the test.",
            lesson=TRAIN,
        ),
        Misconception(
            name="the last test clips dropped",
            seen=lambda it: it.torn > 0 and it.dropped,
            did="Your `test_ds` has full batches only, and {missing} clips of its last voices are missing.",
            follows="The accuracy then leaves out clips for no better reason than their place in the file.",
            change="Let the last batch be smaller than the others.",
            lesson=DATASETS,
        ),
        Misconception(
            name="tested on single clips",
            seen=lambda it: it.torn > 0,
            did="Your `test_ds` holds a part of the clips of {torn} voices; the rest of their clips is elsewhere.",
            follows="If they are in the training, the network knows these voices, and the accuracy is that of hearing "
            "old friends say one word more.",
            change="Test on whole voices, all 20 clips of each.",
            lesson=FLATTERS,
        ),
        Misconception(
            name="few voices in the test",
            seen=lambda it: it.voices < FEWEST_VOICES,
            did="Your `test_ds` holds {voices_tested}.",
            follows="A network often fails on one voice as a whole; among so few, one more or less of that kind "
            "decides what the accuracy is.",
            change="Keep at least 10 voices for the test.",
            lesson=SPLIT,
        ),
        Misconception(
            name="everything that evaluate returns",
            seen=lambda it: it.number == "everything",
            did="Your `test_accuracy` holds several numbers, the loss among them.",
            follows="`evaluate` returns the loss first and the metrics after it, in the order in which the network "
            "was compiled with them; only one of them is the accuracy.",
            change="Pick the accuracy out.",
            lesson=TRAIN,
        ),
        Misconception(
            name="percent",
            seen=lambda it: it.number == "percent",
            did="Your `test_accuracy` is {value:.4g}, the accuracy in percent.",
            follows="Keras and this course count it as a share from 0 to 1, and a comparison of the two is easily "
            "wrong by a factor of 100.",
            change="Leave the share as `evaluate` gives it.",
            lesson=TRAIN,
        ),
        Misconception(
            name="the number of right clips",
            seen=lambda it: it.number == "count",
            did="Your `test_accuracy` is {value:.0f}, the number of clips that the network gets right.",
            follows="Without the number of all test clips, {clips}, nobody can tell whether that is many.",
            change="Make a share of it.",
            lesson=TRAIN,
        ),
        Misconception(
            name="the share of errors",
            seen=lambda it: it.number == "errors",
            did="Your `test_accuracy` is {value:.3f}, the share of clips that the network gets wrong.",
            follows="That is a good number to look at, but it is called the error rate, and it should be small where "
            "the accuracy should be large.",
            change="Count the right ones.",
            lesson=TRAIN,
        ),
        Misconception(
            name="the loss",
            seen=lambda it: it.number == "loss",
            did="Your `test_accuracy` is {value:.4g}, which is the loss of the network on `test_ds`.",
            follows="The loss comes first in what `evaluate` returns. It is what the training makes small; how many "
            "clips are right it does not say.",
            change="Take the number behind it.",
            lesson=TRAIN,
        ),
        Misconception(
            name="the accuracy on the training voices",
            seen=lambda it: it.number == "of the others",
            did="Your `test_accuracy` is {value:.3f}; on `test_ds` the network gets {accuracy:.3f} right, and "
            "{others:.3f} on the clips that are not in it.",
            follows="So your number seems to come from the voices that the network was trained on. There it may know "
            "by heart what it should understand.",
            change="Hand `test_ds` to `evaluate`.",
            lesson=TRAIN,
        ),
        Misconception(
            name="untrained",
            seen=lambda it: it.number == "right" and it.accuracy < BY_CHANCE,
            did="Your `recognizer` gets {accuracy:.2f} of the test clips right, about as many as by guessing among "
            "ten digits.",
            follows="It was not trained, or it learned nothing: a network that is made anew after `fit` begins again "
            "with random weights, and labels that do not belong to their sounds teach nothing.",
            change="Look at the losses of the training: did they fall, and is this the network that was trained?",
            lesson=TRAIN,
        ),
        Misconception(
            name="over-fitting",
            seen=lambda it: it.number == "right"
            and it.accuracy < GOAL
            and it.others > max(LEARNED, it.accuracy + 0.03),
            did="Your `recognizer` gets {accuracy:.3f} of the test clips right, and more of all the others, "
            "{others:.3f}.",
            follows="It has learned the clips of its training, and in part their voices instead of the words: that is "
            "over-fitting.",
            change="Hold it back, or give it more to hear: fewer weights, dropout, augmentation, an earlier stop.",
            lesson="5.5 Under- and over-fitting",
        ),
        Misconception(
            name="trained too little",
            seen=lambda it: it.number == "right" and it.accuracy < GOAL,
            did="Your `recognizer` gets {accuracy:.3f} of the test clips right, and {others:.3f} of all the other "
            "clips.",
            follows="So it makes mistakes with the voices of its training, too: it has not learned enough yet, or its "
            "layers cannot learn more.",
            change="Look at the curve of the training loss: if it still falls, go on; if not, try more units or "
            "another learning rate.",
            lesson=TRAIN,
        ),
    ],
    check_observed=_check_test,
    hints=[
        'Compile with a loss for whole numbers as labels and with `metrics=["accuracy"]`, fit on `train_ds` with '
        "`validation_ds`, then test once.",
        "If the last layer gives scores without softmax, the loss must know: `from_logits=True`. Some twenty epochs are "
        "enough, if the validation accuracy still rises at the end of the first few.",
        "`loss, test_accuracy = recognizer.evaluate(test_ds, verbose=0)`: the loss comes first.",
    ],
    solution_code="""
recognizer.compile(
    optimizer=keras.optimizers.Adam(0.002),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
recognizer.fit(train_ds, validation_data=validation_ds, epochs=20, shuffle=False, verbose=0)
loss, test_accuracy = recognizer.evaluate(test_ds, verbose=0)
""",
    right="{accuracy:.3f} of {clips} clips by {voices} whole voices. As none of them is in `train_ds`, this number is "
    "about voices that the network has never heard; section 8.8 asks whether it holds for real people, too.",
)

# --- Your own word ---

TONE, SILENT = 600, 1e-6
RECORDINGS = ((8000, 0.5), (16000, 0.6), (16000, 2.0), (44100, 0.4), (44100, 3.0), (48000, 1.0))  # rate, seconds


def _recording(rate: int, seconds: float) -> np.ndarray:
    """A tone with silence around it, as somebody's word; in a longer recording it ends before 0.8 s."""
    time = np.arange(int(rate * seconds)) / rate
    inside = (time >= 0.05) & (time < _word_ends(seconds))
    return (0.5 * np.sin(2 * np.pi * TONE * time) * inside).astype("float32")


def _word_ends(seconds: float) -> float:
    return min(seconds - 0.05, 0.8)


def _hear_is_written(hear: object) -> bool:
    return expect.is_written(hear, lambda: hear(_recording(RATE, 0.5), RATE))


def _observe_hear(hear: object) -> SimpleNamespace:
    """What becomes of six recordings: shape, pitch as the recognizer would hear it, and how long they sound."""
    function = expect.function(hear, "hear")
    heard = []
    for rate, seconds in RECORDINGS:
        with expect.using(f"`hear` was called with {seconds:g} s of sound at {rate:,} samples a second"):
            answer = function(_recording(rate, seconds), rate)
        if answer is None:
            return SimpleNamespace(form="nothing")
        heard.append(_listen(expect.array(answer, "hear(samples, rate)"), rate, seconds))
        if heard[-1].form:
            return heard[-1]
    it = SimpleNamespace(form="", pitch=_pitch(heard), heard=heard, hertz=heard[1].hertz, seconds=heard[1].seconds)
    it.target = RATE * TONE / max(heard[1].hertz, 1)
    it.odd = heard[3].hertz
    it.peak = max(each.peak for each in heard)
    short = [each for each in heard if each.seconds < 1]
    long = [each for each in heard if each.seconds > 1]
    it.cut_first = next((each for each in long if _is_shortened(each)), None)
    it.not_padded = next((each for each in short if each.samples < RATE), None)
    it.not_cut = next((each for each in long if each.samples > RATE), None)
    it.filled = next((each for each in short if each.sounds > each.word + 0.06), None)
    it.lost = next((each for each in long if each.sounds < each.word - 0.06), None)
    return it


def _listen(answer: np.ndarray, rate: int, seconds: float) -> SimpleNamespace:
    """What one answer of `hear` is like; `form` says in a word what is wrong with its axes or its type."""
    it = SimpleNamespace(rate=rate, seconds=seconds, word=_word_ends(seconds) - 0.05, shape=str(answer.shape), form="")
    it.form = _form_of_sound(answer)
    if it.form:
        return it
    if answer.ndim != 2 or len(answer) != 1:
        raise Unexpected(
            f"`hear` to give one clip of shape `(1, {RATE})`",
            f"shape `{answer.shape}` for {seconds:g} s at {rate:,} samples a second",
            "The recognizer takes a batch of clips, and there is one recording.",
            "Print the shape after each of your steps.",
        )
    sound = answer[0].astype("float64")
    it.samples, it.peak = len(sound), float(np.abs(sound).max())
    strength = np.abs(np.fft.rfft(sound - sound.mean()))
    it.hertz = float(np.argmax(strength) * RATE / len(sound)) if it.peak > SILENT else 0.0
    frames = np.sqrt((sound[: len(sound) // 80 * 80].reshape(-1, 80) ** 2).mean(axis=1))
    it.sounds = float(np.sum(frames > 0.3 * frames.max()) / 100) if it.peak > SILENT and len(frames) else 0.0
    return it


def _form_of_sound(answer: np.ndarray) -> str:
    """What is wrong with the axes or the type of an answer, in a word."""
    if answer.ndim == 1:
        return "no batch"
    if answer.ndim == 3 and 1 in answer.shape[1:]:
        return "channel"
    if answer.ndim == 2 and answer.shape[1] == 1 < len(answer):
        return "batch last"
    return "whole numbers" if answer.ndim == 2 and answer.dtype.kind != "f" else ""


def _is_shortened(it: SimpleNamespace) -> bool:
    """Whether just so much of a long recording is left as its first 8,000 samples held."""
    left = RATE / it.rate - 0.05
    return it.sounds < it.word - 0.06 and abs(it.sounds - left) < 0.05


def _pitch(heard: list[SimpleNamespace]) -> str:
    """What the pitches of all recordings together say of the way in which the rate was changed, in a word."""
    steps = [max(each.rate // RATE, 1) for each in heard]
    sounding = [number for number, each in enumerate(heard) if each.hertz > 0]
    ways: dict[str, list[float]] = {
        "right": [TONE] * len(heard),
        "rate ignored": [TONE * RATE / each.rate for each in heard],
        "every second sample": [TONE * 2 * RATE / each.rate for each in heard],
        "whole steps": [TONE * step * RATE / each.rate for step, each in zip(steps, heard, strict=True)],
        "rounded steps": [TONE * round(each.rate / RATE) * RATE / each.rate for each in heard],
        "upside down": [TONE * (RATE / each.rate) ** 2 for each in heard],
        "stretched": [TONE * each.seconds for each in heard],
    }
    for way, wanted in ways.items():
        if sounding and all(abs(heard[it].hertz - wanted[it]) < 0.03 * wanted[it] + 3 for it in sounding):
            return way
    found = [heard[number].hertz for number in sounding]
    return "another target" if found and max(found) - min(found) < 0.03 * max(found) + 3 else "other"


def _check_hear(it: SimpleNamespace) -> None:
    if it.pitch != "right":
        found = ", ".join(f"{each.hertz:.0f} Hz from {each.seconds:g} s at {each.rate:,}" for each in it.heard)
        raise Unexpected(
            f"`hear` to keep the pitch of a sound: a tone of {TONE} Hz stays one at 8,000 samples a second",
            f"{found} (0 means silence)",
            "Words that are higher, slower or distorted are words that the recognizer has never heard.",
            "Try your function on a tone whose pitch you know, at several rates.",
        )
    wrong = next((each for each in it.heard if each.samples != RATE or abs(each.sounds - each.word) > 0.06), None)
    if wrong:
        raise Unexpected(
            f"one second, {RATE:,} samples, with the whole word in it",
            f"{wrong.samples:,} samples in which it sounds for {wrong.sounds:.2f} s, from {wrong.seconds:g} s at "
            f"{wrong.rate:,} samples a second with a word of {wrong.word:.2f} s",
            "The recognizer was trained on one second with one word.",
            "Look at where your function cuts and where it adds zeros.",
        )


hear = Exercise(
    name="step8.hear",
    title="Your own word",
    task="Write `hear(samples, rate)`: `samples` is a recording with one channel, decimal numbers from −1 to 1, at "
    "least 0.2 and at most 3 seconds long, and `rate` the number of its samples a second, such as 8000, 16000, 44100 or 48000. It returns "
    "what the recognizer takes: an array of shape `(1, 8000)`, one second at 8,000 samples a second. Fill up with "
    "zeros what is too short; of what is longer, keep the first second or the loudest one.",
    answers=["hear"],
    lesson=OWN_WORD,
    attempted=_hear_is_written,
    observe=_observe_hear,
    misconceptions=[
        Misconception(
            name="nothing returned",
            seen=lambda it: it.form == "nothing",
            did="Your `hear` returns nothing, `None`.",
            follows="A function without `return` gives `None`, whatever it has computed, and the recognizer cannot "
            "take it.",
            change="Return the array at the end of `hear`.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="no batch axis",
            seen=lambda it: it.form == "no batch",
            did="Your `hear` returns an array of shape `{shape}`, one sound without a batch.",
            follows="A network counts examples along its first axis: it would take each sample for a clip of its own, "
            "and stop with an error about the shape.",
            change="Put an axis of length 1 in front.",
            lesson=ONE_ROW,
        ),
        Misconception(
            name="a channel axis",
            seen=lambda it: it.form == "channel",
            did="Your `hear` returns an array of shape `{shape}`, with one axis more than clips and samples.",
            follows="A recording may have an axis for its channels; the recognizer was trained on clips that have "
            "none.",
            change="Leave that axis out.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="the batch axis at the end",
            seen=lambda it: it.form == "batch last",
            did="Your `hear` returns a column, an array of shape `{shape}`.",
            follows="The network reads it as that many clips of one sample each.",
            change="Put the new axis before the samples, not after them.",
            lesson=ONE_ROW,
        ),
        Misconception(
            name="whole numbers",
            seen=lambda it: it.form == "whole numbers",
            did="Your `hear` returns whole numbers.",
            follows="The samples lie between −1 and 1. Rounded to whole numbers hardly anything of them is left, and "
            "on another scale they are nothing that the network has heard in its training.",
            change="Keep the samples decimal, as they come in.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="rate ignored",
            seen=lambda it: it.pitch == "rate ignored",
            did="Your `hear` takes no notice of `rate`: it hands on the samples as if every recording had 8,000 a "
            "second.",
            follows="A tone of 600 Hz, recorded with 16,000 samples a second, then sounds like {hertz:.0f} Hz and "
            "twice as long: the recognizer hears somebody speak slowly, with a deep voice.",
            change="Bring the samples to 8,000 a second first.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="every second sample",
            seen=lambda it: it.pitch == "every second sample",
            did="Your `hear` takes every second sample, whatever the rate.",
            follows="That is right for 16,000 samples a second and for no other rate: a recording that has 8,000 "
            "already becomes twice as fast and an octave higher.",
            change="Let `rate` decide by how much the samples become fewer.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="whole steps only",
            seen=lambda it: it.pitch in ("whole steps", "rounded steps"),
            did="Your `hear` takes every second, fifth or sixth sample, a whole number of steps.",
            follows="44,100 is no multiple of 8,000: there your tone of 600 Hz becomes one of {odd:.0f} Hz, and the "
            "word changes its length.",
            change="Compute the values between the samples, or let a library for sound do it.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="rates in the wrong order",
            seen=lambda it: it.pitch == "upside down",
            did="Your `hear` changes the rate in the wrong direction: from 16,000 samples a second it goes up to "
            "32,000.",
            follows="The recording gets more samples in place of fewer, and a tone of 600 Hz sounds like {hertz:.0f} "
            "Hz.",
            change="See which rate is the old one and which the new one, and in which order the function wants them.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="stretched to one second",
            seen=lambda it: it.pitch == "stretched",
            did="Your `hear` makes 8,000 samples of any recording, however long it is.",
            follows="So a short word is drawn out and a long recording pressed together, and their pitch changes with "
            "them: 600 Hz in a recording of {seconds:g} s become {hertz:.0f} Hz.",
            change="Change the rate by `rate` alone; then add silence or cut.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="another rate than that of the clips",
            seen=lambda it: it.pitch == "another target",
            did="Your `hear` brings all recordings to about {target:,.0f} samples a second.",
            follows="The recognizer was trained on 8,000 a second, and takes what it is given for that: a tone of 600 "
            "Hz sounds like {hertz:.0f} Hz to it.",
            change="Choose the rate of the clips in the file.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="divided as whole numbers are",
            seen=lambda it: it.pitch == "right" and it.peak < 0.02,
            did="Your `hear` makes the samples very small: from 0.5 at the loudest moment they go down to {peak:.2g}.",
            follows="Dividing by 32,768 is right for whole numbers of 16 bits. These samples lie between −1 and 1 "
            "already, and the network would hear hardly more than silence.",
            change="Leave the scale of the samples as it is.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="far too loud",
            seen=lambda it: it.pitch == "right" and it.peak > 2,
            did="Your `hear` makes the samples large: from 0.5 at the loudest moment they go up to {peak:,.1f}.",
            follows="The clips of the training lie between −1 and 1; in decibels, all the numbers that the network "
            "gets would be higher than any that it knows.",
            change="Keep the samples between −1 and 1.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="cut before the rate is changed",
            seen=lambda it: it.pitch == "right" and it.cut_first is not None,
            did="Your `hear` cuts off 8,000 samples before it changes the rate.",
            follows="At {cut_first.rate:,} samples a second, these 8,000 are less than a second, and the word of "
            "{cut_first.word:.2f} s loses its end: {cut_first.sounds:.2f} s are left of it.",
            change="Let the recording become one with 8,000 samples a second, and only then count samples.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="not filled up",
            seen=lambda it: it.pitch == "right" and it.not_padded is not None,
            did="Your `hear` gives {not_padded.samples:,} samples for a recording of {not_padded.seconds:g} s at "
            "{not_padded.rate:,} samples a second.",
            follows="The recognizer was trained on full seconds. Given another number of samples, a network stops "
            "with an error, or, which is worse, it answers all the same. Zeros that are added before the rate is "
            "changed become fewer with it.",
            change="Add zeros at the end, until a full second is there.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="not cut",
            seen=lambda it: it.pitch == "right" and it.not_cut is not None,
            did="Your `hear` gives {not_cut.samples:,} samples for a recording of {not_cut.seconds:g} s.",
            follows="The recognizer was trained on one second with one word in it. On anything longer a network stops "
            "with an error, or it answers about something that it has never learned.",
            change="Keep one second of it.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="filled up with sound",
            seen=lambda it: it.pitch == "right" and it.filled is not None,
            did="Your `hear` fills up short recordings with sound: a word of {filled.word:.2f} s goes on for "
            "{filled.sounds:.2f} s.",
            follows="A word that is repeated or mirrored to fill the second is another word. In the clips of the "
            "training nothing but zeros comes after it.",
            change="Fill up with silence.",
            lesson=OWN_WORD,
        ),
        Misconception(
            name="the word cut away",
            seen=lambda it: it.pitch == "right" and it.lost is not None,
            did="Your `hear` keeps a second in which the word is missing or incomplete: of {lost.word:.2f} s, "
            "{lost.sounds:.2f} s are left.",
            follows="In a longer recording the word may stand anywhere. The middle or the end of it is often what "
            "comes after the word.",
            change="Keep the first second, or look for the loudest one.",
            lesson=OWN_WORD,
        ),
    ],
    check_observed=_check_hear,
    hints=[
        "Three steps, in this order: the rate, the length, the batch. After the first one, a second has 8,000 "
        "samples, and counting is easy.",
        "`soxr.resample(samples, rate, 8000)` changes the rate and keeps the pitch. A slice cuts, and never complains "
        "when there is less than it asks for.",
        "`sound = soxr.resample(samples, rate, 8000)[:8000]`, then `np.pad` with `8000 - len(sound)` zeros at the "
        "end, then an axis in front.",
    ],
    solution_code="""
import soxr

def hear(samples, rate):
    sound = soxr.resample(samples, rate, 8000)[:8000]
    return np.pad(sound, (0, 8000 - len(sound)))[np.newaxis]
""",
    right="Any recording becomes one second at 8,000 samples a second, with the pitch and the length of what was "
    "said. That is all that the recognizer needs; the rest it does by its own ear.",
)
