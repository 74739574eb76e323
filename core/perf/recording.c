/* SPDX-License-Identifier: MIT */
#include "core/perf/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fail.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ORDER "little"
#else
#define ORDER "big"
#endif

/* ---- writing ---- */

FILE *cck_recording_create(const char *path, const char *format, cck_error *err)
{
    /* Whoever may plant a link must not choose what we overwrite. */
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!file) {
        int os_error = errno;
        if (fd >= 0)
            close(fd);
        cck_fail_os(err, CCK_EIO, os_error, "cannot record to %s", path);
        return NULL;
    }
    fprintf(file, "cachecheck-%s 1 " ORDER "\n", format);
    return file;
}

void cck_recording_put(FILE *file, const void *bytes, size_t size)
{
    fwrite(bytes, 1, size, file);
    fputc('\n', file);
}

int cck_recording_finish(FILE *file, const char *what, cck_error *err)
{
    fputs("end\n", file);
    int failed = ferror(file);
    failed |= fclose(file);
    return failed ? cck_fail_os(err, CCK_EIO, errno, "cannot record %s", what) : 0;
}

/* ---- reading ---- */

int cck_recording_damaged(cck_recording *r, const char *what)
{
    return cck_fail(r->err, CCK_EFORMAT, "%s:%u: %s", r->name, r->line, what);
}

int cck_recording_get(cck_recording *r, void *bytes, size_t size)
{
    return fread(bytes, 1, size, r->file) == size && fgetc(r->file) == '\n'
               ? 0
               : cck_recording_damaged(r, "the file is cut off");
}

/* One line without its end. False at the end of the file, or when it has none. */
static bool next_line(cck_recording *r)
{
    r->line++;
    if (!fgets(r->text, sizeof r->text, r->file))
        return false;
    size_t length = strlen(r->text);
    if (length == 0 || r->text[length - 1] != '\n')
        return false;
    r->text[length - 1] = '\0';
    return true;
}

static int read_first(cck_recording *r)
{
    char wanted[64];
    int length = snprintf(wanted, sizeof wanted, "cachecheck-%s 1 ", r->format->name);
    if (!next_line(r) || strncmp(r->text, wanted, (size_t)length) != 0)
        return cck_fail(r->err, CCK_EFORMAT, "%s:%u: not %s of version 1", r->name, r->line,
                        r->format->what);
    return strcmp(r->text + length, ORDER) == 0
               ? 0
               : cck_recording_damaged(r, "recorded on a machine of the other byte order");
}

static int begin(cck_recording *r)
{
    if (r->begun)
        return 0;
    r->begun = true;
    return r->format->begin(r->context);
}

static int read_line(cck_recording *r)
{
    for (size_t i = 0; i < r->format->word_count; i++) {
        const cck_recording_word *word = &r->format->words[i];
        size_t length = strlen(word->word);
        if (strncmp(r->text, word->word, length) != 0 || r->text[length] != ' ')
            continue;
        if (word->head && r->begun)
            return cck_recording_damaged(r, "the head comes before the records");
        int code = word->head ? 0 : begin(r);
        return code < 0 ? code : word->read(r->context, r->text + length + 1);
    }
    return cck_fail(r->err, CCK_EFORMAT, "%s:%u: not a line of %s", r->name, r->line,
                    r->format->what);
}

int cck_recording_read(cck_recording *r)
{
    int code = read_first(r);
    while (code == 0) {
        if (!next_line(r))
            return cck_recording_damaged(r, "the file is cut off");
        if (strcmp(r->text, "end") == 0)
            return begin(r);
        code = read_line(r);
    }
    return code;
}
