/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_TEXT_H
#define CCK_WATCH_TEXT_H

#include <stddef.h>
#include <stdint.h>

/**
 * Where the code of a target is read from: the files that it maps, else its memory. An
 * interface, so that the decoder is tested on bytes of a table.
 */
typedef struct cck_text {
    /**
     * Copy up to `size` bytes of code from `address` on. Returns how many there are before
     * the end of what can be executed; 0: none is known.
     */
    size_t (*read)(void *context, uint64_t address, void *bytes, size_t size);
    void *context;
} cck_text;

#endif
