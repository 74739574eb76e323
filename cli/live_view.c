/* SPDX-License-Identifier: MIT */
#include "live_view.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include "terminal.h"

/* xterm's control sequences, which every terminal of today has: ctlseqs, "Alt screen". */
#define TAKE "\033[?1049h\033[?25l\033[H\033[2J"
#define GIVE "\033[?25h\033[?1049l"

enum { KEPT_MOST = 1 << 20 };

/* The terminal that is to be put back; 0: none. */
static volatile sig_atomic_t taken;

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
static struct sigaction before_fatal[sizeof fatal / sizeof *fatal];

static void write_all(int fd, const char *text, size_t size)
{
    while (size) {
        ssize_t count = write(fd, text, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return; /* a terminal that is gone: nobody looks */
        text += count;
        size -= (size_t)count;
    }
}

void cli_live_view_pause(void)
{
    if (taken)
        write_all(taken, GIVE, sizeof GIVE - 1);
}

void cli_live_view_resume(void)
{
    if (taken)
        write_all(taken, TAKE, sizeof TAKE - 1);
}

/* Then it happens again, to whoever was to see it. */
static void on_fatal(int signal, siginfo_t *info, void *context)
{
    (void)context;
    cli_live_view_pause();
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        if (fatal[i] == signal)
            sigaction(signal, &before_fatal[i], NULL);
    if (info->si_code <= 0) /* sent, not met with: it does not come again by itself */
        raise(signal);
}

static void on_exit_by_mistake(void)
{
    cli_live_view_pause();
}

static void guard(bool on)
{
    static bool registered;
    struct sigaction action = {.sa_sigaction = on_fatal, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        if (on)
            sigaction(fatal[i], &action, &before_fatal[i]);
        else
            sigaction(fatal[i], &before_fatal[i], NULL);
    }
    if (on && !registered)
        registered = atexit(on_exit_by_mistake) == 0;
}

/* ---- open and close ---- */

/* What is written to this terminal goes to the file. Elsewhere it tears nothing. */
static void keep_output(cli_live_view *view)
{
    struct stat ours, other;
    view->kept = memfd_create("cachecheck-output", MFD_CLOEXEC);
    if (view->kept < 0 || fstat(view->terminal, &ours) < 0)
        return;
    int flags = fcntl(view->kept, F_GETFL);
    fcntl(view->kept, F_SETFL, flags | O_APPEND);
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fstat(fd, &other) < 0 || !isatty(fd) || other.st_rdev != ours.st_rdev)
            continue;
        view->saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (view->saved[fd] >= 0)
            dup2(view->kept, fd);
    }
}

static void put_output_back(cli_live_view *view)
{
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        if (view->saved[fd] < 0)
            continue;
        dup2(view->saved[fd], fd);
        close(view->saved[fd]);
        view->saved[fd] = -1;
    }
}

static void show_kept(const cli_live_view *view)
{
    char buffer[4096];
    ssize_t count;
    off_t size = lseek(view->kept, 0, SEEK_END);
    off_t from = size > KEPT_MOST ? size - KEPT_MOST : 0;
    if (from > 0)
        fprintf(stderr, "cachecheck: of what was printed meanwhile, the last MiB:\n");
    while ((count = pread(view->kept, buffer, sizeof buffer, from)) > 0) {
        write_all(view->terminal, buffer, (size_t)count);
        from += count;
    }
}

bool cli_live_view_open(cli_live_view *view)
{
    const char *term = getenv("TERM");
    *view = (cli_live_view){.saved = {-1, -1, -1}, .kept = -1};
    if (!isatty(STDERR_FILENO) || (term && strcmp(term, "dumb") == 0)) {
        fputs("cachecheck: --watch: standard error is no terminal that can be painted; only the "
              "report comes, at the end\n",
              stderr);
        return false;
    }
    fflush(stdout);
    int terminal = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (terminal < 0)
        return false;
    view->terminal = terminal;
    keep_output(view);
    guard(true);
    taken = terminal;
    cli_live_view_resume();
    return true;
}

