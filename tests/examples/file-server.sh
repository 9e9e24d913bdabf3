#!/usr/bin/env bash
# file-server.sh BIN_DIR: examples/file-server with two clients, of whom one may read what the
# other may not; curl is the client. Exit status 77: not root, or no curl with NTLM.
set -euo pipefail

bin=$1
[ "$(id -u)" = 0 ] || { echo "becoming somebody else needs root"; exit 77; }
case $(curl -V 2>/dev/null) in *NTLM*) ;; *) echo "no curl with NTLM"; exit 77 ;; esac
[ ! -e /etc/opensspi/opensspi.conf ] || { echo "this host has a configuration"; exit 77; }
work=$(mktemp -d /tmp/file-server-XXXXXX)
pid=
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$work"' EXIT

# Accounts become uid 200000 and their RID, which are 1000 and 1001.
printf '[authority]\nmode = embedded\n[store]\nstate_dir = %s\nidmap_first = 200000\n' \
    "$work/state" >"$work/opensspi.conf"
export OPENSSPI_CONFIG=$work/opensspi.conf
unset OPENSSPI_AUTHORITY
for user in alice bob; do
    echo 'Passw0rd!' | "$bin/sspi" account add "$user" --password-stdin --state "$work/state" >/dev/null
done
mkdir "$work/files"
chmod 1777 "$work/files"
chmod 711 "$work"
echo 'for root only' >"$work/files/secret"
chmod 600 "$work/files/secret"
ln -s /etc/passwd "$work/files/link"

: >"$work/out"
"$bin/file-server" "$work/files" 127.0.0.1:0 >"$work/out" 2>"$work/err" &
pid=$!
url=
for _ in $(seq 100); do
    url=$(sed -n 's/^listening on //p' "$work/out")
    [ -z "$url" ] || break
    sleep 0.1
done
[ -n "$url" ] || { cat "$work/err"; exit 1; }

# expect CODE USER PATH [CURL_OPTION]...
expect() {
    local code
    code=$(curl -q -s -m 20 --noproxy '*' --ntlm -u "$2:${password:-Passw0rd!}" -o "$work/body" \
        -w '%{http_code}' "${@:4}" --path-as-is "$url$3" || true)
    [ "$code" = "$1" ] || { echo "$code, not $1: $2 $3"; cat "$work/err"; exit 1; }
}

echo 'of alice' >"$work/upload"
expect 201 alice report -T "$work/upload"
[ "$(stat -c '%u %g %a' "$work/files/report")" = '201000 201000 640' ] || {
    stat "$work/files/report"
    exit 1
}
expect 200 alice report
cmp "$work/upload" "$work/body"
# Bob may not, nor may either what is root's, though the server is root.
expect 403 bob report
expect 403 bob report -T "$work/upload"
expect 403 alice secret
expect 403 alice secret -T "$work/upload"
expect 404 alice nothing
# No way out of the folder.
expect 403 alice ../opensspi.conf
expect 403 alice link
expect 403 alice .
password=wrong expect 401 alice report
# A large one, so that the body comes in parts.
head -c 3000000 /dev/urandom >"$work/upload"
expect 201 bob large -T "$work/upload"
expect 200 bob large
cmp "$work/upload" "$work/body"
[ "$(stat -c %u "$work/files/large")" = 201001 ]

# A client who is nobody on this machine gets nothing, and the log says who it was.
echo 'Passw0rd!' | "$bin/sspi" account add root --local-user root --password-stdin \
    --state "$work/state" >/dev/null
expect 403 root secret
expect 403 root new -T "$work/upload"
[ ! -e "$work/files/new" ]
grep -q 'peer=127.0.0.1:[0-9]* reason="cannot act' "$work/err"

kill "$pid"
wait "$pid"
pid=
[ "$(wc -l <"$(dirname "$0")/../../examples/file-server.c")" -le 200 ] || {
    echo "it is to fit 200 lines"
    exit 1
}
echo ok
