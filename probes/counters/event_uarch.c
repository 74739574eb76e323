/* SPDX-License-Identifier: MIT */
/* Which micro-architecture the machine under a root has. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/counters/event.h"
#include "core/perf/pmu.h"

/* Families and models from arch/x86/include/asm/intel-family.h and
 * arch/x86/kernel/cpu/amd.c; Arm parts from arch/arm64/include/asm/cputype.h. */
typedef struct x86_model {
    const char *vendor;
    unsigned family, first, last; /* models */
    const char *uarch;
} x86_model;

/* clang-format off */
static const x86_model x86_models[] = {
    {"GenuineIntel", 6, 0x3c, 0x3c, "intel-hsw"}, {"GenuineIntel", 6, 0x45, 0x46, "intel-hsw"},
    {"GenuineIntel", 6, 0x3f, 0x3f, "intel-hsx"},
    {"GenuineIntel", 6, 0x3d, 0x3d, "intel-bdw"}, {"GenuineIntel", 6, 0x47, 0x47, "intel-bdw"},
    {"GenuineIntel", 6, 0x4f, 0x4f, "intel-bdx"}, {"GenuineIntel", 6, 0x56, 0x56, "intel-bdx"},
    {"GenuineIntel", 6, 0x4e, 0x4e, "intel-skl"}, {"GenuineIntel", 6, 0x5e, 0x5e, "intel-skl"},
    {"GenuineIntel", 6, 0x8e, 0x8e, "intel-skl"}, {"GenuineIntel", 6, 0x9e, 0x9e, "intel-skl"},
    {"GenuineIntel", 6, 0xa5, 0xa6, "intel-skl"},
    {"GenuineIntel", 6, 0x55, 0x55, "intel-skx"}, /* Skylake, Cascade Lake, Cooper Lake servers */
    {"GenuineIntel", 6, 0x7d, 0x7e, "intel-icl"}, {"GenuineIntel", 6, 0x9d, 0x9d, "intel-icl"},
    {"GenuineIntel", 6, 0x6a, 0x6a, "intel-icx"}, {"GenuineIntel", 6, 0x6c, 0x6c, "intel-icx"},
    {"GenuineIntel", 6, 0x8c, 0x8d, "intel-tgl"}, {"GenuineIntel", 6, 0xa7, 0xa7, "intel-tgl"},
    {"GenuineIntel", 6, 0x8f, 0x8f, "intel-spr"}, {"GenuineIntel", 6, 0xcf, 0xcf, "intel-emr"},
    {"GenuineIntel", 6, 0xad, 0xae, "intel-gnr"},
    {"GenuineIntel", 6, 0x97, 0x97, "intel-adl"}, {"GenuineIntel", 6, 0x9a, 0x9a, "intel-adl"},
    {"GenuineIntel", 6, 0xb7, 0xb7, "intel-adl"}, {"GenuineIntel", 6, 0xba, 0xba, "intel-adl"},
    {"GenuineIntel", 6, 0xbf, 0xbf, "intel-adl"},
    {"GenuineIntel", 6, 0xbe, 0xbe, "intel-adl-e"}, /* Alder Lake N: E-cores only */
    {"AuthenticAMD", 0x17, 0x00, 0x2f, "amd-zen1"}, {"AuthenticAMD", 0x17, 0x50, 0x5f, "amd-zen1"},
    {"AuthenticAMD", 0x17, 0x30, 0x4f, "amd-zen2"}, {"AuthenticAMD", 0x17, 0x60, 0xaf, "amd-zen2"},
    {"AuthenticAMD", 0x19, 0x00, 0x0f, "amd-zen3"}, {"AuthenticAMD", 0x19, 0x20, 0x5f, "amd-zen3"},
    {"AuthenticAMD", 0x19, 0x10, 0x1f, "amd-zen4"}, {"AuthenticAMD", 0x19, 0x60, 0xaf, "amd-zen4"},
    {"AuthenticAMD", 0x1a, 0x00, 0x4f, "amd-zen5"}, {"AuthenticAMD", 0x1a, 0x60, 0x7f, "amd-zen5"},
    {"HygonGenuine", 0x18, 0x00, 0xff, "amd-zen1"},
};

