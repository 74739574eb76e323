# SPDX-License-Identifier: MIT
# Every command of the command table in every format there is: it is written, or what the command
# does write is said before anything runs. -o may be repeated everywhere.
# Label: long
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/schema.sh"
cd "$work" || exit 1

formats="text json csv folded flamegraph callgrind speedscope firefox sarif github markdown html svg openmetrics jsonl"
ending() {
    case $1 in
    text) echo txt ;;
    flamegraph) echo svg ;;
    speedscope | firefox) echo "$1.json" ;;
    markdown) echo md ;;
    openmetrics) echo prom ;;
    *) echo "$1" ;;
    esac
}
# What --format of a command takes, by its own words.
choices() { "$CACHECHECK" "$1" --format '?' 2>&1 | sed -n 's/.*--format takes one of \([^,]*\),.*/\1/p' | tr '|' ' '; }

cat >shape.h <<'HEADER'
#include <stdatomic.h>
struct shape { _Atomic long hits; _Atomic long misses; char c; long d; };
HEADER
"$CACHECHECK" stat -q --backend software -o one.json -- true 2>/dev/null || skip "no software counters here"
"$CACHECHECK" stat -q --backend software -o two.json -- true
# A short program of two threads, for commands that simulate.
simulated=("$CACHECHECK" stat -q --backend simulate -- true)
simulates=yes
"${simulated[@]}" >/dev/null 2>&1 || simulates=

# arguments COMMAND: what it needs besides -o and --format; "" where it cannot run here.
arguments() {
    case $1 in
    stat) words=(-q --backend software -- true) ;;
    sharing | hotspots)
        words=()
        [ -z "$simulates" ] || words=(-q --backend simulate -- true)
        ;;
    layout) words=(--fail-on never shape.h) ;;
    diff) words=(--force one.json two.json) ;;
    compare) words=(-q -r 2 --backend software -- true --- true) ;;
    report) words=(one.json) ;;
    merge) words=(one.json two.json) ;;
    numa) words=(-p $$) ;;
    machine) words=(--synthetic 'pack:2 numa:1 l3:1 core:2 pu:1') ;;
    *) words=() ;;
    esac
}

# must FORMAT: formats that every command has.
for must in text json csv markdown; do
    for command in $("$CACHECHECK" | awk '/^  [a-z]/ && $1 != "help" { print $1 }'); do
        case " $(choices "$command") " in
        *" $must "*) ;;
        *) [ "$command" = verify ] || check "$command has $must" false ;;
        esac
    done
done

