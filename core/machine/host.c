/* SPDX-License-Identifier: MIT */
/* What lies between us and the metal: hypervisor, cloud, container. Clues are data. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "core/machine/capture.h"

/* A file whose text contains `text` names what we are in; "" wants the file to exist. */
typedef struct clue {
    const char *path; /* below the root */
    const char *text;
    const char *name;
} clue;

/* Only guests show these. */
static const clue guest_clues[] = {
    {"sys/hypervisor/type", "xen", "Xen"},
    {"proc/device-tree/hypervisor/compatible", "linux,kvm", "KVM"},
    {"proc/device-tree/hypervisor/compatible", "xen", "Xen"},
    {"proc/sys/kernel/osrelease", "microsoft", "Hyper-V"},
    {"proc/sys/kernel/osrelease", "Microsoft", "WSL 1"},
    {"sys/class/dmi/id/product_name", "VMware", "VMware"},
    {"sys/class/dmi/id/product_name", "VirtualBox", "VirtualBox"},
    {"sys/class/dmi/id/product_name", "KVM", "KVM"},
    {"sys/class/dmi/id/product_name", "Virtual Machine", "Hyper-V"},
    {"sys/class/dmi/id/sys_vendor", "QEMU", "QEMU"},
    {"sys/class/dmi/id/sys_vendor", "Parallels", "Parallels"},
    {"sys/class/dmi/id/sys_vendor", "Apple Inc. Virtual", "Apple Virtualization"},
    {"sys/class/dmi/id/sys_vendor", "Xen", "Xen"},
    {"sys/class/dmi/id/bios_vendor", "BHYVE", "bhyve"},
};

/* Whose machine it is; says nothing about guest or metal. */
static const clue platform_clues[] = {
    {"sys/class/dmi/id/sys_vendor", "Amazon EC2", "Amazon EC2"},
    {"sys/class/dmi/id/sys_vendor", "Google", "Google Compute Engine"},
    {"sys/class/dmi/id/chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77", "Microsoft Azure"},
    {"sys/class/dmi/id/sys_vendor", "Alibaba Cloud", "Alibaba Cloud"},
    {"sys/class/dmi/id/sys_vendor", "DigitalOcean", "DigitalOcean"},
    {"sys/class/dmi/id/sys_vendor", "Hetzner", "Hetzner"},
    {"sys/class/dmi/id/sys_vendor", "OpenStack", "OpenStack"},
    {"sys/class/dmi/id/chassis_asset_tag", "OracleCloud", "Oracle Cloud"},
    {"sys/class/dmi/id/sys_vendor", "Scaleway", "Scaleway"},
    {"sys/class/dmi/id/sys_vendor", "Vultr", "Vultr"},
    {"sys/class/dmi/id/sys_vendor", "Tencent Cloud", "Tencent Cloud"},
    {"sys/class/dmi/id/bios_vendor", "Amazon EC2", "Amazon EC2"},
    {"proc/sys/kernel/osrelease", "microsoft-standard-WSL2", "WSL 2"},
};

/* The orchestrator before the runtime: it decides what a container may do. */
static const clue container_clues[] = {
    {"var/run/secrets/kubernetes.io/serviceaccount", "", "kubernetes"},
    {"proc/1/cgroup", "/kubepods", "kubernetes"},
    {"run/.containerenv", "", "podman"},
    {".dockerenv", "", "docker"},
    {"run/systemd/container", "systemd-nspawn", "systemd-nspawn"},
    {"run/systemd/container", "lxc", "lxc"},
    {"run/systemd/container", "docker", "docker"},
    {"run/systemd/container", "podman", "podman"},
    {"run/host/container-manager", "", "container"},
    {"proc/1/environ", "container=lxc", "lxc"},
    {"proc/1/environ", "container=podman", "podman"},
    {"proc/1/environ", "container=docker", "docker"},
    {"proc/1/environ", "container=systemd-nspawn", "systemd-nspawn"},
    {"proc/1/environ", "container=oci", "oci"},
    {"proc/1/cgroup", "/docker", "docker"},
    {"proc/1/cgroup", "/libpod", "podman"},
    {"proc/1/cgroup", "/lxc", "lxc"},
    {"proc/1/cgroup", "/crio-", "cri-o"},
    {"proc/1/cgroup", "/containerd", "containerd"},
};

/* What others may not read, or is longer, is no clue; what fails otherwise may have been one. */
static bool is_found(cck_machine *machine, const cck_root *root, const clue *sign)
{
    if (!sign->text[0])
        return faccessat(root->fd, sign->path, F_OK, 0) == 0;
    char text[4096];
    long length = cck_root_read(root, sign->path, text, sizeof text);
    if (length < 0 && length != CCK_EACCESS && errno != EFBIG)
        cck_machine_note_unread(machine, sign->path, (int)length);
    return length > 0 && memmem(text, (size_t)length, sign->text, strlen(sign->text)) != NULL;
}

