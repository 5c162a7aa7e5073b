"""This engine's side: a Go program that runs work on request (internal/benchpeers)."""

import json
import os
import subprocess


class Engine:
    def __init__(self, root, build_dir, threads, quick):
        program = os.path.join(build_dir, "benchpeers")
        subprocess.run(["go", "build", "-o", program, "./internal/benchpeers"], cwd=root, check=True)
        command = [program, "-root", root, "-threads", str(threads)] + (["-quick"] if quick else [])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)
        self.pid = self.process.pid

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("bench-peers: the engine's program ended; its message stands above")
        answer = json.loads(line)
        if answer.get("error"):
            raise SystemExit(f"bench-peers: {request}: {answer['error']}")
        return answer

    def inputs(self, directory):
        path = os.path.join(directory, "inputs.json")
        self.ask(do="inputs", path=path)
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def stop(self):
        self.process.stdin.close()
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
