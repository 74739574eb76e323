/* SPDX-License-Identifier: MIT */
/* Measurements kept from run to run, one file a machine, in the user's cache. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/output.h"
#include "core/base/trust.h"
#include "core/machine/machine.h"
#include "core/machine/measurement.h"

enum { PATH_SIZE = 4096, FILE_MOST = 16 << 20, DAY_S = 24 * 60 * 60 };

/* FNV-1a: identities are compared with each other, by the same program. */
static uint64_t mix(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * 1099511628211u;
    return hash;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return mix(hash, text, strlen(text) + 1);
}

void cck_machine_identity(const cck_machine *machine, char out[17])
{
    const cck_machine_info *info = cck_machine_get_info(machine);
    uint64_t hash = 14695981039346656037u;
    hash = mix_text(hash, info->cpu_vendor);
    hash = mix_text(hash, info->cpu_model);
    hash = mix_text(hash, info->kernel);
    hash = mix_text(hash, info->hypervisor);
    const uint64_t extent[] = {info->packages, info->cores, info->pus, info->nodes};
    hash = mix(hash, extent, sizeof extent);
    for (size_t i = 0; i < info->cache_count; i++) {
        const cck_cache *cache = &info->caches[i];
        const uint64_t facts[] = {cache->level, cache->kind,  cache->size, cache->ways,
                                  cache->line,  cache->count, cache->pus};
        hash = mix(hash, facts, sizeof facts);
    }
    for (size_t i = 0; i < machine->node_count; i++) {
        const uint64_t facts[] = {machine->nodes[i].index, machine->nodes[i].pus};
        hash = mix(hash, facts, sizeof facts);
        hash = mix_text(hash, machine->nodes[i].cpus);
    }
    hash = mix(hash, machine->core_of_cpu, machine->cpu_limit * sizeof *machine->core_of_cpu);
    snprintf(out, 17, "%016" PRIx64, hash);
}

/* Paths that do not begin with "/" are to be ignored (XDG Base Directory Specification). */
static int find_folder(char path[PATH_SIZE], bool make, cck_error *err)
{
    const char *cache = cck_trust_variable_to_make("XDG_CACHE_HOME");
    const char *home = cck_trust_variable_to_make("HOME");
    int length = -1;
    if (cache && *cache == '/')
        length = snprintf(path, PATH_SIZE, "%s/cachecheck", cache);
    else if (home && *home == '/')
        length = snprintf(path, PATH_SIZE, "%s/.cache/cachecheck", home);
    if (length <= 0 || length >= PATH_SIZE) {
        cck_fail(err, CCK_ENOTFOUND, "there is no place to keep measurements");
        cck_hint(err, "set XDG_CACHE_HOME or HOME%s",
                 cck_trust_is_privileged()
                     ? "; as root only to a folder that nobody else can write to"
                     : "");
        return CCK_ENOTFOUND;
    }
    for (char *slash = path + 1; make && (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0700); /* what exists, or cannot be made, shows in the last one */
        *slash = '/';
    }
    if (make && mkdir(path, 0700) != 0 && errno != EEXIST)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot make %s", path);
    return 0;
}

static int find_file(const cck_machine *machine, char path[PATH_SIZE], bool make, cck_error *err)
{
    char identity[17];
    int code = find_folder(path, make, err);
    if (code < 0)
        return code;
    size_t used = strlen(path);
    cck_machine_identity(machine, identity);
    int length = snprintf(path + used, PATH_SIZE - used, "/machine-%s.json", identity);
    return length > 0 && (size_t)length < PATH_SIZE - used
               ? 0
               : cck_fail(err, CCK_ELIMIT, "the path of the cache is too long");
}

typedef struct order {
    const cck_measurement *measurement;
    const cck_machine_info *machine;
} order;

static void write_document(const void *context, FILE *out)
{
    const order *o = context;
    cck_json json;
    cck_json_begin(&json, out, true);
    cck_measurement_document(&json, o->measurement, o->machine, NULL, 0);
}

int cck_measurement_keep(const cck_measurement *measurement, const cck_machine *machine,
                         char *out_path, size_t size, cck_error *err)
{
    char path[PATH_SIZE];
    const order o = {measurement, cck_machine_get_info(machine)};
    int code = find_file(machine, path, true, err);
    if (code == 0)
        code = cck_output_save(path, write_document, &o, err);
    if (code == 0 && out_path)
        snprintf(out_path, size, "%s", path);
    return code;
}

/* A file of ours: regular, and of a size that a measurement may have. */
static int read_file(const char *path, char **out_text, size_t *out_length, cck_error *err)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        cck_fail(err, CCK_ENOTFOUND, "this machine was not measured yet");
        cck_hint(err, "measure it: cachecheck machine --measure");
        return CCK_ENOTFOUND;
    }
    char *text = NULL;
    size_t used = 0;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size < FILE_MOST)
        text = malloc((size_t)status.st_size + 1);
    while (text && used < (size_t)status.st_size) {
        ssize_t got = read(fd, text + used, (size_t)status.st_size - used);
        if (got <= 0 && !(got < 0 && errno == EINTR))
            break;
        used += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    if (!text)
        return cck_fail(err, CCK_EFORMAT, "%s is no measurement", path);
    *out_text = text;
    *out_length = used;
    return 0;
}

static int check_age(const cck_measurement *measurement, const cck_machine *machine, cck_error *err)
{
    char identity[17];
    int64_t age = (int64_t)time(NULL) - measurement->info.when;
    cck_machine_identity(machine, identity);
    if (strcmp(identity, measurement->info.identity) == 0 && age >= 0 &&
        age <= (int64_t)CCK_MEASUREMENT_DAYS * DAY_S)
        return 0;
    if (age > (int64_t)CCK_MEASUREMENT_DAYS * DAY_S)
        cck_fail(err, CCK_ENOTFOUND, "this machine was measured %lld days ago, which is too long",
                 (long long)(age / DAY_S));
    else
        cck_fail(err, CCK_ENOTFOUND, "what was measured is of another machine, or of the future");
    cck_hint(err, "measure it again: cachecheck machine --measure");
    return CCK_ENOTFOUND;
}

static int parse(cck_measurement **out_measurement, const char *path, const char *text,
                 size_t length, cck_error *err)
{
    cck_error inner = {0};
    int code = cck_measurement_parse(out_measurement, text, length, &inner);
    if (code != CCK_EFORMAT) {
        if (code < 0 && err)
            *err = inner;
        return code;
    }
    cck_fail(err, code, "%s is damaged: %.400s", path, inner.message);
    cck_hint(err, "measure again: cachecheck machine --measure");
    return code;
}

int cck_measurement_recall(cck_measurement **out_measurement, const cck_machine *machine,
                           cck_error *err)
{
    char path[PATH_SIZE], *text = NULL;
    size_t length = 0;
    cck_measurement *measurement = NULL;
    if (!cck_machine_get_info(machine)->is_thissystem)
        return cck_fail(err, CCK_ENOTFOUND, "a model of a machine was never measured");
    int code = find_file(machine, path, false, err);
    if (code == 0)
        code = read_file(path, &text, &length, err);
    if (code < 0)
        return code;
    code = parse(&measurement, path, text, length, err);
    free(text);
    if (code == 0)
        code = check_age(measurement, machine, err);
    if (code < 0)
        cck_measurement_free(measurement);
    else
        *out_measurement = measurement;
    return code;
}
