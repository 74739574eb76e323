/* SPDX-License-Identifier: MIT */
#include "layouts/annotation.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/map.h"
#include "layouts/annotation_internal.h"

enum { LARGEST = 16 << 20 };

static uint64_t hash(const char *text)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *text; text++)
        sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return sum;
}

cck_annotations *cck_annotations_new(void)
{
    return calloc(1, sizeof(cck_annotations));
}

void cck_annotations_free(cck_annotations *annotations)
{
    if (!annotations)
        return;
    cck_map_clear(&annotations->files);
    cck_map_clear(&annotations->members);
    cck_map_clear(&annotations->heaps);
    cck_arena_clear(&annotations->arena);
    free(annotations);
}

/* The text of a regular file, or NULL: debug information may name anything. */
static char *read_file(cck_arena *arena, const char *path, size_t *out_size)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return NULL;
    char *text = NULL;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= LARGEST)
        text = cck_arena_alloc(arena, (size_t)status.st_size + 1);
    if (text) {
        ssize_t got = read(file, text, (size_t)status.st_size);
        *out_size = got > 0 ? (size_t)got : 0;
        text[*out_size] = '\0';
    }
    close(file);
    return text;
}

static cck_annotated *keep(cck_annotations *annotations, const char *path, const char *text,
                           size_t size)
{
    cck_annotated *file = cck_arena_alloc(&annotations->arena, sizeof *file);
    char *name = cck_arena_strdup(&annotations->arena, path);
    if (!file || !name || !cck_map_put(&annotations->files, hash(path), file))
        return NULL;
    *file = (cck_annotated){.path = name, .text = text, .size = size};
    if (text) {
        cck_annotated_parse(annotations, file);
        cck_annotated_parse_groups(annotations, file);
        cck_annotated_parse_heap(annotations, file);
    }
    return file;
}

static cck_annotated *file_of(cck_annotations *annotations, const char *path)
{
    cck_annotated *file = cck_map_get(&annotations->files, hash(path));
    if (file)
        return strcmp(file->path, path) == 0 ? file : NULL;
    size_t size = 0;
    char *text = read_file(&annotations->arena, path, &size);
    return keep(annotations, path, text, size);
}

void cck_annotations_scan(cck_annotations *annotations, const char *file)
{
    if (*file)
        file_of(annotations, file);
}

bool cck_annotations_take(cck_annotations *annotations, const char *file, const char *text,
                          size_t size)
{
    char *copy = cck_arena_strndup(&annotations->arena, text, size);
    return copy && keep(annotations, file, copy, size);
}

bool cck_annotation_use(cck_annotations *annotations, const char *file, uint32_t line,
                        unsigned *out_use, const char **out_writer)
{
    const cck_annotated *source = file_of(annotations, file);
    for (size_t i = 0; source && i < source->note_count; i++) {
        const cck_annotation_note *note = &source->notes[i];
        if (note->rule || note->first != line)
            continue;
        *out_use = note->use;
        *out_writer = note->writer;
        return true;
    }
    return false;
}

const char *cck_annotation_ignores(cck_annotations *annotations, const char *file, uint32_t line,
                                   const char *rule_id, const char *rule_name)
{
    const cck_annotated *source = file_of(annotations, file);
    for (size_t i = 0; source && i < source->note_count; i++) {
        const cck_annotation_note *note = &source->notes[i];
        if (note->rule && line >= note->first && line <= note->last &&
            (strcmp(note->rule, "*") == 0 || strcmp(note->rule, rule_id) == 0 ||
             strcmp(note->rule, rule_name) == 0))
            return note->reason;
    }
    return NULL;
}

const char *cck_annotation_problem(const cck_annotations *annotations, size_t index)
{
    return index < annotations->problem_count ? annotations->problems[index] : NULL;
}

/* Start of a line, counted from 1; NULL: the file is shorter. */
static const char *line_at(const cck_annotated *source, uint32_t line)
{
    const char *at = source->text;
    while (at && --line)
        at = (at = strchr(at, '\n')) ? at + 1 : NULL;
    return at;
}

bool cck_annotation_mentions(cck_annotations *annotations, const char *file, uint32_t line,
                             const char *text)
{
    const cck_annotated *source = file_of(annotations, file);
    /* Few files mention it at all. */
    if (!source || !source->text || line == 0 || !strstr(source->text, text))
        return false;
    const char *at = line_at(source, line), *end = at ? strchrnul(at, '\n') : NULL;
    const char *found = at ? strstr(at, text) : NULL;
    const char *comment = at ? strstr(at, "//") : NULL;
    return found && found < end && !(comment && comment < found);
}

static bool is_word(char byte)
{
    return byte == '_' || (byte >= '0' && byte <= '9') ||
           ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

bool cck_annotation_bound(cck_annotations *annotations, const char *file, uint32_t line,
                          const char *name, char out_bound[64])
{
    enum { ROOM = 64 };
    const cck_annotated *source = *file && *name ? file_of(annotations, file) : NULL;
    const char *at = source && line ? line_at(source, line) : NULL;
    const char *end = at ? strchrnul(at, '\n') : NULL;
    size_t length = strlen(name), used = 0;
    for (; at && (at = strstr(at, name)) && at < end; at += length) {
        const char *behind = at + length + strspn(at + length, " \t");
        if ((at > source->text && is_word(at[-1])) || *behind != '[')
            continue;
        for (behind++; behind < end && *behind != ']' && used < ROOM - 1; behind++)
            out_bound[used++] = *behind;
        break;
    }
    out_bound[used] = '\0';
    return used;
}
