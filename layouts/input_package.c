/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "layouts/input.h"
#include "layouts/package_program.h"

/*
 * Packages of split debug information (.dwp): the .dwo files of a program in one, with an index
 * that tells which part of each section is whose (DWARF 5, 7.3.5; for DWARF 4 the same by GNU). The
 * elfutils of Debian 12 (0.188) do not read the index; so each file is taken out again, in memory,
 * and read as the .dwo file that it was.
 */

enum { COLUMNS_MOST = 8, UNITS_MOST = 1 << 20, PARTS_MOST = 4096 };

/* What a column of the index is about; by version. */
static const char *const columns_4[] = {NULL,
                                        ".debug_info.dwo",
                                        ".debug_types.dwo",
                                        ".debug_abbrev.dwo",
                                        ".debug_line.dwo",
                                        ".debug_loc.dwo",
                                        ".debug_str_offsets.dwo",
                                        ".debug_macinfo.dwo",
                                        ".debug_macro.dwo"};
static const char *const columns_5[] = {NULL,
                                        ".debug_info.dwo",
                                        NULL,
                                        ".debug_abbrev.dwo",
                                        ".debug_line.dwo",
                                        ".debug_loclists.dwo",
                                        ".debug_str_offsets.dwo",
                                        ".debug_macro.dwo",
                                        ".debug_rnglists.dwo"};

enum { COLUMN_INFO = 1, COLUMN_TYPES = 2, COLUMN_ABBREV = 3, COLUMN_MOST = 8 };

typedef struct index_table {
    uint32_t version, columns, units;
    uint32_t ids[COLUMNS_MOST];   /* of the columns */
    const uint8_t *hashes, *rows; /* of `slots`: ids of units, and their numbers from 1 on */
    const uint8_t *offsets, *sizes;
    uint32_t slots;
    bool swap; /* another byte order than ours */
} index_table;

typedef struct package {
    cck_corpus *corpus;
    const cck_input_source *source;
    const cck_input_options *options;
    Elf *elf;
    size_t names;
    index_table units, types;
    cck_package_program program; /* without `addresses`: it is not known */
    size_t read;                 /* files that had types */
    uint32_t first_input;        /* of the first of those: variables are all told of there */
} package;

static uint32_t word_at(const index_table *table, const uint8_t *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return table->swap ? __builtin_bswap32(word) : word;
}

static Elf_Data *section_named(const package *all, const char *name)
{
    GElf_Shdr header;
    for (Elf_Scn *at = NULL; (at = elf_nextscn(all->elf, at));) {
        const char *own =
            gelf_getshdr(at, &header) ? elf_strptr(all->elf, all->names, header.sh_name) : NULL;
        if (!own || strcmp(own, name) != 0)
            continue;
        if (header.sh_flags & SHF_COMPRESSED && elf_compress(at, 0, 0) < 0)
            return NULL;
        Elf_Data *data = elf_rawdata(at, NULL);
        return data && data->d_buf ? data : NULL;
    }
    return NULL;
}

/* False: there is none, or it is damaged. */
static bool index_read(const package *all, const char *name, index_table *table)
{
    enum { HEADER = 16, SLOT = 8 + 4 };
    const Elf_Data *data = section_named(all, name);
    const char *ident = elf_getident(all->elf, NULL);
    *table = (index_table){.swap = (ident[EI_DATA] == ELFDATA2MSB) !=
                                   (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)};
    if (!data || data->d_size < HEADER)
        return false;
    const uint8_t *at = data->d_buf;
    uint16_t half; /* in version 5 a half word, then padding */
    memcpy(&half, at, sizeof half);
    half = table->swap ? __builtin_bswap16(half) : half;
    table->version = half == 5 ? 5 : word_at(table, at);
    table->columns = word_at(table, at + 4);
    table->units = word_at(table, at + 8);
    uint64_t slots = word_at(table, at + 12), columns = table->columns, units = table->units;
    uint64_t needs = HEADER + slots * SLOT + columns * 4 + 2 * units * columns * 4;
    if ((table->version != 2 && table->version != 5) || columns == 0 || columns > COLUMNS_MOST ||
        units > UNITS_MOST || needs > data->d_size)
        return false;
    table->slots = (uint32_t)slots;
    table->hashes = at + HEADER;
    table->rows = table->hashes + slots * sizeof(uint64_t);
    at += HEADER + slots * SLOT;
    for (uint32_t i = 0; i < table->columns; i++)
        table->ids[i] = word_at(table, at + 4 * (size_t)i);
    table->offsets = at + 4 * columns;
    table->sizes = table->offsets + 4 * columns * units;
    return true;
}

static const char *column_name(const index_table *table, uint32_t id)
{
    if (id == 0 || id > COLUMN_MOST)
        return NULL;
    return table->version == 5 ? columns_5[id] : columns_4[id];
}

