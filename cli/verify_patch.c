/* SPDX-License-Identifier: MIT */
#include "verify_patch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terminal.h"

enum { PATCH_MOST = 16 << 20, SHOWN_MOST = 20 };

static bool complain(const char *message, const char *word, const char *hint)
{
    fprintf(stderr, "cachecheck verify: %s%s%s\n", message, *word ? " " : "", cli_shown(word));
    if (*hint)
        fprintf(stderr, "  hint: %s\n", hint);
    return false;
}

/* ---- a file ---- */

static bool read_file(cli_patch *patch, const char *path)
{
    size_t size = 0, room = 0;
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!in)
        return complain("cannot read the patch:", strerror(errno), path);
    for (size_t got = 1; got && size < PATCH_MOST;) {
        room = size + 65536;
        char *grown = realloc(patch->text, room + 1);
        if (!grown)
            break;
        patch->text = grown;
        got = fread(patch->text + size, 1, 65536, in);
        size += got;
    }
    bool failed = ferror(in) || !feof(in);
    if (in != stdin)
        fclose(in);
    if (patch->text)
        patch->text[size] = '\0';
    return !failed || complain("cannot read the patch, or it is larger than 16 MiB:", path, "");
}

/* ---- a finding ---- */

static bool list_findings(const cck_result *result, const char *path)
{
    for (size_t i = 0; i < result->finding_count && i < SHOWN_MOST; i++)
        fprintf(stderr, "  %zu  %.16s  %s%s\n", i + 1, result->findings[i].id,
                cli_shown(result->findings[i].title),
                *result->findings[i].suggestion.patch ? "  [with a patch]" : "");
    fprintf(stderr, "  hint: name one, by number or id: cachecheck verify '%s#1' ...\n",
            cli_shown(path));
    return false;
}

static const cck_finding *by_number(const cck_result *result, const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    return end != text && !*end && strlen(text) < 8 && number > 0 && number <= result->finding_count
               ? &result->findings[number - 1]
               : NULL;
}

static const cck_finding *by_id(const cck_result *result, const char *text)
{
    const cck_finding *found = NULL;
    for (size_t i = 0; strlen(text) >= 4 && i < result->finding_count; i++)
        if (strncmp(result->findings[i].id, text, strlen(text)) == 0) {
            if (found)
                return NULL;
            found = &result->findings[i];
        }
    return found;
}

/* The only one, or the only one that has a patch. */
static const cck_finding *the_only(const cck_result *result)
{
    const cck_finding *found = NULL;
    for (size_t i = 0; i < result->finding_count; i++)
        if (*result->findings[i].suggestion.patch) {
            if (found)
                return NULL;
            found = &result->findings[i];
        }
    return found ? found : result->finding_count == 1 ? result->findings : NULL;
}

static bool choose_finding(cli_patch *patch, const char *path, const char *which)
{
    const cck_result *result = patch->result;
    if (!result->finding_count)
        return complain("there is no finding in", path,
                        "it takes results of sharing or layout, saved with -o FILE.json");
    patch->finding = !which ? the_only(result) : by_number(result, which);
    if (which && !patch->finding)
        patch->finding = by_id(result, which);
    if (patch->finding)
        return true;
    complain(which ? "there is no such finding, or more than one:" : "which finding of",
             which ? which : path, "");
    return list_findings(result, path);
}

/* ---- its patch ---- */

static const char *bare(const char *type)
{
    static const char *const words[] = {"struct ", "class ", "union "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(type, words[i], strlen(words[i])) == 0)
            return type + strlen(words[i]);
    return type;
}

static bool same_object(const cck_finding_object *one, const cck_finding_object *other)
{
    if (*one->type && strcmp(bare(one->type), bare(other->type)) == 0)
        return true;
    return *one->name && strcmp(one->name, other->name) == 0;
}

/* Why the audit has no patch for it, as it notes it. */
static const char *reason_of(const cck_result *audit, const cck_finding *finding)
{
    for (size_t i = 0; i < audit->finding_count; i++) {
        const cck_finding *other = &audit->findings[i];
        const char *note = other->note_count ? other->notes[other->note_count - 1] : "";
        if (same_object(&finding->object, &other->object) &&
            strncmp(note, "no patch: ", strlen("no patch: ")) == 0)
            return note + strlen("no patch: ");
    }
    return "the layout audit of the file that declares it has no patch for it";
}

