/* SPDX-License-Identifier: MIT */
/* Headers and sources through the compiler: languages, flags, failures; and that layouts are the
 * compiler's own, which it is asked to confirm. */
/* Label: once */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "layouts/compile.h"
#include "tests/unit/corpus_harness.h"

#define HERE CCK_TESTS "/fixtures/layout/"

static void read_it(cck_corpus *corpus, const char *path, const cck_input_options *options)
{
    cck_error err = {0};
    if (cck_input_read(corpus, path, options, &err) != 0)
        fail_msg("%s: %s (%s)", path, err.message, err.hint);
    cck_corpus_sort(corpus);
}

static void test_header(void **state)
{
    (void)state;
    cck_corpus corpus = {.types = NULL};
    read_it(&corpus, HERE "plain.h", &(cck_input_options){.jobs = 1});
    const cck_corpus_type *type = corpus_type(&corpus, "struct unused");
    assert_non_null(type);
    assert_true(type->main_file);
    assert_int_equal(type->type->size, 16);
    assert_string_equal(corpus.inputs[0].kind, "header");
    assert_int_equal(corpus.inputs[0].language, CCK_LANGUAGE_C);
    cck_corpus_clear(&corpus);
}

static void test_header_of_classes(void **state)
{
    (void)state;
    cck_corpus corpus = {.types = NULL};
    read_it(&corpus, HERE "classes.h", &(cck_input_options){.jobs = 1});
    assert_int_equal(corpus.inputs[0].language, CCK_LANGUAGE_CPP);
    assert_non_null(strstr(corpus.inputs[0].note, "templates"));
    const cck_corpus_type *type = corpus_type(&corpus, "app::Base");
    assert_non_null(type);
    assert_int_equal(type->type->size, 16);
    assert_non_null(corpus_type(&corpus, "app::Derived"));
    assert_non_null(corpus_type(&corpus, "app::Pair<short int>"));
    cck_corpus_clear(&corpus);
}

static void test_broken(void **state)
{
    (void)state;
    cck_corpus corpus = {.types = NULL};
    cck_input_options options = {.jobs = 1};
    cck_error err = {0};
    assert_int_equal(cck_input_read(&corpus, HERE "broken.h", &options, &err), CCK_EINVALID);
    assert_non_null(strstr(err.message, "broken.h"));
    assert_non_null(strstr(err.hint, "not_declared_anywhere"));
    options.compiler = "no-such-compiler-here";
    assert_int_equal(cck_input_read(&corpus, HERE "plain.h", &options, &err), CCK_EEXEC);
    cck_corpus_clear(&corpus);
}

static void test_flags(void **state)
{
    (void)state;
    const char *flags[] = {"-DWIDTH=48", "-MMD", "-o", "elsewhere.o", "-c", NULL};
    cck_corpus corpus = {.types = NULL};
    read_it(&corpus, HERE "flags.h", &(cck_input_options){.jobs = 1, .compile_flags = flags});
    assert_int_equal(corpus_type(&corpus, "struct flagged")->type->size, 48);
    assert_int_not_equal(access("elsewhere.o", F_OK), 0);
    cck_corpus_clear(&corpus);
}

/* A compiler that never ends, and one that writes without end. */
static void test_bounded(void **state)
{
    (void)state;
    cck_ran ran;
    const char *hang[] = {"sh", "-c", "echo one; sleep 60 & wait", NULL};
    assert_int_equal(cck_run_words(&ran, hang, NULL, 1, NULL), 0);
    assert_true(ran.late);
    assert_string_equal(ran.text, "one\n");
    const char *flood[] = {"sh", "-c", "yes", NULL};
    assert_int_equal(cck_run_words(&ran, flood, NULL, 60, NULL), 0);
    assert_true(ran.late);
    assert_int_equal(ran.length, sizeof ran.text - 1);
}

static void write_file(const char *path, const char *format, const char *a, const char *b)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fprintf(file, format, a, b);
    fclose(file);
}

