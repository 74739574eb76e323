# SPDX-License-Identifier: MIT
# Pages in a real browser: nothing on its console, filter, sorting and keyboard work, 10,000
# findings stay usable; and what accessibility asks of every kind of page. Skipped without
# chromium, whose package takes 290 MB.
. "$TESTS/cli/lib.sh"
cd "$work" || exit 1
export TMPDIR=$work PYTHONDONTWRITEBYTECODE=1
: >out
: >err
command -v chromium >/dev/null || skip "no chromium here (package chromium)"
"$CACHECHECK" stat -q --backend software -o base.json -- true || skip "no software counters here"
browser() { timeout -k 5 200 python3 "$TESTS/browser/$1.py" "${@:2}"; }
echo '<title>x</title>' >empty.html
browser shot empty.html empty.png 2>err || skip "chromium does not run here: $(tail -1 err | cut -c 1-100)"

jq --argjson count 10000 -f "$TESTS/browser/many.jq" base.json >many.json
"$CACHECHECK" report many.json -o many.html || exit 1
check "10,000 findings: at most 5 MB" [ "$(stat -c %s many.html)" -le 5000000 ]
check "10,000 findings: used by keyboard" browser use many.html

# One page of each kind of result. The costs of the machine are made up: shape is what is looked at.
"$CACHECHECK" stat -q --backend software -I 50 -o intervals.json -- sh -c 'for i in 1 2 3 4; do sleep 0.06; done' >out
"$CACHECHECK" sharing -q --backend simulate -o sharing.json -- "$FIXTURES/fixture_hotspots" >out 2>err
"$CACHECHECK" hotspots -q -o hotspots.json -- "$FIXTURES/fixture_hotspots" >out 2>err
"$CACHECHECK" numa -q --duration 0.4 -I 100 -o numa.html -p $$ 2>err
"$CACHECHECK" machine --synthetic 'pack:2 numa:2 l3:1 core:4 pu:2' -o machine.html
"$CACHECHECK" machine --synthetic 'pack:2 numa:2 l3:1 core:4 pu:2' --format json >machine.json
jq --argjson measurement "$(jq -n -f "$TESTS/browser/measurement.jq")" '.measurement = $measurement' machine.json >measured.json
printf 'struct stats { _Atomic long hits, misses; int limit; };\n' >stats.h
"$CACHECHECK" layout --show stats --format html -o layout.html stats.h 2>err
results=
for result in intervals sharing hotspots measured; do
    [ -s $result.json ] && results="$results $result.json"
done
# shellcheck disable=SC2086 # a list of words
"$CACHECHECK" report $results -o all.html
check "a page of all results: at most 5 MB" [ "$(stat -c %s all.html)" -le 5000000 ]
check "the timeline" grep -q 'id="timeline-' all.html
check "the heat maps" grep -q 'class="num h9"' all.html
check "the topology" grep -q 'class="topology"' all.html
for page in all numa machine layout; do
    [ -s $page.html ] || continue
    run browser page_checks $page.html
    check "$page: names, levels, contrast, keyboard, narrow windows, no script" [ $status -eq 0 ]
    [ $status -eq 0 ] || head -20 "$work/out"
done
finish
