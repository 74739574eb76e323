/* SPDX-License-Identifier: MIT */
#include "core/debug/layout_text.h"

#include <stdbool.h>
#include <string.h>

enum { DEEPEST = 16, LONGEST = 512, MOST_LINES = 100000 };

/** A page that is being written. */
typedef struct cck_page {
    FILE *out;
    cck_language language;
    const cck_layout_style *style;
    uint64_t next_line; /* the first cache line not yet announced */
    unsigned depth;
    unsigned left; /* lines that may still be written: damaged types are long */
} cck_page;

static const char *sync_word(const cck_type *type)
{
    switch (type->sync) {
    case CCK_SYNC_ATOMIC:
        return "atomic";
    case CCK_SYNC_LOCK:
        return "lock";
    case CCK_SYNC_VOLATILE:
        return "volatile";
    case CCK_SYNC_OWNED:
        return "of one CPU";
    case CCK_SYNC_PADDED:
        return "padded";
    default:
        return "";
    }
}

/* Elements and their counts: "[4][2]" behind the name in C, before the type in Go. */
static const cck_type *element_of(const cck_type *type, char *brackets, size_t room)
{
    size_t length = 0;
    brackets[0] = '\0';
    for (unsigned i = 0; i < DEEPEST && type->kind == CCK_TYPE_ARRAY && type->target; i++) {
        int wrote = type->count ? snprintf(brackets + length, room - length, "[%llu]",
                                           (unsigned long long)type->count)
                                : snprintf(brackets + length, room - length, "[]");
        if (wrote > 0 && (size_t)wrote < room - length)
            length += (size_t)wrote;
        type = type->target;
    }
    return type;
}

void cck_layout_declaration(const cck_member *member, cck_language language, char *buffer,
                            size_t room)
{
    char brackets[128];
    const cck_type *element = element_of(member->type, brackets, sizeof brackets);
    const char *label = cck_type_label(element);
    const char *qualifier =
        element->is_atomic && element->kind != CCK_TYPE_STRUCT ? "_Atomic " : "";
    if (language == CCK_LANGUAGE_GO) {
        snprintf(buffer, room, "%s %s%s", member->name, brackets, label);
    } else if (language == CCK_LANGUAGE_RUST) {
        if (member->type->kind == CCK_TYPE_ARRAY && member->type->target)
            snprintf(buffer, room, "%s: [%s; %llu]", member->name,
                     cck_type_label(member->type->target), (unsigned long long)member->type->count);
        else
            snprintf(buffer, room, "%s: %s", member->name, label);
    } else {
        size_t length = strlen(label);
        bool touches = length && label[length - 1] == '*';
        if (element->is_volatile && !*qualifier)
            qualifier = "volatile ";
        snprintf(buffer, room, "%s%s%s%s%s", qualifier, label, touches || !*member->name ? "" : " ",
                 member->name, brackets);
    }
}

/* Numbers as they are wanted. */
static const char *number_text(const cck_page *page, uint64_t number, char buffer[32])
{
    snprintf(buffer, 32, page->style->hex ? "0x%llx" : "%llu", (unsigned long long)number);
    return buffer;
}

static void ink(const cck_page *page, const char *code)
{
    if (page->style->color)
        fputs(code, page->out);
}

static const char dim[] = "\033[2m", plain[] = "\033[0m";

static const char *ink_of(cck_sync sync)
{
    return sync == CCK_SYNC_LOCK ? "\033[31m" : sync == CCK_SYNC_ATOMIC ? "\033[33m" : "\033[36m";
}

static void announce_lines(cck_page *page, uint64_t offset)
{
    if (!page->style->line_size || offset / page->style->line_size < page->next_line)
        return;
    char text[32];
    uint64_t line = offset / page->style->line_size;
    ink(page, dim);
    if (offset % page->style->line_size)
        fprintf(page->out, "    /* ---- line %llu began %llu bytes before ---- */\n",
                (unsigned long long)line, (unsigned long long)(offset % page->style->line_size));
    else
        fprintf(page->out, "    /* ---- line %llu, at byte %s ---- */\n", (unsigned long long)line,
                number_text(page, offset, text));
    ink(page, plain);
    page->next_line = line + 1;
}

static void indent(const cck_page *page)
{
    fprintf(page->out, "%*s", (int)(4 * (page->depth + 1)), "");
}

static void print_hole(cck_page *page, uint64_t offset, uint64_t bytes, const char *what)
{
    announce_lines(page, offset);
    indent(page);
    fprintf(page->out, "/* %llu byte%s %s */\n", (unsigned long long)bytes, bytes == 1 ? "" : "s",
            what);
}

static bool opens(const cck_type *type)
{
    bool record = type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_UNION;
    bool whole =
        (type->sync == CCK_SYNC_ATOMIC || type->sync == CCK_SYNC_LOCK) && !type->sync_inside;
    return record && !whole && type->member_count;
}

