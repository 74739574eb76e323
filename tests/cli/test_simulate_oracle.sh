# SPDX-License-Identifier: MIT
# The oracle: cachegrind at the same geometry, equal number for number.
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
same() {
    local name=$1 theirs mine
    shift
    theirs=$(cachegrind "$@")
    mine=$(ours "$@")
    check "$name: nine numbers are there" [ "$(wc -w <<<"$theirs")" = 9 ]
    check "$name: equal to cachegrind's at $1 $2 $3" [ "$theirs" = "$mine" ]
}

# Programs whose own run is the same each time: python3's is not, and grep reads
# /proc/self/maps, where it meets the tool.
seq 1 40000 >"$work/numbers"
cp "$(readlink -f "$(command -v bash)")" "$work/program"
head -c 300000 "$work/program" >"$work/bytes"

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
if command -v sqlite3 >/dev/null; then
    sql="with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) select sum(i % 7) from n"
    same sqlite3 "${usual[@]}" sqlite3 -batch :memory: "$sql"
fi
finish
