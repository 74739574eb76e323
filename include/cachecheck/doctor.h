/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_DOCTOR_H
#define CACHECHECK_DOCTOR_H

/**
 * @file
 * The doctor: what works on this machine, what does not, and what would enable it.
 */

#include <cachecheck/error.h>
#include <cachecheck/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a check came out. */
typedef enum cck_check_state {
    CCK_CHECK_YES,
    CCK_CHECK_PARTLY, /**< works with a restriction, which `reason` names */
    CCK_CHECK_NO,
    CCK_CHECK_UNKNOWN
} cck_check_state;

/** One line of the doctor's report. Strings are never NULL, may be "". */
typedef struct cck_check {
    const char *backend; /**< "pmu", "software", "watch", "simulate", "machine", ... */
    const char *part;    /**< "cycles", "sampling", "valgrind", ... ; "" for the backend as a whole */
    cck_check_state state;
    const char *reason; /**< what was seen */
    const char *enable; /**< the exact command or setting that would enable it, "" if none is known */
} cck_check;

typedef struct cck_doctor cck_doctor;

/** Run every check: well under a second, changes nothing on the machine. */
CCK_API int cck_doctor_run(cck_doctor **out_doctor, cck_error *err);

CCK_API size_t cck_doctor_count(const cck_doctor *doctor);

/** Borrowed from the doctor; NULL beyond the end. */
CCK_API const cck_check *cck_doctor_get(const cck_doctor *doctor, size_t index);

/** The machine that was examined, borrowed from the doctor; NULL if it could not be modelled. */
CCK_API const cck_machine_info *cck_doctor_get_machine(const cck_doctor *doctor);

CCK_API void cck_doctor_free(cck_doctor *doctor);

#ifdef __cplusplus
}
#endif
#endif
