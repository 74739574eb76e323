# SPDX-License-Identifier: MIT
# What others may plant must not be followed, run or asked: links, folders of helpers, PATH,
# TMPDIR, plugins; and no debuginfod server is asked by anybody.
. "$TESTS/cli/lib.sh"
. "$TESTS/cli/hostile.sh"
helpers=$BUILD/libexec/cachecheck
printf 'struct s { _Atomic long a, b; };\n' >"$work/s.h"
: >"$work/out"
: >"$work/err"

# ---- outputs ----
public=$work/public
mkdir -m 1777 "$public"
precious=$work/precious
# refuses WHAT COMMAND...: no byte of the file that the link leads to changes.
refuses() {
    local what=$1
    shift
    echo precious >"$precious"
    ln -sf "$precious" "$public/link.json"
    run "$@"
    check "$what: refused" [ "$status" -ge 1 ]
    check "$what: said" stderr_has 'symbolic link|Too many levels'
    check "$what: untouched" [ "$(cat "$precious")" = precious -a -L "$public/link.json" ]
}
refuses "a report of stat" "$CACHECHECK" stat --backend software -o "$public/link.json" -- true
refuses "a report of layout" "$CACHECHECK" layout -o "$public/link.json" "$work/s.h"
refuses "a patch" "$CACHECHECK" layout --patch -o "$public/link.json" "$work/s.h"
refuses "the machine" "$CACHECHECK" machine -o "$public/link.json"
refuses "a listing" "$CACHECHECK" layout --sizes -o "$public/link.json" "$work/s.h"
run "$CACHECHECK" layout --fail-on never -o "$public/new.json" "$work/s.h"
check "a new file in a public folder is written" [ "$status" -eq 0 -a -s "$public/new.json" ]
ln -s "$precious" "$work/mine.json"
run "$CACHECHECK" machine -o "$work/mine.json"
check "a link of one's own is followed" grep -q '"schema"' "$precious"

# ---- debuginfod ----
if command -v python3 >/dev/null; then
    cat >"$work/server.py" <<'END'
import socket, sys
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(8)
server.settimeout(120)
open(sys.argv[1] + ".new", "w").write(str(server.getsockname()[1]))
import os
os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    client, _ = server.accept()
    request = client.recv(4096)
    open(sys.argv[2], "ab").write(request.split(b"\r\n")[0] + b"\n")
    client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    client.close()
END
    : >"$work/asked"
    python3 "$work/server.py" "$work/port" "$work/asked" 2>/dev/null &
    server=$!
    for _ in $(seq 100); do
        [ -s "$work/port" ] && break
        sleep 0.1
    done
    port=$(cat "$work/port")
    asking=(env "DEBUGINFOD_URLS=http://127.0.0.1:$port" "DEBUGINFOD_CACHE_PATH=$work/cache"
        "DEBUGINFOD_TIMEOUT=2")
    cp "$FIXTURES/fixture_hotspots" "$work/stripped"
    strip -g "$work/stripped"
    run "${asking[@]}" "$CACHECHECK" layout --sizes "$work/stripped"
    run timeout 60 "${asking[@]}" "$CACHECHECK" sharing --backend watch --duration 1 -- "$work/stripped"
    if [ -x "$helpers/cachecheck-amd64-linux" ]; then
        run timeout 60 "${asking[@]}" "$CACHECHECK" hotspots -- "$work/stripped"
        check "a stripped program has its hot spots" [ -s "$work/out" ]
    fi
    check "no debuginfod server was asked" [ ! -s "$work/asked" ]
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET /here HTTP/1.0\r\n\r\n' >&3
    cat <&3 >/dev/null
    exec 3>&-
    check "the server would have noticed" grep -q '^GET /here' "$work/asked"
    kill $server
else
    echo "python3 is not installed: debuginfod not tried"
fi

