# SPDX-License-Identifier: MIT
# `cachecheck machine`: the machine and the doctor, as text and JSON.
. "$TESTS/cli/lib.sh"
unset HWLOC_XMLFILE HWLOC_SYNTHETIC HWLOC_FSROOT HWLOC_COMPONENTS
machines=$TESTS/machines

run "$CACHECHECK" machine
check "it succeeds" [ $status -eq 0 ]
check "it counts the CPUs as nproc does" stdout_has "\\b$(nproc --all) CPU"
check "it ends with one next command" [ "$(tail -1 "$work/out")" = "next: cachecheck machine --check" ]
check "stderr stays silent" [ ! -s "$work/err" ]

run "$CACHECHECK" machine --format json
check "JSON names schema and command" json '.schema == "cachecheck/1" and .command == "machine"'
check "JSON: the CPUs are numbers, and online" json ".machine.pus == $(getconf _NPROCESSORS_ONLN)"
check "JSON: live, and this system" json '.machine.origin == "live" and .machine.is_thissystem'
check "JSON: as many nodes as it says" json '.machine.nodes == (.numa_nodes | length)'
check "JSON: the kernel" json ".machine.kernel == \"$(uname -r)\""

run "$CACHECHECK" machine --xml "$machines/hybrid-desktop.xml"
check "a recorded machine is shown" [ $status -eq 0 ]
check "as a model" stdout_has "a model \(xml\), not this system"
check "the big core's L2 comes before the small cores'" \
    [ "$(grep -E '^L2' "$work/out" | awk '{print $2}' | tr '\n' ' ')" = "1.25 2 " ]

run "$CACHECHECK" machine --xml "$machines/guest-no-l3.xml"
check "unknown ways are no number" stdout_has '^L1 data +32 KiB +- '

sed 's/ local_memory="[0-9]*"//; s/cache_associativity="[0-9]*"/cache_associativity="0"/' \
    "$machines/guest-2nodes.xml" >"$work/unsized.xml"
run "$CACHECHECK" machine --xml "$work/unsized.xml" --format json
check "JSON: what could not be read is absent, never 0" \
    json '([.machine, .numa_nodes[]] | all(has("memory") | not)) and (.machine.caches | all(has("ways") | not))'
cp "$work/out" "$work/unsized.json"
run "$CACHECHECK" report "$work/unsized.json"
check "and loads back so" [ $status -eq 0 ]

run "$CACHECHECK" machine --synthetic "numa:64 core:2 pu:1"
check "64 nodes: ten are shown" stdout_has '^and 54 more$'
run "$CACHECHECK" machine --synthetic "numa:64 core:2 pu:1" --rows 64
check "--rows shows them all" [ "$(grep -c 'and .* more' "$work/out")" -eq 0 ]

# The drawing, and its other formats. Goldens of it: tests/unit/test_machine_golden.c.
run env LC_ALL=C "$CACHECHECK" machine --xml "$machines/snc2-asymmetric.xml"
check "it is drawn, in ASCII where the terminal knows no more" stdout_has '^\| \+ Package L#0 P#0 -+\+ \|$'
check "and stays in ASCII" eval '! grep -q "[^ -~]" "$work/out"'
check "distances of the row and of the column differ" stdout_has '^ +0 +10 +12 +21 +25$'
check "as firmware has them" stdout_has '^ +3 +28 +21 +12 +10$'
run "$CACHECHECK" machine --xml "$machines/snc2-asymmetric.xml" --format json
check "JSON: distances by row" json '.distances[0][3] == 25 and .distances[3][0] == 28'
check "JSON: the topology is a tree of parts" \
    json '[.topology[] | select(.kind == "cpu")] | length == 16'
check "JSON: parents come first" json '[.topology | to_entries[] | select(.key > 0) | .value.parent < .key] | all'
run "$CACHECHECK" machine --xml "$machines/power-sparse-numbers.xml" --format csv
check "CSV: a part a row, with both numbers" stdout_has '^[0-9]+,cpu,CPU,,8,64,'
run "$CACHECHECK" machine --xml "$machines/cpuset-one-of-two-nodes.xml" --format svg
check "SVG: the drawing" stdout_has '^<svg class="topology"'
check "SVG: what is forbidden is marked" stdout_has 'class="node forbidden"'
check "SVG is XML" python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/out"
run "$CACHECHECK" machine --xml "$machines/cpuset-one-of-two-nodes.xml" -o "$work/m.svg"
check "-o x.svg is the drawing" grep -q 'class="topology"' "$work/m.svg"
run "$CACHECHECK" machine --xml "$machines/eight-sockets.xml" --format html
check "HTML: a page in itself" stdout_has '^<!DOCTYPE html>'
check "HTML: nothing from elsewhere" eval '! grep -qE "<link|<img|src=|https?://[^w]" "$work/out"'
check "HTML: distances are coloured" stdout_has '<td class="num h9">28</td>'
sed 's/Architecture" value="[^"]*"/Architecture" value="\&lt;b\&gt;\&amp;"/; s/CPUModel" value="[^"]*"/CPUModel" value="\&lt;script\&gt;x"/' \
    "$machines/hybrid-desktop.xml" >"$work/hostile.xml"
run "$CACHECHECK" machine --xml "$work/hostile.xml" --format html
check "HTML: hostile names are escaped" eval 'grep -q "&lt;script&gt;x" "$work/out" && ! grep -q "<script>x" "$work/out"'

HWLOC_SYNTHETIC="pack:3 pu:1" run "$CACHECHECK" machine --format json
check "hwloc's variable is honoured, and said" \
    json '.machine.origin == "synthetic" and (.machine.is_thissystem | not) and .machine.packages == 3'

