# cases_kdc.sh: a KDC that refers elsewhere, says nothing, or is not there.
#
# Cases of kerberos.sh, which sources this.
# shellcheck shell=bash disable=SC2154,SC2034

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

case_referral() {
    other_realm
    [ "$case" = referral ] || lsad_start
    both mutual,seal,host=www.other.test
    both dce,mutual,sign,host=www.other.test
    grep -q "TGS_REQ.*ISSUE.*alice@$REALM for krbtgt/OTHER.TEST@$REALM" "$work/realm/kdc.log"
    # Realms that have another key for it each do not trust one another.
    realm_admin cpw -randkey "krbtgt/OTHER.TEST@$REALM"
    initiate mutual,plain,host=www.other.test --expect 0x80090304 2>&1 | tee "$work/out"
    grep -qs "event=kdc_ticket.*PROCESS_TGS" "$work/lsad.log" "$work/out"
}
case_referral_outage() {
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
}
case_outage() {
    black_hole "$REALM"
    SECONDS=0
    initiate mutual,plain --expect 0x80090311
    [ "$SECONDS" -le 45 ]
}
case_outage_lsad() {
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
}
case_no_kdc() {
    realm_stop
    initiate mutual,plain --expect 0x80090311
}
