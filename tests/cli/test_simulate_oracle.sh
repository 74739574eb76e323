# SPDX-License-Identifier: MIT
# The oracle: cachegrind at the same geometry, equal number for number.
# Label: long
. "$TESTS/cli/simulate.sh"

# I refs, I1 misses, LLi misses, loads, load misses at D1 and LL, the same for stores.
# Streams are files as in run(): programs look at what they write to.
cachegrind() {
    "${clean[@]}" valgrind "${quiet[@]}" --tool=cachegrind --cache-sim=yes --I1="$1" --D1="$2" \
        --LL="$3" --cachegrind-out-file="$work/cachegrind" "${@:4}" >"$work/out" 2>"$work/err"
    sed -n 's/^summary: //p' "$work/cachegrind"
}
ours() {
    simulate --I1="$1" --D1="$2" --LL="$3" "${@:4}"
    echo "$(column 5) $(column 9) $(column 15) $(column 6) $(column 10) $(column 16)" \
        "$(column 7) $(column 11) $(column 17)"
}
# A run varies with the random bytes that the kernel gives each process: cachegrind's
# own numbers then differ by a miss or so between two runs. So up to five runs of each
# are made, until one of ours is, in all nine numbers, one of theirs.
same() {
    local name=$1 try
    shift
    : >"$work/theirs"
    : >"$work/mine"
    for try in 1 2 3 4 5; do
        cachegrind "$@" >>"$work/theirs"
        ours "$@" >>"$work/mine"
        grep -qxFf "$work/theirs" "$work/mine" && break
    done
    check "$name: nine numbers are there" [ "$(head -1 "$work/theirs" | wc -w)" = 9 ]
    check "$name: equal to cachegrind's at $1 $2 $3" grep -qxFf "$work/theirs" "$work/mine"
}

# Programs whose own run is the same each time: python3's is not, and grep reads
# /proc/self/maps, where it meets the tool.
seq 1 40000 >"$work/numbers"
cp "$(readlink -f "$(command -v bash)")" "$work/program"
head -c 300000 "$work/program" >"$work/bytes"
head -c 60000 "$work/program" >"$work/few_bytes"

usual=(32768,8,64 32768,8,64 8388608,16,64)
odd=(16384,2,32 8192,1,32 262144,8,32)
same gzip "${usual[@]}" gzip -kc "$work/bytes"
same gzip "${odd[@]}" gzip -kc "$work/bytes"
same xz "${usual[@]}" xz -1 -kc "$work/bytes"
same xz "${odd[@]}" xz -1 -kc "$work/bytes"
same sort "${usual[@]}" sort -r "$work/numbers"
same sort "${odd[@]}" sort -r "$work/numbers"
same sed "${usual[@]}" sed 's/7\(.*\)3/3\17/' "$work/numbers"
same sed "${odd[@]}" sed 's/7\(.*\)3/3\17/' "$work/numbers"
same fixture "${usual[@]}" "$FIXTURES/fixture_simulate_end" none
same fixture "${odd[@]}" "$FIXTURES/fixture_simulate_end" none
same md5sum "${usual[@]}" md5sum "$work/program"
same awk "${usual[@]}" awk '{ n[$1 % 997] += $1 } END { for (i in n) s += n[i]; print s }' "$work/numbers"
same base64 "${odd[@]}" base64 "$work/few_bytes"
if command -v sqlite3 >/dev/null; then
    sql="with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) select sum(i % 7) from n"
    same sqlite3 "${usual[@]}" sqlite3 -batch :memory: "$sql"
fi

# One set, and caches that no filter fits: every access goes through the model.
head -c 20000 "$work/bytes" >"$work/few"
same "gzip without filters" 512,8,64 256,4,64 65536,16,64 gzip -kc "$work/few"

# With three levels the L2 sees what the LL of two levels would: cachegrind's LL is
# the oracle for L2 (instructions included, for they share it).
l2_is_ll() {
    local li lr lw try
    for try in 1 2 3 4 5; do
        read -r _ _ li _ _ lr _ _ lw <<<"$(cachegrind "${usual[@]:0:2}" 262144,8,64 gzip -kc "$work/bytes")"
        simulate --I1="${usual[0]}" --D1="${usual[1]}" --L2=262144,8,64 --LL=20971520,20,64 \
            gzip -kc "$work/bytes"
        [ -n "$lw" -a "$(column 12) $(column 13) $(column 14)" = "$li $lr $lw" ] && return 0
    done
    return 1
}
check "L2 misses are cachegrind's LL misses" l2_is_ll
check "LL misses are fewer" [ "$(column 16)" -lt "$(column 13)" -a "$(column 16)" -gt 0 ]
finish
