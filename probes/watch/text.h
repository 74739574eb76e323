/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_TEXT_H
#define CCK_WATCH_TEXT_H

#include <stdbool.h>
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
    /**
     * False: code there may be changed while the target runs (made at run time, writable),
     * so that an analysis of it has to be checked when it is used again. NULL: nothing is.
     */
    bool (*fixed)(void *context, uint64_t address);
    /**
     * The bounds of the function that holds `address`. NULL, or false: not known, so that
     * jumps by a table nearby may lead anywhere.
     */
    bool (*function)(void *context, uint64_t address, uint64_t *out_start, uint64_t *out_end);
    /**
     * A word of the target's memory, as it is now. NULL, or false: it cannot be read.
     */
    bool (*load)(void *context, uint64_t address, uint64_t *out_word);
    void *context;
} cck_text;

#endif
