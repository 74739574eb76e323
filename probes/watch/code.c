/* SPDX-License-Identifier: MIT */
#include "probes/watch/code.h"

#include <stdlib.h>

#include "probes/watch/text_process.h"

typedef struct code {
    cck_process_text *text; /* NULL: it cannot be read */
    cck_decoder *decoder;
} code;

static uint64_t key_of(const cck_watch_image *image)
{
    return (uint64_t)image->number + 1;
}

static void free_code(code *made)
{
    cck_decoder_free(made->decoder);
    cck_process_text_free(made->text);
    free(made);
}

cck_decoder *cck_watch_codes_get(cck_watch_codes *codes, const cck_watch_image *image)
{
    code *known = cck_map_get(&codes->by_image, key_of(image));
    if (known)
        return known->decoder;
    code *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    if (!cck_map_put(&codes->by_image, key_of(image), made)) {
        free(made);
        return NULL;
    }
    if (cck_process_text_new(&made->text, codes->root, image->pid, NULL) < 0)
        return NULL;
    cck_text text = cck_process_text_reader(made->text);
    if (cck_decoder_new(&made->decoder, codes->machine, &text, NULL) < 0)
        made->decoder = NULL;
    return made->decoder;
}

bool cck_watch_codes_text(const cck_watch_codes *codes, const cck_watch_image *image,
                          cck_text *out_text)
{
    const code *known = cck_map_get(&codes->by_image, key_of(image));
    if (!known || !known->decoder)
        return false;
    *out_text = cck_process_text_reader(known->text);
    return true;
}

static void forget(void *decoder, uint64_t start, uint64_t end)
{
    cck_decoder_forget(decoder, start, end);
}

void cck_watch_codes_update(cck_watch_codes *codes, const cck_watch_image *image)
{
    code *known = cck_map_get(&codes->by_image, key_of(image));
    if (known && known->decoder)
        cck_process_text_update(known->text, forget, known->decoder, NULL);
}

void cck_watch_codes_clear(cck_watch_codes *codes)
{
    size_t cursor = 0;
    uint64_t key;
    void *known;
    while (cck_map_next(&codes->by_image, &cursor, &key, &known))
        free_code(known);
    cck_map_clear(&codes->by_image);
}
