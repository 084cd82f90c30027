"""Reads a packed file by its documentation alone, without any package, and computes with it: `read_packed.py FILE VECTORS`.

VECTORS is a JSON object with rows of un-normalised `features`, the `sums` that the integer network gives for them, and the
`labels`. Exit status: 0 where all agree, 1 where they do not.
"""

import json
import struct
import sys
import zlib
from math import ceil, floor, inf, isnan

WORD = 2**64
GOLDEN = 0x9E3779B97F4A7C15
BALANCED, CONNECTED, INDEPENDENT = range(3)


class Bytes:
    """Numbers and texts, one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, layout):
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values if len(values) > 1 else values[0]

    def text(self):
        size = self.take("H")
        self.at += size
        return self.data[self.at - size : self.at].decode()


class Bits:
    """Fields of bits, the lowest first."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, bits):
        first, self.at = self.at, self.at + bits
        word = int.from_bytes(self.data[first // 8 : ceil(self.at / 8)], "little")
        return word >> first % 8 & ((1 << bits) - 1)

    def signed(self, bits):
        word = self.take(bits)
        return word - (1 << bits) if word >> (bits - 1) else word


def float_at(place):
    bits = place if place < 2**31 else 2**31 | (2**32 - 1 - place)
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def place_of(value):
    bits = struct.unpack("<I", struct.pack("<f", value))[0]
    return bits if bits < 2**31 else 2**32 - 1 - (bits - 2**31)


def f32(value):
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return inf if value > 0 else -inf


def read_unsigned(bits, width):
    ones = 0
    while ones < 8 and bits.take(1):
        ones += 1
    return bits.take(32) if ones == 8 else ones << width | bits.take(width)


def read_coefficient(bits, num_frames):
    """One coefficient of all frames: the first as it is, each later one by its distance from a guess."""
    guess, width = bits.take(2), bits.take(5)
    values = [struct.unpack("<f", struct.pack("<I", bits.take(32)))[0]]
    while len(values) < num_frames:
        a, b = values[-1], values[-2] if len(values) > 1 else values[-1]
        line = f32(a + f32(a - b))
        base = [0.0, a, line if abs(line) < inf else a][guess]
        unsigned = read_unsigned(bits, width)
        distance = -(unsigned + 1) // 2 if unsigned % 2 else unsigned // 2
        values.append(float_at((place_of(base) + distance) % 2**32))
    return values


def read_normalisation(data, num_inputs):
    bits = Bits(data)
    num_coefs = bits.take(32)
    columns = [read_coefficient(bits, num_inputs // num_coefs) for _ in range(2 * num_coefs)]
    rows = lambda columns: [value for frame in zip(*columns) for value in frame]
    return rows(columns[:num_coefs]), rows(columns[num_coefs:])


def read_layer_header(data):
    layer = {"name": data.text()}
    layer["outputs"], layer["inputs"] = data.take("II")
    layer["selection"], num_levels = data.take("BB")
    layer["levels"] = [data.take("Id") for _ in range(num_levels)]
    layer["seed"] = data.take("Q")
    layer["rule"], layer["bits"], layer["weight_exponent"] = data.take("BBh")
    if layer["rule"] == 1:
        layer["weight_exponent"] = 1 - layer["bits"]
    layer["input_bits"], layer["input_exponent"] = data.take("Bh")
    layer["sum_bits"] = data.take("B")
    return layer


class Random:
    """xoshiro256++, started by SplitMix64."""

    def __init__(self, seed):
        self.s = [self.mix(seed + i * GOLDEN) for i in range(4)]

    @staticmethod
    def mix(z):
        z = (z + GOLDEN) % WORD
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % WORD
        z = (z ^ z >> 27) * 0x94D049BB133111EB % WORD
        return z ^ z >> 31

    def next(self):
        s = self.s
        rotl = lambda x, k: (x << k | x >> (64 - k)) % WORD
        result, t = (rotl((s[0] + s[3]) % WORD, 23) + s[0]) % WORD, s[1] << 17 & (WORD - 1)
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 45)
        return result

    def below(self, n):
        while True:
            product = self.next() * n
            if product % WORD >= WORD % n:
                return product >> 64

    def front(self, columns, count):
        for i in range(count):
            j = i + self.below(len(columns) - i)
            columns[i], columns[j] = columns[j], columns[i]


def kept_per_row(num_cols, drop):
    kept = num_cols * (1 - drop)
    return min(num_cols, max(1, floor(kept + kept * 1e-12 + 0.5)))


def regions_of(layer, index, outer):
    """First block row and column of each region, its block rows and columns, and the block rows of a whole one."""
    block = layer["levels"][index][0]
    all_rows, all_cols = ceil(layer["outputs"] / block), ceil(layer["inputs"] / block)
    if index == 0:
        return [(0, 0, all_rows, all_cols)], all_rows, all_cols
    side = layer["levels"][index - 1][0] // block
    cut = lambda row, col: (row, col, min(side, all_rows - row), min(side, all_cols - col))
    return [cut(row * side, col * side) for row, col in outer], side, min(side, all_cols)


def read_index(layer, bits):
    """Kept blocks of every level, by row and then column."""
    outer = []
    for index, (_, drop) in enumerate(layer["levels"]):
        is_independent = layer["selection"] == INDEPENDENT
        regions, whole_rows, whole_cols = regions_of(layer, index, outer)
        keeps_all = drop <= 0 if is_independent else kept_per_row(whole_cols, drop) == whole_cols
        col_bits, count_bits = (whole_cols - 1).bit_length(), whole_cols.bit_length()
        kept = []
        for first_row, first_col, num_rows, num_cols in regions:
            for row in range(num_rows if keeps_all else whole_rows):
                if keeps_all:
                    cols = range(num_cols)
                elif is_independent:
                    cols = [bits.take(col_bits) for _ in range(bits.take(count_bits))]
                else:
                    count = kept_per_row(num_cols, drop) if row < num_rows else 0
                    cols = [bits.take(col_bits) for _ in range(count)]
                kept += [(first_row + row, first_col + col) for col in cols]
        outer = sorted(kept)
    return outer


def draw_row(layer, drop, row, columns, random, is_live, uses):
    """Columns that a block row keeps."""
    if layer["selection"] == INDEPENDENT:
        is_kept = lambda: drop <= 0 or drop < 1 and (random.next() >> 11) / 2**53 >= drop
        return [col for col in columns if is_kept()]
    keep = kept_per_row(len(columns), drop)
    if keep < len(columns) and layer["selection"] == BALANCED:
        random.front(columns, keep)
    elif keep < len(columns):
        random.front(columns, len(columns))
        columns.sort(key=lambda col: (not is_live[col], uses[col]))
        columns[:] = sorted(columns[:keep]) + sorted(columns[keep:])
    for col in columns[:keep]:
        uses[col] += 1
    return columns[:keep]


def draw(layer, live):
    """Kept blocks as they were drawn before training; `live` says which inputs carry signal."""
    random, outer = Random(layer["seed"]), []
    for index, (block, drop) in enumerate(layer["levels"]):
        num_cols = ceil(layer["inputs"] / block)
        is_live = [any(live[col * block : (col + 1) * block]) for col in range(num_cols)]
        uses, kept = [0] * num_cols, []
        for first_row, first_col, rows, cols in regions_of(layer, index, outer)[0]:
            columns = list(range(first_col, first_col + cols))
            for row in range(first_row, first_row + rows):
                kept += [(row, col) for col in draw_row(layer, drop, row, columns, random, is_live, uses)]
        outer = sorted(kept)
    return outer


def live_outputs(layer, kept, live):
    block, flags = layer["levels"][-1][0], [False] * layer["outputs"]
    for row, col in kept:
        if any(live[col * block : (col + 1) * block]):
            end = min((row + 1) * block, layer["outputs"])
            flags[row * block : end] = [True] * (end - row * block)
    return flags


def read_level(layer, bits):
    code = bits.signed(layer["bits"])
    if layer["rule"] == 1:
        return code + 1 if code >= 0 else code
    return code if layer["bits"] > 1 else 1 + 2 * code


def read_weights(layer, kept, bits):
    """Per output its pairs of input and level."""
    block, rows = layer["levels"][-1][0], [[] for _ in range(layer["outputs"])]
    for block_row, block_col in kept:
        for row in range(block_row * block, min((block_row + 1) * block, layer["outputs"])):
            for col in range(block_col * block, min((block_col + 1) * block, layer["inputs"])):
                rows[row].append((col, read_level(layer, bits)))
    return rows


def read_file(data):
    assert data[:8] == b"\x89CGS\r\n\x1a\n", "this is no packed file"
    version, flags, header_len, payload_bits = struct.unpack_from("<HHIQ", data, 8)
    assert version == 1 and flags in (0, 1)
    payload_end = header_len + ceil(payload_bits / 8)
    assert len(data) == payload_end + 4
    assert zlib.crc32(data[:-4]) == struct.unpack("<I", data[-4:])[0]
    header = Bytes(data[:header_len])
    header.at = 24
    model = {"features": header.text()}
    model["labels"] = [header.text() for _ in range(header.take("H"))]
    model["layers"] = [read_layer_header(header) for _ in range(header.take("H"))]
    model["mean"], model["inv_std"] = read_normalisation(data[header.at : header_len], model["layers"][0]["inputs"])
    bits, live = Bits(data[header_len:payload_end]), [True] * model["layers"][0]["inputs"]
    for layer in model["layers"]:
        kept = draw(layer, live) if flags else read_index(layer, bits)
        live = live_outputs(layer, kept, live)
        layer["weights"] = read_weights(layer, kept, bits)
        layer["bias"] = [bits.signed(layer["sum_bits"]) for _ in range(layer["outputs"])]
    assert bits.at == payload_bits, f"{bits.at} bits are named, {payload_bits} are there"
    return model


def input_code(layer, value):
    if isnan(value):
        return 0
    top = 2 ** (layer["input_bits"] - 1)
    return max(-top, min(top - 1, floor(value / 2.0 ** layer["input_exponent"] + 0.5)))


def sums(model, features):
    """What the output layer gives, in integers throughout."""
    first = model["layers"][0]
    normalised = [
        f32(f32(value - mean) * scale) for value, mean, scale in zip(features, model["mean"], model["inv_std"])
    ]
    codes = [input_code(first, value) for value in normalised]
    for layer, after in zip(model["layers"], model["layers"][1:] + [None]):
        found = [
            bias + sum(level * codes[col] for col, level in row)
            for bias, row in zip(layer["bias"], layer["weights"])
        ]
        assert all(abs(value) < 2 ** (layer["sum_bits"] - 1) for value in found)
        if after is None:
            return found
        shift = after["input_exponent"] - layer["weight_exponent"] - layer["input_exponent"]
        half = 1 << shift >> 1
        codes = [max(0, min(2 ** after["input_bits"] - 1, (value + half) >> shift)) for value in found]


def main():
    path, vectors = sys.argv[1:]
    with open(path, "rb") as file:
        model = read_file(file.read())
    with open(vectors, encoding="utf-8") as file:
        vectors = json.load(file)
    assert model["labels"] == vectors["labels"]
    for features, wanted in zip(vectors["features"], vectors["sums"], strict=True):
        assert sums(model, [f32(value) for value in features]) == wanted
    print(f"packed file: the sums of {len(vectors['sums'])} rows are the same, to the bit")


if __name__ == "__main__":
    main()
