# SPDX-License-Identifier: Apache-2.0
"""What skillneuron tunes and prunes, as transformers loads it: a RoBERTa whose feed-forward layers may differ in width, perhaps behind a soft prompt,
within a hand-written one or with Pfeiffer adapters, that answers with the logits of the words which stand for its labels.

    tokenizer = AutoTokenizer.from_pretrained(DIR, trust_remote_code=True)
    model = AutoModelForSequenceClassification.from_pretrained(DIR, trust_remote_code=True).eval()
    logits = model(**model.encode(tokenizer, ["a fine film"])).logits  # [sentences, labels]

A soft prompt of size P is the word embedding of <mask> and P-1 vectors, before the sentence; the answer is read at that <mask>. A hand-written prompt
is read at its own <mask>. Without either, it is read at <s>.
"""

import re

import torch
from torch import nn
from torch.nn import functional
from transformers import RobertaConfig, RobertaModel, RobertaPreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput


class SkillNeuronConfig(RobertaConfig):
    model_type = "skillneuron"


class Adapter(nn.Module):
    """Pfeiffer's bottleneck inside a layer's output: LN(f + up(relu(down(LN(f + x)))) + x)."""

    def __init__(self, config, output, size):
        super().__init__()
        self.dense, self.LayerNorm, self.dropout = output.dense, output.LayerNorm, output.dropout
        self.down, self.up = nn.Linear(config.hidden_size, size), nn.Linear(size, config.hidden_size)

    def forward(self, hidden_states, input_tensor):
        y = self.dropout(self.dense(hidden_states)) + input_tensor
        return self.LayerNorm(y + self.up(functional.relu(self.down(self.LayerNorm(y)))))


class Head(nn.Module):
    """The language-model head at a few words: its matrix is the word embeddings where the model ties them."""

    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.layer_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        if not config.tie_word_embeddings:
            self.decoder = nn.Linear(config.hidden_size, config.vocab_size, bias=False)

    def forward(self, x, words, ids):
        matrix = self.decoder.weight if hasattr(self, "decoder") else words
        return functional.linear(self.layer_norm(functional.gelu(self.dense(x))), matrix[ids], self.bias[ids])


