/* SPDX-License-Identifier: MIT */
/* Numbers of two machines, two backends or two programs say nothing about a change. */
#include <string.h>

#include "core/diff/parts.h"

enum { REMARKS_MOST = 24 };

typedef struct remarks {
    cck_arena *arena;
    const char **texts;
    size_t count;
    bool failed;
} remarks;

static void add(remarks *to, const char *text)
{
    if (!text)
        to->failed = true;
    else if (to->count < REMARKS_MOST)
        to->texts[to->count++] = text;
}

static void differ(remarks *to, const char *what, const char *before, const char *after)
{
    if (strcmp(before, after) != 0)
        add(to, cck_arena_printf(to->arena, "%s: %s before, %s after", what,
                                 *before ? before : "unknown", *after ? after : "unknown"));
}

static void differ_in_number(remarks *to, const char *what, unsigned before, unsigned after)
{
    if (before != after)
        add(to, cck_arena_printf(to->arena, "%s: %u before, %u after", what, before, after));
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool same_arguments(const cck_target_info *a, const cck_target_info *b)
{
    if (a->argc != b->argc)
        return false;
    for (size_t i = 1; i < a->argc; i++)
        if (strcmp(a->argv[i], b->argv[i]) != 0)
            return false;
    return true;
}

static void compare_programs(remarks *to, const cck_target_info *before,
                             const cck_target_info *after)
{
    if (!before->argc || !after->argc) { /* attached, or a layout audit: nothing was started */
        if (!before->argc != !after->argc)
            add(to, cck_arena_strdup(to->arena, "one was started by cachecheck, the other ran "
                                                "already"));
        return;
    }
    differ(to, "another program", base_name(before->argv[0]), base_name(after->argv[0]));
    if (!same_arguments(before, after))
        add(to, cck_arena_strdup(to->arena, "other arguments of the program"));
}

static const char *end_text(cck_arena *arena, const cck_target_info *target, bool *failed)
{
    char *text = !target->exited  ? cck_arena_strdup(arena, "still ran")
                 : target->signal ? cck_arena_printf(arena, "killed by signal %d", target->signal)
                                  : cck_arena_printf(arena, "status %d", target->exit_code);
    *failed |= !text;
    return text ? text : "";
}

/* A program that fell over did less work: that is no gain. */
static void compare_ends(remarks *to, const cck_result *before, const cck_result *after)
{
    if (!before->target.argc || !after->target.argc)
        return;
    differ(to, "the program ended otherwise", end_text(to->arena, &before->target, &to->failed),
           end_text(to->arena, &after->target, &to->failed));
    if (before->target.interrupted != after->target.interrupted)
        add(to, cck_arena_printf(to->arena, "the run %s was interrupted",
                                 before->target.interrupted ? "before" : "after"));
}

static void compare_machines(remarks *to, const cck_machine_info *a, const cck_machine_info *b)
{
    differ(to, "another machine, CPU", a->cpu_model, b->cpu_model);
    differ(to, "another machine, architecture", a->arch, b->arch);
    differ(to, "another machine, hypervisor", a->hypervisor, b->hypervisor);
    differ_in_number(to, "another machine, CPUs", a->pus, b->pus);
    differ_in_number(to, "another machine, NUMA nodes", a->nodes, b->nodes);
    differ_in_number(to, "other CPUs allowed", a->allowed_pus, b->allowed_pus);
}

/* A static audit looks at no machine; what it found depends on the line size alone. */
static void compare_sources(remarks *to, const cck_result *before, const cck_result *after)
{
    bool is_static = before->source.evidence == CCK_STATIC && after->source.evidence == CCK_STATIC;
    differ(to, "another command", before->command, after->command);
    differ(to, "another backend", before->source.backend, after->source.backend);
    differ(to, "another model", before->source.model, after->source.model);
    if (is_static)
        differ_in_number(to, "another line size", before->machine.line_size,
                         after->machine.line_size);
    else if (before->source.evidence != CCK_SIMULATED || after->source.evidence != CCK_SIMULATED)
        compare_machines(to, &before->machine, &after->machine);
}

bool cck_diff_find_obstacles(cck_diff *diff, bool other_program)
{
    const cck_result *before = diff->before, *after = diff->after;
    cck_arena *arena = diff->arena;
    remarks obstacles = {.arena = arena}, notes = {.arena = arena};
    obstacles.texts = cck_arena_array(arena, REMARKS_MOST, sizeof *obstacles.texts);
    notes.texts = cck_arena_array(arena, REMARKS_MOST, sizeof *notes.texts);
    if (!obstacles.texts || !notes.texts)
        return false;
    compare_sources(&obstacles, before, after);
    if (!other_program)
        compare_programs(&obstacles, &before->target, &after->target);
    compare_ends(&obstacles, before, after);
    differ(&notes, "kernel", before->machine.kernel, after->machine.kernel);
    differ(&notes, "container", before->machine.container, after->machine.container);
    differ(&notes, "cachecheck", before->version, after->version);
    if (before->findings_left_out || after->findings_left_out)
        add(&notes, cck_arena_strdup(arena, "a result left findings out: what is called new or "
                                            "resolved may be among them"));
    diff->obstacles = obstacles.texts;
    diff->obstacle_count = obstacles.count;
    diff->notes = notes.texts;
    diff->note_count = notes.count;
    return !obstacles.failed && !notes.failed;
}
