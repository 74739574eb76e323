# SPDX-License-Identifier: MIT
# Pages in a real browser: nothing on its console, filter, sorting and keyboard work, 10,000
# findings stay usable. Skipped without chromium, whose package takes 290 MB.
. "$TESTS/cli/lib.sh"
cd "$work" || exit 1
: >out
: >err
command -v chromium >/dev/null || skip "no chromium here (package chromium)"
"$CACHECHECK" stat -q --backend software -o base.json -- true || skip "no software counters here"
jq '.command = "sharing" | .findings_left_out = 0 | .lines_judged = 1
    | .findings = [range(10000) as $i | {rule: "false-sharing", severity: "high", id: "a",
        title: "`struct s\($i)` fields share a line",
        evidence: {grade: "simulated", samples: 7, cost_text: ""},
        object: {kind: "global", name: "g", type: "struct s\($i)", type_from: "symbol", size: 16, count: 0,
                 stride: 0, address: "0x10", freed: false},
        line_offset: 0, line_size: 64,
        fields: [{name: "hits", type: "long", offset: 0, size: 8, tid: 7, thread: "w", reads: false, writes: true, atomic: true,
                  location: {file: "a.c", line: 3, function: "", module: "", offset: "0x0", role: "writes"}}],
        locations: [], allocation: [],
        suggestion: {text: "align it", cost_bytes: 56, cost_of: "object", code: "", patch: ""}, verify: "", notes: []}]' \
    base.json >many.json
"$CACHECHECK" report many.json -o many.html || exit 1
check "10,000 findings: at most 5 MB" [ "$(stat -c %s many.html)" -le 5000000 ]

# browse SCRIPT: the page with a script of ours behind it; its verdict ends up in <body>.
browse() {
    { grep -v '^</body>$' many.html | grep -v '^</html>$'; echo "<script>$1</script></body></html>"; } >driven.html
    timeout 120 chromium --headless=new --no-sandbox --disable-gpu --enable-logging=stderr \
        --user-data-dir="$work/profile" --virtual-time-budget=20000 --dump-dom \
        "file://$work/driven.html" >out 2>err || return 1
    ! grep -E 'CONSOLE.*(error|Refused|Uncaught)' err
}

browse 'document.body.dataset.alive = document.documentElement.className;' ||
    skip "chromium does not run here: $(grep -v '^$' err | tail -1 | cut -c 1-100)"
check "scripts run, and nothing is on the console" grep -q 'data-alive="on"' out
check "the filter" browse '
    document.dispatchEvent(new KeyboardEvent("keydown", {key: "/"}));
    var box = document.activeElement;
    box.value = "STRUCT s9999";
    box.dispatchEvent(new Event("input"));
    setTimeout(function () {
        var shown = Array.from(document.querySelectorAll(".finding")).filter(function (e) { return !e.hidden; });
        document.body.dataset.shown = box.tagName + " " + shown.length + " " +
            document.querySelector("output").textContent;
    }, 500);'
check "the filter: by keyboard, one of 10,000" grep -q 'data-shown="INPUT 1 1 of 10000"' out
check "sorting" browse '
    var head = document.querySelector("#numbers-0 th"), rows = head.closest("table").tBodies[0].rows;
    head.firstChild.click(); var down = rows[0].cells[0].textContent;
    head.firstChild.click(); var up = rows[0].cells[0].textContent;
    document.body.dataset.sorted = head.getAttribute("aria-sort") + " " + (down > up);'
check "sorting: down, and up again" grep -q 'data-sorted="ascending true"' out
check "details open by keyboard" browse '
    var folded = document.querySelector("details.finding:not([open])");
    folded.querySelector("summary").focus();
    document.body.dataset.focus = document.activeElement.tagName;'
check "details: focusable" grep -q 'data-focus="SUMMARY"' out
finish
