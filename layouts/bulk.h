/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_BULK_H
#define CCK_LAYOUTS_BULK_H

#include "core/debug/internal.h"
#include "layouts/corpus.h"

/**
 * All record types and globals of a file at once, into the corpus as of input `input`.
 * The corpus takes `debug` over, whose only module is `module`, whatever comes of it.
 * `main_file`: types declared there are marked; NULL none. Adds to the input's counts.
 */
int cck_bulk_read(cck_corpus *corpus, cck_debug *debug, cck_debug_module *module, uint32_t input,
                  const char *main_file, unsigned jobs, cck_error *err);

#endif
