/* SPDX-License-Identifier: MIT */
#include "core/sharing/locks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/number.h"
#include "core/finding/draft.h"

enum { LOCKS_MOST = 64, FRAMES_MOST = 24, LOOKS_LEAST = 5, WORD = 4, AGAIN = 2 };

/* By their code paths: a lock is what such a function sleeps for. Condition variables, joins and
 * semaphores sleep in futex(2), too, and are waited for on purpose. A "*" stands for the rest. */
static const struct {
    const char *function, *kind;
    bool parked; /* it sleeps at a word of the thread's own: the lock itself is not known */
} lockers[] = {
    {"pthread_mutex_lock", "mutex", false},
    {"pthread_mutex_timedlock", "mutex", false},
    {"pthread_mutex_clocklock", "mutex", false},
    {"pthread_mutex_cond_lock", "mutex", false},
    {"pthread_rwlock_rdlock", "read-write lock", false},
    {"pthread_rwlock_wrlock", "read-write lock", false},
    {"pthread_rwlock_timedrdlock", "read-write lock", false},
    {"pthread_rwlock_timedwrlock", "read-write lock", false},
    {"pthread_rwlock_clockrdlock", "read-write lock", false},
    {"pthread_rwlock_clockwrlock", "read-write lock", false},
    {"mtx_lock", "mutex", false},
    {"mtx_timedlock", "mutex", false},
    {"lock_contended", "mutex", false}, /* Rust: std::sys::...::futex::Mutex */
    {"read_contended", "read-write lock", false},
    {"write_contended", "read-write lock", false},
    {"lock_slow", "mutex", true}, /* Rust: parking_lot::raw_mutex::RawMutex */
    {"lock_shared_slow", "read-write lock", true},
    {"lock_exclusive_slow", "read-write lock", true},
    {"lock_upgradable_slow", "read-write lock", true},
    {"lock_common", "read-write lock", true},
    {"LockSlow*", "mutex", false}, /* absl::Mutex */
    {NULL, NULL, false},
};

/* Who waits: one thread at one lock, all its calls together. */
typedef struct lock_waiter {
    uint32_t thread, path;
    uint64_t looks, most, all_looks; /* `most`: by the call whose path that is */
    uint64_t times;                  /* that it went to sleep */
    double rate;
} lock_waiter;

typedef struct contended {
    int32_t pid;
    uint64_t address;
    uint32_t object, holder;
    cck_code holder_code;
    const char *kind;
    bool parked;
    lock_waiter waiters[CCK_DRAFT_FIELDS / 4];
    size_t waiter_count;
    uint64_t looks;
    double cost;
    bool once; /* each waited a single time: until the program was set up, or all had come */
} contended;

/* ---- which wait is for a lock ---- */

static const char *bare_name(const char *function)
{
    const char *name = function;
    for (const char *at = function; *at && *at != '<' && *at != '('; at++)
        if (at[0] == ':' && at[1] == ':')
            name = at + 2;
    return name + strspn(name, "_");
}

static int locker_of(const char *function)
{
    const char *name = bare_name(function);
    for (int i = 0; lockers[i].function; i++) {
        size_t length = strcspn(lockers[i].function, "*");
        bool open = lockers[i].function[length] == '*';
        if (strncmp(name, lockers[i].function, length) == 0 &&
            (open || !name[length] || name[length] == '<' || name[length] == '@'))
            return i;
    }
    return -1;
}

/* On the call path, which is `*path` from there on. */
static int find_locker(cck_code_names *names, uint32_t *path)
{
    const cck_observed *observed = names->observed;
    for (int depth = 0; *path < observed->path_count && depth < FRAMES_MOST; depth++) {
        cck_code call = observed->paths[*path].call;
        cck_debug_module *module = cck_code_module(names, call.module);
        const cck_frame *frames;
        size_t count =
            module ? cck_debug_frames(module, cck_code_offset(names, call.module, call.address),
                                      &frames)
                   : 0;
        for (size_t i = 0; i < count; i++) {
            int locker = locker_of(frames[i].function);
            if (locker >= 0)
                return locker;
        }
        *path = observed->paths[*path].parent;
    }
    return -1;
}

