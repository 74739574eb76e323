# SPDX-License-Identifier: MIT
# cachecheck merge: sums, worst ranks, findings by ranks, memory, bad input; real MPI ranks.
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/schema.sh"
cd "$work" || exit 1

"$CACHECHECK" stat -q --backend software -o base.json -- true || skip "no software counters here"

# Eight ranks with known numbers: rank k has 10 k page faults; odd ones have a finding.
for rank in 0 1 2 3 4 5 6 7; do
    jq --argjson rank "$rank" '.target.rank = $rank | .target.ranks = 8 | .command = "sharing"
        | .totals["page-faults"] = {value: (10 * $rank), running: 1}
        | .findings_left_out = 0 | .lines_judged = 1
        | .findings = [range(if $rank % 2 == 1 then 2 else 0 end) | {rule: "false-sharing",
            severity: (if $rank == 5 then "high" else "low" end), title: "\u001b[31m<b>|`x", id: "abc",
            evidence: {grade: "measured", samples: 1, cost_text: ""},
            object: {kind: "heap", name: "", type: "", type_from: "", size: 0, count: 0, stride: 0, address: "0x0", freed: false},
            fields: [], locations: [], allocation: [],
            suggestion: {text: "", cost_bytes: 0, cost_of: "", code: "", patch: ""}, verify: "", notes: []}]' \
        base.json >"r.$rank.json"
done
run "$CACHECHECK" merge r.*.json
check "text: exit 0" [ "$status" -eq 0 ]
check "text: sum, mean, least, most, worst rank" stdout_has '^page-faults +280 +35 +0 +70 +100 % +rank 7$'
check "text: a finding of half of the ranks, by its worst severity" stdout_has '^4 of 8  high \[false-sharing\]'
check "text: no escape sequence" bash -c '! grep -q "$(printf "\033")" out'
run "$CACHECHECK" merge -o m.json r.*.json
check "JSON: valid" valid cachecheck-merge-1.json m.json
check "JSON: the worst five, worst first" jq -e '[.numbers[] | select(.name == "page-faults") | .worst[].name]
    == ["rank 7", "rank 6", "rank 5", "rank 4", "rank 3"]' m.json
check "JSON: two findings of one rank with one id count once" jq -e '.findings | length == 1 and .[0].ranks == 4' m.json
run "$CACHECHECK" merge --format markdown r.*.json
check "markdown: markup of names is dead" stdout_has '^\| 4 of 8 \| high \| false-sharing \| .*&#60;b&#62;\\\|'
jq '.totals["page-faults"] = {value: 1, running: 1}' base.json >one.json
run "$CACHECHECK" merge base.json one.json
check "without ranks, files are named" stdout_has '^page-faults .* base\.json$'

# Memory is that of one result. (AddressSanitizer keeps what was freed: as little as it can.)
export ASAN_OPTIONS=quarantine_size_mb=0:thread_local_quarantine_size_kb=0
peak() {
    python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}
few=$(peak "$CACHECHECK" merge r.*.json)
args=()
for ((i = 0; i < 125; i++)); do args+=(r.*.json); done
many=$(peak "$CACHECHECK" merge "${args[@]}")
check "1,000 results: $many KiB, 8: $few KiB" [ "$many" -lt $((few + few / 4 + 2048)) ]

# What does not go together.
jq '.target.argv = ["/bin/other"]' r.0.json >other.json
run "$CACHECHECK" merge r.1.json other.json
check "another program: exit 2" [ "$status" -eq 2 ]
check "another program: which" stderr_has 'other.json is of another program'
run "$CACHECHECK" merge r.1.json base.json
check "another command" stderr_has 'base.json is of another command'
head -c 200 base.json >cut.json
run "$CACHECHECK" merge -o x.json base.json cut.json
check "a damaged one: which" stderr_has 'cut.json is no result'
check "nothing is half written" [ ! -e x.json ]
run "$CACHECHECK" merge
check "no result: exit 2" [ "$status" -eq 2 ]

# Ranks as Open MPI starts them.
if ! command -v mpirun >/dev/null; then
    echo "# no mpirun here (package openmpi-bin): ranks of a launcher were not tried"
    finish
fi
launch=(mpirun -n 8 --oversubscribe)
[ "$(id -u)" -ne 0 ] || launch+=(--allow-run-as-root)
if ! "${launch[@]}" true >"$work/mpi" 2>&1; then
    echo "# mpirun does not work here: $(head -1 "$work/mpi")"
    finish
fi
run "${launch[@]}" "$CACHECHECK" stat -q --backend software -o 'mpi.%r.json' -- true
check "8 ranks of Open MPI: a result each" [ "$(ls mpi.[0-7].json | wc -l)" -eq 8 ]
run "$CACHECHECK" merge --format json mpi.*.json
check "8 ranks of Open MPI: merged" json '.results == 8 and .failed == 0
    and ([.numbers[] | select(.name == "elapsed_s") | .worst[].name | test("^rank [0-7]$")] | all)'
finish
