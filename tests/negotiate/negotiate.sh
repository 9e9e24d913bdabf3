#!/usr/bin/env bash
# negotiate.sh: the package Negotiate against SPNEGO and raw tokens of software that is not ours.
#
#     negotiate.sh BIN_DIR SOURCE_DIR PEER [embedded|lsad] [ROW]
#
# PEER is gss (MIT's GSS-API with its Kerberos, and with gss-ntlmssp), python (python3-gssapi, the
# same in fewer modes), heimdal, ntlm_auth (Samba's gss-spnego and gss-spnego-client) or wine (a
# Windows program). In a throw-away realm (realm.sh) with an account of
# the same name and another password in our store, every row of the table below is tried in the
# roles that it names. Prints a line a row: ok, FAILED, or "cannot" and why. ROW: that one only,
# with everything it says. Exit status 1: a row failed; 77: the peer is not installed.
# shellcheck disable=SC2034,SC2154     # common.sh and realm.sh read the ones and set the others
set -euo pipefail

bin=$1 source=$(cd "$2" && pwd) peer=$3 authority=${4:-embedded} only=${5:-}
user=alice domain=INTEROP password='Pässw0rd!' wrong='pässw0rd!'
# shellcheck source=tests/interop/common.sh
. "$source/tests/interop/common.sh"
# shellcheck source=tests/kerberos/realm.sh
. "$source/tests/kerberos/realm.sh"
# shellcheck source=tests/interop/wine_common.sh
. "$source/tests/interop/wine_common.sh"
# shellcheck source=tests/negotiate/common.sh
. "$source/tests/negotiate/common.sh"

# name | role of the peer | mode of our end and of the peer's (mode.h) | who the client is |
# settings of Negotiate | what must come of it:
#   Kerberos, NTLM   established, that package was chosen, and every message is as it must be
#   denied           the acceptor refuses it
#   STATUS           our end refuses it, saying that
# Who: ticket (alice of the realm), account (alice of the store), wrong (its password), either
# (bob, who has one password in both).
table() {
    cat <<'TABLE'
sealed           | client | spnego,kerberos,mutual,seal     | =                     | ticket  |                | Kerberos
signed           | client | spnego,kerberos,mutual,sign     | =                     | ticket  |                | Kerberos
one-way          | client | spnego,kerberos,seal            | =                     | ticket  |                | Kerberos
logon            | client | spnego,kerberos,mutual,plain    | =                     | ticket  |                | Kerberos
offers-both      | client | spnego,kerberos,both,mutual,seal | =                    | ticket  |                | Kerberos
bindings         | client | spnego,kerberos,mutual,plain,bindings=a:1 | =           | ticket  |                | Kerberos
bindings-differ  | client | spnego,kerberos,mutual,plain,bindings=a:1 | spnego,kerberos,mutual,plain,bindings=b:2 | ticket | | 0x80090346
raw-sealed       | client | spnego,kerberos,mutual,seal     | kerberos,mutual,seal  | ticket  |                | Kerberos
raw-dce          | client | spnego,kerberos,dce,mutual,sign | kerberos,dce,mutual,sign | ticket |              | Kerberos
raw-refused      | client | spnego,kerberos,mutual,seal     | kerberos,mutual,seal  | ticket  | allow_raw = no | 0x80090302
ntlm-sealed      | client | spnego,seal                     | =                     | account |                | NTLM
ntlm-signed      | client | spnego,sign                     | =                     | account |                | NTLM
ntlm-wrong       | client | spnego,seal                     | =                     | wrong   |                | denied
ntlm-off         | client | spnego,seal                     | =                     | account | packages = Kerberos | 0x80090302
ntlm-first       | client | spnego,seal                     | =                     | account | packages = NTLM, Kerberos | NTLM
ntlm-of-both     | client | spnego,both,seal                | =                     | either  | packages = NTLM | NTLM
server-first     | client | spnego,server-first,seal        | =                     | account |                | NTLM
server-first-wrong | client | spnego,server-first,seal      | =                     | wrong   |                | denied
raw-ntlm         | client | spnego,seal                     | seal                  | account |                | NTLM
raw-ntlm-signed  | client | spnego,sign                     | sign                  | account |                | NTLM
raw-ntlm-wrong   | client | spnego,seal                     | seal                  | wrong   |                | denied
raw-ntlm-refused | client | spnego,seal                     | seal                  | account | allow_raw = no | 0x80090302
sealed           | server | spnego,kerberos,mutual,seal     | =                     | ticket  |                | Kerberos
signed           | server | spnego,kerberos,mutual,sign     | =                     | ticket  |                | Kerberos
one-way          | server | spnego,kerberos,seal            | =                     | ticket  |                | Kerberos
logon            | server | spnego,kerberos,mutual,plain    | =                     | ticket  |                | Kerberos
takes-both       | server | spnego,kerberos,mutual,seal     | spnego,both,seal      | ticket  |                | Kerberos
bindings         | server | spnego,kerberos,mutual,plain,bindings=a:1 | =           | ticket  |                | Kerberos
ntlm-fallback    | server | spnego,seal                     | =                     | account |                | NTLM
ntlm-signed      | server | spnego,sign                     | =                     | account |                | NTLM
ntlm-only        | server | spnego,seal                     | =                     | account | packages = NTLM | NTLM
ntlm-wrong       | server | spnego,seal                     | =                     | wrong   |                | denied
ntlm-of-both     | server | spnego,seal                     | =                     | either  |                | NTLM
TABLE
}

