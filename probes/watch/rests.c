/* SPDX-License-Identifier: MIT */
#include "probes/watch/rests.h"

void cck_rest_note(cck_rest_pulse *pulse, uint64_t now, uint64_t run_ns, uint64_t times)
{
    enum { LEAST_NS = 10000000, LEAP = 4 };
    bool first = !pulse->looked;
    if (!first && now < pulse->looked + LEAST_NS)
        return;
    double passed = (double)(now - pulse->looked);
    bool told = !first && run_ns >= pulse->run_ns && times >= pulse->times;
    if (told) {
        double rate = (double)(times - pulse->times) * 1e9 / passed;
        double busy = (double)(run_ns - pulse->run_ns) / passed;
        /* What is far more than before costs until it is believed: at once then. */
        pulse->rate += rate > LEAP * pulse->rate ? rate - pulse->rate : 0.3 * (rate - pulse->rate);
        pulse->busy += pulse->busy > 0 ? 0.3 * (busy - pulse->busy) : busy;
    }
    pulse->looked = now;
    pulse->run_ns = run_ns;
    pulse->times = times;
}

double cck_rest_cost(const cck_rest_pulse *pulse, double switch_ns)
{
    return pulse->rate * switch_ns * 1e-9;
}

/* The same for all: who shares a line must be watched at the same time. */
static unsigned turns_for(double cost, double allowed)
{
    unsigned turns = 1;
    while (turns < CCK_REST_MOST && cost > allowed * turns)
        turns *= 2;
    return turns;
}

void cck_rest_decide(cck_rest_pulse **pulses, size_t count, double switch_ns, double share)
{
    enum { TRIFLE = 16 };
    const double LEAST = 0.002; /* of a CPU: where hardly anybody runs, all costs look large */
    double cost = 0, run = 0;
    for (size_t i = 0; i < count; i++) {
        cost += cck_rest_cost(pulses[i], switch_ns);
        run += pulses[i]->busy;
    }
    double allowed = run * share;
    unsigned turns = turns_for(cost, allowed);
    for (size_t i = 0; i < count; i++) {
        double one = cck_rest_cost(pulses[i], switch_ns);
        bool trifle = one * TRIFLE <= allowed || one < LEAST;
        pulses[i]->turns = trifle ? 1 : turns;
    }
}

bool cck_rest_awake(const cck_rest_pulse *pulse, uint64_t look)
{
    return pulse->turns <= 1 || look / CCK_REST_LOOKS % pulse->turns == 0;
}
