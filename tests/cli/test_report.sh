# SPDX-License-Identifier: MIT
# cachecheck report: pages of saved results; hostile names, sources, formats, bad input.
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/page.sh"
cd "$work" || exit 1

"$CACHECHECK" stat -q --backend software -o base.json -- true || skip "no software counters here"
run "$CACHECHECK" report base.json -o base.html
check "a page of counts" [ "$status" -eq 0 ]
check "a page of counts: well made" good_page base.html
check "a page of counts: the verdict, the event, the machine" bash -c '
    grep -q "<th scope=\"row\">ran</th>" "$1" && grep -q ">task-clock<" "$1" && grep -q "NUMA node" "$1"' - base.html
run "$CACHECHECK" stat -q --backend software -o direct.html -- true
check "-o FILE.html of a command is the same kind of page" good_page direct.html

# Findings, with everything that comes from outside hostile.
mkdir src
printf '#include <x>\nint a;\n\tlong hits = 1 < 2; // </pre><script>alert(1)</script>\nint b;\n' >src/s.c
hostile='"</title><script>alert(1)</script>\u001b[31m`x\u0022'"'"' onload=alert(1) \u202e&amp;"'
jq --arg file "$work/src/s.c" --argjson evil "$hostile" '
    def finding($severity; $type; $file): {rule: "false-sharing", severity: $severity, title: ("`hits` " + $evil), id: "a",
        evidence: {grade: "simulated", samples: 7, rate_per_s: 10, interval: [9, 11], cost: 0.5, cost_text: $evil},
        object: {kind: "heap", name: $evil, type: $type, type_from: "symbol", size: 16, count: 0,
                 stride: 0, address: "0x10", freed: false},
        line_offset: -16, line_size: 64,
        fields: [{name: "hits", type: $evil, offset: 0, size: 8, tid: 7, thread: $evil, reads: false, writes: true, atomic: true,
                  accesses: 5, misses: 3, location: {file: $file, line: 3, function: $evil, module: "", offset: "0x0", role: "writes"}},
                 {name: "hits", type: "long", offset: 0, size: 8, tid: 8, thread: "w", reads: true, writes: false, atomic: false,
                  location: {file: "", line: 0, function: "", module: $evil, offset: "0x4", role: "reads"}},
                 {name: $evil, type: "long", offset: 60, size: 16, tid: 0, thread: "", reads: true, writes: true, atomic: false,
                  location: {file: "/etc/passwd", line: 1, function: "", module: "", offset: "0x0", role: "reads"}}],
        locations: [{file: $file, line: 3, function: "work", module: "", offset: "0x0", role: "writes"}],
        allocation: [{file: $evil, line: 9, function: $evil, module: "", offset: "0x0", role: "allocated"}],
        suggestion: {text: $evil, cost_bytes: 56, cost_of: "object", code: $evil, patch: ("--- a\n+++ b\n-" + $evil)},
        verify: $evil, notes: [$evil]};
    .command = "sharing" | .target.argv = [$evil] | .machine.cpu_model = $evil | .source.why = $evil
    | .source.notes = [$evil] | .threads[0].name = $evil | .threads[0].verdict.text = $evil
    | .verdict.text = $evil | .events[0].meaning = $evil | .events[0].counted = $evil
    | .findings = [finding("critical"; "struct s"; $file), finding("low"; $evil; "nowhere.c")]
    | .findings_left_out = 3 | .lines_judged = 2' base.json >evil.json
run "$CACHECHECK" report evil.json -o evil.html
check "hostile names: written" [ "$status" -eq 0 ]
check "hostile names: nothing becomes markup" good_page evil.html
check "hostile names: shown" grep -q '&lt;script&gt;alert(1)' evil.html
check "the line as bytes, two users of a field" bash -c '
    [ "$(grep -o "<title>hits, 8 bytes at +0" "$1" | wc -l)" -eq 4 ] && grep -q "of 64 bytes" "$1"' - evil.html
check "code around the place" grep -q '<mark>    3  ' evil.html
check "what is no source is not looked into" bash -c '! grep -q root: "$1"' - evil.html
check "left out findings are told" grep -q '3 more were left out' evil.html
run "$CACHECHECK" report evil.json
check "text by default" stdout_has 'warning\[false-sharing\]'
check "text: no escape sequence" bash -c '! grep -q "$(printf "\033")" out'

# Lines far beyond reason: a picture must not need memory or time for them.
jq '.findings[0].fields[0] += {offset: -4611686018427387904, size: 4611686018427387904}
    | .findings[0].fields[2].offset = 4611686018427387904 | .findings[1].line_size = 4294967295' evil.json >wide.json
run "$CACHECHECK" report wide.json -o wide.html
check "offsets beyond reason" good_page wide.html

# Over time: what -I counted is kept, adds up, comes back, and is drawn.
run "$CACHECHECK" stat -q --backend software -I 30 -o over.json -- sh -c 'for i in 1 2 3; do sleep 0.05; ls >/dev/null; done'
check "intervals: kept" jq -e '.intervals | length >= 3 and all(.[]; .length_s > 0)' over.json
check "intervals: they add up to the total" jq -e '
    [.intervals[].counts["task-clock"].value] | add as $sum | $sum > 0' over.json
check "intervals: as many page faults as in all" jq -e '
    ([.intervals[].counts["page-faults"].value] | add) == .totals["page-faults"].value' over.json
run "$CACHECHECK" report --format json over.json
check "intervals: lossless" bash -c 'cmp -s <(jq -S . out) <(jq -S . over.json)'
run "$CACHECHECK" report over.json -o over.html
check "intervals: a page" good_page over.html
check "intervals: a lane, with words and numbers" bash -c '
    grep -q "id=\"timeline-0\"" "$1" && grep -q "page-faults</text>" "$1" && grep -q "at first, " "$1" &&
    grep -q "until, s" "$1"' - over.html
