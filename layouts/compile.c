/* SPDX-License-Identifier: MIT */
#include "layouts/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/folder.h"
#include "core/base/trust.h"

enum { SECONDS = 60 };

static const struct {
    const char *ending;
    cck_source_kind kind;
} endings[] = {
    {".h", CCK_SOURCE_HEADER},       {".c", CCK_SOURCE_C},
    {".hh", CCK_SOURCE_CPP_HEADER},  {".hpp", CCK_SOURCE_CPP_HEADER},
    {".hxx", CCK_SOURCE_CPP_HEADER}, {".h++", CCK_SOURCE_CPP_HEADER},
    {".H", CCK_SOURCE_CPP_HEADER},   {".ipp", CCK_SOURCE_CPP_HEADER},
    {".tcc", CCK_SOURCE_CPP_HEADER}, {".inl", CCK_SOURCE_CPP_HEADER},
    {".cc", CCK_SOURCE_CPP},         {".cpp", CCK_SOURCE_CPP},
    {".cxx", CCK_SOURCE_CPP},        {".c++", CCK_SOURCE_CPP},
    {".C", CCK_SOURCE_CPP},
};

cck_source_kind cck_source_kind_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcmp(dot, endings[i].ending) == 0)
            return endings[i].kind;
    return CCK_SOURCE_NONE;
}

/* One attempt to compile. */
typedef struct attempt {
    const char *path; /* absolute */
    const cck_command *command;
    bool cpp, header, plain; /* plain: without flags that only g++ has */
    unsigned seconds;
} attempt;

static int folder_make(cck_object *object, cck_error *err)
{
    int code = cck_trust_make_folder("", object->folder, sizeof object->folder, err);
    if (code == 0)
        snprintf(object->path, sizeof object->path, "%s/layout.o", object->folder);
    return code;
}

void cck_object_remove(const cck_object *object)
{
    cck_folder_remove(object->folder);
}

/* The header is included under its own path: so it finds its neighbours. Between quotes
 * nothing stands for a quote; between brackets it is itself, to gcc and clang. */
static const char *wrapper_write(cck_arena *arena, const cck_object *object, const attempt *of)
{
    const char *path =
        cck_arena_printf(arena, "%s/layout.%s", object->folder, of->cpp ? "cc" : "c");
    FILE *file = path ? fopen(path, "we") : NULL;
    if (!file)
        return NULL;
    bool quote = strchr(of->path, '"') != NULL;
    fprintf(file, "#include %c%s%c\n", quote ? '<' : '"', of->path, quote ? '>' : '"');
    return fclose(file) == 0 ? path : NULL;
}

static bool add_all(cck_arena *arena, cck_word_list *list, const cck_word_list *more)
{
    bool fine = true;
    for (size_t i = 0; i < more->count; i++)
        fine = fine && cck_words_add(arena, list, more->words[i]);
    return fine;
}

static bool add_compiler(cck_arena *arena, cck_word_list *list, const attempt *of)
{
    if (of->command->compiler.count)
        return add_all(arena, list, &of->command->compiler);
    const char *told = getenv(of->cpp ? "CXX" : "CC");
    return cck_words_split(arena, list, told && *told ? told : of->cpp ? "c++" : "cc");
}

static bool is_clang(const cck_word_list *words)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *slash = strrchr(words->words[i], '/');
        if (strncmp(slash ? slash + 1 : words->words[i], "clang", 5) == 0)
            return true;
    }
    return false;
}

/*
 * The project's flags as they are (some code, the kernel's above all, compiles with
 * optimisation only, and macros tell it), then ours. Types that nothing uses are kept; of
 * polymorphic classes g++ tells the whole only where their key function is, unless asked.
 * With -pipe gcc runs the assembler beside the compiler, where it has a processor free.
 */
static bool words_make(cck_arena *arena, cck_word_list *words, const cck_object *object,
                       const attempt *of)
{
    static const char *const ours[] = {"-g", "-fno-eliminate-unused-debug-types", "-w", "-pipe",
                                       "-c"};
    const char *source = of->header ? wrapper_write(arena, object, of) : of->path;
    bool fine = source && add_compiler(arena, words, of);
    bool clang = is_clang(words);
    fine = fine && add_all(arena, words, &of->command->flags);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        fine = fine && cck_words_add(arena, words, ours[i]);
    if (of->cpp && !clang && !of->plain)
        fine = fine && cck_words_add(arena, words, "-femit-class-debug-always");
    if (of->header)
        fine = fine && cck_words_add(arena, words, "-x") &&
               cck_words_add(arena, words, of->cpp ? "c++" : "c");
    return fine && cck_words_add(arena, words, source) && cck_words_add(arena, words, "-o") &&
           cck_words_add(arena, words, object->path);
}

/* The lines of a compiler's output that tell errors; else all of it. */
static void errors_of(const char *text, char *out, size_t size)
{
    size_t used = 0;
    for (unsigned pass = 0; pass < 2 && used == 0; pass++)
        for (const char *line = text; *line;) {
            size_t length = strcspn(line, "\n");
            bool tells = pass || memmem(line, length, "error", 5);
            if (length && tells && used + length + 3 < size) {
                if (used)
                    used = (size_t)(stpcpy(out + used, "; ") - out);
                memcpy(out + used, line, length);
                used += length;
            }
            line += length + (line[length] == '\n');
        }
    out[used] = '\0';
}

