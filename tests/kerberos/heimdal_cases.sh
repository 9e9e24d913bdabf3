# heimdal_cases.sh: what may be wrong with a ticket of Heimdal's, and what else is done with one
# than to speak under it: rows of heimdal.sh, which sources this. Each is in a realm of its own, as
# it changes keys there. The peer is Heimdal's GSS-API.
# shellcheck shell=bash disable=SC2154,SC2034

# Where we are the initiator, the last two take a second AP-REQ, by the time in the KRB-ERROR.
#
# name | mode of both ends | what must come of it: with us as the acceptor | as the initiator
hurdles() {
    cat <<'TABLE'
wrong-kvno     | mutual,plain         | denied reason=wrong_kvno          | denied (kvno 2) in keytab
wrong-service  | mutual,plain         | denied reason=no_key_of_principal | denied Failed to find HTTP/localhost
expired        | mutual,plain         | denied reason=ticket_expired      | denied Ticket expired
skewed         | mutual,plain         | 0x80090324 reason=clock_skew      | known tokens taken: 2
resynchronised | mutual,seal,extended | known reason=clock_skew           | known tokens taken: 2
TABLE
}
# hurdle_put NAME: a key that the keytab does not have, another service's keytab, another clock
hurdle_put() {
    case $1 in
        wrong-kvno) heimdal_admin cpw --random-key HTTP/localhost ;;
        wrong-service)
            heimdal_admin add --use-defaults --random-key HTTP/elsewhere
            rm "$keytab"
            heimdal_admin ext_keytab -k "$keytab" HTTP/elsewhere
            ;;
        expired) clock_shift +30h ;;
        skewed | resynchronised) clock_shift +10m ;;
    esac
}
# clock_shift SHIFT: the acceptor's clock is ahead
clock_shift() {
    clock=("LD_PRELOAD=$faketime" "FAKETIME=$1")
    [ "$(env "${clock[@]}" date +%s)" -gt $(($(date +%s) + 500)) ]
}
# hurdle_run ROLE NAME MODE HOW [WORDS]
hurdle_run() {
    enctype_now=
    realm_is "$aes"
    clock=()
    hurdle_put "$2"
    configure
    authority_start "$1"
    row peer-heimdal "$1" "$2" "$aes" "$3" "$4" "${5-}"
    authority_stop
    clock=()
}
hurdles_run() {
    local what mode accepting initiating how words
    while IFS='|' read -r what mode accepting initiating <&4; do
        read -r what <<<"$what"
        read -r mode <<<"$mode"
        is_asked_for "$what" || continue
        read -r how words <<<"$accepting"
        hurdle_run accept "$what" "$mode" "$how" "$words"
        read -r how words <<<"$initiating"
        hurdle_run initiate "$what" "$mode" "$how" "$words"
    done 4< <(hurdles)
}

# ---- other uses of a ticket ------------------------------------------------------------
heimdal_login() {
    printf '%s\n' "$REALM_PASSWORD" >"$work/password"
    "$peers/usr/bin/kinit.heimdal" --forwardable --password-file="$work/password" alice
}
# The KRB-ERROR of the second is Heimdal's to read.
use_replay() {
    heimdal_login
    says "^peer: Request is a replay" timeout 60 "$bin/krb-replay-heimdal" HTTP@localhost
    grep -qs reason=replay "$work/lsad.log" "$work/out"
}
# Our server goes on as its client; who delegated nothing is not acted for.
use_delegated() {
    heimdal_login
    delegation krb-delegate-heimdal HTTP@localhost second@localhost 3 0 >"$work/out"
    [ "$(grep -c "^second: alice@$REALM" "$work/out")" = 3 ]
    # Of three contexts with a credential each, the KDC was asked for the first.
    [ "$(grep -c "TGS-REQ alice.* for second/localhost" "$work/realm/kdc.log")" = 1 ]
    delegation krb-delegate-heimdal --no-delegation HTTP@localhost second@localhost 1 0
}
# What Heimdal's acceptor gets of us, where the KDC trusts the service with it.
use_delegating() {
    says "delegated: nothing" delegation_to_peer krb-delegate-heimdal
    grep -q "ISC_RET_DELEGATE: no" "$work/out"
    heimdal_admin modify --attributes=+ok-as-delegate HTTP/localhost
    says "delegated: alice@$REALM$" delegation_to_peer krb-delegate-heimdal
    grep -q "ISC_RET_DELEGATE: yes" "$work/out"
}
# use_run NAME ROLE [--negotiate]: the case's first command that fails ends it. The programs have
# Heimdal's library in them, and its leaks; ours are looked for in those that have MIT's.
use_run() {
    local code=0 spnego=${3-}
    is_asked_for "$1" || return 0
    enctype_now=
    realm_is "$aes"
    heimdal_admin add --use-defaults --random-key second/localhost
    rm -f "$work/second"
    heimdal_admin ext_keytab -k "$work/second" second/localhost
    configure
    [ "$1" != delegated ] || delegation_prepare >"$work/row.log"
    authority_start "$2"
    set +e
    (set -e && export ASAN_OPTIONS=detect_leaks=0 && "use_$1") >"$work/row.log" 2>&1
    code=$?
    set -e
    judge "$code" peer-heimdal "$2" "$aes" "$1" "${3-Kerberos}"
    authority_stop
}
uses_run() {
    local spnego
    use_run replay accept
    for spnego in "" --negotiate; do
        use_run delegated accept ${spnego:+"$spnego"}
        use_run delegating initiate ${spnego:+"$spnego"}
    done
}
