/* SPDX-License-Identifier: MIT */
#include "outcome.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"

static int tell_cannot_run(const cck_target_info *target)
{
    fprintf(stderr, "cachecheck: Valgrind cannot run this program: %s\n", target->cannot_run);
    /* CPUID shows no AVX-512 in a simulation: what chooses by it at run time, as glibc does,
     * is no cause, and GLIBC_TUNABLES no remedy. */
    fputs("hint: build it without -march=native and -mavx512*, and have what reads /proc/cpuinfo "
          "choose AVX2; or count without a simulation: cachecheck stat --backend pmu, or "
          "software\n",
          stderr);
    return CLI_CANNOT_EXECUTE;
}

int cli_exit_status(const cck_result *result)
{
    const cck_target_info *target = &result->target;
    if (target->cannot_run && *target->cannot_run)
        return tell_cannot_run(target);
    if (target->attached || !target->exited)
        return CLI_OK;
    return target->signal ? 128 + target->signal : target->exit_code;
}

int cli_failure_status(const cck_error *err)
{
    if (err->code == CCK_ENOTFOUND && err->os_error)
        return CLI_NOT_FOUND;
    return err->code == CCK_EEXEC ? CLI_CANNOT_EXECUTE : CLI_OWN_FAILURE;
}

/* A gate that is passed since nothing was looked at would be worse than none. */
static bool saw_enough(const cck_result *result)
{
    const char *verdict = result->total.verdict.name;
    return strcmp(verdict, "too-little-seen") != 0 && strcmp(verdict, "nothing-simulated") != 0;
}

int cli_gate_findings(const cck_result *result, const char *gate, int status)
{
    int count = gate ? cck_result_findings_at(result, gate, NULL) : 0;
    if (gate && !status && !saw_enough(result)) {
        fputs("cachecheck: --fail-on: too little was seen of this run to judge it\n"
              "  hint: for a gate, use --backend simulate: it sees all, and the same each time\n",
              stderr);
        return CLI_OWN_FAILURE;
    }
    if (count <= 0)
        return status;
    fprintf(stderr, "cachecheck: --fail-on triggered: %s (%d finding%s)\n", gate, count,
            count == 1 ? "" : "s");
    return CLI_GATE;
}

cck_severity cli_severity_by_name(const char *name)
{
    static const char *const names[] = {
        [CCK_SEVERITY_INFO] = "info",         [CCK_SEVERITY_LOW] = "low",
        [CCK_SEVERITY_MEDIUM] = "medium",     [CCK_SEVERITY_HIGH] = "high",
        [CCK_SEVERITY_CRITICAL] = "critical",
    };
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return (cck_severity)i;
    return CCK_SEVERITY_LOW;
}
