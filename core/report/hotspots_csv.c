/* SPDX-License-Identifier: MIT */
/* Functions, lines, objects and threads as CSV: one row each, `kind` tells which. */
#include "core/base/table.h"
#include "core/hotspots/profile.h"
#include "core/report/hotspots.h"

static void write_text(FILE *out, const char *text, bool first)
{
    cck_cell cell = cck_cell_text(text);
    cck_csv_cell(out, &cell, first);
}

static void write_costs(FILE *out, const cck_profile *profile, const uint64_t *costs)
{
    for (size_t i = 0; i < profile->class_count; i++) {
        cck_cell cell = costs ? cck_cell_count(costs[i]) : cck_cell_missing(NULL);
        cck_csv_cell(out, &cell, false);
    }
}

static void write_row(FILE *out, const char *kind, const char *const texts[4], uint32_t line)
{
    cck_cell number = line ? cck_cell_count(line) : cck_cell_missing(NULL);
    write_text(out, kind, true);
    for (int i = 0; i < 4; i++)
        write_text(out, texts[i], false);
    cck_csv_cell(out, &number, false);
}

static void write_head(FILE *out, const cck_profile *profile)
{
    const char *const fixed[] = {"kind", "name", "thread", "module", "file", "line"};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        write_text(out, fixed[i], i == 0);
    for (int inclusive = 0; inclusive < 2; inclusive++)
        for (size_t i = 0; i < profile->class_count; i++) {
            char title[80];
            snprintf(title, sizeof title, "%s%s", profile->classes[i].name,
                     inclusive ? " inclusive" : "");
            write_text(out, title, false);
        }
    cck_csv_end(out);
}

static void write_functions(FILE *out, const cck_profile *profile, uint32_t thread)
{
    cck_arena arena = {0};
    uint64_t *self, *inclusive;
    char name[80] = "";
    if (thread != CCK_PROFILE_NONE)
        snprintf(name, sizeof name, "%.60s %d", profile->threads[thread].name,
                 profile->threads[thread].tid);
    if (cck_profile_sum_functions(profile, thread, &arena, &self, &inclusive, NULL) == 0)
        for (size_t i = 0; i < profile->function_count; i++) {
            const cck_profile_function *function = &profile->functions[i];
            const uint64_t *all = inclusive + i * profile->class_count;
            bool any = thread == CCK_PROFILE_NONE;
            for (size_t j = 0; !any && j < profile->class_count; j++)
                any = all[j] != 0;
            if (!any)
                continue;
            write_row(out, "function",
                      (const char *const[]){function->name, name, function->module, function->file},
                      0);
            write_costs(out, profile, self + i * profile->class_count);
            write_costs(out, profile, all);
            cck_csv_end(out);
        }
    cck_arena_clear(&arena);
}

static void write_lines(FILE *out, const cck_profile *profile)
{
    for (size_t i = 0; i < profile->line_count; i++) {
        const cck_profile_line *line = &profile->lines[i];
        const cck_profile_function *function = &profile->functions[line->function];
        write_row(out, "line",
                  (const char *const[]){function->name, "", function->module, line->file},
                  line->line);
        write_costs(out, profile, line->costs);
        write_costs(out, profile, NULL);
        cck_csv_end(out);
    }
}

static void write_objects(FILE *out, const cck_profile *profile)
{
    for (size_t i = 0; i < profile->object_count; i++) {
        const cck_profile_object *object = &profile->objects[i];
        const cck_location *at = object->allocation_count ? object->allocation : NULL;
        const char *name = at && !*object->name ? at->function : object->name;
        write_row(out, object->kind,
                  (const char *const[]){name, "", object->module, at ? at->file : ""},
                  at ? at->line : 0);
        write_costs(out, profile, object->costs);
        write_costs(out, profile, NULL);
        cck_csv_end(out);
    }
}

void cck_hotspots_write_csv(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    const cck_profile *profile = result->profile;
    (void)options;
    write_head(out, profile);
    write_row(out, "total", (const char *const[]){"", "", "", ""}, 0);
    write_costs(out, profile, profile->total);
    write_costs(out, profile, profile->total);
    cck_csv_end(out);
    if (!profile->per_thread)
        write_functions(out, profile, CCK_PROFILE_NONE);
    for (uint32_t i = 0; profile->per_thread && i < profile->thread_count; i++)
        write_functions(out, profile, i);
    write_lines(out, profile);
    write_objects(out, profile);
}
