/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a program that is watched: notes each block of the heap in a table that
 * cachecheck maps. The program's own allocator and its addresses stay, whichever that is.
 * Without a table it only passes on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/preload/allocator.h"
#include "core/preload/heap_share.h"
#include "core/preload/heap_table.h"

enum {
    LOOK_AT_WORDS = 32, /* of the stack, for what tells call paths apart */
    FOLDER_MOST = 4000,
    FILES_MOST = 64, /* programs that a process is, one after the other */
    PAGE = 4096,
    LIVE_BITS = 17
};

extern void *__libc_stack_end;

static cck_heap_table *table;         /* NULL: nothing is recorded */
static uint64_t code_start, code_end; /* of the program itself */
/* In static storage, so that asking for it allocates nothing. */
static __thread int32_t own_tid __attribute__((tls_model("initial-exec")));
/* Of blocks that took another's place, which chooses the next. Not one count for all: threads that allocate would fight over
 * its line, and we would be the false sharing that we look for. */
static __thread uint32_t own_count __attribute__((tls_model("initial-exec")));
static __thread cck_heap_share own_share __attribute__((tls_model("initial-exec")));
static cck_heap_purse purse;
/* Blocks that are noted and not given back, by a hash of their address: of most that are given
 * back one look says that nothing is known of them. Never more than there are records. */
static _Alignas(64) uint16_t live[1 << LIVE_BITS];

/* ---- recording ---- */

static int32_t tid_of_caller(void)
{
    if (!own_tid)
        own_tid = (int32_t)syscall(SYS_gettid);
    return own_tid;
}

/*
 * How many bytes of the stack from here up are there for sure. Nothing may be asked that takes
 * a lock (pthread_getattr_np() does, and allocates while it has it), nor may the kernel be asked
 * by a program that forbade itself system calls. A program may switch to stacks of its own: of
 * these only the page is known. But a thread's descriptor is at the end of its stack.
 */
static size_t stack_there(uint64_t stack)
{
    const uint64_t far = 8 << 20; /* below the first stack there is a gap of more */
    const uint64_t near = 64 << 10;
    uint64_t first = (uint64_t)(uintptr_t)__libc_stack_end, end = (stack | (PAGE - 1)) + 1;
    uint64_t descriptor = (uint64_t)pthread_self();
    if (stack < first && first - stack < far)
        end = first;
    else if (stack < descriptor && descriptor - stack < near)
        end = descriptor;
    return end - stack < CCK_STACK_BYTES ? (size_t)(end - stack) : CCK_STACK_BYTES;
}

