/* SPDX-License-Identifier: MIT */
#include "layouts/package_program.h"

#include <dwarf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "layouts/bulk_internal.h"

static Elf_Data *addresses_of(Elf *elf)
{
    GElf_Shdr header;
    size_t names;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return NULL;
    for (Elf_Scn *at = NULL; (at = elf_nextscn(elf, at));) {
        const char *name =
            gelf_getshdr(at, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
        if (!name || strcmp(name, ".debug_addr") != 0)
            continue;
        if (header.sh_flags & SHF_COMPRESSED && elf_compress(at, 0, 0) < 0)
            return NULL;
        Elf_Data *data = elf_rawdata(at, NULL);
        return data && data->d_buf ? data : NULL;
    }
    return NULL;
}

/* What stayed of each unit in the program tells where its addresses begin. */
static bool bases_read(cck_package_program *program)
{
    Dwarf_CU *cu = NULL;
    Dwarf_Half version;
    uint8_t kind;
    Dwarf_Die die;
    while (dwarf_get_units(program->dwarf, cu, &cu, &version, &kind, &die, NULL) == 0) {
        Dwarf_Attribute attribute;
        Dwarf_Word base = 0;
        uint64_t id = 0;
        if (kind != DW_UT_skeleton ||
            dwarf_cu_info(cu, NULL, NULL, NULL, NULL, &id, NULL, NULL) != 0)
            continue;
        if (!dwarf_attr(&die, DW_AT_addr_base, &attribute) &&
            !dwarf_attr(&die, DW_AT_GNU_addr_base, &attribute))
            continue;
        if (dwarf_formudata(&attribute, &base) == 0 && base < program->addresses->d_size &&
            !cck_map_put(&program->bases, id, (void *)(uintptr_t)(base + 1)))
            return false;
    }
    return true;
}

bool cck_package_program_open(cck_package_program *program, const char *path)
{
    *program = (cck_package_program){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (program->fd < 0)
        return false;
    program->elf = elf_begin(program->fd, ELF_C_READ_MMAP_PRIVATE, NULL);
    if (!program->elf || elf_kind(program->elf) != ELF_K_ELF)
        return false;
    program->addresses = addresses_of(program->elf);
    program->dwarf = program->addresses ? dwarf_begin_elf(program->elf, DWARF_C_READ, NULL) : NULL;
    return program->dwarf && bases_read(program);
}

bool cck_package_program_addresses(const cck_package_program *program, uint64_t id,
                                   Elf_Data *out_addresses)
{
    size_t base = (size_t)(uintptr_t)cck_map_get(&program->bases, id);
    if (!program->addresses || !base || base > program->addresses->d_size)
        return false;
    *out_addresses = *program->addresses;
    out_addresses->d_buf = (char *)program->addresses->d_buf + (base - 1);
    out_addresses->d_size = program->addresses->d_size - (base - 1);
    return true;
}

void cck_package_program_place(const cck_package_program *program, cck_corpus *corpus,
                               cck_corpus_global *global)
{
    GElf_Shdr header;
    size_t names;
    global->placed = true;
    if (elf_getshdrstrndx(program->elf, &names) != 0)
        return;
    for (Elf_Scn *at = NULL; (at = elf_nextscn(program->elf, at));) {
        if (!gelf_getshdr(at, &header) || !(header.sh_flags & SHF_ALLOC) ||
            global->address < header.sh_addr || global->address - header.sh_addr >= header.sh_size)
            continue;
        const char *name = elf_strptr(program->elf, names, header.sh_name);
        name = name ? cck_arena_strdup(&corpus->arena, name) : NULL;
        global->section = name ? name : "";
        global->read_only = !(header.sh_flags & SHF_WRITE) || cck_section_settled(global->section);
        return;
    }
}

void cck_package_program_close(cck_package_program *program)
{
    cck_map_clear(&program->bases);
    if (program->dwarf)
        dwarf_end(program->dwarf);
    if (program->elf)
        elf_end(program->elf);
    if (program->fd >= 0)
        close(program->fd);
    *program = (cck_package_program){.fd = -1};
}
