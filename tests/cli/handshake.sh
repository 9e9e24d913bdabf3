# sspi accept and initiate with each other, over the embedded authority: who, flags,
# messages, refusals, exit codes.
. "$(dirname "$0")/common.sh"
# The embedded authority lives until its process ends, in pages that LeakSanitizer does not read.
export ASAN_OPTIONS=detect_leaks=0
state=$dir/state
export OPENSSPI_AUTHORITY=embedded:$state
printf 'Passw0rd!\n' | "$sspi" account add alice --state "$state" --password-stdin >/dev/null
printf 'Passw0rd!\n' | "$sspi" account add blocked --state "$state" --password-stdin --disabled \
    >/dev/null

run 0 "$sspi" package list
has out NTLM
run 0 "$sspi" package show ntlm --json
has out '"name": "NTLM"'
has out '"connection"'
run 1 "$sspi" package show NoSuchPackage
has err SEC_E_SECPKG_NOT_FOUND
run 0 "$sspi" status
has out 'Mode:'
has out NTLM
run 0 "$sspi" status --json
has out '"mode": "embedded"'

# serve OPTION...: a server for one client; sets port and server
serve() {
    : >"$dir/server"
    "$sspi" accept --package NTLM --once --timeout 10 "$@" >"$dir/server" 2>"$dir/server.err" &
    server=$!
    for _ in $(seq 200); do
        port=$(sed -n 's/.*listening.* \(.*:[0-9]*\).*/\1/p' "$dir/server" | tr -d '"}')
        [ -n "$port" ] && return
        sleep 0.05
    done
    complain "the server does not start: $(cat "$dir/server.err")"
}
# served CODE: how the server ended
served() {
    local code=0
    wait $server || code=$?
    checks=$((checks + 1))
    [ $code = "$1" ] || complain "the server ended with $code, not $1: $(cat "$dir/server.err")"
}
client() { "$sspi" initiate --package NTLM --timeout 10 --password-stdin "$@"; }

serve
feed 'Passw0rd!' 0 client --user alice "$port"
served 0
has out 'Accepted:         yes'
has out 'Signed message:   yes'
has out 'Sealed message:   yes'
has server '\alice'
has server 'confidentiality'
has server 'Package:          NTLM'

serve --json --listen '[::1]:0'
feed 'Passw0rd!' 0 client --json --user alice --target HTTP/localhost "$port"
served 0
has out '"accepted": true'
has out '"integrity"'
has server '"accepted": true'

# Less is asked for: then no message is sealed.
serve --req integrity
feed 'Passw0rd!' 0 client --user alice --req integrity,connection "$port"
served 0
has out 'Sealed message:   no'
has out 'Signed message:   yes'

# Without a connection: the server's token is the first, and messages are numbered.
serve --req datagram
feed 'Passw0rd!' 0 client --user alice --req datagram,confidentiality "$port"
served 0
has out 'datagram'
has out 'Sealed message:   yes'
has out 'Signed message:   yes'

# Refusals: the server says why, the client learns that it was refused.
serve
feed 'wrong' 1 client --user alice "$port"
served 1
has server.err SEC_E_LOGON_DENIED
has server 'Accepted: no'
serve
feed 'Passw0rd!' 1 client --user blocked "$port"
served 1
serve
feed 'Passw0rd!' 1 client --user nobody "$port"
served 1

# Peers that are none.
serve
throw 'GET / HTTP/1.0\r\n\r\n'
served 4
has server.err 'more than 1 MiB'
serve
throw '\0\0\0\4abcd'
served 1
has server.err SEC_E_INVALID_TOKEN
serve
throw ''
served 4
has server.err 'closed the connection'
feed x 4 client --user alice "$port"
has err 'cannot connect'
for address in nonsense 1.2.3.4 '::1:80' '[::1]' ':80' 'x:http'; do
    feed x 2 client --user alice "$address"
done

# A silent client does not hold the server for ever.
serve --timeout 1
exec 4<>"/dev/tcp/${port%:*}/${port##*:}"
served 4
has server.err 'no answer in time'
exec 4>&-

# Lines of base64, through two pipes.
mkfifo "$dir/there" "$dir/back"
"$sspi" accept --package NTLM --stdio --timeout 10 <"$dir/there" >"$dir/back" 2>"$dir/server" &
server=$!
{ echo 'Passw0rd!'; cat "$dir/back"; } |
    "$sspi" initiate --package NTLM --stdio --user alice --password-stdin --timeout 10 \
        2>"$dir/err" >"$dir/there"
