"""Speakers that no synthesiser has: base voices taken apart, changed, mixed and put together again.

The WORLD vocoder splits a word into pitch, spectral envelope and breathiness. A speaker changes all three in
ways of their own: length and shape of the vocal tract, pitch and its movement, sharpness of formants,
breathiness, tempo. Each is a mixture of two base voices, aligned in time.
"""

import functools

import numpy as np
import pyworld

from voices import RATE, BaseVoice, say

_FFT = 1024
_BINS = _FFT // 2 + 1
_HZ = np.arange(_BINS) * RATE / _FFT
_FRAMES_PER_SEC = 200
_PAD_FRAMES = 10
# Where the shape of a vocal tract is bent, in hertz.
_BENDS_HZ = np.array([0, 300, 700, 1200, 1800, 2500, 3500, 5000, 8000.0])
# Share of speakers, range of pitch (Hz), range of formant scale against an adult male voice.
_KINDS = [
    (0.50, (85, 160), (0.90, 1.08)),
    (0.35, (150, 250), (1.04, 1.25)),
    (0.15, (220, 330), (1.15, 1.45)),
]
# How far the log spectrum of loud frames swings in people's voices, by fineness: quefrencies 4..15 and 15..100
# samples. Formant synthesis swings twice as far and teaches a network shapes that no microphone hears.
_SWINGS = [(4, 15, 1.25), (15, 100, 0.55)]
_LOUD_NEPERS = 7.0
_MALE_PITCH_BELOW_HZ = 150
_FEMALE_FORMANT_SCALE = 1.14


