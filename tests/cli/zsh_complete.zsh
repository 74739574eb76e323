# SPDX-License-Identifier: MIT
# zsh zsh_complete.zsh FOLDER LINE PATTERN: whether an interactive zsh, with the completions of
# FOLDER, shows the pattern when Tab is pressed behind LINE. Prints what the terminal showed.
zmodload zsh/zpty
zpty shell env TERM=xterm HOME=/nonexistent zsh -f -i
# wait_for PATTERN: read what the shell writes until that is in it, for 30 seconds at most.
wait_for() {
    local part deadline=$((SECONDS + 30))
    while ((SECONDS < deadline)); do
        if zpty -r -t shell part; then
            seen+=$part
            [[ $seen == *$~1* ]] && return 0
        else
            sleep 0.05
        fi
    done
    return 1
}
zpty -w shell "stty columns 200; COLUMNS=200; fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w shell 'PS1="> "; LISTMAX=1000; unsetopt automenu; bindkey "^I" complete-word; bindkey "^X" list-choices'
zpty -w shell 'print -r -- READ"Y"'
wait_for READY || exit 1
seen=
# Lists are not shown while more keys are pending, so each step waits for what it shows.
zpty -n -w shell "$2"
wait_for "> *${(q)2[(w)1]}" || { print -r -- "$seen"; exit 1; }
sleep 0.2
zpty -n -w shell $'\C-x'
wait_for "$3"
result=$?
zpty -d shell
print -r -- "$seen"
exit $result
