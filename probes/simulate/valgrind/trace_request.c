/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

#include "../../../include/cachecheck/mark.h"

/* Requests of the program's code: heap blocks, from the preloaded library, and regions
 * of interest; see cachecheck/mark.h. */
typedef struct region {
    struct region *next;
    UInt id;
    HChar name[256];
} region;

static region *regions;

/* The name as far as it can be read. */
static void copy_name(Addr name, HChar *out_name, UInt size)
{
    UInt length = 0;
    while (length < size - 1 && VG_(am_is_valid_for_client)(name + length, 1, VKI_PROT_READ) &&
           *(const HChar *)(name + length)) {
        out_name[length] = *(const HChar *)(name + length);
        length++;
    }
    out_name[length] = 0;
}

static UInt id_of(Addr name)
{
    HChar text[sizeof regions->name];
    copy_name(name, text, sizeof text);
    for (const region *at = regions; at; at = at->next)
        if (!VG_(strcmp)(at->name, text))
            return at->id;
    region *added = VG_(calloc)("cck.region", 1, sizeof *added);
    added->next = regions;
    added->id = regions ? regions->id + 1 : 0;
    VG_(memcpy)(added->name, text, sizeof text);
    regions = added;
    cck_trace_span(CCK_SPAN_MARK, added->id, NULL, 0, added->name);
    return added->id;
}

void cck_request_forked(void)
{
    while (regions) {
        region *next = regions->next;
        VG_(free)(regions);
        regions = next;
    }
}

Bool cck_request(ThreadId thread, UWord *args, UWord *out_result)
{
    cck_traced *traced = cck_clo_trace ? cck_traced_of(thread) : NULL;
    if (args[0] < CACHECHECK_REQUEST_ALLOC || args[0] > CACHECHECK_REQUEST_END)
        return False;
    *out_result = 0;
    if (!traced)
        return True;
    if (args[0] == CACHECHECK_REQUEST_ALLOC)
        cck_traced_words(traced,
                         (ULong[]){CCK_WORD(CCK_WORD_ALLOC, (UInt)args[3]), args[1], args[2]}, 3);
    else if (args[0] == CACHECHECK_REQUEST_FREE)
        cck_traced_words(traced, (ULong[]){CCK_WORD(CCK_WORD_FREE, 0), args[1]}, 2);
    else if (args[0] == CACHECHECK_REQUEST_BEGIN)
        cck_traced_words(traced, (ULong[]){CCK_WORD(CCK_WORD_MARK_BEGIN, id_of(args[1]))}, 1);
    else
        cck_traced_words(traced, (ULong[]){CCK_WORD(CCK_WORD_MARK_END, id_of(args[1]))}, 1);
    return True;
}