/* Calls of the program's own code that wait above are what differs from path to path. */
static uint64_t key_of(uint64_t code, uint64_t stack, size_t there)
{
    const uint64_t *words = (const uint64_t *)(uintptr_t)stack;
    uint64_t key = code ^ (stack & 0xffff) << 48;
    for (size_t i = 0; i < LOOK_AT_WORDS && (i + 1) * sizeof *words <= there; i++)
        if (words[i] >= code_start && words[i] < code_end)
            key = (key ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return key | 1;
}

/* By hand: memcpy() may be a sanitizer's, to which a caller's stack is none of our business. */
static void copy_words(unsigned char *to, uint64_t from, size_t size)
{
    const uint64_t *words = (const uint64_t *)(uintptr_t)from;
    uint64_t *copy = (uint64_t *)(void *)to;
    for (size_t i = 0; i < size / sizeof *words; i++)
        copy[i] = words[i];
}

static uint64_t keep_stack(uint64_t code, uint64_t stack, uint64_t frame)
{
    size_t there = stack_there(stack);
    uint64_t key = key_of(code, stack, there);
    cck_heap_stack *ways = &table->stacks[cck_heap_stack_way(key)];
    for (int i = 0; i < CCK_STACK_WAYS; i++) {
        uint64_t known = __atomic_load_n(&ways[i].key, __ATOMIC_ACQUIRE);
        if (known == key)
            return key;
        if (known)
            continue;
        ways[i].code = code;
        ways[i].stack = stack;
        ways[i].frame = frame;
        ways[i].size = (uint32_t)there;
        copy_words(ways[i].bytes, stack, there);
        __atomic_store_n(&ways[i].key, key, __ATOMIC_RELEASE);
        return key;
    }
    return 0;
}

/* Where the block is known already, or nothing is, or what was given back, or any. */
static cck_heap_record *place_for(uint64_t address)
{
    cck_heap_record *ways = &table->records[cck_heap_way(address)], *best = NULL;
    for (int i = 0; i < CCK_RECORD_WAYS; i++) {
        uint64_t known = __atomic_load_n(&ways[i].address, __ATOMIC_RELAXED);
        if (known == address)
            return &ways[i];
        if (!best && (!known || ways[i].freed))
            best = &ways[i];
    }
    return best ? best : &ways[own_count++ % CCK_RECORD_WAYS];
}

static uint16_t *live_at(uint64_t address)
{
    return &live[(address >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - LIVE_BITS)];
}

/* Nobody else counts it down: who takes its address away does. */
static void clear(cck_heap_record *place)
{
    uint64_t before = __atomic_exchange_n(&place->address, 0, __ATOMIC_RELAXED);
    if (before && !__atomic_exchange_n(&place->freed, 1, __ATOMIC_RELAXED))
        __atomic_fetch_sub(live_at(before), 1, __ATOMIC_RELAXED);
}

/* `cfa`: the stack pointer of the caller of the allocator; `frame`: its frame pointer. */
__attribute__((noinline)) static void *record(void *block, size_t size, const void *code, const void *cfa, const void *frame)
{
    if (!block || !table)
        return block;
    int kept = errno;
    cck_heap_record *place = place_for((uint64_t)(uintptr_t)block);
    clear(place);
    place->size = size;
    place->tid = tid_of_caller();
    __atomic_store_n(&place->freed, 0, __ATOMIC_RELAXED);
    place->stack = keep_stack((uint64_t)(uintptr_t)code, (uint64_t)(uintptr_t)cfa,
                              (uint64_t)(uintptr_t)frame);
    __atomic_fetch_add(live_at((uint64_t)(uintptr_t)block), 1, __ATOMIC_RELAXED);
    __atomic_store_n(&place->address, (uint64_t)(uintptr_t)block, __ATOMIC_RELEASE);
    uint32_t epoch = __atomic_load_n(&table->epoch, __ATOMIC_RELAXED);
    if (cck_heap_share_note(&own_share, &purse, epoch, (uint64_t)(uintptr_t)code, size) &&
        !table->partial)
        table->partial = 1;
    errno = kept;
    return block;
}

/* Return address, stack and frame pointer of whoever called the function that says this. */
#define CALLER                                                                                     \
    __builtin_return_address(0), __builtin_dwarf_cfa(), *(void **)__builtin_frame_address(0)
#define RECORDED(block, size) record((block), (size), CALLER)

/* Whether an allocation of the caller is passed over: then nothing more is done about it. */
#define PASSED(size)                                                                               \
    cck_heap_share_pass(&own_share, (uint64_t)(uintptr_t)__builtin_return_address(0), (size))

static void forget_noted(uint64_t address)
{
    if (!table)
        return;
    cck_heap_record *ways = &table->records[cck_heap_way(address)];
    for (int i = 0; i < CCK_RECORD_WAYS; i++)
        if (__atomic_load_n(&ways[i].address, __ATOMIC_RELAXED) == address &&
            !__atomic_exchange_n(&ways[i].freed, 1, __ATOMIC_RELAXED))
            __atomic_fetch_sub(live_at(address), 1, __ATOMIC_RELAXED);
}

static inline bool may_be_noted(const void *block)
{
    return __atomic_load_n(live_at((uint64_t)(uintptr_t)block), __ATOMIC_RELAXED) != 0;
}

static void forget(const void *block)
{
    if (may_be_noted(block))
        forget_noted((uint64_t)(uintptr_t)block);
}

/* ---- the table ---- */

/* `path` (FOLDER_MOST + 64 bytes): what it is called. */
static int make_file(const char *folder, char *path)
{
    for (int i = 0; i < FILES_MOST; i++) {
        snprintf(path, FOLDER_MOST + 64, "%s/%ld.%d", folder, (long)getpid(), i);
        int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file >= 0 || errno != EEXIST)
            return file;
    }
    return -1;
}

