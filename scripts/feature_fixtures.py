#!/usr/bin/env python3
"""Reference features from kaldi-native-fbank: makes the test fixtures, or checks a build on recordings.

    pip install kaldi-native-fbank numpy soundfile
    scripts/feature_fixtures.py make                       needs espeak-ng; writes engine/tests/fixtures/features
    scripts/feature_fixtures.py check COARSEGRAIN DIR [N]  compares N files of DIR (default 50), all parameter sets

Each fixture is a clip (16-bit WAV, 16 kHz), the settings that differ from the defaults, and the expected
matrix as little-endian 32-bit floats, frame by frame; index.json lists them.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import kaldi_native_fbank as knf
import numpy as np
import soundfile

RATE_HZ = 16_000
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "engine/tests/fixtures/features"

# Name, and settings as `--set` takes them.
SETS = {
    "mfcc-default": {},
    "mfcc-energy": {"use_energy": True, "num_mel": 40, "num_ceps": 20, "lifter": 0.0},
    "mfcc-hanning": {
        "window": "hanning", "frame_length_ms": 30.0, "frame_shift_ms": 12.5, "num_mel": 30,
        "num_ceps": 30, "lifter": 10.0, "low_hz": 100.0, "high_hz": 7000.0,
    },
    "mfcc-plain": {
        "window": "rectangular", "preemphasis": 0.0, "remove_dc": False, "use_energy": True,
        "raw_energy": False, "energy_floor": 1e9, "frame_length_ms": 20.0,
    },
    "logmel-80": {"kind": "logmel", "num_mel": 80, "high_hz": -400.0},
    "logmel-energy": {
        "kind": "logmel", "num_mel": 40, "use_energy": True, "window": "hamming",
        "frame_length_ms": 32.0, "frame_shift_ms": 20.0, "preemphasis": 0.9,
    },
    "logmel-blackman": {"kind": "logmel", "window": "blackman", "frame_length_ms": 50.3, "frame_shift_ms": 16.0},
}


def reference(samples, settings):
    """Features of samples in -1..1, frames by coefficients."""
    get = settings.get
    is_mfcc = get("kind", "mfcc") == "mfcc"
    opts = knf.MfccOptions() if is_mfcc else knf.FbankOptions()
    frame, mel = opts.frame_opts, opts.mel_opts
    frame.samp_freq, frame.dither, frame.snip_edges = RATE_HZ, 0.0, True
    frame.frame_length_ms = get("frame_length_ms", 25.0)
    frame.frame_shift_ms = get("frame_shift_ms", 10.0)
    frame.preemph_coeff = get("preemphasis", 0.97)
    frame.window_type = get("window", "povey")
    frame.remove_dc_offset = get("remove_dc", True)
    mel.num_bins, mel.low_freq, mel.high_freq = get("num_mel", 23), get("low_hz", 20.0), get("high_hz", 0.0)
    opts.use_energy, opts.raw_energy = get("use_energy", False), get("raw_energy", True)
    opts.energy_floor = get("energy_floor", 0.0)
    if is_mfcc:
        opts.num_ceps, opts.cepstral_lifter = get("num_ceps", 13), get("lifter", 22.0)
    online = (knf.OnlineMfcc if is_mfcc else knf.OnlineFbank)(opts)
    online.accept_waveform(RATE_HZ, (samples * 32768.0).tolist())
    online.input_finished()
    return np.array([online.get_frame(i) for i in range(online.num_frames_ready)], dtype=np.float32)


def speech():
    """A spoken word between soft noise, so that no frame is digitally silent."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-v", "en-us", "-s", "150", "-w", file.name, "seven yes"], check=True)
        spoken, rate_hz = soundfile.read(file.name)
    times = np.arange(int(len(spoken) * RATE_HZ / rate_hz)) * rate_hz / RATE_HZ
    spoken = np.interp(times, np.arange(len(spoken)), spoken)[: RATE_HZ]
    noise = np.random.default_rng(1).normal(0.0, 0.001, RATE_HZ)
    noise[: len(spoken)] += 0.5 * spoken
    return noise


def chirp():
    """A sweep from 50 Hz to 7.5 kHz over an offset, growing noise, and a quiet end."""
    num = int(0.6 * RATE_HZ)
    t = np.arange(num) / RATE_HZ
    sweep = 0.3 * np.sin(2 * np.pi * (50 * t + 0.5 * (7450 / 0.6) * t**2))
    noise = np.random.default_rng(2).normal(0.0, 1.0, num) * np.linspace(0.002, 0.05, num)
    signal = 0.1 + sweep + noise
    signal[int(0.5 * RATE_HZ) :] *= 0.01
    return signal


def make():
    FOLDER.mkdir(parents=True, exist_ok=True)
    index = []
    for clip, samples in {"speech": speech(), "chirp": chirp()}.items():
        pcm = np.clip(np.round(samples * 32768.0), -32768, 32767).astype(np.int16)
        soundfile.write(FOLDER / f"{clip}.wav", pcm, RATE_HZ, subtype="PCM_16")
        for name, settings in SETS.items():
            values = reference(pcm.astype(np.float32) / 32768.0, settings)
            file = f"{clip}-{name}.f32"
            values.astype("<f4").tofile(FOLDER / file)
            index.append({
                "clip": f"{clip}.wav", "values": file, "num_frames": values.shape[0],
                "num_coefs": values.shape[1], "settings": settings,
            })
    text = json.dumps({"source": f"kaldi-native-fbank {knf.__version__}", "fixtures": index}, indent=1)
    (FOLDER / "index.json").write_text(text + "\n")


def check(program, folder, num_files):
    files = sorted(p for p in pathlib.Path(folder).rglob("*") if p.suffix in (".wav", ".flac"))
    files = files[:: max(1, len(files) // num_files)][:num_files]
    for name, settings in SETS.items():
        worst = 0.0
        for path in files:
            sets = []
            for key, value in settings.items():
                text = str(value).lower() if isinstance(value, bool) else str(value)
                sets += ["--set", f"features.{key}={text}"]
            found = json.loads(subprocess.check_output([program, "features", path, "--json", *sets]))
            samples, rate_hz = soundfile.read(path, dtype="float32")
            assert rate_hz == RATE_HZ and samples.ndim == 1, path
            expected = reference(samples, settings)
            features = np.array(found["features"], dtype=np.float32).reshape(expected.shape)
            worst = max(worst, float(np.abs(features - expected).max(initial=0.0)))
        print(f"{name}: {len(files)} files, largest difference {worst:.2e}")


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        make()
    elif sys.argv[1:2] == ["check"] and len(sys.argv) in (4, 5):
        check(sys.argv[2], sys.argv[3], int(sys.argv[4]) if len(sys.argv) == 5 else 50)
    else:
        sys.exit(__doc__)
