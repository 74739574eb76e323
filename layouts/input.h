/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_INPUT_H
#define CCK_LAYOUTS_INPUT_H

#include "layouts/corpus.h"

/** How inputs are read. Zero-initialised: as if nothing was said. */
typedef struct cck_input_options {
    const char *const *compile_flags; /* for headers and sources; NULL-ended, or NULL */
    const char *compile_commands;     /* folder of compile_commands.json, or NULL */
    const char *compiler;             /* words, or NULL: CC or CXX of the environment, cc, c++ */
    uint32_t line;                    /* bytes of a cache line; 0: that of the processor */
    uint32_t jobs;                    /* threads; 0: as many as there are CPUs to use */
    uint32_t compile_seconds;         /* 0: 60 */
    struct cck_ahead *ahead;          /* sources that are being compiled already; NULL none */
} cck_input_options;

/**
 * Add the types and globals of a file to the corpus. What it is is told by its content; only
 * headers and sources are known by their names. CCK_ENOTFOUND, CCK_EACCESS, CCK_EFORMAT (of
 * no known kind, or damaged), CCK_EUNSUPPORTED (no debug information: the hint says how to get
 * it), CCK_EEXEC (no compiler), CCK_EINVALID (does not compile: the hint has the first errors).
 */
int cck_input_read(cck_corpus *corpus, const char *path, const cck_input_options *options,
                   cck_error *err);

/** What the files of an input's reading share. */
typedef struct cck_input_source {
    const char *path;   /* to open; may be below /proc/self/fd */
    const char *name;   /* as the user named it */
    const char *member; /* of an archive; "" */
    const char *kind;   /* NULL: told by the ELF header */
    const char *note;
    const char *program;   /* whose package it is; NULL: not known */
    const char *main_file; /* absolute path whose types are main_file; NULL none */
} cck_input_source;

/** Read an ELF file: DWARF of it or of its debug file, else BTF. */
int cck_input_elf(cck_corpus *corpus, const cck_input_source *source,
                  const cck_input_options *options, cck_error *err);

/** Read the members of an archive, each an input. */
int cck_input_archive(cck_corpus *corpus, const char *path, const cck_input_options *options,
                      cck_error *err);

/** Compile a header or source, and read what comes of it. */
int cck_input_compile(cck_corpus *corpus, const char *path, const cck_input_options *options,
                      cck_error *err);

/** Read a package of split debug information (.dwp). */
int cck_input_package(cck_corpus *corpus, const cck_input_source *source,
                      const cck_input_options *options, cck_error *err);

/** A copy of an object file with the sections of its type units joined, as libdw wants them: a file
 * in memory, to be closed. -1: it has none, or is damaged. */
int cck_input_ungroup(const char *path);

/** Bytes of a cache line, and the name, of a processor (EM_*). */
uint32_t cck_input_line(unsigned machine, const char **out_name);

#endif
