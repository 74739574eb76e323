/* SPDX-License-Identifier: MIT */
/* The event tables: every entry of every set of every micro-architecture. */
#include "event_tree.h"

#include <sys/wait.h>

#include "probes/counters/event_names.h"
#include "probes/counters/event_pfm.h"
#include "probes/counters/event_set.h"

/* Tables that others build on; no machine is of that kind. */
static bool foundation(const char *uarch)
{
    return strcmp(uarch, "base") == 0 || strcmp(uarch, "intel") == 0 || strcmp(uarch, "amd") == 0;
}

static const tree_file mixed[] = {
    {TREE_PMU "cpu_core/type", "4\n"},
    {TREE_PMU "cpu_core/cpus", "0-15\n"},
    {TREE_PMU "cpu_atom/type", "10\n"},
    {TREE_PMU "cpu_atom/cpus", "16-23\n"},
    {NULL, NULL},
};

static cck_root root_for(const cck_event_table *table)
{
    cck_event_span pmu;
    const cck_event_table *part;
    return tree_open(cck_event_table_part(table, 0, &pmu, &part) ? mixed : NULL);
}

static void check_event(const char *uarch, const char *set, const cck_event *event)
{
    const char *role = event->info.role;
    if (!cck_event_role_find(role, strlen(role)) || !event->info.meaning[0] ||
        !event->info.counted[0] || !event->info.name[0])
        fail_msg("%s, %s: `%s' lacks a role or a meaning", uarch, set, event->info.name);
    if (event->optional != event->hardware)
        fail_msg("%s, %s: `%s' is optional %d", uarch, set, event->info.name, event->optional);
    if (event->attr.type >= 4 && event->attr.type != PERF_TYPE_BREAKPOINT &&
        event->attr.config == 0)
        fail_msg("%s, %s: `%s' has no code", uarch, set, event->info.name);
}

static void every_set_of_every_machine_encodes(void **state)
{
    (void)state;
    assert_true(cck_event_tables_count >= 25);
    for (size_t t = 0; t < cck_event_tables_count; t++) {
        const cck_event_table *table = &cck_event_tables[t];
        if (foundation(table->uarch))
            continue;
        cck_root root = root_for(table);
        for (size_t s = 0; s < cck_event_sets_count; s++) {
            cck_arena arena = {0};
            cck_event_scope scope = {.root = &root, .arena = &arena, .uarch = table->uarch};
            cck_event_list list = {0};
            cck_error err = {0};
            if (cck_event_set(&list, cck_event_sets[s].name, &scope, &err) < 0)
                fail_msg("%s, %s: %s", table->uarch, cck_event_sets[s].name, err.message);
            assert_true(list.count >= 3);
            for (size_t e = 0; e < list.count; e++)
                check_event(table->uarch, cck_event_sets[s].name, &list.events[e]);
            cck_arena_clear(&arena);
        }
        tree_close(&root);
    }
}

/* Every role named in a set is known, and defined unless the machine lacks it. */
static void sets_name_roles_that_exist(void **state)
{
    (void)state;
    for (size_t t = 0; t < cck_event_tables_count; t++)
        for (size_t s = 0; s < cck_event_sets_count; s++) {
            cck_event_span roles, role;
            if (!cck_event_table_set(&cck_event_tables[t], cck_event_sets[s].name, &roles))
                continue;
            for (role = cck_event_span_word(&roles); role.length;
                 role = cck_event_span_word(&roles))
                if (!cck_event_role_find(role.text, role.length))
                    fail_msg("%s, %s: no role %.*s", cck_event_tables[t].uarch,
                             cck_event_sets[s].name, (int)role.length, role.text);
        }
}

