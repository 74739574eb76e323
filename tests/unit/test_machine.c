/* SPDX-License-Identifier: MIT */
/* The machine model: live, recorded, in trees of /proc and /sys, damaged. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <cachecheck/machine.h>

#include "core/machine/machine.h"
#include "tests/unit/machine_checks.h"

#define MACHINES CCK_TESTS "/machines"
static cck_machine *open_xml(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, MACHINES "/%s.xml", name);
    cck_machine_options options = {.size = sizeof options, .xml = path};
    cck_machine *machine = NULL;
    assert_int_equal(cck_machine_open(&machine, &options, NULL), 0);
    return machine;
}

static void hybrid_caches_of_the_big_core_come_first(void **state)
{
    (void)state;
    cck_machine *machine = open_xml("hybrid-desktop");
    assert_int_equal(cck_machine_data_cache(machine, 1)->size, 48 << 10);
    assert_int_equal(cck_machine_data_cache(machine, 2)->size, 1280 << 10);
    assert_int_equal(cck_machine_data_cache(machine, 0)->level, 3);
    assert_int_equal(cck_machine_instruction_cache(machine)->size, 32 << 10);
    assert_null(cck_machine_data_cache(machine, 4));
    cck_machine_free(machine);
}

static void unknown_stays_unknown(void **state)
{
    (void)state;
    cck_machine *machine = open_xml("guest-no-l3");
    assert_int_equal(cck_machine_data_cache(machine, 0)->level, 2);
    assert_int_equal(cck_machine_data_cache(machine, 1)->ways, 0);
    cck_machine_free(machine);
    machine = open_xml("arm-guest-no-caches");
    assert_null(cck_machine_data_cache(machine, 0));
    assert_null(cck_machine_instruction_cache(machine));
    assert_int_equal(cck_machine_get_info(machine)->line_size, 64);
    cck_machine_free(machine);
}

/* A throw-away tree of files, as another machine's /proc and /sys. */
typedef struct tree {
    char path[64];
} tree;

