/* SPDX-License-Identifier: MIT */
#include "core/process/unwind.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* DWARF's numbers of registers. */
#if defined(__aarch64__)
enum { FRAME_REGISTER = 29, STACK_REGISTER = 31 };
#else
enum { FRAME_REGISTER = 6, STACK_REGISTER = 7 };
#endif

struct cck_unwinder {
    Dwfl *dwfl;
    const cck_unwind_start *start; /* of the walk at hand */
    cck_unwound_frame *frames;
    size_t count, most;
    bool ended;
};

/* Files are reported open. The callbacks that libdwfl has for finding them otherwise
 * (dwfl_build_id_find_elf, dwfl_standard_find_debuginfo) ask debuginfod servers. */
static const Dwfl_Callbacks callbacks = {
    .find_debuginfo = dwfl_build_id_find_debuginfo,
    .section_address = dwfl_offline_section_address,
};

/* ---- what libdwfl asks ---- */

static pid_t next_thread(Dwfl *dwfl, void *context, void **out_thread)
{
    (void)dwfl;
    if (*out_thread)
        return 0;
    *out_thread = context;
    return 1;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *context, void **out_thread)
{
    (void)dwfl, (void)tid;
    *out_thread = context;
    return true;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *out_word, void *context)
{
    (void)dwfl;
    const cck_unwinder *unwinder = context;
    uint64_t word;
    if (!unwinder->start->read(unwinder->start->context, address, &word))
        return false;
    *out_word = word;
    return true;
}

static bool set_registers(Dwfl_Thread *thread, void *context)
{
    const cck_unwind_start *start = ((cck_unwinder *)context)->start;
    Dwarf_Word stack = start->stack, frame = start->frame;
    dwfl_thread_state_register_pc(thread, start->code - start->called);
    return dwfl_thread_state_registers(thread, STACK_REGISTER, 1, &stack) &&
           (!frame || dwfl_thread_state_registers(thread, FRAME_REGISTER, 1, &frame));
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
    .next_thread = next_thread,
    .get_thread = get_thread,
    .memory_read = read_memory,
    .set_initial_registers = set_registers,
};

/* ---- making ---- */

static void report(Dwfl *dwfl, const cck_file_module *module)
{
    if (!module->elf)
        return;
    int file = open(module->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file >= 0 &&
        !dwfl_report_elf(dwfl, module->path, module->path, file, module->bias, true))
        close(file);
}

cck_unwinder *cck_unwinder_new(const cck_file_module *modules, size_t count)
{
    cck_unwinder *unwinder = calloc(1, sizeof *unwinder);
    if (!unwinder)
        return NULL;
    unwinder->dwfl = dwfl_begin(&callbacks);
    if (unwinder->dwfl) {
        dwfl_report_begin(unwinder->dwfl);
        for (size_t i = 0; i < count; i++)
            report(unwinder->dwfl, &modules[i]);
        dwfl_report_end(unwinder->dwfl, NULL, NULL);
    }
    if (!unwinder->dwfl ||
        !dwfl_attach_state(unwinder->dwfl, NULL, 1, &thread_callbacks, unwinder)) {
        cck_unwinder_free(unwinder);
        return NULL;
    }
    return unwinder;
}

void cck_unwinder_free(cck_unwinder *unwinder)
{
    if (!unwinder)
        return;
    if (unwinder->dwfl)
        dwfl_end(unwinder->dwfl);
    free(unwinder);
}

/* ---- walking ---- */

static int take_frame(Dwfl_Frame *state, void *context)
{
    cck_unwinder *unwinder = context;
    Dwarf_Addr code;
    bool activation = true;
    Dwarf_Word stack = 0, frame = 0;
    if (unwinder->count == unwinder->most || !dwfl_frame_pc(state, &code, &activation))
        return DWARF_CB_ABORT;
    if (dwfl_frame_reg(state, STACK_REGISTER, &stack) != 0)
        stack = 0;
    if (dwfl_frame_reg(state, FRAME_REGISTER, &frame) != 0)
        frame = 0;
    if (unwinder->count) {
        /* What the stack pointer is once a frame is left, is its canonical frame address. */
        unwinder->frames[unwinder->count - 1].cfa = stack;
        code -= !activation; /* from behind a call to the call */
    }
    unwinder->frames[unwinder->count++] =
        (cck_unwound_frame){.code = code, .stack = stack, .frame = frame};
    return DWARF_CB_OK;
}

size_t cck_unwinder_walk(cck_unwinder *unwinder, const cck_unwind_start *start,
                         cck_unwound_frame *out_frames, size_t most)
{
    unwinder->start = start;
    unwinder->frames = out_frames;
    unwinder->count = 0;
    unwinder->most = most;
    unwinder->ended = dwfl_getthread_frames(unwinder->dwfl, 1, take_frame, unwinder) == 0;
    return unwinder->count;
}

bool cck_unwinder_ended(const cck_unwinder *unwinder)
{
    return unwinder->ended;
}
