/* SPDX-License-Identifier: MIT */
#include "core/finding/code_name_table.h"

#include <stddef.h>

/* Beginnings of demangled names. */
const char *const cck_allocator_functions[] = {
    "malloc",
    "calloc",
    "realloc",
    "reallocarray",
    "memalign",
    "aligned_alloc",
    "posix_memalign",
    "valloc",
    "pvalloc",
    "strdup",
    "strndup",
    "operator new",
    "__libc_malloc",
    "__libc_calloc",
    "__libc_memalign",
    "_int_malloc",
    "__rust_alloc",
    "__rust_realloc",
    "__rdl_alloc",
    "__rdl_realloc",
    "__rustc::__rust_alloc",
    "__rustc::__rdl_alloc",
    "_dl_allocate_tls",
    "std::sys::alloc",
    "std::alloc",
    "<std::alloc",
    "alloc::",
    "<alloc::",
    "core::",
    "<core::",
    "std::allocator",
    "std::__new_allocator",
    "std::__allocate_guarded",
    "std::make_unique",
    "std::make_shared",
    "std::vector",
    "std::_Vector_base",
    "std::__shared",
    "std::shared_ptr",
    "std::unique_ptr",
    "std::deque",
    "std::_Deque_base",
    "std::map",
    "std::_Rb_tree",
    "std::unordered_map",
    "std::_Hashtable",
    "std::__detail::",
    "std::list",
    "std::__cxx11::",
    "__gnu_cxx::",
    "runtime.mallocgc",
    "runtime.newobject",
    "runtime.makeslice",
    NULL,
};

/* Parts of file names of modules that stand in for the allocator. */
const char *const cck_allocator_modules[] = {"/vgpreload_", "/libjemalloc.", "/libtcmalloc", NULL};

/* Functions of the languages' own libraries, which are inlined everywhere. */
const char *const cck_library_functions[] = {
    "std::",    "core::",      "alloc::",   "<std::",       "<core::",
    "<alloc::", "__gnu_cxx::", "__atomic_", "sync/atomic.", "internal/runtime/",
    NULL,
};

/* Parts of file names of modules that are the languages' own libraries. */
const char *const cck_library_modules[] = {
    "/libc.so.",    "/libc-2.",  "/libpthread", "/libstdc++.so",
    "/libgcc_s.so", "/ld-linux", "/libstd-",    NULL,
};

/* Parts of paths of their sources, for functions whose names do not tell. */
const char *const cck_library_files[] = {
    "/usr/include/c++/",
    "-linux-gnu/c++/",
    "/rustc/",
    "/library/core/src/",
    "/library/alloc/src/",
    "/library/std/src/",
    "/usr/lib/gcc/",
    NULL,
};
