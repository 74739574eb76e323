/* SPDX-License-Identifier: MIT */
#include "probes/counters/calibrate.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/fail.h"

enum { ROUNDS = 100000, MOST_PER_ROUND = 1000 };

/* The barrier keeps each round; a round is at least one instruction on every machine. */
static void live_work(uint64_t rounds)
{
    for (uint64_t i = 0; i < rounds; i++)
        __asm__ volatile("" : "+r"(i));
}

static int live_read(int fd, uint64_t values[3])
{
    return read(fd, values, 3 * sizeof *values) == (ssize_t)(3 * sizeof *values) ? 0 : -1;
}

const cck_calibration cck_calibration_live = {&cck_perf_kernel, live_work, live_read};

static struct perf_event_attr instructions(void)
{
    return (struct perf_event_attr){
        .size = sizeof(struct perf_event_attr),
        .type = PERF_TYPE_HARDWARE,
        .config = PERF_COUNT_HW_INSTRUCTIONS,
        .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
    };
}

static int no_pmu(const cck_error *reason, cck_error *err)
{
    if (reason->code != CCK_ENOTFOUND && reason->code != CCK_EUNSUPPORTED)
        return cck_error_move(err, reason);
    cck_fail(err, CCK_EUNSUPPORTED, "no PMU on this machine (the kernel knows no `instructions`)");
    cck_hint(err, "in a virtual machine its owner must pass the PMU through (QEMU: -cpu "
                  "host,pmu=on; cloud: a bare-metal size); cachecheck simulates meanwhile");
    return CCK_EUNSUPPORTED;
}

static int judge(const uint64_t values[3], cck_error *err)
{
    if (values[1] > 0 && values[2] == 0) {
        cck_fail(err, CCK_EBUSY, "the PMU's counters are all taken: `instructions` never ran");
        cck_hint(err, "end other profilers; echo 0 | sudo tee /proc/sys/kernel/nmi_watchdog "
                      "frees one counter");
        return CCK_EBUSY;
    }
    if (values[0] >= ROUNDS && values[0] / ROUNDS <= MOST_PER_ROUND)
        return 0;
    if (values[0] == 0)
        cck_fail(err, CCK_EUNSUPPORTED, "the PMU is not real: `instructions` opens and reads 0");
    else
        cck_fail(err, CCK_EUNSUPPORTED,
                 "the PMU cannot be believed: %llu instructions in a loop of at least %d",
                 (unsigned long long)values[0], ROUNDS);
    cck_hint(err, "the hypervisor shows a PMU that it does not run: have it enabled (QEMU: "
                  "-cpu host,pmu=on), or let cachecheck simulate");
    return CCK_EUNSUPPORTED;
}

static bool can_sample(const cck_calibration *calibration)
{
    struct perf_event_attr attr = instructions();
    attr.disabled = 1;
    attr.sample_period = 1000000;
    attr.exclude_kernel = 1;
    attr.exclude_hv = 1;
    int fd = calibration->calls->open(&attr, 0, -1);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

int cck_calibrate(const cck_calibration *calibration, const cck_root *root, int sampling,
                  cck_pmu_tier *out_tier, cck_error *err)
{
    struct perf_event_attr attr = instructions();
    cck_error reason = {0};
    uint64_t values[3] = {0};
    *out_tier = CCK_PMU_NONE;
    int fd = cck_perf_open(calibration->calls, root, &attr, 0, -1, &reason);
    if (fd < 0)
        return no_pmu(&reason, err);
    calibration->work(ROUNDS);
    int code = calibration->read(fd, values);
    close(fd);
    if (code != 0)
        return cck_fail(err, CCK_EIO, "cannot read a counter");
    code = judge(values, err);
    if (code < 0) {
        *out_tier = CCK_PMU_FROZEN;
        return code;
    }
    *out_tier = sampling && can_sample(calibration) ? CCK_PMU_FULL : CCK_PMU_COUNTS;
    return 0;
}
