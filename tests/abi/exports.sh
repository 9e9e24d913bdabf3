#!/bin/sh
# exports.sh CC INCLUDE-DIR LIBRARY
#
# A function that a public header declares must be there to link with, and the library must
# not export what no header declares (names opensspi_* are its own, and are let through).
# The entry points of packages are declared for packages to define: they are left out.
set -eu

cc=$1 include=$2 library=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Only OPENSSPI_API declarations carry the attribute; it is replaced by a word of our own.
printf '%s\n' '#include <windows.h>' '#undef OPENSSPI_API' '#define OPENSSPI_API EXPORTED' \
    '#include <security.h>' '#include <schannel.h>' \
    '#include <credssp.h>' '#include <ntsecpkg.h>' >"$work/again.c"
printf '%s\n' '#include <windows.h>' >"$work/windows.c"

{
    "$cc" -std=c11 -I"$include" -E -P "$work/again.c" | tr '\n' ' ' | sed 's/;/;\n/g' |
        sed -n 's/.*EXPORTED [^(]* \**\([A-Za-z0-9_]*\)(.*/\1/p'
    "$cc" -std=c11 -I"$include" -E -P "$work/windows.c" | tr '\n' ' ' | sed 's/;/;\n/g' |
        sed -n 's/.*visibility("default"))) [^(]* \**\([A-Za-z0-9_]*\)(.*/\1/p'
} | grep -v -x -e SpLsaModeInitialize -e SpUserModeInitialize | sort -u >"$work/declared"

nm -D --defined-only "$library" | awk '$2 ~ /^[TWi]$/ { sub(/@.*/, "", $3); print $3 }' |
    grep -v -e '^opensspi_' -e '^_' | sort -u >"$work/exported"

comm -23 "$work/declared" "$work/exported" | sed 's/^/exports: declared, not exported: /' >&2
comm -13 "$work/declared" "$work/exported" | sed 's/^/exports: exported, not declared: /' >&2
echo "exports: $(wc -l <"$work/declared") functions declared"
cmp -s "$work/declared" "$work/exported"
