#!/usr/bin/env bash
# http.sh: one test of examples/http-server with a real client.
#
#     http.sh BIN_DIR SOURCE_DIR CASE
#
# curl and a client on libsspi over http; curl and Chromium over https, where a
# logon is bound to the server's certificate, and a relay in between that shows
# another one (relay.js). Screenshots stay in BIN_DIR/../artefacts. Exit status
# 77: the client is not installed.
# shellcheck disable=SC2154  # work and peers are common.sh's
set -euo pipefail

bin=$1 source=$2 case=$3
# curl widens a password byte by byte: beyond ASCII it never fits.
user=alice domain=INTEROP password='Passw0rd!' wrong='passw0rd!'
# shellcheck source=tests/interop/common.sh
. "$source/tests/interop/common.sh"
# shellcheck source=tests/interop/http_common.sh
. "$source/tests/interop/http_common.sh"

http_curl() {
    command -v curl >/dev/null || skip curl
    server_start
    http_expect 401 "$url" || failed=1
    http_expect 401 --ntlm -u "$domain\\$user:$wrong" "$url" || failed=1
    http_expect 401 --ntlm -u "$domain\\nobody:$password" "$url" || failed=1
    http_expect 200 --ntlm -u "$domain\\$user:$password" "$url" || failed=1
    grep -q "<td>$domain\\\\$user</td>" "$work/page" || { cat "$work/page"; failed=1; }
    grep -q '<td>S-1-5-21-[0-9-]*</td>' "$work/page" || { cat "$work/page"; failed=1; }
    # His groups, each with its name.
    grep -A1 '<th>Group</th><td>S-1-5-21-[0-9-]*</td>' "$work/page" |
        grep -q "<td>$domain\\\\staff</td>" || { cat "$work/page"; failed=1; }
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
    local port
    server_start
    port=${url##*:}
    timeout 60 "$bin/http-reuse" "${port%/}" "$domain" "$user" "$password"
    server_stop
}

# Many clients at a time, every fourth with a wrong password: each gets its own answer.
http_parallel() {
    local codes
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


# ---- TLS -------------------------------------------------------------------------
# certificate_make NAME HASH: $work/NAME.pem and its key.
certificate_make() {
    command -v openssl >/dev/null || skip openssl
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "-$2" \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout "$work/$1.key" -out "$work/$1.pem" 2>"$work/openssl.log" ||
        { cat "$work/openssl.log"; return 1; }
}
tls_start() {
    server_start --tls-cert "$work/server.pem" --tls-key "$work/server.key" "$@"
}

# curl has the certificate for its root, and binds nothing (7.88): refused where bindings must
# be there, and no password helps.
http_tls_curl() {
    local right=(--cacert "$work/server.pem" --ntlm -u "$domain\\$user:$password")
    command -v curl >/dev/null || skip curl
    certificate_make server sha256
    certificate_make other sha256
    tls_start
    http_expect 401 "${right[@]}" "$url" || failed=1
    grep -q SEC_E_BAD_BINDINGS "$work/page" || { cat "$work/page"; failed=1; }
    grep -q 'reason=bindings_missing' "$work/server.log" || { cat "$work/server.log"; failed=1; }
    server_stop || failed=1

    tls_start --allow-missing-bindings
    http_expect 200 "${right[@]}" "$url" || failed=1
    grep -q "<td>$domain\\\\$user</td>" "$work/page" || { cat "$work/page"; failed=1; }
    http_expect 401 --cacert "$work/server.pem" --ntlm -u "$domain\\$user:$wrong" "$url" ||
        failed=1
    http_expect 000 --cacert "$work/other.pem" --ntlm -u "$domain\\$user:$password" "$url" ||
        failed=1
    server_stop || failed=1
    # A certificate with another's key, and no certificate at all, start no server.
    ! timeout 10 "$bin/http-server" --listen 127.0.0.1:0 --tls-cert "$work/server.pem" \
        --tls-key "$work/other.key" || failed=1
    ! timeout 10 "$bin/http-server" --listen 127.0.0.1:0 --tls-cert "$work/other.key" \
        --tls-key "$work/other.key" || failed=1
    return $failed
}

# ---- Chromium --------------------------------------------------------------------
logon_is_shown() {
    page_has 'status 200' && page_has "$(printf 'User\t%s' "$domain\\$user")"
}
logon_is_refused() {
    page_has 'status 401' && page_has "$1"
}

browser_http() {
    need_browser
    server_start
    browse http "${url/127.0.0.1/localhost}" "$password" && logon_is_shown || failed=1
    browse http-wrong-password "$url" "$wrong" && logon_is_refused 'not accepted' || failed=1
    browse http-no-password "$url" && logon_is_refused 'Who are you?' || failed=1
    server_stop || failed=1
    return $failed
}

# The hash of the bindings is the one of the certificate's signature: RFC 5929 section 4.1.
browser_https() {
    local hash
    need_browser
    for hash in sha256 sha384; do
        rm -rf "$work/state" && mkdir -m 700 "$work/state"
        certificate_make server $hash
        tls_start
        browse "https-$hash" "$url" "$password" && logon_is_shown || failed=1
        server_stop || failed=1
    done
    return $failed
}

# Between browser and server somebody ends TLS with his own certificate. That the browser
# takes any certificate is this test's doing; a logon does not pass all the same.
browser_relay() {
    local relay relay_port
    need_browser
    certificate_make server sha256
    certificate_make other sha256
    tls_start --allow-missing-bindings
    relay_port=${url##*:}
    node "$source/tests/interop/relay.js" "$work/other.pem" "$work/other.key" \
        "${relay_port%/}" >"$work/relay.out" &
    relay=$!
    for _ in $(seq 100); do [ ! -s "$work/relay.out" ] || break; sleep 0.1; done
    browse https-relayed "https://127.0.0.1:$(cat "$work/relay.out")/" "$password" &&
        logon_is_refused SEC_E_BAD_BINDINGS || failed=1
    grep -q 'reason=bindings_differ' "$work/server.log" || { cat "$work/server.log"; failed=1; }
    # The control: the same browser, directly.
    browse https-not-relayed "$url" "$password" && logon_is_shown || failed=1
    kill $relay
    wait $relay || true
    server_stop || failed=1
    return $failed
}

case $case in
    http.curl) http_curl ;;
    http.reuse) http_reuse ;;
    http.parallel) http_parallel ;;
    https.curl) http_tls_curl ;;
    browser.http) browser_http ;;
    browser.https) browser_https ;;
    browser.relay) browser_relay ;;
    *)
        echo "no case $case" >&2
        exit 2
        ;;
esac
