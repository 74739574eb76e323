/* SPDX-License-Identifier: MIT */
/* Which flags a file is compiled with, from the database that build systems write
 * (clang.llvm.org/docs/JSONCompilationDatabase.html). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/fail.h"
#include "layouts/compile.h"

bool cck_words_add(cck_arena *arena, cck_word_list *list, const char *word)
{
    if (!word)
        return false;
    if (list->count + 1 >= list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 32;
        const char **words = cck_arena_array(arena, capacity, sizeof *words);
        if (!words)
            return false;
        if (list->count)
            memcpy(words, list->words, list->count * sizeof *words);
        list->words = words;
        list->capacity = capacity;
    }
    list->words[list->count++] = word;
    list->words[list->count] = NULL;
    return true;
}

/* One word; the quotes go, as does the backslash before what it protects. */
static const char *take_word(const char *at, char *out)
{
    char quote = '\0';
    for (; *at && (quote || !strchr(" \t\n\r", *at)); at++) {
        if (quote == '\'' ? *at == '\'' : quote ? *at == '"' : *at == '\'' || *at == '"') {
            quote = quote ? '\0' : *at;
            continue;
        }
        if (*at == '\\' && quote != '\'' && at[1] && (!quote || strchr("\"\\$`\n", at[1])))
            at++;
        *out++ = *at;
    }
    *out = '\0';
    return at;
}

bool cck_words_split(cck_arena *arena, cck_word_list *list, const char *text)
{
    for (const char *at = text + strspn(text, " \t\n\r"); *at; at += strspn(at, " \t\n\r")) {
        char *word = cck_arena_alloc(arena, strlen(at) + 1);
        if (!word)
            return false;
        at = take_word(at, word);
        if (!cck_words_add(arena, list, word))
            return false;
    }
    return true;
}

/* Flags that say where output goes, or would make it something else than an object with
 * plain DWARF. `with` words follow as the flag's own; "*" at the end: any ending. */
static const struct {
    const char *flag;
    unsigned with;
} dropped[] = {
    {"-o", 1},
    {"-c", 0},
    {"-S", 0},
    {"-E", 0},
    {"-M", 0},
    {"-MM", 0},
    {"-MD", 0},
    {"-MMD", 0},
    {"-MP", 0},
    {"-MG", 0},
    {"-MF", 1},
    {"-MT", 1},
    {"-MQ", 1},
    {"-MJ", 1},
    {"-fsyntax-only", 0},
    {"-o*", 0},
    {"-MF*", 0},
    {"-MT*", 0},
    {"-MQ*", 0},
    {"-Wp,-M*", 0},
    {"-g0", 0},
    {"-g1", 0},
    {"-s", 0},
    {"-pipe", 0},
    {"-gsplit-dwarf*", 0},
    {"-flto*", 0},
    {"-save-temps*", 0},
    {"--coverage", 0},
    {"-ftest-coverage", 0},
    {"-fdebug-prefix-map=*", 0},
    {"-ffile-prefix-map=*", 0},
    {"-fprofile-*", 0},
    {"--serialize-diagnostics", 1},
    {"-fdiagnostics-color*", 0},
};

static bool fits(const char *pattern, const char *word)
{
    size_t length = strlen(pattern);
    if (pattern[length - 1] == '*')
        return strncmp(word, pattern, length - 1) == 0;
    return strcmp(word, pattern) == 0;
}

/* How many words from here on are left out. */
static size_t words_dropped(const char *word)
{
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        if (fits(dropped[i].flag, word))
            return 1 + dropped[i].with;
    return 0;
}

static bool says_cpp(const char *word, const char *next)
{
    return strncmp(word, "-std=c++", 8) == 0 || strncmp(word, "-std=gnu++", 10) == 0 ||
           strncmp(word, "-xc++", 5) == 0 ||
           (strcmp(word, "-x") == 0 && next && strncmp(next, "c++", 3) == 0);
}

/* A database may name the file in another way than the command does. */
static bool is_source(const char *word, const char *source)
{
    const char *name = strrchr(word, '/'), *own = strrchr(source, '/');
    if (*word == '-' || cck_source_kind_of(word) == CCK_SOURCE_NONE)
        return false;
    return strcmp(name ? name + 1 : word, own ? own + 1 : source) == 0;
}

bool cck_command_take(cck_arena *arena, cck_command *command, const char *const *words,
                      size_t count, const char *source)
{
    for (size_t i = 0; i < count; i++) {
        const char *next = i + 1 < count ? words[i + 1] : NULL;
        size_t drop = words_dropped(words[i]);
        if (drop || (source && is_source(words[i], source))) {
            i += drop ? drop - 1 : 0;
            continue;
        }
        if (says_cpp(words[i], next))
            command->cpp = true;
        if (!cck_words_add(arena, &command->flags, words[i]))
            return false;
    }
    return true;
}

