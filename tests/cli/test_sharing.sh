# SPDX-License-Identifier: MIT
# `cachecheck sharing` from the command line: manners, gates, and clean programs.
. "$TESTS/cli/simulate.sh"

sharing() {
    run timeout 120 env "CACHECHECK_LIBEXEC=$work/lib" "$CACHECHECK" sharing "$@"
}

sharing --backend simulate -p $$
check "a running process cannot be simulated" [ "$status" = 125 ]
check "and that is said" stderr_has "cannot be simulated"
check "with a hint" stderr_has "backend watch"
sharing --topology 'pack:1 core:2 pu:1' -p $$
check "nor on another machine" [ "$status" = 125 ]
check "with a hint, too" stderr_has "leave it out"
sharing
check "no program is our failure" [ "$status" = 125 ]
sharing --backend wacht -- true
check "an unknown backend is our failure" [ "$status" = 125 ]
sharing --fail-on hihg -- true
check "a mistyped gate is our failure" [ "$status" = 125 ]
check "before the run, with a suggestion" stderr_has "did you mean 'high'"
sharing --type nonsense -- true
check "a --type without a type is our failure" [ "$status" = 125 ]
check "with an example" stderr_has "struct worker"
sharing -o "$work/report.csv" -- true
check "lines as CSV" eval '[ "$status" = 0 ] && [ -s "$work/report.csv" ]'
sharing -- no-such-program-here
check "not found" [ "$status" = 127 ]
sharing --help
check "help" [ "$status" = 0 ]
check "with what to simulate" stdout_has "--topology"

sharing --backend simulate --format json -- sh -c 'exit 7'
check "the exit status passes" [ "$status" = 7 ]
check "the result is JSON of ours" json '.schema == "cachecheck/1" and .command == "sharing"'
check "called simulated" json '.source.evidence == "simulated"'
check "without findings" json '.findings == [] and .findings_left_out == 0'
check "which the verdict says" json '.verdict.name == "no-sharing"'
check "progress only on a terminal" [ "$(wc -l <"$work/err")" -le 1 ]

sharing --backend simulate -q -- "$BUILD/tests/sharing/programs/board" 20000
check "an array that is a field: its elements are the advice" stdout_has 'align `struct slot` to 64'
sharing --backend simulate -q -- "$BUILD/tests/sharing/programs/vla" 20000
check "an array of variable length: whose frame it is in" eval 'tr -s "\n " " " <"$work/out" | grep -q "stack frame of .main. share"'
check "and nobody is told to build with -g what has it" eval '! grep -q "build with -g" "$work/out"'

if command -v clang >/dev/null; then
    # Nobody takes its address, so clang makes two variables of it.
    cat >"$work/parts.c" <<'C'
#include <pthread.h>
static struct { long hits, misses; } stats;
static void *hit(void *rounds) { for (long i = 0; i < (long)rounds; i++) { stats.hits++; __asm__ volatile("" ::: "memory"); } return 0; }
static void *miss(void *rounds) { for (long i = 0; i < (long)rounds; i++) { stats.misses++; __asm__ volatile("" ::: "memory"); } return 0; }
int main(void)
{
    pthread_t threads[2];
    pthread_create(&threads[0], 0, hit, (void *)20000L);
    pthread_create(&threads[1], 0, miss, (void *)20000L);
    pthread_join(threads[0], 0);
    pthread_join(threads[1], 0);
    return stats.hits != stats.misses;
}
C
    clang -O2 -g -pthread "$work/parts.c" -o "$work/parts"
    sharing --backend simulate -q -- "$work/parts"
    check "parts of a struct: by their names" stdout_has '^  [|] +-?[0-9]+ +stats[.]hits '
    check "they are aligned where they are declared" stdout_has '_Alignas\(64\) long hits;'
fi

sharing --backend simulate -q --fail-on low -- true
check "a gate that does not trigger" [ "$status" = 0 ]
check "nothing on stderr with -q" [ ! -s "$work/err" ]
check "provenance first" eval 'head -n 1 "$work/out" | grep -q "^MODELLED, not measured"'
check "the negative result is told" stdout_has "^verdict  no line "
check "one next command last" eval 'tail -n 1 "$work/out" | grep -q "^next     cachecheck "'
finish
