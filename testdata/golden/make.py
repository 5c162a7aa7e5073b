"""Makes the goldens in this folder. See README.md for how to run it and for every name it writes."""

import argparse
import pathlib

import torch

import backbones
import checks
import forward
import inputs
import probing
import pruning
import store
import tuning
from runner import Runner

TOPICS = ("forward", "prompt", "bias", "adapter", "full", "probe", "perturb", "prune", "steps")


def compute(name, model, spec, rows, fixed, thresholds):
    """All quantities of one model in its own precision: topic -> tensor name -> tensor.

    thresholds holds the float64 run's averages as the probe files store them, None in the float64 run itself,
    so that both precisions are compared under the same thresholds."""
    run = Runner(model, spec)
    out = {"forward": forward.plain(run, rows)}
    out["prompt"] = tuning.prompt(run, rows, fixed)
    out["bias"] = tuning.bias(run, rows)
    out["adapter"] = tuning.adapter(run, rows, fixed)
    out["full"] = tuning.full(run, rows, norms_only=name == "mini")
    out["probe"] = probing.probe(run, rows, fixed, thresholds)
    stored = thresholds or probing.stored_thresholds(out["probe"])
    out["perturb"] = probing.perturb(run, rows, fixed, stored)
    out["prune"], pruned = pruning.prune(run, rows, fixed, stored)
    out["steps"] = tuning.steps(run, Runner(pruned, spec), rows, fixed)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mini", required=True, help="folder of the mini backbone")
    parser.add_argument("--sst2", required=True, help="folder with train.tsv, dev.tsv, test.tsv")
    parser.add_argument("--out", required=True, help="folder that the goldens are written to")
    args = parser.parse_args()
    out = pathlib.Path(args.out)
    torch.set_num_threads(1)  # one order of summation, so the same bytes on every run

    backbones.make_tiny(out / "tiny", args.sst2)
    folders = {"mini": args.mini, "tiny": out / "tiny"}
    rows = inputs.make(args.sst2, folders)
    store.write_json(out / "inputs.json", rows)

    report = store.new_report()
    for name, folder in folders.items():
        spec = rows["models"][name]
        fixed = inputs.random_tensors(name, spec)
        checks.tokenizer(folder, spec, rows)
        model = backbones.load(folder)
        double = compute(name, backbones.load(folder).double(), spec, rows, fixed, None)
        single = compute(name, model, spec, rows, fixed, probing.stored_thresholds(double["probe"]))
        report["checks"][name] = checks.run(backbones.load(folder).double(), spec, rows, fixed, double, single)
        for topic in TOPICS:
            report["distances"][f"{name}.{topic}"] = store.write_topic(
                out / f"{name}.{topic}.safetensors", fixed.get(topic, {}), double[topic], single[topic])
    store.write_json(out / "golden.json", report)


if __name__ == "__main__":
    main()
