/* SPDX-License-Identifier: MIT */
/*
 * A lock is several words, and of each thread samples may have seen others of them: one that
 * changes the count of readers, and one that looks whether a writer waits. By their bytes the two
 * have nothing in common; that they ask for the same lock, the debug information tells.
 */
#include "core/finding/draft.h"

static bool same_field(const cck_draft_field *a, const cck_draft_field *b)
{
    return a->place == b->place && a->use.offset == b->use.offset;
}

static bool uses(const cck_finding_draft *draft, uint32_t thread, const cck_draft_field *lock)
{
    for (size_t i = 0; i < draft->field_count; i++)
        if (draft->fields[i].thread == thread && same_field(&draft->fields[i], lock))
            return true;
    return false;
}

bool cck_draft_is_one_lock(const cck_finding_draft *draft)
{
    const cck_draft_field *lock = NULL;
    for (size_t i = 0; i < draft->field_count; i++) {
        const cck_draft_field *field = &draft->fields[i];
        if (!field->use.writes)
            continue;
        if (!field->lock || (lock && !same_field(field, lock)))
            return false;
        lock = field;
    }
    for (size_t i = 0; lock && i < draft->field_count; i++)
        if (!uses(draft, draft->fields[i].thread, lock))
            return false;
    return lock;
}
