/* SPDX-License-Identifier: MIT */
/* False on three lines, with one half, one third and one sixth of the accesses: the
 * order and the shares must come out. Feather's case 6. */
#include "pattern.h"

struct pair {
    long left, right;
} __attribute__((aligned(64)));

static struct pair half, third, sixth;

static struct pair *const order[6] = {&half, &third, &half, &third, &half, &sixth};

static void work(int worker)
{
    for (long i = 0; i < rounds / 6 * 6; i++) {
        struct pair *pair = order[i % 6];
        if (worker % 2 == 0)
            pair->left++;
        else
            pair->right++;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    same_line(&half.left, &half.right);
    apart(&half, &third);
    apart(&third, &sixth);
    apart(&half, &sixth);
    run_workers(work);
    return half.left != rounds / 6 * 3 && workers == 2;
}
