/* SPDX-License-Identifier: MIT */
/* Hot spots for people: what the run cost, then functions, lines and objects, worst first. */
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/table.h"
#include "core/base/text.h"
#include "core/finding/cost_class.h"
#include "core/hotspots/profile.h"
#include "core/report/hotspots.h"

enum { CLASSES_SHOWN = 9 };

/* A table under way: which classes have a column behind the chosen one. */
typedef struct hot_table {
    const cck_text_report *report;
    const cck_profile *profile;
    cck_table table;
    cck_arena arena;
    size_t classes[CLASSES_SHOWN];
    size_t class_count;
    uint64_t total; /* of the chosen class */
    uint64_t so_far;
} hot_table;

static double share(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static cck_cell percent_cell(uint64_t part, uint64_t whole)
{
    return whole ? cck_cell_number(CCK_CELL_PERCENT, share(part, whole)) : cck_cell_missing(NULL);
}

/* Which classes are worth a column, in this order; those that the run has none of are not. */
static void choose_classes(hot_table *hot)
{
    static const char *const wanted[] = {"llc",          "l2",       "l1d",        "false-sharing",
                                         "true-sharing", "upgrades", "compulsory", "capacity",
                                         "conflict",     "remote",   "tlb",        "l1i"};
    const cck_profile *profile = hot->profile;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        for (size_t j = 0; j < profile->class_count; j++)
            if (strcmp(profile->classes[j].name, wanted[i]) == 0 && j != profile->by &&
                profile->total[j] && hot->class_count < CLASSES_SHOWN)
                hot->classes[hot->class_count++] = j;
}

static const char *title_of(const cck_profile *profile, size_t class_index)
{
    int cost = cck_cost_class_find(profile->classes[class_index].name);
    return cost < 0 ? profile->classes[class_index].name : cck_cost_classes[cost].title;
}

static void begin(hot_table *hot, const cck_text_report *report, uint64_t total, bool inclusive,
                  const char *last)
{
    *hot = (hot_table){.report = report, .profile = report->result->profile, .total = total};
    choose_classes(hot);
    cck_table_column(&hot->table, (cck_column){.title = title_of(hot->profile, hot->profile->by)});
    cck_table_column(&hot->table, (cck_column){.title = "%"});
    cck_table_column(&hot->table, (cck_column){.title = "sum %", .drop = 4});
    if (inclusive)
        cck_table_column(&hot->table, (cck_column){.title = "incl %"});
    for (size_t i = 0; i < hot->class_count; i++)
        cck_table_column(&hot->table, (cck_column){.title = title_of(hot->profile, hot->classes[i]),
                                                   .drop = (unsigned)i + 1 + (i >= 3)});
    cck_table_column(&hot->table,
                     (cck_column){.title = last, .left = true, .shrink = 20, .cut_last = true});
}

static void add_costs(hot_table *hot, const uint64_t *self, const uint64_t *inclusive)
{
    size_t by = hot->profile->by;
    hot->so_far += self[by];
    cck_table_cell(&hot->table, cck_cell_count(self[by]));
    cck_table_cell(&hot->table, percent_cell(self[by], hot->total));
    cck_table_cell(&hot->table, percent_cell(hot->so_far, hot->total));
    if (inclusive)
        cck_table_cell(&hot->table, percent_cell(inclusive[by], hot->total));
    for (size_t i = 0; i < hot->class_count; i++)
        cck_table_cell(&hot->table, cck_cell_count(self[hot->classes[i]]));
}

static void heading(const cck_text_report *report, const char *what, const char *more)
{
    fputc('\n', report->out);
    cck_ink_on(report, CCK_INK_BOLD);
    cck_text_write(report->out, what, report->width, report->utf8);
    cck_ink_off(report);
    cck_text_write(report->out, more, report->width, report->utf8);
    fputc('\n', report->out);
}

static void end(hot_table *hot, size_t shown, size_t count, const char *what)
{
    const cck_text_report *report = hot->report;
    const cck_table_style style = {
        .width = report->width, .indent = 2, .utf8 = report->utf8, .exact = report->verbose};
    cck_table_print(&hot->table, &style, report->out);
    if (shown < count)
        fprintf(report->out, "  and %zu more %s: --top %zu\n", count - shown, what, count);
    cck_table_clear(&hot->table);
    cck_arena_clear(&hot->arena);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static const char *text(const char *made)
{
    return made ? made : "";
}

/* ---- totals ---- */

static void write_totals(const cck_text_report *report)
{
    const cck_profile *profile = report->result->profile;
    char *line = NULL, number[CCK_NUMBER_SIZE];
    size_t size;
    FILE *out = open_memstream(&line, &size);
    if (!out)
        return;
    for (size_t i = 0; i < profile->class_count; i++) {
        cck_number_scaled(number, (double)profile->total[i]);
        fprintf(out, "%s%s %s", i ? ", " : "", number, profile->classes[i].label);
    }
    if (*profile->filter)
        fprintf(out, "; only of threads '%s'", profile->filter);
    fclose(out);
    cck_text_line(report, "total", line ? line : "");
    free(line);
}

static void write_unattributed(const cck_text_report *report)
{
    const cck_profile *profile = report->result->profile;
    uint64_t rest = profile->unattributed[profile->by];
    char sentence[256], number[CCK_NUMBER_SIZE], percent[CCK_NUMBER_SIZE];
    if (!rest)
        return;
    cck_number_scaled(number, (double)rest);
    cck_number_percent(percent, share(rest, profile->total[profile->by]));
    snprintf(sentence, sizeof sentence, "%s %s (%s %%) are not attributed to any code", number,
             profile->classes[profile->by].label, percent);
    cck_text_line(report, "note", sentence);
}

static void write_not_counted(const cck_text_report *report)
{
    const cck_profile *profile = report->result->profile;
    char *line = NULL;
    size_t size;
    FILE *out = profile->not_counted_count ? open_memstream(&line, &size) : NULL;
    if (!out)
        return;
    for (size_t i = 0; i < profile->not_counted_count; i++)
        fprintf(out, "%s%s", i ? ", " : "", profile->not_counted[i]);
    fprintf(out, ": not counted by the %s backend", report->result->source.backend);
    fclose(out);
    cck_text_line(report, "note", line ? line : "");
    free(line);
}

/* ---- functions ---- */

typedef struct ranking {
    uint64_t self, inclusive;
    uint32_t index;
} ranking;

static int compare_ranks(const void *left, const void *right)
{
    const ranking *a = left, *b = right;
    if (a->self != b->self)
        return a->self < b->self ? 1 : -1;
    if (a->inclusive != b->inclusive)
        return a->inclusive < b->inclusive ? 1 : -1;
    return (a->index > b->index) - (a->index < b->index);
}

static const char *function_text(cck_arena *arena, const cck_profile_function *function)
{
    const char *module = base_name(function->module);
    if (!function->named || !*module) /* the module is in the name, or there is none */
        return function->name;
    return text(cck_arena_printf(arena, "%s  [%s]", function->name, module));
}

static void write_functions(const cck_text_report *report, uint32_t thread, const char *of)
{
    const cck_profile *profile = report->result->profile;
    hot_table hot;
    cck_arena arena = {0};
    uint64_t *self, *inclusive, total = 0;
    size_t by = profile->by, classes = profile->class_count, shown = 0, count = 0;
    ranking *ranks = cck_arena_array(&arena, profile->function_count, sizeof *ranks);
    if (ranks && cck_profile_sum_functions(profile, thread, &arena, &self, &inclusive, NULL) == 0) {
        for (uint32_t i = 0; i < profile->function_count; i++) {
            uint64_t all = inclusive[i * classes + by], own = self[i * classes + by];
            total += own;
            if (all)
                ranks[count++] = (ranking){own, all, i};
        }
        qsort(ranks, count, sizeof *ranks, compare_ranks);
        if (thread == CCK_PROFILE_NONE)
            total = profile->total[by];
        begin(&hot, report, total, true, "function");
        for (; shown < count && shown < report->rows; shown++) {
            uint32_t index = ranks[shown].index;
            add_costs(&hot, self + index * classes, inclusive + index * classes);
            cck_table_cell(&hot.table,
                           cck_cell_text(function_text(&hot.arena, &profile->functions[index])));
        }
        char more[160];
        snprintf(more, sizeof more, " by their own %s%s; incl %%: with what they call",
                 profile->classes[by].label, of);
        heading(report, "Functions", more);
        end(&hot, shown, count, "functions");
    }
    cck_arena_clear(&arena);
}

static void write_threads(const cck_text_report *report)
{
    const cck_profile *profile = report->result->profile;
    ranking *ranks = calloc(profile->thread_count + 1, sizeof *ranks);
    if (!ranks)
        return;
    for (uint32_t i = 0; i < profile->thread_count; i++)
        ranks[i] = (ranking){profile->threads[i].costs[profile->by], 0, i};
    qsort(ranks, profile->thread_count, sizeof *ranks, compare_ranks);
    size_t shown = 0;
    for (; shown < profile->thread_count && shown < report->rows; shown++) {
        const cck_profile_thread *thread = &profile->threads[ranks[shown].index];
        char of[96];
        if (!ranks[shown].self)
            break;
        snprintf(of, sizeof of, ", thread %.60s (%d)", thread->name, thread->tid);
        write_functions(report, ranks[shown].index, of);
    }
    if (shown < profile->thread_count)
        fprintf(report->out, "  and %zu threads with less: --top N\n",
                profile->thread_count - shown);
    free(ranks);
}

/* ---- lines and objects ---- */

static void write_lines(const cck_text_report *report)
{
    const cck_profile *profile = report->result->profile;
    hot_table hot;
    size_t shown = 0, count = 0;
    uint64_t without = 0;
    begin(&hot, report, profile->total[profile->by], false, "line");
    for (size_t i = 0; i < profile->line_count; i++) {
        const cck_profile_line *line = &profile->lines[i];
        uint64_t cost = line->costs[profile->by];
        if (!line->line) {
            without += cost;
            continue;
        }
        if (!cost || count++ >= report->rows)
            continue;
        shown++;
        add_costs(&hot, line->costs, NULL);
        const char *place = cck_arena_printf(&hot.arena, "%s:%u  %s", base_name(line->file),
                                             line->line, profile->functions[line->function].name);
        cck_table_cell(&hot.table, cck_cell_text(text(place)));
    }
    if (count) {
        heading(report, "Source lines", "");
        end(&hot, shown, count, "lines");
    } else {
        cck_table_clear(&hot.table);
        cck_arena_clear(&hot.arena);
    }
    if (without) {
        char sentence[256], percent[CCK_NUMBER_SIZE];
        cck_number_percent(percent, share(without, profile->total[profile->by]));
        snprintf(sentence, sizeof sentence,
                 "%s %% of the %s are in code without line information, built without -g, given no "
                 "line by the compiler or too short-lived to be looked up: the function's name, or "
                 "module and offset, is all that is known of it",
                 percent, profile->classes[profile->by].label);
        cck_text_line(report, "note", sentence);
    }
}

static const char *object_text(cck_arena *arena, const cck_profile_object *object)
{
    char *made = NULL, size[CCK_NUMBER_SIZE];
    size_t length;
    FILE *out = open_memstream(&made, &length);
    if (!out)
        return "";
    cck_number_bytes(size, (double)object->size);
    /* "stack of worker (8)" tells its kind already */
    if (!strstr(object->name, object->kind))
        fprintf(out, "%s%s", object->kind, *object->name ? " " : "");
    fputs(object->name, out);
    if (*object->type)
        fprintf(out, ", %s", object->type);
    if (object->size)
        fprintf(out, ", %s", size);
    if (object->instances > 1)
        fprintf(out, " x %llu", (unsigned long long)object->instances);
    for (size_t i = 0; i < object->allocation_count && i < 3; i++) {
        const cck_location *at = &object->allocation[i];
        fprintf(out, "%s%s", i ? " < " : ", allocated in ", at->function);
        if (at->line)
            fprintf(out, " %s:%u", base_name(at->file), at->line);
    }
    fclose(out);
    const char *kept = cck_arena_strdup(arena, made ? made : "");
    free(made);
    return text(kept);
}

static void write_objects(const cck_text_report *report)
{
    const cck_profile *profile = report->result->profile;
    hot_table hot;
    size_t shown = 0, count = 0;
    begin(&hot, report, profile->total[profile->by], false, "object");
    for (size_t i = 0; i < profile->object_count; i++) {
        const cck_profile_object *object = &profile->objects[i];
        if (!object->costs[profile->by] || count++ >= report->rows)
            continue;
        shown++;
        add_costs(&hot, object->costs, NULL);
        cck_table_cell(&hot.table, cck_cell_text(object_text(&hot.arena, object)));
    }
    if (count) {
        heading(report, "Objects in memory", "");
        end(&hot, shown, count, "objects");
    } else {
        cck_table_clear(&hot.table);
        cck_arena_clear(&hot.arena);
    }
}

void cck_hotspots_write_text(const cck_text_report *report)
{
    const cck_profile *profile = report->result->profile;
    cck_text_head(report);
    write_totals(report);
    write_unattributed(report);
    write_not_counted(report);
    if (!profile->total[profile->by]) {
        char sentence[160];
        snprintf(sentence, sizeof sentence, "there were no %s: choose another class with --by",
                 profile->classes[profile->by].label);
        cck_text_line(report, "note", sentence);
    }
    if (profile->per_thread)
        write_threads(report);
    else
        write_functions(report, CCK_PROFILE_NONE, "");
    write_lines(report);
    write_objects(report);
    if (report->annotate)
        cck_annotate_write(report, report->annotate);
    cck_text_foot(report);
}
