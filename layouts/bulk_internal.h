/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_BULK_INTERNAL_H
#define CCK_LAYOUTS_BULK_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/debug/type_internal.h"
#include "layouts/bulk_scan.h"
#include "layouts/corpus.h"

enum { CCK_BULK_WORKERS = 16 };

/** A distinct record of the file. */
typedef struct cck_bulk_entry {
    uint64_t name;
    uint32_t unit, offset; /* of the first one in the file */
    uint32_t seen;
    bool is_typedef;
    _Atomic(const cck_type *) type; /* NULL: not loaded yet, or not to be */
} cck_bulk_entry;

/** A variable as a unit tells it. */
typedef struct cck_bulk_global {
    cck_corpus_global global;
    uint32_t unit;
} cck_bulk_global;

typedef struct cck_bulk cck_bulk;

typedef struct cck_bulk_worker {
    cck_bulk *all;
    unsigned number;
    pthread_t thread;
    cck_debug *debug;
    cck_debug_module *module;
    bool ready; /* its units are those of the first */
    cck_scan scan;
    cck_type_share share;
    cck_bulk_global *globals;
    size_t global_count;
} cck_bulk_worker;

struct cck_bulk {
    cck_corpus *corpus;
    cck_debug_module *module; /* of the first worker */
    const char *path, *main_file;
    uint32_t input;
    cck_scan_unit *units;
    atomic_bool *wanted;
    size_t unit_count;
    atomic_size_t next; /* unit that nobody has taken yet */
    cck_bulk_worker workers[CCK_BULK_WORKERS];
    unsigned worker_count;
    cck_bulk_entry *entries; /* by unit and offset */
    size_t entry_count;
    uint32_t *renumbered[CCK_BULK_WORKERS]; /* a scan's numbers to entries */
    uint32_t *first_of;                     /* unit to its first entry */
    cck_map by_name;                        /* hash of a name to the first entry that has it */
};

/** Make the entries out of what all scans saw. */
int cck_bulk_merge(cck_bulk *all, cck_error *err);

/** Have the worker's module take records that others load from them. */
bool cck_bulk_share_begin(cck_bulk_worker *worker);

/** Load the entries and variables of a unit. */
void cck_bulk_load(cck_bulk_worker *worker, uint32_t number);

/** Put what was loaded into the corpus. */
int cck_bulk_take(cck_bulk *all, cck_error *err);

/** Take in the variables of a unit, while its parents are known. */
void cck_bulk_load_globals(cck_bulk_worker *worker, const cck_unit *unit,
                           const cck_scan_unit *seen);

/** Join symbols and variables by address, into the corpus. */
int cck_bulk_globals(cck_bulk *all, cck_error *err);

/** Whether a section is written while the program starts, and never again. */
bool cck_section_settled(const char *name);

#endif
