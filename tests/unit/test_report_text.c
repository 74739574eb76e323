/* SPDX-License-Identifier: MIT */
/* The text report, read as a stranger would. CCK_SHOW=1 prints the made-up ones. */
#include "tests/unit/made_up.h"

#include "core/text.h"

typedef cck_result *maker(void);

static cck_result *made_up_thousands(void)
{
    return made_up_crowd(10000);
}

static maker *const makers[] = {made_up_pmu, made_up_simulated, made_up_software,
                                made_up_thousands, made_up_nothing};

static void lines_fit_the_terminal(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(makers); i++) {
        cck_result *result = makers[i]();
        for (unsigned width = 80; width <= 120; width += 20) {
            cck_report_options options = {.size = sizeof options, .width = width, .utf8 = true};
            char *text = made_up_report(result, CCK_FORMAT_TEXT, &options);
            if (getenv("CCK_SHOW") && (width == 80 || width == 100))
                printf("----- width %u\n%s", width, text);
            for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
                if (strncmp(line, "next", 4) != 0)
                    assert_in_range(cck_text_width(line, true), 0, width);
            free(text);
        }
        cck_result_free(result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_fit_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
