#!/bin/sh
# Installs BUILD into a folder of its own, and compiles and runs a program against
# that copy by pkg-config alone: as C and as C++, with either WCHAR.
#
#     tests/install/install.sh BUILD SOURCE
set -eu
build=$1 source=$2
dest=$(mktemp -d /tmp/opensspi-install-XXXXXX)
trap 'rm -rf "$dest"' EXIT

DESTDIR=$dest cmake --install "$build" >"$dest.log" || { cat "$dest.log"; exit 1; }
rm -f "$dest.log"
pc=$(find "$dest" -name opensspi.pc -printf '%h\n')
export PKG_CONFIG_SYSROOT_DIR="$dest" PKG_CONFIG_LIBDIR="$pc"
export OPENSSPI_AUTHORITY="embedded:$dest/state"
LD_LIBRARY_PATH=$(pkg-config --variable=libdir opensspi)
case $LD_LIBRARY_PATH in
    "$dest"*) ;;
    *) LD_LIBRARY_PATH=$dest$LD_LIBRARY_PATH ;;
esac
export LD_LIBRARY_PATH

for flavour in opensspi opensspi-win; do
    for compiler in 'cc -std=c11' 'c++ -std=c++17 -x c++'; do
        # shellcheck disable=SC2046,SC2086
        $compiler -Wall -Wextra -Werror $(pkg-config --cflags $flavour) \
            "$source/tests/install/server.c" -x none $(pkg-config --libs $flavour) \
            -o "$dest/server"
        "$dest/server"
        echo "ok: $flavour, $compiler"
    done
done
# What `make install` builds is all that was installed, and nothing that is not.
ninja -C "$build" -t commands programs >"$dest/built"
find "$dest" -type f \( -name "*.so" -o -name "*.so.[0-9]*" -o -path "*bin/*" \) -printf "%f\n" | while read -r name; do
    grep -q -- "-o [^ ]*/$name " "$dest/built" || { echo "not built by the target programs: $name"; exit 1; }
done
for folder in tests bench examples fuzz; do
    ! grep -F "$source/$folder/" "$dest/built" || { echo "built, and not installed"; exit 1; }
done
for file in bin/sspi sbin/lsad share/man/man1/sspi.1 share/man/man5/opensspi.conf.5 \
    share/man/man8/lsad.8 lib/systemd/system/lsad.service; do
    found=$(find "$dest" -path "*/$file")
    [ -n "$found" ] || { echo "not installed: $file"; exit 1; }
done
echo "ok: everything is installed"
