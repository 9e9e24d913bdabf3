# cases_refused.sh: tickets, passwords and clocks that are wrong.
#
# Cases of kerberos.sh, which sources this.
# shellcheck shell=bash disable=SC2154,SC2034

case_replay() {
    # The KRB-ERROR of the second is MIT's to read.
    [ "$case" = replay ] || lsad_start
    realm_login alice
    timeout 60 "$bin/krb-replay" HTTP@localhost 2>&1 | tee "$work/out"
    [ "${PIPESTATUS[0]}" = 0 ]
    grep -q "^peer: .*replay" "$work/out"
    grep -qs reason=replay "$work/lsad.log" "$work/out"
}
case_skew() {
    # The server's clock is ten minutes ahead: the client learns it, and its second try fits.
    server +10m
    client
    grep -q reason=clock_skew "$work/server" && grep -q "^Accepted: *yes" "$work/server"
}
case_expired() {
    server +30h
    refuses client
    grep -q reason=ticket_expired "$work/server"
}
case_wrong_password() {
    secret="wrong $REALM_PASSWORD"
    initiate mutual,seal --expect 0x8009030C
}
case_wrong_kvno() {
    # A new key in the KDC that the keytab does not have.
    realm_admin cpw -randkey HTTP/localhost
    says wrong_kvno accept mutual,plain --denied
}
case_wrong_service() {
    # The keytab is another service's.
    realm_keytab "$work/other" HTTP/localhost
    realm_keytab "$keytab" HTTP/elsewhere
    says no_key_of_principal accept mutual,plain --denied
}
case_no_keytab() {
    sed -i '/^keytab =/d' "$work/conf"
    says "keytab = FILE" accept mutual,plain --expect 0x8009030E
}
case_unknown_target() {
    # The KDC has no such service.
    initiate mutual,plain --expect 0x80090303
}
