/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_COMPILE_H
#define CCK_LAYOUTS_COMPILE_H

#include <stdbool.h>

#include <cachecheck/error.h>

#include "core/base/arena.h"
#include "core/base/map.h"
#include "layouts/input.h"

/**
 * Headers and sources through the user's own compiler: the layout is what it says, for its
 * processor and with its flags. Nothing goes through a shell.
 */

/** What the name of a file says of it. */
typedef enum cck_source_kind {
    CCK_SOURCE_NONE,
    CCK_SOURCE_C,
    CCK_SOURCE_CPP,
    CCK_SOURCE_HEADER,    /* .h: of C or C++ */
    CCK_SOURCE_CPP_HEADER /* .hh, .hpp, .hxx, ... */
} cck_source_kind;

cck_source_kind cck_source_kind_of(const char *path);

/** Words that grow, ended by NULL; in an arena. */
typedef struct cck_word_list {
    const char **words;
    size_t count, capacity;
} cck_word_list;

/** Append a word (not copied). False: memory is out. */
bool cck_words_add(cck_arena *arena, cck_word_list *list, const char *word);

/** Split as a shell does: blanks, '...', "...", backslashes; nothing is expanded. */
bool cck_words_split(cck_arena *arena, cck_word_list *list, const char *text);

/** How a file is compiled. */
typedef struct cck_command {
    const char *directory;  /* to run in; NULL: here */
    cck_word_list compiler; /* "ccache", "gcc"; empty: by language */
    cck_word_list flags;    /* without files, output and what else would disturb */
    bool cpp;               /* the flags or the compiler say C++ */
    bool told;              /* from a compile_commands.json */
} cck_command;

/** The command of `path` (absolute), or of a source near to it for headers, in the
 * compile_commands.json of `folder`. CCK_ENOTFOUND, CCK_EFORMAT. */
int cck_command_find(cck_arena *arena, cck_command *out_command, const char *folder,
                     const char *path, cck_error *err);

/** Take the flags of a command line that matter; `source` is left out. */
bool cck_command_take(cck_arena *arena, cck_command *command, const char *const *words,
                      size_t count, const char *source);

/** An object that was compiled; its folder goes with cck_object_remove(). */
typedef struct cck_object {
    char folder[4096];
    char path[4160];
    bool cpp;
    bool second; /* it is C++ because it did not compile as C */
} cck_object;

/** Compile `path` (absolute) to an object with all its types. CCK_EEXEC, CCK_EINVALID. */
int cck_object_make(cck_arena *arena, cck_object *out_object, const char *path,
                    const cck_input_options *options, cck_error *err);

void cck_object_remove(const cck_object *object);

/** Sources of a list of inputs that are compiled before they are asked for. */
typedef struct cck_ahead cck_ahead;

/** Begin to compile the sources among `paths` (ended by NULL). NULL: not worth it, or memory is
 * out: they are compiled when they are read. Both arguments must live as long. */
cck_ahead *cck_ahead_new(const char *const *paths, const cck_input_options *options);

/** What cck_object_make() has for `path`, one of the list; waits for it. False: it was not begun.
 */
bool cck_ahead_take(cck_ahead *ahead, const char *path, cck_object *out_object, int *out_failed,
                    cck_error *err);

/** Waits for what is being compiled; removes what nobody took. */
void cck_ahead_free(cck_ahead *ahead);

/** How a program ended that was run for its messages. */
typedef struct cck_ran {
    int status;      /* of waitpid() */
    bool late;       /* it was ended because its time was up, or it wrote without end */
    size_t length;   /* of `text` */
    char text[8192]; /* the first of what it wrote */
} cck_ran;

/** Run words in a directory (NULL: here) for at most `seconds`. CCK_EEXEC. */
int cck_run_words(cck_ran *out_ran, const char *const *words, const char *directory,
                  unsigned seconds, cck_error *err);

#endif