# ---- the environment of root ----
[ "$(id -u)" -eq 0 ] || { echo "not root: its environment is not tried"; finish; }
chown 12345 "$work/s.h" 2>/dev/null || { echo "cannot chown: the environment of root is not tried"; finish; }
evil=$work/evil
mkdir "$evil"
ran=$work/ran
# planted OWNER FILE: a program that tells when it runs.
planted() {
    printf '#!/bin/sh\necho ran >>%s\nexit 1\n' "$ran" >"$2"
    chmod 755 "$2"
    chown "$1" "$evil" "$2"
    rm -f "$ran"
}
# root_runs FILE VARIABLE COMMAND...: what a stranger planted is left out; what root put there
# runs, which shows that the test would notice.
root_runs() {
    local what=$1 file=$2
    shift 2
    planted 12345 "$file"
    run timeout 60 "$@"
    check "$what: a stranger's is left out" [ ! -e "$ran" ]
    planted 0 "$file"
    chmod 777 "$evil"
    run timeout 60 "$@"
    check "$what: nor where all may write" [ ! -e "$ran" ]
    chmod 755 "$evil"
    run timeout 60 "$@"
    check "$what: root's own is taken" [ -e "$ran" ]
    rm -f "$file"
}
root_runs "PATH" "$evil/valgrind" env "PATH=$evil:$PATH" "$CACHECHECK" machine --check
if [ -x "$helpers/cachecheck-amd64-linux" ]; then
    ln -s "$helpers"/vgpreload* "$helpers"/default.supp "$evil/"
    root_runs "CACHECHECK_LIBEXEC" "$evil/cachecheck-amd64-linux" \
        env "CACHECHECK_LIBEXEC=$evil" "$CACHECHECK" stat --backend simulate -- true
fi

# A compiler is told where to write: below TMPDIR.
printf '#!/bin/sh\necho "$@" >>%s\nexec cc "$@"\n' "$work/words" >"$work/cc"
chmod 755 "$work/cc"
chown 12345 "$evil"
run env CC="$work/cc" TMPDIR="$evil" "$CACHECHECK" layout "$work/s.h"
check "TMPDIR: a stranger's is left out" sh -c "grep -q layout '$work/words' && ! grep -q '$evil' '$work/words'"
chown 0 "$evil"
run env CC="$work/cc" TMPDIR="$evil" "$CACHECHECK" layout "$work/s.h"
check "TMPDIR: root's own is taken" grep -q "$evil" "$work/words"

# hwloc loads whatever lies there.
printf '#include <stdio.h>\n__attribute__((constructor)) static void ran(void) { FILE *f = fopen("%s", "w"); if (f) fclose(f); }\n' \
    "$ran" >"$work/plugin.c"
cc -shared -fPIC -o "$evil/hwloc_evil.so" "$work/plugin.c"
rm -f "$ran"
chown 12345 "$evil"
run env "HWLOC_PLUGINS_PATH=$evil" "$CACHECHECK" machine --xml "$TESTS/machines/$(ls "$TESTS/machines" | grep -m1 'xml$')"
check "HWLOC_PLUGINS_PATH: a stranger's is left out" [ "$status" -eq 0 -a ! -e "$ran" ]
chown 0 "$evil"
run env "HWLOC_PLUGINS_PATH=$evil" "$CACHECHECK" machine
if [ -e "$ran" ]; then
    check "HWLOC_PLUGINS_PATH: root's own is taken" true
else
    echo "this hwloc loads no plugins"
fi

# Measurements of the machine are kept, and recalled, where nobody else can put others.
for owner in 0 12345; do
    chown "$owner" "$evil"
    run env -u HOME "XDG_CACHE_HOME=$evil/new" "$CACHECHECK" machine --measured
    cp "$work/err" "$work/said.$owner"
done
check "XDG_CACHE_HOME: root's own is taken" grep -q 'not measured yet' "$work/said.0"
check "XDG_CACHE_HOME: a stranger's is left out" grep -q 'no place to keep' "$work/said.12345"
chown 12345 "$evil"
run env -u XDG_CACHE_HOME "HOME=$evil" "$CACHECHECK" machine --measured
check "HOME: likewise" stderr_has 'no place to keep'
chown 0 "$evil"

# Capabilities of the program's file: nothing of the environment names what is run.
cp "$CACHECHECK" "$work/capable"
chmod 755 "$work" "$work/capable"
if command -v setcap >/dev/null && setcap cap_perfmon+ep "$work/capable" 2>/dev/null &&
    setpriv --reuid 12345 --regid 12345 --clear-groups "$work/capable" --version >/dev/null 2>&1; then
    planted 12345 "$evil/valgrind"
    chmod 777 "$work"
    run setpriv --reuid 12345 --regid 12345 --clear-groups env "PATH=$evil:$PATH" "$work/capable" machine --check
    check "with capabilities of the file: PATH is left out" [ ! -e "$ran" ]
    run setpriv --reuid 12345 --regid 12345 --clear-groups env "PATH=$evil:$PATH" "$CACHECHECK" machine --check
    check "without: it is one's own" [ -e "$ran" ]
else
    echo "no capabilities of files here: not tried"
fi
finish
