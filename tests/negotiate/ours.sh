#!/usr/bin/env bash
# ours.sh: Negotiate with Kerberos inside, our initiator against our acceptor.
#
#     ours.sh BIN_DIR SOURCE_DIR
#
# In a throw-away realm (realm.sh), each row of contract-app-realm. Exit status 1: a row failed;
# 77: the KDC is not installed.
# shellcheck disable=SC2034,SC2154     # common.sh and realm.sh read the ones and set the others
set -euo pipefail

bin=$1 source=$(cd "$2" && pwd) authority=embedded
user=alice domain=INTEROP password=
# shellcheck source=tests/interop/common.sh
. "$source/tests/interop/common.sh"
# shellcheck source=tests/kerberos/realm.sh
. "$source/tests/kerberos/realm.sh"

# row NAME SETTING: of Negotiate
row() {
    sed -i '/^#/,$d' "$work/conf"
    printf '#\nkeytab = %s\n[package Kerberos]\nkrb5_config = %s\n[package Negotiate]\n%s\n' \
        "$work/keytab" "$KRB5_CONFIG" "$2" >>"$work/conf"
    if OPENSSPI_LOG=info "$bin/contract-app-realm" "$1" >"$work/row.log" 2>&1; then
        printf 'ok      %s\n' "$1"
    else
        printf 'FAILED  %s\n' "$1"
        cat "$work/row.log"
        failed=1
    fi
}

realm_need || exit
trap 'realm_stop; clean_up' EXIT
mkdir "$work/realm"
realm_start "$work/realm"
realm_keytab "$work/keytab" HOST/localhost
password=$REALM_PASSWORD account >"$work/account.log"
realm_login alice
failed=0
row mutual ''
row one_way ''
row ticket_first ''
row bound ''
row error_without_room ''
row weaker_would_do ''
row meddled ''
row again 'packages = NTLM, Kerberos'
row unproven 'packages = NTLM, Kerberos'
KRB5CCNAME=FILE:$work/none row no_ticket ''
exit $failed
