/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "layouts/annotation_internal.h"
#include "layouts/config_internal.h"
#include "layouts/rule.h"

enum { MOST_NOTES = 4096, LONGEST = 512 };

static const char mark[] = "cachecheck:";

typedef struct cck_annotation_parser {
    cck_annotations *annotations;
    cck_annotated *file;
    uint32_t line;  /* of the comment */
    uint32_t about; /* the line that it is about */
    size_t open;    /* index of the note that ignore-begin made, plus 1; 0 none */
} cck_annotation_parser;

static void problem(cck_annotation_parser *parser, const char *what, const char *word)
{
    cck_annotations *annotations = parser->annotations;
    if (annotations->problem_count == CCK_ANNOTATION_PROBLEMS)
        return;
    const char *text =
        cck_arena_printf(&annotations->arena, "%s:%u: %s%s%s%s", parser->file->path, parser->line,
                         what, *word ? " '" : "", word, *word ? "'" : "");
    if (text)
        annotations->problems[annotations->problem_count++] = text;
}

/* What is outgrown stays in the arena: as much as there is at the end. */
static bool make_room(cck_annotation_parser *parser)
{
    cck_annotated *file = parser->file;
    if (file->note_count < file->note_capacity)
        return true;
    if (file->note_count == MOST_NOTES)
        return false;
    size_t capacity = file->note_capacity ? file->note_capacity * 2 : 8;
    cck_annotation_note *notes =
        cck_arena_array(&parser->annotations->arena, capacity, sizeof *notes);
    if (!notes)
        return false;
    if (file->note_count)
        memcpy(notes, file->notes, file->note_count * sizeof *notes);
    file->notes = notes;
    file->note_capacity = capacity;
    return true;
}

static cck_annotation_note *add(cck_annotation_parser *parser)
{
    if (!make_room(parser))
        return NULL;
    cck_annotation_note *note = &parser->file->notes[parser->file->note_count++];
    *note = (cck_annotation_note){parser->about, parser->about, 0, "", NULL, ""};
    return note;
}

static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, " \t,");
    char *end = word + strcspn(word, " \t,");
    *rest = end;
    if (*end) {
        *end = '\0';
        *rest = end + 1;
    }
    return word;
}

/* "ignore RULE reason": the rest of the comment is the reason. */
static void take_ignore(cck_annotation_parser *parser, char *rest, bool begin)
{
    char *word = next_word(&rest);
    const cck_rule *rule = cck_rule_find(word);
    rest += strspn(rest, " \t");
    if (!rule && strcmp(word, "*") != 0) {
        problem(parser, "no rule is called", word);
        return;
    }
    if (!*rest) {
        problem(parser, "say why it is ignored, behind the rule", "");
        return;
    }
    cck_annotation_note *note = add(parser);
    if (!note)
        return;
    note->rule = rule ? rule->name : "*";
    note->reason = cck_arena_strdup(&parser->annotations->arena, rest);
    note->reason = note->reason ? note->reason : "";
    if (begin) {
        note->first = parser->line;
        note->last = UINT32_MAX;
        parser->open = parser->file->note_count;
    }
}

static void take_use(cck_annotation_parser *parser, const char *word)
{
    unsigned use;
    const char *writer;
    if (!cck_use_of_word(word, &use, &writer)) {
        problem(parser, "not understood:", word);
        return;
    }
    cck_annotation_note *note = add(parser);
    if (!note)
        return;
    note->use = use;
    note->writer = cck_arena_strdup(&parser->annotations->arena, writer);
    note->writer = note->writer ? note->writer : "";
}

static void take_words(cck_annotation_parser *parser, char *text)
{
    for (char *word = next_word(&text); *word; word = next_word(&text)) {
        if (strcmp(word, "ignore-end") == 0) {
            if (parser->open)
                parser->file->notes[parser->open - 1].last = parser->line;
            else
                problem(parser, "ignore-end without ignore-begin", "");
            parser->open = 0;
        } else if (strcmp(word, "ignore") == 0 || strcmp(word, "ignore-next-line") == 0) {
            if (word[6])
                parser->about = parser->about > parser->line ? parser->about : parser->line + 1;
            take_ignore(parser, text, false);
            return;
        } else if (strcmp(word, "ignore-begin") == 0) {
            take_ignore(parser, text, true);
            return;
        } else {
            take_use(parser, word);
        }
    }
}

/* Nothing but blanks and the signs of comments. */
static bool only_comment(const char *from, const char *to)
{
    for (; from < to; from++)
        if (!isspace((unsigned char)*from) && *from != '/' && *from != '*' && *from != '!')
            return false;
    return true;
}

static bool is_comment(const char *line)
{
    line += strspn(line, " \t");
    return strncmp(line, "//", 2) == 0 || strncmp(line, "/*", 2) == 0 || *line == '*' ||
           *line == '\n' || *line == '\r';
}

/* The next line that declares something. */
static uint32_t declaration_after(const char *line, uint32_t number)
{
    do {
        line = strchr(line, '\n');
        if (!line || !*++line)
            return number + 1;
        number++;
    } while (is_comment(line));
    return number;
}

static void take_line(cck_annotation_parser *parser, const char *line, const char *found)
{
    char text[LONGEST];
    const char *end = found + strcspn(found, "\r\n");
    const char *close = strstr(found, "*/");
    if (close && close < end)
        end = close;
    /* In a string it means nothing; comments begin before the mark. */
    bool comment = false;
    for (const char *at = line; at + 1 < found; at++)
        comment |= at[0] == '/' && (at[1] == '/' || at[1] == '*');
    bool alone = only_comment(line, found);
    if (!comment && !alone)
        return;
    parser->about = alone ? declaration_after(line, parser->line) : parser->line;
    found += sizeof mark - 1;
    snprintf(text, sizeof text, "%.*s", (int)(end - found < LONGEST ? end - found : LONGEST),
             found);
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    take_words(parser, text);
}

void cck_annotated_parse(cck_annotations *annotations, cck_annotated *file)
{
    cck_annotation_parser parser = {annotations, file, 1, 1, 0};
    const char *line = file->text, *found = strstr(line, mark);
    if (!found)
        return;
    while (found) {
        for (const char *end; (end = strchr(line, '\n')) && end < found; line = end + 1)
            parser.line++;
        take_line(&parser, line, found);
        found = strstr(found + sizeof mark - 1, mark);
    }
    if (parser.open)
        problem(&parser, "ignore-begin without ignore-end", "");
}
