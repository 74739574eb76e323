/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_CODE_H
#define CCK_WATCH_CODE_H

#include "core/base/map.h"
#include "probes/watch/decode.h"
#include "core/process/space.h"

/** A decoder for the code of each program that is watched, made when it is needed. */
typedef struct cck_watch_codes {
    const cck_root *root;
    int machine;
    cck_map by_image; /* number of the image + 1 -> its code */
} cck_watch_codes;

/** NULL: there is none. */
cck_decoder *cck_watch_codes_get(cck_watch_codes *codes, const cck_watch_image *image);

/** The code of an image that has a decoder; false: there is none. */
bool cck_watch_codes_text(const cck_watch_codes *codes, const cck_watch_image *image,
                          cck_text *out_text);

/** The mappings of an image were read anew: what is other code now is decoded again. */
void cck_watch_codes_update(cck_watch_codes *codes, const cck_watch_image *image);

void cck_watch_codes_clear(cck_watch_codes *codes);

#endif
