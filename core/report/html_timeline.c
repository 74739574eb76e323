/* SPDX-License-Identifier: MIT */
/* A run over time: a lane for each number, one above the other over the same seconds. What was
 * counted is an area over its interval, what was seen now and then a line from look to look with
 * its interval as a band; where nothing is known there is a gap. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/report/html_report.h"

enum { WIDTH = 900, LEFT = 8, RIGHT = 8, HEAD = 20, LANE = 52, GAP = 18, FOOT = 26, LANES_MOST = 6, ROWS_MOST = 500 };

/* A number at each time; NaN: unknown. */
typedef struct lane {
    char label[96];
    size_t column;
    bool counted; /* over the interval, else seen at its end */
    double most;  /* that the lane is high; 0: as its values are */
    double (*read)(const cck_result *result, size_t column, size_t at, double *low, double *high);
    void (*print)(char text[CCK_NUMBER_SIZE], double value);
} lane;

typedef struct timeline {
    const cck_result *result;
    FILE *out;
    lane lanes[LANES_MOST];
    size_t lane_count, count;
    double end; /* s */
} timeline;

/* ---- what there is ---- */

static double start_of(const cck_result *result, size_t at)
{
    if (result->placement)
        return at ? result->placement->points[at - 1].time_s : 0;
    return result->slices[at].time_s - result->slices[at].length_s;
}

static double end_of(const cck_result *result, size_t at)
{
    return result->placement ? result->placement->points[at].time_s : result->slices[at].time_s;
}

static void print_percent(char text[CCK_NUMBER_SIZE], double value)
{
    snprintf(text, CCK_NUMBER_SIZE, "%.0f %%", 100 * value);
}

static void print_rate(char text[CCK_NUMBER_SIZE], double value)
{
    char number[CCK_NUMBER_SIZE];
    cck_number_scaled(number, value);
    snprintf(text, CCK_NUMBER_SIZE, "%.40s/s", number);
}

static void print_bytes(char text[CCK_NUMBER_SIZE], double value)
{
    cck_number_bytes(text, value);
}

static void print_count(char text[CCK_NUMBER_SIZE], double value)
{
    cck_number_short(text, value);
}

static double read_remote(const cck_result *result, size_t column, size_t at, double *low,
                          double *high)
{
    const cck_numa_share *share = &result->placement->points[at].remote;
    (void)column;
    *low = share->low;
    *high = share->high;
    return share->value < 0 ? NAN : share->value;
}

static double read_moves(const cck_result *result, size_t column, size_t at, double *low,
                         double *high)
{
    int64_t moves = result->placement->points[at].node_moves;
    (void)column;
    return *low = *high = moves < 0 ? NAN : (double)moves;
}

static double read_resident(const cck_result *result, size_t column, size_t at, double *low,
                            double *high)
{
    (void)column;
    return *low = *high = (double)result->placement->points[at].resident;
}

/* A second; of nanoseconds that is how many CPUs were busy. */
static double read_event(const cck_result *result, size_t column, size_t at, double *low,
                         double *high)
{
    const cck_slice *slice = &result->slices[at];
    const cck_value *value = &slice->values[column];
    bool time = strcmp(result->events[column].unit, "ns") == 0;
    if (value->not_counted || slice->length_s <= 0)
        return *low = *high = NAN;
    return *low = *high = (double)value->value / slice->length_s / (time ? 1e9 : 1);
}

static void add_events(timeline *t)
{
    for (size_t i = 0; i < t->result->event_count && t->lane_count < LANES_MOST; i++) {
        const cck_event_info *event = &t->result->events[i];
        bool time = strcmp(event->unit, "ns") == 0;
        lane *to = &t->lanes[t->lane_count++];
        *to = (lane){.column = i,
                     .counted = true,
                     .read = read_event,
                     .print = time ? print_count : print_rate};
        snprintf(to->label, sizeof to->label, "%.60s%s", event->name, time ? ", CPUs busy" : "");
    }
}

static void find_lanes(timeline *t)
{
    const cck_result *result = t->result;
    if (result->placement) {
        t->lanes[t->lane_count++] =
            (lane){.label = "remote share of memory", .most = 1, .read = read_remote, .print = print_percent};
        t->lanes[t->lane_count++] = (lane){
            .label = "threads changed node", .counted = true, .read = read_moves, .print = print_count};
        t->lanes[t->lane_count++] =
            (lane){.label = "memory", .read = read_resident, .print = print_bytes};
        t->count = result->placement->point_count;
    } else {
        add_events(t);
        t->count = result->slice_count;
    }
    t->end = t->count ? end_of(result, t->count - 1) : 0;
}

