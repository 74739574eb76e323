/* SPDX-License-Identifier: MIT */
#include "layouts/corpus.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/grow.h"

/* Room for one more in an array that doubles. */
static int reserve(void **items, size_t count, size_t *capacity, size_t size, cck_error *err)
{
    return cck_grow(items, capacity, count, size) ? 0
                                                  : cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* FNV-1a (Fowler, Noll, Vo), over words: texts are short and numbers many. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

/* Eight letters at a time. */
static uint64_t mix_text(uint64_t hash, const char *text)
{
    size_t length = strlen(text);
    uint64_t word;
    hash = mix(hash, length);
    for (; length >= sizeof word; length -= sizeof word, text += sizeof word) {
        memcpy(&word, text, sizeof word);
        hash = mix(hash, word);
    }
    word = 0;
    memcpy(&word, text, length);
    return mix(hash, word);
}

/* Anonymous records within a record are told apart by what they hold; deeper is not needed. */
static uint64_t hash_of(const cck_type *type, unsigned depth)
{
    enum { DEEPEST = 4 };
    uint64_t hash = mix_text(UINT64_C(0xcbf29ce484222325), type->name);
    hash = mix_text(mix_text(hash, type->alias), type->file);
    hash = mix(mix(mix(hash, type->kind), type->line), type->size);
    hash = mix(hash, type->align_asked);
    for (size_t i = 0; i < type->member_count; i++) {
        const cck_member *member = &type->members[i];
        hash = mix(mix_text(hash, member->name), member->offset);
        hash = mix(mix(hash, (uint64_t)member->bit_offset << 32 | member->bit_size), member->align);
        hash = mix(mix_text(hash, member->type->name), member->type->size);
        if (!*member->type->name && member->type->member_count && depth < DEEPEST)
            hash = mix(hash, hash_of(member->type, depth + 1));
    }
    return hash;
}

uint64_t cck_corpus_hash(const cck_type *type)
{
    return hash_of(type, 0);
}

static int append(cck_corpus *corpus, const cck_corpus_type *type, uint64_t hash, cck_error *err)
{
    int failed = reserve((void **)&corpus->types, corpus->type_count, &corpus->type_capacity,
                         sizeof *corpus->types, err);
    if (failed)
        return failed;
    corpus->types[corpus->type_count] = *type;
    corpus->types[corpus->type_count++].hash = hash;
    return 0;
}

/* Types that were known to be distinct have no hash until others may be like them. */
static bool hash_all(cck_corpus *corpus)
{
    for (; corpus->hashed < corpus->type_count; corpus->hashed++) {
        cck_corpus_type *type = &corpus->types[corpus->hashed];
        type->hash = cck_corpus_hash(type->type);
        if (!cck_map_put(&corpus->alike, type->hash, (void *)(uintptr_t)(corpus->hashed + 1)))
            return false;
    }
    return true;
}

int cck_corpus_add_distinct(cck_corpus *corpus, const cck_corpus_type *type, cck_error *err)
{
    return corpus->input_count > 1 ? cck_corpus_add(corpus, type, err)
                                   : append(corpus, type, 0, err);
}

int cck_corpus_add(cck_corpus *corpus, const cck_corpus_type *type, cck_error *err)
{
    if (!hash_all(corpus))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    uint64_t hash = cck_corpus_hash(type->type);
    size_t known = (size_t)(uintptr_t)cck_map_get(&corpus->alike, hash);
    if (known) {
        corpus->types[known - 1].seen += type->seen;
        corpus->types[known - 1].main_file |= type->main_file;
        return 0;
    }
    int failed = append(corpus, type, hash, err);
    if (!failed && !cck_map_put(&corpus->alike, hash, (void *)(uintptr_t)corpus->type_count)) {
        corpus->type_count--;
        failed = cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    corpus->hashed = corpus->type_count;
    return failed;
}

int cck_corpus_add_global(cck_corpus *corpus, const cck_corpus_global *global, cck_error *err)
{
    int failed = reserve((void **)&corpus->globals, corpus->global_count, &corpus->global_capacity,
                         sizeof *corpus->globals, err);
    if (failed)
        return failed;
    corpus->globals[corpus->global_count++] = *global;
    return 0;
}

int cck_corpus_add_input(cck_corpus *corpus, const cck_corpus_input *input, uint32_t *out_number,
                         cck_error *err)
{
    int failed = reserve((void **)&corpus->inputs, corpus->input_count, &corpus->input_capacity,
                         sizeof *corpus->inputs, err);
    if (failed)
        return failed;
    cck_corpus_input copy = *input;
    const char **texts[] = {&copy.path, &copy.member, &copy.kind, &copy.note, &copy.processor};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = cck_arena_strdup(&corpus->arena, *texts[i] ? *texts[i] : "");
        if (!*texts[i])
            return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    *out_number = (uint32_t)corpus->input_count;
    corpus->inputs[corpus->input_count++] = copy;
    return 0;
}

int cck_corpus_own(cck_corpus *corpus, void *thing, void (*end)(void *), cck_error *err)
{
    int failed = reserve((void **)&corpus->owned, corpus->owned_count, &corpus->owned_capacity,
                         sizeof *corpus->owned, err);
    if (failed) {
        end(thing);
        return failed;
    }
    corpus->owned[corpus->owned_count++] = (cck_corpus_owned){thing, end};
    return 0;
}

static int compare_numbers(uint64_t left, uint64_t right)
{
    return left < right ? -1 : left > right;
}

static uint64_t hash_known(const cck_corpus_type *type)
{
    return type->hash ? type->hash : cck_corpus_hash(type->type);
}

static int compare_types(const void *a, const void *b)
{
    const cck_corpus_type *left = a, *right = b;
    int order = compare_numbers(left->input, right->input);
    if (!order)
        order = strcmp(cck_type_label(left->type), cck_type_label(right->type));
    if (!order)
        order = strcmp(left->type->file, right->type->file);
    if (!order)
        order = compare_numbers(left->type->line, right->type->line);
    if (!order)
        order = compare_numbers(left->type->size, right->type->size);
    return order ? order : compare_numbers(hash_known(left), hash_known(right));
}

static int compare_globals(const void *a, const void *b)
{
    const cck_corpus_global *left = a, *right = b;
    int order = compare_numbers(left->input, right->input);
    if (!order && !left->placed && !right->placed)
        order = strcmp(left->section, right->section);
    if (!order)
        order = compare_numbers(left->address, right->address);
    return order ? order : strcmp(left->name, right->name);
}

void cck_corpus_sort(cck_corpus *corpus)
{
    /* Later additions must still find what is there. */
    if (corpus->hashed)
        hash_all(corpus);
    if (corpus->type_count)
        qsort(corpus->types, corpus->type_count, sizeof *corpus->types, compare_types);
    for (size_t i = 0; corpus->hashed && i < corpus->type_count; i++)
        cck_map_put(&corpus->alike, corpus->types[i].hash, (void *)(uintptr_t)(i + 1));
    if (corpus->global_count)
        qsort(corpus->globals, corpus->global_count, sizeof *corpus->globals, compare_globals);
}

void cck_corpus_clear(cck_corpus *corpus)
{
    while (corpus->owned_count) {
        const cck_corpus_owned *last = &corpus->owned[--corpus->owned_count];
        last->end(last->thing);
    }
    free(corpus->owned);
    free(corpus->types);
    free(corpus->globals);
    free(corpus->inputs);
    cck_map_clear(&corpus->alike);
    cck_arena_clear(&corpus->arena);
    *corpus = (cck_corpus){.types = NULL};
}
