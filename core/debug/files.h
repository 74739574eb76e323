/* SPDX-License-Identifier: MIT */
#ifndef CCK_DEBUG_FILES_H
#define CCK_DEBUG_FILES_H

#include "core/debug/internal.h"

/**
 * The file table of a unit. libdw reads all the rows of a line table before it tells a file's
 * name (elfutils 0.188, dwarf_getsrclines.c), which takes longer than reading all types does:
 * here only the header of the line table is read.
 */
typedef struct cck_file {
    const char *name;
    uint32_t directory;
    uint64_t hash;    /* of the path; 0: not asked yet */
    const char *path; /* NULL: not asked yet */
} cck_file;

typedef struct cck_files {
    Dwarf_CU *cu;
    const char *base; /* the directory of the compilation; "" unknown */
    const char **directories;
    size_t directory_count;
    cck_file *files; /* by number; of DWARF 4 number 0 is none */
    size_t file_count;
} cck_files;

/** The table of a unit, kept until a few others were asked for; NULL: ask libdw. */
cck_files *cck_files_of(cck_debug_module *module, Dwarf_CU *cu);

/** The file's path, absolute if the table tells; "" none. In the module's arena. */
const char *cck_files_path(cck_debug_module *module, cck_files *files, uint64_t number);

/** The same for the same path in any unit, without making the path. 0: none. */
uint64_t cck_files_hash(cck_files *files, uint64_t number);

/** What libdw calls a file of the unit, made absolute if the unit tells where it was compiled: libdw
 * leaves `../src/a.c` as it is. As long as the module. */
const char *cck_files_absolute(cck_debug_module *module, const cck_files *files, const char *path);

void cck_files_free(cck_files *files);

/** Bytes of a debug section of the file, unpacked; `name` without the dot. False: there is none. */
bool cck_debug_section(Dwarf *dwarf, const char *name, const uint8_t **out_start,
                       const uint8_t **out_end);

#endif
