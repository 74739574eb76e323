/* SPDX-License-Identifier: MIT */
#include "core/numa/policy.h"

#include <string.h>

/* As the kernel spells them; longer ones before those that they begin with. */
static const struct mode_word {
    const char *word; /* in numa_maps */
    cck_numa_mode mode;
} words[] = {
    {"default", CCK_NUMA_MODE_DEFAULT},
    {"prefer (many)", CCK_NUMA_MODE_PREFER_MANY},
    {"prefer", CCK_NUMA_MODE_PREFER},
    {"bind", CCK_NUMA_MODE_BIND},
    {"interleave", CCK_NUMA_MODE_INTERLEAVE},
    {"weighted interleave", CCK_NUMA_MODE_WEIGHTED},
    {"local", CCK_NUMA_MODE_LOCAL},
};

static const char *const names[] = {
    [CCK_NUMA_MODE_UNKNOWN] = "unknown",
    [CCK_NUMA_MODE_DEFAULT] = "default",
    [CCK_NUMA_MODE_PREFER] = "prefer",
    [CCK_NUMA_MODE_PREFER_MANY] = "prefer-many",
    [CCK_NUMA_MODE_BIND] = "bind",
    [CCK_NUMA_MODE_INTERLEAVE] = "interleave",
    [CCK_NUMA_MODE_WEIGHTED] = "weighted-interleave",
    [CCK_NUMA_MODE_LOCAL] = "local",
};

static size_t word_length(const char *text, cck_numa_mode *out_mode)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i].word);
        if (strncmp(text, words[i].word, length) != 0 || !strchr(" =:\n", text[length]))
            continue;
        *out_mode = words[i].mode;
        return length;
    }
    *out_mode = CCK_NUMA_MODE_UNKNOWN;
    return strcspn(text, " =:\n");
}

/* Policies repeat from line to line: the common ones take no memory. */
static const char *keep(cck_arena *arena, const char *text, size_t length)
{
    if (!length)
        return "";
    if (length == 7 && strncmp(text, "default", 7) == 0)
        return "default";
    return cck_arena_strndup(arena, text, length);
}

bool cck_numa_policy_read(cck_numa_policy *out, const char *text, const char **end,
                          cck_arena *arena)
{
    const char *at = text, *flags, *nodes;
    *out = (cck_numa_policy){.flags = "", .nodes = "", .text = ""};
    at += word_length(at, &out->mode);
    flags = at + (*at == '=');
    at = flags + (*at == '=' ? strcspn(flags, " :\n") : 0);
    out->flags = keep(arena, flags, (size_t)(at - flags));
    nodes = at + (*at == ':');
    at = nodes + (*at == ':' ? strcspn(nodes, " \n") : 0);
    out->nodes = keep(arena, nodes, (size_t)(at - nodes));
    out->text = keep(arena, text, (size_t)(at - text));
    *end = at;
    return out->flags && out->nodes && out->text;
}

const char *cck_numa_mode_name(cck_numa_mode mode)
{
    return (unsigned)mode < sizeof names / sizeof *names ? names[mode] : "unknown";
}

cck_numa_mode cck_numa_mode_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return (cck_numa_mode)i;
    return CCK_NUMA_MODE_UNKNOWN;
}

bool cck_numa_policy_binds(const cck_numa_policy *policy)
{
    return policy->mode == CCK_NUMA_MODE_BIND;
}

bool cck_numa_policy_spreads(const cck_numa_policy *policy)
{
    return policy->mode == CCK_NUMA_MODE_INTERLEAVE || policy->mode == CCK_NUMA_MODE_WEIGHTED;
}
