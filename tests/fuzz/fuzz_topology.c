/* SPDX-License-Identifier: MIT */
/*
 * Bytes as a machine: behind the first byte XML of hwloc's (even), or a synthetic string (odd).
 * hwloc may crash of what it reads, which is why the library lets a child try it first: the
 * library must not. A fork each would take nearly all of the time: here one child tries one input
 * after the other, and another takes its place when it dies (unit/machine tests trial.c). Where a
 * function of the library is what crashed there, not one of hwloc's, that is a finding as well.
 */
#include <ctype.h>
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <hwloc.h>

#include <cachecheck/machine.h>

#include "core/base/fail.h"
#include "core/machine/machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    TEXT_MOST = 1 << 20,
    PATIENCE_MS = 5000,
    TRIES_OF_ONE = 20000,
    PROCESSORS_MOST = 16,
    CHILD_MEMORY = 64 << 20
};

typedef int builder(const cck_machine_source *source, cck_error *err);

/* ---- the child ---- */

static struct shared {
    cck_error error;
    int code;
    bool is_xml, complained; /* complained: on standard error, which hwloc does once a process */
    bool ours;               /* it was not hwloc that crashed */
    size_t length;
    char text[TEXT_MOST];
} * shared;

static struct {
    pid_t pid; /* 0: none */
    int line;  /* a byte: try it; a byte back: it survived */
    unsigned tries;
} child;

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
void __sanitizer_print_stack_trace(void) __attribute__((weak));

static int messages; /* of the child, on its standard error */

/* What is first in the trace of a stack is who crashed, but for a sanitizer's strlen() and the
 * like. Instead of what libFuzzer does there, which has nothing to do with this process. */
static void tell_whose(void)
{
    static char text[1 << 14];
    ssize_t length = pread(messages, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    const char *ours = strstr(text, " in cck_"), *theirs = strstr(text, "libhwloc");
    shared->ours = ours && (!theirs || ours < theirs);
}

/* Mostly it crashes right there, and no names of functions are wanted, which take a program that
 * reads all debug information. */
static bool is_in_hwloc(const ucontext_t *context)
{
    Dl_info info;
#ifdef __x86_64__
    uintptr_t at = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#else
    uintptr_t at = (uintptr_t)context->uc_mcontext.pc;
#endif
    return dladdr((const void *)at, &info) && strstr(info.dli_fname, "libhwloc");
}

static void on_crash(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    if (is_in_hwloc(context))
        _exit(1);
    if (__sanitizer_print_stack_trace)
        __sanitizer_print_stack_trace();
    tell_whose();
    _exit(1);
}

/* As trial.c has it, but that crashes are looked at. */
static void crash_quietly(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    const struct rlimit none = {0, 0};
    struct rlimit memory = {0, RLIM_INFINITY};
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    const struct sigaction crash = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &crash, NULL);
    setrlimit(RLIMIT_CORE, &none);
    /* trial.c lets it have more; what follows here would go through all of that. */
    if (file && fscanf(file, "%lu", &pages) == 1) {
        memory.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + CHILD_MEMORY;
        setrlimit(RLIMIT_AS, &memory);
    }
    if (file)
        fclose(file);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(tell_whose);
    messages = memfd_create("messages", MFD_CLOEXEC);
    if (messages >= 0)
        dup2(messages, STDERR_FILENO);
}

static _Noreturn void serve(builder *build, int line)
{
    char byte;
    crash_quietly();
    while (read(line, &byte, 1) == 1) {
        cck_machine_source source = {.path = "fuzz", .xml_length = shared->length};
        if (shared->is_xml)
            source.xml = shared->text;
        else
            source.synthetic = shared->text;
        shared->error = (cck_error){0};
        shared->code = build(&source, &shared->error);
        shared->complained = lseek(messages, 0, SEEK_END) > 0;
        if (write(line, &byte, 1) != 1)
            break;
    }
    _exit(0);
}

static void end_child(void)
{
    if (!child.pid)
        return;
    kill(child.pid, SIGKILL);
    waitpid(child.pid, NULL, 0);
    close(child.line);
    child.pid = 0;
}

