# SPDX-License-Identifier: MIT
# `cachecheck sharing` on programs that are hard to simulate, end badly, or tell nothing
# of themselves: clear words, the target's own status, what is known is kept.
. "$TESTS/cli/sharing.sh"
. "$TESTS/cli/hostile.sh"
sharing=("$CACHECHECK" sharing -q --backend simulate)
json=("${sharing[@]}" --format json -o "$work/result.json")
ulimit -c 0

# ---- code that Valgrind has trouble with ----
rm -f "$work/result.json"
in_session "${json[@]}" -- "$FIXTURES/fixture_unusual_code" avx512
check "AVX-512: status 126" [ "$status" = 126 ]
check "AVX-512: what the program printed is there" stdout_has '^before$'
check "AVX-512: said, as what it is" stderr_has 'AVX-512'
check "AVX-512: with a hint" stderr_has '^(cachecheck( sharing)?: )?hint:'
check "AVX-512: no process left" nobody_left
check "AVX-512: the trace up to there is whole, and why it ends is noted" \
    result '.source.notes | any(test("AVX-512")) and all(test("damaged") | not)'
in_session "$CACHECHECK" stat -q --backend simulate -- "$FIXTURES/fixture_unusual_code" avx512
check "AVX-512, counted: status 126" [ "$status" = 126 ]
check "AVX-512, counted: said, with a hint" [ "$(grep -cE 'run this program.*AVX-512|^hint:' "$work/err")" = 2 ]
for how in rewrite moved; do
    stat_on "code that is $how" 0 "${json[@]}" -- "$FIXTURES/fixture_unusual_code" "$how"
    check "code that is $how: nothing is made up" clean
done

# ---- processes ----
stat_on "31 processes" 0 "${json[@]}" -- "$FIXTURES/fixture_fork_tree" 4
check "31 processes: all are counted" result '.target.processes == 31'
printf '#!/bin/sh\n"%s" 20000\nexit 7\n' "$PROGRAMS/struct_plain" >"$work/script"
chmod +x "$work/script"
stat_on "a script" 7 "${json[@]}" -- "$work/script"
check "a script: what its program did is found" \
    result '.findings[] | select(.rule == "false-sharing") | .object.name == "stats"'
stat_on "a script that execs a script" 7 "${json[@]}" -- sh -c "exec '$work/script'"
check "a script that execs a script: found as well" \
    result '.findings[] | select(.rule == "false-sharing") | .object.name == "stats"'

# ---- ends ----
rm -f "$work/result.json"
stat_on "a crash" 139 "${json[@]}" -- "$FIXTURES/fixture_simulate_end" segv
check "a crash: there is a report" result '.findings'
stat_on "a crash after false sharing" 139 "${json[@]}" -- \
    sh -c "'$PROGRAMS/struct_plain' 20000; kill -SEGV \$\$"
check "a crash: and the finding is in it" \
    result '.findings[] | select(.rule == "false-sharing") | .object.name == "stats"'
stat_on "a failing program" 2 "${json[@]}" -- "$PROGRAMS/struct_plain" none

# ---- storage and names ----
run env TMPDIR="$work/nowhere" "${sharing[@]}" -- true
check "TMPDIR is not there: our failure" [ "$status" = 125 ]
check "TMPDIR is not there: said" stderr_has 'TMPDIR is .*nowhere: No such file'
check "TMPDIR is not there: with a hint" stderr_has 'hint: set TMPDIR'
# A static program loads no library that would tell of its heap: that is said, and only there.
printf '#include <stdlib.h>\nint main(void) { return !malloc(99); }\n' >"$work/static.c"
cc -static -O0 -o "$work/static" "$work/static.c"
stat_on "a static program" 0 "${json[@]}" -- "$work/static"
check "a static program: its heap is said to be unknown" result '.source.notes | any(test("told of no heap blocks"))'
cc -O0 -o "$work/static" "$work/static.c"
stat_on "the same, dynamic" 0 "${json[@]}" -- "$work/static"
check "the same, dynamic: nothing of that" result '.source.notes | any(test("told of no heap blocks")) | not'

stat_on "huge thread-local storage" 0 "${json[@]}" -- "$FIXTURES/fixture_huge_tls"
check "huge thread-local storage: nothing is made up" clean

