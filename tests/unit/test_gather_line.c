/* SPDX-License-Identifier: MIT */
/* A line that threads were seen at, put together: order, bytes, strays, the image it was in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/process/gather_line.h"

enum { PID = 10, LINE = 64, ADDRESS = 0x1000 };

/* Two images of one process, before and after an exec: the same file's page at two addresses. */
typedef struct scene {
    char folder[64];
    cck_root root;
    cck_watch_space space;
    cck_watch_threads threads;
    cck_watch_stacks stacks;
    cck_watch_sources from;
    cck_watch_mapping mappings[2];
    cck_watch_image images[2], *list[2];
    cck_observed observed;
    cck_watch_gathering gathering;
} scene;

static int set_up(void **state)
{
    scene *s = calloc(1, sizeof *s);
    strcpy(s->folder, "/tmp/test_gather_line-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    assert_int_equal(cck_root_open(&s->root, s->folder, NULL), 0);
    for (uint32_t i = 0; i < 2; i++) {
        s->mappings[i] = (cck_watch_mapping){.start = ADDRESS + i * 0x1000,
                                             .end = ADDRESS + (i + 1) * 0x1000,
                                             .device = 1,
                                             .inode = 7,
                                             .module = CCK_NONE,
                                             .shared = true,
                                             .writes = true};
        s->images[i] = (cck_watch_image){
            .pid = PID, .number = i, .list = &s->mappings[i], .count = 1, .capacity = 1};
        s->list[i] = &s->images[i];
    }
    s->space = (cck_watch_space){.root = &s->root, .images = s->list, .count = 2, .capacity = 2};
    for (int32_t tid = PID; tid < PID + 2; tid++)
        assert_non_null(cck_watch_threads_get(&s->threads, PID, tid));
    s->from = (cck_watch_sources){.space = &s->space,
                                  .threads = &s->threads,
                                  .stacks = &s->stacks,
                                  .root = &s->root,
                                  .line_size = LINE};
    s->observed = (cck_observed){.line_size = LINE};
    assert_true(cck_watch_gather_begin(&s->gathering, &s->from, &s->observed));
    s->observed.lines = cck_arena_array(&s->observed.arena, 4, sizeof *s->observed.lines);
    assert_non_null(s->observed.lines);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    scene *s = *state;
    assert_true(cck_watch_gather_end(&s->gathering));
    cck_observed_clear(&s->observed);
    cck_watch_threads_clear(&s->threads);
    cck_root_close(&s->root);
    rmdir(s->folder);
    free(s);
    return 0;
}

static cck_line_place place_in(const scene *s, int image, uint64_t address)
{
    return (cck_line_place){PID, address, cck_watch_image_key(&s->images[image], address, LINE)};
}

static const cck_line_strays strays = {.share = 20, .of = 5};

static cck_line_use writes_at(uint16_t offset, uint64_t times)
{
    return (cck_line_use){.offset = offset, .size = 8, .writes = true, .accesses = times};
}

static const cck_line *finish(cck_gathered_line *l)
{
    cck_gathered_line_end(l, &strays);
    return &l->g->observed->lines[l->g->observed->line_count - 1];
}

static void sides_get_their_bytes_and_the_busiest_is_first(void **state)
{
    scene *s = *state;
    cck_gathered_line l;
    const cck_line_place place = place_in(s, 0, ADDRESS);
    assert_true(cck_gathered_line_begin(&l, &s->gathering, &place, 3, 4));
    cck_gathered_line_side(&l, PID, PID, (cck_line_side){.accesses = 8, .windows = 2});
    cck_gathered_line_side(&l, PID, PID + 1, (cck_line_side){.accesses = 30, .stalled = 3});
    cck_gathered_line_side(&l, PID, 99, (cck_line_side){.accesses = 50}); /* who is that? */
    cck_gathered_line_use(&l, PID, PID, 0x500, writes_at(0, 8));
    cck_line_use atomic = writes_at(56, 20);
    atomic.atomic = atomic.reads = true;
    cck_gathered_line_use(&l, PID, PID + 1, 0x600, atomic);
    cck_gathered_line_use(&l, PID, PID + 1, 0x610,
                          (cck_line_use){.offset = 8, .size = 1, .reads = true, .accesses = 10});
    const cck_line *line = finish(&l);

    assert_int_equal(line->side_count, 2);
    assert_int_equal(line->sides[0].thread, 1);
    assert_int_equal(line->sides[0].writes, 20);
    assert_int_equal(line->sides[0].atomics, 20);
    assert_int_equal(line->sides[0].stalled, 3);
    assert_true(line->sides[0].written[0] == UINT64_C(0xff) << 56);
    assert_true(line->sides[0].read[0] == (UINT64_C(0xff) << 56 | 1 << 8));
    assert_int_equal(line->sides[1].windows, 2);
    assert_true(line->sides[1].written[0] == 0xff && line->sides[1].read[0] == 0);
    assert_true(line->sides[1].potential < 0);
    assert_int_equal(line->use_count, 3);
    assert_int_equal(line->uses[0].code.address, 0x600);
    assert_int_equal(line->uses[2].code.address, 0x500);
    assert_int_equal(line->object_count, 1);
}

static void misses_come_before_accesses(void **state)
{
    scene *s = *state;
    cck_gathered_line l;
    const cck_line_place place = place_in(s, 0, ADDRESS);
    assert_true(cck_gathered_line_begin(&l, &s->gathering, &place, 0, 2));
    cck_gathered_line_use(&l, PID, PID, 0x500, writes_at(0, 90));
    cck_line_use missed = writes_at(8, 10);
    missed.misses = 1;
    cck_gathered_line_use(&l, PID, PID + 1, 0x600, missed);
    assert_int_equal(finish(&l)->uses[0].code.address, 0x600);
}

static void a_stray_access_is_no_part_of_it(void **state)
{
    scene *s = *state;
    cck_gathered_line l;
    const cck_line_place place = place_in(s, 0, ADDRESS);
    assert_true(cck_gathered_line_begin(&l, &s->gathering, &place, 2, 6));
    cck_gathered_line_side(&l, PID, PID, (cck_line_side){.accesses = 100});
    cck_gathered_line_side(&l, PID, PID + 1, (cck_line_side){.accesses = 3});
    cck_gathered_line_use(&l, PID, PID, 0x500, writes_at(0, 100));
    cck_gathered_line_use(&l, PID, PID, 0x510, writes_at(8, 4)); /* less than one in 20 */
    cck_gathered_line_use(&l, PID, PID, 0x520, writes_at(16, 1));
    cck_gathered_line_use(&l, PID, PID + 1, 0x600, writes_at(24, 1)); /* of few, as good as any */
    cck_gathered_line_use(&l, PID, PID + 1, 0x610, writes_at(32, 2));
    cck_gathered_line_use(&l, PID, PID + 1, 0x620, writes_at(40, 0)); /* never seen for sure */
    const cck_line *line = finish(&l);

    assert_int_equal(line->use_count, 3);
    assert_int_equal(line->uses[0].code.address, 0x500);
    assert_int_equal(line->uses[1].code.address, 0x610);
    assert_int_equal(line->uses[2].code.address, 0x600);
    assert_true(line->sides[0].written[0] == 0xff);
    assert_int_equal(line->sides[0].writes, 100);
    assert_int_equal(line->sides[1].writes, 3);
}

/* Of what is watched for seldom there are few hits, however often it is done. */
static void where_rates_tell_hits_do_not(void **state)
{
    scene *s = *state;
    const cck_line_strays by_rate = {.by_rate = true, .of = 5};
    cck_gathered_line l;
    const cck_line_place place = place_in(s, 0, ADDRESS);
    assert_true(cck_gathered_line_begin(&l, &s->gathering, &place, 1, 3));
    cck_gathered_line_side(&l, PID, PID, (cck_line_side){.accesses = 100});
    cck_gathered_line_use(&l, PID, PID, 0x500, writes_at(0, 100));
    cck_line_use steady = writes_at(8, 4);
    steady.steady = true;
    cck_gathered_line_use(&l, PID, PID, 0x510, steady);
    steady.accesses = 0; /* while nobody else ran */
    cck_gathered_line_use(&l, PID, PID, 0x520, steady);
    cck_gathered_line_end(&l, &by_rate);
    const cck_line *line = &s->observed.lines[s->observed.line_count - 1];
    assert_int_equal(line->use_count, 1);
    assert_int_equal(line->uses[0].code.address, 0x510);
}

static void a_line_is_in_the_image_that_had_it(void **state)
{
    scene *s = *state;
    cck_gathered_line l;
    cck_line_place place = place_in(s, 0, ADDRESS + LINE);
    assert_true(cck_gathered_line_begin(&l, &s->gathering, &place, 1, 1));
    assert_ptr_equal(l.image, &s->images[0]);
    place = place_in(s, 1, ADDRESS + 0x1000);
    assert_true(cck_gathered_line_begin(&l, &s->gathering, &place, 1, 1));
    assert_ptr_equal(l.image, &s->images[1]);
    place.key++; /* of neither: the latest */
    assert_true(cck_gathered_line_begin(&l, &s->gathering, &place, 1, 1));
    assert_ptr_equal(l.image, &s->images[1]);
    place.pid++;
    assert_true(cck_gathered_line_begin(&l, &s->gathering, &place, 1, 1));
    assert_null(l.image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sides_get_their_bytes_and_the_busiest_is_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(misses_come_before_accesses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stray_access_is_no_part_of_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(where_rates_tell_hits_do_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_is_in_the_image_that_had_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
