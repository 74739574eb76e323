/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

/*
 * Which core has used each line of the program's memory, by pages of 4 KiB: a byte a line, so a
 * sixty-fourth of what the program touches. Once two have, or code lies there, which any may fetch,
 * it is nobody's until it is unmapped.
 */
typedef struct page {
    struct page *next; /* in its chain of the hash table, or of those to come */
    ULong number;
    UChar owners[]; /* core + 1; 0: nobody yet */
} page;

enum { PAGE_BITS = 12, NOBODYS = 0xff, FIRST_BITS = 10, FRONT = 1024, AT_ONCE = 64 };

static page **chains;
static UInt chain_bits, page_count;
static page *spare;
static struct { /* looked up lately */
    ULong number;
    UChar *owners; /* NULL: nothing */
} front[FRONT];

static page **chain_of(ULong number)
{
    /* Knuth, TAOCP 3, 6.4: multiplicative hashing by the golden ratio. */
    return &chains[number * 0x9e3779b97f4a7c15ULL >> (64 - chain_bits)];
}

static void grow(void)
{
    page **old = chains;
    ULong count = old ? 1UL << chain_bits : 0;
    chain_bits = old ? chain_bits + 1 : FIRST_BITS;
    chains = VG_(calloc)("cck.chains", 1UL << chain_bits, sizeof *chains);
    for (ULong i = 0; i < count; i++)
        for (page *at = old[i], *next; at; at = next) {
            page **chain = chain_of(at->number);
            next = at->next;
            at->next = *chain;
            *chain = at;
        }
    VG_(free)(old);
}

/* What is known of pages is never given back: what a program unmaps, it maps again. */
static page *take_spare(void)
{
    UInt size = sizeof(page) + (1U << (PAGE_BITS - cck_clo_held.line_bits));
    size = (size + sizeof(ULong) - 1) & ~(UInt)(sizeof(ULong) - 1);
    if (!spare) {
        UChar *memory = VG_(calloc)("cck.pages", AT_ONCE, size);
        for (UInt i = 0; i < AT_ONCE; i++) {
            page *at = (page *)(memory + i * size);
            at->next = spare;
            spare = at;
        }
    }
    page *taken = spare;
    spare = taken->next;
    return taken;
}

static page *find(ULong number)
{
    page *at = chains ? *chain_of(number) : NULL;
    while (at && at->number != number)
        at = at->next;
    return at;
}

static page *add(ULong number)
{
    if (!chains || page_count >> chain_bits)
        grow();
    page **chain = chain_of(number), *added = take_spare();
    *added = (page){.next = *chain, .number = number};
    page_count++;
    return *chain = added;
}

static __attribute__((noinline)) UChar *look_up(ULong number)
{
    page *at = find(number);
    if (!at)
        at = add(number);
    front[number % FRONT].number = number;
    return front[number % FRONT].owners = at->owners;
}

static inline UChar *owner_of(ULong line)
{
    UInt bits = PAGE_BITS - cck_clo_held.line_bits;
    ULong number = line >> bits;
    UChar *owners = front[number % FRONT].owners;
    if (!owners || front[number % FRONT].number != number)
        owners = look_up(number);
    return &owners[line & ((1UL << bits) - 1)];
}

cck_claim cck_owner_claim(ULong line, UInt core, UInt *out_other)
{
    UChar *owner = owner_of(line);
    if (!*owner)
        *owner = core + 1;
    if (*owner == core + 1)
        return CCK_CLAIM_OWN;
    return cck_owner_share(line, out_other) ? CCK_CLAIM_TAKEN : CCK_CLAIM_NOBODYS;
}

Bool cck_owner_share(ULong line, UInt *out_other)
{
    UChar *owner = owner_of(line);
    Bool had = *owner && *owner != NOBODYS;
    if (had)
        *out_other = *owner - 1;
    *owner = NOBODYS;
    return had;
}

static void forget_lines(page *at, ULong first, ULong last)
{
    UInt bits = PAGE_BITS - cck_clo_held.line_bits;
    ULong start = at->number << bits, end = start + (1UL << bits);
    for (ULong line = first > start ? first : start; line < end && line <= last; line++)
        at->owners[line - start] = 0;
}

void cck_owner_forget(ULong first, ULong last)
{
    UInt bits = PAGE_BITS - cck_clo_held.line_bits;
    if ((last >> bits) - (first >> bits) < page_count) {
        for (ULong number = first >> bits; number <= last >> bits; number++) {
            page *at = find(number);
            if (at)
                forget_lines(at, first, last);
        }
        return;
    }
    for (ULong i = 0; chains && i < 1UL << chain_bits; i++) /* more than there are: see them all */
        for (page *at = chains[i]; at; at = at->next)
            forget_lines(at, first, last);
}
