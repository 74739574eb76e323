# SPDX-License-Identifier: MIT
# The documents: links lead somewhere, and command lines are of commands and options that exist.
. "$TESTS/cli/lib.sh"
cd "$SOURCE" || exit 1
: >"$work/out"
: >"$work/err"
pages=$(git ls-files '*.md' 2>/dev/null | grep -v '^tests/') || pages=
[ -n "$pages" ] || pages=$(find . -name '*.md' -not -path './build*' -not -path './tests/*')

# Headings as GitHub makes anchors of them.
anchors() { sed -n 's/^#\{1,6\} //p' "$1" | tr 'A-Z' 'a-z' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'; }
for page in $pages; do
    folder=$(dirname "$page")
    grep -oE '\]\([^) ]+\)' "$page" | sed 's/^](//; s/)$//' | grep -vE '^[a-z]+:' | sort -u >"$work/links"
    while read -r link; do
        file=${link%%#*}
        target=${file:+$folder/$file}
        target=${target:-$page}
        [ -e "$target" ] || check "$page: $link leads somewhere" false
        case $link in
        *'#'*) anchors "$target" | grep -qxF -- "${link#*#}" || check "$page: $link: there is such a heading" false ;;
        esac
    done <"$work/links"
done
check "there are pages" [ "$(wc -w <<<"$pages")" -gt 10 ]

# `cachecheck COMMAND ... --option`, up to a "--" that stands alone, or the end of the code.
for command in $("$CACHECHECK" --generate commands); do
    "$CACHECHECK" "$command" --help | grep -oE '^  (-.,|   ) --[a-z-]+' | grep -oE -- '--[a-z-]+$' >"$work/options-$command"
    echo --help >>"$work/options-$command"
done
# shellcheck disable=SC2086 # names of files
grep -ohE 'cachecheck [a-z]+ [^`|#]*' $pages | sed -E 's/ -- .*//' | sort -u >"$work/lines"
checked=0
while read -r line; do
    command=$(awk '{ print $2 }' <<<"$line")
    [ -e "$work/options-$command" ] || continue
    for option in $(grep -oE '(^| )--[a-z][a-z-]*' <<<"$line"); do
        checked=$((checked + 1))
        grep -qxF -- "$option" "$work/options-$command" ||
            check "an option that exists: $line: $option" false
    done
done <"$work/lines"
check "there are command lines" [ "$checked" -gt 30 ]
finish