/* The part of a unit in the column of that id. */
static bool part_of(const index_table *table, uint32_t unit, uint32_t id, uint32_t *out_offset,
                    uint32_t *out_size)
{
    for (uint32_t i = 0; i < table->columns; i++)
        if (table->ids[i] == id) {
            size_t at = 4 * ((size_t)unit * table->columns + i);
            *out_offset = word_at(table, table->offsets + at);
            *out_size = word_at(table, table->sizes + at);
            return true;
        }
    return false;
}

/* The id by which a program calls a unit; 0: the index lacks it. */
static uint64_t id_of(const index_table *table, uint32_t unit)
{
    uint64_t id = 0;
    for (uint32_t i = 0; i < table->slots; i++)
        if (word_at(table, table->rows + 4 * (size_t)i) == unit + 1) {
            memcpy(&id, table->hashes + sizeof id * i, sizeof id);
            break;
        }
    return table->swap ? __builtin_bswap64(id) : id;
}

/* ---- one file of it ---- */

typedef struct rebuilt {
    Elf *elf;
    char names[512];
    size_t names_size;
} rebuilt;

/* A section that has parts of those of the package, one behind the other. */
static bool add_section(rebuilt *file, const char *name, Elf_Data *const *parts, size_t count)
{
    size_t length = strlen(name) + 1;
    Elf_Scn *section = elf_newscn(file->elf);
    GElf_Shdr header;
    if (!section || !gelf_getshdr(section, &header) ||
        file->names_size + length > sizeof file->names)
        return false;
    header.sh_name = (GElf_Word)file->names_size;
    header.sh_type = SHT_PROGBITS;
    header.sh_addralign = 1;
    memcpy(file->names + file->names_size, name, length);
    file->names_size += length;
    for (size_t i = 0; i < count; i++) {
        Elf_Data *data = elf_newdata(section);
        if (!data)
            return false;
        *data = *parts[i];
        data->d_type = ELF_T_BYTE;
        data->d_align = 1;
        data->d_off = 0;
    }
    return gelf_update_shdr(section, &header) != 0;
}

static bool add_names(rebuilt *file)
{
    Elf_Scn *section = elf_newscn(file->elf);
    GElf_Shdr header;
    GElf_Ehdr begin;
    static const char own[] = ".shstrtab";
    if (!section || !gelf_getshdr(section, &header) || !gelf_getehdr(file->elf, &begin) ||
        file->names_size + sizeof own > sizeof file->names)
        return false;
    header.sh_name = (GElf_Word)file->names_size;
    header.sh_type = SHT_STRTAB;
    header.sh_addralign = 1;
    memcpy(file->names + file->names_size, own, sizeof own);
    file->names_size += sizeof own;
    Elf_Data *data = elf_newdata(section);
    if (!data)
        return false;
    data->d_buf = file->names;
    data->d_size = file->names_size;
    data->d_align = 1;
    begin.e_shstrndx = (GElf_Half)elf_ndxscn(section);
    return gelf_update_shdr(section, &header) && gelf_update_ehdr(file->elf, &begin);
}

static bool slice(const Elf_Data *whole, uint32_t offset, uint32_t size, Elf_Data *out)
{
    if (!whole || offset > whole->d_size || size > whole->d_size - offset)
        return false;
    *out = *whole;
    out->d_buf = (char *)whole->d_buf + offset;
    out->d_size = size;
    return true;
}

/* Type units that came in the same file have the same abbreviations. */
static size_t take_types(const package *all, uint32_t abbrev, uint32_t id, Elf_Data *slices,
                         Elf_Data **parts, size_t count)
{
    const index_table *table = &all->types;
    const char *name = table->units ? column_name(table, id) : NULL;
    const Elf_Data *whole = name ? section_named(all, name) : NULL;
    for (uint32_t i = 0; whole && i < table->units && count < PARTS_MOST; i++) {
        uint32_t own, offset, size;
        if (!part_of(table, i, COLUMN_ABBREV, &own, &size) || own != abbrev ||
            !part_of(table, i, id, &offset, &size) || !slice(whole, offset, size, &slices[count]))
            continue;
        parts[count] = &slices[count];
        count++;
    }
    return count;
}

static bool add_sections(const package *all, uint32_t unit, rebuilt *file, Elf_Data *slices,
                         Elf_Data **parts)
{
    const index_table *table = &all->units;
    uint32_t abbrev = 0, offset, size;
    if (!part_of(table, unit, COLUMN_ABBREV, &abbrev, &size))
        return false;
    for (uint32_t id = 1; id <= COLUMN_MOST; id++) {
        const char *name = column_name(table, id);
        size_t count = 0;
        if (name && id != COLUMN_TYPES && part_of(table, unit, id, &offset, &size)) {
            if (!slice(section_named(all, name), offset, size, &slices[0]))
                return false;
            parts[count++] = &slices[0];
        }
        if (id == COLUMN_INFO || id == COLUMN_TYPES)
            count = take_types(all, abbrev, id, slices, parts, count);
        if (count && !add_section(file, name, parts, count))
            return false;
    }
    Elf_Data *strings = section_named(all, ".debug_str.dwo"), own, *addresses = &own;
    if (strings && !add_section(file, ".debug_str.dwo", &strings, 1))
        return false;
    /* As if it were one of the file's own: those that begin at its first byte. */
    return !cck_package_program_addresses(&all->program, id_of(table, unit), &own) ||
           add_section(file, ".debug_addr.dwo", &addresses, 1);
}

