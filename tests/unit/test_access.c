/* SPDX-License-Identifier: MIT */
/* What instructions access: every write of the fixtures' functions that is not to the stack
 * must be to the field that the function's name promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/debug/access_internal.h"
#include "tests/unit/types_harness.h"

/** A function that writes one field of a type and nothing else but its own frame. */
typedef struct cck_case {
    const char *function, *type, *path;
} cck_case;

static const cck_case c_cases[] = {
    {"write_once", "struct stats", "misses"},
    {"write_loop", "struct stats", "misses"},
    {"write_array", "struct stats", "misses"},
    {"write_element", "struct stats", "misses"},
    {"write_atomic", "struct stats", "shared"},
    {"write_worker", "struct stats", "misses"},
    {"write_member", "struct stats", "misses"},
    {"write_slot", "struct table", "count"},
    {"write_list", "struct table", "count"},
    {"write_tail", "struct crew", "].misses"},
    {"write_global", "struct stats", "misses"},
    {"write_global_array", "struct stats[8]", "misses"},
    {"write_global_pointer", "struct stats", "misses"},
    {"write_global_deep", "struct stats", "misses"},
    {"write_thread", "struct stats", "misses"},
    {"write_inlined", "struct table", "slots[3].count"},
    {"write_returned", "struct stats", "misses"},
    {"write_branches", "struct stats", "misses"},
    {NULL, NULL, NULL},
};

static const cck_case cpp_cases[] = {
    {"app::Stats::write_method", "app::Stats", "misses"},
    {"app::Stats::write_shared", "app::Stats", "shared"},
    {"app::Stats::write_virtual", "app::Stats", "misses"},
    {"app::write_reference", "app::Stats", "misses"},
    {"app::write_owned", "app::Stats", "misses"},
    {"app::write_vector", "app::Stats", "misses"},
    {"app::write_vector_at", "app::Stats", "misses"},
    {NULL, NULL, NULL},
};

static const cck_case rust_cases[] = {
    {"write_reference", "access::Stats", "misses"},
    {"write_shared", "access::Stats", "shared"},
    {"write_shared_arc", "alloc::sync::ArcInner<access::Stats>", "data.shared"},
    {"write_slice", "access::Stats", "misses"},
    {"write_box", "access::Stats", "misses"},
    {NULL, NULL, NULL},
};

static const struct {
    const char *program;
    const cck_case *cases;
} programs[] = {
    {"access-gcc-0", c_cases},       {"access-gcc-1", c_cases},
    {"access-gcc-2", c_cases},       {"access-gcc-3", c_cases},
    {"access-gcc-static", c_cases},  {"access-clang-0", c_cases},
    {"access-clang-1", c_cases},     {"access-clang-2", c_cases},
    {"access-clang-3", c_cases},     {"access-g++-0", cpp_cases},
    {"access-g++-1", cpp_cases},     {"access-g++-2", cpp_cases},
    {"access-g++-3", cpp_cases},     {"access-clang++-0", cpp_cases},
    {"access-clang++-1", cpp_cases}, {"access-clang++-2", cpp_cases},
    {"access-clang++-3", cpp_cases}, {"access-rust-0", rust_cases},
    {"access-rust-1", rust_cases},   {"access-rust-2", rust_cases},
    {"access-rust-3", rust_cases},
};

static unsigned wrong;

/* Say it and go on: one run then shows all that is wrong. */
#define WRONG(...) (wrong++, print_error(__VA_ARGS__), print_error("\n"))

