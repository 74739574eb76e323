# SPDX-License-Identifier: MIT
# `cachecheck hotspots` on programs with known hot spots, in every format, read back by
# the tools that the formats are for.
. "$TESTS/cli/lib.sh"
: >"$work/out"
: >"$work/err"
home=$BUILD/libexec/cachecheck
command -v valgrind >/dev/null || skip "valgrind is not installed"
[ -x "$home/cachecheck-amd64-linux" ] || skip "the simulator is not built"
hotspots=("$CACHECHECK" hotspots -q)
program=$FIXTURES/fixture_hotspots

# ---- words ----
run "$CACHECHECK" hotspots
check "no program: 125" [ "$status" = 125 ]
run "$CACHECHECK" hotspots --by lcc -- "$program"
check "a mistyped class: before the run" [ "$status" = 125 -a ! -s "$work/out" ]
check "a mistyped class: the nearest" stderr_has "did you mean 'llc'"
run "$CACHECHECK" hotspots --annotate hot --format json -- "$program"
check "--annotate is text" stderr_has 'part of the text report'
run "$CACHECHECK" hotspots --help
check "help has the shared options" stdout_has '--topology'
run "$CACHECHECK" stat -q -o "$work/x.svg" --backend simulate -- true
check "stat draws no flame graph" stderr_has 'names a format that this command does not write'

# ---- one run, kept ----
run "${hotspots[@]}" --by llc --format json -- "$program"
check "the target's own status" [ "$status" = 0 ]
sed -i 1d "$work/out" # what the program printed
cp "$work/out" "$work/result.json"
check "it is a result" json '.command == "hotspots" and .source.evidence == "simulated"'
check "rows add up to the total" json '.hotspots as $h | ([$h.functions[].self.llc // 0] | add)
    + ($h.unattributed.llc // 0) == $h.total.llc'
check "lines add up to the total" json '.hotspots as $h | ([$h.lines[].costs.llc // 0] | add)
    + ($h.unattributed.llc // 0) == $h.total.llc'
check "samples add up to the functions" json '.hotspots as $h |
    ([$h.samples[].costs.instructions // 0] | add)
    == ([$h.functions[].self.instructions // 0] | add)'
check "nothing costs more than the run" json '.hotspots as $h |
    [$h.functions[].inclusive.instructions // 0] | max <= $h.total.instructions'
check "what was not counted is no 0" json '.hotspots as $h | $h.not_counted | length ==
    17 - ($h.classes | length)'
check "walking columns misses most" json '.hotspots | .functions[0].name == "touch" and
    .functions[0].self.llc > 0.8 * .total.llc'
check "the inlined function's caller has it all" json '.hotspots | .functions[] |
    select(.name == "walk_columns") | .inclusive.llc > 900000'
check "the line is the inlined function's" json '.hotspots.lines[0] |
    (.file | endswith("hotspots.c")) and .line == 13'
check "recursion is counted once" json '.hotspots as $h | $h.functions[] |
    select(.name == "deepen") | .inclusive.instructions <= $h.total.instructions'
check "the matrix is the object" json '.hotspots.objects[0] | .costs.llc > 900000 and
    ([.allocation[]?.function] | index("make_matrix")) != null'

check "its published schema" python3 -c 'import json, sys
try:
    from jsonschema import Draft202012Validator as Validator
except ImportError:
    sys.exit(0)
schema, result = (json.load(open(name)) for name in sys.argv[1:])
sys.exit(str(next(Validator(schema).iter_errors(result), "")) or 0)' \
    "$SOURCE/docs/schema/cachecheck-1.json" "$work/result.json"

# ---- text ----
run "${hotspots[@]}" --by llc --annotate hot --top 3 -- "$program"
check "text: says that it is modelled" stdout_has '^MODELLED, not measured'
check "text: the function first" stdout_has '^ +[0-9].* touch  \[fixture_hotspots\]'
check "text: annotated source" stdout_has ' 13 +return \*at \+ 1; '
# As makefiles do that build beside the source.
mkdir -p "$work/tree/src" "$work/tree/build"
cp "$SOURCE/tests/fixtures/hotspots.c" "$work/tree/src/"
(cd "$work/tree/build" && "${CC:-cc}" -g -O1 ../src/hotspots.c -o hotspots)
run "${hotspots[@]}" --by llc --annotate hot --top 1 -- "$work/tree/build/hotspots"
check "text: annotated source that was named from another folder" stdout_has ' 13 +return \*at \+ 1; '
cp "$program" "$work/stripped"
strip "$work/stripped"
run "${hotspots[@]}" --by llc --top 3 -- "$work/stripped"
check "stripped: module and offset" stdout_has ' stripped\+0x[0-9a-f]+'
check "stripped: said" stdout_has 'without line information'

# ---- other formats, from one run each ----
run "${hotspots[@]}" --by llc -o "$work/app.folded" -- "$program"
check "folded: the path" grep -qE 'main;walk_columns;touch [0-9]+$' "$work/app.folded"
run "${hotspots[@]}" --by llc -o "$work/app.svg" -- "$program"
check "flame graph: XML" python3 -c \
    'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$work/app.svg"
check "flame graph: frames" grep -q '<title>touch' "$work/app.svg"
run "${hotspots[@]}" -o "$work/app.speedscope.json" -- "$program"
check "speedscope: its schema" jq -e \
    '."$schema" == "https://www.speedscope.app/file-format-schema.json" and
     (.profiles | all((.samples | length) == (.weights | length)))' "$work/app.speedscope.json"
run "${hotspots[@]}" -o "$work/app.firefox.json" -- "$program"
check "firefox: tables of one length" jq -e \
    '.meta.preprocessedProfileVersion == 48 and (.threads | length > 3 and
     all((.samples.stack | length) == .samples.length and
         (.stackTable.prefix | length) == .stackTable.length))' "$work/app.firefox.json"
run "${hotspots[@]}" -o "$work/callgrind.out.app" -- "$program"
callgrind_annotate --show=Ir "$work/callgrind.out.app" >"$work/annotated" 2>"$work/warnings"
total=$(sed -n 's/^summary: \([0-9]*\).*/\1/p' "$work/callgrind.out.app")
check "callgrind_annotate: no complaint" [ ! -s "$work/warnings" ]
check "callgrind_annotate: our total" \
    grep -qE "^$(sed ':a;s/\B[0-9]\{3\}\>/,&/;ta' <<<"$total") .*PROGRAM TOTALS" "$work/annotated"
# Its own sum over the functions, against what the file says in all.
sum=$(callgrind_annotate --show=Ir --threshold=100 --auto=no "$work/callgrind.out.app" |
    sed -n 's/^ *\([0-9,]\+\) .*:.*/\1/p' | tr -d , | awk '{sum += $1} END {print sum}')
check "callgrind_annotate: functions add up" [ "$sum" = "$total" ]
finish
