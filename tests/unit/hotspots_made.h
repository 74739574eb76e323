/* SPDX-License-Identifier: MIT */
#ifndef TESTS_HOTSPOTS_MADE_H
#define TESTS_HOTSPOTS_MADE_H

/* A run made by hand: main() calls work(), into which inner() is inlined, rec(), which calls
 * itself twice, and code without symbols, from two threads. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hotspots/hotspots.h"
#include "core/result/result.h"

static const cck_frame made_main[] = {{"main", "main", "/src/main.c", 10, 1, false}};
static const cck_frame made_work[] = {{"work", "work", "/src/work.c", 20, 1, false}};
static const cck_frame made_inner[] = {
    {"inner", "inner", "/src/inner.h", 3, 1, true},
    {"work", "work", "/src/work.c", 22, 1, false},
};
static const cck_frame made_rec[] = {{"rec", "rec", "/src/rec.c", 30, 1, false}};
static const cck_frame made_rec_call[] = {{"rec", "rec", "/src/rec.c", 31, 1, false}};
static const cck_frame made_hostile[] = {
    {"evil<a;b>&\"\n\x1b[31m(1)]]>", "", "/src/<x>&\n.c", 7, 1, false}};

static const struct {
    uint64_t address;
    const cck_frame *frames;
    size_t count;
} made_frames[] = {
    {0x110, made_main, 1},    {0x120, made_main, 1}, {0x200, made_work, 1},
    {0x210, made_inner, 2},   {0x300, made_rec, 1},  {0x310, made_rec_call, 1},
    {0x400, made_hostile, 1},
};

static size_t made_name(void *context, const cck_observed *observed, cck_code code,
                        const cck_frame **out_frames)
{
    (void)context;
    uint64_t address = code.address - observed->modules[code.module].bias;
    for (size_t i = 0; i < sizeof made_frames / sizeof *made_frames; i++)
        if (made_frames[i].address == address) {
            *out_frames = made_frames[i].frames;
            return made_frames[i].count;
        }
    return 0;
}

static bool made_global(void *context, const cck_observed *observed, uint32_t module,
                        uint64_t address, cck_variable *out_variable)
{
    (void)context;
    if (address - observed->modules[module].bias != 0x8000)
        return false;
    *out_variable =
        (cck_variable){.name = "table", .start = 0x8000, .size = 4096, .file = "", .function = ""};
    return true;
}

enum { MADE_BIAS = 0x10000 };

#define MADE_AT(offset)                                                                            \
    {                                                                                              \
        0, MADE_BIAS + (offset)                                                                    \
    }
#define MADE_NOWHERE                                                                               \
    {                                                                                              \
        CCK_NONE, 0                                                                                \
    }

static cck_module made_modules[] = {{.path = "/bin/app",
                                     .build_id = "",
                                     .start = 0x10000,
                                     .end = 0x20000,
                                     .bias = MADE_BIAS,
                                     .pid = 7}};

static cck_observed_thread made_threads[] = {
    {7, 7, "app", "app", CCK_NONE, 0, 0},
    {7, 8, "worker", "app", CCK_NONE, 0, 0},
};

static cck_path made_paths[] = {
    {CCK_NONE, MADE_NOWHERE, MADE_AT(0x100)}, /* 0: main */
    {0, MADE_AT(0x110), MADE_AT(0x200)},      /* 1: main > work */
    {0, MADE_AT(0x120), MADE_AT(0x300)},      /* 2: main > rec */
    {2, MADE_AT(0x310), MADE_AT(0x300)},      /* 3: main > rec > rec */
    {3, MADE_AT(0x310), MADE_AT(0x300)},      /* 4: main > rec > rec > rec */
    {1, MADE_AT(0x210), MADE_AT(0x900)},      /* 5: main > work > inner > unknown */
};

/* Instructions, LLC misses. */
#define MADE_COSTS(instructions, llc)                                                              \
    {                                                                                              \
        [CCK_COST_INSTRUCTIONS] = (instructions), [CCK_COST_LLC_MISSES] = (llc)                    \
    }

