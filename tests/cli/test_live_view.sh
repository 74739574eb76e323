# SPDX-License-Identifier: MIT
# `cachecheck sharing --watch` on a terminal: a page that is painted over, and a terminal that is
# as before whatever ends the run. Elsewhere a word, and the report.
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/hostile.sh"
: >"$work/out"
: >"$work/err"
ulimit -c 0
command -v script >/dev/null || skip "script (bsdutils) is missing"
run timeout 60 "$CACHECHECK" sharing -q --backend watch --duration 0.1 -- true
if [ "$status" = 125 ]; then
    skip "nothing can be watched here: $(head -n 1 "$work/err")"
fi
esc=$(printf '\033')

# The page that somebody waits for is the next one.
forget() { rm -f "$work/screen" "$work/us"; }
# on_terminal ROWS COLUMNS COMMAND...: what a terminal of that size gets is in $work/screen; our
# process id is in $work/us. Keys come from standard input.
on_terminal() {
    printf 'stty rows %s cols %s\necho $$ >"%s"\nexec' "$1" "$2" "$work/us" >"$work/session"
    shift 2
    printf ' %q' "$@" >>"$work/session"
    TERM=xterm timeout 60 script -qec "bash '$work/session'" "$work/screen" >/dev/null 2>&1
}
# The other screen was taken, and given back, with the cursor, at the end.
given_back() {
    grep -qF "${esc}[?1049h" "$work/screen" &&
        [ "$(grep -oE "${esc}\[\?1049[hl]" "$work/screen" | tail -n 1)" = "${esc}[?1049l" ] &&
        [ "$(grep -oE "${esc}\[\?25[hl]" "$work/screen" | tail -n 1)" = "${esc}[?25h" ]
}
after() { sed -n "/$esc\[?1049l/,\$p" "$work/screen"; }
until_painted() {
    local i
    for i in $(seq 200); do
        grep -qa 'Ctrl-C ends it' "$work/screen" 2>/dev/null && return
        sleep 0.1
    done
    false
}

on_terminal 6 50 "$CACHECHECK" sharing --watch --color never -- sh -c 'echo kept; sleep 2.5' </dev/null
check "the screen is taken and given back" given_back
check "a page says how far it is" grep -qaE '[0-9]+ s, [0-9]+ threads?( in [0-9]+ processes)?, [0-9,]+ samples?.*' "$work/screen"
check "what does not fit is counted" grep -qaE '\.\.\. [0-9]+ more lines' "$work/screen"
check "what the program prints comes behind" eval 'after | grep -qa "^.*kept"'
check "... and tore no page" [ "$(sed "/$esc\[?1049l/,\$d" "$work/screen" | grep -ca kept)" = 1 ]
check "the report comes behind" eval 'after | grep -qa "^verdict"'
longest=$(tr -d '\r' <"$work/screen" | sed "/$esc\[?1049l/,\$d; s/$esc\[[0-9;?]*[a-zA-Z]//g" | grep -a 'watch backend' |
    awk 'NR > 1 { n = length > n ? length : n } END { print n + 0 }')
check "no row is wider than the screen" [ "$longest" -le 50 ]

# ends_by WHAT COMMAND: it is ended while it paints.
ends_by() {
    forget
    on_terminal 24 80 "$CACHECHECK" sharing --watch -- sleep 50 </dev/null &
    local terminal=$!
    check "$1: a page is there" until_painted
    "$2" "$3" "$(cat "$work/us")"
    wait "$terminal"
    check "$1: the terminal is as before" given_back
}
ends_by "SIGTERM" kill -TERM
check "SIGTERM: the report comes all the same" eval 'after | grep -qa "^verdict\|verdict "'
ends_by "a crash" kill -SEGV
forget
on_terminal 24 80 "$CACHECHECK" sharing --watch -- sleep 50 < <(until_painted; printf '\003'; sleep 1)
check "Ctrl-C: the terminal is as before" given_back
check "Ctrl-C: the report comes" eval 'after | grep -qa "verdict "'
check "nothing is left" nothing_left

# ---- no terminal ----
run timeout 60 "$CACHECHECK" sharing --watch --duration 1.5 -- sleep 1.2
check "no terminal: said" stderr_has '\-\-watch: standard error is no terminal'
check "no terminal: the report comes" stdout_has '^verdict'
check "no terminal: nothing is painted" eval '! grep -qaF "$esc[" "$work/out" "$work/err"'
run "$CACHECHECK" sharing --watch --backend simulate -- true
check "a simulation has no live view: usage" [ "$status" = 125 ]
check "a simulation has no live view: why" stderr_has 'shows a program as it runs'
finish
