# wine_common.sh: a Windows program under Wine as the peer of an interop test. Sourced after
# common.sh; whoever sources it calls wine_stop at the end.
# shellcheck shell=bash disable=SC2034,SC2154
wine_started=

# A Windows program under Wine, whose NTLM has its tokens from ntlm_auth: ours to wrap, so
# that it runs without Samba's configuration, and with the row's options.
wine_need() {
    [ -x /usr/lib/wine/wine64 ] || skip Wine wine
    [ -x "$peers/usr/bin/x86_64-w64-mingw32-gcc-win32" ] || skip mingw-w64 wine
    [ -x "$peers/usr/bin/ntlm_auth" ] || skip "Samba's ntlm_auth"
    "$peers/usr/bin/x86_64-w64-mingw32-gcc-win32" -B/usr/x86_64-w64-mingw32/lib \
        -isystem /usr/x86_64-w64-mingw32/include -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror \
        -o "$work/peer-windows.exe" "$source"/tests/interop/{peer_windows,mode,frame}.c -lsecur32
    mkdir "$work/path"
    cat >"$work/path/ntlm_auth" <<WRAPPER
#!/bin/bash
mapfile -t more <"$work/ntlm_auth.args"
export LD_LIBRARY_PATH=/usr/lib/$arch/samba LC_ALL=C.UTF-8
exec "$peers/usr/bin/ntlm_auth" --configfile=/dev/null "\${more[@]}" "\$@"
WRAPPER
    chmod 755 "$work/path/ntlm_auth"
    export PATH=$work/path:$PATH WINEPREFIX=$work/wine WINEDEBUG=-all
    export WINEDLLOVERRIDES='mscoree,mshtml=' LC_ALL=C.UTF-8
    unset DISPLAY
    timeout 200 /usr/lib/wine/wine64 wineboot -i >"$work/wineboot.log" 2>&1 ||
        { cat "$work/wineboot.log"; return 1; }
    wine_started=true
}
wine_stop() {
    [ -z "$wine_started" ] || /usr/lib/wine/wineserver64 -k || true
}
# wine_program ARGUMENT...: sets command, to which more arguments may be added
wine_program() {
    # Wine's standard handles are pipes or files; the driver's line is a socket, and closed
    # when nobody reads from it any more.
    # shellcheck disable=SC2016  # the inner shell's
    command=(/bin/bash -c 'exec 3< <(cat); /usr/lib/wine/wine64 "$@" <&3 | cat
        status=${PIPESTATUS[0]}; kill $! 2>/dev/null; exit $status' wine
        "$work/peer-windows.exe" "$@")
}
