/* SPDX-License-Identifier: MIT */
#include "core/report/finding_place.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static const cck_location *with_file(const cck_location *locations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (*locations[i].file)
            return &locations[i];
    return NULL;
}

static const char *module_of(const cck_result *result, const cck_finding *finding)
{
    for (size_t i = 0; i < finding->location_count; i++)
        if (*finding->locations[i].module)
            return finding->locations[i].module;
    for (size_t i = 0; i < finding->field_count; i++)
        if (*finding->fields[i].location.module)
            return finding->fields[i].location.module;
    return result->target.argc ? result->target.argv[0] : "";
}

const char *cck_finding_file(const cck_result *result, const cck_finding *finding,
                             uint32_t *out_line)
{
    const cck_location *location = with_file(finding->locations, finding->location_count);
    for (size_t i = 0; i < finding->field_count && !location; i++)
        location = with_file(&finding->fields[i].location, 1);
    if (!location)
        location = with_file(finding->allocation, finding->allocation_count);
    *out_line = location && location->line ? location->line : 1;
    return location ? location->file : module_of(result, finding);
}

const char *cck_path_from_here(const char *path)
{
    char here[PATH_MAX];
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    if (*path != '/' || !getcwd(here, sizeof here))
        return path;
    size_t length = strlen(here);
    bool inside =
        length > 1 && strncmp(path, here, length) == 0 && path[length] == '/' && path[length + 1];
    return inside ? path + length + 1 : path;
}

void cck_path_write_uri(FILE *out, const char *path)
{
    for (; *path; path++) {
        unsigned char byte = (unsigned char)*path;
        if (byte < 0x80 && (isalnum(byte) || strchr("-._~/+", byte)))
            putc(byte, out);
        else
            fprintf(out, "%%%02X", byte);
    }
}
