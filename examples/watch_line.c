/* SPDX-License-Identifier: MIT */
/* Watch a program for lines that its threads fight over; say who uses which bytes of them. */
#include <inttypes.h>
#include <stdio.h>

#include <cachecheck/cachecheck.h>

static void print_line(const cck_finding *line)
{
    printf("%s: %s\n", line->rule, line->title);
    for (size_t i = 0; i < line->field_count; i++) {
        const cck_field_use *use = &line->fields[i];
        printf("  byte %" PRIu64 " %s: thread %s %s at %s:%u\n", use->offset - line->line_offset,
               use->name, use->thread, use->writes ? "writes" : "reads", use->location.file,
               use->location.line);
    }
}

int main(int argc, char **argv)
{
    cck_error err = {0};
    cck_sharing *sharing = NULL;
    cck_result *result = NULL;
    cck_target_options target = {.size = sizeof target, .argv = (const char *const *)argv + 1};
    cck_sharing_options options = {.size = sizeof options, .backend = CCK_BACKEND_WATCH};
    if (argc < 2 || cck_sharing_new(&sharing, &target, &options, &err) < 0 ||
        cck_sharing_run(sharing, &result, &err) < 0) {
        fprintf(stderr, "%s; %s\n", err.message, err.hint);
        cck_sharing_free(sharing);
        return 1;
    }
    for (size_t i = 0; i < result->finding_count; i++)
        print_line(&result->findings[i]);
    cck_result_free(result);
    cck_sharing_free(sharing);
    return 0;
}
