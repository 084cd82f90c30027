"""Rooms and microphones: what happens to a word between mouth and file."""

import numpy as np
from scipy.signal import fftconvolve

from noises import coloured_noise
from voices import RATE

CLIP = RATE
_FFT = 512
_HZ = np.fft.rfftfreq(_FFT, 1 / RATE)


class Room:
    """One microphone in one room: its response, echo, noise and level. Each take differs a little."""

    def __init__(self, draw: np.random.Generator):
        self._draw = draw
        self._microphone = _microphone(draw)
        self._echo = _echo(draw)
        self._noise_db = -draw.uniform(5, 50)
        self._level_db = draw.uniform(-24, -6)

    def record(self, word: np.ndarray) -> np.ndarray:
        """One second with the word near its middle, within -1..1."""
        sound = fftconvolve(word, self._echo)[: CLIP - CLIP // 16]
        sound = fftconvolve(sound, self._microphone)[:CLIP]
        sound /= np.abs(sound).max()
        clip = np.zeros(CLIP)
        middle = (CLIP - min(len(word), CLIP // 2)) / 2
        start = int(np.clip(middle + self._draw.normal(0, 0.1 * RATE), 0, CLIP - len(sound)))
        clip[start : start + len(sound)] = sound
        loudness = np.sqrt((clip**2).sum() / len(word))
        noise_db = self._noise_db + self._draw.normal(0, 4)
        clip += coloured_noise(self._draw, CLIP) * loudness * 10 ** (noise_db / 20)
        clip *= 10 ** ((self._level_db + self._draw.normal(0, 3)) / 20)
        return clip / max(1.0, np.abs(clip).max())


def _microphone(draw: np.random.Generator) -> np.ndarray:
    """A smooth random response between a high-pass and a low-pass, as a filter of linear phase."""
    knots_hz = np.array([0, 60, 120, 250, 500, 1000, 2000, 4000, 6000, 8000.0])
    response_db = np.cumsum(draw.normal(0, 2, len(knots_hz)))
    lowest_hz, highest_hz = draw.uniform(30, 250), draw.choice([8000, 8000, 7000, 5500, 3800])
    gain_db = np.interp(_HZ, knots_hz, response_db - response_db.mean())
    gain_db -= 12 * np.log2(np.maximum(1, lowest_hz / np.maximum(_HZ, 1)))
    gain_db -= 24 * np.log2(np.maximum(1, _HZ / highest_hz))
    return np.roll(np.fft.irfft(10 ** (gain_db / 20)), _FFT // 2) * np.hanning(_FFT)


def _echo(draw: np.random.Generator) -> np.ndarray:
    """Direct sound, then noise that decays by 60 dB within the reverberation time."""
    length = int(draw.uniform(0.05, 0.4) * RATE)
    echo = draw.normal(size=length) * 10 ** (-3 * np.arange(length) / length)
    echo[: RATE // 500] = 0
    echo *= draw.uniform(0, 0.4) / np.sqrt((echo**2).sum())
    echo[0] = 1
    return echo
