/* SPDX-License-Identifier: MIT */
#include "core/machine/gauge.h"

#include <string.h>
#include <time.h>

#include "core/base/fail.h"

static const cck_gauge *find(const char *name)
{
    for (const cck_gauge *const *gauge = cck_gauges; *gauge; gauge++)
        if (strcmp((*gauge)->name, name) == 0)
            return *gauge;
    return NULL;
}

int cck_gauge_measure(const char *name, const cck_machine *machine, double *out_value,
                      cck_error *err)
{
    const cck_gauge *gauge = find(name);
    if (gauge)
        return gauge->measure(machine, out_value, err);
    return cck_fail(err, CCK_EUNSUPPORTED, "this build cannot measure '%s'", name);
}

static bool recall(const char *name, const cck_machine *machine, cck_gauge_reading *out)
{
    const cck_gauge *gauge = find(name);
    cck_measurement *measurement = NULL;
    if (!machine || !gauge || !gauge->kept ||
        cck_measurement_recall(&measurement, machine, NULL) < 0)
        return false;
    cck_gauge_reading reading = {.kept = true};
    bool there = gauge->kept(measurement, &reading.value);
    reading.age_s = (int64_t)time(NULL) - cck_measurement_get_info(measurement)->when;
    cck_measurement_free(measurement);
    if (there)
        *out = reading;
    return there;
}

int cck_gauge_read(const char *name, const cck_machine *machine, cck_gauge_reading *out_reading,
                   cck_error *err)
{
    if (recall(name, machine, out_reading))
        return 0;
    cck_gauge_reading reading = {0};
    int code = cck_gauge_measure(name, machine, &reading.value, err);
    if (code == 0)
        *out_reading = reading;
    return code;
}
