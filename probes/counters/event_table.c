/* SPDX-License-Identifier: MIT */
/* Reading the lines of the compiled-in event tables. */
#include <string.h>

#include "core/perf/pmu.h"
#include "probes/counters/event_names.h"
#include "probes/counters/event_set.h"

/* Tables build on one another: "intel-skx" on "intel-skl" on "intel" on "base". */
enum { DEEPEST_TABLE = 8 };

const cck_event_table *cck_event_table_find(const char *uarch)
{
    for (size_t i = 0; i < cck_event_tables_count; i++)
        if (strcmp(cck_event_tables[i].uarch, uarch) == 0)
            return &cck_event_tables[i];
    return NULL;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

cck_event_span cck_event_span_word(cck_event_span *rest)
{
    while (rest->length && blank(*rest->text))
        rest->text++, rest->length--;
    cck_event_span word = {rest->text, 0};
    while (rest->length && !blank(*rest->text))
        rest->text++, rest->length--, word.length++;
    return word;
}

static bool span_is(cck_event_span span, const char *text, size_t length)
{
    return span.length == length && memcmp(span.text, text, length) == 0;
}

/* The next line that starts with `keyword`; `*cursor` moves behind it. */
static bool line_next(const char **cursor, const char *keyword, cck_event_span *out_rest)
{
    size_t length = strlen(keyword);
    while (**cursor) {
        const char *line = *cursor, *end = strchrnul(line, '\n');
        *cursor = end + (*end == '\n');
        if (strncmp(line, keyword, length) == 0 && blank(line[length])) {
            *out_rest = (cck_event_span){line + length, (size_t)(end - line) - length};
            return true;
        }
    }
    return false;
}

/* A line `keyword FIRST ...`, in the table or in those it builds on. */
static bool line_find(const cck_event_table *table, const char *keyword, const char *first,
                      size_t length, cck_event_span *out_rest)
{
    for (int depth = 0; table && depth < DEEPEST_TABLE; depth++) {
        const char *cursor = table->text;
        cck_event_span rest;
        while (line_next(&cursor, keyword, &rest))
            if (span_is(cck_event_span_word(&rest), first, length)) {
                *out_rest = rest;
                return true;
            }
        cursor = table->text;
        const cck_event_table *parent = NULL;
        if (line_next(&cursor, "from", &rest)) {
            char name[64] = "";
            cck_event_span word = cck_event_span_word(&rest);
            if (word.length < sizeof name)
                memcpy(name, word.text, word.length);
            parent = cck_event_table_find(name);
        }
        table = parent;
    }
    return false;
}

bool cck_event_table_row(const cck_event_table *table, const char *role, size_t length,
                         cck_event_row *out_row)
{
    cck_event_span rest;
    if (!line_find(table, "event", role, length, &rest))
        return false;
    cck_event_row row = {.role = {role, length}};
    row.encoding = cck_event_span_word(&rest);
    row.name = cck_event_span_word(&rest);
    while (rest.length && blank(*rest.text))
        rest.text++, rest.length--;
    row.meaning = rest;
    /* "none" takes an event of the table below away. */
    if (!row.encoding.length || span_is(row.encoding, "none", 4))
        return false;
    *out_row = row;
    return true;
}

const char *cck_event_table_role(const cck_event_scope *scope, const struct perf_event_attr *attr)
{
    const cck_event_table *table = cck_event_scope_table(scope);
    for (size_t i = 0; table && !attr->config1 && i < cck_event_roles_count; i++) {
        const char *role = cck_event_roles[i].role;
        cck_event_row row;
        uint64_t config;
        char code[32] = "";
        if (!cck_event_table_row(table, role, strlen(role), &row) ||
            row.encoding.length >= sizeof code)
            continue;
        memcpy(code, row.encoding.text, row.encoding.length);
        if (code[0] == '0' && cck_event_number(code, 16, &config) && config == attr->config)
            return role;
    }
    return "";
}

bool cck_event_table_set(const cck_event_table *table, const char *set, cck_event_span *out_roles)
{
    return line_find(table, "set", set, strlen(set), out_roles);
}

cck_event_span cck_event_table_pfm(const cck_event_table *table)
{
    const char *cursor = table->text;
    cck_event_span rest = {"", 0};
    if (line_next(&cursor, "pfm", &rest))
        return cck_event_span_word(&rest);
    return rest;
}

bool cck_event_table_part(const cck_event_table *table, size_t n, cck_event_span *out_pmu,
                          const cck_event_table **out_table)
{
    const char *cursor = table->text;
    cck_event_span rest;
    while (line_next(&cursor, "part", &rest)) {
        if (n-- > 0)
            continue;
        char name[64] = "";
        cck_event_span pmu = cck_event_span_word(&rest), word = cck_event_span_word(&rest);
        if (word.length >= sizeof name)
            return false;
        memcpy(name, word.text, word.length);
        *out_pmu = pmu;
        *out_table = cck_event_table_find(name);
        return *out_table != NULL;
    }
    return false;
}

const cck_event_table *cck_event_scope_table(const cck_event_scope *scope)
{
    return cck_event_table_find(scope->uarch ? scope->uarch : cck_event_uarch(scope->root));
}

bool cck_event_set_explain(cck_event_set_note *out_note, const char *generic,
                           const cck_event_scope *scope)
{
    const cck_event_table *table = cck_event_scope_table(scope);
    cck_event_span rest;
    if (!table || !line_find(table, "generic", generic, strlen(generic), &rest))
        return false;
    cck_event_span role = cck_event_span_word(&rest), code = cck_event_span_word(&rest);
    while (rest.length && blank(*rest.text))
        rest.text++, rest.length--;
    cck_event_set_note note = {
        .role = cck_arena_strndup(scope->arena, role.text, role.length),
        .counted =
            cck_arena_printf(scope->arena, "%.*s on %s", (int)code.length, code.text, table->uarch),
        .meaning = cck_arena_strndup(scope->arena, rest.text, rest.length)};
    if (!note.role || !note.counted || !note.meaning)
        return false;
    *out_note = note;
    return true;
}
