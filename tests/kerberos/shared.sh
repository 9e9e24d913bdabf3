# shared.sh: what the scripts against an MIT and a Heimdal KDC share; sourced after common.sh and
# realm.sh, with keytab set: our service's.
# shellcheck shell=bash disable=SC2154

# configure SETTING...: of the package, in the configuration that common.sh began
configure() {
    sed -i '/^#/,$d' "$work/conf"
    {
        printf '#\nkeytab = %s\n[package Kerberos]\nkrb5_config = %s\n' "$keytab" "$KRB5_CONFIG"
        printf '%s\n' "$@"
    } >>"$work/conf"
}
# says WORDS COMMAND...: what it writes to the log has them
says() {
    local code=0
    "${@:2}" >"$work/out" 2>&1 || code=$?
    cat "$work/out" >&2
    grep -q -- "$1" "$work/out" || {
        echo "$(basename "$0"): the log does not say: $1" >&2
        return 1
    }
    return "$code"
}
# faketime_find: where the library is that shifts a program's clock by FAKETIME
faketime_find() {
    find /usr/lib -name libfaketimeMT.so.1 | head -n 1
}
# delegation_prepare: an account for the client, who may be acted for; the second service's keys are
# in the file second
delegation_prepare() {
    if ! grep -q ^idmap_first "$work/conf"; then
        sed -i 's/^lockout_threshold/idmap_first = 200000\n&/; s/^may = .*/&, delegate/' "$work/conf"
        account
    fi
    configure "[realm $REALM]" "accounts = %u"
    # The second service's acceptor reads its keytab while the thread acts for the client.
    chmod 711 "$work" "$work/realm"
    chmod 644 "$work/second" "$work/mech" "$work/realm/krb5.conf"
}
# delegation PROGRAM OPTION...: from the client through us to the second service
delegation() {
    KRB5_KTNAME=FILE:$work/second timeout 60 "$bin/$1" ${spnego-} "${@:2}"
}
# delegation_to_peer PROGRAM: what the peer's acceptor gets of us
delegation_to_peer() {
    KRB5_KTNAME=FILE:$keytab timeout 60 "$bin/$1" ${spnego-} --to-peer HTTP@localhost alice \
        "$REALM" "$REALM_PASSWORD"
}
