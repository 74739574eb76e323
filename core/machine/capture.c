/* SPDX-License-Identifier: MIT */
#include "core/machine/capture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cachecheck/measure.h>
#include <cachecheck/report.h>
#include <cachecheck/version.h>

#include "core/base/fail.h"
#include "core/base/output.h"
#include "core/machine/archive.h"
#include "core/machine/wanted.h"

/* /proc/sys refuses to read into more than the kernel allocates at once, 4 MiB (proc_sysctl.c). */
enum { FILE_MOST = 3 << 20 };

/* What is gathered goes to memory first: README.txt, at the front, counts it. */
typedef struct capture {
    cck_capture_options options;
    cck_root root;
    const cck_machine *machine;
    FILE *files; /* the archive's entries behind README.txt */
    char *bytes;
    size_t length;
    char *buffer; /* FILE_MOST */
    const cck_wanted *wanted;
    unsigned taken, refused;
} capture;

static void put(capture *c, const char *name, const void *bytes, size_t length)
{
    if (cck_archive_put(c->files, name, bytes, length) == 0)
        c->taken++;
}

static bool take_file(void *context, const char *path)
{
    capture *c = context;
    long length = cck_root_read(&c->root, path, c->buffer, FILE_MOST);
    if (length < 0)
        c->refused++;
    else
        put(c, path, c->buffer, cck_wanted_filter(c->wanted, c->buffer, (size_t)length));
    return true;
}

/* What files do not tell elsewhere: CPUID's word, and clues that hold more than the name. */
static void take_facts(capture *c)
{
    const cck_machine_info *info = cck_machine_get_info(c->machine);
    put(c, CCK_CAPTURE_FACTS "/hypervisor", info->hypervisor, strlen(info->hypervisor));
    put(c, CCK_CAPTURE_FACTS "/container", info->container, strlen(info->container));
    put(c, CCK_CAPTURE_FACTS "/kernel", info->kernel, strlen(info->kernel));
}

/* Cgroups' paths are names of users, pods and services. Their limits, as found, are put where a
 * process in the root cgroup would find them. */
static void take_limits(capture *c)
{
    const cck_limits *limits = cck_machine_get_limits(c->machine);
    char text[64];
    if (!limits->known)
        return;
    put(c, "proc/self/cgroup", "0::/\n", 5);
    if (limits->cpu_time > 0) {
        snprintf(text, sizeof text, "%lld 100000\n", (long long)(limits->cpu_time * 1e5 + 0.5));
        put(c, "sys/fs/cgroup/cpu.max", text, strlen(text));
    }
    if (limits->memory) {
        snprintf(text, sizeof text, "%llu\n", (unsigned long long)limits->memory);
        put(c, "sys/fs/cgroup/memory.max", text, strlen(text));
    }
}

/* ---- the topology ---- */

/* What hwloc knows, and does not tell of a person, a network or a rack (hwloc, "Object
 * attributes", custom string infos). HostName, DMI serials and LinuxCgroup stay out. */
static const char *const harmless[] = {
    "Backend", "OSName", "OSRelease", "Architecture", "hwlocVersion",
    "CPUVendor", "CPUModel", "CPUModelNumber", "CPUFamilyNumber", "CPUStepping",
    "CPUImplementer", "CPUArchitecture", "CPUVariant", "CPUPart", "CPURevision",
    "Inclusive", "MemoryMode", "ClusterMode", "CoreType", "FrequencyMaxMHz",
    "FrequencyBaseMHz", "LinuxCapacity", "DMIProductName", "DMIBIOSVendor", "MemoryTier",
    "CXLDevice", "SyntheticDescription",
};

static bool is_harmless(const char *element, size_t length)
{
    static const char key[] = " name=\"";
    const char *name = memmem(element, length, key, strlen(key));
    if (!name)
        return false;
    name += strlen(key);
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
        size_t size = strlen(harmless[i]);
        if (name + size < element + length && !memcmp(name, harmless[i], size) && name[size] == '"')
            return true;
    }
    return false;
}

