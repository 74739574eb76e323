/* SPDX-License-Identifier: MIT */
#include "core/sharing/line_verdict.h"

enum {
    MASK_WORDS = 4,
    SIDES_MOST = 64, /* that are compared: as many as there are modelled cores in use */
    UNRESOLVED = 4   /* times the rate: where the interval reaches further, it is a lower bound */
};

const cck_line_limits cck_line_default_limits = {
    .rate = 4000,
    .transfers = 100,
    .cost = 0.01,
    .cost_of_run = 0.001,
    .other_class = 0.2,
    .crossed = 0.05,
    .met = 0.1,
    .alike = 0.75,
    .outrun = 100000,
    .outrun_plain = 20000,
};

/* A third of the time is why a program does not scale; a tenth shows in every benchmark; below
 * three hundredths it takes care to measure it. */
static const struct {
    double cost;
    cck_severity severity;
} severities[] = {
    {0.30, CCK_SEVERITY_CRITICAL},
    {0.10, CCK_SEVERITY_HIGH},
    {0.03, CCK_SEVERITY_MEDIUM},
    {0, CCK_SEVERITY_LOW},
};

cck_severity cck_severity_of_cost(double cost)
{
    for (size_t i = 0; i < sizeof severities / sizeof *severities; i++)
        if (cost >= severities[i].cost)
            return severities[i].severity;
    return CCK_SEVERITY_LOW; /* unknown */
}

uint64_t cck_observed_cycles(const cck_observed *observed)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < observed->thread_count; i++)
        sum += observed->threads[i].cycles;
    return sum;
}

/* ---- bytes ---- */

static bool any(const uint64_t *mask)
{
    return mask[0] | mask[1] | mask[2] | mask[3];
}

/* Bytes that one writes and the other reads or writes. */
static bool meets(const cck_line_side *writer, const cck_line_side *other)
{
    for (int i = 0; i < MASK_WORDS; i++)
        if (writer->written[i] & (other->read[i] | other->written[i]))
            return true;
    return false;
}

static bool apart(const cck_line_side *a, const cck_line_side *b)
{
    return (any(a->written) || any(b->written)) && !meets(a, b) && !meets(b, a);
}

/* A writes X and reads Y, B writes Y and reads X: head and tail of a ring. */
static bool read_each_other(const cck_line_side *a, const cck_line_side *b)
{
    bool reads_b = false, reads_a = false, both_write = false;
    for (int i = 0; i < MASK_WORDS; i++) {
        reads_b |= (a->read[i] & b->written[i]) != 0;
        reads_a |= (b->read[i] & a->written[i]) != 0;
        both_write |= (a->written[i] & b->written[i]) != 0;
    }
    return reads_a && reads_b && !both_write;
}

static void add_met(const cck_line_side *a, const cck_line_side *b, uint64_t *met)
{
    for (int i = 0; i < MASK_WORDS; i++)
        met[i] |= (a->written[i] & (b->read[i] | b->written[i])) |
                  (b->written[i] & (a->read[i] | a->written[i]));
}

static bool read_beside(const cck_line_side *a, const cck_line_side *b, const uint64_t *written)
{
    for (int i = 0; i < MASK_WORDS; i++)
        if (a->read[i] & b->read[i] & ~written[i])
            return true;
    return false;
}

/* Of the bytes that either uses, and somebody writes, those that both use. What is only read lies
 * beside, whoever it is that reads it; and where only one of them was watched, nobody knows. */
static double likeness(const cck_line_side *a, const cck_line_side *b, const uint64_t *written)
{
    int both = 0, either = 0;
    bool watched = any(a->watched) && any(b->watched);
    for (int i = 0; i < MASK_WORDS; i++) {
        uint64_t one = a->read[i] | a->written[i], other = b->read[i] | b->written[i];
        uint64_t counts = written[i] & (watched ? a->watched[i] & b->watched[i] : ~UINT64_C(0));
        both += __builtin_popcountll(one & other & counts);
        either += __builtin_popcountll((one | other) & counts);
    }
    return either ? (double)both / either : 1;
}

