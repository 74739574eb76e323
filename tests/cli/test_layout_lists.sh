# SPDX-License-Identifier: MIT
# Listings of types: orders, bit-fields, who holds what, a better order, threads beside fields;
# and --fix by a compilation database.
. "$TESTS/cli/layout.sh"

cat >types.h <<'C'
struct small { char tag; long value; };
struct middle { struct small one; struct small two; char last; };
struct bits { unsigned a : 3; unsigned b : 13; char c; };
struct wide { char first; long second; char third; long fourth; char fifth; };
struct dense { long a[40]; };
C
layout --sizes --format json types.h
check "by size" json '[.types[].type] == ["struct dense", "struct middle", "struct wide", "struct small", "struct bits"]'
order() { # KEY CONDITION
    layout --sizes --sort "$1" --format json types.h
    check "by $1" json "$2"
}
order name '[.types[].type] == ["struct bits", "struct dense", "struct middle", "struct small", "struct wide"]'
order holes '.types[0].type == "struct wide" and ([.types[] | .hole_bytes + .padding] | . == (sort | reverse))'
order members '.types[0].type == "struct wide" and ([.types[].members] | . == (sort | reverse))'
order lines '.types[0].type == "struct dense" and ([.types[].lines] | . == (sort | reverse))'
order file '[.types[].type] == ["struct small", "struct middle", "struct bits", "struct wide", "struct dense"]'
layout --sizes --sort colour types.h
check "an order that is none: status 2" [ "$status" -eq 2 ]
check "an order that is none: which there are" stderr_has '--sort takes one of size\|name\|holes'

layout --contains 'struct small' --format json types.h
check "who holds one: where" json '[.types[] | [.type, .member, .offset]] == [["struct middle", "one", 0]]'

layout --show 'struct bits' --format json types.h
check "bit-fields: which bits" json '[.types[0].fields[] | select(.bit_size) | [.name, .bit_offset, .bit_size]]
    == [["a", 0, 3], ["b", 3, 13]]'

layout --reorganise 'struct wide' --format json types.h
check "a better order: smaller" json '.types[0].reorganised.size == 24'
check "a better order: each member once" json '
    [.types[0].reorganised.order[] | .name] | sort == ["fifth", "first", "fourth", "second", "third"]'
check "a better order: nothing overlaps" json '[.types[0].reorganised.order[].offset] | length == (unique | length)'
layout --reorganise 'struct wide' --format markdown types.h
check "a better order: as Markdown" stdout_has '24 bytes|from 40 to 24|40 .*24'
layout --reorganise 'struct dense' types.h
check "no better order: said" stdout_has "no order of its members needs fewer than its 320 bytes"

# What threads did, beside the fields that they did it to.
jq '.command = "sharing" | .findings_left_out = 0 | .lines_judged = 1 | .findings = [
    {rule: "false-sharing", severity: "high", id: "a", title: "t", evidence: {grade: "simulated", samples: 7,
        rate_per_s: 10, interval: [9, 11], cost: 0.5, cost_text: ""},
     object: {kind: "heap", name: "", type: "struct small", type_from: "symbol", size: 64, count: 4,
        stride: 16, address: "0x10", freed: false}, line_offset: 0, line_size: 64,
     fields: [{name: "tag", type: "char", offset: 16, size: 1, tid: 7, thread: "writer", reads: false, writes: true, atomic: false},
              {name: "value", type: "long", offset: 8, size: 8, tid: 8, thread: "", reads: true, writes: false, atomic: false},
              {name: "value", type: "long", offset: 8, size: 8, tid: 0, thread: "", reads: true, writes: true, atomic: false}]
        | map(.location = {file: "", line: 0, function: "", module: "", offset: "0x4", role: "reads"})
     | .}] | .findings[0] += {locations: [], allocation: [], suggestion: {text: "", cost_bytes: 0, cost_of: "",
        code: "", patch: ""}, verify: "", notes: []}' "$TESTS/fuzz/corpus/result/simulate.json" >ran.json
layout --show 'struct small' --profile ran.json types.h
check "a profile: accepted" [ "$status" -eq 0 ]
check "a profile: who writes" stdout_has 'tag;.*written by T7 writer'
check "a profile: who reads, named or not" stdout_has 'value;.*read by T8, written by several threads'

# --fix compiles the changed copy by the database's flags, where it stood.
mkdir -p src include build
write_stats include/stats.h
printf '#include "stats.h"\n#ifndef NEEDED\n#error\n#endif\nstruct stats all;\n' >src/use.c
cat >build/compile_commands.json <<J
[{"directory": "$PWD/build", "command": "cc -I../include -DNEEDED -c ../src/use.c", "file": "../src/use.c"}]
J
layout src/use.c
check "without the database it does not compile" [ "$status" -eq 2 ]
layout --fix -p build src/use.c
check "--fix by the database" [ "$status" -eq 0 ]
check "--fix by the database: the header is mended" grep -q '_Alignas(64) atomic_long misses' include/stats.h
layout -p build src/use.c
check "--fix by the database: clean afterwards" [ "$status" -eq 0 ]
finish
