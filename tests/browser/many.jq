# SPDX-License-Identifier: MIT
# Makes a result of `sharing` with $count findings of any small result: jq --argjson count 10000 -f many.jq
.command = "sharing" | .findings_left_out = 0 | .lines_judged = 1
| .findings = [range($count) as $i | {rule: "false-sharing", severity: "high", id: "a",
    title: "`struct s\($i)` fields share a line",
    evidence: {grade: "simulated", samples: 7, cost_text: ""},
    object: {kind: "global", name: "g", type: "struct s\($i)", type_from: "symbol", size: 16, count: 0,
             stride: 0, address: "0x10", freed: false},
    line_offset: 0, line_size: 64,
    fields: [{name: "hits", type: "long", offset: 0, size: 8, tid: 7, thread: "w", reads: false, writes: true, atomic: true,
              location: {file: "a.c", line: 3, function: "", module: "", offset: "0x0", role: "writes"}}],
    locations: [], allocation: [],
    suggestion: {text: "align it", cost_bytes: 56, cost_of: "object", code: "", patch: ""}, verify: "", notes: []}]
