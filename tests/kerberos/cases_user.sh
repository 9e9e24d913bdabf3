# cases_user.sh: user to user; bob has a password and no key in a keytab.
#
# Cases of kerberos.sh, which sources this.
# shellcheck shell=bash disable=SC2154,SC2034

# bobs_server: the same as bob, who is no service
bobs_server() {
    : >"$work/server"
    "$bin/sspi" accept --package "$1" --once --timeout 60 --user bob --domain "$REALM" \
        --password-stdin >"$work/server" 2>&1 <<<"$REALM_PASSWORD" &
    pid=$! accepting=$!
    server_wait
}

case_user() {
    if [ "$case" = user_lsad ]; then
        lsad_start
        lsad=$pid
        trap 'kill "$lsad"; realm_stop; clean_up' EXIT
    fi
    user_to_user() {
        timeout 120 "$bin/krb-user-to-user" "$1" "$REALM" "$REALM_PASSWORD"
    }
    user_to_user accept
    user_to_user initiate
    user_to_user told
    user_to_user Kerberos
    user_to_user Negotiate
    # Not with the tickets of the cache: the answer says so before anything is sent.
    realm_login alice
    refuses "$bin/sspi" initiate --package Kerberos --target "bob@$REALM" --stdio \
        --req use_session_key </dev/null >"$work/out" 2>&1
    grep -q 80090302 "$work/out"
    # The KDC lets nobody use bob's key for a ticket.
    realm_admin modprinc -allow_svr bob
    user_to_user no_key
    # The command at both ends; without its flag the client learns it of the KDC.
    for req in ,use_session_key ""; do
        bobs_server Kerberos
        target=bob@$REALM client
        grep -q "alice@$REALM" "$work/server"
        grep -q use_session_key "$work/server"
    done
    unset req
    grep -q "for bob@$REALM, .*user2user only" "$work/realm/kdc.log"
}
