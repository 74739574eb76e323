# SPDX-License-Identifier: MIT
# `cachecheck layout` from end to end: flagged, listed, shown; C, C++, Rust.
. "$TESTS/cli/layout.sh"
write_stats stats.h

layout stats.h
check "adjacent atomics are findings" [ "$status" = 1 ]
check "nothing ran, which is said" stdout_has "^static: .*nothing ran"
check "the rule and the fields" stdout_has "^warning\[adjacent-atomics\]: .*\`hits\` and \`misses\`"
check "the place" stdout_has "stats\.h:8"
check "what was looked at" stdout_has "^verdict  1 finding in [0-9]+ types \(1 unit, "
check "one next command, last" eval 'tail -n 1 "$work/out" | grep -q "^next     cachecheck "'
check "nothing on stderr" [ ! -s "$work/err" ]

layout --type 'struct quiet' stats.h
check "a clean type is clean" [ "$status" = 0 ]
check "which is told with what was looked at" stdout_has "^verdict  no findings in [0-9]+ types"
layout --header other.h stats.h
check "so are other headers" [ "$status" = 0 ]
layout --ignore adjacent-atomics --ignore CC102 stats.h
check "rules can be ignored, by name and id" [ "$status" = 0 ]
layout stats.h --rule two-writer-fields
check "or chosen, options behind paths too" [ "$status" = 0 ]
layout --fail-on high stats.h
check "the gate" [ "$status" = 0 ]
layout --fail-on adjacent-atomics stats.h
check "a gate by rule" [ "$status" = 1 ]
layout --fail-on never stats.h
check "no gate" [ "$status" = 0 ]
check "the finding is told all the same" stdout_has "adjacent-atomics"
layout --min-severity high stats.h
check "below what is asked for" stdout_has "no findings"

layout --format json stats.h
check "the result is JSON of ours" json '.schema == "cachecheck/1" and .command == "layout"'
check "static" json '.source.evidence == "static" and .source.backend == "static"'
check "of types and units" json '.types_judged >= 3 and .units_judged == 1'
check "with fields and offsets" json '.findings[0].fields | map([.name, .offset]) == [["hits", 0], ["misses", 8]]'
check "the line size is the target's" json '.machine.line_size == 64'
layout --line 256 --format json stats.h
check "or what was asked for" json '.machine.line_size == 256 and .findings[0].line_size == 256'
layout --format csv stats.h
check "CSV" stdout_has "^adjacent-atomics,medium,static,struct stats,,hits misses,"

lanes=$TESTS/layout/lanes-64-apart.h
layout "$lanes"
check "64 bytes apart is clean" [ "$status" = 0 ]
layout --line 128 "$lanes"
check "but not on lines of 128" [ "$status" = 1 ]
layout --pair "$lanes"
check "nor with pairs of lines" [ "$status" = 1 ]

# ---- listings ----
layout --sizes stats.h
check "sizes" [ "$status" = 0 ]
check "of all types" stdout_has "^ *56 .*struct gaps"
check "the largest first" eval '[ "$(awk "NR == 2 { print \$7, \$8 }" "$work/out")" = "struct gaps" ]'
layout --sizes --sort name --format csv --type 'struct *' stats.h
check "sorted by name" eval '[ "$(sed -n 2,4p "$work/out" | cut -d, -f1 | tr "\n" " ")" = "struct gaps struct quiet struct stats " ]'
layout --holes stats.h
check "holes" stdout_has "struct gaps"
check "not those without" eval '! grep -q "struct quiet" "$work/out"'
layout --contains quiet stats.h
check "contains" stdout_has "struct gaps +24 +inner"
layout --show stats stats.h
check "show: offsets and kinds" stdout_has "misses; +/\* 8, 8, atomic \*/"
check "show: lines" stdout_has "line 0, at byte 0"
layout --show 'struct stats' --hex stats.h
check "show: hexadecimal" stdout_has "limit; +/\* 0x10, 0x4 \*/"
layout --show stats --color always stats.h
check "show: colours" eval 'grep -q "$(printf "\033\\[33matomic")" "$work/out"'
layout --show stats --format json stats.h
check "show: JSON" json '.types[0].fields | map(.name) == ["hits", "misses", "limit"]'
layout --show stats -o picture.svg stats.h
check "a picture" [ "$status" = 0 ]
check "is well-formed" python3 -c 'import xml.dom.minidom as x; x.parse("picture.svg")'
check "and colours atomics" grep -q 'rect class="atomic"' picture.svg
layout --show stats --format html stats.h
check "in a page" stdout_has "<!DOCTYPE html>"
layout --reorganise gaps stats.h
check "reorganise" stdout_has "saved 8 of 56 bytes"

