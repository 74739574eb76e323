# SPDX-License-Identifier: MIT
# Debug information in parts: type units in objects, packages of split units.
. "$TESTS/cli/layout.sh"
write_stats stats.h
printf '#include "stats.h"\nstruct stats all;\nint other(void);\nint main(void) { return (int)all.hits + other(); }\n' >main.c
cat >other.c <<'C'
#include <stdatomic.h>
struct ends { atomic_long head; atomic_long tail; };
struct ends both;
atomic_long taken = 1, given = 2;
int other(void);
int other(void) { return (int)(both.head + taken + given); }
C
cat >unit.cc <<'C'
#include <atomic>
namespace app { struct Load { std::atomic<long> hits, misses; }; }
app::Load load;
int main() { return (int)load.hits; }
C

# Each type in a section group of its own, in both versions, compressed too.
for version in 4 5; do
    for more in "" -gz; do
        g++ -g -gdwarf-$version $more -fdebug-types-section -c unit.cc -o unit.o
        layout --format json unit.o
        check "type units of version $version $more" json '[.findings[] | select(.object.type == "app::Load")] | length == 1'
    done
done
cp unit.o whole.o
size=$(stat -c %s whole.o)
for cut in 3 5 9; do
    head -c $((size * cut / 10)) whole.o >unit.o
    layout unit.o
    check "cut at $cut tenths: an error, no crash" [ "$status" = 2 ]
done

# A package beside its program, or by itself; the .dwo files are gone.
packages=0
pack() { # COMPILER VERSION TOOL
    command -v "$1" >/dev/null && command -v "$3" >/dev/null || return 0
    rm -f ./*.dwo split split.dwp
    "$1" -g -gdwarf-"$2" -gsplit-dwarf main.c other.c -o split 2>/dev/null || return 0
    "$3" -e split -o split.dwp 2>/dev/null || return 0
    rm -f ./*.dwo
    packages=$((packages + 1))
    for file in split split.dwp; do
        layout --sizes --format csv --type 'struct *' "$file"
        check "$1 $2 $3 $file: all types" eval '[ "$(cut -d, -f1 "$work/out" | sort | tr "\n" " ")" = "struct ends struct gaps struct quiet struct stats type " ] ||
            [ "$(cut -d, -f1 "$work/out" | sort | tr "\n" " ")" = "struct ends struct stats type " ]'
        # gcc leaves _Atomic out of DWARF 4.
        [ "$1 $2" = "gcc 4" ] && continue
        layout "$file"
        check "$1 $2 $3 $file: findings" [ "$status" = 1 ]
        layout --rule neighbouring-globals --format json "$file"
        check "$1 $2 $3 $file: globals" json '[.findings[] | [.fields[].name] | select(contains(["taken", "given"]))] | length == 1'
    done
    mv split alone
    layout --rule neighbouring-globals --format json split.dwp
    check "$1 $2 $3: no globals without the program" json '.findings == []'
    mv alone split
}
pack gcc 4 dwp
pack clang 4 dwp
pack clang 5 llvm-dwp
if [ "$packages" -gt 0 ]; then
    cp split.dwp whole.dwp
    size=$(stat -c %s whole.dwp)
    python3 - "$size" <<'P'
import random, sys
whole = bytearray(open("whole.dwp", "rb").read())
random.seed(1)
for i in range(40):
    damaged = bytearray(whole)
    for _ in range(30):
        damaged[random.randrange(64, len(damaged))] = random.randrange(256)
    open(f"damaged-{i}.dwp", "wb").write(damaged)
P
    worst=0
    for file in damaged-*.dwp; do
        layout "$file"
        [ "$status" -gt "$worst" ] && worst=$status
    done
    check "damaged packages do not crash it" [ "$worst" -le 2 ]
else
    echo "no tool here makes packages"
fi

# Attributes that clang puts into debug information: binaries tell without their sources.
if command -v clang >/dev/null; then
    cat >tagged.c <<'C'
#define SAYS(WORDS) __attribute__((btf_decl_tag("cachecheck: " WORDS)))
struct exchange { long filled SAYS("writer=feeder"); long emptied SAYS("writer=drainer"); } one;
struct counted {
    _Atomic long up SAYS("ignore adjacent-atomics written by one thread");
    _Atomic long down;
} two;
int main(void) { return (int)(one.filled + two.up); }
C
    clang -g tagged.c -o tagged
    rm tagged.c
    layout --format json tagged
    check "attributes tell who writes" json '.findings | map(.object.type) == ["struct exchange"]'
    check "by name" json '.findings[0].fields | map(.name) == ["filled", "emptied"]'
    check "with high severity" json '.findings[0] | .rule == "two-writer-fields" and .severity == "high"'
fi
finish
