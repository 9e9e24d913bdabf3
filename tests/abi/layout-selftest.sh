#!/bin/sh
# layout-selftest.sh CC INCLUDE-DIR VECTORS-DIR WORK-DIR
#
# Shows that layout.sh can fail: each case spoils one fact, and must be found.
set -eu

cc=$1 include=$2 vectors=$3 work=$4
here=$(cd "$(dirname "$0")" && pwd)
list=$here/not-declared.txt
failed=0

# spoil NAME FILE PROGRAM: runs layout.sh with FILE edited by the awk PROGRAM.
spoil()
{
    case_dir=$work/$1
    rm -rf "$case_dir"
    mkdir -p "$case_dir/vectors"
    cp "$vectors/abi.tsv" "$vectors/constants.tsv" "$case_dir/vectors"
    cp "$list" "$case_dir/vectors/not-declared.txt"
    awk -F '\t' -v OFS='\t' "$3" "$case_dir/vectors/$2" >"$case_dir/edited"
    if cmp -s "$case_dir/edited" "$case_dir/vectors/$2"; then
        echo "selftest: $1: the edit changed nothing" >&2
        failed=1
    fi
    mv "$case_dir/edited" "$case_dir/vectors/$2"
    if ABI_NOT_DECLARED="$case_dir/vectors/not-declared.txt" sh "$here/layout.sh" "$cc" \
        "$include" "$case_dir/vectors" "$case_dir" >"$case_dir/log" 2>&1; then
        echo "selftest: $1: not found" >&2
        failed=1
    fi
}

spoil size abi.tsv '$2 == "SecBuffer" && $1 == "S" { $4 = 24 } { print }'
spoil alignment abi.tsv '$2 == "LUID" && $1 == "S" { $5 = 8 } { print }'
spoil offset abi.tsv '$2 == "TimeStamp" && $3 == "QuadPart" { $4 = 8 } { print }'
spoil member abi.tsv '$2 == "SecBuffer" && $3 == "pvBuffer" { $3 = "pvBuf" } { print }'
spoil value constants.tsv '$1 == "SECBUFFER_TOKEN" { $2 = "0x3" } { print }'
spoil wide constants.tsv '$1 == "ISC_REQ_MESSAGES" { $2 = "0x200000000" } { print }'
spoil unknown constants.tsv '{ print } END { print "SEC_E_NO_SUCH_CODE", "0x1", "winerror.h" }'
spoil listed not-declared.txt '{ print } END { print "SecBuffer", "a reason" }'
spoil reason not-declared.txt '/^KSEC/ { $2 = "" } { print }'
spoil stray not-declared.txt '{ print } END { print "NOT_A_NAME", "a reason" }'
exit $failed
