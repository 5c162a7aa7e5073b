"""Facts that the goldens must satisfy however they were computed; a failure stops the script."""

import numpy
import torch
from transformers import AutoTokenizer

import backbones
import probing
import pruning
import tuning
from runner import Runner

STEP = 3e-6  # truncation grows with its square, rounding with its inverse; both stay well below 1e-8


def run(model, spec, rows, fixed, double, single):
    """Checks the float64 results of one model and returns the figures seen."""
    runner = Runner(model, spec)
    return dict(
        prompt_layout=prompt_layout(runner),
        finite_differences=finite_differences(runner, rows, fixed, double),
        pruned_is_mean_perturbed=pruned_is_mean_perturbed(runner, rows, fixed, double),
        float32_counts_differing=float32_counts(double["probe"], single["probe"]),
        perturbation_moves_logits=perturbation_moves_logits(double["perturb"]),
        smallest_margin=smallest_margin(double["perturb"]))


def prompt_layout(runner):
    """A prompt made of words is the same as those words read by the model from token ids."""
    words, ids = runner.spec["ids"][1][1:runner.spec["prompt_size"]], runner.spec["ids"][0]
    rows = runner.model.roberta.embeddings.word_embeddings.weight[words].detach()
    with torch.no_grad():
        plain = runner.model(torch.tensor([[runner.spec["mask_id"], *words, *ids]])).logits[0, 0]
        distance = (runner.logits(ids, rows) - plain[runner.spec["verbalizer_ids"]]).abs().max()
    return small(distance, 1e-12)


def finite_differences(runner, rows, fixed, double):
    """Stored gradients against central differences of the stored loss's function, at a few entries each."""
    batch = rows["gradient_batch"]
    prompt, adapters = tuning.leaves(runner, fixed["prompt"]), tuning.leaves(runner, fixed["adapter"])
    weights = dict(runner.model.named_parameters())

    def adapter_loss():
        with tuning.adapted(runner, adapters):
            return runner.loss(rows, batch)

    methods = {
        "prompt": (prompt, lambda: runner.loss(rows, batch, prompt["prompt"])),
        "adapter": (adapters, adapter_loss),
        "bias": (tuning.biases(runner.model), lambda: runner.loss(rows, batch)),
    }
    if "gradient.lm_head.dense.weight" in double["full"]:
        methods["full"] = (weights, lambda: runner.loss(rows, batch))
    stream = numpy.random.default_rng(7)
    worst = 0.0
    for method, (parameters, loss) in methods.items():
        names = list(parameters)
        picked = names if len(names) < 4 else [names[i] for i in stream.choice(len(names), 4, replace=False)]
        for name in picked:
            gradient = double[method][f"gradient.{name}"].flatten()
            places = {int(gradient.abs().argmax()), int(stream.integers(len(gradient)))}
            for place in sorted(places):
                worst = max(worst, abs(slope(parameters[name], place, loss) - float(gradient[place])))
    return small(worst, 1e-8)


@torch.no_grad()
def slope(parameter, place, loss):
    flat = parameter.view(-1)
    kept = float(flat[place])
    flat[place] = kept + STEP
    above = loss()
    flat[place] = kept - STEP
    below = loss()
    flat[place] = kept
    return float((above - below) / (2 * STEP))


def pruned_is_mean_perturbed(runner, rows, fixed, double):
    """A pruned model's logits are those of the whole model with the frozen neurons held at the baseline."""
    stored = probing.stored_thresholds(double["probe"])
    prompt, depth = runner.cast(fixed["prompt"]["prompt"]), runner.spec["layers"]
    worst = 0.0
    for name, threshold in (("sparse", "train_avg"), ("dense", "train_avg"), ("sparse_pooled", "train_mean_avg")):
        frozen = ~double["prune"]["kept." + name.split("_")[0]]
        with runner.edited(probing.replace(frozen, probing.baseline(runner, stored[threshold])),
                           pruning.layers(depth).start, depth):
            logits = runner.all_logits(probing.evaluation(rows), prompt)
        worst = max(worst, float((logits - double["prune"][f"logits.{name}"]).abs().max()))
    return small(worst, 1e-11)


def float32_counts(double, single):
    """Float32 changes a share only where the goldens say that it may."""
    differing = 0
    for name, count in double.items():
        if name.endswith("_perf.count"):
            allowed = torch.zeros(count.numel(), dtype=torch.int32)
            prefix = name.removesuffix("count")
            allowed[double[prefix + "close_index"].long()] = double[prefix + "close_count"].int()
            off = (count.int() - single[name].int()).abs().flatten()
            assert (off <= allowed).all(), name
            differing += int((off > 0).sum())
    return differing


def perturbation_moves_logits(perturb):
    """An edit that did nothing would pass every comparison with an implementation that does nothing."""
    moved = [(perturb[name] - perturb["logits.none"]).abs().max() for name in perturb
             if name.startswith("logits.") and name != "logits.none"]
    assert min(moved) > 1e-3, moved
    return float(f"{float(min(moved)):.3g}")


def smallest_margin(perturb):
    """No right answer hangs on rounding: the two logits of every example differ by more than the tolerance allows."""
    margin = min(float((v[:, 1] - v[:, 0]).abs().min()) for name, v in perturb.items() if name.startswith("logits."))
    assert margin > 2 * 4e-5, margin  # each logit may be off by 2e-5, so their difference by 4e-5
    return float(f"{margin:.3g}")


def tokenizer(folder, spec, rows):
    """Token ids read back from vocab.json and merges.txt decode to the sentence (as far as it was not cut)."""
    tok = AutoTokenizer.from_pretrained(folder)
    for ids, sentence in zip(spec["ids"], rows["sentences"]):
        text = tok.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        assert sentence["text"].startswith(text) and (len(ids) == spec["max_tokens"] or text == sentence["text"])
    assert tok.convert_tokens_to_ids([*backbones.SPECIALS, "<mask>"]) == [0, 1, 2, 3, spec["vocabulary"] - 1]


def small(value, limit):
    assert float(value) <= limit, (float(value), limit)
    return f"<= {limit:g}"
