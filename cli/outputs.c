/* SPDX-License-Identifier: MIT */
#include "outputs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cachecheck/target.h>

#include "terminal.h"

/* Names with their rank: they live as long as the program. */
static char *expanded[CLI_LIST_MOST];

/* "result.%r.json" with the number in it; NULL after printing why there is none. */
static char *with_rank(const char *path)
{
    const char *place = strstr(path, "%r");
    int32_t rank = cck_rank(NULL);
    char *text = NULL;
    if (rank < 0) {
        fputs("cachecheck: no rank for %r: no MPI or Slurm variable tells one\n"
              "  hint: start cachecheck by the launcher: mpirun -n 8 cachecheck stat -o "
              "'result.%r.json' -- ./app\n",
              stderr);
        return NULL;
    }
    if (asprintf(&text, "%.*s%" PRId32 "%s", (int)(place - path), path, rank, place + 2) < 0)
        return NULL;
    return text;
}

bool cli_outputs_prepare(cli_list *outputs, const char *format_name)
{
    if (outputs->count > 1 && format_name) {
        fputs("cachecheck: several -o choose their formats by their endings: leave out --format\n",
              stderr);
        return false;
    }
    for (size_t i = 0; i < outputs->count; i++) {
        if (strstr(outputs->items[i], "%r")) {
            free(expanded[i]);
            expanded[i] = with_rank(outputs->items[i]);
            outputs->items[i] = expanded[i];
        }
        if (!outputs->items[i] || !cli_check_output(outputs->items[i]))
            return false;
    }
    return true;
}

bool cli_outputs_to_file(const cli_list *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (strcmp(outputs->items[i], "-") == 0)
            return false;
    return outputs->count > 0;
}

int cli_outputs_format(const cli_list *outputs, size_t i, const char *format_name)
{
    return cli_choose_format(format_name, i < outputs->count ? outputs->items[i] : NULL);
}

int cli_outputs_write(const cck_result *result, const cli_list *outputs, const char *format_name,
                      const cck_report_options *options)
{
    int code = 0;
    for (size_t i = 0; i < outputs->count || i == 0; i++) {
        const char *path = i < outputs->count ? outputs->items[i] : NULL;
        cck_report_options own = *options;
        own.color = own.color && (!path || strcmp(path, "-") == 0);
        int one = cli_write_result(result, format_name, path, &own);
        code = code ? code : one;
    }
    return code;
}
