"""The two models: mini as it is on disk, tiny made here from a seed with odd sizes and an untied LM head."""

import json
import pathlib

import numpy
import tokenizers
import torch
from safetensors.numpy import save_file
from transformers import RobertaConfig, RobertaForMaskedLM
from transformers.utils import logging

logging.disable_progress_bar()

SEED = 20237  # one under which the untrained model answers both classes about equally often
VOCABULARY = 400
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]  # ids 0 to 3; <mask> is the last id

TINY = dict(
    vocab_size=VOCABULARY, hidden_size=36, intermediate_size=52, num_hidden_layers=3, num_attention_heads=3,
    max_position_embeddings=68, type_vocab_size=1, hidden_act="gelu", layer_norm_eps=1e-5,
    hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1, bos_token_id=0, pad_token_id=1, eos_token_id=2,
    initializer_range=0.02, tie_word_embeddings=False)


def load(folder):
    """The masked LM in float32 (float16 weights widen exactly), eager attention, no dropout."""
    model = RobertaForMaskedLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    # Releases differ in whether an untied head keeps two biases. There is one, under its first name.
    head = model.lm_head
    assert torch.equal(head.bias, head.decoder.bias)
    head.decoder.bias = head.bias
    return model


def make_tiny(folder, sst2):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_vocabulary(folder, sst2)
    config = dict(architectures=["RobertaForMaskedLM"], model_type="roberta", **TINY)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")

    stream = numpy.random.default_rng(SEED)
    shapes = {name: tuple(tensor.shape) for name, tensor in RobertaForMaskedLM(RobertaConfig(**TINY)).state_dict().items()}
    weights = {name: initial(name, shape, stream) for name, shape in sorted(shapes.items())}
    weights["lm_head.decoder.bias"] = weights["lm_head.bias"].copy()
    save_file(weights, str(folder / "model.safetensors"), metadata={"format": "pt"})


def initial(name, shape, stream):
    """Weights large enough that attention, GELU and layer norms are far from linear."""
    values = stream.standard_normal(shape)
    if name.endswith("bias"):
        values = 0.1 * values
    elif "LayerNorm" in name or "layer_norm" in name:
        values = 1 + 0.2 * values
    elif "embeddings" in name:
        values = 0.3 * values
    elif ".query." in name or ".key." in name:
        values = 3 * values / numpy.sqrt(shape[-1])
    else:
        values = 1.5 * values / numpy.sqrt(shape[-1])
    return values.astype(numpy.float32)


def write_vocabulary(folder, sst2):
    """A byte-level BPE of VOCABULARY tokens, trained on 2,000 lines of SST-2's train split."""
    lines = (pathlib.Path(sst2) / "train.tsv").read_text(encoding="utf-8").split("\n")[:2000]
    bpe = tokenizers.ByteLevelBPETokenizer()
    bpe.train_from_iterator([line.split("\t")[0] for line in lines], vocab_size=VOCABULARY - 1, special_tokens=SPECIALS,
                            show_progress=False)
    state = json.loads(bpe.to_str())["model"]
    vocabulary = dict(sorted(state["vocab"].items(), key=lambda item: item[1]))
    assert len(vocabulary) == VOCABULARY - 1
    vocabulary["<mask>"] = VOCABULARY - 1
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    merges = "".join(" ".join(pair) + "\n" for pair in state["merges"])
    (folder / "merges.txt").write_text("#version: 0.2\n" + merges, encoding="utf-8")
