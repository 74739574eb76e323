/* SPDX-License-Identifier: MIT */
/* ELF files as processes map them: where they lie, which functions they have; damaged ones. */
#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/elf_file.h"
#include "probes/watch/text_function.h"

static const char program[] = CCK_FIXTURES "/fixture_plain_static";

enum { BASE = 0x10000000, CODE = 0x1000, MAIN = 0x40 };

/* The smallest program that has what is asked for: a segment, a note, symbols. */
typedef struct image {
    Elf64_Ehdr head;
    Elf64_Phdr segments[3];
    Elf64_Shdr sections[3];
    Elf64_Sym symbols[4];
    char strings[32];
    struct {
        Elf64_Nhdr head;
        char name[4];
        uint8_t id[4];
    } note;
} image;

static image made(void)
{
    image out = {
        .head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                 .e_type = ET_DYN,
                 .e_machine = EM_X86_64,
                 .e_version = EV_CURRENT,
                 .e_phoff = offsetof(image, segments),
                 .e_shoff = offsetof(image, sections),
                 .e_ehsize = sizeof(Elf64_Ehdr),
                 .e_phentsize = sizeof(Elf64_Phdr),
                 .e_phnum = 3,
                 .e_shentsize = sizeof(Elf64_Shdr),
                 .e_shnum = 3,
                 .e_shstrndx = 2},
        .segments = {{.p_type = PT_LOAD,
                      .p_flags = PF_R | PF_X,
                      .p_vaddr = CODE,
                      .p_filesz = sizeof(image),
                      .p_memsz = 0x3000,
                      .p_align = 0x1000},
                     {.p_type = PT_NOTE,
                      .p_offset = offsetof(image, note),
                      .p_filesz = sizeof out.note,
                      .p_align = 4},
                     {.p_type = PT_TLS, .p_memsz = 40, .p_align = 16}},
        .sections = {{0},
                     {.sh_type = SHT_SYMTAB,
                      .sh_offset = offsetof(image, symbols),
                      .sh_size = sizeof out.symbols,
                      .sh_entsize = sizeof(Elf64_Sym),
                      .sh_link = 2},
                     {.sh_type = SHT_STRTAB,
                      .sh_offset = offsetof(image, strings),
                      .sh_size = sizeof out.strings}},
        .symbols = {{0},
                    {.st_name = 1,
                     .st_info = STT_FUNC,
                     .st_shndx = 1,
                     .st_value = CODE + MAIN,
                     .st_size = 16},
                    {.st_name = 6, .st_info = STT_FUNC, .st_shndx = SHN_UNDEF},
                    {.st_name = 11, .st_info = STT_OBJECT, .st_shndx = 1, .st_value = CODE}},
        .strings = "\0work\0puts\0data",
        .note = {{4, 4, NT_GNU_BUILD_ID}, "GNU", {0xde, 0xad, 0xbe, 0xef}},
    };
    return out;
}

