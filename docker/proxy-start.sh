#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Entry of the proxy image. BACKEND_HOST, PROXY_PASSWORD: the database server and the proxy's account there.
# KEY_PASSPHRASE: of the key file, which is made at the first start and lies in the volume. CLIENT_PASSWORD: of the account `allium`.
set -eu
: "${PROXY_PASSWORD:?}" "${KEY_PASSPHRASE:?}" "${CLIENT_PASSWORD:?}"
home=/var/lib/allium
umask 077
echo "$KEY_PASSPHRASE" >$home/passphrase
echo "$CLIENT_PASSWORD" >$home/client_password
[ -s $home/key ] || alliumctl key init --file $home/key --passphrase-file $home/passphrase
[ -s $home/users ] || alliumctl user add allium --file $home/users --password-file $home/client_password
cat >$home/allium.conf <<CONF
[proxy]
listen = 0.0.0.0:6033
users_file = $home/users
[backend]
host = ${BACKEND_HOST:-server}
user = allium_proxy
password = $PROXY_PASSWORD
[keys]
file = $home/key
passphrase_file = $home/passphrase
CONF
unset PROXY_PASSWORD KEY_PASSPHRASE CLIENT_PASSWORD
exec alliumd --config $home/allium.conf
