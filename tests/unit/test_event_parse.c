/* SPDX-License-Identifier: MIT */
/* Syntax of event specifications: what each form becomes, what is refused and how. */
#include "event_tree.h"

#include <linux/hw_breakpoint.h>

static cck_root bare; /* a machine that shows nothing at all */

static void generic_names_and_aliases(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t type;
        uint64_t config;
        const char *role;
    } rows[] = {
        {"cycles", 0, 0, "cycles"},
        {"cpu-cycles", 0, 0, "cycles"},
        {"CYCLES", 0, 0, "cycles"},
        {"instructions", 0, 1, "instructions"},
        {"branches", 0, 4, "branches"},
        {"branch-instructions", 0, 4, "branches"},
        {"branch-misses", 0, 5, "branch_misses"},
        {"bus-cycles", 0, 6, ""},
        {"stalled-cycles-frontend", 0, 7, "stalls_frontend"},
        {"idle-cycles-backend", 0, 8, "stalls_backend"},
        {"ref-cycles", 0, 9, "ref_cycles"},
        {"cpu-clock", 1, 0, ""},
        {"task-clock", 1, 1, "task_clock"},
        {"faults", 1, 2, "page_faults"},
        {"page-faults", 1, 2, "page_faults"},
        {"minor-faults", 1, 5, "minor_faults"},
        {"major-faults", 1, 6, "major_faults"},
        {"alignment-faults", 1, 7, ""},
        {"emulation-faults", 1, 8, ""},
        {"dummy", 1, 9, ""},
        {"L1-dcache-loads", 3, 0x0, "l1d_loads"},
        {"L1-dcache-load-misses", 3, 0x10000, "l1d_load_misses"},
        {"L1-dcache-stores", 3, 0x100, "l1d_stores"},
        {"L1-icache-load-misses", 3, 0x10001, "l1i_misses"},
        {"LLC-loads", 3, 0x2, "llc_loads"},
        {"LLC-load-misses", 3, 0x10002, "llc_load_misses"},
        {"llc-store-misses", 3, 0x10102, "llc_store_misses"},
        {"LLC-prefetch-misses", 3, 0x10202, ""},
        {"dTLB-load-misses", 3, 0x10003, "dtlb_load_misses"},
        {"iTLB-load-misses", 3, 0x10004, "itlb_misses"},
        {"branch-load-misses", 3, 0x10005, ""},
        {"node-load-misses", 3, 0x10006, ""},
        {"LLC-miss", 3, 0x10002, "llc_load_misses"},
        {"l1d-read-miss", 3, 0x10000, "l1d_load_misses"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        parse_result parsed;
        parse_in(&parsed, &bare, rows[i].name);
        if (parsed.status < 0 || parsed.list.count != 1)
            fail_msg("%s: %s", rows[i].name, parsed.err.message);
        const cck_event *event = &parsed.list.events[0];
        assert_string_equal(event->info.name, rows[i].name);
        assert_string_equal(event->info.role, rows[i].role);
        if (event->attr.type != rows[i].type || event->attr.config != rows[i].config)
            fail_msg("%s: type %u config 0x%llx", rows[i].name, event->attr.type,
                     (unsigned long long)event->attr.config);
        assert_int_equal(event->hardware, rows[i].type != PERF_TYPE_SOFTWARE);
        assert_int_equal(event->means, CCK_COUNT_PERF);
        assert_true(event->info.meaning[0] != '\0');
        assert_false(event->optional);
        parsed_free(&parsed);
    }
}

static void caches_that_cannot_be_written_are_unknown(void **state)
{
    (void)state;
    assert_fails(&bare, "L1-icache-stores", CCK_ENOTFOUND, "L1-icache-stores");
    assert_fails(&bare, "iTLB-store-misses", CCK_ENOTFOUND, "iTLB");
    assert_fails(&bare, "branch-prefetches", CCK_ENOTFOUND, "branch");
    assert_fails(&bare, "LLC", CCK_ENOTFOUND, "LLC");
    assert_fails(&bare, "LLC-", CCK_ENOTFOUND, "LLC-");
    assert_fails(&bare, "LLC-load-load", CCK_ENOTFOUND, "LLC");
}