size_t cck_capture_clean_xml(char *xml, size_t length)
{
    static const char tag[] = "<info ";
    size_t kept = 0;
    for (size_t at = 0; at < length;) {
        const char *end = NULL;
        if (length - at > strlen(tag) && !memcmp(xml + at, tag, strlen(tag)))
            end = memchr(xml + at, '>', length - at);
        if (end && !is_harmless(xml + at, (size_t)(end - xml) - at)) {
            at = (size_t)(end - xml) + 1;
            continue;
        }
        xml[kept++] = xml[at++];
    }
    return kept;
}

static bool export_xml(hwloc_topology_t topology, char **out_xml, int *out_length)
{
    return hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED) == 0 &&
           hwloc_topology_set_all_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL) == 0 &&
           hwloc_topology_set_io_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE) == 0 &&
           hwloc_topology_set_type_filter(topology, HWLOC_OBJ_MISC, HWLOC_TYPE_FILTER_KEEP_NONE) ==
               0 &&
           hwloc_topology_set_type_filter(topology, HWLOC_OBJ_GROUP,
                                          HWLOC_TYPE_FILTER_KEEP_STRUCTURE) == 0 &&
           hwloc_topology_set_components(topology, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST,
                                         "x86") <= 0 &&
           hwloc_topology_load(topology) == 0 &&
           hwloc_topology_export_xmlbuffer(topology, out_xml, out_length, 0) == 0;
}

static int export_topology(capture *c, cck_error *err)
{
    hwloc_topology_t topology;
    char *xml = NULL;
    int length = 0;
    if (hwloc_topology_init(&topology) < 0)
        return cck_fail(err, CCK_ENOMEM, "cannot set up hwloc");
    bool ok = export_xml(topology, &xml, &length);
    if (ok)
        put(c, CCK_CAPTURE_XML, xml,
            cck_capture_clean_xml(xml, length > 0 ? strnlen(xml, (size_t)length) : 0));
    if (xml)
        hwloc_free_xmlbuffer(topology, xml);
    hwloc_topology_destroy(topology);
    return ok ? 0 : cck_fail(err, CCK_EIO, "hwloc cannot export this machine");
}

static int take_topology(capture *c, cck_error *err)
{
    pthread_mutex_lock(&cck_machine_hwloc);
    int code = export_topology(c, err);
    pthread_mutex_unlock(&cck_machine_hwloc);
    return code;
}

/* ---- what we found ---- */

/* Paths below the user's home tell who it is. */
static void hide_home(char *text, size_t *length)
{
    const char *home = getenv("HOME");
    size_t size = home ? strlen(home) : 0;
    if (size < 2)
        return;
    for (char *at = text; (at = memmem(at, *length - (size_t)(at - text), home, size));) {
        *at++ = '~';
        memmove(at, at + size - 1, *length - (size_t)(at - text) - (size - 1));
        *length -= size - 1;
    }
}

static void put_document(capture *c, const char *name, char *text, size_t length)
{
    hide_home(text, &length);
    put(c, name, text, length);
}

static void take_checks(capture *c)
{
    cck_doctor *doctor = NULL;
    char *text = NULL;
    size_t length = 0;
    FILE *out = cck_doctor_run(&doctor, NULL) == 0 ? open_memstream(&text, &length) : NULL;
    bool ok = out && cck_doctor_write(doctor, CCK_FORMAT_JSON, out, NULL, NULL) == 0;
    if (out && fclose(out) == 0 && ok)
        put_document(c, CCK_CAPTURE_CHECKS, text, length);
    free(text);
    cck_doctor_free(doctor);
}

