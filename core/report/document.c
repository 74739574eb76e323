/* SPDX-License-Identifier: MIT */
#include "core/report/document.h"

#include <locale.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/output.h"

enum { WIDTH = 100, WIDTH_LEAST = 40, ROWS = 10, ROWS_MOST = 1000000 };

static const struct format_name {
    const char *name, *ending; /* the first ending that fits counts */
    cck_format format;
} formats[] = {
    {"text", ".txt", CCK_FORMAT_TEXT},
    {"speedscope", ".speedscope.json", CCK_FORMAT_SPEEDSCOPE},
    {"firefox", ".firefox.json", CCK_FORMAT_FIREFOX},
    {"json", ".json", CCK_FORMAT_JSON},
    {"csv", ".csv", CCK_FORMAT_CSV},
    {"folded", ".folded", CCK_FORMAT_FOLDED},
    {"flamegraph", ".svg", CCK_FORMAT_FLAMEGRAPH},
    {"callgrind", ".callgrind", CCK_FORMAT_CALLGRIND},
    {"sarif", ".sarif", CCK_FORMAT_SARIF},
    {"github", ".github", CCK_FORMAT_GITHUB},
    {"markdown", ".md", CCK_FORMAT_MARKDOWN},
    {"html", ".html", CCK_FORMAT_HTML},
    {"svg", ".svg", CCK_FORMAT_SVG},
    {"openmetrics", ".prom", CCK_FORMAT_OPENMETRICS},
    {"jsonl", ".jsonl", CCK_FORMAT_LINES},
};

int cck_format_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0)
            return (int)formats[i].format;
    return -1;
}

int cck_format_of_path(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t size = strlen(formats[i].ending);
        if (length > size && strcmp(path + length - size, formats[i].ending) == 0)
            return (int)formats[i].format;
    }
    /* What callgrind itself calls its files, and KCachegrind looks for. */
    const char *slash = strrchr(path, '/');
    if (strncmp(slash ? slash + 1 : path, "callgrind.out", strlen("callgrind.out")) == 0)
        return CCK_FORMAT_CALLGRIND;
    return -1;
}

/* A document, and how it is wanted. */
typedef struct document_order {
    const void *subject;
    cck_document_writer *writer;
    cck_report_options options;
} document_order;

/* Callers compiled with an older header hand over a shorter record. */
static cck_report_options complete(const cck_report_options *given)
{
    cck_report_options options = {0};
    if (given)
        memcpy(&options, given,
               given->size && given->size < sizeof options ? given->size : sizeof options);
    if (!options.width)
        options.width = WIDTH;
    if (options.width < WIDTH_LEAST)
        options.width = WIDTH_LEAST;
    if (!options.rows)
        options.rows = ROWS;
    if (options.rows > ROWS_MOST)
        options.rows = ROWS_MOST;
    return options;
}

static cck_document_writer *writer_of(const cck_document *document, cck_format format)
{
    switch (format) {
    case CCK_FORMAT_TEXT:
        return document->text;
    case CCK_FORMAT_JSON:
        return document->json;
    case CCK_FORMAT_CSV:
        return document->csv;
    case CCK_FORMAT_FOLDED:
        return document->folded;
    case CCK_FORMAT_FLAMEGRAPH:
        return document->flamegraph;
    case CCK_FORMAT_CALLGRIND:
        return document->callgrind;
    case CCK_FORMAT_SPEEDSCOPE:
        return document->speedscope;
    case CCK_FORMAT_FIREFOX:
        return document->firefox;
    case CCK_FORMAT_SARIF:
        return document->sarif;
    case CCK_FORMAT_GITHUB:
        return document->github;
    case CCK_FORMAT_MARKDOWN:
        return document->markdown;
    case CCK_FORMAT_HTML:
        return document->html;
    case CCK_FORMAT_SVG:
        return document->svg;
    case CCK_FORMAT_OPENMETRICS:
        return document->openmetrics;
    case CCK_FORMAT_LINES:
        return document->lines;
    }
    return NULL;
}

/* "text, json, csv" */
static void list_formats(const cck_document *document, char *names, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < sizeof formats / sizeof *formats && used < size; i++)
        if (writer_of(document, formats[i].format))
            used += (size_t)snprintf(names + used, size - used, "%s%s", used ? ", " : "",
                                     formats[i].name);
}

static int place_order(document_order *order, const cck_document *document, cck_format format,
                       const cck_report_options *options, cck_error *err)
{
    order->subject = document->subject;
    order->writer = writer_of(document, format);
    order->options = complete(options);
    if (order->writer)
        return 0;
    bool call_paths = format > CCK_FORMAT_CSV && format <= CCK_FORMAT_FIREFOX;
    if (document->csv && !document->folded && call_paths) {
        cck_fail(err, CCK_EINVALID, "%s has no call paths that could be written so",
                 document->name);
        cck_hint(err, "use: cachecheck hotspots");
        return CCK_EINVALID;
    }
    char names[160] = "";
    list_formats(document, names, sizeof names);
    cck_fail(err, CCK_EINVALID, "%s is written as %s only", document->name, names);
    cck_hint(err, "use --format json");
    return CCK_EINVALID;
}

/* Points in numbers are points, whatever locale a program that uses the library has set. */
static void fulfil(const void *context, FILE *out)
{
    const document_order *order = context;
    locale_t base = duplocale(uselocale((locale_t)0));
    locale_t plain = base ? newlocale(LC_NUMERIC_MASK, "C", base) : base;
    locale_t before = plain ? uselocale(plain) : plain;
    order->writer(order->subject, out, &order->options);
    if (plain)
        uselocale(before);
    if (plain)
        freelocale(plain);
    else if (base)
        freelocale(base);
}

int cck_document_write(const cck_document *document, cck_format format, FILE *out,
                       const cck_report_options *options, cck_error *err)
{
    document_order order;
    int code = place_order(&order, document, format, options, err);
    if (code < 0)
        return code;
    return cck_output_write(out, document->name, fulfil, &order, err);
}

int cck_document_save(const cck_document *document, cck_format format, const char *path,
                      const cck_report_options *options, cck_error *err)
{
    document_order order;
    int code = place_order(&order, document, format, options, err);
    return code < 0 ? code : cck_output_save(path, fulfil, &order, err);
}