/* Exact under any paranoid level, since they come from records. */
static void switches_and_migrations_come_from_records(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        cck_event_means means;
        bool kernel_out;
    } rows[] = {
        {"context-switches", CCK_COUNT_SWITCHES, false},
        {"cs", CCK_COUNT_SWITCHES, false},
        {"cpu-migrations", CCK_COUNT_MIGRATIONS, false},
        {"migrations", CCK_COUNT_MIGRATIONS, false},
        {"cs:k", CCK_COUNT_PERF, false},
        {"cs:u", CCK_COUNT_PERF, true},
        {"software/context-switches/", CCK_COUNT_PERF, false},
        {"software/cpu-migrations/u", CCK_COUNT_PERF, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        parse_result parsed;
        parse_in(&parsed, &bare, rows[i].name);
        assert_int_equal(parsed.list.count, 1);
        const cck_event *event = &parsed.list.events[0];
        assert_int_equal(event->means, rows[i].means);
        assert_int_equal(event->attr.type, PERF_TYPE_SOFTWARE);
        assert_int_equal(event->attr.exclude_kernel, rows[i].kernel_out);
        if (event->means != CCK_COUNT_PERF) {
            assert_non_null(strstr(event->info.counted, "SWITCH records"));
            assert_false(event->info.user_only);
        }
        parsed_free(&parsed);
    }
}

static void modifiers_set_what_is_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *text, *counted;
        bool user, kernel, hv, guest, host, idle, pinned;
        unsigned precise;
    } rows[] = {
        {"cycles", "PERF_COUNT_HW_CPU_CYCLES", .guest = true},
        {"cycles:u", "PERF_COUNT_HW_CPU_CYCLES:u", .kernel = true, .hv = true, .guest = true},
        {"cycles:k", "PERF_COUNT_HW_CPU_CYCLES:k", .user = true, .hv = true, .guest = true},
        {"cycles:uk", "PERF_COUNT_HW_CPU_CYCLES", .hv = true, .guest = true},
        {"cycles:u:k", "PERF_COUNT_HW_CPU_CYCLES", .hv = true, .guest = true},
        {"cycles:h", "PERF_COUNT_HW_CPU_CYCLES:h", .user = true, .kernel = true, .guest = true},
        {"cycles:G", "PERF_COUNT_HW_CPU_CYCLES", .host = true},
        {"cycles:H", "PERF_COUNT_HW_CPU_CYCLES", .guest = true},
        {"cycles:p", "PERF_COUNT_HW_CPU_CYCLES", .guest = true, .precise = 1},
        {"cycles:upp", "PERF_COUNT_HW_CPU_CYCLES:u", .kernel = true, .hv = true, .guest = true,
         .precise = 2},
        {"cycles:ppp", "PERF_COUNT_HW_CPU_CYCLES", .guest = true, .precise = 3},
        {"cycles:P", "PERF_COUNT_HW_CPU_CYCLES", .guest = true, .precise = 3},
        {"cycles:I", "PERF_COUNT_HW_CPU_CYCLES", .guest = true, .idle = true},
        {"cycles:D", "PERF_COUNT_HW_CPU_CYCLES", .guest = true, .pinned = true},
        {"software/faults/u", "PERF_COUNT_SW_PAGE_FAULTS:u", .kernel = true, .hv = true},
        {"software/faults/:u", "PERF_COUNT_SW_PAGE_FAULTS:u", .kernel = true, .hv = true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        parse_result parsed;
        parse_in(&parsed, &bare, rows[i].text);
        if (parsed.status < 0)
            fail_msg("%s: %s", rows[i].text, parsed.err.message);
        const struct perf_event_attr *attr = &parsed.list.events[0].attr;
        assert_int_equal(attr->exclude_user, rows[i].user);
        assert_int_equal(attr->exclude_kernel, rows[i].kernel);
        assert_int_equal(attr->exclude_hv, rows[i].hv);
        assert_int_equal(attr->exclude_guest, rows[i].guest);
        assert_int_equal(attr->exclude_host, rows[i].host);
        assert_int_equal(attr->exclude_idle, rows[i].idle);
        assert_int_equal(attr->pinned, rows[i].pinned);
        assert_int_equal(attr->precise_ip, rows[i].precise);
        assert_string_equal(parsed.list.events[0].info.counted, rows[i].counted);
        assert_int_equal(parsed.list.events[0].info.user_only, rows[i].kernel && !rows[i].user);
        parsed_free(&parsed);
    }
    assert_fails(&bare, "cycles:pppp", CCK_EINVALID, "precision");
    assert_fails(&bare, "software/faults/x", CCK_EINVALID, "unknown modifier");
}

static void all_user_leaves_the_kernel_out(void **state)
{
    (void)state;
    parse_result parsed = {0};
    parsed.scope = (cck_event_scope){.root = &bare, .arena = &parsed.arena, .all_user = true};
    assert_int_equal(
        cck_event_parse(&parsed.list, "cycles,faults,cs,task-clock", &parsed.scope, &parsed.err),
        0);
    const cck_event *events = parsed.list.events;
    assert_int_equal(parsed.list.count, 4);
    assert_true(events[0].attr.exclude_kernel && events[0].info.user_only);
    assert_true(events[1].attr.exclude_kernel && events[1].info.user_only);
    assert_string_equal(events[0].info.counted, "PERF_COUNT_HW_CPU_CYCLES:u");
    /* Records know no scope, and time is time whoever used it. */
    assert_false(events[2].info.user_only);
    assert_false(events[3].info.user_only);
    assert_int_equal(cck_event_parse(&parsed.list, "cycles:k", &parsed.scope, &parsed.err),
                     CCK_EINVALID);
    assert_int_equal(parsed.list.count, 4);
    parsed_free(&parsed);
}

