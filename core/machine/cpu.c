/* SPDX-License-Identifier: MIT */
/* What the CPU is called: from hwloc, /proc/cpuinfo, and Arm's part numbers. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/machine/machine.h"

/* A few CPUs of /proc/cpuinfo tell all. */
enum { CPUINFO_HEAD = 16 << 10 };

typedef struct name_of_number {
    unsigned number;
    const char *name;
} name_of_number;

/* MIDR_EL1.Implementer, bits 31:24 (Arm Architecture Reference Manual). */
static const name_of_number arm_implementers[] = {
    {0x41, "ARM"},       {0x42, "Broadcom"}, {0x43, "Cavium"}, {0x46, "Fujitsu"},
    {0x48, "HiSilicon"}, {0x4e, "NVIDIA"},   {0x50, "APM"},    {0x51, "Qualcomm"},
    {0x53, "Samsung"},   {0x56, "Marvell"},  {0x61, "Apple"},  {0x69, "Intel"},
    {0x6d, "Microsoft"}, {0x70, "Phytium"},  {0xc0, "Ampere"},
};

/* Implementer << 12 | MIDR_EL1.PartNum; as in arch/arm64/include/asm/cputype.h. */
static const name_of_number arm_parts[] = {
    {0x41d03, "Cortex-A53"},
    {0x41d04, "Cortex-A35"},
    {0x41d05, "Cortex-A55"},
    {0x41d07, "Cortex-A57"},
    {0x41d08, "Cortex-A72"},
    {0x41d09, "Cortex-A73"},
    {0x41d0a, "Cortex-A75"},
    {0x41d0b, "Cortex-A76"},
    {0x41d0c, "Neoverse N1"},
    {0x41d0d, "Cortex-A77"},
    {0x41d0e, "Cortex-A76AE"},
    {0x41d40, "Neoverse V1"},
    {0x41d41, "Cortex-A78"},
    {0x41d42, "Cortex-A78AE"},
    {0x41d44, "Cortex-X1"},
    {0x41d46, "Cortex-A510"},
    {0x41d47, "Cortex-A710"},
    {0x41d48, "Cortex-X2"},
    {0x41d49, "Neoverse N2"},
    {0x41d4a, "Neoverse E1"},
    {0x41d4b, "Cortex-A78C"},
    {0x41d4d, "Cortex-A715"},
    {0x41d4e, "Cortex-X3"},
    {0x41d4f, "Neoverse V2"},
    {0x41d80, "Cortex-A520"},
    {0x41d81, "Cortex-A720"},
    {0x41d82, "Cortex-X4"},
    {0x41d83, "Neoverse V3AE"},
    {0x41d84, "Neoverse V3"},
    {0x41d85, "Cortex-X925"},
    {0x41d87, "Cortex-A725"},
    {0x41d8e, "Neoverse N3"},
    {0x42516, "ThunderX2"},
    {0x430a1, "ThunderX"},
    {0x430af, "ThunderX2"},
    {0x46001, "A64FX"},
    {0x48d01, "TaiShan v110"},
    {0x48d02, "TaiShan v120"},
    {0x4e003, "Denver 2"},
    {0x4e004, "Carmel"},
    {0x51001, "Oryon"},
    {0x51c00, "Falkor"},
    {0x51c01, "Saphira"},
    {0x61022, "Icestorm (M1)"},
    {0x61023, "Firestorm (M1)"},
    {0x61024, "Icestorm (M1 Pro)"},
    {0x61025, "Firestorm (M1 Pro)"},
    {0x61028, "Icestorm (M1 Max)"},
    {0x61029, "Firestorm (M1 Max)"},
    {0x61032, "Blizzard (M2)"},
    {0x61033, "Avalanche (M2)"},
    {0x70662, "FTC662"},
    {0x70663, "FTC663"},
    {0x70862, "FTC862"},
    {0xc0ac3, "Ampere-1"},
    {0xc0ac4, "Ampere-1a"},
};

/* Where architectures keep the two names in /proc/cpuinfo, the likeliest first. */
static const char *const vendor_keys[] = {"vendor_id", "vendor", "system type", "mvendorid"};
static const char *const model_keys[] = {"model name", "Processor", "cpu", "uarch", "machine"};

static const char *name_in(const name_of_number *table, size_t count, unsigned number)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].number == number)
            return table[i].name;
    return NULL;
}

static void read_cpuinfo_head(cck_machine *machine, const cck_root *root, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    /* Not cck_root_read(): the whole file is large and slow to make on a big machine
     * (arch/x86/kernel/cpu/proc.c asks each CPU for its frequency). */
    int fd = root ? openat(root->fd, "proc/cpuinfo", O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        if (root)
            cck_machine_note_unread(machine, "proc/cpuinfo", cck_code_of_errno(errno));
        return;
    }
    ssize_t got = 0;
    while (used < size - 1 && (got = read(fd, out + used, size - 1 - used)) > 0)
        used += (size_t)got;
    if (got < 0)
        cck_machine_note_unread(machine, "proc/cpuinfo", cck_code_of_errno(errno));
    close(fd);
    out[used] = '\0';
}

/* "key : value" at `line`; the key ends at white space or the colon. */
static const char *value_of_line(const char *line, const char *key)
{
    size_t length = strlen(key);
    if (strncmp(line, key, length) != 0)
        return NULL;
    line += length;
    line += strspn(line, " \t");
    if (*line != ':')
        return NULL;
    return line + 1 + strspn(line + 1, " \t");
}

