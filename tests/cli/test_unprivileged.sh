# SPDX-License-Identifier: MIT
# Hostile conditions as an ordinary user: setuid targets, other people's
# processes, limits that root does not have. What only a perf_event_paranoid of 3
# shows is tested in a guest, since that setting is the whole machine's.
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/hostile.sh"
require_stranger
[ "$(cat /proc/sys/kernel/perf_event_paranoid)" -le 2 ] || skip "perf_event_paranoid leaves users nothing to count"

stat=("${as_stranger[@]}" "$CACHECHECK" stat --backend software)
reports=$work/reports
mkdir -m 1777 "$reports"
report=$reports/report.json

# json_file EXPRESSION: as lib.sh's json, of the report that was written.
json_file() { [ -s "$report" ] && jq -e "$1" "$report" >/dev/null; }
# stat_json WHAT EXPECTED OPTION... -- COMMAND...: with a report in $report, checked and removed by the caller.
stat_json() {
    local what=$1 expected=$2
    shift 2
    rm -f "$report"
    in_session "${stat[@]}" --format json -o "$report" "$@"
    check "$what: exit status $expected" [ "$status" -eq "$expected" ]
    check "$what: no process left" nobody_left
}
# Not one number without either a value or a reason.
every_count_is_explained() {
    json_file '[.threads[].counts, .totals] | all(.[]; all(.[]; has("value") != (.not_counted | strings | length > 0)))'
}

stat_json "an ordinary program" 4 -- sh -c 'echo out; exit 4'
check "an ordinary program: its output" stdout_has '^out$'
check "an ordinary program: every count is explained" every_count_is_explained

# Events of a task are taken away from an ordinary user when it becomes somebody
# else's (kernel/events/core.c, perf_event_exec): what was counted until then
# must not pass as the program's count.
cp "$(type -P sleep)" "$work/setuid"
chown root "$work/setuid"
chmod 4755 "$work/setuid"
stat_json "setuid root" 0 -e page-faults,task-clock -- "$work/setuid" 0.05
check "setuid root: every count is explained" every_count_is_explained
check "setuid root: nothing passes as a count" json_file 'all(.totals[]; has("value") | not)'
check "setuid root: says why" json_file 'all(.totals[].not_counted; test("set-user-id"))'
stat_on "setuid root, not found" 127 "${stat[@]}" -- "$work/setuid-missing"
chmod 4711 "$work/setuid"
stat_json "setuid root, unreadable" 0 -- "$work/setuid" 0
cp "$(type -P true)" "$work/unreadable"
chmod 711 "$work/unreadable"
stat_json "executable but unreadable" 0 -- "$work/unreadable"
check "executable but unreadable: says why" json_file 'all(.totals[].not_counted; test("not read"))'
chmod 700 "$work/unreadable"
stat_on "somebody else's program" 126 "${stat[@]}" -- "$work/unreadable"

# ---- processes ----
sleep 60 &
theirs=$!
stat_on "somebody else's process" 125 "${stat[@]}" -p $theirs --duration 0.1
check "somebody else's process: said, with a hint" complains 'permitted|permission|denied|belongs|not yours'
check "somebody else's process: still alive" kill -0 $theirs
kill $theirs
"${as_stranger[@]}" sleep 60 &
mine=$!
for _ in $(seq 100); do # until setpriv has become somebody else
    [ "$(cat /proc/$mine/comm)" = sleep ] && break
    sleep 0.1
done
stat_on "one's own process" 0 "${stat[@]}" --format json -p $mine --duration 0.3
check "one's own process: still alive" kill -0 $mine
kill $mine

# ---- limits ----
in_session bash -c 'ulimit -u 40; exec "$@"' bash "${stat[@]}" --format json -o "$report" -- "$FIXTURES/fixture_fork_limit" 1000
check "forks to its limit: the target's status" [ "$status" -eq 0 ]
check "forks to its limit: output complete" stdout_has '^[0-9]+ children, limited$'
check "forks to its limit: all of them counted" json_file "(.threads | length) > $(grep -oE '^[0-9]+' "$work/out")"
check "forks to its limit: no process left" nobody_left
# LeakSanitizer wants a thread of its own, which is what cannot be had.
in_session env ASAN_OPTIONS=detect_leaks=0 "${as_stranger[@]}" bash -c 'ulimit -u 1; exec "$@"' bash \
    "$CACHECHECK" stat --backend software -- true
check "no process to be had: own failure" [ "$status" -eq 125 ]
check "no process to be had: said" complains 'fork'

stat_json "locked memory 0" 0 -- true # the kernel's own allowance comes first
in_session bash -c 'ulimit -n 64; exec "$@"' bash "${stat[@]}" -- sh -c 'echo ran; exit 5'
check "RLIMIT_NOFILE 64: runs, or says which limit" [ "$status" -eq 5 -o "$status" -eq 125 ]
[ "$status" -eq 5 ] || check "RLIMIT_NOFILE 64: said" complains 'descriptor|RLIMIT_NOFILE|ulimit -n'

# ---- what a user may not count ----
stat_on "a tracepoint" 125 "${stat[@]}" -e syscalls:sys_enter_getppid -- sh -c "touch $reports/ran"
check "a tracepoint: says what would allow it" complains 'paranoid|tracefs|root|CAP_PERFMON'
check "a tracepoint: nothing ran" [ ! -e "$reports/ran" ]

# The doctor tells what the level means for who asks.
level_state() { jq -r '.. | objects | select(.part? == "paranoid level") | .state' "$work/out"; }
if [ "$(cat /proc/sys/kernel/perf_event_paranoid)" = 2 ]; then
    run "${as_stranger[@]}" "$CACHECHECK" machine --check --format json
    check "the paranoid level binds users" [ "$(level_state)" = partly ]
    run "$CACHECHECK" machine --check --format json
    level_root=$(jq -r '.. | objects | select(.part? == "paranoid level") | .enable' "$work/out")
    check "but not root" [ "$(level_state)" = yes -a -z "${level_root#null}" ]
fi
finish