static void plant(const tree *at, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", at->path, name);
    for (char *slash = path + strlen(at->path) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static tree make_tree(void)
{
    tree made = {"/tmp/cck-machine-XXXXXX"};
    assert_non_null(mkdtemp(made.path));
    return made;
}

static void remove_tree(const tree *at)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", at->path);
    assert_int_equal(system(command), 0);
}

static cck_machine *open_in_tree(const char *xml, const char *synthetic, const tree *at)
{
    char path[512];
    snprintf(path, sizeof path, MACHINES "/%s.xml", xml ? xml : "");
    cck_machine_options options = {.size = sizeof options, .root = at->path};
    if (xml)
        options.xml = path;
    options.synthetic = synthetic;
    cck_machine *machine = NULL;
    cck_error err = {0};
    if (cck_machine_open(&machine, &options, &err) < 0)
        fail_msg("%s", err.message);
    return machine;
}

static void sysfs_fills_in_what_hwloc_does_not_know(void **state)
{
    (void)state;
    tree at = make_tree();
    plant(&at, "sys/devices/system/cpu/cpu0/cache/index0/level", "1\n");
    plant(&at, "sys/devices/system/cpu/cpu0/cache/index0/type", "Data\n");
    plant(&at, "sys/devices/system/cpu/cpu0/cache/index0/number_of_sets", "64\n");
    plant(&at, "sys/devices/system/cpu/cpu0/cache/index1/level", "1\n");
    plant(&at, "sys/devices/system/cpu/cpu0/cache/index1/type", "Instruction\n");
    plant(&at, "sys/devices/system/cpu/cpu0/cache/index1/ways_of_associativity", "4\n");
    plant(&at, "sys/devices/system/cpu/cpu0/cache/index2/level", "2\n");
    plant(&at, "sys/devices/system/cpu/cpu0/cache/index2/type", "Unified\n");
    plant(&at, "sys/devices/system/cpu/cpu0/cache/index2/number_of_sets", "1\n");
    cck_machine *machine = open_in_tree("guest-no-l3", NULL, &at);
    const cck_machine_info *info = cck_machine_get_info(machine);
    /* CPU 0 has files, CPU 1 has none: two kinds of each. */
    assert_int_equal(info->cache_count, 6);
    assert_int_equal(cck_machine_data_cache(machine, 1)->ways, 8); /* 32768 / (64 * 64) */
    assert_int_equal(cck_machine_instruction_cache(machine)->ways, 4);
    assert_true(cck_machine_data_cache(machine, 2)->ways == UINT_MAX);
    cck_machine_free(machine);
    remove_tree(&at);
}

static void damaged_sysfs_is_unknown(void **state)
{
    (void)state;
    tree at = make_tree();
    plant(&at, "sys/devices/system/cpu/cpu0/cache/index0/level", "1\n");
    plant(&at, "sys/devices/system/cpu/cpu0/cache/index0/type", "Data\n");
    plant(&at, "sys/devices/system/cpu/cpu0/cache/index0/ways_of_associativity", "-7\n");
    plant(&at, "sys/devices/system/cpu/cpu0/cache/index0/number_of_sets", "99999999999999999999\n");
    plant(&at, "sys/devices/system/cpu/cpu0/cache/index1/level", "x\n");
    cck_machine *machine = open_in_tree("guest-no-l3", NULL, &at);
    assert_int_equal(cck_machine_data_cache(machine, 1)->ways, 0);
    cck_machine_free(machine);
    remove_tree(&at);
}

static void hosts_are_named_from_clues(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *more_file, *more_text, *hypervisor, *container;
    } cases[] = {
        {"sys/class/dmi/id/product_name", "VMware Virtual Platform\n", NULL, NULL, "VMware", ""},
        {"sys/class/dmi/id/sys_vendor", "QEMU\n", ".dockerenv", "", "QEMU", "docker"},
        {"sys/class/dmi/id/sys_vendor", "Amazon EC2\n", NULL, NULL, "", ""}, /* .metal */
        {"sys/class/dmi/id/sys_vendor", "Amazon EC2\n", "proc/cpuinfo",
         "processor\t: 0\nflags\t\t: fpu hypervisor lm\nbugs\t:\n",
         "unknown hypervisor (Amazon EC2)", ""},
        {"proc/cpuinfo", "flags\t\t: fpu\nbugs\t: hypervisor\n", NULL, NULL, "", ""},
        {"proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu lm\nbugs\t: hypervisor\n", NULL, NULL, "",
         ""},
        {"sys/hypervisor/type", "xen\n", "run/.containerenv", "", "Xen", "podman"},
        {"proc/device-tree/hypervisor/compatible", "linux,kvm", "proc/1/cgroup",
         "0::/kubepods/burstable/pod1\n", "KVM", "kubernetes"},
        {"proc/sysinfo", "Manufacturer: IBM\nVM00 Control Program: z/VM    7.1.0   \n",
         "run/systemd/container", "lxc\n", "z/VM    7.1.0", "lxc"},
        {"proc/sys/kernel/osrelease", "5.15.90.1-microsoft-standard-WSL2\n", NULL, NULL,
         "Hyper-V (WSL 2)", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tree at = make_tree();
        plant(&at, cases[i].file, cases[i].text);
        if (cases[i].more_file)
            plant(&at, cases[i].more_file, cases[i].more_text);
        cck_machine *machine = open_in_tree(NULL, "pu:1", &at);
        assert_string_equal(cck_machine_get_info(machine)->hypervisor, cases[i].hypervisor);
        assert_string_equal(cck_machine_get_info(machine)->container, cases[i].container);
        cck_machine_free(machine);
        remove_tree(&at);
    }
}

static void cpus_are_named_on_every_architecture(void **state)
{
    (void)state;
    static const struct {
        const char *cpuinfo, *vendor, *model;
    } cases[] = {
        {"vendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R)\n", "GenuineIntel",
         "Intel(R) Xeon(R)"},
        {"CPU implementer\t: 0x41\nCPU part\t: 0xd0b\n\nCPU implementer\t: 0x41\nCPU part\t: "
         "0xd05\n"
         "\nCPU implementer\t: 0x41\nCPU part\t: 0xd05\n",
         "ARM", "Cortex-A76 + Cortex-A55"},
        {"CPU implementer\t: 0x99\nCPU part\t: 0x123\n", "implementer 0x99", "part 0x123"},
        {"processor\t: 0\nhart\t\t: 1\nuarch\t\t: sifive,u74-mc\n", "", "sifive,u74-mc"},
        {"processor\t: 0\ncpu\t\t: POWER9, altivec supported\n", "", "POWER9, altivec supported"},
        {"vendor_id : IBM/S390\n# processors : 4\n", "IBM/S390", ""},
        {"garbage without colon\n:\n: \nmodel name\t:   \n", "", ""},
        {"", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tree at = make_tree();
        plant(&at, "proc/cpuinfo", cases[i].cpuinfo);
        cck_machine *machine = open_in_tree(NULL, "pu:1", &at);
        assert_string_equal(cck_machine_get_info(machine)->cpu_vendor, cases[i].vendor);
        assert_string_equal(cck_machine_get_info(machine)->cpu_model, cases[i].model);
        cck_machine_free(machine);
        remove_tree(&at);
    }
}

/* A tree as another system's /proc and /sys, which hwloc takes from its variable only. */
static void recorded_trees_are_read_whole(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Tree\n"
                         "flags\t\t: fpu hypervisor\n\nprocessor\t: 1\nmodel name\t: Tree\n"},
        {"sys/devices/system/cpu/online", "0-1\n"},
        {"sys/devices/system/cpu/possible", "0-3\n"},
        {"sys/devices/system/cpu/cpu0/topology/core_cpus", "1\n"},
        {"sys/devices/system/cpu/cpu1/topology/core_cpus", "2\n"},
        {"sys/devices/system/cpu/cpu0/topology/package_cpus", "3\n"},
        {"sys/devices/system/cpu/cpu1/topology/package_cpus", "3\n"},
        {"sys/devices/system/node/online", "0-1\n"},
        {"sys/devices/system/node/node0/cpumap", "3\n"},
        {"sys/devices/system/node/node0/cpulist", "0-1\n"},
        {"sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:  1024 kB\n"},
        {"sys/devices/system/node/node1/cpumap", "0\n"},
        {"sys/devices/system/node/node1/cpulist", "\n"},
        {"sys/devices/system/node/node1/meminfo", "Node 1 MemTotal:  2048 kB\n"},
        {"sys/class/dmi/id/product_name", "KVM\n"},
    };
    tree at = make_tree();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        plant(&at, files[i][0], files[i][1]);
    setenv("HWLOC_FSROOT", at.path, 1);
    cck_machine *machine = NULL;
    int rc = cck_machine_open(&machine, NULL, NULL);
    unsetenv("HWLOC_FSROOT");
    assert_int_equal(rc, 0);
    const cck_machine_info *info = cck_machine_get_info(machine);
    assert_string_equal(info->origin, "recorded");
    assert_false(info->is_thissystem);
    assert_string_equal(info->cpu_model, "Tree");
    assert_string_equal(info->hypervisor, "KVM");
    assert_int_equal(info->pus, 2);
    assert_int_equal(info->nodes, 2);
    assert_true(info->memory == 3 << 20);
    assert_int_equal(cck_machine_node_of_cpu(machine, 1), 0);
    cck_machine_free(machine);
    remove_tree(&at);
}

