#!/usr/bin/env python3
"""Times this engine's CUDA kernels and PyTorch on the same card, in turn, and writes the GPU table of PERFORMANCE.md.

It runs where the card is, without Go: bin/cuda, which make cuda fills on any machine, has to be carried there with the repository. Without torch, without a card
or without bin/cuda/benchpeers it says so and ends with status 2. Times are medians of wall clock, the device waited for.
"""

import argparse
import contextlib
import datetime
import os
import statistics
import subprocess
import sys
import tempfile
import time

from peers.engine import Engine, Ours

PRECISIONS = ["float32", "tf32", "bf16"]  # of this engine's products with weights
WGMMA = "wgmma"  # the kernel set that only Hopper has, and that --kernels has to ask for
BEGIN, END = "<!-- make bench-cuda -->", "<!-- end -->"


def flags():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--device", default="cuda:0", help="of both sides (default cuda:0)")
    p.add_argument("--quick", action="store_true", help="512 sentences instead of 4,096")
    p.add_argument("--repetitions", type=int, default=7, metavar="N", help="of each contender in turn (default 7)")
    p.add_argument("--compile", action="store_true", help="torch.compile too")
    p.add_argument("--program", default="bin/cuda/benchpeers", help="this engine's side (default bin/cuda/benchpeers)")
    p.add_argument("--dry", action="store_true", help="print the table and leave PERFORMANCE.md alone")
    o = p.parse_args()
    o.root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return o


class Card(Engine):
    """The engine's program, built elsewhere."""

    def __init__(self, o, precision, kernels="auto"):
        command = [os.path.join(o.root, o.program), "-root", o.root, "-device", o.device, "-precision", precision, "-kernels", kernels] + (["-quick"] if o.quick else [])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=o.root)
        self.pid = self.process.pid


class Torch:
    """One of peers.torch_models' contenders on the card, in a precision."""

    def __init__(self, make, wait, tf32=False, autocast=None):
        import torch
        self.torch, self.wait, self.tf32, self.autocast = torch, wait, tf32, autocast
        self.work = make()

    def run(self):
        t = self.torch
        t.backends.cuda.matmul.allow_tf32 = self.tf32
        with self.autocast() if self.autocast else contextlib.nullcontext():
            self.wait()
            start = time.perf_counter()
            self.work.work()
            self.wait()
        return time.perf_counter() - start

    def close(self):
        self.work.close()


class Bench:
    def __init__(self, o, engines, inputs, torch):
        self.o, self.engines, self.inputs, self.torch, self.rows = o, engines, inputs, torch, []
        self.cuda = o.device.startswith("cuda")

    def wait(self):
        if self.cuda:
            self.torch.cuda.synchronize()

    def row(self, text, ours, peers, precision="float32"):
        """peers: name -> contender, or the name of other work of ours."""
        for name in [precision, f"{precision}/{WGMMA}"]:
            if name in self.engines:
                self.contest(f"{text}, ours {name}", self.engines[name], ours, peers)

    def contest(self, text, engine, ours, peers):
        made = {"ours": Ours(engine, ours)}
        for name, peer in peers.items():
            made[name] = Ours(engine, peer) if isinstance(peer, str) else Torch(wait=self.wait, **peer)
        times = {name: [] for name in made}
        for turn in range(self.o.repetitions + 2):
            for name, contender in made.items():
                seconds = contender.run()
                if turn >= 2:
                    times[name].append(seconds)
        for contender in made.values():
            contender.close()
        mine = statistics.median(times["ours"])
        for name in peers:
            peer = statistics.median(times[name])
            line = f"| {text} | {name} | {1e3 * peer:.2f} ms | {1e3 * mine:.2f} ms | {peer / mine:.2f}× |"
            print(line, flush=True)
            self.rows.append(line)


