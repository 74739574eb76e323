/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_ENVIRONMENT_H
#define CCK_CORE_ENVIRONMENT_H

/**
 * A copy of `base` with changes applied: `changes` is a NULL-ended list of
 * NULL-ended lists of "NAME=VALUE" (set) and "NAME" (unset); either may be NULL.
 * The strings are borrowed, the array is the caller's: cck_environment_free().
 * NULL when memory is out.
 */
char **cck_environment_new(char *const *base, const char *const *const *changes);

/** The value of `name` in an environment, or NULL. */
const char *cck_environment_get(char *const *environment, const char *name);

void cck_environment_free(char **environment);

#endif