# ---- C++: namespaces, templates ----
cat >queue.hpp <<'C'
#pragma once
#include <atomic>
namespace app {
template <typename T> struct Slot { std::atomic<T> a, b; };
class Queue {
public:
  std::atomic<unsigned long> head{0};
  std::atomic<unsigned long> tail{0};
private:
  Slot<int> slot;
};
}
C
layout --format json queue.hpp
check "C++ is flagged" [ "$status" = 1 ]
check "by its qualified name" json '[.findings[] | select(.object.type == "app::Queue")] | length >= 1'
layout --show Queue queue.hpp
check "found without its namespace" stdout_has "app::Queue \{"
layout --sizes queue.hpp --type 'app::*'
check "namespaces in listings" stdout_has "app::Slot<int>"

# ---- objects and programs ----
cat >main.c <<'C'
#include "stats.h"
struct stats all;
int main(void) { return (int)all.hits; }
C
cc -g -c main.c -o main.o && cc -g main.c -o program
layout main.o
check "an object" [ "$status" = 1 ]
layout program
check "a program" [ "$status" = 1 ]
check "names the member's line" stdout_has "stats\.h:8"

# ---- flags: behind --, and from compile_commands.json ----
mkdir -p include source build
cat >include/part.h <<'C'
#ifdef WITH_ATOMICS
#include <stdatomic.h>
struct part { atomic_int first, second; };
#else
struct part { int first, second; };
#endif
C
cat >source/part.c <<'C'
#include "part.h"
struct part part;
C
layout source/part.c -- -Iinclude
check "flags behind --" [ "$status" = 0 ]
layout source/part.c -- -Iinclude -DWITH_ATOMICS
check "do count" [ "$status" = 1 ]
cat >build/compile_commands.json <<C
[{"directory": "$PWD/build", "file": "../source/part.c",
  "command": "cc -DWITH_ATOMICS -I../include -c ../source/part.c -o part.o"}]
C
layout -p build source/part.c
check "flags of compile_commands.json" [ "$status" = 1 ]
layout source -- -Iinclude -DWITH_ATOMICS
check "a folder stands for its files" [ "$status" = 1 ]

# ---- Rust ----
if command -v rustc >/dev/null; then
    cat >counters.rs <<'C'
use std::sync::{atomic::{AtomicU64, Ordering}, Arc};
pub struct Counters { pub hits: AtomicU64, pub misses: AtomicU64 }
fn main() {
    let a = Arc::new(Counters { hits: AtomicU64::new(0), misses: AtomicU64::new(0) });
    let b = a.clone();
    let t = std::thread::spawn(move || b.hits.fetch_add(1, Ordering::Relaxed));
    a.misses.fetch_add(1, Ordering::Relaxed);
    t.join().unwrap();
    println!("{}", a.hits.load(Ordering::Relaxed) + a.misses.load(Ordering::Relaxed));
}
C
    if rustc -O -g counters.rs -o counters; then
        layout counters
        check "a Rust release program is flagged" [ "$status" = 1 ]
        check "its type" stdout_has "adjacent-atomics.*counters::Counters"
        check "in Rust's idiom" stdout_has "#\[repr\(align\(64\)\)\]"
    fi
fi
finish
