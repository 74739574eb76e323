# SPDX-License-Identifier: MIT
# `cachecheck layout --profile`: what threads were seen to do raises and lowers findings.
. "$TESTS/cli/simulate.sh"
mkdir "$work/project"
cd "$work/project" || exit 1

cat >shapes.h <<'C'
struct pairing { long alpha, beta; };
struct counts { _Atomic long hits, misses; long kilos; };
struct batch { long gamma, delta; };
C
# Two threads: one writes alpha, kilos and gamma, the other the rest.
cat >program.c <<'C'
#include <pthread.h>
#include <stdlib.h>
#include "shapes.h"
static _Alignas(64) struct counts counts;
static struct pairing *pairing;
static _Alignas(64) struct batch batch;
static pthread_barrier_t start;
static void *work(void *second)
{
    volatile long *pair = second ? &pairing->beta : &pairing->alpha;
    volatile long *one = second ? &batch.delta : &batch.gamma;
    volatile long *kilos = &counts.kilos;
    pthread_barrier_wait(&start);
    for (int i = 0; i < 20000; i++) {
        ++*pair;
        ++*one;
        if (second) {
            counts.hits++;
            counts.misses++;
        } else {
            ++*kilos;
        }
    }
    return NULL;
}
int main(void)
{
    pthread_t threads[2];
    pairing = aligned_alloc(64, 64);
    pthread_barrier_init(&start, NULL, 2);
    for (long i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (long i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
C
cc -g -O1 -pthread program.c -o program || skip "no compiler"
run timeout 120 env "CACHECHECK_LIBEXEC=$work/lib" "$CACHECHECK" sharing --backend simulate --format json \
    -o profile.json -- ./program
check "the program was simulated" [ -s profile.json ]

layout() { run timeout 120 "$CACHECHECK" layout --min-severity info --format json "$@" shapes.h; }

# rated TYPE FIELD FIELD: the highest severity of a finding with both fields; none.
rated() {
    jq -r --arg type "struct $1" --arg one "$2" --arg other "$3" \
        '[.findings[] | select(.object.type == $type and
          (.fields | map(.name) | index($one) and index($other)))] |
         if length == 0 then "none" else .[0].severity end' "$work/out"
}

layout
check "names tell nothing of plain fields" [ "$(rated pairing alpha beta)" = none ]
check "atomics are thought to be shared" [ "$(rated counts hits misses)" = medium ]
layout --profile profile.json
check "a block's fields that two threads wrote" [ "$(rated pairing alpha beta)" = high ]
check "a variable's fields" [ "$(rated batch gamma delta)" = high ]
check "and an atomic beside what another thread wrote" [ "$(rated counts hits kilos)" = high ]
check "that was seen" json '.findings[] | select(.object.type == "struct pairing") |
    .evidence.cost_text | test("threads were seen")'
check "with the names that the profile has" json '[.findings[] | select(.object.type == "struct batch") | .fields[].name] == ["gamma", "delta"]'
check "atomics of one thread are no finding of their own" \
    json '[.findings[] | select(.rule == "adjacent-atomics")] == []'

# Where variables share a line, findings name the variable before its field.
jq '.findings |= map(select(.object.name == "batch") |
    .fields |= map(.name |= "batch." + .))' profile.json >named.json
layout --profile named.json
check "names with the variable's in front" [ "$(rated batch gamma delta)" = high ]

# The same run without the other thread's part: nothing that two threads use is left.
jq '.findings |= map(.fields |= map(select(.name | test("hits|misses"))))' profile.json >one.json
layout --profile one.json
check "what only one thread touched is lowered" [ "$(rated counts hits misses)" = none ]
finish
