/* SPDX-License-Identifier: MIT */
#include "outcome.h"

#include "commands.h"

int cli_exit_status(const cck_result *result)
{
    const cck_target_info *target = &result->target;
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
