/* SPDX-License-Identifier: MIT */
#include "core/report/diff_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"

const char *const cck_change_words[] = {"within noise", "improved",       "regressed", "changed",
                                        "not judged",   "not comparable", NULL};
const char *const cck_finding_status_words[] = {"new",    "worse",    "unchanged",
                                                "milder", "resolved", NULL};

void cck_diff_value(const cck_delta *change, double value, char text[CCK_DIFF_TEXT])
{
    char number[CCK_NUMBER_SIZE];
    const char *unit = change->unit;
    if (strcmp(unit, "ns") == 0 || strcmp(unit, "s") == 0) {
        cck_number_time(number, *unit == 's' ? 1e9 * value : value);
        unit = "";
    } else if (strcmp(unit, "%") == 0) {
        cck_number_percent(number, value);
    } else if (strcmp(unit, "B/s") == 0) {
        cck_number_bytes(number, value);
    } else if (change->kind == CCK_CHANGE_EVENT && value >= 0 && value < 1e6 &&
               value == floor(value)) {
        cck_number_grouped(number, (uint64_t)value);
    } else if (fabs(value) >= 10000) {
        cck_number_scaled(number, value);
    } else {
        cck_number_short(number, value);
    }
    /* Other units ("/1000 instr") are known by the label, and would fill the table. */
    const char *shown = strcmp(unit, "%") == 0 ? " %" : strcmp(unit, "B/s") == 0 ? "/s" : "";
    snprintf(text, CCK_DIFF_TEXT, "%s%s", number, shown);
}

void cck_diff_label(const cck_delta *change, char text[CCK_DIFF_TEXT])
{
    bool rate = change->unit[0] == '/' && !strstr(change->label, "MPKI");
    snprintf(text, CCK_DIFF_TEXT, "%s%s%s", change->label, rate ? " " : "",
             rate ? change->unit : "");
}

static const char *sign_of(double share)
{
    return share < 0 ? "-" : share > 0 ? "+" : "";
}

void cck_diff_share(double share, char text[CCK_DIFF_TEXT])
{
    char number[CCK_NUMBER_SIZE];
    if (!isfinite(share)) {
        snprintf(text, CCK_DIFF_TEXT, "from 0");
        return;
    }
    cck_number_percent(number, fabs(100 * share));
    snprintf(text, CCK_DIFF_TEXT, "%s%s %%", sign_of(share), number);
}

void cck_diff_interval(const cck_delta *change, char text[CCK_DIFF_TEXT])
{
    char low[CCK_NUMBER_SIZE], high[CCK_NUMBER_SIZE];
    if (change->verdict == CCK_CHANGE_NOT_COMPARABLE) {
        text[0] = '\0';
    } else if (change->low > change->high || change->p < 0) {
        snprintf(text, CCK_DIFF_TEXT, "%s", change->test);
    } else if (!isfinite(change->low) || !isfinite(change->high)) {
        snprintf(text, CCK_DIFF_TEXT, "-");
    } else {
        cck_number_percent(low, fabs(100 * change->low));
        cck_number_percent(high, fabs(100 * change->high));
        snprintf(text, CCK_DIFF_TEXT, "%s%.40s to %s%.40s %%", sign_of(change->low), low,
                 sign_of(change->high), high);
    }
}

void cck_diff_p(const cck_delta *change, char text[CCK_DIFF_TEXT])
{
    char number[CCK_NUMBER_SIZE];
    text[0] = '\0';
    if (change->verdict == CCK_CHANGE_NOT_COMPARABLE || change->p < 0)
        return;
    if (change->p < 0.001) {
        snprintf(text, CCK_DIFF_TEXT, "< 0.001");
        return;
    }
    cck_number_fixed(number, change->p, change->p < 0.1 ? 3 : 2);
    snprintf(text, CCK_DIFF_TEXT, "%s", number);
}

/* ---- order ---- */

static int rank_of(const cck_delta *change)
{
    static const int ranks[] = {
        [CCK_CHANGE_REGRESSED] = 0, [CCK_CHANGE_IMPROVED] = 1,   [CCK_CHANGE_CHANGED] = 2,
        [CCK_CHANGE_NOISE] = 3,     [CCK_CHANGE_NOT_JUDGED] = 3, [CCK_CHANGE_NOT_COMPARABLE] = 4};
    return ranks[change->verdict];
}

static int compare_changes(const void *a, const void *b)
{
    const cck_delta *left = *(const cck_delta *const *)a, *right = *(const cck_delta *const *)b;
    int order = rank_of(left) - rank_of(right);
    if (!order && rank_of(left) < 3 && left->kind == right->kind)
        order =
            (fabs(left->change) < fabs(right->change)) - (fabs(left->change) > fabs(right->change));
    return order ? order : (left > right) - (left < right);
}

const cck_delta **cck_diff_sorted(const cck_diff *diff)
{
    const cck_delta **sorted = malloc((diff->change_count + 1) * sizeof *sorted);
    for (size_t i = 0; sorted && i < diff->change_count; i++)
        sorted[i] = &diff->changes[i];
    if (sorted && diff->change_count)
        qsort(sorted, diff->change_count, sizeof *sorted, compare_changes);
    return sorted;
}

