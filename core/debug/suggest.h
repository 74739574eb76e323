/* SPDX-License-Identifier: MIT */
#ifndef CCK_DEBUG_SUGGEST_H
#define CCK_DEBUG_SUGGEST_H

#include "core/base/arena.h"
#include "core/debug/type.h"

/**
 * What to change so that a field, element, variable or block has its cache lines for
 * itself: in words, in the language's idiom, and as a layout that can be simulated.
 * A function of the type alone: whether it pays is for others to say.
 */

/** What shares a line with what. */
typedef enum cck_suggest_kind {
    CCK_SUGGEST_FIELD,   /* of a struct with its neighbours: align it, and what follows it */
    CCK_SUGGEST_ELEMENT, /* of an array with its neighbours: align the element's type */
    CCK_SUGGEST_GLOBAL,  /* a variable with its neighbours: align it, pad it */
    CCK_SUGGEST_HEAP,    /* a block with its neighbours: allocate it aligned */
    CCK_SUGGEST_PARTS,   /* of a struct with each other: align the first field of each */
    CCK_SUGGEST_SPLIT    /* of a struct: put those that are written into one of their own */
} cck_suggest_kind;

/** Bytes that move together: [old_offset, old_offset + size) is at `new_offset` afterwards. */
typedef struct cck_move {
    uint64_t old_offset, size, new_offset;
} cck_move;

/** The layout after a change; moves by old offset, without overlaps. */
typedef struct cck_relayout {
    uint64_t new_size;
    uint32_t new_align;
    cck_move *moves; /* in the arena */
    size_t move_count;
} cck_relayout;

typedef struct cck_change {
    const char *text;            /* a sentence */
    const char *code;            /* lines of source, "\n" between them */
    uint64_t old_size, new_size; /* bytes of an object, element, variable or block */
    int64_t cost;                /* bytes more for each */
    cck_relayout layout;
} cck_change;

/**
 * FIELD: `type` is the struct, `offset` any byte of the field. PARTS: what follows the
 * fields that start a line stays behind them; in Rust, which orders fields as it likes,
 * they are wrapped and stand alone. ELEMENT: `type` is the
 * element's. GLOBAL: the variable's (`name` of it). HEAP: the block's, or NULL with
 * `size`. `line` a power of two. False if there is nothing to suggest: the offset is
 * padding, or it stands alone already. SPLIT: `starts` are in the fields that go; words only,
 * there is no layout. Strings live in the arena.
 */
typedef struct cck_suggest_request {
    cck_suggest_kind kind;
    const cck_type *type;
    uint64_t offset;
    uint64_t size;
    const char *name;
    uint32_t line;
    cck_language language;  /* UNKNOWN: the type's */
    const char *macro;      /* what the project writes behind C and C++ declarations to align
                               them to a line; NULL or "": it has none */
    const uint64_t *starts; /* PARTS: any byte of the first field of each part but the first */
    size_t start_count;
    bool local; /* GLOBAL: the variable is a function's */
} cck_suggest_request;

bool cck_suggest(const cck_suggest_request *request, cck_arena *arena, cck_change *out_change);

/** A struct or union that the user declared: one of a library, a lock or an atomic cannot be
 * aligned where it is declared, but where it is used. */
bool cck_type_is_own(const cck_type *type);

/** What the source calls it in its declaration: "Stats" of "net::Stats<int>". */
const char *cck_type_name_there(const cck_type *type, cck_arena *arena);

/** What the source calls it where it is used: in Rust without the modules, which `use` names. */
const char *cck_type_name_here(const cck_type *type, cck_arena *arena);

/** SPLIT; for suggest.c. */
bool cck_suggest_split(const cck_suggest_request *request, cck_arena *arena, cck_change *out);

/** Where a byte of the old layout is in the new one; bytes of padding follow what is before
 * them. Beyond the size the layout repeats, as in an array. */
uint64_t cck_relayout_offset(const cck_relayout *layout, uint64_t old_size, uint64_t offset);

/** The layout when each of some direct members starts a line, and what follows stays behind it. */
bool cck_relayout_start(const cck_type *type, const size_t *members, size_t count, uint32_t line,
                        cck_arena *arena, cck_relayout *out_layout);

/**
 * The layout when the direct member at index `member` starts a line of its own and what
 * follows it starts the next one. False when memory is out or it is so already.
 */
bool cck_relayout_separate(const cck_type *type, size_t member, uint32_t line, cck_arena *arena,
                           cck_relayout *out_layout);

#endif
