# SPDX-License-Identifier: MIT
"""
usage: soak.py --cachecheck FILE [--seconds N] [--short] [--table]
stat, numa and sharing (watch) attached to a redis-server under load for a long time. Half of the
time goes to windows by turns with and without each tool: what it takes of the throughput. In the
other half all three look on at once, and must not grow, nor lose or make up counts.
--short has 10 s of the second half, and judges no time.
Exit status: 0, 1 when something was not so, 77 without redis-server or what the tools need.
"""
import argparse
import json
import math
import os
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
PAGE = os.sysconf("SC_PAGE_SIZE")
GROWTH, GROWTH_BYTES = 0.05, 2 << 20  # what counts as flat: the larger of both
# Nor is this growth: a thread that rests (probes/watch/rests.h) comes back with five.
DESCRIPTORS = 16
PATIENCE_S = 180  # for the end of a process, on a machine that many share


class Server:
    """A redis-server on a socket of its own, and clients that never stop."""

    def __init__(self, folder):
        self.socket = f"{folder}/redis.sock"
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", "--appendonly",
             "no", "--io-threads", "2", "--dir", str(folder)], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self.pid = self.process.pid
        if not ground.wait_until(lambda: self.ask("PING").startswith("+PONG"), 20):
            raise RuntimeError("redis-server does not answer")
        self.clients = subprocess.Popen(
            ["redis-benchmark", "-s", self.socket, "-q", "-l", "-c", "8", "-t", "set,get,incr"],
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


class Soak:
    def __init__(self, options):
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix="soak-"))
        (self.folder / "tmp").mkdir()
        self.failures = 0
        self.server = Server(self.folder)

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
        """Pairs of windows, the first of a pair now with and now without."""
        length = max(2.0, min(10.0, seconds / (len(names) * 8)))
        ratios = {name: [] for name in names}
        end = time.monotonic() + seconds
        turn = 0
        while time.monotonic() + 2 * length < end:
            name = names[turn % len(names)]
            first = turn // len(names) % 2
            rates = {}
            for with_tool in (first, 1 - first):
                process = self.start(name, "--duration", str(length + 5)) if with_tool else None
                time.sleep(0.5)  # the start itself is no part of it
                rates[with_tool] = self.server.rate(length)
                if process:
                    process.send_signal(signal.SIGINT)
                    process.wait(PATIENCE_S)
            ratios[name].append(rates[1] / rates[0])
            turn += 1
        return {name: interval(found) for name, found in ratios.items() if len(found) > 1}

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
            self.server.process.kill()
            self.server.clients.kill()
            shutil.rmtree(self.folder, ignore_errors=True)

    def parts(self):
        names = [name for name in TOOLS if self.works(name)]
        if not names:
            self.server.end()
            return 77
        seconds = 10 if self.options.short else self.options.seconds / 2
        costs = {} if self.options.short else self.cost(names, self.options.seconds / 2)
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


def interval(ratios):
    """Geometric mean of ratios and its 95 % interval, by Student's t over their logarithms."""
    t95 = [0, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13,
           2.12, 2.11, 2.10, 2.09, 2.09]
    logs = [math.log(ratio) for ratio in ratios]
    mean = statistics.mean(logs)
    half = t95[min(len(logs) - 1, 20)] * statistics.stdev(logs) / math.sqrt(len(logs))
    return math.exp(mean), math.exp(mean - half), math.exp(mean + half), len(ratios)


def tell(costs, rows, seconds):
    print(f"\n{seconds:.0f} s in all; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs\n")
    print("| tool | throughput with : without | 95 % | pairs | memory, early to late | descriptors |\n"
          "|---|--:|--:|--:|--:|--:|")
    for name, early, late, files, last in rows:
        ratio, low, high, count = costs.get(name, (math.nan, math.nan, math.nan, 0))
        print(f"| {name} | {ratio:.3f} | {low:.3f}-{high:.3f} | {count} | "
              f"{early / 2**20:.1f} to {late / 2**20:.1f} MiB | {files} to {last} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cachecheck", required=True)
    parser.add_argument("--tools")  # as the tests beside this one are called
    parser.add_argument("--tests")
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    if not shutil.which("redis-server") or not shutil.which("redis-benchmark"):
        print("# redis-server is not installed")
        return 77
    return Soak(options).all()


if __name__ == "__main__":
    sys.exit(main())
