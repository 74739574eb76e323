/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_BTF_H
#define CCK_LAYOUTS_BTF_H

#include "layouts/input.h"

/**
 * Types of BTF, the kernel's own type information (kernel.org, bpf/btf.rst). It knows no place
 * of declaration, no asked-for alignment and no globals but those of BPF programs.
 */

/** Take the records of a blob into the corpus, as of input `input`. The bytes are not trusted;
 * names stay in them: they must live as long as the corpus. */
int cck_btf_take(cck_corpus *corpus, const void *bytes, size_t size, uint32_t input,
                 cck_error *err);

/** Read a file of BTF, such as /sys/kernel/btf/vmlinux. */
int cck_input_btf(cck_corpus *corpus, const char *path, const cck_input_options *options,
                  cck_error *err);

#endif
