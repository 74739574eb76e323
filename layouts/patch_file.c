/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layouts/patch.h"

enum { SIZE_MOST = 16 << 20 };

/* ---- what is code and what is not ---- */

static void blank(char *code, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (code[i] != '\n')
            code[i] = ' ';
}

static size_t end_of_line(const char *text, size_t size, size_t at)
{
    while (at < size && text[at] != '\n')
        at += text[at] == '\\' && at + 1 < size ? 2 : 1;
    return at < size ? at : size;
}

static size_t end_of_comment(const char *text, size_t size, size_t at)
{
    if (text[at + 1] == '/')
        return end_of_line(text, size, at);
    for (at += 2; at + 1 < size; at++)
        if (text[at] == '*' && text[at + 1] == '/')
            return at + 2;
    return size;
}

static size_t end_of_literal(const char *text, size_t size, size_t at)
{
    char quote = text[at];
    for (at++; at < size && text[at] != quote && text[at] != '\n'; at++)
        if (text[at] == '\\')
            at++;
    return at < size ? at + 1 : size;
}

/* 1'000'000 is a number. */
static bool is_separator(const char *text, size_t at)
{
    return text[at] == '\'' && at > 0 && isxdigit((unsigned char)text[at - 1]) &&
           isxdigit((unsigned char)text[at + 1]) && text[at + 2] != '\'';
}

static void blank_all(const char *text, char *code, size_t size)
{
    bool begins = true; /* nothing but blanks on the line so far */
    for (size_t at = 0; at < size;) {
        size_t end = at;
        if (begins && text[at] == '#')
            end = end_of_line(text, size, at);
        else if (text[at] == '/' && (text[at + 1] == '/' || text[at + 1] == '*'))
            end = end_of_comment(text, size, at);
        else if ((text[at] == '"' || text[at] == '\'') && !is_separator(text, at))
            end = end_of_literal(text, size, at);
        if (end > at) {
            blank(code, at, end);
            at = end;
            continue;
        }
        begins = text[at] == '\n' || (begins && isspace((unsigned char)text[at]));
        at++;
    }
}

/* ---- files ---- */

/* The whole of a regular file, with three zeros behind it. */
static char *read_text(cck_arena *arena, const char *path, size_t *out_size)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return NULL;
    char *text = NULL;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= SIZE_MOST)
        text = cck_arena_alloc(arena, (size_t)status.st_size + 3);
    size_t used = 0;
    while (text && used < (size_t)status.st_size) {
        ssize_t got = read(fd, text + used, (size_t)status.st_size - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    close(fd);
    *out_size = used;
    return text;
}

static bool keep(cck_patch_files *files, cck_patch_file *file)
{
    if (files->count == files->capacity) {
        size_t room = files->capacity ? files->capacity * 2 : 16;
        cck_patch_file **grown = cck_arena_array(files->arena, room, sizeof(cck_patch_file *));
        if (!grown)
            return false;
        if (files->count)
            memcpy(grown, files->items, files->count * sizeof *grown);
        files->items = grown;
        files->capacity = room;
    }
    files->items[files->count++] = file;
    return true;
}

const cck_patch_file *cck_patch_file_get(cck_patch_files *files, const char *path)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->items[i]->path, path) == 0)
            return files->items[i]->text ? files->items[i] : NULL;
    cck_patch_file *file = cck_arena_alloc(files->arena, sizeof *file);
    if (!file)
        return NULL;
    file->path = cck_arena_strdup(files->arena, path);
    file->text = read_text(files->arena, path, &file->size);
    if (file->text) {
        file->code = cck_arena_alloc(files->arena, file->size + 3);
        if (file->code) {
            memcpy(file->code, file->text, file->size);
            blank_all(file->text, file->code, file->size);
        }
    }
    if (!file->path || !file->code)
        file->text = NULL;
    return file->path && keep(files, file) && file->text ? file : NULL;
}

size_t cck_patch_line(const cck_patch_file *file, uint32_t line)
{
    size_t at = 0;
    for (uint32_t i = 1; i < line && at < file->size; i++) {
        const char *end = memchr(file->text + at, '\n', file->size - at);
        at = end ? (size_t)(end - file->text) + 1 : file->size;
    }
    return line ? at : file->size;
}
