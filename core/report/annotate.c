/* SPDX-License-Identifier: MIT */
/* Source with what its lines cost, as cg_annotate shows it: the lines that matter with a
 * few around them. Paths come from debug information, which anybody may have written. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/number.h"
#include "core/base/text.h"
#include "core/finding/cost_class.h"
#include "core/hotspots/profile.h"
#include "core/report/hotspots.h"

enum {
    AROUND = 5,
    FILES_MOST = 32,
    HOT_FILES = 5,
    CLASSES_MOST = 5,
    SIZE_MOST = 64 << 20,
    TAB = 8
};

static const double least_share = 0.001; /* of the run: what a line must cost to be shown */

/* One file that is to be shown. */
typedef struct annotation {
    const cck_text_report *report;
    const cck_profile *profile;
    const char *file;
    uint32_t function; /* only its lines, or CCK_PROFILE_NONE */
    size_t classes[CLASSES_MOST];
    size_t class_count;
    cck_arena arena;
    char *source;
    size_t source_size;
    uint32_t line_count;
    uint64_t *costs; /* by line and class of the profile */
    char *shown;     /* by line */
} annotation;

static void say(const annotation *note, const char *format, const char *detail)
{
    char sentence[1024];
    snprintf(sentence, sizeof sentence, format, note->file, detail);
    cck_text_line(note->report, "note", sentence);
}

/* ---- reading ---- */

