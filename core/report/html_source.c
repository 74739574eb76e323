/* SPDX-License-Identifier: MIT */
/* A few lines of source around a place. The name of the file comes from the result, which may
 * be anybody's, and a page is made to be passed on: so only what has the name of source, and is
 * a plain file of a size that source has, is looked into. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/report/html_report.h"

enum { SIZE_MOST = 4 << 20, AROUND = 2, LINE_MOST = 400 };

static bool is_source(const char *path)
{
    static const char *const endings[] = {
        ".c",  ".h",  ".cc", ".hh", ".cpp", ".hpp", ".cxx", ".hxx", ".c++", ".inl", ".ipp", ".tcc",
        ".rs", ".go", ".m",  ".mm", ".f90", ".S",   ".s",   ".d",   ".zig", ".cu",  ".C",   ".H"};
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcmp(dot, endings[i]) == 0)
            return true;
    return false;
}

static FILE *open_source(const char *path)
{
    struct stat status;
    if (!is_source(path))
        return NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return NULL;
    bool fits = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= SIZE_MOST;
    FILE *in = fits ? fdopen(fd, "r") : NULL;
    if (!in)
        close(fd);
    return in;
}

void cck_html_source(FILE *out, const cck_location *location)
{
    if (!*location->file || !location->line)
        return;
    FILE *in = open_source(location->file);
    if (!in)
        return;
    char *text = NULL;
    size_t room = 0;
    uint32_t number = 0, shown = 0;
    for (ssize_t length;
         number < location->line + AROUND && (length = getline(&text, &room, in)) > 0;) {
        number++;
        if (number + AROUND < location->line)
            continue;
        if (!shown++)
            fputs("<pre class=\"wide\" tabindex=\"0\"><code>", out);
        if (text[length - 1] == '\n')
            text[--length] = '\0';
        if (length > LINE_MOST)
            text[LINE_MOST] = '\0';
        fprintf(out, "%s%5" PRIu32 "  ", number == location->line ? "<mark>" : "", number);
        for (char *rest = text, *piece; (piece = strsep(&rest, "\t"));) {
            cck_html_text(out, piece);
            fputs(rest ? "    " : "", out);
        }
        fputs(number == location->line ? "</mark>\n" : "\n", out);
    }
    if (shown)
        fputs("</code></pre>\n", out);
    free(text);
    fclose(in);
}
