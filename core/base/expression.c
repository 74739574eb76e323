/* SPDX-License-Identifier: MIT */
#include "core/base/expression.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"

enum { MOST_NODES = 256, MOST_NAMES = 64, MOST_DEPTH = 40, MOST_LENGTH = 4096 };

typedef enum op_code {
    NUMBER,
    NAME,
    NEGATE,
    NOT,
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    LESS,
    LESS_EQUAL,
    GREATER,
    GREATER_EQUAL,
    EQUAL,
    NOT_EQUAL,
    AND,
    OR
} op_code;

/* A stack machine: a node takes its operands off the stack and puts its value on. */
struct cck_expression_node {
    op_code operation;
    unsigned name;
    double number;
};

typedef struct parse_state {
    const char *text, *at;
    cck_arena *arena;
    cck_expression_known *known;
    const void *context;
    cck_error *err;
    struct cck_expression_node nodes[MOST_NODES];
    const char *names[MOST_NAMES];
    unsigned node_count, name_count, depth;
} parse_state;

/* Binary operators by level, the weakest first. A longer spelling comes before one
 * that it starts with. */
static const struct binary {
    const char *spelling;
    int level;
    op_code operation;
} binaries[] = {
    {"||", 0, OR},    {"&&", 1, AND},       {"<=", 2, LESS_EQUAL}, {">=", 2, GREATER_EQUAL},
    {"==", 2, EQUAL}, {"!=", 2, NOT_EQUAL}, {"<", 2, LESS},        {">", 2, GREATER},
    {"+", 3, ADD},    {"-", 3, SUBTRACT},   {"*", 4, MULTIPLY},    {"/", 4, DIVIDE},
};
enum { LEVELS = 5 };

static int parse_level(parse_state *parser, int level);

/* ctype.h follows the locale; formulas do not. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool starts_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool continues_name(char c)
{
    return starts_name(c) || is_digit(c);
}

static void skip_space(parse_state *parser)
{
    while (*parser->at == ' ' || *parser->at == '\t' || *parser->at == '\n')
        parser->at++;
}

static int expected(parse_state *parser, const char *what)
{
    int column = (int)(parser->at - parser->text) + 1;
    if (!*parser->at)
        return cck_fail(parser->err, CCK_EINVALID, "'%s' ends where %s should stand", parser->text,
                        what);
    return cck_fail(parser->err, CCK_EINVALID, "%s expected at '%.20s' (character %d of '%s')",
                    what, parser->at, column, parser->text);
}

static int add_node(parse_state *parser, struct cck_expression_node node)
{
    if (parser->node_count == MOST_NODES)
        return cck_fail(parser->err, CCK_ELIMIT, "the expression is longer than %d terms",
                        MOST_NODES);
    parser->nodes[parser->node_count++] = node;
    return 0;
}

static int add_name(parse_state *parser, const char *name, size_t length)
{
    unsigned index = 0;
    while (index < parser->name_count && (strncmp(parser->names[index], name, length) != 0 ||
                                          parser->names[index][length] != '\0'))
        index++;
    if (index == MOST_NAMES)
        return cck_fail(parser->err, CCK_ELIMIT, "the expression has more than %d names",
                        MOST_NAMES);
    if (index == parser->name_count) {
        char *copy = cck_arena_strndup(parser->arena, name, length);
        if (!copy)
            return cck_fail(parser->err, CCK_ENOMEM, "out of memory");
        parser->names[parser->name_count++] = copy;
    }
    return add_node(parser, (struct cck_expression_node){.operation = NAME, .name = index});
}

static int parse_quoted(parse_state *parser)
{
    char quote = *parser->at++;
    const char *end = strchr(parser->at, quote);
    if (!end || end == parser->at)
        return expected(parser, end ? "a name" : "a closing quote");
    int code = add_name(parser, parser->at, (size_t)(end - parser->at));
    parser->at = end + 1;
    return code;
}

/* strtod() would follow the locale, and take "inf", "nan" and hexadecimal. */
static int parse_number(parse_state *parser)
{
    double number = 0;
    int exponent = 0, sign = 1, decimals = 0;
    const char *at = parser->at;
    for (; is_digit(*at); at++)
        number = number * 10 + (*at - '0');
    if (*at == '.')
        for (at++; is_digit(*at); at++, decimals++)
            number = number * 10 + (*at - '0');
    if ((*at == 'e' || *at == 'E') &&
        (is_digit(at[1]) || ((at[1] == '-' || at[1] == '+') && is_digit(at[2])))) {
        at++;
        if (*at == '-' || *at == '+')
            sign = *at++ == '-' ? -1 : 1;
        for (; is_digit(*at); at++)
            exponent = exponent < 1000 ? exponent * 10 + (*at - '0') : exponent;
    }
    /* Dividing by a power of ten rounds once; multiplying by its inverse would twice. */
    exponent = sign * exponent - decimals;
    number = exponent < 0 ? number / pow(10, -exponent) : number * pow(10, exponent);
    if (!isfinite(number))
        return expected(parser, "a smaller number");
    parser->at = at;
    if (*at == '%') /* "60%" reads well, and metrics in percents count so */
        parser->at++;
    return add_node(parser, (struct cck_expression_node){.operation = NUMBER, .number = number});
}

