/* SPDX-License-Identifier: MIT */
/* The file .cachecheck: what it says is taken in, and mistakes are told with their line. */
#include "tests/unit/layout_harness.h"

static int parse(cck_layout_config *config, cck_arena *arena, const char *text, cck_error *err)
{
    *err = (cck_error){0};
    return cck_layout_config_parse(config, arena, "here", text, strlen(text), err);
}

static void test_everything(void **state)
{
    (void)state;
    static const char text[] = "# a project\n"
                               "[layout]\n"
                               "line = 128   # as the machine has\n"
                               "pair = yes\n"
                               "padding = ____cacheline_aligned\n"
                               "[sync]\n"
                               "counter_t = atomic\n"
                               "my::Spin* = lock\n"
                               "[fields]\n"
                               "struct ring.prod.head = writer=producer\n"
                               "ring.ops = read_mostly\n"
                               "[ignore]\n"
                               "adjacent-atomics struct boot_* = issue #12\n"
                               "CC103 * = later\n";
    cck_layout_config config;
    cck_arena arena = {0};
    cck_error err;
    assert_int_equal(parse(&config, &arena, text, &err), CCK_OK);
    assert_int_equal(config.line, 128);
    assert_true(config.pair);
    assert_string_equal(config.padding, "____cacheline_aligned");
    assert_int_equal(cck_layout_config_sync(&config, "struct counter_t"), CCK_SYNC_ATOMIC);
    assert_int_equal(cck_layout_config_sync(&config, "my::SpinLock"), CCK_SYNC_LOCK);
    assert_int_equal(cck_layout_config_sync(&config, "other"), CCK_SYNC_NONE);
    const cck_config_field *field = cck_layout_config_field(&config, "ring", "prod.head");
    assert_non_null(field);
    assert_string_equal(field->writer, "producer");
    assert_int_equal(field->use, CCK_USE_WRITTEN | CCK_USE_OWNED);
    assert_int_equal(cck_layout_config_field(&config, "struct ring", "ops")->use,
                     CCK_USE_READ_MOSTLY);
    const cck_config_ignore *ignore =
        cck_layout_config_ignore(&config, "CC101", "adjacent-atomics", "struct boot_info");
    assert_non_null(ignore);
    assert_string_equal(ignore->reason, "issue #12");
    assert_null(cck_layout_config_ignore(&config, "CC101", "adjacent-atomics", "struct info"));
    assert_non_null(
        cck_layout_config_ignore(&config, "CC103", "read-mostly-beside-hot", "struct info"));
    cck_arena_clear(&arena);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message, *hint;
    } mistakes[] = {
        {"line = 64\n", "here:1: a section", ""},
        {"[layuot]\n", "here:1: unknown section 'layuot'", "layout"},
        {"[layout\n", "here:1: a section ends", ""},
        {"[layout]\n\nlien = 64\n", "here:3: unknown key 'lien'", "line"},
        {"[layout]\nline = 65\n", "here:2: unknown line size '65'", "64"},
        {"[layout]\npair = maybe\n", "here:2: unknown answer 'maybe'", "yes"},
        {"[sync]\nx = atomik\n", "here:2: unknown kind of synchronisation 'atomik'", "atomic"},
        {"[fields]\nring = written\n", "here:2: 'ring' names no field", "TYPE.FIELD"},
        {"[fields]\nring.a = writen\n", "here:2: unknown use 'writen'", "written"},
        {"[ignore]\nadjacent-atomic x = y\n", "here:2: unknown rule", "adjacent-atomics"},
        {"[ignore]\nCC101 x =\n", "here:2: no reason", "reason"},
        {"[sync]\nnothing\n", "here:2: no '='", "NAME = VALUE"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        cck_layout_config config = {.line = 7};
        cck_arena arena = {0};
        cck_error err;
        assert_int_equal(parse(&config, &arena, mistakes[i].text, &err), CCK_EINVALID);
        if (!strstr(err.message, mistakes[i].message) || !strstr(err.hint, mistakes[i].hint))
            fail_msg("%s: '%s', hint '%s'", mistakes[i].text, err.message, err.hint);
        assert_int_equal(config.line, 7);
        cck_arena_clear(&arena);
    }
}

static void test_files(void **state)
{
    (void)state;
    cck_layout_config config;
    cck_arena arena = {0};
    cck_error err = {0};
    assert_int_equal(cck_layout_config_read(&config, &arena, "/nowhere/.cachecheck", &err),
                     CCK_ENOTFOUND);
    assert_int_equal(cck_layout_config_read(&config, &arena, "/dev/null", &err), CCK_EINVALID);
    assert_int_equal(cck_layout_config_read(&config, &arena, "/tmp", &err), CCK_EINVALID);
    char folder[] = "/tmp/cachecheck-config-XXXXXX", path[64], below[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/.cachecheck", folder);
    snprintf(below, sizeof below, "%s/a/b", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("[layout]\nline = 256\n", file);
    fclose(file);
    const char *found = cck_layout_config_find(&arena, below);
    assert_non_null(found);
    assert_string_equal(found, path);
    assert_int_equal(cck_layout_config_read(&config, &arena, found, &err), CCK_OK);
    assert_int_equal(config.line, 256);
    unlink(path);
    rmdir(folder);
    cck_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
