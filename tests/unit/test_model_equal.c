/* SPDX-License-Identifier: MIT */
/* The model in depth without coherence counts what cachegrind's model does, access by access. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/simulate/model/hierarchy.h"
#include "probes/simulate/model/model.h"
#include "rounds.h"

enum { MISSES = CCK_DID_MISS_L1 | CCK_DID_MISS_L2 | CCK_DID_MISS_LL };

static void *blocks[64];
static unsigned block_count;

static void *zeroed(void *context, size_t size)
{
    (void)context;
    assert_true(block_count < sizeof blocks / sizeof *blocks);
    return blocks[block_count++] = calloc(1, size);
}

static uint64_t next(uint64_t *random)
{
    *random ^= *random << 13, *random ^= *random >> 7, *random ^= *random << 17;
    return *random;
}

static unsigned as_hierarchy(cck_hierarchy *hierarchy, uint32_t core, cck_access_kind kind,
                             uint64_t address, uint32_t size)
{
    cck_core *private = cck_hierarchy_core(hierarchy, core);
    unsigned misses = kind == CCK_ACCESS_FETCH
                          ? cck_hierarchy_fetch(hierarchy, private, address, size)
                          : cck_hierarchy_access(hierarchy, private, address, size);
    return (misses & CCK_MISS_L1 ? CCK_DID_MISS_L1 : 0) |
           (misses & CCK_MISS_L2 ? CCK_DID_MISS_L2 : 0) |
           (misses & CCK_MISS_LL ? CCK_DID_MISS_LL : 0);
}

static bool in_filter(cck_model *model, uint32_t core, cck_access_kind kind, uint64_t address,
                      uint32_t size)
{
    cck_model_filter filter;
    if (!cck_model_filter_of(model, core, &filter) || size > filter.data_mask << filter.line_bits ||
        size > filter.fetch_mask << filter.line_bits)
        return false;
    uint64_t line = address >> filter.line_bits, last = (address + size - 1) >> filter.line_bits;
    if (kind == CCK_ACCESS_FETCH)
        return filter.fetch[line & filter.fetch_mask] == last;
    return (kind == CCK_ACCESS_LOAD ? filter.load : filter.store)[line & filter.data_mask] == last;
}

static void compare(const cck_model_options *options, bool filter)
{
    cck_geometry geometry = {options->i1, options->d1,    options->l2,
                             options->ll, options->cores, options->address_bits};
    cck_hierarchy hierarchy;
    cck_outcome did;
    uint64_t random = 88172645463325252u;
    assert_null(cck_model_fault(options));
    assert_true(cck_hierarchy_init(&hierarchy, &geometry, zeroed, NULL));
    cck_model *model = cck_model_new(options);
    assert_non_null(model);
    for (unsigned step = 0, steps = rounds_of(60000); step < steps; step++) {
        uint64_t at = next(&random);
        uint32_t core = at >> 60 & 1 ? (uint32_t)(at % options->cores) : 0;
        cck_access_kind kind = (cck_access_kind)(CCK_ACCESS_FETCH + (at >> 50) % 4);
        uint32_t size = at >> 40 & 15 ? 1u << (at >> 36 & 3) : 1 + (at >> 32 & 255);
        uint64_t span = step % 3 ? 2 * options->ll.size : options->d1.size / 2;
        uint64_t address = 0x10000 + next(&random) % span;
        unsigned expected = as_hierarchy(&hierarchy, core, kind, address, size);
        if (filter && in_filter(model, core, kind, address, size)) {
            assert_int_equal(expected, 0);
            continue;
        }
        cck_model_access(model, core, kind, address, size, &did);
        if ((did.did & MISSES) != expected)
            fail_msg("step %u: %x instead of %x", step, did.did & MISSES, expected);
    }
    assert_false(cck_model_is_exhausted(model));
    cck_model_free(model);
    while (block_count)
        free(blocks[--block_count]);
}

static void it_counts_as_cachegrind(void **state)
{
    (void)state;
    const cck_model_options geometries[] = {
        {.i1 = {512, 2, 32}, .d1 = {1024, 2, 32}, .ll = {8192, 8, 32}, .cores = 1},
        {.i1 = {2048, 4, 64}, .d1 = {2048, 4, 64}, .ll = {16384, 16, 64}, .cores = 3},
        {.i1 = {1536, 1, 64},
         .d1 = {1344, 3, 64},
         .l2 = {4480, 5, 64},
         .ll = {13440, 15, 64},
         .cores = 2},
        {.i1 = {4096, 8, 64},
         .d1 = {4096, 8, 64},
         .l2 = {8192, 8, 64},
         .ll = {20480, 20, 64},
         .cores = 2},
        {.i1 = {256, 16, 16}, .d1 = {4096, 1, 16}, .ll = {8192, 4, 16}, .cores = 2},
        {.i1 = {8192, 4, 256},
         .d1 = {8192, 4, 256},
         .l2 = {16384, 4, 256},
         .ll = {65536, 8, 256},
         .cores = 4},
    };
    for (size_t i = 0; i < sizeof geometries / sizeof *geometries; i++) {
        for (unsigned how = 0; how < 8; how++) {
            cck_model_options options = geometries[i];
            options.explain = options.explain_l1 = how & 1;
            if (how & 4)
                options.tlb_data = options.tlb_instruction = (cck_tlb_shape){4, 2};
            cck_model_defaults(&options);
            compare(&options, how & 2);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_counts_as_cachegrind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
