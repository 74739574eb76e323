/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_HOTSPOTS_H
#define CACHECHECK_HOTSPOTS_H

/**
 * @file
 * Hot spots: which functions, source lines, call paths and objects the misses of a run
 * belong to, by class of miss. The profile is part of the result; cck_report_write()
 * writes it as text, JSON, CSV, folded stacks, a flame graph, for callgrind's readers,
 * for speedscope and for the Firefox Profiler.
 */

#include <cachecheck/counts.h>
#include <cachecheck/error.h>
#include <cachecheck/finding.h>
#include <cachecheck/result.h>
#include <cachecheck/simulate.h>
#include <cachecheck/target.h>

#ifdef __cplusplus
extern "C" {
#endif

/** "None", wherever a profile refers to its own arrays by index. */
#define CCK_PROFILE_NONE UINT32_MAX

/** A class of cost. A profile has only those that were counted. */
typedef struct cck_profile_class {
    const char *name;  /**< as in --by: "llc", "false-sharing" */
    const char *label; /**< "LLC misses" */
    const char *meaning;
} cck_profile_class;

/** Costs: one number a class, in the order of the profile's classes. */
typedef const uint64_t *cck_profile_costs;

/** A function, or a function inlined into others: one record for all its copies. */
typedef struct cck_profile_function {
    const char *name;            /**< demangled; "libfoo.so+0x1234" where there is no symbol */
    const char *module;          /**< path of the file that holds it; "" none */
    uint64_t offset;             /**< without a symbol: of its first instruction; else 0 */
    const char *file;            /**< source file; "" unknown */
    bool named;                  /**< a symbol is known */
    cck_profile_costs self;      /**< of its own instructions */
    cck_profile_costs inclusive; /**< and of what it called; recursion is counted once */
} cck_profile_function;

/** What the instructions of a source line cost, in one function. */
typedef struct cck_profile_line {
    const char *file; /**< "" unknown: then the line is 0, and stands for the whole function */
    uint32_t line;
    uint32_t function;
    cck_profile_costs costs;
} cck_profile_line;

/** A call path: a function, called from a place in its parent. Parents come before children. */
typedef struct cck_profile_node {
    uint32_t parent; /**< CCK_PROFILE_NONE: outermost */
    uint32_t function;
    uint32_t thread;       /**< if threads are kept apart, else CCK_PROFILE_NONE */
    const char *call_file; /**< where in the parent; "" unknown */
    uint32_t call_line;    /**< 0 unknown */
    bool inlined;          /**< into the parent */
} cck_profile_node;

/** What a line cost on one call path. */
typedef struct cck_profile_sample {
    uint32_t node;
    const char *file; /**< "" unknown */
    uint32_t line;    /**< 0 unknown */
    cck_profile_costs costs;
} cck_profile_sample;

/** What an object cost: the heap blocks of one place, a global, a stack, ... */
typedef struct cck_profile_object {
    const char *kind;               /**< "heap", "global", "stack", "tls", "mapping", "unknown" */
    const char *name;               /**< variable, or what else it is called; "" */
    const char *type;               /**< "" unknown */
    const char *module;             /**< "" none */
    uint64_t size;                  /**< bytes, of one; 0 unknown */
    uint64_t instances;             /**< 0 unknown */
    const cck_location *allocation; /**< call path of the allocation, innermost first */
    size_t allocation_count;
    cck_profile_costs costs;
} cck_profile_object;

typedef struct cck_profile_thread {
    int32_t pid, tid;
    const char *name, *process;
    cck_profile_costs costs;
} cck_profile_thread;

/** Functions, lines and objects come largest first, by class `by`. */
typedef struct cck_profile {
    const cck_profile_class *classes;
    size_t class_count;
    size_t by;
    const char *filter;             /**< only this thread was looked at: its name or number; "" */
    bool per_thread;                /**< each thread has call paths of its own */
    const char *const *not_counted; /**< labels of classes that this backend does not know */
    size_t not_counted_count;
    cck_profile_costs total;        /**< of the run */
    cck_profile_costs unattributed; /**< the part of it that no row has */
    cck_profile_function *functions;
    size_t function_count;
    cck_profile_line *lines;
    size_t line_count;
    cck_profile_node *nodes;
    size_t node_count;
    cck_profile_sample *samples; /**< by node */
    size_t sample_count;
    cck_profile_object *objects;
    size_t object_count;
    const cck_profile_thread *threads;
    size_t thread_count;
} cck_profile;

typedef struct cck_hotspots_options {
    size_t size;                          /**< sizeof(cck_hotspots_options) */
    cck_backend backend;                  /**< auto, or simulate */
    const cck_simulate_options *simulate; /**< NULL: the defaults */
    const char *by;     /**< class to sort by; NULL: cycles if they are known, else LLC misses */
    const char *thread; /**< only threads of that name or number; NULL: all */
    bool per_thread;    /**< keep the call paths of threads apart */
    double duration_s;  /**< stop after; 0: at the target's end */
    void (*on_start)(void *context, const cck_source *source, int32_t pid); /**< may be NULL */
    void *context;
} cck_hotspots_options;

typedef struct cck_hotspots cck_hotspots;

/** Check everything that can be checked before the target starts; start nothing. */
CCK_API int cck_hotspots_new(cck_hotspots **out_hotspots, const cck_target_options *target,
                             const cck_hotspots_options *options, cck_error *err);

/** Run to the end; the result has a `profile`. As cck_stat_run(). */
CCK_API int cck_hotspots_run(cck_hotspots *hotspots, cck_result **out_result, cck_error *err);

/** As cck_stat_interrupt() and cck_stat_forward(). */
CCK_API void cck_hotspots_interrupt(cck_hotspots *hotspots, int signal);
CCK_API void cck_hotspots_forward(cck_hotspots *hotspots, int signal);

CCK_API void cck_hotspots_free(cck_hotspots *hotspots);

/**
 * Sort the profile of a result by a class: "llc", "cycles", ... CCK_EINVALID with the
 * nearest word if there is no such class, CCK_EUNSUPPORTED if it was not counted.
 */
CCK_API int cck_profile_sort(cck_result *result, const char *by, cck_error *err);

/** Is there a class of that name? Before a run: 0, or CCK_EINVALID with the nearest word. */
CCK_API int cck_profile_class_check(const char *by, cck_error *err);

#ifdef __cplusplus
}
#endif
#endif
