#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""peak.py COMMAND...: the highest memory of a command and all its children, in MiB: the sum of
their proportional set sizes (PSS), so that what several of them map counts once. Looked at
every 2 ms at first, later every 20: a shorter peak is missed, and a command that is over at
once may show less than it had. One line: MiB, exit status."""
import os
import subprocess
import sys
import time


def processes(session):
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if os.getsid(int(entry)) == session:
                    yield entry
            except ProcessLookupError:
                pass


def pss(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0


def main():
    child = subprocess.Popen(sys.argv[1:], start_new_session=True, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    looks = 0
    while child.poll() is None:
        peak = max(peak, sum(pss(pid) for pid in processes(child.pid)))
        looks += 1
        time.sleep(0.002 if looks < 100 else 0.02)
    print(f"{peak / 1024:.1f} {child.returncode}")



main()