/* How near a source is to a header: the longer their common path the nearer; most of all the
 * one that only ends otherwise. */
static size_t nearness(const char *header, const char *source)
{
    size_t common = 0, folder = 0;
    while (header[common] && header[common] == source[common]) {
        common++;
        if (header[common - 1] == '/')
            folder = common;
    }
    bool beside = !strchr(header + folder, '/') && !strchr(source + folder, '/');
    bool same_stem = beside && header[common - 1] == '.';
    return folder * 4 + (beside ? 2 : 0) + (same_stem ? 1 : 0);
}

static const char *absolute(cck_arena *arena, const char *directory, const char *file)
{
    char real[4096];
    const char *path = *file == '/' ? file : cck_arena_printf(arena, "%s/%s", directory, file);
    return path && realpath(path, real) ? cck_arena_strdup(arena, real) : path;
}

static const char *text_of(const json_t *entry, const char *key)
{
    const char *text = json_string_value(json_object_get(entry, key));
    return text ? text : "";
}

/* Of headers, C++ ones want the flags of C++ sources. */
static const json_t *entry_for(cck_arena *arena, const json_t *database, const char *path)
{
    cck_source_kind kind = cck_source_kind_of(path);
    bool header = kind == CCK_SOURCE_HEADER || kind == CCK_SOURCE_CPP_HEADER;
    const json_t *entry, *best = NULL;
    size_t index, most = 0;
    json_array_foreach(database, index, entry)
    {
        const char *file = absolute(arena, text_of(entry, "directory"), text_of(entry, "file"));
        if (!file || !*text_of(entry, "file"))
            continue;
        if (strcmp(file, path) == 0)
            return entry;
        bool other = kind == CCK_SOURCE_CPP_HEADER && cck_source_kind_of(file) != CCK_SOURCE_CPP;
        size_t near = nearness(path, file) + 1;
        if (header && !other && near > most) {
            best = entry;
            most = near;
        }
    }
    return best;
}

static bool is_compiler_word(const char *word, const char *file)
{
    return *word != '-' && !is_source(word, file);
}

static bool command_fill(cck_arena *arena, cck_command *command, const json_t *entry)
{
    cck_word_list words = {.words = NULL};
    const json_t *arguments = json_object_get(entry, "arguments"), *word;
    const char *file = cck_arena_strdup(arena, text_of(entry, "file"));
    size_t index, first = 0;
    bool fine = file != NULL;
    json_array_foreach(arguments, index, word) fine =
        fine && cck_words_add(arena, &words, cck_arena_strdup(arena, json_string_value(word)));
    if (!json_is_array(arguments))
        fine = fine && cck_words_split(arena, &words, text_of(entry, "command"));
    if (!fine || !words.count)
        return false;
    while (first < words.count && is_compiler_word(words.words[first], file))
        fine = fine && cck_words_add(arena, &command->compiler, words.words[first++]);
    const char *last = first ? words.words[first - 1] : "";
    size_t length = strlen(last);
    command->cpp = cck_source_kind_of(file) == CCK_SOURCE_CPP ||
                   (length > 2 && strcmp(last + length - 2, "++") == 0);
    command->told = true;
    command->directory = cck_arena_strdup(arena, text_of(entry, "directory"));
    if (command->directory && !*command->directory)
        command->directory = NULL;
    return fine && cck_command_take(arena, command, words.words + first, words.count - first, file);
}

int cck_command_find(cck_arena *arena, cck_command *out_command, const char *folder,
                     const char *path, cck_error *err)
{
    struct stat status;
    json_error_t wrong;
    bool is_file = stat(folder, &status) == 0 && S_ISREG(status.st_mode);
    const char *database =
        is_file ? folder : cck_arena_printf(arena, "%s/compile_commands.json", folder);
    json_t *entries = database ? json_load_file(database, 0, &wrong) : NULL;
    if (!entries) {
        bool missing = database && stat(database, &status) != 0;
        cck_fail(err, missing ? CCK_ENOTFOUND : CCK_EFORMAT, "cannot read %s%s%s",
                 database ? database : folder, missing ? "" : ": ", missing ? "" : wrong.text);
        cck_hint(err,
                 "cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, meson, or `bear -- make` write it");
        return missing ? CCK_ENOTFOUND : CCK_EFORMAT;
    }
    cck_command command = {.directory = NULL};
    const json_t *entry = entry_for(arena, entries, path);
    bool fine = entry && command_fill(arena, &command, entry);
    json_decref(entries);
    if (!fine) {
        cck_fail(err, CCK_ENOTFOUND, "%s has no command for %s", database, path);
        cck_hint(err, "give the flags after --, or build the target that uses it");
        return CCK_ENOTFOUND;
    }
    *out_command = command;
    return 0;
}
