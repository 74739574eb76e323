/* SPDX-License-Identifier: MIT */
#include "core/session/session.h"

#include <string.h>

#include "core/base/fail.h"

cck_probe_request cck_session_request(const cck_session *session)
{
    return (cck_probe_request){
        .want = session->want,
        .options = session->options,
        .simulate = session->simulate,
        .target = session->target,
        .machine = session->machine,
        .root = session->root,
        .arena = session->arena,
        .remap = session->remap,
        .overhead = session->overhead,
        .least_rate = session->least_rate,
        .numa = session->numa,
    };
}

static bool gives(const cck_probe *probe, cck_want want)
{
    if (want == CCK_WANT_PLACEMENT || probe->place)
        return want == CCK_WANT_PLACEMENT && probe->place;
    if (want == CCK_WANT_COUNTS)
        return !probe->observes_only;
    return probe->observe && !(want == CCK_WANT_SPOTS && probe->lines_only);
}

static int check(const cck_session *session, const cck_probe *probe, cck_error *err)
{
    if (!gives(probe, session->want))
        return cck_fail(err, CCK_EUNSUPPORTED, "the %s backend cannot do this", probe->name);
    if (session->options->interval_ms && session->options->on_interval && !probe->totals) {
        cck_fail(err, CCK_EUNSUPPORTED, "the %s backend has no intervals", probe->name);
        cck_hint(err, "use -I with --backend software or pmu");
        return CCK_EUNSUPPORTED;
    }
    cck_probe_request request = cck_session_request(session);
    return probe->check(&request, err);
}

/* The probe of highest priority below `below`. */
static const cck_probe *next_best(cck_want want, int below)
{
    const cck_probe *best = NULL;
    for (const cck_probe *const *probe = cck_probes; *probe; probe++)
        if ((*probe)->priority >= 0 && (*probe)->priority < below &&
            gives(*probe, want) &&
            (!best || (*probe)->priority > best->priority))
            best = *probe;
    return best;
}

/* A last resort counts: then it is worth saying what would make the first choice work. */
static int take_last_resort(cck_session *session, const cck_probe *probe, const char *why,
                            const cck_error *reason, cck_error *err)
{
    session->probe = probe;
    session->why = *reason->hint ? cck_arena_printf(session->arena, "%s (to change that: %s)", why,
                                                    reason->hint)
                                 : cck_arena_strdup(session->arena, why);
    return session->why ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static int choose_best(cck_session *session, cck_error *err)
{
    const char *why = "";
    cck_error reason = {0};
    cck_backend last = CCK_BACKEND_AUTO;
    for (const cck_probe *probe = next_best(session->want, 1 << 30); probe; probe = next_best(session->want, probe->priority)) {
        cck_error own = {0};
        if (check(session, probe, &own) == 0) {
            session->probe = probe;
            session->why = why;
            return probe->backend == last ? take_last_resort(session, probe, why, &reason, err) : 0;
        }
        /* A backend's last resort has nothing to add to why its first choice failed. */
        if (probe->backend == last)
            continue;
        last = probe->backend;
        reason = own;
        why = cck_arena_printf(session->arena, "%s%s%s: %s", why, *why ? "; " : "", probe->name,
                               reason.message);
        if (!why)
            return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    /* Asked for what nobody knows: the last one tried, software, says what was meant. */
    if (reason.code == CCK_ENOTFOUND || reason.code == CCK_EINVALID)
        return cck_error_move(err, &reason);
    cck_fail(err, reason.code ? reason.code : CCK_EUNSUPPORTED, "no backend works here (%s)", why);
    cck_hint(err, "%s",
             *reason.hint ? reason.hint : "see what would enable one: cachecheck machine --check");
    return err ? err->code : CCK_EUNSUPPORTED;
}

/* The backend asked for may have more than one probe: the second when the first cannot. */
static int choose_named(cck_session *session, cck_error *err)
{
    cck_error reason = {0};
    for (const cck_probe *const *probe = cck_probes; *probe; probe++) {
        cck_error own = {0};
        if ((*probe)->backend != session->options->backend || (*probe)->priority < 0)
            continue;
        if (check(session, *probe, &own) == 0) {
            session->probe = *probe;
            session->why = "asked for with --backend";
            return reason.code ? take_last_resort(session, *probe, reason.message, &reason, err)
                               : 0;
        }
        if (!reason.code)
            reason = own;
    }
    if (!reason.code)
        return cck_fail(err, CCK_EUNSUPPORTED, "this build has no such backend");
    return cck_error_move(err, &reason);
}

int cck_session_choose(cck_session *session, cck_error *err)
{
    return session->options->backend == CCK_BACKEND_AUTO ? choose_best(session, err)
                                                         : choose_named(session, err);
}
