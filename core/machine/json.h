/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_MACHINE_JSON_H
#define CCK_CORE_MACHINE_JSON_H

#include <cachecheck/machine.h>

#include "core/base/json_reader.h"
#include "core/base/json_writer.h"

/** What every document of schema cachecheck/1 starts with: "schema", "command", "tool". */
void cck_json_document(cck_json *json, const char *command);

/** "machine": {...}, the same in every command's document. */
void cck_json_machine(cck_json *json, const cck_machine_info *machine);

/** The same back from a document; strings and caches are in the reader's arena. */
void cck_json_read_machine(cck_json_reader *reader, const cck_json_node *root, cck_machine_info *machine);

#endif
