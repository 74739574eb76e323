# SPDX-License-Identifier: MIT
# `cachecheck stat` as a user runs it: options, exit statuses, streams, formats.
. "$TESTS/cli/lib.sh"
stat() { run "$CACHECHECK" stat -q --backend software "$@"; }

# ---- the program under us is itself ----
stat -- sh -c 'echo out; echo err >&2; exit 7'
check "the exit status passes through" test "$status" -eq 7
check "its stdout is kept" stdout_has '^out$'
check "its stderr is kept" stderr_has '^err$'
check "the report names the backend" says 'software'

echo hello >"$work/in"
"$CACHECHECK" stat -q --backend software -o "$work/r.txt" -- cat <"$work/in" >"$work/copy"
check "stdin is kept" cmp "$work/in" "$work/copy"

stat --cd / -- sh -c 'pwd; exit 0'
check "--cd" stdout_has '^/$'
HOME_BEFORE=x stat --env NEW=value --env HOME_BEFORE -- sh -c 'echo "[$NEW][${HOME_BEFORE-unset}]"'
check "--env sets and unsets" stdout_has '^\[value\]\[unset\]$'
for nameless in =x = ''; do
    stat --env "$nameless" -- touch "$work/nameless"
    check "--env '$nameless' is refused" test "$status" -eq 125 -a ! -e "$work/nameless"
done

stat -- sh -c 'kill -SEGV $$'
check "killed by a signal: 128 + number" test "$status" -eq 139
check "and said so" says 'SIGSEGV'

stat -- sh -c 'trap "exit 3" USR1; kill -USR1 $$; sleep 1; exit 4'
check "signals inside the target are its own" test "$status" -eq 3

# ---- what cannot run ----
stat -- ./no-such-program
check "not found: 127" test "$status" -eq 127
check "with a hint" stderr_has 'hint:'
stat -- /etc/passwd
check "not executable: 126" test "$status" -eq 126
stat -- /tmp
check "a directory: 126" test "$status" -eq 126
stat --cd /no/such/dir -- true
check "--cd nowhere fails before the start" stderr_has '/no/such/dir'
stat
check "nothing to run: 125" test "$status" -eq 125
stat --intervall 3 -- true
check "a mistyped option is suggested" stderr_has "did you mean '--interval'"
check "and is our own failure: 125" test "$status" -eq 125
stat --repeat 0 -- true
check "-r 0 is refused" test "$status" -eq 125
run "$CACHECHECK" stat --backend magic -- true
check "unknown backend is refused with the choices" stderr_has 'auto\|pmu\|software\|simulate'
stat -e page-fautls -- true
check "a mistyped event is suggested" stderr_has 'page-faults'
check "before anything ran: 125" test "$status" -eq 125

# ---- formats ----
stat --format json -- true
check "JSON: schema" json '.schema == "cachecheck/1" and .command == "stat"'
check "JSON: what ran" json '.target.argv == ["true"] and .target.exit.code == 0'
check "JSON: evidence and backend" json '.source.backend == "software" and .source.evidence == "measured"'
check "JSON: the machine it ran on" json '.machine.pus >= 1 and .machine.is_thissystem and .machine.kernel != ""'
check "JSON: a thread with a name and numbers" json '.threads[0].name == "true" and (.threads[0].counts["task-clock"].value | type) == "number"'
check "JSON: events say exactly what was counted" json 'all(.events[]; .counted != "")'
stat --format csv -- true
check "CSV" stdout_has 'task-clock'
for ending in json csv txt; do
    stat -o "$work/report.$ending" -- true
    check "-o report.$ending is written" test -s "$work/report.$ending"
done
check "the ending chose JSON" jq -e .schema "$work/report.json"
stat -o /dev/full -- sh -c 'echo done'
check "a full disk: 125" test "$status" -eq 125
check "said, with the target's output kept" stdout_has '^done$'
stat -o "$work/no/such/dir/report.json" -- true
check "-o into nowhere: 125" test "$status" -eq 125

# ---- rows ----
stat --format json --per process -- sh -c 'sh -c "exit 0" & wait; sh -c "exit 0"'
check "--per process sums to the total" json '([.threads[].counts["page-faults"].value] | add) == .totals["page-faults"].value and (.threads | length) >= 3'
stat --format json -- true
if [ "${CACHECHECK_BY_CPU-}" = 0 ]; then
    check "without --per core nothing is counted by CPU" json '(.cpus | length) > 0 and ([.cpus[].counts["page-faults"] | has("not_counted")] | all)'
fi
for per in core node; do
    stat --format json --per $per -- true
    if [ "${CACHECHECK_THREADS:-}" = trace ]; then # descriptors of threads do not tell CPUs apart
        check "--per $per says what is not known" json 'all(.threads[]; .counts["page-faults"].not_counted | test("by CPU"))'
    else
        check "--per $per sums to the total" json '([.threads[].counts["page-faults"].value] | add) == .totals["page-faults"].value'
    fi
done
stat --sort LLC-load-misses -e page-faults -- true
check "a sort key that was not counted still prints the report" stdout_has 'page-faults'
check "and fails" test "$status" -eq 125
stat --sort page-fault -- touch "$work/ran"
check "an unknown sort key: 125" test "$status" -eq 125
check "with a suggestion" stderr_has "page-faults"
check "before anything runs" test ! -e "$work/ran"
for key in tid name cpu-time cpu_time page-faults page_faults; do
    stat --backend software --sort "$key" -- true
    check "--sort $key" test "$status" -eq 0