/* ---- what is usual ---- */

static void add_bytes(uint64_t *mask, const cck_line_use *use)
{
    for (unsigned at = use->offset; at < (unsigned)use->offset + use->size && at < 256; at++)
        mask[at / 64] |= UINT64_C(1) << at % 64;
}

/* Of the bytes in `mask` those that the side comes to once in a hundred accesses or oftener. Where
 * some instruction used other bytes than those it is known by, which are whose cannot be told, and
 * all stay. */
static void keep_usual(const cck_line *line, const cck_line_side *side, bool writes, uint64_t *mask)
{
    uint64_t known[MASK_WORDS] = {0}, usual[MASK_WORDS] = {0};
    for (size_t i = 0; i < line->use_count; i++) {
        const cck_line_use *use = &line->uses[i];
        if (use->thread != side->thread || !(writes ? use->writes : use->reads))
            continue;
        add_bytes(known, use);
        uint64_t times = use->accesses > use->misses ? use->accesses : use->misses;
        if (times * 100 >= side->accesses)
            add_bytes(usual, use);
    }
    for (int i = 0; i < MASK_WORDS; i++)
        if (mask[i] & ~known[i])
            return;
    for (int i = 0; i < MASK_WORDS; i++)
        mask[i] &= usual[i];
}

/* A side without what it does seldom: neither a flag that ends a loop nor a look at the other's
 * count when all is done is why two threads fight over a line. */
static cck_line_side usual_side(const cck_line *line, const cck_line_side *side)
{
    cck_line_side copy = *side;
    keep_usual(line, side, true, copy.written);
    keep_usual(line, side, false, copy.read);
    return copy;
}

/* ---- what the sides add up to ---- */

typedef struct line_sums {
    uint64_t true_sharing, false_sharing, all, atomics;
    bool apart;               /* two of them never meet */
    bool beside;              /* two of them read bytes that nobody writes */
    double alike;             /* the least likeness of two of them; 1 of a single one */
    uint64_t met[MASK_WORDS]; /* bytes that one writes and another uses */
} line_sums;

static uint64_t transfers_of(const cck_line_side *side)
{
    return side->true_sharing + side->false_sharing + side->upgrades;
}

/* Nobody counts transfers, but who reads the sums once, when the others are done, is hit in one
 * window and seldom. */
static bool takes_part_sampled(const cck_line *line, const cck_line_side *side)
{
    uint64_t windows = 0, accesses = 0;
    for (size_t i = 0; i < line->side_count; i++) {
        windows = line->sides[i].windows > windows ? line->sides[i].windows : windows;
        accesses = line->sides[i].accesses > accesses ? line->sides[i].accesses : accesses;
    }
    return side->accesses && side->accesses * 10 >= accesses && (side->windows > 1 || windows < 3);
}

/* The PMU samples loads and stores at rates of their own: who only writes is sampled seldom. */
static bool takes_part_measured(const cck_line *line, const cck_line_side *side)
{
    uint64_t windows = 0, accesses = 0;
    for (size_t i = 0; i < line->side_count; i++) {
        windows = line->sides[i].windows > windows ? line->sides[i].windows : windows;
        accesses = line->sides[i].accesses > accesses ? line->sides[i].accesses : accesses;
    }
    return side->accesses && side->accesses * 100 >= accesses && (side->windows > 1 || windows < 3);
}

/* One transfer in a hundred: who looks at a line once has no part in the fight either. */
bool cck_line_takes_part(const cck_line *line, const cck_line_side *side)
{
    if (line->measured)
        return takes_part_measured(line, side);
    if (line->windows)
        return takes_part_sampled(line, side);
    return side->accesses && transfers_of(side) * 100 >= line->transfers;
}

