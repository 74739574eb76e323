/* SPDX-License-Identifier: MIT */
/* Rules about policies: full nodes, and pages that a policy did not reach. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/numa/find.h"
#include "core/numa/number_set.h"
#include "core/numa/policy.h"

#define MIB ((uint64_t)1 << 20)

enum { LEAST_MIB = 4, FULL_MIB = 64 };

/* ---- bound-to-a-full-node ---- */

static bool is_full(const cck_numa_node *node)
{
    return node->memory && node->free < node->memory / 50 && node->free < FULL_MIB * MIB * 16;
}

/* Are all nodes of the list full, so that the next page must come from swap or kill? */
static bool all_full(const cck_numa_search *search, const char *list)
{
    bool any = false;
    for (size_t i = 0; i < search->placement->node_count; i++) {
        const cck_numa_node *node = &search->placement->nodes[i];
        if (!cck_number_set_has(list, node->index))
            continue;
        if (!is_full(node))
            return false;
        any = true;
    }
    return any;
}

/* Allowed nodes that have room, as a list. */
static const char *nodes_with_room(cck_numa_search *search, const cck_numa_view *view)
{
    char list[CCK_NUMA_LIST] = "";
    size_t used = 0;
    for (size_t i = 0; i < search->placement->node_count && used + 12 < sizeof list; i++) {
        const cck_numa_node *node = &search->placement->nodes[i];
        if (*view->mems && cck_number_set_has(view->mems, node->index) && node->memory &&
            !is_full(node))
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%" PRIu32,
                                     used ? "," : "", node->index);
    }
    return cck_numa_text(search, "%s", list);
}

void cck_numa_rule_full(cck_numa_search *search, const cck_numa_view *view)
{
    const cck_numa_policy *policy = view->leader ? &view->leader->policy : NULL;
    bool bound = policy && !view->leader->policy_unknown && cck_numa_policy_binds(policy);
    const char *nodes = bound ? policy->nodes : view->mems;
    bool confined = !bound && *nodes && cck_number_set_count(nodes) < search->placement->node_count;
    if ((!bound && !confined) || !all_full(search, nodes))
        return;
    cck_finding *finding =
        cck_numa_add(search, view, "bound-to-a-full-node", CCK_SEVERITY_HIGH);
    if (!finding)
        return;
    finding->title = cck_numa_text(search, "%s node %s, which has no memory left",
                                   bound ? "its policy binds it to" : "its cpuset confines it to",
                                   nodes);
    finding->evidence.text = "less than 2 % of the node's memory is free";
    finding->evidence.cost_text =
        "the next page comes from reclaim or swap, or the process is killed (OOM), although other "
        "nodes may have room";
    const char *room = nodes_with_room(search, view);
    if (bound && *room)
        cck_numa_variant(
            search, finding,
            cck_numa_fix_code(
                cck_numa_text(search, "prefer the node instead of binding to it: node %s has room",
                              room),
                cck_numa_text(search, "numactl --preferred=%" PRId32 " -- %s",
                              cck_number_set_first(nodes),
                              search->target->attached ? "COMMAND" : search->command)));
    if (bound && *room)
        cck_numa_variant(
            search, finding,
            cck_numa_fix_code(cck_numa_text(search, "move a part of it to node %s now", room),
                              cck_numa_text(search, "migratepages %" PRId32 " %s %s",
                                            view->process->pid, nodes, room)));
    if (!*room)
        cck_numa_note(search, finding,
                      bound ? "no other node that it may use has room: less memory, or fewer "
                              "programs on these nodes"
                            : "whoever confines it must give it another node (cpuset.mems)");
}

/* ---- policy-not-honoured ---- */

/* Bytes outside the nodes that the policy names. */
static uint64_t bytes_outside(const cck_numa_search *search, const cck_numa_mapping *mapping)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < search->placement->node_count; i++)
        if (!cck_number_set_has(mapping->policy.nodes, search->placement->nodes[i].index))
            sum += mapping->bytes[i];
    return sum;
}

static const char *nodes_outside(cck_numa_search *search, const cck_numa_mapping *mapping)
{
    char list[CCK_NUMA_LIST] = "";
    size_t used = 0;
    for (size_t i = 0; i < search->placement->node_count && used + 12 < sizeof list; i++) {
        uint32_t index = search->placement->nodes[i].index;
        if (mapping->bytes[i] && !cck_number_set_has(mapping->policy.nodes, index))
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%" PRIu32,
                                     used ? "," : "", index);
    }
    return cck_numa_text(search, "%s", list);
}

/* Names of nodes of relative policies count within what is allowed: these are not judged. */
static bool names_nodes(const cck_numa_mapping *mapping)
{
    return !mapping->policy_unknown && *mapping->policy.nodes &&
           strstr(mapping->policy.flags, "relative") == NULL;
}

static void report_policy(cck_numa_search *search, const cck_numa_view *view,
                          const cck_numa_mapping *mapping, uint64_t outside)
{
    cck_suggestion fix;
    const char *from = nodes_outside(search, mapping);
    cck_finding *finding = cck_numa_add(search, view, "policy-not-honoured",
                                        outside >= 256 * MIB ? CCK_SEVERITY_HIGH
                                                             : CCK_SEVERITY_MEDIUM);
    if (!finding)
        return;
    finding->title = cck_numa_text(
        search, "%s of %s lie outside its policy %s, on node %s",
        cck_numa_bytes_text(search, outside), cck_numa_mapping_text(search, mapping),
        mapping->policy.text, from);
    finding->object = (cck_finding_object){.kind = "mapping",
                                           .name = mapping->name,
                                           .type = "",
                                           .type_from = "",
                                           .size = outside,
                                           .address = mapping->start};
    finding->evidence.text = "policy and pages as numa_maps has them";
    finding->evidence.cost_text = "a policy is for pages to come: those touched before it was set, "
                                  "or by a thread with another, stay where they are";
    for (size_t i = 0; i < search->placement->node_count; i++)
        if (cck_number_set_has(mapping->policy.nodes, search->placement->nodes[i].index) &&
            cck_numa_fix_move(search, view, from, i, -1, &fix)) {
            cck_numa_variant(search, finding, fix);
            break;
        }
    cck_numa_variant(search, finding,
                     cck_numa_fix_code("in code: set the policy before the first touch, or move what "
                                       "is there",
                                       "mbind(address, length, MPOL_BIND, &nodes, 8 * sizeof nodes, "
                                       "MPOL_MF_MOVE);"));
}

void cck_numa_rule_policy(cck_numa_search *search, const cck_numa_view *view)
{
    for (size_t i = 0; i < search->placement->mapping_count; i++) {
        const cck_numa_mapping *mapping = &search->placement->mappings[i];
        bool pages_of_its_own = mapping->kind != CCK_NUMA_FILE && mapping->kind != CCK_NUMA_SPECIAL;
        if (mapping->pid != view->process->pid || mapping->method != CCK_NUMA_EXACT ||
            !pages_of_its_own || !names_nodes(mapping))
            continue;
        uint64_t outside = bytes_outside(search, mapping);
        /* Preferring is a wish: only when most of it went elsewhere. */
        bool wish = mapping->policy.mode == CCK_NUMA_MODE_PREFER ||
                    mapping->policy.mode == CCK_NUMA_MODE_PREFER_MANY;
        if (outside < LEAST_MIB * MIB || outside * (wish ? 2 : 20) < mapping->resident)
            continue;
        report_policy(search, view, mapping, outside);
    }
}
