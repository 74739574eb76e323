/* SPDX-License-Identifier: MIT */
/* Bytes as a compile_commands.json, and as a command line in one. The length chooses whether a
 * source or a header is looked for. */
#include "layouts/compile.h"
#include "tests/fuzz/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void split(const uint8_t *data, size_t size)
{
    cck_arena arena = {0};
    cck_word_list words = {0};
    cck_command command = {0};
    char *text = malloc(size + 1);
    if (!text)
        return;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    if (cck_words_split(&arena, &words, text) && words.count)
        cck_command_take(&arena, &command, words.words, words.count, "a.c");
    for (size_t i = 0; i < words.count; i++)
        if (strlen(words.words[i]) > size)
            abort();
    cck_arena_clear(&arena);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"/x/a.c", "/x/a.h"};
    fuzz_tree_make();
    fuzz_tree_put("compile_commands.json", size ? (const void *)data : "", size);
    cck_arena arena = {0};
    cck_command command = {0};
    cck_error err = {0};
    int code = cck_command_find(&arena, &command, fuzz_tree_folder, paths[size % 2], &err);
    if ((code < 0) != (*err.message != '\0'))
        abort();
    cck_arena_clear(&arena);
    split(data, size);
    return 0;
}
