/* SPDX-License-Identifier: MIT */
/* Which table a machine gets. */
#include "event_tree.h"

#include "probes/counters/event_set.h"

static void x86_by_family_and_model(void **state)
{
    (void)state;
    static const struct {
        const char *vendor;
        unsigned family, model;
        const char *uarch;
    } rows[] = {
        {"GenuineIntel", 6, 60, "intel-hsw"},    {"GenuineIntel", 6, 63, "intel-hsx"},
        {"GenuineIntel", 6, 71, "intel-bdw"},    {"GenuineIntel", 6, 79, "intel-bdx"},
        {"GenuineIntel", 6, 94, "intel-skl"},    {"GenuineIntel", 6, 158, "intel-skl"},
        {"GenuineIntel", 6, 85, "intel-skx"},    {"GenuineIntel", 6, 126, "intel-icl"},
        {"GenuineIntel", 6, 106, "intel-icx"},   {"GenuineIntel", 6, 140, "intel-tgl"},
        {"GenuineIntel", 6, 167, "intel-tgl"},   {"GenuineIntel", 6, 143, "intel-spr"},
        {"GenuineIntel", 6, 207, "intel-emr"},   {"GenuineIntel", 6, 173, "intel-gnr"},
        {"GenuineIntel", 6, 151, "intel-adl-p"}, {"GenuineIntel", 6, 183, "intel-adl-p"},
        {"GenuineIntel", 6, 190, "intel-adl-e"}, {"GenuineIntel", 6, 42, "generic"},
        {"GenuineIntel", 15, 6, "generic"},      {"AuthenticAMD", 23, 1, "amd-zen1"},
        {"AuthenticAMD", 23, 8, "amd-zen1"},     {"AuthenticAMD", 23, 49, "amd-zen2"},
        {"AuthenticAMD", 23, 113, "amd-zen2"},   {"AuthenticAMD", 25, 1, "amd-zen3"},
        {"AuthenticAMD", 25, 33, "amd-zen3"},    {"AuthenticAMD", 25, 17, "amd-zen4"},
        {"AuthenticAMD", 25, 97, "amd-zen4"},    {"AuthenticAMD", 26, 2, "amd-zen5"},
        {"AuthenticAMD", 26, 68, "amd-zen5"},    {"AuthenticAMD", 21, 2, "generic"},
        {"HygonGenuine", 24, 0, "amd-zen1"},     {"CentaurHauls", 6, 15, "generic"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cck_root root = tree_open(NULL);
        char text[512];
        snprintf(text, sizeof text,
                 "processor\t: 0\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\n"
                 "model name\t: model : 3\nstepping\t: 1\n",
                 rows[i].vendor, rows[i].family, rows[i].model);
        tree_add("proc/cpuinfo", text);
        const char *uarch = cck_event_uarch(&root);
        if (strcmp(uarch, rows[i].uarch))
            fail_msg("%s %u/%u: %s, not %s", rows[i].vendor, rows[i].family, rows[i].model, uarch,
                     rows[i].uarch);
        assert_non_null(cck_event_table_find(uarch));
        tree_close(&root);
    }
}

static void arm_by_part(void **state)
{
    (void)state;
    static const struct {
        const char *midr, *uarch;
    } rows[] = {
        {"0x00000000410fd083", "arm-cortex-a72"},
        {"0x00000000414fd0b1", "arm-cortex-a76"},
        {"0x00000000411fd0d0", "arm-cortex-a77"},
        {"0x00000000411fd411", "arm-cortex-a78"},
        {"0x00000000413fd0c1", "arm-neoverse-n1"},
        {"0x00000000410fd490", "arm-neoverse-n2"},
        {"0x00000000411fd401", "arm-neoverse-v1"},
        {"0x00000000410fd4f1", "arm-neoverse-v2"},
        {"0x00000000410fd034", "arm"},
        {"0x00000000610f0220", "arm"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cck_root root = tree_open(NULL);
        tree_add("sys/devices/system/cpu/cpu0/regs/identification/midr_el1", rows[i].midr);
        assert_string_equal(cck_event_uarch(&root), rows[i].uarch);
        assert_non_null(cck_event_table_find(rows[i].uarch));
        tree_close(&root);
    }
    cck_root root = tree_open(NULL);
    tree_add("proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 50.00\nCPU implementer\t: 0x41\n"
                             "CPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\n");
    assert_string_equal(cck_event_uarch(&root), "arm-neoverse-n1");
    /* Two kinds of cores: only what all have in common. */
    tree_add(TREE_PMU "armv8_cortex_a55/type", "8\n");
    tree_add(TREE_PMU "armv8_cortex_a55/cpus", "0-3\n");
    tree_add(TREE_PMU "armv8_cortex_a76/type", "9\n");
    tree_add(TREE_PMU "armv8_cortex_a76/cpus", "4-7\n");
    assert_string_equal(cck_event_uarch(&root), "arm");
    tree_close(&root);
}

static void damaged_files_give_the_generic_table(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "\n\n\n",
        "vendor_id\t: GenuineIntel\n",
        "vendor_id\t: GenuineIntel\ncpu family\t: x\nmodel\t: 94\n",
        "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t: 99999999999999999999999999\n",
        "vendor_id GenuineIntel\ncpu family 6\nmodel 94\n",
        "CPU implementer\t: \nCPU part\t: \n",
        "uarch\t\t: sifive,u74-mc\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cck_root root = tree_open(NULL);
        assert_string_equal(cck_event_uarch(&root), "generic");
        tree_add("proc/cpuinfo", texts[i]);
        assert_string_equal(cck_event_uarch(&root), "generic");
        tree_close(&root);
    }
    /* Longer than is read: only the first CPU counts. */
    cck_root root = tree_open(NULL);
    char *endless = malloc(100000);
    int used =
        sprintf(endless, "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t: 94\nflags\t: ");
    memset(endless + used, 'f', 100000 - 1 - (size_t)used);
    endless[99999] = '\0';
    tree_add("proc/cpuinfo", endless);
    assert_string_equal(cck_event_uarch(&root), "intel-skl");
    free(endless);
    tree_close(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x86_by_family_and_model),
        cmocka_unit_test(arm_by_part),
        cmocka_unit_test(damaged_files_give_the_generic_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
