/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_FINDING_H
#define CACHECHECK_FINDING_H

/**
 * @file
 * Findings: what is wrong, where, how sure that is, and what to change. Plain records
 * owned by the result that holds them; strings are UTF-8 and never NULL unless it is said.
 */

#include <cachecheck/counts.h>
#include <cachecheck/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum cck_severity {
    CCK_SEVERITY_INFO,
    CCK_SEVERITY_LOW,
    CCK_SEVERITY_MEDIUM,
    CCK_SEVERITY_HIGH,
    CCK_SEVERITY_CRITICAL
} cck_severity;

/** A place in source, or, where that is unknown, in a module. */
typedef struct cck_location {
    const char *file;      /**< source file; "" unknown */
    uint32_t line;         /**< 0 unknown */
    const char *function;  /**< demangled; "" unknown */
    const char *module;    /**< file that holds the code; "" none */
    uint64_t offset;       /**< in the module's own addresses */
    const char *role;      /**< "writes", "reads", "allocated", "declared", ... */
} cck_location;

/** A field (or a range of bytes) of the object, and who uses it. */
typedef struct cck_field_use {
    const char *name;     /**< "hits", "slots[1].count"; "" unnamed bytes */
    const char *type;     /**< "" unknown */
    uint64_t offset;      /**< bytes from the object's start */
    uint64_t size;
    int32_t tid;          /**< thread that uses it; 0: several, or not known */
    const char *thread;   /**< its name; "" */
    bool reads, writes, atomic;
    uint64_t accesses, misses; /**< 0 with `accesses` 0: not counted */
    cck_location location; /**< the code line that does most of it */
} cck_field_use;

/** On what a finding rests. */
typedef struct cck_finding_evidence {
    cck_evidence grade;
    uint64_t samples;  /**< events that it rests on; 0: static */
    uint64_t windows;  /**< watched, measured: stretches of time in which these were seen; else 0 */
    double after;      /**< watched: seconds from the start until it was sure; 0 not known */
    double rate;       /**< per second; < 0 unknown */
    double low, high;  /**< 95 % interval of the rate; high < 0: it is at least `rate` */
    double potential;  /**< simulated: transfers a second if turns were random; < 0 unknown */
    double cost;       /**< share of the time of the threads concerned that is lost; < 0 unknown */
    bool cost_at_most; /**< `cost` is an upper bound */
    const char *cost_text; /**< how that was estimated, and with which latency */
    const char *text;      /**< what it rests on, where that is not line transfers; NULL or "": they are */
} cck_finding_evidence;

/** What to do. */
typedef struct cck_suggestion {
    const char *text;    /**< "align `misses` to 64 bytes" */
    int64_t cost_bytes;  /**< more bytes an object (negative: fewer) */
    const char *cost_of; /**< "object", "element", "program"; "" when there is no cost */
    const char *code;    /**< in the language's own idiom; "" */
    const char *patch;   /**< unified diff; "" */
    const struct cck_suggestion *variants; /**< other ways, the best first; without variants */
    size_t variant_count;
} cck_suggestion;

/** What the finding is about. */
typedef struct cck_finding_object {
    const char *kind;  /**< "heap", "global", "stack", "tls", "type", "mapping", "unknown" */
    const char *name;  /**< variable; "" if it has none */
    const char *type;  /**< "struct stats"; "" unknown */
    uint64_t size;     /**< bytes; 0 unknown */
    uint64_t count;    /**< array elements, or blocks of this kind; 0 unknown */
    uint64_t stride;   /**< bytes from element to element; 0: no array */
    uint64_t address;  /**< where it was in this run; 0: none */
    bool freed;
    const char *type_from; /**< how the type is known: "symbol", "accesses", "option", ""; */
} cck_finding_object;

typedef struct cck_finding {
    const char *rule;       /**< "false-sharing", ... */
    cck_severity severity;
    const char *title;      /**< one sentence */
    const char *id;         /**< stable over runs: hash of rule, type, fields; hex */
    cck_finding_evidence evidence;
    cck_finding_object object;
    uint64_t line_offset;   /**< of the line's first byte from the object's start (may wrap below 0) */
    uint32_t line_size;     /**< bytes; 0: not about a line */
    const cck_field_use *fields; /**< by offset, then thread */
    size_t field_count;
    const cck_location *locations; /**< the main one first: where a report points */
    size_t location_count;
    const cck_location *allocation; /**< call path of the allocation, innermost first */
    size_t allocation_count;
    cck_suggestion suggestion; /**< `text` "": there is none */
    const char *verify;     /**< command that checks the fix; "" */
    const char *const *notes;
    size_t note_count;
} cck_finding;

#ifdef __cplusplus
}
#endif
#endif
