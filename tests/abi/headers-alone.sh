#!/bin/sh
# headers-alone.sh COMPILER...
#
# Compiles every public header on its own, twice included, without a warning:
# as C11 or (compilers named *++) C++17, with and without UNICODE, with WCHAR as
# char16_t and as a 16-bit wchar_t. Then members.c in the same ways: the spellings
# of the tables' members (docs/decisions.md, D29).
# INCLUDE overrides the folder of the headers.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
include=${INCLUDE:-$here/../../include/opensspi}
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Wcast-qual -Werror"
failed=0 compiled=0

if [ $# -eq 0 ]; then
    echo "usage: headers-alone.sh COMPILER..." >&2
    exit 2
fi
source=$(mktemp)
trap 'rm -f "$source"' EXIT

# try FILE FLAGS...: compiles FILE with $cc for the current $language.
try()
{
    file=$1
    shift
    compiled=$((compiled + 1))
    # shellcheck disable=SC2086
    if ! "$cc" $warnings "$@" $language -I"$include" -fsyntax-only "$file"; then
        echo "headers-alone: failed: $cc $* $language, $(cat "$source" | head -n 1)" >&2
        failed=1
    fi
}

for cc in "$@"; do
    case $cc in
    *++*) language="-std=c++17 -x c++" ;;
    *) language="-std=c11 -Wstrict-prototypes -x c" ;;
    esac
    for wide in "" "-fshort-wchar -DOPENSSPI_WCHAR_T"; do
        for unicode in -DSECURITY_WIN32 "-DUNICODE -D_UNICODE"; do
            for header in "$include"/*.h; do
                name=$(basename "$header")
                printf '#include <%s>\n#include <%s>\nextern int some_text;\n' "$name" "$name" \
                    >"$source"
                # shellcheck disable=SC2086
                try "$source" $wide $unicode
            done
            # shellcheck disable=SC2086
            try "$here/members.c" $wide $unicode
        done
    done
done

echo "headers-alone: $compiled compilations"
[ "$compiled" -gt 0 ] && exit $failed
