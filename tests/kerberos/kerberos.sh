#!/usr/bin/env bash
# kerberos.sh: one interop test of Kerberos against MIT, in a throw-away realm.
#
#     kerberos.sh BIN_DIR SOURCE_DIR CASE
#
# Makes a realm with its KDC on the loopback (realm.sh), an authority embedded in interop-driver
# with the service's keytab, and runs it against peer-gss on MIT's GSS-API. Exit status 77: the
# KDC is not installed (scripts/deps peers).
#
# A case ends at its first command that fails. Of the first of "a && b" the shell takes no notice,
# so only a case's last line is like that.
# shellcheck disable=SC2034,SC2154     # common.sh reads the ones and sets the others
set -euo pipefail

bin=$1 source=$2 case=$3
# kcm has one place for its socket, under /run: it gets a /run of its own.
if [ "$case" = own_kcm ] && [ -z "${KCM_PRIVATE-}" ]; then
    if ! [ -x "$source/build/peers/usr/sbin/kcm" ] || ! unshare -m true 2>/dev/null; then
        echo "skipped: needs Heimdal's kcm (scripts/deps heimdal) and root"
        exit 77
    fi
    KCM_PRIVATE=1 exec unshare -m "$0" "$@"
fi
[ -z "${KCM_PRIVATE-}" ] || mount -t tmpfs tmpfs /run
if [ "$case" = own_keyring ] && [ -z "${OWN_SESSION-}" ]; then
    OWN_SESSION=yes exec "$bin/own-session" "$0" "$@"
fi
user=alice domain=INTEROP password=unused
# shellcheck source=tests/interop/common.sh
. "$source/tests/interop/common.sh"
# shellcheck source=tests/kerberos/realm.sh
. "$source/tests/kerberos/realm.sh"
# shellcheck source=tests/kerberos/shared.sh
. "$source/tests/kerberos/shared.sh"
[ -x "$bin/peer-gss" ] || skip "peer-gss"
realm_need || exit
trap 'realm_stop; clean_up' EXIT
mkdir "$work/realm"
case $case in referral*) realm_refers=OTHER.TEST ;; esac
realm_start "$work/realm"
# The mechanisms of this machine's configuration take no part.
: >"$work/mech"
export GSS_MECH_CONFIG=$work/mech
keytab=$work/web.keytab
refused=0x8009030C

configure

