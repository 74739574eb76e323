# SPDX-License-Identifier: MIT
# Sourced by the tests of the simulator: runs the Valgrind tool by hand, without
# the library, and reads its records.
. "$TESTS/cli/lib.sh"
: >"$work/out"
: >"$work/err"
home=$BUILD/libexec/cachecheck
command -v valgrind >/dev/null || skip "valgrind is not installed"
[ -x "$home/cachecheck-amd64-linux" ] || skip "the simulator is not built"

# The same directory for ours and for cachegrind: its name is in the environment of
# the simulated program, and the size of that moves the stack.
package=$(dirname "$(readlink -f "$home/vgpreload_core-amd64-linux.so")")
mkdir "$work/lib"
ln -s "$home"/* "$work/lib/"
ln -s "$package/cachegrind-amd64-linux" "$work/lib/"

clean=(env -i PATH=/usr/bin:/bin LC_ALL=C PYTHONHASHSEED=0 "VALGRIND_LIB=$work/lib")
quiet=(--command-line-only=yes --vgdb=no --quiet)

# simulate OPTIONS... -- COMMAND...: fresh records in $work/records.
simulate() {
    rm -rf "$work/records"
    mkdir "$work/records"
    run "${clean[@]}" valgrind "${quiet[@]}" --tool=cachecheck --log-file=/dev/null \
        --trace-children=yes --max-threads=12000 --directory="$work/records" "$@"
}

records() { find "$work/records" -name '[0-9]*.[0-9]*' -not -name '*.new'; }

# column N: the sum of that field over all threads; 5 instructions, 6 loads, 7 stores,
# 8 atomics, 9 to 11 L1 (fetch, load, store), 12 to 14 L2, 15 to 17 LL, 18 the name.
column() { records | xargs awk -v n="$1" '/^thread /{ sum += $n } END { printf "%d\n", sum }'; }

# of NAME N: that field of the thread of that name.
of() { records | xargs awk -v name="$1" -v n="$2" '/^thread / && $18 == name { print $n }'; }
threads() { records | xargs cat | grep -c '^thread '; }
state_is() { records | xargs grep -q "^state $1"; }
complete() { for record in $(records); do [ "$(tail -n 1 "$record")" = end ] || return 1; done; }
