# SPDX-License-Identifier: MIT
# `cachecheck machine --measure`, `--measured` and `--capture`. What is checked is shape and words;
# never a time: the machine may be busy.
# Label: long
. "$TESTS/cli/lib.sh"
unset HWLOC_XMLFILE HWLOC_SYNTHETIC HWLOC_FSROOT HWLOC_COMPONENTS
export XDG_CACHE_HOME=$work/cache

run "$CACHECHECK" machine --measured
check "nothing was measured yet: exit 2" [ $status -eq 2 ]
check "with the command that measures" stderr_has 'hint: .*machine --measure'

run "$CACHECHECK" machine --measure --quick --format json
check "measuring succeeds" [ $status -eq 0 ]
check "it says where it keeps the numbers" stderr_has "kept in $work/cache/cachecheck/machine-[0-9a-f]{16}.json"
check "no progress bar where there is no terminal" eval '! grep -q "\[#" "$work/err"'
for grid in transfer transfer-contended curve memory-latency memory-bandwidth false-sharing distance adjacent atomics; do
    check "JSON: $grid" json "any(.measurement.grids[]; .name == \"$grid\")"
done
check "JSON: as many cells as rows and columns make" \
    json 'all(.measurement.grids[]; (.cells | length) == (.rows | length) * (.columns | length))'
check "JSON: every cell has a number with its spread, or a reason" \
    json 'all(.measurement.grids[].cells[]; if .samples then .median > 0 and .low <= .median and .median <= .high else (.unknown | length > 0) end)'
check "JSON: every grid says how it was measured" json 'all(.measurement.grids[]; .method | length > 0)'
check "JSON: the noise is said" json '.measurement.noise | has("noisy") and has("spread")'
check "JSON: a noisy machine has its reasons" \
    json 'if .measurement.noise.noisy then (.measurement.remarks | length > 0) else true end'
check "JSON: the CPU that measures itself is no pair" \
    json '[.measurement.grids[] | select(.name == "transfer") | .cells[0] | has("unknown")] == [true]'

run "$CACHECHECK" machine --measured --format html -o "$work/m.html"
check "what was kept is shown again" [ $status -eq 0 ]
check "as a page with the topology" grep -q 'class="topology"' "$work/m.html"
check "and the curve" grep -q 'class="chart"' "$work/m.html"
run env LC_ALL=C "$CACHECHECK" machine --measured
check "as text" stdout_has '^measured [0-9-]+ [0-9:]+ UTC, in [0-9.]+ s \(quick\)$'
check "that says whether it was quiet" stdout_has '^the machine was (quiet|noisy)'
check "in ASCII where the terminal knows no more" eval '! grep -q "[^ -~]" "$work/out"'
run "$CACHECHECK" machine --measured --format csv
check "as CSV" stdout_has '^atomics,fetch-add,alone,ns,'

# On one CPU there are no pairs: said, not made up.
first=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
run taskset -c "$first" "$CACHECHECK" machine --measure --quick --format json
check "on one CPU it still succeeds" [ $status -eq 0 ]
check "false sharing is unknown there, because" \
    json 'all(.measurement.grids[] | select(.name == "false-sharing").cells[]; .unknown | test("only one CPU"))'

# Damaged, foreign and unwritable caches.
kept=$(echo "$work"/cache/cachecheck/machine-*.json)
head -c 900 "$kept" >"$work/cut" && cp "$work/cut" "$kept"
run "$CACHECHECK" machine --measured
check "a damaged cache is refused" [ $status -eq 2 ]
check "with words" stderr_has 'json is damaged: line [0-9]+'

run "$CACHECHECK" machine --capture "$work/machine.tar"
check "--capture succeeds" [ $status -eq 0 ]
check "tar reads it" eval 'tar tf "$work/machine.tar" README.txt machine.xml checks.json >/dev/null'
check "the host's name is not in it" eval '! tar xOf "$work/machine.tar" README.txt machine.xml checks.json | grep -q "HostName\|ProcessName\|^host:"'
check "nor the names of cgroups" [ "$(tar xOf "$work/machine.tar" proc/self/cgroup)" = "0::/" ]
check "nor that of the process" eval '! tar xOf "$work/machine.tar" proc/self/status | grep -q Name'
run "$CACHECHECK" machine --capture "$work/named.tar" --host-name
check "--host-name says it" eval 'tar xOf "$work/named.tar" README.txt | grep -q "^host: "'
"$CACHECHECK" machine --format json >"$work/live.json"
run "$CACHECHECK" machine --root "$work/machine.tar" --format json
check "it replays" json '.machine.origin == "captured" and (.machine.is_thissystem | not)'
check "with the same topology" [ "$(jq -c '[.topology, .numa_nodes, .machine.caches]' "$work/out")" = \
    "$(jq -c '[.topology, .numa_nodes, .machine.caches]' "$work/live.json")" ]
mkdir "$work/open" && tar xf "$work/machine.tar" -C "$work/open"
run "$CACHECHECK" machine --root "$work/open" --format json
check "unpacked too" json '.machine.origin == "captured"'
rm "$work/open/machine.xml"
run "$CACHECHECK" machine --root "$work/open" --format json
check "and without its XML, as a recorded tree" json ".machine.origin == \"recorded\" and .machine.pus == $(getconf _NPROCESSORS_ONLN)"

refuse() {
    local words=$1
    shift
    run "$CACHECHECK" machine "$@"
    check "exit 2: machine $*" [ $status -eq 2 ]
    check "it says: $words" stderr_has "$words"
}
gzip -k "$work/machine.tar"
head -c 2000 "$work/machine.tar" >"$work/cut.tar"
refuse 'gunzip' --root "$work/machine.tar.gz"
refuse 'cut off' --root "$work/cut.tar"
refuse 'no tar archive' --root "$TESTS/machines/README.md"
refuse 'needs a topology' --root "$work"
refuse 'No such file' --root "$work/nothing"
refuse 'No such file' --capture "$work/no/such/folder.tar"
refuse 'not a model' --capture "$work/x.tar" --synthetic pu:1
refuse 'for --capture' --host-name
check "nothing is left in TMPDIR" eval '
    mkdir "$work/tmp"
    TMPDIR=$work/tmp "$CACHECHECK" machine --root "$work/machine.tar" >/dev/null
    TMPDIR=$work/tmp "$CACHECHECK" machine --root "$work/cut.tar" 2>/dev/null
    [ -z "$(ls "$work/tmp")" ]'
finish
