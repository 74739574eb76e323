/* SPDX-License-Identifier: MIT */
#include "core/session/command_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

enum { COMMAND_MOST = 160 };

char *cck_command_text(const cck_target_info *target)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    if (target->attached || !target->argc)
        fprintf(out, "%d", target->pid);
    else
        cck_text_command(out, target->argv, target->argc);
    if (fclose(out) != 0)
        return text;
    bool printable = size <= COMMAND_MOST;
    for (size_t i = 0; i < size; i++)
        printable = printable && (unsigned char)text[i] >= 0x20 && text[i] != 0x7f;
    if (printable)
        return text;
    free(text);
    return strdup("COMMAND");
}
