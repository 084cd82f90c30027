#!/usr/bin/env python3
"""Makes the small compressed recordings that the decoder tests read. Needs ffmpeg.

    pip install numpy soundfile
    scripts/audio_fixtures.py

Every file holds the same half second: 400 Hz at amplitude 0.4 plus 1 kHz at 0.2.
"""

import pathlib
import subprocess

import numpy as np
import soundfile

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "engine/tests/fixtures/audio"


def tone(rate_hz, num_channels):
    t = np.arange(rate_hz // 2) / rate_hz
    mono = 0.4 * np.sin(2 * np.pi * 400 * t) + 0.2 * np.sin(2 * np.pi * 1000 * t)
    return np.repeat(mono[:, None], num_channels, axis=1)


# What phones, browsers and studios write: name, options of ffmpeg.
OTHERS = [
    ("mono-48k.opus", "-c:a libopus -b:a 24k -ac 1"),
    ("stereo-48k.webm", "-c:a libopus -b:a 48k -ac 2"),
    ("mono-44k.m4a", "-c:a aac -b:a 48k -ar 44100 -ac 1"),
    ("mono-16k-alac.m4a", "-c:a alac -ar 16000 -ac 1"),
    ("mono-16k.aac", "-c:a aac -b:a 48k -ar 16000 -ac 1 -f adts"),
    ("mono-16k.aiff", "-c:a pcm_s16be -ar 16000 -ac 1"),
    ("stereo-16k.caf", "-c:a pcm_s16be -ar 16000 -ac 2"),
    ("mono-48k.caf", "-c:a libopus -b:a 24k -ac 1"),
    ("mono-48k.mka", "-c:a libvorbis -ac 1 -q:a 1"),
    ("mono-16k-lame.mp3", "-c:a libmp3lame -b:a 32k -ar 16000 -ac 1"),
]


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, rate_hz, num_channels, kind, subtype in [
        ("mono-16k.flac", 16_000, 1, "FLAC", "PCM_16"),
        ("stereo-44k-24bit.flac", 44_100, 2, "FLAC", "PCM_24"),
        ("stereo-44k.ogg", 44_100, 2, "OGG", "VORBIS"),
        ("mono-16k.ogg", 16_000, 1, "OGG", "VORBIS"),
        ("stereo-48k.mp3", 48_000, 2, "MP3", "MPEG_LAYER_III"),
        ("mono-22k.mp3", 22_050, 1, "MP3", "MPEG_LAYER_III"),
    ]:
        soundfile.write(FOLDER / name, tone(rate_hz, num_channels), rate_hz, format=kind, subtype=subtype)
    wave = "aevalsrc=0.4*sin(2*PI*400*t)+0.2*sin(2*PI*1000*t):s=48000:d=0.5"
    for name, options in OTHERS:
        command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", wave, "-map_metadata", "-1"]
        subprocess.run([*command, *options.split(), FOLDER / name], check=True)


if __name__ == "__main__":
    main()
