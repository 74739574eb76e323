/* SPDX-License-Identifier: MIT */
/* Bytes as a configuration file, and as a source with comments for the layout audit. */
#include <stdint.h>
#include <stdlib.h>

#include "layouts/annotation.h"
#include "layouts/config.h"
#include "layouts/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_config(const char *text, size_t size)
{
    cck_arena arena = {0};
    cck_layout_config config = {.line = 1};
    cck_error err = {0};
    int code = cck_layout_config_parse(&config, &arena, "fuzz", text, size, &err);
    if (code && (config.line != 1 || !*err.message))
        abort();
    if (!code) {
        cck_layout_config_sync(&config, "struct a");
        cck_layout_config_field(&config, "struct a", "b");
        cck_layout_config_ignore(&config, "CC101", "adjacent-atomics", "struct a");
    }
    cck_arena_clear(&arena);
}

static void read_source(const char *text, size_t size)
{
    cck_annotations *annotations = cck_annotations_new();
    unsigned use;
    const char *writer;
    if (annotations && cck_annotations_take(annotations, "fuzz", text, size))
        for (uint32_t line = 0; line < 20; line++) {
            cck_annotation_use(annotations, "fuzz", line, &use, &writer);
            cck_annotation_ignores(annotations, "fuzz", line, "CC101", "adjacent-atomics");
            cck_annotation_mentions(annotations, "fuzz", line, "alignas");
        }
    cck_annotations_free(annotations);
}

/* The table of words is ours: read once. */
static void ask_words(const char *text)
{
    static cck_arena arena;
    static cck_words words;
    static bool loaded;
    if (!loaded && !cck_words_load(&words, &arena))
        abort();
    loaded = true;
    cck_words_of(&words, text);
    cck_words_pair(&words, text, "next_seq");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    for (size_t i = 0; i < size; i++)
        text[i] = (char)data[i];
    text[size] = '\0';
    read_config(text, size);
    read_source(text, size);
    ask_words(text);
    free(text);
    return 0;
}
