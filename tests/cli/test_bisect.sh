# SPDX-License-Identifier: MIT
# The recipe for git bisect in docs/diff.md, as written there: it finds the commit, and skips what does
# not build and what cannot be measured.
. "$TESTS/cli/lib.sh"
command -v git >/dev/null && command -v make >/dev/null || skip "no git or make"
"$CACHECHECK" stat -q --backend software -- true >/dev/null 2>&1 || skip "no software counters here"
export GIT_CONFIG_NOSYSTEM=1 HOME=$work
git config --global user.name t && git config --global user.email t@example.com
mkdir "$work/bin" "$work/project"
ln -s "$CACHECHECK" "$work/bin/cachecheck"
PATH=$work/bin:$PATH
cd "$work/project" || exit 1

# Page faults stand for misses: here they can be counted everywhere, and are always the same.
sed -n '/^#!\/bin\/sh$/,/^```$/p' "$SOURCE/docs/diff.md" | sed '/^```$/d
    s/llc_mpki/page-faults/; s/stat -q -r 10/stat -q -r 3 --backend software/; s/--threshold 3/--threshold 20/' >"$work/bisect.sh"
chmod +x "$work/bisect.sh"
check "the recipe is there" grep -q 'exit 125 ;;' "$work/bisect.sh"

cat >app.c <<'C'
#include <stdlib.h>
#include "pages.h"
int main(void)
{
    char *memory = malloc(PAGES * 4096L);
    for (long i = 0; i < PAGES; i++)
        *(volatile char *)(memory + i * 4096) = 1;
    return STATUS;
}
C
printf 'app: app.c pages.h\n\tcc -o app app.c\n' >Makefile
printf 'app\n*.json\n' >.gitignore
git init -q .
commit() { # NUMBER PAGES STATUS
    printf '#define PAGES %s\n#define STATUS %s\n/* %s */\n' "$2" "$3" "$1" >pages.h
    git add . && git commit -qm "commit $1"
}
commit 1 1000L 0
make -s && "$CACHECHECK" stat -q -r 3 --backend software -o good.json -- ./app || exit 1
commit 2 1000L 0
commit 3 1000L 0
commit 4 "this does not build" 0
commit 5 1000L 0
commit 6 9000L 0
commit 7 9000L 3
commit 8 9000L 0
commit 9 9000L 0
git tag tip
git bisect start HEAD HEAD~8 >/dev/null
run timeout -k 5 120 git bisect run "$work/bisect.sh"
check "it ends" [ "$status" -eq 0 ]
check "with the commit that did it" grep -q '^commit 6$' <(git log -1 --format=%s refs/bisect/bad)
git bisect reset 2>/dev/null

# The three answers, one by one.
answer() { git checkout -q "tip~$1"; run timeout -k 5 60 "$work/bisect.sh"; }
answer 6
check "good: 0" [ "$status" -eq 0 ]
answer 1
check "bad: 1" [ "$status" -eq 1 ]
answer 5
check "does not build: 125" [ "$status" -eq 125 ]
answer 2
check "the program fails: 125" [ "$status" -eq 125 ]
cp good.json kept.json && jq '.machine.pus = 999' kept.json >good.json
answer 1
check "of another machine: 125" [ "$status" -eq 125 ]
finish
