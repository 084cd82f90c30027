"""Words spoken by free synthesisers: espeak-ng, flite and festival.

A *base voice* is one synthesiser voice at one speed. Base voices are raw material; speakers are made of them
in `speakers.py`. Only voices whose licence lets their sound be passed on freely are used; see the README of
the assets.
"""

import io
import math
import os
import subprocess
import tempfile
import zlib
from dataclasses import dataclass

import numpy as np
import soundfile
from scipy.signal import resample_poly

RATE = 16_000

COMMANDS = "yes no up down left right on off stop go".split()
FILLERS = (
    "zero one two three four five six seven eight nine bed bird cat dog happy house marvin sheila tree wow "
    "backward forward follow learn visual"
).split()

_ESPEAK_ACCENTS = "en-us en-us en-us-nyc en-gb en-gb-x-rp en-gb-scotland en-gb-x-gbclan en-gb-x-gbcwmd en-029".split()
# Every variant that sounds like a person; robots, whispers and effects are left out.
_ESPEAK_VARIANTS = (
    "Alex Alicia Andrea Andy Annie AnxiousAndy Denis Diogo Gene Gene2 Henrique Hugo Jacky Lee Marco Mario Michael "
    "Mike Nguyen Storm adam anika announcer antonio aunty belinda benjamin boris caleb david ed edward edward2 "
    "f1 f2 f3 f4 f5 grandma grandpa gustave iven iven2 iven3 iven4 john kaukovalta klatt klatt2 klatt3 klatt4 klatt5 "
    "klatt6 linda m1 m2 m3 m4 m5 m6 m7 m8 marcelo max michel miguel norbert pablo paul pedro quincy rob robert "
    "sandro shelby steph steph2 steph3 travis victor zac"
).split()
_FLITE_VOICES = "kal16 awb rms slt".split()
_FESTIVAL_VOICES = "kal_diphone ked_diphone cmu_us_slt_arctic_hts".split()
_STRETCHES = [0.85, 1.0, 1.2]


@dataclass(frozen=True)
class BaseVoice:
    """One synthesiser voice at one speed."""

    engine: str
    name: str
    # espeak-ng: words per minute and pitch (0..99); the others: stretch of durations.
    speed: float
    pitch: int = 50

    def key(self) -> str:
        return f"{self.engine}-{self.name}-{self.speed}-{self.pitch}".replace("+", "-")


def recorded_voices() -> list[BaseVoice]:
    """Voices made from recordings of people."""
    flite = [BaseVoice("flite", name, stretch) for name in _FLITE_VOICES for stretch in _STRETCHES]
    return flite + [BaseVoice("festival", name, stretch) for name in _FESTIVAL_VOICES for stretch in _STRETCHES]


def formant_voices() -> list[BaseVoice]:
    """Voices computed from formant tables: two accents, speeds and pitches of each espeak-ng variant."""
    voices = []
    for number, variant in enumerate(_ESPEAK_VARIANTS):
        for take in range(2):
            accent = _ESPEAK_ACCENTS[(number + 4 * take) % len(_ESPEAK_ACCENTS)]
            draw = np.random.default_rng(zlib.crc32(f"{variant}/{take}".encode()))
            speed, pitch = int(draw.integers(110, 190)), int(draw.integers(30, 70))
            voices.append(BaseVoice("espeak", f"{accent}+{variant}", speed, pitch))
    return voices


def say(voice: BaseVoice, word: str, cache: str) -> np.ndarray:
    """The word at 16 kHz, without the silence around it. Kept in the folder `cache`."""
    path = os.path.join(cache, f"{voice.key()}-{word}.npy")
    if not os.path.exists(path):
        if voice.engine == "festival":
            _say_all_with_festival(voice, cache)
        else:
            sound = _say_with_espeak(voice, word) if voice.engine == "espeak" else _say_with_flite(voice, word)
            _keep(path, sound)
    return np.load(path)


def _say_with_espeak(voice: BaseVoice, word: str) -> bytes:
    settings = ["-v", voice.name, "-s", str(voice.speed), "-p", str(voice.pitch)]
    return subprocess.run(["espeak-ng", *settings, "--stdout", word], capture_output=True, check=True).stdout


def _say_with_flite(voice: BaseVoice, word: str) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        stretch = f"duration_stretch={voice.speed}"
        subprocess.run(["flite", "-voice", voice.name, "--setf", stretch, "-t", word, "-o", file.name], check=True)
        return file.read()


def _say_all_with_festival(voice: BaseVoice, cache: str) -> None:
    """Festival takes a second to start, so it says every word in one go."""
    with tempfile.TemporaryDirectory() as folder:
        lines = [f"(voice_{voice.name})", f"(Parameter.set 'Duration_Stretch {voice.speed})"]
        for word in COMMANDS + FILLERS:
            lines.append(f'(utt.save.wave (utt.synth (Utterance Text "{word}")) "{folder}/{word}.wav" \'riff)')
        script = os.path.join(folder, "say.scm")
        with open(script, "w", encoding="ascii") as file:
            file.write("\n".join(lines))
        subprocess.run(["festival", "-b", script], capture_output=True, check=True)
        for word in COMMANDS + FILLERS:
            with open(os.path.join(folder, f"{word}.wav"), "rb") as file:
                _keep(os.path.join(cache, f"{voice.key()}-{word}.npy"), file.read())


def _keep(path: str, wave_file: bytes) -> None:
    sound, rate = soundfile.read(io.BytesIO(wave_file))
    common = math.gcd(rate, RATE)
    sound = _trimmed(resample_poly(sound, RATE // common, rate // common)).astype(np.float32)
    # Other processes may want the same word at the same time: they see all of the file or none.
    unfinished = f"{path}.{os.getpid()}.npy"
    np.save(unfinished, sound)
    os.replace(unfinished, path)


def _trimmed(sound: np.ndarray, range_db: float = 40.0) -> np.ndarray:
    power = np.convolve(sound**2, np.ones(80) / 80, "same")
    loud = np.nonzero(power > power.max() * 10 ** (-range_db / 10))[0]
    return sound[max(0, loud[0] - 160) : loud[-1] + 320]
