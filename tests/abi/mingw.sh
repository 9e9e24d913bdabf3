#!/bin/sh
# mingw.sh INCLUDE-DIR VECTORS-DIR WORK-DIR
#
# Compares with MinGW-w64's headers, which other people wrote:
#   - the rows of abi.tsv that say "both" hold there: the table is what we think it is;
#   - every constant and enumerator of our headers that MinGW has too has the same value
#     there. This covers what constants.tsv leaves out: NTSTATUS and Win32 codes, enums.
# Needs clang and the headers (Debian: mingw-w64-x86-64-dev). Exit status 77: not there.
set -eu

include=$1 vectors=$2 work=$3
here=$(cd "$(dirname "$0")" && pwd)
mingw=${MINGW_INCLUDE:-/usr/x86_64-w64-mingw32/include}

if ! command -v clang >/dev/null || [ ! -f "$mingw/ntsecpkg.h" ]; then
    echo "mingw: skipped: clang or $mingw/ntsecpkg.h is missing"
    exit 77
fi
mkdir -p "$work"
foreign="clang --target=x86_64-w64-mingw32 -std=c11 -nostdlibinc -isystem $mingw -DUNICODE
    -DSECURITY_WIN32 -D_WIN32_WINNT=0x0A00 -DSCHANNEL_USE_BLACKLISTS -w"
own="clang -std=c11 -I$include -DUNICODE"

cat >"$work/foreign.h" <<'EOF'
#define WIN32_NO_STATUS
#include <windows.h>
#undef WIN32_NO_STATUS
#include <ntstatus.h>
#include <subauth.h>
#include <winternl.h>
#include <wincred.h>
#include <security.h>
#include <ntsecapi.h>
#include <ntsecpkg.h>
#include <schannel.h>
#include <secext.h>
#include <stddef.h>
#include <stdint.h>
#define SAME32(name, value) \
    _Static_assert((uint32_t)(name) == (uint32_t)(value), #name)
EOF
cat >"$work/own.c" <<'EOF'
#include <security.h>
#include <schannel.h>
#include <credssp.h>
#include <ntsecpkg.h>
EOF

# shellcheck disable=SC2086
{
    $foreign -dM -E -x c "$work/foreign.h" >"$work/foreign-macros.txt"
    $foreign -P -E -x c "$work/foreign.h" >"$work/foreign-tokens.txt"
    $own -dM -E "$work/own.c" >"$work/own-macros.txt"
    $own -P -E "$work/own.c" >"$work/own-tokens.txt"
}

{
    echo '#include "foreign.h"'
    awk -f "$here/mingw.awk" role=foreign-macros "$work/foreign-macros.txt" \
        role=foreign-tokens "$work/foreign-tokens.txt" \
        role=own-macros "$work/own-macros.txt" role=own-tokens "$work/own-tokens.txt" \
        role=abi "$vectors/abi.tsv"
} >"$work/mingw_asserts.c"

# shellcheck disable=SC2086
$foreign -ferror-limit=0 -fsyntax-only "$work/mingw_asserts.c"
sed -n 's/^enum { mingw_rows = \([0-9]*\) };$/mingw: \1 assertions hold/p' "$work/mingw_asserts.c"
