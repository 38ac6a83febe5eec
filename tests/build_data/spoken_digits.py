"""sharealike/spoken_digits/<digit>/<voice>.wav: the digits 0 to 9 in four voices and languages.

Source packages: Debian's asterisk-core-sounds-{en,fr,it,ru}-wav 1.6.1-1, the prompts digits/0.wav to
digits/9.wav of one voice each (8 kHz, 16 bits, mono).
Changes: the samples are untouched; files are renamed, sorted into one folder a digit, and carry the
plain 44-byte WAV header.
"""

import wave
from pathlib import Path

from sources import debian_file

VOICES = {
    "en_allison": ("asterisk-core-sounds-en-wav", "en_US_f_Allison"),
    "fr_june": ("asterisk-core-sounds-fr-wav", "fr_CA_f_June"),
    "it_carlo": ("asterisk-core-sounds-it-wav", "it_IT_m_Carlo"),
    "ru_ivrvoice": ("asterisk-core-sounds-ru-wav", "ru_RU_f_IvrvoiceRU"),
}
FILES = [f"sharealike/spoken_digits/{digit}/{voice}.wav" for digit in range(10) for voice in VOICES]


def build(folder: Path) -> None:
    for file in FILES:
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        package, sounds = VOICES[target.stem]
        prompt = f"/usr/share/asterisk/sounds/{sounds}/digits/{target.parent.name}.wav"
        with wave.open(str(debian_file(package, prompt))) as source, wave.open(str(target), "wb") as copy:
            if source.getparams()[:3] != (1, 2, 8000):
                raise ValueError(f"expected mono, 16 bits, 8 kHz; received {source.getparams()} in {prompt}")
            copy.setnchannels(1)
            copy.setsampwidth(2)
            copy.setframerate(8000)
            copy.writeframes(source.readframes(source.getnframes()))
