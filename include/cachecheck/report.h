/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_REPORT_H
#define CACHECHECK_REPORT_H

/**
 * @file
 * Reports: a result as text for people, JSON or CSV for programs.
 */

#include <stdio.h>

#include <cachecheck/diff.h>
#include <cachecheck/doctor.h>
#include <cachecheck/measure.h>
#include <cachecheck/result.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum cck_format {
    CCK_FORMAT_TEXT,
    CCK_FORMAT_JSON,
    CCK_FORMAT_CSV,
    /* of a result that has a profile (hotspots.h), weighed by the class it is sorted by: */
    CCK_FORMAT_FOLDED,     /**< folded stacks: "main;work;inner 123" */
    CCK_FORMAT_FLAMEGRAPH, /**< SVG */
    CCK_FORMAT_CALLGRIND,  /**< for KCachegrind and callgrind_annotate; all classes */
    CCK_FORMAT_SPEEDSCOPE, /**< JSON for speedscope; all classes */
    CCK_FORMAT_FIREFOX,    /**< JSON for the Firefox Profiler; all classes */
    /* of a result with findings: */
    CCK_FORMAT_SARIF,    /**< SARIF 2.1.0, for code scanning */
    CCK_FORMAT_GITHUB,   /**< workflow commands: annotations of a pull request */
    CCK_FORMAT_MARKDOWN, /**< a comment on a pull request */
    CCK_FORMAT_HTML,     /**< a self-contained page, of any result; of a layout's picture */
    CCK_FORMAT_SVG,      /**< picture of a layout: lines as strips of bytes */
    CCK_FORMAT_OPENMETRICS, /**< totals and metrics of a result, for Prometheus */
    CCK_FORMAT_LINES /**< JSON lines: a number or a finding each, for tables of many runs */
} cck_format;

typedef struct cck_report_options {
    size_t size;     /**< sizeof(cck_report_options) */
    unsigned width;  /**< columns of the terminal; 0: 100 */
    bool color;      /**< ANSI colours, for a terminal */
    bool utf8;       /**< the reader shows UTF-8 (bars, arrows); else ASCII */
    unsigned rows;   /**< most rows to show in text; 0: 10 */
    bool verbose;    /**< explain every event and metric */
    bool compact;    /**< JSON on one line */
    const char *annotate; /**< text of a profile: source with costs, of a file or function of that
                               name, or "hot" for the worst lines; NULL: none */
} cck_report_options;

/** The format of that name ("text", "json", "csv", "folded", "flamegraph", "callgrind",
 *  "speedscope", "firefox", "sarif", "github", "markdown", "html", "svg", "openmetrics", "jsonl"), or -1. */
CCK_API int cck_format_by_name(const char *name);

/** The format that a file name stands for (".json", ".csv", ".txt", ".folded", ".svg",
 *  "callgrind.out.*", ".speedscope.json", ".firefox.json", ".sarif", ".md", ".html", ".prom", ".jsonl"), or -1. ".svg" is a
 *  flame graph: pictures of layouts are asked for by name. */
CCK_API int cck_format_of_path(const char *path);

/**
 * Write `result` to `out` and flush it. `options` may be NULL.
 * CCK_EIO when writing fails (full disk, closed pipe); errno in `os_error`.
 */
CCK_API int cck_report_write(const cck_result *result, cck_format format, FILE *out,
                             const cck_report_options *options, cck_error *err);

/**
 * Write to `path`, whole or not at all: to a temporary file beside it, flushed to
 * disk, then renamed. Devices and pipes ("/dev/stdout") are written directly.
 */
CCK_API int cck_report_save(const cck_result *result, cck_format format, const char *path,
                            const cck_report_options *options, cck_error *err);

/**
 * Write a machine as text or JSON (schema "cachecheck/1", command "machine") and
 * flush it. `options` may be NULL. CCK_EINVALID for other formats, CCK_EIO.
 */
CCK_API int cck_machine_write(const cck_machine *machine, cck_format format, FILE *out,
                              const cck_report_options *options, cck_error *err);

/** The same to a file, whole or not at all, as cck_report_save() does. */
CCK_API int cck_machine_save(const cck_machine *machine, cck_format format, const char *path,
                             const cck_report_options *options, cck_error *err);

/** Write a measurement of `machine` as text, JSON, CSV or HTML, as cck_machine_write() does. */
CCK_API int cck_measurement_write(const cck_measurement *measurement, const cck_machine *machine,
                                  cck_format format, FILE *out, const cck_report_options *options,
                                  cck_error *err);

/** The same to a file, whole or not at all. */
CCK_API int cck_measurement_save(const cck_measurement *measurement, const cck_machine *machine,
                                 cck_format format, const char *path,
                                 const cck_report_options *options, cck_error *err);

/** Write the doctor's checks as text or JSON, as cck_machine_write() does. */
CCK_API int cck_doctor_write(const cck_doctor *doctor, cck_format format, FILE *out,
                             const cck_report_options *options, cck_error *err);

/** The same to a file, whole or not at all. */
CCK_API int cck_doctor_save(const cck_doctor *doctor, cck_format format, const char *path,
                            const cck_report_options *options, cck_error *err);

/**
 * Write one self-contained page of `count` results, under `names` (NULL: their commands;
 * usually the files they came from). It asks no network for anything; code around findings is
 * in it where the source can be read. CCK_EINVALID without a result, CCK_EIO.
 */
CCK_API int cck_page_write(const cck_result *const *results, const char *const *names,
                           size_t count, FILE *out, const cck_report_options *options,
                           cck_error *err);

/** The same to a file, whole or not at all. */
CCK_API int cck_page_save(const cck_result *const *results, const char *const *names, size_t count,
                          const char *path, const cck_report_options *options, cck_error *err);

/** Write a diff as text, JSON, CSV or Markdown, as cck_report_write() does. */
CCK_API int cck_diff_write(const cck_diff *diff, cck_format format, FILE *out,
                           const cck_report_options *options, cck_error *err);

/** The same to a file, whole or not at all. */
CCK_API int cck_diff_save(const cck_diff *diff, cck_format format, const char *path,
                          const cck_report_options *options, cck_error *err);

#ifdef __cplusplus
}
#endif
#endif