static void lists_and_groups(void **state)
{
    (void)state;
    parse_result parsed;
    parse_in(&parsed, &bare, " cycles , {instructions,faults:k}:u, mem:0x1000/8:w,branches ");
    assert_int_equal(parsed.status, 0);
    assert_int_equal(parsed.list.count, 5);
    const cck_event *events = parsed.list.events;
    assert_string_equal(events[0].info.name, "cycles");
    assert_false(events[0].attr.exclude_kernel);
    assert_string_equal(events[1].info.name, "instructions");
    assert_true(events[1].attr.exclude_kernel);
    /* A member's own modifiers come on top of the group's. */
    assert_false(events[2].attr.exclude_kernel || events[2].attr.exclude_user);
    assert_int_equal(events[3].attr.type, PERF_TYPE_BREAKPOINT);
    assert_false(events[4].attr.exclude_kernel);
    parsed_free(&parsed);

    parse_in(&parsed, &bare, "cycles,instructions,cycles");
    assert_int_equal(parsed.list.count, 2);
    parsed_free(&parsed);
}

static void appending_keeps_what_was_there(void **state)
{
    (void)state;
    parse_result parsed;
    parse_in(&parsed, &bare, "cycles");
    assert_int_equal(cck_event_parse(&parsed.list, "faults,cycles", &parsed.scope, NULL), 0);
    assert_int_equal(parsed.list.count, 2);
    assert_int_equal(cck_event_parse(&parsed.list, "branches,nonsense", &parsed.scope, NULL),
                     CCK_ENOTFOUND);
    assert_int_equal(parsed.list.count, 2);
    assert_string_equal(parsed.list.events[0].info.name, "cycles");
    assert_string_equal(parsed.list.events[1].info.name, "faults");
    parsed_free(&parsed);
}

static void bad_lists_say_where(void **state)
{
    (void)state;
    assert_fails(&bare, "", CCK_EINVALID, "character 1");
    assert_fails(&bare, "   ", CCK_EINVALID, "empty");
    assert_fails(&bare, ",", CCK_EINVALID, "character 1");
    assert_fails(&bare, "cycles,", CCK_EINVALID, "character 8");
    assert_fails(&bare, "cycles,,faults", CCK_EINVALID, "character 8");
    assert_fails(&bare, "{cycles", CCK_EINVALID, "never closed");
    assert_fails(&bare, "{cycles,{faults}}", CCK_EINVALID, "inside a group");
    assert_fails(&bare, "cycles}", CCK_EINVALID, "`}' without");
    assert_fails(&bare, "{cycles}x,faults", CCK_EINVALID, "unknown modifiers");
    assert_fails(&bare, "{cycles}{faults}", CCK_EINVALID, "comma");
    assert_fails(&bare, "{}", CCK_EINVALID, "empty");
    assert_fails(&bare, "cpu/event=1", CCK_EINVALID, "closing slash");
    assert_fails(&bare, "cycles faults", CCK_ENOTFOUND, "cycles faults");
}

static void raw_numbers(void **state)
{
    (void)state;
    assert_encodes(&bare, "r412e", PERF_TYPE_RAW, 0x412e, "config=0x412e");
    assert_encodes(&bare, "r0x1b7", PERF_TYPE_RAW, 0x1b7, "config=0x1b7");
    assert_encodes(&bare, "rffffffffffffffff:u", PERF_TYPE_RAW, UINT64_MAX,
                   "config=0xffffffffffffffff:u");
    assert_fails(&bare, "r", CCK_ENOTFOUND, "`r'");
    assert_fails(&bare, "r0x", CCK_ENOTFOUND, "r0x");
    assert_fails(&bare, "r12g", CCK_ENOTFOUND, "r12g");
    assert_fails(&bare, "r10000000000000000", CCK_ENOTFOUND, "r1");
}

