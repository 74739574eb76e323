/* SPDX-License-Identifier: MIT */
#ifndef CCK_DEBUG_INTERNAL_H
#define CCK_DEBUG_INTERNAL_H

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <gelf.h>

#include "core/base/arena.h"
#include "core/base/map.h"
#include "core/debug/debug.h"

/**
 * What the files of core/debug share. A module is opened cheaply; its units are found at the
 * first question, and each is read once, when a question concerns it. DWARF addresses plus
 * `bias` are addresses of the file (they differ only if one was prelinked).
 */

/** Chains of DIEs (origins, parents) longer than this are taken for circles. */
enum { CCK_DIE_CHAIN = 64 };

/** File tables of units that a module keeps at hand. */
enum { CCK_FILES_KEPT = 8 };

/** A stretch of code that belongs to a function, an inlined one, or a block with variables. */
typedef enum cck_scope_kind {
    CCK_SCOPE_FUNCTION,
    CCK_SCOPE_INLINED,
    CCK_SCOPE_BLOCK
} cck_scope_kind;

typedef struct cck_unit cck_unit;

typedef struct cck_scope {
    Dwarf_Die die; /* the concrete instance */
    cck_scope_kind kind;
    uint32_t depth;  /* 0 for the outermost */
    uint32_t parent; /* index in the unit's scopes; UINT32_MAX: none */
    cck_unit *unit;
} cck_scope;

/** Disjoint, by address: the innermost scope of each stretch of code. */
typedef struct cck_stretch {
    uint64_t start, end;
    uint32_t scope;
} cck_stretch;

/** The DIE that a type, function or variable is declared in, where that is not the unit. */
typedef struct cck_parent {
    const void *child, *parent; /* Dwarf_Die.addr; sorted by child */
} cck_parent;

/** A variable with a fixed place that a unit tells of. */
typedef struct cck_static {
    Dwarf_Die die;
    uint64_t start;       /* address in the file, or offset in the TLS segment */
    const void *function; /* DIE of the function that it is local to, or NULL */
    uint64_t offset, size; /* the part of the variable that lies there; size 0: all of it */
    bool tls;
} cck_static;

struct cck_unit {
    cck_debug_module *module;
    Dwarf_Die die;      /* of what tells functions and types: the split unit, if there is one */
    Dwarf_Die skeleton; /* of what has the line table; the same as `die` if nothing is split */
    cck_language language;
    uint32_t number; /* among the module's */
    bool read;       /* what follows is filled in */
    cck_scope *scopes;
    size_t scope_count;
    cck_stretch *stretches;
    size_t stretch_count;
    cck_parent *parents;
    size_t parent_count;
    cck_static *statics;
    size_t static_count;
};

/** A loadable segment. */
typedef struct cck_segment {
    uint64_t start, file_size, memory_size, offset;
    bool code;
} cck_segment;

/** A stretch of code of a unit; sorted by start. */
typedef struct cck_unit_range {
    uint64_t start, end;
    uint64_t reach; /* the greatest end so far: where a search backwards may stop */
    cck_unit *unit;
} cck_unit_range;

struct cck_debug {
    cck_map modules; /* hash of the path to the first module with it */
    cck_map brief;   /* hash of the path of those to be read for their symbols only */
    cck_debug_module *first;
};

struct cck_debug_module {
    cck_debug *debug;
    cck_debug_module *next;       /* of the debug's modules */
    cck_debug_module *next_alike; /* same hash */
    cck_arena arena;              /* everything that is handed out */
    const char *path;
    char *build_id; /* hex; "" none */
    cck_debug_info info;

    Dwfl *dwfl;
    Dwfl_Module *dwfl_module;
    Elf *elf; /* of the file itself: it has the code */
    bool relocatable;
    cck_segment *segments;
    size_t segment_count;
    uint64_t tls_start, tls_size; /* size rounded up; 0 none */
    bool symbols_only;            /* its DWARF is left alone */
    Dwarf *dwarf;                 /* NULL: none */
    bool dwarf_own;               /* it is not the dwfl's */
    uint64_t bias;
    const char *unfit; /* path of a debug file that is of another build; NULL none */

