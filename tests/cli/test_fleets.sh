# SPDX-License-Identifier: MIT
# Many runs: JSON lines, the documented queries over them, the dashboard's names.
. "$TESTS/cli/lib.sh"
cd "$work" || exit 1
"$CACHECHECK" stat -q --backend software -o base.json -o base.jsonl -- true || skip "no software counters here"

check "JSON lines: each is an object of a run" jq -es 'length > 5 and all(.[]; type == "object"
    and .command == "stat" and .program == "true" and .backend == "software" and .evidence == "measured"
    and (.kind | length > 0) and (.name | length > 0) and has("value"))' base.jsonl
check "JSON lines: a line each" [ "$(wc -l <base.jsonl)" -eq "$(jq -s length base.jsonl)" ]
check "totals are those of the JSON" bash -c '[ "$(jq "select(.kind == \"total\" and .name == \"page-faults\").value" base.jsonl)" \
    = "$(jq ".totals[\"page-faults\"].value" base.json)" ]'
run "$CACHECHECK" report --format jsonl base.json
check "the same of a result that was kept" cmp -s out base.jsonl

# Eight ranks: rank k has 10 k page faults, rank 7 could not count; odd ones have a finding.
for rank in 0 1 2 3 4 5 6 7; do
    jq --argjson rank "$rank" '.target.rank = $rank | .target.ranks = 8 | .command = "sharing"
        | .totals["page-faults"] = (if $rank == 7 then {not_counted: "it\u0027s \"denied\""} else {value: (10 * $rank), running: 1} end)
        | .findings_left_out = 0 | .lines_judged = 1
        | .findings = [range($rank % 2) | {rule: "false-sharing", severity: "low", title: "a, \"b\"\n`c`", id: "abc",
            evidence: {grade: "measured", samples: 100, cost_text: ""},
            object: {kind: "heap", name: "", type: "struct x", type_from: "", size: 0, count: 0, stride: 0, address: "0x0", freed: false},
            fields: [], locations: [{file: "x.c", line: 7, function: "f", module: "", offset: "0x0", role: "writes"}], allocation: [],
            suggestion: {text: "", cost_bytes: 0, cost_of: "", code: "", patch: ""}, verify: "", notes: []}]' \
        base.json >"r.$rank.json"
    "$CACHECHECK" report "r.$rank.json" -o "run.$rank.jsonl" || check "rank $rank is written" false
done
cat run.*.jsonl >numbers.jsonl
check "what was not counted is null, with the reason" jq -es 'map(select(.rank == 7 and .kind == "total" and .name == "page-faults"))
    | length == 1 and .[0].value == null and .[0].not_counted == "it\u0027s \"denied\""' numbers.jsonl
check "findings have their place" jq -es 'map(select(.kind == "finding")) | length == 4
    and all(.[]; .file == "x.c" and .line == 7 and .value == 100 and .severity == "low")' numbers.jsonl
run bash -c 'cat run.*.jsonl | "$0" -s "map(select(.kind == \"metric\" and .value != null)) | length" ' jq
check "jq reads them together" [ "$(cat out)" -ge 8 ]

# The documented statements: the first block loads, each of the others is a query.
if command -v sqlite3 >/dev/null && sqlite3 :memory: "SELECT '{}' ->> 'a'" 2>/dev/null; then
    awk '/^```sql/ { n++; on = 1; next } /^```/ { on = 0 } on { print > ("block." n ".sql") }' "$SOURCE/docs/fleets.md"
    query() {
        cat block.1.sql <(printf '.mode csv\n') "block.$1.sql" | sqlite3 >"$work/out" 2>"$work/err"
        sed -i 's/\r$//' "$work/out"
    }
    check "the queries are there" [ -e block.6.sql ]
    query 2
    check "the worst ranks: without the one that could not count" [ "$(cat out | tr '\n' ' ')" = "6,60 5,50 4,40 3,30 2,20 " ]
    query 3
    check "ranks apart: the worst is twice the mean" stdout_has '^page-faults,7,2(\.0)?$'
    query 4
    check "findings by ranks" stdout_has '4,400'
    query 5
    check "threads: of every rank" [ "$(wc -l <out)" -ge 8 ]
    query 6
    check "what was not counted" stdout_has "^page-faults,.*denied.*,1$"
    check "no complaint of SQLite's" [ ! -s err ]
else
    echo "# no sqlite3 with JSON here: the documented queries were not run"
fi

# The dashboard: names and labels are those of the writer.
dashboard=$SOURCE/docs/grafana.json
"$CACHECHECK" report r.5.json -o r.prom || exit 1
check "the dashboard is JSON" jq -e '.panels | length > 5' "$dashboard"
jq -r '[.panels[].targets[].expr, .templating.list[].query?] | map(if type == "object" then .query else . end) | .[]' "$dashboard" >expressions
grep -oE 'cachecheck_[a-z_]+' expressions "$SOURCE/docs/fleets.md" -h | grep -vE '^cachecheck_(begin|end)' | sort -u >names
check "it uses metrics" [ "$(wc -l <names)" -ge 6 ]
while read -r name; do
    check "written: $name" grep -q "^$name{" r.prom
done <names
{ grep -oE '[a-z_]+=~?"' expressions | sed 's/=.*//'; grep -oE 'by \([a-z, ]+\)' expressions | sed 's/by (//; s/)//' | tr -d ' ' | tr ',' '\n'
    grep -oE 'label_values\([^,]*, [a-z]+' expressions | sed 's/.*, //'; } | sort -u | grep -v '^instance$' >labels
while read -r label; do
    check "a label that is written: $label" grep -qE "[{,]$label=\"" r.prom
done <labels
check "no panel lies on another" jq -e '[.panels[].gridPos] as $p | [range($p | length) as $i | range($i) as $j
    | select($p[$i].x < $p[$j].x + $p[$j].w and $p[$j].x < $p[$i].x + $p[$i].w
        and $p[$i].y < $p[$j].y + $p[$j].h and $p[$j].y < $p[$i].y + $p[$i].h)] == []' "$dashboard"
finish
