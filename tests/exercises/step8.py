"""Answers to the exercises of notebook 08, recognize speech."""

import functools

from companion import datasets, feedback
from exercises.answers import Answers

SETUP = """
import numpy as np
import tensorflow as tf
import keras
from companion import datasets
from companion.exercises import step8
from exercises.step8 import clips_loaded_once

keras.utils.set_random_seed(0)  # without it, one in some hundred of the small networks begins with dead units only
clips = clips_loaded_once()
"""


@functools.cache
def _clips() -> dict:
    clips = datasets.load_generated_digits()
    for values in clips.values():
        values.setflags(write=False)
    return clips


def clips_loaded_once() -> dict:
    """What `datasets.load_generated_digits` returns; unpacking 1,720 clips for each of some 500 answers takes a minute."""
    return dict(_clips())


VOICES = 'voices = np.random.default_rng(4).permutation(np.unique(clips["voice"]))\n'


def split(train: str, validation: str, test: str, before: str = VOICES) -> str:
    """The three answers of `split_by_voice`, where `of(names)` is a mask of the clips of these voices."""
    return (
        f'{before}def of(names):\n    return np.isin(clips["voice"], names)\n'
        f"train = {train}\nvalidation = {validation}\ntest = {test}\n"
    )


def split_clips(order: str) -> str:
    """Three parts cut from one order of the 1,720 rows, by clip."""
    return f"order = {order}\ntrain, validation, test = order[:1200], order[1200:1460], order[1460:]"


PARTS = VOICES + """
train, validation, test = (np.isin(clips["voice"], some) for some in np.split(voices, [60, 72]))
"""
MIXED_ONCE = "train = np.random.default_rng(0).permutation(np.flatnonzero(train))\n"
VOICE_BY_VOICE = PARTS + """
train = np.concatenate([np.flatnonzero(clips["voice"] == name) for name in voices[:60]])
"""


def load(
    pairs: str = '(clips["sound"][rows], clips["digit"][rows])',
    train: str = ".shuffle(1720).batch(32)",
    others: str = ".batch(100)",
    parts: str = PARTS,
    validation: str = "",
    test: str = "",
) -> str:
    """The three datasets, with some of their making changed; `validation` and `test` take the place of `others`."""
    return f"""{parts}
def of(rows):
    return tf.data.Dataset.from_tensor_slices({pairs})
train_ds = of(train){train}
validation_ds = of(validation){validation or others}
test_ds = of(test){test or others}
"""


def ear(*layers: str, before: str = "") -> str:
    """A Sequential ear of these layers."""
    return f"{before}\near = keras.Sequential([keras.Input((8000,)), {', '.join(layers)}])"


def mel(**settings: object) -> str:
    """The spectrogram layer of the solution, with some of its settings changed; None leaves a setting out."""
    usual = {"fft_length": 400, "sequence_stride": 200, "sampling_rate": 8000, "num_mel_bins": 40, "min_freq": 60, "top_db": 300}
    given = {name: value for name, value in {**usual, **settings}.items() if value is not None}
    return "keras.layers.MelSpectrogram(" + ", ".join(f"{name}={value}" for name, value in given.items()) + ")"


def stft(**settings: object) -> str:
    """Keras' other spectrogram layer, with a window made by NumPy: its own windows would need SciPy."""
    usual = {"frame_length": 256, "frame_step": 128, "window": "np.hanning(256)"}
    given = ", ".join(f"{name}={value}" for name, value in {**usual, **settings}.items())
    return f"keras.layers.STFTSpectrogram({given})"


SWAP = "keras.layers.Permute((2, 1))"
CHANNEL = "keras.layers.Reshape((8000, 1))"


def own_ear(returns: str, ear: str = "Ear()") -> str:
    """An ear of an own class: `power` is the strength of each frequency in each window, squared."""
    return f"""
@keras.saving.register_keras_serializable(package="tests")
class Ear(keras.layers.Layer):
    def call(self, sounds):
        windows = tf.signal.stft(sounds, 256, 160, fft_length=256)
        power = tf.abs(windows) ** 2
        return {returns}
ear = {ear}
"""


MEL = "tf.linalg.matmul(power, tf.signal.linear_to_mel_weight_matrix(40, 129, 8000, 60.0, 3900.0))"


def net(*layers: str, start: str = f"{mel()}, {SWAP}", before: str = "") -> str:
    """A recognizer with the right ear and these layers."""
    return f"{before}\nrecognizer = keras.Sequential([keras.Input((8000,)), {start}, {', '.join(layers)}])"


CONV = 'keras.layers.Conv1D(16, 5, activation="relu")'
POOL = "keras.layers.GlobalAveragePooling1D()"
TEN = "keras.layers.Dense(10)"

