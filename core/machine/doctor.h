/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_DOCTOR_H
#define CCK_CORE_DOCTOR_H

#include <cachecheck/doctor.h>

#include "core/base/arena.h"
#include "core/base/root.h"
#include "core/session/probe.h"

/** The doctor's inside: a list of checks that owns its strings. */
struct cck_doctor {
    cck_arena arena;
    cck_check *checks;
    size_t count, capacity;
    bool out_of_memory;
    bool has_machine;
    cck_machine_info machine; /* of its own: the doctor outlives the machine */
};

/** What is examined; tests bring trees, machines and probes of their own. All borrowed. */
typedef struct cck_doctor_scope {
    const cck_root *root;
    const cck_machine *machine;     /* NULL: there is none, because of */
    const cck_error *machine_error; /* this */
    const cck_probe *const *probes; /* NULL-ended */
} cck_doctor_scope;

/** As cck_doctor_run(), of `scope`: the machine, each probe, and what `auto` would take. */
int cck_doctor_examine(cck_doctor **out_doctor, const cck_doctor_scope *scope, cck_error *err);

/** machine_doctor.c: the checks of the backend "machine". */
void cck_machine_examine(const cck_doctor_scope *scope, cck_doctor_sink *sink, void *context);

/** machine_advice.c: what to set, for hypervisor and container as they were named; "" if unknown.
 */
const char *cck_advice_for_counters(const char *hypervisor);
const char *cck_advice_for_caches(const char *hypervisor);
const char *cck_advice_for_container(const char *container);

#endif
