/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layouts/input.h"

/*
 * With -fdebug-types-section each large type of an object file is in a section of its own, in a
 * section group that the linker keeps once. libdw reads one .debug_info and one .debug_types, and
 * none in groups (libdw/dwarf_begin_elf.c, check_section). So such a file is copied to memory with
 * those sections joined, as a linker would join them; their relocations move along.
 */

enum { SECTIONS_MOST = 1 << 20 };

static const char *const joined[] = {".debug_info", ".debug_types"};

/** What is made of the sections of one name. */
typedef struct join {
    Elf *elf;
    size_t names; /* index of the section with names */
    Elf_Scn *into, *into_relocations;
    void **copies; /* what libelf is to write: freed after that */
    size_t copy_count;
    uint64_t unpacked; /* bytes of sections that were compressed */
    bool failed;
} join;

static bool is_named(const join *all, const GElf_Shdr *header, const char *name)
{
    const char *own = elf_strptr(all->elf, all->names, header->sh_name);
    return header->sh_type == SHT_PROGBITS && own && strcmp(own, name) == 0;
}

static Elf_Scn *relocations_of(Elf *elf, Elf_Scn *section)
{
    GElf_Shdr header;
    size_t index = elf_ndxscn(section);
    for (Elf_Scn *at = NULL; (at = elf_nextscn(elf, at));)
        if (gelf_getshdr(at, &header) &&
            (header.sh_type == SHT_RELA || header.sh_type == SHT_REL) && header.sh_info == index)
            return at;
    return NULL;
}

/* A copy of the data behind what the other section has. NULL: memory is out, or nothing is there.
 */
static Elf_Data *append(join *all, Elf_Scn *to, Elf_Scn *from)
{
    Elf_Data *data = elf_getdata(from, NULL), *more = NULL;
    void **copies = reallocarray(all->copies, all->copy_count + 1, sizeof *copies);
    if (copies)
        all->copies = copies;
    void *bytes = data && copies ? malloc(data->d_size + 1) : NULL;
    if (bytes)
        more = elf_newdata(to);
    if (!more) {
        free(bytes);
        all->failed = true;
        return NULL;
    }
    all->copies[all->copy_count++] = bytes;
    if (data->d_size) /* an empty one has no bytes at all */
        memcpy(bytes, data->d_buf, data->d_size);
    more->d_buf = bytes;
    more->d_size = data->d_size;
    more->d_type = data->d_type;
    more->d_align = 1;
    more->d_version = data->d_version;
    return more;
}

static void move_relocations(Elf_Data *data, uint64_t by, bool with_addend)
{
    GElf_Rela rela;
    GElf_Rel rel;
    if (with_addend)
        for (int i = 0; gelf_getrela(data, i, &rela); i++) {
            rela.r_offset += by;
            gelf_update_rela(data, i, &rela);
        }
    else
        for (int i = 0; gelf_getrel(data, i, &rel); i++) {
            rel.r_offset += by;
            gelf_update_rel(data, i, &rel);
        }
}

static uint64_t size_of(Elf_Scn *section)
{
    uint64_t size = 0;
    for (Elf_Data *data = NULL; (data = elf_getdata(section, data));)
        size += data->d_size;
    return size;
}

static void take_section(join *all, Elf_Scn *section, GElf_Shdr *header)
{
    if (header->sh_flags & SHF_COMPRESSED) {
        if (elf_compress(section, 0, 0) < 0 || !gelf_getshdr(section, header)) {
            all->failed = true;
            return;
        }
        all->unpacked += header->sh_size;
    }
    if (!all->into) {
        all->into = section;
        all->into_relocations = relocations_of(all->elf, section);
        header->sh_flags &= ~(GElf_Xword)(SHF_GROUP | SHF_COMPRESSED);
        gelf_update_shdr(section, header);
        return;
    }
    uint64_t base = size_of(all->into);
    Elf_Scn *relocations = relocations_of(all->elf, section);
    GElf_Shdr how;
    if (relocations && (!all->into_relocations || !gelf_getshdr(relocations, &how)))
        return;
    append(all, all->into, section);
    Elf_Data *moved = relocations ? append(all, all->into_relocations, relocations) : NULL;
    if (moved)
        move_relocations(moved, base, how.sh_type == SHT_RELA);
}

/* Those out of groups first: what a unit says of its own place stays true. */
static void join_sections(join *all, const char *name)
{
    GElf_Shdr header;
    all->into = NULL;
    for (int grouped = 0; grouped < 2; grouped++)
        for (Elf_Scn *at = NULL; !all->failed && (at = elf_nextscn(all->elf, at));)
            if (gelf_getshdr(at, &header) && is_named(all, &header, name) && at != all->into &&
                ((header.sh_flags & SHF_GROUP) != 0) == grouped)
                take_section(all, at, &header);
}

static bool has_groups(Elf *elf)
{
    GElf_Ehdr file;
    GElf_Shdr header;
    join all = {.elf = elf};
    size_t count;
    if (!gelf_getehdr(elf, &file) || file.e_type != ET_REL ||
        elf_getshdrstrndx(elf, &all.names) != 0 || elf_getshdrnum(elf, &count) != 0 ||
        count > SECTIONS_MOST)
        return false;
    for (Elf_Scn *at = NULL; (at = elf_nextscn(elf, at));)
        for (size_t i = 0; gelf_getshdr(at, &header) && i < sizeof joined / sizeof *joined; i++)
            if (header.sh_flags & SHF_GROUP && is_named(&all, &header, joined[i]))
                return true;
    return false;
}

static int copy_of(int from)
{
    char bytes[1 << 16];
    ssize_t got;
    int to = memfd_create("cachecheck-object", MFD_CLOEXEC);
    for (off_t at = 0; to >= 0 && (got = pread(from, bytes, sizeof bytes, at)) > 0; at += got)
        if (pwrite(to, bytes, (size_t)got, at) != got) {
            close(to);
            return -1;
        }
    return to;
}

/* What is written is what was read, and once more what was joined; but what lies before a section
 * whose alignment is damaged would be filled, gigabytes of it. */
static bool is_sane(const join *all, int fd, off_t size)
{
    enum { MORE = 1 << 20 };
    struct stat status;
    return fstat(fd, &status) == 0 && size >= 0 &&
           (uint64_t)size <= 2 * ((uint64_t)status.st_size + all->unpacked) + MORE;
}

static bool rewrite(int fd)
{
    join all = {.elf = elf_begin(fd, ELF_C_RDWR, NULL)};
    bool done = all.elf && elf_getshdrstrndx(all.elf, &all.names) == 0;
    for (size_t i = 0; done && i < sizeof joined / sizeof *joined; i++)
        join_sections(&all, joined[i]);
    done = done && !all.failed && is_sane(&all, fd, elf_update(all.elf, ELF_C_NULL)) &&
           elf_update(all.elf, ELF_C_WRITE) >= 0;
    elf_end(all.elf);
    for (size_t i = 0; i < all.copy_count; i++)
        free(all.copies[i]);
    free(all.copies);
    return done;
}

int cck_input_ungroup(const char *path)
{
    elf_version(EV_CURRENT);
    int fd = open(path, O_RDONLY | O_CLOEXEC), copy = -1;
    if (fd < 0)
        return -1;
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    if (elf && elf_kind(elf) == ELF_K_ELF && has_groups(elf))
        copy = copy_of(fd);
    elf_end(elf);
    close(fd);
    if (copy >= 0 && !rewrite(copy)) {
        close(copy);
        copy = -1;
    }
    return copy;
}
