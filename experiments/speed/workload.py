"""What every peer computes: the two networks, the drawn blocks, the data, and how one step is timed."""

from dataclasses import dataclass
from time import perf_counter, process_time

import numpy as np

SIZES = {"kws": [403, 512, 512, 12], "asr": [440, 1024, 1024, 1024, 1024, 1947]}
LEARNING_RATE, MOMENTUM = 1e-4, 0.9


@dataclass
class Workload:
    what: str  # kernels, train, infer or features
    net: str
    threads: int
    batches: list
    block: int
    drops: list

    @property
    def sizes(self):
        if self.what == "kernels":
            return [1024, 1024] if self.net == "asr" else [512, 512]
        return SIZES[self.net]


@dataclass
class Case:
    """One thing to time: `work` does it once."""

    path: str
    batch: int
    work: object
    drop: float = 0.0
    density: float = 1.0
    what: str = ""


def padded(size, block):
    return -(-size // block) * block


def kept_columns(outputs, inputs, block, drop, seed=1):
    """Balanced selection: every block row keeps the same number of block columns; (block_rows, kept)."""
    rows, columns = -(-outputs // block), -(-inputs // block)
    kept = max(1, int(columns * (1 - drop) + 0.5))
    random = np.random.default_rng(seed)
    return np.stack([np.sort(random.permutation(columns)[:kept]) for _ in range(rows)])


def mask(outputs, inputs, block, columns):
    """The same choice as a matrix of zeros and ones, (outputs, inputs)."""
    grid = np.zeros((padded(outputs, block), padded(inputs, block)), np.float32)
    for row, kept in enumerate(columns):
        for column in kept:
            grid[row * block : (row + 1) * block, column * block : (column + 1) * block] = 1
    return grid[:outputs, :inputs]


def layers(work):
    """(outputs, inputs) of every layer."""
    return list(zip(work.sizes[1:], work.sizes[:-1]))


def patterns(work, drop):
    """Kept columns of every layer, and the density of the whole network."""
    drawn = [kept_columns(o, i, work.block, drop, seed) for seed, (o, i) in enumerate(layers(work))]
    kept = sum(mask(o, i, work.block, c).sum() for (o, i), c in zip(layers(work), drawn))
    return drawn, float(kept / sum(o * i for o, i in layers(work)))


def random_weights(outputs, inputs, seed=1):
    bound = (6 / inputs) ** 0.5
    return np.random.default_rng(seed).uniform(-bound, bound, (outputs, inputs)).astype(np.float32)


def random_batch(work, batch):
    random = np.random.default_rng(2)
    inputs = random.uniform(-1, 1, (batch, work.sizes[0])).astype(np.float32)
    return inputs, random.integers(0, work.sizes[-1], batch)


def measure(cases, seconds):
    """Median and shortest time of every case, in ms, and the cores it kept busy. The cases take turns."""
    for case in cases:
        begin = perf_counter()
        for _ in range(3):
            case.work()
            if perf_counter() - begin > seconds:
                break
    times, cpu_secs = [[] for _ in cases], [0.0] * len(cases)
    is_open = True
    while is_open:
        is_open = False
        for index, case in enumerate(cases):
            if len(times[index]) >= 3 and sum(times[index]) >= seconds:
                continue
            is_open = True
            stretch, cpu = perf_counter(), process_time()
            while perf_counter() - stretch < 0.02:
                begin = perf_counter()
                case.work()
                times[index].append(perf_counter() - begin)
            cpu_secs[index] += process_time() - cpu
    return [
        {"median_ms": 1e3 * float(np.median(t)), "min_ms": 1e3 * min(t), "cores_used": cpu / sum(t)}
        for t, cpu in zip(times, cpu_secs)
    ]
