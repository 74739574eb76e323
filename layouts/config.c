/* SPDX-License-Identifier: MIT */
#include "layouts/config.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"

enum { LARGEST = 1 << 20 };

/* FNM_EXTMATCH is left out: names of C++ and Rust are full of parentheses. */
static bool matches(const char *pattern, const char *name)
{
    return fnmatch(pattern, name, FNM_NOESCAPE) == 0;
}

static bool type_matches(const char *pattern, const char *type)
{
    return matches(cck_type_bare(pattern), cck_type_bare(type));
}

cck_sync cck_layout_config_sync(const cck_layout_config *config, const char *type)
{
    for (size_t i = 0; config && *type && i < config->sync_count; i++)
        if (type_matches(config->syncs[i].name, type))
            return config->syncs[i].sync;
    return CCK_SYNC_NONE;
}

const cck_config_field *cck_layout_config_field(const cck_layout_config *config, const char *type,
                                                const char *field)
{
    for (size_t i = 0; config && i < config->field_count; i++)
        if (type_matches(config->fields[i].type, type) &&
            strcmp(config->fields[i].field, field) == 0)
            return &config->fields[i];
    return NULL;
}

const cck_config_ignore *cck_layout_config_ignore(const cck_layout_config *config,
                                                  const char *rule_id, const char *rule_name,
                                                  const char *type)
{
    for (size_t i = 0; config && i < config->ignore_count; i++) {
        const cck_config_ignore *ignore = &config->ignores[i];
        bool rule = strcmp(ignore->rule, "*") == 0 || strcmp(ignore->rule, rule_id) == 0 ||
                    strcmp(ignore->rule, rule_name) == 0;
        if (rule && type_matches(ignore->type, type))
            return ignore;
    }
    return NULL;
}

/* The bytes of a regular file of reasonable size. */
static int read_all(cck_arena *arena, const char *path, char **out_text, size_t *out_size,
                    cck_error *err)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot open %s", path);
    int code = CCK_OK;
    char *text = NULL;
    ssize_t got = 0;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        code = cck_fail(err, CCK_EINVALID, "%s is no regular file", path);
    else if (status.st_size > LARGEST)
        code = cck_fail(err, CCK_ELIMIT, "%s is larger than 1 MiB", path);
    else if (!(text = cck_arena_alloc(arena, (size_t)status.st_size + 1)))
        code = cck_fail(err, CCK_ENOMEM, "out of memory");
    else if ((got = read(file, text, (size_t)status.st_size)) < 0)
        code = cck_fail_os(err, CCK_EIO, errno, "cannot read %s", path);
    close(file);
    if (code == CCK_OK) {
        *out_text = text;
        *out_size = (size_t)got;
    }
    return code;
}

int cck_layout_config_read(cck_layout_config *out_config, cck_arena *arena, const char *path,
                           cck_error *err)
{
    char *text = NULL;
    size_t size = 0;
    int code = read_all(arena, path, &text, &size, err);
    return code ? code : cck_layout_config_parse(out_config, arena, path, text, size, err);
}

const char *cck_layout_config_find(cck_arena *arena, const char *folder)
{
    char *path = cck_arena_strdup(arena, folder);
    while (path && *path) {
        const char *file =
            cck_arena_printf(arena, "%s/.cachecheck", strcmp(path, "/") == 0 ? "" : path);
        struct stat status;
        if (file && stat(file, &status) == 0 && S_ISREG(status.st_mode))
            return file;
        char *slash = strrchr(path, '/');
        if (!slash || strcmp(path, "/") == 0)
            return NULL;
        slash[slash == path] = '\0';
    }
    return NULL;
}
