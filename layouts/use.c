/* SPDX-License-Identifier: MIT */
#include "layouts/use.h"

#include <string.h>

enum { DEEPEST = 8, MOST_LOOKED_AT = 64 };

static bool is_record(const cck_type *type)
{
    return type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_UNION;
}

static bool synchronises(const cck_type *type, unsigned depth, unsigned *left)
{
    if (depth > DEEPEST || *left == 0)
        return false;
    --*left;
    if (type->sync == CCK_SYNC_ATOMIC || type->sync == CCK_SYNC_LOCK ||
        type->sync == CCK_SYNC_VOLATILE)
        return true;
    if (type->sync == CCK_SYNC_OWNED)
        return false;
    if (type->kind == CCK_TYPE_ARRAY)
        return type->target && synchronises(type->target, depth + 1, left);
    if (!is_record(type))
        return false;
    for (size_t i = 0; i < type->member_count; i++)
        if (synchronises(type->members[i].type, depth + 1, left))
            return true;
    return false;
}

bool cck_type_synchronises(const cck_type *type)
{
    unsigned left = MOST_LOOKED_AT;
    return type && synchronises(type, 0, &left);
}

bool cck_type_is_copied(const cck_type *type)
{
    return (type->language == CCK_LANGUAGE_GO || type->language == CCK_LANGUAGE_RUST) &&
           !cck_type_synchronises(type);
}

bool cck_type_is_library(const cck_words *words, const cck_type *type)
{
    return is_record(type) && cck_words_library(words, type->name);
}

bool cck_type_is_sync(const cck_words *words, const cck_type *type)
{
    enum { LARGEST = 256 };
    if ((type->sync == CCK_SYNC_ATOMIC || type->sync == CCK_SYNC_LOCK) && !type->sync_inside)
        return true;
    return is_record(type) && type->size <= LARGEST &&
           (cck_words_of(words, cck_type_label(type)) & CCK_WORD_LOCK) &&
           cck_type_synchronises(type);
}

bool cck_type_is_locked_data(const cck_words *words, const cck_type *type)
{
    char name[128];
    size_t length = strcspn(type->name, "<");
    if (!is_record(type) || !type->name[length] || length >= sizeof name ||
        !cck_words_library(words, type->name))
        return false;
    memcpy(name, type->name, length);
    name[length] = '\0';
    return (cck_words_of(words, name) & CCK_WORD_LOCK) && cck_type_synchronises(type);
}

bool cck_type_is_integer(const cck_type *type)
{
    for (unsigned depth = 0; type && depth < DEEPEST; depth++) {
        if (type->kind == CCK_TYPE_BASE)
            return type->size > 1 && !strstr(type->name, "float") && !strstr(type->name, "double");
        if (type->kind != CCK_TYPE_STRUCT || type->member_count != 1 ||
            type->members[0].type->size != type->size)
            return false;
        type = type->members[0].type;
    }
    return false;
}

/* A pointer to functions, or to a record of them by its name: filled in once. */
static bool points_to_operations(const cck_type *type)
{
    if (type->kind != CCK_TYPE_POINTER || !type->target)
        return false;
    if (type->target->kind == CCK_TYPE_FUNCTION)
        return true;
    static const char *const ends[] = {"_ops", "_operations", "_vtable", "_vtbl", "_methods"};
    const char *name = cck_type_label(type->target);
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (length > strlen(ends[i]) && strcmp(name + length - strlen(ends[i]), ends[i]) == 0)
            return true;
    return false;
}

static void know(cck_leaf *leaf, unsigned use, cck_basis basis)
{
    leaf->use |= use;
    if (basis < leaf->basis)
        leaf->basis = basis;
}

static void judge_sync(cck_leaf *leaf)
{
    unsigned words = leaf->words;
    /* What has eight bytes is no flag, but a count of what is "done"; so is "nr_running". */
    bool flag = (words & CCK_WORD_FLAG) && !(words & CCK_WORD_WRITTEN) && leaf->field.size < 8;
    bool seldom = (words & CCK_WORD_BOUND) || flag || leaf->field.size == 1;
    switch (leaf->sync) {
    case CCK_SYNC_LOCK:
        know(leaf, CCK_USE_LOCK | CCK_USE_WRITTEN, CCK_BASIS_TYPE);
        break;
    case CCK_SYNC_ATOMIC:
        know(leaf, CCK_USE_ATOMIC | (seldom ? 0 : CCK_USE_WRITTEN), CCK_BASIS_TYPE);
        break;
    case CCK_SYNC_VOLATILE:
        if ((words & CCK_WORD_WRITTEN) && !seldom)
            know(leaf, CCK_USE_WRITTEN, CCK_BASIS_TYPE);
        break;
    default:
        break;
    }
}

static bool is_bytes(const cck_type *type)
{
    while (type->kind == CCK_TYPE_ARRAY && type->target)
        type = type->target;
    return type->kind == CCK_TYPE_BASE;
}

