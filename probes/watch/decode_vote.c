/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "probes/watch/decode_internal.h"

/*
 * Decoding from a wrong offset falls in step with the right instructions after a few of
 * them (x86 code synchronises itself), so that most offsets lead through the right
 * boundaries.
 */
typedef struct cck_vote {
    uint8_t length[CCK_BACK];     /* of the instruction there, 0 if it is none */
    bool arrives[CCK_BACK + 1];   /* its path leads to the end */
    uint16_t paths[CCK_BACK + 1]; /* that lead through here and arrive */
} cck_vote;

static void count_paths(const cck_architecture *architecture, const uint8_t *bytes, size_t back,
                        size_t size, cck_vote *out)
{
    memset(out, 0, sizeof *out);
    out->arrives[back] = true;
    for (size_t i = back; i-- > 0;) {
        if ((back - i) % architecture->unit)
            continue;
        unsigned length = architecture->length(bytes + i, size - i);
        out->length[i] = (uint8_t)length;
        out->arrives[i] = length && i + length <= back && out->arrives[i + length];
    }
    for (size_t i = 0; i < back; i++)
        if (out->arrives[i]) {
            out->paths[i]++;
            out->paths[i + out->length[i]] += out->paths[i];
        }
}

/* The start of the instruction that ends at `end`. SIZE_MAX: none is known. Of equal ones the
 * longer: where code begins, nothing tells an instruction from the same one with a prefix. */
static size_t before(const cck_architecture *architecture, const cck_vote *votes, size_t end)
{
    size_t best = SIZE_MAX;
    for (size_t length = 1; length <= architecture->longest && length <= end; length++) {
        size_t start = end - length;
        if (votes->arrives[start] && votes->length[start] == length &&
            (best == SIZE_MAX || votes->paths[start] >= votes->paths[best]))
            best = start;
    }
    return best;
}

size_t cck_boundaries_before(const cck_architecture *architecture, const cck_code *code,
                             uint64_t ip, uint64_t out_boundaries[CCK_BACK], size_t *out_sure)
{
    cck_vote votes;
    size_t offset = ip - code->start, count = 0, sure = 0;
    size_t back = offset < CCK_BACK ? offset : CCK_BACK;
    const uint8_t *bytes = code->bytes + offset - back;
    count_paths(architecture, bytes, back, code->size - offset + back, &votes);
    for (size_t end = back, start; (start = before(architecture, &votes, end)) != SIZE_MAX;) {
        /* Those who come to the end by another way: three in four must come by this one. */
        if (sure == count && 4U * votes.paths[start] >= 3U * votes.paths[end])
            sure++;
        out_boundaries[count++] = ip - back + start;
        end = start;
    }
    if (out_sure)
        *out_sure = sure;
    return count;
}
