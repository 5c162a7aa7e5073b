"""Pruning: keep some FFN neurons of the upper layers, merge the rest's baseline into the output bias."""

import copy

import torch
from torch import nn

import probing
import tuning
from runner import Runner

# variant -> (mask, share in percent, threshold, double count)
VARIANTS = {
    "sparse": ("mask_sparse", 2, "train_avg", False),
    "sparse_pooled": ("mask_sparse", 2, "train_mean_avg", False),
    "dense": ("mask", 10, "train_avg", False),
    "double_count": ("mask", 10, "train_avg", True),
}


def kept(mask, percent):
    """The neurons that stay, ascending: the mask's, filled up in index order to percent of the width."""
    chosen = mask.clone()
    for neuron in range(len(mask)):
        if chosen.sum() >= len(mask) * percent // 100:
            break
        chosen[neuron] = True
    return chosen


def layers(depth):
    return range(depth // 4, depth)


def pruned(run, masks, percent, baseline, double_count):
    model = copy.deepcopy(run.model)
    with torch.no_grad():
        for number in layers(run.spec["layers"]):
            layer, keep = model.roberta.encoder.layer[number], kept(masks[number], percent)
            first, second = layer.intermediate.dense, layer.output.dense
            frozen = torch.ones_like(keep) if double_count else ~keep
            second.bias += second.weight[:, frozen] @ baseline[number][frozen]
            first.weight, first.bias = nn.Parameter(first.weight[keep]), nn.Parameter(first.bias[keep])
            second.weight = nn.Parameter(second.weight[:, keep])
    return model


def prune(run, rows, fixed, stored):
    """Results, and the sparse model, which is tuned further."""
    prompt = fixed["prompt"]["prompt"]
    masks = {**fixed["perturb"], **fixed["prune"]}
    sentences = probing.evaluation(rows)
    out, models = {}, {}
    for name, (mask, percent, threshold, double_count) in VARIANTS.items():
        models[name] = pruned(run, masks[mask], percent, probing.baseline(run, stored[threshold]), double_count)
        out[f"logits.{name}"] = Runner(models[name], run.spec).all_logits(sentences, run.cast(prompt))
    for name in ("sparse", "dense"):
        mask, percent, *_ = VARIANTS[name]
        keep = torch.zeros_like(masks[mask])
        for number in layers(run.spec["layers"]):
            keep[number] = kept(masks[mask][number], percent)
        out[f"kept.{name}"] = keep
    model = models["sparse"]
    for number in layers(run.spec["layers"]):
        out[f"output_bias.sparse.{number}"] = model.roberta.encoder.layer[number].output.dense.bias.detach()
    own = Runner(model, run.spec)
    leaf = tuning.leaves(own, {"prompt": prompt})
    loss = own.loss(rows, rows["gradient_batch"], leaf["prompt"])
    return tuning.named(out, loss, tuning.gradients(loss, leaf)), model
