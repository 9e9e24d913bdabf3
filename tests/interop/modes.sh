#!/usr/bin/env bash
# modes.sh: one peer in every mode that it and we have, in one role.
#
#     modes.sh BIN_DIR SOURCE_DIR PEER ROLE [embedded|lsad] [ROW]
#
# PEER is ntlm_auth, gss, winpr or wine; ROLE is the peer's: client or server. The
# authority is in the driver's process (embedded), or a lsad is started. Prints a line a
# row of the table below: ok, FAILED, or "cannot" and why the peer has no such mode.
# ROW: that one only, with everything it says. Exit status 1: a row failed; 77: the peer
# is not installed.
# shellcheck disable=SC2154  # work, arch and peers are common.sh's
set -euo pipefail

bin=$1 source=$2 peer=$3 role=$4 authority=${5:-embedded} only=${6:-}
user=alice domain=INTEROP password='Pässw0rd!' wrong='pässw0rd!'
# shellcheck source=tests/interop/common.sh
. "$source/tests/interop/common.sh"
# shellcheck source=tests/interop/wine_common.sh
. "$source/tests/interop/wine_common.sh"

# name | mode of both ends (mode.h) | settings of the package | what must come of it when the peer
# is the client | and when it is the server:
#   known [BITS]  a logon, and every message as it must be; SECPKG_ATTR_KEY_INFO says BITS
#   denied        the acceptor refuses it
#   STATUS        our end refuses it, saying that
#   -             the row is not of this role
table() {
    cat <<'TABLE'
default          | seal              |                     | known 128  | known 128
sign-only        | sign              |                     | known      | known
logon-only       | plain             |                     | known      | known
identify         | seal,identify     |                     | known      | known
wrong-password   | seal              |                     | denied     | denied
unknown-user     | seal              |                     | denied     | denied
no-domain        | seal              |                     | known      | known
other-domain     | seal              |                     | known      | denied
upn              | seal              |                     | known      | known
bindings-same    | seal,bindings=a:1 |                     | known      | known
bindings-differ  | seal,bindings=a:1 |                     | 0x80090346 | denied
bindings-missing | seal,bindings=a:1 |                     | 0x80090346 | known
bindings-off     | seal,bindings=a:1 | channel_bindings = off | known   | -
bindings-lenient | seal,bindings=a:1 | channel_bindings = when_supported | 0x80090346 | -
bindings-required | seal             | channel_bindings = required | 0x80090346 | -
no-key-exchange  | seal              |                     | known      | known
56-bit           | seal              | require_128bit = no | known 56   | known 56
40-bit           | seal              | require_128bit = no | known 40   | known 40
56-bit-refused   | seal              |                     | 0x80090302 | 0x80090302
oem              | seal              |                     | known      | known
dce              | seal,dce          |                     | known      | known
datagram         | seal,datagram     |                     | known      | known
datagram-signed  | sign,datagram     |                     | known      | known
v1-refused       | seal              |                     | denied     | -
v1               | seal              | lm_compatibility_level = 1 | known 128 | known 128
v1-no-extended   | seal              | lm_compatibility_level = 0; require_extended_security = no; require_128bit = no | known | known
TABLE
}

# ---- the authority -----------------------------------------------------------------
package_conf() {
    sed '/^\[package /,$d' "$work/conf" >"$work/conf.new"
    [ -z "$1" ] || printf '[package NTLM]\n%s\n' "${1//;/$'\n'}" >>"$work/conf.new"
    mv "$work/conf.new" "$work/conf"
}
authority_set() {
    package_conf "$1"
    [ "$authority" = lsad ] || return 0
    lsad_stop
    lsad_start --no-sandbox --log-level notice
}

# ---- the peers -----------------------------------------------------------------------
# What a row is for whoever initiates, and for the peer; a peer's own function then says how
# it does that, or that it cannot. A row is known to every peer, or it fails.
row_set() {
    cannot='' id_user=$user id_domain=$domain id_password=$password peer_args=() peer_env=()
    peer_mode=$mode our_mode=$mode
    case $1 in
        wrong-password) id_password=$wrong ;;
        unknown-user) id_user=nobody ;;
        no-domain) id_domain='' ;;
        other-domain) id_domain=ELSEWHERE ;;
        upn) id_user=$user@interop.test id_domain='' ;;
        bindings-differ | bindings-off | bindings-lenient) peer_mode=${mode/a:1/b:2} ;;
        bindings-missing)
            if [ "$role" = client ]; then peer_mode=${mode%,bindings=*}; else our_mode=${mode%,bindings=*}; fi
            ;;
    esac
    "${peer}_row" "$1"
}

