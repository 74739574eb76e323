/* SPDX-License-Identifier: MIT */
#include "core/finding/object_hint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"

enum { HINT_MOST = 256, ALLOCATION_FRAMES = 16 };

typedef struct type_hint {
    char symbol[HINT_MOST];
    uint64_t address;
    bool by_address;
    const char *type;
} type_hint;

/* The last '=' is the border: a name may be that of an operator, a type has none. */
static bool parse(const char *text, type_hint *out)
{
    const char *equals = strrchr(text, '=');
    if (!equals || equals == text || !equals[1] || equals - text >= HINT_MOST)
        return false;
    memcpy(out->symbol, text, (size_t)(equals - text));
    out->symbol[equals - text] = '\0';
    out->type = equals + 1;
    char *end;
    errno = 0;
    out->address = strtoull(out->symbol, &end, 0);
    out->by_address = out->symbol[0] >= '0' && out->symbol[0] <= '9';
    return !out->by_address || (!*end && !errno);
}

int cck_object_hints_check(const char *const *hints, cck_error *err)
{
    type_hint hint;
    for (; hints && *hints; hints++) {
        if (parse(*hints, &hint))
            continue;
        cck_fail(err, CCK_EINVALID, "--type '%s' is not ADDRESS_OR_SYMBOL=TYPE", *hints);
        cck_hint(err, "such as: --type 'pool=struct worker'");
        return CCK_EINVALID;
    }
    return 0;
}

/* Names are qualified; `pool` means `app::pool` too. */
static bool same_name(const char *name, const char *wanted)
{
    size_t length = strlen(name), tail = strlen(wanted);
    if (length < tail || strcmp(name + length - tail, wanted) != 0)
        return false;
    return length == tail || name[length - tail - 1] == ':' || name[length - tail - 1] == '.';
}

static bool allocated_in(cck_object_names *names, const cck_place *place, const char *function)
{
    const cck_observed *observed = names->code.observed;
    if (place->observed == CCK_NONE || observed->objects[place->observed].kind != CCK_OBJECT_HEAP)
        return false;
    size_t count;
    const cck_location *frames =
        cck_code_path(&names->code, observed->objects[place->observed].path, ALLOCATION_FRAMES,
                      "allocated", &count, NULL);
    for (size_t i = 0; i < count; i++)
        if (same_name(frames[i].function, function))
            return true;
    return false;
}

static bool fits(cck_object_names *names, const cck_place *place, const type_hint *hint)
{
    if (hint->by_address)
        return hint->address >= place->start && hint->address - place->start < place->size;
    return *place->object.name ? same_name(place->object.name, hint->symbol)
                               : allocated_in(names, place, hint->symbol);
}

static const cck_type *find_type(cck_object_names *names, const char *name)
{
    for (uint32_t i = 0; i < names->code.observed->module_count; i++) {
        cck_debug_module *module = cck_code_module(&names->code, i);
        const cck_type *type = module ? cck_debug_find_type(module, name) : NULL;
        if (type && type->size)
            return type;
    }
    return NULL;
}

void cck_object_hint_apply(cck_object_names *names, cck_place *place)
{
    type_hint hint;
    for (const char *const *text = names->hints; text && *text; text++) {
        if (!parse(*text, &hint) || !fits(names, place, &hint))
            continue;
        const cck_type *type = find_type(names, hint.type);
        if (!type)
            continue;
        place->type = type;
        place->base = 0;
        place->object.type = cck_code_keep(&names->code, cck_type_label(type));
        place->object.type_from = "option";
        place->object.stride = place->size >= 2 * type->size ? type->size : 0;
        place->object.count = place->object.stride ? place->size / type->size : 0;
        return;
    }
}