bool cck_machine_cpuinfo_value(const char *text, const char *key, size_t *cursor, char *out,
                               size_t size)
{
    for (const char *line = text + *cursor; *line;) {
        const char *value = value_of_line(line, key);
        const char *next = line + strcspn(line, "\n");
        next += *next == '\n';
        *cursor = (size_t)(next - text);
        size_t length = value ? strcspn(value, "\n") : 0;
        while (length && isspace((unsigned char)value[length - 1]))
            length--;
        if (length) {
            snprintf(out, size, "%.*s", (int)(length < size ? length : size - 1), value);
            return true;
        }
        line = next;
    }
    return false;
}

static const char *first_value(cck_machine *machine, const char *text, const char *const *keys,
                               size_t count)
{
    char value[256];
    for (size_t i = 0; i < count; i++) {
        size_t cursor = 0;
        if (cck_machine_cpuinfo_value(text, keys[i], &cursor, value, sizeof value))
            return cck_arena_strdup(&machine->arena, value);
    }
    return NULL;
}

/* The text of an Arm CPU for each part: hwloc's infos first, else /proc/cpuinfo's. A
 * big.LITTLE machine has several: "Cortex-A76 + Cortex-A55". */
typedef struct arm_names {
    char vendor[32];
    char model[192];
} arm_names;

static void add_arm_part(arm_names *names, const char *implementer_text, const char *part_text)
{
    unsigned implementer = (unsigned)strtoul(implementer_text, NULL, 16) & 0xff;
    unsigned part = (unsigned)strtoul(part_text, NULL, 16) & 0xfff;
    const char *name =
        name_in(arm_parts, sizeof arm_parts / sizeof *arm_parts, implementer << 12 | part);
    const char *vendor =
        name_in(arm_implementers, sizeof arm_implementers / sizeof *arm_implementers, implementer);
    char text[48];
    if (name)
        snprintf(text, sizeof text, "%s", name);
    else
        snprintf(text, sizeof text, "part 0x%03x", part);
    if (strstr(names->model, text))
        return;
    size_t used = strlen(names->model);
    snprintf(names->model + used, sizeof names->model - used, "%s%s", used ? " + " : "", text);
    if (names->vendor[0])
        return;
    if (vendor)
        snprintf(names->vendor, sizeof names->vendor, "%s", vendor);
    else
        snprintf(names->vendor, sizeof names->vendor, "implementer 0x%02x", implementer);
}

static void arm_names_of_hwloc(const cck_machine *machine, arm_names *names)
{
    static const hwloc_obj_type_t places[] = {HWLOC_OBJ_PACKAGE, HWLOC_OBJ_CORE, HWLOC_OBJ_PU};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        hwloc_obj_t object = NULL;
        while ((object = hwloc_get_next_obj_by_type(machine->topology, places[i], object))) {
            const char *implementer = hwloc_obj_get_info_by_name(object, "CPUImplementer");
            const char *part = hwloc_obj_get_info_by_name(object, "CPUPart");
            if (implementer && part)
                add_arm_part(names, implementer, part);
        }
    }
}

static void arm_names_of_cpuinfo(const char *text, arm_names *names)
{
    char implementer[32], part[32];
    size_t cursor = 0;
    while (cck_machine_cpuinfo_value(text, "CPU implementer", &cursor, implementer,
                                     sizeof implementer) &&
           cck_machine_cpuinfo_value(text, "CPU part", &cursor, part, sizeof part))
        add_arm_part(names, implementer, part);
}

static void name_cpu(cck_machine *machine, const char *cpuinfo)
{
    cck_machine_info *info = &machine->info;
    arm_names arm = {"", ""};
    arm_names_of_hwloc(machine, &arm);
    if (!arm.model[0])
        arm_names_of_cpuinfo(cpuinfo, &arm);
    if (arm.model[0]) {
        info->cpu_vendor = cck_arena_strdup(&machine->arena, arm.vendor);
        info->cpu_model = cck_arena_strdup(&machine->arena, arm.model);
        return;
    }
    info->cpu_vendor =
        cck_arena_strdup(&machine->arena, cck_machine_hwloc_info(machine, "CPUVendor"));
    info->cpu_model =
        cck_arena_strdup(&machine->arena, cck_machine_hwloc_info(machine, "CPUModel"));
    if (!info->cpu_vendor)
        info->cpu_vendor =
            first_value(machine, cpuinfo, vendor_keys, sizeof vendor_keys / sizeof *vendor_keys);
    if (!info->cpu_model)
        info->cpu_model =
            first_value(machine, cpuinfo, model_keys, sizeof model_keys / sizeof *model_keys);
}

static void name_system(cck_machine *machine)
{
    struct utsname names;
    if (machine->info.is_thissystem && uname(&names) == 0) {
        machine->info.arch = cck_arena_strdup(&machine->arena, names.machine);
        machine->info.kernel = cck_arena_strdup(&machine->arena, names.release);
        return;
    }
    machine->info.arch =
        cck_arena_strdup(&machine->arena, cck_machine_hwloc_info(machine, "Architecture"));
}

int cck_machine_read_names(cck_machine *machine, const cck_root *root, cck_error *err)
{
    char *cpuinfo = calloc(1, CPUINFO_HEAD);
    if (!cpuinfo)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    read_cpuinfo_head(machine, root, cpuinfo, CPUINFO_HEAD);
    name_cpu(machine, cpuinfo);
    name_system(machine);
    cck_machine_read_host(machine, root, cpuinfo);
    free(cpuinfo);
    machine->hwloc_version =
        cck_arena_strdup(&machine->arena, cck_machine_hwloc_info(machine, "hwlocVersion"));
    const char **texts[] = {&machine->hwloc_version,  &machine->info.cpu_vendor,
                            &machine->info.cpu_model, &machine->info.arch,
                            &machine->info.kernel,    &machine->info.hypervisor,
                            &machine->info.container};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!*texts[i])
            *texts[i] = "";
    return 0;
}
