/* SPDX-License-Identifier: MIT */
/* Where the topology comes from: the live system, XML, a synthetic string. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fail.h"
#include "core/machine.h"

/* The largest recorded machines (thousands of PUs with all their devices) stay
 * below 10 MiB. */
enum { XML_LIMIT = 64 << 20, XML_START = 64 << 10 };

/* Grow-and-read until the end; the text is ended by NUL, as hwloc's own parser wants. */
static int read_all(int fd, const char *path, char **out_text, size_t *out_length, cck_error *err)
{
    size_t used = 0, size = XML_START;
    char *text = malloc(size);
    int rc = 0;
    while (text) {
        ssize_t got = read(fd, text + used, size - used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            rc = cck_fail_os(err, CCK_EIO, errno, "cannot read %s", path);
        if (got <= 0)
            break;
        used += (size_t)got;
        if (used >= XML_LIMIT) {
            rc = cck_fail(err, CCK_ELIMIT, "%s is larger than %d MiB, which no topology is", path,
                          XML_LIMIT >> 20);
            break;
        }
        if (size - used < 2) {
            char *grown = realloc(text, size *= 2);
            if (!grown)
                free(text);
            text = grown;
        }
    }
    if (!text)
        return cck_fail(err, CCK_ENOMEM, "out of memory for %s", path);
    if (rc < 0) {
        free(text);
        return rc;
    }
    text[used] = '\0';
    *out_text = text;
    *out_length = used;
    return 0;
}

static int read_xml(const char *path, char **out_text, size_t *out_length, cck_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot open %s", path);
    struct stat status;
    int rc;
    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        rc = cck_fail(err, CCK_EINVALID, "%s is a directory, not an XML file", path);
        cck_hint(err, "record a machine with: lstopo machine.xml");
    } else {
        rc = read_all(fd, path, out_text, out_length, err);
    }
    close(fd);
    return rc;
}

static int not_a_topology(const char *path, const char *what, cck_error *err)
{
    cck_fail(err, CCK_EFORMAT, "%s %s", path, what);
    cck_hint(err, "record a machine with: lstopo machine.xml");
    return CCK_EFORMAT;
}

/* hwloc says "invalid" for whatever it dislikes; find out the two common reasons first. */
static int check_xml(const char *path, const char *text, size_t length, cck_error *err)
{
    if (length == 0)
        return not_a_topology(path, "is empty", err);
    if (strlen(text) != length)
        return not_a_topology(path, "is binary, not hwloc XML", err);
    const char *tag = strstr(text, "<topology");
    if (!tag)
        return not_a_topology(path, "is not hwloc XML: it has no <topology> element", err);
    const char *version = strstr(tag, "version=\"");
    const char *end = strchr(tag, '>');
    /* Without the attribute it is from hwloc 1.x, which hwloc 2 converts. */
    if (!version || !end || version > end)
        return 0;
    long major = strtol(version + strlen("version=\""), NULL, 10);
    if (major <= HWLOC_API_VERSION >> 16)
        return 0;
    cck_fail(err, CCK_EFORMAT, "%s is from hwloc %ld, which hwloc %d here cannot read", path, major,
             HWLOC_API_VERSION >> 16);
    cck_hint(err, "export it again with: lstopo --export-xml-flags v2 machine.xml");
    return CCK_EFORMAT;
}

static int set_xml(cck_machine *machine, const char *path, cck_error *err)
{
    char *text;
    size_t length;
    int rc = read_xml(path, &text, &length, err);
    if (rc < 0)
        return rc;
    rc = check_xml(path, text, length, err);
    /* hwloc wants the size with the ending NUL (hwloc.h). It may keep the buffer
     * until the load, but its parsers copy it. */
    if (rc == 0 && hwloc_topology_set_xmlbuffer(machine->topology, text, (int)length + 1) < 0)
        rc = not_a_topology(path, "is damaged: hwloc cannot parse it", err);
    free(text);
    return rc;
}

static int bad_synthetic(const char *text, cck_error *err)
{
    cck_fail(err, CCK_EFORMAT, "\"%s\" is not a synthetic topology", text);
    cck_hint(err, "write levels from the outside in, such as \"pack:2 numa:2 l3:1 core:8 pu:2\"");
    return CCK_EFORMAT;
}