class SkillNeuronForSequenceClassification(RobertaPreTrainedModel):
    config_class = SkillNeuronConfig
    base_model_prefix = "roberta"

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = len(config.verbalizer_ids)
        self.roberta = RobertaModel(config, add_pooling_layer=False)
        for layer, width in zip(self.roberta.encoder.layer, config.ffn_widths, strict=True):
            if width != config.intermediate_size:
                layer.intermediate.dense = nn.Linear(config.hidden_size, width)
                layer.output.dense = nn.Linear(width, config.hidden_size)
            if config.adapter_size:
                layer.output = Adapter(config, layer.output, config.adapter_size)
        self.lm_head = Head(config)
        if config.prompt_size:
            self.prompt = nn.Parameter(torch.zeros(config.prompt_size - 1, config.hidden_size))
        self.post_init()

    def forward(self, input_ids, attention_mask=None, mask_positions=None, labels=None, **kwargs):
        """Logits [sentences, labels] of token ids <s> … </s>, padded at their ends. mask_positions says where a hand-written prompt's <mask> stands, and may be left
        out where a sentence has no other."""
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        x, attention_mask, positions = self.embed(input_ids, attention_mask)
        hidden = self.roberta(inputs_embeds=x, attention_mask=attention_mask, position_ids=positions).last_hidden_state
        rows = torch.arange(len(input_ids), device=x.device)
        at = hidden[rows, self.answer_rows(input_ids, mask_positions)]
        flat = torch.tensor([i for ids in self.config.verbalizer_ids for i in ids], device=x.device)
        words = self.lm_head(at, self.roberta.embeddings.word_embeddings.weight, flat)
        parts = words.split([len(ids) for ids in self.config.verbalizer_ids], dim=1)
        logits = torch.cat([p if p.shape[1] == 1 else p.logsumexp(1, keepdim=True) for p in parts], dim=1)
        loss = None if labels is None else functional.cross_entropy(logits, labels)
        return SequenceClassifierOutput(loss=loss, logits=logits)

    def embed(self, input_ids, attention_mask):
        """Word embeddings, mask and position ids, with the soft prompt's rows first."""
        words, first = self.roberta.embeddings.word_embeddings, self.config.pad_token_id + 1
        if not self.config.prompt_size:
            real = input_ids.ne(self.config.pad_token_id).long()
            return words(input_ids), attention_mask, real.cumsum(1) * real + first - 1
        mask = torch.tensor([self.config.mask_token_id], device=input_ids.device)
        prompt = torch.cat([words(mask), self.prompt]).expand(len(input_ids), -1, -1)
        x = torch.cat([prompt, words(input_ids)], dim=1)
        attention_mask = torch.cat([attention_mask.new_ones(prompt.shape[:2]), attention_mask], dim=1)
        return x, attention_mask, torch.arange(first, first + x.shape[1], device=x.device).expand(x.shape[:2])

    def answer_rows(self, input_ids, mask_positions):
        if not self.config.template:
            return torch.zeros(len(input_ids), dtype=torch.long, device=input_ids.device)
        if mask_positions is not None:
            return mask_positions
        masks = input_ids.eq(self.config.mask_token_id)
        if (masks.sum(1) != 1).any():
            raise ValueError("not every sentence holds exactly one <mask>: say with mask_positions which is the template's (encode does)")
        return masks.int().argmax(1)

    def encode(self, tokenizer, texts, pairs=None):
        """Texts, or pairs of them, as the model was tuned to read them, within its template and no longer than it takes, as arguments of forward."""
        room = self.config.max_position_embeddings - self.config.pad_token_id - 1 - self.config.prompt_size
        rows = [self.tokens(tokenizer, text, pairs[i] if pairs else None, room) for i, text in enumerate(texts)]
        longest = max(len(ids) for ids, _ in rows)
        out = dict(
            input_ids=torch.tensor([ids + [self.config.pad_token_id] * (longest - len(ids)) for ids, _ in rows]),
            attention_mask=torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids, _ in rows]))
        if self.config.template:
            out["mask_positions"] = torch.tensor([at for _, at in rows])
        return {name: x.to(self.device) for name, x in out.items()}

    def tokens(self, tokenizer, text, pair, room):
        """Token ids of one example, and where its template's <mask> stands."""
        if not self.config.template:
            if pair is not None and self.config.concat_pairs:
                text, pair = text + pair, None
            # As lists: a second text that is empty is a text all the same.
            return tokenizer([text], pair if pair is None else [pair], truncation=True, max_length=room)["input_ids"][0], None
        parts = template_parts(self.config.template)
        texts = {"text": text, "text_a": text, "text_b": pair or ""}

        def ids(s):
            return tokenizer(s, add_special_tokens=False)["input_ids"] if s else []

        literals = [[] if place else ids(s) for s, place in parts]
        filled = {place: ids(s + texts[place]) for s, place in parts if place}
        first, second = (filled.get("text") or filled.get("text_a") or []), filled.get("text_b") or []
        a, b = longest_first(len(first), len(second), room - 2 - sum(map(len, literals)))
        out, at = [self.config.bos_token_id], None
        for literal, (_, place) in zip(literals, parts):
            if self.config.mask_token_id in literal:
                at = len(out) + literal.index(self.config.mask_token_id)
            out += (second[:b] if place == "text_b" else first[:a]) if place else literal
        return out + [self.config.eos_token_id], at


def template_parts(template):
    """Literals (text, None) and places (the blank before it, name): to the tokenizer a blank belongs to the word behind it."""
    parts = []
    for piece in re.split(r"(\{\{|\}\}|\{text(?:_[ab])?\})", template):
        if re.fullmatch(r"\{text(_[ab])?\}", piece):
            blank = bool(parts) and parts[-1][1] is None and parts[-1][0].endswith(" ")
            if blank:
                parts[-1] = (parts[-1][0][:-1], None)
            parts.append((" " * blank, piece[1:-1]))
        elif piece:
            literal = piece[0] if piece in ("{{", "}}") else piece
            if parts and parts[-1][1] is None:
                parts[-1] = (parts[-1][0] + literal, None)
            else:
                parts.append((literal, None))
    return parts


def longest_first(a, b, room):
    """How much of two texts of a and b tokens is kept: the longer one gives way first."""
    if a + b <= room:
        return a, b
    short = min(a, b, room // 2)
    return (room - short, short) if a > b else (short, room - short)
