# mingw.awk: assertions for mingw.sh, to be compiled against MinGW-w64's headers.
#
#   role=foreign-macros, foreign-tokens  what MinGW's headers define and declare
#   role=own-macros, own-tokens          what ours do: each number is compared where MinGW
#                                        has the name
#   role=abi                             abi.tsv: rows of source "both" are asserted

BEGIN {
    FS = "\t"
    # MinGW-w64 10 has 0xC000042E; MS-ERREF 2.3.1 and Microsoft's ntstatus.h have 0xC000042F.
    wrong["STATUS_PKU2U_CERT_FAILURE"] = 1
}

role == "foreign-macros" {
    split($0, word, /[ (]/)
    foreign[word[2]] = 1
    next
}

role == "foreign-tokens" {
    n = split($0, word, /[^A-Za-z0-9_]+/)
    for (i = 1; i <= n; i++)
        token[word[i]] = 1
    next
}

# "#define NAME ((NTSTATUS)0xC0000008)", "0x00000001u", "16": only what is one number.
role == "own-macros" {
    split($0, word, " ")
    value = $0
    sub(/^#define [^ ]+ ?/, "", value)
    gsub(/\(\((NTSTATUS|HRESULT)\)|\)|[uUlL]+$/, "", value)
    if ((word[2] in wrong) || word[2] ~ /^_/ || !(word[2] in foreign) || value !~ /^(0x[0-9A-Fa-f]+|[0-9]+)$/)
        next
    if (value ~ /^0x/ && length(value) > 10)
        next
    if (word[2] !~ /^[A-Z].*_/)
        next
    printf "SAME32(%s, %s);\n", word[2], value
    rows++
    next
}

role == "own-tokens" {
    line = $0
    while (match(line, /[A-Za-z_][A-Za-z0-9_]* = [0-9]+/)) {
        split(substr(line, RSTART, RLENGTH), part, " = ")
        line = substr(line, RSTART + RLENGTH)
        if (!(part[1] in token))
            continue
        printf "SAME32(%s, %s);\n", part[1], part[2]
        rows++
    }
    next
}

/^#/ || $NF != "both" { next }

role == "abi" && $1 == "S" {
    printf "_Static_assert(sizeof(%s) == %d, \"size of %s\");\n", $2, $4, $2
    rows++
}

role == "abi" && $1 == "M" {
    printf "_Static_assert(offsetof(%s, %s) == %d, \"%s.%s\");\n", $2, $3, $4, $2, $3
    rows++
}

END { printf "enum { mingw_rows = %d };\n", rows }
