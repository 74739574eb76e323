# SPDX-License-Identifier: MIT
# Programs that people really run, none of which is known for false sharing: not one
# finding of it at medium or above.
# Label: long
. "$TESTS/cli/sharing.sh"
seq 120000 >"$work/numbers"

# quiet WHAT STATUS COMMAND...: no false alarm, and the program's own status.
quiet() {
    local what=$1 expected=$2
    shift 2
    sharing -- "$@"
    check "$what: its own status" [ "$status" = "$expected" ]
    check "$what: a result" result .findings
    check "$what: no false sharing" clean
    alarms
}

quiet gzip 0 gzip -c "$work/numbers"
check "gzip: its output is whole" cmp <(gzip -dc "$work/out") "$work/numbers"
if command -v xz >/dev/null; then
    quiet "xz -T2" 0 xz -1 -T2 --block-size=128KiB -kc "$work/numbers"
    check "xz -T2: its output is whole" cmp <(xz -dc "$work/out") "$work/numbers"
fi
if command -v python3 >/dev/null; then
    cat >"$work/threads.py" <<'PYTHON'
import collections, threading
counts = collections.Counter()
def work(n):
    counts[n] = sum(len(str(i * n)) for i in range(4000))
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sum(counts.values()) > 0)
PYTHON
    quiet python3 0 "$(python3 -c 'import sys; print(sys.executable)')" "$work/threads.py"
    check "python3: its answer" stdout_has '^True$'
fi
[ ! -x "$PROGRAMS/parallel_sort" ] || quiet "parallel sort in Rust" 0 "$PROGRAMS/parallel_sort" 60000 4
command -v sqlite3 >/dev/null && quiet sqlite3 0 sqlite3 "$work/db" 'create table t(a);
    with recursive c(i) as (select 1 union all select i + 1 from c where i < 20000)
    insert into t select i * 7919 % 20011 from c; create index x on t(a); select count(*) from t;'

# A server under load: the client is not simulated. It has a socket of its own, so no
# port is taken.
redis() {
    local socket=$work/redis.sock try
    "$CACHECHECK" sharing -q --backend simulate --format json -o "$work/result.json" -- \
        redis-server --port 0 --unixsocket "$socket" --save '' --appendonly no \
        --io-threads 2 --dir "$work" --daemonize no >"$work/out" 2>"$work/err" &
    local server=$!
    for ((try = 0; try < 300; try++)); do
        redis-cli -s "$socket" ping >/dev/null 2>&1 && break
        sleep 0.1
    done
    timeout 60 redis-benchmark -s "$socket" -q -n 1500 -c 8 -t set,get,incr,lpush >"$work/load" 2>&1
    check "redis-server: the load was served" grep -q 'LPUSH.*requests per second' "$work/load"
    timeout 20 redis-cli -s "$socket" shutdown nosave >/dev/null 2>&1 || kill "$server"
    wait "$server"
    status=$?
    check "redis-server: its own status" [ "$status" = 0 ]
    check "redis-server: a result" result '.findings'
    check "redis-server: no false sharing" clean
    alarms
}
if command -v redis-server >/dev/null && command -v redis-benchmark >/dev/null; then redis; fi
finish