static int parse_bare_name(parse_state *parser)
{
    size_t length = parser->known ? parser->known(parser->context, parser->at) : 0;
    if (!length)
        while (continues_name(parser->at[length]))
            length++;
    int code = add_name(parser, parser->at, length);
    parser->at += length;
    return code;
}

static int parse_operand(parse_state *parser)
{
    skip_space(parser);
    char c = *parser->at;
    if (c == '(') {
        parser->at++;
        int code = parse_level(parser, 0);
        if (code)
            return code;
        skip_space(parser);
        if (*parser->at != ')')
            return expected(parser, "')'");
        parser->at++;
        return 0;
    }
    if (c == '"' || c == '\'')
        return parse_quoted(parser);
    if (is_digit(c) || (c == '.' && is_digit(parser->at[1])))
        return parse_number(parser);
    if (starts_name(c) || (parser->known && parser->known(parser->context, parser->at)))
        return parse_bare_name(parser);
    return expected(parser, "a number or a name");
}

static int parse_unary(parse_state *parser)
{
    skip_space(parser);
    char c = *parser->at;
    if (c != '-' && !(c == '!' && parser->at[1] != '='))
        return parse_operand(parser);
    if (++parser->depth > MOST_DEPTH)
        return cck_fail(parser->err, CCK_ELIMIT, "the expression is nested too deeply");
    parser->at++;
    int code = parse_unary(parser);
    parser->depth--;
    return code ? code
                : add_node(parser,
                           (struct cck_expression_node){.operation = c == '-' ? NEGATE : NOT});
}

static const struct binary *match_binary(const parse_state *parser, int level)
{
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
        size_t length = strlen(binaries[i].spelling);
        if (strncmp(parser->at, binaries[i].spelling, length) == 0)
            return binaries[i].level == level ? &binaries[i] : NULL;
    }
    return NULL;
}

static int parse_level(parse_state *parser, int level)
{
    if (level == LEVELS)
        return parse_unary(parser);
    if (level == 0 && ++parser->depth > MOST_DEPTH)
        return cck_fail(parser->err, CCK_ELIMIT, "the expression is nested too deeply");
    int code = parse_level(parser, level + 1);
    while (!code) {
        skip_space(parser);
        const struct binary *binary = match_binary(parser, level);
        if (!binary)
            break;
        parser->at += strlen(binary->spelling);
        code = parse_level(parser, level + 1);
        if (!code)
            code = add_node(parser, (struct cck_expression_node){.operation = binary->operation});
    }
    if (level == 0)
        parser->depth--;
    return code;
}

