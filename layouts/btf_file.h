/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_BTF_FILE_H
#define CCK_LAYOUTS_BTF_FILE_H

#include <linux/btf.h>

#include "layouts/corpus.h"

/**
 * The sections of a blob of BTF (include/uapi/linux/btf.h of Linux, Documentation/bpf/btf.rst),
 * read in place: kernels have five megabytes of it, and copying takes longer than reading.
 */
typedef struct cck_btf_file {
    const uint32_t *words;  /* of the types */
    const uint32_t *places; /* of each type in words, by its number; 0 is void */
    uint32_t count;         /* numbers, void included */
    const char *strings;
    uint32_t string_size;
    uint32_t pointer; /* bytes that one has */
} cck_btf_file;

/** Find the types. The bytes are not trusted, and borrowed for as long as the corpus lives; what
 * is made beside them belongs to the corpus. CCK_EFORMAT. */
int cck_btf_file_open(cck_btf_file *file, cck_corpus *corpus, const void *bytes, size_t size,
                      cck_error *err);

/** All of a type is within the bytes. NULL: there is none of that number. */
static inline const struct btf_type *cck_btf_type(const cck_btf_file *file, uint32_t number)
{
    return number && number < file->count
               ? (const struct btf_type *)(const void *)&file->words[file->places[number]]
               : NULL;
}

static inline const char *cck_btf_name(const cck_btf_file *file, uint32_t offset)
{
    return offset < file->string_size ? file->strings + offset : "";
}

static inline unsigned cck_btf_kind(const struct btf_type *type)
{
    return BTF_INFO_KIND(type->info);
}

#endif
