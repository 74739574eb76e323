# SPDX-License-Identifier: MIT
# Sourced by the guest tests and their installer: where fetched packages live.
# Outside the tree, so that a clean build needs no network; CCK_GUESTS moves it.
: "${CCK_GUESTS:=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/cachecheck/guests}"