static void breakpoints(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t address, length;
        uint32_t access;
    } rows[] = {
        {"mem:0x404040", 0x404040, 4, HW_BREAKPOINT_RW},
        {"mem:4096:w", 4096, 4, HW_BREAKPOINT_W},
        {"mem:0x1000/8:rw:u", 0x1000, 8, HW_BREAKPOINT_RW},
        {"mem:0x1000/1:wr", 0x1000, 1, HW_BREAKPOINT_RW},
        {"mem:0x1001:x", 0x1001, sizeof(long), HW_BREAKPOINT_X},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        parse_result parsed;
        parse_in(&parsed, &bare, rows[i].text);
        if (parsed.status < 0)
            fail_msg("%s: %s", rows[i].text, parsed.err.message);
        const cck_event *event = &parsed.list.events[0];
        assert_int_equal(event->attr.type, PERF_TYPE_BREAKPOINT);
        assert_int_equal(event->attr.bp_addr, rows[i].address);
        assert_int_equal(event->attr.bp_len, rows[i].length);
        assert_int_equal(event->attr.bp_type, rows[i].access);
        assert_false(event->hardware);
        assert_string_equal(event->pmu, "breakpoint");
        parsed_free(&parsed);
    }
    static const char *const bad[] = {"mem:",
                                      "mem:/8",
                                      "mem:0x",
                                      "mem:xyz",
                                      "mem:0x1000/",
                                      "mem:0x1000/0",
                                      "mem:0x1000/9",
                                      "mem:0x1000/8:",
                                      "mem:0x1000/8:q",
                                      "mem:0x1000/8:rr",
                                      "mem:0x1000/8:wx",
                                      "mem:-1",
                                      "mem:0x1000/18446744073709551616",
                                      "mem:0x10000000000000000",
                                      "mem:0x1000/8/8:w",
                                      "mem:0x1000/4:x",
                                      "mem:0x1000:w:r"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_fails(&bare, bad[i], CCK_EINVALID, "breakpoint");
#if defined(__x86_64__)
    assert_fails(&bare, "mem:0x1000/8:r", CCK_EINVALID, "x86 cannot watch reads alone");
    assert_fails(&bare, "mem:0x1001/8:w", CCK_EINVALID, "multiple of its length");
    assert_fails(&bare, "mem:0x1000/3:w", CCK_EINVALID, "1, 2, 4 or 8");
#endif
}

static void mistyped_names_get_a_suggestion(void **state)
{
    (void)state;
    assert_fails(&bare, "cylces", CCK_ENOTFOUND, "did you mean `cycles'");
    assert_fails(&bare, "instrutions", CCK_ENOTFOUND, "did you mean `instructions'");
    assert_fails(&bare, "LLC-load-mises", CCK_ENOTFOUND, "did you mean `LLC-load-misses'");
    assert_fails(&bare, "task-clok", CCK_ENOTFOUND, "did you mean `task-clock'");
    assert_fails(&bare, "cylces:u", CCK_ENOTFOUND, "did you mean `cycles'");
    assert_fails(&bare, "zzzzzzzz", CCK_ENOTFOUND, "stat --list");
}

static void garbage_is_refused_not_believed(void **state)
{
    (void)state;
    char endless[70000];
    memset(endless, 'a', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    assert_fails(&bare, endless, CCK_ELIMIT, "characters");
    endless[60000] = '\0';
    assert_fails(&bare, endless, CCK_ENOTFOUND, "no event");
    memset(endless, ',', 60000);
    assert_fails(&bare, endless, CCK_EINVALID, "empty");
    memset(endless, '{', 60000);
    assert_fails(&bare, endless, CCK_EINVALID, "group");
    memset(endless, '/', 60000);
    parse_result parsed;
    parse_in(&parsed, &bare, endless);
    assert_true(parsed.status < 0);
    parsed_free(&parsed);
    /* Names end up in messages, never raw on a terminal. */
    parse_in(&parsed, &bare, "\033[31mred");
    assert_int_equal(parsed.status, CCK_ENOTFOUND);
    assert_null(strchr(parsed.err.message, '\033'));
    parsed_free(&parsed);
}

static int open_bare(void **state)
{
    (void)state;
    bare = tree_open(NULL);
    return 0;
}

static int close_bare(void **state)
{
    (void)state;
    tree_close(&bare);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generic_names_and_aliases),
        cmocka_unit_test(caches_that_cannot_be_written_are_unknown),
        cmocka_unit_test(switches_and_migrations_come_from_records),
        cmocka_unit_test(modifiers_set_what_is_left_out),
        cmocka_unit_test(all_user_leaves_the_kernel_out),
        cmocka_unit_test(lists_and_groups),
        cmocka_unit_test(appending_keeps_what_was_there),
        cmocka_unit_test(bad_lists_say_where),
        cmocka_unit_test(raw_numbers),
        cmocka_unit_test(breakpoints),
        cmocka_unit_test(mistyped_names_get_a_suggestion),
        cmocka_unit_test(garbage_is_refused_not_believed),
    };
    return cmocka_run_group_tests(tests, open_bare, close_bare);
}
