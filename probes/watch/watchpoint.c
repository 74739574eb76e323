/* SPDX-License-Identifier: MIT */
#include "probes/watch/watchpoint.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "probes/watch/sampler_event.h"

/* {count, ns running}, as the layout's read_format has it. */
static bool read_counts(const cck_watchpoint *watchpoint, uint64_t counts[2])
{
    return read(watchpoint->fd, counts, 2 * sizeof *counts) == (ssize_t)(2 * sizeof *counts);
}

static int refused(int os_error, cck_error *err)
{
    switch (os_error) {
    case ENOSPC:
    case EBUSY:
        cck_fail_os(err, CCK_EBUSY, os_error, "no debug register of the thread is free");
        cck_hint(err, "a debugger or another watcher holds them: end it");
        return CCK_EBUSY;
    case ESRCH:
        return cck_fail_os(err, CCK_EGONE, os_error, "the thread has ended");
    case EINVAL:
        return cck_fail_os(err, CCK_EINVALID, os_error, "the address cannot be watched");
    case ENOENT:
    case ENODEV:
    case EOPNOTSUPP:
        cck_fail_os(err, CCK_EUNSUPPORTED, os_error, "this machine has no watchpoints");
        cck_hint(err, "its kernel needs CONFIG_HAVE_HW_BREAKPOINT, and a hypervisor must pass "
                      "debug registers through");
        return CCK_EUNSUPPORTED;
    default:
        return cck_fail_os(err, cck_code_of_errno(os_error), os_error, "cannot set a watchpoint");
    }
}

void cck_watchpoint_close(cck_watchpoint *watchpoint)
{
    if (watchpoint->fd >= 0)
        close(watchpoint->fd);
    *watchpoint = CCK_WATCHPOINT_CLOSED;
}

static int open_at(cck_watchpoint *watchpoint, const cck_watchpoint_place *place, uint64_t word,
                   cck_watch_kind kind, cck_error *err)
{
    struct perf_event_attr attr = cck_sampler_word_event(word, kind);
    int fd = place->calls->open(&attr, place->tid, -1);
    if (fd < 0 && errno == EMFILE && place->calls->raise_files())
        fd = place->calls->open(&attr, place->tid, -1);
    if (fd < 0)
        return refused(errno, err);
    uint64_t id = 0;
    if (ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, place->output) != 0 ||
        ioctl(fd, PERF_EVENT_IOC_ID, &id) != 0) {
        int os_error = errno;
        close(fd);
        return refused(os_error, err);
    }
    *watchpoint = (cck_watchpoint){.fd = fd, .id = id};
    return 0;
}

/* The kernel wants all but the breakpoint's own fields as they were. */
static bool move(const cck_watchpoint *watchpoint, uint64_t word, cck_watch_kind kind)
{
    struct perf_event_attr attr = cck_sampler_word_event(word, kind);
    return ioctl(watchpoint->fd, PERF_EVENT_IOC_MODIFY_ATTRIBUTES, &attr) == 0;
}

/*
 * event_limit only grows: one that was armed for more hits than are wanted now is opened
 * anew, and so is one that has reached its limit where the kernel leaves it stopped for
 * good (from 6.16 on: hw_breakpoint_add() does not clear the state that the limit set).
 */
static bool can_move(const cck_watchpoint *watchpoint, bool rearms, uint32_t hits)
{
    return watchpoint->fd >= 0 && watchpoint->left <= hits && (rearms || !watchpoint->spent);
}

void cck_watchpoint_silence(cck_watchpoint *watchpoint)
{
    uint64_t counts[2];
    if (!watchpoint->armed)
        return;
    watchpoint->armed = false;
    if (ioctl(watchpoint->fd, PERF_EVENT_IOC_DISABLE, 0) != 0 || !read_counts(watchpoint, counts)) {
        cck_watchpoint_close(watchpoint); /* nothing is known of it any more */
        return;
    }
    /* By its count, not by its records, of which some may be lost: an event whose limit
     * is 0 fires without any. */
    uint64_t hits = counts[0] - watchpoint->base;
    watchpoint->left = hits < watchpoint->left ? watchpoint->left - (uint32_t)hits : 0;
    watchpoint->spent = watchpoint->left == 0;
}

int cck_watchpoint_arm(cck_watchpoint *watchpoint, const cck_watchpoint_place *place, uint64_t word,
                       cck_watch_kind kind, uint32_t hits, cck_error *err)
{
    uint64_t counts[2];
    cck_watchpoint_silence(watchpoint);
    bool there = watchpoint->word == word && watchpoint->kind == kind;
    if (!can_move(watchpoint, place->rearms, hits) || (!there && !move(watchpoint, word, kind))) {
        cck_watchpoint_close(watchpoint);
        int code = open_at(watchpoint, place, word, kind, err);
        if (code < 0)
            return code;
    }
    watchpoint->word = word;
    watchpoint->kind = kind;
    if (!read_counts(watchpoint, counts) ||
        ioctl(watchpoint->fd, PERF_EVENT_IOC_REFRESH, (int)(hits - watchpoint->left)) != 0) {
        int os_error = errno;
        cck_watchpoint_close(watchpoint);
        return refused(os_error, err);
    }
    watchpoint->base = watchpoint->count = counts[0];
    watchpoint->running = counts[1];
    watchpoint->left = hits;
    watchpoint->spent = false;
    watchpoint->armed = true;
    return 0;
}

uint64_t cck_watchpoint_exposure(const cck_watchpoint *watchpoint)
{
    uint64_t counts[2];
    if (watchpoint->fd < 0 || watchpoint->spent || !read_counts(watchpoint, counts))
        return 0;
    if (watchpoint->armed && counts[0] - watchpoint->base >= watchpoint->left)
        return 0; /* spent, though nobody has noticed yet */
    /* Hits that nobody has read yet: since the last of them is not known. */
    if (counts[0] != watchpoint->count || counts[1] < watchpoint->running)
        return 0;
    return counts[1] - watchpoint->running;
}