/* ---- what is waited for ---- */

static void add_waiter(contended *lock, const cck_lock_wait *wait, uint32_t path)
{
    lock_waiter *waiter = NULL;
    for (size_t i = 0; i < lock->waiter_count && !waiter; i++)
        if (lock->waiters[i].thread == wait->thread)
            waiter = &lock->waiters[i];
    if (!waiter && lock->waiter_count < sizeof lock->waiters / sizeof *lock->waiters) {
        waiter = &lock->waiters[lock->waiter_count++];
        *waiter = (lock_waiter){.thread = wait->thread, .all_looks = wait->all_looks};
    }
    if (!waiter)
        return;
    waiter->looks += wait->looks;
    waiter->times += wait->times;
    waiter->rate = wait->rate < 0 || waiter->rate < 0 ? -1 : waiter->rate + wait->rate;
    if (wait->looks > waiter->most) {
        waiter->most = wait->looks;
        waiter->path = path;
    }
    lock->looks += wait->looks;
    if (wait->holder != CCK_NONE) {
        lock->holder = wait->holder;
        lock->holder_code = wait->holder_code;
    }
}

/* Where the lock itself is not known, those who ask for it in the same place wait for one. */
static contended *lock_of(contended *locks, size_t *count, const cck_observed *observed,
                          const cck_lock_wait *wait, int locker, uint32_t path)
{
    uint32_t caller = observed->paths[path].parent;
    uint64_t address = !lockers[locker].parked         ? wait->address
                       : caller < observed->path_count ? observed->paths[caller].call.address
                                                       : 0;
    for (size_t i = 0; i < *count; i++)
        if (locks[i].pid == wait->pid && locks[i].address == address)
            return &locks[i];
    if (*count == LOCKS_MOST)
        return NULL;
    contended *lock = &locks[(*count)++];
    *lock = (contended){.pid = wait->pid,
                        .address = address,
                        .object = lockers[locker].parked ? CCK_NONE : wait->object,
                        .holder = CCK_NONE,
                        .holder_code = {.module = CCK_NONE},
                        .kind = lockers[locker].kind,
                        .parked = lockers[locker].parked};
    return lock;
}

/* Who waited once fights with nobody, beside those that came back. */
static void drop_passers(contended *lock)
{
    size_t kept = 0;
    lock->once = true;
    for (size_t i = 0; i < lock->waiter_count; i++)
        lock->once &= lock->waiters[i].times < AGAIN;
    for (size_t i = 0; i < lock->waiter_count && !lock->once; i++) {
        if (lock->waiters[i].times >= AGAIN)
            lock->waiters[kept++] = lock->waiters[i];
        else
            lock->looks -= lock->waiters[i].looks;
    }
    lock->waiter_count = lock->once ? lock->waiter_count : kept;
}

static size_t find_locks(cck_code_names *names, contended *locks)
{
    const cck_observed *observed = names->observed;
    size_t count = 0;
    for (size_t i = 0; i < observed->wait_count; i++) {
        const cck_lock_wait *wait = &observed->waits[i];
        uint32_t path = wait->path;
        int locker = find_locker(names, &path);
        contended *lock = locker >= 0 ? lock_of(locks, &count, observed, wait, locker, path) : NULL;
        if (lock)
            add_waiter(lock, wait, path);
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t all = 0;
        drop_passers(&locks[i]);
        for (size_t j = 0; j < locks[i].waiter_count; j++)
            all += locks[i].waiters[j].all_looks;
        locks[i].cost = all ? (double)locks[i].looks / (double)all : 0;
    }
    return count;
}

/* ---- the finding ---- */

static const char *keep(cck_object_names *names, const char *text)
{
    names->code.failed |= !text;
    return text ? text : "";
}

