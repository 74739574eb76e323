# SPDX-License-Identifier: MIT
# An installed cachecheck serves a user's project by find_package and by pkg-config.
# Label: both
. "$TESTS/cli/lib.sh"
grep -q 'CCK_SANITIZE:STRING=.' "$BUILD/CMakeCache.txt" && sanitized=1 || sanitized=
grep -q 'CCK_COVERAGE:BOOL=ON' "$BUILD/CMakeCache.txt" && sanitized=1
[ -z "$sanitized" ] || skip "a sanitized library does not link into a plain program; the clang build runs this"

run cmake --install "$BUILD" --prefix "$work/usr"
check "cmake --install" test "$status" -eq 0
check "headers, libraries, program" test -e "$work/usr/include/cachecheck/cachecheck.h" -a \
    -e "$work/usr/bin/cachecheck"

run cmake -G Ninja -S "$TESTS/install" -B "$work/user" -DCMAKE_PREFIX_PATH="$work/usr" \
    -DEXAMPLES="$work/usr/share/doc/cachecheck/examples" -DCMAKE_C_FLAGS="-std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror"
check "find_package(cachecheck)" test "$status" -eq 0
run cmake --build "$work/user"
check "a project that links cachecheck::shared and ::static builds" test "$status" -eq 0
for flavour in shared static; do
    run "$work/user/with_$flavour"
    check "and runs, $flavour" stdout_has '^[0-9.]+: [0-9]+ PUs$'
done

for source in "$SOURCE"/examples/*.c; do
    name=$(basename "$source" .c)
    check "installed and built against what is installed: the example $name" test -x "$work/user/$name"
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
# The Debian package promises them by name; scripts/package --symbols writes the file anew.
sed -n 's/^ \(.*\)@Base .*/\1/p' "$SOURCE/debian/libcachecheck0.symbols" | LC_ALL=C sort >"$work/promised"
check "debian/libcachecheck0.symbols is true (else: scripts/package --symbols)" \
    cmp "$work/promised" <(LC_ALL=C sort "$work/symbols")

run "$work/usr/bin/cachecheck" --version
check "the installed program runs" stdout_has '^cachecheck [0-9]'
for file in bash-completion/completions/cachecheck fish/vendor_completions.d/cachecheck.fish \
    man/man1/cachecheck.1 man/man1/cachecheck-stat.1 man/man3/libcachecheck.3; do
    check "installed: $file" test -s "$work/usr/share/$file"
done
for command in $("$CACHECHECK" --generate commands); do
    check "installed: the page of $command" test -s "$work/usr/share/man/man1/cachecheck-$command.1"
done

# ---- a prefix that moves ----
# Helpers are found beside the program, or beside the library by programs that embed it.
mv "$work/usr" "$work/moved"
run "$work/moved/bin/cachecheck" machine --check
if [ -x "$BUILD/libexec/cachecheck/cachecheck-amd64-linux" ]; then
    check "moved: the tool is found" stdout_has "tool +yes +$work/moved/libexec/cachecheck"
    run "$work/moved/bin/cachecheck" stat --backend simulate -- true
    check "moved: and works" [ "$status" -eq 0 ]
    run "$work/moved/bin/cachecheck" sharing -q --backend simulate -- "$FIXTURES/fixture_hotspots"
    check "moved: the model in depth, too" stdout_has '^verdict'
    PKG_CONFIG_PATH=$(dirname "$(find "$work/moved" -name cachecheck.pc)")
    # shellcheck disable=SC2046 # flags are words
    run cc -o "$work/embeds" "$TESTS/install/embeds.c" $(pkg-config --cflags --libs cachecheck)
    check "moved: pkg-config" [ "$status" -eq 0 ]
    LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH") run "$work/embeds" sh -c 'echo "in $VALGRIND_LIB"'
    check "moved: the library works for whoever embeds it" stdout_has '^simulate: [0-9]+ instructions'
    check "moved: and finds its own tool" stdout_has "^in $work/moved/libexec/cachecheck$"
fi
run cmake -G Ninja -S "$TESTS/install" -B "$work/user2" -DCMAKE_PREFIX_PATH="$work/moved"
check "moved: find_package(cachecheck)" [ "$status" -eq 0 ]
run cmake --build "$work/user2" --target with_shared
check "moved: a project builds" [ "$status" -eq 0 ]

# ---- as packagers do ----
run env DESTDIR="$work/dest" cmake --install "$BUILD" --prefix /usr/anywhere
check "DESTDIR" test "$status" -eq 0 -a -x "$work/dest/usr/anywhere/bin/cachecheck"
check "DESTDIR: nothing beside it" [ "$(ls "$work/dest")" = usr -a "$(ls "$work/dest/usr")" = anywhere ]
check "DESTDIR: not a word of it inside" sh -c "! grep -rqF '$work/dest' '$work/dest'"
check "DESTDIR: nor of the build" sh -c "! grep -rIqF '$BUILD' '$work/dest'"
finish
