/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_SHARE_H
#define CCK_LAYOUTS_SHARE_H

#include "layouts/rule.h"

/** How leaves lie to each other and to the lines: what rules ask all the time. */

/** Whether both have bytes on one line, taking the object to begin on a line. */
bool cck_leaves_share(const cck_leaf *a, const cck_leaf *b, uint32_t line);

/** Whether both could be on one line of an object that begins at some multiple of `align`. */
bool cck_leaves_may_share(const cck_leaf *a, const cck_leaf *b, uint32_t line, uint32_t align);

/** Whether their bytes overlap, as in a union. */
bool cck_leaves_overlap(const cck_leaf *a, const cck_leaf *b);

/** Whether both belong to one record within `type` that is audited by itself, so that a
 * finding about them belongs there. */
bool cck_leaves_elsewhere(const cck_words *words, const cck_type *type, const cck_leaf *a,
                          const cck_leaf *b);

/** Whether they were put together on purpose: in one cache-line group. */
bool cck_leaves_grouped(const cck_leaf *a, const cck_leaf *b);

/** Whether it is written by threads, surely enough for more than a remark: a profile, somebody
 * or the type says so, and for a type the name does not say the opposite. */
bool cck_leaf_is_hot(const cck_leaf *leaf);

/** Fields as the wire or an ABI has them: some is not where its alignment wants it. */
bool cck_type_is_packed(const cck_type *type);

#endif
