#!/bin/bash
# SPDX-License-Identifier: MIT
# What the guests of an architecture run, built once for all of them: cachecheck, unless the
# build's own will do, and the programs, static and at fixed addresses, so that a watched
# variable's is known before they start.
#   build.sh ARCHITECTURE
. "$TESTS/cli/lib.sh"
. "$TESTS/guests/lib.sh"
arch=$1
tree=$(guest_tree "$arch")
guest_require "$arch"
mkdir -p "$tree"

# Little is computed in a guest, and much compiled for it: -O1.
build_cachecheck() {
    local options=(-G Ninja -S "$SOURCE" -B "$tree" -DBUILD_TESTING=OFF -DCMAKE_BUILD_TYPE=Release
        -DCMAKE_C_FLAGS_RELEASE=-O1)
    [ "$arch" != arm64 ] ||
        options+=(--toolchain "$SOURCE/cmake/aarch64.cmake" "-DCCK_SYSROOT=$CCK_GUESTS/arm64/root")
    cmake "${options[@]}" && cmake --build "$tree" --target cachecheck -j2
}

build_programs() {
    local source
    for source in "${guest_sources[@]}"; do
        "$(guest_triplet "$arch")-gcc" -O1 -g -Wall -Wextra -Werror -pthread -static -no-pie \
            -o "$tree/$(basename "$source" .c)" "$source" || return
    done
    [ "$arch" = arm64 ] || gcc -O1 -o "$tree/export_xml" "$TESTS/guests/export_xml.c" -lhwloc
}

if [ "$(guest_program "$arch")" = "$tree/cli/cachecheck" ]; then
    run build_cachecheck
    check "cachecheck for $arch" [ "$status" = 0 ]
    [ "$status" = 0 ] || finish
fi
run build_programs
check "the programs for $arch" [ "$status" = 0 ]
finish
