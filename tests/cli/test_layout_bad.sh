# SPDX-License-Identifier: MIT
# Bad input is an error with status 2 and a hint, never "clean".
. "$TESTS/cli/layout.sh"
write_stats stats.h

# bad WHAT PATTERN ARGUMENTS...: status 2, and stderr says PATTERN.
bad() {
    local what=$1 pattern=$2
    shift 2
    layout "$@"
    check "$what: status" [ "$status" = 2 ]
    check "$what: is said" stderr_has "$pattern"
    check "$what: nothing on stdout" [ ! -s "$work/out" ]
}

bad "no path" "name headers"
bad "no such file" "no-such-file" no-such-file.h
mkdir empty
bad "an empty folder" "holds no headers or sources" empty
echo 'struct broken { no_such_type a; };' >broken.h
bad "a header that does not compile" "no_such_type" broken.h
layout stats.h broken.h
check "not clean beside a good one either" [ "$status" = 2 ]
printf '#include <missing.h>\nstruct a { int b; };\n' >include.h
bad "a missing header" "missing\.h" include.h
bad "no compiler" "no-such-compiler" --compiler no-such-compiler stats.h
printf '#!/bin/sh\nexit 3\n' >failing && chmod +x failing
bad "a failing compiler" "." --compiler ./failing stats.h
printf 'int main(void) { return 0; }\n' >main.c
cc main.c -o plain
bad "no debug information" "-g" plain
cc -g main.c -o stripped && strip stripped
bad "stripped" "debug" stripped
echo 'only text' >text
bad "the wrong kind of file" "text" text
head -c 3000 /dev/urandom >random.o
bad "noise" "random" random.o
cc -g main.c -c -o whole.o
for size in 60 64 200 700; do
    head -c $size whole.o >cut.o
    bad "an object cut at $size" "cut\.o" cut.o
done
mkfifo pipe
bad "a pipe" "pipe" pipe
bad "an unwritable output" "no-such-folder" -o no-such-folder/out.json stats.h
bad "a full device" "." -o /dev/full stats.h
mkdir tiny
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=4k tmpfs tiny 2>/dev/null; then
    head -c 8192 /dev/zero >tiny/fill 2>/dev/null
    TMPDIR=$PWD/tiny bad "temporary files on a full disk" "No space left.*" stats.h
    check "temporary files on a full disk: what helps" stderr_has "TMPDIR"
    check "temporary files on a full disk: none left" [ "$(ls tiny)" = fill ]
    umount tiny
fi
bad "an unknown type" "did you mean 'stats'" --show stast stats.h
bad "an unknown rule" "did you mean 'adjacent-atomics'" --rule adjacent-atomic stats.h
bad "an unknown gate" "did you mean 'medium'" --fail-on mediun stats.h
bad "a wrong line" "64, 128 or 256" --line 100 stats.h
bad "an unknown option" "did you mean '--holes'" --hole stats.h
bad "two listings" "at a time" --sizes --holes stats.h
bad "a picture of nothing" "--show" --format svg stats.h
bad "no such configuration" "no-such-config" --config no-such-config stats.h
echo '{' >bad.json
bad "a damaged baseline" "bad\.json" --baseline bad.json stats.h
bad "a damaged profile" "bad\.json" --profile bad.json stats.h
bad "no compile_commands.json" "compile_commands" -p empty stats.h

name=$(printf 'caf\351.h')
cp stats.h "$name"
layout "$name"
check "a name that is no UTF-8 is read" [ "$status" = 1 ]
check "and shown as UTF-8" eval 'iconv -f UTF-8 -t UTF-8 "$work/out" >/dev/null'
layout --format sarif "$name"
check "in SARIF, too" json '.runs[0].results | length == 1'
cp stats.h 'with space, and (more).h'
layout --patch 'with space, and (more).h'
check "a name with blanks" [ "$status" = 0 ]
mkdir 'a"quote\and'
cp stats.h 'a"quote\and/more".h'
layout 'a"quote\and/more".h'
check "a name with quotes and a backslash" [ "$status" = 1 ]
chmod 000 stats.h
if ! cat stats.h >/dev/null 2>&1; then
    bad "an unreadable header" "stats\.h" stats.h
fi
finish
