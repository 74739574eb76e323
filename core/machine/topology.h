/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_MACHINE_TOPOLOGY_H
#define CCK_CORE_MACHINE_TOPOLOGY_H

#include <cachecheck/machine.h>

#include "core/base/arena.h"
#include "core/base/json_reader.h"
#include "core/base/json_writer.h"

/** The words for cck_part_kind, in its order, ended by NULL. */
extern const char *const cck_part_words[];

/** A copy of the parts in the arena, strings included; NULL: memory is out. */
const cck_part *cck_topology_copy(cck_arena *arena, const cck_part *parts, size_t count);

/** "topology": [...] of a document, a line a part. */
void cck_topology_write(cck_json *json, const cck_part *parts, size_t count);

/**
 * Read the member "topology" of `root` back, into the reader's arena; absent in results of
 * older versions: then none. What is no tree, or deeper or larger than a machine can be, is
 * wrong at its place: whoever walks the parts need not look.
 */
const cck_part *cck_topology_read(cck_json_reader *reader, const cck_json_node *root, size_t *out_count);

#endif
