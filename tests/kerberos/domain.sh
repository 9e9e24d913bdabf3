# domain.sh: a throw-away Active Directory domain, Samba's, for tests; sourced, not run.
#
#     peers=FOLDER        where scripts/deps has unpacked samba and its kin
#     domain_private ARG...   runs this script again with ARG in namespaces of its own; 77 where
#                         that or Samba cannot be had
#     domain_start DIR    provisions AD.TEST in DIR, starts its domain controller, and exports
#                         SMB_CONF_PATH, KRB5_CONFIG and KRB5CCNAME
#     domain_tool ARG...  samba-tool
#     domain_set NAME ATTRIBUTE VALUE     of a user or group, in the directory
#     domain_get NAME ATTRIBUTE           its values, one a line
#     domain_stop         stops the controller; the caller removes DIR
#
# Samba's programs look for their parts under /usr, for one another under /run/samba, and serve
# ports below 1024. So all of it has a network of its own (nothing but a loopback), a /run of its
# own, and a /usr that is the machine's with the unpacked packages on top: outside these
# namespaces nothing is written and nothing listens.
DOMAIN_REALM=AD.TEST
DOMAIN_NAME=ADTEST
DOMAIN_PASSWORD='Passw0rd!'
domain_pid=

domain_private() {
    [ -x "$peers/usr/sbin/samba" ] || {
        echo "skipped: samba is not there; scripts/deps samba installs it"
        return 77
    }
    unshare -mn true 2>/dev/null || {
        echo "skipped: a domain controller needs namespaces of its own, which root can make"
        return 77
    }
    DOMAIN_PRIVATE=1 exec unshare -mn "$0" "$@"
}

domain_configure() {
    local dir=$1
    cat >"$dir/smb.conf" <<CONF
[global]
    netbios name = DC1
    realm = $DOMAIN_REALM
    workgroup = $DOMAIN_NAME
    server role = active directory domain controller
    server services = rpc, ldap, cldap, kdc, winbindd
    interfaces = lo
    bind interfaces only = yes
    private dir = $dir/dc/private
    state directory = $dir/dc/state
    cache directory = $dir/dc/cache
    lock directory = $dir/dc
    binddns dir = $dir/dc/bind-dns
    ncalrpc dir = $dir/run/ncalrpc
    pid directory = $dir/run
    log file = $dir/log/log.%m
    logging = file
    load printers = no
    disable spoolss = yes
CONF
    cat >"$dir/krb5.conf" <<CONF
[libdefaults]
    default_realm = $DOMAIN_REALM
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
[realms]
    $DOMAIN_REALM = {
        kdc = 127.0.0.1:88
    }
[domain_realm]
    localhost = $DOMAIN_REALM
CONF
    export SMB_CONF_PATH=$dir/smb.conf KRB5_CONFIG=$dir/krb5.conf KRB5CCNAME=FILE:$dir/cc
}

domain_start() {
    local dir=$1
    mount -t overlay -o "lowerdir=$peers/usr:/usr" overlay /usr || return
    mount -t tmpfs tmpfs /run && mkdir /run/samba && ip link set lo up || return
    mkdir -p "$dir/run" "$dir/log"
    samba-tool domain provision --configfile=/dev/null --quiet --realm="$DOMAIN_REALM" \
        --domain="$DOMAIN_NAME" --adminpass="$DOMAIN_PASSWORD" --server-role=dc \
        --dns-backend=NONE --host-name=dc1 --host-ip=127.0.0.1 --targetdir="$dir/dc" \
        --option='interfaces=lo' --option='bind interfaces only=yes' \
        >"$dir/provision.log" 2>&1 || { cat "$dir/provision.log" >&2 && return 1; }
    domain_configure "$dir"
    domain_db=$dir/dc/private/sam.ldb
    setsid samba -F -M single --debug-stdout >"$dir/samba.out" 2>&1 </dev/null &
    domain_pid=$!
    for _ in $(seq 300); do
        kill -0 "$domain_pid" 2>/dev/null || break
        ldbsearch -H ldap://127.0.0.1 -s base -b '' defaultNamingContext >/dev/null 2>&1 &&
            wbinfo -p >/dev/null 2>&1 && return
        sleep 0.1
    done
    cat "$dir/samba.out" >&2
    return 1
}

domain_tool() {
    samba-tool "$@" >>"${SMB_CONF_PATH%/*}/tool.log" 2>&1 || {
        tail -n 5 "${SMB_CONF_PATH%/*}/tool.log" >&2
        return 1
    }
}

domain_dn() {
    ldbsearch -H "$domain_db" "(sAMAccountName=$1)" dn | sed -n 's/^dn: //p'
}

domain_set() {
    ldbmodify -H "$domain_db" >/dev/null <<LDIF
dn: $(domain_dn "$1")
changetype: modify
replace: $2
$2: $3
LDIF
}

domain_get() {
    ldbsearch -H "$domain_db" -s base -b "$(domain_dn "$1")" "$2" | sed -n "s/^$2: //p"
}

domain_stop() {
    [ -z "$domain_pid" ] || kill "$domain_pid" 2>/dev/null || true
    [ -z "$domain_pid" ] || wait "$domain_pid" 2>/dev/null || true
    domain_pid=
}
