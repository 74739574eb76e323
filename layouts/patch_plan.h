/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_PATCH_PLAN_H
#define CCK_LAYOUTS_PATCH_PLAN_H

#include "layouts/patch.h"

/** What the files that plan a patch share; patch_plan.c puts them together. */

enum { CCK_PLAN_FIELDS = 64 };

/** A finding's fields as members of one record. */
typedef struct cck_plan_state {
    const cck_plan_context *context;
    const cck_finding *finding;
    const cck_type *record;
    const cck_field_use *uses[CCK_PLAN_FIELDS];
    size_t members[CCK_PLAN_FIELDS]; /* index into the record's, rising */
    size_t count;
    uint64_t *offsets; /* of the record's members, in the model */
    bool *aligned;
} cck_plan_state;

uint64_t cck_plan_up(uint64_t offset, uint64_t align);

/** Place members up to `most` where they would be if those marked began a line; the size. */
uint64_t cck_plan_lay_out(cck_plan_state *state, size_t most);

/** Whether two members have bytes on one line, as they were placed last. */
bool cck_plan_share_line(const cck_plan_state *state, size_t a, size_t b);

/** A type of the corpus by name and size; NULL: it is not there. */
const cck_type *cck_plan_record(const cck_corpus *corpus, const char *name, uint64_t size);
const cck_corpus_global *cck_plan_global(const cck_corpus *corpus, const char *name);

/** Add an edit to a variant. NULL, or why it cannot be. */
const char *cck_plan_edit(cck_variant *variant, const cck_patch_file *file, size_t at,
                          size_t removed, const char *insert);

/** Add an edit that aligns what is declared there. NULL, or why it cannot be. */
const char *cck_plan_align_declaration(const cck_plan_state *state, const char *path, uint32_t line,
                                       const char *name, cck_language language, uint32_t align,
                                       cck_variant *variant);

/** What to write to align a declaration, and where: [at] of the file. NULL: memory is out. */
const char *cck_plan_alignment(const cck_plan_state *state, const cck_patch_file *file,
                               const cck_declaration *found, cck_language language, uint32_t align,
                               size_t *out_at);

/** Gather what is written at the end of the record, on lines of its own. */
void cck_plan_group(cck_plan_state *state, cck_plan *plan);

/** Variables, and calls that allocate. */
void cck_plan_globals(cck_plan_state *state, cck_plan *plan);
void cck_plan_allocation(cck_plan_state *state, cck_plan *plan);

#endif
