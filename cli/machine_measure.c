/* SPDX-License-Identifier: MIT */
/* `cachecheck machine --measure`, as far as it talks to a person. */
#include "machine_measure.h"

#include <stdio.h>
#include <unistd.h>

enum { BAR = 30 };

/* "[#########.....................]  31 %  core to core" */
static void on_progress(void *context, double share, const char *what)
{
    (void)context;
    int full = share < 0 ? 0 : share > 1 ? BAR : (int)(share * BAR);
    fputs("\r\033[K[", stderr);
    for (int i = 0; i < BAR; i++)
        fputc(i < full ? '#' : '.', stderr);
    fprintf(stderr, "] %3d %%  %s", (int)(share * 100), what);
    fflush(stderr);
}

/* A quiet measurement is worth more than a later one that was disturbed. */
static bool has_better(const cck_measurement *measurement, const cck_machine *machine)
{
    cck_measurement *kept = NULL;
    if (!cck_measurement_get_info(measurement)->noise.noisy ||
        cck_measurement_recall(&kept, machine, NULL) < 0)
        return false;
    bool better = !cck_measurement_get_info(kept)->noise.noisy;
    cck_measurement_free(kept);
    return better;
}

/* What cannot be kept was measured all the same. */
static void keep(const cck_measurement *measurement, const cck_machine *machine)
{
    char path[4096];
    cck_error err = {0};
    if (has_better(measurement, machine))
        fputs("cachecheck: not kept: an earlier measurement was quiet, this one was not\n", stderr);
    else if (cck_measurement_keep(measurement, machine, path, sizeof path, &err) == 0)
        fprintf(stderr, "cachecheck: kept in %s for %d days\n", path, CCK_MEASUREMENT_DAYS);
    else
        fprintf(stderr, "cachecheck: not kept: %s\n", err.message);
}

int cli_machine_measure(cck_measurement **out_measurement, const cck_machine *machine, bool quick,
                        cck_error *err)
{
    bool terminal = isatty(STDERR_FILENO) == 1;
    const cck_measure_options options = {
        .size = sizeof options,
        .quick = quick,
        .on_progress = terminal ? on_progress : NULL,
    };
    int code = cck_measure_run(out_measurement, machine, &options, err);
    if (terminal)
        fputs("\r\033[K", stderr);
    if (code == 0)
        keep(*out_measurement, machine);
    return code;
}
