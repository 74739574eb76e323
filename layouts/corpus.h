/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_CORPUS_H
#define CCK_LAYOUTS_CORPUS_H

#include <cachecheck/error.h>

#include "core/base/arena.h"
#include "core/base/map.h"
#include "core/debug/type.h"

/**
 * A corpus: all distinct record types and global variables of the inputs. The same type
 * seen in many units (same name, size, place of declaration and fields) is kept once.
 * Whoever reads an input adds to it; rules and listings read it. Order is that of the
 * inputs, and in each by name: independent of the number of threads.
 */
typedef struct cck_corpus_type {
    const cck_type *type; /* STRUCT or UNION, complete */
    uint32_t input;       /* index; of the first input that has it */
    uint32_t seen;        /* units that have it */
    bool main_file;       /* declared in a file that was named as an input */
    uint64_t hash;        /* cck_corpus_hash(); filled in by cck_corpus_add() */
} cck_corpus_type;

typedef struct cck_corpus_global {
    const char *name;       /* qualified; not in C: "function::name" of static locals elsewhere */
    const char *function;   /* that a static local is in; "" */
    const cck_type *type;   /* NULL: only the symbol is known */
    uint64_t address, size; /* address in the file, or offset in `section` if not `placed` */
    uint32_t align;         /* of the variable, asked for; 0: not */
    bool placed;            /* the address is final (linked), not an object file's section offset */
    bool read_only;         /* in a section that nobody writes */
    const char *section;    /* "" unknown */
    const char *file;
    uint32_t line;
    uint32_t input;
} cck_corpus_global;

/** Where types came from: a file, or a member of an archive. */
typedef struct cck_corpus_input {
    const char *path;        /* as named */
    const char *member;      /* of an archive; "" */
    const char *kind;        /* "header", "source", "executable", "shared library", "object",
                                "kernel module", "kernel image", "BTF" */
    const char *note;        /* of what is lacking: "templates are seen where used only"; "" */
    cck_language language;   /* of most of it */
    const char *processor;   /* "x86-64", "aarch64", ...; "" unknown */
    uint32_t line;           /* bytes of a cache line there */
    uint64_t types, units;   /* found; before duplicates were dropped */
    bool has_base_alignment; /* BTF has none: alignment is guessed from members */
} cck_corpus_input;

/** What keeps types alive: a debug handle and the like. */
typedef struct cck_corpus_owned {
    void *thing;
    void (*end)(void *thing);
} cck_corpus_owned;

typedef struct cck_corpus {
    cck_arena arena;
    cck_corpus_type *types;
    size_t type_count, type_capacity;
    cck_corpus_global *globals;
    size_t global_count, global_capacity;
    cck_corpus_input *inputs;
    size_t input_count, input_capacity;
    cck_corpus_owned *owned; /* ended by the corpus, the last first */
    size_t owned_count, owned_capacity;
    cck_map alike; /* hash of a type to its index + 1 */
    size_t hashed; /* of the types, the first so many are in there */
} cck_corpus;

/** A hash of what makes two types the same to a reader. */
uint64_t cck_corpus_hash(const cck_type *type);

/** Add a type that `seen` units have, unless one like it is there: then that was seen as many
 * times more. CCK_ENOMEM. */
int cck_corpus_add(cck_corpus *corpus, const cck_corpus_type *type, cck_error *err);

/** The same of a type that its input has once: of the first input nothing is compared. */
int cck_corpus_add_distinct(cck_corpus *corpus, const cck_corpus_type *type, cck_error *err);

int cck_corpus_add_global(cck_corpus *corpus, const cck_corpus_global *global, cck_error *err);

/** Strings of `input` are copied. `*out_number`: its index. */
int cck_corpus_add_input(cck_corpus *corpus, const cck_corpus_input *input, uint32_t *out_number,
                         cck_error *err);

/** Have `end(thing)` called when the corpus is cleared; at once if this fails. */
int cck_corpus_own(cck_corpus *corpus, void *thing, void (*end)(void *), cck_error *err);

/** Types by input, name, file and line; globals by input, section and address. */
void cck_corpus_sort(cck_corpus *corpus);

void cck_corpus_clear(cck_corpus *corpus);

#endif