# ---- the authority -------------------------------------------------------------------------
settings_now=none
authority_set() {
    [ "$1" != "$settings_now" ] || return 0
    settings_now=$1
    configure "$1"
    [ "$authority" = lsad ] || return 0
    lsad_stop
    lsad_start
}

# ---- the peers -----------------------------------------------------------------------------
gss_need() {
    [ -x "$bin/peer-gss" ] || skip libkrb5-dev
    gss_program=$bin/peer-gss
    gss_ntlm_plug
    printf '%s:%s:%s\n' "$domain" "$user" "$password" "$REALM" bob "$REALM_PASSWORD" >"$work/users"
}
gss_row() {
    [[ $1 != client.server-first* ]] || cannot="MIT's initiator takes no first token of a server"
}
gss_command() {
    local name=$id_domain\\$id_user
    [ "$id_domain" != "$REALM" ] || name=$id_user
    command=("$gss_program" "$peer_mode")
    if [ "$role" = client ]; then
        command+=(initiate "$name" "$id_password")
    else
        command=(/usr/bin/env "KRB5_KTNAME=FILE:$keytab" "${command[@]}" accept)
    fi
}

# The same library by python3-gssapi.
python_need() {
    /usr/bin/python3 -c 'import gssapi' 2>/dev/null || skip python3-gssapi
    gss_need
    gss_program=$source/tests/negotiate/peer_gssapi.py
}
python_row() {
    gss_row "$1"
    [ "$1" != client.raw-dce ] || cannot='peer_gssapi.py has no such mode'
}
python_command() {
    gss_command
}

heimdal_need() {
    [ -x "$bin/peer-heimdal" ] || skip Heimdal heimdal
    : >"$work/mech"
    export GSS_MECH_CONFIG=$work/mech
}
heimdal_row() {
    case $1 in
        *ntlm* | client.server-first*) cannot="peer-heimdal's SPNEGO has Kerberos only" ;;
        client.one-way) cannot='its initiator finds a gap before the first message of an acceptor that sent no AP-REP' ;;
    esac
}
heimdal_command() {
    command=("$bin/peer-heimdal" "$peer_mode")
    if [ "$role" = client ]; then
        command+=(initiate "$id_user" "$id_password")
    else
        command=(/usr/bin/env "KRB5_KTNAME=FILE:$keytab" "${command[@]}" accept)
    fi
}

