# SPDX-License-Identifier: MIT
# The manual pages: whole, clean, and never behind the option tables.
. "$TESTS/cli/lib.sh"
command -v man >/dev/null || skip "man is not installed"
: >"$work/out"
: >"$work/err"
prose=$SOURCE/docs/man

# clean PAGE: groff has nothing to say about it.
clean() {
    LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>"$work/err" >/dev/null
    [ ! -s "$work/err" ]
}
# shown PAGE: as a reader sees it, without what is bold or italic; words are not broken.
shown() { LC_ALL=C.UTF-8 MANWIDTH=800 man -P cat -l "$1" 2>/dev/null | col -bx; }
# section NAME: its lines.
section() { awk -v name="$1" '/^[A-Z]/ { inside = $0 == name; next } inside' "$work/shown"; }

"$CACHECHECK" --generate commands >"$work/commands"
check "there are commands" [ "$(wc -l <"$work/commands")" -ge 5 ]
while read -r command; do
    page=$work/cachecheck-$command.1
    text=$prose/$command.man
    [ -e "$text" ] || text=
    "$CACHECHECK" --generate man "$command" ${text:+"$text"} >"$page"
    check "$command: groff is content" clean "$page"
    shown "$page" >"$work/shown"
    for name in NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" "SEE ALSO"; do
        check "$command: has $name once" [ "$(grep -cx "$name" "$work/shown")" -eq 1 ]
    done
    # Each option as --help has it is in the page, with its value, and nothing else is.
    "$CACHECHECK" "$command" --help | grep -oE '^  (-.,|   ) --[a-z-]+( [A-Z][^ ]*)?' |
        sed 's/^ *//' | sort >"$work/options"
    section OPTIONS | grep -oE '^ +(-., )?--[a-z-]+( [A-Z][^ ]*)?( |$)' |
        sed 's/^ *//; s/ *$//' | sort >"$work/paged"
    check "$command: has options" [ "$(wc -l <"$work/options")" -ge 3 ]
    check "$command: the options of --help and no others" cmp "$work/options" "$work/paged"
    for line in $("$CACHECHECK" "$command" --help | grep -oE '^  cachecheck .*' | tr ' ' '\001'); do
        check "$command: example" grep -qF -- "$(tr '\001' ' ' <<<"$line" | sed 's/^ *//')" "$work/shown"
    done
done <"$work/commands"

"$CACHECHECK" --generate man cachecheck "$prose/cachecheck.man" >"$work/cachecheck.1"
check "cachecheck(1): groff is content" clean "$work/cachecheck.1"
shown "$work/cachecheck.1" >"$work/shown"
while read -r command; do
    check "cachecheck(1) names $command" grep -q "cachecheck-$command(1)" "$work/shown"
done <"$work/commands"
check "libcachecheck(3): groff is content" clean "$prose/libcachecheck.3"
for header in "$SOURCE"/include/cachecheck/*.h; do
    name=$(basename "$header")
    case $name in counts.h | error.h | finding.h | simulate.h | version.h | words.h) continue ;; esac
    check "libcachecheck(3) names $name" grep -q "cachecheck/$name" "$prose/libcachecheck.3"
done

# Prose without a command is a page that nobody can open.
for text in "$prose"/*.man; do
    name=$(basename "$text" .man)
    check "$name.man belongs to a command" grep -qxE "$name|cachecheck" <(cat "$work/commands"; echo cachecheck)
done

run "$CACHECHECK" --generate man no-such-command
check "an unknown command is refused" [ "$status" -eq 2 ]
run "$CACHECHECK" --generate man stat /no/such/file
check "prose that is not there is refused" [ "$status" -eq 2 ]
check "and nothing was printed" [ ! -s "$work/out" ]
run "$CACHECHECK" --generate nonsense
check "an unknown word is refused" [ "$status" -eq 2 ]
check "with what there is" stderr_has 'bash, zsh or fish'
finish
