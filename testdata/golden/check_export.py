"""Whether what bin/convert exports answers in Python as it does in Go.

    python testdata/golden/check_export.py cases.json

cases.json, which the test TestExport of tasks/interchange writes (make check-export), lists folders with what this project's logits of some texts are. Each is loaded by the
library it was made for: transformers, peft or AdapterHub's adapters. A logit may be off by 2e-5 from the library's float64; mini, on which every kind of export runs, is the
measure. The tiny random model is there for its odd sizes and magnifies rounding six times: float32 itself is that far off there, transformers' own by up to 6e-5 in the goldens
and ours by 5e-5, on any kernel set. Seen with transformers 5.24, PEFT 0.21 and adapters 1.3: at most 4.6e-6 on mini, 3.6e-5 on tiny.
Prints one line a case; ends with status 1 where one is beyond its limit, and names libraries that are not there.
"""

import functools
import importlib.util
import json
import pathlib
import sys
import types

import torch
from transformers import AutoModelForMaskedLM, AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()
torch.set_num_threads(1)

MODELING = pathlib.Path(__file__).resolve().parents[2] / "tasks/interchange/modeling_skillneuron.py"


def modeling():
    spec = importlib.util.spec_from_file_location("modeling_skillneuron", MODELING)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def joined(logits, ids):
    return torch.stack([logits[:, of].logsumexp(1) for of in ids], dim=1)


def tokenizer(folder):
    return AutoTokenizer.from_pretrained(folder, trust_remote_code=True)


def custom(case):
    """A model of modeling_skillneuron.py: its own encode and forward, with no tensor missing or left over."""
    model, info = AutoModelForSequenceClassification.from_pretrained(
        case["folder"], trust_remote_code=True, output_loading_info=True, dtype=torch.float32)
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"], info
    inputs = model.eval().encode(tokenizer(case["folder"]), case["texts"], case["pairs"])
    yield model(**inputs).logits
    if "mask_positions" not in inputs:  # padding changes nothing
        alone = model.encode(tokenizer(case["folder"]), case["texts"][:1], case["pairs"] and case["pairs"][:1])
        assert (model(**alone).logits - model(**inputs).logits[:1]).abs().max() < case["limit"]
    yield model.double()(**inputs).logits


def masked_lm(case, model, inputs, layout, rows):
    """The words' logits at the rows read of a plain RobertaForMaskedLM, or of a library's model around one."""
    def logits():
        out = [model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long)).logits[:, row]
               for ids, row in zip(inputs, rows)]
        return joined(torch.cat(out), case["ids"])

    yield logits()
    model.double()
    yield logits()


def encoded(case, folder, prompt_size):
    """Token ids, and the row where the answer is read."""
    config = json.loads((pathlib.Path(folder) / "config.json").read_text())
    tok = tokenizer(case["tokenizer"])
    stub = types.SimpleNamespace(config=types.SimpleNamespace(
        template=case["template"], concat_pairs=False, bos_token_id=0, eos_token_id=2, mask_token_id=tok.mask_token_id))
    room = config["max_position_embeddings"] - config["pad_token_id"] - 1 - prompt_size
    tokens = functools.partial(modeling().SkillNeuronForSequenceClassification.tokens, stub, tok)
    rows = [tokens(text, None, room) for text in case["texts"]]
    return [ids for ids, _ in rows], [at or 0 for _, at in rows]


def plain(case):
    model, info = AutoModelForMaskedLM.from_pretrained(case["folder"], output_loading_info=True, dtype=torch.float32)
    assert type(model).__name__ == "RobertaForMaskedLM" and not info["missing_keys"] and not info["mismatched_keys"], info
    inputs, rows = encoded(case, case["folder"], 0)
    yield from masked_lm(case, model.eval(), inputs, case["template"], rows)


def peft(case):
    from peft import PeftModel
    base = AutoModelForMaskedLM.from_pretrained(case["backbone"], dtype=torch.float32)
    model = PeftModel.from_pretrained(base, case["folder"]).eval()
    inputs, rows = encoded(case, case["backbone"], case["prompt_size"])
    yield from masked_lm(case, model, inputs, "", rows)


def adapterhub(case):
    import adapters
    model = AutoModelForMaskedLM.from_pretrained(case["backbone"])
    adapters.init(model)
    model.load_adapter(case["folder"], set_active=True)
    inputs, rows = encoded(case, case["backbone"], 0)
    yield from masked_lm(case, model.float().eval(), inputs, case["template"], rows)


LIBRARIES = {"peft": "peft", "adapterhub": "adapters"}
PRESENT = {library for library in LIBRARIES.values() if importlib.util.find_spec(library)}


@torch.no_grad()
def main():
    failed, absent = 0, set()
    for case in json.loads(pathlib.Path(sys.argv[1]).read_text()):
        kind = case["kind"]
        if kind in LIBRARIES and LIBRARIES[kind] not in PRESENT:
            absent.add(LIBRARIES[kind])
            continue
        want = torch.tensor(case["logits"], dtype=torch.float64)
        single, double = [x.double() for x in globals()[kind](case)]
        off, noise = float((want - double).abs().max()), float((single - double).abs().max())
        bad = not off <= case["limit"]
        failed += bad
        print(f"{'BAD' if bad else 'ok '} {case['name']}: off by {off:.2g}, the library's float32 by {noise:.2g}, logits up to {float(want.abs().max()):.3g}")
    for library in sorted(absent):
        print(f"absent {library}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
