/* SPDX-License-Identifier: MIT */
/* chase [STEPS]: follows a random cycle through 8 MiB, one line a step: every load
 * misses D1, and an LL of 8 MiB hits most. Prints where it ends. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { NODES = 1 << 17 };

typedef struct node {
    struct node *next;
    long rest[7];
} node;

static void shuffle(uint32_t *order)
{
    uint64_t random = 88172645463325252u;
    for (uint32_t i = 0; i < NODES; i++)
        order[i] = i;
    for (uint32_t i = NODES - 1; i > 0; i--) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        uint32_t j = (uint32_t)(random % (i + 1)), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

int main(int argc, char **argv)
{
    long steps = argc > 1 ? atol(argv[1]) : 10000000;
    node *nodes = aligned_alloc(64, NODES * sizeof *nodes);
    uint32_t *order = malloc(NODES * sizeof *order);
    if (!nodes || !order)
        return 1;
    shuffle(order);
    for (uint32_t i = 0; i < NODES; i++)
        nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
    node *at = nodes;
    for (long i = 0; i < steps; i++)
        at = at->next;
    printf("%td\n", at - nodes);
    free(order);
    free(nodes);
    return 0;
}
