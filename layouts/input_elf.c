/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "layouts/btf.h"
#include "layouts/bulk.h"
#include "layouts/input.h"

/*
 * Bytes that caches keep coherent together. x86: Intel SDM volume 3, 12.1; AArch64: Neoverse
 * and Cortex-A have 64, Apple's M1 128 (told by --line, as ELF does not tell the maker);
 * POWER ISA processors 128; IBM z 256 (z/Architecture Principles of Operation); the L1 of
 * RISC-V processors so far 64.
 */
static const struct {
    unsigned machine;
    const char *name;
    uint32_t line;
} processors[] = {
    {EM_X86_64, "x86-64", 64}, {EM_386, "x86", 64},         {EM_AARCH64, "aarch64", 64},
    {EM_ARM, "arm", 64},       {EM_PPC64, "ppc64", 128},    {EM_PPC, "ppc", 128},
    {EM_S390, "s390x", 256},   {EM_RISCV, "riscv", 64},     {EM_LOONGARCH, "loongarch", 64},
    {EM_MIPS, "mips", 64},     {EM_SPARCV9, "sparc64", 64},
};

uint32_t cck_input_line(unsigned machine, const char **out_name)
{
    for (size_t i = 0; i < sizeof processors / sizeof *processors; i++)
        if (processors[i].machine == machine) {
            *out_name = processors[i].name;
            return processors[i].line;
        }
    *out_name = "";
    return 64;
}

static const struct {
    const char *name;
    cck_language language;
} languages[] = {
    {"C", CCK_LANGUAGE_C},
    {"C++", CCK_LANGUAGE_CPP},
    {"Rust", CCK_LANGUAGE_RUST},
    {"Go", CCK_LANGUAGE_GO},
};

static cck_language language_of(const char *name)
{
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        if (strcmp(languages[i].name, name) == 0)
            return languages[i].language;
    return CCK_LANGUAGE_UNKNOWN;
}

static Elf_Scn *section_named(Elf *elf, const char *name)
{
    size_t names;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return NULL;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        const char *own =
            gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
        if (own && strcmp(own, name) == 0)
            return section;
    }
    return NULL;
}

static bool has_interpreter(Elf *elf)
{
    size_t count = 0;
    GElf_Phdr header;
    if (elf_getphdrnum(elf, &count) != 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (gelf_getphdr(elf, (int)i, &header) && header.p_type == PT_INTERP)
            return true;
    return false;
}

/* A position independent executable is a shared object that names its interpreter. */
static const char *kind_of(Elf *elf, const GElf_Ehdr *header)
{
    switch (header->e_type) {
    case ET_REL:
        return section_named(elf, ".modinfo") ? "kernel module" : "object";
    case ET_DYN:
        return has_interpreter(elf) ? "executable" : "shared library";
    case ET_EXEC:
        return section_named(elf, "__ksymtab") ? "kernel image" : "executable";
    default:
        return "ELF file";
    }
}

/* The package of split debug information that a file is, or that lies beside it; "" none. */
static void package_of(Elf *elf, const char *path, char package[PATH_MAX])
{
    bool itself = section_named(elf, ".debug_cu_index") != NULL;
    int written = snprintf(package, PATH_MAX, itself ? "%s" : "%s.dwp", path);
    if (written < 0 || written >= PATH_MAX || (!itself && access(package, R_OK) != 0))
        *package = '\0';
}

static int no_types(const cck_input_source *source, const cck_debug_module *module, cck_error *err)
{
    const char *missing = cck_debug_info_of(module)->missing;
    const char *colon = strchr(missing, ':');
    cck_fail(err, CCK_EUNSUPPORTED, "%s%s%s%s has no debug information with types", source->name,
             *source->member ? "(" : "", source->member, *source->member ? ")" : "");
    cck_hint(err, "%s", colon ? colon + 2 : *missing ? missing : "compile with -g");
    return CCK_EUNSUPPORTED;
}

static int input_of(cck_corpus *corpus, const cck_input_source *source,
                    const cck_debug_module *module, const cck_input_options *options,
                    uint32_t *out_number, cck_error *err)
{
    GElf_Ehdr header;
    cck_corpus_input input = {.path = source->name,
                              .member = source->member,
                              .kind = source->kind,
                              .note = source->note,
                              .language = language_of(cck_debug_info_of(module)->language),
                              .has_base_alignment = true};
    if (!gelf_getehdr(module->elf, &header))
        return cck_fail(err, CCK_EFORMAT, "%s is damaged: %s", source->name, elf_errmsg(-1));
    input.line = cck_input_line(header.e_machine, &input.processor);
    if (options->line)
        input.line = options->line;
    if (!input.kind)
        input.kind = kind_of(module->elf, &header);
    return cck_corpus_add_input(corpus, &input, out_number, err);
}

/* What BPF programs and kernels without DWARF have. */
static Elf_Data *btf_of(const cck_debug_module *module)
{
    Elf_Scn *section = section_named(module->elf, ".BTF");
    Elf_Data *data = section ? elf_rawdata(section, NULL) : NULL;
    return data && data->d_buf && data->d_size ? data : NULL;
}

static int elf_read(cck_corpus *corpus, const cck_input_source *source,
                    const cck_input_options *options, cck_error *err)
{
    cck_debug *debug = NULL;
    cck_debug_module *module = NULL;
    uint32_t number;
    int failed = cck_debug_new(&debug, err);
    if (!failed)
        failed = cck_debug_open(debug, source->path, "", &module, err);
    Elf_Data *btf = NULL;
    bool none = !failed && !cck_debug_info_of(module)->types && !(btf = btf_of(module));
    char package[PATH_MAX] = "";
    if (none)
        package_of(module->elf, source->path, package);
    if (*package) {
        cck_input_source split = *source;
        split.path = package;
        split.program = strcmp(package, source->path) == 0 ? NULL : source->path;
        cck_debug_free(debug);
        return cck_input_package(corpus, &split, options, err);
    }
    if (none && !source->main_file)
        failed = no_types(source, module, err);
    if (!failed)
        failed = input_of(corpus, source, module, options, &number, err);
    if (failed) {
        cck_debug_free(debug);
        return failed;
    }
    if (none) { /* a header of macros only: compiled here, with -g, so there are no types in it */
        cck_debug_free(debug);
        return 0;
    }
    if (btf) {
        corpus->inputs[number].has_base_alignment = false;
        size_t size = btf->d_size;
        void *bytes = cck_arena_alloc(&corpus->arena, size);
        if (bytes)
            memcpy(bytes, btf->d_buf, size);
        cck_debug_free(debug);
        return bytes ? cck_btf_take(corpus, bytes, size, number, err)
                     : cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    return cck_bulk_read(corpus, debug, module, number, source->main_file, options->jobs, err);
}

int cck_input_elf(cck_corpus *corpus, const cck_input_source *source,
                  const cck_input_options *options, cck_error *err)
{
    int copy = cck_input_ungroup(source->path);
    if (copy < 0)
        return elf_read(corpus, source, options, err);
    char path[64];
    cck_input_source joined = *source;
    snprintf(path, sizeof path, "/proc/self/fd/%d", copy);
    joined.path = path;
    int code = elf_read(corpus, &joined, options, err);
    close(copy);
    return code;
}
