/* SPDX-License-Identifier: MIT */
/* Reads files as `cachecheck layout` does before any rule looks at them, and tells what it found:
 *   corpus [-j THREADS] [-l] [--] FILE... [-- FLAG...]
 * -l lists the types with their sizes, to compare with other tools. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layouts/input.h"

static void list_types(const cck_corpus *corpus)
{
    for (size_t i = 0; i < corpus->type_count; i++)
        printf("%s\t%llu\t%u\t%s:%u\n", cck_type_label(corpus->types[i].type),
               (unsigned long long)corpus->types[i].type->size, corpus->types[i].seen,
               corpus->types[i].type->file, corpus->types[i].type->line);
    for (size_t i = 0; i < corpus->global_count; i++)
        printf("%s\t%llu\t0x%llx\t%s\t%s\n", corpus->globals[i].name,
               (unsigned long long)corpus->globals[i].size,
               (unsigned long long)corpus->globals[i].address, corpus->globals[i].section,
               corpus->globals[i].type ? cck_type_label(corpus->globals[i].type) : "");
}

int main(int argc, char **argv)
{
    cck_input_options options = {.jobs = 0};
    cck_corpus corpus = {.types = NULL};
    bool list = false;
    int option;
    while ((option = getopt(argc, argv, "j:lp:")) >= 0) {
        if (option == 'j')
            options.jobs = (uint32_t)strtoul(optarg, NULL, 10);
        if (option == 'p')
            options.compile_commands = optarg;
        list |= option == 'l';
    }
    int last = optind;
    while (last < argc && strcmp(argv[last], "--") != 0)
        last++;
    if (last < argc)
        options.compile_flags = (const char *const *)argv + last + 1;
    for (int i = optind; i < last; i++) {
        cck_error err = {0};
        if (cck_input_read(&corpus, argv[i], &options, &err) != 0) {
            fprintf(stderr, "%s\n%s\n", err.message, err.hint);
            cck_corpus_clear(&corpus);
            return 2;
        }
    }
    cck_corpus_sort(&corpus);
    if (list)
        list_types(&corpus);
    for (size_t i = 0; i < corpus.input_count; i++)
        printf("# %s%s%s: %s, %s, %llu units, %llu types seen. %s\n", corpus.inputs[i].path,
               *corpus.inputs[i].member ? " " : "", corpus.inputs[i].member, corpus.inputs[i].kind,
               corpus.inputs[i].processor, (unsigned long long)corpus.inputs[i].units,
               (unsigned long long)corpus.inputs[i].types, corpus.inputs[i].note);
    printf("# %zu types, %zu globals\n", corpus.type_count, corpus.global_count);
    cck_corpus_clear(&corpus);
    return 0;
}
