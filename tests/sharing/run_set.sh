#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs the programs of known sharing under `cachecheck sharing` and compares what it
# says with truth.tsv. Prints TAP and the counts; status 1 if anything was wrong.
#   run_set.sh [--backend B] [--short] [--runs N] [--rounds N] [--seconds S] [--keep FOLDER] [NAME...]
# --short leaves out what differs from another by its optimisation only; --rounds is for
# a backend that samples, which wants a run of seconds; --seconds ends each run after so many,
# however many rounds it did; NAME: only these programs.
# CACHECHECK: the program; PROGRAMS: the folder of built programs.
set -u
here=$(cd "$(dirname "$0")" && pwd)
backend=simulate short='' runs=1 rounds='' keep='' seconds='' ended=-1
while [ $# -gt 0 ]; do
    case $1 in
    --backend) backend=$2; shift 2 ;;
    --runs) runs=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --seconds) seconds=$2 ended=143; shift 2 ;; # 128 + SIGTERM
    --keep) keep=$2; shift 2 ;;
    --short) short=yes; shift ;;
    -*) sed -n '3,10s/^# //p' "$0" >&2; exit 2 ;;
    *) break ;;
    esac
done
cachecheck=${CACHECHECK:?which cachecheck to run}
programs=${PROGRAMS:?where the programs are}
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

# once PROGRAM ARGUMENTS VERDICT KIND OBJECT FIELDS: sets $ok and $said.
once() {
    local json=$work/result.json status arguments=()
    read -ra arguments <<<"$2"
    [ "$2" != - ] || arguments=()
    [ -z "$rounds" ] || arguments[0]=$rounds
    rm -f "$json"
    timeout 120 "$cachecheck" sharing -q --backend "$backend" ${seconds:+--duration "$seconds"} \
        --format json -o "$json" -- \
        "$programs/$1" "${arguments[@]}" >"$work/out" 2>"$work/err"
    status=$?
    ok=false
    if [ "$status" -eq 3 ] && grep -q 'not what this program is about' "$work/err"; then
        said="misplaced by the compiler or the allocator: $(tail -n 1 "$work/err")"
    elif { [ "$status" -ge 2 ] && [ "$status" -ne "$ended" ]; } || [ ! -s "$json" ]; then
        said="status $status: $(tail -n 1 "$work/err")"
    else
        IFS=$'\t' read -r ok said < <(jq -r --arg verdict "$3" --arg kind "$4" --arg object "$5" \
            --arg fields "$6" -f "$here/judge.jq" "$json" | jq -r '"\(.ok)\t\(.said)"')
        [ -z "$keep" ] || cp "$json" "$keep/$1${2//[- ]/_}.json"
    fi
}

only=("$@")
number=0 wrong=0 found=0 clean=0 missed=0 alarmed=0 absent=0
while IFS=$'\t' read -r program arguments verdict kind object fields language backends note; do
    case $program in '#'*) continue ;; esac
    wanted "$program" || continue
    [ "$backends" = all ] || [ "$backends" = "$backend" ] || continue
    if [ ! -x "$programs/$program" ]; then
        absent=$((absent + 1))
        continue
    fi
    for ((run = 0; run < runs; run++)); do
        number=$((number + 1))
        once "$program" "$arguments" "$verdict" "$kind" "$object" "$fields"
        case "$verdict:$ok" in
        *none*:true | low*:true) clean=$((clean + 1)) ;;
        *none*:* | low*:*) alarmed=$((alarmed + 1)) ;;
        *:true) found=$((found + 1)) ;;
        *) missed=$((missed + 1)) ;;
        esac
        word=ok
        [ "$ok" = true ] || { word='not ok' wrong=$((wrong + 1)); }
        [ "$arguments" = - ] && shown='' || shown=" $arguments"
        echo "$word $number - $program$shown ($language, $note): $verdict"
        [ "$ok" = true ] && prefix='# ' || prefix="# wanted $kind $object $fields; "
        echo "${prefix}said $said"
    done
done <"$here/truth.tsv"
echo "1..$number"
echo "# found $found, missed or misjudged $missed; clean $clean, false alarms $alarmed; not built $absent"
[ "$number" -gt 0 ] && [ "$wrong" -eq 0 ]
