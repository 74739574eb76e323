/* SPDX-License-Identifier: MIT */
#ifndef CCK_DEBUG_H
#define CCK_DEBUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cachecheck/error.h>

#include "core/debug/type.h"

/**
 * Debug information: from an address in a file to function, source line, variable and
 * type. Reads ELF and DWARF with elfutils; separate debug files are found by build-id
 * and debug link, split DWARF and dwz alternates followed. The bytes are not trusted:
 * whatever is wrong with them gives less information, never a crash, within bounded time
 * and memory. Nothing is fetched from the network.
 *
 * Addresses here are those of the file (of its symbol table), not of a running process.
 * Strings and types belong to the cck_debug and live as long as it does. Not thread-safe.
 */
typedef struct cck_debug cck_debug;
typedef struct cck_debug_module cck_debug_module;

int cck_debug_new(cck_debug **out_debug, cck_error *err);
void cck_debug_free(cck_debug *debug);

/** What is known of a file; for "no debug info: ..." lines. */
typedef struct cck_debug_info {
    bool symbols; /* a symbol table, at least the dynamic one */
    bool lines;   /* DWARF with line tables */
    bool types;   /* DWARF with types and variables */
    const char *separate; /* path of the separate debug file used; "" */
    const char *language; /* of most of its units: "C", "C++", "Rust", "Go", ""; */
    const char *missing;  /* what is missing and how to get it (-g, a -dbgsym package); "" */
} cck_debug_info;

/**
 * The module of a file, opened at the first call and kept. `build_id` (hex, "" unknown) must
 * match if both are known: CCK_EFORMAT says that the file was changed. A debug file of another
 * build is passed over, and `missing` says so. CCK_ENOTFOUND, CCK_EACCESS, CCK_EFORMAT.
 */
int cck_debug_open(cck_debug *debug, const char *path, const char *build_id,
                   cck_debug_module **out_module, cck_error *err);

/**
 * Of the file of that path read no more than symbols, when it is opened: names of functions
 * and variables, no lines, types or inlined functions. DWARF is large and often compressed;
 * of what hardly ran it is not worth its time and memory. Before the file's first
 * cck_debug_open(). CCK_ENOMEM.
 */
int cck_debug_symbols_only(cck_debug *debug, const char *path, cck_error *err);

/** Whether a file is the distribution's: its debug information is in a package, if anywhere. */
bool cck_debug_is_packaged(const char *path);

const cck_debug_info *cck_debug_info_of(const cck_debug_module *module);

/** A function activation at an address: the function itself, or one inlined into it. */
typedef struct cck_frame {
    const char *function; /* demangled, without parameters' types; "" unknown */
    const char *linkage;  /* as in the symbol table; "" unknown */
    const char *file;     /* as compiled, made absolute where the unit tells how; "" unknown */
    uint32_t line, column; /* 0 unknown; of the call for all but the innermost frame */
    bool inlined;         /* this frame was inlined into the next one */
} cck_frame;

/**
 * Frames of the code at `address`, innermost first, the last one not inlined. Never fails:
 * without symbols there are 0. The array is valid until the next call.
 */
size_t cck_debug_frames(cck_debug_module *module, uint64_t address, const cck_frame **out_frames);

/** The function at `address`: its first byte and size; false if no symbol covers it. */
bool cck_debug_function(cck_debug_module *module, uint64_t address, const char **out_name,
                        uint64_t *out_start, uint64_t *out_size);

/** First addresses of functions of that name (demangled, or linkage); returns how many, at most
 * `most` are stored. Qualified names match at a "::" boundary: `work` matches `app::work`. */
size_t cck_debug_find_function(cck_debug_module *module, const char *name, uint64_t *out_addresses,
                               size_t most);

/** A variable, or what is known of the place where it would be. */
typedef struct cck_variable {
    const char *name;     /* demangled and qualified; "" unknown */
    uint64_t start, size; /* address in the file (TLS: offset in the TLS segment; stack: 0) */
    const cck_type *type; /* NULL unknown */
    const char *file;     /* of its declaration; "" */
    uint32_t line;
    const char *function; /* of a local or static local variable; "" */
    bool pointee;         /* cck_debug_access(): what is pointed to, not the variable itself */
} cck_variable;

/** The global or static variable that covers an address of the file's data. */
bool cck_debug_global(cck_debug_module *module, uint64_t address, cck_variable *out_variable);

/** Its neighbour before (`step` -1) or behind (+1), by address; for "what else is on the line". */
bool cck_debug_global_near(cck_debug_module *module, uint64_t address, int step,
                           cck_variable *out_variable);

/** The thread-local variable at an offset into the module's TLS segment. `*out_size` of the whole
 * segment, rounded up to its alignment (what lies below the thread pointer on x86-64). */
bool cck_debug_tls(cck_debug_module *module, uint64_t offset, cck_variable *out_variable);
bool cck_debug_tls_size(cck_debug_module *module, uint64_t *out_size);

/** A global by name, for --type ADDR_EXPR and for what-if. */
bool cck_debug_find_global(cck_debug_module *module, const char *name, cck_variable *out_variable);

/**
 * The local variable or parameter that lies at `cfa_offset` bytes from the canonical frame
 * address in the frame of the function that `address` is in. `*out_offset`: bytes from its start.
 * `frame_size`: bytes from the stack pointer at `address` up to the canonical frame address; 0
 * unknown. It finds what a function that aligns its frame addresses by the stack pointer.
 * `frame_depth`: the same from the frame pointer, which other such functions address by.
 */
bool cck_debug_local(cck_debug_module *module, uint64_t address, int64_t cfa_offset,
                     uint64_t frame_size, uint64_t frame_depth, cck_variable *out_variable,
                     uint64_t *out_offset);

/**
 * What the instruction at `address` accesses in memory, by type: decodes it, follows its base
 * register back through the code before it to a variable in a register, on the stack or in memory
 * (inlined functions included), and that through members and indices. E.g. for `incq 8(%rbx)` with
 * `struct stats *s` in rbx: type `struct stats`, `*out_offset` 8.
 * `*out_offset` is where in that type the access begins; past its size when the pointer
 * walks an array. False: not known, which is frequent and no error.
 */
bool cck_debug_access(cck_debug_module *module, uint64_t address, const cck_type **out_type,
                      int64_t *out_offset, cck_variable *out_base);

/**
 * The type that an allocation at the call at `address` (any byte of the instruction) makes, guessed from
 * the variable or member that its result is stored to. False: not known.
 */
bool cck_debug_allocated(cck_debug_module *module, uint64_t address, const cck_type **out_type);

/** A type by name: "struct stats", "stats", "ns::Stats"; NULL: none (complete) of that name. */
const cck_type *cck_debug_find_type(cck_debug_module *module, const char *name);

/** "Did you mean": the last part of the name of the type that is nearest; false: none is near. */
bool cck_debug_nearest_type(cck_debug_module *module, const char *name, char *out_name,
                            size_t size);

#endif