static int attempt_failed(const attempt *of, const cck_ran *ran, const char *compiler,
                          cck_error *err)
{
    char text[400];
    if (ran->late) {
        cck_fail(err, CCK_EINVALID, "%s did not compile %s within %u s", compiler, of->path,
                 of->seconds);
        cck_hint(err, "see whether it ends when you run it");
        return CCK_EINVALID;
    }
    errors_of(ran->text, text, sizeof text);
    cck_fail(err, CCK_EINVALID, "%s does not compile%s as %s", of->path, of->header ? " alone" : "",
             of->cpp ? "C++" : "C");
    cck_hint(err, "%s%s", *text ? text : "the compiler says nothing",
             of->command->told ? "" : "; give the project's flags after --, or -p DIR");
    return CCK_EINVALID;
}

static int attempt_run(cck_arena *arena, cck_object *object, attempt *of, cck_error *err)
{
    cck_word_list words = {.words = NULL};
    cck_ran ran;
    if (!words_make(arena, &words, object, of) || !words.count) {
        int why = errno, code = cck_code_of_errno(why);
        cck_fail_os(err, code, why, "cannot write to %s", object->folder);
        cck_hint(err, "set TMPDIR to a folder with room for objects");
        return code;
    }
    int failed = cck_run_words(&ran, words.words, of->command->directory, of->seconds, err);
    if (failed) {
        cck_hint(err, "install a compiler (gcc or clang), or name it in %s",
                 of->cpp ? "CXX" : "CC");
        return failed;
    }
    if (!ran.late && WIFEXITED(ran.status) && WEXITSTATUS(ran.status) == 0 &&
        access(object->path, R_OK) == 0)
        return 0;
    /* A "c++" that is clang's. */
    if (!of->plain && strstr(ran.text, "-femit-class-debug-always")) {
        of->plain = true;
        return attempt_run(arena, object, of, err);
    }
    return attempt_failed(of, &ran, words.words[0], err);
}

/* Words that C++ headers have and C headers guard. What cannot be read is no reason to take it for
 * either: negative then. */
static int looks_cpp(const char *path, cck_error *err)
{
    static const char *const starts[] = {"class ", "namespace ", "template", "using ", "public:"};
    char line[512];
    bool found = false, guarded = false;
    FILE *file = fopen(path, "re");
    if (!file)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot read %s", path);
    while (!found && fgets(line, sizeof line, file)) {
        const char *text = line + strspn(line, " \t");
        if (*text == '#')
            guarded |= strstr(text, "__cplusplus") != NULL;
        for (size_t i = 0; i < sizeof starts / sizeof *starts && !guarded; i++)
            found |= strncmp(text, starts[i], strlen(starts[i])) == 0;
    }
    bool failed = ferror(file);
    fclose(file);
    return failed ? cck_fail(err, CCK_EIO, "cannot read %s", path) : found;
}

static int compile(cck_arena *arena, cck_object *object, const char *path,
                   const cck_command *command, unsigned seconds, cck_error *err)
{
    cck_source_kind kind = cck_source_kind_of(path);
    attempt first = {.path = path, .command = command, .seconds = seconds};
    first.header = kind == CCK_SOURCE_HEADER || kind == CCK_SOURCE_CPP_HEADER;
    first.cpp = kind == CCK_SOURCE_CPP || kind == CCK_SOURCE_CPP_HEADER ||
                (command->cpp && kind != CCK_SOURCE_C);
    bool open = kind == CCK_SOURCE_HEADER && !first.cpp;
    int cpp = open ? looks_cpp(path, err) : 0;
    if (cpp < 0)
        return cpp;
    if (cpp) {
        first.cpp = true;
        open = false;
    }
    int failed = attempt_run(arena, object, &first, err);
    object->cpp = first.cpp;
    if (failed != CCK_EINVALID || !open)
        return failed;
    attempt second = first;
    second.cpp = true;
    if (attempt_run(arena, object, &second, NULL) == 0) {
        object->cpp = object->second = true;
        return 0;
    }
    return failed;
}

int cck_object_make(cck_arena *arena, cck_object *out_object, const char *path,
                    const cck_input_options *options, cck_error *err)
{
    cck_command command = {.directory = NULL};
    int failed = options->compile_commands
                     ? cck_command_find(arena, &command, options->compile_commands, path, err)
                     : 0;
    if (failed)
        return failed;
    size_t count = 0;
    while (options->compile_flags && options->compile_flags[count])
        count++;
    if (options->compiler)
        command.compiler = (cck_word_list){.words = NULL};
    if ((options->compiler && !cck_words_split(arena, &command.compiler, options->compiler)) ||
        !cck_command_take(arena, &command, options->compile_flags, count, NULL))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_object object = {.cpp = false};
    failed = folder_make(&object, err);
    if (failed)
        return failed;
    unsigned seconds = options->compile_seconds ? options->compile_seconds : SECONDS;
    failed = compile(arena, &object, path, &command, seconds, err);
    if (failed) {
        cck_object_remove(&object);
        return failed;
    }
    *out_object = object;
    return 0;
}
