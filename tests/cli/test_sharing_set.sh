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


# What is to be written is what the source can say: no type of a library is aligned where it is
# declared, and a type is declared by its own name.
says() { # PROGRAM TEXT CODE: regular expressions
    [ -s "$work/kept/$1_.json" ] || return 0
    cp "$work/kept/$1_.json" "$work/out"
    jq -e --arg text "$2" --arg code "$3" '.findings[0].suggestion
        | (.text | test($text)) and (.code | test($code))' "$work/out" >/dev/null
}
check "a flexible array: its elements are to be aligned, and the block to be larger" \
    says flexible 'align `struct worker`.*aligned_alloc\(64, [0-9]+\)' '^struct worker \{'
check "a count of owners beside what is read: the latter gets a line" \
    says cc_settings 'align `.*Settings` to 64 bytes, so that the count of its owners' \
    '^struct alignas\(64\) Settings \{'
check "a type of the program's is declared by its own name" \
    says rs_slice 'align `rs_slice::Shard` to 64' 'struct Shard \{'
check "elements of a vector of a library's type are wrapped" \
    says rs_vec 'wrap each' '^crossbeam_utils::CachePadded<Atomic[^:]*>$'

# Rows of a histogram that all threads write in: a line for each row would part nobody.
cp "$work/kept/bins100000_4.json" "$work/out"
check "rows that are shared: the dimensions are to be exchanged" json \
    '.findings[0].suggestion.text | test("exchange the dimensions")'
finish
