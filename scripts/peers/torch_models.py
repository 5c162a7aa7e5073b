"""PyTorch as one would use it (SDPA, frozen weights, the head where it is read), and the original program as it was written."""

import time

import torch
from torch.nn.functional import cross_entropy, gelu, linear
from transformers import RobertaConfig, RobertaForMaskedLM

CLOSE = 1e-3  # largest difference between contenders' results on the same weights


class Timed:
    """A contender that runs work() on the tensors it was given."""

    def run(self):
        start = time.perf_counter()
        self.work()
        return time.perf_counter() - start

    def close(self):
        for name in list(vars(self)):
            delattr(self, name)


class Product(Timed):
    def __init__(self, m, n, k):
        self.x, self.w, self.b = torch.randn(m, k), torch.randn(n, k), torch.randn(n)

    @torch.inference_mode()
    def work(self):
        linear(self.x, self.w, self.b)


class Weights:
    """One random model, with SDPA and eager attention."""

    def __init__(self, config, dtype=torch.float32):
        torch.manual_seed(0)
        self.config = config
        self.eager = self.build("eager", None, dtype)
        self.sdpa = self.build("sdpa", self.eager.state_dict(), dtype)

    def build(self, attention, state, dtype):
        config = RobertaConfig(**{k: v for k, v in self.config.items() if k not in ("architectures", "torch_dtype")})
        config._attn_implementation = attention
        model = RobertaForMaskedLM(config).to(dtype).eval()
        if state is not None:
            model.load_state_dict(state)
        return model


def padded(ids, pad):
    """Token ids [B, T] and mask [B, T]."""
    longest = max(map(len, ids))
    rows = torch.tensor([x + [pad] * (longest - len(x)) for x in ids])
    mask = torch.tensor([[1] * len(x) + [0] * (longest - len(x)) for x in ids])
    return rows, mask


def batches(ids, size, pad):
    """Padded batches in the order of the file; where nothing is padded there is no mask."""
    out = []
    for lo in range(0, len(ids), size):
        rows, mask = padded(ids[lo:lo + size], pad)
        out.append((rows, None if bool(mask.all()) else mask))
    return out


def with_prompt(model, prompt, mask_id, rows, mask):
    """inputs_embeds and attention mask of sentences behind the <mask> row and the prompt."""
    words = model.get_input_embeddings()
    count = len(rows)
    first = words(torch.full((count, 1), mask_id))
    size = 1 + len(prompt)
    embeds = torch.cat([first, prompt.expand(count, -1, -1), words(rows)], 1)
    if mask is None:
        mask = torch.ones_like(rows)
    return embeds, torch.cat([torch.ones(count, size, dtype=mask.dtype), mask], 1)


class Encoder(Timed):
    """Last hidden states of all rows."""

    def __init__(self, model, ids, size, pad):
        self.model, self.batches = model, batches(ids, size, pad)

    @torch.inference_mode()
    def work(self):
        for rows, mask in self.batches:
            out = self.model.roberta(input_ids=rows, attention_mask=mask).last_hidden_state
        return out


class OriginalEncoder(Encoder):
    """Behind it the LM head over the vocabulary at every row."""

    @torch.inference_mode()
    def work(self):
        for rows, mask in self.batches:
            out = self.model(input_ids=rows, attention_mask=mask).logits
        return out


class Score(Timed):
    """Verbalizer logits at row 0 behind a prompt; the head at that row and those words only."""

    def __init__(self, model, prompt, inputs):
        self.model, self.prompt, self.inputs = model, prompt, inputs
        self.batches = batches(inputs["score"]["ids"], inputs["plan"]["batch"], inputs["pad"])
        self.words = torch.tensor(inputs["verbalizer"])

    def logits(self, rows, mask):
        embeds, mask = with_prompt(self.model, self.prompt, self.inputs["mask"], rows, mask)
        first = self.model.roberta(inputs_embeds=embeds, attention_mask=mask).last_hidden_state[:, 0]
        head = self.model.lm_head
        x = head.layer_norm(gelu(head.dense(first)))
        return linear(x, head.decoder.weight[self.words], head.decoder.bias[self.words])

    @torch.inference_mode()
    def work(self):
        return torch.cat([self.logits(rows, mask) for rows, mask in self.batches])


class OriginalScore(Score):
    def logits(self, rows, mask):
        embeds, mask = with_prompt(self.model, self.prompt, self.inputs["mask"], rows, mask)
        return self.model(inputs_embeds=embeds, attention_mask=mask).logits[:, 0][:, self.words]


class Step(Score):
    """One update of the prompt; weights frozen."""

    frozen = True

    def __init__(self, model, prompt, inputs):
        super().__init__(model, prompt, inputs)
        self.prompt = torch.nn.Parameter(prompt.clone())
        self.rows, self.mask = padded(inputs["step"]["ids"], inputs["pad"])
        self.labels = torch.tensor(inputs["step"]["labels"])
        for p in model.parameters():
            p.requires_grad_(not self.frozen)
        self.clipped = [self.prompt] + ([] if self.frozen else list(model.parameters()))
        self.adam = torch.optim.Adam([self.prompt], lr=1e-6, betas=(0.9, 0.98), eps=1e-6)

    def work(self):
        for p in self.clipped:
            p.grad = None
        loss = cross_entropy(self.logits(self.rows, self.mask), self.labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.clipped, 1.0)
        self.adam.step()
        return loss.detach()

    def close(self):
        for p in self.clipped:
            p.grad = None
        super().close()


class OriginalStep(Step):
    """Gradients of every frozen weight too, and the whole head."""

    frozen = False
    logits = OriginalScore.logits


def same(what, x, y):
    """Contenders that compute something else would win for nothing."""
    difference = (x - y).abs().max().item()
    if not difference <= CLOSE:
        raise SystemExit(f"bench-peers: {what}: results differ by {difference}")