class Speaker:
    """One made-up person. The same draws give the same person; each word they say differs a little."""

    def __init__(self, draw: np.random.Generator, bases: tuple[BaseVoice, BaseVoice], cache: str):
        self._draw, self._bases, self._cache = draw, bases, cache
        self._mixture = draw.uniform(0.1, 0.9)
        _, pitch, scale = _KINDS[draw.choice(len(_KINDS), p=[share for share, _, _ in _KINDS])]
        self._pitch_hz, self._scale = draw.uniform(*pitch), draw.uniform(*scale)
        self._bends = np.exp(draw.normal(0, 0.06, len(_BENDS_HZ)))
        self._tilt_db_per_octave = draw.uniform(-2, 2)
        self._sharpness = draw.uniform(0.8, 1.15)
        self._breath = draw.uniform(0, 0.5)
        self._liveliness = draw.uniform(0.5, 1.8)
        self._word_secs = draw.uniform(0.33, 0.55)

    def say(self, word: str) -> np.ndarray:
        """The word as this speaker says it now: 16 kHz, full scale."""
        pitch, envelope, breath = self._parts(word)
        pitch, envelope, breath = _retimed(self._time_map(len(pitch)), pitch, envelope, breath)
        spectrum = np.exp(self._tract(envelope))
        noise = np.clip(pyworld.decode_aperiodicity(np.ascontiguousarray(breath), RATE, _FFT), 1e-3, 1)
        sound = pyworld.synthesize(self._melody(pitch), np.ascontiguousarray(spectrum), noise ** (1 - self._breath), RATE)
        return sound / np.abs(sound).max()

    def _parts(self, word: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pitch, log envelope and breathiness a frame, mixed, with formants where an adult male has them."""
        scaled = []
        for base in self._bases:
            pitch, envelope, breath = _analysed(base, word, self._cache)
            voiced = pitch[pitch > 0]
            is_male = len(voiced) == 0 or np.median(voiced) < _MALE_PITCH_BELOW_HZ
            factor = np.full(_BINS, 1.0 if is_male else 1 / _FEMALE_FORMANT_SCALE)
            scaled.append((pitch, _bent(envelope, factor), breath))
        return _mixed(*scaled, self._mixture)

    def _time_map(self, num_frames: int) -> np.ndarray:
        """Which frame of the word sounds at each new frame: another length, unevenly stretched."""
        own_secs = (num_frames - 2 * _PAD_FRAMES) / _FRAMES_PER_SEC
        secs = self._word_secs * np.sqrt(own_secs / 0.42) * self._draw.uniform(0.85, 1.15)
        length = int(np.clip(secs, 0.18, 0.85) * _FRAMES_PER_SEC) + 2 * _PAD_FRAMES
        pace = np.cumsum(np.exp(0.25 * self._wander(length, 6)))
        return (pace - pace[0]) / (pace[-1] - pace[0]) * (num_frames - 1)

    def _tract(self, envelope: np.ndarray) -> np.ndarray:
        bends = self._bends * np.exp(self._draw.normal(0, 0.02, len(_BENDS_HZ)))
        envelope = _bent(envelope, self._scale * np.interp(_HZ, _BENDS_HZ, bends))
        cepstrum = np.fft.irfft(envelope, axis=1)
        loudness = envelope.max(axis=1)
        loud = cepstrum[loudness > loudness.max() - _LOUD_NEPERS]
        for low, high, swing in _SWINGS:
            own = np.sqrt((loud[:, low:high] ** 2).sum(axis=1).mean())
            last = high if high < 100 else _FFT // 2
            change = np.clip(self._sharpness * swing / own, 0.25, 1.2)
            cepstrum[:, low:last] *= change
            cepstrum[:, _FFT - last + 1 : _FFT - low + 1] *= change
        tilt = self._tilt_db_per_octave * np.log2(np.maximum(_HZ, 100) / 1000) * np.log(10) / 10
        return np.fft.rfft(cepstrum, axis=1).real + tilt

    def _melody(self, pitch: np.ndarray) -> np.ndarray:
        voiced = pitch > 0
        if not voiced.any():
            return pitch
        log_pitch = np.log(np.where(voiced, pitch, 1.0))
        shape = (log_pitch - log_pitch[voiced].mean()) * self._liveliness
        slope = self._draw.uniform(-0.35, 0.1) * np.linspace(-0.5, 0.5, len(pitch))
        level = np.log(self._pitch_hz) + self._draw.normal(0, 0.06)
        melody = np.exp(level + shape + slope + 0.02 * self._wander(len(pitch), 12))
        return np.where(voiced, np.clip(melody, 60, 500), 0.0)

    def _wander(self, length: int, num_knots: int) -> np.ndarray:
        knots = self._draw.normal(size=num_knots)
        return np.interp(np.linspace(0, 1, length), np.linspace(0, 1, num_knots), knots)


@functools.lru_cache(maxsize=256)
def _analysed(base: BaseVoice, word: str, cache: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    sound = say(base, word, cache).astype(np.float64)
    pad = _PAD_FRAMES * RATE // _FRAMES_PER_SEC
    sound = np.pad(sound / np.abs(sound).max() * 0.5, pad)
    # Digital silence has no spectrum that could be analysed.
    sound += np.random.default_rng(0).normal(size=len(sound)) * 1e-5
    pitch, times = pyworld.dio(sound, RATE, f0_floor=60, f0_ceil=450)
    pitch = pyworld.stonemask(sound, pitch, times, RATE)
    envelope = np.log(pyworld.cheaptrick(sound, pitch, times, RATE))
    breath = pyworld.code_aperiodicity(pyworld.d4c(sound, pitch, times, RATE), RATE)
    return pitch, envelope, breath


def _bent(envelope: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Moves what is at frequency f to f * factor."""
    source = np.maximum.accumulate(np.clip(_HZ / factor, 0, RATE / 2)) / RATE * _FFT
    low = np.clip(source.astype(int), 0, _BINS - 2)
    share = source - low
    return envelope[:, low] * (1 - share) + envelope[:, low + 1] * share


def _retimed(times: np.ndarray, pitch: np.ndarray, envelope: np.ndarray, breath: np.ndarray):
    low = np.clip(times.astype(int), 0, len(pitch) - 2)
    share = (times - low)[:, None]
    between = [part[low] * (1 - share) + part[low + 1] * share for part in (envelope, breath)]
    return pitch[np.round(times).astype(int)], between[0], between[1]


def _mixed(first, second, share: float):
    """A voice between two: spectra averaged along the best alignment in time; voicing from the nearer one."""
    path = _aligned(_timbre(first[1]), _timbre(second[1]))
    mixed = []
    for a, b in zip(first, second):
        a, b = a[path[:, 0]], b[path[:, 1]]
        mixed.append(a * (1 - share) + b * share)
    nearer = (first if share < 0.5 else second)[0][path[:, 0 if share < 0.5 else 1]]
    return nearer, mixed[1], mixed[2]


def _timbre(envelope: np.ndarray) -> np.ndarray:
    """Mel-spaced log spectrum without its mean, which is the voice's own."""
    bands = np.array_split(envelope[:, 4:], np.unique(np.geomspace(4, _BINS - 4, 24).astype(int)) - 4, axis=1)
    bands = np.stack([band.mean(1) for band in bands if band.shape[1]], axis=1)
    return bands - bands.mean(0)


def _aligned(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Dynamic time warping; pairs of frames from both ends."""
    cost = np.sqrt(((first[:, None] - second[None]) ** 2).sum(2))
    rows, columns = cost.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    for i in range(rows):
        for j in range(columns):
            total[i + 1, j + 1] = cost[i, j] + min(total[i, j], total[i, j + 1], total[i + 1, j])
    path = [(rows - 1, columns - 1)]
    while path[-1] != (0, 0):
        i, j = path[-1]
        path.append(min([(i - 1, j - 1), (i - 1, j), (i, j - 1)], key=lambda at: total[at[0] + 1, at[1] + 1]))
    # One pair a frame of the longer way would slow the word down: every frame of the first once.
    path = np.array(path[::-1])
    return path[np.searchsorted(path[:, 0], np.arange(rows))]
