/* SPDX-License-Identifier: MIT */
#include "silence.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int cli_silence(bool wanted)
{
    fflush(stdout);
    int null = wanted ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
    int kept = null >= 0 ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) : -1;
    if (kept >= 0)
        dup2(null, STDOUT_FILENO);
    if (null >= 0)
        close(null);
    return kept;
}

void cli_unsilence(int kept)
{
    if (kept < 0)
        return;
    dup2(kept, STDOUT_FILENO);
    close(kept);
}
