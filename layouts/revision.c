/* SPDX-License-Identifier: MIT */
/* The same audit of the sources as they were: a git revision is laid out in a temporary
 * folder (by an index of its own: neither the repository nor its index is touched), and
 * audited by a child that works where the user does, so that relative paths and flags hold. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/folder.h"
#include "core/base/trust.h"
#include "core/result/result.h"
#include "layouts/audit.h"
#include "layouts/compile.h"

enum { GIT_SECONDS = 300 };

typedef struct revision {
    cck_arena *arena;
    const cck_layout_options *options;
    char top[PATH_MAX];    /* of the repository */
    char here[PATH_MAX];   /* this folder */
    char folder[PATH_MAX]; /* temporary */
    char tree[PATH_MAX];   /* the revision's files, in it */
} revision;

/* ---- git ---- */

static int git(cck_ran *ran, const char *const *words, cck_error *err)
{
    int code = cck_run_words(ran, words, NULL, GIT_SECONDS, err);
    if (code < 0) {
        cck_hint(err, "--diff needs git: apt-get install git");
        return code;
    }
    size_t end = strnlen(ran->text, sizeof ran->text - 1);
    while (end && strchr("\r\n", ran->text[end - 1]))
        end--;
    ran->text[end] = '\0';
    if (!ran->late && WIFEXITED(ran->status) && WEXITSTATUS(ran->status) == 0)
        return 0;
    cck_fail(err, CCK_EINVALID, "git: %.300s", ran->text);
    cck_hint(err, "--diff takes a revision of the git repository that this folder is in, such as "
                  "origin/main (shallow clones lack old ones: git fetch --deepen=100)");
    return CCK_EINVALID;
}

static int find_top(revision *at, cck_error *err)
{
    cck_ran ran;
    const char *const top[] = {"git", "rev-parse", "--show-toplevel", NULL};
    int code = git(&ran, top, err);
    if (code < 0)
        return code;
    if (strlen(ran.text) >= sizeof at->top)
        return cck_fail(err, CCK_ELIMIT, "the name of the repository's folder is too long");
    memcpy(at->top, ran.text, strlen(ran.text) + 1);
    if (*at->options->diff == '-')
        return cck_fail(err, CCK_EINVALID, "'%s' is no revision", at->options->diff);
    const char *commit = cck_arena_printf(at->arena, "%s^{tree}", at->options->diff);
    const char *const verify[] = {"git", "rev-parse", "--verify", "--quiet", commit, NULL};
    code = commit ? git(&ran, verify, NULL) : CCK_ENOMEM;
    if (code == 0 && getcwd(at->here, sizeof at->here))
        return 0;
    cck_fail(err, CCK_EINVALID, "'%s' is no revision of the repository in %s", at->options->diff,
             at->top);
    cck_hint(err, "shallow clones lack old ones: git fetch --deepen=100");
    return CCK_EINVALID;
}

static int lay_out(revision *at, cck_error *err)
{
    cck_ran ran;
    const char *index = cck_arena_printf(at->arena, "GIT_INDEX_FILE=%s/index", at->folder);
    const char *prefix = cck_arena_printf(at->arena, "--prefix=%s/", at->tree);
    if (!index || !prefix)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    const char *const read[] = {"env", index, "git", "-C", at->top, "read-tree", at->options->diff,
                                NULL};
    const char *const write[] = {"env",   index,     "git",  "-C", at->top, "checkout-index",
                                 "--all", "--quiet", prefix, NULL};
    int code = git(&ran, read, err);
    return code < 0 ? code : git(&ran, write, err);
}

/* ---- what is not in git ---- */

/* Folders of what was built hold generated headers, and are where compilers are run: each is
 * there as a folder of links, so that ".." leads to the revision's sources. */
static void link_entries(const char *from, const char *to)
{
    char source[PATH_MAX], link[PATH_MAX];
    DIR *entries = mkdir(to, 0700) == 0 ? opendir(from) : NULL;
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            (size_t)snprintf(source, sizeof source, "%s/%s", from, entry->d_name) >=
                sizeof source ||
            (size_t)snprintf(link, sizeof link, "%s/%s", to, entry->d_name) >= sizeof link)
            continue;
        if (symlink(source, link) != 0)
            break;
    }
    if (entries)
        closedir(entries);
}

static void link_untracked(const revision *at)
{
    char from[PATH_MAX], to[PATH_MAX];
    struct stat status;
    DIR *entries = opendir(at->top);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (*entry->d_name == '.' ||
            (size_t)snprintf(from, sizeof from, "%s/%s", at->top, entry->d_name) >= sizeof from ||
            (size_t)snprintf(to, sizeof to, "%s/%s", at->tree, entry->d_name) >= sizeof to)
            continue;
        if (lstat(from, &status) == 0 && S_ISDIR(status.st_mode) && access(to, F_OK) != 0)
            link_entries(from, to);
    }
    if (entries)
        closedir(entries);
}

/* ---- the options, as they are there ---- */

/* A text in which the repository's folder became the revision's. */
static const char *moved(revision *at, const char *text)
{
    const char *found = text ? strstr(text, at->top) : NULL;
    size_t length = strlen(at->top);
    if (!found || (found[length] && !strchr("/\"' :;,", found[length])))
        return text;
    const char *rest = moved(at, found + length);
    return cck_arena_printf(at->arena, "%.*s%s%s", (int)(found - text), text, at->tree,
                            rest ? rest : "");
}