done

# ---- repeats, intervals, gates ----
stat -r 3 --format json -- true
check "-r: mean, deviation, interval" json '.repeats.events["page-faults"] | .runs == 3 and .mean > 0 and (.deviation | type) == "number" and .low <= .mean and .mean <= .high'
stat -r 2 -e page-faults --format json -- true
check "-r: what was not counted has no spread of zeros" json '(.repeats.metrics | has("ipc") | not) and ([.repeats.metrics[], .repeats.events[] | select(.runs == 0)] | length == 0)'
stat -I 50 --format json -o "$work/i.json" -- sleep 0.3
grep '^{' "$work/err" >"$work/out"
check "-I: JSON lines" test "$(jq -s 'length' "$work/out")" -ge 3
check "-I: each says how long it was" test "$(jq -s '([.[].length_s] | add) - .[-1].interval_s | fabs < 0.01' "$work/out")" = true
stat -I 50 -e task-clock,page-faults -- sh -c 'i=0; while [ $i -lt 50000 ]; do i=$((i + 1)); done'
check "-I: times as in the report" stdout_has '^[0-9.]+ s +[0-9]+(\.[0-9]+)? [mu]s  task-clock$'
check "-I: not in ns" eval '! says "\(ns\)"'
stat -I 50 --format json -o "$work/i.json" -- sleep 0.3
grep '^{' "$work/err" >"$work/out"
check "-I: the differences sum to the total" test \
    "$(jq -s '[.[].counts["page-faults"].value] | add' "$work/out")" = \
    "$(jq '.totals["page-faults"].value' "$work/i.json")"
stat --fail-on 'page-faults>0' -- true
check "--fail-on triggers: 1" test "$status" -eq 1
stat --fail-on 'page-faults>1e12' -- sh -c 'exit 5'
check "--fail-on does not: the target's status" test "$status" -eq 5
stat --fail-on 'llc_mpki>5' -- true
check "a gate over what was not counted never passes" test "$status" -eq 125
stat --fail-on 'page-faults>' -- true
check "a broken gate fails" test "$status" -eq 125
for gate in 'page-faults>' 'llc_mkpi>5' 'LLC-load-mises>5 || ipc<1' 'page-faults>0)'; do
    stat --fail-on "$gate" -- touch "$work/ran"
    check "$gate: 125 before anything runs" test "$status" -eq 125 -a ! -e "$work/ran"
done
stat --fail-on 'llc_mkpi>5' -- true
check "a gate's name is suggested" stderr_has "did you mean 'llc_mpki'"
stat -e page-faults:u --fail-on 'page-faults:u>1e12 || page-faults:u/2>1e12' -- true
check "names of the asked events and divisions pass" test "$status" -eq 0
stat --fail-on 'cpu/event=0xc0/>1' -- true
check "a name with slashes is the result's to judge" test "$status" -eq 125
check "which is printed" stdout_has 'task-clock|CPU|instructions'

# ---- the end, by somebody else ----
# A shell without job control starts background jobs with SIGINT ignored: undo that.
env --default-signal=INT "$CACHECHECK" stat -q --backend software --format json -- sleep 1000 >"$work/out" 2>"$work/err" &
tool=$!
sleep 0.5
kill -INT $tool
wait $tool
status=$?
check "Ctrl-C ends the target: 128 + 2" test "$status" -eq 130
check "and the report still comes" json '.target.interrupted and .target.exit.signal == 2'

env --default-signal=INT "$CACHECHECK" stat -q --backend software --format json -- sh -c 'trap "" INT; sleep 1000; : "$1"' sh "$work" >"$work/out" 2>"$work/err" &
tool=$!
sleep 0.5
kill -INT $tool
sleep 0.3
kill -INT $tool
wait $tool
status=$?
check "a second Ctrl-C kills" test "$status" -eq 137
check "the report of that comes too" json '.target.exit.signal == 9'
check "nothing is left of it" sh -c '! pgrep -f "slee[p] 1000.*$1"' sh "$work"

stat --duration 0.3 --format json -- sleep 1000
check "--duration ends the target" json '.target.interrupted and .target.elapsed_s < 100'

# ---- attach ----
sh -c 'while :; do :; done' &
loop=$!
stat -p $loop --duration 0.4 --format json
check "-p: counts a running process" json '.target.attached and (.totals["task-clock"].value > 1e7)'
check "-p: it runs on" kill -0 $loop
kill -9 $loop
wait $loop 2>/dev/null
stat -p $loop
check "-p of a gone process fails: 125" test "$status" -eq 125
check "with a hint" stderr_has 'pgrep'

# ---- help ----
run "$CACHECHECK" stat --help
check "--help on stdout, status 0" stdout_has '--fail-on'
run "$CACHECHECK" stat --list software
check "--list shows software events" stdout_has 'software +yes'
run "$CACHECHECK"
check "no arguments: a short overview" test "$(wc -l <"$work/out")" -le 20
run "$CACHECHECK" sta
check "unknown command: a suggestion and 2" test "$status" -eq 2 -a -n "$(grep "did you mean 'stat'" "$work/err")"
finish
