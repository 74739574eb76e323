/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "core/base/fail.h"
#include "layouts/compile.h"

static const char *note_of(const cck_object *object, bool header)
{
    if (object->second)
        return "read as C++: it does not compile as C; templates have a layout only where they "
               "are used";
    return object->cpp && header ? "templates have a layout only where they are used" : "";
}

int cck_input_compile(cck_corpus *corpus, const char *path, const cck_input_options *options,
                      cck_error *err)
{
    cck_object object;
    cck_source_kind kind = cck_source_kind_of(path);
    bool header = kind == CCK_SOURCE_HEADER || kind == CCK_SOURCE_CPP_HEADER;
    char *real = realpath(path, NULL);
    if (!real)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot open %s", path);
    int failed;
    if (!cck_ahead_take(options->ahead, path, &object, &failed, err))
        failed = cck_object_make(&corpus->arena, &object, real, options, err);
    if (!failed) {
        failed = cck_input_elf(corpus,
                               &(cck_input_source){.path = object.path,
                                                   .name = path,
                                                   .member = "",
                                                   .kind = header ? "header" : "source",
                                                   .note = note_of(&object, header),
                                                   .main_file = real},
                               options, err);
        cck_object_remove(&object);
    }
    free(real);
    return failed;
}
