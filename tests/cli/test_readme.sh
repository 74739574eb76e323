# SPDX-License-Identifier: MIT
# Every command line in README.md runs, as written: ./app and PID stand for real ones.
# Label: long
. "$TESTS/cli/lib.sh"
cp "$FIXTURES/fixture_simulate_threads" "$work/fixture"
cat >"$work/app" <<'E2'
#!/bin/sh
exec "$(dirname "$0")/fixture" 2 40000
E2
chmod +x "$work/app"
cp "$FIXTURES/fixture_simulate_threads" "$work/program"
cat >"$work/stats.h" <<'E3'
struct stats {
    long hits;
    long ends;
};
E3
mkdir "$work/bin"
ln -s "$CACHECHECK" "$work/bin/cachecheck"
PATH=$work/bin:$PATH
cd "$work" || exit 1
export XDG_CACHE_HOME=$work/cache
sleep 1000 &
process=$!
# What the recipes compare, report and merge.
cachecheck stat -q -r 2 -o before.json -- ./app
for copy in after r.0 r.1; do cp before.json $copy.json; done
# A finding with a patch, and how to build it: what the fix is of is not what ./app does.
cat >hot.h <<'E4'
#include <stdatomic.h>
struct hot {
    atomic_long hits;
    atomic_long misses;
};
E4
cachecheck layout --patch --format json hot.h >hot.json
cp hot.json sharing.json
printf 'all:\n' >Makefile
ln -s app old
ln -s app new

# Those between backquotes, and the lines of code blocks that begin with the program.
{
    grep -oE '`cachecheck [^`]*`' "$SOURCE/README.md" | tr -d '`'
    grep -E '^cachecheck (stat|machine|sharing|hotspots|layout) ' "$SOURCE/README.md"
} | sort -u >commands
check "README shows commands" test "$(wc -l <commands)" -ge 8

while read -r line; do
    [[ $line != *"machine --measure --quick" ]] || continue # half a minute: cli/machine_measure runs it
    command=${line/PID/$process}
    command=${command/--duration 10/--duration 0.2}
    command=${command/-r 10/-r 2}
    command=${command/compare --/compare -r 2 --}
    command=${command/ verify / verify -r 2 }
    most=0
    # A patch that does nothing for this program; other recipes write that file, too.
    [[ $command != *" verify "* ]] || { most=1; cp hot.json sharing.json; }
    command=${command/--watch/--watch --duration 0.2}
    run bash -c "$command" </dev/null
    check "$line" test "$status" -le "$most"
done <commands
kill $process
wait $process 2>/dev/null
check "-o wrote what it was to write" jq -e .schema result.json
finish
