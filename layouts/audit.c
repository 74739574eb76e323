/* SPDX-License-Identifier: MIT */
/* From inputs to a result: read, judge, choose, compare. */
#include "layouts/audit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "core/base/fail.h"
#include "core/base/number.h"
#include "core/result/result.h"
#include "layouts/judge.h"
#include "layouts/select.h"

cck_layout_options cck_layout_options_complete(const cck_layout_options *given)
{
    cck_layout_options options = {0};
    memcpy(&options, given,
           given->size && given->size < sizeof options ? given->size : sizeof options);
    options.size = sizeof options;
    return options;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- which findings, in which order ---- */

static bool wanted(const cck_finding *finding, const cck_layout_options *options,
                   const char *headers)
{
    const cck_layout_options configured = {.headers = headers};
    const char *name = *finding->object.type ? finding->object.type : finding->object.name;
    const char *file = finding->location_count ? finding->locations[0].file : "";
    return finding->severity >= options->least && cck_type_selected(options, name, file) &&
           (!*headers || cck_type_selected(&configured, name, file));
}

static int compare(const void *a, const void *b)
{
    const cck_finding *left = a, *right = b;
    if (left->severity != right->severity)
        return left->severity > right->severity ? -1 : 1;
    const char *files[] = {left->location_count ? left->locations[0].file : "",
                           right->location_count ? right->locations[0].file : ""};
    int order = strcmp(files[0], files[1]);
    if (!order && left->location_count && right->location_count &&
        left->locations[0].line != right->locations[0].line)
        order = left->locations[0].line < right->locations[0].line ? -1 : 1;
    if (!order)
        order = strcmp(left->object.type, right->object.type);
    if (!order)
        order = strcmp(left->rule, right->rule);
    return order ? order : strcmp(left->id, right->id);
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Of one type in several units, or told of for several holders, once. Units of one program may
 * name the folder of a header in other ways. */
static bool is_new(cck_map *seen, cck_finding *finding)
{
    uint64_t id = strtoull(finding->id, NULL, 16);
    const cck_finding *known = cck_map_get(seen, id);
    if (known && strcmp(known->object.type, finding->object.type) == 0 &&
        known->severity >= finding->severity && known->location_count && finding->location_count &&
        known->locations[0].line == finding->locations[0].line &&
        strcmp(last_part(known->locations[0].file), last_part(finding->locations[0].file)) == 0)
        return false;
    cck_map_put(seen, id, finding);
    return true;
}

static void choose(cck_result *result, const cck_layout_options *options, const char *headers)
{
    cck_finding *findings = (cck_finding *)(uintptr_t)result->findings;
    size_t kept = 0;
    cck_map seen = {0};
    for (size_t i = 0; i < result->finding_count; i++) {
        findings[kept] = findings[i];
        if (!is_new(&seen, &findings[kept]))
            continue;
        if (wanted(&findings[kept], options, headers))
            kept++;
        else
            result->findings_left_out++;
    }
    cck_map_clear(&seen);
    result->finding_count = kept;
    if (kept > 1)
        qsort(findings, kept, sizeof *findings, compare);
}

/* ---- the rest of the result ---- */

int cck_audit_sum_up(cck_result *result, cck_error *err)
{
    char types[CCK_NUMBER_SIZE], units[CCK_NUMBER_SIZE], number[CCK_NUMBER_SIZE],
        time[CCK_NUMBER_SIZE];
    size_t count = result->finding_count;
    cck_number_grouped(number, count);
    cck_number_grouped(types, result->types_judged);
    cck_number_grouped(units, result->units_judged);
    cck_number_time(time, 1e9 * result->target.elapsed_s);
    const char *text = cck_arena_printf(result->arena, "%s finding%s in %s type%s (%s unit%s, %s)",
                                        count ? number : "no", count == 1 ? "" : "s", types,
                                        result->types_judged == 1 ? "" : "s", units,
                                        result->units_judged == 1 ? "" : "s", time);
    result->total.verdict =
        (cck_verdict){count ? "layout-risks" : "layout-clean", text ? text : ""};
    return text ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* Of whose layouts it tells: that of the inputs, not of this machine. */
static bool describe(cck_audit *audit)
{
    cck_result *result = audit->result;
    const cck_corpus *corpus = &audit->corpus;
    struct utsname system = {.release = ""};
    uname(&system);
    const char *arch = corpus->input_count ? corpus->inputs[0].processor : "";
    char *model = cck_arena_printf(result->arena, "lines of %" PRIu32 " bytes", audit->line);
    result->command = "layout";
    result->machine.arch = cck_arena_strdup(result->arena, arch);
    result->machine.kernel = cck_arena_strdup(result->arena, system.release);
    result->machine.origin = "the inputs";
    result->machine.line_size = audit->line;
    result->source.backend = "static";
    result->source.evidence = CCK_STATIC;
    result->source.slowdown = "";
    result->source.why = "";
    result->source.model = model;
    result->target.exited = true;
    result->types_judged = corpus->type_count + corpus->global_count;
    bool ok = result->machine.arch && result->machine.kernel && model;
    for (size_t i = 0; i < corpus->input_count; i++) {
        const cck_corpus_input *input = &corpus->inputs[i];
        result->units_judged += input->units;
        if (!*input->note)
            continue;
        const char *note = cck_arena_printf(result->arena, "%s: %s", input->path, input->note);
        ok = ok && note && cck_result_note(result, note);
    }
    return ok;
}

static uint32_t line_of(const cck_corpus *corpus, const cck_layout_options *options)
{
    uint32_t line = options->line         ? options->line
                    : corpus->input_count ? corpus->inputs[0].line
                                          : 0;
    return (line ? line : 64) * (options->pair ? 2 : 1);
}

static bool keep_all(cck_audit *audit)
{
    const cck_result *result = audit->result;
    cck_finding *all = cck_arena_array(result->arena, result->finding_count, sizeof *all);
    if (all && result->finding_count)
        memcpy(all, result->findings, result->finding_count * sizeof *all);
    audit->all = all;
    audit->all_count = result->finding_count;
    return all != NULL;
}

int cck_audit_run(cck_audit *audit, const cck_layout_options *options, cck_error *err)
{
    double start = now();
    *audit = (cck_audit){.aligner = "", .headers = "", .result = cck_result_new()};
    if (!audit->result)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    int code = cck_corpus_load(&audit->corpus, options, err);
    if (code < 0)
        return code;
    audit->line = line_of(&audit->corpus, options);
    code = cck_audit_judge(audit, options, err);
    if (code < 0)
        return code;
    choose(audit->result, options, audit->headers);
    if (!describe(audit))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    audit->result->target.elapsed_s = now() - start;
    return keep_all(audit) ? cck_audit_sum_up(audit->result, err)
                           : cck_fail(err, CCK_ENOMEM, "out of memory");
}

void cck_audit_clear(cck_audit *audit)
{
    cck_corpus_clear(&audit->corpus);
    cck_result_free(audit->result);
    audit->result = NULL;
}

/* ---- public ---- */

static int compare_with(cck_result *result, const cck_layout_options *options, cck_error *err)
{
    cck_result *before = NULL;
    int code = 0;
    if (options->write_baseline)
        code = cck_result_save(result, options->write_baseline, err);
    if (code == 0 && options->baseline) {
        code = cck_result_load(&before, options->baseline, err);
        if (code == 0)
            code = cck_audit_subtract(result, before, "the baseline", err);
    } else if (code == 0 && options->diff) {
        code = cck_audit_revision(&before, result, options, err);
        if (code == 0 && before)
            code = cck_audit_subtract(result, before, options->diff, err);
    }
    cck_result_free(before);
    return code;
}

/* As far as both ways go together. The audit keeps the result when it fails. */
static int run(cck_audit *audit, cck_layout_fix *fix, const cck_layout_options *options,
               cck_error *err)
{
    uint64_t failures = cck_memory_failures();
    int code = cck_audit_run(audit, options, err);
    if (code == 0)
        code = compare_with(audit->result, options, err);
    if (code == 0 && fix)
        code = cck_audit_fix(fix, audit, options, err);
    if (code == 0 && cck_memory_failures() != failures) /* a type left out might be the bad one */
        code = cck_fail(err, CCK_ENOMEM, "out of memory");
    return code;
}

int cck_layout_fix_new(cck_layout_fix **out_fix, const cck_layout_options *given, cck_error *err)
{
    cck_layout_options options = cck_layout_options_complete(given);
    cck_audit audit;
    cck_layout_fix *fix = calloc(1, sizeof *fix);
    if (!fix)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    int code = run(&audit, fix, &options, err);
    if (code == 0) {
        fix->result = audit.result;
        audit.result = NULL;
        *out_fix = fix;
    } else {
        cck_layout_fix_free(fix);
    }
    cck_audit_clear(&audit);
    return code;
}

int cck_layout_audit(cck_result **out_result, const cck_layout_options *given, cck_error *err)
{
    cck_layout_options options = cck_layout_options_complete(given);
    if (options.fixes) {
        cck_layout_fix *fix = NULL;
        int code = cck_layout_fix_new(&fix, &options, err);
        if (code < 0)
            return code;
        *out_result = fix->result;
        fix->result = NULL;
        cck_layout_fix_free(fix);
        return 0;
    }
    cck_audit audit;
    int code = run(&audit, NULL, &options, err);
    if (code == 0) {
        *out_result = audit.result;
        audit.result = NULL;
    }
    cck_audit_clear(&audit);
    return code;
}