# Its session key must be ours: every message would then be right.
ntlm_auth_need() {
    [ -x "$peers/usr/bin/ntlm_auth" ] || skip "Samba's ntlm_auth"
    driver_args=(--ntlm-auth)
}
ntlm_auth_row() {
    case $who.$1 in
        ticket.*) cannot='without a domain it has NTLM only' ;;
        *raw*) cannot="that is interop.ntlm_auth's" ;;
        *.client.*)
            [[ $1 = client.server-first* ]] || cannot='it waits for the server to speak first'
            ;;
    esac
}
ntlm_auth_command() {
    command=(/usr/bin/env "LD_LIBRARY_PATH=/usr/lib/$arch/samba" LC_ALL=C.UTF-8
        "$peers/usr/bin/ntlm_auth" --configfile=/dev/null)
    if [ "$role" = client ]; then
        command+=(--helper-protocol=gss-spnego-client "--username=$id_user"
            "--domain=$id_domain" "--password=$id_password")
    else
        # It takes this one password from anybody.
        local right=$password
        [ "$who" != either ] || right=$REALM_PASSWORD
        command+=(--helper-protocol=gss-spnego "--username=$user" "--domain=$domain"
            "--password=$right")
    fi
}

# What Wine calls Negotiate is Kerberos's or NTLM's own tokens, which is what the rows with it
# are about.
wine_row() {
    local needs_spnego='its Negotiate speaks no SPNEGO: the tokens are NTLM'\''s or Kerberos'\''s own'
    case $1 in
        server.*) cannot=$needs_spnego ;;
        client.bindings*) cannot='it does not look at SECBUFFER_CHANNEL_BINDINGS' ;;
        client.raw-dce) cannot='it takes no notice of the flag' ;;
        client.offers-both | client.ntlm-of-both | client.server-first*) cannot=$needs_spnego ;;
    esac
}
wine_command() {
    : >"$work/ntlm_auth.args"
    wine_program "$peer_mode" initiate "$id_domain" "$id_user" "$id_password"
}

# ---- a row ---------------------------------------------------------------------------------
who_set() {
    id_user=$user id_domain=$domain id_password=$password name=$domain\\$user
    case $who in
        ticket) id_domain=$REALM id_password=$REALM_PASSWORD name=$user@$REALM ;;
        wrong) id_password=$wrong ;;
        either) id_user=bob id_domain=$REALM id_password=$REALM_PASSWORD name=$domain\\bob ;;
    esac
}
row_run() {
    local ours=(--mode "$our_mode" "${driver_args[@]}")
    case $1 in
        denied) ours+=(--denied) ;;
        0x*) ours+=(--expect "$1") ;;
        *) ours+=(--chosen "$1") ;;
    esac
    "${peer}_command"
    if [ "$role" = client ]; then
        timeout 20 "$bin/interop-driver" accept "${ours[@]}" --name "$name" -- "${command[@]}"
    else
        timeout 20 "$bin/interop-driver" initiate "${ours[@]}" --user "$id_user" \
            --domain "$id_domain" --password "$id_password" -- "${command[@]}"
    fi
}
row() {
    local row=$1 wanted=$2 settings=$3 start
    cannot=
    who_set
    "${peer}_row" "$role.$row"
    if [ -n "$cannot" ]; then
        printf 'cannot  %-6s %-18s %s\n' "$role" "$row" "$cannot"
        return
    fi
    authority_set "$settings"
    start=$(date +%s%N)
    if row_run "$wanted" >"$work/row.log" 2>&1; then
        printf 'ok      %-6s %-18s %s, %d ms\n' "$role" "$row" "$wanted" \
            $((($(date +%s%N) - start) / 1000000))
        [ -z "$only" ] || cat "$work/row.log"
    else
        printf 'FAILED  %-6s %-18s %s\n' "$role" "$row" "$wanted"
        cat "$work/row.log"
        failed=1
    fi
}

failed=0 driver_args=()
"${peer}_need"
realm_begin
case $peer in
    heimdal) realm_login alice ;;
    wine)
        realm_login alice
        trap 'wine_stop; realm_stop; clean_up' EXIT
        ;;
esac
while IFS='|' read -r row role our_mode peer_mode who settings wanted <&4; do
    read -r row <<<"$row"
    read -r role <<<"$role"
    read -r our_mode <<<"$our_mode"
    read -r peer_mode <<<"$peer_mode"
    read -r who <<<"$who"
    read -r settings <<<"$settings"
    read -r wanted <<<"$wanted"
    [ "$peer_mode" != = ] || peer_mode=$our_mode
    [ -z "$only" ] || [ "$only" = "$row" ] || continue
    row "$row" "$wanted" "$settings"
done 4< <(table)
[ "$authority" = embedded ] || lsad_stop
exit $failed
