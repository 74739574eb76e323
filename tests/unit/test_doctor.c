/* SPDX-License-Identifier: MIT */
/* The doctor over probes made up for the test, and machines that are recorded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <cachecheck/report.h>

#include "core/base/fail.h"
#include "core/machine/doctor.h"

static int checks_seen;

static int check_fails(const cck_probe_request *request, cck_error *err)
{
    assert_string_equal(request->target->argv[0], "/bin/true");
    assert_int_equal(request->options->size, sizeof *request->options);
    assert_non_null(request->arena);
    checks_seen++;
    cck_fail(err, CCK_EUNSUPPORTED, "no PMU on this machine");
    cck_hint(err, "buy one");
    return CCK_EUNSUPPORTED;
}

static int check_passes(const cck_probe_request *request, cck_error *err)
{
    (void)request, (void)err;
    checks_seen++;
    return 0;
}

static void doctor_of_parts(const cck_root *root, cck_doctor_sink *sink, void *context)
{
    char reason[16] = "seen on stack";
    (void)root;
    const cck_check cycles = {"pmu", "cycles", CCK_CHECK_NO, reason, "sudo something"};
    const cck_check none = {"pmu", "sampling", CCK_CHECK_UNKNOWN, NULL, NULL};
    sink(context, &cycles);
    sink(context, &none);
    memset(reason, 'x', sizeof reason - 1); /* strings are copied */
}

static void doctor_of_restriction(const cck_root *root, cck_doctor_sink *sink, void *context)
{
    (void)root;
    const cck_check whole = {"software", "", CCK_CHECK_PARTLY, "user mode only", "sysctl"};
    sink(context, &whole);
}

static const cck_probe pmu = {
    .name = "pmu", .priority = 30, .check = check_fails, .doctor = doctor_of_parts};
static const cck_probe simulate = {
    .name = "simulate", .priority = 20, .check = check_passes, .needs_machine = true};
static const cck_probe software = {
    .name = "software", .priority = 10, .check = check_passes, .doctor = doctor_of_restriction};
static const cck_probe replay = {.name = "replay", .priority = -1, .check = check_fails};

static cck_machine *open_machine(const char *xml, const char *root)
{
    char path[512];
    snprintf(path, sizeof path, CCK_TESTS "/machines/%s.xml", xml);
    const cck_machine_options options = {.size = sizeof options, .xml = path, .root = root};
    cck_machine *machine = NULL;
    assert_int_equal(cck_machine_open(&machine, &options, NULL), 0);
    return machine;
}

static cck_doctor *examine(const cck_machine *machine, const char *path,
                           const cck_probe *const *probes)
{
    cck_root root;
    assert_int_equal(cck_root_open(&root, path, NULL), 0);
    const cck_error broken = {.code = CCK_EFORMAT, .message = "it is broken", .hint = "mend it"};
    const cck_doctor_scope scope = {&root, machine, &broken, probes};
    cck_doctor *doctor = NULL;
    assert_int_equal(cck_doctor_examine(&doctor, &scope, NULL), 0);
    cck_root_close(&root);
    return doctor;
}

static const cck_check *find(const cck_doctor *doctor, const char *backend, const char *part)
{
    const cck_check *found = NULL, *check;
    for (size_t i = 0; (check = cck_doctor_get(doctor, i)); i++) {
        assert_true(check->backend && check->part && check->reason && check->enable);
        if (strcmp(check->backend, backend) || strcmp(check->part, part))
            continue;
        assert_null(found); /* each line once */
        found = check;
    }
    return found;
}

static void auto_takes_the_best_that_works(void **state)
{
    (void)state;
    static const cck_probe *const probes[] = {&software, &replay, &pmu, &simulate, NULL};
    cck_machine *machine = open_machine("kvm-zen3-two-cpus", NULL);
    checks_seen = 0;
    cck_doctor *doctor = examine(machine, "/", probes);
    assert_int_equal(checks_seen, 3); /* each once; never the replay */
    const cck_check *choice = find(doctor, "auto", "stat");
    assert_int_equal(choice->state, CCK_CHECK_YES);
    assert_string_equal(choice->reason, "takes simulate (pmu: no PMU on this machine)");
    assert_string_equal(choice->enable, "buy one");
    assert_int_equal(find(doctor, "pmu", "")->state, CCK_CHECK_NO);
    assert_string_equal(find(doctor, "pmu", "cycles")->reason, "seen on stack");
    assert_string_equal(find(doctor, "pmu", "sampling")->reason, "");
    assert_string_equal(cck_doctor_get(doctor, 0)->backend, "pmu"); /* the best first */
    assert_null(find(doctor, "replay", ""));
    assert_null(cck_doctor_get(doctor, cck_doctor_count(doctor)));
    cck_doctor_free(doctor);
    cck_machine_free(machine);
}

