# SPDX-License-Identifier: MIT
# --patch and --fix: comments stay, what is offered holds, promises are kept.
. "$TESTS/cli/layout.sh"
write_stats stats.h

layout --patch stats.h
check "a patch" [ "$status" = 0 ]
check "that was tried" stderr_has "compiled and audited again: the patch mends 1 finding"
cp "$work/out" fix.patch
check "keeps comments" grep -qF '+	_Alignas(64) atomic_long misses; /* by writers */' fix.patch
check "leaves the file alone" eval '! grep -q _Alignas stats.h'
cp stats.h before.h
check "patch takes it" patch -p1 -s -i fix.patch
layout stats.h
check "after which it is clean" [ "$status" = 0 ]
check "one line changed" [ "$(diff before.h stats.h | grep -c '^>')" = 1 ]

cp before.h stats.h
chmod 640 stats.h
layout --fix stats.h
check "--fix" [ "$status" = 0 ]
check "says what it did" stderr_has "mended 1 finding; 0 stay"
check "keeps the mode" [ "$(stat -c %a stats.h)" = 640 ]
layout stats.h
check "is clean afterwards" [ "$status" = 0 ]
cp stats.h fixed.h
layout --fix stats.h
check "a second time changes nothing" cmp -s stats.h fixed.h

# In a header that C++ reads as well, what both understand.
cat >both.h <<'C'
#ifdef __cplusplus
#define EXTERN extern
#endif
#include <stdatomic.h>
struct both {
    atomic_long hits;
    atomic_long misses;
};
C
layout --fix both.h
check "an attribute for C and C++" grep -q '__attribute__((aligned(64))) atomic_long misses' both.h

# A header that a source includes: the source is compiled against the changed copy.
mkdir -p src include/part
cp before.h include/part/stats.h
printf '#include <part/stats.h>\nstruct stats all;\n' >src/use.c
layout --fix src/use.c -- -Iinclude
check "a header through its source" [ "$status" = 0 ]
check "the header was changed" grep -q '_Alignas(64) atomic_long misses' include/part/stats.h

# C++: a class, and globals.
cat >queue.hpp <<'C'
#pragma once
#include <atomic>
namespace app {
class Queue {
public:
  std::atomic<unsigned long> head{0}; // consumer
  std::atomic<unsigned long> tail{0}; ///< producer
};
}
C
layout --fix queue.hpp
check "C++" [ "$status" = 0 ]
check "its own word" grep -qF '  alignas(64) std::atomic<unsigned long> tail{0}; ///< producer' queue.hpp

# The project's macro.
cat >macro.h <<'C'
#include <stdatomic.h>
#define ____cacheline_aligned __attribute__((aligned(64)))
struct other { atomic_long only ____cacheline_aligned; };
struct macro {
    atomic_long hits;
    atomic_long misses;
};
C
layout --fix macro.h
check "the project's own macro" grep -q 'atomic_long misses ____cacheline_aligned;' macro.h

# An array by thread: the element's type.
cat >slots.c <<'C'
struct slot {
    unsigned long hits; /* requests */
    unsigned long misses;
};
struct slot thread_slots[64];
C
layout --fix slots.c
check "elements of an array by thread" grep -qF '_Alignas(64) unsigned long hits; /* requests */' slots.c
layout slots.c
check "are clean afterwards" [ "$status" = 0 ]

# What must not be changed, and what cannot be.
cat >promise.h <<'C'
#include <stdatomic.h>
struct promise {
    atomic_long hits;
    atomic_long misses;
};
_Static_assert(sizeof(struct promise) == 16, "on disk");
C
cp promise.h promise.before
layout --fix promise.h
check "a promised size stays" cmp -s promise.h promise.before
check "with the reason" stderr_has "static assertion"
check "the finding stays" [ "$status" = 1 ]
cat >two.h <<'C'
#include <stdatomic.h>
struct two { atomic_long hits, misses; };
C
layout --patch two.h
check "several at once are refused" stderr_has "several are declared at once"
check "without a patch" [ ! -s "$work/out" ]
mkdir -p include
cat >include/public.h <<'C'
#include <stdatomic.h>
#ifdef __cplusplus
extern "C" {
#endif
struct published { atomic_long hits; atomic_long misses; };
#ifdef __cplusplus
}
#endif
C
layout --patch include/public.h
check "a public interface stays" stderr_has "public header"
cp before.h stats.h
printf '#include "stats.h"\nstruct stats all;\nint main(void) { return 0; }\n' >main.c
cc -g main.c -o program
layout --fix program
check "programs cannot be compiled again" [ "$status" = 2 ]
check "which is said" stderr_has "compiled again"
check "and nothing is written" cmp -s stats.h before.h
finish
