# SPDX-License-Identifier: MIT
"""What is run under faults: every command, in each of its ways."""
import json
import re
from pathlib import Path

# What differs from run to run, or says how the run was and not what was found.
VOLATILE = {"pid", "tid", "tids", "elapsed_s", "user_s", "system_s", "start", "when", "residency",
            "cpus", "address", "range", "first", "interval", "tool", "verify", "argv", "notes", "why",
            "thread_ids"}


class Scene:
    """
    A command line, with {names} that a run fills in. `kind`: it launches a target, attaches to
    one, or reads files. `exact`: what it prints is the same each time; `near`: totals differ by
    that share at most, as the environment moves the stack. `good`: its status when all is well;
    `failed`: the documented ones when cachecheck itself fails. `cost`: tenths of a second that a run
    takes, more or less; of what costs more fewer calls fail. `files` it finds in its `folder`, and what the command
    line `before` leaves; `quick`: it is tried when time is short, too.
    """

    def __init__(self, name, words, kind="file", exact=True, good=0, failed=(2,), cost=1,
                 environment=None, output="out.json", rounds=2000, near=0, files=None, folder=".",
                 before="", quick=True):
        self.name, self.words, self.kind, self.exact = name, words.split(), kind, exact
        self.near, self.files, self.folder, self.before = near, files or {}, folder, before
        self.quick = quick
        self.good, self.failed, self.cost, self.rounds = good, failed, cost, rounds
        self.environment, self.output = environment or {}, output

    def argv(self, names):
        return [word.format(**names) for word in self.words]

    def read(self, place, outcome):
        """The document that was written; None: none."""
        path = place.outputs / self.output
        if path.exists():
            return path.read_bytes()
        return outcome.out if "{out}" not in " ".join(self.words) else None


def launched(name, words, **more):
    return Scene(name, words + " -q --format json -o {out} -- {target} {mark} {rounds}", "launch", good=7,
                 failed=(125, 126, 127), **more)


def attached(name, words, **more):
    return Scene(name, words + " -q --format json -o {out} -p {pid}", "attach", exact=False, failed=(125,),
                 **more)


PROJECT = {
    "project/pages.h": "#define PAGES 40L\n",
    "project/same.diff": "--- a/pages.h\n+++ b/pages.h\n@@ -1 +1,2 @@\n #define PAGES 40L\n+/* many */\n",
}

# Where the target says that its source is, seen from the folder of a build within the tree.
SOURCE = {"build/x/folder": "", "tests/faults/target.c": Path(__file__).with_name("target.c").read_text()}

SCENES = [
    launched("stat", "stat --backend software", exact=False),
    launched("stat traced", "stat --backend software", exact=False,
             environment={"CACHECHECK_THREADS": "trace"}),
    launched("stat intervals", "stat --backend software -I 10 -r 2", exact=False),
    attached("stat -p", "stat --backend software --duration 0.1"),
    launched("numa", "numa", exact=False),
    attached("numa -p", "numa"),
    attached("numa exact -p", "numa --exact"),
    launched("sharing watch", "sharing --backend watch", exact=False, rounds=3000000, cost=4),
    attached("sharing watch -p", "sharing --backend watch --duration 0.3", cost=4),
    launched("stat simulate", "stat --backend simulate", exact=False, near=0.05, rounds=200, cost=6),
    launched("sharing simulate", "sharing --backend simulate", rounds=200, cost=8),
    launched("hotspots", "hotspots", rounds=200, cost=8),
    Scene("hotspots annotated", "hotspots -q --annotate hot -- {target} {mark} {rounds}", "launch",
          good=7, failed=(125, 126, 127), exact=False, rounds=200, cost=12, quick=False),
    Scene("compare", "compare -r 2 -q --format json -o {out} -- true --- true", failed=(125, 126),
          exact=False, cost=2),
    Scene("verify", "verify --measure runs -r 2 -m page-faults --threshold 50 --patch same.diff --build true -q "
          "--format json -o {out} -- {target} {mark} {rounds} 0", good=1, exact=False, cost=4, files=PROJECT,
          folder="project"),
    Scene("verify model", "verify --measure model --patch same.diff --build true -q "
          "--format json -o {out} -- {target} {mark} {rounds} 0", good=1, exact=False, cost=12, files=PROJECT,
          folder="project", rounds=200, quick=False),
    Scene("machine", "machine -o {out}"),
    Scene("machine text", "machine"),
    Scene("machine measure", "machine --measure --quick --format json -o {out}", exact=False, cost=160,
          quick=False, environment={"XDG_CACHE_HOME": "{root}/measuring"}),  # below is what is kept
    Scene("machine measured", "machine --measured --format json -o {out}", quick=False,
          before="machine --measure --quick"),
    Scene("machine captured", "machine --root {root}/kept.tar --format json -o {out}",
          before="machine --capture {root}/kept.tar"),
    Scene("machine capture", "machine --capture {out}", exact=False, output="out.json"),
    Scene("machine xml", "machine --xml {tests}/machines/guest-2nodes.xml --format json -o {out}"),
    Scene("machine check", "machine --check", exact=False, cost=3),
    Scene("diff", "diff --threshold 1 --format json -o {out} {results}/simulate.json {results}/simulate.json"),
    Scene("merge", "merge -o {out} {results}/pmu.json {results}/pmu.json"),
    Scene("report", "report -o {html} {results}/simulate.json", output="out.html"),
    Scene("report text", "report --format text {results}/software.json"),
    Scene("report annotated", "report --format text --annotate hot {root}/kept.json", cost=2, quick=False,
          rounds=200, files=SOURCE, folder="build/x", before="hotspots -q -o {root}/kept.json -- {target} {mark} {rounds}"),
    Scene("report graph", "report -o {html} --format flamegraph {root}/kept.json", output="out.html",
          rounds=200, quick=False, before="hotspots -q -o {root}/kept.json -- {target} {mark} {rounds}"),
    Scene("layout header", "layout --format json --fail-on never -o {out} {tests}/fixtures/layout/shared.h",
          cost=2),
    Scene("layout binary", "layout --format json --fail-on never -o {out} {target}"),
    Scene("layout sizes", "layout --sizes {target}"),
    Scene("stat list", "stat --list", exact=False, cost=4),
]


