"""The rows of the GPU table: what is measured, against whom, with what target."""

import contextlib
import datetime
import functools
import gc
import os
import statistics
import time

from peers.engine import Failed, Missing, Ours

BEGIN, END = "<!-- make bench-cuda -->", "<!-- end -->"
WARM = 2


class Torch:
    """A contender of peers.torch_models on the card."""

    def __init__(self, b, make, tf32=False, autocast=False, runs=1):
        self.b, self.tf32, self.autocast, self.runs = b, tf32, autocast, runs
        self.work = make()

    def run(self):
        t = self.b.torch
        t.backends.cuda.matmul.allow_tf32 = self.tf32
        with t.autocast(t.get_default_device().type, t.bfloat16) if self.autocast else contextlib.nullcontext():
            self.b.wait()
            start = time.perf_counter()
            for _ in range(self.runs):
                self.work.work()
            self.b.wait()
        return time.perf_counter() - start

    def close(self):
        self.work.close()


class Bench:
    """results: one entry for each work, kind of ours and peer, whether measured or failed."""

    def __init__(self, o, engines, inputs, torch, results=()):
        self.o, self.engines, self.inputs, self.torch, self.results = o, engines, inputs, torch, list(results)
        self.plan, self.save = inputs["plan"], lambda: None

    @property
    def wgmma(self):
        """Whether the card has Hopper's products, which --kernels has to ask for."""
        return "/sm_90" in self.inputs.get("device", "")

    def wait(self):
        if self.torch.get_default_device().type == "cuda":
            self.torch.cuda.synchronize()

    @functools.cached_property
    def models(self):
        """Float32 and bfloat16, and the prompt."""
        from peers import torch_models as t
        c = self.inputs["config"]
        return t.Weights(c).sdpa, t.Weights(c, self.torch.bfloat16).sdpa, self.torch.randn(self.plan["prompt"] - 1, c["hidden_size"]) / 30

    def row(self, row, text, work, peers, precision="float32", runs=1):
        """peers: name -> (target, maker of a contender, or the name of other work of ours)."""
        for kernels in ["auto"] + (["wgmma"] if precision != "float32" and self.wgmma else []):
            ours = precision if kernels == "auto" else f"{precision}, {kernels}"
            done = {r["peer"] for r in self.results if (r["row"], r["work"], r["ours"]) == (row, text, ours) and "failed" not in r}
            left = {name: p for name, p in peers.items() if name not in done}
            if left:
                self.results = [r for r in self.results if (r["row"], r["work"], r["ours"]) != (row, text, ours) or r["peer"] in done]
                self.contest(row, text, ours, work, left, lambda: self.engines(precision, kernels), runs)
                self.save()

    def contest(self, row, text, ours, work, peers, engine, runs):
        made, failed = {}, {}

        def attempt(name, f):
            try:
                return f()
            except (Failed, Exception) as why:  # whatever it is, other contenders and rows go on
                failed[name] = (str(why).strip().splitlines() or [type(why).__name__])[0][:300]
                made.pop(name, None)
                self.forget()

        def contender(make):
            if isinstance(make, str):
                return Ours(engine(), make)
            if self.torch is None:
                raise Missing("there is no PyTorch")
            return make()

        made["ours"] = attempt("ours", lambda: Ours(engine(), work))
        if made["ours"] is not None:
            for name, (_, make) in peers.items():
                made[name] = attempt(name, functools.partial(contender, make))
        made = {name: c for name, c in made.items() if c is not None}
        times = {name: [] for name in made}
        for turn in range(self.o.repetitions + WARM):
            names = list(made)
            if "ours" not in made:
                break  # there is nothing to compare with
            for name in names[turn % max(1, len(names)):] + names[:turn % max(1, len(names))]:
                seconds = attempt(name, made[name].run)
                if turn >= WARM and seconds is not None:
                    times[name].append(seconds / runs)
        for name, c in list(made.items()):
            attempt(name, c.close)
        made.clear()
        self.forget()
        for name, (target, _) in peers.items():
            why = failed.get("ours") or failed.get(name)
            entry = {"row": row, "work": text, "ours": ours, "peer": name, "target": target}
            if why:
                entry["failed"] = ("ours: " if "ours" in failed else "") + why
            else:
                peer, mine = statistics.median(times[name]), statistics.median(times["ours"])
                entry.update(peer_s=peer, ours_s=mine, ratio=peer / mine, met=target is None or peer / mine >= target, peer_all=times[name], ours_all=times["ours"])
            self.results.append(entry)
            print(line(entry), flush=True)

    def forget(self):
        gc.collect()
        if self.torch is not None and self.torch.cuda.is_available():
            self.torch.cuda.empty_cache()

    def peer(self, make, **how):
        return lambda: Torch(self, make, **how)


