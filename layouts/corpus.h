/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_CORPUS_H
#define CCK_LAYOUTS_CORPUS_H

#include "core/arena.h"
#include "core/debug/type.h"

/**
 * A corpus: all distinct record types and global variables of the inputs. The same type
 * seen in many units (same name, size, place of declaration and fields) is kept once.
 * Whoever reads an input adds to it; rules and listings read it. Order is that of the
 * inputs, and in each by name: independent of the number of threads.
 */
typedef struct cck_corpus_type {
    const cck_type *type; /* STRUCT or UNION, complete */
    uint32_t input;       /* index */
    uint32_t seen;        /* units that have it */
    bool main_file;       /* declared in a file that was named as an input */
} cck_corpus_type;

typedef struct cck_corpus_global {
    const char *name;     /* qualified */
    const cck_type *type; /* NULL: only the symbol is known */
    uint64_t address, size; /* address in the file; 0 with `placed` false */
    uint32_t align;       /* of the variable, asked for; 0: not */
    bool placed;          /* the address is final (linked), not an object file's section offset */
    bool read_only;       /* in a section that nobody writes */
    const char *section;  /* "" unknown */
    const char *file;
    uint32_t line;
    uint32_t input;
} cck_corpus_global;

/** An allocation that the code shows: `new T[n]`, malloc(sizeof(T)); from call sites' types. */
typedef struct cck_corpus_input {
    const char *path;       /* as named */
    const char *member;     /* of an archive; "" */
    const char *kind;       /* "header", "source", "executable", "shared library", "object",
                               "kernel module", "BTF" */
    cck_language language;  /* of most of it */
    const char *processor;  /* "x86-64", "aarch64", ... */
    uint32_t line;          /* bytes of a cache line there */
    uint64_t types, units;  /* found; before duplicates were dropped */
    bool has_base_alignment; /* BTF has none: alignment is guessed from members */
} cck_corpus_input;

typedef struct cck_corpus {
    cck_arena arena;
    cck_corpus_type *types;
    size_t type_count, type_capacity;
    cck_corpus_global *globals;
    size_t global_count, global_capacity;
    cck_corpus_input *inputs;
    size_t input_count, input_capacity;
    void **owned; /* debug handles and the like that own types; ended by the corpus */
    size_t owned_count;
} cck_corpus;

#endif
