/* SPDX-License-Identifier: MIT */
/* Bytes as a record of the simulator's tool, which the simulated program could have written. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/simulate/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cck_image image;
    cck_error err = {0};
    char *text = malloc(size ? size : 1);
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    int code = cck_image_parse(&image, text, size, &err);
    free(text);
    if ((code < 0) != (*err.message != '\0'))
        abort();
    if (code < 0)
        return 0;
    if (image.levels < 2 || image.levels > 3 ||
        memchr(image.program, 0, sizeof image.program) == NULL)
        abort();
    for (size_t i = 0; i < image.thread_count; i++)
        if (!memchr(image.threads[i].name, 0, sizeof image.threads[i].name))
            abort();
    cck_image_clear(&image);
    return 0;
}
