# SPDX-License-Identifier: MIT
# Completions of the shells: never behind the option tables, and working.
. "$TESTS/cli/lib.sh"
: >"$work/out"
: >"$work/err"
for shell in bash zsh fish; do
    "$CACHECHECK" --generate $shell >"$work/cachecheck.$shell"
    check "$shell: made" [ "$(wc -l <"$work/cachecheck.$shell")" -gt 40 ]
done
mkdir "$work/zsh" "$work/folder"
cp "$work/cachecheck.zsh" "$work/zsh/_cachecheck"
touch "$work/folder/two words.c" "$work/folder/x.c"

# ---- drift: every option of every command, in every shell ----
in_bash() { # of that command only
    awk -v command="$1" '$1 == command ")" { inside = 1 } inside && /;;/ { exit } inside' "$work/cachecheck.bash" |
        grep -qE -- "[ ']--$2[ ']"
}
in_zsh() {
    awk -v command="$1" '$1 == command ")" { inside = 1 } inside { print } inside && /;;/ { exit }' \
        "$work/cachecheck.zsh" | grep -qE -- "--$2([=}[])"
}
in_fish() { grep -qE -- "__cachecheck_in $1' (-s . )?-l $2 " "$work/cachecheck.fish"; }
"$CACHECHECK" --generate commands >"$work/commands"
while read -r command; do
    "$CACHECHECK" "$command" --help | grep -oE '^  (-.,|   ) --[a-z-]+' | grep -oE '[a-z-]+$' |
        sed 's/^-*//' >"$work/options"
    check "$command: has options" [ "$(wc -l <"$work/options")" -ge 3 ]
    while read -r option; do
        for shell in bash zsh fish; do
            "in_$shell" "$command" "$option" ||
                check "$shell: $command --$option" false
        done
    done <"$work/options"
done <"$work/commands"
check "no option is made up" sh -c "! '$CACHECHECK' --generate bash | grep -qE -- ' ---| -- -- '"

# ---- bash ----
cat >"$work/complete.bash" <<'END'
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMPREPLY=()
_cachecheck
printf '%s\n' "${COMPREPLY[@]}"
END
# bash_offers EXPECTED WORD...: the proposals for the last word, as one line.
bash_offers() {
    local expected=$1
    shift
    run bash --norc "$work/complete.bash" "$work/cachecheck.bash" "$@"
    check "bash: $*" [ "$(sort -u "$work/out" | grep . | paste -sd ' ')" = "$expected" ]
    check "bash: $*: no complaint" [ ! -s "$work/err" ]
}
check "bash: syntax" bash -n "$work/cachecheck.bash"
bash_offers "stat" cachecheck st
bash_offers "machine" cachecheck help mach
bash_offers "--format" cachecheck stat --for
bash_offers "json jsonl" cachecheck stat --format js
bash_offers "core node process thread" cachecheck stat --per =
bash_offers "markdown" cachecheck stat --format = ma
bash_offers "$$" cachecheck stat -p $$
bash_offers "--fail-on --fix --format" cachecheck layout -o out.json --f
bash_offers "$work/folder" cachecheck sharing --cd "$work/fol"
bash_offers "$work/folder/two words.c $work/folder/x.c" cachecheck layout "$work/folder/"
bash_offers "" cachecheck machine "$work/fol"
bash_offers "" cachecheck stat --duration ""
bash_offers "$work/folder/x.c" cachecheck stat -v -- cat "$work/folder/x"
bash_offers "$work/folder/x.c" cachecheck stat --format = json cat "$work/folder/x"
bash_offers "" cachecheck nonsense --f

# With the package bash-completion the program's own completion answers.
helper=/usr/share/bash-completion/bash_completion
if [ -r $helper ]; then
    cat >"$work/with_helper.bash" <<END
source $helper
compopt() { :; }
_app() { COMPREPLY=(app-says-\${COMP_WORDS[COMP_CWORD]}); }
complete -F _app app
source "$work/cachecheck.bash"
COMP_LINE="cachecheck stat --format json -- app x"
COMP_POINT=\${#COMP_LINE}
COMP_WORDS=(\$COMP_LINE)
COMP_CWORD=6
_cachecheck
echo "\${COMPREPLY[@]}"
END
    run bash --norc "$work/with_helper.bash"
    check "bash: a program is completed by what completes it" stdout_has '^app-says-x$'
else
    echo "bash-completion is not installed: not tried with it"
fi

# ---- fish ----
# fish_offers EXPECTED LINE
fish_offers() {
    run env HOME="$work" XDG_CONFIG_HOME="$work" fish --no-config -c \
        'source $argv[1]; complete -C $argv[2]' "$work/cachecheck.fish" "$2"
    check "fish: $2" [ "$(cut -f1 "$work/out" | sort -u | paste -sd ' ')" = "$1" ]
}
if command -v fish >/dev/null; then
    check "fish: syntax" fish --no-config -n "$work/cachecheck.fish"
    fish_offers "stat" "cachecheck sta"
    fish_offers "layout" "cachecheck help la"
    fish_offers "--format" "cachecheck stat --form"
    fish_offers "--format=markdown" "cachecheck stat --format=ma"
    fish_offers "csv" "cachecheck stat -v --format c"
    fish_offers "$work/folder/" "cachecheck sharing --cd $work/fol"
    fish_offers "$work/folder/x.c" "cachecheck layout $work/folder/x"
    fish_offers "$work/folder/x.c" "cachecheck stat -- cat $work/folder/x"
    fish_offers "" "cachecheck machine $work/fol"
else
    echo "fish is not installed: not tried"
fi

# ---- zsh ----
# zsh_shows PATTERN LINE: the terminal shows that, when proposals for LINE are asked for.
zsh_shows() {
    run timeout 90 zsh -f "$TESTS/cli/zsh_complete.zsh" "$work/zsh" "$2" "$1"
    check "zsh: $2" [ "$status" -eq 0 ]
}
if command -v zsh >/dev/null; then
    check "zsh: syntax" zsh -n "$work/cachecheck.zsh"
    zsh_shows 'sharing *-- lines that threads fight over' "cachecheck "
    zsh_shows '--fail-on *-- exit with 1 if true' "cachecheck stat --f"
    zsh_shows 'csv *json *text' "cachecheck stat --format "
    zsh_shows 'two*words.c *x.c' "cachecheck layout $work/folder/"
    zsh_shows 'flamegraph *folded' "cachecheck hotspots --top 3 --format f"
else
    echo "zsh is not installed: not tried"
fi
finish
