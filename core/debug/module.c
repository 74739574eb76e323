/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/debug/files.h"

static const Dwfl_Callbacks callbacks = {
    .find_debuginfo = cck_debug_find_file,
    .section_address = dwfl_offline_section_address,
};

static int file_open(const cck_debug_module *module, int *out_fd, cck_error *err)
{
    int fd = open(module->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot open %s", module->path);
    struct stat status = {0};
    char magic[SELFMAG];
    ssize_t got = fstat(fd, &status) < 0 ? -1 : 0;
    if (S_ISREG(status.st_mode))
        got = pread(fd, magic, sizeof magic, 0);
    if (got < 0) {
        int code = errno;
        close(fd);
        return cck_fail_os(err, cck_code_of_errno(code), code, "cannot read %s", module->path);
    }
    if (got != sizeof magic || memcmp(magic, ELFMAG, SELFMAG) != 0) {
        close(fd);
        return cck_fail(err, CCK_EFORMAT, "%s is not an ELF file", module->path);
    }
    *out_fd = fd;
    return 0;
}

static int module_damaged(const cck_debug_module *module, cck_error *err)
{
    return cck_fail(err, CCK_EFORMAT, "%s is damaged: %s", module->path, dwfl_errmsg(-1));
}

/* Base 0: addresses are those of the file. */
static int module_report(cck_debug_module *module, int fd, cck_error *err)
{
    module->dwfl = dwfl_begin(&callbacks);
    if (!module->dwfl) {
        close(fd);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    dwfl_report_begin(module->dwfl);
    module->dwfl_module = dwfl_report_elf(module->dwfl, module->path, module->path, fd, 0, true);
    if (!module->dwfl_module)
        close(fd);
    dwfl_report_end(module->dwfl, NULL, NULL);
    GElf_Addr bias;
    if (module->dwfl_module)
        module->elf = dwfl_module_getelf(module->dwfl_module, &bias);
    if (!module->elf)
        return module_damaged(module, err);
    void **userdata;
    dwfl_module_info(module->dwfl_module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
    *userdata = module;
    return 0;
}

static int build_id_read(cck_debug_module *module, cck_error *err)
{
    const unsigned char *bytes;
    GElf_Addr address;
    int length = dwfl_module_build_id(module->dwfl_module, &bytes, &address);
    if (length < 0)
        length = 0;
    char *text = cck_arena_alloc(&module->arena, (size_t)length * 2 + 1);
    if (!text)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (int i = 0; i < length; i++) {
        text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    module->build_id = text;
    return 0;
}

/*
 * x86-64 lays TLS out after variant II: the segment of the program lies right below the thread
 * pointer, its size rounded up to its alignment (Drepper, "ELF Handling For Thread-Local
 * Storage", 2013, section 3.4.6).
 */
static uint64_t tls_extent(const GElf_Phdr *header)
{
    uint64_t align = header->p_align > 1 ? header->p_align : 1;
    if ((align & (align - 1)) != 0 || header->p_memsz > UINT64_MAX - align)
        return header->p_memsz;
    return (header->p_memsz + align - 1) & ~(align - 1);
}

static int segments_read(cck_debug_module *module, cck_error *err)
{
    GElf_Ehdr ehdr;
    if (!gelf_getehdr(module->elf, &ehdr))
        return module_damaged(module, err);
    module->relocatable = ehdr.e_type == ET_REL;
    size_t count = 0;
    if (elf_getphdrnum(module->elf, &count) != 0)
        count = 0;
    module->segments = cck_arena_array(&module->arena, count, sizeof *module->segments);
    if (!module->segments)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(module->elf, (int)i, &header))
            break;
        if (header.p_type == PT_TLS) {
            module->tls_start = header.p_vaddr;
            module->tls_size = tls_extent(&header);
        }
        if (header.p_type == PT_LOAD)
            module->segments[module->segment_count++] = (cck_segment){
                .start = header.p_vaddr,
                .file_size = header.p_filesz,
                .memory_size = header.p_memsz,
                .offset = header.p_offset,
                .code = header.p_flags & PF_X,
            };
    }
    return 0;
}

int cck_module_open(cck_debug_module *module, cck_error *err)
{
    int fd = -1;
    int failed = file_open(module, &fd, err);
    if (!failed)
        failed = module_report(module, fd, err);
    if (!failed)
        failed = build_id_read(module, err);
    if (!failed)
        failed = segments_read(module, err);
    if (failed)
        return failed;
    Dwarf_Addr bias = 0;
    if (!module->symbols_only)
        module->dwarf = dwfl_module_getdwarf(module->dwfl_module, &bias);
    module->bias = bias;
    cck_debug_info_read(module);
    return 0;
}

/* So that it is not done by two threads at once. */
static void sections_read(Elf *elf)
{
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) &&
            (header.sh_type == SHT_PROGBITS || header.sh_type == SHT_MIPS_DWARF) &&
            !(header.sh_flags & (SHF_ALLOC | SHF_COMPRESSED)))
            elf_getdata(section, NULL);
    }
}

