/* SPDX-License-Identifier: MIT */
/*
 * Terms of `pmu/event=0x2e,umask=0x41/`, written into the config words where the
 * PMU's sysfs `format/` files say their bits lie.
 * See Documentation/ABI/testing/sysfs-bus-event_source-devices-format.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/nearest.h"
#include "core/perf/pmu.h"

/* An alias may name another one; the kernel's go one level deep. */
enum { DEEPEST_ALIAS = 4, MOST_TERMS = 64, FORMAT_LENGTH = 256 };

typedef struct term_encoder {
    const cck_pmu *pmu;
    const cck_root *root;
    cck_arena *arena;
    cck_pmu_config *config;
    const char *open_terms; /* as typed: may fill in an alias's "key=?" */
    cck_error *err;
} term_encoder;

bool cck_event_number(const char *text, int base, uint64_t *out_number)
{
    uint64_t number = 0;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    if (!*text)
        return false;
    for (; *text; text++) {
        char c = *text;
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 99;
        if (digit >= (unsigned)base || number > (UINT64_MAX - digit) / (unsigned)base)
            return false;
        number = number * (unsigned)base + digit;
    }
    *out_number = number;
    return true;
}

/* Terms that say how to sample: they mean nothing when counting. */
static const char *const sampling_terms[] = {
    "period",        "freq",       "branch_type",     "time",    "call-graph", "stack-size",
    "inherit",       "no-inherit", "max-stack",       "nr",      "overwrite",  "no-overwrite",
    "driver-config", "aux-output", "aux-sample-size", "percore", "metric-id",
};

/* Deposit `value` bit by bit into the ranges of "config:0-7,32-35". */
static bool deposit(uint64_t *word, const char *ranges, uint64_t value, bool *out_fits)
{
    uint64_t bits = *word;
    while (*ranges) {
        char *end;
        unsigned long first = strtoul(ranges, &end, 10), last = first;
        if (end == ranges)
            return false;
        if (*end == '-') {
            ranges = end + 1;
            last = strtoul(ranges, &end, 10);
            if (end == ranges)
                return false;
        }
        if (first > last || last > 63)
            return false;
        for (unsigned long bit = first; bit <= last; bit++, value >>= 1)
            bits = (bits & ~(UINT64_C(1) << bit)) | (value & 1) << bit;
        if (*end && *end != ',')
            return false;
        ranges = end + (*end == ',');
    }
    *out_fits = value == 0;
    *word = bits;
    return true;
}

static const char *const config_words[] = {"config", "config1", "config2", "config3"};

static int config_word(const char *name, size_t length)
{
    for (int i = 0; i < 4; i++)
        if (strlen(config_words[i]) == length && strncmp(name, config_words[i], length) == 0)
            return i;
    return -1;
}

static int value_of(const term_encoder *encoder, const cck_pmu_term *term, uint64_t *out_value)
{
    if (!term->value) {
        *out_value = 1;
        return 0;
    }
    if (strcmp(term->value, "?") == 0) {
        cck_fail(encoder->err, CCK_EINVALID, "term `%.60s' of PMU `%.60s' needs a value", term->key,
                 encoder->pmu->name);
        cck_hint(encoder->err, "add %.60s=NUMBER behind the alias", term->key);
        return CCK_EINVALID;
    }
    if (!cck_event_number(term->value, 10, out_value))
        return cck_fail(encoder->err, CCK_EINVALID, "`%.60s=%.60s' is not a 64-bit number",
                        term->key, term->value);
    return 0;
}

/* 1: written, 0: the PMU has no such format, or an error. */
static int encode_format(const term_encoder *encoder, const cck_pmu_term *term)
{
    char path[512], format[FORMAT_LENGTH];
    uint64_t value;
    bool fits;

    if (!cck_pmu_name_valid(term->key))
        return 0;
    snprintf(path, sizeof path, CCK_PMU_DIRECTORY "/%s/format/%s", encoder->pmu->name, term->key);
    if (cck_root_read_line(encoder->root, path, format, sizeof format) <= 0)
        return 0;
    const char *colon = strchr(format, ':');
    int word = colon ? config_word(format, (size_t)(colon - format)) : -1;
    int status = value_of(encoder, term, &value);
    if (status < 0)
        return status;
    if (word < 0 || !deposit(&encoder->config->words[word], colon + 1, value, &fits))
        return cck_fail(encoder->err, CCK_EFORMAT,
                        "the kernel's format `%.60s' of term `%.60s' is not understood", format,
                        term->key);
    if (!fits)
        return cck_fail(encoder->err, CCK_EINVALID, "`%.60s=%.60s' does not fit into %.60s",
                        term->key, term->value, format);
    return 1;
}

/* Terms of every PMU: whole config words, a name of one's own, `rNNNN`. */
static int encode_common(const term_encoder *encoder, const cck_pmu_term *term)
{
    int word = config_word(term->key, strlen(term->key));
    if (word >= 0) {
        uint64_t value;
        int status = value_of(encoder, term, &value);
        if (status < 0)
            return status;
        encoder->config->words[word] = value;
        return 1;
    }
    if (strcmp(term->key, "name") == 0 && term->value && *term->value) {
        encoder->config->name = term->value;
        return 1;
    }
    if (term->key[0] == 'r' && !term->value &&
        cck_event_number(term->key + 1, 16, &encoder->config->words[0]))
        return 1;
    return 0;
}

