/* SPDX-License-Identifier: MIT */
#include "core/debug/files.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "core/debug/type_internal.h"

/* More files or directories than this no unit has. */
enum { MOST = 1 << 20 };

/* A stretch of a section that is read from the front; `at` NULL: it ended too soon. */
typedef struct reader {
    const uint8_t *at, *end;
    bool big_endian, wide; /* wide: 64-bit DWARF */
} reader;

static uint64_t take(reader *in, size_t size)
{
    uint64_t value = 0;
    if (!in->at || (size_t)(in->end - in->at) < size) {
        in->at = NULL;
        return 0;
    }
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)in->at[i] << 8 * (in->big_endian ? size - 1 - i : i);
    in->at += size;
    return value;
}

static void skip(reader *in, uint64_t size)
{
    if (in->at && (uint64_t)(in->end - in->at) >= size)
        in->at += size;
    else
        in->at = NULL;
}

static uint64_t take_leb(reader *in)
{
    uint64_t value = 0;
    for (unsigned shift = 0; in->at && in->at < in->end; shift += 7) {
        uint8_t byte = *in->at++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    in->at = NULL;
    return 0;
}

static const char *take_text(reader *in)
{
    const char *text = (const char *)in->at;
    const uint8_t *end = in->at ? memchr(in->at, 0, (size_t)(in->end - in->at)) : NULL;
    in->at = end ? end + 1 : NULL;
    return end ? text : "";
}

/* A section of the file that has the unit; its bytes as libdw has them, unpacked. */
static reader section_of(Dwarf *dwarf, const char *name)
{
    reader in = {.at = NULL};
    Elf *elf = dwarf_getelf(dwarf);
    size_t names;
    const char *ident = elf ? elf_getident(elf, NULL) : NULL;
    if (!ident || elf_getshdrstrndx(elf, &names) != 0)
        return in;
    in.big_endian = ident[EI_DATA] == ELFDATA2MSB;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        const char *own =
            gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
        /* ".zdebug_line" is how GNU tools packed sections before there was SHF_COMPRESSED. */
        if (!own || own[0] != '.' || strcmp(own + 1 + (own[1] == 'z'), name) != 0)
            continue;
        Elf_Data *data = header.sh_flags & SHF_COMPRESSED ? NULL : elf_getdata(section, NULL);
        if (data && data->d_buf) {
            in.at = data->d_buf;
            in.end = in.at + data->d_size;
        }
        break;
    }
    return in;
}

bool cck_debug_section(Dwarf *dwarf, const char *name, const uint8_t **out_start,
                       const uint8_t **out_end)
{
    reader in = section_of(dwarf, name);
    *out_start = in.at;
    *out_end = in.end;
    return in.at != NULL;
}

static const char *text_at(Dwarf *dwarf, const char *section, uint64_t offset)
{
    size_t length;
    if (strcmp(section, "debug_str") == 0) {
        const char *text = dwarf_getstring(dwarf, offset, &length);
        return text ? text : "";
    }
    reader in = section_of(dwarf, section);
    skip(&in, offset);
    return take_text(&in);
}

/* One column of a table of DWARF 5 (section 6.2.4.1). */
typedef struct column {
    uint64_t content, form;
} column;

/* False: a form that is not understood, whose length is unknown therefore. */
static bool take_value(reader *in, Dwarf *dwarf, reader *line_text, uint64_t form,
                       const char **out_text, uint64_t *out_number)
{
    reader text;
    switch (form) {
    case DW_FORM_string:
        *out_text = take_text(in);
        return true;
    case DW_FORM_line_strp:
        text = *line_text;
        skip(&text, take(in, in->wide ? 8 : 4));
        *out_text = take_text(&text);
        return true;
    case DW_FORM_strp:
        *out_text = text_at(dwarf, "debug_str", take(in, in->wide ? 8 : 4));
        return true;
    case DW_FORM_udata:
        *out_number = take_leb(in);
        return true;
    case DW_FORM_data1:
        *out_number = take(in, 1);
        return true;
    case DW_FORM_data2:
        *out_number = take(in, 2);
        return true;
    case DW_FORM_data4:
        *out_number = take(in, 4);
        return true;
    case DW_FORM_data8:
        *out_number = take(in, 8);
        return true;
    case DW_FORM_data16:
        skip(in, 16);
        return true;
    case DW_FORM_block:
        skip(in, take_leb(in));
        return true;
    default:
        return false;
    }
}

