# SPDX-License-Identifier: MIT
# Review: what a change adds, baselines, and the formats that reviewers' tools read.
. "$TESTS/cli/layout.sh"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git init -q . && git config user.email a@b.c && git config user.name n
mkdir -p inc src
write_stats inc/stats.h
printf '#include "stats.h"\nstruct stats all;\n' >src/use.c
git add . && git commit -qm first

layout --diff HEAD inc/stats.h
check "an unchanged tree adds nothing" [ "$status" = 0 ]
check "and says what is known" stdout_has "^note     0 new / 0 resolved / 1 unchanged since HEAD"
cat >inc/ring.h <<'C'
#include <stdatomic.h>
struct ring {
    atomic_uint head;
    atomic_uint tail;
};
C
layout --diff HEAD inc
check "a new header is new" [ "$status" = 1 ]
check "told alone" stdout_has "^verdict  1 finding "
check "the old finding is not" eval '! grep -q "^warning.*struct stats" "$work/out"'
mkdir new && cp inc/ring.h new/ring.h
layout --diff HEAD new/ring.h
check "so is one in a new folder" [ "$status" = 1 ]
rm -r new
git add . && git commit -qm second
layout --diff HEAD~1 src/use.c -- -Iinc
check "flags hold at the revision" [ "$status" = 0 ]
sed -i 's/int limit;/int limit; atomic_long errors;/' inc/stats.h
layout --diff HEAD src/use.c -- -Iinc
check "what a change worsens, through the source" [ "$status" = 1 ]
check "of that type" stdout_has "errors"
(cd src && run timeout 60 "$CACHECHECK" layout --diff HEAD use.c -- -I../inc; exit "$status")
check "from a folder below" [ $? = 1 ]
mkdir build
cat >build/compile_commands.json <<C
[{"directory": "$PWD/build", "file": "$PWD/src/use.c", "arguments": ["cc", "-I$PWD/inc", "-c", "$PWD/src/use.c"]}]
C
layout -p build --diff HEAD src/use.c
check "with compile_commands.json" [ "$status" = 1 ]
git checkout -q inc/stats.h
layout -p build --diff HEAD src/use.c
check "which is of the revision, not of the tree" [ "$status" = 0 ]
check "nothing is left behind" [ -z "$(git status --porcelain -- inc src)" ]
check "nor outside" [ -z "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'cachecheck-diff-*' -newer build)" ]
layout --diff no-such-revision inc/stats.h
check "an unknown revision is an error" [ "$status" = 2 ]
check "with a hint" stderr_has "hint: "
(cd / && run timeout 60 "$CACHECHECK" layout --diff HEAD "$work/project/inc/stats.h"; exit "$status")
check "no repository is an error" [ $? = 2 ]

# ---- baselines ----
layout --write-baseline base.json --fail-on never inc
check "a baseline is written" jq -e '.findings | length == 2' base.json
layout --baseline base.json inc
check "nothing new" [ "$status" = 0 ]
check "counted" stdout_has "0 new / 0 resolved / 2 unchanged since the baseline"
sed -i '1i /* a line more */' inc/stats.h
layout --baseline base.json inc
check "ids do not hang on lines" [ "$status" = 0 ]
git checkout -q inc/stats.h
layout --fix inc/ring.h
layout --baseline base.json inc
check "what was mended is resolved" stdout_has "0 new / 1 resolved / 1 unchanged"
git checkout -q inc/ring.h
sed -i 's/atomic_uint tail;/atomic_uint tail; atomic_uint drops;/' inc/ring.h
layout --baseline base.json inc
check "what is new fails" [ "$status" = 1 ]
layout --baseline no-such-file inc
check "no baseline is an error" [ "$status" = 2 ]

# ---- formats ----
layout --format github inc/ring.h
check "annotations" stdout_has '^::(error|warning) file=inc/ring\.h,line=[0-9]+,title=adjacent-atomics::'
layout --format markdown inc/ring.h
check "markdown" stdout_has '^\| (medium|high) \| adjacent-atomics \| inc/ring\.h:[0-9]+ \|'
layout -o out.sarif inc
check "SARIF by the file's ending" [ "$status" = 1 ]
cp out.sarif "$work/out"
check "of its version" json '.version == "2.1.0"'
check "rules with help" json '.runs[0].tool.driver.rules | all(.id and .help.text and .shortDescription.text)'
check "places relative to the sources" json '[.runs[0].results[].locations[0].physicalLocation.artifactLocation.uri] | sort == ["inc/ring.h", "inc/stats.h"]'
check "fingerprints" json '.runs[0].results | all(.partialFingerprints["cachecheckFinding/v1"] | length == 16)'
check "fixes" json '.runs[0].results | all(.fixes[0].artifactChanges[0].replacements | length >= 1)'
layout --patch --format json inc/stats.h
check "patches in JSON" json '.findings[0].suggestion.patch | startswith("--- a/inc/stats.h\n+++ b/inc/stats.h\n@@ -")'
check "with variants, ranked" json '.findings[0].suggestion | .cost_bytes <= ([.variants[].cost_bytes] | min)'
finish
