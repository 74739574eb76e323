/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

static bool colored(FILE *stream, const char *when)
{
    if (when && strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fileno(stream)) && !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));
}

/* The library has its own for what it prints; this one goes by the locale. */
static bool is_shown(wchar_t c)
{
    bool turns = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069); /* Unicode TR #9 */
    return iswprint((wint_t)c) && !turns;
}

const char *cli_shown(const char *word)
{
    static char shown[4][512];
    static unsigned next;
    char *text = shown[next++ % 4], *to = text;
    const char *const full = text + sizeof *shown - 8; /* a character and an ellipsis */
    mbstate_t state = {0};
    while (*word && to < full) {
        wchar_t c;
        size_t size = mbrtowc(&c, word, strlen(word), &state);
        bool is_one = size != (size_t)-1 && size != (size_t)-2;
        if (is_one && is_shown(c))
            to = mempcpy(to, word, size);
        else
            *to++ = '?';
        if (!is_one)
            state = (mbstate_t){0};
        word += is_one ? size : 1;
    }
    snprintf(to, (size_t)(text + sizeof *shown - to), "%s", *word ? "..." : "");
    return text;
}

void cli_print_error(const cck_error *err)
{
    bool color = colored(stderr, NULL);
    fprintf(stderr, "%scachecheck:%s %s\n", color ? "\033[1;31m" : "", color ? "\033[0m" : "",
            err->message);
    if (err->hint[0])
        fprintf(stderr, "  hint: %s\n", err->hint);
}

static unsigned columns(FILE *out)
{
    const char *variable = getenv("COLUMNS");
    long wanted = variable ? strtol(variable, NULL, 10) : 0;
    if (wanted >= 40 && wanted <= 1000)
        return (unsigned)wanted;
    struct winsize size;
    if (isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col;
    return 100;
}

cck_report_options cli_report_options(FILE *out, const char *when)
{
    const char *codeset = nl_langinfo(CODESET);
    return (cck_report_options){
        .size = sizeof(cck_report_options),
        .width = columns(out),
        .color = colored(out, when),
        .utf8 = strcasecmp(codeset, "UTF-8") == 0,
    };
}

bool cli_finish_stdout(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    fprintf(stderr, "cachecheck: cannot write to standard output: %s\n", strerror(errno));
    return false;
}

bool cli_check_output(const char *path)
{
    struct stat status;
    if (!path || strcmp(path, "-") == 0)
        return true;
    int failed = 0;
    if (stat(path, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            failed = EISDIR;
        else if (access(path, W_OK) != 0)
            failed = errno;
    } else {
        const char *slash = strrchr(path, '/');
        char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
        if (!directory || access(directory, W_OK | X_OK) != 0)
            failed = errno;
        free(directory);
    }
    if (!failed)
        return true;
    cck_error err = {.code = CCK_EIO, .os_error = failed};
    snprintf(err.message, sizeof err.message, "cannot write to '%s': %s", cli_shown(path),
             strerror(failed));
    snprintf(err.hint, sizeof err.hint, "nothing was run; name a file that can be written with -o");
    cli_print_error(&err);
    return false;
}
