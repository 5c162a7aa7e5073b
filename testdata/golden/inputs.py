"""Sentences, token ids, batches and every random tensor that the goldens start from."""

import pathlib
import random

import numpy
import torch
from transformers import AutoTokenizer, RobertaConfig

SEED = 2022
SPLITS = {"train": 20, "dev": 10, "test": 10}
PROMPT_SIZE = {"mini": 16, "tiny": 5}
WORDS = ["negative", "positive"]  # class 0, class 1


def read(path):
    """Rows of a TSV without quoting: (line number from 1, sentence, label)."""
    lines = pathlib.Path(path).read_text(encoding="utf-8").split("\n")
    cells = [(number, *line.rsplit("\t", 1)) for number, line in enumerate(lines, 1) if line]
    return [(number, text, int(label)) for number, text, label in cells]


def choose(sst2):
    stream = random.Random(SEED)
    chosen = []
    for split, count in SPLITS.items():
        rows = read(pathlib.Path(sst2) / f"{split}.tsv")
        picked = []
        for label in (0, 1):
            picked += stream.sample([row for row in rows if row[2] == label], count // 2)
        stream.shuffle(picked)
        chosen += [dict(split=split, line=number, text=text, label=label) for number, text, label in picked]
    return chosen


def make(sst2, folders):
    sentences = choose(sst2)
    stream = random.Random(SEED + 1)
    batches = []
    for _ in range(2):
        order = list(range(len(sentences)))
        stream.shuffle(order)
        batches += [order[i:i + 8] for i in range(0, len(order), 8)]
    by_length = sorted(range(len(sentences)), key=lambda i: len(sentences[i]["text"]))
    models = {name: tokenize(name, folder, sentences) for name, folder in folders.items()}
    return dict(
        sentences=sentences,
        gradient_batch=list(range(8)),
        step_batches=batches,
        mask_sentences=list(range(20)),
        hidden_sentences=[by_length[5], by_length[12]],
        activation_sentence=by_length[5],
        models=models)


def tokenize(name, folder, sentences):
    config = RobertaConfig.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    size = PROMPT_SIZE[name]
    length = config.max_position_embeddings - 2 - size

    def encode(text):
        return tokenizer(text, truncation=True, max_length=length)["input_ids"]

    masked = []
    for number, sentence in enumerate(sentences[:20]):
        words = sentence["text"].split(" ")
        words.insert(len(words) // 3, "<mask>")
        ids = encode(" ".join(words))
        masked.append(dict(sentence=number, text=" ".join(words), ids=ids, position=ids.index(tokenizer.mask_token_id)))
    verbalizer = [tokenizer(word)["input_ids"][1] for word in WORDS]
    assert verbalizer[0] != verbalizer[1]
    return dict(
        prompt_size=size, max_tokens=length, layers=config.num_hidden_layers, hidden=config.hidden_size,
        ffn=config.intermediate_size, vocabulary=config.vocab_size, mask_id=tokenizer.mask_token_id,
        verbalizer_words=WORDS, verbalizer_ids=verbalizer, empty_ids=encode(""),
        ids=[encode(sentence["text"]) for sentence in sentences], masked=masked)


def random_tensors(name, spec):
    """What is stored beside the results, by topic; float32 values."""
    stream = numpy.random.default_rng([SEED, len(name), spec["hidden"]])
    hidden, layers, ffn = spec["hidden"], spec["layers"], spec["ffn"]

    def normal(scale, *shape):
        return torch.from_numpy((scale * stream.standard_normal(shape)).astype(numpy.float32))

    adapters = {}
    narrow = max(1, hidden // 16)
    for layer in range(layers):
        # The method starts biases at 0; here they are not, so that a forgotten bias shows.
        adapters[f"adapter.layer.{layer}.down.weight"] = normal(0.02, narrow, hidden)
        adapters[f"adapter.layer.{layer}.down.bias"] = normal(0.02, narrow)
        adapters[f"adapter.layer.{layer}.up.weight"] = normal(0.02, hidden, narrow)
        adapters[f"adapter.layer.{layer}.up.bias"] = normal(0.02, hidden)
    return {
        "prompt": {"prompt": normal(1 / 30, spec["prompt_size"] - 1, hidden)},
        "adapter": adapters,
        "perturb": {"mask": masks(stream, layers, ffn, lambda layer: int(ffn * 10 // 100))},
        "prune": {"mask_sparse": masks(stream, layers, ffn, lambda layer: sparse_count(layer, ffn))},
    }


def sparse_count(layer, ffn):
    """Neurons marked in a layer, around the 2 % that are kept: none, fewer, more, by turns."""
    kept = ffn * 2 // 100
    return [kept + 3, 0, kept // 2][layer % 3]


def masks(stream, layers, ffn, count):
    mask = numpy.zeros((layers, ffn), dtype=bool)
    for layer in range(layers):
        mask[layer, stream.permutation(ffn)[:count(layer)]] = True
    return torch.from_numpy(mask)
