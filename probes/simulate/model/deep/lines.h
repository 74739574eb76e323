/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_LINES_H
#define CCK_SIMULATE_LINES_H

#include "pool.h"

/**
 * What the model knows of each line of memory that was touched: 8 bytes a line, by
 * pages of 4 KiB, 32 more once two cores have used it, and the bytes that others wrote
 * once a core has lost it. So a program's memory costs an eighth of itself, or as much
 * as itself where all of it goes back and forth between two cores (lines of 64 bytes).
 */
enum {
    CCK_LINE_SHARED = 1 << 0, /* two cores have used it: see `shared` */
    CCK_LINE_SEEN = 1 << 1,   /* its owner has used it (a prefetch is no use) */
    CCK_LINE_D1 = 1 << 2,     /* where its owner has it */
    CCK_LINE_I1 = 1 << 3,
    CCK_LINE_L2 = 1 << 4,
    CCK_LINE_HELD = CCK_LINE_D1 | CCK_LINE_I1 | CCK_LINE_L2,
    CCK_LINE_MODIFIED = 1 << 5, /* there: modified, else exclusive */
    CCK_LINE_IN_LL = 1 << 6,    /* perhaps in an LLC; clear: in none */
    CCK_LINE_NUMBERED = 1 << 7, /* not shared (any more), but has a number */
};

typedef struct cck_line_state {
    /* With SHARED or NUMBERED, the number of its cck_line_shared, kept when it is forgotten.
     * Else when its owner used it last, in the words of the owner's shadow. */
    uint32_t number;
    uint8_t flags;   /* all but SHARED and IN_LL: only while it is not shared */
    uint8_t owner;   /* slot + 1 of the only core that used it; 0: nobody has */
    uint8_t dirty;   /* group + 1 of the LLC that has it modified; 0: memory is up to date */
    uint8_t unused;
} cck_line_state;

/** The directory's entry of a line that two cores have used. Slots are bits. */
typedef struct cck_line_shared {
    uint64_t holders; /* whose private caches have it */
    uint64_t seen;    /* who has ever used it */
    uint32_t id;
    uint32_t losses;  /* reference of its cck_losses, 0: none */
    uint8_t owner;    /* slot + 1 of who has it modified or exclusive; 0: all share it */
    uint8_t modified; /* the owner has written */
    bool quiet;       /* cck_model_quiet() */
    uint8_t unused[5];
} cck_line_shared;

/**
 * Who lost the line to a write, and what others have written since, a bit a granule:
 * not zero while a core is without the line: it was lost. Not zero while it holds it:
 * its last miss was false sharing, and these are the bytes that it has not read.
 */
typedef struct cck_losses {
    uint64_t losers; /* masks[i] is that of the i-th bit that is set */
    uint64_t masks[];
} cck_losses;

typedef struct cck_line_page {
    uint64_t number;
    int8_t home; /* NUMA node + 1; 0: not touched */
    uint8_t unused[7];
    cck_line_state lines[];
} cck_line_page;

enum { CCK_PAGE_BITS = 12, CCK_FRONT_PAGES = 4096, CCK_LOSS_SIZES = 4 };

typedef struct cck_lines {
    cck_pool pages, shared, losses[CCK_LOSS_SIZES];
    uint32_t *slots; /* hash table of page numbers: numbers in `pages` */
    uint32_t slot_bits;
    uint32_t line_bits, index_bits; /* of an address; of a line in its page */
    struct cck_front {              /* what was looked up lately */
        const cck_line_page *page;
        uint64_t number;
        uint32_t at;
    } front[CCK_FRONT_PAGES];
} cck_lines;

/** A line, where it is and what is known of it. */
typedef struct cck_place {
    cck_line_page *page;
    cck_line_state *line;
    uint64_t number; /* address >> line_bits */
    uint32_t id;
} cck_place;

bool cck_lines_init(cck_lines *lines, uint32_t line_bits);
bool cck_lines_copy(cck_lines *lines, const cck_lines *from);
void cck_lines_clear(cck_lines *lines);
size_t cck_lines_bytes(const cck_lines *lines);

/** Number of the page's record, 0 if it has none. */
uint32_t cck_lines_look_up(const cck_lines *lines, uint64_t page);

/** The page's record, made if there is none; NULL when memory is out. Fills in `front`. */
const cck_line_page *cck_lines_page(cck_lines *lines, uint64_t page, struct cck_front *front);

/** Find a line; false when memory is out. */
static inline bool cck_lines_find(cck_lines *lines, uint64_t number, cck_place *out_place)
{
    uint64_t page = number >> lines->index_bits;
    struct cck_front *front = &lines->front[page % CCK_FRONT_PAGES];
    if ((front->number != page || !front->page) && !cck_lines_page(lines, page, front))
        return false;
    uint32_t index = number & ((UINT32_C(1) << lines->index_bits) - 1);
    out_place->page = (cck_line_page *)front->page;
    out_place->line = &out_place->page->lines[index];
    out_place->number = number;
    out_place->id = front->at << lines->index_bits | index;
    return true;
}

/** What is known of a line, by its number. */
static inline cck_line_state *cck_lines_state(const cck_lines *lines, uint32_t id)
{
    cck_line_page *page = cck_pool_at(&lines->pages, id >> lines->index_bits);
    return &page->lines[id & ((UINT32_C(1) << lines->index_bits) - 1)];
}

static inline void cck_lines_place(const cck_lines *lines, uint32_t id, cck_place *out_place)
{
    uint32_t index = id & ((UINT32_C(1) << lines->index_bits) - 1);
    out_place->page = cck_pool_at(&lines->pages, id >> lines->index_bits);
    out_place->line = &out_place->page->lines[index];
    out_place->number = out_place->page->number << lines->index_bits | index;
    out_place->id = id;
}

static inline cck_line_shared *cck_lines_shared(const cck_lines *lines, const cck_line_state *line)
{
    return cck_pool_at(&lines->shared, line->number);
}

/** Where the stamp of a line is kept for its owner's shadow; NULL: elsewhere. */
static inline uint32_t *cck_line_stamp(cck_line_state *line)
{
    return line->flags & (CCK_LINE_SHARED | CCK_LINE_NUMBERED) ? NULL : &line->number;
}

/** A second core comes: what was known of the first is put into a shared record. */
bool cck_lines_share(cck_lines *lines, const cck_place *place);

/** The core lost the line to a write of `bytes`. False when memory is out. */
bool cck_losses_add(cck_lines *lines, cck_line_shared *shared, unsigned slot, uint64_t bytes);

/** A core wrote: those who lost the line and have not come back take note. */
void cck_losses_write(const cck_lines *lines, const cck_line_shared *shared, unsigned writer,
                      uint64_t bytes);

/** Whether that changes nothing for any of them: of what they lost all was written since. `all`: a
 * bit for each granule of a line. */
bool cck_losses_settled(const cck_lines *lines, const cck_line_shared *shared, unsigned writer,
                        uint64_t all);

/** What others wrote that the core has not seen; NULL: it never lost the line. */
uint64_t *cck_losses_of(const cck_lines *lines, const cck_line_shared *shared, unsigned slot);

/** Forget it all. */
void cck_losses_clear(cck_lines *lines, cck_line_shared *shared);

#endif