run "$CACHECHECK" machine -o "$work/m.json"
check "-o chooses the format by the ending" jq -e '.command == "machine"' "$work/m.json"
check "and leaves stdout empty" [ ! -s "$work/out" ]

run "$CACHECHECK" machine --check
check "the doctor succeeds" [ $status -eq 0 ]
check "it says what stat would take" stdout_has '^cachecheck stat: '
for part in topology caches numa cpus hypervisor container kernel; do
    check "the doctor examines: $part" stdout_has "^  $part +(yes|partly|no|unknown) "
done
check "no colours in a file" [ "$(grep -c "$(printf '\033')" "$work/out")" -eq 0 ]
# A word that is too long for its line, such as a path, may stick out.
too_wide() {
    awk '{ word = 0; for (i = 1; i <= NF; i++) if (length($i) > word) word = length($i) }
         length > 80 && word < 50 { found = 1 } END { exit !found }' "$work/out"
}
run env COLUMNS=80 LC_ALL=C "$CACHECHECK" machine --check
check "no line is wider than the terminal" eval '! too_wide'
check "ASCII where the terminal knows no more" eval '! grep -q "[^ -~]" "$work/out"'
run "$CACHECHECK" machine --check --color always
check "colours where they are asked for" grep -q "$(printf '\033')\[32myes" "$work/out"

run "$CACHECHECK" machine --check --format json
check "JSON: each check has its five parts" \
    json '.checks | length > 6 and all(.[]; has("backend") and has("part") and has("state") and has("reason") and has("enable"))'
check "JSON: states are words of a fixed list" \
    json '[.checks[].state] - ["yes", "partly", "no", "unknown"] == []'
check "JSON: what auto would take" json '[.checks[] | select(.backend == "auto" and .part == "stat")] | length == 1'
check "JSON: no check is listed twice" json '[.checks[] | .backend + "/" + .part] | length == (unique | length)'

HWLOC_XMLFILE=/nonexistent.xml run "$CACHECHECK" machine --check
check "a broken machine is a finding of the doctor" [ $status -eq 0 ]
check "with its reason" stdout_has '^  topology +no .*/nonexistent.xml'

# Bad input: exit 2, a message and a hint, nothing on stdout.
refuse() {
    local words=$1
    shift
    run "$CACHECHECK" machine "$@"
    check "exit 2: machine $*" [ $status -eq 2 ]
    check "it says: $words" stderr_has "$words"
    check "nothing on stdout" [ ! -s "$work/out" ]
}
head -c 500 "$machines/hybrid-desktop.xml" >"$work/cut.xml"
head -c 4096 /dev/urandom >"$work/noise.xml"
sed 's/topology version="2.0"/topology version="3.0"/' "$machines/hybrid-desktop.xml" >"$work/v3.xml"
refuse 'damaged' --xml "$work/cut.xml"
refuse 'not hwloc XML' --xml "$work/noise.xml"
refuse 'hwloc 3' --xml "$work/v3.xml"
check "and how to export it again" stderr_has 'hint: .*lstopo --export-xml-flags v2'
refuse 'No such file' --xml "$work/nothing.xml"
refuse 'directory' --xml "$work"
refuse 'is empty' --xml /dev/null
refuse 'larger than' --xml /dev/zero
refuse 'not a synthetic' --synthetic 'pack:two'
refuse 'more CPUs than any machine' --synthetic 'pack:9999 core:9999 pu:9999'
refuse 'more CPUs than any machine' --synthetic '9999 9999'
refuse 'more CPUs than any machine' --synthetic 'pack(:9999 core:9999'
refuse 'more CPUs than any machine' --synthetic '0289999 999'
refuse 'larger indexes than any machine' --synthetic 'pu:2(indexes=4000000000,1)'
refuse 'larger indexes than any machine' --synthetic 'numa:2(memory=1GB indexes=0,2000000000) pu:2'
sed 's/os_index="/os_index= "4000000000/' "$machines/hybrid-desktop.xml" >"$work/index.xml"
refuse 'an index is beyond any machine' --xml "$work/index.xml"
refuse 'not both' --xml "$machines/hybrid-desktop.xml" --synthetic pu:1
refuse 'not a model' --check --synthetic pu:1
refuse 'no arguments' elephant
refuse "did you mean '--check'" --chekc
refuse 'text.json.csv.markdown.svg.html' --format folded
refuse 'text, json, csv, markdown only' --check --format svg
refuse 'text, json, csv, markdown only' --check -o "$work/m.html"
refuse 'not a model' --measure --synthetic pu:1
refuse 'ask for one of them' --check --measure
refuse 'a way to --measure' --quick
refuse 'No such file' -o "$work/no/such/folder.json"
run "$CACHECHECK" machine -o /dev/full
check "a full disk is an error" [ $status -eq 2 ]
check "and is said" stderr_has 'No space left'

# Where perf events are denied /proc is the last resort; where not, it is no news.
run "$CACHECHECK" machine --check --format json
check "software works as a whole" json 'any(.checks[]; .backend == "software" and .part == "" and .state == "yes")'
run "$FIXTURES/fixture_deny_perf" 1 "$CACHECHECK" machine --check --format json
if [ "$status" -ne 77 ]; then
    check "without perf it works partly" json 'any(.checks[]; .backend == "software" and .part == "" and .state == "partly")'
    check "and what would change that is said" json 'any(.checks[]; .backend == "software" and .part == "" and (.enable | test("PERFMON")))'
fi
finish
