#!/bin/bash
# SPDX-License-Identifier: MIT
# Layouts are the compiler's: of C, C++, Rust and Go programs with their libraries.
# Label: long
. "$TESTS/cli/layout.sh"
verify=$TESTS/layout/verify
dump=$BUILD/tests/layout/verify/layout_dump
command -v python3 >/dev/null && command -v readelf >/dev/null || skip "no python3 or readelf"

# checked WHAT COMMAND...: like check, and shows the counts.
checked() {
    local what=$1
    shift
    check "$what" "$@" >"$work/said"
    cat "$work/said"
}

# read_program PROGRAM: into ./dump; a second reader must find the same records there.
read_program() {
    "$dump" "$1" >dump
    readelf --debug-dump=info "$1" 2>/dev/null >dies
    checked "records of $1 as readelf sees them" python3 "$verify/check.py" records dump <dies
}

# asserted LANGUAGE PATTERN SOURCE COMPILER...: what the compiler says to each layout.
asserted() {
    local language=$1 pattern=$2 source=$3
    shift 3
    { cat "$source" && python3 "$verify/check.py" asserts dump "$language" "$pattern"; } >asserts."${source##*.}"
    LC_ALL=C "$@" -w -fsyntax-only "asserts.${source##*.}" 2>errors
    checked "layouts of $language as ${1##*/} makes them" \
        python3 "$verify/check.py" judge errors "asserts.${source##*.}"
}

# C: the program itself, and all the headers that its sources share.
read_program "$CACHECHECK"
{
    echo '#define _GNU_SOURCE 1'
    cd "$SOURCE" && grep -lE '^(typedef )?(struct|union)' include/cachecheck/*.h core/*/*.h layouts/*.h |
        sed 's/.*/#include "&"/'
} >all.c
cd "$work/project" || exit 1
includes=$(pkg-config --cflags libdw 2>/dev/null)
# shellcheck disable=SC2086 # words are meant
asserted c "$SOURCE/" all.c gcc -std=gnu11 -fmax-errors=0 -I"$SOURCE" -I"$SOURCE/include" $includes

# Unnamed structs in type units have the names of their typedefs.
printf '#include <elf.h>\nElf64_Phdr header; Elf64_Sym symbol; int main(void) { return 0; }\n' >units.c
gcc -g units.c -o ./plain-program && gcc -g -fdebug-types-section units.c -o ./units-program || exit 1
"$dump" ./plain-program | sort >plain
"$dump" ./units-program | sort >units
check "typedefs of structs in type units" cmp plain units

if command -v g++ >/dev/null; then
    g++ -std=c++17 -g -O0 -w "$verify/types.cc" -o types -pthread || exit 1
    read_program ./types
    asserted c++ / "$verify/types.cc" g++ -std=c++17 -fmax-errors=0 -fno-access-control
fi

# The fixture asks the compiler by offset_of!, stable since 1.77, of nested fields since 1.82.
rust=$(rustc --version 2>/dev/null | sed -n 's/^rustc \([0-9.]*\).*/\1/p')
if [ -n "$rust" ] && printf '1.82\n%s\n' "$rust" | sort -CV; then
    rustc -g --edition 2021 "$verify/types.rs" -o types-rust 2>/dev/null || exit 1
    read_program ./types-rust
    ./types-rust >values
    checked "layouts of Rust" python3 "$verify/check.py" values dump <values
else
    echo "passed over: no rustc, or one older than 1.82"
fi

if command -v go >/dev/null; then
    (cd "$verify/counters" && HOME=$work GOFLAGS=-mod=mod GOTOOLCHAIN=local GOPROXY=off \
        GOCACHE="$work/go" go build -o "$work/project/counters" .) || exit 1
    read_program ./counters
    ./counters >values
    checked "layouts of Go" python3 "$verify/check.py" values dump <values
    layout --format json --type 'main.*' ./counters
    check "adjacent atomics of Go are told" json '[.findings[] | select(.rule == "adjacent-atomics" and
        .object.type == "main.Counters" and .severity == "medium")] | length == 1'
    check "and in the manner of Go" stdout_has '_ \[56\]byte'
    check "what is padded is left alone" json '[.findings[] | select(.object.type == "main.Padded")] | length == 0'
    layout --show main.Guarded ./counters
    check "locks of Go are known" stdout_has 'mutex sync.Mutex .*lock'
    check "function values have a size" stdout_has 'call func\(int\) int  .*, 8 '
else
    echo "passed over: no go"
fi
finish
