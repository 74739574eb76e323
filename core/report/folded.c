/* SPDX-License-Identifier: MIT */
/* Folded stacks, as Brendan Gregg's flamegraph.pl reads them: "main;work;inner 123". */
#include <inttypes.h>
#include <string.h>

#include "core/report/call_tree.h"
#include "core/report/hotspots.h"

void cck_plain_write(FILE *out, const char *text, const char *others)
{
    for (; *text; text++) {
        bool bad = (unsigned char)*text < 0x20 || *text == 0x7f || strchr(others, *text);
        fputc(bad ? '?' : *text, out);
    }
}

void cck_folded_write(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    cck_call_tree tree;
    uint32_t path[CCK_CALL_TREE_DEPTH + 1];
    (void)options;
    bool made = cck_call_tree_make(&tree, result->profile, result->profile->by);
    for (uint32_t i = 0; made && i < tree.count; i++) {
        const cck_call_frame *frame = &tree.frames[i];
        path[frame->depth] = i;
        if (!frame->self)
            continue;
        for (uint32_t depth = 0; depth <= frame->depth; depth++) {
            if (depth)
                fputc(';', out);
            cck_plain_write(out, tree.frames[path[depth]].name, ";");
        }
        fprintf(out, " %" PRIu64 "\n", frame->self);
    }
    cck_call_tree_clear(&tree);
}