void cli_live_view_close(cli_live_view *view)
{
    if (!view->terminal)
        return;
    fflush(stdout);
    cli_live_view_pause();
    taken = 0;
    guard(false);
    put_output_back(view);
    if (view->kept >= 0) {
        show_kept(view);
        close(view->kept);
    }
    close(view->terminal);
    if (view->page)
        fclose(view->page);
    free(view->text);
    *view = (cli_live_view){.saved = {-1, -1, -1}, .kept = -1};
}

/* ---- pages ---- */

static struct winsize screen(const cli_live_view *view)
{
    struct winsize size;
    if (ioctl(view->terminal, TIOCGWINSZ, &size) < 0 || !size.ws_row || !size.ws_col)
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    return size;
}

cck_report_options cli_live_view_options(const cli_live_view *view, const char *color)
{
    cck_report_options options = cli_report_options(stderr, color);
    const char *no_color = getenv("NO_COLOR");
    if (!view->terminal)
        return options;
    options.width = screen(view).ws_col;
    if (!color || strcmp(color, "auto") == 0) /* stderr is kept in a file, which is none */
        options.color = !(no_color && *no_color);
    return options;
}

FILE *cli_live_view_page(cli_live_view *view)
{
    if (!view->terminal)
        return NULL;
    if (!view->page)
        view->page = open_memstream(&view->text, &view->size);
    return view->page;
}

/* Bytes of a control sequence, which take no room: ESC [ parameters letter. */
static size_t escape_at(const char *text, size_t size)
{
    size_t length = 2;
    if (size < 3 || text[0] != '\033' || text[1] != '[')
        return 0;
    while (length < size && (unsigned char)text[length] < 0x40)
        length++;
    return length < size ? length + 1 : 0;
}

/* Bytes of a line that fit into so many columns. */
static size_t fitting(const char *line, size_t size, unsigned columns)
{
    mbstate_t state = {0};
    size_t at = 0;
    unsigned used = 0;
    while (at < size) {
        size_t bytes = escape_at(line + at, size - at);
        wchar_t wide = L' ';
        int width = 0;
        if (!bytes) {
            bytes = mbrtowc(&wide, line + at, size - at, &state);
            if (bytes == 0 || bytes > size - at) {
                bytes = 1;
                state = (mbstate_t){0};
            }
            width = wcwidth(wide);
        }
        used += width > 0 ? (unsigned)width : 0;
        if (used > columns)
            break;
        at += bytes;
    }
    return at;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text; count++)
        text += strcspn(text, "\n") + (text[strcspn(text, "\n")] == '\n');
    return count;
}

/* Cleared before, not after: behind a full row the cursor is still on its last character. */
static void put_row(FILE *out, const char *line, size_t size, unsigned columns, bool last)
{
    fputs("\033[2K", out);
    fwrite(line, 1, fitting(line, size, columns), out);
    fputs(last ? "\033[0m" : "\033[0m\r\n", out);
}

/* Written over, not cleared and written: nothing flickers. */
static void put_page(FILE *out, const char *text, struct winsize size)
{
    size_t lines = count_lines(text), rows = size.ws_row, shown = lines <= rows ? lines : rows - 1;
    char more[64];
    fputs("\033[H", out);
    for (size_t i = 0; i < shown; i++) {
        size_t length = strcspn(text, "\n");
        put_row(out, text, length, size.ws_col, i + 1 == rows);
        text += length + (text[length] == '\n');
    }
    if (shown < lines) {
        int length = snprintf(more, sizeof more, "... %zu more lines", lines - shown);
        put_row(out, more, (size_t)length, size.ws_col, true);
    } else if (shown < rows) {
        fputs("\033[J", out);
    }
}

void cli_live_view_show(cli_live_view *view)
{
    char *text = NULL;
    size_t size = 0;
    if (!view->terminal || !view->page)
        return;
    fclose(view->page); /* which ends the text with a 0 byte */
    view->page = NULL;
    FILE *out = view->text ? open_memstream(&text, &size) : NULL;
    if (out) {
        put_page(out, view->text, screen(view));
        fclose(out);
        write_all(view->terminal, text, size);
    }
    free(text);
    free(view->text);
    view->text = NULL;
}
