#!/usr/bin/env bash
# http.sh: examples/http-server with the package Negotiate, and clients that are not ours.
#
#     http.sh BIN_DIR SOURCE_DIR CASE
#
# In a throw-away realm: curl with a ticket, with gss-ntlmssp inside SPNEGO, and with NTLM's own
# tokens (curl; lsad: the same through a daemon); two people behind one proxy that shares its
# connection (proxy); Chromium with a ticket (page), and with all the rest (browser), whose
# pictures stay in BIN_DIR/../artefacts. Exit status 77: the client is not installed.
# shellcheck disable=SC2154     # work and peers are common.sh's
set -euo pipefail

bin=$1 source=$(cd "$2" && pwd) case=$3
user=alice domain=INTEROP password='Passw0rd?' wrong='passw0rd?'
# shellcheck source=tests/interop/common.sh
. "$source/tests/interop/common.sh"
# shellcheck source=tests/interop/http_common.sh
. "$source/tests/interop/http_common.sh"
# shellcheck source=tests/kerberos/realm.sh
. "$source/tests/kerberos/realm.sh"
# shellcheck source=tests/negotiate/common.sh
. "$source/tests/negotiate/common.sh"

where='in this web server, too'
server_end() {
    server_stop || failed=1
}
# begin SETTING OPTION...: the server with these options, Negotiate with this setting
begin() {
    configure "$1"
    server_start "${@:2}"
    url=${url/127.0.0.1/localhost}
}
# cell HEAD VALUE: a row of the last page
cell() {
    grep -q "<tr><th>$1</th><td>$2</td></tr>" "$work/page" && return 0
    echo "the page does not say $1: $2"
    cat "$work/page"
    failed=1
}

# ---- curl ----------------------------------------------------------------------------------
curl_need() {
    command -v curl >/dev/null || skip curl
    gss_ntlm_plug
    printf '%s:%s:%s\n' "$domain" "$user" "$password" >"$work/users"
}
# With a ticket: one request, and the server proves itself in its answer.
curl_ticket() {
    realm_login alice
    http_expect 200 --negotiate -u : "$url" || failed=1
    cell User "alice@$REALM"
    cell Package Kerberos
    cell Scheme Negotiate
    cell 'Key bits' 256
    cell Flags '0x[0-9a-f]* .*MUTUAL_AUTH.*'
    cell Expires '20[0-9-]* [0-9:]* UTC'
    cell 'Passwords, hashes, keytab' "$where.*"
    http_expect 200200 --negotiate -u : "$url" "$url" -o "$work/page" || failed=1
    cell 'Requests on this connection' 2
    "$peers/usr/bin/kdestroy"
}
# Without one curl's library has gss-ntlmssp, inside SPNEGO.
curl_spnego_ntlm() {
    http_expect 200 --negotiate -u : "$url" || failed=1
    cell User "$domain\\\\$user"
    cell Package NTLM
    cell Scheme Negotiate
    cell SID 'S-1-5-21-[0-9-]*'
    printf '%s:%s:%s\n' "$domain" "$user" "$wrong" >"$work/users"
    http_expect 401 --negotiate -u : "$url" || failed=1
    grep -q 'not accepted' "$work/page" || { cat "$work/page"; failed=1; }
    printf '%s:%s:%s\n' "$domain" "$user" "$password" >"$work/users"
}
curl_raw_ntlm() {
    http_expect 200 --ntlm -u "$domain\\$user:$password" "$url" || failed=1
    cell User "$domain\\\\$user"
    cell Package NTLM
    cell Scheme NTLM
    http_expect 401 --ntlm -u "$domain\\$user:$wrong" "$url" || failed=1
    grep -q 'not accepted' "$work/page" || { cat "$work/page"; failed=1; }
}
# refused OPTION...: curl gets a page that says what to do; the log says why
refused() {
    http_expect 401 "$@" "$url" || failed=1
    grep -q 'kinit' "$work/page" || { cat "$work/page"; failed=1; }
}
log_says() {
    grep -q -- "$1" "$work/server.log" "$work/lsad.log" 2>/dev/null || {
        echo "no log says: $1"
        cat "$work/server.log"
        failed=1
    }
}
curl_all() {
    curl_ticket
    curl_spnego_ntlm
    curl_raw_ntlm
}
http_curl() {
    curl_need
    realm_begin
    begin ''
    http_expect 401 "$url" -D "$work/headers" || failed=1
    [ "$(grep -ci '^WWW-Authenticate: \(Negotiate\|NTLM\)' "$work/headers")" = 2 ] || failed=1
    grep -q kinit "$work/page" || failed=1
    curl_all
    # Tokens of one scheme in the other: the package takes them as they are; another scheme in the
    # middle of a handshake, and what is none, are refused.
    refused -H 'Authorization: Negotiate YII='
    refused -H 'Authorization: Negotiate !!!!'
    refused -H 'Authorization: Kerberos YIIB'
    server_end

    # NTLM is off, for this server or for all; what is without SPNEGO is refused.
    begin '' --no-ntlm
    realm_login alice
    http_expect 200 --negotiate -u : "$url" || failed=1
    "$peers/usr/bin/kdestroy"
    refused --negotiate -u :
    grep -q SEC_E_UNSUPPORTED_FUNCTION "$work/page" || { cat "$work/page"; failed=1; }
    refused -H 'Authorization: NTLM TlRMTVNTUAABAAAAAAAAAAAAAAAAAAAA'
    server_end
    begin 'packages = Kerberos'
    refused --negotiate -u :
    refused --ntlm -u "$domain\\$user:$password"
    log_says 'event=negotiation_refused.*NTLM is off'
    server_end
    begin 'allow_raw = no'
    refused --ntlm -u "$domain\\$user:$password"
    http_expect 200 --negotiate -u : "$url" || failed=1
    server_end
}
http_lsad() {
    local daemon
    curl_need
    realm_begin
    configure ''
    where='in lsad; '
    lsad_start
    daemon=$pid
    trap 'kill "$daemon"; realm_stop; clean_up' EXIT
    begin ''
    curl_all
    server_end
    trap 'realm_stop; clean_up' EXIT
    pid=$daemon
    lsad_stop || failed=1
}