/* A file of these bytes; gone when the descriptor is closed, and after the test. */
static int write_file(char path[32], const void *bytes, size_t size)
{
    strcpy(path, "/tmp/cck-elf-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    return fd;
}

static bool describe(const image *from, size_t size, uint64_t offset, cck_file_module *out)
{
    static char path[32];
    int fd = write_file(path, from, size);
    *out = (cck_file_module){.path = path};
    bool good = cck_elf_describe(out, BASE, offset);
    unlink(path);
    close(fd);
    return good;
}

static void a_file_says_where_it_lies(void **state)
{
    (void)state;
    image file = made();
    cck_file_module module;
    assert_true(describe(&file, sizeof file, 0, &module));
    assert_true(module.elf);
    assert_int_equal(module.bias, BASE - CODE);
    assert_int_equal(module.start, BASE);
    assert_int_equal(module.end, BASE + 0x3000);
    assert_int_equal(module.tls_size, 40);
    assert_int_equal(module.tls_align, 16);
    assert_string_equal(module.build_id, "deadbeef");
}

static void damaged_files_say_nothing(void **state)
{
    (void)state;
    cck_file_module module;
    image file = made();
    assert_false(describe(&file, sizeof file, 1 << 20, &module)); /* no segment is there */
    file.segments[0].p_memsz = UINT64_MAX;
    assert_false(describe(&file, sizeof file, 0, &module));
    file = made();
    file.segments[0].p_memsz = UINT64_C(1) << 41;
    assert_false(describe(&file, sizeof file, 0, &module));
    assert_false(module.elf);
    file = made();
    file.head.e_phnum = 300;
    assert_false(describe(&file, sizeof file, 0, &module));
    file = made();
    assert_false(describe(&file, sizeof file.head - 8, 0, &module));
    assert_false(describe(&file, 0, 0, &module));
    assert_false(module.unread); /* it was, and is none */

    file = made();
    file.segments[1].p_filesz = 1 << 20; /* a note beyond reason is left out */
    assert_true(describe(&file, sizeof file, 0, &module));
    assert_string_equal(module.build_id, "");
    file = made();
    file.note.head.n_type = NT_GNU_ABI_TAG;
    assert_true(describe(&file, sizeof file, 0, &module));
    assert_string_equal(module.build_id, "");

    file = made();
    assert_true(describe(&file, offsetof(image, note), 0, &module)); /* it ends before its note */
    assert_true(module.unread);
    assert_true(describe(&file, sizeof file, 0, &module));
    assert_false(module.unread);

    module = (cck_file_module){.path = "/nowhere"};
    assert_false(cck_elf_describe(&module, BASE, 0));
    assert_false(module.unread);
    module.path = "/dev/null";
    assert_false(cck_elf_describe(&module, BASE, 0));
    module.path = "/proc/self/status";
    assert_false(cck_elf_describe(&module, BASE, 0));
}

static size_t functions(const image *from, const char *name, uint64_t *out, size_t most)
{
    char path[32];
    int fd = write_file(path, from, sizeof *from);
    const cck_file_module module = {.path = path, .bias = BASE, .elf = true};
    size_t count = cck_elf_functions(&module, name, out, most);
    unlink(path);
    close(fd);
    return count;
}

static void functions_go_by_name(void **state)
{
    (void)state;
    uint64_t found[2] = {0};
    image file = made();
    assert_int_equal(functions(&file, "work", found, 2), 1);
    assert_int_equal(found[0], BASE + CODE + MAIN);
    assert_int_equal(functions(&file, "work", found, 0), 0);
    assert_int_equal(functions(&file, "wor", found, 2), 0);
    assert_int_equal(functions(&file, "", found, 2), 0);
    assert_int_equal(functions(&file, "puts", found, 2), 0); /* somebody else's */
    assert_int_equal(functions(&file, "data", found, 2), 0); /* no function */
    memcpy(file.strings, "\0work@V1", 9);
    assert_int_equal(functions(&file, "work", found, 2), 1);
    file.sections[1].sh_link = 77;
    assert_int_equal(functions(&file, "work", found, 2), 0);
    file.sections[1].sh_offset = 1 << 20;
    assert_int_equal(functions(&file, "work", found, 2), 0);

    const cck_file_module none = {.path = program}, gone = {.path = "/nowhere", .elf = true};
    assert_int_equal(cck_elf_functions(&none, "main", found, 2), 0);
    assert_int_equal(cck_elf_functions(&gone, "main", found, 2), 0);
    const cck_file_module real = {.path = program, .elf = true};
    assert_int_equal(cck_elf_functions(&real, "main", found, 2), 1);
}

static bool bounds(const image *from, size_t size, uint64_t offset, uint64_t *start, uint64_t *end)
{
    char path[32];
    int fd = write_file(path, from, size);
    bool good = cck_text_function(fd, offset, start, end);
    unlink(path);
    close(fd);
    return good;
}

/* Where there is no table of unwind information, symbols tell where a function begins. */
static void symbols_tell_bounds(void **state)
{
    (void)state;
    uint64_t start = 0, end = 0;
    image file = made();
    assert_true(bounds(&file, sizeof file, MAIN + 15, &start, &end));
    assert_int_equal(start, MAIN);
    assert_int_equal(end, MAIN + 16);
    assert_false(bounds(&file, sizeof file, MAIN + 16, &start, &end));
    assert_false(bounds(&file, sizeof file, MAIN - 1, &start, &end));
    assert_false(bounds(&file, sizeof file, sizeof file, &start, &end)); /* in no segment */

    file.sections[1].sh_entsize = 8;
    assert_false(bounds(&file, sizeof file, MAIN, &start, &end));
    file = made();
    file.sections[1].sh_offset = 1 << 20;
    assert_false(bounds(&file, sizeof file, MAIN, &start, &end));
    file = made();
    file.sections[1].sh_type = SHT_PROGBITS;
    assert_false(bounds(&file, sizeof file, MAIN, &start, &end));
    file = made();
    file.head.e_shoff = 1 << 20;
    assert_false(bounds(&file, sizeof file, MAIN, &start, &end));
    file.head.e_shentsize = 8;
    assert_false(bounds(&file, sizeof file, MAIN, &start, &end));
    file = made();
    file.segments[2] = (Elf64_Phdr){.p_type = PT_GNU_EH_FRAME, .p_vaddr = 1 << 20};
    assert_false(bounds(&file, sizeof file, MAIN, &start, &end));
    file.segments[2].p_vaddr = CODE; /* another form than any linker writes */
    assert_false(bounds(&file, sizeof file, MAIN, &start, &end));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_says_where_it_lies),
        cmocka_unit_test(damaged_files_say_nothing),
        cmocka_unit_test(functions_go_by_name),
        cmocka_unit_test(symbols_tell_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
