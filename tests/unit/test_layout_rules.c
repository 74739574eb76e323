/* SPDX-License-Identifier: MIT */
/* Each rule finds what it is for, and is silent when that is mended: tests/layout. */
/* Label: once */
#include "tests/unit/layout_harness.h"

/* A pair of sources; `field` and `other` are in the finding about `type` (or about globals). */
typedef struct sources {
    const char *name, *extension, *rule, *type, *field, *other;
} sources;

static const sources pairs[] = {
    {"counters", "h", "adjacent-atomics", "struct link_stats", "accepted", "rejected"},
    {"pipe", "hh", "adjacent-atomics", "Pipe<int>", "producerIndex", "consumerIndex"},
    {"messages", "hh", "two-writer-fields", "Session", "messages_sent", "messages_received"},
    {"annotated", "h", "two-writer-fields", "struct exchange", "filled", "emptied"},
    {"session", "h", "read-mostly-beside-hot", "struct session", "requests", "ops"},
    {"gate", "h", "atomic-beside-lock", "struct gate", "lock", "hits"},
    {"packet", "h", "straddling-atomic", "struct packet", "state", "state"},
    {"registry", "hh", "straddling-lock", "Registry", "lock", "lock"},
    {"workers", "c", "per-thread-array-element", "", "jobs_per_worker", "jobs_per_worker"},
    {"service", "h", "per-thread-array-element", "struct service", "active_on_cpu", "calls"},
    {"locks", "h", "array-of-locks", "struct table", "stripes", "stripes"},
    {"padded-lock", "h", "array-of-locks", "RowLockSlot", "lock", "lock"},
    {"globals", "c", "neighbouring-globals", "", "readers_seen", "writers_seen"},
    {"percore", "hh", "over-aligned-on-heap", "PerCoreCounts", "ticks", "ticks"},
    {"pointer", "hh", "misplaced-alignas", "Shard", "total", "total"},
    {"constant", "hh", "constructive-constant-misuse", "Lane", "first", "first"},
    {"rust", "rs", "adjacent-atomics", "Traffic", "inbound", "outbound"},
    {"heap", "c", "over-aligned-on-heap", "struct lane", NULL, NULL},
    {"deque", "h", "adjacent-atomics", "steal_deque", "top", "bottom"},
    {"log-queue", "h", "two-writer-fields", "struct log_queue", "producer.tail", "consumer.head"},
    {"port-ring", "h", "two-writer-fields", "struct port_ring", "prod.head", "cons.head"},
    {"byte-ring", "h", "two-writer-fields", "struct byte_ring", "c_head", "p_tail"},
    {"wf-queue", "h", "two-writer-fields", "struct msg_wfqueue", "head", "tail"},
    {"two-locks", "h", "two-writer-fields", "struct work_queue", "head_lock", "tail_lock"},
    {"io-rings", "h", "two-writer-fields", "struct io_rings_state", "cached_sq_head",
     "cached_cq_tail"},
    {"user-ring", "h", "two-writer-fields", "struct user_uring", "head", "tail"},
    {"op-counters", "hh", "adjacent-atomics", "OpCounters", "insert_", "query_"},
    {"listener", "h", "adjacent-atomics", "struct listener_shm", "accepted", "handled"},
    {"thread-memory", "c", "per-thread-array-element", "", "used_memory_thread",
     "used_memory_thread"},
    {"io-stats", "h", "per-thread-array-element", "struct server", "stat_io_reads_processed",
     "stat_io_writes_processed"},
    {"striped", "hh", "per-thread-array-element", "AdderCell", "value", "value"},
    {"call-stats", "hh", "per-thread-array-element", "CallStats", "calls", "calls"},
    {"session", "hh", "adjacent-atomics", "TlsSession", "received", "decrypted"},
    {"wrapped-base", "hh", "adjacent-atomics", "Request", "retries", "replies"},
    {"shards", "h", "array-of-locks", "struct cache_shard", "lock", "lock"},
    {"parking", "rs", "array-of-locks", "Bucket", "lock", "lock"},
    {"name-entry", "h", "read-mostly-beside-hot", "struct name_entry", "entry_ref", "ops"},
    {"net-socket", "h", "adjacent-atomics", "struct net_socket", "refcnt", "proto"},
    {"device", "h", "adjacent-atomics", "struct device_state", "rx_dropped", "ops"},
    {"stop-flag", "hh", "adjacent-atomics", "Workers", "stopping_", "completed_"},
    {"sequencer", "hh", "adjacent-atomics", "Sequencer", "published_", "consumed_"},
    {"txn-states", "h", "per-thread-array-element", "struct txn_state", "id", "pinned_id"},
    {"zone-locks", "h", "two-writer-fields", "struct conn", "tx_lock", "rx_lock"},
    {"arena", "h", "adjacent-atomics", "struct arena", "nactive", "ndirty"},
    {"pool-globals", "cc", "neighbouring-globals", "", "pool::idle_workers", "pool::jobs_done"},
    {"fixed-shards", "hh", "per-thread-array-element", "HitCounter", "shards_", "shards_"},
    {"lanes", "rs", "per-thread-array-element", "Sharded", "shards", "shards"},
    {"vec", "rs", "per-thread-array-element", "Shard", "hits", "hits"},
    {"gateway", "go", "adjacent-atomics", "main.Gateway", "accepted", "served"},
    {"spsc", "hh", "adjacent-atomics", "SpscBuffer<int>", "write_pos_", "read_pos_"},
    {"cpu-group", "h", "read-mostly-beside-hot", "struct cpu_group", "load_avg", "shares"},
    {"identity", "h", "read-mostly-beside-hot", "struct identity", "usage", "uid"},
    {"route", "h", "read-mostly-beside-hot", "struct route", "refcnt", "ops"},
    {"job-pool", "h", "atomic-beside-lock", "struct job_pool", "nr_running", "lock"},
    {"slot-ring", "h", "two-writer-fields", "struct slot_ring", "producer", "consumer_head"},
    {"guest-queue", "h", "two-writer-fields", "struct guest_queue", "avail_idx", "used_idx"},
    {"wait-buckets", "c", "array-of-locks", "", "wait_buckets", "wait_buckets"},
    {"block-pool", "h", "per-thread-array-element", "struct block_pool", "stats", "stats"},
    {"per-thread", "h", "per-thread-array-element", "struct work_stats", "per_thread",
     "per_thread"},
    {"bounds", "h", "per-thread-array-element", "struct accounting", "bytes", "bytes"},
    {"guards", "c", "per-thread-array-element", "", "guards", "guards"},
    {"worker-list", "c", "per-thread-array-element", "", "workers", "workers"},
    {"run-queue", "h", "two-writer-fields", "struct run_queue", "avg.last_update_time",
     "removed.lock"},
    {"index-ring", "hh", "adjacent-atomics", "IndexRing<int>", "write_index_", "read_index_"},
    {"std-array", "hh", "per-thread-array-element", "LocalCounts", "thread_hits", "thread_hits"},
    {"lock-stripes", "hh", "array-of-locks", "LockStripes", "stripes_", "stripes_"},
    {"ends-queue", "hh", "adjacent-atomics", "EndsQueue<int>", "c_.head", "p_.tail"},
    {"mutex-slots", "rs", "array-of-locks", "Pool", "slots", "slots"},
    {"sharded-map", "rs", "array-of-locks", "ShardedMap", "shards", "shards"},
    {"counts", "go", "neighbouring-globals", "", "main.requests", "main.failures"},
};

