# sspi account import: three formats, errors with line numbers, all or nothing.
. "$(dirname "$0")/common.sh"
state=$dir/state
account() { "$sspi" account "$1" --state "$state" "${@:2}"; }
nt=fc525c9683e8fe067095ba2ddc971889         # NTOWFv1("Passw0rd!")
lm=e52cac67419a9a2236077a718ccdf409
none=aad3b435b51404eeaad3b435b51404ee

printf 'seed\n' | account add seed --password-stdin --json >/dev/null

cat >"$dir/all" <<END
# a comment, and a blank line

alice:1100:$lm:$nt:::
bob:1101:NO PASSWORD*********************:$(tr a-f A-F <<<$nt):comment:home:
Guest:501:$none:31d6cfe0d16ae931b73c59d7e0c089c0:::
wendy:DOM:$lm:$nt:::
walter:::$nt:::
sam:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:$nt:[U          ]:LCT-5F000000:
dan:1001:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:$nt:[UD         ]:LCT-00000000:
nil:1002:NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:[NU         ]:LCT-00000000:
host\$:1003:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:$nt:[W          ]:LCT-00000000:
END
printf 'last:1200:%s:%s:::' $lm $nt >>"$dir/all"        # without an end of line
sed -i 's/$/\r/' "$dir/all"

run 0 account import "$dir/all" --dry-run
has out 'Added:            10'
has out 'Dry run:          yes'
run 1 account show alice
run 0 account import "$dir/all" --json
has out '"added": 10'
has out '"without_password": 2'
run 0 account list
has out 'alice   1100  enabled   yes'
has out 'bob     1101  enabled   yes'
has out 'Guest   501   disabled  no'
has out 'dan     1105  disabled  yes'
has out 'nil     1106  enabled   no'
run 0 account show 'host$' --json
has out '"machine": true'
run 0 account show sam --json
has out '"password_set": "2020-07-04T04:05:20Z"'

# Again: refused; with --update the hashes only.
run 1 account import "$dir/all"
has err "$dir/all:3: there is an account of that name (--update gives it this hash)"
has err 'nothing was imported'
run 0 account import "$dir/all" --update
has out 'Updated:'

# All or nothing, and every error with its line.
refused() {
    printf 'zoe:2000:%s:%s:::\n%s\n' $lm $nt "$1" >"$dir/bad"
    run 1 account import "$dir/bad" ${3:+--format "$3"}
    has err "$dir/bad:2: $2"
    run 1 account show zoe
}
refused "x:1:$lm:${nt%?}:::" 'the NT hash is not 32'
refused "x:1:$lm:${nt}0:::" 'the NT hash is not 32'
refused "x:1:$lm:${nt%?}g:::" 'the NT hash is not 32'
refused "x:1:$lm: ${nt%?}:::" 'the NT hash is not 32'
refused "x:1:zz:$nt:::" 'the LM hash is not 32'
refused "x" 'not of the form'
refused "x:1:$lm" 'not of the form'
refused "x:1:$lm:$nt:a:b:c:d:e" 'not of the form'
refused ":1:$lm:$nt:::" 'the name is empty'
refused "x:0:$lm:$nt:::" 'the rid is not a number above 0'
refused "x:4294967295:$lm:$nt:::" 'the name has characters that a name may not have, or the rid'
refused "x:99999999999:$lm:$nt:::" 'the rid is not a number' pwdump
refused "x:DOM:$lm:$nt:::" 'the rid is not a number' pwdump
refused "x:DOM:$lm:$nt:[U]:LCT-00000000:" 'the uid is not a number' smbpasswd
refused "x:1:$lm:$nt:[U]" 'too few fields'
refused "x:1:$lm:$nt:[U:LCT-00000000:" 'the flags are not in brackets'
refused "x:1:$lm:$nt:[Q]:LCT-00000000:" 'unknown flag'
refused "x:1:$lm:$nt:[I]:LCT-00000000:" 'an account of a trust'
refused "x:1:$lm:$nt:[U]:LCT-0000000:" 'LCT- is not followed by 8'
refused "DOM\\x:7:$lm:$nt:::" 'the name has characters'
refused "y:1100:$lm:$nt:::" 'an account or group has that rid'
refused "zoe:2001:$lm:$nt:::" 'there is an account of that name'
refused "ZOE::$lm:$nt:::" 'there is an account of that name'
refused $'\xff:7:'"$lm:$nt:::" 'the name is empty, too long or not UTF-8'
refused "$(printf 'x%.0s' {1..2000}):7:$lm:$nt:::" 'the name is empty, too long'
refused "$(printf 'x%.0s' {1..90000})" 'the line is too long'

# The same numbers as here already: anew with --no-rids.
printf 'y:1100:%s:%s:::\n' $lm $nt >"$dir/taken"
run 0 account import "$dir/taken" --no-rids
run 0 account show y --json
lacks out '"rid": 1100'

# The wrong file altogether: an end, before the screen is full.
head -c 200000 /dev/urandom | tr '\n' 'x' | fold -w 100 >"$dir/noise"
run 1 account import "$dir/noise"
has err 'too many errors, reading no further'
[ "$(wc -l <"$dir/err")" -lt 30 ] || complain "too many lines"
run 1 account import "$dir/missing"
run 2 account import "$dir/all" --format samba
has err 'not one of auto, smbpasswd, pwdump, winpr'

# Standard input, a byte-order mark, and many lines.
code=0
{ printf '\xef\xbb\xbf'; seq 5000 | sed "s/.*/many&:::$nt:::/"; } |
    account import - --json >"$dir/out" 2>"$dir/err" || code=$?
[ $code = 0 ] || complain "import of 5000 accounts"
has out '"added": 5000'
run 0 account show many5000
finish