static void test_database(void **state)
{
    (void)state;
    char folder[] = "/tmp/cachecheck-test-XXXXXX", path[128];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/compile_commands.json", folder);
    write_file(path,
               "[{\"directory\":\"%s\",\"file\":\"%sother.c\",\"command\":\"cc -DNAME='a b' "
               "-DWIDTH=24 -c -o x.o other.c\"},\n",
               folder, HERE);
    FILE *file = fopen(path, "ae");
    fprintf(file,
            "{\"directory\":\"/\",\"file\":\"/far/away.c\",\"arguments\":[\"cc\",\"-DWIDTH=3\"]}]");
    fclose(file);
    cck_arena arena = {.blocks = NULL};
    cck_command command;
    char *real = realpath(HERE "flags.h", NULL);
    assert_int_equal(cck_command_find(&arena, &command, folder, real, NULL), 0);
    free(real);
    assert_string_equal(command.directory, folder);
    assert_string_equal(command.compiler.words[0], "cc");
    assert_string_equal(command.flags.words[0], "-DNAME=a b");
    assert_string_equal(command.flags.words[1], "-DWIDTH=24");
    cck_arena_clear(&arena);
    cck_corpus corpus = {.types = NULL};
    read_it(&corpus, HERE "flags.h", &(cck_input_options){.jobs = 1, .compile_commands = folder});
    assert_int_equal(corpus_type(&corpus, "struct flagged")->type->size, 24);
    unlink(path);
    cck_error err = {0};
    cck_input_options lost = {.compile_commands = folder};
    assert_int_equal(cck_input_read(&corpus, HERE "flags.h", &lost, &err), CCK_ENOTFOUND);
    write_file(path, "[{%s%s", "", "");
    assert_int_equal(cck_input_read(&corpus, HERE "flags.h", &lost, &err), CCK_EFORMAT);
    unlink(path);
    rmdir(folder);
    cck_corpus_clear(&corpus);
}

static bool is_plain(const char *name)
{
    return *name && !strpbrk(name, "(<{ ,[") && !strstr(name, "anonymous");
}

/* What the compiler is to confirm of a type. C++ lets nobody ask for private members: only for
 * sizes and alignments then. */
static size_t assert_type(FILE *out, const cck_type *type, const char *word, bool members)
{
    const char *name = *type->name ? type->name : type->alias;
    const char *bare = strncmp(name, "struct ", 7) == 0  ? name + 7
                       : strncmp(name, "union ", 6) == 0 ? name + 6
                                                         : name;
    size_t count = 0;
    if (!is_plain(bare) || strstr(name, "::_") || strstr(name, "__va_list"))
        return 0;
    fprintf(out, "%s(sizeof(%s) == %llu, \"size\");\n", word, name, (unsigned long long)type->size);
    for (size_t i = 0; i < type->member_count && members; i++)
        if (is_plain(type->members[i].name) && !type->members[i].bit_size)
            count +=
                fprintf(out, "%s(offsetof(%s, %s) == %llu, \"offset\");\n", word, name,
                        type->members[i].name, (unsigned long long)type->members[i].offset) > 0;
    return count + 1;
}

static size_t confirm(const char *source, const char *ending, const char *command, const char *word,
                      bool members)
{
    char folder[] = "/tmp/cachecheck-test-XXXXXX", path[128], call[512];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/types%s", folder, ending);
    write_file(path, "%s%s", source, "");
    cck_corpus corpus = {.types = NULL};
    read_it(&corpus, path, &(cck_input_options){.jobs = 1});
    FILE *out = fopen(path, "ae");
    assert_non_null(out);
    size_t count = 0;
    for (size_t i = 0; i < corpus.type_count; i++)
        count += assert_type(out, corpus.types[i].type, word, members);
    fclose(out);
    snprintf(call, sizeof call, "%s -w -fsyntax-only %s >&2", command, path);
    assert_int_equal(system(call), 0);
    unlink(path);
    rmdir(folder);
    cck_corpus_clear(&corpus);
    return count;
}

static void test_layouts_are_the_compilers(void **state)
{
    (void)state;
    static const char c[] = "#include <stddef.h>\n#include <pthread.h>\n#include <stdio.h>\n"
                            "#include <signal.h>\n#include <netinet/in.h>\n"
                            "#include <sys/stat.h>\n#include <linux/perf_event.h>\n"
                            "#include <linux/io_uring.h>\n#include <linux/tcp.h>\n"
                            "#include <elf.h>\n#include <dirent.h>\n#include <sys/ucontext.h>\n";
    static const char cpp[] = "#include <cstddef>\n#include <mutex>\n#include <atomic>\n"
                              "#include <thread>\n#include <string>\n#include <map>\n"
                              "#include <future>\n#include <condition_variable>\n"
                              "#include <iostream>\n#include <locale>\n";
    assert_true(confirm(c, ".c", "cc", "_Static_assert", true) > 500);
    if (system("command -v c++ >/dev/null") == 0)
        assert_true(confirm(cpp, ".cc", "c++ -fno-access-control", "static_assert", false) > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_header_of_classes),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_database),
        cmocka_unit_test(test_layouts_are_the_compilers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
