/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
/* Count the words of a file with several threads: each counts its own piece into
 * its own table, the main thread merges them and prints the most frequent.
 * Usage: wordcount FILE [THREADS] */
#include <ctype.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>

enum { TABLE_SIZE = 1 << 16, MOST_THREADS = 256, SHOWN = 5 };

typedef struct {
    const char *word;
    uint32_t length;
    uint32_t count;
} entry;

typedef struct {
    const char *begin, *end;
    entry *table;
    uint64_t words, dropped;
    int number;
} piece;

static uint32_t hash_of(const char *word, uint32_t length)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (uint32_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)word[i]) * 16777619u;
    return hash;
}

static void add(piece *piece, const char *word, uint32_t length, uint32_t count)
{
    uint32_t at = hash_of(word, length) & (TABLE_SIZE - 1);
    for (int tries = 0; tries < TABLE_SIZE; tries++, at = (at + 1) & (TABLE_SIZE - 1)) {
        entry *entry = &piece->table[at];
        if (!entry->word) {
            entry->word = word;
            entry->length = length;
        }
        if (entry->length == length && memcmp(entry->word, word, length) == 0) {
            entry->count += count;
            return;
        }
    }
    piece->dropped += count;
}

static void *count_piece(void *argument)
{
    piece *piece = argument;
    char name[16];
    snprintf(name, sizeof name, "count-%d", piece->number);
    pthread_setname_np(pthread_self(), name);
    for (const char *at = piece->begin; at < piece->end;) {
        while (at < piece->end && !isalnum((unsigned char)*at) && *at != '_')
            at++;
        const char *word = at;
        while (at < piece->end && (isalnum((unsigned char)*at) || *at == '_'))
            at++;
        if (at > word) {
            add(piece, word, (uint32_t)(at - word), 1);
            piece->words++;
        }
    }
    return NULL;
}

static int by_count(const void *a, const void *b)
{
    uint32_t x = ((const entry *)a)->count, y = ((const entry *)b)->count;
    return (x < y) - (x > y);
}

static const char *map_file(const char *path, size_t *out_size)
{
    struct stat status;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &status) != 0 || status.st_size == 0)
        return NULL;
    *out_size = (size_t)status.st_size;
    void *text = mmap(NULL, *out_size, PROT_READ, MAP_PRIVATE, fd, 0);
    return text == MAP_FAILED ? NULL : text;
}

int main(int argc, char **argv)
{
    static piece pieces[MOST_THREADS];
    static pthread_t threads[MOST_THREADS];
    size_t size = 0;
    const char *text = argc > 1 ? map_file(argv[1], &size) : NULL;
    int count = argc > 2 ? atoi(argv[2]) : 4;
    if (!text || count < 1 || count > MOST_THREADS) {
        fprintf(stderr, "usage: wordcount FILE [THREADS]\n");
        return 2;
    }
    const char *at = text, *end = text + size;
    for (int i = 0; i < count; i++) {
        const char *stop = i + 1 < count ? text + size / (size_t)count * ((size_t)i + 1) : end;
        while (stop < end && (isalnum((unsigned char)*stop) || *stop == '_'))
            stop++;
        pieces[i] = (piece){.begin = at, .end = stop > at ? stop : at, .number = i + 1};
        pieces[i].table = calloc(TABLE_SIZE, sizeof(entry));
        if (!pieces[i].table || pthread_create(&threads[i], NULL, count_piece, &pieces[i]) != 0)
            return 1;
        at = pieces[i].end;
    }
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        for (int j = 0; i > 0 && j < TABLE_SIZE; j++)
            if (pieces[i].table[j].word)
                add(&pieces[0], pieces[i].table[j].word, pieces[i].table[j].length,
                    pieces[i].table[j].count);
        pieces[0].words += i > 0 ? pieces[i].words : 0;
    }
    qsort(pieces[0].table, TABLE_SIZE, sizeof(entry), by_count);
    printf("%llu words", (unsigned long long)pieces[0].words);
    for (int i = 0; i < SHOWN && pieces[0].table[i].word; i++)
        printf("%s %.*s %u", i ? "," : ":", (int)pieces[0].table[i].length,
               pieces[0].table[i].word, pieces[0].table[i].count);
    putchar('\n');
    return 0;
}
