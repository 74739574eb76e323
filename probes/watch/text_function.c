/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <string.h>
#include <unistd.h>

#include "probes/watch/text_function.h"

enum {
    HEADERS = 64,
    SYMBOLS = 256,           /* read at once */
    SYMBOL_BYTES = 16 << 20, /* more of them are not looked through */
    /* How tables are written (LSB, "DWARF Extensions"): what all linkers write. */
    PCREL_SDATA4 = 0x1b,
    UDATA4 = 0x03,
    DATAREL_SDATA4 = 0x3b
};

typedef struct cck_image {
    int fd;
    size_t count;
    Elf64_Phdr headers[HEADERS];
} cck_image;

static bool read_at(int fd, uint64_t offset, void *to, size_t size)
{
    return offset <= INT64_MAX && pread(fd, to, size, (off_t)offset) == (ssize_t)size;
}

static bool open_image(int fd, cck_image *out)
{
    Elf64_Ehdr head;
    if (!read_at(fd, 0, &head, sizeof head) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
        head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_ident[EI_DATA] != ELFDATA2LSB ||
        head.e_phentsize != sizeof(Elf64_Phdr) || head.e_phnum > HEADERS)
        return false;
    out->fd = fd;
    out->count = head.e_phnum;
    return read_at(fd, head.e_phoff, out->headers, out->count * sizeof *out->headers);
}

static const Elf64_Phdr *segment(const cck_image *image, uint64_t offset)
{
    for (size_t i = 0; i < image->count; i++) {
        const Elf64_Phdr *header = &image->headers[i];
        if (header->p_type == PT_LOAD && offset - header->p_offset < header->p_filesz)
            return header;
    }
    return NULL;
}

/* Read by address, as tables refer to each other. */
static bool read_mapped(const cck_image *image, uint64_t address, void *to, size_t size)
{
    for (size_t i = 0; i < image->count; i++) {
        const Elf64_Phdr *header = &image->headers[i];
        uint64_t inside = address - header->p_vaddr;
        if (header->p_type == PT_LOAD && inside < header->p_filesz)
            return read_at(image->fd, header->p_offset + inside, to, size);
    }
    return false;
}

static const Elf64_Phdr *unwind_table(const cck_image *image)
{
    for (size_t i = 0; i < image->count; i++)
        if (image->headers[i].p_type == PT_GNU_EH_FRAME)
            return &image->headers[i];
    return NULL;
}

typedef struct entry {
    int32_t start, description; /* relative to the table */
} entry;

/* The last entry that starts at or before `place`; entries are in order. */
static bool find_entry(const cck_image *image, uint64_t table, uint32_t count, int64_t place,
                       entry *out)
{
    uint32_t low = 0, high = count;
    bool found = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        entry at;
        if (!read_mapped(image, table + (uint64_t)middle * sizeof at, &at, sizeof at))
            return false;
        if (at.start > place) {
            high = middle;
            continue;
        }
        *out = at;
        found = true;
        low = middle + 1;
    }
    return found;
}

/* Static programs have no table to search: their symbols tell, if they have any. */
static bool find_symbol(const cck_image *image, const Elf64_Shdr *section, uint64_t address,
                        uint64_t *out_start, uint64_t *out_size)
{
    Elf64_Sym symbols[SYMBOLS];
    if (section->sh_entsize != sizeof *symbols)
        return false;
    for (uint64_t at = 0; at < section->sh_size; at += sizeof symbols) {
        uint64_t left = section->sh_size - at;
        size_t size = left < sizeof symbols ? (size_t)left : sizeof symbols;
        if (!read_at(image->fd, section->sh_offset + at, symbols, size))
            return false;
        for (size_t i = 0; i < size / sizeof *symbols; i++) {
            if (ELF64_ST_TYPE(symbols[i].st_info) != STT_FUNC || address < symbols[i].st_value ||
                address - symbols[i].st_value >= symbols[i].st_size)
                continue;
            *out_start = symbols[i].st_value;
            *out_size = symbols[i].st_size;
            return true;
        }
    }
    return false;
}

static bool find_by_symbols(const cck_image *image, uint64_t address, uint64_t *out_start,
                            uint64_t *out_size)
{
    Elf64_Ehdr head;
    Elf64_Shdr section;
    if (!read_at(image->fd, 0, &head, sizeof head) || head.e_shentsize != sizeof section)
        return false;
    for (unsigned i = 0; i < head.e_shnum; i++) {
        if (!read_at(image->fd, head.e_shoff + i * sizeof section, &section, sizeof section))
            return false;
        if (section.sh_type == SHT_SYMTAB && section.sh_size < SYMBOL_BYTES)
            return find_symbol(image, &section, address, out_start, out_size);
    }
    return false;
}

bool cck_text_function(int fd, uint64_t offset, uint64_t *out_start, uint64_t *out_end)
{
    struct {
        uint8_t version, frame, count_form, table_form;
        int32_t frame_address;
        uint32_t count;
    } head;
    struct {
        uint32_t length, common;
        int32_t start;
        uint32_t size;
    } description;
    cck_image image;
    entry found;
    if (!open_image(fd, &image))
        return false;
    const Elf64_Phdr *code = segment(&image, offset), *table = unwind_table(&image);
    if (!code)
        return false;
    if (!table) {
        uint64_t size;
        if (!find_by_symbols(&image, offset - code->p_offset + code->p_vaddr, out_start, &size))
            return false;
        *out_start = *out_start - code->p_vaddr + code->p_offset;
        *out_end = *out_start + size;
        return true;
    }
    if (!read_mapped(&image, table->p_vaddr, &head, sizeof head) ||
        head.version != 1 || head.frame != PCREL_SDATA4 || head.count_form != UDATA4 ||
        head.table_form != DATAREL_SDATA4)
        return false;
    uint64_t base = table->p_vaddr, address = offset - code->p_offset + code->p_vaddr;
    if (!find_entry(&image, base + sizeof head, head.count, (int64_t)(address - base), &found))
        return false;
    uint64_t at = base + (uint64_t)(int64_t)found.description;
    uint64_t start = base + (uint64_t)(int64_t)found.start;
    /* The form in which a description has its addresses is said elsewhere: that it fits
     * what the table says of its start shows that it is the common one. */
    if (!read_mapped(&image, at, &description, sizeof description) ||
        at + 8 + (uint64_t)(int64_t)description.start != start ||
        address - start >= description.size)
        return false;
    *out_start = start - code->p_vaddr + code->p_offset;
    *out_end = *out_start + description.size;
    return true;
}
