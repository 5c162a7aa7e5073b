"""ONNX Runtime on an exported graph, fused by its own optimizer for transformers."""

import os
import time
import warnings

import numpy
import onnxruntime
import torch
from onnxruntime.transformers import optimizer
from torch.nn.functional import gelu, linear

from peers.torch_models import batches, padded


class Hidden(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, embeds, mask):
        return self.model.roberta(inputs_embeds=embeds, attention_mask=mask).last_hidden_state


class Logits(Hidden):
    """The head at row 0 and at the words asked for."""

    def __init__(self, model, words):
        super().__init__(model)
        head = model.lm_head
        self.weight, self.bias = head.decoder.weight[words].detach(), head.decoder.bias[words].detach()

    def forward(self, embeds, mask):
        head = self.model.lm_head
        x = head.layer_norm(gelu(head.dense(super().forward(embeds, mask)[:, 0])))
        return linear(x, self.weight, self.bias)


def export(module, directory, name, config):
    """Path of the fused graph, and what was fused. Eager attention has the form that the optimizer knows."""
    plain, fused = (os.path.join(directory, f"{name}{kind}.onnx") for kind in ("", "-fused"))
    axes = {0: "batch", 1: "rows"}
    example = (torch.randn(2, 9, config["hidden_size"]), torch.tensor([[1] * 9, [1] * 5 + [0] * 4]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), example, plain, input_names=["embeds", "mask"], output_names=["out"],
                          dynamic_axes={"embeds": axes, "mask": axes, "out": {0: "batch"} if name == "logits" else axes},
                          opset_version=17, dynamo=False)
    graph = optimizer.optimize_model(plain, model_type="bert", num_heads=config["num_attention_heads"],
                                     hidden_size=config["hidden_size"], opt_level=0)
    graph.save_model_to_file(fused)
    os.remove(plain)
    found = {k: v for k, v in graph.get_fused_operator_statistics().items() if v}
    if found.get("Attention", 0) + found.get("MultiHeadAttention", 0) != config["num_hidden_layers"]:
        raise SystemExit(f"bench-peers: the optimizer of ONNX Runtime {onnxruntime.__version__} fused {found}, "
                         f"not the attention of {config['num_hidden_layers']} layers: its figures would say nothing")
    return fused, found


class Session:
    def __init__(self, path, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def __call__(self, embeds, mask):
        return self.session.run(None, {"embeds": embeds, "mask": mask})[0]


class Encoder:
    """Looking words up counts, as it does for the others."""

    def __init__(self, path, threads, words, ids, size, pad, before=None):
        self.session, self.words, self.before = Session(path, threads), words, before
        self.batches = []
        for rows, mask in batches(ids, size, pad):
            mask = torch.ones_like(rows) if mask is None else mask
            mask = mask.numpy()
            if before is not None:
                mask = numpy.concatenate([numpy.ones((len(mask), len(before)), mask.dtype), mask], 1)
            self.batches.append((rows.numpy(), mask))

    def embeds(self, rows):
        x = self.words[rows]
        if self.before is None:
            return x
        return numpy.concatenate([numpy.broadcast_to(self.before, (len(rows), *self.before.shape)), x], 1)

    def work(self):
        return [self.session(self.embeds(rows), mask) for rows, mask in self.batches]

    def run(self):
        start = time.perf_counter()
        self.work()
        return time.perf_counter() - start

    def close(self):
        self.session = self.words = self.batches = None
