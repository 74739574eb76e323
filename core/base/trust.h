/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_TRUST_H
#define CCK_CORE_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include <cachecheck/error.h>

/**
 * The environment of a process that has more rights than who started it (root; capabilities of
 * the program's file) must not choose what it runs, loads or writes to: sudo keeps TMPDIR or
 * PATH where an administrator says so, and `su` keeps them all.
 */
bool cck_trust_is_privileged(void);

/**
 * Whether only root can change what that path leads to: the file and every folder above belong
 * to root, and nobody else can write there, but groups of the system; sticky
 * folders such as /tmp may be written by all. False too when it is not there.
 */
bool cck_trust_path(const char *path);

/**
 * The value of an environment variable that is the path of a folder or file. NULL when it is not
 * set, is empty, or is not to be trusted by this process.
 */
const char *cck_trust_variable(const char *name);

/** The same of a folder that may have to be made: what is there already of its path counts. */
const char *cck_trust_variable_to_make(const char *name);

/** Whether a variable lists a folder, between colons, that is not to be trusted. */
bool cck_trust_refuses_list(const char *name);

/** The first executable file of that name in PATH, leaving out folders not to be trusted. */
bool cck_trust_find_program(const char *name, char *out_path, size_t size);

/** Where private folders are made: $TMPDIR if absolute and to be trusted, or /tmp. */
const char *cck_trust_temporary(void);

/**
 * Make a private folder there, "cachecheck-KIND" and a random end; the caller removes it.
 * CCK_EIO if TMPDIR is not there, CCK_ELIMIT if the path is longer than `size`; else that of
 * errno, with a hint.
 */
int cck_trust_make_folder(const char *kind, char *out_path, size_t size, cck_error *err);

/**
 * The same, locked as long as this process lives or `out_lock` is open, so that those which killed
 * processes left can be told, and are removed here. On failure the path is "", the lock -1.
 */
int cck_trust_make_locked(const char *kind, char *out_path, size_t size, int *out_lock,
                          cck_error *err);

#endif
