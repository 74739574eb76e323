/* SPDX-License-Identifier: MIT */
#include "layouts/mirror.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/folder.h"
#include "core/base/json_writer.h"
#include "core/base/trust.h"
#include "layouts/compile.h"

enum { SIBLINGS_MOST = 5000, ABOVE_MOST = 6 };

static int no_memory(cck_error *err)
{
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

static const char *absolute(cck_mirror *mirror, const char *path)
{
    char real[PATH_MAX];
    return realpath(path, real) ? cck_arena_strdup(&mirror->arena, real) : NULL;
}

static const char *there(cck_mirror *mirror, const char *path)
{
    return cck_arena_printf(&mirror->arena, "%s%s", mirror->folder, path);
}

static const char *folder_of(cck_mirror *mirror, const char *path)
{
    char *copy = cck_arena_strdup(&mirror->arena, path);
    return copy ? dirname(copy) : NULL;
}

/* ---- files ---- */

static bool make_folders(const char *path)
{
    char copy[PATH_MAX];
    if ((size_t)snprintf(copy, sizeof copy, "%s", path) >= sizeof copy)
        return false;
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0700) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return mkdir(copy, 0700) == 0 || errno == EEXIST;
}

/* Headers include their neighbours by name: these must be there, too. */
static bool link_folder(cck_mirror *mirror, const char *folder)
{
    char from[PATH_MAX], to[PATH_MAX];
    const char *copy = there(mirror, folder);
    if (!copy || access(copy, F_OK) == 0)
        return copy != NULL; /* done before */
    DIR *entries = make_folders(copy) ? opendir(folder) : NULL;
    if (!entries)
        return false;
    unsigned count = 0;
    for (struct dirent *entry; (entry = readdir(entries)) && count < SIBLINGS_MOST;) {
        if (entry->d_type == DT_DIR ||
            (size_t)snprintf(from, sizeof from, "%s/%s", folder, entry->d_name) >= sizeof from ||
            (size_t)snprintf(to, sizeof to, "%s/%s", copy, entry->d_name) >= sizeof to)
            continue;
        count += symlink(from, to) == 0;
    }
    closedir(entries);
    return true;
}

/* In the place of the link. */
static bool write_edited(cck_mirror *mirror, const cck_edit *edits, size_t count)
{
    size_t size;
    const char *real = absolute(mirror, edits->file->path);
    const char *path = real ? there(mirror, real) : NULL;
    char *text = cck_edits_apply(edits->file, edits, count, &size);
    if (path)
        unlink(path);
    FILE *out = path && text ? fopen(path, "wxe") : NULL;
    bool ok = out && fwrite(text, 1, size, out) == size;
    if (out && fclose(out) != 0)
        ok = false;
    free(text);
    return ok;
}

static bool place_files(cck_mirror *mirror, const cck_corpus *corpus, const cck_edit *edits,
                        size_t count)
{
    for (size_t i = 0; i < corpus->input_count + count; i++) {
        const char *path = i < corpus->input_count ? corpus->inputs[i].path
                                                   : edits[i - corpus->input_count].file->path;
        const char *real = absolute(mirror, path);
        const char *folder = real ? folder_of(mirror, real) : NULL;
        if (!folder || !link_folder(mirror, folder))
            return false;
    }
    for (size_t i = 0; i < count;) {
        size_t end = i;
        while (end < count && edits[end].file == edits[i].file)
            end++;
        if (!write_edited(mirror, edits + i, end - i))
            return false;
        i = end;
    }
    return true;
}

/* ---- flags ---- */

static bool add_two(cck_mirror *mirror, cck_word_list *list, const char *flag, const char *folder)
{
    return folder && cck_words_add(&mirror->arena, list, flag) &&
           cck_words_add(&mirror->arena, list, folder);
}

/* "-I include", "-Iinclude": the mirror's folder of that name comes first. */
static bool add_searched(cck_mirror *mirror, cck_word_list *list, const char *directory,
                         const char *const *flags)
{
    static const char *const searches[] = {"-I", "-iquote", "-isystem", "-idirafter"};
    for (; flags && *flags; flags++) {
        for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
            size_t length = strlen(searches[i]);
            if (strncmp(*flags, searches[i], length) != 0)
                continue;
            const char *folder = (*flags)[length] ? *flags + length : flags[1];
            if (folder && *folder != '/' && directory)
                folder = cck_arena_printf(&mirror->arena, "%s/%s", directory, folder);
            const char *real = folder ? absolute(mirror, folder) : NULL;
            if (real && !add_two(mirror, list, searches[i], there(mirror, real)))
                return false;
            break;
        }
    }
    return true;
}

/* Folders of what changes and above, for #include "part/name.h"; behind them where the
 * input really lies, for what was not linked. */