def products(b):
    runs = b.plan["repeat"]

    def product(g, dtype):
        from peers import torch_models as t
        p = t.Product(g["M"], g["N"], g["K"])
        p.x, p.w, p.b = (x.to(getattr(b.torch, dtype)) for x in (p.x, p.w, p.b))
        return p
    for g in b.plan["products"]:
        text = f"product with bias {g['M']:,} × {g['K']:,} × {g['N']:,}, operands in their format"
        for precision, name, dtype, target, how in (("bf16", "bfloat16", "bfloat16", 0.8, {}), ("tf32", "TF32", "float32", None, {"tf32": True}),
                                                    ("float32", "float32", "float32", None, {})):
            make = b.peer(functools.partial(product, g, dtype), runs=runs, **how)
            b.row("products", text, g["name"], {f"PyTorch {name} (cuBLAS)": (target, make)}, precision, runs)


def score(b):
    text = f"{len(b.inputs['score']['ids']):,} SST-2 sentences + {b.plan['prompt']} prompt rows, batch {b.plan['batch']}, score only"

    def plain(half=False):
        from peers import torch_models as t
        full, low, prompt = b.models
        return t.Score(low, prompt.to(b.torch.bfloat16), b.inputs) if half else t.Score(full, prompt, b.inputs)

    def compiled():
        s = plain(True)
        s.logits = b.torch.compile(s.logits, dynamic=True)  # the whole way from ids to logits; compiling the model alone would leave .roberta as it is
        return s
    b.row("score", text, "score", {"PyTorch bfloat16, SDPA": (2.0, b.peer(lambda: plain(True))), "PyTorch bfloat16, torch.compile": (1.2, b.peer(compiled))}, "bf16")
    b.row("score", text, "score", {"PyTorch TF32, SDPA": (1.5, b.peer(plain, tf32=True))}, "tf32")
    b.row("score", text, "score", {"PyTorch float32, SDPA": (None, b.peer(plain))})


def step(b):
    def make():
        from peers import torch_models as t
        full, _, prompt = b.models
        return t.Step(full, prompt, b.inputs)
    text = f"prompt-tuning step, {len(b.inputs['step']['ids'])} SST-2 sentences, weights frozen"
    b.row("step", text, "step", {"PyTorch bfloat16 autocast, SDPA": (2.0, b.peer(make, autocast=True))}, "bf16")
    b.row("step", text, "step", {"PyTorch TF32, SDPA": (None, b.peer(make, tf32=True))}, "tf32")
    b.row("step", text, "step", {"PyTorch float32, SDPA": (None, b.peer(make))})


def probe(b):
    whole = "" if b.o.quick or b.o.tiny else "the train split, "
    for precision in ("float32", "bf16"):
        b.row("probe", f"`probe all` over {whole}{b.plan['probe']:,} sentences", "probe_all", {"this engine, plain forward": (1 / 1.15, "probe_plain")}, precision)


def pruned(b):
    text = f"pruned ({100 * b.plan['keep']:.0f} %, top 9 layers), {len(b.inputs['score']['ids']):,} sentences"
    for precision in ("bf16", "tf32", "float32"):
        b.row("pruned", text, "pruned", {"this engine, all neurons": (1.7, "score")}, precision)


ROWS = {"score": score, "products": products, "step": step, "probe": probe, "pruned": pruned}


def cells(r):
    target = "–" if r["target"] is None else f"≥ {r['target']:.2f}×"
    if "failed" in r:
        return [r["work"], r["peer"], "–", r["ours"], "–", "–", target, "*unmeasured*: " + r["failed"].replace("|", "\\|")]
    met = "–" if r["target"] is None else "yes" if r["met"] else "no"
    return [r["work"], r["peer"], f"{1e3 * r['peer_s']:.3f} ms", r["ours"], f"{1e3 * r['ours_s']:.3f} ms", f"{r['ratio']:.2f}×", target, met]


def line(r):
    return "| " + " | ".join(cells(r)) + " |"


def table(machine, results):
    order = {row: i for i, row in enumerate(ROWS)}
    version = f"PyTorch {machine['torch']}" if machine["torch"] else "without PyTorch"
    note = ", sizes that say nothing" if machine["tiny"] else ", quick sizes" if machine["quick"] else ""
    lines = [line(r) for r in sorted(results, key=lambda r: order[r["row"]])]
    lines += [f"| {row} | – | – | – | – | – | – | *unmeasured* |" for row in ROWS if row not in {r["row"] for r in results}]
    head = f"{datetime.date.today().isoformat()}, {machine['card']}, {version}{note}, {machine['repetitions']} repetitions in turn after {WARM}; random weights of roberta-base's shapes."
    return "\n".join([head, "", "| work | peer | peer's time | ours in | ours | peer / ours | target | met |", "|---|---|---|---|---|---|---|---|", *lines])


def fill(path, text):
    """The table between its marks."""
    with open(path, encoding="utf-8") as file:
        head, begin, rest = file.read().partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"bench-cuda: {path} has no place for the table: {BEGIN} … {END}")
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(f"{head}{BEGIN}\n{text}\n{END}{tail}")
    os.replace(path + ".new", path)
