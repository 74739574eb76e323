/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_COST_CLASS_H
#define CCK_CORE_COST_CLASS_H

#include "core/session/observed.h"

/** How a class of cost is called. One row for each cck_cost, in its order. */
typedef struct cck_cost_class {
    const char *name;  /* of --by and JSON */
    const char *label; /* in sentences */
    const char *title; /* of a column */
    const char *event; /* in callgrind's format: letters and digits */
    const char *meaning;
} cck_cost_class;

extern const cck_cost_class cck_cost_classes[CCK_COSTS];

/** The class of that name, or -1. */
int cck_cost_class_find(const char *name);

#endif
