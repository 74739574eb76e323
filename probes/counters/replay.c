/* SPDX-License-Identifier: MIT */
#include "probes/counters/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/fail.h"
#include "probes/counters/stream.h"

/* A probe that looks at a recorded run instead of a running one: what comes
 * behind the rings is tested with it, without perf, root or luck. */

typedef struct state {
    cck_stream stream;
    bool read;
    const cck_probe_request *request;
} state;

static const char *file_name(void)
{
    const char *name = secure_getenv("CACHECHECK_REPLAY");
    return name && *name ? name : NULL;
}

static int check(const cck_probe_request *request, cck_error *err)
{
    (void)request;
    if (file_name())
        return 0;
    cck_fail(err, CCK_ENOTFOUND, "there is no recorded stream");
    cck_hint(err, "record one with CACHECHECK_RECORD=FILE, name it in CACHECHECK_REPLAY");
    return CCK_ENOTFOUND;
}

static void destroy(void *opaque)
{
    state *s = opaque;
    if (!s)
        return;
    if (s->read)
        cck_stream_clear(&s->stream);
    free(s);
}

static int load(state *s, cck_error *err)
{
    const char *name = file_name();
    FILE *file = name ? fopen(name, "re") : NULL;
    if (!file)
        return cck_fail_os(err, CCK_ENOTFOUND, errno, "cannot read %s", name ? name : "a stream");
    int code = cck_stream_read(&s->stream, file, name, err);
    fclose(file);
    s->read = code == 0;
    return code;
}

static int describe(state *s, cck_probe_facts *facts, cck_error *err)
{
    const cck_stream_head *head = &s->stream.head;
    cck_event_info *infos = cck_arena_array(s->request->arena, head->column_count, sizeof *infos);
    if (!infos)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < head->column_count; i++) {
        const char *name = cck_arena_strdup(s->request->arena, head->column_names[i]);
        if (!name)
            return cck_fail(err, CCK_ENOMEM, "out of memory");
        bool time = head->columns[i].source == CCK_COLUMN_TIME;
        infos[i] = (cck_event_info){name, "recorded", "", time ? "ns" : "count", "", false};
    }
    *facts = (cck_probe_facts){.events = infos,
                               .event_count = head->column_count,
                               .why = "a recorded run",
                               .slowdown = "none",
                               .model = "",
                               .notes = {"the counts are of a run recorded earlier"}};
    return 0;
}

static int create(void **out_state, const cck_probe_request *request, cck_probe_facts *facts,
                  cck_error *err)
{
    state *s = calloc(1, sizeof *s);
    if (!s)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    s->request = request;
    int code = load(s, err);
    if (code == 0)
        code = describe(s, facts, err);
    if (code < 0) {
        destroy(s);
        return code;
    }
    *out_state = s;
    return 0;
}

static int open_nothing(void *opaque, pid_t pid, cck_error *err)
{
    (void)opaque;
    (void)pid;
    (void)err;
    return 0;
}

static int drain_nothing(void *opaque, cck_error *err)
{
    (void)opaque;
    (void)err;
    return 0;
}

static int close_stream(void *opaque, cck_tally *tally, cck_error *err)
{
    state *s = opaque;
    const cck_stream_head *head = &s->stream.head;
    int code = cck_ledger_settle(&s->stream.ledger, head->columns, head->column_count, tally);
    return code < 0 ? cck_fail(err, code, "cannot settle the counts") : 0;
}

const cck_probe cck_probe_replay = {
    .name = "replay",
    .backend = CCK_BACKEND_AUTO, /* not to be asked for by name */
    .evidence = CCK_MEASURED,
    .priority = -1,
    .check = check,
    .create = create,
    .open = open_nothing,
    .drain = drain_nothing,
    .close = close_stream,
    .destroy = destroy,
};
