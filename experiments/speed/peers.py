#!/usr/bin/env python3
"""The work of `coarsegrain bench` in other libraries, for whoever has them: `peers.py train --net asr --threads 2`.

Every library runs in a process of its own, so that the idle threads of one do not spin beside another; within a
library the cases take turns. A library that is not installed is left out, with a sentence.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys

LIBRARIES = ["torch", "numpy", "scipy", "onnxruntime", "litert", "features"]
LIBRARIES_OF = {
    "kernels": ["torch", "numpy"],
    "train": ["torch", "numpy", "scipy"],
    "infer": ["torch", "numpy", "scipy", "onnxruntime", "litert"],
    "features": ["features"],
}


def pin_threads(threads):
    """Must come before any library is loaded: most read these once."""
    for name in ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]:
        os.environ[name] = str(threads)
    # Settings that slow OpenBLAS down would flatter its rivals.
    for name in ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"]:
        os.environ.pop(name, None)


def measure_here(library, args):
    pin_threads(args.threads)
    try:
        peer = importlib.import_module(f"peer_{library}")
        from workload import Workload, measure
    except ImportError as error:
        return {"rows": [], "notes": [f"{library} left out: {error}"], "versions": []}
    work = Workload(args.what, args.net, args.threads, args.batch, args.block, args.drop)
    cases = peer.cases(work)
    rows = [
        {
            "what": case.what or {"train": "train-step"}.get(args.what, args.what),
            "path": case.path,
            "block": args.block if case.drop else 0,
            "drop": case.drop,
            "density": case.density,
            "batch": case.batch,
            "threads": args.threads,
            **times,
        }
        for case, times in zip(cases, measure(cases, args.seconds))
    ]
    return {"rows": rows, "notes": peer.NOTES, "versions": [peer.NAME]}


def measure_apart(library, args):
    """The same in a process of its own."""
    command = [sys.executable, __file__, *sys.argv[1:], "--only", library, "--json"]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if ended.returncode != 0:
        return {"rows": [], "notes": [f"{library} left out: it ended with status {ended.returncode}"], "versions": []}
    return json.loads(ended.stdout)


def to_text(report):
    text = f"{'what':<15} {'path':<20} {'block':>5} {'drop':>7} {'density':>8} {'batch':>5} {'threads':>7} {'median ms':>10} {'min ms':>10} {'cores':>6}\n"
    for row in report["rows"]:
        text += (
            f"{row['what']:<15} {row['path']:<20} {row['block']:>5} {row['drop']:>7.2%} {row['density']:>8.2%} "
            f"{row['batch']:>5} {row['threads']:>7} {row['median_ms']:>10.4f} {row['min_ms']:>10.4f} {row['cores_used']:>6.2f}\n"
        )
    return text + "\n".join(report["notes"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=list(LIBRARIES_OF))
    parser.add_argument("--net", choices=["kws", "asr"], default="kws")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, action="append", help="default 512, infer also 1")
    parser.add_argument("--block", type=int, default=64)
    parser.add_argument("--drop", type=float, action="append", help="default 0.75 and 0.9375")
    parser.add_argument("--seconds", type=float, default=1.0, help="seconds spent on each row")
    parser.add_argument("--only", choices=LIBRARIES, action="append", help="these libraries; one runs in this process")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    args.batch = args.batch or ([1, 512] if args.what == "infer" else [512])
    args.drop = args.drop or [0.75, 0.9375]
    libraries = [name for name in LIBRARIES_OF[args.what] if not args.only or name in args.only]
    apart = measure_here if args.only and len(args.only) == 1 else measure_apart
    reports = [apart(library, args) for library in libraries]
    report = {key: [item for part in reports for item in part[key]] for key in ["versions", "rows", "notes"]}
    print(json.dumps(report, indent=2) if args.json else to_text(report))


if __name__ == "__main__":
    main()
