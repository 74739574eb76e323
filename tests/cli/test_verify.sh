# SPDX-License-Identifier: MIT
# cachecheck verify: what a patch changes, and that the user's tree stays as it is, whatever happens.
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/schema.sh"
command -v git >/dev/null || skip "no git"
"$CACHECHECK" stat -q --backend software -- true >/dev/null 2>&1 || skip "no software counters here"
mkdir "$work/tmp" "$work/project"
export TMPDIR=$work/tmp GIT_CONFIG_NOSYSTEM=1 HOME=$work
git config --global user.name t && git config --global user.email t@example.com
git config --global init.defaultBranch main
cd "$work/project" || exit 1

cat >stats.h <<'C'
#include <stdatomic.h>
struct stats {
    atomic_long hits;
    atomic_long misses;
};
C
cat >app.c <<'C'
#include <pthread.h>
#include <stdlib.h>
#include "stats.h"
#include "pages.h"
static struct stats stats __attribute__((aligned(64)));
static long rounds;
static void *hit(void *unused)
{
    for (long i = 0; i < rounds; i++)
        atomic_fetch_add(&stats.hits, 1);
    return unused;
}
static void *miss(void *unused)
{
    for (long i = 0; i < rounds; i++)
        atomic_fetch_add(&stats.misses, 1);
    return unused;
}
int main(int argc, char **argv)
{
    pthread_t threads[2];
    char *memory = malloc(PAGES * 4096L);
    rounds = argc > 1 ? atol(argv[1]) : 1000;
    for (long i = 0; i < PAGES; i++)
        *(volatile char *)(memory + i * 4096) = 1;
    pthread_create(&threads[0], NULL, hit, NULL);
    pthread_create(&threads[1], NULL, miss, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
C
printf '#define PAGES 4000L\n' >pages.h
printf 'app: app.c stats.h pages.h\n\tcc -O1 -g -pthread -o app app.c\n' >Makefile
printf 'app\nlocal.mk\n' >.gitignore
git init -q . && git add . && git commit -qm first
make -s || skip "no compiler"

# The tree as it is: files, modes, times, index, what git says; and nothing in TMPDIR.
state() {
    git status --porcelain --ignored
    git worktree list
    git stash list
    git for-each-ref
    sha1sum .git/index
    find . -path ./.git -prune -o -type f -printf '%p %m %T@ ' -exec sha1sum {} \;
}
untouched() {
    state >"$work/after"
    cmp -s "$work/before" "$work/after" || { diff "$work/before" "$work/after"; false; }
}
clean() { [ -z "$(ls "$TMPDIR")" ] || { ls "$TMPDIR"; false; }; }
state >"$work/before"
verify() { run timeout -k 5 120 "$CACHECHECK" verify -q "$@"; }
runs() { verify --measure runs -r 3 -m page-faults "$@"; }

# A patch that is known to help: fewer pages.
sed 's/4000/40/' pages.h >"$work/pages.new"
diff -u --label a/pages.h --label b/pages.h pages.h "$work/pages.new" >"$work/fewer.diff"
sed 's/4000/9000/' pages.h >"$work/pages.new"
diff -u --label a/pages.h --label b/pages.h pages.h "$work/pages.new" >"$work/more.diff"
runs --patch "$work/fewer.diff" --build 'make -s' -- ./app
check "a patch that helps: exit 0" [ "$status" -eq 0 ]
check "and says so" stdout_has '^verdict  improved: measured: page-faults -'
check "with interval and test" stdout_has 'paired t of ratios'
check "what it changes" stdout_has '^patch +pages.h: \+1 -1 lines'
check "the tree is as before" untouched
check "the copies are gone" clean
runs --patch "$work/more.diff" --build 'make -s' -- ./app
check "one that harms: exit 1" [ "$status" -eq 1 ]
check "one that harms: said" stdout_has '^verdict  regressed: measured: page-faults \+'
printf -- '--- a/pages.h\n+++ b/pages.h\n@@ -1 +1,2 @@\n #define PAGES 4000L\n+/* many */\n' >"$work/same.diff"
runs --threshold 5 --patch "$work/same.diff" --build 'make -s' -- ./app
check "one that does nothing: exit 1" [ "$status" -eq 1 ]
check "one that does nothing: said" stdout_has '^verdict  no change beyond noise'
# Its 50 faults are a few more or less from run to run: in one of 40 comparisons of three runs, more than chance.
runs --threshold 20 --patch "$work/same.diff" --build true -- /bin/true
check "a program that no build makes" [ "$status" -eq 1 ]

# Formats.
runs --patch "$work/fewer.diff" --build 'make -s' --save "$work/kept" -o "$work/v.json" -- ./app
check "JSON: valid" valid cachecheck-verify-1.json "$work/v.json"
jq .runs "$work/v.json" >"$work/runs.json"
check "JSON: the diff in it, too" valid cachecheck-diff-1.json "$work/runs.json"
check "JSON: verdict" jq -e '.verdict == "improved" and .patch.files == ["pages.h"] and (has("model") | not)' "$work/v.json"
run "$CACHECHECK" diff -m page-faults "$work/kept/runs-before.json" "$work/kept/runs-after.json"
check "--save: for diff" stdout_has '^page-faults .*improved'
runs --patch "$work/fewer.diff" --build 'make -s' --format markdown -- ./app
check "markdown" stdout_has '^\| page-faults \|'
check "markdown: the patch" stdout_has '^\+#define PAGES 40L'

# A finding of sharing has no patch: the audit makes one, by what threads did.
if "$CACHECHECK" sharing -q --backend simulate -o "$work/sharing.json" -- ./app 3000; then
    check "it is false sharing" jq -e '.findings[0].rule == "false-sharing" and .findings[0].suggestion.patch == ""' "$work/sharing.json"
    verify --measure model "$work/sharing.json#1" --build 'make -s'
    check "a finding of sharing: exit 0" [ "$status" -eq 0 ]
    check "its patch is made" stderr_has 'patch by the layout audit of .*stats.h: align'
    check "gone in the model, which is said to be one" stdout_has '^model +MODELLED, not measured'
    check "and the verdict says so" stdout_has '^verdict  improved in the model only: modelled: [0-9,]+ line transfers before, 0 after'
    check "the tree is as before" untouched
    verify --measure model --patch "$work/same.diff" "$work/sharing.json#1" --build 'make -s' -- ./app 3000
    check "another patch for it, that does nothing: exit 1" [ "$status" -eq 1 ]
    verify --measure model --patch "$work/same.diff" --format json "$work/sharing.json#1" --build 'make -s' -- ./app 3000
    check "the same in JSON" json '.verdict == "unchanged" and .transfers.before == .transfers.after and .transfers.evidence == "simulated"'
    verify -q --measure model --patch "$work/same.diff" --format json "$work/sharing.json#1" --build 'make -s' -- false
    check "it fails when it is simulated: exit 2" [ "$status" -eq 2 ]
    check "it fails when it is simulated: said, quiet or not" stderr_has '^cachecheck: nothing could be judged: no model: the program fails when it is simulated'
    verify "$work/sharing.json#99" --build make
    check "no such finding: exit 2" [ "$status" -eq 2 ]
    check "no such finding: those that are there" stderr_has '^  1  [0-9a-f]{16}  '
    "$CACHECHECK" layout --profile "$work/sharing.json" --patch --format json stats.h >"$work/layout.json"
    id=$(jq -r '[.findings[] | select(.suggestion.patch != "")][0].id' "$work/layout.json")
    verify --measure model --finding "${id:0:6}" "$work/layout.json" --build 'make -s' -- ./app 3000
    check "a finding of layout, by the beginning of its id" stdout_has '^verdict  improved in the model only'
else
    echo "# not simulated here"
fi

# What is not committed yet is copied, what git ignores is not.
printf 'static int extra;\n' >extra.h
sed -i 's/^#include "pages.h"/&\n#include "extra.h"/' app.c
printf 'LOCAL = 1\n' >local.mk
state >"$work/before"
runs --patch "$work/fewer.diff" --build 'make -s' -- ./app
check "a dirty tree: built with what is not committed" [ "$status" -eq 0 ]
check "a dirty tree: files that are not in git are counted" stdout_has '\(1 of them not in git\)'
check "a dirty tree stays dirty as it was" untouched
runs --patch "$work/fewer.diff" --build 'echo building; cat local.mk && make -s' -- ./app
check "what git ignores is missing: exit 2" [ "$status" -eq 2 ]
check "what git ignores is missing: the build says so" stderr_has '^  \| .*local.mk'
check "what git ignores is missing: --copy is the hint" stderr_has '[-]-copy'
check "the whole log is kept" grep -q '^building' "$(sed -n 's/.*all of it in \(.*\):$/\1/p' "$work/err")"
rm -f "$TMPDIR"/cachecheck-build-*
check "the copies are gone" clean
runs --patch "$work/fewer.diff" --copy local.mk --build 'cat local.mk && make -s' -- ./app
check "--copy takes it along" [ "$status" -eq 0 ]
runs --patch "$work/fewer.diff" --copy /etc/passwd --build true -- ./app
check "--copy takes nothing from outside" stderr_has 'is not in'
sed 's/40L/here is no number/' "$work/fewer.diff" >"$work/broken.diff"
runs --patch "$work/broken.diff" --build 'make -s' -- ./app
check "a patch that does not compile: exit 2" [ "$status" -eq 2 ]
check "a patch that does not compile: whose fault" stderr_has 'sources with the patch do not build'
rm -f "$TMPDIR"/cachecheck-build-*

# From below the top, and within a hook, where git says which index to write.
mkdir -p sub && printf 'run:\n\t$(MAKE) -s -C ..\n' >sub/Makefile
state >"$work/before"
(cd sub && diff -u --label a/../pages.h --label b/../pages.h /dev/null /dev/null
    sed "s,a/pages.h,$work/project/pages.h,; s,b/pages.h,$work/project/pages.h," "$work/fewer.diff" >"$work/absolute.diff"
    GIT_DIR=$work/project/.git GIT_WORK_TREE=$work/project GIT_INDEX_FILE=$work/project/.git/index \
        timeout -k 5 120 "$CACHECHECK" verify -q --measure runs -r 3 -m page-faults --patch "$work/absolute.diff" \
        --build 'make -s' -- ../app >"$work/out" 2>"$work/err")
check "from a folder below, with absolute names" stdout_has '^verdict  improved'
check "the index is as before" untouched

# A branch as a patch, as the jobs in docs/ci have it: a new file, a file gone, a mode.
git stash -q -u && git checkout -q -b branch
sed -i 's/4000/40/' pages.h && git mv extra.h moved.h 2>/dev/null
printf 'new\n' >new.txt && chmod +x new.txt && git add . && git commit -qm change
git diff --no-renames main...HEAD >"$work/branch.diff"
git checkout -q main && git stash pop -q
state >"$work/before"
runs --patch "$work/branch.diff" --build 'make -s; ls -l new.txt' -- ./app
check "a patch of git, with a new file: before it is missing" stderr_has 'sources before the patch do not build'
rm -f "$TMPDIR"/cachecheck-build-*
runs --patch "$work/branch.diff" --build 'make -s' -- ./app
check "a patch of git, with a new file" stdout_has '^verdict  improved'
check "the tree is as before" untouched

# Patches that are none, or of other files.
bad() {
    printf '%b' "$2" >"$work/bad.diff"
    runs --patch "$work/bad.diff" --build 'make -s' -- ./app
    check "$1: exit 2" [ "$status" -eq 2 ]
    check "$1: said" stderr_has "$3"
}
bad "no patch at all" 'hello\n' 'no unified diff'
bad "an empty one" '' 'no unified diff'
bad "a hunk that ends too early" '--- a/pages.h\n+++ b/pages.h\n@@ -1,3 +1,3 @@\n #define PAGES 4000L\n' 'damaged'
bad "one that does not apply" '--- a/pages.h\n+++ b/pages.h\n@@ -1 +1 @@\n-#define PAGES 7\n+#define PAGES 8\n' 'does not apply'
bad "one that leads out of the tree" '--- a/../../x\n+++ b/../../x\n@@ -0,0 +1 @@\n+x\n' 'not in'
bad "one of an absolute path elsewhere" '--- /etc/hosts\n+++ /etc/hosts\n@@ -0,0 +1 @@\n+x\n' 'not in'
bad "a file that is not there" '--- a/nowhere.h\n+++ b/nowhere.h\n@@ -1 +1 @@\n-x\n+y\n' 'does not apply'
check "none of these touched the tree" untouched
check "none of these left a copy" clean
runs --patch "$work/fewer.diff" --build 'make -s' -- "$PWD/app"
check "the program of the user's own tree: refused" stderr_has 'of your own tree'
runs --patch "$work/fewer.diff" --build 'make -s' -- ./nowhere
check "a program that is not built: exit 2" [ "$status" -eq 2 ]
runs --patch "$work/fewer.diff" --build 'make -s' -- sh -c 'exit 3'
check "a program that fails: exit 2" [ "$status" -eq 2 ]
runs --patch "$work/fewer.diff" -- ./app
check "no --build: what to say" stderr_has "[-]-build 'make'"
verify --build make -- ./app
check "no finding" stderr_has 'name a finding'
printf '{' >"$work/cut.json"
verify "$work/cut.json#1" --build make -- ./app
check "a damaged result: exit 2" [ "$status" -eq 2 ]
check "the tree is as before" untouched
check "no copy is left" clean

# Ctrl-C: in the build, in the runs.
interrupted() { # WHAT SECONDS ARGS...
    local what=$1 wait=$2 pid
    shift 2
    set -m # else it would ignore SIGINT, as all in the background of scripts do
    timeout --foreground -k 5 60 "$CACHECHECK" verify "$@" >"$work/out" 2>"$work/err" </dev/null &
    pid=$!
    set +m
    for ((i = 0; i < 200; i++)); do
        grep -q "$wait" "$work/err" && break
        sleep 0.05
    done
    sleep 0.2
    kill -INT "$pid" # timeout hands it on
    wait "$pid"
    status=$?
    check "$what: exit 2" [ "$status" -eq 2 ]
    check "$what: the tree is as before" untouched
    check "$what: no copy is left" clean
}
interrupted "Ctrl-C in the build" 'building before' --patch "$work/fewer.diff" --build 'sleep 50' -- ./app
interrupted "Ctrl-C in the runs" 'running both' --measure runs --patch "$work/fewer.diff" --build 'make -s' -- sh -c 'sleep 30'

# What a killed one left, the next one removes; a build folder that is read-only goes as well.
"$CACHECHECK" verify -q --measure runs --patch "$work/fewer.diff" --build 'exec sleep 20' -- ./app 2>/dev/null &
for ((i = 0; i < 200; i++)); do [ -d "$(echo "$TMPDIR"/cachecheck-verify-*/b)" ] && break; sleep 0.05; done
kill -9 $! && wait $! 2>/dev/null
check "killed: its copies stay" [ -n "$(ls "$TMPDIR")" ]
runs --patch "$work/fewer.diff" --build 'make -s; mkdir -p deep/er && touch deep/er/x && chmod 500 deep/er deep' -- ./app
check "the next one removes them, and its own" clean
git worktree prune
check "the tree is as before" untouched

# A submodule is left out, and said to be; a build folder with absolute paths, too.
mkdir "$work/library" && (cd "$work/library" && git init -q . && echo x >x && git add x && git commit -qm x)
git -c protocol.file.allow=always submodule --quiet add "$work/library" library && git commit -qm sub
mkdir -p build && printf 'CMAKE_HOME_DIRECTORY=%s\n' "$PWD" >build/CMakeCache.txt && : >build/product
state >"$work/before"
runs --patch "$work/fewer.diff" --build 'test ! -e library/x && test ! -e build/product && make -s' -- ./app
check "a submodule: left out" [ "$status" -eq 0 ]
check "a submodule: said" stdout_has '^note +library is not copied'
check "a folder of CMake's: said" stdout_has '^note +build is not copied'
runs --patch "$work/fewer.diff" --copy library --build 'test -e library/x && make -s' -- ./app
check "a submodule: --copy takes it along" [ "$status" -eq 0 ]
runs --patch "$work/fewer.diff" --build "make -s; touch '$PWD/stats.h'" -- ./app
check "a build that writes into the user's tree is told of" stdout_has '^note +1 file of your tree changed meanwhile \(stats.h\)'

# Without git: the folder, with all that is in it.
cp -r . "$work/plain" && cd "$work/plain" && rm -rf .git library build app
state() { find . -type f -printf '%p %m %T@ ' -exec sha1sum {} \; | sort; }
state >"$work/before"
runs --patch "$work/fewer.diff" --build 'make -s' -- ./app
check "without git: exit 0" [ "$status" -eq 0 ]
check "without git: the folder is as before" untouched
check "without git: no copy is left" clean
TMPDIR=$PWD runs --patch "$work/fewer.diff" --build 'make -s; test -z "$(ls -d cachecheck-verify-*)"' -- ./app
check "TMPDIR in the tree: the copies have no copy" stdout_has '^verdict  improved'
check "TMPDIR in the tree: the folder is as before" untouched
finish
