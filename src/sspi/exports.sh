#!/bin/sh
# exports.sh CC INCLUDE-DIR MAP LIBRARY
#
# Three lists must be one: what the public headers declare, what the version script
# names, and what the library exports. A symbol outside version SSPI_0.1 is an error too.
set -eu

cc=$1 include=$2 map=$3 library=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Package authors define these two; libsspi does not.
for header in windows sspi security secext schannel credssp ntsecapi opensspi; do
    printf '#include <%s.h>\n' "$header"
done >"$work/all.c"
"$cc" -std=c11 -I"$include" -E -P "$work/all.c" | tr '\n' ' ' | sed 's/;/;\n/g' |
    sed -n 's/.*visibility("default"))) [^(]* \**\([A-Za-z0-9_]*\)(.*/\1/p' |
    sort -u >"$work/declared"
sed -n 's/^ *\([A-Za-z0-9_]*\);.*/\1/p' "$map" | sort -u >"$work/mapped"
nm -D --defined-only "$library" | awk '$2 == "T" && $3 ~ /@@SSPI_0\.1$/ {
    sub(/@.*/, "", $3); print $3 }' | sort -u >"$work/exported"
nm -D --defined-only "$library" | awk '$2 != "A" && $3 !~ /@@SSPI_0\.1$/ { print $3 }' \
    >"$work/unversioned"

status=0
for pair in declared:mapped mapped:exported; do
    if ! diff -u "$work/${pair%:*}" "$work/${pair#*:}"; then
        status=1
    fi
done
if [ -s "$work/unversioned" ]; then
    echo "exported without a version:"
    cat "$work/unversioned"
    status=1
fi
echo "$(wc -l <"$work/declared") functions"
[ "$(wc -l <"$work/declared")" -gt 50 ] || status=1
exit $status
