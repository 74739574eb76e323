# SPDX-License-Identifier: MIT
# A simulated program that does not end when cachecheck is asked to end: what is known is told.
# Label: long
. "$TESTS/cli/lib.sh"
: >"$work/out"
: >"$work/err"
"$CACHECHECK" stat -q --backend simulate -o "$work/probe.json" -- true 2>"$work/err" ||
    skip "nothing can be simulated here"
mkfifo "$work/nothing"
exec 3<>"$work/nothing"

# ended_by SIGNALS COMMAND...: leaves $status and $took (s) from the first signal on.
ended_by() {
    local signals=$1 began
    shift
    rm -f "$work/begun" "$work/result.json"
    "$CACHECHECK" "$@" -q --backend simulate --format json -o "$work/result.json" -- \
        sh -c 'trap "" TERM; : >"$0"; read -r line' "$work/begun" <&3 >"$work/out" 2>"$work/err" &
    for _ in $(seq 300); do
        [ -e "$work/begun" ] && break
        sleep 0.1
    done
    sleep 0.5
    began=$SECONDS
    for _ in $(seq "$signals"); do
        kill -TERM $!
        sleep 0.2
    done
    wait $!
    status=$?
    took=$((SECONDS - began))
}
known() { jq -e '.target.interrupted' "$work/result.json" >/dev/null; }

for command in stat sharing; do
    ended_by 1 $command
    check "$command: hung after the signal: ended" [ "$status" = 137 ]
    check "$command: after some seconds" [ "$took" -ge 4 -a "$took" -lt 30 ]
    check "$command: what is known is told" known
    ended_by 2 $command
    check "$command: the second signal kills" [ "$status" = 137 -a "$took" -lt 4 ]
done
finish
