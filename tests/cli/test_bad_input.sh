# SPDX-License-Identifier: MIT
# Targets and arguments that are wrong, hostile or end badly: a clear error with a
# hint, the right exit status, nothing of the target lost, nothing left behind.
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/hostile.sh"

software=("$CACHECHECK" stat --backend software)
backends=software
"$CACHECHECK" machine --check --format json 2>/dev/null |
    jq -e '.checks[] | select(.backend == "simulate" and .part == "") | .state == "yes"' >/dev/null &&
    backends="software simulate"

# ---- what cannot be started ----
for backend in $backends auto; do
    stat=("$CACHECHECK" stat --backend "$backend")
    echo text >"$work/plain"
    stat_on "$backend, not executable" 126 "${stat[@]}" -- "$work/plain"
    check "$backend, not executable: said, with a hint" complains 'chmod \+x'
    stat_on "$backend, not found" 127 "${stat[@]}" -- cachecheck-no-such-program
    check "$backend, not found: said by name" complains 'cachecheck-no-such-program'
    stat_on "$backend, no such path" 127 "${stat[@]}" -- "$work/missing/program"
    stat_on "$backend, a directory" 126 "${stat[@]}" -- "$work"
    check "$backend, a directory: said" complains 'directory'
    stat_on "$backend, an empty name" 127 "${stat[@]}" -- ''
    printf '#!/no/such/interpreter\n' >"$work/script"
    chmod +x "$work/script"
    stat_on "$backend, a script without its interpreter" 127 "${stat[@]}" -- "$work/script"
    check "$backend, a script without its interpreter: hint" stderr_has 'hint:.*interpreter'
    head -c 4096 /dev/zero >"$work/zeros"
    chmod +x "$work/zeros"
    stat_on "$backend, not a program" 126 "${stat[@]}" -- "$work/zeros"
    check "$backend, not a program: said" complains 'execut'
done
stat_on "no program" 125 "${software[@]}"
stat_on "no directory" 125 "${software[@]}" --cd "$work/missing" -- true

# ---- programs of another make ----
# An i386 program of 96 bytes that exits with 42: mov $1,%eax; mov $42,%ebx; int $0x80.
printf '\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\3\0\1\0\0\0\124\200\4\10\64\0\0\0\0\0\0\0\0\0\0\0\64\0\40\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\200\4\10\0\200\4\10\140\0\0\0\140\0\0\0\5\0\0\0\0\20\0\0\270\1\0\0\0\273\52\0\0\0\315\200' >"$work/elf32"
chmod +x "$work/elf32"
"$work/elf32" 2>/dev/null
natively=$? # 42, or 126 where the kernel has no 32-bit side
stat_on "32 bits" "$natively" "${software[@]}" --format json -- "$work/elf32"
[ "$natively" -ne 42 ] || check "32 bits: counted" json '.totals["task-clock"].value > 0'

printf '#include <stdio.h>\nint main(void) { puts("static"); return 3; }\n' >"$work/static.c"
if cc -static -o "$work/static" "$work/static.c" 2>/dev/null; then
    for backend in $backends; do
        stat_on "$backend, a static program" 3 "$CACHECHECK" stat --backend "$backend" -o "$work/report" -- "$work/static"
        check "$backend, a static program: its output is there" stdout_has '^static$'
    done
    rm -f "$work/report"
else
    echo "# no static libc: a static program was not tried"
fi

# ---- programs that end badly ----
for backend in $backends; do
    stat=("$CACHECHECK" stat --backend "$backend")
    stat_on "$backend, SIGSEGV" 139 "${stat[@]}" -- sh -c 'echo before; kill -SEGV $$'
    check "$backend, SIGSEGV: output complete" stdout_has '^before$'
    check "$backend, SIGSEGV: said" says 'SIGSEGV|[Ss]egmentation'
    stat_on "$backend, SIGKILL" 137 "${stat[@]}" -- sh -c 'echo before; kill -KILL $$'
    check "$backend, SIGKILL: output complete" stdout_has '^before$'
    check "$backend, SIGKILL: said" says 'SIGKILL|[Kk]illed'
    stat_on "$backend, SIGKILL in JSON" 137 "${stat[@]}" --format json -o "$work/report.json" -- sh -c 'kill -KILL $$'
    check "$backend, SIGKILL: in JSON" jq -e '.target.exit.signal == 9 or .target.exit.signal == "SIGKILL"' \
        "$work/report.json" >/dev/null
    rm -f "$work/report.json"
    stat_on "$backend, closes every descriptor" 7 "${stat[@]}" -- "$FIXTURES/fixture_close_fds"
    check "$backend, closes every descriptor: output complete" stdout_has '^closing$'
    check "$backend, closes every descriptor: a report" says 'fixture_close|close_fds'
    stat_on "$backend, status 200" 200 "${stat[@]}" -- sh -c 'exit 200'
done

# ---- a process that is not there ----
sh -c 'exit 0' &
gone=$!
wait $gone
stat_on "PID gone" 125 "${software[@]}" -p $gone
check "PID gone: said, with a hint" complains "no process"
stat_on "PID 0" 125 "${software[@]}" -p 0
stat_on "no PID" 125 "${software[@]}" -p nonsense