static int encode_terms(const term_encoder *encoder, const char *text, int depth);

/* How much one count of the alias is, where the kernel tells. */
static void read_unit(const term_encoder *encoder, const char *alias)
{
    char path[512], unit[64] = "", scale[64] = "";
    snprintf(path, sizeof path, CCK_PMU_DIRECTORY "/%s/events/%s.unit", encoder->pmu->name, alias);
    if (cck_root_read_line(encoder->root, path, unit, sizeof unit) <= 0)
        unit[0] = '\0';
    snprintf(path, sizeof path, CCK_PMU_DIRECTORY "/%s/events/%s.scale", encoder->pmu->name, alias);
    if (cck_root_read_line(encoder->root, path, scale, sizeof scale) <= 0)
        scale[0] = '\0';
    if (scale[0] || unit[0])
        encoder->config->unit = cck_arena_printf(
            encoder->arena, "%s%s%s", scale, scale[0] && unit[0] ? " " : "", unit[0] ? unit : "");
}

static int encode_alias(const term_encoder *encoder, const cck_pmu_term *term, int depth)
{
    const char *text =
        term->value ? NULL : cck_pmu_alias(encoder->pmu, term->key, encoder->root, encoder->arena);
    if (!text)
        return 0;
    if (depth >= DEEPEST_ALIAS)
        return cck_fail(encoder->err, CCK_EFORMAT, "alias `%.60s' of PMU `%.60s' leads in circles",
                        term->key, encoder->pmu->name);
    int status = encode_terms(encoder, text, depth + 1);
    if (status < 0)
        return status;
    read_unit(encoder, term->key);
    return 1;
}

static bool offer(void *context, const char *name)
{
    cck_nearest_offer(context, name);
    return true;
}

static int unknown_term(const term_encoder *encoder, const cck_pmu_term *term)
{
    for (size_t i = 0; i < sizeof sampling_terms / sizeof *sampling_terms; i++)
        if (strcmp(term->key, sampling_terms[i]) == 0) {
            cck_fail(encoder->err, CCK_EINVALID, "term `%s' tells how to sample, not what to count",
                     term->key);
            cck_hint(encoder->err, "leave it out");
            return CCK_EINVALID;
        }
    cck_nearest_search search = {.word = term->key};
    for (int i = 0; i < 4; i++)
        cck_nearest_offer(&search, config_words[i]);
    cck_pmu_formats(encoder->pmu, encoder->root, offer, &search);
    cck_pmu_aliases(encoder->pmu, encoder->root, offer, &search);
    cck_fail(encoder->err, CCK_ENOTFOUND, "PMU `%.60s' has no term or alias `%.80s'",
             encoder->pmu->name, term->key);
    if (search.found[0])
        cck_hint(encoder->err, "did you mean `%s'?", search.found);
    else
        cck_hint(encoder->err, "see /" CCK_PMU_DIRECTORY "/%.60s/format and events",
                 encoder->pmu->name);
    return CCK_ENOTFOUND;
}

static int encode_term(const term_encoder *encoder, const cck_pmu_term *term, int depth)
{
    int status = encode_format(encoder, term);
    if (status == 0)
        status = encode_alias(encoder, term, depth);
    if (status == 0)
        status = encode_common(encoder, term);
    return status == 0 ? unknown_term(encoder, term) : status;
}

/* "param=?" of an alias is filled in by a later term of the same key: kept back
 * until all terms are known to be there. */
static bool overridden(const char *rest, const char *key)
{
    size_t length = strlen(key);
    for (const char *at = rest; at && *at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, key, length) == 0 && at[length] == '=' && at[length + 1] != '?')
            return true;
    }
    return false;
}

static int encode_terms(const term_encoder *encoder, const char *text, int depth)
{
    char *terms = cck_arena_strdup(encoder->arena, text);
    if (!terms)
        return cck_fail(encoder->err, CCK_ENOMEM, "out of memory");
    for (int count = 0; terms; count++) {
        char *next = strchr(terms, ',');
        if (next)
            *next++ = '\0';
        char *equals = strchr(terms, '=');
        if (equals)
            *equals++ = '\0';
        if (!*terms || (equals && !*equals) || count == MOST_TERMS)
            return cck_fail(encoder->err, CCK_EINVALID, "bad terms `%.120s' of PMU `%.60s'", text,
                            encoder->pmu->name);
        cck_pmu_term term = {.key = terms, .value = equals};
        bool open = equals && strcmp(equals, "?") == 0;
        if (!(open && encoder->open_terms && overridden(encoder->open_terms, terms))) {
            int status = encode_term(encoder, &term, depth);
            if (status < 0)
                return status;
        }
        terms = next;
    }
    return 0;
}

int cck_pmu_encode(const cck_pmu *pmu, const char *terms, const cck_root *root, cck_arena *arena,
                   cck_pmu_config *config, cck_error *err)
{
    cck_pmu_config draft = {0};
    term_encoder encoder = {.pmu = pmu,
                            .root = root,
                            .arena = arena,
                            .config = &draft,
                            .open_terms = terms,
                            .err = err};
    int status = encode_terms(&encoder, terms, 0);
    if (status < 0)
        return status;
    *config = draft;
    return 0;
}
