/* SPDX-License-Identifier: MIT */
/* Bytes as a formula: an error or a number, never a crash, never NaN. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/expression.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST_NAMES = 64 };
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    cck_arena arena = {0};
    cck_expression expression;
    if (cck_expression_parse(&expression, text, &arena, NULL, NULL, NULL) == 0) {
        cck_operand operands[MOST_NAMES];
        if (expression.name_count > MOST_NAMES)
            abort();
        for (size_t i = 0; i < expression.name_count; i++)
            operands[i] = (cck_operand){(double)i - 1, i % 3 == 2 ? "missing" : NULL};
        cck_operand value = cck_expression_evaluate(&expression, operands);
        if (!value.missing && !isfinite(value.value))
            abort();
    }
    cck_arena_clear(&arena);
    free(text);
    return 0;
}
