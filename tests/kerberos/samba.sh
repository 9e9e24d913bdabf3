#!/usr/bin/env bash
# samba.sh: Kerberos with an Active Directory domain: who a PAC says the client is.
#
#     samba.sh BIN_DIR SOURCE_DIR
#
# Provisions a Samba domain on a loopback of its own (domain.sh), with users in global, universal
# and domain-local groups that are members of one another, and accepts them as `sspi accept`. What
# the token says is compared with what the domain's own directory says of them (tokenGroups).
# Then a ticket's PAC is altered by the service's own key (alter-ticket). Exit status 77: Samba is
# not installed (scripts/deps samba), or this is not root.
# shellcheck disable=SC2034,SC2154     # common.sh and domain.sh read the ones and set the others
set -euo pipefail

bin=$1 source=$2 peers=$2/build/peers
# shellcheck source=tests/kerberos/domain.sh
. "$source/tests/kerberos/domain.sh"
[ -n "${DOMAIN_PRIVATE-}" ] || domain_private "$@" || exit
user=alice domain=INTEROP password=unused
# shellcheck source=tests/interop/common.sh
. "$source/tests/interop/common.sh"
trap 'domain_stop; clean_up' EXIT
mkdir "$work/domain"
domain_start "$work/domain"
keytab=$work/web.keytab

fail() {
    echo "samba.sh: $*" >&2
    cat "$work/server" >&2
    exit 1
}

# ---- the domain ------------------------------------------------------------------------

group() {
    domain_tool group add "$1" --group-scope="$2"
    domain_tool group addmembers "$1" "$3"
}
domain_tool user create alice "$DOMAIN_PASSWORD"
domain_tool user create bob "$DOMAIN_PASSWORD"
domain_set alice userPrincipalName Alice.Smith@mail.test
group webadmins Global alice
group staff Universal webadmins
group everywhere Universal staff
group printers Domain alice
group nested Domain everywhere
domain_tool user create svcweb "$DOMAIN_PASSWORD"
domain_tool spn add HTTP/localhost svcweb
domain_set svcweb msDS-SupportedEncryptionTypes 24
domain_tool domain exportkeytab "$keytab" --principal=HTTP/localhost
domain_sid=$(domain_get alice objectSid)
domain_sid=${domain_sid%-*}

# ---- the acceptor ----------------------------------------------------------------------

# configure SETTING...: of the package and, behind a line [realm ...], of that
configure() {
    sed -i '/^#/,$d' "$work/conf"
    {
        printf '#\nkeytab = %s\n[package Kerberos]\nkrb5_config = %s\n' "$keytab" "$KRB5_CONFIG"
        printf '%s\n' "$@"
    } >>"$work/conf"
}
login() {
    kdestroy -q 2>/dev/null || true
    kinit "$1" >/dev/null 2>&1 <<<"$DOMAIN_PASSWORD" && kvno -q HTTP/localhost
}
# logon: with the tickets of KRB5CCNAME to sspi accept; its words are in server, JSON in who
logon() {
    local code=0 port=
    : >"$work/who"
    timeout 30 "$bin/sspi" accept --package Kerberos --once --json >"$work/who" \
        2>"$work/server" &
    pid=$!
    for _ in $(seq 100); do
        port=$(sed -n 's/.*"listening": "\(.*\)".*/\1/p' "$work/who")
        [ -z "$port" ] || break
        sleep 0.05
    done
    [ -n "$port" ] || fail "sspi accept does not listen"
    "$bin/sspi" initiate --package Kerberos --target HTTP/localhost \
        --req mutual_auth,confidentiality,integrity "$port" >"$work/client" 2>&1 || code=$?
    wait "$pid" || true
    pid=
    return "$code"
}
# known NAME: the token's user, and its groups as far as they are the domain's, are those that
# the directory says; S-1-18-1 is the controller's word that he gave his password.
known() {
    local sid
    sid=$(domain_get "$1" objectSid)
    grep -q "\"user_sid\": \"$sid\"" "$work/who" || fail "$1 is not $sid"
    grep -q "\"who\": \"$DOMAIN_NAME\\\\\\\\$1\"" "$work/who" || fail "$1 has another name"
    grep -q '"S-1-18-1"' "$work/who" || fail "$1 has not proved himself to the controller"
    domain_get "$1" tokenGroups | grep "^$domain_sid-" | sort >"$work/theirs"
    grep -o "\"$domain_sid-[0-9]*\",*$" "$work/who" | tr -d '",' | grep -v "^$sid\$" | sort \
        >"$work/ours"
    cmp "$work/theirs" "$work/ours" || fail "groups of $1: $(diff "$work/theirs" "$work/ours")"
    echo "ok $1 $sid with $(wc -l <"$work/ours") groups"
}
# refused REASON
refused() {
    ! logon || fail "let in: $1"
    grep -q "reason=$1" "$work/server" || fail "not refused as $1"
    echo "ok refused: $1"
}
rid_octets() {
    local rid=$1
    printf '%02x%02x%02x%02x' $((rid & 255)) $((rid >> 8 & 255)) $((rid >> 16 & 255)) \
        $((rid >> 24 & 255))
}
alter() {
    "$bin/alter-ticket" "$keytab" "HTTP/localhost@$DOMAIN_REALM" "FILE:$work/altered" "$1" "$2"
}
text_octets() {
    printf '%s' "$1" | iconv -t UTF-16LE | od -An -tx1 | tr -d ' \n'
}

# ---- who they are ----------------------------------------------------------------------

owned="sid = $domain_sid"
configure "[realm $DOMAIN_REALM]" "$owned"
login alice
logon || fail "alice is not let in"
known alice
[ "$(wc -l <"$work/ours")" = 6 ] || fail "alice has other groups than she was given"
login bob
logon || fail "bob is not let in"
known bob

# What the realm does not own is nobody's here, and where SIDs are required, nobody is let in.
login alice
configure "[realm $DOMAIN_REALM]" "sid = S-1-5-21-1-2-3"
logon || fail "alice is not let in without SIDs"
! grep -q user_sid "$work/who" || fail "a token of a domain that is not the realm's"
configure "require_pac = yes" "[realm $DOMAIN_REALM]" "sid = S-1-5-21-1-2-3"
refused client_unmapped

# ---- altered PACs ----------------------------------------------------------------------

configure "require_pac = yes" "[realm $DOMAIN_REALM]" "$owned"
printers=$(domain_get printers objectSid)
alter "$(rid_octets "${printers##*-}")07000000" "$(rid_octets 512)07000000"
KRB5CCNAME=FILE:$work/altered refused pac_signature
alter "$(text_octets Alice.Smith@mail.test)" "$(text_octets Admin.Smith@mail.test)"
KRB5CCNAME=FILE:$work/altered refused pac_signature
# Its authorization data is of no type that is known: as if there were no PAC.
alter a00402020080 a00402020081
KRB5CCNAME=FILE:$work/altered refused client_unmapped
# The ticket itself is still good.
logon || fail "alice is not let in again"
known alice
