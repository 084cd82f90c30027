#!/usr/bin/env python3
"""Runs `coarsegrain bench` and the other libraries in turns, over several rounds, and prints what came out.

    measure.py --out results.json            the whole measurement; --quick for a look
    measure.py --show results.json           the tables again

What decides are the ratios within a round: both sides of one were measured within seconds of each other.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import tables

HERE = Path(__file__).resolve().parent
# (what, net, threads, arguments for coarsegrain, arguments for the peers)
TASKS = [
    ("kernels", "kws", 1, ["--block=8", "--block=16", "--block=32", "--block=64", "--block=128"], []),
    ("kernels", "asr", 1, ["--block=8", "--block=16", "--block=32", "--block=64", "--block=128"], []),
    ("train", "kws", 1, [], []),
    ("train", "kws", 2, [], []),
    ("train", "asr", 1, ["--memory"], []),
    ("train", "asr", 2, [], []),
    ("infer", "kws", 1, [], []),
    ("infer", "asr", 1, ["--batch=512"], ["--batch=512"]),
    ("features", "kws", 2, [], ["--threads=1"]),
]
CURVE_BLOCKS = [8, 16, 32, 64, 128]
CURVE_DROPS = [0.0, 0.25, 0.5, 0.625, 0.75, 0.875, 0.9375, 0.97]


def children_cpu_secs():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_json(command):
    """What a command prints, and the cores that it kept busy: below 1, something else had its core."""
    begin, cpu = perf_counter(), children_cpu_secs()
    ended = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE)
    if ended.returncode != 0:
        raise SystemExit(f"this ended with status {ended.returncode}: {' '.join(map(str, command))}")
    report = json.loads(ended.stdout)
    report["cores_used"] = (children_cpu_secs() - cpu) / (perf_counter() - begin)
    return report


def measure_task(task, args, peers_first):
    """Both sides of one task, one right after the other."""
    what, net, threads, ours, peers = task
    shared = [what, f"--net={net}", f"--threads={threads}", f"--seconds={args.seconds}", "--json"]
    sides = {
        "ours": [args.coarsegrain, "bench", *shared, *ours],
        "peers": [sys.executable, HERE / "peers.py", *shared, *peers],
    }
    order = ["peers", "ours"] if peers_first else ["ours", "peers"]
    return {side: run_json(sides[side]) for side in order}


def measure_curve(args):
    """Training steps over drop probability and block size, in turns within one process."""
    grid = [f"--block={b}" for b in CURVE_BLOCKS] + [f"--drop={p}" for p in CURVE_DROPS]
    shared = ["--net=asr", f"--seconds={args.seconds}", "--json"]
    return run_json([args.coarsegrain, "bench", "train", *shared, *grid])


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def measure(args):
    cores = os.cpu_count() or 1
    results = {
        "machine": f"{processor()}, {cores} cores, {platform.system()}",
        "is_quick": args.quick,
        "seconds": args.seconds,
        "rounds": [],
    }
    for number in range(args.rounds):
        found = {}
        for task in TASKS:
            name = " ".join(map(str, task[:3]))
            if task[2] > cores:
                print(f"{name} left out: {cores} cores", file=sys.stderr)
                continue
            print(f"round {number + 1} of {args.rounds}: {name}", file=sys.stderr)
            found[name] = measure_task(task, args, peers_first=number % 2 == 1)
        results["rounds"].append(found)
    print("training steps over drop probability", file=sys.stderr)
    results["curve"] = measure_curve(args)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coarsegrain", type=Path, default=HERE.parents[1] / "target/release/coarsegrain")
    parser.add_argument("--rounds", type=int, help="default 5, quick 2")
    parser.add_argument("--seconds", type=float, help="seconds spent on each row; default 1, quick 0.2")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--show", type=Path, help="print the tables of these results, measure nothing")
    args = parser.parse_args()
    args.rounds = args.rounds or (2 if args.quick else 5)
    args.seconds = args.seconds or (0.2 if args.quick else 1.0)
    results = json.loads(args.show.read_text()) if args.show else measure(args)
    if args.out:
        args.out.write_text(json.dumps(results, indent=1) + "\n")
    print(tables.to_markdown(results))


if __name__ == "__main__":
    main()
