# SPDX-License-Identifier: MIT
# `cachecheck sharing --what-if`: predictions, and that they come true.
# Label: long
. "$TESTS/cli/sharing.sh"

what_if() { sharing --what-if "$@"; }
# Of the change: fewer than one transfer in a hundred is left, and time is won.
mends() {
    result '.what_if | length == 1 and (.[0] | .before.transfers > 1000
        and .after.transfers * 100 < .before.transfers and .after.cycles < .before.cycles)'
}

what_if 'struct stats.misses@64' -- "$PROGRAMS/struct_plain"
check "the program's exit status" [ "$status" = 0 ]
check "a field of a global" mends
check "what it costs" result '.what_if[0] | .cost_bytes == 80 and .cost_of == "object"'
check "which finding that is about" result '.what_if[0].finding == .findings[0].id'
check "findings are those of the program as it is" result '.findings[0].rule == "false-sharing"'
predicted=$(jq .what_if_runs.after.cycles "$work/result.json")
cp "$work/result.json" "$work/first.json"
what_if 'struct stats.misses@64' -- "$PROGRAMS/struct_plain"
check "the same again gives the same" \
    eval '[ "$(jq -c .what_if "$work/first.json")" = "$(jq -c .what_if "$work/result.json")" ]'

# Elements of an array that is a field; and nothing is proposed that cannot be tried.
what_if all -- "$PROGRAMS/board"
check "all elements of a field" mends
check "proposed by their type" result '.findings[0].verify | test("struct slot@64")'
what_if 'struct slot@64' -- "$PROGRAMS/board"
check "by that type as well" mends
sharing -- "$PROGRAMS/stack_array"
check "no what-if of the stack is proposed" result '.findings[0].verify // "" | test("what-if") | not'

# The twin that was edited: all its cycles in the same model.
run "$CACHECHECK" hotspots -q --format json -o "$work/twin.json" -- "$PROGRAMS/padded"
check "as the edited program's own simulation, within a tenth" jq -en --argjson p "$predicted" \
    --slurpfile twin "$work/twin.json" \
    '$twin[0].hotspots.total.cycles as $t | ($p - $t | fabs) <= 0.1 * $t'

what_if 'struct stats.misses' -- "$PROGRAMS/struct_atomic"
check "a field of a block of the heap, to a line" mends
what_if 'struct device.u.net.received@64' -- "$PROGRAMS/variants"
check "a field of a struct in a union" mends
what_if finding -- "$PROGRAMS/variants"
check "what the finding suggests of it" mends
check "and says so" result '.findings[0].suggestion.text | test("^align `(sent|received)` of")'
what_if finding -- "$PROGRAMS/cc_map"
check "a field of a value in a map's node" mends
what_if 'requests@64' -- "$PROGRAMS/globals"
check "one of two globals" mends
what_if 'struct slot@64' -- "$PROGRAMS/slots_8" 20000 4
check "elements of an array" mends
check "what each costs" result '.what_if[0] | .cost_bytes == 56 and .cost_of == "element"'
what_if finding -- "$PROGRAMS/heap_pair"
check "what the worst finding suggests" mends
if [ -x "$PROGRAMS/rs_mutex" ]; then
    what_if finding -- "$PROGRAMS/rs_mutex"
    check "what a finding of Rust suggests" mends
    # Old compilers leave no trace of what an Arc was made for.
    if result '.findings[0].object.type | test("Shards")'; then
        what_if 'Shards.right@64' -- "$PROGRAMS/rs_mutex"
        check "one of two mutexes in an Arc, in Rust" mends
    fi
fi
what_if all -- "$PROGRAMS/struct_plain"
check "what all findings suggest" mends
id=$(jq -r '.findings[0].id' "$work/first.json")
what_if "$id" -- "$PROGRAMS/struct_plain"
check "a finding by its id" mends

what_if 'stats.hits@64' --what-if 'stats.misses@64' -- "$PROGRAMS/struct_plain"
check "several changes, of the same object too" result '.what_if | length == 2
    and all(.after.transfers * 100 < .before.transfers)'
what_if 'stats.name@64' -- "$PROGRAMS/struct_plain"
check "a change that does not help" \
    result '.what_if[0] | .after.transfers * 10 > 9 * .before.transfers'
what_if all -- "$PROGRAMS/padded"
check "nothing to change" result '(.what_if | not) and (.source.notes | any(test("nothing was tried")))'

run "$CACHECHECK" sharing -q --what-if 'struct stats.misses@64' -- "$PROGRAMS/struct_plain"
check "told in a sentence" stdout_has '^what if  if `misses` of `struct stats` were aligned to 64 bytes'

refused() {
    run "$CACHECHECK" sharing --what-if "$1" -- "$PROGRAMS/struct_plain"
    check "'$1' is our failure" [ "$status" = 125 ]
    check "'$1': $2" stderr_has "$2"
}
refused 'struct stats.missess@64' "did you mean 'misses'"
refused 'struct stas.misses@64' "did you mean 'stats'"
refused 'struct stats.misses@63' 'not a power of two'
refused '@64' 'names nothing'
finish