/* Lines are of a known kind: a mistyped keyword would be skipped in silence. */
static void tables_hold_no_stray_line(void **state)
{
    (void)state;
    static const char *const keywords[] = {"#", "from", "pfm", "part", "event", "generic", "set"};
    for (size_t t = 0; t < cck_event_tables_count; t++) {
        char *text = strdup(cck_event_tables[t].text), *rest = NULL;
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
            bool known = false;
            for (size_t k = 0; k < sizeof keywords / sizeof *keywords; k++) {
                size_t length = strlen(keywords[k]);
                known |= strncmp(line, keywords[k], length) == 0 &&
                         (line[length] == ' ' || line[0] == '#');
            }
            if (!known)
                fail_msg("%s: stray line: %s", cck_event_tables[t].uarch, line);
            char role[64], encoding[64];
            if (sscanf(line, "event %63s %63s", role, encoding) == 2 &&
                !cck_event_role_find(role, strlen(role)))
                fail_msg("%s: no role: %s", cck_event_tables[t].uarch, line);
        }
        free(text);
    }
}

/* Cycles and instructions have counters of their own on Intel and (cycles) Arm. */
static void default_sets_fit_the_counters(void **state)
{
    (void)state;
    static const struct {
        const char *vendor;
        size_t counters;
    } rows[] = {{"intel", 3}, {"amd", 5}, {"arm", 6}, {"generic", 4}};
    for (size_t t = 0; t < cck_event_tables_count; t++) {
        const char *uarch = cck_event_tables[t].uarch;
        if (foundation(uarch))
            continue;
        cck_root root = root_for(&cck_event_tables[t]);
        cck_arena arena = {0};
        cck_event_scope scope = {.root = &root, .arena = &arena, .uarch = uarch};
        cck_event_list list = {0};
        assert_int_equal(cck_event_set(&list, "default", &scope, NULL), 0);
        size_t used = 0, limit = 0;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            if (strncmp(uarch, rows[i].vendor, strlen(rows[i].vendor)) == 0)
                limit = rows[i].counters;
        bool amd = strncmp(uarch, "amd", 3) == 0;
        for (size_t e = 0; e < list.count; e++) {
            const cck_event *event = &list.events[e];
            bool fixed = strcmp(event->info.role, "cycles") == 0 ||
                         strcmp(event->info.role, "instructions") == 0;
            /* Of a mixed machine, each kind of core has counters of its own. */
            used += event->hardware && (amd || !fixed) && strcmp(event->pmu, "cpu_atom") != 0;
        }
        if (!limit || used > limit)
            fail_msg("%s: the default set takes %zu of %zu counters", uarch, used, limit);
        cck_arena_clear(&arena);
        tree_close(&root);
    }
}

/* What the tables promise about the last level, whatever the vendor calls it. */
static void default_sets_tell_what_missed_the_last_level(void **state)
{
    (void)state;
    static const char *const misses[] = {"llc_misses", "llc_load_misses", "beyond_l3"};
    cck_root root = tree_open(mixed);
    for (size_t t = 0; t < cck_event_tables_count; t++) {
        const char *uarch = cck_event_tables[t].uarch;
        if (foundation(uarch) || strcmp(uarch, "arm") == 0)
            continue;
        cck_arena arena = {0};
        cck_event_scope scope = {.root = &root, .arena = &arena, .uarch = uarch};
        cck_event_list list = {0};
        assert_int_equal(cck_event_set(&list, "default", &scope, NULL), 0);
        bool found = false;
        for (size_t e = 0; e < list.count; e++)
            for (size_t m = 0; m < sizeof misses / sizeof *misses; m++)
                found |= strcmp(list.events[e].info.role, misses[m]) == 0;
        if (!found)
            fail_msg("%s: no event of the last level in the default set", uarch);
        cck_arena_clear(&arena);
    }
    tree_close(&root);
}

/* Run in a process of its own: libpfm4 reads LIBPFM_FORCE_PMU only once. */
static void in_child(void (*body)(const cck_event_table *), const cck_event_table *table)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        cck_event_span pfm = cck_event_table_pfm(table);
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)pfm.length, pfm.text);
        setenv("LIBPFM_FORCE_PMU", name, 1);
        body(table);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status != 0)
        fail_msg("%s: see above", table->uarch);
}

