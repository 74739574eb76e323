/* SPDX-License-Identifier: MIT */
/* Captures: what goes in, what stays out, and archives that somebody made up. */
#include <fcntl.h>
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

#include "core/base/folder.h"
#include "core/machine/archive.h"
#include "core/machine/capture.h"
#include "core/machine/wanted.h"

static char folder[] = "/tmp/cck-capture-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    cck_folder_remove(folder);
    return 0;
}

static const char *below(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void plant(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s", below(name));
    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

/* ---- archives ---- */

typedef struct archive {
    char *bytes;
    size_t length;
    FILE *out;
} archive;

static void begin(archive *a)
{
    *a = (archive){0};
    a->out = open_memstream(&a->bytes, &a->length);
    assert_non_null(a->out);
}

static void end(archive *a)
{
    cck_archive_end(a->out);
    assert_int_equal(fclose(a->out), 0);
}

static int unpack(const char *into, const char *bytes, size_t length, cck_error *err)
{
    FILE *in = fmemopen((void *)(uintptr_t)bytes, length, "r");
    mkdir(below(into), 0700);
    int fd = open(below(into), O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0 && in);
    int code = cck_archive_unpack(in, "made-up.tar", fd, err);
    close(fd);
    fclose(in);
    return code;
}

static void what_is_packed_is_unpacked(void **state)
{
    char deep[230] = "", text[2000], back[2100];
    archive a;
    (void)state;
    begin(&a);
    for (int i = 0; i < 11; i++)
        strcat(deep, "twenty-letters-long/");
    strcat(deep, "file");
    memset(text, 'x', sizeof text);
    assert_int_equal(cck_archive_put(a.out, "a/b.txt", "words", 5), 0);
    assert_int_equal(cck_archive_put(a.out, deep, text, sizeof text), 0);
    assert_int_equal(cck_archive_put(a.out, "empty", "", 0), 0);
    assert_int_equal(cck_archive_put(a.out, "", "", 0), CCK_EINVALID);
    end(&a);
    assert_int_equal(a.length % 512, 0);
    assert_int_equal(unpack("whole", a.bytes, a.length, NULL), 0);
    cck_root root;
    assert_int_equal(cck_root_open(&root, below("whole"), NULL), 0);
    assert_int_equal(cck_root_read(&root, "a/b.txt", back, sizeof back), 5);
    assert_string_equal(back, "words");
    assert_int_equal(cck_root_read(&root, deep, back, sizeof back), sizeof text);
    assert_int_equal(cck_root_read(&root, "empty", back, sizeof back), 0);
    cck_root_close(&root);
    free(a.bytes);
}

/* tar itself reads what we write: skipped where there is none. */
static void tar_reads_it(void **state)
{
    char command[1200], path[512];
    archive a;
    (void)state;
    begin(&a);
    cck_archive_put(a.out, "sys/one", "1\n", 2);
    cck_archive_put(a.out, "README.txt", "two\n", 4);
    end(&a);
    snprintf(path, sizeof path, "%s", below("ours.tar"));
    FILE *out = fopen(path, "w");
    fwrite(a.bytes, 1, a.length, out);
    fclose(out);
    free(a.bytes);
    if (system("tar --version >/dev/null 2>&1") != 0)
        skip();
    snprintf(command, sizeof command, "test \"$(tar xOf '%s' README.txt)\" = two", path);
    assert_int_equal(system(command), 0);
}

static void expect_refusal(const char *into, const char *bytes, size_t length, const char *words)
{
    cck_error err = {0};
    int code = unpack(into, bytes, length, &err);
    if (code >= 0)
        fail_msg("%s was unpacked", into);
    if (!strstr(err.message, words))
        fail_msg("\"%s\" does not say \"%s\"", err.message, words);
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    static const char *const names[] = {"../x", "/etc/x", "a/../../x", "a//b", "./x", "a/\nb", ".."};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        archive a;
        begin(&a);
        assert_int_equal(cck_archive_put(a.out, names[i], "x", 1), 0);
        end(&a);
        expect_refusal("astray", a.bytes, a.length, "leads out");
        free(a.bytes);
    }
    assert_int_equal(access(below("x"), F_OK), -1);
}

/* A header with one byte changed and its sum made right again. */
static void forge(archive *a, size_t at, char byte)
{
    unsigned sum = 0;
    a->bytes[at] = byte;
    memset(a->bytes + 148, ' ', 8);
    for (size_t i = 0; i < 512; i++)
        sum += (unsigned char)a->bytes[i];
    snprintf(a->bytes + 148, 7, "%06o", sum);
    a->bytes[155] = ' ';
}

static void damaged_archives_are_refused(void **state)
{
    archive a;
    (void)state;
    begin(&a);
    cck_archive_put(a.out, "one", "1", 1);
    cck_archive_put(a.out, "one", "1", 1);
    end(&a);
    expect_refusal("twice", a.bytes, a.length, "twice");
    expect_refusal("cut", a.bytes, 700, "cut off");
    expect_refusal("none", "just words", 10, "no tar archive");
    char gzip[512] = "\037\213\010";
    expect_refusal("gzip", gzip, sizeof gzip, "gunzip");
    a.bytes[5]++; /* the sum no longer fits */
    expect_refusal("sum", a.bytes, a.length, "no tar archive");
    forge(&a, 156, '2');
    expect_refusal("link", a.bytes, a.length, "no file");
    forge(&a, 156, '0');
    forge(&a, 124, '7');
    expect_refusal("huge", a.bytes, a.length, "larger than any capture");
    free(a.bytes);
}

/* ---- what goes in ---- */

typedef struct list {
    char text[1024];
} list;

static bool note(void *context, const char *path)
{
    list *l = context;
    size_t used = strlen(l->text);
    snprintf(l->text + used, sizeof l->text - used, "%s ", path);
    return true;
}

static void patterns_find_files_in_the_order_of_numbers(void **state)
{
    cck_root root;
    list found = {""};
    (void)state;
    plant("tree/sys/cpu/cpu10/cache/index0/size", "1");
    plant("tree/sys/cpu/cpu2/cache/index0/size", "1");
    plant("tree/sys/cpu/cpu2/cache/index0/deeper/size", "1");
    plant("tree/sys/cpu/cpufreq/cache/index0/size", "1");
    plant("tree/sys/cpu/online", "1");
    assert_int_equal(cck_root_open(&root, below("tree"), NULL), 0);
    cck_wanted_find(&root, "sys/cpu/cpu[0-9]*/cache/index[0-9]*/*", note, &found);
    assert_string_equal(found.text,
                        "sys/cpu/cpu2/cache/index0/size sys/cpu/cpu10/cache/index0/size ");
    found.text[0] = '\0';
    cck_wanted_find(&root, "sys/cpu/online", note, &found);
    cck_wanted_find(&root, "sys/cpu", note, &found); /* a folder */
    cck_wanted_find(&root, "sys/nothing/*", note, &found);
    assert_string_equal(found.text, "sys/cpu/online ");
    cck_root_close(&root);
}

static void only_wanted_lines_stay(void **state)
{
    const cck_wanted keys = {"", "Cpus_allowed|Seccomp", NULL}, without = {"", NULL, "Serial"};
    const cck_wanted words = {"", "Node * MemTotal", NULL};
    char status[] = "Name:\tsecret\nCpus_allowed_list:\t0-1\nUid:\t1000\nSeccomp:\t0";
    char cpuinfo[] = "model\t: x\nSerial\t: 00000000deadbeef\n";
    char meminfo[] = "Node 0 MemTotal: 1 kB\nNode 0 MemFree: 1 kB\n";
    (void)state;
    status[cck_wanted_filter(&keys, status, strlen(status))] = '\0';
    assert_string_equal(status, "Cpus_allowed_list:\t0-1\nSeccomp:\t0");
    cpuinfo[cck_wanted_filter(&without, cpuinfo, strlen(cpuinfo))] = '\0';
    assert_string_equal(cpuinfo, "model\t: x\n");
    meminfo[cck_wanted_filter(&words, meminfo, strlen(meminfo))] = '\0';
    assert_string_equal(meminfo, "Node 0 MemTotal: 1 kB\n");
}

static void private_infos_leave_the_xml(void **state)
{
    char xml[] = "<object type=\"Machine\"><info name=\"HostName\" value=\"secret\"/>\n"
                 "<info name=\"CPUModel\" value=\"x\"/><info name=\"DMIProductSerial\" value=\"1\"/>"
                 "<info name=\"LinuxCgroup\" value=\"/user\"/><info name=\"CPUModelX\" value=\"1\"/>"
                 "</object><info ";
    (void)state;
    xml[cck_capture_clean_xml(xml, strlen(xml))] = '\0';
    assert_string_equal(
        xml, "<object type=\"Machine\">\n<info name=\"CPUModel\" value=\"x\"/></object><info ");
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* The way round: this machine, captured, is this machine. */
static void a_capture_replays_as_this_machine(void **state)
{
    char path[512];
    cck_error err = {0};
    cck_machine *live = NULL, *replayed = NULL;
    (void)state;
    snprintf(path, sizeof path, "%s", below("machine.tar"));
    setenv("XDG_CACHE_HOME", folder, 1);
    if (cck_machine_capture(path, NULL, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(cck_machine_open(&live, NULL, NULL), 0);
    cck_machine_options options = {.size = sizeof options, .root = path};
    if (cck_machine_open(&replayed, &options, &err) < 0)
        fail_msg("%s", err.message);
    const cck_machine_info *a = cck_machine_get_info(live), *b = cck_machine_get_info(replayed);
    assert_string_equal(b->origin, "captured");
    assert_false(b->is_thissystem);
    assert_true(same_text(a->cpu_model, b->cpu_model) && same_text(a->kernel, b->kernel));
    assert_true(same_text(a->hypervisor, b->hypervisor) && same_text(a->container, b->container));
    assert_int_equal(a->pus, b->pus);
    assert_int_equal(a->cache_count, b->cache_count);
    for (size_t i = 0; i < a->cache_count; i++)
        assert_memory_equal(&a->caches[i], &b->caches[i], sizeof *a->caches);
    const cck_limits *x = cck_machine_get_limits(live), *y = cck_machine_get_limits(replayed);
    assert_true(same_text(x->cpus, y->cpus) && same_text(x->nodes, y->nodes));
    assert_true(x->memory == y->memory);
    cck_machine_free(live);
    cck_machine_free(replayed);
}

/* Taken for a recorded /sys without one, it would be another machine. */
static void a_topology_out_of_reach_is_an_error(void **state)
{
    char root[512];
    cck_error err = {0};
    cck_machine *machine = NULL;
    (void)state;
    plant("looped/sys/devices/system/cpu/online", "0\n");
    assert_int_equal(symlink(CCK_CAPTURE_XML, below("looped/" CCK_CAPTURE_XML)), 0);
    snprintf(root, sizeof root, "%s", below("looped"));
    cck_machine_options options = {.size = sizeof options, .root = root};
    assert_true(cck_machine_open(&machine, &options, &err) < 0);
    assert_null(machine);
    assert_non_null(strstr(err.message, "looped/" CCK_CAPTURE_XML));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed_is_unpacked),
        cmocka_unit_test(tar_reads_it),
        cmocka_unit_test(names_that_lead_elsewhere_are_refused),
        cmocka_unit_test(damaged_archives_are_refused),
        cmocka_unit_test(patterns_find_files_in_the_order_of_numbers),
        cmocka_unit_test(only_wanted_lines_stay),
        cmocka_unit_test(private_infos_leave_the_xml),
        cmocka_unit_test(a_capture_replays_as_this_machine),
        cmocka_unit_test(a_topology_out_of_reach_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
