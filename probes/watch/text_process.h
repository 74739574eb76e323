/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_TEXT_PROCESS_H
#define CCK_WATCH_TEXT_PROCESS_H

#include <cachecheck/error.h>

#include "core/base/root.h"
#include "probes/watch/text.h"

/**
 * The code of a process, while it runs. What is mapped from files is read from these, since
 * policy may forbid to read memory of a process that is not our child; the rest (code made
 * at run time, deleted files, files in namespaces that we cannot enter) from its memory.
 */
typedef struct cck_process_text cck_process_text;

/** `root` is borrowed. CCK_EGONE, CCK_EACCESS when the maps cannot be read. */
int cck_process_text_new(cck_process_text **out_text, const cck_root *root, int32_t pid,
                         cck_error *err);
void cck_process_text_free(cck_process_text *text);

/** For cck_decoder_new(); valid until cck_process_text_free(). */
cck_text cck_process_text_reader(cck_process_text *text);

/**
 * Look for changed mappings, as after dlopen, dlclose and exec. `changed` (may be NULL) is
 * called for each range whose code went or came: cck_decoder_forget() fits it. On failure
 * what was known stays.
 */
int cck_process_text_update(cck_process_text *text,
                            void (*changed)(void *context, uint64_t start, uint64_t end),
                            void *context, cck_error *err);

#endif