# ---- a proxy that shares its connection --------------------------------------------------------
# Two people in turn, by Kerberos and by NTLM; the server is told of the proxy, or always suspects one.
http_proxy() {
    local how options password=$REALM_PASSWORD
    realm_begin
    for how in via hidden; do
        options=()
        [ $how = via ] || options=(--per-request)
        begin '' "${options[@]}"
        for domain in "$REALM" INTEROP; do
            echo "--- $how $domain"
            timeout 60 "$bin/http-proxy" "$(sed 's/.*:\([0-9]*\).*/\1/' <<<"$url")" $how "$domain" \
                alice "$password" bob "$password" || failed=1
        done
        server_end
    done
}

# ---- Chromium ------------------------------------------------------------------------------------
# It uses a ticket where it was told to trust the site.
page_ticket() {
    need_browser
    gss_ntlm_plug
    realm_begin
    begin ''
    realm_login alice
    BROWSER_OPTIONS=--auth-server-allowlist=localhost browse negotiate-ticket "$url" &&
        page_has 'status 200' && page_has "$(printf 'User\talice@%s' "$REALM")" &&
        page_has "$(printf 'Package\tKerberos')" || failed=1
}
http_page() {
    page_ticket
    server_end
}
http_browser() {
    page_ticket
    "$peers/usr/bin/kdestroy"
    # With gss-ntlmssp inside SPNEGO, because the site is trusted; by its own NTLM, because it is not.
    printf '%s:%s:%s\n' "$domain" "$user" "$password" >"$work/users"
    BROWSER_OPTIONS=--auth-server-allowlist=localhost browse negotiate-ntlm "$url" &&
        page_has "$(printf 'Scheme\tNegotiate')" && page_has "$(printf 'Package\tNTLM')" || failed=1
    browse negotiate-raw-ntlm "$url" "$password" && page_has 'status 200' &&
        page_has "$(printf 'User\t%s' "$domain\\$user")" &&
        page_has "$(printf 'Scheme\tNTLM')" || failed=1
    browse negotiate-wrong-password "$url" "$wrong" && page_has 'status 401' &&
        page_has 'not accepted' && page_has 'kinit' || failed=1
    server_end
    # Nothing but Kerberos, and no ticket.
    begin '' --no-ntlm
    browse negotiate-no-ticket "$url" "$password" && page_has 'status 401' &&
        page_has 'kinit' || failed=1
    server_end
}

case $case in
    curl | lsad | proxy | page | browser) "http_$case" ;;
    *)
        echo "no case $case" >&2
        exit 2
        ;;
esac
exit $failed
