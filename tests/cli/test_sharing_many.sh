# SPDX-License-Identifier: MIT
# Many threads and much memory, scaled down from what bench/sharing runs by hand:
# 64 threads, 100,000 accesses each, 64 MiB.
# Label: long
. "$TESTS/cli/sharing.sh"
sharing -- "$PROGRAMS/many" 64 100000 67108864
check "64 threads: the program's own status" [ "$status" = 0 ]
check "64 threads: all are there" result '.target.threads == 65'
check "64 threads on memory of their own share nothing" clean
alarms
sharing -- "$PROGRAMS/slots_8" 2000 64
check "64 threads on 8 lines: found" \
    result '.findings[] | select(.rule == "false-sharing") | .object.type | test("struct slot")'
finish
