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
