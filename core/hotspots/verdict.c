/* SPDX-License-Identifier: MIT */
/* The one sentence over a profile: where most of it is, and of what kind. */
#include <stdio.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/number.h"
#include "core/hotspots/hotspots.h"

/* Of the misses of private caches: from here on threads' sharing is what to look at. */
static const double sharing_share = 0.3;

static uint64_t total_of(const cck_profile *profile, const char *class_name)
{
    for (size_t i = 0; i < profile->class_count; i++)
        if (strcmp(profile->classes[i].name, class_name) == 0)
            return profile->total[i];
    return 0;
}

static double coherence_share(const cck_profile *profile)
{
    double coherence =
        (double)total_of(profile, "false-sharing") + (double)total_of(profile, "true-sharing");
    double others = (double)total_of(profile, "compulsory") +
                    (double)total_of(profile, "capacity") + (double)total_of(profile, "conflict");
    return coherence > 0 ? coherence / (coherence + others) : 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* The worst line of the worst function. */
static const cck_profile_line *worst_line(const cck_profile *profile)
{
    for (size_t i = 0; i < profile->line_count; i++)
        if (profile->lines[i].function == 0 && profile->lines[i].line)
            return &profile->lines[i];
    return NULL;
}

int cck_hotspots_judge(cck_result *result, cck_error *err)
{
    const cck_profile *profile = result->profile;
    uint64_t total = profile->total[profile->by];
    char percent[CCK_NUMBER_SIZE], place[256] = "", sharing[160] = "";
    if (!total || !profile->function_count || !profile->functions[0].self[profile->by])
        return 0;
    const cck_profile_line *line = worst_line(profile);
    double coherence = coherence_share(profile);
    if (line)
        snprintf(place, sizeof place, ", most at %.200s:%u", base_name(line->file), line->line);
    if (coherence >= sharing_share) {
        cck_number_percent(percent, 100 * coherence);
        snprintf(sharing, sizeof sharing,
                 "; %s %% of the private caches' misses are for lines that threads take from each "
                 "other",
                 percent);
    }
    cck_number_percent(percent,
                       100.0 * (double)profile->functions[0].self[profile->by] / (double)total);
    result->total.verdict = (cck_verdict){
        .name = *sharing ? "hot-sharing" : "hot",
        .text = cck_arena_printf(result->arena, "%s %% of the %s are in %.300s%s%s", percent,
                                 profile->classes[profile->by].label, profile->functions[0].name,
                                 place, sharing),
    };
    return result->total.verdict.text ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}
