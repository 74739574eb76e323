# SPDX-License-Identifier: MIT
"""One run of cachecheck in which one call fails, and what is asked of it; how often and where from
each call is made when none fails."""
import errno
import re
import subprocess
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


class Bench:
    """Where runs are tried, one after the other: a folder, and a target to attach to."""

    def __init__(self, options):
        self.tools, self.tests = (str(Path(path).resolve()) for path in (options.tools, options.tests))
        self.place = ground.Place()
        self.program = str(Path(options.cachecheck).resolve())
        self.target = f"{self.tools}/faults_target"
        self.running = None
        self.references, self.loader, self.prepared, self.harms = {}, {}, set(), []

    def close(self):
        """What the targets that were attached to came to at their end."""
        self.detach()
        self.place.close()
        return self.harms

    # ---- one run ----

    def names(self, scene):
        out = self.place.outputs
        return {"out": f"{out}/out.json", "html": f"{out}/out.html", "target": self.target,
                "mark": f"{self.place.root}/mark", "rounds": str(scene.rounds),
                "tests": self.tests, "results": f"{self.tests}/fuzz/corpus/result",
                "root": str(self.place.root),
                "pid": str(self.attach_to().pid) if scene.kind == "attach" else "0"}

    def attach_to(self):
        if not self.running:
            self.running = ground.Running(self.target, self.place.root)
        return self.running

    def detach(self):
        """It takes a CPU's time while nobody needs it."""
        harm = self.running.end() if self.running else None
        self.running = None
        self.harms += [harm] if harm else []

    def failing(self, calls, at, number, log):
        return [f"{self.tools}/fail_call", calls, str(at), str(number), str(self.place.root / log)]

    def prepare(self, scene):
        """What the scene needs besides, once for all its runs."""
        for name, text in scene.files.items():
            path = self.place.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        if scene.before and scene.before not in self.prepared:
            self.prepared.add(scene.before)
            words = [word.format(**self.names(scene)) for word in scene.before.split()]
            self.place.run([self.program, *words], self.place.environment(), 120)

    def run(self, scene, fault, at, more=None):
        """`fault`: a family of the preload, or system calls; None: none, and with `at` stacks."""
        self.prepare(scene)
        self.place.clear()
        if scene.kind != "attach":
            self.detach()
        mark = ground.Mark(self.place.root / "mark")
        for name in ("mark", "counts", "where"):
            (self.place.root / name).unlink(missing_ok=True)
        own = {name: value.format(**self.names(scene)) for name, value in scene.environment.items()}
        environment = self.place.environment(**own, **(more or {}))
        argv = [self.program, *scene.argv(self.names(scene))]
        if fault in FAMILIES or fault is None:
            environment.update(LD_PRELOAD=f"{self.tools}/fail_memory.so", FAULT_PROGRAM=self.program,
                               FAULT_COUNT=str(self.place.root / "counts"))
            if fault is None and at:
                environment.update(FAULT_STACKS=str(self.place.root / "stacks"))
            if fault:
                environment.update(FAULT=f"{fault}:{at}", FAULT_LOG=str(self.place.root / "where"))
        else:
            argv = [*self.failing(fault, at, CALLS.get(fault, 1), "counts"), *argv]
        # What the loader keeps is not told apart from leaks behind a preload.
        suppressed = self.place.root / "suppressed"
        suppressed.write_text("leak:dl_open_worker\n")
        environment.setdefault("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=1")
        environment.setdefault("LSAN_OPTIONS", f"suppressions={suppressed}:print_suppressions=0")
        outcome = self.place.run(argv, environment, 30 + 10 * min(scene.cost, 30), scene.folder)
        outcome.mark = mark.read()
        return outcome

    def reference(self, scene):
        """What the scene gives without faults; None and why if it is not `good` then."""
        if scene.name not in self.references:
            outcome = self.run(scene, None, 0)
            data = scene.read(self.place, outcome)
            good = outcome.status == scene.good and data
            self.references[scene.name] = ((data, None) if good else
                                           (None, f"status {outcome.status}: {outcome.err.strip()[:200]}"))
        return self.references[scene.name]

    # ---- without faults: how often, and from where ----

    def stacks(self, scene, faults, tell=True):
        """Of each fault: how many calls the loader makes, and a word for the stack of each after them;
        without `tell` an empty one, which is quicker."""
        listed = ",".join(fault for fault in faults if fault not in FAMILIES)
        found = {}
        if any(fault in FAMILIES for fault in faults):
            (self.place.root / "stacks").unlink(missing_ok=True)
            self.run(scene, None, tell)
            memory = ground.read_text(self.place.root / "stacks").split()
            for family, count in self.counted("counts").items():
                found[family] = (0, memory if family == "memory" and tell else [""] * count)
        if not listed:
            return found
        (self.place.root / "calls").unlink(missing_ok=True)
        told = {"FAIL_STACKS": str(self.place.root / "calls")} if tell else {}
        if self.run(scene, listed, 0, told).status == 77:
            return found  # no such filter can be set here
        made = self.counted("counts")
        lines = [line.split() for line in ground.read_text(self.place.root / "calls").splitlines()]
        for fault in faults:
            if fault not in FAMILIES:
                names = fault.split(",")
                base = sum(self.calls_of_loader().get(name, 0) for name in names)
                stacks = ([stack for name, stack in lines if name in names] if tell else
                          [""] * sum(made.get(name, 0) for name in names))
                found[fault] = (base, stacks[base:])
        return found

    def calls_of_loader(self):
        if not self.loader:
            self.place.clear()
            self.place.run([*self.failing(",".join(CALLS), 0, 1, "loader"), self.program, "--version"],
                           self.place.environment(), 60)
            self.loader = self.counted("loader")
        return self.loader

    def counted(self, name):
        """What is counted is written behind the end of what was run."""
        path = self.place.root / name
        ground.wait_until(lambda: ground.read_text(path).endswith("\n"), 5)
        return {name: int(count) for name, count in map(str.split, ground.read_text(path).splitlines())}

    # ---- what is asked of it ----

    def attempt(self, scene, fault, at):
        """The status, what was not borne, what was said, and where it failed."""
        outcome = self.run(scene, fault, at)
        wrong = self.judge(scene, outcome, self.references[scene.name][0])
        where = ground.read_text(self.place.root / "where") if wrong and fault in FAMILIES else ""
        return outcome.status, wrong, outcome.err.strip()[:300], where and self.named(where)

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

    def named(self, where):
        """A backtrace with the program's functions by name, if addr2line is there."""
        places = re.findall(re.escape(self.program) + r"\(\+(0x[0-9a-f]+)\)", where)
        try:
            names = subprocess.run(["addr2line", "-f", "-i", "-s", "-p", "-e", self.program, *places],
                                   capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            return where.strip()
        return names.strip()