code=$?
[ $code = 0 ] || complain "base64: the client ended with $code"
served 0
has err 'Accepted:         yes'
has server '\alice'

# Both under one daemon, which sees that it answers its own challenge: the address is the
# client's target, and right; a name of somebody else's is refused, and the log says why.
mkdir -m 755 "$dir/run"
cat >"$dir/lsad.conf" <<END
[authority]
socket = $dir/run/lsad.sock
module_dir = $bin/../lib/opensspi
user = $(id -un)
[store]
state_dir = $state
[service us]
uid = $(id -un)
may = accept, initiate
END
one_daemon() {
    local OPENSSPI_AUTHORITY=unix:$dir/run/lsad.sock
    serve "$@"
    feed 'Passw0rd!' 0 client --user alice "$port"
    served 0
    serve "$@"
    feed 'Passw0rd!' 1 client --user alice --target HTTP/www.example.net "$port"
    served 1
    has lsad.log reason=reflection
    has lsad.log 'HOST/localhost'
    serve "$@"
    feed 'Passw0rd!' 1 client --user alice --req integrity,unverified_target_name "$port"
    served 1
}
if [ -x "$bin/lsad" ]; then
    "$bin/lsad" --config "$dir/lsad.conf" --no-sandbox --log-level warning 2>"$dir/lsad.log" &
    daemon=$!
    for _ in $(seq 200); do
        OPENSSPI_AUTHORITY=unix:$dir/run/lsad.sock "$sspi" package list >"$dir/out" 2>&1 && break
        sleep 0.05
    done
    one_daemon
    one_daemon --listen '[::1]:0'
    kill $daemon
    wait $daemon
fi

# No KDC: that is not for want of lsad; its log says what to do, and where the sandbox is why.
# far REMEDY OPTION...: lsad with these options
far() {
    local remedy=$1 daemon socket=$dir/run/far.sock
    sed "s|^socket = .*|socket = $socket|" "$dir/lsad.conf" | cat - "$dir/far" >"$dir/far.conf"
    "$bin/lsad" --config "$dir/far.conf" --log-level notice "${@:2}" 2>"$dir/far.log" &
    daemon=$!
    for _ in $(seq 200); do
        OPENSSPI_AUTHORITY=unix:$socket "$sspi" package list >"$dir/out" 2>&1 && break
        sleep 0.05
    done
    OPENSSPI_AUTHORITY=unix:$socket feed 'Passw0rd!' 3 "$sspi" initiate --package Kerberos \
        --stdio --user alice --domain FAR.TEST --target HTTP/far.test --password-stdin
    has err 'the authority runs, but it reaches no KDC'
    lacks err case-sensitive
    has far.log event=kdc_logon
    has far.log "remedy=\"$remedy"
    # A realm that is not the DNS domain it is named after.
    OPENSSPI_AUTHORITY=unix:$socket feed 'Passw0rd!' 3 "$sspi" initiate --package Kerberos \
        --stdio --user alice --domain far.test --target HTTP/far.test --password-stdin
    has err 'realms are case-sensitive: did you mean FAR.TEST?'
    OPENSSPI_AUTHORITY=unix:$socket feed 'Passw0rd!' 3 "$sspi" initiate --package Kerberos \
        --stdio --user alice@far.test --target HTTP/far.test --password-stdin
    has err 'realms are case-sensitive: did you mean FAR.TEST?'
    kill $daemon
    wait $daemon
}
if [ -x "$bin/lsad" ] && [ -e "$bin/../lib/opensspi/kerberos.so" ]; then
    printf '[realms]\nFAR.TEST = {\nkdc = 127.0.0.1:1\n}\n' >"$dir/krb5.conf"
    printf '[package Kerberos]\nkrb5_config = %s/krb5.conf\n' "$dir" >"$dir/far"
    far 'is the realm spelt' --no-sandbox
    : >"$dir/far"
    KRB5_CONFIG=$dir/krb5.conf far 'the sandbox has no network: a section [package Kerberos]'
fi

# An authority that cannot be reached is code 3, not a refusal.
OPENSSPI_AUTHORITY=unix:$dir/nothing.sock run 3 "$sspi" package list
OPENSSPI_AUTHORITY=unix:$dir/nothing.sock run 3 "$sspi" status
has err 'is lsad running?'
finish
