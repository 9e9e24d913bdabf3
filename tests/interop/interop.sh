#!/usr/bin/env bash
# interop.sh: one interop test against a real peer.
#
#     interop.sh BIN_DIR SOURCE_DIR CASE
#
# Makes a throw-away account store, gives it to the embedded authority, and runs
# interop-driver (libsspi) against the peer. Exit status 77: the peer is not
# installed (scripts/deps peers).
set -euo pipefail

bin=$1 source=$2 case=$3 pid=
user=alice domain=INTEROP password='Pässw0rd!' wrong='pässw0rd!'
# curl widens a password byte by byte: beyond ASCII it never fits.
[[ $case != http.* ]] || password='Passw0rd!' wrong='passw0rd!'
peers=$source/build/peers
arch=$(gcc -print-multiarch)
work=$(mktemp -d "${TMPDIR:-/tmp}/opensspi-interop.XXXXXX")
clean_up() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    [ -z "$pid" ] || wait "$pid" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT

skip() {
    echo "skipped: $1 is not there; scripts/deps peers installs it"
    exit 77
}

cat >"$work/conf" <<CONF
[authority]
mode = embedded
allow_environment = yes

[machine]
netbios_name = $domain
dns_name = interop.test

[store]
state_dir = $work/state
lockout_threshold = 0

[service tests]
uid = *
may = accept, initiate, token
CONF
export OPENSSPI_CONFIG=$work/conf OPENSSPI_AUTHORITY=embedded:$work/state
mkdir -m 700 "$work/state"

# Only an acceptor of ours needs the account.
account() {
    printf '%s\n' "$password" |
        "$bin/sspi" account add "$user" --password-stdin --state "$work/state"
}

ours_accept() {
    account
    timeout 60 "$bin/interop-driver" accept "$@"
}
ours_initiate() {
    timeout 60 "$bin/interop-driver" initiate --user "$user" --domain "$domain" "$@"
}

# ---- Samba's ntlm_auth -------------------------------------------------------
ntlm_auth=("$peers/usr/bin/ntlm_auth" --configfile=/dev/null "--username=$user"
    "--domain=$domain")
need_ntlm_auth() {
    [ -x "${ntlm_auth[0]}" ] || skip "Samba's ntlm_auth"
    ntlm_auth=(/usr/bin/env "LD_LIBRARY_PATH=/usr/lib/$arch/samba" LC_ALL=C.UTF-8 "${ntlm_auth[@]}")
}
ntlm_auth_client() {
    need_ntlm_auth
    ours_accept --ntlm-auth --name "$domain\\$user" "${@:2}" -- \
        "${ntlm_auth[@]}" --helper-protocol=ntlmssp-client-1 "--password=$1"
}
ntlm_auth_server() {
    need_ntlm_auth
    ours_initiate --ntlm-auth --password "$1" "${@:2}" -- \
        "${ntlm_auth[@]}" --helper-protocol=squid-2.5-ntlmssp "--password=$password"
}

# ---- MIT GSS-API with gss-ntlmssp --------------------------------------------
need_gss() {
    local plugin=$peers/usr/lib/$arch/gssntlmssp/gssntlmssp.so
    [ -x "$bin/peer-gss" ] || skip "libkrb5-dev"
    [ -e "$plugin" ] || skip "gss-ntlmssp"
    printf 'gssntlmssp_v1\t1.3.6.1.4.1.311.2.2.10\t%s\n' "$plugin" >"$work/mech"
    printf '%s:%s:%s\n' "$domain" "$user" "$password" >"$work/users"
    export GSS_MECH_CONFIG=$work/mech NTLM_USER_FILE=$work/users
}
gss_client() {
    need_gss
    ours_accept --name "$domain\\$user" "${@:2}" -- \
        "$bin/peer-gss" initiate "$domain\\$user" "$1"
}
gss_server() {
    need_gss
    ours_initiate --password "$1" "${@:2}" -- "$bin/peer-gss" accept
}

# ---- WinPR -------------------------------------------------------------------
need_winpr() {
    [ -x "$bin/peer-winpr" ] || skip "libwinpr2-dev"
}
winpr_client() {
    need_winpr
    ours_accept --no-signed --name "$domain\\$user" "${@:2}" -- \
        "$bin/peer-winpr" initiate "$domain" "$user" "$1"
}
winpr_server() {
    need_winpr
    ours_initiate --no-signed --password "$1" "${@:2}" -- "$bin/peer-winpr" accept "$password"
}

