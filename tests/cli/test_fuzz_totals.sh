# SPDX-License-Identifier: MIT
# scripts/fuzz counts: what targets execute adds up over sittings, also over one that a signal
# ends, and a target that has enough is not run again. With targets that are made up.
. "$TESTS/cli/lib.sh"

tree=$work/tree
targets=$tree/build/fuzz/tests/fuzz
mkdir -p "$tree/scripts" "$tree/tests/fuzz" "$targets" "$work/bin"
cp "$SOURCE/scripts/fuzz" "$tree/scripts/"
printf 'install_packages() { :; }\npackages_build= packages_test=\n' >"$tree/scripts/packages.sh"
printf '#!/bin/sh\n' >"$work/bin/cmake"
cat >"$targets/fuzz_quick" <<'END'
#!/bin/bash
for argument; do [ "${argument#-runs=}" = "$argument" ] || runs=${argument#-runs=}; done
echo "quick $runs" >>"$SLICES"
echo "stat::number_of_executed_units: $runs"
END
cat >"$targets/fuzz_slow" <<'END'
#!/bin/bash
trap 'echo "stat::number_of_executed_units: 7"; exit 72' TERM
echo "slow" >>"$SLICES"
for i in $(seq 300); do sleep 0.1; done
END
cat >"$targets/fuzz_bad" <<'END'
#!/bin/bash
echo "stat::number_of_executed_units: 3"
exit 77
END
chmod +x "$work/bin/cmake" "$targets"/*
touch "$tree/tests/fuzz/fuzz_quick.c" "$tree/tests/fuzz/fuzz_slow.c"
export PATH=$work/bin:$PATH SLICES=$work/slices

fuzz() { run timeout 60 bash "$tree/scripts/fuzz" "$@"; }

fuzz --until 1200000 quick
check "a target is run in slices" [ "$(cat "$SLICES")" = $'quick 500000\nquick 500000\nquick 200000' ]
check "they add up, without findings" stdout_has '^quick +1200000 executions .* 0 findings'
check "nothing found is success" [ "$status" -eq 0 ]
fuzz --until 1200000 quick
check "what has enough is not run again" [ "$(wc -l <"$SLICES")" -eq 3 ]
fuzz --runs 5 quick
check "--runs is on top of what was" stdout_has '^quick +1200005 executions'

bash "$tree/scripts/fuzz" --until 100 slow >"$work/out" 2>"$work/err" &
script=$!
for i in $(seq 300); do
    grep -q slow "$SLICES" && break
    sleep 0.1
done
kill -TERM $script
status=0
wait $script || status=$?
check "a signal ends it, and that is no success" [ "$status" -ne 0 ]
check "what ran until then is counted, and no finding" stdout_has '^slow +7 executions .* 0 findings'

fuzz --until 100 bad
check "a finding is told" stdout_has '^bad FOUND SOMETHING'
check "and counted" stdout_has '^bad +3 executions .* 1 findings'
check "and no success" [ "$status" -eq 1 ]
fuzz --forget
fuzz --totals
check "--forget begins anew" stdout_has 'nothing was run yet'
fuzz --until many
check "a number is needed" [ "$status" -eq 2 ]
finish
