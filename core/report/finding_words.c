/* SPDX-License-Identifier: MIT */
#include "core/report/finding_words.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/number.h"
#include "core/result/words.h"

void cck_finding_put_place(FILE *out, const cck_location *location)
{
    if (*location->file)
        fprintf(out, "%s:%" PRIu32, location->file, location->line);
    else if (*location->module && !location->offset && !*location->function)
        fputs(location->module, out);
    else if (*location->module)
        fprintf(out, "%s+0x%" PRIx64, location->module, location->offset);
    if (*location->function)
        fprintf(out, "%sin %s", *location->file || *location->module ? " " : "",
                location->function);
}

static const char *kind_text(const cck_finding_object *object)
{
    static const struct {
        const char *kind, *named, *unnamed;
    } words[] = {
        {"stack", "stack variable", "stack"},
        {"tls", "thread-local", "thread-local memory"},
        {"mapping", "mapping of", "mapped memory"},
        {"heap", "heap", "heap block"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(object->kind, words[i].kind) == 0)
            return *object->name ? words[i].named : words[i].unnamed;
    return object->kind;
}

void cck_finding_put_object(FILE *out, const cck_finding *finding)
{
    const cck_finding_object *object = &finding->object;
    fputs(kind_text(object), out);
    if (*object->name)
        fprintf(out, " `%s`", object->name);
    if (object->stride && object->count)
        fprintf(out, ", %" PRIu64 " elements of %" PRIu64 " bytes", object->count, object->stride);
    else if (object->size)
        fprintf(out, ", %" PRIu64 " bytes", object->size);
    if (!object->stride && object->count > 1)
        fprintf(out, ", one of %" PRIu64, object->count);
    if (finding->allocation_count) {
        fputs(", allocated at ", out);
        cck_finding_put_place(out, &finding->allocation[0]);
    }
}

void cck_field_name(const cck_field_use *field, char *buffer, size_t size)
{
    if (*field->name)
        snprintf(buffer, size, "%s", field->name);
    else
        snprintf(buffer, size, "bytes %" PRId64 "-%" PRId64, (int64_t)field->offset,
                 (int64_t)(field->offset + field->size) - 1);
}

void cck_field_thread(const cck_field_use *field, char *buffer, size_t size)
{
    if (field->tid)
        snprintf(buffer, size, "T%" PRId32 "%s%s", field->tid, *field->thread ? " " : "",
                 field->thread);
    else
        snprintf(buffer, size, "%s", *field->thread ? field->thread : "several threads");
}

const char *cck_field_verb(const cck_field_use *field)
{
    /* Of a lock: more than that it is accessed is known. */
    static const char *const told[] = {"waits", "holds"};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (field->location.role && strcmp(field->location.role, told[i]) == 0)
            return told[i];
    return field->reads && field->writes ? "updates" : field->writes ? "writes" : "reads";
}

void cck_finding_put_evidence(FILE *out, const cck_finding *finding)
{
    const cck_finding_evidence *evidence = &finding->evidence;
    char number[CCK_NUMBER_SIZE], high[CCK_NUMBER_SIZE];
    fputs(cck_word_of(cck_evidence_words, (int)evidence->grade), out);
    if (evidence->grade == CCK_STATIC)
        fputs(", read off the layout: nothing ran", out);
    if (evidence->text && *evidence->text)
        fprintf(out, ", %s", evidence->text);
    cck_number_grouped(high, evidence->windows);
    if (evidence->windows && evidence->grade == CCK_MEASURED) {
        cck_number_grouped(number, evidence->samples);
        fprintf(out, ", %s transfer%s sampled in %s stretch%s of 10 ms", number,
                evidence->samples == 1 ? "" : "s", high, evidence->windows == 1 ? "" : "es");
    } else if (evidence->windows) {
        cck_number_grouped(number, evidence->samples);
        fprintf(out, ", %s hit%s verified in %s window%s", number,
                evidence->samples == 1 ? "" : "s", high, evidence->windows == 1 ? "" : "s");
    } else if (evidence->samples && strcmp(finding->rule, "contended-lock") == 0) {
        cck_number_grouped(number, evidence->samples);
        fprintf(out, ", seen asleep %s times", number);
    } else if (evidence->samples) {
        cck_number_grouped(number, evidence->samples);
        fprintf(out, ", %s line transfer%s", number, evidence->samples == 1 ? "" : "s");
    }
    if (evidence->rate >= 0) {
        cck_number_scaled(number, evidence->rate);
        fprintf(out, ", %s %s%s/s%s", evidence->high < 0 ? ">=" : "about", number,
                strcmp(finding->rule, "contended-lock") == 0 ? " sleeps" : "",
                evidence->grade == CCK_SIMULATED ? " of virtual time" : "");
        if (evidence->low < evidence->high) {
            cck_number_scaled(number, evidence->low);
            cck_number_scaled(high, evidence->high);
            fprintf(out, " (95 %%: %s to %s)", number, high);
        }
    }
    if (evidence->potential >= 0) {
        cck_number_scaled(number, evidence->potential);
        fprintf(out, "; %s/s expected of random turns", number);
    }
}

void cck_finding_put_suggestion(FILE *out, const cck_suggestion *suggestion)
{
    fputs(suggestion->text, out);
    if (*suggestion->cost_of)
        fprintf(out, " (%+" PRId64 " bytes per %s)", suggestion->cost_bytes, suggestion->cost_of);
}
