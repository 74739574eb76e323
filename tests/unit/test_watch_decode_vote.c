/* SPDX-License-Identifier: MIT */
/*
 * Where instructions before a place start, by vote, against disassembly from where symbols
 * say that functions start: over the C library that runs this test.
 */
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <gelf.h>

#include "probes/watch/decode_internal.h"
#include "probes/watch/text_function.h"

#ifdef __x86_64__

enum { EACH = 4 /* of so many boundaries one is asked for */, MOST = 1 << 16 };

typedef struct votes {
    uint64_t functions, asked, right, told, sure;
} votes;

static int find_libc(struct dl_phdr_info *info, size_t size, void *out)
{
    (void)size;
    if (!strstr(info->dlpi_name, "/libc.so"))
        return 0;
    snprintf(out, 256, "%s", info->dlpi_name);
    return 1;
}

static void ask(const cck_code *code, const uint64_t *boundaries, size_t count, votes *out)
{
    uint64_t before[CCK_BACK];
    for (size_t i = 1; i < count; i += EACH) {
        size_t sure,
            found = cck_boundaries_before(&cck_decode_x86, code, boundaries[i], before, &sure);
        bool right = found && before[0] == boundaries[i - 1];
        out->asked++;
        out->right += right;
        for (size_t k = 0; k < sure && k < CCK_DISTANCE && k < i; k++) {
            out->told++;
            out->sure += before[k] == boundaries[i - 1 - k];
        }
    }
}

/* Boundaries of [start, end). 0: there is something between that is no instruction. */
static size_t disassemble(const cck_code *code, uint64_t start, uint64_t end, uint64_t *out)
{
    size_t count = 0;
    while (start < end && count < MOST) {
        const uint8_t *at = code->bytes + (start - code->start);
        unsigned length = cck_decode_x86.length(at, end - start);
        if (!length)
            return 0;
        out[count++] = start;
        start += length;
    }
    return count;
}

static void over_section(Elf *elf, Elf_Scn *symbols, const GElf_Shdr *header, votes *out)
{
    static uint64_t boundaries[MOST];
    Elf_Data *data = elf_getdata(symbols, NULL);
    for (size_t i = 0; data && i < header->sh_size / header->sh_entsize; i++) {
        GElf_Sym symbol;
        GElf_Shdr section;
        if (!gelf_getsym(data, (int)i, &symbol) || GELF_ST_TYPE(symbol.st_info) != STT_FUNC ||
            symbol.st_size < 2 || symbol.st_shndx == SHN_UNDEF)
            continue;
        Elf_Scn *scn = elf_getscn(elf, symbol.st_shndx);
        Elf_Data *text = scn ? elf_getdata(scn, NULL) : NULL;
        if (!text || !gelf_getshdr(scn, &section))
            continue;
        cck_code code = {.bytes = text->d_buf, .start = section.sh_addr, .size = text->d_size};
        size_t count =
            disassemble(&code, symbol.st_value, symbol.st_value + symbol.st_size, boundaries);
        out->functions += count > 0;
        ask(&code, boundaries, count, out);
    }
}

static void votes_find_boundaries(void **state)
{
    (void)state;
    char path[256];
    votes tally = {0};
    GElf_Shdr header;
    if (!dl_iterate_phdr(find_libc, path))
        skip();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    assert_non_null(elf);
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));)
        if (gelf_getshdr(scn, &header) && header.sh_type == SHT_DYNSYM)
            over_section(elf, scn, &header, &tally);
    elf_end(elf);
    close(fd);
    print_message("%lu functions; %lu of %lu boundaries right; of the sure ones %lu of %lu\n",
                  (unsigned long)tally.functions, (unsigned long)tally.right,
                  (unsigned long)tally.asked, (unsigned long)tally.sure, (unsigned long)tally.told);
    assert_true(tally.asked > 10000);
    assert_true((double)tally.right >= 0.999 * (double)tally.asked);
    assert_true((double)tally.sure >= 0.9999 * (double)tally.told);
}

/* The unwind table knows the functions that the symbols know. */
static void functions_have_bounds(void **state)
{
    (void)state;
    char path[256];
    Dl_info info;
    uint64_t start, end;
    if (!dl_iterate_phdr(find_libc, path))
        skip();
    void *libc = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    void *symbol = libc ? dlsym(libc, "random_r") : NULL;
    if (!symbol || !dladdr(symbol, &info))
        fail();
    dlclose(libc);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    uint64_t offset = (uint64_t)((char *)info.dli_saddr - (char *)info.dli_fbase);
    assert_true(cck_text_function(fd, offset + 9, &start, &end));
    assert_int_equal(start, offset);
    assert_true(end > start + 9 && end < start + 4096);
    assert_false(cck_text_function(fd, UINT64_MAX, &start, &end));
    assert_false(cck_text_function(fd, 0, &start, &end));
    close(fd);
    assert_false(cck_text_function(-1, offset, &start, &end));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(votes_find_boundaries),
                                       cmocka_unit_test(functions_have_bounds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return 0;
}

#endif
