#!/usr/bin/env bash
# heimdal.sh: Kerberos against Heimdal: its KDC, and its GSS-API in both roles.
#
#     heimdal.sh BIN_DIR SOURCE_DIR [--lsad] [ROW]
#
# Makes a realm with Heimdal's KDC on the loopback for each encryption type, with keys of that
# type only, and takes every row of the table below through it in both roles of the peer: peer-gss
# built on Heimdal's GSS-API, and built on MIT's. Prints a line a row: ok, FAILED, or "cannot" and
# why. Then what heimdal_cases.sh has. --lsad: through the daemon, a new one for each row, instead
# of an embedded authority. ROW: that one only, with everything it says. Exit status 1: a row
# failed; 77: a peer is not installed (scripts/deps heimdal). Nothing outside a folder of its own
# is written.
# shellcheck disable=SC2034,SC2154     # common.sh and realm.sh read the ones and set the others
set -euo pipefail

bin=$1 source=$2 lsad=
shift 2
[ "${1-}" != --lsad ] || { lsad=yes && shift; }
only=${1-}
user=alice domain=INTEROP password=unused
# shellcheck source=tests/interop/common.sh
. "$source/tests/interop/common.sh"
# shellcheck source=tests/kerberos/realm.sh
. "$source/tests/kerberos/realm.sh"
# shellcheck source=tests/kerberos/shared.sh
. "$source/tests/kerberos/shared.sh"
# shellcheck source=tests/kerberos/heimdal_cases.sh
. "$source/tests/kerberos/heimdal_cases.sh"
kdc=$peers/usr/lib/heimdal-servers/kdc
kadmin=$peers/usr/bin/kadmin.heimdal
for program in "$kdc" "$kadmin" "$peers/usr/sbin/kstash" "$bin/peer-heimdal" "$bin/peer-gss"; do
    [ -x "$program" ] || skip "$(basename "$program")" heimdal
done
faketime=$(faketime_find)
[ -n "$faketime" ] || skip libfaketime
trap 'realm_stop; clean_up' EXIT
: >"$work/mech"
export GSS_MECH_CONFIG=$work/mech

# name | mode of both ends (mode.h) | settings of the package | what must come of it:
#   known         a logon, and every message as it must be, both ways
#   denied        the acceptor refuses it as it does a wrong password
#   STATUS        our end refuses it, saying that
#   and words that the log of our end or the peer must have then
table() {
    cat <<'TABLE'
aes256-cts-hmac-sha1-96    sealed   | mutual,seal                  |                 | known
aes256-cts-hmac-sha1-96    signed   | mutual,sign                  |                 | known
aes256-cts-hmac-sha1-96    logon    | mutual,plain                 |                 | known
aes256-cts-hmac-sha1-96    one-way  | seal                         |                 | known
aes256-cts-hmac-sha1-96    one-way-logon | plain                   |                 | known
aes256-cts-hmac-sha1-96    dce      | dce,mutual,sign              |                 | known
aes256-cts-hmac-sha1-96    identify | identify,mutual,plain        |                 | known
aes256-cts-hmac-sha1-96    bindings | mutual,plain,bindings=a:1    |                 | known
aes128-cts-hmac-sha1-96    sealed   | mutual,seal                  |                 | known
aes128-cts-hmac-sha1-96    signed   | mutual,sign                  |                 | known
aes256-cts-hmac-sha384-192 sealed   | mutual,seal                  |                 | known
aes256-cts-hmac-sha384-192 signed   | mutual,sign                  |                 | known
aes128-cts-hmac-sha256-128 sealed   | mutual,seal                  |                 | known
aes128-cts-hmac-sha256-128 signed   | mutual,sign                  |                 | known
arcfour-hmac-md5           refused  | mutual,seal                  |                 | 0x80090342 allow_rc4
arcfour-hmac-md5           sealed   | mutual,seal                  | allow_rc4 = yes | known
arcfour-hmac-md5           signed   | mutual,sign                  | allow_rc4 = yes | known
TABLE
}

