/* SPDX-License-Identifier: MIT */
#ifndef CCK_DEBUG_TYPE_H
#define CCK_DEBUG_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Types as a compiler laid them out. Plain data: filled in from DWARF (core/debug), later
 * also from BTF; rules, findings and what-if read it. Whoever made a type owns it; types
 * point to each other freely (in circles, through pointers).
 */

typedef enum cck_type_kind {
    CCK_TYPE_BASE, /* integers, floats, characters, bool */
    CCK_TYPE_ENUM,
    CCK_TYPE_POINTER, /* and references; `target` what it points to (NULL: void) */
    CCK_TYPE_ARRAY,   /* `target` elements, `count` of them (0 unknown or flexible) */
    CCK_TYPE_STRUCT,  /* struct, class, Rust struct and tuple */
    CCK_TYPE_UNION,   /* and Rust enums' variant parts: members overlay each other */
    CCK_TYPE_FUNCTION,
    CCK_TYPE_OPAQUE /* declared only, or not understood; size 0 */
} cck_type_kind;

/** Language whose idiom a suggestion uses. */
typedef enum cck_language {
    CCK_LANGUAGE_UNKNOWN,
    CCK_LANGUAGE_C,
    CCK_LANGUAGE_CPP,
    CCK_LANGUAGE_RUST,
    CCK_LANGUAGE_GO
} cck_language;

/** How a thing of this type takes part in synchronisation (data: core/debug/sync.names). */
typedef enum cck_sync {
    CCK_SYNC_NONE,
    CCK_SYNC_ATOMIC,   /* an atomic variable */
    CCK_SYNC_LOCK,     /* mutex, spinlock, rwlock, semaphore, condition variable, ... */
    CCK_SYNC_VOLATILE, /* volatile, which old code uses as if it were atomic */
    CCK_SYNC_PADDED,   /* made to stand alone: CachePadded, cpu.CacheLinePad */
    CCK_SYNC_OWNED     /* atomic against interrupts only: each CPU has its own, local_t */
} cck_sync;

typedef struct cck_type cck_type;

/* Kernels have hundreds of thousands of these: a line each, what has the same size together. */
typedef struct cck_member {
    const char *name;     /* "" anonymous (its fields belong to the parent) or a base class */
    const cck_type *type; /* never NULL */
    uint64_t offset;      /* bytes; of the storage unit for a bit-field */
    const char *tag;  /* what btf_decl_tag("cachecheck: ...") says of it, behind the colon; NULL */
    const char *file; /* of the declaration; "" unknown */
    uint32_t line;
    uint32_t bit_offset, bit_size; /* bit_size 0: no bit-field */
    uint32_t align;                /* asked for explicitly; 0: not */
    bool base;                     /* a base class */
    bool artificial;               /* the vtable pointer and its like */
} cck_member;

struct cck_type {
    cck_type_kind kind;
    cck_sync sync;
    const char *name;          /* qualified, as the language writes it: "struct stats", "ns::Stats",
                                  "core::sync::atomic::AtomicU64"; "" anonymous */
    const char *alias;         /* the typedef by which an anonymous one is known; "" */
    uint64_t size;             /* bytes; 0 unknown or incomplete */
    const cck_member *members; /* by offset; struct, union */
    size_t member_count;
    const cck_type *target; /* pointer, array; elements of a container that says so: Vec<T> */
    uint64_t count;         /* array */
    uint64_t stride;        /* array: bytes from element to element */
    const char *file;       /* of the declaration; "" unknown (Rust has none) */
    uint32_t line;
    uint32_t align;       /* natural or asked for; 0 unknown */
    uint32_t align_asked; /* explicitly; 0: not */
    cck_language language;
    bool is_volatile, is_atomic, is_const; /* qualifiers on the way to it */
    bool sync_inside; /* `sync` is that of its only member: a wrapper, whose member is the leaf */
};

/** What lies at an offset of a type. */
typedef struct cck_field {
    char path[256];           /* "slots[1].count"; "" for the thing itself; cut with "..." */
    const cck_type *type;     /* of the innermost field that holds the bytes asked for; not NULL */
    uint64_t offset;          /* of that field, from the start of the type */
    uint64_t size;            /* of that field */
    const cck_member *member; /* the innermost named member, NULL if none */
    const cck_type *parent;   /* the struct that has that member */
    uint64_t parent_offset;   /* of that struct, from the start of the type */
    const cck_type *array;    /* the outermost array on the way, NULL if none */
    uint64_t index;           /* into it */
} cck_field;

/** Its last member, if that is an array without a length (there are no arrays of such a struct);
 * else NULL. */
const cck_member *cck_type_tail(const cck_type *type);

static inline bool cck_type_is_open(const cck_type *type)
{
    return cck_type_tail(type) != NULL;
}

/**
 * The innermost field that covers [offset, offset + size); with `size` 0 the one at `offset`.
 * Stops at atomics and locks: their insides are nobody's business. False: padding, or outside.
 */
bool cck_type_field(const cck_type *type, uint64_t offset, uint64_t size, cck_field *out_field);

/** Call `each` for each leaf field (base, enum, pointer, atomic, lock), by offset; arrays give
 * one leaf with their whole extent. Stops when `each` returns false. */
void cck_type_leaves(const cck_type *type, bool (*each)(void *context, const cck_field *leaf),
                     void *context);

/** Its name for people: `name`, else `alias`, else "struct {...}". Never NULL. */
const char *cck_type_label(const cck_type *type);

/** A type's name without the "struct ", "union ", "class " or "enum " that C has before it. */
const char *cck_type_bare(const char *name);

#endif
