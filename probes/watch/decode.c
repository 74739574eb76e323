/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "probes/watch/decode_internal.h"

#ifndef CCK_DECODE_SETS /* fuzz targets have fewer, and a shorter reach */
#define CCK_DECODE_SETS  2048
#define CCK_DECODE_REACH (32 << 10)
#endif

enum {
    SETS = CCK_DECODE_SETS,
    WAYS = 4,
    REACH = CCK_DECODE_REACH, /* bytes each way in which jumps are looked for */
    PAGE = 4096,
    BEFORE_BRANCH = -2, /* what ended together with the branch behind it */
    GROUP = 64          /* bytes that a repeated string instruction does between two traps */
};

/* User space ends well below on both architectures; its first page is never mapped. */
static const uint64_t LOWEST = PAGE, HIGHEST = (uint64_t)1 << 56;

typedef struct kept {
    struct kept *next; /* of its set, used last first */
    bool fixed;        /* its code cannot change under us */
    uint64_t check;    /* else: of the code */
    size_t place_count;
    cck_analysis analysis; /* with place_count places */
} kept;

struct cck_decoder {
    const cck_architecture *architecture;
    cck_text text;
    kept *sets[SETS];
    cck_analysis analysis; /* being made */
    uint8_t bytes[2 * REACH];
};

static const cck_architecture *architecture_of(int machine)
{
    static const cck_architecture *const all[] = {&cck_decode_x86, &cck_decode_arm};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]->machine == machine)
            return all[i];
    return NULL;
}

int cck_decoder_new(cck_decoder **out_decoder, int machine, const cck_text *text, cck_error *err)
{
    const cck_architecture *found = architecture_of(machine);
    if (!found)
        return cck_fail(err, CCK_EUNSUPPORTED,
                        "instructions of ELF machine %d cannot be decoded (x86-64 and arm64 can)",
                        machine);
    cck_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    decoder->architecture = found;
    decoder->text = *text;
    *out_decoder = decoder;
    return 0;
}

void cck_decoder_free(cck_decoder *decoder)
{
    if (!decoder)
        return;
    cck_decoder_forget(decoder, 0, UINT64_MAX);
    free(decoder);
}

void cck_decoder_forget(cck_decoder *decoder, uint64_t start, uint64_t end)
{
    for (size_t i = 0; i < SETS; i++)
        for (kept **link = &decoder->sets[i]; *link;) {
            kept *entry = *link;
            if (entry->analysis.start >= end || entry->analysis.end <= start) {
                link = &entry->next;
                continue;
            }
            *link = entry->next;
            free(entry);
        }
}

static kept **set_of(cck_decoder *decoder, uint64_t ip)
{
    return &decoder->sets[ip * 0x9e3779b97f4a7c15 >> 53 & (SETS - 1)];
}

/* FNV-1a over words: only to tell changed code from unchanged. */
static uint64_t check_of(const cck_code *code)
{
    uint64_t hash = 0xcbf29ce484222325, word;
    for (size_t i = 0; i + sizeof word <= code->size; i += sizeof word) {
        memcpy(&word, code->bytes + i, sizeof word);
        hash = (hash ^ word) * 0x100000001b3;
    }
    return hash ^ code->start ^ code->size;
}

/*
 * The code around `ip`, from at most `reach` bytes before on. Mappings may begin anywhere
 * in between, on a page.
 */
static bool read_code(cck_decoder *decoder, uint64_t ip, size_t reach, cck_code *out)
{
    const cck_text *text = &decoder->text;
    uint64_t start = ip > reach ? ip - reach : 0;
    size_t size = 0;
    if (ip >= HIGHEST)
        return false;
    for (;;) {
        size = text->read(text->context, start, decoder->bytes, ip + reach - start);
        if (size > ip - start)
            break;
        uint64_t next = (start + (size ? size : 1) + PAGE - 1) & ~(uint64_t)(PAGE - 1);
        if (start == ip)
            return false;
        start = next < ip ? next : ip;
    }
    *out = (cck_code){.bytes = decoder->bytes, .start = start, .size = size, .text = text};
    return true;
}

static void bound_function(const cck_decoder *decoder, uint64_t ip, cck_code *code)
{
    const cck_text *text = &decoder->text;
    uint64_t start, end, last = code->start + code->size;
    code->function_start = code->start;
    code->function_end = last;
    if (!text->function || !text->function(text->context, ip, &start, &end) || ip < start ||
        ip >= end)
        return;
    if (start > code->start)
        code->function_start = start;
    if (end < last)
        code->function_end = end;
}

static kept *keep(cck_decoder *decoder, kept **set)
{
    const cck_analysis *made = &decoder->analysis;
    size_t places = made->place_count * sizeof made->places[0];
    kept *entry = malloc(offsetof(kept, analysis.places) + places);
    if (!entry)
        return NULL;
    memcpy(&entry->analysis, made, offsetof(cck_analysis, places) + places);
    entry->next = *set;
    *set = entry;
    kept **link = set;
    for (int i = 0; i < WAYS && *link; i++)
        link = &(*link)->next;
    free(*link); /* the set had WAYS before: there is one too many at most */
    *link = NULL;
    return entry;
}

