/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_MACHINE_H
#define CACHECHECK_MACHINE_H

/**
 * @file
 * The machine model: packages, cores, PUs (hardware threads), NUMA nodes and
 * caches, from hwloc: of the live machine, an XML export (`lstopo x.xml`) or a
 * synthetic string ("pack:2 numa:2 l3:1 core:8 pu:2"). A machine never changes once it is open:
 * any number of threads may read it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cachecheck/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a cache holds. */
typedef enum cck_cache_kind {
    CCK_CACHE_UNIFIED,
    CCK_CACHE_DATA,
    CCK_CACHE_INSTRUCTION
} cck_cache_kind;

/** One kind of cache of the machine. 0 in a field means "unknown", never "none". */
typedef struct cck_cache {
    unsigned level; /**< 1 to 5 */
    cck_cache_kind kind;
    uint64_t size;  /**< bytes, of one instance */
    unsigned ways;  /**< associativity; 0 unknown, UINT_MAX fully associative */
    unsigned line;  /**< bytes */
    unsigned count; /**< instances in the machine */
    unsigned pus;   /**< hardware threads that share one instance (the largest, if they differ) */
} cck_cache;

/** A NUMA node. Nodes without CPUs (CXL, HBM) have `pus` 0 and `cpus` "". */
typedef struct cck_node {
    unsigned index;   /**< OS number */
    uint64_t memory;  /**< bytes; 0 unknown */
    unsigned pus;     /**< hardware threads that are nearest to it and online */
    bool allowed;     /**< this process may take memory from it (cpuset) */
    const char *cpus; /**< their OS numbers, such as "0-3,8-11" */
    const char *kind; /**< such as "HBM"; "" unknown, mostly plain DRAM */
} cck_node;

/** What a part of the machine is. */
typedef enum cck_part_kind {
    CCK_PART_MACHINE,
    CCK_PART_PACKAGE,
    CCK_PART_DIE,
    CCK_PART_GROUP, /**< such as a cluster of cores, or a division of the package (SNC, NPS) */
    CCK_PART_NODE,
    CCK_PART_MEMORY_CACHE, /**< in front of a node's memory */
    CCK_PART_CACHE,
    CCK_PART_CORE,
    CCK_PART_CPU
} cck_part_kind;

/**
 * A part of the topology, as hwloc has it. Parts are listed from the outside in, each
 * followed by all that it holds: nodes first.
 */
typedef struct cck_part {
    cck_part_kind kind;
    const char *name;  /**< "Package", "L1d", "Core", "CPU", "Node", ... */
    const char *detail; /**< such as "HBM"; "" mostly */
    unsigned logical;  /**< hwloc's number, L# */
    int64_t os;        /**< the system's, P#; -1: it has none */
    uint64_t size;     /**< bytes, of a cache or a node; 0 unknown */
    unsigned cpus;     /**< online CPUs in it; of a node: nearest to it */
    bool allowed;      /**< this process may use it, or some of it */
    size_t parent;     /**< index; the machine's is its own */
    size_t end;        /**< index behind the last part that it holds */
} cck_part;

/** What the container, cgroup and affinity leave of the machine. Strings are never NULL. */
typedef struct cck_limits {
    bool known;           /**< read at all; false for models without a recorded tree */
    const char *cpus;     /**< that this process may run on, such as "0-3"; "" unknown */
    const char *nodes;    /**< whose memory it may take; "" unknown */
    double cpu_time;      /**< CPUs' worth of time it may use; 0: no quota was found */
    uint64_t memory;      /**< bytes it may use; 0: no limit was found */
    const char *cpu_time_from; /**< the file, such as "cpu.max"; "" */
    const char *memory_from;
} cck_limits;