/* No pipe or device, of whatever name, is waited for. */
static bool read_source(annotation *note, struct stat *status)
{
    int fd = open(note->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, status) != 0) {
        say(note, "%s cannot be read: %s; nothing of it is shown", strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    bool fits = S_ISREG(status->st_mode) && status->st_size <= SIZE_MOST;
    size_t size = fits ? (size_t)status->st_size : 0;
    note->source = fits ? cck_arena_alloc(&note->arena, size + 1) : NULL;
    size_t got = 0;
    ssize_t more = 1;
    while (note->source && got < size && more > 0)
        if ((more = read(fd, note->source + got, size - got)) > 0)
            got += (size_t)more;
    if (more < 0)
        say(note, "%s cannot be read: %s; nothing of it is shown", strerror(errno));
    close(fd);
    if (more < 0)
        return false;
    if (!note->source) {
        say(note, "%s is no readable source file%s; nothing of it is shown", "");
        return false;
    }
    note->source_size = got;
    note->line_count = 1;
    for (size_t i = 0; i < got; i++)
        note->line_count += note->source[i] == '\n';
    return true;
}

/* ---- choosing lines ---- */

static bool wanted(const annotation *note, const cck_profile_line *line)
{
    return strcmp(line->file, note->file) == 0 && line->line &&
           (note->function == CCK_PROFILE_NONE || line->function == note->function);
}

static bool sum_lines(annotation *note, uint32_t *out_beyond)
{
    const cck_profile *profile = note->profile;
    size_t classes = profile->class_count;
    uint64_t least = (uint64_t)(least_share * (double)profile->total[profile->by]);
    note->costs = cck_profile_numbers(profile, &note->arena, (size_t)note->line_count + 1);
    note->shown = cck_arena_alloc(&note->arena, (size_t)note->line_count + 1);
    if (!note->costs || !note->shown)
        return false;
    for (size_t i = 0; i < profile->line_count; i++) {
        const cck_profile_line *line = &profile->lines[i];
        if (!wanted(note, line))
            continue;
        if (line->line > note->line_count) {
            *out_beyond = line->line;
            continue;
        }
        uint64_t *costs = note->costs + line->line * classes;
        for (size_t j = 0; j < classes; j++)
            costs[j] += line->costs[j];
    }
    for (uint32_t at = 1; at <= note->line_count; at++) {
        uint64_t cost = note->costs[at * classes + profile->by];
        if (!cost || cost < least)
            continue;
        uint32_t from = at > AROUND ? at - AROUND : 1;
        uint32_t to = at + AROUND < note->line_count ? at + AROUND : note->line_count;
        memset(note->shown + from, 1, to - from + 1);
    }
    return true;
}

/* The chosen class, and others that this file has some of. */
static void choose_classes(annotation *note)
{
    static const char *const wanted[] = {"cycles",        "llc",          "l2",     "l1d",
                                         "false-sharing", "true-sharing", "remote", "instructions"};
    const cck_profile *profile = note->profile;
    note->classes[note->class_count++] = profile->by;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        for (size_t j = 0; j < profile->class_count && note->class_count < CLASSES_MOST; j++) {
            bool any = false;
            if (j == profile->by || strcmp(profile->classes[j].name, wanted[i]) != 0)
                continue;
            for (uint32_t at = 1; !any && at <= note->line_count; at++)
                any = note->costs[at * profile->class_count + j] != 0;
            if (any)
                note->classes[note->class_count++] = j;
        }
}

/* ---- writing ---- */

static void write_source_line(const annotation *note, const char *text, size_t length)
{
    char clean[512];
    size_t used = 0;
    for (size_t i = 0; i < length && used + TAB < sizeof clean; i++)
        if (text[i] == '\t')
            do
                clean[used++] = ' ';
            while (used % TAB);
        else if (text[i] != '\r')
            clean[used++] = text[i] ? text[i] : ' ';
    clean[used] = '\0';
    cck_text_write(note->report->out, clean, (unsigned)sizeof clean, note->report->utf8);
    fputc('\n', note->report->out);
}

static void write_numbers(const annotation *note, uint32_t line)
{
    const cck_profile *profile = note->profile;
    FILE *out = note->report->out;
    const uint64_t *costs = note->costs + line * profile->class_count;
    char number[CCK_NUMBER_SIZE];
    uint64_t cost = costs[profile->by];
    for (size_t i = 0; i < note->class_count; i++) {
        cck_number_grouped(number, costs[note->classes[i]]);
        fprintf(out, "%13s ", costs[note->classes[i]] ? number : ".");
        if (i)
            continue;
        cck_number_percent(number,
                           cost ? 100.0 * (double)cost / (double)profile->total[profile->by] : 0);
        fprintf(out, "%6s ", cost ? number : "");
    }
    fprintf(out, "%6u  ", line);
}

static void write_titles(const annotation *note)
{
    for (size_t i = 0; i < note->class_count; i++) {
        int cost = cck_cost_class_find(note->profile->classes[note->classes[i]].name);
        fprintf(note->report->out, "%13s ",
                cost < 0 ? note->profile->classes[note->classes[i]].name
                         : cck_cost_classes[cost].title);
        if (!i)
            fprintf(note->report->out, "%6s ", "%");
    }
    fprintf(note->report->out, "%6s  source\n", "line");
}

static void write_lines(const annotation *note)
{
    const char *text = note->source;
    bool skipped = true;
    uint32_t last = 0;
    for (uint32_t at = 1; at <= note->line_count; at++)
        if (note->shown[at])
            last = at;
    for (uint32_t at = 1; at <= last; at++) {
        size_t left = note->source_size - (size_t)(text - note->source);
        const char *stop = memchr(text, '\n', left);
        size_t length = stop ? (size_t)(stop - text) : left;
        if (note->shown[at]) {
            if (skipped && at > 1)
                fprintf(note->report->out, "-- line %u --\n", at);
            write_numbers(note, at);
            write_source_line(note, text, length);
        }
        skipped = !note->shown[at];
        text += length + (stop != NULL);
    }
}

/* ---- a file ---- */

static bool newer_than_build(const annotation *note, const struct stat *source)
{
    const cck_profile *profile = note->profile;
    for (size_t i = 0; i < profile->line_count; i++) {
        struct stat build;
        const cck_profile_function *function = &profile->functions[profile->lines[i].function];
        if (!wanted(note, &profile->lines[i]) || !*function->module)
            continue;
        if (stat(function->module, &build) != 0) {
            if (errno != ENOENT) /* the program may be gone or elsewhere by now */
                say(note, "whether %s was changed after the program was built cannot be read: %s",
                    strerror(errno));
            return false;
        }
        return (source->st_mtim.tv_sec > build.st_mtim.tv_sec ||
                (source->st_mtim.tv_sec == build.st_mtim.tv_sec &&
                 source->st_mtim.tv_nsec > build.st_mtim.tv_nsec));
    }
    return false;
}

static void annotate_file(const cck_text_report *report, const char *file, uint32_t function)
{
    annotation note = {
        .report = report, .profile = report->result->profile, .file = file, .function = function};
    struct stat status;
    uint32_t beyond = 0;
    fputc('\n', report->out);
    if (read_source(&note, &status) && sum_lines(&note, &beyond)) {
        choose_classes(&note);
        cck_ink_on(report, CCK_INK_BOLD);
        cck_text_write(report->out, file, report->width, report->utf8);
        cck_ink_off(report);
        fputc('\n', report->out);
        if (newer_than_build(&note, &status))
            say(&note,
                "%s was changed after the program was built: counts may stand beside the "
                "wrong lines%s",
                "");
        if (beyond)
            say(&note, "%s has fewer lines than the program was built from%s", "");
        write_titles(&note);
        write_lines(&note);
    }
    cck_arena_clear(&note.arena);
}

/* Does the path end in the name, at a folder's boundary? */
static bool path_matches(const char *path, const char *name)
{
    size_t length = strlen(path), size = strlen(name);
    if (!size || size > length || strcmp(path + length - size, name) != 0)
        return false;
    return size == length || name[0] == '/' || path[length - size - 1] == '/';
}

static bool line_matches(const cck_profile *profile, const cck_profile_line *line, const char *what,
                         bool by_function)
{
    if (!line->line || !line->costs[profile->by])
        return false;
    if (strcmp(what, "hot") == 0)
        return (double)line->costs[profile->by] >=
               least_share * (double)profile->total[profile->by];
    return by_function ? strcmp(profile->functions[line->function].name, what) == 0
                       : path_matches(line->file, what);
}

/* Lines come worst first, and so do the files found along them. */
static size_t annotate_matching(const cck_text_report *report, const char *what, bool by_function)
{
    const cck_profile *profile = report->result->profile;
    const char *files[FILES_MOST];
    size_t count = 0, most = strcmp(what, "hot") == 0 ? HOT_FILES : FILES_MOST;
    for (size_t i = 0; i < profile->line_count && count < most; i++) {
        const cck_profile_line *line = &profile->lines[i];
        bool known = !line_matches(profile, line, what, by_function);
        for (size_t j = 0; !known && j < count; j++)
            known = strcmp(files[j], line->file) == 0;
        if (known)
            continue;
        files[count++] = line->file;
        annotate_file(report, line->file, by_function ? line->function : CCK_PROFILE_NONE);
    }
    return count;
}

void cck_annotate_write(const cck_text_report *report, const char *what)
{
    if (annotate_matching(report, what, false) || annotate_matching(report, what, true))
        return;
    char sentence[512];
    snprintf(sentence, sizeof sentence,
             "nothing to annotate: no source file or function '%.200s' has %s; name one of those "
             "above, or hot for the worst",
             what, report->result->profile->classes[report->result->profile->by].label);
    fputc('\n', report->out);
    cck_text_line(report, "note", sentence);
}
