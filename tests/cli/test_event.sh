# SPDX-License-Identifier: MIT
# Names of events on the command line: what is taken, and what a slip is answered with.
. "$TESTS/cli/lib.sh"

stat() { run "$CACHECHECK" stat --backend software "$@" -- true; }
auto() { run "$CACHECHECK" stat "$@" -- true; }

stat --format json -e task-clock,faults -e software/context-switches/
check "software events are counted" test "$status" -eq 0
check "the report says what was counted" \
    json '.events[2].counted | startswith("PERF_COUNT_SW_CONTEXT_SWITCHES")'

stat --format json -e cs,migrations
check "switches and migrations are counted" test "$status" -eq 0
# The kernel's events where its work may be counted, its records where it may not;
# never the events without the kernel, which read 0.
check "by a way that is exact" json '[.events[].counted] |
    all(test("SWITCH records|^PERF_COUNT_SW_(CONTEXT_SWITCHES|CPU_MIGRATIONS)$"))'

auto -e task-clok
check "an unknown event is our own failure" test "$status" -eq 125
check "it is named" stderr_has 'no event is called .task-clok'
check "and the nearest one suggested" stderr_has 'did you mean .task-clock'

# libpfm4 is loaded when a name needs it: without it all else works, and that is said.
mkdir "$work/no-pfm"
: >"$work/no-pfm/libpfm.so.4"
export LD_LIBRARY_PATH="$work/no-pfm${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
stat -e task-clock
check "no name of libpfm4, no need of it" test "$status" -eq 0
auto -e skl::UNHEARD_OF_BY_ANYBODY
check "an unknown event without libpfm4" test "$status" -eq 125
check "tells of libpfm4" stderr_has 'libpfm4, which knows .*cannot be loaded'
unset LD_LIBRARY_PATH

auto --set sofware
check "an unknown set is our own failure" test "$status" -eq 125
check "and the nearest one suggested" stderr_has 'did you mean .software'

auto -e 'task-clock,,faults'
check "an empty name is refused" test "$status" -eq 125
check "with its place" stderr_has 'character 12'

auto -e 'cpu_/event=1/'
check "a PMU that is not there is said" stderr_has 'no PMU'

if [ "$(uname -m)" = x86_64 ]; then
    auto -e mem:0x1000:r
    check "x86 cannot watch reads alone, and we say so" stderr_has 'cannot watch reads alone'
fi

finish
