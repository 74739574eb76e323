/* SPDX-License-Identifier: MIT */
/* False, between two processes: a struct in shared memory, a field each. Feather's
 * case 10. */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pattern.h"

struct board {
    long parent, child;
};

static struct board *board;

static void count(long *own)
{
    for (long i = 0; i < rounds; i++) {
        (*own)++;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    board = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED)
        return 2;
    same_line(&board->parent, &board->child);
    pid_t child = fork();
    if (child < 0)
        return 2;
    count(child == 0 ? &board->child : &board->parent);
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
    return board->parent != rounds || board->child != rounds;
}