static void print_members(cck_page *page, const cck_type *type, uint64_t base);

/* What it is, and behind it where, how large, and whether it synchronises. */
static void print_leaf(cck_page *page, const cck_member *member, uint64_t base)
{
    char text[LONGEST];
    const char *end = page->language == CCK_LANGUAGE_RUST ? ","
                      : page->language == CCK_LANGUAGE_GO ? ""
                                                          : ";";
    const cck_type *element = element_of(member->type, (char[128]){0}, 128);
    cck_layout_declaration(member, page->language, text, sizeof text);
    indent(page);
    if (member->bit_size)
        fprintf(page->out, "%s : %u%s", text, member->bit_size, end);
    else
        fprintf(page->out, "%s%s", text, end);
    int used = (int)strlen(text) + 4 * (int)(page->depth + 1);
    char number[32], note[LONGEST] = "";
    fprintf(page->out, "%*s/* %s", used < 44 ? 44 - used : 1, "",
            number_text(page, base + member->offset, number));
    if (member->bit_size)
        fprintf(page->out, ":%u", member->bit_offset);
    fprintf(page->out, ", %s", number_text(page, member->type->size, number));
    if (*sync_word(element)) {
        fputs(", ", page->out);
        ink(page, ink_of(element->sync));
        fputs(sync_word(element), page->out);
        ink(page, plain);
    }
    if (member->base)
        fputs(", base class", page->out);
    if (member->align)
        fprintf(page->out, ", aligned %u", member->align);
    if (page->style->note)
        page->style->note(page->style->context, base + member->offset, member->type->size, note,
                          sizeof note);
    if (*note)
        fprintf(page->out, ", %s", note);
    fputs(" */\n", page->out);
}

static void print_member(cck_page *page, const cck_member *member, uint64_t base)
{
    bool nested = opens(member->type) && page->depth < DEEPEST &&
                  (!*member->name || *member->type->name == '\0') && !member->bit_size;
    announce_lines(page, base + member->offset);
    if (!nested) {
        print_leaf(page, member, base);
        return;
    }
    indent(page);
    fprintf(page->out, "%s {%s\n",
            member->base                           ? cck_type_label(member->type)
            : member->type->kind == CCK_TYPE_UNION ? "union"
                                                   : "struct",
            member->base ? " /* base class */" : "");
    page->depth++;
    print_members(page, member->type, base + member->offset);
    page->depth--;
    indent(page);
    fprintf(page->out, "}%s%s;\n", *member->name ? " " : "", member->name);
}

static void print_members(cck_page *page, const cck_type *type, uint64_t base)
{
    uint64_t end = 0;
    bool overlay = type->kind == CCK_TYPE_UNION;
    for (size_t i = 0; i < type->member_count && page->left; i++) {
        const cck_member *member = &type->members[i];
        page->left--;
        if (!overlay && member->offset > end && !member->bit_size)
            print_hole(page, base + end, member->offset - end, "hole");
        print_member(page, member, base);
        uint64_t size = member->type->size;
        if (member->bit_size)
            size = (member->bit_offset + member->bit_size + 7) / 8;
        if (member->offset + size > end)
            end = member->offset + size;
    }
    if (type->size > end && type->member_count)
        print_hole(page, base + end, type->size - end, "padding at the end");
}

static const char *opening(const cck_type *type)
{
    if (type->language == CCK_LANGUAGE_C && *type->name)
        return ""; /* its name has the word */
    return type->kind == CCK_TYPE_UNION ? "union " : "struct ";
}

void cck_layout_print(const cck_type *type, uint32_t line_size, FILE *out)
{
    const cck_layout_style style = {.line_size = line_size};
    cck_layout_print_styled(type, &style, out);
}

void cck_layout_print_styled(const cck_type *type, const cck_layout_style *style, FILE *out)
{
    cck_page page = {.out = out, .language = type->language, .style = style, .left = MOST_LINES};
    uint32_t line_size = style->line_size;
    bool record = type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_UNION;
    bool named = *type->name || *type->alias;
    if (!record) {
        fprintf(out, "%s; /* %llu byte%s */\n", cck_type_label(type),
                (unsigned long long)type->size, type->size == 1 ? "" : "s");
        return;
    }
    fprintf(out, "%s%s {", opening(type), named ? cck_type_label(type) : "");
    if (*type->file && type->line)
        fprintf(out, " /* %s:%u */", type->file, type->line);
    fputc('\n', out);
    print_members(&page, type, 0);
    fprintf(out, "}; /* %llu byte%s", (unsigned long long)type->size, type->size == 1 ? "" : "s");
    if (type->align)
        fprintf(out, ", aligned %u", type->align);
    if (line_size)
        fprintf(out, ", %llu line%s",
                (unsigned long long)((type->size + line_size - 1) / line_size),
                type->size <= line_size ? "" : "s");
    fputs(" */\n", out);
}