static const char *name_by(cck_machine *machine, const cck_root *root, const clue *clues, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_found(machine, root, &clues[i]))
            return clues[i].name;
    return NULL;
}

/* s390x: "VM00 Control Program: KVM/Linux" in /proc/sysinfo. */
static const char *name_by_sysinfo(cck_machine *machine, const cck_root *root)
{
    char text[4096], name[64];
    size_t cursor = 0;
    if (cck_root_read(root, "proc/sysinfo", text, sizeof text) > 0 &&
        cck_machine_cpuinfo_value(text, "VM00 Control Program", &cursor, name, sizeof name))
        return cck_arena_strdup(&machine->arena, name);
    return NULL;
}

#if defined(__x86_64__) || defined(__i386__)
/* CPUID leaf 0x40000000, EBX ECX EDX: twelve bytes by convention (Linux,
 * arch/x86/kernel/cpu/hypervisor.c and the files beside it). */
static const struct {
    const char *signature;
    const char *name;
} cpuid_signatures[] = {
    {"KVMKVMKVM", "KVM"},          {"Microsoft Hv", "Hyper-V"},    {"VMwareVMware", "VMware"},
    {"XenVMMXenVMM", "Xen"},       {"VBoxVBoxVBox", "VirtualBox"}, {"TCGTCGTCGTCG", "QEMU TCG"},
    {"bhyve bhyve ", "bhyve"},     {"ACRNACRNACRN", "ACRN"},       {"Jailhouse", "Jailhouse"},
    {" lrpepyh  vr", "Parallels"}, {"___ NVMM ___", "NVMM"},       {"EVMMEVMMEVMM", "Intel KGT"},
    {"SRESRESRESRE", "LMHS"},      {"QNXQVMBSQG", "QNX"},
};
#endif

/* The CPU itself says who runs it. Only of the CPU this thread is on. */
static const char *name_by_cpuid(void)
{
#if defined(__x86_64__) || defined(__i386__)
    unsigned words[4] = {0};
    char signature[13] = "";
    __cpuid(0x40000000, words[0], words[1], words[2], words[3]);
    memcpy(signature, &words[1], 12);
    for (size_t i = 0; i < sizeof cpuid_signatures / sizeof *cpuid_signatures; i++)
        if (!strncmp(signature, cpuid_signatures[i].signature,
                     strlen(cpuid_signatures[i].signature)))
            return cpuid_signatures[i].name;
#endif
    return NULL;
}

/* x86 only: the flag is CPUID leaf 1, ECX bit 31, which no real CPU sets. */
static bool has_hypervisor_flag(const char *cpuinfo)
{
    const char *flags = strstr(cpuinfo, "\nflags");
    const char *end = flags ? strchr(flags + 1, '\n') : NULL;
    const char *flag = flags ? strstr(flags, " hypervisor") : NULL;
    return flag && (!end || flag < end);
}

static const char *name_hypervisor(cck_machine *machine, const cck_root *root, const char *cpuinfo)
{
    bool flagged = has_hypervisor_flag(cpuinfo);
    const char *name = NULL;
    if (flagged && machine->info.is_thissystem)
        name = name_by_cpuid();
    if (!name)
        name = name_by(machine, root, guest_clues, sizeof guest_clues / sizeof *guest_clues);
    if (!name)
        name = name_by_sysinfo(machine, root);
    if (!name && !flagged)
        return NULL;
    const char *platform =
        name_by(machine, root, platform_clues, sizeof platform_clues / sizeof *platform_clues);
    if (!name)
        name = "unknown hypervisor";
    return platform ? cck_arena_printf(&machine->arena, "%s (%s)", name, platform) : name;
}

/* What a capture says that was seen there (capture.c): CPUID cannot be asked any more. */
static bool read_captured(cck_machine *machine, const cck_root *root)
{
    static const char *const names[] = {"hypervisor", "container", "kernel"};
    const char **texts[] = {&machine->info.hypervisor, &machine->info.container,
                            &machine->info.kernel};
    char path[64], text[256];
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, CCK_CAPTURE_FACTS "/%s", names[i]);
        if (cck_root_read_line(root, path, text, sizeof text) < 0)
            continue;
        *texts[i] = cck_arena_strdup(&machine->arena, text);
        found = true;
    }
    return found;
}

void cck_machine_read_host(cck_machine *machine, const cck_root *root, const char *cpuinfo)
{
    if (!root || (!machine->info.is_thissystem && read_captured(machine, root)))
        return;
    machine->info.hypervisor = name_hypervisor(machine, root, cpuinfo);
    machine->info.container =
        name_by(machine, root, container_clues, sizeof container_clues / sizeof *container_clues);
}