/* Rows of a table; each is told to the files as a directory or a file. */
static bool take_table(cck_files *files, reader *in, Dwarf *dwarf, bool directories)
{
    enum { COLUMNS = 16 };
    column columns[COLUMNS];
    reader line_text = section_of(dwarf, "debug_line_str");
    size_t column_count = take(in, 1);
    if (column_count > COLUMNS)
        return false;
    for (size_t i = 0; i < column_count; i++) {
        columns[i].content = take_leb(in);
        columns[i].form = take_leb(in);
    }
    uint64_t count = take_leb(in);
    if (!in->at || count > MOST || (column_count == 0 && count) ||
        count > (uint64_t)(in->end - in->at))
        return false;
    files->directories = directories ? calloc(count + 1, sizeof(char *)) : files->directories;
    files->files = directories ? NULL : calloc(count + 1, sizeof *files->files);
    if (directories ? !files->directories : !files->files)
        return false;
    for (uint64_t i = 0; i < count && in->at; i++) {
        const char *name = "";
        uint64_t directory = 0;
        for (size_t j = 0; j < column_count; j++) {
            const char *text = "";
            uint64_t number = 0;
            if (!take_value(in, dwarf, &line_text, columns[j].form, &text, &number))
                return false;
            if (columns[j].content == DW_LNCT_path)
                name = text;
            if (columns[j].content == DW_LNCT_directory_index)
                directory = number;
        }
        if (directories)
            files->directories[files->directory_count++] = name;
        else
            files->files[files->file_count++] =
                (cck_file){.name = name, .directory = (uint32_t)directory};
    }
    return in->at != NULL;
}

/* Up to DWARF 4 lists end with an empty name, and numbers start at 1. */
static bool take_lists(cck_files *files, reader *in)
{
    reader count = *in;
    size_t directories = 1, entries = 1;
    while (*take_text(&count) && directories < MOST)
        directories++;
    while (*take_text(&count) && entries < MOST) {
        entries++;
        take_leb(&count);
        take_leb(&count);
        take_leb(&count);
    }
    files->directories = count.at ? calloc(directories, sizeof(char *)) : NULL;
    files->files = count.at ? calloc(entries, sizeof *files->files) : NULL;
    if (!files->directories || !files->files)
        return false;
    files->directories[files->directory_count++] = files->base;
    while (files->directory_count < directories)
        files->directories[files->directory_count++] = take_text(in);
    take_text(in);
    files->files[files->file_count++] = (cck_file){.name = ""};
    while (files->file_count < entries) {
        cck_file *file = &files->files[files->file_count++];
        file->name = take_text(in);
        file->directory = (uint32_t)take_leb(in);
        take_leb(in);
        take_leb(in);
    }
    return true;
}

/* The header of a line number program (DWARF 5, 6.2.4). */
static bool take_header(cck_files *files, reader *in, Dwarf *dwarf)
{
    uint64_t length = take(in, 4);
    if (length == 0xffffffff) {
        in->wide = true;
        length = take(in, 8);
    }
    if (!in->at || length > (uint64_t)(in->end - in->at))
        return false;
    in->end = in->at + length;
    uint64_t version = take(in, 2);
    if (version < 2 || version > 5)
        return false;
    if (version == 5)
        skip(in, 2);
    skip(in, in->wide ? 8 : 4);
    skip(in, version >= 4 ? 5 : 4); /* what comes before the number of opcodes */
    uint64_t opcodes = take(in, 1);
    skip(in, opcodes ? opcodes - 1 : 0);
    if (version == 5)
        return take_table(files, in, dwarf, true) && take_table(files, in, dwarf, false);
    return take_lists(files, in);
}

