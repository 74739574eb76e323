/* SPDX-License-Identifier: MIT */
/* What the description of a machine lacks, in words. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/machine/machine.h"

/* A /sys that denies everything would fill pages. */
enum { NOTES_MOST = 8 };

static bool is_known(const cck_machine *machine, const char *text)
{
    for (size_t i = 0; i < machine->info.note_count; i++)
        if (strcmp(machine->info.notes[i], text) == 0)
            return true;
    return false;
}

static bool keep(cck_machine *machine, const char *text)
{
    size_t count = machine->info.note_count;
    const char *copy = cck_arena_strdup(&machine->arena, text);
    const char **notes = cck_arena_array(&machine->arena, count + 1, sizeof *notes);
    if (!copy || !notes)
        return false;
    for (size_t i = 0; i < count; i++)
        notes[i] = machine->info.notes[i];
    notes[count] = copy;
    machine->info.notes = notes;
    machine->info.note_count = count + 1;
    return true;
}

void cck_machine_note(cck_machine *machine, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cck_text_blunt(text); /* recorded trees come from outside */
    if (machine->info.note_count == NOTES_MOST - 1)
        snprintf(text, sizeof text, "more could not be read");
    if (machine->info.note_count < NOTES_MOST && !is_known(machine, text) && !keep(machine, text))
        machine->out_of_memory = true;
}

void cck_machine_note_unread(cck_machine *machine, const char *path, int code)
{
    if (code != CCK_ENOTFOUND && code != CCK_EGONE)
        cck_machine_note(machine, "/%s could not be read: %s", path, strerror(errno));
}

long cck_machine_read_line(cck_machine *machine, const cck_root *root, const char *path,
                           char *buffer, size_t size)
{
    long length = cck_root_read_line(root, path, buffer, size);
    if (length < 0)
        cck_machine_note_unread(machine, path, (int)length);
    return length;
}
