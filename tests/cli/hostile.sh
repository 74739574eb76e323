# SPDX-License-Identifier: MIT
# Sourced after lib.sh by the tests of hostile conditions.
# Whatever happens to a target, three things must hold afterwards: nothing of it
# is left running or as a zombie, no temporary file is left, and what it printed
# is complete. `stat_on` checks the first two after every run.

chmod 755 "$work"
scratch=$work/scratch
mkdir -m 1777 "$scratch"

# An ordinary user whom no other test shares, so that its RLIMIT_NPROC is ours alone.
stranger=54321
as_stranger=(setpriv "--reuid=$stranger" "--regid=$stranger" --clear-groups)

# Only root can become somebody else; and that somebody must be able to reach the program.
require_stranger() {
    [ "$(id -u)" -eq 0 ] || skip "not root: cannot run as another user"
    "${as_stranger[@]}" test -x "$CACHECHECK" || skip "another user cannot execute $CACHECHECK"
}

# in_session COMMAND...: as lib.sh's run, in a session of its own, by which its
# processes are told from those of every other test. $session is its number.
in_session() {
    TMPDIR=$scratch timeout -k 5 60 setsid -w sh -c 'echo $$ >"$0"; exec "$@"' "$work/session" "$@" \
        >"$work/out" 2>"$work/err" </dev/null
    status=$?
    session=$(cat "$work/session")
}

nobody_left() {
    local try
    # A process that was just killed takes a moment to leave the table.
    for try in 1 2 3 4 5 6 7 8 9 10; do
        [ -z "$(ps -o pid= -s "$session")" ] && return
        sleep 0.1
    done
    echo "# left: $(ps -o pid,ppid,stat,args -s "$session")"
    return 1
}

nothing_left() { [ -z "$(ls -A "$scratch")" ]; }

# stat_on WHAT EXPECTED COMMAND...: run, check the exit status and that nothing is left.
stat_on() {
    local what=$1 expected=$2
    shift 2
    in_session "$@"
    check "$what: exit status $expected" [ "$status" -eq "$expected" ]
    check "$what: no process left" nobody_left
    check "$what: no temporary file left" nothing_left
}

# An error of ours: said on standard error by name, with a hint.
complains() {
    grep -qE '^cachecheck( [a-z]+)?: ' "$work/err" && stderr_has "$1"
}
