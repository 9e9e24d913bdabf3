# sspi account backup, rekey and group, and what lsad does meanwhile.
. "$(dirname "$0")/common.sh"
state=$dir/state
account() { "$sspi" account "$1" --state "$state" "${@:2}"; }
printf 'Passw0rd!\n' | account add alice --password-stdin --group staff >/dev/null

# Groups, also in a circle: each is seen once.
run 0 account group staff --add alice --json
has out '"rid": 1001'
has out '"alice"'
run 1 account group nothing --remove alice
has err 'no such group'
run 0 account group everyone --add staff
run 0 account group staff --add everyone
run 0 account show alice
has out 'staff'
has out 'everyone'
# Without a change it only shows: those who are in it themselves, in the order in which they came.
run 0 account group staff
grep -qx 'Members: *alice, everyone' "$dir/out" || complain 'not its members'
run 0 account group everyone
grep -qx 'Members: *staff' "$dir/out" || complain 'not its members'
run 1 account group staff --add staff
has err 'no member of itself'
run 1 account group staff --add nobody
has err 'no such account'
run 1 account group new --add alice --add nobody
run 1 account group new
has err 'no such group'
run 0 account group everyone --remove staff
run 0 account show alice
lacks out 'everyone'

# A backup is a store, with the same key; nothing is overwritten.
run 0 account backup "$dir/copy.db" --progress
has out 'Accounts: 1'
has err 'pages:'
[ "$(stat -c %a "$dir/copy.db")" = 600 ] || complain 'mode of the copy'
run 1 account backup "$dir/copy.db"
has err 'File exists'
run 1 account backup "$dir/no/such/folder"
mkdir -m 700 "$dir/restored"
cp "$dir/copy.db" "$dir/restored/accounts.db"
run 3 "$sspi" account list --state "$dir/restored"
has err 'store.key'
cp -p "$state/store.key" "$dir/restored/"
run 0 "$sspi" account show alice --state "$dir/restored"
has out 'Password:      yes'

# Another key: the old one does not open it any more, the backup keeps its own.
cp -p "$state/store.key" "$dir/old.key"
run 2 account rekey --grace soon
run 0 account rekey --grace 0
has out 'sealed under a new key'
! cmp -s "$state/store.key" "$dir/old.key" || complain 'the key is the old one'
[ "$(stat -c %a "$state/store.key")" = 400 ] || complain 'mode of the key'
[ ! -e "$state/store.key.next" ] || complain 'the next key is left'
run 0 account show alice
has out 'Password:      yes'
run 0 "$sspi" account show alice --state "$dir/restored"

# One that died before it changed the store, and one that died after it.
head -c 32 /dev/urandom >"$state/store.key.next"
chmod 400 "$state/store.key.next"
run 0 account rekey --grace 0
has out 'sealed under a new key'
cp -p "$state/store.key" "$dir/before.key"
run 0 account rekey --grace 0
mv "$state/store.key" "$state/store.key.next"
cp -p "$dir/before.key" "$state/store.key"
run 3 account list
has err 'sspi account rekey finishes what was begun'
run 0 account rekey --grace 0
has out 'an interrupted rekey was finished'
run 0 account show alice

# Finishing it where the store cannot be opened: the only key that opens it must not go.
cp -p "$state/store.key" "$dir/before.key"
run 0 account rekey --grace 0
mv "$state/store.key" "$state/store.key.next"
cp -p "$dir/before.key" "$state/store.key"
cp -p "$state/store.key.next" "$dir/only.key"
mv "$state/accounts.db" "$state/away.db"
run 3 account rekey --grace 0
cmp -s "$state/store.key.next" "$dir/only.key" || complain 'the only key is gone'
mv "$state/away.db" "$state/accounts.db"
run 0 account rekey --grace 0
has out 'an interrupted rekey was finished'
run 0 account show alice

# Two at once: the second neither takes nor removes what the first has made. The folder's lock
# keeps the first between its key and the store; as it waits for no more than five seconds, and
# this machine may be slow, it is stopped meanwhile.
exec 9<"$state"
flock 9
"$sspi" account rekey --grace 0 --state "$state" >"$dir/first" 2>&1 9<&- &
first=$!
for _ in {1..1500}; do
    [ ! -s "$state/store.key.next" ] && kill -0 $first 2>/dev/null || break
    sleep 0.02
