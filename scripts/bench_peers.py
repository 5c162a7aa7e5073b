#!/usr/bin/env python3
"""Times this engine, PyTorch, ONNX Runtime and the original program in turn, on the same token ids, threads and machine, and prints the table of PERFORMANCE.md.

It installs nothing. Without torch and transformers it says what to install and exits with status 2; without onnxruntime (and onnx, for the export) the rows of
ONNX Runtime say so. Float32, inference mode, dropout 0. Peers pad each batch in the order of the file. Ratios are the peer's time by ours: above 1 is faster.
"""

import argparse
import datetime
import importlib
import os
import platform
import shlex
import sys
import tempfile

ROWS = ["products", "encoder", "score", "sentence", "step", "probe", "pruned", "int8", "bf16", "pipeline"]
NEEDED = "pip install torch transformers onnxruntime onnx"


def flags():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--quick", action="store_true", help="smaller sizes, three repetitions: minutes instead of an hour")
    p.add_argument("--only", metavar="ROW,…", help="of " + ", ".join(ROWS))
    p.add_argument("--repetitions", type=int, metavar="N", help="of each contender in turn (default 7, quick 3; the pipeline runs once)")
    p.add_argument("--threads", type=int, default=2, help="of every contender (default 2)")
    p.add_argument("--patience", type=float, default=20, metavar="S",
                   help="seconds to wait, before each turn, for other programs to leave the processors alone (default 20; 0: measure at once)")
    p.add_argument("--out", default="bench-peers.json", help="where the results go (default bench-peers.json)")
    o = p.parse_args()
    o.root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    o.repetitions = o.repetitions or (3 if o.quick else 7)
    o.warm = 1 if o.quick else 2
    chosen = o.only.split(",") if o.only else ROWS
    for name in chosen:
        if name not in ROWS:
            p.error(f"--only {name}: the rows are {', '.join(ROWS)}")
    o.rows = [r for r in ROWS if r in chosen]
    return o


def version(name):
    try:
        return importlib.import_module(name).__version__
    except ImportError:
        return None


def cpu():
    name, features = platform.processor() or platform.machine(), ""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                key, _, value = line.partition(":")
                if key.strip() == "model name":
                    name = value.strip()
                if key.strip() == "flags":
                    features = value
    except OSError:
        pass
    wanted = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16", "amx_int8")
    return name, [f for f in wanted if f in features.split()]


def prepare(o):
    """The same threads for everyone."""
    import torch
    torch.set_num_threads(o.threads)
    torch.set_num_interop_threads(1)
    import transformers
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    ort = version("onnxruntime") if version("onnx") else None
    name, features = cpu()
    return {"date": datetime.date.today().isoformat(), "command": shlex.join(["python3", "scripts/bench_peers.py", *sys.argv[1:]]), "cpu": name,
            "features": features, "amx": "amx_bf16" in features, "cores": os.cpu_count(), "system": platform.platform(), "torch": torch.__version__,
            "transformers": transformers.__version__, "onnxruntime": ort, "torch_name": "PyTorch " + torch.__version__.split("+")[0],
            "ort_name": f"ONNX Runtime {ort}, fused graph" if ort else "ONNX Runtime", "quick": o.quick, "threads": o.threads, "repetitions": o.repetitions}


def main():
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    o = flags()
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(o.threads)
    if not version("torch") or not version("transformers"):
        print(f"bench-peers: no peer to compare with: {NEEDED} (perhaps in a virtual environment; then make bench-peers PYTHON=venv/bin/python)", file=sys.stderr)
        return 2
    info = prepare(o)
    from peers import rows, table
    from peers.engine import Engine
    from peers.timing import Machine

    with tempfile.TemporaryDirectory(prefix="bench-peers-") as directory:
        engine = Engine(o.root, directory, o.threads, o.quick)
        info.update(engine.ask(do="info")["info"])
        print(f"{info['cpu']} ({', '.join(info['features'])}), {o.threads} threads: peak {info['peak_gflops']:.0f} GFLOP/s ({info['peak_loop']}), "
              f"memory {info['read_gb_s']:.0f} GB/s; kernels {info['kernels']}; load {os.getloadavg()[0]:.1f}", flush=True)
        o.say = lambda entry: print(table.line(entry), flush=True)
        bench = rows.Bench(engine, engine.inputs(directory), Machine(["self", engine.pid]), info, o, directory)
        for name in o.rows:
            rows.ROWS[name](bench)
            table.write(o.out, {"machine": info, "rows": bench.results})  # what was measured survives an interrupt
        engine.stop()
    print("\n" + table.markdown(bench.results))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
