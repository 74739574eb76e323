# SPDX-License-Identifier: MIT
"""What the tests of faults stand on: targets that tell how far they are, runs of cachecheck that
are watched to their end, and what either must not leave behind."""
import ctypes
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from pathlib import Path

TARGET_STATUS = 7


def own_memory(folder):
    """Make that folder /dev/shm for this process and those that it starts: others leave theirs
    there, too. False if that is not allowed (not root): then nobody looks at shared memory."""
    CLONE_NEWNS, MS_BIND, MS_REC_PRIVATE = 0x20000, 0x1000, 0x4000 | 0x40000
    libc = ctypes.CDLL(None)
    return (libc.unshare(CLONE_NEWNS) == 0 and
            libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None) == 0 and
            libc.mount(str(folder).encode(), b"/dev/shm", None, MS_BIND, None) == 0)


def read_text(path):
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def is_sanitized(program):
    """Built with AddressSanitizer, which has memory of its own, and keeps what was freed for a while."""
    return b"__asan_init" in Path(program).read_bytes()


def status_of(tid, pid=None):
    """State and tracer of a thread, as /proc tells; None when it is gone."""
    text = read_text(f"/proc/{pid or tid}/task/{tid}/status")
    found = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    if "State" not in found:
        return None
    return found["State"].strip()[0], int(found["TracerPid"])


def session_members(session):
    """Processes of that session, without zombies that only wait for us. They came after it, so that
    only higher numbers are looked at (of 4 million, before they begin anew)."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) < session:
            continue
        rest = read_text(f"/proc/{entry}/stat").rpartition(")")[2].split()
        if len(rest) > 3 and rest[3] == str(session) and rest[0] != "Z":
            found.append(int(entry))
    return found


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Mark:
    """The file in which a target says how far it is."""

    def __init__(self, path):
        self.path = Path(path)

    def read(self):
        data = self.path.read_bytes() if self.path.exists() else b""
        return struct.unpack("3Q", data) if len(data) == 24 else (0, 0, 0)

    begun = property(lambda self: self.read()[0])
    turns = property(lambda self: self.read()[1])
    ended = property(lambda self: self.read()[2])


class Running:
    """A target that runs already, and that cachecheck attaches to."""

    def __init__(self, program, folder):
        self.mark = Mark(Path(folder) / "attached")
        self.mark.path.unlink(missing_ok=True)
        self.process = subprocess.Popen([program, self.mark.path, "0"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        start_new_session=True)
        self.pid = self.process.pid
        if not wait_until(lambda: self.mark.turns > 0, 20):
            raise RuntimeError("the target does not run")

    def harm(self):
        """What was done to it; None if it is as it ever was."""
        if self.process.poll() is not None:
            return f"the target ended with {self.process.returncode}"

        def free():
            states = [status_of(tid, self.pid) for tid in os.listdir(f"/proc/{self.pid}/task")]
            return all(state and state[0] not in "Tt" and not state[1] for state in states)

        try:
            if not wait_until(free, 1):
                return "the target is left stopped or traced"
        except OSError:
            return "the target is gone"
        turns = self.mark.turns
        if not wait_until(lambda: self.mark.turns > turns, 5):
            return "the target makes no progress"
        return None

    def end(self):
        """Ask it to end; None if it does so with the status that it has."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "the target does not end when asked to"
        return None if status == TARGET_STATUS else f"the target's status is {status}"


class Outcome:
    """How a run ended. `hung` holds where its threads were, if it did not end by itself."""

    def __init__(self, status, out, err, hung, left):
        self.status, self.out, self.err, self.hung, self.left = status, out, err, hung, left


def where_it_hangs(pid):
    lines = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return "gone"
    for tid in tasks:
        base = f"/proc/{pid}/task/{tid}"
        lines.append(" ".join([read_text(f"{base}/comm").strip(), str(status_of(tid, pid)),
                               read_text(f"{base}/syscall").split(" ")[0]]))
    return "; ".join(lines)


class Place:
    """A folder of its own for each run: what is left in it counts."""

    def __init__(self):
        self.root = Path(tempfile.mkdtemp(prefix="faults-"))
        self.temporary = self.root / "tmp"
        self.outputs = self.root / "out"
        self.memory = self.root / "shm"
        for folder in (self.temporary, self.outputs, self.memory):
            folder.mkdir()
        own_memory(self.memory)

    def clear(self):
        for folder in (self.temporary, self.outputs, self.memory):
            for entry in os.scandir(folder):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    os.unlink(entry.path)

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def environment(self, **more):
        return {**os.environ, "TMPDIR": str(self.temporary), "HOME": str(self.root),
                "XDG_CACHE_HOME": str(self.root / "cache"), "CACHECHECK_BASELINES":
                str(self.root / "baselines"), "LC_ALL": "C", "NO_COLOR": "1", **more}

    def run(self, argv, environment, seconds, folder="."):
        """Run to the end; at the latest after `seconds`, when its whole session is killed."""
        out, err = self.root / "stdout", self.root / "stderr"
        with open(out, "wb") as to, open(err, "wb") as errors:
            process = subprocess.Popen([str(word) for word in argv], env=environment, stdout=to,
                                       stderr=errors, stdin=subprocess.DEVNULL,
                                       start_new_session=True, cwd=self.root / folder)
        hung = ""
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            hung = where_it_hangs(process.pid)
            kill_session(process.pid)
            process.wait()
        left = []
        if not wait_until(lambda: not session_members(process.pid), 1):
            left = [read_text(f"/proc/{pid}/comm").strip() for pid in session_members(process.pid)]
            kill_session(process.pid)
        return Outcome(process.returncode, out.read_bytes(), read_text(err), hung, left)


def kill_session(session):
    for pid in session_members(session):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
