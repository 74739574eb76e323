/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_CODE_NAME_TABLE_H
#define CCK_CORE_CODE_NAME_TABLE_H

/* Lists ended by NULL: see core/finding/code_name_table.c. */
extern const char *const cck_allocator_functions[];
extern const char *const cck_allocator_modules[];
extern const char *const cck_library_functions[];
extern const char *const cck_library_files[];
extern const char *const cck_library_modules[];

#endif
