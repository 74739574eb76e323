# SPDX-License-Identifier: MIT
# Threads, processes and their ends, as the Valgrind tool records them.
# Label: long
. "$TESTS/cli/simulate.sh"

# Known counts per thread: the difference between N and 2 N rounds.
simulate --cores=3 "$FIXTURES/fixture_simulate_threads" 4 1000
check "four workers and the main thread" [ "$(threads)" = 5 ]
declare -A before
for k in 1 2 3 4; do
    for n in 5 6 7 8; do before[$k.$n]=$(of "worker-$k" "$n"); done
    check "worker-$k runs on core $((k % 3))" [ "$(of "worker-$k" 3)" = $((k % 3)) ]
done
simulate --cores=3 "$FIXTURES/fixture_simulate_threads" 4 2000
for k in 1 2 3 4; do
    grown() { [ $(($(of "worker-$k" "$1") - before[$k.$1])) = "$2" ]; }
    # Valgrind makes of a locked instruction a load and a compare-and-swap that
    # counts as a load: two, as cachegrind has it.
    check "loads of worker-$k" grown 6 $((k * 1000 * 7))
    check "stores of worker-$k" grown 7 $((k * 1000 * 2))
    check "atomics of worker-$k" grown 8 $((k * 1000 * 3))
done
check "the main thread has the program's name" \
    [ "$(of - 2)" = "$(records | xargs awk '/^pid /{ print $2 }')" ]

simulate "$FIXTURES/fixture_simulate_crowd" 1000
check "1,000 short threads end well" [ "$status" = 0 ]
check "each has a row" [ "$(threads)" = 1001 ]
check "and a thread id of its own" \
    [ "$(records | xargs awk '/^thread /{ print $2 }' | sort -u | wc -l)" = 1001 ]
simulate "$FIXTURES/fixture_simulate_crowd" 1000 together
check "1,000 threads at once" [ "$status" = 0 -a "$(threads)" = 1001 ]

# Processes.
simulate "$FIXTURES/fixture_simulate_end" fork
check "parent and child have a record each" [ "$(records | wc -l)" = 2 ]
# Each does the same work once: had the child kept its parent's counts, it would show.
check "the child starts at zero" \
    [ "$(records | xargs awk '/^thread / && $6 < 1000000 { n++ } END { print n }')" = 2 ]
check "both are complete" complete
simulate sh -c 'cat /dev/null; exec gzip --version'
check "cat's fork and exec, and sh's exec of gzip" [ "$(records | wc -l)" = 4 ]
check "sh's counts before the exec are kept" [ "$(records | xargs cat | grep -c '^program [a-z]*sh$')" = 2 ]
check "and gzip's" state_is ended
check "output passes" stdout_has gzip
simulate "$FIXTURES/fixture_simulate_end" badexec
check "a failed exec is not the end" state_is ended
check "of the counts" [ "$(threads)" = 1 -a "$status" = 0 ]

# Signals: the status is the target's, the record complete.
ends() {
    simulate "$FIXTURES/fixture_simulate_end" "$1"
    check "killed by $1: status" [ "$status" = "$2" ]
    check "killed by $1: complete record" complete
    check "killed by $1: counts" [ "$(column 6)" -gt 819200 ]
    check "killed by $1: nothing on stderr" [ ! -s "$work/err" ]
}
ulimit -c 0
ends segv 139
ends abrt 134
ends term 143
simulate "$FIXTURES/fixture_simulate_end" fds
check "closing every descriptor" [ "$status" = 0 ]
check "loses nothing" complete

# SIGKILL from outside, after the record was refreshed for the first time.
rm -rf "$work/records"
mkdir "$work/records"
"${clean[@]}" valgrind "${quiet[@]}" --tool=cachecheck --directory="$work/records" \
    "$FIXTURES/fixture_simulate_end" kill &
for ((tries = 0; tries < 600; tries++)); do
    state_is running 2>/dev/null && break
    sleep 0.1
done
kill -KILL $!
wait $! 2>/dev/null
check "SIGKILL leaves a partial record" state_is running
check "that is whole" complete
check "with counts" [ "$(column 5)" -gt 1000000 ]

# Streams and status pass through.
simulate sh -c 'read line; echo "got $line"; echo oops >&2; exit 7' <<<hello
check "standard input and output" stdout_has '^got hello$'
check "standard error has nothing else" [ "$(cat "$work/err")" = oops ]
check "exit status" [ "$status" = 7 ]
finish
