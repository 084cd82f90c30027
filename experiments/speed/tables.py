"""Tables of a results file: every row with its time, and every bar with the ratio measured against it."""

from statistics import median

P75, P94 = 0.75, 0.9375


def rows_of(found, task):
    """All rows of one task in one round, ours and the peers'."""
    sides = found.get(task, {})
    return [row for side in ["ours", "peers"] if side in sides for row in sides[side]["rows"]]


def find(rows, path, key="median_ms", **wanted):
    """A figure of the one row that fits; None where there is none."""
    for row in rows:
        if row["path"] == path and all(row[name] == value for name, value in wanted.items()):
            return row.get(key)
    return None


def fastest_dense_peer(rows, batch):
    """Time of the fastest library with dense layers of 32-bit floats."""
    times = [row["median_ms"] for row in rows if row["path"].endswith(" dense") and row["batch"] == batch]
    return min(times, default=None)


def quotient(above, below):
    return above / below if above and below else None


def kernel_bars():
    least = {8: 0.40, 16: 0.60, 32: 0.75, 64: 0.75, 128: 0.75}
    for net, side in [("kws", 512), ("asr", 1024)]:
        for block, bar in least.items():
            for what in ["forward", "input-gradient", "block-gradient"]:

                def share(found, net=net, block=block, what=what):
                    return find(rows_of(found, f"kernels {net} 1"), "block", "share_of_peak", block=block, what=what)

                yield f"{what}, {side} x {side}, b = {block}: share of peak", share, ">=", bar


def train_bars():
    def against(net, drop, rival):
        def ratio(found):
            rows = rows_of(found, f"train {net} 1")
            return quotient(find(rows, rival, drop=0), find(rows, "block", drop=drop, block=64))

        return ratio

    for net, drop, rival, bar in [
        ("asr", P75, "dense", 3.4),
        ("asr", P94, "dense", 11),
        ("asr", P75, "torch dense", 3.6),
        ("asr", P94, "torch dense", 11),
        ("kws", P75, "torch dense", 3),
        ("kws", P94, "torch dense", 6),
    ]:
        name = "this build's dense" if rival == "dense" else "PyTorch dense"
        yield f"training step {net}, p = {drop}: {name} / block", against(net, drop, rival), ">=", bar
    for net in ["kws", "asr"]:

        def candle(found, net=net):
            rows = rows_of(found, f"train {net} 1")
            return quotient(find(rows, "dense"), find(rows, "candle"))

        yield f"training step {net}: dense path / candle's layers", candle, "<=", 1
    for path, drop in [("block", P75), ("block", P94), ("dense", 0)]:

        def threads(found, path=path, drop=drop):
            one, two = (find(rows_of(found, f"train asr {n}"), path, drop=drop) for n in [1, 2])
            return quotient(one, two)

        yield f"training step asr, {path}, p = {drop}: one thread / two threads", threads, ">=", 1.8


def infer_bars():
    def litert(found):
        rows = rows_of(found, "infer kws 1")
        return quotient(find(rows, "block", drop=P75, batch=1), find(rows, "litert dense", batch=1))

    yield f"inference kws, p = {P75}, batch 1: block / LiteRT dense", litert, "<=", 0.4
    for net, drop, bar in [("kws", P75, 0.34), ("asr", P75, 0.28), ("asr", P94, 0.095)]:

        def fastest(found, net=net, drop=drop):
            rows = rows_of(found, f"infer {net} 1")
            return quotient(find(rows, "block", drop=drop, batch=512), fastest_dense_peer(rows, 512))

        yield f"inference {net}, p = {drop}, batch 512: block / fastest dense peer", fastest, "<=", bar


def integer_bars():
    for rival, bar in [("block", 0.5), ("litert int8", 1)]:

        def ratio(found, rival=rival):
            rows = rows_of(found, "infer kws 1")
            wanted = {"batch": 1} if rival.startswith("litert") else {"batch": 1, "drop": P75}
            return quotient(find(rows, "integer", drop=P75, batch=1), find(rows, rival, **wanted))

        name = "block in float" if rival == "block" else "LiteRT int8, dense"
        yield f"inference kws, p = {P75}, batch 1: integer / {name}", ratio, "<=", bar


def other_bars():
    def features(found):
        return find(rows_of(found, "features kws 2"), "dense", "times_real_time", threads=1)

    def memory(found):
        rows = rows_of(found, "train asr 1")
        return quotient(find(rows, "block", "peak_mib", drop=P94), find(rows, "dense", "peak_mib"))

    yield "features, one thread: times real time", features, ">=", 10000
    yield f"peak memory of training asr, p = {P94}: block / dense", memory, "<=", 1 / 3