# No symbols at all: module and offset, said; the fields are unnamed bytes.
cp "$PROGRAMS/struct_plain" "$work/stripped"
strip -s "$work/stripped"
stat_on "a stripped program" 0 "${json[@]}" -- "$work/stripped" 20000
check "a stripped program: still found" result '[.findings[] | select(.rule == "false-sharing")] | length == 1'
check "a stripped program: the bytes of both sides" \
    result '.findings[0].fields | map(.offset % 64) | unique | length == 2'
check "a stripped program: no name is made up" result '.findings[0].object.name != "stats"'
check "a stripped program: code by module and offset" \
    result '.findings[0].locations[0] | (.module | endswith("stripped")) and (.file // "") == ""'
stat_on "a stripped program, as text" 0 "${sharing[@]}" -- "$work/stripped" 20000
check "a stripped program: bytes of the module's data, no field by a file's name" \
    says 'bytes 0-7 and 8-15 of the data of'
check "a stripped program: that is said" says '[Nn]o (symbols|debug information)|stripped|-g'

# Debug information of another build lies where this program's should: it must not be believed.
cp "$PROGRAMS/struct_plain" "$work/other"
strip -s "$work/other"
objcopy --only-keep-debug "$PROGRAMS/globals" "$work/other.debug"
objcopy --add-gnu-debuglink="$work/other.debug" "$work/other"
objcopy --only-keep-debug "$PROGRAMS/padded" "$work/other.debug"
stat_on "debug information of another build" 0 "${json[@]}" -- "$work/other" 20000
check "debug information of another build: found" \
    result '[.findings[] | select(.rule == "false-sharing")] | length == 1'
check "debug information of another build: not believed" \
    result '[.findings[] | .object.name, .fields[].name] | all(. != "hits" and . != "requests" and . != "stats")'

# And the right one is found and believed.
cp "$PROGRAMS/struct_plain" "$work/split"
objcopy --only-keep-debug "$PROGRAMS/struct_plain" "$work/split.debug"
strip -s "$work/split"
objcopy --add-gnu-debuglink="$work/split.debug" "$work/split"
stat_on "debug information beside the program" 0 "${json[@]}" -- "$work/split" 20000
check "debug information beside the program: names" \
    result '.findings[] | select(.rule == "false-sharing") | [.fields[].name] | index("hits") and index("misses")'

# ---- no room for the trace ----
if [ "$(id -u)" -eq 0 ] && mkdir "$work/tiny" && mount -t tmpfs -o size=64k none "$work/tiny" 2>/dev/null; then
    trap 'umount "$work/tiny"; '"$clear" EXIT
    head -c 60K /dev/zero >"$work/tiny/full"
    rm -f "$work/result.json"
    TMPDIR=$work/tiny run timeout 60 "${json[@]}" -- "$PROGRAMS/struct_plain" 20000
    check "a full disk: our failure's status, or the target's own" [ "$status" = 125 -o "$status" = 0 ]
    check "a full disk: words, if it failed" [ "$status" = 0 -o -s "$work/err" ]
    [ "$status" = 0 ] || check "a full disk: what is full, with a hint" \
        [ "$(grep -cE 'space|full|hint:' "$work/err")" -ge 2 ]
    [ "$status" != 0 ] || check "a full disk: a result" result .findings
    check "a full disk: no crash" [ "$(grep -cE 'Sanitizer|[Bb]us error|SIGBUS' "$work/err")" -eq 0 ]
    check "a full disk: nothing left on it" [ "$(ls -A "$work/tiny")" = full ]
fi

# ---- we are killed: the target goes on to its end ----
TMPDIR=$scratch "${json[@]}" -- sh -c "echo \$\$ >'$work/started'
    '$PROGRAMS/struct_plain' 1000000; echo \$? >'$work/ended'" >"$work/out" 2>"$work/err" &
us=$!
for ((try = 0; try < 300; try++)); do [ -s "$work/started" ] && break; sleep 0.1; done
check "killed: it had started" [ -s "$work/started" ]
sleep 0.3
kill -KILL "$us"
wait "$us" 2>/dev/null
for ((try = 0; try < 900; try++)); do [ -s "$work/ended" ] && break; sleep 0.1; done
check "killed: the target ends as if nothing had been" [ "$(cat "$work/ended" 2>/dev/null)" = 0 ]
finish