static void add_side(const cck_observed *observed, const cck_line_side *side,
                     cck_line_verdict *verdict, line_sums *sums)
{
    /* A miss that was essential after all brought new bytes: Dubois et al., ISCA 1993. */
    uint64_t essential =
        side->essential < side->false_sharing ? side->essential : side->false_sharing;
    sums->true_sharing += side->true_sharing + essential;
    sums->false_sharing += side->false_sharing - essential;
    sums->all += observed->sampled ? side->accesses : transfers_of(side);
    sums->atomics += side->atomics;
    verdict->stalled += side->stalled;
    verdict->elsewhere += side->elsewhere;
    if (side->potential >= 0)
        verdict->potential = (verdict->potential < 0 ? 0 : verdict->potential) + side->potential;
    if (side->thread < observed->thread_count)
        verdict->cycles += observed->threads[side->thread].cycles;
}

/* Every two that take part. Of samples there are too few to tell what is rare. */
static void compare_sides(const cck_line *line, cck_line_verdict *verdict, line_sums *sums)
{
    cck_line_side parts[SIDES_MOST];
    uint64_t written[MASK_WORDS] = {0};
    size_t count = 0;
    for (size_t i = 0; i < line->side_count && count < SIDES_MOST; i++)
        if (cck_line_takes_part(line, &line->sides[i]))
            parts[count++] = line->windows ? line->sides[i] : usual_side(line, &line->sides[i]);
    for (size_t i = 0; i < count; i++)
        for (int j = 0; j < MASK_WORDS; j++)
            written[j] |= parts[i].written[j];
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            sums->apart |= apart(&parts[i], &parts[j]);
            verdict->read_each_other |= read_each_other(&parts[i], &parts[j]);
            add_met(&parts[i], &parts[j], sums->met);
            sums->beside |= read_beside(&parts[i], &parts[j], written);
            double alike = likeness(&parts[i], &parts[j], written);
            sums->alike = alike < sums->alike ? alike : sums->alike;
        }
}

static line_sums add_up(const cck_observed *observed, const cck_line *line,
                        cck_line_verdict *verdict)
{
    line_sums sums = {.alike = 1};
    for (size_t i = 0; i < line->side_count; i++) {
        const cck_line_side *side = &line->sides[i];
        if (!cck_line_takes_part(line, side))
            continue;
        verdict->users++;
        verdict->writers += any(side->written);
        add_side(observed, side, verdict, &sums);
    }
    compare_sides(line, verdict, &sums);
    return sums;
}

/* ---- the verdict ---- */

/*
 * A lock takes what it protects along: who waits for its word uses the rest next. So does the
 * count of those who share it for reading, which all of them write, and beside which lies what
 * nobody writes. Where transfers have no class, no turns at several words are told from that.
 */
static bool go_together(const cck_line *line, const line_sums *sums, const cck_line_limits *limits,
                        const cck_line_verdict *verdict)
{
    bool shared = any(sums->met) && !verdict->read_each_other && (sums->beside || line->windows);
    return sums->alike >= limits->alike && (line->lock || shared);
}

static bool touches(const cck_line_use *use, const uint64_t *bytes)
{
    for (unsigned at = use->offset; at < (unsigned)use->offset + use->size && at < 256; at++)
        if (bytes[at / 64] >> at % 64 & 1)
            return true;
    return false;
}

static bool is_by_a_part(const cck_line *line, const cck_line_use *use)
{
    for (size_t i = 0; i < line->side_count; i++)
        if (line->sides[i].thread == use->thread)
            return cck_line_takes_part(line, &line->sides[i]);
    return false;
}

/* Share of the misses (sampled: hits) that are at bytes in common; < 0: there are none. */
static double met_share(const cck_line *line, const line_sums *sums)
{
    uint64_t all = 0, met = 0;
    for (size_t i = 0; i < line->use_count; i++) {
        if (line->windows && !is_by_a_part(line, &line->uses[i]))
            continue;
        bool hits = line->windows && !line->measured;
        uint64_t weight = hits ? line->uses[i].accesses : line->uses[i].misses;
        all += weight;
        met += touches(&line->uses[i], sums->met) ? weight : 0;
    }
    return all ? (double)met / (double)all : -1;
}

