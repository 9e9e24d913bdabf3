# http_common.sh: what the tests of examples/http-server share: starting and stopping it, curl's
# answers, and Chromium (browser.js), whose pictures stay in BIN_DIR/../artefacts. Sourced after
# common.sh.
# shellcheck shell=bash disable=SC2034,SC2154
url=
failed=0

# ---- the server ----------------------------------------------------------------
http_code() {
    curl -s -m 20 -o "$work/page" -w '%{http_code}' "$@" || true
}
http_expect() {
    local expected=$1 code
    code=$(http_code "${@:2}")
    [ "$code" = "$expected" ] || {
        echo "HTTP $code, not $expected: ${*:2}"
        cat "$work/page" "$work/server.log"
        return 1
    }
}
# server_start [OPTION]...; url is where it listens.
server_start() {
    [ -e "$work/state/accounts.db" ] || account
    : >"$work/server.out"
    "$bin/http-server" --listen 127.0.0.1:0 "$@" >"$work/server.out" 2>"$work/server.log" &
    pid=$!
    for _ in $(seq 100); do
        url=$(sed -n 's/^listening on //p' "$work/server.out")
        [ -z "$url" ] || break
        sleep 0.1
    done
    [ -n "$url" ] || {
        cat "$work/server.log"
        return 1
    }
}
# It must have survived, and end in order (a sanitizer speaks by the exit status).
server_stop() {
    local code=0
    kill "$pid" || { echo "the server died"; cat "$work/server.log"; return 1; }
    wait "$pid" || code=$?
    pid=
    [ $code = 0 ] || { echo "the server's exit status: $code"; cat "$work/server.log"; return 1; }
}

# ---- Chromium --------------------------------------------------------------------
chromium=$peers/usr/lib/chromium/chromium
artefacts=$bin/../artefacts
need_browser() {
    [ -x "$chromium" ] || skip Chromium browser
    command -v node >/dev/null || skip Node browser
    mkdir -p "$artefacts"
    "$chromium" --version
}
# browse NAME URL [PASSWORD]: the page's text is $work/page, its picture NAME.png. A profile
# of its own each time: a browser remembers what was right.
browse() {
    local identity=() profile
    profile=$(mktemp -d "$work/profile.XXXXXX")
    # Else the first challenge of Negotiate finds it without its GSS-API library.
    echo '{"net":{"received_http_auth_negotiate_headers":true}}' >"$profile/Local State"
    [ $# = 2 ] || identity=("$domain\\$user" "$3")
    timeout 100 node "$source/tests/interop/browser.js" "$chromium" "$profile" \
        "$2" "$artefacts/$1.png" "${identity[@]}" >"$work/page" || { cat "$work/page"; return 1; }
    [ "$(head -c 8 "$artefacts/$1.png" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ] ||
        { echo "$1.png is no picture"; return 1; }
}
page_has() {
    grep -qF "$1" "$work/page" && return 0
    echo "the page lacks: $1"
    cat "$work/page" "$work/server.log"
    return 1
}
