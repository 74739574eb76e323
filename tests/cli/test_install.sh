# SPDX-License-Identifier: MIT
# An installed cachecheck serves a user's project by find_package and by pkg-config.
. "$TESTS/cli/lib.sh"
grep -q 'CCK_SANITIZE:STRING=.' "$BUILD/CMakeCache.txt" && sanitized=1 || sanitized=
[ -z "$sanitized" ] || skip "a sanitized library does not link into a plain program; the clang build runs this"

run cmake --install "$BUILD" --prefix "$work/usr"
check "cmake --install" test "$status" -eq 0
check "headers, libraries, program" test -e "$work/usr/include/cachecheck/cachecheck.h" -a \
    -e "$work/usr/bin/cachecheck"

run cmake -S "$TESTS/install" -B "$work/user" -DCMAKE_PREFIX_PATH="$work/usr"
check "find_package(cachecheck)" test "$status" -eq 0
run cmake --build "$work/user"
check "a project that links cachecheck::shared builds" test "$status" -eq 0
run "$work/user/with_shared"
check "and runs" stdout_has '^[0-9.]+: [0-9]+ PUs$'

PKG_CONFIG_PATH=$(dirname "$(find "$work/usr" -name cachecheck.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # flags are words
run cc -o "$work/static" "$TESTS/install/user.c" $(pkg-config --cflags cachecheck) \
    $(pkg-config --static --libs cachecheck | sed 's/-lcachecheck/-l:libcachecheck.a/')
check "pkg-config, static" test "$status" -eq 0
run "$work/static"
check "runs alone" stdout_has 'PUs$'

# Only what the headers promise is exported.
run sh -c "nm -D --defined-only '$work'/usr/lib*/libcachecheck.so '$work'/usr/lib/*/libcachecheck.so 2>/dev/null | awk '{print \$3}' | grep -v '^cck_'"
check "hidden visibility: nothing but cck_ symbols" test ! -s "$work/out"

run "$work/usr/bin/cachecheck" --version
check "the installed program runs" stdout_has '^cachecheck [0-9]'
finish
