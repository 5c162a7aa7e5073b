"""This engine's side: a Go program that runs work on request (internal/benchpeers)."""

import json
import os
import subprocess
import time


class Failed(SystemExit):
    """This engine's side could not do what was asked."""


class Engine:
    def __init__(self, root, build_dir, threads, quick):
        program = os.path.join(build_dir, "benchpeers")
        subprocess.run(["go", "build", "-o", program, "./internal/benchpeers"], cwd=root, check=True)
        command = [program, "-root", root, "-threads", str(threads)] + (["-quick"] if quick else [])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)
        self.pid = self.process.pid

    def ask(self, **request):
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer is missing too
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise Failed("the engine's program ended; its message stands above")
        answer = json.loads(line)
        if answer.get("error"):
            raise Failed(f"{request}: {answer['error']}")
        return answer

    def inputs(self, directory):
        path = os.path.join(directory, "inputs.json")
        self.ask(do="inputs", path=path)
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def stop(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended, and what it was asked last stands in the pipe
        self.process.wait()


class Missing(Exception):
    """A contender that cannot run here; its text says why."""


class Ours:
    """One piece of this engine's work as a contender."""

    def __init__(self, engine, work):
        self.engine, self.work, self.stages = engine, work, {}
        answer = engine.ask(do="open", work=work)
        if answer.get("missing"):
            raise Missing(answer["missing"])
        self.cost = answer.get("cost")

    def run(self):
        answer = self.engine.ask(do="run", work=self.work)
        self.stages = answer.get("stages") or {}
        return answer["seconds"]

    def close(self):
        self.engine.ask(do="close", work=self.work)


class Programs:
    """The whole method by this project's binaries: one process a step, and one for all three probes and for all masks, as their flags allow."""

    def __init__(self, root, directory, plan, threads):
        self.bin, self.out, self.stages = os.path.join(directory, "bin"), os.path.join(directory, "ours"), {}
        os.makedirs(self.bin, exist_ok=True)
        subprocess.run(["go", "build", "-trimpath", "-o", self.bin + "/"] + ["./cmd/" + c for c in ("train", "probe", "skillneuron", "mask", "prune")],
                       cwd=root, check=True, env={**os.environ, "CGO_ENABLED": "0"})
        out, p, pruned, seed = self.out, plan["pipeline"], os.path.join(self.out, "pruned"), ["--random_seed", str(plan["pipeline"]["seed"])]
        common = ["--threads", str(threads), "--quiet", *seed]
        data = ["--task_type", "sst2", "--data_path", os.path.join(root, "testdata", "sst2"), "--bz", str(plan["pipeline_batch"]), *common]
        for split in ("train", "dev", "test"):
            if p[split]:
                data += [f"--{split}_rows", str(p[split])]
        resumed = ["--resume_from", out, "-p", "--save_to", out, *data]
        masks = [os.path.join(out, "info", "sst2", str(i / 100)) for i in range(21)]
        self.steps = {
            "tune": [["train", "--backbone", "mini", "--save_to", out, "--lr", str(p["lr"]), "--dropout", "0", "--epoch", "1",
                      "--eval_every_step", str(p["eval_every_step"]), *data]],
            "probe": [["probe", "--probe_type", "all", *resumed]],
            "curve": [["skillneuron", "--save_to", out, "-a", os.path.join(out, "sst2", "dev_perf")], ["mask", "--info_path", ",".join(masks), *resumed]],
            "prune": [["prune", "--info_path", masks[2], "--ths_path", os.path.join(out, "sst2", "train_avg"), "--resume_from", out, "--save_to", pruned]],
            "speed": [["probe", "--probe_type", "speed", "--resume_from", pruned, "-p", "--save_to", pruned, *data]],
        }

    def run(self):
        start = time.perf_counter()
        for stage, commands in self.steps.items():
            begin = time.perf_counter()
            for command in commands:
                done = subprocess.run([os.path.join(self.bin, command[0]), *command[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                if done.returncode:
                    raise SystemExit(f"bench-peers: {' '.join(command)}: {done.stderr}")
            self.stages[stage] = time.perf_counter() - begin
        return time.perf_counter() - start

    def close(self):
        pass

    cost = None