for command in $("$CACHECHECK" | awk '/^  [a-z]/ && $1 != "help" { print $1 }'); do
    [ "$command" != verify ] || continue # its report goes to a terminal
    arguments "$command"
    has=$(choices "$command")
    check "$command says which formats it has" [ -n "$has" ]
    [ "${#words[@]}" -gt 0 ] || { echo "# $command cannot run here"; continue; }
    several=()
    for format in $formats; do
        file=$command.$(ending "$format")
        case " $has " in
        *" $format "*)
            # Of these two the picture has the ending of the other.
            [ "$format" = svg ] && [[ " $has " == *" flamegraph "* ]] && continue
            [ "$command" = layout ] && [ "$format" = svg ] && continue # wants --show
            several+=(-o "$file")
            ;;
        *)
            # ".svg" is whichever of the two there is.
            [ "$format" = flamegraph ] && [[ " $has " == *" svg "* ]] && continue
            [ "$format" = svg ] && [[ " $has " == *" flamegraph "* ]] && continue
            run "$CACHECHECK" "$command" -o "none.$(ending "$format")" "${words[@]}"
            check "$command, not $format: an error" [ "$status" -ne 0 ]
            check "$command, not $format: which there are" stderr_has 'does not write; its are .*json'
            check "$command, not $format: nothing is left" [ ! -e "none.$(ending "$format")" ]
            ;;
        esac
    done
    run "$CACHECHECK" "$command" "${several[@]}" "${words[@]}"
    for ((i = 1; i < ${#several[@]}; i += 2)); do
        file=${several[i]}
        # A saved result has no call paths if it is not of hotspots, and says so.
        if [ "$command" = report ] && [ ! -e "$file" ]; then
            check "report, $file: why not" stderr_has 'call paths|is written as'
        elif [ "${file##*.}" = jsonl ]; then
            check "$command writes $file" [ -e "$file" ] # a line a finding: there may be none
        else
            check "$command writes $file" [ -s "$file" ]
        fi
    done
    check "$command: nothing on stdout with -o" [ ! -s out ]
    # Simulating once more tells nothing new of them.
    case $command in sharing | hotspots) continue ;; esac
    run "$CACHECHECK" "$command" -o /dev/full "${words[@]}"
    check "$command, full disk: an error" [ "$status" -ne 0 ]
    check "$command, full disk: said, with a hint" stderr_has 'No space left'
    run "$CACHECHECK" "$command" -o no/such/folder.json "${words[@]}"
    check "$command, no such folder: said before anything runs" stderr_has 'no/such/folder.json.*: No such file'
    mkdir -p folder.json
    run "$CACHECHECK" "$command" -o folder.json "${words[@]}"
    check "$command, a folder: said" stderr_has 'Is a directory'
done

for kind in stat sharing hotspots layout numa; do
    [ -e $kind.json ] || continue
    check "$kind: the saved result is valid" valid cachecheck-1.json $kind.json
    run "$CACHECHECK" report --format json $kind.json
    check "$kind: loaded and written again it has the same bytes" cmp -s $kind.json out
done
run "$CACHECHECK" report machine.json
check "what machine wrote is loaded, too" stdout_has "P#0"
for kind in diff merge; do
    run "$CACHECHECK" report $kind.json
    check "$kind is no result, and that is said" stderr_has "what cachecheck $kind wrote"
done

# Saved bytes that are nobody's result: where and what is said, and nothing is written.
head -c 2000 one.json >cut.json
run "$CACHECHECK" report cut.json -o damaged.html
check "truncated: by line and column" stderr_has 'cut.json is no result: line [0-9]+, column [0-9]+: '
change() {
    local says=$1 expression=$2
    sed -E "$expression" one.json >damaged.json
    cmp -s one.json damaged.json && check "$says: the file was changed" false
    for command in report merge diff; do
        words=(damaged.json)
        [ $command != diff ] || words=(two.json damaged.json)
        run "$CACHECHECK" $command -o damaged.md "${words[@]}"
        check "$command, $says: status 2" [ "$status" -eq 2 ]
        check "$command, $says: said" stderr_has "$says"
        check "$command, $says: nothing is left" [ ! -e damaged.md ]
    done
}
change 'unexpected token' 's/("elapsed_s": )[0-9.e-]+/\1NaN/'
change 'unexpected token' 's/("elapsed_s": )[0-9.e-]+/\1Infinity/'
change 'real number overflow' 's/("elapsed_s": )[0-9.e-]+/\11e999/'
change 'too big integer' '0,/"value": [0-9]+/s//"value": 9223372036854775808/'
change 'out of range' '0,/"value": [0-9]+/s//"value": -1/'
change 'duplicate object key' '0,/"attached": false,/s//"attached": false, "attached": false,/'
change 'schema "cachecheck/1" expected' 's|cachecheck/1|cachecheck/9|'
change 'not UTF-8' 's/("command": )"stat"/\1"st\xffat"/'

# What is not asked for by name.
run "$CACHECHECK" layout --show 'struct shape' -o shape.svg -o shape.html -o shape.md shape.h
check "a type as pictures and in Markdown" grep -q '<svg' shape.svg
check "a type in Markdown is a block of code" grep -q '^```' shape.md
run "$CACHECHECK" layout --sizes -o sizes.md -o sizes.csv shape.h
check "a listing as a table of Markdown" grep -q '^|---' sizes.md
run "$CACHECHECK" machine --check -o check.md -o check.csv
check "checks as a table of Markdown" grep -q '^|---' check.md
check "checks as CSV" grep -q '^backend,part,state' check.csv
run "$CACHECHECK" machine -o machine.md -o /nowhere/machine.json
check "one that cannot be written: nothing is" [ "$status" -eq 2 ]
check "the machine as Markdown" grep -q '^| cache' machine.md
check "placement as OpenMetrics" grep -q '^cachecheck_numa_memory_bytes{' numa.prom
check "OpenMetrics ends" [ "$(tail -1 numa.prom)" = '# EOF' ]
finish