static bool same_type(const cck_finding *finding, const char *type)
{
    if (!*type)
        return strcmp(finding->object.kind, "global") == 0;
    size_t length = strlen(finding->object.type), wanted = strlen(type);
    return length >= wanted && strcmp(finding->object.type + length - wanted, type) == 0;
}

static bool has_field(const cck_finding *finding, const char *name)
{
    if (!name)
        return true;
    for (size_t i = 0; i < finding->field_count; i++)
        if (strcmp(finding->fields[i].name, name) == 0)
            return true;
    return false;
}

static const cck_finding *find(const layout_audit *audit, const sources *pair)
{
    for (size_t i = 0; i < audit->count; i++) {
        const cck_finding *finding = &audit->findings[i];
        if (finding->severity >= CCK_SEVERITY_MEDIUM && strcmp(finding->rule, pair->rule) == 0 &&
            same_type(finding, pair->type) && has_field(finding, pair->field) &&
            has_field(finding, pair->other))
            return finding;
    }
    return NULL;
}

/* A finding of a rule about a type, whatever its severity. */
static const cck_finding *find_any(const layout_audit *audit, const char *rule, const char *type)
{
    for (size_t i = 0; i < audit->count; i++)
        if (strcmp(audit->findings[i].rule, rule) == 0 &&
            strcmp(audit->findings[i].object.type, type) == 0)
            return &audit->findings[i];
    return NULL;
}

