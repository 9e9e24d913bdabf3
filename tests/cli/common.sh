# For the scripts beside this one: a scratch folder, and checks that count.
# Usage: script BIN_FOLDER
set -u
bin=$1
sspi=$bin/sspi
dir=$(mktemp -d /tmp/cli-test-XXXXXX)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$dir"' EXIT
# No configuration and no state of this machine may take part.
export OPENSSPI_CONFIG=$dir/none.conf HOME=$dir XDG_STATE_HOME=$dir/xdg LC_ALL=C.UTF-8
unset OPENSSPI_AUTHORITY OPENSSPI_LOG
umask 022
printf '[authority]\nallow_environment = yes\n' >"$OPENSSPI_CONFIG"
failures=0
checks=0

complain() {
    failures=$((failures + 1))
    echo "FAIL: $1" >&2
    sed 's/^/    /' "$dir/out" "$dir/err" >&2
}

# run WANTED_CODE COMMAND...: leaves the outputs in $dir/out and $dir/err
run() {
    local want=$1 code=0
    shift
    checks=$((checks + 1))
    "$@" >"$dir/out" 2>"$dir/err" </dev/null || code=$?
    [ "$code" = "$want" ] || complain "code $code, not $want: $*"
}

# feed TEXT WANTED_CODE COMMAND...: the same with a line on standard input
feed() {
    local text=$1 want=$2 code=0
    shift 2
    checks=$((checks + 1))
    printf '%s\n' "$text" | "$@" >"$dir/out" 2>"$dir/err" || code=$?
    [ "$code" = "$want" ] || complain "code $code, not $want: $*"
}

# throw BYTES: a connection to $port that brings them and goes.  The server may hang up before the
# last of them (and a write then raises SIGPIPE), so only the connection has to succeed.
throw() {
    checks=$((checks + 1))
    exec 4<>"/dev/tcp/${port%:*}/${port##*:}" || complain "no connection to $port"
    (printf '%b' "$1" >&4) 2>/dev/null || :
    exec 4>&-
}

# has FILE TEXT: the last output (out or err) has a line with the text
has() {
    checks=$((checks + 1))
    grep -qF -- "$2" "$dir/$1" || complain "no \"$2\" in $1"
}
lacks() {
    checks=$((checks + 1))
    ! grep -qF -- "$2" "$dir/$1" || complain "\"$2\" in $1"
}

finish() {
    echo "$checks checks, $failures failures"
    [ "$failures" = 0 ] && [ "$checks" -gt 0 ]
    exit
}