static cck_spot made_spots[] = {
    {MADE_AT(0x110), 0, 0, MADE_COSTS(100, 1)},  /* main */
    {MADE_AT(0x200), 1, 0, MADE_COSTS(200, 20)}, /* work */
    {MADE_AT(0x210), 1, 0, MADE_COSTS(300, 50)}, /* inner, in work */
    {MADE_AT(0x210), 1, 1, MADE_COSTS(30, 5)},   /* the same in the other thread */
    {MADE_AT(0x300), 2, 0, MADE_COSTS(10, 2)},   /* rec */
    {MADE_AT(0x300), 3, 0, MADE_COSTS(10, 3)},   /* rec > rec */
    {MADE_AT(0x300), 4, 0, MADE_COSTS(10, 4)},   /* rec > rec > rec */
    {MADE_AT(0x904), 5, 1, MADE_COSTS(40, 6)},   /* unknown */
    {MADE_AT(0x90c), 5, 1, MADE_COSTS(1, 1)},    /* unknown, another instruction */
};

static cck_object made_objects[] = {
    {.kind = CCK_OBJECT_HEAP,
     .size = 1 << 20,
     .path = 5,
     .thread = 0,
     .module = CCK_NONE,
     .instances = 3},
    {.kind = CCK_OBJECT_GLOBAL,
     .start = MADE_BIAS + 0x8000,
     .size = 4096,
     .path = CCK_NONE,
     .thread = CCK_NONE,
     .module = 0},
    {.kind = CCK_OBJECT_STACK, .path = CCK_NONE, .thread = 1, .module = CCK_NONE},
};

static cck_object_spot made_object_spots[] = {
    {2, MADE_COSTS(0, 4)}, {0, MADE_COSTS(0, 70)}, {1, MADE_COSTS(0, 18)}};

static inline cck_observed made_observed(void)
{
    return (cck_observed){
        .modules = made_modules,
        .module_count = 1,
        .threads = made_threads,
        .thread_count = 2,
        .paths = made_paths,
        .path_count = sizeof made_paths / sizeof *made_paths,
        .objects = made_objects,
        .object_count = 3,
        .spots = made_spots,
        .spot_count = sizeof made_spots / sizeof *made_spots,
        .object_spots = made_object_spots,
        .object_spot_count = 3,
        .costs = MADE_COSTS(720, 100),
        .counted = {[CCK_COST_INSTRUCTIONS] = true, [CCK_COST_LLC_MISSES] = true},
        .line_size = 64,
    };
}

/* What the calls of the path are said to make. */
static inline const cck_type *made_type(void *context, uint32_t path)
{
    static const cck_type type = {
        .kind = CCK_TYPE_STRUCT, .name = "struct row", .alias = "", .file = "", .size = 64};
    (void)context;
    return path == CCK_NONE ? NULL : &type;
}

static inline cck_result *made_result(const cck_observed *observed, cck_hotspots_order order)
{
    static const char *const argv[] = {"app", "a b", NULL};
    const cck_namer namer = {.frames = made_name, .global = made_global, .allocated = made_type};
    cck_result *result = cck_result_new();
    if (!result)
        abort();
    result->command = "hotspots";
    result->source.backend = "simulate";
    result->source.evidence = CCK_SIMULATED;
    result->target.argv = argv;
    result->target.argc = 2;
    result->target.exited = true;
    result->target.exit_code = 0;
    result->target.threads = 2;
    cck_error err = {0};
    if (cck_hotspots_build(result, observed, &namer, &order, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    return result;
}

/* What a format writes, to be freed. */
/* Not inline: GCC 12 takes what the stream writes to for a variable that is gone. */
static __attribute__((noinline)) char *made_text(const cck_result *result, cck_format format,
                              const cck_report_options *options)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cck_error err = {0};
    if (!out || cck_report_write(result, format, out, options, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    fclose(out);
    return text;
}

#endif
