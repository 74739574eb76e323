# SPDX-License-Identifier: MIT
# A made-up measurement of two nodes with four cores each, as `cachecheck machine --measure` would
# write it: jq -n -f measurement.jq
def figure($ns): {median: $ns, low: ($ns * 0.97), high: ($ns * 1.04), drift: 0.01, samples: 90, dropped: 2};
def unknown($why): {unknown: $why, dropped: 7};
def grid($name; $title; $unit; $row_is; $column_is; $rows; $columns; cell):
    {name: $name, title: $title, unit: $unit, row_is: $row_is, column_is: $column_is, method: "made up",
     matrix: ($rows == $columns), more_is_better: ($unit == "GB/s"), rows: $rows, columns: $columns,
     cells: [range($rows | length) as $r | range($columns | length) as $c | [$r, $c] | cell]};
[range(8) | tostring] as $cpus
| [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26 | pow(2; .)] as $sizes
| {quick: true, when: 1750000000, seconds: 14.2, identity: "0000000000000000", pages: "2 MiB",
   noise: {noisy: false, others: 0.003, dropped: 0.01, drift: 0.004, spread: 0.02},
   remarks: ["made-up numbers"], conclusions: ["A line from the other node takes 2.4 times as long."],
   caches: [{level: 1, at_least: 32768, below: 49152, modelled: 32768, latency: figure(1.2)},
            {level: 2, at_least: 1048576, below: 2097152, modelled: 1048576, latency: figure(4.1)},
            {level: 3, at_least: 16777216, below: 0, modelled: 0, latency: figure(91)}],
   grids: [grid("transfer"; "A line handed over from core to core"; "ns"; "CPU"; "CPU"; $cpus; $cpus;
                if .[0] == .[1] then unknown("the same CPU")
                elif (.[0] < 4) == (.[1] < 4) then figure(52 + .[0] + .[1]) else figure(128 + .[0] - .[1]) end),
           grid("curve"; "Latency by size"; "ns"; "bytes"; ""; ($sizes | map(tostring)); ["load"];
                $sizes[.[0]] as $s | figure(if $s <= 32768 then 1.2 elif $s <= 1048576 then 4.1
                                            elif $s <= 16777216 then 14 else 91 end)),
           grid("memory-latency"; "Memory of the column's node, from the row's"; "ns"; "node"; "node";
                ["0", "1"]; ["0", "1"]; if .[0] == .[1] then figure(92) else figure(151) end)]}
