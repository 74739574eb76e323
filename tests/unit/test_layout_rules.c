/* SPDX-License-Identifier: MIT */
/* Each rule finds what it is for, and is silent when that is mended: tests/layout. */
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
        cmocka_unit_test(test_ids_are_stable),
        cmocka_unit_test(test_suggestion_is_in_the_language),
        cmocka_unit_test(test_configuration_ignores),
        cmocka_unit_test(test_rules_have_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