check "the topology, with threads on its CPUs" bash -c '
    grep -q "class=\"topology\"" "$1" && grep -q "style=\"fill:var(--t" "$1"' - over.html
jq '.intervals[1].counts["page-faults"] = {not_counted: "<no>"}' over.json >gap.json
run "$CACHECHECK" report gap.json -o gap.html
check "intervals: what was not counted is a gap" bash -c 'grep -q "<td class=\"num\">-</td>" "$1"' - gap.html
for damage in '.intervals = 3' '.intervals[0].counts = {}' '.intervals[0].length_s = -1' '.topology[1].parent = 9' \
    '.topology[0].name = "\u001b[31m"' '.topology |= [.[0]] + .'; do
    jq "$damage" over.json >damaged.json
    run "$CACHECHECK" report damaged.json -o x.html
    check "refused: $damage" [ "$status" -eq 2 ]
done

# Machines among results.
"$CACHECHECK" machine --synthetic 'pack:2 numa:2 l3:1 core:4 pu:2' --format json >machine.json
jq --argjson measurement "$(jq -n -f "$TESTS/browser/measurement.jq")" '.measurement = $measurement' machine.json >measured.json
run "$CACHECHECK" report machine.json measured.json base.json -o machines.html
check "machines: a page" good_page machines.html
check "machines: heat maps and the curve" bash -c 'grep -q "num h9" "$1" && grep -q "class=\"median\"" "$1"' - machines.html
run "$CACHECHECK" report measured.json
check "machines: as text" stdout_has '^the machine was quiet'
run "$CACHECHECK" report measured.json --format csv
check "machines: no table of counts" [ "$status" -eq 2 ]
run "$CACHECHECK" diff machine.json base.json
check "machines: cannot be compared with a run" stderr_has 'describes a machine, not a run'
run "$CACHECHECK" merge machine.json
check "machines: nor added up" stderr_has 'describes a machine, not a run'

# OpenMetrics, read by the parser of Prometheus' own client.
metrics() {
    python3 - "$1" <<'PYTHON'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
assert text.endswith("# EOF\n")
try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
    from prometheus_client.parser import text_string_to_metric_families as read_old
except ImportError:
    print("# no parser here (package python3-prometheus-client)")
    sys.exit(0)
families = {f.name: f for f in read(text)}
assert "cachecheck_run" in families and families["cachecheck_run"].type == "info"
assert all(s.labels["evidence"] for f in families.values() for s in f.samples)
assert len(list(read_old(text))) >= len(families), "the textfile collector reads the older format"
print(sorted(families))
PYTHON
}
run "$CACHECHECK" report base.json -o base.prom
check "OpenMetrics: read by Prometheus' parser" metrics base.prom
check "OpenMetrics: a count" grep -q '^cachecheck_event{program="true",evidence="measured",event="task-clock",unit="ns"} [0-9]' base.prom
run "$CACHECHECK" report evil.json -o evil.prom
check "OpenMetrics: hostile names" metrics evil.prom
check "OpenMetrics: findings by severity" grep -q '^cachecheck_findings{.*severity="critical"} 1$' evil.prom
jq '.totals["task-clock"] = {not_counted: "no"}' base.json >none.json
run "$CACHECHECK" report none.json --format openmetrics
check "OpenMetrics: not counted has no sample" bash -c '! grep -q task-clock out'

# Markdown of counts.
run "$CACHECHECK" report base.json -o base.md
check "markdown: a table of events" grep -qE '^\| task-clock \| [0-9.]+ (us|ms) \| \|$' base.md
run "$CACHECHECK" report none.json --format markdown
check "markdown: not counted says so" stdout_has '^\| task-clock \| not counted: no'
jq '.command = "stat" | del(.findings)' evil.json >counts.json
run "$CACHECHECK" report counts.json --format markdown
check "markdown: markup of names is dead" bash -c '! grep -q "<script" out'

# Several results, formats, options behind files.
run "$CACHECHECK" report base.json evil.json base.json -o all.html
check "several results" [ "$status" -eq 0 ]
check "several results: well made" good_page all.html
check "several results: an overview" grep -q 'href="#result-2"' all.html
run "$CACHECHECK" report --format csv base.json
check "another format" stdout_has '^total,'
run "$CACHECHECK" report --format csv base.json evil.json
check "several results in CSV are refused" [ "$status" -eq 2 ]
run "$CACHECHECK" report base.json -o x.svg
check "no flame graph of counts" [ "$status" -eq 2 ]
run "$CACHECHECK" report base.json -o strange.ending
check "an unknown ending gets a page" good_page strange.ending
run bash -c '"$1" report --format html base.json | head -c 15' - "$CACHECHECK"
check "a page on stdout" stdout_has '^<!DOCTYPE html>'

# What is wrong.
run "$CACHECHECK" report -o x.html
check "no result" stderr_has 'name a result'
run "$CACHECHECK" report missing.json -o x.html
check "a missing file: exit 2" [ "$status" -eq 2 ]
head -c 500 base.json >cut.json
run "$CACHECHECK" report base.json cut.json -o x.html
check "a damaged file: which" stderr_has 'cut.json is no result'
check "nothing is half written" [ ! -e x.html ]
run "$CACHECHECK" report base.json -o nowhere/x.html
check "unwritable: exit 2" [ "$status" -eq 2 ]
run "$CACHECHECK" report base.json -o /dev/full
check "a full disk: exit 2" [ "$status" -eq 2 ]
finish
