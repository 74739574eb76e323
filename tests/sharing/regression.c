/* SPDX-License-Identifier: MIT */
/* False at -O0: the sums of a linear regression in an array of 64-byte structs that
 * starts off a line, so that each struct lies on two lines. Optimised, the sums stay in
 * registers until the end and there is nothing to find. */
#include "pattern.h"

struct sums {
    const int *x, *y;
    long count, xx, yy, sx, sy, xy;
};

enum { POINTS = 1024 };

static int xs[POINTS], ys[POINTS];
static struct sums *all;

static void work(int worker)
{
    struct sums *sums = &all[worker];
    for (long i = 0; i < sums->count; i++) {
        sums->sx += sums->x[i % POINTS];
        sums->xx += (long)sums->x[i % POINTS] * sums->x[i % POINTS];
        sums->sy += sums->y[i % POINTS];
        sums->yy += (long)sums->y[i % POINTS] * sums->y[i % POINTS];
        sums->xy += (long)sums->x[i % POINTS] * sums->y[i % POINTS];
    }
}

int main(int argc, char **argv)
{
    rounds /= 4;
    arguments(argc, argv);
    _Static_assert(sizeof(struct sums) == LINE, "a struct is as large as a line");
    char *block = aligned_alloc(LINE, (WORKERS_MOST + 1) * (size_t)LINE);
    if (!block)
        return 2;
    all = (struct sums *)(block + 16);
    for (int i = 0; i < POINTS; i++)
        xs[i] = i % 17, ys[i] = 3 * xs[i] + 1;
    for (int i = 0; i < workers; i++)
        all[i] = (struct sums){.x = xs, .y = ys, .count = rounds};
    same_line(&all[0].xy, &all[1].x);
    run_workers(work);
    int wrong = all[0].sy != 3 * all[0].sx + rounds;
    free(block);
    return wrong;
}
