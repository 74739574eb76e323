/* SPDX-License-Identifier: MIT */
/* Damaged BTF: cycles, numbers out of range, lengths beyond the end. */
#include <stdint.h>

#include "layouts/btf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool leaf(void *context, const cck_field *field)
{
    size_t *left = context;
    return field->type && (*left)-- > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cck_corpus corpus = {.types = NULL};
    uint32_t input;
    if (cck_corpus_add_input(&corpus, &(cck_corpus_input){.path = "fuzz"}, &input, NULL) == 0 &&
        cck_btf_take(&corpus, data, size, input, NULL) == 0) {
        cck_corpus_sort(&corpus);
        for (size_t i = 0; i < corpus.type_count; i++) {
            size_t leaves = 1000;
            cck_type_leaves(corpus.types[i].type, leaf, &leaves);
        }
    }
    cck_corpus_clear(&corpus);
    return 0;
}
