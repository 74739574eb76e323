/* SPDX-License-Identifier: MIT */
#include "probes/placement/numa_maps_line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/numa/policy.h"

/* seq_path() writes space, tab, newline and '=' of names as octal escapes. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *at = text; *at; to++) {
        bool escaped = at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' &&
                       at[2] <= '7' && at[3] >= '0' && at[3] <= '7';
        /* A newline stays as it is in maps. */
        if (escaped && strncmp(at, "\\012", 4) != 0) {
            *to = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
            at += 4;
        } else {
            *to = *at++;
        }
    }
    *to = '\0';
}

static bool value_of(const char *word, const char *key, uint64_t *out)
{
    size_t length = strlen(key);
    char *end;
    if (strncmp(word, key, length) != 0 || word[length] != '=' ||
        !isdigit((unsigned char)word[length + 1]))
        return false;
    *out = strtoull(word + length + 1, &end, 10);
    return *end == '\0';
}

static void take_node(cck_numa_maps_line *out, const char *word)
{
    char *end;
    unsigned long node = strtoul(word + 1, &end, 10);
    if (*end != '=' || !isdigit((unsigned char)end[1]) || node >= CCK_PLACE_NODE_LIMIT ||
        out->node_count == CCK_PLACE_NODE_LIMIT)
        return;
    out->nodes[out->node_count].node = (uint32_t)node;
    out->nodes[out->node_count++].pages = strtoull(end + 1, NULL, 10);
}

static void take_word(cck_numa_maps_line *out, char *word)
{
    uint64_t number;
    if (*word == 'N' && isdigit((unsigned char)word[1])) {
        take_node(out, word);
    } else if (strncmp(word, "file=", 5) == 0) {
        unescape(word + 5);
        out->file = word + 5;
    } else if (value_of(word, "kernelpagesize_kB", &number)) {
        out->page_size = number && number <= (1u << 30) ? number * 1024 : out->page_size;
    } else if (!value_of(word, "anon", &out->anonymous) && !value_of(word, "dirty", &out->dirty)) {
        out->heap |= strcmp(word, "heap") == 0;
        out->stack |= strcmp(word, "stack") == 0;
        out->huge |= strcmp(word, "huge") == 0;
    }
}

bool cck_numa_maps_line_read(cck_numa_maps_line *out, char *line, cck_arena *arena)
{
    char *at;
    const char *behind;
    out->start = strtoull(line, &at, 16);
    out->file = "";
    out->heap = out->stack = out->huge = false;
    out->anonymous = out->dirty = 0;
    out->page_size = 4096;
    out->node_count = 0;
    if (at == line || *at != ' ' || !isxdigit((unsigned char)*line))
        return false;
    if (!cck_numa_policy_read(&out->policy, at + 1, &behind, arena))
        return false;
    at = line + (behind - line);
    char *rest = NULL;
    for (char *word = strtok_r(at, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        take_word(out, word);
    return true;
}
