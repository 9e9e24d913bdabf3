# cases_mit.sh: what must go well with MIT's GSS-API at the other end, or with
# python3-gssapi on it. Cases of kerberos.sh, which sources this.
# shellcheck shell=bash disable=SC2154,SC2034

# python_peer ROLE MODE OPTION...: we in that role, python3-gssapi at the other end, in mode theirs
# if that is set; whoever is the client has the tickets of the cache
python_peer() {
    local role=accept
    local -a peer_arguments=(accept)
    [ "$1" = initiate ] || role=initiate
    [ "$role" = accept ] || peer_arguments=(initiate "$user")
    KRB5_KTNAME=FILE:$keytab timeout 60 "$bin/interop-driver" "$1" --mode "kerberos,$2" "${@:3}" \
        -- "$source/tests/kerberos/peer_gssapi.py" "${theirs-$2}" "${peer_arguments[@]}"
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
# The keys of the service are of this type only, and its contexts', too.
only_enctype() {
    realm_admin addprinc -randkey -e "$1:normal" HTTP/localhost
    realm_admin ktadd -k "$keytab" -e "$1:normal" HTTP/localhost
    realm_admin setstr HTTP/localhost session_enctypes "$1"
}
# login_with_account: the client has one here, so that there is a token to ask for
login_with_account() {
    account
    configure "[realm $REALM]" "accounts = %u"
    realm_login alice
}

case_mutual() {
    both mutual,seal && both mutual,sign
}
case_one_way() {
    both seal
}
case_plain() {
    both mutual,plain && both plain
}
case_dce() {
    both dce,mutual,sign
}
case_identify() {
    both identify,mutual,plain
}
case_aes() {
    only_enctype "$case"
    both mutual,seal
    both mutual,sign
    # The command at both ends, with messages that are protected by keys of this type.
    server
    client
    grep -q "alice@$REALM" "$work/server" && grep -q "^Accepted: *yes" "$work/server"
}
case_rc4() {
    # Refused with the setting's name; taken where the setting says so.
    only_enctype rc4-hmac
    says allow_rc4 accept mutual,seal --expect 0x80090342
    configure "allow_rc4 = yes"
    both mutual,seal && both mutual,sign
}
case_bindings() {
    both mutual,plain,bindings=tls-unique:1
    # One end knows another channel, or none.
    theirs=mutual,plain,bindings=tls-unique:2 accept mutual,plain,bindings=tls-unique:1 \
        --expect 0x80090346
    theirs=mutual,plain accept mutual,plain,bindings=tls-unique:1 --expect 0x80090346
}
case_keytab() {
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
}
case_lsad() {
    lsad_start
    both mutual,seal || { cat "$work/lsad.log" >&2 && exit 1; }
    # A new key, written while the daemon runs, is taken within a second.
    realm_admin ktadd -k "$keytab" HTTP/localhost
    sleep 1.1
    accept mutual,plain && grep -q event=keytab_read "$work/lsad.log"
}
case_twice() {
    # Another process with the same state finds what the first has left.
    accept mutual,plain && accept mutual,plain
}
case_sspi() {
    # Both ends are ours: the command, over a socket.
    server
    client
    grep -q "alice@$REALM" "$work/server" && grep -q mutual_auth "$work/server"
}
case_python() {
    realm_admin modprinc +ok_as_delegate HTTP/localhost
    realm_keytab "$work/second" second/localhost
    /usr/bin/python3 -c 'import gssapi' || skip python3-gssapi
    realm_login alice
    for mode in mutual,seal mutual,sign seal plain dce,mutual,sign \
        mutual,seal,bindings=tls-unique:1; do
        python_peer accept "$mode" --name "alice@$REALM"
        says "OK alice@$REALM" python_peer initiate "$mode"
    done
    # One end knows another channel, of which MIT's KRB-ERROR says no more than "generic"; to its
    # acceptor that knows of none, ours is nothing.
    theirs=mutual,plain,bindings=tls-unique:2 python_peer accept \
        mutual,plain,bindings=tls-unique:1 --expect 0x80090346
    theirs=mutual,plain,bindings=tls-unique:2 says "channel bindings" python_peer initiate \
        mutual,plain,bindings=tls-unique:1 --expect 0x80090304
    theirs=mutual,plain python_peer initiate mutual,plain,bindings=tls-unique:1
    python_peer accept mutual,seal,delegate --name "alice@$REALM"
    says "delegated alice@$REALM" python_peer initiate mutual,seal,delegate
    grep "TGS_REQ.*alice@$REALM for second/localhost" "$work/realm/kdc.log"
}
case_samples() {
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
}
case_attributes() {
    login_with_account
    "$bin/krb-attributes" "$source/tests/vectors/constants.tsv"
    "$bin/krb-attributes" "$source/tests/vectors/constants.tsv" unverified
}
case_flags() {
    login_with_account
    "$bin/krb-flags" "$source/tests/vectors/constants.tsv" "$REALM" "$REALM_PASSWORD"
}
