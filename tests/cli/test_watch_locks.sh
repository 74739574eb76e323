# SPDX-License-Identifier: MIT
# Locks that threads sleep for: named by their code path, with those who wait and who holds.
# Label: long alone
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/hostile.sh"
: >"$work/out"
: >"$work/err"
programs=$BUILD/tests/sharing/programs

# watch SECONDS COMMAND...: the result goes to $work/out.
watch() {
    local seconds=$1
    shift
    run timeout 60 "$CACHECHECK" sharing -q --backend watch --format json --duration "$seconds" -- "$@"
}
watch 0.2 true
[ "$status" = 125 ] && skip "nothing can be watched here: $(head -n 1 "$work/err")"
[ "$(nproc)" -gt 1 ] || skip "one processor: nobody waits for long"
sleep 5 &
cat "/proc/$!/syscall" >/dev/null 2>&1 || skip "the kernel does not tell where threads sleep"
kill $!

# contended WHAT PROGRAM EXPRESSION: three tries, for a look may miss what is there.
contended() {
    local what=$1 program=$2 try
    [ -x "$programs/$program" ] || return
    for try in 1 2 3; do
        watch 2 "$programs/$program" 1000000000 3
        json '.findings | any(.rule == "contended-lock")' && break
    done
    check "$what: found" json '.findings | any(.rule == "contended-lock")'
    check "$what: $3" json "[.findings[] | select(.rule == \"contended-lock\")][0] | $3"
    check "$what: told as seen" json '[.findings[] | select(.rule == "contended-lock")][0].evidence
        | .grade == "watched" and .samples >= 5 and .cost > 0 and .cost <= 1'
    check "$what: not sold as false sharing" json '.findings | all(.rule != "false-sharing")'
}
contended "a pthread mutex" contended '.object.name == "journal" and .fields[0].name == "lock"
    and (.fields[0].location | .role == "waits" and (.function | test("pthread_mutex_lock called by")))'
check "a pthread mutex: whoever holds it is named" json '.findings | any(.fields[].location.role == "holds")'
contended "a std::mutex" cc_contended '.object.name == "bank::journal"
    and (.fields[0].location.file | endswith("cc_contended.cc"))'
contended "a Mutex of Rust" rs_contended '.fields[0].location | .role == "waits"
    and (.file | endswith("rs_contended.rs"))'
for try in 1 2 3; do
    run timeout 60 "$CACHECHECK" sharing -q --backend watch --duration 2 -- "$programs/contended" 1000000000 3
    grep -q 'waits' "$work/out" && break
done
check "the text says who waits" stdout_has '<- T[0-9]+ contended +waits'
check "the text says how it was seen" stdout_has 'evidence: watched, seen asleep [0-9]+ times'

# Who joins others, or waits to be told, sleeps in futex(2) as well: on purpose.
watch 1 "$programs/padded" 100000000000
check "waiting for threads to end is no contention" json '.findings | all(.rule != "contended-lock")'
watch 2 "$programs/setup" 100000000000
check "nor is waiting once, until all is set up" \
    json '.findings | all(.rule != "contended-lock" or .severity == "low")'
if [ "$(id -u)" -eq 0 ] && "${as_stranger[@]}" test -x "$CACHECHECK" &&
    [ "$(cat /proc/sys/kernel/perf_event_paranoid)" -le 2 ]; then
    for try in 1 2 3; do
        in_session "${as_stranger[@]}" "$CACHECHECK" sharing -q --backend watch --duration 2 --format json -- \
            "$programs/contended" 1000000000 3
        json '.findings | any(.rule == "contended-lock")' && break
    done
    check "as an ordinary user: told as well" json '.findings | any(.rule == "contended-lock")'
fi
finish
