#!/bin/sh
# Every confirmed and derived row of ntlm-vectors.tsv is read by a test: a value that nobody
# compares proves nothing. Inputs may be left. Usage: vectors-used.sh VECTORS TEST...
set -eu
vectors=$1
shift
used=$(mktemp)
rows=$(mktemp)
trap 'rm -f "$used" "$rows"' EXIT
for test in "$@"; do
    TEST_VECTORS_USED=$used "$test" >/dev/null 2>&1 || { echo "$test fails" >&2; exit 1; }
done
sort -u -o "$used" "$used"
awk -F '\t' '!/^#/ && $3 ~ /^(confirmed|derived)/ { print $1 }' "$vectors" | sort >"$rows"
[ "$(wc -l <"$rows")" -gt 100 ] || { echo "$vectors has hardly any rows" >&2; exit 1; }
left=$(comm -23 "$rows" "$used")
[ -z "$left" ] || { echo "no test reads:" >&2; echo "$left" >&2; exit 1; }
echo "$(wc -l <"$rows") rows"
