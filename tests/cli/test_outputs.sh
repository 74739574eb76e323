# SPDX-License-Identifier: MIT
# Several -o, and the rank in their names.
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/schema.sh"
cd "$work" || exit 1

"$CACHECHECK" stat -q --backend software -o base.json -- true || skip "no software counters here"
stat_of() { run "$CACHECHECK" stat -q --backend software "$@"; }

stat_of -o a.json -o a.csv -o a.md -o a.html -o a.prom -- true
check "five files of one run" [ "$status" -eq 0 ]
check "five files: nothing on stdout" [ ! -s out ]
check "JSON" jq -e '.command == "stat"' a.json
check "CSV" grep -q '^kind,' a.csv
check "Markdown" grep -q '^### cachecheck stat' a.md
check "HTML" grep -q '^<!DOCTYPE html>' a.html
check "OpenMetrics" grep -q '^# EOF' a.prom
stat_of -o a.json -o - -- true
check "a file and stdout" stdout_has ' task-clock '
touch ran
stat_of -o b.json -o /nowhere/b.csv -- rm ran
check "one that cannot be written: before anything runs" [ -e ran ]
check "one that cannot be written: 125" [ "$status" -eq 125 ]
stat_of --format json -o b.json -o b.csv -- rm ran
check "several with --format are refused" stderr_has 'leave out --format'
stat_of -o c.json -o /dev/full -- true
check "one that fails: the other is written" jq -e '.command == "stat"' c.json
check "one that fails: 125" [ "$status" -eq 125 ]

for variables in "OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=8" "PMI_RANK=3 PMI_SIZE=8" \
    "SLURM_PROCID=3 SLURM_NTASKS=8" "PMIX_RANK=3 SLURM_PROCID=1"; do
    rm -f r.*.json
    # shellcheck disable=SC2086 # a list of words
    run env -i "PATH=$PATH" $variables "$CACHECHECK" stat -q --backend software -o 'r.%r.json' -- true
    check "$variables: in the name" jq -e '.target.rank == 3' r.3.json
done
check "ranks: a valid result" valid cachecheck-1.json r.3.json
run env -i "PATH=$PATH" "$CACHECHECK" stat -q -o 'r.%r.json' -- rm ran
check "no rank: 125" [ "$status" -eq 125 ]
check "no rank: what to do" stderr_has 'mpirun'
check "no rank: nothing was run" [ -e ran ]
run env -i "PATH=$PATH" OMPI_COMM_WORLD_RANK=x "$CACHECHECK" stat -q -o 'r.%r.json' -- true
check "a rank that is none" [ "$status" -eq 125 ]
finish
