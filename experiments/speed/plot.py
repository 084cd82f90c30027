#!/usr/bin/env python3
"""Draws training-step time against drop probability from a results file of measure.py: `plot.py results.json plot.svg`."""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "speed"  # the same results give the same file
import matplotlib.pyplot as plt

# Okabe and Ito's colours, told apart by every kind of eye; markers tell them apart without colour.
STYLES = [("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D"), ("#56B4E9", "v"), ("#E69F00", "P")]


def series(rows):
    """Block size to rows by ascending drop probability."""
    blocks = sorted({row["block"] for row in rows if row["path"] == "block"})
    rows = sorted((row for row in rows if row["path"] == "block"), key=lambda row: row["drop"])
    return {block: [row for row in rows if row["block"] == block] for block in blocks}


def values(rows, key):
    return [row[key] for row in rows]


def draw(results, path):
    rows = results["curve"]["rows"]
    dense = next(row for row in rows if row["path"] == "dense")
    dense_ms = dense["median_ms"]
    figure, (by_drop, by_density) = plt.subplots(1, 2, figsize=(11, 5), sharey=True)
    drops = [p / 100 for p in range(0, 98)]
    line = {"color": "#555555", "linewidth": 1.2, "linestyle": "--"}
    by_drop.plot(drops, [(1 - p) * dense_ms for p in drops], label="(1 - p) x dense time", **line)
    by_density.plot([0.02, 1], [0.02 * dense_ms, dense_ms], label="density x dense time", **line)
    for (block, found), (colour, marker) in zip(series(rows).items(), STYLES):
        look = {"color": colour, "marker": marker, "markersize": 5, "linewidth": 1.2, "label": f"b = {block}"}
        by_drop.plot(values(found, "drop"), values(found, "median_ms"), **look)
        by_density.plot(values(found, "density"), values(found, "median_ms"), **look)
    by_drop.axhline(dense_ms, color="#555555", linewidth=0.8, label="dense path")
    by_drop.set(xlabel="drop probability p (requested)", ylabel="time of a training step in ms", yscale="log")
    by_density.set(xlabel="density (achieved: kept weights / all weights)", xscale="log")
    for axes in (by_drop, by_density):
        axes.grid(True, which="both", linewidth=0.3)
        axes.legend(fontsize=8)
    figure.suptitle("Training step against drop probability: the cost follows the density")
    quick = "quick look; " if results["is_quick"] else ""
    settings = (
        f"{quick}440-1024-1024-1024-1024-1947, batch {dense['batch']}, forward + loss + backward + SGD with momentum, "
        f"{dense['threads']} thread, 32-bit float\nbalanced selection in every layer; medians; {results['machine']}"
    )
    figure.text(0.5, 0.01, settings, ha="center", fontsize=7)
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    draw(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2])