static unsigned compare_row(const cck_event_table *table, const cck_event_row *row)
{
    cck_event_span pfm = cck_event_table_pfm(table);
    char text[512];
    struct {
        struct perf_event_attr attr;
        char room[256];
    } space = {.attr = {.size = sizeof space.attr}};
    pfm_perf_encode_arg_t arg = {.attr = &space.attr, .size = sizeof arg};
    snprintf(text, sizeof text, "%.*s::%.*s", (int)pfm.length, pfm.text, (int)row->name.length,
             row->name.text);
    unsigned long long config = strtoull(row->encoding.text, NULL, 16);
    int code = cck_pfm()->get_os_event_encoding(text, PFM_PLM3 | PFM_PLM0, PFM_OS_PERF_EVENT_EXT,
                                                &arg);
    if (code == PFM_SUCCESS && space.attr.type == PERF_TYPE_RAW && space.attr.config == config)
        return 0;
    fprintf(stderr, "%s: %s: table 0x%llx, libpfm4 0x%llx (%s)\n", table->uarch, text, config,
            (unsigned long long)space.attr.config, cck_pfm()->strerror(code));
    return 1;
}

/* Zen 1 has PMCx043 though libpfm4 4.13 lists it for Zen 2 only. */
static bool unlisted(const cck_event_table *table, const cck_event_row *row)
{
    return strcmp(table->uarch, "amd-zen1") == 0 && row->encoding.length == 6 &&
           memcmp(row->encoding.text + 4, "43", 2) == 0;
}

static void compare_table(const cck_event_table *table)
{
    unsigned wrong = 0, compared = 0;
    if (!cck_pfm())
        _exit(2);
    for (size_t r = 0; r < cck_event_roles_count; r++) {
        const char *role = cck_event_roles[r].role;
        cck_event_row row;
        if (!cck_event_table_row(table, role, strlen(role), &row) ||
            strncmp(row.encoding.text, "0x", 2) || unlisted(table, &row))
            continue;
        wrong += compare_row(table, &row);
        compared++;
    }
    if (wrong || compared < 5)
        _exit(1);
}

/* libpfm4's tables are another's reading of the same manuals. It has those of its own architecture only. */
static void codes_agree_with_libpfm4(void **state)
{
    (void)state;
#ifndef __x86_64__
    skip();
#endif
    unsigned tables = 0;
    for (size_t t = 0; t < cck_event_tables_count; t++) {
        if (!cck_event_table_pfm(&cck_event_tables[t]).length)
            continue;
        in_child(compare_table, &cck_event_tables[t]);
        tables++;
    }
    assert_true(tables >= 13);
}

static void unknown_sets_and_machines_are_named(void **state)
{
    (void)state;
    cck_root root = tree_open(NULL);
    cck_arena arena = {0};
    cck_event_scope scope = {.root = &root, .arena = &arena};
    cck_event_list list = {0};
    cck_error err = {0};
    assert_int_equal(cck_event_set(&list, "defualt", &scope, &err), CCK_ENOTFOUND);
    assert_non_null(strstr(err.hint, "did you mean `default'"));
    assert_int_equal(cck_event_set(&list, "", &scope, &err), CCK_ENOTFOUND);
    assert_int_equal(cck_event_set(&list, "zzzz", &scope, &err), CCK_ENOTFOUND);
    assert_non_null(strstr(err.hint, "software"));
    scope.uarch = "intel-slk";
    assert_int_equal(cck_event_set(&list, "default", &scope, &err), CCK_ENOTFOUND);
    assert_non_null(strstr(err.hint, "did you mean `intel-skl'"));
    /* A mixed table on a machine that shows no such PMUs. */
    scope.uarch = "intel-adl";
    assert_int_equal(cck_event_set(&list, "llc", &scope, &err), CCK_EUNSUPPORTED);
    assert_int_equal(list.count, 0);
    cck_arena_clear(&arena);
    tree_close(&root);
}