/* Linux's own word about CPU-less nodes wins over hwloc's guess, whatever the numbers. */
static void the_kernel_says_which_nodes_have_no_cpus(void **state)
{
    (void)state;
    tree at = make_tree();
    plant(&at, "sys/devices/system/node/node0/cpulist", "\n");
    plant(&at, "sys/devices/system/node/node1/cpulist", "0-3\n");
    cck_machine *machine = open_in_tree(NULL, "pack:1 [numa] [numa] core:4 pu:1", &at);
    for (unsigned cpu = 0; cpu < 4; cpu++)
        assert_int_equal(cck_machine_node_of_cpu(machine, cpu), 1);
    cck_machine_free(machine);
    remove_tree(&at);
}

static void live_machine_agrees_with_the_system(void **state)
{
    (void)state;
    cck_machine *machine = NULL;
    cck_error err = {0};
    if (cck_machine_open(&machine, NULL, &err) < 0)
        fail_msg("%s", err.message);
    const cck_machine_info *info = cck_machine_get_info(machine);
    assert_string_equal(info->origin, "live");
    assert_true(info->is_thissystem);
    assert_int_equal(info->pus, sysconf(_SC_NPROCESSORS_ONLN));
    cpu_set_t usable;
    if (sched_getaffinity(0, sizeof usable, &usable) == 0)
        assert_int_equal(info->allowed_pus, CPU_COUNT(&usable));
    assert_true(cck_machine_core_of_cpu(machine, (unsigned)sched_getcpu()) >= 0);
    assert_true(*info->kernel && *info->arch);
    assert_null(getenv("HWLOC_PLUGINS_PATH")); /* the environment is as it was */
    check_sums(machine);
    cck_machine_free(machine);
}

