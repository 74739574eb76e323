/* SPDX-License-Identifier: MIT */
/* Start N short threads (default 10,000), at most 8 at a time. What creating and
 * ending a thread costs under a counting tool. Usage: threads [N] */
#include <pthread.h>
#include <stdlib.h>

enum { AT_ONCE = 8 };

static void *work(void *argument)
{
    volatile unsigned sum = 0;
    for (unsigned i = 0; i < 1000; i++)
        sum += i;
    return argument;
}

int main(int argc, char **argv)
{
    long left = argc > 1 ? atol(argv[1]) : 10000;
    while (left > 0) {
        pthread_t threads[AT_ONCE];
        int count = 0;
        for (; count < AT_ONCE && left > 0; count++, left--)
            if (pthread_create(&threads[count], NULL, work, NULL) != 0)
                return 1;
        for (int i = 0; i < count; i++)
            pthread_join(threads[i], NULL);
    }
    return 0;
}
