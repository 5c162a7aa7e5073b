"""Repetitions in turn, and what else the machine did meanwhile."""

import math
import os
import statistics
import time

GAP = 0.06       # seconds between contenders: threads that spin after their work go to sleep
SAMPLE = 0.4     # seconds that a sample takes at least; short work is repeated within it
DISTURBED = 0.05  # share of the processors taken by others from which a sample counts as disturbed
TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Machine:
    """Processor time of everybody and of the given processes, from /proc; without it nothing counts as disturbed."""

    def __init__(self, pids):
        self.pids, self.cores = pids, os.cpu_count() or 1

    def read(self):
        try:
            with open("/proc/stat", encoding="ascii") as file:
                fields = [int(x) for x in file.readline().split()[1:9]]
            busy = sum(fields) - fields[3] - fields[4]  # all but idle and waiting for disks
            own = []
            for pid in self.pids:
                with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                    mine = file.read().rpartition(")")[2].split()
                own.append(sum(int(x) for x in mine[11:15]) / TICK)  # with the children that have ended
            return busy / TICK - sum(own), time.perf_counter(), sum(own)
        except OSError:
            return 0.0, time.perf_counter(), 0.0

    def others(self, before, after):
        """Share of all processors that other processes took between two readings."""
        return max(0.0, (after[0] - before[0]) / ((after[1] - before[1]) * self.cores))

    def calm(self, patience):
        """Wait until others leave the processors alone, at most patience seconds."""
        end = time.perf_counter() + patience
        while time.perf_counter() < end:
            before = self.read()
            time.sleep(0.3)
            if self.others(before, self.read()) < DISTURBED:
                return


class Times:
    """Samples of one contender."""

    def __init__(self):
        self.seconds, self.others, self.processor = [], [], []

    def undisturbed(self):
        return [s for s, o in zip(self.seconds, self.others) if o < DISTURBED]

    def chosen(self):
        """Undisturbed samples where there are any, else the least disturbed half."""
        calm = self.undisturbed()
        if calm:
            return calm
        order = sorted(range(len(self.seconds)), key=lambda i: self.others[i])
        return [self.seconds[i] for i in order[:(len(order) + 1) // 2]]

    def median(self):
        return statistics.median(self.chosen())

    def processor_median(self):
        """Processor seconds of one run over all threads: what remains comparable where other programs took the wall clock's time."""
        return statistics.median(self.processor)

    def summary(self):
        return {"median_s": self.median(), "least_s": min(self.seconds), "most_s": max(self.seconds), "samples": len(self.seconds),
                "processor_s": self.processor_median(),
                "undisturbed": len(self.undisturbed()), "others": statistics.median(self.others)}


def sample(contender, inner, machine):
    """Seconds of one run, share of the processors that others took, processor seconds of one run."""
    before = machine.read()
    seconds = statistics.median([contender.run() for _ in range(inner)])
    after = machine.read()
    return seconds, machine.others(before, after), (after[2] - before[2]) / inner


def in_turn(contenders, repetitions, machine, patience, warm=1):
    """name -> Times: after warm runs, every repetition runs each contender once, each time in another order. A disturbed sample is kept, and another one is taken
    for it later, up to twice as many in all."""
    inner = {}
    for name, contender in contenders.items():
        seconds = min((contender.run() for _ in range(warm)), default=math.inf)
        inner[name] = max(1, min(100, math.ceil(SAMPLE / seconds)))
    times = {name: Times() for name in contenders}
    names = list(contenders)
    for round_ in range(2 * repetitions if patience else repetitions):
        if round_ >= repetitions and all(len(t.undisturbed()) >= repetitions for t in times.values()):
            break
        machine.calm(patience)
        shift = round_ % len(names)
        for name in names[shift:] + names[:shift]:
            time.sleep(GAP)
            t = times[name]
            for values, value in zip((t.seconds, t.others, t.processor), sample(contenders[name], inner[name], machine)):
                values.append(value)
    return times
