# SPDX-License-Identifier: MIT
# Sourced by the tests of `cachecheck layout`.
. "$TESTS/cli/lib.sh"
unset CC CXX
mkdir "$work/project"
cd "$work/project" || exit 1

layout() { run timeout 120 "$CACHECHECK" layout "$@"; }

# A header with adjacent atomics, as people write them.
write_stats() {
    cat >"$1" <<'C'
#ifndef STATS_H
#define STATS_H
#include <stdatomic.h>

/* Counters of the service. */
struct stats {
	atomic_long hits; /* by readers */
	atomic_long misses; /* by writers */

	int limit; // set once
};

struct quiet {
	long from, to;
	char name[16];
};

struct gaps {
	char a;
	double b;
	char c;
	struct quiet inner;
};
#endif
C
}
