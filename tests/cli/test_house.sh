# SPDX-License-Identifier: MIT
# The house rules that a compiler does not check: licences, layers, sizes, headers.
. "$TESTS/cli/lib.sh"
cd "$SOURCE" || exit 1
: >"$work/out"
: >"$work/err"

sources() { find core probes layouts cli include tests bench -name '*.[ch]' -not -path '*/build/*'; }

# complain COMMAND...: passes when the command prints nothing.
complain() {
    "$@" >"$work/out"
    [ ! -s "$work/out" ] || { cat "$work/out"; false; }
}

without_spdx() {
    find . -path './build*' -prune -o -path ./.git -prune -o -type f \
        \( -name '*.[ch]' -o -name '*.sh' -o -name '*.cmake' -o -name CMakeLists.txt -o -path './scripts/*' \) \
        -print | xargs grep -L 'SPDX-License-Identifier: \(MIT\|GPL-2.0-or-later\)'
}
gpl_elsewhere() {
    sources | grep -v '^probes/simulate/valgrind/' | xargs grep -l '^/\* SPDX-License-Identifier: GPL'
}
core_looks_up() { grep -nE '#include "(probes|layouts|cli)/' -r core; }
probes_look_aside() {
    local room
    for room in probes/*/; do
        grep -nE '#include "(probes|layouts|cli)/' -r "$room" | grep -v "#include \"$room"
    done
    grep -nE '#include "(layouts|cli)/' -r probes
}
report_looks_out() { grep -nE '#include "' -r core/report | grep -vE '#include "core/'; }
cli_looks_inside() { grep -nE '#include "(core|probes|layouts)/' -r cli; }
# These callbacks of libdwfl, and its find_elf for processes, ask debuginfod servers.
asks_servers() {
    grep -nE '^[^*]*= dwfl_(standard_find_debuginfo|build_id_find_elf|linux_proc_find_elf)' -r core probes layouts
}
# What a privileged process must not take from its environment: core/base/trust.h.
trusts_environment() {
    grep -nE '[^_]getenv\("(TMPDIR|CACHECHECK_(LIBEXEC|RECORD|REPLAY))' -r core probes layouts cli
}
# Half of the files are at most 250 lines, nine functions in ten at most 40.
files_grow() {
    sources | xargs wc -l | awk '$2 != "total" { print $1 }' | sort -n |
        awk '{ n[NR] = $1 } END { if (n[int((NR + 1) / 2)] > 250) print "half of the files are over " n[int((NR + 1) / 2)] - 1 " lines" }'
}
# As clang-format leaves them: a function begins with a brace alone in its line.
functions_grow() {
    find core probes layouts cli -name '*.c' | xargs awk '
        FNR == 1 { from = 0 }
        /^\{$/ { from = FNR }
        /^\}$/ && from { all++; if (FNR - from - 1 > 40) long++; if (FNR - from - 1 > 60) print FILENAME ":" from ": " FNR - from - 1 " lines"; from = 0 }
        END { if (long * 10 > all) print long " of " all " functions are over 40 lines" }'
}
unused() { ! [ -f "$BUILD/libcachecheck.a" ] || scripts/unused "$BUILD/libcachecheck.a"; }
too_long() { sources | xargs wc -l | awk '$2 != "total" && $1 > 700 { print $1, $2 }'; }

check "every file says its licence" complain without_spdx
check "only the Valgrind tool is GPL" complain gpl_elsewhere
check "core includes nothing above it" complain core_looks_up
check "probes see core, never each other" complain probes_look_aside
check "core/report sees only core" complain report_looks_out
check "the CLI sees only public headers" complain cli_looks_inside
check "no debuginfod server is asked" complain asks_servers
check "the environment names nothing to run or to write for root" complain trusts_environment
check "no file is over 700 lines" complain too_long
check "most files are short" complain files_grow
check "most functions are short, none is over 60 lines" complain functions_grow
check "no function is there for nobody" complain unused

# Each public header compiles alone, as strict C11 and as C++17.
for header in include/cachecheck/*.h; do
    name=$(basename "$header")
    echo "#include <cachecheck/$name>" >"$work/one.c"
    check "$name alone as C11" cc -std=c11 -pedantic -Wall -Wextra -Werror -Iinclude -fsyntax-only "$work/one.c"
    cp "$work/one.c" "$work/one.cc"
    if command -v c++ >/dev/null; then
        check "$name alone as C++17" c++ -std=c++17 -pedantic -Wall -Wextra -Werror -Iinclude -fsyntax-only "$work/one.cc"
    fi
done
finish