static void take_measurement(capture *c)
{
    cck_measurement *measurement = NULL;
    char *text = NULL;
    size_t length = 0;
    FILE *out = cck_measurement_recall(&measurement, c->machine, NULL) == 0
                    ? open_memstream(&text, &length)
                    : NULL;
    bool ok = out && cck_measurement_write(measurement, c->machine, CCK_FORMAT_JSON, out, NULL,
                                           NULL) == 0;
    if (out && fclose(out) == 0 && ok)
        put_document(c, CCK_CAPTURE_MEASUREMENT, text, length);
    free(text);
    cck_measurement_free(measurement);
}

static void write_readme(const capture *c, FILE *out)
{
    const cck_machine_info *info = cck_machine_get_info(c->machine);
    char name[256] = "";
    fprintf(out, "A machine, captured by cachecheck %s. Show it with:\n"
                 "  cachecheck machine --root THIS_FILE\n\n",
            cck_version());
    if (c->options.host_name && gethostname(name, sizeof name - 1) == 0)
        fprintf(out, "host: %s\n", name);
    fprintf(out, "system: Linux %s, %s\nCPU: %s\n", info->kernel, info->arch, info->cpu_model);
    fprintf(out, "files: %u; %u more could not be read by this user\n\n", c->taken, c->refused);
    fputs("machine.xml       the topology, as hwloc exports it, without devices\n"
          "cachecheck/       names of the kernel's release, the hypervisor and kind of container\n"
          "proc/, sys/       files that cachecheck reads, or those lines of them that it needs\n"
          "checks.json       cachecheck machine --check\n"
          "measurement.json  what cachecheck machine --measure found, if it was run\n\n"
          "Left out: names of the host (unless asked for), of users, processes and cgroups, serial\n"
          "numbers, network and disk devices, the kernel's command line. Limits of cgroups are\n"
          "written as if they were those of the root.\n",
          out);
}

static int gather(capture *c, cck_error *err)
{
    c->files = open_memstream(&c->bytes, &c->length);
    c->buffer = malloc(FILE_MOST);
    if (!c->files || !c->buffer)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    int code = take_topology(c, err);
    for (c->wanted = cck_wanted_files; code == 0 && c->wanted->pattern; c->wanted++)
        cck_wanted_find(&c->root, c->wanted->pattern, take_file, c);
    if (code == 0) {
        take_facts(c);
        take_limits(c);
        take_checks(c);
        take_measurement(c);
    }
    return code;
}

static void write_archive(const void *context, FILE *out)
{
    const capture *c = context;
    char *text = NULL;
    size_t length = 0;
    FILE *readme = open_memstream(&text, &length);
    if (readme) {
        write_readme(c, readme);
        fclose(readme);
        cck_archive_put(out, CCK_CAPTURE_README, text, length);
    }
    free(text);
    fwrite(c->bytes, 1, c->length, out);
    cck_archive_end(out);
}

static int finish(capture *c, const char *path, cck_error *err)
{
    bool failed = ferror(c->files);
    failed |= fclose(c->files) != 0;
    c->files = NULL;
    if (failed)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    return cck_output_save(path, write_archive, c, err);
}

int cck_machine_capture(const char *path, const cck_capture_options *options, cck_error *err)
{
    capture c = {.root = {.fd = -1}};
    cck_machine *machine = NULL;
    if (options)
        memcpy(&c.options, options,
               options->size < sizeof c.options ? options->size : sizeof c.options);
    int code = cck_machine_open(&machine, NULL, err);
    c.machine = machine;
    if (code == 0 && !cck_machine_get_info(machine)->is_thissystem) {
        code = cck_fail(err, CCK_EUNSUPPORTED, "hwloc's variables put a model in this machine's place");
        cck_hint(err, "unset HWLOC_XMLFILE, HWLOC_SYNTHETIC and HWLOC_FSROOT");
    }
    if (code == 0)
        code = cck_root_open(&c.root, "/", err);
    if (code == 0)
        code = gather(&c, err);
    if (code == 0)
        code = finish(&c, path, err);
    if (c.files)
        fclose(c.files);
    free(c.bytes);
    free(c.buffer);
    cck_root_close(&c.root);
    cck_machine_free(machine);
    return code;
}
