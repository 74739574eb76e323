/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into the program FAULT_PROGRAM: the Nth call of a family fails, counted over all
 * threads. Only calls that the program itself makes count, whatever library it is made of: what
 * another library does of its own when memory is out is that library's business.
 *   FAULT=memory:N    that allocation fails, ENOMEM     FAULT=memory:N+   and all after it
 *   FAULT=thread:N    likewise pthread_create(), EAGAIN FAULT=process:N   fork(), posix_spawn()
 *   FAULT_COUNT=FILE  says how many of each there were  FAULT_LOG=FILE    where it failed
 *   FAULT_STACKS=FILE a line per allocation: a number that those of the same stack share
 * What the program starts has none of this.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY, THREAD, PROCESS, FAMILIES };
static const char *const names[FAMILIES] = {"memory", "thread", "process"};

static bool active, onwards;
static int family = -1;
static unsigned long wanted;
static _Atomic unsigned long counts[FAMILIES];
static uintptr_t program_from, program_to;
static char count_path[4096], log_path[4096], stacks_path[4096];

enum { STACKS_MOST = 1 << 18, DEEP = 24 };
static uint64_t *stacks;

/* ---- what happens ---- */

static void tell(int which)
{
    static atomic_flag told = ATOMIC_FLAG_INIT;
    void *frames[DEEP];
    if (!log_path[0] || atomic_flag_test_and_set(&told))
        return;
    int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    active = false;
    dprintf(fd, "%s\n", names[which]);
    backtrace_symbols_fd(frames, backtrace(frames, DEEP), fd);
    active = true;
    close(fd);
}

/* FNV-1a */
static void note_stack(unsigned long number)
{
    void *frames[DEEP];
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    if (!stacks || number > STACKS_MOST)
        return;
    for (int i = 0, depth = backtrace(frames, DEEP); i < depth; i++)
        hash = (hash ^ (uintptr_t)frames[i]) * UINT64_C(0x100000001b3);
    stacks[number - 1] = hash;
}

/* `from` is who called; true: this call is to fail. */
static bool fails(int which, const void *from)
{
    uintptr_t at = (uintptr_t)from;
    if (!active || at < program_from || at >= program_to)
        return false;
    unsigned long number = atomic_fetch_add(&counts[which], 1) + 1;
    if (which == MEMORY)
        note_stack(number);
    if (which != family || (onwards ? number < wanted : number != wanted))
        return false;
    tell(which);
    errno = which == MEMORY ? ENOMEM : EAGAIN;
    return true;
}

/* ---- beginning and end ---- */

static int find_program(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X)) {
            program_from = info->dlpi_addr + segment->p_vaddr;
            program_to = program_from + segment->p_memsz;
        }
    }
    return 1; /* the first is the program */
}

static void take_order(const char *order)
{
    char word[16];
    char sign = 0;
    if (sscanf(order, "%15[a-z]:%lu%c", word, &wanted, &sign) < 2)
        return;
    onwards = sign == '+';
    for (int i = 0; i < FAMILIES; i++)
        if (strcmp(word, names[i]) == 0)
            family = i;
}

static void in_child(void)
{
    active = false;
}

static void keep(char *to, const char *variable)
{
    const char *value = getenv(variable);
    snprintf(to, sizeof count_path, "%s", value ? value : "");
}

__attribute__((constructor)) static void begin(void)
{
    static char self[4096];
    static const char *const variables[] = {"LD_PRELOAD", "FAULT", "FAULT_PROGRAM", "FAULT_COUNT",
                                            "FAULT_LOG", "FAULT_STACKS"};
    void *frames[2];
    const char *program = getenv("FAULT_PROGRAM");
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0 || !program || strcmp(self, program) != 0)
        return;
    keep(count_path, "FAULT_COUNT");
    keep(log_path, "FAULT_LOG");
    keep(stacks_path, "FAULT_STACKS");
    if (stacks_path[0])
        stacks = calloc(STACKS_MOST, sizeof *stacks);
    if (getenv("FAULT"))
        take_order(getenv("FAULT"));
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    backtrace(frames, 2); /* which loads what it needs */
    dl_iterate_phdr(find_program, NULL);
    pthread_atfork(NULL, NULL, in_child);
    active = true;
}

