# SPDX-License-Identifier: MIT
# cachecheck diff: verdicts, exit statuses, formats, and input that is not what it should be.
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/schema.sh"
cd "$work" || exit 1

"$CACHECHECK" stat -q --backend software -o base.json -- true || skip "no software counters here"

# made FILE TASK_CLOCK FACTOR...: base.json with ten runs whose times are TASK_CLOCK ms x FACTOR.
made() {
    local file=$1 scale=$2
    jq --argjson scale "$scale" '
        def spread($v): ($v | add / length) as $m | {runs: ($v | length), mean: $m,
            deviation: (($v | map((. - $m) * (. - $m)) | add) / (($v | length) - 1) | sqrt),
            low: $m, high: $m, min: ($v | min), max: ($v | max), samples: $v};
        [1.00, 1.01, 0.99, 1.02, 0.98, 1.00, 1.01, 0.99, 1.003, 0.997] as $noise
        | .repeats = {elapsed_s: spread($noise | map(. * 2)),
            events: {"task-clock": spread($noise | map(. * $scale * 1e6))}, metrics: {}}' \
        base.json >"$file"
}
made before.json 100
made same.json 100.2
made slower.json 106
made faster.json 90

run "$CACHECHECK" diff before.json same.json
check "no change: exit 0" [ "$status" -eq 0 ]
check "no change: said so" stdout_has '^task-clock .*within noise'
run "$CACHECHECK" diff before.json slower.json
check "a regression: exit 1" [ "$status" -eq 1 ]
check "a regression: with its interval" stdout_has '^task-clock +100 ms +106 ms +\+6\.0 % +\+[45]\.[0-9] to \+[67]\.[0-9] %.*regressed'
check "the test is named" stdout_has "Welch's t.*Holm"
check "events of one run are not judged by the others" stdout_has '^page-faults .*one run each.*not judged'

# switches FILE N: three runs, each with N context switches.
switches() {
    jq --argjson n "$2" '.repeats = {elapsed_s: {runs: 3, mean: 2, deviation: 0, low: 2, high: 2, min: 2, max: 2},
        events: {"context-switches": {runs: 3, mean: $n, deviation: 0, low: $n, high: $n, min: $n, max: $n}},
        metrics: {}} | .totals["context-switches"].value = $n' base.json >"$1"
}
for n in 0 3 300; do switches "switches-$n.json" "$n"; done
run "$CACHECHECK" diff -m context-switches switches-0.json switches-3.json
check "a few events more are chance: exit 0" [ "$status" -eq 0 ]
check "a few events more are chance: said" stdout_has '^context-switches +0 +3 .*within noise'
run "$CACHECHECK" diff -m context-switches switches-3.json switches-300.json
check "many are not: exit 1" [ "$status" -eq 1 ]

run "$CACHECHECK" diff before.json faster.json
check "an improvement: exit 0" [ "$status" -eq 0 ]
check "an improvement: said so" stdout_has '^task-clock .*improved'
run "$CACHECHECK" diff --threshold 10 -m task-clock before.json slower.json
check "below --threshold: exit 0" [ "$status" -eq 0 ]
run "$CACHECHECK" diff --test mann-whitney before.json slower.json
check "ranks: exit 1" [ "$status" -eq 1 ]
check "ranks: named" stdout_has 'Mann-Whitney U'
run "$CACHECHECK" diff -m task-clok before.json slower.json
check "a mistyped metric: exit 2" [ "$status" -eq 2 ]
check "a mistyped metric: did you mean" stderr_has "did you mean 'task-clock'"

# One run each.
run "$CACHECHECK" diff base.json base.json
check "nothing to judge is no pass" [ "$status" -eq 2 ]
check "nothing to judge: what to do" stderr_has 'measure both with -r 10'
run "$CACHECHECK" diff --threshold 5 base.json base.json
check "a threshold judges single runs" [ "$status" -eq 0 ]
run "$CACHECHECK" diff --test mann-whitney base.json base.json
check "ranks need runs" [ "$status" -eq 2 ]

# Formats.
run "$CACHECHECK" diff -o d.json before.json slower.json
check "JSON: the status stays" [ "$status" -eq 1 ]
check "JSON: valid" valid cachecheck-diff-1.json d.json
check "JSON: numbers" jq -e '.changes[] | select(.name == "task-clock")
    | .verdict == "regressed" and .p < 0.001 and (.interval[0] > 0.04) and .runs_before == 10' d.json
run "$CACHECHECK" diff --format markdown before.json slower.json
check "markdown: a table" stdout_has '^\| task-clock \| 100 ms \| 106 ms \| \+6\.0 % .*:x: regressed \|$'
run "$CACHECHECK" diff -o d.csv before.json slower.json
check "CSV: a line for each change" grep -q '^task-clock,event,ns,' d.csv
check "samples: a valid result" valid cachecheck-1.json before.json

# Not comparable: which, and --force.
not_comparable() {
    local what=$1 change=$2 word=$3
    jq "$change" slower.json >other.json
    run "$CACHECHECK" diff before.json other.json
    check "$what: exit 2" [ "$status" -eq 2 ]
    check "$what: said" stdout_has "$word"
    run "$CACHECHECK" diff --format json before.json other.json
    cp out other.diff
    check "$what: valid JSON" valid cachecheck-diff-1.json other.diff
    check "$what: no numbers" json '.comparable == false and (.changes | length) == 0'
    run "$CACHECHECK" diff --force before.json other.json
    check "$what: forced" [ "$status" -eq 1 ]
}
not_comparable "another machine" '.machine.cpu_model = "Other CPU"' 'another machine, CPU: .* Other CPU after'
not_comparable "another backend" '.source.backend = "pmu"' 'another backend: software before, pmu after'
not_comparable "another program" '.target.argv = ["/bin/other"]' 'another program: true before, other after'
not_comparable "other arguments" '.target.argv += ["-x"]' 'other arguments'
not_comparable "a crash" '.target.exit = {signal: 11}' 'ended otherwise: status 0 before, killed by signal 11'
jq '(.events[] | select(.name == "task-clock")).counted = "cpu-clock"' slower.json >other.json
run "$CACHECHECK" diff before.json other.json
check "another event: said" stdout_has 'task-clock not comparable: another event'

