"""The whole method on SST-2 as the original program runs it: padded batches in file order, eager attention, the LM head over the vocabulary at every row,
gradients for frozen weights, three separate probe runs, one run a mask. Each run is a process of its own, as each of the original's is: it imports what it needs, loads the model,
works, and leaves its results in files for the next. Token ids are given to it: tokenisation and reading data are not in its time."""

import argparse
import json
import os
import subprocess
import sys
import time

import torch
from torch.nn.functional import cross_entropy
from transformers import RobertaForMaskedLM
from transformers.utils import logging

from peers.torch_models import batches, padded, with_prompt

ALPHA = 0.1
SHARES = [i / 100 for i in range(21)]
KINDS = ("acc", "acc_mean", "acc_max")
# stage of the table -> runs, each with its argument
RUNS = {"tune": [("tune", "")], "probe": [("probe", kind) for kind in KINDS], "curve": [("rank", "")] + [("mask", str(i)) for i in range(len(SHARES))],
        "prune": [("prune", "")], "speed": [("speed", "")]}


class Processes:
    """The contender: every run a process. work is the time without starting Python, importing and loading, by stage."""

    def __init__(self, model, inputs, threads, directory):
        self.command = [sys.executable, "-m", "peers.original", "--model", model, "--inputs", inputs, "--threads", str(threads), "--state"]
        self.directory, self.stages, self.work = directory, {}, {}

    def run(self):
        state = os.path.join(self.directory, "original")
        os.makedirs(state, exist_ok=True)
        scripts = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        start = time.perf_counter()
        for stage, runs in RUNS.items():
            begin, work = time.perf_counter(), 0
            for name, argument in runs:
                done = subprocess.run([*self.command, state, name, argument], cwd=scripts, stdout=subprocess.PIPE, text=True, check=True)
                work += json.loads(done.stdout.splitlines()[-1])["work_s"]
            self.stages[stage], self.work[stage] = time.perf_counter() - begin, work
        return time.perf_counter() - start

    def close(self):
        pass