# ---- the realm -----------------------------------------------------------------------
# Heimdal reads its own sections, MIT's libkrb5 the first three of the same file.
heimdal_configure() {
    local dir=$1 port=$2 enctype=$3
    cat >"$dir/krb5.conf" <<CONF
[libdefaults]
    default_realm = $REALM
    dns_lookup_kdc = no
    dns_lookup_realm = no
    dns_canonicalize_hostname = false
    rdns = false
    allow_rc4 = true
    allow_weak_crypto = true
[realms]
    $REALM = {
        kdc = 127.0.0.1:$port
    }
[domain_realm]
    localhost = $REALM
[kadmin]
    default_keys = $enctype:pw-salt
[kdc]
    database = {
        dbname = $dir/heimdal
        realm = $REALM
        mkey_file = $dir/m-key
        acl_file = $dir/acl
        log_file = $dir/kdc.hlog
    }
[logging]
    default = FILE:$dir/heimdal.log
    kdc = FILE:$dir/kdc.log
CONF
    export KRB5_CONFIG=$dir/krb5.conf KRB5CCNAME=FILE:$dir/cc
    export KRB5RCACHENAME=dfl: KRB5RCACHEDIR=$dir
}
heimdal_admin() {
    "$kadmin" -l -r "$REALM" "$@" >>"$work/admin.log" 2>&1
}
# heimdal_start DIR ENCTYPE: realm_stop of realm.sh ends it, by its pid.
heimdal_start() {
    local dir=$1 port
    port=$(realm_port)
    heimdal_configure "$dir" "$port" "$2"
    : >"$dir/acl"
    "$peers/usr/sbin/kstash" --random-key --key-file="$dir/m-key" >>"$work/admin.log" 2>&1
    heimdal_admin init --realm-max-ticket-life=unlimited --realm-max-renewable-life=unlimited \
        "$REALM"
    heimdal_admin add --use-defaults --password="$REALM_PASSWORD" alice
    heimdal_admin add --use-defaults --random-key HTTP/localhost
    heimdal_admin ext_keytab -k "$dir/web.keytab" HTTP/localhost
    setsid "$kdc" --config-file="$dir/krb5.conf" --addresses=127.0.0.1 --ports="$port" \
        >"$dir/kdc.out" 2>&1 </dev/null &
    realm_pid=$!
    for _ in $(seq 100); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        kill -0 "$realm_pid" 2>/dev/null || break
        sleep 0.05
    done
    echo "Heimdal's KDC did not start" >&2
    cat "$work/admin.log" "$dir/kdc.out" >&2
    return 1
}
realm_is() {
    [ "$enctype_now" != "$1" ] || return 0
    realm_stop
    rm -rf "$work/realm"
    mkdir "$work/realm"
    heimdal_start "$work/realm" "$1"
    enctype_now=$1
}

