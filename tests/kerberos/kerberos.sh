#!/usr/bin/env bash
# kerberos.sh: one interop test of Kerberos against MIT, in a throw-away realm.
#
#     kerberos.sh BIN_DIR SOURCE_DIR CASE
#
# Makes a realm with its KDC on the loopback (realm.sh), an authority embedded in interop-driver
# with the service's keytab, and runs it against peer-gss on MIT's GSS-API. Exit status 77: the
# KDC is not installed (scripts/deps peers).
#
# CASE is a function of the files cases_*.sh. CASE_lsad, CASE_spnego and CASE_spnego_lsad are the
# same through the daemon or in SPNEGO, to which the function sees. A case ends at its first command
# that fails. Of the first of "a && b" the shell takes no notice, so only a case's last line is like
# that.
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
for file in "$source"/tests/kerberos/cases_*.sh; do
    # shellcheck source=/dev/null
    . "$file"
done
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
both() {
    accept "$@" && initiate "$@"
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

# case_function: what runs the case
case_function() {
    local suffix
    for suffix in "" _lsad _spnego _spnego_lsad; do
        if declare -F "case_${case%"$suffix"}"; then return; fi
    done
    case $case in
        aes*-cts-hmac-*) echo case_aes ;;
        *) echo "no case $case" >&2 && return 2 ;;
    esac
}
run=$(case_function)
# Those of which the keys are the matter make them.
case $case in
    aes* | rc4 | referral* | wrong_service | unknown_target | keytab) ;;
    *) realm_keytab "$keytab" HTTP/localhost ;;
esac
"$run"
