# SPDX-License-Identifier: MIT
# The oracle of the model in depth: two levels without coherence count what cachegrind
# counts, number for number.
# Label: long
. "$TESTS/cli/simulate.sh"
[ -x "$home/cachecheck-trace-amd64-linux" ] || skip "the simulator is built without its trace"
program=$FIXTURES/fixture_plain_static
[ -z "$(readelf -lW "$program" | grep INTERP)" ] || skip "no C library to link with statically"

# The trace is of blocks as VEX makes them with --vex-guest-chase=no (trace.h says why), and
# the tool's preloaded library is left out of it. So the oracle runs like that, under a name as
# long (it is in LD_PRELOAD, whose size moves the stack), and the program is static: no
# loader loads that library.
ln -s "$package/cachegrind-amd64-linux" "$work/lib/cachegrind-trace-amd64-linux"
ln -s "$home/vgpreload_cachecheck-trace-amd64-linux.so" "$work/lib/vgpreload_cachegrind-trace-amd64-linux.so"
same_environment=("${clean[@]}" "CACHECHECK_LIBEXEC=$work/lib")

# Instructions, loads, stores; misses of I1, D1 and LL.
oracle_in_depth() {
    "${same_environment[@]}" valgrind "${quiet[@]}" --tool=cachegrind-trace --vex-guest-chase=no \
        --cache-sim=yes --I1="$1" --D1="$2" --LL="$3" --cachegrind-out-file="$work/cachegrind" \
        "$program" >"$work/out" 2>"$work/err"
    sed -n 's/^summary: //p' "$work/cachegrind" |
        awk '{ print $1, $4, $7, $2, $5 + $8, $3 + $6 + $9 }'
}
in_depth() {
    "${same_environment[@]}" env -u VALGRIND_LIB "$CACHECHECK" hotspots -q --cache "I1=$1 D1=$2 LL=$3 cores=1" \
        --model no-coherence --format json -o "$work/result.json" -- "$program" >"$work/out" 2>"$work/err"
    jq -r '.hotspots.total | "\(.instructions) \(.loads) \(.stores) \(.l1i) \(.l1d) \(.llc)"' \
        "$work/result.json"
}
same() {
    local theirs mine
    theirs=$(oracle_in_depth "$@")
    mine=$(in_depth "$@")
    check "six numbers at $*: $mine" [ "$(wc -w <<<"$theirs")" = 6 ]
    check "equal to cachegrind's at $*" [ "$mine" = "$theirs" ]
}
same 32768,8,64 32768,8,64 8388608,16,64
same 16384,2,32 8192,1,32 262144,8,32
same 512,8,64 256,4,64 65536,16,64
same 4096,1,64 4096,1,64 20480,5,64
finish