static void write_stacks(void)
{
    unsigned long count = atomic_load(&counts[MEMORY]);
    FILE *out = stacks ? fopen(stacks_path, "w") : NULL;
    for (unsigned long i = 0; out && i < count && i < STACKS_MOST; i++)
        fprintf(out, "%llx\n", (unsigned long long)stacks[i]);
    if (out)
        fclose(out);
}

__attribute__((destructor)) static void end(void)
{
    if (!active || !count_path[0])
        return;
    active = false;
    FILE *out = fopen(count_path, "w");
    for (int i = 0; out && i < FAMILIES; i++)
        fprintf(out, "%s %lu\n", names[i], atomic_load(&counts[i]));
    if (out)
        fclose(out);
    write_stacks();
}

/* ---- the calls ---- */

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* WRAP(result, on failure, name, (parameters), (arguments), family) */
#define WRAP(type, failure, name, parameters, arguments, which)                                    \
    type name parameters                                                                           \
    {                                                                                              \
        static __typeof__(&name) next;                                                             \
        if (!next)                                                                                 \
            next = NEXT(name);                                                                     \
        return fails(which, __builtin_return_address(0)) ? (type)(failure) : next arguments;       \
    }

WRAP(void *, NULL, malloc, (size_t size), (size), MEMORY)
WRAP(void *, NULL, calloc, (size_t count, size_t size), (count, size), MEMORY)
WRAP(void *, NULL, realloc, (void *old, size_t size), (old, size), MEMORY)
WRAP(void *, NULL, reallocarray, (void *old, size_t count, size_t size), (old, count, size), MEMORY)
WRAP(void *, NULL, aligned_alloc, (size_t align, size_t size), (align, size), MEMORY)
WRAP(char *, NULL, strdup, (const char *text), (text), MEMORY)
WRAP(char *, NULL, strndup, (const char *text, size_t size), (text, size), MEMORY)
WRAP(int, -1, vasprintf, (char **out, const char *format, va_list args), (out, format, args), MEMORY)
WRAP(FILE *, NULL, open_memstream, (char **text, size_t *size), (text, size), MEMORY)
WRAP(FILE *, NULL, fmemopen, (void *text, size_t size, const char *mode), (text, size, mode), MEMORY)
WRAP(FILE *, NULL, fopen, (const char *path, const char *mode), (path, mode), MEMORY)
WRAP(FILE *, NULL, fdopen, (int fd, const char *mode), (fd, mode), MEMORY)
WRAP(FILE *, NULL, fopencookie, (void *cookie, const char *mode, cookie_io_functions_t io),
     (cookie, mode, io), MEMORY)
WRAP(DIR *, NULL, opendir, (const char *path), (path), MEMORY)
WRAP(DIR *, NULL, fdopendir, (int fd), (fd), MEMORY)
WRAP(ssize_t, -1, getdelim, (char **line, size_t *size, int end, FILE *in), (line, size, end, in),
     MEMORY)
WRAP(pid_t, -1, fork, (void), (), PROCESS)
WRAP(int, errno, posix_spawn,
     (pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
      const posix_spawnattr_t *attributes, char *const *argv, char *const *environment),
     (pid, path, actions, attributes, argv, environment), PROCESS)
WRAP(int, errno, posix_spawnp,
     (pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
      const posix_spawnattr_t *attributes, char *const *argv, char *const *environment),
     (pid, path, actions, attributes, argv, environment), PROCESS)
WRAP(int, errno, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attributes, void *(*begin_at)(void *), void *with),
     (thread, attributes, begin_at, with), THREAD)

int asprintf(char **out, const char *format, ...)
{
    va_list args;
    if (fails(MEMORY, __builtin_return_address(0)))
        return -1;
    va_start(args, format);
    int length = NEXT(vasprintf)(out, format, args);
    va_end(args);
    return length;
}
