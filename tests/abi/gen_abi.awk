# gen_abi.awk: turns the measured layout of Windows (tests/vectors/abi.tsv,
# constants.tsv) into C assertions about our headers.
#
# Input, in this order, told apart by the variable "role" set on the command line:
#   role=macros    output of "cc -dM -E": the macros that the headers define
#   role=tokens    output of "cc -E -P": the declarations that they make
#   role=except    not-declared.txt: name, tab, reason
#   role=abi       abi.tsv
#   role=constants constants.tsv
# Output: one C file. Every row of the two tables is either asserted or listed
# in not-declared.txt; anything else is an error (exit status 1), so that a name
# cannot be lost, and cannot stay on the list after somebody declared it.

BEGIN { FS = "\t" }

function complain(text)
{
    print "gen_abi: " text > "/dev/stderr"
    failed = 1
}

# Decides whether NAME is to be asserted; complains about the two ways to be wrong.
function wanted(name, declared)
{
    seen[name] = 1
    if (declared && (name in except))
        complain(name " is declared, but listed in not-declared.txt")
    if (!declared && !(name in except))
        complain(name " is neither declared nor listed in not-declared.txt")
    return declared
}

role == "macros" {
    split($0, word, /[ (]/)
    macro[word[2]] = 1
    next
}

role == "tokens" {
    n = split($0, word, /[^A-Za-z0-9_]+/)
    for (i = 1; i <= n; i++)
        token[word[i]] = 1
    next
}

/^#/ || /^$/ { next }

role == "except" {
    if (NF < 2 || $2 == "")
        complain("not-declared.txt: no reason for " $1)
    if ($1 in except)
        complain("not-declared.txt: " $1 " is there twice")
    except[$1] = $2
    next
}

role == "abi" && $1 == "S" {
    struct_declared = wanted($2, ($2 in token))
    if (struct_declared) {
        printf "_Static_assert(sizeof(%s) == %d, \"size of %s\");\n", $2, $4, $2
        printf "_Static_assert(_Alignof(%s) == %d, \"alignment of %s\");\n", $2, $5, $2
        rows += 2
    }
    next
}

role == "abi" && $1 == "M" {
    if (struct_declared) {
        printf "_Static_assert(offsetof(%s, %s) == %d, \"offset of %s.%s\");\n", $2, $3, $4, $2, $3
        printf "_Static_assert(sizeof(((%s *)0)->%s) == %d, \"size of %s.%s\");\n", $2, $3, $5, $2, $3
        rows += 2
    }
    next
}

role == "constants" {
    if (!wanted($1, ($1 in macro)))
        next
    if (length($2) > 10)
        printf "_Static_assert((uint64_t)(%s) == UINT64_C(%s), \"%s\");\n", $1, $2, $1
    else
        printf "SAME32(%s, %s);\n", $1, $2
    rows++
    next
}

{ complain("row not understood: " $0) }

END {
    for (name in except)
        if (!(name in seen))
            complain("not-declared.txt names " name ", which neither table has")
    printf "enum { abi_rows = %d };\n", rows
    exit failed
}
