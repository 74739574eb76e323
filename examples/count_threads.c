/* SPDX-License-Identifier: MIT */
/* Run a program and print every count of every thread. */
#include <inttypes.h>
#include <stdio.h>

#include <cachecheck/cachecheck.h>

int main(int argc, char **argv)
{
    cck_error err = {0};
    cck_stat *stat = NULL;
    cck_result *result = NULL;
    cck_target_options target = {.size = sizeof target, .argv = (const char *const *)argv + 1};
    if (argc < 2 || cck_stat_new(&stat, &target, NULL, &err) < 0 ||
        cck_stat_run(stat, &result, &err) < 0) {
        fprintf(stderr, "%s; %s\n", err.message, err.hint);
        cck_stat_free(stat);
        return 1;
    }
    printf("%s, %s\n", result->source.backend,
           result->source.evidence == CCK_SIMULATED ? "modelled" : "measured");
    for (size_t i = 0; i < result->row_count; i++)
        for (size_t j = 0; j < result->event_count; j++)
            if (!result->rows[i].values[j].not_counted)
                printf("%-16s %-20s %" PRIu64 "\n", result->rows[i].name, result->events[j].name,
                       result->rows[i].values[j].value);
    cck_result_free(result);
    cck_stat_free(stat);
    return 0;
}
