#!/usr/bin/env python3
"""Times this engine's CUDA kernels and PyTorch on the same card, in turn, and writes the GPU table of PERFORMANCE.md.

It runs where the card is, without Go: bin/cuda/kit.tgz, which make cuda packs on any machine, has to be carried there with the repository. Times are medians of
wall clock, the device waited for, warm-ups and torch.compile's time left out. Each row is in the results' file once it is measured; the same command goes on with
the rows that are missing or failed. Exit status 1: a row failed, 2: nothing to measure with, 3: the time was up before the last row.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

from peers import cuda_rows
from peers.engine import Engine, Failed
from peers.table import write


def flags(args=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--device", default="cuda:0", help="of both sides (default cuda:0)")
    p.add_argument("--torch", metavar="DEVICE", help="another device of PyTorch's side; none: this engine alone")
    p.add_argument("--quick", action="store_true", help="512 sentences instead of 4,096 and of the train split")
    p.add_argument("--tiny", action="store_true", help="sizes that say nothing: to see that everything runs, on an emulated card too")
    p.add_argument("--only", metavar="ROW,…", help="of " + ", ".join(cuda_rows.ROWS))
    p.add_argument("--minutes", type=float, help="begin no row after that long")
    p.add_argument("--repetitions", type=int, default=7, metavar="N", help="of each contender in turn (default 7)")
    p.add_argument("--program", default="bin/cuda/kit/benchpeers", help="this engine's side (default that of bin/cuda/kit.tgz)")
    p.add_argument("--out", default=os.path.join(os.environ.get("OUT", ""), "bench-cuda.json"), help="where the results go (default $OUT/bench-cuda.json)")
    p.add_argument("--page", help="where the table goes (default PERFORMANCE.md; with --quick and --tiny nowhere)")
    p.add_argument("--dry", action="store_true", help="print the table and write it nowhere")
    o = p.parse_args(args)
    o.root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    o.rows = o.only.split(",") if o.only else list(cuda_rows.ROWS)
    for row in o.rows:
        if row not in cuda_rows.ROWS:
            p.error(f"--only {row}: the rows are {', '.join(cuda_rows.ROWS)}")
    if o.page is None and not (o.quick or o.tiny):
        o.page = os.path.join(o.root, "PERFORMANCE.md")
    return o


class Card(Engine):
    """The engine's program, built elsewhere."""

    def __init__(self, o, precision, kernels="auto"):
        command = [os.path.join(o.root, o.program), "-root", o.root, "-device", o.device, "-precision", precision, "-kernels", kernels,
                   "-threads", str(min(8, os.cpu_count() or 2))]
        command += [f"-{name}" for name in ("quick", "tiny") if getattr(o, name)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=o.root)
        self.pid = self.process.pid


class Engines:
    """One program for each precision and kernel set, from when it is needed on; one that ended is started anew."""

    def __init__(self, o):
        self.o, self.started = o, {}

    def __call__(self, precision, kernels="auto"):
        e = self.started.get((precision, kernels))
        if e is None or e.process.poll() is not None:
            e = self.started[precision, kernels] = Card(self.o, precision, kernels)
        return e

    def stop(self):
        for e in self.started.values():
            e.stop()


def peer(o):
    """torch, and what the card is called; SystemExit where there is nothing to compare with."""
    device = o.torch or o.device
    if device == "none":
        return None, o.device
    try:
        import torch
        import transformers
    except ImportError as why:
        raise SystemExit(f"bench-cuda: no peer to compare with ({why}): pip install torch transformers, or --torch none") from None
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise SystemExit("bench-cuda: PyTorch sees no card here")
    transformers.logging.set_verbosity_error()
    torch.set_default_device(device)
    if device.startswith("cuda"):
        torch.cuda.set_device(device)  # which is waited for, and whose capability counts
    return torch, torch.cuda.get_device_name(device) if device.startswith("cuda") else device


def earlier(o, machine):
    """What an earlier run measured under the same conditions."""
    try:
        with open(o.out, encoding="utf-8") as file:
            document = json.load(file)
        if document["machine"] == machine:
            return document["rows"]
        print(f"bench-cuda: {o.out} is of other conditions, and is written anew", flush=True)
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError):
        print(f"bench-cuda: {o.out} cannot be read, and is written anew", flush=True)
    return []


def unpack(o):
    """Unpacks what make cuda has packed, unless that has been done."""
    program, packed = os.path.join(o.root, o.program), os.path.join(o.root, "bin", "cuda", "kit.tgz")
    if os.path.exists(packed) and (not os.path.exists(program) or os.path.getmtime(program) < os.path.getmtime(packed)):
        subprocess.run(["tar", "-C", os.path.dirname(packed), "-xmzf", packed], check=True)
    if not os.path.exists(program):
        raise SystemExit(f"bench-cuda: there is no {o.program}; make cuda makes it, on any machine")


def main(args=None):
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    begun, o = time.monotonic(), flags(args)
    os.environ.setdefault("SKILLNEURON_MINI", os.path.join(o.root, "testdata", "mini"))  # which the program does not have built in
    unpack(o)
    torch, card = peer(o)
    machine = {"card": card, "device": o.device, "torch": torch and torch.__version__, "cuda": torch and torch.version.cuda, "quick": o.quick, "tiny": o.tiny,
               "repetitions": o.repetitions}
    engines = Engines(o)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-cuda-") as directory:
            inputs = engines("float32").inputs(directory)
    except Failed as why:
        raise SystemExit(f"bench-cuda: {why}") from None
    bench = cuda_rows.Bench(o, engines, inputs, torch, earlier(o, machine))
    bench.save = lambda: write(o.out, {"machine": machine, "rows": bench.results})
    late = False
    for row in o.rows:
        late = late or o.minutes is not None and time.monotonic() - begun > 60 * o.minutes
        if late:
            print(f"bench-cuda: no time for row {row}: the same command goes on with it", file=sys.stderr)
            continue
        cuda_rows.ROWS[row](bench)
        bench.save()
    engines.stop()
    table = cuda_rows.table(machine, bench.results)
    print("\n" + table)
    if o.page and not o.dry:
        cuda_rows.fill(o.page, table)
    return 3 if late else 1 if any("failed" in r for r in bench.results) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except SystemExit as why:
        if isinstance(why.code, str):
            print(why.code, file=sys.stderr)
            sys.exit(2)
        raise