def measure(b):
    import functools
    from peers import torch_models as t
    torch, inputs, plan = b.torch, b.inputs, b.inputs["plan"]
    half = torch.bfloat16
    for g in plan["products"]:
        def product(dtype, g=g):
            p = t.Product(g["M"], g["N"], g["K"])
            p.x, p.w, p.b = p.x.to(dtype), p.w.to(dtype), p.b.to(dtype)
            return p
        text = f"product {g['M']} × {g['K']}→{g['N']}"
        b.row(text, g["name"], {"PyTorch float32": {"make": functools.partial(product, torch.float32)}})
        b.row(text, g["name"], {"PyTorch TF32": {"make": functools.partial(product, torch.float32), "tf32": True}}, "tf32")
        b.row(text, g["name"], {"PyTorch bfloat16": {"make": functools.partial(product, half)}}, "bf16")

    config, n = inputs["config"], len(inputs["score"]["ids"])
    prompt = torch.randn(plan["prompt"] - 1, config["hidden_size"]) / 30
    full, low = t.Weights(config).sdpa, t.Weights(config, half).sdpa
    text = f"{n} SST-2 sentences + {plan['prompt']} prompt rows, batch {plan['batch']}, score only"
    b.row(text, "score", {"PyTorch float32, SDPA": {"make": lambda: t.Score(full, prompt, inputs)}})
    b.row(text, "score", {"PyTorch TF32, SDPA": {"make": lambda: t.Score(full, prompt, inputs), "tf32": True}}, "tf32")
    peers = {"PyTorch bfloat16, SDPA": {"make": lambda: t.Score(low, prompt.to(half), inputs)}}
    if b.o.compile:
        peers["PyTorch bfloat16, torch.compile"] = {"make": lambda: t.Score(torch.compile(low, dynamic=True), prompt.to(half), inputs)}
    b.row(text, "score", peers, "bf16")
    cast = functools.partial(torch.autocast, b.o.device.partition(":")[0], half)
    b.row(f"prompt-tuning step, {len(inputs['step']['ids'])} SST-2 sentences", "step", {
        "PyTorch float32, SDPA, weights frozen": {"make": lambda: t.Step(full, prompt, inputs)},
        "PyTorch bfloat16 autocast, weights frozen": {"make": lambda: t.Step(full, prompt, inputs), "autocast": cast}})
    b.row(f"`probe all` over {n} sentences", "probe_all", {"this engine, plain forward": "probe_plain"})
    for precision in PRECISIONS:
        b.row(f"pruned (2 %, top 9 layers), {n} sentences", "pruned", {"this engine, all neurons": "score"}, precision)


def write(path, text):
    with open(path, encoding="utf-8") as file:
        page = file.read()
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"bench-cuda: {path} has no place for the table: {BEGIN} … {END}")
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(f"{head}{BEGIN}\n{text}\n{END}{tail}")
    os.replace(path + ".new", path)


def main():
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    o = flags()
    try:
        import torch
        import transformers
    except ImportError as why:
        print(f"bench-cuda: no peer to compare with ({why}): pip install torch transformers", file=sys.stderr)
        return 2
    if o.device.startswith("cuda") and not torch.cuda.is_available():
        print("bench-cuda: PyTorch sees no card here", file=sys.stderr)
        return 2
    if not os.path.exists(os.path.join(o.root, o.program)):
        print(f"bench-cuda: there is no {o.program}; make cuda builds it, on any machine", file=sys.stderr)
        return 2
    transformers.logging.set_verbosity_error()
    torch.set_default_device(o.device)
    card = torch.cuda.get_device_name(o.device) if o.device.startswith("cuda") else o.device
    engines = {p: Card(o, p) for p in (PRECISIONS if o.device.startswith("cuda") else PRECISIONS[:1])}
    if o.device.startswith("cuda") and torch.cuda.get_device_capability(o.device) == (9, 0):
        engines.update({f"{p}/{WGMMA}": Card(o, p, WGMMA) for p in PRECISIONS[1:]})
    with tempfile.TemporaryDirectory(prefix="bench-cuda-") as directory:
        inputs = engines["float32"].inputs(directory)
    bench = Bench(o, engines, inputs, torch)
    measure(bench)
    for engine in engines.values():
        engine.stop()
    table = "\n".join([
        f"{datetime.date.today().isoformat()}, {card}, PyTorch {torch.__version__}, {o.repetitions} repetitions in turn after two; random weights of roberta-base's shapes.", "",
        "| work | peer | peer's time | ours | peer / ours |", "|---|---|---|---|---|", *bench.rows])
    print("\n" + table)
    if not o.dry:
        write(os.path.join(o.root, "PERFORMANCE.md"), table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
