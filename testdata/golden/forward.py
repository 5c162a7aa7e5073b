"""The plain masked LM: logits at <mask>, hidden states, FFN activations."""

import torch


def vocabulary_index(spec):
    """The token ids whose logits are stored: all of a small vocabulary, else every tenth and the verbalizers."""
    step = 1 if spec["vocabulary"] < 1000 else 10
    return sorted(set(range(0, spec["vocabulary"], step)) | set(spec["verbalizer_ids"]))


def plain(run, rows):
    spec, model = run.spec, run.model
    index = vocabulary_index(spec)
    out = {"vocabulary_index": torch.tensor(index, dtype=torch.int32)}
    with torch.no_grad():
        logits = [model(torch.tensor([m["ids"]])).logits[0, m["position"], index] for m in spec["masked"]]
        out["mask_logits"] = torch.stack(logits)
        for i in rows["hidden_sentences"]:
            states = model(torch.tensor([spec["ids"][i]]), output_hidden_states=True).hidden_states
            for layer, state in enumerate(states):
                out[f"hidden.{i}.{layer}"] = state[0]
    i = rows["activation_sentence"]
    for layer, a in enumerate(run.activations(spec["ids"][i])):
        out[f"activation.{i}.{layer}"] = a
    return out
