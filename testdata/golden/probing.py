"""Averages and shares of the probes, and logits under perturbation."""

import torch

CLOSE = 2e-5  # an activation and its threshold may each be off by 1e-5 · max(1, |value|)
POOLS = {"": lambda a, size: a[:size],  # each prompt row of its own
         "mean_": lambda a, size: a[size:].mean(0),
         "max_": lambda a, size: a[size:].amax(0)}


def indices(rows, split):
    return [i for i, sentence in enumerate(rows["sentences"]) if sentence["split"] == split]


def evaluation(rows):
    return indices(rows, "dev") + indices(rows, "test")


def labels(rows, sentences):
    return torch.tensor([rows["sentences"][i]["label"] for i in sentences])


def pooled(run, sentences, prompt, pool):
    """[N, L, P, F], or [N, L, F] for a pool over the sentence's own rows."""
    size = 0 if prompt is None else len(prompt) + 1
    return torch.stack([torch.stack([POOLS[pool](a, size) for a in run.activations(run.spec["ids"][i], prompt)])
                        for i in sentences])


def stored_thresholds(probe):
    """The averages as the probe files hold them, float32."""
    return {name: value.float() for name, value in probe.items() if name.startswith("train_")}


def probe(run, rows, fixed, thresholds):
    prompt = run.cast(fixed["prompt"]["prompt"])
    out = {}
    for pool in POOLS:
        average = pooled(run, indices(rows, "train"), prompt, pool).mean(0)
        name = f"train_{pool}avg"
        out[name] = average
        threshold = (average.float() if thresholds is None else thresholds[name]).to(run.dtype)
        for split in ("dev", "test"):
            share(out, f"{split}_{pool}perf", pooled(run, indices(rows, split), prompt, pool), threshold,
                  labels(rows, indices(rows, split)))
    for pool in ("mean_", "max_"):  # a model without a prompt
        out[f"plain.train_{pool}avg"] = pooled(run, indices(rows, "train"), None, pool).mean(0)
    out["pos"] = torch.stack([a[1] for a in pooled(run, evaluation(rows), prompt, "")])[:, :, 7]
    out["prompt_activation"] = torch.stack([a[0] for a in run.activations(run.spec["empty_ids"], prompt)])
    return out


def share(out, name, activations, threshold, label):
    """Counts of right examples, and which elements have examples too close to call."""
    right = (activations > threshold) == label.view(-1, *[1] * threshold.dim()).bool()
    out[f"{name}.count"] = right.sum(0).to(torch.uint8)
    close = ((activations - threshold).abs() <= CLOSE * activations.abs().clamp(min=1)).sum(0).flatten()
    where = close.nonzero().flatten()
    out[f"{name}.close_index"] = where.to(torch.int32)
    out[f"{name}.close_count"] = close[where].to(torch.uint8)


def replace(mask, vector):
    """An edit that puts vector[l] (or zero) in the place of the masked neurons' activations."""
    def edit(layer, a):
        value = torch.zeros_like(a) if vector is None else vector[layer].expand_as(a)
        return torch.where(mask[layer], value, a)
    return edit


def baseline(run, threshold):
    """[L, F] in the run's precision: a 3-D threshold is averaged over prompt rows."""
    threshold = run.cast(threshold)
    return threshold.mean(1) if threshold.dim() == 3 else threshold


def perturb(run, rows, fixed, stored):
    prompt = run.cast(fixed["prompt"]["prompt"])
    sentences, mask, depth = evaluation(rows), fixed["perturb"]["mask"], run.spec["layers"]
    label = labels(rows, sentences)
    edits = {"zero": replace(mask, None),
             "mean": replace(mask, baseline(run, stored["train_avg"])),
             "mean_pooled": replace(mask, baseline(run, stored["train_mean_avg"]))}
    out = {"logits.none": run.all_logits(sentences, prompt)}
    for kind, edit in edits.items():
        for name, low, high in (("all", 0, depth), ("range", 1, depth - 1)):
            with run.edited(edit, low, high):
                out[f"logits.{kind}.{name}"] = run.all_logits(sentences, prompt)
    for name in [name for name in out if name.startswith("logits")]:
        right = out[name].argmax(1) == label
        out[name.replace("logits", "correct")] = right.sum().to(torch.int32)
    with run.edited(edits["zero"], 0, depth):  # a probe under an edit
        out["zero.train_mean_avg"] = pooled(run, indices(rows, "train"), prompt, "mean_").mean(0)
    return out
