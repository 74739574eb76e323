/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_FOLDER_H
#define CCK_CORE_FOLDER_H

/**
 * Folders of our own are removed when something has failed, too: that takes no memory, and no
 * descriptor more than one a level. What cannot be removed stays, without a word.
 */

/**
 * Lock a folder for as long as this process lives: flock(2), of which the kernel lets go whatever
 * ends it. Returns a descriptor, the caller's to close; -1 if somebody swept it away meanwhile.
 */
int cck_folder_lock(const char *path);

/** Remove the folders in `place` whose names begin with `prefix`, are ours, and locked by nobody. */
void cck_folder_sweep(const char *path, const char *prefix);

/** Remove everything below an open folder; links themselves, never what they lead to. */
void cck_folder_empty(int folder);

/** The folder as well. */
void cck_folder_remove(const char *path);

#endif