static void affinity_narrows_the_allowed_cpus(void **state)
{
    (void)state;
    cpu_set_t before, one;
    if (sched_getaffinity(0, sizeof before, &before) < 0 || CPU_COUNT(&before) < 2)
        skip();
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    cck_machine *machine = NULL;
    int rc = cck_machine_open(&machine, NULL, NULL);
    cpu_set_t after;
    sched_getaffinity(0, sizeof after, &after);
    sched_setaffinity(0, sizeof before, &before);
    assert_int_equal(rc, 0);
    assert_int_equal(cck_machine_get_info(machine)->allowed_pus, 1);
    assert_true(CPU_EQUAL(&after, &one)); /* discovery moves nobody */
    cck_machine_free(machine);
}

static void environment_names_the_origin(void **state)
{
    (void)state;
    cck_machine *machine = NULL;
    setenv("HWLOC_SYNTHETIC", "pack:3 pu:1", 1);
    int rc = cck_machine_open(&machine, NULL, NULL);
    unsetenv("HWLOC_SYNTHETIC");
    assert_int_equal(rc, 0);
    assert_string_equal(cck_machine_get_info(machine)->origin, "synthetic");
    assert_false(cck_machine_get_info(machine)->is_thissystem);
    assert_string_equal(cck_machine_get_info(machine)->kernel, "");
    cck_machine_free(machine);
    machine = NULL;
    setenv("HWLOC_XMLFILE", MACHINES "/numa.xml", 1);
    cck_error err = {0};
    rc = cck_machine_open(&machine, NULL, &err);
    unsetenv("HWLOC_XMLFILE");
    assert_int_equal(rc, CCK_ENOTFOUND);
    assert_null(machine);
}

static void expect_failure(const cck_machine_options *options, int code, const char *words)
{
    cck_machine *untouched = (cck_machine *)&code, *machine = untouched;
    cck_error err = {0};
    assert_int_equal(cck_machine_open(&machine, options, &err), code);
    assert_ptr_equal(machine, untouched);
    assert_int_equal(err.code, code);
    if (!strstr(err.message, words))
        fail_msg("\"%s\" does not say \"%s\"", err.message, words);
}

static void expect_bad_xml(const tree *at, const char *text, int code, const char *words)
{
    char path[512];
    plant(at, "bad.xml", text);
    snprintf(path, sizeof path, "%s/bad.xml", at->path);
    cck_machine_options options = {.size = sizeof options, .xml = path};
    expect_failure(&options, code, words);
}

