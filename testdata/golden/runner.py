"""Forward passes as the pipeline lays them out, one sentence at a time, so that no padding exists."""

import contextlib

import torch
from torch.nn.functional import cross_entropy


class Runner:
    def __init__(self, model, spec):
        self.model, self.spec = model, spec
        self.dtype = model.lm_head.dense.weight.dtype
        self.layers = model.roberta.encoder.layer

    def cast(self, tensor):
        return tensor.to(self.dtype)

    def embeddings(self, ids, prompt):
        """Word embeddings [T, H]: the <mask> row, the prompt, the sentence; without a prompt the sentence alone."""
        words = self.model.roberta.embeddings.word_embeddings
        rows = words(torch.tensor(ids))
        if prompt is None:
            return rows
        return torch.cat([words(torch.tensor([self.spec["mask_id"]])), prompt, rows])

    def hidden(self, ids, prompt=None):
        """The last layer's output [T, H]. Position ids are padding_idx + 1 + index for every row."""
        rows = self.embeddings(ids, prompt)
        positions = torch.arange(len(rows)) + self.model.config.pad_token_id + 1
        return self.model.roberta(inputs_embeds=rows[None], position_ids=positions[None]).last_hidden_state[0]

    def logits(self, ids, prompt=None):
        """The verbalizer logits at row 0, in class order."""
        return self.model.lm_head(self.hidden(ids, prompt)[:1])[0, self.spec["verbalizer_ids"]]

    def all_logits(self, sentences, prompt=None):
        """Verbalizer logits [N, 2] of the numbered sentences, without a graph."""
        with torch.no_grad():
            return torch.stack([self.logits(self.spec["ids"][i], prompt) for i in sentences])

    def loss(self, rows, batch, prompt=None):
        """Mean cross-entropy of a batch over the verbalizer logits."""
        logits = torch.stack([self.logits(self.spec["ids"][i], prompt) for i in batch])
        return cross_entropy(logits, torch.tensor([rows["sentences"][i]["label"] for i in batch]))

    def activations(self, ids, prompt=None):
        """FFN activations after GELU of every layer, [L][T, F], with the edits that are in force."""
        seen = []
        hooks = [layer.output.register_forward_pre_hook(lambda module, args: seen.append(args[0][0]))
                 for layer in self.layers]
        try:
            with torch.no_grad():
                self.hidden(ids, prompt)
        finally:
            for hook in hooks:
                hook.remove()
        return seen

    @contextlib.contextmanager
    def edited(self, edit, low, high):
        """While open, edit(layer, a) stands for the activations a [1, T, F] of layers low to high - 1, at all rows."""
        hooks = [self.layers[l].intermediate.register_forward_hook(lambda module, args, a, l=l: edit(l, a))
                 for l in range(low, high)]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()