bool cck_html_has_timeline(const cck_result *result)
{
    return result->placement ? result->placement->point_count > 1 : result->slice_count > 1;
}

/* ---- drawn ---- */

static double x_of(const timeline *t, double seconds)
{
    double share = t->end > 0 ? seconds / t->end : 0;
    return LEFT + (share < 0 ? 0 : share > 1 ? 1 : share) * (WIDTH - LEFT - RIGHT);
}

typedef struct extent {
    double first, last, least, most, most_at;
    size_t known;
} extent;

static extent measure(const timeline *t, const lane *of)
{
    extent found = {0};
    for (size_t i = 0; i < t->count; i++) {
        double low, high, value = of->read(t->result, of->column, i, &low, &high);
        if (isnan(value))
            continue;
        if (!found.known || value > found.most) {
            found.most = value;
            found.most_at = end_of(t->result, i);
        }
        found.least = !found.known || value < found.least ? value : found.least;
        found.first = found.known ? found.first : value;
        found.last = value;
        found.known++;
    }
    return found;
}

static void put_steps(const timeline *t, const lane *of, double top, double most)
{
    fputs("<path class=\"area\" d=\"", t->out);
    for (size_t i = 0; i < t->count; i++) {
        double low, high, value = of->read(t->result, of->column, i, &low, &high);
        if (isnan(value) || value <= 0)
            continue;
        fprintf(t->out, "M%.1f %.1fV%.1fH%.1fV%.1fZ", x_of(t, start_of(t->result, i)), top + LANE,
                top + LANE - LANE * value / most, x_of(t, end_of(t->result, i)), top + LANE);
    }
    fputs("\"/>", t->out);
}

/* From look to look; a gap ends a line. */
static void put_line(const timeline *t, const lane *of, double top, double most)
{
    const char *stroke = "M";
    fputs("<path class=\"median\" d=\"", t->out);
    for (size_t i = 0; i < t->count; i++) {
        double low, high, value = of->read(t->result, of->column, i, &low, &high);
        if (!isnan(value))
            fprintf(t->out, "%s%.1f %.1f", stroke, x_of(t, end_of(t->result, i)),
                    top + LANE - LANE * value / most);
        stroke = isnan(value) ? "M" : "L";
    }
    fputs("\"/>", t->out);
}

static void put_band(const timeline *t, const lane *of, double top, double most)
{
    fputs("<path class=\"band\" d=\"", t->out);
    for (size_t i = 0; i + 1 < t->count; i++) {
        double low[2], high[2], x[2] = {x_of(t, end_of(t->result, i)), x_of(t, end_of(t->result, i + 1))};
        if (isnan(of->read(t->result, of->column, i, &low[0], &high[0])) ||
            isnan(of->read(t->result, of->column, i + 1, &low[1], &high[1])))
            continue;
        double bottom = top + LANE, scale = LANE / most;
        fprintf(t->out, "M%.1f %.1fL%.1f %.1fL%.1f %.1fL%.1f %.1fZ", x[0], bottom - scale * low[0],
                x[1], bottom - scale * low[1], x[1], bottom - scale * high[1], x[0],
                bottom - scale * high[0]);
    }
    fputs("\"/>", t->out);
}

static void put_lane(const timeline *t, const lane *of, double y)
{
    extent found = measure(t, of);
    double most = of->most > 0 ? of->most : found.most > 0 ? found.most : 1, top = y + HEAD;
    char text[CCK_NUMBER_SIZE];
    of->print(text, of->most > 0 || found.most > 0 ? most : 0);
    fprintf(t->out, "<text class=\"title\" x=\"%d\" y=\"%.0f\">", LEFT, y + 12);
    cck_html_text(t->out, of->label);
    fprintf(t->out, "</text><text x=\"%d\" y=\"%.0f\" text-anchor=\"end\">", WIDTH - RIGHT, y + 12);
    cck_html_text(t->out, found.known ? text : "not known");
    fprintf(t->out, "</text><path class=\"rule\" d=\"M%d %.1fH%d\"/>", LEFT, top, WIDTH - RIGHT);
    if (of->counted) {
        put_steps(t, of, top, most);
    } else {
        put_band(t, of, top, most);
        put_line(t, of, top, most);
    }
    fprintf(t->out, "<path class=\"base\" d=\"M%d %.1fH%d\"/>\n", LEFT, top + LANE,
            WIDTH - RIGHT);
}

/* A step of 1, 2 or 5 times a power of ten that divides the time into four to ten. */
static double tick_of(double end)
{
    double power = pow(10, floor(log10(end / 4)));
    double steps[] = {5, 2, 1};
    for (size_t i = 0; i < 3; i++)
        if (end / (steps[i] * power) >= 4)
            return steps[i] * power;
    return power;
}

