/* SPDX-License-Identifier: MIT */
#ifndef CLI_VERIFY_PATCH_H
#define CLI_VERIFY_PATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <cachecheck/layout.h>
#include <cachecheck/result.h>

/** Where a patch is to come from: a finding of a saved result, or a file. */
typedef struct cli_patch_source {
    const char *name;     /* "result.json#2"; NULL: none */
    const char *finding;  /* --finding: number or id; NULL */
    const char *file;     /* --patch; NULL */
    uint32_t variant;     /* --variant, from 1 on; 0: the patch itself */
    const char *commands; /* folder of compile_commands.json; NULL */
} cli_patch_source;

/** A patch, and what it was taken from. */
typedef struct cli_patch {
    cck_result *result;         /* NULL: a file */
    cck_layout_fix *fix;        /* the audit that made the patch; NULL */
    const cck_finding *finding; /* what it is to mend; NULL */
    char *text;
} cli_patch;

/** Find it, or make it. False after printing why there is none. */
bool cli_patch_find(cli_patch *out_patch, const cli_patch_source *source);

void cli_patch_clear(cli_patch *patch);

#endif
