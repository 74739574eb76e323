/* SPDX-License-Identifier: MIT */
#include "probes/counters/pfm_calls.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>

_Static_assert(PFM_MAJ_VERSION(LIBPFM_VERSION) == 4, "CCK_PFM_SONAME is that of another version");

static cck_pfm_calls calls;
static bool started;

/* It stays loaded: names and descriptions point into it. */
static void start(void)
{
    void *library = dlopen(CCK_PFM_SONAME, RTLD_LAZY | RTLD_LOCAL);
    bool whole = library != NULL;
#define FIND(name)                                                                                 \
    calls.name = library ? (__typeof__(calls.name))dlsym(library, "pfm_" #name) : NULL;            \
    whole = whole && calls.name;
    CCK_PFM_CALLS(FIND)
#undef FIND
    started = whole && calls.initialize() == PFM_SUCCESS;
    // cppcheck-suppress resourceLeak ; see above
}

const cck_pfm_calls *cck_pfm(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
    return started ? &calls : NULL;
}
