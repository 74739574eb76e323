/* SPDX-License-Identifier: MIT */
#include <cachecheck/stat.h>

#include "core/base/fail.h"
#include "core/session/probe.h"

/* Once the caller has had enough, no further probe is asked. */
typedef struct relay {
    cck_list_sink *each;
    void *context;
    bool enough;
} relay;

static bool pass_on(void *context, const cck_event_entry *entry)
{
    relay *to = context;
    to->enough |= !to->each(to->context, entry);
    return !to->enough;
}

int cck_stat_list_events(const char *filter,
                         bool (*each)(void *context, const cck_event_entry *entry), void *context,
                         cck_error *err)
{
    relay to = {.each = each, .context = context};
    cck_root root;
    if (!each)
        return cck_fail(err, CCK_EINVALID, "nobody to list the events to");
    int code = cck_root_open(&root, "/", err);
    if (code < 0)
        return code;
    for (const cck_probe *const *probe = cck_probes; *probe && !to.enough && code == 0; probe++)
        if ((*probe)->list)
            code = (*probe)->list(&root, filter, pass_on, &to, err);
    cck_root_close(&root);
    return code;
}
