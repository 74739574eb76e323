/* SPDX-License-Identifier: MIT */
/* Where the topology comes from: the live system, XML, a synthetic string. Nothing
 * here believes the bytes; what hwloc cannot stand is refused before it sees them. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/folder.h"
#include "core/machine/capture.h"

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

/* hwloc says "invalid" for whatever it dislikes; find out the two common reasons first. */
static int check_xml(const cck_machine_source *source, cck_error *err)
{
    const char *text = source->xml;
    if (source->xml_length == 0)
        return cck_machine_damaged(source, "is empty", err);
    if (strlen(text) != source->xml_length)
        return cck_machine_damaged(source, "is binary, not hwloc XML", err);
    const char *tag = strstr(text, "<topology");
    if (!tag)
        return cck_machine_damaged(source, "is not hwloc XML: it has no <topology> element", err);
    const char *version = strstr(tag, "version=\"");
    const char *end = strchr(tag, '>');
    /* Without the attribute it is from hwloc 1.x, which hwloc 2 converts. */
    if (!version || !end || version > end)
        return 0;
    long major = strtol(version + strlen("version=\""), NULL, 10);
    if (major <= HWLOC_API_VERSION >> 16)
        return 0;
    cck_fail(err, CCK_EFORMAT, "%s is from hwloc %ld, which hwloc %d here cannot read",
             source->path, major, HWLOC_API_VERSION >> 16);
    cck_hint(err, "export it again with: lstopo --export-xml-flags v2 machine.xml");
    return CCK_EFORMAT;
}

/* hwloc allocates as many bits as the largest index, and as many objects as the levels
 * multiply to: a few bytes of text could ask for all of the memory. */
static int check_indexes(const cck_machine_source *source, cck_error *err)
{
    static const char key[] = "os_index";
    for (const char *at = source->xml; (at = strstr(at, key)); at++) {
        const char *value = at + strlen(key);
        if (strtoul(value + strspn(value, " \t\r\n=\"'"), NULL, 10) >= CCK_MACHINE_CPU_LIMIT)
            return cck_machine_damaged(source, "is damaged: an index is beyond any machine", err);
    }
    return 0;
}

/* "pu:4(indexes=0,2,1,3)": the numbers up to the end of the attribute. */
static bool has_large_index(const char *text)
{
    static const char key[] = "indexes=";
    for (const char *at = text; (at = strstr(at, key));)
        for (at += strlen(key); *at && !strchr(" )", *at);) {
            char *end;
            if (strtoull(at, &end, 0) >= CCK_MACHINE_CPU_LIMIT)
                return true;
            at = end > at ? end : at + 1;
        }
    return false;
}

/* "pack:2 core:4(size=4MB)", or "2 4". A number behind a colon is one of parts to hwloc, whatever
 * is in brackets before it; "l3" is a name, "028" the numbers 2 and 8. */
static bool has_many_parts(const char *text)
{
    unsigned long long parts = 1;
    bool bracket = false;
    for (const char *at = text; *at && parts <= CCK_MACHINE_CPU_LIMIT;) {
        char before = at > text ? at[-1] : ' ', *end;
        bracket = *at == '(' || (bracket && *at != ')');
        if (!isdigit((unsigned char)*at) || isalpha((unsigned char)before) ||
            (bracket && before != ':')) {
            at++;
            continue;
        }
        unsigned long long number = strtoull(at, &end, 0);
        parts *= number > CCK_MACHINE_CPU_LIMIT ? CCK_MACHINE_CPU_LIMIT + 1u : number ? number : 1;
        at = end;
    }
    return parts > CCK_MACHINE_CPU_LIMIT;
}

