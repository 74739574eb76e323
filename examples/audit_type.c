/* SPDX-License-Identifier: MIT */
/* Audit how a type lies on cache lines: audit_type FILE TYPE, FILE a header, source or binary. */
#include <stdio.h>

#include <cachecheck/cachecheck.h>

int main(int argc, char **argv)
{
    cck_error err = {0};
    cck_result *result;
    if (argc != 3) {
        fprintf(stderr, "usage: %s FILE TYPE\n", argv[0]);
        return 2;
    }
    const char *const paths[] = {argv[1], NULL};
    cck_layout_options options = {.size = sizeof options, .paths = paths, .types = argv[2]};
    if (cck_layout_audit(&result, &options, &err) < 0) {
        fprintf(stderr, "%s; %s\n", err.message, err.hint);
        return 1;
    }
    for (size_t i = 0; i < result->finding_count; i++) {
        const cck_finding *finding = &result->findings[i];
        const cck_suggestion *advice = &finding->suggestion;
        printf("%s: %s\n", finding->rule, finding->title);
        if (*advice->text)
            printf("  %s (%+lld bytes)\n", advice->text, (long long)advice->cost_bytes);
    }
    int found = result->finding_count > 0;
    cck_result_free(result);
    return found;
}
