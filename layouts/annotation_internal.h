/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_ANNOTATION_INTERNAL_H
#define CCK_LAYOUTS_ANNOTATION_INTERNAL_H

#include "core/base/arena.h"
#include "core/base/map.h"
#include "layouts/annotation.h"

enum { CCK_ANNOTATION_PROBLEMS = 32 };

/** What one comment says, of the declarations on lines `first` to `last`. */
typedef struct cck_annotation_note {
    uint32_t first, last;
    unsigned use;
    const char *writer;
    const char *rule; /* to ignore; NULL: it is about use */
    const char *reason;
} cck_annotation_note;

/** A field that is asserted to be in a group. */
typedef struct cck_annotation_member {
    const char *type, *group, *path;
    const struct cck_annotation_member *next; /* of one hash */
} cck_annotation_member;

/** A source file. `text` NULL: it cannot be read. */
typedef struct cck_annotated {
    const char *path;
    const char *text;
    size_t size;
    cck_annotation_note *notes;
    size_t note_count, note_capacity;
} cck_annotated;

struct cck_annotations {
    cck_arena arena;
    cck_map files; /* hash of the path to cck_annotated */
    cck_map heaps; /* hash of the type to cck_annotation_heap */
    bool has_members;
    cck_map members; /* hash of type and path to cck_annotation_member */
    const char *problems[CCK_ANNOTATION_PROBLEMS];
    size_t problem_count;
};

/** Find the comments in its text. */
void cck_annotated_parse(cck_annotations *annotations, cck_annotated *file);

/** Find the allocations in its text: annotation_heap.c. */
void cck_annotated_parse_heap(cck_annotations *annotations, const cck_annotated *file);

/** Find the assertions about groups in its text: annotation_group.c. */
void cck_annotated_parse_groups(cck_annotations *annotations, const cck_annotated *file);

#endif