/* ---- threads ---- */

size_t cck_diff_main_event(const cck_diff *diff)
{
    const cck_result *before = diff->before;
    size_t chosen = before->event_count;
    double most = -1;
    for (size_t i = 0; i < diff->change_count; i++) {
        const cck_delta *change = &diff->changes[i];
        if (change->kind != CCK_CHANGE_EVENT || change->verdict == CCK_CHANGE_NOT_COMPARABLE)
            continue;
        double weight = change->verdict == CCK_CHANGE_REGRESSED  ? 2
                        : change->verdict == CCK_CHANGE_IMPROVED ? 1
                                                                 : 0;
        weight += weight > 0 ? fmin(fabs(change->change), 0.99) : 0;
        if (weight <= most)
            continue;
        most = weight;
        for (chosen = 0; strcmp(before->events[chosen].name, change->name) != 0;)
            chosen++;
    }
    return chosen;
}

typedef struct ranked_thread {
    double weight;
    size_t index;
} ranked_thread;

static int compare_ranked(const void *a, const void *b)
{
    const ranked_thread *left = a, *right = b;
    if (left->weight != right->weight)
        return left->weight < right->weight ? 1 : -1;
    return (left->index > right->index) - (left->index < right->index);
}

cck_thread_change *cck_diff_top_threads(const cck_diff *diff, size_t event, size_t *count)
{
    ranked_thread *ranked = malloc((diff->thread_count + 1) * sizeof *ranked);
    cck_thread_change *top = malloc((*count + 1) * sizeof *top);
    size_t found = 0;
    for (size_t i = 0; ranked && top && i < diff->thread_count; i++) {
        cck_delta change = cck_diff_thread(diff, &diff->threads[i], event);
        if (change.verdict != CCK_CHANGE_NOT_COMPARABLE)
            ranked[found++] = (ranked_thread){fabs(change.after - change.before), i};
    }
    if (ranked && top && found)
        qsort(ranked, found, sizeof *ranked, compare_ranked);
    *count = ranked && top ? (found < *count ? found : *count) : 0;
    for (size_t i = 0; i < *count; i++)
        top[i] = diff->threads[ranked[i].index];
    free(ranked);
    return top;
}

/* ---- sentences ---- */

static void name_worst(const cck_diff *diff, cck_change_verdict verdict, size_t count, FILE *out)
{
    const cck_delta *most = NULL;
    for (size_t i = 0; i < diff->change_count; i++) {
        const cck_delta *change = &diff->changes[i];
        if (change->verdict == verdict && (!most || fabs(change->change) > fabs(most->change)))
            most = change;
    }
    if (!most)
        return;
    char share[CCK_DIFF_TEXT], label[CCK_DIFF_TEXT];
    cck_diff_share(most->change, share);
    cck_diff_label(most, label);
    fprintf(out, " (%s%s %s)", count > 1 ? "most: " : "", label, share);
}

void cck_diff_conclusion(const cck_diff *diff, FILE *out)
{
    size_t resolved = 0, added = 0;
    if (diff->obstacle_count && !diff->forced) {
        fputs("not comparable: nothing was compared; --force compares all the same", out);
        return;
    }
    for (size_t i = 0; i < diff->finding_count; i++) {
        resolved += diff->findings[i].status == CCK_FINDING_RESOLVED;
        added += diff->findings[i].status == CCK_FINDING_NEW;
    }
    if (!diff->judged && diff->change_count)
        fputs("nothing could be judged: one run each, or not comparable", out);
    else if (diff->change_count)
        fprintf(out, "%zu regressed", diff->regressed);
    if (diff->judged) {
        name_worst(diff, CCK_CHANGE_REGRESSED, diff->regressed, out);
        fprintf(out, ", %zu improved", diff->improved);
        name_worst(diff, CCK_CHANGE_IMPROVED, diff->improved, out);
        fprintf(out, ", of %zu judged", diff->judged);
    }
    if (diff->findings_compared)
        fprintf(out, "%sfindings: %zu new, %zu resolved, %zu in both",
                diff->change_count ? "; " : "", added, resolved,
                diff->finding_count - added - resolved);
}

void cck_diff_method(const cck_diff *diff, FILE *out)
{
    const char *said[4];
    size_t count = 0;
    char share[CCK_DIFF_TEXT];
    if (!diff->change_count)
        return;
    for (size_t i = 0; i < diff->change_count; i++) {
        const char *test = diff->changes[i].test;
        bool known = !*test || diff->changes[i].verdict == CCK_CHANGE_NOT_COMPARABLE;
        for (size_t j = 0; !known && j < count; j++)
            known = strcmp(said[j], test) == 0;
        if (known || count == sizeof said / sizeof *said)
            continue;
        said[count] = test;
        fprintf(out, "%s%s", count++ ? "; " : "", test);
    }
    if (diff->tested)
        fprintf(out, "; p adjusted for %zu test%s (Holm), level 0.025", diff->tested,
                diff->tested == 1 ? "" : "s");
    cck_diff_share(diff->threshold, share);
    fprintf(out, "%schanges below %s are noise", count ? "; " : "", share + (*share == '+'));
}