class Original:
    """One run."""

    def __init__(self, directory, inputs, state):
        self.inputs, self.data, self.state = inputs, inputs["pipeline"], state
        self.plan = inputs["plan"]["pipeline"]
        self.size, self.rows = inputs["plan"]["pipeline_batch"], inputs["plan"]["prompt"]
        self.words = torch.tensor(self.data["verbalizer"])
        self.directory = directory

    def load(self, name):
        """The backbone, or what prune left, and the prompt."""
        if name == "rank":
            return
        if name == "speed":
            self.model = self.read("pruned")
        else:
            self.model = RobertaForMaskedLM.from_pretrained(self.directory, attn_implementation="eager", dtype=torch.float32).eval()
        self.layers = self.model.roberta.encoder.layer
        if name == "tune":
            torch.manual_seed(0)
            self.prompt = torch.nn.Parameter(torch.randn(self.rows - 1, self.model.config.hidden_size) / 30)
        else:
            self.prompt = self.read("prompt")

    def read(self, name):
        return torch.load(os.path.join(self.state, name + ".pt"), weights_only=False)

    def write(self, name, value):
        torch.save(value, os.path.join(self.state, name + ".pt"))

    def logits(self, rows, mask):
        embeds, mask = with_prompt(self.model, self.prompt, self.data["mask"], rows, mask)
        return self.model(inputs_embeds=embeds, attention_mask=mask).logits[:, 0][:, self.words]

    @torch.no_grad()
    def score(self, split):
        right, lo = 0, 0
        labels = torch.tensor(self.data[split]["labels"])
        for rows, mask in batches(self.data[split]["ids"], self.size, self.inputs["pad"]):
            answer = self.logits(rows, mask).argmax(1)
            right += (answer == labels[lo:lo + len(rows)]).sum().item()
            lo += len(rows)
        return right / len(labels)

    def tune(self):
        split = self.data["train"]
        order = self.data["order"]
        total = -(-len(order) // self.size)
        warm = 0.006 * total
        adam = torch.optim.Adam([self.prompt], lr=self.plan["lr"], betas=(0.9, 0.98), eps=1e-6)
        everything = [self.prompt, *self.model.parameters()]
        for step in range(total):
            chosen = order[step * self.size:(step + 1) * self.size]
            rows, mask = padded([split["ids"][i] for i in chosen], self.inputs["pad"])
            labels = torch.tensor([split["labels"][i] for i in chosen])
            for p in everything:
                p.grad = None
            cross_entropy(self.logits(rows, mask), labels).backward()
            torch.nn.utils.clip_grad_norm_(everything, 1.0)
            factor = step / max(1, warm) if step < warm else (total - step) / max(1, total - warm)
            adam.param_groups[0]["lr"] = self.plan["lr"] * factor
            adam.step()
            if (step + 1) % self.plan["eval_every_step"] == 0 or step + 1 == total:
                self.score("dev")
        for p in everything:
            p.grad = None
        self.score("test")
        self.write("prompt", self.prompt)

    @torch.no_grad()
    def activations(self, split):
        """Batches of FFN activations by layer [B, T, F], the mask [B, T] without the prompt's rows, and labels."""
        seen = []
        hooks = [y.intermediate.register_forward_hook(lambda module, args, a: seen.append(a)) for y in self.layers]
        lo, labels = 0, torch.tensor(self.data[split]["labels"]).bool()
        for rows, mask in batches(self.data[split]["ids"], self.size, self.inputs["pad"]):
            seen.clear()
            self.logits(rows, mask)
            yield seen, torch.ones_like(rows) if mask is None else mask, labels[lo:lo + len(rows)]
            lo += len(rows)
        for hook in hooks:
            hook.remove()

    def pooled(self, kind, a, mask):
        if kind == "acc":
            return a[:, :self.rows]
        a = a[:, self.rows:]
        if kind == "acc_mean":
            return (a * mask[:, :, None]).sum(1) / mask.sum(1)[:, None]
        return a.masked_fill(mask[:, :, None] == 0, -torch.inf).amax(1)

    def probe(self, kind):
        total = 0
        for seen, mask, _ in self.activations("train"):
            total = total + torch.stack([self.pooled(kind, a, mask).sum(0) for a in seen])
        average = total / len(self.data["train"]["ids"])
        self.write(kind + "_average", average)
        for split in ("dev", "test"):
            count = 0
            for seen, mask, labels in self.activations(split):
                for_label = labels.view(-1, *[1] * (average.dim() - 1))
                count = count + torch.stack([((self.pooled(kind, a, mask) > t) == for_label).sum(0) for a, t in zip(seen, average)])
            self.write(f"{kind}_{split}", count / len(self.data[split]["ids"]))

    def rank(self):
        """For each share the top neurons of every layer."""
        best = (self.read("acc_dev") - 0.5).abs().amax(1)
        order = best.argsort(dim=1, descending=True, stable=True)
        for i, share in enumerate(SHARES):
            self.write(f"mask{i}", order[:, :int(share * best.shape[1])].sort(1).values)

    def mask(self, i):
        for y, chosen in zip(self.layers, self.read("mask" + i)):
            y.intermediate.register_forward_hook(self.noisy(chosen))
        self.score("test")

    @staticmethod
    def noisy(chosen):
        def hook(module, args, a):
            a[:, :, chosen] += ALPHA * torch.randn(len(a), 1, len(chosen))
            return a
        return hook

    @torch.no_grad()
    def prune(self):
        keep = self.read("mask2")
        baseline = self.read("acc_average").mean(1)
        for l in range(len(self.layers) // 4, len(self.layers)):
            up, down = self.layers[l].intermediate.dense, self.layers[l].output.dense
            frozen = torch.ones(up.out_features, dtype=torch.bool)
            frozen[keep[l]] = False
            down.bias += down.weight[:, frozen] @ baseline[l][frozen]
            up.weight, up.bias = torch.nn.Parameter(up.weight[keep[l]]), torch.nn.Parameter(up.bias[keep[l]])
            down.weight = torch.nn.Parameter(down.weight[:, keep[l]].contiguous())
        self.write("pruned", self.model)

    def speed(self):
        for _ in range(self.plan["speed_runs"]):
            self.score("test")


def main():
    p = argparse.ArgumentParser()
    for name in ("model", "inputs", "state"):
        p.add_argument("--" + name)
    p.add_argument("--threads", type=int)
    p.add_argument("name")
    p.add_argument("argument")
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    torch.set_num_interop_threads(1)
    with open(o.inputs, encoding="utf-8") as file:
        run = Original(o.model, json.load(file), o.state)
    run.load(o.name)
    start = time.perf_counter()
    getattr(run, o.name)(*[o.argument] if o.argument else [])
    print(json.dumps({"work_s": time.perf_counter() - start}))


if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    main()