static bool begin_file(const package *all, rebuilt *file)
{
    GElf_Ehdr from, to;
    const char *ident = elf_getident(all->elf, NULL);
    if (!file->elf || !gelf_newehdr(file->elf, ident[EI_CLASS]) || !gelf_getehdr(all->elf, &from) ||
        !gelf_getehdr(file->elf, &to))
        return false;
    to.e_ident[EI_DATA] = (unsigned char)ident[EI_DATA];
    to.e_machine = from.e_machine;
    to.e_type = ET_REL;
    to.e_version = EV_CURRENT;
    file->names_size = 1; /* the first name is "" */
    return gelf_update_ehdr(file->elf, &to) != 0;
}

/* A file in memory; -1: damaged, or memory is out. */
static int file_of(const package *all, uint32_t unit)
{
    Elf_Data *slices = calloc(PARTS_MOST, sizeof *slices);
    Elf_Data **parts = calloc(PARTS_MOST, sizeof(Elf_Data *));
    int fd = memfd_create("cachecheck-split", MFD_CLOEXEC);
    rebuilt file = {.elf = fd >= 0 ? elf_begin(fd, ELF_C_WRITE, NULL) : NULL};
    bool done = slices && parts && begin_file(all, &file) &&
                add_sections(all, unit, &file, slices, parts) && add_names(&file) &&
                elf_update(file.elf, ELF_C_WRITE) >= 0;
    elf_end(file.elf);
    free(slices);
    free(parts);
    if (!done && fd >= 0)
        close(fd);
    return done ? fd : -1;
}

/* Their addresses are the program's: neighbours are so across units. */
static void place_globals(package *all, size_t first)
{
    cck_corpus *corpus = all->corpus;
    for (size_t i = first; all->program.addresses && i < corpus->global_count; i++) {
        cck_package_program_place(&all->program, corpus, &corpus->globals[i]);
        corpus->globals[i].input = all->first_input;
    }
}

static int read_unit(package *all, uint32_t unit, cck_error *err)
{
    char path[64], member[32];
    cck_error wrong = {0};
    int fd = file_of(all, unit);
    if (fd < 0)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    snprintf(member, sizeof member, "unit %u", unit + 1);
    cck_input_source source = *all->source;
    source.path = path;
    source.member = member;
    source.kind = "split debug information";
    uint32_t input = (uint32_t)all->corpus->input_count;
    size_t global = all->corpus->global_count;
    int code = cck_input_elf(all->corpus, &source, all->options, &wrong);
    close(fd);
    if (code == 0 && !all->read++)
        all->first_input = input;
    if (code == 0)
        place_globals(all, global);
    return code == CCK_ENOMEM ? cck_error_move(err, &wrong) : 0;
}

static int read_units(package *all, cck_error *err)
{
    int code = 0;
    if (!index_read(all, ".debug_cu_index", &all->units)) {
        cck_fail(err, CCK_EFORMAT, "%s has no index of units, or a damaged one", all->source->name);
        cck_hint(err, "make it again with dwp or llvm-dwp, or name the .dwo files");
        return CCK_EFORMAT;
    }
    if (!index_read(all, ".debug_tu_index", &all->types))
        all->types.units = 0;
    for (uint32_t i = 0; i < all->units.units && code == 0; i++)
        code = read_unit(all, i, err);
    if (code == 0 && !all->read)
        code = cck_fail(err, CCK_EFORMAT, "%s has no unit that can be read", all->source->name);
    return code;
}

/* Beside its package, if nobody said which it is: "server" beside "server.dwp". */
static void open_program(package *all)
{
    static const char ending[] = ".dwp";
    const char *path = all->source->path;
    size_t length = strlen(path), end = sizeof ending - 1;
    char beside[PATH_MAX];
    if (!all->source->program &&
        (length <= end || length >= sizeof beside || strcmp(path + length - end, ending) != 0))
        return;
    snprintf(beside, sizeof beside, "%.*s", (int)(length - end), path);
    if (!cck_package_program_open(&all->program,
                                  all->source->program ? all->source->program : beside))
        cck_package_program_close(&all->program);
}

int cck_input_package(cck_corpus *corpus, const cck_input_source *source,
                      const cck_input_options *options, cck_error *err)
{
    package all = {.corpus = corpus, .source = source, .options = options, .program = {.fd = -1}};
    elf_version(EV_CURRENT);
    int fd = open(source->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot open %s", source->path);
    all.elf = elf_begin(fd, ELF_C_READ_MMAP_PRIVATE, NULL);
    open_program(&all);
    int code = all.elf && elf_getshdrstrndx(all.elf, &all.names) == 0
                   ? read_units(&all, err)
                   : cck_fail(err, CCK_EFORMAT, "%s is damaged: %s", source->name, elf_errmsg(-1));
    cck_package_program_close(&all.program);
    elf_end(all.elf);
    close(fd);
    return code;
}
