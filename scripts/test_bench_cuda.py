"""The logic of bench_cuda.py that needs neither a card nor PyTorch: python3 scripts/test_bench_cuda.py."""

import contextlib
import io
import os
import tempfile
import types
import unittest

from peers import cuda_rows
from peers.engine import Failed


class Engine:
    """Work by its name: seconds, or what goes wrong."""

    def __init__(self, works):
        self.works = works

    def ask(self, do, work):
        if isinstance(self.works[work], str):
            raise Failed(self.works[work])
        return {"seconds": self.works[work]}


PLAN = {"prompt": 16, "batch": 2, "keep": 0.02, "probe": 5, "repeat": 2, "products": []}
MACHINE = {"card": "a card", "torch": None, "tiny": True, "quick": False, "repetitions": 3}


def bench(works, results=()):
    o = types.SimpleNamespace(repetitions=3, tiny=False, quick=False)
    return cuda_rows.Bench(o, lambda precision, kernels: Engine(works), {"plan": PLAN, "score": {"ids": [[0]] * 5}}, None, results)


def run(b, row):
    with contextlib.redirect_stdout(io.StringIO()):
        cuda_rows.ROWS[row](b)
    return b.results


class Rows(unittest.TestCase):
    def test_ratio_and_target(self):
        for seconds, met in ((1.14, True), (1.16, False)):
            for r in run(bench({"probe_all": seconds, "probe_plain": 1.0}), "probe"):
                self.assertAlmostEqual(r["ratio"], 1 / seconds)
                self.assertEqual((r["met"], len(r["peer_all"]), len(r["ours_all"])), (met, 3, 3))

    def test_runs_are_divided(self):
        b = bench({"a": 6.0, "b": 3.0})
        with contextlib.redirect_stdout(io.StringIO()):
            b.row("score", "text", "a", {"b": (None, "b")}, runs=3)
        self.assertEqual((b.results[0]["ours_s"], b.results[0]["peer_s"]), (2.0, 1.0))

    def test_failures_lose_no_other_row(self):
        b = bench({"pruned": "out of memory", "score": 1.0, "probe_all": 1.0, "probe_plain": 1.0})
        run(b, "pruned")
        run(b, "probe")
        self.assertEqual([r.get("failed") for r in b.results], ["ours: out of memory"] * 3 + [None] * 2)
        again = bench({"pruned": 1.0, "score": 2.0}, b.results)
        self.assertEqual([r.get("ratio") for r in run(again, "pruned")], [1.0, 1.0, 2.0, 2.0, 2.0])
        kept = run(bench({}, again.results), "pruned")  # nothing is left to do
        self.assertEqual(kept, again.results)

    def test_without_torch(self):
        b = bench({"step": 1.0})
        b.inputs["step"] = {"ids": []}
        self.assertEqual({r["failed"] for r in run(b, "step")}, {"there is no PyTorch"})

    def test_wgmma_without_torch(self):
        for device, ours in (("cuda:0/sm_80", ["bf16", "tf32", "float32"]), ("cuda:0/sm_90", ["bf16", "bf16, wgmma", "tf32", "tf32, wgmma", "float32"])):
            b = bench({"pruned": 1.0, "score": 2.0})
            b.inputs["device"] = device
            self.assertEqual([r["ours"] for r in run(b, "pruned")], ours)

    def test_table_between_its_marks(self):
        text = cuda_rows.table(MACHINE, run(bench({"pruned": "a | b", "score": 1.0}), "pruned"))
        self.assertIn("*unmeasured*: ours: a \\| b", text)
        self.assertIn("| step |", text)  # a row that nothing measured
        with tempfile.TemporaryDirectory() as d:
            page = os.path.join(d, "page.md")
            with open(page, "w", encoding="utf-8") as f:
                f.write(f"before\n{cuda_rows.BEGIN}\nold\n{cuda_rows.END}\nafter\n")
            for _ in range(2):
                cuda_rows.fill(page, text)
            with open(page, encoding="utf-8") as f:
                self.assertEqual(f.read(), f"before\n{cuda_rows.BEGIN}\n{text}\n{cuda_rows.END}\nafter\n")
            with open(page, "w", encoding="utf-8") as f:
                f.write("no marks")
            self.assertRaises(SystemExit, cuda_rows.fill, page, text)


if __name__ == "__main__":
    unittest.main()
