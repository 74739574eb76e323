/* SPDX-License-Identifier: MIT */
/* A type as source with its layout, and who writes its fields where a profile tells. */
#include <inttypes.h>
#include <string.h>

#include "core/debug/layout_text.h"
#include "layouts/view.h"

typedef struct show_context {
    const cck_result *profile;
    const cck_type *type;
} show_context;

static bool is_about(const cck_finding *finding, const cck_type *type)
{
    return strcmp(cck_type_bare(finding->object.type), cck_type_bare(cck_type_label(type))) == 0;
}

static void add_user(const cck_field_use *use, char *buffer, size_t room)
{
    char user[96];
    if (*use->thread)
        snprintf(user, sizeof user, "T%" PRId32 " %s", use->tid, use->thread);
    else if (use->tid)
        snprintf(user, sizeof user, "T%" PRId32, use->tid);
    else
        snprintf(user, sizeof user, "several threads");
    if (strstr(buffer, user))
        return;
    size_t used = strlen(buffer);
    snprintf(buffer + used, room - used, "%s%s %s", used ? ", " : "",
             use->writes ? "written by" : "read by", user);
}

/* Findings of an array's elements have offsets from the array's start. */
static void note_users(void *context, uint64_t offset, uint64_t size, char *buffer, size_t room)
{
    const show_context *show = context;
    for (size_t i = 0; i < show->profile->finding_count; i++) {
        const cck_finding *finding = &show->profile->findings[i];
        if (!is_about(finding, show->type))
            continue;
        for (size_t j = 0; j < finding->field_count; j++) {
            const cck_field_use *use = &finding->fields[j];
            uint64_t stride = finding->object.stride;
            uint64_t at = stride ? use->offset % stride : use->offset;
            if (at < offset + size && offset < at + use->size)
                add_user(use, buffer, room);
        }
    }
}

void cck_view_write_show(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_view_page *page = subject;
    for (size_t i = 0; i < page->count; i++) {
        show_context show = {page->profile, page->rows[i].type};
        const cck_layout_style style = {
            .line_size = page->line,
            .hex = page->view.hex,
            .color = options->color,
            .note = page->profile ? note_users : NULL,
            .context = &show,
        };
        if (i)
            putc('\n', out);
        cck_layout_print_styled(page->rows[i].type, &style, out);
    }
}

void cck_view_write_reorganised(const void *subject, FILE *out, const cck_report_options *options)
{
    cck_view_page *page = (cck_view_page *)(uintptr_t)subject; /* its arena grows */
    const cck_layout_style style = {
        .line_size = page->line, .hex = page->view.hex, .color = options->color};
    for (size_t i = 0; i < page->count; i++) {
        const cck_type *type = page->rows[i].type;
        const cck_type *better = cck_reorganise(type, &page->arena);
        if (i)
            putc('\n', out);
        if (!better) {
            fprintf(out, "%s: no order of its members needs fewer than its %" PRIu64 " bytes\n",
                    cck_type_label(type), type->size);
            continue;
        }
        uint64_t lines = (better->size + page->line - 1) / page->line;
        cck_layout_print_styled(better, &style, out);
        fprintf(out,
                "/* saved %" PRIu64 " of %" PRIu64 " bytes, %" PRIu64 " of %" PRIu64
                " lines; check who writes what before fields move to other lines */\n",
                type->size - better->size, type->size, page->rows[i].lines - lines,
                page->rows[i].lines);
    }
}
