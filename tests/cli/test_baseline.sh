# SPDX-License-Identifier: MIT
# cachecheck stat --save-baseline and --baseline: kept by name, compared, exit statuses.
. "$TESTS/cli/lib.sh"
cd "$work" || exit 1

"$CACHECHECK" stat -q --backend software -o base.json -- true || skip "no software counters here"
stat_of() { run "$CACHECHECK" stat -q --backend software "$@"; }

stat_of -r 3 --save-baseline main -- true
check "saving: the program's status" [ "$status" -eq 0 ]
check "saving: the report is printed all the same" stdout_has ' task-clock '
check "saving: a result in a folder of its own" jq -e '.repeats.elapsed_s.runs == 3' .cachecheck-baselines/main.json
stat_of -r 3 --baseline main --threshold 100000 -- true
check "comparing: within such a threshold" [ "$status" -eq 0 ]
check "comparing: the diff on stdout" stdout_has '^before +main: stat'
stat_of -r 3 --baseline main --threshold 100000 -o now.json -- true
check "comparing: -o still writes the report" jq -e '.command == "stat"' now.json
check "comparing: and the diff is text" stdout_has '^after +this run'
stat_of --baseline main --format json --threshold 100000 -- true
check "comparing: as JSON" json '.schema == "cachecheck-diff/1" and .before.name == "main"'

# A baseline with no time in it at all: whatever is run is a regression.
jq 'del(.repeats) | .target.elapsed_s = 1e-9' .cachecheck-baselines/main.json >.cachecheck-baselines/fast.json
stat_of --baseline fast --threshold 1 -- true
check "a regression: exit 1" [ "$status" -eq 1 ]
check "a regression: said" stdout_has '^elapsed time .*regressed'

stat_of --baseline main -- sh -c 'exit 7'
check "a program that fails passes its status on" [ "$status" -eq 7 ]
stat_of --baseline main -- sleep 0
check "another program: 125" [ "$status" -eq 125 ]
check "another program: said" stderr_has 'not comparable: another program'

touch ran
stat_of --baseline man -- rm ran
check "no such baseline: 125" [ "$status" -eq 125 ]
check "no such baseline: did you mean" stderr_has "did you mean 'main'"
check "no such baseline: nothing was run" [ -e ran ]
for name in ../x a/b .x '' -- '-x' $'a\nb'; do
    stat_of "--save-baseline=$name" -- true
    check "the name '$name' is refused" [ "$status" -eq 125 ]
done
stat_of --threshold 3 -- true
check "--threshold without a baseline is refused" stderr_has 'goes with --baseline'
: >blocked
CACHECHECK_BASELINES=blocked/x stat_of --save-baseline a -- rm ran
check "no folder: 125" [ "$status" -eq 125 ]
check "no folder: what to do" stderr_has CACHECHECK_BASELINES
check "no folder: nothing was run" [ -e ran ]
CACHECHECK_BASELINES=$work/else/where stat_of --save-baseline a -- true
check "another folder is made" [ -s else/where/a.json ]
finish
