#!/usr/bin/env bash
# interop.sh: one interop test against a real peer.
#
#     interop.sh BIN_DIR SOURCE_DIR CASE
#
# Runs interop-driver (libsspi) against the peer, over the store of common.sh.
# Exit status 77: the peer is not installed (scripts/deps peers).
# shellcheck disable=SC2154  # work and peers are common.sh's
set -euo pipefail

bin=$1 source=$2 case=$3
# shellcheck disable=SC2034  # domain and password are common.sh's too
user=alice domain=INTEROP password='Pässw0rd!' wrong='pässw0rd!'
# shellcheck source=tests/interop/common.sh
. "$source/tests/interop/common.sh"

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
    *)
        echo "no case $case" >&2
        exit 2
        ;;
esac
