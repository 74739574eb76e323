/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_ELF_FILE_H
#define CCK_CORE_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** An ELF file as it is mapped into a process. */
typedef struct cck_file_module {
    const char *path;
    char build_id[65];   /* hex; "" unknown */
    uint64_t start, end; /* with what follows the file's bytes in memory (bss) */
    uint64_t bias;
    uint64_t tls_size, tls_align; /* of its thread-local segment; 0: none */
    bool elf;
    bool unread; /* reading it failed: what is told above may be missing or wrong */
} cck_file_module;

/**
 * Fill in what the file of `path` says of itself; false: not an ELF file of this machine's kind,
 * one that is gone, or one that cannot be read, which `unread` tells.
 * `start` and `offset` are of the mapped segment.
 */
bool cck_elf_describe(cck_file_module *module, uint64_t start, uint64_t offset);

/** Addresses in memory of the functions of that name; at most `most`. */
size_t cck_elf_functions(const cck_file_module *module, const char *name, uint64_t *out_addresses,
                         size_t most);

#endif
