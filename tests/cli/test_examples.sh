# SPDX-License-Identifier: MIT
# The examples do what they say: each on something whose answer is known.
. "$TESTS/cli/lib.sh"
: >"$work/out"
: >"$work/err"
example() {
    local name=$1
    shift
    run timeout 60 "$BUILD/examples/example_$name" "$@"
}

for source in "$SOURCE"/examples/*.c; do
    check "$(basename "$source"): a page at most" [ "$(wc -l <"$source")" -le 45 ]
    check "$(basename "$source"): public headers only" sh -c "! grep -E '#include \"' '$source'"
done

example count_threads true
check "count_threads: a program is counted" stdout_has '^(true +[a-zA-Z-]+ +[0-9]+|[a-z]+, (measured|modelled))$'
example count_threads /nonexistent
check "count_threads: an error has a hint" [ "$status" -eq 1 ]

# 1,000 pages in one thread, 2,000 in the other; a fault or a few more come of their stacks, and of
# a sanitizer's shadow many.
few='0[0-4][0-9]'
grep -q 'CCK_SANITIZE:STRING=.' "$BUILD/CMakeCache.txt" && few='[0-9]{3}'
example count_region
if [ "$status" -eq 0 ]; then
    check "count_region: a thousand faults in one thread" stdout_has "^thread [0-9]+: 1$few page faults\$"
    check "count_region: two in the other" stdout_has "^thread [0-9]+: 2$few page faults\$"
    check "count_region: three threads, without the library's own" [ "$(wc -l <"$work/out")" -eq 3 ]
else
    check "count_region: says why not" stderr_has '.; .'
fi

cat >"$work/stats.h" <<'END'
#include <stdatomic.h>
struct stats { _Atomic long hits; _Atomic long misses; };
struct other { _Atomic long a; _Atomic long b; };
END
example audit_type "$work/stats.h" 'struct stats'
check "audit_type: finds" [ "$status" -eq 1 ]
check "audit_type: names the rule" stdout_has '^adjacent-atomics: .*stats'
check "audit_type: advises" stdout_has 'a line of its own.*\(\+[0-9]+ bytes\)'
check "audit_type: only that type" sh -c "! grep -q other '$work/out'"

example page_node
if [ "$status" -eq 0 ]; then
    check "page_node: what was touched has a node" [ "$(grep -cE '^page [02]: node [0-9]+$' "$work/out")" -eq 2 ]
    check "page_node: the rest has none yet" [ "$(grep -c '^page [13]: no node yet$' "$work/out")" -eq 2 ]
else
    check "page_node: says why not" stderr_has 'move_pages.*; .'
fi

before=$TESTS/fuzz/corpus/result/software.json
jq '(.. | objects | select(has("page-faults")) | .["page-faults"].value) |= 100000' "$before" >"$work/after.json"
example diff_results "$before" "$work/after.json"
check "diff_results: loads and compares" [ "$status" -eq 0 ]
check "diff_results: one changed" stdout_has '^page-faults: [0-9.e+]+ -> 100000, \+[0-9.e+]+ % \((regressed|not judged)\)$'
example diff_results "$before" /nonexistent
check "diff_results: an error is told" [ "$status" -eq 1 ]

program=$BUILD/tests/sharing/programs/globals
if [ -x "$program" ]; then
    example watch_line "$program"
    if [ "$status" -eq 0 ]; then
        check "watch_line: runs, and tells lines if it saw some" \
            sh -c "[ ! -s '$work/out' ] || grep -qE '^(false|true|mixed)-sharing: |^  byte ' '$work/out'"
    else
        check "watch_line: says why not" stderr_has '.; .'
    fi
fi
finish
