/* SPDX-License-Identifier: MIT */
#include "baseline.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cachecheck/words.h>

#include "terminal.h"

enum { NAME_MOST = 100, NAMES_MOST = 64 };

static const char *folder(void)
{
    const char *chosen = getenv("CACHECHECK_BASELINES");
    return chosen && *chosen ? chosen : ".cachecheck-baselines";
}

bool cli_baseline_path(const char *name, char path[CLI_BASELINE_PATH])
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = strlen(name);
    if (!length || length > NAME_MOST || strspn(name, good) != length || *name == '.' ||
        *name == '-') {
        fputs("cachecheck: a baseline's name is made of letters, digits, '.', '_' and '-', and "
              "begins with none of '.-'\n",
              stderr);
        return false;
    }
    if (snprintf(path, CLI_BASELINE_PATH, "%s/%s.json", folder(), name) < CLI_BASELINE_PATH)
        return true;
    fputs("cachecheck: the path in CACHECHECK_BASELINES is too long\n", stderr);
    return false;
}

/* Each folder of the path, as mkdir -p. */
static bool make_folders(const char *path)
{
    char part[CLI_BASELINE_PATH];
    snprintf(part, sizeof part, "%s", path);
    for (char *at = part + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            cck_error err = {.code = CCK_EIO, .os_error = errno};
            snprintf(err.message, sizeof err.message, "cannot make the folder %.300s: %s", part,
                     strerror(errno));
            snprintf(err.hint, sizeof err.hint,
                     "name another one for baselines in CACHECHECK_BASELINES");
            cli_print_error(&err);
            return false;
        }
        *at = '/';
    }
    return true;
}

bool cli_baseline_prepare(const char *name)
{
    char path[CLI_BASELINE_PATH];
    return cli_baseline_path(name, path) && make_folders(path) && cli_check_output(path);
}

int cli_baseline_save(const cck_result *result, const char *name)
{
    char path[CLI_BASELINE_PATH];
    cck_error err = {0};
    if (!cli_baseline_path(name, path))
        return CCK_EINVALID;
    int code = cck_result_save(result, path, &err);
    if (code < 0)
        cli_print_error(&err);
    return code;
}

/* "did you mean" needs the names; they end in ".json". */
static void hint_at_others(const char *name, cck_error *err)
{
    char *names[NAMES_MOST + 1] = {0};
    size_t count = 0;
    DIR *open = opendir(folder());
    for (struct dirent *entry; open && count < NAMES_MOST && (entry = readdir(open));) {
        size_t length = strlen(entry->d_name);
        if (length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0 &&
            (names[count] = strndup(entry->d_name, length - 5)))
            count++;
    }
    if (open)
        closedir(open);
    const char *nearest = cck_nearest_word(name, (const char *const *)names);
    if (nearest)
        snprintf(err->hint, sizeof err->hint, "did you mean '%.*s'?", NAME_MOST, nearest);
    else
        snprintf(err->hint, sizeof err->hint,
                 "make it before the change: cachecheck stat -r 10 --save-baseline %.*s -- COMMAND",
                 NAME_MOST, name);
    for (size_t i = 0; i < count; i++)
        free(names[i]);
}

int cli_baseline_load(cck_result **out_result, const char *name)
{
    char path[CLI_BASELINE_PATH];
    cck_error err = {0};
    if (!cli_baseline_path(name, path))
        return CCK_EINVALID;
    int code = cck_result_load(out_result, path, &err);
    if (code == 0)
        return 0;
    if (code == CCK_ENOTFOUND)
        hint_at_others(name, &err);
    cli_print_error(&err);
    return code;
}
