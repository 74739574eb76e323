/* SPDX-License-Identifier: MIT */
/* False: both threads go through the same blocks on the heap, one through the first
 * halves, the other through the second. Feather's case 3. */
#include "pattern.h"

enum { BLOCKS = 64 };

struct block {
    long left, right;
};

static struct block *blocks[BLOCKS];

static void work(int worker)
{
    for (long i = 0; i < rounds; i++) {
        if (worker % 2 == 0)
            blocks[i % BLOCKS]->left++;
        else
            blocks[i % BLOCKS]->right++;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    for (int i = 0; i < BLOCKS; i++) {
        if (!(blocks[i] = calloc(1, sizeof **blocks)))
            return 2;
        same_line(&blocks[i]->left, &blocks[i]->right);
    }
    run_workers(work);
    return blocks[0]->left == 0;
}
