"""Writing: float64 results as float32, with the distance of the float32 results from them."""

import json
import platform
import re

import numpy
import safetensors
import tokenizers
import torch
import transformers
from safetensors.torch import save_file

import inputs
import backbones
import tuning


def new_report():
    return dict(
        versions=dict(python=platform.python_version(), torch=torch.__version__.split("+")[0],
                      transformers=transformers.__version__, tokenizers=tokenizers.__version__,
                      safetensors=safetensors.__version__, numpy=numpy.__version__),
        seeds=dict(inputs=inputs.SEED, tiny=backbones.SEED),
        adam=tuning.ADAM, learning_rate=tuning.LEARNING_RATE, warmup_share=tuning.WARMUP_SHARE, steps=tuning.STEPS,
        checks={}, distances={})


def write_json(path, value):
    """Indented, with every list or object of plain values on one line."""
    text = json.dumps(value, indent=1, ensure_ascii=False)
    text = re.sub(r"\[[^\[\]{}\"]*\]|\{[^\[\]{}]*\}", lambda found: re.sub(r"\n\s*", " ", found[0]), text)
    assert json.loads(text) == value
    path.write_text(text + "\n", encoding="utf-8")


def write_topic(path, fixed, double, single):
    """Writes one file and returns, for each floating tensor that was computed, the largest magnitude and the largest
    distance between Hugging Face's float32 and float64 results."""
    assert double.keys() == single.keys(), path
    tensors = {name: tensor.contiguous() for name, tensor in fixed.items()}
    distances = {}
    for name, value in double.items():
        assert name not in tensors, name
        if not value.is_floating_point():
            tensors[name] = value.contiguous()
            continue
        assert torch.isfinite(value).all() and value.dtype == torch.float64, name
        tensors[name] = value.detach().float().contiguous()
        distances[name] = dict(
            max_abs=number(value.abs().max()),
            float32_distance=number((single[name].double() - value).abs().max()))
    save_file(tensors, path)
    return distances


def number(value):
    return float(f"{float(value):.3g}")
