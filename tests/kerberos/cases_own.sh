# cases_own.sh: as the user, with the tickets that he has.
#
# Cases of kerberos.sh, which sources this.
# shellcheck shell=bash disable=SC2154,SC2034

# own MODE OPTION...: we come to MIT's server, with the tickets that the user has
own() {
    KRB5_KTNAME=FILE:$keytab timeout 60 "$bin/interop-driver" initiate --mode "kerberos,$1" \
        "${@:2}" -- "$bin/peer-gss" "kerberos,$1" accept
}
# sums PATH: of all files in the user's cache
sums() {
    find "$1" -type f -exec sha256sum {} + | sort
}
# own_cache PATH: with the tickets there to MIT's server and to ours; the cache stays as it is
own_cache() {
    local before mode
    realm_login alice
    before=$(sums "$1")
    [ -n "$before" ]
    for mode in mutual,seal mutual,sign seal dce,mutual,sign; do
        says "OK alice@$REALM" own "$mode"
    done
    server
    own_client
    grep -q "alice@$REALM" "$work/server"
    grep -q mutual_auth "$work/server"
    [ "$(sums "$1")" = "$before" ]
}
# own_client [PREFIX...]: sspi initiate without an account
own_client() {
    local code=0
    "$@" "$bin/sspi" initiate --package Kerberos --target HTTP/localhost \
        --req "${req-mutual_auth,extended_error,confidentiality,integrity}" "$port" || code=$?
    wait "$pid" || true
    pid=
    return "$code"
}

case_own_file() {
    own_cache "$work/realm/cc"
}
case_own_dir() {
    mkdir "$work/realm/cc.d"
    export KRB5CCNAME=DIR:$work/realm/cc.d
    own_cache "$work/realm/cc.d"
}
case_own_keyring() {
    # In a session keyring that ends with the test; containers often have none.
    export KRB5CCNAME=KEYRING:session:opensspi-$$
    realm_login alice || { echo "skipped: no keyring to be had" && exit 77; }
    says "OK alice@$REALM" own mutual,seal
}
case_own_kcm() {
    # Heimdal's daemon keeps the cache; MIT's library asks it.
    "$peers/usr/sbin/kcm" --config-file="$KRB5_CONFIG" >"$work/kcm.log" 2>&1 &
    kcm=$!
    trap 'kill "$kcm" || true; realm_stop; clean_up' EXIT
    for _ in $(seq 100); do
        [ ! -S /run/.heim_org.h5l.kcm-socket ] || break
        sleep 0.05
    done
    export KRB5CCNAME=KCM:
    realm_login alice
    says "OK alice@$REALM" own mutual,seal
}
case_own_lsad() {
    # The daemon has one uid and the user another: it could not read his cache.
    [ "$(id -u)" = 0 ] || skip root
    as_user=(setpriv --reuid 65534 --regid 65534 --clear-groups env "KRB5CCNAME=FILE:$work/user/cc")
    chmod 711 "$work" "$work/realm"
    mkdir -m 700 "$work/user"
    chown 65534:65534 "$work/user"
    lsad_start
    lsad=$pid
    trap 'kill "$lsad"; realm_stop; clean_up' EXIT
    server
    "${as_user[@]}" "$peers/usr/bin/kinit" alice >/dev/null <<<"$REALM_PASSWORD"
    before=$(sums "$work/user")
    own_client "${as_user[@]}"
    grep -q "alice@$REALM" "$work/server"
    [ "$(sums "$work/user")" = "$before" ]
    # Nobody else's: root's own cache is empty, and the user's is not looked for.
    server
    refuses own_client
}
case_own_skew() {
    # The second try is made with the same ticket: there is no one left to ask for another.
    realm_login alice
    server +10m
    own_client
    grep -q reason=clock_skew "$work/server" && grep -q "^Accepted: *yes" "$work/server"
}
case_own_none() {
    export KRB5CCNAME=FILE:$work/nothing
    says "remedy=.*kinit" own mutual,plain --expect 0x8009030E
}
case_own_expired() {
    "$peers/usr/bin/kinit" -l 2s alice >/dev/null <<<"$REALM_PASSWORD"
    sleep 3
    says "remedy=.*kinit" own mutual,plain --expect 0x8009030E
}
case_own_damaged() {
    # Not a cache, and one that is cut off: an error, and nothing is sent.
    echo "this is no credential cache" >"$work/realm/cc"
    says no_client_credentials own mutual,plain --expect 0x8009030E
    realm_login alice
    truncate -s 100 "$work/realm/cc"
    says no_client_credentials own mutual,plain --expect 0x8009030E
}
case_own_delegate() {
    # A ticket of his is forwarded where he asks for it and the KDC trusts the service.
    realm_login alice
    req=mutual_auth,delegate
    server
    own_client >"$work/out"
    if grep "^Flags:.*delegate" "$work/out"; then exit 1; fi
    realm_admin modprinc +ok_as_delegate HTTP/localhost
    server
    own_client >"$work/out"
    grep "^Flags:.*delegate" "$work/out"
    grep "TGS_REQ.*alice@$REALM for krbtgt/$REALM" "$work/realm/kdc.log"
}
