/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_TEXT_FUNCTION_H
#define CCK_WATCH_TEXT_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

/**
 * The function that a byte of an ELF file's code belongs to, by the file's unwind table
 * (.eh_frame_hdr), which stripped files have, too. `fd` and its contents are not trusted.
 * Offsets are of the file. False: the table is missing, of another form, or says nothing of
 * this place. A part that the compiler moved away ("cold") counts as a function.
 */
bool cck_text_function(int fd, uint64_t offset, uint64_t *out_start, uint64_t *out_end);

#endif
