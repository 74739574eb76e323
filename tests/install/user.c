/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include <cachecheck/cachecheck.h>

int main(void)
{
    cck_machine *machine;
    cck_error err = {0};
    if (cck_machine_open(&machine, NULL, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("%s: %u PUs\n", cck_version(), cck_machine_get_info(machine)->pus);
    cck_machine_free(machine);
    return 0;
}