/* Code that may change is looked at again, as far as its places depend on it. */
static bool is_current(cck_decoder *decoder, const kept *entry)
{
    cck_code code;
    return entry->fixed || (read_code(decoder, entry->analysis.ip, 2 * CCK_BACK, &code) &&
                            check_of(&code) == entry->check);
}

static bool is_fixed(const cck_decoder *decoder, uint64_t ip)
{
    const cck_text *text = &decoder->text;
    return !text->fixed || text->fixed(text->context, ip);
}

static const cck_analysis *analyse(cck_decoder *decoder, uint64_t ip)
{
    cck_code code;
    kept **set = set_of(decoder, ip);
    for (kept **link = set; *link; link = &(*link)->next) {
        kept *entry = *link;
        if (entry->analysis.ip != ip)
            continue;
        *link = entry->next;
        if (!is_current(decoder, entry)) {
            free(entry);
            break;
        }
        entry->next = *set;
        *set = entry;
        return &entry->analysis;
    }
    bool fixed = is_fixed(decoder, ip);
    if (!read_code(decoder, ip, fixed ? REACH : 2 * CCK_BACK, &code))
        return NULL;
    bound_function(decoder, ip, &code);
    cck_analyse(decoder->architecture, &code, fixed, ip, &decoder->analysis);
    kept *entry = keep(decoder, set);
    if (!entry)
        return &decoder->analysis;
    entry->fixed = fixed;
    entry->check = fixed ? 0 : check_of(&code);
    return &entry->analysis;
}

static uint64_t extended(uint64_t index, uint16_t flags)
{
    if (flags & CCK_INDEX_UNSIGNED)
        return (uint32_t)index;
    if (flags & CCK_INDEX_SIGNED)
        return (uint64_t)(int64_t)(int32_t)index;
    return index;
}

/* How many elements a repeated instruction is about to do is its length. */
static uint32_t repeated_size(uint64_t count, uint8_t scale)
{
    return count > UINT32_MAX / scale ? UINT32_MAX : (uint32_t)(count * scale);
}

/* What the base was or will be. A pointer that is kept in the frame is read there as it is now:
 * it may be another by then. So what is told by it may be watched for, and is no evidence. */
static bool base_of(const cck_decoder *decoder, const cck_place *place,
                    const cck_registers *registers, uint64_t *out_base)
{
    const cck_text *text = &decoder->text;
    *out_base = place->base >= 0 ? registers->value[place->base] : 0;
    return !(place->flags & CCK_THROUGH) ||
           (text->load && text->load(text->context, *out_base + place->slot, out_base));
}

static bool address_of(const cck_decoder *decoder, const cck_place *place,
                       const cck_registers *registers, uint64_t *out_address, uint32_t *out_size)
{
    uint64_t address, index = place->index_add;
    uint32_t size = place->size;
    if (!base_of(decoder, place, registers, &address))
        return false;
    address += place->displacement;
    if (place->index >= 0)
        index += registers->value[place->index];
    if (place->flags & CCK_REPEATS)
        size = repeated_size(index, place->scale);
    else
        address += extended(index, place->flags) * place->scale;
    if (place->flags & CCK_NARROW)
        address = (uint32_t)address;
    if (place->flags & CCK_THREAD)
        address += registers->thread_base;
    address &= decoder->architecture->address_bits;
    *out_address = address;
    *out_size = size;
    return size && address >= LOWEST && address < HIGHEST && size < HIGHEST - address &&
           !(place->flags & CCK_THREAD && !registers->thread_base);
}

/* The frame pointer is a general register in most programs: what counts is where it points. */
static bool is_stack(const cck_decoder *decoder, const cck_place *place,
                     const cck_registers *registers, uint64_t address)
{
    const uint64_t below = 128 /* red zone */, above = (uint64_t)8 << 20;
    uint64_t pointer = registers->value[decoder->architecture->stack];
    return place->flags & CCK_AT_STACK && address - (pointer - PAGE - below) < above;
}

static bool access_of(const cck_decoder *decoder, const cck_place *place,
                      const cck_registers *registers, cck_near_access *out)
{
    uint64_t address;
    uint32_t size;
    if (place->flags & CCK_OVERWRITTEN || !address_of(decoder, place, registers, &address, &size))
        return false;
    *out = (cck_near_access){
        .ip = place->ip,
        .address = address,
        .size = size,
        .reads = place->flags & CCK_READS,
        .writes = place->flags & CCK_WRITES,
        .atomic = place->flags & CCK_ATOMIC,
        .executed = place->flags & CCK_EXECUTED,
        .stack = is_stack(decoder, place, registers, address),
        .distance = place->distance,
    };
    return true;
}

size_t cck_decoder_near(cck_decoder *decoder, const cck_registers *registers,
                        cck_near_access *out_accesses, size_t room, bool *out_known)
{
    const cck_analysis *analysis = analyse(decoder, registers->ip);
    size_t count = 0;
    if (out_known)
        *out_known = analysis && analysis->memory;
    for (size_t i = 0; analysis && i < analysis->place_count && count < room; i++)
        count += access_of(decoder, &analysis->places[i], registers, &out_accesses[count]);
    return count;
}

static bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

/*
 * A repeated instruction that is not done: the element below its pointer has been. Fast
 * copies may do `group` bytes between two traps: then the word lies whole in these.
 */
static bool repeated_trapped(const cck_decoder *decoder, const cck_place *place,
                             const cck_registers *registers, uint64_t word, uint32_t size,
                             uint32_t group, cck_near_access *out)
{
    cck_near_access access;
    cck_place last = *place;
    last.flags &= ~CCK_REPEATS;
    last.displacement -= last.size;
    last.scale = 0;
    if (!access_of(decoder, &last, registers, &access))
        return false;
    uint64_t end = access.address + access.size;
    if (group && (end < word + size || end - word > group))
        return false;
    if (group) {
        access.address = word;
        access.size = size;
    } else if (!overlaps(access.address, access.size, word, size)) {
        return false;
    }
    *out = access;
    return true;
}

/*
 * `mov (%rax),%rax`: where it loaded from cannot be told any more. It is taken to be the one,
 * since nothing else there accesses memory; of fewer bytes than the word, which ones is for
 * others to find out.
 */
static bool overwritten_trapped(const cck_place *place, uint64_t word, uint32_t size,
                                cck_near_access *out)
{
    if (place->size > size)
        return false;
    *out = (cck_near_access){.ip = place->ip,
                             .address = word,
                             .size = place->size,
                             .unplaced = place->size < size,
                             .reads = true,
                             .executed = true,
                             .distance = place->distance};
    return true;
}

static bool place_trapped(const cck_decoder *decoder, const cck_place *place,
                          const cck_registers *registers, uint64_t word, uint32_t size,
                          uint32_t group, cck_near_access *out)
{
    bool ends = decoder->architecture->trap_before ? place->distance == 0
                                                   : (place->flags & CCK_ENDS_HERE) != 0;
    if (place->distance == 0 && place->flags & CCK_REPEATS)
        return repeated_trapped(decoder, place, registers, word, size, group, out);
    if (!ends || group)
        return false;
    if (place->flags & CCK_OVERWRITTEN)
        return overwritten_trapped(place, word, size, out);
    if (!access_of(decoder, place, registers, out) ||
        !overlaps(out->address, out->size, word, size))
        return false;
    /* In a small loop the same access lies ahead, too, and may be known by that. */
    if (!decoder->architecture->trap_before && out->distance >= 0)
        out->distance = BEFORE_BRANCH;
    return true;
}

/* How many operands cover the word; the first one, with what others of it add. */
static unsigned operands_trapped(const cck_decoder *decoder, const cck_analysis *analysis,
                                 const cck_registers *registers, uint64_t word, uint32_t size,
                                 uint32_t group, cck_near_access *out)
{
    unsigned count = 0;
    for (size_t i = 0; i < analysis->place_count; i++) {
        cck_near_access access;
        if (!place_trapped(decoder, &analysis->places[i], registers, word, size, group, &access))
            continue;
        if (count++ == 0) {
            *out = access;
        } else if (out->ip == access.ip && out->address == access.address &&
                   out->size == access.size) { /* as of a copy onto itself */
            out->reads |= access.reads;
            out->writes |= access.writes;
        }
    }
    return count;
}

bool cck_decoder_trapped(cck_decoder *decoder, const cck_registers *registers, uint64_t word,
                         uint32_t size, cck_near_access *out_access)
{
    const cck_analysis *analysis = analyse(decoder, registers->ip);
    cck_near_access found;
    if (!analysis)
        return false;
    if (operands_trapped(decoder, analysis, registers, word, size, 0, &found) == 0 &&
        operands_trapped(decoder, analysis, registers, word, size, GROUP, &found) != 1)
        return false;
    found.executed = true;
    *out_access = found;
    return true;
}

/* ---- what comes next ---- */

static uint64_t next_of(const cck_architecture *architecture, const uint8_t *bytes, size_t size,
                        uint64_t ip)
{
    cck_instruction instruction;
    if (!architecture->decode(bytes, size, ip, &instruction))
        return 0;
    switch (instruction.flow) {
    case CCK_FLOW_NEXT:
        return ip + instruction.length;
    case CCK_FLOW_JUMP:
        return instruction.target;
    default:
        return 0;
    }
}

uint64_t cck_decode_next(int machine, const uint8_t *bytes, size_t size, uint64_t ip)
{
    const cck_architecture *architecture = architecture_of(machine);
    return architecture ? next_of(architecture, bytes, size, ip) : 0;
}

uint64_t cck_decoder_next(cck_decoder *decoder, uint64_t ip)
{
    cck_code code;
    if (!read_code(decoder, ip, decoder->architecture->longest, &code))
        return 0;
    size_t at = (size_t)(ip - code.start);
    return next_of(decoder->architecture, code.bytes + at, code.size - at, ip);
}