/* Whether an instruction writes memory other than the frame. */
static bool writes(const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands)
{
    for (unsigned i = 0; i < instruction->operand_count; i++) {
        int base = cck_register_number(operands[i].mem.base);
        if (operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
            (operands[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) && base != CCK_ACCESS_RSP &&
            base != CCK_ACCESS_RBP)
            return true;
    }
    return false;
}

static bool ends_in(const char *path, const char *end)
{
    size_t length = strlen(path), wanted = strlen(end);
    return length >= wanted && strcmp(path + length - wanted, end) == 0;
}

static void check_write(cck_debug_module *module, const char *program, const cck_case *expected,
                        uint64_t address)
{
    const cck_type *type;
    int64_t offset;
    cck_variable base;
    cck_field field = {.path = "?"};
    if (!cck_debug_access(module, address, &type, &offset, &base)) {
        WRONG("%s: %s at %llx is not known", program, expected->function,
              (unsigned long long)address);
        return;
    }
    uint64_t inside = cck_type_tail(type) ? (uint64_t)offset : (uint64_t)offset % type->size;
    bool found = cck_type_field(type, inside, 0, &field);
    if (!found || strcmp(cck_type_label(type), expected->type) != 0 ||
        !ends_in(field.path, expected->path))
        WRONG("%s: %s at %llx writes %s %s (%lld)", program, expected->function,
              (unsigned long long)address, cck_type_label(type), field.path, (long long)offset);
}

static void check_function(cck_debug_module *module, const char *program, const cck_case *expected)
{
    uint64_t address, start, size;
    const char *name;
    size_t length;
    ZydisDecoder decoder;
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    unsigned seen = 0;
    if (cck_debug_find_function(module, expected->function, &address, 1) == 0 ||
        !cck_debug_function(module, address, &name, &start, &size)) {
        WRONG("%s: no function %s", program, expected->function);
        return;
    }
    const uint8_t *bytes = cck_debug_code(module, start, &length);
    assert_non_null(bytes);
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    for (size_t at = 0; at < size; at += instruction.length) {
        if (!ZYAN_SUCCESS(
                ZydisDecoderDecodeFull(&decoder, bytes + at, length - at, &instruction, operands)))
            break;
        if (!writes(&instruction, operands))
            continue;
        check_write(module, program, expected, start + at);
        seen++;
    }
    /* Without optimisation Rust's atomics are functions of their own. */
    bool calls = strcmp(program, "access-rust-0") == 0 && strstr(expected->path, "shared");
    if (!seen && !calls)
        WRONG("%s: %s writes nothing", program, expected->function);
}

static void writes_are_to_the_promised_field(void **state)
{
    (void)state;
    wrong = 0;
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        char path[PATH_MAX];
        cck_debug *debug;
        cck_debug_module *module;
        cck_error err = {0};
        if (!types_program(programs[i].program, path))
            continue;
        assert_int_equal(cck_debug_new(&debug, &err), 0);
        assert_int_equal(cck_debug_open(debug, path, "", &module, &err), 0);
        for (const cck_case *expected = programs[i].cases; expected->function; expected++)
            check_function(module, programs[i].program, expected);
        cck_debug_free(debug);
    }
    assert_int_equal(wrong, 0);
}

static uint64_t address_of(cck_debug_module *module, const char *function, uint64_t *out_size)
{
    uint64_t address, start;
    const char *name;
    if (cck_debug_find_function(module, function, &address, 1) == 0 ||
        !cck_debug_function(module, address, &name, &start, out_size))
        fail_msg("no function %s", function);
    return address;
}

/* What the first call of a function that allocates something makes; "" unknown. */
static const char *made_in(cck_debug_module *module, const char *function)
{
    uint64_t size, start = address_of(module, function, &size);
    const cck_type *type;
    for (uint64_t at = start; at < start + size; at++)
        if (cck_debug_allocated(module, at, &type)) {
            const char *label = cck_type_label(type);
            assert_true(cck_debug_allocated(module, at + 1, &type)); /* any byte of the call */
            assert_string_equal(cck_type_label(type), label);
            return label;
        }
    return "";
}

static void allocations_are_of_what_they_are_stored_to(void **state)
{
    (void)state;
    static const struct {
        const char *function, *c, *cpp;
    } cases[] = {
        {"make_stats", "struct stats", "app::Stats"}, {"make_table", "struct table", NULL},
        {"make_member", "struct stats", NULL},        {"make_bytes", "", NULL},
        {"make_array", NULL, "app::Stats"},
    };
    wrong = 0;
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        char path[PATH_MAX];
        cck_debug *debug;
        cck_debug_module *module;
        if (!types_program(programs[i].program, path) || programs[i].cases == rust_cases)
            continue;
        assert_int_equal(cck_debug_new(&debug, NULL), 0);
        assert_int_equal(cck_debug_open(debug, path, "", &module, NULL), 0);
        for (size_t j = 0; j < sizeof cases / sizeof *cases; j++) {
            const char *expected = programs[i].cases == c_cases ? cases[j].c : cases[j].cpp;
            if (!expected)
                continue;
            const char *made = made_in(module, cases[j].function);
            if (strcmp(made, expected) != 0)
                WRONG("%s: %s makes '%s'", programs[i].program, cases[j].function, made);
        }
        cck_debug_free(debug);
    }
    assert_int_equal(wrong, 0);
}

