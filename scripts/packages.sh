# SPDX-License-Identifier: MIT
# Sourced by scripts/demo and scripts/test: which Debian packages are needed, and
# how to install those that are missing.

# What building and running cachecheck takes.
packages_build="gcc libc6-dev cmake ninja-build pkg-config libhwloc-dev libpfm4-dev
    libjansson-dev libdw-dev libelf-dev libzydis-dev libiberty-dev valgrind"

# What the tests take besides.
packages_test="g++ clang libclang-rt-14-dev locales libcmocka-dev jq gzip xz-utils sqlite3 python3
    python3-jsonschema golang-go redis-server redis-tools rustc strace procps util-linux
    git patch make binutils python3-prometheus-client man-db bash-completion zsh fish abigail-tools
    chromium openmpi-bin"

# What scripts/coverage and scripts/lint take besides.
packages_check="clang-tidy cppcheck iwyu shellcheck"

# What scripts/package takes besides.
packages_package="debhelper dpkg-dev fakeroot faketime lintian locales make man-db"

# missing_packages NAME...: those that dpkg does not know as installed.
missing_packages() {
    local name
    for name in "$@"; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || echo "$name"
    done
}

# install_packages NAME...: asks the network only if something is missing.
install_packages() {
    local missing sudo=
    missing=$(missing_packages "$@" | tr '\n' ' ')
    [ -n "${missing// /}" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Missing packages: $missing" >&2
            echo "Install them as root: apt-get install $missing" >&2
            return 1
        fi
        sudo=sudo
    fi
    echo "== Installing: $missing"
    # shellcheck disable=SC2086 # a list of words is meant
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 && return 0
    # The package lists may be old or missing, as on a fresh image.
    $sudo apt-get update -qq || return 1
    # shellcheck disable=SC2086
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
