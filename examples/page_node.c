/* SPDX-License-Identifier: MIT */
/* On which NUMA node is this memory? Pages have none before they are first touched. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cachecheck/cachecheck.h>

enum { PAGE = 4096, PAGES = 4 };

int main(void)
{
    cck_error err = {0};
    const void *addresses[PAGES];
    int32_t nodes[PAGES];
    char *block = aligned_alloc(PAGE, (size_t)PAGE * PAGES * 256);
    if (!block)
        return 1;
    for (size_t i = 0; i < PAGES; i++)
        addresses[i] = block + i * PAGE * 256;
    block[0] = 1;                    /* the first page, */
    block[(size_t)PAGE * 256 * 2] = 1; /* and the third that is asked for */
    if (cck_page_nodes(0, addresses, PAGES, nodes, &err) < 0) {
        fprintf(stderr, "%s; %s\n", err.message, err.hint);
        return 1;
    }
    for (size_t i = 0; i < PAGES; i++)
        if (nodes[i] >= 0)
            printf("page %zu: node %d\n", i, nodes[i]);
        else
            printf("page %zu: no node yet\n", i);
    free(block);
    return 0;
}
