"""Background noise, computed: what a room sounds like while nobody says a word to it."""

import numpy as np

from voices import RATE


def coloured_noise(draw: np.random.Generator, length: int) -> np.ndarray:
    """Noise of random colour, sometimes with mains hum; mean power 1."""
    knots_hz = np.array([30, 150, 500, 1500, 4000, 8000.0])
    gain_db = draw.normal(0, 4, len(knots_hz))
    slope = draw.uniform(-1.2, 0.3)
    noise = _shaped(draw, length, lambda hz: hz**slope * 10 ** (np.interp(np.log(hz), np.log(knots_hz), gain_db) / 20))
    if draw.random() < 0.3:
        noise += draw.uniform(0, 1) * _hum(length, draw.choice([50, 60, 100, 120]))
    return _levelled(noise)


def pink(draw: np.random.Generator, length: int) -> np.ndarray:
    return _shaped(draw, length, lambda hz: hz**-0.5)


def white(draw: np.random.Generator, length: int) -> np.ndarray:
    return _shaped(draw, length, np.ones_like)


def brown(draw: np.random.Generator, length: int) -> np.ndarray:
    return _shaped(draw, length, lambda hz: 1 / hz)


def fan(draw: np.random.Generator, length: int) -> np.ndarray:
    """Rush of air, chopped by the blades, over the hum of the motor."""
    chopped = 1 + 0.3 * np.sin(2 * np.pi * 23 * _secs(length))
    return _shaped(draw, length, lambda hz: 1 / (1 + (hz / 400) ** 2)) * chopped + 0.3 * _hum(length, 50)


def rotor(draw: np.random.Generator, length: int) -> np.ndarray:
    """Low thumps of a slow rotor: a far helicopter, a washing machine."""
    pulse = np.maximum(0, np.sin(2 * np.pi * 11 * _secs(length))) ** 4
    return _shaped(draw, length, lambda hz: 1 / (1 + (hz / 150) ** 3)) * (0.15 + pulse) + 0.1 * pink(draw, length)


def wheels(draw: np.random.Generator, length: int) -> np.ndarray:
    """Rush that swells and falls twice a second, with a tick at each turn: an exercise bike."""
    turn = _secs(length) * 1.8
    rush = _shaped(draw, length, lambda hz: hz / (300 + hz) / (1 + (hz / 2500) ** 2)) * (1 + 0.6 * np.sin(2 * np.pi * turn))
    return rush + _struck(draw, length, 1.8, (800, 2500), 0.01, 3.0)


def rain(draw: np.random.Generator, length: int) -> np.ndarray:
    """Many drops, each a short knock, over a hiss."""
    return _struck(draw, length, 250, (1500, 6500), 0.002, 1.0) + 0.4 * _shaped(draw, length, lambda hz: hz**0.3)


def fire(draw: np.random.Generator, length: int) -> np.ndarray:
    """Crackles over a soft roar."""
    roar = _shaped(draw, length, lambda hz: 1 / (1 + (hz / 250) ** 2))
    return _struck(draw, length, 12, (900, 7000), 0.003, 9.0) + 0.5 * roar


def dishes(draw: np.random.Generator, length: int) -> np.ndarray:
    """Clatter of plates in running water."""
    water = _shaped(draw, length, lambda hz: hz / (1500 + hz))
    return _struck(draw, length, 4, (1200, 6000), 0.06, 9.0) + _struck(draw, length, 6, (300, 1500), 0.02, 7.0) + 0.4 * water


def clock(draw: np.random.Generator, length: int) -> np.ndarray:
    """A tick each half second in a quiet room."""
    ticks = np.zeros(length)
    for start in range(RATE // 4, length - RATE // 2, RATE // 2):
        _add_knock(draw, ticks, start, draw.uniform(2400, 2600), 0.008, 12.0)
    return ticks + 0.15 * pink(draw, length)


def babble(draw: np.random.Generator, length: int, words: list[np.ndarray]) -> np.ndarray:
    """Several people talking at once, none to be understood."""
    crowd = np.zeros(length)
    for _ in range(14):
        at = int(draw.uniform(0, RATE))
        level = draw.uniform(0.3, 1)
        while at < length:
            # Backwards: the rhythm and sound of speech, without its words.
            word = words[draw.integers(len(words))][::-1]
            part = crowd[at : at + len(word)]
            part += level * word[: len(part)]
            at += len(word) + int(draw.exponential(0.15) * RATE)
    return _levelled(crowd) + 0.1 * pink(draw, length)


KINDS = {
    "pink": pink,
    "white": white,
    "brown": brown,
    "fan": fan,
    "rotor": rotor,
    "wheels": wheels,
    "rain": rain,
    "fire": fire,
    "dishes": dishes,
    "clock": clock,
}


def _secs(length: int) -> np.ndarray:
    return np.arange(length) / RATE


def _levelled(sound: np.ndarray) -> np.ndarray:
    return sound / np.sqrt((sound**2).mean())


def _shaped(draw: np.random.Generator, length: int, gain_at) -> np.ndarray:
    """White noise through `gain_at(hz)`; mean power 1."""
    hz = np.maximum(np.fft.rfftfreq(length, 1 / RATE), 30)
    return _levelled(np.fft.irfft(np.fft.rfft(draw.normal(size=length)) * gain_at(hz), length))


def _hum(length: int, hz: float) -> np.ndarray:
    return sum(np.sin(2 * np.pi * hz * n * _secs(length) + n) / n for n in range(1, 6))


def _struck(draw, length: int, per_sec: float, range_hz, decay_secs: float, loudness: float) -> np.ndarray:
    """Knocks at random moments, each of its own pitch and force."""
    sound = np.zeros(length)
    for start in draw.integers(0, length - RATE // 4, int(per_sec * length / RATE)):
        _add_knock(draw, sound, start, np.exp(draw.uniform(*np.log(range_hz))), decay_secs, loudness * draw.exponential())
    return sound


def _add_knock(draw, sound: np.ndarray, start: int, hz: float, decay_secs: float, loudness: float) -> None:
    time = _secs(int(6 * decay_secs * RATE))
    ring = np.sin(2 * np.pi * hz * time) + 0.5 * np.sin(2 * np.pi * hz * 1.51 * time) + 0.5 * draw.normal(size=len(time))
    part = sound[start : start + len(time)]
    part += (loudness * ring * np.exp(-time / decay_secs))[: len(part)]
