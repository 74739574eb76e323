/* SPDX-License-Identifier: MIT */
/* Names of libpfm4, for machines that are not this one. */
#include "event_tree.h"

#include <dlfcn.h>
#include <sys/wait.h>

#include "probes/counters/event_pfm.h"

typedef struct pfm_row {
    const char *text;
    uint64_t config;
    const char *counted;
} pfm_row;

typedef struct pfm_machine {
    const char *pmu;
    pfm_row rows[4];
} pfm_machine;

/* Codes are those of Intel's perfmon lists and AMD's PPRs. */
static const pfm_machine machines[] = {
    {"hsw",
     {{"hsw::LONGEST_LAT_CACHE:MISS", 0x412e, "hsw::LONGEST_LAT_CACHE:MISS"},
      {"MEM_LOAD_UOPS_RETIRED:L3_MISS:u", 0x20d1, "hsw::MEM_LOAD_UOPS_RETIRED:L3_MISS:u"},
      {"CYCLE_ACTIVITY:STALLS_L2_PENDING", 0x50005a3, NULL}}},
    {"bdw",
     {{"bdw::LONGEST_LAT_CACHE:REFERENCE", 0x4f2e, NULL},
      {"MEM_LOAD_UOPS_L3_HIT_RETIRED:XSNP_HITM", 0x04d2, NULL}}},
    {"skl",
     {{"skl::LONGEST_LAT_CACHE:MISS", 0x412e, "skl::LONGEST_LAT_CACHE:MISS"},
      {"skl::LONGEST_LAT_CACHE:MISS:k", 0x412e, "skl::LONGEST_LAT_CACHE:MISS:k"},
      {"UOPS_ISSUED:ANY:c=1:i=1", 0x180010e, NULL},
      {"L2_RQSTS:MISS", 0x3f24, NULL}}},
    {"skx",
     {{"MEM_LOAD_L3_MISS_RETIRED:REMOTE_DRAM", 0x02d3, NULL},
      {"skx::MEM_LOAD_RETIRED:L3_MISS:u", 0x20d1, "skx::MEM_LOAD_RETIRED:L3_MISS:u"}}},
    {"clx", {{"clx::MEM_LOAD_L3_HIT_RETIRED:XSNP_HITM", 0x04d2, NULL}}},
    {"icl",
     {{"icl::LONGEST_LAT_CACHE:MISS", 0x412e, NULL},
      {"CYCLE_ACTIVITY:STALLS_L3_MISS", 0x60006a3, NULL}}},
    {"icx", {{"icx::MEM_LOAD_L3_MISS_RETIRED:REMOTE_HITM", 0x04d3, NULL}}},
    {"spr",
     {{"spr::MEM_LOAD_L3_HIT_RETIRED:XSNP_FWD", 0x04d2, NULL},
      {"MEMORY_ACTIVITY:STALLS_L3_MISS", 0x9000947, NULL}}},
    {"amd64_fam17h_zen1",
     {{"RETIRED_INSTRUCTIONS:u", 0xc0, "amd64_fam17h_zen1::RETIRED_INSTRUCTIONS:u"}}},
    {"amd64_fam17h_zen2", {{"DATA_CACHE_REFILLS_FROM_SYSTEM:LS_MABRESP_RMT_DRAM", 0x4043, NULL}}},
    {"amd64_fam19h_zen3",
     {{"DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM:MEM_IO_LCL:MEM_IO_RMT", 0x4843, NULL},
      {"retired_instructions", 0xc0, NULL}}},
    {"amd64_fam19h_zen4", {{"CYCLES_NO_RETIRE:NOT_COMPLETE_MISSING_LOAD", 0xa2d6, NULL}}},
};

static cck_root root;

/* libpfm4 reads its environment once, so that each machine takes a process. */
static void in_child(const char *pmu, void (*body)(const void *), const void *argument)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (pmu)
            setenv("LIBPFM_FORCE_PMU", pmu, 1);
        else
            setenv("LIBPFM_ENCODE_INACTIVE", "1", 1);
        body(argument);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status != 0)
        fail_msg("%s: see above", pmu ? pmu : "inactive");
}

/* No cmocka in the child: its longjmp would run the rest of the tests twice. */
static void encode_one(const pfm_row *row)
{
    cck_arena arena = {0};
    cck_event_scope scope = {.root = &root, .arena = &arena};
    cck_event_list list = {0};
    cck_error err = {0};
    if (cck_event_parse(&list, row->text, &scope, &err) < 0 || list.count != 1) {
        fprintf(stderr, "%s: %s\n", row->text, err.message);
        _exit(1);
    }
    const cck_event *event = &list.events[0];
    bool user = strstr(row->text, ":u") != NULL, kernel = strstr(row->text, ":k") != NULL;
    if (event->attr.type != PERF_TYPE_RAW || event->attr.config != row->config ||
        (row->counted && strcmp(row->counted, event->info.counted)) || !event->hardware ||
        strcmp(event->info.name, row->text) || event->attr.exclude_kernel != user ||
        event->attr.exclude_user != kernel || !event->attr.exclude_guest ||
        !event->info.meaning[0]) {
        fprintf(stderr, "%s: type %u, config 0x%llx, `%s', exclude user %d kernel %d guest %d\n",
                row->text, event->attr.type, (unsigned long long)event->attr.config,
                event->info.counted, event->attr.exclude_user, event->attr.exclude_kernel,
                event->attr.exclude_guest);
        _exit(1);
    }
    cck_arena_clear(&arena);
}