# ---- a row -----------------------------------------------------------------------------
is_asked_for() {
    [ -z "$only" ] || [ "$only" = "$1" ]
}
# is_sanitized: the programs have a sanitizer, which wants to be first, as libfaketime does
is_sanitized() {
    [[ $(ldd "$bin/interop-driver") == *lib[at]san* ]]
}
# authority_start ROLE: an acceptor's clock is the daemon's, too. In its sandbox nobody can look for
# leaks, which is why it does not.
authority_start() {
    [ -n "$lsad" ] || return 0
    [ "$1.${#clock[@]}" != accept.2 ] || is_sanitized || export "${clock[@]}"
    ASAN_OPTIONS=detect_leaks=0 lsad_start
    unset LD_PRELOAD FAKETIME
}
authority_stop() {
    [ -z "$lsad" ] || lsad_stop
}
# accept PEER MODE OPTION...: the peer comes to us; initiate: we come to it
# clock: what the acceptor's environment has for another time than everybody's
clock=()
accept() {
    timeout 20 env "${clock[@]}" "$bin/interop-driver" accept --mode "kerberos,$2" \
        --name "alice@$REALM" "${@:3}" -- /usr/bin/env -u LD_PRELOAD "$bin/$1" "kerberos,$2" \
        initiate "$user" "$REALM_PASSWORD"
}
initiate() {
    KRB5_KTNAME=FILE:$keytab timeout 20 "$bin/interop-driver" initiate \
        --mode "kerberos,$2" --user "$user" --domain "$REALM" --password "$REALM_PASSWORD" \
        "${@:3}" -- /usr/bin/env "${clock[@]}" "$bin/$1" "kerberos,$2" accept
}
# Sets cannot where the peer has no such row in that role.
row_set() {
    cannot=
    case $1.$2.$3 in
        peer-heimdal.accept.one-way)
            cannot='its initiator finds a gap before the first message of an acceptor that sent no AP-REP, Heimdal'\''s own too'
            ;;
    esac
    if [ ${#clock[@]} != 0 ] && is_sanitized; then
        cannot='no clock but the true one with a sanitizer'
    fi
}
# judge CODE PEER ROLE ENCTYPE NAME WANTED: prints the row
judge() {
    local verdict=ok
    [ "$1" = 0 ] || verdict=FAILED failed=1
    printf '%-7s %-12s %-8s %-26s %-14s %s\n' "$verdict" "${@:2}"
    [ "$verdict" = ok ] && [ -z "$only" ] || cat "$work/row.log"
}
# row PEER ROLE NAME ENCTYPE MODE HOW [WORDS]; our role
row() {
    local options=() code=0
    row_set "$1" "$2" "$3"
    if [ -n "$cannot" ]; then
        printf 'cannot  %-12s %-8s %-26s %-14s %s\n' "$1" "$2" "$4" "$3" "$cannot"
        return
    fi
    case $6 in
        known) ;;
        denied) options=(--denied) ;;
        *) options=(--expect "$6") ;;
    esac
    : >>"$work/lsad.log"
    "$2" "$1" "$5" "${options[@]}" >"$work/row.log" 2>&1 || code=$?
    grep -qF -e "${7-}" "$work/row.log" "$work/lsad.log" || {
        echo "nobody says: $7" >>"$work/row.log"
        code=1
    }
    judge "$code" "$1" "$2" "$4" "$3" "$6"
}

failed=0 enctype_now='' clock=() aes=aes256-cts-hmac-sha1-96 keytab=$work/realm/web.keytab
while IFS='|' read -r what mode settings wanted <&4; do
    read -r enctype name <<<"$what"
    read -r mode <<<"$mode"
    read -r how words <<<"$wanted"
    is_asked_for "$name" || continue
    realm_is "$enctype"
    configure "$settings"
    authority_start both
    for peer in peer-heimdal peer-gss; do
        row "$peer" accept "$name" "$enctype" "$mode" "$how" "$words"
        row "$peer" initiate "$name" "$enctype" "$mode" "$how" "$words"
    done
    authority_stop
done 4< <(table)
hurdles_run
uses_run

# User to user, MIT's library at the other end. This KDC, asked to canonicalize, makes a ticket out
# to whoever sent his: "initiate" has somebody else's among what a server could answer.
if is_asked_for user; then
    realm_is "$aes"
    heimdal_admin add --use-defaults --password="$REALM_PASSWORD" bob
    configure
    authority_start both
    for part in accept initiate told Kerberos Negotiate; do
        if timeout 60 "$bin/krb-user-to-user" "$part" "$REALM" "$REALM_PASSWORD" \
            >"$work/row.log" 2>&1; then
            echo "ok      user to user, $part"
        else
            echo "FAILED  user to user, $part"
            cat "$work/row.log"
            failed=1
        fi
    done
    authority_stop
fi
exit $failed
