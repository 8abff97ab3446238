#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# symbols.sh LIBRARY MAP: what the library exports must be exactly the names of the version script, every name of the install
# script must be among them, and nothing but the C library may be needed at load time.
set -eu
lib=$1 map=$2
dir=$(dirname "$map")
exported=$(nm -D --defined-only "$lib" | awk '{print $3}' | sort)
listed=$(sed -e 's:/\*.*\*/::' -e '/local:/,$d' "$map" | grep -o 'allium_[a-z_]*' | sort)
if [ "$exported" != "$listed" ]; then
    echo "exported names differ from $map (< library, > map); add to the map or make the function static:"
    diff <(echo "$exported") <(echo "$listed") || :
    exit 1
fi
while read -r name; do
    for symbol in "$name" "${name}_init" "${name}_deinit"; do
        grep -qx "$symbol" <<<"$exported" || { echo "install.sql.in creates $name, but $symbol is not exported"; exit 1; }
    done
    grep -q "DROP FUNCTION IF EXISTS $name;" "$dir/uninstall.sql" || { echo "uninstall.sql forgets $name"; exit 1; }
done < <(grep -o 'FUNCTION allium_[a-z]*' "$dir/install.sql.in" | awk '{print $2}' | sort -u)
needed=$(readelf -d "$lib" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -Ev '^(libc|libm|libpthread|libdl|libasan|libubsan|libtsan|ld-linux.*)\.so' || :)
if [ -n "$needed" ]; then
    echo "needs $needed of the host: link it statically (install the static library, see udf/meson.build)"
    [ "${needed#libcrypto}" != "$needed" ] || exit 1
fi