static void encode_machine(const void *argument)
{
    const pfm_machine *machine = argument;
    for (size_t i = 0; i < 4 && machine->rows[i].text; i++)
        encode_one(&machine->rows[i]);
}

static void names_of_a_dozen_machines(void **state)
{
    (void)state;
    assert_true(sizeof machines / sizeof *machines >= 10);
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        in_child(machines[i].pmu, encode_machine, &machines[i]);
}

/* LIBPFM_ENCODE_INACTIVE opens all tables at once. */
static void encode_inactive(const void *argument)
{
    (void)argument;
    for (size_t m = 0; m < sizeof machines / sizeof *machines; m++)
        if (strstr(machines[m].rows[0].text, "::"))
            encode_one(&machines[m].rows[0]);
}

static void inactive_machines_on_request(void **state)
{
    (void)state;
    in_child(NULL, encode_inactive, NULL);
}

typedef struct bad_row {
    const char *text;
    int code;
    const char *word;
} bad_row;

static void refuse_skl(const void *argument)
{
    (void)argument;
    static const bad_row rows[] = {
        {"skl::LONGEST_LAT_CACHE:MIS", CCK_EINVALID, "did you mean `skl::LONGEST_LAT_CACHE:MISS'"},
        {"LONGEST_LAT_CACHE:MISSS", CCK_EINVALID, "did you mean `LONGEST_LAT_CACHE:MISS'"},
        {"LONGEST_LAT_CACH:MISS", CCK_ENOTFOUND, "did you mean `LONGEST_LAT_CACHE:MISS'"},
        {"skl::LONGEST_LAT_CACH", CCK_ENOTFOUND, "did you mean `skl::LONGEST_LAT_CACHE'"},
        {"UOPS_ISSUED:ANY:c=zz", CCK_EINVALID, "libpfm4 says"},
        {"UOPS_ISSUED:ANY:c=99999999999", CCK_EINVALID, "libpfm4 says"},
        {"UOPS_ISSUED:ANY:nonsense=1", CCK_EINVALID, "libpfm4 says"},
        {"nopmu::LONGEST_LAT_CACHE:MISS", CCK_ENOTFOUND, "no event"},
        {"skl::", CCK_ENOTFOUND, "no event"},
        {"::X", CCK_ENOTFOUND, "no event"},
        {"skl::LONGEST_LAT_CACHE::MISS", CCK_ENOTFOUND, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cck_arena arena = {0};
        cck_event_scope scope = {.root = &root, .arena = &arena};
        cck_event_list list = {0};
        cck_error err = {0};
        int status = cck_event_parse(&list, rows[i].text, &scope, &err);
        if (status >= 0 || (rows[i].word[0] && status != rows[i].code) ||
            !(strstr(err.message, rows[i].word) || strstr(err.hint, rows[i].word))) {
            fprintf(stderr, "%s: %d %s [%s]\n", rows[i].text, status, err.message, err.hint);
            _exit(1);
        }
        cck_arena_clear(&arena);
    }
}

static void bad_names_and_attributes(void **state)
{
    (void)state;
    in_child("skl", refuse_skl, NULL);
}

static bool is_loaded(void)
{
    void *library = dlopen(CCK_PFM_SONAME, RTLD_LAZY | RTLD_NOLOAD);
    if (library)
        dlclose(library);
    return library;
}

/* Loading libpfm4 takes milliseconds: what needs no name of its own must not. */
static void keep_asleep(const void *argument)
{
    (void)argument;
    cck_arena arena = {0};
    cck_event_scope scope = {.root = &root, .arena = &arena, .uarch = "intel-skx"};
    cck_event_list list = {0};
    cck_error err = {0};
    if (cck_event_set(&list, "default", &scope, &err) < 0 ||
        cck_event_set(&list, "numa", &scope, &err) < 0 ||
        cck_event_parse(&list, "cs,faults:u,cache-misses,r412e,mem:0x1000,HITM,l1d-miss", &scope,
                        &err) < 0 ||
        is_loaded()) {
        fprintf(stderr, "libpfm4 was loaded: %s\n", err.message);
        _exit(1);
    }
    /* And that this would have been seen: */
    if (cck_event_parse(&list, "LONGEST_LAT_CACHE:MISS", &scope, &err) < 0 || !is_loaded())
        _exit(1);
    cck_arena_clear(&arena);
}

static void libpfm4_sleeps_until_it_is_needed(void **state)
{
    (void)state;
    in_child("skl", keep_asleep, NULL);
}

static int open_bare(void **state)
{
    (void)state;
    root = tree_open(NULL);
    return 0;
}

static int close_bare(void **state)
{
    (void)state;
    tree_close(&root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_a_dozen_machines),
        cmocka_unit_test(inactive_machines_on_request),
        cmocka_unit_test(bad_names_and_attributes),
        cmocka_unit_test(libpfm4_sleeps_until_it_is_needed),
    };
    return cmocka_run_group_tests(tests, open_bare, close_bare);
}
