/* SPDX-License-Identifier: MIT */
#include "core/machine/doctor.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/result/result.h"

static const char *copy(cck_doctor *doctor, const char *text)
{
    char *copied = cck_arena_strdup(&doctor->arena, text ? text : "");
    if (!copied)
        doctor->out_of_memory = true;
    return copied ? copied : "";
}

static cck_check *append(cck_doctor *doctor)
{
    if (doctor->count == doctor->capacity) {
        size_t capacity = doctor->capacity ? doctor->capacity * 2 : 32;
        cck_check *grown = reallocarray(doctor->checks, capacity, sizeof *grown);
        if (!grown) {
            doctor->out_of_memory = true;
            return NULL;
        }
        doctor->checks = grown;
        doctor->capacity = capacity;
    }
    return &doctor->checks[doctor->count++];
}

static void set_check(cck_doctor *doctor, cck_check *to, const cck_check *from)
{
    *to = (cck_check){
        .backend = copy(doctor, from->backend),
        .part = copy(doctor, from->part),
        .state = from->state,
        .reason = copy(doctor, from->reason),
        .enable = copy(doctor, from->enable),
    };
}

static cck_check *whole_of(cck_doctor *doctor, const char *backend)
{
    for (size_t i = 0; i < doctor->count; i++)
        if (!*doctor->checks[i].part && strcmp(doctor->checks[i].backend, backend) == 0)
            return &doctor->checks[i];
    return NULL;
}

/* The line of the backend as a whole is in place already (see examine_probe); a probe
 * that says more about it, such as "works with a restriction", refines it. */
static void take(void *context, const cck_check *check)
{
    cck_doctor *doctor = context;
    bool whole = !check->part || !*check->part;
    cck_check *place = whole ? whole_of(doctor, check->backend) : NULL;
    if (!place)
        place = append(doctor);
    if (place)
        set_check(doctor, place, check);
}

/* What `cachecheck stat -- /bin/true` would ask for: the least a backend must do. */
static int check_probe(cck_doctor *doctor, const cck_doctor_scope *scope, const cck_probe *probe,
                       cck_error *err)
{
    static const char *const argv[] = {"/bin/true", NULL};
    const cck_stat_options options = {.size = sizeof options};
    const cck_target_options target = {.size = sizeof target, .argv = argv};
    const cck_probe_request request = {
        .options = &options,
        .target = &target,
        .machine = scope->machine,
        .root = scope->root,
        .arena = &doctor->arena,
    };
    if (probe->needs_machine && !scope->machine)
        return cck_fail(err, CCK_EUNSUPPORTED, "it needs the machine model, which failed");
    return probe->check(&request, err);
}

/* A backend's line as a whole. Its last resort, a second probe of that name, counts only
 * where the first choice failed, and what would enable that stays said. */
static void note_whole(cck_doctor *doctor, const cck_probe *probe, bool works, const cck_error *err)
{
    cck_check *known = whole_of(doctor, probe->name);
    if (known) {
        if (works && known->state == CCK_CHECK_NO)
            known->state = CCK_CHECK_PARTLY;
        return;
    }
    const cck_check whole = {
        .backend = probe->name,
        .part = "",
        .state = works ? CCK_CHECK_YES : CCK_CHECK_NO,
        .reason = works ? "" : err->message,
        .enable = works ? "" : err->hint,
    };
    take(doctor, &whole);
}

static bool examine_probe(cck_doctor *doctor, const cck_doctor_scope *scope, const cck_probe *probe,
                          cck_error *err)
{
    bool works = check_probe(doctor, scope, probe, err) == 0;
    note_whole(doctor, probe, works, err);
    if (probe->doctor)
        probe->doctor(scope->root, take, doctor);
    return works;
}

/* The probe of highest priority below `below`; negative ones are never chosen. */
static const cck_probe *next_best(const cck_probe *const *probes, int below)
{
    const cck_probe *best = NULL;
    for (; *probes; probes++)
        if ((*probes)->priority >= 0 && (*probes)->priority < below &&
            (!best || (*probes)->priority > best->priority))
            best = *probes;
    return best;
}

/* What `--backend auto` would take, and why not something better. */
static void examine_probes(cck_doctor *doctor, const cck_doctor_scope *scope)
{
    cck_check choice = {"auto", "stat", CCK_CHECK_NO, "", ""};
    const char *better = "", *chosen = NULL;
    for (const cck_probe *probe = next_best(scope->probes, INT_MAX); probe;
         probe = next_best(scope->probes, probe->priority)) {
        cck_error why = {0};
        bool works = examine_probe(doctor, scope, probe, &why);
        if (works && !chosen)
            chosen = probe->name;
        if (works || chosen || probe->observes_only) /* these count nothing */
            continue;
        better = cck_arena_printf(&doctor->arena, "%s%s%s: %s", better, *better ? "; " : "",
                                  probe->name, why.message);
        if (!better) {
            doctor->out_of_memory = true;
            return;
        }
        if (!*choice.enable)
            choice.enable = copy(doctor, why.hint);
    }
    choice.state = chosen ? CCK_CHECK_YES : CCK_CHECK_NO;
    choice.reason = chosen ? cck_arena_printf(&doctor->arena, "takes %s%s%s%s", chosen,
                                              *better ? " (" : "", better, *better ? ")" : "")
                           : cck_arena_printf(&doctor->arena, "no backend works here%s%s",
                                              *better ? ": " : "", better);
    take(doctor, &choice);
}

int cck_doctor_examine(cck_doctor **out_doctor, const cck_doctor_scope *scope, cck_error *err)
{
    cck_doctor *doctor = calloc(1, sizeof *doctor);
    if (!doctor)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    examine_probes(doctor, scope);
    cck_machine_examine(scope, take, doctor);
    if (scope->machine) {
        doctor->has_machine = true;
        if (!cck_machine_info_copy(&doctor->arena, &doctor->machine,
                                   cck_machine_get_info(scope->machine)))
            doctor->out_of_memory = true;
    }
    if (doctor->out_of_memory) {
        cck_doctor_free(doctor);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    *out_doctor = doctor;
    return 0;
}

int cck_doctor_run(cck_doctor **out_doctor, cck_error *err)
{
    cck_root root;
    int rc = cck_root_open(&root, "/", err);
    if (rc < 0)
        return rc;
    cck_error machine_error = {0};
    cck_machine *machine = NULL;
    /* A machine that cannot be modelled is a finding, not a failure of the doctor. */
    if (cck_machine_open(&machine, NULL, &machine_error) < 0)
        machine = NULL;
    const cck_doctor_scope scope = {&root, machine, &machine_error, cck_probes};
    rc = cck_doctor_examine(out_doctor, &scope, err);
    cck_machine_free(machine);
    cck_root_close(&root);
    return rc;
}

size_t cck_doctor_count(const cck_doctor *doctor)
{
    return doctor->count;
}

const cck_check *cck_doctor_get(const cck_doctor *doctor, size_t index)
{
    return index < doctor->count ? &doctor->checks[index] : NULL;
}

const cck_machine_info *cck_doctor_get_machine(const cck_doctor *doctor)
{
    return doctor->has_machine ? &doctor->machine : NULL;
}

void cck_doctor_free(cck_doctor *doctor)
{
    if (!doctor)
        return;
    cck_arena_clear(&doctor->arena);
    free(doctor->checks);
    free(doctor);
}
