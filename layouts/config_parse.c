/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cachecheck/words.h>

#include "core/base/fail.h"
#include "layouts/config.h"
#include "layouts/config_internal.h"
#include "layouts/rule.h"

enum { MOST_ENTRIES = 4096 };

/* A file being read. */
typedef struct cck_config_parser {
    cck_layout_config *config;
    cck_arena *arena;
    const char *path;
    uint32_t line;
    const struct section *section;
    cck_config_field *fields;
    cck_config_ignore *ignores;
    cck_config_sync *syncs;
    cck_error *err;
} cck_config_parser;

/* For "did you mean". */
static const char *const use_words[] = {"writer=NAME", "written", "read_mostly", NULL};

bool cck_use_of_word(const char *word, unsigned *out_use, const char **out_writer)
{
    *out_writer = "";
    if (strncmp(word, "writer=", 7) == 0 && word[7]) {
        *out_writer = word + 7;
        *out_use = CCK_USE_WRITTEN | CCK_USE_OWNED;
        return true;
    }
    bool written = strcmp(word, "written") == 0;
    if (!written && strcmp(word, "read_mostly") != 0 && strcmp(word, "read-mostly") != 0)
        return false;
    *out_use = written ? CCK_USE_WRITTEN : CCK_USE_READ_MOSTLY;
    return true;
}

__attribute__((format(printf, 2, 3))) static int wrong(const cck_config_parser *parser,
                                                       const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return cck_fail(parser->err, CCK_EINVALID, "%s:%u: %s", parser->path, parser->line, text);
}

static int unknown(const cck_config_parser *parser, const char *what, const char *word,
                   const char *const *known)
{
    int code = wrong(parser, "unknown %s '%s'", what, word);
    const char *nearest = cck_nearest_word(word, known);
    if (nearest) {
        cck_hint(parser->err, "did you mean '%s'?", nearest);
        return code;
    }
    char all[256] = "";
    for (size_t i = 0; known[i]; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "", known[i]);
    cck_hint(parser->err, "known: %s", all);
    return code;
}

/* ---- [layout] ---- */

static int take_line_size(cck_config_parser *parser, const char *value)
{
    static const char *const sizes[] = {"32", "64", "128", "256", NULL};
    for (size_t i = 0; sizes[i]; i++)
        if (strcmp(sizes[i], value) == 0) {
            parser->config->line = (uint32_t)strtoul(value, NULL, 10);
            return CCK_OK;
        }
    return unknown(parser, "line size", value, sizes);
}

static int take_bool(cck_config_parser *parser, const char *value, bool *out)
{
    static const char *const words[] = {"yes", "no", "true", "false", NULL};
    for (size_t i = 0; words[i]; i++)
        if (strcmp(words[i], value) == 0) {
            *out = i % 2 == 0;
            return CCK_OK;
        }
    return unknown(parser, "answer", value, words);
}

static int take_layout(cck_config_parser *parser, char *key, const char *value)
{
    static const char *const keys[] = {"line", "pair", "system", "padding", "headers", NULL};
    cck_layout_config *config = parser->config;
    if (strcmp(key, "line") == 0)
        return take_line_size(parser, value);
    if (strcmp(key, "pair") == 0)
        return take_bool(parser, value, &config->pair);
    if (strcmp(key, "system") == 0)
        return take_bool(parser, value, &config->system);
    if (strcmp(key, "padding") == 0)
        config->padding = value;
    else if (strcmp(key, "headers") == 0)
        config->headers = value;
    else
        return unknown(parser, "key", key, keys);
    return CCK_OK;
}

/* ---- [sync], [fields], [ignore] ---- */

/* As all of sections[]. NOLINTNEXTLINE(readability-non-const-parameter) */
static int take_sync(cck_config_parser *parser, char *key, const char *value)
{
    static const char *const kinds[] = {"atomic", "lock", "padded", "owned", NULL};
    static const cck_sync syncs[] = {CCK_SYNC_ATOMIC, CCK_SYNC_LOCK, CCK_SYNC_PADDED,
                                     CCK_SYNC_OWNED};
    for (size_t i = 0; kinds[i]; i++)
        if (strcmp(kinds[i], value) == 0) {
            parser->syncs[parser->config->sync_count++] = (cck_config_sync){key, syncs[i]};
            return CCK_OK;
        }
    return unknown(parser, "kind of synchronisation", value, kinds);
}

/* "struct ring.prod.head" is the field "prod.head" of "struct ring": types have no dots in
 * C, C++ and Rust; in Go the first one ends the package, so there the last one counts. */
static char *field_of(char *key)
{
    char *dot = strchr(key, '.');
    char *slash = strrchr(key, '/');
    if (slash && dot && dot < slash)
        dot = strchr(slash, '.');
    if (slash && dot)
        dot = strchr(dot + 1, '.');
    return dot;
}

static int take_field(cck_config_parser *parser, char *key, const char *value)
{
    unsigned use;
    const char *writer;
    char *dot = field_of(key);
    if (!dot || dot == key || !dot[1]) {
        wrong(parser, "'%s' names no field", key);
        cck_hint(parser->err, "write TYPE.FIELD = writer=NAME, written or read_mostly");
        return CCK_EINVALID;
    }
    if (!cck_use_of_word(value, &use, &writer))
        return unknown(parser, "use", value, use_words);
    *dot = '\0';
    parser->fields[parser->config->field_count++] = (cck_config_field){key, dot + 1, use, writer};
    return CCK_OK;
}

