"""The rows of the table: what is measured, against whom, with what target."""

import gc

from peers.engine import Missing, Ours
from peers.timing import in_turn


class Bench:
    """What the rows share."""

    def __init__(self, engine, inputs, machine, info, options, directory):
        self.engine, self.inputs, self.machine, self.info = engine, inputs, machine, info
        self.options, self.directory = options, directory
        self.plan, self.threads = inputs["plan"], inputs["plan"]["threads"]
        self.results, self._weights, self._prompt, self._graphs = [], None, None, {}

    # models that rows share

    @property
    def weights(self):
        if self._weights is None:
            from peers.torch_models import Weights
            self._weights = Weights(self.inputs["config"])
        return self._weights

    @property
    def prompt(self):
        import torch
        if self._prompt is None:
            self._prompt = torch.randn(self.plan["prompt"] - 1, self.inputs["config"]["hidden_size"]) / 30
        return self._prompt

    def graph(self, name):
        """Path of a fused ONNX graph; Missing without ONNX Runtime."""
        if not self.info["onnxruntime"]:
            raise Missing("onnxruntime is not installed")
        from peers import onnx_models
        import torch
        if name not in self._graphs:
            model = self.weights.eager
            module = onnx_models.Hidden(model) if name == "hidden" else onnx_models.Logits(model, torch.tensor(self.inputs["verbalizer"]))
            with torch.no_grad():
                self._graphs[name], found = onnx_models.export(module, self.directory, name, self.inputs["config"])
            self.info["onnx_fused"] = found
        return self._graphs[name]

    def forget(self):
        self._weights = None
        gc.collect()

    # measuring

    def versus(self, row, text, ours, peers, warm=None, repetitions=None):
        """Time our work and its peers in turn. peers: name -> (target, make) where make builds a contender or raises Missing."""
        made, entries = {}, []
        try:
            made["ours"] = Ours(self.engine, ours)
        except Missing as why:
            for name, (target, _) in peers.items():
                self.note(row, text, name, target, f"not measured: {why}")
            return None
        for name, (target, make) in peers.items():
            try:
                made[name] = make()
            except Missing as why:
                entries.append((name, target, str(why)))
        times = in_turn(made, repetitions or self.options.repetitions, self.machine, self.options.patience, self.options.warm if warm is None else warm)
        cost = made["ours"].cost
        for name, (target, _) in peers.items():
            if name in times:
                self.add(row, text, name, target, times[name], times["ours"], cost)
        for name, target, why in entries:
            self.note(row, text, name, target, f"not measured: {why}")
        stages = {name: dict(c.stages) for name, c in made.items() if getattr(c, "stages", None)}
        for c in made.values():
            c.close()
        gc.collect()
        if stages:
            self.results[-1]["stages"] = stages
        return times["ours"], cost

    def add(self, row, text, peer, target, theirs, ours, cost=None):
        peer_s = theirs if isinstance(theirs, float) else theirs.median()
        ours_s = ours.median()
        entry = {"row": row, "work": text, "peer": peer, "peer_s": peer_s, "ours_s": ours_s, "ratio": peer_s / ours_s, "target": target,
                 "met": None if target is None else peer_s / ours_s >= target, "ours": ours.summary()}
        if not isinstance(theirs, float):
            entry["theirs"] = theirs.summary()
        if ours.processor_median() > 0:
            processor = theirs * self.threads if isinstance(theirs, float) else theirs.processor_median()
            entry["processor_ratio"] = processor / ours.processor_median()
        if cost:
            entry["multiply_adds"], entry["bytes"] = cost["multiply_adds"], cost["bytes"]
            entry["gflops"] = 2 * cost["multiply_adds"] / ours_s / 1e9
            entry["share_of_peak"] = entry["gflops"] / self.info["peak_gflops"]
        self.results.append(entry)
        self.options.say(entry)

    def note(self, row, text, peer, target, note):
        entry = {"row": row, "work": text, "peer": peer, "peer_s": None, "ours_s": None, "ratio": None, "target": target, "met": None, "note": note}
        self.results.append(entry)
        self.options.say(entry)


def products(b):
    from peers.torch_models import Product
    for g in b.plan["products"]:
        text = f"product {g['M']} × {g['K']}→{g['N']}"
        measured = b.versus("products", text, g["name"], {b.info["torch_name"]: (1.1, lambda g=g: Product(g["M"], g["N"], g["K"]))})
        if measured:
            ours, cost = measured
            b.add("products", text, "FMA peak", 0.85, 2 * cost["multiply_adds"] / b.info["peak_gflops"] / 1e9, ours, cost)


def hidden(b, row, text, work, ids, target, original):
    from peers import torch_models as t
    size, pad = b.plan["batch"], b.inputs["pad"]
    onnx = {}

    def ort():
        from peers import onnx_models
        onnx["it"] = onnx_models.Encoder(b.graph("hidden"), b.threads, b.weights.eager.get_input_embeddings().weight.detach().numpy(), ids, size, pad)
        t.same(text, t.torch.from_numpy(onnx["it"].work()[-1]), t.Encoder(b.weights.sdpa, ids, size, pad).work())
        return onnx["it"]

    peers = {f"{b.info['torch_name']}, SDPA": (target, lambda: t.Encoder(b.weights.sdpa, ids, size, pad)), b.info["ort_name"]: (target, ort)}
    if original:
        peers["the original as written"] = (None, lambda: t.OriginalEncoder(b.weights.eager, ids, size, pad))
    b.versus(row, text, work, peers)