/* Caches of every kind; nothing of devices. x86 is left out because it would bind
 * this thread to each CPU in turn to ask CPUID: slow on a big machine, disturbing
 * on a busy one, and Linux tells the same through sysfs. */
static int configure(hwloc_topology_t topology)
{
    unsigned long flags = HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED |
                          HWLOC_TOPOLOGY_FLAG_NO_DISTANCES | HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS |
                          HWLOC_TOPOLOGY_FLAG_NO_CPUKINDS;
    const unsigned long drop = HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST;
    if (hwloc_topology_set_flags(topology, flags) < 0 ||
        hwloc_topology_set_cache_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL) < 0 ||
        hwloc_topology_set_icache_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL) < 0 ||
        hwloc_topology_set_io_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE) < 0 ||
        hwloc_topology_set_type_filter(topology, HWLOC_OBJ_MISC, HWLOC_TYPE_FILTER_KEEP_NONE) < 0)
        return -1;
    /* Groups stay as they are by default: below them hang the nodes of a divided package. */
    /* Not every build of hwloc has it: failing to drop what is not there is fine. */
    hwloc_topology_set_components(topology, drop, "x86");
    return 0;
}

/* hwloc reads these variables by itself for a live load; doing it first gives them
 * our error messages, and the origin its right name. */
static void resolve_source(const cck_machine_options *options, const char **xml,
                           const char **synthetic)
{
    *xml = options->xml;
    *synthetic = options->synthetic;
    if (*xml || *synthetic || getenv("HWLOC_COMPONENTS"))
        return;
    *xml = getenv("HWLOC_XMLFILE");
    if (*xml && !**xml)
        *xml = NULL;
    if (!*xml)
        *synthetic = getenv("HWLOC_SYNTHETIC");
}

static int check_recorded_root(const cck_machine_options *options, cck_error *err)
{
    const char *fsroot = getenv("HWLOC_FSROOT");
    if (!options->root || !strcmp(options->root, "/") || (fsroot && *fsroot))
        return 0;
    /* hwloc 2 takes a root directory from its environment variable only. */
    cck_fail(err, CCK_EINVALID, "the tree %s needs a topology", options->root);
    cck_hint(err, "give its XML too, or set HWLOC_FSROOT=%s", options->root);
    return CCK_EINVALID;
}

int cck_machine_load_topology(cck_machine *machine, const cck_machine_options *options,
                              cck_error *err)
{
    const char *xml, *synthetic;
    int rc = 0;
    resolve_source(options, &xml, &synthetic);
    if (hwloc_topology_init(&machine->topology) < 0)
        return cck_fail_os(err, CCK_ENOMEM, errno, "cannot set up hwloc");
    if (configure(machine->topology) < 0)
        return cck_fail_os(err, CCK_EINTERNAL, errno, "hwloc refuses its configuration");
    if (xml)
        rc = set_xml(machine, xml, err);
    else if (synthetic && hwloc_topology_set_synthetic(machine->topology, synthetic) < 0)
        rc = bad_synthetic(synthetic, err);
    else if (!synthetic)
        rc = check_recorded_root(options, err);
    if (rc < 0)
        return rc;
    if (hwloc_topology_load(machine->topology) < 0) {
        if (xml)
            return not_a_topology(xml, "is damaged: hwloc cannot load it", err);
        if (synthetic)
            return bad_synthetic(synthetic, err);
        return cck_fail_os(err, CCK_EIO, errno, "hwloc cannot discover this machine");
    }
    machine->info.is_thissystem = hwloc_topology_is_thissystem(machine->topology) == 1;
    machine->info.origin = xml                           ? "xml"
                           : synthetic                   ? "synthetic"
                           : machine->info.is_thissystem ? "live"
                                                         : "recorded";
    return 0;
}

const char *cck_machine_hwloc_info(const cck_machine *machine, const char *name)
{
    static const hwloc_obj_type_t places[] = {HWLOC_OBJ_MACHINE, HWLOC_OBJ_PACKAGE, HWLOC_OBJ_CORE,
                                              HWLOC_OBJ_PU};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        hwloc_obj_t object = hwloc_get_obj_by_type(machine->topology, places[i], 0);
        const char *value = object ? hwloc_obj_get_info_by_name(object, name) : NULL;
        if (value && *value)
            return value;
    }
    return NULL;
}
