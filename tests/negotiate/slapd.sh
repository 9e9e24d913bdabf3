#!/usr/bin/env bash
# slapd.sh: a real LDAP server, with SASL's GSS-SPNEGO on MIT's GSS-API, and our client.
#
#     slapd.sh BIN_DIR SOURCE_DIR
#
# Debian's slapd, unpacked and not installed (scripts/deps ldap), on the loopback in a folder of its
# own; ldap-whoami logs on by Negotiate, as Kerberos and as NTLM, and asks who it is, sealed, signed
# and in plain text. Exit status 77: it is not unpacked.
# shellcheck disable=SC2154     # common.sh's
set -euo pipefail

bin=$1 source=$(cd "$2" && pwd)
user=alice domain=INTEROP password='Passw0rd?' wrong='passw0rd?'
# shellcheck source=tests/interop/common.sh
. "$source/tests/interop/common.sh"
# shellcheck source=tests/kerberos/realm.sh
. "$source/tests/kerberos/realm.sh"
# shellcheck source=tests/negotiate/common.sh
. "$source/tests/negotiate/common.sh"
slapd=$peers/usr/sbin/slapd
failed=0

slapd_need() {
    [ -x "$slapd" ] || skip slapd ldap
    [ -e "$peers/usr/lib/$arch/sasl2/libgssapiv2.so" ] || skip "SASL's GSSAPI" ldap
    gss_ntlm_plug
    printf '%s:%s:%s\n' "$domain" "$user" "$password" >"$work/users"
}
slapd_start() {
    mkdir "$work/db"
    cat >"$work/slapd.conf" <<CONF
include $peers/etc/ldap/schema/core.schema
modulepath $peers/usr/lib/ldap
moduleload back_mdb
pidfile $work/slapd.pid
sasl-host localhost
sasl-realm $REALM
database mdb
suffix dc=test
directory $work/db
CONF
    port=$(realm_port)
    realm_keytab "$work/slapd.keytab" ldap/localhost
    env "LD_LIBRARY_PATH=$peers/usr/lib/$arch" "SASL_PATH=$peers/usr/lib/$arch/sasl2" \
        "KRB5_KTNAME=FILE:$work/slapd.keytab" "$slapd" -d 256 -f "$work/slapd.conf" \
        -h "ldap://127.0.0.1:$port/" >"$work/slapd.log" 2>&1 &
    pid=$!
    for _ in $(seq 100); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.05
    done
    echo "slapd did not start"
    cat "$work/slapd.log"
    return 1
}
# asks EXPECTED LAYER CHOSEN DOMAIN PASSWORD: what slapd says, or "refused"
asks() {
    local said code=0
    said=$(timeout 20 "$bin/ldap-whoami" "$port" "$2" "$3" "$4" "$user" "$5" 2>"$work/whoami.log") ||
        code=$?
    [ $code != 3 ] || said=refused
    if [ "$said" = "$1" ]; then
        printf 'ok      %-8s %-5s %s\n' "$3" "$2" "$said"
        return
    fi
    printf 'FAILED  %-8s %-5s exit status %s: %s\n' "$3" "$2" "$code" "$said"
    cat "$work/whoami.log"
    tail -n 20 "$work/slapd.log"
    failed=1
}

slapd_need
realm_begin
configure ''
slapd_start
who=cn=gss-spnego,cn=auth
for layer in seal sign plain; do
    asks "dn:uid=$user,cn=${REALM,,},$who" $layer Kerberos "$REALM" "$REALM_PASSWORD"
done
# gss-ntlmssp's gss_unwrap decrypts whatever comes: there is no NTLM that is signed only.
asks "dn:uid=${domain,,}\\5C$user,cn=${REALM,,},$who" seal NTLM "$domain" "$password"
asks refused seal NTLM "$domain" "$wrong"
exit $failed