def encoder(b):
    s, n = b.plan["encoder"]
    hidden(b, "encoder", f"encoder, {s} sentences of {n} tokens", "encoder", b.inputs["encoder"], 1.5, True)


def sentence(b):
    hidden(b, "sentence", f"one sentence of {b.plan['sentence']} tokens", "sentence", [b.inputs["sentence"]], 1.5, False)


def score(b):
    from peers import torch_models as t
    text = f"{b.plan['score']} SST-2 dev sentences + {b.plan['prompt']} prompt rows, batch {b.plan['batch']}, score only"
    plain = lambda: t.Score(b.weights.sdpa, b.prompt, b.inputs)

    def original():
        it = t.OriginalScore(b.weights.eager, b.prompt, b.inputs)
        it.batches, all_ = it.batches[:1], it.batches
        other = plain()
        other.batches = other.batches[:1]
        t.same(text, it.work(), other.work())
        it.batches = all_
        return it

    def ort():
        import torch
        from peers import onnx_models
        words = b.weights.eager.get_input_embeddings().weight.detach()
        before = torch.cat([words[b.inputs["mask"]][None], b.prompt]).numpy()
        it = onnx_models.Encoder(b.graph("logits"), b.threads, words.numpy(), b.inputs["score"]["ids"], b.plan["batch"], b.inputs["pad"], before)
        other = plain()
        other.batches = other.batches[:1]
        t.same(text, torch.from_numpy(it.work()[0]), other.work())
        return it

    b.versus("score", text, "score", {f"{b.info['torch_name']}, SDPA": (2.5, plain), b.info["ort_name"]: (2.5, ort),
                                      "the original as written": (3.6, original)})


def step(b):
    from peers import torch_models as t
    text = f"prompt-tuning step, {b.plan['step']} SST-2 sentences"
    # Frozen or not is a property of the weights: each contender has its own.
    b.versus("step", text, "step", {
        f"{b.info['torch_name']}, SDPA, weights frozen": (2.0, lambda: t.Step(b.weights.sdpa, b.prompt, b.inputs)),
        "the original as written": (4.5, lambda: t.OriginalStep(b.weights.eager, b.prompt, b.inputs))})
    b.forget()


def probe(b):
    text = f"`probe all` over {b.plan['score']} SST-2 dev sentences, a pass that averages and one that counts"
    b.versus("probe", text, "probe_all", {"this engine, plain forward": (1 / 1.10, lambda: Ours(b.engine, "probe_plain"))})


def pruned(b):
    text = f"pruned ({100 * b.plan['keep']:.0f} %, top 9 layers), {b.plan['score']} SST-2 dev sentences"
    b.versus("pruned", text, "pruned", {"this engine, all neurons": (1.85, lambda: Ours(b.engine, "score"))})


def int8(b):
    b.versus("int8", f"int8 ({'AMX' if 'amx_int8' in b.info['features'] else 'VNNI'}), score", "int8", {"this engine, float32": (2.0, lambda: Ours(b.engine, "score"))})


def bf16(b):
    s, n = b.plan["encoder"]
    text = f"bfloat16 (AMX), encoder, {s} sentences of {n} tokens"
    theirs, own, fma = f"{b.info['torch_name']}, SDPA, bfloat16", "this engine, float32 on AMX", "this engine, float32 by multiply-adds"
    if not b.info["amx"]:
        for peer, target in ((own, 4.0), (fma, 4.0), (theirs, 1.2)):
            b.note("bf16", text, peer, target, "not measured: this processor has no AMX")
        return

    def torch_bf16():
        from peers import torch_models as t
        return t.Encoder(t.Weights(b.inputs["config"], t.torch.bfloat16).sdpa, b.inputs["encoder"], b.plan["batch"], b.inputs["pad"])

    b.versus("bf16", text, "bf16", {own: (4.0, lambda: Ours(b.engine, "encoder")), fma: (4.0, lambda: Ours(b.engine, "encoder_fma")),
                                    theirs: (1.2, torch_bf16)})


def pipeline(b):
    """Twice: whole processes on both sides, and without the original's starts and loads."""
    import os
    from peers.engine import Programs
    from peers.original import Processes
    data = b.inputs["pipeline"]
    sizes = ", ".join(f"{len(data[s]['ids'])} {s}" for s in ("train", "dev", "test"))
    text = f"whole pipeline on SST-2, mini: tune 1 epoch, probe all, curve of 21 masks, prune, speed ({sizes})"
    b.forget()
    original = Processes(os.path.join(b.options.root, "testdata", "mini"), os.path.join(b.directory, "inputs.json"), b.threads, b.directory)
    ours = Programs(b.options.root, b.directory, b.plan, b.threads)
    inside = Ours(b.engine, "pipeline")
    times = in_turn({"ours": ours, "inside": inside, "original": original}, 1, b.machine, b.options.patience, 0)
    work = sum(original.work.values())
    b.add("pipeline", text + "; starting programs and loading left out", "the original as written", 8.0, work, times["inside"])
    b.results[-1].update(stages={"ours": inside.stages, "the original": original.work}, note="ours still loads its models and data, and tokenises")
    b.results[-1].pop("processor_ratio", None)  # the original's processor time has starts in it
    b.add("pipeline", text + "; each run a process", "the original as written", 8.0, times["original"], times["ours"])
    b.results[-1]["stages"] = {"ours": ours.stages, "the original": original.stages}
    for c in (original, ours, inside):
        c.close()


ROWS = {"products": products, "encoder": encoder, "score": score, "sentence": sentence, "step": step, "probe": probe, "pruned": pruned,
        "int8": int8, "bf16": bf16, "pipeline": pipeline}
