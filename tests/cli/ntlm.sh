# NTLM's policies between two processes, each with an authority and a configuration of its own:
# old responses, signatures without extended session security, and NTLM denied.
. "$(dirname "$0")/common.sh"
export ASAN_OPTIONS=detect_leaks=0
export OPENSSPI_AUTHORITY=embedded:$dir/state
printf 'Passw0rd!\n' | "$sspi" account add alice --state "$dir/state" --password-stdin >/dev/null
client_state=$dir/client

# policy FILE SETTING...: a configuration with these settings of NTLM
policy() {
    local file=$1
    shift
    { printf '[authority]\nallow_environment = yes\nlog_level = notice\n[package NTLM]\n'
      printf '%s\n' "$@"; } >"$file"
}

# serve OPTION...: a server for one client under server.conf; sets port and server
serve() {
    : >"$dir/server"
    OPENSSPI_CONFIG=$dir/server.conf "$sspi" accept --package NTLM --once --timeout 10 "$@" \
        >"$dir/server" 2>"$dir/server.err" &
    server=$!
    for _ in $(seq 200); do
        port=$(sed -n 's/.*listening.* \(.*:[0-9]*\).*/\1/p' "$dir/server" | tr -d '"}')
        [ -n "$port" ] && return
        sleep 0.05
    done
    complain "the server does not start: $(cat "$dir/server.err")"
}
served() {
    local code=0
    wait $server || code=$?
    checks=$((checks + 1))
    [ $code = "$1" ] || complain "the server ended with $code, not $1: $(cat "$dir/server.err")"
}
# try CODE PASSWORD: a client under client.conf, with an authority that has no accounts
try() {
    OPENSSPI_CONFIG=$dir/client.conf OPENSSPI_AUTHORITY=embedded:$client_state feed "$2" "$1" \
        "$sspi" initiate --package NTLM --timeout 10 --password-stdin --user alice "$port"
}

# Every kind of response that a client here sends, signed and sealed, to a server of level 4.
for level in 0 1 2 3 5; do
    policy "$dir/client.conf" "lm_compatibility_level = $level" \
        'require_extended_security = no' 'require_128bit = no'
    policy "$dir/server.conf" 'lm_compatibility_level = 4' 'require_extended_security = no'
    serve
    try 0 'Passw0rd!'
    served 0
    has out 'Signed message:   yes'
    has out 'Sealed message:   yes'
    serve
    try 1 'passw0rd!'
    served 1
done

# The default takes version 2 alone, and says in the log whom it turned away and what to do.
policy "$dir/client.conf" 'lm_compatibility_level = 2'
policy "$dir/server.conf"
serve
try 1 'Passw0rd!'
served 1
has server.err 'reason=ntlmv1_refused response=ntlmv1_extended account=alice'
has server.err 'lm_compatibility_level = 4'

# No extended session security, and nobody allowed that.
policy "$dir/client.conf" 'lm_compatibility_level = 0' 'require_extended_security = no'
policy "$dir/server.conf" 'lm_compatibility_level = 4'
serve
try 1 'Passw0rd!'
served 1
has server.err 'reason=no_extended_session_security'

# NTLM itself: refused, and told.
policy "$dir/client.conf"
policy "$dir/server.conf" 'incoming = deny'
serve
try 1 'Passw0rd!'
served 1
has server.err 'reason=ntlm_denied'
policy "$dir/server.conf" 'incoming = audit'
serve
try 0 'Passw0rd!'
served 0
has server.err 'event=ntlm_used'
has server.err 'account=alice'
serve
policy "$dir/client.conf" 'outgoing = deny'
try 1 'Passw0rd!'
has err 'event=ntlm_denied'
kill $server
wait $server 2>/dev/null

# What the configuration cannot mean is told with file and line.
policy "$dir/server.conf" 'lm_compatibility_level = 6'
OPENSSPI_CONFIG=$dir/server.conf run 1 "$sspi" status
has err ':5: lm_compatibility_level = 6: must be a number from 0 to 5'
finish