static int check_synthetic(const char *text, cck_error *err)
{
    const char *what = has_large_index(text)  ? "larger indexes"
                       : has_many_parts(text) ? "more CPUs"
                                              : NULL;
    if (!what)
        return 0;
    cck_fail(err, CCK_ELIMIT, "\"%s\" has %s than any machine", text, what);
    cck_hint(err, "stay below %d", CCK_MACHINE_CPU_LIMIT);
    return CCK_ELIMIT;
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

/* hwloc 2 takes a root directory from its environment variable only; what it does not
 * read itself (the host's clues, cpulists) must then come from the same tree. */
static int find_recorded_root(cck_machine_source *source, cck_error *err)
{
    const char *fsroot = getenv("HWLOC_FSROOT");
    if (fsroot && *fsroot) {
        if (!source->root)
            source->root = fsroot;
        return 0;
    }
    if (!source->root || !strcmp(source->root, "/"))
        return 0;
    char path[PATH_MAX];
    struct stat status;
    snprintf(path, sizeof path, "%s/sys/devices/system/cpu", source->root);
    if (stat(path, &status) != 0) {
        cck_fail(err, CCK_EINVALID, "%s holds neither " CCK_CAPTURE_XML " nor a recorded /sys: it needs a topology",
                 source->root);
        cck_hint(err, "make one with: cachecheck machine --capture FILE");
        return CCK_EINVALID;
    }
    source->fsroot = true;
    return 0;
}

/* A capture, packed or unpacked, brings its topology along. */
static int open_capture(cck_machine_source *source, cck_error *err)
{
    struct stat status;
    char folder[PATH_MAX];
    if (stat(source->root, &status) != 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot open %s", source->root);
    if (!S_ISDIR(status.st_mode)) {
        int code = cck_capture_unpack(source->root, folder, sizeof folder, err);
        if (code < 0)
            return code;
        source->root = source->unpacked = strdup(folder);
        if (!source->root) {
            cck_folder_remove(folder);
            return cck_fail(err, CCK_ENOMEM, "out of memory");
        }
    }
    if (asprintf(&source->captured_xml, "%s/" CCK_CAPTURE_XML, source->root) < 0) {
        source->captured_xml = NULL;
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    /* One that is there but out of reach is not for hwloc to do without, silently. */
    source->captured = access(source->captured_xml, F_OK) == 0;
    if (!source->captured && errno != ENOENT)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot open %s", source->captured_xml);
    if (source->captured)
        source->path = source->captured_xml;
    return 0;
}

int cck_machine_damaged(const cck_machine_source *source, const char *what, cck_error *err)
{
    if (source->synthetic) {
        cck_fail(err, CCK_EFORMAT, "\"%s\" is not a synthetic topology", source->synthetic);
        cck_hint(err, "write levels from the outside in: \"pack:2 numa:2 l3:1 core:8 pu:2\"");
    } else {
        cck_fail(err, CCK_EFORMAT, "%s %s", source->path, what);
        cck_hint(err, "record a machine with: lstopo machine.xml");
    }
    return CCK_EFORMAT;
}

static int open_xml(cck_machine_source *source, cck_error *err)
{
    int rc = read_xml(source->path, &source->xml, &source->xml_length, err);
    if (rc == 0)
        rc = check_xml(source, err);
    return rc == 0 ? check_indexes(source, err) : rc;
}

int cck_machine_source_open(cck_machine_source *out_source, const cck_machine_options *options,
                            cck_error *err)
{
    cck_machine_source source = {.root = options->root};
    int rc = 0;
    resolve_source(options, &source.path, &source.synthetic);
    if (source.root && strcmp(source.root, "/") != 0 && !options->xml && !options->synthetic) {
        source.path = source.synthetic = NULL;
        rc = open_capture(&source, err);
    }
    if (rc == 0 && source.path)
        rc = open_xml(&source, err);
    else if (rc == 0)
        rc = source.synthetic ? check_synthetic(source.synthetic, err)
                              : find_recorded_root(&source, err);
    if (rc < 0)
        cck_machine_source_close(&source);
    else
        *out_source = source;
    return rc;
}

void cck_machine_source_close(cck_machine_source *source)
{
    if (source->unpacked)
        cck_folder_remove(source->unpacked);
    free(source->unpacked);
    free(source->captured_xml);
    free(source->xml);
    *source = (cck_machine_source){0};
}