# Samba's ntlm_auth speaks lines of its own; that its session key is ours says that every
# message would be right.
ntlm_auth_need() {
    [ -x "$peers/usr/bin/ntlm_auth" ] || skip "Samba's ntlm_auth"
    driver_args=(--ntlm-auth)
}
ntlm_auth_row() {
    local side=ntlmssp_$role
    case $1 in
        no-key-exchange) peer_args=("--option=$side:keyexchange=no") ;;
        56-bit*) peer_args=("--option=$side:128bit=no" "--option=$side:56bit=yes") ;;
        40-bit) peer_args=("--option=$side:128bit=no" "--option=$side:56bit=no") ;;
        oem)
            peer_args=("--option=$side:unicode=no")
            [ "$role" = client ] || cannot='it takes the text that its client offers, and ours offers Unicode'
            ;;
        bindings-*) cannot='its helper protocol has no word for channel bindings' ;;
        v1 | v1-refused) peer_args=('--option=client ntlmv2 auth=no' '--option=ntlm auth=yes') ;;
        v1-no-extended)
            peer_args=('--option=client ntlmv2 auth=no' '--option=ntlm auth=yes'
                "--option=$side:ntlm2=no")
            ;;
        dce | datagram*) cannot='its helper protocol has no word for it' ;;
        identify) [ "$role" = server ] || cannot='its helper protocol has no word for it' ;;
        unknown-user | other-domain | upn)
            [ "$role" = client ] || cannot='it knows one password, and takes it from anybody'
            ;;
    esac
}
ntlm_auth_command() {
    command=(/usr/bin/env "LD_LIBRARY_PATH=/usr/lib/$arch/samba" LC_ALL=C.UTF-8
        "$peers/usr/bin/ntlm_auth" --configfile=/dev/null "${peer_args[@]}")
    if [ "$role" = client ]; then
        command+=(--helper-protocol=ntlmssp-client-1 "--username=$id_user" "--domain=$id_domain"
            "--password=$id_password")
    else
        command+=(--helper-protocol=squid-2.5-ntlmssp "--username=$user" "--domain=$domain"
            "--password=$password")
    fi
}

# MIT GSS-API with gss-ntlmssp.
gss_need() {
    local plugin=$peers/usr/lib/$arch/gssntlmssp/gssntlmssp.so
    [ -x "$bin/peer-gss" ] || skip libkrb5-dev
    [ -e "$plugin" ] || skip gss-ntlmssp
    printf 'gssntlmssp_v1\t1.3.6.1.4.1.311.2.2.10\t%s\n' "$plugin" >"$work/mech"
    printf '%s:%s:%s\n' "$domain" "$user" "$password" >"$work/users"
    export GSS_MECH_CONFIG=$work/mech NTLM_USER_FILE=$work/users
}
gss_row() {
    local flags=''
    case $1 in
        no-key-exchange) flags=0xA2088207 ;;
        56-bit*) flags=0xC2088207 ;;
        40-bit) flags=0x42088207 ;;
        oem) flags=0xE2088206 ;;
        upn) [ "$role" = client ] || cannot='its file of users has no UPNs' ;;
        datagram*)
            [ "$role" = client ] ||
                cannot="MIT's GSS-API takes an acceptor's empty input for SPNEGO's"
            [ "$role.$1" != client.datagram ] || cannot='it encrypts with the key of a connection: docs/interop.md'
            ;;
        v1 | v1-refused) peer_env=(LM_COMPAT_LEVEL=1) ;;
        v1-no-extended)
            peer_env=(LM_COMPAT_LEVEL=0)
            [ "$role" = server ] || flags=0xE2008207
            ;;
    esac
    [ -z "$flags" ] || peer_mode+=,flags=$flags
    [ -z "$flags" ] || [ "$role" = client ] || cannot='it has no setting for it as an acceptor'
}
gss_command() {
    local name=$id_domain\\$id_user
    [ -n "$id_domain" ] || name=$id_user
    command=(/usr/bin/env "${peer_env[@]}" "$bin/peer-gss" "$peer_mode")
    if [ "$role" = client ]; then
        command+=(initiate "$name" "$id_password")
    else
        command+=(accept)
    fi
}

