# SPDX-License-Identifier: MIT
# The programs of known sharing under the simulation: verdict, object and fields of
# each, and no false alarm. tests/sharing/run_set.sh does it, also in a full form.
# Label: long
. "$TESTS/cli/sharing.sh"
"$TESTS/sharing/run_set.sh" --backend simulate --short --keep "$work/kept" >"$work/out" 2>"$work/err"
status=$?
cat "$work/out"
check "every program of known sharing is judged right" [ "$status" = 0 ]

# Three lines with one half, one third and one sixth of the accesses: worst first.
cp "$work/kept/thirds_.json" "$work/out"
check "the costliest line comes first" json '[.findings[] | select(.rule == "false-sharing") | .object.name]
    | .[:3] == ["half", "third", "sixth"]'

# A count of owners is no counter that could be split.
if [ -s "$work/kept/cc_shared_.json" ]; then
    cp "$work/kept/cc_shared_.json" "$work/out"
    check "a count of owners: the pointer is to be copied less" json \
        '.findings[0].suggestion.text | test("each copy of a shared pointer")'
fi

# Rows of a histogram that all threads write in: a line for each row would part nobody.
cp "$work/kept/bins100000_4.json" "$work/out"
check "rows that are shared: the dimensions are to be exchanged" json \
    '.findings[0].suggestion.text | test("exchange the dimensions")'
finish
