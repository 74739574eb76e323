# SPDX-License-Identifier: MIT
# `cachecheck stat --backend simulate` from the command line, against cachegrind too.
. "$TESTS/cli/simulate.sh"

usual='I1=32768,8,64 D1=32768,8,64 LL=8388608,16,64'
head -c 300000 "$(readlink -f "$(command -v bash)")" >"$work/bytes"

# The same environment for both: what cachecheck adds is VALGRIND_LIB alone.
stat_run() {
    run env -i PATH=/usr/bin:/bin LC_ALL=C "CACHECHECK_LIBEXEC=$work/lib" \
        "$CACHECHECK" stat --backend simulate -o "$work/result.json" "$@"
    cp "$work/result.json" "$work/json" 2>/dev/null
}
result() { jq -e "$1" "$work/json" >/dev/null; }

stat_run --cache "$usual" -- gzip -kc "$work/bytes"
check "runs" [ "$status" = 0 ]
check "is called simulated" result '.source.backend == "simulate" and .source.evidence == "simulated"'
check "every name is there" result '[.events[].name] == ["instructions", "loads", "stores",
    "atomics", "L1i-misses", "L1d-load-misses", "L1d-store-misses", "L2-load-misses",
    "L2-store-misses", "LLC-load-misses", "LLC-store-misses"]'
check "no L2 with two levels" result '.totals["L2-load-misses"].not_counted == "two-level geometry"'
check "totals are sums" result '. as $r | .events | all(.name as $n |
    ($r.totals[$n].value // 0) == ([$r.threads[].counts[$n].value // 0] | add))'

# cachegrind at the same geometry, in an environment of the same size. Both may differ
# by a miss between two runs (see test_simulate_oracle.sh), so there are five tries.
is_cachegrinds() {
    local theirs ours try
    for try in 1 2 3 4 5; do
        env -i PATH=/usr/bin:/bin LC_ALL=C "CACHECHECK_LIBEXEC=$work/lib" "VALGRIND_LIB=$work/lib" \
            valgrind "${quiet[@]}" --tool=cachegrind --cache-sim=yes --I1=32768,8,64 \
            --D1=32768,8,64 --LL=8388608,16,64 --cachegrind-out-file="$work/cachegrind" \
            gzip -kc "$work/bytes" >"$work/out" 2>"$work/err"
        theirs=$(sed -n 's/^summary: //p' "$work/cachegrind" | cut -d ' ' -f 1,2,4-)
        ours=$(jq -r '[.totals["instructions", "L1i-misses", "loads", "L1d-load-misses",
            "LLC-load-misses", "stores", "L1d-store-misses", "LLC-store-misses"].value] |
            join(" ")' "$work/json")
        [ -n "$theirs" -a "$theirs" = "$ours" ] && return 0
        stat_run --cache "$usual" -- gzip -kc "$work/bytes"
    done
    echo "cachegrind: $theirs, cachecheck: $ours"
    return 1
}
check "all eight totals are cachegrind's" is_cachegrinds

stat_run --cache "$usual;L2=256K,8,64" -- "$FIXTURES/fixture_simulate_threads" 3 1000
check "three levels count L2" result '.totals["L2-load-misses"].value > 0'
check "threads have their names" result '[.threads[].name] | contains(["worker-1", "worker-2", "worker-3"])'
check "and their atomics" result '.threads[] | select(.name == "worker-3") | .counts.atomics.value >= 9000'

stat_run -- sh -c 'exit 7'
check "the exit status passes" [ "$status" = 7 ]
stat_run -- "$FIXTURES/fixture_simulate_end" term
check "killed by a signal, as a shell says it" [ "$status" = 143 ]
check "with counts" result '.totals.loads.value > 819200'

run "$CACHECHECK" stat --backend simulate --cache D1=32768,8 -- true
check "a bad --cache is our failure" [ "$status" = 125 ]
check "and names the entry" stderr_has "D1=32768,8'"
run "$CACHECHECK" stat --backend simulate -e LLC-load-mises -- true
check "an unknown event is our failure" [ "$status" = 125 ]
check "with a suggestion" stderr_has "LLC-load-misses"
stat_run -e L1-dcache-load-misses,L1-icache-load-misses,L1-dcache-loads,loads -- true
check "perf's names of the same counts" result '[.events[].name] == ["L1d-load-misses", "L1i-misses", "loads"]'
run "$CACHECHECK" stat --backend simulate -p $$
check "a running process cannot be simulated" [ "$status" = 125 ]
check "and that is said" stderr_has "cannot be simulated"
run env PATH="$work" "$CACHECHECK" stat --backend simulate -- /bin/true
check "without valgrind" [ "$status" = 125 ]
check "the package is named" stderr_has "apt-get install valgrind"

# A daemon outlives the run and the records; it forks and executes only then.
mkdir "$work/scratch"
mkfifo "$work/go"
run env TMPDIR="$work/scratch" CACHECHECK_LIBEXEC="$work/lib" "$CACHECHECK" stat --backend simulate \
    -- sh -c 'setsid sh -c '\''read -r word <"$0/go"; cat "$0/bytes"; exec echo "$word"'\'' "$0" \
        >"$0/daemon" 2>"$0/daemon.err" &' "$work"
check "a daemon's starter ends well" [ "$status" = 0 ]
check "the daemon is not taken for what cannot be simulated" eval '! says set-user-ID'
check "its records are gone" [ -z "$(ls -A "$work/scratch")" ]
echo done >"$work/go"
for ((tries = 0; tries < 600; tries++)); do
    [ "$(tail -c 5 "$work/daemon" | tr -d "\0")" = done ] && break
    sleep 0.1
done
check "the daemon does all of its work" cmp "$work/daemon" <(cat "$work/bytes" <(echo done))
check "in silence" [ ! -s "$work/daemon.err" ]
finish