/* Without optimisation the allocation is in Arc::new(), and what that returns tells of what. */
static void an_arc_is_of_what_it_points_to(void **state)
{
    (void)state;
    char path[PATH_MAX];
    cck_debug *debug;
    cck_debug_module *module;
    if (!types_program("access-rust-0", path))
        skip();
    assert_int_equal(cck_debug_new(&debug, NULL), 0);
    assert_int_equal(cck_debug_open(debug, path, "", &module, NULL), 0);
    assert_string_equal(made_in(module, "make_arc"), "alloc::sync::ArcInner<access::Stats>");
    cck_debug_free(debug);
}

/* The variable by which an access goes: its name, whether it is what it points to. */
static void accesses_tell_their_variable(void **state)
{
    (void)state;
    static const struct {
        const char *function, *variable;
        bool pointee;
    } cases[] = {{"write_once", "stats", true},
                 {"write_global", "global_stats", false},
                 {"write_global_array", "global_array", false},
                 {"write_thread", "thread_stats", false},
                 {"write_local", "local", false}};
    char path[PATH_MAX];
    cck_debug *debug;
    cck_debug_module *module;
    if (!types_program("access-gcc-2", path))
        skip();
    assert_int_equal(cck_debug_new(&debug, NULL), 0);
    assert_int_equal(cck_debug_open(debug, path, "", &module, NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t size, start = address_of(module, cases[i].function, &size);
        bool seen = false;
        for (uint64_t at = start; at < start + size && !seen; at++) {
            const cck_type *type;
            int64_t offset;
            cck_variable base;
            seen = cck_debug_access(module, at, &type, &offset, &base) &&
                   strcmp(base.name, cases[i].variable) == 0 && base.pointee == cases[i].pointee;
        }
        if (!seen)
            fail_msg("no access of %s by %s", cases[i].function, cases[i].variable);
    }
    assert_false(cck_debug_access(module, 3, NULL, NULL, NULL));
    cck_debug_free(debug);
}

/* Names of the places around the first that is called so, in the order of their addresses. */
static void names_around(const char *program, const char *name, char *out_names, size_t size)
{
    char path[PATH_MAX];
    cck_debug *debug;
    cck_debug_module *module;
    cck_variable variable;
    *out_names = '\0';
    if (!types_program(program, path))
        skip();
    assert_int_equal(cck_debug_new(&debug, NULL), 0);
    assert_int_equal(cck_debug_open(debug, path, "", &module, NULL), 0);
    assert_true(cck_debug_find_global(module, name, &variable));
    uint64_t first = variable.start - 32;
    for (uint64_t at = first; at < first + 64; at++)
        if (cck_debug_global(module, at, &variable) && variable.start == at &&
            strncmp(variable.name, name, strlen(name)) == 0) {
            size_t used = strlen(out_names);
            snprintf(out_names + used, size - used, "%s:%d %s\n", variable.name, (int)variable.size,
                     cck_type_label(variable.type));
        }
    cck_debug_free(debug);
}

static void parts_of_a_struct_have_their_names(void **state)
{
    (void)state;
    char names[256];
    names_around("access-clang-2", "parted", names, sizeof names);
    assert_non_null(strstr(names, "parted.first:8 unsigned long\n"));
    assert_non_null(strstr(names, "parted.second:8 unsigned long\n"));
    assert_null(strstr(names, "spare")); /* nobody uses it: it is nowhere */
    names_around("access-gcc-0", "parted", names, sizeof names);
    assert_string_equal(names, "parted:24 struct {...}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_of_what_they_are_stored_to),
        cmocka_unit_test(an_arc_is_of_what_it_points_to),
        cmocka_unit_test(accesses_tell_their_variable),
        cmocka_unit_test(parts_of_a_struct_have_their_names),
        cmocka_unit_test(writes_are_to_the_promised_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
