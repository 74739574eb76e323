/* SPDX-License-Identifier: MIT */
/* From parts to boxes: a core with its own caches and CPUs is one box, whatever is shared is a box
 * around those who share it. */
#include "core/report/boxes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"

enum { ALIKE_LEAST = 3 };

typedef struct builder {
    cck_arena *arena;
    const cck_part *parts;
    const cck_part_use *uses;
    bool fold;
    bool failed;
} builder;

static void *get(builder *b, size_t count, size_t size)
{
    void *memory = cck_arena_array(b->arena, count, size);
    b->failed |= !memory;
    return memory;
}

static bool is_memory(const cck_part *part)
{
    return part->kind == CCK_PART_NODE || part->kind == CCK_PART_MEMORY_CACHE;
}

/* Children that hold CPUs. Returns how many; the last of them in `out_last`. */
static size_t count_children(const builder *b, size_t at, size_t *out_last)
{
    size_t count = 0;
    for (size_t i = at + 1; i < b->parts[at].end; i = b->parts[i].end)
        if (!is_memory(&b->parts[i])) {
            count++;
            *out_last = i;
        }
    return count;
}

/* What XML brings may be any bytes. */
static const char *printable(builder *b, const char *text)
{
    char *copy = cck_arena_strdup(b->arena, text);
    for (char *at = copy; at && *at; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    b->failed |= !copy;
    return copy ? copy : "";
}

static const cck_part_use *use_of(const builder *b, const cck_part *part)
{
    const cck_part_use *use = b->uses ? &b->uses[part - b->parts] : NULL;
    return use && use->text ? use : NULL;
}

/* "Node L#0 P#0 64 GiB HBM, no CPUs"; caches inside of a core go without a number. */
static const char *text_of(builder *b, const cck_part *part, bool numbered)
{
    char logical[24] = "", os[32] = "", size[CCK_NUMBER_SIZE + 1] = "";
    if (numbered && part->kind != CCK_PART_MACHINE)
        snprintf(logical, sizeof logical, " L#%u", part->logical);
    /* Linux numbers caches too, but nobody types these. */
    if (part->os >= 0 && part->kind != CCK_PART_MACHINE && part->kind != CCK_PART_GROUP &&
        part->kind != CCK_PART_CACHE)
        snprintf(os, sizeof os, " P#%" PRId64, part->os);
    if (part->size) {
        size[0] = ' ';
        cck_number_bytes(size + 1, (double)part->size);
    }
    const char *detail = *part->detail ? printable(b, part->detail) : "";
    const cck_part_use *use = use_of(b, part);
    const char *text = cck_arena_printf(
        b->arena, "%s%s%s%s%s%.64s%s%s%s%s", part->name, logical, os, size, *detail ? " " : "", detail,
        part->kind == CCK_PART_NODE && !part->cpus ? ", no CPUs" : "",
        part->allowed                 ? ""
        : part->kind == CCK_PART_NODE ? " (not allowed)"
        : part->kind == CCK_PART_CPU  ? " x"
                                      : "",
        use ? ": " : "", use ? use->text : "");
    b->failed |= !text;
    return text ? text : "";
}

static void add_line(builder *b, cck_box *box, const cck_part *part, bool numbered)
{
    box->lines[box->line_count++] = (cck_box_line){
        .text = text_of(b, part, numbered),
        .kind = part->kind,
        .allowed = part->allowed,
        .use = use_of(b, part),
    };
}

/* The chain down to where a core, or a CPU without one, has its caches for itself; 0: it has not. */
static size_t find_core(const builder *b, size_t at)
{
    for (;;) {
        const cck_part *part = &b->parts[at];
        size_t next = at, count = count_children(b, at, &next);
        if (part->kind == CCK_PART_CPU || part->kind == CCK_PART_CORE)
            return at;
        if (part->kind != CCK_PART_CACHE || count != 1 || part->end - at != b->parts[next].end - at)
            return 0;
        at = next;
    }
}

static cck_box *build_core(builder *b, size_t at, size_t core)
{
    cck_box *box = get(b, 1, sizeof *box);
    if (!box || !(box->lines = get(b, b->parts[at].end - at, sizeof *box->lines)))
        return NULL;
    box->title = text_of(b, &b->parts[core], true);
    box->kind = b->parts[core].kind;
    box->allowed = b->parts[core].allowed;
    box->use = use_of(b, &b->parts[core]);
    for (size_t i = at; i < b->parts[at].end; i++)
        if (i != core)
            add_line(b, box, &b->parts[i], b->parts[i].kind != CCK_PART_CACHE);
    return box;
}

static cck_box *build(builder *b, size_t at);

static size_t count_alike(const builder *b, const size_t *siblings, size_t count)
{
    size_t alike = 1;
    uint64_t shape = cck_part_shape(b->parts, siblings[0]);
    while (alike < count && cck_part_shape(b->parts, siblings[alike]) == shape)
        alike++;
    return alike;
}

static void add_child(builder *b, cck_box *box, cck_box *child)
{
    b->failed |= !child;
    if (child)
        box->children[box->child_count++] = child;
}

static void add_children(builder *b, cck_box *box, const size_t *siblings, size_t count)
{
    for (size_t i = 0; i < count && !b->failed;) {
        size_t alike = count_alike(b, siblings + i, count - i);
        bool fold = b->fold && alike >= ALIKE_LEAST;
        for (size_t k = 0; k < (fold ? 1 : alike); k++)
            add_child(b, box, build(b, siblings[i + k]));
        if (fold)
            add_child(b, box, cck_box_fold(b->arena, b->parts, siblings + i + 1, alike - 1));
        i += alike;
    }
}

static cck_box *build(builder *b, size_t at)
{
    const cck_part *part = &b->parts[at];
    size_t core = find_core(b, at), last, count = count_children(b, at, &last), held = 0;
    if (core)
        return build_core(b, at, core);
    cck_box *box = get(b, 1, sizeof *box);
    size_t *siblings = get(b, count + 1, sizeof *siblings);
    if (!box || !siblings || !(box->children = get(b, count + 1, sizeof(*box->children))) ||
        !(box->lines = get(b, part->end - at, sizeof *box->lines)))
        return NULL;
    box->title = text_of(b, part, true);
    box->kind = part->kind;
    box->allowed = part->allowed;
    for (size_t i = at + 1; i < part->end;) {
        if (is_memory(&b->parts[i]))
            add_line(b, box, &b->parts[i], true);
        else
            siblings[held++] = i;
        i = is_memory(&b->parts[i]) ? i + 1 : b->parts[i].end;
    }
    add_children(b, box, siblings, held);
    return box;
}

static size_t count_cores(const cck_boxes_plan *plan)
{
    size_t cores = 0;
    for (size_t i = 0; i < plan->count; i++)
        cores += plan->parts[i].kind == CCK_PART_CORE;
    return cores;
}

void cck_boxes_new(cck_boxes *out_boxes, const cck_boxes_plan *plan)
{
    *out_boxes = (cck_boxes){.root = NULL};
    builder b = {
        .arena = &out_boxes->arena,
        .parts = plan->parts,
        .uses = plan->uses,
        .fold = count_cores(plan) > plan->most,
    };
    cck_box *root = plan->count ? build(&b, 0) : NULL;
    if (b.failed || !root)
        return;
    cck_box_layout(root, plan->width);
    out_boxes->root = root;
}

void cck_boxes_clear(cck_boxes *boxes)
{
    cck_arena_clear(&boxes->arena);
    boxes->root = NULL;
}
