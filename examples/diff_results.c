/* SPDX-License-Identifier: MIT */
/* Load two saved results and tell what became better or worse: diff_results BEFORE AFTER */
#include <stdio.h>

#include <cachecheck/cachecheck.h>

static const char *const words[] = {
    [CCK_CHANGE_NOISE] = "noise",         [CCK_CHANGE_IMPROVED] = "improved",
    [CCK_CHANGE_REGRESSED] = "regressed", [CCK_CHANGE_CHANGED] = "changed",
    [CCK_CHANGE_NOT_JUDGED] = "not judged"};

int main(int argc, char **argv)
{
    cck_error err = {0};
    cck_result *before = NULL, *after = NULL;
    cck_diff *diff = NULL;
    int code = argc == 3 ? cck_result_load(&before, argv[1], &err) : CCK_EINVALID;
    if (code == 0)
        code = cck_result_load(&after, argv[2], &err);
    if (code == 0)
        code = cck_diff_make(&diff, before, after, NULL, &err);
    if (code < 0)
        fprintf(stderr, "%s; %s\n", err.message, err.hint);
    for (size_t i = 0; diff && i < diff->obstacle_count; i++)
        printf("not comparable: %s\n", diff->obstacles[i]);
    for (size_t i = 0; diff && i < diff->change_count; i++) {
        const cck_delta *change = &diff->changes[i];
        if (change->verdict != CCK_CHANGE_NOT_COMPARABLE)
            printf("%s: %g -> %g, %+.1f %% (%s)\n", change->name, change->before, change->after,
                   100 * change->change, words[change->verdict]);
    }
    cck_diff_free(diff);
    cck_result_free(before);
    cck_result_free(after);
    return code < 0;
}
