/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_PACKAGE_PROGRAM_H
#define CCK_LAYOUTS_PACKAGE_PROGRAM_H

#include <elfutils/libdw.h>
#include <gelf.h>

#include "core/base/map.h"
#include "layouts/corpus.h"

/**
 * The program that a package of split debug information (.dwp) belongs to: units of the package
 * name addresses by their number in a table that only the program has.
 */
typedef struct cck_package_program {
    int fd;
    Elf *elf;
    Dwarf *dwarf;
    Elf_Data *addresses; /* .debug_addr */
    cck_map bases;       /* id of a unit to the offset of its addresses, + 1 */
} cck_package_program;

/** False: it cannot be read, or has no such table; to be closed in any case. */
bool cck_package_program_open(cck_package_program *program, const char *path);

/** The addresses of the unit with that id, which live as long as the program. */
bool cck_package_program_addresses(const cck_package_program *program, uint64_t id,
                                   Elf_Data *out_addresses);

/** Fill in the section that a variable's address is in. */
void cck_package_program_place(const cck_package_program *program, cck_corpus *corpus,
                               cck_corpus_global *global);

void cck_package_program_close(cck_package_program *program);

#endif