# ---- events ----
stat_on "unknown event" 125 "${software[@]}" -e page-fautls -- sh -c "touch $work/ran"
check "unknown event: said" complains "page-fautls"
check "unknown event: did you mean" stderr_has "did you mean .page-faults"
check "unknown event: the program was not run" [ ! -e "$work/ran" ]
stat_on "unknown backend" 125 "$CACHECHECK" stat --backend sofware -- true
stat_on "unknown tracepoint" 125 "${software[@]}" -e syscalls:sys_enter_gepid -- true
check "unknown tracepoint: said" complains 'sys_enter_gepid'
many=()
for i in $(seq 6); do many+=(-e "mem:0x$((1000 + i))000:w"); done
stat_on "more breakpoints than registers" 0 "${software[@]}" --format json "${many[@]}" -- true
check "more breakpoints than registers: each has a count or a reason" json \
    '[.totals[]] | length == 6 and all(.[]; has("value") != (.not_counted | strings | length > 0)) and
     any(.[]; .not_counted | strings | test("breakpoint"))'
for i in $(seq 70); do many+=(-e page-faults); done
stat_on "more -e than there is room for" 125 "${software[@]}" "${many[@]}" -- true

# ---- limits ----
in_session bash -c 'ulimit -n 64; exec "$@"' bash "${software[@]}" -- sh -c 'echo ran; exit 5'
check "RLIMIT_NOFILE 64: runs, or says which limit" [ "$status" -eq 5 ]
[ "$status" -eq 5 ] || check "RLIMIT_NOFILE 64: said" complains 'descriptor|RLIMIT_NOFILE|ulimit -n'
in_session bash -c 'ulimit -n 6; exec "$@"' bash "${software[@]}" -- true
check "RLIMIT_NOFILE 6: own failure" [ "$status" -eq 125 ]
check "RLIMIT_NOFILE 6: said" complains 'descriptor|RLIMIT_NOFILE|ulimit -n'
check "RLIMIT_NOFILE 6: no process left" nobody_left

# ---- seccomp ----
for errno in 1 38; do
    in_session "$FIXTURES/fixture_deny_perf" $errno "${software[@]}" -- sh -c 'echo ran; exit 5'
    [ "$status" -eq 77 ] && echo "# no seccomp here" && break
    check "perf_event_open denied with $errno: the program's status or ours" [ "$status" -eq 5 ]
    check "perf_event_open denied with $errno: said why" says 'seccomp|container'
    check "perf_event_open denied with $errno: no process left" nobody_left
done

# ---- where the report goes ----
for backend in $backends; do
    stat=("$CACHECHECK" stat --backend "$backend")
    stat_on "$backend, full disk" 125 "${stat[@]}" -o /dev/full -- echo "all of it"
    check "$backend, full disk: said" complains 'space|/dev/full'
    check "$backend, full disk: the target's output is there" stdout_has '^all of it$'
done
stat_on "-o in a missing directory" 125 "${software[@]}" -o "$work/missing/report.json" -- sh -c "touch $work/ran"
check "-o in a missing directory: said" complains 'missing/report'
check "-o in a missing directory: before anything ran" [ ! -e "$work/ran" ]
stat_on "-o a directory" 125 "${software[@]}" -o "$work" -- true
in_session sh -c '"$@" >/dev/full' sh "${software[@]}" --format json -- true
check "standard output on a full disk: own failure" [ "$status" -eq 125 ]
check "standard output on a full disk: said" complains 'space|write'

tiny=$work/tiny
mkdir "$tiny"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=4k tmpfs "$tiny" 2>/dev/null; then
    trap 'umount "$tiny"; '"$clear" EXIT
    stat_on "a tiny disk" 125 "${software[@]}" --format json -o "$tiny/report.json" -- \
        sh -c 'for i in $(seq 50); do true & done; wait; for i in $(seq 50); do sh -c true; done; echo done'
    check "a tiny disk: said" complains 'space'
    check "a tiny disk: the target's output is there" stdout_has '^done$'
    stat_on "temporary files on a full disk" 0 env TMPDIR="$tiny" "${software[@]}" -- true
fi

# What somebody else may have named must not reach the terminal as it is.
evil=$work/$'e\033[2J\a\377\nvil'
printf 'no result' >"$evil"
clean() { ! LC_ALL=C grep -qP '[^\n -~]' "$work/err"; }
for words in "$evil" "--$evil" "help $evil" "report $evil" "diff $evil $evil" "merge $evil" "layout $evil" \
    "machine --xml $evil" "machine --synthetic $evil" "machine --root $evil" "verify $evil" "stat -p $evil" \
    "stat --backend $evil" "stat -e $evil -- true" "stat -o $evil/x -- true" "stat -r $evil" "stat --$evil" \
    "stat -- $evil"; do
    IFS=' ' read -r -d '' -a words <<<"$words"
    words[-1]=${words[-1]%$'\n'}
    run "$CACHECHECK" "${words[@]}"
    label="a hostile name as '${words[*]//"$evil"/NAME}'"
    check "$label: refused" [ "$status" -ne 0 ]
    check "$label: said in plain characters" clean
done
finish
