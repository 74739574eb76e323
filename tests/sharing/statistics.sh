#!/bin/bash
# SPDX-License-Identifier: MIT
# How surely `cachecheck sharing --backend watch` finds what there is, and nothing else: each
# program of truth.tsv watched many times. Prints, for each, how often it was found with the right
# object and fields (controls: how often something was told at medium or above), the 95 % interval
# of Wilson, and the median time until a finding was sure. Takes runs x seconds x programs: some
# two hours for all. On a quiet machine: what threads do not do at the same time is not sharing.
#   statistics.sh [--runs N] [--controls N] [--seconds S] [--short] [--raise] [--keep FOLDER] [NAME...]
# --runs 20, --seconds 3; --controls: runs of each control, by default 200 over all of them;
# --short leaves out what differs from another by its optimisation only; --raise: at real-time
# priority, for a machine that is busy with other things, wants root, and no more threads than CPUs:
# they take no turns there; NAME: only these programs.
# CACHECHECK: the program; PROGRAMS: the folder of built programs. Status 1: below what is aimed at
# (19 of 20 each, 99 % over all, no false alarm, 0.3 s).
set -u
here=$(cd "$(dirname "$0")" && pwd)
runs=20 controls='' seconds=3 short='' raise='' keep=''
while [ $# -gt 0 ]; do
    case $1 in
    --runs) runs=$2; shift 2 ;;
    --controls) controls=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --keep) keep=$2; shift 2 ;;
    --short) short=yes; shift ;;
    --raise) raise=yes; shift ;;
    -*) sed -n '3,15s/^# //p' "$0" >&2; exit 2 ;;
    *) break ;;
    esac
done
cachecheck=${CACHECHECK:?which cachecheck to run}
programs=${PROGRAMS:?where the programs are}
only=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -z "$keep" ] || mkdir -p "$keep"

wanted() {
    local name
    case "$short:$1" in yes:*_O[023]) [ "$1" = regression_O0 ] || [ "$1" = regression_O2 ] || return 1 ;; esac
    [ ${#only[@]} -gt 0 ] || return 0
    for name in "${only[@]}"; do [ "$name" = "$1" ] && return 0; done
    return 1
}
is_control() { case $1 in *none* | low*) ;; *) false ;; esac; }

# The watcher above the watched, and both ended from above: threads that spin at a real-time
# priority leave nobody else a processor.
watched() {
    local look=(sharing -q --backend watch --duration "$seconds" --format json -o "$work/result.json")
    rm -f "$work/result.json"
    if [ -n "$raise" ]; then
        chrt -f 3 timeout -s KILL $((${seconds%.*} + 5)) \
            chrt -R -f 2 "$cachecheck" "${look[@]}" -- chrt -f 1 "$@"
    else
        timeout -s KILL $((${seconds%.*} + 60)) "$cachecheck" "${look[@]}" -- "$@"
    fi
}

# wilson HITS RUNS: "low-high", in percent.
wilson() {
    awk -v k="$1" -v n="$2" 'BEGIN {
        if (!n) { print "-"; exit }
        z = 1.96; p = k / n; d = 1 + z * z / n; c = p + z * z / (2 * n)
        h = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low = 100 * (c - h) / d; high = 100 * (c + h) / d
        printf("%.1f-%.1f %%", (low < 0 ? 0 : low), (high > 100 ? 100 : high)) }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { if (NR) printf "%.2f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2; else printf "-" }'; }

count=0
while IFS=$'\t' read -r program _ verdict _ _ _ _ backends _; do
    case $program in '#'*) continue ;; esac
    wanted "$program" && is_control "$verdict" && [ -x "$programs/$program" ] && count=$((count + 1))
done <"$here/truth.tsv"
[ -n "$controls" ] || controls=$((count ? (200 + count - 1) / count : 0))

# case_of PROGRAM ARGUMENTS VERDICT KIND OBJECT FIELDS RUNS: one row; adds to the sums.
all=0 right=0 alarms=0 clean_runs=0 failed=0 weakest=100
: >"$work/times"
case_of() {
    local arguments=() ok said number=0 good=0 nothing=0 times=$work/times.one word
    read -ra arguments <<<"$2"
    [ "$2" != - ] || arguments=()
    arguments[0]=100000000000
    : >"$times"
    for ((number = 0; number < $7; number++)); do
        watched "$programs/$1" "${arguments[@]}" >/dev/null 2>"$work/err"
        if [ ! -s "$work/result.json" ]; then
            failed=$((failed + 1))
            echo "# $1: no result: $(tail -n 1 "$work/err")" >&2
            continue
        fi
        IFS=$'\t' read -r ok said < <(jq -r --arg verdict "$3" --arg kind "$4" --arg object "$5" \
            --arg fields "$6" -f "$here/judge.jq" "$work/result.json" | jq -r '"\(.ok)\t\(.said)"')
        [ -z "$keep" ] || cp "$work/result.json" "$keep/$1-$number.json"
        if [ "$ok" = true ]; then
            good=$((good + 1))
            is_control "$3" || jq '[.findings[].evidence.after_s | select(.)] | min // empty' \
                "$work/result.json" >>"$times"
        else
            echo "# $1, run $((number + 1)): wanted $3 $4 $5 $6; said $said" >&2
        fi
    done
    if is_control "$3"; then
        alarms=$((alarms + $7 - good)) clean_runs=$((clean_runs + $7)) word=clean
    else
        all=$((all + $7)) right=$((right + good)) word=found
        cat "$times" >>"$work/times"
        [ $((100 * good)) -ge $((weakest * $7)) ] || weakest=$((100 * good / $7))
    fi
    printf '%-18s %-8s %s %3d of %-3d  %-14s %s\n' "$1" "$([ "$2" = - ] || echo "$2")" "$word" \
        "$good" "$7" "$(wilson "$good" "$7")" "$(is_control "$3" || echo "$(median <"$times") s")"
}

printf '%-18s %-8s %-17s %-14s %s\n' program arguments right '95 %' 'median until sure'
for kind in positives controls; do
    while IFS=$'\t' read -r program arguments verdict object_kind object fields _ backends _; do
        case $program in '#'*) continue ;; esac
        wanted "$program" || continue
        [ "$backends" = all ] || [ "$backends" = watch ] || continue
        [ -x "$programs/$program" ] || continue
        if is_control "$verdict"; then
            [ "$kind" = controls ] || continue
            case_of "$program" "$arguments" "$verdict" "$object_kind" "$object" "$fields" "$controls"
        elif [ "$kind" = positives ]; then
            case_of "$program" "$arguments" "$verdict" "$object_kind" "$object" "$fields" "$runs"
        fi
    done <"$here/truth.tsv"
done
middle=$(median <"$work/times")
echo
echo "found    $right of $all ($(wilson "$right" "$all")), the weakest case $weakest %"
echo "alarms   $alarms of $clean_runs runs of controls ($(wilson "$alarms" "$clean_runs"))"
echo "sure     after $middle s (median of all)"
[ "$failed" -eq 0 ] || echo "failed   $failed runs gave no result"
[ $((all + clean_runs)) -gt 0 ] && [ "$failed" -eq 0 ] && [ "$alarms" -eq 0 ] && [ "$weakest" -ge 95 ] &&
    [ $((100 * right)) -ge $((99 * all)) ] &&
    awk -v m="$middle" 'BEGIN { exit !(m == "-" || m <= 0.3) }'
