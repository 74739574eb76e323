/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layouts/use.h"

/*
 * The leaves of a record as its author sees them: the insides of a library's types are
 * one leaf unless something in there synchronises, locks that only their name tells are
 * leaves too, and the kernel's marks of cache-line groups are taken in.
 */
enum { DEEPEST = 48, MOST_STEPS = 1 << 16 };

typedef struct cck_use_walk {
    const cck_use_source *source;
    const char *owner;
    cck_leaf *leaves;
    size_t count;
    unsigned depth, left;
    char path[sizeof((cck_field *)NULL)->path];
    size_t length;
    const char *name;  /* the last of the path */
    cck_word_use word; /* what it says */
    unsigned words;    /* what those before it say */
    bool nested;       /* there are some */
    const char *group;
    unsigned told; /* CCK_USE_* that a comment tells of a member around it; 0: none does */
    const char *writer;
    /* Where it is; as in cck_field, which is too large to be copied for each member. */
    uint64_t offset, parent_offset;
    const cck_member *member;
    const cck_type *parent;
} cck_use_walk;

static bool is_record(const cck_type *type)
{
    return type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_UNION;
}

static cck_sync sync_of(const cck_use_walk *walk, const cck_type *type)
{
    cck_sync sync = type->sync_inside ? CCK_SYNC_NONE : type->sync;
    if (walk->source->config && walk->source->config->sync_count) {
        cck_sync told = cck_layout_config_sync(walk->source->config, type->name);
        if (told == CCK_SYNC_NONE && *type->alias)
            told = cck_layout_config_sync(walk->source->config, type->alias);
        sync = told == CCK_SYNC_NONE ? sync : told;
    }
    if (sync == CCK_SYNC_NONE && walk->depth > 0 && is_record(type) &&
        cck_type_is_sync(walk->source->words, type))
        sync = CCK_SYNC_LOCK;
    return sync;
}

/* "[]T" of Go, "&[T]" of Rust. */
static bool is_slice(const cck_type *type)
{
    const char *name = type->name;
    return (*name == '[' && name[1] == ']') ||
           (*name == '&' && (name[1] == '[' || strncmp(name, "&mut [", 6) == 0));
}

/* std::array<T, N> is an array to its users. */
static bool is_array(const cck_type *type)
{
    return type->member_count == 1 && type->members[0].type->kind == CCK_TYPE_ARRAY &&
           type->members[0].type->size == type->size;
}

static bool is_leaf(const cck_use_walk *walk, const cck_type *type, cck_sync sync)
{
    if (!is_record(type) || sync == CCK_SYNC_ATOMIC || sync == CCK_SYNC_LOCK ||
        sync == CCK_SYNC_OWNED)
        return true;
    if (is_slice(type))
        return true;
    return walk->depth > 0 && cck_type_is_library(walk->source->words, type) && !is_array(type) &&
           !cck_type_synchronises(type);
}

/* "_", as Go calls what nobody uses, and "_0"; the fields of Rust's tuples are "__0", "__1". */
static bool is_blank(const char *name, const cck_type *parent)
{
    bool tuple = parent && parent->language == CCK_LANGUAGE_RUST && name[0] == '_' &&
                 name[1] == '_' && name[2];
    return *name == '_' && !tuple && !name[strspn(name, "_0123456789")];
}

/* But what is behind the path's end. */
static void field_set(cck_field *field, const cck_use_walk *walk, const cck_type *type)
{
    memcpy(field->path, walk->path, walk->length + 1);
    field->type = type;
    field->size = type->size;
    field->offset = walk->offset;
    field->member = walk->member;
    field->parent = walk->parent;
    field->parent_offset = walk->parent_offset;
    field->array = type->kind == CCK_TYPE_ARRAY ? type : NULL;
    field->index = 0;
}

static void emit(cck_use_walk *walk, const cck_type *type, cck_sync sync)
{
    cck_leaf *leaf = &walk->leaves[walk->count++];
    field_set(&leaf->field, walk, type);
    leaf->use = 0;
    leaf->basis = CCK_BASIS_NONE;
    leaf->writer = "";
    leaf->group = walk->group;
    leaf->sync = sync;
    leaf->words = walk->word.kinds;
    if (walk->nested) {
        unsigned whole =
            cck_words_of_path(walk->source->words, walk->words, walk->path, walk->word);
        if (!(leaf->words & ~(unsigned)CCK_WORD_SIDE))
            leaf->words |= whole;
        /* In "prod.count" the record's name tells the side. */
        leaf->words |= whole & CCK_WORD_SIDE;
    }
    if (is_blank(walk->name, walk->parent))
        leaf->words |= CCK_WORD_PADDING;
    if (!*leaf->group && walk->source->annotations)
        leaf->group = cck_annotation_group(walk->source->annotations, walk->owner, walk->path);
    cck_use_judge(walk->source, walk->owner, leaf);
    if (walk->told)
        cck_use_tell(leaf, walk->told, walk->writer);
}

/* Zero bytes named __cacheline_group_begin__NAME (include/linux/cache.h of Linux). */
static bool take_group(cck_use_walk *walk, const cck_member *member)
{
    static const char begin[] = "__cacheline_group_begin__", end[] = "__cacheline_group_end__";
    if (member->type->size != 0 || strncmp(member->name, "__cacheline_group_", 18) != 0)
        return false;
    if (strncmp(member->name, begin, sizeof begin - 1) == 0)
        walk->group = member->name + sizeof begin - 1;
    else if (strncmp(member->name, end, sizeof end - 1) == 0)
        walk->group = "";
    return true;
}

