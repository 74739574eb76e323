# SPDX-License-Identifier: MIT
"""
usage: kill.py --cachecheck FILE --tools DIR --tests DIR [--times N] [--seed N]
Kills cachecheck with SIGKILL at random moments, attached and with programs that it launched.
What it was attached to must go on as if nothing had been; what it launched comes to its own end;
files are whole or not there; and what is left behind in folders for temporary files is gone when
the next run has ended. Exit status: 0, 1 when something was not so.
"""
import argparse
import json
import random
import signal
import subprocess
import sys
import time

import ground
from scenes import SCENES

NAMES = ("stat", "stat traced", "stat -p", "numa", "numa -p", "sharing watch", "sharing watch -p",
         "stat simulate", "sharing simulate", "hotspots")


class Killing:
    def __init__(self, options):
        self.options = options
        self.place = ground.Place()
        self.target = f"{options.tools}/faults_target"
        self.running = ground.Running(self.target, self.place.root)
        self.failures = self.killed = 0
        self.length = {}

    def complain(self, scene, moment, text):
        self.failures += 1
        print(f"not ok - {scene.name}, killed after {moment:.3f} s: {text}", flush=True)

    def start(self, scene):
        self.place.clear()
        mark = ground.Mark(self.place.root / "mark")
        mark.path.unlink(missing_ok=True)
        names = {"out": self.place.outputs / "out.json", "target": self.target, "mark": mark.path,
                 "rounds": scene.rounds, "tests": self.options.tests, "pid": self.running.pid,
                 "results": "", "html": ""}
        argv = [self.options.cachecheck, *scene.argv(names)]
        return mark, subprocess.Popen(argv, env=self.place.environment(**scene.environment),
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL, start_new_session=True)

    def measure(self, scene):
        """How long a run takes that nobody kills; the moment is somewhere in it."""
        began = time.monotonic()
        _, process = self.start(scene)
        process.wait()
        self.length[scene.name] = time.monotonic() - began
        return process.returncode == scene.good

    def once(self, scene, moment):
        mark, process = self.start(scene)
        time.sleep(moment)
        process.kill()
        late = process.wait() != -signal.SIGKILL
        self.killed += not late
        self.length[scene.name] *= 0.9 if late else 1.02  # as busy as the machine is now
        for problem in [*self.files(), self.targets(scene, process.pid, mark)]:
            if problem:
                self.complain(scene, moment, problem)

    def files(self):
        """A name that ends in .tmp is what is renamed when it is whole."""
        for path in self.place.outputs.iterdir():
            try:
                if path.suffix != ".tmp":
                    json.loads(path.read_bytes())
            except ValueError:
                yield f"{path.name} is half written"

    def targets(self, scene, session, mark):
        if scene.kind == "attach":
            return self.running.harm()

        def over():
            return not ground.session_members(session)

        if not ground.wait_until(over, 60):
            left = [f"{ground.read_text(f'/proc/{pid}/comm').strip()} {ground.status_of(pid)}"
                    for pid in ground.session_members(session)]
            ground.kill_session(session)
            return f"left running: {left}"
        if mark.begun and not mark.ended:
            return "the target did not come to its own end"
        return None

    def swept(self, scene):
        """The next run of the same leaves nothing, neither of its own nor of those killed."""
        _, process = self.start_again(scene)
        process.wait()
        left = [path.name for folder in (self.place.temporary, self.place.memory)
                for path in folder.iterdir()]
        if left:
            self.complain(scene, 0, f"the next run leaves {left}")

    def start_again(self, scene):
        kept, self.place.clear = self.place.clear, lambda: None
        try:
            return self.start(scene)
        finally:
            self.place.clear = kept

    def all(self):
        chosen = [scene for scene in SCENES if scene.name in NAMES and self.measure(scene)]
        for count in range(self.options.times):
            scene = chosen[count % len(chosen)]
            self.once(scene, random.uniform(0, self.length[scene.name]))
            if count >= self.options.times - len(chosen):
                self.swept(scene)
        problem = self.running.end()
        if problem:
            self.failures += 1
            print(f"not ok - at the end: {problem}")
        self.place.close()
        print(f"# {self.options.times} runs, {self.killed} killed before their end, "
              f"{self.failures} failures")


def main():
    parser = argparse.ArgumentParser()
    for name in ("--cachecheck", "--tools", "--tests"):
        parser.add_argument(name, required=True)
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    killing = Killing(options)
    killing.all()
    return 1 if killing.failures else 0


if __name__ == "__main__":
    sys.exit(main())
