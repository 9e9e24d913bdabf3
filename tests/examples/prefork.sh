# examples/prefork: one process lets in, others serve; with the embedded authority and the daemon.
. "$(dirname "$0")/../cli/common.sh"
# The embedded authority lives until its process ends, in pages that LeakSanitizer does not read.
export ASAN_OPTIONS=detect_leaks=0
state=$dir/state
# An account becomes uid 200000 and its RID, of which the first is 1000.
printf '[store]\nidmap_first = 200000\n' >>"$OPENSSPI_CONFIG"
mkdir -m 1777 "$dir/spool"
chmod 711 "$dir"
export OPENSSPI_AUTHORITY=embedded:$state
printf 'Passw0rd!\n' | "$sspi" account add alice --state "$state" --password-stdin >/dev/null

# serve OPTION...: starts the server; sets port and server
serve() {
    : >"$dir/server"
    "$bin/prefork" "$@" >"$dir/server" 2>"$dir/server.err" &
    server=$!
    for _ in $(seq 200); do
        port=$(sed -n 's/^listening on \(.*:[0-9]*\)$/\1/p' "$dir/server")
        [ -n "$port" ] && return
        sleep 0.05
    done
    complain "the server does not start: $(cat "$dir/server.err")"
}
client() { "$sspi" initiate --package NTLM --timeout 10 --password-stdin --user alice "$@"; }
# distinct COUNT WHAT: so many processes said it
distinct() {
    checks=$((checks + 1))
    [ "$(grep -F -- "$2" "$dir/server" | cut -d: -f1 | sort -u | wc -l)" = "$1" ] ||
        complain "not $1 processes said \"$2\": $(cat "$dir/server")"
}

try() {
    rm -f "$dir"/spool/*
    serve --workers 2 --clients 7 --spool "$dir/spool" "$@"
    for _ in 1 2 3 4; do
        # It checks what both ends say by its own keys.
        feed 'Passw0rd!' 0 client --target HOST/localhost "$port"
        has out 'Signed message:   yes'
        has out 'Sealed message:   yes'
    done
    feed 'wrong' 1 client --target HOST/localhost "$port"
    # A stranger does not end it.
    throw 'GET / HTTP/1.0\r\n\r\n'
    feed 'Passw0rd!' 0 client --target HOST/localhost "$port"
    # It has had seven clients, and waits for its workers.
    wait $server || complain "the server ended with $?: $(cat "$dir/server.err")"
    # The front process saw the first message, two others the second.
    distinct 1 '"signed by the initiator"'
    distinct 2 '"sealed by the initiator"'
    distinct 2 '\alice'
    checks=$((checks + 1))
    [ "$(grep -c 'serves .*\\alice$' "$dir/server")" = 5 ] || complain 'not five were served'
    # The workers were the clients when they kept it; an ordinary user's server cannot be, and says so.
    checks=$((checks + 1))
    if [ "$(id -u)" = 0 ]; then
        [ "$(stat -c '%u %g %a' "$dir"/spool/* | sort | uniq -c | xargs)" = '5 201000 201000 600' ] ||
            complain "what is kept: $(ls -ln "$dir/spool")"
        [ "$(sort -u "$dir"/spool/*)" = 'sealed by the initiator' ] || complain 'something else is kept'
    else
        [ "$(grep -c 'ImpersonateSecurityContext: 0x8009030b' "$dir/server.err")" = 5 ] ||
            complain "an ordinary user became his clients: $(cat "$dir/server.err")"
        [ -z "$(ls "$dir/spool")" ] || complain 'something is kept'
    fi
    front=$(sed -n 's/: "signed by.*//p' "$dir/server" | head -1)
    ! grep -q "^$front: serves" "$dir/server" || complain 'the front process served'
}
try

if [ -x "$bin/lsad" ]; then
    mkdir -m 755 "$dir/run"
    cat >"$dir/lsad.conf" <<END
[authority]
socket = $dir/run/lsad.sock
module_dir = $bin/../lib/opensspi
user = $(id -un)
[store]
state_dir = $state
idmap_first = 200000
[service us]
uid = $(id -un)
may = accept, initiate, token
END
    "$bin/lsad" --config "$dir/lsad.conf" --no-sandbox --log-level warning 2>"$dir/lsad.log" &
    daemon=$!
    export OPENSSPI_AUTHORITY=unix:$dir/run/lsad.sock
    for _ in $(seq 200); do
        "$sspi" package list >"$dir/out" 2>&1 && break
        sleep 0.05
    done
    try
    kill $daemon
    wait $daemon
fi
finish
