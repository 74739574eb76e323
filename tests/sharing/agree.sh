#!/bin/bash
# SPDX-License-Identifier: MIT
# Whether watching and simulating say the same of each program of known sharing (truth.tsv): rule,
# object and fields of the worst finding at medium or above. Elements of arrays are one to this:
# which two of them share a line that is shown is up to the run.
#   agree.sh [--seconds S] [--tries N] [--short] [NAME...]
# --seconds 2: of each run that is watched; --tries 2: for what one look may miss; --short leaves
# out what differs from another by its optimisation only. Minutes. Prints TAP; what differs
# and is right both ways by truth.tsv (a ring is mixed, or false, by the interleaving) is said and
# no failure. CACHECHECK: the program; PROGRAMS: the folder of built programs.
set -u
here=$(cd "$(dirname "$0")" && pwd)
seconds=2 tries=2 short=''
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=$2; shift 2 ;;
    --tries) tries=$2; shift 2 ;;
    --short) short=yes; shift ;;
    -*) sed -n '3,11s/^# //p' "$0" >&2; exit 2 ;;
    *) break ;;
    esac
done
cachecheck=${CACHECHECK:?which cachecheck to run}
programs=${PROGRAMS:?where the programs are}
only=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wanted() {
    local name
    case "$short:$1" in yes:*_O[023]) [ "$1" = regression_O0 ] || [ "$1" = regression_O2 ] || return 1 ;; esac
    [ ${#only[@]} -gt 0 ] || return 0
    for name in "${only[@]}"; do [ "$name" = "$1" ] && return 0; done
    return 1
}

# told FILE: what it says of each line that matters, worst first.
told() {
    jq -r '.findings[]? | select(.severity == "medium" or .severity == "high" or .severity == "critical")
        | select(.rule != "contended-lock")
        | "\(.rule) \(.object.kind) \(.object.name // "") (\(.object.type // "")) "
            + ([.fields[]?.name | gsub("\\[[0-9]+\\]"; "[]")] | unique | join(","))' "$1" 2>/dev/null
}
# judged FILE: right by the row of truth.tsv?
judged() {
    jq -e --arg verdict "$verdict" --arg kind "$kind" --arg object "$object" --arg fields "$fields" \
        -f "$here/judge.jq" "$1" 2>/dev/null | jq -e .ok >/dev/null
}

number=0 differ=0 both=0
while IFS=$'\t' read -r program arguments verdict kind object fields _ backends note; do
    case $program in '#'*) continue ;; esac
    { wanted "$program" && [ "$backends" = all ] && [ -x "$programs/$program" ]; } || continue
    given=()
    [ "$arguments" = - ] || read -ra given <<<"$arguments"
    timeout 120 "$cachecheck" sharing -q --backend simulate --format json -o "$work/simulated" -- \
        "$programs/$program" "${given[@]}" >/dev/null 2>&1
    modelled=$(told "$work/simulated")
    given[0]=100000000000
    for ((try = 0; try < tries; try++)); do
        timeout 60 "$cachecheck" sharing -q --backend watch --duration "$seconds" --format json -o "$work/watched" -- \
            "$programs/$program" "${given[@]}" >/dev/null 2>&1
        watched=$(told "$work/watched" | head -n 1)
        { [ -z "$watched" ] && [ -z "$modelled" ]; } || grep -qxF -- "$watched" <<<"$modelled" && break
    done
    number=$((number + 1))
    shown="$program${arguments#-}"
    if { [ -z "$watched" ] && [ -z "$modelled" ]; } || { [ -n "$watched" ] && grep -qxF -- "$watched" <<<"$modelled"; }; then
        echo "ok $number - $shown ($note): ${watched:-nothing}"
        continue
    fi
    if judged "$work/simulated" && judged "$work/watched"; then
        both=$((both + 1))
        echo "ok $number - $shown ($note): both right, in other words"
    else
        differ=$((differ + 1))
        echo "not ok $number - $shown ($note)"
    fi
    echo "# watched:   ${watched:-nothing}"
    echo "# simulated: $(head -n 1 <<<"${modelled:-nothing}")"
done <"$here/truth.tsv"
echo "1..$number"
echo "# agree $((number - differ - both)), right in other words $both, differ $differ"
[ "$number" -gt 0 ] && [ "$differ" -eq 0 ]
