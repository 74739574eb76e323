/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_options.h"
#include "pub_tool_vki.h"
#include "pub_tool_vkiscnums.h"

/*
 * Valgrind's core reads the debug information of whatever the program maps, also for
 * tools that never ask. We never do: that costs start-up time, and 3.19 gives up, the
 * program with it, on the DWARF 5 of clang ("ensure_valid failed"). The linker puts
 * this in place of VG_(di_notify_mmap); 0 says that nothing was read.
 */
ULong __wrap_vgPlain_di_notify_mmap(Addr address, Bool allow_files, Int fd);
ULong __wrap_vgPlain_di_notify_mmap(Addr address, Bool allow_files, Int fd)
{
    return 0;
}

/* Defaults for a run by hand; the library always names every cache. */
cck_geometry cck_clo_geometry = {
    .i1 = {32768, 8, 64},
    .d1 = {32768, 8, 64},
    .ll = {8388608, 16, 64},
    .cores = 1,
    .address_bits = CCK_ADDRESS_BITS,
};
const HChar *cck_clo_directory = ".";

/* "size,ways,line" in plain decimal numbers. */
static void parse_shape(const HChar *option, const HChar *text, cck_shape *out_shape)
{
    HChar *end;
    cck_shape shape = {.size = VG_(strtoull10)(text, &end)};
    if (*end == ',')
        shape.ways = VG_(strtoull10)(end + 1, &end);
    if (*end == ',')
        shape.line = VG_(strtoull10)(end + 1, &end);
    if (*end)
        VG_(fmsg_bad_option)(option, "expected size,ways,line\n");
    const char *fault = cck_shape_fault(&shape);
    if (fault)
        VG_(fmsg_bad_option)(option, "%s\n", fault);
    *out_shape = shape;
}

/* A core without the functions that the trace mode replaces: see CMakeLists.txt. */
#ifdef CCK_TRACES
static Bool option_of_trace(const HChar *arg)
{
    return cck_trace_option(arg);
}

static Bool set_up_trace(void)
{
    if (cck_clo_trace)
        cck_trace_set_up();
    return cck_clo_trace;
}

static Bool fork_trace(ThreadId thread)
{
    if (cck_clo_trace)
        cck_trace_forked(thread);
    return cck_clo_trace;
}
#else
static Bool option_of_trace(const HChar *arg)
{
    return False;
}

static Bool set_up_trace(void)
{
    return False;
}

static Bool fork_trace(ThreadId thread)
{
    return False;
}
#endif

static Bool process_option(const HChar *arg)
{
    const HChar *text;
    if VG_STR_CLO (arg, "--I1", text)
        parse_shape(arg, text, &cck_clo_geometry.i1);
    else if VG_STR_CLO (arg, "--D1", text)
        parse_shape(arg, text, &cck_clo_geometry.d1);
    else if VG_STR_CLO (arg, "--L2", text)
        parse_shape(arg, text, &cck_clo_geometry.l2);
    else if VG_STR_CLO (arg, "--LL", text)
        parse_shape(arg, text, &cck_clo_geometry.ll);
    else if VG_BINT_CLO (arg, "--cores", cck_clo_geometry.cores, 1, CCK_CORES_MAX) {
    } else if VG_STR_CLO (arg, "--directory", cck_clo_directory) {
    } else
        return option_of_trace(arg);
    return True;
}

static void print_usage(void)
{
    VG_(printf)
    ("    --I1=, --D1=, --LL=<size>,<ways>,<line>   caches to simulate\n"
     "    --L2=<size>,<ways>,<line>     a private L2 between D1 and LL [none]\n"
     "    --cores=<number>              cores with private caches [1]\n"
     "    --directory=<path>            where records and logs are written [.]\n"
     "    --trace=no|yes                write a trace instead of counts [no]\n"
     "    --ring=<bytes>                of the trace's ring; a power of two [4194304]\n"
     "    --held=<sets>,<bits>,<cores>  leave out uses of the line last used in its set of L1\n");
}

static void print_debug_usage(void)
{
    VG_(printf)("    (none)\n");
}

static void on_start(ThreadId thread, ULong blocks)
{
    cck_feed_start(thread);
}

static void on_stop(ThreadId thread, ULong blocks)
{
    cck_feed_stop(thread);
    cck_record_tick();
}

static void on_first_instruction(ThreadId thread)
{
    if (!cck_row_count)
        cck_spare_pages();
    cck_row_of(thread);
}

/* A successful exec replaces this process without another word. */
static void before_syscall(ThreadId thread, UInt number, UWord *args, UInt count)
{
    if (number == __NR_execve || number == __NR_execveat)
        cck_record_write("exec");
}

static void after_syscall(ThreadId thread, UInt number, UWord *args, UInt count, SysRes result)
{
}

static void on_fork_in_child(ThreadId thread)
{
    if (fork_trace(thread))
        return;
    cck_rows_forked(thread);
    cck_log_open();
    cck_record_open();
}

static void on_end(Int exit_code)
{
    cck_record_write("ended");
}

static void after_options(void)
{
    if (set_up_trace())
        return;
    cck_feed_init();
    cck_log_open();
    cck_record_open();
}

static void before_options(void)
{
    VG_(details_name)("cachecheck");
    VG_(details_version)(CCK_VERSION);
    VG_(details_description)("per-thread cache simulation for cachecheck");
    VG_(details_copyright_author)("The cachecheck authors, GPL-2.0-or-later.");
    VG_(details_bug_reports_to)("the maintainers of cachecheck");
    VG_(details_avg_translation_sizeB)(500);

    /* As cachegrind: nobody looks at registers in the middle of a block here, but
     * a stack that grows needs its pointer. */
    VG_(clo_vex_control).iropt_register_updates_default = VG_(clo_px_file_backed) =
        VexRegUpdSpAtMemAccess;

    VG_(basic_tool_funcs)(after_options, cck_instrument, on_end);
    VG_(needs_command_line_options)(process_option, print_usage, print_debug_usage);
    VG_(needs_syscall_wrapper)(before_syscall, after_syscall);
#ifdef CCK_TRACES
    VG_(needs_client_requests)(cck_request);
#endif
    VG_(track_start_client_code)(on_start);
    VG_(track_stop_client_code)(on_stop);
    VG_(track_pre_thread_first_insn)(on_first_instruction);
    VG_(track_pre_thread_ll_exit)(cck_row_end);
    VG_(atfork)(NULL, NULL, on_fork_in_child);
}

VG_DETERMINE_INTERFACE_VERSION(before_options)