/* A count of owners beside two counters is met by both threads, at their start and end: what
 * is hardly ever fought over does not bring the two together. */
static bool keep_apart(const cck_line *line, const line_sums *sums, const cck_line_limits *limits)
{
    double share = met_share(line, sums);
    return sums->apart || (share >= 0 && share < limits->met);
}

static cck_line_class class_of(const cck_line *line, const line_sums *sums,
                               const cck_line_limits *limits, cck_line_verdict *verdict)
{
    uint64_t classified = sums->true_sharing + sums->false_sharing;
    bool apart = keep_apart(line, sums, limits);
    if (!classified) /* upgrades only: the bytes decide */
        return apart ? CCK_LINE_FALSE : CCK_LINE_TRUE;
    verdict->false_share = (double)sums->false_sharing / (double)classified;
    if (go_together(line, sums, limits, verdict))
        return CCK_LINE_TRUE;
    double least = verdict->read_each_other ? limits->crossed : limits->other_class;
    if (verdict->false_share <= least)
        return CCK_LINE_TRUE;
    if (verdict->false_share < 1 - limits->other_class)
        return CCK_LINE_MIXED;
    verdict->take_turns = !apart;
    return apart ? CCK_LINE_FALSE : CCK_LINE_MIXED;
}

/*
 * Without classes the bytes decide, and how often they were hit. Head and tail of a ring are
 * met by both threads, but each is written by one: a line for each would do good.
 */
static cck_line_class class_of_sampled(const cck_line *line, const line_sums *sums,
                                       const cck_line_limits *limits,
                                       const cck_line_verdict *verdict)
{
    double share = met_share(line, sums);
    if (share < 0)
        share = sums->apart ? 0 : 1;
    if (share >= limits->crossed && go_together(line, sums, limits, verdict))
        return CCK_LINE_TRUE;
    if (share < limits->met)
        return CCK_LINE_FALSE;
    if (verdict->read_each_other)
        return CCK_LINE_MIXED;
    return share > 1 - limits->other_class ? CCK_LINE_TRUE : CCK_LINE_MIXED;
}

/* Of the time that a user of the line runs, how much another of them does: while nobody is beside,
 * nothing is lost. As many as there are on average, whatever processor they have. */
static double beside_of(const cck_observed *observed, const cck_line *line)
{
    double all = 0, time = 0, beside = 0;
    for (size_t i = 0; i < line->side_count; i++)
        if (cck_line_takes_part(line, &line->sides[i])) {
            if (line->sides[i].busy <= 0)
                return 0;
            all += line->sides[i].busy;
        }
    for (size_t i = 0; i < line->side_count; i++) {
        const cck_line_side *side = &line->sides[i];
        if (!cck_line_takes_part(line, side) || side->thread >= observed->thread_count)
            continue;
        double cycles = (double)observed->threads[side->thread].cycles, others = all - side->busy;
        beside += cycles * (others < 1 ? others : 1);
        time += cycles;
    }
    return time > 0 ? beside / time : 0;
}

/* The share of samples at the line while somebody is beside, from that over all: while nobody is,
 * what locked instructions take shrinks to the share `undisputed` of it. */
static double share_beside(double share, double beside, double undisputed)
{
    double low = share, high = 1;
    for (int i = 0; i < 40; i++) {
        double middle = (low + high) / 2, alone = undisputed * middle;
        double all = beside * middle + (1 - beside) * alone / (1 - middle + alone);
        *(all < share ? &low : &high) = middle;
    }
    return low;
}

/*
 * While a locked instruction waits, the processor executes what follows and does not need its
 * result, as far as it can see: 512 instructions (Golden Cove; Zen 4: 320), a tenth of a
 * microsecond at one a cycle. With as much arithmetic between as a transfer takes, 58 % of the
 * samples were at a line that cost 3 % (bench/watch_costs). So how often a thread may have waited
 * says how much may have been hidden; only who does nothing else loses all of it.
 */
