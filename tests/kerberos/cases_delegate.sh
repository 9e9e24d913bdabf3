# cases_delegate.sh: a server that goes on as its client, by his ticket.
#
# Cases of kerberos.sh, which sources this.
# shellcheck shell=bash disable=SC2154,SC2034

# second_service: what we go on to as its client; its acceptor can write no replay cache as he
second_service() {
    [ "$(id -u)" = 0 ] || skip root
    realm_keytab "$work/second" second/localhost
    export KRB5RCACHENAME=none:
    delegation_prepare
}
# issued WORDS: how many tickets the KDC's log says it gave for that
issued() {
    grep -c "TGS_REQ.*ISSUE.*$1" "$work/realm/kdc.log" || true
}

case_delegate() {
    second_service
    case $case in *spnego*) spnego=--negotiate ;; esac
    case $case in *lsad) lsad_start ;; esac
    realm_login alice
    delegation krb-delegate HTTP@localhost second@localhost 3 0 >"$work/out"
    [ "$(grep -c "^second: alice@$REALM" "$work/out")" = 3 ]
    # Of three contexts with a credential each, the KDC was asked for the first.
    [ "$(issued "alice@$REALM for second/localhost")" = 1 ]
    # Who delegated nothing is not acted for, with whatever the process itself has.
    delegation krb-delegate --no-delegation HTTP@localhost second@localhost 1 0
}
case_delegate_to_mit() {
    # What MIT's acceptor gets of us, where the KDC trusts the service with it.
    case $case in *spnego) spnego=--negotiate ;; esac
    delegation_to_peer krb-delegate >"$work/out"
    grep -q "delegated: nothing" "$work/out"
    grep -q "ISC_RET_DELEGATE: no" "$work/out"
    realm_admin modprinc +ok_as_delegate HTTP/localhost
    delegation_to_peer krb-delegate >"$work/out"
    grep -q "delegated: alice@$REALM$" "$work/out" && grep -q "ISC_RET_DELEGATE: yes" "$work/out"
}
case_renewal() {
    # The ticket of twelve seconds is used for sixteen: there is nobody to get another from.
    second_service
    realm_admin modprinc -maxrenewlife 1hour "krbtgt/$REALM"
    realm_admin modprinc -maxrenewlife 1hour alice
    "$peers/usr/bin/kinit" -f -l 12s -r 10m alice >/dev/null <<<"$REALM_PASSWORD"
    delegation krb-delegate HTTP@localhost second@localhost 5 4 >"$work/out"
    [ "$(grep -c "^second: alice@$REALM" "$work/out")" = 5 ]
    # One was forwarded; one at least was renewed.
    [ "$(issued "alice@$REALM for krbtgt")" -ge 2 ]
    # One that the KDC does not renew is over when it is over.
    "$peers/usr/bin/kinit" -f -l 12s alice >/dev/null <<<"$REALM_PASSWORD"
    refuses delegation krb-delegate HTTP@localhost second@localhost 2 13 >"$work/out"
    [ "$(grep -c "^second: alice@$REALM" "$work/out")" = 1 ]
}
