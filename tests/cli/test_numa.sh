# SPDX-License-Identifier: MIT
# `cachecheck numa`: running processes, launched ones, what is denied, and bad input. What
# machines of several nodes show is tested in guests and by unit tests.
. "$TESTS/cli/lib.sh"
place=$FIXTURES/fixture_numa_place
deny=$FIXTURES/fixture_deny_calls
[ "$(getconf PAGESIZE)" -eq 4096 ] || skip "pages of 4 KiB are expected"

# begin WORDS...: start the program and wait until it is ready; leaves $pid.
begin() {
    rm -f "$work/ready"
    "$place" "$@" >"$work/ready" 2>"$work/place.err" &
    pid=$!
    until grep -qs ready "$work/ready"; do
        kill -0 $pid 2>/dev/null || return 1
        sleep 0.05
    done
}
end() {
    kill -9 $pid
    wait $pid 2>/dev/null
}

# Where all pages are to be known: the default budget, 0.1 s by the clock, is soon over on a busy
# machine, and what it did not reach is then rightly unknown.
patient="--budget 60"

# ---- one look at a running process ----
begin map 32 default 0 spin -1 sleep 3
run "$CACHECHECK" numa -p $pid
check "it succeeds" [ $status -eq 0 ]
check "stderr stays silent" [ ! -s "$work/err" ]
check "pages are told, and how" stdout_has '^pages +(exact: every page|sampled: )'
check "rows as numastat has them" [ "$(grep -cE '^(Huge|Heap|Stack|Private|Total) ' "$work/out")" -eq 5 ]
check "it ends with one next command" stdout_has "^next +cachecheck "
run "$CACHECHECK" numa $patient --format json -p $pid
check "JSON: command and placement" json '.command == "numa" and (.placement | type) == "object"'
check "JSON: all five threads" json '.placement.threads | length == 5'
# With what the kernel merges with it, as its neighbour: one run in twenty, by where the kernel puts
# things, that is a thread's stack, and then the mapping is one with a stack pointer in it.
check "JSON: the 32 MiB are a mapping" json 'any(.placement.mappings[]; .resident >= 33554432 and .resident < 41943040
    and (.kind == "anonymous" or (.kind == "stack" and .resident > 33554432 and .stack_of)))'
check "JSON: memory by node adds up" json '.placement.memory | (.huge["0"] + .heap["0"] + .stack["0"] + .private["0"]) == .total["0"]'
check "JSON: every thread says how its place is known" json 'all(.placement.threads[]; .ran_by != "unknown")'
check "JSON: policies are words" json 'all(.placement.mappings[]; .policy.mode == "default" or .policy.unknown)'
if command -v numastat >/dev/null && [ -e /proc/self/numa_maps ]; then
    total=$(numastat -p $pid | awk '$1 == "Total" && NF > 1 { print int($NF) }')
    check "as many MiB as numastat counts" json "((.placement.memory.total | add) / 1048576 | floor) - $total | . * . <= 1"
fi
end

run "$CACHECHECK" numa --format json -p $$
check "JSON: a share is a share" json '.placement.remote | .low <= .value and .value <= .high'
run "$CACHECHECK" numa --duration 0.5 -I 100 --format json -p $$
check "JSON: points over time" json '.placement.points | length >= 2'
check "JSON: how long" json '.placement.watched_s >= 0.4'
check "lines of intervals go to stderr" stderr_has 's +[0-9]+ MiB +'

# ---- sampled ----
begin map 300 default 0
run "$CACHECHECK" numa $patient --format json -p $pid
if json '.placement.method == "sampled"'; then
    check "sampled: within 1 % of the size" json '.placement.memory.total | add | . > 310000000 and . < 325000000'
    check "sampled: policies are unknown with a reason" json 'all(.placement.mappings[] | select(.method == "sampled"); .policy.unknown)'
fi
run "$CACHECHECK" numa --exact --format json -p $pid
check "exact: every mapping" json '.placement.method == "exact" and any(.placement.mappings[]; .resident == 314572800)'