static void bad_input_is_refused_with_words(void **state)
{
    (void)state;
    tree at = make_tree();
    expect_bad_xml(&at, "", CCK_EFORMAT, "is empty");
    expect_bad_xml(&at, "\177ELF\002\001\001", CCK_EFORMAT, "not hwloc XML");
    expect_bad_xml(&at, "<html></html>", CCK_EFORMAT, "no <topology>");
    expect_bad_xml(&at, "<topology", CCK_EFORMAT, "damaged");
    expect_bad_xml(&at, "<topology version=\"2.0\"></topology>", CCK_EFORMAT, "damaged");
    expect_bad_xml(&at, "<topology version=\"2.0\"><object type=\"Machine\"", CCK_EFORMAT,
                   "damaged");
    expect_bad_xml(&at, "<?xml version=\"1.0\"?>\n<topology version=\"3.0\">\n</topology>",
                   CCK_EFORMAT, "hwloc 3");
    expect_bad_xml(&at,
                   "<topology version=\"2.0\"><object type=\"Machine\" os_index=\"0\" "
                   "cpuset=\"0x1\" complete_cpuset=\"0x1\" allowed_cpuset=\"0x1\" nodeset=\"0x1\" "
                   "complete_nodeset=\"0x1\" allowed_nodeset=\"0x1\" gp_index=\"1\">"
                   "<object type=\"NUMANode\" os_index=\"0\" cpuset=\"0x1\" nodeset=\"0x1\" "
                   "gp_index=\"2\"/><object type=\"PU\" os_index=\"4000000000\" cpuset=\"0x1\" "
                   "nodeset=\"0x1\" gp_index=\"3\"/></object></topology>",
                   CCK_EFORMAT, "");
    cck_machine_options options = {.size = sizeof options, .xml = at.path};
    expect_failure(&options, CCK_EINVALID, "directory");
    options.xml = "/dev/zero";
    expect_failure(&options, CCK_ELIMIT, "larger than");
    options.xml = "/nonexistent/x.xml";
    expect_failure(&options, CCK_ENOTFOUND, "/nonexistent/x.xml");
    options.synthetic = "pu:1";
    expect_failure(&options, CCK_EINVALID, "not both");
    options.xml = NULL;
    options.synthetic = "pack:2 elephant:3";
    expect_failure(&options, CCK_EFORMAT, "elephant");
    options.synthetic = "";
    expect_failure(&options, CCK_EFORMAT, "not a synthetic");
    options.synthetic = NULL;
    options.root = at.path;
    expect_failure(&options, CCK_EINVALID, "needs a topology");
    options.size = 8;
    expect_failure(&options, CCK_EINVALID, "size");
    remove_tree(&at);
}

/* Every prefix of a good file ends in an error or in a machine, never in a crash. */
static void cut_off_files_never_crash(void **state)
{
    (void)state;
    char *whole = read_text(MACHINES "/hybrid-desktop.xml");
    assert_non_null(whole);
    tree at = make_tree();
    char path[512];
    snprintf(path, sizeof path, "%s/bad.xml", at.path);
    cck_machine_options options = {.size = sizeof options, .xml = path};
    for (size_t length = strlen(whole) - 20; length > 97; length -= 97) {
        whole[length] = '\0';
        plant(&at, "bad.xml", whole);
        cck_machine *machine = NULL;
        cck_error err = {0};
        int rc = cck_machine_open(&machine, &options, &err);
        assert_int_equal(rc, CCK_EFORMAT);
        assert_true(*err.message && *err.hint);
    }
    free(whole);
    remove_tree(&at);
}

/* The trial's child is gone afterwards, and a program that ignores SIGCHLD gets its machine. */
static void the_trial_leaves_nothing_behind(void **state)
{
    (void)state;
    for (int ignored = 0; ignored < 2; ignored++) {
        void (*before)(int) = signal(SIGCHLD, ignored ? SIG_IGN : SIG_DFL);
        int next = dup(STDERR_FILENO);
        close(next);
        cck_machine_free(open_xml("hybrid-desktop"));
        signal(SIGCHLD, before);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
        int after = dup(STDERR_FILENO); /* the lowest free descriptor: none leaked */
        close(after);
        assert_int_equal(after, next);
    }
}

static int *trials; /* shared with the children */

/* As if a lock were held for ever, the first time. */
static int stand_still_once(const cck_machine_source *source, cck_error *err)
{
    (void)source;
    (void)err;
    if ((*trials)++ == 0)
        pause();
    return 0;
}