done
kill -STOP $first || complain "the first: $(cat "$dir/first")"
cp -p "$state/store.key.next" "$dir/first.key" || complain 'the first has made no key'
run 1 account rekey --grace 0
has err 'another rekey'
cmp -s "$state/store.key.next" "$dir/first.key" || complain 'the key of the first is gone'
exec 9<&-
kill -CONT $first
wait $first || complain "the first: $(cat "$dir/first")"
cmp -s "$state/store.key" "$dir/first.key" || complain 'not the key of the first'
run 0 account show alice

# A key that lies elsewhere.
run 0 account rekey --grace 0 --key-out "$dir/new.key"
run 3 account list
has err 'another key'
run 1 account rekey --key-out "$dir/new.key"
cp -fp "$dir/new.key" "$state/store.key"
run 0 account list

# Root, on another user's store with a key that only root can read: all stay whose they were.
if [ "$(id -u)" = 0 ] && id games >/dev/null 2>&1; then
    mkdir -m 711 "$dir/theirs"
    chmod 711 "$dir"
    cp -r "$state" "$dir/theirs/state"
    mv "$dir/theirs/state/store.key" "$dir/theirs/key"
    chown -R games "$dir/theirs/state"
    printf '[authority]\nuser = games\n[store]\nstate_dir = %s\nkey_file = %s\n' \
        "$dir/theirs/state" "$dir/theirs/key" >"$dir/theirs.conf"
    head -c 32 /dev/urandom >"$dir/theirs/key.next"
    chmod 400 "$dir/theirs/key.next"
    # A process that changed its user cannot be looked into, by LeakSanitizer neither.
    export ASAN_OPTIONS=detect_leaks=0
    for part in "rekey --grace 0" "backup $dir/theirs/copy.db" list; do
        # shellcheck disable=SC2086
        run 0 "$sspi" account $part --config "$dir/theirs.conf"
    done
    has out alice
    [ "$(stat -c %u-%a "$dir/theirs/key" "$dir/theirs/copy.db" | tr '\n' ' ')" = '0-400 0-600 ' ] ||
        complain 'whose the key and the copy are'
    [ "$(stat -c %U "$dir/theirs/state/"* | sort -u)" = games ] || complain 'whose the store is'
    unset ASAN_OPTIONS
fi

# Under a running lsad, whose clients notice nothing; nor do they after it was started again.
if [ -x "$bin/lsad" ]; then
    mkdir -m 755 "$dir/run"
    cat >"$dir/lsad.conf" <<END
[authority]
socket = $dir/run/lsad.sock
module_dir = $bin/../lib/opensspi
user = $(id -un)
[store]
state_dir = $state
[service us]
uid = $(id -un)
may = accept, initiate
END
    export OPENSSPI_AUTHORITY=unix:$dir/run/lsad.sock
    start() {
        "$bin/lsad" --config "$dir/lsad.conf" --no-sandbox --log-level notice 2>>"$dir/lsad.log" &
        daemon=$!
        for _ in $(seq 200); do
            "$sspi" package list >"$dir/out" 2>&1 && return
            sleep 0.05
        done
        complain "lsad does not start: $(cat "$dir/lsad.log")"
    }
    # logon WANTED PASSWORD: a handshake by pipes
    logon() {
        rm -f "$dir/there" "$dir/back"
        mkfifo "$dir/there" "$dir/back"
        "$sspi" accept --package NTLM --stdio --timeout 10 <"$dir/there" >"$dir/back" \
            2>"$dir/accept" &
        local server=$! code=0
        { printf '%s\n' "$2"; cat "$dir/back"; } |
            "$sspi" initiate --package NTLM --stdio --user alice --password-stdin \
                --target HOST/localhost --timeout 10 2>"$dir/err" >"$dir/there" || code=$?
        wait $server
        checks=$((checks + 1))
        [ $code = "$1" ] || complain "the logon ended with $code, not $1: $(cat "$dir/accept")"
    }
    start
    logon 0 'Passw0rd!'
    account rekey --grace 3 >"$dir/rekey" 2>&1 &
    rekey=$!
    while kill -0 $rekey 2>/dev/null; do logon 0 'Passw0rd!'; done
    wait $rekey || complain "rekey: $(cat "$dir/rekey")"
    has lsad.log 'key=changed'
    logon 0 'Passw0rd!'
    logon 1 'wrong'
    run 0 account backup "$dir/live.db"
    printf 'An0ther!\n' | account passwd alice --password-stdin
    logon 0 'An0ther!'
    kill $daemon
    wait $daemon
    start
    logon 0 'An0ther!'
    kill $daemon
    wait $daemon
    ! grep -q level=error "$dir/lsad.log" || complain "$(cat "$dir/lsad.log")"
fi
finish
