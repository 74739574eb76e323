# SPDX-License-Identifier: MIT
# The recorder of allocations shares no line among threads that allocate: simulated as a part of
# the program that it is preloaded into.
# Label: long
. "$TESTS/cli/sharing.sh"
recorder=$BUILD/libexec/cachecheck/cachecheck-recorder.so
[ -x "$PROGRAMS/churn" ] && [ -e "$recorder" ] || skip "the recorder or its program is not built"

mkdir "$work/heap"
export CACHECHECK_HEAP=$work/heap
sharing -- env LD_PRELOAD="$recorder" "$PROGRAMS/churn" 20000 4
check "it ran" [ "$status" = 0 ]
check "the recorder recorded" eval '[ -n "$(ls "$work/heap")" ]'
check "no line of its table is fought over" result '[.findings[] | select(.object.kind == "mapping"
    or any(.fields[]; .location.file | endswith("recorder.c")))
    | select(.severity != "low" and .severity != "info")] == []'
alarms

# Nobody begins epochs: after the first blocks next to none are noted (core/preload/heap_share.h).
mkdir "$work/calloc"
CACHECHECK_HEAP=$work/calloc run env LD_PRELOAD="$recorder" "$FIXTURES/fixture_calloc_often"
read -r from to <"$work/out"
noted=$(od -An -v -tu8 -w8 "$work"/calloc/* | awk -v from="$from" -v to="$to" '$1 >= from && $1 <= to' | wc -l)
check "calloc() is passed over as malloc() is: of 100,000 blocks $noted are noted" [ -n "$to" -a "$noted" -lt 1000 ]
finish
