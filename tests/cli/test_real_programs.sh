# SPDX-License-Identifier: MIT
# Programs that people really run, as scripts/packages.sh installs them: do names, sums and
# verdicts line up with what they are known to do, and is nothing left behind?
. "$TESTS/cli/lib.sh"
for program in gzip xz sqlite3 python3 sort jq; do
    command -v "$program" >/dev/null || skip "$program is not installed"
done
stat() { run "$CACHECHECK" stat -q --backend software "$@"; }
export TMPDIR="$work/tmp"
mkdir "$TMPDIR"
seq 400000 >"$work/numbers"

# sums WHAT: every event's rows sum to its total.
sums() {
    check "$1: rows sum to the totals" json '. as $all | all(.events[].name;
        . as $event | ([$all.threads[].counts[$event].value] | add) == $all.totals[$event].value)'
}

# ---- programs of one and more threads ----
stat -o "$work/gzip.json" -- gzip -c "$work/numbers"
check "gzip: its output is whole" cmp <(gzip -dc "$work/out") "$work/numbers"
mv "$work/gzip.json" "$work/out"
sums gzip
check "gzip: one thread of that name" json '[.threads[].name] == ["gzip"] and .target.threads == 1'
check "the machine is in the result" json '.machine.pus > 0 and .machine.arch != ""'

# The kernel's own account of the same program, give or take where its stack lands and the fork.
stat --format json -- python3 -c 'b = bytearray(20 << 20); b[::4096] = b"x" * (20 << 8)'
faults=$(python3 -c 'import resource, subprocess
subprocess.run(["python3", "-c", "b = bytearray(20 << 20); b[::4096] = b\"x\" * (20 << 8)"])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt)')
if [ "$(id -u)" -eq 0 ]; then # else the kernel's own part is left out
    check "python3: page faults as wait4() tells ($faults)" json \
        ".totals[\"page-faults\"].value | . > $faults * 0.9 - 200 and . < $faults * 1.1 + 200"
fi

stat --format json -o "$work/xz.json" -- xz -0 -T2 --block-size=256KiB -kc "$work/numbers"
cp "$work/xz.json" "$work/out"
sums "xz -T2"
check "xz -T2: a main thread and two workers" json '.target.threads == 3 and .target.processes == 1'

stat --format json -- sort --parallel=2 -S 8M -n -r -o "$work/sorted" "$work/numbers"
sums "sort --parallel=2"
check "sort: it sorted" [ "$(head -1 "$work/sorted")" = 400000 ]

stat --format json -o "$work/sqlite.json" -- sqlite3 "$work/db" 'create table t(a);
    with recursive c(i) as (select 1 union all select i + 1 from c where i < 20000)
    insert into t select i * 7919 % 20011 from c; create index x on t(a); select count(*) from t;'
check "sqlite3: its answer" stdout_has '^20000$'
cp "$work/sqlite.json" "$work/out"
sums sqlite3

# ---- names come from outside ----
cat >"$work/names.py" <<'PYTHON'
import threading
def work(name):
    with open(f"/proc/self/task/{threading.get_native_id()}/comm", "wb") as comm:
        comm.write(name)
for name in (b"\x1b[31mred", b"\xff\xfebad", b'=cmd|"q",u', "日本語日本".encode()):
    thread = threading.Thread(target=work, args=(name,))
    thread.start()
    thread.join()
PYTHON
stat -- python3 "$work/names.py"
check "names: no escape reaches the terminal" [ "$(tr -cd '\033' <"$work/out" | wc -c)" -eq 0 ]
check "names: the text is UTF-8" iconv -f UTF-8 -t UTF-8 "$work/out" -o /dev/null
stat --format json -- python3 "$work/names.py"
check "names: JSON keeps what is a character" json '[.threads[].name] | index("日本語日本") and index("=cmd|\"q\",u") and index("\u001b[31mred")'
stat --format csv -- python3 "$work/names.py"
check "names: CSV quotes, and is no formula" stdout_has "\"'=cmd\\|\"\"q\"\",u\""

