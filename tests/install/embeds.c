/* SPDX-License-Identifier: MIT */
/* A program elsewhere than the library that it embeds: counts the instructions of a command. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cachecheck/cachecheck.h>

int main(int argc, char **argv)
{
    cck_error err = {0};
    cck_stat *stat = NULL;
    cck_result *result = NULL;
    cck_target_options target = {.size = sizeof target, .argv = (const char *const *)argv + 1};
    cck_stat_options options = {.size = sizeof options, .backend = CCK_BACKEND_SIMULATE};
    if (argc < 2 || cck_stat_new(&stat, &target, &options, &err) < 0 ||
        cck_stat_run(stat, &result, &err) < 0) {
        fprintf(stderr, "%s; %s\n", err.message, err.hint);
        cck_stat_free(stat);
        return 1;
    }
    for (size_t i = 0; i < result->event_count; i++)
        if (strcmp(result->events[i].name, "instructions") == 0)
            printf("%s: %" PRIu64 " instructions\n", result->source.backend,
                   result->rows[0].values[i].value);
    cck_result_free(result);
    cck_stat_free(stat);
    return 0;
}
