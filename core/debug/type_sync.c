/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/debug/sync_names.h"
#include "core/debug/type_internal.h"

typedef struct cck_sync_rule {
    const char *name;
    size_t length;
    cck_sync sync;
} cck_sync_rule;

enum { MOST_RULES = 1024 };

/* One for the process: of a thousand modules that are open at a time each needs the same. */
static struct {
    cck_arena arena; /* of the names */
    cck_map exact;   /* hash of a name to its rule */
    cck_sync_rule rules[MOST_RULES];
    size_t count;
    const cck_sync_rule *prefixes[MOST_RULES];
    size_t prefix_count;
    size_t longest; /* of the exact names */
} table;

static const struct {
    const char *word;
    cck_sync sync;
} kinds[] = {
    {"atomic", CCK_SYNC_ATOMIC},
    {"lock", CCK_SYNC_LOCK},
    {"padded", CCK_SYNC_PADDED},
    {"owned", CCK_SYNC_OWNED},
};

static cck_sync kind_of(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(kinds[i].word) == length && memcmp(kinds[i].word, word, length) == 0)
            return kinds[i].sync;
    return CCK_SYNC_NONE;
}

/* One line: a kind, then a name, which "*" at the end makes the start of names. */
static void take_line(const char *line, size_t length)
{
    size_t word = 0;
    while (word < length && !isspace((unsigned char)line[word]))
        word++;
    cck_sync sync = kind_of(line, word);
    while (word < length && isspace((unsigned char)line[word]))
        word++;
    while (length > word && isspace((unsigned char)line[length - 1]))
        length--;
    if (sync == CCK_SYNC_NONE || word == length || table.count == MOST_RULES)
        return;
    bool prefix = line[length - 1] == '*';
    char *name = cck_arena_strndup(&table.arena, line + word, length - word - prefix);
    if (!name)
        return;
    cck_sync_rule *rule = &table.rules[table.count++];
    *rule = (cck_sync_rule){name, strlen(name), sync};
    if (prefix) {
        table.prefixes[table.prefix_count++] = rule;
        return;
    }
    cck_map_put(&table.exact, cck_type_hash_text(CCK_HASH_START, name), rule);
    if (rule->length > table.longest)
        table.longest = rule->length;
}

static void read_names(void)
{
    for (const char *line = cck_sync_names; *line;) {
        const char *end = strchrnul(line, '\n');
        if (*line != '#')
            take_line(line, (size_t)(end - line));
        line = *end ? end + 1 : end;
    }
}

cck_sync cck_sync_of_name(const char *name)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (!*name)
        return CCK_SYNC_NONE;
    pthread_once(&once, read_names);
    name = cck_type_bare(name);
    /* Names of templates are long. */
    size_t length = strnlen(name, table.longest + 1);
    const cck_sync_rule *rule =
        length <= table.longest
            ? cck_map_get(&table.exact, cck_type_hash(CCK_HASH_START, name, length))
            : NULL;
    if (rule && strcmp(rule->name, name) == 0)
        return rule->sync;
    for (size_t i = 0; i < table.prefix_count; i++)
        if (*name == *table.prefixes[i]->name &&
            strncmp(name, table.prefixes[i]->name, table.prefixes[i]->length) == 0)
            return table.prefixes[i]->sync;
    return CCK_SYNC_NONE;
}

/* "atomic" as a part of the last name, as in "srv_atomic_t", "opal_atomic_int32_t",
 * "app::AtomicCount", "RelaxedAtomic<long>". */
static bool calls_itself_atomic(const char *name)
{
    enum { LENGTH = 6 };
    size_t end = strcspn(name, "<");
    for (size_t i = 0; i + LENGTH <= end; i++) {
        bool starts = i == 0 || !isalpha((unsigned char)name[i - 1]) ||
                      (name[i] == 'A' && islower((unsigned char)name[i - 1]));
        char behind = name[i + LENGTH];
        if (starts && strncasecmp(name + i, "atomic", LENGTH) == 0 &&
            !islower((unsigned char)behind) && !memchr(name + i, ':', end - i))
            return true;
    }
    return false;
}

/* A number of up to two words, also as the only member of a record. */
static bool is_number(const cck_type *type)
{
    enum { DEEPEST = 8, LARGEST = 16 };
    for (unsigned depth = 0; depth < DEEPEST; depth++) {
        if (type->kind == CCK_TYPE_BASE)
            return type->size > 1 && type->size <= LARGEST;
        if (type->kind != CCK_TYPE_STRUCT || type->member_count != 1 ||
            type->members[0].type->size != type->size)
            return false;
        type = type->members[0].type;
    }
    return false;
}

cck_sync cck_sync_of(const char *name, const cck_type *type)
{
    cck_sync sync = cck_sync_of_name(name);
    return sync == CCK_SYNC_NONE && is_number(type) && calls_itself_atomic(name) ? CCK_SYNC_ATOMIC
                                                                                 : sync;
}

void cck_sync_inherit(cck_type *type)
{
    const cck_member *only = type->members;
    if (type->sync != CCK_SYNC_NONE || type->kind != CCK_TYPE_STRUCT || type->member_count != 1 ||
        only->type->size != type->size || only->type->sync == CCK_SYNC_PADDED)
        return;
    type->sync = only->type->sync;
    type->sync_inside = type->sync != CCK_SYNC_NONE;
}