static void open_table(int32_t parent)
{
    const char *folder = getenv(CCK_HEAP_VARIABLE);
    char path[FOLDER_MOST + 64];
    int kept = errno, file;
    table = NULL;
    if (!folder || strlen(folder) > FOLDER_MOST || (file = make_file(folder, path)) < 0) {
        errno = kept;
        return;
    }
    /* All of it at once: a write to memory that cannot be had would end the program. */
    void *mapped = posix_fallocate(file, 0, sizeof *table) == 0
                       ? mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                       : MAP_FAILED;
    close(file);
    if (mapped != MAP_FAILED) {
        cck_heap_table *made = mapped;
        made->pid = (int32_t)getpid();
        made->parent = parent;
        made->began = (uint64_t)(uintptr_t)__libc_stack_end;
        made->epoch = 1;
        __atomic_store_n(&made->magic, CCK_HEAP_MAGIC, __ATOMIC_RELEASE);
        table = made;
    } else {
        unlink(path);
    }
    errno = kept;
}

/* A child of fork() has our blocks, and a table of its own for those to come. */
static void begin_child(void)
{
    cck_heap_table *ours = table;
    own_tid = 0;
    if (!ours)
        return;
    /* A table of its own begins with nothing noted. */
    memset(live, 0, sizeof live);
    purse = (cck_heap_purse){0};
    own_share = (cck_heap_share){0};
    open_table(ours->pid);
    munmap(ours, sizeof *ours);
}

static int find_code(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size, (void)context;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type != PT_LOAD || !(header->p_flags & PF_X))
            continue;
        code_start = info->dlpi_addr + header->p_vaddr;
        code_end = code_start + header->p_memsz;
    }
    return 1; /* the first is the program */
}

/* ---- the program's allocator ---- */

__attribute__((constructor)) static void start(void)
{
    ready();
    dl_iterate_phdr(find_code, NULL);
    open_table(0);
    if (table)
        pthread_atfork(NULL, NULL, begin_child);
}

/* What nearly all calls of a program that allocates all the time do is in malloc() and free()
 * themselves, and no more than that. */
__attribute__((noinline)) static void *noted_malloc(size_t size, const void *code, const void *cfa,
                                                    const void *frame)
{
    return ready() ? record(next_malloc(size), size, code, cfa, frame) : early_block(size);
}

void *malloc(size_t size)
{
    return PASSED(size) ? next_malloc(size) : noted_malloc(size, CALLER);
}

void *calloc(size_t count, size_t size)
{
    size_t bytes;
    bool fits = !__builtin_mul_overflow(count, size, &bytes);
    if (PASSED(bytes))
        return next_calloc(count, size);
    if (ready())
        return RECORDED(next_calloc(count, size), bytes);
    return fits ? early_block(bytes) : NULL;
}

/* Noted before: as soon as it is given back, another thread may get it. */
__attribute__((noinline)) static void noted_free(void *block)
{
    if (is_early(block) || !ready())
        return;
    forget(block);
    next_free(block);
}

void free(void *block)
{
    if (may_be_noted(block) || is_early(block) || !next_free)
        noted_free(block);
    else
        next_free(block);
}

static void *grow_early(void *block, size_t size)
{
    void *grown = ready() ? next_malloc(size) : early_block(size);
    if (grown && block)
        copy_early(grown, block, size);
    return grown;
}

/* What could not grow stays as it was. */
#define GROWN(block, grown, size)                                                                  \
    ((grown) ? RECORDED((grown), (size))                                                           \
             : ((block) && (size) ? (RECORDED((block), malloc_usable_size(block)), NULL) : NULL))

void *realloc(void *block, size_t size)
{
    if (!ready() || is_early(block))
        return block ? grow_early(block, size) : early_block(size);
    if (block)
        forget(block);
    void *grown = next_realloc(block, size);
    return grown && PASSED(size) ? grown : GROWN(block, grown, size);
}

void *reallocarray(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || !ready() || is_early(block)) {
        errno = ENOMEM;
        return NULL;
    }
    if (block)
        forget(block);
    void *grown = next_realloc(block, bytes);
    return grown && PASSED(bytes) ? grown : GROWN(block, grown, bytes);
}

int posix_memalign(void **out_block, size_t alignment, size_t size)
{
    if (!ready() || !next_posix_memalign)
        return ENOMEM;
    int status = next_posix_memalign(out_block, alignment, size);
    if (!status && !PASSED(size))
        RECORDED(*out_block, size);
    return status;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return ready() && next_aligned_alloc ? RECORDED(next_aligned_alloc(alignment, size), size)
                                         : NULL;
}

void *memalign(size_t alignment, size_t size)
{
    return ready() && next_memalign ? RECORDED(next_memalign(alignment, size), size) : NULL;
}