int cck_module_open_again(cck_debug_module *module, const cck_debug_module *first, cck_error *err)
{
    Elf *elf = dwarf_getelf(first->dwarf);
    for (size_t i = 0; i < first->unit_count; i++)
        if (first->units[i]->die.cu != first->units[i]->skeleton.cu)
            elf = NULL;
    if (!elf || dwarf_getalt(first->dwarf))
        return cck_fail(err, CCK_EUNSUPPORTED, "%s has debug information in other files",
                        module->path);
    sections_read(elf);
    module->dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
    if (!module->dwarf)
        return cck_fail(err, CCK_EUNSUPPORTED, "%s: %s", module->path, dwarf_errmsg(-1));
    module->dwarf_own = true;
    module->elf = first->elf;
    module->bias = first->bias;
    module->relocatable = first->relocatable;
    module->build_id = first->build_id;
    module->info = first->info;
    return 0;
}

void cck_module_close(cck_debug_module *module)
{
    for (size_t i = 0; i < module->unit_count; i++)
        cck_unit_free(module->units[i]);
    free(module->units);
    free(module->unit_ranges);
    free(module->frames);
    cck_types_clear(module);
    cck_accesses_clear(module);
    cck_map_clear(&module->unit_of_cu);
    cck_map_clear(&module->names);
    cck_map_clear(&module->demangled);
    cck_map_clear(&module->types);
    cck_map_clear(&module->paths);
    for (size_t i = 0; i < CCK_FILES_KEPT; i++)
        cck_files_free(module->files[i]);
    if (module->dwarf_own)
        dwarf_end(module->dwarf);
    dwfl_end(module->dwfl);
}

bool cck_debug_is_code(const cck_debug_module *module, uint64_t address)
{
    if (module->relocatable)
        return true;
    for (size_t i = 0; i < module->segment_count; i++)
        if (module->segments[i].code && address >= module->segments[i].start &&
            address - module->segments[i].start < module->segments[i].memory_size)
            return true;
    return false;
}

static const uint8_t *section_code(cck_debug_module *module, uint64_t address, size_t *out_length)
{
    for (Elf_Scn *section = NULL; (section = elf_nextscn(module->elf, section));) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) || !(header.sh_flags & SHF_EXECINSTR) ||
            address < header.sh_addr || address - header.sh_addr >= header.sh_size)
            continue;
        Elf_Data *data = elf_rawdata(section, NULL);
        if (!data || !data->d_buf || address - header.sh_addr >= data->d_size)
            return NULL;
        *out_length = data->d_size - (address - header.sh_addr);
        return (const uint8_t *)data->d_buf + (address - header.sh_addr);
    }
    return NULL;
}

const uint8_t *cck_debug_code(cck_debug_module *module, uint64_t address, size_t *out_length)
{
    if (module->relocatable)
        return section_code(module, address, out_length);
    size_t size;
    const char *bytes = elf_rawfile(module->elf, &size);
    for (size_t i = 0; bytes && i < module->segment_count; i++) {
        const cck_segment *segment = &module->segments[i];
        if (!segment->code || address < segment->start ||
            address - segment->start >= segment->file_size || segment->offset > size)
            continue;
        uint64_t within = address - segment->start, have = size - segment->offset;
        if (have > segment->file_size)
            have = segment->file_size;
        if (within >= have)
            return NULL;
        *out_length = have - within;
        return (const uint8_t *)bytes + segment->offset + within;
    }
    return NULL;
}