static cck_field_use use_of(cck_object_names *names, const cck_place_part *part, uint32_t thread,
                            cck_location location)
{
    const cck_observed_thread *who = &names->code.observed->threads[thread];
    return (cck_field_use){.name = part->name,
                           .type = part->type,
                           .offset = part->offset,
                           .size = part->size,
                           .tid = who->tid,
                           .thread = cck_code_keep(&names->code, who->name),
                           .reads = true,
                           .writes = true,
                           .location = location};
}

static void add_users(cck_finding *finding, cck_object_names *names, const contended *lock,
                      const cck_place_part *part)
{
    const cck_observed *observed = names->code.observed;
    size_t most = lock->waiter_count + 1;
    cck_field_use *fields = cck_arena_array(names->code.arena, most, sizeof *fields);
    cck_location *locations = cck_arena_array(names->code.arena, most, sizeof *locations);
    if (!fields || !locations) {
        names->code.failed = true;
        return;
    }
    for (size_t i = 0; i < lock->waiter_count; i++) {
        const lock_waiter *waiter = &lock->waiters[i];
        cck_location where = cck_code_users(&names->code, observed->paths[waiter->path].call,
                                            observed->paths[waiter->path].parent, "waits");
        fields[finding->field_count++] = use_of(names, part, waiter->thread, where);
        locations[finding->location_count++] = where;
    }
    if (lock->holder < observed->thread_count) {
        cck_location where = {.file = "", .function = "", .module = "", .role = "holds"};
        if (lock->holder_code.address)
            where = cck_code_location(&names->code, lock->holder_code, "holds");
        where.role = "holds";
        fields[finding->field_count++] = use_of(names, part, lock->holder, where);
    }
    finding->fields = fields;
    finding->locations = locations;
}

/* "about 37 % of the time of the two threads: asleep until it was free" */
static cck_finding_evidence evidence_of(cck_object_names *names, const contended *lock)
{
    char percent[CCK_NUMBER_SIZE];
    double rate = 0;
    for (size_t i = 0; i < lock->waiter_count; i++)
        rate = rate < 0 || lock->waiters[i].rate < 0 ? -1 : rate + lock->waiters[i].rate;
    cck_number_percent(percent, 100 * lock->cost);
    const char *text = cck_arena_printf(
        names->code.arena, "about %s %% of the time of %s: asleep until it was free", percent,
        lock->waiter_count == 1   ? "the thread that waits"
        : lock->waiter_count == 2 ? "the two threads"
                                  : "these threads");
    return (cck_finding_evidence){.grade = CCK_WATCHED,
                                  .samples = lock->looks,
                                  .rate = rate,
                                  .low = rate,
                                  .high = rate,
                                  .potential = -1,
                                  .cost = lock->cost,
                                  .cost_text = keep(names, text)};
}

static const char *title_of(cck_object_names *names, const contended *lock, const cck_place *place,
                            const cck_place_part *part)
{
    cck_arena *arena = names->code.arena;
    size_t count = lock->waiter_count;
    const char *named = place ? cck_place_label(place, &names->code) : "";
    if (!place)
        named = cck_arena_printf(arena, "a %s", lock->kind);
    else if (*part->name && !place->object.stride)
        named = cck_arena_printf(arena, "%s `%s` of %s", lock->kind, part->name, named);
    else
        named = cck_arena_printf(arena, "%s%s%s", lock->kind, *named == '`' ? " " : " in ", named);
    const char *title = named ? cck_arena_printf(arena, "%s is held while %zu thread%s for it",
                                                 named, count, count == 1 ? " waits" : "s wait")
                              : NULL;
    return keep(names, title);
}

static const char *id_of(cck_object_names *names, const cck_finding *finding)
{
    const char *parts[] = {finding->rule,
                           finding->object.kind,
                           finding->object.name,
                           finding->object.type,
                           finding->field_count ? finding->fields[0].name : "",
                           finding->location_count ? finding->locations[0].function : ""};
    uint64_t sum = 0xcbf29ce484222325u; /* FNV-1a, as ids of other findings */
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        for (const char *at = parts[i]; *at; at++)
            sum = (sum ^ (unsigned char)*at) * 0x100000001b3u;
        sum = (sum ^ 0xff) * 0x100000001b3u;
    }
    return keep(names, cck_arena_printf(names->code.arena, "%016" PRIx64, sum));
}

