# common.sh: what the tests against real peers share: a throw-away account store with one
# account, an embedded authority over it, and a server to stop at the end. Sourced by bash with
# bin and source set (the build's bin folder, the clone), and user, domain and password.
# shellcheck shell=bash disable=SC2154,SC2034

peers=$source/build/peers
arch=$(gcc -print-multiarch)
pid=
work=$(mktemp -d "${TMPDIR:-/tmp}/opensspi-interop.XXXXXX")
clean_up() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    [ -z "$pid" ] || wait "$pid" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT

# skip WHAT [GROUP]: exit status 77 is CTest's "skipped".
skip() {
    echo "skipped: $1 is not there; scripts/deps ${2:-peers} installs it"
    exit 77
}

cat >"$work/conf" <<CONF
[authority]
mode = embedded
allow_environment = yes

[machine]
netbios_name = $domain
dns_name = interop.test

[store]
state_dir = $work/state
lockout_threshold = 0

[service tests]
uid = *
may = accept, initiate, token
CONF
export OPENSSPI_CONFIG=$work/conf OPENSSPI_AUTHORITY=embedded:$work/state
mkdir -m 700 "$work/state"

# Only an acceptor of ours needs the account.
account() {
    printf '%s\n' "$password" |
        "$bin/sspi" account add "$user" --password-stdin --group staff --state "$work/state"
}

# lsad_start [OPTION]...: the daemon on the same configuration, instead of the embedded authority;
# with LSAD_OPTIONS, too.
lsad_start() {
    local config=$work/lsad.conf
    sed -e "s|^mode = .*|socket = $work/lsad.sock\nmodule_dir = $bin/../lib/opensspi\nuser = $(id -un)|" \
        "$work/conf" >"$config"
    # shellcheck disable=SC2086  # several words
    OPENSSPI_AUTHORITY='' "$bin/lsad" --config "$config" ${LSAD_OPTIONS:-} "$@" \
        2>"$work/lsad.log" &
    pid=$!
    export OPENSSPI_AUTHORITY=unix:$work/lsad.sock
    for _ in $(seq 100); do
        "$bin/sspi" package list >/dev/null 2>&1 && return 0
        sleep 0.05
    done
    cat "$work/lsad.log"
    return 1
}
# It must have survived, and end in order.
lsad_stop() {
    [ -n "$pid" ] || return 0
    kill "$pid" && wait "$pid" || { cat "$work/lsad.log"; return 1; }
    pid=
}