static void start_child(builder *build)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0 || (child.pid = fork()) < 0)
        abort();
    if (child.pid == 0)
        serve(build, ends[1]);
    close(ends[1]);
    child.line = ends[0];
    child.tries = 0;
}

static bool survives(void)
{
    char byte = 0;
    struct pollfd answer = {.fd = child.line, .events = POLLIN};
    return send(child.line, &byte, 1, MSG_NOSIGNAL) == 1 && poll(&answer, 1, PATIENCE_MS) == 1 &&
           read(child.line, &byte, 1) == 1;
}

/* In place of the library's: what is linked first counts. */
int cck_machine_try(builder *build, const cck_machine_source *source, cck_error *err)
{
    const char *text = source->xml ? source->xml : source->synthetic;
    size_t length = source->xml ? source->xml_length : strlen(text);
    if (length >= TEXT_MOST)
        return cck_machine_damaged(source, "is too long", err);
    if (child.tries++ == TRIES_OF_ONE)
        end_child();
    if (!child.pid)
        start_child(build);
    shared->is_xml = source->xml != NULL;
    shared->length = length;
    memcpy(shared->text, text, length + 1);
    bool survived = survives();
    if (shared->ours)
        abort();
    if (!survived || shared->complained)
        end_child();
    if (!survived || (shared->code == 0 && shared->complained))
        return cck_machine_damaged(source, "breaks hwloc", err);
    if (shared->code < 0)
        cck_error_move(err, &shared->error);
    return shared->code;
}

/* ---- the library ---- */

/* hwloc looks for its plugins again whenever no topology is left, so one stays. */
static void begin(void)
{
    static hwloc_topology_t stays;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || hwloc_topology_init(&stays) < 0)
        abort();
    atexit(end_child);
}

/* Parts are a tree: whoever walks it by `end` must arrive. */
static void check(const cck_machine *machine)
{
    size_t count;
    const cck_part *parts = cck_machine_get_parts(machine, &count);
    for (size_t i = 0; i < count; i++)
        if (parts[i].end <= i || parts[i].end > count || parts[i].parent > i || !parts[i].name)
            abort();
    const cck_machine_info *info = cck_machine_get_info(machine);
    if (!info->line_size || !info->cpu_model || !info->arch)
        abort();
    const cck_node *nodes = cck_machine_get_nodes(machine, &count);
    for (size_t i = 0; i < count; i++)
        cck_machine_distance(machine, nodes[i].index, nodes[0].index);
    cck_machine_data_cache(machine, 0);
    cck_machine_node_of_cpu(machine, UINT32_MAX);
}

/* A file in memory, that is written anew each time. */
static const char *file_of(const char *text, size_t length)
{
    static char path[64];
    static int fd = -1;
    if (fd < 0)
        fd = memfd_create("topology", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, text, length, 0) != (ssize_t)length)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return path;
}

/* What hwloc takes goes with the square of the processors: of a synthetic machine with thousands
 * ("4 44 25") seconds. */
static bool is_small(const char *synthetic)
{
    unsigned long parts = 1;
    for (const char *at = synthetic; *at && parts <= PROCESSORS_MOST;) {
        char before = at > synthetic ? at[-1] : ' ';
        bool wanted = isdigit((unsigned char)*at) && !isalpha((unsigned char)before) &&
                      !strchr("=,*.", before); /* the others are of attributes */
        char *end = (char *)at + 1;
        unsigned long count = wanted ? strtoul(at, &end, 0) : 1;
        parts = count > PROCESSORS_MOST ? count : count ? parts * count : parts;
        at = end;
    }
    return parts <= PROCESSORS_MOST;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cck_machine *machine = NULL;
    cck_error err = {0};
    char *text = size ? malloc(size) : NULL;
    if (!text)
        return 0;
    if (!shared)
        begin();
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    cck_machine_options options = {.size = sizeof options};
    if (data[0] & 1 && !is_small(text)) {
        free(text);
        return -1; /* and is not kept */
    }
    if (data[0] & 1)
        options.synthetic = text;
    else
        options.xml = file_of(text, size - 1);
    int code = cck_machine_open(&machine, &options, &err);
    if (code == 0)
        check(machine);
    else if (machine || err.code != code || !*err.message)
        abort();
    cck_machine_free(machine);
    free(text);
    return 0;
}