static const char *declared_in(const cck_finding *finding)
{
    for (size_t i = 0; i < finding->location_count; i++)
        if (strcmp(finding->locations[i].role, "declared") == 0 && *finding->locations[i].file)
            return finding->locations[i].file;
    return NULL;
}

static bool no_patch(const cck_finding *finding, const char *why)
{
    complain(
        "this finding has no patch:", why,
        *finding->suggestion.code
            ? "make the change that it suggests, and verify it as a file: git diff >fix.patch; "
              "git stash; cachecheck verify --patch fix.patch ..."
            : "a change of yours is verified with --patch FILE");
    return false;
}

/* What threads really did tells the audit which fields to part. */
static bool make_patch(cli_patch *patch, const char *path, const cli_patch_source *source)
{
    cck_error err = {0};
    const char *const paths[] = {declared_in(patch->finding), NULL};
    const cck_layout_options options = {.size = sizeof options,
                                        .paths = paths,
                                        .compile_commands = source->commands,
                                        .profile = path,
                                        .least = CCK_SEVERITY_LOW};
    if (!paths[0] || strcmp(patch->result->command, "layout") == 0)
        return no_patch(patch->finding, !paths[0]
                                            ? "where it is declared is not known (built "
                                              "without -g?)"
                                            : "layout writes them with --patch --format json");
    if (cck_layout_fix_new(&patch->fix, &options, &err) < 0) {
        cli_print_error(&err);
        return no_patch(patch->finding, "the file that declares it cannot be audited");
    }
    const cck_result *audit = patch->fix->result;
    for (size_t i = 0; i < audit->finding_count; i++) {
        const cck_finding *other = &audit->findings[i];
        if (!*other->suggestion.patch || !same_object(&patch->finding->object, &other->object))
            continue;
        patch->text = strdup(other->suggestion.patch);
        fprintf(stderr, "cachecheck: patch by the layout audit of %s: %s\n", cli_shown(paths[0]),
                other->suggestion.text);
        return patch->text != NULL;
    }
    return no_patch(patch->finding, reason_of(audit, patch->finding));
}

static bool take_variant(cli_patch *patch, uint32_t number)
{
    const cck_suggestion *suggestion = &patch->finding->suggestion;
    if (number > suggestion->variant_count || !*suggestion->variants[number - 1].patch)
        return complain("there is no such other way with a patch; ways:",
                        suggestion->variant_count ? "see the finding's variants" : "none", "");
    patch->text = strdup(suggestion->variants[number - 1].patch);
    return patch->text != NULL;
}

static bool take_finding(cli_patch *patch, const cli_patch_source *source)
{
    cck_error err = {0};
    char *path = strdup(source->name);
    char *mark = path && access(path, F_OK) != 0 ? strrchr(path, '#') : NULL;
    const char *which = source->finding ? source->finding : mark ? mark + 1 : NULL;
    bool ok = path != NULL;
    if (mark)
        *mark = '\0';
    if (ok && cck_result_load(&patch->result, path, &err) < 0) {
        cli_print_error(&err);
        ok = false;
    }
    ok = ok && choose_finding(patch, path, which);
    if (ok && source->file) /* the patch is somebody's, the finding what it is to mend */
        ok = read_file(patch, source->file);
    else if (ok && source->variant)
        ok = take_variant(patch, source->variant);
    else if (ok && *patch->finding->suggestion.patch)
        ok = (patch->text = strdup(patch->finding->suggestion.patch)) != NULL;
    else if (ok)
        ok = make_patch(patch, path, source);
    free(path);
    return ok;
}

bool cli_patch_find(cli_patch *out_patch, const cli_patch_source *source)
{
    *out_patch = (cli_patch){.result = NULL};
    return source->name ? take_finding(out_patch, source) : read_file(out_patch, source->file);
}

void cli_patch_clear(cli_patch *patch)
{
    cck_layout_fix_free(patch->fix);
    cck_result_free(patch->result);
    free(patch->text);
}
