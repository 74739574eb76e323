/* SPDX-License-Identifier: MIT */
#include "tests/unit/made_up.h"

#include <locale.h>
#include <math.h>

#include "core/base/expression.h"

static size_t known_names(const void *context, const char *text)
{
    (void)context;
    static const char *const names[] = {"LLC-load-misses", "LLC-loads", "mem:0x10:w"};
    size_t longest = 0;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strncmp(names[i], text, strlen(names[i])) == 0 && strlen(names[i]) > longest)
            longest = strlen(names[i]);
    return longest;
}

/* Names a, b, c are 2, 3, 0; "gone" is missing; every other name is 10. */
static cck_operand evaluate(const char *text)
{
    cck_arena arena = {0};
    cck_expression expression;
    cck_error err = {0};
    if (cck_expression_parse(&expression, text, &arena, known_names, NULL, &err) != 0)
        fail_msg("%s: %s", text, err.message);
    cck_operand operands[64];
    for (size_t i = 0; i < expression.name_count; i++) {
        const char *name = expression.names[i];
        operands[i] = (cck_operand){strcmp(name, "a") == 0   ? 2
                                    : strcmp(name, "b") == 0 ? 3
                                    : strcmp(name, "c") == 0 ? 0
                                                             : 10,
                                    strcmp(name, "gone") == 0 ? "it is gone" : NULL};
    }
    cck_operand value = cck_expression_evaluate(&expression, operands);
    cck_arena_clear(&arena);
    return value;
}

static void formulas_have_their_usual_meaning(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"1 + 2 * 3", 7},
        {"(1 + 2) * 3", 9},
        {"10 - 4 - 3", 3},
        {"100 / 5 / 4", 5},
        {"-a + b", 1},
        {"--a", 2},
        {"1000 * a / b", 2000. / 3},
        {"1e6", 1e6},
        {"1.5e-3", 0.0015},
        {".5 * a", 1},
        {"0.3 == 0.3", 1},
        {"a < b", 1},
        {"a >= b", 0},
        {"a != b", 1},
        {"a == 2 && b == 3", 1},
        {"a > b || b > a", 1},
        {"!(a > b)", 1},
        {"! c", 1},
        {"a > 1 && c > 1 || b", 1},
        {"a*(b+c*(a-b))", 6},
        {"60%", 60},
        {"LLC-load-misses - LLC-loads", 0},
        {"LLC-loads-a", 8},
        {"'LLC-loads'*2", 20},
        {"\"any name at all\"", 10},
        {"mem:0x10:w > 9", 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cck_operand value = evaluate(cases[i].text);
        if (value.missing || fabs(value.value - cases[i].value) > 1e-12)
            fail_msg("%s gave %g (%s)", cases[i].text, value.value,
                     value.missing ? value.missing : "counted");
    }
}

static void what_is_missing_never_decides(void **state)
{
    (void)state;
    assert_non_null(evaluate("gone + 1").missing);
    assert_non_null(evaluate("gone > 1 && a > 1").missing);
    assert_non_null(evaluate("gone > 1 || a > 5").missing);
    assert_non_null(evaluate("!(gone > 1)").missing);
    assert_non_null(evaluate("a / c").missing);
    assert_non_null(evaluate("1e300 * 1e300").missing);
    cck_operand decided = evaluate("gone > 1 || a > 1");
    assert_null(decided.missing);
    assert_int_equal(decided.value, 1);
    decided = evaluate("gone > 1 && a > 5");
    assert_null(decided.missing);
    assert_int_equal(decided.value, 0);
}

static void errors_tell_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "ends where a number or a name"},
        {"llc_mpki >", "ends where a number or a name"},
        {"1 + * 2", "character 5"},
        {"(1 + 2", "')'"},
        {"1 2", "an operator expected at '2'"},
        {"a => 2", "character 3"},
        {"0x10", "an operator expected at 'x10'"},
        {"'open", "a closing quote"},
        {"''", "a name"},
        {"1e999", "smaller number"},
        {"a ; b", "an operator"},
        {"\xff", "a number or a name"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cck_arena arena = {0};
        cck_expression expression;
        cck_error err = {0};
        int code = cck_expression_parse(&expression, cases[i].text, &arena, NULL, NULL, &err);
        assert_int_equal(code, CCK_EINVALID);
        if (!strstr(err.message, cases[i].says))
            fail_msg("'%s': %s", cases[i].text, err.message);
        cck_arena_clear(&arena);
    }
}

static int parse_repeated(const char *unit, size_t times, const char *end)
{
    size_t length = strlen(unit);
    char *text = malloc(length * times + strlen(end) + 1);
    assert_non_null(text);
    for (size_t i = 0; i < times; i++)
        memcpy(text + i * length, unit, length);
    strcpy(text + length * times, end);
    cck_arena arena = {0};
    cck_expression expression;
    int code = cck_expression_parse(&expression, text, &arena, NULL, NULL, NULL);
    cck_arena_clear(&arena);
    free(text);
    return code;
}

static void depth_and_length_are_bounded(void **state)
{
    (void)state;
    assert_int_equal(parse_repeated("(", 3000, "1"), CCK_ELIMIT);
    assert_int_equal(parse_repeated("-", 3000, "1"), CCK_ELIMIT);
    assert_int_equal(parse_repeated("1+", 2000, "1"), CCK_ELIMIT);
    assert_int_equal(parse_repeated("1 ", 50000, ""), CCK_ELIMIT);
    assert_int_equal(parse_repeated("1+", 100, "1"), 0);
}

/* Bytes of all kinds: an answer or an error, never a crash. */
static void noise_is_survived(void **state)
{
    (void)state;
    static const char alphabet[] = "()+-*/<>=!&|ab1.e'\" %x\xc3";
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 20000; round++) {
        char text[24] = "";
        size_t length = random % (sizeof text - 1);
        for (size_t i = 0; i < length; i++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            text[i] = alphabet[random % (sizeof alphabet - 1)];
        }
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        cck_arena arena = {0};
        cck_expression expression;
        if (cck_expression_parse(&expression, text, &arena, NULL, NULL, NULL) == 0) {
            cck_operand operands[64];
            for (size_t i = 0; i < expression.name_count; i++)
                operands[i] = (cck_operand){(double)(random % 3), random % 5 ? NULL : "missing"};
            cck_operand value = cck_expression_evaluate(&expression, operands);
            assert_true(value.missing || isfinite(value.value));
        }
        cck_arena_clear(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formulas_have_their_usual_meaning),
        cmocka_unit_test(what_is_missing_never_decides),
        cmocka_unit_test(errors_tell_the_place),
        cmocka_unit_test(depth_and_length_are_bounded),
        cmocka_unit_test(noise_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
