/* SPDX-License-Identifier: MIT */
#include "core/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef CCK_ARENA_BLOCK /* fuzz targets have smaller ones */
#define CCK_ARENA_BLOCK (16 * 1024)
#endif

/* From LARGE_SIZE on malloc maps blocks, whose pages are zero without being written. */
enum { BLOCK_SIZE = CCK_ARENA_BLOCK, LARGE_SIZE = 16 * BLOCK_SIZE };

struct cck_arena_block {
    struct cck_arena_block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

static struct cck_arena_block *add_block(cck_arena *arena, size_t least)
{
    size_t size = arena->used >= LARGE_SIZE ? LARGE_SIZE : BLOCK_SIZE;
    size = least > size ? least : size;
    if (size > SIZE_MAX - sizeof(struct cck_arena_block))
        return NULL;
    struct cck_arena_block *block = calloc(1, sizeof *block + size);
    if (!block)
        return NULL;
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *cck_arena_alloc(cck_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX - align)
        return NULL;
    size = (size + align - 1) & ~(align - 1);
    struct cck_arena_block *block = arena->blocks;
    if (!block || block->size - block->used < size)
        block = add_block(arena, size);
    if (!block)
        return NULL;
    void *memory = block->bytes + block->used;
    block->used += size;
    arena->used += size;
    return memory;
}

void *cck_arena_array(cck_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return cck_arena_alloc(arena, bytes);
}

char *cck_arena_strndup(cck_arena *arena, const char *text, size_t length)
{
    size_t size = strnlen(text, length);
    char *copy = cck_arena_alloc(arena, size + 1);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

char *cck_arena_strdup(cck_arena *arena, const char *text)
{
    return text ? cck_arena_strndup(arena, text, strlen(text)) : NULL;
}

/* Mostly it fits into what is left of the block: formatted there, and once. */
char *cck_arena_printf(cck_arena *arena, const char *format, ...)
{
    struct cck_arena_block *block = arena->blocks;
    size_t room = block ? block->size - block->used : 0;
    char *text = room ? (char *)block->bytes + block->used : NULL;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, room, format, args);
    va_end(args);
    if (length >= 0 && (size_t)length < room)
        return cck_arena_alloc(arena, (size_t)length + 1);
    if (room)
        memset(text, 0, room); /* what is handed out is zeroed */
    text = length < 0 ? NULL : cck_arena_alloc(arena, (size_t)length + 1);
    if (!text)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}

void cck_arena_clear(cck_arena *arena)
{
    struct cck_arena_block *block = arena->blocks;
    while (block) {
        struct cck_arena_block *next = block->next;
        free(block);
        block = next;
    }
    arena->blocks = NULL;
    arena->used = 0;
}
