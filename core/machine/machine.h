/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_MACHINE_H
#define CCK_CORE_MACHINE_H

#include <hwloc.h>
#include <pthread.h>

#include <cachecheck/machine.h>

#include "core/base/arena.h"
#include "core/base/root.h"

/**
 * The machine's inside. It is read once from hwloc's topology (and from /proc and
 * /sys for what hwloc does not know) and never changes afterwards, so that it may
 * be shared between threads.
 */
struct cck_machine {
    cck_machine_info info;
    cck_arena arena;           /* strings, caches, nodes, tables */
    hwloc_topology_t topology; /* while it is read, then NULL */
    const char *hwloc_version; /* such as "2.9.0"; "" unknown */
    cck_node *nodes;           /* by OS index */
    size_t node_count;
    int32_t *node_of_cpu; /* by OS CPU number; -1 unknown */
    int32_t *core_of_cpu;
    unsigned cpu_limit; /* entries in both */
    unsigned offline_pus;
    const char *offline; /* their OS numbers, such as "4-7"; "" none */
    cck_part *parts;     /* outside in */
    size_t part_count;
    unsigned *distances; /* node x node, in the order of `nodes`; NULL unknown */
    cck_limits limits;
    bool out_of_memory; /* a note is missing: the machine is not given out */
};

/* Kinds differ by level, kind, size, ways and line: where cores differ (hybrid CPUs) a
 * level has several. More than this is damage, not a machine. */
enum { CCK_MACHINE_CACHE_KINDS = 64 };

/* CPU numbers beyond this are damage: Linux stops at 8192 (arch/x86/Kconfig NR_CPUS). */
enum { CCK_MACHINE_CPU_LIMIT = 1 << 16 };

/**
 * One thread at a time is in hwloc: the child of a trial (trial.c) has only the thread that forked,
 * and would wait for ever for a lock of hwloc's that another one held at that moment.
 */
extern pthread_mutex_t cck_machine_hwloc;

/** Where a machine comes from, read but not yet believed. */
typedef struct cck_machine_source {
    const char *path; /* of the XML, for messages */
    char *xml;        /* its text, ended by NUL; owned */
    size_t xml_length;
    const char *synthetic;
    const char *root;     /* as in the options; of a capture, where it was unpacked */
    bool fsroot;          /* hwloc shall find out by itself what the tree below the root is */
    bool captured;        /* the XML came with the root */
    char *unpacked;       /* a folder that goes when the source is closed; owned */
    char *captured_xml;   /* path of the XML in the root; owned */
} cck_machine_source;

/** machine_source.c: find the source that `options` (or hwloc's variables) name. */
int cck_machine_source_open(cck_machine_source *out_source, const cck_machine_options *options,
                            cck_error *err);

void cck_machine_source_close(cck_machine_source *source);

/** machine_load.c: let hwloc load it, and name its origin. */
int cck_machine_load_topology(cck_machine *machine, const cck_machine_source *source,
                              cck_error *err);

/**
 * machine_trial.c: run `build` in a child process, and tell how it ended: its result
 * and error, or CCK_EFORMAT if it crashed.
 */
int cck_machine_try(int (*build)(const cck_machine_source *source, cck_error *err),
                    const cck_machine_source *source, cck_error *err);

/** "PATH is damaged ...", with the hint how to make a good one. */
int cck_machine_damaged(const cck_machine_source *source, const char *what, cck_error *err);

/** machine_cache.c: the caches by kind. `root` (may be NULL) fills in what hwloc left unknown. */
int cck_machine_read_caches(cck_machine *machine, const cck_root *root, cck_error *err);

/** machine_node.c: nodes, cores, and the tables by CPU. `root` may be NULL. */
int cck_machine_read_cpus(cck_machine *machine, const cck_root *root, cck_error *err);

/** tree.c: the parts, and the distances between nodes. After the CPUs. */
int cck_machine_read_tree(cck_machine *machine, cck_error *err);

/** limits.c: what is left of it for this process. `root` may be NULL: then nothing is known. */
int cck_machine_read_limits(cck_machine *machine, const cck_root *root, cck_error *err);

/**
 * notes.c: say of the machine that something is missing, each once. For people: what stays unknown
 * must not look like what is not there.
 */
void cck_machine_note(cck_machine *machine, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** The note that a file cannot be read, with errno's reason; none if it is not there (`code`). */
void cck_machine_note_unread(cck_machine *machine, const char *path, int code);

/** As cck_root_read_line(); a file that is there but cannot be read becomes a note. */
long cck_machine_read_line(cck_machine *machine, const cck_root *root, const char *path, char *buffer,
                           size_t size);

/**
 * missing.c: note what the kernel shows in `root` and hwloc, which tells no errors, left out: CPUs,
 * cores, packages, caches, nodes, memory, distances, and what this process may use. hwloc must
 * have read the same tree. After the limits.
 */
void cck_machine_note_missing(cck_machine *machine, const cck_root *root);

/** While it is read: the CPUs that this process may use. The caller frees it; NULL: no memory. */
hwloc_bitmap_t cck_machine_usable(const cck_machine *machine);

/** machine_cpu.c: vendor, model, architecture and kernel. `root` may be NULL. */
int cck_machine_read_names(cck_machine *machine, const cck_root *root, cck_error *err);

/**
 * machine_host.c: hypervisor and container, as far as files tell; left NULL if none
 * was seen. `cpuinfo` is the head of /proc/cpuinfo, `root` may be NULL.
 */
void cck_machine_read_host(cck_machine *machine, const cck_root *root, const char *cpuinfo);

/** While it is read: hwloc's info of that name on the machine, a package, core or PU; NULL if none.
 */
const char *cck_machine_hwloc_info(const cck_machine *machine, const char *name);

/**
 * The value of `key` in /proc/cpuinfo-like `text`: copied to `out`, cut to fit.
 * Starts at `*cursor` and moves it on, so that a loop finds each CPU's value.
 */
bool cck_machine_cpuinfo_value(const char *text, const char *key, size_t *cursor, char *out,
                               size_t size);

#endif