TRAINED = """
voices = np.unique(clips["voice"])
train, validation, test = (np.isin(clips["voice"], some) for some in np.split(voices, [60, 72]))

class Remembers(keras.layers.Layer):
    \"\"\"Knows each clip of the file again, and says what it was told of it.\"\"\"

    def __init__(self, said):
        super().__init__()
        self.directions = np.random.default_rng(0).normal(size=(8000, 4)).astype("float32")
        self.places = clips["sound"] @ self.directions
        self.said = np.eye(10, dtype="float32")[said]
        self.loud = self.add_weight(shape=(), initializer="ones")

    def call(self, sounds):
        apart = tf.reduce_sum((tf.matmul(sounds, self.directions)[:, None] - self.places) ** 2, axis=-1)
        return 4 * self.loud * tf.gather(self.said, tf.argmin(apart, axis=1))

def trained(test_share=0.96, share=0.99):
    wrong = np.zeros(1720, bool)
    for rows, right in [(np.flatnonzero(test), test_share), (np.flatnonzero(~test), share)]:
        wrong[rows[np.linspace(0, len(rows) - 1, round((1 - right) * len(rows))).astype(int)]] = True
    said = np.where(wrong, (clips["digit"] + 1) % 10, clips["digit"])
    return compiled(keras.Sequential([keras.Input((8000,)), Remembers(said)]))

def compiled(model):
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model

def of(rows):
    return tf.data.Dataset.from_tensor_slices((clips["sound"][rows], clips["digit"][rows]))

train_ds = of(train).shuffle(1720).batch(400)
validation_ds, test_ds = of(validation).batch(400), of(test).batch(32)
recognizer = trained()
"""


def tested(number: str = "recognizer.evaluate(test_ds, verbose=0)[1]", *lines: str) -> str:
    """The number that is handed in as the accuracy, after some lines that change what it is measured with."""
    return "\n".join([*lines, f"test_accuracy = {number}"])


def hear(*lines: str, returns: str = "sound[np.newaxis]") -> str:
    """A function `hear` of these lines."""
    body = "".join(f"\n    {line}" for line in lines)
    return f"import soxr\ndef hear(samples, rate):{body}\n    return {returns}"


RESAMPLE = "sound = soxr.resample(samples, rate, 8000)"
FILL = "sound = np.pad(sound[:8000], (0, max(0, 8000 - len(sound))))"

