"""Folders that PEFT and AdapterHub's adapters save for the tiny model, with the logits that they compute: what bin/convert --as ours has to read.

    python testdata/golden/foreign.py

Each library has its own releases of transformers, so it makes what the Python it runs in can import; files of the other stay.
"""

import importlib.util
import json
import pathlib
import shutil

import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

GOLDEN = pathlib.Path(__file__).resolve().parent
OUT = GOLDEN / "interchange"
TEXTS = ["a gripping , moving and funny film", "it never comes together", "fine"]
IDS = [70, 81]


def tiny():
    model = AutoModelForMaskedLM.from_pretrained(GOLDEN / "tiny", dtype=torch.float32).eval()
    model.lm_head.decoder.bias = model.lm_head.bias  # releases differ in whether an untied head keeps two
    return model


@torch.no_grad()
def logits(model):
    tokenizer = AutoTokenizer.from_pretrained(GOLDEN / "tiny")
    model = model.double()
    rows = []
    for text in TEXTS:
        ids = torch.tensor([tokenizer(text)["input_ids"]])
        rows.append(model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, 0, IDS].tolist())
    return rows


def save(folder, model, library):
    expected = dict(made_by=f"{library.__name__} {library.__version__}", texts=TEXTS, ids=IDS, logits=logits(model))
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    config = json.loads((folder / "adapter_config.json").read_text())
    for name in ("base_model_name_or_path", "model_name"):
        if name in config:
            config[name] = "roberta-tiny"
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "README.md").unlink(missing_ok=True)


def fresh(name):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def make_peft():
    import peft
    torch.manual_seed(1)
    base = tiny()
    model = peft.get_peft_model(base, peft.PromptTuningConfig(task_type="FEATURE_EXTRACTION", num_virtual_tokens=4)).eval()
    rows = model.prompt_encoder["default"].embedding.weight
    with torch.no_grad():
        rows.normal_(0, 0.3)
        rows[0] = base.get_input_embeddings().weight[399]  # <mask>
    folder = fresh("peft")
    model.save_pretrained(folder)
    save(folder, model, peft)


def make_adapters():
    import adapters
    torch.manual_seed(2)
    model = tiny()
    adapters.init(model)
    model.add_adapter("mood", config="seq_bn")
    model.set_active_adapters("mood")
    model.eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if ".adapters." in name:
                p.normal_(0, 0.3)
    for folder, safe in ((fresh("adapterhub"), False), (fresh("adapterhub-safetensors"), True)):
        model.float().save_adapter(str(folder), "mood", with_head=False, use_safetensors=safe)
        save(folder, model, adapters)


if __name__ == "__main__":
    for library, make in (("peft", make_peft), ("adapters", make_adapters)):
        if importlib.util.find_spec(library):
            make()
