# SPDX-License-Identifier: MIT
"""
usage: soak.py --cachecheck FILE [--seconds N] [--short] [--table]
stat, numa and sharing (watch) attached to a redis-server under load for a long time. Two thirds of
the time go to windows by turns with and without each tool: what it takes of the throughput. In the
rest all three look on at once, and must not grow, nor lose or make up counts.
--short has 10 s of the second part, and judges no time.

Throughput is taken on one CPU, which server, clients and tool share: all that a tool takes is taken
from the server. On several, where the server happens to run beside its clients decides more than a
tool does: windows with nothing attached differed by a tenth. Two controls are treated as tools are:
one that does nothing, and one of which it is known what it takes. It is told by the second of time,
and by the second of that CPU that the three were given: only the former knows of other programs.
Exit status: 0, 1 when something was not so, 77 without redis-server or what the tools need.
"""
import argparse
import json
import math
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ground

TOOLS = {
    "stat": ["stat", "--backend", "software", "-e", "task-clock,page-faults,context-switches"],
    "numa": ["numa"],
    "sharing": ["sharing", "--backend", "watch"],
}
PYTHON = [sys.executable, "-S", "-c"]
CONTROLS = {
    "nothing": [*PYTHON, "import time; time.sleep(1e6)"],
    "2 % of a CPU": [*PYTHON, "from time import *\nwhile True:\n e = perf_counter() + 4e-4\n"
                     " while perf_counter() < e: pass\n sleep(0.0196)"],
}
AIMS = {"stat": 0.98, "numa": 0.98, "sharing": 0.95}
SETTLE_S, WINDOW_S = 0.5, 1.5  # a start is no part of a window
DRAWS = 2000
PAGE = os.sysconf("SC_PAGE_SIZE")
GROWTH, GROWTH_BYTES = 0.05, 2 << 20  # what counts as flat: the larger of both
# Nor is this growth: a thread that rests (probes/watch/rests.h) comes back with five.
DESCRIPTORS = 16
PATIENCE_S = 180  # for the end of a process, on a machine that many share


