/* SPDX-License-Identifier: MIT */
#include "layouts/select.h"

#include <fnmatch.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/nearest.h"
#include "layouts/compile.h"
#include "layouts/input.h"

int cck_corpus_load(cck_corpus *corpus, const cck_layout_options *options, cck_error *err)
{
    cck_input_options how = {
        .compile_flags = options->compile_flags,
        .compile_commands = options->compile_commands,
        .compiler = options->compiler,
        .line = options->line,
        .jobs = options->jobs,
        .compile_seconds = options->compile_seconds,
    };
    const char **paths;
    int code = cck_paths_expand(options->paths, &corpus->arena, &paths, err);
    if (code == 0)
        how.ahead = cck_ahead_new(paths, &how);
    for (size_t i = 0; code == 0 && paths[i]; i++)
        code = cck_input_read(corpus, paths[i], &how, err);
    cck_ahead_free(how.ahead);
    if (code < 0)
        return code;
    cck_corpus_sort(corpus);
    return 0;
}

/* "stats.h" means a file of that name anywhere, "include/x.h" a file in such a folder anywhere. */
static bool file_matches(const char *pattern, const char *file)
{
    if (fnmatch(pattern, file, 0) == 0)
        return true;
    for (const char *slash = strchr(file, '/'); slash; slash = strchr(slash + 1, '/'))
        if (fnmatch(pattern, slash + 1, 0) == 0)
            return true;
    return false;
}

bool cck_type_selected(const cck_layout_options *options, const char *name, const char *file)
{
    if (options->types && fnmatch(options->types, name, 0) != 0 &&
        fnmatch(options->types, cck_type_bare(name), 0) != 0)
        return false;
    return !options->headers || file_matches(options->headers, file);
}

/* ---- by name ---- */

static bool is_named(const cck_type *type, const char *name, bool exactly)
{
    const char *candidates[] = {cck_type_bare(type->name), type->alias};
    name = cck_type_bare(name);
    for (size_t i = 0; i < 2; i++) {
        const char *candidate = candidates[i];
        if (strcmp(candidate, name) == 0)
            return true;
        size_t length = strlen(candidate), wanted = strlen(name);
        if (!exactly && wanted && length > wanted + 1 &&
            strcmp(candidate + length - wanted, name) == 0 &&
            strchr(":./", candidate[length - wanted - 1]))
            return true;
    }
    return false;
}

static size_t collect(const cck_corpus *corpus, const char *name, bool exactly,
                      const cck_type **out_types, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < corpus->type_count && count < most; i++)
        if (is_named(corpus->types[i].type, name, exactly))
            out_types[count++] = corpus->types[i].type;
    return count;
}

/* The last part of a qualified name, which people type; "<" begins template arguments. */
static const char *last_part(const char *name)
{
    const char *part = name;
    for (const char *at = name; *at && *at != '<'; at++)
        if (at[0] == ':' && at[1] == ':')
            part = at + 2;
    return part;
}

int cck_corpus_find(const cck_corpus *corpus, const char *name, const cck_type **out_types,
                    size_t most, size_t *out_count, cck_error *err)
{
    size_t count = collect(corpus, name, true, out_types, most);
    if (!count)
        count = collect(corpus, name, false, out_types, most);
    if (count) {
        *out_count = count;
        return 0;
    }
    const char *bare = cck_type_bare(name);
    cck_nearest_search whole = {.word = bare}, part = {.word = last_part(bare)};
    for (size_t i = 0; i < corpus->type_count; i++) {
        const char *label = cck_type_bare(cck_type_label(corpus->types[i].type));
        cck_nearest_offer(&whole, label);
        cck_nearest_offer(&part, last_part(label));
    }
    cck_fail(err, CCK_ENOTFOUND, "no record type is called '%s' in what was read", name);
    if (*whole.found || *part.found)
        cck_hint(err, "did you mean '%s'?", *whole.found ? whole.found : part.found);
    else
        cck_hint(err, "list those there are with: cachecheck layout --sizes PATH");
    return CCK_ENOTFOUND;
}