static void extend(cck_use_walk *walk, const char *name)
{
    size_t room = sizeof walk->path - 1 - walk->length, length = strlen(name);
    walk->words |= walk->word.inner;
    walk->word = cck_words_look(walk->source->words, name);
    walk->name = name;
    walk->nested = walk->length;
    if (walk->length && room) {
        walk->path[walk->length++] = '.';
        room--;
    }
    length = length < room ? length : room;
    memcpy(walk->path + walk->length, name, length);
    walk->length += length;
    walk->path[walk->length] = '\0';
}

static void visit(cck_use_walk *walk, const cck_type *type);

/* A wrapper of one member is that member to its users: "hits", not "hits.value". */
static bool is_wrapper(const cck_type *type)
{
    return type->kind == CCK_TYPE_STRUCT && type->member_count == 1 &&
           type->members[0].type->size == type->size && !type->members[0].base;
}

static void visit_member(cck_use_walk *walk, const cck_type *type, const cck_member *member,
                         bool library)
{
    size_t length = walk->length;
    uint64_t offset = walk->offset, parent_offset = walk->parent_offset;
    const cck_member *outer = walk->member;
    const cck_type *parent = walk->parent;
    const char *name = walk->name;
    cck_word_use word = walk->word;
    unsigned words = walk->words;
    bool nested = walk->nested;
    unsigned told = walk->told;
    const char *writer = walk->writer;
    if (take_group(walk, member) || member->offset > type->size ||
        member->type->size > type->size - member->offset)
        return;
    walk->offset += member->offset;
    if (*member->name && !library) {
        extend(walk, member->name);
        walk->member = member;
        walk->parent = type;
        walk->parent_offset = offset;
    }
    if (walk->source->annotations && *member->file && is_record(member->type))
        cck_annotation_use(walk->source->annotations, member->file, member->line, &walk->told,
                           &walk->writer);
    visit(walk, member->type);
    walk->told = told;
    walk->writer = writer;
    walk->offset = offset;
    walk->parent_offset = parent_offset;
    walk->member = outer;
    walk->parent = parent;
    walk->name = name;
    walk->word = word;
    walk->words = words;
    walk->nested = nested;
    walk->length = length;
    walk->path[length] = '\0';
}

static void visit(cck_use_walk *walk, const cck_type *type)
{
    if (walk->left == 0 || walk->count == CCK_USE_LEAVES || walk->depth >= DEEPEST)
        return;
    walk->left--;
    cck_sync sync = sync_of(walk, type);
    if (is_leaf(walk, type, sync)) {
        if (type->size)
            emit(walk, type, sync);
        return;
    }
    bool library = walk->depth > 0 && (cck_type_is_library(walk->source->words, type) ||
                                       (is_wrapper(type) && walk->length));
    walk->depth++;
    for (size_t i = 0; i < type->member_count; i++)
        visit_member(walk, type, &type->members[i], library);
    walk->depth--;
}

static int compare_leaves(const void *a, const void *b)
{
    const cck_field *one = &((const cck_leaf *)a)->field, *other = &((const cck_leaf *)b)->field;
    if (one->offset != other->offset)
        return one->offset < other->offset ? -1 : 1;
    return strcmp(one->path, other->path);
}

/* Members are by offset, but a base's padding may hold members of the derived class, and
 * unions overlay theirs: mostly nothing is to be done. */
static void sort(cck_leaf *leaves, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (leaves[i - 1].field.offset > leaves[i].field.offset) {
            qsort(leaves, count, sizeof *leaves, compare_leaves);
            return;
        }
}

size_t cck_use_leaves(const cck_use_source *source, const cck_type *type, cck_leaf *leaves)
{
    cck_use_walk walk = {.source = source,
                         .owner = cck_type_label(type),
                         .leaves = leaves,
                         .left = MOST_STEPS,
                         .name = "",
                         .group = ""};
    if (source->annotations)
        cck_annotations_scan(source->annotations, type->file);
    for (size_t i = 0; i < type->member_count; i++) {
        walk.depth = 1;
        visit_member(&walk, type, &type->members[i], false);
    }
    sort(leaves, walk.count);
    return walk.count;
}

cck_leaf cck_use_global(const cck_use_source *source, const cck_corpus_global *global)
{
    static const cck_type unknown = {.kind = CCK_TYPE_OPAQUE, .name = "", .alias = "", .file = ""};
    cck_use_walk walk = {.source = source, .owner = ""};
    cck_leaf leaf = {.basis = CCK_BASIS_NONE, .writer = "", .group = ""};
    leaf.field.type = global->type ? global->type : &unknown;
    leaf.field.size = global->size;
    leaf.sync = leaf.field.type->sync;
    if (leaf.sync == CCK_SYNC_NONE)
        leaf.sync = sync_of(&walk, leaf.field.type);
    snprintf(leaf.field.path, sizeof leaf.field.path, "%s", global->name);
    const char *colons = strrchr(global->name, ':');
    leaf.words = cck_words_of(source->words, colons ? colons + 1 : global->name);
    cck_use_judge(source, "", &leaf);
    unsigned use;
    const char *writer;
    if (source->annotations && *global->file &&
        cck_annotation_use(source->annotations, global->file, global->line, &use, &writer)) {
        leaf.use = (leaf.use & (CCK_USE_ATOMIC | CCK_USE_LOCK)) | use;
        leaf.basis = CCK_BASIS_ANNOTATION;
        leaf.writer = writer;
    }
    return leaf;
}