static const struct {
    unsigned part;
    const char *uarch;
} arm_parts[] = {
    {0xd08, "arm-cortex-a72"}, {0xd0b, "arm-cortex-a76"}, {0xd0e, "arm-cortex-a76"},
    {0xd0d, "arm-cortex-a77"}, {0xd41, "arm-cortex-a78"}, {0xd42, "arm-cortex-a78"},
    {0xd4b, "arm-cortex-a78"}, {0xd0c, "arm-neoverse-n1"}, {0xd49, "arm-neoverse-n2"},
    {0xd40, "arm-neoverse-v1"}, {0xd4f, "arm-neoverse-v2"},
};
/* clang-format on */
enum { ARM_IMPLEMENTER = 0x41 };

/*
 * The first CPU's lines are enough, and all that is read: the kernel makes the
 * rest of the file only as it is asked for, which takes long on hundreds of CPUs.
 */
static void cpuinfo_head(const cck_root *root, char *buffer, size_t size)
{
    buffer[0] = '\0';
    int fd = openat(root->fd, "proc/cpuinfo", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t got = read(fd, buffer, size - 1);
    buffer[got > 0 ? got : 0] = '\0';
    close(fd);
}

/* The value behind "key\t: ", cut at its end of line, or false. */
static bool cpuinfo_value(const char *text, const char *key, char *value, size_t size)
{
    size_t length = strlen(key);
    for (; *text; text = strchrnul(text, '\n'), text += *text == '\n') {
        if (strncmp(text, key, length) != 0)
            continue;
        const char *at = text + length + strspn(text + length, " \t");
        if (*at != ':')
            continue;
        at += 1 + strspn(at + 1, " \t");
        size_t span = strcspn(at, "\n");
        if (span >= size)
            return false;
        memcpy(value, at, span);
        value[span] = '\0';
        return true;
    }
    return false;
}

static bool cpuinfo_number(const char *text, const char *key, uint64_t *out_number)
{
    char value[32];
    return cpuinfo_value(text, key, value, sizeof value) && cck_event_number(value, 10, out_number);
}

static const char *x86_uarch(const cck_root *root, const char *cpuinfo)
{
    char vendor[32];
    uint64_t family, model;
    if (!cpuinfo_value(cpuinfo, "vendor_id", vendor, sizeof vendor) ||
        !cpuinfo_number(cpuinfo, "cpu family", &family) ||
        !cpuinfo_number(cpuinfo, "model", &model))
        return NULL;
    for (size_t i = 0; i < sizeof x86_models / sizeof *x86_models; i++) {
        const x86_model *row = &x86_models[i];
        if (strcmp(row->vendor, vendor) != 0 || row->family != family || model < row->first ||
            model > row->last)
            continue;
        /* With the E-cores off, or in a guest, the PMU is called "cpu" as ever. */
        bool mixed = faccessat(root->fd, CCK_PMU_DIRECTORY "/cpu_atom", F_OK, 0) == 0;
        if (strcmp(row->uarch, "intel-adl") == 0 && !mixed)
            return "intel-adl-p";
        return row->uarch;
    }
    return "generic";
}

/* More than one kind of core: what all Arm cores have in common must do. */
static bool mixed_cores(const cck_root *root)
{
    cck_arena arena = {0};
    cck_pmu_list pmus = {0};
    bool mixed = cck_pmu_list_read(&pmus, root, &arena) == 0 && pmus.core_count > 1;
    cck_arena_clear(&arena);
    return mixed;
}

static const char *arm_uarch(const cck_root *root, const char *cpuinfo)
{
    int64_t midr;
    uint64_t implementer, part;
    if (cck_root_read_number(root, "sys/devices/system/cpu/cpu0/regs/identification/midr_el1",
                             &midr) == 0) {
        implementer = (uint64_t)midr >> 24 & 0xff;
        part = (uint64_t)midr >> 4 & 0xfff;
    } else if (!cpuinfo_number(cpuinfo, "CPU implementer", &implementer) ||
               !cpuinfo_number(cpuinfo, "CPU part", &part)) {
        return NULL;
    }
    if (implementer == ARM_IMPLEMENTER && !mixed_cores(root))
        for (size_t i = 0; i < sizeof arm_parts / sizeof *arm_parts; i++)
            if (arm_parts[i].part == part)
                return arm_parts[i].uarch;
    return "arm";
}

const char *cck_event_uarch(const cck_root *root)
{
    char cpuinfo[4096];
    cpuinfo_head(root, cpuinfo, sizeof cpuinfo);
    const char *uarch = x86_uarch(root, cpuinfo);
    if (!uarch)
        uarch = arm_uarch(root, cpuinfo);
    return uarch ? uarch : "generic";
}
