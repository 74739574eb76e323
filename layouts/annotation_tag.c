/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "layouts/annotation.h"
#include "layouts/config_internal.h"

/*
 * What attributes say: `__attribute__((btf_decl_tag("cachecheck: writer=producer")))`, which clang
 * puts into debug information, so that binaries tell it without their sources. The words are those
 * of comments.
 */
static const char blanks[] = " \t,";

static const char *next_word(const char *at, size_t *out_length)
{
    at += strspn(at, blanks);
    *out_length = strcspn(at, blanks);
    return at;
}

bool cck_annotation_tag_use(const char *tag, cck_arena *keep, unsigned *out_use,
                            const char **out_writer)
{
    size_t length;
    for (const char *word = next_word(tag, &length); length;
         word = next_word(word + length, &length)) {
        if (length == strlen("ignore") && strncmp(word, "ignore", length) == 0)
            return false; /* a rule and a reason follow */
        const char *copy = cck_arena_strndup(keep, word, length);
        if (copy && cck_use_of_word(copy, out_use, out_writer))
            return true;
    }
    return false;
}

bool cck_annotation_tag_ignores(const char *tag, const char *rule_id, const char *rule_name)
{
    size_t length;
    const char *word = next_word(tag, &length);
    while (length && !(length == strlen("ignore") && strncmp(word, "ignore", length) == 0))
        word = next_word(word + length, &length);
    if (!length)
        return false;
    word = next_word(word + length, &length);
    const char *const names[] = {rule_id, rule_name, "*"};
    for (size_t i = 0; length && i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && strncmp(names[i], word, length) == 0)
            return true;
    return false;
}
