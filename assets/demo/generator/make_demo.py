#!/usr/bin/env python3
"""Makes the built-in demo dataset: spoken words of free synthesisers, and noise, as long Ogg Vorbis files.

    apt install espeak-ng flite festival festvox-kallpc16k festvox-kdlpc16k festvox-us-slt-hts
    pip install -r requirements.txt
    OMP_NUM_THREADS=1 python3 make_demo.py --out .. --cache /tmp/words

Writes clips.tsv, speech-N.ogg and noise.ogg. The same versions of the synthesisers give the same dataset.
"""

import argparse
import concurrent.futures
import csv
import os
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import soundfile

import noises
from rooms import CLIP, Room
from speakers import Speaker
from voices import COMMANDS, FILLERS, RATE, formant_voices, recorded_voices

SEED = 16181
NUM_SPEAKERS = 600
COMMANDS_PER_SPEAKER, FILLERS_PER_SPEAKER = 6, 2
NUM_SPEECH_FILES = 8
NOISE_SECS = 24
# 1 is the smallest file; words stay clear to the ear and to the features.
VORBIS_COMPRESSION = 0.95


@dataclass(frozen=True)
class Clip:
    word: str
    speaker: str
    split: str
    sound: np.ndarray


def split_of(number: int) -> str:
    """Speakers, not clips, are split: eight of ten train, one validates, one tests."""
    return {8: "validation", 9: "testing"}.get(number % 10, "training")


def recordings_of(task: tuple[int, str]) -> list[Clip]:
    """All clips of one speaker, decided by the number alone."""
    number, cache = task
    draw = np.random.default_rng([SEED, number])
    recorded, formant = recorded_voices(), formant_voices()
    pools = [recorded if draw.random() < 0.5 else formant for _ in range(2)]
    first, second = (pool[draw.integers(len(pool))] for pool in pools)
    speaker, room = Speaker(draw, (first, second), cache), Room(draw)
    words = [*draw.choice(COMMANDS, COMMANDS_PER_SPEAKER, replace=False)]
    words += [*draw.choice(FILLERS, FILLERS_PER_SPEAKER, replace=False)]
    name = f"s{number:04}"
    return [Clip(word, name, split_of(number), room.record(speaker.say(word))) for word in words]


def noise_recordings(clips: list[Clip]) -> list[Clip]:
    """One recording of each kind of noise. The workbench shares each out between the splits by time."""
    recordings = []
    for number, (name, make) in enumerate(noises.KINDS.items()):
        sound = make(np.random.default_rng([SEED, 1, number]), NOISE_SECS * RATE)
        recordings.append((name, sound))
    words = [clip.sound for clip in clips if clip.split == "training"][:400]
    recordings.append(("babble", noises.babble(np.random.default_rng([SEED, 2]), NOISE_SECS * RATE, words)))
    return [Clip("_background_noise_", name, "training", 0.9 * sound / np.abs(sound).max()) for name, sound in recordings]


def write_ogg(path: str, sounds: list[np.ndarray]) -> None:
    with soundfile.SoundFile(path, "w", RATE, 1, format="OGG", subtype="VORBIS", compression_level=VORBIS_COMPRESSION) as file:
        for sound in sounds:
            file.write(sound.astype(np.float32))


def write_dataset(out: str, clips: list[Clip], noise: list[Clip]) -> None:
    files: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        files[f"speech-{int(clip.speaker[1:]) % NUM_SPEECH_FILES}.ogg"].append(clip)
    files["noise.ogg"] = noise
    with open(os.path.join(out, "clips.tsv"), "w", encoding="ascii", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(["file", "start_sample", "num_samples", "word", "speaker", "split"])
        for name, content in sorted(files.items()):
            start = 0
            for clip in content:
                table.writerow([name, start, len(clip.sound), clip.word, clip.speaker, clip.split])
                start += len(clip.sound)
            write_ogg(os.path.join(out, name), [clip.sound for clip in content])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--out", required=True, help="folder of the dataset")
    arguments.add_argument("--cache", required=True, help="folder that keeps what the synthesisers said")
    arguments.add_argument("--speakers", type=int, default=NUM_SPEAKERS)
    arguments.add_argument("--jobs", type=int, default=os.cpu_count())
    options = arguments.parse_args()
    os.makedirs(options.cache, exist_ok=True)
    tasks = [(number, options.cache) for number in range(options.speakers)]
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as workers:
        clips = [clip for found in workers.map(recordings_of, tasks) for clip in found]
    assert all(len(clip.sound) == CLIP for clip in clips)
    write_dataset(options.out, clips, noise_recordings(clips))
    print(f"{len(clips)} clips of {len(tasks)} speakers")


if __name__ == "__main__":
    main()