static void check_text(const cck_finding *finding)
{
    assert_true(strlen(finding->title) > 10);
    assert_int_equal(strlen(finding->id), 16);
    assert_true(finding->location_count > 0);
    assert_true(*finding->locations[0].file || *finding->locations[0].module);
    assert_true(finding->note_count > 0);
    assert_non_null(strstr(finding->notes[0], "assumes"));
    assert_non_null(strstr(finding->evidence.cost_text, "not measured"));
    assert_int_equal(finding->evidence.grade, CCK_STATIC);
    assert_non_null(strstr(finding->verify, "cachecheck sharing"));
}

static void test_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        layout_audit before, after;
        if (!layout_read(&before, pairs[i].name, "before", pairs[i].extension, NULL)) {
            print_message("passed over: %s (no compiler for it)\n", pairs[i].name);
            continue;
        }
        assert_true(layout_read(&after, pairs[i].name, "after", pairs[i].extension, NULL));
        const cck_finding *finding = find(&before, &pairs[i]);
        if (!finding)
            fail_msg("%s: %s finds nothing", pairs[i].name, pairs[i].rule);
        check_text(finding);
        for (size_t j = 0; j < after.count; j++)
            if (after.findings[j].severity >= CCK_SEVERITY_MEDIUM)
                fail_msg("%s-after: %s", pairs[i].name, after.findings[j].title);
        layout_end(&before);
        layout_end(&after);
    }
}

/* Rules that only remark: low before, silent after. */
static void test_remarks(void **state)
{
    (void)state;
    static const struct {
        const char *name, *rule, *type, *title;
    } remarks[] = {
        {"lock-far", "hot-field-far-from-its-lock", "struct pool", "its lock `free_lock`"},
        {"packing", "poor-packing", "struct entry", "40 bytes instead of 72"},
    };
    for (size_t i = 0; i < sizeof remarks / sizeof *remarks; i++) {
        layout_audit before, after;
        assert_true(layout_read(&before, remarks[i].name, "before", "h", NULL));
        assert_true(layout_read(&after, remarks[i].name, "after", "h", NULL));
        const cck_finding *finding = find_any(&before, remarks[i].rule, remarks[i].type);
        if (!finding)
            fail_msg("%s: %s finds nothing", remarks[i].name, remarks[i].rule);
        assert_int_equal(finding->severity, CCK_SEVERITY_LOW);
        assert_non_null(strstr(finding->title, remarks[i].title));
        assert_null(find_any(&after, remarks[i].rule, remarks[i].type));
        layout_end(&before);
        layout_end(&after);
    }
}

/* Atomics 64 bytes apart share what is fought over only on longer lines, or pairs of them. */
static void test_line_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *config;
        bool found;
    } lines[] = {
        {"[layout]\nline = 64\n", false},
        {"[layout]\nline = 128\n", true},
        {"[layout]\nline = 64\npair = yes\n", true},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        layout_audit audit;
        assert_true(layout_read(&audit, "lanes", "64-apart", "h", lines[i].config));
        const cck_finding *finding = find_any(&audit, "adjacent-atomics", "struct lanes");
        if (lines[i].found) {
            assert_non_null(finding);
            assert_int_equal(finding->severity, CCK_SEVERITY_MEDIUM);
            assert_int_equal(finding->line_size, 128);
        } else {
            assert_null(finding);
        }
        layout_end(&audit);
    }
}

static void test_kernel_groups(void **state)
{
    (void)state;
    layout_audit audit;
    assert_true(layout_read(&audit, "groups", "kernel", "h", NULL));
    /* A group is together on purpose; its name tells the use of plain members. */
    assert_null(find_any(&audit, "adjacent-atomics", "struct socket_state"));
    assert_non_null(find_any(&audit, "adjacent-atomics", "struct ungrouped_state"));
    const cck_finding *finding = find_any(&audit, "read-mostly-beside-hot", "struct socket_table");
    assert_non_null(finding);
    assert_true(has_field(finding, "first") && has_field(finding, "second"));
    assert_null(find_any(&audit, "read-mostly-beside-hot", "struct plain_table"));
    layout_end(&audit);
}

