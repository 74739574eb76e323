/* SPDX-License-Identifier: MIT */
/*
 * Stands in for libFuzzer where the compiler has none: runs a fuzz target over
 * its seeds and over mutations of them, the same ones every time.
 *   fuzz_NAME CORPUS-FOLDER MUTATIONS
 * The input at hand when a sanitizer stops the program is left in ./crash-input.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

enum { LONGEST = 4096, MOST_SEEDS = 1024 };

typedef struct seed {
    uint8_t *bytes;
    size_t size;
} seed;

static seed seeds[MOST_SEEDS];
static size_t seed_count;
static uint8_t input[LONGEST];
static size_t input_size;
static uint64_t state = 0x9e3779b97f4a7c15u;

static size_t dice(size_t sides)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return sides ? (size_t)(state % sides) : 0;
}

static void leave_input(void)
{
    int fd = open("crash-input", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd >= 0 && write(fd, input, input_size) == (ssize_t)input_size)
        close(fd);
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static void seed_read(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return;
    uint8_t *bytes = malloc(LONGEST);
    size_t size = bytes ? fread(bytes, 1, LONGEST, file) : 0;
    fclose(file);
    if (bytes)
        seeds[seed_count++] = (seed){bytes, size};
}

static int seeds_read(const char *folder)
{
    struct dirent **names;
    int count = scandir(folder, &names, NULL, by_name);
    if (count < 0) {
        perror(folder);
        return -1;
    }
    for (int i = 0; i < count; i++) {
        if (names[i]->d_name[0] != '.' && seed_count < MOST_SEEDS)
            seed_read(folder, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    return seed_count ? 0 : -1;
}

static void take(const seed *from)
{
    memcpy(input, from->bytes, from->size);
    input_size = from->size;
}

/* Cut out, double, or overwrite a stretch; or splice another seed in. */
static void mutate(void)
{
    static const char marks[] = ",:/={}-0x9fu?\n\t %\\\"[]()<>";
    size_t at = dice(input_size + 1), rest = input_size - at, length = dice(rest + 1);
    switch (dice(6)) {
    case 0:
        memmove(input + at, input + at + length, rest - length);
        input_size -= length;
        break;
    case 1:
        if (input_size + length <= LONGEST) {
            memmove(input + at + length, input + at, rest);
            input_size += length;
        }
        break;
    case 2:
        if (rest)
            input[at] = (uint8_t)dice(256);
        break;
    case 3:
        if (rest)
            input[at] ^= (uint8_t)(1u << dice(8));
        break;
    case 4:
        if (input_size < LONGEST) {
            memmove(input + at + 1, input + at, rest);
            input[at] = (uint8_t)marks[dice(sizeof marks - 1)];
            input_size++;
        }
        break;
    default: {
        const seed *other = &seeds[dice(seed_count)];
        size_t from = dice(other->size + 1), size = other->size - from;
        if (at + size <= LONGEST) {
            memcpy(input + at, other->bytes + from, size);
            input_size = at + size;
        }
    }
    }
}

static void run(void)
{
    /* A copy of just its size, so that reading past the end is seen. */
    uint8_t *copy = malloc(input_size ? input_size : 1);
    if (!copy)
        return;
    memcpy(copy, input, input_size);
    LLVMFuzzerTestOneInput(copy, input_size);
    free(copy);
}

int main(int argc, char **argv)
{
    if (argc != 3 || seeds_read(argv[1]) < 0) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER MUTATIONS\n", argv[0]);
        return 2;
    }
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(leave_input);
    for (size_t i = 0; i < seed_count; i++) {
        take(&seeds[i]);
        run();
    }
    long mutations = strtol(argv[2], NULL, 10);
    for (long i = 0; i < mutations; i++) {
        take(&seeds[dice(seed_count)]);
        for (size_t n = 1 + dice(6); n; n--)
            mutate();
        run();
    }
    printf("%zu seeds, %ld mutations\n", seed_count, mutations);
    for (size_t i = 0; i < seed_count; i++)
        free(seeds[i].bytes);
    return 0;
}
