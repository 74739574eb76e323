/* SPDX-License-Identifier: MIT */
#include "../model.h"

static bool is_power_of_two(uint64_t number)
{
    return number && !(number & (number - 1));
}

static const char *tree_fault(const cck_shape *shape, cck_replacement replacement)
{
    if (replacement == CCK_REPLACE_TREE_PLRU && (!is_power_of_two(shape->ways) || shape->ways > 64))
        return "tree-PLRU needs a power of two of ways, up to 64";
    return NULL;
}

static const char *shapes_fault(const cck_model_options *options)
{
    const struct {
        const cck_shape *shape;
        cck_replacement replacement;
    } levels[] = {
        {&options->i1, options->replace_l1},
        {&options->d1, options->replace_l1},
        {&options->l2, options->replace_l2},
        {&options->ll, options->replace_ll},
    };
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        const cck_shape *shape = levels[i].shape;
        if (shape == &options->l2 && !shape->size)
            continue;
        const char *fault = cck_shape_fault(shape);
        if (!fault)
            fault = tree_fault(shape, levels[i].replacement);
        if (fault)
            return fault;
        if (shape->line != options->d1.line)
            return "its levels have lines of different sizes";
    }
    return NULL;
}

static const char *tlb_fault(const cck_tlb_shape *tlb)
{
    if (!tlb->entries)
        return NULL;
    if (!tlb->ways || tlb->ways > CCK_WAYS_MAX || tlb->entries % tlb->ways)
        return "the entries of a TLB are not a multiple of its ways";
    return tlb->entries > 1 << 20 ? "a TLB has more than 1048576 entries" : NULL;
}

static const char *parts_fault(const cck_model_options *options)
{
    uint64_t above = options->l2.size ? options->l2.size : options->d1.size;
    if (!options->cores || options->cores > CCK_MODEL_CORES_MAX)
        return "the number of cores is not within 1 to 1024";
    if (options->nodes > CCK_MODEL_NODES_MAX || options->nodes > options->cores)
        return "the number of nodes is not within 1 to 64, or larger than that of cores";
    if (options->llc == CCK_LLC_INCLUSIVE && options->ll.size < above)
        return "an inclusive last level is smaller than what it includes";
    if ((options->adjacent_prefetch || options->stream_prefetch) && !options->l2.size)
        return "prefetching fills an L2, and there is none";
    return NULL;
}

const char *cck_model_fault(const cck_model_options *options)
{
    const cck_tlb_shape *tlbs[] = {&options->tlb_data, &options->tlb_instruction, &options->tlb2};
    const char *fault = shapes_fault(options);
    if (!fault)
        fault = parts_fault(options);
    for (size_t i = 0; !fault && i < sizeof tlbs / sizeof *tlbs; i++)
        fault = tlb_fault(tlbs[i]);
    if (fault)
        return fault;
    if (!is_power_of_two(options->page_bytes) || options->page_bytes < 4096)
        return "the page size is not a power of two from 4096";
    if (!options->address_bits || options->address_bits > 64)
        return "addresses do not have 1 to 64 bits";
    return NULL;
}

void cck_model_defaults(cck_model_options *options)
{
    /* Round figures of servers with mesh or chiplets of the early 2020s, at about 3 GHz. */
    static const cck_latencies usual = {
        .l1 = 4,
        .l2 = 14,
        .ll = 60,
        .memory = 300,
        .remote_memory = 450,
        .transfer = 120,
        .remote_transfer = 400,
        .upgrade = 100,
        .tlb2 = 7,
        .walk = 40,
    };
    cck_latencies *own = &options->latencies;
    const struct {
        uint32_t *own, usual;
    } table[] = {
        {&own->l1, usual.l1},
        {&own->l2, usual.l2},
        {&own->ll, usual.ll},
        {&own->memory, usual.memory},
        {&own->remote_memory, usual.remote_memory},
        {&own->transfer, usual.transfer},
        {&own->remote_transfer, usual.remote_transfer},
        {&own->upgrade, usual.upgrade},
        {&own->tlb2, usual.tlb2},
        {&own->walk, usual.walk},
        {&options->page_bytes, 4096},
        {&options->address_bits, 47},
        {&options->cores, 1},
        {&options->nodes, 1},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!*table[i].own)
            *table[i].own = table[i].usual;
}
