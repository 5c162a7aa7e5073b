"""Writes a run as the original program leaves it, with the types that its code gives to torch.save, for the tests of this package.

    python testdata/make.py testdata/original

needs torch and numpy. The sizes are those of the tiny backbone: 3 layers, width 52, hidden size 36; the prompt has 4 rows.
"""

import os
import sys

import numpy as np
import torch

out = sys.argv[1]
layers, rows, width, hidden = 3, 4, 52, 36
task = f"{out}/sst2"
info = f"{out}/info/sst2"
for d in (task, info, f"{task}/pos_dev"):
    os.makedirs(d, exist_ok=True)

prompt = torch.nn.Parameter(((torch.arange((rows - 1) * hidden) % 7 - 3) / 30).reshape(1, rows - 1, hidden))
model = torch.nn.Module()
model.register_parameter("prompt", prompt)
torch.save({"prompt": model.state_dict()["prompt"], "pos": [57, 91]}, f"{out}/best-backbone")

optimizer = torch.optim.Adam([prompt], lr=1e-3, eps=1e-6, betas=(0.9, 0.98))
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
prompt.sum().backward()
optimizer.step()
scheduler.step()
torch.save(optimizer.state_dict(), f"{out}/optimizer")
torch.save(scheduler.state_dict(), f"{out}/scheduler")

index = np.arange(layers * rows * width).reshape(layers, rows, width)
torch.save(index % 11 / 10 - 0.3, f"{task}/train_avg")  # float64, as np.zeros makes it
torch.save(0.5 + (index % 13 - 6) / 100, f"{task}/dev_perf")
torch.save(torch.arange(layers * width).reshape(layers, width) / (layers * width), f"{task}/dev_mean_perf")
torch.save((np.arange(6 * rows).reshape(6, rows) / 8).astype(np.float32), f"{task}/pos_dev/1,7")
torch.save([{"acc": np.float64(0.5)}, {"acc": np.float64(0.5)}, {"acc": np.float64(0.75)}], f"{task}/inference_perf")
torch.save([1.5, 1.25, 1.0], f"{task}/inference_time")
torch.save(torch.arange(layers * width).reshape(layers, width) % 5 == 0, f"{info}/0.2")
torch.save({"acc": np.float64(0.875)}, f"{out}/mask_perf")
open(f"{out}/log", "w").write("a log, no pickle\n")
