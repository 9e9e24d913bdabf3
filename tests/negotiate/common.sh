# common.sh: a realm, and an authority that has its service's key and accounts of the same names.
# Sourced after ../interop/common.sh and ../kerberos/realm.sh.
# shellcheck shell=bash disable=SC2034,SC2154
keytab=$work/web.keytab
realm_begin() {
    realm_need || exit
    trap 'realm_stop; clean_up' EXIT
    mkdir "$work/realm"
    realm_start "$work/realm"
    realm_keytab "$keytab" HTTP/localhost
    account >"$work/account.log"
    user=bob password=$REALM_PASSWORD account >>"$work/account.log"
}
# configure SETTING: of Negotiate, in the configuration that interop/common.sh began
configure() {
    sed -i '/^#/,$d' "$work/conf"
    printf '#\nkeytab = %s\n[package Kerberos]\nkrb5_config = %s\n[package Negotiate]\n%s\n' \
        "$keytab" "$KRB5_CONFIG" "$1" >>"$work/conf"
}
# MIT's GSS-API gets gss-ntlmssp, and nothing of this machine's configuration.
gss_ntlm_plug() {
    local plugin=$peers/usr/lib/$arch/gssntlmssp/gssntlmssp.so
    [ -e "$plugin" ] || skip gss-ntlmssp
    printf 'gssntlmssp_v1\t1.3.6.1.4.1.311.2.2.10\t%s\n' "$plugin" >"$work/mech"
    export GSS_MECH_CONFIG=$work/mech NTLM_USER_FILE=$work/users
}
