# SPDX-License-Identifier: MIT
"""
usage: sweep.py --cachecheck FILE --tools DIR --tests DIR [--quick] [--seconds N] [--jobs N]
                [--journal FILE] [--scene NAME]... [--call NAME]... [--at N[,N]] [--plan] [--verbose]
Runs every command of cachecheck while one allocation or system call after the other fails, and
tells what was not borne: a crash, a hang, a status that is documented nowhere, a failure without
a word, a wrong number, a file half written or left behind, a target that was harmed.
Of calls from the same place in the code the first, the second and the last fail, for those between
are like the second; of many places ever fewer. With a journal, a run that was stopped goes on
where it was; it begins anew when the program or the tests are others. --plan: only how many.
Exit status: 0 all was borne, 1 something was not, 77 nothing could be tried here.
"""
import argparse
import hashlib
import json
import multiprocessing
import os
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import ground
import scenes
import trial

CHUNK = 8  # runs that a job does before it tells
FEW = 12  # faults that are looked at when time is short
SCENES = {scene.name: scene for scene in scenes.SCENES}


def spread(count, quick, cost):
    """Which of `count` calls fail: the first few, then ever further apart, and the last."""
    first, ratio = (2, 3.0 * cost) if quick else (40 // cost, 1.0 + 0.02 * cost)
    chosen, at = [], 1
    while at <= count:
        chosen.append(at)
        at = at + 1 if at < first else max(at + 1, int(at * ratio))
    return sorted(set(chosen + ([count] if count else [])))


def different(stacks):
    """The first, second and last call of each stack."""
    places = {}
    for at, stack in enumerate(stacks, 1):
        places.setdefault(stack, []).append(at)
    return sorted({at for of in places.values() for at in of[:2] + of[-1:]})


def choose(stacks, quick, cost):
    places = different(stacks) if any(stacks) else range(1, len(stacks) + 1)
    chosen = [places[at - 1] for at in spread(len(places), quick, cost)]
    most = max(3, 480 // cost)
    step = max(1, (len(chosen) - 1) / (most - 1))
    return [chosen[round(at * step)] for at in range(min(most, len(chosen)))]


# ---- what a job does, in a process of its own ----

def begin(options, all_there):
    global bench, together
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us ends us
    bench, together = trial.Bench(options), all_there


def plan_of(name, faults, quick):
    """Of each fault: how many calls, the loader's before them, and which of them fail; or why not."""
    scene = SCENES[name]
    _, why = bench.reference(scene)
    if why:
        return None, why
    found = {fault: (len(stacks), base, choose(stacks, quick, scene.cost))
             for fault, (base, stacks) in bench.stacks(scene, faults, not quick).items()}
    return found, None


def try_points(name, fault, base, points, end):
    """One line of the journal for each that was tried by then."""
    scene, lines = SCENES[name], []
    _, why = bench.reference(scene)
    for at in points:
        began = time.monotonic()
        if why or (end and began > end):
            break
        status, wrong, said, where = bench.attempt(scene, fault, base + at)
        lines.append({"scene": name, "fault": fault, "at": at, "status": status, "wrong": wrong, "said": said,
                      "where": where, "seconds": round(time.monotonic() - began, 3)})
    return lines


def try_for(name, faults, turn, end):
    """When time is short: a few faults, others of each command, one call at least, however slow the
    machine. Only what is looked at is counted: each such call waits for us."""
    picked = (faults[turn:] + faults[:turn])[:FEW]
    plan, why = plan_of(name, picked, True)
    lines = []
    for fault in picked:
        _, base, points = (plan or {}).get(fault, (0, 0, []))
        for at in points:
            if not lines or time.monotonic() < end:
                lines += try_points(name, fault, base, [at], None)
    return plan, why, lines


def finish():
    together.wait(600)  # that each does it once
    return bench.close(), sum(os.times()[:4])


# ---- who gives them out ----

class Journal:
    """Plans and outcomes, line by line, for who was stopped; without a path in memory alone."""

    def __init__(self, path, identity):
        self.plans, self.lines = {}, {}
        self.path = Path(path) if path else None
        known = ground.read_text(self.path).splitlines() if path else []
        if not known or known[0] != identity:
            known = []
        for line in known[1:]:
            try:
                self.take(json.loads(line))
            except ValueError:
                break  # half a line: it was being written
        self.out = open(self.path, "w", encoding="utf-8") if path else None
        self.write(identity)
        for plan in self.plans.values():
            self.write(json.dumps(plan))
        for line in self.lines.values():
            self.write(json.dumps(line))

    def write(self, line):
        if self.out:
            self.out.write(line + "\n")
            self.out.flush()

    def take(self, entry):
        if "plan" in entry:
            self.plans[entry["scene"]] = entry
        else:
            self.lines[entry["scene"], entry["fault"], entry["at"]] = entry

    def add(self, entry):
        self.take(entry)
        self.write(json.dumps(entry))

    def is_tried(self, name, fault, at):
        return (name, fault, at) in self.lines


def identity_of(options, faults):
    """Of what is tested, by what, and for what."""
    digest = hashlib.sha256(repr(faults).encode())
    for path in [options.cachecheck, *sorted(Path(__file__).parent.glob("*.py"))]:
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()


class Sweep:
    def __init__(self, options):
        self.options = options
        self.began, self.cpu_seconds = time.monotonic(), 0
        self.end = self.began + options.seconds if options.seconds else None
        self.faults = options.call or list(trial.FAMILIES) + list(trial.CALLS)
        if ground.is_sanitized(options.cachecheck):  # these are mostly the sanitizer's own
            self.faults = [call for call in self.faults if call != "mmap" and "clone" not in call]
        self.journal = Journal(options.journal, identity_of(options, self.faults))
        self.jobs = options.jobs or len(os.sched_getaffinity(0))
        self.chosen = [scene for scene in scenes.SCENES
                       if (scene.name in options.scene if options.scene
                           else scene.quick or not options.quick)]

    def run(self):
        together = multiprocessing.Barrier(self.jobs)
        with ProcessPoolExecutor(self.jobs, initializer=begin, initargs=(self.options, together)) as pool:
            if self.options.quick:
                self.run_quick(pool)
            else:
                self.run_all(pool)
            ends = [job.result() for job in [pool.submit(finish) for _ in range(self.jobs)]]
            self.cpu_seconds = sum(seconds for _, seconds in ends)
            return [harm for harms, _ in ends for harm in harms]

    def run_quick(self, pool):
        share = self.jobs * (self.options.seconds or 30) / len(self.chosen)
        jobs = [pool.submit(self_timed, scene.name, self.faults, turn * 5 % len(self.faults), share)
                for turn, scene in enumerate(self.chosen)]
        for scene, job in zip(self.chosen, jobs):
            plan, why, lines = job.result()
            self.note_plan(scene.name, plan, why)
            self.note(lines)

    def run_all(self, pool):
        """A few of each fault of each command, then more of all: who stops it early has most kinds."""
        asked = {pool.submit(plan_of, scene.name, self.faults, False): scene.name
                 for scene in sorted(self.chosen, key=lambda scene: -scene.cost)
                 if scene.name not in self.journal.plans}
        for job in as_completed(asked):
            self.note_plan(asked[job], *job.result())
        chunks = [] if self.options.plan else sorted(self.chunks(), key=lambda chunk: (chunk[0], chunk[1]))
        jobs = [pool.submit(try_points, *words, self.end) for _, _, *words in chunks]
        for job in as_completed(jobs):
            self.note(job.result())

    def chunks(self):
        """What is left to be tried: the how manieth of its fault, the cost, and what try_points() takes."""
        for scene in self.chosen:
            for fault, (_, base, points) in (self.journal.plans[scene.name]["plan"] or {}).items():
                if self.options.at:
                    points = [int(at) for at in self.options.at.split(",")]
                for at in range(0, len(points) if fault in self.faults else 0, CHUNK):
                    left = [point for point in points[at:at + CHUNK]
                            if not self.journal.is_tried(scene.name, fault, point)]
                    if left:
                        yield at, scene.cost, scene.name, fault, base, left

    def note_plan(self, name, plan, why):
        self.journal.add({"scene": name, "plan": plan, "why": why})
        if why:
            print(f"# {name}: left out, {why}", flush=True)

    def note(self, lines):
        for line in lines:
            self.journal.add(line)
            head = f"{line['scene']}: {line['fault']} {line['at']} (status {line['status']})"
            for text in line["wrong"]:
                print(f"not ok - {head}: {text}", flush=True)
            if self.options.verbose and not line["wrong"]:
                print(f"ok - {head}: borne", flush=True)
            if line["wrong"] or self.options.verbose:
                for kind in ("said", "where"):
                    text = line[kind].strip().replace("\n", "\n# ")
                    print(f"# {kind}: {text}" if text else "#", flush=True)

    # ---- what came of it ----

    def rows(self):
        for scene in self.chosen:
            plan = self.journal.plans.get(scene.name, {}).get("plan") or {}
            lines = [line for line in self.journal.lines.values() if line["scene"] == scene.name]
            yield (scene.name, sum(count > 0 for count, _, _ in plan.values()),
                   sum(count for count, _, _ in plan.values()),
                   sum(len(points) for _, _, points in plan.values()), len(lines),
                   sum(line["status"] != scene.good for line in lines),
                   sum(bool(line["wrong"]) for line in lines))

    def tell(self, harms):
        rows = list(self.rows())
        if not self.options.quick:
            print("| command | families and calls | made in a run | chosen | tried | told as failures | not borne |")
            print("|---|--:|--:|--:|--:|--:|--:|")
            for row in rows:
                print("| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in row) + " |")
        tried, said, wrong = (sum(row[at] for row in rows) for at in (4, 5, 6))
        for harm in harms:
            print(f"not ok - at the end: {harm}")
        print(f"# {tried} faults, {said} told as failures, the others borne without; {wrong} not borne; "
              f"{time.monotonic() - self.began:.0f} s with {self.jobs} at once, {self.cpu_seconds:.0f} s of CPUs")
        left_out = not self.options.quick and any(plan["why"] for plan in self.journal.plans.values())
        return 77 if not tried else 1 if wrong or harms or left_out else 0


def self_timed(name, faults, turn, share):
    return try_for(name, faults, turn, time.monotonic() + share)


def main():
    parser = argparse.ArgumentParser()
    for name in ("--cachecheck", "--tools", "--tests"):
        parser.add_argument(name, required=True)
    for name in ("--quick", "--plan", "--verbose"):
        parser.add_argument(name, action="store_true")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--journal")
    parser.add_argument("--scene", action="append")
    parser.add_argument("--call", action="append")
    parser.add_argument("--at")
    sweep = Sweep(parser.parse_args())
    return sweep.tell(sweep.run())


if __name__ == "__main__":
    sys.exit(main())