static cck_files *files_read(Dwarf_CU *cu)
{
    Dwarf_Die whole;
    Dwarf_Attribute attribute;
    Dwarf_Word offset;
    if (dwarf_cu_info(cu, NULL, NULL, &whole, NULL, NULL, NULL, NULL) != 0 ||
        dwarf_formudata(dwarf_attr(&whole, DW_AT_stmt_list, &attribute), &offset) != 0)
        return NULL;
    Dwarf *dwarf = dwarf_cu_getdwarf(cu);
    reader in = section_of(dwarf, "debug_line");
    skip(&in, offset);
    cck_files *files = calloc(1, sizeof *files);
    if (!files || !in.at) {
        free(files);
        return NULL;
    }
    const char *base = dwarf_formstring(dwarf_attr(&whole, DW_AT_comp_dir, &attribute));
    files->cu = cu;
    files->base = base ? base : "";
    if (take_header(files, &in, dwarf))
        return files;
    cck_files_free(files);
    return NULL;
}

cck_files *cck_files_of(cck_debug_module *module, Dwarf_CU *cu)
{
    for (size_t i = 0; i < CCK_FILES_KEPT; i++)
        if (module->files[i] && module->files[i]->cu == cu)
            return module->files[i];
    cck_files *files = files_read(cu);
    if (!files)
        return NULL;
    cck_files **place = &module->files[module->files_next++ % CCK_FILES_KEPT];
    cck_files_free(*place);
    *place = files;
    return files;
}

static const char *directory_of(const cck_files *files, const cck_file *file)
{
    return file->directory < files->directory_count ? files->directories[file->directory] : "";
}

uint64_t cck_files_hash(cck_files *files, uint64_t number)
{
    if (number >= files->file_count)
        return 0;
    cck_file *file = &files->files[number];
    if (!file->hash) {
        uint64_t hash = CCK_HASH_START;
        if (*file->name != '/') {
            const char *directory = directory_of(files, file);
            if (*directory != '/')
                hash = cck_type_hash_text(cck_type_hash_text(hash, files->base), "/");
            hash = cck_type_hash_text(cck_type_hash_text(hash, directory), "/");
        }
        file->hash = cck_type_hash_text(hash, file->name) | 1;
    }
    return file->hash;
}

/* As libdw joins them; each path is kept once. */
static const char *path_make(cck_debug_module *module, const cck_files *files, const cck_file *file)
{
    const char *directory = directory_of(files, file);
    if (*file->name == '/' || !*file->name || (!*directory && !*files->base))
        return file->name;
    bool relative = *directory != '/' && *files->base && directory != files->base;
    const char *path =
        cck_arena_printf(&module->arena, "%s%s%s%s%s", relative ? files->base : "",
                         relative ? "/" : "", directory, *directory ? "/" : "", file->name);
    return path ? path : "";
}

const char *cck_files_path(cck_debug_module *module, cck_files *files, uint64_t number)
{
    uint64_t hash = cck_files_hash(files, number);
    if (!hash)
        return "";
    cck_file *file = &files->files[number];
    if (!file->path)
        file->path = cck_map_get(&module->paths, hash);
    if (!file->path) {
        file->path = path_make(module, files, file);
        cck_map_put(&module->paths, hash, (void *)(uintptr_t)file->path);
    }
    return file->path;
}

const char *cck_files_absolute(cck_debug_module *module, const cck_files *files, const char *path)
{
    if (*path == '/' || !*path || !*files->base)
        return path;
    uint64_t hash = cck_type_hash_text(cck_type_hash_text(CCK_HASH_START, files->base), "/");
    hash = cck_type_hash_text(hash, path) | 1;
    const char *known = cck_map_get(&module->paths, hash);
    if (known)
        return known;
    const char *whole = cck_arena_printf(&module->arena, "%s/%s", files->base, path);
    if (!whole)
        return path;
    cck_map_put(&module->paths, hash, (void *)(uintptr_t)whole);
    return whole;
}

void cck_files_free(cck_files *files)
{
    if (!files)
        return;
    free(files->directories);
    free(files->files);
    free(files);
}
