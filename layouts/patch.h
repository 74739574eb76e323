/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_PATCH_H
#define CCK_LAYOUTS_PATCH_H

#include <cachecheck/layout.h>

#include "layouts/corpus.h"

/**
 * Changes of C and C++ sources: an alignment is put before a declaration, nothing else is
 * touched, so comments and grouping stay.
 */

/** A source as it is on the disk. */
typedef struct cck_patch_file {
    const char *path;
    const char *text;
    char *code; /* as long as `text`; comments, literals and directives are blanks */
    size_t size;
} cck_patch_file;

/** Sources that were read; zero-initialise, its memory is the arena's. */
typedef struct cck_patch_files {
    cck_arena *arena;
    cck_patch_file **items;
    size_t count, capacity;
} cck_patch_files;

/** A source, read at the first question; NULL: no regular file that can be read. */
const cck_patch_file *cck_patch_file_get(cck_patch_files *files, const char *path);

/** Offset of the first byte of a line (from 1 on); `size` if there is none. */
size_t cck_patch_line(const cck_patch_file *file, uint32_t line);

/**
 * Where a declaration is: [start, end) without what is before it on the line, and ";". Of
 * "int a, *b, c;" and `b`: the type's name ends at `type_end`, `before` is the comma before it, and
 * `after` that behind it; 0 with no such comma.
 */
typedef struct cck_declaration {
    size_t start, name, end;
    size_t type_end, before, after;
} cck_declaration;

/** The declaration of `name` whose declarator is on `line`. NULL, or why it cannot be changed. */
const char *cck_patch_declaration(const cck_patch_file *file, uint32_t line, const char *name,
                                  cck_declaration *out_declaration);

/** Where a function is called on a line, "(" at once behind its name; false: nowhere. */
bool cck_patch_call(const cck_patch_file *file, uint32_t line, const char *function,
                    size_t *out_at);

/** Why the layout of a type is not ours to change; NULL: it is. */
const char *cck_patch_guard(cck_patch_files *files, const cck_type *type);

/** Put `insert` at an offset, in the place of `removed` bytes. */
typedef struct cck_edit {
    const cck_patch_file *file;
    size_t at, removed;
    const char *insert;
} cck_edit;

enum { CCK_EDITS_MOST = 32 };

/** One way to mend a finding. */
typedef struct cck_variant {
    const char *text; /* "align `misses` to 64 bytes" */
    int64_t cost;     /* bytes more an object */
    cck_edit edits[CCK_EDITS_MOST];
    size_t count;
    bool moves; /* takes lines away and puts them elsewhere */
} cck_variant;

enum { CCK_VARIANTS_MOST = 6 };

/** What can be done about a finding, the best first; or why nothing can. */
typedef struct cck_plan {
    cck_variant variants[CCK_VARIANTS_MOST];
    size_t count;
    const char *why; /* with `count` 0 */
} cck_plan;

typedef struct cck_plan_context {
    const cck_corpus *corpus;
    cck_patch_files *files;
    const char *aligner; /* what the project writes to align, behind the name; "" */
    uint32_t line;
} cck_plan_context;

/** What a reordering is to part. */
typedef struct cck_reorder_request {
    cck_patch_files *files;
    const size_t *members; /* of the record, in conflict, rising */
    size_t count;
    uint32_t line;
    bool (*conflict)(const void *context, size_t a, size_t b); /* indices into `members` */
    const void *context;
} cck_reorder_request;

/** Add moving one of them elsewhere to a plan, if that parts them and costs nothing. */
void cck_patch_plan_reorder(const cck_reorder_request *request, const cck_type *record,
                            cck_plan *plan);

void cck_patch_plan_make(const cck_plan_context *context, const cck_finding *finding,
                         cck_plan *out_plan);

/** A text with edits (sorted here; equal ones count once); malloc'ed, NULL: memory is out. */
char *cck_edits_apply(const cck_patch_file *file, const cck_edit *edits, size_t count,
                      size_t *out_size);

/** Write edits of any files as a unified diff, files by path. */
void cck_edits_write_diff(const cck_edit *edits, size_t count, FILE *out);

/** Sort by file and place, and drop what is there twice; how many are left. */
size_t cck_edits_sort(cck_edit *edits, size_t count);

#endif
