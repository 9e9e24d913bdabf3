#!/bin/sh
# layout.sh CC INCLUDE-DIR VECTORS-DIR WORK-DIR [CFLAGS...]
#
# Checks size, alignment and member offsets of every structure, and the value of
# every constant, against the tables measured on Windows (see gen_abi.awk).
# Exit status 0: all rows hold.
set -eu

cc=$1 include=$2 vectors=$3 work=$4
shift 4
here=$(dirname "$0")
mkdir -p "$work"

cat >"$work/all.c" <<'EOF'
#include <stddef.h>
#include <stdint.h>
#include <windows.h>
#include <winerror.h>
#include <ntstatus.h>
#include <sspi.h>
#include <security.h>
#include <secext.h>
#include <schannel.h>
#include <credssp.h>
#include <ntsecapi.h>
#include <ntsecpkg.h>
EOF

"$cc" "$@" -std=c11 -I"$include" -dM -E "$work/all.c" >"$work/macros.txt"
"$cc" "$@" -std=c11 -I"$include" -E -P "$work/all.c" >"$work/tokens.txt"

{
    cat "$work/all.c"
    # A 32-bit constant may be spelt signed (HRESULT) or unsigned, never wider.
    echo '#define SAME32(name, value) \'
    echo '    _Static_assert((uint32_t)(name) == (uint32_t)(value) && \'
    echo '        (int64_t)(name) >= INT32_MIN && (int64_t)(name) <= UINT32_MAX, #name)'
    awk -f "$here/gen_abi.awk" role=macros "$work/macros.txt" role=tokens "$work/tokens.txt" \
        role=except "${ABI_NOT_DECLARED:-$here/not-declared.txt}" \
        role=abi "$vectors/abi.tsv" role=constants "$vectors/constants.tsv"
} >"$work/abi_asserts.c"

"$cc" "$@" -std=c11 -I"$include" -Wall -Wextra -Werror -fsyntax-only "$work/abi_asserts.c"
sed -n 's/^enum { abi_rows = \([0-9]*\) };$/layout: \1 assertions hold/p' "$work/abi_asserts.c"
