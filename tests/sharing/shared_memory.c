/* SPDX-License-Identifier: MIT */
/* False, between two processes that map a file of memory at different addresses: only who
 * knows what is mapped there can tell that they meet on a line. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pattern.h"

enum { SIZE = 1 << 16, PLACE = 3 * 4096 + 128 };

struct board {
    long parent, child;
};

static struct board *map(int file)
{
    char *mapped = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED)
        exit(2);
    return (struct board *)(mapped + PLACE);
}

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
    int file = memfd_create("board", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, SIZE) != 0)
        return 2;
    struct board *board = map(file);
    same_line(&board->parent, &board->child);
    pid_t child = fork();
    if (child < 0)
        return 2;
    if (child == 0) {
        struct board *other = map(file);
        apart(board, other);
        count(&other->child);
        _exit(0);
    }
    count(&board->parent);
    waitpid(child, NULL, 0);
    return board->parent != rounds || board->child != rounds;
}
