/* SPDX-License-Identifier: MIT */
#include "core/finding/rule_help.h"

#include <string.h>

const cck_rule_help cck_rule_helps[] = {
    {"false-sharing", "Threads write different bytes of one cache line",
     "A core must own a line to write to it: threads that write next to each other take it from "
     "each other although they share no data. Give what each thread writes a line of its own."},
    {"true-sharing", "Threads write the same bytes",
     "The data itself is shared, so alignment does not help: keep a copy for each thread and sum "
     "up, write less often, or hand data over in batches."},
    {"mixed-sharing", "Threads write the same bytes, and others beside them",
     "Some of the transfers would go away if the fields were on lines of their own, the rest "
     "hands data over."},
    {"contended-lock", "Threads sleep until a lock is free",
     "What the lock protects is done by one thread at a time. Hold it for less, split what it "
     "protects among several locks, or let each thread work on its own and join the results."},
    {"adjacent-atomics", "Atomic variables share a cache line",
     "Atomics are there to be used by several threads; each update takes the whole line from the "
     "other cores, with what is beside it. Align each to a line if different threads update them."},
    {"atomic-beside-lock", "An atomic variable shares its line with a lock",
     "Updates of the atomic take the line away from the holder of the lock, and from those who "
     "wait for it. Give one of them a line of its own."},
    {"read-mostly-beside-hot", "What is mostly read shares a line with what is written often",
     "Each write makes every reader fetch the line anew, although what it reads did not change. "
     "Move what is written to a line of its own."},
    {"two-writer-fields", "Fields that two sides write share a cache line",
     "Head and tail, sent and received: each side writes its own, and both want the same line. "
     "Align the second side's fields to a line."},
    {"straddling-atomic", "An atomic variable spans two cache lines",
     "A locked instruction on two lines locks the bus (a split lock), which stalls every core; "
     "some kernels end the program for it. Align the variable to its own size."},
    {"straddling-lock", "A lock spans two cache lines",
     "Taking it moves two lines from core to core instead of one. Move it within a line."},
    {"per-thread-array-element", "Elements of an array by thread share cache lines",
     "The elements' size is no multiple of the line: neighbouring threads take lines from each "
     "other. Align the element's type to the line."},
    {"array-of-locks", "Locks of an array share cache lines",
     "Different locks on one line are fought over like one. Align the element to a line."},
    {"neighbouring-globals", "Global variables that threads write share a cache line",
     "The linker put them side by side. Align each to a line, or put them in a struct that is."},
    {"over-aligned-on-heap", "A type that wants more alignment than malloc gives",
     "malloc aligns to 16 bytes: the type's alignment, and the lines it was meant to have for "
     "itself, are lost. Use aligned_alloc() or posix_memalign(), or new from C++17 on."},
    {"misplaced-alignas", "An alignment that does not do what it is there for",
     "Aligning a member keeps what is before it away, not what follows it on the line. Align what "
     "follows, too, or pad."},
    {"constructive-constant-misuse",
     "std::hardware_constructive_interference_size used to keep data apart",
     "That constant is the size that is surely on one line; to keep data apart use "
     "std::hardware_destructive_interference_size."},
    {"hot-field-far-from-its-lock", "A field is on another line than the lock that guards it",
     "Who takes the lock needs both lines. Put them side by side if the lock is not fought over."},
    {"poor-packing", "Unused bytes between fields",
     "Other orders of the fields need fewer bytes: more objects fit into the caches."},
    {"memory-remote",
     "Memory lies on other nodes than its threads run on",
     "Each access to it crosses the link between nodes. Move the memory to the threads, or the "
     "threads to the memory; the finding says which of the two this process may do. "
     "migratepages PID FROM TO moves what is there. taskset -apc CPUS PID moves the threads "
     "instead. numactl --cpunodebind=N --membind=N -- COMMAND does both from the start; a "
     "cgroup's cpuset.cpus and cpuset.mems do it for a service."},
    {"first-touch-by-one-thread",
     "Memory that many threads use was first touched by one",
     "Linux takes a page from the node of the thread that writes to it first. An array that "
     "one thread initialises lies on that thread's node, wherever the others run. Initialise "
     "in the threads that work: a parallel loop with the same schedule as the one that "
     "computes. Or spread the pages: numactl --interleave=NODES -- COMMAND."},
    {"interleave-would-help",
     "Threads on several nodes use the memory of one",
     "One node's memory serves all threads: its bandwidth is shared, and that of the other "
     "nodes is not used. numactl --interleave=NODES -- COMMAND, or numa_alloc_interleaved() "
     "for what all threads read. The remote share stays as it is; what is gained is bandwidth."},
    {"huge-page-on-wrong-node",
     "Huge pages lie on another node than the threads",
     "Huge pages that are set aside are taken from the pool of any node that has some left. A "
     "pool on one node serves threads of all. Set pages aside where the threads run "
     "(/sys/devices/system/node/nodeN/hugepages/), and start with numactl --membind=N. "
     "migratepages moves what is mapped, if the other node's pool has room."},
    {"file-cache-remote",
     "A mapped file is cached on another node",
     "Pages of a file are cached on the node of whoever read it first, which may have been "
     "another program: a build, a copy, a backup. Code and data that are mapped from it are "
     "then remote. Stop the program, drop the file (dd if=FILE iflag=nocache count=0), and let "
     "a thread of the right node read it first: numactl --cpunodebind=N --membind=N -- "
     "COMMAND."},
    {"node-without-CPUs",
     "Memory lies on a node without CPUs",
     "A tier: CXL or persistent memory is slower than any node's own, HBM is faster. Either "
     "way it is remote from every thread, and no error. migratepages PID TIER NODE if what "
     "lies there is used often."},
    {"thread-wanders-across-nodes",
     "A thread keeps changing its node",
     "What it cached, and the pages that it touched first, stay behind with each move. taskset "
     "-pc CPUS TID, or numa_run_on_node() (libnuma), pthread_setaffinity_np(), "
     "hwloc_set_cpubind() where the thread starts."},
    {"numa-balancing-fights-pinning",
     "Automatic balancing samples the memory of pinned threads",
     "The kernel unmaps pages to see who touches them (hint faults), and moves pages or "
     "threads. Threads that are pinned do not move: the faults cost time and tell nothing new. "
     "sysctl kernel.numa_balancing=0 if the whole machine is pinned; or numactl "
     "--membind=NODES -- COMMAND: memory with a policy of its own is left alone."},
    {"bound-to-a-full-node",
     "Bound to a node that has no memory left",
     "A bound process gets its next page from reclaim, from swap, or is killed, although other "
     "nodes may have room. Prefer instead of bind (numactl --preferred=N), move a part "
     "(migratepages PID FULL OTHER), or change cpuset.mems."},
    {"policy-not-honoured",
     "Pages lie outside the policy of their mapping",
     "A policy is for pages to come. Those that were touched before it was set stay where they "
     "are, unless MPOL_MF_MOVE is given; those that another thread touched follow that "
     "thread's policy. Set the policy before the first touch, or mbind(..., MPOL_MF_MOVE); "
     "migratepages PID FROM TO from outside."},
    {NULL, NULL, NULL},
};

cck_rule_help cck_rule_help_of(const char *rule)
{
    for (const cck_rule_help *help = cck_rule_helps; help->rule; help++)
        if (strcmp(help->rule, rule) == 0)
            return *help;
    return (cck_rule_help){rule, rule, rule};
}