static char *write_doctor(const cck_doctor *doctor, cck_format format)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    assert_int_equal(cck_doctor_write(doctor, format, out, NULL, NULL), 0);
    fclose(out);
    return text;
}

static void doctor_of_one_remedy(const cck_root *root, cck_doctor_sink *sink, void *context)
{
    (void)root;
    const cck_check cycles = {"pmu", "cycles", CCK_CHECK_NO, "none", "buy one"};
    const cck_check forged = {"pmu", "x\033[31m", CCK_CHECK_NO, "\033[2J", "\033[1m"};
    sink(context, &cycles);
    sink(context, &forged);
}

static size_t occurrences(const char *text, const char *word)
{
    size_t count = 0;
    while ((text = strstr(text, word))) {
        count++;
        text += strlen(word);
    }
    return count;
}

static void the_text_tells_a_remedy_once(void **state)
{
    (void)state;
    static const cck_probe lame = {
        .name = "pmu", .priority = 1, .check = check_fails, .doctor = doctor_of_one_remedy};
    static const cck_probe *const probes[] = {&lame, NULL};
    cck_doctor *doctor = examine(NULL, "/", probes);
    char *text = write_doctor(doctor, CCK_FORMAT_TEXT);
    assert_int_equal(occurrences(text, "> buy one"), 1);
    assert_null(strchr(text, '\033')); /* nothing of others' reaches the terminal raw */
    free(text);
    text = write_doctor(doctor, CCK_FORMAT_JSON);
    assert_true(occurrences(text, "\"enable\": \"buy one\"") > 1);
    free(text);
    text = write_doctor(doctor, CCK_FORMAT_CSV);
    assert_non_null(strstr(text, "backend,part,state,reason,enable\r\n"));
    assert_true(occurrences(text, ",buy one\r\n") > 1);
    assert_null(strchr(text, 0x1b));
    free(text);
    cck_error err = {0};
    assert_int_equal(cck_doctor_write(doctor, CCK_FORMAT_SVG, stdout, NULL, &err), CCK_EINVALID);
    cck_doctor_free(doctor);
}

static void a_probe_refines_its_own_line(void **state)
{
    (void)state;
    static const cck_probe *const probes[] = {&software, NULL};
    cck_doctor *doctor = examine(NULL, "/", probes);
    assert_int_equal(find(doctor, "software", "")->state, CCK_CHECK_PARTLY);
    assert_string_equal(find(doctor, "software", "")->reason, "user mode only");
    cck_doctor_free(doctor);
}

static void without_a_machine_what_needs_it_fails(void **state)
{
    (void)state;
    static const cck_probe *const probes[] = {&simulate, NULL};
    checks_seen = 0;
    cck_doctor *doctor = examine(NULL, "/", probes);
    assert_int_equal(checks_seen, 0);
    assert_int_equal(find(doctor, "simulate", "")->state, CCK_CHECK_NO);
    assert_int_equal(find(doctor, "auto", "stat")->state, CCK_CHECK_NO);
    assert_int_equal(find(doctor, "machine", "topology")->state, CCK_CHECK_NO);
    assert_string_equal(find(doctor, "machine", "topology")->reason, "it is broken");
    assert_string_equal(find(doctor, "machine", "topology")->enable, "mend it");
    cck_doctor_free(doctor);
}

static const cck_probe *const no_probes[] = {NULL};

static void expect(const char *xml, const char *part, cck_check_state state, const char *words)
{
    cck_machine *machine = open_machine(xml, NULL);
    cck_doctor *doctor = examine(machine, "/", no_probes);
    const cck_check *check = find(doctor, "machine", part);
    assert_non_null(check);
    if (check->state != state || !strstr(check->reason, words))
        fail_msg("%s, %s: state %d, \"%s\"", xml, part, check->state, check->reason);
    /* What is not plainly fine says what to do about it. */
    if (state == CCK_CHECK_NO || state == CCK_CHECK_PARTLY)
        assert_true(*check->enable);
    cck_doctor_free(doctor);
    cck_machine_free(machine);
}

