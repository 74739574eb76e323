# SPDX-License-Identifier: MIT
# An installed cachecheck serves a user's project by find_package and by pkg-config.
. "$TESTS/cli/lib.sh"
grep -q 'CCK_SANITIZE:STRING=.' "$BUILD/CMakeCache.txt" && sanitized=1 || sanitized=
[ -z "$sanitized" ] || skip "a sanitized library does not link into a plain program; the clang build runs this"

run cmake --install "$BUILD" --prefix "$work/usr"
check "cmake --install" test "$status" -eq 0
check "headers, libraries, program" test -e "$work/usr/include/cachecheck/cachecheck.h" -a \
    -e "$work/usr/bin/cachecheck"

run cmake -G Ninja -S "$TESTS/install" -B "$work/user" -DCMAKE_PREFIX_PATH="$work/usr"
check "find_package(cachecheck)" test "$status" -eq 0
run cmake --build "$work/user"
check "a project that links cachecheck::shared and ::static builds" test "$status" -eq 0
for flavour in shared static; do
    run "$work/user/with_$flavour"
    check "and runs, $flavour" stdout_has '^[0-9.]+: [0-9]+ PUs$'
done

PKG_CONFIG_PATH=$(dirname "$(find "$work/usr" -name cachecheck.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # flags are words
run cc -o "$work/by_pkg_config" "$TESTS/install/user.c" $(pkg-config --cflags --libs cachecheck)
check "pkg-config" test "$status" -eq 0
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH") run "$work/by_pkg_config"
check "runs" stdout_has 'PUs$'

# Only what the headers promise is exported.
library=$(find "$work/usr" -name libcachecheck.so)
nm -D --defined-only "$library" | awk 'NF == 3 { print $3 }' >"$work/symbols"
check "the library exports something" grep -q '^cck_stat_run$' "$work/symbols"
check "hidden visibility: nothing but cck_ symbols" sh -c "! grep -v '^cck_' '$work/symbols'"

run "$work/usr/bin/cachecheck" --version
check "the installed program runs" stdout_has '^cachecheck [0-9]'
finish
