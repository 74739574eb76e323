/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_FORESEEN_H
#define CCK_CORE_FORESEEN_H

#include <stdbool.h>

#include "core/base/nearest.h"

/**
 * Whether a result may have something of this name, as far as that is known before
 * anything ran: a metric, a role, an event that any probe lists, or one of `events`
 * (specifications as in cck_stat_options, or NULL). Names with ':' or '/' are taken as
 * they are: only opening them tells. If not, `search` has the nearest of the known names.
 */
bool cck_name_foreseen(const char *name, const char *const *events, cck_nearest_search *search);

#endif
