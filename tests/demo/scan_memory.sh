#!/usr/bin/env bash
# scan_memory.sh: the witness must see what is there and not what is not. A bash
# that holds a text in a variable is the process that is looked into.
set -euo pipefail
scan=$1

# hold TEXT: a process with TEXT in its memory; it ends when its input does.
hold() {
    coproc HOLDER { exec bash -c 'read -r held; echo ready; read -r wait; echo "$held$wait"'; }
    echo "$1" >&"${HOLDER[1]}"
    read -r _ <&"${HOLDER[0]}"
    pid=$HOLDER_PID
}
release() {
    kill "$pid"
    wait "$pid" 2>/dev/null || true
}

# expect CODE LINE...: what scan-memory must say of that process
expect() {
    local code=0
    out=$(printf '%s\n' "${@:2}" | "$scan" "$pid") || code=$?
    echo "$out"
    [ "$code" = "$1" ] || { echo "exit status $code, not $1: ${*:2}"; exit 1; }
}
random() { head -c 18 /dev/urandom | base64; }

secret=$(random)
hold "$secret"
code=0
echo "password held $secret" | "$scan" "$pid" >/dev/null || code=$?
[ "$code" != 2 ] || { echo "skipped: this user may not look into its own processes"; exit 77; }
expect 1 "password held $secret"
expect 0 "password other $(random)"
expect 1 "password other $(random)" "hex held $(printf %s "$secret" | od -An -tx1 | tr -d ' \n')"
release
expect 2 "password held $secret" 2>/dev/null

# NTOWFv1("Password") as MS-NLMP 4.2.2.1.2 has it: the hash that is computed must be that one.
hold a4f49c406510bdcab6824ee7c30fd852
expect 1 "password spec Password"
case $out in
    *"NT hash of spec (hex)"*) ;;
    *) exit 1 ;;
esac
release