static void sets_without_the_kernel(void **state)
{
    (void)state;
    cck_root root = tree_open(NULL);
    cck_arena arena = {0};
    cck_event_scope scope = {
        .root = &root, .arena = &arena, .uarch = "intel-skx", .all_user = true};
    cck_event_list list = {0};
    assert_int_equal(cck_event_set(&list, "default", &scope, NULL), 0);
    for (size_t i = 0; i < list.count; i++) {
        const cck_event *event = &list.events[i];
        assert_int_equal(event->info.user_only, event->hardware);
        assert_true(event->attr.exclude_kernel);
        if (event->hardware)
            assert_non_null(strstr(event->info.counted, ":u"));
    }
    cck_arena_clear(&arena);
    tree_close(&root);
}

static void set_events_can_be_named_one_by_one(void **state)
{
    (void)state;
    cck_root root = tree_open(NULL);
    cck_arena arena = {0};
    cck_event_scope scope = {.root = &root, .arena = &arena, .uarch = "amd-zen3"};
    cck_event_list list = {0};
    assert_int_equal(cck_event_parse(&list, "beyond-L3:u,L2-misses,cache-misses", &scope, NULL), 0);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.events[0].attr.config, 0x5c43);
    assert_true(list.events[0].attr.exclude_kernel);
    assert_string_equal(list.events[0].info.name, "beyond-L3:u");
    assert_string_equal(list.events[0].info.role, "beyond_l3");
    /* Asked for by name, it must not vanish silently. */
    assert_false(list.events[0].optional);
    assert_int_equal(list.events[1].attr.config, 0x0964);
    /* The same name is another event on each vendor: it says which. */
    assert_string_equal(list.events[2].info.role, "l2_misses");
    assert_non_null(strstr(list.events[2].info.counted, "0x0964 on amd-zen3"));
    cck_event_list intel = {0};
    scope.uarch = "intel-skl";
    assert_int_equal(cck_event_parse(&intel, "cache-misses", &scope, NULL), 0);
    assert_string_equal(intel.events[0].info.role, "llc_misses");
    cck_event_list arm = {0};
    scope.uarch = "arm-neoverse-n1";
    assert_int_equal(cck_event_parse(&arm, "cache-misses", &scope, NULL), 0);
    assert_string_equal(arm.events[0].info.role, "l1d_misses");
    /* Named another way, it means the same to metrics. */
    cck_event_list raw = {0};
    scope.uarch = "intel-skl";
    assert_int_equal(cck_event_parse(&raw, "r412e,r20d1:u,r123456", &scope, NULL), 0);
    assert_string_equal(raw.events[0].info.role, "llc_misses");
    assert_string_equal(raw.events[1].info.role, "llc_load_misses");
    assert_string_equal(raw.events[2].info.role, "");
    scope.uarch = "arm-neoverse-n1";
    /* Not of this machine's tables. */
    assert_int_equal(cck_event_parse(&arm, "beyond-L3", &scope, NULL), CCK_ENOTFOUND);
    cck_arena_clear(&arena);
    tree_close(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_of_every_machine_encodes),
        cmocka_unit_test(sets_name_roles_that_exist),
        cmocka_unit_test(tables_hold_no_stray_line),
        cmocka_unit_test(default_sets_fit_the_counters),
        cmocka_unit_test(default_sets_tell_what_missed_the_last_level),
        cmocka_unit_test(codes_agree_with_libpfm4),
        cmocka_unit_test(unknown_sets_and_machines_are_named),
        cmocka_unit_test(sets_without_the_kernel),
        cmocka_unit_test(set_events_can_be_named_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