static int take_ignore(cck_config_parser *parser, char *key, const char *value)
{
    const char *names[64] = {0};
    char *type = key + strcspn(key, " \t");
    if (*type)
        *type++ = '\0';
    while (isspace((unsigned char)*type))
        type++;
    for (size_t i = 0; i < sizeof names / sizeof *names - 1 && cck_rules[i]; i++)
        names[i] = cck_rules[i]->name;
    if (strcmp(key, "*") != 0 && !cck_rule_find(key))
        return unknown(parser, "rule", key, names);
    if (!*value) {
        wrong(parser, "no reason why '%s' is to be ignored", key);
        cck_hint(parser->err, "write RULE TYPE = reason");
        return CCK_EINVALID;
    }
    parser->ignores[parser->config->ignore_count++] =
        (cck_config_ignore){key, *type ? type : "*", value, parser->line};
    return CCK_OK;
}

/* ---- lines ---- */

static const struct section {
    const char *name;
    int (*take)(cck_config_parser *parser, char *key, const char *value);
} sections[] = {
    {"layout", take_layout},
    {"sync", take_sync},
    {"fields", take_field},
    {"ignore", take_ignore},
};

static int take_section(cck_config_parser *parser, char *name)
{
    enum { COUNT = sizeof sections / sizeof *sections };
    const char *names[COUNT + 1] = {0};
    char *end = strchr(name, ']');
    if (!end || end[1])
        return wrong(parser, "a section ends in ']'");
    *end = '\0';
    for (size_t i = 0; i < COUNT; i++) {
        names[i] = sections[i].name;
        if (strcmp(names[i], name) == 0) {
            parser->section = &sections[i];
            return CCK_OK;
        }
    }
    return unknown(parser, "section", name, names);
}

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    for (char *end = text + strlen(text); end > text && isspace((unsigned char)end[-1]);)
        *--end = '\0';
    return text;
}

/* Names have "=" in them ("operator=", "writer=x" on the right): the first " = " divides,
 * else the first "=". */
static char *divide(char *line)
{
    char *sign = strstr(line, " = ");
    sign = sign ? sign + 1 : strchr(line, '=');
    if (!sign)
        return NULL;
    *sign = '\0';
    return trim(sign + 1);
}

/* A comment behind a value has blanks around its sign: "issue #12" is none. */
static void cut_comment(char *line)
{
    for (char *at = line; *at; at++)
        if ((*at == '#' || *at == ';') && at > line && isspace((unsigned char)at[-1]) &&
            isspace((unsigned char)at[1])) {
            *at = '\0';
            return;
        }
}

static int take_text(cck_config_parser *parser, char *line)
{
    line = trim(line);
    cut_comment(line);
    if (!*line || *line == '#' || *line == ';')
        return CCK_OK;
    if (*line == '[')
        return take_section(parser, line + 1);
    if (!parser->section)
        return wrong(parser, "a section such as [layout] comes first");
    const char *value = divide(line);
    if (!value) {
        wrong(parser, "no '=' in this line");
        cck_hint(parser->err, "lines are NAME = VALUE, [SECTION] or # comments");
        return CCK_EINVALID;
    }
    const cck_layout_config *config = parser->config;
    if (config->field_count + config->ignore_count + config->sync_count >= MOST_ENTRIES)
        return cck_fail(parser->err, CCK_ELIMIT, "%s has more than %d entries", parser->path,
                        MOST_ENTRIES);
    return parser->section->take(parser, trim(line), value);
}

/* A line has one entry at most. */
static size_t room_for(const char *text, size_t size)
{
    size_t lines = 1;
    for (size_t i = 0; i < size && lines < MOST_ENTRIES; i++)
        lines += text[i] == '\n';
    return lines;
}

int cck_layout_config_parse(cck_layout_config *out_config, cck_arena *arena, const char *path,
                            const char *text, size_t size, cck_error *err)
{
    cck_layout_config config = {
        .path = cck_arena_strdup(arena, path), .padding = "", .headers = ""};
    cck_config_parser parser = {.config = &config, .arena = arena, .path = path, .err = err};
    size_t room = room_for(text, size);
    parser.fields = cck_arena_array(arena, room, sizeof *parser.fields);
    parser.ignores = cck_arena_array(arena, room, sizeof *parser.ignores);
    parser.syncs = cck_arena_array(arena, room, sizeof *parser.syncs);
    char *copy = cck_arena_strndup(arena, text, size);
    if (!config.path || !parser.fields || !parser.ignores || !parser.syncs || !copy)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (memchr(text, '\0', size)) {
        parser.line = 1;
        return wrong(&parser, "bytes of value 0: this is no text");
    }
    for (char *line = copy; line;) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        parser.line++;
        int code = take_text(&parser, line);
        if (code)
            return code;
        line = end ? end + 1 : NULL;
    }
    config.fields = parser.fields;
    config.ignores = parser.ignores;
    config.syncs = parser.syncs;
    *out_config = config;
    return CCK_OK;
}
