# SPDX-License-Identifier: MIT
# Sourced by the tests of `cachecheck sharing`: what they need, and the words they share.
. "$TESTS/cli/lib.sh"
: >"$work/out"
: >"$work/err"
export PROGRAMS=$BUILD/tests/sharing/programs
command -v valgrind >/dev/null || skip "valgrind is not installed"
[ -x "$BUILD/libexec/cachecheck/cachecheck-amd64-linux" ] || skip "the simulator is not built"

# sharing ARGUMENTS...: the result goes to $work/result.json; the target's streams stay
# in $work/out and $work/err.
sharing() {
    rm -f "$work/result.json"
    run "$CACHECHECK" sharing -q --backend simulate --format json -o "$work/result.json" "$@"
}
result() { [ -s "$work/result.json" ] && jq -e "$1" "$work/result.json" >/dev/null; }

# No false or mixed sharing at medium or above: what a clean program must be told.
clean() {
    result '[.findings[]? | select((.rule == "false-sharing" or .rule == "mixed-sharing")
        and (.severity == "medium" or .severity == "high" or .severity == "critical"))] == []'
}
alarms() {
    jq -r '.findings[]? | "# \(.severity) \(.rule): \(.object.kind) \(.object.name) \(.object.type)"' \
        "$work/result.json" 2>/dev/null
}

# Everything that the simulation says, without what belongs to the run and not to the program:
# process and thread ids (the kernel gives them), clocks of the wall and of the CPU, and what was
# measured on the machine.
said() {
    jq -S 'del(.target.pid, .target.elapsed_s, .target.user_s, .target.system_s)
        | .source.notes |= map(select(test("from core to core on this machine") | not))
        | walk(if type == "object" then del(.pid, .tid) else . end)
        | walk(if type == "string" then sub("^(?<of>stack|tls) of (?<name>.*) \\([0-9]+\\)$"; "\(.of) of \(.name)") else . end)' \
        "$work/result.json"
}
