# SPDX-License-Identifier: MIT
# The walk of docs/walk.md from end to end, in short; and its steps are those of the document.
. "$TESTS/cli/lib.sh"
command -v git >/dev/null && command -v make >/dev/null || skip "no git or make"
"$CACHECHECK" sharing -q --backend simulate -- true >/dev/null 2>&1 || skip "no simulation here"
cd "$work" || exit 1
run timeout -k 5 250 "$SOURCE/scripts/walk" --short
check "the walk: exit 0" [ "$status" -eq 0 ]
check "found" stdout_has '^warning\[false-sharing\]: .*`hits` and `misses`'
check "patched" stdout_has '^\+ +_Alignas\(64\) atomic_long misses;'
check "verified in the model" stdout_has '^verdict  improved in the model only: modelled: [0-9,]+ line transfers before, 0 after'
check "verified by the clock" stdout_has 'paired t of ratios'
check "made" stdout_has 'counters.c \| 2 \+-'
check "compared" stdout_has '^resolved .*\[false-sharing\]'
check "reported" stdout_has 'counters.html$'

# The document shows the same commands, with other numbers.
commands() { sed -n 's/^\$ //p' "$@" | sed -E 's/[0-9]+/N/g'; }
check "the document has the same steps" diff <(commands out) <(commands "$SOURCE/docs/walk.md")
finish
