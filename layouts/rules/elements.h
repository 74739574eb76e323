/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_RULES_ELEMENTS_H
#define CCK_LAYOUTS_RULES_ELEMENTS_H

#include "layouts/rules/rules.h"

/** What a field has many of somewhere else: behind a pointer, in a vector, a boxed slice. */
typedef struct cck_elements {
    const cck_type *type;   /* of one of them */
    unsigned words;         /* CCK_WORD_* of the field's name, and of the type's */
    bool named_many;        /* by its name the field is no pointer to a single one */
    const cck_leaf *leaves; /* of a record, by offset; NULL: it is none */
    size_t count;
} cck_elements;

/** False: it is no such field, or elements fill their lines, or they are the library's. Leaves
 * live as long as the findings. */
bool cck_elements_behind(const cck_rule_context *context, const cck_corpus_type *holder,
                         const cck_leaf *field, cck_rule_sink *sink, cck_elements *out_elements);

/** Tell of them: as a finding about the element's type if that is a record, else about the
 * field of the holder. `report` has rule, severity, title and assumes. */
void cck_elements_report(const cck_corpus_type *holder, const cck_leaf *field,
                         const cck_elements *elements, cck_rule_report *report,
                         cck_rule_sink *sink);

#endif
