# SPDX-License-Identifier: MIT
"""
usage: sweep.py --cachecheck FILE --tools DIR --tests DIR [--quick] [--seconds N] [--scene NAME]...
                [--call NAME]... [--at N[,N]] [--table] [--verbose]
Runs every command of cachecheck while one allocation or system call after the other fails, and
tells what was not borne: a crash, a hang, a status that is documented nowhere, a failure without
a word, a wrong number, a file half written or left behind, a target that was harmed.
Exit status: 0 all was borne, 1 something was not, 77 nothing could be tried here.
"""
import argparse
import errno
import re
import subprocess
import sys
import time
from pathlib import Path

import ground
import scenes

# What each system call is made to fail with: what it can fail with when nobody made a mistake.
CALLS = {
    "openat": errno.EMFILE, "read": errno.EIO, "pread64": errno.EIO, "write": errno.ENOSPC,
    "mmap": errno.ENOMEM, "newfstatat": errno.EACCES, "getdents64": errno.EIO,
    "perf_event_open": errno.EMFILE, "ioctl": errno.EINVAL, "ptrace": errno.ESRCH,
    "clone,clone3,fork,vfork": errno.EAGAIN, "pipe2": errno.EMFILE, "eventfd2": errno.EMFILE,
    "timerfd_create": errno.EMFILE, "timerfd_settime": errno.EINVAL, "pidfd_open": errno.EMFILE,
    "process_vm_readv": errno.ESRCH, "waitid": errno.EINTR, "wait4": errno.EINTR,
    "ftruncate": errno.ENOSPC, "memfd_create": errno.ENOMEM, "fsync": errno.EIO,
    "fchmod": errno.EPERM, "rename": errno.EACCES, "mkdir": errno.ENOSPC, "readlink": errno.EACCES,
    "access": errno.EACCES, "statfs": errno.ENOSYS, "flock": errno.ENOLCK,
    "inotify_init1": errno.EMFILE, "move_pages": errno.EPERM, "get_mempolicy": errno.ENOSYS,
    "sched_getaffinity": errno.EINVAL, "sched_setaffinity": errno.EINVAL, "poll": errno.ENOMEM,
    "fcntl": errno.EINVAL, "lseek": errno.ESPIPE, "mkdirat": errno.ENOSPC,
    "readlinkat": errno.EACCES, "inotify_add_watch": errno.ENOSPC, "statx": errno.EACCES,
    "fallocate": errno.ENOSPC, "kill": errno.EPERM, "prlimit64": errno.EPERM,
    "clock_nanosleep": errno.EINTR, "setpgid": errno.EPERM,
}
FAMILIES = ("memory", "thread", "process")


