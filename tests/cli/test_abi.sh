# SPDX-License-Identifier: MIT
# The library keeps the interface that programs were built with; and the guard sees a breach.
. "$TESTS/cli/lib.sh"
: >"$work/out"
: >"$work/err"
grep -q 'CCK_SANITIZE:STRING=.' "$BUILD/CMakeCache.txt" && skip "a sanitized library; the clang build runs this"

run "$SOURCE/scripts/abi" "$BUILD/libcachecheck.so"
[ "$status" -ne 77 ] || skip "$(cat "$work/err")"
check "the interface is compatible (else, if that is meant: scripts/abi --update)" [ "$status" -eq 0 ]

# The guard: a small library with a header like ours, changed in ways that no linker sees.
mkdir -p "$work/tree/scripts" "$work/tree/tests/abi" "$work/tree/include"
cp "$SOURCE/scripts/abi" "$work/tree/scripts/"
cp "$SOURCE/tests/abi/grows.suppr" "$work/tree/tests/abi/"
# library MEMBERS: of cck_row, of cck_x_options
library() {
    cat >"$work/tree/include/x.h" <<-END
	typedef struct cck_row { $1 } cck_row;
	typedef struct cck_x_options { long size; $2 } cck_x_options;
	int cck_x(const cck_row *row, const cck_x_options *options);
	END
    printf '#include "x.h"\nint cck_x(const cck_row *r, const cck_x_options *o) { return r && o; }\n' >"$work/x.c"
    cc -g -shared -fPIC -I"$work/tree/include" -o "$work/libx.so" "$work/x.c"
}
library 'int a, b;' ''
run bash "$work/tree/scripts/abi" --update "$work/libx.so"
run bash "$work/tree/scripts/abi" "$work/libx.so"
check "guard: the same" [ "$status" -eq 0 ]
library 'int a, b;' 'int more;'
run bash "$work/tree/scripts/abi" "$work/libx.so"
check "guard: options may grow at their end" [ "$status" -eq 0 ]
library 'int a, c, b;' ''
run bash "$work/tree/scripts/abi" "$work/libx.so"
check "guard: a member in the midst of a record is a breach" [ "$status" -eq 1 ]
check "guard: which it names" stdout_has 'cck_row'
library 'int a; long b;' ''
run bash "$work/tree/scripts/abi" "$work/libx.so"
check "guard: so is another type" [ "$status" -eq 1 ]
finish
