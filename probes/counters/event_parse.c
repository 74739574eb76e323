/* SPDX-License-Identifier: MIT */
/*
 * Specifications of events, taken apart: lists, groups, modifiers. What a single
 * name means is asked of each kind in turn, in the order docs/events.md gives.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "probes/counters/event_finder.h"

/* A specification comes from a command line or from a configuration file; these
 * bounds only keep damaged input from eating memory. */
enum { LONGEST_SPECIFICATION = 65536, MOST_EVENTS = 4096 };

/* Blank as in ASCII, whatever the locale. */
static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool modifier_set(cck_event_modifiers *modifiers, char letter)
{
    switch (letter) {
    case 'u':
        modifiers->user = true;
        break;
    case 'k':
        modifiers->kernel = true;
        break;
    case 'h':
        modifiers->hv = true;
        break;
    case 'G':
        modifiers->guest = true;
        break;
    case 'H':
        modifiers->host = true;
        break;
    case 'I':
        modifiers->idle_out = true;
        break;
    case 'D':
        modifiers->pinned = true;
        break;
    case 'P':
        modifiers->precise = 3;
        break;
    case 'p':
        modifiers->precise++;
        break;
    default:
        return false;
    }
    modifiers->given = true;
    return true;
}

/* All of `text` as modifiers, on top of those there are; leaves them alone if it is not. */
static bool modifiers_read(cck_event_modifiers *modifiers, const char *text, size_t length)
{
    cck_event_modifiers sum = *modifiers;
    for (size_t i = 0; i < length; i++)
        if (!modifier_set(&sum, text[i]))
            return false;
    if (length)
        *modifiers = sum;
    return length > 0;
}

static int too_precise(const char *asked, cck_error *err)
{
    cck_fail(err, CCK_EINVALID, "event `%.80s' asks for more precision than there is", asked);
    cck_hint(err, "the most precise is `ppp'");
    return CCK_EINVALID;
}