/** What is worth telling of a machine in a report. Strings are never NULL, but may be "". */
typedef struct cck_machine_info {
    const char *cpu_vendor; /**< such as "AuthenticAMD" */
    const char *cpu_model;  /**< such as "AMD EPYC 7763 64-Core Processor" */
    const char *arch;       /**< such as "x86_64" */
    const char *kernel;     /**< release, such as "6.1.0-28-amd64"; "" unless live or captured */
    const char *hypervisor; /**< such as "KVM" or "KVM (Amazon EC2)"; "" when none was seen */
    const char *container;  /**< such as "docker"; "" when none was seen */
    const char *origin;     /**< "live", "xml", "synthetic", "captured", or "recorded" (a tree) */
    bool is_thissystem;     /**< false: a model of some other machine; never bind to it */
    unsigned packages, cores, pus, nodes;
    unsigned allowed_pus; /**< that this process may use (cpuset, affinity) */
    unsigned line_size;   /**< bytes, of the L1 data cache; 64 if unknown */
    uint64_t memory;      /**< bytes over all nodes */
    const cck_cache *caches; /**< nearest level first; data before instruction; big cores first */
    size_t cache_count;
    const char *const *notes; /**< what could not be read of it, or was not found; one line each */
    size_t note_count;
} cck_machine_info;

/** Where to take the machine from. At most one of the strings may be set; none: live. */
typedef struct cck_machine_options {
    size_t size; /**< sizeof(cck_machine_options) */
    const char *xml;
    const char *synthetic;
    const char *root; /**< a capture (capture.h), packed or unpacked, or the root of a recorded /proc
                           and /sys tree; NULL: "/" if live, else none */
} cck_machine_options;

typedef struct cck_machine cck_machine;

/**
 * Discover or load a machine. `options` may be NULL (live). The caller owns
 * `*out_machine` and ends it with cck_machine_free(). hwloc's own HWLOC_XMLFILE,
 * HWLOC_SYNTHETIC and HWLOC_FSROOT are honoured when no source is given. hwloc may
 * print about a kernel that contradicts itself, unless HWLOC_HIDE_ERRORS=2 is set.
 * Errors: CCK_ENOTFOUND, CCK_EFORMAT (damaged XML, XML of hwloc 3, bad synthetic
 * string), CCK_EINVALID (two sources, a directory, a `root` without topology),
 * CCK_ELIMIT (a huge file), CCK_ENOMEM.
 */
CCK_API int cck_machine_open(cck_machine **out_machine, const cck_machine_options *options,
                             cck_error *err);

CCK_API void cck_machine_free(cck_machine *machine);

/** The summary; borrowed from the machine. */
CCK_API const cck_machine_info *cck_machine_get_info(const cck_machine *machine);

/** The NUMA nodes by OS number; borrowed from the machine. */
CCK_API const cck_node *cck_machine_get_nodes(const cck_machine *machine, size_t *out_count);

/**
 * OS index of the NUMA node next to an OS CPU number, or -1 if unknown. Never one
 * without CPUs, however near it is. Takes constant time, as does core_of_cpu.
 */
CCK_API int cck_machine_node_of_cpu(const cck_machine *machine, unsigned cpu);

/** Number of the core (from 0, in hwloc's logical order) of an OS CPU, or -1. */
CCK_API int cck_machine_core_of_cpu(const cck_machine *machine, unsigned cpu);

/**
 * The cache of that level that holds data, or NULL. `level` 0 means the last level.
 * Where cores differ (hybrid CPUs) it is that of the cores with the largest L1 data
 * cache, on every level; see `caches` for the others.
 */
CCK_API const cck_cache *cck_machine_data_cache(const cck_machine *machine, unsigned level);

/** The L1 instruction cache, or NULL. */
CCK_API const cck_cache *cck_machine_instruction_cache(const cck_machine *machine);

/** The parts, from the machine itself on; borrowed from the machine. */
CCK_API const cck_part *cck_machine_get_parts(const cck_machine *machine, size_t *out_count);

/** What this process may use of the machine; borrowed from it. */
CCK_API const cck_limits *cck_machine_get_limits(const cck_machine *machine);

/**
 * The distance from one NUMA node to another by OS numbers, as firmware tells it (ACPI SLIT:
 * 10 is local). Not always the same in both directions. 0: unknown.
 */
CCK_API unsigned cck_machine_distance(const cck_machine *machine, unsigned from, unsigned to);

#ifdef __cplusplus
}
#endif
#endif
