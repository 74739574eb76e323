/* SPDX-License-Identifier: MIT */
#include "core/base/elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Damage, not files: no linker makes as many. */
enum { HEADERS_MOST = 256, NOTES_MOST = 1 << 16 };

typedef struct elf_file {
    int fd;
    Elf *elf;
    bool unread; /* it is there, but reading it failed */
} elf_file;

/* Never block: what was mapped may be a device or a pipe by now. */
static bool open_elf(elf_file *file, const char *path)
{
    struct stat info;
    *file = (elf_file){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (file->fd < 0) {
        file->unread = errno == EIO || errno == EMFILE || errno == ENFILE || errno == ENOMEM;
        return false;
    }
    bool known = fstat(file->fd, &info) == 0;
    if (known && S_ISREG(info.st_mode) && elf_version(EV_CURRENT) != EV_NONE)
        file->elf = elf_begin(file->fd, ELF_C_READ, NULL);
    if (file->elf && elf_kind(file->elf) == ELF_K_ELF)
        return true;
    file->unread = !known || (S_ISREG(info.st_mode) && !file->elf);
    elf_end(file->elf);
    close(file->fd);
    return false;
}

static void close_elf(elf_file *file)
{
    elf_end(file->elf);
    close(file->fd);
}

static void read_build_id(cck_file_module *module, elf_file *file, const GElf_Phdr *segment)
{
    if (segment->p_filesz > NOTES_MOST)
        return;
    Elf_Data *data = elf_getdata_rawchunk(file->elf, (int64_t)segment->p_offset,
                                          segment->p_filesz, ELF_T_NHDR);
    module->unread |= !data && segment->p_filesz;
    GElf_Nhdr note;
    size_t name, description;
    for (size_t at = 0;
         data && (at = gelf_getnote(data, at, &note, &name, &description)) > 0;) {
        if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 ||
            memcmp((char *)data->d_buf + name, "GNU", 4) != 0 || note.n_descsz > 32)
            continue;
        for (size_t i = 0; i < note.n_descsz; i++)
            snprintf(module->build_id + 2 * i, 3, "%02x",
                     ((unsigned char *)data->d_buf)[description + i]);
    }
}

/* The bias that puts the segment where it was mapped, and where the last one ends. */
static void take_segment(cck_file_module *module, const GElf_Phdr *segment, uint64_t start,
                         uint64_t offset, bool *found, uint64_t *low, uint64_t *high)
{
    const uint64_t page = 4096;
    uint64_t end = segment->p_vaddr + segment->p_memsz;
    if (end < segment->p_vaddr)
        return;
    if (segment->p_vaddr < *low)
        *low = segment->p_vaddr & ~(page - 1);
    if (end > *high)
        *high = end;
    if (!*found && offset >= (segment->p_offset & ~(page - 1)) &&
        offset < segment->p_offset + segment->p_filesz) {
        module->bias = start - offset + segment->p_offset - segment->p_vaddr;
        *found = true;
    }
}

bool cck_elf_describe(cck_file_module *module, uint64_t start, uint64_t offset)
{
    elf_file file;
    size_t count = 0;
    bool opened = open_elf(&file, module->path);
    module->unread = file.unread;
    if (!opened)
        return false;
    if (elf_getphdrnum(file.elf, &count) < 0 || count > HEADERS_MOST)
        count = 0;
    bool found = false;
    uint64_t low = UINT64_MAX, high = 0;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr segment;
        if (!gelf_getphdr(file.elf, (int)i, &segment)) {
            module->unread = true;
            continue;
        }
        if (segment.p_type == PT_LOAD)
            take_segment(module, &segment, start, offset, &found, &low, &high);
        else if (segment.p_type == PT_NOTE)
            read_build_id(module, &file, &segment);
        else if (segment.p_type == PT_TLS && segment.p_memsz < UINT32_MAX &&
                 segment.p_align <= 1 << 20) {
            module->tls_size = segment.p_memsz;
            module->tls_align = segment.p_align;
        }
    }
    close_elf(&file);
    if (!found || high - low > UINT64_C(1) << 40 || high < low)
        return false;
    module->elf = true;
    module->start = module->bias + low;
    module->end = module->bias + ((high + 4095) & ~UINT64_C(4095));
    if (module->end <= module->start || start < module->start || start >= module->end) {
        *module = (cck_file_module){.path = module->path,
                                    .start = start,
                                    .end = start + 4096,
                                    .bias = start - offset,
                                    .unread = module->unread};
        return false;
    }
    return true;
}

static size_t look_through(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, uint64_t bias,
                           const char *name, uint64_t *out_addresses, size_t have, size_t most)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;
    for (size_t i = 0; i < count && have < most; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol) || symbol.st_shndx == SHN_UNDEF ||
            GELF_ST_TYPE(symbol.st_info) != STT_FUNC)
            continue;
        const char *found = elf_strptr(elf, header->sh_link, symbol.st_name);
        /* Versions of symbols are no part of the name that people know. */
        size_t length = found ? strcspn(found, "@") : 0;
        if (length == strlen(name) && length && !strncmp(found, name, length))
            out_addresses[have++] = symbol.st_value + bias;
    }
    return have;
}

size_t cck_elf_functions(const cck_file_module *module, const char *name, uint64_t *out_addresses,
                         size_t most)
{
    elf_file file;
    size_t have = 0;
    if (!module->elf || !open_elf(&file, module->path))
        return 0;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(file.elf, section));) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) &&
            (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM))
            have = look_through(file.elf, section, &header, module->bias, name, out_addresses, have,
                                most);
    }
    close_elf(&file);
    return have;
}
