#!/bin/sh
# seeds.sh MAKE_SEEDS SOURCE_DIR: the seeds that are committed are those that our builders make
# today; one of an older format would be refused at its head, and nothing behind it tried.
set -eu
work=$(mktemp -d /tmp/opensspi-seeds.XXXXXX)
trap 'rm -rf "$work"' EXIT
cp -r "$2/fuzz/corpus/." "$work"
"$1" "$work" "$2/tests/vectors/ntlm-vectors.tsv" "$2/tests/vectors/krb-vectors.tsv" \
    "$2/tests/vectors/spnego-tokens.tsv"
diff -r "$2/fuzz/corpus" "$work" || { echo "run scripts/gen-corpus" && exit 1; }
