/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PROCESS_MAPS_H
#define CCK_CORE_PROCESS_MAPS_H

#include "core/process/space.h"

/** Fill `list` and `modules` of an image from /proc/PID/maps. False: it cannot be read. */
bool cck_watch_maps_read(const cck_root *root, cck_watch_image *image);

/** What differs from exec to exec of a process: where its stack begins. 0: not known. */
uint64_t cck_watch_maps_began(const cck_root *root, int32_t pid);

#endif