def bars():
    """(name, figure of a round, direction, bar)"""
    yield from kernel_bars()
    yield from train_bars()
    yield from infer_bars()
    yield from integer_bars()
    yield from other_bars()


def number(value):
    """Three significant digits."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def spread(values):
    return f"{number(median(values))} ({number(min(values))} - {number(max(values))})"


def bars_table(rounds):
    lines = ["| figure | median over rounds (range) | bar | met |", "|---|---:|---:|---|"]
    for name, figure, direction, bar in bars():
        values = [value for value in map(figure, rounds) if value is not None]
        if not values:
            lines.append(f"| {name} | not measured | {direction} {number(bar)} | |")
            continue
        is_met = median(values) >= bar if direction == ">=" else median(values) <= bar
        lines.append(f"| {name} | {spread(values)} | {direction} {number(bar)} | {'yes' if is_met else 'no'} |")
    return lines


def task_table(rounds, task):
    """Times of every row of a task: medians of the rounds' medians."""
    first = rows_of(rounds[0], task)
    has_peak = any("share_of_peak" in row and row["gflops"] > 0 for row in first)
    has_memory = any("peak_mib" in row for row in first)
    heads = ["work", "by", "b", "p", "density", "batch", "threads", "median ms (range)"]
    heads += (["GFLOP/s", "of peak"] if has_peak else []) + (["peak MiB"] if has_memory else [])
    lines = ["| " + " | ".join(heads) + " |", "|---|---|" + "---:|" * (len(heads) - 2)]
    for row in first:
        key = {name: row[name] for name in ["what", "block", "drop", "batch", "threads"]}
        same = lambda name: [v for v in (find(rows_of(r, task), row["path"], name, **key) for r in rounds) if v is not None]
        cells = [row["what"], row["path"], row["block"] or "", f"{row['drop']:g}", f"{row['density']:.3f}"]
        cells += [row["batch"], row["threads"], spread(same("median_ms"))]
        if has_peak:
            cells += [number(median(same("gflops"))), f"{median(same('share_of_peak')):.0%}"] if same("gflops") else ["", ""]
        if has_memory:
            cells += [number(median(same("peak_mib")))] if same("peak_mib") else [""]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def curve_table(curve):
    """How far training steps are from density times the dense step."""
    rows = curve["rows"]
    dense = find(rows, "dense")
    blocks = sorted({row["block"] for row in rows if row["path"] == "block"})
    lines = ["| p | " + " | ".join(f"b = {block}" for block in blocks) + " |", "|---:|" + "---:|" * len(blocks)]
    for drop in sorted({row["drop"] for row in rows if row["path"] == "block"}):
        cells = []
        for block in blocks:
            fitting = {"drop": drop, "block": block}
            time, density = (find(rows, "block", key, **fitting) for key in ["median_ms", "density"])
            cells.append(f"{number(time)} ms, {time / (density * dense):.2f}")
        lines.append(f"| {drop:g} | " + " | ".join(cells) + " |")
    return lines


def to_markdown(results):
    rounds = results["rounds"]
    versions, notes, peaks, cores = {}, {}, [], []
    for found in rounds:
        for task, sides in found.items():
            if task.endswith(" 1"):
                cores += [sides["ours"]["cores_used"], sides["peers"]["cores_used"]]
            versions.update(dict.fromkeys(sides["peers"]["versions"]))
            notes.update(dict.fromkeys(sides["peers"]["notes"]))
            peaks.append(sides["ours"]["peak_gflops"] / sides["ours"]["threads"])
    quick = "**A quick look, not the measurement.** " if results["is_quick"] else ""
    lines = [
        f"{quick}{results['machine']}; {len(rounds)} rounds of {results['seconds']:g} s a row; multiply-add peak of one "
        f"thread {spread(peaks)} GFLOP/s; cores kept busy by the processes of one thread {spread(cores)} (well below 1: "
        f"the machine was shared, and the times are not to be trusted); {', '.join(versions)}.",
        *(f"\n- {note}." for note in notes),
        "\n### Bars\n",
        *bars_table(rounds),
    ]
    for task in rounds[0]:
        what, net, threads = task.split()
        lines += [f"\n### {what} {net}, threads: {threads}\n", *task_table(rounds, task)]
    lines += ["\n### Training step of asr over drop probability: time, and time / (density x dense time)\n"]
    lines += curve_table(results["curve"])
    return "\n".join(lines)