/* Really of the revision, not one of the links. */
static bool is_there(const revision *at, const char *path)
{
    char real[PATH_MAX], tree[PATH_MAX];
    return realpath(path, real) && realpath(at->tree, tree) &&
           strncmp(real, tree, strlen(tree)) == 0;
}

static const char *const *moved_all(revision *at, const char *const *texts, bool existing)
{
    size_t count = 0, kept = 0;
    while (texts && texts[count])
        count++;
    const char **all = cck_arena_array(at->arena, count + 1, sizeof *all);
    for (size_t i = 0; all && i < count; i++) {
        const char *text = moved(at, texts[i]);
        if (text && (!existing || is_there(at, text)))
            all[kept++] = text;
    }
    return all;
}

static char *read_whole(revision *at, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *in = fopen(path, "re");
    ssize_t got = in ? getdelim(&text, &size, '\0', in) : -1;
    char *copy = got >= 0 ? cck_arena_strdup(at->arena, text) : NULL;
    free(text);
    if (in)
        fclose(in);
    return copy;
}

/* compile_commands.json names absolute paths: those of the working tree. */
static const char *moved_commands(revision *at)
{
    if (!at->options->compile_commands)
        return NULL;
    const char *from =
        cck_arena_printf(at->arena, "%s/compile_commands.json", at->options->compile_commands);
    const char *to = cck_arena_printf(at->arena, "%s/compile_commands.json", at->folder);
    const char *text = from ? read_whole(at, from) : NULL;
    text = text ? moved(at, text) : NULL;
    FILE *out = text && to ? fopen(to, "we") : NULL;
    if (!out)
        return at->options->compile_commands;
    fputs(text, out);
    return fclose(out) == 0 ? at->folder : at->options->compile_commands;
}

/* ---- the child ---- */

typedef struct answer {
    int code;
    cck_error error;
} answer;

static int audit_there(revision *at, const char *result_path, cck_error *err)
{
    cck_layout_options options = *at->options;
    cck_audit audit;
    options.compile_commands = moved_commands(at);
    options.compile_flags = moved_all(at, at->options->compile_flags, false);
    char *config = options.config ? realpath(options.config, NULL) : NULL;
    char *profile = options.profile ? realpath(options.profile, NULL) : NULL;
    options.config = config;
    options.profile = profile;
    size_t length = strlen(at->top);
    const char *below = strncmp(at->here, at->top, length) == 0 ? at->here + length : "";
    const char *there = cck_arena_printf(at->arena, "%s%s", at->tree, below);
    if (!there || (chdir(there) != 0 && chdir(at->tree) != 0))
        return cck_fail(err, CCK_ENOTFOUND, "this folder is not in %s", at->options->diff);
    options.paths = moved_all(at, at->options->paths, true);
    if (!options.paths || !*options.paths)
        return cck_fail(err, CCK_ENOTFOUND, "none of the inputs is in %s", at->options->diff);
    int code = cck_audit_run(&audit, &options, err);
    if (code == 0)
        code = cck_result_save(audit.result, result_path, err);
    cck_audit_clear(&audit);
    free(config);
    free(profile);
    return code;
}

/* CCK_ENOMEM and the like of the parent; what the child says goes into *out_answer. */
static int run_child(revision *at, const char *result_path, answer *out_answer, cck_error *err)
{
    answer *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    *shared = (answer){.code = CCK_EINTERNAL};
    pid_t child = fork();
    if (child == 0) {
        shared->code = audit_there(at, result_path, &shared->error);
        _exit(0);
    }
    int status = 0, os_error = errno;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    *out_answer = *shared;
    munmap(shared, sizeof *shared);
    return child > 0 ? 0 : cck_fail_os(err, CCK_ELIMIT, os_error, "cannot start a process");
}

static int audit_revision(revision *at, cck_result **out_before, cck_result *result, cck_error *err)
{
    answer said;
    const char *path = cck_arena_printf(at->arena, "%s/before.json", at->folder);
    int code = path ? lay_out(at, err) : cck_fail(err, CCK_ENOMEM, "out of memory");
    if (code == 0)
        link_untracked(at);
    if (code == 0)
        code = run_child(at, path, &said, err);
    if (code < 0)
        return code;
    if (said.code == 0)
        return cck_result_load(out_before, path, err);
    const char *note =
        cck_arena_printf(result->arena, "%s could not be audited, so all findings are told: %s",
                         at->options->diff, said.error.message);
    *out_before = NULL;
    return note && cck_result_note(result, note) ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

int cck_audit_revision(cck_result **out_before, cck_result *result,
                       const cck_layout_options *options, cck_error *err)
{
    cck_arena arena = {0};
    revision at = {.arena = &arena, .options = options};
    int code = find_top(&at, err);
    if (code == 0)
        code = cck_trust_make_folder("diff-", at.folder, sizeof at.folder - 8, err);
    if (code == 0) {
        size_t length = strlen(at.folder);
        memcpy(at.tree, at.folder, length);
        memcpy(at.tree + length, "/tree", sizeof "/tree");
        code = mkdir(at.tree, 0700) == 0
                   ? audit_revision(&at, out_before, result, err)
                   : cck_fail_os(err, CCK_EIO, errno, "cannot make %s", at.tree);
        cck_folder_remove(at.folder);
    }
    cck_arena_clear(&arena);
    return code;
}
