/* SPDX-License-Identifier: MIT */
/* What to set where: one row a hypervisor, cloud or container. */
#include <stddef.h>
#include <string.h>

#include "core/machine/doctor.h"

typedef struct guest_advice {
    const char *name;     /* part of the hypervisor's name as machine_host.c gives it */
    const char *counters; /* shows the guest a PMU */
    const char *caches;   /* shows the guest the real caches */
} guest_advice;

/* Clouds before the hypervisors they are built on: "KVM (Amazon EC2)". */
static const guest_advice guests[] = {
    {"Amazon EC2", "use a .metal instance, or a size that fills a whole socket", ""},
    {"Google Compute Engine",
     "create the instance with advancedMachineFeatures.performanceMonitoringUnit: STANDARD (C4, "
     "C4A)",
     ""},
    {"Microsoft Azure", "move to a machine of your own: the size decides, and few show a PMU", ""},
    {"WSL", "run Linux on the machine itself: WSL shows a PMU on few systems", ""},
    {"Hyper-V", "on the host: Set-VMProcessor NAME -Perfmon @(\"pmu\",\"lbr\",\"pebs\")", ""},
    {"VMware",
     "in the .vmx file: vpmc.enable = \"TRUE\" (vSphere: Virtualize CPU performance counters)", ""},
    {"VirtualBox", "move to KVM or to the machine itself: VirtualBox has no virtual PMU", ""},
    {"TCG", "on the host: QEMU -accel kvm -cpu host,pmu=on",
     "on the host: QEMU -accel kvm -cpu host,host-cache-info=on"},
    {"Xen", "boot the hypervisor with vpmu=on", ""},
    {"KVM",
     "on the host: libvirt <cpu mode='host-passthrough'/> with <features><pmu "
     "state='on'/></features>, or QEMU -cpu host,pmu=on",
     "on the host: libvirt <cpu mode='host-passthrough'><cache mode='passthrough'/></cpu>, or QEMU "
     "-cpu host,host-cache-info=on"},
    {"QEMU", "on the host: QEMU -accel kvm -cpu host,pmu=on",
     "on the host: QEMU -accel kvm -cpu host,host-cache-info=on"},
};

static const struct {
    const char *name;
    const char *grant; /* lets perf_event_open and ptrace through */
} containers[] = {
    {"kubernetes", "securityContext: {capabilities: {add: [PERFMON, SYS_PTRACE]}} in the pod"},
    {"docker",
     "docker run --cap-add PERFMON --cap-add SYS_PTRACE --security-opt seccomp=unconfined"},
    {"podman",
     "podman run --cap-add PERFMON --cap-add SYS_PTRACE --security-opt seccomp=unconfined"},
    {"systemd-nspawn",
     "systemd-nspawn --capability=CAP_PERFMON --system-call-filter=perf_event_open"},
    {"lxc",
     "in the container's configuration: lxc.seccomp.profile = (empty), and keep CAP_PERFMON"},
};

static const guest_advice *advice_of(const char *hypervisor)
{
    for (size_t i = 0; i < sizeof guests / sizeof *guests; i++)
        if (strstr(hypervisor, guests[i].name))
            return &guests[i];
    return NULL;
}

const char *cck_advice_for_counters(const char *hypervisor)
{
    const guest_advice *advice = advice_of(hypervisor);
    return advice ? advice->counters : "";
}

const char *cck_advice_for_caches(const char *hypervisor)
{
    const guest_advice *advice = advice_of(hypervisor);
    return advice ? advice->caches : "";
}

const char *cck_advice_for_container(const char *container)
{
    for (size_t i = 0; i < sizeof containers / sizeof *containers; i++)
        if (strcmp(container, containers[i].name) == 0)
            return containers[i].grant;
    return "";
}
