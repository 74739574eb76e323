# SPDX-License-Identifier: MIT
# What commands refuse before anything runs, each with its reason and its status.
. "$TESTS/cli/lib.sh"
cd "$work" || exit 1
ran=$work/ran
mark=(touch "$ran")

# refuse STATUS WORDS ARGUMENTS...: nothing on stdout, nothing ran.
refuse() {
    local expected=$1 words=$2
    shift 2
    run "$CACHECHECK" "$@"
    check "$*: $words" stderr_has "$words"
    check "$*: status $expected, and nothing else" bash -c '[ "$1" -eq "$2" ] && [ ! -s out ] && [ ! -e ran ]' \
        - "$status" "$expected"
    rm -f "$ran"
}

# Words that are no options, and values that are none.
refuse 125 "^cachecheck stat: unknown option '-Q'" stat -Q -- "${mark[@]}"
refuse 125 "unknown option '--quite'; did you mean '--quiet'\?" stat --quite -- "${mark[@]}"
refuse 125 "takes no value: '--quiet=1'" stat --quiet=1 -- "${mark[@]}"
refuse 125 "a value is missing behind '-o'" stat -o
refuse 125 "--repeat takes a whole number from 1 on, not '0'" stat --repeat 0 -- "${mark[@]}"
refuse 125 "--repeat takes a whole number from 1 on, not '2.5'" stat -r2.5 -- "${mark[@]}"
refuse 125 "--duration takes a number from 0 on, not 'soon'" stat --duration soon -- "${mark[@]}"
refuse 125 "--duration takes a number from 0 on, not '-1'" stat --duration=-1 -- "${mark[@]}"
refuse 125 "--color takes one of .*always.*, not 'blue'" stat --color blue -- "${mark[@]}"
refuse 2 "unknown command 'sttat'; did you mean 'stat'\?" sttat
refuse 2 "unknown command 'sttat'; did you mean 'stat'\?" help sttat
refuse 2 "^cachecheck: unknown command 'qqqqqqqq'$" qqqqqqqq

# What does not go together.
refuse 125 "--threshold takes percents from 0 on" compare --threshold -1 -- "${mark[@]}" --- true
refuse 125 "--set or -e, not both" compare --set cache -e cycles -- "${mark[@]}" --- true
refuse 2 "takes percents from 0 on, not 'x'" diff --threshold x a b
refuse 2 "name a finding .* or a patch" verify -- "${mark[@]}"
refuse 2 "how is it built\?" verify --patch p -- "${mark[@]}"
refuse 2 "the program stands behind --" verify r.json#1 --build true "${mark[@]}"
refuse 2 "--threshold takes percents from 0 on" verify r.json --threshold -3 --build true -- "${mark[@]}"
refuse 2 "--set or -e, not both" verify r.json --set cache -e cycles --build true -- "${mark[@]}"
refuse 2 "--baseline or --diff, not both" layout --baseline a --diff HEAD x.h
refuse 2 "one of --show, --sizes.* at a time" layout --sizes --holes x.h
refuse 2 "--line takes 64, 128 or 256" layout --line 32 x.h
refuse 2 "svg is the picture of a type" layout --sizes --format svg x.h
refuse 2 "listings come as text" layout --sizes --format sarif x.h
refuse 2 "html is the picture of a type" layout --sizes --format html x.h
refuse 2 "--list prints text or csv" stat --list --format json
: >file
refuse 2 "cannot write into file" verify r.json#1 --build true --save file -- "${mark[@]}"
refuse 2 "no rank for %r" report -o 'page.%r.html' r.json

deep=$(printf 'a/%.0s' $(seq 3000))
CACHECHECK_BASELINES=$deep refuse 125 "the path in CACHECHECK_BASELINES is too long" \
    stat --save-baseline a -- "${mark[@]}"

# Help is no refusal: on stdout, status 0.
for words in "" help "help stat" "stat --help" "verify -h"; do
    # shellcheck disable=SC2086 # words are meant
    run "$CACHECHECK" $words
    check "'$words': usage" bash -c '[ "$1" -eq 0 ] && grep -q "^Usage: cachecheck" out && [ ! -s err ]' - "$status"
done

# The list of events, as a table that programs read.
run "$CACHECHECK" stat --list --format csv page
check "events as CSV" [ "$status" -eq 0 ]
check "events as CSV: a header, five columns each" python3 -c '
import csv, sys
rows = list(csv.reader(open(sys.argv[1])))
sys.exit(rows[0] != ["group", "name", "usable", "why_not", "meaning"] or len(rows) < 2 or
         any(len(row) != 5 or row[2] not in ("yes", "no") for row in rows[1:]) or
         not any(row[1] == "page-faults" for row in rows))' "$work/out"
run "$CACHECHECK" stat --list qqqqqqqq
check "a filter that nothing fits is told" stderr_has "nothing known matches 'qqqqqqqq'"
finish
