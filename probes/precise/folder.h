/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_FOLDER_H
#define CCK_PRECISE_FOLDER_H

#include "probes/precise/recording.h"
#include "probes/precise/scene.h"

/**
 * A recorded run as a folder: `stream` (see recording.h), and of /proc what is needed to tell
 * objects: mappings, names. Made where CACHECHECK_RECORD names one.
 */
typedef struct cck_precise_folder cck_precise_folder;

/** NULL, and 0, when nothing is to be recorded. CCK_EIO, CCK_ENOMEM. */
int cck_precise_folder_new(cck_precise_folder **out_folder, const cck_precise_head *head,
                           const cck_root *root, cck_error *err);

/** Who writes its stream; NULL for NULL. */
cck_precise_writer *cck_precise_folder_writer(const cck_precise_folder *folder);

/** Copy what /proc says now of the processes that are known. */
void cck_precise_folder_look(cck_precise_folder *folder, const cck_precise_scene *scene);

/** Complete it. CCK_EIO when anything failed. 0 for NULL. */
int cck_precise_folder_end(cck_precise_folder *folder, uint64_t elapsed_ns, cck_error *err);

/** Leave it as it is (NULL allowed). */
void cck_precise_folder_abandon(cck_precise_folder *folder);

#endif