static void put_axis(const timeline *t, double y)
{
    char text[CCK_NUMBER_SIZE];
    if (!(t->end > 0))
        return;
    double tick = tick_of(t->end);
    int decimals = tick < 1 ? (int)ceil(-log10(tick) - 1e-9) : 0;
    for (unsigned i = 0; i * tick <= t->end * 1.0001; i++) {
        double at = i * tick;
        cck_number_fixed(text, at, decimals);
        fprintf(t->out,
                "<path class=\"rule\" d=\"M%.1f %dV%.1f\"/><text x=\"%.1f\" y=\"%.0f\" "
                "text-anchor=\"%s\">%s s</text>",
                x_of(t, at), HEAD, y, x_of(t, at), y + 16,
                at <= 0                    ? "start"
                : at > t->end - tick / 4 ? "end"
                                           : "middle",
                at > 0 ? text : "0");
    }
}

/* ---- in words and numbers ---- */

static void put_words(const timeline *t)
{
    char first[CCK_NUMBER_SIZE], least[CCK_NUMBER_SIZE], most[CCK_NUMBER_SIZE],
        last[CCK_NUMBER_SIZE], at[CCK_NUMBER_SIZE];
    fputs("<figcaption>Over the run's time; each lane ends at the number on its right. ", t->out);
    for (size_t i = 0; i < t->lane_count; i++) {
        extent found = measure(t, &t->lanes[i]);
        fputs(i ? "; " : "", t->out);
        cck_html_text(t->out, t->lanes[i].label);
        if (!found.known) {
            fputs(": not known", t->out);
            continue;
        }
        t->lanes[i].print(first, found.first);
        t->lanes[i].print(least, found.least);
        t->lanes[i].print(most, found.most);
        t->lanes[i].print(last, found.last);
        cck_number_short(at, found.most_at);
        fprintf(t->out, ": %s at first, %s at the end, least %s, most %s (at %s s)", first, last,
                least, most, at);
    }
    fputs(".</figcaption>\n", t->out);
}

static void put_row(const timeline *t, size_t at)
{
    char text[CCK_NUMBER_SIZE];
    cck_number_fixed(text, end_of(t->result, at), 3);
    fprintf(t->out, "<tr><th scope=\"row\" class=\"num\">%s</th>", text);
    for (size_t i = 0; i < t->lane_count; i++) {
        double low, high, value = t->lanes[i].read(t->result, t->lanes[i].column, at, &low, &high);
        t->lanes[i].print(text, value);
        cck_html_number(t->out, isnan(value) ? "-" : text);
    }
    fputs("</tr>\n", t->out);
}

static void put_table(const timeline *t)
{
    size_t shown = t->count < ROWS_MOST ? t->count : ROWS_MOST;
    fputs("<details><summary>The same as numbers</summary>\n", t->out);
    cck_html_wide(t->out, "numbers over time");
    fputs("<table><thead><tr><th scope=\"col\" class=\"num\">until, s</th>", t->out);
    for (size_t i = 0; i < t->lane_count; i++) {
        fputs("<th scope=\"col\" class=\"num\">", t->out);
        cck_html_text(t->out, t->lanes[i].label);
        fputs("</th>", t->out);
    }
    fputs("</tr></thead>\n<tbody>\n", t->out);
    for (size_t i = 0; i < shown; i++)
        put_row(t, i);
    fputs("</tbody></table>", t->out);
    cck_html_wide_end(t->out);
    if (shown < t->count)
        fprintf(t->out, "<p class=\"dim\">and %zu more; all are in the JSON result</p>\n",
                t->count - shown);
    fputs("</details>\n", t->out);
}

void cck_html_timeline(const cck_html_report *report)
{
    timeline t = {.result = report->result, .out = report->out};
    find_lanes(&t);
    double bottom = (double)t.lane_count * (HEAD + LANE + GAP);
    cck_html_report_section(report, "timeline", "Over time");
    fputs("<figure>\n", t.out);
    cck_html_wide(t.out, "the run over time");
    fprintf(t.out,
            "<svg class=\"chart\" viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"The run over "
            "time\">\n",
            WIDTH, bottom + FOOT);
    put_axis(&t, bottom);
    for (size_t i = 0; i < t.lane_count; i++)
        put_lane(&t, &t.lanes[i], (double)i * (HEAD + LANE + GAP));
    fputs("</svg>", t.out);
    cck_html_wide_end(t.out);
    put_words(&t);
    fputs("</figure>\n", t.out);
    put_table(&t);
    cck_html_section_end(t.out);
}
