# SPDX-License-Identifier: MIT
# cachecheck compare: pairs in turns, verdicts, failures, what the programs write.
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/schema.sh"
cd "$work" || exit 1

"$CACHECHECK" stat -q --backend software -o base.json -- true || skip "no software counters here"
compare() { run "$CACHECHECK" compare -q --backend software "$@"; }

# Page faults do not depend on how busy the machine is: some 16 MiB of them on one side.
compare -r 4 --save-a a.json --save-b b.json -- sh -c 'echo a >>order' --- sh -c 'echo b >>order'
check "two commands: exit 0" [ "$status" -eq 0 ]
check "in turns" [ "$(tr -d '\n' <order)" = abababab ]
check "the results are kept" jq -e '.repeats.elapsed_s.samples | length == 4' b.json
check "ratios of pairs" stdout_has 'paired t of ratios'
check "other arguments are what is meant" bash -c '! grep -q forced out'

printf 'import sys\nx = bytearray(int(sys.argv[1]))\nx[::4096] = bytes(len(x[::4096]))\nprint("said")\n' >touch.py
compare -r 3 -m page-faults -- python3 touch.py 4096 --- python3 touch.py 67108864
check "more page faults: said" stdout_has '^page-faults .*regressed'
check "without --threshold: exit 0" [ "$status" -eq 0 ]
check "what the programs say is dropped" bash -c '! grep -q said out'
compare -r 3 -m page-faults --threshold 5 --show-output -- python3 touch.py 4096 --- python3 touch.py 67108864
check "with --threshold: exit 1" [ "$status" -eq 1 ]
check "--show-output" stdout_has '^said'
compare -r 3 -m page-faults --threshold 5 -- python3 touch.py 67108864 --- python3 touch.py 4096
check "the other way round: improved, exit 0" [ "$status" -eq 0 ]
check "the other way round: said" stdout_has '^page-faults .*improved'
compare -r 2 -o c.json -- true --- true
check "JSON: valid" valid cachecheck-diff-1.json c.json
check "JSON: both" jq -e '.before.runs == 2 and .after.runs == 2' c.json

compare -r 2 -- true --- sh -c 'exit 3'
check "a failing command: 125" [ "$status" -eq 125 ]
check "a failing command: which" stderr_has 'sh exited with status 3 in pair 1'
compare -r 2 -- true --- ./nowhere
check "a missing command: 127" [ "$status" -eq 127 ]
compare -- true
check "one command only: 125" [ "$status" -eq 125 ]
compare -- true ---
check "nothing behind ---" stderr_has 'name two programs'
compare -o /nowhere/x.json -- sh -c 'echo c >>order' --- true
check "unwritable: before anything runs" bash -c '! grep -q c order'
finish
