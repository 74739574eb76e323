/* SPDX-License-Identifier: MIT */
/* Siblings that are alike: sixty-four nodes are one drawn, and sixty-three named. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/report/boxes.h"

enum { RUN_LEAST = 3, LINE_MOST = 44, KINDS = CCK_PART_CPU + 1 };

uint64_t cck_part_shape(const cck_part *parts, size_t at)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = at; i < parts[at].end; i++) {
        const uint64_t facts[] = {parts[i].kind, parts[i].size, parts[i].allowed, parts[i].cpus,
                                  parts[i].end - i, i - parts[i].parent};
        /* Of the first the parent is not its own. */
        size_t count = sizeof facts / sizeof *facts - (i == at);
        for (size_t k = 0; k < count; k++)
            hash = (hash ^ facts[k]) * 1099511628211u;
        for (const char *name = parts[i].name; *name; name++)
            hash = (hash ^ (unsigned char)*name) * 1099511628211u;
        for (const char *detail = parts[i].detail; *detail; detail++)
            hash = (hash ^ (unsigned char)*detail) * 1099511628211u;
    }
    return hash;
}

static int by_number(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

/* How many numbers from `at` on follow each other with the same stride. */
static size_t run_of(const int64_t *numbers, size_t at, size_t count)
{
    size_t to = at + 1;
    if (to >= count)
        return 1;
    int64_t stride = numbers[to] - numbers[at];
    while (to + 1 < count && numbers[to + 1] - numbers[to] == stride)
        to++;
    return to - at + 1;
}

const char *cck_number_list(cck_arena *arena, int64_t *numbers, size_t count)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    qsort(numbers, count, sizeof *numbers, by_number);
    for (size_t i = 0; i < count;) {
        size_t run = run_of(numbers, i, count);
        int64_t stride = run > 1 ? numbers[i + 1] - numbers[i] : 1;
        bool range = run >= RUN_LEAST || (run == 2 && stride == 1);
        fprintf(out, "%s%" PRId64, i ? "," : "", numbers[i]);
        if (range)
            fprintf(out, "-%" PRId64, numbers[i + run - 1]);
        if (range && stride != 1)
            fprintf(out, ":%" PRId64, stride);
        i += range ? run : 1;
    }
    bool failed = fclose(out) != 0;
    const char *copy = failed ? NULL : cck_arena_strdup(arena, text);
    free(text);
    return copy;
}

/* Broken at commas, so that one long list does not make a box as wide. */
static bool add_text(cck_arena *arena, cck_box *box, const char *text, cck_part_kind kind,
                     size_t most)
{
    while (*text && box->line_count < most) {
        size_t length = strlen(text), cut = length;
        if (length > LINE_MOST)
            for (cut = LINE_MOST; cut > 1 && text[cut - 1] != ',' && text[cut - 1] != ' '; cut--)
                ;
        if (cut <= 1)
            cut = length < LINE_MOST ? length : LINE_MOST;
        const char *line = cck_arena_strndup(arena, text, cut);
        if (!line)
            return false;
        box->lines[box->line_count++] = (cck_box_line){line, kind, true, NULL};
        text += cut;
    }
    return true;
}

typedef struct census {
    const cck_part *parts;
    const size_t *siblings;
    size_t sibling_count;
    int64_t *numbers; /* room for all */
} census;

static size_t gather(const census *c, cck_part_kind kind, const char *name, bool os)
{
    size_t count = 0;
    for (size_t s = 0; s < c->sibling_count; s++)
        for (size_t i = c->siblings[s]; i < c->parts[c->siblings[s]].end; i++)
            if (c->parts[i].kind == kind && strcmp(c->parts[i].name, name) == 0)
                c->numbers[count++] = os ? c->parts[i].os : (int64_t)c->parts[i].logical;
    return count;
}

/* "Node L#1-7 P#1-7"; the system's numbers of cores repeat from package to package. */
static bool add_kind(cck_arena *arena, census *c, cck_box *box, const cck_part *example,
                     size_t most)
{
    bool has_os = example->kind == CCK_PART_NODE || example->kind == CCK_PART_CPU;
    size_t count = gather(c, example->kind, example->name, false);
    const char *logical = cck_number_list(arena, c->numbers, count), *os = NULL;
    if (has_os && example->os >= 0) {
        count = gather(c, example->kind, example->name, true);
        os = cck_number_list(arena, c->numbers, count);
    }
    const char *text = cck_arena_printf(arena, "%s L#%s%s%s", example->name, logical ? logical : "",
                                        os ? " P#" : "", os ? os : "");
    return text && add_text(arena, box, text, example->kind, most);
}

static bool fill(cck_arena *arena, census *c, cck_box *box, size_t most)
{
    const cck_part *first = &c->parts[c->siblings[0]], *end = &c->parts[first->end];
    bool shared[KINDS] = {false}, ok = true;
    for (const cck_part *part = first; ok && part < end; part++) {
        bool wanted = part == first || part->kind == CCK_PART_NODE ||
                      part->kind == CCK_PART_CORE || part->kind == CCK_PART_CPU;
        if (!wanted || shared[part->kind])
            continue;
        shared[part->kind] = true;
        ok = add_kind(arena, c, box, part, most);
    }
    return ok;
}

cck_box *cck_box_fold(cck_arena *arena, const cck_part *parts, const size_t *siblings, size_t count)
{
    size_t all = 0, most = 64;
    for (size_t i = 0; i < count; i++)
        all += parts[siblings[i]].end - siblings[i];
    census c = {parts, siblings, count, calloc(all + 1, sizeof(int64_t))};
    cck_box *box = cck_arena_alloc(arena, sizeof *box);
    if (box)
        box->lines = cck_arena_array(arena, most, sizeof *box->lines);
    bool ok = c.numbers && box && box->lines &&
              (box->title = cck_arena_printf(arena, "%zu more alike", count)) &&
              fill(arena, &c, box, most);
    free(c.numbers);
    if (!ok)
        return NULL;
    box->kind = parts[siblings[0]].kind;
    box->allowed = parts[siblings[0]].allowed;
    box->folded = true;
    return box;
}
