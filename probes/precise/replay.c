/* SPDX-License-Identifier: MIT */
/*
 * A recorded run instead of a running one: what comes behind rings and AUX areas is tested with
 * it, and looked into, without a PMU. See folder.h for what a recording is.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/fail.h"
#include "probes/precise/recording.h"
#include "probes/precise/report.h"

typedef struct replaying {
    const cck_probe_request *request;
    cck_probe_facts *facts;
    cck_root root; /* the folder */
    cck_precise_scene scene;
    bool begun;
    uint64_t elapsed_ns;
} replaying;

static const char *folder_name(void)
{
    const char *name = secure_getenv("CACHECHECK_REPLAY");
    return name && *name ? name : NULL;
}

static int check(const cck_probe_request *request, cck_error *err)
{
    (void)request;
    if (folder_name())
        return 0;
    cck_fail(err, CCK_ENOTFOUND, "there is no recorded run");
    cck_hint(err, "record one with CACHECHECK_RECORD=FOLDER, name it in CACHECHECK_REPLAY");
    return CCK_ENOTFOUND;
}

static void destroy(void *state)
{
    replaying *s = state;
    if (!s)
        return;
    if (s->begun)
        cck_precise_scene_clear(&s->scene);
    if (s->root.fd >= 0)
        cck_root_close(&s->root);
    free(s);
}

static int begin(void *context, const cck_precise_head *head, cck_error *err)
{
    replaying *s = context;
    (void)err;
    cck_precise_scene_init(&s->scene, &s->root, false, &head->format, head->line_size);
    s->begun = true;
    return 0;
}

static void take_record(void *context, const cck_precise_origin *origin,
                        const struct perf_event_header *header)
{
    cck_precise_intake_record(&((replaying *)context)->scene.intake, origin, header);
}

static int load(replaying *s, const char *folder, cck_error *err)
{
    const cck_precise_listener listener = {begin, take_record, s};
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/stream", folder);
    FILE *file = fopen(path, "re");
    if (!file)
        return cck_fail_os(err, CCK_ENOTFOUND, errno, "cannot read %s", path);
    int code = cck_precise_recording_read(file, path, &listener, &s->elapsed_ns, err);
    fclose(file);
    if (code < 0)
        return code;
    cck_precise_scene_settle(&s->scene);
    return 0;
}

static int create(void **out_state, const cck_probe_request *request, cck_probe_facts *facts,
                  cck_error *err)
{
    const char *folder = folder_name();
    replaying *s = calloc(1, sizeof *s);
    if (!s)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    *out_state = s;
    s->request = request;
    s->facts = facts;
    s->root.fd = -1;
    int code = folder ? cck_root_open(&s->root, folder, err) : check(request, err);
    if (code == 0)
        code = load(s, folder, err);
    if (code < 0)
        return code;
    *facts = (cck_probe_facts){.why = "a recorded run",
                               .slowdown = "none",
                               .model = "",
                               .notes = {"what is told is of a run that was recorded earlier"}};
    return 0;
}

static int open_nothing(void *state, pid_t pid, cck_error *err)
{
    (void)state, (void)pid, (void)err;
    return 0;
}

static int drain_nothing(void *state, cck_error *err)
{
    (void)state, (void)err;
    return 0;
}

static int close_recording(void *state, cck_tally *tally, cck_error *err)
{
    replaying *s = state;
    return cck_precise_tell_threads(&s->scene, tally) ? 0
                                                      : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static int observe(void *state, cck_observed *out_observed, cck_error *err)
{
    replaying *s = state;
    const cck_precise_format *format = &s->scene.intake.format;
    const char *pmu = format->kind == CCK_PRECISE_LATENCY ? "Intel PEBS"
                      : format->kind == CCK_PRECISE_IBS   ? "AMD IBS"
                                                          : "Arm SPE";
    cck_precise_end end = {.seconds = (double)s->elapsed_ns * 1e-9,
                           .hertz = format->hertz,
                           .bounded = format->kind == CCK_PRECISE_LATENCY ||
                                      cck_precise_missed(&s->scene.intake.numbers)};
    int code = cck_precise_scene_observe(&s->scene, &end, out_observed, err);
    if (code == 0)
        cck_precise_tell_how(&s->scene, pmu, "", s->request->arena, s->facts);
    return code;
}

const cck_probe cck_probe_precise_replay = {
    .name = "precise",
    .backend = CCK_BACKEND_AUTO, /* not to be asked for by name */
    .evidence = CCK_MEASURED,
    .priority = -1,
    .observes_only = true,
    .lines_only = true,
    .check = check,
    .create = create,
    .open = open_nothing,
    .drain = drain_nothing,
    .close = close_recording,
    .observe = observe,
    .destroy = destroy,
};
