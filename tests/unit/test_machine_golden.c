/* SPDX-License-Identifier: MIT */
/*
 * The machine model over recorded and synthetic topologies, and how it is drawn. What each is
 * expected to be lies in tests/machines/NAME.golden and NAME.drawing; CCK_BLESS=1 writes
 * those anew, to be read with `git diff` before they are committed.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/machine/machine.h"
#include "core/report/machine_text.h"
#include "tests/unit/machine_checks.h"

static void dump_caches(FILE *out, const cck_machine_info *info)
{
    static const char *const kinds[] = {"unified", "data", "instruction"};
    for (size_t i = 0; i < info->cache_count; i++) {
        const cck_cache *cache = &info->caches[i];
        fprintf(out, "cache L%u %s: size %llu, ways %u, line %u, %u of them, %u CPUs each\n",
                cache->level, kinds[cache->kind], (unsigned long long)cache->size, cache->ways,
                cache->line, cache->count, cache->pus);
    }
}

static void dump_nodes(FILE *out, const cck_machine *machine)
{
    size_t count;
    const cck_node *nodes = cck_machine_get_nodes(machine, &count);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "node %u: memory %llu, %u CPUs [%s]%s%s%s\n", nodes[i].index,
                (unsigned long long)nodes[i].memory, nodes[i].pus, nodes[i].cpus,
                *nodes[i].kind ? ", " : "", nodes[i].kind, nodes[i].allowed ? "" : ", forbidden");
}

/* Runs of CPUs that follow each other on the same node, with the cores they are on. */
static void dump_cpus(FILE *out, const cck_machine *machine)
{
    for (unsigned cpu = 0; cpu < machine->cpu_limit; cpu++)
        if (cck_machine_core_of_cpu(machine, cpu) >= 0)
            fprintf(out, "cpu %u: core %d, node %d\n", cpu, cck_machine_core_of_cpu(machine, cpu),
                    cck_machine_node_of_cpu(machine, cpu));
}

/* Rows of the matrix, as firmware gives it: not always the same both ways. */
static void dump_distances(FILE *out, const cck_machine *machine)
{
    size_t count;
    const cck_node *nodes = cck_machine_get_nodes(machine, &count);
    for (size_t i = 0; machine->distances && i < count; i++) {
        fprintf(out, "distances from node %u:", nodes[i].index);
        for (size_t k = 0; k < count; k++)
            fprintf(out, " %u", cck_machine_distance(machine, nodes[i].index, nodes[k].index));
        fputc('\n', out);
    }
}

static char *dump(const cck_machine *machine)
{
    const cck_machine_info *info = cck_machine_get_info(machine);
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    fprintf(out, "cpu \"%s\" \"%s\", arch \"%s\"\n", info->cpu_vendor, info->cpu_model, info->arch);
    fprintf(out, "origin %s, this system %d, kernel \"%s\", hypervisor \"%s\", container \"%s\"\n",
            info->origin, info->is_thissystem, info->kernel, info->hypervisor, info->container);
    fprintf(out, "%u packages, %u cores, %u CPUs (%u offline, %u allowed), %u nodes\n",
            info->packages, info->cores, info->pus, machine->offline_pus, info->allowed_pus,
            info->nodes);
    fprintf(out, "line %u, memory %llu\n", info->line_size, (unsigned long long)info->memory);
    dump_caches(out, info);
    dump_nodes(out, machine);
    dump_distances(out, machine);
    dump_cpus(out, machine);
    fclose(out);
    return text;
}

/* As a terminal of 100 columns shows it. */
static char *draw(const cck_machine *machine)
{
    const cck_report_options options = {.size = sizeof options, .width = 100, .utf8 = true};
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    size_t count;
    const cck_part *parts = cck_machine_get_parts(machine, &count);
    cck_text_drawing(out, parts, count, &options);
    fclose(out);
    return text;
}
static void compare_with_golden(const char *name, const char *ending, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, MACHINES "/%s.%s", name, ending);
    if (getenv("CCK_BLESS")) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fputs(text, out);
        assert_int_equal(fclose(out), 0);
        return;
    }
    char *golden = read_text(path);
    if (!golden)
        fail_msg("%s is missing: write it with CCK_BLESS=1", path);
    assert_string_equal(text, golden);
    free(golden);
}
/* The list is a tree: parents come before, ends nest, CPUs and nodes are all there. */
static void check_parts(const cck_machine *machine)
{
    size_t count;
    const cck_part *parts = cck_machine_get_parts(machine, &count);
    const cck_machine_info *info = cck_machine_get_info(machine);
    unsigned cpus = 0, nodes = 0, allowed = 0;
    assert_int_equal(parts[0].kind, CCK_PART_MACHINE);
    assert_int_equal(parts[0].end, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(parts[i].end > i && parts[i].end <= parts[parts[i].parent].end);
        assert_true(i == 0 || parts[i].parent < i);
        cpus += parts[i].kind == CCK_PART_CPU;
        nodes += parts[i].kind == CCK_PART_NODE;
        allowed += parts[i].kind == CCK_PART_CPU && parts[i].allowed;
    }
    assert_int_equal(cpus, info->pus);
    assert_int_equal(nodes, info->nodes);
    assert_int_equal(allowed, info->allowed_pus);
}

static void check_one(const char *name, const char *xml, const char *synthetic)
{
    cck_machine_options options = {.size = sizeof options, .xml = xml, .synthetic = synthetic};
    cck_machine *machine = NULL;
    cck_error err = {0};
    if (cck_machine_open(&machine, &options, &err) < 0)
        fail_msg("%s: %s", name, err.message);
    assert_false(cck_machine_get_info(machine)->is_thissystem);
    check_sums(machine);
    check_parts(machine);
    char *text = dump(machine);
    compare_with_golden(name, "golden", text);
    free(text);
    text = draw(machine);
    compare_with_golden(name, "drawing", text);
    free(text);
    cck_machine_free(machine);
}

static void recorded_machines_match_their_goldens(void **state)
{
    (void)state;
    DIR *folder = opendir(MACHINES);
    assert_non_null(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char *ending = strstr(entry->d_name, ".xml");
        if (!ending || ending[4])
            continue;
        char path[512];
        snprintf(path, sizeof path, MACHINES "/%s", entry->d_name);
        *ending = '\0';
        check_one(entry->d_name, path, NULL);
        count++;
    }
    closedir(folder);
    assert_true(count >= 15);
}

static void synthetic_machines_match_their_goldens(void **state)
{
    (void)state;
    FILE *list = fopen(MACHINES "/synthetic.list", "r");
    assert_non_null(list);
    char line[512], name[64];
    int start = 0, count = 0;
    while (fgets(line, sizeof line, list)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#' || sscanf(line, "%63s %n", name, &start) != 1)
            continue;
        check_one(name, NULL, line + start);
        count++;
    }
    fclose(list);
    assert_true(count >= 10);
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_machines_match_their_goldens),
        cmocka_unit_test(synthetic_machines_match_their_goldens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