# Findings: matched whatever the line, new ones are a regression.
finding='{rule: "false-sharing", severity: "high", title: "<b>`x`\u001b[31m|y", id: "a",
    evidence: {grade: "simulated", samples: 1, cost_text: ""},
    object: {kind: "global", name: "g", type: "struct s", type_from: "symbol", size: 8, count: 0,
             stride: 0, address: "0x10", freed: false},
    fields: [], locations: [{file: "a.c", line: 1, function: "f", module: "", offset: "0x0", role: "writes"}],
    allocation: [], suggestion: {text: "", cost_bytes: 0, cost_of: "", code: "", patch: ""},
    verify: "", notes: []}'
with_findings() { jq ".findings = $2 | .findings_left_out = 0 | .lines_judged = 1 | .command = \"sharing\"" base.json >"$1"; }
with_findings none.json '[]'
with_findings one.json "[$finding]"
with_findings moved.json "[$finding | .locations[0].line = 99 | .id = \"b\"]"
with_findings milder.json "[$finding | .severity = \"low\"]"
run "$CACHECHECK" diff none.json one.json
check "a new finding: exit 1" [ "$status" -eq 1 ]
check "a new finding: said" stdout_has '^new +high \[false-sharing\]'
check "no escape sequence is printed" bash -c '! grep -q "$(printf "\033")" "$1"' - out
run "$CACHECHECK" diff one.json moved.json
check "a moved line is the same finding" stdout_has '^unchanged'
check "unchanged: exit 0" [ "$status" -eq 0 ]
run "$CACHECHECK" diff one.json none.json
check "resolved: exit 0" [ "$status" -eq 0 ]
check "resolved: said" stdout_has '^resolved'
run "$CACHECHECK" diff milder.json one.json
check "worse: exit 1" [ "$status" -eq 1 ]
check "worse: said" stdout_has '^worse +high, was low'
run "$CACHECHECK" diff --format markdown none.json one.json
check "markdown: markup of names is dead" stdout_has '&#60;b&#62;'
run "$CACHECHECK" diff --format json none.json one.json
cp out f.json
check "JSON with findings: valid" valid cachecheck-diff-1.json f.json

# Threads: by name and order, not by number.
jq '.threads = [.threads[0] | .pid = 50 | (.tid = 50), (.tid = 61 | .name = "w"), (.tid = 62 | .name = "w")]' \
    base.json >t1.json
jq '.threads = [.threads[0] | .pid = 70 | (.tid = 83 | .name = "w"), (.tid = 82 | .name = "w"), (.tid = 81 | .name = "w"), (.tid = 70)]' \
    base.json >t2.json
run "$CACHECHECK" diff --threshold 5 --format json t1.json t2.json
check "threads match by name and order" json '[.threads[] | [.tid_before, .tid_after]] | sort
    == ([[50, 70], [61, 81], [62, 82], [null, 83]] | sort)'

# Damaged input.
bad() {
    local what=$1 word=$2
    run "$CACHECHECK" diff before.json bad.json
    check "$what: exit 2" [ "$status" -eq 2 ]
    check "$what: says $word" stderr_has "$word"
    check "$what: nothing on stdout" [ ! -s out ]
}
head -c 3000 before.json >bad.json
bad "truncated" 'bad.json is no result: line [0-9]+'
: >bad.json
bad "empty" 'bad.json is no result'
jq '.schema = "cachecheck/2"' before.json >bad.json
bad "another schema" 'schema "cachecheck/1" expected'
cp d.json bad.json
bad "a diff" 'what cachecheck diff wrote'
sed 's/"elapsed_s": [0-9.e-]*/"elapsed_s": NaN/' before.json >bad.json
bad "NaN" 'line [0-9]+'
sed 's/"lost_records": 0/"lost_records": 0, "lost_records": 1/' before.json >bad.json
bad "a key twice" 'duplicate object key'
sed 's/"lost_records": 0/"lost_records": 9223372036854775808/' before.json >bad.json
bad "2^63" 'too big integer'
sed 's/"lost_records": 0/"lost_records": -1/' before.json >bad.json
bad "a negative count" 'lost_records: the number is out of range'
jq '.repeats.elapsed_s.samples = [1]' before.json >bad.json
bad "too few samples" 'samples: one number for each run expected'
jq '.repeats.elapsed_s.deviation = -1' before.json >bad.json
bad "a negative deviation" 'deviation'
rm bad.json
run "$CACHECHECK" diff before.json bad.json
check "no such file: exit 2" [ "$status" -eq 2 ]
check "no such file: which" stderr_has 'cannot read bad.json: No such file'
run "$CACHECHECK" diff -o /nowhere/d.json before.json same.json
check "unwritable: exit 2" [ "$status" -eq 2 ]
check "unwritable: says what" stderr_has "cannot write to '/nowhere/d.json': No such file"
run "$CACHECHECK" diff -o /dev/full before.json same.json
check "a full disk: exit 2" [ "$status" -eq 2 ]
run "$CACHECHECK" diff before.json
check "one file is not enough" [ "$status" -eq 2 ]
run "$CACHECHECK" diff --threshold -3 before.json same.json
check "a threshold below 0" stderr_has 'threshold takes percents'
finish
