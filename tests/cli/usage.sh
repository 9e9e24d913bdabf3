# Help, usage errors and exit codes that need no authority.
. "$(dirname "$0")/common.sh"

run 2 "$sspi"
has err 'Usage: sspi COMMAND'
run 0 "$sspi" --help
has out 'account'
run 0 "$sspi" --version
has out 'sspi (OpenSSPI) '
run 2 "$sspi" acount
has err 'did you mean "sspi account"?'
run 2 "$sspi" frobnicate
has err 'no such command; see sspi --help'
run 2 "$sspi" account
run 2 "$sspi" account --config "$dir/none.conf" add alice
has err '--config: options come after the command: sspi account COMMAND --config'
run 0 "$sspi" account --help
has out 'import'

# Every command and subcommand has help, and every option of it is in the manual page.
page=$dir/page
sed 's/\\-/-/g' "$(dirname "$0")/../../man/sspi.1" >"$page"
help() {
    run 0 "$sspi" "$@" --help
    has out "Usage: sspi $*"
    has out OPENSSPI_CONFIG
    for option in $(sed -n 's/^  --\([a-z-]*\).*/\1/p' "$dir/out"); do
        checks=$((checks + 1))
        grep -qE -- "--$option([^a-z-]|\$)" "$page" ||
            complain "sspi.1 does not mention --$option ($*)"
    done
    checks=$((checks + 1))
    grep -q -- "sspi $*" "$page" || complain "sspi.1 does not mention sspi $*"
}
for command in add list show passwd disable enable unlock delete import; do
    help account $command
done
help package list
help package show
help status
help accept
help initiate

run 2 "$sspi" account list extra
has err 'takes no arguments'
run 2 "$sspi" account show
has err 'too few arguments'
run 2 "$sspi" account show a b
has err 'too many arguments'
run 2 "$sspi" account list --state
has err '--state needs a value'
run 2 "$sspi" account list --json=yes
has err '--json takes no value'
run 2 "$sspi" account list --stat=x
has err 'did you mean --state?'
run 2 "$sspi" account list -x
has err 'unknown option -x'
run 3 "$sspi" account list --state="$dir/none"

run 2 "$sspi" accept
has err '--package is missing'
run 2 "$sspi" accept --package NTLM --stdio --listen 127.0.0.1:0
run 2 "$sspi" accept --package NTLM --listen 127.0.0.1:99999
has err 'PORT from 0 to 65535'
run 2 "$sspi" initiate --package NTLM 127.0.0.1:65536
run 2 "$sspi" accept --package NTLM --req integrty
has err 'did you mean integrity?'
run 2 "$sspi" accept --package NTLM --req session_ticket,integrty
has err 'did you mean integrity?'
run 2 "$sspi" initiate --package NTLM --req allocate_memory --stdio
has err 'no such flag'
run 2 "$sspi" accept --package NTLM --timeout 0
run 2 "$sspi" initiate --package NTLM
has err 'give either ADDR:PORT or --stdio'
run 2 "$sspi" initiate --package NTLM --stdio 127.0.0.1:1
run 2 "$sspi" initiate --package NTLM --domain D 127.0.0.1:1
has err 'need --user'
finish