def without(names, value):
    if isinstance(value, dict):
        return {key: without(names, inner) for key, inner in value.items() if key not in names}
    if isinstance(value, list):
        return [without(names, inner) for inner in value]
    # NAME (TID), and how long it took
    return re.sub(r"\(\d+\)|[\d.]+ [mu]?s\b", "", value) if isinstance(value, str) else value


def first_difference(value, other, path=""):
    """Where two documents part; None if nowhere. What could not be read may be missing."""
    if isinstance(value, dict) and isinstance(other, dict):
        for key in sorted(value.keys() | other.keys()):
            found = first_difference(value.get(key), other.get(key), f"{path}.{key}")
            if found:
                return found
        return None
    if isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
        return next(filter(None, (first_difference(one, another, f"{path}[{at}]") for at, (one, another)
                                  in enumerate(zip(value, other)))), None)
    if isinstance(value, float) and isinstance(other, float) and abs(value - other) <= 1e-3 * abs(other):
        return None  # a modelled rate: the environment moves the stack
    missing = (value is None or value == "") and not isinstance(other, list)
    return None if missing or value == other else f"{path}: {str(value)[:80]}, not {str(other)[:80]}"


def shape(document):
    """Of a run whose numbers differ each time: what was counted, or why not, and for how many."""
    totals = document.get("totals", {})
    rows = document.get("threads", [])
    backend = document.get("source", {}).get("backend")
    # A row that stands for several, and says so, is as good; and who only samples may miss a
    # thread that lives for a moment.
    several = backend == "watch" or any(row.get("kind") != "thread" for row in rows)
    return {
        "command": document.get("command"),
        "backend": backend,
        "totals": {name: "value" in cell or bool(cell.get("not_counted")) for name, cell in totals.items()},
        "rows": 0 if several else len(rows),
    }


def notes(document):
    source = document.get("source", {}) if isinstance(document, dict) else {}
    machine = document.get("machine", {}) if isinstance(document, dict) else {}
    return {source.get("why"), *source.get("notes", []), *machine.get("notes", [])} - {None, ""}


def told_more(document, reference):
    """Whether it says of itself that something is missing."""
    text, before = json.dumps(document), json.dumps(reference)
    return (notes(document) - notes(reference) or
            text.count("not_counted") > before.count("not_counted"))


def wrong_sums(document):
    """Events whose rows do not add up to the total, though all of them were counted."""
    found = []
    rows = [row for row in document.get("threads", []) if isinstance(row, dict)]
    for name, cell in document.get("totals", {}).items():
        cells = [row.get("counts", {}).get(name, {}) for row in rows]
        if "value" not in cell or not cells or not all("value" in one for one in cells):
            continue
        total, added = cell["value"], sum(one["value"] for one in cells)
        if abs(total - added) > max(8, total * 1e-3):
            found.append(f"{name}: rows {added}, total {total}")
    return found


def zeroed(document, reference):
    """Events that always are above 0, told as 0."""
    return [name for name in ("task-clock", "instructions", "loads", "page-faults")
            if reference.get("totals", {}).get(name, {}).get("value") and
            document.get("totals", {}).get(name, {}).get("value") == 0]


def odd_cells(document):
    """Of a measurement: what was neither measured nor is told why not."""
    found = []
    for grid in document.get("measurement", {}).get("grids", []):
        odd = [cell for cell in grid["cells"]
               if not (cell.get("median", 0) > 0 if cell.get("samples") else cell.get("unknown"))]
        found += [f"{grid['name']}: {odd[0]}"] if odd else []
    return found


def far_off(document, reference, share):
    """Totals that are another number; those below a thousand may be, too."""
    found = []
    for name, cell in reference.get("totals", {}).items():
        value, other = cell.get("value"), document.get("totals", {}).get(name, {}).get("value")
        if value and other is not None and abs(other - value) > max(1000, share * value):
            found.append(f"{name} is {other}, not {value}")
    return found


def wrongs(scene, data, reference):
    """What is wrong with a document that was given as good; `reference`: one without faults."""
    if data == reference:
        return []
    if not scene.output.endswith(".json") or not reference.startswith(b"{"):
        one, other = b" ".join(data.split()), b" ".join(reference.split())  # lines are folded
        said = any(one.count(word) > other.count(word) for word in (b"note: ", b"cannot be read"))
        return ["another text than without the fault"] if scene.exact and not said else []
    try:
        document = json.loads(data)
    except ValueError as error:
        return [f"no JSON: {error}"]
    expected = json.loads(reference)
    found = wrong_sums(document) + [f"{name} is 0" for name in zeroed(document, expected)]
    found += odd_cells(document)
    if told_more(document, expected):
        return found
    parts = first_difference(without(VOLATILE, document), without(VOLATILE, expected))
    if scene.exact and parts:
        found.append(f"otherwise than without the fault, and not a word: {parts}")
    if scene.near:
        found += far_off(document, expected, scene.near)
    one, other = shape(document), shape(expected)
    if 0 in (one["rows"], other["rows"]):
        one["rows"] = other["rows"] = 0
    if not scene.exact and one != other:
        found.append(f"another shape, and not a word: {shape(document)}")
    return found
