#!/usr/bin/env python3
"""Running speech without any target word, made of a dataset's validation clips.

The clips of the validation list whose words are no targets are cut to what lies within 20 dB of their loudest
10 ms, brought to one loudness, and joined without pauses in 16 random orders. Whatever a model detects there is false.
Needs the programme `flac` where the clips are FLAC.

    running_speech.py DATASET OUT.wav
"""

import array
import io
import random
import subprocess
import sys
import wave
from pathlib import Path

TARGETS = set("yes no up down left right on off stop go".split())
RATE_HZ = 16_000
STEP = RATE_HZ // 100
LEVEL = 3_000.0  # root mean square, 16-bit scale
NUM_ORDERS = 16


def decode(path):
    """Samples of a 16-bit mono recording at 16 kHz."""
    if path.suffix == ".flac":
        content = subprocess.run(["flac", "-dcs", str(path)], capture_output=True, check=True).stdout
    else:
        content = path.read_bytes()
    with wave.open(io.BytesIO(content)) as recording:
        assert (recording.getframerate(), recording.getnchannels(), recording.getsampwidth()) == (RATE_HZ, 1, 2), path
        return array.array("h", recording.readframes(recording.getnframes()))


def energy(samples):
    return sum(float(x) * x for x in samples)


def spoken_part(samples):
    """Without the pauses at both ends, at one loudness."""
    energies = [energy(samples[i : i + STEP]) for i in range(0, len(samples) - STEP + 1, STEP)]
    loud = [i for i, value in enumerate(energies) if value > max(energies) / 100]
    part = samples[loud[0] * STEP : (loud[-1] + 1) * STEP]
    gain = LEVEL / (energy(part) / len(part)) ** 0.5
    return array.array("h", (max(-32768, min(32767, round(gain * x))) for x in part))


def main():
    folder, out = Path(sys.argv[1]), sys.argv[2]
    names = (folder / "validation_list.txt").read_text().split()
    parts = [spoken_part(decode(folder / name)) for name in names if name.split("/")[0] not in TARGETS]
    draw = random.Random(2)
    with wave.open(out, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(RATE_HZ)
        for _ in range(NUM_ORDERS):
            draw.shuffle(parts)
            for part in parts:
                recording.writeframes(part.tobytes())


if __name__ == "__main__":
    main()