# ---- other formats ----
run "$CACHECHECK" numa --format csv -p $pid
check "CSV: a line of titles, and the same number of fields in each" \
    [ "$(tr -d '\r' <"$work/out" | grep -v '"' | awk -F, '{ print NF }' | sort -u | wc -l)" -eq 1 ]
run "$CACHECHECK" numa --format svg -p $pid
check "SVG: one picture" [ "$(grep -c '<svg xmlns' "$work/out")" -eq 1 ]
if command -v python3 >/dev/null; then
    check "SVG: well-formed" python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$work/out"
fi
run "$CACHECHECK" numa -o "$work/page.html" -p $pid
check "HTML: the picture is in it" grep -q '<svg xmlns' "$work/page.html"
run "$CACHECHECK" numa --format markdown -p $pid
check "Markdown" stdout_has '^### cachecheck numa'
run "$CACHECHECK" numa --format folded -p $pid
check "no call paths here" [ $status -eq 125 ]

# ---- what is denied, one by one, by a real filter ----
for call in move_pages get_mempolicy mbind,set_mempolicy,migrate_pages pidfd_open perf_event_open timerfd_create; do
    run "$deny" 1 $call "$CACHECHECK" numa $patient --format json -p $pid
    [ $status -eq 77 ] && break
    check "without $call it still answers" [ $status -eq 0 ]
    check "without $call pages are known" json '.placement.memory.total | add > 300000000'
done
run "$deny" 1 move_pages "$CACHECHECK" numa $patient --format json -p $pid
if [ $status -ne 77 ]; then
    check "without move_pages: by numa_maps" json '.placement.processes[0].by == "numa_maps"'
    run "$deny" 38 move_pages "$CACHECHECK" numa --format json --budget 0.000001 -p $pid
    check "a budget of nothing leaves pages unknown, not remote" \
        json '[.placement.mappings[] | select(.method == "unknown")] | length > 0 and all(.[]; .unknown and (.remote | not))'
fi
end

# ---- a program from its start ----
run "$CACHECHECK" numa -- "$place" map 8 default 0 nonsense
check "the program's status is passed on" [ $status -eq 2 ]
run timeout --preserve-status -s INT 2 "$CACHECHECK" numa -- "$place" map 8 default 0
check "Ctrl-C ends the program, and the report comes" stdout_has '^Total +'
check "the status says what ended it" [ $status -eq 130 ]
run "$CACHECHECK" numa --duration 0.5 --format json -- sh -c 'sleep 3 & sleep 3'
check "children are seen" json '.placement.processes | length >= 2'
run "$CACHECHECK" numa -- true
check "a program that is too short" [ $status -eq 0 ]
check "is told so, or was seen" says 'ended before|^Total'
run "$CACHECHECK" numa -- /nonexistent/program
check "no such program: 127" [ $status -eq 127 ]

# ---- bad input ----
run "$CACHECHECK" numa -p 4194304
check "no such process" [ $status -eq 125 ]
check "is said" stderr_has 'no process 4194304'
run "$CACHECHECK" numa
check "nothing named" stderr_has 'name a program'
run "$CACHECHECK" numa -p $$ -- true
check "both named" stderr_has 'not both'
run "$CACHECHECK" numa --fail-on memory-remotte -p $$
check "an unknown rule has a hint" stderr_has "did you mean 'memory-remote'"
if [ -r /proc/2/status ] && grep -q kthreadd /proc/2/comm; then
    run "$CACHECHECK" numa -p 2
    check "a kernel thread is refused" stderr_has "thread of the kernel"
fi
# A zombie: its parent does not wait.
sh -c 'true & echo $! >"$0"; exec sleep 5' "$work/zombie" &
parent=$!
sleep 0.5
run "$CACHECHECK" numa -p "$(cat "$work/zombie")"
check "a zombie is told" [ $status -eq 125 ]
check "by name" stderr_has 'zombie|no process'
kill $parent
# Gone midway.
sleep 1 &
run "$CACHECHECK" numa --duration 20 -p $!
check "a process that ends midway ends the look" [ $status -eq 0 ]
# Names with newlines and escapes.
odd=$work/$'a\nb \\012"c\t\033[31m'
head -c 100000 /dev/zero >"$odd"
begin file "$odd"
run "$CACHECHECK" numa --exact --rows 100 -p $pid
check "odd names reach no terminal" eval '! grep -q "$(printf "\033")" "$work/out"'
run "$CACHECHECK" numa --exact --format json -p $pid
check "JSON: and are one string each" json 'any(.placement.mappings[]; .name | test("a.012b .*012.c"))'
end

# ---- another user's, and one's own without root ----
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    user="setpriv --reuid 65534 --regid 65534 --clear-groups"
    cp "$CACHECHECK" "$work/cachecheck"
    chmod 755 "$work" "$work/cachecheck"
    run $user "$work/cachecheck" numa --format json -p $$
    check "another's: it answers" [ $status -eq 0 ]
    check "another's: pages are unknown, with a hint" json '.placement.method == "unknown" and (.placement.processes[0].unknown | test("not permitted"))'
    check "another's: threads are known" json '.placement.threads[0] | .ran_by != "unknown" and .policy.unknown'
    check "another's: nothing is remote" json '.placement.remote == null or .placement.remote.value == 0'
    $user sleep 20 &
    sleep 0.3
    run $user "$work/cachecheck" numa --format json -p $!
    check "one's own: everything" json '.placement.method != "unknown" and (.placement.threads[0].policy.mode != null)'
    kill $!
fi

# ---- the live view ----
if command -v python3 >/dev/null; then
    sleep 30 &
    cat >"$work/view.py" <<'PY'
import os, pty, select, sys, termios, time
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], ["cachecheck", "numa", "--watch", "-I", "100", "-p", sys.argv[2]])
before = termios.tcgetattr(fd)
out, begin, sent = b"", time.time(), False
while time.time() - begin < 30:
    if select.select([fd], [], [], 0.1)[0]:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        out += piece
    if not sent and out.count(b"\033[H") > 2:
        os.write(fd, sys.argv[3].encode().decode("unicode_escape").encode())
        sent = True
status = os.waitpid(pid, 0)[1]
good = status == 0 and out.count(b"\033[?1049h") == 1 and out.count(b"\033[?1049l") == 1
good = good and b"Total" in out.split(b"\033[?1049l")[1]
sys.exit(0 if good else 1)
PY
    check "--watch: q ends it, the screen is given back, the report comes" \
        python3 "$work/view.py" "$CACHECHECK" $! q
    check "--watch: Ctrl-C does the same" python3 "$work/view.py" "$CACHECHECK" $! '\003'
    kill $!
fi
finish
