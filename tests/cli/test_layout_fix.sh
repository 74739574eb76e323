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

# Its macro by another name, as the configuration tells; and only the headers it is for.
mkdir -p here there
cat >here/told.h <<'C'
#include <stdatomic.h>
#define OWN_LINE __attribute__((aligned(64)))
struct told {
    atomic_long hits;
    atomic_long misses;
};
C
sed 's/struct told/struct elsewhere/' here/told.h >there/elsewhere.h
printf '[layout]\npadding = OWN_LINE\nheaders = here/*\n' >told.conf
layout --config told.conf --format json here/told.h there/elsewhere.h
check "suggestions have the macro of the configuration" json '.findings[0].suggestion.code | test("misses OWN_LINE;")'
check "only its headers are told of" json '.findings | map(.object.type) == ["struct told"]'
check "the others are counted" json '.findings_left_out >= 1'
layout --config told.conf --fix here/told.h there/elsewhere.h
check "patches have it too" grep -q 'atomic_long misses OWN_LINE;' here/told.h
check "other headers stay" eval '! grep -q "misses OWN_LINE" there/elsewhere.h'

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

# Other ways, each compiled and audited: the field moves with its comment, or the struct is split.
cat >session.h <<'C'
typedef struct { int counter; } atomic_t;
struct session_operations;
struct session {
	const struct session_operations *ops; /* set once */

	/* at every use */
	atomic_t requests; // of all

	struct session *parent;
	char cookie[128];
	unsigned long time;
};
C
layout --patch --format json session.h
check "moving is another way" json '.findings[0].suggestion.variants | map(select(.text | startswith("move `requests`"))) | length == 1'
check "which costs nothing" json '.findings[0].suggestion.variants | map(select(.text | startswith("move")))[0].cost_bytes == 0'
check "so is splitting" json '.findings[0].suggestion.variants | map(select(.text | startswith("split"))) | .[0].code | test("struct session_hot \\{")'
jq -r '.findings[0].suggestion.variants | map(select(.text | startswith("move")))[0].patch' "$work/out" >move.patch
cp session.h session.before
check "it is a patch" patch -p1 -s -i move.patch
check "that moves field and comments" eval '[ "$(grep -n "at every use" session.h | cut -d: -f1)" = 9 ] && [ "$(grep -n "requests; // of all" session.h | cut -d: -f1)" = 10 ]'
check "and keeps all else" eval '[ "$(sort session.before | grep -v "^$")" = "$(sort session.h | grep -v "^$")" ]'
layout session.h
check "after which it is clean" [ "$status" = 0 ]
# Hot parted from cold: fields that are written go to the end together, on a line of their own.
cat >parted.h <<'C'
struct parted_operations;
struct parted {
	const struct parted_operations *ops; /* set once */
	/* the server's loop only: */
	volatile long requests; // cachecheck: writer=loop

	void *parent;
	volatile long replies; // cachecheck: writer=loop
	char cookie[24];
	unsigned long mask;
};
C
layout --patch --format json parted.h
check "parting hot from cold is another way" json '.findings[0].suggestion | [., .variants[]] | map(select(.text | startswith("part hot from cold: put `requests`, `replies`"))) | length == 1'
jq -r '.findings[0].suggestion | [., .variants[]] | map(select(.text | startswith("part hot")))[0].patch' "$work/out" >part.patch
cost=$(jq -r '.findings[0].suggestion | [., .variants[]] | map(select(.text | startswith("part hot")))[0].cost_bytes' "$work/out")
cp parted.h parted.before
check "it is a patch" patch -p1 -s -i part.patch
check "they begin a line at the end" eval '[ "$(tail -4 parted.h | tr -d "\n")" = "	/* the server'"'"'s loop only: */	_Alignas(64) volatile long requests; // cachecheck: writer=loop	volatile long replies; // cachecheck: writer=loop};" ]'
check "nothing is lost" eval '[ "$(sort parted.before)" = "$(sed "s/_Alignas(64) //" parted.h | sort)" ]'
layout parted.h
check "after which it is clean" [ "$status" = 0 ]
printf '#include "parted.before"\nint before = sizeof(struct parted);\n' >sizes.c
before=$(cc -x c -S -o - sizes.c | awk '/\.long/ { print $2; exit }')
printf '#include "parted.h"\nint after = sizeof(struct parted);\n' >sizes.c
after=$(cc -x c -S -o - sizes.c | awk '/\.long/ { print $2; exit }')
check "and costs what was said" [ "$((after - before))" = "$cost" ]