def spread(count, quick, cost):
    """Which of `count` calls fail: the first few, then ever further apart, and the last."""
    first, ratio = (2, 3.0 * cost) if quick else (40 // cost, 1.0 + 0.02 * cost)
    chosen, at = [], 1
    while at <= count:
        chosen.append(at)
        at = at + 1 if at < first else max(at + 1, int(at * ratio))
    return sorted(set(chosen + ([count] if count else [])))


def different(stacks):
    """The first, second and last allocation of each stack; those between are like the second."""
    places = {}
    for at, stack in enumerate(stacks, 1):
        places.setdefault(stack, []).append(at)
    return sorted({at for of in places.values() for at in of[:2] + of[-1:]})


class Sweep:
    def __init__(self, options):
        self.options = options
        self.place = ground.Place()
        self.program = str(Path(options.cachecheck).resolve())
        self.target = f"{options.tools}/faults_target"
        self.running = None
        self.last = time.monotonic() + options.seconds if options.seconds else None
        self.end = self.last  # of what is tried now
        self.tried = self.failed = 0
        self.scene_tried = False
        self.found, self.loader, self.counts, self.stacks = [], None, {}, []

    # ---- one run ----

    def names(self, scene):
        out = self.place.outputs
        results = f"{self.options.tests}/fuzz/corpus/result"
        return {"out": f"{out}/out.json", "html": f"{out}/out.html", "target": self.target,
                "mark": f"{self.place.root}/mark", "rounds": str(scene.rounds),
                "tests": self.options.tests, "results": results,
                "pid": str(self.attach_to().pid) if scene.kind == "attach" else "0"}

    def attach_to(self):
        if not self.running:
            self.running = ground.Running(self.target, self.place.root)
        return self.running

    def failing(self, calls, at, number, log):
        return [f"{self.options.tools}/fail_call", calls, str(at), str(number), str(self.place.root / log)]

    def run(self, scene, fault, at):
        """`fault`: a family of the preload, or system calls; None: none, and with `at` stacks."""
        self.place.clear()
        mark = ground.Mark(self.place.root / "mark")
        mark.path.unlink(missing_ok=True)
        counts = self.place.root / "counts"
        counts.unlink(missing_ok=True)
        environment = self.place.environment(**scene.environment)
        argv = [self.program, *scene.argv(self.names(scene))]
        if fault in FAMILIES or fault is None:
            environment.update(LD_PRELOAD=f"{self.options.tools}/fail_memory.so",
                               FAULT_PROGRAM=self.program, FAULT_COUNT=str(counts))
            if fault is None and at:
                environment.update(FAULT_STACKS=str(self.place.root / "stacks"))
            if fault:
                environment.update(FAULT=f"{fault}:{at}",
                                   FAULT_LOG=str(self.place.root / "where"))
                (self.place.root / "where").unlink(missing_ok=True)
        else:
            argv = [*self.failing(fault, at, CALLS.get(fault, 1), "counts"), *argv]
        # What the loader keeps is not told apart from leaks behind a preload.
        suppressed = self.place.root / "suppressed"
        suppressed.write_text("leak:dl_open_worker\n")
        environment.setdefault("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=1")
        environment.setdefault("LSAN_OPTIONS", f"suppressions={suppressed}:print_suppressions=0")
        outcome = self.place.run(argv, environment, 30 + 10 * scene.cost)
        outcome.mark = mark.read()
        return outcome

    def numbers(self, scene):
        """How often each call is made without faults: of the loader, and after it."""
        listed = ",".join(CALLS)
        self.run(scene, None, 1)
        self.stacks = ground.read_text(self.place.root / "stacks").split()
        counts = {fault: (0, count) for fault, count in self.counted("counts").items()}
        if self.loader is None:
            self.place.clear()
            self.place.run([*self.failing(listed, 0, 1, "loader"), self.program, "--version"],
                           self.place.environment(), 60)
            self.loader = self.counted("loader")
        if self.run(scene, listed, 0).status == 77:  # no such filter can be set here
            return counts
        calls = self.counted("counts")
        for fault in CALLS:
            base, count = (sum(of.get(name, 0) for name in fault.split(","))
                           for of in (self.loader, calls))
            counts[fault] = (base, max(0, count - base))
        return counts

    def counted(self, name):
        path = self.place.root / name
        ground.wait_until(lambda: ground.read_text(path).endswith("\n"), 2)
        return {name: int(count) for name, count in map(str.split, ground.read_text(path).splitlines())}

    # ---- what is asked of it ----

    def judge(self, scene, outcome, reference):
        found = []
        if outcome.hung:
            return [f"hangs: {outcome.hung}"]
        if outcome.status < 0:
            return [f"killed by signal {-outcome.status}"]
        if "Sanitizer" in outcome.err or "runtime error:" in outcome.err:
            found.append("sanitizer: " + outcome.err[-1500:])
        good = outcome.status == scene.good
        if not good and outcome.status not in scene.failed:
            found.append(f"status {outcome.status}")
        if not good and not outcome.err.strip():
            found.append(f"status {outcome.status} without a word")
        data = scene.read(self.place, outcome)
        if good and data is None:
            found.append("no output, and a status as if all were well")
        elif good:
            found += scenes.wrongs(scene, data, reference)
        elif data and scene.kind != "file":
            found += scenes.wrongs(scene, data, reference)
        found += self.leftovers(scene, outcome)
        return found + self.harm(scene, outcome)

    def leftovers(self, scene, outcome):
        found = [f"left in TMPDIR: {path.name}" for path in self.place.temporary.iterdir()]
        found += [f"left: {path.name}" for path in self.place.outputs.iterdir()
                  if path.name != scene.output]
        found += [f"left in shared memory: {path.name}" for path in self.place.memory.iterdir()]
        return found + [f"left running: {name}" for name in outcome.left]

    def harm(self, scene, outcome):
        if scene.kind == "attach":
            harm = self.running.harm()
            if harm:
                self.running.end()
                self.running = None
            return [harm] if harm else []
        begun, _, ended = outcome.mark
        if scene.kind == "launch" and begun and not ended:
            return ["the target was begun, but did not come to its end"]
        return []

    # ---- all of it ----

    def sweep_one(self, scene, fault, reference):
        if self.scene_tried and self.late():
            return
        base, count = self.counts.get(fault, (0, 0))
        points = self.points(scene, fault, count)
        tried = failed = 0
        found = []
        for at in points:
            if self.scene_tried and self.late():
                break
            self.scene_tried = True
            outcome = self.run(scene, fault, base + at)
            tried += 1
            failed += outcome.status != scene.good
            wrong = self.judge(scene, outcome, reference)
            if wrong or self.options.verbose:
                where = ground.read_text(self.place.root / "where") if fault in FAMILIES else ""
                self.complain(scene, fault, at, outcome, wrong, where)
            found += wrong[:1]
        if tried:
            self.tell_row(scene.name, fault, count, tried, failed, len(found))
        self.tried += tried
        self.failed += failed
        self.found += found

    def points(self, scene, fault, count):
        """Which of the calls fail."""
        if self.options.at:
            return [int(n) for n in self.options.at.split(",")]
        if self.options.quick or fault != "memory":
            return spread(count, self.options.quick, scene.cost)
        places = different(self.stacks)
        return [places[at - 1] for at in spread(len(places), False, scene.cost)]

    def complain(self, scene, fault, at, outcome, wrong, where):
        for text in wrong or ["borne"]:
            print(f"{'not ' * bool(wrong)}ok - {scene.name}: {fault} {at} "
                  f"(status {outcome.status}): {text}", flush=True)
        if wrong and where:
            print("# " + self.named(where).replace("\n", "\n# "))
        if outcome.err.strip():
            print("# said: " + outcome.err.strip()[:300].replace("\n", " | "), flush=True)

    def named(self, where):
        """A backtrace with the program's functions by name, if addr2line is there."""
        places = re.findall(re.escape(self.program) + r"\(\+(0x[0-9a-f]+)\)", where)
        try:
            names = subprocess.run(["addr2line", "-f", "-i", "-s", "-p", "-e", self.program, *places],
                                   capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            return where.strip()
        return names.strip()

    def late(self):
        return self.end and time.monotonic() > self.end

    def share_time(self, scenes_left):
        """The time that is left, by equal parts; a scene that is quick leaves more to others."""
        if self.last:
            now = time.monotonic()
            self.end = now + max(0, self.last - now) / scenes_left

    def all(self):
        wanted = self.options.call or list(FAMILIES) + list(CALLS)
        if ground.is_sanitized(self.program):  # these are mostly the sanitizer's own
            wanted = [call for call in wanted if call != "mmap" and "clone" not in call]
        self.tell_row("command", "what fails", "calls", "tried", "said so", "not borne")
        self.tell_row("---", "---", "--:", "--:", "--:", "--:")
        chosen = [scene for scene in scenes.SCENES
                  if not self.options.scene or scene.name in self.options.scene]
        for index, scene in enumerate(chosen):
            self.share_time(len(chosen) - index)
            self.scene_tried = False  # one at least, however slow the machine
            outcome = self.run(scene, None, 0)
            reference = scene.read(self.place, outcome)
            if outcome.status != scene.good or not reference:
                print(f"# {scene.name}: left out, status {outcome.status}: {outcome.err.strip()[:200]}")
                continue
            self.counts = self.numbers(scene)
            turn = index % len(wanted)  # each begins elsewhere, for the time may not suffice
            for fault in wanted[turn:] + wanted[:turn]:
                self.sweep_one(scene, fault, reference)
        if self.running:
            harm = self.running.end()
            self.found += [harm] if harm else []
        self.place.close()

    def tell_row(self, *row):
        """As it comes: who stops a long run has what was found by then."""
        if self.options.table:
            print("| " + " | ".join(map(str, row)) + " |", flush=True)

    def tell(self):
        print(f"# {self.tried} faults, {self.failed} told as failures, the others borne without; "
              f"{len(self.found)} not borne")


def main():
    parser = argparse.ArgumentParser()
    for name in ("--cachecheck", "--tools", "--tests"):
        parser.add_argument(name, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--scene", action="append")
    parser.add_argument("--call", action="append")
    parser.add_argument("--at")
    sweep = Sweep(parser.parse_args())
    sweep.all()
    sweep.tell()
    return 77 if not sweep.tried else 1 if sweep.found else 0


if __name__ == "__main__":
    sys.exit(main())