/* Nothing in the type tells of these groups: the checks in the source do. */
static void test_asserted_groups(void **state)
{
    (void)state;
    layout_audit audit;
    assert_true(layout_read(&audit, "groups", "asserted", "c", NULL));
    assert_null(find_any(&audit, "adjacent-atomics", "struct flow"));
    assert_null(find_any(&audit, "read-mostly-beside-hot", "struct flow"));
    assert_non_null(find_any(&audit, "adjacent-atomics", "struct plain_flow"));
    const cck_finding *finding = find_any(&audit, "two-writer-fields", "struct split_flow");
    assert_non_null(finding);
    assert_int_equal(finding->severity, CCK_SEVERITY_MEDIUM);
    assert_int_equal(finding->field_count, 3);
    assert_string_equal(finding->fields[0].thread, "split_flow_write_tx");
    assert_string_equal(finding->fields[1].thread, "split_flow_write_rx");
    layout_end(&audit);
}

/* Plain numbers that Go's threads wrote without an atomic or a lock would be an error. */
static void test_copied(void **state)
{
    (void)state;
    layout_audit audit;
    if (!layout_read(&audit, "gateway", "before", "go", NULL))
        skip();
    const cck_finding *sides = find_any(&audit, "two-writer-fields", "main.Reply");
    const cck_finding *elements = find_any(&audit, "per-thread-array-element", "main.Reply");
    assert_true(!sides || sides->severity == CCK_SEVERITY_LOW);
    assert_true(!elements || elements->severity == CCK_SEVERITY_LOW);
    assert_true(sides || elements);
    layout_end(&audit);
}

/* What looks like a pair of sides and is none. */
static void test_no_sharing(void **state)
{
    (void)state;
    layout_audit audit;
    assert_true(layout_read(&audit, "harmless", "all", "h", NULL));
    for (size_t i = 0; i < audit.count; i++)
        if (audit.findings[i].severity >= CCK_SEVERITY_MEDIUM)
            fail_msg("harmless-all: %s", audit.findings[i].title);
    layout_end(&audit);
}

static void test_ids_are_stable(void **state)
{
    (void)state;
    layout_audit one, other;
    assert_true(layout_read(&one, "counters", "before", "h", NULL));
    assert_true(layout_read(&other, "counters", "before", "h", NULL));
    assert_true(one.count > 0 && one.count == other.count);
    for (size_t i = 0; i < one.count; i++)
        assert_string_equal(one.findings[i].id, other.findings[i].id);
    layout_end(&one);
    layout_end(&other);
}

static void test_suggestion_is_in_the_language(void **state)
{
    (void)state;
    static const sources c = {"counters",          "h",        "adjacent-atomics",
                              "struct link_stats", "accepted", "rejected"};
    layout_audit audit;
    assert_true(layout_read(&audit, c.name, "before", c.extension, NULL));
    const cck_finding *finding = find(&audit, &c);
    assert_non_null(finding);
    assert_non_null(strstr(finding->suggestion.code, "_Alignas(64)"));
    assert_true(finding->suggestion.cost_bytes > 0);
    assert_string_equal(finding->suggestion.cost_of, "object");
    layout_end(&audit);
}

static void test_configuration_ignores(void **state)
{
    (void)state;
    static const char text[] = "[ignore]\nadjacent-atomics link_* = written at exit only\n";
    layout_audit audit;
    assert_true(layout_read(&audit, "counters", "before", "h", text));
    for (size_t i = 0; i < audit.count; i++)
        assert_string_not_equal(audit.findings[i].rule, "adjacent-atomics");
    layout_end(&audit);
}

static void test_rules_have_pages(void **state)
{
    (void)state;
    for (size_t i = 0; cck_rules[i]; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/../docs/rules/%s.md", CCK_TESTS, cck_rules[i]->name);
        if (access(path, R_OK) != 0)
            fail_msg("%s has no page", cck_rules[i]->name);
        assert_ptr_equal(cck_rule_find(cck_rules[i]->id), cck_rules[i]);
        assert_ptr_equal(cck_rule_find(cck_rules[i]->name), cck_rules[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_remarks),
        cmocka_unit_test(test_line_sizes),
        cmocka_unit_test(test_kernel_groups),
        cmocka_unit_test(test_asserted_groups),
        cmocka_unit_test(test_no_sharing),
        cmocka_unit_test(test_copied),
        cmocka_unit_test(test_ids_are_stable),
        cmocka_unit_test(test_suggestion_is_in_the_language),
        cmocka_unit_test(test_configuration_ignores),
        cmocka_unit_test(test_rules_have_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
