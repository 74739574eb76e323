/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_FINDING_DRAFT_H
#define CCK_CORE_FINDING_DRAFT_H

#include "core/finding/object_name.h"
#include "core/sharing/line_verdict.h"

/**
 * A finding in the making: a line, the objects on it, who uses which part of them. Drafts
 * of lines that one change of the source would mend are merged before they are written up.
 */
enum { CCK_DRAFT_PLACES = 8, CCK_DRAFT_FIELDS = 256, CCK_DRAFT_BYSTANDERS = 8 };

typedef struct cck_draft_field {
    cck_field_use use; /* offset from the start of the draft's first place */
    const char *bare;  /* name without the element's index, but with the variable's */
    size_t place;      /* index */
    uint64_t element;
    uint32_t thread; /* index */
    bool lock;
    cck_location member; /* where it is declared; file "" unknown */
} cck_draft_field;

typedef struct cck_finding_draft {
    const cck_line *line; /* the worst */
    cck_line_verdict verdict;
    cck_place places[CCK_DRAFT_PLACES]; /* the one with most misses first */
    size_t place_count;
    cck_draft_field *fields; /* by offset, then thread */
    size_t field_count;
    size_t fields_left_out;
    const char *bystanders[CCK_DRAFT_BYSTANDERS]; /* also on the line, and not fought over */
    size_t bystander_count;
    uint64_t *users, *writers; /* a bit a thread */
    uint64_t lines;            /* merged into this one, itself included */
    uint64_t blocks;           /* different objects among these */
    uint64_t transfers;        /* of all of them */
    double rate, low, high;    /* high < 0: at least `rate` */
    uint64_t samples;
    uint64_t windows; /* sampled: in which these were seen */
    double after;     /* sampled: until the first of them was sure, s; 0 none */
    uint64_t met;     /* sampled: of `samples` those at which another user was running */
} cck_finding_draft;

/** Find out what a line is about. The verdict must not be PRIVATE. */
void cck_draft_line(cck_finding_draft *draft, cck_object_names *names, const cck_line *line,
                    const cck_line_verdict *verdict);

/** finding_fields.c: places and fields of the draft's line; `fields` has room for all. */
void cck_draft_fill(cck_finding_draft *draft, cck_object_names *names);

/** one_lock.c: all that is written is one lock, and every thread uses it: whatever bytes of it were
 * seen, it is shared truly. */
bool cck_draft_is_one_lock(const cck_finding_draft *draft);

/** finding_matter.c: leave out what is on the line but not fought over. */
void cck_draft_keep_what_matters(cck_finding_draft *draft, cck_code_names *names);

/** Whether two lines are the same matter. */
bool cck_draft_akin(const cck_finding_draft *a, const cck_finding_draft *b);

/** Add what `other` costs; the fields stay those of the worse one. */
void cck_draft_merge(cck_finding_draft *draft, const cck_finding_draft *other,
                     const cck_observed *observed, const cck_line_limits *limits);

/** What a title is about. */
typedef enum cck_subject {
    CCK_SUBJECT_PLACES,   /* several variables or blocks */
    CCK_SUBJECT_ELEMENTS, /* of an array */
    CCK_SUBJECT_FIELDS,   /* of one thing */
    CCK_SUBJECT_ONE,      /* one field, or one variable */
    CCK_SUBJECT_BYTES     /* without names */
} cck_subject;

cck_subject cck_draft_subject(const cck_finding_draft *draft);

/** Rule of its class: "false-sharing", ... */
const char *cck_draft_rule(const cck_finding_draft *draft);

/** Make the finding; strings go to the names' arena. `command` is the target's. */
cck_finding cck_draft_finding(const cck_finding_draft *draft, cck_object_names *names,
                              const char *command);

/** Its parts. */
const char *cck_draft_title(const cck_finding_draft *draft, cck_code_names *names);

/** A member of a struct, or a field that is no member of one that is known. */
typedef struct cck_draft_part {
    const cck_draft_field *field; /* the first of it that was used */
    size_t length;                /* of its name: the beginning of field->bare */
    uint64_t before, size;        /* bytes of it in front of the field, and of all of it */
} cck_draft_part;

/** What a line of its own would keep from the rest of the finding's fields. */
cck_draft_part cck_draft_part_to_move(const cck_finding_draft *draft);

/** An array within the type of the first place. */
typedef struct cck_draft_array {
    const cck_type *type; /* kind CCK_TYPE_ARRAY, with a stride */
    uint64_t offset;      /* in the type of the place */
    const char *name;     /* of the field, "" if no field on the way to it has one */
} cck_draft_array;

/** The array that all fields are in, and elements of which tell them apart; false: none is. */
bool cck_draft_array_between(const cck_finding_draft *draft, cck_draft_array *out_array);

/** narrow.c: of several places the one within which threads fight, if what they do at the others
 * needs no change of its own; else the draft as it is. Borrows from it. */
cck_finding_draft cck_draft_narrow(const cck_finding_draft *draft, cck_code_names *names);
cck_suggestion cck_draft_suggestion(const cck_finding_draft *draft, cck_code_names *names);
const char *cck_draft_verify(const cck_finding_draft *draft, cck_code_names *names,
                             const char *command);

/** "12 bytes of `struct x`": what an object is called when it has no name of its own. */
const char *cck_place_label(const cck_place *place, cck_code_names *names);

/** Whether it is the data of a module of which no symbols are known: its name is the file's. */
bool cck_place_is_module(const cck_place *place);

#endif
