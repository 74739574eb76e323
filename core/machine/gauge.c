/* SPDX-License-Identifier: MIT */
#include "core/machine/gauge.h"

#include <string.h>

#include "core/base/fail.h"

int cck_gauge_measure(const char *name, const cck_machine *machine, double *out_value,
                      cck_error *err)
{
    for (const cck_gauge *const *gauge = cck_gauges; *gauge; gauge++)
        if (strcmp((*gauge)->name, name) == 0)
            return (*gauge)->measure(machine, out_value, err);
    return cck_fail(err, CCK_EUNSUPPORTED, "this build cannot measure '%s'", name);
}
