# sspi account add, list, show, passwd, disable, enable, unlock, delete.
. "$(dirname "$0")/common.sh"
state=$dir/state
account() { "$sspi" account "$1" --state "$state" "${@:2}"; }

# No store yet: said, with the remedy, and not made by looking.
run 3 account list
has err "$state: cannot open the store's folder"
has err "sspi account add makes a store"
[ ! -e "$state" ] || complain "list made $state"

feed 'Passw0rd!' 0 account add alice --password-stdin --group Staff --group Admins \
    --local-user root --expires 2035-01-31
has out 'RID:  1000'
has out 'S-1-5-21-'
[ "$(stat -c %a "$state")" = 700 ] || complain "mode of the folder"
[ "$(stat -c %a "$state/store.key")" = 400 ] || complain "mode of the key"
[ "$(stat -c %a "$state/accounts.db")" = 600 ] || complain "mode of the database"
! grep -rqa 'Passw0rd' "$state" || complain "the password is in the store"

run 0 account show ALICE
has out 'Name:          alice'
has out 'State:         enabled'
has out 'Expires:       2035-01-31T00:00:00Z'
has out 'Groups:        Staff, Admins'
has out 'Local user:    root'
run 0 account show alice --json
has out '"rid": 1000'
has out '"has_password": true'
has out '"locked_until": null'

# Names.
feed x 1 account add Alice --password-stdin
has err 'there is an account of that name'
feed x 1 account add staff --password-stdin
has err 'there is a group of that name'
for name in 'DOM\alice' alice@dom; do
    feed x 2 account add "$name" --password-stdin
    has err 'accounts of this store have no domain'
done
feed x 1 account add 'a*b' --password-stdin
has err 'a name may not contain'
run 2 account add ''
feed x 2 account add $'\xff' --password-stdin
feed x 0 account add 'Jürgen Ö' --password-stdin
run 0 account show 'jÜRGEN ö'
run 1 account show nobody
has err 'there is no such account'

# Passwords: never as an argument, never empty.
run 2 account add bob --password secret
has err 'unknown option --password; did you mean --password-stdin?'
feed '' 1 account add bob --password-stdin
has err 'the password is empty'
feed "$(printf 'x%.0s' {1..257})" 1 account add bob --password-stdin
has err 'longer than 256'
feed $'a\xff' 1 account add bob --password-stdin
has err 'not UTF-8'
run 1 account show bob
run 2 account add bob --no-password --password-stdin
run 0 account add bob --no-password --disabled --must-change --json
has out '"rid": 1004'
run 0 account show bob --json
has out '"has_password": false'
has out '"state": "disabled"'
feed 'bobs' 0 account passwd BOB --password-stdin
run 0 account enable bob
run 0 account show bob --json
has out '"has_password": true'
has out '"state": "enabled"'
feed 'bobs' 0 account passwd bob --password-stdin --must-change
run 0 account show bob --json
has out '"state": "must change"'
feed 'x' 1 account passwd nobody --password-stdin

# A group that fails undoes the account.
feed x 1 account add carol --password-stdin --group alice
has err 'there is an account of that name'
run 1 account show carol

# Several names are one transaction.
run 1 account disable alice nobody
has err 'cannot disable nobody'
run 0 account show alice
has out 'State:         enabled'
run 0 account disable alice bob
run 0 account list
has out 'alice     1000  disabled'
has out 'bob       1004  disabled'
run 0 account enable alice bob
run 0 account unlock alice

# Dates and other values.
for date in tomorrow 2035-02-30 2035-13-01 '2035-01-01 12:00' ''; do
    feed x 2 account add dora --password-stdin --expires "$date"
done
feed x 0 account add dora --password-stdin --expires 2020-01-01T12:30:00Z
run 0 account show dora
has out 'State:         expired'
has out '2020-01-01T12:30:00Z'
feed x 2 account add eve --password-stdin --machine
feed x 0 account add 'host$' --password-stdin --machine
run 0 account show 'host$' --json
has out '"machine": true'

# A name cannot write to the terminal.
feed x 1 account add $'\033[2Jevil' --password-stdin

run 0 account delete dora 'host$'
run 1 account delete dora
run 0 account list --json
lacks out '"dora"'
has out '"alice"'

# The configuration says where, and --state wins.
printf '[store]\nstate_dir = %s\n' "$state" >"$dir/opensspi.conf"
run 0 "$sspi" account list --config "$dir/opensspi.conf"
has out alice
run 3 "$sspi" account list --config "$dir/opensspi.conf" --state "$dir/other"
run 3 "$sspi" account list --config "$dir/missing.conf"
has err 'missing.conf: cannot open'
printf '[store]\nstate_dri = %s\n' "$state" >"$dir/opensspi.conf"
run 3 "$sspi" account list --config "$dir/opensspi.conf"
has err 'opensspi.conf:2: unknown key "state_dri" in [store]; did you mean "state_dir"?'
OPENSSPI_CONFIG=$dir/opensspi.conf run 3 "$sspi" account list
has err 'unknown key'

# A key that others can read, and another key.
chmod 440 "$state/store.key"
run 3 account list
has err 'chmod 0400'
chmod 600 "$state/store.key"
head -c 32 /dev/urandom >"$state/store.key"
run 3 account list
has err 'sealed with another key'

# Root leaves the files to the store's owner.
if [ "$(id -u)" = 0 ] && id nobody >/dev/null 2>&1; then
    mkdir "$dir/owned"
    chmod 711 "$dir"
    chown nobody "$dir/owned"
    chmod 700 "$dir/owned"
    state=$dir/owned
    # A process that changed its user cannot be looked into, by LeakSanitizer neither.
    export ASAN_OPTIONS=detect_leaks=0
    feed x 0 account add owner --password-stdin
    run 0 account list
    [ -z "$(find "$state" ! -user nobody)" ] || complain "files that are not the owner's"
    # A key that only root can read, as lsad has it before it drops its privileges.
    mv "$state/store.key" "$dir/root.key"
    chown root "$dir/root.key"
    printf '[store]\nstate_dir = %s\nkey_file = %s\n' "$state" "$dir/root.key" >"$dir/root.conf"
    run 0 "$sspi" account list --config "$dir/root.conf"
    has out owner
    unset ASAN_OPTIONS
fi

# The terminal: no echo, asked twice.
state=$dir/terminal
mkfifo "$dir/keys"
ask() {
    : >"$dir/screen"
    script -qefc "'$sspi' account add $1 --state '$state'" "$dir/screen" <"$dir/keys" >/dev/null 2>&1 &
    exec 3>"$dir/keys"
    for text in "$2" "$3"; do
        for _ in $(seq 200); do
            grep -q "$([ "$text" = "$2" ] && echo Password: || echo Again:)" "$dir/screen" && break
            sleep 0.05
        done
        sleep 0.1
        printf '%s\n' "$text" >&3
        [ "$2" != "$3" ] || sleep 0.3
    done
    exec 3>&-
    wait $!
}
if command -v script >/dev/null; then
    checks=$((checks + 4))
    ask tina geheimnis geheimnis || complain "the terminal's password was refused"
    grep -q Again: "$dir/screen" || complain "not asked twice"
    ! grep -q geheimnis "$dir/screen" || complain "the password was shown"
    ! ask tino one two || complain "two passwords were taken for the same"
    grep -q 'not the same' "$dir/screen" || complain "not said that they differ"
    run 0 account list
    has out tina
    lacks out tino
fi
# Without one, asking is a mistake of usage.
run 2 setsid -w "$sspi" account add nina --state "$state"
has err 'use --password-stdin'
finish
