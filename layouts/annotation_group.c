/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "core/debug/type.h"
#include "layouts/annotation_internal.h"

/*
 * Linux checks its groups of hot fields where it compiles (net/core/dev.c, net/ipv4/tcp.c):
 *
 *     CACHELINE_ASSERT_GROUP_MEMBER(struct tcp_sock, tcp_sock_read_tx, max_window);
 *
 * Nothing of that is in debug information, so it is read from the source.
 */
static const char macro[] = "CACHELINE_ASSERT_GROUP_MEMBER";

enum { ARGUMENTS = 3, MOST = 4096, LONGEST = 256 };

static uint64_t hash(const char *type, const char *path, size_t length)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *type; type++)
        sum = (sum ^ (unsigned char)*type) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ (unsigned char)path[i]) * UINT64_C(0x100000001b3);
    return sum;
}

/* Not its definition, nor in a comment of one line. */
static bool is_use(const char *text, const char *at)
{
    const char *line = at;
    while (line > text && line[-1] != '\n')
        line--;
    line += strspn(line, " \t");
    return *line != '#' && *line != '*' && strncmp(line, "//", 2) != 0 &&
           strncmp(line, "/*", 2) != 0;
}

/* The arguments, without the blanks around them. Behind the last one; NULL: it is no call. */
static const char *take_arguments(cck_arena *arena, const char *at, const char *out[ARGUMENTS])
{
    at += strspn(at, " \t\n");
    if (*at++ != '(')
        return NULL;
    for (size_t i = 0; i < ARGUMENTS; i++) {
        at += strspn(at, " \t\r\n\\");
        size_t length = strcspn(at, ",()");
        char wanted = i + 1 < ARGUMENTS ? ',' : ')';
        if (length == 0 || length > LONGEST || at[length] != wanted)
            return NULL;
        size_t used = length;
        while (used && isspace((unsigned char)at[used - 1]))
            used--;
        out[i] = cck_arena_strndup(arena, at, used);
        if (!out[i])
            return NULL;
        at += length + 1;
    }
    return at;
}

static void keep(cck_annotations *annotations, const char *const arguments[ARGUMENTS])
{
    const char *type = cck_type_bare(arguments[0]);
    uint64_t key = hash(type, arguments[2], strlen(arguments[2]));
    cck_annotation_member *member = cck_arena_alloc(&annotations->arena, sizeof *member);
    if (!member)
        return;
    *member = (cck_annotation_member){type, arguments[1], arguments[2],
                                      cck_map_get(&annotations->members, key)};
    annotations->has_members |= cck_map_put(&annotations->members, key, member);
}

void cck_annotated_parse_groups(cck_annotations *annotations, const cck_annotated *file)
{
    const char *at = file->text;
    for (size_t i = 0; i < MOST && at && (at = strstr(at, macro)); i++) {
        const char *arguments[ARGUMENTS];
        bool use = is_use(file->text, at);
        at += sizeof macro - 1;
        if (use && take_arguments(&annotations->arena, at, arguments))
            keep(annotations, arguments);
    }
}

const char *cck_annotation_group(const cck_annotations *annotations, const char *type,
                                 const char *path)
{
    if (!annotations->has_members)
        return "";
    type = cck_type_bare(type);
    /* Of "stats.sent" the whole, or the member that holds it. */
    for (size_t length = strlen(path); length; length--) {
        if (path[length] && path[length] != '.')
            continue;
        const cck_annotation_member *member =
            cck_map_get(&annotations->members, hash(type, path, length));
        for (; member; member = member->next)
            if (strcmp(member->type, type) == 0 && strlen(member->path) == length &&
                memcmp(member->path, path, length) == 0)
                return member->group;
    }
    return "";
}
