# SPDX-License-Identifier: MIT
# Results with more findings, and findings with more fields, than anybody reads: pages and diffs.
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/page.sh"
cd "$work" || exit 1
base=$TESTS/fuzz/corpus/result/simulate.json

# Findings about struct sN of these severities, in that order.
with_findings() {
    jq -c --argjson severities "$1" --argjson fields "${2:-1}" '
        def place: {file: "s.c", line: 3, function: "work", module: "", offset: "0x4", role: "writes"};
        def finding($n; $severity): {rule: "false-sharing", severity: $severity, id: "\($n)",
            title: "`struct s\($n)` is contended",
            evidence: {grade: "simulated", samples: 7, rate_per_s: 10, interval: [9, 11], cost: 0.5, cost_text: "half"},
            object: {kind: "heap", name: "", type: "struct s\($n)", type_from: "symbol", size: 128, count: 0,
                     stride: 0, address: "0x10", freed: false},
            line_offset: 0, line_size: 64,
            fields: [range($fields) | {name: "f\(.)", type: "char", offset: ., size: 1, tid: (1 + . % 7), thread: "w",
                      reads: true, writes: true, atomic: false, location: place}],
            locations: [place], allocation: [place],
            suggestion: {text: "align `f0` to a line", cost_bytes: 56, cost_of: "object", code: "", patch: ""},
            verify: "", notes: []};
        .command = "sharing" | .findings_left_out = 0 | .lines_judged = 9
        | .findings = [$severities | to_entries[] | select(.value) | finding(.key; .value)]' "$base"
}

# A page has the worst 200 in full, the others in a row each.
with_findings "$(jq -nc '[range(200) | "high"] + [range(150) | "low"]')" >many.json
run "$CACHECHECK" report many.json -o many.html
check "many: written" [ "$status" -eq 0 ]
check "many: well made" good_page many.html
check "many: the others in short" grep -q "The other 150 findings in short" many.html
check "many: each once" bash -c '[ "$(grep -o "</details>" many.html | wc -l)" -ge 200 ] &&
    [ "$(grep -o "<div class=\"finding\">" many.html | wc -l)" -eq 150 ]'
check "many: in chunks" bash -c '[ "$(grep -c "class=\"chunk\"" many.html)" -eq 2 ]'
check "many: with what to do" grep -q "<br>fix: align" many.html
run "$CACHECHECK" report many.json
check "many: text tells how many more" stdout_has "and 340 more"

with_findings '["high"]' 100 >wide.json
run "$CACHECHECK" report wide.json -o wide.html
check "a hundred fields: well made" good_page wide.html
check "a hundred fields: some are left out, and told" grep -q "and 36 more fields" wide.html

# Two results: what is new or worse comes first, and the worst of it.
with_findings '["low", "high", "medium", "high", "low", null, null]' >before.json
with_findings '["low", "medium", "high", null, "low", "medium", "critical"]' >after.json
run "$CACHECHECK" diff --format json before.json after.json
check "diff: a gate or not, it was compared" [ "$status" -le 1 ]
check "diff: each by its fate, the worst first" json '
    [.findings[] | .status + (.title | ltrimstr("`struct") | rtrimstr("` is contended"))] ==
    ["new s6", "new s5", "worse s2", "unchanged s0", "unchanged s4", "milder s1", "resolved s3"]'
check "diff: how many are new" json '.new_findings == 3'
run "$CACHECHECK" diff --format json after.json after.json
check "diff with itself: all unchanged" json '[.findings[].status] | length == 6 and all(. == "unchanged")'
run "$CACHECHECK" diff many.json before.json
check "diff: text tells how many more" stdout_has "and [0-9]+ more findings"
finish