static bool may_be_hidden(const cck_observed *observed, const cck_line_verdict *verdict,
                          double share, double high)
{
    const double window = 100e-9, nothing_else = 0.97, tolerable = 0.1;
    double each = observed->transfer_ns * 1e-9;
    if (share <= tolerable || share > nothing_else)
        return false;
    if (!verdict->bounded)
        return high / verdict->users * window > tolerable;
    return each <= 0 || share / each * window > tolerable;
}

/*
 * Locked instructions take time where nobody else wants their line, too. Of threads that do
 * nothing else, that is the share `undisputed` of it; with other work between, a line is held for
 * fewer of them at a time, each waits longer, and the share shrinks. Below half of the time each
 * is a transfer, and it is nothing to speak of. None of it is taken off an upper bound.
 */
static void weigh_wait(const cck_observed *observed, double share, double high,
                       cck_line_verdict *verdict)
{
    double alone = observed->undisputed, beside = verdict->beside;
    if (beside <= 0 || beside >= 1 || share <= 0 || alone <= 0)
        beside = 1;
    else
        share = share_beside(share, beside, alone);
    verdict->at_most = may_be_hidden(observed, verdict, share, high);
    if (!verdict->at_most && share > 0.5)
        share -= alone * (2 * share - 1);
    verdict->cost = beside * share;
}

/*
 * Stores that wait fill the store buffer, and then the next store waits, wherever that is: code
 * that is not optimised, and updates a word between twenty stores to its frame, lost four fifths of
 * its time to a line at which less than a hundredth of its samples were. As long as there may be so
 * many transfers, the time near its other stores is in the bound, too.
 */
static void weigh_around(cck_line_verdict *verdict)
{
    verdict->around = verdict->outran && !verdict->atomics && verdict->cycles &&
                      (verdict->at_most || !verdict->stalled);
    if (!verdict->around)
        return;
    double share = (double)(verdict->stalled + verdict->elsewhere) / (double)verdict->cycles;
    verdict->cost = share > 1 ? 1 : share;
    verdict->at_most = true;
    verdict->by_rate = false;
}

/*
 * The share of samples at the line is the time that locked instructions wait for it, and what
 * weigh_wait() leaves is lost, unless it may be hidden: then the share is an upper bound. Plain
 * stores retire before the line is there: for these it is an upper bound where there are few other
 * stores, and so is the number of transfers times the latency of one, shared by the users. The
 * lower one is told, if the rate is more than a lower bound, and told as what it is; else see
 * weigh_around(). Locked instructions wait for each transfer: there a lower bound of the rate is
 * one of the wait.
 */
