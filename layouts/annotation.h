/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_ANNOTATION_H
#define CCK_LAYOUTS_ANNOTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"

/**
 * What comments in the source say of a declaration, by file and line as debug information
 * has them:
 *
 *     long head; // cachecheck: writer=producer
 *     // cachecheck: read_mostly
 *     const struct ops *ops;
 *     // cachecheck: ignore adjacent-atomics written once
 *
 * A comment that has its line for itself is about the next declaration. Files are read at
 * the first question, if they are regular and not too large, and kept.
 */
typedef struct cck_annotations cck_annotations;

cck_annotations *cck_annotations_new(void);
void cck_annotations_free(cck_annotations *annotations);

/** What is said about the use of what is declared on that line. False: nothing. `*out_writer`
 * "" if no writer is named; it lives as long as the annotations. */
bool cck_annotation_use(cck_annotations *annotations, const char *file, uint32_t line,
                        unsigned *out_use, const char **out_writer);

/** The same of the words of an attribute (cck_member.tag); `*out_writer` is `keep`'s. */
bool cck_annotation_tag_use(const char *tag, cck_arena *keep, unsigned *out_use,
                            const char **out_writer);

/** Whether such words tell to ignore a rule, by id, name or "*". */
bool cck_annotation_tag_ignores(const char *tag, const char *rule_id, const char *rule_name);

/** Why findings of a rule (its id or name) are not wanted there; NULL: they are. */
const char *cck_annotation_ignores(cck_annotations *annotations, const char *file, uint32_t line,
                                   const char *rule_id, const char *rule_name);

/** The cache-line group that a CACHELINE_ASSERT_GROUP_MEMBER() of the files read so far puts a
 * field in, by its path; "" none. Lives as long as the annotations. */
const char *cck_annotation_group(const cck_annotations *annotations, const char *type,
                                 const char *path);

/** An allocation that does not heed the alignment of the type it is for. */
typedef struct cck_annotation_heap {
    const char *type;     /* without the tag's word */
    const char *function; /* "malloc", "calloc", "realloc", or a macro around one of them */
    const char *file;
    uint32_t line;
    const struct cck_annotation_heap *next; /* of one hash */
} cck_annotation_heap;

/** One by `malloc(sizeof(struct T))` or `struct T *p = malloc(sizeof *p)` in the files read so
 * far, the first; NULL none. */
const cck_annotation_heap *cck_annotation_allocation(const cck_annotations *annotations,
                                                     const char *type);

/** Read a file now, for what it says of types that are declared elsewhere. */
void cck_annotations_scan(cck_annotations *annotations, const char *file);

/** Whether the declaration that ends on that line has `text` in it, comments aside. */
bool cck_annotation_mentions(cck_annotations *annotations, const char *file, uint32_t line,
                             const char *text);

/** The word in the brackets behind `name` on that line: "MAX_THREADS" of "hits[MAX_THREADS]". */
bool cck_annotation_bound(cck_annotations *annotations, const char *file, uint32_t line,
                          const char *name, char out_bound[64]);

/** Comments that say "cachecheck:" and are not understood: "FILE:LINE: what"; NULL at the end. */
const char *cck_annotation_problem(const cck_annotations *annotations, size_t index);

/** Take `text` for the content of `file`, as if it had been read; for tests and for sources
 * that are not on the disk. */
bool cck_annotations_take(cck_annotations *annotations, const char *file, const char *text,
                          size_t size);

#endif