/* pmu/terms/modifiers: everything behind the second slash must be modifiers. */
static int split_slashed(cck_event_query *query, const char *slash, cck_arena *arena,
                         cck_error *err)
{
    const char *close = strchr(slash + 1, '/');
    if (!close) {
        cck_fail(err, CCK_EINVALID, "event `%.80s' has no closing slash", query->asked);
        cck_hint(err, "write pmu/terms/, such as cpu/event=0x2e,umask=0x41/");
        return CCK_EINVALID;
    }
    const char *tail = close + 1 + (close[1] == ':');
    if (*tail && !modifiers_read(&query->modifiers, tail, strlen(tail))) {
        cck_fail(err, CCK_EINVALID, "unknown modifier in `%.80s' behind `%.40s'", query->asked,
                 close);
        cck_hint(err, "modifiers are u, k, h, p, P, G, H, I and D");
        return CCK_EINVALID;
    }
    query->name = cck_arena_strndup(arena, query->asked, (size_t)(close + 1 - query->asked));
    return query->name ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* Take the modifiers behind `asked` off. Errors: CCK_EINVALID. */
static int split_query(cck_event_query *out_query, const char *asked, cck_arena *arena,
                       cck_error *err)
{
    cck_event_query query = {.asked = asked, .modifiers = out_query->modifiers};
    const char *slash = strncmp(asked, "mem:", 4) ? strchr(asked, '/') : NULL;
    if (slash) {
        int status = split_slashed(&query, slash, arena, err);
        if (status < 0)
            return status;
    } else {
        size_t length = strlen(asked);
        for (;;) {
            const char *colon = memrchr(asked, ':', length);
            if (!colon || colon == asked || colon[-1] == ':' ||
                !modifiers_read(&query.modifiers, colon + 1, length - (size_t)(colon + 1 - asked)))
                break;
            length = (size_t)(colon - asked);
        }
        query.name = cck_arena_strndup(arena, asked, length);
        if (!query.name)
            return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    if (query.modifiers.precise > 3)
        return too_precise(asked, err);
    *out_query = query;
    return 0;
}

/* One item between commas: a name with its modifiers. */
static int find_item(cck_finder *finder, const char *text, size_t length,
                     const cck_event_modifiers *group, cck_error *err)
{
    cck_arena *arena = finder->scope->arena;
    const char *asked = cck_arena_strndup(arena, text, length);
    if (!asked)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_event_query query = {.modifiers = *group};
    int status = split_query(&query, asked, arena, err);
    if (status >= 0)
        status = cck_finder_name(finder, &query, err);
    if (status > 0 && finder->count > MOST_EVENTS)
        return cck_fail(err, CCK_ELIMIT, "more than %d events", MOST_EVENTS);
    return status < 0 ? status : 0;
}

/* End of the item at `text`: a comma or brace outside of slashes. */
static const char *item_end(const char *text)
{
    bool slashes = strncmp(text, "mem:", 4) != 0, inside = false;
    for (; *text; text++) {
        if (*text == '/' && slashes)
            inside = !inside;
        else if (!inside && (*text == ',' || *text == '{' || *text == '}'))
            break;
    }
    return text;
}

static int misplaced(const char *specification, const char *at, const char *what, cck_error *err)
{
    return cck_fail(err, CCK_EINVALID, "%s at character %zu of the events `%.120s'", what,
                    (size_t)(at - specification) + 1, specification);
}

/* The modifiers behind `}`: found ahead, since they hold for the members too. */
static int group_modifiers(cck_event_modifiers *out_modifiers, const char *specification,
                           const char *open, cck_error *err)
{
    const char *close = open;
    while (*close && *close != '}') {
        close = item_end(close);
        if (*close == '{')
            return misplaced(specification, close, "a group inside a group", err);
        close += *close == ',';
    }
    if (!*close)
        return misplaced(specification, open - 1, "a group that is never closed", err);
    const char *start = close + 1 + (close[1] == ':'), *end = item_end(start);
    while (end > start && blank(end[-1]))
        end--;
    *out_modifiers = (cck_event_modifiers){0};
    if (end > start && !modifiers_read(out_modifiers, start, (size_t)(end - start)))
        return misplaced(specification, start, "unknown modifiers", err);
    return 0;
}

/* Walk `{a,b}:u,c`. The braces promise that a, b run together; counting alone
 * keeps no such promise to break, so they are accepted and dropped. */
static int find_all(cck_finder *finder, const char *specification, cck_error *err)
{
    const char *at = specification;
    cck_event_modifiers group = {0};
    bool in_group = false;

    for (;;) {
        while (blank(*at))
            at++;
        if (*at == '{') {
            if (in_group)
                return misplaced(specification, at, "a group inside a group", err);
            int status = group_modifiers(&group, specification, ++at, err);
            if (status < 0)
                return status;
            in_group = true;
            continue;
        }
        const char *end = item_end(at), *last = end;
        while (last > at && blank(last[-1]))
            last--;
        if (last == at)
            return misplaced(specification, at, "an empty event", err);
        int status = find_item(finder, at, (size_t)(last - at), &group, err);
        if (status < 0)
            return status;
        if (*end == '}' && !in_group)
            return misplaced(specification, end, "a `}' without a `{'", err);
        if (*end == '}') { /* its modifiers were read when it was opened */
            in_group = false;
            group = (cck_event_modifiers){0};
            end = item_end(end + 1);
        }
        if (!*end)
            return 0;
        if (*end != ',')
            return misplaced(specification, end, "a comma is missing", err);
        at = end + 1;
    }
}

int cck_event_parse(cck_event_list *list, const char *specification, const cck_event_scope *scope,
                    cck_error *err)
{
    if (strnlen(specification, LONGEST_SPECIFICATION) == LONGEST_SPECIFICATION)
        return cck_fail(err, CCK_ELIMIT, "the events take more than %d characters",
                        LONGEST_SPECIFICATION - 1);
    cck_finder finder = {.scope = scope, .before = list};
    int status = find_all(&finder, specification, err);
    if (status < 0)
        return status;
    return cck_finder_finish(&finder, list, err);
}