# WinPR, FreeRDP's SSPI.
winpr_need() {
    [ -x "$bin/peer-winpr" ] || skip libwinpr2-dev
    driver_args=(--no-signed)
}
winpr_row() {
    case $1 in
        sign-only) cannot='peer-winpr leaves its MakeSignature alone' ;;
        no-key-exchange | 56-bit* | 40-bit | oem) cannot='it has no setting for it' ;;
        unknown-user | other-domain | upn | no-domain)
            [ "$role" = client ] || cannot='it gets the hash of whoever comes from its application'
            ;;
        bindings-differ) [ "$role" = client ] || cannot='its acceptor compares no bindings' ;;
        v1*) cannot='it reads and writes NTLMv2 only' ;;
        datagram*) cannot='it has no datagrams: asked for one it sends a NEGOTIATE all the same' ;;
    esac
}
winpr_command() {
    command=("$bin/peer-winpr" "$peer_mode")
    if [ "$role" = client ]; then
        command+=(initiate "$id_domain" "$id_user" "$id_password")
    else
        command+=(accept "$password")
    fi
}

wine_row() {
    ntlm_auth_row "$1"
    case $role.$1 in
        client.identify) cannot='' ;;
        *.dce | *.datagram*) cannot='it takes no notice of the flag' ;;
        *.bindings-*) cannot='it does not look at SECBUFFER_CHANNEL_BINDINGS' ;;
        client.56-bit | client.40-bit) cannot='it seals with 128 bits whatever was negotiated' ;;
        server.default | server.sign-only | server.56-bit | server.40-bit | server.no-key-exchange)
            cannot='its AcceptSecurityContext makes no keys: it can neither sign nor seal' ;;
        # Ours refuses the challenge, before its keys would matter; a plain logon needs no 128 bits.
        server.56-bit-refused) peer_mode=${peer_mode/seal/plain} ;;
        server.*) peer_mode=${peer_mode/seal/plain} our_mode=${our_mode/seal/plain} ;;
    esac
}
wine_command() {
    [ "$role" = client ] || peer_args+=("--username=$user" "--domain=$domain" "--password=$password")
    printf '%s\n' "${peer_args[@]}" >"$work/ntlm_auth.args"
    wine_program "$peer_mode"
    if [ "$role" = client ]; then
        command+=(initiate "$id_domain" "$id_user" "$id_password")
    else
        command+=(accept)
    fi
}

# ---- a row -----------------------------------------------------------------------------
# row_run WANTED...: known [BITS], denied or a status
row_run() {
    local ours=(--mode "$our_mode" "${driver_args[@]}")
    case $1 in
        known) [ $# = 1 ] || ours+=(--key-bits "$2") ;;
        denied) ours+=(--denied) ;;
        *) ours+=(--expect "$1") ;;
    esac
    "${peer}_command"
    if [ "$role" = client ]; then
        [ "$1" != known ] || ours+=(--name "$domain\\$user")
        timeout 20 "$bin/interop-driver" accept "${ours[@]}" -- "${command[@]}"
    else
        timeout 20 "$bin/interop-driver" initiate "${ours[@]}" --user "$id_user" \
            --domain "$id_domain" --password "$id_password" -- "${command[@]}"
    fi
}

failed=0 settings_now=none driver_args=()
trap 'wine_stop; clean_up' EXIT

row() {
    local name=$1 mode=$2 settings=$3 wanted start
    read -ra wanted <<<"$([ "$role" = client ] && echo "$4" || echo "$5")"
    [ "${wanted[0]}" != - ] || return 0
    row_set "$name"
    if [ -n "$cannot" ]; then
        printf 'cannot  %-16s %s\n' "$name" "$cannot"
        return
    fi
    [ "$settings" = "$settings_now" ] || authority_set "$settings"
    settings_now=$settings
    start=$(date +%s%N)
    if row_run "${wanted[@]}" >"$work/row.log" 2>&1; then
        printf 'ok      %-16s %s, %d ms\n' "$name" "${wanted[*]}" $((($(date +%s%N) - start) / 1000000))
        [ -z "$only" ] || cat "$work/row.log"
    else
        printf 'FAILED  %-16s %s\n' "$name" "${wanted[*]}"
        cat "$work/row.log"
        failed=1
    fi
}

trim() { sed -E 's/^ +//; s/ +$//' <<<"$1"; }

"${peer}_need"
[ "$role" = server ] || account >"$work/account.log"
echo "$peer as $role, authority: $authority"
while IFS='|' read -r name mode settings client server <&3; do
    name=$(trim "$name")
    [ -z "$only" ] || [ "$only" = "$name" ] || continue
    row "$name" "$(trim "$mode")" "$(trim "$settings")" "$client" "$server"
done 3< <(table)
[ "$authority" = embedded ] || lsad_stop
exit $failed