static int hand_over(parse_state *parser, cck_expression *expression)
{
    struct cck_expression_node *nodes =
        cck_arena_array(parser->arena, parser->node_count, sizeof *nodes);
    const char **names = cck_arena_array(parser->arena, parser->name_count, sizeof *names);
    if (!nodes || !names)
        return cck_fail(parser->err, CCK_ENOMEM, "out of memory");
    memcpy(nodes, parser->nodes, parser->node_count * sizeof *nodes);
    if (parser->name_count)
        memcpy(names, parser->names, parser->name_count * sizeof *names);
    *expression = (cck_expression){nodes, parser->node_count, names, parser->name_count};
    return 0;
}

int cck_expression_parse(cck_expression *expression, const char *text, cck_arena *arena,
                         cck_expression_known *known, const void *context, cck_error *err)
{
    if (strlen(text) > MOST_LENGTH)
        return cck_fail(err, CCK_ELIMIT, "the expression is longer than %d characters",
                        MOST_LENGTH);
    parse_state *state = calloc(1, sizeof *state);
    if (!state)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    *state = (parse_state){
        .text = text, .at = text, .arena = arena, .known = known, .context = context, .err = err};
    int code = parse_level(state, 0);
    if (!code) {
        skip_space(state);
        code = *state->at ? expected(state, "an operator") : hand_over(state, expression);
    }
    free(state);
    return code;
}

static const char *first_missing(cck_operand left, cck_operand right)
{
    return left.missing ? left.missing : right.missing;
}

/* Kleene's logic: a missing side matters only where the other does not decide. */
static cck_operand join(op_code operation, cck_operand left, cck_operand right)
{
    bool deciding = operation == OR;
    if ((!left.missing && (left.value != 0) == deciding) ||
        (!right.missing && (right.value != 0) == deciding))
        return (cck_operand){deciding, NULL};
    return (cck_operand){!deciding, first_missing(left, right)};
}

static cck_operand combine(op_code operation, cck_operand left, cck_operand right)
{
    if (operation == AND || operation == OR)
        return join(operation, left, right);
    cck_operand result = {0, first_missing(left, right)};
    if (result.missing)
        return result;
    double a = left.value, b = right.value;
    switch (operation) {
    case ADD:
        result.value = a + b;
        break;
    case SUBTRACT:
        result.value = a - b;
        break;
    case MULTIPLY:
        result.value = a * b;
        break;
    case DIVIDE:
        if (b == 0)
            result.missing = "nothing to divide by: the count below the line is 0";
        else
            result.value = a / b;
        break;
    case LESS:
        result.value = a < b;
        break;
    case LESS_EQUAL:
        result.value = a <= b;
        break;
    case GREATER:
        result.value = a > b;
        break;
    case GREATER_EQUAL:
        result.value = a >= b;
        break;
    case EQUAL:
        result.value = a == b;
        break;
    default:
        result.value = a != b;
        break;
    }
    if (!isfinite(result.value))
        result = (cck_operand){0, "the numbers are too large"};
    return result;
}

cck_operand cck_expression_evaluate(const cck_expression *expression, const cck_operand *operands)
{
    cck_operand stack[MOST_NODES];
    unsigned height = 0;
    for (size_t i = 0; i < expression->node_count; i++) {
        const struct cck_expression_node *node = &expression->nodes[i];
        if (node->operation == NUMBER) {
            stack[height++] = (cck_operand){node->number, NULL};
        } else if (node->operation == NAME) {
            stack[height++] = operands[node->name];
        } else if (node->operation == NEGATE) {
            stack[height - 1].value = -stack[height - 1].value;
        } else if (node->operation == NOT) {
            stack[height - 1].value = stack[height - 1].value == 0;
        } else {
            height--;
            stack[height - 1] = combine(node->operation, stack[height - 1], stack[height]);
        }
    }
    return height ? stack[0] : (cck_operand){0, "the expression is empty"};
}
