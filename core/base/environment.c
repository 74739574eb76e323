/* SPDX-License-Identifier: MIT */
#include "core/base/environment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static size_t list_length(const char *const *list)
{
    size_t length = 0;
    while (list && list[length])
        length++;
    return length;
}

static bool same_name(const char *a, const char *b)
{
    size_t length = strcspn(a, "=");
    return strcspn(b, "=") == length && memcmp(a, b, length) == 0;
}

/* Drop every entry of that name, then append `change` if it sets a value. */
static size_t apply(char **environment, size_t count, const char *change)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!same_name(environment[i], change))
            environment[kept++] = environment[i];
    if (strchr(change, '='))
        environment[kept++] = (char *)change;
    return kept;
}

char **cck_environment_new(char *const *base, const char *const *const *changes)
{
    size_t count = list_length((const char *const *)base), most = count + 1;
    for (size_t i = 0; changes && changes[i]; i++)
        most += list_length(changes[i]);
    char **environment = calloc(most, sizeof *environment);
    if (!environment)
        return NULL;
    if (count)
        memcpy(environment, base, count * sizeof *environment);
    for (size_t i = 0; changes && changes[i]; i++)
        for (size_t j = 0; changes[i][j]; j++)
            count = apply(environment, count, changes[i][j]);
    environment[count] = NULL;
    return environment;
}

const char *cck_environment_get(char *const *environment, const char *name)
{
    for (; *environment; environment++)
        if (same_name(*environment, name))
            return *environment + strcspn(*environment, "=") + 1;
    return NULL;
}

void cck_environment_free(char **environment)
{
    free(environment);
}
