# realm.sh: a throw-away MIT realm on the loopback, for tests and demonstrations; sourced, not run.
#
#     peers=FOLDER        where scripts/deps has unpacked krb5-kdc and its kin
#     realm_start DIR     makes OPENSSPI.TEST in DIR, starts its KDC on a free port, and exports
#                         KRB5_CONFIG and KRB5CCNAME; 77 where the peers are not installed
#     realm_keytab FILE PRINCIPAL...      new random keys of each, appended to FILE
#     realm_login USER    a ticket-granting ticket into KRB5CCNAME; the password is below
#     realm_stop          stops the KDC; the caller removes DIR
#
# realm_refers, if set, is a realm: the KDC refers clients to it who look for a service of a host
# in that realm's domain.
#
# Users alice and bob; principals are made by realm_keytab. Nothing outside DIR is written.
REALM=OPENSSPI.TEST
REALM_PASSWORD='Passw0rd!'
realm_pid=

realm_need() {
    local program
    for program in krb5kdc kdb5_util kadmin.local; do
        [ -x "$peers/usr/sbin/$program" ] || {
            echo "skipped: MIT's $program is not there; scripts/deps peers installs it"
            return 77
        }
    done
}

# A free port of the few that are this test's: others run beside it. Looked at without connecting,
# as that would be a client of whoever is there.
realm_port() {
    local n port hex
    for n in 0 1 2 3; do
        port=$((20000 + $$ % 3000 * 4 + n))
        hex=$(printf %04X "$port")
        grep -qs ":$hex [0-9A-F]*:0000 " /proc/net/tcp /proc/net/tcp6 /proc/net/udp || {
            echo "$port"
            return
        }
    done
    return 1
}

realm_configure() {
    local dir=$1 port=$2
    cat >"$dir/krb5.conf" <<CONF
[libdefaults]
    default_realm = $REALM
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
    forwardable = true
    allow_rc4 = true
    allow_weak_crypto = true
[realms]
    $REALM = {
        kdc = 127.0.0.1:$port
    }
[domain_realm]
    localhost = $REALM
${realm_refers:+    .${realm_refers,,} = $realm_refers}
CONF
    cat >"$dir/kdc.conf" <<CONF
[kdcdefaults]
    kdc_listen = 127.0.0.1:$port
    kdc_tcp_listen = 127.0.0.1:$port
[realms]
    $REALM = {
        database_name = $dir/principal
        key_stash_file = $dir/stash
        acl_file = $dir/kadm5.acl
        supported_enctypes = aes256-cts:normal aes128-cts:normal aes256-sha2:normal aes128-sha2:normal rc4-hmac:normal
    }
[dbmodules]
    db_module_dir = $(dirname "$(find "$peers" -name db2.so)")
[logging]
    kdc = FILE:$dir/kdc.log
CONF
    export KRB5_CONFIG=$dir/krb5.conf KRB5_KDC_PROFILE=$dir/kdc.conf KRB5CCNAME=FILE:$dir/cc
    export KRB5RCACHENAME=dfl: KRB5RCACHEDIR=$dir
}

realm_admin() {
    "$peers/usr/sbin/kadmin.local" -r "$REALM" -q "$*" >>"$realm_dir/admin.log" 2>&1
}

realm_start() {
    local dir=$1 port try
    realm_need || return
    realm_dir=$dir
    port=$(realm_port) || return
    realm_configure "$dir" "$port"
    : >"$dir/kadm5.acl"
    "$peers/usr/sbin/kdb5_util" create -s -r "$REALM" -P master >"$dir/admin.log" 2>&1 || return
    realm_admin addprinc -pw "$REALM_PASSWORD" alice
    realm_admin addprinc -pw "$REALM_PASSWORD" bob
    setsid "$peers/usr/sbin/krb5kdc" -n >"$dir/kdc.out" 2>&1 </dev/null &
    realm_pid=$!
    for try in $(seq 100); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        kill -0 "$realm_pid" 2>/dev/null || break
        sleep 0.05
    done
    echo "the KDC did not start ($try tries):" >&2
    cat "$dir/kdc.out" "$dir/kdc.log" >&2
    return 1
}

realm_keytab() {
    local file=$1 principal
    shift
    for principal; do
        realm_admin addprinc -randkey "$principal"
        realm_admin ktadd -k "$file" "$principal"
    done
    [ -s "$file" ]
}

realm_login() {
    printf '%s\n' "$REALM_PASSWORD" | "$peers/usr/bin/kinit" -f "$1" >/dev/null
}

realm_stop() {
    [ -z "$realm_pid" ] || kill "$realm_pid" 2>/dev/null || true
    [ -z "$realm_pid" ] || wait "$realm_pid" 2>/dev/null || true
    realm_pid=
}