    /* How parents of a unit's DIEs are found by who asks for nothing else; NULL: the unit is
     * read as a whole. Fills in `parents` and sets `read`. */
    void (*parents_read)(void *context, cck_unit *unit);
    void *parents_context;

    bool units_read, ranges_read;
    cck_unit **units;
    size_t unit_count;
    cck_map unit_of_cu; /* Dwarf_CU * to cck_unit * */
    cck_unit_range *unit_ranges;
    size_t unit_range_count;

    struct cck_symbols *symbols; /* symbols.c */
    struct cck_globals *globals; /* globals.c */
    cck_map names;               /* DIE address to qualified name */
    cck_map demangled;           /* address of a mangled name to its demangled one */
    cck_frame *frames;           /* of the last answer */

    struct cck_files *files[CCK_FILES_KEPT]; /* files.c: tables asked for lately */
    size_t files_next;                       /* the place that the next one takes */
    cck_map paths;                           /* hash of a path to the path */

    cck_map types;                     /* type*.c: DIE address to cck_type */
    struct cck_type_state *type_state; /* type*.c: names, queues; lives in the arena */
    struct cck_accesses *accesses;     /* access*.c: analysed functions; lives in the arena */
};

/** Units of the module; reads them at the first call. Types in type units and partial units
 * (dwz) are in units too, but those have no ranges. */
size_t cck_debug_units(cck_debug_module *module, cck_unit ***out_units);

/** The unit whose code covers an address of the file, read; NULL none. */
cck_unit *cck_debug_unit_at(cck_debug_module *module, uint64_t address);

/** The unit that a DIE is in; NULL if it is of none of the module's. */
cck_unit *cck_debug_unit_of(cck_debug_module *module, Dwarf_Die *die);

/** Bytes of the unit that a DIE is in, so that it cannot have more DIEs; 0 damaged. */
uint64_t cck_unit_size(Dwarf_Die *die);

/** Fill in the scopes and parents of a unit, once. */
void cck_unit_read(cck_unit *unit);

/** The innermost scope at an address of the file; NULL none. Its parent: cck_scope_parent(). */
const cck_scope *cck_debug_scope_at(cck_debug_module *module, uint64_t address);
const cck_scope *cck_scope_parent(const cck_scope *scope);

/** The name of a scope that is a function: from its DIE, else demangled. */
const char *cck_function_name(cck_debug_module *module, const cck_scope *scope);

/** "app::stats::total"; "" if anonymous. Follows specifications and abstract origins. */
const char *cck_die_name(cck_debug_module *module, Dwarf_Die *die);

/** The name as the linker knows it; "" none. */
const char *cck_die_linkage(Dwarf_Die *die);

/** File and line of its declaration; "" and 0 if not told. The file is absolute if possible. */
const char *cck_die_declared(cck_debug_module *module, Dwarf_Die *die, uint32_t *out_line);

/** The file of a number in the table of the unit that `die` is in; "" none. */
const char *cck_unit_file(cck_debug_module *module, const Dwarf_Die *die, uint64_t number);

/** A DIE again from its address, in the same unit as `like`. */
Dwarf_Die cck_die_at(const void *addr, const Dwarf_Die *like);

/** Demangled without parameters; the name itself if it is not mangled. In the module's arena. */
const char *cck_debug_demangle(cck_debug_module *module, const char *linkage);

/** Bytes of the file at an address, up to the end of its section; NULL none. */
const uint8_t *cck_debug_code(cck_debug_module *module, uint64_t address, size_t *out_length);

/** Whether code can lie at an address: linkers leave DWARF of dropped functions at 0 or 1. */
bool cck_debug_is_code(const cck_debug_module *module, uint64_t address);

/** The variable's fixed place; false if it has none (a local one, a constant). */
bool cck_static_place(cck_debug_module *module, Dwarf_Die *variable, uint64_t *out_start,
                      bool *out_tls);

/**
 * The next part of a variable that the compiler took apart (clang does so with structs of which
 * no address is taken): address, offset in the variable, size. `*at` is 0 at first. False: no more.
 */
bool cck_static_part(cck_debug_module *module, Dwarf_Die *variable, size_t *at, cck_static *out);