static void a_trial_that_stands_still_is_made_again(void **state)
{
    (void)state;
    cck_error err = {0};
    trials = mmap(NULL, sizeof *trials, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(trials, MAP_FAILED);
    assert_int_equal(cck_machine_try(stand_still_once, NULL, &err), 0);
    assert_int_equal(*trials, 2);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    munmap(trials, sizeof *trials);
}

static size_t wanted; /* bytes */

/* Address space, as hwloc's sets would take; what cannot be had, it crashes over. */
static int take_memory(const cck_machine_source *source, cck_error *err)
{
    (void)source;
    (void)err;
    void *taken = mmap(NULL, wanted, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (taken == MAP_FAILED)
        abort();
    munmap(taken, wanted);
    return 0;
}

static void a_trial_has_its_share_of_memory(void **state)
{
    (void)state;
    const cck_machine_source source = {.path = "large.xml", .xml = (char[]){""}};
    cck_error err = {0};
    wanted = (size_t)100 << 20;
    assert_int_equal(cck_machine_try(take_memory, &source, &err), 0);
    wanted = (size_t)4 << 30;
    assert_int_equal(cck_machine_try(take_memory, &source, &err), CCK_EFORMAT);
    assert_non_null(strstr(err.message, "large.xml is damaged"));
}

/* One random change: a byte, a digit, a hole, a doubled piece. */
static size_t mutate(char *text, size_t length, size_t size, uint64_t *random)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    size_t at = (*random >> 33) % length, span = (*random >> 20) % 64;
    switch ((*random >> 60) % 4) {
    case 0:
        text[at] = (char)(1 + (*random >> 40) % 255);
        return length;
    case 1:
        at += strcspn(text + at, "0123456789");
        if (at < length)
            text[at] = (char)('0' + (*random >> 40) % 10);
        return length;
    case 2:
        span = span < length - at ? span : length - at - 1;
        memmove(text + at, text + at + span, length - at - span + 1);
        return length - span;
    default:
        if (length + span + 1 >= size || at + span >= length)
            return length;
        memmove(text + at + span, text + at, length - at + 1);
        return length + span;
    }
}

/* hwloc 2.9 itself crashes over a few of these, with its own XML parser more often:
 * the trial must catch it. Neither may anything appear on standard error. */
static void mutated_files_never_crash(void **state)
{
    (void)state;
    static const char *const names[] = {"hybrid-desktop", "hbm-two-clusters", "offline-cpus"};
    tree at = make_tree();
    char path[512], log[512];
    snprintf(path, sizeof path, "%s/bad.xml", at.path);
    snprintf(log, sizeof log, "%s/stderr", at.path);
    int errors = dup(STDERR_FILENO), quiet = open(log, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    dup2(quiet, STDERR_FILENO);
    setenv("HWLOC_LIBXML", "0", 1);
    cck_machine_options options = {.size = sizeof options, .xml = path};
    uint64_t random = 7;
    for (int step = 0; step < 240; step++) {
        char source[512];
        snprintf(source, sizeof source, MACHINES "/%s.xml", names[step % 3]);
        char *text = read_text(source);
        assert_non_null(text);
        size_t length = strlen(text);
        for (int change = 0; change <= step % 3; change++)
            length = mutate(text, length, 1 << 20, &random);
        plant(&at, "bad.xml", text);
        free(text);
        cck_machine *machine = NULL;
        cck_error err = {0};
        int rc = cck_machine_open(&machine, &options, &err);
        assert_true(rc == 0 ? machine != NULL : *err.message != '\0');
        for (unsigned cpu = 0; machine && cpu < 64; cpu++)
            assert_true(cck_machine_core_of_cpu(machine, cpu) <
                        (int)cck_machine_get_info(machine)->cores);
        cck_machine_free(machine);
    }
    unsetenv("HWLOC_LIBXML");
    off_t said = lseek(quiet, 0, SEEK_END);
    dup2(errors, STDERR_FILENO);
    close(errors);
    close(quiet);
    remove_tree(&at);
    assert_int_equal(said, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hybrid_caches_of_the_big_core_come_first),
        cmocka_unit_test(unknown_stays_unknown),
        cmocka_unit_test(sysfs_fills_in_what_hwloc_does_not_know),
        cmocka_unit_test(damaged_sysfs_is_unknown),
        cmocka_unit_test(hosts_are_named_from_clues),
        cmocka_unit_test(cpus_are_named_on_every_architecture),
        cmocka_unit_test(recorded_trees_are_read_whole),
        cmocka_unit_test(the_kernel_says_which_nodes_have_no_cpus),
        cmocka_unit_test(live_machine_agrees_with_the_system),
        cmocka_unit_test(affinity_narrows_the_allowed_cpus),
        cmocka_unit_test(environment_names_the_origin),
        cmocka_unit_test(bad_input_is_refused_with_words),
        cmocka_unit_test(cut_off_files_never_crash),
        cmocka_unit_test(the_trial_leaves_nothing_behind),
        cmocka_unit_test(a_trial_that_stands_still_is_made_again),
        cmocka_unit_test(a_trial_has_its_share_of_memory),
        cmocka_unit_test(mutated_files_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