class Server:
    """A redis-server on a socket of its own, and clients that never stop."""

    def __init__(self, folder, clients=8, io_threads=2):
        self.socket = f"{folder}/redis.sock"
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", "--appendonly",
             "no", "--io-threads", str(io_threads), "--dir", str(folder)], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self.pid = self.process.pid
        self.clients = None
        if not ground.wait_until(lambda: self.ask("PING").startswith("+PONG"), 20):
            self.kill()
            raise RuntimeError("redis-server does not answer")
        self.clients = subprocess.Popen(
            ["redis-benchmark", "-s", self.socket, "-q", "-l", "-c", str(clients), "-t",
             "set,get,incr"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    def ask(self, command):
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(10)
                client.connect(self.socket)
                client.sendall(command.encode() + b"\r\n")
                return client.recv(65536).decode(errors="replace")
        except OSError:
            return ""

    def served(self):
        for line in self.ask("INFO stats").splitlines():
            if line.startswith("total_commands_processed:"):
                return int(line.split(":")[1])
        raise RuntimeError("redis-server does not tell what it served")

    def rate(self, seconds):
        before, began = self.served(), time.monotonic()
        time.sleep(seconds)
        return (self.served() - before) / (time.monotonic() - began)

    def end(self):
        self.clients.kill()
        self.clients.wait()
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def kill(self):
        self.process.kill()
        if self.clients:
            self.clients.kill()


class Soak:
    def __init__(self, options):
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix="soak-"))
        (self.folder / "tmp").mkdir()
        self.failures = 0
        self.server = None
        self.own = None  # of the last window with a tool

    def check(self, what, good, more=""):
        print(f"{'' if good else 'not '}ok - {what}{f': {more}' if more else ''}", flush=True)
        self.failures += not good
        return good

    def start(self, name, *more):
        out = open(self.folder / f"{name}.lines", "wb")
        err = open(self.folder / f"{name}.err", "wb")
        return subprocess.Popen(
            [self.options.cachecheck, *TOOLS[name], "-q", "--format", "json", *more, "-p",
             str(self.server.pid)], stdout=out, stderr=err, stdin=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": str(self.folder / "tmp")})

    def works(self, name):
        process = self.start(name, "--duration", "0.5")
        good = process.wait(PATIENCE_S) == 0
        if not good:
            print(f"# {name} is left out: {ground.read_text(self.folder / f'{name}.err').strip()[:200]}")
        return good

    # ---- what it costs ----

    def cost(self, names, seconds):
        """By name: what is left of the throughput, and what the program itself took."""
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {max(allowed)})  # whatever is started from here on, too
        try:
            self.server = Server(self.folder, clients=50, io_threads=1)
            costs = self.pairs([*CONTROLS, *names], seconds)
            self.check("the server's own status, alone on a CPU", self.server.end() == 0)
        finally:
            os.sched_setaffinity(0, allowed)
        for name in names:
            self.check(f"{name} may leave {AIMS[name]} of the throughput", costs[name].by_cpu[2] >= AIMS[name],
                       "{:.3f} by CPU time, 95 % {:.3f}-{:.3f}".format(*costs[name].by_cpu))
        return costs

    def pairs(self, names, seconds):
        """Each window with a tool is between two without, in an order that chance chooses."""
        found = {name: [] for name in names}
        end = time.monotonic() + seconds
        before = self.window(None)
        while time.monotonic() < end:
            for name in random.sample(names, len(names)):
                rates, own = self.window(name), self.own
                after = self.window(None)
                left = [rate - (b + a) / 2 for rate, b, a in zip(rates, before, after)]
                found[name].append((*left, *own))
                before = after
        return {name: Cost(rows) for name, rows in found.items()}

    def window(self, name):
        """Logarithms of the rate by time and by CPU time; `own`: a tool's share of a CPU, and what
        its start and end took."""
        began = time.monotonic()
        process = name and (subprocess.Popen(CONTROLS[name], stdin=subprocess.DEVNULL)
                            if name in CONTROLS else self.start(name, "--duration", "60"))
        time.sleep(SETTLE_S)
        all_pids = [self.server.pid, self.server.clients.pid, *([process.pid] if process else [])]
        first, ran = time.monotonic(), [run_time(pid) for pid in all_pids]
        rate = self.server.rate(WINDOW_S)
        length = time.monotonic() - first
        ran = [run_time(pid) - before for pid, before in zip(all_pids, ran)]
        if process:
            self.own = self.finish(name, process, ran[-1] / length, began)
        return math.log(rate), math.log(rate * length / sum(ran))

    def finish(self, name, process, share, began):
        process.send_signal(signal.SIGTERM if name in CONTROLS else signal.SIGINT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if name not in CONTROLS and process.returncode:
            self.check(f"{name} ends clean", False, f"status {process.returncode}")
        return share, usage.ru_utime + usage.ru_stime - share * (time.monotonic() - began)

    # ---- whether it grows ----

    def look_on(self, names, seconds):
        most = ["--duration", str(seconds + 60)]
        tools = {name: self.start(name, *most, *(["-I", "500"] if name == "stat" else []))
                 for name in names}
        sizes = {name: [] for name in names}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(min(1.0, seconds / 40))
            for name, process in tools.items():
                sizes[name].append(size_of(process.pid))
        rows = []
        for name, process in tools.items():
            process.send_signal(signal.SIGINT)
            status = process.wait(PATIENCE_S)
            said = ground.read_text(self.folder / f"{name}.err").strip()
            self.check(f"{name} ends clean", status == 0, f"status {status} {said[:200]}" if status else "")
            self.check_flat(name, sizes[name], rows)
        if "stat" in names:
            self.check_counts()
        return rows

    def check_flat(self, name, sizes, rows):
        quarter = len(sizes) // 4
        if not self.check(f"{name} looked on", quarter > 0 and None not in sizes):
            return
        early, late = sizes[quarter:2 * quarter], sizes[-quarter:]
        memory = [statistics.median(size[0] for size in part) for part in (early, late)]
        files = [max(size[1] for size in part) for part in (early, late)]
        growth = GROWTH_BYTES * (16 if ground.is_sanitized(self.options.cachecheck) else 1)
        flat = memory[1] - memory[0] <= max(growth, GROWTH * memory[0])
        self.check(f"{name}'s memory stays", flat, f"{memory[0] / 2**20:.1f} to {memory[1] / 2**20:.1f} MiB")
        self.check(f"{name}'s descriptors stay", files[1] <= files[0] + DESCRIPTORS, f"{files[0]} to {files[1]}")
        rows.append((name, *memory, *files))

    def check_counts(self):
        lines = [json.loads(line) for line in
                 ground.read_text(self.folder / "stat.lines").splitlines() if line.strip()]
        last, intervals = lines[-1], lines[:-1]
        cpus = os.cpu_count()
        added = {}
        for line in intervals:
            for name, cell in line.get("totals", line.get("counts", {})).items():
                added[name] = added.get(name, 0) + cell.get("value", 0)
        for name, cell in last["totals"].items():
            total = cell["value"]
            rows = sum(row["counts"][name]["value"] for row in last["threads"])
            self.check(f"{name}: threads add up to the total", abs(rows - total) <= max(8, total * 1e-3),
                       f"{rows} of {total}")
            if name in added:
                self.check(f"{name}: intervals add up to the total",
                           abs(added[name] - total) <= max(64, total * 0.02), f"{added[name]} of {total}")
        self.check("there were intervals", len(intervals) > 2)
        most = last["target"]["elapsed_s"] * cpus * 1e9
        self.check("no more time than there was", last["totals"]["task-clock"]["value"] <= most * 1.02)

    def unharmed(self):
        tids = os.listdir(f"/proc/{self.server.pid}/task")
        states = [ground.status_of(tid, self.server.pid) for tid in tids]
        self.check("the server is neither stopped nor traced",
                   all(state and state[0] not in "Tt" and not state[1] for state in states))
        self.check("the server answers", self.server.ask("PING").startswith("+PONG"))

    def all(self):
        """0, 1 or 77 to end with; the server never outlives us."""
        try:
            return self.parts()
        finally:
            if self.server:
                self.server.kill()
            shutil.rmtree(self.folder, ignore_errors=True)

    def parts(self):
        self.server = Server(self.folder)
        names = [name for name in TOOLS if self.works(name)]
        if not names:
            self.server.end()
            return 77
        seconds, costs = 10, {}
        if not self.options.short:
            self.server.end()
            seconds = self.options.seconds / 3
            costs = self.cost(names, 2 * seconds)
            self.server = Server(self.folder)
        rows = self.look_on(names, seconds)
        self.unharmed()
        self.check("nothing is left in TMPDIR", not list((self.folder / "tmp").iterdir()))
        self.check("the server's own status", self.server.end() == 0)
        if self.options.table:
            tell(costs, rows, self.options.seconds)
        return 1 if self.failures else 0


def size_of(pid):
    """Resident bytes and open descriptors; None when it has ended."""
    try:
        pages = int(ground.read_text(f"/proc/{pid}/statm").split()[1])
        return pages * PAGE, len(os.listdir(f"/proc/{pid}/fd"))
    except (OSError, IndexError):
        return None


def run_time(pid):
    """Seconds that its threads ran so far."""
    return sum(int(ground.read_text(f"/proc/{pid}/task/{tid}/schedstat").split()[0])
               for tid in os.listdir(f"/proc/{pid}/task")) * 1e-9


def middle_half(values):
    """Their mean without the lower and upper quarter: other programs' turns make outliers."""
    cut = len(values) // 4
    return statistics.mean(sorted(values)[cut:len(values) - cut])


def interval(logs):
    """The ratio that they are of, and its bootstrapped 95 % interval."""
    drawn = sorted(middle_half(random.choices(logs, k=len(logs))) for _ in range(DRAWS))
    return [math.exp(log) for log in (middle_half(logs), drawn[DRAWS * 25 // 1000],
                                      drawn[DRAWS * 975 // 1000])]


class Cost:
    """Of all pairs of one tool: what is left of the throughput, and what it took itself."""

    def __init__(self, rows):
        by_time, by_cpu, share, rest = zip(*rows)
        self.count = len(rows)
        self.by_time, self.by_cpu = interval(by_time), interval(by_cpu)
        self.share, self.rest = statistics.median(share), statistics.median(rest)


def tell(costs, rows, seconds):
    print(f"\n{seconds:.0f} s in all; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs\n")
    print("| beside the server | throughput with : without | 95 % | by CPU time | 95 % | pairs | of a CPU "
          "| start and end |\n|---|--:|--:|--:|--:|--:|--:|--:|")
    for name, cost in costs.items():
        cells = [f"{middle:.3f} | {low:.3f}-{high:.3f}" for middle, low, high in (cost.by_time, cost.by_cpu)]
        print(f"| {name} | {' | '.join(cells)} | {cost.count} | {100 * cost.share:.2f} % | "
              f"{1000 * cost.rest:.0f} ms |")
    print("\n| tool | memory, early to late | descriptors |\n|---|--:|--:|")
    for name, early, late, files, last in rows:
        print(f"| {name} | {early / 2**20:.1f} to {late / 2**20:.1f} MiB | {files} to {last} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cachecheck", required=True)
    parser.add_argument("--tools")  # as the tests beside this one are called
    parser.add_argument("--tests")
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    if not shutil.which("redis-server") or not shutil.which("redis-benchmark"):
        print("# redis-server is not installed")
        return 77
    return Soak(options).all()


if __name__ == "__main__":
    sys.exit(main())