# ---- curl --ntlm against examples/http-server --------------------------------
http_code() {
    curl -s -m 20 -o "$work/page" -w '%{http_code}' "$@" || true
}
http_expect() {
    local expected=$1 code
    code=$(http_code "${@:2}")
    [ "$code" = "$expected" ] || {
        echo "HTTP $code, not $expected: ${*:2}"
        cat "$work/page" "$work/server.log"
        return 1
    }
}
server_start() {
    account
    : >"$work/server.out"
    "$bin/http-server" --listen 127.0.0.1:0 >"$work/server.out" 2>"$work/server.log" &
    pid=$!
    for _ in $(seq 100); do
        url=$(sed -n 's/^listening on //p' "$work/server.out")
        [ -z "$url" ] || break
        sleep 0.1
    done
    [ -n "$url" ] || {
        cat "$work/server.log"
        return 1
    }
}
# It must have survived, and end in order (a sanitizer speaks by the exit status).
server_stop() {
    local code=0
    kill "$pid" || { echo "the server died"; cat "$work/server.log"; return 1; }
    wait "$pid" || code=$?
    pid=
    [ $code = 0 ] || { echo "the server's exit status: $code"; cat "$work/server.log"; return 1; }
}
http_curl() {
    local url='' failed=0
    command -v curl >/dev/null || skip curl
    server_start
    http_expect 401 "$url" || failed=1
    http_expect 401 --ntlm -u "$domain\\$user:$wrong" "$url" || failed=1
    http_expect 401 --ntlm -u "$domain\\nobody:$password" "$url" || failed=1
    http_expect 200 --ntlm -u "$domain\\$user:$password" "$url" || failed=1
    grep -q "<td>$domain\\\\$user</td>" "$work/page" || { cat "$work/page"; failed=1; }
    grep -q '<td>S-1-5-21-[0-9-]*</td>' "$work/page" || { cat "$work/page"; failed=1; }
    # One connection: the second request needs no handshake, and it is the same user.
    http_expect 200200 --ntlm -u "$domain\\$user:$password" "$url" "$url" -o "$work/page" || failed=1
    grep -q 'Requests on this connection</th><td>2<' "$work/page" || { cat "$work/page"; failed=1; }
    # Not base64, no token, too long, another scheme: asked again, and no crash.
    http_expect 401 -H 'Authorization: NTLM !!!!' "$url" || failed=1
    http_expect 401 -H 'Authorization: NTLM TlRMTVNTUAAJAAAA' "$url" || failed=1
    http_expect 401 -H 'Authorization: Basic YWxpY2U6eA==' "$url" || failed=1
    http_expect 401 -H "Authorization: NTLM $(head -c 15000 /dev/zero | base64 -w0)" "$url" ||
        failed=1
    http_expect 405 -X DELETE "$url" || failed=1
    server_stop || failed=1
    return $failed
}

# One connection, used again (http_reuse.c); the client is libsspi.
http_reuse() {
    local url='' port
    server_start
    port=${url##*:}
    timeout 60 "$bin/http-reuse" "${port%/}" "$domain" "$user" "$password"
    server_stop
}

# Many clients at a time, every fourth with a wrong password: each gets its own answer.
http_parallel() {
    local url='' codes
    command -v curl >/dev/null || skip curl
    server_start
    for i in $(seq 60); do
        [ $((i % 4)) = 0 ] && echo "$wrong" || echo "$password"
    done | xargs -P 8 -I '{}' curl -s -m 30 -o /dev/null -w '{} %{http_code}\n' \
        --ntlm -u "$domain\\$user:{}" "$url" >"$work/codes"
    codes=$(sort "$work/codes" | uniq -c | tr -s ' \n' ' ')
    server_stop
    [ "$codes" = " 45 $password 200 15 $wrong 401 " ] || {
        echo "not 45 times 200 and 15 times 401: $codes"
        return 1
    }
}

case $case in
    ntlm_auth.client) ntlm_auth_client "$password" ;;
    ntlm_auth.client.wrong) ntlm_auth_client "$wrong" --denied ;;
    ntlm_auth.server) ntlm_auth_server "$password" ;;
    ntlm_auth.server.wrong) ntlm_auth_server "$wrong" --denied ;;
    gss.client) gss_client "$password" ;;
    gss.client.wrong) gss_client "$wrong" --denied ;;
    gss.server) gss_server "$password" ;;
    gss.server.wrong) gss_server "$wrong" --denied ;;
    winpr.client) winpr_client "$password" ;;
    winpr.client.wrong) winpr_client "$wrong" --denied ;;
    winpr.server) winpr_server "$password" ;;
    winpr.server.wrong) winpr_server "$wrong" --denied ;;
    http.curl) http_curl ;;
    http.reuse) http_reuse ;;
    http.parallel) http_parallel ;;
    *)
        echo "no case $case" >&2
        exit 2
        ;;
esac