static bool add_quoted(cck_mirror *mirror, cck_word_list *list, const cck_corpus *corpus,
                       const cck_edit *edits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *folder =
            i && edits[i].file == edits[i - 1].file ? NULL : absolute(mirror, edits[i].file->path);
        for (unsigned above = 0; folder && above < ABOVE_MOST; above++) {
            folder = folder_of(mirror, folder);
            if (!folder || strcmp(folder, "/") == 0)
                break;
            if (!add_two(mirror, list, "-iquote", there(mirror, folder)))
                return false;
        }
    }
    for (size_t i = 0; i < corpus->input_count; i++) {
        const char *real = absolute(mirror, corpus->inputs[i].path);
        if (!real || !add_two(mirror, list, "-iquote", folder_of(mirror, real)))
            return false;
    }
    return true;
}

static bool add_all(cck_mirror *mirror, cck_word_list *list, const char *const *flags)
{
    for (; flags && *flags; flags++)
        if (!cck_words_add(&mirror->arena, list, *flags))
            return false;
    return true;
}

/* ---- a compile_commands.json of the mirror's own ---- */

static bool write_command(cck_mirror *mirror, cck_json *json, const char *path,
                          const cck_word_list *quoted)
{
    cck_command command = {.directory = NULL};
    cck_word_list words = {.words = NULL};
    char here[PATH_MAX];
    if (cck_command_find(&mirror->arena, &command, mirror->options.compile_commands, path, NULL) <
        0)
        return true; /* not in the database: compiled without it before, too */
    const char *directory = command.directory           ? command.directory
                            : getcwd(here, sizeof here) ? here
                                                        : "/";
    const char *copy = there(mirror, path);
    bool ok = copy &&
              add_all(mirror, &words,
                      command.compiler.count ? command.compiler.words
                                             : (const char *const[]){"cc", NULL}) &&
              add_searched(mirror, &words, directory, command.flags.words) &&
              add_all(mirror, &words, quoted->words) &&
              add_all(mirror, &words, command.flags.words) &&
              add_all(mirror, &words, (const char *const[]){"-c", copy, NULL});
    if (!ok)
        return false;
    cck_json_object(json);
    cck_json_put_string(json, "directory", directory);
    cck_json_put_string(json, "file", copy);
    cck_json_key(json, "arguments");
    cck_json_array(json);
    for (size_t i = 0; i < words.count; i++)
        cck_json_string(json, words.words[i]);
    cck_json_array_end(json);
    cck_json_object_end(json);
    return true;
}

static bool write_commands(cck_mirror *mirror, const cck_corpus *corpus,
                           const cck_word_list *quoted)
{
    const char *path = there(mirror, "/compile_commands.json");
    FILE *out = path ? fopen(path, "we") : NULL;
    cck_json json;
    if (!out)
        return false;
    cck_json_begin(&json, out, true);
    cck_json_array(&json);
    bool ok = true;
    for (size_t i = 0; ok && i < corpus->input_count; i++) {
        const char *real = absolute(mirror, corpus->inputs[i].path);
        ok = real && write_command(mirror, &json, real, quoted);
    }
    cck_json_array_end(&json);
    cck_json_end(&json);
    ok = fclose(out) == 0 && ok;
    mirror->options.compile_commands = mirror->folder;
    return ok;
}

/* ---- all of it ---- */

static bool set_options(cck_mirror *mirror, const cck_corpus *corpus, const cck_edit *edits,
                        size_t count)
{
    cck_layout_options *options = &mirror->options;
    cck_word_list paths = {.words = NULL}, quoted = {.words = NULL}, flags = {.words = NULL};
    for (size_t i = 0; i < corpus->input_count; i++) {
        const char *real = absolute(mirror, corpus->inputs[i].path);
        const char *copy = real ? there(mirror, real) : NULL;
        if (!copy || !cck_words_add(&mirror->arena, &paths, copy))
            return false;
    }
    if (!add_quoted(mirror, &quoted, corpus, edits, count))
        return false;
    bool database = options->compile_commands != NULL;
    if (database && !write_commands(mirror, corpus, &quoted))
        return false;
    if (!add_searched(mirror, &flags, NULL, options->compile_flags) ||
        !add_all(mirror, &flags, database ? NULL : quoted.words) ||
        !add_all(mirror, &flags, options->compile_flags))
        return false;
    options->paths = paths.words;
    options->compile_flags = flags.words;
    options->baseline = options->diff = options->write_baseline = NULL;
    options->fixes = false;
    return true;
}

int cck_mirror_make(cck_mirror *mirror, const cck_corpus *corpus, const cck_layout_options *options,
                    const cck_edit *edits, size_t count, cck_error *err)
{
    *mirror = (cck_mirror){.options = *options};
    char folder[sizeof mirror->folder];
    int code = cck_trust_make_folder("fix-", folder, sizeof folder, err);
    if (code < 0)
        return code;
    strcpy(mirror->folder, folder);
    if (!place_files(mirror, corpus, edits, count))
        return cck_fail_os(err, CCK_EIO, errno, "cannot copy sources to %s", mirror->folder);
    return set_options(mirror, corpus, edits, count) ? 0 : no_memory(err);
}

void cck_mirror_remove(cck_mirror *mirror)
{
    if (*mirror->folder)
        cck_folder_remove(mirror->folder);
    cck_arena_clear(&mirror->arena);
}