static void add_notes(cck_finding *finding, cck_object_names *names, const contended *lock)
{
    const char **notes = cck_arena_array(names->code.arena, 2, sizeof *notes);
    if (!notes) {
        names->code.failed = true;
        return;
    }
    finding->notes = notes;
    if (lock->once)
        notes[finding->note_count++] = "each thread waited for it once: for the program to be set up, "
                                       "or for one long turn";
    if (lock->parked)
        notes[finding->note_count++] = "threads are parked at words of their own: which lock it is "
                                       "is known by the code only";
    else if (lock->holder == CCK_NONE)
        notes[finding->note_count++] = "who holds it is not in its memory: look at what else takes "
                                       "it";
}

static cck_finding make(cck_object_names *names, const contended *lock)
{
    uint32_t objects[] = {lock->object};
    cck_line line = {.pid = lock->pid,
                     .address = lock->address & ~(uint64_t)63,
                     .size = 64,
                     .objects = objects,
                     .object_count = lock->object != CCK_NONE};
    cck_place place = {.object = {.kind = "unknown", .name = "", .type = "", .type_from = ""}};
    cck_place_part part = {.name = "", .bare = "", .type = "", .file = ""};
    if (!lock->parked) {
        place = cck_object_place(names, &line, lock->address);
        part = cck_object_part(names, &place, lock->address, WORD);
    }
    cck_finding finding = {
        .rule = "contended-lock",
        .severity = lock->once ? CCK_SEVERITY_LOW : cck_severity_of_cost(lock->cost),
        .title = title_of(names, lock, lock->parked ? NULL : &place, &part),
        .evidence = evidence_of(names, lock),
        .object = place.object,
        .suggestion = {.text =
                           "hold it for less, split what it protects among several, or let each "
                           "thread work on its own and join the results",
                       .cost_of = "",
                       .code = "",
                       .patch = ""},
        .verify = "",
    };
    add_users(&finding, names, lock, &part);
    add_notes(&finding, names, lock);
    finding.id = id_of(names, &finding);
    return finding;
}

/* ---- all of them ---- */

static int by_cost(const void *a, const void *b)
{
    const contended *one = a, *other = b;
    if (one->cost != other->cost)
        return one->cost > other->cost ? -1 : 1;
    return (one->address > other->address) - (one->address < other->address);
}

/* Behind findings as bad: of these more is known. */
static bool put(cck_result *result, const cck_finding *finding)
{
    size_t count = result->finding_count, at = count;
    cck_finding *grown = cck_arena_array(result->arena, count + 1, sizeof *grown);
    if (!grown)
        return false;
    while (at && result->findings[at - 1].severity < finding->severity)
        at--;
    memcpy(grown, result->findings, at * sizeof *grown);
    grown[at] = *finding;
    memcpy(grown + at + 1, result->findings + at, (count - at) * sizeof *grown);
    result->findings = grown;
    result->finding_count++;
    return true;
}

int cck_locks_judge(cck_result *result, cck_object_names *names, const cck_sharing_rules *rules,
                    cck_error *err)
{
    if (!names->code.observed->wait_count)
        return 0;
    contended *locks = calloc(LOCKS_MOST, sizeof *locks);
    if (!locks)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    size_t count = find_locks(&names->code, locks);
    bool good = true;
    qsort(locks, count, sizeof *locks, by_cost);
    for (size_t i = 0; i < count && good; i++) {
        if (locks[i].looks < LOOKS_LEAST || locks[i].cost < rules->limits.cost)
            continue;
        cck_finding finding = make(names, &locks[i]);
        if (finding.severity >= rules->least && result->finding_count < rules->top)
            good = put(result, &finding);
        else
            result->findings_left_out++;
    }
    free(locks);
    return good && !names->code.failed ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}