static void the_machine_is_examined(void **state)
{
    (void)state;
    expect("kvm-zen3-two-cpus", "topology", CCK_CHECK_PARTLY, "some other machine (xml)");
    expect("kvm-zen3-two-cpus", "caches", CCK_CHECK_YES, "L3 32 MiB");
    expect("guest-no-l3", "caches", CCK_CHECK_PARTLY, "ways unknown");
    expect("arm-guest-no-caches", "caches", CCK_CHECK_NO, "no caches");
    expect("cxl-cpuless-node", "numa", CCK_CHECK_YES, "1 without CPUs");
    expect("cpuset-one-of-two-nodes", "numa", CCK_CHECK_PARTLY, "not for this process");
    expect("cpuset-one-of-two-nodes", "cpus", CCK_CHECK_PARTLY, "3 of 16 CPUs");
    expect("offline-cpus", "cpus", CCK_CHECK_PARTLY, "4 offline");
    expect("hybrid-desktop", "cpus", CCK_CHECK_YES, "all CPUs");
    expect("kvm-zen3-two-cpus", "container", CCK_CHECK_YES, "none seen");
}

static void plant(const char *root, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void containers_and_guests_are_told_what_to_set(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        cck_check_state state;
        const char *words;
    } cases[] = {
        {"CapEff:\t00000000a80425fb\nSeccomp:\t2\n", CCK_CHECK_PARTLY, "without CAP_PERFMON"},
        {"CapEff:\t000001ffffffffff\nSeccomp:\t0\n", CCK_CHECK_YES, "no seccomp filter"},
        {"CapEff:\t0000004000000000\nSeccomp:\t2\n", CCK_CHECK_PARTLY, "with a seccomp filter"},
        {"Name:\tx\n", CCK_CHECK_UNKNOWN, "cannot be read"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char root[] = "/tmp/cck-doctor-XXXXXX", command[64];
        assert_non_null(mkdtemp(root));
        plant(root, ".dockerenv", "");
        plant(root, "sys/class/dmi/id/product_name", "KVM\n");
        plant(root, "proc/self/status", cases[i].status);
        cck_machine *machine = open_machine("guest-no-l3", root);
        cck_doctor *doctor = examine(machine, root, no_probes);
        const cck_check *container = find(doctor, "machine", "container");
        assert_int_equal(container->state, cases[i].state);
        assert_non_null(strstr(container->reason, cases[i].words));
        if (cases[i].state == CCK_CHECK_PARTLY)
            assert_non_null(strstr(container->enable, "--cap-add PERFMON"));
        assert_int_equal(find(doctor, "machine", "hypervisor")->state, CCK_CHECK_PARTLY);
        assert_non_null(strstr(find(doctor, "machine", "hypervisor")->enable, "pmu=on"));
        assert_non_null(strstr(find(doctor, "machine", "caches")->reason, "no L3 is shown"));
        assert_non_null(strstr(find(doctor, "machine", "caches")->enable, "host-cache-info=on"));
        assert_int_equal(find(doctor, "machine", "numa")->state, CCK_CHECK_UNKNOWN);
        cck_doctor_free(doctor);
        cck_machine_free(machine);
        snprintf(command, sizeof command, "rm -rf %s", root);
        assert_int_equal(system(command), 0);
    }
}

static void the_live_doctor_always_has_an_answer(void **state)
{
    (void)state;
    cck_doctor *doctor = NULL;
    cck_error err = {0};
    if (cck_doctor_run(&doctor, &err) < 0)
        fail_msg("%s", err.message);
    assert_non_null(find(doctor, "auto", "stat"));
    assert_int_equal(find(doctor, "machine", "topology")->state, CCK_CHECK_YES);
    assert_int_equal(find(doctor, "machine", "kernel")->state, CCK_CHECK_YES);
    cck_doctor_free(doctor);
    cck_doctor_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(auto_takes_the_best_that_works),
        cmocka_unit_test(the_text_tells_a_remedy_once),
        cmocka_unit_test(a_probe_refines_its_own_line),
        cmocka_unit_test(without_a_machine_what_needs_it_fails),
        cmocka_unit_test(the_machine_is_examined),
        cmocka_unit_test(containers_and_guests_are_told_what_to_set),
        cmocka_unit_test(the_live_doctor_always_has_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
