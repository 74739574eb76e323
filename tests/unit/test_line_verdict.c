/* SPDX-License-Identifier: MIT */
/* The verdict over a line: which class, how bad, and when it does not matter. */
#include "tests/unit/shared_lines.h"

#include "core/finding/type_vote.h"
#include "core/sharing/line_verdict.h"

typedef struct side_case {
    uint64_t read, written;
    uint64_t of_true, of_false, essential;
} side_case;

static cck_line_verdict judge(const side_case *sides, size_t count)
{
    cck_observed observed = shared_run(SHARED_SIDES_MOST);
    cck_line *line = shared_line(&observed, 0x10000);
    for (size_t i = 0; i < count; i++) {
        cck_line_side *side = shared_side(line, (uint32_t)i, sides[i].read, sides[i].written);
        shared_transfers(line, side, sides[i].of_true, sides[i].of_false);
        side->essential = sides[i].essential;
    }
    cck_line_verdict verdict = cck_line_judge(&observed, line, &cck_line_default_limits);
    cck_observed_clear(&observed);
    return verdict;
}

static void classes_follow_bytes_and_transfers(void **state)
{
    (void)state;
    enum { MANY = 1000000 };
    static const struct {
        const char *what;
        side_case sides[3];
        size_t count;
        cck_line_class kind;
    } cases[] = {
        {"two counters side by side",
         {{0xff, 0xff, 0, MANY, 0}, {0xff00, 0xff00, 0, MANY, 0}},
         2,
         CCK_LINE_FALSE},
        {"a reader beside a writer",
         {{0xff, 0, 0, MANY, 0}, {0xff00, 0xff00, 0, MANY, 0}},
         2,
         CCK_LINE_FALSE},
        {"one counter of all",
         {{0xff, 0xff, MANY, 0, 0}, {0xff, 0xff, MANY, 0, 0}},
         2,
         CCK_LINE_TRUE},
        {"a writer and its reader",
         {{0, 0xff, MANY, 0, 0}, {0xff, 0, MANY, 0, 0}},
         2,
         CCK_LINE_TRUE},
        {"false misses that were essential after all",
         {{0xff, 0xff, 0, MANY, MANY}, {0xffff, 0xff00, 0, MANY, MANY}},
         2,
         CCK_LINE_TRUE},
        {"head and tail, read by the other",
         {{0xffff, 0xff, MANY, MANY, 0}, {0xffff, 0xff00, MANY, MANY, 0}},
         2,
         CCK_LINE_MIXED},
        {"head and tail, where most misses come to see the other's",
         {{0xffff, 0xff, MANY, MANY / 10, 0}, {0xffff, 0xff00, MANY, MANY / 10, 0}},
         2,
         CCK_LINE_MIXED},
        {"one counter of all, and a tenth of the misses at its neighbours",
         {{0xffff, 0xff, MANY, MANY / 10, 0}, {0xffff, 0xffff, MANY, MANY / 10, 0}},
         2,
         CCK_LINE_TRUE},
        {"a count that all change, beside what nobody writes",
         {{0xffff, 0xff, MANY, MANY, 0}, {0xffff, 0xff, MANY, MANY, 0}},
         2,
         CCK_LINE_TRUE},
        {"in turns at the same bytes",
         {{0xffff, 0xffff, 0, MANY, 0}, {0xffff, 0xffff, 0, MANY, 0}},
         2,
         CCK_LINE_MIXED},
        {"nobody writes", {{0xff, 0, 0, 0, 0}, {0xff00, 0, 0, 0, 0}}, 2, CCK_LINE_PRIVATE},
        {"one thread", {{0xff, 0xff, 0, 0, 0}}, 1, CCK_LINE_PRIVATE},
        {"set up by a third",
         {{0xff, 0xff, 0, MANY, 0}, {0xff00, 0xff00, 0, MANY, 0}, {0, 0xffff, 1, 0, 0}},
         3,
         CCK_LINE_FALSE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cck_line_verdict verdict = judge(cases[i].sides, cases[i].count);
        if (verdict.kind != cases[i].kind)
            fail_msg("%s: class %d, not %d", cases[i].what, verdict.kind, cases[i].kind);
        if (cases[i].kind != CCK_LINE_PRIVATE)
            assert_int_equal(verdict.users, 2);
    }
}

static void a_ring_is_seen(void **state)
{
    (void)state;
    const side_case ring[] = {{0xffff, 0xff, 100000, 100000, 0},
                              {0xffff, 0xff00, 100000, 100000, 0}};
    assert_true(judge(ring, 2).read_each_other);
    const side_case counters[] = {{0xff, 0xff, 0, 100000, 0}, {0xff00, 0xff00, 0, 100000, 0}};
    assert_false(judge(counters, 2).read_each_other);
    const side_case turns[] = {{0xffff, 0xffff, 0, 100000, 0}, {0xffff, 0xffff, 0, 100000, 0}};
    assert_true(judge(turns, 2).take_turns);
}

/* The lock's word and the data under it: a miss may hit either. */
static void a_lock_takes_its_data_along(void **state)
{
    (void)state;
    static const struct {
        uint64_t one, other;
        bool lock;
        cck_line_class kind;
    } cases[] = {
        {0xffff0f, 0xffff0f, true, CCK_LINE_TRUE},
        {0xffff0f, 0xff0f, true, CCK_LINE_MIXED},
        {0xffff0f, 0xffff0f, false, CCK_LINE_MIXED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cck_observed observed = shared_run(SHARED_SIDES_MOST);
        cck_line *line = shared_line(&observed, 0x10000);
        shared_transfers(line, shared_side(line, 0, cases[i].one, cases[i].one), 100000, 400000);
        shared_transfers(line, shared_side(line, 1, cases[i].other, cases[i].other), 100000,
                         400000);
        line->lock = cases[i].lock;
        cck_line_verdict verdict = cck_line_judge(&observed, line, &cck_line_default_limits);
        assert_int_equal(verdict.kind, cases[i].kind);
        cck_observed_clear(&observed);
    }
}

/* Two counters, and a count of owners that both threads change as they end. */
static void bytes_hardly_fought_over_bring_nobody_together(void **state)
{
    (void)state;
    enum { MANY = 400000 };
    for (uint64_t owners = 10; owners <= MANY; owners *= MANY / 10) {
        cck_observed observed = shared_run(SHARED_SIDES_MOST);
        cck_line *line = shared_line(&observed, 0x10000);
        const cck_line_use uses[] = {
            {.thread = 0, .offset = 8, .size = 8, .writes = true, .misses = MANY},
            {.thread = 1, .offset = 16, .size = 8, .writes = true, .misses = MANY},
            {.thread = 0, .offset = 0, .size = 8, .writes = true, .misses = owners},
            {.thread = 1, .offset = 0, .size = 8, .writes = true, .misses = owners},
        };
        shared_transfers(line, shared_side(line, 0, 0xffff, 0xffff), 0, MANY + owners);
        shared_transfers(line, shared_side(line, 1, 0xff00ff, 0xff00ff), 0, MANY + owners);
        line->uses = uses;
        line->use_count = COUNT_OF(uses);
        cck_line_verdict verdict = cck_line_judge(&observed, line, &cck_line_default_limits);
        assert_int_equal(verdict.kind, owners == MANY ? CCK_LINE_MIXED : CCK_LINE_FALSE);
        cck_observed_clear(&observed);
    }
}

static void severity_is_the_share_of_time(void **state)
{
    (void)state;
    static const struct {
        double cost;
        cck_severity severity;
    } cases[] = {
        {0.9, CCK_SEVERITY_CRITICAL}, {0.3, CCK_SEVERITY_CRITICAL}, {0.29, CCK_SEVERITY_HIGH},
        {0.1, CCK_SEVERITY_HIGH},     {0.05, CCK_SEVERITY_MEDIUM},  {0.03, CCK_SEVERITY_MEDIUM},
        {0.02, CCK_SEVERITY_LOW},     {-1, CCK_SEVERITY_LOW},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(cck_severity_of_cost(cases[i].cost), cases[i].severity);
    /* 300 cycles each: 3 M transfers of a thread are 30 % of its 3e9 cycles. */
    const side_case sides[] = {{0xff, 0xff, 0, 3100000, 0}, {0xff00, 0xff00, 0, 3100000, 0}};
    cck_line_verdict verdict = judge(sides, 2);
    assert_float_equal(verdict.cost, 0.31, 1e-9);
    assert_int_equal(verdict.severity, CCK_SEVERITY_CRITICAL);
}

static void what_costs_little_does_not_matter(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint64_t transfers; /* a side */
        double rate;        /* of the line; 0: as many as there are */
        uint64_t cycles;    /* of its threads; 0: unknown */
        uint64_t cycles_of_others;
        bool low;
    } cases[] = {
        {"often and costly", 1000000, 0, 3000000000u, 3000000000u, false},
        {"below 4,000 a second", 1000000, 3999, 3000000000u, 3000000000u, true},
        {"below 1 % of its threads' time", 90000, 0, 3000000000u, 0, true},
        {"just above", 110000, 0, 3000000000u, 0, false},
        {"less than 100 in all", 49, 1e6, 100000, 0, true},
        {"of a run a thousand times as long", 1000, 1e6, 1000000, 3000000000u, true},
        {"nobody knows cycles", 1000000, 0, 0, 0, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cck_observed observed = shared_run(4);
        cck_line *line = shared_pair(&observed, 0x10000, cases[i].transfers);
        if (cases[i].rate > 0)
            line->rate = cases[i].rate;
        observed.threads[1].cycles = observed.threads[2].cycles = cases[i].cycles;
        observed.threads[0].cycles = observed.threads[3].cycles = cases[i].cycles_of_others;
        cck_line_verdict verdict = cck_line_judge(&observed, line, &cck_line_default_limits);
        if (verdict.low_rate != cases[i].low)
            fail_msg("%s: cost %g", cases[i].what, verdict.cost);
        assert_int_equal(verdict.severity == CCK_SEVERITY_INFO, cases[i].low);
        cck_observed_clear(&observed);
    }
}

static void potentials_add_up(void **state)
{
    (void)state;
    cck_observed observed = shared_run(3);
    cck_line *line = shared_pair(&observed, 0x10000, 1000000);
    assert_true(cck_line_judge(&observed, line, &cck_line_default_limits).potential < 0);
    ((cck_line_side *)line->sides)[0].potential = 3e6;
    ((cck_line_side *)line->sides)[1].potential = 2e6;
    assert_float_equal(cck_line_judge(&observed, line, &cck_line_default_limits).potential, 5e6, 1);
    cck_observed_clear(&observed);
}

/* ---- types by vote ---- */

static const cck_type number = {.kind = CCK_TYPE_BASE, .name = "long", .size = 8, .file = ""};
static const cck_member members[] = {{.name = "hits", .type = &number, .file = ""},
                                     {.name = "misses", .type = &number, .offset = 8, .file = ""}};
static const cck_type stats = {.kind = CCK_TYPE_STRUCT,
                               .name = "struct stats",
                               .size = 16,
                               .members = members,
                               .member_count = 2,
                               .file = ""};
static const cck_type array = {.kind = CCK_TYPE_ARRAY,
                               .name = "",
                               .size = 64,
                               .target = &stats,
                               .count = 4,
                               .stride = 16,
                               .file = ""};

static void structs_win_over_members(void **state)
{
    (void)state;
    cck_type_votes votes = {.size = 72};
    cck_type_vote winner;
    assert_false(cck_type_vote_winner(&votes, &winner));
    cck_type_vote_add(&votes, 16, &number, 0, 1000000);
    cck_type_vote_add(&votes, 16, &stats, 8, 10);
    cck_type_vote_add(&votes, 24, &array, 0, 10); /* a member of an array: its element */
    cck_type_vote_add(&votes, 40, &stats, 32, 1); /* a pointer that has walked on by two */
    assert_true(cck_type_vote_winner(&votes, &winner));
    assert_ptr_equal(winner.type, &stats);
    assert_int_equal(winner.base, 8); /* behind a header */
    assert_int_equal(winner.weight, 21);
}

static void what_does_not_fit_is_not_elected(void **state)
{
    (void)state;
    cck_type_votes votes = {.size = 12};
    cck_type_vote winner;
    cck_type_vote_add(&votes, 0, &stats, 0, 1000);
    cck_type_vote_add(&votes, 4, &number, 0, 1);
    assert_true(cck_type_vote_winner(&votes, &winner));
    assert_ptr_equal(winner.type, &number);
    assert_int_equal(winner.base, 4);
    votes = (cck_type_votes){.size = 8};
    cck_type_vote_add(&votes, 4, &number, 0, 1);
    cck_type_vote_add(&votes, 0, NULL, 0, 1);
    assert_false(cck_type_vote_winner(&votes, &winner));
}

static void a_block_begins_with_what_it_is_for(void **state)
{
    (void)state;
    cck_type_votes votes = {.size = 64};
    cck_type_vote winner;
    cck_type_vote_add(&votes, 8, &stats, 8, 180);
    cck_type_vote_add(&votes, 12, &stats, 8, 200); /* the same instruction, an index further */
    assert_true(cck_type_vote_winner(&votes, &winner));
    assert_int_equal(winner.base, 0);
    cck_type_vote_add(&votes, 28, &stats, 8, 400); /* no, there is a header */
    assert_true(cck_type_vote_winner(&votes, &winner));
    assert_int_equal(winner.base, 4);
}

static const cck_member ends[] = {{.name = "in", .type = &stats, .file = ""},
                                  {.name = "out", .type = &stats, .offset = 16, .file = ""},
                                  {.name = "id", .type = &number, .offset = 32, .file = ""}};
static const cck_type server = {.kind = CCK_TYPE_STRUCT,
                                .name = "struct server",
                                .size = 40,
                                .members = ends,
                                .member_count = 3,
                                .file = ""};

static void an_outer_struct_wins_over_what_is_in_it(void **state)
{
    (void)state;
    cck_type_votes votes = {.size = 40};
    cck_type_vote winner;
    assert_true(cck_type_holds(&server, 16, &stats));
    assert_true(cck_type_holds(&server, 24, &number));
    assert_false(cck_type_holds(&server, 8, &stats));
    cck_type_vote_add(&votes, 8, &stats, 8, 1000);
    cck_type_vote_add(&votes, 24, &stats, 8, 1000);
    cck_type_vote_add(&votes, 0, &server, 0, 1);
    assert_true(cck_type_vote_winner(&votes, &winner));
    assert_ptr_equal(winner.type, &server);
    assert_false(cck_type_vote_is_pool(&votes, &winner));
}

static const cck_type timer = {.kind = CCK_TYPE_STRUCT,
                               .name = "struct timer",
                               .size = 16,
                               .members = members,
                               .member_count = 2,
                               .file = ""};

static void things_beside_each_other_make_a_pool(void **state)
{
    (void)state;
    cck_type_votes votes = {.size = 4096};
    cck_type_vote winner, thing;
    cck_type_vote_add(&votes, 72, &stats, 8, 1000);
    cck_type_vote_add(&votes, 88, &timer, 8, 900);
    cck_type_vote_add(&votes, 104, &timer, 8, 1);
    assert_true(cck_type_vote_winner(&votes, &winner));
    assert_ptr_equal(winner.type, &stats);
    assert_true(cck_type_vote_is_pool(&votes, &winner));
    assert_true(cck_type_vote_at(&votes, NULL, 64, &thing));
    assert_ptr_equal(thing.type, &stats);
    assert_int_equal(thing.first, 64);
    assert_int_equal(thing.last, 64);
    assert_true(cck_type_vote_at(&votes, NULL, 100, &thing));
    assert_ptr_equal(thing.type, &timer);
    assert_int_equal(thing.first, 80);
    assert_int_equal(thing.last, 96); /* two neighbours of a kind */
    assert_false(cck_type_vote_at(&votes, NULL, 112, &thing));
}

static const cck_type open_array = {
    .kind = CCK_TYPE_ARRAY, .name = "", .target = &stats, .stride = 16, .file = ""};
static const cck_member header_and_tail[] = {
    {.name = "created", .type = &number, .file = ""},
    {.name = "workers", .type = &open_array, .offset = 8, .file = ""}};
static const cck_type crew = {.kind = CCK_TYPE_STRUCT,
                              .name = "struct crew",
                              .size = 8,
                              .members = header_and_tail,
                              .member_count = 2,
                              .file = ""};

/* The same instruction is at each element of a tail: where its struct begins it does not tell. */
static void a_tail_tells_of_its_elements(void **state)
{
    (void)state;
    cck_type_vote thing;
    cck_type_votes votes = {.size = 0};
    for (uint64_t at = 1000; at < 1032; at += 16)
        cck_type_vote_add(&votes, at, &crew, 16, 1);
    assert_true(cck_type_vote_at(&votes, NULL, 1016, &thing));
    assert_ptr_equal(thing.type, &stats);
    assert_int_equal(thing.last, 1008);
    votes = (cck_type_votes){.size = 0};
    cck_type_vote_add(&votes, 1000, &crew, 0, 1); /* its header */
    assert_true(cck_type_vote_at(&votes, NULL, 1000, &thing));
    assert_ptr_equal(thing.type, &crew);
    votes = (cck_type_votes){.size = 72}; /* a block of which the start is known */
    cck_type_vote_add(&votes, 16, &crew, 16, 1);
    assert_true(cck_type_vote_at(&votes, NULL, 16, &thing));
    assert_ptr_equal(thing.type, &crew);
}

static void blocks_of_numbers_have_no_structs(void **state)
{
    (void)state;
    cck_type_votes votes = {.size = 104};
    cck_type_vote winner;
    assert_false(cck_type_vote_number(&votes, &winner));
    cck_type_vote_add(&votes, 64, &stats, 0, 1000); /* a control block behind them */
    cck_type_vote_add(&votes, 8, &number, 0, 10);
    assert_true(cck_type_vote_number(&votes, &winner));
    assert_ptr_equal(winner.type, &number);
    assert_int_equal(winner.base, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outer_struct_wins_over_what_is_in_it),
        cmocka_unit_test(things_beside_each_other_make_a_pool),
        cmocka_unit_test(a_tail_tells_of_its_elements),
        cmocka_unit_test(blocks_of_numbers_have_no_structs),
        cmocka_unit_test(classes_follow_bytes_and_transfers),
        cmocka_unit_test(a_ring_is_seen),
        cmocka_unit_test(a_lock_takes_its_data_along),
        cmocka_unit_test(bytes_hardly_fought_over_bring_nobody_together),
        cmocka_unit_test(severity_is_the_share_of_time),
        cmocka_unit_test(what_costs_little_does_not_matter),
        cmocka_unit_test(potentials_add_up),
        cmocka_unit_test(structs_win_over_members),
        cmocka_unit_test(what_does_not_fit_is_not_elected),
        cmocka_unit_test(a_block_begins_with_what_it_is_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