ANSWERS = {
    "split_by_voice": Answers(
        starter="train = ...\nvalidation = ...\ntest = ...",
        right={
            "row numbers": split("np.flatnonzero(of(voices[:60]))", "np.where(of(voices[60:75]))", "of(voices[75:]).nonzero()[0]"),
            "slices of the file, at the ends of voices": "train, validation, test = slice(0, 1000), slice(1000, 1360), slice(1360, None)",
            "lists and a range": "train, validation, test = list(range(1200)), range(1200, 1460), np.arange(1460, 1720)",
            "what is left": split("~(validation | test)", "None", "None").replace(
                "train =", "validation, test = of(voices[:10]), of(voices[10:20])\ntrain ="
            ).replace("\nvalidation = None\ntest = None", ""),
            "lists of True and False": split("of(voices[20:]).tolist()", "of(voices[:10]).tolist()", "list(of(voices[10:20]))"),
            "by the number of the voice": """
number = np.unique(clips["voice"], return_inverse=True)[1]
train, validation, test = number % 5 > 1, number % 5 == 0, number % 5 == 1
""",
            "tensors": split("tf.constant(of(voices[:43]))", "tf.where(of(voices[43:60]))[:, 0]", "tf.constant(of(voices[60:]))"),
            "counted from the end": "train, validation, test = np.arange(-1720, -700), np.arange(-700, -300), np.arange(-300, 0)",
        },
        wrong={
            "the clips instead of their rows": [
                split('clips["sound"][of(voices[:60])]', "of(voices[60:72])", "of(voices[72:])"),
                split("of(voices[:60])", '{name: column[of(voices[60:72])] for name, column in clips.items()}', "of(voices[72:])"),
            ],
            "names of voices instead of rows": [
                VOICES + "train, validation, test = voices[:60], voices[60:72], voices[72:]",
                split('clips["voice"][of(voices[:60])]', "of(voices[60:72])", "of(voices[72:])"),
                VOICES + "train, validation, test = set(voices[:60]), list(voices[60:72]), tuple(voices[72:])",
            ],
            "numbers of voices instead of rows": [
                "order = np.random.default_rng(0).permutation(86)\n"
                "train, validation, test = order[:60], order[60:72], order[72:]",
                "train, validation, test = range(60), range(60, 73), range(73, 86)",
            ],
            "names of accents instead of rows": "train, validation, test = ['en-us', 'en'], ['en-gb-x-rp'], ['en-029']",
            "digits instead of rows": split('clips["digit"][of(voices[:60])]', "of(voices[60:72])", "of(voices[72:])"),
            "a mask of numbers": [
                split("of(voices[:60]).astype(int)", "of(voices[60:72])", "of(voices[72:])"),
                split("of(voices[:60])", "of(voices[60:72])", "np.where(of(voices[72:]), 1.0, 0.0)"),
            ],
            "a mask of voices": "number = np.arange(86)\n"
            "train, validation, test = number < 60, number // 12 == 5, number >= 72",
            "an empty part": [
                split("of(voices)", 'of(["nobody"])', "of([])"),
                "order = np.arange(1720)\ntrain, validation, test = order[:1720], order[1720:1900], order[1900:]",
                split("of(voices[:60])", "of(voices[60:])", "[]"),
            ],
            "drawn with replacement": [
                "rng = np.random.default_rng(0)\n"
                "train, validation, test = (rng.integers(0, 1720, n) for n in (1200, 260, 260))",
                split("np.repeat(np.flatnonzero(of(voices[:60])), 2)", "of(voices[60:72])", "of(voices[72:])"),
            ],
            "one part for validation and test": split("of(voices[:66])", "of(voices[66:])", "of(voices[66:])"),
            "clips in two parts": [
                split("of(voices[:65])", "of(voices[60:72])", "of(voices[72:])"),
                split("np.ones(1720, bool)", "of(voices[60:72])", "of(voices[72:])"),
                "rng = np.random.default_rng(0)\n"
                "train, validation, test = (rng.permutation(1720)[:n] for n in (1200, 260, 260))",
            ],
            "clips in no part": [
                split("of(voices[:50])", "of(voices[60:72])", "of(voices[72:])"),
                "train, validation, test = np.arange(1199), np.arange(1200, 1460), np.arange(1460, 1720)",
            ],
            "split by digit": 'train, validation, test = clips["digit"] < 6, clips["digit"] // 2 == 3, clips["digit"] > 7',
            "split by accent": """
accents = np.unique(clips["accent"])
train, validation, test = (np.isin(clips["accent"], some) for some in (accents[:5], accents[5:6], accents[6:]))
""",
            "a voice cut in two": [
                "train, validation, test = slice(0, 1204), slice(1204, 1460), slice(1460, 1720)",
                split_clips("np.arange(1720)").replace("1200", "1376").replace("1460", "1548"),
                "train, validation, test = np.arange(500, 1720), np.arange(250), np.arange(250, 500)",
            ],
            "clips divided, not voices": [
                split_clips("np.random.default_rng(0).permutation(1720)"),
                "order = np.arange(1720)\ntrain, validation, test = order[order % 5 > 1], order[::5], order[1::5]",
                "draw = np.random.default_rng(0).integers(0, 6, 1720)\n"
                "train, validation, test = draw < 4, draw == 4, draw == 5",
            ],
            "few voices to judge by": [
                split("of(voices[:75])", "of(voices[75:77])", "of(voices[77:])"),
                split("of(voices[:75])", "of(voices[75:85])", "of(voices[85:])"),
            ],
            "few voices to learn from": split("of(voices[:42])", "of(voices[42:60])", "of(voices[60:])"),
            feedback.NOT_EXPECTED: [
                "train, validation, test = np.arange(1200), np.arange(1200, 1460), set(range(1460, 1720))",
                "train, validation, test = np.arange(1200), np.arange(1200, 1460), tuple(range(1460, 1720))",
                split("of(voices[:60])", "of(voices[60:72])", "of(voices[72:])[:1000]"),
                split("np.flatnonzero(of(voices[:60])) + 1000", "of(voices[60:72])", "of(voices[72:])"),
                split("np.flatnonzero(of(voices[:60])) / 1", "of(voices[60:72])", "of(voices[72:])"),
                split("7", "of(voices[60:72])", "of(voices[72:])"),
            ],
        },
    ),
    "load_the_clips": Answers(
        starter="train_ds = ...\nvalidation_ds = ...\ntest_ds = ...",
        right={
            "prefetch, cache, other sizes": load(train=".cache().shuffle(1200).batch(64).prefetch(2)", others=".batch(500).cache()"),
            "voices of one's own choice": load(parts="train, validation, test = slice(0, 1100), slice(1100, 1400), slice(1400, 1720)"),
            "row numbers first, sounds by map": PARTS + """
sounds, digits = tf.constant(clips["sound"]), tf.constant(clips["digit"])
def of(rows):
    return tf.data.Dataset.from_tensor_slices(np.flatnonzero(rows))
def fetch(some):
    return tf.gather(sounds, some), tf.gather(digits, some)
train_ds = of(train).shuffle(1720).batch(16).map(fetch)
validation_ds, test_ds = (of(rows).batch(240).map(fetch) for rows in (validation, test))
""",
            "digits as int32, all shuffled": load(
                '(clips["sound"][rows], clips["digit"][rows].astype("int32"))', others=".shuffle(2000).batch(50)"
            ),
            "zipped": PARTS + """
def of(rows):
    slices = tf.data.Dataset.from_tensor_slices
    return tf.data.Dataset.zip(slices(clips["sound"][rows]), slices(clips["digit"][rows]))
train_ds = of(train).shuffle(1720, seed=3).batch(32)
validation_ds, test_ds = of(validation).batch(32), of(test).batch(32)
""",
            "a large buffer, not of all clips": load(train=".shuffle(400, seed=1).batch(32)"),
            "one clip a batch": load(train=".shuffle(1720).batch(1)"),
            "mixed once before, and well again": load(parts=PARTS + MIXED_ONCE, train=".shuffle(900).batch(32)"),
        },
        wrong={
            "the same clips again and again": [
                load(train=".shuffle(1720).repeat().batch(32)"),
                load(test=".batch(100).repeat(20)"),
            ],
            "labels first": load('(clips["digit"][rows], clips["sound"][rows])'),
            "no batches": [
                load(train=".shuffle(1720)"),
                load(test=".take(1720)"),
                load('(clips["sound"][rows][..., None], clips["digit"][rows])', train=".shuffle(1720)"),
            ],
            "batched twice": [
                load(train=".shuffle(1720).batch(32).batch(2)"),
                load('(clips["sound"][rows][None], clips["digit"][rows][None])', train=".batch(1)", others=".batch(1)"),
                load('(clips["sound"][rows][:, None], clips["digit"][rows])'),
            ],
            "a channel axis": load('(clips["sound"][rows][..., None], clips["digit"][rows])'),
            "other samples than in the file": [
                load('(32767 * clips["sound"][rows], clips["digit"][rows])'),
                load('((32767 * clips["sound"][rows]).astype("int16"), clips["digit"][rows])'),
                load('((clips["sound"][rows] - clips["sound"].mean()) / clips["sound"].std(), clips["digit"][rows])'),
                load('(clips["sound"][rows].astype("float16"), clips["digit"][rows])'),
            ],
            "words for labels": [
                load('(clips["sound"][rows], clips["voice"][rows])'),
                load('(clips["sound"][rows], clips["accent"][rows])'),
            ],
            "one-hot digits": load('(clips["sound"][rows], keras.utils.to_categorical(clips["digit"][rows], 10))'),
            "digits in a column": load('(clips["sound"][rows], clips["digit"][rows][:, None])'),
            "digits with decimals": load('(clips["sound"][rows], clips["digit"][rows].astype("float32"))'),
            "voices for labels": load('(clips["sound"][rows], np.unique(clips["voice"], return_inverse=True)[1][rows])'),
            "digits from 1 on": load('(clips["sound"][rows], clips["digit"][rows] + 1)'),
            "labels counted in file order": [
                load('(clips["sound"][rows], np.arange(rows.sum()) % 10)'),
                load('(clips["sound"][rows], np.repeat(np.arange(10), rows.sum() // 10))'),
            ],
            "sounds and digits apart": [
                load('(clips["sound"][rows], np.random.default_rng(0).permutation(clips["digit"][rows]))'),
                load('(clips["sound"][rows], clips["digit"][:rows.sum()][::-1])'),
                PARTS + """
def of(rows):
    slices = tf.data.Dataset.from_tensor_slices
    sounds, digits = slices(clips["sound"][rows]), slices(clips["digit"][rows])
    return tf.data.Dataset.zip(sounds.shuffle(1720, seed=1), digits.shuffle(1720, seed=2)).batch(32)
train_ds, validation_ds, test_ds = of(train), of(validation), of(test)
""",
            ],
            "clips that come twice": [
                load(train=".shuffle(1720).repeat(2).batch(32)"),
                load(parts="train, validation, test = np.arange(1200) // 2, np.arange(1200, 1460), np.arange(1460, 1720)"),
            ],
            "the same clips in two datasets": [
                load(parts=PARTS + "validation = test\n"),
                load(parts=PARTS + "train = np.ones(1720, bool)\n"),
            ],
            "the same voices in two datasets": [
                load(parts="train, validation, test = np.split(np.random.default_rng(0).permutation(1720), [1200, 1460])"),
                load(parts="train, validation, test = np.split(np.arange(1720), [1210, 1460])"),
            ],
            "the last batch dropped": [
                load(train=".shuffle(1720).batch(32, drop_remainder=True)", others=".batch(32, drop_remainder=True)"),
                load(train=".shuffle(1720).batch(32, drop_remainder=True)", others=".batch(20)"),
            ],
            "clips left out": [
                load(train=".take(1000).shuffle(1720).batch(32)"),
                load(parts=PARTS + "train = np.flatnonzero(train)[:-40]\n"),
            ],
            "one batch for everything": load(train=".shuffle(1720).batch(1720)"),
            "training clips in file order": [
                load(train=".batch(32)"),
                load(train=".batch(32)", others=".shuffle(1720).batch(32)"),
                load(train=".shuffle(1).batch(32)"),
            ],
            "one order for every epoch": [
                load(train=".shuffle(1720, seed=1, reshuffle_each_iteration=False).batch(32)"),
                load(train=".shuffle(1720).cache().batch(32)"),
                load(parts=PARTS + MIXED_ONCE, train=".batch(32)"),
                load(parts=VOICE_BY_VOICE, train=".batch(32)"),
            ],
            "batches mixed, not clips": [
                load(train=".batch(32).shuffle(1720)"),
                load(parts=PARTS + MIXED_ONCE, train=".batch(32).shuffle(99)"),
            ],
            "a small shuffle buffer": [
                load(train=".shuffle(32).batch(32)"),
                load(train=".shuffle(250).batch(32)"),
                load(parts=VOICE_BY_VOICE, train=".shuffle(60).batch(32)"),
            ],
            feedback.NOT_EXPECTED: [
                load('clips["sound"][rows]'),
                load('{"sound": clips["sound"][rows], "digit": clips["digit"][rows]}'),
                load('(clips["sound"][rows], clips["digit"][rows], clips["voice"][rows])'),
                load('({"sound": clips["sound"][rows]}, clips["digit"][rows])'),
                load('(clips["sound"][rows][:, :4000], clips["digit"][rows])'),
                load('(clips["sound"][rows], np.stack([clips["digit"][rows]] * 2, axis=1))'),
                load(parts=VOICES + 'train, validation, test = (np.isin(clips["voice"], some) for some in np.split(voices, [78, 82]))'),
                load() + "test_ds = (clips['sound'][test], clips['digit'][test])",
            ],
            feedback.STOPPED: load(
                train=".map(lambda sound, digit: (sound, tf.py_function(lambda one: one // 0, [digit], tf.int64)))"
            ),
        },
    ),
    "ear": Answers(
        starter="ear = ...",
        right={
            "Keras' other layer": ear(CHANNEL, stft()),
            "other windows and bands": ear(mel(fft_length=512, sequence_length=256, sequence_stride=80, num_mel_bins=30), SWAP),
            "no decibels, then a logarithm of one's own": own_ear("tf.math.log(power + 1e-6)"),
            "tf.signal, mel, in a model": own_ear(f"tf.math.log({MEL} + 1e-6)", "keras.Sequential([keras.Input((8000,)), Ear()])"),
            "a layer that mixes the bands": ear(mel(), SWAP, 'keras.layers.Dense(30, kernel_initializer="random_normal")'),
            "each clip less its mean": own_ear(
                "tf.math.log(power + 1e-6) - tf.reduce_mean(tf.math.log(power + 1e-6), axis=[1, 2], keepdims=True)"
            ),
            "a spread of 1 for each clip": ear(mel(), SWAP, "keras.layers.LayerNormalization(axis=[1, 2])"),
            "noise while it trains": ear("keras.layers.GaussianNoise(0.1)", mel(), SWAP),
            "Functional": f"sound = keras.Input((8000,))\near = keras.Model(sound, keras.ops.swapaxes({mel()}(sound), 1, 2))",
            "an input with a channel, which Keras adds": f"ear = keras.Sequential([keras.Input((8000, 1)), {stft()}])",
            "silence far below the loudest, for each clip": own_ear(
                "tf.maximum(10 * tf.math.log(power + 1e-9) / np.log(10), tf.reduce_max(10 * tf.math.log(power + 1e-9) / np.log(10), "
                "axis=[1, 2], keepdims=True) - 60)"
            ),
            "a spectrum of the spectrum": own_ear(f"tf.signal.mfccs_from_log_mel_spectrograms(tf.math.log({MEL} + 1e-6))[..., :13]"),
            "as operations": """
sound = keras.Input((8000,))
real, imaginary = keras.ops.stft(sound, 320, 160, 512)
ear = keras.Model(sound, 10 * keras.ops.log10(keras.ops.maximum(real**2 + imaginary**2, 1e-9))[:, :, :200])
""",
            "twice the samples first": ear(
                CHANNEL, "keras.layers.UpSampling1D(2)", "keras.layers.Reshape((16000,))",
                mel(fft_length=800, sequence_stride=400, sampling_rate=16000, max_freq=4000), SWAP,
            ),
        },
        wrong={
            "waveforms with a channel axis": [
                f"ear = {stft()}",
                f"ear = keras.Sequential([{stft()}])",
            ],
            "complex numbers": own_ear("windows"),
            "the logarithm of silence": [
                own_ear("tf.math.log(power)"),
                own_ear("power / tf.reduce_max(power, axis=[1, 2], keepdims=True)"),
            ],
            "the channel axis kept": [
                ear(mel(), SWAP, "keras.layers.Reshape((41, 40, 1))"),
                ear(CHANNEL, stft(expand_dims=True)),
            ],
            "a picture laid flat": ear(mel(), "keras.layers.Flatten()"),
            "few frames": [
                ear(mel(fft_length=None, sequence_stride=None), SWAP),
                ear(mel(sequence_stride=500, fft_length=500), SWAP),
                ear(mel(sequence_stride=2000), SWAP),
            ],
            "samples instead of a spectrum": [
                ear("keras.layers.Reshape((80, 100))"),
                ear(CHANNEL, "keras.layers.Conv1D(32, 200, strides=100)"),
            ],
            "the phase instead of the strength": [
                ear(CHANNEL, stft(mode="'real'")),
                ear(CHANNEL, stft(mode="'angle'")),
            ],
            "bands first": [
                f"ear = {mel()}",
                ear(mel()),
                own_ear("tf.transpose(tf.math.log(power + 1e-6), [0, 2, 1])"),
                ear(mel(fft_length=None, sequence_stride=None)),
            ],
            "many frames": ear(mel(sequence_stride=20), SWAP),
            "soft sounds cut off": [ear(mel(min_power=10.0), SWAP), ear(mel(min_power=3.0), SWAP)],
            "no logarithm": [
                ear(mel(power_to_db=False), SWAP),
                ear(CHANNEL, stft(mode="'magnitude'")),
                own_ear("power ** 0.25"),
                own_ear("power / (tf.reduce_max(power, axis=[1, 2], keepdims=True) + 1e-9)"),
            ],
            "top_db over the whole batch": [ear(mel(top_db=None), SWAP), ear(mel(top_db=60), SWAP), ear(mel(top_db=120), SWAP)],
            "measured by the whole batch": [
                own_ear("tf.math.log(power + 1e-6) - tf.reduce_mean(tf.math.log(power + 1e-6))"),
                own_ear("tf.math.log(power / (tf.reduce_max(power) + 1e-9) + 1e-6)"),
            ],
            "another sampling rate": [
                ear(mel(sampling_rate=None), SWAP),
                ear(mel(sampling_rate=44100), SWAP),
                ear(mel(sampling_rate=None, max_freq=4000), SWAP),
            ],
            "deaf to high tones": [
                ear(mel(max_freq=2000), SWAP),
                ear(mel(), SWAP, "keras.layers.Cropping1D(0)", "keras.layers.Lambda(lambda picture: picture[..., :24])"),
            ],
            "empty bands at the top": ear(mel(max_freq=8000), SWAP),
            "more bands than the window tells apart": ear(mel(num_mel_bins=128, fft_length=128, sequence_stride=100), SWAP),
            feedback.NOT_EXPECTED: [
                "ear = keras.layers.MelSpectrogram",
                "def ear(sounds):\n    return tf.abs(tf.signal.stft(sounds, 256, 160))",
                ear(mel(num_mel_bins=8), SWAP),
                own_ear("tf.math.log(power + 1e-6)[:, :, :, None, None]"),
                own_ear("tf.reduce_mean(tf.math.log(power + 1e-6), axis=1, keepdims=True) + tf.zeros((1, 40, 1))"),
                own_ear("tf.signal.stft(sounds[0], 256, 160)"),
                ear(CHANNEL, stft(fft_length=1024)),
            ],
            feedback.STOPPED: [own_ear("power + 'a'"), ear(mel(), "keras.layers.Lambda(lambda picture: picture @ picture[:3])")],
        },
    ),
    "recognizer": Answers(
        starter="recognizer = ...",
        right={
            "small": net(CONV, POOL, TEN),
            "probabilities": net(CONV, POOL, 'keras.layers.Dense(10, activation="softmax")'),
            "probabilities, as yet sure of one digit": net(CONV, POOL, 'keras.layers.Dense(10, activation="softmax")')
            + "\nrecognizer.layers[-1].bias.assign([1e4] + 9 * [0.0])",
            "recurrent": net("keras.layers.GRU(16)", TEN),
            "a picture": net(
                "keras.layers.Reshape((41, 40, 1))", 'keras.layers.Conv2D(8, 3, strides=2, activation="relu")',
                "keras.layers.Flatten()", "keras.layers.Dropout(0.3)", TEN,
            ),
            "Keras' other layer": net(CONV, "keras.layers.GlobalMaxPooling1D()", TEN, start=f"{CHANNEL}, {stft()}"),
            "dense layers on a short picture": net("keras.layers.AveragePooling1D(8)", "keras.layers.Flatten()",
                                                   'keras.layers.Dense(32, activation="tanh")', TEN),
            "noise while it trains, the ear as a model": f"""
ear = keras.Sequential([keras.Input((8000,)), {mel()}, {SWAP}])
sound = keras.Input((8000,))
found = {CONV}(ear(keras.layers.GaussianNoise(0.01)(sound)))
recognizer = keras.Model(sound, {TEN}({POOL}(keras.layers.Dropout(0.2)(found))))
""",
            "an own class": f"""
class Recognizer(keras.Model):
    def __init__(self):
        super().__init__()
        self.ear, self.swap, self.find = {mel()}, {SWAP}, keras.layers.Conv1D(8, 5)
        self.say = {TEN}
    def call(self, sounds):
        found = keras.ops.relu(self.find(self.swap(self.ear(sounds))))
        return self.say(keras.ops.mean(found, axis=1))
recognizer = Recognizer()
""",
            "a bend of its own": net("keras.layers.Conv1D(8, 5)", "keras.layers.LeakyReLU()", POOL, TEN),
            "a bend as an operation, in a model of its own": f"""
picture = keras.Input((41, 40))
listen = keras.Model(picture, keras.ops.relu(keras.layers.Conv1D(8, 5)(picture)))
recognizer = keras.Sequential([keras.Input((8000,)), {mel()}, {SWAP}, listen, {POOL}, {TEN}])
""",
            "a bend inside another layer": net("keras.layers.TimeDistributed(keras.layers.Dense(8, activation='relu'))", POOL, TEN),
        },
        wrong={
            "no ear": [
                f"recognizer = keras.Sequential([keras.Input((41, 40)), {CONV}, {POOL}, {TEN}])",
                f"recognizer = keras.Sequential([{CONV}, {POOL}, {TEN}])",
            ],
            "scores that are no numbers": net(
                "keras.layers.Lambda(lambda power: keras.ops.log(power))", CONV, POOL, TEN, start=f"{mel(power_to_db=False)}, {SWAP}"
            ),
            "an answer for each frame": [net(CONV, TEN), net("keras.layers.GRU(8, return_sequences=True)", TEN)],
            "softmax over one unit": net(CONV, POOL, 'keras.layers.Dense(1, activation="softmax")'),
            "another number of classes": [
                net(CONV, POOL, "keras.layers.Dense(1)"),
                net(CONV, POOL, "keras.layers.Dense(86)"),
                net(CONV, POOL),
            ],
            "random when it predicts": net(
                "keras.layers.Lambda(lambda picture: picture + 5 * tf.random.normal(tf.shape(picture)))", CONV, POOL, TEN
            ),
            "no spectrogram": [
                net(TEN, start='keras.layers.Dense(32, activation="relu")'),
                net(CONV, POOL, TEN, start=CHANNEL),
                net(TEN, start='keras.layers.Dense(100, activation="relu")'),
            ],
            "far too many weights": net(
                "keras.layers.Conv1D(64, 5, padding='same', activation='relu')", "keras.layers.Flatten()",
                'keras.layers.Dense(200, activation="relu")', TEN,
            ),
            "the neighbours have a say": net(CONV, POOL, TEN, start=f"{mel(top_db=40)}, {SWAP}"),
            "scores cut off at 0": net(CONV, POOL, 'keras.layers.Dense(10, activation="relu")'),
            "ten times yes or no": net(
                "keras.layers.BatchNormalization()", CONV, POOL, "keras.layers.BatchNormalization()",
                'keras.layers.Dense(10, activation="sigmoid")', start=f"{mel()}, {SWAP}, keras.layers.Rescaling(0.01)",
            ),
            "nothing bends": [
                net("keras.layers.Flatten()", TEN),
                net("keras.layers.BatchNormalization()", "keras.layers.Conv1D(16, 5)", POOL, 'keras.layers.Dense(10, activation="softmax")'),
            ],
            feedback.NOT_EXPECTED: [
                f"recognizer = {mel()}",
                net(CONV, POOL, TEN, "keras.layers.Reshape((5, 2))"),
                net(CONV, POOL, 'keras.layers.Dense(10, kernel_initializer="zeros")'),
                net(CONV, POOL, TEN) + "\nrecognizer.trainable = False",
                net(CONV, POOL, TEN).replace("(8000,)", "(16000,)"),
            ],
            feedback.STOPPED: "class Deaf(keras.Model):\n    def call(self, sounds):\n        return self.nothing\nrecognizer = Deaf()",
        },
    ),
    "test_on_new_voices": Answers(
        setup=TRAINED,
        starter="test_accuracy = ...",
        right={
            "as a dictionary": tested('recognizer.evaluate(test_ds, return_dict=True, verbose=0)["accuracy"]'),
            "counted by hand": tested(
                "np.mean(scores.argmax(axis=1) == clips['digit'][test])", "scores = recognizer.predict(test_ds, verbose=0)"
            ),
            "rounded": tested("round(recognizer.evaluate(test_ds, verbose=0)[1], 2)"),
            "a tensor, and probabilities": tested(
                "tf.constant(recognizer.evaluate(test_ds, verbose=0)[1])",
                "recognizer = keras.Sequential([trained(test_share=0.975), keras.layers.Softmax()])",
                "recognizer.compile(loss='sparse_categorical_crossentropy', metrics=['accuracy'])",
            ),
            "other voices, mixed": tested(
                "recognizer.evaluate(test_ds, verbose=0)[1]", 'test_ds = of(np.isin(clips["voice"], voices[10:30])).shuffle(400).batch(16)'
            ),
            "the best that can be": tested("1.0", "recognizer = trained(test_share=1)"),
        },
        wrong={
            # First what leaves the notebook's own names alone: the simulated learner goes on with them.
            feedback.NOT_EXPECTED: [
                tested("[0.96, 0.95, 0.96]"),
                tested("0.9"),
                tested("-0.96"),
                tested("recognizer.metrics_names"),
                tested("True"),
                tested("0.96", "test_ds = test_ds.unbatch()"),
                tested("0.96", "test_ds = test_ds.repeat()"),
                tested("0.96", "test_ds = test_ds.map(lambda sound, digit: (2 * sound, digit))"),
                tested("0.96", "recognizer = keras.Sequential([keras.Input((8000,)), keras.layers.Dense(1)])"),
                tested("0.96", "test_ds = (clips['sound'][test], clips['digit'][test])"),
            ],
            "clips tested twice": tested("0.96", "test_ds = test_ds.repeat(2)"),
            "tested with wrong labels": tested("0.96", "clips['digit'] = clips['digit'][::-1]", "test_ds = of(test).batch(40)"),
            "tested on the training voices": [
                tested("recognizer.evaluate(test_ds, verbose=0)[1]", "test_ds = train_ds"),
                tested("0.985", "test_ds = of(np.arange(1720)).batch(100)"),
            ],
            "the last test clips dropped": tested("0.96", "test_ds = of(test).batch(32, drop_remainder=True)"),
            "tested on single clips": [
                tested("0.97", "test_ds = of(np.random.default_rng(0).permutation(1720)[:280]).batch(32)"),
                tested("0.97", "test_ds = of(np.random.default_rng(0).permutation(1720)[:1400]).batch(32)"),
                tested("0.97", "test_ds = of(np.arange(1000, 1285)).batch(300)"),
            ],
            "few voices in the test": [
                tested("0.96", "test_ds = of(np.arange(180)).batch(32)"),
                tested("0.96", "test_ds = of(np.arange(20)).batch(32)"),
            ],
            "everything that evaluate returns": [
                tested("recognizer.evaluate(test_ds, verbose=0)"),
                tested("recognizer.evaluate(test_ds, verbose=0, return_dict=True)"),
            ],
            "percent": [tested("100 * recognizer.evaluate(test_ds, verbose=0)[1]"), tested("96")],
            "the number of right clips": tested(
                "np.sum(recognizer.predict(test_ds, verbose=0).argmax(axis=1) == clips['digit'][test])"
            ),
            "the share of errors": tested("1 - recognizer.evaluate(test_ds, verbose=0)[1]"),
            "the loss": [
                tested("recognizer.evaluate(test_ds, verbose=0)[0]"),
                tested(
                    "recognizer.evaluate(test_ds, verbose=0)[0]",
                    "recognizer = keras.Sequential([trained(0.97), keras.layers.Softmax()])",
                    "recognizer.compile(loss='sparse_categorical_crossentropy', metrics=['accuracy'])",
                ),
            ],
            "the accuracy on the training voices": [
                tested("recognizer.evaluate(train_ds, verbose=0)[1]"),
                tested("0.99", "recognizer = trained(test_share=0.8, share=0.992)"),
            ],
            "untrained": [
                tested("recognizer.evaluate(test_ds, verbose=0)[1]", "recognizer = trained(test_share=0.1, share=0.1)"),
                tested(
                    "recognizer.evaluate(test_ds, verbose=0)[1]",
                    f"recognizer = compiled(keras.Sequential([keras.Input((8000,)), {mel()}, keras.layers.Flatten(), {TEN}]))",
                ),
            ],
            "over-fitting": [
                tested("recognizer.evaluate(test_ds, verbose=0)[1]", "recognizer = trained(test_share=0.9, share=0.99)"),
                tested("recognizer.evaluate(test_ds, verbose=0)[1]", "recognizer = trained(test_share=0.8, share=0.95)"),
            ],
            "trained too little": [
                tested("recognizer.evaluate(test_ds, verbose=0)[1]", "recognizer = trained(test_share=0.6, share=0.7)"),
                tested("recognizer.evaluate(test_ds, verbose=0)[1]", "recognizer = trained(test_share=0.94, share=0.96)"),
                tested("recognizer.evaluate(test_ds, verbose=0)[1]", "recognizer = trained(test_share=0.7, share=0.85)"),
            ],
            feedback.STOPPED: tested("0.96", "recognizer = keras.Sequential([keras.Input((41, 40)), keras.layers.Dense(10)])"),
        },
    ),
    "hear": Answers(
        starter=hear(returns="..."),
        right={
            "zeros in front": hear(RESAMPLE, "sound = sound[:8000]", returns="np.pad(sound, (8000 - len(sound), 0)).reshape(1, -1)"),
            "by NumPy alone": hear(
                "places = np.arange(8000) * rate / 8000",
                returns="np.interp(places, np.arange(len(samples)), samples, right=0.0)[None]",
            ),
            "a tensor": hear(RESAMPLE, "sound = tf.constant(sound[:8000])", returns="tf.pad(sound, [[0, 8000 - len(sound)]])[tf.newaxis]"),
            "the loudest second": hear(
                RESAMPLE,
                "sound = np.pad(sound, (0, max(0, 8000 - len(sound))))",
                "energy = np.concatenate([[0], np.cumsum(sound.astype('float64') ** 2)])",
                "start = int(np.argmax(energy[8000:] - energy[:-8000]))",
                returns="sound[None, start : start + 8000]",
            ),
            "as loud as the clips, and a list": hear(
                RESAMPLE, FILL, "sound = 0.9164 * sound / np.abs(sound).max()", returns="[sound.tolist()]"
            ),
            "cut by seconds, silence around": hear(
                "sound = soxr.resample(samples[:rate], rate, 8000)[:8000]",
                "left = (8000 - len(sound)) // 2",
                returns="np.pad(sound, (left, 8000 - len(sound) - left))[None, :]",
            ),
            "padded by seconds, then the rate": hear(
                "samples = np.pad(samples, (0, max(0, rate - len(samples))))[:rate]", RESAMPLE, returns="sound[None]"
            ),
        },
        wrong={
            "nothing returned": "def hear(samples, rate):\n    samples[np.newaxis]",
            "no batch axis": [hear(RESAMPLE, FILL, returns="sound"), hear(returns="samples")],
            "a channel axis": [
                hear(RESAMPLE, FILL, returns="sound[None, :, None]"),
                hear(RESAMPLE, FILL, returns="sound[None, None]"),
            ],
            "the batch axis at the end": hear(RESAMPLE, FILL, returns="sound[:, None]"),
            "whole numbers": [
                hear(RESAMPLE, FILL, returns="sound[None].astype(int)"),
                hear(RESAMPLE, FILL, returns="(32767 * sound[None]).astype('int16')"),
            ],
            "rate ignored": [
                hear("sound = samples", FILL),
                hear(returns="samples[None]"),
            ],
            "every second sample": hear("sound = samples[::2]", FILL),
            "whole steps only": [
                hear("sound = samples[:: rate // 8000]", FILL),
                hear("sound = samples[:: round(rate / 8000)]", FILL),
            ],
            "rates in the wrong order": hear("sound = soxr.resample(samples, 8000, rate)", FILL),
            "stretched to one second": [
                hear(returns="np.interp(np.linspace(0, len(samples) - 1, 8000), np.arange(len(samples)), samples)[None]"),
                hear("sound = soxr.resample(samples, len(samples), 8000)", FILL),
            ],
            "another rate than that of the clips": hear(
                "sound = soxr.resample(samples, rate, 16000)[:8000]", returns="np.pad(sound, (0, 8000 - len(sound)))[None]"
            ),
            "divided as whole numbers are": hear(RESAMPLE, FILL, returns="sound[None] / 32768"),
            "far too loud": [hear(RESAMPLE, FILL, returns="sound[None] * 32767"), hear(RESAMPLE, FILL, returns="sound[None] / sound.std()")],
            "cut before the rate is changed": [
                hear("sound = soxr.resample(samples[:8000], rate, 8000)", FILL),
                hear("sound = soxr.resample(samples[:8000], rate, 8000)"),
            ],
            "not filled up": [
                hear(RESAMPLE, "sound = sound[:8000]"),
                hear("sound = np.pad(samples, (0, max(0, 8000 - len(samples))))", "sound = soxr.resample(sound, rate, 8000)[:8000]"),
                hear(RESAMPLE),
                hear(RESAMPLE, "sound = np.pad(sound, (0, 8000))[:7000]"),
            ],
            "not cut": hear(RESAMPLE, "sound = np.pad(sound, (0, max(0, 8000 - len(sound))))"),
            "filled up with sound": [
                hear(RESAMPLE, returns="np.resize(sound, (1, 8000))"),
                hear(RESAMPLE, "sound = np.pad(sound[:8000], (0, max(0, 8000 - len(sound))), mode='wrap')"),
            ],
            "the word cut away": [
                hear(RESAMPLE, "sound = np.pad(sound, (0, max(0, 8000 - len(sound))))[-8000:]"),
                hear(RESAMPLE, FILL.replace("sound[:8000]", "sound[max(0, len(sound) // 2 - 4000):][:8000]")),
            ],
            feedback.NOT_EXPECTED: [
                "hear = 8000",
                "hear = str",
                hear(returns="'silence'"),
                hear(returns="np.zeros((1, 8000), 'float32')"),
                hear(RESAMPLE, FILL, returns="np.stack([sound, sound])"),
                hear(RESAMPLE, FILL, returns="np.sign(sound)[None] * np.sin(np.arange(8000))[None]"),
                hear(returns="np.full((1, 8000), np.nan)"),
            ],
            feedback.STOPPED: [
                hear(RESAMPLE, returns="np.pad(sound, (0, 8000 - len(sound)))[None]"),
                hear(returns="samples.resample(rate)"),
                "def hear(samples):\n    return samples[None]",
            ],
        },
    ),
}