cat >short.h <<'C'
#include <stdatomic.h>
struct brief { atomic_long hits; atomic_long misses; char rest[16]; };
C
layout --patch --format json short.h
check "not in a struct that is too short" json '[.findings[0].suggestion.variants[] | select(.text | startswith("move"))] == []'
cat >directive.h <<'C'
typedef struct { int counter; } atomic_t;
struct session_operations;
struct session {
	const struct session_operations *ops;
	atomic_t requests;
	struct session *parent;
#ifdef WITH_COOKIE
	int more;
#endif
	char cookie[128];
	unsigned long time;
};
C
layout --patch --format json directive.h
check "nor across a directive" json '[.findings[0].suggestion.variants[] | select(.text | startswith("move `requests`"))] == []'

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
layout --fix two.h
check "of several at once one is taken out" grep -qF '{ atomic_long hits; _Alignas(64) atomic_long misses; };' two.h
cat >three.h <<'C'
#include <stdatomic.h>
struct three {
    atomic_long hits, *last, misses; /* of all */
};
C
layout --fix three.h
check "the others keep their types" grep -qF 'atomic_long hits, *last; _Alignas(64) atomic_long misses; /* of all */' three.h

# An allocation that forgets the alignment; unions as elements.
cat >heap.c <<'C'
#include <stdlib.h>
struct lane { _Alignas(64) long sent; long failed; };
struct lane *new_lanes(size_t count);
struct lane *new_lanes(size_t count)
{
    return malloc(count * sizeof(struct lane)); /* one a thread */
}
C
layout --format json heap.c
check "malloc of an aligned type" json '.findings[0].rule == "over-aligned-on-heap" and .findings[0].severity == "medium"'
check "points to the call" json '.findings[0].locations[0] | .line == 6 and .role == "allocated"'
layout --fix heap.c
check "aligned_alloc" grep -qF 'return aligned_alloc(64, count * sizeof(struct lane)); /* one a thread */' heap.c
layout heap.c
check "which is clean" [ "$status" = 0 ]
cat >cleared.c <<'C'
#include <stdlib.h>
#include <string.h>
struct lane { _Alignas(64) long sent; long failed; };
struct pool { struct lane *lane; };
int fill(struct pool *pool);
int fill(struct pool *pool)
{
    pool->lane = calloc(1, sizeof(struct lane)); /* zeroes */
    return pool->lane != NULL;
}
C
sed 's/^    pool->lane = /    if (!pool->lane)\n        pool->lane = /' cleared.c >body.c
layout --fix cleared.c
check "calloc of one becomes aligned_alloc" grep -qF 'pool->lane = aligned_alloc(64, sizeof(struct lane));' cleared.c
check "and is cleared where memory was got" grep -qF 'memset(pool->lane, 0, sizeof(struct lane)); /* zeroes */' cleared.c
check "which compiles" cc -Werror=implicit-function-declaration -c -o cleared.o cleared.c
cp body.c kept.c
layout --fix body.c
check "the body of an if is left alone" cmp -s body.c kept.c
check "with a reason" stderr_has "calloc also clears"
cat >wrapped.c <<'C'
#include <stdlib.h>
#define NEW_ARRAY(type, n) ((type *)malloc((n) * sizeof(type)))
struct lane { _Alignas(64) long sent; long failed; };
struct lane *new_lanes(size_t n);
struct lane *new_lanes(size_t n)
{
    return NEW_ARRAY(struct lane, n); /* one a thread */
}
long *new_longs(size_t n);
long *new_longs(size_t n)
{
    return NEW_ARRAY(long, n);
}
C
layout --format json wrapped.c
check "an allocation by a macro" json '.findings[0] | .rule == "over-aligned-on-heap" and (.title | test("allocated by NEW_ARRAY"))'
layout --fix wrapped.c
check "is written out" grep -qF 'return ((struct lane *)aligned_alloc(64, (n) * sizeof(struct lane))); /* one a thread */' wrapped.c
check "others that use the macro stay" grep -qF 'return NEW_ARRAY(long, n);' wrapped.c
layout wrapped.c
check "which is clean" [ "$status" = 0 ]
cat >slot.h <<'C'
#include <pthread.h>
typedef struct row_lock { pthread_spinlock_t lock; void *waiters; } row_lock;
typedef union { row_lock lock; char pad[32]; } row_slot;
row_slot *row_slots;
C
layout --fix slot.h
check "a union of a padded lock" grep -qF 'union { _Alignas(64) row_lock lock; char pad[32]; } row_slot;' slot.h
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
