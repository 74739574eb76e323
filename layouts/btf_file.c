/* SPDX-License-Identifier: MIT */
#include "layouts/btf_file.h"

#include <byteswap.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"

enum { WORD = sizeof(uint32_t), TYPE_WORDS = sizeof(struct btf_type) / WORD };

/* How many words follow a type, and how many for each of its parts. */
static const struct {
    uint8_t fixed, each;
    bool known;
} kinds[] = {
    [BTF_KIND_INT] = {1, 0, true},        [BTF_KIND_PTR] = {0, 0, true},
    [BTF_KIND_ARRAY] = {3, 0, true},      [BTF_KIND_STRUCT] = {0, 3, true},
    [BTF_KIND_UNION] = {0, 3, true},      [BTF_KIND_ENUM] = {0, 2, true},
    [BTF_KIND_FWD] = {0, 0, true},        [BTF_KIND_TYPEDEF] = {0, 0, true},
    [BTF_KIND_VOLATILE] = {0, 0, true},   [BTF_KIND_CONST] = {0, 0, true},
    [BTF_KIND_RESTRICT] = {0, 0, true},   [BTF_KIND_FUNC] = {0, 0, true},
    [BTF_KIND_FUNC_PROTO] = {0, 2, true}, [BTF_KIND_VAR] = {1, 0, true},
    [BTF_KIND_DATASEC] = {0, 3, true},    [BTF_KIND_FLOAT] = {0, 0, true},
    [BTF_KIND_DECL_TAG] = {1, 0, true},   [BTF_KIND_TYPE_TAG] = {0, 0, true},
    [BTF_KIND_ENUM64] = {0, 3, true},
};

/* The header in this machine's order of bytes. False: it is none, or not all is there. */
static bool header_read(struct btf_header *header, const void *bytes, size_t size, bool *swapped)
{
    if (size < sizeof *header)
        return false;
    memcpy(header, bytes, sizeof *header);
    *swapped = header->magic == bswap_16(BTF_MAGIC);
    if (*swapped) {
        uint32_t *const numbers[] = {&header->hdr_len, &header->type_off, &header->type_len,
                                     &header->str_off, &header->str_len};
        header->magic = BTF_MAGIC;
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
            *numbers[i] = bswap_32(*numbers[i]);
    }
    uint64_t types_end = (uint64_t)header->hdr_len + header->type_off + header->type_len;
    uint64_t strings_end = (uint64_t)header->hdr_len + header->str_off + header->str_len;
    return header->magic == BTF_MAGIC && header->version == BTF_VERSION &&
           header->hdr_len >= sizeof *header && types_end <= size && strings_end <= size &&
           header->type_len % WORD == 0 && header->str_len;
}

/* Types are made of nothing but words of 32 bits: turned as a whole where they are those of a
 * machine that has its bytes in the other order. */
static const uint32_t *words_of(cck_corpus *corpus, const char *types, size_t count, bool swapped)
{
    if (!swapped && (uintptr_t)types % WORD == 0)
        return (const uint32_t *)(const void *)types;
    uint32_t *words = cck_arena_array(&corpus->arena, count + 1, sizeof *words);
    if (words)
        memcpy(words, types, count * sizeof *words);
    for (size_t i = 0; words && swapped && i < count; i++)
        words[i] = bswap_32(words[i]);
    return words;
}

/* As libbpf finds it: no other type is as large as a pointer on all machines of Linux. */
static bool is_long(const char *name)
{
    static const char *const names[] = {"long", "long int", "unsigned long", "long unsigned int"};
    for (size_t i = 0; *name && i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Where each type is. False: they do not add up, or are of kinds that are not known. */
static bool places_find(cck_btf_file *file, uint32_t *places, size_t words)
{
    size_t at = 0;
    for (file->count = 1; at < words; file->count++) {
        const struct btf_type *type = (const struct btf_type *)(const void *)&file->words[at];
        if (words - at < TYPE_WORDS)
            return false;
        unsigned kind = cck_btf_kind(type);
        if (kind >= sizeof kinds / sizeof *kinds || !kinds[kind].known)
            return false;
        if (kind == BTF_KIND_INT && (type->size == 4 || type->size == 8) &&
            is_long(cck_btf_name(file, type->name_off)))
            file->pointer = type->size;
        places[file->count] = (uint32_t)at;
        at += TYPE_WORDS + kinds[kind].fixed + (size_t)kinds[kind].each * BTF_INFO_VLEN(type->info);
    }
    return at == words;
}

int cck_btf_file_open(cck_btf_file *file, cck_corpus *corpus, const void *bytes, size_t size,
                      cck_error *err)
{
    struct btf_header header;
    bool swapped;
    if (!header_read(&header, bytes, size, &swapped))
        return cck_fail(err, CCK_EFORMAT, "no header of BTF");
    const char *start = (const char *)bytes + header.hdr_len;
    size_t words = header.type_len / WORD;
    *file = (cck_btf_file){.strings = start + header.str_off,
                           .string_size = header.str_len,
                           .pointer = sizeof(uint64_t)};
    if (file->strings[0] || file->strings[header.str_len - 1])
        return cck_fail(err, CCK_EFORMAT, "strings of BTF do not end");
    file->words = words_of(corpus, start + header.type_off, words, swapped);
    uint32_t *places = calloc(words / TYPE_WORDS + 2, sizeof *places);
    if (!file->words || !places) {
        free(places);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    int failed = cck_corpus_own(corpus, places, free, err);
    if (failed)
        return failed;
    file->places = places;
    return places_find(file, places, words)
               ? 0
               : cck_fail(err, CCK_EFORMAT, "types of BTF do not add up");
}