static void weigh_sampled(const cck_observed *observed, double rate, double high,
                          const cck_line_limits *limits, cck_line_verdict *verdict)
{
    /* Where hits were verified, no sample at all at the line means that it was not told. */
    double share = verdict->cycles && verdict->stalled
                       ? (double)verdict->stalled / (double)verdict->cycles
                       : -1;
    /* A PMU timed the accesses of this line themselves. */
    bool timed = verdict->transfer_ns > 0;
    double each = timed ? verdict->transfer_ns : observed->transfer_ns;
    /* An update that finds its line elsewhere fetches it for its load, and once more, to write. */
    double twice = verdict->atomics || timed ? 1 : 2;
    /* What is told as an upper bound holds for the upper end of the rate. */
    bool bound = !verdict->atomics && !verdict->bounded && !timed && high > rate;
    double by_rate = each > 0 && verdict->users
                         ? twice * (bound ? high : rate) * each * 1e-9 / verdict->users
                         : -1;
    share = share > 1 ? 1 : share;
    verdict->cost = share;
    verdict->at_most = share >= 0;
    if (verdict->atomics)
        weigh_wait(observed, share, high, verdict);
    verdict->by_rate = false;
    /* Who polls the other's index is slowed by each trap, and the other with him: gaps tell too
     * little then, and of loads that wait samples tell all. So does who tries to get a lock. */
    bool spins = verdict->lock && share >= 0.5 && rate >= limits->outrun_plain;
    bool nearer = verdict->atomics ? verdict->bounded && by_rate > verdict->cost
                                   : !verdict->bounded && !verdict->read_each_other && !spins &&
                                         by_rate < verdict->cost;
    if (by_rate >= 0 && (share < 0 || nearer)) {
        verdict->cost = by_rate > 1 ? 1 : by_rate;
        verdict->by_rate = true;
        verdict->at_most = !verdict->atomics && !verdict->bounded && !timed;
    }
    double outrun = verdict->atomics ? limits->outrun : limits->outrun_plain;
    verdict->outran = verdict->bounded && !timed && rate >= outrun;
    weigh_around(verdict);
    verdict->low_rate = rate < limits->rate || !verdict->confirmed ||
                        (verdict->cost >= 0 && verdict->cost < limits->cost && !verdict->outran);
    verdict->severity = verdict->low_rate ? CCK_SEVERITY_INFO : cck_severity_of_cost(verdict->cost);
    if (verdict->outran && verdict->severity == CCK_SEVERITY_LOW)
        verdict->severity = CCK_SEVERITY_MEDIUM;
    if ((verdict->at_most || verdict->inferred) && verdict->severity > CCK_SEVERITY_HIGH)
        verdict->severity = CCK_SEVERITY_HIGH; /* what may be less is not called critical */
}

void cck_line_weigh(const cck_observed *observed, double rate, double high, uint64_t transfers,
                    const cck_line_limits *limits, cck_line_verdict *verdict)
{
    if (observed->sampled) {
        weigh_sampled(observed, rate, high, limits, verdict);
        return;
    }
    double of_run = limits->cost_of_run * (double)cck_observed_cycles(observed);
    verdict->cost = -1;
    verdict->low_rate = rate < limits->rate || transfers < limits->transfers;
    if (verdict->cycles) { /* else nobody knows cycles: the rate alone decides */
        verdict->cost = (double)verdict->stalled / (double)verdict->cycles;
        verdict->cost = verdict->cost > 1 ? 1 : verdict->cost;
        verdict->low_rate |= verdict->cost < limits->cost || (double)verdict->stalled < of_run;
    }
    verdict->severity = verdict->low_rate ? CCK_SEVERITY_INFO : cck_severity_of_cost(verdict->cost);
}

cck_line_verdict cck_line_judge(const cck_observed *observed, const cck_line *line,
                                const cck_line_limits *limits)
{
    cck_line_verdict verdict = {.false_share = -1, .cost = -1, .potential = -1};
    line_sums sums = add_up(observed, line, &verdict);
    if (verdict.users < 2 || !verdict.writers || !sums.all) {
        verdict.low_rate = true;
        return verdict;
    }
    verdict.bounded = line->rate_high < 0 || line->rate_high > observed->most_rate ||
                      line->rate_high > UNRESOLVED * line->rate;
    verdict.atomics = 2 * sums.atomics > sums.all;
    verdict.confirmed = line->confirmed;
    verdict.lock = line->lock;
    verdict.beside = line->windows ? beside_of(observed, line) : 0;
    verdict.transfer_ns = line->transfer_ns;
    verdict.inferred = line->inferred * 2 > line->samples;
    verdict.kind = observed->sampled ? class_of_sampled(line, &sums, limits, &verdict)
                                     : class_of(line, &sums, limits, &verdict);
    verdict.read_each_other &= verdict.kind == CCK_LINE_MIXED || verdict.kind == CCK_LINE_TRUE;
    cck_line_weigh(observed, line->rate, line->rate_high, line->transfers, limits, &verdict);
    return verdict;
}
