"""Writes what torch.save makes of known values, for the tests of this package.

    python testdata/make.py testdata

needs torch and numpy. torch_test.go says what is in the files.
"""

import collections
import sys

import numpy as np
import torch

out = sys.argv[1]


def values():
    base = torch.arange(24, dtype=torch.float32)
    shared = torch.arange(6, dtype=torch.float32) * 10
    v = collections.OrderedDict()
    for name in ("float32", "float64", "float16", "bfloat16", "uint8", "int8", "int16", "int32", "int64"):
        v[name] = (torch.arange(6) - (0 if name == "uint8" else 2)).reshape(2, 3).to(getattr(torch, name))
    v["bool"] = torch.tensor([True, False, True])
    v["scalar"] = torch.tensor(1.5)
    v["empty"] = torch.zeros(0, 4)
    v["transposed"] = base.reshape(4, 6).t()
    v["sliced"] = base.reshape(2, 3, 4)[:, 1:, ::2]
    v["shared a"] = shared[:3]
    v["shared b"] = shared[3:]
    v["parameter"] = torch.nn.Parameter(torch.ones(2))
    v["state"] = torch.nn.Linear(2, 1, bias=False).state_dict()
    v["state"]["weight"].fill_(0.25)
    v["array"] = np.arange(6, dtype=np.float64).reshape(2, 3) / 4
    v["fortran"] = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    v["big"] = np.arange(3, dtype=">i4")
    v["mask"] = np.array([[True, False], [False, True]])
    v["no rows"] = np.zeros((0, 2))
    v["perf"] = {"acc": np.float64(0.75), "n": np.int64(-3), "ok": np.bool_(True), "half": np.float32(0.5)}
    v["plain"] = [1, -1, 255, 256, 65536, -(2**40), 2**62, 1.5, None, True, False, "é", b"\x00\xff", (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)]
    v["size"] = torch.Size([2, 3])
    v["dtype"] = torch.float16
    return v


torch.manual_seed(0)
torch.save(values(), f"{out}/values.pt")
torch.save(values(), f"{out}/values-legacy.pt", _use_new_zipfile_serialization=False)
for protocol in (3, 4):
    torch.save(values(), f"{out}/values-protocol{protocol}.pt", pickle_protocol=protocol)
torch.serialization.set_crc32_options(False)
torch.save({"x": torch.arange(3.0)}, f"{out}/no-crc.pt")
torch.serialization.set_crc32_options(True)
torch.save(torch.nn.Linear(2, 1), f"{out}/module.pt")