# accept MODE OPTION...: MIT's client comes to us
accept() {
    timeout 60 "$bin/interop-driver" accept --mode "kerberos,$1" --name "alice@$REALM" "${@:2}" -- \
        "$bin/peer-gss" "kerberos,${theirs-$1}" initiate "$user" "$REALM_PASSWORD"
}
# initiate MODE OPTION...: we come to MIT's server
initiate() {
    KRB5_KTNAME=FILE:$keytab timeout 60 "$bin/interop-driver" initiate --mode "kerberos,$1" \
        --user "$user" --domain "$REALM" --password "${secret-$REALM_PASSWORD}" "${@:2}" -- \
        "$bin/peer-gss" "kerberos,${theirs-$1}" accept
}
# own MODE OPTION...: we come to MIT's server, with the tickets that the user has
own() {
    KRB5_KTNAME=FILE:$keytab timeout 60 "$bin/interop-driver" initiate --mode "kerberos,$1" \
        "${@:2}" -- "$bin/peer-gss" "kerberos,$1" accept
}
# python_peer ROLE MODE OPTION...: we in that role, python3-gssapi at the other end; whoever is the
# client has the tickets of the cache
python_peer() {
    local role=accept
    local -a peer_arguments=(accept)
    [ "$1" = initiate ] || role=initiate
    [ "$role" = accept ] || peer_arguments=(initiate "$user")
    KRB5_KTNAME=FILE:$keytab timeout 60 "$bin/interop-driver" "$1" --mode "kerberos,$2" "${@:3}" \
        -- "$source/tests/kerberos/peer_gssapi.py" "$2" "${peer_arguments[@]}"
}
# sample_client OPTIONS: gss-client comes to us, and verifies our MICs
sample_client() {
    : >"$work/server"       # there before the server is: it is looked at from now on
    timeout 60 "$bin/gss-sample" server >"$work/server" 2>"$work/server.log" &
    pid=$!
    for _ in $(seq 100); do
        port=$(sed -n 's/^port //p' "$work/server")
        [ -z "$port" ] || break
        sleep 0.05
    done
    # shellcheck disable=SC2086     # no option is one word less
    says "Signature verified" "$peers/usr/bin/gss-client" -port "$port" -mcount 3 $1 localhost \
        HTTP@localhost "a message" || { cat "$work/server.log" >&2 && return 1; }
    wait "$pid"
    pid=
    [ "$(grep -c '^got "a message"$' "$work/server")" = 3 ]
    grep -q "^alice@$REALM to HTTP/localhost@$REALM\$" "$work/server"
}
# sample_server FLAGS: we come to gss-server, and verify its MICs
sample_server() {
    port=$(realm_port)
    KRB5_KTNAME=FILE:$keytab timeout 60 "$peers/usr/bin/gss-server" -port "$port" -once \
        HTTP@localhost >"$work/server" 2>&1 &
    pid=$!
    for _ in $(seq 100); do
        grep -q ":$(printf %04X "$port") 00000000:0000 0A" /proc/net/tcp* && break
        sleep 0.05
    done
    timeout 60 "$bin/gss-sample" client "$port" "$1" "a message" || { cat "$work/server" >&2 && return 1; }
    wait "$pid"
    pid=
    [ "$(grep -c 'Received message: "a message"' "$work/server")" = 3 ]
    grep -q "alice@$REALM" "$work/server"
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
both() {
    accept "$@" && initiate "$@"
}
# The keys of the service are of this type only, and its contexts', too.
only_enctype() {
    realm_admin addprinc -randkey -e "$1:normal" HTTP/localhost
    realm_admin ktadd -k "$keytab" -e "$1:normal" HTTP/localhost
    realm_admin setstr HTTP/localhost session_enctypes "$1"
}
# server [SHIFT]: sspi accept in the background, its clock ahead by SHIFT; sets port
server() {
    local faketime
    local -a env=()
    : >"$work/server"
    if [ $# -gt 0 ]; then
        faketime=$(faketime_find)
        [ -n "$faketime" ] || skip libfaketime
        env=("LD_PRELOAD=$faketime" "FAKETIME=$1")
    fi
    env "${env[@]}" "$bin/sspi" accept --package "${package-Kerberos}" --once --timeout 60 \
        --req extended_error >"$work/server" 2>&1 &
    pid=$! accepting=$!
    server_wait
}
server_wait() {
    for _ in $(seq 100); do
        port=$(sed -n 's/.*listening.* \(.*:[0-9]*\).*/\1/p' "$work/server")
        [ -z "$port" ] || return 0
        sleep 0.05
    done
    cat "$work/server" >&2
    return 1
}
# bobs_server: the same as bob, who is no service
bobs_server() {
    : >"$work/server"
    "$bin/sspi" accept --package "$1" --once --timeout 60 --user bob --domain "$REALM" \
        --password-stdin >"$work/server" 2>&1 <<<"$REALM_PASSWORD" &
    pid=$! accepting=$!
    server_wait
}
# client: sspi initiate to it; the exit status says whether it was let in
client() {
    local code=0
    printf '%s\n' "$REALM_PASSWORD" | "$bin/sspi" initiate --package Kerberos \
        --user "$user" --domain "$REALM" --target "${target-HTTP/localhost}" --password-stdin \
        --req "mutual_auth,extended_error,confidentiality,integrity${req-}" "$port" || code=$?
    wait "$pid" || true
    pid=
    cat "$work/server"
    return "$code"
}
# refuses COMMAND...: it must fail; of a bare "!" the shell would not take notice
refuses() {
    if "$@"; then
        echo "kerberos.sh: it was let in: $*" >&2
        return 1
    fi
}
# other_realm: OTHER.TEST has the service, and trusts the clients of ours. Its KDC's address is known
# here, but not that the service is there: only our KDC says so.
other_realm() {
    local trust="krbtgt/OTHER.TEST@$REALM"
    realm_admin addprinc -pw trust "$trust"
    (
        REALM=OTHER.TEST
        mkdir "$work/other"
        realm_start "$work/other"
        echo "$realm_pid" >"$work/other/pid"
        realm_admin addprinc -pw trust "$trust"
        realm_keytab "$keytab" HTTP/www.other.test
    )
    trap 'kill "$(cat "$work/other/pid")" || true; realm_stop; clean_up' EXIT
    {
        sed '/^\[domain_realm\]/,$d' "$work/realm/krb5.conf"
        sed -n '/^    OTHER.TEST = {/,/^    }/p' "$work/other/krb5.conf"
    } >"$work/client.conf"
    export KRB5_CONFIG=$work/client.conf
    configure
}
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
# black_hole REALM: instead of its KDC, one that says nothing
black_hole() {
    local from=$work/hole
    mkfifo "$from"
    sleep 300 >"$from" &
    hole=$!
    "$bin/black-hole" <"$from" >"$work/hole.port" &
    trap 'kill "$hole" || true; realm_stop; clean_up' EXIT
    while [ ! -s "$work/hole.port" ]; do sleep 0.05; done
    sed -i "/^    $1 = {/,/}/s/kdc = .*/kdc = 127.0.0.1:$(cat "$work/hole.port")/" "$KRB5_CONFIG"
}

case $case in
    mutual | one_way | plain | dce | identify | bindings | lsad | sspi | skew | expired | wrong_password | wrong_kvno | \
        twice | python | samples | attributes | flags | own_* | delegate* | renewal | outage* | replay* | \
        user*)
        realm_keytab "$keytab" HTTP/localhost
        ;;
esac
case $case in
    mutual) both mutual,seal && both mutual,sign ;;
    one_way) both seal ;;
    plain) both mutual,plain && both plain ;;
    dce) both dce,mutual,sign ;;
    identify) both identify,mutual,plain ;;
    aes*)
        only_enctype "$case"
        both mutual,seal
        both mutual,sign
        # The command at both ends, with messages that are protected by keys of this type.
        server
        client
        grep -q "alice@$REALM" "$work/server" && grep -q "^Accepted: *yes" "$work/server"
        ;;
    referral | referral_lsad)
        other_realm
        [ "$case" = referral ] || lsad_start
        both mutual,seal,host=www.other.test
        both dce,mutual,sign,host=www.other.test
        grep -q "TGS_REQ.*ISSUE.*alice@$REALM for krbtgt/OTHER.TEST@$REALM" "$work/realm/kdc.log"
        # Realms that have another key for it each do not trust one another.
        realm_admin cpw -randkey "krbtgt/OTHER.TEST@$REALM"
        initiate mutual,plain,host=www.other.test --expect 0x80090304 2>&1 | tee "$work/out"
        grep -qs "event=kdc_ticket.*PROCESS_TGS" "$work/lsad.log" "$work/out"
        ;;
    referral_outage)
        # Of the two realms only the other one's KDC is silent, and is so for whoever is referred.
        other_realm
        black_hole OTHER.TEST
        lsad_start
        lsad=$pid
        trap 'kill "$hole" "$lsad" "$(cat "$work/other/pid")" || true; realm_stop; clean_up' EXIT
        realm_keytab "$keytab" HTTP/localhost
        initiate mutual,plain,host=www.other.test --expect 0x80090311
        SECONDS=0
        user=bob initiate mutual,plain,host=www.other.test --expect 0x80090311
        grep "user=bob.*No KDC of realm 'OTHER.TEST' has answered lately" "$work/lsad.log"
        initiate mutual,seal
        user=bob initiate mutual,seal
        [ "$SECONDS" -le 4 ]
        ;;
    replay | replay_lsad)
        # The KRB-ERROR of the second is MIT's to read.
        [ "$case" = replay ] || lsad_start
        realm_login alice
        timeout 60 "$bin/krb-replay" HTTP@localhost 2>&1 | tee "$work/out"
        [ "${PIPESTATUS[0]}" = 0 ]
        grep -q "^peer: .*replay" "$work/out"
        grep -qs reason=replay "$work/lsad.log" "$work/out"
        ;;
    user | user_lsad)
        # User to user: bob has a password and no key in a keytab.
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
        ;;
    lsad)
        lsad_start
        both mutual,seal || { cat "$work/lsad.log" >&2 && exit 1; }
        # A new key, written while the daemon runs, is taken within a second.
        realm_admin ktadd -k "$keytab" HTTP/localhost
        sleep 1.1
        accept mutual,plain && grep -q event=keytab_read "$work/lsad.log"
        ;;
    sspi)
        # Both ends are ours: the command, over a socket.
        server
        client
        grep -q "alice@$REALM" "$work/server" && grep -q mutual_auth "$work/server"
        ;;
    skew)
        # The server's clock is ten minutes ahead: the client learns it, and its second try fits.
        server +10m
        client
        grep -q reason=clock_skew "$work/server" && grep -q "^Accepted: *yes" "$work/server"
        ;;
    expired)
        server +30h
        refuses client
        grep -q reason=ticket_expired "$work/server"
        ;;
    bindings)
        both mutual,plain,bindings=tls-unique:1
        # One end knows another channel, or none.
        theirs=mutual,plain,bindings=tls-unique:2 accept mutual,plain,bindings=tls-unique:1 \
            --expect 0x80090346
        theirs=mutual,plain accept mutual,plain,bindings=tls-unique:1 --expect 0x80090346
        ;;
    rc4)
        # Refused with the setting's name; taken where the setting says so.
        only_enctype rc4-hmac
        says allow_rc4 accept mutual,seal --expect 0x80090342
        configure "allow_rc4 = yes"
        both mutual,seal && both mutual,sign
        ;;
    wrong_password)
        secret="wrong $REALM_PASSWORD"
        initiate mutual,seal --expect "$refused"
        ;;
    wrong_kvno)
        # A new key in the KDC that the keytab does not have.
        realm_admin cpw -randkey HTTP/localhost
        says wrong_kvno accept mutual,plain --denied
        ;;
    wrong_service)
        # The keytab is another service's.
        realm_keytab "$work/other" HTTP/localhost
        realm_keytab "$keytab" HTTP/elsewhere
        says no_key_of_principal accept mutual,plain --denied
        ;;
    no_keytab)
        realm_keytab "$keytab" HTTP/localhost
        sed -i '/^keytab =/d' "$work/conf"
        says "keytab = FILE" accept mutual,plain --expect 0x8009030E
        ;;
    unknown_target)
        # The KDC has no such service.
        initiate mutual,plain --expect 0x80090303
        ;;
    keytab)
        # As the service itself, by its keytab; not as one whose key is in somebody else's.
        realm_keytab "$keytab" HTTP/localhost host/client
        realm_keytab "$work/other" host/other
        as_service() {
            KRB5_KTNAME=FILE:$keytab timeout 60 "$bin/interop-driver" initiate \
                --mode kerberos,mutual,seal --principal "$1" "${@:2}" -- \
                "$bin/peer-gss" kerberos,mutual,seal accept
        }
        says "OK host/client@$REALM" as_service "host/client@$REALM"
        as_service "host/other@$REALM" --expect 0x8009030E
        ;;
    own_file) own_cache "$work/realm/cc" ;;
    own_dir)
        mkdir "$work/realm/cc.d"
        export KRB5CCNAME=DIR:$work/realm/cc.d
        own_cache "$work/realm/cc.d"
        ;;
    own_skew)
        # The second try is made with the same ticket: there is no one left to ask for another.
        realm_login alice
        server +10m
        own_client
        grep -q reason=clock_skew "$work/server" && grep -q "^Accepted: *yes" "$work/server"
        ;;
    python)
        realm_admin modprinc +ok_as_delegate HTTP/localhost
        /usr/bin/python3 -c 'import gssapi' || skip python3-gssapi
        realm_login alice
        for mode in mutual,seal mutual,sign seal plain dce,mutual,sign \
            mutual,seal,bindings=tls-unique:1; do
            python_peer accept "$mode" --name "alice@$REALM"
            says "OK alice@$REALM" python_peer initiate "$mode"
        done
        python_peer accept mutual,seal,delegate --name "alice@$REALM"
        says "delegated alice@$REALM" python_peer initiate mutual,seal,delegate
        ;;
    samples)
        # MIT's own examples of a client and a server, as they are.
        realm_admin modprinc +ok_as_delegate HTTP/localhost
        realm_login alice
        for flags in "" -d -nomutual "-seq -noreplay" -nw -nx; do
            sample_client "$flags"
        done
        # MUTUAL_AUTH, REPLAY_DETECT, SEQUENCE_DETECT, CONFIDENTIALITY, INTEGRITY; with DELEGATE;
        # CONFIDENTIALITY alone
        for flags in 0x1001e 0x1001f 0x10; do
            sample_server "$flags"
        done
        ;;
    own_kcm)
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
        ;;
    attributes | flags)
        # The client has an account here, so that there is a token to ask for.
        account
        configure "[realm $REALM]" "accounts = %u"
        realm_login alice
        arguments=()
        [ "$case" = attributes ] || arguments=("$REALM" "$REALM_PASSWORD")
        "$bin/krb-$case" "$source/tests/vectors/constants.tsv" "${arguments[@]}"
        ;;
    own_keyring)
        # In a session keyring that ends with the test; containers often have none.
        export KRB5CCNAME=KEYRING:session:opensspi-$$
        realm_login alice || { echo "skipped: no keyring to be had" && exit 77; }
        says "OK alice@$REALM" own mutual,seal
        ;;
    own_delegate)
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
        ;;
    own_none)
        export KRB5CCNAME=FILE:$work/nothing
        says "remedy=.*kinit" own mutual,plain --expect 0x8009030E
        ;;
    own_expired)
        "$peers/usr/bin/kinit" -l 2s alice >/dev/null <<<"$REALM_PASSWORD"
        sleep 3
        says "remedy=.*kinit" own mutual,plain --expect 0x8009030E
        ;;
    own_damaged)
        # Not a cache, and one that is cut off: an error, and nothing is sent.
        echo "this is no credential cache" >"$work/realm/cc"
        says no_client_credentials own mutual,plain --expect 0x8009030E
        realm_login alice
        truncate -s 100 "$work/realm/cc"
        says no_client_credentials own mutual,plain --expect 0x8009030E
        ;;
    own_lsad)
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
        ;;
    delegate | delegate_lsad | delegate_spnego | delegate_spnego_lsad)
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
        ;;
    delegate_to_mit | delegate_to_mit_spnego)
        # What MIT's acceptor gets of us, where the KDC trusts the service with it.
        case $case in *spnego) spnego=--negotiate ;; esac
        delegation_to_peer krb-delegate >"$work/out"
        grep -q "delegated: nothing" "$work/out"
        grep -q "ISC_RET_DELEGATE: no" "$work/out"
        realm_admin modprinc +ok_as_delegate HTTP/localhost
        delegation_to_peer krb-delegate >"$work/out"
        grep -q "delegated: alice@$REALM$" "$work/out" && grep -q "ISC_RET_DELEGATE: yes" "$work/out"
        ;;
    renewal)
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
        ;;
    outage)
        black_hole "$REALM"
        SECONDS=0
        initiate mutual,plain --expect 0x80090311
        [ "$SECONDS" -le 45 ]
        ;;
    outage_lsad)
        # Whoever waits for the KDC, as many as there are slow threads, keeps no NTLM logon waiting.
        account
        black_hole "$REALM"
        lsad_start
        lsad=$pid
        trap 'kill "$hole" "$lsad" || true; realm_stop; clean_up' EXIT
        waiting=()
        for _ in $(seq 8); do
            initiate mutual,plain --expect 0x80090311 >/dev/null 2>&1 &
            waiting+=($!)
        done
        sleep 1
        SECONDS=0
        for _ in $(seq 5); do
            package=NTLM server
            printf '%s\n' "$password" | timeout 10 "$bin/sspi" initiate --package NTLM \
                --user alice --domain INTEROP --password-stdin "$port"
            wait "$accepting"
        done
        [ "$SECONDS" -le 5 ]
        SECONDS=0
        for process in "${waiting[@]}"; do wait "$process"; done
        [ "$SECONDS" -le 60 ]
        # Nor is another user kept, who comes now.
        SECONDS=0
        user=bob initiate mutual,plain --expect 0x80090311
        [ "$SECONDS" -le 3 ]
        ;;
    no_kdc)
        realm_keytab "$keytab" HTTP/localhost
        realm_stop
        initiate mutual,plain --expect 0x80090311
        ;;
    twice)
        # Another process with the same state finds what the first has left.
        accept mutual,plain && accept mutual,plain
        ;;
    *)
        echo "no case $case" >&2
        exit 2
        ;;
esac