/** As Dwfl_Callbacks.find_debuginfo: separate debug files, without asking the network. */
int cck_debug_find_file(Dwfl_Module *dwfl_module, void **userdata, const char *name,
                        Dwarf_Addr base, const char *file, const char *link, GElf_Word crc,
                        char **out_path);

/** Fill in module->info, from what is open. */
void cck_debug_info_read(cck_debug_module *module);

/** Opens the file. CCK_E*. */
int cck_module_open(cck_debug_module *module, cck_error *err);
int cck_module_open_again(cck_debug_module *module, const cck_debug_module *first, cck_error *err);
void cck_module_close(cck_debug_module *module);

/**
 * A second module of the same file for another thread. The bytes are those of the first, which
 * must live longer: nothing is mapped, unpacked or relocated again. It knows types only, no
 * symbols, no code. Not while other threads use the first. CCK_ENOMEM; CCK_EUNSUPPORTED: the
 * debug information is in several files, open them anew.
 */
int cck_debug_open_again(cck_debug *debug, const cck_debug_module *first,
                         cck_debug_module **out_module, cck_error *err);

/** A symbol of the file or its debug file. */
typedef struct cck_symbol {
    uint64_t start, size, reach; /* reach: the greatest end so far in the sorted array */
    const char *name;
    uint8_t rank; /* of those at one address the greatest is the best name */
    bool sized;   /* its size was told, not guessed from the next symbol */
} cck_symbol;

typedef struct cck_symbols {
    cck_symbol *functions, *objects, *tls; /* by start */
    size_t function_count, object_count, tls_count;
    bool functions_sorted;
} cck_symbols;

/** Symbols of the module, read at the first call; NULL when memory is out. */
const cck_symbols *cck_debug_symbols(cck_debug_module *module);

/** The same but for functions, of which there are many more: those are not in order. */
const cck_symbols *cck_debug_objects(cck_debug_module *module);

/** The function symbol that covers an address; NULL none. */
const cck_symbol *cck_debug_symbol_at(cck_debug_module *module, uint64_t address);

/** Frees what symbols.c, globals.c, unit.c hold outside the arena. */
void cck_unit_free(cck_unit *unit);

/** What a frame base, CFA or variable's place is in terms of registers. */
typedef struct cck_place {
    enum {
        CCK_PLACE_NONE,
        CCK_PLACE_CFA,
        CCK_PLACE_REGISTER,
        CCK_PLACE_MEMORY,
        CCK_PLACE_ADDRESS
    } kind;
    int dwarf_register; /* REGISTER: the value is in it; MEMORY: its content + offset is the address
                         */
    int64_t offset;     /* CFA: the address is CFA + offset; ADDRESS: an address of the file */
} cck_place;

/** Where a variable (or parameter) is at an address of the file; NONE if nowhere or not simple. */
cck_place cck_variable_place(cck_debug_module *module, uint64_t address, Dwarf_Die *variable);

/** The type of a variable, parameter or member; NULL not known. */
const cck_type *cck_variable_type(cck_debug_module *module, Dwarf_Die *variable);

/** Whether `full` ends in `name`, at a "::" boundary. */
bool cck_name_fits(const char *full, const char *name);

/** How far the CFA is from what `dwarf_register` holds there: CFA = register + *out_offset. */
bool cck_debug_cfa(cck_debug_module *module, uint64_t address, int *out_register,
                   int64_t *out_offset);

/** The variables of a scope, innermost function's only: calls `each` for every variable and
 * parameter of the scope itself; stops when it returns false. */
void cck_scope_variables(const cck_scope *scope, bool (*each)(void *context, Dwarf_Die *variable),
                         void *context);

/** type*.c: the type that a DIE describes (qualifiers and typedefs followed); NULL not known. */
const cck_type *cck_type_of_die(cck_debug_module *module, Dwarf_Die *die);

/** Free what type*.c and access*.c keep outside the arena; before the arena goes. */
void cck_types_clear(cck_debug_module *module);
void cck_accesses_clear(cck_debug_module *module);

/** The language of a DW_LANG_* code. */
cck_language cck_language_of(unsigned dwarf_language);

#endif
