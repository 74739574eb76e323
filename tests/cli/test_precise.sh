# SPDX-License-Identifier: MIT
# `cachecheck sharing --backend precise`: where a PMU samples addresses, a program of known
# sharing and one without; elsewhere, what is in the way, and what to do about it.
. "$TESTS/cli/lib.sh"
: >"$work/out"
: >"$work/err"
programs=$BUILD/tests/sharing/programs
result() { [ -s "$work/result.json" ] && jq -e "$1" "$work/result.json" >/dev/null; }

run "$CACHECHECK" sharing --help
check "the help names it" stdout_has 'precise \(a PMU that samples addresses'
run "$CACHECHECK" sharing --backend precis -- true
check "a word near it is told" stderr_has 'precise'
check "a word near it: status" [ "$status" = 125 ]
run "$CACHECHECK" sharing --backend precise --topology 'pack:2 core:2' -- true
check "another machine is not sampled" stderr_has 'is for the simulation'
check "another machine: status" [ "$status" = 125 ]
check "another machine: what to do" stderr_has 'hint: .*--backend simulate'
run "$CACHECHECK" sharing --backend precise -- /no/such/program
check "no such program: status" [ "$status" = 127 ]
run "$CACHECHECK" machine --check
check "the doctor knows it" stdout_has '^precise +(yes|partly|no) '

run "$CACHECHECK" sharing -q --backend precise --format json -o "$work/result.json" -- true
if [ "$status" = 125 ]; then
    cp "$work/err" "$work/why"
    check "what is in the way" stderr_has 'no PMU here samples addresses|not allowed|gives no precise|perf'
    check "and what to do about it" stderr_has '^  hint: .+'
    check "one error, one hint" [ "$(wc -l <"$work/err")" = 2 ]
    check "nothing is reported" [ ! -e "$work/result.json" ]
    run "$CACHECHECK" sharing --backend precise -p $$ --duration 1
    check "attached: the same reason" [ "$(head -n 1 "$work/err")" = "$(head -n 1 "$work/why")" ]
    # auto goes on without it, and says why.
    run "$CACHECHECK" sharing -q --format json -o "$work/result.json" -- true
    check "auto takes another" result '.source.backend != "precise"'
    check "and says why not this" result '.source.why | startswith("precise: ")'
    [ "$failures" -eq 0 ] && [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && {
        run setpriv --reuid 1000 --regid 1000 --clear-groups "$CACHECHECK" sharing -q \
            --backend precise -- true
        check "as another user: a reason with a hint" stderr_has '^  hint: .+'
    }
    [ "$failures" -eq 0 ] && skip "$(head -n 1 "$work/why")"
    finish
fi

check "a program that ends at once: status" [ "$status" = 0 ]
check "it is called measured" \
    result '.source.backend == "precise" and .source.evidence == "measured"'
run timeout 60 "$CACHECHECK" sharing -q --backend precise --duration 3 --format json \
    -o "$work/result.json" -- "$programs/struct_atomic" 100000000000
check "two fields of a struct: found" result 'any(.findings[]; .rule == "false-sharing"
    and .evidence.grade == "measured" and ([.fields[].name] | unique | length == 2))'
run timeout 60 "$CACHECHECK" sharing -q --backend precise --duration 2 --format json \
    -o "$work/result.json" -- "$programs/padded" 100000000000
check "a padded struct: clean" result '[.findings[] | select(.severity != "low")] == []'
finish
