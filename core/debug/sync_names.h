/* SPDX-License-Identifier: MIT */
#ifndef CCK_DEBUG_SYNC_NAMES_H
#define CCK_DEBUG_SYNC_NAMES_H

/** The text of core/debug/sync.names, compiled in by the CMakeLists.txt beside it. */
extern const char cck_sync_names[];

#endif