static void judge_plain(cck_leaf *leaf)
{
    const cck_type *type = leaf->field.type;
    unsigned words = leaf->words;
    if (leaf->sync != CCK_SYNC_NONE)
        return;
    if ((words & CCK_WORD_PADDING) && is_bytes(type)) {
        know(leaf, CCK_USE_PADDING, CCK_BASIS_NAME);
        return;
    }
    if ((leaf->field.member && leaf->field.member->artificial) || type->is_const)
        know(leaf, CCK_USE_READ_MOSTLY, CCK_BASIS_TYPE);
    else if (type->kind != CCK_TYPE_ARRAY && (words & CCK_WORD_WRITTEN) &&
             !(words & (CCK_WORD_BOUND | CCK_WORD_FLAG)) && cck_type_is_integer(type))
        know(leaf, CCK_USE_WRITTEN, CCK_BASIS_NAME);
    else if (points_to_operations(type) || (words & CCK_WORD_READ))
        know(leaf, CCK_USE_READ_MOSTLY, CCK_BASIS_NAME);
}

/* What people said replaces what was guessed. */
static void told(cck_leaf *leaf, unsigned use, const char *writer)
{
    leaf->use = (leaf->use & (CCK_USE_ATOMIC | CCK_USE_LOCK)) | use;
    leaf->basis = CCK_BASIS_ANNOTATION;
    if (*writer)
        leaf->writer = writer;
}

static void judge_group(cck_leaf *leaf)
{
    if (!*leaf->group || leaf->use & CCK_USE_PADDING)
        return;
    /* "netdev_tx_read", "tcp_sock_write_rx": the kernel names its groups by their use. */
    if (strstr(leaf->group, "write"))
        told(leaf, CCK_USE_WRITTEN, leaf->group);
    else if (strstr(leaf->group, "read"))
        told(leaf, CCK_USE_READ_MOSTLY, "");
}

/* Name of a field as findings have it, without indices: "slots[1].count" is "slots.count". */
static bool same_field(const char *path, const char *used)
{
    for (; *used; used++) {
        if (*used == '[') {
            used = strchrnul(used, ']');
            if (!*used)
                break;
            continue;
        }
        if (*path++ != *used)
            return false;
    }
    return !*path;
}

/* Where several variables share a line findings name theirs: "counts.hits". Elements of blocks
 * begin with an index: "[0].hits". */
static const char *within_object(const cck_finding *finding, const char *used)
{
    size_t length = strlen(finding->object.name);
    if (length && strncmp(used, finding->object.name, length) == 0 && used[length] == '.')
        return used + length + 1;
    if (*used == '[') {
        const char *end = strstr(used, "].");
        return end ? end + 2 : used;
    }
    return used;
}

static void judge_profile(const cck_use_source *source, const char *owner, cck_leaf *leaf)
{
    const cck_result *profile = source->profile;
    unsigned use = 0;
    const cck_field_use *writer = NULL;
    bool several = false;
    for (size_t i = 0; profile && i < profile->finding_count; i++) {
        const cck_finding *finding = &profile->findings[i];
        if (strcmp(cck_type_bare(finding->object.type), cck_type_bare(owner)) != 0)
            continue;
        for (size_t j = 0; j < finding->field_count; j++) {
            const cck_field_use *seen = &finding->fields[j];
            if (!same_field(leaf->field.path, seen->name) &&
                !same_field(leaf->field.path, within_object(finding, seen->name)))
                continue;
            use |= seen->writes ? CCK_USE_WRITTEN : seen->reads ? CCK_USE_READ_MOSTLY : 0;
            several |= seen->writes && (!seen->tid || (writer && writer->tid != seen->tid));
            writer = seen->writes ? seen : writer;
        }
    }
    if (!use)
        return;
    if (use & CCK_USE_WRITTEN)
        use &= ~(unsigned)CCK_USE_READ_MOSTLY;
    told(leaf, use, "");
    leaf->basis = CCK_BASIS_PROFILE;
    if (writer && !several) {
        const char *name = cck_arena_printf(source->arena, "T%d %s", writer->tid, writer->thread);
        leaf->writer = name ? name : "";
        leaf->use |= CCK_USE_OWNED;
    }
}

void cck_use_tell(cck_leaf *leaf, unsigned use, const char *writer)
{
    if (leaf->basis > CCK_BASIS_ANNOTATION)
        told(leaf, use, writer);
}

void cck_use_judge(const cck_use_source *source, const char *owner, cck_leaf *leaf)
{
    const cck_member *member = leaf->field.member;
    unsigned use;
    const char *writer;
    judge_sync(leaf);
    judge_plain(leaf);
    judge_group(leaf);
    if (member && member->tag && cck_annotation_tag_use(member->tag, source->arena, &use, &writer))
        told(leaf, use, writer);
    if (source->annotations && member && *member->file &&
        cck_annotation_use(source->annotations, member->file, member->line, &use, &writer))
        told(leaf, use, writer);
    const cck_config_field *said = cck_layout_config_field(source->config, owner, leaf->field.path);
    if (said)
        told(leaf, said->use, said->writer);
    judge_profile(source, owner, leaf);
}
