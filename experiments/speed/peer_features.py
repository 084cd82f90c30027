"""Front ends with Kaldi's values: 13 MFCC of 23 mel bands, 25 ms every 10 ms, of one second of sound."""

import numpy as np

from workload import Case

NAME = "Kaldi front ends"
NOTES = []
SAMPLES = np.random.default_rng(1).uniform(-0.1, 0.1, 16000).astype(np.float32)


def kaldi_native_fbank():
    import kaldi_native_fbank as knf

    options = knf.MfccOptions()
    options.frame_opts.dither = 0
    samples = (SAMPLES * 32768).tolist()

    def frames():
        front_end = knf.OnlineMfcc(options)
        front_end.accept_waveform(16000, samples)
        front_end.input_finished()
        return [front_end.get_frame(index) for index in range(front_end.num_frames_ready)]

    return frames


def torchaudio():
    import torch
    from torchaudio.compliance import kaldi

    torch.set_num_threads(1)
    samples = torch.from_numpy(SAMPLES * 32768)[None]
    return lambda: kaldi.mfcc(samples, num_ceps=13, num_mel_bins=23)


def cases(work):
    if work.what != "features":
        return []
    if work.threads != 1:
        NOTES.append("the front ends are measured on one thread: left out")
        return []
    found = []
    for path, make in {"kaldi-native-fbank": kaldi_native_fbank, "torchaudio": torchaudio}.items():
        try:
            case = Case(path, 1, make(), what="features")
            case.work()
            found.append(case)
        except Exception as error:  # whatever an installation lacks, the other front end is still measured
            NOTES.append(f"{path} left out: {str(error).splitlines()[0]}")
    return found