# ---- a daemon ----
stat -- sh -c 'setsid sleep 3 >/dev/null 2>&1 & exit 3'
check "a daemon is known to go on" stdout_has '^note +1 thread still ran when the command ended'
check "a daemon's starter passes its status" [ "$status" -eq 3 ]
stat -- sh -c '/bin/true; (/bin/true | /bin/true); exit 3'
check "children that were waited for are not" [ "$(grep -c 'still ran' "$work/out")" -eq 0 ]

# ---- verdicts ----
stat --format json -- sleep 0.5
check "a sleeper is idle or waiting, not short" json '.verdict.name == "idle" or .verdict.name == "waiting"'
PATH="$work/none" stat -- /bin/sleep 0.5
check "a next command that is not installed says where it comes from" stdout_has '^next +strace .*# apt-get install strace$'
stat -- gzip -kf "$work/numbers"
check "why caches were not counted stands there once" [ "$(grep -c 'asked for with --backend' "$work/out")" -eq 1 ]

# ---- repeats: what --help promises ----
stat -r 3 -- gzip -kf "$work/numbers"
check "-r: the interval is shown" stdout_has '95 % interval'
stat -r 3 --format json -- gzip -kf "$work/numbers"
check "-r: the interval holds the mean" json '.repeats.events | length > 0 and all(.[]; .low <= .mean and .mean <= .high)'

# ---- intervals ----
run "$CACHECHECK" stat -q -I 50 -- sleep 0.3
check "-I: auto takes a backend that has intervals" [ "$status" -eq 0 ]
check "-I: and prints them" stdout_has '^0\.[0-9]{3} s '
"$CACHECHECK" stat -q --backend software -I 50 -- sh -c "sleep 0.5; : >$work/survived" | head -1 >"$work/out"
check "-I: a reader that goes away does not cost the target its life" [ -e "$work/survived" ]

# ---- under the simulation ----
run "$CACHECHECK" machine --check --format json
if json 'any(.checks[]; .backend == "simulate" and .part == "" and .state == "yes")'; then
    head -c 100000 "$work/numbers" >"$work/few"
    ln -s "$(command -v gzip)" "$work/packer"
    run "$CACHECHECK" stat -q --backend simulate --format json -o "$work/link.json" -- "$work/packer" -c "$work/few"
    cp "$work/link.json" "$work/out"
    check "a program is called as it was executed, not as its link's end" json '[.threads[].name] == ["packer"]'
    sums "gzip, simulated"
    run "$CACHECHECK" stat -q --backend simulate -- "$work/packer" -kf "$work/few"
    check "cells are not cut in 100 columns" [ "$(grep -v '^ran ' "$work/out" | grep -c '…\|~$')" -eq 0 ]

    # A shell that takes the terminal for itself: without it, it would try for ever.
    cat >"$work/repl.py" <<'PYTHON'
import os, pty, select, signal, sys, termios, time
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
before, seen, sent = termios.tcgetattr(terminal), b"", False
end = time.monotonic() + 90
while time.monotonic() < end:
    if select.select([terminal], [], [], 0.5)[0]:
        try:
            seen += os.read(terminal, 4096)
        except OSError:
            break
    if not sent and b">>> " in seen:
        os.write(terminal, b"print(6 * 7)\nraise SystemExit(5)\n")
        sent = True
else:
    os.kill(child, signal.SIGKILL)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), b"\n42" in seen)
PYTHON
    run python3 "$work/repl.py" "$CACHECHECK" stat -q --backend simulate -- "$(python3 -c 'import sys; print(sys.executable)')" -q -S
    check "an interactive program gets the terminal" stdout_has '^5 True$'
fi

check "no folder is left behind" [ -z "$(ls -A "$TMPDIR")" ]
finish
